//! Splitting: the words that expanded text becomes.

use super::expand::Expanded;
use super::paths;
use crate::fact::Unknown;
use crate::launch::{Piece, Word};
use crate::source::Span;

/// The words made so far, and the one that is being made.
pub(super) struct Fields {
    done: Vec<Word>,
    current: Option<Vec<Piece>>,
    /// Where text is split; `None` when that is not known.
    separators: Option<Vec<char>>,
}

impl Fields {
    /// No words yet; `separators` is where text is split, `None` when that is not known.
    pub(super) fn new(separators: Option<Vec<char>>) -> Self {
        Self { done: Vec::new(), current: None, separators }
    }

    /// Adds what comes next.
    pub(super) fn add(&mut self, expanded: Expanded) {
        let Expanded { mut piece, splits } = expanded;
        if splits && self.separators.is_none() && piece.text.is_ok() {
            piece.text = Err(Unknown::because("`$IFS` decides into which words it is split"));
        }
        // A path below the folder of the project may have blanks in its first part.
        let whole = piece.text.as_ref().is_ok_and(|it| paths::has_project(it));
        let separators = self.separators.as_deref().unwrap_or_default();
        let Ok(text) = &piece.text else {
            return self.current.get_or_insert_default().push(piece);
        };
        if !splits || whole || !text.contains(separators) {
            // An empty expansion without quotes makes no word.
            if !(splits && text.is_empty()) {
                self.current.get_or_insert_default().push(piece);
            }
            return;
        }
        let fields: Vec<String> = text.split(separators).map(str::to_owned).collect();
        for (idx, field) in fields.into_iter().enumerate() {
            if idx > 0 {
                self.end_word();
            }
            if !field.is_empty() {
                let piece = Piece { text: Ok(field), ..piece.clone() };
                self.current.get_or_insert_default().push(piece);
            }
        }
    }

    /// The words.
    pub(super) fn finish(mut self) -> Vec<Word> {
        self.end_word();
        self.done
    }

    fn end_word(&mut self) {
        let Some(pieces) = self.current.take() else { return };
        let spans = pieces.iter().map(|it| it.span);
        if let Some(span) = spans.reduce(Span::cover) {
            self.done.push(Word { pieces, span });
        }
    }
}

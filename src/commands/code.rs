//! A text that a shell reads, with the places where its parts are written.

use std::sync::Arc;

use crate::document::{Segment, Text};
use crate::launch::{Piece, Word};
use crate::parse::shell::{HOLE_FIRST, HOLES_MAX};

/// A text that a shell reads, and what stands for the parts of it that are not known as text.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) text: Text,
    pub(super) holes: Arc<[Piece]>,
    /// `${BASH_SOURCE[0]}`: the path of the script that it stands in, as its starter wrote it.
    pub(super) path: Option<Arc<str>>,
}

impl Code {
    /// A word as the text of a script. Parts that are not known, or that come from a variable,
    /// become holes, so that they keep their origin.
    pub(super) fn from_word(word: &Word) -> Self {
        let mut value = String::new();
        let mut segments = Vec::new();
        let mut holes: Vec<Piece> = Vec::new();
        for (idx, piece) in word.pieces.iter().enumerate() {
            let text = match &piece.text {
                Ok(text) if piece.expanded.is_none() || !is_plain(text) => text,
                Ok(text) if ends_in_name(&value) => text,
                Ok(text) if is_assigned_to(&word.pieces[idx + 1..]) || is_reserved(text) => text,
                _ if holes.len() < HOLES_MAX => {
                    let hole = char::from_u32(HOLE_FIRST as u32 + holes.len() as u32);
                    value.extend(hole);
                    holes.push(piece.clone());
                    continue;
                }
                _ => continue,
            };
            let end = segments.last().map_or(0, |it: &Segment| it.source + it.len);
            let is_here = word.span.contains(piece.span) && end <= piece.span.range().start;
            let is_verbatim = piece.expanded.is_none() && piece.span.range().len() == text.len();
            if is_here && is_verbatim {
                segments.push(Segment {
                    decoded: value.len(),
                    source: piece.span.range().start,
                    len: text.len(),
                });
            }
            value.push_str(text);
        }
        let text = Text::new(value, word.span, segments);
        Self { text, holes: holes.into(), path: None }
    }

    /// The text of a file or of a line as it stands there.
    pub(super) fn verbatim(text: Text, path: Option<Arc<str>>) -> Self {
        Self { text, holes: Arc::default(), path }
    }
}

/// Whether what follows the text may go on with the name of a variable: `$NA`.
fn ends_in_name(text: &str) -> bool {
    let Some((_, name)) = text.rsplit_once('$') else { return false };
    let name = name.strip_prefix('{').unwrap_or(name);
    name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// Whether what comes next makes an assignment of a name in front of it.
fn is_assigned_to(rest: &[Piece]) -> bool {
    let next = rest.iter().find(|it| it.text.as_ref().is_ok_and(|it| !it.is_empty()));
    let next = next.and_then(|it| it.text.as_deref().ok());
    next.is_some_and(|it| it.starts_with(|it: char| "=+[_".contains(it) || it.is_alphanumeric()))
}

/// Whether the shell's grammar has a meaning for a word.
fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "if", "then", "elif", "else", "fi", "for", "while", "until", "select", "case", "esac",
        "do", "done", "in", "function", "time",
    ];
    WORDS.contains(&text)
}

/// Whether a shell reads the text as itself wherever it stands in a word.
fn is_plain(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"_-./:,@%+".contains(&it);
    !text.is_empty() && text.bytes().all(plain)
}

//! A program about to start: the words, environment and folder that it would see.
//!
//! `commands` makes a [`Launch`] out of what a manifest says; `programs` and `apps` read it.

use std::sync::Arc;

use crate::fact::{Fact, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::project::Environment;
use crate::source::Span;

/// What a program is started with, after the shell and every wrapper have had their turn.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The words, program first. Never empty.
    pub argv: Vec<Word>,
    /// The environment, prefix assignments and `env` included.
    pub environment: Environment,
    /// The folder it runs in, as a path shown to the user; empty for the start folder.
    pub folder: String,
    /// What is in that folder.
    pub files: StartFiles,
    /// Files that the command writes before with `>`: what is known of the end of each path.
    pub written: Vec<String>,
    /// The whole command.
    pub span: Span,
}

impl Launch {
    /// A function, which the platform calls in a folder of the project: nothing starts it.
    #[must_use]
    pub fn of_function(environment: &Environment, folder: &str, span: Span) -> Self {
        Self {
            argv: vec![Word::literal("function", span)],
            environment: environment.clone(),
            folder: folder.to_owned(),
            files: StartFiles::Project,
            written: Vec::new(),
            span,
        }
    }

    /// The values that the command gives an option, in its order: `--name value`, `--name=value`,
    /// `-n value` and `-nvalue`. `None` for one that is not known.
    pub fn values_of(&self, flags: &[&str]) -> Vec<Option<String>> {
        let mut values = Vec::new();
        let mut words = self.argv.iter().skip(1);
        while let Some(word) = words.next() {
            let prefix = word.known_prefix();
            if flags.contains(&prefix.as_str()) {
                // Something that is not known may stand right behind the name.
                let value = if word.text().is_some() { words.next() } else { None };
                values.push(value.and_then(Word::text));
                continue;
            }
            let attached = flags.iter().find_map(|flag| {
                let rest = prefix.strip_prefix(flag)?;
                let is_long = flag.starts_with("--");
                (!is_long || rest.starts_with('=')).then(|| flag.len() + usize::from(is_long))
            });
            if let Some(start) = attached {
                values.push(word.text().map(|it| it[start..].to_owned()));
            }
        }
        values
    }
}

/// What the folder of a program holds when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFiles {
    /// The files of the project: what is not among them is not there.
    Project,
    /// The files of the project and what earlier programs of the command made.
    Prepared,
    /// Those of an image, where files may be made, moved and left out.
    Image,
}

/// Which shell reads a text. Most of it means the same in all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// bash, also where it is called `sh`.
    Bash,
    /// dash, the `sh` of Debian and Ubuntu.
    Dash,
    /// Any of them: what they do differently is not known.
    #[default]
    Unknown,
}

/// A word of a command, after quotes are removed and variables are expanded.
#[derive(Clone, Debug)]
pub struct Word {
    /// Its pieces; a word without pieces is the empty word `''`.
    pub pieces: Vec<Piece>,
    /// The word as written, quotes included.
    pub span: Span,
}

/// A part of a word that comes from one place.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The text, or why it is not known.
    pub text: Result<String, Unknown>,
    /// Where it is written. For an expansion, the `$NAME` in the command.
    pub span: Span,
    /// The value behind an expansion, with its origin: the variable, or the default beside it.
    pub expanded: Option<Arc<Fact>>,
}

/// Variables that are named of which a word was put together; assumptions are named beyond it.
const SOURCES_MAX: usize = 64;

impl Word {
    /// A word that stands in a file as it is.
    pub fn literal(text: impl Into<String>, span: Span) -> Self {
        Self { pieces: vec![Piece { text: Ok(text.into()), span, expanded: None }], span }
    }

    /// The text, when all of it is known.
    pub fn text(&self) -> Option<String> {
        self.pieces.iter().map(|it| it.text.as_deref().ok()).collect()
    }

    /// Whether it may be any number of words, none included: an unknown expansion without quotes,
    /// or `$@`. Options may hide in it.
    pub fn may_be_several(&self) -> bool {
        matches!(self.pieces.as_slice(), [it] if it.text.is_err() && it.span == self.span)
    }

    /// The known text in front of the first unknown piece.
    pub fn known_prefix(&self) -> String {
        self.pieces.iter().map_while(|it| it.text.as_deref().ok()).collect()
    }

    /// The known text behind the last unknown piece.
    pub fn known_end(&self) -> String {
        let known = self.pieces.iter().rev().map_while(|it| it.text.as_deref().ok());
        let mut parts: Vec<&str> = known.collect();
        parts.reverse();
        parts.concat()
    }

    /// The path of a program, of which the first folders may only be known at run time:
    /// `/venv/bin/gunicorn` of `%h/venv/bin/gunicorn`. `None` where its own name is not known.
    pub fn program_path(&self) -> Option<String> {
        self.text().or_else(|| Some(self.known_end()).filter(|it| it.contains('/')))
    }

    /// The word from byte `start` of its known text on, such as the `9` of `--workers=9`.
    #[must_use]
    pub fn tail(&self, start: usize) -> Self {
        let mut skip = start;
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let len = piece.text.as_ref().map_or(0, String::len);
            if piece.text.is_ok() && skip >= len && skip > 0 {
                skip -= len;
                continue;
            }
            pieces.push(piece.tail(skip));
            skip = 0;
        }
        let span = match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) => first.span.cover(last.span),
            _ => Span { start: self.span.end, ..self.span },
        };
        Self { pieces, span }
    }

    /// The word as a fact: its text, a pattern when parts are unknown, and where it comes from.
    ///
    /// `source` says what the word is to the program, such as "`--workers`".
    pub fn fact(&self, source: impl Into<String>) -> Fact {
        let mut origin = Origin::written(self.span, source);
        // A word may be put together from one variable many times over.
        let mut seen: Vec<&Fact> = Vec::new();
        for piece in &self.pieces {
            if let Some(fact) = &piece.expanded {
                let is_known = seen.iter().any(|it| std::ptr::eq(*it, &**fact));
                let is_enough = seen.len() >= SOURCES_MAX && !fact.origin.is_assumed();
                if is_known || is_enough {
                    continue;
                }
                seen.push(fact);
                let whole = self.pieces.len() == 1 && fact.origin.kind == OriginKind::Env;
                if whole {
                    origin.kind = OriginKind::Env;
                }
                origin = origin.with_input(fact.origin.source.clone(), Arc::clone(fact));
            }
        }
        Fact::new(self.state(), origin)
    }

    /// What is known of the word's text.
    pub fn state(&self) -> State {
        if let Some(text) = self.text() {
            return State::Known(Value::Text(text));
        }
        // Quotes leave an empty piece, which says nothing.
        let part = |it: &Piece| match &it.text {
            Ok(text) => (!text.is_empty()).then(|| TextPart::Known(text.clone())),
            Err(unknown) => Some(TextPart::Unknown(unknown.clone())),
        };
        let parts: Vec<TextPart> = self.pieces.iter().filter_map(part).collect();
        match parts.as_slice() {
            [TextPart::Unknown(unknown)] => State::Unknown(unknown.clone()),
            _ => State::Pattern(parts),
        }
    }
}

impl Piece {
    fn tail(&self, start: usize) -> Self {
        let Ok(text) = &self.text else { return self.clone() };
        let tail = text.get(start..).unwrap_or_default();
        // Bytes can be counted off the span only where the text stands there as it is.
        let verbatim = self.expanded.is_none() && self.span.range().len() == text.len();
        let span = match verbatim {
            true => Span { start: self.span.end - tail.len() as u32, ..self.span },
            false => self.span,
        };
        Self { text: Ok(tail.to_owned()), span, expanded: self.expanded.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn tail_points_at_the_value_of_a_flag() {
        let mut sources = SourceMap::new();
        let file = sources.add("Procfile", "--workers=9");
        let word = Word::literal("--workers=9", Span::new(file, 0, 11));
        let tail = word.tail("--workers=".len());
        assert_eq!(tail.text().as_deref(), Some("9"));
        assert_eq!(sources.text(tail.span), "9");
    }

    #[test]
    fn a_word_with_a_gap_is_a_pattern() {
        let mut sources = SourceMap::new();
        let file = sources.add("Procfile", "0.0.0.0:$PORT");
        let unknown = Unknown::because("the platform picks it");
        let word = Word {
            pieces: vec![
                Piece {
                    text: Ok("0.0.0.0:".to_owned()),
                    span: Span::new(file, 0, 8),
                    expanded: None,
                },
                Piece { text: Err(unknown), span: Span::new(file, 8, 13), expanded: None },
            ],
            span: Span::new(file, 0, 13),
        };
        assert_eq!(word.text(), None);
        assert_eq!(word.known_prefix(), "0.0.0.0:");
        assert_eq!(word.state().to_string(), "0.0.0.0:…");
    }
}

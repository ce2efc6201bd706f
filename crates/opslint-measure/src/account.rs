//! What a run read, and what it could not.

use std::collections::BTreeMap;

use crate::sample::Source;

/// The most lines that are shown of those that nobody knows.
const SHOWN_MAX: usize = 3;

/// The most characters of a shown line.
const SHAPE_MAX: usize = 80;

/// What was read of all inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each input, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// The first lines that nobody knows.
    pub unrecognised: Vec<Unrecognised>,
    /// Samples of sources that no process was found for.
    pub untold: BTreeMap<Source, u64>,
    /// Lines whose time has no zone; they were taken for UTC.
    pub without_zone: u64,
}

impl Report {
    /// Lines of all inputs.
    pub fn lines(&self) -> u64 {
        self.files.iter().map(|it| it.lines).sum()
    }

    /// Lines that nobody knows.
    pub fn unknown(&self) -> u64 {
        self.files.iter().map(|it| it.unknown).sum()
    }

    pub(crate) fn show(&mut self, file: usize, line_number: u64, text: &[u8]) {
        if self.unrecognised.len() < SHOWN_MAX {
            self.unrecognised.push(Unrecognised { file, line_number, shape: shape(text) });
        }
    }
}

/// What was read of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Its name, as the caller says it.
    pub name: String,
    /// Lines, also those of which nothing is known.
    pub lines: u64,
    /// How many lines or values are of which source.
    pub sources: BTreeMap<Source, u64>,
    /// Lines that nobody knows.
    pub unknown: u64,
    /// Lines and values that are too long or break off.
    pub unread: u64,
    /// Whether the last line has no end, and was left out.
    pub cut_off: bool,
    /// How often the clock went back by more than an hour.
    pub clock_jumps: u64,
    /// Why it was read no further.
    pub error: Option<String>,
}

/// A line that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecognised {
    /// The place of its file in [`Report::files`].
    pub file: usize,
    /// Its number, from 1.
    pub line_number: u64,
    /// Its shape: signs and spaces as they are, `a` for letters, `0` for digits, so that nothing of
    /// what somebody logged is shown.
    pub shape: String,
}

fn shape(text: &[u8]) -> String {
    let mut shape = String::new();
    for byte in text {
        let shown = match byte {
            b'0'..=b'9' => '0',
            b'!'..=b'/' | b':'..=b'@' | b'['..=b'`' | b'{'..=b'~' | b' ' => char::from(*byte),
            b'\t' => ' ',
            _ => 'a',
        };
        if !(matches!(shown, 'a' | '0') && shape.ends_with(shown)) {
            shape.push(shown);
        }
        if shape.len() >= SHAPE_MAX {
            shape.push_str("...");
            break;
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_nothing_of_the_text() {
        assert_eq!(shape(b"user ann@example.com GET /a/17?q=x"), "a a@a.a a /a/0?a=a");
        assert_eq!(shape("é\u{1b}[31m".as_bytes()), "a[0a");
        assert!(shape(&b"- ".repeat(500)).len() < 100);
    }
}

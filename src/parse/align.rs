//! Which source bytes each byte of a decoded string came from.
//!
//! Parsers hand out a literal and its decoded text, not how one became the other. Walking both at
//! once finds the runs they share: equal characters, escapes, and line breaks that folding turned
//! into blanks. The walk checks itself: where the two do not fit, there are no runs, and every place
//! in the text is the whole literal.

use crate::document::{Segment, Text};
use crate::source::Span;

/// The text of the literal at `span`, whose source bytes are `raw`.
pub(super) fn text(value: &str, span: Span, raw: &str) -> Text {
    Text::new(value, span, segments(value, raw, span.start as usize).unwrap_or_default())
}

/// The shared runs; `None` when the decoded text cannot be found in the literal.
fn segments(value: &str, raw: &str, offset: usize) -> Option<Vec<Segment>> {
    let mut walk = Walk { raw, at: content_start(raw), offset, segments: Vec::new() };
    for (decoded, character) in value.char_indices() {
        walk.step(decoded, character)?;
    }
    Some(walk.segments)
}

/// Behind the opening quotes or the header of a block scalar.
fn content_start(raw: &str) -> usize {
    for quotes in ["\"\"\"", "'''"] {
        if raw.starts_with(quotes) {
            let rest = &raw[3..];
            let newline = ["\r\n", "\n"].iter().find(|it| rest.starts_with(**it));
            return 3 + newline.map_or(0, |it| it.len());
        }
    }
    match raw.as_bytes().first() {
        Some(b'"' | b'\'') => 1,
        Some(b'|' | b'>') => raw.find('\n').map_or(raw.len(), |it| it + 1),
        _ => 0,
    }
}

struct Walk<'a> {
    raw: &'a str,
    at: usize,
    offset: usize,
    segments: Vec<Segment>,
}

impl Walk<'_> {
    /// Finds the source of one decoded character.
    fn step(&mut self, decoded: usize, character: char) -> Option<()> {
        let escapes = self.raw.starts_with('"');
        // A backslash before a line end joins lines and stands for nothing.
        while escapes && self.line_continuation() {}
        let rest = &self.raw[self.at..];
        if rest.starts_with("''") && character == '\'' && self.raw.starts_with('\'') {
            self.push(decoded, 1, 2);
            return Some(());
        }
        if escapes && rest.starts_with('\\') {
            let len = escape_len(rest, character)?;
            self.at += len;
            return Some(());
        }
        if character == '\n' || character == ' ' {
            if rest.starts_with(character) && (character == '\n' || !self.is_fold()) {
                self.push(decoded, 1, 1);
                if character == '\n' {
                    self.skip_indentation();
                }
                return Some(());
            }
            return self.fold();
        }
        if self.segments.is_empty() {
            self.skip_indentation();
        }
        // Blank lines and indentation in front of a line of a folded text stand for nothing.
        if !self.raw[self.at..].starts_with(character) {
            self.skip_blanks();
        }
        self.raw[self.at..].starts_with(character).then(|| {
            self.push(decoded, character.len_utf8(), character.len_utf8());
        })
    }

    fn push(&mut self, decoded: usize, len: usize, source_len: usize) {
        let source = self.offset + self.at;
        self.at += source_len;
        if let Some(last) = self.segments.last_mut()
            && last.decoded + last.len == decoded
            && last.source + last.len == source
            && len == source_len
        {
            last.len += len;
            return;
        }
        self.segments.push(Segment { decoded, source, len });
    }

    /// Whether only blanks stand between here and the end of the line.
    fn is_fold(&self) -> bool {
        let line = self.raw[self.at..].split('\n').next().unwrap_or_default();
        line.len() < self.raw.len() - self.at && line.trim().is_empty()
    }

    /// A line break with what surrounds it, which folding made one blank or one line break.
    fn fold(&mut self) -> Option<()> {
        let rest = &self.raw[self.at..];
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let had_newline = rest[..skipped].contains('\n');
        had_newline.then(|| self.at += skipped)
    }

    fn skip_indentation(&mut self) {
        let rest = &self.raw[self.at..];
        let block = self.raw.starts_with(['|', '>']) || !self.raw.starts_with(['"', '\'']);
        if block {
            self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        }
    }

    fn skip_blanks(&mut self) {
        let rest = &self.raw[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn line_continuation(&mut self) -> bool {
        let rest = &self.raw[self.at..];
        let Some(after) = rest.strip_prefix('\\') else { return false };
        let trimmed = after.trim_start_matches([' ', '\t', '\r']);
        if !trimmed.starts_with('\n') {
            return false;
        }
        let next = trimmed.trim_start_matches([' ', '\t', '\r', '\n']);
        self.at = self.raw.len() - next.len();
        true
    }
}

/// Bytes of the escape at the start of `rest` when it stands for `character`.
fn escape_len(rest: &str, character: char) -> Option<usize> {
    let kind = rest[1..].chars().next()?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return Some(1 + kind.len_utf8()),
    };
    let len = 2 + digits;
    // JSON writes characters beyond the basic plane as two escapes.
    let surrogate = kind == 'u' && character as u32 > 0xFFFF;
    let len = if surrogate { 2 * len } else { len };
    rest.is_char_boundary(len).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// Every word of the decoded text must be found at its own place in the literal.
    #[track_caller]
    fn check(raw: &str, value: &str, words: &[&str]) {
        let mut sources = SourceMap::new();
        let file = sources.add("x", format!("key: {raw}"));
        let span = Span::new(file, 5, 5 + raw.len());
        let text = text(value, span, raw);
        for word in words {
            let at = value.find(word).unwrap();
            let found = sources.text(text.span_of(at..at + word.len()));
            assert_eq!(found, *word, "in {raw:?}");
        }
    }

    #[test]
    fn quotes_are_skipped() {
        check("\"a bc\"", "a bc", &["a", "bc"]);
        check("'a bc'", "a bc", &["a", "bc"]);
        check("plain words", "plain words", &["plain", "words"]);
    }

    #[test]
    fn escapes_do_not_shift_what_follows() {
        check(r#""a\n\u00e9 bc \"d\" e""#, "a\né bc \"d\" e", &["bc", "d", "e"]);
        check("'it''s here'", "it's here", &["here"]);
        check(r#""\ud83d\ude00 after""#, "😀 after", &["after"]);
    }

    #[test]
    fn folded_lines_are_found_on_their_own_lines() {
        check(
            ">-\n  gunicorn app\n  --workers 9\n",
            "gunicorn app --workers 9",
            &["--workers", "9"],
        );
        check("|\n  one\n  two\n", "one\ntwo\n", &["one", "two"]);
        check("first\n  second line", "first second line", &["second", "line"]);
        check("\"\"\"\none \\\n   two\"\"\"", "one two", &["one", "two"]);
    }

    #[test]
    fn what_does_not_fit_has_no_runs() {
        assert_eq!(segments("abc", "xyz", 0), None);
    }
}

//! Which source bytes each byte of a decoded string came from.
//!
//! Parsers hand out a literal and its decoded text, not how one became the other. Reading the
//! literal again beside its text finds the runs they share; escapes, folded line breaks and
//! indentation stand between runs. The reading checks itself: where literal and text do not fit,
//! there are no runs, and every place in the text is the whole literal.

use crate::document::{Segment, Text};
use crate::source::Span;

/// The text of the literal at `span`, whose source bytes are `raw`.
pub(super) fn text(value: &str, span: Span, raw: &str) -> Text {
    Text::new(value, span, segments(value, raw, span.start as usize).unwrap_or_default())
}

/// The text of a block scalar of YAML, whose content is at `span` in `source`.
///
/// Its indentation is that of its first line unless the header says otherwise, so lesser ones are
/// tried too.
pub(super) fn block(value: &str, span: Span, source: &str) -> Text {
    let before = &source[..span.start as usize];
    let start = before.trim_end_matches(' ').len();
    let start = if before[..start].ends_with('\n') { start } else { before.len() };
    let raw = &source[start..span.end as usize];
    let indent = raw.len() - raw.trim_start_matches(' ').len();
    let segments = (0..=indent.min(64)).rev().find_map(|indent| {
        let walk = Walk::new(value, raw, start);
        walk.block(indent)
    });
    Text::new(value, span, segments.unwrap_or_default())
}

/// How a literal is written.
#[derive(Clone, Copy)]
struct Style {
    /// Bytes of the opening quotes.
    quotes: usize,
    /// A backslash starts an escape.
    escapes: bool,
    /// Line breaks stand for themselves.
    verbatim_lines: bool,
}

/// The shared runs; `None` when the text cannot be found in the literal.
fn segments(value: &str, raw: &str, offset: usize) -> Option<Vec<Segment>> {
    let style = |quotes, escapes| Style { quotes, escapes, verbatim_lines: quotes == 3 };
    // Formats share quotes and differ in what they mean: `'''` opens a text in TOML, and in YAML it
    // is a quote and an escaped quote; `'\n'` has an escape in Python only.
    let styles: &[Style] = match raw.as_bytes() {
        [b'"', b'"', b'"', ..] => &[style(3, true), style(1, true)],
        [b'\'', b'\'', b'\'', ..] => &[style(3, false), style(3, true), style(1, false)],
        [b'"', ..] => &[style(1, true)],
        [b'\'', ..] => &[style(1, false), style(1, true)],
        _ => &[style(0, false)],
    };
    styles.iter().find_map(|style| {
        let mut walk = Walk::new(value, raw, offset);
        walk.at = style.quotes;
        walk.flow(*style)
    })
}

/// Reads a literal and its text side by side.
struct Walk<'a> {
    value: &'a str,
    decoded: usize,
    raw: &'a str,
    at: usize,
    offset: usize,
    segments: Vec<Segment>,
}

impl<'a> Walk<'a> {
    fn new(value: &'a str, raw: &'a str, offset: usize) -> Self {
        Self { value, decoded: 0, raw, at: 0, offset, segments: Vec::new() }
    }

    fn rest(&self) -> &'a str {
        self.raw.get(self.at..).unwrap_or_default()
    }

    fn wanted(&self) -> Option<char> {
        self.value[self.decoded..].chars().next()
    }

    /// Takes bytes that are the same in both.
    fn share(&mut self, len: usize) -> Option<()> {
        let shared = self.rest().get(..len)?;
        if !self.value[self.decoded..].starts_with(shared) {
            return None;
        }
        let source = self.offset + self.at;
        match self.segments.last_mut() {
            Some(last)
                if last.decoded + last.len == self.decoded && last.source + last.len == source =>
            {
                last.len += len;
            }
            _ => self.segments.push(Segment { decoded: self.decoded, source, len }),
        }
        self.decoded += len;
        self.at += len;
        Some(())
    }

    /// A block scalar: every line without its indentation, line breaks kept or folded.
    fn block(mut self, indent: usize) -> Option<Vec<Segment>> {
        // The span of a block ends with its last character; line breaks behind it are the text's.
        while !self.value[self.decoded..].trim_start_matches('\n').is_empty() {
            let line = self.rest().split('\n').next().filter(|_| self.at < self.raw.len())?;
            let indented = line.len() - line.trim_start_matches(' ').len();
            self.at += indented.min(indent);
            let content = &line[indented.min(indent)..];
            let content = content.strip_suffix('\r').unwrap_or(content);
            self.share(content.len())?;
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            match self.wanted() {
                Some('\n') if self.rest().starts_with('\n') => self.share(1)?,
                Some(' ') if !content.is_empty() => {
                    self.decoded += 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        Some(self.segments)
    }

    /// A plain or quoted scalar.
    fn flow(mut self, style: Style) -> Option<Vec<Segment>> {
        if style.verbatim_lines {
            self.first_line_break();
        }
        while let Some(wanted) = self.wanted() {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            if style.escapes && rest.starts_with('\\') {
                self.escape(wanted)?;
            } else if style.verbatim_lines && rest.starts_with("\r\n") && wanted == '\n' {
                self.at += 1;
            } else if blanks > 0 && !style.verbatim_lines && rest[..blanks].contains('\n') {
                self.fold(blanks)?;
            } else if blanks > 0 && !style.verbatim_lines {
                self.share(blanks)?;
            } else if !style.escapes && style.quotes == 1 && rest.starts_with("''") {
                // The second quote of the two is the one that counts.
                self.at += 1;
                self.share(1)?;
            } else {
                self.share(rest.chars().next()?.len_utf8())?;
            }
        }
        Some(self.segments)
    }

    /// TOML drops a line break right behind the quotes, Python keeps it.
    fn first_line_break(&mut self) {
        let len = ["\r\n", "\n"].iter().find(|it| self.rest().starts_with(**it));
        let Some(len) = len.map(|it| it.len()) else { return };
        let second = self.rest()[len..].starts_with(['\r', '\n']);
        if self.wanted() != Some('\n') || second {
            self.at += len;
        }
    }

    /// A line break with the blanks around it: one blank, or one line break for each further one.
    fn fold(&mut self, len: usize) -> Option<()> {
        let breaks = self.rest()[..len].matches('\n').count();
        let folded = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
        // A joined line may end in line breaks only, or stand for nothing.
        if !self.value[self.decoded..].starts_with(&folded) {
            return None;
        }
        self.decoded += folded.len();
        self.at += len;
        Some(())
    }

    fn escape(&mut self, wanted: char) -> Option<()> {
        let after = &self.rest()[1..];
        let line_end = after.trim_start_matches([' ', '\t', '\r']);
        if line_end.starts_with('\n') {
            self.at = self.raw.len() - line_end.len() + 1;
            self.skip_unwanted_blanks();
            return Some(());
        }
        let Some(len) = escape_len(after, wanted) else {
            // Python keeps the backslash of an escape that it does not know.
            return if wanted == '\\' { self.share(1) } else { None };
        };
        self.at += 1 + len;
        self.decoded += wanted.len_utf8();
        Some(())
    }

    /// Blanks behind a joined line stand for nothing, unless the text has them.
    fn skip_unwanted_blanks(&mut self) {
        while let Some(blank) = self.rest().chars().next()
            && matches!(blank, ' ' | '\t' | '\r' | '\n')
            && self.wanted() != Some(blank)
        {
            self.at += 1;
        }
    }
}

/// Bytes behind the backslash of an escape that stands for `wanted`.
fn escape_len(after: &str, wanted: char) -> Option<usize> {
    let kind = after.chars().next()?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return simple_escape_len(after, kind, wanted),
    };
    // JSON writes characters beyond the basic plane as two escapes.
    if kind == 'u' && wanted as u32 > 0xFFFF {
        return after.is_char_boundary(11).then_some(11);
    }
    let code = u32::from_str_radix(after.get(1..1 + digits)?, 16).ok()?;
    (code == wanted as u32).then_some(1 + digits)
}

fn simple_escape_len(after: &str, kind: char, wanted: char) -> Option<usize> {
    let octal = after.len() - after.trim_start_matches(|it: char| it.is_digit(8)).len();
    if octal > 0 {
        let len = octal.min(3);
        let code = u32::from_str_radix(&after[..len], 8).ok()?;
        return (code == wanted as u32).then_some(len);
    }
    if kind == 'N' && after[1..].starts_with('{') {
        return after.find('}').map(|it| it + 1);
    }
    let stands_for = match kind {
        'n' => '\n',
        't' | '\t' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{C}',
        'a' => '\u{7}',
        'v' => '\u{B}',
        'e' => '\u{1B}',
        'N' => '\u{85}',
        '_' => '\u{A0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        '"' | '\'' | '\\' | '/' | ' ' => kind,
        _ => return None,
    };
    (stands_for == wanted).then_some(kind.len_utf8())
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
        let text = match raw.starts_with(['|', '>']) {
            false => text(value, span, raw),
            true => {
                let header = raw.find('\n').unwrap();
                let blanks = raw[header..].len() - raw[header..].trim_start().len();
                let end = 5 + raw.trim_end().len();
                block(value, Span::new(file, 5 + header + blanks, end), sources.file(file).text())
            }
        };
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
        check("one  \n    two\n\n  three", "one two\nthree", &["one", "two", "three"]);
    }

    #[test]
    fn blanks_at_the_end_of_a_line_and_deeper_lines_are_kept() {
        check("|\n  one  \n  two\n", "one  \ntwo\n", &["one", "two"]);
        check(
            ">\n  sh -c \"\n    sleep 5 &&\n    run\n  \"\n  last\n  line\n",
            "sh -c \"\n  sleep 5 &&\n  run\n\" last line\n",
            &["sh", "sleep", "run", "last", "line"],
        );
        check("|2\n    deeper\n  not\n", "  deeper\nnot\n", &["deeper", "not"]);
        check("|\r\n  one\r\n  two\r\n", "one\ntwo\n", &["one", "two"]);
    }

    #[test]
    fn quotes_mean_what_their_format_says() {
        check("'''it'' is'", "'it' is", &["it", "is"]);
        check("'''\nit's raw \\n'''", "it's raw \\n", &["it's", "raw", "\\n"]);
        check("'py\\'thon \\d x'", "py'thon \\d x", &["thon", "\\d", "x"]);
        check("\"\"\"\\\n  kept\"\"\"", "  kept", &["  kept"]);
    }

    #[test]
    fn what_does_not_fit_has_no_runs() {
        assert_eq!(segments("abc", "xyz", 0), None);
    }
}

//! systemd units: sections in brackets, `Key=value` lines, and `\` at the end of a line that goes on.
//!
//! A key may stand several times; each time is an entry of its own.
//! Source: <https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html>

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind, Segment, Text};
use crate::source::{FileId, Span, Spanned};

use super::{SYNTAX_ERROR, note};

/// Parses a unit: a map of sections, each a map of keys.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut sections: Vec<Entry> = Vec::new();
    let (mut problems, mut comments) = (Vec::new(), Vec::new());
    let mut lines = Lines { text, at: 0 };
    while let Some((start, line)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let content = line.trim();
        let at = start + indent;
        let span = Span::new(file, at, at + content.len());
        if content.is_empty() {
            continue;
        }
        if content.starts_with(['#', ';']) {
            comments.push(span);
            continue;
        }
        if let Some(name) = content.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            let key = Spanned::new(name.to_owned(), span);
            sections.push(Entry { key, value: Node::new(NodeKind::Map(Vec::new()), span) });
            continue;
        }
        let Some((key, value)) = content.split_once('=') else {
            note(&mut problems, || not_an_entry(span));
            continue;
        };
        let key_span = Span::new(file, at, at + key.trim_end().len());
        let mut segments = Vec::new();
        let mut decoded = String::new();
        let value_start = at + key.len() + 1 + (value.len() - value.trim_start().len());
        push(&mut segments, &mut decoded, value_start, value.trim_start());
        while decoded.ends_with('\\') {
            let Some((start, line)) = lines.next() else { break };
            let line = line.trim_end();
            // Comments between the lines are left out.
            if line.trim_start().starts_with(['#', ';']) {
                continue;
            }
            decoded.pop();
            if let Some(last) = segments.last_mut() {
                last.len -= 1;
            }
            decoded.push(' ');
            push(&mut segments, &mut decoded, start, line);
        }
        let end = segments.last().map_or(value_start, |it| it.source + it.len);
        let value_span = Span::new(file, value_start, end);
        let value =
            Node::new(NodeKind::String(Text::new(decoded, value_span, segments)), value_span);
        let entry = Entry { key: Spanned::new(key.trim_end().to_owned(), key_span), value };
        match sections.last_mut().map(|it| &mut it.value.kind) {
            Some(NodeKind::Map(entries)) => entries.push(entry),
            _ => note(&mut problems, || outside(key_span)),
        }
    }
    let root = Node::new(NodeKind::Map(sections), Span::new(file, 0, text.len()));
    Document { file, syntax: super::Syntax::Unit, root, problems, comments }
}

/// Lines with their first byte, without their line break.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = &self.text[self.at..];
        let line = rest.split_inclusive('\n').next()?;
        let start = self.at;
        self.at += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }
}

fn push(segments: &mut Vec<Segment>, decoded: &mut String, source: usize, text: &str) {
    segments.push(Segment { decoded: decoded.len(), source, len: text.len() });
    decoded.push_str(text);
}

fn not_an_entry(span: Span) -> Diagnostic {
    let label = Label::new(span, "expected `Key=value` or `[Section]`");
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, "not a line of a unit", label)
        .with_help("systemd ignores such a line")
}

fn outside(span: Span) -> Diagnostic {
    let label = Label::new(span, "in front of the first section");
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, "a key outside of every section", label)
        .with_help("systemd ignores such a line")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    const UNIT: &str = "# shop\n[Service]\nEnvironment=A=1\nExecStart=/usr/bin/gunicorn \\\n  \
                        # a comment\n  --workers 3 \\\n  shop.wsgi\nEnvironment=\"B=2 3\"\n";

    #[test]
    fn a_value_goes_on_behind_a_backslash_and_keeps_its_places() {
        let mut sources = SourceMap::new();
        let file = sources.add("shop.service", UNIT);
        let document = document(file, UNIT);
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let service = document.root.get("Service").unwrap();
        let command = service.get("ExecStart").and_then(Node::as_text).unwrap();
        let words: Vec<_> = command.value.split_whitespace().collect();
        assert_eq!(words, ["/usr/bin/gunicorn", "--workers", "3", "shop.wsgi"]);
        let start = command.value.find("3 ").unwrap();
        let span = command.span_of(start..start + 1);
        assert_eq!(sources.text(span), "3");
        assert_eq!(span.start as usize, UNIT.find("3 \\").unwrap());
        let keys: Vec<_> = service.entries().iter().map(|it| it.key.value.as_str()).collect();
        assert_eq!(keys, ["Environment", "ExecStart", "Environment"]);
    }

    #[test]
    fn what_is_no_line_of_a_unit_is_said_and_the_rest_is_read() {
        let text = "Key=1\n[Service]\nnonsense\nUser=shop\n";
        let file = SourceMap::new().add("x.service", text);
        let document = document(file, text);
        let messages: Vec<_> = document.problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, ["a key outside of every section", "not a line of a unit"]);
        let user = document.root.at(&["Service", "User"]).and_then(Node::as_str);
        assert_eq!(user, Some("shop"));
    }

    #[test]
    fn a_file_that_ends_in_a_backslash_ends() {
        let text = "[Service]\nExecStart=gunicorn \\";
        let file = SourceMap::new().add("x.service", text);
        let document = document(file, text);
        assert!(document.root.at(&["Service", "ExecStart"]).is_some());
    }
}

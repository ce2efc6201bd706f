//! Sections of `key = value` lines, as Python's `configparser` reads them for Supervisor: a value
//! goes on in lines that are indented further, and a `;` or `#` behind a blank starts a comment.
//!
//! A section that stands twice is one, and the last of equal keys counts.
//! Source: <https://docs.python.org/3/library/configparser.html#supported-ini-file-structure>

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind, Segment, Text};
use crate::source::{FileId, Span, Spanned};

use super::SYNTAX_ERROR;

/// A key whose value may go on in the next lines.
struct Open {
    key: Spanned<String>,
    indent: usize,
    value: String,
    segments: Vec<Segment>,
    span: Span,
}

/// Parses the text: a map of sections, each a map of keys, which are in lower case.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut reader = Reader {
        file,
        sections: Vec::new(),
        known: HashMap::new(),
        current: None,
        open: None,
        problems: Vec::new(),
    };
    let mut comments = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let len = comment(content).unwrap_or(content.len());
        if len < content.len() {
            comments.push(Span::new(file, at + len, at + content.trim_end().len()));
        }
        reader.line(at, &content[..len]);
        at += line.len();
    }
    reader.close();
    let root = Node::new(NodeKind::Map(reader.sections), Span::new(file, 0, text.len()));
    Document { file, syntax: super::Syntax::Unit, root, problems: reader.problems, comments }
}

/// Where the comment of a line starts: at its first sign, or behind a blank.
fn comment(line: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, it) in line.char_indices() {
        if matches!(it, ';' | '#') && before.is_whitespace() {
            return Some(at);
        }
        before = it;
    }
    None
}

struct Reader {
    file: FileId,
    sections: Vec<Entry>,
    /// Where each section is, by its name.
    known: HashMap<String, usize>,
    /// The section that is being read.
    current: Option<usize>,
    open: Option<Open>,
    problems: Vec<Diagnostic>,
}

impl Reader {
    fn line(&mut self, start: usize, line: &str) {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        if content.is_empty() {
            return;
        }
        let at = start + indent;
        let span = Span::new(self.file, at, at + content.len());
        if let Some(open) = self.open.as_mut().filter(|it| indent > it.indent) {
            open.value.push('\n');
            push(&mut open.segments, &mut open.value, at, content);
            open.span = open.span.cover(span);
            return;
        }
        self.close();
        let header = content.strip_prefix('[').and_then(|it| it.rsplit_once(']'));
        if let Some((name, _)) = header.filter(|(it, _)| !it.is_empty()) {
            self.section(name, Span::new(self.file, at, at + name.len() + 2));
            return;
        }
        let (None, Some((key, value))) =
            (self.missing_section(span), content.split_once(['=', ':']))
        else {
            if self.current.is_some() {
                self.problems.push(not_an_entry(span));
            }
            return;
        };
        let key_span = Span::new(self.file, at, at + key.trim_end().len());
        let value_start = at + key.len() + 1 + (value.len() - value.trim_start().len());
        let value = value.trim();
        let mut open = Open {
            key: Spanned::new(key.trim_end().to_lowercase(), key_span),
            indent,
            value: String::new(),
            segments: Vec::new(),
            span: Span::new(self.file, value_start, value_start + value.len()),
        };
        push(&mut open.segments, &mut open.value, value_start, value);
        self.open = Some(open);
    }

    /// Says once that lines stand in front of every section.
    fn missing_section(&mut self, span: Span) -> Option<()> {
        if self.current.is_some() {
            return None;
        }
        if self.problems.is_empty() {
            self.problems.push(outside(span));
        }
        Some(())
    }

    fn section(&mut self, name: &str, span: Span) {
        let known = self.known.get(name).copied();
        self.current = Some(known.unwrap_or_else(|| {
            let key = Spanned::new(name.to_owned(), span);
            self.known.insert(name.to_owned(), self.sections.len());
            self.sections.push(Entry { key, value: Node::new(NodeKind::Map(Vec::new()), span) });
            self.sections.len() - 1
        }));
    }

    /// Ends the value that is being read.
    fn close(&mut self) {
        let (Some(open), Some(current)) = (self.open.take(), self.current) else { return };
        let text = Text::new(open.value, open.span, open.segments);
        let value = Node::new(NodeKind::String(text), open.span);
        if let NodeKind::Map(entries) = &mut self.sections[current].value.kind {
            entries.push(Entry { key: open.key, value });
        }
    }
}

fn push(segments: &mut Vec<Segment>, decoded: &mut String, source: usize, text: &str) {
    segments.push(Segment { decoded: decoded.len(), source, len: text.len() });
    decoded.push_str(text);
}

fn not_an_entry(span: Span) -> Diagnostic {
    let label = Label::new(span, "expected `key = value` or `[section]`");
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, "not a line of an INI file", label)
        .with_help("remove the line; the whole file is refused with it")
}

fn outside(span: Span) -> Diagnostic {
    let label = Label::new(span, "in front of the first section");
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, "a line outside of every section", label)
        .with_help("write a section above it; the whole file is refused without one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    const FILE: &str = "; supervisor\n[program:web]\nCommand = gunicorn ; here\n    --workers 3\n    \
                        a:b\nenvironment: A=\"1;2\",B=2\n\n[program:web]\nautostart=true\n";

    fn parse(text: &str) -> (SourceMap, Document) {
        let mut sources = SourceMap::new();
        let file = sources.add("supervisord.conf", text);
        let document = document(file, text);
        (sources, document)
    }

    #[test]
    fn a_value_goes_on_in_lines_that_are_indented_further() {
        let (sources, document) = parse(FILE);
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let section = document.root.get("program:web").unwrap();
        let command = section.get("command").and_then(Node::as_text).unwrap();
        assert_eq!(command.value, "gunicorn\n--workers 3\na:b");
        let start = command.value.find('3').unwrap();
        let span = command.span_of(start..start + 1);
        assert_eq!((sources.text(span), span.start as usize), ("3", FILE.find("3\n").unwrap()));
        assert_eq!(section.get("environment").and_then(Node::as_str), Some("A=\"1;2\",B=2"));
        assert_eq!(section.get("autostart").and_then(Node::as_str), Some("true"));
        assert_eq!(document.comments.len(), 2);
    }

    #[test]
    fn what_configparser_refuses_is_a_problem() {
        let messages = |text| {
            let (_, document) = parse(text);
            document.problems.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        assert_eq!(messages("a=1\nb=2\n[x]\n"), ["a line outside of every section"]);
        assert_eq!(messages("[x]\nnonsense\na=1\n"), ["not a line of an INI file"]);
        assert_eq!(messages("[x]\na=\n  b\n"), Vec::<String>::new());
        assert_eq!(messages("[x"), ["a line outside of every section"]);
    }
}

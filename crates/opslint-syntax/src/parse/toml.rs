//! TOML: a tree with spans, also of what stands around an error.
//!
//! A table that is written with a header has the header's span, so that a label for an absent key
//! stands on `[http_service]` and not on everything below it.

use toml::de::{DeTable, DeValue};
use toml::{Spanned as TomlSpanned, de};

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::{FileId, Span, Spanned};
use opslint_model::visible::one_line;

use super::{align, empty, on_boundaries, syntax_error};

/// Parses a TOML text.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let (table, errors) = DeTable::parse_recoverable(text);
    let reader = Reader { file, text };
    let problems = reader.problems(&errors);
    let root = match table.get_ref().is_empty() {
        true => empty(file),
        false => Node::new(reader.table(table.get_ref()), Span::new(file, 0, text.len())),
    };
    Document { file, syntax: super::Syntax::Toml, root, problems, comments: reader.comments() }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
}

impl Reader<'_> {
    /// What the parser says first of each slip. Behind an open bracket it stumbles from line to
    /// line, so nothing is repeated from there on.
    fn problems(&self, errors: &[de::Error]) -> Vec<Diagnostic> {
        let mut errors: Vec<_> = errors.iter().map(|it| (self.error_span(it), it)).collect();
        errors.sort_by_key(|(span, _)| span.order());
        let mut problems = Vec::new();
        let mut line_end = 0;
        for (span, error) in errors {
            if span.start < line_end {
                continue;
            }
            let rest = &self.text[span.start as usize..];
            line_end = span.start + rest.split('\n').next().unwrap_or_default().len() as u32 + 1;
            problems.push(self.problem(span, error));
            if is_open(error) {
                break;
            }
        }
        problems
    }

    fn problem(&self, span: Span, error: &de::Error) -> Diagnostic {
        if is_duplicate(error) {
            let key = one_line(self.text.get(span.range()).unwrap_or_default());
            let message = format!("duplicate key `{key}`");
            let label = Label::new(span, "again here");
            return Diagnostic::new("duplicate-key", Severity::Error, message, label)
                .with_help("keep one of the two");
        }
        let rest = self.text[span.start as usize..].trim_start_matches([' ', '\t', '\r']);
        let nothing_here = rest.is_empty() || rest.starts_with(['\n', '#']);
        if nothing_here && error.message().starts_with("string values must be quoted") {
            return syntax_error(span, "a value is missing");
        }
        syntax_error(span, error.message())
    }

    fn error_span(&self, error: &de::Error) -> Span {
        self.span(error.span().unwrap_or(0..0))
    }

    fn table(&self, table: &DeTable<'_>) -> NodeKind {
        let mut entries: Vec<_> = table.iter().map(|(key, value)| self.entry(key, value)).collect();
        // The parser's map is sorted by key; the user's order is the order of the bytes.
        entries.sort_by_key(first_byte);
        NodeKind::Map(entries)
    }

    fn entry(
        &self,
        key: &TomlSpanned<std::borrow::Cow<'_, str>>,
        value: &TomlSpanned<DeValue<'_>>,
    ) -> Entry {
        let span = self.span(key.span());
        Entry { key: Spanned::new(key.get_ref().to_string(), span), value: self.node(value) }
    }

    fn node(&self, value: &TomlSpanned<DeValue<'_>>) -> Node {
        let span = self.span(value.span());
        let kind = match value.get_ref() {
            DeValue::String(it) => {
                let raw = self.text.get(span.range()).unwrap_or_default();
                NodeKind::String(align::text(it, span, raw))
            }
            DeValue::Integer(it) => integer(it.as_str(), it.radix()),
            DeValue::Float(it) => {
                NodeKind::Float(it.as_str().replace('_', "").parse().unwrap_or(f64::NAN))
            }
            DeValue::Boolean(it) => NodeKind::Bool(*it),
            DeValue::Datetime(it) => {
                NodeKind::String(crate::document::Text::new(it.to_string(), span, Vec::new()))
            }
            DeValue::Array(items) => NodeKind::List(items.iter().map(|it| self.node(it)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Node::new(kind, span)
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let end = range.end.min(self.text.len());
        on_boundaries(Span::new(self.file, range.start.min(end), end), self.text)
    }

    /// Comments: a `#` outside of strings, to the end of the line.
    fn comments(&self) -> Vec<Span> {
        let mut comments = Vec::new();
        let source = toml_parser::Source::new(self.text);
        for token in source.lex() {
            if token.kind() == toml_parser::lexer::TokenKind::Comment {
                let span = token.span();
                comments.push(Span::new(self.file, span.start(), span.end()));
            }
        }
        comments
    }
}

fn is_duplicate(error: &de::Error) -> bool {
    error.message().contains("duplicate key")
}

/// Whether an error leaves a bracket or a text open, beyond the end of its line.
fn is_open(error: &de::Error) -> bool {
    let open = ["array", "inline table", "multi-line"];
    !is_duplicate(error) && open.iter().any(|it| error.message().contains(it))
}

/// Where an entry starts: `[a.b]` before `[a]` is the first that is heard of `a`, whose key stands in
/// its own header.
fn first_byte(entry: &Entry) -> u32 {
    let key = entry.key.span.start;
    let element = entry.value.elements().first().unwrap_or(&entry.value);
    element.entries().first().map_or(key, |it| key.min(first_byte(it)))
}

/// An integer of any radix; one that does not fit 64 bits is a float.
fn integer(digits: &str, radix: u32) -> NodeKind {
    match i64::from_str_radix(digits, radix) {
        Ok(value) => NodeKind::Integer(value),
        Err(_) => NodeKind::Float(digits.parse().unwrap_or(f64::INFINITY)),
    }
}

//! TOML: a tree with spans, also of what stands around an error.
//!
//! A table that is written with a header has the header's span, so that a label for an absent key
//! stands on `[http_service]` and not on everything below it.

use toml::de::{DeTable, DeValue};
use toml::{Spanned as TomlSpanned, de};

use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::{FileId, Span, Spanned};

use super::{align, duplicate_key, empty, on_boundaries, syntax_error};

/// Parses a TOML text.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let (table, errors) = DeTable::parse_recoverable(text);
    let reader = Reader { file, text };
    let mut problems: Vec<_> = errors.iter().map(|it| reader.problem(it)).collect();
    // One slip makes a parser stumble on to the end of the line: what it says first is what helps.
    problems.dedup_by(|second, first| {
        let range = first.primary.span.start as usize..second.primary.span.start as usize;
        text.get(range).is_some_and(|it| !it.contains('\n'))
    });
    let root = match table.get_ref().is_empty() {
        true => empty(file),
        false => Node::new(reader.table(table.get_ref()), Span::new(file, 0, text.len())),
    };
    Document { file, root, problems, comments: reader.comments() }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
}

impl Reader<'_> {
    fn problem(&self, error: &de::Error) -> crate::diagnostic::Diagnostic {
        let range = error.span().unwrap_or(0..0);
        let end = range.end.min(self.text.len());
        let span = Span::new(self.file, range.start.min(end), end);
        if error.message().contains("duplicate key") {
            let key = self.text.get(span.range()).unwrap_or_default();
            return duplicate_key(span, span, key);
        }
        syntax_error(span, error.message())
    }

    fn table(&self, table: &DeTable<'_>) -> NodeKind {
        let mut entries: Vec<_> = table.iter().map(|(key, value)| self.entry(key, value)).collect();
        // The parser's map is sorted by key; the user's order is the order of the bytes.
        entries.sort_by_key(|it| it.key.span.start);
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

/// An integer of any radix; one that does not fit 64 bits is a float.
fn integer(digits: &str, radix: u32) -> NodeKind {
    match i64::from_str_radix(digits, radix) {
        Ok(value) => NodeKind::Integer(value),
        Err(_) => NodeKind::Float(digits.parse().unwrap_or(f64::INFINITY)),
    }
}

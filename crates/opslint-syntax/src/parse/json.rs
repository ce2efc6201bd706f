//! JSON with positions. Comments and trailing commas are read: editors and platforms differ on them.

use std::collections::HashMap;

use jsonc_parser::ast::Value;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions, ParseResult, parse_to_ast,
};

use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::{FileId, Span, Spanned};

use super::{align, duplicate_key, empty, on_boundaries, syntax_error};

/// Parses a JSON text. What stands before a syntax error is kept.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut problems = Vec::new();
    let result = match parse(text) {
        Ok(result) => Some(result),
        Err(error) => {
            let range = error.range();
            let (start, end) = (range.start.min(text.len()), range.end.min(text.len()));
            problems.push(syntax_error(
                Span::new(file, start, end.max(start)),
                error.kind().to_string(),
            ));
            None
        }
    };
    let mut reader = Reader { file, text, problems };
    let Some(result) = result else {
        let at = reader.problems.first().map_or(0, |it| it.primary.span.start as usize);
        let closed = closed_prefix(text, at);
        let recovered = parse(&closed).ok().and_then(|it| it.value.map(|it| reader.node(&it)));
        // Duplicate keys are said of whole files: a half one has enough to say.
        reader.problems.truncate(1);
        let root = recovered.unwrap_or_else(|| empty(file));
        return Document {
            file,
            syntax: super::Syntax::Json,
            root,
            problems: reader.problems,
            comments: Vec::new(),
        };
    };
    let root = result.value.as_ref().map_or_else(|| empty(file), |it| reader.node(it));
    let comments = comments(file, &result);
    Document { file, syntax: super::Syntax::Json, root, problems: reader.problems, comments }
}

fn parse(text: &str) -> Result<ParseResult<'_>, jsonc_parser::errors::ParseError> {
    let collect =
        CollectOptions { comments: CommentCollectionStrategy::Separate, ..Default::default() };
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_to_ast(text, &collect, &options)
}

/// The text before `at`, cut behind the last complete value, with its brackets closed.
fn closed_prefix(text: &str, at: usize) -> String {
    let mut open = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    // Where the last element ended, and how many brackets were open there.
    let mut cut = (0, 0);
    for (idx, byte) in text.bytes().enumerate().take(at) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                open.push(byte);
                cut = (idx + 1, open.len());
            }
            b'}' | b']' => {
                open.pop();
                cut = (idx + 1, open.len());
            }
            b',' => cut = (idx, open.len()),
            _ => {}
        }
    }
    let mut closed = text[..cut.0].to_owned();
    open.truncate(cut.1);
    closed.extend(open.iter().rev().map(|it| if *it == b'{' { '}' } else { ']' }));
    closed
}

fn comments(file: FileId, result: &ParseResult<'_>) -> Vec<Span> {
    let mut ranges: Vec<Range> = result
        .comments
        .iter()
        .flat_map(|it| it.values())
        .flat_map(|it| it.iter().map(|it| it.range()))
        .collect();
    ranges.sort_by_key(|it| it.start);
    ranges.dedup_by_key(|it| it.start);
    ranges.iter().map(|it| Span::new(file, it.start, it.end)).collect()
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    problems: Vec<crate::diagnostic::Diagnostic>,
}

impl Reader<'_> {
    fn node(&mut self, value: &Value<'_>) -> Node {
        let span = self.span(value.range());
        let kind = match value {
            Value::StringLit(it) => {
                let raw = self.text.get(span.range()).unwrap_or_default();
                NodeKind::String(align::text(&it.value, span, raw))
            }
            Value::NumberLit(it) => number(it.value),
            Value::BooleanLit(it) => NodeKind::Bool(it.value),
            Value::NullKeyword(_) => NodeKind::Null,
            Value::Array(it) => {
                NodeKind::List(it.elements.iter().map(|it| self.node(it)).collect())
            }
            Value::Object(it) => {
                let entries = it.properties.iter().map(|it| {
                    let span = self.span(it.name.range());
                    let key = Spanned::new(it.name.as_str().to_owned(), span);
                    Entry { key, value: self.node(&it.value) }
                });
                let entries: Vec<Entry> = entries.collect();
                self.duplicates(&entries);
                NodeKind::Map(entries)
            }
        };
        Node::new(kind, span)
    }

    fn duplicates(&mut self, entries: &[Entry]) {
        let mut seen = HashMap::new();
        for entry in entries {
            let first = *seen.entry(&entry.key.value).or_insert(entry.key.span);
            if first != entry.key.span {
                self.problems.push(duplicate_key(entry.key.span, first, &entry.key.value));
            }
        }
    }

    fn span(&self, range: Range) -> Span {
        // The brackets that recovery added stand where the text has something else.
        let end = range.end.min(self.text.len());
        on_boundaries(Span::new(self.file, range.start.min(end), end), self.text)
    }
}

/// A whole number when it is written as one and fits 64 bits, else a float.
fn number(text: &str) -> NodeKind {
    match text.parse() {
        Ok(value) => NodeKind::Integer(value),
        Err(_) => NodeKind::Float(text.parse().unwrap_or(f64::NAN)),
    }
}

//! The tables themselves, and what is said about files.

mod data;
mod files;
mod published;
mod values;

use crate::diagnostic::Diagnostic;
use crate::parse::{self, Syntax};
use crate::source::SourceMap;

/// What is said about a text: each diagnostic with the text its label stands on.
fn diagnostics(format: &str, syntax: Syntax, text: &str) -> (SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let file = sources.add("file", text);
    let document = parse::document(syntax, file, text);
    let mut acc = Vec::new();
    super::check(&mut acc, format, &document, None);
    (sources, acc)
}

//! Diagnostics → bytes. The only place with line numbers and wire formats.

mod concise;
pub mod explain;
mod json;
pub mod platforms;
mod position;
mod pretty;
mod resolve;
pub mod schema;
pub mod show_config;
mod style;
pub mod suppressions;
mod undecided;
mod wire;

use std::io;

use clap::ValueEnum;

use crate::diagnostic::Outcome;
use crate::source::{SourceMap, Span};

pub use resolve::{ResolveOptions, write_resolved, write_resolved_json};

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: every place in its file, why, and what to do
    Pretty,
    /// One line for each diagnostic
    Concise,
    /// One JSON document, version 1
    Json,
    /// One JSON object for each diagnostic and line
    Jsonl,
}

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub struct ReportOptions {
    /// Whether to use colours.
    pub color: bool,
    /// Columns to fill at most.
    pub width: usize,
    /// Whether rule ids are links.
    pub links: bool,
    /// Whether to draw with ASCII only.
    pub ascii: bool,
    /// Whether to list what could not be decided.
    pub show_undecided: bool,
    /// Whether to print nothing when there is nothing to say.
    pub quiet: bool,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            links: false,
            ascii: false,
            show_undecided: false,
            quiet: false,
        }
    }
}

/// Writes an outcome.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(
    out: &mut dyn io::Write,
    format: Format,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions,
) -> io::Result<()> {
    match format {
        Format::Pretty => pretty::write(out, outcome, sources, options),
        Format::Concise => concise::write(out, outcome, sources),
        Format::Json => json::write(out, outcome, sources),
        Format::Jsonl => json::write_lines(out, outcome, sources),
    }
}

/// `path:line` of a span, for lists.
pub fn line(sources: &SourceMap, span: Span) -> String {
    position::Positions::new(sources).line(span)
}

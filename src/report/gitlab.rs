//! `--format gitlab`: a Code Quality report for the widget of merge requests.
//!
//! Source: GitLab's page "Code Quality", section "Code Quality report format". A problem whose
//! fingerprint occurred before is not shown, so they differ.

use std::io;

use serde::Serialize;

use super::distinct::fingerprints;
use super::edits::diff;
use super::markdown;
use super::options::ReportOptions;
use super::position::{Columns, Positions};
use crate::diagnostic::{Diagnostic, Severity};
use crate::outcome::Outcome;
use crate::source::SourceMap;

#[derive(Serialize)]
struct Violation<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

/// Markdown below the description, as Code Climate's format has it, which GitLab's builds on.
#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes one list of violations.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    _: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let diagnostics = outcome.diagnostics.iter().zip(fingerprints(outcome, sources));
    let list: Vec<_> = diagnostics.map(|(it, print)| violation(it, print, &positions)).collect();
    serde_json::to_writer_pretty(&mut *out, &list)?;
    writeln!(out)
}

fn violation<'a>(
    it: &'a Diagnostic,
    fingerprint: String,
    positions: &Positions<'a>,
) -> Violation<'a> {
    let span = it.primary.span;
    let lines =
        Lines { begin: positions.start(span).line_number, end: positions.end(span).line_number };
    Violation {
        description: &it.message,
        check_name: &it.rule,
        fingerprint,
        severity: match it.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        location: Location { path: positions.path(span), lines },
        content: content(it, positions),
    }
}

/// What to do, and the changes that do it.
fn content(it: &Diagnostic, positions: &Positions<'_>) -> Option<Content> {
    let mut body = it.help.as_deref().map(markdown::prose).unwrap_or_default();
    for fix in &it.fixes {
        let Some(diff) = diff(fix, positions) else { continue };
        let (title, safety) = (markdown::prose(&fix.title), fix.safety.name());
        body += &format!("\n\n**Fix** ({safety}): {title}\n\n{}", markdown::block("diff", &diff));
    }
    let body = body.trim_start().to_owned();
    (!body.is_empty()).then_some(Content { body })
}

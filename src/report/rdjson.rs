//! `--format rdjson`: for reviewdog, which comments on pull requests of many services.
//!
//! Source: `proto/rdf/reviewdog.proto` of reviewdog/reviewdog. Columns count from 1 in bytes of
//! UTF-8.

use std::io;

use serde_json::{Value, json};

use super::assumed::assumptions;
use super::edits::one_replacement;
use super::options::ReportOptions;
use super::position::{Columns, Position, Positions};
use crate::diagnostic::{Diagnostic, Severity};
use crate::outcome::Outcome;
use crate::source::{SourceMap, Span};

/// Writes one result.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::Utf8);
    let diagnostics =
        outcome.diagnostics.iter().map(|it| diagnostic(it, sources, &positions, options));
    let document = json!({
        "source": { "name": "opslint", "url": env!("CARGO_PKG_REPOSITORY") },
        "diagnostics": diagnostics.collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn diagnostic(
    it: &Diagnostic,
    sources: &SourceMap,
    positions: &Positions<'_>,
    options: &ReportOptions<'_>,
) -> Value {
    let rule = options.rule(&it.rule);
    let mut code = json!({ "value": it.rule });
    if let Some(url) = it.url.as_deref().or(rule.and_then(|it| it.url.as_deref())) {
        code["url"] = json!(url);
    }
    let mut message = match &it.help {
        Some(help) => format!("{}\nhelp: {help}", it.message),
        None => it.message.clone(),
    };
    for assumption in assumptions(it) {
        message += &format!("\nassumed: {assumption}");
    }
    let related = it
        .related
        .iter()
        .map(|label| json!({ "message": label.text, "location": location(label.span, positions) }));
    // A comment on a pull request offers each for one click, in the file that it stands in.
    let suggestions = it.fixes.iter().filter_map(|fix| {
        let (span, text) = one_replacement(fix, it, sources)?;
        Some(json!({ "range": range(span, positions), "text": text }))
    });
    let suggestions: Vec<Value> = suggestions.collect();
    let mut diagnostic = json!({
        "message": message,
        "location": location(it.primary.span, positions),
        "severity": match it.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        "code": code,
        "related_locations": related.collect::<Vec<_>>(),
    });
    if !suggestions.is_empty() {
        diagnostic["suggestions"] = json!(suggestions);
    }
    diagnostic
}

fn location(span: Span, positions: &Positions<'_>) -> Value {
    json!({ "path": positions.path(span), "range": range(span, positions) })
}

fn range(span: Span, positions: &Positions<'_>) -> Value {
    let position = |it: Position| json!({ "line": it.line_number, "column": it.column_number });
    json!({
        "start": position(positions.start(span)),
        "end": position(positions.end(span)),
    })
}

//! JSON, version 1. The shape is public: add fields, never rename or remove them.

use std::io;

use serde::Serialize;

use super::position::Positions;
use super::wire::{self, FactV1, RangeV1, UnknownV1};
use crate::check::fingerprint::fingerprint;
use crate::diagnostic::{Confidence, Diagnostic, Label, Outcome, Severity, Undecided};
use crate::source::SourceMap;

#[derive(Serialize)]
struct DocumentV1<'a> {
    version: u32,
    diagnostics: Vec<DiagnosticV1<'a>>,
    undecided: Vec<UndecidedV1<'a>>,
    summary: SummaryV1,
}

#[derive(Serialize)]
pub(super) struct DiagnosticV1<'a> {
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<&'a str>,
    primary: LabelV1<'a>,
    related: Vec<LabelV1<'a>>,
    facts: Vec<NamedFactV1<'a>>,
    fingerprint: String,
}

#[derive(Serialize)]
struct LabelV1<'a> {
    path: &'a str,
    range: RangeV1,
    label: &'a str,
}

#[derive(Serialize)]
struct NamedFactV1<'a> {
    name: &'a str,
    #[serde(flatten)]
    fact: FactV1,
}

#[derive(Serialize)]
struct UndecidedV1<'a> {
    rule: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<&'a str>,
    missing: Vec<MissingV1<'a>>,
}

#[derive(Serialize)]
struct MissingV1<'a> {
    name: &'a str,
    #[serde(flatten)]
    unknown: UnknownV1,
}

#[derive(Serialize)]
struct SummaryV1 {
    errors: usize,
    warnings: usize,
    infos: usize,
    undecided: usize,
    suppressed: usize,
    files: usize,
    processes: usize,
}

/// Writes one JSON document.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
) -> io::Result<()> {
    let positions = Positions::new(sources);
    let count = |severity| outcome.diagnostics.iter().filter(|it| it.severity == severity).count();
    let document = DocumentV1 {
        version: 1,
        diagnostics: outcome
            .diagnostics
            .iter()
            .map(|it| diagnostic(&positions, sources, it))
            .collect(),
        undecided: outcome.undecided.iter().map(undecided).collect(),
        summary: SummaryV1 {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            undecided: outcome.undecided.len(),
            suppressed: outcome.suppressed,
            files: outcome.files,
            processes: outcome.processes,
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes one diagnostic as one line.
pub(super) fn write_lines(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
) -> io::Result<()> {
    let positions = Positions::new(sources);
    for it in &outcome.diagnostics {
        serde_json::to_writer(&mut *out, &diagnostic(&positions, sources, it))?;
        writeln!(out)?;
    }
    Ok(())
}

fn diagnostic<'a>(
    positions: &Positions<'a>,
    sources: &SourceMap,
    diagnostic: &'a Diagnostic,
) -> DiagnosticV1<'a> {
    DiagnosticV1 {
        rule: &diagnostic.rule,
        severity: diagnostic.severity.name(),
        confidence: match diagnostic.confidence {
            Confidence::Certain => "certain",
            Confidence::Assumed => "assumed",
        },
        message: &diagnostic.message,
        why: diagnostic.why.as_deref(),
        help: diagnostic.help.as_deref(),
        url: diagnostic.url.as_deref(),
        deployment: diagnostic.deployment.as_deref(),
        process: diagnostic.process.as_deref(),
        primary: label(positions, &diagnostic.primary),
        related: diagnostic.related.iter().map(|it| label(positions, it)).collect(),
        facts: diagnostic
            .facts
            .iter()
            .map(|it| NamedFactV1 {
                name: &it.name,
                fact: wire::fact(positions, &it.name, &it.fact),
            })
            .collect(),
        fingerprint: fingerprint(diagnostic, sources),
    }
}

fn label<'a>(positions: &Positions<'a>, label: &'a Label) -> LabelV1<'a> {
    LabelV1 {
        path: positions.path(label.span),
        range: wire::range(positions, label.span),
        label: &label.text,
    }
}

fn undecided(undecided: &Undecided) -> UndecidedV1<'_> {
    let missing = |it: &'_ crate::diagnostic::Missing| wire::unknown(&it.unknown);
    UndecidedV1 {
        rule: &undecided.rule,
        deployment: undecided.deployment.as_deref(),
        process: undecided.process.as_deref(),
        missing: undecided
            .missing
            .iter()
            .map(|it| MissingV1 { name: &it.name, unknown: missing(it) })
            .collect(),
    }
}

//! `--format json`, version 1: what other programs read.
//!
//! The shape is public: fields are added, never renamed or removed. Lines and columns count from 1;
//! columns count Unicode code points; offsets count bytes of the file from 0. The same holds for
//! `jsonl`, whose lines are the parts of this document.

use std::io;

use serde::Serialize;

use super::edits::{FixV1, fixes_v1};
use super::open::{Open, open};
use super::options::ReportOptions;
use super::position::{Columns, Positions};
use super::summary;
use super::wire::{self, FactV1, LabelV1, Writer};
use crate::assumption::Assumption;
use crate::check::fingerprint::fingerprint;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// The version of the shape.
pub(super) const VERSION: u32 = 1;

#[derive(Serialize)]
struct OutputV1<'a> {
    version: u32,
    diagnostics: Vec<DiagnosticV1<'a>>,
    undecided: Vec<UndecidedV1<'a>>,
    assumptions: Vec<AssumptionV1<'a>>,
    summary: SummaryV1,
}

/// One thing that is wrong.
#[derive(Serialize)]
pub(super) struct DiagnosticV1<'a> {
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    why: Option<&'a str>,
    help: Option<&'a str>,
    url: Option<&'a str>,
    deployment: Option<&'a str>,
    deployments: &'a [String],
    process: Option<&'a str>,
    primary: LabelV1<'a>,
    related: Vec<LabelV1<'a>>,
    facts: Vec<FactV1<'a>>,
    fixes: Vec<FixV1<'a>>,
    fingerprint: String,
}

/// Rules that could not be decided for the same reason; `rule` is the first of `rules`.
#[derive(Serialize)]
pub(super) struct UndecidedV1<'a> {
    rule: &'a str,
    rules: Vec<&'a str>,
    deployment: Option<&'a str>,
    process: Option<&'a str>,
    place: LabelV1<'a>,
    missing: Vec<MissingV1<'a>>,
}

/// What was taken for granted where no file says it.
#[derive(Serialize)]
pub(crate) struct AssumptionV1<'a> {
    text: &'a str,
    settle_with: &'a str,
    file: &'a str,
    name: &'a str,
    value: serde_json::Value,
    deployment: &'a str,
    process: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<&'a str>,
}

#[derive(Serialize)]
struct MissingV1<'a> {
    name: &'a str,
    reason: &'a str,
    settle_with: Option<&'a str>,
}

/// Counts.
#[derive(Serialize)]
pub(super) struct SummaryV1 {
    errors: usize,
    warnings: usize,
    infos: usize,
    undecided: usize,
    suppressed: usize,
    known: usize,
    milder: usize,
    elsewhere: usize,
    files: usize,
    processes: usize,
}

/// Writes one indented document.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let shapes = Shapes { sources, positions: &positions, options };
    let document = OutputV1 {
        version: VERSION,
        diagnostics: outcome.diagnostics.iter().map(|it| shapes.diagnostic(it)).collect(),
        undecided: open(&outcome.undecided).into_iter().map(|it| shapes.undecided(it)).collect(),
        assumptions: outcome.assumptions.iter().map(assumption_v1).collect(),
        summary: summary_v1(outcome),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Makes the shapes of version 1.
pub(super) struct Shapes<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) positions: &'a Positions<'a>,
    pub(super) options: &'a ReportOptions<'a>,
}

impl<'a> Shapes<'a> {
    pub(super) fn diagnostic(&self, it: &'a Diagnostic) -> DiagnosticV1<'a> {
        let writer = Writer { positions: self.positions };
        let rule = self.options.rule(&it.rule);
        let facts = it.facts.iter().map(|used| writer.used_fact(used.name.as_ref(), &used.fact));
        DiagnosticV1 {
            rule: &it.rule,
            severity: it.severity.name(),
            confidence: match it.confidence {
                Confidence::Certain => "certain",
                Confidence::Assumed => "assumed",
            },
            message: &it.message,
            why: it.why.as_deref().or(rule.map(|it| it.why.trim())),
            help: it.help.as_deref(),
            url: it.url.as_deref().or(rule.and_then(|it| it.url.as_deref())),
            deployment: it.deployment(),
            deployments: &it.deployments,
            process: it.process.as_deref(),
            primary: writer.label(&it.primary),
            related: it.related.iter().map(|label| writer.label(label)).collect(),
            facts: facts.collect(),
            fixes: fixes_v1(writer, it),
            fingerprint: fingerprint(it, self.sources),
        }
    }

    pub(super) fn undecided(&self, group: Open<'a>) -> UndecidedV1<'a> {
        let it = group.first;
        let missing = group.missing.into_iter().map(|it| MissingV1 {
            name: &it.name,
            reason: &it.unknown.reason,
            settle_with: Some(it.unknown.settle_with.as_str()).filter(|it| !it.is_empty()),
        });
        UndecidedV1 {
            rule: &it.rule,
            rules: group.rules,
            deployment: it.deployment(),
            process: it.process(),
            place: Writer { positions: self.positions }.place(it.span),
            missing: missing.collect(),
        }
    }
}

pub(crate) fn assumption_v1(it: &Assumption) -> AssumptionV1<'_> {
    AssumptionV1 {
        text: &it.text,
        settle_with: &it.settle_with,
        file: &it.file,
        name: &it.name,
        value: wire::json(&it.value),
        deployment: &it.manifest,
        process: it.process.as_deref(),
        rules: it.rules.iter().map(String::as_str).collect(),
    }
}

pub(super) fn summary_v1(outcome: &Outcome) -> SummaryV1 {
    SummaryV1 {
        errors: summary::of(outcome, Severity::Error),
        warnings: summary::of(outcome, Severity::Warning),
        infos: summary::of(outcome, Severity::Info),
        undecided: open(&outcome.undecided).len(),
        suppressed: outcome.suppressed + outcome.known,
        known: outcome.known,
        milder: outcome.milder,
        elsewhere: outcome.elsewhere,
        files: outcome.files,
        processes: outcome.processes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;
    use serde_json::Value;

    fn document(outcome: &Outcome, sources: &SourceMap) -> Value {
        let mut out = Vec::new();
        write(&mut out, outcome, sources, &ReportOptions::default()).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn the_document_has_the_fields_of_version_1() {
        let (sources, outcome) = samples::shop();
        let document = document(&outcome, &sources);
        assert_eq!(document["version"], 1);
        assert_eq!(
            keys(&document),
            ["assumptions", "diagnostics", "summary", "undecided", "version"]
        );
        let it = &document["diagnostics"][0];
        let fields = "confidence deployment deployments facts fingerprint fixes help message primary \
                      process related rule severity url why";
        assert_eq!(keys(it).join(" "), fields);
        assert_eq!((&it["confidence"], &it["severity"]), (&"assumed".into(), &"error".into()));
        assert_eq!(
            keys(&document["undecided"][0]["missing"][0]),
            ["name", "reason", "settle_with"]
        );
        let summary = expect![[
            r#"{"elsewhere":0,"errors":1,"files":3,"infos":0,"known":0,"milder":0,"processes":5,"suppressed":0,"undecided":1,"warnings":0}"#
        ]];
        summary.assert_eq(&document["summary"].to_string());
    }

    #[test]
    fn a_fact_has_its_value_unit_and_origin() {
        let (sources, outcome) = samples::shop();
        let facts = &document(&outcome, &sources)["diagnostics"][0]["facts"];
        expect![[r#"
            {
              "name": "memory_per_worker_mb",
              "origin": {
                "kind": "assumed",
                "source": "128 MB per worker (Django)"
              },
              "unit": "MB",
              "value": 128
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&facts[1]).unwrap());
        let input = &facts[0]["origin"]["inputs"][0];
        assert_eq!(input["name"], "cpu_count()");
        assert_eq!(input["value"], 4);
        assert_eq!(facts[0]["origin"]["path"], "gunicorn.conf.py");
    }

    #[test]
    fn offsets_slice_the_text_and_columns_count_code_points() {
        let (sources, outcome) = samples::one("x.toml", "a = 1\nü = \"🚀\" # é\n", "# é");
        let it = &document(&outcome, &sources)["diagnostics"][0]["primary"];
        let text = sources.file(outcome.diagnostics[0].primary.span.file).text();
        let offset = |side: &str| it["range"][side]["offset"].as_u64().unwrap() as usize;
        assert_eq!(&text[offset("start")..offset("end")], "# é");
        let line = text.lines().position(|it| it.contains('#')).unwrap();
        let column = text.lines().nth(line).unwrap().chars().position(|it| it == '#').unwrap();
        assert_eq!(it["range"]["start"]["line"], line + 1);
        assert_eq!(it["range"]["start"]["column"], column + 1);
    }
}

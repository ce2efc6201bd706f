//! `--format jsonl`: one object a line, for streams and `jq`.
//!
//! Each line has a `type`, and beside it the fields of that part of version 1 of `json`.

use std::io;

use serde::Serialize;

use super::json::{
    AssumptionV1, DiagnosticV1, Shapes, SummaryV1, UndecidedV1, VERSION, assumption_v1, summary_v1,
};
use super::open::open;
use super::options::ReportOptions;
use super::position::{Columns, Positions};
use crate::outcome::Outcome;
use crate::source::SourceMap;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum LineV1<'a> {
    Diagnostic(Box<DiagnosticV1<'a>>),
    Undecided(UndecidedV1<'a>),
    Assumption(AssumptionV1<'a>),
    Summary {
        version: u32,
        #[serde(flatten)]
        counts: SummaryV1,
    },
}

/// Writes diagnostics, undecided rules, and the summary as the last line.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let shapes = Shapes { sources, positions: &positions, options };
    for it in &outcome.diagnostics {
        line(out, &LineV1::Diagnostic(Box::new(shapes.diagnostic(it))))?;
    }
    for it in open(&outcome.undecided) {
        line(out, &LineV1::Undecided(shapes.undecided(it)))?;
    }
    for it in &outcome.assumptions {
        line(out, &LineV1::Assumption(assumption_v1(it)))?;
    }
    line(out, &LineV1::Summary { version: VERSION, counts: summary_v1(outcome) })
}

fn line(out: &mut dyn io::Write, line: &LineV1<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use serde_json::Value;

    #[test]
    fn each_line_is_an_object_and_the_last_one_counts() {
        let (sources, outcome) = samples::shop();
        let mut out = Vec::new();
        write(&mut out, &outcome, &sources, &ReportOptions::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let types: Vec<_> = lines.iter().map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["diagnostic", "undecided", "summary"]);
        assert_eq!(lines[0]["rule"], outcome.diagnostics[0].rule.as_str());
        assert_eq!(lines[2]["errors"], 1);
        assert_eq!(lines[2]["version"], 1);
    }
}

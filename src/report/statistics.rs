//! `--statistics`: how often each rule fires, for a first look at a large repository.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

use serde::Serialize;

use super::format::Format;
use super::json::VERSION;
use super::options::ReportOptions;
use super::safe::{SafeWriter, Wire};
use super::shown::Shown;
use super::summary;
use crate::diagnostic::Severity;
use crate::outcome::Outcome;

#[derive(Serialize)]
struct StatisticsV1<'a> {
    version: u32,
    statistics: Vec<CountV1<'a>>,
}

/// How often a rule fires. The shape is public: fields are added, never renamed or removed.
#[derive(Serialize)]
struct CountV1<'a> {
    rule: &'a str,
    severity: &'static str,
    count: usize,
    summary: &'a str,
}

/// Writes one line for each rule that fires, the most frequent first, and the summary; as one
/// document where the format is JSON.
///
/// # Errors
/// When `out` refuses.
pub fn statistics(
    out: &mut dyn io::Write,
    format: Format,
    shown: &Shown<Outcome>,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let outcome = &shown.what;
    let summary_of =
        |rule: &str| options.rule(rule).map(|it| it.summary.as_str()).unwrap_or_default();
    let rows = rows(outcome);
    if format == Format::Json {
        let mut out = SafeWriter::new(out, Wire::Json);
        let statistics = rows.iter().map(|row| CountV1 {
            rule: row.rule,
            severity: row.severity.name(),
            count: row.count,
            summary: summary_of(row.rule),
        });
        let document = StatisticsV1 { version: VERSION, statistics: statistics.collect() };
        serde_json::to_writer_pretty(&mut out, &document)?;
        writeln!(out)?;
        return out.flush();
    }
    let mut out = SafeWriter::new(out, Wire::Prose(options.ink));
    let digits = rows.first().map_or(1, |it| it.count.to_string().len());
    let width = rows.iter().map(|it| it.rule.len()).max().unwrap_or_default();
    for Row { rule, severity, count } in rows {
        let level = options.ink.severity(severity, &format!("{:<7}", severity.name()));
        let summary = summary_of(rule);
        let line = format!("{count:>digits$}  {level}  {rule:<width$}  {summary}");
        writeln!(out, "{}", line.trim_end())?;
    }
    if !outcome.diagnostics.is_empty() {
        writeln!(out)?;
    }
    for line in summary::lines(outcome, options) {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// How often a rule fires, and the worst it does: it may have other levels elsewhere.
struct Row<'a> {
    rule: &'a str,
    severity: Severity,
    count: usize,
}

/// One row for each rule, the most frequent first.
fn rows(outcome: &Outcome) -> Vec<Row<'_>> {
    let mut rules: BTreeMap<&str, (usize, Severity)> = BTreeMap::new();
    for it in &outcome.diagnostics {
        let (count, severity) = rules.entry(&it.rule).or_insert((0, it.severity));
        *count += 1;
        *severity = it.severity.max(*severity);
    }
    let row = |(rule, (count, severity))| Row { rule, severity, count };
    let mut rows: Vec<Row<'_>> = rules.into_iter().map(row).collect();
    rows.sort_by_key(|it| (Reverse(it.count), Reverse(it.severity), it.rule));
    rows
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::diagnostic::{Diagnostic, Label};
    use crate::report::ShowSecrets;
    use crate::source::{SourceMap, Span};

    #[test]
    fn the_most_frequent_rule_comes_first() {
        let file = SourceMap::new().add("Procfile", "web: run\n");
        let label = Label::new(Span::new(file, 0, 3), "");
        let diagnostic = |rule: &str, severity| Diagnostic::new(rule, severity, "x", label.clone());
        let mut diagnostics = vec![diagnostic("bind-loopback", Severity::Error)];
        diagnostics.extend((0..11).map(|_| diagnostic("too-many-workers", Severity::Warning)));
        let outcome = Outcome { diagnostics, files: 1, processes: 1, ..Outcome::default() };
        let mut out = Vec::new();
        let shown = Shown::outcome(outcome, &SourceMap::new(), ShowSecrets::Never);
        statistics(&mut out, Format::Pretty, &shown, &ReportOptions::default()).unwrap();
        expect![[r"
            11  warning  too-many-workers
             1  error    bind-loopback

            1 error, 11 warnings in 1 file (1 process)
        "]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }
}

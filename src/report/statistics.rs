//! `--statistics`: how often each rule fires, for a first look at a large repository.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

use super::options::ReportOptions;
use super::safe::{SafeWriter, Wire};
use super::shown::Shown;
use super::summary;
use crate::diagnostic::Severity;
use crate::outcome::Outcome;

/// Writes one line for each rule that fires, the most frequent first, and the summary.
///
/// # Errors
/// When `out` refuses.
pub fn statistics(
    out: &mut dyn io::Write,
    shown: &Shown<Outcome>,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let outcome = &shown.what;
    let mut out = SafeWriter::new(out, Wire::Prose(options.ink));
    let mut rules: BTreeMap<&str, (usize, Severity)> = BTreeMap::new();
    for it in &outcome.diagnostics {
        let (count, severity) = rules.entry(&it.rule).or_insert((0, it.severity));
        *count += 1;
        // A rule may have other levels elsewhere; the worst is what counts.
        *severity = it.severity.max(*severity);
    }
    let mut rows: Vec<_> = rules.into_iter().collect();
    rows.sort_by_key(|(rule, (count, severity))| (Reverse(*count), Reverse(*severity), *rule));
    let digits = rows.first().map_or(1, |(_, (count, _))| count.to_string().len());
    let width = rows.iter().map(|(rule, _)| rule.len()).max().unwrap_or_default();
    for (rule, (count, severity)) in rows {
        let level = options.ink.severity(severity, &format!("{:<7}", severity.name()));
        let summary = options.rule(rule).map(|it| it.summary.as_str()).unwrap_or_default();
        let line = format!("{count:>digits$}  {level}  {rule:<width$}  {summary}");
        writeln!(out, "{}", line.trim_end())?;
    }
    if !outcome.diagnostics.is_empty() {
        writeln!(out)?;
    }
    for line in summary::lines(outcome, options) {
        writeln!(out, "{line}")?;
    }
    Ok(())
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
        statistics(&mut out, &shown, &ReportOptions::default()).unwrap();
        expect![[r"
            11  warning  too-many-workers
             1  error    bind-loopback

            1 error, 11 warnings in 1 file (1 process)
        "]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }
}

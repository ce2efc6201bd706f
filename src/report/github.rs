//! `--format github`: workflow commands, which GitHub shows beside the lines of a pull request.
//!
//! GitHub keeps ten annotations of each level for each step and drops the rest, so the most severe
//! ones come first and a notice says how many are dropped.
//! Sources: "Workflow commands for GitHub Actions"; `escapeData` and `escapeProperty` of
//! actions/toolkit; the limits are in its `docs/problem-matchers.md`.

use std::io;

use super::assumed::assumptions;
use super::ink::Ink;
use super::markdown;
use super::options::ReportOptions;
use super::position::{Columns, Positions};
use super::safe::Wire;
use super::shown::Shown;
use super::summary;
use super::text::{count, visible};
use crate::diagnostic::{Diagnostic, Severity};
use crate::outcome::Outcome;
use crate::source::SourceMap;

/// Annotations of one level that a step can have.
const ANNOTATIONS_MAX: usize = 10;

/// Writes one command for each diagnostic.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    _: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    if let Some(notice) = hidden(outcome) {
        writeln!(out, "::notice title=opslint::{}", data(&notice))?;
    }
    let mut diagnostics: Vec<_> = outcome.diagnostics.iter().collect();
    diagnostics.sort_by_key(|it| std::cmp::Reverse(it.severity));
    for it in diagnostics {
        writeln!(out, "{}", command(it, &positions))?;
    }
    Ok(())
}

/// The text of a job summary: Markdown for the file that `GITHUB_STEP_SUMMARY` names.
pub fn job_summary(shown: &Shown<Outcome>, options: &ReportOptions<'_>) -> String {
    Wire::Prose(Ink::Plain).safe(&markdown::text(&shown.what, &shown.sources, options))
}

fn hidden(outcome: &Outcome) -> Option<String> {
    let over = |it| summary::of(outcome, it).saturating_sub(ANNOTATIONS_MAX);
    if Severity::ALL.iter().all(|(it, _)| over(*it) == 0) {
        return None;
    }
    // The notice itself is an annotation of the mildest level.
    let infos = summary::of(outcome, Severity::Info).saturating_sub(ANNOTATIONS_MAX - 1);
    let hidden = over(Severity::Error) + over(Severity::Warning) + infos;
    let diagnostics = count(hidden, "diagnostic");
    Some(format!(
        "GitHub shows {ANNOTATIONS_MAX} annotations of each level, so {diagnostics} can be seen in \
         the log only"
    ))
}

fn command(it: &Diagnostic, positions: &Positions<'_>) -> String {
    let level = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let span = it.primary.span;
    let (start, end) = (positions.start(span), positions.end(span));
    let mut place = format!("line={},endLine={}", start.line_number, end.line_number);
    // GitHub takes columns only for places on one line.
    if start.line_number == end.line_number {
        place += &format!(",col={},endColumn={}", start.column_number, end.column_number);
    }
    let mut text = it.message.clone();
    for label in &it.related {
        let separator = if label.text.is_empty() { "" } else { ": " };
        text += &format!("\n{}{separator}{}", positions.place(label.span), label.text);
    }
    if let Some(help) = &it.help {
        text += &format!("\nhelp: {help}");
    }
    for assumption in assumptions(it) {
        text += &format!("\nassumed: {assumption}");
    }
    let title = format!("opslint {}", it.rule);
    let (file, title) = (property(positions.path(span)), property(&title));
    format!("::{level} file={file},{place},title={title}::{}", data(&text))
}

/// The message of a command. Logs show colours, so other control characters become visible.
fn data(text: &str) -> String {
    let keep = |it| if matches!(it, '\n' | '\r' | '\t') { it } else { visible(it) };
    escaped(&text.chars().map(keep).collect::<String>())
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    fn print(outcome: &Outcome, sources: &SourceMap) -> String {
        let mut out = Vec::new();
        write(&mut out, outcome, sources, &ReportOptions::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_command_carries_place_title_and_help() {
        let (sources, outcome) = samples::shop();
        expect![[r#"
            ::error file=gunicorn.conf.py,line=3,endLine=3,col=11,endColumn=46,title=opslint memory-overcommit::9 workers need about 1,152 MB, the machine has 512 MB%0Afly.toml:11:12: all of process `web` runs in this%0Ahelp: set `workers = 3`, or `memory = "2gb"`
        "#]].assert_eq(&print(&outcome, &sources));
    }

    #[test]
    fn nothing_in_a_file_can_start_a_command_or_a_property() {
        let (sources, mut outcome) = samples::one("a,b:c%.toml", "x = 1\n", "1");
        outcome.diagnostics[0].message = "100%\r\n::error::no".to_owned();
        let text = print(&outcome, &sources);
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("file=a%2Cb%3Ac%25.toml,"), "{text}");
        assert!(text.ends_with("::100%25%0D%0A::error::no\n"), "{text}");
    }

    #[test]
    fn the_most_severe_come_first_and_what_is_hidden_is_said() {
        let (sources, mut outcome) = samples::one("x", "x", "x");
        let severities = [Severity::Info, Severity::Warning, Severity::Error];
        let template = outcome.diagnostics.remove(0);
        for severity in severities.into_iter().cycle().take(36) {
            outcome.diagnostics.push(Diagnostic { severity, ..template.clone() });
        }
        let text = print(&outcome, &sources);
        let (notice, rest) = text.split_once('\n').unwrap();
        // 12 of each level: 2 errors, 2 warnings, and 3 infos since the notice is one.
        assert!(notice.contains("7 diagnostics"), "{notice}");
        let levels: Vec<_> = rest.lines().map(|it| it.split(' ').next().unwrap()).collect();
        assert!(levels.is_sorted_by_key(|it| {
            ["::error", "::warning", "::notice"].iter().position(|level| level == it)
        }));
    }

    #[test]
    fn ten_of_a_level_hide_nothing() {
        let (sources, mut outcome) = samples::one("x", "x", "x");
        outcome.diagnostics = vec![outcome.diagnostics[0].clone(); 10];
        assert!(!print(&outcome, &sources).contains("::notice"));
    }
}

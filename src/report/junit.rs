//! `--format junit`: JUnit XML, which nearly every CI server shows.
//!
//! Each file is a suite and each diagnostic a test case: errors and warnings fail, what is worth
//! knowing passes with a text. A rule that could not be decided is skipped, when those are listed.

use std::io;

use super::assumed::assumptions;
use super::options::{ReportOptions, UndecidedRules};
use super::position::{Columns, Positions};
use crate::diagnostic::{Diagnostic, Severity, Undecided};
use crate::outcome::Outcome;
use crate::source::{SourceMap, Span};

/// Writes one document.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let mut cases: Vec<Case> =
        outcome.diagnostics.iter().map(|it| diagnostic(it, &positions)).collect();
    if options.undecided == UndecidedRules::Listed {
        cases.extend(outcome.undecided.iter().map(|it| undecided(it, &positions)));
    }
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let all: Vec<_> = cases.iter().collect();
    writeln!(out, "<testsuites name=\"opslint\" {}>", counts(&all))?;
    if cases.is_empty() {
        // Servers take a report without any case for a broken one.
        writeln!(
            out,
            r#"  <testsuite name="opslint" {}>"#,
            Counts { tests: 1, failures: 0, skipped: 0 }
        )?;
        writeln!(out, r#"    <testcase classname="opslint" name="no problems found"/>"#)?;
        writeln!(out, "  </testsuite>")?;
    }
    let mut paths: Vec<&str> = Vec::new();
    for case in &cases {
        if !paths.contains(&case.path.as_str()) {
            paths.push(&case.path);
        }
    }
    for path in paths {
        let suite: Vec<_> = cases.iter().filter(|it| it.path == path).collect();
        writeln!(out, "  <testsuite name={} {}>", attribute(path), counts(&suite))?;
        for case in suite {
            out.write_all(case.xml().as_bytes())?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// A test case.
struct Case {
    path: String,
    line_number: usize,
    name: String,
    result: Outcomes,
}

enum Outcomes {
    Failure { severity: &'static str, message: String, text: String },
    Skipped(String),
    Passed(String),
}

impl Case {
    fn xml(&self) -> String {
        let path = attribute(&self.path);
        let head = format!(
            "    <testcase classname={path} name={} file={path} line=\"{}\">\n",
            attribute(&self.name),
            self.line_number
        );
        let body = match &self.result {
            Outcomes::Failure { severity, message, text } => format!(
                "      <failure type=\"{severity}\" message={}>{}</failure>\n",
                attribute(message),
                escaped(text)
            ),
            Outcomes::Skipped(message) => {
                format!("      <skipped message={}/>\n", attribute(message))
            }
            Outcomes::Passed(text) => format!("      <system-out>{}</system-out>\n", escaped(text)),
        };
        head + &body + "    </testcase>\n"
    }
}

fn diagnostic(it: &Diagnostic, positions: &Positions<'_>) -> Case {
    let mut text = format!("{}: {}", positions.place(it.primary.span), it.message);
    for label in std::iter::once(&it.primary).chain(&it.related) {
        if !label.text.is_empty() {
            text += &format!("\n{}: {}", positions.place(label.span), label.text);
        }
    }
    for (title, part) in [("why", it.why.as_deref()), ("help", it.help.as_deref())] {
        if let Some(part) = part {
            text += &format!("\n{title}: {}", part.trim());
        }
    }
    for assumption in assumptions(it) {
        text += &format!("\nassumed: {assumption}");
    }
    let result = match it.severity {
        Severity::Info => Outcomes::Passed(text),
        it_severity => {
            let severity = it_severity.name();
            Outcomes::Failure { severity, message: it.message.clone(), text }
        }
    };
    case(it.primary.span, &it.rule, it.process.as_deref(), result, positions)
}

fn undecided(it: &Undecided, positions: &Positions<'_>) -> Case {
    let missing = it.missing.iter().map(|it| format!("{}: {}", it.name, it.unknown.reason));
    let message = format!("not decided: {}", missing.collect::<Vec<_>>().join("; "));
    case(it.span, &it.rule, it.process(), Outcomes::Skipped(message), positions)
}

fn case(
    span: Span,
    rule: &str,
    process: Option<&str>,
    result: Outcomes,
    positions: &Positions<'_>,
) -> Case {
    let start = positions.start(span);
    let process = process.map(|it| format!(" ({it})")).unwrap_or_default();
    Case {
        path: positions.path(span).to_owned(),
        line_number: start.line_number,
        name: format!("{rule} at {}:{}{process}", start.line_number, start.column_number),
        result,
    }
}

/// The numbers of a suite.
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tests, failures, skipped } = self;
        write!(f, r#"tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}""#)
    }
}

fn counts(cases: &[&Case]) -> Counts {
    let count =
        |wanted: fn(&Outcomes) -> bool| cases.iter().filter(|it| wanted(&it.result)).count();
    Counts {
        tests: cases.len().max(1),
        failures: count(|it| matches!(it, Outcomes::Failure { .. })),
        skipped: count(|it| matches!(it, Outcomes::Skipped(_))),
    }
}

/// A quoted attribute. Line breaks and tabs would become spaces when it is read.
fn attribute(text: &str) -> String {
    let text = escaped(text).replace('"', "&quot;").replace('\n', "&#10;");
    format!("\"{text}\"")
}

/// Text with markup taken out of it. Characters that XML 1.0 cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => xml += "&amp;",
            '<' => xml += "&lt;",
            '>' => xml += "&gt;",
            '\r' => xml += "&#13;",
            // A tab in a name looks like any number of spaces.
            '\t' => xml += "&#9;",
            '\n' | '\u{20}'..='\u{fffd}' | '\u{10000}'.. => xml.push(it),
            _ => xml.push('\u{fffd}'),
        }
    }
    xml
}

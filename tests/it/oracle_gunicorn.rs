//! Our resolution of gunicorn's settings against the real gunicorn.
//!
//! `tests/oracle/setup` installs it into `.venv`; `OPSLINT_ORACLE_PYTHON` names another interpreter.
//! Without either there is nothing to compare with, and the tests say so and pass. CI sets the
//! variable, so that a missing interpreter fails there.
//!
//! Where we say a value it must be the real one. What we leave unknown is counted by reason. What
//! gunicorn refuses must be refused by us, and nothing else may be.
#![expect(clippy::print_stdout, reason = "each run ends with a summary of what was compared")]

mod cases;
mod compare;
mod config_cases;
mod corpus;
pub(crate) mod oracle;
mod start_cases;

use std::collections::BTreeMap;

use cases::Case;
use compare::{Comparison, compare};

use crate::python_oracle::seeds;

/// One test, so that its cases share the oracle's processes.
#[test]
fn settings_are_what_the_real_gunicorn_resolves() {
    let Some(python) = oracle::python() else { return };
    let mut cases = cases::command_lines();
    let (usual, few) = (20_260_807, 240);
    let seeds = seeds(usual);
    let count = if seeds == [usual] { few } else { 2_000 };
    for seed in seeds {
        cases.extend(cases::mixtures(seed as u64, count));
    }
    cases.extend(config_cases::all());
    cases.extend(start_cases::all());
    assert!(cases.len() >= 2_000, "only {} cases", cases.len());
    let report = run(&python, &cases);
    report.print("generated cases");
    report.assert_clean();
}

#[test]
fn real_configurations_resolve_like_the_real_gunicorn() {
    let Some(python) = oracle::python() else { return };
    let cases = corpus::cases();
    let report = run(&python, &cases);
    report.print("fixtures and corpus");
    report.assert_clean();
}

#[test]
fn our_table_is_the_table_of_the_real_gunicorn() {
    let Some(python) = oracle::python() else { return };
    let differences = compare::table(&oracle::table(&python));
    assert_eq!(differences, Vec::<String>::new());
}

#[derive(Default)]
struct Report {
    cases: usize,
    skipped: BTreeMap<String, usize>,
    refused: usize,
    compared: usize,
    known: usize,
    facts: usize,
    unknown: BTreeMap<String, usize>,
    failures: Vec<String>,
}

fn run(python: &std::path::Path, cases: &[Case]) -> Report {
    let mut report = Report { cases: cases.len(), ..Report::default() };
    for (case, answer) in cases.iter().zip(oracle::answers(python, cases)) {
        report.add(case, compare(case, &answer));
    }
    report
}

impl Report {
    fn add(&mut self, case: &Case, comparison: Comparison) {
        match comparison {
            Comparison::Skipped(why) => *self.skipped.entry(why).or_default() += 1,
            Comparison::Refused => self.refused += 1,
            Comparison::Settings { known, facts, unknown, mismatches } => {
                self.known += known;
                self.facts += facts;
                self.compared += known + unknown.len();
                for reason in unknown {
                    *self.unknown.entry(reason).or_default() += 1;
                }
                self.failures
                    .extend(mismatches.iter().map(|it| format!("{it}\n  {}", case.describe())));
            }
            Comparison::Failed(why) => self.failures.push(format!("{why}\n  {}", case.describe())),
        }
    }

    #[track_caller]
    fn assert_clean(&self) {
        let shown: Vec<_> = self.failures.iter().take(40).map(String::as_str).collect();
        assert!(shown.is_empty(), "{} mismatches:\n{}", self.failures.len(), shown.join("\n"));
    }

    fn print(&self, what: &str) {
        let share = 100.0 * self.known as f64 / self.compared.max(1) as f64;
        println!(
            "gunicorn oracle, {what}: {} cases, {} refused by both, {} settings compared, \
             {} facts compared, {} mismatches, {share:.2} % resolved",
            self.cases,
            self.refused,
            self.compared,
            self.facts,
            self.failures.len()
        );
        for (reason, count) in &self.unknown {
            println!("  unknown {count:>5}  {reason}");
        }
        for (reason, count) in &self.skipped {
            println!("  skipped {count:>5}  {reason}");
        }
    }
}

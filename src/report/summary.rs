//! The last lines: how much was found, and in how much.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::options::{ReportOptions, UndecidedRules};
use super::pretty::undecided_rules;
use super::text::{count, one_line};
use crate::diagnostic::{Diagnostic, Severity, Undecided};
use crate::outcome::Outcome;
use crate::policy::INVALID_RULE;
use crate::policy::config::INVALID_CONFIG;
use crate::vocabulary::PLATFORM;

/// A few lines for people.
pub(crate) fn lines(outcome: &Outcome, options: &ReportOptions<'_>) -> Vec<String> {
    let mut lines = vec![first(outcome, options)];
    if let (Some(why), 0) = (&outcome.no_server, outcome.processes) {
        lines.push(one_line(why));
    }
    if !outcome.undecided.is_empty() {
        let hint = match options.undecided {
            UndecidedRules::Counted => " (--show-undecided)",
            UndecidedRules::Listed => "",
        };
        lines.push(format!("{} could not be decided{hint}", undecided_rules(&outcome.undecided)));
        lines.extend(most_useful(&outcome.undecided).filter(|_| !hint.is_empty()));
    }
    if outcome.suppressed > 0 {
        lines.push(format!("{} suppressed", count(outcome.suppressed, "diagnostic")));
    }
    if outcome.known > 0 {
        lines.push(format!("{} in the baseline", count(outcome.known, "known diagnostic")));
    }
    if outcome.milder > 0 {
        let more = count(outcome.milder, "milder diagnostic");
        lines.push(format!("{more} hidden (`--min-severity`)"));
    }
    if outcome.elsewhere > 0 {
        let more = count(outcome.elsewhere, "diagnostic");
        lines.push(format!("{more} in unchanged files, hidden"));
    }
    if outcome.unnamed > 0 {
        let more = count(outcome.unnamed, "diagnostic");
        lines.push(format!(
            "{more} in other files of the project, hidden: name its folder and no file to see all"
        ));
    }
    if outcome.left_out > 0 {
        let files = count(outcome.left_out, "file");
        lines.push(format!(
            "{files} of tests and examples left out (`include-examples = true` in opslint.toml)"
        ));
    }
    let mistakes = outcome.diagnostics.iter().filter(|it| is_mistake(&it.rule)).count();
    if mistakes > 0 {
        let mistakes = count(mistakes, "mistake");
        lines.push(format!(
            "{mistakes} in opslint.toml, opslint.measured.toml, a baseline or a rule, see the top: exit \
             status 2"
        ));
    }
    lines
}

/// The one statement that most of the rules wait for which could not be decided, where it is worth
/// naming: at least a third of them, and more than one. Where something runs is worth naming where
/// more than one waits for it: nothing else decides as much of what it is judged by.
fn most_useful(undecided: &[Undecided]) -> Option<String> {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut all: BTreeSet<&str> = BTreeSet::new();
    let mut platforms: BTreeSet<&str> = BTreeSet::new();
    for it in undecided {
        all.insert(&it.rule);
        for missing in it.missing.iter() {
            let settle_with = missing.unknown.settle_with.as_str();
            waiting.entry(settle_with).or_default().insert(&it.rule);
            if missing.name == PLATFORM.name() && !settle_with.is_empty() {
                platforms.insert(settle_with);
            }
        }
    }
    let platforms = platforms.into_iter().map(|it| (waiting[it].len(), Reverse(it)));
    if let Some((rules @ 2.., Reverse(settle_with))) = platforms.max() {
        return Some(format!(
            "{rules} of them wait for the platform that runs it: state {}; `opslint platforms` lists \
             the names",
            one_line(settle_with)
        ));
    }
    let named = waiting.into_iter().filter(|(settle_with, _)| !settle_with.is_empty());
    let (settle_with, rules) =
        named.max_by_key(|(settle_with, rules)| (rules.len(), Reverse(*settle_with)))?;
    let is_worth_it = rules.len() > 1 && rules.len() * 3 >= all.len();
    let which = match rules.len() == all.len() {
        true => "all".to_owned(),
        false => rules.len().to_string(),
    };
    is_worth_it
        .then(|| format!("{which} of them wait for one statement: {}", one_line(settle_with)))
}

/// Whether a diagnostic says that opslint cannot do its job.
fn is_mistake(rule: &str) -> bool {
    matches!(rule, INVALID_CONFIG | INVALID_RULE)
}

fn first(outcome: &Outcome, options: &ReportOptions<'_>) -> String {
    let ink = options.ink;
    let (files, processes) = (count(outcome.files, "file"), count(outcome.processes, "process"));
    let place = format!("in {files} ({processes})");
    let found = found(outcome);
    if !found.is_empty() {
        let found = found.into_iter().map(|(it, text)| ink.severity(it, &text));
        let found = found.collect::<Vec<_>>().join(", ");
        // Rule files alone are no project.
        return if outcome.files == 0 { found } else { format!("{found} {place}") };
    }
    match outcome.files {
        0 => "nothing to check: found no Procfile, fly.toml, render.yaml or other deployment file"
            .to_owned(),
        // Most rules are about processes: without one, next to nothing was looked at.
        _ if outcome.processes == 0 => {
            format!("found no process to judge in {files}, so no rule about one was checked")
        }
        // The project is more than these files, and has problems.
        _ if outcome.unnamed > 0 => {
            format!("{} in the files that were named", ink.green("no problems found"))
        }
        _ => format!("{} {place}", ink.green("no problems found")),
    }
}

/// Among many, what fails is what is looked for; of the same severity, the order of the files.
pub(crate) fn worst_first(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|it| Reverse(it.severity));
    sorted
}

/// How many diagnostics there are of each severity, worst first, in words.
pub(crate) fn found(outcome: &Outcome) -> Vec<(Severity, String)> {
    let worst_first = Severity::ALL.into_iter().rev();
    let counted = worst_first.map(|(it, name)| (it, name, of(outcome, it)));
    let word = |it, name: &str, n| match it {
        Severity::Info => format!("{n} info"),
        _ => count(n, name),
    };
    counted.filter(|(.., n)| *n > 0).map(|(it, name, n)| (it, word(it, name, n))).collect()
}

/// How many diagnostics have a severity.
pub(crate) fn of(outcome: &Outcome, severity: Severity) -> usize {
    outcome.diagnostics.iter().filter(|it| it.severity == severity).count()
}

//! What could not be decided, by the fact that is missing: one line of input may settle many rules.

use std::collections::BTreeMap;
use std::io;

use super::ReportOptions;
use super::pretty::plural;
use super::style::{Paint, wrap};
use crate::diagnostic::{Outcome, Undecided};
use crate::fact::Unknown;

/// Writes each missing fact once, with the processes and rules that wait for it.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    paint: &Paint,
    options: &ReportOptions,
) -> io::Result<()> {
    let mut by_unknown: BTreeMap<(&str, &str), Vec<&Undecided>> = BTreeMap::new();
    for undecided in &outcome.undecided {
        for missing in &undecided.missing {
            let Unknown { reason, settle_with } = &missing.unknown;
            let waiting = by_unknown.entry((reason, settle_with)).or_default();
            if !waiting.iter().any(|it| std::ptr::eq(*it, undecided)) {
                waiting.push(undecided);
            }
        }
    }
    if by_unknown.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint.bold("undecided"))?;
    for ((reason, settle_with), waiting) in by_unknown {
        let width = options.width.saturating_sub(2);
        wrap(reason, width).iter().try_for_each(|it| writeln!(out, "  {it}"))?;
        if !settle_with.is_empty() {
            writeln!(out, "    {} {settle_with}", paint.dim("settle it with"))?;
        }
        let mut rules: Vec<&str> = waiting.iter().map(|it| it.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let mut subjects: Vec<String> = waiting.iter().map(|it| subject(it)).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let text = format!(
            "{} in {}: {}",
            plural(rules.len(), "rule", "rules"),
            subjects.join(", "),
            rules.join(", ")
        );
        for line in wrap(&text, width.saturating_sub(2)) {
            writeln!(out, "    {}", paint.dim(&line))?;
        }
    }
    writeln!(out)
}

fn subject(undecided: &Undecided) -> String {
    match (&undecided.deployment, &undecided.process) {
        (Some(deployment), Some(process)) => format!("{deployment} `{process}`"),
        (Some(deployment), None) => deployment.clone(),
        _ => "the project".to_owned(),
    }
}

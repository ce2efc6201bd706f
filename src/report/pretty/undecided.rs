//! Rules that could not be decided, by what is missing: one missing value often leaves many open.

use crate::diagnostic::Undecided;
use crate::fact::Unknown;
use crate::report::options::ReportOptions;
use crate::report::text::{count, one_line, wrap};

/// Places and rules that are named for one missing value; JSON has all of them.
const PLACES_MAX: usize = 6;
const RULES_MAX: usize = 6;

/// A missing value and everything that waits for it, each in order of appearance.
struct Gap<'a> {
    /// Why it is not known, without the name of the fact in front.
    reason: &'a str,
    settle_with: &'a str,
    /// Names of the facts.
    names: Vec<&'a str>,
    rules: Vec<&'a str>,
    /// Processes, as `fly.toml · web`.
    places: Vec<String>,
    /// How many rules are open, counted for each process.
    open: usize,
}

/// One paragraph for each missing value, the one that would settle most rules first.
pub(super) fn list(undecided: &[Undecided], options: &ReportOptions<'_>) -> String {
    let mut text = options.ink.bold("Not decided, because a value is not known") + "\n";
    for gap in gaps(undecided) {
        text.push('\n');
        let names = gap.names.join(", ");
        let head = format!("{names}: {}", one_line(gap.reason));
        for (idx, line) in wrap(&head, options.columns() - 4).iter().enumerate() {
            let line = match line.strip_prefix(&names) {
                Some(rest) if idx == 0 => format!("  {}{rest}", options.ink.yellow(&names)),
                _ if idx == 0 => format!("  {}", options.ink.yellow(line)),
                _ => format!("    {line}"),
            };
            text += &(line + "\n");
        }
        let mut row = |title: &str, prose: &str| {
            for (idx, line) in wrap(prose, options.columns() - 17).iter().enumerate() {
                let title = options.ink.dim(&format!("{:<11}", if idx == 0 { title } else { "" }));
                text += &format!("    {title}  {line}\n");
            }
        };
        if !gap.settle_with.is_empty() {
            row("settle by", &one_line(gap.settle_with));
        }
        row("leaves open", &first(&gap.rules, RULES_MAX, "more rule"));
        row("for", &first(&gap.places, PLACES_MAX, "more process"));
    }
    text
}

/// The first of a list, and how many more there are.
fn first<T: AsRef<str>>(all: &[T], max: usize, more: &str) -> String {
    // One more is named rather than counted.
    let shown = if all.len() == max + 1 { all.len() } else { all.len().min(max) };
    let text: Vec<&str> = all[..shown].iter().map(AsRef::as_ref).collect();
    match all.len() - shown {
        0 => text.join(", "),
        rest => format!("{}, and {}", text.join(", "), count(rest, more)),
    }
}

fn gaps(undecided: &[Undecided]) -> Vec<Gap<'_>> {
    let mut gaps: Vec<Gap<'_>> = Vec::new();
    for it in undecided {
        let place = place(it);
        for missing in it.missing.iter() {
            let Unknown { reason, settle_with, .. } = &missing.unknown;
            let named = format!("`{}` ", missing.name);
            let reason = reason.strip_prefix(&named).unwrap_or(reason);
            let is_same = |gap: &Gap<'_>| gap.reason == reason && gap.settle_with == settle_with;
            let idx = gaps.iter().position(is_same).unwrap_or_else(|| {
                let (names, rules, places) = (Vec::new(), Vec::new(), Vec::new());
                gaps.push(Gap { reason, settle_with, names, rules, places, open: 0 });
                gaps.len() - 1
            });
            let gap = &mut gaps[idx];
            gap.open += 1;
            add(&mut gap.names, missing.name.as_str());
            add(&mut gap.rules, it.rule.as_ref());
            add(&mut gap.places, place.clone());
        }
    }
    // What nobody can settle often follows from what somebody can.
    gaps.sort_by_key(|it| (it.settle_with.is_empty(), std::cmp::Reverse(it.open)));
    gaps
}

/// Adds what is not there yet.
fn add<T: PartialEq>(list: &mut Vec<T>, it: T) {
    if !list.contains(&it) {
        list.push(it);
    }
}

/// `fly.toml · web`.
fn place(it: &Undecided) -> String {
    let parts = [it.deployment(), it.process()];
    let parts: Vec<_> = parts.into_iter().flatten().map(one_line).collect();
    match parts.is_empty() {
        true => "the project".to_owned(),
        false => parts.join(" · "),
    }
}

/// How many rules are open, however many processes they are open for.
pub(crate) fn rules(undecided: &[Undecided]) -> String {
    let mut ids: Vec<_> = undecided.iter().map(|it| &it.rule).collect();
    ids.sort_unstable();
    ids.dedup();
    count(ids.len(), "rule")
}

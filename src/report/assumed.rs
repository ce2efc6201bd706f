//! What a diagnostic takes for granted, and how the user can replace it by what is true.

use std::collections::HashSet;

use crate::check::assumptions::is_of_every_host;
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, OriginKind, Value};
use crate::vocabulary::{
    FactId, MACHINE_PLAN, MEMORY_PER_WORKER_MB, PLATFORM, SCALE_MAX, SCALE_MIN,
};

/// One line for each assumption among the facts used, in their order.
pub(crate) fn assumptions(diagnostic: &Diagnostic) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, fact) in assumed(diagnostic) {
        let line = assumption(name, fact);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The same where the report ends with a list of assumptions, each with the line that settles it:
/// those of the list first, without what settles them, and without the world, which the message
/// names.
pub(crate) fn beside_list(diagnostic: &Diagnostic, listed: &HashSet<&str>) -> Vec<String> {
    let (mut short, mut lines) = (Vec::new(), Vec::new());
    for (name, fact) in assumed(diagnostic) {
        let is_listed = listed.contains(fact.origin.source.as_str());
        let is_world = FactId::from_name(name).is_some_and(|it| WORLD.contains(&it));
        let (to, line) = match is_listed {
            true if is_world => continue,
            true => (&mut short, brief(name, fact)),
            false => (&mut lines, assumption(name, fact)),
        };
        if !to.contains(&line) {
            to.push(line);
        }
    }
    short.append(&mut lines);
    short
}

/// What the message of a diagnostic says itself.
const WORLD: &[FactId] = &[PLATFORM, MACHINE_PLAN, SCALE_MIN, SCALE_MAX];

/// The assumed facts behind a diagnostic that make a difference, in the order of use.
fn assumed(diagnostic: &Diagnostic) -> Vec<(&str, &Fact)> {
    let mut found = Vec::new();
    for used in &diagnostic.facts {
        collect(&mut found, used.name.as_ref(), &used.fact);
    }
    found.retain(|(name, _)| !diagnostic.whatever.contains(*name));
    found
}

fn collect<'a>(found: &mut Vec<(&'a str, &'a Fact)>, name: &'a str, fact: &'a Fact) {
    let is_assumed = matches!(fact.origin.kind, OriginKind::Assumed | OriginKind::Outdated);
    if is_assumed && !is_of_every_host(name, fact) {
        found.push((name, fact));
    }
    for input in &fact.origin.inputs {
        collect(found, &input.name, &input.fact);
    }
}

/// `kind web: it has ports`; where the reason has the value in it, the reason alone.
fn brief(name: &str, fact: &Fact) -> String {
    let source = &fact.origin.source;
    match FactId::from_name(name) {
        Some(MEMORY_PER_WORKER_MB) | None => source.clone(),
        Some(_) if fact.value() == Some(&Value::Null) => source.clone(),
        Some(id) => format!("{} {}: {source}", stated_as(id), fact.state),
    }
}

/// How opslint.toml calls a fact that has a shorter name there.
fn stated_as(id: FactId) -> &'static str {
    match id {
        MACHINE_PLAN => "plan",
        SCALE_MIN | SCALE_MAX => "instances",
        _ => id.name(),
    }
}

fn assumption(name: &str, fact: &Fact) -> String {
    let source = &fact.origin.source;
    if fact.origin.kind == OriginKind::Outdated {
        return format!("{source}: the vendor may have raised it since; compare the page");
    }
    match FactId::from_name(name) {
        Some(id) if fact.origin.is_doubtful() => {
            format!("{} {}: {source}; the vendor's pages disagree", stated_as(id), fact.state)
        }
        Some(MEMORY_PER_WORKER_MB) => {
            format!("{source}; measured it? set `{name}` in opslint.toml")
        }
        Some(id) if fact.value() == Some(&Value::Null) => {
            format!("{source}; if it has, set `{}` for it in opslint.toml", id.name())
        }
        Some(id) => {
            let name = stated_as(id);
            format!("{name} {}: {source}; if not, set `{name}` for it in opslint.toml", fact.state)
        }
        None => match name.strip_prefix('$') {
            Some(variable) => {
                format!("{source}; if not, set `{variable}` under `[env]` in opslint.toml")
            }
            None => source.clone(),
        },
    }
}

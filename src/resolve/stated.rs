//! What opslint.toml states against the catalog: a plan that nobody sells is a typing error, and to
//! judge by it in silence would be worse than to judge nothing.

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Input, Origin, OriginKind, Unknown, Value};
use crate::manifests::catalog;
use crate::platforms::{DatabaseKind, Platform};
use crate::policy::config::wrong_name;
use crate::project::{Environment, Facts};
use crate::settings::SettingFact;
use crate::source::Spanned;
use crate::vocabulary::{self, FactId};

/// Names in opslint.toml that stand for more than one fact.
pub(super) const PLAN: &str = "plan";
pub(super) const INSTANCES: &str = "instances";

/// Whether a variable is set outside of the repository, where no file says it. What a file only
/// takes as a default for it gives way, too.
pub(super) fn set(environment: &mut Environment, name: &str, is_set: &Spanned<bool>) {
    let source = format!("`set.{name}` in opslint.toml");
    let origin =
        Origin { kind: OriginKind::Env, span: Some(is_set.span), source, inputs: Vec::new() };
    let reason = is_set_to_what(name);
    let unknown = || Fact::unknown(Unknown::because(reason.clone()), origin.clone());
    for (_, fact) in environment.iter_mut() {
        if forget_assumed(fact, name) && is_set.value {
            *fact = unknown();
        }
    }
    let is_open = match environment.shared(name) {
        None => true,
        // An env file that is not in the project is taken not to set it.
        Some(it) => it.value() == Some(&Value::Null) && it.origin.is_assumed(),
    };
    match is_set.value {
        true if is_open => environment.set(name, unknown()),
        false if is_open => environment.unset(name, origin),
        _ => {}
    }
}

/// The same of facts that rest on a variable which no file sets.
pub(super) fn set_facts(facts: &mut Facts, name: &str, is_set: &Spanned<bool>) {
    for (_, fact) in facts.iter_mut() {
        if forget_assumed(fact, name) && is_set.value {
            let unknown = Unknown::because(is_set_to_what(name));
            *fact = Fact::unknown(unknown, fact.origin.clone());
        }
    }
}

/// Takes away that nothing sets a variable, and tells whether a fact rested on it.
fn forget_assumed(fact: &mut Fact, name: &str) -> bool {
    let asks = |it: &Input| {
        it.name.strip_prefix('$') == Some(name) && it.fact.origin.kind == OriginKind::Assumed
    };
    let before = fact.origin.inputs.len();
    fact.origin.inputs.retain(|it| !asks(it));
    fact.origin.inputs.len() < before
}

pub(super) fn is_set_to_what(name: &str) -> String {
    format!("opslint.toml says that `{name}` is set, and not to what")
}

/// Adds a plan that the platform does not have. A platform whose plans nobody listed has any.
pub(super) fn plan(acc: &mut Vec<Diagnostic>, platform: &Platform, stated: &SettingFact) {
    let known: Vec<&str> = platform
        .sold_plans()
        .flat_map(|it| std::iter::once(&it.name).chain(&it.aliases))
        .map(String::as_str)
        .collect();
    let Some(name) = stated.value.value.as_str() else { return };
    if !known.is_empty() && platform.plan_of_any_kind(name).is_none() {
        let what = format!("a plan of {}", platform.name());
        let problem = wrong_name(stated.value.span, &what, name, &known);
        acc.push(match problem.help {
            Some(_) => problem,
            None => {
                problem.with_help(format!("`opslint platforms {}` lists its plans", platform.id()))
            }
        });
    }
}

/// Adds a plan of a database that the platform does not have; of one that it has, its connections,
/// unless these are stated, too.
pub(super) fn database(
    acc: &mut Vec<Diagnostic>,
    platform: &Platform,
    stated: &SettingFact,
    facts: &mut Facts,
) {
    let known: Vec<&str> =
        platform.databases().iter().flat_map(|it| &it.plans).map(String::as_str).collect();
    let Some(name) = stated.value.value.as_str() else { return };
    if !known.is_empty() && !known.iter().any(|it| it.eq_ignore_ascii_case(name)) {
        let what = format!("a plan of databases of {}", platform.name());
        acc.push(wrong_name(stated.value.span, &what, name, &known));
        return;
    }
    let connections = facts.get(vocabulary::DATABASE_CONNECTIONS_MAX);
    let says = |it: &Fact| it.origin.kind == OriginKind::Written && it.value().is_some();
    if connections.is_some_and(says) {
        return;
    }
    if let Some(fact) = catalog::connections_max(platform, DatabaseKind::Postgres, name) {
        let origin = fact.origin.clone().with_input("database.plan", stated.fact());
        facts.set(vocabulary::DATABASE_CONNECTIONS_MAX, Fact { origin, ..fact });
        facts.anchor(vocabulary::DATABASE_CONNECTIONS_MAX, stated.value.span);
    }
}

/// A fact that opslint.toml states for a process.
pub(super) fn of_process(facts: &mut Facts, stated: &SettingFact) {
    match stated.name.value.as_str() {
        PLAN => {}
        INSTANCES => {
            for id in [vocabulary::SCALE_MIN, vocabulary::SCALE_MAX] {
                state(facts, id, stated.fact());
            }
        }
        name => {
            if let Some(id) = FactId::from_name(name) {
                state(facts, id, stated.fact());
            }
        }
    }
}

/// What the user states wins over what files say: a file may be old, a measurement is not. Where a
/// file writes the same, its place is the one to show.
pub(super) fn state(facts: &mut Facts, id: FactId, fact: Fact) {
    let is_written = |it: &Fact| it.origin.kind == OriginKind::Written && !it.origin.is_assumed();
    let fact = match facts.get(id) {
        Some(same) if (&same.state, &same.origin) == (&fact.state, &fact.origin) => return,
        Some(same) if same.state == fact.state && is_written(same) => return,
        // That there is none is said of what files leave open.
        Some(file) if fact.value() == Some(&Value::Null) && is_written(file) => return,
        Some(loser) => fact.over(loser.clone()),
        None => fact,
    };
    facts.set(id, fact);
}

//! Functions together: what they reserve of their account, and the names that their platform keeps.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::platforms::Platform;
use crate::project::{Environment, Facts, Process};
use crate::vocabulary::{self, FactId};

/// Sets what all functions of a deployment reserve together beside what an account has. Labels go
/// to the largest reservation.
pub(super) fn reserved(facts: &mut Facts, platform: &Platform, processes: &[Process]) {
    let of = |it: &Process| it.facts.get(vocabulary::FUNCTION_CONCURRENCY)?.int();
    let reserving: Vec<&Process> = processes.iter().filter(|it| of(it).is_some()).collect();
    let Some(largest) = reserving.iter().max_by_key(|it| of(it)) else { return };
    let mut origin = Origin::new(OriginKind::Derived, "sum of what the functions reserve");
    origin.span = largest.facts.span(vocabulary::FUNCTION_CONCURRENCY);
    let total = reserving.iter().filter_map(|it| of(it)).fold(0, i64::saturating_add);
    for process in &reserving {
        if let Some(fact) = process.facts.get(vocabulary::FUNCTION_CONCURRENCY) {
            origin = origin.with_input(process.name.value.clone(), fact.clone());
        }
    }
    facts.set(vocabulary::RESERVED_CONCURRENCY, Fact::known(Value::Int(total), origin));
    let function = &platform.function;
    let what = platform.name();
    for (id, limit) in [
        (vocabulary::ACCOUNT_CONCURRENCY, &function.account_concurrency),
        (vocabulary::UNRESERVED_CONCURRENCY_MIN, &function.unreserved_concurrency_min),
    ] {
        // What opslint.toml states of the account wins.
        if let (None, Some(limit)) = (facts.get(id), limit) {
            facts.set(id, limit.fact(what));
        }
    }
}

/// Sets the variables that files set under names which the platform keeps for itself. Labels go to
/// the first.
pub(super) fn reserved_variables(
    facts: &mut Facts,
    platform: &Platform,
    environment: &Environment,
) {
    let is_function = facts.get(vocabulary::KIND).and_then(Fact::text) == Some("function");
    let Some(names) = platform.function.reserved_variables.as_ref().filter(|_| is_function) else {
        return;
    };
    let set: Vec<(&str, &Fact)> = environment
        .iter()
        .filter(|(name, fact)| names.value.iter().any(|it| it == name) && is_written(fact))
        .collect();
    let mut origin = Origin::new(OriginKind::Derived, "variables in files");
    origin.span = set.iter().find_map(|(_, fact)| fact.origin.span);
    let set = set.iter().map(|(name, _)| Value::Text((*name).to_owned())).collect();
    let id: FactId = vocabulary::RESERVED_VARIABLES;
    facts.set(id, Fact::known(Value::List(set), origin));
}

/// Whether a file sets it; what the platform sets itself is its own affair.
fn is_written(fact: &Fact) -> bool {
    fact.origin.span.is_some()
}

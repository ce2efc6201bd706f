//! What rests on an assumption says so: a program that only runs if a variable is not set.

use crate::fact::Fact;
use crate::project::Facts;
use crate::vocabulary::FactId;

/// Says of a fact that it rests on assumptions.
pub(super) fn rests_on(facts: &mut Facts, id: FactId, assumed: &[Fact]) {
    let Some(mut fact) = facts.get(id).cloned() else { return };
    add(&mut fact, assumed);
    facts.set(id, fact);
}

/// The same for all facts.
pub(super) fn all_rest_on(facts: &mut Facts, assumed: &[Fact]) {
    if assumed.is_empty() {
        return;
    }
    let ids: Vec<FactId> = facts.iter().map(|(id, _)| id).collect();
    ids.into_iter().for_each(|it| rests_on(facts, it, assumed));
}

/// Adds assumptions to what a fact comes from.
pub(super) fn add(fact: &mut Fact, assumed: &[Fact]) {
    for it in assumed {
        let name = it.origin.source.clone();
        fact.origin = fact.origin.clone().with_input(name, it.clone());
    }
}

//! Code that runs never or any number of times, beyond what its syntax shows that it changes.
//!
//! Names that a body assigns are given up before it is run. What it changes by other ways, such as
//! `globals()["workers"] += 1`, attributes of classes, or a function that it calls, shows only when
//! it is run again: what another turn makes something else of is not known after any number.

use std::collections::BTreeMap;

use super::evaluator::Evaluator;
use super::state::{Attributes, Scope, State};
use super::storage::Opaque;
use super::value::PyValue;

/// So many names may depend on one another from turn to turn.
const TURNS_MAX: usize = 4;

impl Evaluator<'_, '_, '_> {
    /// Takes further turns after the first one, which began in `before`, until none changes a value
    /// that is known.
    pub(super) fn repeat(
        &mut self,
        before: &State,
        reason: &Opaque,
        mut again: impl FnMut(&mut Self),
    ) {
        self.spend(before.size());
        if !pairs(&mut self.state, before).any(|(now, then)| !changed(now, then).is_empty()) {
            return;
        }
        for _ in 0..TURNS_MAX {
            let before = self.state.clone();
            again(self);
            self.spend(before.size() * 2);
            if !self.forget_changed(&before, reason) {
                return;
            }
        }
        for unit in 0..self.state.globals.len() {
            self.forget_unit(unit, reason);
        }
        for scope in self.state.scopes_mut() {
            scope.forget(reason, &mut self.next_version);
        }
    }

    /// Makes unknown what is not what it was, and says whether there was any.
    fn forget_changed(&mut self, before: &State, reason: &Opaque) -> bool {
        let mut is_changed = false;
        for (now, then) in pairs(&mut self.state, before) {
            for idx in changed(now, then) {
                is_changed = true;
                self.next_version += 1;
                let slot = &mut now.slots[idx];
                slot.version = self.next_version;
                slot.value.value = PyValue::Unknown(reason.clone());
            }
        }
        is_changed
    }
}

/// The scopes that are in both states.
fn pairs<'a>(
    now: &'a mut State,
    then: &'a State,
) -> impl Iterator<Item = (&'a mut Scope, &'a Scope)> {
    let closed = std::sync::Arc::make_mut(&mut now.closed);
    let classes = std::sync::Arc::make_mut(&mut now.classes);
    let globals = now.globals.iter_mut().zip(&then.globals);
    let locals = now.locals.iter_mut().zip(&then.locals);
    let closed = both(closed, &then.closed);
    let attributes = both(classes, &then.classes)
        .map(|(now, then): (&mut Attributes, &Attributes)| (&mut now.scope, &then.scope));
    globals.chain(locals).chain(closed).chain(attributes)
}

fn both<'a, T>(
    now: &'a mut BTreeMap<u32, T>,
    then: &'a BTreeMap<u32, T>,
) -> impl Iterator<Item = (&'a mut T, &'a T)> {
    now.iter_mut().filter_map(|(id, now)| Some((now, then.get(id)?)))
}

/// The places of the names whose values are known and not what they were.
fn changed(now: &Scope, then: &Scope) -> Vec<usize> {
    let is_changed = |idx: &usize| {
        let slot = &now.slots[*idx];
        let known = slot.bound && !matches!(slot.value.value, PyValue::Unknown(_));
        known
            && then
                .get(&slot.name)
                .is_none_or(|it| it.version != slot.version && it.value.value != slot.value.value)
    };
    (0..now.slots.len()).filter(is_changed).collect()
}

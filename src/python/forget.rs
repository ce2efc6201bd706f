//! Giving up code that cannot be followed, and everything that it may change.

use ruff_python_ast::{Expr, Stmt};

use super::storage::Opaque;
use crate::source::Span;

use super::evaluator::{Evaluator, Pending};
use super::names::Effects;
use super::state::Slot;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    /// Gives up a piece of code: every name that it may assign is unknown afterwards, and every
    /// object that it may change.
    pub(super) fn forget(&mut self, body: &[Stmt], reason: &Opaque) {
        let effects = self.effects_of(body);
        self.spend(effects.assigned.len() + effects.read.len());
        let unit = self.unit;
        let inputs = self.control.clone();
        let globals = self.units[unit].names.clone();
        let in_function = self.state.locals.last().is_some_and(|it| it.unit == unit);
        for name in effects.assigned.iter().chain(&globals.global) {
            let global = globals.global.contains(name) && !effects.assigned.contains(name);
            self.forget_name(name, global || !in_function, reason, &inputs);
        }
        for name in &effects.read {
            if let Some(value) = self.lookup(name) {
                self.poison(&value.value, reason);
            }
        }
        self.forget_records("", reason);
        if effects.environment {
            self.state.dotenv = Some(reason.clone());
        }
        if effects.returns && !self.calls.is_empty() {
            let value = Traced::new(PyValue::Unknown(reason.clone()), inputs);
            let state = self.state.clone();
            if let Some(returns) = self.calls.last_mut() {
                returns.push(Pending { state, value });
            }
        }
        self.may_raise("*");
    }

    /// Gives up the names that an assignment to `target` would bind.
    pub(super) fn forget_targets(&mut self, target: &Expr, reason: &Opaque) {
        let unit = self.unit;
        let in_function = self.state.locals.last().is_some_and(|it| it.unit == unit);
        let inputs = self.control.clone();
        for name in Effects::of_target(target).assigned {
            self.forget_name(&name, !in_function, reason, &inputs);
        }
    }

    fn forget_name(&mut self, name: &str, global: bool, reason: &Opaque, inputs: &Inputs) {
        let unit = self.unit;
        self.next_version += 1;
        let version = self.next_version;
        let scope = match self.state.locals.last_mut().filter(|_| !global) {
            Some(scope) => scope,
            None => &mut self.state.globals[unit],
        };
        if let Some(slot) = scope.get_mut(name) {
            slot.value.value = PyValue::Unknown(reason.clone());
            slot.value.inputs.add(inputs);
            slot.version = version;
            return;
        }
        if name == "*" {
            scope.opaque.get_or_insert_with(|| reason.clone());
            return;
        }
        let place = Span::start_of(self.units[unit].file);
        scope.bind(Slot {
            name: name.to_owned(),
            name_span: place,
            value: Traced::new(PyValue::Unknown(reason.clone()), inputs.clone()),
            span: place,
            maybe_unset: true,
            bound: true,
            earlier: None,
            alternatives: Vec::new(),
            past: 0,
            version,
        });
    }
}

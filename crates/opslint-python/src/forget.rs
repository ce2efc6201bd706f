//! Giving up code that cannot be followed, and everything that it may change.
//!
//! Every piece of code that is not run once, in order, comes through here: the body of a loop over
//! something that is not known, a branch behind the last step, a call that is not followed. It may
//! run never or any number of times, so what it may change is unknown afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use ruff_python_ast::{Expr, Stmt};

use crate::source::Span;

use super::evaluator::{Evaluator, Pending};
use super::names::{Callable, Effects, callable_at};
use super::state::Slot;
use super::storage::{Held, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    /// Gives up a piece of code without running it.
    pub(super) fn forget(&mut self, body: &[Stmt], reason: &Opaque) {
        let effects = self.effects_of(body);
        self.forget_objects(&effects, reason);
        self.forget_records("", reason);
        self.forget_world(&effects, reason, &mut BTreeSet::new());
        // After what it reads was looked up: it may call what it replaces.
        self.forget_names(&effects, reason);
        if effects.returns && !self.calls.is_empty() {
            let value = Traced::new(PyValue::Unknown(reason.clone()), self.control.clone());
            let state = self.state.clone();
            if let Some(returns) = self.calls.last_mut() {
                returns.push(Pending { state, value });
            }
        }
        self.may_raise("*");
    }

    /// Makes unknown what a piece of code may change from one turn to the next, so that running it
    /// once more shows all that it may do.
    pub(super) fn widen(&mut self, body: &[Stmt], reason: &Opaque) {
        self.widen_task(body, reason);
        self.forget_records("", reason);
    }

    /// The same where what was recorded so far stays: the turn that shows what the others may do
    /// records its own over it.
    pub(super) fn widen_task(&mut self, body: &[Stmt], reason: &Opaque) {
        let effects = self.effects_of(body);
        self.forget_objects(&effects, reason);
        self.forget_names(&effects, reason);
    }

    /// The same as `widen` for the code of an expression.
    pub(super) fn widen_expr(&mut self, expr: &Expr, reason: &Opaque) {
        let effects = self.effects_of_body(expr);
        self.forget_objects(&effects, reason);
        self.forget_records("", reason);
        self.forget_names(&effects, reason);
    }

    /// Gives up a function that is called and not followed.
    pub(super) fn forget_function(&mut self, function: &Held, reason: &Opaque) {
        self.forget_call(function, reason, &mut BTreeSet::new());
    }

    fn forget_names(&mut self, effects: &Effects, reason: &Opaque) {
        self.spend(effects.assigned.len());
        let inputs = self.control.clone();
        let declared = Arc::clone(&self.units[self.unit].names);
        for name in &effects.assigned {
            self.forget_name(name, false, reason, &inputs);
        }
        for name in declared.global.difference(&effects.assigned) {
            self.forget_name(name, true, reason, &inputs);
        }
    }

    /// The objects that it reads may be changed.
    fn forget_objects(&mut self, effects: &Effects, reason: &Opaque) {
        self.spend(effects.read.len());
        for name in &effects.read {
            if let Some(value) = self.lookup(name) {
                self.poison_objects(&value.value, reason);
            }
        }
    }

    /// What it may change beside names and objects, through the functions that it may call too.
    fn forget_world(
        &mut self,
        effects: &Effects,
        reason: &Opaque,
        seen: &mut BTreeSet<(usize, u32)>,
    ) {
        for name in &effects.read {
            match self.lookup(name).map(|it| it.value) {
                Some(PyValue::Function(function)) => self.forget_call(&function, reason, seen),
                Some(value) if value.measure().reaches_world() => self.poison(&value, reason),
                _ => {}
            }
        }
        for (root, path) in &effects.attributes {
            if let Some(PyValue::Module(module)) = self.lookup(root).map(|it| it.value) {
                self.replace_attribute(&format!("{module}.{path}"), Err(reason.clone()));
            }
        }
        if effects.environment {
            self.state.environ.forget(reason);
        }
        if effects.any_name {
            self.forget_all(reason);
        }
    }

    fn forget_call(&mut self, function: &Held, reason: &Opaque, seen: &mut BTreeSet<(usize, u32)>) {
        if !seen.insert((function.unit, function.offset)) {
            return;
        }
        let parsed = Arc::clone(&self.units[function.unit].parsed);
        let Some(callable) = callable_at(parsed.suite(), function.offset) else { return };
        let effects = match &callable {
            Callable::Function(it) => self.effects_of(&it.body),
            Callable::Lambda(it) => self.effects_of_body(&it.body),
        };
        let unit = std::mem::replace(&mut self.unit, function.unit);
        let locals = std::mem::take(&mut self.state.locals);
        let inputs = self.control.clone();
        for name in &effects.global {
            self.forget_name(name, true, reason, &inputs);
        }
        self.forget_objects(&effects, reason);
        self.forget_records("", reason);
        self.forget_world(&effects, reason, seen);
        self.state.locals = locals;
        self.unit = unit;
    }

    /// Gives up the names that an assignment to `target` would bind.
    pub(super) fn forget_targets(&mut self, target: &Expr, reason: &Opaque) {
        let inputs = self.control.clone();
        for name in Effects::of_target(target).assigned {
            self.forget_name(&name, false, reason, &inputs);
        }
    }

    /// A name of the running scope, or of the module.
    fn forget_name(&mut self, name: &str, global: bool, reason: &Opaque, inputs: &Inputs) {
        let unit = self.unit;
        self.next_version += 1;
        let version = self.next_version;
        let place = Span::start_of(self.units[unit].file);
        let local = self.state.locals.last_mut().filter(|it| it.unit == unit);
        let scope = match local.filter(|it| !global && !it.is_global(name)) {
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
        let value = Traced::new(PyValue::Unknown(reason.clone()), inputs.clone());
        let slot = Slot::assigned(name, value, (place, place), version);
        scope.bind(Slot { maybe_unset: true, ..slot });
    }
}

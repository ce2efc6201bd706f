//! Names that are set by another way than an assignment: `globals()["workers"] = 4`,
//! `setattr(module, …)`, `module.name = …`; and what code may do that is handed such a thing.

use ruff_python_ast::CmpOp;
use ruff_text_size::TextRange;

use super::call::{Arguments, unknown_of};
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::{Error, Evaluated};
use super::state::Slot;
use super::storage::Opaque;
use super::trace::{Inputs, Traced};
use super::value::{PyValue, Reach};

/// In front of the number of a module: the dict of its names.
pub(super) const NAMESPACE: &str = "namespace ";

/// The name that the first module has as a value.
pub(super) const MAIN: &str = "__name__";

/// The module whose names a value is the dict of.
fn unit_of_namespace(value: &PyValue) -> Option<usize> {
    match value {
        PyValue::Native(name) => name.strip_prefix(NAMESPACE)?.parse().ok(),
        _ => None,
    }
}

impl Evaluator<'_, '_, '_> {
    /// `globals()` of a module.
    pub(super) fn namespace(&self, unit: usize) -> PyValue {
        self.heap.native(format!("{NAMESPACE}{unit}"))
    }

    /// `sys.modules[key]`.
    pub(super) fn loaded_module(&mut self, key: &Traced) -> Traced {
        let own = |it: &PyValue| matches!(it, PyValue::Native(name) if name == MAIN);
        let module = match &key.value {
            value if own(value) => MAIN.to_owned(),
            PyValue::Str(name) if self.unit_of(name).is_some() => name.to_string(),
            _ => {
                self.may_raise("KeyError");
                return Traced::new(
                    unknown_of(std::slice::from_ref(&key.value)),
                    Inputs::default(),
                );
            }
        };
        self.heap.module(&module).into()
    }

    /// `vars(value)` and `value.__dict__`.
    pub(super) fn namespace_of(&self, value: &PyValue) -> PyValue {
        match value {
            PyValue::Module(module) => match self.unit_of(module) {
                Some(unit) => self.namespace(unit),
                None => PyValue::Unknown(not_seen()),
            },
            other => PyValue::Unknown(other.unknown().unwrap_or_else(not_seen)),
        }
    }

    /// `globals()[key]`; `None` when the value is no such dict.
    pub(super) fn namespace_item(
        &mut self,
        namespace: &PyValue,
        key: &Traced,
        range: TextRange,
    ) -> Option<Evaluated> {
        let unit = unit_of_namespace(namespace)?;
        let PyValue::Str(name) = &key.value else {
            self.may_raise("KeyError");
            let value = unknown_of(std::slice::from_ref(&key.value));
            return Some(Ok(Traced::new(value, key.inputs.clone())));
        };
        Some(match self.name_in(unit, name) {
            Some(value) => Ok(Traced::new(value.value, value.inputs.with(&key.inputs))),
            None => {
                let error = Error::raise("KeyError", format!("`{name}` is not defined"));
                Err(self.raised(error, range, &key.inputs))
            }
        })
    }

    /// `key in globals()`.
    pub(super) fn namespace_membership(
        &mut self,
        op: CmpOp,
        left: &PyValue,
        right: &PyValue,
    ) -> Option<Option<bool>> {
        let unit = unit_of_namespace(right).filter(|_| matches!(op, CmpOp::In | CmpOp::NotIn))?;
        let PyValue::Str(name) = left else { return Some(None) };
        let scope = &self.state.globals[unit];
        let found = match scope.get(name) {
            Some(slot) => (!slot.maybe_unset).then_some(true),
            None => scope.opaque.is_none().then_some(false),
        };
        Some(found.map(|it| it == (op == CmpOp::In)))
    }

    /// A name of a module. `None` when it certainly has none.
    fn name_in(&mut self, unit: usize, name: &str) -> Option<Traced> {
        if let Some(slot) = self.state.globals[unit].get(name) {
            let (value, maybe_unset) = (slot.value.clone(), slot.maybe_unset);
            if maybe_unset {
                self.may_raise("KeyError");
            }
            return Some(value);
        }
        let opaque = self.state.globals[unit].opaque.clone()?;
        self.may_raise("KeyError");
        Some(PyValue::Unknown(opaque).into())
    }

    /// `globals()[key] = value`. False when it is no such dict.
    pub(super) fn set_namespace_item(
        &mut self,
        namespace: &PyValue,
        key: &PyValue,
        value: &Traced,
        (place, source): (TextRange, TextRange),
    ) -> bool {
        let Some(unit) = unit_of_namespace(namespace) else { return false };
        match key {
            PyValue::Str(name) => {
                if let Some(named) = &mut self.named {
                    named.insert((unit, name.to_string()));
                }
                self.set_name(unit, name, value.clone(), place, source);
            }
            other => {
                let reason = || Opaque::because("it is not known which name is set");
                self.forget_unit(unit, &other.unknown().unwrap_or_else(reason));
            }
        }
        true
    }

    /// `del globals()[key]`. False when it is no such dict.
    pub(super) fn delete_namespace_item(&mut self, namespace: &PyValue, key: &PyValue) -> bool {
        let Some(unit) = unit_of_namespace(namespace) else { return false };
        self.may_raise("KeyError");
        match key {
            PyValue::Str(name) => {
                self.state.globals[unit].remove(name);
            }
            other => self.forget_unit(unit, &other.unknown().unwrap_or_else(not_seen)),
        }
        true
    }

    /// A method of `globals()`; `name` is `namespace 0.update`.
    pub(super) fn call_namespace(
        &mut self,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let (number, method) = name.split_once('.').unwrap_or((name, ""));
        let namespace = self.heap.native(format!("{NAMESPACE}{number}"));
        let Some(unit) = unit_of_namespace(&namespace) else {
            return Ok(PyValue::Unknown(not_seen()).into());
        };
        let key = |it: &PyValue| Traced::new(it.clone(), inputs.clone());
        match (method, arguments.positional.as_slice()) {
            ("__getitem__", [it]) => {
                if let Some(item) = self.namespace_item(&namespace, &key(it), range) {
                    return item;
                }
            }
            ("__setitem__", [name, it]) => {
                let value = Traced::new(it.clone(), inputs);
                self.set_namespace_item(&namespace, name, &value, (range, range));
                return Ok(PyValue::None.into());
            }
            ("get", [PyValue::Str(name), rest @ ..]) => {
                let found = self.name_in(unit, name);
                let default = rest.first().cloned().unwrap_or(PyValue::None);
                return Ok(found.unwrap_or_else(|| Traced::new(default, inputs)));
            }
            ("setdefault", [PyValue::Str(name), rest @ ..]) => {
                if let Some(found) = self.name_in(unit, name) {
                    return Ok(found);
                }
                let value = rest.first().cloned().unwrap_or(PyValue::None);
                let value = Traced::new(value, inputs);
                self.set_name(unit, name, value.clone(), range, range);
                return Ok(value);
            }
            ("pop", [PyValue::Str(name), rest @ ..]) => match (self.name_in(unit, name), rest) {
                (Some(found), _) => {
                    self.state.globals[unit].remove(name);
                    return Ok(found);
                }
                (None, [default, ..]) => return Ok(Traced::new(default.clone(), inputs)),
                (None, []) => {
                    let error = Error::raise("KeyError", format!("`{name}` is not defined"));
                    return Err(self.raised(error, range, &inputs));
                }
            },
            ("update", _) => {
                self.update_namespace(unit, arguments, &inputs, range);
                return Ok(PyValue::None.into());
            }
            ("get" | "copy" | "keys" | "values" | "items" | "__contains__", _) => {
                return Ok(PyValue::Unknown(not_seen()).into());
            }
            _ => {}
        }
        let reason = Opaque::because(format!("`globals().{method}` may set any name"));
        self.forget_unit(unit, &reason);
        Ok(PyValue::Unknown(reason).into())
    }

    /// `globals().update(…)`, `globals() |= …`.
    pub(super) fn update_namespace(
        &mut self,
        unit: usize,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) {
        let namespace = self.namespace(unit);
        let mut known = arguments.hidden.is_none() && arguments.positional.len() <= 1;
        let mut pairs: Vec<(PyValue, PyValue)> = Vec::new();
        match arguments.positional.first() {
            Some(PyValue::Dict(entries)) => pairs.extend(entries.iter().cloned()),
            Some(_) => known = false,
            None => {}
        }
        let named = arguments.keywords.into_iter().map(|(key, it)| (self.heap.text(key), it));
        pairs.extend(named);
        for (key, value) in pairs {
            let value = Traced::new(value, inputs.clone());
            self.set_namespace_item(&namespace, &key, &value, (range, range));
        }
        if !known {
            let unknown = arguments.positional.iter().find_map(PyValue::unknown);
            let reason = || Opaque::because("`globals().update` may set any name");
            self.forget_unit(unit, &unknown.unwrap_or_else(reason));
        }
    }

    /// The module of `namespace |= …`.
    pub(super) fn namespace_unit(&self, value: &PyValue) -> Option<usize> {
        unit_of_namespace(value)
    }

    /// Sets a name of a module from wherever code runs.
    pub(super) fn set_name(
        &mut self,
        unit: usize,
        name: &str,
        mut value: Traced,
        place: TextRange,
        source: TextRange,
    ) {
        if value.value.iterated().is_some() && !value.value.is_range() {
            value.value = PyValue::because("an iterator gives its elements once");
        }
        value.inputs.add(&self.control);
        self.next_version += 1;
        let slot =
            Slot::assigned(name, value, (self.span(place), self.span(source)), self.next_version);
        self.state.globals[unit].bind(slot);
    }

    /// `object.name = value` and `setattr(object, name, value)` of a module.
    pub(super) fn set_module_attribute(
        &mut self,
        module: &str,
        name: &str,
        value: Traced,
        (place, source): (TextRange, TextRange),
    ) {
        match self.unit_of(module) {
            Some(unit) => self.set_name(unit, name, value, place, source),
            None => {
                let value = Traced::new(value.value, value.inputs.with(&self.control));
                self.replace_attribute(&format!("{module}.{name}"), Ok(value));
            }
        }
    }

    /// Notes what an attribute of a module that is not ours is from here on.
    pub(super) fn replace_attribute(&mut self, dotted: &str, value: Result<Traced, Opaque>) {
        let value = value.unwrap_or_else(|it| PyValue::Unknown(it).into());
        if dotted == "os.environ" && matches!(value.value, PyValue::Unknown(_)) {
            let reason = value.value.unknown().unwrap_or_else(not_seen);
            self.state.environ.forget(&reason);
        }
        self.state.replaced.insert(dotted.to_owned(), value);
    }

    /// What an attribute of a module that is not ours was replaced by.
    pub(super) fn replacement(&self, dotted: &str) -> Option<Traced> {
        if self.state.replaced.is_empty() {
            return None;
        }
        self.state.replaced.get(dotted).cloned()
    }

    /// Forgets what is in every container of `value`: code that we do not see may change it.
    pub(super) fn poison_objects(&mut self, value: &PyValue, reason: &Opaque) {
        self.change_shared(value);
        let mut ids = Vec::new();
        if value.measure().has_objects() {
            self.heap.walk(value);
            value.collect_ids(&mut ids);
        }
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            self.replace_object(id, &PyValue::Unknown(reason.clone()), &Inputs::default());
        }
    }

    /// Forgets what code that we do not see may change when it is given a value: its containers,
    /// and where it leads there, the environment and the names of a module.
    pub(super) fn poison(&mut self, value: &PyValue, reason: &Opaque) {
        self.poison_objects(value, reason);
        if !value.measure().reaches_world() {
            return;
        }
        self.heap.walk(value);
        let mut found = Vec::new();
        value.collect_world(&mut found);
        for reach in found {
            match reach {
                Reach::Class(id) => self.forget_class(id, reason),
                Reach::Named(name) if name == "os.environ" => self.state.environ.forget(reason),
                Reach::Named(name) => {
                    let number = name.strip_prefix(NAMESPACE).and_then(|it| it.parse().ok());
                    if let Some(unit) = number.or_else(|| self.unit_of(&name)) {
                        self.forget_unit(unit, reason);
                    }
                }
            }
        }
    }

    /// Forgets every name that the running code may set: it may assign any of them.
    pub(super) fn forget_all(&mut self, reason: &Opaque) {
        for scope in &mut self.state.locals {
            scope.forget(reason, &mut self.next_version);
        }
        self.forget_unit(self.unit, reason);
    }

    /// Forgets every name of a module.
    pub(super) fn forget_unit(&mut self, unit: usize, reason: &Opaque) {
        self.spend(self.state.size());
        if let Some(scope) = self.state.globals.get_mut(unit) {
            scope.forget(reason, &mut self.next_version);
        }
    }
}

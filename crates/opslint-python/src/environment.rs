//! Environment variables, as the file reads and changes them.

use ruff_python_ast::CmpOp;
use ruff_text_size::TextRange;

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, TextPart, Value};
use crate::project::{Lookup, assumed_unset, unmentioned};
use crate::settings::names_environment;

use super::Unmentioned;
use super::call::{Arguments, unknown_of};
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::{Error, Evaluated};
use super::record::{SET, SET_DEFAULT};
use super::state::Variable;
use super::storage::{Heap, Opaque};
use super::text::Writer;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// What reading a variable finds.
pub(super) enum Found {
    /// This text, perhaps with gaps.
    Text(PyValue, Inputs),
    /// No such variable; an assumption when `Inputs` are not empty.
    Unset(Inputs),
    /// Not even whether it is set.
    Unknown(Opaque),
}

impl Evaluator<'_, '_, '_> {
    pub(super) fn variable(&mut self, name: &str) -> Found {
        match self.state.environ.variables.get(name) {
            Some(Variable::Set(value, inputs)) => {
                return Found::Text(value.clone(), inputs.clone());
            }
            Some(Variable::Removed) => return Found::Unset(Inputs::default()),
            Some(Variable::Unknown(unknown)) => return Found::Unknown(unknown.clone()),
            None => {}
        }
        if let Some(unknown) = &self.state.environ.any {
            return Found::Unknown(unknown.clone());
        }
        if self.state.environ.cleared {
            return match &self.state.environ.unset {
                Some(unknown) => Found::Unknown(unknown.clone()),
                None => Found::Unset(Inputs::default()),
            };
        }
        let label = format!("${name}");
        let must_be_set = self.all_set || self.must_be_set.contains(name);
        match self.host.environment.get(name) {
            Lookup::Set(fact) if is_none_of(fact) && !must_be_set => {
                let fact = Fact { state: State::Known(Value::Null), ..fact.clone() };
                Found::Unset(self.table.intern(&label, Some(name), || fact))
            }
            Lookup::Set(fact) => {
                let fact = fact.clone();
                let inputs = self.table.intern(&label, None, || fact.clone());
                match text_of(&self.heap, &fact) {
                    Some(value) => Found::Text(value, inputs),
                    None => Found::Unset(inputs),
                }
            }
            Lookup::Unmentioned if self.plan.unmentioned == Unmentioned::Unknown => {
                Found::Unknown(unmentioned(name).into())
            }
            Lookup::Unset | Lookup::Unmentioned if self.state.environ.unset.is_some() => {
                Found::Unknown(self.state.environ.unset.clone().unwrap_or_else(not_seen))
            }
            Lookup::Unset => Found::Unset(Inputs::default()),
            Lookup::Unmentioned if must_be_set => {
                let unknown = unmentioned(name);
                let origin = Origin::new(OriginKind::Env, format!("`{label}`"));
                let fact = Fact::unknown(unknown.clone(), origin);
                let inputs = self.table.intern_at(&label, "", fact);
                Found::Text(self.heap.some_text(unknown.into()), inputs)
            }
            Lookup::Unmentioned => {
                let assumed = || assumed_unset(name);
                Found::Unset(self.table.intern(&label, Some(name), assumed))
            }
        }
    }

    /// `os.environ[key]`.
    pub(super) fn environment_item(&mut self, key: &Traced, range: TextRange) -> Evaluated {
        let PyValue::Str(name) = &key.value else {
            self.may_raise("KeyError");
            return Ok(Traced::new(
                unknown_of(std::slice::from_ref(&key.value)),
                key.inputs.clone(),
            ));
        };
        match self.variable(name) {
            Found::Text(value, inputs) => Ok(Traced::new(value, inputs.with(&key.inputs))),
            Found::Unknown(unknown) => {
                self.may_raise("KeyError");
                Ok(Traced::new(PyValue::Unknown(unknown), key.inputs.clone()))
            }
            Found::Unset(inputs) => {
                let assumed = !self.table.assumed_unset(&inputs).is_empty();
                if assumed && self.tries.is_empty() {
                    // Without a handler the file would not load, so the variable must be set.
                    self.must_be_set.insert(name.to_string());
                    self.contradicted.extend(self.table.asked(name).then(|| name.to_string()));
                    return self.environment_item(key, range);
                }
                Err(self.lacks(("KeyError", name), range, &inputs))
            }
        }
    }

    /// `"X" in os.environ`: whether it is decided, and by what. `None` for any other comparison.
    pub(super) fn environment_membership(
        &mut self,
        op: CmpOp,
        left: &PyValue,
        right: &PyValue,
    ) -> Option<(Option<bool>, Inputs)> {
        let environ = matches!(right, PyValue::Native(name) if name == "os.environ");
        if !environ || !matches!(op, CmpOp::In | CmpOp::NotIn) {
            return None;
        }
        let PyValue::Str(name) = left else { return Some((None, Inputs::default())) };
        let (decided, inputs) = match self.variable(name) {
            Found::Text(_, inputs) => (Some(true), inputs),
            Found::Unset(inputs) => (Some(false), inputs),
            Found::Unknown(_) => (None, Inputs::default()),
        };
        Some((decided.map(|it| it == (op == CmpOp::In)), inputs))
    }

    /// Notes the texts that a value is told apart by, where it comes from a variable that says which
    /// environment this is and that no file sets. Others are read as if they were not set.
    pub(super) fn tells_apart(&mut self, value: &PyValue, inputs: &Inputs, texts: &[&PyValue]) {
        // A value that is no text is not the variable's own.
        if !matches!(value.type_name(), None | Some("str" | "NoneType")) {
            return;
        }
        let variable = self.table.only_open_variable(inputs, names_environment);
        let Some(variable) = variable.map(str::to_owned) else { return };
        for text in texts {
            if let PyValue::Str(text) = text {
                self.host.workspace.compares(&variable, text);
            }
        }
    }

    /// The same for a comparison.
    pub(super) fn compares_texts(&mut self, op: CmpOp, left: &Traced, right: &Traced) {
        let inner = |of: &PyValue| match of {
            PyValue::Set(items) => items.to_vec(),
            PyValue::Dict(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            other => other.elements().unwrap_or_default().to_vec(),
        };
        match op {
            CmpOp::Eq | CmpOp::NotEq => {
                self.tells_apart(&left.value, &left.inputs, &[&right.value]);
                self.tells_apart(&right.value, &right.inputs, &[&left.value]);
            }
            CmpOp::In | CmpOp::NotIn if right.inputs.is_empty() => {
                let texts = inner(&right.value);
                self.tells_apart(&left.value, &left.inputs, &texts.iter().collect::<Vec<_>>());
            }
            _ => {}
        }
    }

    /// The same for a dict that has something for each environment.
    pub(super) fn looks_up(&mut self, dict: &PyValue, key: &PyValue, inputs: &Inputs) {
        let PyValue::Dict(entries) = dict else { return };
        let keys: Vec<PyValue> = entries.iter().map(|(key, _)| key.clone()).collect();
        self.tells_apart(key, inputs, &keys.iter().collect::<Vec<_>>());
    }

    /// `os.getenv` and the methods of `os.environ`.
    pub(super) fn call_environment(
        &mut self,
        method: &str,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        match (method, arguments.positional.as_slice()) {
            ("update", _) => return self.update_environment(arguments, &inputs, range),
            ("clear", []) => {
                self.state.environ.clear();
                return Ok(PyValue::None.into());
            }
            ("__getitem__", [key]) => {
                let key = Traced::new(key.clone(), inputs);
                return self.environment_item(&key, range);
            }
            ("__setitem__", [key, value]) => {
                let key = Traced::new(key.clone(), inputs.clone());
                let value = Traced::new(value.clone(), inputs);
                self.set_variable(&key, value, range)?;
                return Ok(PyValue::None.into());
            }
            ("__delitem__", [key]) => {
                let key = Traced::new(key.clone(), inputs);
                self.remove_variable(&key, range)?;
                return Ok(PyValue::None.into());
            }
            ("getenv" | "get" | "setdefault" | "pop", _) => {}
            ("copy", []) => {
                return Ok(self.heap.native("os.environ.copy()").into());
            }
            ("keys" | "values" | "items" | "__contains__" | "__iter__" | "__len__", _) => {
                let reason = "which variables are set is not known in full";
                return Ok(Traced::new(PyValue::because(reason), inputs));
            }
            _ => {
                let reason = Opaque::because(format!("`os.environ.{method}` may change it"));
                self.state.environ.forget(&reason);
                self.may_raise("*");
                return Ok(Traced::new(PyValue::Unknown(reason), inputs));
            }
        }
        let keyword = arguments.take("default");
        let mut positional = arguments.positional.into_iter();
        let key = positional.next().or_else(|| arguments.keywords.pop().map(|(_, key)| key));
        let default = positional.next().or(keyword);
        let key = match key {
            Some(PyValue::Str(key)) => key.to_string(),
            Some(PyValue::Int(_) | PyValue::None) | None => {
                let error = Error::type_error("the name of a variable is a text");
                return Err(self.raised(error, range, &inputs));
            }
            Some(other) => {
                let result = unknown_of(&[other]);
                // Any variable may be the one that is set or removed.
                if matches!(method, "setdefault" | "pop") {
                    let reason = result.unknown().unwrap_or_else(not_seen);
                    self.state.environ.forget(&reason);
                    self.may_raise("*");
                }
                return Ok(Traced::new(result, inputs));
            }
        };
        match (self.variable(&key), method) {
            (Found::Unknown(unknown), _) => Ok(Traced::new(PyValue::Unknown(unknown), inputs)),
            (Found::Text(value, more), "pop") => {
                self.state.environ.variables.insert(key, Variable::Removed);
                Ok(Traced::new(value, inputs.with(&more)))
            }
            (Found::Text(value, more), _) => Ok(Traced::new(value, inputs.with(&more))),
            (Found::Unset(more), "setdefault") => {
                let value = default.unwrap_or(PyValue::None);
                let inputs = inputs.with(&more);
                let text = value.type_name() == Some("str") || matches!(value, PyValue::Unknown(_));
                if !text {
                    let error = Error::type_error("str expected");
                    return Err(self.raised(error, range, &inputs));
                }
                let set = Variable::Set(value.clone(), inputs.clone().with(&self.control));
                let traced = Traced::new(value, inputs);
                self.record(&format!("{SET_DEFAULT}{key}"), traced.clone(), range);
                self.state.environ.variables.insert(key, set);
                Ok(traced)
            }
            (Found::Unset(more), "pop") if default.is_none() => {
                Err(self.lacks(("KeyError", &key), range, &more))
            }
            (Found::Unset(more), _) => {
                // The inputs of the default come after the variable that it stands in for.
                let value = default.unwrap_or(PyValue::None);
                Ok(Traced::new(value, more.with(&inputs)))
            }
        }
    }

    /// `os.environ.update(…)` and `os.environ |= …`.
    pub(super) fn update_environment(
        &mut self,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated {
        let mut pairs: Vec<(PyValue, PyValue)> = Vec::new();
        let mut hidden = arguments.hidden;
        for given in &arguments.positional {
            match given {
                PyValue::Dict(entries) => pairs.extend(entries.iter().cloned()),
                PyValue::Native(name) if name == "os.environ" => {}
                other => {
                    let given = Traced::new(other.clone(), inputs.clone());
                    match self.iterate(&given, range)? {
                        Ok(rows) => {
                            for row in rows {
                                match row.elements() {
                                    Some([key, value]) => pairs.push((key.clone(), value.clone())),
                                    _ => hidden = Some(not_seen()),
                                }
                            }
                        }
                        Err(unknown) => hidden = Some(unknown),
                    }
                }
            }
        }
        let named = arguments.keywords.into_iter().map(|(key, it)| (self.heap.text(key), it));
        pairs.extend(named);
        if hidden.is_some() {
            let reason = Opaque::because("`os.environ.update` may set it");
            self.state.environ.forget(&reason);
            self.may_raise("*");
        }
        for (key, value) in pairs {
            let key = Traced::new(key, inputs.clone());
            self.set_variable(&key, Traced::new(value, inputs.clone()), range)?;
        }
        Ok(PyValue::None.into())
    }

    /// `os.environ[key] = value`.
    pub(super) fn set_variable(
        &mut self,
        key: &Traced,
        value: Traced,
        range: TextRange,
    ) -> Evaluated<()> {
        let inputs = value.inputs.with(&key.inputs);
        let text = matches!(value.value.type_name(), None | Some("str"));
        if !text {
            let error = Error::type_error("a variable must be set to a text");
            return Err(self.raised(error, range, &inputs));
        }
        match &key.value {
            PyValue::Str(name) => {
                let record = Traced::new(value.value.clone(), inputs.clone());
                self.record(&format!("{SET}{name}"), record, range);
                let set = Variable::Set(value.value, inputs.with(&self.control));
                self.state.environ.variables.insert(name.to_string(), set);
            }
            other => {
                let reason = other.unknown().unwrap_or_else(not_seen);
                self.state.environ.forget(&reason);
                self.may_raise("TypeError");
            }
        }
        Ok(())
    }

    /// `del os.environ[key]`.
    pub(super) fn remove_variable(&mut self, key: &Traced, range: TextRange) -> Evaluated<()> {
        self.environment_item(key, range)?;
        match &key.value {
            PyValue::Str(name) => {
                self.state.environ.variables.insert(name.to_string(), Variable::Removed);
            }
            other => {
                let reason = other.unknown().unwrap_or_else(not_seen);
                self.state.environ.forget(&reason);
            }
        }
        Ok(())
    }
}

/// Whether all that is known of a variable is that it is none of some texts. It may be set to another
/// one; a default beside it counts as it does for every variable that no file sets.
fn is_none_of(fact: &Fact) -> bool {
    let kind = fact.state.unknown().map(|it| &it.kind);
    matches!((&fact.state, kind), (State::Unknown(_), Some(GapKind::NoneOf(_))))
}

/// The text of a variable; `None` when the fact says that it is unset.
pub(super) fn text_of(heap: &Heap, fact: &Fact) -> Option<PyValue> {
    Some(match &fact.state {
        State::Known(Value::Null) => return None,
        State::Known(value) => heap.text(value.to_string()),
        State::Pattern(parts) => {
            let mut writer = Writer::default();
            for part in parts {
                match part {
                    TextPart::Known(text) => writer.text(text),
                    TextPart::Unknown(unknown) => writer.gap(unknown.clone().into()),
                }
            }
            writer.finish(heap)
        }
        open => heap.some_text(open.open()?.into()),
    })
}

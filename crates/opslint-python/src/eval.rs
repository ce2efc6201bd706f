//! Expressions.

use ruff_python_ast::{self as ast, Expr, Number};
use ruff_text_size::{Ranged, TextRange};

use crate::budget::{LEN_MAX, Spent};

use super::containers;
use super::evaluator::{DEPTH_MAX, Evaluator, Target};
use super::numbers::too_large;
use super::raise::{Error, Evaluated};
use super::storage::{Heap, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &Expr) -> Evaluated {
        if !self.spend(1) {
            return Ok(PyValue::Unknown(Self::exhausted()).into());
        }
        if self.depth >= DEPTH_MAX {
            self.may_raise("*");
            return Ok(PyValue::because("the code is nested too deeply").into());
        }
        self.depth += 1;
        let result = self.eval_inner(expr);
        self.depth -= 1;
        result
    }

    fn eval_inner(&mut self, expr: &Expr) -> Evaluated {
        match expr {
            Expr::NoneLiteral(_) => Ok(PyValue::None.into()),
            Expr::BooleanLiteral(it) => Ok(PyValue::Bool(it.value).into()),
            Expr::NumberLiteral(it) => Ok(number(&it.value).into()),
            Expr::StringLiteral(it) => Ok(self.heap.text(it.value.to_str()).into()),
            Expr::Name(it) => self.eval_name(it),
            Expr::Attribute(it) => self.eval_attribute(it),
            Expr::Call(it) => self.eval_call(it),
            Expr::Await(it) => self.eval_await(it),
            Expr::BinOp(it) => self.eval_binary(it),
            Expr::FString(it) => self.eval_f_string(it),
            Expr::Subscript(it) => self.eval_subscript(it),
            Expr::UnaryOp(it) => self.eval_unary(it),
            Expr::BoolOp(it) => self.eval_bool_op(it.op, &it.values),
            Expr::Compare(it) => self.eval_compare(it),
            Expr::If(it) => self.eval_if(it),
            Expr::List(it) => {
                let items = self.eval_elements(&it.elts)?;
                Ok(self.collected(items, Heap::list))
            }
            Expr::Tuple(it) => {
                let items = self.eval_elements(&it.elts)?;
                Ok(self.collected(items, Heap::tuple))
            }
            Expr::Set(it) => self.eval_set(it),
            Expr::Dict(it) => self.eval_dict(it),
            Expr::Lambda(it) => self.eval_lambda(it),
            Expr::Named(it) => self.eval_named(it),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.eval_comprehension(expr)
            }
            Expr::BytesLiteral(_) => Ok(self.heap.native("bytes()").into()),
            _ => {
                self.may_raise("*");
                Ok(PyValue::because("this kind of expression is not evaluated").into())
            }
        }
    }

    fn eval_named(&mut self, named: &ast::ExprNamed) -> Evaluated {
        let value = self.eval(&named.value)?;
        if let Expr::Name(name) = &*named.target {
            let span = self.span(named.value.range());
            self.bind_in(Target::Enclosing, &name.id, name.range, value.clone(), span);
        }
        Ok(value)
    }

    fn eval_name(&mut self, name: &ast::ExprName) -> Evaluated {
        match self.lookup(&name.id) {
            Some(value) => Ok(value),
            None => {
                let error = Error::raise("NameError", format!("`{}` is not defined", name.id));
                Err(self.raised(error, name.range, &Inputs::default()))
            }
        }
    }

    /// What a name means here. `None` when it certainly means nothing.
    pub(super) fn lookup(&mut self, name: &str) -> Option<Traced> {
        let unit = self.unit;
        let mut scope = self.state.locals.last().filter(|it| it.unit == unit);
        while let Some(it) = scope {
            if let Some(slot) = it.get(name) {
                let (value, maybe_unset) = (slot.value.clone(), slot.maybe_unset);
                return Some(self.read(value, maybe_unset));
            }
            if let Some(reason) = &it.opaque {
                return Some(PyValue::Unknown(reason.clone()).into());
            }
            if it.is_local(name) {
                return None;
            }
            let Some(parent) = it.parent else { break };
            scope = self.state.scope(parent);
            if scope.is_none() {
                let reason = "the function around it has ended";
                return Some(PyValue::because(reason).into());
            }
        }
        let globals = &self.state.globals[unit];
        if let Some(slot) = globals.get(name) {
            let (value, maybe_unset) = (slot.value.clone(), slot.maybe_unset);
            return Some(self.read(value, maybe_unset));
        }
        if let Some(reason) = &globals.opaque {
            return Some(PyValue::Unknown(reason.clone()).into());
        }
        match name {
            "__name__" if unit == 0 && self.plan.calls.is_some() => {
                Some(self.heap.text("__main__").into())
            }
            "__name__" if self.units[unit].name.is_empty() => {
                Some(self.heap.native("__name__").into())
            }
            "__name__" => Some(self.heap.text(self.units[unit].name.as_str()).into()),
            "__file__" | "__path__" | "__package__" | "__spec__" | "__loader__" | "__doc__" => {
                let reason = "where the app is installed is not known";
                Some(PyValue::because(reason).into())
            }
            _ => super::builtins::is_builtin(name)
                .then(|| self.heap.native(format!("builtins.{name}")).into()),
        }
    }

    fn read(&mut self, value: Traced, maybe_unset: bool) -> Traced {
        if maybe_unset {
            self.may_raise("NameError");
        }
        value
    }

    /// The elements of a display, stars expanded; unknown when a star hides how many there are.
    fn eval_elements(&mut self, elements: &[Expr]) -> Evaluated<(Elements, Inputs)> {
        let mut values = Vec::with_capacity(elements.len());
        let mut inputs = Inputs::default();
        let mut hidden = None;
        for element in elements {
            let Expr::Starred(starred) = element else {
                let value = self.eval(element)?;
                inputs.add(&value.inputs);
                values.push(value.value);
                continue;
            };
            let value = self.eval(&starred.value)?;
            inputs.add(&value.inputs);
            match self.iterate(&value, starred.range)? {
                Ok(more) => values.extend(more),
                Err(unknown) => hidden = Some(unknown),
            }
        }
        Ok((hidden.map_or(Ok(values), Err), inputs))
    }

    fn collected(
        &mut self,
        (elements, inputs): (Elements, Inputs),
        make: impl FnOnce(&Heap, Vec<PyValue>) -> PyValue,
    ) -> Traced {
        let value = match elements {
            Ok(values) => make(&self.heap, values),
            Err(unknown) => PyValue::Unknown(unknown),
        };
        Traced::new(value, inputs)
    }

    fn eval_set(&mut self, set: &ast::ExprSet) -> Evaluated {
        let (elements, inputs) = self.eval_elements(&set.elts)?;
        let value = match elements {
            Ok(values) => self.set_of(&values, set.range, &inputs)?,
            Err(unknown) => PyValue::Unknown(unknown),
        };
        Ok(Traced::new(value, inputs))
    }

    /// A set of these elements; unknown when it is not decided which of them are equal.
    pub(super) fn set_of(
        &mut self,
        values: &[PyValue],
        range: TextRange,
        inputs: &Inputs,
    ) -> Evaluated<PyValue> {
        let mut unique = Vec::new();
        for value in values {
            if containers::is_unhashable(value) {
                let error = Error::type_error("a list, dict or set cannot be in a set");
                return Err(self.raised(error, range, inputs));
            }
            if !super::sets::insert_unique(&self.heap, &mut unique, value) {
                let reason = || Opaque::because("it is not known which elements are equal");
                return Ok(PyValue::Unknown(value.unknown().unwrap_or_else(reason)));
            }
        }
        Ok(self.heap.set(unique))
    }

    fn eval_dict(&mut self, dict: &ast::ExprDict) -> Evaluated {
        let mut entries = Vec::with_capacity(dict.items.len());
        let mut inputs = Inputs::default();
        let mut hidden = None;
        for item in &dict.items {
            let key = match &item.key {
                Some(key) => Some(self.eval(key)?),
                None => None,
            };
            let value = self.eval(&item.value)?;
            inputs.add(&value.inputs);
            let more = match (key, value.value) {
                (Some(key), value) => {
                    inputs.add(&key.inputs);
                    if containers::is_unhashable(&key.value) {
                        let error = Error::type_error("a list, dict or set cannot be a key");
                        return Err(self.raised(error, item.value.range(), &inputs));
                    }
                    vec![(key.value, value)]
                }
                (None, PyValue::Dict(more)) => more.to_vec(),
                (None, other) if containers::is_no_mapping(&other) => {
                    let error = Error::type_error("what stands behind `**` is not a mapping");
                    return Err(self.raised(error, item.value.range(), &inputs));
                }
                (None, other) => {
                    self.may_raise("*");
                    hidden = Some(other.unknown().unwrap_or_else(not_seen));
                    continue;
                }
            };
            for (key, value) in more {
                if !containers::insert_entry(&self.heap, &mut entries, &key, value) {
                    hidden = Some(key.unknown().unwrap_or_else(not_seen));
                }
            }
        }
        let value = match hidden {
            Some(unknown) => PyValue::Unknown(unknown),
            None => self.heap.dict(entries),
        };
        Ok(Traced::new(value, inputs))
    }

    /// What iterating over a value yields; unknown when that is not known.
    pub(super) fn iterate(&mut self, value: &Traced, range: TextRange) -> Evaluated<Elements> {
        let elements = match &value.value {
            PyValue::List(items) => items.to_vec(),
            PyValue::Tuple(items) => items.to_vec(),
            PyValue::Set(items) if items.len() < 2 => items.to_vec(),
            PyValue::Set(_) => return Ok(Err(Opaque::because("a set has no order"))),
            PyValue::Dict(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            PyValue::Str(text) if text.len() > 4 * LEN_MAX => return Ok(Err(Spent::Len.into())),
            PyValue::Str(text) => text.chars().map(|it| self.heap.text(it.to_string())).collect(),
            PyValue::Class(_) | PyValue::Object(_) => return Ok(Err(not_seen())),
            other => match (other.iterated(), other.type_name()) {
                (Some(elements), _) => elements.to_vec(),
                (None, Some(name)) if name != "str" => {
                    let error = Error::type_error(format!("a `{name}` cannot be iterated"));
                    return Err(self.raised(error, range, &value.inputs));
                }
                _ => {
                    self.may_raise("*");
                    return Ok(Err(other.unknown().unwrap_or_else(not_seen)));
                }
            },
        };
        self.spend(elements.len());
        match elements.len() > LEN_MAX {
            true => Ok(Err(Self::exhausted())),
            false => Ok(Ok(elements)),
        }
    }
}

/// The elements of something, or why they are not known.
pub(super) type Elements = Result<Vec<PyValue>, Opaque>;

pub(super) fn not_seen() -> Opaque {
    Opaque::because("an object that is not followed takes part")
}

fn number(number: &Number) -> PyValue {
    match number {
        Number::Int(value) => value.as_i64().map_or_else(too_large, PyValue::Int),
        Number::Float(value) => PyValue::Float(*value),
        Number::Complex { .. } => PyValue::because("complex numbers are not evaluated"),
    }
}

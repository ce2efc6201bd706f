//! Assignments, in place too, and `del`.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::call::Arguments;
use super::containers;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::kinds::Kinds;
use super::packages::{CELERY_APP, CELERY_CONF, FLASK_APP, FLASK_CONFIG, Reader};
use super::raise::{Error, Evaluated};
use super::storage::Opaque;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    pub(super) fn exec_assign(&mut self, assign: &ast::StmtAssign) -> Evaluated<()> {
        if let ([Expr::Tuple(targets)], Expr::Tuple(sources)) = (&*assign.targets, &*assign.value) {
            let starred = |it: &Expr| matches!(it, Expr::Starred(_));
            let same = targets.len() == sources.len();
            if same && !targets.iter().chain(sources).any(starred) {
                return self.assign_each(&targets.elts, &sources.elts);
            }
        }
        let value = self.eval(&assign.value)?;
        for target in &assign.targets {
            self.assign(target, value.clone(), assign.value.range())?;
        }
        Ok(())
    }

    /// `a, b = x, y`: each name gets the place of its own expression.
    fn assign_each(&mut self, targets: &[Expr], sources: &[Expr]) -> Evaluated<()> {
        let values = sources.iter().map(|it| self.eval(it)).collect::<Evaluated<Vec<_>>>()?;
        for ((target, value), source) in targets.iter().zip(values).zip(sources) {
            self.assign(target, value, source.range())?;
        }
        Ok(())
    }

    /// Assigns a value, written at `source`, to a target of any form.
    pub(super) fn assign(
        &mut self,
        target: &Expr,
        value: Traced,
        source: TextRange,
    ) -> Evaluated<()> {
        match target {
            Expr::Name(name) => {
                let span = self.span(source);
                self.bind(&name.id, name.range, value, span);
                Ok(())
            }
            Expr::Tuple(it) => self.unpack(&it.elts, value, source),
            Expr::List(it) => self.unpack(&it.elts, value, source),
            Expr::Starred(it) => self.assign(&it.value, value, source),
            Expr::Subscript(it) => self.assign_item(it, value, source),
            Expr::Attribute(it) => self.assign_attribute(it, value, source),
            _ => Ok(()),
        }
    }

    fn unpack(&mut self, targets: &[Expr], value: Traced, source: TextRange) -> Evaluated<()> {
        let star = targets.iter().position(|it| matches!(it, Expr::Starred(_)));
        let elements = match self.iterate(&value, source)? {
            Ok(elements) => elements,
            Err(unknown) => {
                let value = Traced::new(PyValue::Unknown(unknown), value.inputs);
                return targets.iter().try_for_each(|it| self.assign(it, value.clone(), source));
            }
        };
        let fits = match star {
            Some(_) => elements.len() + 1 >= targets.len(),
            None => elements.len() == targets.len(),
        };
        if !fits {
            let message = format!("{} values for {} names", elements.len(), targets.len());
            return Err(self.raised(Error::raise("ValueError", message), source, &value.inputs));
        }
        let extra = elements.len() + 1 - targets.len();
        let mut elements = elements.into_iter();
        for (idx, target) in targets.iter().enumerate() {
            let element = match star == Some(idx) {
                true => {
                    let some = elements.by_ref().take(extra).collect();
                    self.heap.list(some)
                }
                false => elements.next().unwrap_or(PyValue::None),
            };
            self.assign(target, Traced::new(element, value.inputs.clone()), source)?;
        }
        Ok(())
    }

    fn assign_item(
        &mut self,
        target: &ast::ExprSubscript,
        value: Traced,
        source: TextRange,
    ) -> Evaluated<()> {
        let object = self.eval(&target.value)?;
        if let Expr::Slice(slice) = &*target.slice {
            let inputs = value.inputs.clone();
            let values = self.iterate(&value, source)?;
            return self.assign_slice(&object.value, slice, values.ok().as_deref(), &inputs);
        }
        let key = self.eval(&target.slice)?;
        if matches!(&object.value, PyValue::Native(name) if name == "os.environ") {
            return self.set_variable(&key, value, target.range);
        }
        if self.set_namespace_item(&object.value, &key.value, &value, (target.range, source)) {
            return Ok(());
        }
        if matches!(&object.value, PyValue::Native(name) if name == FLASK_CONFIG) {
            self.record_flask(&key.value, value, source);
            return Ok(());
        }
        if matches!(&object.value, PyValue::Native(name) if name == CELERY_CONF) {
            self.record_celery(&key.value, value, source);
            return Ok(());
        }
        let inputs = value.inputs.with(&key.inputs);
        if containers::has_fixed_items(&object.value) {
            let error = Error::type_error("the value does not support item assignment");
            return Err(self.raised(error, target.range, &inputs));
        }
        let (Some(id), false) = (object_id(&object.value), holds(&value.value, &object.value))
        else {
            self.may_raise("*");
            self.poison(&object.value, &not_seen());
            return Ok(());
        };
        match containers::store(&self.heap, &object.value, &key.value, value.value) {
            Ok(Some(changed)) => self.replace_object(id, &changed, &inputs),
            Ok(None) => {
                self.may_raise("*");
                self.poison(&object.value, &key.value.unknown().unwrap_or_else(not_seen));
            }
            Err(error) => return Err(self.raised(error, target.range, &inputs)),
        }
        Ok(())
    }

    /// `object[slice] = values`; without values they are not known.
    fn assign_slice(
        &mut self,
        object: &PyValue,
        slice: &ast::ExprSlice,
        values: Option<&[PyValue]>,
        inputs: &Inputs,
    ) -> Evaluated<()> {
        let (bounds, more) = self.eval_bounds(slice)?;
        let [lower, upper, step] = &bounds;
        if containers::has_fixed_items(object) {
            let error = Error::type_error("the value does not support item assignment");
            return Err(self.raised(error, slice.range, inputs));
        }
        let circular = values.is_none_or(|it| it.iter().any(|it| holds(it, object)));
        let changed = values
            .filter(|_| !circular)
            .and_then(|it| containers::store_slice(&self.heap, object, [lower, upper, step], it));
        match (object_id(object), changed) {
            (Some(id), Some(changed)) => {
                self.replace_object(id, &changed, &inputs.clone().with(&more));
            }
            _ => {
                self.may_raise("*");
                self.poison(object, &Opaque::because("a slice of it is assigned"));
            }
        }
        Ok(())
    }

    /// An attribute of an object that we do not follow; of a module of ours, a name of it.
    fn assign_attribute(
        &mut self,
        target: &ast::ExprAttribute,
        value: Traced,
        source: TextRange,
    ) -> Evaluated<()> {
        let object = self.eval(&target.value)?;
        self.set_attribute(&object, &target.attr, value, (target.range, source))
    }

    /// `object.name = value`, written at the first place, with the value from the second.
    pub(super) fn set_attribute(
        &mut self,
        object: &Traced,
        name: &str,
        value: Traced,
        (place, source): (TextRange, TextRange),
    ) -> Evaluated<()> {
        self.may_raise("*");
        if Reader::is_one(&object.value) {
            self.poison(&object.value, &Opaque::because("an attribute of it is assigned"));
            return Ok(());
        }
        if matches!(&object.value, PyValue::Native(name) if name == FLASK_APP) {
            self.assign_flask(name, value, place);
            return Ok(());
        }
        if matches!(&object.value, PyValue::Native(name) if name == CELERY_CONF) {
            let key = self.heap.text(name);
            self.record_celery(&key, value, source);
            return Ok(());
        }
        if matches!(&object.value, PyValue::Native(name) if name == CELERY_APP) && name == "conf" {
            self.celery_unknown(&Opaque::because("`app.conf` is replaced"), place);
            return Ok(());
        }
        match &object.value {
            PyValue::Module(module) => {
                self.set_module_attribute(&module.clone(), name, value, (place, source));
            }
            PyValue::Class(class) | PyValue::Object(class) => {
                self.set_class_attribute(&class.clone(), name, value, (place, source));
            }
            PyValue::Native(owner) => {
                if owner == "os.environ" {
                    let reason = Opaque::because("an attribute of `os.environ` is assigned");
                    self.state.environ.forget(&reason);
                }
                self.replace_attribute(&format!("{owner}.{name}"), Ok(value));
            }
            PyValue::None | PyValue::Int(_) | PyValue::Str(_) => {
                let error = Error::raise("AttributeError", format!("no attribute `{name}`"));
                return Err(self.raised(error, place, &object.inputs));
            }
            other => {
                self.note_attribute(object, name, value, source);
                self.poison_objects(&other.clone(), &not_seen());
            }
        }
        Ok(())
    }

    pub(super) fn exec_augmented(&mut self, stmt: &ast::StmtAugAssign) -> Evaluated<()> {
        let old = self.eval(&stmt.target)?;
        let new = self.eval(&stmt.value)?;
        if let PyValue::Native(name) = &old.value {
            let is_update = stmt.op == ast::Operator::BitOr;
            let arguments = Arguments::of(vec![new.value.clone()]);
            let namespace = self.namespace_unit(&old.value);
            match namespace {
                Some(unit) if is_update => {
                    self.update_namespace(unit, arguments, &new.inputs, stmt.range);
                    return Ok(());
                }
                None if is_update && name == "os.environ" => {
                    self.update_environment(arguments, &new.inputs, stmt.range)?;
                    return Ok(());
                }
                _ => {}
            }
        }
        // Lists, dicts and sets change in place, so every name of the object sees it.
        if let Some(id) = object_id(&old.value) {
            if let (PyValue::Dict(_), ast::Operator::BitOr) = (&old.value, stmt.op) {
                let arguments = Arguments::of(vec![new.value.clone()]);
                let inputs = new.inputs.clone().with(&old.inputs);
                let update = self.heap.method(old.value.clone(), "update");
                self.call(&update, arguments, inputs, stmt.range)?;
                return Ok(());
            }
            let elements = match (&old.value, stmt.op) {
                (PyValue::List(_), ast::Operator::Add) => self.iterate(&new, stmt.range)?,
                // What the operator refuses is refused here as well.
                _ => {
                    self.binary(stmt.op, old.clone(), new.clone(), stmt.range)?;
                    Err(not_seen())
                }
            };
            if elements.is_err() {
                self.may_raise("*");
            }
            let inputs = new.inputs.with(&old.inputs);
            let object = match (&old.value, elements) {
                (PyValue::List(items), Ok(more)) => {
                    let values = items.iter().cloned().chain(more).collect();
                    self.heap.list_as(items.id(), values)
                }
                (_, Err(unknown)) => PyValue::Unknown(unknown),
                _ => PyValue::Unknown(not_seen()),
            };
            self.replace_object(id, &object, &inputs);
            return self.assign(&stmt.target, Traced::new(object, inputs), stmt.value.range());
        }
        self.change_shared(&old.value);
        let mut value = self.binary(stmt.op, old.clone(), new, stmt.range)?;
        // A list takes the elements of anything, so that a text behind `+=` does not make it a text.
        if let (PyValue::Unknown(reason), ast::Operator::Add) = (&old.value, stmt.op)
            && reason.kinds().meets(Kinds::LIST)
        {
            value.value = PyValue::Unknown(reason.clone().into_reason());
        }
        self.assign(&stmt.target, value, stmt.value.range())
    }

    pub(super) fn exec_delete(&mut self, target: &Expr) -> Evaluated<()> {
        match target {
            Expr::Name(name) => {
                let unit = self.unit;
                let local = self.state.locals.last_mut().filter(|it| it.unit == unit);
                let scope = local.unwrap_or(&mut self.state.globals[unit]);
                if !scope.remove(&name.id) && scope.opaque.is_none() {
                    let message = format!("`{}` is not defined", name.id);
                    let error = Error::raise("NameError", message);
                    return Err(self.raised(error, name.range, &Inputs::default()));
                }
            }
            Expr::Subscript(it) => {
                let object = self.eval(&it.value)?;
                if let Expr::Slice(slice) = &*it.slice {
                    let inputs = object.inputs.clone();
                    return self.assign_slice(&object.value, slice, Some(&[]), &inputs);
                }
                let key = self.eval(&it.slice)?;
                if matches!(&object.value, PyValue::Native(name) if name == "os.environ") {
                    return self.remove_variable(&key, it.range);
                }
                if self.delete_namespace_item(&object.value, &key.value) {
                    return Ok(());
                }
                match (
                    object_id(&object.value),
                    containers::delete(&self.heap, &object.value, &key.value),
                ) {
                    (Some(id), Ok(Some(changed))) => {
                        self.replace_object(id, &changed, &key.inputs);
                    }
                    (_, Err(error)) => return Err(self.raised(error, it.range, &key.inputs)),
                    _ => self.poison(&object.value, &not_seen()),
                }
            }
            Expr::Tuple(it) => return it.elts.iter().try_for_each(|it| self.exec_delete(it)),
            Expr::List(it) => return it.elts.iter().try_for_each(|it| self.exec_delete(it)),
            Expr::Attribute(it) => {
                let object = self.eval(&it.value)?;
                return self.delete_attribute(&object, &it.attr);
            }
            _ => self.may_raise("*"),
        }
        Ok(())
    }

    /// `del object.name`.
    pub(super) fn delete_attribute(&mut self, object: &Traced, name: &str) -> Evaluated<()> {
        self.may_raise("*");
        match &object.value {
            PyValue::Module(module) => match self.unit_of(module) {
                Some(unit) => {
                    self.state.globals[unit].remove(name);
                }
                None => {
                    let dotted = format!("{module}.{name}");
                    self.replace_attribute(&dotted, Err(Opaque::because("it is deleted")));
                }
            },
            PyValue::Class(class) | PyValue::Object(class) => {
                self.delete_class_attribute(&class.clone(), name);
            }
            other => self.poison(&other.clone(), &Opaque::because("a part of it is deleted")),
        }
        Ok(())
    }
}

/// The identity of an object that can change.
pub(super) fn object_id(value: &PyValue) -> Option<u32> {
    match value {
        PyValue::List(items) | PyValue::Set(items) => Some(items.id()),
        PyValue::Dict(entries) => Some(entries.id()),
        _ => None,
    }
}

/// Whether `value` holds `object`, so that storing it there would make a circle.
pub(super) fn holds(value: &PyValue, object: &PyValue) -> bool {
    let Some(id) = object_id(object).filter(|it| value.measure().may_hold(*it)) else {
        return false;
    };
    let mut ids = Vec::new();
    value.collect_ids(&mut ids);
    ids.contains(&id)
}

//! Attributes and subscripts.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::TextRange;

use super::containers;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::{Error, Evaluated};
use super::storage::Opaque;
use super::trace::{Inputs, Traced};
use super::value::PyValue;
use crate::fact::{GapKind, Unknown};

impl Evaluator<'_, '_, '_> {
    pub(super) fn eval_attribute(&mut self, attribute: &ast::ExprAttribute) -> Evaluated {
        let object = self.eval(&attribute.value)?;
        self.attribute(object, &attribute.attr, attribute.range)
    }

    /// `object.name`.
    pub(super) fn attribute(&mut self, object: Traced, name: &str, range: TextRange) -> Evaluated {
        let Traced { value, inputs } = object;
        let value = match value {
            PyValue::Module(module) => return self.module_attribute(&module, name, range),
            PyValue::Native(object) => {
                let dotted = format!("{object}.{name}");
                if name == "__name__" && super::compare::is_builtin_type(&object) {
                    let name = object.strip_prefix("builtins.").unwrap_or(&object);
                    return Ok(self.heap.text(name).into());
                }
                if let Some(replaced) = self.replacement(&dotted) {
                    return Ok(replaced);
                }
                // A class has what its objects have, and `mro` beside it.
                if super::compare::is_builtin_type(&object)
                    && name != "mro"
                    && super::attributes::has(&object, name) == Some(false)
                {
                    let message = format!("type `{object}` has no attribute `{name}`");
                    let error = Error::raise("AttributeError", message);
                    return Err(self.raised(error, range, &inputs));
                }
                super::library::constant(&self.heap, &dotted)
                    .unwrap_or_else(|| self.heap.native(dotted))
            }
            PyValue::Path(path) => match super::library::path_attribute(&self.heap, &path, name) {
                Some(value) => value,
                None => self.heap.method(PyValue::Path(path), name),
            },
            PyValue::Unknown(unknown) => {
                self.may_raise("*");
                PyValue::Unknown(unknown)
            }
            PyValue::Class(class) => {
                return self.class_attribute(&class, None, name, range, inputs);
            }
            PyValue::Object(object) => {
                return self.class_attribute(&object, Some(&object), name, range, inputs);
            }
            PyValue::Function(function) if name == "__name__" => {
                self.heap.text(function.name.as_str())
            }
            PyValue::Function(_) => {
                self.may_raise("*");
                PyValue::Unknown(not_seen())
            }
            object
                if object
                    .type_name()
                    .is_some_and(|it| super::attributes::has(it, name) == Some(false)) =>
            {
                let kind = object.type_name().unwrap_or("object");
                let message = format!("a `{kind}` has no attribute `{name}`");
                let error = Error::raise("AttributeError", message);
                return Err(self.raised(error, range, &inputs));
            }
            object => match super::library::timedelta_attribute(&object, name) {
                Some(value) => value,
                None => {
                    self.check_method_since(object.type_name().unwrap_or_default(), name, range)?;
                    self.heap.method(object, name)
                }
            },
        };
        Ok(Traced::new(value, inputs))
    }

    fn module_attribute(&mut self, module: &str, name: &str, range: TextRange) -> Evaluated {
        if name == "__dict__" {
            let module = self.heap.module(module);
            return Ok(self.namespace_of(&module).into());
        }
        let dotted = format!("{module}.{name}");
        if let Some(replaced) = self.replacement(&dotted) {
            return Ok(replaced);
        }
        if let Some(argv) = self.argv(&dotted) {
            return Ok(argv);
        }
        if let Some(unit) = self.unit_of(module) {
            if let Some(value) = self.imported_name(unit, name) {
                return Ok(value);
            }
            if self.unit_of(&dotted).is_some() {
                return Ok(self.heap.module(&dotted).into());
            }
            if let Some(reason) = self.state.globals[unit].opaque.clone() {
                return Ok(PyValue::Unknown(reason).into());
            }
            let message = format!("module `{module}` has no `{name}`");
            let error = Error::raise("AttributeError", message);
            return Err(self.raised(error, range, &Inputs::default()));
        }
        if !super::import::is_standard(module) {
            self.may_raise("*");
            if let Some(value) = super::packages::member(&self.heap, &dotted) {
                return Ok(value.into());
            }
            if super::packages::is_package(&dotted) || self.is_foreign_module(&dotted) {
                return Ok(self.heap.module(&dotted).into());
            }
            return Ok(PyValue::Unknown(foreign(module, &dotted)).into());
        }
        self.check_since(&dotted, range)?;
        self.check_has(module, name, "AttributeError", range)?;
        if let Some(constant) = super::library::constant(&self.heap, &dotted) {
            return Ok(constant.into());
        }
        if super::import::is_submodule(&dotted) {
            return Ok(self.heap.module(&dotted).into());
        }
        Ok(self.heap.native(dotted).into())
    }

    /// Whether a name is that of a module of a package that was imported: `gunicorn.app` after
    /// `import gunicorn.app.base`.
    fn is_foreign_module(&self, dotted: &str) -> bool {
        let is_below = |it: &String| {
            it.strip_prefix(dotted).is_some_and(|it| it.is_empty() || it.starts_with('.'))
        };
        self.foreign_modules.iter().any(is_below)
    }

    pub(super) fn eval_subscript(&mut self, subscript: &ast::ExprSubscript) -> Evaluated {
        let object = self.eval(&subscript.value)?;
        if let Expr::Slice(slice) = &*subscript.slice {
            return self.eval_slice(object, slice, subscript.range);
        }
        let key = self.eval(&subscript.slice)?;
        if let PyValue::Native(name) = &object.value {
            if name == "os.environ" {
                return self.environment_item(&key, subscript.range);
            }
            if name == "sys.modules" {
                return Ok(self.loaded_module(&key));
            }
            if let Some(item) = self.namespace_item(&object.value, &key, subscript.range) {
                return item;
            }
            self.may_raise("*");
            return Ok(Traced::new(PyValue::Unknown(not_seen()), object.inputs));
        }
        self.looks_up(&object.value, &key.value, &key.inputs);
        let inputs = object.inputs.with(&key.inputs);
        let outcome = match object.value.iterated() {
            Some(elements) if object.value.is_range() => {
                let elements = self.heap.tuple(elements.to_vec());
                containers::subscript(&self.heap, &elements, &key.value)
            }
            _ => match containers::subscript(&self.heap, &object.value, &key.value) {
                Ok(PyValue::Unknown(reason)) => Ok(self.one_of(&object.value, reason)),
                outcome => outcome,
            },
        };
        self.settle(outcome, inputs, subscript.range)
    }

    fn eval_slice(
        &mut self,
        object: Traced,
        slice: &ast::ExprSlice,
        range: TextRange,
    ) -> Evaluated {
        let (bounds, more) = self.eval_bounds(slice)?;
        let inputs = object.inputs.with(&more);
        let [lower, upper, step] = &bounds;
        let outcome = containers::slice(&self.heap, &object.value, [lower, upper, step]);
        self.settle(outcome, inputs, range)
    }

    /// The bounds and the step of a slice, `None` for what is left out.
    pub(super) fn eval_bounds(
        &mut self,
        slice: &ast::ExprSlice,
    ) -> Evaluated<([PyValue; 3], Inputs)> {
        let mut inputs = Inputs::default();
        let mut bounds = [PyValue::None, PyValue::None, PyValue::None];
        for (bound, expr) in bounds.iter_mut().zip([&slice.lower, &slice.upper, &slice.step]) {
            if let Some(expr) = expr {
                let value = self.eval(expr)?;
                inputs.add(&value.inputs);
                *bound = value.value;
            }
        }
        Ok((bounds, inputs))
    }

    /// A module-level name of a module of the project, with where it comes from.
    pub(super) fn imported_name(&mut self, unit: usize, name: &str) -> Option<Traced> {
        let slot = self.state.globals.get(unit)?.get(name)?.clone();
        if slot.maybe_unset {
            self.may_raise("AttributeError");
        }
        let label = match self.units[unit].name.as_str() {
            "" => name.to_owned(),
            module => format!("{module}.{name}"),
        };
        let plain = !matches!(
            slot.value.value,
            PyValue::Function(_) | PyValue::Class(_) | PyValue::Module(_) | PyValue::Native(_)
        );
        let mut inputs = slot.value.inputs.clone();
        if plain {
            let fact = self.slot_fact(&slot);
            // The place tells two assignments of one name apart.
            let place = format!("{}:{}", slot.version, slot.span.start);
            inputs = self.table.intern_at(&label, &place, fact).with(&inputs);
        }
        Some(Traced::new(slot.value.value, inputs))
    }
}

/// Why something that is imported from a package that is not part of the project is not known.
pub(super) fn foreign(module: &str, dotted: &str) -> Opaque {
    let reason = format!("`{module}` is not part of this project");
    let package = module.split('.').next().unwrap_or(module).to_owned();
    let unknown = Unknown::because(reason).of_kind(GapKind::Package(package));
    Opaque::from(unknown).imported(dotted)
}

//! `super().method(…)`: what a class of the project inherits.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use super::evaluator::Evaluator;
use super::raise::Evaluated;
use super::state::Scope;
use super::storage::{Class, Opaque};
use super::trace::Traced;
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    /// Calls a method that stands behind the one that runs. `None` where the call is none of
    /// `super()`, or it is not known of which object.
    pub(super) fn call_inherited(&mut self, call: &ast::ExprCall) -> Evaluated<Option<Traced>> {
        let Expr::Attribute(attribute) = &*call.func else { return Ok(None) };
        let Expr::Call(inner) = &*attribute.value else { return Ok(None) };
        let is_super = matches!(&*inner.func, Expr::Name(it) if it.id.as_str() == "super");
        if !is_super {
            return Ok(None);
        }
        let own = self.lookup("super").map(|it| it.value);
        if own.is_some_and(|it| !matches!(it, PyValue::Native(it) if *it == *"builtins.super")) {
            return Ok(None);
        }
        let Some((object, chain, behind)) = self.running_method() else { return Ok(None) };
        let (mut arguments, inputs) = self.eval_arguments(&call.arguments)?;
        let name = attribute.attr.as_str();
        let found =
            chain[behind..].iter().find_map(|it| it.get(name)).map(|it| it.value.value.clone());
        match found {
            Some(PyValue::Function(function)) => {
                if !function.is_static {
                    arguments.positional.insert(0, PyValue::Object(object));
                }
                self.call_function(&function, arguments, &inputs, call.range()).map(Some)
            }
            // What every object has does nothing, and gunicorn's application loads its settings when
            // its own code is done.
            None if name == "__init__" => Ok(Some(PyValue::None.into())),
            // What gunicorn's own class does to it is noted where its settings are.
            None if Self::of_application(&chain).is_some() => Ok(Some(PyValue::None.into())),
            _ => {
                let reason = Opaque::because(format!("the inherited `{name}` is not followed"));
                self.forget_class(object.id(), &reason);
                Ok(Some(self.opaque_call(&arguments, &reason)))
            }
        }
    }

    /// The object of the method that runs, its classes, and the first behind the one it stands in. `None` where
    /// none runs, or not all of them are of the project.
    fn running_method(&self) -> Option<(Class, Vec<Scope>, usize)> {
        let local = self.state.locals.iter().rev().find(|it| !it.comprehension)?;
        let PyValue::Object(object) = &local.slots.first()?.value.value else { return None };
        let chain = self.class_chain(object).ok()?;
        let is_it = |scope: &Scope| {
            scope.slots.iter().any(|it| match &it.value.value {
                PyValue::Function(it) => {
                    local.prefix.strip_suffix(".<locals>.") == Some(it.qualified.as_str())
                        && it.unit == local.unit
                }
                _ => false,
            })
        };
        let at = chain.iter().position(is_it)?;
        Some((object.clone(), chain, at + 1))
    }
}

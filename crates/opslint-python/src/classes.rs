//! Classes of the project and objects of them: attributes, and methods that are followed.
//!
//! A class whose bases are all of the project is what its body says. One with another base, with a
//! metaclass or with a decorator may be anything: so are its attributes and its objects.

use std::sync::Arc;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::TextRange;

use super::branch::Flow;
use super::call::Arguments;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::packages;
use super::raise::{Error, Evaluated};
use super::state::{Attributes, Scope, Slot};
use super::storage::{Class, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// How many classes stand behind a class at most.
const CHAIN_MAX: usize = 20;

/// Methods by which a class decides what its objects are and have.
const DECIDING: [&str; 7] = [
    "__call__",
    "__delattr__",
    "__getattr__",
    "__getattribute__",
    "__new__",
    "__setattr__",
    "__slots__",
];

impl Evaluator<'_, '_, '_> {
    /// `class name(bases): body`.
    pub(super) fn exec_class(&mut self, stmt: &ast::StmtClassDef) -> Evaluated<()> {
        let mut opaque = None;
        let mut kind = None;
        for decorator in &stmt.decorator_list {
            if self.makes_dataclass(&decorator.expression) {
                kind = Some(super::fields::DATACLASS);
                continue;
            }
            let value = self.eval(&decorator.expression)?;
            if !is_plain_decorator(&value.value) {
                opaque = Some(Opaque::because(format!("`{}` is decorated", stmt.name)));
            }
        }
        let (mut bases, mut imported) = (Vec::new(), Vec::new());
        let mut application = None;
        if let Some(arguments) = &stmt.arguments {
            for base in &arguments.args {
                let value = self.eval(base)?;
                let of_base = self.kind_of_base(&value.value);
                kind = kind.or(of_base);
                match &value.value {
                    PyValue::Class(_) => {}
                    // What the package adds to the fields is known.
                    _ if of_base.is_some() => continue,
                    PyValue::Native(it) if it == "builtins.object" => continue,
                    // What a script makes of it is followed.
                    it if self.plan.commands.is_some()
                        && packages::application(it, base).is_some() =>
                    {
                        application = packages::application(it, base);
                        imported.extend(application.map(str::to_owned));
                        continue;
                    }
                    other => {
                        imported.extend(super::calls::dotted(other, base));
                        let reason = format!("a base of `{}` is not of this project", stmt.name);
                        opaque.get_or_insert_with(|| Opaque::because(reason));
                    }
                }
                bases.push(value.value);
            }
            for keyword in &arguments.keywords {
                self.eval(&keyword.value)?;
                opaque = Some(Opaque::because(format!("`{}` has a metaclass", stmt.name)));
            }
        }
        let mut scope = self.run_class(stmt)?;
        if let (Some(kind), None) = (kind, &opaque) {
            opaque = self.with_fields(stmt, kind, &mut scope).err();
        }
        if let Some(base) = application {
            self.mark_application(&mut scope, base, stmt.name.range);
        }
        let scope = Scope { opaque: opaque.or(scope.opaque.clone()), ..scope };
        let value = match self.heap.class(scope.id, &stmt.name, &imported) {
            Some(class) => {
                let attributes = Attributes { scope, bases };
                Arc::make_mut(&mut self.state.classes).insert(class.id(), attributes);
                PyValue::Class(class)
            }
            None => PyValue::because("the class is not followed"),
        };
        self.bind(&stmt.name, stmt.name.range, value.into(), self.span(stmt.name.range));
        Ok(())
    }

    /// Runs the body of a class for its names.
    fn run_class(&mut self, stmt: &ast::StmtClassDef) -> Evaluated<Scope> {
        let id = self.heap.fresh_id();
        let effects = Some(self.effects_of(&stmt.body));
        let prefix = format!("{}.", self.qualified(&stmt.name));
        let parent = self.enclosing_scope();
        let unit = self.unit;
        let scope = Scope { id, unit, parent, effects, prefix, class: true, ..Scope::default() };
        self.state.locals.push(scope);
        let flow = self.exec_block(&stmt.body);
        let scope = self.state.locals.pop().unwrap_or_default();
        match flow {
            Flow::Raise(raised) => Err(raised),
            _ => Ok(scope),
        }
    }

    /// The attributes of a class and of all behind it, its own first. Unknown when one of them may
    /// have more.
    pub(super) fn class_chain(&self, class: &Class) -> Result<Vec<Scope>, Opaque> {
        let mut chain = Vec::new();
        let mut open = vec![class.clone()];
        while let Some(next) = open.pop() {
            let unknown =
                || Opaque::because(format!("the class `{}` is not followed", next.name()));
            let Some(attributes) = self.state.classes.get(&next.id()) else {
                return Err(unknown());
            };
            if let Some(opaque) = &attributes.scope.opaque {
                return Err(opaque.clone());
            }
            if chain.len() >= CHAIN_MAX {
                return Err(unknown());
            }
            self.spend(attributes.scope.slots.len());
            chain.push(attributes.scope.clone());
            for base in attributes.bases.iter().rev() {
                match base {
                    PyValue::Class(base) => open.push(base.clone()),
                    _ => return Err(unknown()),
                }
            }
        }
        Ok(chain)
    }

    /// The attribute of a class, or of an object of one.
    pub(super) fn class_attribute(
        &mut self,
        class: &Class,
        object: Option<&Class>,
        name: &str,
        range: TextRange,
        inputs: Inputs,
    ) -> Evaluated {
        let chain = match self.class_chain(class) {
            Ok(chain) => chain,
            Err(unknown) => {
                self.may_raise("*");
                return Ok(Traced::new(PyValue::Unknown(unknown), inputs));
            }
        };
        let has = |it: &str| chain.iter().any(|scope| scope.get(it).is_some());
        if object.is_some() && DECIDING.iter().any(|it| has(it)) {
            self.may_raise("*");
            let reason = format!("`{}` decides what its attributes are", class.name());
            return Ok(Traced::new(PyValue::because(reason), inputs));
        }
        let found = chain.iter().enumerate().find_map(|(at, it)| Some((at, it.get(name)?)));
        let Some((at, slot)) = found else {
            if Self::has_fields(&chain) {
                self.may_raise("*");
                let reason = format!("`{name}` of `{}` is not followed", class.name());
                return Ok(Traced::new(PyValue::because(reason), inputs));
            }
            if let Some(value) = Self::of_application(&chain) {
                self.may_raise("*");
                return Ok(Traced::new(value, inputs));
            }
            if name.starts_with("__") {
                self.may_raise("*");
                let value = match (name, object) {
                    ("__name__", None) => self.heap.text(class.name()),
                    _ => PyValue::because(format!("`{name}` is an attribute of every object")),
                };
                return Ok(Traced::new(value, inputs));
            }
            let message = format!("`{}` has no attribute `{name}`", class.name());
            let error = Error::raise("AttributeError", message);
            return Err(self.raised(error, range, &inputs));
        };
        if slot.maybe_unset {
            self.may_raise("AttributeError");
            let reason = format!("it is not known whether `{}` has `{name}`", class.name());
            return Ok(Traced::new(PyValue::because(reason), inputs));
        }
        let value = match (&slot.value.value, object) {
            // What stands in the class is a method of the object; what stands in the object is not.
            (PyValue::Function(function), Some(object)) if at > 0 && !function.is_static => {
                self.heap.method(PyValue::Object(object.clone()), name)
            }
            (value, _) => value.clone(),
        };
        Ok(Traced::new(value, slot.value.inputs.clone().with(&inputs)))
    }

    /// `class.name = value`, and the same of an object.
    pub(super) fn set_class_attribute(
        &mut self,
        class: &Class,
        name: &str,
        mut value: Traced,
        (place, source): (TextRange, TextRange),
    ) {
        value.inputs.add(&self.control);
        self.next_version += 1;
        let slot =
            Slot::assigned(name, value, (self.span(place), self.span(source)), self.next_version);
        let classes = Arc::make_mut(&mut self.state.classes);
        if let Some(attributes) = classes.get_mut(&class.id()) {
            attributes.scope.bind(slot);
        }
    }

    /// `del class.name`, and the same of an object.
    pub(super) fn delete_class_attribute(&mut self, class: &Class, name: &str) {
        let classes = Arc::make_mut(&mut self.state.classes);
        if let Some(attributes) = classes.get_mut(&class.id()) {
            attributes.scope.remove(name);
        }
    }

    /// Forgets the attributes of a class or an object, and of what it leads to.
    pub(super) fn forget_class(&mut self, id: u32, reason: &Opaque) {
        let Some(attributes) = self.state.classes.get(&id) else { return };
        if attributes.scope.opaque.is_some() {
            return;
        }
        let held: Vec<PyValue> =
            attributes.scope.slots.iter().map(|it| it.value.value.clone()).collect();
        self.spend(held.len());
        let classes = Arc::make_mut(&mut self.state.classes);
        if let Some(attributes) = classes.get_mut(&id) {
            attributes.scope.forget(reason, &mut self.next_version);
        }
        for value in held {
            self.poison(&value, reason);
        }
    }

    /// `class(…)`.
    pub(super) fn instance(
        &mut self,
        class: &Class,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let chain = self.class_chain(class);
        if let Ok(chain) = &chain
            && Self::has_fields(chain)
            && !chain.iter().any(|it| it.get("__init__").is_some())
        {
            return self.object_of_fields(class, chain, arguments, &inputs, range);
        }
        let decides = |it: &Scope| DECIDING.iter().any(|name| it.get(name).is_some());
        let opaque = match &chain {
            Ok(chain) if !chain.iter().any(decides) => None,
            Ok(_) => {
                Some(Opaque::because(format!("objects of `{}` are not followed", class.name())))
            }
            Err(unknown) => Some(self.of_package(class, unknown.clone())),
        };
        if let Some(reason) = opaque {
            self.told(&arguments, &reason, range);
            let value = self.opaque_call(&arguments, &reason);
            return Ok(Traced::new(value.value, inputs));
        }
        let id = self.heap.fresh_id();
        let Some(object) = self.heap.class(id, class.name(), &[]) else {
            return Ok(PyValue::because("the object is not followed").into());
        };
        let scope = Scope { id, unit: self.unit, ..Scope::default() };
        let attributes = Attributes { scope, bases: vec![PyValue::Class(class.clone())] };
        Arc::make_mut(&mut self.state.classes).insert(id, attributes);
        let chain = chain.unwrap_or_default();
        let is_application = Self::of_application(&chain).is_some();
        if is_application {
            self.give_settings(&object, range);
        }
        let init =
            chain.iter().find_map(|scope| scope.get("__init__").map(|it| it.value.value.clone()));
        match init {
            Some(PyValue::Function(init)) => {
                let mut arguments = arguments;
                arguments.positional.insert(0, PyValue::Object(object.clone()));
                self.call_function(&init, arguments, &inputs, range)?;
            }
            Some(other) => {
                let reason = other.unknown().unwrap_or_else(not_seen);
                self.opaque_call(&arguments, &reason);
                self.forget_class(id, &reason);
            }
            None if is_application => {}
            None if arguments.values().next().is_some() || arguments.hidden.is_some() => {
                let message = format!("`{}()` takes no arguments", class.name());
                return Err(self.raised(Error::type_error(message), range, &inputs));
            }
            None => {}
        }
        if is_application {
            self.load_settings(&object, &chain, &inputs, range)?;
        }
        Ok(Traced::new(PyValue::Object(object), inputs))
    }

    /// Why an object is not followed, with the class of a package that it is made from: its methods
    /// are called as those of that class, unless a method that is asked for is its own.
    fn of_package(&self, class: &Class, unknown: Opaque) -> Opaque {
        let (Some(base), Some(wanted)) =
            (class.bases().next(), self.plan.calls.or(self.plan.watched))
        else {
            return unknown;
        };
        let own = self.state.classes.get(&class.id()).map(|it| &it.scope.slots);
        let replaces = |name: &str| wanted(&format!("{base}.{name}"));
        match own.is_some_and(|it| !it.iter().any(|it| replaces(&it.name))) {
            true => unknown.imported(base),
            false => unknown,
        }
    }

    /// Calls a method of an object. `None` when its class has no function of the name.
    pub(super) fn call_own_method(
        &mut self,
        object: &Class,
        name: &str,
        arguments: &Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Option<Evaluated> {
        let chain = self.class_chain(object).ok()?;
        let found = chain.iter().find_map(|it| it.get(name)).map(|it| it.value.value.clone());
        let Some(PyValue::Function(function)) = found else { return None };
        let mut arguments = arguments.clone();
        if !function.is_static {
            arguments.positional.insert(0, PyValue::Object(object.clone()));
        }
        Some(self.call_function(&function, arguments, inputs, range))
    }
}

/// Whether a decorator leaves the attributes of a class as they are.
fn is_plain_decorator(value: &PyValue) -> bool {
    const PLAIN: [&str; 2] = ["functools.total_ordering", "typing.final"];
    matches!(value, PyValue::Native(name) if PLAIN.contains(&&**name))
}

/// Whether a function is marked as one that does not take its object.
pub(super) fn is_static(decorators: &[ast::Decorator]) -> bool {
    let is_it =
        |it: &ast::Decorator| matches!(&it.expression, Expr::Name(it) if it.id == "staticmethod");
    decorators.iter().any(is_it)
}

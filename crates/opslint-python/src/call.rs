//! Calls: arguments, and what is called.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::assign::{holds, object_id};
use super::containers::{self, is_mutation, mutate};
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::packages::{CELERY_APP, FLASK_APP};
use super::raise::{Error, Evaluated};
use super::storage::{Heap, Opaque};
use super::template::format_method;
use super::text;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<PyValue>,
    pub(super) keywords: Vec<(String, PyValue)>,
    /// Why some arguments are not known: `*args` of an unknown.
    pub(super) hidden: Option<Opaque>,
    /// What decides about single ones, by name, beside what decides about the call.
    pub(super) of_names: Vec<(String, Inputs)>,
}

impl Arguments {
    pub(super) fn of(positional: Vec<PyValue>) -> Self {
        Self { positional, ..Self::default() }
    }

    /// A keyword argument.
    pub(super) fn keyword(&self, name: &str) -> Option<&PyValue> {
        self.keywords.iter().find(|(key, _)| key == name).map(|(_, it)| it)
    }

    /// A keyword argument, taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<PyValue> {
        let at = self.keywords.iter().position(|(key, _)| key == name)?;
        Some(self.keywords.remove(at).1)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &PyValue> {
        self.positional.iter().chain(self.keywords.iter().map(|(_, value)| value))
    }
}

impl Evaluator<'_, '_, '_> {
    pub(super) fn eval_call(&mut self, call: &ast::ExprCall) -> Evaluated {
        if let Some(done) = self.call_inherited(call)? {
            return Ok(done);
        }
        let callee = self.eval(&call.func)?;
        let (arguments, inputs) = self.eval_arguments(&call.arguments)?;
        self.note_dotenv(call, &arguments);
        let inputs = callee.inputs.with(&inputs);
        self.note_call(call, &callee.value, &arguments, &inputs);
        self.note_site(call, &callee.value, &arguments, &inputs);
        if let Some(done) = self.call_program(call, &callee.value, &arguments, &inputs) {
            return done;
        }
        if let Some(done) = self.run_handed(call, &callee.value, &arguments, &inputs) {
            return done;
        }
        let made = self.call(&callee.value, arguments, inputs, call.range())?;
        Ok(of_class(made, &callee.value, &call.func))
    }

    pub(super) fn eval_arguments(
        &mut self,
        arguments: &ast::Arguments,
    ) -> Evaluated<(Arguments, Inputs)> {
        let mut evaluated = Arguments::default();
        let mut inputs = Inputs::default();
        for argument in &arguments.args {
            let Expr::Starred(starred) = argument else {
                let value = self.eval(argument)?;
                inputs.add(&value.inputs);
                evaluated.positional.push(value.value);
                continue;
            };
            let value = self.eval(&starred.value)?;
            inputs.add(&value.inputs);
            match self.iterate(&value, starred.range)? {
                Ok(values) => evaluated.positional.extend(values),
                Err(unknown) => evaluated.hidden = Some(unknown),
            }
        }
        for keyword in &arguments.keywords {
            let value = self.eval(&keyword.value)?;
            inputs.add(&value.inputs);
            match (&keyword.arg, value.value) {
                (Some(name), value) => evaluated.keywords.push((name.to_string(), value)),
                (None, PyValue::Dict(entries)) => {
                    for (key, value) in entries.iter() {
                        match key {
                            PyValue::Str(key) => {
                                evaluated.keywords.push((key.to_string(), value.clone()));
                            }
                            other => {
                                let unknown = other.unknown().unwrap_or_else(not_seen);
                                evaluated.hidden = Some(unknown);
                            }
                        }
                    }
                }
                (None, other) => {
                    evaluated.hidden = Some(other.unknown().unwrap_or_else(not_seen));
                }
            }
        }
        Ok((evaluated, inputs))
    }

    /// Calls a value.
    pub(super) fn call(
        &mut self,
        callee: &PyValue,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let value = match callee {
            PyValue::Native(name) if arguments.hidden.is_none() => {
                return self.call_native(name, arguments, inputs, range);
            }
            PyValue::Method(method) if arguments.hidden.is_none() => {
                return self.call_method(method.object(), method.name(), arguments, inputs, range);
            }
            PyValue::Function(function) => {
                return self.call_function(&function.clone(), arguments, &inputs, range);
            }
            PyValue::Class(class) => {
                return self.instance(&class.clone(), arguments, inputs, range);
            }
            PyValue::Unknown(unknown) => {
                if unknown.import().is_none() {
                    self.told(&arguments, unknown, range);
                }
                // A method of what is not known may change it.
                self.change_shared(callee);
                self.opaque_call(&arguments, &unknown.clone())
            }
            PyValue::Native(_) | PyValue::Method(_) => {
                let unknown = arguments.hidden.clone().unwrap_or_else(not_seen);
                if let PyValue::Method(method) = callee {
                    self.poison(method.object(), &unknown);
                }
                self.opaque_call(&arguments, &unknown)
            }
            other => {
                let name = other.type_name().unwrap_or("object");
                let error = Error::type_error(format!("a `{name}` cannot be called"));
                return Err(self.raised(error, range, &inputs));
            }
        };
        Ok(Traced::new(value.value, inputs))
    }

    /// Code of the project that is not followed gets an application, and may tell it anything.
    pub(super) fn told(&mut self, arguments: &Arguments, reason: &Opaque, range: TextRange) {
        let is_app =
            |it: &PyValue| matches!(it, PyValue::Native(name) if name.starts_with(FLASK_APP));
        if arguments.values().any(is_app) {
            self.flask_unknown(reason, range);
        }
        let is_celery =
            |it: &PyValue| matches!(it, PyValue::Native(name) if name.starts_with(CELERY_APP));
        if arguments.values().any(is_celery) {
            self.celery_unknown(reason, range);
        }
    }

    /// A call into code that we do not see: it may raise, and change what it is given.
    pub(super) fn opaque_call(&mut self, arguments: &Arguments, reason: &Opaque) -> Traced {
        self.may_raise("*");
        for value in arguments.values() {
            self.poison(value, reason);
        }
        PyValue::Unknown(reason.clone()).into()
    }

    fn call_method(
        &mut self,
        object: &PyValue,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        if let Some(reader) = super::packages::Reader::of(object, name) {
            return self.call_reader(&reader, arguments, inputs, range);
        }
        if let PyValue::Object(it) = object
            && let Some(made) = self.call_own_method(it, name, &arguments, &inputs, range)
        {
            return made;
        }
        if is_mutation(object, name) {
            return self.call_mutation(object, name, arguments, inputs, range);
        }
        if let Some(value) = super::library::timedelta_method(object, name, &arguments) {
            return Ok(Traced::new(value, inputs));
        }
        let args = &arguments.positional;
        let outcome = match object {
            PyValue::Str(template) if name == "format" => {
                self.spend(template.len() / 16);
                self.printed(args, &inputs);
                let text = format_method(&self.heap, template, args, &arguments.keywords);
                if template.contains(':') && matches!(text, Ok(PyValue::Pattern(_))) {
                    self.may_raise("*");
                }
                text
            }
            PyValue::Str(text) if arguments.keywords.is_empty() => {
                self.spend(text.len() / 16);
                return self.call_text(text, name, args, inputs, range);
            }
            PyValue::Pattern(parts) if arguments.keywords.is_empty() => {
                let unknown = object.unknown().unwrap_or_else(not_seen);
                let decided = text::pattern_method(parts, name, args);
                // These give a text whatever the text is.
                let gives_text = matches!(
                    name,
                    "lower"
                        | "upper"
                        | "strip"
                        | "lstrip"
                        | "rstrip"
                        | "replace"
                        | "format"
                        | "title"
                        | "capitalize"
                        | "removeprefix"
                        | "removesuffix"
                        | "zfill"
                );
                Ok(decided.unwrap_or_else(|| match gives_text {
                    true => self.heap.some_text(unknown),
                    false => PyValue::Unknown(unknown),
                }))
            }
            PyValue::Dict(entries) if arguments.keywords.is_empty() => {
                let entries = entries.clone();
                if let ("get", [key, ..]) = (name, args.as_slice()) {
                    self.looks_up(object, key, &inputs);
                }
                match self.dict_method(&entries, name, args) {
                    Some(Ok(PyValue::Unknown(reason))) => Ok(self.one_of(object, reason)),
                    Some(outcome) => outcome,
                    None => Ok(PyValue::Unknown(not_seen())),
                }
            }
            PyValue::List(_) | PyValue::Tuple(_) => {
                let items = object.elements().unwrap_or_default().to_vec();
                match (name, args.as_slice()) {
                    ("copy", []) => Ok(self.heap.list(items)),
                    ("count" | "index", [value]) => {
                        containers_search(&self.heap, &items, name, value)
                    }
                    _ => Ok(PyValue::Unknown(not_seen())),
                }
            }
            PyValue::Set(items) if name == "copy" => {
                let values = items.to_vec();
                Ok(self.heap.set(values))
            }
            PyValue::Set(items) => {
                let items = items.clone();
                match super::sets::set_method(&self.heap, &items, name, args) {
                    Some(value) => Ok(value),
                    None => Ok(PyValue::Unknown(not_seen())),
                }
            }
            PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) if args.is_empty() => {
                Ok(super::numbers::method(object, name)
                    .unwrap_or_else(|| PyValue::Unknown(not_seen())))
            }
            PyValue::Path(path) => Ok(super::library::path_method(&self.heap, path, name, args)),
            other => Ok(PyValue::Unknown(other.unknown().unwrap_or_else(not_seen))),
        };
        self.settle(outcome, inputs, range)
    }

    fn call_text(
        &mut self,
        text: &str,
        name: &str,
        args: &[PyValue],
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        if let Some(error) = super::arguments::refused(name, args) {
            return Err(self.raised(error, range, &inputs));
        }
        if let ("join", [items]) = (name, args) {
            let items = Traced::new(items.clone(), inputs.clone());
            let outcome = match self.iterate(&items, range)? {
                Ok(values) => text::join(&self.heap, text, &values),
                Err(unknown) => Ok(PyValue::Unknown(unknown)),
            };
            return self.settle(outcome, inputs, range);
        }
        if matches!(name, "split" | "rsplit" | "splitlines") {
            let outcome = match text::split(text, name, args) {
                Ok(Some(parts)) => {
                    self.spend(parts.len());
                    Ok(self.heap.list(parts.into_iter().map(|it| self.heap.text(it)).collect()))
                }
                Ok(None) => Ok(unknown_of(args)),
                Err(error) => Err(error),
            };
            return self.settle(outcome, inputs, range);
        }
        let outcome = text::method(&self.heap, text, name, args);
        self.settle(outcome.map(|it| it.unwrap_or_else(|| unknown_of(args))), inputs, range)
    }

    fn dict_method(
        &mut self,
        entries: &[(PyValue, PyValue)],
        name: &str,
        args: &[PyValue],
    ) -> Option<super::raise::Outcome> {
        let heap = &self.heap;
        let rows = |row: &dyn Fn(&(PyValue, PyValue)) -> PyValue| {
            heap.iterator(entries.iter().map(row).collect(), name)
        };
        Some(Ok(match (name, args) {
            ("get", [key, ..]) if containers::is_unhashable(key) => {
                return Some(Err(Error::type_error("a list, dict or set cannot be a key")));
            }
            ("get", [key, default @ ..]) => match containers::lookup(heap, entries, key) {
                Some(Some(value)) => value.clone(),
                Some(None) => default.first().cloned().unwrap_or(PyValue::None),
                None => PyValue::Unknown(key.unknown().unwrap_or_else(not_seen)),
            },
            ("keys", []) => rows(&|(key, _)| key.clone()),
            ("values", []) => rows(&|(_, value)| value.clone()),
            ("items", []) => rows(&|(key, value)| heap.tuple(vec![key.clone(), value.clone()])),
            ("copy", []) => heap.dict(entries.to_vec()),
            _ => return None,
        }))
    }

    fn call_mutation(
        &mut self,
        object: &PyValue,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let Some(id) = object_id(object) else { return Ok(PyValue::Unknown(not_seen()).into()) };
        // A temporary may be older than what a name reaches by now.
        let latest = self.latest.iter().find(|(it, _)| *it == id).map(|(_, it)| it.clone());
        let object = latest.unwrap_or_else(|| object.clone());
        let circular = arguments.values().any(|it| holds(it, &object));
        self.spend(object.breadth());
        let positional: Vec<PyValue> = match (name, arguments.positional.as_slice()) {
            // `extend("ab")`: whatever can be gone over.
            ("extend", [it]) if matches!(object, PyValue::List(_)) => {
                let more = Traced::new(it.clone(), inputs.clone());
                match self.iterate(&more, range)? {
                    Ok(values) => vec![self.heap.list(values)],
                    Err(_) => vec![it.clone()],
                }
            }
            // `update(range(3))` and the like.
            ("update", [it]) if it.iterated().is_some() => {
                let values = it.iterated().unwrap_or_default().to_vec();
                vec![self.heap.list(values)]
            }
            (_, positional) => positional.to_vec(),
        };
        if name == "sort" && !arguments.keywords.is_empty() && arguments.positional.is_empty() {
            let values = object.elements().unwrap_or_default().to_vec();
            let sorted = self.sort(values, true, arguments, inputs, range)?;
            let changed = match &sorted.value {
                PyValue::List(items) => self.heap.list_as(id, items.to_vec()),
                other => other.clone(),
            };
            self.replace_object(id, &changed, &sorted.inputs);
            return Ok(Traced::new(PyValue::None, sorted.inputs));
        }
        match mutate(&self.heap, &object, name, &positional, &arguments.keywords) {
            Ok(Some(changed)) if !circular => {
                self.replace_object(id, &changed.object, &inputs);
                Ok(Traced::new(changed.result, inputs))
            }
            Ok(_) => {
                self.may_raise("*");
                let unknown = arguments.values().find_map(PyValue::unknown);
                let unknown = unknown.or(object.unknown()).unwrap_or_else(not_seen);
                self.replace_object(id, &PyValue::Unknown(unknown.clone()), &inputs);
                Ok(Traced::new(PyValue::Unknown(unknown), inputs))
            }
            Err(error) => Err(self.raised(error, range, &inputs)),
        }
    }
}

/// What a call gives, as an object of the class of a package that is called: its methods are then
/// those of the class, and not functions of the module around it.
fn of_class(made: Traced, callee: &PyValue, written: &Expr) -> Traced {
    let Expr::Attribute(attribute) = written else { return made };
    let is_class = attribute.attr.as_str().starts_with(char::is_uppercase);
    let (true, PyValue::Unknown(unknown)) = (is_class, &made.value) else { return made };
    let is_same = matches!(callee, PyValue::Unknown(it) if it.import() == unknown.import());
    if !is_same || unknown.import().is_none() {
        return made;
    }
    match super::calls::dotted(callee, written) {
        Some(dotted) => {
            let value = PyValue::Unknown(unknown.clone().imported(&dotted));
            Traced { value, ..made }
        }
        None => made,
    }
}

pub(super) fn unknown_of(args: &[PyValue]) -> PyValue {
    PyValue::Unknown(args.iter().find_map(PyValue::unknown).unwrap_or_else(not_seen))
}

fn containers_search(
    heap: &Heap,
    items: &[PyValue],
    name: &str,
    value: &PyValue,
) -> super::raise::Outcome {
    heap.spend(items.len() / 4);
    let mut count = 0;
    for (idx, item) in items.iter().enumerate() {
        match super::compare::equal(heap, item, value) {
            Some(true) if name == "index" => return Ok(PyValue::Int(idx as i64)),
            Some(true) => count += 1,
            Some(false) => {}
            None => return Ok(unknown_of(std::slice::from_ref(value))),
        }
    }
    match name {
        "index" => Err(Error::raise("ValueError", "the value is not in the list")),
        _ => Ok(PyValue::Int(count)),
    }
}

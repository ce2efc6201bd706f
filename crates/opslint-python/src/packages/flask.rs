//! Flask and SQLAlchemy: what their objects are told while the application loads.
//!
//! An application is one object for us; a second one makes the configuration unknown, and so does
//! a second engine. Configuration from files is not followed.
//!
//! Source: `flask.config.Config` (3.1.3)

use std::collections::BTreeSet;

use ruff_text_size::TextRange;

use super::super::access::foreign;
use super::super::call::Arguments;
use super::super::environment::Found as Variable;
use super::super::eval::not_seen;
use super::super::evaluator::Evaluator;
use super::super::import::Found;
use super::super::raise::Evaluated;
use super::super::state::Scope;
use super::super::storage::{Class, Opaque};
use super::super::trace::{Inputs, Traced};
use super::super::value::PyValue;
use super::super::{Unmentioned, library};

/// A Flask application.
pub(in super::super) const APP: &str = "flask.app";
/// Its configuration.
pub(in super::super) const CONFIG: &str = "flask.app.config";

/// Before the name of a key of the configuration, in a record.
const KEY: &str = "flask config ";
/// The record of keys that we do not see.
const ANY: &str = "flask config *";
/// The record that there is an application.
const MADE: &str = "flask app";
/// The record of the arguments of an engine.
const ENGINE: &str = "sqlalchemy engine";

impl Evaluator<'_, '_, '_> {
    /// `Flask(__name__)`.
    pub(super) fn flask_app(&mut self, range: TextRange) -> PyValue {
        if self.recorded(MADE).is_some() {
            self.flask_unknown(&Opaque::because("there are several applications"), range);
        }
        self.record(MADE, PyValue::None.into(), range);
        self.heap.native(APP)
    }

    /// `app.config[key] = value`.
    pub(in super::super) fn record_flask(
        &mut self,
        key: &PyValue,
        value: Traced,
        range: TextRange,
    ) {
        match key {
            PyValue::Str(key) => self.record(&format!("{KEY}{key}"), value, range),
            other => {
                let unknown = other.unknown().unwrap_or_else(not_seen);
                self.flask_unknown(&unknown, range);
            }
        }
    }

    /// `app.name = value`.
    pub(in super::super) fn assign_flask(&mut self, name: &str, value: Traced, range: TextRange) {
        match name {
            "config" => self.flask_unknown(&Opaque::because("`app.config` is replaced"), range),
            "debug" => self.record(&format!("{KEY}DEBUG"), value, range),
            "secret_key" => self.record(&format!("{KEY}SECRET_KEY"), value, range),
            _ => {}
        }
    }

    /// Every key may be set from here on.
    pub(in super::super) fn flask_unknown(&mut self, reason: &Opaque, range: TextRange) {
        self.forget_records(KEY, reason);
        self.record(ANY, PyValue::Unknown(reason.clone()).into(), range);
    }

    /// A method of the configuration.
    pub(super) fn flask_config(
        &mut self,
        method: &str,
        arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<()> {
        match (method, arguments.positional.as_slice()) {
            ("get", _) => {}
            ("from_object", [object]) => {
                let object = object.clone();
                self.flask_object(&object, range)?;
            }
            ("update" | "from_mapping", given) => {
                let mut pairs: Vec<(PyValue, PyValue)> = Vec::new();
                match given {
                    [] => {}
                    [PyValue::Dict(entries)] => pairs.extend(entries.iter().cloned()),
                    given => {
                        let unknown = given.iter().find_map(PyValue::unknown);
                        self.flask_unknown(&unknown.unwrap_or_else(not_seen), range);
                    }
                }
                let named = arguments.keywords.into_iter();
                pairs.extend(named.map(|(key, it)| (self.heap.text(key), it)));
                for (key, value) in pairs {
                    self.record_flask(&key, Traced::new(value, inputs.clone()), range);
                }
            }
            ("from_prefixed_env", _) => self.flask_prefixed(arguments, range),
            ("from_envvar", _) => self.flask_envvar(arguments, range),
            (method, _) => {
                let reason = format!("`app.config.{method}` may set it");
                self.flask_unknown(&Opaque::because(reason), range);
            }
        }
        Ok(())
    }

    /// `app.config.from_object(object)`: its names in capital letters are keys.
    fn flask_object(&mut self, object: &PyValue, range: TextRange) -> Evaluated<()> {
        let scope = match self.object_scope(object, range)? {
            Ok(scope) => scope,
            Err(unknown) => {
                self.flask_unknown(&unknown, range);
                return Ok(());
            }
        };
        if let Some(reason) = &scope.opaque {
            self.flask_unknown(&reason.clone(), range);
        }
        self.bind_records(scope, KEY, |name| name.chars().all(|it| !it.is_lowercase()));
        Ok(())
    }

    /// `app.config.from_prefixed_env()`: `FLASK_SECRET_KEY` is the key `SECRET_KEY`, as JSON where it
    /// is some. Keys that no variable is known for stay as they are.
    fn flask_prefixed(&mut self, mut arguments: Arguments, range: TextRange) {
        let given = arguments.positional.first().cloned().or_else(|| arguments.take("prefix"));
        let prefix = match given {
            None => "FLASK_".to_owned(),
            Some(PyValue::Str(it)) if arguments.keywords.is_empty() => format!("{it}_"),
            Some(_) => {
                let reason = Opaque::because("`app.config.from_prefixed_env` may set it");
                return self.flask_unknown(&reason, range);
            }
        };
        let known = self.host.environment.iter().map(|(name, _)| name.to_owned());
        let changed = self.state.environ.variables.keys().cloned();
        let of_keys = self.state.globals[0].slots.iter().filter(|it| it.bound);
        let of_keys =
            of_keys.filter_map(|it| Some(format!("{prefix}{}", it.name.strip_prefix(KEY)?)));
        let all: BTreeSet<String> = known.chain(changed).chain(of_keys).collect();
        for name in all {
            let Some(key) = name.strip_prefix(&prefix).filter(|it| *it != "*") else { continue };
            let record = format!("{KEY}{key}");
            match self.variable(&name) {
                // `FLASK_A__B` is a part of `A`.
                Variable::Text(..) if key.contains("__") => {
                    let first = key.split("__").next().unwrap_or_default();
                    let value = PyValue::because(format!("`{name}` sets a part of it"));
                    self.record(&format!("{KEY}{first}"), value.into(), range);
                }
                Variable::Text(text, inputs) => {
                    let value = library::json_of(&self.heap, &text).unwrap_or(text);
                    self.record(&record, Traced::new(value, inputs), range);
                }
                Variable::Unset(inputs) => {
                    if let Some(slot) = self.state.globals[0].get_mut(&record) {
                        slot.value.inputs.add(&inputs);
                    }
                }
                Variable::Unknown(unknown) => {
                    self.next_version += 1;
                    let version = self.next_version;
                    if let Some(slot) = self.state.globals[0].get_mut(&record) {
                        slot.value.value = PyValue::Unknown(unknown);
                        slot.version = version;
                    }
                }
            }
        }
        if self.plan.unmentioned == Unmentioned::Unknown && self.recorded(ANY).is_none() {
            let reason = format!("a variable `{prefix}…` may set it");
            self.record(ANY, PyValue::because(reason).into(), range);
        }
    }

    /// `app.config.from_envvar("SHOP_SETTINGS", silent=True)`: the variable names a file of Python.
    fn flask_envvar(&mut self, mut arguments: Arguments, range: TextRange) {
        let name = arguments.positional.first().cloned();
        let name = name.or_else(|| arguments.take("variable_name"));
        let silent = arguments.positional.get(1).cloned().or_else(|| arguments.take("silent"));
        let may_lack = silent.is_some_and(|it| it.truth() != Some(false));
        let reason = Opaque::because("`app.config.from_envvar` may set it");
        let Some(PyValue::Str(name)) = name else { return self.flask_unknown(&reason, range) };
        match self.variable(&name) {
            Variable::Unset(inputs) if may_lack => {
                let records = self.state.globals[0].slots.iter_mut();
                let keys = records.filter(|it| it.name.starts_with(KEY));
                keys.for_each(|it| it.value.inputs.add(&inputs));
            }
            Variable::Unknown(unknown) => self.flask_unknown(&unknown, range),
            Variable::Unset(_) | Variable::Text(..) => self.flask_unknown(&reason, range),
        }
    }

    /// Records the names of a module or class under `prefix`.
    pub(super) fn bind_records(&mut self, scope: Scope, prefix: &str, is_key: fn(&str) -> bool) {
        for mut slot in scope.slots {
            if slot.bound && is_key(&slot.name) && !slot.name.contains(' ') {
                self.next_version += 1;
                slot.version = self.next_version;
                slot.value.inputs.add(&self.control);
                slot.name = format!("{prefix}{}", slot.name);
                self.state.globals[0].bind(slot);
            }
        }
    }

    /// The keys of the configuration by now; `None` when some are not seen.
    pub(super) fn flask_keys(&self) -> Option<Vec<(String, Traced)>> {
        if self.recorded(ANY).is_some() {
            return None;
        }
        let records = self.state.globals[0].slots.iter().filter(|it| it.bound);
        Some(
            records
                .filter_map(|it| Some((it.name.strip_prefix(KEY)?.to_owned(), it.value.clone())))
                .collect(),
        )
    }

    /// The names of an object that holds a configuration: a module, a class, or the import path of
    /// one.
    pub(super) fn object_scope(
        &mut self,
        object: &PyValue,
        range: TextRange,
    ) -> Evaluated<Result<Scope, Opaque>> {
        Ok(match object {
            PyValue::Str(dotted) => match self.flask_import(dotted, range)? {
                Some(slots) => slots,
                None => {
                    let reason = format!("`{dotted}` is not found in this project");
                    Err(Opaque::because(reason))
                }
            },
            // An object has the names of its class as well.
            PyValue::Class(class) | PyValue::Object(class) => self.class_slots(class),
            PyValue::Module(name) => match self.unit_of(name) {
                Some(unit) => Ok(self.state.globals[unit].clone()),
                None => Err(not_seen()),
            },
            other => Err(other.unknown().unwrap_or_else(not_seen)),
        })
    }

    /// The names of a module, or of a class in one, by import path.
    fn flask_import(
        &mut self,
        dotted: &str,
        range: TextRange,
    ) -> Evaluated<Option<Result<Scope, Opaque>>> {
        if let Found::Unit(unit) = self.import(dotted, 0, range)? {
            return Ok(Some(Ok(self.state.globals[unit].clone())));
        }
        let Some((module, class)) = dotted.rsplit_once('.') else { return Ok(None) };
        let Found::Unit(unit) = self.import(module, 0, range)? else { return Ok(None) };
        Ok(match self.state.globals[unit].get(class).map(|it| it.value.value.clone()) {
            Some(PyValue::Class(class)) => Some(self.class_slots(&class)),
            _ => None,
        })
    }

    /// The names of a class, those of its bases included.
    fn class_slots(&self, class: &Class) -> Result<Scope, Opaque> {
        let mut scope = Scope::default();
        for part in self.class_chain(class)?.into_iter().rev() {
            for slot in part.slots {
                scope.bind(slot);
            }
        }
        Ok(scope)
    }

    /// `SQLAlchemy(app, engine_options={…})` of Flask-SQLAlchemy.
    pub(super) fn flask_sqlalchemy(
        &mut self,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> PyValue {
        let options = arguments.take("engine_options");
        let options = options.unwrap_or_else(|| self.heap.dict(Vec::new()));
        self.record("flask engine options", Traced::new(options, inputs), range);
        PyValue::Unknown(foreign("flask_sqlalchemy", "flask_sqlalchemy.SQLAlchemy"))
    }

    /// `create_engine(url, …)`.
    pub(super) fn engine(
        &mut self,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> PyValue {
        let url = arguments.positional.first().cloned();
        let mut entries = vec![(self.heap.text("url"), url.unwrap_or(PyValue::None))];
        entries.extend(arguments.keywords.into_iter().map(|(key, it)| (self.heap.text(key), it)));
        let value = match self.recorded(ENGINE) {
            Some(_) => PyValue::because("there are several engines"),
            None => self.heap.dict(entries),
        };
        self.record(ENGINE, Traced::new(value, inputs), range);
        PyValue::Unknown(foreign("sqlalchemy", "sqlalchemy.create_engine"))
    }
}

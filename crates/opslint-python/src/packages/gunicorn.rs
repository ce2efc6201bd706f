//! gunicorn's custom applications: a class of the project that tells gunicorn its settings itself.
//!
//! An object of such a class asks its method `load_config` for settings when it is made, and the
//! method hands them to `self.cfg.set`.
//!
//! Sources: <https://docs.gunicorn.org/en/stable/custom.html>, gunicorn/app/base.py of 27.0.1

use ruff_python_ast::Expr;
use ruff_text_size::TextRange;

use super::super::call::Arguments;
use super::super::calls::dotted;
use super::super::evaluator::Evaluator;
use super::super::names::{Callable, callable_at};
use super::super::raise::Evaluated;
use super::super::state::{Scope, Slot};
use super::super::storage::{Class, Opaque};
use super::super::trace::{Inputs, Traced};
use super::super::value::PyValue;

/// The classes that applications are made from.
const BASES: [&str; 3] = [
    "gunicorn.app.base.BaseApplication",
    "gunicorn.app.base.Application",
    "gunicorn.app.wsgiapp.WSGIApplication",
];

/// The attribute of a class that has the one of [`BASES`] it is made from.
const MADE_FROM: &str = "gunicorn application";

/// The settings of an application.
const CFG: &str = "gunicorn.cfg";
/// The names of all settings.
pub(in super::super) const NAMES: &str = "gunicorn.cfg.settings";

/// Before the name of a setting, in a record.
const KEY: &str = "gunicorn cfg ";
/// The record of settings that we do not see.
const ANY: &str = "gunicorn cfg *";
/// The record that the project has a class of its own.
const MADE: &str = "gunicorn made";
/// The record of the application that is served, where it is a text.
const APP: &str = "gunicorn app";

/// The class of gunicorn that a base of a class is.
pub(in super::super) fn application(base: &PyValue, written: &Expr) -> Option<&'static str> {
    let PyValue::Unknown(_) = base else { return None };
    let dotted = dotted(base, written)?;
    BASES.into_iter().find(|it| *it == dotted)
}

impl Evaluator<'_, '_, '_> {
    /// Makes a class one of applications.
    pub(in super::super) fn mark_application(
        &mut self,
        scope: &mut Scope,
        base: &str,
        range: TextRange,
    ) {
        let value = self.heap.text(base);
        let span = self.span(range);
        self.next_version += 1;
        scope.bind(Slot::assigned(MADE_FROM, value.into(), (span, span), self.next_version));
    }

    /// What is known of an attribute that gunicorn's class has, and none of the project.
    pub(in super::super) fn of_application(chain: &[Scope]) -> Option<PyValue> {
        let slot = chain.iter().find_map(|it| it.get(MADE_FROM))?;
        let PyValue::Str(base) = &slot.value.value else { return None };
        let reason = format!("`{base}` is not part of this project");
        Some(PyValue::Unknown(Opaque::because(reason).imported(base)))
    }

    /// Lets an object have its settings, before its own code runs.
    pub(in super::super) fn give_settings(&mut self, object: &Class, range: TextRange) {
        let cfg = self.heap.native(CFG);
        self.set_class_attribute(object, "cfg", cfg.into(), (range, range));
    }

    /// Asks an object for its settings, as gunicorn does when it is made.
    pub(in super::super) fn load_settings(
        &mut self,
        object: &Class,
        chain: &[Scope],
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<()> {
        self.record(MADE, PyValue::None.into(), range);
        let own = chain.iter().find_map(|it| it.get("load_config"));
        let is_followed = match own.map(|it| it.value.value.clone()) {
            Some(PyValue::Function(function)) => {
                !self.asks_gunicorn(function.unit, function.offset)
            }
            _ => false,
        };
        if !is_followed {
            let reason = "gunicorn reads its own options, too";
            self.record(ANY, Traced::new(PyValue::because(reason), inputs.clone()), range);
        }
        if own.is_some() {
            self.call_own_method(object, "load_config", &Arguments::default(), inputs, range)
                .transpose()?;
        }
        let made = self.state.classes.get(&object.id());
        let app = made.and_then(|it| it.scope.get("app_uri")).map(|it| it.value.clone());
        if let Some(app) = app.filter(|it| matches!(it.value, PyValue::Str(_))) {
            self.record(APP, app, range);
        }
        Ok(())
    }

    /// Whether a function calls what it replaces.
    fn asks_gunicorn(&self, unit: usize, offset: u32) -> bool {
        let parsed = &self.units[unit].parsed;
        let Some(Callable::Function(it)) = callable_at(parsed.suite(), offset) else { return true };
        let text = self.host.workspace.sources.file(self.units[unit].file).text();
        let range = it.range;
        let body = text.get(range.start().to_usize()..range.end().to_usize());
        body.is_none_or(|it| it.contains("super(") || it.contains("Application.load_config"))
    }

    /// A method of the settings. `None` for any other function.
    pub(in super::super) fn call_settings(
        &mut self,
        name: &str,
        arguments: &Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Option<Evaluated> {
        let method = name.strip_prefix(CFG)?.strip_prefix('.')?;
        match (method, arguments.positional.as_slice()) {
            ("set", [PyValue::Str(name), value]) => {
                let value = Traced::new(value.clone(), inputs.clone());
                self.record(&format!("{KEY}{name}"), value, range);
            }
            ("set", _) => {
                let reason = arguments.positional.iter().find_map(PyValue::unknown);
                let reason = reason.unwrap_or_else(|| Opaque::because("any setting may be set"));
                self.forget_records(KEY, &reason);
                self.record(ANY, PyValue::Unknown(reason).into(), range);
            }
            _ => return None,
        }
        Some(Ok(PyValue::None.into()))
    }
}

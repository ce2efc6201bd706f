//! Celery: what its application is told while the module that makes it loads.
//!
//! An application is one object for us; a second one makes the configuration unknown. What
//! `config_from_object` names is loaded when it is in the project, except Django's settings: those
//! the caller reads.

use ruff_text_size::TextRange;

use super::super::call::Arguments;
use super::super::eval::not_seen;
use super::super::evaluator::Evaluator;
use super::super::raise::Evaluated;
use super::super::storage::Opaque;
use super::super::trace::{Inputs, Traced};
use super::super::value::PyValue;

/// A Celery application.
pub(in super::super) const APP: &str = "celery.app";
/// Its configuration.
pub(in super::super) const CONF: &str = "celery.app.conf";

/// The record that there is an application.
const MADE: &str = "celery app";
/// Before the name of a setting of the configuration, in a record.
const KEY: &str = "celery conf ";
/// The record of settings that we do not see.
const ANY: &str = "celery conf *";
/// The record of the object that the configuration comes from.
const SOURCE: &str = "celery source";
/// Before a name of that object.
const NAME: &str = "celery object ";
/// The record of names of the object that we do not see.
const ANY_NAME: &str = "celery object *";

/// Parameters of `Celery(…)` that are no settings (celery 5.7).
const PARAMETERS: &[&str] = &[
    "main",
    "loader",
    "amqp",
    "events",
    "log",
    "control",
    "set_as_current",
    "tasks",
    "changes",
    "config_source",
    "fixups",
    "task_cls",
    "autofinalize",
    "namespace",
    "strict_typing",
];

impl Evaluator<'_, '_, '_> {
    /// `Celery("shop", broker=…, worker_concurrency=2)`.
    pub(super) fn celery_app(
        &mut self,
        mut arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<PyValue> {
        if self.recorded(MADE).is_some() {
            self.celery_unknown(&Opaque::because("there are several applications"), range);
        }
        self.record(MADE, PyValue::None.into(), range);
        let changes = arguments.take("changes");
        let source = arguments.take("config_source");
        let namespace = arguments.take("namespace").unwrap_or(PyValue::None);
        match changes {
            None | Some(PyValue::None) => {}
            Some(changes) => self.celery_update(&changes, inputs, range),
        }
        for (key, value) in arguments.keywords {
            let key = match key.as_str() {
                "broker" => "broker_url",
                "backend" => "result_backend",
                key if PARAMETERS.contains(&key) => continue,
                key => key,
            };
            // Celery takes `None` for not given.
            if !matches!(value, PyValue::None) {
                self.record(&format!("{KEY}{key}"), Traced::new(value, inputs.clone()), range);
            }
        }
        match source {
            None | Some(PyValue::None) => self.celery_namespace(namespace, range),
            Some(source) => self.celery_object(&source, namespace, inputs, range)?,
        }
        Ok(self.heap.native(APP))
    }

    /// `app.conf.key = value` and `app.conf["key"] = value`.
    pub(in super::super) fn record_celery(
        &mut self,
        key: &PyValue,
        value: Traced,
        range: TextRange,
    ) {
        match key {
            PyValue::Str(key) => self.record(&format!("{KEY}{key}"), value, range),
            other => {
                let unknown = other.unknown().unwrap_or_else(not_seen);
                self.celery_unknown(&unknown, range);
            }
        }
    }

    /// Every setting may be changed from here on.
    pub(in super::super) fn celery_unknown(&mut self, reason: &Opaque, range: TextRange) {
        self.forget_records(KEY, reason);
        self.record(ANY, PyValue::Unknown(reason.clone()).into(), range);
    }

    /// A method of the application or of its configuration: `.conf.update`.
    pub(super) fn celery_method(
        &mut self,
        method: &str,
        mut arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<PyValue> {
        let given = arguments.positional.clone();
        match method {
            "conf.update" => {
                for it in given {
                    self.celery_update(&it, inputs, range);
                }
                for (key, value) in arguments.keywords {
                    self.record(&format!("{KEY}{key}"), Traced::new(value, inputs.clone()), range);
                }
            }
            "config_from_object" => {
                let positional = given.first().cloned();
                let Some(source) = positional.or_else(|| arguments.take("obj")) else {
                    return Ok(PyValue::Unknown(not_seen()));
                };
                let namespace = arguments.take("namespace").or(given.get(3).cloned());
                self.celery_object(&source, namespace.unwrap_or(PyValue::None), inputs, range)?;
            }
            "conf.setdefault"
            | "conf.add_defaults"
            | "conf.clear"
            | "conf.pop"
            | "add_defaults"
            | "config_from_envvar"
            | "config_from_cmdline" => {
                let reason = format!("`{method}` of the Celery application may set it");
                self.celery_unknown(&Opaque::because(reason), range);
            }
            _ => return Ok(self.opaque_call(&arguments, &not_seen()).value),
        }
        Ok(PyValue::None)
    }

    /// `app.conf.update(settings)`; the configuration of a Flask application counts as it is then.
    fn celery_update(&mut self, given: &PyValue, inputs: &Inputs, range: TextRange) {
        match given {
            PyValue::Dict(entries) => {
                for (key, value) in entries.iter() {
                    self.record_celery(key, Traced::new(value.clone(), inputs.clone()), range);
                }
            }
            PyValue::Native(name) if name == super::flask::CONFIG => {
                let reason = Opaque::because("the configuration of the Flask application sets it");
                match self.flask_keys() {
                    Some(keys) => {
                        for (key, value) in keys {
                            self.record(&format!("{KEY}{key}"), value, range);
                        }
                    }
                    None => self.celery_unknown(&reason, range),
                }
            }
            other => {
                let unknown = other.unknown().unwrap_or_else(not_seen);
                self.celery_unknown(&unknown, range);
            }
        }
    }

    /// The namespace of settings: `CELERY` for `CELERY_WORKER_CONCURRENCY`.
    fn celery_namespace(&mut self, namespace: PyValue, range: TextRange) {
        if !matches!(namespace, PyValue::None) {
            self.record("celery namespace", namespace.into(), range);
        }
    }

    /// `app.config_from_object(object, namespace=…)`.
    fn celery_object(
        &mut self,
        object: &PyValue,
        namespace: PyValue,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<()> {
        if self.recorded(SOURCE).is_some() {
            let reason = Opaque::because("the configuration is taken from several objects");
            self.forget_records(NAME, &reason);
            self.record(ANY_NAME, PyValue::Unknown(reason).into(), range);
            return Ok(());
        }
        self.record(SOURCE, Traced::new(object.clone(), inputs.clone()), range);
        self.celery_namespace(namespace, range);
        let object = match object {
            PyValue::Str(path) if **path == *"django.conf:settings" => return Ok(()),
            PyValue::Str(path) => self.heap.text(path.replace(':', ".")),
            PyValue::Dict(entries) => {
                for (key, value) in entries.iter() {
                    if let PyValue::Str(key) = key {
                        let value = Traced::new(value.clone(), inputs.clone());
                        self.record(&format!("{NAME}{key}"), value, range);
                    }
                }
                return Ok(());
            }
            other => other.clone(),
        };
        match self.object_scope(&object, range)? {
            Ok(scope) => {
                if let Some(reason) = &scope.opaque {
                    self.record(ANY_NAME, PyValue::Unknown(reason.clone()).into(), range);
                }
                self.bind_records(scope, NAME, |_| true);
            }
            Err(unknown) => self.record(ANY_NAME, PyValue::Unknown(unknown).into(), range),
        }
        Ok(())
    }
}

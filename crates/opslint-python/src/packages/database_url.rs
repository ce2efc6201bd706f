//! Databases that a URL names: dj-database-url, `env.db()` and `env.dj_db_url()`.
//!
//! Only what opslint reads is kept exactly: the engine, how long a connection lives, and whether
//! there are options. The other keys are there, and unknown.
//!
//! Sources: dj-database-url 3.1 (`parse`), django-environ 0.14 (`Env.db_url_config`).

use ruff_text_size::TextRange;

use super::super::call::Arguments;
use super::super::environment::Found;
use super::super::eval::not_seen;
use super::super::evaluator::Evaluator;
use super::super::raise::Evaluated;
use super::super::storage::{Heap, Opaque, Part};
use super::super::trace::{Inputs, Traced};
use super::super::value::PyValue;
use super::reader::Kind;

/// Engines by the scheme of the URL, where both packages agree.
const ENGINES: &[(&str, &str)] = &[
    ("postgres", "django.db.backends.postgresql"),
    ("postgresql", "django.db.backends.postgresql"),
    ("pgsql", "django.db.backends.postgresql"),
    ("postgis", "django.contrib.gis.db.backends.postgis"),
    ("mysql", "django.db.backends.mysql"),
    ("mysql2", "django.db.backends.mysql"),
    ("mysqlgis", "django.contrib.gis.db.backends.mysql"),
    ("sqlite", "django.db.backends.sqlite3"),
    ("spatialite", "django.contrib.gis.db.backends.spatialite"),
    ("oracle", "django.db.backends.oracle"),
    ("redshift", "django_redshift_backend"),
];

/// Parameters of `dj_database_url.parse` behind the URL, and of `config` behind the default.
const PARAMETERS: [&str; 6] = [
    "engine",
    "conn_max_age",
    "conn_health_checks",
    "disable_server_side_cursors",
    "ssl_require",
    "test_options",
];

impl Evaluator<'_, '_, '_> {
    /// `dj_database_url.config(env, default, …)`.
    ///
    /// Where no file sets the variable it is taken to be set: an app without it has no database.
    pub(super) fn database_config(
        &mut self,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let mut positional = std::mem::take(&mut arguments.positional).into_iter();
        let name = positional.next().or_else(|| arguments.take("env"));
        let default = positional.next().or_else(|| arguments.take("default"));
        arguments.positional = positional.collect();
        let name = match name {
            Some(PyValue::Str(name)) => name.to_string(),
            None => "DATABASE_URL".to_owned(),
            Some(_) => return Ok(Traced::new(PyValue::Unknown(not_seen()), inputs)),
        };
        let (url, inputs) = match self.variable(&name) {
            Found::Text(value, more) => (value, inputs.with(&more)),
            Found::Unknown(unknown) => (PyValue::Unknown(unknown), inputs),
            Found::Unset(more) => (default.unwrap_or(PyValue::None), inputs.with(&more)),
        };
        if matches!(&url, PyValue::None) || matches!(&url, PyValue::Str(it) if it.is_empty()) {
            return Ok(Traced::new(self.heap.dict(Vec::new()), inputs));
        }
        self.database_of(url, arguments, inputs, range)
    }

    /// `dj_database_url.parse(url, …)`.
    pub(super) fn database_parse(
        &mut self,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let mut positional = std::mem::take(&mut arguments.positional).into_iter();
        let url = positional.next().or_else(|| arguments.take("url")).unwrap_or(PyValue::None);
        arguments.positional = positional.collect();
        self.database_of(url, arguments, inputs, range)
    }

    fn database_of(
        &mut self,
        url: PyValue,
        arguments: Arguments,
        inputs: Inputs,
        _range: TextRange,
    ) -> Evaluated {
        let value = self.database(Kind::Environs, &url, arguments);
        Ok(Traced::new(value, inputs))
    }

    /// The dict of a database; of one whose URL is not known, as much as its start and the arguments
    /// tell.
    pub(super) fn database(&mut self, kind: Kind, url: &PyValue, arguments: Arguments) -> PyValue {
        let start = match url {
            // `f"sqlite:///{BASE_DIR}/db.sqlite3"`: the scheme is known.
            PyValue::Pattern(parts) => match parts.first() {
                Some(Part::Known(text)) => text.split_once(':').map(|(scheme, _)| scheme),
                _ => None,
            },
            _ => None,
        };
        let url = match url {
            PyValue::Str(url) => Ok(&**url),
            other => Err(other.unknown().unwrap_or_else(not_seen)),
        };
        let unknown = || {
            PyValue::Unknown(match &url {
                Ok(_) => Opaque::because("a part of a database URL is not read"),
                Err(unknown) => unknown.clone(),
            })
        };
        let mut entries: Vec<(&str, PyValue)> =
            ["NAME", "USER", "PASSWORD", "HOST", "PORT"].map(|it| (it, unknown())).into();
        let (scheme, query) = match &url {
            Ok(url) => (url.split(':').next(), url.split_once('?').map(|(_, it)| it)),
            Err(_) => (start, None),
        };
        let engine = ENGINES.iter().find(|(it, _)| Some(*it) == scheme);
        let mut engine = engine.map_or_else(unknown, |(_, engine)| self.heap.text(*engine));
        let mut options = match &url {
            Err(_) => Some(unknown()),
            Ok(_) => query.map(|_| PyValue::because("options of a database URL are not read")),
        };
        if kind == Kind::Environ {
            if let Some(given) = argument(&arguments, "engine") {
                engine = known_engine(&self.heap, given);
            }
            let age = query.is_none_or(|it| it.to_lowercase().contains("conn_max_age"));
            if url.is_err() || (query.is_some() && age) {
                entries.extend([("CONN_MAX_AGE", unknown()), ("CONN_HEALTH_CHECKS", unknown())]);
            }
        } else {
            if let Some(given) =
                argument(&arguments, "engine").filter(|it| it.truth() != Some(false))
            {
                engine = given;
            }
            let or = |name, default| argument(&arguments, name).unwrap_or(default);
            entries.push(("CONN_MAX_AGE", or("conn_max_age", PyValue::Int(0))));
            entries.push(("CONN_HEALTH_CHECKS", or("conn_health_checks", PyValue::Bool(false))));
            if or("ssl_require", PyValue::Bool(false)).truth() != Some(false) {
                let reason = "options of a database URL are not read";
                options = options.or_else(|| Some(PyValue::because(reason)));
            }
        }
        entries.insert(0, ("ENGINE", engine));
        entries.extend(options.map(|it| ("OPTIONS", it)));
        let entries = entries.into_iter().map(|(key, value)| (self.heap.text(key), value));
        let entries = entries.collect();
        self.heap.dict(entries)
    }
}

/// An argument by its name, or by its place behind the URL.
fn argument(arguments: &Arguments, name: &str) -> Option<PyValue> {
    let keyword = arguments.keywords.iter().find(|(key, _)| key == name).map(|(_, it)| it);
    let at = PARAMETERS.iter().position(|it| *it == name);
    keyword.or_else(|| arguments.positional.get(at?)).cloned()
}

/// django-environ takes a scheme for an engine too.
fn known_engine(heap: &Heap, given: PyValue) -> PyValue {
    let PyValue::Str(text) = &given else { return given };
    let scheme = ENGINES.iter().find(|(scheme, _)| **text == **scheme);
    scheme.map_or(given.clone(), |(_, engine)| heap.text(*engine))
}

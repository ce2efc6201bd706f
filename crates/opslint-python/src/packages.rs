//! Packages that settings go through: what they give, without their code.
//!
//! django-environ, python-decouple, environs, Starlette and dj-database-url read the environment;
//! Celery, Flask and SQLAlchemy are told settings. A module of the project with the name of one of
//! them wins, and what is not listed here is as unknown as any other package.

use ruff_text_size::TextRange;

use super::call::Arguments;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::Evaluated;
use super::storage::{Heap, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

pub(super) use self::celery::{APP as CELERY_APP, CONF as CELERY_CONF};
pub(super) use self::flask::{APP as FLASK_APP, CONFIG as FLASK_CONFIG};
pub(super) use self::gunicorn::{NAMES as GUNICORN_NAMES, application};
pub(super) use self::reader::Reader;

mod cast;
mod celery;
mod database_url;
mod flask;
mod gunicorn;
mod reader;
mod split_settings;

/// The reader that environs comes with; behind the dot, its methods.
const ENVIRONS: &str = "environs.env";
/// The record that it was told to read other variables.
const PREFIXED: &str = "environs prefixed";

/// A FastAPI or Starlette application.
const ASGI_APP: &str = "fastapi.app";

/// What can be imported, by dotted name.
const MEMBERS: &[&str] = &[
    "celery.Celery",
    "decouple.AutoConfig",
    "decouple.config",
    "dj_database_url.config",
    "dj_database_url.parse",
    "dynaconf.DjangoDynaconf",
    "environ.Env",
    "environs.Env",
    "environs.env",
    "fastapi.FastAPI",
    "flask.Flask",
    "flask_sqlalchemy.SQLAlchemy",
    "pydantic.ConfigDict",
    "pydantic.Field",
    "pydantic_settings.SettingsConfigDict",
    "split_settings.tools.include",
    "split_settings.tools.optional",
    "sqlalchemy.create_engine",
    "sqlalchemy.engine.create_engine",
    "sqlalchemy.ext.asyncio.create_async_engine",
    "sqlalchemy.pool.NullPool",
    "sqlalchemy.NullPool",
    // That of SQLAlchemy.
    "sqlmodel.create_engine",
    "starlette.config.Config",
];

/// Packages that are imported with a star, as their own manuals do it, and what matters of what that
/// brings.
///
/// Sources: <https://docs.peewee-orm.com/en/latest/peewee/quickstart.html>,
/// <https://docs.ponyorm.org/firststeps.html>
const STARS: &[(&str, &[&str])] = &[
    ("peewee", &["MySQLDatabase", "PostgresqlDatabase", "SqliteDatabase"]),
    ("pony.orm", &["Database"]),
];

/// The names that `from package import *` certainly brings and that matter.
pub(super) fn brought_by_star(package: &str) -> &'static [&'static str] {
    STARS.iter().find(|it| it.0 == package).map_or(&[], |it| it.1)
}

/// The member of a package under a dotted name.
pub(super) fn member(heap: &Heap, dotted: &str) -> Option<PyValue> {
    MEMBERS.contains(&dotted).then(|| heap.native(dotted))
}

/// Whether a dotted name is a module on the way to a member: `sqlalchemy.ext`.
pub(super) fn is_package(dotted: &str) -> bool {
    let below = |it: &&str| it.strip_prefix(dotted).is_some_and(|it| it.starts_with('.'));
    MEMBERS.iter().any(below)
}

/// Whether a native object belongs to one of the packages.
pub(super) fn is_member(name: &str) -> bool {
    MEMBERS.contains(&name)
        || name.starts_with(CELERY_APP)
        || name.starts_with(FLASK_APP)
        || name.starts_with(ASGI_APP)
        || name.starts_with("environ.Env.")
        || name.starts_with(ENVIRONS)
}

impl Evaluator<'_, '_, '_> {
    /// Calls a member of a package.
    pub(super) fn call_package(
        &mut self,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let value = match name {
            "environ.Env" => Reader::environ(self, arguments),
            "decouple.AutoConfig" => Reader::decouple(self),
            "starlette.config.Config" => Reader::starlette(self, arguments),
            "environs.Env" => match arguments.values().next() {
                None => Reader::environs(self),
                Some(_) => PyValue::because("the reader of the environment has options"),
            },
            _ if name.starts_with(ENVIRONS) => {
                return self.call_environs(name, arguments, inputs, range);
            }
            "celery.Celery" => self.celery_app(arguments, &inputs, range)?,
            _ if name.starts_with(CELERY_APP) => {
                let method = name.strip_prefix(CELERY_APP).unwrap_or_default();
                self.celery_method(method.trim_start_matches('.'), arguments, &inputs, range)?
            }
            "decouple.config" => {
                let reader = Reader::method(reader::Kind::Decouple, "");
                return self.call_reader(&reader, arguments, inputs, range);
            }
            "dj_database_url.config" => return self.database_config(arguments, inputs, range),
            "dj_database_url.parse" => return self.database_parse(arguments, inputs, range),
            "fastapi.FastAPI" => self.heap.native(ASGI_APP),
            "flask.Flask" => self.flask_app(range),
            "flask_sqlalchemy.SQLAlchemy" => {
                self.flask_sqlalchemy(arguments, inputs.clone(), range)
            }
            "pydantic.Field" => self.field(arguments),
            "pydantic.ConfigDict" | "pydantic_settings.SettingsConfigDict"
                if arguments.positional.is_empty() =>
            {
                let named = arguments.keywords.into_iter();
                let entries = named.map(|(key, it)| (self.heap.text(key), it)).collect();
                self.heap.dict(entries)
            }
            "sqlalchemy.create_engine"
            | "sqlalchemy.engine.create_engine"
            | "sqlalchemy.ext.asyncio.create_async_engine"
            | "sqlmodel.create_engine" => self.engine(arguments, inputs.clone(), range),
            "split_settings.tools.include" => self.include(&arguments, range)?,
            "split_settings.tools.optional" => self.optional_file(&arguments),
            "dynaconf.DjangoDynaconf" => {
                let reason = Opaque::because(format!("`{name}` may set any name"));
                self.forget_all(&reason);
                PyValue::Unknown(reason)
            }
            _ if name.starts_with(FLASK_CONFIG) => {
                let method = name.strip_prefix(FLASK_CONFIG).unwrap_or_default();
                self.flask_config(method.trim_start_matches('.'), arguments, &inputs, range)?;
                PyValue::None
            }
            _ => return Ok(Traced::new(self.opaque_call(&arguments, &not_seen()).value, inputs)),
        };
        Ok(Traced::new(value, inputs))
    }

    /// A method of `environs.env`, which all modules share.
    fn call_environs(
        &mut self,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let method = name.strip_prefix(ENVIRONS).unwrap_or_default().trim_start_matches('.');
        let reader = Reader::method(reader::Kind::Environs, method);
        if !reader.is_understood() {
            self.record(PREFIXED, PyValue::None.into(), range);
        }
        if self.recorded(PREFIXED).is_some() {
            let reason = "the reader of the environment is told to read other variables";
            return Ok(Traced::new(PyValue::because(reason), inputs));
        }
        self.call_reader(&reader, arguments, inputs, range)
    }
}

//! Flask, and SQLAlchemy behind any application.
//!
//! Sources: <https://flask.palletsprojects.com/en/stable/config/>,
//! <https://docs.sqlalchemy.org/en/20/core/pooling.html>

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::programs::Server;
use crate::python::{Binding, Module, PyValue};
use crate::vocabulary as v;

use super::django::SECRET_KEY;
use super::entry::Entry;
use super::pools::Pool;
use super::{
    Application, Source, clients, code, connections, fact, fallbacks, framework, is_celery,
    lifespan, megabytes, pools, state,
};

/// Connections that SQLAlchemy's pool keeps, and those that it may add.
const POOL_SIZE: i64 = 5;
const MAX_OVERFLOW: i64 = 10;

/// Settings of Flask and its extensions that say where something is kept.
///
/// Source: <https://flask-session.readthedocs.io/en/latest/config.html>
const KEPT: &[&str] = &["SESSION_TYPE"];

/// Packages of other web frameworks, whose applications are known by where they come from.
const OTHER_FRAMEWORKS: &[&str] = &[
    "aiohttp",
    "blacksheep",
    "bottle",
    "falcon",
    "litestar",
    "quart",
    "robyn",
    "sanic",
    "starlette",
    "tornado",
];

/// Loads an application and reads what it tells Flask and SQLAlchemy.
pub(super) fn resolve(source: &mut Source<'_, '_>, entry: &Entry, server: &Server) -> Application {
    let mut application = Application::default();
    let module = source.evaluate_application(entry);
    if module.failure.is_some() || !module.problems.is_empty() {
        let reason = format!("the module that makes `{}` cannot be followed", entry.name);
        application.facts.set(v::FRAMEWORK, unsettled(entry, Unknown::because(reason)));
        return application;
    }
    let made = match entry.is_called {
        true => module.result.clone(),
        false => module.get(&entry.name).map(|it| it.value.clone()),
    };
    let key = binding(&module, SECRET_KEY);
    // An application inside middleware is known by what it was told.
    if let Some(record) = module.record("flask app") {
        let (id, fact) = framework("flask", record.fact.origin.clone(), "`Flask(…)`");
        application.facts.set(id, fact);
        flask(&mut application, &module);
        let storage = ["RATELIMIT_STORAGE_URI", "RATELIMIT_STORAGE_URL"];
        let limiter = code::local_limiter(&source.calls)
            .filter(|_| storage.iter().all(|it| binding(&module, it).is_none()));
        limiter.into_iter().for_each(|it| application.facts.set(v::CODE_LOCAL_LIMITER, it));
        if let Some(key) = key {
            code::secret(source, (SECRET_KEY, key), &mut application.facts);
        }
    } else {
        if let Some(key) = code::session_key(&source.calls).cloned() {
            code::secret(source, ("secret_key", &key), &mut application.facts);
        }
        let limiter = code::local_limiter(&source.calls);
        limiter.into_iter().for_each(|it| application.facts.set(v::CODE_LOCAL_LIMITER, it));
        if let Some(scheduler) = lifespan::scheduler(&source.workspace.sources, entry.file) {
            application.facts.set(v::CODE_SCHEDULER, scheduler);
        }
        let name = module.get(&entry.name).map(|it| it.fact.origin.clone());
        let origin = name.unwrap_or_else(|| Origin::new(OriginKind::Derived, ""));
        match is_celery(server) {
            // Its application is its own; Django's settings would be named.
            true => application.facts.set(v::FRAMEWORK, Fact::known(Value::Null, origin)),
            false => {
                if let Some((id, fact)) = other_framework(entry, made.as_ref(), origin) {
                    application.facts.set(id, fact);
                }
            }
        }
    }
    let of_flask = |key: &str| {
        let is_flask = module.record("flask app").is_some();
        is_flask.then(|| binding(&module, key).cloned())?
    };
    let file = database_file(&module);
    if let Some(file) = file.or_else(|| super::database_file::of_code(source, &module, of_flask)) {
        application.facts.set(v::CODE_DATABASE_FILE, file);
    }
    let dialect = address(&module).as_ref().and_then(lacking_dialect);
    let is_lacking = |it: &Fact| it.text().is_some_and(|it| !code::may_register(&source.calls, it));
    if let Some(dialect) = dialect.filter(is_lacking) {
        application.facts.set(v::CODE_DATABASE_DIALECT, dialect);
    }
    let sources = &source.workspace.sources;
    if let Some(address) = clients::own_loopback(sources, &module, of_flask, server) {
        application.facts.set(v::CODE_OWN_LOOPBACK, address);
    }
    let key = binding(&module, "SECRET_KEY");
    fallbacks::of_code(source, entry, (key, address(&module).as_ref()), &mut application);
    let engine = pool(&module).map(|most| Pool { most, least: 0 });
    if let Some(pool) = engine.or_else(|| pools::of_calls(&source.calls)) {
        let pool = fallbacks::pool(source, entry, pool);
        let fact = connections::of_pool(&server.facts, pool);
        application.facts.set(v::CONNECTIONS_PER_PROCESS, fact);
    }
    if let Some(span) = entry.span {
        for (id, _) in application.facts.clone().iter() {
            application.facts.anchor(id, span);
        }
    }
    application
}

/// The framework of an application that is not Flask's: none where it is known to be something else.
fn other_framework(
    entry: &Entry,
    made: Option<&PyValue>,
    origin: Origin,
) -> Option<(v::FactId, Fact)> {
    let Some(made) = made else {
        let unknown = Unknown::because(format!("its module does not say what `{}` is", entry.name));
        return Some((v::FRAMEWORK, unsettled(entry, unknown)));
    };
    if matches!(made, PyValue::Native(name) if **name == *"fastapi.app") {
        return Some(framework("fastapi", origin, "`FastAPI(…)`"));
    }
    let unknown = made.unknown()?.to_model();
    Some(match &unknown.kind {
        GapKind::Package(package) if OTHER_FRAMEWORKS.contains(&package.as_str()) => {
            framework(package, origin, "the package that makes the application")
        }
        _ => (v::FRAMEWORK, unsettled(entry, unknown)),
    })
}

fn unsettled(entry: &Entry, unknown: Unknown) -> Fact {
    let origin = Origin { span: entry.span, ..Origin::new(OriginKind::Derived, "the application") };
    Fact::unknown(unknown, origin)
}

fn flask(application: &mut Application, module: &Module) {
    // It counts every byte of the body, files included; without it there is no limit.
    let size = config(module, "MAX_CONTENT_LENGTH").unwrap_or_else(|| {
        Fact::known(Value::Null, Origin::new(OriginKind::Default, "Flask default"))
    });
    application.facts.set(v::APP_LIMITS_UPLOAD_MB, megabytes(&size));
    application.facts.set(v::APP_LIMITS_MEMORY_UPLOAD_MB, megabytes(&size));
    application.settings.insert("MAX_CONTENT_LENGTH".to_owned(), size);
    for key in KEPT {
        if let Some(setting) = config(module, key) {
            application.settings.insert((*key).to_owned(), setting);
        }
    }
    let folder = config(module, "UPLOAD_FOLDER")
        .filter(|it| it.text().is_some_and(|path| !path.is_empty() && !path.contains("tmp")));
    if let Some(folder) = folder {
        application.facts.set(v::CODE_UPLOAD_FOLDER, folder);
    }
    // `FLASK_DEBUG` decides when the application says nothing.
    if let Some(debug) = config(module, "DEBUG") {
        application.facts.set(v::APP_LIMITS_DEBUG, debug.clone());
        application.settings.insert("DEBUG".to_owned(), debug);
    }
}

/// A key of the configuration; `None` when it is certainly not set.
fn config(module: &Module, key: &str) -> Option<Fact> {
    binding(module, key).map(|it| named(fact(it), key))
}

pub(super) fn binding<'a>(module: &'a Module, key: &str) -> Option<&'a Binding> {
    module.record(&format!("flask config {key}")).or_else(|| module.record("flask config *"))
}

/// The fact under the name that a user knows.
fn named(mut fact: Fact, key: &str) -> Fact {
    fact.origin.source = format!("`{key}`");
    fact
}

/// Connections that the engine may open; `None` when there is no engine, or it opens a file.
pub(super) fn pool(module: &Module) -> Option<Fact> {
    let engine = module.record("sqlalchemy engine");
    let extension = module.record("flask engine options");
    let (options, url) = match (engine, extension) {
        (None, None) => return None,
        (Some(engine), None) => {
            let url = match &engine.value {
                PyValue::Dict(entries) => entries.get("url").cloned(),
                _ => None,
            };
            (vec![engine], url)
        }
        (None, Some(extension)) => {
            let url = binding(module, "SQLALCHEMY_DATABASE_URI").map(|it| it.value.clone());
            // Options of the configuration are added to those of the extension.
            let options = binding(module, "SQLALCHEMY_ENGINE_OPTIONS");
            (options.into_iter().chain([extension]).collect(), url)
        }
        (Some(engine), Some(_)) => {
            let unknown = Unknown::because("there are several engines");
            return Some(Fact::unknown(unknown, engine.fact.origin.clone()));
        }
    };
    if matches!(&url, Some(PyValue::Str(url)) if url.starts_with("sqlite")) {
        return None;
    }
    let origin = options.iter().find(|it| !is_empty(it)).or(options.first())?.fact.origin.clone();
    let origin = Origin { source: "`pool_size` + `max_overflow`".to_owned(), ..origin };
    Some(match size(&options) {
        Ok(size) => Fact::known(Value::Int(size), origin),
        Err(unknown) => Fact::unknown(unknown, origin),
    })
}

/// The address of a database that is a file, where the code says it and nothing may say another.
pub(super) fn database_file(module: &Module) -> Option<Fact> {
    file_of(&address(module)?)
}

/// An address that is one of a file.
fn file_of(fact: &Fact) -> Option<Fact> {
    let url = match &fact.state {
        State::Known(Value::Text(url)) => url.clone(),
        // `"sqlite:///" + os.path.join(here, "site.db")`, and nobody knows where `here` is.
        State::Pattern(parts) => parts.iter().map(part).collect(),
        _ => return None,
    };
    let is_file = url.starts_with("sqlite") && url.contains(":///") && !url.contains(":memory:");
    is_file.then(|| Fact::known(Value::Text(url), fact.origin.clone()))
}

/// The dialect of an address, where versions of SQLAlchemy lack it.
///
/// Source: <https://docs.sqlalchemy.org/en/14/changelog/changelog_14.html#change-3687655465c25a39b968b4f5f6e9170b>
fn lacking_dialect(address: &Fact) -> Option<Fact> {
    let start = match &address.state {
        State::Known(Value::Text(text)) => text,
        State::Pattern(parts) => match parts.first()? {
            TextPart::Known(text) => text,
            TextPart::Unknown(_) => return None,
        },
        _ => return None,
    };
    let dialect = Value::Text("postgres".to_owned());
    start.starts_with("postgres://").then(|| Fact::known(dialect, address.origin.clone()))
}

/// A part of a text, as it is shown.
pub(super) fn part(part: &TextPart) -> &str {
    match part {
        TextPart::Known(text) => text,
        TextPart::Unknown(_) => "…",
    }
}

/// The address of the database that SQLAlchemy is told, alone or for Flask.
fn address(module: &Module) -> Option<Fact> {
    let engine = module.record("sqlalchemy engine");
    let extension = module.record("flask engine options");
    let (binding, url) = match (engine, extension) {
        (Some(engine), None) => match &engine.value {
            PyValue::Dict(entries) => (engine, entries.get("url").cloned()?),
            _ => return None,
        },
        (None, Some(_)) => {
            let binding = binding(module, "SQLALCHEMY_DATABASE_URI")?;
            (binding, binding.value.clone())
        }
        _ => return None,
    };
    let origin =
        Origin { source: "an address in the code".to_owned(), ..binding.fact.origin.clone() };
    (!binding.maybe_unset).then(|| Fact::new(state(&url), origin))
}

fn is_empty(binding: &Binding) -> bool {
    matches!(&binding.value, PyValue::Dict(entries) if entries.is_empty())
}

fn size(options: &[&Binding]) -> Result<i64, Unknown> {
    let because = |what: &str| Err(Unknown::because(what));
    let option = |name: &str| {
        for binding in options {
            match &binding.value {
                PyValue::Dict(_) if binding.maybe_unset => {
                    return Err(Unknown::because("it is not known which engine is made"));
                }
                PyValue::Dict(entries) => {
                    if let Some(value) = entries.get(name) {
                        return Ok(Some(value.clone()));
                    }
                }
                other => {
                    let unknown = other.unknown();
                    let reason = || Unknown::because("it is not a dict");
                    return Err(unknown.map_or_else(reason, |it| it.to_model()));
                }
            }
        }
        Ok(None)
    };
    if option("poolclass")?.is_some() || option("pool")?.is_some() {
        return because("the class of the pool decides");
    }
    let number = |name: &str, default: i64| match option(name)?.as_ref().map(state) {
        None => Ok(default),
        Some(State::Known(Value::Int(number))) => Ok(number),
        Some(State::Unknown(unknown)) => Err(unknown),
        Some(_) => because("it is not a whole number"),
    };
    let (size, overflow) = (number("pool_size", POOL_SIZE)?, number("max_overflow", MAX_OVERFLOW)?);
    // Zero and minus one stand for no limit.
    match size > 0 && overflow >= 0 {
        true => Ok(size.saturating_add(overflow)),
        false => because("the pool has no limit"),
    }
}

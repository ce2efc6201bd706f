//! Django: which settings module runs, and what it comes to.
//!
//! Defaults are those of Django 5.2.
//! Sources: docs.djangoproject.com/en/5.2/ref/settings and /ref/databases.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::programs::Server;
use crate::python::{Binding, Module, PyValue};
use crate::vocabulary as v;
use crate::workspace::Opened;

use super::entry::Entry;
use super::{
    Application, SETTINGS_MODULE, Source, allowed, code, configurations, connections, fact,
    fallbacks, framework, inside, settings_module, state, urls,
};

/// What signs sessions, cookies and links.
pub(super) const SECRET_KEY: &str = "SECRET_KEY";

/// Settings that are kept, each with Django's default.
pub(super) const SETTINGS: &[(&str, Default)] = &[
    ("ALLOWED_HOSTS", Default::Empty),
    ("CSRF_TRUSTED_ORIGINS", Default::Empty),
    ("DATA_UPLOAD_MAX_MEMORY_SIZE", Default::Int(2_621_440)),
    ("DEBUG", Default::False),
    // Until Django 5.1; `STORAGES` takes its place.
    ("DEFAULT_FILE_STORAGE", Default::None),
    ("FILE_UPLOAD_MAX_MEMORY_SIZE", Default::Int(2_621_440)),
    ("INSTALLED_APPS", Default::Empty),
    ("MEDIA_ROOT", Default::Text("")),
    ("MIDDLEWARE", Default::Empty),
    ("SECURE_PROXY_SSL_HEADER", Default::None),
    ("SECURE_REDIRECT_EXEMPT", Default::Empty),
    ("SECURE_SSL_REDIRECT", Default::False),
    ("SESSION_ENGINE", Default::Text("django.contrib.sessions.backends.db")),
    ("STATICFILES_STORAGE", Default::None),
    ("STATIC_ROOT", Default::None),
    ("STATIC_URL", Default::None),
];

/// Values inside of settings that are tables: the setting, the keys below it, and what Django takes
/// where they are not there.
const NESTED: &[(&str, &[&str], Default)] = &[
    (
        "CACHES",
        &["default", "BACKEND"],
        Default::Text("django.core.cache.backends.locmem.LocMemCache"),
    ),
    ("CHANNEL_LAYERS", &["default", "BACKEND"], Default::None),
    (
        "STORAGES",
        &["staticfiles", "BACKEND"],
        Default::Text("django.contrib.staticfiles.storage.StaticFilesStorage"),
    ),
    (
        "STORAGES",
        &["default", "BACKEND"],
        Default::Text("django.core.files.storage.FileSystemStorage"),
    ),
    ("REST_FRAMEWORK", &["DEFAULT_THROTTLE_CLASSES"], Default::Empty),
];

#[derive(Clone, Copy)]
pub(super) enum Default {
    None,
    False,
    Int(i64),
    Text(&'static str),
    Empty,
}

impl Default {
    fn value(self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::False => Value::Bool(false),
            Self::Int(value) => Value::Int(value),
            Self::Text(value) => Value::Text(value.to_owned()),
            Self::Empty => Value::List(Vec::new()),
        }
    }
}

/// Reads the settings of a Django project. `entry` is the module that the server loads.
///
/// Where one of several settings modules runs, what all of them say is known.
pub(super) fn resolve(
    source: &mut Source<'_, '_>,
    entry: Option<&Entry>,
    server: &Server,
) -> Application {
    let Some(named) = settings_module::named(source, entry) else { return Application::default() };
    let environment = source.environment.clone();
    let mut all = named.each().map(|it| {
        source.environment = environment.clone();
        application(source, entry, server, &it)
    });
    let first = all.next().unwrap_or_default();
    let mut application = settings_module::agreed(first, all.collect(), named.doubt());
    if let Some(modules) = named.candidates() {
        application.settings.insert(SETTINGS_MODULE.to_owned(), modules);
    }
    application
}

/// The application with one settings module.
fn application(
    source: &mut Source<'_, '_>,
    entry: Option<&Entry>,
    server: &Server,
    named: &Fact,
) -> Application {
    let mut application = Application::default();
    let environment = source.environment.clone();
    let settings = of_module(source, named);
    let (id, fact) =
        framework("django", settings.origin.clone(), "`DJANGO_SETTINGS_MODULE` is set: Django");
    application.facts.set(id, fact);
    application.modules.extend(settings.name.clone());
    let urls = settings.get("ROOT_URLCONF", Default::None);
    application.modules.extend(urls.text().map(str::to_owned));
    // The label for what is not written: where the settings module is named.
    let place = settings.origin.span.or_else(|| entry.and_then(|it| it.span));
    for (name, default) in SETTINGS {
        application.settings.insert((*name).to_owned(), settings.get(name, *default));
    }
    for (name, keys, default) in NESTED {
        let fact = settings.nested(name, keys, *default);
        application.settings.insert(format!("{name}.{}", keys.join(".")), fact);
    }
    if let Ok(Some(key)) = settings.binding(SECRET_KEY) {
        code::secret(source, (SECRET_KEY, key), &mut application.facts);
    }
    if let Some(paths) = urls::with_slash_alone(source, &settings) {
        application.facts.set(v::CODE_SLASH_PATHS, paths);
    }
    application.facts.set(v::APP_KEEPS_UPLOADS, keeps_uploads(&settings));
    allowed::limits(&mut application);
    database(&mut application, &settings, server);
    at_their_values(source, &mut application);
    fallbacks::agreed(source, named, &environment, &mut application);
    fallbacks::of_django(source, (named, &settings), environment, &mut application);
    if let Some(place) = place {
        for (id, _) in application.facts.clone().iter() {
            application.facts.anchor(id, place);
        }
    }
    application
}

/// The settings of the project. `None` when nothing names a settings module.
pub(super) fn settings(source: &mut Source<'_, '_>, entry: Option<&Entry>) -> Option<Settings> {
    let named = settings_module::named(source, entry)?;
    Some(of_module(source, &named.certain()))
}

/// The settings of one module.
pub(super) fn of_module(source: &mut Source<'_, '_>, named: &Fact) -> Settings {
    let read = match named.text() {
        Some(dotted) => read(source, dotted, named),
        None => Err(match &named.state {
            State::Unknown(unknown) => unknown.clone(),
            _ => Unknown::because("the settings module is not known"),
        }),
    };
    let (name, origin) = (named.text().map(str::to_owned), named.origin.clone());
    match read {
        Ok(module) => {
            let unknown = settings_module::partial(&module, name.as_deref());
            Settings { name, module: Some(module), unknown, origin }
        }
        Err(unknown) => Settings { name, module: None, unknown: Some(unknown), origin },
    }
}

/// The settings module as it runs, or why it is not known.
pub(super) struct Settings {
    /// Its dotted name, where it is known.
    name: Option<String>,
    module: Option<Module>,
    /// Why what the module does not assign is not known.
    unknown: Option<Unknown>,
    /// Where the module is named.
    origin: Origin,
}

impl Settings {
    pub(super) fn get(&self, name: &str, default: Default) -> Fact {
        match self.binding(name) {
            Ok(Some(binding)) => fact(binding),
            Ok(None) => {
                let origin = Origin::new(OriginKind::Default, "Django default");
                Fact::known(default.value(), origin)
            }
            Err(unknown) => Fact::unknown(unknown, Origin { span: None, ..self.origin.clone() }),
        }
    }

    /// A value below a setting that is a table, at the place of the setting.
    fn nested(&self, name: &str, keys: &[&str], default: Default) -> Fact {
        let missing = || {
            let origin = Origin::new(OriginKind::Default, "Django default");
            Fact::known(default.value(), origin)
        };
        let binding = match self.binding(name) {
            Ok(Some(binding)) => binding,
            Ok(None) => return missing(),
            Err(unknown) => {
                return Fact::unknown(unknown, Origin { span: None, ..self.origin.clone() });
            }
        };
        let mut whole = fact(binding);
        whole.origin.span = Some(binding.name.span);
        let mut value = &binding.value;
        for key in keys {
            match value {
                PyValue::Dict(entries) => match entries.get(key) {
                    Some(inner) => value = inner,
                    None => return missing(),
                },
                _ => break,
            }
        }
        let state = match (binding.maybe_unset, list(value)) {
            (true, _) => whole.state,
            (false, Some(list)) => list,
            (false, None) => state(value),
        };
        Fact { state, ..whole }
    }

    /// A value below a setting that is a table; null where it is not there.
    pub(super) fn table(&self, name: &str, keys: &[&str]) -> Fact {
        self.nested(name, keys, Default::None)
    }

    /// The binding of a setting; `None` when the module certainly leaves it to Django.
    pub(super) fn binding(&self, name: &str) -> Result<Option<&Binding>, Unknown> {
        let Some(module) = &self.module else {
            let unknown = self.unknown.clone();
            return Err(unknown.unwrap_or_else(|| Unknown::because("there are no settings")));
        };
        match module.get(name) {
            Some(binding) => Ok(Some(binding)),
            None if let Some(unknown) = &self.unknown => Err(unknown.clone()),
            None if module.complete => Ok(None),
            None => Err(Unknown::because(format!("code that is not followed may set `{name}`"))),
        }
    }
}

/// Evaluates a settings module.
fn read(source: &mut Source<'_, '_>, dotted: &str, named: &Fact) -> Result<Module, Unknown> {
    let because = |what: &str| Unknown::because(format!("the settings module `{dotted}` {what}"));
    let file = match source.try_module(dotted) {
        Opened::File(file) => file,
        Opened::Missing => return Err(because("is not in this project")),
        Opened::Unknown(unknown) => return Err(unknown),
    };
    // Settings may read the variable that names them.
    source.environment.set(SETTINGS_MODULE, named.clone());
    let module = match configurations::named(source) {
        None => source.evaluate(file, None),
        Some(Ok(class)) => configurations::settings(source.evaluate_class(file, &class))
            .ok_or_else(|| because(&format!("has no class `{class}` that is followed")))?,
        Some(Err(unknown)) => return Err(unknown),
    };
    if let Some(failure) = &module.failure {
        return Err(because(&format!("ends with {}", failure.message)));
    }
    if !module.problems.is_empty() {
        return Err(because("is not valid Python"));
    }
    // A module without any of these gets its settings in another way.
    if settings_module::is_empty(&module) {
        return Err(because("does not assign its settings"));
    }
    Ok(module)
}

/// Whether `MEDIA_ROOT` names a folder. Most projects put it below the folder of the app, which
/// nobody knows here: it is a folder all the same.
fn keeps_uploads(settings: &Settings) -> Fact {
    let root = settings.get("MEDIA_ROOT", Default::Text(""));
    let is_bound = matches!(settings.binding("MEDIA_ROOT"), Ok(Some(it)) if !it.maybe_unset);
    let state = match (root.value(), is_bound) {
        (Some(Value::Text(path)), _) => State::Known(Value::Bool(!path.is_empty())),
        (Some(_), _) => State::Known(Value::Bool(false)),
        (None, true) => State::Known(Value::Bool(true)),
        (None, false) => root.state.clone(),
    };
    Fact { state, ..root }
}

/// Labels about values inside of tables are at the value, and not at all of `DATABASES`.
fn at_their_values(source: &Source<'_, '_>, application: &mut Application) {
    const DEFAULT: &[&str] = &["default"];
    const OF_DATABASE: &[(&str, &[&[&str]])] = &[
        ("ENGINE", &[DEFAULT, &["ENGINE"]]),
        ("HOST", &[DEFAULT, &["HOST"]]),
        ("NAME", &[DEFAULT, &["NAME"]]),
        ("CONN_MAX_AGE", &[DEFAULT, &["CONN_MAX_AGE", "conn_max_age"]]),
        ("OPTIONS.pool", &[DEFAULT, &["OPTIONS"], &["pool"]]),
    ];
    let sources = &source.workspace.sources;
    let mut narrow = |name: String, keys: &[&[&str]]| {
        if let Some(fact) = application.settings.get_mut(&name) {
            *fact = inside::narrowed(sources, fact, keys);
        }
    };
    for (name, keys, _) in NESTED {
        let each: Vec<&[&str]> = keys.iter().map(std::slice::from_ref).collect();
        narrow(format!("{name}.{}", keys.join(".")), &each);
    }
    for (name, keys) in OF_DATABASE {
        narrow(format!("DATABASES.default.{name}"), keys);
    }
    let age = application.settings.get("DATABASES.default.CONN_MAX_AGE").cloned();
    if let (Some(age), true) = (age, application.facts.get(v::DATABASE_CONN_MAX_AGE_S).is_some()) {
        application.facts.set(v::DATABASE_CONN_MAX_AGE_S, age);
    }
}

fn database(application: &mut Application, settings: &Settings, server: &Server) {
    let (value, origin) = match settings.binding("DATABASES") {
        Ok(Some(binding)) => {
            // The dict may fill a screen: a label at the name says as much.
            let mut origin = binding.fact.origin.clone();
            if origin.span.is_some_and(|it| it.file == binding.name.span.file) {
                origin.span = Some(binding.name.span);
            }
            let value = match binding.maybe_unset {
                true => PyValue::Unknown(Unknown::because("`DATABASES` may not be set").into()),
                false => binding.value.clone(),
            };
            (value, origin)
        }
        // Django's own default is no database at all.
        Ok(None) => {
            let origin = Origin::new(OriginKind::Default, "Django default");
            let set = |it| Fact::known(it, origin.clone());
            let dummy = Value::Text("django.db.backends.dummy".to_owned());
            for (key, value) in [("ENGINE", dummy), ("OPTIONS.pool", Value::Null)] {
                application.settings.insert(format!("DATABASES.default.{key}"), set(value));
            }
            application.facts.set(v::DATABASE_CONN_MAX_AGE_S, set(Value::Int(0)));
            return;
        }
        Err(unknown) => (PyValue::Unknown(unknown.into()), settings.origin.clone()),
    };
    let default = match &value {
        PyValue::Dict(databases) => databases.get("default").cloned(),
        other => Some(PyValue::Unknown(
            other.unknown().unwrap_or_else(|| Unknown::because("`DATABASES` is not a dict").into()),
        )),
    };
    let Some(default) = default else { return };
    let database = Database { value: default, origin };
    for (key, default) in [
        ("ENGINE", Value::Null),
        ("HOST", Value::Text(String::new())),
        ("NAME", Value::Text(String::new())),
        ("CONN_MAX_AGE", Value::Int(0)),
    ] {
        let fact = database.get(key, default);
        application.settings.insert(format!("DATABASES.default.{key}"), fact);
    }
    let pool = database.pool();
    application.settings.insert("DATABASES.default.OPTIONS.pool".to_owned(), pool.clone());
    let engine = application.settings["DATABASES.default.ENGINE"].clone();
    if engine.text().is_some_and(|it| it.contains("sqlite") || it.contains("spatialite")) {
        return;
    }
    let age = application.settings["DATABASES.default.CONN_MAX_AGE"].clone();
    application.facts.set(v::DATABASE_CONN_MAX_AGE_S, age);
    let others = match &value {
        PyValue::Dict(databases) => databases.len() - 1,
        _ => 0,
    };
    let per_process = match others {
        0 => connections::of_django(&server.facts, &pool),
        _ => Fact::unknown(Unknown::because("there are several databases"), pool.origin.clone()),
    };
    application.facts.set(v::CONNECTIONS_PER_PROCESS, per_process);
}

/// A list of plain values; `None` for what is no list.
fn list(value: &PyValue) -> Option<State> {
    let states: Vec<State> = match value {
        PyValue::List(items) => items.iter().map(state).collect(),
        PyValue::Tuple(items) => items.iter().map(state).collect(),
        _ => return None,
    };
    let mut values = Vec::with_capacity(states.len());
    for it in states {
        match it {
            State::Known(value) => values.push(value),
            other => return Some(other),
        }
    }
    Some(State::Known(Value::List(values)))
}

/// The settings of one database.
struct Database {
    value: PyValue,
    origin: Origin,
}

impl Database {
    fn get(&self, key: &str, default: Value) -> Fact {
        let state = match &self.value {
            PyValue::Dict(entries) => match entries.get(key) {
                Some(value) => state(value),
                None => {
                    let origin = Origin::new(OriginKind::Default, "Django default");
                    return Fact::known(default, origin);
                }
            },
            other => state(other),
        };
        Fact::new(state, self.origin.clone())
    }

    /// The most connections of the pool: null without one.
    ///
    /// `True` is psycopg's own: 4, and no more. A dict may name `min_size` and `max_size`.
    /// Source: <https://www.psycopg.org/psycopg3/docs/api/pool.html>
    fn pool(&self) -> Fact {
        const SIZE: i64 = 4;
        let options = match &self.value {
            PyValue::Dict(entries) => entries.get("OPTIONS"),
            other => Some(other),
        };
        let mut origin = self.origin.clone();
        let options = match options.filter(|it| self.is_from_url(it)) {
            Some(_) => {
                let what = "the URL of the database asks for no pool";
                let assumed = Fact::known(Value::Null, Origin::new(OriginKind::Assumed, what));
                origin = origin.with_input("pool", assumed);
                None
            }
            None => options,
        };
        let pool = match options {
            None => None,
            Some(PyValue::Dict(entries)) => entries.get("pool"),
            Some(other) => Some(other),
        };
        let size = match pool {
            None => State::Known(Value::Null),
            Some(PyValue::Bool(true)) => State::Known(Value::Int(SIZE)),
            Some(PyValue::Dict(entries)) if !entries.is_empty() => {
                let min = entries.get("min_size").map_or(State::Known(Value::Int(SIZE)), state);
                match entries.get("max_size") {
                    None | Some(PyValue::None) => min,
                    Some(max) => state(max),
                }
            }
            Some(other) if other.truth() == Some(false) => State::Known(Value::Null),
            Some(other) => state(other),
        };
        Fact::new(size, origin)
    }

    /// Whether options are those of a URL that is not known: then so is the name, for one reason.
    fn is_from_url(&self, options: &PyValue) -> bool {
        let PyValue::Dict(entries) = &self.value else { return false };
        matches!(options, PyValue::Unknown(_)) && entries.get("NAME") == Some(options)
    }
}

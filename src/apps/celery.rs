//! The configuration of the Celery application that a worker loads.
//!
//! The module of `-A` makes it. A setting is what `app.conf` is told, else what the object of
//! `config_from_object` has under the setting's name, in its namespace, or under its old name.
//! Variables that no file sets are taken to be unset, as for the configuration of a server.
//!
//! Source: `celery.app.utils.Settings` and `celery.utils.collections.ConfigurationView` (5.7.0)

mod queues;

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::programs::celery::{Configuration, KEYS, Key};
use crate::project::{Lookup, assumed_unset};
use crate::python::{Binding, Module, PyValue, Unmentioned};
use crate::workspace::{Workspace, folders_up, join};

use super::django::{self, Settings};
use super::entry::{self, Entry};
use super::{Source, environment, fact, folders, state};

/// Settings that an environment variable wins over.
const VARIABLES: &[(&str, &str)] =
    &[("broker_url", "CELERY_BROKER_URL"), ("result_backend", "CELERY_RESULT_BACKEND")];

/// The variable that names a module with the configuration.
const CONFIG_MODULE: &str = "CELERY_CONFIG_MODULE";

/// What says which queues there are.
const QUEUES: &str = "task_queues";

/// What says which tasks go to which of them.
const ROUTES: &str = "task_routes";

/// Where settings come from that `app.conf` is not told.
enum Object {
    /// Nothing is named.
    None,
    /// Django's settings.
    Django(Settings),
    /// Names that the evaluation of the application recorded.
    Recorded,
    /// A module of its own.
    Module(Module),
    /// What it has is not known.
    Unknown(Unknown),
}

/// Where the code of a process is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// With the manifest, if anywhere.
    Here,
    /// In an image that is not built here.
    InImage,
}

/// Reads the configuration. `None` where celery reads none that there is.
pub(crate) fn read(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    (server, code): (&Server, Code),
) -> Option<Configuration> {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let (unmentioned, calls) = (Unmentioned::Unset, Vec::new());
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    let mut configuration = Configuration::default();
    let reader = match entry::find(&mut source, launch, server) {
        Some(entry) => Reader::of_application(&mut source, &entry),
        None => match server.settings.get("app") {
            Some(app) if app.value() != Some(&Value::Null) => {
                // Where no code is kept, its configuration is as good as none.
                if code == Code::Here && !has_code(&source) && !is_above(&source, launch, app) {
                    return None;
                }
                Reader::of_unseen_application(app)
            }
            _ => Reader::of_default_application(&mut source, server)?,
        },
    };
    for key in KEYS {
        let given = VARIABLES.iter().find(|(name, _)| *name == key.name);
        let fact = match given.map(|(_, variable)| source.environment.get(variable)) {
            Some(Lookup::Set(fact)) if fact.text() != Some("") => fact.clone(),
            looked_up => {
                if let (Some((_, variable)), Some(Lookup::Unmentioned)) = (given, looked_up) {
                    configuration.set_variable(variable, assumed_unset(variable));
                }
                reader.setting(key)
            }
        };
        let fact = if key.name == QUEUES { in_order(&source, fact) } else { fact };
        configuration.set(key, fact);
    }
    // The command line wins over all of them.
    let broker = server.settings.get("broker").filter(|it| it.value() != Some(&Value::Null));
    if let (Some(broker), Some(key)) = (broker, KEYS.iter().find(|it| it.name == "broker_url")) {
        configuration.set(key, broker.clone());
    }
    Some(configuration)
}

/// Whether code stands in a folder that modules are imported from.
fn has_code(source: &Source<'_, '_>) -> bool {
    // What configures a server is kept where the application is not, too.
    let is_code = |it: &String| it.ends_with(".py") && !it.starts_with("gunicorn");
    source.folders.iter().any(|it| source.workspace.names(it).iter().any(is_code))
}

/// Whether the module stands in a folder above the one that the command runs in: the manifest has a
/// folder of its own, and the code is deployed to another place.
fn is_above(source: &Source<'_, '_>, launch: &Launch, app: &Fact) -> bool {
    let Some(module) = app.text().and_then(|it| it.split([':', '.']).next()) else { return false };
    folders_up(&launch.folder).any(|folder| {
        [format!("{module}.py"), format!("{module}/__init__.py"), format!("{module}/celery.py")]
            .iter()
            .any(|it| join(folder, it).is_some_and(|it| source.workspace.is_file(&it)))
    })
}

/// The application as its module makes it.
struct Reader {
    /// The module, evaluated; without one there are no settings of `app.conf`.
    module: Option<Module>,
    object: Object,
    namespace: Result<Option<String>, Unknown>,
}

impl Reader {
    fn of_application(source: &mut Source<'_, '_>, entry: &Entry) -> Self {
        let module = source.evaluate(entry.file, None);
        let unknown = |reason: &str| Self {
            module: None,
            object: Object::Unknown(Unknown::because(reason)),
            namespace: Ok(None),
        };
        if let Some(failure) = &module.failure {
            let what = "the module that makes the celery application";
            return unknown(&format!("{what} ends with {}", failure.message));
        }
        if !module.problems.is_empty() {
            return unknown("the module that makes the celery application is not valid Python");
        }
        if module.record("celery app").is_none() {
            return unknown("the module that `-A` names makes no celery application that is seen");
        }
        let namespace = match module.record("celery namespace").map(|it| (it, fact(it))) {
            None => Ok(None),
            Some((_, fact)) => match (fact.text(), fact.state.open()) {
                (Some(text), _) => Ok(Some(text.to_owned())),
                (None, Some(unknown)) => Err(unknown),
                (None, None) => Ok(None),
            },
        };
        let object = object(source, entry, &module);
        Self { module: Some(module), object, namespace }
    }

    /// What `-A` names is not among the files of the project.
    fn of_unseen_application(app: &Fact) -> Self {
        let unknown = app.state.open().unwrap_or_else(|| {
            let name = app.text().unwrap_or_default();
            Unknown::because(format!("`{name}` is not in this project"))
        });
        Self { module: None, object: Object::Unknown(unknown), namespace: Ok(None) }
    }

    /// Without `-A`, celery reads `celeryconfig.py`.
    fn of_default_application(source: &mut Source<'_, '_>, server: &Server) -> Option<Self> {
        server.settings.get("app")?;
        let file = match source.environment.get(CONFIG_MODULE) {
            Lookup::Set(fact) => {
                let dotted = fact.text()?.to_owned();
                source.module(&dotted)?
            }
            Lookup::Unset | Lookup::Unmentioned => source.module("celeryconfig")?,
        };
        let module = source.evaluate(file, None);
        let object = match module.failure.is_some() || !module.problems.is_empty() {
            true => Object::Unknown(Unknown::because("`celeryconfig` cannot be followed")),
            false => Object::Module(module),
        };
        Some(Self { module: None, object, namespace: Ok(None) })
    }

    /// What a setting is; null where celery's default applies.
    fn setting(&self, key: &Key) -> Fact {
        let keys = match self.keys(key) {
            Ok(keys) => keys,
            Err(unknown) => return Fact::unknown(unknown, derived()),
        };
        let told = self.module.as_ref().and_then(|module| {
            let record = |it: &String| module.record(&format!("celery conf {it}"));
            keys.iter().find_map(record).or_else(|| module.record("celery conf *"))
        });
        if let Some(binding) = told {
            return of_binding(binding, key);
        }
        let found = match &self.object {
            Object::None => Ok(None),
            Object::Unknown(unknown) => Err(unknown.clone()),
            // `django.conf.settings` has the names in capitals, and no others.
            Object::Django(settings) => {
                let in_capitals = |it: &&String| !it.contains(|it: char| it.is_ascii_lowercase());
                let keys: Vec<&String> = keys.iter().filter(in_capitals).collect();
                first(&keys, |it| settings.binding(it))
            }
            Object::Recorded => {
                let module = self.module.as_ref();
                let record = |name: &str| module.and_then(|it| it.record(name));
                let found = keys.iter().find_map(|it| record(&format!("celery object {it}")));
                Ok(found.or_else(|| record("celery object *")))
            }
            Object::Module(module) => match keys.iter().find_map(|it| module.get(it)) {
                None if !module.complete => {
                    let reason = format!("code that is not followed may set `{}`", key.name);
                    Err(Unknown::because(reason))
                }
                found => Ok(found),
            },
        };
        match found {
            Ok(Some(binding)) => of_binding(binding, key),
            Ok(None) => {
                Fact::known(Value::Null, Origin::new(OriginKind::Default, "celery default"))
            }
            Err(unknown) => Fact::unknown(unknown, derived()),
        }
    }

    /// The names that celery looks a setting up under, the first to win.
    fn keys(&self, key: &Key) -> Result<Vec<String>, Unknown> {
        let mut keys = Vec::new();
        if let Some(namespace) = self.namespace.clone()? {
            let prefix = format!("{}_", namespace.trim_end_matches('_'));
            let name = match prefix.chars().all(|it| !it.is_lowercase()) {
                true => key.name.to_uppercase(),
                false => key.name.to_owned(),
            };
            keys.push(format!("{prefix}{name}"));
        }
        keys.extend([key.name, key.old].map(str::to_owned));
        Ok(keys)
    }
}

/// The binding of the first name that has one.
fn first<'a>(
    keys: &[&String],
    binding: impl Fn(&str) -> Result<Option<&'a Binding>, Unknown>,
) -> Result<Option<&'a Binding>, Unknown> {
    for key in keys {
        if let Some(found) = binding(key)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What `config_from_object` names.
fn object(source: &mut Source<'_, '_>, entry: &Entry, module: &Module) -> Object {
    let Some(named) = module.record("celery source") else {
        return match source.environment.get(CONFIG_MODULE) {
            Lookup::Set(_) => {
                let reason = format!("`{CONFIG_MODULE}` names a module that is not followed");
                Object::Unknown(Unknown::because(reason))
            }
            Lookup::Unset | Lookup::Unmentioned => Object::None,
        };
    };
    let is_django = match &named.value {
        PyValue::Str(path) => **path == *"django.conf:settings",
        // `from django.conf import settings`
        other => other.unknown().is_some_and(
            |it| matches!(&it.to_model().kind, GapKind::Package(package) if package == "django"),
        ),
    };
    if !is_django {
        return Object::Recorded;
    }
    // A worker without the variable does not start, so somebody sets it: to what the other ways
    // into the project name.
    let named = django::settings(source, Some(entry)).or_else(|| {
        let others = entry::others(source, entry);
        others.iter().find_map(|it| django::settings(source, Some(it)))
    });
    match named {
        Some(settings) => Object::Django(settings),
        None => {
            let reason = "nothing names the settings module of Django";
            Object::Unknown(Unknown::because(reason))
        }
    }
}

/// A setting as it is bound, or the part of it that counts.
fn of_binding(binding: &Binding, key: &Key) -> Fact {
    let whole = fact(binding);
    if key.name == ROUTES && !matches!(binding.value, PyValue::None) && !binding.maybe_unset {
        let unknown = || State::Unknown(Unknown::because("not each route is written out"));
        let state = queues::routes(&binding.value).map_or_else(unknown, State::Known);
        return Fact { state, ..whole };
    }
    let Some(part) = key.part else {
        return match (&whole.state, &binding.value) {
            // A table or an object has no counterpart among settings.
            (State::Known(Value::Text(_)), PyValue::Str(_)) => whole,
            (State::Known(Value::Text(_)), _) => Fact { state: state(&binding.value), ..whole },
            _ => whole,
        };
    };
    let state = match (&binding.value, binding.maybe_unset) {
        (_, true) => whole.state,
        (PyValue::Dict(entries), false) => match entries.get(part) {
            Some(value) => state(value),
            None => State::Known(Value::Null),
        },
        (other, false) => state(other),
    };
    Fact { state, ..whole }
}

/// The queues that an application has, as far as they are plain ones that are written out.
fn in_order(source: &Source<'_, '_>, fact: Fact) -> Fact {
    let Some(span) = fact.origin.span else { return fact };
    if fact.value() == Some(&Value::Null) {
        return fact;
    }
    let text = source.workspace.sources.file(span.file).text();
    let state = match text.get(span.start as usize..span.end as usize).and_then(queues::plain) {
        Some(names) => State::Known(names),
        None => State::Unknown(Unknown::because("the queues are not written out")),
    };
    Fact { state, ..fact }
}

fn derived() -> Origin {
    Origin::new(OriginKind::Derived, "the configuration of the celery application")
}

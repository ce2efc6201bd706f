//! The application behind a server: what it accepts, and what it opens.
//!
//! The server's command names a module. For Django it leads to the settings module, for Flask and
//! FastAPI it is the application itself. Files are evaluated with the environment that the
//! deployment is known to have; a variable that no file sets leaves unknown what depends on it.
//! Nothing is read for a process whose command does not lead to a file of the project.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Environment, Facts, Lookup, NamedFacts};
use crate::python::{self, Binding, Host, Module, Plan, PyValue, Unmentioned, Wanted, evaluate_as};
use crate::source::{FileId, SourceMap, Span};
use crate::vocabulary;
use crate::workspace::{Opened, Workspace, join};

mod allowed;
mod celery;
mod clients;
mod code;
mod commands;
mod configurations;
mod connections;
mod database_file;
mod django;
mod entry;
mod fallbacks;
mod fastapi;
mod flask;
mod imports;
mod inside;
mod lacked;
mod lifespan;
mod missing;
mod models;
mod pools;
mod required;
mod script;
mod settings_module;
mod urls;
mod variables;
mod workers;

#[cfg(test)]
mod tests;

pub(crate) use self::celery::{Code, read as celery};
pub(crate) use self::commands::Commands;
pub(crate) use self::imports::{Loaded, Sent, Wanted as WantedModule, imports};
pub(crate) use self::models::brings_loader;
pub(crate) use self::required::{is_of_project, required};
pub(crate) use self::script::{Outcome, start as script};
pub(crate) use self::workers::read as queue;

/// The variable that names Django's settings module.
pub(crate) const SETTINGS_MODULE: &str = "DJANGO_SETTINGS_MODULE";

/// What is known of an application.
#[derive(Debug, Default)]
pub(crate) struct Application {
    /// Settings of the framework under their own names: `DEBUG`, `MAX_CONTENT_LENGTH`. Those in a
    /// table have its name in front: `DATABASES.default.CONN_MAX_AGE`.
    pub(crate) settings: NamedFacts,
    /// The facts that follow from them.
    pub(crate) facts: Facts,
    /// Modules that the framework loads beside the one that the server names.
    modules: Vec<String>,
}

/// Reads the application that a server loads.
pub(crate) fn resolve(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    server: &Server,
) -> Application {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let unmentioned = Unmentioned::Unknown;
    let calls = Vec::new();
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    let entry = entry::find(&mut source, launch, server);
    let named = source.environment.sets(SETTINGS_MODULE);
    let mut application = match &entry {
        Some(entry) => {
            let text = source.workspace.sources.file(entry.file).shared_text();
            match named || text.contains(SETTINGS_MODULE) {
                true => django::resolve(&mut source, Some(entry), server),
                false => flask::resolve(&mut source, entry, server),
            }
        }
        // Commands such as `celery -A` name a package that installs itself: the variable is enough.
        None if named => django::resolve(&mut source, None, server),
        None => {
            let mut application = unseen(server);
            if let Some(module) = missing::module(&mut source, launch, server) {
                application.facts.set(vocabulary::CODE_MISSING_MODULE, module);
            }
            return application;
        }
    };
    if let Some((found, span)) = entry.as_ref().and_then(|it| Some((it.found.clone()?, it.span))) {
        let looked = Origin { span, ..Origin::new(OriginKind::Derived, "what the server finds") };
        application.facts.set(vocabulary::APP, Fact::known(Value::Text(found), looked));
    }
    if let Some(fact) = lacked::variable(&mut source, entry.as_ref(), &application) {
        application.facts.set(vocabulary::CODE_FAILS_WITHOUT, fact);
    }
    let sources = &source.workspace.sources;
    if let Some(fact) = entry.as_ref().and_then(|it| scheme(sources, it)) {
        let header = application.settings.get(PROXY_SSL_HEADER);
        if header.is_some_and(|it| it.value() == Some(&Value::Null)) {
            application.settings.insert(PROXY_SSL_HEADER.to_owned(), fact);
        }
    }
    application.facts.extend(code::facts(sources, &source.calls));
    let library = entry.and_then(|it| code::large_library(source.workspace, it.file));
    if let Some(library) = library {
        application.facts.set(vocabulary::CODE_LARGE_LIBRARY, library);
    }
    application
}

/// The calls of an application that are looked at one by one.
const SITES: Wanted = Wanted {
    is_package: |package| clients::is_package(package) || database_file::is_package(package),
    is_call: |dotted| clients::is_call(dotted) || database_file::is_call(dotted),
    matters: |site| clients::matters(site) || database_file::matters(site),
};

/// Setting of Django that says which header tells how a request came.
const PROXY_SSL_HEADER: &str = "SECURE_PROXY_SSL_HEADER";

/// What the setting comes to where the file that the server loads says itself how a request came:
/// `environ["wsgi.url_scheme"] = "https"`.
fn scheme(sources: &SourceMap, entry: &entry::Entry) -> Option<Fact> {
    let file = sources.file(entry.file);
    let says = ["url_scheme", "ProxyFix", "X_FORWARDED_PROTO"];
    let at = says.iter().find_map(|it| file.text().find(it))?;
    let why = format!("{} says itself whether a request came by HTTPS", file.path());
    let span = Span::new(entry.file, at, at);
    Some(Fact::unknown(Unknown::because(why), Origin::written(span, "the application")))
}

/// Whether the program is Celery's, which has applications of its own kind.
fn is_celery(server: &Server) -> bool {
    let program = server.facts.get(vocabulary::SERVER).and_then(Fact::text);
    program.is_some_and(|it| it.starts_with("celery"))
}

/// Reads the application that a function serves: what the manifest names, or Django where the
/// environment names its settings. A function works on one request at a time.
pub(crate) fn of_function(
    workspace: &mut Workspace<'_>,
    facts: &Facts,
    environment: &Environment,
    folder: &str,
    span: Span,
) -> Application {
    let mut server = Server::default();
    let handler = facts.get(vocabulary::FUNCTION_HANDLER).filter(|it| is_python(facts, it));
    let is_named = facts.get(vocabulary::APP).is_some();
    if let Some(app) = facts.get(vocabulary::APP).or(handler) {
        server.facts.set(vocabulary::APP, attribute(app));
    }
    let one = Origin::new(OriginKind::Platform, "a function works on one request at a time");
    let class = Fact::known(Value::Text("sync".to_owned()), one);
    server.facts.set(vocabulary::WORKER_CLASS, class);
    let launch = Launch::of_function(environment, folder, span);
    let unknown = Unknown::because("a function sees the CPUs of its memory");
    let cpus = Fact::unknown(unknown, Origin::new(OriginKind::Platform, "CPUs of a function"));
    let mut application = resolve(workspace, &launch, &cpus, &server);
    if let Some(one) = code::one_connection(&application.facts) {
        application.facts.set(vocabulary::CONNECTIONS_PER_PROCESS, one);
    }
    // Most handlers are functions without a framework, or adapters of packages.
    let is_framework =
        application.facts.get(vocabulary::FRAMEWORK).is_some_and(|it| it.value().is_some());
    if !is_named && !is_framework {
        application.facts.remove(vocabulary::FRAMEWORK);
    }
    application
}

/// Whether a handler is code of Python.
fn is_python(facts: &Facts, handler: &Fact) -> bool {
    let runtime = facts.get(vocabulary::FUNCTION_RUNTIME).and_then(Fact::text);
    let is_module = handler.text().is_some_and(|it| it.contains(':'));
    runtime.map_or(is_module, |it| it.contains("python"))
}

/// Tools for functions write the module and the name in it with a dot: `shop.wsgi.app`.
fn attribute(app: &Fact) -> Fact {
    let Some(text) = app.text().filter(|it| !it.contains(':')) else { return app.clone() };
    let Some((module, name)) = text.rsplit_once('.') else { return app.clone() };
    Fact { state: State::Known(Value::Text(format!("{module}:{name}"))), ..app.clone() }
}

/// An application that is not among the files of the project: which framework it is made with is
/// not known.
fn unseen(server: &Server) -> Application {
    let mut application = Application::default();
    let Some(app) = server.facts.get(vocabulary::APP) else { return application };
    let unknown = match (app.text(), app.state.open()) {
        (_, Some(unknown)) => unknown,
        (Some(name), None) if name.contains('(') => {
            Unknown::because(format!("the arguments of `{name}` are not followed"))
        }
        (Some(name), None) => Unknown::because(format!("`{name}` is not in this project")),
        (None, None) => return application,
    };
    let origin = Origin { inputs: Vec::new(), ..app.origin.clone() };
    application.facts.set(vocabulary::FRAMEWORK, Fact::unknown(unknown, origin));
    application
}

/// Where modules come from, and what they see.
struct Source<'a, 'f> {
    workspace: &'a mut Workspace<'f>,
    environment: Environment,
    /// Folders that modules are imported from, the one that the server runs in first.
    folders: Vec<String>,
    cpus: &'a Fact,
    /// What a variable is that no file sets.
    unmentioned: Unmentioned,
    /// Calls that modules made while they were loaded.
    calls: Vec<Binding>,
}

impl Source<'_, '_> {
    /// The file of a module: `shop.wsgi`.
    fn module(&mut self, dotted: &str) -> Option<FileId> {
        self.try_module(dotted).file()
    }

    /// What is known of the file of a module.
    fn try_module(&mut self, dotted: &str) -> Opened {
        let path = dotted.replace('.', "/");
        if path.is_empty() || path.starts_with('/') {
            return Opened::Missing;
        }
        let paths = self.folders.iter().flat_map(|folder| {
            [format!("{path}.py"), format!("{path}/__init__.py")].map(|it| join(folder, &it))
        });
        let paths: Vec<String> = paths.flatten().collect();
        let mut opened = paths.iter().map(|it| self.workspace.try_open(it));
        opened.find(|it| *it != Opened::Missing).unwrap_or(Opened::Missing)
    }

    /// Evaluates a file, and calls one of its functions.
    fn evaluate(&mut self, file: FileId, call: Option<&str>) -> Module {
        let unmentioned = self.unmentioned;
        let watched: Option<fn(&str) -> bool> = Some(code::is_watched);
        let module = self.evaluate_as(file, Plan { unmentioned, call, watched, ..Plan::default() });
        let is_call = |it: &&Binding| it.name.value.starts_with("call ");
        self.calls.extend(module.records.iter().filter(is_call).cloned());
        module
    }

    /// Evaluates the file of an application, and looks at what its functions open, too.
    fn evaluate_application(&mut self, entry: &entry::Entry) -> Module {
        let unmentioned = self.unmentioned;
        let call = entry.is_called.then_some(entry.name.as_str());
        let watched: Option<fn(&str) -> bool> = Some(code::is_watched);
        let (within, sites) = (Some(pools::CALLS), Some(SITES));
        let plan = Plan { unmentioned, call, watched, within, sites, ..Plan::default() };
        let module = self.evaluate_as(entry.file, plan);
        let is_call = |it: &&Binding| it.name.value.starts_with("call ");
        self.calls.extend(module.records.iter().filter(is_call).cloned());
        module
    }

    /// Evaluates a file for one of its classes.
    fn evaluate_class(&mut self, file: FileId, class: &str) -> Module {
        let unmentioned = self.unmentioned;
        let watched: Option<fn(&str) -> bool> = Some(code::is_watched);
        let class = Some(class);
        let module =
            self.evaluate_as(file, Plan { unmentioned, class, watched, ..Plan::default() });
        let is_call = |it: &&Binding| it.name.value.starts_with("call ");
        self.calls.extend(module.records.iter().filter(is_call).cloned());
        module
    }

    /// Runs a file as a script with these words as `sys.argv`, and records calls of packages.
    fn run(&mut self, file: FileId, calls: fn(&str) -> bool, argv: Option<&[Fact]>) -> Module {
        let unmentioned = self.unmentioned;
        let commands: Option<fn(&str) -> bool> = Some(commands::is_start);
        let calls = Some(calls);
        self.evaluate_as(file, Plan { unmentioned, calls, commands, argv, ..Plan::default() })
    }

    /// Calls a function of a module, and records calls of packages.
    fn call(
        &mut self,
        file: FileId,
        name: &str,
        calls: fn(&str) -> bool,
        argv: Option<&[Fact]>,
    ) -> Module {
        let (unmentioned, call) = (self.unmentioned, Some(name));
        let commands: Option<fn(&str) -> bool> = Some(commands::is_start);
        let watched = Some(calls);
        self.evaluate_as(
            file,
            Plan { unmentioned, call, commands, watched, argv, ..Plan::default() },
        )
    }

    fn evaluate_as(&mut self, file: FileId, plan: Plan<'_>) -> Module {
        let mut folders = self.folders.clone();
        let folder = folders.remove(0);
        let mut host = Host {
            workspace: self.workspace,
            environment: &self.environment,
            cpu_count: self.cpus.clone(),
            folder,
            python_path: folders,
            python: None,
        };
        evaluate_as(&mut host, file, plan)
    }
}

/// The environment, with what gunicorn's `--env` adds.
fn environment(launch: &Launch, server: &Server) -> Environment {
    let mut environment = launch.environment.clone();
    let raw = server.settings.get("raw_env");
    let Some((Value::List(values), fact)) = raw.and_then(|it| Some((it.value()?, it))) else {
        return environment;
    };
    for (name, value) in values.iter().filter_map(|it| it.as_str()?.split_once('=')) {
        let origin = Origin {
            kind: OriginKind::Env,
            source: format!("`{name}` in `raw_env`"),
            ..fact.origin.clone()
        };
        environment.set(name, Fact::known(Value::Text(value.to_owned()), origin));
    }
    environment
}

fn folders(workspace: &Workspace<'_>, launch: &Launch, server: &Server) -> Vec<String> {
    let setting = |name: &str| server.settings.get(name).and_then(Fact::text);
    let mut folders = Vec::from_iter(script::folder(workspace, launch));
    folders.extend(setting("chdir").and_then(|it| workspace.join(&launch.folder, it)));
    // `celery --workdir` goes there before it imports the application.
    let workdir = launch.values_of(&["--workdir"]).pop().flatten();
    folders.extend(workdir.and_then(|it| workspace.join(&launch.folder, &it)));
    folders.push(launch.folder.clone());
    let paths = setting("pythonpath").unwrap_or_default().split(',');
    let own = match launch.environment.get("PYTHONPATH") {
        Lookup::Set(fact) => fact.text().unwrap_or_default(),
        _ => "",
    };
    let paths = paths.chain(own.split(':')).filter(|it| !it.is_empty());
    folders.extend(paths.filter_map(|it| workspace.join(&launch.folder, it)));
    folders.extend(python::source_folder(workspace, &launch.folder));
    folders.dedup();
    folders
}

/// What a binding is: unknown where some path leaves the name alone.
fn fact(binding: &Binding) -> Fact {
    let mut fact = binding.fact.clone();
    if binding.maybe_unset {
        // A record is shown by the name that a user knows: the last word.
        let name = binding.name.value.rsplit(' ').next().unwrap_or_default();
        let reason = format!("it is not known whether `{name}` is set");
        let unknown = fact.origin.inputs.iter().find_map(|it| match &it.fact.state {
            State::Unknown(unknown) => Some(unknown.clone()),
            _ => None,
        });
        fact.state = State::Unknown(unknown.unwrap_or_else(|| Unknown::because(reason)));
    }
    fact
}

/// What is known of a part of a value.
fn state(value: &PyValue) -> State {
    match value {
        PyValue::None => State::Known(Value::Null),
        PyValue::Bool(value) => State::Known(Value::Bool(*value)),
        PyValue::Int(value) => State::Known(Value::Int(*value)),
        PyValue::Float(value) => State::Known(Value::Number(*value)),
        PyValue::Str(value) => State::Known(Value::Text(value.to_string())),
        PyValue::Range { min, max, .. } => State::Range { min: *min, max: *max },
        PyValue::Pattern(parts) => State::Pattern(parts.to_model()),
        other => State::Unknown(match other.unknown() {
            Some(unknown) => unknown.to_model(),
            None => Unknown::because("the value is not followed"),
        }),
    }
}

/// A number of bytes as megabytes. `None` stays: there is no limit.
fn megabytes(bytes: &Fact) -> Fact {
    const MB: f64 = 1_048_576.0;
    Fact::new(bytes.state.map_number(|it| it / MB), bytes.origin.clone())
}

/// A known text as a fact written where `origin` is.
fn framework(name: &str, mut origin: Origin, source: &str) -> (vocabulary::FactId, Fact) {
    source.clone_into(&mut origin.source);
    origin.inputs.clear();
    (vocabulary::FRAMEWORK, Fact::known(Value::Text(name.to_owned()), origin))
}

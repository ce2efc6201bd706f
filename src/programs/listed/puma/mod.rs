//! Puma: what its flags say, else its configuration file, else its variables and defaults.
//!
//! Sources: puma 5.6.5 of Debian 12, `lib/puma/configuration.rb` and `lib/puma/dsl.rb`;
//! <https://github.com/puma/puma/blob/master/lib/puma/configuration.rb>

mod file;
mod names;
mod value;

use crate::budget::Budget;
use crate::fact::{Fact, Input, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::Launch;
use crate::parse::ruby;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::source::FileId;
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace};

use file::Reader;
pub(super) use file::Settings;
pub(super) use names::UNICORN;
use names::{Dsl, PUMA};

/// The file that is read when none is named. One for an environment counts before it.
const FILE: &str = "config/puma.rb";

/// Variables that name the environment, the first that is set counts.
const STAGES: &[&str] = &["APP_ENV", "RACK_ENV", "RAILS_ENV"];

/// Sets workers, threads, address and timeouts of `puma`.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    let settings = configuration(workspace, launch, cpus);
    processes(server, launch, &settings);
    connections(server, workspace, launch, &settings);
    let given = |server: &Server, name: &str| {
        let fact = server.settings.get(name).cloned();
        fact.filter(|it| it.origin.kind == OriginKind::Written)
    };
    let (host, port) = match (given(server, "bind"), given(server, "port")) {
        (Some(bind), _) => bound(&bind),
        (None, Some(port)) => (default_fact(text("0.0.0.0"), "Puma"), port),
        (None, None) => (
            settings.or_default("host", default_fact(text("0.0.0.0"), "Puma")),
            settings.or_default("port", default_fact(Value::Int(9292), "Puma")),
        ),
    };
    server.facts.set(v::BIND_HOST, host);
    server.facts.set(v::PORT, port);
}

/// The same for `rails server`, which starts Puma where the Gemfile has it: its own flags say the
/// address.
pub(super) fn of_rails(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    let is_locked = workspace.join(&launch.folder, "Gemfile.lock");
    let is_locked = is_locked.is_some_and(|it| workspace.open(&it).is_some());
    if is_locked && super::ruby::version(workspace, launch, "puma").is_none() {
        return;
    }
    let settings = configuration(workspace, launch, cpus);
    let variable = |name: &str| match launch.environment.get(name) {
        Lookup::Set(fact) => fact.clone(),
        Lookup::Unset | Lookup::Unmentioned => {
            let unset = launch.environment.taken_as_unset(name);
            unset.unwrap_or_else(|| default_fact(Value::Null, "Puma"))
        }
    };
    server.settings.insert("workers".to_owned(), concurrency(&variable("WEB_CONCURRENCY")));
    processes(server, launch, &settings);
    connections(server, workspace, launch, &settings);
    let host = rails_host(server, launch, &settings);
    server.facts.set(v::BIND_HOST, host);
    let port = server.settings.get("port").filter(|it| it.value() != Some(&Value::Null)).cloned();
    if let Some(port) = port {
        server.facts.set(v::PORT, port);
    } else if settings.says("port") {
        server.facts.set(v::PORT, settings.or_default("port", default_fact(Value::Null, "Puma")));
    }
}

/// The address of `rails server`: what a flag or `BINDING` says, else what Puma's file says, else
/// every address; in development, this machine alone.
///
/// Source: <https://github.com/rails/rails/blob/main/railties/lib/rails/commands/server/server_command.rb>
fn rails_host(server: &Server, launch: &Launch, settings: &Settings) -> Fact {
    let flag = server.settings.get("binding").filter(|it| it.value() != Some(&Value::Null));
    if let Some(flag) = flag {
        return flag.clone();
    }
    if let Lookup::Set(fact) = launch.environment.get("BINDING") {
        return fact.clone();
    }
    let usual = |host: &str| default_fact(text(host), "Rails");
    let unknown = |reason: &str| Fact::unknown(Unknown::because(reason), usual("0.0.0.0").origin);
    if let Lookup::Set(_) = launch.environment.get("HOST") {
        // Before Rails 6.1, this variable is read, too.
        return unknown("whether `HOST` is read depends on the version of Rails");
    }
    match (stage(launch).as_deref(), settings.says("host")) {
        (Some("development"), false) => usual("localhost"),
        // `port` of the file leaves the host to Rails, `bind` does not.
        (Some("development"), true) => unknown("how Puma's file says the address is not followed"),
        (Some(_), _) => settings.or_default("host", usual("0.0.0.0")),
        (None, _) => {
            let unknown = Unknown::new(
                "the address depends on `RAILS_ENV`, which no file sets",
                "`RAILS_ENV` under `[env]` in opslint.toml",
            );
            Fact::unknown(unknown, usual("0.0.0.0").origin)
        }
    }
}

/// The workers that a variable asks for.
fn concurrency(variable: &Fact) -> Fact {
    let mut fact = default_fact(Value::Int(0), "Puma");
    match (&variable.state, variable.text().map(str::parse::<i64>)) {
        (_, Some(Ok(number))) => {
            fact = Fact { state: State::Known(Value::Int(number)), ..variable.clone() };
        }
        (State::Known(Value::Null), _) => {
            let name = "$WEB_CONCURRENCY".to_owned();
            fact.origin.inputs.push(Input::new(name, variable.clone()));
        }
        _ => {
            let unknown = variable.state.open();
            let unknown = unknown.unwrap_or_else(|| Unknown::because("it is not a number"));
            fact = Fact { state: State::Unknown(unknown), ..variable.clone() };
        }
    }
    fact
}

/// Sets workers and threads.
fn processes(server: &mut Server, launch: &Launch, settings: &Settings) {
    let is_flag = |it: &Fact| it.origin.kind == OriginKind::Written;
    if let Some(workers) = server.settings.get("workers").cloned() {
        let workers = match is_flag(&workers) {
            true => workers,
            false => settings.or_default("workers", workers),
        };
        server.settings.insert("workers".to_owned(), workers.clone());
        // Without workers, Puma is one process.
        let state = workers.state.map_number(|it| it.max(1.0));
        server.facts.set(v::WORKERS, Fact { state, ..workers });
    }
    let given = server.settings.get("threads").filter(|it| is_flag(it)).cloned();
    let threads = match given {
        Some(given) => {
            let most = given.text().and_then(|it| it.rsplit(':').next()?.parse::<i64>().ok());
            let unknown = || State::Unknown(Unknown::because("the threads are not numbers"));
            let state = most.map_or_else(unknown, |it| State::Known(Value::Int(it)));
            Fact { state, ..given }
        }
        None => settings.or_default("threads", usual_threads(launch)),
    };
    server.facts.set(v::THREADS, threads);
    let workers = server.facts.get(v::WORKERS).cloned();
    let threads = server.facts.get(v::THREADS).cloned();
    if let (Some(workers), Some(threads)) = (workers, threads) {
        let state = workers.state.map2_number(&threads.state, |a, b| a * b);
        let mut origin = Origin::new(OriginKind::Derived, "workers × threads");
        origin.span = workers.origin.span.or(threads.origin.span);
        let origin = origin.with_input("workers", workers).with_input("threads", threads);
        server.facts.set(v::CONCURRENCY, Fact::new(state, origin));
    }
}

/// The threads that nothing in a file or command says.
fn usual_threads(launch: &Launch) -> Fact {
    let set = ["PUMA_MAX_THREADS", "MAX_THREADS"].iter().find_map(|name| {
        match launch.environment.get(name) {
            Lookup::Set(fact) => Some(fact.clone()),
            Lookup::Unset | Lookup::Unmentioned => None,
        }
    });
    let Some(fact) = set else { return default_fact(Value::Int(5), "Puma") };
    let unknown = || fact.state.open().unwrap_or_else(|| Unknown::because("it is not a number"));
    let state = match fact.text().map(str::parse::<i64>) {
        Some(Ok(number)) => State::Known(Value::Int(number)),
        _ => State::Unknown(unknown()),
    };
    Fact { state, ..fact }
}

/// Sets what Puma does with idle connections, and whether it loads the application before it forks.
fn connections(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    settings: &Settings,
) {
    let version = super::ruby::version(workspace, launch, "puma");
    let timeout = match (version, launch.environment.get("PUMA_PERSISTENT_TIMEOUT")) {
        (Some(..7), _) => default_fact(Value::Int(20), "Puma"),
        (Some(_), Lookup::Set(fact)) => {
            let seconds = fact.text().and_then(|it| it.parse().ok());
            let unknown = || State::Unknown(Unknown::because("the seconds are not numbers"));
            let state = seconds.map_or_else(unknown, |it| State::Known(Value::Int(it)));
            Fact { state, ..fact.clone() }
        }
        _ => {
            let unknown = Unknown::because("it depends on the version of Puma");
            Fact::unknown(unknown, Origin::new(OriginKind::Default, "Puma default"))
        }
    };
    // Without connections that are kept, nothing is closed behind the router's back.
    let keeps = settings.or_default("enable_keep_alives", default_fact(Value::Bool(true), "Puma"));
    let keepalive = match (keeps.bool(), keeps.state) {
        (Some(true), _) => settings.or_default("persistent_timeout", timeout),
        (Some(false), _) => Fact::known(Value::Null, keeps.origin),
        (None, state) => Fact::new(state, keeps.origin),
    };
    server.facts.set(v::KEEPALIVE_S, keepalive);
    let flag = server.settings.get("preload_app").filter(|it| it.bool() == Some(true)).cloned();
    if let Some(preload) = flag {
        server.facts.set(v::PRELOAD, preload);
    } else if settings.says("preload_app") {
        let default = default_fact(Value::Null, "Puma");
        server.facts.set(v::PRELOAD, settings.or_default("preload_app", default));
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// Host and port of `-b tcp://0.0.0.0:3000`.
fn bound(bind: &Fact) -> (Fact, Fact) {
    let state = match &bind.state {
        State::Known(Value::Text(address)) => match address.strip_prefix("tcp://") {
            Some(address) => State::Known(text(address)),
            None => {
                let port = Fact { state: State::Known(Value::Null), ..bind.clone() };
                return (bind.clone(), port);
            }
        },
        State::Pattern(parts) => State::Pattern(without_scheme(parts)),
        other => other.clone(),
    };
    crate::programs::settle::address(&Fact { state, ..bind.clone() }, None)
}

/// The parts of an address without the `tcp://` in front.
fn without_scheme(parts: &[TextPart]) -> Vec<TextPart> {
    let mut parts = parts.to_vec();
    if let Some(TextPart::Known(first)) = parts.first_mut()
        && let Some(rest) = first.strip_prefix("tcp://")
    {
        *first = rest.to_owned();
    }
    parts
}

/// What the configuration file says that Puma reads.
fn configuration(workspace: &mut Workspace<'_>, launch: &Launch, cpus: &Fact) -> Settings {
    let (path, opened) = match named(launch) {
        Named::None => return Settings::none(),
        Named::Hidden => {
            let reason = "which configuration Puma reads is not known";
            return Settings::hidden(Unknown::because(reason));
        }
        Named::Default => match default_file(workspace, launch) {
            Ok(Some(found)) => found,
            Ok(None) => return Settings::none(),
            Err(unknown) => return Settings::hidden(unknown),
        },
        Named::Path(path) => return named_file(workspace, &PUMA, launch, cpus, &path),
    };
    read(workspace, &PUMA, launch, cpus, (path, opened))
}

/// What a configuration file says.
fn read(
    workspace: &mut Workspace<'_>,
    dsl: &'static Dsl,
    launch: &Launch,
    cpus: &Fact,
    (path, opened): (String, Opened),
) -> Settings {
    let file = match opened {
        Opened::File(file) => file,
        Opened::Missing => {
            let reason = format!("`{path}` is not in this project");
            return Settings::hidden(Unknown::because(reason));
        }
        Opened::Unknown(unknown) => return Settings::hidden(unknown),
    };
    let source = workspace.sources.file(file).shared_text();
    match ruby::statements(&source) {
        Some(statements) => {
            let budget = workspace.budget();
            Reader { dsl, launch, cpus, file, path: &path, budget }.settings(&statements)
        }
        None => Settings::hidden(Unknown::because(format!("`{path}` is not understood"))),
    }
}

/// What the file at a path says that a command names.
pub(super) fn named_file(
    workspace: &mut Workspace<'_>,
    dsl: &'static Dsl,
    launch: &Launch,
    cpus: &Fact,
    path: &str,
) -> Settings {
    let Some(shown) = workspace.join(&launch.folder, path) else {
        return Settings::hidden(Unknown::because(format!("`{path}` is outside this project")));
    };
    let opened = workspace.try_open(&shown);
    read(workspace, dsl, launch, cpus, (shown, opened))
}

/// The whole number that an expression of Ruby's comes to, such as `ENV.fetch("X") { 5 }`, which
/// stands at `origin`.
pub(super) fn expression(
    launch: &Launch,
    cpus: &Fact,
    (file, path): (FileId, &str),
    text: &str,
    mut origin: Origin,
) -> Fact {
    // One expression doubles nothing.
    let budget = &Budget::new();
    let reader = Reader { dsl: &PUMA, launch, cpus, file, path, budget };
    let statements = ruby::statements(text).unwrap_or_default();
    let value = match statements.as_slice() {
        [only] => reader.value(&file::Scope::default(), only).into_int(),
        _ => value::Val::unknown("this expression is not followed"),
    };
    for it in value.inputs {
        origin = origin.with_input(it.name, it.fact);
    }
    Fact::new(value.state, origin)
}

/// The configuration file of a command.
enum Named {
    Default,
    None,
    Path(String),
    Hidden,
}

fn named(launch: &Launch) -> Named {
    if launch.argv.iter().skip(1).any(|it| it.known_prefix() == "--no-config") {
        return Named::None;
    }
    match launch.values_of(&["-C", "--config"]).as_slice() {
        [] => Named::Default,
        [Some(path)] if path == "-" => Named::None,
        [Some(path)] => Named::Path(path.clone()),
        _ => Named::Hidden,
    }
}

/// The file that is read when none is named: that of the environment, else the one for all.
fn default_file(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
) -> Result<Option<(String, Opened)>, Unknown> {
    let stage = stage(launch);
    let name = stage.as_deref().unwrap_or("production");
    let own = workspace.join(&launch.folder, &format!("config/puma/{name}.rb"));
    if let Some(own) = own {
        match (workspace.try_open(&own), &stage) {
            (Opened::Missing, _) => {}
            (opened, Some(_)) => return Ok(Some((own, opened))),
            (_, None) => {
                let reason = format!("whether `{own}` is read depends on the environment");
                return Err(Unknown::because(reason));
            }
        }
    }
    let Some(path) = workspace.join(&launch.folder, FILE) else { return Ok(None) };
    Ok(match workspace.try_open(&path) {
        Opened::Missing => None,
        opened => Some((path, opened)),
    })
}

/// The environment that runs, by flag or variable.
fn stage(launch: &Launch) -> Option<String> {
    let mut words = launch.argv.iter();
    while let Some(word) = words.next() {
        let word = word.text()?;
        if matches!(word.as_str(), "-e" | "--environment") {
            return words.next()?.text();
        }
    }
    for name in STAGES {
        if let Lookup::Set(fact) = launch.environment.get(name) {
            return fact.text().map(str::to_owned);
        }
    }
    None
}

//! Servers that a script starts by a call: `uvicorn.run(app, host="0.0.0.0")`.
//!
//! The arguments have the names of the options, or are positional. What a server reads from the
//! variables of its command line it does not read here.

use std::collections::BTreeMap;

use super::celery::Configuration;
use super::gunicorn::{self, Runtime};
use super::settle::address;
use super::{Server, default_fact, derive};
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Input, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::project::Lookup;
use crate::python::Binding;
use crate::vocabulary as v;
use crate::workspace::Workspace;

use self::table::{FUNCTIONS, Simple, Starts, find};

mod socketio;
mod table;

#[cfg(test)]
pub(super) use table::names;

/// A call that starts something.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function: `uvicorn.run`.
    pub dotted: String,
    /// Arguments by name; positional ones under the name of their parameter.
    pub arguments: BTreeMap<String, Fact>,
    /// Why there may be arguments that are not seen.
    pub hidden: Option<Unknown>,
    /// Settings that an application tells gunicorn, by name.
    pub settings: Vec<(String, Binding)>,
    /// Where the call stands, and what decides that it is made.
    pub origin: Origin,
}

/// What a call is to the process that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the process is for.
    Main,
    /// Work beside that, or all that it does.
    Beside,
    /// It says more of the main one.
    Part,
}

/// Whether a call of a function of a package says what the process is for.
pub fn is_start(dotted: &str) -> bool {
    find(dotted).is_some()
}

/// What a function that [`is_start`] is to the process.
pub fn role(dotted: &str) -> Role {
    match find(dotted).map(|it| it.starts) {
        Some(Starts::Part) => Role::Part,
        Some(Starts::Beside) => Role::Beside,
        _ => Role::Main,
    }
}

/// Whether what it starts serves nothing.
pub fn serves_nothing(dotted: &str) -> bool {
    find(dotted).is_some_and(|it| matches!(it.starts, Starts::Nothing | Starts::Beside))
}

/// What the server of a name does, where only scripts start it: a value of the fact `serves`.
pub(super) fn serves(name: &str) -> Option<&'static str> {
    let named = |it: Starts| match it {
        Starts::Simple(simple) if simple.name == name => simple.is_http.then_some("http"),
        _ => None,
    };
    FUNCTIONS.iter().find_map(|it| named(it.starts))
}

/// The parameter that a positional argument is for.
pub fn parameter(dotted: &str, idx: usize) -> Option<&'static str> {
    find(dotted).and_then(|it| it.positional.get(idx).copied())
}

/// What a call starts.
#[derive(Clone, Debug)]
pub enum Started {
    /// A server that answers HTTP requests.
    Server(Server),
    /// A program that serves nothing.
    Nothing,
}

/// Works out what a call starts. `green` is the package with green threads that is installed, if
/// that is known.
///
/// # Errors
///
/// Why the server is not known.
pub fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    call: &Call,
    (launch, cpus): (&Launch, &Fact),
    green: Option<Option<&str>>,
) -> Result<Started, Unknown> {
    let Some(function) = find(&call.dotted) else {
        return Err(Unknown::because(format!("`{}` is not known here", call.dotted)));
    };
    let (name, mut server) = match function.starts {
        Starts::Nothing | Starts::Beside => return Ok(Started::Nothing),
        Starts::Gunicorn => {
            let span = call.origin.span.unwrap_or(launch.span);
            let argv = vec![Word::literal("gunicorn", span)];
            let bare = Launch { argv, ..launch.clone() };
            let runtime = Runtime { cpu_count: cpus, python: None };
            let resolved = gunicorn::of_application(acc, workspace, &bare, runtime, call);
            let server = Server { settings: resolved.settings, facts: resolved.facts };
            ("gunicorn", server)
        }
        Starts::SocketIo => {
            let it = socketio::server(call, green)?;
            (it.name, simple(&socketio::run(call), &it, launch, cpus))
        }
        Starts::Depends(reason) => return Err(Unknown::because(reason)),
        Starts::Part => return Err(Unknown::because(format!("`{}` starts nothing", call.dotted))),
        Starts::Server(kind) => {
            let span = call.origin.span.unwrap_or(launch.span);
            let argv = vec![Word::literal(kind.name(), span)];
            let bare = Launch { argv, ..launch.clone() };
            let mut arguments = call.arguments.clone();
            // `granian.Granian` calls the host an address.
            if let Some(address) = arguments.remove("address") {
                arguments.insert("host".to_owned(), address);
            }
            let given = Configuration::of_call(&arguments, call.hidden.clone());
            (kind.name(), super::resolve(acc, workspace, kind, &bare, cpus, Some(&given)))
        }
        Starts::Simple(it) => {
            let it = chosen(call, it)?;
            (it.name, simple(call, &it, launch, cpus))
        }
    };
    let said = |value| Fact::new(State::Known(value), call.origin.clone());
    server.facts.set(v::SERVER, said(Value::Text(name.to_owned())));
    // The code says where it listens, and no word of the command does.
    server.facts.remove(v::SERVER_LISTEN);
    alone(call, &mut server);
    let is_development = match function.starts {
        Starts::Simple(it) => it.is_development && it.name == name,
        Starts::Server(kind) => kind.is_development(),
        Starts::SocketIo => socketio::is_development(name),
        _ => false,
    };
    if is_development {
        server.facts.set(v::DEV_SERVER, said(Value::Bool(true)));
        reloads(&mut server, call);
        if let Some(fact) = call.arguments.get("debug").filter(|it| it.bool().is_some()) {
            server.settings.insert("debug".to_owned(), fact.clone());
        }
    }
    if let Some(span) = call.origin.span {
        for (id, _) in server.facts.clone().iter() {
            server.facts.anchor(id, span);
        }
    }
    Ok(Started::Server(server))
}

/// Calls that start the server in their own process, whatever the options say of workers and reload:
/// `uvicorn.Server` and `hypercorn.asyncio.serve`.
const ALONE: &[&str] =
    &["uvicorn.Config", "uvicorn.config.Config", "hypercorn.asyncio.serve", "hypercorn.trio.serve"];

fn alone(call: &Call, server: &mut Server) {
    if !ALONE.contains(&call.dotted.as_str()) {
        return;
    }
    let source = match call.dotted.starts_with("uvicorn.") {
        true => "uvicorn.Server",
        false => call.dotted.as_str(),
    };
    server.facts.set(v::WORKERS, default_fact(Value::Int(1), source));
    server.facts.set(v::RELOAD, default_fact(Value::Bool(false), source));
    derive::shared(server);
}

/// The server that Bottle is told to start. Others are what they are.
fn chosen(call: &Call, it: Simple) -> Result<Simple, Unknown> {
    let named = call.arguments.get("server").filter(|_| call.dotted.starts_with("bottle."));
    let Some(named) = named.filter(|it| it.value() != Some(&Value::Null)) else {
        return match call.hidden.clone().filter(|_| call.dotted.starts_with("bottle.")) {
            Some(hidden) => Err(hidden),
            None => Ok(it),
        };
    };
    const SERVERS: &[&str] =
        &["bjoern", "cheroot", "eventlet", "gevent", "gunicorn", "tornado", "waitress", "wsgiref"];
    let known = SERVERS.iter().find(|it| named.text() == Some(it));
    match known {
        Some(name) => Ok(Simple { name, is_development: *name == "wsgiref", ..it }),
        None => Err(named
            .state
            .open()
            .unwrap_or_else(|| Unknown::because("Bottle starts the server that `server` names"))),
    }
}

/// Whether a development server restarts when code changes: as `use_reloader` says, else in debug
/// mode.
fn reloads(server: &mut Server, call: &Call) {
    let given = |name: &str| call.arguments.get(name);
    let fact = given("use_reloader").or_else(|| given("debug"));
    if let Some(fact) = fact.filter(|it| it.bool().is_some()) {
        server.facts.set(v::RELOAD, fact.clone());
    }
}

/// Arguments that are facts, under the names that functions have for them.
const ARGUMENTS: &[(&str, v::FactId)] = &[
    ("num_processes", v::WORKERS),
    ("workers", v::WORKERS),
    ("numthreads", v::THREADS),
    ("keepalive_timeout", v::KEEPALIVE_S),
    ("shutdown_timeout", v::GRACEFUL_TIMEOUT_S),
];

/// Arguments that are a host and a port in one.
const WHOLE: &[&str] = &["listen", "listener", "addr", "bind_addr", "server_address"];

/// Arguments that are a socket: then there is neither host nor port.
const SOCKETS: &[&str] = &["sock", "path", "unix", "fd"];

/// Arguments with which servers of no development watch their code, the one that wins first.
///
/// Sources: tornado 6.4.2, `Application.__init__` (`debug` is the default of `autoreload`); sanic
/// 24.6.0, `prepare` (`dev` sets `auto_reload`, `debug` does not).
const RELOADS: &[(&str, &[&str])] =
    &[("sanic", &["dev", "auto_reload"]), ("tornado", &["autoreload", "debug"])];

/// One process with a host and a port.
fn simple(call: &Call, it: &Simple, launch: &Launch, cpus: &Fact) -> Server {
    let mut server = Server::default();
    let given = |name: &str| {
        let fact = call.arguments.get(name).filter(|it| it.value() != Some(&Value::Null));
        fact.cloned()
    };
    let variable = |name: &str| {
        let (_, variable) = it.env.iter().find(|(argument, _)| *argument == name)?;
        match launch.environment.get(variable) {
            Lookup::Set(fact) => Some(fact.clone()),
            Lookup::Unset | Lookup::Unmentioned => None,
        }
    };
    // Robyn's variables win over what the code says.
    let said = |name: &str| match it.name {
        "robyn" => variable(name).or_else(|| given(name)),
        _ => given(name).or_else(|| variable(name)),
    };
    let or_default = |names: &[&str], value: Option<Value>| {
        let found = names.iter().find_map(|it| said(it));
        found.or_else(|| {
            let mut fact = default_fact(value?, it.name);
            let read = it.env.iter().filter(|(argument, _)| names.contains(argument));
            for (_, variable) in read {
                if let Some(unset) = launch.environment.taken_as_unset(variable) {
                    let name = format!("${variable}");
                    fact.origin.inputs.push(Input::new(name, unset));
                }
            }
            if let Some(unknown) = &call.hidden {
                fact.state = State::Unknown(unknown.clone());
            }
            Some(fact)
        })
    };
    let whole = WHOLE.iter().find_map(|it| given(it));
    let whole = whole.filter(|_| !call.dotted.starts_with("telegram."));
    let is_socket = SOCKETS.iter().any(|name| given(name).is_some());
    let (host, port) = match whole {
        // A port alone is that of all addresses.
        Some(fact) if fact.int().is_some() => (or_default(&[], it.host.map(text)), Some(fact)),
        Some(fact) => {
            let (host, port) = address(&fact, None);
            (Some(host), Some(port))
        }
        None if is_socket => (None, None),
        None => (
            or_default(&["host", "address", "server_name", "listen"], it.host.map(text)),
            or_default(&["port", "server_port"], it.port.map(Value::Int)),
        ),
    };
    if let Some(mut fact) = host {
        // An empty host is every address.
        if fact.text() == Some("") {
            fact.state = State::Known(text("0.0.0.0"));
        }
        server.facts.set(v::BIND_HOST, fact);
    }
    if let Some(fact) = port.map(number) {
        server.facts.set(v::PORT, fact);
    }
    if let Some(workers) = or_default(&[], Some(Value::Int(1))) {
        server.facts.set(v::WORKERS, workers);
    }
    if let Some(threads) = or_default(&[], it.threads.map(Value::Int)) {
        server.facts.set(v::THREADS, threads);
    }
    for (name, id) in ARGUMENTS {
        if let Some(fact) = given(name) {
            server.facts.set(*id, fact);
        }
    }
    // NiceGUI watches its code unless it is told not to, and opens a window of its own.
    if it.name == "nicegui" {
        let reload = given("reload").unwrap_or_else(|| default_fact(Value::Bool(true), it.name));
        server.facts.set(v::RELOAD, reload);
        if given("native").is_some_and(|it| it.value() != Some(&Value::Bool(false))) {
            server.facts.remove(v::BIND_HOST);
            server.facts.remove(v::PORT);
        }
    }
    let reloads = RELOADS.iter().filter(|(name, _)| *name == it.name).flat_map(|it| it.1);
    if let Some(reload) = reloads.filter_map(|it| given(it)).find(|it| it.bool().is_some()) {
        server.facts.set(v::RELOAD, reload);
    }
    if it.name == "robyn" {
        robyn(&mut server, launch);
    }
    // Tornado and Sanic are told to start as many as there are CPUs.
    let is_zero = given("num_processes").is_some_and(|it| it.int() == Some(0));
    let is_fast = given("fast").is_some_and(|it| it.value() != Some(&Value::Bool(false)));
    if is_zero || is_fast {
        let source = format!("{} starts one process for each CPU", it.name);
        let origin = Origin::new(OriginKind::Derived, source);
        let origin = origin.with_input("cpu_count()", cpus.clone());
        server.facts.set(v::WORKERS, Fact::new(cpus.state.clone(), origin));
    }
    derive::shared(&mut server);
    server
}

/// Robyn reads the words of the script: `python app.py --processes 4 --fast`.
///
/// Source: `robyn.argument_parser.Config` (0.88)
fn robyn(server: &mut Server, launch: &Launch) {
    let is_given = |flag: &str| launch.argv.iter().any(|it| it.text().as_deref() == Some(flag));
    let span = launch.span;
    let processes = launch.values_of(&["--processes"]).pop();
    let state = match processes.map(|it| it.and_then(|it| it.parse().ok())) {
        Some(Some(number)) => State::Known(Value::Int(number)),
        Some(None) => State::Unknown(Unknown::because("the number of processes is not known")),
        None if is_given("--fast") => State::Unknown(Unknown::because("`--fast` counts the CPUs")),
        None => return,
    };
    let origin = Origin::written(span, "the command");
    server.facts.set(v::WORKERS, Fact::new(state, origin));
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A port that may be written as a text.
fn number(fact: Fact) -> Fact {
    let parsed = fact.text().and_then(|it| it.trim().parse().ok());
    match parsed {
        Some(port) => Fact { state: State::Known(Value::Int(port)), ..fact },
        None => fact,
    }
}

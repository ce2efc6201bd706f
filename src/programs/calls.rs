//! Servers that a script starts by a call: `uvicorn.run(app, host="0.0.0.0")`.
//!
//! The arguments have the names of the options, or are positional. What a server reads from the
//! variables of its command line it does not read here.

use std::collections::BTreeMap;

use super::celery::Configuration;
use super::{Server, ServerKind, default_fact, derive};
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// A call that starts something.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function: `uvicorn.run`.
    pub dotted: String,
    /// Arguments by name; positional ones under the name of their parameter.
    pub arguments: BTreeMap<String, Fact>,
    /// Why there may be arguments that are not seen.
    pub hidden: Option<Unknown>,
    /// Where the call stands, and what decides that it is made.
    pub origin: Origin,
}

/// What a function starts.
#[derive(Clone, Copy, Debug)]
enum Starts {
    /// A server with a table of options.
    Server(ServerKind),
    /// One process that serves by itself: its name, host, port, and whether it is for development.
    Simple(&'static str, &'static str, Option<i64>, bool),
    /// A program that asks others for work and serves nothing.
    Nothing,
    /// A server that depends on what this says.
    Depends(&'static str),
}

/// A function of a package.
struct Function {
    /// Its dotted name; a `*` stands for any words.
    dotted: &'static str,
    starts: Starts,
    /// The names of its positional parameters. `address` is a host and a port.
    positional: &'static [&'static str],
}

const fn function(
    dotted: &'static str,
    starts: Starts,
    positional: &'static [&'static str],
) -> Function {
    Function { dotted, starts, positional }
}

/// Functions and methods that run until the process ends.
///
/// Read in uvicorn 0.54, waitress 3.0.2, Flask 3.1.3, Hypercorn 0.18, aiohttp 3.14, Sanic 25.12,
/// Tornado 6.6, Quart 0.20, Dash 4.4, Bottle 0.13, gevent 25 and Python 3.13.
#[rustfmt::skip]
const FUNCTIONS: &[Function] = &[
    function("uvicorn.run", Starts::Server(ServerKind::Uvicorn), &["app"]),
    function("uvicorn.Config", Starts::Server(ServerKind::Uvicorn), &["app", "host", "port"]),
    function("waitress.serve", Starts::Server(ServerKind::Waitress), &["app"]),
    function("flask.app.run", Starts::Server(ServerKind::FlaskRun), &["host", "port", "debug"]),
    function("dash.Dash.run", Starts::Simple("flask-run", "127.0.0.1", Some(8050), true),
        &["host", "port"]),
    function("dash.Dash.run_server", Starts::Simple("flask-run", "127.0.0.1", Some(8050), true),
        &["host", "port"]),
    function("quart.Quart.run", Starts::Simple("quart-run", "127.0.0.1", Some(5000), true),
        &["host", "port"]),
    function("werkzeug.serving.run_simple", Starts::Simple("flask-run", "127.0.0.1", None, true),
        &["host", "port"]),
    function("werkzeug.run_simple", Starts::Simple("flask-run", "127.0.0.1", None, true),
        &["host", "port"]),
    function("aiohttp.web.run_app", Starts::Simple("aiohttp", "0.0.0.0", Some(8080), false),
        &["app"]),
    function("sanic.Sanic.run", Starts::Simple("sanic", "127.0.0.1", Some(8000), false),
        &["host", "port"]),
    function("tornado.web.Application.listen", Starts::Simple("tornado", "0.0.0.0", None, false),
        &["port", "host"]),
    function("tornado.httpserver.HTTPServer.listen",
        Starts::Simple("tornado", "0.0.0.0", None, false), &["port", "host"]),
    function("wsgiref.simple_server.make_server",
        Starts::Simple("wsgiref", "0.0.0.0", None, true), &["host", "port", "app"]),
    function("http.server.HTTPServer", Starts::Simple("http.server", "0.0.0.0", None, false),
        &["address"]),
    function("http.server.ThreadingHTTPServer",
        Starts::Simple("http.server", "0.0.0.0", None, false), &["address"]),
    function("gevent.pywsgi.WSGIServer", Starts::Simple("gevent", "0.0.0.0", None, false),
        &["address", "app"]),
    function("gunicorn.app.base.BaseApplication.run",
        Starts::Depends("the options that the script gives gunicorn are not followed"), &[]),
    function("gunicorn.app.wsgiapp.WSGIApplication.run",
        Starts::Depends("the options that the script gives gunicorn are not followed"), &[]),
    function("flask_socketio.SocketIO.run",
        Starts::Depends("Flask-SocketIO takes whichever server is installed"),
        &[]),
    function("bottle.run", Starts::Depends("Bottle starts the server that `server` names"), &[]),
    function("discord.*.run", Starts::Nothing, &[]),
    function("nextcord.*.run", Starts::Nothing, &[]),
    function("disnake.*.run", Starts::Nothing, &[]),
    function("telegram.ext.*.run_polling", Starts::Nothing, &[]),
    function("telegram.ext.*.start_polling", Starts::Nothing, &[]),
    function("telebot.*.polling", Starts::Nothing, &[]),
    function("telebot.*.infinity_polling", Starts::Nothing, &[]),
    function("aiogram.*.start_polling", Starts::Nothing, &[]),
    function("pyrogram.*.run", Starts::Nothing, &[]),
    function("telethon.*.run_until_disconnected", Starts::Nothing, &[]),
    function("apscheduler.schedulers.blocking.BlockingScheduler.start", Starts::Nothing, &[]),
    function("pika.*.start_consuming", Starts::Nothing, &[]),
];

fn find(dotted: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|it| match it.dotted.split_once('*') {
        None => it.dotted == dotted,
        Some((before, after)) => {
            let rest = dotted.strip_prefix(before).and_then(|it| it.strip_suffix(after));
            rest.is_some_and(|it| !it.is_empty())
        }
    })
}

/// Whether a function of a package starts what the process is for.
pub fn is_start(dotted: &str) -> bool {
    find(dotted).is_some()
}

/// Whether what it starts serves nothing.
pub fn serves_nothing(dotted: &str) -> bool {
    find(dotted).is_some_and(|it| matches!(it.starts, Starts::Nothing))
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

/// Works out what a call starts.
///
/// # Errors
///
/// Why the server is not known.
pub fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    call: &Call,
    launch: &Launch,
    cpus: &Fact,
) -> Result<Started, Unknown> {
    let Some(function) = find(&call.dotted) else {
        return Err(Unknown::because(format!("`{}` is not known here", call.dotted)));
    };
    let name = match function.starts {
        Starts::Nothing => return Ok(Started::Nothing),
        Starts::Depends(reason) => return Err(Unknown::because(reason)),
        Starts::Server(kind) => kind.name(),
        Starts::Simple(name, ..) => name,
    };
    let mut server = match function.starts {
        Starts::Server(kind) => {
            let span = call.origin.span.unwrap_or(launch.span);
            let argv = vec![Word::literal(kind.name(), span)];
            let bare = Launch { argv, ..launch.clone() };
            let given = Configuration::of_call(&call.arguments, call.hidden.clone());
            super::resolve(acc, workspace, kind, &bare, cpus, Some(&given))
        }
        Starts::Simple(name, host, port, _) => simple(call, name, host, port),
        Starts::Nothing | Starts::Depends(_) => Server::default(),
    };
    let said = |value| Fact::new(State::Known(value), call.origin.clone());
    server.facts.set(v::SERVER, said(Value::Text(name.to_owned())));
    if call.dotted == "uvicorn.Config" {
        // `uvicorn.Server` starts no workers and no reloader: `uvicorn.run` does.
        server.facts.set(v::WORKERS, default_fact(Value::Int(1), "uvicorn.Server"));
        server.facts.set(v::RELOAD, default_fact(Value::Bool(false), "uvicorn.Server"));
        derive::shared(&mut server);
    }
    let is_development = match function.starts {
        Starts::Simple(.., development) => development,
        Starts::Server(kind) => kind.is_development(),
        Starts::Nothing | Starts::Depends(_) => false,
    };
    if is_development {
        server.facts.set(v::DEV_SERVER, said(Value::Bool(true)));
        reloads(&mut server, call);
    }
    if let Some(span) = call.origin.span {
        for (id, _) in server.facts.clone().iter() {
            server.facts.anchor(id, span);
        }
    }
    Ok(Started::Server(server))
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

/// One process with a host and a port.
fn simple(call: &Call, name: &str, host: &str, port: Option<i64>) -> Server {
    let mut server = Server::default();
    let hidden = |mut fact: Fact| {
        if let Some(unknown) = &call.hidden {
            fact.state = State::Unknown(unknown.clone());
        }
        fact
    };
    let or_default = |names: &[&str], value: Value| {
        let given = names.iter().find_map(|it| call.arguments.get(*it)).cloned();
        match given.filter(|it| it.value() != Some(&Value::Null)) {
            Some(fact) => Some(fact),
            None if value == Value::Null => None,
            None => Some(hidden(default_fact(value, name))),
        }
    };
    if let Some(mut fact) = or_default(&["host", "address"], Value::Text(host.to_owned())) {
        // An empty host is every address.
        if fact.text() == Some("") {
            fact.state = State::Known(Value::Text("0.0.0.0".to_owned()));
        }
        server.facts.set(v::BIND_HOST, fact);
    }
    if let Some(fact) = or_default(&["port"], port.map_or(Value::Null, Value::Int)) {
        server.facts.set(v::PORT, fact);
    }
    if let Some(fact) = or_default(&["workers"], Value::Int(1)) {
        server.facts.set(v::WORKERS, fact);
    }
    derive::shared(&mut server);
    server
}

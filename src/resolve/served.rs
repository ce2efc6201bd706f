//! The settings of the program that stays, with what its application configures.

use crate::apps::{self, Code, Commands, Outcome};
use crate::diagnostic::Diagnostic;
use crate::draft::Command;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile;
use crate::launch::Launch;
use crate::packages;
use crate::programs::calls::{self, Started};
use crate::programs::gunicorn::{self, Runtime};
use crate::programs::listed::{self, go_http, phoenix, rocket};
use crate::programs::{self, Server, ServerKind};
use crate::project::Facts;
use crate::resolve::{dotenv, kind, one_off};
use crate::vocabulary;
use crate::workspace::Workspace;

/// Works out the settings of a program of a known kind, whose code is kept in a place.
pub(super) fn server(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    (kind, code): (ServerKind, Code),
    launch: &Launch,
    runtime: Runtime<'_>,
) -> Server {
    if kind == ServerKind::Gunicorn {
        let resolved = gunicorn::resolve(acc, workspace, launch, runtime);
        return Server { settings: resolved.settings, facts: resolved.facts };
    }
    let cpus = runtime.cpu_count;
    let told =
        (kind == ServerKind::FlaskRun).then(|| dotenv::of_flask(workspace, launch)).flatten();
    let launch = told.as_ref().unwrap_or(launch);
    let mut problems = Vec::new();
    let server = programs::resolve(&mut problems, workspace, kind, launch, cpus, None);
    // The options name the application, and its configuration decides about other options.
    let configuration = match kind {
        ServerKind::Celery | ServerKind::CeleryBeat => {
            apps::celery(workspace, launch, cpus, (&server, code))
        }
        ServerKind::RunHuey
        | ServerKind::DjangoQ
        | ServerKind::Rq
        | ServerKind::RqPool
        | ServerKind::Dramatiq
        | ServerKind::Arq => apps::queue(workspace, launch, cpus, &server, kind),
        _ => None,
    };
    match configuration {
        Some(known) => programs::resolve(acc, workspace, kind, launch, cpus, Some(&known)),
        None => {
            acc.append(&mut problems);
            server
        }
    }
}

/// What a script of the project says of the process.
pub(super) enum Scripted {
    /// The command runs no script of the project.
    NoScript,
    /// What is known of the server is among the facts.
    Said,
    /// The script starts this server.
    Server(Server),
    /// The script starts these commands, and why nothing is known where none of them stays.
    Commands(Commands, Unknown),
}

/// Follows a command into the script that it runs.
pub(super) fn script(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    (launch, cpus): (&Launch, &Fact),
    green: Option<Option<&str>>,
    facts: &mut Facts,
) -> Scripted {
    let (Some(program), false) = (launch.argv.first(), one_off::is_one_off(launch)) else {
        return Scripted::NoScript;
    };
    let Some(start) = apps::script(workspace, launch, cpus) else { return Scripted::NoScript };
    let called = match start.outcome {
        Ok(Outcome::Commands(commands, unknown)) => return Scripted::Commands(commands, unknown),
        Ok(Outcome::Call(call)) => Ok(call),
        Err(unknown) => Err(unknown),
    };
    let started = called.and_then(|call| {
        let started = calls::resolve(acc, workspace, &call, (launch, cpus), green)?;
        Ok((started, call.origin))
    });
    match started {
        Err(unknown) => {
            let origin = Origin::written(program.span, "the command");
            facts.set(vocabulary::SERVER, Fact::unknown(unknown, origin));
            Scripted::Said
        }
        Ok((Started::Nothing, origin)) => {
            kind::worker_by_code(facts, &origin);
            facts.set(vocabulary::SERVER, Fact::known(Value::Null, origin));
            Scripted::Said
        }
        Ok((Started::Server(mut server), origin)) => {
            if let Some(app) = start.app {
                server.facts.set(vocabulary::APP, app);
            }
            let name = server.facts.get(vocabulary::SERVER).and_then(Fact::text);
            match name.and_then(programs::serves) {
                Some("jobs") => kind::worker_by_server(facts, &origin),
                _ => kind::web_by_server(facts, &origin),
            }
            facts.extend(server.facts.clone());
            Scripted::Server(server)
        }
    }
}

/// The language of releases that `mix` makes.
const ELIXIR: &str = "elixir";

/// A program that the image or the platform compiles: it is what its name says, and one process.
/// `build` is the command that the platform builds with.
pub(super) fn compiled(
    workspace: &mut Workspace<'_>,
    command: &Command,
    launch: &Launch,
    build: Option<&Fact>,
) -> Option<Server> {
    let program = launch.argv.first()?;
    let text = program.text()?;
    let (language, source) = match command {
        Command::Image(image) => {
            (dockerfile::language(&image.compiled, &text)?, "the image compiles the program")
        }
        _ => {
            let module = go_http::module(workspace, launch);
            let built = build.and_then(Fact::text).and_then(|it| {
                let language = dockerfile::language_after(it, &text, module.as_deref())?;
                Some((language, "the build command compiles the program"))
            });
            match built {
                Some(built) => built,
                None => {
                    let path = workspace.sources.file(program.span.file).path().to_owned();
                    let is_procfile = path.rsplit('/').next() == Some("Procfile")
                        && packages::is_built_by_buildpack(workspace, &path);
                    let module = module.filter(|_| is_procfile)?;
                    go_http::is_installed(workspace, launch, &text, &module).then_some(())?;
                    ("go", "the buildpack of Go compiles the program")
                }
            }
        }
    };
    let is_phoenix = language == ELIXIR && phoenix::is_one(workspace, launch);
    let name = if is_phoenix { "phoenix" } else { text.rsplit('/').next()? }.to_owned();
    let said = |value: &str| {
        let origin = Origin::written(program.span, "the command");
        Fact::known(Value::Text(value.to_owned()), origin)
    };
    let mut server = Server::default();
    server.facts.set(vocabulary::SERVER, said(&name));
    let origin = Origin::new(OriginKind::Derived, source);
    let language = Fact::known(Value::Text(language.to_owned()), origin);
    server.facts.set(vocabulary::RUNTIME_LANGUAGE, language);
    let source = "a compiled program is one process unless it starts others";
    let one = Fact::known(Value::Int(1), Origin::new(OriginKind::Assumed, source));
    server.facts.set(vocabulary::WORKERS, one);
    for id in [vocabulary::WORKERS, vocabulary::BIND_HOST, vocabulary::PORT] {
        server.facts.anchor(id, program.span);
    }
    match language_of(&server) {
        Some(ELIXIR) if is_phoenix => phoenix::facts(&mut server, workspace, launch),
        Some("go") => go_http::facts(&mut server, workspace, launch),
        Some("rust") => rocket::facts(&mut server, workspace, launch),
        _ => {}
    }
    programs::shared(&mut server);
    if let Some((_, mb, what)) = COMPILED_MB.iter().find(|it| Some(it.0) == language_of(&server)) {
        let origin = Origin::new(OriginKind::Assumed, format!("{mb} MB per worker ({what})"));
        server.facts.set(vocabulary::MEMORY_PER_WORKER_MB, Fact::known(Value::Int(*mb), origin));
    }
    Some(server)
}

/// What one process of a compiled language needs on the low side: language, megabytes, words.
///
/// Measured with `tools/import-memory/servers.py` on 2026-11-29: a server of Go 1.19.8's `net/http`
/// has 2 MB of its own after 300 requests; the rest is for what a real one keeps.
const COMPILED_MB: &[(&str, i64, &str)] = &[("go", 20, "a small Go program")];

fn language_of(server: &Server) -> Option<&str> {
    server.facts.get(vocabulary::RUNTIME_LANGUAGE).and_then(Fact::text)
}

/// What the program does. That it works once was seen when the command was followed; it counts as
/// long as nobody names a server.
pub(super) fn serves(facts: &mut Facts) {
    let Some(server) = facts.get(vocabulary::SERVER) else { return };
    let Some(serves) = server.text().and_then(programs::serves) else { return };
    // Who says which program it is says this with it.
    let origin = server.origin.clone();
    facts.set(vocabulary::SERVES, Fact::known(Value::Text(serves.to_owned()), origin));
}

/// What the program of a published image is, whatever the platform takes the process for. One that
/// was taken for a worker, since nothing says that it answers requests, is what its program is.
pub(super) fn kind(facts: &mut Facts) {
    let Some(server) = facts.get(vocabulary::SERVER) else { return };
    let program = server.text().and_then(listed::of_id);
    let Some(program) = program.and_then(|it| it.kind) else { return };
    let origin = Origin::new(OriginKind::Derived, "what the program is")
        .with_input(vocabulary::SERVER.name(), server.clone());
    let of_program = Fact::known(Value::Text(program.to_owned()), origin);
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if guessed.and_then(Fact::text) == Some("worker") {
        facts.set(vocabulary::KIND, of_program.clone());
    }
    facts.set(vocabulary::SERVER_KIND, of_program);
}

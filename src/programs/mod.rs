//! Programs that serve or work: the options that matter. `gunicorn` has a folder of its own.
//!
//! Each of the others is one table of options; everything else is derived from it. What a server reads
//! from its own configuration file is followed for uwsgi only; elsewhere such a file makes the
//! settings that the command line leaves open unknown.

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::launch::{Launch, Word};
use crate::project::{Facts, NamedFacts};
use crate::vocabulary;
use crate::workspace::Workspace;

use listed::Serves;

mod arguments;
pub mod calls;
pub mod celery;
mod derive;
pub mod forking;
pub mod gunicorn;
mod hypercorn;
pub mod listed;
mod listen;
mod options;
mod queues;
mod settle;
pub mod spelling;
mod uwsgi;
mod web;
mod workers;

#[cfg(test)]
mod tests;

/// A program whose settings are resolved here, or by `programs::gunicorn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerKind {
    /// Resolved by `programs::gunicorn`.
    Gunicorn,
    /// `uvicorn`
    Uvicorn,
    /// `fastapi run`, which is uvicorn with other defaults.
    FastapiRun,
    /// `hypercorn`
    Hypercorn,
    /// `daphne`
    Daphne,
    /// `granian`
    Granian,
    /// `waitress-serve`
    Waitress,
    /// `uwsgi`
    Uwsgi,
    /// `celery worker`
    Celery,
    /// `celery beat`
    CeleryBeat,
    /// `rq worker`
    Rq,
    /// `rq worker-pool`
    RqPool,
    /// `dramatiq`
    Dramatiq,
    /// `arq`
    Arq,
    /// `huey_consumer`
    Huey,
    /// `manage.py run_huey`
    RunHuey,
    /// `manage.py qcluster` of django-q
    DjangoQ,
    /// `manage.py runserver`
    DjangoRunserver,
    /// `flask run`
    FlaskRun,
    /// `fastapi dev`
    FastapiDev,
    /// `python -m http.server`
    HttpServer,
    /// A program that has a file in `programs/`.
    Listed(&'static listed::Program),
}

impl ServerKind {
    /// The name in [`vocabulary::SERVERS`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Gunicorn => "gunicorn",
            Self::Uvicorn | Self::FastapiRun => "uvicorn",
            Self::Hypercorn => "hypercorn",
            Self::Daphne => "daphne",
            Self::Granian => "granian",
            Self::Waitress => "waitress",
            Self::Uwsgi => "uwsgi",
            Self::Celery => "celery",
            Self::CeleryBeat => "celery-beat",
            Self::Rq | Self::RqPool => "rq",
            Self::Dramatiq => "dramatiq",
            Self::Arq => "arq",
            Self::Huey | Self::RunHuey => "huey",
            Self::DjangoQ => "django-q",
            Self::DjangoRunserver => "django-runserver",
            Self::FlaskRun => "flask-run",
            Self::FastapiDev => "fastapi-dev",
            Self::HttpServer => "http.server",
            Self::Listed(program) => program.id,
        }
    }

    /// The language of the code that it runs, where its name says which.
    pub(crate) fn language(self) -> Option<&'static str> {
        match self {
            Self::Listed(program) => program.language,
            _ => Some("python"),
        }
    }

    /// Whether its first operand is the application it loads.
    fn takes_app(self) -> bool {
        use ServerKind as K;
        matches!(
            self,
            K::Uvicorn
                | K::Hypercorn
                | K::Daphne
                | K::Granian
                | K::Waitress
                | K::Dramatiq
                | K::Huey
        )
    }

    /// Whether it answers HTTP requests; the others work on jobs.
    pub fn serves_http(self) -> bool {
        use ServerKind as K;
        if let K::Listed(program) = self {
            return program.serves == Serves::Http;
        }
        !matches!(
            self,
            K::Celery
                | K::CeleryBeat
                | K::Rq
                | K::RqPool
                | K::Dramatiq
                | K::Arq
                | K::Huey
                | K::RunHuey
                | K::DjangoQ
        )
    }

    /// Whether it is made for development only.
    pub fn is_development(self) -> bool {
        use ServerKind as K;
        match self {
            K::Listed(program) => program.development,
            _ => matches!(self, K::DjangoRunserver | K::FlaskRun | K::FastapiDev | K::HttpServer),
        }
    }

    /// Whether it does not end by itself, whatever code it is given: servers and workers.
    pub fn stays(self) -> bool {
        match self {
            Self::Listed(program) => matches!(program.serves, Serves::Http | Serves::Jobs),
            _ => true,
        }
    }

    /// Whether it keeps data or messages for other programs: it answers no requests of users.
    pub fn keeps_data(self) -> bool {
        let keeps = |kind| matches!(kind, "database" | "broker" | "cache");
        matches!(self, Self::Listed(program) if program.kind.is_some_and(keeps))
    }
}

/// What a server would run with.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Every setting that is modelled, under the server's own name.
    pub settings: NamedFacts,
    /// The facts that follow from them.
    pub facts: Facts,
}

/// What a program of this name is, where its file says it: `proxy`, `database`.
pub(crate) fn kind_of(name: &str) -> Option<&'static str> {
    listed::kind_of(name)
}

/// What a program of exactly this name is where it is none of the project's own: `caddy`, `mongod`.
pub(crate) fn kind_beside(name: &str) -> Option<&'static str> {
    listed::kind_beside(name)
}

/// Variables that servers alone read, none of which tells where something else is.
pub(crate) fn own_variables() -> impl Iterator<Item = String> {
    let of_options =
        [&web::UVICORN, &web::GRANIAN, &web::FLASK_RUN, &workers::CELERY, &uwsgi::UWSGI]
            .into_iter()
            .flat_map(|table| table.options.iter().filter_map(|it| table.variable(it)));
    let others =
        ["CELERY_CONFIG_MODULE", "GUNICORN_CMD_ARGS", "RAILS_MAX_THREADS", "WEB_CONCURRENCY"];
    others.into_iter().map(str::to_owned).chain(of_options)
}

/// Programs whose command line names one of the servers, by the name they are started with.
const PROGRAMS: &[(&str, &[(&str, ServerKind)])] = &[
    ("gunicorn", &[("", ServerKind::Gunicorn)]),
    ("uvicorn", &[("", ServerKind::Uvicorn)]),
    ("hypercorn", &[("", ServerKind::Hypercorn)]),
    ("daphne", &[("", ServerKind::Daphne)]),
    ("granian", &[("", ServerKind::Granian)]),
    ("waitress-serve", &[("", ServerKind::Waitress)]),
    ("uwsgi", &[("", ServerKind::Uwsgi)]),
    ("celery", &[("worker", ServerKind::Celery), ("beat", ServerKind::CeleryBeat)]),
    ("rq", &[("worker", ServerKind::Rq), ("worker-pool", ServerKind::RqPool)]),
    ("dramatiq", &[("", ServerKind::Dramatiq)]),
    ("dramatiq-gevent", &[("", ServerKind::Dramatiq)]),
    ("arq", &[("", ServerKind::Arq)]),
    ("huey_consumer", &[("", ServerKind::Huey)]),
    ("huey_consumer.py", &[("", ServerKind::Huey)]),
    ("flask", &[("run", ServerKind::FlaskRun)]),
    ("fastapi", &[("run", ServerKind::FastapiRun), ("dev", ServerKind::FastapiDev)]),
    ("manage.py", MANAGE),
    ("django-admin", MANAGE),
];

/// Commands of Django projects.
const MANAGE: &[(&str, ServerKind)] = &[
    ("runserver", ServerKind::DjangoRunserver),
    ("runserver_plus", ServerKind::DjangoRunserver),
    ("run_huey", ServerKind::RunHuey),
    ("qcluster", ServerKind::DjangoQ),
    ("rqworker", ServerKind::Rq),
    ("rqworker-pool", ServerKind::RqPool),
];

/// Options in front of a subcommand that take the next word (celery 5.7, flask 3.1).
const VALUED_BEFORE: &[&str] = &[
    "-A",
    "--app",
    "-b",
    "--broker",
    "--result-backend",
    "--loader",
    "--config",
    "--workdir",
    "-e",
    "--env-file",
];

/// Whether a program of this name is a server, or starts one with a subcommand.
pub fn is_program(name: &str) -> bool {
    let is_known = PROGRAMS.iter().any(|(it, _)| *it == name);
    is_known && !matches!(name, "manage.py" | "django-admin")
}

/// What holds for a server of any kind once its own facts are there.
pub(crate) fn shared(server: &mut Server) {
    derive::shared(server);
}

/// Adds what a program works out from the machine that it runs on.
pub(crate) fn on_machine(server: &mut Server, facts: &Facts, launch: &Launch) {
    listed::on_machine(server, facts, launch);
}

/// What the program of a name in [`vocabulary::SERVERS`], or of a file in `programs/`, does: a value
/// of the fact `serves`.
pub fn serves(name: &str) -> Option<&'static str> {
    if let Some(program) = listed::of_id(name) {
        // A name alone does not say that the command is one that ends.
        return program.serves.name().filter(|_| program.serves != Serves::Once);
    }
    let kinds = PROGRAMS.iter().flat_map(|(_, kinds)| *kinds).map(|(_, kind)| *kind);
    let mut all = kinds.chain([ServerKind::HttpServer]);
    match all.find(|it| it.name() == name) {
        Some(kind) => Some(if kind.serves_http() { "http" } else { "jobs" }),
        None => calls::serves(name),
    }
}

/// The server that a program is; `None` for everything else, such as `celery inspect`.
pub fn identify(launch: &Launch) -> Option<ServerKind> {
    identify_at(launch).map(|(kind, _)| kind)
}

/// The server, and the index of the first word that tells it something.
fn identify_at(launch: &Launch) -> Option<(ServerKind, usize)> {
    let program = launch.argv.first()?.program_path()?;
    let mut name = program.rsplit('/').next()?.to_owned();
    let mut idx = 1;
    if name.starts_with("python") || name.starts_with("pypy") {
        (name, idx) = python_program(launch)?;
    }
    if name == "http.server" {
        return Some((ServerKind::HttpServer, idx));
    }
    let Some((_, kinds)) = PROGRAMS.iter().find(|(it, _)| *it == name) else {
        return listed::find(launch).map(|(program, idx)| (ServerKind::Listed(program), idx));
    };
    if let [("", kind)] = kinds {
        return Some((*kind, idx));
    }
    let subcommand = subcommand_idx(&launch.argv, idx)?;
    let text = launch.argv.get(subcommand)?.text()?;
    let kind = kinds.iter().find(|(it, _)| *it == text).map(|(_, kind)| *kind);
    // Flower is a program of its own: `celery flower`.
    let Some(kind) = kind else {
        return listed::find(launch).map(|(program, idx)| (ServerKind::Listed(program), idx));
    };
    // Options in front of the subcommand count too.
    let start = if idx == subcommand { subcommand + 1 } else { idx };
    Some((kind, start))
}

/// The program that `python manage.py` or `python -m module` stands for, and the index behind it.
fn python_program(launch: &Launch) -> Option<(String, usize)> {
    let mut idx = 1;
    loop {
        let text = launch.argv.get(idx)?.text()?;
        match text.as_str() {
            "-m" => {
                let module = launch.argv.get(idx + 1)?.text()?;
                let name = if module == "manage" { "manage.py".to_owned() } else { module };
                return Some((name, idx + 2));
            }
            "-W" | "-X" => idx += 2,
            "-c" => return None,
            it if it.starts_with('-') => idx += 1,
            it => return Some((it.rsplit('/').next()?.to_owned(), idx + 1)),
        }
    }
}

fn subcommand_idx(argv: &[Word], mut idx: usize) -> Option<usize> {
    loop {
        let text = argv.get(idx)?.text()?;
        if !text.starts_with('-') {
            return Some(idx);
        }
        idx += if VALUED_BEFORE.contains(&text.as_str()) { 2 } else { 1 };
    }
}

/// Works out the settings of a server that is not gunicorn.
///
/// `cpus` is what the machine shows to programs; `configuration` is that of a celery application
/// that was read. Values that the server refuses are added to `acc`.
pub fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    kind: ServerKind,
    launch: &Launch,
    cpus: &Fact,
    configuration: Option<&celery::Configuration>,
) -> Server {
    if let ServerKind::Listed(program) = kind {
        let mut server = listed::resolve(acc, workspace, program, launch, cpus);
        named(&mut server, kind, launch);
        return server;
    }
    let start = identify_at(launch).map_or(1, |(_, idx)| idx).min(launch.argv.len());
    let words = &launch.argv[start..];
    let mut operands = Vec::new();
    let mut are_all_seen = true;
    let mut is_hidden = false;
    let mut server = match table(kind) {
        Some(table) => {
            let given = match kind {
                ServerKind::Hypercorn => hypercorn::read(workspace, words, launch),
                _ => arguments::read(table, words),
            };
            let server = settle::settings(acc, table, &given, launch, cpus, configuration);
            // Behind an option that is not in the table, a word may be its value.
            are_all_seen = !given.has_strangers;
            is_hidden = given.has_strangers || given.hidden.is_some();
            if are_all_seen {
                operands = given.operands;
            }
            server
        }
        None if kind == ServerKind::Uwsgi => uwsgi::resolve(acc, workspace, words, launch, cpus),
        None => Server::default(),
    };
    if let (true, [app, ..]) = (kind.takes_app(), operands.as_slice()) {
        server.facts.set(vocabulary::APP, app.fact("the application in the command"));
    }
    if let (ServerKind::FastapiRun | ServerKind::FastapiDev, true) = (kind, are_all_seen) {
        let path = operands.first().map(|it| it.fact("the path in the command"));
        let none = || default_fact(Value::Null, "no path in the command");
        server.settings.insert("path".to_owned(), path.unwrap_or_else(none));
    }
    // What follows the subcommand is what the program is told.
    let is_command = |it: &Word| MANAGE.iter().any(|(name, _)| it.text().as_deref() == Some(name));
    if operands.first().is_some_and(is_command) {
        operands.remove(0);
    }
    if let Some(configuration) = configuration {
        server.settings.extend(configuration.others());
    }
    derive::facts(&mut server, kind, &operands, cpus);
    if !is_hidden {
        queues::facts(&mut server, kind, &operands, launch);
    }
    named(&mut server, kind, launch);
    server
}

/// Says which program it is, and lets each fact have a place in the command.
fn named(server: &mut Server, kind: ServerKind, launch: &Launch) {
    let program = &launch.argv[0];
    let origin = Origin::written(program.span, "the command");
    let named = |value| Fact::new(State::Known(value), origin.clone());
    server.facts.set(vocabulary::SERVER, named(Value::Text(kind.name().to_owned())));
    if let Some(words) = listen::words(kind, table(kind)) {
        server.facts.set(vocabulary::SERVER_LISTEN, named(Value::Text(words)));
    }
    if kind.is_development() {
        server.facts.set(vocabulary::DEV_SERVER, named(Value::Bool(true)));
    }
    for (id, _) in server.facts.clone().iter() {
        server.facts.anchor(id, program.span);
    }
}

/// The options of a server; gunicorn and uwsgi have none here.
fn table(kind: ServerKind) -> Option<&'static options::Table> {
    Some(match kind {
        ServerKind::Gunicorn | ServerKind::Uwsgi | ServerKind::Listed(_) => return None,
        ServerKind::Uvicorn => &web::UVICORN,
        ServerKind::FastapiRun => &web::FASTAPI_RUN,
        ServerKind::Hypercorn => &web::HYPERCORN,
        ServerKind::Daphne => &web::DAPHNE,
        ServerKind::Granian => &web::GRANIAN,
        ServerKind::Waitress => &web::WAITRESS,
        ServerKind::DjangoRunserver => &web::DJANGO_RUNSERVER,
        ServerKind::FlaskRun => &web::FLASK_RUN,
        ServerKind::FastapiDev => &web::FASTAPI_DEV,
        ServerKind::HttpServer => &web::HTTP_SERVER,
        ServerKind::Celery => &workers::CELERY,
        ServerKind::CeleryBeat => &workers::CELERY_BEAT,
        ServerKind::Rq => &workers::RQ,
        ServerKind::RqPool => &workers::RQ_POOL,
        ServerKind::Dramatiq => &workers::DRAMATIQ,
        ServerKind::Arq => &workers::ARQ,
        ServerKind::Huey => &workers::HUEY,
        ServerKind::RunHuey => &workers::RUN_HUEY,
        ServerKind::DjangoQ => &workers::DJANGO_Q,
    })
}

/// Sets the requests at once of a server whose workers take one each.
fn one_for_each_worker(server: &mut Server) {
    let Some(workers) = server.facts.get(vocabulary::WORKERS).cloned() else { return };
    let mut origin = Origin::new(OriginKind::Derived, "one request for each worker");
    origin.span = workers.origin.span;
    let state = workers.state.clone();
    let origin = origin.with_input("workers", workers);
    server.facts.set(vocabulary::CONCURRENCY, Fact::new(state, origin));
}

/// A value that a server has without being told.
fn default_fact(value: Value, program: &str) -> Fact {
    Fact::known(value, Origin::new(OriginKind::Default, format!("{program} default")))
}

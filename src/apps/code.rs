//! What an application does while it is loaded, so once in each process that loads it: schedulers
//! and connections that it opens, keys that it makes at random, libraries that take much memory.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::{Environment, Facts, Lookup, assumed_unset};
use crate::python::Binding;
use crate::source::{FileId, SourceMap, Span};
use crate::vocabulary as v;
use crate::workspace::Workspace;

use super::{Source, pools, variables};

/// Before the name of a call, in a record.
const CALL: &str = "call ";

/// Calls that start a scheduler in a thread of the process.
///
/// Source: <https://apscheduler.readthedocs.io/en/3.x/faq.html#how-do-i-share-a-single-job-store-among-one-or-more-worker-processes>
const SCHEDULERS: &[&str] = &[
    "apscheduler.schedulers.background.BackgroundScheduler.start",
    "apscheduler.schedulers.asyncio.AsyncIOScheduler.start",
    "apscheduler.schedulers.gevent.GeventScheduler.start",
    "apscheduler.schedulers.tornado.TornadoScheduler.start",
    "flask_apscheduler.APScheduler.start",
];

/// Calls that open a connection which stays open.
///
/// Sources: <https://docs.sqlalchemy.org/en/20/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork>,
/// <https://www.psycopg.org/docs/usage.html#thread-and-process-safety>,
/// <https://pymongo.readthedocs.io/en/stable/faq.html#is-pymongo-fork-safe>
const CONNECTIONS: &[&str] = &[
    "flask_sqlalchemy.SQLAlchemy.create_all",
    "flask_sqlalchemy.SQLAlchemy.drop_all",
    "flask_sqlalchemy.SQLAlchemy.execute",
    "sqlalchemy.create_engine.connect",
    "sqlalchemy.create_engine.begin",
    "sqlalchemy.create_engine.execute",
    "sqlalchemy.orm.declarative_base.create_all",
    "sqlalchemy.ext.declarative.declarative_base.create_all",
    "psycopg2.connect",
    "psycopg.connect",
    "psycopg2.pool.SimpleConnectionPool",
    "psycopg2.pool.ThreadedConnectionPool",
    "psycopg_pool.ConnectionPool",
    "pymysql.connect",
    "MySQLdb.connect",
    "mysql.connector.connect",
    "pymongo.MongoClient",
    "pika.BlockingConnection",
];

/// Those of them that open one connection to PostgreSQL.
const ONE: &[&str] = &["psycopg2.connect", "psycopg.connect"];

/// Endings of calls that close connections again.
const CLOSING: &[&str] = &[".dispose", ".close", ".closeall", ".remove"];

/// Packages whose connections the endings above are about.
const CLOSED: &[&str] = &[
    "flask_sqlalchemy.",
    "sqlalchemy.",
    "psycopg2.",
    "psycopg.",
    "pymysql.",
    "MySQLdb.",
    "pymongo.",
];

/// Calls that make something that answers WebSocket requests; a `*` stands for any words.
const WEBSOCKETS: &[&str] = &[
    "fastapi.app.websocket",
    "fastapi.app.websocket_route",
    "fastapi.app.add_api_websocket_route",
    "fastapi.APIRouter.websocket",
    "starlette.routing.WebSocketRoute",
    "channels.routing.ProtocolTypeRouter",
    "flask_sock.Sock.route",
];

/// Servers of Socket.IO. Each keeps the sessions of its clients in its own process.
///
/// Sources: <https://flask-socketio.readthedocs.io/en/latest/deployment.html#gunicorn-web-server>,
/// <https://python-socketio.readthedocs.io/en/stable/server.html#deployment-strategies>
const SOCKETIO: &[&str] = &["flask_socketio.SocketIO", "socketio.Server", "socketio.AsyncServer"];

/// What counts for metrics in its own process.
///
/// Source: <https://prometheus.github.io/client_python/multiprocess/>
const METRICS: &[&str] = &[
    "prometheus_flask_exporter.PrometheusMetrics",
    "prometheus_client.make_asgi_app",
    "prometheus_client.make_wsgi_app",
    "prometheus_fastapi_instrumentator.Instrumentator",
    "starlette_exporter.PrometheusMiddleware",
];

/// What counts requests of clients, and where it keeps the counts.
///
/// Source: <https://flask-limiter.readthedocs.io/en/stable/#configuring-a-storage-backend>
const LIMITERS: &[&str] = &["flask_limiter.Limiter", "slowapi.Limiter"];

/// Calls that add a middleware, whose argument `secret_key` signs sessions.
///
/// Source: <https://www.starlette.io/middleware/#sessionmiddleware>
const SESSIONS: &[&str] = &[
    "fastapi.app.add_middleware",
    "starlette.middleware.Middleware",
    "starlette.middleware.sessions.SessionMiddleware",
];

/// What serves static files from within the application.
const STATIC: &[&str] = &["whitenoise.WhiteNoise", "dj_static.Cling"];

/// Functions that give another value in each process.
const RANDOM: &[&str] = &[
    "os.urandom",
    "secrets.token_hex",
    "secrets.token_urlsafe",
    "secrets.token_bytes",
    "secrets.choice",
    "uuid.uuid4",
    "uuid.uuid1",
    "random.choice",
    "random.SystemRandom",
    "django.core.management.utils.get_random_secret_key",
    "django.utils.crypto.get_random_string",
    "cryptography.fernet.Fernet.generate_key",
];

/// Libraries that take several hundred megabytes in each process that imports them.
const LARGE: &[&str] =
    &["tensorflow", "torch", "transformers", "sentence_transformers", "whisper", "ultralytics"];

/// Calls that keep a database in a folder of the disk: its path is their first argument, or `path`.
///
/// Source: <https://docs.trychroma.com/docs/run-chroma/persistent-client>
const FOLDERS: &[&str] = &["chromadb.PersistentClient"];

/// What gives a dialect of SQLAlchemy a name. Its first argument is the name.
///
/// Source: <https://docs.sqlalchemy.org/en/20/core/connections.html#registering-new-dialects>
const DIALECTS: &[&str] = &["sqlalchemy.dialects.registry.register"];

/// Whether a call is to be recorded.
pub(super) fn is_watched(dotted: &str) -> bool {
    let lists = [
        SCHEDULERS,
        CONNECTIONS,
        WEBSOCKETS,
        SOCKETIO,
        RANDOM,
        METRICS,
        LIMITERS,
        STATIC,
        SESSIONS,
        FOLDERS,
        DIALECTS,
        pools::CALLS,
    ];
    lists.iter().any(|it| it.contains(&dotted)) || closes(dotted)
}

fn closes(dotted: &str) -> bool {
    CLOSED.iter().any(|it| dotted.starts_with(it)) && CLOSING.iter().any(|it| dotted.ends_with(it))
}

/// The name of a call that was recorded; `None` for its arguments and other records.
fn called(record: &Binding) -> Option<&str> {
    record.name.value.strip_prefix(CALL).filter(|it| !it.contains(' '))
}

/// What calls that were recorded while the application was loaded say of it.
pub(super) fn facts(sources: &SourceMap, calls: &[Binding]) -> Facts {
    let mut facts = Facts::new();
    let certain = |list: &'static [&'static str]| {
        calls
            .iter()
            .find(|it| !it.maybe_unset && called(it).is_some_and(|name| list.contains(&name)))
    };
    if let Some(record) = certain(SOCKETIO).filter(|it| has_sessions(sources, calls, it)) {
        facts.set(v::CODE_SOCKETIO, of_call(record));
    }
    for (id, list) in [
        (v::CODE_SCHEDULER, SCHEDULERS),
        (v::CODE_METRICS, METRICS),
        (v::CODE_SERVES_STATIC, STATIC),
    ] {
        if let Some(record) = certain(list) {
            facts.set(id, of_call(record));
        }
    }
    let websocket = WEBSOCKETS.iter().find_map(|name| {
        calls.iter().find(|it| {
            called(it) == Some(name) && (!is_router(it) || routes_websocket(sources, calls))
        })
    });
    if let Some(record) = websocket {
        facts.set(v::CODE_WEBSOCKET, of_call(record));
    }
    if let Some(record) = certain(FOLDERS) {
        let names = ["0", "path"].map(|it| format!("{} {it}", record.name.value));
        let given = calls.iter().find(|it| names.contains(&it.name.value));
        let path = given.filter(|it| it.fact.text().is_some_and(|it| !it.contains("tmp")));
        if let Some(path) = path {
            facts.set(v::CODE_DATABASE_FILE, path.fact.clone());
        }
    }
    if let Some(record) = certain(CONNECTIONS).filter(|it| stays_open(sources, calls, it)) {
        facts.set(v::CODE_CONNECTION, of_call(record));
    }
    facts
}

/// Whether clients of a server of Socket.IO begin a session by requests that belong together. One
/// that takes WebSockets alone has none, and one without an application only sends to others.
///
/// Sources: <https://python-socketio.readthedocs.io/en/stable/api.html#socketio.Server> (`transports`),
/// <https://flask-socketio.readthedocs.io/en/latest/deployment.html#emitting-from-an-external-process>
fn has_sessions(sources: &SourceMap, calls: &[Binding], record: &Binding) -> bool {
    let given = |argument: &str| {
        let name = format!("{} {argument}", record.name.value);
        calls.iter().find(|it| it.name.value == name)
    };
    let transports = given("transports").and_then(|it| it.fact.origin.span);
    let is_for_all = transports.is_none_or(|it| {
        let mut names = quoted(sources.text(it)).peekable();
        names.peek().is_none() || names.any(|it| it != "websocket")
    });
    let is_made = ["0", "app", "*"].iter().any(|it| given(it).is_some());
    let only_sends = called(record) == Some(SOCKETIO[0])
        && !is_made
        && given("message_queue").is_some()
        && record
            .fact
            .origin
            .span
            .is_some_and(|it| !sources.file(it.file).text().contains(".init_app("));
    is_for_all && !only_sends
}

/// Whether the code may give a dialect of SQLAlchemy this name.
pub(super) fn may_register(calls: &[Binding], dialect: &str) -> bool {
    let name = format!("{CALL}{} 0", DIALECTS[0]);
    let named = |it: &&Binding| it.name.value == name;
    let is_other = |it: &Binding| it.fact.text().is_some_and(|it| it != dialect);
    let registers = calls.iter().any(|it| called(it).is_some_and(|it| DIALECTS.contains(&it)));
    let mut names = calls.iter().filter(named).peekable();
    registers && (names.peek().is_none() || !names.all(is_other))
}

/// The connection that a module opens while it is loaded and keeps: one for each instance.
pub(super) fn one_connection(facts: &Facts) -> Option<Fact> {
    let call = facts
        .get(v::CODE_CONNECTION)
        .filter(|_| facts.get(v::CONNECTIONS_PER_PROCESS).is_none())?;
    let is_one = call.text().is_some_and(|it| ONE.contains(&it));
    let origin = Origin {
        span: call.origin.span,
        ..Origin::new(OriginKind::Derived, "a connection that is opened while the code is loaded")
    };
    let origin = origin.with_input(v::CODE_CONNECTION.name(), call.clone());
    is_one.then(|| Fact::known(Value::Int(1), origin))
}

fn is_router(record: &Binding) -> bool {
    called(record) == Some("channels.routing.ProtocolTypeRouter")
}

/// `ProtocolTypeRouter({"http": …, "websocket": …})`. What code that is not followed does with the
/// table is not known, so it is read as it is written.
fn routes_websocket(sources: &SourceMap, calls: &[Binding]) -> bool {
    let name = "call channels.routing.ProtocolTypeRouter 0";
    let given = calls.iter().find(|it| it.name.value == name);
    let span = given.and_then(|it| it.fact.origin.span);
    span.is_some_and(|it| quoted(sources.text(it)).any(|it| it == "websocket"))
}

/// Whether nothing closes connections, and they lead to a server: SQLite opens a file.
fn stays_open(sources: &SourceMap, calls: &[Binding], record: &Binding) -> bool {
    let Some(span) = record.fact.origin.span else { return false };
    let is_file = sources.file(span.file).text().contains("sqlite");
    !is_file && !calls.iter().any(|it| called(it).is_some_and(closes))
}

/// The call as it is written.
fn of_call(record: &Binding) -> Fact {
    let name = called(record).unwrap_or_default().to_owned();
    let origin = Origin { inputs: Vec::new(), ..record.fact.origin.clone() };
    Fact::known(
        Value::Text(name),
        Origin { source: "a call while it is loaded".to_owned(), ..origin },
    )
}

/// A limiter that keeps its counts in the memory of its process: it is told no other place.
pub(super) fn local_limiter(calls: &[Binding]) -> Option<Fact> {
    let record = calls.iter().find(|it| called(it).is_some_and(|name| LIMITERS.contains(&name)))?;
    let own = format!("{} ", record.name.value);
    let storage = calls.iter().filter(|it| it.name.value.starts_with(&own)).find(|it| {
        matches!(it.name.value.rsplit(' ').next(), Some("storage_uri" | "storage_options" | "*"))
    });
    let is_memory = |it: &Binding| it.fact.text().is_some_and(|it| it.starts_with("memory"));
    storage.is_none_or(is_memory).then(|| of_call(record))
}

/// The key that signs sessions, as a middleware is told.
pub(super) fn session_key(calls: &[Binding]) -> Option<&Binding> {
    calls.iter().find(|it| {
        let call = it.name.value.strip_prefix(CALL).and_then(|it| it.strip_suffix(" secret_key"));
        call.is_some_and(|it| SESSIONS.contains(&it))
    })
}

/// How the setting that signs sessions is made: at random, or written in the code.
pub(super) fn secret(source: &Source<'_, '_>, given: (&str, &Binding), facts: &mut Facts) {
    let sources = &source.workspace.sources;
    if let Some(random) = random_secret(sources, &source.calls, &source.environment, given) {
        facts.set(v::CODE_RANDOM_SECRET, random);
    }
    if let Some(written) = written_secret(sources, given.0, given.1) {
        facts.set(v::CODE_WRITTEN_SECRET, written);
    }
}

/// The setting of this name, if its value is written in the code, labelled at its name: the value
/// is nobody's business.
fn written_secret(sources: &SourceMap, name: &str, key: &Binding) -> Option<Fact> {
    let is_written = key.fact.text().is_some_and(|it| !it.is_empty())
        && key.fact.origin.inputs.is_empty()
        && !key.maybe_unset;
    if !is_written {
        return None;
    }
    let origin = Origin::written(own_place(sources, key), "written in the code");
    Some(Fact::known(Value::Text(name.to_owned()), origin))
}

/// Where a name is bound; for one that `from .base import *` brings, where its value stands.
pub(super) fn own_place(sources: &SourceMap, bound: &Binding) -> Span {
    let value = bound.fact.origin.span.filter(|_| sources.text(bound.name.span) == "*");
    value.unwrap_or(bound.name.span)
}

/// The setting of this name, if it is made at random each time that the application is loaded,
/// because no variable that it reads is set. One that no file sets is taken to be unset.
///
/// `key` is what the setting was bound to.
fn random_secret(
    sources: &SourceMap,
    calls: &[Binding],
    environment: &Environment,
    (name, key): (&str, &Binding),
) -> Option<Fact> {
    if key.fact.value().is_some() {
        return None;
    }
    let span = key.fact.origin.span?;
    let is_inside =
        |it: &Span| it.file == span.file && it.start >= span.start && it.end <= span.end;
    let is_random = |it: &&Binding| called(it).is_some_and(|it| RANDOM.contains(&it));
    let mut spans = calls.iter().filter(is_random).filter_map(|it| it.fact.origin.span);
    let is_beside = |it: &Span| it.file == span.file && line(sources, *it) == line(sources, span);
    let made =
        spans.find(|it| is_inside(it) || is_beside(it) || assigns(line(sources, *it), name))?;
    // `app.secret_key = key` is made of what `key` is, so each name on the way counts.
    let own = [line(sources, span), line(sources, made)];
    let targets = own.into_iter().filter_map(target).chain([name]);
    let targets: Vec<&str> = targets.collect();
    let text = sources.file(span.file).text();
    // What is written into a file is made once, and read from there by the next start.
    if text.lines().any(|line| targets.iter().any(|it| writes(line, it))) {
        return None;
    }
    let assignments = text.lines().filter(|line| targets.iter().any(|it| assigns(line, it)));
    let read: Vec<&str> = assignments
        .chain(own)
        .chain(sources.text(span).lines())
        // A call may go on below the name of what it reads.
        .chain([sources.text(span)])
        .flat_map(variables::read)
        .collect();
    let is_set = |it: &&str| matches!(environment.get(it), Lookup::Set(_));
    if read.iter().any(is_set) {
        return None;
    }
    let origin = Origin { span: Some(made), ..Origin::new(OriginKind::Written, "made at random") };
    let is_open = |it: &&&str| matches!(environment.get(it), Lookup::Unmentioned);
    let origin = match read.iter().find(is_open) {
        Some(variable) => origin.with_input(format!("${variable}"), assumed_unset(variable)),
        None => origin,
    };
    Some(Fact::known(Value::Text(name.to_owned()), origin))
}

/// What a line assigns: `SECRET_KEY` of `SECRET_KEY: str = …`.
fn target(line: &str) -> Option<&str> {
    let (left, right) = line.split_once('=')?;
    let left = left.split(':').next().unwrap_or_default().trim();
    let is_target = !left.is_empty() && !left.contains([' ', '(', ',', '!', '<', '>']);
    (is_target && !right.starts_with('=')).then_some(left)
}

fn assigns(line: &str, name: &str) -> bool {
    let rest = line.trim_start().strip_prefix(name).map(str::trim_start);
    rest.is_some_and(|it| it.starts_with('=') && !it.starts_with("=="))
}

/// Whether a line writes a name into a file: `file.write(key)`, `path.write_text(key)`.
fn writes(line: &str, name: &str) -> bool {
    const WRITES: [&str; 4] = [".write(", ".write_text(", ".write_bytes(", "dump("];
    WRITES.iter().any(|it| line.split_once(it).is_some_and(|(_, rest)| rest.contains(name)))
}

/// The line of a place.
fn line(sources: &SourceMap, span: Span) -> &str {
    let text = sources.file(span.file).text();
    let before = text.get(..span.range().start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    text.get(start..).and_then(|it| it.lines().next()).unwrap_or_default()
}

/// What stands in quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'']).skip(1).step_by(2)
}

/// The library of a module that takes much memory, as its first lines import it.
pub(super) fn large_library(workspace: &Workspace<'_>, file: FileId) -> Option<Fact> {
    let library = workspace.of_text(file, Library::read);
    let (name, start) = library.0?;
    let span = Span::new(file, start, start + name.len());
    let origin = Origin::written(span, "an import of the application");
    Some(Fact::known(Value::Text(name.to_owned()), origin))
}

/// The first large library that a module imports, and where.
struct Library(Option<(&'static str, usize)>);

impl Library {
    fn read(text: &str) -> Self {
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let mut words = line.split_whitespace();
            let is_import = line.starts_with("import ") || line.starts_with("from ");
            let module = words.nth(1).filter(|_| is_import);
            let package = module.and_then(|it| it.split(['.', ',']).next());
            if let Some(name) = package.and_then(|it| LARGE.iter().find(|name| **name == it)) {
                return Self(Some((name, at + line.find(*name).unwrap_or(0))));
            }
            at += line.len();
        }
        Self(None)
    }
}

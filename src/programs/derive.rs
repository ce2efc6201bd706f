//! Facts that follow from several settings of a server.

use super::settle::{address, of_addresses, operand};
use super::{Server, ServerKind, default_fact};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Word;
use crate::vocabulary::{self as v, FactId};

/// Adds what follows from the settings of a server.
pub(super) fn facts(server: &mut Server, kind: ServerKind, operands: &[Word], cpus: &Fact) {
    // A reloader beside it answers no requests.
    if kind.is_development() {
        server.facts.set(v::WORKERS, default_fact(Value::Int(1), kind.name()));
    }
    match kind {
        ServerKind::Uvicorn | ServerKind::FastapiRun => uvicorn(server),
        ServerKind::Hypercorn => bind(server, "bind", Some(8000)),
        ServerKind::Daphne => {
            server.facts.set(v::WORKERS, default_fact(Value::Int(1), "daphne"));
            socket(server, "unix_socket");
            for name in ["file_descriptor", "socket_strings"] {
                elsewhere(server, name);
            }
        }
        ServerKind::Granian => granian(server),
        ServerKind::Waitress => {
            server.facts.set(v::WORKERS, default_fact(Value::Int(1), "waitress"));
            bind(server, "listen", Some(8080));
            socket(server, "unix_socket");
        }
        ServerKind::Uwsgi => uwsgi(server),
        ServerKind::Celery => celery(server, cpus),
        ServerKind::Rq => {
            server.facts.set(v::WORKERS, default_fact(Value::Int(1), "rq"));
            redis(server, "rq");
        }
        ServerKind::RqPool => redis(server, "rq"),
        ServerKind::Dramatiq => dramatiq(server),
        ServerKind::Arq => {
            server.facts.set(v::WORKERS, default_fact(Value::Int(1), "arq"));
            redis(server, "arq");
            watches(server);
        }
        ServerKind::Huey | ServerKind::RunHuey => huey(server),
        ServerKind::DjangoQ => {
            server.facts.set(v::THREADS, default_fact(Value::Int(1), "django-q"));
            product(server, v::CONCURRENCY, v::WORKERS, v::THREADS);
        }
        ServerKind::DjangoRunserver => runserver(server, operands),
        ServerKind::HttpServer => {
            let given = operand(operands).map(|it| as_port(&it));
            let port = given.unwrap_or_else(|| default_fact(Value::Int(8000), "http.server"));
            server.facts.set(v::PORT, port);
        }
        ServerKind::FastapiDev
        | ServerKind::FlaskRun
        | ServerKind::CeleryBeat
        | ServerKind::Gunicorn
        | ServerKind::Listed(_) => {}
    }
    interface(server, kind);
    shared(server);
}

fn set(server: &mut Server, id: FactId, fact: Fact) {
    server.facts.set(id, fact);
}

/// What holds for every server once its own facts are there.
pub(super) fn shared(server: &mut Server) {
    if let Some(reload) = server.facts.get(v::RELOAD).cloned() {
        set(server, v::DEV_SERVER, reload);
    }
    let (host, port) = (server.facts.get(v::BIND_HOST), server.facts.get(v::PORT));
    let bound = server.facts.get(v::BIND).and_then(Fact::value);
    let several = matches!(bound, Some(Value::List(all)) if all.len() > 1);
    if let (Some(host), Some(port), false) = (host, port, several)
        && let (Some(text), Some(number)) = (host.text(), port.int())
    {
        // An IPv6 address has colons of its own.
        let text = if text.contains(':') { format!("[{text}]") } else { text.to_owned() };
        let address = Value::List(vec![Value::Text(format!("{text}:{number}"))]);
        let mut origin = Origin::new(OriginKind::Derived, "host and port")
            .with_input("bind_host", host.clone())
            .with_input("port", port.clone());
        origin.span = port.origin.span.or(host.origin.span);
        set(server, v::BIND, Fact::known(address, origin));
    }
    if let Some(host) = server.facts.get(v::BIND_HOST).cloned()
        && let Some(socket) = host.text().filter(|it| it.starts_with("unix:"))
        && server.facts.get(v::BIND).is_none()
    {
        let addresses = Value::List(vec![Value::Text(socket.to_owned())]);
        set(server, v::BIND, Fact { state: State::Known(addresses), ..host });
    }
    if let Some(workers) = server.facts.get(v::WORKERS).cloned() {
        let from_cpus = is_from_cpus(&workers.origin);
        let mut origin = Origin::new(OriginKind::Derived, "how `workers` is computed");
        origin.span = workers.origin.span;
        let origin = origin.with_input("workers", workers);
        set(server, v::WORKERS_FROM_CPU_COUNT, Fact::known(Value::Bool(from_cpus), origin));
    }
}

/// Whether the CPUs that the program sees took part in a value.
fn is_from_cpus(origin: &Origin) -> bool {
    let from = |name: &str| matches!(name, "cpu_count()" | "visible CPUs");
    origin.inputs.iter().any(|it| from(&it.name) || is_from_cpus(&it.fact.origin))
}

/// uvicorn starts no workers beside the one it reloads.
fn uvicorn(server: &mut Server) {
    let reload = server.facts.get(v::RELOAD).cloned();
    if let (Some(reload), Some(workers)) = (reload, server.facts.get(v::WORKERS).cloned())
        && reload.bool() == Some(true)
    {
        let origin = Origin::new(OriginKind::Derived, "uvicorn with `--reload`")
            .with_input("reload", reload);
        set(server, v::WORKERS, Fact::known(Value::Int(1), origin).over(workers));
    }
    socket(server, "uds");
    elsewhere(server, "fd");
}

/// The host and port of an address setting, when it is given.
pub(super) fn bind(server: &mut Server, name: &str, default_port: Option<i64>) {
    let Some(fact) = server.settings.get(name) else { return };
    if fact.value() == Some(&Value::Null) {
        return;
    }
    let (host, port) = of_addresses(fact, default_port);
    if let Some(Value::List(_)) = fact.value() {
        let addresses = fact.clone();
        set(server, v::BIND, addresses);
    }
    set(server, v::BIND_HOST, host);
    set(server, v::PORT, port);
}

/// A Unix socket takes the place of host and port.
fn socket(server: &mut Server, name: &str) {
    let Some(fact) = server.settings.get(name).cloned() else { return };
    let host = match &fact.state {
        State::Known(Value::Null) => return,
        State::Known(path) => State::Known(Value::Text(format!("unix:{path}"))),
        state => state.clone(),
    };
    // A hidden option that might be there changes nothing that is known to be given.
    if matches!(host, State::Unknown(_)) && fact.origin.kind == OriginKind::Default {
        return;
    }
    set(server, v::BIND_HOST, Fact { state: host, ..fact.clone() });
    set(server, v::PORT, Fact { state: State::Known(Value::Null), ..fact });
}

/// An address that is said in a way of its own is not known as host and port.
fn elsewhere(server: &mut Server, name: &str) {
    let Some(fact) = server.settings.get(name).cloned() else { return };
    let is_given = fact.origin.kind != OriginKind::Default;
    if is_given && fact.value() != Some(&Value::Null) {
        let reason = format!("`{name}` says where the server listens");
        let state = State::Unknown(Unknown::because(reason));
        set(server, v::BIND_HOST, Fact { state: state.clone(), ..fact.clone() });
        set(server, v::PORT, Fact { state, ..fact });
    }
}

/// Threads that run the application: for WSGI half of the backpressure, which is the backlog
/// shared by the workers. Everything else runs in one event loop, which works on many requests.
fn granian(server: &mut Server) {
    socket(server, "uds");
    let get = |name: &str| server.settings.get(name).cloned();
    let (Some(given), Some(interface), Some(pressure), Some(backlog), Some(workers)) = (
        get("blocking_threads"),
        get("interface"),
        get("backpressure"),
        get("backlog"),
        get("workers"),
    ) else {
        return;
    };
    if given.value() != Some(&Value::Null) {
        return set(server, v::THREADS, given);
    }
    let threads = match interface.text() {
        Some("wsgi") => {
            let share = || Some(backlog.int()? / workers.int().filter(|it| *it > 0)?);
            let pressure = pressure.int().or_else(share);
            pressure.map(|it| (it / 2).max(1))
        }
        Some(_) => return,
        None => None,
    };
    let origin = Origin::new(OriginKind::Default, "granian default")
        .with_input("interface", interface)
        .with_input("backpressure", pressure)
        .with_input("workers", workers);
    let unknown = || State::Unknown(Unknown::because("the interface or backlog is not known"));
    let state = threads.map_or_else(unknown, |it| State::Known(Value::Int(it)));
    set(server, v::THREADS, Fact::new(state, origin));
}

fn uwsgi(server: &mut Server) {
    for name in ["socket", "http", "http-socket"] {
        bind(server, name, None);
    }
    unless(server, v::PRELOAD, "lazy-apps");
    let is_given = |it: &Fact| it.value() != Some(&Value::Null);
    if let Some(reload) = server.settings.get("py-autoreload").filter(|it| is_given(it)).cloned() {
        let state = match reload.int() {
            Some(seconds) => State::Known(Value::Bool(seconds > 0)),
            None => reload.state.clone(),
        };
        set(server, v::RELOAD, Fact { state, ..reload });
    }
    // Without a module, the file is the application.
    let module = server.facts.get(v::APP).is_some_and(is_given);
    if let (false, Some(file)) = (module, server.settings.get("wsgi-file").cloned()) {
        set(server, v::APP, file);
    }
    product(server, v::CONCURRENCY, v::WORKERS, v::THREADS);
}

/// What the concurrency of a celery worker is made of depends on its pool.
fn celery(server: &mut Server, cpus: &Fact) {
    let get = |name: &str| server.settings.get(name).cloned();
    let (Some(mut concurrency), Some(pool)) = (get("concurrency"), get("pool")) else { return };
    if concurrency.int() == Some(0) {
        concurrency.state = cpus.state.clone();
        concurrency.origin = concurrency.origin.with_input("cpu_count()", cpus.clone());
    }
    // With `--autoscale` the pool grows to the larger of its numbers.
    if let Some(autoscale) = get("autoscale").filter(|it| it.value() != Some(&Value::Null)) {
        concurrency = autoscale.over(concurrency);
    }
    set(server, v::WORKER_CLASS, pool.clone());
    set(server, v::CONCURRENCY, concurrency.clone());
    let one = || {
        let origin = Origin::new(OriginKind::Derived, "the pool of the celery worker");
        Fact::known(Value::Int(1), origin.with_input("pool", pool.clone()))
    };
    match pool.text() {
        Some("prefork" | "processes") => {
            set(server, v::WORKERS, concurrency);
            set(server, v::THREADS, one());
        }
        Some("threads") => {
            set(server, v::THREADS, concurrency);
            set(server, v::WORKERS, one());
        }
        Some("gevent" | "eventlet") => {
            set(server, v::WORKER_CONNECTIONS, concurrency);
            set(server, v::WORKERS, one());
        }
        Some("solo") => {
            set(server, v::WORKERS, one());
            set(server, v::CONCURRENCY, one());
        }
        // Where the command names a number alone, it is that of processes unless an application that
        // is not here says otherwise.
        _ if pool.value().is_none() && pool.origin.span.is_none() && is_written(&concurrency) => {
            let source = "celery's own pool, prefork, as the configuration is not here";
            let pool = Fact::known(
                Value::Text("prefork".to_owned()),
                Origin::new(OriginKind::Assumed, source),
            );
            let origin = concurrency.origin.with_input("pool", pool);
            set(server, v::WORKERS, Fact { origin, ..concurrency });
        }
        _ => {
            let reason = Unknown::because("the pool of the celery worker is not known");
            let origin = Origin::new(OriginKind::Derived, "the pool of the celery worker");
            set(server, v::WORKERS, Fact::unknown(reason, origin.with_input("pool", pool)));
        }
    }
}

/// Whether the command says a number.
fn is_written(fact: &Fact) -> bool {
    fact.int().is_some() && fact.origin.kind == OriginKind::Written && fact.origin.span.is_some()
}

fn dramatiq(server: &mut Server) {
    product(server, v::CONCURRENCY, v::WORKERS, v::THREADS);
    if let Some(broker) = server.settings.get("broker").cloned() {
        set(server, v::BROKER_KIND, broker);
    }
    watches(server);
}

/// Jobs of some programs are in Redis, always.
fn redis(server: &mut Server, program: &str) {
    server.facts.set(v::BROKER_KIND, default_fact(Value::Text("redis".to_owned()), program));
}

/// A folder that is watched makes the program load its code anew.
fn watches(server: &mut Server) {
    let watch = server.settings.get("watch").cloned();
    if let Some(watch) = watch.filter(|it| !matches!(it.state, State::Unknown(_))) {
        let is_given = watch.value() != Some(&Value::Null);
        let state = State::Known(Value::Bool(is_given));
        set(server, v::RELOAD, Fact { state, ..watch });
    }
}

/// Workers of huey are threads unless `--worker-type` says otherwise.
fn huey(server: &mut Server) {
    let get = |name: &str| server.settings.get(name).cloned();
    let (Some(workers), Some(ty)) = (get("workers"), get("worker_type")) else { return };
    set(server, v::CONCURRENCY, workers.clone());
    let one = || {
        let origin = Origin::new(OriginKind::Derived, "the worker type of huey");
        Fact::known(Value::Int(1), origin.with_input("worker_type", ty.clone()))
    };
    match ty.text() {
        Some("process") => set(server, v::WORKERS, workers),
        Some("thread") => {
            set(server, v::WORKERS, one());
            set(server, v::THREADS, workers);
        }
        Some("greenlet" | "gevent") => {
            set(server, v::WORKERS, one());
            set(server, v::WORKER_CONNECTIONS, workers);
        }
        _ => {}
    }
}

/// `runserver [addrport]`: a port, or a host and a port. `0` is every address.
fn runserver(server: &mut Server, operands: &[Word]) {
    let (host, port) = match operand(operands) {
        None => (
            default_fact(Value::Text("127.0.0.1".to_owned()), "runserver"),
            default_fact(Value::Int(8000), "runserver"),
        ),
        Some(fact) if fact.text().is_some_and(|it| it.parse::<u16>().is_ok()) => {
            (default_fact(Value::Text("127.0.0.1".to_owned()), "runserver"), as_port(&fact))
        }
        Some(fact) => address(&fact, Some(8000)),
    };
    let host = match host.text() {
        Some("0") => Fact { state: State::Known(Value::Text("0.0.0.0".to_owned())), ..host },
        _ => host,
    };
    set(server, v::BIND_HOST, host);
    set(server, v::PORT, port);
    unless(server, v::RELOAD, "noreload");
}

/// A fact that holds unless a setting is on.
fn unless(server: &mut Server, id: FactId, name: &str) {
    let Some(fact) = server.settings.get(name).cloned() else { return };
    let state = match fact.bool() {
        Some(on) => State::Known(Value::Bool(!on)),
        None => fact.state.clone(),
    };
    set(server, id, Fact { state, ..fact });
}

fn as_port(fact: &Fact) -> Fact {
    let state = match (fact.text().map(str::parse::<i64>), &fact.state) {
        (Some(Ok(port)), _) => State::Known(Value::Int(port)),
        (None, state) => state.clone(),
        _ => State::Unknown(Unknown::because("the port is not a number")),
    };
    Fact { state, ..fact.clone() }
}

/// The product of two known whole numbers.
fn product(server: &mut Server, id: FactId, left: FactId, right: FactId) {
    let (Some(a), Some(b)) = (server.facts.get(left), server.facts.get(right)) else { return };
    let (Some(x), Some(y)) = (a.int(), b.int()) else { return };
    let Some(value) = x.checked_mul(y) else { return };
    let mut origin =
        Origin::new(OriginKind::Derived, format!("{} × {}", left.name(), right.name()))
            .with_input(left.name(), a.clone())
            .with_input(right.name(), b.clone());
    origin.span = a.origin.span.or(b.origin.span);
    set(server, id, Fact::known(Value::Int(value), origin));
}

/// What the server speaks to the application, where it is certain.
fn interface(server: &mut Server, kind: ServerKind) {
    let speaks = match kind {
        ServerKind::Daphne | ServerKind::FastapiRun | ServerKind::FastapiDev => "asgi",
        ServerKind::Waitress | ServerKind::FlaskRun => "wsgi",
        ServerKind::Uvicorn | ServerKind::Granian => {
            let Some(fact) = server.settings.get("interface").cloned() else { return };
            let speaks = match (kind, fact.text()) {
                (_, Some("wsgi")) => "wsgi",
                (_, Some("asgi" | "asgi2" | "asgi3" | "asginl")) => "asgi",
                (ServerKind::Uvicorn, Some("auto")) => "asgi",
                _ => return,
            };
            let state = State::Known(Value::Text(speaks.to_owned()));
            return set(server, v::INTERFACE, Fact { state, ..fact });
        }
        _ => return,
    };
    set(server, v::INTERFACE, default_fact(Value::Text(speaks.to_owned()), kind.name()));
}

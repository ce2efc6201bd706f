//! Facts of the process that follow from gunicorn's settings.

use crate::fact::{Case, Fact, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::Launch;
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary::{self, FactId};

use super::address::{self, Address};
use super::object::Object;
use super::table::{self, SettingId};
use super::values::Table;
use super::worker::WorkerKind;

/// Facts that are settings under another name.
const SAME: &[(FactId, SettingId)] = &[
    (vocabulary::WORKERS, table::WORKERS),
    (vocabulary::TIMEOUT_S, table::TIMEOUT),
    (vocabulary::GRACEFUL_TIMEOUT_S, table::GRACEFUL_TIMEOUT),
    (vocabulary::MAX_REQUESTS, table::MAX_REQUESTS),
    (vocabulary::MAX_REQUESTS_JITTER, table::MAX_REQUESTS_JITTER),
    (vocabulary::PRELOAD, table::PRELOAD_APP),
    (vocabulary::BIND, table::BIND),
    (vocabulary::RELOAD, table::RELOAD),
    (vocabulary::DEV_SERVER, table::RELOAD),
    (vocabulary::WORKER_TMP_DIR, table::WORKER_TMP_DIR),
];

/// The setting that a fact is.
pub(super) fn setting_of(id: FactId) -> Option<SettingId> {
    const OTHERS: &[(FactId, SettingId)] = &[
        (vocabulary::KEEPALIVE_S, table::KEEPALIVE),
        (vocabulary::THREADS, table::THREADS),
        (vocabulary::WORKER_CLASS, table::WORKER_CLASS),
        (vocabulary::WORKER_CONNECTIONS, table::WORKER_CONNECTIONS),
    ];
    SAME.iter().chain(OTHERS).find(|it| it.0 == id).map(|it| it.1)
}

/// The facts of a process that runs gunicorn with these settings.
pub(super) fn facts(table: &Table, launch: &Launch) -> Facts {
    let mut facts = Facts::new();
    let program = launch.argv.first().map_or(launch.span, |it| it.span);
    let server = Origin::written(program, "the command");
    facts.set(vocabulary::SERVER, Fact::known(Value::Text("gunicorn".to_owned()), server));
    for (fact, setting) in SAME {
        facts.set(*fact, table.fact(*setting));
    }
    facts.set(vocabulary::APP, application(table));
    facts.set(vocabulary::WORKER_CLASS, worker_class(table));
    by_worker_class(&mut facts, table);
    address_facts(&mut facts, table);
    let workers = &table.fact(table::WORKERS);
    let origin = derived("how `workers` is computed", [("workers", workers)]);
    let counted = match (depends_on(&workers.origin, "cpu_count()"), &workers.state) {
        (false, State::Unknown(unknown)) => Fact::unknown(unknown.clone(), origin),
        (counted, _) => Fact::known(Value::Bool(counted), origin),
    };
    facts.set(vocabulary::WORKERS_FROM_CPU_COUNT, counted);
    // What nobody wrote is to be written in the command.
    let ids: Vec<FactId> = facts.iter().map(|(id, _)| id).collect();
    for id in ids {
        facts.anchor(id, program);
    }
    facts
}

/// The kind of worker that really runs; `None` while it depends on something unknown.
pub(super) fn worker_kind(table: &Table) -> Option<WorkerKind> {
    let custom = table.custom.as_ref().map(|it| it.kind);
    let Some(class) = table.text(table::WORKER_CLASS) else { return custom };
    let threads = match table.object(table::THREADS) {
        Object::Int(it) => Some(*it),
        Object::Range(min, _) if *min > 1 => Some(*min),
        _ => None,
    };
    let kind = match (WorkerKind::from_class(class, threads), custom) {
        (WorkerKind::Other, Some(custom)) => custom,
        (kind, _) => kind,
    };
    (kind != WorkerKind::Sync || threads.is_some()).then_some(kind)
}

/// Whether a value was computed from something of this name.
pub(super) fn depends_on(origin: &Origin, name: &str) -> bool {
    let named = |it: &str| it.trim_start_matches('$') == name;
    origin.inputs.iter().any(|it| named(&it.name) || depends_on(&it.fact.origin, name))
}

fn derived<'a>(source: &str, inputs: impl IntoIterator<Item = (&'static str, &'a Fact)>) -> Origin {
    let origin = Origin::new(OriginKind::Derived, source);
    inputs.into_iter().fold(origin, |origin, (name, fact)| origin.with_input(name, fact.clone()))
}

fn application(table: &Table) -> Fact {
    match &table.app {
        Some(word) => word.fact("the command"),
        None if table.app_unknown => Fact::unknown(
            Unknown::because("the application is not named where opslint can read it"),
            Origin::new(OriginKind::Derived, "the command"),
        ),
        None => table.fact(table::WSGI_APP),
    }
}

/// The class that runs: gunicorn turns sync with several threads into gthread.
fn worker_class(table: &Table) -> Fact {
    let class = &table.fact(table::WORKER_CLASS);
    let threads = &table.fact(table::THREADS);
    let is_sync = matches!(class.text(), Some(it) if it == "sync" || it.ends_with("SyncWorker"));
    if !is_sync {
        return match table.custom.as_ref().filter(|_| class.value().is_none()) {
            Some(custom) => {
                let state = State::Known(Value::Text(custom.name.clone()));
                Fact { state, ..class.clone() }
            }
            None => class.clone(),
        };
    }
    let inputs = [("worker_class", class), ("threads", threads)];
    match worker_kind(table) {
        Some(WorkerKind::Gthread) => {
            let origin = derived("gunicorn runs `sync` with several threads as `gthread`", inputs);
            Fact::known(Value::Text("gthread".to_owned()), at(origin, threads))
        }
        Some(_) => class.clone(),
        None => {
            let unknown =
                Unknown::because("`sync` or `gthread`: the number of threads is not known");
            Fact::unknown(unknown, derived("`worker_class` and `threads`", inputs))
        }
    }
}

/// The origin with the place of the fact that a user would change.
fn at(mut origin: Origin, fact: &Fact) -> Origin {
    origin.span = fact.origin.span;
    origin
}

/// Facts that only some worker classes have.
fn by_worker_class(facts: &mut Facts, table: &Table) {
    let threads = &table.fact(table::THREADS);
    let Some(kind) = worker_kind(table) else {
        facts.set(vocabulary::THREADS, threads.clone());
        return;
    };
    if let Some(interface) = kind.interface() {
        let class = &table.fact(table::WORKER_CLASS);
        let origin = derived("what the worker class speaks", [("worker_class", class)]);
        facts.set(vocabulary::INTERFACE, Fact::known(Value::Text(interface.to_owned()), origin));
    }
    let reads = |id: SettingId| id.def().workers.is_none_or(|it| it.contains(&kind));
    let other = kind == WorkerKind::Other;
    let pooled = reads(table::THREADS) || kind == WorkerKind::Sync || other;
    if pooled {
        facts.set(vocabulary::THREADS, threads.clone());
    } else {
        let origin = derived("this worker class ignores `threads`", [("threads", threads)]);
        facts.set(vocabulary::THREADS, Fact::known(Value::Int(1), origin));
    }
    for (fact, setting) in [
        (vocabulary::WORKER_CONNECTIONS, table::WORKER_CONNECTIONS),
        (vocabulary::KEEPALIVE_S, table::KEEPALIVE),
    ] {
        if reads(setting) || other {
            facts.set(fact, table.fact(setting));
        }
    }
    let each = match kind {
        WorkerKind::Sync => None,
        WorkerKind::Gthread => Some(("threads", table::THREADS)),
        WorkerKind::Gevent => Some(("worker_connections", table::WORKER_CONNECTIONS)),
        WorkerKind::Tornado | WorkerKind::Asgi | WorkerKind::Uvicorn | WorkerKind::Other => return,
    };
    facts.set(vocabulary::CONCURRENCY, concurrency(table, each));
}

/// Requests that all workers handle at once.
fn concurrency(table: &Table, each: Option<(&'static str, SettingId)>) -> Fact {
    let workers = &table.fact(table::WORKERS);
    let Some((name, id)) = each else {
        let origin = derived("one request for each worker", [("workers", workers)]);
        return Fact::new(workers.state.clone(), at(origin, workers));
    };
    let each = &table.fact(id);
    let source = format!("`workers` times `{name}`");
    let origin = at(derived(&source, [("workers", workers), (name, each)]), workers);
    Fact::new(workers.state.map2_number(&each.state, |a, b| a * b), origin)
}

/// Host and port of the addresses: one of few where they differ.
fn address_facts(facts: &mut Facts, table: &Table) {
    let origin = table.origin(table::BIND);
    let Object::List(items) = table.object(table::BIND) else {
        if let Object::Unknown(unknown) = table.object(table::BIND) {
            for id in [vocabulary::BIND_HOST, vocabulary::PORT] {
                facts.set(id, Fact::unknown(unknown.clone(), origin.clone()));
            }
        }
        return;
    };
    let (hosts, ports): (Vec<State>, Vec<State>) = items.iter().filter_map(host_and_port).unzip();
    let (Some(host), Some(port)) = (either(hosts, origin.span), either(ports, origin.span)) else {
        return;
    };
    facts.set(vocabulary::BIND_HOST, Fact::new(host, origin.clone()));
    facts.set(vocabulary::PORT, Fact::new(port, origin.clone()));
}

/// Host and port of an address; `None` for a socket file.
fn host_and_port(item: &Object) -> Option<(State, State)> {
    match item {
        Object::Text(text) => match address::parse(text, 8000) {
            Ok(Address::Tcp { host, port }) => {
                Some((State::Known(Value::Text(host)), State::Known(Value::Int(port))))
            }
            _ => None,
        },
        Object::Pattern(parts) => parts_of(parts),
        Object::Unknown(unknown) => {
            Some((State::Unknown(unknown.clone()), State::Unknown(unknown.clone())))
        }
        _ => None,
    }
}

/// What is known of a value that is one of these: nothing where one is not known.
fn either(states: Vec<State>, span: Option<Span>) -> Option<State> {
    let mut cases = Vec::with_capacity(states.len());
    for state in states {
        match state {
            State::Known(value) => cases.push(Case::new(value, span)),
            other => return Some(other),
        }
    }
    State::one_of(cases)
}

/// Host and port of an address of which parts are unknown; `None` for a socket file.
fn parts_of(parts: &[TextPart]) -> Option<(State, State)> {
    let known = |it: &TextPart| match it {
        TextPart::Known(text) => Some(text.clone()),
        TextPart::Unknown(_) => None,
    };
    let first = parts.first().and_then(known).unwrap_or_default();
    let last = parts.last().and_then(known).unwrap_or_default();
    if first.starts_with("unix:") || first.starts_with("fd://") {
        return None;
    }
    let gap = parts.iter().find_map(|it| match it {
        TextPart::Unknown(unknown) => Some(unknown.clone()),
        TextPart::Known(_) => None,
    })?;
    let host = match first.rsplit_once(':') {
        Some((host, _)) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            State::Known(Value::Text(bare.to_lowercase()))
        }
        None => State::Unknown(gap.clone()),
    };
    let port = match last.rsplit_once(':').and_then(|(_, port)| port.parse().ok()) {
        Some(port) => State::Known(Value::Int(port)),
        None => State::Unknown(gap),
    };
    Some((host, port))
}

//! Workers and threads that opslint.toml states, and what follows from them: the application opens
//! its connections by them, and an instance works on as many requests at once.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::Facts;
use crate::settings::SettingFact;
use crate::vocabulary::{self, FactId};

/// Facts of a server that others are computed from.
const RESTATED: &[FactId] = &[vocabulary::WORKERS, vocabulary::THREADS, vocabulary::WORKER_CLASS];

/// Classes whose concurrency is that of their threads.
const THREADED: &[&str] = &["sync", "gthread", "prefork", "processes", "threads", "solo"];

/// Puts what is stated of a server, weakest first, in the place of what it would run with.
pub(super) fn of_server(server: &mut Facts, stated: &[&SettingFact]) {
    let restated = |it: &&SettingFact| {
        let id = FactId::from_name(&it.name.value).filter(|id| RESTATED.contains(id))?;
        Some((id, it.fact()))
    };
    let restated: Vec<(FactId, Fact)> = stated.iter().filter_map(restated).collect();
    if restated.is_empty() {
        return;
    }
    let before = server.clone();
    for (id, fact) in restated {
        super::stated::state(server, id, fact);
    }
    threads_need_gthread(server);
    let is_stated = |id: FactId| stated.iter().any(|it| it.name.value == id.name());
    if !is_stated(vocabulary::CONCURRENCY) {
        concurrency(server, &before);
    }
}

/// gunicorn itself takes `gthread` for `sync` where there is more than one thread.
/// Source: gunicorn, `Config.worker_class_str`.
fn threads_need_gthread(server: &mut Facts) {
    let class = server.get(vocabulary::WORKER_CLASS).and_then(Fact::text);
    let threads = server.get(vocabulary::THREADS);
    let Some(threads) = threads.filter(|it| it.int().is_some_and(|count| count > 1)).cloned()
    else {
        return;
    };
    if class == Some("sync") {
        let origin = Origin::new(OriginKind::Derived, "gunicorn serves threads with `gthread`")
            .with_input(vocabulary::THREADS.name(), threads);
        let class = Fact::known(Value::Text("gthread".to_owned()), origin);
        super::stated::state(server, vocabulary::WORKER_CLASS, class);
    }
}

/// As much for each worker and thread as before.
fn concurrency(server: &mut Facts, before: &Facts) {
    let count = |facts: &Facts, id| facts.get(id).and_then(Fact::int).filter(|it| *it > 0);
    let class = server.get(vocabulary::WORKER_CLASS).and_then(Fact::text);
    let is_threaded = class.is_some_and(|it| THREADED.contains(&it));
    let Some(workers) = server.get(vocabulary::WORKERS).cloned() else { return };
    let Some(now) = workers.int() else { return };
    let threads = server.get(vocabulary::THREADS).cloned().filter(|_| is_threaded);
    let of_threads = threads.as_ref().and_then(Fact::int).unwrap_or(1);
    let each = match is_threaded {
        true => Some(of_threads),
        false => count(before, vocabulary::CONCURRENCY)
            .zip(count(before, vocabulary::WORKERS))
            .map(|(all, workers)| all / workers),
    };
    let Some(total) = each.and_then(|it| it.checked_mul(now)) else { return };
    if before.get(vocabulary::CONCURRENCY).is_none() && !is_threaded {
        return;
    }
    let mut origin = Origin::new(OriginKind::Derived, "workers × what each works on at once")
        .with_input(vocabulary::WORKERS.name(), workers);
    if let Some(threads) = threads {
        origin = origin.with_input(vocabulary::THREADS.name(), threads);
    }
    server.set(vocabulary::CONCURRENCY, Fact::known(Value::Int(total), origin));
}

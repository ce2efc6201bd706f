//! Connections to the Redis store that holds the jobs: what the workers of a deployment open, at
//! least.
//!
//! Measured with celery 5.6 and redis-py 8 against Redis 7.0, without tasks that open connections of
//! their own: `celery worker` holds [`IDLE`] for itself, and [`PER_CHILD`] for each child process
//! that has stored a result; `celery beat` holds [`BEAT`], and a process that sends jobs
//! [`SENDING`]. The web processes beside a worker are taken to send them.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::{Facts, Process};
use crate::resolve::connections;
use crate::vocabulary as v;

/// Connections of the first process of a worker.
const IDLE: i64 = 5;

/// Connections of each of its children, where results are kept in the store.
const PER_CHILD: i64 = 1;

/// Connections of beat.
const BEAT: i64 = 1;

/// Connections of a process that has sent a job.
const SENDING: i64 = 1;

/// Sets what the workers need beside what the plan of the store accepts.
pub(super) fn needed(facts: &mut Facts, processes: &[Process]) {
    if facts.get(v::BROKER_CONNECTIONS_MAX).is_none() {
        return;
    }
    let mut total = 0;
    let mut origin = Origin::new(OriginKind::Derived, "connections of the workers, at least");
    for process in processes {
        let server = process.facts.get(v::SERVER).and_then(Fact::text);
        let Some(scale) = process.facts.get(v::SCALE_MAX) else { continue };
        let (Some(server), Some(instances)) = (server, scale.int()) else { continue };
        let uses_redis = process.facts.get(v::BROKER_KIND).and_then(Fact::text) == Some("redis");
        let each = match server {
            "celery" if uses_redis => {
                let children = process.facts.get(v::WORKERS).and_then(Fact::int).unwrap_or(0);
                let keeps = process.settings.get("result_backend").is_some_and(is_redis);
                IDLE + if keeps { children * PER_CHILD } else { 0 }
            }
            "celery-beat" => BEAT,
            _ if process.facts.get(v::KIND).and_then(Fact::text) == Some("web") => {
                process.facts.get(v::WORKERS).and_then(Fact::int).unwrap_or(1) * SENDING
            }
            _ => continue,
        };
        total += instances * each;
        origin = connections::add(origin, process, (instances, each));
        origin.span = origin.span.or(process.facts.span(v::SERVER));
    }
    let has_worker = processes.iter().any(|it| {
        it.facts.get(v::SERVER).and_then(Fact::text) == Some("celery")
            && it.facts.get(v::BROKER_KIND).and_then(Fact::text) == Some("redis")
    });
    if has_worker && total > 0 {
        facts.set(v::BROKER_CONNECTIONS_NEEDED, Fact::known(Value::Int(total), origin));
    }
}

/// Whether results are kept in Redis, by the address or the variable that has it.
fn is_redis(backend: &Fact) -> bool {
    match backend.text() {
        Some(url) => url.starts_with("redis"),
        None => backend.origin.inputs.iter().any(|it| it.name.contains("REDIS")),
    }
}

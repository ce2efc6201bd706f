//! Database connections that one worker process may open.
//!
//! Django keeps a connection for each thread, or a pool for each process. SQLAlchemy keeps a pool
//! for each engine and process; a thread that serves one request at a time holds one connection of
//! it, so that threads bound it too. Under an event loop and under green threads only the pool
//! does.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::project::Facts;
use crate::vocabulary as v;

use super::pools::Pool;

/// Worker classes that serve one request or job in each thread.
const THREADED: &[&str] = &["sync", "gthread", "prefork", "processes", "threads", "solo"];

/// Servers that serve one request in each thread whatever they are told.
const THREADED_SERVERS: &[&str] = &["waitress", "uwsgi"];

/// Of Django: as many as there are threads, or the size of the pool.
///
/// `pool` is the most connections of the pool; null without one.
pub(super) fn of_django(server: &Facts, pool: &Fact) -> Fact {
    match &pool.state {
        State::Known(Value::Null) => {}
        State::Known(Value::Int(_)) => {
            let origin = Origin { span: pool.origin.span, ..derived("the pool of the process") };
            return Fact::new(pool.state.clone(), origin.with_input("pool", pool.clone()));
        }
        State::Unknown(unknown) => return Fact::unknown(unknown.clone(), pool.origin.clone()),
        _ => {
            let unknown = Unknown::because("the size of the pool is not a number");
            return Fact::unknown(unknown, pool.origin.clone());
        }
    }
    let source = "a connection for each thread";
    match threads(server) {
        Ok((count, fact)) => {
            // What the pool was taken for counts here too.
            let start = match pool.origin.is_assumed() {
                true => derived(source).with_input("pool", pool.clone()),
                false => derived(source),
            };
            let origin = fact.into_iter().fold(start, |origin, fact| {
                let span = origin.span.or(fact.origin.span);
                Origin { span, ..origin.with_input("threads", fact) }
            });
            Fact::known(Value::Int(count), origin)
        }
        Err(unknown) => Fact::unknown(unknown, derived(source)),
    }
}

/// Of a pool: its size, or as many as there are threads if those are fewer. What it opens in any case
/// is open whoever uses it.
pub(super) fn of_pool(server: &Facts, pool: Pool) -> Fact {
    let Pool { most, least } = pool;
    let Some(size) = most.int() else { return most };
    match threads(server) {
        Ok((count, fact)) if count.max(least) < size => {
            let origin = Origin {
                span: most.origin.span,
                ..derived("a connection of the pool for each thread")
            };
            let name = most.origin.source.replace('`', "");
            let origin = origin.with_input(name, most);
            let origin = fact.into_iter().fold(origin, |it, fact| it.with_input("threads", fact));
            Fact::known(Value::Int(count.max(least)), origin)
        }
        _ => most,
    }
}

/// Threads of a process that serve a request or job each.
fn threads(server: &Facts) -> Result<(i64, Option<Fact>), Unknown> {
    let name = server.get(v::SERVER).and_then(Fact::text);
    let class = server.get(v::WORKER_CLASS);
    let threaded = match class {
        Some(class) => match &class.state {
            State::Unknown(unknown) => return Err(unknown.clone()),
            _ => class.text().is_some_and(|it| THREADED.contains(&it)),
        },
        None => name.is_some_and(|it| THREADED_SERVERS.contains(&it)),
    };
    if !threaded {
        let reason = "how many requests use the database at once is up to the application";
        return Err(Unknown::because(reason));
    }
    match server.get(v::THREADS) {
        None => Ok((1, None)),
        Some(fact) => match (fact.int(), &fact.state) {
            (Some(count), _) => Ok((count.max(1), Some(fact.clone()))),
            (None, State::Unknown(unknown)) => Err(unknown.clone()),
            (None, _) => Err(Unknown::because("the number of threads is not known")),
        },
    }
}

fn derived(source: &str) -> Origin {
    Origin::new(OriginKind::Derived, source)
}

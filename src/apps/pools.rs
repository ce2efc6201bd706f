//! Pools of connections to a database that drivers open, each in its process.
//!
//! Sources: asyncpg 0.32 `create_pool`, psycopg_pool 3.3.3 `ConnectionPool`, psycopg2 2.9.13
//! `psycopg2.pool`, databases 0.9 `backends`, aiopg 1.4 and aiomysql 0.3.2 `create_pool`, peewee 4.5.3
//! `playhouse.pool`

use crate::fact::{Fact, Origin, OriginKind, Overridden, State, Unknown, Value};
use crate::python::Binding;

use super::fact;

/// The connections of a pool in one process.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// The most that it opens.
    pub(super) most: Fact,
    /// Those that it opens whether they are used or not.
    pub(super) least: i64,
}

/// An argument of a call.
#[derive(Clone, Copy)]
struct Argument {
    name: &'static str,
    /// Its index, where it may be given by its place.
    idx: Option<&'static str>,
    /// What it is when it is not given. `None` for as many as there are at least.
    default: Option<i64>,
}

/// A function that opens a pool.
struct Opens {
    dotted: &'static str,
    least: Argument,
    most: Argument,
}

const fn named(name: &'static str, default: i64) -> Argument {
    Argument { name, idx: None, default: Some(default) }
}

const fn placed(name: &'static str, idx: &'static str, default: Option<i64>) -> Argument {
    Argument { name, idx: Some(idx), default }
}

const fn opens(dotted: &'static str, least: Argument, most: Argument) -> Opens {
    Opens { dotted, least, most }
}

/// psycopg's pools have as many as they have at least when they are not told more.
const AS_LEAST: Argument = Argument { name: "max_size", idx: None, default: None };
/// psycopg2's take both numbers in any case.
const CONNECTIONS: (Argument, Argument) =
    (placed("minconn", "0", Some(0)), placed("maxconn", "1", None));
/// peewee opens what is used.
const NONE: Argument = named("", 0);

#[rustfmt::skip]
const POOLS: &[Opens] = &[
    opens("asyncpg.create_pool", named("min_size", 10), named("max_size", 10)),
    opens("asyncpg.pool.create_pool", named("min_size", 10), named("max_size", 10)),
    opens("psycopg_pool.ConnectionPool", named("min_size", 4), AS_LEAST),
    opens("psycopg_pool.AsyncConnectionPool", named("min_size", 4), AS_LEAST),
    opens("psycopg2.pool.SimpleConnectionPool", CONNECTIONS.0, CONNECTIONS.1),
    opens("psycopg2.pool.ThreadedConnectionPool", CONNECTIONS.0, CONNECTIONS.1),
    opens("databases.Database", named("min_size", 10), named("max_size", 10)),
    opens("aiopg.create_pool", named("minsize", 1), named("maxsize", 10)),
    opens("aiomysql.create_pool", placed("minsize", "0", Some(1)), placed("maxsize", "1", Some(10))),
    opens("playhouse.pool.PooledPostgresqlDatabase", NONE, placed("max_connections", "1", Some(20))),
    opens("playhouse.pool.PooledPostgresqlExtDatabase", NONE,
        placed("max_connections", "1", Some(20))),
    opens("playhouse.pool.PooledMySQLDatabase", NONE, placed("max_connections", "1", Some(20))),
];

/// Their names, as calls are recorded.
pub(super) const CALLS: &[&str] = &[
    "asyncpg.create_pool",
    "asyncpg.pool.create_pool",
    "psycopg_pool.ConnectionPool",
    "psycopg_pool.AsyncConnectionPool",
    "psycopg2.pool.SimpleConnectionPool",
    "psycopg2.pool.ThreadedConnectionPool",
    "databases.Database",
    "aiopg.create_pool",
    "aiomysql.create_pool",
    "playhouse.pool.PooledPostgresqlDatabase",
    "playhouse.pool.PooledPostgresqlExtDatabase",
    "playhouse.pool.PooledMySQLDatabase",
];

/// The pool that these calls open; `None` where they open none.
pub(super) fn of_calls(calls: &[Binding]) -> Option<Pool> {
    let record = |name: String| calls.iter().rev().find(|it| it.name.value == name);
    let found: Vec<(&Opens, &Binding)> =
        POOLS.iter().filter_map(|it| Some((it, record(format!("call {}", it.dotted))?))).collect();
    let (first, call) = *found.first()?;
    let origin = Origin { source: format!("`{}`", first.dotted), ..call.fact.origin.clone() };
    let unknown = |reason: &str| {
        let most = Fact::unknown(Unknown::because(reason), origin.clone());
        Some(Pool { most, least: 0 })
    };
    let elsewhere = |it: &Overridden| it.origin.span != call.fact.origin.span;
    if found.len() > 1 || call.fact.overridden.iter().any(elsewhere) {
        return unknown("there are several pools");
    }
    let argument = |it: &str| record(format!("call {} {it}", first.dotted));
    if let Some(hidden) = argument("*") {
        let unknown = hidden.fact.state.open();
        let unknown = unknown.unwrap_or_else(|| Unknown::because("not all arguments are seen"));
        return Some(Pool { most: Fact::unknown(unknown, origin), least: 0 });
    }
    // The address may be that of a file, and may have sizes of its own.
    let address = argument("0").or_else(|| argument("url")).and_then(|it| it.fact.text());
    if first.dotted == "databases.Database" {
        match address {
            Some(it) if it.starts_with("sqlite") => return None,
            Some(it) if it.contains("_size=") => {
                return unknown("the address has the sizes of the pool");
            }
            _ => {}
        }
    }
    let given = |it: Argument| {
        let found = argument(it.name).or_else(|| argument(it.idx?));
        found.filter(|it| it.fact.value() != Some(&Value::Null)).map(fact)
    };
    let default = |number: i64, of: &str| {
        let source = format!("`{of}` of `{}` by default", first.dotted);
        let origin = Origin { source, ..origin.clone() };
        Fact::known(Value::Int(number), Origin { kind: OriginKind::Derived, ..origin })
    };
    let least =
        given(first.least).or_else(|| Some(default(first.least.default?, first.least.name)));
    let most = given(first.most)
        .map(|it| {
            let source = format!("`{}`", first.most.name);
            Fact { origin: Origin { source, ..it.origin.clone() }, ..it }
        })
        .or_else(|| Some(default(first.most.default?, first.most.name)))
        .or_else(|| least.clone());
    let Some(most) = most else { return unknown("the size of the pool is not given") };
    let most = match &most.state {
        State::Known(Value::Int(_)) | State::Unknown(_) => most,
        _ => Fact::unknown(Unknown::because("the size of the pool is no number"), most.origin),
    };
    Some(Pool { most, least: least.and_then(|it| it.int()).unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::{CALLS, POOLS};

    #[test]
    fn each_pool_is_among_the_calls() {
        let names: Vec<&str> = POOLS.iter().map(|it| it.dotted).collect();
        assert_eq!(names, CALLS);
    }
}

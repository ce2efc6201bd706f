//! What an application of Spring Boot is told beside where it listens: its pool of connections, what
//! Hibernate does to the tables, and how long it waits at its end.
//!
//! Sources: <https://github.com/brettwooldridge/HikariCP#frequently-used> (`maximumPoolSize` is 10),
//! <https://docs.spring.io/spring-boot/how-to/data-initialization.html#howto.data-initialization.using-hibernate>,
//! <https://docs.spring.io/spring-boot/reference/web/graceful-shutdown.html> (30 seconds for a phase)

use super::properties;
use crate::fact::{Fact, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::quantity::own;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Words of the build that bring a pool of connections.
const POOLS: &[&str] =
    &["spring-boot-starter-data-jpa", "spring-boot-starter-jdbc", "spring-boot-starter-data-jdbc"];

/// The most connections of a pool of which nothing is said.
const POOL: i64 = 10;

/// The setting under which rules ask for it.
const DDL: &str = "spring.jpa.hibernate.ddl-auto";

/// Databases in memory, whose tables are made anew on purpose.
const IN_MEMORY: &[&str] = &["jdbc:h2:", "jdbc:hsqldb:", "jdbc:derby:"];

/// Adds what the properties say.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let Some(spring) = properties::Spring::open(workspace, launch) else { return };
    let get =
        |names: &[&str]| names.iter().find_map(|it| spring.value(workspace, launch, it).flatten());
    let names =
        ["spring.datasource.hikari.maximum-pool-size", "spring.datasource.hikari.maximumPoolSize"];
    let pool = get(&names).map(number);
    let usual = || {
        let has_pool = POOLS.iter().any(|it| spring.build.contains(it));
        has_pool.then(|| default_fact(Value::Int(POOL), "HikariCP"))
    };
    if let Some(pool) = pool.or_else(usual) {
        server.facts.set(v::CONNECTIONS_PER_PROCESS, pool);
    }
    let url = get(&["spring.datasource.url"]);
    let is_given = url.as_ref().is_some_and(|it| {
        it.text().is_none_or(|it| !IN_MEMORY.iter().any(|start| it.starts_with(start)))
    }) || matches!(launch.environment.get("JDBC_DATABASE_URL"), Lookup::Set(_));
    if let Some(ddl) = get(&[DDL]).filter(|_| is_given) {
        server.settings.insert(DDL.to_owned(), ddl);
    }
    let is_graceful = get(&["server.shutdown"]).and_then(|it| it.text().map(|it| it == "graceful"));
    let phase = get(&["spring.lifecycle.timeout-per-shutdown-phase"]);
    if let (Some(true), Some(phase)) = (is_graceful, phase)
        && let Some(seconds) = phase.text().and_then(own::seconds)
    {
        let fact = Fact { state: State::Known(Value::of_number(seconds)), ..phase };
        server.facts.set(v::GRACEFUL_TIMEOUT_S, fact);
    }
}

fn number(fact: Fact) -> Fact {
    let state = match (&fact.state, fact.text().and_then(|it| it.trim().parse().ok())) {
        (_, Some(number)) => State::Known(Value::Int(number)),
        (State::Known(_), None) => State::Unknown(Unknown::because("the pool is not a number")),
        (other, None) => other.clone(),
    };
    Fact { state, ..fact }
}

//! What a program of Node.js connects to: how many connections its pool may open, and services that it
//! looks for on its own loopback.
//!
//! Sources: <https://node-postgres.com/apis/pool> (`max` is 10),
//! <https://sidorares.github.io/node-mysql2/docs/examples/connections/create-pool> (`connectionLimit` is
//! 10), <https://sequelize.org/docs/v6/other-topics/connection-pool/> (`max` is 5),
//! <https://knexjs.org/guide/#pool> (`max` is 10), <https://docs.bullmq.io/guide/connections>,
//! <https://typeorm.io/docs/data-source/data-source-options> (`poolSize`, else that of the driver),
//! <https://www.prisma.io/docs/orm/v7/prisma-client/setup-and-configuration/databases-connections/connection-pool>,
//! <https://github.com/mariadb-corporation/mariadb-connector-nodejs/blob/main/documentation/promise-api.md>
//! (`connectionLimit` is 10)

use std::ops::Range;

use super::text::{is_outer, quoted};
use super::{Called, Script, prisma};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// A call that makes a pool of connections to a database.
struct Pool {
    package: &'static str,
    /// What is called, behind what the package is imported as; empty is that itself.
    call: &'static str,
    /// Keys that lead to the most connections.
    keys: &'static [&'static str],
    /// The most connections without them.
    default: i64,
}

const POOLS: &[Pool] = &[
    Pool { package: "pg", call: "Pool", keys: &["max"], default: 10 },
    Pool { package: "mysql2", call: "createPool", keys: &["connectionLimit"], default: 10 },
    Pool { package: "mysql2/promise", call: "createPool", keys: &["connectionLimit"], default: 10 },
    Pool { package: "mysql", call: "createPool", keys: &["connectionLimit"], default: 10 },
    Pool { package: "sequelize", call: "Sequelize", keys: &["pool", "max"], default: 5 },
    Pool { package: "knex", call: "", keys: &["pool", "max"], default: 10 },
    Pool { package: "typeorm", call: "DataSource", keys: &["poolSize"], default: 10 },
    Pool { package: "@prisma/adapter-pg", call: "PrismaPg", keys: &["max"], default: 10 },
    Pool {
        package: "@prisma/adapter-mariadb",
        call: "PrismaMariaDb",
        keys: &["connectionLimit"],
        default: 10,
    },
];

/// Packages whose first argument has the options, or is a pool that is made elsewhere.
const ADAPTERS: &str = "@prisma/";

/// Databases that TypeORM reaches by a pool of their drivers, `pg` and `mysql2`.
const OF_TYPEORM: &[&str] = &["postgres", "cockroachdb", "mysql", "mariadb"];

/// Calls that connect to another service: the package, what is called, and the keys that lead to the
/// address or the host in the first object that is given; without keys it is the first argument.
const CLIENTS: &[(&str, &str, &[&str])] = &[
    ("mongoose", "connect", &[]),
    ("mongodb", "MongoClient", &[]),
    ("redis", "createClient", &["url"]),
    ("ioredis", "", &[]),
    ("ioredis", "", &["host"]),
    ("bullmq", "Queue", &["connection", "host"]),
    ("bullmq", "Worker", &["connection", "host"]),
    ("bull", "", &["redis", "host"]),
    ("pg", "Pool", &["host"]),
    ("pg", "Client", &["host"]),
    ("pg", "Pool", &["connectionString"]),
    ("mysql2", "createPool", &["host"]),
    ("mysql2", "createConnection", &["host"]),
    ("mysql", "createPool", &["host"]),
    ("mysql", "createConnection", &["host"]),
    ("amqplib", "connect", &[]),
];

/// Adds the connections of a process, and a service on its own loopback.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    (launch, cpus): (&Launch, &Fact),
) {
    let pools: Vec<(&Script, Called, &Pool)> = scripts
        .iter()
        .flat_map(|script| {
            let of = move |pool: &'static Pool| {
                let calls = script.calls_of(pool.package, pool.call).into_iter();
                calls.filter(|it| script.is_pool(pool, it)).map(move |call| (script, call, pool))
            };
            POOLS.iter().flat_map(of)
        })
        .collect();
    let connections = match pools.as_slice() {
        [] => prisma::connections(workspace, scripts, launch, cpus),
        [(script, (at, given), pool)] => {
            Some(script.connections(workspace, launch, (at, given), pool))
        }
        _ => None,
    };
    if let Some(fact) = connections {
        server.facts.set(v::CONNECTIONS_PER_PROCESS, fact);
    }
    if let Some(fact) = scripts.iter().find_map(Script::own_loopback) {
        server.facts.set(v::CODE_OWN_LOOPBACK, fact);
    }
}

impl Script {
    /// Whether a call makes a pool: an adapter takes one that another call has made.
    fn is_pool(&self, pool: &Pool, (_, given): &Called) -> bool {
        let first = given.first().map_or("", |it| self.text(it));
        !pool.package.starts_with(ADAPTERS) || first.starts_with('{')
    }

    /// The most connections of a pool.
    fn connections(
        &self,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
        (at, given): (&Range<usize>, &[Range<usize>]),
        pool: &Pool,
    ) -> Fact {
        let usual = || {
            let fact = self.fact(at.clone(), Value::Int(pool.default), "");
            let source = format!("default of `{}`", pool.package);
            let origin = Origin { kind: OriginKind::Default, source, ..fact.origin };
            Fact { origin, ..fact }
        };
        // Of several arguments, the options are the last; behind those of an adapter are its own.
        let options = match pool.package.starts_with(ADAPTERS) {
            true => given.first(),
            false => given.last(),
        };
        let Some(options) = options else { return usual() };
        let text = self.text(options);
        let unknown = || {
            let reason =
                crate::fact::Unknown::because("the options of the pool are not written out");
            Fact::unknown(reason, usual().origin)
        };
        if !text.starts_with('{') {
            // `new Sequelize(process.env.DATABASE_URL)` has no options.
            return if pool.package == "sequelize" && given.len() == 1 {
                usual()
            } else {
                unknown()
            };
        }
        if pool.package == "typeorm" {
            // `extra` is for the driver, which may have a number of its own.
            let database = self.at_keys(options, &["type"]);
            let is_pooled = database.as_ref().and_then(|it| quoted(self.text(it)));
            if !is_pooled.is_some_and(|it| OF_TYPEORM.contains(&it)) || text.contains("extra") {
                return unknown();
            }
        }
        match self.at_keys(options, pool.keys) {
            None if text.contains("...") => unknown(),
            None => usual(),
            // A number behind a variable is read as the port of a server is.
            Some(value) => match self.number_of(&value, workspace, launch) {
                Some(fact) if fact.origin.kind == OriginKind::Written => {
                    let source = "the most connections of the pool".to_owned();
                    Fact { origin: Origin { source, ..fact.origin }, ..fact }
                }
                Some(fact) => fact,
                None => unknown(),
            },
        }
    }

    /// An address on the loopback that the code connects to. What a variable or a condition decides,
    /// is none.
    fn own_loopback(&self) -> Option<Fact> {
        CLIENTS.iter().find_map(|(package, call, keys)| {
            let calls = self.calls_of(package, call);
            let [(at, given)] = calls.as_slice() else { return None };
            if !is_outer(&self.code, at.start) && self.code.contains("NODE_ENV") {
                return None;
            }
            let value = match keys.is_empty() {
                true => given.first().cloned()?,
                false => {
                    let object = given.iter().find(|it| self.text(it).starts_with('{'))?;
                    self.at_keys(object, keys)?
                }
            };
            let text = quoted(self.text(&value))?;
            let is_host = keys.last() == Some(&"host");
            is_loopback(text, is_host).then(|| {
                self.fact(value, Value::Text((*package).to_owned()), "an address in the code")
            })
        })
    }

    /// What stands behind keys in an object that is written out.
    fn at_keys(&self, object: &Range<usize>, keys: &[&str]) -> Option<Range<usize>> {
        keys.iter().try_fold(object.clone(), |object, key| {
            self.option(std::slice::from_ref(&object), 0, key)
        })
    }
}

/// Whether an address leads back to the process itself.
fn is_loopback(text: &str, is_host: bool) -> bool {
    let host = match text.split_once("://") {
        None if !is_host => return false,
        None => text,
        Some((_, rest)) => {
            let rest = rest.rsplit_once('@').map_or(rest, |it| it.1);
            rest.split(['/', ':', '?']).next().unwrap_or(rest)
        }
    };
    matches!(host, "localhost" | "127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn an_address_leads_back_by_its_host() {
        for (text, is_host, expect) in [
            ("mongodb://localhost:27017/shop", false, true),
            ("mongodb://user:p@127.0.0.1/shop", false, true),
            ("redis://cache:6379", false, false),
            ("localhost", true, true),
            ("localhost", false, false),
            ("postgres://localhost.example.org/x", false, false),
        ] {
            assert_eq!(is_loopback(text, is_host), expect, "{text}");
        }
    }
}

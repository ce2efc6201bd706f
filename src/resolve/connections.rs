//! Database connections that the processes of a deployment can open together.
//!
//! Django opens one connection for each thread that asks the database for something, and Celery one
//! for each worker process; settings and code that are read may name a pool. Heroku gives every process the
//! same variables; on Render, each has to name the database itself; elsewhere, whoever states the
//! limit of a database says that the deployment uses it. Where the connections of one process are
//! not known, the sum of the others is at least what is needed: above the limit, that is enough.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::{apppack, compose, dokku, fly, heroku, render};
use crate::project::{Facts, Lookup, Process};
use crate::vocabulary;

/// Kinds of process that run for a short time, beside the others.
const SHORT_LIVED: &[&str] = &["release", "cron", "function"];

/// Platforms that give the same variables to every process of an app.
const SAME_VARIABLES: &[&str] =
    &[heroku::PLATFORM, fly::PLATFORM, apppack::PLATFORM, dokku::PLATFORM];

/// Variables with the address of a database.
const VARIABLES: &[&str] = &[
    "DATABASE_URL",
    "DB_URL",
    "DB_HOST",
    "JDBC_DATABASE_URL",
    "PGHOST",
    "POSTGRES_HOST",
    "POSTGRES_URL",
    "SPRING_DATASOURCE_URL",
];

/// Programs that keep connections to a database for others.
const POOLS: &[&str] = &["pgbouncer", "pgcat", "odyssey", "pgpool"];

/// Programs whose concurrency is threads or processes that serve one request or job at a time.
const SERVERS: &[&str] = &["gunicorn", "waitress", "uwsgi", "celery", "rq"];

/// Worker classes with green threads or an event loop: how many of these use the database at once
/// is up to the application.
const THREADED_CLASSES: &[&str] = &["sync", "gthread", "prefork", "processes", "threads", "solo"];

/// Sets the connections that are needed, next to those that the database has.
/// `is_stated`: opslint.toml says how many it takes.
pub(crate) fn needed(facts: &mut Facts, processes: &[Process], is_stated: bool) {
    let has_database = [vocabulary::DATABASE_PLAN, vocabulary::DATABASE_CONNECTIONS_MAX]
        .into_iter()
        .any(|it| facts.get(it).is_some());
    if !has_database || facts.get(vocabulary::CONNECTIONS_NEEDED).is_some() {
        return;
    }
    let using: Vec<&Process> = processes.iter().filter(|it| !is_short_lived(it)).collect();
    let users = Users::of(facts, is_stated);
    if users == Users::Named && !using.iter().any(|it| uses_it(it)) {
        return;
    }
    let most = facts.get(vocabulary::DATABASE_CONNECTIONS_MAX).and_then(Fact::int);
    if users == Users::Joined {
        let database = processes.iter().find(|it| text(it, vocabulary::KIND) == Some("database"));
        let joined = |it: &&Process| database.is_some_and(|database| names(it, database));
        let using: Vec<&Process> = using.into_iter().filter(joined).collect();
        let sum = sum(&using, users, most);
        // What a database takes by default is asked of it where it is known what is opened.
        match sum.int() {
            Some(_) => facts.set(vocabulary::CONNECTIONS_NEEDED, sum),
            None => {
                facts.remove(vocabulary::DATABASE_CONNECTIONS_MAX);
            }
        }
        return;
    }
    facts.set(vocabulary::CONNECTIONS_NEEDED, sum(&using, users, most));
}

/// Which processes of a deployment use its database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Users {
    /// All of them: they get the same variables.
    All,
    /// Those that name the database in the file.
    Named,
    /// Those whose application is known to open connections.
    Known,
    /// Those that name the service of the same file that the database is.
    Joined,
}

impl Users {
    /// `is_stated`: opslint.toml says how many connections the database takes, so all use it.
    fn of(facts: &Facts, is_stated: bool) -> Self {
        match facts.get(vocabulary::PLATFORM).and_then(Fact::text) {
            Some(render::PLATFORM) => Self::Named,
            Some(compose::PLATFORM) if !is_stated => Self::Joined,
            Some(it) if SAME_VARIABLES.contains(&it) => Self::All,
            _ => Self::Known,
        }
    }

    /// Why it is not known whether a process uses the database, where it is not.
    fn doubt(self, process: &Process) -> Option<&'static str> {
        let is_known = match self {
            Self::All => true,
            Self::Named => uses_it(process),
            Self::Known | Self::Joined => opens_some(process),
        };
        (!is_known).then_some("no file says whether the database is used by")
    }
}

fn is_short_lived(process: &Process) -> bool {
    text(process, vocabulary::KIND).is_some_and(|it| SHORT_LIVED.contains(&it))
}

/// Whether a service of a Blueprint takes the address of its database from the one in the file.
fn uses_it(process: &Process) -> bool {
    VARIABLES.iter().any(|it| match process.environment.get(it) {
        Lookup::Set(fact) => render::environment::comes_from_resource(fact),
        Lookup::Unset | Lookup::Unmentioned => false,
    })
}

/// Whether a variable of a process names the service that a database is: as the host of an address
/// (`postgres://shop@db/shop`), or alone (`DB_HOST: db`).
fn names(process: &Process, database: &Process) -> bool {
    let name = database.name.value.as_str();
    process.environment.iter().any(|(variable, fact)| {
        let Some(value) = fact.known_text() else { return false };
        let host = value.split_once("://").map(|(_, rest)| {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let at = rest[..end].rfind('@').map_or(0, |at| at + 1);
            rest[at..end].split(':').next().unwrap_or_default()
        });
        host == Some(name) || value == name && variable.to_ascii_uppercase().contains("HOST")
    })
}

/// Whether the application of a process is known to open connections.
fn opens_some(process: &Process) -> bool {
    text(process, vocabulary::FRAMEWORK) == Some("django") || by_settings(process).is_some()
}

/// The sum over all processes, or over those that are known where these are `most` already.
fn sum(processes: &[&Process], users: Users, most: Option<i64>) -> Fact {
    // A pool says itself how many it opens.
    let per_thread = match processes.iter().all(|it| by_settings(it).is_some()) {
        true => "every pool opens all of its connections, and there are no other clients",
        false => "one connection for each thread or worker process, and no other clients",
    };
    let assumed = Fact::known(Value::Null, Origin::new(OriginKind::Assumed, per_thread));
    let mut origin =
        Origin::new(OriginKind::Derived, "sum of instances × concurrency of each process")
            .with_input("per thread", assumed);
    if !processes.iter().any(|it| opens_some(it)) {
        let said = processes.iter().find_map(|it| {
            it.facts.get(vocabulary::CONNECTIONS_PER_PROCESS)?.state.unknown().cloned()
        });
        let unknown = said.unwrap_or_else(|| {
            Unknown::because("nothing says how many connections the application opens")
        });
        return Fact::unknown(unknown, origin);
    }
    let mut total = 0;
    let mut gaps: Vec<(&Process, Unknown)> = Vec::new();
    for process in processes {
        let share = match users.doubt(process) {
            Some(reason) => {
                Err(Unknown::because(format!("{reason} process `{}`", process.name.value)))
            }
            None => of_process(process),
        };
        match share {
            Ok((instances, concurrency)) => {
                total += instances * concurrency;
                origin = add(origin, process, (instances, concurrency));
                let each = process.facts.get(vocabulary::CONNECTIONS_PER_PROCESS);
                if let Some(each) = each.filter(|it| it.origin.is_assumed()) {
                    let name = vocabulary::CONNECTIONS_PER_PROCESS.name();
                    origin = origin.with_input(name, each.clone());
                }
            }
            Err(unknown) => gaps.push((process, unknown)),
        }
    }
    if processes.iter().any(|it| is_pooled(it)) || most.is_none_or(|it| total <= it) {
        if let Some((_, unknown)) = gaps.into_iter().next() {
            return Fact::unknown(unknown, origin);
        }
    } else {
        for (process, unknown) in gaps {
            let nothing = Origin::new(OriginKind::Derived, "not in the sum, which is the least");
            origin = origin.with_input(process.name.value.clone(), Fact::unknown(unknown, nothing));
        }
    }
    Fact::new(State::Known(Value::Int(total)), origin)
}

/// Adds the share of one process to where a total comes from: `web: 6 instances × 4 = 24`.
pub(super) fn add(origin: Origin, process: &Process, (instances, each): (i64, i64)) -> Origin {
    let noun = if instances == 1 { "instance" } else { "instances" };
    let name = format!("{}: {instances} {noun} × {each}", process.name.value);
    let scale = process.facts.get(vocabulary::SCALE_MAX);
    let share = Origin {
        span: scale.and_then(|it| it.origin.span),
        ..Origin::new(OriginKind::Derived, name.as_str())
    };
    let share = scale
        .cloned()
        .into_iter()
        .fold(share, |it, scale| it.with_input(vocabulary::SCALE_MAX.name(), scale));
    origin.with_input(name, Fact::known(Value::Int(instances * each), share))
}

/// Instances of a process, and the connections of each.
fn of_process(process: &Process) -> Result<(i64, i64), Unknown> {
    let name = &process.name.value;
    let because = |what: &str| Unknown::because(format!("{what} of process `{name}`"));
    let known = |id| match process.facts.get(id).map(|it| (&it.state, it.int())) {
        Some((_, Some(number))) => Ok(number),
        Some((State::Unknown(unknown), None)) => Err(unknown.clone()),
        _ => Err(because("nothing says the number")),
    };
    if is_pooled(process) {
        return Err(because("a pool is in front of the database"));
    }
    if let Some(count) = by_settings(process) {
        return Ok((known(vocabulary::SCALE_MAX)?, count));
    }
    let server = text(process, vocabulary::SERVER);
    if server == Some("celery-beat") {
        return Ok((known(vocabulary::SCALE_MAX)?, 1));
    }
    if !server.is_some_and(|it| SERVERS.contains(&it)) {
        return Err(because("opslint does not know the connections"));
    }
    let class = process.facts.get(vocabulary::WORKER_CLASS);
    if class.is_some_and(|it| !it.text().is_some_and(|it| THREADED_CLASSES.contains(&it))) {
        return Err(because("the application decides about the connections"));
    }
    Ok((known(vocabulary::SCALE_MAX)?, known(vocabulary::CONCURRENCY)?))
}

/// Whether a pool of connections stands in front of the database, or is started here.
fn is_pooled(process: &Process) -> bool {
    let command = text(process, vocabulary::COMMAND).unwrap_or_default();
    POOLS.iter().any(|it| command.contains(it) || process.name.value.contains(it))
}

/// Connections of one instance where the settings of the application tell.
fn by_settings(process: &Process) -> Option<i64> {
    let known = |id| process.facts.get(id).and_then(Fact::int);
    let each = known(vocabulary::CONNECTIONS_PER_PROCESS)?;
    known(vocabulary::WORKERS)?.checked_mul(each)
}

fn text(process: &Process, id: vocabulary::FactId) -> Option<&str> {
    process.facts.get(id).and_then(Fact::text)
}

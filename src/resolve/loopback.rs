//! Variables with which a process asks itself for what another service of its file runs.
//!
//! In a container `localhost` is the container. `REDIS_URL: redis://localhost:6379` worked on the
//! machine of its author; beside a service that runs Redis nothing answers there. What a variable
//! asks for is told by the scheme of its address, by its port, or by its name; the words are those
//! of `programs/`.

use crate::fact::{Fact, Origin, OriginKind, State, TextPart, Value};
use crate::programs::listed::{PROGRAMS, Program};
use crate::project::{Lookup, Process};
use crate::source::Span;
use crate::vocabulary as v;

/// Databases that an application keeps its tables in: `DB_HOST` is the address of one of them.
const TABLES: &[&str] = &["postgres", "mysql", "mongod"];

/// What a variable calls such a database where it does not say which.
const ANY_DATABASE: &[&str] = &["DB", "DATABASE", "DATASOURCE", "SQL"];

/// Words at the end of a name that say that its value is an address.
const ADDRESS: &[&str] = &[
    "ADDR",
    "ADDRESS",
    "BOOTSTRAP",
    "BROKER",
    "BROKERS",
    "CLUSTER",
    "CONNECTION",
    "CONTACT",
    "ENDPOINT",
    "HOST",
    "HOSTADDR",
    "HOSTNAME",
    "HOSTS",
    "MASTER",
    "NODE",
    "NODES",
    "PRIMARY",
    "SERVER",
    "SERVERS",
    "SERVICE",
    "URI",
    "URIS",
    "URL",
    "URLS",
];

/// Words of names whose value is for others than the process: browsers, clients on the host, tests,
/// or what it listens on itself.
const FOR_OTHERS: &[&str] = &[
    "ADVERTISED",
    "ALLOWED",
    "BIND",
    "BROWSER",
    "CLIENT",
    "CORS",
    "DEV",
    "DEVELOPMENT",
    "EXPO",
    "EXTERNAL",
    "GATSBY",
    "LISTEN",
    "LISTENER",
    "LISTENERS",
    "LOCAL",
    "ORIGIN",
    "ORIGINS",
    "PUBLIC",
    "REACT",
    "TEST",
    "TESTING",
    "TESTS",
    "VITE",
    "VUE",
];

/// A variable with an address of the process itself.
struct Variable<'a> {
    name: &'a str,
    span: Span,
    /// Services that may be meant: of `DB_HOST`, each that is a database.
    services: Vec<&'a str>,
}

/// Says of each process which of its variables lead back to itself, instead of to a service beside
/// it.
pub(super) fn variables(processes: &mut [Process]) {
    let services: Vec<(String, &'static Program)> = processes.iter().filter_map(asked).collect();
    if services.is_empty() {
        return;
    }
    for process in processes.iter_mut().filter(|it| asks(it)) {
        let found = of_process(process, &services);
        let Some(first) = found.first() else { continue };
        let mut origin = Origin::new(OriginKind::Derived, "variables of the process");
        origin.span = Some(first.span);
        let list = |texts: Vec<&str>| {
            let texts = texts.into_iter().map(|it| Value::Text(it.to_owned())).collect();
            Fact::known(Value::List(texts), origin.clone())
        };
        let mut names: Vec<&str> = found.iter().flat_map(|it| it.services.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let variables = list(found.iter().map(|it| it.name).collect());
        let services = list(names);
        process.facts.set(v::VARIABLES_OWN_LOOPBACK, variables);
        process.facts.set(v::VARIABLES_OTHER_SERVICES, services);
    }
}

/// A process that others ask, and what it runs.
fn asked(process: &Process) -> Option<(String, &'static Program)> {
    let server = process.facts.get(v::SERVER)?.text()?;
    let program = PROGRAMS.iter().find(|it| it.id == server)?;
    let has_address = !program.schemes.is_empty() || !program.called.is_empty();
    has_address.then(|| (process.name.value.clone(), program))
}

/// Whether a process has a network of its own, and is none of those that are asked: what a database
/// is told of `localhost` is about itself.
fn asks(process: &Process) -> bool {
    let kind = process.facts.get(v::KIND).and_then(Fact::text);
    process.facts.get(v::SHARED_NETWORK).is_none()
        && !kind.is_some_and(|it| matches!(it, "database" | "broker" | "cache" | "function"))
        && asked(process).is_none()
}

/// The variables in the order of the file.
fn of_process<'a>(
    process: &'a Process,
    services: &'a [(String, &'static Program)],
) -> Vec<Variable<'a>> {
    let values = || process.environment.iter().filter_map(|(_, it)| it.text());
    let has_file = values().any(|it| it.contains("sqlite"));
    let variable = |(name, fact): (&'a str, &'a Fact)| {
        let span = fact.origin.span.filter(|_| !fact.origin.is_assumed())?;
        let value = text(&fact.state).filter(|_| name != "DATABASE_URL")?;
        let words = words(name);
        if words.iter().any(|it| FOR_OTHERS.contains(&it.as_str())) {
            return None;
        }
        let mut address = Address::of(&value).filter(|it| it.is_loopback)?;
        let beside = || name.strip_suffix("HOST").map(|it| format!("{it}PORT"));
        let beside = beside().and_then(|it| match process.environment.get(&it) {
            Lookup::Set(port) => port.int().or_else(|| port.text()?.parse().ok()),
            Lookup::Unset | Lookup::Unmentioned => None,
        });
        address.port = address.port.or(beside.and_then(|it| u16::try_from(it).ok()));
        let meant = services.iter().filter(|it| address.is_of(it.1, &words, has_file));
        let services: Vec<&str> = meant.map(|it| it.0.as_str()).collect();
        (!services.is_empty()).then_some(Variable { name, span, services })
    };
    let mut found: Vec<Variable<'_>> = process.environment.iter().filter_map(variable).collect();
    found.sort_by_key(|it| it.span.start);
    found
}

/// A value as a text, with a sign that no host has where something is filled in.
fn text(state: &State) -> Option<String> {
    let part = |it: &TextPart| match it {
        TextPart::Known(text) => text.clone(),
        TextPart::Unknown(_) => "$".to_owned(),
    };
    match state {
        State::Known(Value::Text(text)) => Some(text.clone()),
        State::Pattern(parts) => Some(parts.iter().map(part).collect()),
        _ => None,
    }
}

/// The words of a name: `SPRING_KAFKA_BOOTSTRAP_SERVERS`, `spring.data.redis.host`, `PGHOST`.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let words = words.map(str::to_ascii_uppercase);
    let parts = |it: String| match it.strip_prefix("PG").filter(|it| ADDRESS.contains(it)) {
        Some(rest) => vec!["PG".to_owned(), rest.to_owned()],
        None => vec![it],
    };
    words.flat_map(parts).collect()
}

/// What a value says of the place that it leads to.
struct Address {
    scheme: Option<String>,
    is_loopback: bool,
    port: Option<u16>,
}

impl Address {
    /// `scheme://user:password@host:port/path`, `host:port`, each with more hosts behind commas, and
    /// the lists of names and values that drivers take.
    fn of(value: &str) -> Option<Self> {
        let value = value.trim().trim_start_matches("jdbc:");
        if let Some(fields) = Self::of_fields(value) {
            return Some(fields);
        }
        let (scheme, rest) = match value.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            // The data source name of Go's driver of MySQL.
            None => match value.split_once("@tcp(") {
                Some((_, rest)) => (Some("mysql"), rest),
                None => (None, value),
            },
        };
        let end = rest.find(['/', '?', '#', ')']).unwrap_or(rest.len());
        let hosts = rest[..end].rsplit('@').next().unwrap_or_default();
        if hosts.is_empty() || hosts.contains(char::is_whitespace) {
            return None;
        }
        let hosts: Vec<(&str, Option<u16>)> = hosts.split(',').map(host_and_port).collect();
        Some(Self {
            // A driver is named behind the database: `postgresql+asyncpg`.
            scheme: scheme.map(|it| it.split('+').next().unwrap_or(it).to_ascii_lowercase()),
            is_loopback: hosts.iter().all(|(host, _)| is_loopback(host)),
            port: hosts.first().and_then(|it| it.1),
        })
    }

    /// `Host=localhost;Port=5432;Username=shop`, or `host=localhost dbname=shop`.
    fn of_fields(value: &str) -> Option<Self> {
        let separator = if value.contains(';') { ';' } else { ' ' };
        let fields: Vec<(String, &str)> = value
            .split(separator)
            .filter_map(|it| it.split_once('='))
            .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim()))
            .collect();
        let field = |names: &[&str]| {
            fields.iter().find(|(key, _)| names.contains(&key.as_str())).map(|it| it.1)
        };
        let (host, scheme) = match (field(&["host"]), field(&["server"])) {
            // Npgsql and libpq; MySQL's drivers say `server` and `uid`.
            (Some(host), None) if field(&["database", "dbname"]).is_some() => (host, "postgres"),
            (None, Some(host)) if field(&["uid"]).is_some() => (host, "mysql"),
            _ => return None,
        };
        let (host, port) = host_and_port(host);
        let port = field(&["port"]).and_then(|it| it.parse().ok()).or(port);
        let is_loopback = is_loopback(host);
        Some(Self { scheme: Some(scheme.to_owned()), is_loopback, port })
    }

    /// Whether it is meant for a program.
    fn is_of(&self, program: &Program, name: &[String], has_file: bool) -> bool {
        let is_web = |it: &str| matches!(it, "http" | "https");
        if let Some(scheme) = self.scheme.as_deref().filter(|it| !is_web(it)) {
            return program.schemes.contains(&scheme);
        }
        let address = name.iter().rev().take_while(|it| ADDRESS.contains(&it.as_str())).count();
        let what = name.len().checked_sub(address + 1).and_then(|at| name.get(at));
        let what = what.filter(|_| address > 0).map(String::as_str);
        if what.is_some_and(|it| program.called.contains(&it)) {
            return true;
        }
        if self.scheme.is_some() {
            return false;
        }
        // Another word may be the name of a program that is asked at a port of its own.
        let is_tables = TABLES.contains(&program.id);
        let by_port = address > 0
            && !program.called.is_empty()
            && self.port.is_some_and(|it| program.ports.contains(&it));
        let by_name = is_tables && !has_file && what.is_some_and(|it| ANY_DATABASE.contains(&it));
        by_port || by_name && self.port.is_none_or(|it| program.ports.contains(&it))
    }
}

fn host_and_port(text: &str) -> (&str, Option<u16>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok())
        }
        _ => (text, None),
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "::1" | "[::1]")
        || host.strip_prefix("127.").is_some_and(|it| {
            it.split('.').count() == 3 && it.split('.').all(|it| it.parse::<u8>().is_ok())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: Option<&str>) {
        let words = words(name);
        let address = Address::of(value).filter(|it| it.is_loopback);
        let found = address.and_then(|address| {
            PROGRAMS.iter().find(|it| address.is_of(it, &words, false)).map(|it| it.id)
        });
        assert_eq!(found, expected, "{name}={value}");
    }

    #[test]
    fn the_scheme_of_an_address_says_what_is_asked() {
        check("MONGO_URI", "mongodb://localhost:27017/shop", Some("mongod"));
        check("STORE", "redis://:pw@127.0.0.1:6379/0", Some("redis"));
        check("DB_URL", "mysql://root@127.0.0.1/x", Some("mysql"));
        check("DSN", "postgresql+asyncpg://u:$@localhost/x", Some("postgres"));
        check("SPRING_DATASOURCE_URL", "jdbc:postgresql://localhost:5432/shop", Some("postgres"));
        check("CELERY_BROKER_URL", "amqp://guest@localhost//", Some("rabbitmq"));
        check("MONGO_URI", "mongodb://a:1,localhost:27017/shop", None);
        check("MONGO_URI", "mongodb://localhost.example.com/shop", None);
        check("REDIS_URL", "redis://$:6379", None);
    }

    #[test]
    fn a_name_says_what_a_host_runs() {
        check("REDIS_HOST", "127.0.0.1", Some("redis"));
        check("PGHOST", "localhost", Some("postgres"));
        check("spring.data.redis.host", "localhost", Some("redis"));
        check("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092,localhost:9093", Some("kafka"));
        check("KAFKA_REST_HOST_NAME", "localhost", None);
        check("ELASTICSEARCH_URL", "http://localhost:9200", Some("elasticsearch"));
        check("REDIS_UI_URL", "http://localhost:8081", None);
        check("REDIS_PORT", "6379", None);
        check("API_URL", "http://localhost:5432", None);
        check("HOST", "localhost", None);
    }

    #[test]
    fn a_port_says_it_where_the_name_does_not() {
        check("CACHE_HOST", "localhost:6379", Some("redis"));
        check("DB_HOST", "localhost:3306", Some("mysql"));
        // Only what has words of its own is known to be asked by others at its port.
        check("SERVER_ADDRESS", "localhost:8000", None);
    }

    #[test]
    fn drivers_take_names_and_values() {
        check("ConnectionStrings__Default", "Host=localhost;Database=x", Some("postgres"));
        check("ConnectionStrings__Default", "Server=127.0.0.1;Uid=root;Pwd=$", Some("mysql"));
        check("ConnectionStrings__Default", "Server=localhost;User Id=sa;Password=$", None);
        check("DSN", "host=localhost port=5432 dbname=shop", Some("postgres"));
        check("DSN", "root:$@tcp(localhost:3306)/shop", Some("mysql"));
    }
}

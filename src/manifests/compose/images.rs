//! Services that run a published image: databases, brokers, caches and proxies beside the app.
//!
//! What is known of them is what the file says: image, ports, volumes, restart, and the command.

use std::sync::LazyLock;

use crate::document::{Entry, Node};
use crate::draft::{Command, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::manifests::read;
use crate::project::{Facts, Lookup};
use crate::source::Span;
use crate::vocabulary as v;

/// A program that is published as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// Its name in output.
    pub(super) name: &'static str,
    /// Its kind, of the vocabulary.
    pub(super) kind: &'static str,
    /// Images of it, without registry and version.
    images: &'static [&'static str],
    /// Where it keeps its data, if it does.
    data: Option<&'static str>,
}

/// Programs by their images. Sources: the pages of the images on <https://hub.docker.com>.
const PROGRAMS: &[Program] = &[
    Program {
        name: "postgres",
        kind: "database",
        images: &[
            "postgres",
            "postgis/postgis",
            "pgvector/pgvector",
            "timescale/timescaledb",
            "timescale/timescaledb-ha",
        ],
        data: Some("/var/lib/postgresql"),
    },
    Program {
        name: "mysql",
        kind: "database",
        images: &["mysql", "mysql/mysql-server", "mariadb", "percona"],
        data: Some("/var/lib/mysql"),
    },
    Program { name: "mongod", kind: "database", images: &["mongo"], data: Some("/data/db") },
    Program {
        name: "redis",
        kind: "broker",
        images: &["redis", "redis/redis-stack-server", "valkey/valkey", "eqalpha/keydb"],
        data: Some("/data"),
    },
    Program {
        name: "rabbitmq",
        kind: "broker",
        images: &["rabbitmq"],
        data: Some("/var/lib/rabbitmq"),
    },
    Program { name: "memcached", kind: "cache", images: &["memcached"], data: None },
    Program {
        name: "nginx",
        kind: "proxy",
        images: &["nginx", "nginxinc/nginx-unprivileged"],
        data: None,
    },
    Program {
        name: "nginx-proxy",
        kind: "proxy",
        images: &["nginxproxy/nginx-proxy", "jwilder/nginx-proxy"],
        data: None,
    },
    Program { name: "traefik", kind: "proxy", images: &["traefik"], data: None },
    Program {
        name: "caddy",
        kind: "proxy",
        images: &["caddy", "lucaslorentz/caddy-docker-proxy"],
        data: None,
    },
    Program { name: "haproxy", kind: "proxy", images: &["haproxy"], data: None },
];

/// Registries and owners that official images are published under.
const LIBRARIES: &[&str] = &[
    "docker.io/library/",
    "docker.io/",
    "library/",
    "public.ecr.aws/docker/library/",
    "public.ecr.aws/nginx/",
    "mirror.gcr.io/library/",
    "mirror.gcr.io/",
];

/// The name of an image without registry and version, and its version.
fn parts(image: &str) -> (&str, Option<&str>) {
    let name = image.split('@').next().unwrap_or_default();
    let (name, version) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    (LIBRARIES.iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name), version)
}

/// The program of an image.
pub(super) fn program(image: &str) -> Option<Program> {
    static ALL: LazyLock<Vec<(&str, Program)>> = LazyLock::new(|| {
        let images =
            PROGRAMS.iter().flat_map(|it| it.images.iter().map(move |image| (*image, *it)));
        images.collect()
    });
    let (name, _) = parts(image);
    ALL.iter().find(|(it, _)| *it == name).map(|(_, program)| *program)
}

/// The process of a service that runs such an image. `None` for images that are not known.
pub(super) fn process(entry: &Entry, folder: &str) -> Option<ProcessDraft> {
    let node = entry.value.get("image")?;
    let image = node.as_str().filter(|it| !it.contains('$'))?;
    let program = program(image)?;
    if !runs_it(&entry.value) {
        return None;
    }
    let span = entry.key.span;
    let mut facts = Facts::new();
    of_program(program, node.span, &mut facts);
    let (name, version) = parts(image);
    let text =
        |it: &str| Fact::known(Value::Text(it.to_owned()), read::written(node, "image").origin);
    facts.set(v::IMAGE_NAME, text(name));
    facts.set(v::IMAGE_VERSION, text(version.unwrap_or("latest")));
    let environment = super::environment(&entry.value);
    if let (Lookup::Set(path), "postgres") = (environment.get("PGDATA"), program.name) {
        facts.set(v::IMAGE_DATA_PATH, path.clone());
    }
    Some(ProcessDraft {
        name: entry.key.clone(),
        span,
        command: Command::None,
        folder: folder.to_owned(),
        environment,
        facts,
    })
}

/// Programs of these images that a command may name.
const SERVERS: &[&str] = &[
    "postgres",
    "mysqld",
    "mariadbd",
    "mongod",
    "redis-server",
    "valkey-server",
    "keydb-server",
    "rabbitmq-server",
    "memcached",
    "nginx",
    "traefik",
    "caddy",
    "haproxy",
];

/// Whether a service runs the program of its image, and none of the clients that come with it.
fn runs_it(service: &Node) -> bool {
    let Some(command) = service.get("command") else { return service.get("entrypoint").is_none() };
    let first = match command.elements().first() {
        Some(first) => first.as_str(),
        None => command.as_str().and_then(|it| it.split_whitespace().next()),
    };
    let is_server = |it: &str| {
        let name = it.rsplit('/').next().unwrap_or(it);
        it.starts_with('-') || SERVERS.contains(&name) || name == "docker-entrypoint.sh"
    };
    service.get("entrypoint").is_none() && first.is_none_or(is_server)
}

/// What a program is, and where its data are. It is none of those that serve an application.
pub(super) fn of_program(program: Program, span: Span, facts: &mut Facts) {
    let origin = || Origin { span: Some(span), ..Origin::new(OriginKind::Derived, "image") };
    facts.set(v::KIND, Fact::known(Value::Text(program.kind.to_owned()), origin()));
    facts.set(v::SERVER, Fact::known(Value::Text(program.name.to_owned()), origin()));
    if let Some(data) = program.data {
        let origin = Origin::new(OriginKind::Default, "default of the image");
        facts.set(v::IMAGE_DATA_PATH, Fact::known(Value::Text(data.to_owned()), origin));
    }
}

/// What a Redis drops when it is full: nothing, unless its command says otherwise.
/// Source: <https://redis.io/docs/latest/develop/reference/eviction/>
pub(super) fn eviction(service: &Node) -> Option<Fact> {
    let command = service.get("command");
    let words: Vec<(String, Span)> = match command {
        None => Vec::new(),
        Some(node) => match node.as_text() {
            Some(text) => {
                let all = text.value.split_whitespace();
                all.map(|it| (it.to_owned(), node.span)).collect()
            }
            None => {
                let all = node.elements().iter();
                all.filter_map(|it| Some((read::scalar_text(it)?, it.span))).collect()
            }
        },
    };
    // A file may say anything, and so may a script.
    let is_server =
        words.first().is_none_or(|(it, _)| it == "redis-server" || it.starts_with("--"));
    let has_file = words.iter().any(|(it, _)| it.ends_with(".conf") || it.contains('$'));
    if !is_server || has_file {
        return None;
    }
    let mut rest = words.iter().skip_while(|(it, _)| it != "--maxmemory-policy").skip(1);
    Some(match rest.next() {
        Some((policy, span)) => Fact::known(
            Value::Text(policy.trim_matches(['"', '\'']).to_owned()),
            Origin::written(*span, "`--maxmemory-policy`"),
        ),
        None => Fact::known(
            Value::Text("noeviction".to_owned()),
            Origin::new(OriginKind::Default, "Redis default"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_without_registry_and_version() {
        let name = |image| program(image).map(|it| it.name);
        assert_eq!(name("postgres:17-alpine"), Some("postgres"));
        assert_eq!(name("docker.io/library/redis@sha256:0"), Some("redis"));
        assert_eq!(name("registry.example.com:5000/nginx"), None);
        assert_eq!(name("nginx"), Some("nginx"));
        assert_eq!(name("acme/postgres:1"), None);
        assert_eq!(parts("localhost:5000/x"), ("localhost:5000/x", None));
    }
}

//! What the databases and brokers of a compose file hold: when a Redis drops entries, and how many
//! connections a database takes.

use super::environment;
use super::images;
use super::volumes::mounted;
use crate::document::{Entry, Node};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::manifests::read;
use crate::source::Span;
use crate::workspace::{Workspace, is_within, join};

/// What the only broker of the file drops when it is full. The paths of compose are those of `folder`.
pub(super) fn eviction(
    workspace: &mut Workspace<'_>,
    services: &[Entry],
    folder: &str,
) -> Option<Fact> {
    let image = |it: &Entry| images::program(it.value.get("image")?.as_str()?);
    let mut brokers =
        services.iter().filter(|it| image(it).is_some_and(|it| it.kind == Some("broker")));
    let broker = brokers.next().filter(|_| brokers.next().is_none())?;
    image(broker).filter(|it| it.id == "redis" && !has_other_broker(services))?;
    Redis::of(workspace, &broker.value, folder)?.eviction()
}

/// Whether a variable names a broker that no Redis is.
fn has_other_broker(services: &[Entry]) -> bool {
    let others = ["amqp", "sqs:", "kafka", "nats", "pyamqp"];
    let variables =
        services.iter().filter_map(|it| it.value.get("environment")).flat_map(environment::pairs);
    let mut values = variables.filter_map(|(_, value, _)| value);
    values.any(|it| others.iter().any(|other| it.starts_with(other)))
}

/// A word of a command or of a configuration, and where it stands.
type Word = (String, Span);

/// What a Redis is told: by its configuration, and by its command, which wins.
struct Redis {
    file: Vec<(String, Word)>,
    command: Vec<Word>,
}

impl Redis {
    /// Reads the command of a service, and the file of the project that it names. `None` for a command
    /// that starts something else, and for a file that nobody here sees.
    ///
    /// Source: <https://redis.io/docs/latest/operate/oss_and_stack/management/config/>
    fn of(workspace: &mut Workspace<'_>, service: &Node, folder: &str) -> Option<Self> {
        const SERVERS: &[&str] = &["redis-server", "valkey-server", "keydb-server"];
        let command = words(service.get("command"));
        // A script may say anything.
        let is_server = command
            .first()
            .is_none_or(|(it, _)| SERVERS.contains(&it.as_str()) || it.starts_with("--"));
        if !is_server || command.iter().any(|(it, _)| it.contains('$')) {
            return None;
        }
        let is_file = |it: &&Word| it.0.ends_with(".conf");
        let file = match command.iter().find(is_file) {
            Some((path, _)) => configuration(workspace, service, folder, path)?,
            None => Vec::new(),
        };
        Some(Self { file, command })
    }

    /// What it drops when it is full: nothing, unless it is told otherwise.
    ///
    /// Source: <https://redis.io/docs/latest/develop/reference/eviction/>
    fn eviction(&self) -> Option<Fact> {
        let known = |word: &Word, source: &str| {
            let policy = word.0.trim_matches(['"', '\'']).to_owned();
            Fact::known(Value::Text(policy), Origin::written(word.1, source))
        };
        let mut rest = self.command.iter().skip_while(|(it, _)| it != "--maxmemory-policy");
        if let Some(word) = rest.nth(1) {
            return Some(known(word, "`--maxmemory-policy`"));
        }
        Some(match self.told("maxmemory-policy") {
            Some(word) => known(word, "`maxmemory-policy`"),
            None => {
                let origin = Origin::new(OriginKind::Default, "Redis default");
                Fact::known(Value::Text("noeviction".to_owned()), origin)
            }
        })
    }

    /// The value of a directive of the file: the last line of a name counts.
    fn told(&self, name: &str) -> Option<&Word> {
        self.file.iter().rev().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| it)
    }
}

/// Whether a Redis asks its clients for a password.
pub(super) fn asks_for_password(
    workspace: &mut Workspace<'_>,
    service: &Node,
    folder: &str,
) -> bool {
    let is_said = |it: &Word| it.0.contains("requirepass");
    words(service.get("command")).iter().any(is_said)
        || Redis::of(workspace, service, folder).is_some_and(|it| {
            it.told("requirepass").is_some_and(|(it, _)| !it.trim_matches('"').is_empty())
        })
}

/// The words of a command, whatever its form.
fn words(node: Option<&Node>) -> Vec<Word> {
    let Some(node) = node else { return Vec::new() };
    match node.as_text() {
        Some(text) => {
            let all = text.value.split_whitespace();
            all.map(|it| (it.to_owned(), node.span)).collect()
        }
        None => {
            let all = node.elements().iter();
            all.filter_map(|it| Some((read::scalar_text(it)?, it.span))).collect()
        }
    }
}

/// The directives of a configuration of Redis that is mounted from the project, with the first word of
/// each value. `None` where it is not there, or takes in other files.
fn configuration(
    workspace: &mut Workspace<'_>,
    service: &Node,
    folder: &str,
    path: &str,
) -> Option<Vec<(String, Word)>> {
    let (mounts, _) = mounted(service, folder);
    let mount = mounts.iter().filter(|it| is_within(&it.to, path)).max_by_key(|it| it.to.len())?;
    let file = join(&mount.from, path[mount.to.len()..].trim_start_matches('/'))?;
    let file = workspace.open_if_text(&file)?;
    let text = workspace.sources.file(file).shared_text();
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = |word: &str| offset + (word.as_ptr() as usize - line.as_ptr() as usize);
        let mut words = line.split_whitespace();
        if let (Some(name), Some(value)) = (words.next(), words.next())
            && !name.starts_with('#')
        {
            if name.eq_ignore_ascii_case("include") {
                return None;
            }
            let span = Span::new(file, at(value), at(value) + value.len());
            found.push((name.to_owned(), (value.to_owned(), span)));
        }
        offset += line.len();
    }
    Some(found)
}

/// Connections that PostgreSQL takes unless it is told otherwise.
///
/// Source: <https://www.postgresql.org/docs/17/runtime-config-connection.html> (2026-11-30: "The
/// default is typically 100 connections")
const POSTGRES_CONNECTIONS: i64 = 100;

/// Connections that MySQL and MariaDB take unless they are told otherwise.
///
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_connections>
/// (2026-11-30), and <https://mariadb.com/kb/en/server-system-variables/#max_connections>
const MYSQL_CONNECTIONS: i64 = 151;

/// The connections that the only database of the file takes. `None` where a file that it is given, a
/// script or a variable may say it.
pub(super) fn connections_max(services: &[Entry]) -> Option<Fact> {
    let image = |it: &Entry| images::program(it.value.get("image")?.as_str()?);
    let mut all =
        services.iter().filter(|it| image(it).is_some_and(|it| it.kind == Some("database")));
    let service = all.next().filter(|_| all.next().is_none())?;
    let (default, title) = match image(service)?.id {
        "postgres" => (POSTGRES_CONNECTIONS, "PostgreSQL default"),
        "mysql" => (MYSQL_CONNECTIONS, "MySQL default"),
        _ => return None,
    };
    let node = &service.value;
    let mounts = node.get("volumes").map(Node::elements).unwrap_or_default();
    let is_configuration = |it: &Node| {
        let text = it.as_str().or_else(|| it.get("target")?.as_str()).unwrap_or_default();
        [".conf", "conf.d", ".cnf", "initdb.d"].iter().any(|it| text.contains(it))
    };
    if ["entrypoint", "configs", "extends"].iter().any(|it| node.get(it).is_some())
        || mounts.iter().any(is_configuration)
    {
        return None;
    }
    let words = words(node.get("command"));
    if words.iter().any(|(it, _)| it.contains("config_file") || it.contains("defaults-")) {
        return None;
    }
    let number = |(text, span): &Word, prefix: &str| {
        let number = text.strip_prefix(prefix)?.trim_matches(['"', '\'']).parse::<i64>().ok()?;
        Some(Fact::known(Value::Int(number), Origin::written(*span, "`max_connections`")))
    };
    let is_told =
        |(it, _): &&Word| it.contains("max_connections") || it.contains("max-connections");
    if let Some(at) = words.iter().rposition(|it| is_told(&it)) {
        let word = &words[at];
        let names =
            ["max_connections=", "-cmax_connections=", "--max_connections=", "--max-connections="];
        return names
            .iter()
            .find_map(|it| number(word, it))
            .or_else(|| number(words.get(at + 1)?, "").filter(|_| word.0.starts_with("--max")));
    }
    if let Some(at) = words.iter().rposition(|(it, _)| it == "-N") {
        return number(words.get(at + 1)?, "");
    }
    // Of a script that starts it in its place, nobody knows.
    let is_server =
        |it: &str| it.starts_with('-') || ["postgres", "mysqld", "mariadbd"].contains(&it);
    let origin = Origin { span: Some(service.key.span), ..Origin::new(OriginKind::Default, title) };
    words
        .first()
        .is_none_or(|(it, _)| is_server(it))
        .then(|| Fact::known(Value::Int(default), origin))
}

//! What Prisma opens: the file of its schema, or a pool of connections of its own engine.
//!
//! An adapter, which version 7 asks for, brings the pool of its driver instead; what is given to it is
//! looked at with the other pools. What the client is given may name another address.
//!
//! Sources: <https://www.prisma.io/docs/orm/overview/databases/sqlite>,
//! <https://www.prisma.io/docs/orm/v6/prisma-client/setup-and-configuration/databases-connections/connection-pool>
//! (`num_cpus::get_physical() * 2 + 1` without `connection_limit`),
//! <https://github.com/prisma/prisma-engines/blob/main/quaint/src/pooled.rs>

use std::ops::Range;

use super::Script;
use super::text::quoted;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::env_file::{self, Flavour};
use crate::programs::listed::sources;
use crate::project::Lookup;
use crate::source::{FileId, Span};
use crate::workspace::{Workspace, join, parent};

/// Where the schema is unless package.json says otherwise.
const SCHEMAS: &[&str] = &["prisma/schema.prisma", "schema.prisma"];

/// Files of variables that the client reads by itself.
const DOTENV: &[&str] = &[".env", "prisma/.env"];

/// Databases that the engine reaches by a pool, by the provider of the schema.
const POOLED: &[&str] = &["postgresql", "postgres", "cockroachdb", "mysql"];

/// The class of the client.
const CLIENT: &str = "PrismaClient";

/// What in a file makes the client connect in another way.
const OTHERWISE: &[&str] = &["adapter", "datasource", "accelerate", "Accelerate"];

/// The first version whose client has no pool of its own.
const WITHOUT_POOL: u32 = 7;

/// What the schema says of the database.
struct Schema {
    path: String,
    file: FileId,
    provider: String,
    /// The address: an expression, and its place.
    url: (String, Range<usize>),
}

fn schema(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Schema> {
    let (_, file) = SCHEMAS.iter().find_map(|it| sources::open(workspace, launch, it))?;
    let source = workspace.sources.file(file);
    let text = source.text();
    let start = text.find("datasource ")?;
    let block = text.get(start..start + text.get(start..)?.find('}')?)?;
    let value = |key: &str| {
        block.lines().find_map(|it| it.trim().strip_prefix(key)?.trim_start().strip_prefix('='))
    };
    let provider = quoted(value("provider")?.trim())?.to_owned();
    let url = value("url")?.trim();
    let at = start + block.find(url)?;
    let path = source.path().to_owned();
    Some(Schema { path, file, provider, url: (url.to_owned(), at..at + url.len()) })
}

/// Packages by which a client opens another address than that of the schema.
const OTHER_ADDRESS: &[&str] = &["\"@prisma/adapter-", "\"@prisma/extension-accelerate"];

/// Calls that change what the database has.
const WRITES: &[&str] = &[
    ".create(",
    ".createMany",
    ".update",
    ".upsert",
    ".delete",
    "$executeRaw",
    "$runCommandRaw",
    "PrismaAdapter(",
];

/// The file that the schema names: `url = "file:./dev.db"`.
pub(super) fn database_file(
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    launch: &Launch,
) -> Option<Fact> {
    let has = |words: &[&str]| {
        scripts.iter().any(|script| words.iter().any(|it| script.code.contains(it)))
    };
    let package = sources::text(workspace, launch, "package.json").unwrap_or_default();
    if has(OTHERWISE) || OTHER_ADDRESS.iter().any(|it| package.contains(it)) {
        return None;
    }
    let schema = schema(workspace, launch)?;
    let (written, place) = &schema.url;
    let url =
        quoted(written).filter(|it| it.starts_with("file:") && schema.provider == "sqlite")?;
    // A file that comes with the project, and that nothing writes to, is data and no database.
    let own = join(parent(&schema.path), url.trim_start_matches("file:"));
    if own.is_some_and(|it| workspace.is_file(&it)) && !has(WRITES) {
        return None;
    }
    let span = Span::new(schema.file, place.start + 1, place.end - 1);
    let origin = Origin::written(span, format!("`url` in {}", schema.path));
    Some(Fact::known(Value::Text(url.to_owned()), origin))
}

/// The connections of the one client that the scripts make; `None` where its engine has no pool.
pub(super) fn connections(
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    launch: &Launch,
    cpus: &Fact,
) -> Option<Fact> {
    let made = scripts.iter().flat_map(|it| it.clients().into_iter().map(move |at| (it, at)));
    let [(script, at)] = made.collect::<Vec<_>>().try_into().ok()?;
    let schema = schema(workspace, launch).filter(|it| POOLED.contains(&it.provider.as_str()))?;
    if version(workspace, launch).is_some_and(|it| it >= WITHOUT_POOL) {
        return None;
    }
    let place = script.fact(at, Value::Null, "the pool of Prisma").origin;
    let place = Origin { kind: OriginKind::Default, ..place };
    if OTHERWISE.iter().any(|it| script.code.contains(it)) {
        let reason = "the options of Prisma's client may name another address";
        return Some(Fact::unknown(Unknown::because(reason), place));
    }
    let (url, at) = &schema.url;
    if let Some(url) = quoted(url) {
        let span = Span::new(schema.file, at.start + 1, at.end - 1);
        let origin = Origin::written(span, format!("`url` in {}", schema.path));
        return Some(of_address(url, origin, cpus, place));
    }
    let name = url.strip_prefix("env(").and_then(|it| it.strip_suffix(')'));
    let name = quoted(name?.trim())?;
    if let Lookup::Set(given) = launch.environment.get(name)
        && let Some(url) = given.text()
    {
        let source = format!("`connection_limit` in `{name}`");
        return Some(of_address(url, Origin { source, ..given.origin.clone() }, cpus, place));
    }
    if is_in_dotenv(workspace, launch, name) {
        let reason = format!("`{name}` is in a file that is not known to be deployed");
        return Some(Fact::unknown(Unknown::because(reason), place));
    }
    let what = format!("the address in `{name}` says no `connection_limit`");
    let assumed = Fact::known(Value::Null, Origin::new(OriginKind::Assumed, what));
    Some(usual(cpus, place.with_input("connection_limit", assumed)))
}

/// The pool of an address that is known.
fn of_address(url: &str, said: Origin, cpus: &Fact, place: Origin) -> Fact {
    let query = url.split_once('?').map_or("", |it| it.1);
    let value = |key: &str| query.split('&').find_map(|it| it.strip_prefix(key)?.strip_prefix('='));
    if url.starts_with("prisma") || value("pgbouncer") == Some("true") {
        let reason = "the address leads to a pool in front of the database";
        return Fact::unknown(Unknown::because(reason), place);
    }
    match value("connection_limit") {
        None => usual(cpus, place),
        Some(limit) => match limit.parse() {
            Ok(limit) => Fact::known(Value::Int(limit), said),
            Err(_) => Fact::unknown(Unknown::because("`connection_limit` is no number"), said),
        },
    }
}

/// Two connections for each core and one more. A core is one CPU, or two that share it.
fn usual(cpus: &Fact, place: Origin) -> Fact {
    let origin = place.with_input("cpu_count()", cpus.clone());
    let of = |cores: f64| cores * 2.0 + 1.0;
    let state = match cpus.state.bounds() {
        Some((min, max)) if max <= 1.0 => State::Known(Value::of_number(of(min.max(1.0)))),
        Some((min, max)) => State::Range { min: of((min / 2.0).ceil()), max: of(max) },
        None => {
            let unknown = || Unknown::because("the cores of the machine are not known");
            State::Unknown(cpus.state.unknown().cloned().unwrap_or_else(unknown))
        }
    };
    Fact::new(state, origin)
}

fn is_in_dotenv(workspace: &mut Workspace<'_>, launch: &Launch, name: &str) -> bool {
    DOTENV.iter().any(|path| {
        let file = join(&launch.folder, path).and_then(|it| workspace.open(&it));
        file.is_some_and(|it| {
            let text = workspace.sources.file(it).shared_text();
            env_file::assignments(&text, Flavour::Compose).iter().any(|it| it.name == name)
        })
    })
}

/// The major version that package.json asks for.
fn version(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<u32> {
    let text = sources::text(workspace, launch, "package.json")?;
    ["\"@prisma/client\"", "\"prisma\""].iter().find_map(|name| {
        let (_, behind) = text.split_once(name)?;
        let wanted = behind.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        major(wanted.split('"').next()?)
    })
}

/// The major version of a range that has one: `^6.2.1`, `~7.0`, `6.x`.
fn major(wanted: &str) -> Option<u32> {
    let wanted = wanted.trim_start_matches(['^', '~', '=', 'v', ' ']);
    wanted.split('.').next()?.parse().ok().filter(|_| !wanted.contains(' '))
}

impl Script {
    /// Where the script makes a client: `new PrismaClient(…)`, or a class that is one.
    fn clients(&self) -> Vec<Range<usize>> {
        let made = self.calls(CLIENT).into_iter().map(|it| it.0);
        let extends = format!("extends {CLIENT}");
        let classes = self.code.match_indices(&extends);
        made.chain(classes.map(|(at, it)| at..at + it.len())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_number_of_a_range() {
        for (text, expect) in [
            ("^6.2.1", Some(6)),
            ("7.0.0", Some(7)),
            ("6.x", Some(6)),
            ("~5", Some(5)),
            (">=5.0.0 <8", None),
            ("latest", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(major(text), expect, "{text}");
        }
    }
}

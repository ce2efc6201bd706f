//! Files that the code of an application opens as its database, beside those that SQLAlchemy is told
//! while the code is loaded.
//!
//! A file that is among those of the project may be there to be read, and so may one that the code
//! only asks for what is in it.

use crate::fact::{Fact, Origin, Value};
use crate::python::{Binding, Module, PyValue, Site};
use crate::workspace::join;

use super::Source;
use super::clients::is_named;

/// What a call is given, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A path, or an address that starts with `file:`; code beside the call says what is written.
    Plain,
    /// A path; the package writes into the file.
    Path,
    /// A path behind the name of the kind of database, such as `sqlite`.
    Kind,
    /// An address such as `sqlite:///shop.db`.
    Address,
}

/// Calls that open a file: the package, the end of the name, the arguments that are the path.
///
/// Sources: <https://docs.python.org/3/library/sqlite3.html#sqlite3.connect>,
/// <https://aiosqlite.omnilib.dev/en/stable/api.html>,
/// <https://duckdb.org/docs/stable/clients/python/dbapi>,
/// <https://docs.peewee-orm.com/en/latest/peewee/database.html#using-sqlite>,
/// <https://tinydb.readthedocs.io/en/latest/api.html>,
/// <https://www.encode.io/databases/>, <https://tortoise.github.io/databases.html>,
/// <https://docs.ponyorm.org/database.html#sqlite>,
/// <https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.engine.URL.create>
const OPENERS: &[(&str, &str, &[&str], Form)] = &[
    ("sqlite3", "connect", &["0", "database"], Form::Plain),
    ("aiosqlite", "connect", &["0", "database"], Form::Plain),
    ("duckdb", "connect", &["0", "database"], Form::Plain),
    ("apsw", "Connection", &["0", "filename"], Form::Plain),
    ("peewee", "SqliteDatabase", &["0", "database"], Form::Path),
    ("playhouse", "SqliteExtDatabase", &["0", "database"], Form::Path),
    ("playhouse", "SqliteQueueDatabase", &["0", "database"], Form::Path),
    ("sqlitedict", "SqliteDict", &["0", "filename"], Form::Path),
    ("tinydb", "TinyDB", &["0"], Form::Path),
    ("langgraph", "SqliteSaver.from_conn_string", &["0"], Form::Path),
    ("langgraph", "AsyncSqliteSaver.from_conn_string", &["0"], Form::Path),
    ("databases", "Database", &["0", "url"], Form::Address),
    ("dataset", "connect", &["0", "url"], Form::Address),
    ("tortoise", "register_tortoise", &["db_url"], Form::Address),
    ("tortoise", "Tortoise.init", &["db_url"], Form::Address),
    ("sqlalchemy", "create_engine", &["0", "url"], Form::Address),
    ("sqlalchemy", "create_async_engine", &["0", "url"], Form::Address),
    ("sqlmodel", "create_engine", &["0", "url"], Form::Address),
    ("sqlalchemy", "URL.create", &["database", "5"], Form::Kind),
    ("pony", "Database", &["filename", "1"], Form::Kind),
    ("pony", "Database.bind", &["filename", "1"], Form::Kind),
];

/// Whether a package has calls that open a file.
pub(super) fn is_package(package: &str) -> bool {
    OPENERS.iter().any(|it| it.0 == package)
}

/// Whether a call opens a file.
pub(super) fn is_call(dotted: &str) -> bool {
    opener(dotted).is_some()
}

fn opener(dotted: &str) -> Option<(&'static [&'static str], Form)> {
    let found = OPENERS.iter().find(|it| is_named(dotted, it.0, it.1));
    found.map(|it| (it.2, it.3))
}

/// Whether a call may open a file that is lost.
pub(super) fn matters(site: &Site) -> bool {
    opener(&site.call).is_some()
}

/// The file that the code certainly opens as its database, and writes.
pub(super) fn of_code(
    source: &Source<'_, '_>,
    module: &Module,
    setting: impl Fn(&str) -> Option<Binding>,
) -> Option<Fact> {
    let sources = &source.workspace.sources;
    let is_there = |path: &str| {
        let mut there = source.folders.iter().filter_map(|it| join(it, path));
        there.any(|it| source.workspace.is_file(&it))
    };
    let reads_only = || only_reads(module.loaded.iter().map(|it| sources.file(*it).text()));
    let found = module.sites.iter().find_map(|site| {
        let (address, origin, form) = opened(source, site, &setting)?;
        let path = address.rsplit("//").next().unwrap_or(&address).trim_start_matches('/');
        let path = if address.contains("//") { path } else { address.as_str() };
        let is_lost = !is_kept(&address) && !is_there(path.trim_start_matches("./"));
        (is_lost && !(form == Form::Plain && reads_only())).then_some((address, origin))
    });
    let (address, origin) = found.or_else(|| {
        // Flask's own tutorial keeps the path there, below the folder of the instance.
        let kept = setting("DATABASE").filter(|it| !it.maybe_unset)?;
        let path = shown(&kept.value)?;
        let is_lost = is_named_so(&path) && !is_kept(&path) && !is_there(&path);
        is_lost.then(|| (format!("sqlite:///{path}"), kept.fact.origin.clone()))
    })?;
    let origin = Origin { source: "a path in the code".to_owned(), ..origin };
    Some(Fact::known(Value::Text(address), origin))
}

/// The address of the file that a call opens, where it says it, and the place.
fn opened(
    source: &Source<'_, '_>,
    site: &Site,
    setting: &impl Fn(&str) -> Option<Binding>,
) -> Option<(String, Origin, Form)> {
    let (names, form) = opener(&site.call)?;
    let argument = names.iter().find_map(|it| site.argument(it))?;
    let sources = &source.workspace.sources;
    let (path, origin) = match shown(&argument.value) {
        Some(path) => (path, argument.fact.origin.clone()),
        // `sqlite3.connect(current_app.config["DATABASE"])`
        None => {
            let written = sources.text(argument.fact.origin.span?);
            let (_, key) = written.split_once(".config[")?;
            let key = key.strip_suffix(']')?.trim_matches(['"', '\'']);
            let kept = setting(key).filter(|it| !it.maybe_unset)?;
            (shown(&kept.value)?, kept.fact.origin.clone())
        }
    };
    if site.argument("read_only").is_some() || path.is_empty() {
        return None;
    }
    let address = match form {
        Form::Address => path,
        Form::Kind => {
            let kinds = ["0", "drivername", "provider"];
            let kind = kinds.iter().find_map(|it| shown(&site.argument(it)?.value))?;
            if !kind.starts_with("sqlite") {
                return None;
            }
            format!("sqlite:///{path}")
        }
        Form::Path if path.ends_with(".json") => path,
        Form::Plain | Form::Path => {
            let path = path.strip_prefix("file:").unwrap_or(&path);
            format!("sqlite:///{path}")
        }
    };
    let is_file = address.contains("sqlite") && address.contains("://") || form == Form::Path;
    let is_to_read = ["mode=ro", "mode=memory", "immutable=1", ":memory:"];
    let is_open = is_file && !is_to_read.iter().any(|it| address.contains(it));
    let is_named = !matches!(address.rsplit_once('/'), Some((_, "")));
    (is_open && is_named).then_some((address, origin, form))
}

/// The text of a value; what is not known of it is a mark.
fn shown(value: &PyValue) -> Option<String> {
    let parts = match value {
        PyValue::Str(text) | PyValue::Path(text) => return Some(text.to_string()),
        PyValue::Pattern(parts) => parts.to_model(),
        _ => return None,
    };
    let text: String = parts.iter().map(super::flask::part).collect();
    // Nothing is known of a name that is a mark.
    let name = text.rsplit('/').next().unwrap_or(&text);
    (!name.contains('…')).then_some(text)
}

/// Whether a file is one that may be lost.
fn is_kept(address: &str) -> bool {
    ["cache", "tmp", "/dev/shm"].iter().any(|it| address.contains(it))
}

/// Whether the name of a file says that it is a database.
fn is_named_so(path: &str) -> bool {
    [".sqlite", ".sqlite3"].iter().any(|it| path.ends_with(it))
}

/// Whether code asks a database for what is in it, and never writes into it.
fn only_reads<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    const WRITES: &[&str] = &[
        "INSERT ",
        "REPLACE INTO",
        "UPDATE ",
        "DELETE FROM",
        "CREATE TABLE",
        "CREATE VIRTUAL",
        ".COMMIT(",
        "EXECUTESCRIPT",
        "TO_SQL(",
    ];
    let mut reads = false;
    for text in texts {
        let upper = text.to_ascii_uppercase();
        if WRITES.iter().any(|it| upper.contains(it)) {
            return false;
        }
        let mut asked = upper.split("SELECT ").skip(1);
        reads |=
            asked.any(|it| it.split(['"', '\'']).next().is_some_and(|it| it.contains("FROM ")));
    }
    reads
}

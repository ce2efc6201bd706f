//! `config/database.yml` of a Rails application: the connections that one process keeps, and the file
//! of SQLite, which new applications have.
//!
//! Source: <https://guides.rubyonrails.org/configuring.html#database-pooling>: a pool for each process,
//! five connections unless `pool` says otherwise, and one of them for each thread that asks.

use std::sync::Arc;

use crate::document::{Document, Node};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::source::FileId;
use crate::vocabulary as v;
use crate::workspace::Workspace;

use super::{puma, ruby};

/// The file that Rails reads.
const FILE: &str = "config/database.yml";

/// Variables that name the environment.
const STAGES: &[&str] = &["RAILS_ENV", "RACK_ENV"];

/// The environment in which applications are deployed.
const PRODUCTION: &str = "production";

/// Connections of a pool of which nothing is said.
const POOL: i64 = 5;

/// Sets the connections of one process, where its threads are known.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    if let Some(file) = database_file(workspace, launch) {
        server.facts.set(v::CODE_DATABASE_FILE, file);
    }
    let Some(threads) = server.facts.get(v::THREADS).cloned() else { return };
    let Some(pool) = pool(workspace, launch, cpus) else { return };
    server.settings.insert("database.pool".to_owned(), pool.clone());
    let state = pool.state.map2_number(&threads.state, f64::min);
    let mut origin = Origin::new(OriginKind::Derived, "a connection of the pool for each thread");
    origin.span = pool.origin.span;
    let origin = origin.with_input("pool", pool).with_input(v::THREADS.name(), threads);
    server.facts.set(v::CONNECTIONS_PER_PROCESS, Fact::new(state, origin));
}

/// The pool of the environment that runs; `None` without the file.
fn pool(workspace: &mut Workspace<'_>, launch: &Launch, cpus: &Fact) -> Option<Fact> {
    let (path, file, document) = open(workspace, launch)?;
    let tables = tables(&document, launch)?;
    let [table] = tables.as_slice() else { return None };
    if let Some(fact) = of_address(launch) {
        return Some(fact);
    }
    let Some(node) = table.get("pool").or_else(|| table.get("max_connections")) else {
        return Some(default_fact(Value::Int(POOL), "Rails"));
    };
    let origin = Origin::written(node.span, format!("`pool` in {path}"));
    if let Some(number) = node.as_int() {
        return Some(Fact::known(Value::Int(number), origin));
    }
    let Some(erb) = node.as_str().and_then(ruby::embedded) else {
        return Some(Fact::unknown(Unknown::because("the pool is not a number"), origin));
    };
    Some(puma::expression(launch, cpus, (file, &path), erb, origin))
}

fn open(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<(String, FileId, Arc<Document>)> {
    let path = workspace.join(&launch.folder, FILE)?;
    let file = workspace.open(&path)?;
    let document = workspace.look_into(file, Syntax::Yaml);
    Some((path, file, document))
}

/// The databases of the environment that runs. Several have a table each, the first of which is the
/// usual one.
fn tables<'d>(document: &'d Document, launch: &Launch) -> Option<Vec<&'d Node>> {
    let stage = STAGES.iter().find_map(|it| match launch.environment.get(it) {
        Lookup::Set(fact) => fact.text().map(str::to_owned),
        Lookup::Unset | Lookup::Unmentioned => None,
    });
    let section = document.root.get(stage.as_deref().unwrap_or(PRODUCTION))?;
    let is_database =
        |it: &Node| ["adapter", "url", "pool"].iter().any(|key| it.get(key).is_some());
    Some(match is_database(section) {
        true => vec![section],
        false => section.entries().iter().map(|it| &it.value).collect(),
    })
}

/// The file of the usual database, where it is one of SQLite: no gem of a server is there that the
/// address in a variable could be for.
fn database_file(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Fact> {
    let (path, _, document) = open(workspace, launch)?;
    let first = tables(&document, launch)?.into_iter().next()?;
    let adapter = first.get("adapter").filter(|it| it.as_str() == Some("sqlite3"))?;
    let servers = ["pg", "mysql2", "trilogy", "activerecord-postgis-adapter"];
    let is_given = matches!(launch.environment.get("DATABASE_URL"), Lookup::Set(_));
    if is_given
        || first.get("url").is_some()
        || servers.iter().any(|it| ruby::is_in_gemfile(workspace, launch, it))
    {
        return None;
    }
    let node = first.get("database").unwrap_or(adapter);
    let name = node.as_str().filter(|it| !it.contains("<%")).unwrap_or("db/production.sqlite3");
    if name.contains(":memory:") {
        return None;
    }
    let origin = Origin::written(node.span, format!("`database` in {path}"));
    Some(Fact::known(Value::Text(format!("sqlite3:{name}")), origin))
}

/// The pool that `DATABASE_URL` names, which counts before the file.
fn of_address(launch: &Launch) -> Option<Fact> {
    let Lookup::Set(address) = launch.environment.get("DATABASE_URL") else { return None };
    let text = address.text()?;
    let (_, query) = text.split_once('?')?;
    let pool = query.split('&').find_map(|it| it.strip_prefix("pool="))?.parse().ok()?;
    let mut origin = Origin::new(OriginKind::Env, "`pool` in `DATABASE_URL`");
    origin.span = address.origin.span;
    Some(Fact::known(Value::Int(pool), origin))
}

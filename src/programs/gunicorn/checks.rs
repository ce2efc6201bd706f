//! What gunicorn accepts and then fails on or ignores, once every setting is known.

use crate::diagnostic::Diagnostic;
use crate::fact::{OriginKind, Value};
use crate::launch::{Launch, StartFiles};
use crate::project::Lookup;
use crate::source::Span;
use crate::workspace::{self, Opened, Workspace};

use super::address::{self, Address};
use super::config_file::DEFAULT;
use super::object::Object;
use super::table::{self, SETTINGS, SettingId};
use super::validate::validate;
use super::values::Table;
use super::worker::{self, WorkerKind};
use super::{diagnostics, facts, version};

/// Reports what only the settings together show.
pub(super) fn table(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &mut Table,
) {
    application(acc, launch, table);
    counts(acc, launch, table);
    addresses(acc, launch, table);
    worker_class(acc, workspace, launch, table);
    without_effect(acc, launch, table);
    without_partner(acc, launch, table);
    web_concurrency(acc, launch, table);
    config_behind_chdir(acc, workspace, launch, table);
    files_read_at_start(acc, workspace, launch, table);
}

/// Whether gunicorn starts and serves with a value, as far as that is seen of the value alone.
pub(super) fn stands(id: SettingId, value: Object, folder: &str) -> bool {
    let Ok(value) = validate(id.def().check, value, folder) else { return false };
    match (id, &value) {
        (table::WORKERS, Object::Int(count)) => *count > 0,
        (table::BIND, Object::List(items)) => {
            items.iter().filter_map(Object::as_text).all(|it| bind_problem(it).is_none())
        }
        (table::WORKER_CLASS, Object::Text(class)) => {
            worker::removed(class).is_none() && !is_missing_class(class)
        }
        (table::WORKER_CLASS | table::LOGLEVEL, Object::None) => false,
        _ => true,
    }
}

/// Where a setting is written; the whole command for a default.
pub(super) fn span_of(table: &Table, id: SettingId, launch: &Launch) -> Span {
    table.origin(id).span.unwrap_or(launch.span)
}

fn application(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &mut Table) {
    let named = table.app.is_some() || table.app_unknown;
    if !named && *table.object(table::WSGI_APP) == Object::None && !table.refused {
        table.refused = true;
        acc.push(diagnostics::app_missing(launch.span));
    }
}

fn counts(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let pooled = facts::worker_kind(table) == Some(WorkerKind::Gthread);
    if pooled && table.int(table::THREADS) == Some(0) {
        acc.push(diagnostics::no_threads(span_of(table, table::THREADS, launch)));
    }
}

fn addresses(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let Object::List(items) = table.object(table::BIND) else { return };
    let span = span_of(table, table::BIND, launch);
    for text in items.iter().filter_map(Object::as_text) {
        let Some(problem) = bind_problem(text) else { continue };
        acc.push(diagnostics::invalid_bind(text, &problem, span));
    }
}

/// What gunicorn does not bind of an address, and why.
fn bind_problem(text: &str) -> Option<String> {
    match address::parse(text, 8000) {
        Err(port) => Some(format!("`{port}` is not a port number")),
        Ok(Address::Tcp { port, .. }) if !(0..=65535).contains(&port) => {
            Some(format!("{port} is not a port"))
        }
        Ok(_) => None,
    }
}

/// Whether a class is a name of no package, and none that gunicorn has.
fn is_missing_class(class: &str) -> bool {
    let name = class.strip_prefix('#').unwrap_or(class);
    worker::needs_entry_point(class) && !worker::aliases().any(|it| name == it)
}

fn worker_class(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &Table,
) {
    let span = span_of(table, table::WORKER_CLASS, launch);
    let class = match table.object(table::WORKER_CLASS) {
        Object::Text(it) => it.as_str(),
        Object::None => return acc.push(diagnostics::unknown_worker("None", span)),
        _ => return,
    };
    if let Some(removed) = worker::removed(class) {
        // A project that pins an older gunicorn has the class.
        if version::is_older(workspace, &launch.folder, removed.removed_in) {
            return;
        }
        let is_listed = version::is_listed(workspace, &launch.folder);
        acc.push(diagnostics::removed_worker(removed, class, span, is_listed));
    } else if is_missing_class(class) {
        acc.push(diagnostics::unknown_worker(class, span));
    }
}

/// Settings that the worker class does not read. A value that is the default anyway is left alone.
fn without_effect(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let Some(kind) = facts::worker_kind(table).filter(|it| *it != WorkerKind::Other) else {
        return;
    };
    let class = table.text(table::WORKER_CLASS).unwrap_or_default();
    for (id, def) in SettingId::all().zip(SETTINGS) {
        let ignored = def.workers.is_some_and(|it| !it.contains(&kind));
        if ignored && table.is_changed(id) {
            acc.push(diagnostics::without_effect(id, class, span_of(table, id, launch)));
        }
    }
}

/// Settings that another setting switches off.
fn without_partner(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let mut report = |id: SettingId, why: &str, help: &str| {
        let span = span_of(table, id, launch);
        acc.push(diagnostics::without_partner(id, why, help, span));
    };
    // A jitter without `max_requests` has a rule of its own, for all servers.
    let positive = |id| table.int(id).is_some_and(|it| it > 0);
    let empty = |id| *table.object(id) == Object::List(Vec::new());
    if positive(table::DIRTY_WORKERS) && empty(table::DIRTY_APPS) {
        report(table::DIRTY_WORKERS, "`dirty_apps` is empty", "set `dirty_apps`");
    }
    if !empty(table::DIRTY_APPS)
        && table.is_set(table::DIRTY_APPS)
        && table.int(table::DIRTY_WORKERS) == Some(0)
    {
        report(table::DIRTY_APPS, "`dirty_workers` is 0", "set `dirty_workers` to 1 or more");
    }
    if table.is_changed(table::SSL_VERSION) {
        report(table::SSL_VERSION, "gunicorn ignores it since 21.0", "use the `ssl_context` hook");
    }
    let unencrypted = [table::CERTFILE, table::KEYFILE]
        .iter()
        .all(|it| matches!(table.object(*it), Object::None) || table.text(*it) == Some(""));
    let wants_h2 = match table.object(table::HTTP_PROTOCOLS) {
        Object::List(items) => items.iter().any(|it| it.as_text() == Some("h2")),
        _ => false,
    };
    if wants_h2 && unencrypted && table.text(table::HTTP2_CLEARTEXT) == Some("off") {
        let why = "HTTP/2 needs a certificate or `http2_cleartext`";
        report(table::HTTP_PROTOCOLS, why, "set `certfile` and `keyfile`, or `http2_cleartext`");
    }
}

/// A variable of the user that something stronger than its default replaces.
fn web_concurrency(acc: &mut Vec<Diagnostic>, launch: &Launch, table: &Table) {
    let Lookup::Set(variable) = launch.environment.get("WEB_CONCURRENCY") else { return };
    // A file that may set any variable shows nothing of this one: it looks like one without a name.
    if let Lookup::Set(any) = launch.environment.get("")
        && any.origin.span == variable.origin.span
    {
        return;
    }
    let Some(span) = variable.origin.span else { return };
    let origin = table.origin(table::WORKERS);
    let known = table.object(table::WORKERS).unknown().is_none();
    // Both say the same: whoever reads either is right, until one of them is changed.
    let same = variable.int().or_else(|| variable.text()?.trim().parse().ok());
    if same.is_some() && same == table.int(table::WORKERS) {
        return;
    }
    let written = matches!(variable.origin.kind, OriginKind::Env | OriginKind::Written);
    let replaced =
        table.overridden(table::WORKERS).len() > 1 && variable.value() != Some(&Value::Null);
    if !written || !replaced || !known || facts::depends_on(origin, "WEB_CONCURRENCY") {
        return;
    }
    acc.push(diagnostics::web_concurrency_overridden(span, origin.span, &origin.source));
}

/// The default configuration file lies only in the folder that `chdir` names.
fn config_behind_chdir(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &Table,
) {
    let Some(folder) = table.text(table::CHDIR).filter(|it| !it.starts_with('/')) else { return };
    if !table.is_set(table::CHDIR) || table.is_set(table::CONFIG) {
        return;
    }
    // In an image, neither the start folder nor the files in it are known.
    if launch.files == StartFiles::Image {
        return;
    }
    let here = workspace::join(&launch.folder, DEFAULT);
    let there = workspace::join(folder, DEFAULT);
    if here == there || here.is_some_and(|it| workspace.open(&it).is_some()) {
        return;
    }
    let Some(path) = there else { return };
    let Some(file) = workspace.open(&path) else { return };
    let shown = match launch.folder.as_str() {
        "" => path.as_str(),
        folder => path.strip_prefix(folder).map_or(path.as_str(), |it| it.trim_start_matches('/')),
    };
    let span = span_of(table, table::CHDIR, launch);
    acc.push(diagnostics::config_behind_chdir(Span::start_of(file), span, shown));
}

/// The file that gunicorn reads before it serves, and refuses to start without. Keys and certificates
/// are left out, because platforms mount what is secret.
fn files_read_at_start(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    table: &Table,
) {
    if launch.files != StartFiles::Project {
        return;
    }
    // The start folder and `--chdir`: the file is looked up once the folder has changed, and a
    // folder that is not known may have it.
    let mut folders = vec![launch.folder.clone()];
    if table.is_set(table::CHDIR) {
        let Some(folder) = table.text(table::CHDIR) else { return };
        let Some(folder) = workspace.join(&launch.folder, folder) else { return };
        folders.push(folder);
    }
    // A missing `logconfig_json` is passed over: `glogging.py` looks whether it exists.
    let Some(path) = table.text(table::LOGCONFIG).filter(|it| !it.is_empty()) else { return };
    let paths = folders.iter().map(|folder| workspace.join(folder, path));
    let Some(paths) = paths.collect::<Option<Vec<String>>>() else { return };
    if paths.iter().all(|it| workspace.try_open(it) == Opened::Missing) {
        let span = span_of(table, table::LOGCONFIG, launch);
        acc.push(diagnostics::file_missing(table::LOGCONFIG, path, span));
    }
}

//! The application that `fastapi run` and `fastapi dev` load, which their command need not name.
//!
//! Source: fastapi-cli 0.0.34, `fastapi_cli.discover` and `fastapi_cli.config`

use crate::fact::Value;
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{self, Server, ServerKind};
use crate::python::{Module, Plan, PyValue};
use crate::source::{FileId, Span};
use crate::workspace::{Opened, join, parent};

use super::Source;
use super::entry::Entry;

/// Files that are looked for where the command names none, in this order.
const PATHS: &[&str] = &["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"];

/// Names of an application that go before all others.
const PREFERRED: &[&str] = &["app", "api"];

/// Whether a command is one of these.
pub(super) fn is_started_by(launch: &Launch) -> bool {
    let kind = programs::identify(launch);
    matches!(kind, Some(ServerKind::FastapiRun | ServerKind::FastapiDev))
}

/// A word that the program is given, and where it is written; `None` where there is none.
type Word = Option<(String, Option<Span>)>;

/// Nobody knows whether a word is given, or which one.
struct NotKnown;

/// Finds the application. `None` where it is not known which one it is, or there is none.
pub(super) fn find(source: &mut Source<'_, '_>, launch: &Launch, server: &Server) -> Option<Entry> {
    let given = |name| given(server, name).ok();
    let (path, name, entrypoint) = (given("path")?, given("app")?, given("entrypoint")?);
    let configured = configured(source, launch).ok()?;
    if path.is_none() && name.is_none() {
        let named = entrypoint.or(configured);
        if let Some((text, span)) = named {
            let (module, name) = text.split_once(':')?;
            let file = source.module(module)?;
            let (name, found) = (name.to_owned(), Some(text.clone()));
            return Some(Entry { file, name, is_called: false, span, found });
        }
    } else if entrypoint.is_some() {
        // It refuses both.
        return None;
    }
    let span = path.as_ref().or(name.as_ref()).and_then(|it| it.1);
    let span = span.or(launch.argv.first().map(|it| it.span));
    let file = match path {
        Some((path, _)) => at(source, launch, &path).file()?,
        None => {
            let mut all = PATHS.iter().map(|it| at(source, launch, it));
            all.find(|it| *it != Opened::Missing)?.file()?
        }
    };
    let module = import_from(source, file);
    let names = names(source, file);
    let name = match name {
        Some((name, _)) => Some(name).filter(|it| !names.complete || names.get(it).is_some())?,
        None => application(&names)?,
    };
    let found = Some(format!("{module}:{name}"));
    Some(Entry { file, name, is_called: false, span, found })
}

/// An option or argument of the command.
fn given(server: &Server, name: &str) -> Result<Word, NotKnown> {
    let fact = server.settings.get(name).ok_or(NotKnown)?;
    match fact.value().ok_or(NotKnown)? {
        Value::Null => Ok(None),
        value => Ok(Some((value.as_str().ok_or(NotKnown)?.to_owned(), fact.origin.span))),
    }
}

/// `entrypoint` below `[tool.fastapi]` of the pyproject.toml in the folder that the server starts
/// in. It is not known either of a file that the program refuses.
fn configured(source: &mut Source<'_, '_>, launch: &Launch) -> Result<Word, NotKnown> {
    let file = match at(source, launch, "pyproject.toml") {
        Opened::File(file) => file,
        Opened::Missing => return Ok(None),
        Opened::Unknown(_) => return Err(NotKnown),
    };
    let document = source.workspace.look_into(file, Syntax::Toml);
    if !document.problems.is_empty() {
        return Err(NotKnown);
    }
    match document.root.at(&["tool", "fastapi", "entrypoint"]) {
        None => Ok(None),
        Some(named) => Ok(Some((named.as_str().ok_or(NotKnown)?.to_owned(), Some(named.span)))),
    }
}

/// What is at a path of the folder that the server starts in; of a package, the file that is loaded.
fn at(source: &mut Source<'_, '_>, launch: &Launch, path: &str) -> Opened {
    let Some(path) = source.workspace.join(&launch.folder, path) else { return Opened::Missing };
    let inside = join(&path, "__init__.py").filter(|it| source.workspace.is_file(it));
    source.workspace.try_open(inside.as_deref().unwrap_or(&path))
}

/// Lets modules come from the folder above the packages that a file is in; its name as a module.
fn import_from(source: &mut Source<'_, '_>, file: FileId) -> String {
    let path = source.workspace.sources.file(file).path().to_owned();
    let mut folder = parent(&path);
    while !folder.is_empty()
        && join(folder, "__init__.py").is_some_and(|it| source.workspace.is_file(&it))
    {
        folder = parent(folder);
    }
    if !source.folders.iter().any(|it| it == folder) {
        source.folders.insert(1, folder.to_owned());
    }
    let inside = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/');
    let module = inside.strip_suffix(".py").unwrap_or(inside);
    module.strip_suffix("/__init__").unwrap_or(module).replace('/', ".")
}

/// What a file makes, while it is loaded.
fn names(source: &mut Source<'_, '_>, file: FileId) -> Module {
    let unmentioned = source.unmentioned;
    source.evaluate_as(file, Plan { unmentioned, ..Plan::default() })
}

/// The name of the application among those of a module: the first that is one, and before those a
/// name that one usually has, unless it is known to be something else.
fn application(module: &Module) -> Option<String> {
    let is_one =
        |value: &PyValue| matches!(value, PyValue::Native(name) if **name == *"fastapi.app");
    let mut others: Vec<&str> = module
        .bindings
        .iter()
        .filter(|it| is_one(&it.value))
        .map(|it| it.name.value.as_str())
        .collect();
    others.sort_unstable();
    let preferred = PREFERRED.iter().filter_map(|it| module.get(it));
    let preferred = preferred.filter(|it| is_one(&it.value) || it.value.unknown().is_some());
    let mut all = preferred.map(|it| it.name.value.as_str()).chain(others);
    all.next().map(str::to_owned)
}

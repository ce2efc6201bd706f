//! The file of the project that a server loads.

use crate::fact::Fact;
use crate::launch::Launch;
use crate::programs::Server;
use crate::source::{FileId, Span};
use crate::vocabulary;
use crate::workspace::{Opened, join, parent};

use super::{Source, fastapi, is_celery};

/// Where an application is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) file: FileId,
    /// The name in the module that is the application.
    pub(super) name: String,
    /// Whether that name is called without arguments to make it.
    pub(super) is_called: bool,
    /// Where the command names it.
    pub(super) span: Option<Span>,
    /// What a server finds that looks for its application: `main:app`. `None` where it is told.
    pub(super) found: Option<String>,
}

/// Finds the file that the command names. `None` when it is not in the project, or takes
/// arguments that opslint would have to read.
pub(super) fn find(source: &mut Source<'_, '_>, launch: &Launch, server: &Server) -> Option<Entry> {
    if let Some(entry) = manage(source, launch) {
        return Some(entry);
    }
    if fastapi::is_started_by(launch) {
        return fastapi::find(source, launch, server);
    }
    let app = server.facts.get(vocabulary::APP)?;
    let span = app.origin.span;
    let text = app.text()?;
    let (module, name) = text.split_once(':').unwrap_or((text, "application"));
    let is_factory = server.settings.get("factory").and_then(Fact::bool) == Some(true);
    let (name, is_called) = match name.split_once('(') {
        None => (name, is_factory),
        Some((name, ")")) => (name, true),
        Some(_) => return None,
    };
    let name = name.to_owned();
    let file = match module.strip_suffix(".py") {
        Some(_) => source
            .folders
            .clone()
            .iter()
            .find_map(|folder| join(folder, module).and_then(|it| source.workspace.open(&it))),
        // Celery looks for the application in `proj.celery` when `proj` has none.
        None if is_celery(server) => {
            let package = source.module(&format!("{module}.celery"));
            // `proj.tasks.app` may name the application in `proj.tasks`.
            let holder = module.rsplit_once('.').map(|it| it.0);
            match package {
                Some(file) => Some(file),
                None => source.module(module).or_else(|| source.module(holder?)),
            }
        }
        None => source.module(module),
    }?;
    Some(Entry { file, name, is_called, span, found: None })
}

/// `manage.py`, which sets what Django needs in `main()`.
/// Other ways into a Django project: `wsgi.py` and `asgi.py` beside a module, and `manage.py`.
pub(super) fn others(source: &mut Source<'_, '_>, entry: &Entry) -> Vec<Entry> {
    let path = source.workspace.sources.file(entry.file).path().to_owned();
    let package = parent(&path).to_owned();
    let root = parent(&package).to_owned();
    let candidates = [(&package, "wsgi.py"), (&package, "asgi.py"), (&root, "manage.py")];
    let mut found = Vec::new();
    for (folder, name) in candidates {
        let Some(path) = join(folder, name) else { continue };
        if let Opened::File(file) = source.workspace.try_open(&path) {
            let has_main = source.workspace.sources.file(file).text().contains("def main(");
            let is_called = name == "manage.py" && has_main;
            found.push(Entry { file, name: "main".to_owned(), is_called, span: None, found: None });
        }
    }
    found
}

fn manage(source: &mut Source<'_, '_>, launch: &Launch) -> Option<Entry> {
    let word = launch
        .argv
        .iter()
        .take(3)
        .find(|it| it.text().is_some_and(|it| it.rsplit('/').next() == Some("manage.py")))?;
    let path = source.workspace.join(&launch.folder, &word.text()?)?;
    let file = source.workspace.open(&path)?;
    let has_main = source.workspace.sources.file(file).text().contains("def main(");
    let (name, span) = ("main".to_owned(), Some(word.span));
    Some(Entry { file, name, is_called: has_main, span, found: None })
}

//! Packages without which an application cannot be loaded: the imports at the top of its modules.
//!
//! An import in a `try`, a function or an `if` may be meant to fail. The settings of Django are
//! loaded like the module that the server names; what else Django loads is not followed.

use std::collections::HashSet;

use super::imports::{Statement, package, statements};
use super::{Application, SETTINGS_MODULE, Source, entry, environment, folders};
use crate::fact::Fact;
use crate::launch::Launch;
use crate::programs::Server;
use crate::python::Unmentioned;
use crate::source::{FileId, Span};
use crate::workspace::{Opened, Workspace};

/// Most files that are looked into.
const FILES_MAX: usize = 40;

/// Modules of `wanted`, by their first names, that an application imports when it is loaded, each
/// with the first place. Nothing where code may import from elsewhere.
pub(crate) fn required(
    (workspace, launch, cpus): (&mut Workspace<'_>, &Launch, &Fact),
    (server, application): (&Server, &Application),
    wanted: &[&'static str],
) -> Vec<(&'static str, Span)> {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let (unmentioned, calls) = (Unmentioned::Unknown, Vec::new());
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    let mut queue = Vec::from_iter(entry::find(&mut source, launch, server).map(|it| it.file));
    // Of several settings modules, one is loaded.
    if !application.settings.contains_key(SETTINGS_MODULE) {
        let modules = application.modules.iter();
        queue.extend(modules.filter_map(|it| source.module(it)));
    }
    let mut found: Vec<(&'static str, Span)> = Vec::new();
    let mut seen = HashSet::new();
    while let Some(file) = queue.pop() {
        if seen.len() >= FILES_MAX || !seen.insert(file) {
            continue;
        }
        let text = source.workspace.sources.file(file).shared_text();
        // Where modules come from is changed by hand.
        if text.contains("sys.path") || text.contains("sys.modules") {
            return Vec::new();
        }
        for import in statements(&text).into_iter().filter(|it| !it.is_tried) {
            let ours = modules(&mut source, file, &import);
            if !ours.is_empty() || import.module.starts_with('.') {
                queue.extend(ours);
                continue;
            }
            let first = import.module.split('.').next().unwrap_or_default();
            let Some(module) = wanted.iter().find(|it| **it == first) else { continue };
            if source.try_module(first) == Opened::Missing && !found.iter().any(|it| it.0 == first)
            {
                found.push((module, Span::new(file, import.start, import.end)));
            }
        }
    }
    found
}

/// Whether the project has a module of its own by this name, where the application finds it.
pub(crate) fn is_of_project(
    (workspace, launch, cpus): (&mut Workspace<'_>, &Launch, &Fact),
    server: &Server,
    module: &str,
) -> bool {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let (unmentioned, calls) = (Unmentioned::Unknown, Vec::new());
    let mut source = Source { workspace, environment, folders, cpus, unmentioned, calls };
    source.try_module(module) != Opened::Missing
}

/// The files of the project that an import certainly loads.
fn modules(source: &mut Source<'_, '_>, file: FileId, import: &Statement<'_>) -> Vec<FileId> {
    let module = import.module.trim_start_matches('.');
    let dots = import.module.len() - module.len();
    let base = match dots {
        0 => module.to_owned(),
        _ => {
            let path = source.workspace.sources.file(file).path().to_owned();
            let Some(package) = package(source, &path, dots) else { return Vec::new() };
            let parts = [package.as_str(), module];
            parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(".")
        }
    };
    let inner = import.names.iter().map(|it| format!("{base}.{it}"));
    let names = std::iter::once(base.clone()).chain(inner).filter(|it| !it.starts_with('.'));
    names.filter_map(|it| source.module(&it)).collect()
}

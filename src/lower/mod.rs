//! Documents → project: what each process will really run with.
//!
//! One file or folder per format makes drafts of deployments; `finish` follows every command to its
//! server and adds what follows from the rest. Lowering is total: what a file does not say is
//! unknown, never an error.

pub(crate) mod apppack;
mod catalog;
pub mod command;
mod connections;
mod derive;
mod dockerfile;
pub mod draft;
mod finish;
pub mod fly;
pub mod gunicorn;
pub(crate) mod heroku;
pub mod launch;
pub mod procfile;
pub mod python;
mod read;
pub mod render;
mod runtime;
pub mod servers;

pub(crate) use read::go_duration_s;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::formats::{self, Format, Role};
use crate::keys;
use crate::lower::draft::Context;
use crate::parse;
use crate::platforms::Catalog;
use crate::project::{Project, ProjectFile};
use crate::settings::Settings;
use crate::source::FileId;
use crate::workspace::{Workspace, join, parent};

/// Lowers the files at `paths` to projects, one for each folder with a manifest.
///
/// `paths` are the candidates that `discover` found, sorted; other files are opened when a manifest
/// or a command names them. Problems of files are added to `acc`.
pub fn projects(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    paths: &[String],
    settings: &Settings,
    catalog: &Catalog,
) -> Vec<Project> {
    let mut projects = BTreeMap::new();
    for path in paths {
        let Some(format) = formats::of_path(path) else { continue };
        let Role::Manifest(lower) = format.role else { continue };
        let Some(file) = manifest(acc, workspace, path, format) else { continue };
        let Some(document) = workspace.parsed(file) else { continue };
        let stated: Vec<_> = settings.about(path);
        let drafts = {
            let mut context =
                Context { acc, workspace, catalog, manifest: path, stated: stated.clone() };
            lower(&mut context, &document)
        };
        let root = parent(path).to_owned();
        let project = projects.entry(root.clone()).or_insert_with(|| Project {
            root,
            deployments: Vec::new(),
            files: Vec::new(),
        });
        project.files.push(ProjectFile { format: format.name, file });
        for draft in drafts {
            let mut finish = finish::Finish { acc, workspace, catalog, settings, stated: &stated };
            let deployment = finish.deployment(path, draft);
            project.files.append(&mut finish.files(&deployment));
            project.deployments.push(deployment);
        }
        project.files.append(&mut shared(workspace, &project.root));
        let mut seen = Vec::new();
        project.files.retain(|it| {
            !seen.contains(&it.file) && {
                seen.push(it.file);
                true
            }
        });
    }
    projects.into_values().collect()
}

/// Files beside a manifest that its lowering read as data, such as app.json: rules can ask for
/// their keys, too.
fn shared(workspace: &Workspace<'_>, folder: &str) -> Vec<ProjectFile> {
    let shared = formats::FORMATS.iter().filter(|it| matches!(it.role, Role::Shared));
    shared
        .flat_map(|format| format.patterns.iter().map(move |name| (format, name)))
        .filter_map(|(format, name)| {
            let (file, document) = workspace.parsed_at(&join(folder, name)?)?;
            let is_it = (format.recognise)(&document.root);
            is_it.then_some(ProjectFile { format: format.name, file })
        })
        .collect()
}

/// Opens and parses a manifest. `None` when it cannot be read, or is a file of something else that
/// only has the name.
fn manifest(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    path: &str,
    format: &Format,
) -> Option<FileId> {
    let syntax = format.syntax(path)?;
    let file = workspace.open(path)?;
    let document = workspace.document(file, |file, text| parse::document(syntax, file, text));
    let understood = !document.root.entries().is_empty();
    if understood && !(format.recognise)(&document.root) {
        return None;
    }
    acc.extend(document.problems.iter().cloned());
    keys::check(acc, format.name, &document);
    Some(file)
}

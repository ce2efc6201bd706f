//! Documents → project: what each process will really run with.
//!
//! Each format of `manifests` makes drafts of deployments; `finish` follows every command to its
//! program and adds what follows from the rest. Nothing here fails: what no file says is unknown.

mod alone;
mod assumed;
mod beside_volume;
mod bounds;
mod broker;
mod code;
mod command;
mod config_file;
mod configured;
mod conflicts;
mod connections;
mod contradicted;
mod derive;
mod dotenv;
mod ecosystem;
mod elsewhere;
mod finish;
mod followed;
mod functions;
mod hosted;
mod installed;
mod kind;
mod lacking;
mod loopback;
mod marks;
mod measured;
mod named;
mod needed;
mod one_off;
mod others;
mod overlaid;
mod ports;
mod price;
mod pruned;
mod queues;
mod restated;
mod runtime;
mod secrets;
mod sent;
mod served;
mod started;
mod stated;
mod twice;
mod unshared;
mod written_at;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

pub(crate) use others::Others;

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::draft::Context;
use crate::formats::{self, Format, Manifest, Names, Role};
use crate::keys;
use crate::manifests;
use crate::parse::SYNTAX_ERROR;
use crate::parse::bounds::is_cut;
use crate::platforms::Catalog;
use crate::project::{Deployment, Project, ProjectFile};
use crate::settings::Settings;
use crate::source::FileId;
use crate::workspace::{Workspace, join};

/// What a project is resolved with, beside its own files.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// What opslint.toml states.
    pub settings: Settings,
    /// Plans, limits and defaults of platforms.
    pub catalog: Catalog,
}

/// Whether a file may be a deployment where no manifest is, and the deployment that it is.
type Alone =
    (fn(&str) -> bool, fn(&mut finish::Finish<'_, '_>, &str) -> Option<(Deployment, ProjectFile)>);

/// Files that are deployments of their own, those that say most first.
const ALONE: [Alone; 3] = [
    (alone::is_candidate, alone::deployment),
    (configured::is_candidate, configured::deployment),
    (ecosystem::is_candidate, ecosystem::deployment),
];

/// The projects that candidate files may make: by the folder of each, its manifests in path order.
pub fn manifests(paths: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut roots: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        let formats = formats::of_path(path).filter(|it| matches!(it.role, Role::Manifest(_)));
        // Formats may differ in which folder the project is. Which of them a file is, it only tells
        // when it is read.
        let folders: BTreeSet<&str> = formats.map(|it| it.root(path)).collect();
        for folder in folders {
            roots.entry(folder.to_owned()).or_default().push(path.clone());
        }
    }
    alone::add(&mut roots, paths);
    roots
}

/// Works out what the processes of one project run with. `None` when none of the files that look
/// like its manifests is one.
///
/// `manifests` are paths in the folder `root`, sorted; other files are opened when a manifest or a
/// command names them. Problems of files are added to `acc`, or to those of the workspace.
pub fn project(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    root: &str,
    manifests: &[String],
    surroundings: &Surroundings,
) -> Option<Project> {
    let Surroundings { settings, catalog } = surroundings;
    project_with(acc, workspace, root, manifests, settings, catalog)
}

/// The same with other statements than those of opslint.toml.
pub fn project_with(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    root: &str,
    manifests: &[String],
    settings: &Settings,
    catalog: &Catalog,
) -> Option<Project> {
    project_beside(acc, workspace, root, manifests, (settings, None), catalog)
}

/// The same, where all processes but one are those that are known already.
pub(crate) fn project_beside(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    root: &str,
    manifests: &[String],
    (settings, others): (&Settings, Option<Others<'_>>),
    catalog: &Catalog,
) -> Option<Project> {
    let mut project = Project { root: root.to_owned(), deployments: Vec::new(), files: Vec::new() };
    let measured = measured::File::of(acc, workspace, root, catalog.today());
    let measured = measured.as_ref();
    let mut bounds = bounds::Bounds::new();
    let (mut seen, mut known_files) = (HashSet::new(), 0);
    for path in manifests {
        let Some((format, lower, mut file)) = format_of(workspace, path) else { continue };
        if format.root(path) != root {
            continue;
        }
        keys::check(acc, format.name, &file.document, catalog.today());
        if let Some(syntax) = format.syntax(path) {
            workspace.document(file.file, syntax);
        }
        if bounds.leaves_out(acc, file.file) {
            project.files.push(file);
            continue;
        }
        let document = Arc::clone(&file.document);
        let stated: Vec<_> = settings.about(path);
        let drafts = {
            let (stated, env, home) = (stated.clone(), &settings.env, &settings.home);
            let mut context =
                Context { acc, workspace, catalog, manifest: path, stated, env, home };
            file.whole = manifests::whole(lower, &mut context, &document).map(Arc::new);
            manifests::lower(lower, &mut context, file.whole.as_ref().unwrap_or(&document))
        };
        project.files.push(file);
        for draft in drafts {
            let Some(draft) = bounds.cut(acc, draft) else { continue };
            let draft = elsewhere::put(draft, settings, catalog);
            let stated = &stated;
            let mut finish =
                finish::Finish { acc, workspace, catalog, settings, stated, measured, others };
            let deployment = finish.deployment(path, draft);
            // Beside others, the files are theirs.
            if others.is_none() {
                project.files.append(&mut files_behind(workspace, &deployment));
            }
            project.deployments.push(deployment);
        }
        if others.is_some() {
            continue;
        }
        project.files.append(&mut files_beside(workspace, &project.root));
        // Those of the manifests before are known already.
        let new = project.files.split_off(known_files);
        project.files.extend(new.into_iter().filter(|it| seen.insert(it.file)));
        known_files = project.files.len();
    }
    twice::leave_out(&mut project.deployments);
    // Without a manifest a file may be a deployment of its own; a Dockerfile says more than what
    // configures the server in it.
    for (is_candidate, deployment) in ALONE {
        if !project.deployments.is_empty() {
            break;
        }
        for path in manifests.iter().filter(|it| is_candidate(it)) {
            let stated = &settings.about(path);
            let mut finish =
                finish::Finish { acc, workspace, catalog, settings, stated, measured, others };
            if let Some((deployment, file)) = deployment(&mut finish, path) {
                project.files.push(file);
                project.files.append(&mut files_behind(workspace, &deployment));
                project.deployments.push(deployment);
            }
        }
    }
    check_keys_of_shared(acc, &project.files, catalog);
    for it in &mut project.files {
        if let Some(format) = formats::FORMATS.iter().find(|format| format.name == it.format) {
            it.document = format.interpolation.seen_by_rules(&it.document);
            it.whole = it.whole.as_ref().map(|it| format.interpolation.seen_by_rules(it));
            if format.role == Role::Manifest(Manifest::Render) {
                it.document = manifests::render::lifted(&it.document);
            }
        }
    }
    if let Some(others) = others {
        project.files.clone_from(&others.project.files);
    }
    (!project.files.is_empty()).then_some(project)
}

/// The keys of files that are no manifests and have a table of keys all the same, such as app.json.
fn check_keys_of_shared(acc: &mut Vec<Diagnostic>, files: &[ProjectFile], catalog: &Catalog) {
    for it in files {
        let shared = formats::FORMATS.iter().filter(|it| it.role == Role::Shared);
        let mut own = shared.filter(|format| format.name == it.format);
        if own.any(|format| (format.recognise)(&it.document.root)) {
            keys::check(acc, it.format, &it.document, catalog.today());
        }
    }
}

/// Files beside a manifest that its lowering read as data, such as app.json: rules can ask for
/// their keys, too.
fn files_beside(workspace: &Workspace<'_>, folder: &str) -> Vec<ProjectFile> {
    let shared = formats::FORMATS.iter().filter(|it| it.role == Role::Shared);
    shared
        .flat_map(|format| format.patterns.iter().map(move |name| (format, name)))
        .filter_map(|(format, name)| {
            let path = join(folder, name)?;
            let (file, document) = workspace.parsed_at(&path, format.syntax(&path)?)?;
            let is_it = (format.recognise)(&document.root);
            is_it.then_some(ProjectFile::alone(format.name, file, document))
        })
        .collect()
}

/// The first of the formats with names like this one that the file is a manifest of.
fn format_of(
    workspace: &mut Workspace<'_>,
    path: &str,
) -> Option<(&'static Format, Manifest, ProjectFile)> {
    formats::of_path(path).find_map(|format| {
        let Role::Manifest(lower) = format.role else { return None };
        Some((format, lower, manifest(workspace, path, (format, lower))?))
    })
}

/// Opens and parses a manifest. `None` when it cannot be read, or is a file of something else that
/// only has the name.
fn manifest(
    workspace: &mut Workspace<'_>,
    path: &str,
    (format, lower): (&Format, Manifest),
) -> Option<ProjectFile> {
    let syntax = format.syntax(path)?;
    let file = match format.names {
        Names::Common => workspace.open_if_text(path),
        _ => workspace.open(path),
    };
    let Some(file) = file else {
        let text = workspace.text_of_encoded(path).unwrap_or_default();
        let is_one = |it: Document| {
            (format.recognise)(&it.root) || is_cut(&it) && formats::has_words_of(format, &text)
        };
        let encoded = workspace.tree_of_encoded(path, syntax);
        if encoded.is_some_and(is_one) || workspace.is_large_manifest(path) {
            // Says that the platform's file cannot be read.
            workspace.open(path);
        }
        return None;
    };
    if !formats::recognise::may_be(lower, workspace.sources.file(file).text()) {
        return None;
    }
    let document = workspace.look_into(file, syntax);
    let understood = !document.root.entries().is_empty();
    if (understood || format.names == Names::Common) && !(format.recognise)(&document.root) {
        // What it is recognised by may stand where opslint does not read.
        let text = workspace.sources.file(file).text();
        let is_own = format.names == Names::Own;
        // Behind a mistake, too: a file that nobody else names so is told what it is.
        let is_broken = || document.problems.iter().any(|it| it.rule == SYNTAX_ERROR);
        let may_be_one = match is_cut(&document) {
            true => is_own || formats::has_words_of(format, text),
            false => is_own && is_broken(),
        };
        if !may_be_one {
            return None;
        }
    }
    Some(ProjectFile::alone(format.name, file, document))
}

/// Files beside the manifest that decide about its processes, so that rules can read them as they
/// are written: those that a fact or a setting comes from.
fn files_behind(workspace: &Workspace<'_>, deployment: &Deployment) -> Vec<ProjectFile> {
    let processes = deployment.processes.iter();
    let facts =
        processes.flat_map(|it| it.facts.iter().map(|(_, it)| it).chain(it.settings.values()));
    let files: HashSet<FileId> = facts.filter_map(|it| it.origin.span).map(|it| it.file).collect();
    let files: BTreeMap<&str, FileId> =
        files.into_iter().map(|it| (workspace.sources.file(it).path(), it)).collect();
    let shared = |(path, file): (&str, FileId)| {
        let format = formats::of_path(path).find(|it| it.role == Role::Shared)?;
        let document = workspace.parsed(file, format.syntax(path)?)?;
        Some(ProjectFile::alone(format.name, file, document))
    };
    files.into_iter().filter_map(shared).collect()
}

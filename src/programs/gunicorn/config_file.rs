//! The configuration file: which one gunicorn reads, and the names it leaves behind.

use crate::diagnostic::Diagnostic;
use crate::fact::Unknown;
use crate::launch::{Launch, StartFiles, Word};
use crate::project::Lookup;
use crate::python::{self, Binding, ClassFacts, Host, Module, Plan, PyValue};
use crate::source::{FileId, Span};
use crate::workspace::{self, Opened, Workspace};

use super::Runtime;
use super::diagnostics;
use super::object::Object;
use super::table;

/// The file that gunicorn reads when no `-c` names another one.
pub(super) const DEFAULT: &str = "gunicorn.conf.py";

/// Where builds put the project: Heroku, buildpacks, Render, and images by custom. An absolute path
/// below one of them names a file of the project if there is such a file.
const ROOTS: &[&str] =
    &["/app/", "/workspace/", "/opt/render/project/src/", "/code/", "/usr/src/app/"];

/// The configuration file of a command.
#[derive(Debug)]
pub(super) enum Location {
    /// There is none.
    None,
    /// There may be one in an image of this name that no file of the project makes: most have none.
    InImage(String),
    /// This one.
    File(FileId),
    /// It is certainly missing: gunicorn refuses to start.
    Missing,
    /// It may say anything.
    Unknown(Unknown),
}

/// Finds the file. `given` is the value of `-c`, on the command line or in `GUNICORN_CMD_ARGS`.
pub(super) fn locate(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    given: Option<&Word>,
    chdir: Option<&str>,
) -> Location {
    let Some(word) = given else {
        let default = workspace::join(&launch.folder, DEFAULT);
        return match default.map_or(Opened::Missing, |it| workspace.try_open(&it)) {
            Opened::File(file) => Location::File(file),
            Opened::Missing => Location::None,
            Opened::Unknown(unknown) => match workspace.unseen_image() {
                Some(image) => Location::InImage(image.to_owned()),
                None => Location::Unknown(unknown),
            },
        };
    };
    let Some(text) = word.text() else {
        let unknown = Object::from_state(&word.state()).unknown();
        let reason = || Unknown::because("the config file is not known");
        return Location::Unknown(unknown.unwrap_or_else(reason));
    };
    let location = match text.strip_prefix("python:") {
        Some(module) => python_module(acc, workspace, launch, (module, word.span)),
        None => {
            let path = text.strip_prefix("file:").unwrap_or(&text);
            python_file(acc, workspace, launch, (path, word.span), chdir)
        }
    };
    report_replaced(acc, workspace, launch, word.span, (&text, &location));
    location
}

fn python_file(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    (path, span): (&str, Span),
    chdir: Option<&str>,
) -> Location {
    let Some(shown) = workspace.join(&launch.folder, path) else {
        let inside = ROOTS.iter().filter_map(|it| path.strip_prefix(it));
        let mut inside = inside.filter_map(|it| workspace::join(&launch.folder, it));
        let outside = || Unknown::because(format!("`{path}` is outside this project"));
        let file = inside.find_map(|it| workspace.open(&it));
        return file.map_or_else(|| Location::Unknown(outside()), Location::File);
    };
    match workspace.try_open(&shown) {
        Opened::File(file) => return Location::File(file),
        Opened::Unknown(unknown) => return Location::Unknown(unknown),
        Opened::Missing => {}
    }
    let beside = chdir.and_then(|it| workspace::join(it, path)).filter(|it| *it != shown);
    let found = beside.filter(|it| workspace.open(it).is_some());
    let found = found.and_then(|it| relative(&launch.folder, &it).map(str::to_owned));
    if let Some(unknown) = made_elsewhere(launch, path) {
        if let Some(found) = &found {
            acc.push(diagnostics::config_in_chdir(path, span, found));
        }
        return Location::Unknown(unknown);
    }
    acc.push(diagnostics::config_missing(path, span, found.as_deref()));
    Location::Missing
}

/// Why a file that the project lacks may be there all the same.
fn made_elsewhere(launch: &Launch, path: &str) -> Option<Unknown> {
    match launch.files {
        StartFiles::Project => None,
        StartFiles::Prepared => {
            Some(Unknown::because(format!("an earlier program may have made `{path}`")))
        }
        StartFiles::Image => Some(Unknown::because(format!(
            "`{path}` is not in this project, but may be where it runs"
        ))),
    }
}

fn relative<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

/// A module is looked up in the start folder and in `PYTHONPATH`.
fn python_module(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    (module, span): (&str, Span),
) -> Location {
    let relative = module.replace('.', "/");
    let mut folders = vec![launch.folder.clone()];
    folders.extend(python_path(workspace, launch));
    for folder in &folders {
        for candidate in [format!("{relative}.py"), format!("{relative}/__init__.py")] {
            let Some(candidate) = workspace::join(folder, &candidate) else { continue };
            match workspace.try_open(&candidate) {
                Opened::File(file) => return Location::File(file),
                Opened::Unknown(unknown) => return Location::Unknown(unknown),
                Opened::Missing => {}
            }
        }
    }
    // A package of the project that lacks the module cannot come from anywhere else.
    let top = module.split('.').next().unwrap_or_default();
    let package = workspace::join(&launch.folder, &format!("{top}/__init__.py"));
    if module.contains('.') && package.and_then(|it| workspace.open(&it)).is_some() {
        let path = format!("{relative}.py");
        if let Some(unknown) = made_elsewhere(launch, &path) {
            return Location::Unknown(unknown);
        }
        acc.push(diagnostics::config_missing(&path, span, None));
        return Location::Missing;
    }
    Location::Unknown(Unknown::because(format!("the module `{module}` is not in this project")))
}

/// `-c` names a file, and the default one is there too.
fn report_replaced(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    span: Span,
    (named, location): (&str, &Location),
) {
    let Location::File(file) = *location else { return };
    let default = workspace::join(&launch.folder, DEFAULT).and_then(|it| workspace.open(&it));
    if let Some(default) = default
        && default != file
    {
        acc.push(diagnostics::config_replaced(Span::start_of(default), span, named));
    }
}

/// Evaluates a configuration file. No code of it runs.
pub(super) fn evaluate(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    file: FileId,
    runtime: Runtime<'_>,
) -> Module {
    let python_path = python_path(workspace, launch);
    let mut host = Host {
        workspace,
        environment: &launch.environment,
        cpu_count: runtime.cpu_count.clone(),
        folder: launch.folder.clone(),
        python_path,
        python: runtime.python,
    };
    // gunicorn runs the file by its path.
    let class = Some(table::WORKER_CLASS.name());
    let plan = Plan { by_path: true, class, ..Plan::default() };
    python::evaluate_as(&mut host, file, plan)
}

/// The class of the project that a dotted path names: `shop.workers.Worker`. `None` when it is not
/// among the files.
pub(super) fn class(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    dotted: &str,
    runtime: Runtime<'_>,
) -> Option<ClassFacts> {
    let (module, name) = dotted.rsplit_once('.')?;
    let relative = module.replace('.', "/");
    let mut python_path = python_path(workspace, launch);
    let folders = std::iter::once(&launch.folder).chain(&python_path);
    let paths: Vec<String> = folders
        .flat_map(|folder| {
            [format!("{relative}.py"), format!("{relative}/__init__.py")]
                .map(|it| workspace::join(folder, &it))
        })
        .flatten()
        .collect();
    let file = paths.iter().find_map(|it| workspace.try_open(it).file())?;
    let folder = launch.folder.clone();
    python_path.retain(|it| *it != folder);
    let mut host = Host {
        workspace,
        environment: &launch.environment,
        cpu_count: runtime.cpu_count.clone(),
        folder,
        python_path,
        python: runtime.python,
    };
    python::evaluate_as(&mut host, file, Plan { class: Some(name), ..Plan::default() }).class
}

/// Folders of `PYTHONPATH` in this project, and that of its own packages.
fn python_path(workspace: &Workspace<'_>, launch: &Launch) -> Vec<String> {
    let given = match launch.environment.get("PYTHONPATH") {
        Lookup::Set(fact) => fact.text().unwrap_or_default(),
        _ => "",
    };
    let paths = given.split(':').filter(|it| !it.is_empty());
    let mut folders: Vec<String> =
        paths.filter_map(|it| workspace.join(&launch.folder, it)).collect();
    folders.extend(python::source_folder(workspace, &launch.folder));
    folders
}

/// Whether an import binds the name.
pub(super) fn is_imported(binding: &Binding) -> bool {
    let name = binding.name.span;
    match (&binding.value, binding.fact.origin.span) {
        (PyValue::Module(_), _) | (_, None) => true,
        (PyValue::Function(_), Some(span)) => span.file != name.file,
        (_, Some(span)) => span.file != name.file || span.contains(name),
    }
}

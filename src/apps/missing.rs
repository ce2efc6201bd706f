//! A module that a command names and that is nowhere: `gunicorn app:app` beside `src/main.py`.
//!
//! This is said only where the command shows every place that a module may come from, and the name
//! is one that projects give their own modules. Whether a package brings it is not looked at here.

use super::Source;
use crate::fact::{Fact, Origin, Value};
use crate::launch::{Launch, StartFiles};
use crate::programs::Server;
use crate::project::Lookup;
use crate::vocabulary as v;
use crate::workspace::{Opened, join};

/// Servers that import the application from the folder that they start in.
const SERVERS: &[&str] = &["celery", "gunicorn", "hypercorn", "uvicorn"];

/// Options that bring in other folders.
const PLACES: &[&str] = &["--app-dir", "--chdir", "--pythonpath", "--python-path", "--workdir"];

/// Settings of gunicorn that do.
const SETTINGS: &[&str] = &["chdir", "pythonpath"];

/// Files that install the project's own modules, or bring those of other repositories.
const INSTALLERS: &[&str] = &[
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    ".gitmodules",
    "BUILD",
    "bin/pre_compile",
    "bin/post_compile",
];

/// Words of the address of a buildpack that takes another folder for the root.
const BUILDPACKS_OF_FOLDERS: &[&str] = &["subdir", "monorepo", "multi-procfile"];

/// Folders that a dashboard or a buildpack may make the root of an app.
const ROOTS: &[&str] =
    &["api", "app", "backend", "code", "project", "server", "services", "src", "web", "webapp"];

/// Names that projects give to the modules of their own applications.
const OWN: &[&str] = &[
    "api",
    "app",
    "application",
    "asgi",
    "backend",
    "bot",
    "config",
    "core",
    "flask_app",
    "index",
    "main",
    "my_app",
    "myapp",
    "mysite",
    "project",
    "run",
    "server",
    "src",
    "start",
    "web",
    "wsgi",
];

/// The module, where it is certainly not among the files of the project.
pub(super) fn module(
    source: &mut Source<'_, '_>,
    launch: &Launch,
    server: &Server,
) -> Option<Fact> {
    let program = server.facts.get(v::SERVER).and_then(Fact::text)?;
    let app = server.facts.get(v::APP).filter(|it| !it.origin.is_assumed())?;
    let module = app.text()?.split(':').next()?;
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let parts: Vec<&str> = module.split('.').collect();
    let (first, last) = (*parts.first()?, *parts.last()?);
    let is_own = OWN.contains(&first) || parts.len() == 2 && matches!(last, "asgi" | "wsgi");
    if !SERVERS.contains(&program)
        || !parts.iter().all(|it| is_name(it))
        || !is_own
        || !matches!(launch.files, StartFiles::Project)
        || !launch.written.is_empty()
        || comes_from_elsewhere(launch, server)
    {
        return None;
    }
    let is_there =
        |path: &str| join(&launch.folder, path).is_none_or(|it| source.workspace.is_there(&it));
    let path = parts.join("/");
    // What is a folder here is a package without a file of its own, and what another folder has may
    // be there because that is the root.
    let is_found = |it: &str| is_there(&format!("{it}.py")) || is_there(it);
    if INSTALLERS.iter().any(|it| is_there(it))
        || is_found(&path)
        || is_there(&format!("{first}.py"))
        || ROOTS.iter().any(|root| is_found(&format!("{root}/{path}")))
        || source.try_module(module) != Opened::Missing
        || !has_code(source, &launch.folder, first)
        || is_made_elsewhere(source, &launch.folder, first)
    {
        return None;
    }
    let origin = Origin { inputs: Vec::new(), ..app.origin.clone() };
    let origin = Origin { source: "the command names it".to_owned(), ..origin };
    Some(Fact::known(Value::Text(module.to_owned()), origin))
}

/// Whether the code of the project is here, and none of it in the package of this name: who has a
/// Procfile alone shows nothing of what is beside it.
fn has_code(source: &Source<'_, '_>, folder: &str, first: &str) -> bool {
    let files = |name: &str| {
        let path = join(folder, name).unwrap_or_default();
        source.workspace.list(&path)
    };
    let is_code = |it: &String| it.ends_with(".py");
    let own = std::iter::once("").chain(ROOTS.iter().copied());
    files(first).is_empty() && own.flat_map(files).any(|it| is_code(&it))
}

/// Whether git leaves the module out, so that something makes it, or a buildpack takes another folder
/// for the root.
fn is_made_elsewhere(source: &mut Source<'_, '_>, folder: &str, first: &str) -> bool {
    let mut says = |name: &str, is_it: &dyn Fn(&str) -> bool| {
        join(folder, name).is_some_and(|it| source.workspace.open_if(&it, is_it).is_some())
    };
    says(".gitignore", &|text| text.lines().any(|it| it.contains(first) || it.trim() == "*.py"))
        || says("app.json", &|text| BUILDPACKS_OF_FOLDERS.iter().any(|it| text.contains(it)))
}

/// Whether modules may come from other folders than the one that the server starts in.
fn comes_from_elsewhere(launch: &Launch, server: &Server) -> bool {
    let is_set = |it: &&str| {
        server.settings.get(it).is_some_and(|it| {
            !matches!(it.value(), Some(Value::Null))
                && it.text() != Some("")
                && it.origin.span.is_some()
        })
    };
    SETTINGS.iter().any(is_set)
        || !launch.values_of(PLACES).is_empty()
        || matches!(launch.environment.get("PYTHONPATH"), Lookup::Set(_))
}

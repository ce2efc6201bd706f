//! The image of a service that Render builds from a Dockerfile.

use crate::document::Node;
use crate::draft::{Command, Context, ProcessDraft};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build};
use crate::images::published;
use crate::project::Lookup;
use crate::vocabulary;
use crate::workspace::{folders_up, join, parent};

/// What an image of others runs, where it is known and nothing else is said.
pub(super) fn published(service: &Node, process: &mut ProcessDraft) {
    let url = service.at(&["image", "url"]);
    let known = url.and_then(|it| published::command(it.as_str()?, it.span, None));
    if let (Command::Unknown(_), Some(known)) = (&process.command, known) {
        process.command = known;
    }
}

/// Adds what the image brings. `dockerCommand` takes the place of CMD and ENTRYPOINT, as Render's
/// dashboard says beside that field.
pub(super) fn apply(context: &mut Context<'_, '_>, service: &Node, process: &mut ProcessDraft) {
    let get = |key: &str| service.get(key).and_then(Node::as_str);
    let root = parent(context.manifest).to_owned();
    let name = get("dockerfilePath").unwrap_or("Dockerfile");
    // Docs have both paths relative to the root of the repository; services with a `rootDir` are
    // seen with paths from there. Where both would do, it is not known which is meant.
    let inside = |folder: &str, name: &str| join(folder, name.trim_start_matches('/'));
    let is_there =
        |folder: &&str| inside(folder, name).is_some_and(|it| context.workspace.is_file(&it));
    let mut folders = vec![root.as_str(), process.folder.as_str()];
    folders.dedup();
    let found: Vec<&str> = folders.into_iter().filter(is_there).collect();
    // A Blueprint need not lie in the root of its repository.
    let above = || {
        let mut found = folders_up(&root).skip(1).filter(is_there);
        found.next().filter(|_| found.next().is_none() && get("dockerfilePath").is_some())
    };
    let folder = match found.as_slice() {
        [folder] => *folder,
        [] => match above() {
            Some(folder) => folder,
            None => return not_there(context, service, &root, &process.folder),
        },
        _ => return,
    };
    let Some(path) = inside(folder, name) else { return };
    let Some(build_context) = inside(folder, get("dockerContext").unwrap_or(".")) else { return };
    // Render passes the variables of a service to its build.
    let arguments = |name: &str| match process.environment.get(name) {
        Lookup::Set(fact) => Some(fact.clone()),
        Lookup::Unset | Lookup::Unmentioned => None,
    };
    let build = Build { path: &path, context: &build_context, target: None, arguments: &arguments };
    let Some(image) = dockerfile::image(context, &build) else { return };
    process.command = match &process.command {
        Command::Unknown(_) => image.command(context.acc),
        written => image.command_alone(written.clone()),
    };
    process.environment = image.environment(&process.environment);
    if let Some(signal) = &image.stop_signal {
        let signal = dockerfile::undocumented_signal(signal, "shutdown.signal");
        process.facts.set(vocabulary::SHUTDOWN_SIGNAL, signal);
    }
    image.facts(&process.environment, &mut process.facts);
    process.folder = image.folder;
}

/// A Dockerfile that is in none of the folders that its path may start from. One in the folder of
/// the build is left alone: whether Render finds it there is not documented.
fn not_there(context: &mut Context<'_, '_>, service: &Node, root: &str, folder: &str) {
    let written = service.get("dockerfilePath");
    let Some((node, name)) = written.and_then(|it| Some((it, it.as_str()?))) else { return };
    let is_in = |folder: Option<String>| {
        let path = folder.and_then(|it| join(&it, name.trim_start_matches('/')));
        path.is_some_and(|it| context.workspace.is_file(&it))
    };
    let build = service.get("dockerContext").and_then(Node::as_str).unwrap_or(".");
    let build = build.trim_start_matches('/');
    if is_in(join(root, build)) || is_in(join(folder, build)) {
        return;
    }
    let named = Named { span: node.span, name: Some(name), folder: root, may_be_above: true };
    context.acc.extend(missing(context.workspace, &named));
}

//! The image of a fly.toml: what it brings to every process group.
//!
//! Sources: flyctl `internal/build/imgsrc`, docs.fly.io/reference/configuration (`[build]`).

use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::draft::{Command, Context};
use crate::fact::{Fact, Origin, Unknown, Value};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build, Image};
use crate::images::published;
use crate::manifests::{own_image, read};
use crate::project::{Environment, Facts};
use crate::vocabulary;
use crate::workspace::{Workspace, folders_up, join, parent};

use super::deployed::Deployed;

/// Keys of `[build]` that stand for another way to an image.
const OTHER_WAYS: [&str; 4] = ["image", "builder", "buildpacks", "builtin"];

/// The image that the Dockerfile makes. `None` when there is none, or the image is another.
pub(super) fn of(
    context: &mut Context<'_, '_>,
    root: &Node,
    folder: &str,
    deployed: Option<&Deployed>,
) -> Option<Image> {
    let build = root.get("build");
    let get = |key: &str| build.and_then(|it| it.get(key));
    if let Some(image) = get("image").and_then(Node::as_str) {
        return own_image::labelled(context, image);
    }
    if OTHER_WAYS.iter().any(|it| get(it).is_some()) {
        return None;
    }
    if let Some(node) = get("dockerfile")
        && let Some(name) = node.as_str()
    {
        let named = Named { span: node.span, name: Some(name), folder, may_be_above: true };
        context.acc.extend(missing(context.workspace, &named));
    }
    let path = match get("dockerfile").and_then(Node::as_str) {
        Some(name) if name.contains("://") => return None,
        // A path from the root of the file system is joined like any other.
        Some(name) => join(folder, name.trim_start_matches('/'))?,
        None => match (deployed, deployed.and_then(Deployed::dockerfile)) {
            (_, Some(path)) => path,
            (Some(deployed), None) => in_folder(context.workspace, &deployed.folder)?,
            (None, None) => match in_folder(context.workspace, folder) {
                Some(path) => path,
                None => return above(context, folder),
            },
        },
    };
    // The context is the folder that `fly deploy` is started in: the manifest's, unless the
    // Dockerfile lies outside of it.
    let inside = folder.is_empty() && !path.starts_with("..")
        || path.strip_prefix(folder).is_some_and(|it| it.starts_with('/'));
    let context_folder = match deployed {
        Some(deployed) => deployed.folder.as_str(),
        None if inside => folder,
        None => parent(&path),
    };
    let arguments = |name: &str| {
        let node = get("args")?.get(name)?;
        let text = read::scalar_text(node)?;
        let origin = Origin::written(node.span, format!("`{name}` in `[build.args]`"));
        Some(Fact::known(Value::Text(text), origin))
    };
    let target = get("build-target").and_then(Node::as_str);
    let build = Build { path: &path, context: context_folder, target, arguments: &arguments };
    dockerfile::image(context, &build)
}

/// The Dockerfile of a folder.
fn in_folder(workspace: &Workspace<'_>, folder: &str) -> Option<String> {
    let mut names = ["Dockerfile", "dockerfile"].iter().filter_map(|it| join(folder, it));
    names.find(|it| workspace.is_file(it))
}

/// The image of the nearest Dockerfile above: `fly deploy -c deploy/fly.toml` builds the one of the
/// folder that it is started in.
fn above(context: &mut Context<'_, '_>, folder: &str) -> Option<Image> {
    let up = folders_up(folder).skip(1);
    let mut found = up.filter_map(|it| Some((in_folder(context.workspace, it)?, it.to_owned())));
    let (path, folder) = found.next()?;
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    let reason = format!("{name} is deployed from the folder of `{path}`, as none is beside it");
    let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
    let mut image = dockerfile::image(context, &build)?;
    image.assume(reason);
    Some(image)
}

/// What runs: `written` takes the place of CMD, and the entry point stays.
pub(super) fn command(
    acc: &mut Vec<Diagnostic>,
    manifest: &str,
    image: Option<&Image>,
    root: &Node,
    written: Option<Command>,
) -> Command {
    let experimental = root.get("experimental");
    if let Some(key) =
        ["entrypoint", "exec"].iter().find(|it| experimental.is_some_and(|e| e.get(it).is_some()))
    {
        let reason = format!("`{key}` of `[experimental]` replaces the image's entry point");
        return Command::Unknown(Unknown::because(reason));
    }
    match (image, written) {
        (Some(image), Some(written)) => image.command_behind_entrypoint(acc, written),
        (Some(image), None) => image.command(acc),
        (None, Some(written)) => written,
        (None, None) => {
            let named = root.at(&["build", "image"]);
            let known = named.and_then(|it| published::command(it.as_str()?, it.span, None));
            let name = manifest.rsplit('/').next().unwrap_or(manifest);
            known.unwrap_or_else(|| {
                Command::Unknown(Unknown::new(
                    format!("{name} names no command, so the image's own runs"),
                    format!("`processes` in {name}"),
                ))
            })
        }
    }
}

/// The variables of the image below those of fly.toml.
pub(super) fn environment(image: Option<&Image>, over: Environment) -> Environment {
    match image {
        Some(image) => image.environment(&over),
        None => over,
    }
}

/// What the image says of itself. Whether its `STOPSIGNAL` counts beside a platform's default is
/// not documented.
pub(super) fn facts(
    image: Option<&Image>,
    root: &Node,
    environment: &Environment,
    facts: &mut Facts,
) {
    if let Some(image) = image {
        image.facts(environment, facts);
    }
    let signal = image.and_then(|it| it.stop_signal.as_ref());
    if let Some(signal) = signal.filter(|_| root.get("kill_signal").is_none()) {
        facts.set(
            vocabulary::SHUTDOWN_SIGNAL,
            dockerfile::undocumented_signal(signal, "kill_signal"),
        );
    }
}

//! The images of a heroku.yml: what each brings to the processes that run in it.
//!
//! Source: <https://devcenter.heroku.com/articles/build-docker-images-heroku-yml>

use crate::document::{Entry, Node};
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, Value};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build};
use crate::manifests::read;
use crate::workspace::{join, parent};

/// The name of the image that an entry of `run`, or `release`, runs in.
pub(super) fn name(entry: &Entry) -> &str {
    let named = entry.value.get("image").and_then(Node::as_str);
    named.unwrap_or(&entry.key.value)
}

/// The image that a process runs in.
#[derive(Clone, Copy)]
pub(super) struct Used<'a> {
    /// Its name under `build.docker`.
    pub(super) name: &'a str,
    /// Whether it decides what runs: the process has no command of its own.
    pub(super) is_alone: bool,
}

/// The file of an image of `build.docker`: its name, or a table with it and a stage:
/// <https://devcenter.heroku.com/changelog-items/1524>.
fn file(docker: &Node) -> Option<&Node> {
    let node = if docker.as_str().is_some() { docker } else { docker.get("dockerfile")? };
    node.as_str().is_some().then_some(node)
}

/// Images whose Dockerfile is not there. Paths start from the file's own folder, the root of the
/// repository.
pub(super) fn not_there(context: &mut Context<'_, '_>, root: &Node) {
    let folder = parent(context.manifest);
    for entry in root.at(&["build", "docker"]).map(Node::entries).unwrap_or_default() {
        let Some(node) = file(&entry.value) else { continue };
        let named = Named { span: node.span, name: node.as_str(), folder, may_be_above: true };
        context.acc.extend(missing(context.workspace, &named));
    }
}

/// Adds what the image brings. A command of heroku.yml takes the place of CMD and is given to a
/// shell; whether an entry point stays in front of it is not documented, so it is left out only
/// where there is none.
pub(super) fn apply(
    context: &mut Context<'_, '_>,
    root: &Node,
    used: Used<'_>,
    process: &mut ProcessDraft,
) {
    let Some(docker) = root.at(&["build", "docker", used.name]) else { return };
    let Some(dockerfile) = file(docker).and_then(Node::as_str) else { return };
    let target = docker.get("target").and_then(Node::as_str);
    let Some(path) = join(parent(context.manifest), dockerfile) else { return };
    let argument = |name: &str| {
        let node = root.at(&["build", "config", name])?;
        let text = read::scalar_text(node)?;
        let origin = Origin::written(node.span, format!("`{name}` in `build.config`"));
        Some(Fact::known(Value::Text(text), origin))
    };
    // The folder of the Dockerfile is the build context, and nothing can change that.
    let build = Build { path: &path, context: parent(&path), target, arguments: &argument };
    let Some(image) = dockerfile::image(context, &build) else { return };
    process.command = match used.is_alone {
        true => image.command(context.acc),
        false => image.command_behind_entrypoint(context.acc, process.command.clone()),
    };
    process.environment = image.environment(&process.environment);
    image.facts(&process.environment, &mut process.facts);
    process.folder = image.folder;
}

//! What a service of a compose file runs, in which image, and where.

use super::environment;
use super::start::Start;
use super::volumes::{configs, mounted, mounted_folder};
use super::{check_words, given, images, interpolate, kind, own};
use crate::document::Node;
use crate::draft::{Command, Context, ProcessDraft};
use crate::fact::{Fact, Unknown};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build, Image};
use crate::images::published;
use crate::manifests::own_image::unseen;
use crate::vocabulary;
use crate::workspace::{ImageFiles, is_within, join};

/// Whether a service runs code of the project in an image of its language that nobody here builds:
/// `image: python:3.12`, with the project mounted to where the command runs, or looks.
pub(super) fn runs_what_is_mounted(service: &Node, folder: &str) -> bool {
    let image = service.get("image").and_then(Node::as_str);
    let is_of_language = image
        .filter(|it| images::program(it).is_none())
        .and_then(dockerfile::tools::interpreter)
        .is_some_and(|it| ["python3", "node", "irb"].contains(&it));
    if !is_of_language || service.get("build").is_some() {
        return false;
    }
    let given = |key: &str| service.get(key).map(kind::plain).unwrap_or_default();
    let words = [given("entrypoint"), given("command")].concat();
    let start = service.get("working_dir").and_then(Node::as_str);
    !words.is_empty()
        && mounted(service, folder).0.iter().any(|it| {
            start.is_some_and(|start| is_within(&it.to, start))
                || words.iter().any(|word| word.contains(&it.to))
        })
}

/// `command` takes the place of CMD, and `entrypoint` that of both.
pub(super) fn read(
    context: &mut Context<'_, '_>,
    service: &Node,
    from: &Start,
    process: &mut ProcessDraft,
) {
    let variables = environment::around(context, process.span);
    let mut assumed = Vec::new();
    let mut given = |key: &str| given::command(service.get(key)?, &variables, &mut assumed);
    let command = given("command");
    let entrypoint = given("entrypoint");
    let build = service.get("build");
    let get = |key: &str| build.and_then(|it| it.get(key)).and_then(Node::as_str);
    let folder = build.and_then(Node::as_str).or_else(|| get("context")).unwrap_or(".");
    let is_deployed =
        process.facts.get(vocabulary::PURPOSE).and_then(Fact::text) == Some("production");
    if let (Some(build), Some(folder), true) = (
        build,
        join(&process.folder, folder).filter(|it| !it.contains('$') && !it.starts_with("..")),
        is_deployed && !folder.contains("://"),
    ) && let Some((span, name)) = own::dockerfile(service, build)
    {
        let named = Named { span, name, folder: &folder, may_be_above: false };
        context.acc.extend(missing(context.workspace, &named));
    }
    let start = service.get("working_dir").and_then(Node::as_str);
    let start = start.map(|it| interpolate::fill(it, &variables).text().map(str::to_owned));
    let in_mount =
        start.as_ref().and_then(|it| mounted_folder(service, it.as_ref()?, &process.folder));
    let found = join(&process.folder, folder).and_then(|folder| {
        if runs_what_is_mounted(service, &process.folder) {
            let name = service.get("image")?.as_text()?;
            return Some(dockerfile::published(context, name, &process.folder));
        }
        // The Dockerfile of the folder is that of another image.
        let build = build?;
        let path = join(&folder, get("dockerfile").unwrap_or("Dockerfile"))?;
        let arguments = |name: &str| environment::argument(build, name);
        let build =
            Build { path: &path, context: &folder, target: get("target"), arguments: &arguments };
        let start = start.as_ref().filter(|_| in_mount.is_none()).and_then(Option::as_deref);
        dockerfile::image_started_in(context, &build, start)
    });
    if let Some(program) = found.as_ref().and_then(|it| images::program(it.base()?))
        && command.is_none()
        && entrypoint.is_none()
        && found.as_ref().is_some_and(Image::runs_as_base)
    {
        let span = build.map_or(process.span, |it| it.span);
        images::of_program(program, span, &mut process.facts);
        process.command = Command::None;
        return;
    }
    let Some(mut image) = found else {
        let named = service.get("image").filter(|_| build.is_none() && entrypoint.is_none());
        let known = named.and_then(|it| published::command(it.as_str()?, it.span, command.clone()));
        // An entry point of the image that is not known may do anything with a command.
        if let Some(known) = known {
            process.command = known;
        } else if own::says_its_program(service) {
            let image = service.get("image").and_then(Node::as_str).unwrap_or_default();
            let start = start.as_ref().and_then(Option::as_deref);
            let mut files = ImageFiles::unseen(image, start, &process.folder);
            let (mounts, mut hidden) = mounted(service, &process.folder);
            hidden.extend(configs(service).map(|(_, to)| to));
            files.mount(mounts, &hidden);
            process.folder.clone_from(&files.folder);
            let whole = entrypoint.is_some();
            let (words, command) = match (entrypoint, command) {
                (Some(Command::Words { words, .. }), Some(command)) => (words, command),
                (Some(alone), None) | (None, Some(alone)) => (Vec::new(), alone),
                _ => {
                    let reason = "`entrypoint` is a text, and `command` stands behind its words";
                    (Vec::new(), Command::Unknown(Unknown::because(reason)))
                }
            };
            process.command = unseen::command(image, words, command, (whole, files));
        } else if command.is_some() || entrypoint.is_some() {
            let name = get("dockerfile").unwrap_or("Dockerfile");
            let reason =
                format!("what the image does with the command is not known without `{name}`");
            process.command = Command::Unknown(Unknown::because(reason));
        }
        return;
    };
    if service.get("volumes").or_else(|| service.get("configs")).is_some() {
        let (mounts, mut hidden) = mounted(service, &process.folder);
        hidden.extend(configs(service).map(|(_, to)| to));
        image.mount(mounts, &hidden, start.as_ref().and_then(Option::as_deref));
    }
    from.assumed.iter().for_each(|it| image.assume(it.clone()));
    process.command = match (entrypoint, command) {
        (Some(entrypoint), None) => image.command_alone(entrypoint),
        (None, Some(command)) => image.command_behind_entrypoint(context.acc, command),
        (None, None) => image.command(context.acc),
        (Some(entrypoint), Some(command)) => image.command_behind(context.acc, entrypoint, command),
    };
    if let Some(None) = start {
        let reason = "compose fills in variables of `working_dir`";
        process.command = Command::Unknown(Unknown::because(reason));
    }
    if let Command::Image(command) = &mut process.command {
        command.assumed.extend(assumed);
    }
    process.environment = image.environment(&process.environment);
    image.facts(&process.environment, &mut process.facts);
    // What stops the container sends the image's signal, where the service names none.
    if let (Some(signal), None) = (&image.stop_signal, service.get("stop_signal"))
        && process.facts.get(vocabulary::SHUTDOWN_SIGNAL).is_some()
    {
        process.facts.set(vocabulary::SHUTDOWN_SIGNAL, signal.clone());
    }
    let missing = match service.get("healthcheck") {
        None => {
            image.health_check.iter().for_each(|(id, it)| process.facts.set(*id, it.clone()));
            image.missing_own_tool()
        }
        Some(check) => check_words(check).find_map(|it| image.missing_tool(it)),
    };
    if let Some(missing) = missing {
        process.facts.set(vocabulary::HEALTH_CHECK_MISSING_TOOL, missing);
    }
    process.folder = in_mount.unwrap_or(image.folder);
}

//! What the main container of a workload starts: `image`, `entrypoint` and `command`.
//!
//! Source: `BuildConfig` in internal/pkg/manifest/workload.go.

use super::{Type, Workload};
use crate::document::{Node, NodeKind, Text};
use crate::draft::{Command, Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile::missing::{Named, missing};
use crate::images::dockerfile::{self, Build, Image};
use crate::images::health;
use crate::manifests::own_image::container;
use crate::manifests::own_image::{self, Started, Written};
use crate::manifests::{app_runner, read};
use crate::project::Facts;
use crate::vocabulary as v;
use crate::workspace::{join, parent};

/// Sets the command of a workload, and what its image brings.
pub(super) fn start(
    context: &mut Context<'_, '_>,
    workload: &Workload<'_>,
    process: &mut ProcessDraft,
) {
    let Some(image) = workload.get("image") else { return };
    let (entrypoint, command) = match workload.what {
        Type::RequestDriven => {
            let text = workload.get("command").and_then(Node::as_text);
            (None, text.filter(|it| !it.value.trim().is_empty()).map(app_runner::words))
        }
        _ => {
            let words = |key: &str| workload.get(key).and_then(words);
            (words("entrypoint"), words("command"))
        }
    };
    if let Some(build) = image.get("build") {
        process.command =
            Command::Unknown(Unknown::because("the Dockerfile is not in this project"));
        let Some(made) = built(context, build, &workload.folder) else { return };
        let check = image.get("healthcheck").filter(|_| workload.what != Type::RequestDriven);
        if let Some(missing) = check.and_then(check_text).and_then(|it| made.missing_tool(&it)) {
            process.facts.set(v::HEALTH_CHECK_MISSING_TOOL, missing);
        }
        process.command = of_built(context, workload.what, &made, (entrypoint, command));
        made.bring(process);
        return;
    }
    let Some(location) = image.get("location") else { return };
    let key = if workload.what == Type::RequestDriven { "command" } else { "entrypoint" };
    let has_words = command.is_some() && entrypoint.is_none();
    process.command = own_image::not_known(has_words.then_some("command"), key);
    let is_own = location.as_str().is_some_and(|it| {
        let names = vec![workload.name()];
        own_image::candidate(std::iter::once(own_image::Named { image: it, names })).is_some()
    });
    in_registry(context, (location, is_own), (entrypoint, command), process);
}

/// What starts in an image that is built here.
pub(super) fn of_built(
    context: &mut Context<'_, '_>,
    what: Type,
    made: &Image,
    words: (Option<Command>, Option<Command>),
) -> Command {
    match words {
        (None, None) => made.command(context.acc),
        // What App Runner does with an entry point is documented nowhere.
        (None, Some(_)) if what == Type::RequestDriven && made.has_entrypoint() => {
            let reason = "App Runner does not say what it does with the ENTRYPOINT of the image";
            Command::Unknown(Unknown::because(reason))
        }
        (None, Some(command)) => made.command_behind_entrypoint(context.acc, command),
        (Some(entrypoint), None) => made.command_alone(entrypoint),
        (Some(entrypoint), Some(command)) => made.command_behind(context.acc, entrypoint, command),
    }
}

/// What starts in an image of a registry; whether anything is known of it.
pub(super) fn in_registry(
    context: &mut Context<'_, '_>,
    (location, is_own): (&Node, bool),
    (entrypoint, command): (Option<Command>, Option<Command>),
    process: &mut ProcessDraft,
) -> bool {
    let texts = [&entrypoint, &command].into_iter().flatten().flat_map(texts).collect();
    let own = location.as_str().map(|image| Started { image, texts });
    let is_whole = entrypoint.is_some();
    let words = match (entrypoint, command) {
        (None, words) | (words, None) => words,
        (Some(Command::Words { words, span }), Some(Command::Words { words: more, .. })) => {
            Some(Command::Words { words: [words, more].concat(), span })
        }
        (Some(_), Some(_)) => {
            let reason = "`entrypoint` is a text, and `command` stands behind its words";
            Some(Command::Unknown(Unknown::because(reason)))
        }
    };
    let named =
        container::Named { image: location, own: own.as_ref(), all: own.as_slice(), is_own };
    Written { words, is_whole }.start(context, &named, process)
}

/// The texts of a command, for those who look for names in them.
fn texts(command: &Command) -> Vec<String> {
    match command {
        Command::Words { words, .. } => words.iter().map(|it| it.value.clone()).collect(),
        Command::Exec(text) => vec![text.value.clone()],
        _ => Vec::new(),
    }
}

/// A list of words, or a text that is split into words and run without a shell.
pub(super) fn words(node: &Node) -> Option<Command> {
    match &node.kind {
        NodeKind::String(text) if text.value.trim().is_empty() => None,
        // Copilot fills in `${NAME}` before it reads the text.
        NodeKind::String(text) if text.value.contains("${") => {
            Some(Command::Unknown(Unknown::because("Copilot fills in variables of the command")))
        }
        NodeKind::String(text) => Some(Command::Exec(text.clone())),
        NodeKind::List(nodes) if !nodes.is_empty() => {
            let words: Option<Vec<Text>> = nodes.iter().map(|it| it.as_text().cloned()).collect();
            let is_open = |it: &Vec<Text>| it.iter().any(|it| it.value.contains("${"));
            Some(match words.filter(|it| !is_open(it)) {
                Some(words) => Command::Words { words, span: node.span },
                None => Command::Unknown(Unknown::because("a word of the command is not known")),
            })
        }
        _ => None,
    }
}

/// The image of `build`: the path of a Dockerfile, whose folder it sees, or a table.
pub(super) fn built(context: &mut Context<'_, '_>, build: &Node, root: &str) -> Option<Image> {
    let key = |key: &str| build.get(key).and_then(Node::as_str).filter(|it| !it.is_empty());
    let file = build.as_str().or_else(|| key("dockerfile"));
    let span = build.get("dockerfile").map_or(build.span, |it| it.span);
    let sees = key("context");
    let folder = match (sees, file) {
        (Some(sees), _) => join(root, sees)?,
        (None, Some(file)) => parent(&join(root, file)?).to_owned(),
        (None, None) => root.to_owned(),
    };
    let path = match file {
        Some(file) => join(root, file)?,
        None => join(&folder, "Dockerfile")?,
    };
    let name = Some(file.unwrap_or("Dockerfile"));
    let from = if file.is_some() { root } else { folder.as_str() };
    let named = Named { span, name, folder: from, may_be_above: false };
    context.acc.extend(missing(context.workspace, &named));
    let arguments = |name: &str| {
        let node = build.at(&["args", name])?;
        let origin = Origin::written(node.span, format!("`{name}` in `args`"));
        Some(match read::scalar_text(node).filter(|it| !it.contains("${")) {
            Some(text) => Fact::known(Value::Text(text), origin),
            None => Fact::unknown(Unknown::because("Copilot fills in the argument"), origin),
        })
    };
    let target = key("target");
    dockerfile::image(
        context,
        &Build { path: &path, context: &folder, target, arguments: &arguments },
    )
}

/// The command that Copilot checks a container with where the manifest gives none.
/// Source: `NewDefaultContainerHealthCheck`.
const USUAL_CHECK: &str = "curl -f http://localhost/ || exit 1";

/// The text of the command that checks a container.
fn check_text(check: &Node) -> Option<Text> {
    match check.get("command").map(Node::elements) {
        Some([first, text]) if first.as_str() == Some("CMD-SHELL") => text.as_text().cloned(),
        Some([first, words @ ..]) if first.as_str() == Some("CMD") => {
            let words: Option<Vec<Text>> = words.iter().map(|it| it.as_text().cloned()).collect();
            let words = words.filter(|it| !it.is_empty())?;
            let span = words.first()?.span().cover(words.last()?.span());
            let text = words.iter().map(|it| it.value.as_str()).collect::<Vec<_>>().join(" ");
            Some(Text::new(text, span, Vec::new()))
        }
        Some(_) => None,
        None => is_usual(check).then(|| Text::new(USUAL_CHECK, check.span, Vec::new())),
    }
}

/// Whether a check is made with the usual command: a table that names none.
fn is_usual(check: &Node) -> bool {
    !check.entries().is_empty() && check.get("command").is_none()
}

/// What the command of the container's check says: the port that it asks, and whether an answer
/// that is an error counts as well.
pub(super) fn check(check: &Node, facts: &mut Facts) {
    let Some(text) = check_text(check) else { return };
    if let Some(mut port) = health::port(&text.value, text.span()) {
        if is_usual(check) {
            let source = format!("Copilot's own command, `{USUAL_CHECK}`, as the check names none");
            port.origin = Origin { kind: OriginKind::Default, source, ..port.origin };
        }
        facts.set(v::HEALTH_CHECK_PORT, port);
    }
    if let Some(deaf) = health::accepts_errors(&text.value, text.span()) {
        facts.set(v::HEALTH_CHECK_ACCEPTS_ERRORS, deaf);
    }
}

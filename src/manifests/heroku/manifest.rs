//! heroku.yml: processes of an app that Heroku builds from Dockerfiles.
//!
//! The file counts on the `container` stack alone; there, a Procfile is not read. Nothing but PORT
//! is set for a process.
//!
//! Source: <https://devcenter.heroku.com/articles/build-docker-images-heroku-yml>

use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::{procfile, read};
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::parent;

use super::{AppJson, PLATFORM, Runtime, image};

/// Lowers a heroku.yml.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let app_json = AppJson::open(context);
    let stack = app_json.as_ref().and_then(AppJson::stack).and_then(Node::as_str);
    if stack.is_some_and(|it| it != "container") {
        return Vec::new();
    }
    let drafts = processes(root, parent(context.manifest));
    if drafts.is_empty() {
        return Vec::new();
    }
    image::not_there(context, root);
    let (images, mut processes): (Vec<image::Used<'_>>, Vec<_>) = drafts.into_iter().unzip();
    let runtime = match root.at(&["build", "languages"]).or_else(|| root.at(&["build", "packages"]))
    {
        Some(_) => Runtime::Unknown,
        None => Runtime::Image,
    };
    super::complete(context, app_json.as_ref(), runtime, &mut processes);
    for (process, image) in processes.iter_mut().zip(images) {
        config(root, &mut process.environment);
        image::apply(context, root, image, process);
    }
    let mut facts = Facts::new();
    let span = root.entries().first().map_or(root.span, |it| it.key.span);
    let platform =
        Fact::known(Value::Text(PLATFORM.to_owned()), Origin::written(span, "heroku.yml"));
    facts.set(vocabulary::PLATFORM, platform);
    let setup = root.at(&["setup", "addons"]).map(Node::elements).unwrap_or_default();
    let addons = match setup {
        [] => app_json.as_ref().map(AppJson::addons).unwrap_or_default(),
        setup => setup,
    };
    super::database(context, addons, &mut facts);
    super::store(context, addons, &mut facts);
    let span = Span::start_of(document.file);
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// `release`, the processes of `run`, and those images that run what they were built to run; each
/// with its image.
fn processes<'n>(root: &'n Node, folder: &str) -> Vec<(image::Used<'n>, ProcessDraft)> {
    let run = root.get("run").map(Node::entries).unwrap_or_default();
    let written = root.entry("release").into_iter().chain(run);
    let written = written.map(|it| {
        let name = image::name(it);
        let command = command(it);
        let used = image::Used { name, is_alone: command.is_none() };
        let command = command.unwrap_or_else(|| image_command(root, name));
        (used, process(it, command, folder))
    });
    let mut processes: Vec<_> = written.take(PROCESSES_MAX + 1).collect();
    for image in root.at(&["build", "docker"]).map(Node::entries).unwrap_or_default() {
        let name = image.key.value.as_str();
        if run.iter().all(|it| it.key.value != name) && name != "release" {
            let used = image::Used { name, is_alone: true };
            processes.push((used, process(image, image_command(root, name), folder)));
        }
    }
    processes
}

fn process(entry: &Entry, command: Command, folder: &str) -> ProcessDraft {
    let mut facts = Facts::new();
    let name = &entry.key;
    let kind = Fact::known(
        Value::Text(procfile::kind(&name.value).to_owned()),
        Origin::written(name.span, "name of the process"),
    );
    facts.set(vocabulary::KIND, kind);
    ProcessDraft {
        name: Spanned::new(name.value.clone(), name.span),
        span: entry.span(),
        command,
        folder: folder.to_owned(),
        environment: Environment::new(),
        facts,
    }
}

/// The command of an entry: a text, or `command` with a list of one text. `None` where the image
/// decides.
fn command(entry: &Entry) -> Option<Command> {
    let node = entry.value.get("command").unwrap_or(&entry.value);
    let one = |elements: &[Node]| -> Option<Text> {
        let [element] = elements else { return None };
        element.as_text().cloned()
    };
    Some(match &node.kind {
        NodeKind::String(text) => Command::Shell(text.clone()),
        NodeKind::List(elements) => match one(elements) {
            Some(text) => Command::Shell(text),
            None => Command::Unknown(Unknown::because(
                "how Heroku puts several lines of `command` together is not documented",
            )),
        },
        _ => return None,
    })
}

/// The command that is in the image of a process.
fn image_command(root: &Node, image: &str) -> Command {
    let dockerfile = root.at(&["build", "docker", image]).and_then(Node::as_str);
    let reason = match dockerfile {
        Some(path) => format!("the command is in the image of `{path}`"),
        None => "the command is in the image".to_owned(),
    };
    Command::Unknown(Unknown::new(reason, format!("`{image}` under `run` in heroku.yml")))
}

/// `setup.config`: variables that are set when the app is made.
fn config(root: &Node, environment: &mut Environment) {
    for entry in root.at(&["setup", "config"]).map(Node::entries).unwrap_or_default() {
        let Some(text) = read::scalar_text(&entry.value) else { continue };
        let origin = Origin {
            kind: OriginKind::Env,
            span: Some(entry.value.span),
            source: format!("`{}` in `setup.config` of heroku.yml", entry.key.value),
            inputs: Vec::new(),
        };
        environment.set(&entry.key.value, Fact::known(Value::Text(text), origin));
    }
}

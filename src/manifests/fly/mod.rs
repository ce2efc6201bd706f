//! fly.toml, also as JSON or YAML, resolved as flyctl resolves it.
//!
//! Sources: flyctl `internal/appconfig` at ad0172fa (2026-08-21), docs.fly.io/reference/configuration.

mod deployed;
mod groups;
mod image;
mod machine;
mod patch;
mod service;

use crate::commands;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node, NodeKind};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::steps::HOLE;
use crate::manifests::{catalog, npm, read};
use crate::project::{Environment, Facts};
use crate::quantity::go;
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::parent;

pub(crate) use deployed::is_deployed_with;
pub(crate) use groups::Groups;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "fly";

/// Lowers a fly.toml: one process for each process group, and one for the release command.
pub fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let mut root = patch::patched(&document.root);
    let deployed = deployed::of(context);
    if let Some(deployed) = &deployed {
        deployed.apply(&mut root);
    }
    let root = &root;
    let folder = parent(context.manifest).to_owned();
    let image = image::of(context, root, &folder, deployed.as_ref());
    let own = environment(context, root);
    let environment = image::environment(image.as_ref(), own);
    let folder = image.as_ref().map_or(folder, |it| it.folder.clone());
    let groups = Groups::of(root);
    check_mounts(context.acc, root, &groups);
    // flyctl splits it, although it only runs when somebody asks for a console.
    if let Some(command) = root.get("console_command").and_then(Node::as_text) {
        commands::check_split(context.acc, command);
    }
    let mut processes = Vec::new();
    // One more than there is room for, so that it is said what is left out.
    for group in groups.names().iter().take(PROCESSES_MAX + 1) {
        let mut facts = machine::facts(context, root, &group.value);
        facts.extend(service::facts(context, root, &groups, group));
        facts.extend(shutdown(context, root));
        image::facts(image.as_ref(), root, &environment, &mut facts);
        volumes(root, &group.value, &mut facts);
        processes.push(ProcessDraft {
            span: group_span(root, group, document),
            command: image::command(
                context.acc,
                context.manifest,
                image.as_ref(),
                root,
                groups.command(root, &group.value),
            ),
            name: group.clone(),
            folder: folder.clone(),
            environment: of_group(&environment, group),
            facts,
        });
    }
    built_by_buildpack(context, root, image.is_none(), &mut processes);
    let release = release(context, root, &groups, &folder, &environment);
    processes.extend(release.map(|mut it| {
        it.command =
            image::command(context.acc, context.manifest, image.as_ref(), root, Some(it.command));
        it
    }));
    let app = deployed.as_ref().and_then(|it| it.value(&["app", "a"])).map(|it| &it.value);
    let app = app.filter(|it| !it.contains(HOLE)).map(String::as_str);
    let app = app.or_else(|| root.get("app").and_then(Node::as_str));
    let name = app.unwrap_or_default().to_owned();
    let span = root.entry("app").map_or(Span::start_of(document.file), |it| it.span());
    let mut facts = Facts::new();
    facts.set(vocabulary::PLATFORM, platform(span));
    if let Some(region) = root.get("primary_region").filter(|it| it.as_str().is_some()) {
        facts.set(vocabulary::REGION, read::written(region, key(root, region, "primary_region")));
    }
    vec![DeploymentDraft { name, span, facts, processes }]
}

/// Where a buildpack builds the image, its process `web` runs, unless the file names a command.
///
/// Source: <https://fly.io/docs/reference/builders/>
fn built_by_buildpack(
    context: &mut Context<'_, '_>,
    root: &Node,
    has_no_image: bool,
    processes: &mut [ProcessDraft],
) {
    let (true, Some(_), [process]) = (has_no_image, root.at(&["build", "builder"]), processes)
    else {
        return;
    };
    if let Command::Unknown(_) = process.command
        && let Some(command) = npm::web(context, &process.folder)
    {
        process.command = command;
    }
}

/// `[mounts]` of a process group: its own, and those that name no group.
fn mounts<'a>(root: &'a Node, group: &str) -> Vec<&'a Node> {
    let is_own = |it: &&Node| groups::named_groups(it).is_none_or(|names| names.contains(&group));
    groups::tables(root, "mounts").into_iter().filter(is_own).collect()
}

/// A machine has one volume.
///
/// Source: flyctl `internal/appconfig/validation.go`, `validateMounts`.
fn check_mounts(acc: &mut Vec<Diagnostic>, root: &Node, groups: &Groups) {
    let mut said = Vec::new();
    for group in groups.names() {
        let own = mounts(root, &group.value);
        let [first, second, ..] = own.as_slice() else { continue };
        if said.contains(&second.span) {
            continue;
        }
        said.push(second.span);
        let message = format!("the process group `{}` has {} mounts", group.value, own.len());
        let label = Label::new(second.span, "flyctl refuses a second one");
        acc.push(
            Diagnostic::new("contradicting-keys", Severity::Error, message, label)
                .with_related(first.span, "the first mount")
                .about(format!("mounts {}", group.value))
                .with_help("keep one mount for each process group: a machine has one volume"),
        );
    }
}

fn volumes(root: &Node, group: &str, facts: &mut Facts) {
    let mounts = mounts(root, group);
    let paths: Vec<&Node> = mounts.iter().filter_map(|it| it.get("destination")).collect();
    read::mounted(facts, &paths, "`destination` of the mount");
}

fn platform(span: Span) -> Fact {
    Fact::known(Value::Text(PLATFORM.to_owned()), Origin::written(span, "the file's format"))
}

/// The place of a group: its entry, or what stands nearest to it when the group is implied.
fn group_span(root: &Node, group: &Spanned<String>, document: &Document) -> Span {
    if group.span != document.root.span {
        return group.span;
    }
    let nearest = ["http_service", "services", "vm", "app"];
    let entry = nearest.iter().find_map(|key| root.entry(key));
    entry.map_or(Span::start_of(document.file), |it| it.key.span)
}

/// What Fly.io sets, and `[env]`: numbers and booleans become text, as flyctl does it.
fn environment(context: &Context<'_, '_>, root: &Node) -> Environment {
    let mut environment = Environment::new();
    let fly = context.catalog.platform(PLATFORM);
    for (name, fact) in fly.map(|it| catalog::injected(it, "web", None, None)).unwrap_or_default() {
        environment.set(name, fact);
    }
    if let Some(app) = root.get("app").filter(|it| it.as_str().is_some()) {
        environment.set("FLY_APP_NAME", read::written(app, "`app`"));
    }
    for entry in root.get("env").map(Node::entries).unwrap_or_default() {
        let origin = Origin {
            kind: OriginKind::Env,
            span: Some(entry.value.span),
            source: format!("`{}` in {}", entry.key.value, key(root, &entry.value, "[env]")),
            inputs: Vec::new(),
        };
        if let Some(text) = read::scalar_text(&entry.value) {
            environment.set(&entry.key.value, Fact::known(Value::Text(text), origin));
        }
    }
    if let Some(region) = root.get("primary_region").filter(|it| it.as_str().is_some()) {
        let source = key(root, region, "primary_region");
        environment.set("PRIMARY_REGION", read::written(region, source));
    }
    environment
}

/// The same in the machines of one group, which have its name.
fn of_group(environment: &Environment, group: &Spanned<String>) -> Environment {
    let mut environment = environment.clone();
    let name = Fact::known(
        Value::Text(group.value.clone()),
        Origin::new(OriginKind::Platform, "the process group"),
    );
    environment.set("FLY_PROCESS_GROUP", name);
    environment
}

/// How messages call a key: by the option of `flyctl deploy` where a workflow says it.
fn key(root: &Node, value: &Node, key: &str) -> &'static str {
    match (key, value.span.file == root.span.file) {
        ("[env]", true) => "`[env]`",
        ("[env]", false) => "`--env`",
        (_, true) => "`primary_region`",
        (_, false) => "`--region`",
    }
}

/// `kill_signal` and `kill_timeout`: a bare number is seconds here, unlike elsewhere in the file.
fn shutdown(context: &Context<'_, '_>, root: &Node) -> Facts {
    let mut facts = Facts::new();
    let platform = context.catalog.platform(PLATFORM);
    match root.get("kill_signal") {
        Some(node) => facts.set(vocabulary::SHUTDOWN_SIGNAL, read::written(node, "`kill_signal`")),
        None => {
            if let Some(fact) =
                platform.and_then(|it| catalog::limit(it, vocabulary::SHUTDOWN_SIGNAL))
            {
                facts.set(vocabulary::SHUTDOWN_SIGNAL, fact);
            }
        }
    }
    let grace = root.get("kill_timeout");
    let default = platform.and_then(|it| catalog::limit(it, vocabulary::SHUTDOWN_GRACE_S));
    if let Some(fact) = grace.map(kill_timeout).or(default) {
        facts.set(vocabulary::SHUTDOWN_GRACE_S, fact);
    }
    facts
}

fn kill_timeout(node: &Node) -> Fact {
    let origin = Origin::written(node.span, "`kill_timeout`");
    let seconds = match &node.kind {
        NodeKind::Integer(value) => Some(*value as f64),
        NodeKind::Float(value) => Some(value.trunc()),
        NodeKind::String(text) => go::duration_s(&text.value).ok(),
        _ => None,
    };
    match seconds {
        Some(seconds) => Fact::known(Value::of_number(seconds), origin),
        None => Fact::unknown(Unknown::because("`kill_timeout` is not a duration"), origin),
    }
}

/// `[deploy] release_command` runs in a machine of its own before the new version starts.
fn release(
    context: &Context<'_, '_>,
    root: &Node,
    groups: &Groups,
    folder: &str,
    environment: &Environment,
) -> Option<ProcessDraft> {
    let entry = root.get("deploy")?.entry("release_command")?;
    let command = entry.value.as_text()?.clone();
    if command.value.trim().is_empty() {
        return None;
    }
    let mut facts = machine::release_facts(context, root, groups);
    let origin = Origin::written(entry.key.span, "`release_command`");
    facts.set(vocabulary::KIND, Fact::known(Value::Text("release".to_owned()), origin));
    Some(ProcessDraft {
        name: Spanned::new("release".to_owned(), entry.key.span),
        span: entry.span(),
        command: groups::exec(root, command),
        folder: folder.to_owned(),
        environment: environment.clone(),
        facts,
    })
}

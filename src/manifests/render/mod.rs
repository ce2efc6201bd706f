//! render.yaml, a Render Blueprint: each service is a process.
//!
//! Source: render.com/docs/blueprint-spec and the published schema (2026-09).

pub(crate) mod environment;
mod image;
mod lifted;
mod machine;

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::runtime::{Picker, set_node, set_python, set_ruby};
use crate::manifests::{catalog, read};
use crate::platforms::DatabaseKind;
use crate::project::Facts;
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{join, parent};

pub(crate) use lifted::lifted;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "render";

/// Lowers a Blueprint: a process for each service and each pre-deploy command.
pub fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let mut processes = Vec::new();
    let mut groups = environment::Groups::new(root);
    // One more than there is room for, so that it is said what is left out.
    for service in services(root).into_iter().take(PROCESSES_MAX + 1) {
        if let Some(mut process) = process(context, &mut groups, service) {
            match runtime(service).map(|(it, _)| it) {
                Some("python") => set_python(context, Picker::Render, &mut process),
                Some("node") => set_node(context, &mut process),
                Some("ruby") => set_ruby(context, &mut process),
                _ => {}
            }
            processes.extend(pre_deploy(service, &process));
            processes.push(process);
        }
    }
    let span = Span::start_of(document.file);
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    region(root, &mut facts);
    databases(context, root, &mut facts);
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// Every list of a key: at the root, under `ungrouped`, and in each environment of each project.
pub(crate) fn everywhere<'a>(root: &'a Node, key: &str) -> Vec<&'a Node> {
    places(root).into_iter().filter_map(|it| it.get(key)).flat_map(Node::elements).collect()
}

/// Where lists of services, databases and groups may stand.
fn places(root: &Node) -> Vec<&Node> {
    let environments = root
        .get("projects")
        .map(Node::elements)
        .unwrap_or_default()
        .iter()
        .filter_map(|it| it.get("environments"))
        .flat_map(Node::elements);
    std::iter::once(root).chain(root.get("ungrouped")).chain(environments).collect()
}

fn services(root: &Node) -> Vec<&Node> {
    everywhere(root, "services")
}

/// The region, where every service that runs code names the same one.
fn region(root: &Node, facts: &mut Facts) {
    // A static site is served from everywhere.
    let is_static = |it: &Node| runtime(it).is_some_and(|(it, _)| it == "static");
    let services = services(root).into_iter().filter(|it| !is_static(it));
    let mut regions = services.map(|it| it.get("region"));
    let Some(Some(first)) = regions.next() else { return };
    if regions.all(|it| it.and_then(Node::as_str) == first.as_str()) && first.as_str().is_some() {
        facts.set(vocabulary::REGION, read::written(first, "`region`"));
    }
}

/// One service as a process. Static sites and key-value stores run no code of ours.
fn process(
    context: &mut Context<'_, '_>,
    groups: &mut environment::Groups<'_>,
    service: &Node,
) -> Option<ProcessDraft> {
    let root = groups.root();
    let kind = match service.get("type")?.as_str()? {
        "web" | "pserv" => "web",
        "worker" => "worker",
        "cron" => "cron",
        _ => return None,
    };
    // A folder to publish is a key of static sites alone.
    let is_static = runtime(service).is_some_and(|(it, _)| it == "static")
        || runtime(service).is_none() && service.get("staticPublishPath").is_some();
    if is_static {
        return None;
    }
    let name = service.entry("name");
    let span = headline(service);
    let mut facts = machine::facts(context, service, kind);
    let type_node = service.get("type")?;
    let origin = Origin::written(type_node.span, "`type`");
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    let build = service.get("buildCommand").filter(|it| it.as_str().is_some());
    if let Some(node) = build {
        facts.set(vocabulary::BUILD_COMMAND, read::written(node, "`buildCommand`"));
    }
    let disk = service.at(&["disk", "mountPath"]);
    read::mounted(&mut facts, disk.as_slice(), "`mountPath` of the disk");
    shutdown(context, service, &mut facts);
    if kind == "web" {
        router(context, service, &mut facts);
    }
    let text = name.and_then(|it| it.value.as_str()).unwrap_or(kind).to_owned();
    let folder = parent(context.manifest);
    let root_dir = service.get("rootDir").and_then(Node::as_str).unwrap_or_default();
    let folder =
        join(folder, root_dir.trim_start_matches('/')).unwrap_or_else(|| folder.to_owned());
    let environment = environment::environment(context, groups, service, kind);
    let mut process = ProcessDraft {
        name: Spanned::new(text, name.map_or(span, |it| it.value.span)),
        span,
        command: command(service),
        folder,
        environment,
        facts,
    };
    match runtime(service).map(|(it, _)| it) {
        Some("docker") if is_elsewhere(root, service) => {
            let reason = "the service is built from another repository";
            process.command = Command::Unknown(Unknown::because(reason));
        }
        Some("docker") => image::apply(context, service, &mut process),
        Some("image") => image::published(service, &mut process),
        _ => {}
    }
    Some(process)
}

/// Where a label goes for what a service does not say: its name, else its first key.
pub(crate) fn headline(service: &Node) -> Span {
    let entry = service.entry("name").or_else(|| service.entries().first());
    entry.map_or(service.span, Entry::span)
}

/// `runtime`, or its old name `env`, with its place.
pub(crate) fn runtime(service: &Node) -> Option<(&str, Span)> {
    // `env` was also used for the variables by mistake: only a text is a runtime.
    ["runtime", "env"].iter().find_map(|key| {
        let node = service.get(key)?;
        Some((node.as_str()?, node.span))
    })
}

/// Whether a service names a repository that others of the file do not: it is not this one then.
fn is_elsewhere(root: &Node, service: &Node) -> bool {
    let repo = |it: &Node| it.get("repo").and_then(Node::as_str).map(str::to_owned);
    let own = repo(service);
    let is_built = |it: &&&Node| runtime(it).is_none_or(|(it, _)| it != "image");
    let services = everywhere(root, "services");
    own.is_some() && services.iter().filter(is_built).any(|it| repo(it) != own)
}

fn command(service: &Node) -> Command {
    let image = matches!(runtime(service), Some(("docker" | "image", _)));
    let key = if image { "dockerCommand" } else { "startCommand" };
    match service.get(key).and_then(Node::as_text) {
        Some(text) if !text.value.trim().is_empty() => Command::Shell(text.clone()),
        _ if image => Command::Unknown(Unknown::new(
            "render.yaml names no command, so the image's own runs",
            "`dockerCommand` in render.yaml",
        )),
        _ => Command::Unknown(Unknown::new(
            "render.yaml names no command",
            "`startCommand` in render.yaml",
        )),
    }
}

/// `preDeployCommand` runs once before each deploy, on a machine of the service's plan.
fn pre_deploy(service: &Node, process: &ProcessDraft) -> Option<ProcessDraft> {
    let entry = service.entry("preDeployCommand")?;
    let command = entry.value.as_text()?.clone();
    let mut facts = Facts::new();
    for (id, fact) in process.facts.iter().filter(|(id, _)| id.name().starts_with("machine.")) {
        facts.set(id, fact.clone());
    }
    let origin = Origin::written(entry.key.span, "`preDeployCommand`");
    facts.set(vocabulary::KIND, Fact::known(Value::Text("release".to_owned()), origin));
    let name = format!("{} pre-deploy", process.name.value);
    Some(ProcessDraft {
        name: Spanned::new(name, entry.key.span),
        span: entry.span(),
        command: Command::Shell(command),
        folder: process.folder.clone(),
        environment: process.environment.clone(),
        facts,
    })
}

fn shutdown(context: &Context<'_, '_>, service: &Node, facts: &mut Facts) {
    let platform = context.catalog.platform(PLATFORM);
    if let Some(fact) = platform.and_then(|it| catalog::limit(it, vocabulary::SHUTDOWN_SIGNAL)) {
        facts.set(vocabulary::SHUTDOWN_SIGNAL, fact);
    }
    let written = service.get("maxShutdownDelaySeconds").filter(|it| it.as_int().is_some());
    let default = platform.and_then(|it| catalog::limit(it, vocabulary::SHUTDOWN_GRACE_S));
    let written = written.map(|it| read::written(it, "`maxShutdownDelaySeconds`"));
    if let Some(fact) = written.or(default) {
        facts.set(vocabulary::SHUTDOWN_GRACE_S, fact);
    }
    facts.anchor(vocabulary::SHUTDOWN_GRACE_S, headline(service));
}

fn router(context: &Context<'_, '_>, service: &Node, facts: &mut Facts) {
    let platform = context.catalog.platform(PLATFORM);
    for id in [
        vocabulary::ROUTER_REQUEST_TIMEOUT_S,
        vocabulary::HEALTH_CHECK_TIMEOUT_S,
        vocabulary::BOOT_TIMEOUT_S,
    ] {
        if let Some(fact) = platform.and_then(|it| catalog::limit(it, id)) {
            facts.set(id, fact);
        }
    }
    let path = match service.get("healthCheckPath").filter(|it| it.as_str().is_some()) {
        Some(node) => read::written(node, "`healthCheckPath`"),
        None => Fact::known(
            Value::Null,
            Origin::new(OriginKind::Default, "Render only opens a connection to the port"),
        ),
    };
    facts.set(vocabulary::HEALTH_CHECK_PATH, path);
    facts.anchor(vocabulary::HEALTH_CHECK_PATH, headline(service));
}

/// The one database of a Blueprint. With several, which of them a service uses is a matter of its
/// variables, so the deployment has no single limit.
fn databases(context: &Context<'_, '_>, root: &Node, facts: &mut Facts) {
    let databases = everywhere(root, "databases");
    let [database] = databases.as_slice() else { return };
    let Some(plan) = database.get("plan") else { return };
    let NodeKind::String(text) = &plan.kind else { return };
    facts.set(vocabulary::DATABASE_PLAN, read::written(plan, "`plan` of the database"));
    let platform = context.catalog.platform(PLATFORM);
    let connections =
        platform.and_then(|it| catalog::connections_max(it, DatabaseKind::Postgres, &text.value));
    if let Some(fact) = connections {
        facts.set(vocabulary::DATABASE_CONNECTIONS_MAX, fact);
        facts.anchor(vocabulary::DATABASE_CONNECTIONS_MAX, plan.span);
    }
}

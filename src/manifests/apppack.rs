//! apppack.toml: what runs on AppPack, in containers on Fargate behind a load balancer.
//!
//! With a Dockerfile, `[services]` are the processes. With buildpacks, the Procfile beside the file
//! has them, and apppack.toml only shows where it runs. Sizes and numbers of instances are set with
//! the command line of AppPack, so its defaults are assumptions.
//!
//! Sources: the builder and command line of AppPack (github.com/apppackio). Numbers are in
//! `platforms/apppack.toml`.

use crate::document::{Document, Entry, Node};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, Unknown, Value};
use crate::manifests::{catalog, procfile};
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary::{self, FactId};
use crate::workspace::parent;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "apppack";

/// Limits of every process.
const LIMITS: &[FactId] = &[vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];

/// Limits of processes that requests are routed to.
const LIMITS_OF_WEB: &[FactId] = &[
    vocabulary::ROUTER_IDLE_TIMEOUT_S,
    vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S,
    vocabulary::HEALTH_CHECK_PATH,
    vocabulary::HEALTH_CHECK_INTERVAL_S,
];

/// Lowers an apppack.toml. Only builds from a Dockerfile have processes of their own.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    if root.at(&["build", "system"]).and_then(Node::as_str) != Some("dockerfile") {
        return Vec::new();
    }
    let folder = parent(context.manifest).to_owned();
    let mut processes = Vec::new();
    if let Some(entry) = root.get("deploy").and_then(|it| it.entry("release_command")) {
        let name = Spanned::new("release".to_owned(), entry.key.span);
        processes.push(process(name, entry.span(), Some(&entry.value), &folder));
    }
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    for service in services.iter().take(PROCESSES_MAX + 1) {
        let Entry { key, value } = service;
        processes.push(process(key.clone(), service.span(), value.get("command"), &folder));
    }
    if processes.is_empty() {
        return Vec::new();
    }
    complete(context, &mut processes);
    let mut facts = Facts::new();
    let span = root.entries().first().map_or(root.span, |it| it.key.span);
    let origin = Origin::written(span, "apppack.toml");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    let span = Span::start_of(document.file);
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// What shows that AppPack builds the Procfile beside an apppack.toml.
pub(crate) fn evidence(context: &mut Context<'_, '_>) -> Option<Span> {
    let document = context.sibling("apppack.toml")?;
    let system = document.root.at(&["build", "system"]);
    match system.and_then(Node::as_str) {
        None | Some("buildpack") => {
            let first = document.root.entries().first().map(|it| it.key.span);
            Some(system.map(|it| it.span).or(first).unwrap_or(Span::start_of(document.file)))
        }
        Some(_) => None,
    }
}

/// Adds what AppPack brings to processes.
pub(crate) fn complete(context: &Context<'_, '_>, processes: &mut [ProcessDraft]) {
    let Some(platform) = context.catalog.platform(PLATFORM) else { return };
    for process in processes {
        let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker");
        let kind = kind.to_owned();
        catalog::set_limits(&mut process.facts, platform, LIMITS);
        if kind == "web" {
            catalog::set_limits(&mut process.facts, platform, LIMITS_OF_WEB);
        }
        machine(platform, &kind, process);
        for (name, fact) in catalog::injected(platform, &kind, Some("python"), None) {
            process.environment.set(name, fact);
        }
    }
}

fn process(
    name: Spanned<String>,
    span: Span,
    command: Option<&Node>,
    folder: &str,
) -> ProcessDraft {
    let command = match command.and_then(Node::as_text) {
        Some(text) => Command::Shell(text.clone()),
        None => Command::Unknown(Unknown::because("the service has no `command`")),
    };
    let mut facts = Facts::new();
    let kind = Value::Text(procfile::kind(&name.value).to_owned());
    facts.set(vocabulary::KIND, Fact::known(kind, Origin::written(name.span, "its name")));
    let environment = Environment::new();
    ProcessDraft { name, span, command, folder: folder.to_owned(), environment, facts }
}

/// Size and number of instances that an app has until somebody changes them.
fn machine(platform: &Platform, kind: &str, process: &mut ProcessDraft) {
    if let Some(default) = platform.default_machine(kind) {
        let note = "AppPack's size until `apppack ps resize` changes it";
        catalog::assume(&mut process.facts, vocabulary::MACHINE_CPUS, default.cpus.as_ref(), note);
        catalog::assume(
            &mut process.facts,
            vocabulary::MACHINE_MEMORY_MB,
            default.memory_mb.as_ref(),
            note,
        );
    }
    if kind != "release" {
        let instances = platform.scale.instances_default.as_ref();
        let note = "AppPack's number until `apppack ps scale` changes it";
        catalog::assume(&mut process.facts, vocabulary::SCALE_MIN, instances, note);
        catalog::assume(&mut process.facts, vocabulary::SCALE_MAX, instances, note);
    }
}

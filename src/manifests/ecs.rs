//! Task definitions of Amazon ECS: each container is a process.
//!
//! How many tasks there are, and what sends them requests, stands in the service, which is no part
//! of the file. The image is not in it either: see [`super::own_image`].
//!
//! Source: `RegisterTaskDefinition` of botocore 1.44.8. Numbers are in `platforms/ecs.toml`.

pub(super) mod refused;

use crate::document::{Document, Node, NodeKind};
use crate::draft::{Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::formats::recognise;
use crate::images::health;
use crate::manifests::cloud::cloud_run::words;
use crate::manifests::cloud::{int, variable};
use crate::manifests::own_image::container::Named;
use crate::manifests::own_image::{self, Started};
use crate::manifests::{catalog, env_file, read, usual};
use crate::platforms::Platform;
use crate::programs::listed::images;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::parent;

/// The platform's id in the catalog.
const PLATFORM: &str = "ecs";

/// A task, and what its containers share.
struct Task<'n> {
    root: &'n Node,
    containers: &'n [Node],
    family: &'n str,
    /// The image that is taken to be the project's own, without its version.
    own_image: Option<&'n str>,
    headline: Span,
}

/// Lowers a task definition: a process for each container that is essential.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let Some(root) = recognise::ecs_task(&document.root) else { return Vec::new() };
    let containers = root.get("containerDefinitions").map(Node::elements).unwrap_or_default();
    let family = root.get("family").and_then(Node::as_str).unwrap_or("task");
    let is_alone = containers.len() == 1;
    let named = containers.iter().filter_map(|it| {
        let own = it.get("name").and_then(Node::as_str).filter(|_| is_alone);
        let names = own.into_iter().chain([family]).collect();
        Some(own_image::Named { image: it.get("image")?.as_str()?, names })
    });
    let headline = root.get("family").map_or(root.span, |it| it.span);
    let task = Task { root, containers, family, own_image: own_image::candidate(named), headline };
    refused::check(context, &task);
    let platform = context.catalog.platform(PLATFORM);
    let is_essential = |it: &&Node| it.get("essential").and_then(Node::as_bool) != Some(false);
    let essential = containers.iter().filter(is_essential);
    let processes: Vec<_> = essential
        .filter_map(|it| task.process(context, platform, it))
        .take(PROCESSES_MAX + 1)
        .collect();
    if processes.is_empty() {
        return Vec::new();
    }
    let mut facts = Facts::new();
    let origin = Origin::written(Span::start_of(document.file), "the file's format");
    facts.set(v::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft { name: task.family.to_owned(), span: headline, facts, processes }]
}

/// The image of a container, with what it starts. `None` where it names none.
fn started(container: &Node) -> Option<Started<'_>> {
    Started::of(container, ["entryPoint", "command"])
}

impl Task<'_> {
    fn is_alone(&self) -> bool {
        self.containers.len() == 1
    }

    fn is_on_fargate(&self) -> bool {
        let all = self.root.get("requiresCompatibilities").map(Node::elements).unwrap_or_default();
        all.iter().any(|it| it.as_str() == Some("FARGATE"))
    }

    /// In the mode `awsvpc`, which Fargate always has, the containers of a task share one network.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html>
    fn shared_network(&self) -> Option<Fact> {
        let mode = self.root.get("networkMode");
        let shared = match mode.and_then(Node::as_str) {
            Some("host") => "host",
            Some("awsvpc") if !self.is_alone() => "task",
            _ if self.is_on_fargate() && !self.is_alone() => "task",
            _ => return None,
        };
        let node = mode.or_else(|| self.root.get("containerDefinitions"))?;
        let origin = Origin::written(node.span, "`networkMode` of the task");
        Some(Fact::known(Value::Text(shared.to_owned()), origin))
    }

    /// `None` for a container beside others of which nothing is known.
    fn process(
        &self,
        context: &mut Context<'_, '_>,
        platform: Option<&Platform>,
        container: &Node,
    ) -> Option<ProcessDraft> {
        let name = container.get("name")?;
        let mut facts = Facts::new();
        kind(container, name.span, &mut facts);
        self.machine(platform, container, &mut facts);
        limits(platform, container, &mut facts);
        self.volumes(container, &mut facts);
        if let Some(shared) = self.shared_network() {
            facts.set(v::SHARED_NETWORK, shared);
        }
        let is_there = |key: &str| container.get(key).is_some_and(|it| !it.elements().is_empty());
        let mut process = ProcessDraft {
            name: Spanned::new(name.as_str()?.to_owned(), name.span),
            span: name.span,
            command: own_image::not_known(
                is_there("command").then_some("command"),
                if is_there("command") { "entryPoint" } else { "command" },
            ),
            folder: parent(context.manifest).to_owned(),
            environment: environment(container),
            facts,
        };
        let is_known = self.command(context, container, &mut process);
        (is_known || self.is_alone()).then_some(process)
    }

    /// `entryPoint` takes the place of ENTRYPOINT, and `command` of CMD; whether anything is known.
    fn command(
        &self,
        context: &mut Context<'_, '_>,
        container: &Node,
        process: &mut ProcessDraft,
    ) -> bool {
        let Some(image) = container.get("image") else { return false };
        let list = |key: &str| container.get(key).filter(|it| !it.elements().is_empty());
        let (entrypoint, command) = (list("entryPoint"), list("command"));
        let is_own = image.as_str().is_some_and(|it| self.own_image == Some(images::parts(it).0));
        let written =
            (entrypoint.is_some() || command.is_some()).then(|| words(&[entrypoint, command]));
        let written = own_image::Written { words: written, is_whole: entrypoint.is_some() };
        let own = started(container);
        let all: Vec<_> = self.containers.iter().filter_map(started).collect();
        written.start(context, &Named { image, own: own.as_ref(), all: &all, is_own }, process)
    }

    /// The limit of the container, else that of the task where it is alone in it. On instances of
    /// one's own, what is only reserved is no limit.
    fn machine(&self, platform: Option<&Platform>, container: &Node, facts: &mut Facts) {
        let of_task = |key: &str| self.root.get(key).filter(|_| self.is_alone());
        if let Some(node) = container.get("memory").or_else(|| of_task("memory")) {
            facts.set(v::MACHINE_MEMORY_MB, megabytes(node));
        }
        if let Some(node) = of_task("cpu") {
            let units = cpu_units(node);
            let fact = match units.number() {
                Some(units) => Fact::known(Value::of_number(units / 1024.0), units_origin(node)),
                None => units,
            };
            facts.set(v::MACHINE_CPUS, fact);
        }
        for id in [v::MACHINE_MEMORY_MB, v::MACHINE_CPUS] {
            facts.anchor(id, self.headline);
        }
        if let Some(platform) = platform.filter(|_| !self.is_on_fargate()) {
            usual::host(platform, facts, "the container has no limit");
        }
    }

    /// Folders on a file system that outlives the task.
    fn volumes(&self, container: &Node, facts: &mut Facts) {
        let volumes = self.root.get("volumes").map(Node::elements).unwrap_or_default();
        let is_kept = |mount: &&Node| {
            let name = mount.get("sourceVolume").and_then(Node::as_str);
            let volume = volumes.iter().find(|it| it.get("name").and_then(Node::as_str) == name);
            volume.is_some_and(|it| it.get("efsVolumeConfiguration").is_some())
        };
        let mounts = container.get("mountPoints").map(Node::elements).unwrap_or_default();
        let kept = mounts.iter().filter(is_kept);
        let paths: Vec<&Node> = kept.filter_map(|it| it.get("containerPath")).collect();
        read::mounted(facts, &paths, "`mountPoints`");
    }
}

/// The memory of a task or container, in megabytes.
fn megabytes(node: &Node) -> Fact {
    unit(node, "`memory`", "gb")
}

/// The CPU of a task, 1,024 to a CPU.
fn cpu_units(node: &Node) -> Fact {
    unit(node, "`cpu`", "vcpu")
}

fn units_origin(node: &Node) -> Origin {
    Origin::written(node.span, "`cpu`")
}

/// A number, also in quotes, or one of a unit that is 1,024 times as much: `1GB`, `0.5 vCPU`.
fn unit(node: &Node, source: &str, larger: &str) -> Fact {
    let origin = Origin::written(node.span, source);
    let text = read::scalar_text(node).map(|it| it.trim().to_ascii_lowercase());
    let plain = text.as_deref().and_then(|it| it.parse::<f64>().ok());
    let in_larger = || {
        let number = text.as_deref()?.strip_suffix(larger)?;
        number.trim().parse::<f64>().ok().map(|it| it * 1024.0)
    };
    match plain.or_else(in_larger).filter(|it| *it > 0.0) {
        Some(number) => Fact::known(Value::of_number(number), origin),
        None => {
            let reason = format!("{source} is not an amount as ECS reads it");
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
}

/// A task says nothing about requests; ports and servers do.
fn kind(container: &Node, span: Span, facts: &mut Facts) {
    let ports = container.get("portMappings").map(Node::elements).unwrap_or_default();
    let (kind, why) = match ports.is_empty() {
        false => ("web", "it has ports"),
        true => ("worker", "it has no ports"),
    };
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, why) };
    facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    // A load balancer, and everybody else, reaches the container at the port that it names.
    if let [only] = ports
        && let Some(port) = only.get("containerPort")
    {
        facts.set(v::ROUTER_PORT, int(port, "`containerPort`"));
    }
}

/// The stop of a container, and the command that checks it.
fn limits(platform: Option<&Platform>, container: &Node, facts: &mut Facts) {
    if let Some(platform) = platform {
        catalog::set_limits(facts, platform, &[v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S]);
    }
    if let Some(node) = container.get("stopTimeout") {
        facts.set(v::SHUTDOWN_GRACE_S, int(node, "`stopTimeout`"));
    }
    let Some(check) = container.get("healthCheck") else { return };
    if let Some(platform) = platform {
        let ids = [v::HEALTH_CHECK_INTERVAL_S, v::HEALTH_CHECK_TIMEOUT_S];
        catalog::set_limits(facts, platform, &ids);
    }
    for (id, key) in [
        (v::HEALTH_CHECK_INTERVAL_S, "interval"),
        (v::HEALTH_CHECK_TIMEOUT_S, "timeout"),
        (v::HEALTH_CHECK_GRACE_S, "startPeriod"),
    ] {
        if let Some(node) = check.get(key) {
            facts.set(id, int(node, &format!("`{key}` of `healthCheck`")));
        }
        facts.anchor(id, check.span);
    }
    if let Some(command) = check.get("command") {
        let words: Vec<&str> = command.elements().iter().filter_map(Node::as_str).collect();
        if let Some(port) = health::port(&words.join(" "), command.span) {
            facts.set(v::HEALTH_CHECK_PORT, port);
        }
        if let Some(deaf) = health::accepts_errors(&words.join(" "), command.span) {
            facts.set(v::HEALTH_CHECK_ACCEPTS_ERRORS, deaf);
        }
    }
}

/// Variables of a container; secrets have names, and files may set anything.
fn environment(container: &Node) -> Environment {
    let mut environment = Environment::new();
    let list = |key: &str| container.get(key).map(Node::elements).unwrap_or_default();
    if let Some(file) = list("environmentFiles").first() {
        let origin = Origin::new(OriginKind::Env, "`environmentFiles`");
        let unknown = Unknown::because("a file in S3 may set any variable");
        let any = Fact::unknown(unknown, Origin { span: Some(file.span), ..origin });
        env_file::unread("`environmentFiles` names a file in S3", &any, &mut environment);
    }
    for (key, place) in [("environment", "`environment`"), ("secrets", "`secrets`")] {
        for it in list(key) {
            let Some(name) = it.get("name").and_then(Node::as_str) else { continue };
            let value = it.get("value").filter(|it| !matches!(it.kind, NodeKind::Map(_)));
            environment.set(name, variable(name, value, it.span, place));
        }
    }
    environment
}

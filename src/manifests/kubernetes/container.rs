//! A container of a pod → a process.

use crate::document::Node;
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::cloud::cloud_run::{amount, measured};
use crate::manifests::own_image::container::Named;
use crate::manifests::own_image::{self, Started};
use crate::manifests::{read, usual};
use crate::programs::listed::images;
use crate::project::Facts;
use crate::quantity::MEGABYTE;
use crate::source::Spanned;
use crate::vocabulary as v;
use crate::workspace::parent;

use super::command::words;
use super::{Cluster, Workload};

/// What a container is in its pod.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It ends before the others start.
    Init,
    /// The only one that stays.
    Only,
    /// One of several: the app, and what helps it.
    OneOfSeveral,
}

/// The image of a container, with what it starts. `None` where it names none.
pub(super) fn started(container: &Node) -> Option<Started<'_>> {
    Started::of(container, ["command", "args"])
}

/// Volumes that go with the pod.
const PASSING: &[&str] = &["emptyDir", "configMap", "secret", "projected", "downwardAPI", "csi"];

impl<'n> Workload<'n> {
    /// `None` for helpers of which nothing is known but an image of somebody else.
    pub(super) fn process(
        &self,
        context: &mut Context<'_, '_>,
        cluster: &Cluster<'n, '_>,
        container: &'n Node,
        role: Role,
    ) -> Option<ProcessDraft> {
        let name = container.get("name").and_then(Node::as_str).unwrap_or(self.name);
        let shown = match role {
            Role::Only => self.name.to_owned(),
            _ => format!("{}/{name}", self.name),
        };
        let mut facts = Facts::new();
        self.purpose(cluster, container, role, &mut facts);
        self.machine(cluster, container, &mut facts);
        if role != Role::Init {
            self.checks(cluster, container, &mut facts);
            self.shutdown(cluster, container, &mut facts);
        }
        self.volumes(container, &mut facts);
        if let Some(shared) = self.shared_network() {
            facts.set(v::SHARED_NETWORK, shared);
        }
        let has_args = container.get("args").is_some_and(|it| !it.elements().is_empty());
        let mut process = ProcessDraft {
            name: Spanned::new(shown, container.get("name").map_or(self.headline, |it| it.span)),
            span: container.span,
            command: own_image::not_known(has_args.then_some("args"), "command"),
            folder: parent(context.manifest).to_owned(),
            environment: self.environment(cluster, container),
            facts,
        };
        let is_known = self.command(context, cluster, container, &mut process);
        let is_helper = role != Role::Only && !is_known;
        (!is_helper).then_some(process)
    }

    /// What starts; whether anything is known of it.
    fn command(
        &self,
        context: &mut Context<'_, '_>,
        cluster: &Cluster<'n, '_>,
        container: &'n Node,
        process: &mut ProcessDraft,
    ) -> bool {
        let Some(image) = container.get("image") else { return false };
        let list = |key: &str| container.get(key).filter(|it| !it.elements().is_empty());
        let (command, args) = (list("command"), list("args"));
        let is_own =
            image.as_str().is_some_and(|it| cluster.own_image == Some(images::parts(it).0));
        let own = started(container);
        let named = Named { image, own: own.as_ref(), all: &cluster.started, is_own };
        if named.is_of_others(command.is_some(), process) {
            return true;
        }
        let environment = &process.environment;
        let budget = context.workspace.budget();
        let written = match (command, args) {
            (None, None) => None,
            (Some(first), second) => Some(words(&[Some(first), second], environment, budget)),
            (None, args) => Some(words(&[args], environment, budget)),
        };
        let written = own_image::Written { words: written, is_whole: command.is_some() };
        let mounts = self.mounts(context.workspace, cluster, container);
        let Some(mut made) = named.made(context) else {
            let command = named.own.and_then(|it| written.in_another(context, it, image.span));
            let Some(command) = command else { return false };
            process.command = mounts.seen_by(context, command);
            return true;
        };
        mounts.into_own(&mut made);
        process.command = written.in_own(context, &made);
        process.environment = made.environment(&process.environment);
        if let (Some(signal), None) =
            (&made.stop_signal, container.at(&["lifecycle", "stopSignal"]))
            && process.facts.get(v::SHUTDOWN_SIGNAL).is_some()
        {
            process.facts.set(v::SHUTDOWN_SIGNAL, signal.clone());
        }
        made.facts(&process.environment, &mut process.facts);
        process.folder = made.folder;
        true
    }

    fn purpose(&self, cluster: &Cluster<'n, '_>, container: &Node, role: Role, facts: &mut Facts) {
        let has_ports = container.get("ports").is_some_and(|it| !it.elements().is_empty());
        let service = self.service(cluster).filter(|_| role == Role::Only || has_ports);
        let (kind, why) = match self.kind() {
            _ if role == Role::Init => ("release", "it runs before the pod starts"),
            "CronJob" => ("cron", "a CronJob"),
            "Job" => ("release", "a Job"),
            _ if service.is_some() => ("web", "a Service sends it requests"),
            _ if has_ports => ("web", "it has ports"),
            _ => ("worker", "it has no ports"),
        };
        let origin = match why {
            "it has ports" | "it has no ports" => Origin::new(OriginKind::Assumed, why),
            _ => Origin::new(OriginKind::Derived, why),
        };
        let origin = Origin { span: Some(self.headline), ..origin };
        facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
        if kind != "release" && !cluster.is_patched {
            self.scale(cluster, facts);
        }
        let port = service.and_then(|it| Self::routed_port(it, container));
        // Of several containers the one that names the port gets the requests; a helper may listen
        // at a port that no container names.
        let is_named = |it: &Fact| {
            let port = it.number();
            let ports = container.get("ports").map(Node::elements).unwrap_or_default();
            let numbers = ports.iter().filter_map(|it| read::int(it.get("containerPort")?));
            port.is_none() || numbers.into_iter().any(|it| Some(it as f64) == port)
        };
        if let Some(port) = port.filter(|it| role == Role::Only || is_named(it)) {
            facts.set(v::ROUTER_PORT, port);
        }
        if let Some(service) = service.filter(|_| kind == "web" && !cluster.is_patched) {
            self.nginx(cluster, service, facts);
            self.sessions(cluster, service, facts);
        }
    }

    /// Limits of the container; without them, the node's, of which little is known. Those that an
    /// overlay may change are not known at all.
    fn machine(&self, cluster: &Cluster<'_, '_>, container: &Node, facts: &mut Facts) {
        let overlay = |node: &Node, source: &str| {
            let unknown = Unknown::because("an overlay of kustomize may change it");
            Fact::unknown(unknown, Origin::written(node.span, source))
        };
        for (id, key, unit) in
            [(v::MACHINE_MEMORY_MB, "memory", MEGABYTE as f64), (v::MACHINE_CPUS, "cpu", 1.0)]
        {
            let Some(node) = container.at(&["resources", "limits", key]) else { continue };
            let source = format!("`{key}` of `limits`");
            let fact = match cluster.is_patched {
                true => overlay(node, &source),
                false => {
                    let amount = amount(node).map(|it| it / unit);
                    let whole = |it: f64| if key == "memory" { it.floor() } else { it };
                    measured(node, &source, amount.map(whole))
                }
            };
            facts.set(id, fact);
            facts.anchor(id, container.span);
        }
        facts.anchor(v::MACHINE_MEMORY_MB, self.headline);
        if let Some(platform) = cluster.platform.filter(|_| !cluster.is_patched) {
            usual::host(platform, facts, "the container has no limit");
        }
    }

    /// What is mounted, and the folders of it that outlive the pod.
    fn volumes(&self, container: &Node, facts: &mut Facts) {
        let elements = |node: Option<&'n Node>| node.map(Node::elements).unwrap_or_default();
        let volumes = elements(self.pod.at(&["spec", "volumes"]));
        let passes = |name: &str| {
            let named =
                volumes.iter().find(|it| it.get("name").and_then(Node::as_str) == Some(name));
            named.is_some_and(|it| PASSING.iter().any(|key| it.get(key).is_some()))
        };
        let mounts = container.get("volumeMounts").map(Node::elements).unwrap_or_default();
        let places: Vec<&Node> = mounts.iter().filter_map(|it| it.get("mountPath")).collect();
        if let Some(fact) = read::folders(&places, "`volumeMounts`") {
            facts.set(v::MOUNTS_PATHS, fact);
        }
        let kept =
            mounts.iter().filter(|it| !it.get("name").and_then(Node::as_str).is_some_and(passes));
        let paths: Vec<&Node> = kept.filter_map(|it| it.get("mountPath")).collect();
        read::mounted(facts, &paths, "`volumeMounts`");
        // What a template of claims makes is new; of every other volume nobody knows.
        let templates = elements(self.object.at(&["spec", "volumeClaimTemplates"]));
        let is_made = |name: &str| {
            templates.iter().any(|it| {
                it.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
                    && it.at(&["spec", "dataSource"]).is_none()
                    && it.at(&["spec", "dataSourceRef"]).is_none()
            })
        };
        let name = |it: &&Node| it.get("name").and_then(Node::as_str).map(str::to_owned);
        let of_others = mounts
            .iter()
            .filter(|it| !name(it).is_some_and(|name| passes(&name) || is_made(&name)));
        let folders: Vec<&Node> = of_others.filter_map(|it| it.get("mountPath")).collect();
        if let Some(fact) = read::folders(&folders, "`volumeMounts`") {
            facts.set(v::STORAGE_MAY_HAVE_DATA, fact);
        }
    }
}

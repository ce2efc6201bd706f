//! Workloads of Kubernetes: each container of a pod is a process.
//!
//! A file may have several objects, and those in files beside it say more: a Service sends
//! requests, an autoscaler decides how many pods there are, a ConfigMap holds variables and files. What an
//! overlay of kustomize may change is unknown in the file below it; the overlay is a deployment of
//! its own. The image is not in the file: see [`super::own_image`].
//!
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/>. Numbers are
//! in `platforms/kubernetes.toml`.

mod beside;
mod command;
mod container;
mod environment;
pub(crate) mod kustomize;
mod mounts;
mod probes;
mod proxy;
mod refused;
mod routes;
mod scale;
mod schedule;
mod selector;
mod together;

use crate::document::{Document, Node};
use crate::draft::{Context, DeploymentDraft, PROCESSES_MAX};
use crate::fact::{Fact, Origin, Value};
use crate::formats::recognise;
use crate::manifests::own_image::{self, Named, Started};
use crate::platforms::Platform;
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary;

use beside::Beside;
use container::Role;

/// The platform's id in the catalog.
const PLATFORM: &str = "kubernetes";

/// A workload, with what stands around its containers.
struct Workload<'n> {
    object: &'n Node,
    /// The template of its pods.
    pod: &'n Node,
    name: &'n str,
    /// Where a label goes for what no container says.
    headline: Span,
}

/// What else the lowering of a workload looks at.
struct Cluster<'n, 'c> {
    /// Objects of the file and of those beside it.
    objects: Vec<&'n Node>,
    platform: Option<&'c Platform>,
    /// Whether an overlay of kustomize may change what the file says.
    is_patched: bool,
    /// The image that is taken to be the project's own, without its version.
    own_image: Option<&'n str>,
    /// All images, with what they start.
    started: Vec<Started<'n>>,
}

/// Lowers a file: a process for each container of each workload.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let beside = Beside::of(context);
    lowered(context, document, &beside)
}

fn lowered(
    context: &mut Context<'_, '_>,
    document: &Document,
    beside: &Beside,
) -> Vec<DeploymentDraft> {
    let own: Vec<&Node> = recognise::kubernetes_objects(&document.root).collect();
    let objects: Vec<&Node> = own.iter().copied().chain(beside.objects()).collect();
    let cluster = Cluster {
        own_image: own_image::candidate(objects.iter().flat_map(|it| named(it))),
        started: objects.iter().flat_map(|it| started(it)).collect(),
        objects,
        platform: context.catalog.platform(PLATFORM),
        is_patched: beside.is_patched,
    };
    context.acc.extend(selector::without_pods(&own, &cluster));
    context.acc.extend(routes::missing_ports(&own, &cluster));
    if !cluster.is_patched {
        context.acc.extend(refused::told(&context.workspace.sources, &own));
        context.acc.extend(schedule::told(&own));
        context.acc.extend(together::told(&own, &cluster));
    }
    let (mut processes, mut placed) = (Vec::new(), Vec::new());
    for workload in own.into_iter().filter_map(Workload::of) {
        if processes.len() > PROCESSES_MAX {
            break;
        }
        let containers = |key: &str| {
            let list = workload.pod.at(&["spec", key]);
            list.map(Node::elements).unwrap_or_default()
        };
        let init = containers("initContainers");
        for it in init.iter().filter(|it| it.get("restartPolicy").is_none()) {
            processes.extend(workload.process(context, &cluster, it, Role::Init));
        }
        let all = containers("containers");
        let role = if all.len() == 1 { Role::Only } else { Role::OneOfSeveral };
        for it in all.iter().take(PROCESSES_MAX + 1) {
            let Some(process) = workload.process(context, &cluster, it, role) else { continue };
            let Workload { object, pod, .. } = workload;
            let process_at = processes.len();
            placed.push(proxy::Placed { object, pod, container: it, process: process_at });
            processes.push(process);
        }
    }
    proxy::join_all(context, &cluster, &placed, &mut processes);
    if processes.is_empty() {
        return Vec::new();
    }
    let mut facts = Facts::new();
    let span = Span::start_of(document.file);
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// The images of a workload. Where a pod has several containers, most of them help the one that is
/// called like the workload.
fn named(object: &Node) -> Vec<Named<'_>> {
    let Some(workload) = Workload::of(object) else { return Vec::new() };
    let containers = workload.pod.at(&["spec", "containers"]).map(Node::elements);
    let containers = containers.unwrap_or_default();
    let is_alone = containers.len() == 1;
    let image = |it| -> Option<Named<'_>> {
        let text = |key: &str| Node::get(it, key).and_then(Node::as_str);
        let own = text("name").filter(|_| is_alone);
        Some(Named {
            image: text("image")?,
            names: own.into_iter().chain([workload.name]).collect(),
        })
    };
    containers.iter().filter_map(image).collect()
}

/// The images of a workload, with what they start.
fn started(object: &Node) -> Vec<Started<'_>> {
    let Some(workload) = Workload::of(object) else { return Vec::new() };
    let containers = workload.pod.at(&["spec", "containers"]).map(Node::elements);
    containers.unwrap_or_default().iter().filter_map(container::started).collect()
}

impl<'n> Workload<'n> {
    fn of(object: &'n Node) -> Option<Self> {
        let pod = recognise::kubernetes_pod(object)?;
        let name = object.at(&["metadata", "name"]);
        let headline = name.map_or(object.span, |it| it.span);
        let name = name.and_then(Node::as_str).unwrap_or("pod");
        Some(Self { object, pod, name, headline })
    }

    fn kind(&self) -> &'n str {
        self.object.get("kind").and_then(Node::as_str).unwrap_or_default()
    }

    /// The containers of a pod share one network. Those that end before the others start are none
    /// of them, unless they are restarted: then they are sidecars.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking>,
    /// <https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>
    fn shared_network(&self) -> Option<Fact> {
        let at = |key: &str| self.pod.at(&["spec", key]);
        let shared = |what: &str, node: &Node, source: &str| {
            let value = Value::Text(what.to_owned());
            Some(Fact::known(value, Origin::written(node.span, source)))
        };
        if let Some(node) = at("hostNetwork").filter(|it| it.as_bool() == Some(true)) {
            return shared("host", node, "`hostNetwork`");
        }
        let init = at("initContainers").map(Node::elements).unwrap_or_default();
        if let Some(sidecar) = init.iter().find(|it| it.get("restartPolicy").is_some()) {
            return shared("pod", sidecar, "a sidecar in `initContainers`");
        }
        let containers = at("containers").filter(|it| it.elements().len() > 1)?;
        shared("pod", containers, "`containers` of the pod")
    }

    /// The namespace of an object; `None` is that of whoever applies the file.
    fn namespace(object: &Node) -> Option<&str> {
        object.at(&["metadata", "namespace"]).and_then(Node::as_str)
    }

    /// Whether an object may be in the same namespace.
    fn is_near(&self, other: &Node) -> bool {
        match (Self::namespace(self.object), Self::namespace(other)) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        }
    }

    /// Objects of a kind that may be in the same namespace.
    fn near<'o>(
        &'o self,
        cluster: &'o Cluster<'n, '_>,
        kind: &'o str,
    ) -> impl Iterator<Item = &'n Node> + 'o {
        let is_one = move |it: &&&'n Node| {
            it.get("kind").and_then(Node::as_str) == Some(kind) && self.is_near(it)
        };
        cluster.objects.iter().filter(is_one).copied()
    }
}

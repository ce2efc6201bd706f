//! What only two objects, or two places of one, say together: Kubernetes takes each as it is, and the
//! pods wait, are killed or stay as few as they are.
//!
//! Objects of other folders and charts are not here, so that only those count which are.
//!
//! Sources: <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details>,
//! <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes>,
//! <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-execution>,
//! <https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/> (2026-11-30)

use super::{Cluster, Workload, probes};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Node;
use crate::manifests::read;

/// What is wrong between the objects around the workloads of a file.
pub(super) fn told(own: &[&Node], cluster: &Cluster<'_, '_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for workload in own.iter().copied().filter_map(Workload::of) {
        found.extend(sleeps_too_long(&workload));
        found.extend(without_requests(&workload, cluster));
        found.extend(one_node(&workload, cluster));
        found.extend(without_key(&workload, cluster));
    }
    found
}

fn warning(rule: &'static str, node: &Node, message: String, label: &str) -> Diagnostic {
    Diagnostic::new(rule, Severity::Warning, message, Label::new(node.span, label))
}

/// A hook that takes all the time that the container has to stop: it gets no signal that it could
/// obey.
fn sleeps_too_long(workload: &Workload<'_>) -> Option<Diagnostic> {
    let node = workload.pod.at(&["spec", "terminationGracePeriodSeconds"]);
    let grace = node.map_or(Some(30.0), Node::as_number)?;
    let containers = workload.pod.at(&["spec", "containers"])?.elements();
    let (hook, seconds) = containers.iter().find_map(|it| {
        let hook = it.at(&["lifecycle", "preStop"])?;
        Some((hook, probes::sleep(hook)?)).filter(|it| it.1 >= grace)
    })?;
    let message = format!(
        "`preStop` sleeps {seconds} seconds, and the container is killed after {grace}: it never \
         gets to finish its requests"
    );
    let found = warning("stop-hook-above-kill", hook, message, "");
    let found = match node {
        Some(node) => found.with_related(node.span, "the whole time"),
        None => found.with_related(workload.headline, "30 seconds where none are written"),
    };
    let wanted = seconds + 30.0;
    Some(found.with_help(format!("write `terminationGracePeriodSeconds: {wanted}`, or sleep less")))
}

/// An autoscaler that compares with requests which a container does not make.
fn without_requests(workload: &Workload<'_>, cluster: &Cluster<'_, '_>) -> Option<Diagnostic> {
    // It gives containers the requests that they lack.
    if workload.near(cluster, "LimitRange").next().is_some() {
        return None;
    }
    let scaler =
        workload.near(cluster, "HorizontalPodAutoscaler").find(|it| workload.is_target(it))?;
    let (metric, resource) = shares(scaler.get("spec")?)?;
    let containers = workload.pod.at(&["spec", "containers"])?.elements();
    // A limit is also a request.
    let says = |it: &&Node| {
        let at = |key: &str| it.at(&["resources", key, resource.as_str()]).is_some();
        at("requests") || at("limits")
    };
    let container = containers.iter().find(|it| !says(it))?;
    let place = container.get("name").unwrap_or(container);
    let name = place.as_str().unwrap_or(workload.name);
    let message = format!(
        "the autoscaler never acts: its target is a share of the {resource} that `{name}` requests, \
         and it requests none"
    );
    let found = warning("autoscaler-without-requests", place, message, "no request");
    let example = if resource == "cpu" { "250m" } else { "256Mi" };
    Some(found.with_related(metric.span, "a share of what is requested").with_help(format!(
        "add `resources: {{requests: {{{resource}: {example}}}}}` to the container, unless a \
         LimitRange of the namespace does"
    )))
}

/// The first metric that is a share of what all containers of a pod request.
fn shares(spec: &Node) -> Option<(&Node, String)> {
    if let Some(node) = spec.get("targetCPUUtilizationPercentage") {
        return Some((node, "cpu".to_owned()));
    }
    spec.get("metrics")?.elements().iter().find_map(|it| {
        let resource = it.get("resource").filter(|_| text(it, "type") == Some("Resource"))?;
        let name = text(resource, "name").filter(|it| matches!(*it, "cpu" | "memory"))?;
        let share = resource
            .at(&["target", "averageUtilization"])
            .or_else(|| resource.get("targetAverageUtilization"))?;
        Some((share, name.to_owned()))
    })
}

/// Several pods with one volume that a single node may have.
fn one_node(workload: &Workload<'_>, cluster: &Cluster<'_, '_>) -> Option<Diagnostic> {
    if workload.kind() != "Deployment" {
        return None;
    }
    let node = workload.object.at(&["spec", "replicas"])?;
    let replicas = read::int(node).filter(|it| *it > 1)?;
    let volumes = workload.pod.at(&["spec", "volumes"])?.elements();
    let (used, claim) = volumes.iter().find_map(|it| {
        let used = it.at(&["persistentVolumeClaim", "claimName"])?;
        let is_it =
            |it: &&Node| it.at(&["metadata", "name"]).and_then(Node::as_str) == used.as_str();
        let claim = workload.near(cluster, "PersistentVolumeClaim").find(is_it)?;
        Some((used, claim))
    })?;
    let modes = claim.at(&["spec", "accessModes"])?;
    let words: Vec<&str> = modes.elements().iter().filter_map(Node::as_str).collect();
    let is_one = |it: &&str| matches!(*it, "ReadWriteOnce" | "ReadWriteOncePod");
    if words.is_empty() || words.len() != modes.elements().len() || !words.iter().all(is_one) {
        return None;
    }
    let message = format!(
        "{replicas} pods share the volume of `{}`, which one {} may have at a time",
        used.as_str().unwrap_or_default(),
        if words.contains(&"ReadWriteOncePod") { "pod" } else { "node" },
    );
    let found = warning("replicas-share-volume", node, message, "the others wait for it");
    let found =
        found.with_related(modes.span, "for one node").with_related(used.span, "the volume");
    Some(found.with_help(
        "run one pod with `strategy: {type: Recreate}`, or take a StatefulSet with \
         `volumeClaimTemplates`, so that each has a volume of its own",
    ))
}

/// A variable from a key that its ConfigMap or Secret lacks: the container is not created.
fn without_key(workload: &Workload<'_>, cluster: &Cluster<'_, '_>) -> Vec<Diagnostic> {
    let all = ["initContainers", "containers"].into_iter();
    let containers = all.filter_map(|it| workload.pod.at(&["spec", it])).flat_map(Node::elements);
    let variables = containers.filter_map(|it| it.get("env")).flat_map(Node::elements);
    let wrong = variables.filter_map(|it| {
        let from = it.get("valueFrom")?;
        let kinds = [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")];
        let (reference, kind) =
            kinds.iter().find_map(|(key, kind)| Some((from.get(key)?, *kind)))?;
        if reference.get("optional").is_some_and(|it| it.as_bool() != Some(false)) {
            return None;
        }
        let (name, key) = (text(reference, "name")?, reference.get("key")?);
        let is_it = |it: &&Node| it.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name);
        let mut maps = workload.near(cluster, kind).filter(is_it);
        let map = maps.next().filter(|_| maps.next().is_none())?;
        let tables = ["data", "binaryData", "stringData"].map(|it| map.get(it));
        let keys: Vec<&str> = tables
            .iter()
            .flatten()
            .flat_map(|it| it.entries())
            .map(|it| it.key.value.as_str())
            .collect();
        let wanted = key.as_str()?;
        // An empty one is filled in elsewhere.
        if keys.is_empty()
            || keys.contains(&wanted)
            || keys.iter().any(|it| it.contains(['{', '<']))
        {
            return None;
        }
        let message =
            format!("the {kind} `{name}` has no key `{wanted}`, so the container is not created");
        let label = Label::new(key.span, "");
        let found = Diagnostic::new("name-not-defined", Severity::Error, message, label);
        let place = map.at(&["metadata", "name"]).map_or(map.span, |it| it.span);
        let list: Vec<String> = keys.iter().take(5).map(|it| format!("`{it}`")).collect();
        let found = found.with_related(place, format!("has {}", list.join(", ")));
        Some(found.with_help(format!("add `{wanted}` to it, or write `optional: true`")))
    });
    wrong.collect()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

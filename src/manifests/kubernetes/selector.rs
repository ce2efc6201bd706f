//! A Service that is called like a workload, and whose selector fits no pod.
//!
//! Other folders and charts may have pods that it fits, so that only the workload which it is plainly
//! made for counts: the one of its own name.
//!
//! Source: <https://kubernetes.io/docs/concepts/services-networking/service/>

use super::{Cluster, Workload};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node};
use crate::manifests::read;

/// Endings that names of Services have behind that of the workload.
const ENDINGS: &[&str] = &["-service", "-svc"];

/// Services that send requests nowhere, although they are made for a workload of the file; they may
/// stand in a file beside it.
pub(super) fn without_pods(own: &[&Node], cluster: &Cluster<'_, '_>) -> Vec<Diagnostic> {
    if cluster.is_patched {
        return Vec::new();
    }
    let is_service = |it: &&&Node| it.get("kind").and_then(Node::as_str) == Some("Service");
    let services = cluster.objects.iter().filter(is_service);
    services.filter_map(|it| without(it, own, cluster)).collect()
}

fn without(service: &Node, own: &[&Node], cluster: &Cluster<'_, '_>) -> Option<Diagnostic> {
    let name = service.at(&["metadata", "name"])?.as_str()?;
    let selector = service.at(&["spec", "selector"])?.entries();
    let is_filled_in = |it: &Entry| text(&it.value).is_none_or(|it| it.contains(['{', '$']));
    if selector.is_empty() || selector.iter().any(is_filled_in) {
        return None;
    }
    let workloads = cluster.objects.iter().copied().filter_map(Workload::of);
    let mut workloads = workloads.filter(|it| it.is_near(service));
    let is_called = |it: &Workload<'_>| {
        it.name == name || ENDINGS.iter().any(|end| name.strip_suffix(end) == Some(it.name))
    };
    let mut meant = None;
    for workload in workloads.by_ref() {
        let labels = workload.pod.at(&["metadata", "labels"]);
        let labels = labels.map(Node::entries).unwrap_or_default();
        if labels.is_empty() || labels.iter().any(is_filled_in) {
            return None;
        }
        let wrong = selector.iter().find(|it| !has(labels, it));
        let wrong = wrong?;
        if is_called(&workload) {
            let same = labels.iter().find(|it| it.key.value == wrong.key.value);
            meant.get_or_insert((wrong, same.or(labels.first())?, workload));
        }
    }
    let (wrong, label, workload) = meant?;
    if !own.iter().any(|it| std::ptr::eq(*it, workload.object)) {
        return None;
    }
    let (key, value) = (&wrong.key.value, text(&wrong.value)?);
    let message = format!(
        "no pod has the label `{key}: {value}`, so the Service `{name}` sends requests nowhere"
    );
    let found = Diagnostic::new(
        "service-without-pods",
        Severity::Error,
        message,
        Label::new(wrong.span(), ""),
    );
    let found =
        found.with_related(label.span(), format!("the label of the pods of `{}`", workload.name));
    Some(match label.key.value == *key {
        true => found.with_help(format!("write `{key}: {}`", text(&label.value)?)),
        false => {
            found.with_help(format!("give the pods this label, or select by `{}`", label.key.value))
        }
    })
}

fn has(labels: &[Entry], wanted: &Entry) -> bool {
    let mut same = labels.iter().filter(|it| it.key.value == wanted.key.value);
    same.any(|it| text(&it.value) == text(&wanted.value))
}

fn text(node: &Node) -> Option<String> {
    read::scalar_text(node)
}

//! Probes and the stop of a container.
//!
//! Sources: `configure-liveness-readiness-startup-probes.md` and `pod-lifecycle.md` of the manual,
//! at the commits that `platforms/kubernetes.toml` names.

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::manifests::{catalog, read};
use crate::project::Facts;
use crate::vocabulary as v;

use super::{Cluster, Workload};

impl Workload<'_> {
    /// The probe whose failure restarts the container, else the one that stops requests. The probe
    /// at the start is over when requests come.
    pub(super) fn checks(&self, cluster: &Cluster<'_, '_>, container: &Node, facts: &mut Facts) {
        let kinds = ["livenessProbe", "readinessProbe"];
        let found = kinds.iter().find_map(|it| Some((*it, container.get(it)?)));
        let Some((kind, probe)) = found else { return };
        let defaults = [v::HEALTH_CHECK_INTERVAL_S, v::HEALTH_CHECK_TIMEOUT_S];
        if let Some(platform) = cluster.platform {
            catalog::set_limits(facts, platform, &defaults);
        }
        for (id, path) in [
            (v::HEALTH_CHECK_PATH, ["httpGet", "path"].as_slice()),
            (v::HEALTH_CHECK_INTERVAL_S, &["periodSeconds"]),
            (v::HEALTH_CHECK_TIMEOUT_S, &["timeoutSeconds"]),
            (v::HEALTH_CHECK_GRACE_S, &["initialDelaySeconds"]),
        ] {
            if let Some(node) = probe.at(path) {
                facts.set(id, read::written(node, &format!("`{kind}`")));
            }
            facts.anchor(id, probe.span);
        }
        if let Some(port) = self.asked_port(cluster, container, probe) {
            facts.set(v::HEALTH_CHECK_PORT, port);
        }
        if let Some(headers) = probe.at(&["httpGet", "httpHeaders"]) {
            let names = headers.elements().iter().filter_map(|it| it.get("name")?.as_str());
            let names = names.map(|it| Value::Text(it.to_ascii_lowercase())).collect();
            let origin = Origin::written(headers.span, format!("`{kind}`"));
            facts.set(v::HEALTH_CHECK_HEADERS, Fact::known(Value::List(names), origin));
        }
    }

    /// The port that a probe asks, where the container does not name it among its ports: one that it
    /// names may be that of another listener, and one of another container of the pod.
    fn asked_port(
        &self,
        cluster: &Cluster<'_, '_>,
        container: &Node,
        probe: &Node,
    ) -> Option<Fact> {
        let node = probe.at(&["httpGet", "port"]).or_else(|| probe.at(&["tcpSocket", "port"]))?;
        let port = read::int(node)?;
        let ports = container.get("ports")?.elements();
        let is_named = |it: &Node| it.get("containerPort").and_then(read::int) == Some(port);
        let is_alone =
            self.pod.at(&["spec", "containers"]).is_some_and(|it| it.elements().len() == 1)
                && self.pod.at(&["spec", "initContainers"]).is_none();
        let is_known = is_alone && !cluster.is_patched && !ports.is_empty();
        (is_known && !ports.iter().any(is_named))
            .then(|| Fact::known(Value::Int(port), Origin::written(node.span, "port of the probe")))
    }

    /// The signal to stop, and how long it is waited for. What runs before the signal takes its
    /// time from the same seconds.
    pub(super) fn shutdown(&self, cluster: &Cluster<'_, '_>, container: &Node, facts: &mut Facts) {
        if let Some(platform) = cluster.platform {
            catalog::set_limits(facts, platform, &[v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S]);
        }
        if let Some(node) = container.at(&["lifecycle", "stopSignal"]) {
            facts.set(v::SHUTDOWN_SIGNAL, read::written(node, "`stopSignal`"));
        }
        if let Some(node) = self.pod.at(&["spec", "terminationGracePeriodSeconds"]) {
            let fact = read::written(node, "`terminationGracePeriodSeconds`");
            facts.set(v::SHUTDOWN_GRACE_S, fact);
        }
        facts.anchor(v::SHUTDOWN_GRACE_S, self.headline);
        let before = container.at(&["lifecycle", "preStop"]).and_then(|it| Some((it, sleep(it)?)));
        let whole = facts.get(v::SHUTDOWN_GRACE_S).and_then(|it| Some((it.clone(), it.number()?)));
        if let (Some((node, seconds)), Some((fact, whole))) = (before, whole) {
            let origin = Origin::new(OriginKind::Derived, "the grace less the time of `preStop`");
            let origin = Origin { span: Some(node.span), ..origin };
            let origin = origin.with_input(v::SHUTDOWN_GRACE_S.name(), fact);
            let left = Value::of_number((whole - seconds).max(0.0));
            facts.set(v::SHUTDOWN_GRACE_S, Fact::known(left, origin));
        }
    }
}

/// How long a hook sleeps: `sleep: {seconds: 5}`, or the command `sleep 5`, also in a shell.
pub(super) fn sleep(hook: &Node) -> Option<f64> {
    if let Some(seconds) = hook.at(&["sleep", "seconds"]) {
        return seconds.as_number();
    }
    let words: Option<Vec<&str>> =
        hook.at(&["exec", "command"])?.elements().iter().map(Node::as_str).collect();
    let seconds = match words?.as_slice() {
        [program, seconds] if program.rsplit('/').next() == Some("sleep") => seconds,
        [_, option, text] if option.ends_with('c') => text.trim().strip_prefix("sleep ")?,
        _ => return None,
    };
    seconds.trim().trim_end_matches('s').parse().ok().filter(|it: &f64| *it >= 0.0)
}

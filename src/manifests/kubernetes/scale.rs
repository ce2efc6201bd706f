//! How many pods a workload has, and which requests reach them.

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::cloud::{default, int};
use crate::manifests::read;
use crate::project::Facts;
use crate::vocabulary as v;

use super::{Cluster, Workload};

impl<'n> Workload<'n> {
    /// `replicas`, unless an autoscaler decides.
    pub(super) fn scale(&self, cluster: &Cluster<'n, '_>, facts: &mut Facts) {
        let one = || default(Value::Int(1), "Kubernetes default");
        let scaler = self.near(cluster, "HorizontalPodAutoscaler").find(|it| self.is_target(it));
        if let Some(spec) = scaler.and_then(|it| it.get("spec")) {
            let read = |key: &str| spec.get(key).map(|it| int(it, &format!("`{key}`")));
            facts.set(v::SCALE_MIN, read("minReplicas").unwrap_or_else(one));
            facts.set(v::SCALE_MAX, read("maxReplicas").unwrap_or_else(one));
            let origin = Origin::written(spec.span, "a HorizontalPodAutoscaler");
            facts.set(v::SCALE_AUTOSCALING, Fact::known(Value::Bool(true), origin));
            return;
        }
        if let Some(scaler) = self.near(cluster, "ScaledObject").find(|it| self.is_scaled_by(it)) {
            self.by_events(scaler, facts);
            return;
        }
        if self.kind() == "DaemonSet" {
            let unknown = Unknown::because("a DaemonSet has a pod on each node");
            let origin = Origin::written(self.headline, "the kind of the workload");
            facts.set(v::SCALE_MIN, Fact::unknown(unknown.clone(), origin.clone()));
            facts.set(v::SCALE_MAX, Fact::unknown(unknown, origin));
            return;
        }
        let replicas = self.object.at(&["spec", "replicas"]);
        let replicas =
            match replicas.filter(|_| matches!(self.kind(), "Deployment" | "StatefulSet")) {
                Some(node) => int(node, "`replicas`"),
                None => one(),
            };
        facts.set(v::SCALE_MIN, replicas.clone());
        facts.set(v::SCALE_MAX, replicas);
    }

    /// What KEDA makes of its queue or metric, whatever `replicas` says.
    ///
    /// Source: <https://keda.sh/docs/2.17/reference/scaledobject-spec/> (2026-11-30)
    fn by_events(&self, scaler: &Node, facts: &mut Facts) {
        let read = |key: &str, usual: i64| match scaler.at(&["spec", key]) {
            Some(node) => int(node, &format!("`{key}`")),
            None => default(Value::Int(usual), "KEDA default"),
        };
        facts.set(v::SCALE_MIN, read("minReplicaCount", 0));
        facts.set(v::SCALE_MAX, read("maxReplicaCount", 100));
        let origin = Origin::written(scaler.span, "a ScaledObject of KEDA");
        facts.set(v::SCALE_AUTOSCALING, Fact::known(Value::Bool(true), origin));
    }

    /// Whether a ScaledObject is about this workload. Without a kind, it is about a Deployment.
    fn is_scaled_by(&self, scaler: &Node) -> bool {
        let target = |key: &str| scaler.at(&["spec", "scaleTargetRef", key]).and_then(Node::as_str);
        target("kind").unwrap_or("Deployment") == self.kind() && target("name") == Some(self.name)
    }

    /// Whether an autoscaler is about this workload.
    pub(super) fn is_target(&self, scaler: &Node) -> bool {
        let target = |key: &str| scaler.at(&["spec", "scaleTargetRef", key]).and_then(Node::as_str);
        target("kind") == Some(self.kind()) && target("name") == Some(self.name)
    }

    /// The Service whose selector fits the labels of the pods.
    pub(super) fn service(&self, cluster: &Cluster<'n, '_>) -> Option<&'n Node> {
        self.near(cluster, "Service").find(|it| self.is_selected(it))
    }

    /// Whether a Service sends requests to its pods, wherever both are.
    pub(super) fn is_selected(&self, service: &Node) -> bool {
        let Some(labels) = self.pod.at(&["metadata", "labels"]) else { return false };
        let selector = service.at(&["spec", "selector"]).map(Node::entries).unwrap_or_default();
        let has = |key: &str, value: &Node| {
            let text = |it: &Node| read::scalar_text(it);
            labels.get(key).and_then(text).is_some_and(|it| Some(it) == text(value))
        };
        !selector.is_empty() && selector.iter().all(|it| has(&it.key.value, &it.value))
    }

    /// The port of the container that a Service sends requests to, where it has a single one.
    pub(super) fn routed_port(service: &Node, container: &Node) -> Option<Fact> {
        let [port] = service.at(&["spec", "ports"])?.elements() else { return None };
        let target = port.get("targetPort").or_else(|| port.get("port"))?;
        if read::int(target).is_some() {
            return Some(int(target, "`targetPort` of the Service"));
        }
        let ports = container.get("ports")?.elements();
        let named = ports.iter().find(|it| {
            it.get("name").and_then(Node::as_str).is_some_and(|it| Some(it) == target.as_str())
        })?;
        let number = int(named.get("containerPort")?, "`containerPort`");
        let origin = Origin::new(OriginKind::Derived, "`targetPort` of the Service");
        let origin = Origin { span: number.origin.span, ..origin };
        Some(Fact::new(number.state.clone(), origin.with_input("port", number)))
    }
}

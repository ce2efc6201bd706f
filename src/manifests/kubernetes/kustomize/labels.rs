//! Labels that a kustomization gives everything: with them, workloads and Services find their pods.
//!
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/labels/>,
//! `api/internal/konfig/builtinpluginconsts/commonlabels.go` of kustomize (2026-11-30)

use super::merge;
use crate::document::{Entry, Node, NodeKind};
use crate::formats::recognise;

/// Kinds whose pods stand in a template, and that find them by a selector.
const SELECTING: &[&str] = &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"];

/// Adds the labels of a kustomization to the objects.
pub(super) fn add(root: &Node, objects: &mut [Node]) {
    for pairs in recognise::kustomize_selected(root) {
        let table = |key: &str, value: Node| {
            Node::new(NodeKind::Map(vec![Entry::of(key, value)]), pairs.span)
        };
        for object in objects.iter_mut() {
            let kind = object.get("kind").and_then(Node::as_str).unwrap_or_default();
            let template = || table("template", table("metadata", table("labels", pairs.clone())));
            if SELECTING.contains(&kind) {
                let selector = table("selector", table("matchLabels", pairs.clone()));
                merge::over(object, &table("spec", selector));
                merge::over(object, &table("spec", template()));
            } else if kind == "Service" {
                merge::over(object, &table("spec", table("selector", pairs.clone())));
            }
        }
    }
}

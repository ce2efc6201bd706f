//! `environments`: what one environment gets instead of what the manifest says for all.
//!
//! Source: `applyEnv` and the transformers in internal/pkg/manifest/transform.go.

use crate::document::{Document, Node, NodeKind};
use crate::draft::Context;
use crate::manifests::read;
use crate::source::Span;
use crate::workspace::{join, parent};

/// A manifest as an environment gets it.
pub(super) struct Variant {
    /// The name of the environment; that of the workload where all get the same.
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) root: Node,
}

/// Names that environments have, to look whether they are there.
const USUAL: &[&str] =
    &["dev", "development", "prod", "production", "qa", "stage", "staging", "test"];

/// Those of them that are for users.
const FOR_USERS: &[&str] = &["prod", "production"];

/// Bytes of all copies of a manifest, one for each environment.
const COPIES_MAX: usize = 1_000_000;

/// The manifest for each environment that it names or that has a manifest of its own. What it says
/// for all is a deployment of its own, unless one of the environments is the one for users.
pub(super) fn variants(context: &mut Context<'_, '_>, document: &Document) -> Vec<Variant> {
    let root = &document.root;
    let for_all = root.entries().iter().filter(|it| it.key.value != "environments").cloned();
    let base = without_nothing(&Node::new(NodeKind::Map(for_all.collect()), root.span));
    let named = root.get("environments").map(Node::entries).unwrap_or_default();
    let is_changed = |it: &&crate::document::Entry| !it.value.entries().is_empty();
    let mut names: Vec<(String, Span)> =
        named.iter().filter(is_changed).map(|it| (it.key.value.clone(), it.key.span)).collect();
    let length = context.workspace.sources.file(document.file).text().len();
    let all = Variant {
        name: root.get("name").and_then(Node::as_str).unwrap_or_default().to_owned(),
        span: root.get("name").map_or(root.span, |it| it.span),
        root: base.clone(),
    };
    if names.is_empty() || names.len() * length > COPIES_MAX {
        return vec![all];
    }
    let folder = parent(parent(context.manifest)).to_owned();
    let is_there = |name: &str| {
        let path = join(&folder, &format!("environments/{name}/manifest.yml"));
        path.is_some_and(|it| context.workspace.is_file(&it))
    };
    for name in USUAL.iter().filter(|it| is_there(it)) {
        if !names.iter().any(|(known, _)| known == name) {
            names.push(((*name).to_owned(), all.span));
        }
    }
    let mut variants = Vec::new();
    if !names.iter().any(|(it, _)| FOR_USERS.contains(&it.as_str())) {
        variants.push(all);
    }
    variants.extend(names.into_iter().map(|(name, span)| {
        let over = named.iter().find(|it| it.key.value == name);
        let root = over.map_or_else(|| base.clone(), |it| laid_over(&base, &it.value));
        Variant { name, span, root }
    }));
    variants
}

/// The manifest with what an environment says over it.
fn laid_over(base: &Node, over: &Node) -> Node {
    let mut root = base.clone();
    let over = without_nothing(over);
    // Two ways to say the same thing exclude each other: the one of the environment counts.
    for [path, one, other] in [["image", "build", "location"], ["image", "location", "build"]] {
        if over.at(&[path, one]).is_some() {
            remove(&mut root, path, &[other]);
        }
    }
    const BY_LOAD: &[&str] = &[
        "range",
        "cooldown",
        "cpu_percentage",
        "memory_percentage",
        "requests",
        "response_time",
        "queue_delay",
    ];
    let count = over.get("count");
    if count.is_some_and(|it| it.get("spot").is_some()) {
        remove(&mut root, "count", BY_LOAD);
    } else if count.is_some_and(|it| !it.entries().is_empty()) {
        remove(&mut root, "count", &["spot"]);
    }
    read::lay_over(&mut root, &over);
    root
}

fn remove(root: &mut Node, table: &str, keys: &[&str]) {
    let NodeKind::Map(entries) = &mut root.kind else { return };
    let Some(entry) = entries.iter_mut().find(|it| it.key.value == table) else { return };
    if let NodeKind::Map(entries) = &mut entry.value.kind {
        entries.retain(|it| !keys.contains(&it.key.value.as_str()));
    }
}

/// A table without keys that have no value, which change nothing. A variable without one is there.
fn without_nothing(node: &Node) -> Node {
    let NodeKind::Map(entries) = &node.kind else { return node.clone() };
    let kept = entries.iter().filter(|it| it.value.kind != NodeKind::Null).map(|it| {
        let mut entry = it.clone();
        if entry.key.value != "variables" {
            entry.value = without_nothing(&it.value);
        }
        entry
    });
    Node::new(NodeKind::Map(kept.collect()), node.span)
}

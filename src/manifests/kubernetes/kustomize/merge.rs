//! A patch laid over an object: a strategic merge.
//!
//! Tables are merged key by key, lists of things with a name by their names; every other list, such as
//! `args`, is replaced. `null` and `$patch: delete` take something away.
//!
//! Source: <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>
//! (2026-11-30), and the `patchMergeKey` of the types in k8s.io/api/core/v1/types.go

use crate::document::{Entry, Node, NodeKind};

/// Lists that are merged, and the keys that tell their elements apart: the first that all of them
/// have.
const MERGED: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// The key by which a patch says what it does.
const DIRECTIVE: &str = "$patch";

/// Values in a tree.
pub(super) fn size(node: &Node) -> usize {
    let entries = node.entries().iter().map(|it| size(&it.value));
    1 + entries.sum::<usize>() + node.elements().iter().map(size).sum::<usize>()
}

/// The value of a key of a table.
pub(super) fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let NodeKind::Map(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|it| it.key.value == key).map(|it| &mut it.value)
}

/// Sets a key of a table.
pub(super) fn set(node: &mut Node, key: &str, value: Node) {
    if let Some(it) = get_mut(node, key) {
        *it = value;
    } else if let NodeKind::Map(entries) = &mut node.kind {
        entries.push(Entry::of(key, value));
    }
}

/// What a patch asks to be done with the thing that it is about.
pub(super) fn directive(node: &Node) -> Option<&str> {
    node.get(DIRECTIVE).and_then(Node::as_str)
}

/// Lays a patch over a table.
pub(super) fn over(base: &mut Node, patch: &Node) {
    if !matches!((&base.kind, &patch.kind), (NodeKind::Map(_), NodeKind::Map(_)))
        || directive(patch) == Some("replace")
    {
        *base = plain(patch);
        return;
    }
    for Entry { key, value } in patch.entries().iter().filter(|it| !it.key.value.starts_with('$')) {
        let NodeKind::Map(entries) = &mut base.kind else { return };
        if matches!(value.kind, NodeKind::Null) || directive(value) == Some("delete") {
            entries.retain(|it| it.key.value != key.value);
            continue;
        }
        match entries.iter_mut().find(|it| it.key.value == key.value) {
            None => entries.push(Entry { key: key.clone(), value: plain(value) }),
            Some(it) => match merge_key(&key.value, &it.value, value) {
                Some(name) => list(&mut it.value, value, name),
                None if matches!(value.kind, NodeKind::Map(_)) => over(&mut it.value, value),
                None => *it = Entry { key: key.clone(), value: plain(value) },
            },
        }
    }
}

/// The key that tells the elements of two lists of one name apart.
fn merge_key(name: &str, base: &Node, patch: &Node) -> Option<&'static str> {
    let (NodeKind::List(base), NodeKind::List(patch)) = (&base.kind, &patch.kind) else {
        return None;
    };
    let (_, keys) = MERGED.iter().find(|(it, _)| *it == name)?;
    let has = |key: &&&str| {
        let mut all = base.iter().chain(patch);
        all.all(|it| it.get(key).is_some() || it.get(DIRECTIVE).is_some())
    };
    keys.iter().find(has).copied()
}

/// Lays the elements of a list over those with the same name; new ones stand in front.
fn list(base: &mut Node, patch: &Node, name: &str) {
    let NodeKind::List(own) = &mut base.kind else { return };
    if patch.elements().iter().any(|it| it.get(name).is_none() && directive(it) == Some("replace"))
    {
        *base = plain(patch);
        return;
    }
    let is_same = |a: &Node, b: &Node| {
        let text = |it: &Node| it.get(name).and_then(crate::manifests::read::scalar_text);
        text(a).is_some() && text(a) == text(b)
    };
    let mut new = Vec::new();
    for element in patch.elements() {
        if directive(element) == Some("delete") {
            own.retain(|it| !is_same(it, element));
        } else if let Some(it) = own.iter_mut().find(|it| is_same(it, element)) {
            over(it, element);
        } else {
            new.push(plain(element));
        }
    }
    new.append(own);
    *own = new;
}

/// A part of a patch without what it says to kustomize.
fn plain(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::Map(entries) => {
            let is_kept = |it: &&Entry| {
                !it.key.value.starts_with('$') && !matches!(it.value.kind, NodeKind::Null)
            };
            let kept = entries.iter().filter(is_kept);
            let entry = |it: &Entry| Entry { key: it.key.clone(), value: plain(&it.value) };
            NodeKind::Map(kept.map(entry).collect())
        }
        NodeKind::List(nodes) => {
            let kept = nodes.iter().filter(|it| it.get(DIRECTIVE).is_none());
            NodeKind::List(kept.map(plain).collect())
        }
        other => other.clone(),
    };
    Node::new(kind, node.span)
}

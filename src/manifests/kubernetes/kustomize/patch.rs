//! Which objects a patch is for, and operations on single values (RFC 6902).

use super::merge;
use crate::document::{Entry, Node, NodeKind, Text};
use crate::formats::recognise;
use crate::parse::{self, Syntax};
use crate::source::Span;

/// Values of one patch: more are none that somebody wrote.
const PATCH_MAX: usize = 2_000;

/// Patches that stand as text in a kustomization; their places are those of the text.
pub(super) fn inline(text: &Text) -> Option<Vec<Node>> {
    let document = parse::document(Syntax::YamlStream, text.span().file, &text.value);
    if !document.problems.is_empty() {
        return None;
    }
    let mut objects: Vec<Node> = recognise::kubernetes_objects(&document.root).cloned().collect();
    objects.iter_mut().for_each(|it| put(it, text));
    Some(objects)
}

/// Gives a tree of a text the places of that text in its file.
fn put(node: &mut Node, text: &Text) {
    let place = |it: Span| {
        let end = (it.end as usize).min(text.value.len());
        text.span_of((it.start as usize).min(end)..end)
    };
    node.span = place(node.span);
    match &mut node.kind {
        NodeKind::String(own) => *own = Text::new(own.value.clone(), node.span, Vec::new()),
        NodeKind::List(nodes) => nodes.iter_mut().for_each(|it| put(it, text)),
        NodeKind::Map(entries) => {
            for Entry { key, value } in entries {
                key.span = place(key.span);
                put(value, text);
            }
        }
        _ => {}
    }
}

/// Lays each patch over the objects that it is for: those of `target`, or the one that it names. `None`
/// where that takes more steps than `spend` has.
pub(super) fn strategic(
    objects: &mut Vec<Node>,
    patches: &[Node],
    target: Option<&Node>,
    spend: &dyn Fn(usize) -> Option<()>,
) -> Option<()> {
    for patch in patches {
        let is_it = |it: &Node| match target {
            Some(target) => is_target(target, it),
            None => ["kind", "name"].iter().all(|key| text(patch, key) == text(it, key)),
        };
        spend(objects.len())?;
        if merge::directive(patch) == Some("delete") {
            objects.retain(|it| !is_it(it));
            continue;
        }
        let size = merge::size(patch);
        if size > PATCH_MAX {
            return None;
        }
        for it in objects.iter_mut().filter(|it| is_it(it)) {
            // Each part of a patch is looked for among the parts of the object.
            spend(size.saturating_mul(1 + merge::size(it) / 64))?;
            // A patch with a target changes no names.
            let own = it.at(&["metadata", "name"]).cloned();
            merge::over(it, patch);
            if let (Some(own), Some(metadata)) = (own, merge::get_mut(it, "metadata")) {
                merge::set(metadata, "name", own);
            }
        }
    }
    Some(())
}

/// The kind or the name of an object.
fn text<'n>(object: &'n Node, key: &str) -> Option<&'n str> {
    match key {
        "name" => object.at(&["metadata", "name"]),
        key => object.get(key),
    }
    .and_then(Node::as_str)
}

/// Whether a target picks an object. Kustomize reads its texts as regular expressions for the whole
/// of a name; those that are not plain names, but for "any", pick nothing here.
fn is_target(target: &Node, object: &Node) -> bool {
    ["kind", "name"].iter().all(|key| {
        let wanted = target.get(key).and_then(Node::as_str);
        wanted.is_none_or(|it| matches!(it, ".*" | ".+") || text(object, key) == Some(it))
    })
}

/// Runs operations on the objects of a target: `add`, `replace` and `remove`. `None` for another one,
/// for a path that is not there, and where that
/// takes more steps than `spend` has.
pub(super) fn operations(
    objects: &mut [Node],
    operations: &[Node],
    target: &Node,
    spend: &dyn Fn(usize) -> Option<()>,
) -> Option<()> {
    for object in objects.iter_mut().filter(|it| is_target(target, it)) {
        for operation in operations {
            spend(merge::size(operation))?;
            let path = operation.get("path")?.as_str()?.strip_prefix('/')?;
            let parts: Vec<String> =
                path.split('/').map(|it| it.replace("~1", "/").replace("~0", "~")).collect();
            let (last, parts) = parts.split_last()?;
            let mut at = &mut *object;
            for part in parts {
                at = step(at, part)?;
            }
            let value = || operation.get("value").cloned();
            match operation.get("op")?.as_str()? {
                "add" => add(at, last, value()?)?,
                "replace" => *step(at, last)? = value()?,
                "remove" => remove(at, last)?,
                "test" => {}
                _ => return None,
            }
        }
    }
    Some(())
}

/// The value of a key, or the element of a number.
fn step<'n>(node: &'n mut Node, part: &str) -> Option<&'n mut Node> {
    match &mut node.kind {
        NodeKind::List(nodes) => nodes.get_mut(part.parse::<usize>().ok()?),
        NodeKind::Map(entries) => {
            entries.iter_mut().find(|it| it.key.value == part).map(|it| &mut it.value)
        }
        _ => None,
    }
}

fn add(node: &mut Node, part: &str, value: Node) -> Option<()> {
    match &mut node.kind {
        NodeKind::List(nodes) if part == "-" => nodes.push(value),
        NodeKind::List(nodes) => {
            let at = part.parse::<usize>().ok().filter(|it| *it <= nodes.len())?;
            nodes.insert(at, value);
        }
        NodeKind::Map(_) => merge::set(node, part, value),
        _ => return None,
    }
    Some(())
}

fn remove(node: &mut Node, part: &str) -> Option<()> {
    match &mut node.kind {
        NodeKind::List(nodes) => {
            let at = part.parse::<usize>().ok().filter(|it| *it < nodes.len())?;
            nodes.remove(at);
        }
        NodeKind::Map(entries) => entries.retain(|it| it.key.value != part),
        _ => return None,
    }
    Some(())
}

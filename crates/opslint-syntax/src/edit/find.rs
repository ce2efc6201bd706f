//! The value, key or text at some bytes of a tree.

use crate::document::{Document, Node, NodeKind};
use crate::source::Span;

/// A value and what it stands in.
#[derive(Clone)]
pub(super) struct Found<'a> {
    pub(super) node: &'a Node,
    /// What holds it, outermost first.
    pub(super) holders: Vec<Holder<'a>>,
}

/// A table or list, and which of its entries or elements is meant.
#[derive(Clone, Copy)]
pub(super) struct Holder<'a> {
    pub(super) parent: &'a Node,
    pub(super) idx: usize,
}

impl Holder<'_> {
    /// The key, where the parent is a table.
    pub(super) fn key(&self) -> Option<&str> {
        self.parent.entries().get(self.idx).map(|it| it.key.value.as_str())
    }
}

/// The one value that is written at these bytes. What an alias repeats is written once and means
/// several, so it is none.
pub(super) fn value(document: &Document, span: Span) -> Option<Found<'_>> {
    one(document, |node, _| node.span == span && !matches!(node.kind, NodeKind::Map(_)))
}

/// The one table that is written at these bytes.
pub(super) fn table(document: &Document, span: Span) -> Option<Found<'_>> {
    let is_root = span.order() == (0, 0) && span.file == document.file;
    if is_root || document.root.span == span {
        return Some(Found { node: &document.root, holders: Vec::new() });
    }
    one(document, |node, _| node.span == span && matches!(node.kind, NodeKind::Map(_)))
}

/// The one entry whose key is written at these bytes.
pub(super) fn key(document: &Document, span: Span) -> Option<Found<'_>> {
    one(document, |_, holder| {
        let entry = holder.and_then(|it| it.parent.entries().get(it.idx));
        entry.is_some_and(|it| it.key.span == span)
    })
}

/// The one text or expression that holds these bytes.
pub(super) fn leaf(document: &Document, span: Span) -> Option<Found<'_>> {
    one(document, |node, _| {
        matches!(node.kind, NodeKind::String(_) | NodeKind::Dynamic(_)) && node.span.contains(span)
    })
}

fn one<'a>(
    document: &'a Document,
    fits: impl Fn(&'a Node, Option<Holder<'a>>) -> bool,
) -> Option<Found<'a>> {
    let mut found = Vec::new();
    walk(&document.root, &mut Vec::new(), &mut |node, holders| {
        if fits(node, holders.last().copied()) {
            found.push(Found { node, holders: holders.to_vec() });
        }
    });
    let only = found.pop()?;
    found.is_empty().then_some(only)
}

fn walk<'a>(
    node: &'a Node,
    holders: &mut Vec<Holder<'a>>,
    visit: &mut dyn FnMut(&'a Node, &[Holder<'a>]),
) {
    visit(node, holders);
    let values = node.entries().iter().map(|it| &it.value);
    for (idx, child) in values.chain(node.elements()).enumerate() {
        holders.push(Holder { parent: node, idx });
        walk(child, holders, visit);
        holders.pop();
    }
}

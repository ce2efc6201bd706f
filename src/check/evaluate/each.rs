//! `list[*]` in a rule: the elements that it stands for, and the places of keys in them.

use crate::document::{Node, NodeKind};
use crate::policy::expression::{Compiled, Expr, ExprKind, Scope};
use crate::source::Span;

/// The elements of a list, which may stand in each element of another one.
pub(super) fn elements<'a>(scope: &Scope<'a>, compiled: &Compiled, list: &Expr) -> Vec<&'a Node> {
    let lists: Vec<&'a Node> = match split_each(list) {
        None => scope.path_of(compiled, list).and_then(|(_, it)| it).into_iter().collect(),
        Some((outer, keys)) => {
            let below = |it: &'a Node| keys.iter().try_fold(it, |node, key| node.get(key));
            elements(scope, compiled, outer).into_iter().filter_map(below).collect()
        }
    };
    let of = |it: &'a Node| match &it.kind {
        NodeKind::List(elements) => elements.as_slice(),
        NodeKind::Null => &[],
        // `[vm]` is one table where `[[vm]]` is a list of them: platforms read both alike.
        _ => std::slice::from_ref(it),
    };
    lists.into_iter().flat_map(of).collect()
}

/// Splits `list[*].a.b` into the list and the keys behind it.
pub(super) fn split_each(expr: &Expr) -> Option<(&Expr, Vec<&str>)> {
    match &expr.kind {
        ExprKind::Each(list) => Some((list, Vec::new())),
        ExprKind::Select(operand, field) => {
            let (list, mut keys) = split_each(operand)?;
            keys.push(field);
            Some((list, keys))
        }
        ExprKind::Index(operand, index) => {
            let (list, mut keys) = split_each(operand)?;
            let ExprKind::Text(key) = &index.kind else { return None };
            keys.push(key);
            Some((list, keys))
        }
        _ => None,
    }
}

/// The place of a path of keys below a node, or of its nearest written ancestor.
pub(super) fn descend(node: &Node, keys: &[&str]) -> Span {
    let mut node = node;
    for key in keys {
        match node.get(key) {
            Some(child) => node = child,
            None => break,
        }
    }
    node.span
}

//! Secrets in a parsed file: exact where the language is known.

use std::ops::Range;

use super::name::{self, Hint};
use super::scan::part;
use crate::document::{Node, NodeKind, Text};

/// A value that is a secret, or the part of one that is.
pub(super) struct Found {
    /// Bytes of the file.
    pub(super) bytes: Range<usize>,
    /// The text, with escapes decoded.
    pub(super) value: String,
}

/// Adds every secret below a node.
pub(super) fn secrets(acc: &mut Vec<Found>, node: &Node) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for it in entries {
                named(acc, &it.key.value, &it.value);
                secrets(acc, &it.value);
            }
            pair(acc, node);
        }
        NodeKind::List(elements) => elements.iter().for_each(|it| secrets(acc, it)),
        NodeKind::String(text) => variable(acc, text),
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Dynamic(_) => {}
    }
}

/// `NAME: value`, and `NAME: [value, value]`.
fn named(acc: &mut Vec<Found>, name: &str, value: &Node) {
    let hint = name::hint(name);
    if hint == Hint::None {
        return;
    }
    for it in std::iter::once(value).chain(value.elements()) {
        if let NodeKind::String(text) = &it.kind {
            add(acc, name, hint, text, 0);
        }
    }
}

/// `key: NAME` and `value: …` in one mapping.
fn pair(acc: &mut Vec<Found>, node: &Node) {
    let keys = ["key", "name", "variable", "env", "envvar", "id", "Key", "Name"];
    let values = ["value", "default", "defaultValue", "content", "Value", "Default"];
    let name = keys.iter().find_map(|it| node.get(it).and_then(Node::as_str));
    let value = values.iter().find_map(|it| node.get(it));
    if let Some((name, value)) = name.zip(value) {
        named(acc, name, value);
    }
}

/// `NAME=value` as one text.
fn variable(acc: &mut Vec<Found>, text: &Text) {
    let Some((name, _)) = text.value.split_once('=') else { return };
    let is_name =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || it == '_');
    if is_name(name) {
        add(acc, name, name::hint(name), text, name.len() + 1);
    }
}

fn add(acc: &mut Vec<Found>, name: &str, hint: Hint, text: &Text, from: usize) {
    let value = &text.value[from..];
    if let Some(part) = part(name, hint, value) {
        let decoded = from + part.start..from + part.end;
        acc.push(Found { bytes: text.span_of(decoded).range(), value: value[part].to_owned() });
    }
}

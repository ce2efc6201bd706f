//! Intrinsic functions of CloudFormation: `!Ref`, `Fn::If` and so on, as tags and as tables.

use crate::document::{Node, NodeKind};
use crate::manifests::read;
use crate::source::SourceMap;

/// A property of a template.
pub(super) enum Property<'a> {
    /// It is not set.
    Absent,
    /// It is written, here or as the only value that a parameter allows.
    Known(&'a Node),
    /// Why only a deployment can tell.
    Unknown(String),
}

/// What is known of a property.
pub(super) fn property<'a>(root: &'a Node, sources: &SourceMap, node: &'a Node) -> Property<'a> {
    match &node.kind {
        NodeKind::Null => Property::Absent,
        NodeKind::Dynamic(_) | NodeKind::Map(_) => match referenced(node) {
            Some("AWS::NoValue") => Property::Absent,
            Some(name) => parameter(root, name),
            None => match shown(sources, node) {
                Some(text) => deployed(&text),
                None => Property::Known(node),
            },
        },
        NodeKind::String(text) if text.value.contains("{{resolve:") => deployed(&text.value),
        _ => Property::Known(node),
    }
}

/// The name in `!Ref NAME` or `{Ref: NAME}`.
pub(in crate::manifests::lambda) fn referenced(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Dynamic(text) => Some(text.strip_prefix("!Ref ")?.trim()),
        NodeKind::Map(_) => match node.entries() {
            [entry] if entry.key.value == "Ref" => entry.value.as_str(),
            _ => None,
        },
        _ => None,
    }
}

fn deployed<'a>(text: &str) -> Property<'a> {
    Property::Unknown(format!("`{}` is only known when it is deployed", read::shown(text)))
}

fn parameter<'a>(root: &'a Node, name: &str) -> Property<'a> {
    let Some(parameter) = root.get("Parameters").and_then(|it| it.get(name)) else {
        return deployed(&format!("!Ref {name}"));
    };
    if let Some([only]) = parameter.get("AllowedValues").map(Node::elements) {
        return Property::Known(only);
    }
    let default = parameter.get("Default").and_then(read::scalar_text);
    Property::Unknown(match default {
        Some(default) => {
            let default = read::shown(&default);
            format!("the parameter `{name}` may differ from its default, which is {default}")
        }
        None => format!("the parameter `{name}` is given when it is deployed"),
    })
}

/// An intrinsic function as it is written, its first line at most.
fn shown(sources: &SourceMap, node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Dynamic(text) if text.contains(' ') => {
            Some(text.lines().next().unwrap_or_default().to_owned())
        }
        NodeKind::Dynamic(tag) => {
            // A tag on a list or table: its first element says which condition or map it is.
            let first = sources.text(node.span).trim_start_matches(tag.as_str());
            let first = first.trim_start_matches(['[', '-', ' ', '\n', '\r']);
            let first = first.split([',', '\n', ']']).next().unwrap_or_default().trim();
            Some(format!("{tag} [{first}, …]"))
        }
        NodeKind::Map(entries) => match entries.as_slice() {
            [entry] if entry.key.value.starts_with("Fn::") => Some(entry.key.value.clone()),
            _ => None,
        },
        _ => None,
    }
}

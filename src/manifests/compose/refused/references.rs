//! Names of services, volumes, networks and the like that nothing defines.

use std::collections::HashSet;

use super::defined::{Defined, Kind};
use super::services;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Node, NodeKind, Text};
use crate::draft::Context;
use crate::manifests::compose::{is_plain, merge, ports};
use crate::nearest::nearest;
use crate::source::Span;

/// A name that a service gives, and of what.
struct Reference {
    kind: Kind,
    name: String,
    span: Span,
}

/// Keys of a service that may name another service behind `service:`.
const MODES: [&str; 4] = ["network_mode", "pid", "ipc", "uts"];

/// What `service:` stands before in them.
const OF_SERVICE: &str = "service:";

/// Says which names nothing defines.
pub(super) fn check(context: &mut Context<'_, '_>, root: &Node) {
    if !merge::partial(root).is_empty() {
        return;
    }
    let mut own = Defined::default();
    own.add(root);
    let all = services(root).iter().flat_map(|it| of_service(&it.value));
    let mut missing: Vec<Reference> = all.filter(|it| !own.has(it.kind, &it.name)).collect();
    if missing.is_empty() {
        return;
    }
    let Some(others) = Defined::of_others(context, root) else { return };
    missing.retain(|it| !others.has(it.kind, &it.name));
    let mut said = HashSet::new();
    missing.retain(|it| said.insert((it.span, it.name.clone())));
    context.acc.extend(missing.iter().map(|it| not_defined(it, &own)));
}

fn not_defined(reference: &Reference, own: &Defined) -> Diagnostic {
    let Reference { kind, name, span } = reference;
    let what = kind.name();
    let message = match kind {
        Kind::Service => format!("there is no service `{name}`, so compose refuses the file"),
        _ => format!("nothing defines the {what} `{name}`, so compose refuses the file"),
    };
    let near = nearest(name, own.names(*kind));
    let help = match (near, kind) {
        (Some(near), _) => format!("write `{near}`"),
        (None, Kind::Service) => format!("remove the name, or add a service `{name}`"),
        (None, Kind::Volume) if name.contains('/') => {
            format!("write `./{name}` for the folder beside this file")
        }
        (None, Kind::Volume) => format!(
            "add `{name}:` below `volumes:` at the top level, or write `./{name}` for a folder \
             beside this file"
        ),
        (None, _) => format!("add `{name}:` below `{}:` at the top level", kind.key()),
    };
    Diagnostic::new("name-not-defined", Severity::Error, message, Label::new(*span, ""))
        .with_help(help)
}

/// What a service names.
fn of_service(service: &Node) -> Vec<Reference> {
    let mut all = other_services(service);
    let volumes = service.get("volumes").map(Node::elements).unwrap_or_default();
    all.extend(volumes.iter().filter_map(volume));
    if let Some(networks) = service.get("networks") {
        all.extend(keys_or_elements(networks).filter_map(|it| of(Kind::Network, it)));
    }
    for (kind, key) in [(Kind::Secret, "secrets"), (Kind::Config, "configs")] {
        let elements = service.get(key).map(Node::elements).unwrap_or_default();
        let build = service.at(&["build", key]).map(Node::elements).unwrap_or_default();
        let build = build.iter().filter(|_| kind == Kind::Secret);
        let names = elements.iter().chain(build);
        all.extend(names.filter_map(|it| of(kind, text(it.get("source").unwrap_or(it))?)));
    }
    all
}

/// The services that a service names: compose starts them first.
pub(super) fn names_of_services(service: &Node) -> impl Iterator<Item = (String, Span)> {
    other_services(service).into_iter().map(|it| (it.name, it.span))
}

fn other_services(service: &Node) -> Vec<Reference> {
    let mut all = Vec::new();
    if let Some(node) = service.get("depends_on") {
        // Newer releases leave out one that need not be there.
        let is_needed = |it: &Node| it.get("required").and_then(Node::as_bool) != Some(false);
        let keys = node.entries().iter().filter(|it| is_needed(&it.value));
        let keys = keys.map(|it| Text::new(it.key.value.as_str(), it.key.span, Vec::new()));
        let elements = node.elements().iter().filter_map(text);
        all.extend(keys.chain(elements).filter_map(|it| of(Kind::Service, it)));
    }
    for key in ["links", "volumes_from"] {
        let elements = service.get(key).map(Node::elements).unwrap_or_default();
        let names = elements.iter().filter_map(text);
        let names = names.filter(|it| !it.value.starts_with("container:"));
        all.extend(names.filter_map(|it| of(Kind::Service, before_colon(&it))));
    }
    for key in MODES {
        let Some(mode) = service.get(key).and_then(text) else { continue };
        if mode.value.starts_with(OF_SERVICE) {
            all.extend(of(Kind::Service, mode.slice(OF_SERVICE.len()..mode.value.len())));
        }
    }
    all
}

fn text(node: &Node) -> Option<Text> {
    node.as_text().cloned()
}

fn before_colon(text: &Text) -> Text {
    text.slice(0..text.value.find(':').unwrap_or(text.value.len()))
}

fn of(kind: Kind, text: Text) -> Option<Reference> {
    let span = text.span_of(0..text.value.len());
    let name = text.value;
    (is_plain(&name) && !name.is_empty()).then_some(Reference { kind, name, span })
}

fn keys_or_elements(node: &Node) -> impl Iterator<Item = Text> {
    let keys = node.entries().iter();
    let keys = keys.map(|it| Text::new(it.key.value.as_str(), it.key.span, Vec::new()));
    keys.chain(node.elements().iter().filter_map(text))
}

/// The volume that a mount names, where it is neither a path nor one without a name.
fn volume(mount: &Node) -> Option<Reference> {
    if let NodeKind::Map(_) = mount.kind {
        let source = mount.get("source").and_then(text)?;
        let is_volume = mount.get("type").and_then(Node::as_str) == Some("volume");
        return is_volume.then(|| of(Kind::Volume, source))?;
    }
    let text = text(mount)?;
    let [source, _, ..] = *ports::mount_parts(&text.value) else { return None };
    (!is_path(source)).then(|| of(Kind::Volume, text.slice(0..source.len())))?
}

/// Whether the source of a mount is a path: one letter is the drive of a path of Windows.
///
/// Source: `isFilePath` and `isWindowsDrive` of compose-go, `format/volume.go`.
fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~', '\\']) || source.chars().count() <= 1
}

//! Files that `include` and `extends` name and that are not there, and services that they lack.

use super::defined::has_service;
use super::services;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Node;
use crate::draft::Context;
use crate::manifests::compose::{is_plain, merge, mounts};
use crate::parse::Syntax;
use crate::source::Span;
use crate::workspace::{Opened, join, parent};

/// Says which files are not there, and which services that are extended.
pub(super) fn check(context: &mut Context<'_, '_>, root: &Node) {
    let folder = parent(context.manifest).to_owned();
    for entry in root.get("include").map(Node::elements).unwrap_or_default() {
        let path = entry.get("path").unwrap_or(entry);
        for node in std::iter::once(path).chain(path.elements()) {
            let Some(name) = node.as_str().filter(|it| !merge::is_elsewhere(it)) else { continue };
            let path = join(&folder, name);
            if path.is_some_and(|it| is_missing(context, &it)) {
                context.acc.push(missing(name, "include", node.span));
            }
        }
    }
    for service in services(root) {
        if let Some(extends) = service.value.get("extends") {
            extended(context, root, (extends, &folder));
        }
    }
}

/// Says what `extends` of a service names and is not there.
fn extended(context: &mut Context<'_, '_>, root: &Node, (extends, folder): (&Node, &str)) {
    let name = extends.get("service").unwrap_or(extends);
    let Some(service) = name.as_str().filter(|it| is_plain(it)) else { return };
    let Some(named) = extends.get("file") else {
        // In a file that is laid over another the service may be one of that.
        if !has_service(root, service) && merge::partial(root).is_empty() {
            context.acc.push(no_service(service, "this file", name.span));
        }
        return;
    };
    let Some(file) = named.as_str().filter(|it| !merge::is_elsewhere(it)) else { return };
    let Some(path) = join(folder, file) else { return };
    if is_missing(context, &path) {
        context.acc.push(missing(file, "extends", named.span));
        return;
    }
    let Some(opened) = context.workspace.open_unjudged(&path).file() else { return };
    let document = context.workspace.look_into(opened, Syntax::Yaml);
    if document.problems.is_empty() && !has_service(&document.root, service) {
        context.acc.push(no_service(service, &format!("`{file}`"), name.span));
    }
}

/// Whether a file is certainly not there: its folder has files here, and neither git nor a tool puts it
/// there.
fn is_missing(context: &mut Context<'_, '_>, path: &str) -> bool {
    !path.starts_with("..")
        && matches!(context.workspace.open_unjudged(path), Opened::Missing)
        && !context.workspace.names(parent(path)).is_empty()
        && !mounts::is_ignored(context.workspace, path)
}

fn missing(name: &str, key: &str, span: Span) -> Diagnostic {
    let message = format!("there is no file `{name}`, so compose refuses this one");
    let help = format!("name a file that is there, or remove `{key}`");
    let label = Label::new(span, "");
    Diagnostic::new("included-file-missing", Severity::Error, message, label).with_help(help)
}

fn no_service(name: &str, place: &str, span: Span) -> Diagnostic {
    let message = format!("{place} has no service `{name}`, so compose refuses to extend it");
    let label = Label::new(span, "");
    Diagnostic::new("name-not-defined", Severity::Error, message, label)
        .with_help("name a service that is there")
}

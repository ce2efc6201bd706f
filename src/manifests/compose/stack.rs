//! Applications that others make, and what they need beside them: a compose file that builds nothing.
//!
//! A file with databases alone is what a developer starts, whatever it says of a restart, and so is one
//! beside the source of a program, or with a page to look into the database. An application that is
//! kept running and published is there for its visitors. A file of a name of its own is a part of
//! something else.

use super::{environment, images, own};
use crate::document::{Entry, Node};
use crate::draft::{Context, ProcessDraft};
use crate::fact::Fact;
use crate::manifests::on_host;
use crate::programs::listed::{SERVICE, images as listed};
use crate::vocabulary as v;
use crate::workspace::{join, parent};

/// Parts of names of images that people look into databases, queues and mails with, or that only
/// count and collect.
const TOOLS: &[&str] = &[
    "admin",
    "agent",
    "commander",
    "console",
    "dashboard",
    "express",
    "exporter",
    "flower",
    "insight",
    "kibana",
    "localstack",
    "mail",
    "manager",
    "minio",
    "portainer",
    "registry",
    "selenium",
    "ui",
    "viewer",
];

/// Whether a service that is deployed is an application with visitors, with nothing beside the file
/// that it could be a help for.
pub(super) fn has_visitors(
    context: &Context<'_, '_>,
    (entry, process): (&Entry, &ProcessDraft),
    services: &[Entry],
) -> bool {
    let service = &entry.value;
    let is_service = process.facts.get(v::KIND).and_then(Fact::text) == Some(SERVICE);
    let has_ports = service.get("ports").is_some_and(|it| !it.elements().is_empty());
    let image = service.get("image").and_then(Node::as_str).unwrap_or_default();
    let name = listed::parts(image).0;
    let last = name.rsplit('/').next().unwrap_or_default();
    let mut words = last.split(['-', '_', '.']);
    let is_tool =
        words.any(|word| TOOLS.iter().any(|it| word == *it || it.len() > 3 && word.contains(it)));
    let folder = parent(context.manifest);
    let has_source = || {
        let is_there =
            |it: &&&str| join(folder, it).is_some_and(|it| context.workspace.is_file(&it));
        on_host::MARKS.iter().find(is_there).is_some()
    };
    let file = context.manifest.rsplit('/').next().unwrap_or_default();
    let is_usual = own::USUAL.contains(&file);
    is_usual
        && is_service
        && has_ports
        && !is_tool
        && leans_on_data(entry, services)
        && !has_source()
}

/// Whether a service is told where a database, a broker or a cache of the file is.
fn leans_on_data(entry: &Entry, services: &[Entry]) -> bool {
    let is_data = |it: &&Entry| {
        let image = it.value.get("image").and_then(Node::as_str);
        let kind = image.and_then(images::program).and_then(|it| it.kind);
        kind.is_some_and(|it| matches!(it, "database" | "broker" | "cache"))
    };
    let variables = || entry.value.get("environment").into_iter().flat_map(environment::pairs);
    let names = |text: &str, name: &str| {
        let is_part =
            |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
        text.match_indices(name).any(|(at, _)| {
            !is_part(text[..at].chars().next_back())
                && !is_part(text[at + name.len()..].chars().next())
        })
    };
    services.iter().filter(is_data).any(|it| {
        let name = it.key.value.as_str();
        let waits = entry.value.get("depends_on").is_some_and(|it| {
            it.elements().iter().any(|it| it.as_str() == Some(name)) || it.get(name).is_some()
        });
        waits || variables().any(|(_, value, _)| value.is_some_and(|it| names(&it, name)))
    })
}

//! Services of a file for a server whose image another file of the folder builds, or makes.
//!
//! `compose.prod.yaml` names the image that was pushed, and `compose.yaml` says how it is built. Two
//! services of one name are taken to be one program, which is an assumption of its command.

use super::{images, is_plain, kind};
use crate::document::{Entry, Node, NodeKind, Text};
use crate::draft::Context;
use crate::images::bases;
use crate::manifests::own_image::{self, Started, code};
use crate::parse::Syntax;
use crate::programs::listed::images::parts;
use crate::source::{Span, Spanned};
use crate::workspace::{folders_up, join, parent};

/// Names of the file that compose reads by itself.
pub(super) const USUAL: &[&str] =
    &["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// The service with what makes its image, and why that is taken for granted.
pub(super) fn made(
    context: &mut Context<'_, '_>,
    service: &Entry,
    services: &[Entry],
) -> Option<(Entry, String)> {
    built(context, service)
        .or_else(|| made_here(context, service, services))
        .or_else(|| with_code(context, service, services))
}

/// The service with the `build` that the usual file has for it, and why that is taken for granted.
/// `None` for one that has a `build` itself, or an image that others publish.
fn built(context: &mut Context<'_, '_>, service: &Entry) -> Option<(Entry, String)> {
    let image = service.value.get("image")?.as_str()?;
    let is_published = crate::programs::listed::images::of(image).is_some();
    if service.value.get("build").is_some() || is_published || images::program(image).is_some() {
        return None;
    }
    let folder = parent(context.manifest).to_owned();
    let own = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    let mut names = USUAL.iter().filter(|it| **it != own);
    let (name, path) = names.find_map(|it| {
        let path = join(&folder, it)?;
        context.workspace.is_file(&path).then_some((*it, path))
    })?;
    let file = context.workspace.open(&path)?;
    let document = context.workspace.document(file, Syntax::Yaml);
    let other = document.root.get("services")?.get(&service.key.value)?;
    let mut both = service.clone();
    let NodeKind::Map(entries) = &mut both.value.kind else { return None };
    entries.push(other.entry("build")?.clone());
    Some((both, format!("`{image}` is taken to be what {name} builds for `{}`", service.key.value)))
}

/// The service with a `build` of the Dockerfile beside the file, and why that is taken for granted: its
/// image is the only one of the file that nobody publishes, and some service starts a server in it, or
/// it comes from a registry of one's own and runs what its Dockerfile says.
fn made_here(
    context: &mut Context<'_, '_>,
    service: &Entry,
    services: &[Entry],
) -> Option<(Entry, String)> {
    let image = own_image(&service.value)?;
    let name = parts(image).0;
    let mut others = services.iter().filter_map(|it| own_image(&it.value));
    let serves = |it: &Entry| {
        own_image(&it.value).is_some_and(|image| {
            let runs_as_made =
                ["command", "entrypoint"].iter().all(|key| it.value.get(key).is_none());
            starts_server(&it.value) || runs_as_made && is_of_own_registry(image)
        })
    };
    if !others.all(|it| parts(it).0 == name) || !services.iter().any(serves) {
        return None;
    }
    let path = join(parent(context.manifest), "Dockerfile")?;
    if !context.workspace.is_file(&path) {
        return None;
    }
    Some((built_in(service, ".")?, format!("`{image}` is taken to be the image of `{path}`")))
}

/// The service with a `build` of the nearest Dockerfile, where its image has code that the command
/// names, and why that is taken for granted.
fn with_code(
    context: &mut Context<'_, '_>,
    service: &Entry,
    services: &[Entry],
) -> Option<(Entry, String)> {
    own_image(&service.value).filter(|it| is_plain(it))?;
    let all: Vec<Started<'_>> = services.iter().filter_map(|it| started(&it.value)).collect();
    let made = own_image::with_code(context, &started(&service.value)?, &all)?;
    let above = folders_up(parent(context.manifest)).position(|it| it == made.folder)?;
    let folder = vec![".."; above].join("/");
    Some((built_in(service, if above == 0 { "." } else { &folder })?, made.reason))
}

/// A service of an image, with a `build` of a folder.
fn built_in(service: &Entry, folder: &str) -> Option<Entry> {
    let span = service.value.entry("image")?.value.span;
    let here = NodeKind::String(Text::new(folder, span, Vec::new()));
    let key = Spanned::new("build".to_owned(), span);
    let mut both = service.clone();
    let NodeKind::Map(entries) = &mut both.value.kind else { return None };
    entries.push(Entry { key, value: Node::new(here, span) });
    Some(both)
}

/// The image of a service that is not built in the file and that nobody is known to publish.
fn own_image(service: &Node) -> Option<&str> {
    let image = service.get("image")?.as_str()?;
    let is_known = crate::programs::listed::images::of(image).is_some()
        || bases::of(image).is_some()
        || images::program(image).is_some();
    (service.get("build").is_none() && !is_known).then_some(image)
}

/// Registries under whose names everybody publishes.
const PUBLIC: &[&str] = &[
    "registry.access.redhat.com",
    "registry.fedoraproject.org",
    "registry.gitlab.com",
    "registry.hub.docker.com",
    "registry.k8s.io",
    "registry.opensource.zalan.do",
    "registry.redhat.io",
    "registry.suse.com",
];

/// Whether an image comes from a registry that an owner keeps for himself: `registry.example.org`,
/// those of cloud accounts, one of this machine, or one that is filled in.
fn is_of_own_registry(image: &str) -> bool {
    let Some((host, _)) = image.split_once('/') else { return false };
    let is_of_account = [".azurecr.io", ".amazonaws.com", "-docker.pkg.dev", ".scw.cloud"];
    host.starts_with("registry.") && !PUBLIC.contains(&host)
        || host.starts_with("localhost:")
        || host.starts_with("${") && host.ends_with('}')
        || is_of_account.iter().any(|it| host.ends_with(it))
}

/// Whether the command of a service names a server of an application.
fn starts_server(service: &Node) -> bool {
    started(service).is_some_and(|it| code::starts_program(&it.texts))
}

/// Whether a service runs an image that nobody is known to publish, with a command that starts a known
/// program as one does on a server: what is written of it counts wherever the image is made.
pub(super) fn says_its_program(service: &Node) -> bool {
    own_image(service).is_some()
        && started(service).is_some_and(|it| {
            code::starts_program(&it.texts) && !code::is_for_developers(&it.texts)
        })
}

/// The image of a service, with what it starts.
fn started(service: &Node) -> Option<Started<'_>> {
    let plain = |key: &str| service.get(key).map(kind::plain).unwrap_or_default();
    let texts = [plain("entrypoint"), plain("command")].concat();
    Some(Started { image: service.get("image")?.as_str()?, texts })
}

/// Where a build asks for its Dockerfile, and by which name. `None` where the file itself has the
/// instructions, and where an image may be pulled in place of one of the usual name.
pub(super) fn dockerfile<'a>(service: &Node, build: &'a Node) -> Option<(Span, Option<&'a str>)> {
    if let Some(node) = build.get("dockerfile") {
        return Some((node.span, Some(node.as_str()?)));
    }
    let is_told = build.get("dockerfile_inline").is_some() || service.get("image").is_some();
    let place = if build.as_str().is_some() { Some(build) } else { build.get("context") };
    place.filter(|_| !is_told).map(|it| (it.span, None))
}

//! Services of a file for a server whose image another file of the folder builds.
//!
//! `compose.prod.yaml` names the image that was pushed, and `compose.yaml` says how it is built. Two
//! services of one name are taken to be one program, which is an assumption of its command.

use super::images;
use crate::document::{Entry, Node, NodeKind};
use crate::draft::Context;
use crate::parse::Syntax;
use crate::source::Span;
use crate::workspace::{join, parent};

/// Names of the file that compose reads by itself.
const USUAL: &[&str] =
    &["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// The service with the `build` that the usual file has for it, and why that is taken for granted.
/// `None` for one that has a `build` itself, or an image that others publish.
pub(super) fn built(context: &mut Context<'_, '_>, service: &Entry) -> Option<(Entry, String)> {
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

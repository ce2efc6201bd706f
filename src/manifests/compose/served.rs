//! Folders that nginx in a container of its own is to serve files from, and that are not in it.
//!
//! The files of an application are in the container of the application. Another one sees them only by
//! a volume that both mount, which is forgotten, or mounted at another path than nginx is told.
//!
//! Source: <https://nginx.org/en/docs/http/ngx_http_core_module.html#alias>,
//! <https://docs.docker.com/engine/storage/volumes/>

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node};
use crate::images::container::Container;
use crate::images::proxy::Configuration;
use crate::workspace::is_within;

/// Folders that the official image has itself.
const OF_IMAGE: &[&str] =
    &["/etc", "/tmp", "/usr", "/var/cache/nginx", "/var/log", "/var/run", "/run"];

/// Keys by which a service may get folders that are not seen here.
const OTHERS: &[&str] = &["build", "extends", "tmpfs", "volumes_from", "develop", "secrets"];

/// The first folder that is served, and that no mount brings into the container.
pub(super) fn not_there(
    service: &Node,
    container: &Container,
    configuration: &Configuration,
) -> Option<Diagnostic> {
    if OTHERS.iter().any(|it| service.get(it).is_some()) {
        return None;
    }
    let mounts = || container.mounts.iter().map(|it| &it.to).chain(&container.hidden);
    let is_there = |path: &str| {
        OF_IMAGE.iter().any(|it| is_within(it, path))
            || mounts().any(|it| {
                let it = it.trim_end_matches('/');
                it.contains('$') || is_within(it, path) || is_within(path, it)
            })
    };
    let (path, span) =
        configuration.folders.iter().find(|it| !it.0.is_empty() && !is_there(&it.0))?;
    let message =
        format!("nginx serves files from `{path}`, but nothing is mounted there, so it finds none");
    let found = Diagnostic::new(
        "served-folder-not-mounted",
        Severity::Warning,
        message,
        Label::new(*span, ""),
    );
    let found = match service.get("volumes") {
        Some(volumes) => found.with_related(volumes.span, "all that the container of nginx has"),
        None => found,
    };
    Some(found.with_help(format!(
        "mount the volume that has the files at `{path}` in this service, too, or copy them into an \
         image of its own"
    )))
}

/// Whether another file of compose adds something to the service, so that it is not whole here.
pub(super) fn adds(other: &Document, own: &Document, proxy: &Entry) -> bool {
    let service = other.root.at(&["services", proxy.key.value.as_str()]);
    other.file != own.file
        && service.is_some_and(|it| it.get("volumes").is_some() && it.get("image").is_none())
}

//! Caddy in a container of its own: what it lets through, how long it waits, what it tells the
//! server.
//!
//! Its Caddyfile is the one that the command names, or that of the official image. Each place that
//! passes requests on is looked at with the limits around it. What a variable fills in that no file
//! sets, and what an imported file that is not in the project may say, is unknown.
//!
//! Sources: <https://caddyserver.com/docs/caddyfile/directives/reverse_proxy>,
//! <https://caddyserver.com/docs/caddyfile/directives/request_body>,
//! <https://caddyserver.com/docs/automatic-https>, <https://hub.docker.com/_/caddy>

mod expand;
mod pass;
mod read;
mod refused;
mod site;

use crate::fact::Unknown;
use crate::images::container::Container;
use crate::images::proxy::{Configuration, Pass};
use crate::source::FileId;
use crate::workspace::Workspace;

/// The program as messages name it.
const PROGRAM: &str = "Caddy";

/// The file that the official image starts it with.
const FILE: &str = "/etc/caddy/Caddyfile";

/// The folder that the official image starts it in.
const WORKING_FOLDER: &str = "/srv";

/// A longer file is none that somebody wrote.
const LENGTH_MAX: usize = 512 * 1024;

/// Whether the Caddyfile is one of the project: then it is Caddy, whatever the image is called.
pub(crate) fn is_there(container: &Container) -> bool {
    container.mounts_at(FILE)
}

/// The configuration of a Caddy in a container, whose command is told to read `named`. `None` when
/// no file of it is of the project.
pub(crate) fn in_container(
    workspace: &mut Workspace<'_>,
    container: &Container,
    named: Option<&str>,
) -> Option<Result<Configuration, Unknown>> {
    let path = Container::absolute(WORKING_FOLDER, named.unwrap_or(FILE))?;
    let is_other = path.ends_with(".json") || path.ends_with(".yaml");
    if is_other && !container.is_hidden(&path) {
        return Some(Err(Unknown::because("the configuration of Caddy is no Caddyfile")));
    }
    // The image's own file serves files of its own and passes nothing on.
    let own = container.configuration(workspace, (PROGRAM, &path), named.is_some())?;
    Some(own.and_then(|file| read::file(workspace, container, file, &path)))
}

/// The places where a Caddyfile on a host of one's own passes requests on.
pub(crate) fn on_host(
    workspace: &mut Workspace<'_>,
    file: FileId,
    path: &str,
) -> Option<Vec<Pass>> {
    let host = Container::host();
    Some(read::file(workspace, &host, file, &format!("/{path}")).ok()?.passes)
}

#[cfg(test)]
mod tests;

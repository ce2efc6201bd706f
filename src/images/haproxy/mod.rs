//! HAProxy in a container of its own: where it sends requests, and how long it waits for the server.
//!
//! Its file is the one that the command names, or that of the official image. A backend is looked at
//! with the `defaults` that it has and with the frontends that lead to it. What a variable fills in
//! that no file sets is unknown, and so is a file with conditions.
//!
//! Sources: <https://docs.haproxy.org/3.0/configuration.html>, <https://hub.docker.com/_/haproxy>

mod pass;
mod read;

use crate::fact::Unknown;
use crate::images::container::Container;
use crate::images::proxy::Configuration;
use crate::workspace::Workspace;

/// The program as messages name it.
const PROGRAM: &str = "HAProxy";

/// The file that the official image starts it with.
const FILE: &str = "/usr/local/etc/haproxy/haproxy.cfg";

/// The folder that the official image starts it in.
/// Source: <https://github.com/docker-library/haproxy/blob/master/Dockerfile.template> (`WORKDIR`)
const WORKING_FOLDER: &str = "/var/lib/haproxy";

/// A longer file is none that somebody wrote.
const LENGTH_MAX: usize = 512 * 1024;

/// Whether the file is one of the project: then it is HAProxy, whatever the image is called.
pub(crate) fn is_there(container: &Container) -> bool {
    container.mounts_at(FILE)
}

/// The configuration of an HAProxy in a container, whose command is told to read `named`. `None`
/// when no file of it is of the project.
pub(crate) fn in_container(
    workspace: &mut Workspace<'_>,
    container: &Container,
    named: Option<&str>,
) -> Option<Result<Configuration, Unknown>> {
    let path = Container::absolute(WORKING_FOLDER, named.unwrap_or(FILE))?;
    // Without a file of its own the official image does not start; others write one.
    let own = container.configuration(workspace, (PROGRAM, &path), named.is_some())?;
    Some(own.and_then(|file| read::file(workspace, container, file)))
}

#[cfg(test)]
mod tests;

//! Apache's httpd in a container of its own as a proxy: where it sends requests, and how long it waits
//! for the server.
//!
//! Its file is that of the official image, with the files of the project that it includes. A request
//! goes where `ProxyPass`, `ProxyPassMatch` or a `RewriteRule` with `[P]` says; what holds there is
//! what the section says, else the virtual host, else the server.
//!
//! Sources: <https://httpd.apache.org/docs/2.4/mod/mod_proxy.html>,
//! <https://httpd.apache.org/docs/2.4/mod/core.html>, <https://hub.docker.com/_/httpd>

mod pass;
mod read;

use crate::fact::{Fact, OriginKind, Unknown};
use crate::images::container::Container;
use crate::images::proxy::{Configuration, Pass};
use crate::source::FileId;
use crate::vocabulary::{self as v, FactId};
use crate::workspace::Workspace;

/// The program as messages name it.
const PROGRAM: &str = "Apache";

/// The folder of the configuration, which relative paths in it begin at.
const FOLDER: &str = "/usr/local/apache2";

/// The file that the official image starts it with.
const FILE: &str = "/usr/local/apache2/conf/httpd.conf";

/// A longer file is none that somebody wrote.
const LENGTH_MAX: usize = 512 * 1024;

/// The configuration of an httpd in a container. `None` when no file of it is of the project.
pub(crate) fn in_container(
    workspace: &mut Workspace<'_>,
    container: &Container,
) -> Option<Result<Configuration, Unknown>> {
    let own = container.configuration(workspace, (PROGRAM, FILE), false)?;
    Some(own.and_then(|file| read::file(workspace, container, file)))
}

/// The places where a file of Apache on a host of one's own passes requests on. The main file, which
/// includes it, may say what it leaves out.
pub(crate) fn on_host(workspace: &mut Workspace<'_>, file: FileId) -> Option<Vec<Pass>> {
    const INHERITED: &[FactId] = &[
        v::PROXY_BODY_LIMIT_MB,
        v::PROXY_READ_TIMEOUT_S,
        v::PROXY_CONNECT_TIMEOUT_S,
        v::PROXY_SEND_TIMEOUT_S,
        v::PROXY_SETS_FORWARDED_PROTO,
        v::PROXY_PASSES_HOST,
    ];
    let mut passes = read::file(workspace, &Container::host(), file).ok()?.passes;
    let reason = "the file that includes this one is not in this project";
    for facts in passes.iter_mut().map(|it| &mut it.facts) {
        for id in INHERITED {
            let origin = facts.get(*id).map(|it| it.origin.clone());
            if let Some(origin) = origin.filter(|it| it.kind == OriginKind::Default) {
                facts.set(*id, Fact::unknown(Unknown::because(reason), origin));
            }
        }
    }
    Some(passes)
}

#[cfg(test)]
mod tests;

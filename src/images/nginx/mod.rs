//! nginx in front of a server: what it lets through, how long it waits, what it tells the server.
//!
//! It is read where the command starts it (behind `bin/start-nginx` of Heroku's buildpack, or by
//! `nginx -c FILE`), and where a manifest puts it in a container of its own. A limit counts where
//! requests go on to a server, so each location that passes them on is looked at with what it
//! inherits. What a template writes, and what an included file that is not in the project may say,
//! is unknown.
//!
//! Sources: <https://nginx.org/en/docs/http/ngx_http_core_module.html>,
//! <https://nginx.org/en/docs/http/ngx_http_proxy_module.html>,
//! <https://github.com/heroku/heroku-buildpack-nginx>

mod container;
mod facts;
mod read;
mod refused;
mod scope;
mod target;

use crate::commands::Launches;
use crate::draft::Command;
use crate::fact::Unknown;
use crate::images::proxy::{Pass, of_passes, unknown};
use crate::launch::{Launch, Word};
use crate::project::Facts;
use crate::source::FileId;
use crate::workspace::{Workspace, join};

pub(crate) use read::in_container;

use read::Layout;

/// The program as messages name it.
const PROGRAM: &str = "nginx";

/// The file that Heroku's buildpack expands and starts nginx with.
const BUILDPACK_FILE: &str = "config/nginx.conf.erb";

/// Programs of that buildpack that start nginx beside the server.
const BUILDPACK_PROGRAMS: &[&str] = &["start-nginx", "start-nginx-debug"];

/// Where builds put a project. An absolute path below one of them is a file of it.
const ROOTS: &[&str] = &["/app/", "/workspace/", "/opt/render/project/src/", "/code/"];

/// Facts of nginx where the command starts it; none otherwise.
pub(crate) fn in_front(
    workspace: &mut Workspace<'_>,
    command: &Command,
    folder: &str,
    launches: &Launches,
) -> Facts {
    let launch = launches.before.iter().chain(&launches.background).rfind(|it| is_nginx(it));
    let (file, elsewhere) = match (by_buildpack(command), launch) {
        (true, _) => {
            let file = join(folder, BUILDPACK_FILE).and_then(|it| workspace.open(&it));
            (file, "nginx runs with the configuration of its buildpack")
        }
        (false, Some(launch)) => {
            (named(workspace, launch), "the configuration of nginx is not in this project")
        }
        (false, None) => return Facts::new(),
    };
    match file {
        Some(file) => of_file(workspace, file),
        None => unknown(&Unknown::because(elsewhere)),
    }
}

/// The places where a file of nginx on a host of one's own passes requests on.
pub(crate) fn on_host(workspace: &mut Workspace<'_>, file: FileId) -> Option<Vec<Pass>> {
    Some(read::file(workspace, Layout::Project, file).ok()?.passes)
}

fn by_buildpack(command: &Command) -> bool {
    let is_program = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or(word);
        BUILDPACK_PROGRAMS.contains(&name)
    };
    match command {
        Command::Shell(text) | Command::Exec(text) => text.value.split_whitespace().any(is_program),
        Command::Words { words, .. } => words.iter().any(|it| is_program(&it.value)),
        // The buildpack makes no images from Dockerfiles.
        Command::Image(_) | Command::Unknown(_) | Command::None => false,
    }
}

fn is_nginx(launch: &Launch) -> bool {
    let program = launch.argv.first().and_then(Word::text);
    program.is_some_and(|it| it.rsplit('/').next() == Some("nginx"))
}

/// The file that `nginx -c FILE` names.
fn named(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<FileId> {
    let mut words = launch.argv.iter().skip_while(|it| it.text().as_deref() != Some("-c"));
    let path = words.nth(1)?.text()?;
    let path = ROOTS.iter().find_map(|it| path.strip_prefix(it)).unwrap_or(&path);
    workspace.open(&join(&launch.folder, path)?)
}

/// What a configuration file says of the requests that it passes on.
fn of_file(workspace: &mut Workspace<'_>, file: FileId) -> Facts {
    let configuration = match read::file(workspace, Layout::Project, file) {
        Ok(configuration) => configuration,
        Err(reason) => return unknown(&reason),
    };
    if configuration.passes.is_empty() {
        let reason = "no location of the nginx configuration passes requests on";
        return unknown(&Unknown::because(reason));
    }
    of_passes(&configuration.passes.iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;

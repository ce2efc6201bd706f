//! The folder that paths of a compose file begin in.
//!
//! That is the folder of the file, unless compose is told another one: by `--project-directory`, or
//! by a first file that lies there (`docker compose -f compose.yaml -f docker/compose.prod.yaml`).
//! Nothing in the file says so. Where its own folder has nothing to build and one above has, it can
//! only be started from there.
//!
//! Source: <https://docs.docker.com/reference/cli/docker/compose/> (`--project-directory`)

use crate::document::{Entry, Node};
use crate::draft::Context;
use crate::workspace::{folders_up, join, parent};

/// Where compose is started.
#[derive(Clone)]
pub(super) struct Start {
    /// The folder that paths begin in.
    pub(super) folder: String,
    /// What is taken for granted of the images that are built from there.
    pub(super) assumed: Option<String>,
}

/// The folder of the file, or the nearest one above from which a `build` leads to a Dockerfile when
/// none does from its own.
pub(super) fn of(context: &Context<'_, '_>, services: &[Entry]) -> Start {
    let own = parent(context.manifest);
    let found = |folder: &str| {
        let mut paths = services.iter().filter_map(|it| dockerfile(folder, &it.value));
        paths.find(|it| context.workspace.is_file(it))
    };
    let built = folders_up(own).find_map(|it| Some((it, found(it)?)));
    match built {
        Some((folder, path)) if folder != own => {
            let name = context.manifest.rsplit('/').next().unwrap_or_default();
            let place = if folder.is_empty() { "the root of the project" } else { folder };
            Start {
                folder: folder.to_owned(),
                assumed: Some(format!(
                    "{name} is taken to be started with `--project-directory` at {place}, where \
                     `{path}` is; from its own folder, its `build` leads nowhere"
                )),
            }
        }
        _ => Start { folder: own.to_owned(), assumed: None },
    }
}

/// The Dockerfile that a service is built by, where its paths begin in a folder. `None` for what is
/// built of another place: an address, a path that leaves the folder, or one that is filled in.
pub(super) fn dockerfile(folder: &str, service: &Node) -> Option<String> {
    let build = service.get("build")?;
    let get = |key: &str| build.get(key).and_then(Node::as_str);
    let context = build.as_str().or_else(|| get("context")).unwrap_or(".");
    let name = get("dockerfile").unwrap_or("Dockerfile");
    let is_elsewhere = |it: &str| {
        it.starts_with(['/', '~']) || ["$", "..", ":"].iter().any(|part| it.contains(part))
    };
    if is_elsewhere(context) || is_elsewhere(name) {
        return None;
    }
    join(&join(folder, context)?, name)
}

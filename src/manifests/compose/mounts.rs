//! Files of the project that a service mounts, and that are not there.
//!
//! Docker makes a folder of that name, and the program that opens the file gets an error. What a
//! server makes or keeps to itself (keys, certificates, databases, `.env`) is rightly in no
//! repository, so only files that people write are looked for.
//!
//! Source: <https://docs.docker.com/engine/storage/bind-mounts/> ("If you use `--volume` to bind-mount
//! a file or directory that does not yet exist on the Docker host, Docker automatically creates the
//! directory on the host for you")

use std::borrow::Cow;

use super::stage::{Stage, is_deployed_here};
use super::start::{self, Start};
use super::{is_for_developers, is_plain, ports};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node};
use crate::draft::Context;
use crate::workspace::{Workspace, folders_up, join, parent};

/// Endings of files that people write and keep with the code.
const WRITTEN: &[&str] = &[
    "cfg",
    "cnf",
    "conf",
    "ini",
    "lua",
    "properties",
    "sh",
    "sql",
    "toml",
    "vcl",
    "xml",
    "yaml",
    "yml",
];

/// Adds the mounts of files that are not there. Nothing is said unless compose is started in a folder
/// with the files of the project: something that these services build or mount has to be there.
pub(super) fn not_there(
    context: &mut Context<'_, '_>,
    services: &[Entry],
    stage: Stage,
    start: &Start,
) {
    let is_deployed =
        |it: &&Entry| is_deployed_here(&it.value, stage) && !is_for_developers(&it.value);
    let deployed = || services.iter().filter(is_deployed);
    if start.assumed.is_some() || deployed().next().is_none() {
        return;
    }
    let folder = start.folder.as_str();
    let mounts: Vec<Mount<'_>> = deployed().flat_map(|it| mounts(&it.value, folder)).collect();
    let workspace = &*context.workspace;
    let is_there = |path: &String| workspace.is_file(path) || !workspace.names(path).is_empty();
    let is_checkout = mounts.iter().any(|it| is_there(&it.path))
        || deployed().any(|it| {
            start::dockerfile(folder, &it.value).is_some_and(|it| workspace.is_file(&it))
        });
    if !is_checkout {
        return;
    }
    let mut absent = mounts;
    // A folder that is not there either may be made where it runs, or be another repository.
    let has_folder = |path: &str| {
        let own = parent(path);
        own == folder || !workspace.names(own).is_empty()
    };
    absent.retain(|it| it.is_written_file() && !is_there(&it.path) && has_folder(&it.path));
    for it in absent {
        if !is_made(context.workspace, &it.path) {
            context.acc.push(missing(&it));
        }
    }
}

/// A path of the project, and where it is mounted.
struct Mount<'a> {
    node: &'a Node,
    path: String,
    target: Cow<'a, str>,
}

impl Mount<'_> {
    /// Whether both ends are called like one file that people write.
    fn is_written_file(&self) -> bool {
        let ending = |path: &str| {
            let name = path.rsplit('/').next()?;
            let (stem, ending) = name.rsplit_once('.')?;
            (!stem.is_empty()).then(|| ending.to_ascii_lowercase())
        };
        let own = ending(&self.path);
        own == ending(&self.target) && own.is_some_and(|it| WRITTEN.contains(&it.as_str()))
    }
}

/// The mounts of a service that begin with a path of the project: `./nginx.conf:/etc/nginx/nginx.conf`.
fn mounts<'a>(service: &'a Node, folder: &str) -> Vec<Mount<'a>> {
    let elements = service.get("volumes").map(Node::elements).unwrap_or_default();
    let of_project = |node: &'a Node| {
        let (source, target) = match node.as_str() {
            Some(text) => match ports::mount_parts(text).as_slice() {
                [source, target, ..] => ((*source).to_owned(), Cow::Owned((*target).to_owned())),
                _ => return None,
            },
            None => {
                let get = |key: &str| node.get(key).and_then(Node::as_str);
                (get("source")?.to_owned(), Cow::Borrowed(get("target")?))
            }
        };
        let is_here = source.starts_with("./") || source.starts_with("../");
        let path = join(folder, &source).filter(|it| is_here && !it.starts_with(".."))?;
        is_plain(&source).then_some(Mount { node, path, target })
    };
    elements.iter().filter_map(of_project).collect()
}

/// Whether a file is made of another one, or made where it runs: an example lies beside its place,
/// or git leaves it out.
fn is_made(workspace: &mut Workspace<'_>, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let is_like = |it: &String| it.starts_with(stem) || it.contains(name);
    if workspace.names(parent(path)).iter().any(is_like) {
        return true;
    }
    is_ignored(workspace, path)
}

/// Whether git leaves a file out, as far as `.gitignore` files name it.
pub(super) fn is_ignored(workspace: &mut Workspace<'_>, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit('.').next().unwrap_or_default();
    folders_up(parent(path)).any(|it| {
        let file = join(it, ".gitignore").and_then(|it| workspace.open_if_text(&it));
        let text = file.map(|it| workspace.sources.file(it).shared_text());
        text.is_some_and(|text| {
            text.lines().map(str::trim).filter(|it| !it.starts_with('#')).any(|line| {
                let last = line.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let is_part = path.split('/').any(|part| part == last);
                is_part || last == "*" || last.strip_prefix("*.") == Some(ending)
            })
        })
    })
}

fn missing(mount: &Mount<'_>) -> Diagnostic {
    let path = &mount.path;
    let message = match mount.node.as_str() {
        Some(_) => {
            format!("there is no file `{path}` to mount: Docker makes a folder of that name")
        }
        None => format!("there is no file `{path}` to mount"),
    };
    let help = format!("add `{path}` to the project, or mount a file that is there");
    let place = mount.node.get("source").unwrap_or(mount.node);
    let label = Label::new(place.span, "");
    Diagnostic::new("mounted-file-missing", Severity::Warning, message, label).with_help(help)
}

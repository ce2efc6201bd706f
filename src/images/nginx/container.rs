//! The files of an nginx that runs in a container of its own: what is mounted there, what the image
//! copied, and what the image of nginx brings.
//!
//! Source: <https://hub.docker.com/_/nginx>, <https://github.com/nginx/docker-nginx>

use std::collections::BTreeMap;

use crate::project::{Environment, Lookup};
use crate::workspace::{Copied, Workspace, join};

/// The folder of the configuration in the official image.
const FOLDER: &str = "/etc/nginx";

/// The main file.
pub(super) const MAIN: &str = "/etc/nginx/nginx.conf";

/// Where the main file of the image includes servers from.
pub(super) const SERVERS: &str = "/etc/nginx/conf.d";

/// Files that the image expands when it starts, and their ending.
const TEMPLATES: &str = "/etc/nginx/templates";
const TEMPLATE: &str = ".template";

/// Where files of the project are in the container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Container {
    /// Files and folders of the project that are mounted.
    pub(crate) mounts: Vec<Copied>,
    /// Places that something else is mounted at, which nobody can look into.
    pub(crate) hidden: Vec<String>,
    /// What the build of the image copied, in its order.
    pub(crate) copied: Vec<Copied>,
    /// Whether the build copied something that cannot be told.
    pub(crate) is_open: bool,
    /// What templates are expanded with.
    pub(crate) environment: Environment,
}

/// A file of the project, as nginx finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its path in the project.
    pub(super) path: String,
    /// Whether variables of the environment are filled in first.
    pub(super) is_template: bool,
}

impl Container {
    /// Whether anything of the project stands where nginx has its configuration.
    pub(crate) fn has_configuration(&self) -> bool {
        let is_near = |it: &Copied| inside(&it.to, FOLDER).is_some();
        self.mounts.iter().chain(&self.copied).any(is_near)
    }

    /// Whether the main file is one of the project: then it is nginx, whatever the image is called.
    pub(crate) fn has_main(&self) -> bool {
        self.mounts.iter().any(|it| it.to == MAIN)
    }

    /// The file at a path of the container, `None` when nothing of the project is there.
    pub(super) fn file(&self, path: &str) -> Option<Found> {
        let own = self.project_path(path).map(|path| Found { path, is_template: false });
        let template = || {
            let name = inside(path, SERVERS)?;
            let path = self.project_path(&format!("{TEMPLATES}{name}{TEMPLATE}"))?;
            Some(Found { path, is_template: true })
        };
        template().or(own)
    }

    /// Whether nobody knows what is at a path.
    pub(super) fn is_hidden(&self, path: &str) -> bool {
        self.hidden.iter().any(|it| inside(path, it).is_some())
    }

    /// The path that a relative one means: below the folder of the main file.
    pub(super) fn absolute(path: &str) -> Option<String> {
        let path = match path.strip_prefix('/') {
            Some(path) => join("", path),
            None => join(FOLDER, path),
        };
        path.map(|it| format!("/{}", it.trim_start_matches('/')))
    }

    /// The files in a folder of the container, by name, with the templates that are expanded into
    /// it. A template whose file is there wins over one of the same name.
    pub(super) fn list(&self, workspace: &Workspace<'_>, folder: &str) -> BTreeMap<String, Found> {
        let mut found = BTreeMap::new();
        for (name, path) in self.names(workspace, folder) {
            found.insert(name, Found { path, is_template: false });
        }
        if let Some(below) = inside(folder, SERVERS) {
            for (name, path) in self.names(workspace, &format!("{TEMPLATES}{below}")) {
                if let Some(name) = name.strip_suffix(TEMPLATE) {
                    found.insert(name.to_owned(), Found { path, is_template: true });
                }
            }
        }
        found
    }

    fn names(&self, workspace: &Workspace<'_>, folder: &str) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for it in self.copied.iter().chain(&self.mounts) {
            if let Some(rest) = inside(folder, &it.to) {
                let Some(from) = join(&it.from, rest.trim_start_matches('/')) else { continue };
                for name in workspace.list(&from) {
                    let path = join(&from, &name);
                    names.extend(path.map(|path| (name, path)));
                }
            } else if let Some(name) = inside(&it.to, folder)
                && let Some(name) = name.strip_prefix('/')
                && !name.contains('/')
            {
                names.insert(name.to_owned(), it.from.clone());
            }
        }
        names
    }

    /// The path in the project that a path of the container is a copy of: what is mounted hides
    /// what was copied, and the nearest one counts.
    fn project_path(&self, path: &str) -> Option<String> {
        let nearest = |of: &[Copied]| {
            let parts = of.iter().filter_map(|it| Some((it, inside(path, &it.to)?)));
            let (it, rest) = parts.max_by_key(|(it, _)| it.to.len())?;
            join(&it.from, rest.trim_start_matches('/'))
        };
        nearest(&self.mounts).or_else(|| nearest(&self.copied))
    }

    /// A word of a template with the variables that the environment sets: `envsubst` leaves all
    /// others as they are. `None` when a value is not known.
    pub(super) fn expand(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let (name, len) = variable(&rest[at + 1..]);
            match self.environment.get(name) {
                Lookup::Set(fact) if !name.is_empty() => out.push_str(fact.text()?),
                _ => out.push_str(&rest[at..at + 1 + len]),
            }
            rest = &rest[at + 1 + len..];
        }
        out.push_str(rest);
        Some(out)
    }
}

/// The name of a variable behind its `$`, and how long it is as written: `NAME` or `{NAME}`.
fn variable(text: &str) -> (&str, usize) {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    if let Some(inner) = text.strip_prefix('{')
        && let Some(end) = inner.find('}')
        && inner[..end].chars().all(is_part)
    {
        return (&inner[..end], end + 2);
    }
    let end = text.find(|it| !is_part(it)).unwrap_or(text.len());
    (&text[..end], end)
}

/// What stands behind `folder` in `path`; `None` when the path is not in that folder.
fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

//! The files of an nginx that runs in a container of its own, where its official image has them.
//!
//! Source: <https://hub.docker.com/_/nginx>, <https://github.com/nginx/docker-nginx>

use std::collections::BTreeMap;

use crate::budget::{Budget, TEXT_MAX};
use crate::images::container::{Container, inside};
use crate::project::Lookup;
use crate::workspace::Workspace;

/// The folder of the configuration in the official image.
pub(super) const FOLDER: &str = "/etc/nginx";

/// The main file.
pub(super) const MAIN: &str = "/etc/nginx/nginx.conf";

/// Where the main file of the image includes servers from.
pub(super) const SERVERS: &str = "/etc/nginx/conf.d";

/// Files that the image expands when it starts, and their ending.
const TEMPLATES: &str = "/etc/nginx/templates";
const TEMPLATE: &str = ".template";

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
    pub(super) fn has_configuration(&self) -> bool {
        self.has_any(FOLDER)
    }

    /// Whether the main file is one of the project: then it is nginx, whatever the image is called.
    pub(crate) fn has_nginx(&self) -> bool {
        self.mounts_at(MAIN)
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

    /// A word of a template with the variables that the environment sets: `envsubst` leaves all
    /// others as they are. `None` when a value is not known, or more is made than opslint follows.
    pub(super) fn expand(&self, text: &str, budget: &Budget) -> Option<String> {
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
            if out.len() > TEXT_MAX {
                return None;
            }
        }
        out.push_str(rest);
        budget.text(out.len()).is_ok().then_some(out)
    }
}

/// The name of a variable behind its `$`, and how long it is as written: `NAME` or `{NAME}`.
fn variable(text: &str) -> (&str, usize) {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    if let Some(inner) = text.strip_prefix('{')
        && let Some(end) = inner.find(|it| !is_part(it))
        && inner[end..].starts_with('}')
    {
        return (&inner[..end], end + 2);
    }
    let end = text.find(|it| !is_part(it)).unwrap_or(text.len());
    (&text[..end], end)
}

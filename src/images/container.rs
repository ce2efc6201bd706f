//! Where files of the project are in a container that runs a program of others: what is mounted
//! there, and what the image copied.

use std::collections::BTreeMap;

use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::project::Environment;
use crate::source::FileId;
use crate::workspace::{Copied, Opened, Workspace, join};

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
    /// The environment of the container.
    pub(crate) environment: Environment,
    /// Whether it is a host of one's own, which has more files than those of the project.
    pub(crate) is_host: bool,
}

impl Container {
    /// A host of one's own that has the files of the project beside each other, as they are here.
    pub(super) fn host() -> Self {
        let mounts = vec![Copied { to: String::new(), from: String::new() }];
        let mut environment = Environment::new();
        let reason = "what starts the proxy may set any variable";
        let origin = Origin::new(OriginKind::Env, "the host");
        environment.open_others(Fact::unknown(Unknown::because(reason), origin));
        Self { mounts, environment, is_host: true, ..Self::default() }
    }

    /// Whether anything of the project stands in a folder, or is it.
    pub(crate) fn has_any(&self, folder: &str) -> bool {
        let is_near = |it: &Copied| inside(&it.to, folder).is_some();
        self.mounts.iter().chain(&self.copied).any(is_near)
    }

    /// Whether a file of the project is mounted at exactly this path.
    pub(crate) fn mounts_at(&self, path: &str) -> bool {
        self.mounts.iter().any(|it| it.to == path)
    }

    /// Whether nobody knows what is at a path.
    pub(super) fn is_hidden(&self, path: &str) -> bool {
        self.hidden.iter().any(|it| inside(path, it).is_some())
    }

    /// The path that one means that is relative to a folder of the container.
    pub(super) fn absolute(folder: &str, path: &str) -> Option<String> {
        let path = match path.strip_prefix('/') {
            Some(path) => join("", path),
            None => join(folder, path),
        };
        path.map(|it| format!("/{}", it.trim_start_matches('/')))
    }

    /// The files in a folder of the container, by name, as paths of the project.
    pub(super) fn names(
        &self,
        workspace: &Workspace<'_>,
        folder: &str,
    ) -> BTreeMap<String, String> {
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

    /// The configuration of a program at a path, which its command names or which is the usual one.
    /// `None` where it is that of the image, and an error where it is not of the project.
    pub(super) fn configuration(
        &self,
        workspace: &mut Workspace<'_>,
        (program, path): (&str, &str),
        is_named: bool,
    ) -> Option<Result<FileId, Unknown>> {
        let missing =
            |path: &str| Some(Err(Unknown::because(format!("`{path}` is not in this project"))));
        if self.is_hidden(path) {
            let reason = format!("a volume holds the configuration of {program}");
            return Some(Err(Unknown::because(reason)));
        }
        let Some(own) = self.project_path(path) else {
            return if is_named || self.is_open { missing(path) } else { None };
        };
        match workspace.try_open(&own) {
            Opened::File(file) => Some(Ok(file)),
            Opened::Unknown(unknown) => Some(Err(unknown)),
            Opened::Missing => missing(&own),
        }
    }

    /// The path in the project that a path of the container is a copy of: what is mounted hides
    /// what was copied, and the nearest one counts.
    pub(super) fn project_path(&self, path: &str) -> Option<String> {
        let nearest = |of: &[Copied]| {
            let parts = of.iter().filter_map(|it| Some((it, inside(path, &it.to)?)));
            let (it, rest) = parts.max_by_key(|(it, _)| it.to.len())?;
            join(&it.from, rest.trim_start_matches('/'))
        };
        nearest(&self.mounts).or_else(|| nearest(&self.copied))
    }
}

/// What stands behind `folder` in `path`; `None` when the path is not in that folder.
pub(super) fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

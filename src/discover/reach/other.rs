//! Following a path where there are no handles of folders: it is resolved, judged, and opened.
#![expect(clippy::disallowed_methods, reason = "this is where files and folders are looked at")]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{Kind, Opened, leads_elsewhere, unreadable};
use crate::workspace::Unreadable;

/// The folder that relative paths start at.
#[derive(Debug)]
pub(in crate::discover) struct Start {
    base: PathBuf,
}

impl Start {
    /// Paths start at the folder of this process, whose path is given as well.
    ///
    /// # Errors
    /// When it was deleted.
    pub(in crate::discover) fn here() -> io::Result<(PathBuf, Self)> {
        let base = std::env::current_dir()?;
        let start = Self::at(&base);
        Ok((base, start))
    }

    /// Paths start at `base`.
    pub(in crate::discover) fn at(base: &Path) -> Self {
        Self { base: base.canonicalize().unwrap_or_else(|_| base.to_owned()) }
    }

    /// The path of a folder without links.
    pub(in crate::discover) fn folder(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        let resolved = self.resolve(path, None)?;
        if resolved.is_dir() { Ok(resolved) } else { Err(Unreadable::Missing) }
    }

    /// What stands at a path.
    pub(in crate::discover) fn kind(&self, path: &Path) -> Result<Kind, Unreadable> {
        let resolved = self.resolve(path, None)?;
        let metadata = resolved.metadata().map_err(|error| unreadable(&error))?;
        Ok(kind(&metadata.file_type()))
    }

    /// What stands at a path, where a link is not followed; `None` when nothing does.
    pub(in crate::discover) fn stands(&self, path: &Path) -> Option<Kind> {
        let metadata = self.base.join(path).symlink_metadata().ok()?;
        Some(kind(&metadata.file_type()))
    }

    /// Opens a regular file. One that lies outside of `root` is not opened.
    pub(in crate::discover) fn open(
        &self,
        path: &Path,
        root: Option<&Path>,
    ) -> Result<Opened, Unreadable> {
        let resolved = self.resolve(path, root)?;
        let metadata = resolved.metadata().map_err(|error| unreadable(&error))?;
        match kind(&metadata.file_type()) {
            Kind::Special(what) => return Err(Unreadable::Special(what)),
            Kind::File => {}
            Kind::Folder | Kind::Link => return Err(Unreadable::Missing),
        }
        let file = File::open(&resolved).map_err(|error| unreadable(&error))?;
        Ok(Opened { file, path: resolved, links: Vec::new() })
    }

    /// The names in a folder with their kinds, in no order. Nothing outside of `root` is listed.
    pub(in crate::discover) fn list(
        &self,
        path: &Path,
        root: Option<&Path>,
    ) -> Result<Vec<(OsString, Kind)>, Unreadable> {
        let resolved = self.resolve(path, root)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(resolved).map_err(|error| unreadable(&error))? {
            let entry = entry.map_err(|error| unreadable(&error))?;
            let ty = entry.file_type().map_err(|error| unreadable(&error))?;
            names.push((entry.file_name(), kind(&ty)));
        }
        Ok(names)
    }

    /// Gives a file of a folder another name there. Nothing outside of `root` is renamed.
    pub(in crate::discover) fn rename(
        &self,
        path: &Path,
        (old, new): (&OsStr, &OsStr),
        root: Option<&Path>,
    ) -> io::Result<()> {
        let folder = self.resolve(path, root).map_err(|_| leads_elsewhere())?;
        fs::rename(folder.join(old), folder.join(new))
    }

    fn resolve(&self, path: &Path, root: Option<&Path>) -> Result<PathBuf, Unreadable> {
        let joined = self.base.join(path);
        let resolved = joined.canonicalize().map_err(|error| match root {
            Some(root) if !joined.starts_with(root) => Unreadable::Outside,
            _ => unreadable(&error),
        })?;
        match root {
            Some(root) if !resolved.starts_with(root) => Err(Unreadable::Outside),
            _ => Ok(resolved),
        }
    }
}

fn kind(ty: &fs::FileType) -> Kind {
    match () {
        () if ty.is_file() => Kind::File,
        () if ty.is_dir() => Kind::Folder,
        () if ty.is_symlink() => Kind::Link,
        () => Kind::Special("a device"),
    }
}

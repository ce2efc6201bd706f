//! What an analysis asks of a tree of files: what there is, and where the user started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::walk::candidates_around;
use super::write::canonical;
use super::{Disk, Found, find, hidden, is_file, rule_files, shown_path};
use crate::formats;
use crate::workspace::{Files, MemoryFiles, Reach, Unreadable, is_below, parent};

/// A tree of files in which projects are looked for.
pub trait Tree: Files {
    /// Finds candidate files below paths as the user named them, see [`find`].
    ///
    /// # Errors
    /// When a named path does not exist.
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found>;

    /// The candidates in the folder of a file, which need not be there, and in those above it.
    fn around(&self, file: &str) -> Vec<String>;

    /// Candidates below the folders of a search that files to ignore left out of it although the
    /// repository has them, sorted.
    fn hidden(&self, _found: &Found) -> Vec<String> {
        Vec::new()
    }

    /// A path as shown to the user.
    fn shown_path(&self, path: &Path) -> String;

    /// Makes sure that a file which the user has named can be read.
    ///
    /// # Errors
    /// When there is none, or something else stands there.
    fn expect_file(&self, path: &Path) -> anyhow::Result<()>;

    /// Rule files of a folder, sorted, as paths shown to the user.
    ///
    /// # Errors
    /// When the folder cannot be read, or `reach` does not allow to look into it.
    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>>;

    /// Names of the folders around the one opslint was started in, outermost first, up to the root
    /// of the repository.
    fn above(&self) -> Vec<String>;

    /// The absolute path of a file, which need not be there, without dots and without links in the
    /// way to it. Two paths of one file have the same; they are never shown.
    fn canonical(&self, path: &Path) -> PathBuf {
        Path::new("/").join(shown_path(Path::new("/"), path))
    }
}

impl<T: Tree + ?Sized> Tree for Arc<T> {
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        self.as_ref().find(paths)
    }

    fn around(&self, file: &str) -> Vec<String> {
        self.as_ref().around(file)
    }

    fn hidden(&self, found: &Found) -> Vec<String> {
        self.as_ref().hidden(found)
    }

    fn shown_path(&self, path: &Path) -> String {
        self.as_ref().shown_path(path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        self.as_ref().expect_file(path)
    }

    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
        self.as_ref().rule_files(folder, reach)
    }

    fn above(&self) -> Vec<String> {
        self.as_ref().above()
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        self.as_ref().canonical(path)
    }
}

impl Tree for Disk {
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        find(self, paths)
    }

    fn around(&self, file: &str) -> Vec<String> {
        candidates_around(self, file)
    }

    fn hidden(&self, found: &Found) -> Vec<String> {
        hidden::candidates(self, &found.folders, &found.paths)
    }

    fn shown_path(&self, path: &Path) -> String {
        shown_path(self.base(), path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        is_file(self, path)
    }

    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
        rule_files(self, folder, reach)
    }

    fn above(&self) -> Vec<String> {
        let mut above = Vec::new();
        let mut folder = self.base();
        // Configuration outside of the repository is somebody else's.
        while !folder.join(".git").exists()
            && let (Some(parent), Some(name)) = (folder.parent(), folder.file_name())
        {
            above.insert(0, name.to_string_lossy().into_owned());
            folder = parent;
        }
        above
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        canonical(&self.base().join(path))
    }
}

impl Tree for MemoryFiles {
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        let mut found = Found::default();
        for path in paths {
            let shown = self.shown_path(path);
            if self.has(&shown) {
                found.only.push(shown);
            } else if !shown.is_empty() && !self.paths().into_iter().any(|it| is_below(&shown, it))
            {
                bail!("`{}` does not exist", path.display());
            }
        }
        let named: Vec<String> = paths.iter().map(|it| self.shown_path(it)).collect();
        let is_found = |path: &&str| is_searched(path, &named, &found.only);
        found.paths = self.paths().into_iter().filter(is_found).map(str::to_owned).collect();
        found.folders = named.into_iter().filter(|it| !found.only.contains(it)).collect();
        Ok(found)
    }

    fn around(&self, file: &str) -> Vec<String> {
        let file = [file.to_owned()];
        let is_found = |path: &&str| is_searched(path, &file, &file);
        self.paths().into_iter().filter(is_found).map(str::to_owned).collect()
    }

    fn shown_path(&self, path: &Path) -> String {
        shown_path(Path::new(""), path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        match self.has(&self.shown_path(path)) {
            true => Ok(()),
            false => bail!("`{}` does not exist", path.display()),
        }
    }

    fn rule_files(&self, folder: &str, _: &Reach) -> anyhow::Result<Vec<String>> {
        if !folder.is_empty() && !self.paths().into_iter().any(|it| is_below(folder, it)) {
            bail!("there is no such folder");
        }
        let is_rule = |it: &&str| parent(it) == folder && it.ends_with(".toml");
        Ok(self.paths().into_iter().filter(is_rule).map(str::to_owned).collect())
    }

    fn above(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Whether a file is looked at because of the paths that the user named: everything below a folder
/// is, and what stands in the folders around a file. `files` are those of the named that are files.
fn is_searched(path: &str, named: &[String], files: &[String]) -> bool {
    let is_because_of = |named: &String| match files.contains(named) {
        true => is_below(parent(path), named),
        false => is_below(named, path),
    };
    files.iter().any(|it| it == path)
        || formats::is_candidate(path) && named.iter().any(is_because_of)
}

/// A tree in which some files have other texts than they have on disk: what an editor shows.
pub struct Overlaid {
    below: Box<dyn Tree>,
    texts: BTreeMap<String, Arc<str>>,
}

impl Overlaid {
    /// A tree as it is.
    pub fn new(below: Box<dyn Tree>) -> Self {
        Self { below, texts: BTreeMap::new() }
    }

    /// Lets a text stand for the file of its path; without one, the file itself does again.
    pub fn set(&mut self, path: &str, text: Option<Arc<str>>) {
        match text {
            Some(text) => self.texts.insert(path.to_owned(), text),
            None => self.texts.remove(path),
        };
    }

    /// Adds the files that are nowhere but in an editor.
    fn add_new(&self, found: &mut Found, named: &[String]) {
        let is_new = |it: &&String| is_searched(it, named, &found.only) && !self.is_on_disk(it);
        let mut new: Vec<String> = self.texts.keys().filter(is_new).cloned().collect();
        found.paths.append(&mut new);
        found.paths.sort_unstable();
        found.paths.dedup();
    }

    fn is_on_disk(&self, path: &str) -> bool {
        self.below.is_file(path, &Reach::Anywhere)
    }

    /// Whether there is a file at a path, here or on disk.
    pub fn has(&self, path: &str) -> bool {
        self.covers(path) || self.is_on_disk(path)
    }

    /// Whether a text stands for the file of this path.
    pub fn covers(&self, path: &str) -> bool {
        self.texts.contains_key(path)
    }
}

impl Files for Overlaid {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        match self.texts.get(path) {
            Some(text) => Ok(Arc::clone(text)),
            None => self.below.read(path, reach),
        }
    }

    fn list(&self, folder: &str, reach: &Reach) -> Vec<String> {
        let mut names = self.below.list(folder, reach);
        let over = self.texts.keys().filter(|it| parent(it) == folder);
        let over = over.map(|it| it[folder.len()..].trim_start_matches('/').to_owned());
        names.extend(over);
        names.sort_unstable();
        names.dedup();
        names
    }

    fn is_file(&self, path: &str, reach: &Reach) -> bool {
        self.covers(path) || self.below.is_file(path, reach)
    }

    fn reach(&self, folder: &str) -> Reach {
        self.below.reach(folder)
    }
}

impl Tree for Overlaid {
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        let (new, there): (Vec<PathBuf>, Vec<PathBuf>) = paths.iter().cloned().partition(|it| {
            let shown = self.shown_path(it);
            self.covers(&shown) && !self.is_on_disk(&shown)
        });
        let mut found = self.below.find(&there)?;
        for path in new {
            let path = self.shown_path(&path);
            found.paths.extend(self.below.around(&path));
            found.only.push(path);
        }
        let named: Vec<String> = paths.iter().map(|it| self.shown_path(it)).collect();
        self.add_new(&mut found, &named);
        Ok(found)
    }

    fn around(&self, file: &str) -> Vec<String> {
        let mut found = Found { paths: self.below.around(file), ..Found::default() };
        found.only.push(file.to_owned());
        self.add_new(&mut found, &[file.to_owned()]);
        found.paths
    }

    fn hidden(&self, found: &Found) -> Vec<String> {
        self.below.hidden(found)
    }

    fn shown_path(&self, path: &Path) -> String {
        self.below.shown_path(path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        if self.covers(&self.shown_path(path)) {
            return Ok(());
        }
        self.below.expect_file(path)
    }

    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
        let is_rule = |it: &&String| parent(it) == folder && it.ends_with(".toml");
        let mut over: Vec<String> = self.texts.keys().filter(is_rule).cloned().collect();
        match self.below.rule_files(folder, reach) {
            Ok(paths) => over.extend(paths),
            // A folder that is nowhere but in an editor.
            Err(_) if !over.is_empty() => {}
            Err(error) => return Err(error),
        }
        over.sort_unstable();
        over.dedup();
        Ok(over)
    }

    fn above(&self) -> Vec<String> {
        self.below.above()
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        self.below.canonical(path)
    }
}

//! Files on disk, with one of them perhaps replaced by what an editor sends on standard input.
#![expect(clippy::disallowed_methods, reason = "this is where files are read")]

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::discover::decode::decode_bytes_of;
use crate::discover::reach::{Kind, Opened, Start, repository};
use crate::discover::shown_path;
use crate::discover::words;
use crate::discover::write::{canonical, end_of_links, is_stream};
use crate::formats;
use crate::workspace::{Files, Reach, Unreadable, parent};

/// An unsaved buffer that stands for the file of its path.
#[derive(Clone, Debug)]
pub struct StdinFile {
    /// The path as shown to the user.
    pub path: String,
    /// The text of the buffer.
    pub text: Arc<str>,
}

/// The files below and beside the folder opslint was started in.
#[derive(Debug)]
pub struct Disk {
    base: PathBuf,
    start: Start,
    stdin: Option<StdinFile>,
    opened: Arc<AtomicUsize>,
    /// The folders that are checked, without links.
    checked: Vec<PathBuf>,
    /// Where the folders that are checked, and those above them, really are, by their paths as shown
    /// to the user. It was looked at once: what takes their place later is not them.
    known: HashMap<String, PathBuf>,
    reaches: Mutex<HashMap<String, Reach>>,
}

impl Disk {
    /// Files by paths relative to the folder opslint was started in. That one is checked.
    ///
    /// # Errors
    /// When it was deleted or cannot be read.
    pub fn here() -> io::Result<Self> {
        let (base, start) = Start::here()?;
        Ok(Self::starting_at(base, start))
    }

    /// Files by paths relative to `base`, as if opslint had been started there. That one is checked.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        let base = base.into();
        let start = Start::at(&base);
        Self::starting_at(base, start)
    }

    fn starting_at(base: PathBuf, start: Start) -> Self {
        // What is outside is judged by paths without links.
        let base = start.folder(Path::new("")).unwrap_or(base);
        let checked = vec![base.clone()];
        let known = HashMap::from([(String::new(), base.clone())]);
        let (opened, reaches) = (Arc::default(), Mutex::default());
        Self { base, start, stdin: None, opened, checked, known, reaches }
    }

    /// Lets a text stand for the file of its path.
    #[must_use]
    pub fn with_stdin(mut self, stdin: Option<StdinFile>) -> Self {
        self.stdin = stdin;
        self
    }

    /// Says which folders are checked, and of which files the folders are. Where there is no
    /// repository, reading for a project stays inside of the checked folder that it is in.
    #[must_use]
    pub fn with_checked(mut self, paths: &[PathBuf]) -> Self {
        self.checked = Vec::new();
        for path in paths {
            let shown = shown_path(&self.base, path);
            let beside = parent(&shown);
            let Some(folder) = self.know(&shown).or_else(|| self.know(beside)) else { continue };
            self.checked.push(folder);
        }
        self.reaches = Mutex::default();
        self
    }

    /// Looks where a folder is, and where those above it are in which its project may be.
    fn know(&mut self, shown: &str) -> Option<PathBuf> {
        let mut above = shown;
        while !self.known.contains_key(above) {
            let folder = self.start.folder(Path::new(above)).ok()?;
            self.known.insert(above.to_owned(), folder);
            if above.ends_with("..") {
                break;
            }
            above = parent(above);
        }
        self.known.get(shown).cloned()
    }

    /// What reading for a project in a folder stays inside of, without links.
    fn root_of(&self, shown: &str) -> PathBuf {
        // A folder that is not there, such as that of a buffer, is where its parent is.
        let (mut there, mut found) = (shown, None);
        loop {
            if let Some(known) = self.known.get(there) {
                let root = self.root(known);
                // A link below it that leads out of the project leads nowhere.
                let found = found.filter(|it: &PathBuf| it.starts_with(root));
                let found = found.unwrap_or_else(|| known.clone());
                let nearest = self.root(&found);
                return if nearest.starts_with(root) { nearest } else { root }.to_owned();
            }
            found = found.or_else(|| self.start.folder(Path::new(there)).ok());
            if there.is_empty() || there.ends_with("..") {
                let found = found.unwrap_or_else(|| self.base.clone());
                return self.root(&found).to_owned();
            }
            there = parent(there);
        }
    }

    /// The folder opslint was started in.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// How many files were read, for those who wait.
    pub fn opened(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.opened)
    }

    /// The path and text that stand for a file.
    pub fn stdin(&self) -> Option<&StdinFile> {
        self.stdin.as_ref()
    }

    /// Whether nothing is at a path.
    pub fn is_missing(&self, path: &Path) -> bool {
        matches!(self.kind(path), Err(Unreadable::Missing))
    }

    /// What stands at a path, links followed.
    pub(super) fn kind(&self, path: &Path) -> Result<Kind, Unreadable> {
        self.start.kind(path)
    }

    /// The path of a folder without links.
    pub(super) fn folder(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        self.start.folder(path)
    }

    /// The folder that reading for a project in `folder` stays inside of, both without links.
    pub(super) fn root<'a>(&'a self, folder: &'a Path) -> &'a Path {
        let around = self.checked.iter().filter(|it| folder.starts_with(it));
        let checked = around.max_by_key(|it| it.components().count());
        repository(folder).or(checked.map(PathBuf::as_path)).unwrap_or(folder)
    }

    /// Opens a regular file. It has to be in `root`, where there is one.
    pub(super) fn open(&self, path: &Path, root: Option<&Path>) -> Result<Opened, Unreadable> {
        self.start.open(path, root)
    }

    /// What stands in the place of a file of opslint itself that cannot be opened. It was meant to
    /// say something, so that it is not passed over like a file of others that is not there.
    fn own_missing(&self, path: &str, reach: &Reach) -> Option<Unreadable> {
        let is_own = formats::OWN.iter().any(|it| path.rsplit('/').next() == Some(it));
        // What stands outside is nobody's business.
        let root = self.boundary(reach);
        let is_inside = root.is_none_or(|it| joined(&self.base, path).starts_with(it));
        let looks = is_own && is_inside;
        let stands = looks.then(|| self.start.stands(Path::new(path))).flatten()?;
        match stands {
            Kind::Folder => Some(Unreadable::Special("a folder")),
            Kind::Link => match self.start.kind(Path::new(path)) {
                Ok(Kind::Folder) => Some(Unreadable::Special("a link to a folder")),
                Err(Unreadable::Missing) => Some(Unreadable::Special("a link that leads nowhere")),
                Ok(Kind::File) => Some(Unreadable::Special("a link that leads out of the project")),
                _ => None,
            },
            Kind::File | Kind::Special(_) => None,
        }
    }

    /// What a file has to lie in that is written over: the repository of the folder that opslint was
    /// started in, or a folder that is checked. `None` for a file of neither, such as a configuration
    /// above all projects. What stands at the path now does not count: it may be a link by now.
    pub(super) fn boundary_to_write(&self, path: &str) -> Option<PathBuf> {
        let path = joined(&self.base, path);
        let own = std::iter::once(self.root(&self.base));
        let checked = self.checked.iter().map(PathBuf::as_path);
        own.chain(checked).find(|it| path.starts_with(it)).map(Path::to_owned)
    }

    /// Whether a file that the user names lies in the repository, or in a folder that is checked, and
    /// a link that somebody put there leads out of it. Pipes and devices have no place to leave.
    pub fn leads_out(&self, path: &Path) -> bool {
        let path = self.base.join(path);
        let root = self.boundary_to_write(&shown_path(&self.base, &path));
        root.is_some_and(|root| match end_of_links(&path) {
            Ok(end) if is_stream(&end) => false,
            // The root itself may be named by a path with links.
            Ok(end) => {
                let (end, root) = (canonical(&end), canonical(&root.join(".")));
                !end.starts_with(&root) || has_git(&end, &root) && !has_git(&path, &root)
            }
            Err(_) => true,
        })
    }

    /// Gives a file the name of another one of its folder, which has to be in `root`, where there is
    /// one. The folder is looked for once: a path that leads elsewhere meanwhile leads nowhere.
    pub(super) fn rename(&self, from: &Path, to: &Path, root: Option<&Path>) -> io::Result<()> {
        let (Some(folder), Some(old), Some(new)) = (to.parent(), from.file_name(), to.file_name())
        else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        self.start.rename(folder, (old, new), root)
    }

    /// Where a file is written that no user named: a link in its place is followed as when reading.
    ///
    /// # Errors
    /// When it leads out of the project, or to nothing that can be written over.
    pub fn place_to_write(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        let shown = shown_path(&self.base, path);
        if self.start.stands(Path::new(&shown)) != Some(Kind::Link) {
            return Ok(path.to_owned());
        }
        let root = self.boundary(&self.reach(parent(&shown)));
        let place = self.open(Path::new(&shown), root.as_deref())?.path;
        match root.is_some_and(|it| has_git(&place, &it)) {
            true => Err(Unreadable::Outside),
            false => Ok(place),
        }
    }

    /// Whether a file that something names is one of git's own, where a link may lead as well: the
    /// configuration of a clone has the token that fetched it.
    fn is_of_git(&self, place: &Path, reach: &Reach) -> bool {
        self.boundary(reach).is_some_and(|root| has_git(place, &root))
    }

    /// The names in a folder, with their kinds, in no order.
    pub(super) fn entries(
        &self,
        folder: &Path,
        root: Option<&Path>,
    ) -> Result<Vec<(OsString, Kind)>, Unreadable> {
        self.start.list(folder, root)
    }

    /// The folder of a reach, without links.
    pub(super) fn boundary(&self, reach: &Reach) -> Option<PathBuf> {
        match reach {
            Reach::Within(root) => Some(joined(&self.base, root)),
            Reach::Anywhere => None,
        }
    }
}

impl Files for Disk {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        if let Some(stdin) = self.stdin.as_ref().filter(|it| it.path == path) {
            return Ok(Arc::clone(&stdin.text));
        }
        let opened = self.open(Path::new(path), self.boundary(reach).as_deref());
        let opened = opened.map_err(|it| self.own_missing(path, reach).unwrap_or(it))?;
        if self.is_of_git(&opened.path, reach) {
            return Err(Unreadable::Outside);
        }
        self.opened.fetch_add(1, Ordering::Relaxed);
        let bytes = opened.bytes_of(|file| words::tell_manifest(path, file))?;
        decode_bytes_of(path, bytes)
    }

    fn is_file(&self, path: &str, reach: &Reach) -> bool {
        let is_stdin = self.stdin.as_ref().is_some_and(|it| it.path == path);
        let opened = || self.open(Path::new(path), self.boundary(reach).as_deref());
        is_stdin
            || match opened() {
                // What shows that a repository is there is asked for by this name.
                Ok(it) => path.ends_with(".git/HEAD") || !self.is_of_git(&it.path, reach),
                Err(it) => !matches!(it, Unreadable::Missing | Unreadable::Outside),
            }
    }

    fn list(&self, folder: &str, reach: &Reach) -> Vec<String> {
        let names = self.entries(Path::new(folder), self.boundary(reach).as_deref());
        let files = names.into_iter().flatten().filter(|(_, kind)| *kind != Kind::Folder);
        let mut names: Vec<_> =
            files.map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    fn reach(&self, folder: &str) -> Reach {
        let mut known = self.reaches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reach) = known.get(folder) {
            return reach.clone();
        }
        let reach = Reach::Within(shown_path(&self.base, &self.root_of(folder)));
        known.insert(folder.to_owned(), reach.clone());
        reach
    }
}

/// Whether a path goes through the folder of git below a root. Some file systems know it by other
/// letters.
fn has_git(path: &Path, root: &Path) -> bool {
    let below = path.strip_prefix(root).unwrap_or(path);
    let mut parts = below.components();
    parts.any(|it| it.as_os_str().eq_ignore_ascii_case(".git"))
}

/// A path as shown to the user, made absolute.
fn joined(base: &Path, shown: &str) -> PathBuf {
    let mut path = PathBuf::with_capacity(base.as_os_str().len() + shown.len() + 1);
    path.push(base);
    for part in shown.split('/').filter(|it| !it.is_empty()) {
        match part {
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

/// The folder opslint was started in.
///
/// # Errors
/// When it was deleted or cannot be read.
pub fn current_folder() -> io::Result<PathBuf> {
    std::env::current_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_not_a_file() {
        let disk = Disk::new(env!("CARGO_MANIFEST_DIR"));
        let reach = disk.reach("");
        assert_eq!(disk.read("src", &reach), Err(Unreadable::Missing));
        assert_eq!(disk.read("src/lib.rs/x", &reach), Err(Unreadable::Missing));
        assert!(disk.read("src/lib.rs", &reach).is_ok());
    }
}

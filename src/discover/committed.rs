//! The files of a repository as a commit has them, without a checkout.
//!
//! Git lists the tree and prints objects; no filter, text conversion or hook of the repository
//! runs, and nothing is fetched.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::bail;

use super::changed::{Entry, EntryKind, fork};
use super::decode::decode_bytes_of;
use super::git::Git;
use super::reach::repository;
use super::tree::Tree;
use super::{Disk, Found, shown_path};
use crate::workspace::{Files, MemoryFiles, Reach, Unreadable, join, parent};

/// A commit's files, by paths as shown to the user.
pub struct Committed {
    git: Mutex<Git>,
    top: PathBuf,
    base: PathBuf,
    above: Vec<String>,
    entries: BTreeMap<String, Entry>,
    /// The names alone, for whoever looks for files.
    names: MemoryFiles,
    /// Links to files of the commit, and where they end.
    links: BTreeMap<String, String>,
    texts: Mutex<BTreeMap<String, Result<Arc<str>, Unreadable>>>,
    failed: Failed,
}

/// Why the first file that could not be read was not: a clone may lack what its commits have.
pub type Failed = Arc<OnceLock<String>>;

impl Committed {
    /// The files at the commit where the current branch left `revision`.
    ///
    /// # Errors
    /// When git cannot be run, the folder is in no repository, or the revision is not in it.
    pub fn at(disk: &Disk, git: Git, revision: &str) -> anyhow::Result<Self> {
        let folder = disk.folder(Path::new("")).unwrap_or_else(|_| disk.base().to_owned());
        let Some(top) = repository(&folder).map(Path::to_owned) else {
            bail!("this folder is in no git repository, which would know `{revision}`");
        };
        let commit = fork(&git, &top, revision)?;
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", &commit].map(OsStr::new);
        let listed = git.run_fetched(&top, &arguments)?;
        let listed = String::from_utf8_lossy(&listed);
        let shown = |(path, entry): (String, Entry)| (shown_path(&folder, &top.join(path)), entry);
        let entries: BTreeMap<String, Entry> =
            listed.split('\0').filter_map(Entry::read).map(shown).collect();
        let links = links(&git, &top, &entries)?;
        let files = entries.iter().filter(|(_, it)| it.kind == EntryKind::File);
        let names = files.map(|(path, _)| path).chain(links.keys());
        let names = names.fold(MemoryFiles::new(), |all, path| all.with(path.as_str(), ""));
        let (git, texts) = (Mutex::new(git), Mutex::default());
        let (base, above) = (disk.base().to_owned(), disk.above());
        let failed = Failed::default();
        Ok(Self { git, top, base, above, entries, names, links, texts, failed })
    }

    /// Is set when a file of the commit cannot be read: what is worked out then is not what the
    /// commit says.
    pub fn failed(&self) -> Failed {
        Arc::clone(&self.failed)
    }

    fn text(&self, path: &str) -> Result<Arc<str>, Unreadable> {
        let end = self.links.get(path).map_or(path, String::as_str);
        let entry = self.entries.get(end).ok_or(Unreadable::Missing)?;
        match entry.kind {
            EntryKind::File => {}
            EntryKind::Link => return Err(Unreadable::Special("a link")),
            EntryKind::Commit | EntryKind::Folder => return Err(Unreadable::Missing),
        }
        let arguments = ["cat-file", "blob", &entry.id].map(OsStr::new);
        // What panicked elsewhere has not changed it.
        let git = self.git.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = git.run(&self.top, &arguments);
        drop(git);
        let refused = |error: anyhow::Error| {
            let why = format!("{error:#}");
            // The first one is enough.
            self.failed.get_or_init(|| format!("cannot read `{path}` of that commit"));
            Unreadable::Refused(why)
        };
        decode_bytes_of(path, bytes.map_err(refused)?)
    }
}

/// Links of one commit that are followed: each costs a run of git.
const LINKS_MAX: usize = 256;

/// As many links in a row as Linux follows.
const STEPS_MAX: usize = 40;

/// The links that lead to files of the same commit, and to which. Others are files that cannot be
/// read.
///
/// # Errors
/// When the clone lacks what a link says.
fn links(
    git: &Git,
    top: &Path,
    entries: &BTreeMap<String, Entry>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut targets = BTreeMap::new();
    let all = entries.iter().filter(|(_, it)| it.kind == EntryKind::Link);
    for (path, it) in all.take(LINKS_MAX) {
        let said = git.run_fetched(top, &["cat-file", "blob", &it.id].map(OsStr::new))?;
        let target = std::str::from_utf8(&said).ok().filter(|it| !it.starts_with('/'));
        if let Some(target) = target.and_then(|it| join(parent(path), it)) {
            targets.insert(path.clone(), target);
        }
    }
    let end = |path: &String| {
        let mut end = path;
        for _ in 0..STEPS_MAX {
            match targets.get(end) {
                Some(next) => end = next,
                None => break,
            }
        }
        let is_file = entries.get(end).is_some_and(|it| it.kind == EntryKind::File);
        is_file.then(|| (path.clone(), end.clone()))
    };
    Ok(targets.keys().filter_map(end).collect())
}

impl Files for Committed {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        // The names know what is outside of the reach.
        self.names.read(path, reach).map_err(|it| match self.entries.contains_key(path) {
            true if it == Unreadable::Missing => Unreadable::Special("a link"),
            _ => it,
        })?;
        if let Some(end) = self.links.get(path) {
            self.names.read(end, reach)?;
        }
        let known = self.texts.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(text) = known {
            return text;
        }
        let text = self.text(path);
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.insert(path.to_owned(), text.clone());
        text
    }

    fn list(&self, folder: &str, reach: &Reach) -> Vec<String> {
        self.names.list(folder, reach)
    }

    fn is_file(&self, path: &str, reach: &Reach) -> bool {
        self.names.is_file(path, reach)
    }

    /// A commit has nothing but its own repository.
    fn reach(&self, _: &str) -> Reach {
        Reach::Anywhere
    }
}

impl Tree for Committed {
    /// What was not there yet is no mistake: nothing is found below it.
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        let mut found = Found::default();
        for path in paths {
            let shown = [PathBuf::from(self.shown_path(path))];
            if let Ok(below) = self.names.find(&shown) {
                found.paths.extend(below.paths);
                found.only.extend(below.only);
                found.folders.extend(below.folders);
            }
        }
        found.paths.sort_unstable();
        found.paths.dedup();
        Ok(found)
    }

    fn around(&self, file: &str) -> Vec<String> {
        self.names.around(file)
    }

    fn shown_path(&self, path: &Path) -> String {
        shown_path(&self.base, path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        self.names.expect_file(Path::new(&self.shown_path(path)))
    }

    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
        self.names.rule_files(folder, reach)
    }

    fn above(&self) -> Vec<String> {
        self.above.clone()
    }
}

//! Which files changed since a revision.
//!
//! Git tells which object each file was; whether a file still is that object is seen here, by its
//! bytes. `git diff` would run the filters that the repository configures.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::Disk;
use super::git::Git;
use super::reach::repository;
use crate::workspace::{Files as _, Unreadable, parent};

/// Arguments of one command stay far below what every system takes.
const ARGUMENTS_MAX: usize = 16 * 1024;

/// Repositories as they were when the current branch left a revision.
#[derive(Debug)]
pub struct Changed {
    git: Git,
    /// The folders that hold `.git`, without links, and the commit of each.
    repositories: BTreeMap<PathBuf, String>,
}

/// A tree to compare with: of the repository in a folder, the commit. Without one, nothing was there.
type Tree = (PathBuf, Option<String>);

/// A file as it is now.
struct Now {
    /// As shown to the user.
    shown: String,
    /// Where it is, or would be. Without links as far as it is there.
    path: PathBuf,
    /// What it is; `None` when it is not there.
    content: Option<Content>,
}

enum Content {
    File(Vec<u8>),
    Link(Vec<u8>),
    Unreadable,
}

impl Changed {
    /// Asks about the repositories of these paths, files or folders.
    ///
    /// # Errors
    /// When git cannot be run, a path is in no repository, or the revision is not a commit of it.
    pub fn since(disk: &Disk, git: Git, revision: &str, paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut repositories = BTreeMap::new();
        for path in paths {
            let beside = || disk.folder(path.parent().unwrap_or(Path::new("")));
            let Ok(folder) = disk.folder(path).or_else(|_| beside()) else { continue };
            let Some(top) = repository(&folder) else {
                bail!("`{}` is in no git repository, which would know changes", path.display());
            };
            if !repositories.contains_key(top) {
                repositories.insert(top.to_owned(), fork(&git, top, revision)?);
            }
        }
        Ok(Self { git, repositories })
    }

    /// Those of these files that differ from what they were: committed, staged, edited, new and
    /// deleted ones, and those behind a link that does. Paths as shown to the user.
    ///
    /// A file that git converts, other than its line ends, counts as changed: to know better would
    /// be to run what the repository says.
    ///
    /// # Errors
    /// When git cannot be run, or a tree is absent from the repository.
    pub fn among(
        &self,
        disk: &Disk,
        paths: impl Iterator<Item = String>,
    ) -> anyhow::Result<BTreeSet<String>> {
        let mut trees = BTreeMap::new();
        let mut by_tree: BTreeMap<Tree, Vec<Now>> = BTreeMap::new();
        for now in paths.flat_map(|it| look(disk, &it)) {
            let folder = now.path.parent().unwrap_or(&now.path);
            if let Some(tree) = self.tree(&mut trees, folder)? {
                by_tree.entry(tree).or_default().push(now);
            }
        }
        let mut changed = BTreeSet::new();
        for ((top, commit), files) in by_tree {
            changed.extend(self.differing(&top, commit.as_deref(), files)?);
        }
        Ok(changed)
    }

    /// Those that differ from a commit.
    fn differing(
        &self,
        top: &Path,
        commit: Option<&str>,
        files: Vec<Now>,
    ) -> anyhow::Result<Vec<String>> {
        let Some(commit) = commit else {
            let there = files.into_iter().filter(|it| it.content.is_some());
            return Ok(there.map(|it| it.shown).collect());
        };
        let before = self.entries(top, commit, files.iter().map(|it| it.path.as_path()))?;
        let (mut changed, mut converted) = (Vec::new(), Vec::new());
        for it in files {
            match (before.get(&below(top, &it.path)), &it.content) {
                (None, None) => {}
                (Some(entry), Some(content)) if entry.is(content) => {}
                (Some(entry), Some(content)) if entry.has_other_line_ends(content) => {
                    converted.push(it);
                }
                _ => changed.push(it.shown),
            }
        }
        if converted.is_empty() {
            return Ok(changed);
        }
        // A checkout may have made the line ends. Those that were committed are a change.
        let head = self.entries(top, "HEAD", converted.iter().map(|it| it.path.as_path()))?;
        let differs =
            |it: &Now| head.get(&below(top, &it.path)) != before.get(&below(top, &it.path));
        changed.extend(converted.into_iter().filter(differs).map(|it| it.shown));
        Ok(changed)
    }

    /// The tree that a folder was in. `None` when nobody asked about its repository.
    ///
    /// A repository inside of another is a submodule, of which the outer tree has the commit; else,
    /// or when that commit was never fetched, all that is in it is new.
    fn tree(
        &self,
        known: &mut BTreeMap<PathBuf, Option<Tree>>,
        folder: &Path,
    ) -> anyhow::Result<Option<Tree>> {
        let Some(top) = repository(folder) else { return Ok(None) };
        if let Some(commit) = self.repositories.get(top) {
            return Ok(Some((top.to_owned(), Some(commit.clone()))));
        }
        if let Some(tree) = known.get(top) {
            return Ok(tree.clone());
        }
        let outer = top.parent().map(|it| self.tree(known, it)).transpose()?.flatten();
        let tree = match outer {
            None => None,
            Some((_, None)) => Some((top.to_owned(), None)),
            Some((outer, Some(commit))) => {
                let entries = self.entries(&outer, &commit, std::iter::once(top))?;
                let pinned = entries.into_values().find(|it| it.kind == EntryKind::Commit);
                let pinned = pinned.filter(|it| commit_of(&self.git, top, &it.id).is_ok());
                Some((top.to_owned(), pinned.map(|it| it.id)))
            }
        };
        known.insert(top.to_owned(), tree.clone());
        Ok(tree)
    }

    /// What a commit has at these paths, by paths below `top`.
    fn entries<'a>(
        &self,
        top: &Path,
        commit: &str,
        paths: impl Iterator<Item = &'a Path>,
    ) -> anyhow::Result<BTreeMap<String, Entry>> {
        let paths: BTreeSet<String> = paths.map(|it| below(top, it)).collect();
        let mut entries = BTreeMap::new();
        let mut paths = paths.iter().peekable();
        while paths.peek().is_some() {
            let mut arguments =
                ["ls-tree", "-z", "--full-tree", commit, "--"].map(OsStr::new).to_vec();
            let mut len = 0;
            while let Some(path) = paths.next_if(|_| len < ARGUMENTS_MAX) {
                len += path.len() + 1;
                arguments.push(OsStr::new(path));
            }
            let listed = self.git.run_fetched(top, &arguments)?;
            let listed = String::from_utf8_lossy(&listed);
            entries.extend(listed.split('\0').filter_map(Entry::read));
        }
        Ok(entries)
    }
}

/// What a tree has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    /// The id of the object, in hexadecimal digits.
    pub(super) id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Link,
    Commit,
    Folder,
}

impl Entry {
    /// A line of `git ls-tree -z`: `MODE TYPE ID<TAB>PATH`.
    pub(super) fn read(line: &str) -> Option<(String, Self)> {
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split(' ');
        let kind = match (words.next()?, words.next()?) {
            ("120000", "blob") => EntryKind::Link,
            (_, "blob") => EntryKind::File,
            (_, "commit") => EntryKind::Commit,
            _ => EntryKind::Folder,
        };
        Some((path.to_owned(), Self { kind, id: words.next()?.to_owned() }))
    }

    fn is(&self, content: &Content) -> bool {
        match (self.kind, content) {
            (EntryKind::File, Content::File(bytes)) | (EntryKind::Link, Content::Link(bytes)) => {
                self.id == blob_id(bytes, self.id.len())
            }
            _ => false,
        }
    }

    /// Whether it is the content but for line ends, as `core.autocrlf` makes them.
    fn has_other_line_ends(&self, content: &Content) -> bool {
        let Content::File(bytes) = content else { return false };
        let mut unix = Vec::with_capacity(bytes.len());
        for (idx, byte) in bytes.iter().enumerate() {
            if *byte != b'\r' || bytes.get(idx + 1) != Some(&b'\n') {
                unix.push(*byte);
            }
        }
        unix.len() < bytes.len() && self.is(&Content::File(unix))
    }
}

/// The id that git gives to the bytes of a file: SHA-1 or SHA-256, told by the length of the ids.
fn blob_id(bytes: &[u8], len: usize) -> String {
    let header = format!("blob {}\0", bytes.len());
    let hex = |digest: &[u8]| digest.iter().map(|it| format!("{it:02x}")).collect();
    match len {
        64 => hex(&Sha256::new().chain_update(header).chain_update(bytes).finalize()),
        _ => hex(&Sha1::new().chain_update(header).chain_update(bytes).finalize()),
    }
}

/// The commit at which the current branch left `revision`.
pub(super) fn fork(git: &Git, top: &Path, revision: &str) -> anyhow::Result<String> {
    let commit = commit_of(git, top, revision).with_context(|| {
        format!(
            "`{revision}` is not a commit of this clone; if it should be, fetch all of its history \
             first (`fetch-depth: 0` for actions/checkout, `git fetch --unshallow` elsewhere)"
        )
    })?;
    let arguments = ["merge-base", "--end-of-options", &commit, "HEAD"].map(OsStr::new);
    // A shallow clone may lack the commit that both have in common; a branch may have none yet.
    let fork = git.run(top, &arguments).map(|it| one_line(&it)).unwrap_or(commit);
    Ok(fork)
}

fn commit_of(git: &Git, top: &Path, revision: &str) -> anyhow::Result<String> {
    let revision = format!("{revision}^{{commit}}");
    let arguments = ["rev-parse", "--verify", "--end-of-options", &revision].map(OsStr::new);
    Ok(one_line(&git.run(top, &arguments)?))
}

fn one_line(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}

/// A path as a tree of the repository in `top` has it.
fn below(top: &Path, path: &Path) -> String {
    let below = path.strip_prefix(top).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(OsStr::to_string_lossy).collect();
    parts.join("/")
}

/// The file at a path, and the links on the way to it. Nothing where it is not of the project.
fn look(disk: &Disk, shown: &str) -> Vec<Now> {
    let now = |path, content| Now { shown: shown.to_owned(), path, content };
    let beside = disk.folder(Path::new(parent(shown))).unwrap_or_else(|_| disk.base().to_owned());
    let name = shown.rsplit('/').next().unwrap_or_default();
    if let Some(buffer) = disk.stdin().filter(|it| it.path == shown) {
        let content = Content::File(buffer.text.as_bytes().to_vec());
        return vec![now(beside.join(name), Some(content))];
    }
    let root = disk.boundary(&disk.reach(parent(shown)));
    let opened = match disk.open(Path::new(shown), root.as_deref()) {
        Ok(opened) => opened,
        Err(Unreadable::Outside) => return Vec::new(),
        Err(Unreadable::Missing) => return vec![now(beside.join(name), None)],
        Err(_) => return vec![now(beside.join(name), Some(Content::Unreadable))],
    };
    let bytes = |it: &Path| it.as_os_str().as_encoded_bytes().to_vec();
    let links = opened.links.iter();
    let mut found: Vec<Now> =
        links.map(|(path, target)| now(path.clone(), Some(Content::Link(bytes(target))))).collect();
    let path = opened.path.clone();
    found.push(now(path, Some(opened.bytes().map_or(Content::Unreadable, Content::File))));
    found
}

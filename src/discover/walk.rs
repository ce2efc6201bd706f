//! Finds the files that any format is known by, below the paths a user names.
#![expect(clippy::disallowed_methods, reason = "this is where folders are looked at")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use ignore::WalkBuilder;

use crate::discover::Disk;
use crate::formats;
use crate::workspace::{join, parent};

/// Folders that hold other people's files, or generated ones. They are rarely in .gitignore when a
/// tree is not a git checkout, and a Procfile in a dependency is not the user's.
const DEPENDENCY_FOLDERS: &[&str] = &[
    "node_modules",
    "site-packages",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    "__pycache__",
    "vendor",
    "target",
    ".git",
    ".hg",
    ".svn",
    ".terraform",
    ".serverless",
    ".aws-sam",
];

/// The files to read, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Found {
    /// Paths of files that a format may be known by, sorted, as shown to the user.
    pub paths: Vec<String>,
    /// Files that were named one by one: diagnostics that touch none of them are not shown. Empty
    /// when only folders were named.
    pub only: Vec<String>,
    /// Folders that could not be read, as sentences.
    pub problems: Vec<String>,
}

/// Finds candidate files below `paths`.
///
/// A named folder is searched with everything below it. A named file stands for the project it
/// belongs to: its folder and those above it, up to the root of the repository, are looked at.
///
/// # Errors
/// When a named path does not exist.
pub fn find(disk: &Disk, paths: &[PathBuf]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut candidates = BTreeSet::new();
    for path in paths {
        let shown = shown_path(disk.base(), path);
        let stands_for = disk.stdin().is_some_and(|it| it.path == shown);
        if stands_for || disk.base().join(path).is_file() {
            found.only.push(shown.clone());
            project_files(disk, &shown, &mut candidates);
            candidates.insert(shown);
            continue;
        }
        if !disk.base().join(path).exists() {
            bail!("`{}` does not exist", path.display());
        }
        walk(disk, &shown, &mut candidates, &mut found.problems)
            .with_context(|| format!("cannot search `{}`", path.display()))?;
    }
    found.paths = candidates.into_iter().collect();
    Ok(found)
}

/// The path of a file or folder as shown to the user: relative to `base`, `/` between parts, even
/// where that needs `..`; never absolute, because output must not depend on the machine.
pub fn shown_path(base: &Path, path: &Path) -> String {
    let absolute = normal_parts(&base.join(path));
    let base = normal_parts(base);
    let shared = absolute.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), base.len() - shared);
    up.chain(absolute[shared..].iter().cloned()).collect::<Vec<_>>().join("/")
}

fn normal_parts(path: &Path) -> Vec<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    parts
}

fn walk(
    disk: &Disk,
    folder: &str,
    candidates: &mut BTreeSet<String>,
    problems: &mut Vec<String>,
) -> anyhow::Result<()> {
    let root = disk.base().join(folder);
    let walker = WalkBuilder::new(&root)
        // Some formats live in hidden folders (`.do/app.yaml`) or are hidden (`.python-version`).
        .hidden(false)
        // A folder that is not a checkout has a .gitignore too: an unpacked archive, a build context.
        .require_git(false)
        .filter_entry(|entry| !is_dependency_folder(entry.file_name()) || entry.depth() == 0)
        .build();
    for entry in walker {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(walk_problem(disk, &error));
                continue;
            }
        };
        let is_folder = entry.file_type().is_some_and(|it| it.is_dir());
        let name = entry.file_name().to_string_lossy();
        if is_folder || !formats::may_be_named(&name) {
            continue;
        }
        let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        let path = join(folder, &below.to_string_lossy().replace('\\', "/"));
        candidates.extend(path.filter(|it| formats::is_candidate(it)));
    }
    Ok(())
}

fn is_dependency_folder(name: &OsStr) -> bool {
    name.to_str().is_some_and(|it| DEPENDENCY_FOLDERS.contains(&it))
}

/// The walker's own words name the path in the machine's form; ours name it as shown.
fn walk_problem(disk: &Disk, error: &ignore::Error) -> String {
    let ignore::Error::WithDepth { err, .. } = error else { return error.to_string() };
    let ignore::Error::WithPath { path, err } = err.as_ref() else { return err.to_string() };
    let reason = err.io_error().map_or_else(|| err.to_string(), |it| it.kind().to_string());
    format!("cannot read `{}`: {reason}", shown_path(disk.base(), path))
}

/// The candidates in the folder of `file` and in those above it, sorted.
pub(super) fn candidates_around(disk: &Disk, file: &str) -> Vec<String> {
    let mut candidates = BTreeSet::new();
    project_files(disk, file, &mut candidates);
    candidates.into_iter().collect()
}

/// Adds the candidates in the folder of `file` and in those above it.
fn project_files(disk: &Disk, file: &str, candidates: &mut BTreeSet<String>) {
    let mut folder = parent(file);
    loop {
        list(disk, folder, candidates);
        let at_root = disk.base().join(folder).join(".git").exists();
        if folder.is_empty() || folder.ends_with("..") || at_root {
            return;
        }
        folder = parent(folder);
    }
}

fn list(disk: &Disk, folder: &str, candidates: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(disk.base().join(folder)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let path = join(folder, &name.to_string_lossy());
        let path = path.filter(|it| formats::is_candidate(it));
        if path.is_some() && !entry.path().is_dir() {
            candidates.extend(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_outside_is_shown_relative() {
        assert_eq!(shown_path(Path::new("/a/b"), Path::new("/a/c/d")), "../c/d");
        assert_eq!(shown_path(Path::new("/a/b"), Path::new("./x/../y")), "y");
        assert_eq!(shown_path(Path::new("/a/b"), Path::new(".")), "");
    }
}

//! Finds the files that any format is known by, below the paths a user names.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, bail};

use super::ignored::{By, Ignored};
use super::reach::{Kind, repository};
use super::tracked::Tracked;
use crate::discover::Disk;
use crate::formats;
use crate::workspace::{Reach, Unreadable, join, parent};

/// Folders in one another below the one that is searched. Nobody deploys from deeper down.
const DEPTH_MAX: usize = 256;

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
    /// Paths of such files in folders of tests and examples, which are not looked at.
    pub left_out: Vec<String>,
    /// Files that were named one by one: diagnostics that touch none of them are not shown. Empty
    /// when only folders were named.
    pub only: Vec<String>,
    /// Folders that were searched with everything below them, as shown to the user.
    pub folders: Vec<String>,
    /// Folders that could not be read, as sentences.
    pub problems: Vec<String>,
    /// Paths of such files that `.gitignore` or `.ignore` leaves out and that belong to the
    /// repository, sorted. Empty until they are asked for.
    pub hidden: Vec<String>,
}

/// What is passed over in a search.
pub(super) enum Passed<'a> {
    /// What files to ignore name.
    Ignored,
    /// What this does not hold for, of files and of folders; what files to ignore name is not.
    But(&'a dyn Fn(&Path, Kind) -> bool),
}

/// Finds candidate files below `paths`.
///
/// A named folder is searched with everything below it. A named file stands for the project it
/// belongs to: its folder and those above it, up to the root of the repository, are looked at.
///
/// # Errors
/// When a named path does not exist, or is neither a file nor a folder.
pub fn find(disk: &Disk, paths: &[PathBuf]) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut candidates = BTreeSet::new();
    for path in paths {
        let shown = shown_path(disk.base(), path);
        if path.to_str().is_none() && shown.contains(char::REPLACEMENT_CHARACTER) {
            bail!("cannot read `{shown}`: its path is not UTF-8");
        }
        let stands_for = disk.stdin().is_some_and(|it| it.path == shown);
        let kind = if stands_for { Ok(Kind::File) } else { disk.kind(path) };
        match kind {
            Ok(Kind::File) => {
                found.only.push(shown.clone());
                project_files(disk, &shown, &mut candidates);
                candidates.insert(shown);
            }
            Ok(Kind::Folder) => {
                walk(disk, &shown, &Passed::Ignored, &mut candidates, &mut found.problems)
                    .with_context(|| format!("cannot search `{}`", path.display()))?;
                found.folders.push(shown);
            }
            Ok(kind) => {
                bail!("`{}` is {}, neither a file nor a folder", path.display(), kind.in_words());
            }
            Err(Unreadable::Missing) => bail!("`{}` does not exist", path.display()),
            Err(reason) => bail!("cannot read `{}`: {}", path.display(), reason.in_words()),
        }
    }
    found.paths = candidates.into_iter().collect();
    Ok(found)
}

/// Makes sure that a file which the user has named can be read.
///
/// # Errors
/// When there is none, or something else stands there.
pub fn is_file(disk: &Disk, path: &Path) -> anyhow::Result<()> {
    match disk.kind(path) {
        Ok(Kind::File) => Ok(()),
        Ok(kind) => bail!("`{}` is {} and not a file", path.display(), kind.in_words()),
        Err(Unreadable::Missing) => bail!("`{}` does not exist", path.display()),
        Err(reason) => bail!("cannot read `{}`: {}", path.display(), reason.in_words()),
    }
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

/// Adds the candidates below a folder. Links to folders are not followed: what they lead to is
/// found where it is, or is not of this project.
pub(super) fn walk(
    disk: &Disk,
    folder: &str,
    passed: &Passed<'_>,
    candidates: &mut BTreeSet<String>,
    problems: &mut Vec<String>,
) -> anyhow::Result<()> {
    let top = disk.folder(Path::new(folder)).map_err(|it| anyhow::anyhow!(it.in_words()))?;
    let root = disk.root(&top).to_owned();
    let mut unread = Vec::new();
    let around = Ignored::around(disk, &top, &root, &mut unread);
    let tracked = Tracked::of(disk, &root);
    // Of a folder that git leaves out, only what it tracks counts.
    let mut open = vec![(top.clone(), folder.to_owned(), 0, around, false)];
    let mut unnamed = Vec::new();
    while let Some((path, shown, depth, around, only_tracked)) = open.pop() {
        if depth > DEPTH_MAX {
            problems.push(format!("`{shown}` is not searched: more than {DEPTH_MAX} folders deep"));
            continue;
        }
        let entries = match disk.entries(&path, Some(&root)) {
            Ok(entries) => entries,
            Err(reason) => {
                unread.push((path, reason.in_words()));
                continue;
            }
        };
        let has = |name: &str| entries.iter().any(|(it, _)| it == name);
        let ignored = Ignored::below(&around, disk, &path, &root, &has, &mut unread);
        for (name, kind) in &entries {
            let text = name.to_string_lossy();
            let is_folder = *kind == Kind::Folder;
            let is_wanted = match is_folder {
                true => !DEPENDENCY_FOLDERS.contains(&&*text),
                false => formats::may_be_named(&text),
            };
            if !is_wanted {
                continue;
            }
            let whole = path.join(name);
            let only_tracked = match passed {
                Passed::Ignored => match ignored.leaves_out(&whole, is_folder) {
                    Some(By::Own) => continue,
                    Some(By::Git) => true,
                    None => only_tracked,
                },
                Passed::But(is_kept) if is_kept(&whole, *kind) => false,
                Passed::But(_) => continue,
            };
            if only_tracked && tracked.has(&whole, *kind) != Some(true) {
                continue;
            }
            let Some(shown) = join(&shown, &text) else { continue };
            // Below a folder around the one opslint was started in, that one has no `..`.
            let shown = match shown.starts_with("..") {
                true => shown_path(disk.base(), Path::new(&shown)),
                false => shown,
            };
            match is_folder {
                true => open.push((whole, shown, depth + 1, Rc::clone(&ignored), only_tracked)),
                false if !formats::is_candidate(&shown) => {}
                // Paths are text: nothing would be found at this one.
                false if below(&top, &whole).is_none() => unnamed.push(whole),
                false => {
                    candidates.insert(shown);
                }
            }
        }
    }
    let say = |(path, reason): (PathBuf, String)| {
        format!("cannot read `{}`: {reason}", shown_path(disk.base(), &path))
    };
    let reason = "its path is not UTF-8";
    unread.extend(unnamed.into_iter().map(|it| (it, reason.to_owned())));
    problems.extend(unread.into_iter().map(say));
    Ok(())
}

/// A path below a folder, where it is text.
fn below<'p>(top: &Path, path: &'p Path) -> Option<&'p str> {
    path.strip_prefix(top).unwrap_or(path).to_str()
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
        let here = disk.folder(Path::new(folder));
        let at_root = here.is_ok_and(|it| repository(&it) == Some(&it));
        if folder.is_empty() || folder.ends_with("..") || at_root {
            return;
        }
        folder = parent(folder);
    }
}

/// Rule files of a folder, sorted, as paths shown to the user.
///
/// # Errors
/// When the folder cannot be read, or `reach` does not allow to look into it.
pub fn rule_files(disk: &Disk, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
    let names = disk.entries(Path::new(folder), disk.boundary(reach).as_deref());
    let names = names.map_err(|reason| match reason {
        Unreadable::Missing => anyhow::anyhow!("there is no such folder"),
        reason => anyhow::anyhow!(reason.in_words()),
    })?;
    let names = names.iter().map(|(name, _)| name.to_string_lossy());
    let rules = names.filter(|it| it.ends_with(".toml"));
    let mut paths: Vec<String> = rules.filter_map(|it| join(folder, &it)).collect();
    paths.sort();
    Ok(paths)
}

fn list(disk: &Disk, folder: &str, candidates: &mut BTreeSet<String>) {
    let names = disk.entries(Path::new(folder), None).into_iter().flatten();
    for (name, kind) in names {
        let path = join(folder, &name.to_string_lossy());
        let path = path.filter(|it| formats::is_candidate(it));
        let Some(path) = path else { continue };
        let leads_to_folder = kind == Kind::Link && disk.kind(Path::new(&path)) == Ok(Kind::Folder);
        if kind != Kind::Folder && !leads_to_folder {
            candidates.insert(path);
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

//! What a repository says is not its own: `.gitignore`, `.ignore`, `.git/info/exclude`.
//!
//! What a user's own git configuration leaves out is not asked: the answer about a repository would
//! then be another one on each machine.
//!
//! The patterns are matched by ripgrep's crate; the files are read here, like every other file:
//! the crate opens whatever has the name, and a FIFO never ends.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::Disk;

/// Patterns that may count at once: those of a folder and of all around it. Each takes about 10 kB.
const PATTERNS_MAX: usize = 10_000;

/// What is left out below a folder: by its own files, and by those of the folders around it.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    around: Option<Rc<Ignored>>,
    /// `.ignore`, which is stronger than what git has.
    own: Option<Gitignore>,
    git: Option<Gitignore>,
    exclude: Option<Gitignore>,
    /// Whether the folder holds `.git`: what git leaves out around it does not count in it.
    is_repository: bool,
    /// Lines of all these files, those around it included.
    lines: usize,
}

/// Whose words leave something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// `.ignore`: of everything.
    Own,
    /// git's: of what it does not track.
    Git,
}

impl Ignored {
    /// What is left out below `folder`, by all folders from `root` down to the one around it.
    pub(super) fn around(
        disk: &Disk,
        folder: &Path,
        root: &Path,
        problems: &mut Vec<(PathBuf, String)>,
    ) -> Rc<Self> {
        let mut ignored = Rc::new(Self::default());
        let mut between: Vec<&Path> =
            folder.ancestors().skip(1).take_while(|it| it.starts_with(root)).collect();
        while let Some(folder) = between.pop() {
            let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
            ignored = Self::below(&ignored, disk, folder, root, &has, problems);
        }
        ignored
    }

    /// What is left out below `folder`; `has` says which files are in it.
    pub(super) fn below(
        around: &Rc<Self>,
        disk: &Disk,
        folder: &Path,
        root: &Path,
        has: &dyn Fn(&str) -> bool,
        problems: &mut Vec<(PathBuf, String)>,
    ) -> Rc<Self> {
        let is_repository = has(".git");
        if !is_repository && !has(".gitignore") && !has(".ignore") {
            return Rc::clone(around);
        }
        let mut lines = around.lines;
        let mut read = |name: &str, is_there: bool| {
            let path = folder.join(name);
            is_there.then(|| patterns(disk, &path, folder, root, &mut lines, problems)).flatten()
        };
        let own = read(".ignore", has(".ignore"));
        let git = read(".gitignore", has(".gitignore"));
        let exclude = read(".git/info/exclude", is_repository);
        Rc::new(Self { around: Some(Rc::clone(around)), own, git, exclude, is_repository, lines })
    }

    /// Who leaves a file or folder out. Files of deeper folders are asked first.
    pub(super) fn leaves_out(&self, path: &Path, is_folder: bool) -> Option<By> {
        let matched = |it: Option<&Gitignore>| match it.map(|it| it.matched(path, is_folder)) {
            Some(Match::Ignore(_)) => Some(true),
            Some(Match::Whitelist(_)) => Some(false),
            Some(Match::None) | None => None,
        };
        let (mut own, mut git, mut exclude) = (None, None, None);
        let mut left_repository = false;
        let mut next = Some(self);
        while let Some(it) = next {
            own = own.or_else(|| matched(it.own.as_ref()));
            if !left_repository {
                git = git.or_else(|| matched(it.git.as_ref()));
                exclude = exclude.or_else(|| matched(it.exclude.as_ref()));
            }
            left_repository |= it.is_repository;
            next = it.around.as_deref();
        }
        match own {
            Some(left_out) => left_out.then_some(By::Own),
            None => git.or(exclude).unwrap_or(false).then_some(By::Git),
        }
    }
}

/// The patterns of a file, which are about what is below `folder`. A pattern that is none is left
/// out, as git does.
fn patterns(
    disk: &Disk,
    path: &Path,
    folder: &Path,
    root: &Path,
    lines: &mut usize,
    problems: &mut Vec<(PathBuf, String)>,
) -> Option<Gitignore> {
    use crate::workspace::Unreadable;
    let bytes = match disk.open(path, Some(root)).and_then(super::reach::Opened::bytes) {
        Ok(bytes) => bytes,
        Err(Unreadable::Missing) => return None,
        Err(reason) => {
            problems.push((path.to_owned(), reason.in_words()));
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let own = text.lines().filter(|it| !it.trim().is_empty() && !it.starts_with('#')).count();
    if *lines + own > PATTERNS_MAX {
        let reason = format!("there are more than {PATTERNS_MAX} patterns, with those around it");
        problems.push((path.to_owned(), reason));
        return None;
    }
    *lines += own;
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok().filter(|it| !it.is_empty())
}

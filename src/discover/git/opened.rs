//! What git opens before it says anything: its own files, and those that the configuration of the
//! repository includes. Git waits at a FIFO until somebody writes into it, so that there must be none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::discover::reach::{Kind, Start};
use crate::workspace::Unreadable;

/// Names in the folder of a repository that no command reads which is run here.
const LEFT: &[&str] =
    &["description", "hooks", "index", "info", "lfs", "logs", "modules", "rr-cache", "worktrees"];

/// Names that are looked at in one repository: it has as many objects and references at most before
/// git packs them. A larger one is waited for as long as git may take.
const NAMES_MAX: usize = 200_000;

/// Files that name folders or files of git in one line.
const POINTER_MAX: usize = 16 * 1024;

/// Files of configuration that include one another.
const INCLUDES_MAX: usize = 100;

/// The files of git for one repository.
struct Files<'h> {
    start: Start,
    home: Option<&'h Path>,
    names_left: usize,
    seen: BTreeSet<PathBuf>,
}

/// Looks at what git opens of the repository whose `.git` is in `top`.
///
/// # Errors
/// When something there is no regular file, or it cannot be told what would be opened.
pub(super) fn check(top: &Path, home: Option<&Path>) -> anyhow::Result<()> {
    let (names_left, seen) = (NAMES_MAX, BTreeSet::new());
    let mut files = Files { start: Start::at(top), home, names_left, seen };
    let own = top.join(".git");
    let own = match files.start.kind(&own) {
        Ok(Kind::Folder) => own,
        Ok(Kind::Special(what)) => return refused(&own, what),
        _ => match files.pointer(&own, top, "gitdir:")? {
            Some(folder) => folder,
            // Git itself says what is wrong with it.
            None => return Ok(()),
        },
    };
    let common = files.pointer(&own.join("commondir"), &own, "")?;
    for folder in std::iter::once(own).chain(common) {
        files.folder(&folder, LEFT)?;
        for name in ["config", "config.worktree"] {
            files.configuration(folder.join(name))?;
        }
        files.alternates(&folder.join("objects"))?;
    }
    Ok(())
}

fn refused<T>(path: &Path, what: &str) -> anyhow::Result<T> {
    bail!("git would open `{}`, which is {what}", path.display());
}

impl Files<'_> {
    /// The text of a regular file, where there is one.
    fn text(&self, path: &Path) -> anyhow::Result<Option<String>> {
        match self.start.open(path, None).and_then(|it| it.bytes()) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(Unreadable::Special(what)) => refused(path, what),
            Err(_) => Ok(None),
        }
    }

    /// The path that a file consists of, behind a word; it begins in a folder.
    fn pointer(&self, file: &Path, folder: &Path, word: &str) -> anyhow::Result<Option<PathBuf>> {
        let text = self.text(file)?.filter(|it| it.len() <= POINTER_MAX);
        let path = text.as_deref().and_then(|it| it.trim().strip_prefix(word));
        Ok(path.map(|it| folder.join(it.trim())))
    }

    /// All that stands in a folder and those in it.
    fn folder(&mut self, folder: &Path, left: &[&str]) -> anyhow::Result<()> {
        let mut folders = vec![(folder.to_owned(), left)];
        while let Some((folder, left)) = folders.pop() {
            let real = self.start.folder(&folder).unwrap_or_else(|_| folder.clone());
            if !self.seen.insert(real) {
                continue;
            }
            for (name, kind) in self.start.list(&folder, None).unwrap_or_default() {
                let Some(names_left) = self.names_left.checked_sub(1) else { return Ok(()) };
                self.names_left = names_left;
                if left.iter().any(|it| name == *it) {
                    continue;
                }
                let path = folder.join(name);
                let kind = match kind {
                    Kind::Link => self.start.kind(&path).unwrap_or(Kind::File),
                    kind => kind,
                };
                match kind {
                    Kind::Special(what) => return refused(&path, what),
                    Kind::Folder => folders.push((path, &[])),
                    Kind::File | Kind::Link => {}
                }
            }
        }
        Ok(())
    }

    /// The folders of objects that a folder of objects borrows from.
    fn alternates(&mut self, objects: &Path) -> anyhow::Result<()> {
        let mut folders = vec![objects.to_owned()];
        while let Some(folder) = folders.pop() {
            let text = self.text(&folder.join("info/alternates"))?.unwrap_or_default();
            for line in text.lines().filter(|it| !it.is_empty() && !it.starts_with('#')) {
                let other = folder.join(line.trim_matches('"'));
                if !self.seen.contains(&other) {
                    self.folder(&other, &[])?;
                    self.seen.insert(other.clone());
                    folders.push(other);
                }
            }
        }
        Ok(())
    }

    /// A file of configuration and those that it includes.
    fn configuration(&mut self, file: PathBuf) -> anyhow::Result<()> {
        let mut files = vec![file];
        let mut read = BTreeSet::new();
        while let Some(file) = files.pop() {
            if !read.insert(file.clone()) {
                continue;
            }
            if read.len() > INCLUDES_MAX {
                bail!("the configuration of git includes more than {INCLUDES_MAX} files");
            }
            let text = self.text(&file)?.unwrap_or_default();
            let beside = file.parent().unwrap_or(&file);
            for path in paths(&text) {
                let included = match path.strip_prefix("~/") {
                    Some(rest) => self.home.unwrap_or(beside).join(rest),
                    None if path.starts_with(['~', '%']) => {
                        bail!("the configuration of git includes a file of another place");
                    }
                    None => beside.join(&path),
                };
                files.push(included);
            }
        }
        Ok(())
    }
}

/// The values of all keys `path`, which are of `include` and `includeIf`. Others have none, and a
/// value that nobody includes is looked at in vain.
fn paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['p', 'P']) {
        let behind = &rest[at..];
        rest = &behind[1..];
        let Some(word) = behind.get(..4).filter(|it| it.eq_ignore_ascii_case("path")) else {
            continue;
        };
        if let Some(value) = behind[word.len()..].trim_start_matches([' ', '\t']).strip_prefix('=')
        {
            found.push(self::value(value));
        }
    }
    found
}

/// The value that begins here: quotes and escapes taken off, up to a comment or the end of the line.
fn value(text: &str) -> String {
    let mut value = String::new();
    let mut is_quoted = false;
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => is_quoted = !is_quoted,
            '\\' => match signs.next() {
                Some('\n') | None => {}
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('b') => value.push('\u{8}'),
                Some(sign) => value.push(sign),
            },
            '\n' => break,
            '#' | ';' if !is_quoted => break,
            '\r' => {}
            sign => value.push(sign),
        }
    }
    value.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_however_they_are_written() {
        for (text, expect) in [
            ("[include]\n\tpath = a/b ; c\n", "a/b"),
            ("[includeIf \"gitdir:/x\"] PATH=\"/a b\" # c\n", "/a b"),
            ("[include]\npath = /a\\\n/b\n", "/a/b"),
            ("[include]\npath = \"/a;\"b\\\\\n", "/a;b\\"),
            ("[include]\r\npath=~/x\r\n", "~/x"),
        ] {
            assert_eq!(paths(text), [expect], "{text}");
        }
        assert!(paths("[core]\n\tbare = false\n[remote \"p\"]\n\turl = path/x\n").is_empty());
    }
}

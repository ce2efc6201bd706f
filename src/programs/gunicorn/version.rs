//! The version of gunicorn that a project installs, where a file pins it.
//!
//! Asked only before saying that something is gone: a project that pins an older version has it.

use crate::workspace::{self, Workspace};

/// A version as far as it matters here: its first two numbers.
type Version = (u32, u32);

/// Whether the project pins a version older than `removed_in`.
pub(super) fn is_older(workspace: &mut Workspace<'_>, folder: &str, removed_in: &str) -> bool {
    let Some(removed_in) = version(removed_in) else { return false };
    pinned(workspace, folder).is_some_and(|it| it < removed_in)
}

/// Whether a file that lists packages is there, so that gunicorn without a version in it is the
/// newest one at the next install. Elsewhere nobody knows which one was installed, and when.
pub(super) fn is_listed(workspace: &mut Workspace<'_>, folder: &str) -> bool {
    let mut folder = folder;
    loop {
        for (name, _) in FILES {
            let path = workspace::join(folder, name);
            if path.is_some_and(|it| workspace.open_in_project(&it).is_some()) {
                return true;
            }
        }
        if folder.is_empty() {
            return false;
        }
        folder = workspace::parent(folder);
    }
}

/// The pinned version: the files of the folder, then those of the folders above it.
fn pinned(workspace: &mut Workspace<'_>, folder: &str) -> Option<Version> {
    let mut folder = folder;
    loop {
        for (name, read) in FILES {
            let path = workspace::join(folder, name)?;
            if let Some(file) = workspace.open_in_project(&path)
                && let Some(found) = read(workspace.sources.file(file).text())
            {
                return Some(found);
            }
        }
        if folder.is_empty() {
            return None;
        }
        folder = workspace::parent(folder);
    }
}

type Reader = fn(&str) -> Option<Version>;

/// Files that pin versions, lock files first.
const FILES: &[(&str, Reader)] = &[
    ("uv.lock", lock),
    ("poetry.lock", lock),
    ("pdm.lock", lock),
    ("Pipfile.lock", pipfile_lock),
    ("requirements.txt", requirements),
    ("requirements/production.txt", requirements),
    ("requirements/prod.txt", requirements),
    ("requirements/base.txt", requirements),
    ("Pipfile", requirements),
    ("pyproject.toml", requirements),
];

/// `name = "gunicorn"` and, on one of the next lines, `version = "21.2.0"`.
fn lock(text: &str) -> Option<Version> {
    let (_, rest) = text.split_once("name = \"gunicorn\"")?;
    let package = rest.split("[[package]]").next()?;
    let (_, rest) = package.split_once("version = \"")?;
    version(rest)
}

/// `"gunicorn": { …, "version": "==20.1.0" }`.
fn pipfile_lock(text: &str) -> Option<Version> {
    let (_, rest) = text.split_once("\"gunicorn\"")?;
    let package = rest.split('}').next()?;
    let (_, rest) = package.split_once("\"==")?;
    version(rest)
}

/// `gunicorn==20.1.0` or `gunicorn~=20.1`, with extras or quotes around it.
fn requirements(text: &str) -> Option<Version> {
    text.lines().find_map(|line| {
        let line = line.trim_start().trim_start_matches(['"', '\'']);
        let (name, rest) = line.split_at_checked("gunicorn".len())?;
        if !name.eq_ignore_ascii_case("gunicorn") {
            return None;
        }
        let rest = rest.split('#').next()?;
        let (_, rest) = rest.split_once("==").or_else(|| rest.split_once("~="))?;
        version(rest)
    })
}

fn version(text: &str) -> Option<Version> {
    let mut numbers = text.trim_start().split('.');
    let number = |it: &str| {
        let digits = it.find(|c: char| !c.is_ascii_digit()).map_or(it, |end| &it[..end]);
        digits.parse().ok()
    };
    Some((number(numbers.next()?)?, numbers.next().and_then(number).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_from_every_file() {
        let requirement = "django==4.2\ngunicorn[gevent]==20.1.0  # web\n";
        assert_eq!(requirements(requirement), Some((20, 1)));
        assert_eq!(requirements("gunicorn = \"==21.2.0\"\n"), Some((21, 2)));
        assert_eq!(requirements("    \"gunicorn~=23.0\",\n"), Some((23, 0)));
        assert_eq!(requirements("gunicorn\ngunicorn>=20\n"), None);
        let locked = "[[package]]\nname = \"gunicorn\"\nversion = \"22.0.0\"\n[[package]]\n";
        assert_eq!(lock(locked), Some((22, 0)));
        let pipfile = "{\"gunicorn\": {\"hashes\": [], \"version\": \"==19.9.0\"}}";
        assert_eq!(pipfile_lock(pipfile), Some((19, 9)));
    }
}

//! Which entries of a baseline a run can judge: those about files that it looked at, and those about
//! files that it would have looked at if they were still there.

use std::collections::HashSet;

use crate::discover::{Found, Overlaid, Seat};
use crate::formats;
use crate::policy::config;

/// What a run looked at, by paths as seen from the baseline.
pub(super) struct Judged<'a> {
    seat: &'a Seat<'a>,
    files: &'a Overlaid,
    /// Files that were found by their names, and those that these led to.
    looked_at: HashSet<String>,
    /// Folders that were searched.
    folders: Vec<String>,
}

impl<'a> Judged<'a> {
    /// `read` are paths of files that were read, as shown to the user.
    pub(super) fn new(
        seat: &'a Seat<'a>,
        files: &'a Overlaid,
        found: &Found,
        read: impl Iterator<Item = &'a str>,
    ) -> Self {
        let found_paths = found.paths.iter().map(|it| seat.seen(it));
        let looked_at = found_paths.chain(read.map(|it| seat.seen(it))).collect();
        let folders = found.folders.iter().map(|it| seat.seen(it)).collect();
        Self { seat, files, looked_at, folders }
    }

    /// Whether the run can tell that nothing is wrong any more in the file at this path.
    pub(super) fn has(&self, path: &str) -> bool {
        if self.looked_at.contains(path) {
            return true;
        }
        let is_below = |folder: &String| {
            folder.is_empty()
                || path
                    .strip_prefix(folder.as_str())
                    .is_some_and(|it| it.starts_with('/') && !it.starts_with("/.."))
        };
        // Seen from a folder below, `..` holds everything that does not go further up.
        let is_above = |folder: &String| {
            folder.split('/').all(|it| it == "..") && !path.starts_with(&format!("{folder}/.."))
        };
        if !self.folders.iter().any(|it| is_below(it) || is_above(it)) {
            return false;
        }
        let shown = self.seat.shown(path);
        // A file that is there and was passed over is ignored, or is configuration of another run.
        // What is left is a script that nothing leads to any more.
        let name = shown.rsplit('/').next().unwrap_or(&shown);
        let is_passed_over = formats::is_candidate(&shown) || name == config::FILE_NAME;
        !is_passed_over || !self.files.has(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::MemoryFiles;

    /// Whether an entry is judged by a run that looked at these files and searched these folders.
    #[track_caller]
    fn check(home: &str, looked_at: &[&str], folders: &[&str], path: &str, expect: bool) {
        let there = MemoryFiles::new().with("svc/fly.toml", "").with("svc/start.sh", "");
        let files = Overlaid::new(Box::new(there.clone()));
        let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let (paths, folders) = (owned(looked_at), owned(folders));
        let found = Found { paths, folders, ..Found::default() };
        let seat = Seat::of(&there, home);
        let judged = Judged::new(&seat, &files, &found, std::iter::empty());
        assert_eq!(judged.has(path), expect, "{path}");
    }

    #[test]
    fn what_was_looked_at_is_judged_and_what_is_gone_too() {
        check("known.toml", &["svc/fly.toml"], &[], "svc/fly.toml", true);
        check("known.toml", &[], &[""], "gone/fly.toml", true);
        check("known.toml", &[], &["svc"], "svc/gone.toml", true);
        check("known.toml", &[], &["svc"], "svc/start.sh", true);
        check("ops/known.toml", &[], &[""], "../gone/fly.toml", true);
        check("ops/known.toml", &[], &["svc"], "../svc/gone.toml", true);
    }

    #[test]
    fn what_another_run_looks_at_is_not_judged() {
        check("known.toml", &[], &["web"], "svc/gone.toml", false);
        check("known.toml", &["web/fly.toml"], &[], "gone/fly.toml", false);
        check("ops/known.toml", &[], &[""], "../../gone/fly.toml", false);
        // It is there, and the search passed it over.
        check("known.toml", &[], &[""], "svc/fly.toml", false);
    }
}

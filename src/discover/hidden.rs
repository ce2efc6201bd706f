//! Files that `.gitignore` and `.ignore` leave out although the repository has them.
//!
//! Whoever writes a pull request writes these files, too, and git deploys what it tracks whatever
//! they say. So locked rules look at it.

use std::collections::BTreeSet;
use std::path::Path;

use super::Disk;
use super::tracked::Tracked;
use super::walk::{self, Passed};

/// Candidates below `folders` that files to ignore leave out and that git tracks, sorted. Where no
/// index tells what is tracked, all that is left out is among them.
pub(super) fn candidates(disk: &Disk, folders: &[String], known: &[String]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for folder in folders {
        let Ok(top) = disk.folder(Path::new(folder)) else { continue };
        let tracked = Tracked::of(disk, disk.root(&top));
        let is_tracked = |path: &Path, kind| tracked.has(path, kind) != Some(false);
        // What cannot be read was said when the same folders were searched before.
        let _ = walk::walk(disk, folder, &Passed::But(&is_tracked), &mut all, &mut Vec::new());
    }
    all.retain(|it| known.binary_search(it).is_err());
    all.into_iter().collect()
}

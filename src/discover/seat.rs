//! Paths as a file names them: seen from its folder.
//!
//! A file can be named in many ways: from here or from the root, through links, with dots. Both
//! sides are made canonical first, so that each way gives the same path.
#![expect(clippy::disallowed_methods, reason = "this is where folders are looked at")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::walk::shown_path;
use super::write::canonical;

/// The folder of a file that names other files.
#[derive(Debug)]
pub struct Seat {
    /// The folder opslint was started in.
    base: PathBuf,
    folder: PathBuf,
    seen: RefCell<HashMap<String, String>>,
}

impl Seat {
    /// The folder of `file`, a path seen from `base`.
    pub fn of(base: &Path, file: &Path) -> Self {
        let base = fs::canonicalize(base).unwrap_or_else(|_| base.to_owned());
        let file = canonical(&base.join(file));
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        Self { base, folder, seen: RefCell::default() }
    }

    /// A path as shown to the user → as seen from the folder.
    pub fn seen(&self, shown: &str) -> String {
        if let Some(seen) = self.seen.borrow().get(shown) {
            return seen.clone();
        }
        let seen = match shown {
            "" => shown_path(&self.folder, &self.base),
            shown => shown_path(&self.folder, &canonical(&self.base.join(shown))),
        };
        self.seen.borrow_mut().insert(shown.to_owned(), seen.clone());
        seen
    }

    /// A path as seen from the folder → as shown to the user.
    pub fn shown(&self, seen: &str) -> String {
        shown_path(&self.base, &self.folder.join(seen))
    }

    /// Whether anything is at a path as seen from the folder.
    pub fn exists(&self, seen: &str) -> bool {
        fs::symlink_metadata(self.folder.join(seen)).is_ok()
    }
}

//! Paths as a file names them: seen from its folder.
//!
//! A file can be named in many ways: from here or from the root, through links, with dots. Both
//! sides are made canonical first, so that each way gives the same path.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::tree::Tree;
use super::walk::shown_path;

/// The folder of a file that names other files.
pub struct Seat<'a> {
    tree: &'a dyn Tree,
    /// The folder opslint was started in.
    base: PathBuf,
    folder: PathBuf,
    seen: RefCell<HashMap<String, String>>,
}

impl<'a> Seat<'a> {
    /// The folder of a file, whose path may be absolute or as shown to the user.
    pub fn of(tree: &'a dyn Tree, file: &str) -> Self {
        let file = tree.canonical(Path::new(file));
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        Self { tree, base: tree.canonical(Path::new("")), folder, seen: RefCell::default() }
    }

    /// A path as shown to the user → as seen from the folder.
    pub fn seen(&self, shown: &str) -> String {
        if let Some(seen) = self.seen.borrow().get(shown) {
            return seen.clone();
        }
        let seen = shown_path(&self.folder, &self.tree.canonical(Path::new(shown)));
        self.seen.borrow_mut().insert(shown.to_owned(), seen.clone());
        seen
    }

    /// Whether the folder lies below another one, a path as shown to the user.
    pub fn is_below(&self, folder: &str) -> bool {
        let folder = self.tree.canonical(&Path::new(folder).join("x"));
        let folder = folder.parent().unwrap_or(Path::new("/"));
        self.folder != folder && self.folder.starts_with(folder)
    }

    /// A path as seen from the folder → as shown to the user.
    pub fn shown(&self, seen: &str) -> String {
        shown_path(&self.base, &self.folder.join(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::MemoryFiles;

    #[test]
    fn a_file_has_one_path_however_it_is_named() {
        let files = MemoryFiles::new();
        for home in ["ops/known.toml", "/ops/known.toml", "./a/../ops/known.toml"] {
            let seat = Seat::of(&files, home);
            assert_eq!(seat.seen("svc/fly.toml"), "../svc/fly.toml");
            assert_eq!(seat.seen("./ops/fly.toml"), "fly.toml");
            assert_eq!(seat.shown("../svc/fly.toml"), "svc/fly.toml");
            assert_eq!(seat.seen(""), "..");
        }
    }
}

//! Files that are not on a disk.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Files, Reach, Unreadable, parent};

/// Files held in memory: rule examples, tests, and overlays.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    texts: HashMap<String, Arc<str>>,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, replacing one of the same path.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        self.texts.insert(path.into(), text.into());
        self
    }

    /// Takes a file out.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.texts.remove(path);
        self
    }

    /// Whether there is a file at a path.
    pub fn has(&self, path: &str) -> bool {
        self.texts.contains_key(path)
    }

    /// The paths, sorted.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<_> = self.texts.keys().map(String::as_str).collect();
        paths.sort_unstable();
        paths
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        let is_outside = |root: &String| folders_up(path) > folders_up(root);
        if matches!(reach, Reach::Within(root) if is_outside(root)) {
            return Err(Unreadable::Outside);
        }
        self.texts.get(path).cloned().ok_or(Unreadable::Missing)
    }

    fn list(&self, folder: &str, _: &Reach) -> Vec<String> {
        let inside = self.paths().into_iter().filter(|it| parent(it) == folder);
        inside.map(|it| it[folder.len()..].trim_start_matches('/').to_owned()).collect()
    }

    fn reach(&self, folder: &str) -> Reach {
        Reach::Within(vec![".."; folders_up(folder)].join("/"))
    }
}

/// How many folders above the one opslint was started in a path begins.
fn folders_up(path: &str) -> usize {
    path.split('/').take_while(|it| *it == "..").count()
}

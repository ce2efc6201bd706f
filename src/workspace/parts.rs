//! What is left of a workspace when the work is done.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{StoredFile, parent};
use crate::document::Document;
use crate::source::SourceMap;

/// What a workspace looked at: as long as nothing of it changes, another look shows the same.
#[derive(Debug, Default)]
pub(crate) struct LookedAt {
    /// Files that were opened, or looked for; some of them are not there.
    pub(crate) paths: BTreeSet<String>,
    /// Folders that were listed.
    pub(crate) folders: BTreeSet<String>,
}

impl LookedAt {
    /// Whether a file at this path that comes, goes or changes may make a difference.
    pub(crate) fn is_touched_by(&self, path: &str) -> bool {
        self.paths.contains(path) || self.folders.contains(parent(path))
    }
}

/// What is left of a workspace when the work is done.
pub(crate) struct Parts {
    /// The texts of the files.
    pub(crate) sources: SourceMap,
    /// What was looked at.
    pub(crate) looked_at: LookedAt,
    /// The files that are there, by path.
    pub(crate) files: Vec<Arc<StoredFile>>,
    /// The trees that count.
    pub(crate) documents: Vec<Arc<Document>>,
}

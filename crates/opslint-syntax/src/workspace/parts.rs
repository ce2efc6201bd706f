//! What is left of a workspace when the work is done.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::{StoredFile, parent};
use crate::document::Document;
use crate::source::{FileId, SourceMap};

/// Variables that no file sets, by name, and the texts with which conditions compare them.
pub type Compared = BTreeMap<String, BTreeSet<String>>;

/// What a workspace looked at: as long as nothing of it changes, another look shows the same.
#[derive(Debug, Default)]
pub struct LookedAt {
    /// Files that were opened, or looked for; some of them are not there.
    pub paths: BTreeSet<String>,
    /// Folders that were listed.
    pub folders: BTreeSet<String>,
}

impl LookedAt {
    /// Notes that a folder was listed. Most are asked for again and again.
    pub(super) fn list(&mut self, folder: &str) {
        if !self.folders.contains(folder) {
            self.folders.insert(folder.to_owned());
        }
    }

    /// Whether a file at this path that comes, goes or changes may make a difference.
    pub fn is_touched_by(&self, path: &str) -> bool {
        self.paths.contains(path) || self.folders.contains(parent(path))
    }
}

/// What is left of a workspace when the work is done.
pub struct Parts {
    /// The texts of the files.
    pub sources: SourceMap,
    /// What was looked at.
    pub looked_at: LookedAt,
    /// The files that are there, by path.
    pub files: Vec<Arc<StoredFile>>,
    /// The trees that count.
    pub documents: Vec<Arc<Document>>,
    /// Variables that conditions compare, and no file sets.
    pub compared: Compared,
    /// Why a file that might be a deployment was taken for none, in words.
    pub no_server: Option<String>,
}

impl Parts {
    /// Adds what another look at the same project read. Its conditions are its own.
    pub fn read_too(&mut self, other: Self) {
        self.sources.extend(&other.sources);
        self.looked_at.paths.extend(other.looked_at.paths);
        self.looked_at.folders.extend(other.looked_at.folders);
        self.files.extend(other.files);
        self.files.sort_by(|a, b| a.source.path().cmp(b.source.path()));
        self.files.dedup_by_key(|it| it.id);
        let own: HashSet<FileId> = self.documents.iter().map(|it| it.file).collect();
        self.documents.extend(other.documents.into_iter().filter(|it| !own.contains(&it.file)));
    }
}

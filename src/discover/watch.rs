//! What has changed on disk since the last look.
//!
//! Files are looked at, and not asked for: every system tells of changes in a way of its own, and
//! network folders and containers in none. A look at some thousand files takes milliseconds.
#![expect(clippy::disallowed_methods, reason = "this is where files are looked at")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Names in one folder that are kept at most: where there are more, new ones are not seen.
const NAMES_MAX: usize = 20_000;

/// When a file was written last, and how long it is; `None` when it is not there.
type Sign = Option<(SystemTime, u64)>;

/// Files and folders as they were at the last look.
#[derive(Debug)]
pub struct Lookout {
    base: PathBuf,
    files: BTreeMap<String, Sign>,
    folders: BTreeMap<String, (Option<SystemTime>, BTreeSet<String>)>,
}

impl Lookout {
    /// Looks at nothing yet; paths are below this folder.
    pub fn new(base: &Path) -> Self {
        Self { base: base.to_owned(), files: BTreeMap::new(), folders: BTreeMap::new() }
    }

    /// From now on looks at these files, and at the names in their folders, as they are now.
    pub fn settle<'p>(&mut self, paths: impl IntoIterator<Item = &'p str>) {
        self.files.clear();
        for path in paths {
            let sign = self.sign(path);
            self.files.insert(path.to_owned(), sign);
        }
        let folders: BTreeSet<&str> =
            self.files.keys().map(|it| it.rsplit_once('/').map_or("", |(it, _)| it)).collect();
        let folders = folders.into_iter().map(str::to_owned).collect::<Vec<_>>();
        self.folders = folders
            .into_iter()
            .map(|it| {
                let (time, names) = (self.folder_time(&it), self.names(&it));
                (it, (time, names))
            })
            .collect();
    }

    /// How many files are looked at.
    pub fn len(&self) -> usize {
        self.files.values().filter(|it| it.is_some()).count()
    }

    /// Whether no file is looked at.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The paths of files that have changed, have come or are gone since.
    pub fn changed(&self) -> Vec<String> {
        let mut changed: Vec<String> = self
            .files
            .iter()
            .filter(|(path, sign)| self.sign(path) != **sign)
            .map(|(path, _)| path.clone())
            .collect();
        for (folder, (time, names)) in &self.folders {
            if self.folder_time(folder) == *time {
                continue;
            }
            let now = self.names(folder);
            let differ = names.symmetric_difference(&now);
            changed.extend(differ.map(|it| match folder.as_str() {
                "" => it.clone(),
                folder => format!("{folder}/{it}"),
            }));
        }
        changed.sort();
        changed.dedup();
        changed
    }

    fn sign(&self, path: &str) -> Sign {
        let found = fs::metadata(self.base.join(path)).ok().filter(fs::Metadata::is_file)?;
        Some((found.modified().ok()?, found.len()))
    }

    fn folder_time(&self, folder: &str) -> Option<SystemTime> {
        fs::metadata(self.base.join(folder)).ok()?.modified().ok()
    }

    /// The names of the files in a folder.
    fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.base.join(folder)).into_iter().flatten().flatten();
        let files = entries.filter(|it| it.file_type().is_ok_and(|it| it.is_file()));
        files.take(NAMES_MAX).map(|it| it.file_name().to_string_lossy().into_owned()).collect()
    }
}

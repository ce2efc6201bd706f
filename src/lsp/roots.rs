//! The folders of a client, an analysis for each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis::{Analysis, ConfigOptions, Keep, Options};
use crate::discover::Disk;
use crate::platforms::Date;

/// A folder and what is known of it.
pub(super) struct Root {
    /// The folder, absolute and without links.
    pub(super) base: PathBuf,
    /// The folder as the client names it.
    pub(super) named: PathBuf,
    pub(super) analysis: Analysis,
}

impl Root {
    /// Looks at a folder; with a file, only at the project of that one.
    pub(super) fn open(folder: &Path, file: Option<&Path>, today: Date) -> anyhow::Result<Self> {
        let disk = Arc::new(Disk::new(folder));
        let paths = vec![file.unwrap_or(Path::new(".")).to_owned()];
        let config = ConfigOptions { today: Some(today), ..ConfigOptions::default() };
        let options = Options { paths, config, keep: Keep::Projects, ..Options::default() };
        let base = disk.base().to_owned();
        let analysis = Analysis::open(disk, options)?;
        Ok(Self { base, named: folder.to_owned(), analysis })
    }

    /// The path of a file below the folder, as the analysis shows it.
    pub(super) fn shown(&self, path: &Path) -> Option<String> {
        let below =
            path.strip_prefix(&self.named).or_else(|_| path.strip_prefix(&self.base)).ok()?;
        let parts: Vec<_> = below.iter().map(|it| it.to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    /// The path that the client knows a shown one by.
    pub(super) fn path(&self, shown: &str) -> PathBuf {
        self.named.join(shown)
    }
}

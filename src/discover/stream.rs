//! Inputs of any length that the user names: logs, pipes, patterns of them. They are read from start
//! to end, once, and belong to no project, so they may lie anywhere.
#![expect(clippy::disallowed_methods, reason = "this is where files are read")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::glob;

/// An input that is open.
#[derive(Debug)]
pub struct Stream {
    file: File,
    /// Its size in bytes when it was opened; unknown for a pipe.
    pub size: Option<u64>,
}

impl Stream {
    /// Opens a file or a pipe.
    ///
    /// # Errors
    /// When it is not there, may not be read, or is a folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Self { file, size: about.is_file().then_some(about.len()) })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

/// The files that a path stands for: itself, or those in its folder that its last part matches,
/// sorted. None when nothing does.
///
/// # Errors
/// When the folder of a pattern cannot be listed.
pub fn streams(path: &Path) -> io::Result<Vec<PathBuf>> {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let is_pattern = name.contains(['*', '?', '[']) && fs::metadata(path).is_err();
    if !is_pattern {
        return Ok(vec![path.to_owned()]);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut found = Vec::new();
    for entry in fs::read_dir(listed)? {
        let entry = entry?.file_name();
        if glob::matches(&name, &entry.to_string_lossy()) {
            found.push(folder.join(entry));
        }
    }
    found.sort();
    Ok(found)
}

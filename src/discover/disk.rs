//! Files on disk, with one of them perhaps replaced by what an editor sends on standard input.
#![expect(clippy::disallowed_methods, reason = "this is where files are read")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use crate::workspace::{Files, Unreadable};

/// Deployment files are small; a larger file is data that has strayed into the way.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// An unsaved buffer that stands for the file of its path.
#[derive(Clone, Debug)]
pub struct StdinFile {
    /// The path as shown to the user.
    pub path: String,
    /// The text of the buffer.
    pub text: Arc<str>,
}

/// The files below and beside the folder opslint was started in.
#[derive(Debug)]
pub struct Disk {
    base: PathBuf,
    stdin: Option<StdinFile>,
    opened: Arc<AtomicUsize>,
}

impl Disk {
    /// Files by paths relative to `base`, the folder opslint was started in.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into(), stdin: None, opened: Arc::default() }
    }

    /// Lets a text stand for the file of its path.
    #[must_use]
    pub fn with_stdin(mut self, stdin: Option<StdinFile>) -> Self {
        self.stdin = stdin;
        self
    }

    /// The folder opslint was started in.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// How many files were read, for those who wait.
    pub fn opened(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.opened)
    }

    /// The path and text that stand for a file.
    pub fn stdin(&self) -> Option<&StdinFile> {
        self.stdin.as_ref()
    }
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Arc<str>, Unreadable> {
        if let Some(stdin) = self.stdin.as_ref().filter(|it| it.path == path) {
            return Ok(Arc::clone(&stdin.text));
        }
        let path = self.base.join(path);
        let metadata = fs::metadata(&path).map_err(|error| unreadable(&error))?;
        // Reading a pipe or a device would wait for someone to write to it.
        if !metadata.is_file() {
            return Err(Unreadable::Missing);
        }
        if metadata.len() > BYTES_MAX {
            return Err(Unreadable::TooLarge(metadata.len()));
        }
        self.opened.fetch_add(1, Ordering::Relaxed);
        decode(fs::read(&path).map_err(|error| unreadable(&error))?)
    }
}

/// The folder opslint was started in.
///
/// # Errors
/// When it was deleted or cannot be read.
pub fn current_folder() -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// Writes a file whole or not at all: a half-written file would replace what was there.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    fs::write(&beside, text)?;
    fs::rename(&beside, path).inspect_err(|_| {
        // The error that matters is the one of the rename.
        let _ = fs::remove_file(&beside);
    })
}

/// Adds to the end of a file, which is made if it is not there.
///
/// # Errors
/// When it cannot be written to.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

/// Writes a file that is not there yet.
///
/// # Errors
/// When there is one, or the folder cannot be written to.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

fn unreadable(error: &io::Error) -> Unreadable {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unreadable::Missing,
        // The kind's own words: the whole error would name the path in the machine's form.
        kind => Unreadable::Refused(kind.to_string()),
    }
}

/// The text of a file's bytes. A UTF-8 byte order mark is taken out: no platform's parser counts it.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Arc<str>, Unreadable> {
    let looks_like = match bytes.as_slice() {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
        bytes if bytes.iter().take(512).any(|it| *it == 0) => "a binary file or UTF-16",
        _ => "Latin-1 or Windows-1252",
    };
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err(Unreadable::NotText(looks_like)),
        Ok(text) => Ok(Arc::from(text.strip_prefix('\u{FEFF}').unwrap_or(&text))),
        Err(_) => Err(Unreadable::NotText(looks_like)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_taken_out() {
        assert_eq!(decode(b"\xEF\xBB\xBFa = 1".to_vec()).as_deref(), Ok("a = 1"));
    }

    #[test]
    fn utf_16_is_named() {
        let bytes: Vec<u8> = "web: x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [vec![0xFF, 0xFE], bytes.clone()].concat();
        assert_eq!(decode(marked), Err(Unreadable::NotText("UTF-16")));
        assert_eq!(decode(bytes), Err(Unreadable::NotText("a binary file or UTF-16")));
    }

    #[test]
    fn latin_1_is_named() {
        assert_eq!(
            decode(b"# caf\xE9".to_vec()),
            Err(Unreadable::NotText("Latin-1 or Windows-1252"))
        );
    }

    #[test]
    fn a_folder_is_not_a_file() {
        let disk = Disk::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(disk.read("src"), Err(Unreadable::Missing));
        assert_eq!(disk.read("src/lib.rs/x"), Err(Unreadable::Missing));
        assert!(disk.read("src/lib.rs").is_ok());
    }
}

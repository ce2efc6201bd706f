//! The one place that opens what a repository names.
//!
//! Who wrote the repository must not choose what is read: `gunicorn -c ../../.netrc`, a link to
//! `/etc`, a FIFO that never ends. So a path is followed to where it really leads, only a regular
//! file inside of the project's repository is opened, and what was looked at is what is opened.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use crate::workspace::Unreadable;

#[cfg(not(unix))]
pub(super) use other::Start;
#[cfg(unix)]
pub(super) use unix::Start;

/// Bytes of one input. Deployment files are small; a larger one is data that has strayed into the
/// way.
pub const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What stands at a path, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, in a list of names; where it leads was not looked at.
    Link,
    /// A FIFO, device or socket.
    Special(&'static str),
}

impl Kind {
    /// As part of a sentence: "it is …".
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a link",
            Self::Special(what) => what,
        }
    }
}

/// A regular file that was opened.
pub(super) struct Opened {
    file: File,
    /// Its path without links.
    pub(super) path: PathBuf,
    /// The links that led to it, as paths without links before the last part, and their targets.
    pub(super) links: Vec<(PathBuf, PathBuf)>,
}

impl Opened {
    /// The bytes of the file.
    pub(super) fn bytes(self) -> Result<Vec<u8>, Unreadable> {
        self.bytes_of(|_| false)
    }

    /// The bytes of the file; of one that is too large, `is_manifest` says whether its words, from
    /// the beginning on, are those of a manifest.
    pub(super) fn bytes_of(
        mut self,
        is_manifest: impl FnOnce(&mut File) -> bool,
    ) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        // What is too large by what the system says is not worth reading. The size of a file that
        // grows, or of one in /proc, is not what can be read from it.
        let mut len = self.file.metadata().map_err(|error| unreadable(&error))?.len();
        if len <= BYTES_MAX {
            let read = (&self.file).take(BYTES_MAX + 1).read_to_end(&mut bytes);
            read.map_err(|error| Unreadable::Refused(error.kind().to_string()))?;
            len = bytes.len() as u64;
        }
        if len <= BYTES_MAX {
            return Ok(bytes);
        }
        drop(bytes);
        let is_manifest = self.file.rewind().is_ok() && is_manifest(&mut self.file);
        Err(Unreadable::TooLarge { bytes: len, is_manifest })
    }

    /// What the system says of the file.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }
}

/// Why nothing is read or renamed where a link has come in between.
fn leads_elsewhere() -> io::Error {
    io::Error::other("the path leads elsewhere since it was read; run again")
}

/// The class of an error. A name that no file system can hold is the name of no file.
fn unreadable(error: &io::Error) -> Unreadable {
    match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidInput => Unreadable::Missing,
        // The kind's own words: the whole error would name the path in the machine's form.
        kind => Unreadable::Refused(kind.to_string()),
    }
}

/// The folder of the repository that `folder` is in: the nearest with `.git`. Both without links.
pub(super) fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|it| it.join(".git").symlink_metadata().is_ok())
}

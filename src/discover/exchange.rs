//! Other texts for files that were read: only where they still say what was read.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::workspace::Unreadable;

use super::Disk;
use super::write::{Before, can_write, write_over};

/// A file that is to say something else.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// Its path as shown to the user, from the folder that opslint was started in.
    pub shown: &'a str,
    /// What was read of it.
    pub old: &'a str,
    /// What it is to say.
    pub new: &'a str,
}

/// A byte order mark: no text has it, and files keep it.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Writes the new texts, each whole or not at all. `nothing` is what to say where none was written.
///
/// # Errors
/// When a file says something else by now, is not UTF-8, or cannot be written. What can be seen
/// before writing is seen before anything is written; where a later file fails, the error says which
/// were written before it.
pub fn exchange(disk: &Disk, files: &[Exchange<'_>], nothing: &'static str) -> anyhow::Result<()> {
    let found = files.iter().map(|it| Place::of(disk, it)).collect::<Result<Vec<_>, _>>();
    for (idx, (file, place)) in files.iter().zip(found.context(nothing)?).enumerate() {
        let before: Vec<&str> = files[..idx].iter().map(|it| it.shown).collect();
        let written = place.write(disk);
        if before.is_empty() {
            written.with_context(|| format!("cannot write `{}`", file.shown)).context(nothing)?;
        } else {
            written.with_context(|| {
                format!("cannot write `{}`; written are {}", file.shown, before.join(", "))
            })?;
        }
    }
    Ok(())
}

/// Where a file is, what it says, and what it is to say.
struct Place {
    /// Its path without links.
    path: PathBuf,
    /// What it has to lie in.
    root: Option<PathBuf>,
    old: Vec<u8>,
    new: Vec<u8>,
}

impl Place {
    /// Of a file that can be written.
    fn of(disk: &Disk, file: &Exchange<'_>) -> anyhow::Result<Self> {
        let path = Path::new(file.shown);
        let root = disk.boundary_to_write(file.shown);
        let cannot = |why: String| format!("cannot read `{}`: {why}", file.shown);
        let refused = |it: Unreadable| anyhow::anyhow!(cannot(it.in_words()));
        let opened = disk.open(path, root.as_deref()).map_err(refused)?;
        let path = opened.path.clone();
        let old = opened.bytes().map_err(refused)?;
        let (mark, text) = match old.strip_prefix(MARK) {
            Some(text) => (MARK, text),
            None => (&[][..], old.as_slice()),
        };
        if std::str::from_utf8(text).is_err() {
            bail!("`{}` is not UTF-8, so it is not written", file.shown);
        }
        if text != file.old.as_bytes() {
            bail!("`{}` has changed since it was read; run again", file.shown);
        }
        can_write(&path).with_context(|| format!("cannot write `{}`", file.shown))?;
        let new = [mark, file.new.as_bytes()].concat();
        Ok(Self { path, root, old, new })
    }

    fn write(&self, disk: &Disk) -> io::Result<()> {
        let read = |path: &Path| -> io::Result<(Metadata, Vec<u8>)> {
            let refused = |it: Unreadable| io::Error::other(it.in_words());
            let opened = disk.open(path, self.root.as_deref()).map_err(refused)?;
            Ok((opened.metadata()?, opened.bytes().map_err(refused)?))
        };
        let rename = |from: &Path, to: &Path| disk.rename(from, to, self.root.as_deref());
        write_over(&self.path, Before { bytes: &self.old, read: &read, rename: &rename }, &self.new)
    }
}

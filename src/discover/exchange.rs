//! Other texts for files that were read: only where they still say what was read.
#![expect(clippy::disallowed_methods, reason = "this is where files are read and written")]

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::write::{can_write, write_over};

/// A file that is to say something else.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// Where it is.
    pub path: PathBuf,
    /// Its path as shown to the user.
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
pub fn exchange(files: &[Exchange<'_>], nothing: &'static str) -> anyhow::Result<()> {
    let bytes = files.iter().map(bytes).collect::<Result<Vec<_>, _>>().context(nothing)?;
    for (idx, (file, (old, new))) in files.iter().zip(bytes).enumerate() {
        let before: Vec<&str> = files[..idx].iter().map(|it| it.shown).collect();
        let written = write_over(&file.path, &old, &new);
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

/// What a file says, and what it is to say, where that can be written.
fn bytes(file: &Exchange<'_>) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let old = fs::read(&file.path).with_context(|| format!("cannot read `{}`", file.shown))?;
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
    can_write(&file.path).with_context(|| format!("cannot write `{}`", file.shown))?;
    let new = [mark, file.new.as_bytes()].concat();
    Ok((old, new))
}

//! Files that git tracks: what `.gitignore` names is about files that it does not.
//!
//! They stand in the index, which is read only when something is left out that may be wanted. One
//! that is too large or of another kind says nothing.
//!
//! Source: gitignore(5), gitformat-index(5)

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Disk;
use crate::formats;

/// Bytes in front of the entries: a mark, the version, and how many there are.
const HEADER: usize = 12;

/// Bytes of an entry in front of its hash, and where its mode is among them.
const STAT: usize = 40;
const MODE: usize = 24;

/// Bytes of a hash: SHA-1, and SHA-256 where a repository is made so.
const HASHES: [usize; 2] = [20, 32];

/// Bits of the flags of an entry.
const EXTENDED: u16 = 0x4000;
const LENGTH: u16 = 0x0fff;

/// The files of a repository that a format may be known by and that git tracks.
#[derive(Debug)]
pub(super) struct Tracked<'a> {
    disk: &'a Disk,
    /// The folder that holds `.git`.
    root: PathBuf,
    paths: OnceCell<BTreeSet<String>>,
}

impl<'a> Tracked<'a> {
    /// Those of the repository in `root`, where there is one.
    pub(super) fn of(disk: &'a Disk, root: &Path) -> Self {
        Self { disk, root: root.to_owned(), paths: OnceCell::new() }
    }

    /// Whether a file is one of them, or one of them is below a folder.
    pub(super) fn has(&self, path: &Path, is_folder: bool) -> bool {
        let Some(path) = path.strip_prefix(&self.root).ok().and_then(Path::to_str) else {
            return false;
        };
        let paths = self.paths.get_or_init(|| self.read().unwrap_or_default());
        match is_folder {
            false => paths.contains(path),
            true => {
                let below = format!("{path}/");
                let first = paths.range(below.clone()..).next();
                first.is_some_and(|it| it.starts_with(&below))
            }
        }
    }

    fn read(&self) -> Option<BTreeSet<String>> {
        let index = self.disk.open(&self.root.join(".git/index"), Some(&self.root)).ok()?;
        let bytes = index.bytes().ok()?;
        HASHES.iter().find_map(|hash| paths(&bytes, *hash))
    }
}

/// The paths of an index with hashes of this length. `None` when it is none.
fn paths(bytes: &[u8], hash: usize) -> Option<BTreeSet<String>> {
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_be_bytes(four.try_into().ok()?))
    };
    let version = number(4)?;
    if bytes.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut paths = BTreeSet::new();
    let mut path: Vec<u8> = Vec::new();
    let mut at = HEADER;
    for _ in 0..number(8)? {
        let start = at;
        let mode = number(start + MODE)?;
        at += STAT + hash;
        let flags = u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        at += if flags & EXTENDED == 0 { 2 } else { 4 };
        // Version 4 says how much of the path before is left out.
        let kept = match version {
            4 => path.len().checked_sub(offset(bytes, &mut at)?)?,
            _ => 0,
        };
        let end = at + bytes.get(at..)?.iter().position(|it| *it == 0)?;
        path.truncate(kept);
        path.extend_from_slice(&bytes[at..end]);
        let length = usize::from(flags & LENGTH);
        if length < usize::from(LENGTH) && length != path.len() {
            return None;
        }
        at = match version {
            4 => end + 1,
            // At least one zero, up to a multiple of eight.
            _ => start + (end - start + 8) / 8 * 8,
        };
        let is_file = mode & 0o170_000 == 0o100_000;
        if let (true, Ok(path)) = (is_file, std::str::from_utf8(&path))
            && formats::may_be_named(path.rsplit('/').next().unwrap_or(path))
        {
            paths.insert(path.to_owned());
        }
    }
    Some(paths)
}

/// A number of any length, as git writes offsets.
fn offset(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0_usize;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

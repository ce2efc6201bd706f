//! Files that git tracks: what `.gitignore` names is about files that it does not.
//!
//! They stand in the index, which is read as the bytes that it is, and only when something is left
//! out that may be wanted: no program is asked.
//!
//! Source: gitignore(5), gitformat-index(5)

use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use super::Disk;
use super::reach::{Kind, Opened};

/// What git tracks in a repository.
#[derive(Debug)]
pub(super) struct Tracked<'a> {
    disk: &'a Disk,
    /// The folder that holds `.git`.
    root: PathBuf,
    index: OnceCell<Option<Index>>,
}

impl<'a> Tracked<'a> {
    /// That of the repository in `root`, where there is one.
    pub(super) fn of(disk: &'a Disk, root: &Path) -> Self {
        Self { disk, root: root.to_owned(), index: OnceCell::new() }
    }

    /// Whether a file is tracked, or a file below a folder. `None` where no index tells: one that is
    /// too large or of another kind says nothing.
    pub(super) fn has(&self, path: &Path, kind: Kind) -> Option<bool> {
        let index = self.index.get_or_init(|| self.read()).as_ref()?;
        Some(index.has(path.strip_prefix(&self.root).ok()?, kind))
    }

    fn read(&self) -> Option<Index> {
        let index = self.disk.open(&self.root.join(".git/index"), Some(&self.root));
        Index::of_bytes(&index.and_then(Opened::bytes).ok()?)
    }
}

/// What an index lists, as paths below the root of its repository.
#[derive(Debug, Default)]
struct Index {
    files: HashSet<Vec<u8>>,
    /// The folders around them.
    folders: HashSet<Vec<u8>>,
    /// Repositories in this one, whose files have an index of their own.
    within: HashSet<Vec<u8>>,
}

impl Index {
    fn has(&self, path: &Path, kind: Kind) -> bool {
        let mut known = Vec::new();
        for part in path.components() {
            let Component::Normal(part) = part else { return false };
            if !known.is_empty() {
                known.push(b'/');
            }
            known.extend_from_slice(part.as_encoded_bytes());
            if self.within.contains(&known) {
                return true;
            }
        }
        let all = if kind == Kind::Folder { &self.folders } else { &self.files };
        all.contains(&known)
    }

    /// `None` where the bytes are none of the forms that git writes, or only a part of an index.
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        ID_LENGTHS.iter().find_map(|it| Self::with_ids(bytes, *it))
    }

    fn with_ids(bytes: &[u8], id_length: usize) -> Option<Self> {
        let rest = bytes.strip_prefix(b"DIRC")?;
        let (version, rest) = number(rest)?;
        let (count, _) = number(rest)?;
        if !(2..=4).contains(&version) {
            return None;
        }
        let mut tracked = Self::default();
        let (mut at, mut path) = (HEADER, Vec::new());
        for _ in 0..count {
            let start = at;
            let (mode, _) = number(bytes.get(start + MODE..)?)?;
            at += BEFORE_ID + id_length;
            let flags = u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
            at += if version >= 3 && flags & EXTENDED != 0 { 4 } else { 2 };
            if version == 4 {
                let (cut, length) = offset(bytes.get(at..)?)?;
                path.truncate(path.len().checked_sub(cut)?);
                at += length;
            } else {
                path.clear();
            }
            let name = bytes.get(at..)?;
            let end = name.iter().position(|it| *it == 0)?;
            path.extend_from_slice(&name[..end]);
            at += end + 1;
            if version < 4 {
                // Entries are filled up to eights.
                at = start + (at - start).next_multiple_of(8);
            }
            match mode >> 12 {
                FILE | LINK => tracked.add(&path),
                REPOSITORY => _ = tracked.within.insert(path.clone()),
                FOLDER => {}
                _ => return None,
            }
        }
        // The entries of a split index stand in another file, too.
        (bytes.get(at..at + 4) != Some(b"link")).then_some(tracked)
    }

    fn add(&mut self, path: &[u8]) {
        let mut folder = path;
        while let Some(end) = folder.iter().rposition(|it| *it == b'/') {
            folder = &path[..end];
            if !self.folders.insert(folder.to_vec()) {
                break;
            }
        }
        self.files.insert(path.to_vec());
    }
}

// The format of an index. Source: git, Documentation/gitformat-index.adoc, as of 2026-11-29.

/// Bytes of the signature, the version and the number of entries.
const HEADER: usize = 12;
/// Where the mode stands in an entry.
const MODE: usize = 24;
/// Bytes of an entry in front of its id: times, device, inode, mode, owner, group and size.
const BEFORE_ID: usize = 40;
/// Lengths of ids, by SHA-1 and by SHA-256. The index does not say which it has.
const ID_LENGTHS: [usize; 2] = [20, 32];
/// The flag that more flags follow.
const EXTENDED: u16 = 0x4000;
/// Kinds of entries, which are the first four bits of their modes.
const FOLDER: u32 = 0o04;
const FILE: u32 = 0o10;
const LINK: u32 = 0o12;
const REPOSITORY: u32 = 0o16;

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(it, rest)| (u32::from_be_bytes(*it), rest))
}

/// How many bytes of the path before are not in this one, and how many bytes say so.
/// Source: git, `decode_varint`.
fn offset(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = usize::from(bytes.first()? & 0x7f);
    let mut length = 1;
    while bytes[length - 1] & 0x80 != 0 {
        let next = *bytes.get(length)?;
        value = value.checked_add(1)?.checked_mul(0x80)? | usize::from(next & 0x7f);
        length += 1;
    }
    Some((value, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry as git 2.47 writes it, but for its times and numbers, which are 0.
    fn entry(mode: u32, path: &str) -> Vec<u8> {
        let mut bytes = vec![0; BEFORE_ID + 20];
        bytes[MODE..MODE + 4].copy_from_slice(&mode.to_be_bytes());
        bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        bytes.extend(path.as_bytes());
        let length = (bytes.len() + 1).next_multiple_of(8);
        bytes.resize(length, 0);
        bytes
    }

    fn index(entries: &[Vec<u8>]) -> Vec<u8> {
        let count = u32::try_from(entries.len()).unwrap();
        let head = [&b"DIRC"[..], &2u32.to_be_bytes(), &count.to_be_bytes()].concat();
        [head, entries.concat(), vec![0; 20]].concat()
    }

    #[test]
    fn files_and_the_folders_around_them_are_tracked() {
        let bytes = index(&[
            entry(0o100_644, "a/b/Procfile"),
            entry(0o160_000, "sub"),
            entry(0o100_755, "x"),
        ]);
        let tracked = Index::of_bytes(&bytes).unwrap();
        for (path, kind, expect) in [
            ("a", Kind::Folder, true),
            ("a/b", Kind::Folder, true),
            ("a/b/Procfile", Kind::File, true),
            ("a/Procfile", Kind::File, false),
            ("c", Kind::Folder, false),
            ("sub/deep/Procfile", Kind::File, true),
        ] {
            assert_eq!(tracked.has(Path::new(path), kind), expect, "{path}");
        }
    }

    #[test]
    fn each_part_of_an_index_is_none_and_does_no_harm() {
        let whole = index(&[entry(0o100_644, "a/b/Procfile"), entry(0o100_644, "fly.toml")]);
        let entries = whole.len() - 20;
        for end in 0..entries - 8 {
            assert!(Index::of_bytes(&whole[..end]).is_none(), "{end}");
        }
        for idx in 0..entries {
            let mut other = whole.clone();
            other[idx] ^= 0xff;
            let _ = Index::of_bytes(&other);
        }
    }

    #[test]
    fn offsets_are_read_as_git_writes_them() {
        for (bytes, expect) in
            [(&[5][..], Some((5, 1))), (&[0x80, 0], Some((128, 2))), (&[0x80], None)]
        {
            assert_eq!(offset(bytes), expect);
        }
    }
}

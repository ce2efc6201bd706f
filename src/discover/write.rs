//! The one place that writes files: whole or not at all, and never more than was asked for.
//!
//! A file is replaced by a finished one beside it, so that nobody ever sees half of it. What belongs
//! to it stays: its permissions and its owner, and the links that lead to it. Where replacing would
//! take something away, it is written into, and put back when that fails. What is no regular file,
//! such as a pipe, is written to. Extended attributes of a replaced file are not kept.
#![expect(clippy::disallowed_methods, reason = "this is where files are written")]

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Links that are followed from one to the next at most, as Linux does.
const LINKS_MAX: usize = 40;

/// Writes a file, whatever stands at the path.
///
/// # Errors
/// When it cannot be written. What was there before is there still.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, None, bytes)
}

/// Reads a file where it may lie, and nowhere else: what the system says of it, and its bytes.
pub(super) type Reading<'a> = dyn Fn(&Path) -> io::Result<(Metadata, Vec<u8>)> + 'a;

/// What was read of a file that is to say something else.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) read: &'a Reading<'a>,
    /// Gives a file the name of another one of its folder, and of no other folder.
    pub(super) rename: &'a dyn Fn(&Path, &Path) -> io::Result<()>,
}

impl Before<'_> {
    /// Whether a file still says what was read of it.
    fn is_still(&self, path: &Path) -> io::Result<()> {
        match (self.read)(path)?.1 == self.bytes {
            true => Ok(()),
            false => Err(io::Error::other("it has changed since it was read; run again")),
        }
    }

    /// Whether a file that is open stands under its path: somebody may have put a link into the way
    /// meanwhile, which leads to another folder.
    fn is_here(&self, path: &Path, open: &Metadata) -> io::Result<()> {
        let (stands, _) = (self.read)(path)?;
        match same(path, &stands, path, open) {
            true => Ok(()),
            false => Err(io::Error::other("the path leads elsewhere since it was read; run again")),
        }
    }
}

/// Writes a file whose path has no links, unless it says something else by now than what was read of
/// it, or is another file.
///
/// # Errors
/// When it does, or cannot be written. What was there before is there still.
pub(super) fn write_over(path: &Path, before: Before<'_>, new: &[u8]) -> io::Result<()> {
    put(path, Some(before), new)
}

fn put(path: &Path, before: Option<Before<'_>>, bytes: &[u8]) -> io::Result<()> {
    let target = end_of_links(path)?;
    match fs::metadata(&target) {
        Ok(it) if it.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(it) if it.is_file() && !is_stream(&target) => replace(&target, &it, before, bytes),
        _ if before.is_some() => Err(io::Error::other("it is gone since it was read; run again")),
        // A pipe or a device; or what a process has open, which `/dev/stdout` leads to.
        Ok(_) => OpenOptions::new().append(true).open(path)?.write_all(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Temporary::write(&target, bytes, None)?.rename(&target)
        }
        Err(error) => Err(error),
    }
}

/// Whether a file that is there may be written to.
///
/// # Errors
/// When it may not, or is not there.
pub(super) fn can_write(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path).map(drop)
}

/// Writes a file that is not there yet.
///
/// # Errors
/// When there is one, or it cannot be written; then there is none.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        let text = "there is a file of this name already";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    let temporary = Temporary::write(path, text.as_bytes(), None)?;
    // Unlike renaming, a second name replaces no file that has come meanwhile.
    match fs::hard_link(&temporary.path, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // A file system without hard links.
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).inspect_err(|_| {
                // The error that matters is the one of writing.
                let _ = fs::remove_file(path);
            })
        }
        result => result,
    }
}

/// Adds to the end of a file, which is made if it is not there.
///
/// # Errors
/// When it cannot be written to. A regular file then ends where it did.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let before = file.metadata()?;
    file.write_all(text.as_bytes()).inspect_err(|_| {
        if before.is_file() {
            // The error that matters is the one of writing.
            let _ = file.set_len(before.len());
        }
    })
}

/// Whether something is at a path, be it a link that leads nowhere.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether two paths lead to the same file, by whatever names and links; also to one that is not
/// there yet.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(first), Ok(second)) => same(a, &first, b, &second),
        // Neither is there yet: the same place all the same.
        (Err(_), Err(_)) => match (end_of_links(a), end_of_links(b)) {
            (Ok(a), Ok(b)) => canonical(&a) == canonical(&b),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(unix)]
fn same(_: &Path, first: &Metadata, _: &Path, second: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (first.dev(), first.ino()) == (second.dev(), second.ino())
}

#[cfg(not(unix))]
fn same(a: &Path, _: &Metadata, b: &Path, _: &Metadata) -> bool {
    canonical(a) == canonical(b)
}

/// The path of a file without dots, and without links in the way to it. The last part is kept as it
/// is: a link to a file is a file of its own. Of a folder that is not there, the part that is counts.
pub(super) fn canonical(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        return canonical(Path::new("."));
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if folder.as_os_str().is_empty() => {
            canonical(Path::new(".")).join(name)
        }
        (Some(folder), Some(name)) => match fs::canonicalize(folder) {
            Ok(folder) => folder.join(name),
            Err(_) => canonical(folder).join(name),
        },
        // It ends with dots, or is the root.
        _ => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// Where the links lead that a path ends with; there need not be a file.
pub(super) fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        if is_stream(&path) {
            return Ok(path);
        }
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead from one to the next"))
}

/// Whether a path names what a process has open, or a device: a file behind it has other readers
/// and writers, so it must stay the same one. What Linux keeps in memory below `/dev` is a folder of
/// files like any other.
pub(super) fn is_stream(path: &Path) -> bool {
    let is_in = |folders: &[&str]| folders.iter().any(|it| path.starts_with(it));
    cfg!(unix) && is_in(&["/dev", "/proc"]) && !is_in(&["/dev/shm"])
}

/// Replaces a regular file.
fn replace(
    path: &Path,
    like: &Metadata,
    before: Option<Before<'_>>,
    bytes: &[u8],
) -> io::Result<()> {
    // A file that may not be written to is not replaced either. Nothing is changed here yet.
    drop(OpenOptions::new().write(true).open(path)?);
    if has_other_names(like) {
        return write_into(path, before, bytes);
    }
    match Temporary::write(path, bytes, Some(like)) {
        Ok(temporary) => {
            if let Some(before) = before {
                // A disk takes its time to keep the new text: an editor may have saved meanwhile.
                before.is_still(path)?;
                before.is_here(&temporary.path, &temporary.made)?;
                return (before.rename)(&temporary.path, path);
            }
            temporary.rename(path)
        }
        // No file can be made beside it, or none that is like it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            write_into(path, before, bytes)
        }
        Err(error) => Err(error),
    }
}

/// Writes a text into a file that must stay the one it is, and puts the old text back on an error.
fn write_into(path: &Path, before: Option<Before<'_>>, bytes: &[u8]) -> io::Result<()> {
    let old = match before {
        Some(before) => before.is_still(path).map(|()| before.bytes.to_vec())?,
        None => fs::read(path)?,
    };
    let mut file = OpenOptions::new().write(true).open(path)?;
    if let Some(before) = before {
        before.is_here(path, &file.metadata()?)?;
    }
    let put = |file: &mut File, bytes: &[u8]| -> io::Result<()> {
        file.rewind()?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    put(&mut file, bytes).inspect_err(|_| {
        // The error that matters is the first one. The room for the old text is still there.
        let _ = put(&mut file, &old);
    })
}

#[cfg(unix)]
fn has_other_names(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// A finished file beside the one that it will replace. It is gone when the value is dropped.
struct Temporary {
    path: PathBuf,
    made: Metadata,
}

impl Temporary {
    /// Writes all of a text; where the file is to stand for another one, with what belongs to that.
    fn write(beside: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = beside.with_file_name(format!(".opslint-{process}-{count}.tmp"));
        // Nobody can have put a link there: an existing file is an error.
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let temporary = Self { path, made: file.metadata()? };
        if let Some(like) = like {
            take_over(&file, like)?;
        }
        file.write_all(bytes)?;
        // A full disk may show only now.
        file.sync_all()?;
        Ok(temporary)
    }

    fn rename(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // It is not there any more when it was renamed.
        let _ = fs::remove_file(&self.path);
    }
}

/// Gives a new file the permissions and the owner of an old one.
#[cfg(unix)]
fn take_over(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    // After the owner: changing that takes special bits away.
    file.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn take_over(file: &File, old: &Metadata) -> io::Result<()> {
    file.set_permissions(old.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_memory_are_files() {
        let is = |path: &str| is_stream(Path::new(path));
        assert!(is("/dev/stdout") && is("/proc/self/fd/1"));
        assert!(!is("/dev/shm/shop/Procfile") && !is("/srv/dev/x"));
    }

    #[test]
    fn what_was_saved_meanwhile_is_not_written_over() {
        let folder = std::env::temp_dir().join(format!("opslint-write-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("Procfile");
        fs::write(&path, "web: saved meanwhile\n").unwrap();
        let read = |it: &Path| Ok((fs::metadata(it)?, fs::read(it)?));
        let write_over = |path: &Path, bytes: &[u8], new: &[u8]| {
            write_over(path, Before { bytes, read: &read, rename: &|a, b| fs::rename(a, b) }, new)
        };
        let error = write_over(&path, b"web: read\n", b"web: fixed\n").unwrap_err();
        assert!(error.to_string().contains("has changed since it was read"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"web: saved meanwhile\n");
        // The finished file beside it is gone, too.
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        write_over(&path, b"web: saved meanwhile\n", b"web: fixed\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"web: fixed\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}

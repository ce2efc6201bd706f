//! Following a path by handles of folders: nobody can put a link or a FIFO between look and open.
#![expect(clippy::disallowed_methods, reason = "this is where the folder of the process is known")]

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, openat, readlinkat, renameat, statat,
};
use rustix::io::Errno;

use super::{Kind, Opened, leads_elsewhere, unreadable};
use crate::workspace::Unreadable;

/// As many as Linux follows.
const LINKS_MAX: usize = 40;

/// So often a folder may be moved while its path is asked for.
const LOOKS_MAX: usize = 16;

/// Looking into a folder needs no permission to list it, where the system knows the difference.
#[cfg(any(target_os = "linux", target_os = "android"))]
const LOOK: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const LOOK: OFlags = OFlags::RDONLY;

/// The folder that relative paths start at.
#[derive(Debug)]
pub(in crate::discover) struct Start {
    folder: Result<Folder, Unreadable>,
}

impl Start {
    /// Paths start at the folder of this process, whose path without links is given as well.
    ///
    /// # Errors
    /// When it was deleted, or something else stands at its path again and again.
    pub(in crate::discover) fn here() -> io::Result<(PathBuf, Self)> {
        let flags = LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let here = fstat(openat(CWD, ".", flags, Mode::empty())?)?;
        for _ in 0..LOOKS_MAX {
            let base = std::env::current_dir()?;
            let start = Self::at(&base);
            // Between the question for the path and the way there, a link may have taken its place.
            let reached = start.start().ok().and_then(|it| fstat(it.handle()).ok());
            if reached.is_some_and(|it| (it.st_dev, it.st_ino) == (here.st_dev, here.st_ino)) {
                return Ok((base, start));
            }
        }
        Err(leads_elsewhere())
    }

    /// Paths start at `base`. When it cannot be reached, nothing can be read.
    pub(in crate::discover) fn at(base: &Path) -> Self {
        let top = Folder::top().and_then(|top| {
            let current = std::path::absolute(base).map_err(|error| unreadable(&error))?;
            match follow(&top, &current, None)? {
                Reached { folder, name: None, .. } => Ok(folder),
                Reached { .. } => Err(Unreadable::Missing),
            }
        });
        Self { folder: top }
    }

    /// The path of a folder without links.
    pub(in crate::discover) fn folder(&self, path: &Path) -> Result<PathBuf, Unreadable> {
        match follow(self.start()?, path, None)? {
            Reached { folder, name: None, .. } => Ok(folder.path()),
            Reached { .. } => Err(Unreadable::Missing),
        }
    }

    /// What stands at a path.
    pub(in crate::discover) fn kind(&self, path: &Path) -> Result<Kind, Unreadable> {
        let reached = follow(self.start()?, path, None)?;
        Ok(reached.name.map_or(Kind::Folder, |(_, ty)| kind(ty)))
    }

    /// What stands at a path, where a link is not followed; `None` when nothing does.
    pub(in crate::discover) fn stands(&self, path: &Path) -> Option<Kind> {
        let (name, parent) = (path.file_name()?, path.parent()?);
        let Reached { folder, name: None, .. } = follow(self.start().ok()?, parent, None).ok()?
        else {
            return None;
        };
        let stat = statat(folder.handle(), name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(kind(FileType::from_raw_mode(stat.st_mode)))
    }

    /// Opens a regular file. One that lies outside of `root` is neither opened nor looked for.
    pub(in crate::discover) fn open(
        &self,
        path: &Path,
        root: Option<&Path>,
    ) -> Result<Opened, Unreadable> {
        let Reached { folder, name, links } = follow(self.start()?, path, root)?;
        // A folder is not the file that was asked for.
        let Some((name, ty)) = name else { return Err(Unreadable::Missing) };
        if let Kind::Special(what) = kind(ty) {
            return Err(Unreadable::Special(what));
        }
        // Should something else have taken the file's place by now, opening it does not wait.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat(folder.handle(), &*name, flags, Mode::empty()).map_err(refused)?;
        let ty = FileType::from_raw_mode(fstat(&file).map_err(refused)?.st_mode);
        if let Kind::Special(what) = kind(ty) {
            return Err(Unreadable::Special(what));
        }
        let path = folder.path().join(&*name);
        Ok(Opened { file: File::from(file), path, links })
    }

    /// The names in a folder with their kinds, in no order. Nothing outside of `root` is listed.
    pub(in crate::discover) fn list(
        &self,
        path: &Path,
        root: Option<&Path>,
    ) -> Result<Vec<(OsString, Kind)>, Unreadable> {
        let Reached { folder, name: None, .. } = follow(self.start()?, path, root)? else {
            return Err(Unreadable::Missing);
        };
        if root.is_some_and(|it| !folder.is_inside(it)) {
            return Err(Unreadable::Outside);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let listed = openat(folder.handle(), ".", flags, Mode::empty()).map_err(refused)?;
        let mut names = Vec::new();
        for entry in Dir::new(listed).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let ty = match entry.file_type() {
                // Some file systems keep no kinds in their lists.
                FileType::Unknown => statat(folder.handle(), name, AtFlags::SYMLINK_NOFOLLOW)
                    .map_or(FileType::Unknown, |it| FileType::from_raw_mode(it.st_mode)),
                ty => ty,
            };
            names.push((name.to_owned(), kind(ty)));
        }
        Ok(names)
    }

    /// Gives a file of a folder another name there. Nothing outside of `root` is renamed.
    pub(in crate::discover) fn rename(
        &self,
        path: &Path,
        (old, new): (&OsStr, &OsStr),
        root: Option<&Path>,
    ) -> io::Result<()> {
        let reached = self.start().and_then(|it| follow(it, path, root));
        let Ok(Reached { folder, name: None, .. }) = reached else {
            return Err(leads_elsewhere());
        };
        if root.is_some_and(|it| !folder.is_inside(it)) {
            return Err(leads_elsewhere());
        }
        Ok(renameat(folder.handle(), old, folder.handle(), new)?)
    }

    fn start(&self) -> Result<&Folder, Unreadable> {
        self.folder.as_ref().map_err(Clone::clone)
    }
}

/// A folder that was reached, with those above it, which the folders below them share.
#[derive(Clone, Debug)]
struct Folder(Arc<Step>);

/// One folder on the way.
#[derive(Debug)]
struct Step {
    handle: OwnedFd,
    /// How many folders are above it.
    depth: usize,
    /// The folder above, and the name of this one there; `None` for `/`.
    above: Option<(Folder, OsString)>,
}

impl Folder {
    fn top() -> Result<Self, Unreadable> {
        let flags = LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = openat(CWD, "/", flags, Mode::empty()).map_err(refused)?;
        Ok(Self(Arc::new(Step { handle, depth: 0, above: None })))
    }

    fn handle(&self) -> rustix::fd::BorrowedFd<'_> {
        self.0.handle.as_fd()
    }

    /// The name of this folder, and those of all above it.
    fn names_upwards(&self) -> impl Iterator<Item = &OsStr> {
        let steps = std::iter::successors(self.0.above.as_ref(), |(it, _)| it.0.above.as_ref());
        steps.map(|(_, name)| name.as_os_str())
    }

    fn path(&self) -> PathBuf {
        let mut names: Vec<&OsStr> = self.names_upwards().collect();
        names.push(OsStr::new("/"));
        let mut path = PathBuf::with_capacity(names.iter().map(|it| it.len() + 1).sum());
        path.extend(names.into_iter().rev());
        path
    }

    fn is_inside(&self, root: &Path) -> bool {
        let mut parts = root.components().filter(|it| matches!(it, Component::Normal(_)));
        let depth = parts.clone().count();
        let below = self.0.depth.checked_sub(depth);
        below.is_some_and(|below| {
            let mut names = self.names_upwards().skip(below);
            names.all(|name| parts.next_back().is_some_and(|it| it.as_os_str() == name))
        })
    }

    /// Enters a folder; a link is an error, whatever it leads to.
    fn enter(&mut self, name: &OsStr) -> Result<(), Errno> {
        let flags = LOOK | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = openat(self.handle(), name, flags, Mode::empty())?;
        let above = Some((self.clone(), name.to_owned()));
        *self = Self(Arc::new(Step { handle, depth: self.0.depth + 1, above }));
        Ok(())
    }

    fn leave(&mut self) {
        if let Some((above, _)) = &self.0.above {
            *self = above.clone();
        }
    }

    fn leave_all(&mut self) {
        while let Some((above, _)) = &self.0.above {
            *self = above.clone();
        }
    }
}

/// Where a path leads.
struct Reached<'p> {
    folder: Folder,
    /// What stands in that folder under the last part of the path; `None` for the folder itself.
    name: Option<(Cow<'p, OsStr>, FileType)>,
    links: Vec<(PathBuf, PathBuf)>,
}

/// Follows a path and its links. Whatever fails or ends outside of `root` is outside: whether it is
/// there is nobody's business.
fn follow<'p>(
    start: &Folder,
    path: &'p Path,
    root: Option<&Path>,
) -> Result<Reached<'p>, Unreadable> {
    let is_outside = |folder: &Folder| root.is_some_and(|it| !folder.is_inside(it));
    let mut folder = start.clone();
    let mut links = Vec::new();
    let mut rest: Vec<Part<'p>> = path.components().rev().filter_map(Part::of).collect();
    while let Some(part) = rest.pop() {
        let name = match part {
            Part::Top => {
                folder.leave_all();
                continue;
            }
            Part::Up => {
                folder.leave();
                continue;
            }
            Part::Name(name) => name,
        };
        if !rest.is_empty() {
            match folder.enter(&name) {
                Ok(()) => continue,
                // A link, or no folder.
                Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {}
                Err(_) if is_outside(&folder) => return Err(Unreadable::Outside),
                Err(errno) => return Err(refused(errno)),
            }
        }
        let is_outside = is_outside(&folder);
        let class = |errno| if is_outside { Unreadable::Outside } else { refused(errno) };
        let stat = statat(folder.handle(), &*name, AtFlags::SYMLINK_NOFOLLOW).map_err(class)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink if links.len() == LINKS_MAX => return Err(class(Errno::LOOP)),
            FileType::Symlink => {
                let target = readlinkat(folder.handle(), &*name, Vec::new()).map_err(class)?;
                let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
                rest.extend(target.components().rev().filter_map(|it| Some(Part::of(it)?.owned())));
                links.push((folder.path().join(&*name), target));
            }
            FileType::Directory => folder.enter(&name).map_err(class)?,
            _ if is_outside => return Err(Unreadable::Outside),
            ty if rest.is_empty() => return Ok(Reached { folder, name: Some((name, ty)), links }),
            _ => return Err(Unreadable::Missing),
        }
    }
    Ok(Reached { folder, name: None, links })
}

/// A part of a path, on a stack of which the first part is the top.
enum Part<'p> {
    Top,
    Up,
    Name(Cow<'p, OsStr>),
}

impl<'p> Part<'p> {
    fn of(component: Component<'p>) -> Option<Self> {
        match component {
            Component::RootDir => Some(Self::Top),
            Component::ParentDir => Some(Self::Up),
            Component::Normal(name) => Some(Self::Name(Cow::Borrowed(name))),
            Component::CurDir | Component::Prefix(_) => None,
        }
    }

    fn owned(self) -> Part<'static> {
        match self {
            Self::Top => Part::Top,
            Self::Up => Part::Up,
            Self::Name(name) => Part::Name(Cow::Owned(name.into_owned())),
        }
    }
}

fn kind(ty: FileType) -> Kind {
    match ty {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        FileType::Fifo => Kind::Special("a FIFO"),
        FileType::Socket => Kind::Special("a socket"),
        FileType::CharacterDevice | FileType::BlockDevice => Kind::Special("a device"),
        FileType::Unknown => Kind::Special("of an unknown kind"),
    }
}

fn refused(errno: Errno) -> Unreadable {
    unreadable(&errno.into())
}

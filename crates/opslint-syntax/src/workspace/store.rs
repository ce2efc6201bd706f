//! Files as everybody sees them: a text that several projects read is read and parsed once.
//!
//! A file stays here for as long as somebody holds it. A run that only reports lets go of a project
//! when it is done, and its texts and trees go with it; an editor's projects stay, and so do theirs.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::of_text::OfText;
use super::{Files, Opened, Reach, Unreadable, is_within};
use crate::document::Document;
use crate::parse::{self, Syntax};
use crate::source::{FileId, FileIds, SourceFile};

/// Texts and trees by path, shared by the projects of one set of files.
#[derive(Debug, Default)]
pub struct Store {
    ids: Arc<FileIds>,
    /// By path, and by how far the project may read that opened it: what is outside of one is
    /// inside of another.
    files: Mutex<HashMap<FileId, Vec<Readable>>>,
    /// Names of files by folder, and by how far the project may read that asked for them: every
    /// project asks for those of the folders around it, and a folder around many is long.
    lists: Mutex<HashMap<Reach, Lists>>,
    /// The same of folders in a project, by its folder: nobody but its worlds asks for them, so they
    /// are let go of with it.
    own: Mutex<HashMap<Box<str>, ListsWithin>>,
    /// Large files that projects read which are not in their folders, so that the next one need not
    /// read and parse them again.
    shared: Mutex<VecDeque<Arc<StoredFile>>>,
}

/// Files from this size on are kept for other projects; a smaller one is read again.
const SHARED_MIN: usize = 16 * 1_024;

/// Bytes of text of all files that are kept so: trees take many times as much.
const SHARED_MAX: usize = 10 << 20;

/// The names of the files in each folder.
type Lists = HashMap<Box<str>, Arc<[String]>>;

/// The same by how far the project may read.
type ListsWithin = Vec<(Reach, Lists)>;

/// A file, by how far a project may read that opened it.
type Readable = (Reach, Weak<StoredFile>);

/// One file that exists: its text, and the trees that were made of it.
#[derive(Debug)]
pub struct StoredFile {
    /// The id of its path.
    pub id: FileId,
    /// Path and text; the text is empty where the file cannot be read.
    pub source: Arc<SourceFile>,
    /// Why it cannot be read.
    pub unreadable: Option<Unreadable>,
    /// What was understood of it, by the syntax that it was read in.
    documents: Mutex<Vec<(Syntax, Arc<Document>)>>,
    /// What else its text comes to.
    pub(super) of_text: OfText,
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub enum Found {
    /// A file, be it readable or not.
    File(Arc<StoredFile>),
    /// Nothing.
    Missing,
    /// Something that is not of the project, or nothing.
    Outside,
}

impl Found {
    /// The file, be it readable or not.
    pub(super) fn file(&self) -> Option<&Arc<StoredFile>> {
        match self {
            Self::File(file) => Some(file),
            Self::Missing | Self::Outside => None,
        }
    }

    /// The file, be it readable or not.
    pub(super) fn into_file(self) -> Option<Arc<StoredFile>> {
        match self {
            Self::File(file) => Some(file),
            Self::Missing | Self::Outside => None,
        }
    }

    /// What that means for somebody who asked for `path`.
    pub(super) fn opened(&self, path: &str) -> Opened {
        match self {
            Self::File(file) => match &file.unreadable {
                None => Opened::File(file.id),
                Some(reason) => Opened::Unknown(reason.unknown(path)),
            },
            Self::Missing => Opened::Missing,
            Self::Outside => Opened::Unknown(Unreadable::Outside.unknown(path)),
        }
    }
}

impl Store {
    /// A store for rule files and configuration, whose ids are none of a project's.
    pub fn of_policy() -> Self {
        Self { ids: Arc::new(FileIds::of_policy()), ..Self::default() }
    }

    /// The ids of its paths.
    pub fn ids(&self) -> &Arc<FileIds> {
        &self.ids
    }

    /// The file at a path.
    pub fn open(&self, files: &dyn Files, path: &str, reach: &Reach) -> Found {
        let stored = |all: &[Readable]| {
            all.iter().find(|(it, _)| it == reach).and_then(|(_, it)| it.upgrade())
        };
        let known = self.ids.get(path);
        if let Some(file) = known.and_then(|id| stored(lock(&self.files).get(&id)?)) {
            return Found::File(file);
        }
        // Reading takes long, so others may go on meanwhile. Who is first to be done counts.
        let (text, unreadable) = match files.read(path, reach) {
            Ok(text) => (text, None),
            Err(Unreadable::Missing) => return Found::Missing,
            Err(Unreadable::Outside) => return Found::Outside,
            Err(reason) => (Arc::from(""), Some(reason)),
        };
        let (id, path) = self.ids.of(path);
        let source = Arc::new(SourceFile::new(path, text));
        let new = Arc::new(StoredFile::new(id, source, unreadable));
        let mut files = lock(&self.files);
        let all = files.entry(id).or_default();
        if let Some(file) = stored(all) {
            return Found::File(file);
        }
        all.retain(|(it, _)| it != reach);
        all.push((reach.clone(), Arc::downgrade(&new)));
        Found::File(new)
    }

    /// Keeps a file for the projects that come later, if it is large.
    pub(super) fn share(&self, file: &Arc<StoredFile>) {
        let size = |it: &StoredFile| it.source.text().len();
        if size(file) < SHARED_MIN {
            return;
        }
        let mut shared = lock(&self.shared);
        if shared.iter().any(|it| Arc::ptr_eq(it, file)) {
            return;
        }
        shared.push_back(Arc::clone(file));
        let mut bytes: usize = shared.iter().map(|it| size(it)).sum();
        while bytes > SHARED_MAX {
            let Some(oldest) = shared.pop_front() else { break };
            bytes -= size(&oldest);
        }
    }

    /// Names of files in a folder, sorted, for the project in
    pub fn list(
        &self,
        files: &dyn Files,
        folder: &str,
        reach: &Reach,
        root: Option<&str>,
    ) -> Arc<[String]> {
        let root = root.filter(|it| is_within(it, folder));
        self.kept(folder, reach, root, || {
            let names = files.list(folder, reach);
            // Most folders that are asked for are not there: these take no memory.
            if names.is_empty() { Arc::default() } else { Arc::from(names) }
        })
    }

    /// Those of the names that are like something, by its name and how it is told: that is asked once
    /// of each, however many projects look at the folder.
    pub fn list_like(
        &self,
        files: &dyn Files,
        folder: &str,
        reach: &Reach,
        root: Option<&str>,
        (what, is_like): (&str, &dyn Fn(&str) -> bool),
    ) -> Arc<[String]> {
        // No path holds this sign.
        let key = format!("{folder}\0{what}");
        self.kept(&key, reach, root.filter(|it| is_within(it, folder)), || {
            let names = self.list(files, folder, reach, root);
            names.iter().filter(|it| is_like(it)).cloned().collect()
        })
    }

    /// What is kept under a name, else what is made now; for one project, or for all.
    fn kept(
        &self,
        key: &str,
        reach: &Reach,
        root: Option<&str>,
        make: impl FnOnce() -> Arc<[String]>,
    ) -> Arc<[String]> {
        let known = match root {
            Some(root) => {
                let own = lock(&self.own);
                let all = own.get(root).and_then(|it| it.iter().find(|(it, _)| it == reach));
                all.and_then(|(_, it)| it.get(key)).map(Arc::clone)
            }
            None => lock(&self.lists).get(reach).and_then(|it| it.get(key)).map(Arc::clone),
        };
        if let Some(names) = known {
            return names;
        }
        let names = make();
        let new: (Box<str>, _) = (key.into(), Arc::clone(&names));
        match root {
            Some(root) => {
                let mut own = lock(&self.own);
                let own = own.entry(root.into()).or_default();
                match own.iter_mut().find(|(it, _)| it == reach) {
                    Some((_, lists)) => lists.extend([new]),
                    None => own.push((reach.clone(), [new].into())),
                }
            }
            None => lock(&self.lists).entry(reach.clone()).or_default().extend([new]),
        }
        names
    }

    /// Lets go of what only the project in a folder asks for.
    pub fn done_with(&self, root: &str) {
        lock(&self.own).remove(root);
    }

    /// Lets the next reader of a path read it anew.
    pub fn forget(&self, path: &str) {
        // It may have come or be gone, with folders around it.
        lock(&self.lists).clear();
        lock(&self.own).clear();
        if let Some(id) = self.ids.get(path) {
            lock(&self.files).remove(&id);
            lock(&self.shared).retain(|it| it.id != id);
        }
    }
}

impl StoredFile {
    /// A file of which nothing is understood yet.
    pub(super) fn new(id: FileId, source: Arc<SourceFile>, unreadable: Option<Unreadable>) -> Self {
        Self { id, source, unreadable, documents: Mutex::default(), of_text: OfText::default() }
    }

    /// What is understood of the file in a syntax.
    pub fn document(&self, syntax: Syntax) -> Arc<Document> {
        let known = |documents: &[(Syntax, Arc<Document>)]| {
            documents.iter().find(|(it, _)| *it == syntax).map(|(_, it)| Arc::clone(it))
        };
        if let Some(document) = known(&lock(&self.documents)) {
            return document;
        }
        let document = Arc::new(parse::bounds::document(syntax, self.id, self.source.text()));
        let mut documents = lock(&self.documents);
        if let Some(document) = known(&documents) {
            return document;
        }
        documents.push((syntax, Arc::clone(&document)));
        document
    }
}

/// Nothing here panics while it holds a lock, so what a panic elsewhere left behind is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes which folders are listed.
    struct Noting(Mutex<Vec<String>>);

    impl Files for Noting {
        fn read(&self, _: &str, _: &Reach) -> Result<Arc<str>, Unreadable> {
            Err(Unreadable::Missing)
        }

        fn list(&self, folder: &str, _: &Reach) -> Vec<String> {
            lock(&self.0).push(folder.to_owned());
            vec!["fly.toml".to_owned(), "notes".to_owned()]
        }

        fn reach(&self, _: &str) -> Reach {
            Reach::Anywhere
        }
    }

    #[test]
    fn a_folder_that_projects_share_is_listed_once_and_their_own_only_while_they_last() {
        let files = Noting(Mutex::default());
        let store = Store::default();
        let reach = Reach::Within(String::new());
        for root in ["all/a", "all/b", "all/a"] {
            let is_like = |it: &str| it == "fly.toml";
            let asked = ("manifests", &is_like as &dyn Fn(&str) -> bool);
            let shared = store.list_like(&files, "all", &reach, Some(root), asked);
            assert_eq!(shared.as_ref(), ["fly.toml"]);
            let own = format!("{root}/bin");
            assert_eq!(store.list(&files, &own, &reach, Some(root)).len(), 2);
            store.list(&files, &own, &reach, Some(root));
            store.done_with(root);
        }
        let listed = lock(&files.0).clone();
        assert_eq!(listed, ["all", "all/a/bin", "all/b/bin", "all/a/bin"]);
    }
}

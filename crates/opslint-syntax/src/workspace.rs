//! The files of a run, read when a later stage asks for them.
//!
//! Which files matter is only known while lowering: `gunicorn -c ops/conf.py` names one. Stages ask
//! a [`Workspace`], which asks a [`Files`]; only the implementation in `discover` touches the disk.
//! Tests, rule examples and an editor's unsaved buffer are other implementations.

mod held;
mod image;
mod memory;
mod of_text;
mod once;
mod parts;
mod paths;
mod problem;
mod store;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::budget::Budget;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::fact::Unknown;
use crate::parse::{self, Syntax};
use crate::source::{FileId, SourceMap};
use opslint_model::project::Environment;

pub use image::Ignored;
pub use image::{Copied, ImageFiles, Written};
pub use memory::MemoryFiles;
pub use parts::{Compared, LookedAt, Parts};
pub use paths::{folders_up, is_below, is_within, join, parent};
pub use store::{Found, Store, StoredFile};

use held::Held;
use once::Once;
use problem::unreadable;

/// Read access to the user's files by the paths shown to the user: relative, `/` between parts.
pub trait Files: Send + Sync {
    /// The text of a file that `reach` allows to read.
    ///
    /// # Errors
    /// When there is no file, or it is not a text that opslint can read.
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable>;

    /// Names of the files in a folder, sorted; none when there is no such folder, or `reach` does
    /// not allow to look into it.
    fn list(&self, folder: &str, reach: &Reach) -> Vec<String>;

    /// Whether there is a file at a path, be it readable or not. One that `reach` does not allow to
    /// read counts as missing.
    fn is_file(&self, path: &str, reach: &Reach) -> bool {
        !matches!(self.read(path, reach), Err(Unreadable::Missing | Unreadable::Outside))
    }

    /// How far reading goes for what stands in a folder: to the end of its repository.
    fn reach(&self, folder: &str) -> Reach;
}

impl<T: Files + ?Sized> Files for Arc<T> {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        self.as_ref().read(path, reach)
    }

    fn list(&self, folder: &str, reach: &Reach) -> Vec<String> {
        self.as_ref().list(folder, reach)
    }

    fn is_file(&self, path: &str, reach: &Reach) -> bool {
        self.as_ref().is_file(path, reach)
    }

    fn reach(&self, folder: &str) -> Reach {
        self.as_ref().reach(folder)
    }
}

/// How far reading may go. Who wrote a repository must not choose what is read beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Inside of this folder: that of the repository, or the one that is checked. A path as shown
    /// to the user, and it counts where a path leads.
    Within(String),
    /// Anywhere: the user has named the file.
    Anywhere,
}

/// Why a file has no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no file at this path.
    Missing,
    /// It is not in the project, or a link leads out of it. Whether it is there was not looked at.
    Outside,
    /// It is there and no regular file; says what it is, such as "a FIFO".
    Special(&'static str),
    /// The bytes are not UTF-8; says what they look like instead, such as "UTF-16".
    NotText(&'static str),
    /// The bytes are text of another encoding: which one it looks like, and the text as far as that
    /// is right, which tells what the file is for.
    Encoded(&'static str, Arc<str>),
    /// Larger than opslint reads.
    TooLarge {
        /// Its size.
        bytes: u64,
        /// Whether it has the words of a manifest of its name, where the name alone does not tell.
        is_manifest: bool,
    },
    /// The operating system refused; its own words.
    Refused(String),
}

/// What is known of a file that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is there, and this is it.
    File(FileId),
    /// It is certainly not there.
    Missing,
    /// It is there and cannot be read, or nobody can tell: what it says is unknown, and no default.
    Unknown(Unknown),
}

impl Opened {
    /// The file, when it is there and can be read.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Self::File(file) => Some(*file),
            Self::Missing | Self::Unknown(_) => None,
        }
    }
}

/// The files as one project, or the configuration, sees them; and which of them it looked at.
pub struct Workspace<'a> {
    /// Every text that was opened.
    pub sources: SourceMap,
    /// What is wrong with files that were opened: they cannot be read, or not be understood.
    pub problems: Vec<Diagnostic>,
    files: &'a dyn Files,
    store: Arc<Store>,
    /// What was asked for, by path; what is outside of one project is inside of another. There are
    /// one or two reaches.
    opened: Vec<(Reach, HashMap<String, Found>)>,
    reach: Reach,
    /// The folder of the project.
    root: Option<String>,
    /// Files of which `problems` says that they cannot be read.
    unreadable: Vec<FileId>,
    asked: Mutex<LookedAt>,
    /// Files that were looked for within the reach and never opened, and whether they are there.
    there: Mutex<HashMap<String, bool>>,
    documents: Vec<Arc<Document>>,
    /// Where each of them is in that list: a project may have thousands.
    parsed: HashMap<(FileId, Syntax), usize>,
    /// Texts of files that are opened by a path of their own.
    held: BTreeMap<String, Held>,
    /// The files of `opened` that are there.
    stored: HashMap<FileId, Arc<StoredFile>>,
    /// The files that programs see, while the processes of an image are worked out.
    image: Option<Arc<ImageFiles>>,
    /// What files of variables set, by file and by what makes a difference: many may name one.
    variables: HashMap<(FileId, String), Environment>,
    /// What is worked out once for all processes.
    once: Once,
    /// What working out the project may still cost.
    budget: Arc<Budget>,
    compared: Compared,
    no_server: Option<String>,
}

/// The files as programs in an image see them. What is asked of the workspace in the meantime goes
/// through this view.
pub struct ImageView<'w, 'a> {
    workspace: &'w mut Workspace<'a>,
    outside: Option<Arc<ImageFiles>>,
}

impl<'a> Workspace<'a> {
    /// A workspace that reads through `files`, and shares what it reads with nobody.
    pub fn new(files: &'a dyn Files) -> Self {
        Self::sharing(files, Arc::default())
    }

    /// A workspace that reads through `files`, unless `store` has the file already.
    pub fn sharing(files: &'a dyn Files, store: Arc<Store>) -> Self {
        Self {
            sources: SourceMap::with_ids(Arc::clone(store.ids())),
            problems: Vec::new(),
            reach: files.reach(""),
            root: None,
            files,
            store,
            opened: Vec::new(),
            unreadable: Vec::new(),
            asked: Mutex::default(),
            there: Mutex::default(),
            documents: Vec::new(),
            parsed: HashMap::new(),
            held: BTreeMap::new(),
            stored: HashMap::new(),
            image: None,
            variables: HashMap::new(),
            once: Once::default(),
            budget: Arc::default(),
            compared: Compared::new(),
            no_server: None,
        }
    }

    /// Notes why a file that might be a deployment is taken for none; the first one counts.
    pub fn starts_no_server(&mut self, why: String) {
        self.no_server.get_or_insert(why);
    }

    /// Notes why a manifest is taken for a developer's. That says more than what a Dockerfile beside
    /// it lacks.
    pub fn leaves_to_developers(&mut self, why: String) {
        self.no_server = Some(why);
    }

    /// Notes that a condition compares a variable, which no file sets, with this text.
    pub fn compares(&mut self, name: &str, text: &str) {
        self.compared.entry(name.to_owned()).or_default().insert(text.to_owned());
    }

    /// Which folder the project is in.
    pub fn set_root(&mut self, root: &str) {
        self.root = Some(root.to_owned());
    }

    /// The folder of the project, where one is worked out.
    pub fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// How far reading goes from here on.
    pub fn set_reach(&mut self, reach: Reach) {
        self.reach = reach;
        self.there = Mutex::default();
    }

    /// How far reading goes for what stands in a folder.
    pub fn reach_of(&self, folder: &str) -> Reach {
        self.files.reach(folder)
    }

    /// What working out the files of this project may still cost.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Whether there is a file at this path in the project; its text takes no part.
    pub fn is_file(&self, path: &str) -> bool {
        if let Some(found) = self.known(path) {
            return matches!(found, Found::File(_));
        }
        let mut there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_there) = there.get(path) {
            return *is_there;
        }
        self.asked().paths.insert(path.to_owned());
        let is_there = self.files.is_file(path, &self.reach);
        there.insert(path.to_owned(), is_there);
        is_there
    }

    /// A path that a program in `folder` opens, as a path shown to the user. `None` for an absolute
    /// one, unless it is known to be of the project.
    pub fn join(&self, folder: &str, path: &str) -> Option<String> {
        match &self.image {
            Some(image) if path.starts_with('/') => image.shown(path),
            _ => join(folder, path),
        }
    }

    /// Whether programs see the files of an image, whose absolute paths are known.
    pub fn is_in_image(&self) -> bool {
        self.image.is_some()
    }

    /// The file at a path. `None` when there is no such text file.
    ///
    /// A file that exists and cannot be read is a problem, said once. Where a default takes the
    /// place of a missing file, [`Self::try_open`] tells the two apart.
    pub fn open(&mut self, path: &str) -> Option<FileId> {
        self.try_open(path).file()
    }

    /// The same for a file that may rightly be something else than a text, such as a program: that
    /// is no problem.
    pub fn open_if_text(&mut self, path: &str) -> Option<FileId> {
        self.open_unjudged(path).file()
    }

    /// What is known of the file at a path, when the caller says what is wrong with it.
    pub fn open_unjudged(&mut self, path: &str) -> Opened {
        self.look_up(path, Self::found)
    }

    /// Whether a path that was asked for lies where nothing is read.
    pub fn is_outside(&self, path: &str) -> bool {
        matches!(self.known(path), Some(Found::Outside))
    }

    /// The file at a path if its text is of use. One of no use was only looked at, and takes no part.
    pub fn open_if(&mut self, path: &str, is_of_use: &dyn Fn(&str) -> bool) -> Option<FileId> {
        let is_new = self.known(path).is_none();
        let file = self.open_if_text(path)?;
        if is_of_use(self.sources.file(file).text()) {
            return Some(file);
        }
        if is_new
            && let Some((_, opened)) = self.opened.iter_mut().find(|(it, _)| *it == self.reach)
        {
            opened.remove(path);
            self.stored.remove(&file);
            self.asked().paths.insert(path.to_owned());
        }
        None
    }

    /// What is known of the file at a path.
    pub fn try_open(&mut self, path: &str) -> Opened {
        self.look_up(path, Self::try_open_in_project)
    }

    fn look_up(&mut self, path: &str, open: impl Fn(&mut Self, &str) -> Opened) -> Opened {
        let Some(image) = self.image.clone() else { return open(self, path) };
        for original in image.originals(path) {
            match open(self, &original) {
                Opened::Missing => {}
                // Where it is not known what wins, what is behind it does not count.
                found => return found,
            }
        }
        image.may_have(path).map_or(Opened::Missing, Opened::Unknown)
    }

    /// The same for a file that people and tools read, and not the program, whatever the image has.
    pub fn open_in_project(&mut self, path: &str) -> Option<FileId> {
        self.try_open_in_project(path).file()
    }

    /// What is known of a file that the user has named, wherever it is.
    pub fn open_named(&mut self, path: &str) -> Opened {
        let reach = std::mem::replace(&mut self.reach, Reach::Anywhere);
        let opened = self.try_open_in_project(path);
        self.reach = reach;
        opened
    }

    /// Says once why a file cannot be read.
    fn try_open_in_project(&mut self, path: &str) -> Opened {
        let opened = self.found(path);
        let Some(Found::File(file)) = self.known(path) else { return opened };
        if let Some(reason) = &file.unreadable
            && !self.unreadable.contains(&file.id)
        {
            let (id, problem) = (file.id, unreadable(file.id, reason));
            self.unreadable.push(id);
            self.problems.push(problem);
        }
        opened
    }

    fn found(&mut self, path: &str) -> Opened {
        if let Some(known) = self.known(path) {
            return known.opened(path);
        }
        let found = self.store.open(self.files, path, &self.reach);
        if let Found::File(file) = &found {
            self.sources.insert(file.id, Arc::clone(&file.source));
            self.stored.insert(file.id, Arc::clone(file));
            if self.root.as_deref().is_some_and(|it| !is_within(it, path)) {
                self.store.share(file);
            }
        }
        let opened = found.opened(path);
        match self.opened.iter_mut().find(|(it, _)| *it == self.reach) {
            Some((_, paths)) => drop(paths.insert(path.to_owned(), found)),
            None => {
                self.opened.push((self.reach.clone(), [(path.to_owned(), found)].into()));
            }
        }
        opened
    }

    fn known(&self, path: &str) -> Option<&Found> {
        let opened = || self.opened.iter().find(|(it, _)| *it == self.reach)?.1.get(path);
        self.held.get(path).map(Held::found).or_else(opened)
    }

    /// Names of the files in a folder, sorted. For the few places where names tell something:
    /// which settings modules there are, what `include conf.d/*.conf` takes in.
    pub fn list(&self, folder: &str) -> Vec<String> {
        self.names(folder).to_vec()
    }

    /// The same for those who only look at them.
    pub fn names(&self, folder: &str) -> Arc<[String]> {
        self.asked().list(folder);
        self.store.list(self.files, folder, &self.reach, self.root.as_deref())
    }

    /// Those of the names that are like something, by its name and how it is told from a name alone.
    /// The folder around many projects is long, and each of them looks at it.
    pub fn names_like(
        &self,
        folder: &str,
        what: &str,
        is_like: &dyn Fn(&str) -> bool,
    ) -> Arc<[String]> {
        self.asked().list(folder);
        let root = self.root.as_deref();
        self.store.list_like(self.files, folder, &self.reach, root, (what, is_like))
    }

    /// The tree of a file that was opened, as one that counts: what is wrong with the file is said,
    /// once, and its comments may suppress something.
    pub fn document(&mut self, file: FileId, syntax: Syntax) -> Arc<Document> {
        if let Some(document) = self.parsed(file, syntax) {
            return document;
        }
        let document = self.look_into(file, syntax);
        self.problems.extend(document.problems.iter().cloned());
        self.parsed.insert((file, syntax), self.documents.len());
        self.documents.push(Arc::clone(&document));
        document
    }

    /// The tree of a file that was opened, to see whether it is what its name says.
    pub fn look_into(&self, file: FileId, syntax: Syntax) -> Arc<Document> {
        match self.stored.get(&file) {
            Some(opened) => opened.document(syntax),
            // Tests put texts into the map that are no files.
            None => Arc::new(parse::bounds::document(syntax, file, self.sources.file(file).text())),
        }
    }

    /// The tree of a file, when it counts.
    pub fn parsed(&self, file: FileId, syntax: Syntax) -> Option<Arc<Document>> {
        let at = self.parsed.get(&(file, syntax))?;
        self.documents.get(*at).map(Arc::clone)
    }

    /// The file at a path and its tree, when that counts.
    pub fn parsed_at(&self, path: &str, syntax: Syntax) -> Option<(FileId, Arc<Document>)> {
        let file = self.known(path)?.file()?.id;
        Some((file, self.parsed(file, syntax)?))
    }

    fn asked(&self) -> MutexGuard<'_, LookedAt> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was looked at, the files that were read, and the trees that count.
    pub fn into_parts(self) -> Parts {
        let mut looked_at = self.asked.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut files: Vec<Arc<StoredFile>> = Vec::new();
        for (path, found) in self.opened.into_iter().flat_map(|(_, it)| it) {
            looked_at.paths.insert(path);
            files.extend(found.into_file());
        }
        files.sort_by(|a, b| a.source.path().cmp(b.source.path()));
        files.dedup_by_key(|it| it.id);
        let (mut sources, mut documents) = (self.sources, self.documents);
        held::leave_out(&self.held, &mut sources, &mut documents);
        Parts {
            sources,
            looked_at,
            files,
            documents,
            compared: self.compared,
            no_server: self.no_server,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once() {
        let files = MemoryFiles::new().with("a", "text");
        let mut workspace = Workspace::new(&files);
        let first = workspace.open("a");
        assert_eq!(workspace.open("a"), first);
        assert_eq!(workspace.open("b"), None);
    }
}

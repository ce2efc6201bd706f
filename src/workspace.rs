//! The files of a run, read when a later stage asks for them.
//!
//! Which files matter is only known while lowering: `gunicorn -c ops/conf.py` names one. Stages ask
//! a [`Workspace`], which asks a [`Files`]; only the implementation in `discover` touches the disk.
//! Tests, rule examples and an editor's unsaved buffer are other implementations.

mod image;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::budget::Budget;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Document;
use crate::source::{FileId, SourceMap, Span};

pub(crate) use image::Ignored;
pub use image::{Copied, ImageFiles};

/// Read access to the user's files by the paths shown to the user: relative, `/` between parts.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// When there is no file, or it is not a text that opslint can read.
    fn read(&self, path: &str) -> Result<Arc<str>, Unreadable>;

    /// Names of the files in a folder, sorted; none when there is no such folder.
    fn list(&self, folder: &str) -> Vec<String>;
}

/// Why a file has no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no file at this path.
    Missing,
    /// The bytes are not UTF-8; says what they look like instead, such as "UTF-16".
    NotText(&'static str),
    /// Larger than opslint reads, in bytes.
    TooLarge(u64),
    /// The operating system refused; its own words.
    Refused(String),
}

/// The texts of a run and access to more of them.
pub struct Workspace<'a> {
    /// Every text read so far.
    pub sources: SourceMap,
    /// Files that exist and could not be read, found while opening them.
    pub problems: Vec<Diagnostic>,
    files: &'a dyn Files,
    opened: HashMap<String, Option<FileId>>,
    documents: HashMap<FileId, Rc<Document>>,
    /// The files that programs see while the processes of an image are worked out.
    image: Option<Rc<ImageFiles>>,
    /// What working out each project may still cost, by its root.
    budgets: HashMap<String, Arc<Budget>>,
    /// That of the project that is worked out.
    budget: Arc<Budget>,
}

impl<'a> Workspace<'a> {
    /// A workspace that reads through `files`.
    pub fn new(files: &'a dyn Files) -> Self {
        Self {
            sources: SourceMap::new(),
            problems: Vec::new(),
            files,
            opened: HashMap::new(),
            documents: HashMap::new(),
            image: None,
            budgets: HashMap::new(),
            budget: Arc::default(),
        }
    }

    /// Says that what follows is the project in the folder `root`: it has a budget of its own.
    pub(crate) fn enter_project(&mut self, root: &str) {
        self.budget = Arc::clone(self.budgets.entry(root.to_owned()).or_default());
    }

    /// What working out the files of this project may still cost.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Lets programs see the files of an image, until the next call. Without an image, or where
    /// nothing is known to be copied into it, they see the project.
    pub(crate) fn set_image(&mut self, image: Option<Rc<ImageFiles>>) {
        self.image = image.filter(|it| !it.copied.is_empty());
    }

    /// Whether there is a file at this path; reads nothing into the run.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        !matches!(self.files.read(path), Err(Unreadable::Missing))
    }

    /// Whether a program finds a file of the project at this path.
    pub(crate) fn is_there(&self, path: &str) -> bool {
        match &self.image {
            Some(image) => image.originals(path).iter().any(|it| self.is_file(it)),
            None => self.is_file(path),
        }
    }

    /// The absolute path that programs know a path shown to the user by. `None` without an image,
    /// or where only its base says in which folder programs start.
    pub(crate) fn path_in_image(&self, path: &str) -> Option<String> {
        self.image.as_ref().map(|it| it.image_path(path)).filter(|it| it.starts_with('/'))
    }

    /// A path that a program in `folder` opens, as a path shown to the user. `None` for an absolute
    /// one, unless it is known to be of the project.
    pub(crate) fn join(&self, folder: &str, path: &str) -> Option<String> {
        match &self.image {
            Some(image) if path.starts_with('/') => image.shown(path),
            _ => join(folder, path),
        }
    }

    /// Whether programs see the files of an image, whose absolute paths are known.
    pub(crate) fn is_in_image(&self) -> bool {
        self.image.is_some()
    }

    /// The file at a path; read at the first call. `None` when there is no such text file.
    ///
    /// A file that exists and cannot be read is a problem of the run and is not asked for again.
    pub fn open(&mut self, path: &str) -> Option<FileId> {
        match self.image.clone() {
            Some(image) => image.originals(path).iter().find_map(|it| self.open_in_project(it)),
            None => self.open_in_project(path),
        }
    }

    /// The same for a file that people and tools read, and not the program, whatever the image has.
    pub(crate) fn open_in_project(&mut self, path: &str) -> Option<FileId> {
        if let Some(known) = self.opened.get(path) {
            return *known;
        }
        let opened = match self.files.read(path) {
            Ok(text) => Some(self.sources.add(path, text)),
            Err(Unreadable::Missing) => None,
            Err(reason) => {
                let file = self.sources.add(path, "");
                self.problems.push(unreadable(file, &reason));
                None
            }
        };
        self.opened.insert(path.to_owned(), opened);
        opened
    }

    /// Names of the files in a folder, sorted. For the few places where names tell something:
    /// which settings modules there are, what `include conf.d/*.conf` takes in.
    pub fn list(&self, folder: &str) -> Vec<String> {
        self.files.list(folder)
    }

    /// Whether there is a file at a path. Its text takes no part in the run.
    pub fn has(&self, path: &str) -> bool {
        match self.opened.get(path) {
            Some(Some(_)) => true,
            _ => !matches!(self.files.read(path), Err(Unreadable::Missing)),
        }
    }

    /// How many of the user's files were read.
    pub fn opened(&self) -> usize {
        self.opened.values().flatten().count()
    }

    /// The tree of a file, parsed by `parse` at the first call.
    pub fn document(
        &mut self,
        file: FileId,
        parse: impl FnOnce(FileId, &str) -> Document,
    ) -> Rc<Document> {
        if let Some(document) = self.documents.get(&file) {
            return Rc::clone(document);
        }
        let text = self.sources.file(file).shared_text();
        let document = Rc::new(parse(file, &text));
        self.documents.insert(file, Rc::clone(&document));
        document
    }

    /// The tree of a file that was parsed before.
    pub fn parsed(&self, file: FileId) -> Option<Rc<Document>> {
        self.documents.get(&file).cloned()
    }

    /// The file at a path and its tree, when both were asked for before.
    pub fn parsed_at(&self, path: &str) -> Option<(FileId, Rc<Document>)> {
        let file = (*self.opened.get(path)?)?;
        Some((file, self.parsed(file)?))
    }
}

fn unreadable(file: FileId, reason: &Unreadable) -> Diagnostic {
    let (message, help) = match reason {
        Unreadable::Missing => ("the file does not exist".to_owned(), None),
        Unreadable::NotText(looks_like) => (
            format!("the file is not UTF-8 text; it looks like {looks_like}"),
            Some("save it as UTF-8; platforms read it as UTF-8 too"),
        ),
        Unreadable::TooLarge(bytes) => {
            (format!("the file has {bytes} bytes, more than opslint reads"), None)
        }
        Unreadable::Refused(why) => (format!("the file cannot be read: {why}"), None),
    };
    let label = Label::new(Span::start_of(file), "");
    let diagnostic = Diagnostic::new("unreadable-file", Severity::Error, message, label);
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// Files held in memory: rule examples, tests, and overlays.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    texts: HashMap<String, Arc<str>>,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, replacing one of the same path.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        self.texts.insert(path.into(), text.into());
        self
    }

    /// The paths, sorted.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<_> = self.texts.keys().map(String::as_str).collect();
        paths.sort_unstable();
        paths
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Arc<str>, Unreadable> {
        self.texts.get(path).cloned().ok_or(Unreadable::Missing)
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let inside = self.paths().into_iter().filter(|it| parent(it) == folder);
        inside.map(|it| it[folder.len()..].trim_start_matches('/').to_owned()).collect()
    }
}

/// Joins a folder and a path below or beside it, and takes out `.` and `..`.
///
/// `None` for an absolute path: what it names on the machine that runs the app is not in the project.
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(format!("{root}{}", parts.join("/")))
}

/// The folder of a path; empty for a path without one.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_takes_out_dots() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("", "x").as_deref(), Some("x"));
        assert_eq!(join("a", "../../x").as_deref(), Some("../x"));
        assert_eq!(join("../a", "../b").as_deref(), Some("../b"));
        assert_eq!(join("a", "/etc/x"), None);
    }

    #[test]
    fn a_file_is_read_once() {
        let files = MemoryFiles::new().with("a", "text");
        let mut workspace = Workspace::new(&files);
        let first = workspace.open("a");
        assert_eq!(workspace.open("a"), first);
        assert_eq!(workspace.open("b"), None);
    }
}

//! Texts and places in them.
//!
//! A [`SourceMap`] holds texts: those of one project, those of the configuration, or those that a
//! report names. A [`Span`] names bytes in one of them. Lines and columns do not exist here;
//! `report` makes them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A file, by a number that its path keeps for as long as the program runs.
///
/// Projects are worked on side by side, so which path has which number differs from run to run:
/// ids are equal or not, and have no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(u32);

/// Ids of rule files and configuration start here: no path of a project shares one with them.
const POLICY_START: u32 = 1 << 30;

/// Ids of the rules that come with opslint start here; their texts are part of the program.
const EMBEDDED_START: u32 = 1 << 31;

impl FileId {
    /// The file of the rule that comes with opslint and has this number among them.
    pub fn embedded(idx: usize) -> Self {
        let idx = u32::try_from(idx).expect("there are a few hundred rules");
        Self(EMBEDDED_START + idx)
    }

    /// Which of the rules that come with opslint this is the file of.
    pub fn embedded_idx(self) -> Option<usize> {
        self.0.checked_sub(EMBEDDED_START).map(|it| it as usize)
    }
}

/// Bytes `start..end` of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file the bytes are in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte; never before `start`.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    ///
    /// # Panics
    /// When `start` lies behind `end`, or the file is larger than 4 GiB: `discover` refuses those.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        assert!(start <= end, "span ends before it starts: {start}..{end}");
        let offset = |it: usize| u32::try_from(it).expect("source files are smaller than 4 GiB");
        Self { file, start: offset(start), end: offset(end) }
    }

    /// The span as offsets into its file's text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// What orders the spans of one file. Spans of different files have no order.
    pub fn order(self) -> (u32, u32) {
        (self.start, self.end)
    }

    /// The smallest span that holds both; `self` when they are in different files.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether every byte of `other` is in this span.
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// An empty span at the start of `file`, for what is said about the file as a whole.
    pub fn start_of(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }
}

/// A value and the bytes it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// One text with the path a user knows it by.
#[derive(Debug)]
pub struct SourceFile {
    path: Arc<str>,
    text: Arc<str>,
    /// Where secrets stand in the text, once somebody asked: many projects may read one file.
    secrets: OnceLock<Vec<Range<usize>>>,
}

impl SourceFile {
    /// A text under a path as shown to the user.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into(), secrets: OnceLock::new() }
    }

    /// The path as shown to the user: relative to where opslint was started, with `/` between parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it came with opslint and not from the user: `<opslint>/rules/…`, `--set`.
    pub fn is_own(&self) -> bool {
        self.path.starts_with("<opslint>/")
    }

    /// The path, shared.
    pub fn shared_path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where secrets stand in the text, which `find` tells; it is asked once.
    pub(crate) fn secrets(&self, find: impl FnOnce(&Self) -> Vec<Range<usize>>) -> &[Range<usize>] {
        self.secrets.get_or_init(|| find(self))
    }

    /// The whole text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

/// Gives each path its id. Threads share it.
#[derive(Debug, Default)]
pub struct FileIds {
    first: u32,
    ids: Mutex<HashMap<Arc<str>, FileId>>,
}

impl FileIds {
    /// Ids for rule files and configuration, apart from those of projects.
    pub fn of_policy() -> Self {
        Self { first: POLICY_START, ids: Mutex::default() }
    }

    /// The id of a path that has one already.
    pub fn get(&self, path: &str) -> Option<FileId> {
        self.lock().get(path).copied()
    }

    /// The id of a path, and the path as all share it.
    pub fn of(&self, path: &str) -> (FileId, Arc<str>) {
        let mut ids = self.lock();
        if let Some((path, id)) = ids.get_key_value(path) {
            return (*id, Arc::clone(path));
        }
        let path: Arc<str> = path.into();
        let id = FileId(self.first + u32::try_from(ids.len()).expect("fewer than 2^30 files"));
        ids.insert(Arc::clone(&path), id);
        (id, path)
    }

    /// Nothing panics between two changes of the map, so what a panic elsewhere left is whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, FileId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Texts by id. Texts are added and never changed.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    ids: Arc<FileIds>,
    files: BTreeMap<u32, Arc<SourceFile>>,
    /// Texts in files that are files of their own to a program.
    inner: Vec<Span>,
}

impl SourceMap {
    /// A map without files, which numbers its paths itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// A map without files, for files that `ids` numbers.
    pub fn with_ids(ids: Arc<FileIds>) -> Self {
        Self { ids, ..Self::default() }
    }

    /// The ids of its paths.
    pub fn ids(&self) -> &FileIds {
        &self.ids
    }

    /// Adds a text under `path`; the same path twice keeps the first text and its id.
    pub fn add(&mut self, path: impl AsRef<str>, text: impl Into<Arc<str>>) -> FileId {
        let (id, path) = self.ids.of(path.as_ref());
        self.files.entry(id.0).or_insert_with(|| Arc::new(SourceFile::new(path, text)));
        id
    }

    /// Adds a file that has its id from elsewhere; the same id twice keeps the first text.
    pub fn insert(&mut self, id: FileId, file: Arc<SourceFile>) {
        self.files.entry(id.0).or_insert(file);
    }

    /// Adds the files of another map whose ids are of the same origin.
    pub fn extend(&mut self, other: &Self) {
        for (id, file) in &other.files {
            self.files.entry(*id).or_insert_with(|| Arc::clone(file));
        }
        other.inner.iter().for_each(|it| self.add_inner(*it));
    }

    /// Notes that the text at a place is a file of its own to a program, in a language of its own.
    pub fn add_inner(&mut self, text: Span) {
        if !self.inner.contains(&text) {
            self.inner.push(text);
        }
    }

    /// Whether a place is in such a text.
    pub fn is_inner(&self, place: Span) -> bool {
        self.inner.iter().any(|it| it.contains(place))
    }

    /// Lets go of the files that nobody asks for.
    pub fn retain(&mut self, is_wanted: impl Fn(FileId) -> bool) {
        self.files.retain(|id, _| is_wanted(FileId(*id)));
    }

    /// The file of an id that was added to this map.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[&id.0]
    }

    /// The file of an id, if it was added to this map.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(&id.0).map(Arc::as_ref)
    }

    /// The id of a path that was added.
    pub fn id(&self, path: &str) -> Option<FileId> {
        self.iter().find(|(_, it)| it.path() == path).map(|(id, _)| id)
    }

    /// The bytes of a span. A span that does not fit its file (our bug) gives the empty text.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text().get(span.range()).unwrap_or_default()
    }

    /// The same files with other texts, where `text` gives one; ids and paths stay.
    #[must_use]
    pub fn map_texts(&self, text: impl Fn(FileId, &SourceFile) -> Option<String>) -> Self {
        let file = |(id, it): (&u32, &Arc<SourceFile>)| {
            let file = text(FileId(*id), it).map_or_else(
                || Arc::clone(it),
                |text| Arc::new(SourceFile::new(it.shared_path(), text)),
            );
            (*id, file)
        };
        Self {
            ids: Arc::clone(&self.ids),
            files: self.files.iter().map(file).collect(),
            inner: self.inner.clone(),
        }
    }

    /// The paths of all files, in no order that a user may see.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.values().map(|it| it.path())
    }

    /// All files, in no order that a user may see.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().map(|(id, file)| (FileId(*id), file.as_ref()))
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_span_is_what_was_added() {
        let mut sources = SourceMap::new();
        let file = sources.add("Procfile", "web: run");
        assert_eq!(sources.text(Span::new(file, 5, 8)), "run");
    }

    #[test]
    fn a_path_added_twice_is_one_file() {
        let mut sources = SourceMap::new();
        let first = sources.add("a", "1");
        assert_eq!(sources.add("a", "2"), first);
        assert_eq!(sources.file(first).text(), "1");
    }

    #[test]
    fn cover_of_two_files_stays_in_the_first() {
        let mut sources = SourceMap::new();
        let (a, b) = (sources.add("a", "xx"), sources.add("b", "xx"));
        assert_eq!(Span::new(a, 0, 1).cover(Span::new(b, 0, 2)), Span::new(a, 0, 1));
        assert_eq!(Span::new(a, 1, 2).cover(Span::new(a, 0, 1)), Span::new(a, 0, 2));
    }
}

//! Texts and places in them.
//!
//! A [`SourceMap`] owns every text of a run: the user's files, the rule files and the configuration.
//! A [`Span`] names bytes in one of them. Lines and columns do not exist here; `report` makes them.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A file of the [`SourceMap`]. Ids follow the order in which files were read, not their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// Bytes `start..end` of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    path: String,
    text: Arc<str>,
}

impl SourceFile {
    /// The path as shown to the user: relative to where opslint was started, with `/` between parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it came with opslint and not from the user: `<opslint>/rules/…`, `--set`.
    pub fn is_own(&self) -> bool {
        self.path.starts_with("<opslint>/")
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

/// Every text of a run. Texts are added and never changed.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    ids: HashMap<String, FileId>,
}

impl SourceMap {
    /// A map without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under `path`; the same path twice keeps the first text and its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let path = path.into();
        if let Some(&id) = self.ids.get(&path) {
            return id;
        }
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.ids.insert(path.clone(), id);
        self.files.push(SourceFile { path, text: text.into() });
        id
    }

    /// The file of an id made by this map.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The id of a path that was added.
    pub fn id(&self, path: &str) -> Option<FileId> {
        self.ids.get(path).copied()
    }

    /// The bytes of a span. A span that does not fit its file (our bug) gives the empty text.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text().get(span.range()).unwrap_or_default()
    }

    /// The same files with other texts, where `text` gives one; ids and paths stay.
    #[must_use]
    pub fn map_texts(&self, text: impl Fn(FileId, &SourceFile) -> Option<String>) -> Self {
        let file = |(id, it): (FileId, &SourceFile)| SourceFile {
            path: it.path.clone(),
            text: text(id, it).map_or_else(|| it.shared_text(), Arc::from),
        };
        Self { files: self.iter().map(file).collect(), ids: self.ids.clone() }
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(self.files.iter())
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

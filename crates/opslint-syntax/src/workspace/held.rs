//! Texts that stand in a file and are files of their own to a container: those of a ConfigMap.
//!
//! A program reads such a text as any other file, and its reader looks at it by a path. What it found
//! is then put to where it is written, so that nobody behind that sees the path.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Found, StoredFile, Workspace, join};
use crate::document::{Document, Text};
use crate::source::{FileId, SourceFile, SourceMap, Span};

/// Texts that are held for one project: a manifest mounts a few.
const HELD_MAX: usize = 200;

/// A text that can be opened like a file.
#[derive(Clone, Debug)]
pub(super) struct Held {
    found: Found,
    text: Text,
}

impl Held {
    pub(super) fn found(&self) -> &Found {
        &self.found
    }
}

impl Workspace<'_> {
    /// Lets a text of a file be opened, `name` standing for it in that file: the path to open it by.
    /// A file that is the text as a whole is opened itself.
    ///
    /// `None` where the text is not whole, where another one has the path, and where there are more
    /// texts than are held.
    pub fn hold(&mut self, name: &str, text: &Text) -> Option<String> {
        let source = self.sources.get(text.span().file)?;
        // Only what stands in the file as it is has its length and all of its places.
        if text.span().range() == (0..source.text().len())
            && text.value.len() == source.text().len()
        {
            return Some(source.path().to_owned());
        }
        let path = join(source.path(), name).filter(|it| it.len() > source.path().len())?;
        if let Some(known) = self.held.get(&path) {
            return (known.text.span() == text.span()).then_some(path);
        }
        let is_whole = text.gaps().is_empty() && self.held.len() < HELD_MAX;
        if !is_whole || self.is_file(&path) {
            return None;
        }
        self.budget().steps(text.value.len()).ok()?;
        let (id, shared) = self.sources.ids().of(&path);
        let source = Arc::new(SourceFile::new(shared, text.value.as_str()));
        self.sources.insert(id, Arc::clone(&source));
        self.sources.add_inner(text.span());
        let file = Arc::new(StoredFile::new(id, source, None));
        self.stored.insert(id, Arc::clone(&file));
        self.held.insert(path.clone(), Held { found: Found::File(file), text: text.clone() });
        Some(path)
    }

    /// Whether there is any such text.
    pub fn holds_any(&self) -> bool {
        !self.held.is_empty()
    }

    /// Where the bytes of a span are written: in the file that has the text, for those of such a text.
    pub fn written_at(&self, span: Span) -> Span {
        let is_it = |it: &&Held| it.found.file().is_some_and(|it| it.id == span.file);
        match self.held.values().find(is_it) {
            Some(held) => held.text.span_of(span.range()),
            None => span,
        }
    }
}

/// Leaves out what was read of such texts: nothing that goes on stands in them.
pub(super) fn leave_out(
    all: &BTreeMap<String, Held>,
    sources: &mut SourceMap,
    documents: &mut Vec<Arc<Document>>,
) {
    let held: HashSet<FileId> = all.values().filter_map(|it| Some(it.found().file()?.id)).collect();
    if !held.is_empty() {
        sources.retain(|it| !held.contains(&it));
        documents.retain(|it| !held.contains(&it.file));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Syntax;
    use crate::workspace::MemoryFiles;

    const MANIFEST: &str =
        "data:\n  a.ini: |\n    [uwsgi]\n    workers = 4\n  b.ini: \"[uwsgi]\\nx\"\n";

    fn texts(workspace: &mut Workspace<'_>) -> Vec<Text> {
        let file = workspace.open("m.yaml").expect("the file is there");
        let document = workspace.look_into(file, Syntax::Yaml);
        let data = document.root.get("data").expect("it has data");
        data.entries().iter().filter_map(|it| it.value.as_text().cloned()).collect()
    }

    #[test]
    fn a_text_is_opened_and_its_places_are_those_of_the_file_around_it() {
        let files = MemoryFiles::new().with("m.yaml", MANIFEST);
        let mut workspace = Workspace::new(&files);
        let texts = texts(&mut workspace);
        for (text, word) in texts.iter().zip(["workers = 4", "x"]) {
            let path = workspace.hold("map/a.ini", text);
            let Some(path) = path else {
                // The other text has the path.
                assert_eq!(word, "x");
                continue;
            };
            assert_eq!(path, "m.yaml/map/a.ini");
            assert_eq!(workspace.hold("map/a.ini", text), Some(path.clone()));
            assert!(workspace.is_file(&path));
            let file = workspace.open(&path).expect("it is held");
            let at = text.value.find(word).expect("it has the word");
            let span = workspace.written_at(Span::new(file, at, at + word.len()));
            assert_eq!(workspace.sources.text(span), word);
            assert_eq!(workspace.sources.file(span.file).path(), "m.yaml");
        }
        let other = workspace.hold("map/b.ini", &texts[1]).expect("its path is free");
        let file = workspace.open(&other).expect("it is held");
        let span = workspace.written_at(Span::new(file, 8, 9));
        assert_eq!(workspace.sources.text(span), "x");
        let parts = workspace.into_parts();
        assert_eq!(parts.sources.paths().collect::<Vec<_>>(), ["m.yaml"]);
        assert_eq!(parts.files.len(), 1);
    }

    #[test]
    fn a_text_that_is_a_whole_file_is_that_file() {
        let files = MemoryFiles::new().with("a.ini", "[uwsgi]\n");
        let mut workspace = Workspace::new(&files);
        let file = workspace.open("a.ini").expect("the file is there");
        let text = Text::verbatim("[uwsgi]\n", Span::new(file, 0, 8), 0);
        assert_eq!(workspace.hold("map/a.ini", &text).as_deref(), Some("a.ini"));
        assert!(!workspace.holds_any());
        // Nothing leaves the folder of its name.
        let part = Text::verbatim("[uwsgi]", Span::new(file, 0, 7), 0);
        assert_eq!(workspace.hold("../b.ini", &part), None);
    }
}

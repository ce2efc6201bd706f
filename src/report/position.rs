//! Offsets → lines and columns: the one place that counts.
//!
//! Every format says where something is, and they do not count alike: editors count UTF-16 units,
//! compilers bytes, people characters. A line ends at `\n`, `\r\n` or a lone `\r`, as editors and
//! the language server protocol have it. A byte order mark is no character of the first line.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use crate::source::{FileId, SourceMap, Span};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Bytes of the text in UTF-8.
    Utf8,
    /// Units of the text in UTF-16, as in the language server protocol.
    Utf16,
    /// Unicode code points.
    CodePoints,
}

impl Columns {
    /// The length of a text.
    fn count(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::CodePoints => text.chars().count(),
        }
    }
}

/// A place as people say it: both numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Number of the line, from 1.
    pub line_number: usize,
    /// Number of the column in its line, from 1.
    pub column_number: usize,
}

/// Where the lines of one text start and end.
#[derive(Debug)]
pub(crate) struct LineIndex {
    /// Bytes of each line without its line break, and without a byte order mark. Never empty.
    lines: Vec<Range<usize>>,
}

impl LineIndex {
    /// Finds the lines of a text.
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut lines = Vec::new();
        let mut start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut offset = start;
        while let Some(byte) = bytes.get(offset) {
            let end = offset;
            offset += match byte {
                b'\r' if bytes.get(offset + 1) == Some(&b'\n') => 2,
                b'\r' | b'\n' => 1,
                _ => {
                    offset += 1;
                    continue;
                }
            };
            lines.push(start..end);
            start = offset;
        }
        lines.push(start..bytes.len());
        Self { lines }
    }

    /// The bytes of a line without its line break.
    ///
    /// # Panics
    /// When there is no such line: line indexes come from this index.
    pub(crate) fn line(&self, line_idx: usize) -> Range<usize> {
        self.lines[line_idx].clone()
    }

    /// The line that an offset is in; a line break belongs to the line it ends.
    pub(crate) fn line_idx(&self, offset: usize) -> usize {
        self.lines.partition_point(|it| it.start <= offset).saturating_sub(1)
    }
}

/// Positions in the texts of a run. The lines of a text are looked for once, when first needed.
pub struct Positions<'a> {
    sources: &'a SourceMap,
    columns: Columns,
    indexes: RefCell<HashMap<FileId, Rc<LineIndex>>>,
    /// What columns count from the start of a text to each [`STEP`]: a file may be one long line
    /// with many diagnostics.
    counted: RefCell<HashMap<FileId, Rc<[usize]>>>,
}

/// Bytes of a line that are counted anew for each position.
const STEP: usize = 4096;

impl<'a> Positions<'a> {
    /// Positions whose columns count `columns`.
    pub fn new(sources: &'a SourceMap, columns: Columns) -> Self {
        Self { sources, columns, indexes: RefCell::default(), counted: RefCell::default() }
    }

    /// Where a span starts.
    pub fn start(&self, span: Span) -> Position {
        self.at(span.file, span.range().start)
    }

    /// Where a span ends: the place after its last character.
    pub fn end(&self, span: Span) -> Position {
        self.at(span.file, span.range().end)
    }

    /// The position of an offset. One inside of a character is the character's, one inside of a
    /// line break is the line's end, and one behind the text (our bug) is the text's end.
    pub fn at(&self, file: FileId, offset: usize) -> Position {
        let text = self.sources.file(file).text();
        let index = self.index(file);
        let line_idx = index.line_idx(offset);
        let line = index.line(line_idx);
        let end = text.floor_char_boundary(offset.clamp(line.start, line.end));
        let column_idx = match end - line.start {
            0..STEP => self.columns.count(&text[line.start..end]),
            _ => self.counted_to(file, end) - self.counted_to(file, line.start),
        };
        Position { line_number: line_idx + 1, column_number: column_idx + 1 }
    }

    /// What columns count from the start of a text to an offset.
    fn counted_to(&self, file: FileId, offset: usize) -> usize {
        let text = self.sources.file(file).text();
        let mut counted = self.counted.borrow_mut();
        let counted = counted.entry(file).or_insert_with(|| {
            let mut counts = vec![0];
            for start in (0..text.len().saturating_sub(STEP)).step_by(STEP) {
                let part =
                    &text[text.floor_char_boundary(start)..text.floor_char_boundary(start + STEP)];
                counts.push(counts[counts.len() - 1] + self.columns.count(part));
            }
            counts.into()
        });
        let step = (offset / STEP).min(counted.len() - 1);
        counted[step] + self.columns.count(&text[text.floor_char_boundary(step * STEP)..offset])
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: FileId) -> &'a str {
        self.sources.file(file).text()
    }

    /// The path of the file a span is in.
    pub(crate) fn path(&self, span: Span) -> &'a str {
        self.sources.file(span.file).path()
    }

    /// `path:line:column` of a span's start.
    pub(crate) fn place(&self, span: Span) -> String {
        let Position { line_number, column_number } = self.start(span);
        format!("{}:{line_number}:{column_number}", self.path(span))
    }

    /// `path:line` of a span's start.
    pub(crate) fn line_place(&self, span: Span) -> String {
        format!("{}:{}", self.path(span), self.start(span).line_number)
    }

    /// The lines of a file.
    pub(crate) fn index(&self, file: FileId) -> Rc<LineIndex> {
        let mut indexes = self.indexes.borrow_mut();
        let new = || Rc::new(LineIndex::new(self.sources.file(file).text()));
        Rc::clone(indexes.entry(file).or_insert_with(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_of_a_long_line_are_counted_like_those_of_a_short_one() {
        for part in ["a", "ä", "中b", "😀", "e\u{301}"] {
            let text = format!("first\n{}\nlast", part.repeat(3 * STEP));
            for columns in [Columns::Utf8, Columns::Utf16, Columns::CodePoints] {
                for count in [1, STEP / 3, STEP - 1, STEP, STEP + 1, 2 * STEP, 3 * STEP] {
                    let before = part.repeat(count);
                    let (line_number, column_number) =
                        position(&text, "first\n".len() + before.len(), columns);
                    assert_eq!((line_number, column_number), (2, columns.count(&before) + 1));
                }
            }
        }
    }

    fn position(text: &str, offset: usize, columns: Columns) -> (usize, usize) {
        let mut sources = SourceMap::new();
        let file = sources.add("x", text);
        let it = Positions::new(&sources, columns).at(file, offset);
        (it.line_number, it.column_number)
    }

    /// The same numbers by another route: line breaks are made equal and the last line is counted.
    fn recount(text: &str, offset: usize, columns: Columns) -> (usize, usize) {
        let before = text[..offset].replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<_> = before.split('\n').collect();
        let last = lines[lines.len() - 1];
        let last = if lines.len() == 1 { last.trim_start_matches('\u{feff}') } else { last };
        let len = match columns {
            Columns::Utf8 => last.len(),
            Columns::Utf16 => last.encode_utf16().count(),
            Columns::CodePoints => last.encode_utf16().filter(|it| !is_low_surrogate(*it)).count(),
        };
        (lines.len(), len + 1)
    }

    fn is_low_surrogate(unit: u16) -> bool {
        (0xDC00..0xE000).contains(&unit)
    }

    #[track_caller]
    fn check(text: &str, at: &str, [utf8, utf16, code_points]: [(usize, usize); 3]) {
        let offset = text.find(at).unwrap();
        assert_eq!(position(text, offset, Columns::Utf8), utf8, "bytes");
        assert_eq!(position(text, offset, Columns::Utf16), utf16, "UTF-16 units");
        assert_eq!(position(text, offset, Columns::CodePoints), code_points, "code points");
    }

    #[test]
    fn columns_count_bytes_units_or_code_points() {
        check("a\nü🚀x", "x", [(2, 7), (2, 4), (2, 3)]);
    }

    #[test]
    fn a_tab_is_one_column() {
        check("\t\tx", "x", [(1, 3); 3]);
    }

    #[test]
    fn lines_end_at_any_line_break() {
        check("a\r\nb\rc\n\nx", "x", [(5, 1); 3]);
        check("a\r\nb\rc", "c", [(3, 1); 3]);
    }

    #[test]
    fn the_inside_of_a_line_break_is_the_end_of_its_line() {
        assert_eq!(position("ab\r\nc", 3, Columns::Utf8), (1, 3));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        check("\u{feff}x", "x", [(1, 1); 3]);
        assert_eq!(position("\u{feff}x", 0, Columns::Utf8), (1, 1));
    }

    #[test]
    fn the_end_of_a_text_is_a_place_with_and_without_a_line_break() {
        assert_eq!(position("ab", 2, Columns::Utf8), (1, 3));
        assert_eq!(position("ab\n", 3, Columns::Utf8), (2, 1));
        assert_eq!(position("", 0, Columns::Utf8), (1, 1));
    }

    #[test]
    fn an_offset_inside_of_a_character_is_the_character_s() {
        assert_eq!(position("ü", 1, Columns::CodePoints), (1, 1));
        assert_eq!(position("ü", 99, Columns::CodePoints), (1, 2));
    }

    proptest! {
        #[test]
        fn any_offset_is_where_a_recount_finds_it(text in "\u{feff}?[a\tü🚀\r\n]{0,40}") {
            let inside_break = |it: usize| text.as_bytes()[..it].ends_with(b"\r")
                && text.as_bytes()[it..].starts_with(b"\n");
            for offset in (0..=text.len()).filter(|it| text.is_char_boundary(*it)) {
                if inside_break(offset) {
                    continue;
                }
                for columns in [Columns::Utf8, Columns::Utf16, Columns::CodePoints] {
                    let found = position(&text, offset, columns);
                    prop_assert_eq!(found, recount(&text, offset, columns));
                }
            }
        }

        #[test]
        fn lines_and_breaks_make_up_the_text(text in "[ab\r\n]{0,30}") {
            let index = LineIndex::new(&text);
            let lines: Vec<_> = (0..index.lines.len()).map(|it| &text[index.line(it)]).collect();
            let normalised = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(lines.join("\n"), normalised);
        }
    }
}

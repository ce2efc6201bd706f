//! Offsets → lines and columns. The one place that counts, for every format.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::source::{FileId, SourceMap, Span};

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Bytes of UTF-8.
    Bytes,
    /// Units of UTF-16, as SARIF viewers and language servers count by default.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for SARIF and editors, tested with the rest")
    )]
    Utf16,
    /// Unicode code points, as most programs count.
    CodePoints,
}

/// A place as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line_number: usize,
    /// From 1.
    pub(crate) column_number: usize,
    /// Bytes from the start of the file.
    pub(crate) offset: usize,
}

/// Positions in the files of a run. The lines of a file are found when they are first asked for.
pub(crate) struct Positions<'a> {
    sources: &'a SourceMap,
    lines: HashMap<FileId, OnceCell<Vec<usize>>>,
}

impl<'a> Positions<'a> {
    /// Positions in these files.
    pub(crate) fn new(sources: &'a SourceMap) -> Self {
        let lines = sources.iter().map(|(file, _)| (file, OnceCell::new())).collect();
        Self { sources, lines }
    }

    /// Where a span starts.
    pub(crate) fn start(&self, span: Span, columns: Columns) -> Position {
        self.position(span.file, span.start as usize, columns)
    }

    /// Where a span ends: the place behind its last character.
    pub(crate) fn end(&self, span: Span, columns: Columns) -> Position {
        self.position(span.file, span.end as usize, columns)
    }

    /// The path of a span's file.
    pub(crate) fn path(&self, span: Span) -> &'a str {
        self.sources.file(span.file).path()
    }

    /// `path:line:column`, columns in code points.
    pub(crate) fn place(&self, span: Span) -> String {
        let Position { line_number, column_number, .. } = self.start(span, Columns::CodePoints);
        format!("{}:{line_number}:{column_number}", self.path(span))
    }

    /// `path:line`.
    pub(crate) fn line(&self, span: Span) -> String {
        let Position { line_number, .. } = self.start(span, Columns::Bytes);
        format!("{}:{line_number}", self.path(span))
    }

    fn position(&self, file: FileId, offset: usize, columns: Columns) -> Position {
        let text = self.sources.file(file).text();
        let offset = (0..=offset.min(text.len())).rev().find(|it| text.is_char_boundary(*it));
        let offset = offset.unwrap_or_default();
        let starts = match self.lines.get(&file) {
            Some(cell) => cell.get_or_init(|| line_starts(text)).as_slice(),
            None => &[0],
        };
        let line_index = starts.partition_point(|it| *it <= offset).saturating_sub(1);
        let before = &text[starts[line_index]..offset];
        let column_index = match columns {
            Columns::Bytes => before.len(),
            Columns::Utf16 => before.encode_utf16().count(),
            Columns::CodePoints => before.chars().count(),
        };
        Position { line_number: line_index + 1, column_number: column_index + 1, offset }
    }
}

/// Offsets at which lines start. `\n`, `\r\n` and a lone `\r` end a line.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (at, byte) in bytes.iter().enumerate() {
        let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        if ends {
            starts.push(at + 1);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_text(text: &str) {
        let mut sources = SourceMap::new();
        let file = sources.add("x", text);
        let positions = Positions::new(&sources);
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            // Another route: split the text before the place into lines and measure the last one.
            let unified = text[..offset].replace("\r\n", "\n");
            let half_newline = text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
            if half_newline {
                continue;
            }
            let unified = unified.replace('\r', "\n");
            let line = unified.rsplit('\n').next().unwrap();
            let line_number = unified.matches('\n').count() + 1;
            for (columns, len) in [
                (Columns::Bytes, line.len()),
                (Columns::CodePoints, line.chars().count()),
                (Columns::Utf16, line.chars().map(char::len_utf16).sum()),
            ] {
                let expect = Position { line_number, column_number: len + 1, offset };
                let found = positions.start(Span::new(file, offset, offset), columns);
                assert_eq!(found, expect, "{text:?} at {offset}, {columns:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_line_is_counted() {
        for text in ["", "a", "a\nb", "a\r\nb\r\n", "é\t😀x\n\u{feff}y", "a\rb\n\rc"] {
            check_text(text);
        }
    }

    proptest! {
        #[test]
        fn positions_agree_with_another_computation(text in "[a\u{e9}\u{1f600}\t\r\n ]{0,40}") {
            check_text(&text);
        }
    }
}

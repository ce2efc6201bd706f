//! Labels → excerpts: which lines of which file are shown, cut to the width of the terminal.
//!
//! An excerpt is a small text of its own: tabs are spaces, control characters are visible, and
//! lines that are too long are cut around their labels. Its labels are ranges of that text.

use std::ops::Range;

use crate::diagnostic::Label;
use crate::report::options::Drawing;
use crate::report::position::{LineIndex, Positions};
use crate::report::text::{char_width, one_line, visible, width, wrap};
use crate::source::{FileId, SourceMap, Span};

/// A label over more lines shows its first line only: it marks a block, and its head says which.
const LABEL_LINES_MAX: usize = 4;
/// Labels with more lines between them stand in excerpts of their own.
const GAP_LINES_MAX: usize = 2;
/// Bytes of a long line before and behind its labels that may be shown.
const NEAR_BYTES: usize = 2_048;

/// Lines that one excerpt has at most.
const EXCERPT_LINES_MAX: usize = 12;
/// Columns to the next tab stop.
const TAB_COLUMNS: usize = 4;
/// Columns of a cut line that stand before its label.
const LEAD_COLUMNS: usize = 12;
/// Columns that the text of a label gets, where the source can be moved to make room.
const LABEL_COLUMNS: usize = 36;
/// Columns between an underline and the text that hangs from it: `╰── `.
const HOOK_COLUMNS: usize = 4;

/// Some lines of a file with labels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// `path:line:column` of its most important label.
    pub(super) place: String,
    /// Number of its first line, from 1.
    pub(super) first_line_number: usize,
    /// Number of its last line.
    pub(super) last_line_number: usize,
    /// The lines as shown, each with a `\n`.
    pub(super) text: String,
    /// Its labels in the order of their places.
    pub(super) labels: Vec<ExcerptLabel>,
}

/// A label in the text of an excerpt.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ExcerptLabel {
    /// Bytes of the excerpt's text.
    pub(super) range: Range<usize>,
    /// What is to be seen there, broken into lines; may be empty.
    pub(super) text: String,
    /// Whether it is the diagnostic's primary label.
    pub(super) is_primary: bool,
}

/// How excerpts are laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Columns of the terminal.
    pub(super) columns: usize,
    /// What stands for what was cut off.
    pub(super) drawing: Drawing,
}

/// The excerpts that show all labels, the primary one's first, then in the order of the labels.
pub(super) fn excerpts(
    primary: &Label,
    related: &[Label],
    sources: &SourceMap,
    positions: &Positions<'_>,
    layout: Layout,
) -> Vec<Excerpt> {
    let mut groups: Vec<Vec<Mark>> = Vec::new();
    for (idx, label) in std::iter::once(primary).chain(related).enumerate() {
        let index = positions.index(label.span.file);
        let mark = Mark::new(label, idx == 0, sources, &index);
        let same =
            groups.iter_mut().flatten().find(|it| it.bytes == mark.bytes && it.file == mark.file);
        if let Some(same) = same {
            same.add_text(&mark.text);
            continue;
        }
        match groups.iter_mut().find(|it| fits(it, &mark)) {
            Some(group) => group.push(mark),
            None => groups.push(vec![mark]),
        }
    }
    let excerpt = |group: Vec<Mark>| {
        let file = group[0].file;
        let page = Page { text: sources.file(file).text(), index: &positions.index(file), layout };
        page.excerpt(group, |span| one_line(&positions.place(span)))
    };
    groups.into_iter().map(excerpt).collect()
}

/// A label and the lines it is on.
#[derive(Debug)]
struct Mark {
    file: FileId,
    /// Bytes of the file.
    bytes: Range<usize>,
    /// Indexes of the first and the last line.
    lines: (usize, usize),
    text: String,
    is_primary: bool,
}

impl Mark {
    fn new(label: &Label, is_primary: bool, sources: &SourceMap, index: &LineIndex) -> Self {
        let text = sources.file(label.span.file).text();
        let mut start = text.floor_char_boundary(label.span.range().start);
        // A block's span may hold the line break behind it; the label does not.
        let mut end = start + sources.text(label.span).trim_end().len();
        let first = index.line_idx(start);
        // A place in a line break is the end of its line; one in a byte order mark, its start.
        start = start.clamp(index.line(first).start, index.line(first).end);
        end = end.max(start);
        let mut last = index.line_idx(end);
        if last - first >= LABEL_LINES_MAX {
            (last, end) = (first, index.line(first).end);
        }
        let text = one_line(&label.text);
        let bytes = start..end;
        Self { file: label.span.file, bytes, lines: (first, last), text, is_primary }
    }

    fn add_text(&mut self, text: &str) {
        if self.text.is_empty() {
            self.text = text.to_owned();
        } else if !text.is_empty() && self.text != text {
            self.text += "; ";
            self.text += text;
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.bytes.start < other.bytes.end.max(other.bytes.start + 1)
            && other.bytes.start < self.bytes.end.max(self.bytes.start + 1)
    }
}

/// Whether a label can stand in the excerpt of others.
fn fits(group: &[Mark], mark: &Mark) -> bool {
    let first = group.iter().map(|it| it.lines.0).min().unwrap_or_default();
    let last = group.iter().map(|it| it.lines.1).max().unwrap_or_default();
    let is_near = mark.lines.0 <= last + GAP_LINES_MAX + 1
        && first <= mark.lines.1 + GAP_LINES_MAX + 1
        && mark.lines.1.max(last) - mark.lines.0.min(first) < EXCERPT_LINES_MAX;
    let is_apart = group.iter().all(|it| !it.overlaps(mark));
    // Two labels on one line must both be visible; where the line is long, they get two excerpts.
    let is_visible = group.iter().all(|it| {
        it.lines.0 != mark.lines.0 || it.bytes.start.abs_diff(mark.bytes.start) < LABEL_COLUMNS
    });
    group[0].file == mark.file && is_near && is_apart && is_visible
}

/// A file to take excerpts from.
struct Page<'a> {
    text: &'a str,
    index: &'a LineIndex,
    layout: Layout,
}

impl Page<'_> {
    fn excerpt(&self, mut marks: Vec<Mark>, place: impl Fn(Span) -> String) -> Excerpt {
        let Range { start, end } = marks[0].bytes;
        let place = place(Span::new(marks[0].file, start, end));
        marks.sort_by_key(|it| (it.bytes.start, it.bytes.end));
        let first = marks.iter().map(|it| it.lines.0).min().unwrap_or_default();
        let last = marks.iter().map(|it| it.lines.1).max().unwrap_or_default();
        let mut text = String::new();
        let mut ranges = vec![0..0; marks.len()];
        let mut texts = vec![String::new(); marks.len()];
        for line_idx in first..=last {
            let on_line: Vec<usize> = (0..marks.len())
                .filter(|it| (marks[*it].lines.0..=marks[*it].lines.1).contains(&line_idx))
                .collect();
            let line = self.line(line_idx, &on_line, &marks, last + 1);
            for idx in on_line {
                let mark = &marks[idx];
                if mark.lines.0 == line_idx {
                    ranges[idx] = text.len() + line.byte(mark.bytes.start)..0;
                    texts[idx] = line.label_text(mark, self.room(last + 1));
                }
                if mark.lines.1 == line_idx {
                    ranges[idx].end = text.len() + line.byte(mark.bytes.end);
                }
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        let labels = marks.iter().zip(ranges).zip(texts).map(|((mark, range), text)| {
            let is_primary = mark.is_primary;
            ExcerptLabel { range, text, is_primary }
        });
        let labels = labels.collect();
        Excerpt { place, first_line_number: first + 1, last_line_number: last + 1, text, labels }
    }

    /// Columns that source text gets beside line numbers and frame.
    fn room(&self, last_line_number: usize) -> usize {
        let gutter = last_line_number.to_string().len() + 4;
        self.layout.columns.saturating_sub(gutter + 1).max(20)
    }

    /// The bytes of a line that its labels may show: a file may be one line of megabytes.
    fn near(&self, line_idx: usize, on_line: &[usize], marks: &[Mark]) -> Range<usize> {
        let line = self.index.line(line_idx);
        if line.len() <= 4 * NEAR_BYTES {
            return line;
        }
        let labels = on_line.iter().map(|it| marks[*it].bytes.start.max(line.start));
        let first = labels.clone().min().unwrap_or(line.start);
        let last = labels.max().unwrap_or(line.start);
        let start = first.saturating_sub(NEAR_BYTES).max(line.start);
        let end = (last + NEAR_BYTES).min(line.end);
        self.text.floor_char_boundary(start)..self.text.ceil_char_boundary(end)
    }

    fn line(&self, line_idx: usize, on_line: &[usize], marks: &[Mark], last: usize) -> Line {
        let bytes = self.near(line_idx, on_line, marks);
        // What stands before is cut off, however many columns it has.
        let mut column = bytes.start - self.index.line(line_idx).start;
        let mut cells = Vec::new();
        for (idx, it) in self.text[bytes.clone()].char_indices() {
            let (shown, columns) = match it {
                '\t' => (' ', TAB_COLUMNS - column % TAB_COLUMNS),
                it => (visible(it), char_width(visible(it))),
            };
            cells.push(Cell { offset: bytes.start + idx, shown, column, columns });
            column += columns;
        }
        // A label over several lines has its arrow beside the source.
        let arrow = marks.iter().any(|it| it.lines.0 != it.lines.1);
        let room = self.room(last).saturating_sub(if arrow { 5 } else { 0 });
        let starting = on_line.iter().map(|it| &marks[*it]).filter(|it| it.lines.0 == line_idx);
        let column_of = |offset: usize| {
            cells.iter().find(|it| it.offset >= offset).map_or(column, |it| it.column)
        };
        let wanted: Vec<Wanted> = starting
            .map(|it| Wanted {
                start: column_of(it.bytes.start),
                end: column_of(it.bytes.end),
                text: width(&it.text),
            })
            .collect();
        // What follows behind the bytes that were looked at is cut off, too.
        let rest = self.index.line(line_idx).end - bytes.end;
        let start = window_start(column + rest, room, &wanted);
        let ellipsis = match self.layout.drawing {
            Drawing::Unicode => "…",
            Drawing::Ascii => "...",
        };
        cut_line(&cells, start..start + room, ellipsis)
    }
}

/// A character of a line.
struct Cell {
    offset: usize,
    shown: char,
    column: usize,
    columns: usize,
}

/// What a line must show.
struct Wanted {
    start: usize,
    end: usize,
    /// Columns of the label's text.
    text: usize,
}

/// The first column to show of a line with `columns` columns, of which `room` can be shown.
fn window_start(columns: usize, room: usize, wanted: &[Wanted]) -> usize {
    let (Some(first), Some(end)) =
        (wanted.iter().map(|it| it.start).min(), wanted.iter().map(|it| it.end).max())
    else {
        return 0;
    };
    // The text of a label hangs from the middle of its underline.
    let hanging = wanted.iter().filter(|it| it.text > 0).map(|it| {
        let middle = it.start + (it.end.min(it.start + room) - it.start) / 2;
        middle + HOOK_COLUMNS + it.text.min(LABEL_COLUMNS)
    });
    let needed = hanging.max().unwrap_or_default();
    let needed = if columns > room { needed.max(end + 2) } else { needed };
    needed.saturating_sub(room).min(first.saturating_sub(LEAD_COLUMNS))
}

/// A line as shown.
struct Line {
    text: String,
    /// Bytes of the file and of `text` where each shown character starts, ascending in both.
    starts: Vec<(usize, usize)>,
    /// Bytes of `text` where its source ends.
    end: usize,
}

impl Line {
    /// Where an offset of the file is in the shown text, or the nearest place that is shown.
    fn byte(&self, offset: usize) -> usize {
        let idx = self.starts.partition_point(|(it, _)| *it < offset);
        self.starts.get(idx).map_or(self.end, |(_, byte)| *byte)
    }

    /// The text of a label, broken so that it fits beside the underline it hangs from.
    fn label_text(&self, mark: &Mark, room: usize) -> String {
        let start = width(&self.text[..self.byte(mark.bytes.start)]);
        let end = width(&self.text[..self.byte(mark.bytes.end)]);
        // The text of a label over several lines stands below its last line, at the left.
        let middle =
            if mark.lines.0 == mark.lines.1 { start + (end.max(start) - start) / 2 } else { 4 };
        wrap(&mark.text, room.saturating_sub(middle + HOOK_COLUMNS).max(24)).join("\n")
    }
}

fn cut_line(cells: &[Cell], window: Range<usize>, ellipsis: &str) -> Line {
    let columns = cells.last().map_or(0, |it| it.column + it.columns);
    let mut line = Line { text: String::new(), starts: Vec::new(), end: 0 };
    let (mut start, mut end) = (window.start, window.end);
    if start > 0 {
        line.text.push_str(ellipsis);
        start += width(ellipsis);
    }
    let is_cut = columns > end;
    if is_cut {
        end -= width(ellipsis);
    }
    for cell in cells.iter().filter(|it| it.column >= start && it.column + it.columns <= end) {
        line.starts.push((cell.offset, line.text.len()));
        match cell.shown {
            ' ' => line.text.extend(std::iter::repeat_n(' ', cell.columns)),
            shown => line.text.push(shown),
        }
    }
    line.end = line.text.len();
    if is_cut {
        line.text.push_str(ellipsis);
    }
    line
}

//! Lines of a text, and what stands on them.

use std::ops::Range;

/// Where the line of a byte begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |it| it + 1)
}

/// Where the line of a byte ends: in front of its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

/// Where the line after that of a byte begins.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |it| at + it + 1)
}

/// The line break that a text uses.
pub(super) fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// What stands in front of a byte on its line.
pub(super) fn before(text: &str, at: usize) -> &str {
    &text[line_start(text, at)..at]
}

/// Whether nothing but blanks or a comment stands behind a byte on its line.
pub(super) fn ends_line(text: &str, at: usize) -> bool {
    let rest = text[at..line_end(text, at)].trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// The whole lines of some bytes. Of the last line of a text without a line break at its end, the
/// one in front of it goes.
pub(super) fn lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = line_start(text, range.start);
    let end = next_line(text, range.end);
    let is_open = end == text.len() && !text.ends_with('\n');
    match text[..start].strip_suffix('\n') {
        Some(before) if is_open => before.strip_suffix('\r').unwrap_or(before).len()..end,
        _ => start..end,
    }
}

/// A line to be put behind the line of a byte, as the place and the text of an edit.
pub(super) fn line_behind(text: &str, at: usize, line: &str) -> (usize, String) {
    let end = line_end(text, at);
    (end, format!("{}{line}", line_break(text)))
}

//! Which lines a comment is about, and which blocks enclose a label.

use std::ops::Range;

use crate::document::Node;
use crate::source::{FileId, Span};

/// One line of a file, as bytes without the line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) file: FileId,
    pub(super) range: Range<usize>,
}

impl Line {
    /// The line a comment is about: its own when something stands before it there, else the next
    /// one that is not a comment too. `None` for a comment at the end of the file. `comments` are
    /// the offsets at which all of them start, sorted.
    pub(super) fn of_comment(text: &str, comment: Span, comments: &[usize]) -> Option<Self> {
        let mut range = around(text, comment.range().start);
        if !text[range.start..comment.range().start].trim().is_empty() {
            return Some(Self { file: comment.file, range });
        }
        range = around(text, comment.range().end);
        loop {
            let start = range.end + text[range.end..].find('\n')? + 1;
            range = around(text, start);
            let first = range.start + indent(&text[range.clone()]);
            if comments.binary_search(&first).is_err() {
                return Some(Self { file: comment.file, range });
            }
        }
    }

    /// Whether a part of a span stands on this line.
    pub(super) fn carries(&self, span: Span) -> bool {
        let is_here = span.range().start <= self.range.end && self.range.start <= span.range().end;
        // A span that ends with a line break does not stand on the line after it.
        let ends_before = span.range().end == self.range.start && span.start < span.end;
        span.file == self.file && is_here && !ends_before
    }

    fn holds(&self, offset: usize) -> bool {
        (self.range.start..=self.range.end).contains(&offset)
    }

    /// Whether this is the line with the key or header of a block that encloses a label. `root` is
    /// the tree of the label's file.
    pub(super) fn heads_block_of(&self, label: Span, root: &Node) -> bool {
        if label.file != self.file {
            return false;
        }
        let mut starts = Vec::new();
        let offset = label.range().start;
        let found = enclosing(&mut starts, root, offset, Match::Leaf)
            || enclosing(&mut starts, root, offset, Match::Container);
        found && starts.iter().any(|it| self.holds(*it))
    }
}

/// The line that holds an offset.
fn around(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |it| it + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |it| offset + it);
    start..end
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Which values count as the place of an offset.
#[derive(Clone, Copy)]
enum Match {
    /// Keys and plain values. Their spans are exact in every format.
    Leaf,
    /// Lists and maps too. In some formats their spans are only headers, or reach too far.
    Container,
}

/// Collects where the keys and list elements around an offset start; false when it is in none.
fn enclosing(starts: &mut Vec<usize>, node: &Node, offset: usize, by: Match) -> bool {
    let is_in = |span: Span| span.range().contains(&offset) || span.range().end == offset;
    for entry in node.entries() {
        if is_in(entry.key.span) || enclosing(starts, &entry.value, offset, by) {
            // The key of `[[vm]]` stands in the header of the first element and heads only that.
            let heads_element = |it: &Node| it.span.contains(entry.key.span);
            if !entry.value.elements().iter().any(heads_element) {
                starts.push(entry.key.span.range().start);
            }
            return true;
        }
    }
    for element in node.elements() {
        if enclosing(starts, element, offset, by) {
            starts.push(element.span.range().start);
            return true;
        }
    }
    let is_leaf = node.entries().is_empty() && node.elements().is_empty();
    match by {
        Match::Leaf => is_leaf && is_in(node.span),
        Match::Container => is_in(node.span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[track_caller]
    fn check(text: &str, comment: &str, expect: Option<&str>) {
        let file = SourceMap::new().add("x", text);
        let comments: Vec<_> = text
            .match_indices('#')
            .map(|(start, _)| Span::new(file, start, around(text, start).end))
            .collect();
        let at = text.find(comment).unwrap();
        let comment = comments.iter().find(|it| it.range().start == at).unwrap();
        let starts: Vec<_> = comments.iter().map(|it| it.range().start).collect();
        let line = Line::of_comment(text, *comment, &starts);
        assert_eq!(line.map(|it| &text[it.range]), expect);
    }

    #[test]
    fn a_comment_after_a_value_is_about_its_own_line() {
        check("a = 1 # one\nb = 2", "# one", Some("a = 1 # one"));
    }

    #[test]
    fn a_comment_alone_is_about_the_next_line_that_is_no_comment() {
        check("# one\n  # two\nb = 2\n", "# one", Some("b = 2"));
        check("# one\n\nb = 2\n", "# one", Some(""));
        check("b = 2\n# one", "# one", None);
    }
}

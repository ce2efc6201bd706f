//! Addresses and positions of the protocol ↔ paths and bytes.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::{Location, Position, Range, Uri};

use crate::report::position::{Columns, LineIndex, Positions};
use crate::source::Span;

/// The path of a `file:` address.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.bytes();
    while let Some(byte) = left.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [left.next()?, left.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    Some(PathBuf::from(String::from_utf8(bytes).ok()?))
}

/// The `file:` address of an absolute path.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    for byte in path.to_str()?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri::from_str(&text).ok()
}

/// The range of a span.
pub(super) fn range(positions: &Positions<'_>, span: Span) -> Range {
    let position = |it: crate::report::position::Position| {
        let number = |it: usize| u32::try_from(it.saturating_sub(1)).unwrap_or(u32::MAX);
        Position::new(number(it.line_number), number(it.column_number))
    };
    Range::new(position(positions.start(span)), position(positions.end(span)))
}

/// The byte of a position; one behind the end of a line is that end.
pub(super) fn offset(text: &str, columns: Columns, at: Position) -> usize {
    let index = LineIndex::new(text);
    let lines = index.line_idx(text.len()) + 1;
    let line_idx = at.line as usize;
    if line_idx >= lines {
        return text.len();
    }
    let line = index.line(line_idx);
    let mut left = at.character as usize;
    for (offset, character) in text[line.clone()].char_indices() {
        let len = match columns {
            Columns::Utf8 => character.len_utf8(),
            Columns::Utf16 => character.len_utf16(),
            Columns::CodePoints => 1,
        };
        if left < len {
            return line.start + offset;
        }
        left -= len;
    }
    line.end
}

/// The length of a text in the columns of a client.
pub(super) fn length(columns: Columns, text: &str) -> u32 {
    let length = match columns {
        Columns::Utf8 => text.len(),
        Columns::Utf16 => text.chars().map(char::len_utf16).sum(),
        Columns::CodePoints => text.chars().count(),
    };
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A place in a file below a folder.
pub(super) fn location(base: &Path, positions: &Positions<'_>, span: Span) -> Option<Location> {
    let uri = uri_of(&base.join(positions.path(span)))?;
    Some(Location::new(uri, range(positions, span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_two_ways_to_say_the_same() {
        for path in ["/a/b.toml", "/a b/ü#?%.yaml", "/"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_of(&uri), Some(PathBuf::from(path)), "{}", uri.as_str());
        }
        let other = Uri::from_str("untitled:Untitled-1").unwrap();
        assert_eq!(path_of(&other), None);
    }

    #[test]
    fn a_position_is_a_byte_in_every_encoding() {
        let text = "a\r\nü🚀x\n";
        let x = text.find('x').unwrap();
        assert_eq!(offset(text, Columns::Utf16, Position::new(1, 3)), x);
        assert_eq!(offset(text, Columns::Utf8, Position::new(1, 6)), x);
        assert_eq!(offset(text, Columns::Utf16, Position::new(0, 99)), 1);
        assert_eq!(offset(text, Columns::Utf16, Position::new(99, 0)), text.len());
    }
}

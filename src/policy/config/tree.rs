//! TOML text → a tree, for opslint.toml, `--set` and baseline files.

use super::problems;
use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::parse::{self, Syntax};
use crate::source::{FileId, Span};

/// Where a text stands in its file: the whole of it, or a part such as one `--set`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: FileId,
    /// Offset of the text's first byte there.
    pub(crate) offset: usize,
}

impl Place {
    /// The whole of a file.
    pub(crate) fn whole(file: FileId) -> Self {
        Self { file, offset: 0 }
    }

    /// The place of bytes of the text.
    pub(crate) fn span(self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, self.offset + range.start, self.offset + range.end)
    }
}

/// The tree of a TOML text; syntax errors are added to `acc`. A syntax error costs its own line.
pub(crate) fn parse(acc: &mut Vec<Diagnostic>, place: Place, text: &str) -> Node {
    // Blanks before a text mean nothing in TOML, and with them its bytes have their final offsets.
    let text = format!("{}{text}", " ".repeat(place.offset));
    let document = parse::document(Syntax::Toml, place.file, &text);
    acc.extend(document.problems.into_iter().map(problems::syntax));
    document.root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn keys_are_in_file_order_and_spans_are_exact() {
        let text = "z = 1\n[t.b]\nk = \"v\"\n[[t.a]]\nd = 2027-01-01\n";
        let mut sources = SourceMap::new();
        let file = sources.add("x", text);
        let mut acc = Vec::new();
        let root = parse(&mut acc, Place::whole(file), text);
        assert!(acc.is_empty());
        let keys: Vec<_> = root.entries().iter().map(|it| it.key.value.as_str()).collect();
        assert_eq!(keys, ["z", "t"]);
        let value = root.at(&["t", "b", "k"]).unwrap();
        assert_eq!((sources.text(value.span), value.as_str()), ("\"v\"", Some("v")));
        let date = root.at(&["t", "a"]).unwrap().elements()[0].get("d").unwrap();
        assert_eq!(date.as_str(), Some("2027-01-01"));
        assert_eq!(sources.text(root.at(&["t", "b"]).unwrap().span), "[t.b]");
    }

    #[test]
    fn a_syntax_error_costs_its_own_line() {
        let text = "a = 1\nb = = 2\nc = 3\n";
        let mut sources = SourceMap::new();
        let file = sources.add("x", text);
        let mut acc = Vec::new();
        let root = parse(&mut acc, Place::whole(file), text);
        assert!(root.get("a").is_some() && root.get("c").is_some());
        let line = text[..acc[0].primary.span.range().start].matches('\n').count();
        assert_eq!(line, 1, "{acc:?}");
    }
}

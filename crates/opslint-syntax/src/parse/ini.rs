//! Ini files as uWSGI reads them: sections in brackets, `key = value` lines, and keys alone.
//!
//! A line is one entry, a key may stand several times, and a comment has a line of its own.
//! Source: `uwsgi_ini_config` in <https://github.com/unbit/uwsgi/blob/uwsgi-2.0/core/ini.c>

use crate::document::{Document, Entry, Node, NodeKind, Syntax, Text};
use crate::source::{FileId, Span, Spanned};

/// Parses an ini file: a map of sections, each a map of keys. What stands in front of the first
/// section counts for nobody, and is left out.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut sections: Vec<Entry> = Vec::new();
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        let span = Span::new(file, at, at + content.len());
        if content.is_empty() {
            continue;
        }
        if content.starts_with([';', '#']) {
            comments.push(span);
        } else if let Some(name) = content.strip_prefix('[') {
            let name = name.split(']').next().unwrap_or_default();
            let key = Spanned::new(name.to_owned(), span);
            sections.push(Entry { key, value: Node::new(NodeKind::Map(Vec::new()), span) });
        } else if let Some(NodeKind::Map(entries)) =
            sections.last_mut().map(|it| &mut it.value.kind)
        {
            entries.push(entry(span, content));
        }
    }
    let root = Node::new(NodeKind::Map(sections), Span::new(file, 0, text.len()));
    Document { file, syntax: Syntax::Ini, root, problems: Vec::new(), comments }
}

/// The entry of a line; a key alone has no value.
fn entry(line: Span, content: &str) -> Entry {
    let (file, at) = (line.file, line.start as usize);
    let (key, value) = content.split_once('=').map_or((content, None), |(a, b)| (a, Some(b)));
    let name = key.trim_end();
    let key_span = Span::new(file, at, at + name.len());
    let node = match value {
        Some(value) => {
            let start = at + key.len() + 1 + (value.len() - value.trim_start().len());
            let (text, end) = (value.trim(), at + content.len());
            let span = Span::new(file, start.min(end), end);
            Node::new(NodeKind::String(Text::verbatim(text, span, start.min(end))), span)
        }
        None => Node::new(NodeKind::Null, Span::new(file, at + name.len(), at + name.len())),
    };
    Entry { key: Spanned::new(name.to_owned(), key_span), value: node }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn lines_are_entries_with_their_places() {
        let text =
            "a=0\r\n[uwsgi]\r\n; one\r\n  processes = 4 \r\nmaster\r\nempty =\r\n[x]\r\nb=c=d";
        let mut sources = SourceMap::new();
        let file = sources.add("uwsgi.ini", text);
        let document = document(file, text);
        let processes = document.root.at(&["uwsgi", "processes"]).unwrap();
        assert_eq!((processes.as_str(), sources.text(processes.span)), (Some("4"), "4"));
        assert_eq!(
            document.root.at(&["uwsgi", "master"]).map(|it| &it.kind),
            Some(&NodeKind::Null)
        );
        assert_eq!(document.root.at(&["uwsgi", "empty"]).and_then(Node::as_str), Some(""));
        assert_eq!(document.root.at(&["x", "b"]).and_then(Node::as_str), Some("c=d"));
        assert_eq!(document.root.get("a"), None);
        assert_eq!(document.comments.len(), 1);
        for end in 0..text.len() {
            super::document(file, &text[..end]);
        }
    }
}

//! Any configuration file as one tree with a span on every key and value.
//!
//! Formats differ in syntax only: TOML, YAML, JSON, Procfile and Python settings all become a
//! [`Document`]. What a parser could not read is a problem beside the tree, never a missing tree.

use crate::diagnostic::Diagnostic;
use crate::fact::Unknown;
use crate::source::{FileId, Span, Spanned};

/// The syntax of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// TOML 1.1.
    Toml,
    /// YAML 1.2, first document.
    Yaml,
    /// Every document of a YAML file, as a list of them. Its tree is one of [`Syntax::Yaml`].
    YamlStream,
    /// JSON, comments and trailing commas allowed.
    Json,
    /// `name: command` lines.
    Procfile,
    /// Instructions with their arguments; names are in upper case.
    Dockerfile,
    /// Units of systemd: sections of `Key=value` lines.
    Unit,
    /// Ini files as uWSGI reads them: sections of `key = value` lines.
    Ini,
    /// Configuration of nginx: directives and blocks.
    Nginx,
    /// Sections of `key = value` lines as Python's `configparser` reads them. Its tree is one of
    /// [`Syntax::Unit`].
    ConfigParser,
    /// Files of environment variables: `NAME=value` lines.
    Env,
    /// Python, of which only top-level assignments of literals are values.
    Python,
}

impl Syntax {
    /// The syntax that a path's extension stands for.
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        match extension {
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "py" => Some(Self::Python),
            _ => None,
        }
    }
}

/// One parsed file: what was understood of it, and what was not.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// The syntax that it was read as.
    pub syntax: Syntax,
    /// The tree; an empty map when nothing was understood.
    pub root: Node,
    /// What the parser could not read, with positions.
    pub problems: Vec<Diagnostic>,
    /// Comments, in file order: suppressions are written in them.
    pub comments: Vec<Span>,
}

/// A value in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The bytes of the value without its key, quotes included.
    pub span: Span,
}

/// The kinds of value that configuration files have.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`, `~`, or a key without a value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or exponent, or one too large for 64 bits.
    Float(f64),
    /// Text, with escapes decoded.
    String(Text),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in file order. Keys may repeat where the format allows it.
    Map(Vec<Entry>),
    /// Something only a run can tell: a Python expression, `${self:custom.x}`, `{{ template }}`.
    Dynamic(String),
}

/// A key and its value in a [`NodeKind::Map`].
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; its span is the key's own bytes.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// An entry that nobody wrote as one: its key has the place of its value.
    pub fn of(key: &str, value: Node) -> Self {
        Self { key: Spanned::new(key.to_owned(), value.span), value }
    }

    /// From the key's first byte to the value's last.
    pub fn span(&self) -> Span {
        self.key.span.cover(self.value.span)
    }
}

/// Decoded text that remembers which source bytes each of its bytes came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The decoded text.
    pub value: String,
    /// Runs of bytes that stand in the source as they are in `value`, ascending in both.
    segments: Vec<Segment>,
    /// What of it is only known at run time, ascending.
    gaps: Box<[Gap]>,
    /// The literal in the file, quotes included.
    span: Span,
}

/// A part of a text that is only known at run time: [`Gap::SIGN`] stands for it in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Offset of its sign in the decoded text.
    pub at: usize,
    /// What is written: `${PORT}`, `%i`.
    pub written: String,
    /// Where it is written.
    pub span: Span,
    /// Why it is not known.
    pub unknown: Unknown,
}

impl Gap {
    /// What is shown of it.
    pub const SIGN: char = '…';

    /// The bytes of its sign in the decoded text.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.at..self.at + Self::SIGN.len_utf8()
    }

    /// The same gap in a text that starts `from` bytes later, and has `to` bytes in front.
    fn moved(&self, from: usize, to: usize) -> Self {
        Self { at: self.at - from + to, ..self.clone() }
    }
}

/// `len` bytes that are the same in the decoded text and in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Offset in the decoded text.
    pub decoded: usize,
    /// Offset in the file.
    pub source: usize,
    /// Length in bytes, the same in both.
    pub len: usize,
}

impl Text {
    /// Text written at `span`, with the runs a parser found. Without runs, every place in the text
    /// is the whole literal.
    pub fn new(value: impl Into<String>, span: Span, segments: Vec<Segment>) -> Self {
        Self { value: value.into(), segments, gaps: Box::default(), span }
    }

    /// Text that stands in the file byte for byte from `source` on.
    pub fn verbatim(value: impl Into<String>, span: Span, source: usize) -> Self {
        let value = value.into();
        let segments = vec![Segment { decoded: 0, source, len: value.len() }];
        Self { value, segments, gaps: Box::default(), span }
    }

    /// The literal in the file.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The part `range` of the text, which is written where that part is written.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        let part = |it: &Segment| {
            let start = it.decoded.max(range.start);
            let end = (it.decoded + it.len).min(range.end);
            let source = it.source + start.saturating_sub(it.decoded);
            let len = end.checked_sub(start).filter(|it| *it > 0)?;
            Some(Segment { decoded: start - range.start, source, len })
        };
        Self {
            value: self.value.get(range.clone()).unwrap_or_default().to_owned(),
            segments: self.segments.iter().filter_map(part).collect(),
            gaps: self.gaps_in(range.clone()).map(|it| it.moved(range.start, 0)).collect(),
            span: self.span_of(range.clone()),
        }
    }

    /// The same text, of which these parts are only known at run time. Each has its sign in it.
    #[must_use]
    pub fn with_gaps(self, gaps: Vec<Gap>) -> Self {
        Self { gaps: gaps.into(), ..self }
    }

    /// What of the text is only known at run time, in its order.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn gaps_in(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = &Gap> {
        self.gaps.iter().filter(move |it| range.start <= it.at && it.range().end <= range.end)
    }

    /// The text as it is written: with `${PORT}` in place of what is only known at run time.
    pub fn as_written(&self) -> String {
        let mut written = self.value.clone();
        for gap in self.gaps.iter().rev() {
            written.replace_range(gap.range(), &gap.written);
        }
        written
    }

    /// Texts one behind the other as one, which is written at `span`.
    pub fn joined(parts: impl IntoIterator<Item = Self>, span: Span) -> Self {
        let (mut value, mut segments, mut gaps) = (String::new(), Vec::new(), Vec::new());
        for part in parts {
            let shift = value.len();
            segments.extend(
                part.segments.iter().map(|it| Segment { decoded: it.decoded + shift, ..*it }),
            );
            gaps.extend(part.gaps.iter().map(|it| it.moved(0, shift)));
            value.push_str(&part.value);
        }
        Self { value, segments, gaps: gaps.into(), span }
    }

    /// The text with `to` in place of each `from`, which is an escape of it: what stands around
    /// keeps its place.
    #[must_use]
    pub fn unescaped(&self, from: &str, to: &str) -> Self {
        let mut parts = Vec::new();
        let mut at = 0;
        for (start, escape) in self.value.match_indices(from).chain([(self.value.len(), "")]) {
            parts.push(self.slice(at..start));
            if !escape.is_empty() {
                parts.push(Self::new(to, self.span, Vec::new()));
            }
            at = start + escape.len();
        }
        Self::joined(parts, self.span)
    }

    /// A text of which pieces stand in this one, each from a byte of `value` on: a text with its
    /// variables filled in, whose defaults are written here and whose values are not.
    #[must_use]
    pub fn filled(
        &self,
        value: impl Into<String>,
        pieces: &[(usize, std::ops::Range<usize>)],
    ) -> Self {
        let segments = pieces.iter().flat_map(|(at, range)| {
            let own = self.slice(range.clone()).segments.into_iter();
            own.map(move |it| Segment { decoded: it.decoded + at, ..it })
        });
        Self::new(value, self.span, segments.collect())
    }

    /// The source bytes of `range` of the decoded text; the whole literal where they are not known.
    pub fn span_of(&self, range: std::ops::Range<usize>) -> Span {
        let Some(start) = self.source_start(range.start) else { return self.span };
        let end = if range.end > range.start { self.source_end(range.end) } else { start };
        match start <= end {
            true => Span::new(self.span.file, start, end),
            false => self.span,
        }
    }

    /// Where a byte of the text starts: in its run, or in the escape behind the run before it.
    fn source_start(&self, decoded: usize) -> Option<usize> {
        if let Some(gap) = self.gaps.iter().find(|it| it.at == decoded) {
            return Some(gap.span.start as usize);
        }
        let idx = self.segments.partition_point(|it| it.decoded <= decoded).checked_sub(1)?;
        let segment = self.segments[idx];
        Some(segment.source + (decoded - segment.decoded).min(segment.len))
    }

    /// Where the text before `decoded` ends: in its run, or where the run after an escape starts.
    fn source_end(&self, decoded: usize) -> usize {
        if let Some(gap) = self.gaps.iter().find(|it| it.range().end == decoded) {
            return gap.span.end as usize;
        }
        let next = self.segments.partition_point(|it| it.decoded < decoded);
        let run = next.checked_sub(1).map(|idx| self.segments[idx]);
        match run.filter(|it| decoded <= it.decoded + it.len) {
            Some(run) => run.source + (decoded - run.decoded),
            None => self.segments.get(next).map_or(self.span.end as usize, |it| it.source),
        }
    }
}

impl Node {
    /// What a copy of it costs, in bytes: those of its texts, and some for each value.
    pub fn weight(&self) -> usize {
        let own = self.as_str().map_or(0, str::len) + size_of::<Self>();
        let elements = self.elements().iter().map(Self::weight);
        let entries = self.entries().iter().map(|it| it.key.value.len() + it.value.weight());
        elements.chain(entries).sum::<usize>() + own
    }

    /// A value written at `span`.
    pub fn new(kind: NodeKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// The entries of a map, empty for every other kind.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list, empty for every other kind.
    pub fn elements(&self) -> &[Node] {
        match &self.kind {
            NodeKind::List(elements) => elements,
            _ => &[],
        }
    }

    /// The last entry of a map with this key: where a format allows a key twice, the last one wins.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        // Keys of one map often differ in their last letter alone, which is quickly looked at: a map
        // may be long, and be asked for each of its keys.
        let last = key.as_bytes().last();
        self.entries().iter().rev().find(|it| {
            let name = it.key.value.as_str();
            name.len() == key.len() && name.as_bytes().last() == last && name == key
        })
    }

    /// The value under `key` of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|it| &it.value)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a string.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(|it| it.value.as_str())
    }

    /// A whole number.
    pub fn as_int(&self) -> Option<i64> {
        match self.kind {
            NodeKind::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// A number, whole or not.
    pub fn as_number(&self) -> Option<f64> {
        match self.kind {
            NodeKind::Integer(value) => Some(value as f64),
            NodeKind::Float(value) => Some(value),
            _ => None,
        }
    }

    /// `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            NodeKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// What the value is, as a user would say it.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Integer(_) => "an integer",
            NodeKind::Float(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a table",
            NodeKind::Dynamic(_) => "an expression",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn span_of_skips_over_an_escape() {
        let mut sources = SourceMap::new();
        let source = r#""a\tb""#;
        let file = sources.add("x", source);
        let segments = vec![
            Segment { decoded: 0, source: 1, len: 1 },
            Segment { decoded: 2, source: 4, len: 1 },
        ];
        let text = Text::new("a\tb", Span::new(file, 0, source.len()), segments);
        assert_eq!(sources.text(text.span_of(2..3)), "b");
        assert_eq!(sources.text(text.span_of(0..1)), "a");
        assert_eq!(sources.text(text.span_of(0..3)), r"a\tb");
        assert_eq!(sources.text(text.span_of(1..2)), r"\t");
    }

    #[test]
    fn a_gap_keeps_its_place_in_parts_of_a_text() {
        let mut sources = SourceMap::new();
        let source = "-b :${P} -w 9";
        let file = sources.add("x", source);
        let text = Text::verbatim(source, Span::new(file, 0, source.len()), 0);
        let unknown = Unknown::because("nothing sets it");
        let span = text.span_of(4..8);
        let gap = Gap { at: 4, written: "${P}".to_owned(), span, unknown };
        let filled = text.filled("-b :… -w 9", &[(0, 0..4), (7, 8..13)]).with_gaps(vec![gap]);
        assert_eq!(filled.as_written(), source);
        assert_eq!(sources.text(filled.span_of(4..7)), "${P}");
        let word = filled.slice(3..7);
        assert_eq!((word.as_written().as_str(), sources.text(word.span())), (":${P}", ":${P}"));
        let behind = filled.slice(8..12);
        assert_eq!((behind.gaps(), sources.text(behind.span())), (&[][..], "-w 9"));
        let joined = Text::joined([behind, word], text.span());
        assert_eq!((joined.value.as_str(), joined.as_written().as_str()), ("-w 9:…", "-w 9:${P}"));
    }

    #[test]
    fn the_last_of_two_equal_keys_wins() {
        let mut sources = SourceMap::new();
        let file = sources.add("x", "");
        let span = Span::start_of(file);
        let entry = |value| Entry {
            key: Spanned::new("a".to_owned(), span),
            value: Node::new(NodeKind::Integer(value), span),
        };
        let node = Node::new(NodeKind::Map(vec![entry(1), entry(2)]), span);
        assert_eq!(node.get("a").and_then(Node::as_int), Some(2));
    }
}

//! YAML from parser events: everything before a syntax error is kept.
//!
//! Scalars follow the core schema of YAML 1.2. Aliases are replaced by what they stand for, within
//! a budget. A tag that is not YAML's own (`!Ref`, `!Sub`) makes a value dynamic.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::{FileId, Span, Spanned};

use super::{
    DEPTH_MAX, TEMPLATE_FILE, align, duplicate_key, empty, nested_too_deep, out_of_reach,
    syntax_error, template,
};

/// Values that aliases may add to a tree: real files use a few, an attack uses billions. A long text
/// counts as a value for each [`ALIAS_TEXT`] bytes.
const ALIAS_NODES_MAX: usize = 10_000;

/// Bytes of a text that weigh as much as a value.
const ALIAS_TEXT: usize = 200;

/// Parses the first document of a YAML text.
pub(super) fn document(file: FileId, text: &str) -> Document {
    read(file, text, None)
}

/// Parses every document of a YAML text: the tree is the list of them, less the empty ones.
pub(super) fn stream(file: FileId, text: &str) -> Document {
    read(file, text, Some(Vec::new()))
}

/// With `documents`, what stands behind the first document is read, too.
fn read(file: FileId, text: &str, documents: Option<Vec<Node>>) -> Document {
    let read = |source: &str, documents| {
        let mut builder = Builder::new(file, text, documents);
        let error = builder.read(source);
        (builder, error)
    };
    let (mut builder, mut error) = read(text, documents.clone());
    if error.as_ref().is_some_and(|it| it.is_tab) && builder.is_in_brackets() {
        // Others take them between brackets. Blanks are as long.
        (builder, error) = read(&with_blanks(text), documents);
    }
    // A tab explains whatever comes of it.
    if let Some(error) = error.filter(|_| !builder.has_tab) {
        builder.problems.push(syntax_error(error.span, error.message));
    }
    builder.finish()
}

/// Why the parser goes no further.
struct Stopped {
    span: Span,
    message: String,
    /// Whether it is a tab that it takes for indentation.
    is_tab: bool,
}

/// A text whose lines begin with blanks instead of tabs.
fn with_blanks(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let rest = line.trim_start_matches([' ', '\t']);
        " ".repeat(line.len() - rest.len()) + rest
    });
    lines.collect()
}

/// The place of an error. The parser stands at the start of what it was reading: a tab that ends it
/// is further on, and a line without a `:` is wrong as a whole.
fn error_span(file: FileId, text: &str, at: usize, message: &str) -> Span {
    let at = text.floor_char_boundary(at);
    let rest = &text[at..];
    let range = if message.ends_with("found a tab") {
        let tab = rest.find('\t').map_or(at, |it| at + it);
        tab..tab + 1
    } else if let Some(tab) = tab_before(text, at) {
        tab..tab + 1
    } else if message.starts_with("simple key expected") {
        at..at + rest.lines().next().unwrap_or_default().trim_end().len()
    } else {
        at..at + 1
    };
    Span::new(file, range.start, range.end.min(text.len()).max(range.start))
}

/// A collection that is being read.
struct Open {
    /// From its first byte to where it was last seen to go on.
    span: Span,
    anchor: usize,
    tag: Option<String>,
    items: Items,
}

impl Open {
    /// Whether indentation says where what comes next belongs: a key or an element outside of
    /// brackets.
    fn is_indented(&self, text: &str) -> bool {
        let is_value = matches!(&self.items, Items::Map(map) if map.key.is_some());
        !is_value && !self.is_in_brackets(text)
    }

    fn is_in_brackets(&self, text: &str) -> bool {
        text[self.span.start as usize..].starts_with(['[', '{'])
    }
}

/// The first tab of the indentation of a line, where nothing but `- ` stands between that and `at`.
/// The parser takes some of those that others refuse.
fn tab_before(text: &str, at: usize) -> Option<usize> {
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line = &text[start..at];
    let tab = line.find(|it| it != ' ').filter(|it| line[*it..].starts_with('\t'))?;
    line[tab..].chars().all(|it| matches!(it, ' ' | '\t' | '-')).then_some(start + tab)
}

enum Items {
    List(Vec<Node>),
    Map(OpenMap),
}

/// A map that is being read.
#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    /// Where each key stands first: long maps are not searched for each key.
    first: HashMap<String, Span>,
    /// A key that waits for its value.
    key: Option<Node>,
    /// Values of `<<`, in their order.
    merged: Vec<Node>,
}

struct Builder<'a> {
    /// The documents that are read already, where more than the first one counts.
    documents: Option<Vec<Node>>,
    file: FileId,
    text: &'a str,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Rc<Node>>,
    alias_nodes: usize,
    problems: Vec<Diagnostic>,
    comments: Vec<Span>,
    /// Whether a tab in the indentation was said already.
    has_tab: bool,
}

impl<'a> Builder<'a> {
    fn new(file: FileId, text: &'a str, documents: Option<Vec<Node>>) -> Self {
        Self {
            documents,
            file,
            text,
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            alias_nodes: 0,
            problems: Vec::new(),
            comments: Vec::new(),
            has_tab: false,
        }
    }

    /// Reads a text, which is `self.text` but for white space, as far as it goes.
    fn read(&mut self, source: &str) -> Option<Stopped> {
        for event in Parser::new_from_str(source) {
            match event {
                Ok((event, span)) => {
                    if !self.event(event, self.span(&span)) {
                        break;
                    }
                }
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(0);
                    let message = error.info();
                    let span = error_span(self.file, self.text, at, &message);
                    let is_tab = tab_before(self.text, self.text.floor_char_boundary(at)).is_some();
                    return Some(Stopped { span, message, is_tab });
                }
            }
        }
        None
    }

    /// Whether what is being read is a collection in brackets.
    fn is_in_brackets(&self) -> bool {
        self.stack.last().is_some_and(|it| it.is_in_brackets(self.text))
    }

    /// Takes an event; `false` ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Comment(..) => self.comments.push(span),
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(&value, style, tag, span);
                self.add(node, anchor, span);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(span, anchor, tag, Items::List(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(span, anchor, tag, Items::Map(OpenMap::default()));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentEnd => return self.next_document(),
            _ => {}
        }
        if self.stack.len() > DEPTH_MAX {
            self.problems.push(nested_too_deep(span));
            return false;
        }
        true
    }

    /// Keeps what was read and goes on, where there may be more. Anchors end with their document.
    fn next_document(&mut self) -> bool {
        let Some(documents) = &mut self.documents else { return false };
        documents.extend(self.root.take().filter(|it| it.kind != NodeKind::Null));
        self.anchors.clear();
        true
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let offset = |it: granit_parser::Marker| {
            self.text.floor_char_boundary(it.byte_offset().unwrap_or(0))
        };
        let (start, end) = (offset(span.start), offset(span.end));
        Span::new(self.file, start, end.max(start))
    }

    fn scalar(
        &self,
        value: &str,
        style: ScalarStyle,
        tag: Option<Cow<'_, Tag>>,
        span: Span,
    ) -> Node {
        if let Some(tag) = tag.as_deref().and_then(custom_tag) {
            return Node::new(NodeKind::Dynamic(format!("{tag} {value}")), span);
        }
        let raw = self.text.get(span.range()).unwrap_or_default();
        let span = match style {
            // The end of a scalar that is followed by blank lines is behind them.
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {
                let start = span.start as usize;
                Span::new(self.file, start, start + raw.trim_end().len())
            }
            _ => span,
        };
        let kind = match style {
            _ if tag.as_deref().is_some_and(is_text_tag) => None,
            ScalarStyle::Plain => plain(value),
            _ if tag.is_some() => plain(value),
            _ => None,
        };
        let text = || match style {
            ScalarStyle::Literal | ScalarStyle::Folded => align::block(value, span, self.text),
            _ => align::text(value, span, &raw[..(span.end - span.start) as usize]),
        };
        Node::new(kind.unwrap_or_else(|| NodeKind::String(text())), span)
    }

    fn open(&mut self, span: Span, anchor: usize, tag: Option<Cow<'_, Tag>>, items: Items) {
        let tag = tag.as_deref().and_then(custom_tag);
        self.stack.push(Open { span, anchor, tag, items });
    }

    /// Puts a finished value where it belongs. It is written at its own span, and used at `site`.
    fn add(&mut self, node: Node, anchor: usize, site: Span) {
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::new(node.clone()));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        let is_indented = !self.has_tab && open.is_indented(self.text);
        let tab = is_indented.then(|| tab_before(self.text, site.start as usize));
        if let Some(at) = tab.flatten() {
            let span = Span::new(self.file, at, at + 1);
            self.problems.push(syntax_error(span, super::wording::TAB));
            self.has_tab = true;
        }
        open.span = open.span.cover(site);
        match &mut open.items {
            Items::List(nodes) => nodes.push(node),
            Items::Map(map) => match map.key.take() {
                None => map.key = Some(node),
                Some(key) => self.problems.extend(map.insert(key, node, self.text)),
            },
        }
    }

    /// Ends the innermost collection. Its end is that of its last child, because events of block
    /// collections end behind blank lines, or its closing bracket.
    fn close(&mut self, end: Span) {
        let Some(mut open) = self.stack.pop() else { return };
        if open.is_in_brackets(self.text) {
            open.span = open.span.cover(end);
        }
        let kind = match open.items {
            Items::List(nodes) => NodeKind::List(nodes),
            Items::Map(map) => {
                let entries = map.finish(self.text);
                self.filled_in(open.span).unwrap_or(NodeKind::Map(entries))
            }
        };
        let kind = open.tag.map_or(kind, NodeKind::Dynamic);
        self.add(Node::new(kind, open.span), open.anchor, open.span);
    }

    /// What a template engine puts in the place of `{{ name }}`, which is a table in a table to
    /// YAML.
    fn filled_in(&mut self, span: Span) -> Option<NodeKind> {
        let text = self.text.get(span.range())?;
        let name = text.strip_prefix("{{")?.strip_suffix("}}")?;
        if !self.problems.iter().any(|it| it.rule == TEMPLATE_FILE) {
            self.problems.push(template(span));
        }
        Some(NodeKind::Dynamic(name.trim().to_owned()))
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let Some(target) = self.anchors.get(&anchor).map(Rc::clone) else {
            self.add(Node::new(NodeKind::Null, span), 0, span);
            return;
        };
        let budget = ALIAS_NODES_MAX - self.alias_nodes.min(ALIAS_NODES_MAX);
        let was_within = self.alias_nodes <= ALIAS_NODES_MAX;
        self.alias_nodes += size_up_to(&target, budget + 1);
        if self.alias_nodes > ALIAS_NODES_MAX {
            if was_within {
                let message = format!(
                    "aliases stand for more than {ALIAS_NODES_MAX} values, which opslint does not read"
                );
                self.problems.push(out_of_reach(span, message));
            }
            let reason = "an alias that stands for too much".to_owned();
            self.add(Node::new(NodeKind::Dynamic(reason), span), 0, span);
            return;
        }
        self.add(target.as_ref().clone(), 0, span);
    }

    /// The tree, with collections that an error left open closed.
    fn finish(mut self) -> Document {
        while let Some(open) = self.stack.last() {
            let end = open.span;
            self.close(end);
        }
        self.next_document();
        let root = match self.documents {
            Some(documents) => {
                Node::new(NodeKind::List(documents), Span::new(self.file, 0, self.text.len()))
            }
            None => self.root.unwrap_or_else(|| empty(self.file)),
        };
        Document {
            file: self.file,
            syntax: super::Syntax::Yaml,
            root,
            problems: self.problems,
            comments: self.comments,
        }
    }
}

impl OpenMap {
    /// Adds an entry; the value of `<<` waits for the end, because keys beside it win.
    fn insert(&mut self, key: Node, value: Node, text: &str) -> Option<Diagnostic> {
        let name = match &key.kind {
            NodeKind::String(it) => it.value.clone(),
            NodeKind::Null => "null".to_owned(),
            _ => text.get(key.span.range()).unwrap_or_default().to_owned(),
        };
        if name == "<<" {
            self.merged.push(value);
            return None;
        }
        let first = *self.first.entry(name.clone()).or_insert(key.span);
        let problem = (first != key.span).then(|| duplicate_key(key.span, first, &name));
        self.entries.push(Entry { key: Spanned::new(name, key.span), value });
        problem
    }

    /// The entries in file order, then those that `<<` brings and that are not there yet.
    fn finish(mut self, text: &str) -> Vec<Entry> {
        if let Some(key) = self.key.take() {
            let value = Node::new(NodeKind::Null, Span { start: key.span.end, ..key.span });
            // An error stands here already: half a key that is like another is not worth a word.
            let _ = self.insert(key, value, text);
        }
        let mut known: HashSet<String> = self.first.into_keys().collect();
        for value in &self.merged {
            let maps = match &value.kind {
                NodeKind::List(maps) => maps.as_slice(),
                _ => std::slice::from_ref(value),
            };
            for entry in maps.iter().flat_map(Node::entries) {
                if known.insert(entry.key.value.clone()) {
                    self.entries.push(entry.clone());
                }
            }
        }
        self.entries
    }
}

/// The tag of a value that replaces the one below it, where files of compose are merged.
/// Source: <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md#replace-value>
pub const OVERRIDE: &str = "!override";

/// A tag that is not one of YAML's own. `!` alone says that a value is text.
fn custom_tag(tag: &Tag) -> Option<String> {
    let name = format!("{}{}", tag.handle(), tag.suffix());
    // It says how compose lays a value over another, and not what the value is.
    let own = name == OVERRIDE
        || name.starts_with("tag:yaml.org,2002:")
        || name.starts_with("!!")
        || name == "!";
    (!own).then_some(name)
}

/// Whether a tag of YAML's own makes text of any scalar.
fn is_text_tag(tag: &Tag) -> bool {
    tag.core_suffix().is_none_or(|it| it == "str")
}

/// A plain scalar of the core schema that is not a text.
/// Source: <https://yaml.org/spec/1.2.2/#103-core-schema>
fn plain(value: &str) -> Option<NodeKind> {
    Some(match value {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" => NodeKind::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => NodeKind::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => NodeKind::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => NodeKind::Float(f64::NAN),
        _ => return number(value),
    })
}

fn number(value: &str) -> Option<NodeKind> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        let Some(digits) = value.strip_prefix(prefix) else { continue };
        if digits.is_empty() || !digits.chars().all(|it| it.is_digit(radix)) {
            return None;
        }
        let value = i64::from_str_radix(digits, radix);
        return Some(value.map_or(NodeKind::Float(f64::INFINITY), NodeKind::Integer));
    }
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    let starts = unsigned.strip_prefix('.').unwrap_or(unsigned);
    if !starts.starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    if unsigned.bytes().all(|it| it.is_ascii_digit()) {
        return Some(value.parse().map_or(NodeKind::Float(value.parse().ok()?), NodeKind::Integer));
    }
    let is_float =
        unsigned.bytes().all(|it| matches!(it, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    is_float.then(|| value.parse().ok().map(NodeKind::Float)).flatten()
}

/// How many values a tree has, counted up to `max`: one that is too large need not be walked.
fn size_up_to(node: &Node, max: usize) -> usize {
    let keys = node.entries().iter().map(|it| it.key.value.len() / ALIAS_TEXT);
    let mut size = 1 + node.as_str().map_or(0, |it| it.len() / ALIAS_TEXT) + keys.sum::<usize>();
    let elements = node.elements().iter();
    for child in elements.chain(node.entries().iter().map(|it| &it.value)) {
        if size >= max {
            return size;
        }
        size += size_up_to(child, max - size);
    }
    size
}

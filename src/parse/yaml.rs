//! YAML from parser events: everything before a syntax error is kept.
//!
//! Scalars follow the core schema of YAML 1.2. Aliases are replaced by what they stand for, within a
//! budget. A tag that is not YAML's own (`!Ref`, `!Sub`) makes a value dynamic.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::{FileId, Span, Spanned};

use super::{DEPTH_MAX, align, duplicate_key, empty, syntax_error};

/// Values that aliases may add to a tree: real files use a few, an attack uses billions.
const ALIAS_NODES_MAX: usize = 10_000;

/// Parses the first document of a YAML text.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut builder = Builder {
        file,
        text,
        stack: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        alias_nodes: 0,
        problems: Vec::new(),
        comments: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, builder.span(&span)) {
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                let span = Span::new(file, at, (at + 1).min(text.len()));
                builder.problems.push(syntax_error(span, error.info()));
                break;
            }
        }
    }
    builder.finish()
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

/// A collection that is being read.
enum Open {
    List { span: Span, anchor: usize, tag: Option<String>, nodes: Vec<Node> },
    Map { span: Span, anchor: usize, tag: Option<String>, entries: Vec<Entry>, key: Option<Node> },
}

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    alias_nodes: usize,
    problems: Vec<Diagnostic>,
    comments: Vec<Span>,
}

impl Builder<'_> {
    /// Takes an event; `false` ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::Comment(..) => self.comments.push(span),
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(&value, style, tag, span);
                self.add(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let tag = custom_tag(tag);
                self.stack.push(Open::List { span, anchor, tag, nodes: Vec::new() });
            }
            Event::MappingStart(_, anchor, tag) => {
                let tag = custom_tag(tag);
                let entries = Vec::new();
                self.stack.push(Open::Map { span, anchor, tag, entries, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentEnd => return false,
            _ => {}
        }
        if self.stack.len() > DEPTH_MAX {
            let message = format!("nested more than {DEPTH_MAX} levels deep");
            self.problems.push(syntax_error(span, message));
            return false;
        }
        true
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let offset = |it: granit_parser::Marker| {
            floor_char_boundary(self.text, it.byte_offset().unwrap_or(0).min(self.text.len()))
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
        if let Some(tag) = custom_tag(tag) {
            return Node::new(NodeKind::Dynamic(format!("{tag} {value}")), span);
        }
        let raw = self.text.get(span.range()).unwrap_or_default();
        // The end of a scalar that is followed by blank lines is behind them.
        let span = match style {
            ScalarStyle::Plain => {
                let len = raw.trim_end().len();
                Span::new(self.file, span.start as usize, span.start as usize + len)
            }
            _ => span,
        };
        let raw = self.text.get(span.range()).unwrap_or_default();
        let kind = match style {
            ScalarStyle::Plain => plain(value),
            _ => None,
        };
        Node::new(kind.unwrap_or_else(|| NodeKind::String(align::text(value, span, raw))), span)
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { nodes, .. }) => nodes.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(name) => {
                    if let Some(problem) = insert(entries, name, node, self.text) {
                        self.problems.push(problem);
                    }
                }
            },
        }
    }

    fn close(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        let (node, anchor) = closed(open);
        self.add(node, anchor);
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let target = self.anchors.get(&anchor).cloned();
        let Some(target) = target else {
            self.add(Node::new(NodeKind::Null, span), 0);
            return;
        };
        self.alias_nodes += size(&target);
        if self.alias_nodes > ALIAS_NODES_MAX {
            let reason = "an alias that stands for too much".to_owned();
            self.add(Node::new(NodeKind::Dynamic(reason), span), 0);
            return;
        }
        self.add(target, 0);
    }

    /// The tree, with collections that an error left open closed.
    fn finish(mut self) -> Document {
        while !self.stack.is_empty() {
            self.close();
        }
        let root = self.root.unwrap_or_else(|| empty(self.file));
        Document { file: self.file, root, problems: self.problems, comments: self.comments }
    }
}

/// A collection as a node: its span ends with its last child, because events end behind blank lines.
fn closed(open: Open) -> (Node, usize) {
    match open {
        Open::List { span, anchor, tag, nodes } => {
            let end = nodes.last().map_or(span, |it| it.span);
            let kind = tag.map_or(NodeKind::List(nodes), NodeKind::Dynamic);
            (Node::new(kind, span.cover(end)), anchor)
        }
        Open::Map { span, anchor, tag, entries, key } => {
            let mut entries = entries;
            if let Some(key) = key {
                let value = Node::new(NodeKind::Null, Span { start: key.span.end, ..key.span });
                insert(&mut entries, key, value, "");
            }
            let end = entries.last().map_or(span, Entry::span);
            let kind = tag.map_or(NodeKind::Map(entries), NodeKind::Dynamic);
            (Node::new(kind, span.cover(end)), anchor)
        }
    }
}

/// Adds an entry; `<<` brings the entries of a map that are not there yet.
fn insert(entries: &mut Vec<Entry>, key: Node, value: Node, text: &str) -> Option<Diagnostic> {
    let name = match &key.kind {
        NodeKind::String(it) => it.value.clone(),
        NodeKind::Null => "null".to_owned(),
        _ => text.get(key.span.range()).unwrap_or_default().to_owned(),
    };
    if name == "<<" {
        let lists = if value.elements().is_empty() {
            std::slice::from_ref(&value)
        } else {
            value.elements()
        };
        for entry in lists.iter().flat_map(Node::entries) {
            if !entries.iter().any(|it| it.key.value == entry.key.value) {
                entries.push(entry.clone());
            }
        }
        return None;
    }
    let first = entries.iter().find(|it| it.key.value == name);
    let problem = first.map(|it| duplicate_key(key.span, it.key.span, &name));
    entries.push(Entry { key: Spanned::new(name, key.span), value });
    problem
}

/// A tag that is not one of YAML's own.
fn custom_tag(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    let tag = tag?;
    let own = tag.handle() == "tag:yaml.org,2002:" || tag.handle() == "!!";
    (!own).then(|| format!("{}{}", tag.handle(), tag.suffix()))
}

/// A plain scalar of the core schema that is no text.
/// Source: <https://yaml.org/spec/1.2.2/#103-core-schema>
fn plain(value: &str) -> Option<NodeKind> {
    Some(match value {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" => NodeKind::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" => NodeKind::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => NodeKind::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => NodeKind::Float(f64::NAN),
        _ => return number(value),
    })
}

fn number(value: &str) -> Option<NodeKind> {
    let radix = |prefix, radix| {
        value.strip_prefix(prefix).and_then(|it| i64::from_str_radix(it, radix).ok())
    };
    if let Some(value) = radix("0o", 8).or_else(|| radix("0x", 16)) {
        return Some(NodeKind::Integer(value));
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

fn size(node: &Node) -> usize {
    let below: usize = match &node.kind {
        NodeKind::List(nodes) => nodes.iter().map(size).sum(),
        NodeKind::Map(entries) => entries.iter().map(|it| size(&it.value)).sum(),
        _ => 0,
    };
    1 + below
}

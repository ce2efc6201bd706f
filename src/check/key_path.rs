//! Which key of a file a place belongs to: the names of the tables and keys around it.
//!
//! Elements of a list go by their name and never by their position, so that a path stays what it is
//! when something is written before it.

use std::ops::Range;

use crate::document::{Document, Node, NodeKind};
use crate::source::Span;

/// Keys that name the table they stand in, the most telling first.
const NAMES: &[&str] = &["name", "key", "id", "source", "process", "processes", "service", "path"];

/// What an element without a name is called.
const NAMELESS: &str = "[]";

/// The keys of one document, by place.
pub(super) struct KeyPaths {
    /// Each key and element with the index of the one around it.
    keys: Vec<(Option<usize>, String)>,
    /// Bytes of the file and the index of their key, by where they start.
    places: Vec<(Range<usize>, usize)>,
}

impl KeyPaths {
    /// The keys of a document.
    pub(super) fn of(document: &Document) -> Self {
        let mut paths = Self { keys: Vec::new(), places: Vec::new() };
        paths.add(&document.root, None);
        paths.places.sort_by_key(|(it, _)| (it.start, it.end));
        paths
    }

    /// The names around a place, outermost first; empty for a place outside of every key.
    pub(super) fn at(&self, span: Span) -> Vec<&str> {
        let wanted = span.range();
        let mut best: Option<(usize, usize)> = None;
        let end = self.places.partition_point(|(it, _)| it.start <= wanted.start);
        for (it, key) in self.places[..end].iter().rev() {
            // What starts further away than that is longer.
            if best.is_some_and(|(len, _)| it.start + len < wanted.start) {
                break;
            }
            let is_around = wanted.end <= it.end;
            if is_around && best.is_none_or(|(len, _)| it.len() < len) {
                best = Some((it.len(), *key));
            }
        }
        let mut path = Vec::new();
        let mut next = best.map(|(_, key)| key);
        while let Some(key) = next {
            let (around, name) = &self.keys[key];
            path.push(name.as_str());
            next = *around;
        }
        path.reverse();
        path
    }

    fn add(&mut self, node: &Node, around: Option<usize>) {
        match &node.kind {
            NodeKind::Map(entries) => {
                for it in entries {
                    let key = self.push(around, it.key.value.clone());
                    self.places.push((it.span().range(), key));
                    self.places.push((it.value.span.range(), key));
                    self.add(&it.value, Some(key));
                }
            }
            NodeKind::List(elements) => {
                for it in elements {
                    let key = self.push(around, name(it));
                    self.places.push((it.span.range(), key));
                    self.add(it, Some(key));
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, around: Option<usize>, name: String) -> usize {
        self.keys.push((around, name));
        self.keys.len() - 1
    }
}

/// What an element of a list is called.
fn name(element: &Node) -> String {
    let text = |it: &Node| match it.elements() {
        [] => it.as_str().map(str::to_owned),
        elements => Some(elements.iter().filter_map(Node::as_str).collect::<Vec<_>>().join(" ")),
    };
    let name = NAMES.iter().find_map(|it| element.get(it).and_then(text));
    let name = name.or_else(|| object(element));
    name.unwrap_or_else(|| NAMELESS.to_owned())
}

/// An object of Kubernetes: two of one name and kind are in different namespaces.
fn object(element: &Node) -> Option<String> {
    let metadata = element.get("metadata")?;
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let parts = [text(element, "kind"), text(metadata, "namespace"), text(metadata, "name")];
    Some(parts.map(Option::unwrap_or_default).join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{self, Syntax};
    use crate::source::SourceMap;

    /// The names around the last `at` of a text.
    #[track_caller]
    fn check(syntax: Syntax, text: &str, at: &str, expect: &[&str]) {
        let file = SourceMap::new().add("x", text);
        let document = parse::document(syntax, file, text);
        let start = text.rfind(at).unwrap();
        let span = Span::new(file, start, start + at.len());
        assert_eq!(KeyPaths::of(&document).at(span), expect);
    }

    #[test]
    fn tables_of_toml_are_named_though_their_keys_stand_behind_them() {
        let text = "kill = 1\n[env]\nA = 1\n[[vm]]\nsize = \"x\"\n[[vm]]\nprocesses = [\"w\"]\nsize = \"y\"\n";
        check(Syntax::Toml, text, "kill = 1", &["kill"]);
        check(Syntax::Toml, text, "A", &["env", "A"]);
        check(Syntax::Toml, text, "\"x\"", &["vm", "[]", "size"]);
        check(Syntax::Toml, text, "\"y\"", &["vm", "w", "size"]);
        check(Syntax::Toml, text, "[env]", &["env"]);
    }

    #[test]
    fn elements_go_by_their_names_and_not_by_their_positions() {
        let text = "services:\n- name: a\n  plan: x\n- plan: y\n  name: b\n";
        check(Syntax::Yaml, text, "x", &["services", "a", "plan"]);
        check(Syntax::Yaml, text, "y", &["services", "b", "plan"]);
        check(Syntax::Json, "{\"a\": [1, {\"b\": 2}]}", "2", &["a", "[]", "b"]);
        let text = "kind: Pod\nmetadata: {name: w}\n---\nkind: Pod\nmetadata: {name: w, namespace: prod}\n";
        check(Syntax::YamlStream, text, "prod", &["Pod/prod/w", "metadata", "namespace"]);
    }

    #[test]
    fn a_comment_belongs_to_no_key() {
        check(Syntax::Toml, "a = 1\n# note\n", "note", &[]);
        check(Syntax::Procfile, "web: run\nworker: go\n", "go", &["worker"]);
    }
}

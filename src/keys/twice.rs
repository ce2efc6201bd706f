//! Variables that a list says twice: `envVars`, `env` and the like, whose rows have names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node};
use crate::source::Span;

/// The rule.
const RULE: &str = "variable-twice";

/// Keys of lists whose rows are environment variables: Render, App Platform, Kubernetes and Cloud
/// Run, ECS and compose.
const LISTS: &[&str] = &["envVars", "envs", "env", "environment"];

/// Keys that name the variable of a row.
const NAMES: &[&str] = &["key", "name"];

/// Keys of a row that say when it counts: two rows of one name for different times are no slip.
const TIMES: &[&str] = &["scope"];

/// What a list of variables says twice, anywhere in a document.
pub(super) fn variables(acc: &mut Vec<Diagnostic>, document: &Document) {
    below(acc, &document.root);
}

fn below(acc: &mut Vec<Diagnostic>, node: &Node) {
    for entry in node.entries() {
        if LISTS.contains(&entry.key.value.as_str()) {
            list(acc, entry.value.elements());
        }
        below(acc, &entry.value);
    }
    node.elements().iter().for_each(|it| below(acc, it));
}

/// A row: the name of its variable, where that stands, and when it counts.
struct Row<'a> {
    name: &'a str,
    span: Span,
    time: Option<&'a str>,
}

fn row(node: &Node) -> Option<Row<'_>> {
    if let Some(name) = NAMES.iter().find_map(|it| node.get(it)) {
        let time = TIMES.iter().find_map(|it| node.get(it)?.as_str());
        return Some(Row { name: name.as_str()?, span: name.span, time });
    }
    // `- NAME=value` of compose.
    let (name, _) = node.as_str()?.split_once('=')?;
    Some(Row { name, span: node.span, time: None })
}

fn list(acc: &mut Vec<Diagnostic>, elements: &[Node]) {
    let mut firsts: HashMap<(&str, Option<&str>), Span> = HashMap::new();
    for Row { name, span, time } in elements.iter().filter_map(row) {
        let first = match firsts.entry((name, time)) {
            Entry::Occupied(first) => *first.get(),
            Entry::Vacant(place) => {
                place.insert(span);
                continue;
            }
        };
        let message = format!("`{name}` is set twice in one list");
        let label = Label::new(span, "");
        acc.push(
            Diagnostic::new(RULE, Severity::Warning, message, label)
                .with_help("keep one of the two")
                .with_related(first, "it is set here as well"),
        );
    }
}

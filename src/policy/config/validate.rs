//! A tree against the table of keys: unknown names, wrong types and units, missing keys.
//!
//! Only problems come out of here; [`layer`](super::layer) reads what is right.

use super::FailOn;
use super::facts;
use super::keys::{Key, Need, Shape, names};
use super::problems;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::glob::Pattern;
use crate::platforms::Date;
use crate::policy::levels::Level;
use crate::source::Span;
use crate::vocabulary::Scope;

/// The most patterns of one list: each is compiled, and asked about each file.
pub(super) const PATTERNS_MAX: usize = 1_000;

/// Adds what is wrong with a table of fixed keys. `path` is its own name, empty for the root.
pub(crate) fn table(acc: &mut Vec<Diagnostic>, path: &str, node: &Node, keys: &'static [Key]) {
    fixed_keys(acc, path, node, keys);
    for entry in node.entries() {
        if keys.iter().all(|it| it.name != entry.key.value) {
            let key = dotted(path, &entry.key.value);
            let misplaced = if path.is_empty() { facts::misplaced(entry) } else { None };
            let unknown = || problems::unknown_key(entry.key.span, &key, &names(keys));
            acc.push(misplaced.unwrap_or_else(unknown));
        }
    }
}

fn fixed_keys(acc: &mut Vec<Diagnostic>, path: &str, node: &Node, keys: &'static [Key]) {
    for key in keys {
        match node.entry(key.name) {
            Some(entry) => shape(acc, &dotted(path, key.name), &entry.value, &key.shape),
            None if key.need == Need::Required => {
                let span = if path.is_empty() { Span::start_of(node.span.file) } else { node.span };
                acc.push(problems::missing_key(span, key.name, key.doc));
            }
            None => {}
        }
    }
}

fn dotted(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn shape(acc: &mut Vec<Diagnostic>, path: &str, node: &Node, expected: &'static Shape) {
    match (expected, &node.kind) {
        (Shape::Table(keys), NodeKind::Map(_)) => table(acc, path, node, keys),
        (Shape::Facts(keys, scope), NodeKind::Map(_)) => {
            fixed_keys(acc, path, node, keys);
            stated_facts(acc, node, keys, *scope);
        }
        (Shape::Map(_, value), NodeKind::Map(entries)) => {
            for entry in entries {
                map_key(acc, entry.key.span, &entry.key.value, expected);
                shape(acc, &dotted(path, &entry.key.value), &entry.value, value);
            }
        }
        (Shape::List(Shape::Pattern), NodeKind::List(elements))
            if elements.len() > PATTERNS_MAX =>
        {
            acc.push(problems::out_of_range(node.span, path, "a list of 1,000 patterns at most"));
        }
        (Shape::List(_), NodeKind::List(elements))
            if elements.len() > PATTERNS_MAX && path == "overrides" =>
        {
            acc.push(problems::out_of_range(node.span, path, "1,000 tables at most"));
        }
        (Shape::List(element) | Shape::OneOrMore(element), NodeKind::List(elements)) => {
            for node in elements {
                shape(acc, path, node, element);
            }
            if matches!(expected, Shape::OneOrMore(_)) {
                fail_on_list(acc, elements);
            }
        }
        (Shape::OneOrMore(element), _) => shape(acc, path, node, element),
        (Shape::Variable | Shape::Value, kind) if is_scalar(kind) => {}
        (Shape::Value, NodeKind::List(elements))
            if elements.iter().all(|it| is_scalar(&it.kind)) => {}
        (Shape::Count, NodeKind::Integer(count)) if *count < 0 => {
            acc.push(problems::out_of_range(node.span, path, "0 or more"));
        }
        (Shape::Count, NodeKind::Integer(_)) | (Shape::Bool, NodeKind::Bool(_)) => {}
        (expected, NodeKind::String(text)) if is_text(expected) => {
            acc.extend(text_problem(expected, node.span, &text.value));
        }
        (expected @ Shape::List(element), NodeKind::String(text)) if is_text(element) => {
            let problem = problems::wrong_type(node.span, path, expected.expected(), "a string");
            acc.push(problem.with_help(format!("write `[\"{}\"]`", text.value)));
        }
        // A plan that is bought is one of a process; the table of this name is about `opslint plan`.
        (Shape::Table(_), NodeKind::String(_)) if path == "plan" => {
            acc.push(problems::belongs_to_a_process(node.span, path));
        }
        _ => {
            let found = node.type_name();
            acc.push(problems::wrong_type(node.span, path, expected.expected(), found));
        }
    }
}

fn is_scalar(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::String(_) | NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Bool(_)
    )
}

fn is_text(shape: &Shape) -> bool {
    !matches!(
        shape,
        Shape::Count
            | Shape::Bool
            | Shape::Value
            | Shape::List(_)
            | Shape::OneOrMore(_)
            | Shape::Table(_)
            | Shape::Facts(..)
            | Shape::Map(..)
    )
}

fn text_problem(shape: &Shape, span: Span, text: &str) -> Option<Diagnostic> {
    match shape {
        Shape::Level if Level::from_name(text).is_none() => {
            let known = Level::ALL.map(|(_, name)| name);
            Some(problems::wrong_name(span, "a level", text, &known))
        }
        Shape::FailOn if !FailOn::NAMES.contains(&text) => {
            Some(problems::wrong_name(span, "a value of `fail-on`", text, FailOn::NAMES))
        }
        Shape::OneOf(known) if !known.contains(&text) => {
            Some(problems::wrong_name(span, "known here", text, known))
        }
        Shape::Date if Date::from_iso(text).is_none() => Some(problems::not_a_date(span, text)),
        Shape::Reason if text.trim().is_empty() => Some(problems::empty_reason(span)),
        Shape::Pattern => pattern_problem(span, text),
        Shape::Path if text.starts_with('/') => Some(problems::absolute_path(span, text)),
        _ => None,
    }
}

fn pattern_problem(span: Span, text: &str) -> Option<Diagnostic> {
    if text.starts_with('/') {
        return Some(problems::absolute_path(span, text));
    }
    let why = Pattern::new("", text, &[]).err()?;
    Some(problems::not_a_pattern(span, text, &why))
}

fn map_key(acc: &mut Vec<Diagnostic>, span: Span, key: &str, map: &Shape) {
    if matches!(map, Shape::Map(super::keys::Names::Manifests, _)) {
        acc.extend(pattern_problem(span, key));
    }
}

fn fail_on_list(acc: &mut Vec<Diagnostic>, elements: &[Node]) {
    let mut severities =
        elements.iter().filter(|it| it.as_str().is_some_and(|it| it != "undecided"));
    if let Some(second) = severities.nth(1) {
        acc.push(problems::exclusive_fail_on(second.span));
    }
}

fn stated_facts(acc: &mut Vec<Diagnostic>, node: &Node, fixed: &'static [Key], scope: Scope) {
    let stated = facts::stated(node, fixed);
    for (idx, it) in stated.iter().enumerate() {
        let Some(def) = facts::def(&it.name, scope) else {
            acc.push(facts::unknown(it, scope));
            continue;
        };
        acc.extend(facts::value(def, it.node).err().map(|it| *it));
        if let Some(first) = stated[..idx].iter().find(|earlier| earlier.name == it.name) {
            acc.push(problems::stated_twice(it.span, &it.name, first.span));
        }
        let alias = match def.name {
            "machine.plan" => node.entry("plan"),
            "scale.min" | "scale.max" => node.entry("instances"),
            _ => None,
        };
        if let Some(alias) = alias.filter(|_| scope == Scope::Process) {
            acc.push(problems::stated_twice(it.span, &it.name, alias.key.span));
        }
    }
}

//! What must hold between keys, as data.
//!
//! A condition describes what is wrong. It fires when everything it says is the case, and stays
//! silent when a value that it asks for is only known at run time.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;

use super::raw::{RawCondition, RawValue};
use super::units::plain;
use super::value::is_placeholder;

/// What is wrong when all of it is the case. Paths are keys joined by dots, from the table, or from
/// the root when they start with `/`.
#[derive(Debug)]
pub(super) struct Condition {
    raw: RawCondition,
    severity: Severity,
}

/// Where paths start.
pub(super) struct Scope<'a> {
    /// The table of the condition.
    pub(super) table: &'a Node,
    /// The whole file.
    pub(super) root: &'a Node,
    /// Whether keys match in any case.
    pub(super) folds_case: bool,
}

/// What is at a path.
pub(super) enum Found<'a> {
    /// Nothing, null, an empty list or table, or a list of empty tables.
    Absent,
    /// An entry.
    At(&'a Entry),
    /// Only a run can tell.
    Unknown,
}

impl Scope<'_> {
    /// What is at a path of keys.
    pub(super) fn find(&self, path: &str) -> Found<'_> {
        let (mut node, path) = match path.strip_prefix('/') {
            Some(path) => (self.root, path),
            None => (self.table, path),
        };
        let mut found = None;
        for name in path.split('.') {
            if let NodeKind::Dynamic(_) = node.kind {
                return Found::Unknown;
            }
            let entries = node.entries().iter().rev();
            let mut same = entries.filter(|it| match self.folds_case {
                true => it.key.value.eq_ignore_ascii_case(name),
                false => it.key.value == name,
            });
            let Some(entry) = same.next() else { return Found::Absent };
            node = &entry.value;
            found = Some(entry);
        }
        match (found, &node.kind) {
            (Some(_), NodeKind::Null) | (None, _) => Found::Absent,
            (Some(_), NodeKind::List(it)) if it.iter().all(is_empty_table) => Found::Absent,
            (Some(_), NodeKind::Map(it)) if it.is_empty() => Found::Absent,
            (Some(entry), _) => Found::At(entry),
        }
    }

    /// The single value at a path; `None` when it is absent or only a run can tell.
    fn single(&self, path: &str) -> Option<&Node> {
        match self.find(path) {
            Found::At(entry) if is_known(&entry.value) => Some(&entry.value),
            _ => None,
        }
    }
}

fn is_empty_table(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Map(entries) if entries.is_empty())
}

fn is_known(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Dynamic(_) | NodeKind::Map(_) | NodeKind::List(_) => false,
        NodeKind::String(text) => !is_placeholder(&text.value),
        _ => true,
    }
}

impl Condition {
    pub(super) fn from_raw(raw: RawCondition) -> Result<Self, String> {
        let severity = Severity::from_name(&raw.severity)
            .ok_or_else(|| format!("`{}` is not a severity", raw.severity))?;
        if raw.rule.is_empty() || raw.message.is_empty() || raw.label.is_empty() {
            return Err("a condition needs `rule`, `message` and `label`".to_owned());
        }
        if raw.present.is_empty() && raw.absent.is_empty() && raw.is.is_empty() {
            return Err(format!("the condition `{}` is always the case", raw.message));
        }
        Ok(Self { raw, severity })
    }

    /// The key whose absence is what is wrong; empty when something else is.
    pub(super) fn missing(&self) -> &str {
        match self.raw.rule.as_str() {
            "missing-key" => &self.raw.at,
            _ => "",
        }
    }

    /// What is wrong, when it is. `anchor` is where an absent key is labelled.
    pub(super) fn check(&self, scope: &Scope<'_>, anchor: Span) -> Option<Diagnostic> {
        if !self.is_the_case(scope) {
            return None;
        }
        let raw = &self.raw;
        let at = |path: &str| match scope.find(path) {
            Found::At(entry)
                if matches!(entry.value.kind, NodeKind::Map(_) | NodeKind::List(_)) =>
            {
                Some(entry.key.span)
            }
            Found::At(entry) => Some(entry.span()),
            _ => None,
        };
        let span = at(&raw.at).unwrap_or(anchor);
        let label = Label::new(span, self.filled(&raw.label, scope));
        let message = self.filled(&raw.message, scope);
        let keys = raw.present.iter().chain(&raw.absent).chain(raw.is.keys());
        let keys: Vec<&str> = keys.map(String::as_str).collect();
        let mut diagnostic = Diagnostic::new(raw.rule.as_str(), self.severity, message, label)
            .about(format!("{} {}", raw.at, keys.join(" ")));
        for (path, text) in &raw.related {
            if let Some(span) = at(path) {
                diagnostic = diagnostic.with_related(span, self.filled(text, scope));
            }
        }
        match &raw.help {
            Some(help) => Some(diagnostic.with_help(self.filled(help, scope))),
            None => Some(diagnostic),
        }
    }

    fn is_the_case(&self, scope: &Scope<'_>) -> bool {
        let raw = &self.raw;
        let present = |it: &String| matches!(scope.find(it), Found::At(_));
        let absent = |it: &String| matches!(scope.find(it), Found::Absent);
        let is = |(path, values): (&String, &Vec<RawValue>)| {
            scope.single(path).is_some_and(|node| values.iter().any(|it| equals(it, node)))
        };
        raw.present.iter().all(present)
            && raw.absent.iter().all(absent)
            && raw.is.iter().all(is)
            && raw.is_or_absent.iter().all(|it| absent(it.0) || is(it))
            && raw.above.iter().all(|(path, bound)| {
                scope.single(path).and_then(number).is_some_and(|it| it > *bound)
            })
            && self.differs(scope)
    }

    /// Whether the values of `differ` are not all the same.
    fn differs(&self, scope: &Scope<'_>) -> bool {
        let paths = &self.raw.differ;
        let known: Vec<_> = paths.iter().filter_map(|it| scope.single(it)).collect();
        if known.len() < paths.len() || known.is_empty() {
            return paths.is_empty();
        }
        !known.iter().all(|it| text(it) == text(known[0]))
    }

    /// Puts the values of paths in for `{path}`; of a table, its keys as a list of TOML has them.
    fn filled(&self, template: &str, scope: &Scope<'_>) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, path, after)) = next_path(rest) {
            filled.push_str(before);
            match (scope.single(path), scope.find(path)) {
                (Some(node), _) => filled.push_str(&text(node)),
                (None, Found::At(entry)) if matches!(entry.value.kind, NodeKind::Map(_)) => {
                    let keys = entry.value.entries().iter();
                    let keys: Vec<String> =
                        keys.map(|it| format!("\"{}\"", it.key.value)).collect();
                    filled.push_str(&keys.join(", "));
                }
                (None, _) => filled.push_str(path),
            }
            rest = after;
        }
        filled + rest
    }
}

/// The first `{path}` of a template, with what stands around it.
fn next_path(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (path, after) = rest.split_once('}')?;
    Some((before, path, after))
}

fn equals(value: &RawValue, node: &Node) -> bool {
    match value {
        RawValue::Bool(it) => node.as_bool() == Some(*it),
        RawValue::Int(it) => node.as_int() == Some(*it),
        RawValue::Text(it) => node.as_str() == Some(it),
    }
}

/// A single value as it reads in a sentence.
fn text(node: &Node) -> String {
    match &node.kind {
        NodeKind::String(text) => text.value.clone(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Integer(value) => value.to_string(),
        NodeKind::Float(value) => plain(*value),
        _ => String::new(),
    }
}

/// The number that a value is; some files have texts alone.
fn number(node: &Node) -> Option<f64> {
    node.as_number().or_else(|| node.as_str()?.trim().parse().ok())
}

/// Names of paths in a template, to check that data spells them right.
#[cfg(test)]
pub(super) fn paths(template: &str) -> Vec<&str> {
    let mut paths = Vec::new();
    let mut rest = template;
    while let Some((_, path, after)) = next_path(rest) {
        paths.push(path);
        rest = after;
    }
    paths
}

/// The raw form, for checks of the data.
#[cfg(test)]
impl Condition {
    pub(super) fn raw(&self) -> &RawCondition {
        &self.raw
    }

    pub(super) fn severity(&self) -> Severity {
        self.severity
    }
}

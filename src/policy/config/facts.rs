//! Facts that opslint.toml states: which names a table may have, and what their values must be.

use super::keys::{self, DEPLOYMENT, Key, PROCESS, expected_of};
use super::problems;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::fact::Value;
use crate::nearest::nearest;
use crate::platforms::Catalog;
use crate::quantity::own;
use crate::source::Span;
use crate::vocabulary::{self, FactDef, FactId, Scope, Type, Unit, VOCABULARY};

/// An entry of a table that is not one of its fixed keys: a fact, if the name is one.
#[derive(Debug)]
pub(super) struct Stated<'a> {
    /// The name, dotted: `machine.memory_mb`.
    pub(super) name: String,
    /// The last part of the key.
    pub(super) span: Span,
    /// The value.
    pub(super) node: &'a Node,
}

/// The entries of a table that are not fixed keys, tables such as `machine` taken apart.
pub(super) fn stated<'a>(node: &'a Node, fixed: &[Key]) -> Vec<Stated<'a>> {
    let mut acc = Vec::new();
    for entry in node.entries() {
        if fixed.iter().all(|it| it.name != entry.key.value) {
            flatten(&mut acc, entry.key.value.clone(), entry.key.span, &entry.value);
        }
    }
    acc
}

fn flatten<'a>(acc: &mut Vec<Stated<'a>>, name: String, span: Span, node: &'a Node) {
    let prefix = format!("{name}.");
    let is_group = VOCABULARY.iter().any(|it| it.name.starts_with(&prefix));
    if !is_group || !matches!(node.kind, NodeKind::Map(_)) {
        acc.push(Stated { name, span, node });
        return;
    }
    for entry in node.entries() {
        flatten(acc, format!("{prefix}{}", entry.key.value), entry.key.span, &entry.value);
    }
}

/// The fact that a name stands for in a table of a scope.
pub(super) fn def(name: &str, scope: Scope) -> Option<&'static FactDef> {
    keys::facts(scope).find(|it| it.name == name)
}

/// Whether opslint.toml may state a fact, of a deployment or of a process.
pub fn can_be_stated(id: FactId) -> bool {
    def(id.name(), id.def().scope).is_some()
}

/// Whether an empty text states that there is none.
pub fn may_be_none(id: FactId) -> bool {
    [vocabulary::HEALTH_CHECK_PATH, vocabulary::IMAGE_DOCKERFILE].contains(&id)
}

/// Why a name is not a fact of a table.
pub(super) fn unknown(it: &Stated<'_>, scope: Scope) -> Diagnostic {
    if scope == Scope::Deployment && PROCESS.iter().any(|key| key.name == it.name) {
        return problems::belongs_to_process(it.span, &it.name);
    }
    if scope == Scope::Process && VOCABULARY.iter().any(|def| def.name == it.name) {
        return problems::belongs_to_deployment(it.span, &it.name);
    }
    if let Some(def) = same_in_another_unit(&it.name, scope) {
        return problems::wrong_unit(it.span, &it.name, def.name, unit_name(def.unit));
    }
    let fixed = if scope == Scope::Deployment { DEPLOYMENT } else { PROCESS };
    let known: Vec<_> =
        keys::names(fixed).into_iter().chain(keys::facts(scope).map(|it| it.name)).collect();
    problems::unknown_fact(it.span, &it.name, &known)
}

/// What is wrong with a key at the top of the file that belongs into a table below it.
pub(super) fn misplaced(entry: &Entry) -> Option<Diagnostic> {
    let (span, key) = (entry.key.span, entry.key.value.as_str());
    let platforms = Catalog::builtin();
    let meant = entry.value.as_str().filter(|_| key == vocabulary::PLATFORM.name());
    let meant = meant.and_then(|it| nearest(it, platforms.ids()));
    // A deployment may state what all of its processes have; who writes it at the top means one.
    let scope = VOCABULARY.iter().find(|it| it.name == key).map(|it| it.scope);
    let is_of =
        |wanted, fixed: &[Key]| scope == Some(wanted) || fixed.iter().any(|it| it.name == key);
    // Names of groups, such as `machine`, begin names of facts.
    let prefix = format!("{key}.");
    let is_group = || keys::facts(Scope::Process).any(|it| it.name.starts_with(&prefix));
    match key {
        "assumed" => Some(problems::belongs_to_levels(span, key)),
        _ if is_of(Scope::Deployment, DEPLOYMENT) => {
            Some(problems::belongs_to_a_deployment(span, key, meant))
        }
        _ if is_of(Scope::Process, PROCESS) || is_group() => {
            Some(problems::belongs_to_a_process(span, key))
        }
        _ => None,
    }
}

/// The fact that `timeout_ms` or `timeout` means: `timeout_s`.
fn same_in_another_unit(name: &str, scope: Scope) -> Option<&'static FactDef> {
    const SUFFIXES: &[&str] = &[
        "_ms", "_sec", "_secs", "_seconds", "_minutes", "_min", "_h", "_hours", "_b", "_bytes",
        "_kb", "_mb", "_gb", "_kib", "_mib", "_gib", "_s", "_usd", "_eur",
    ];
    let measured = |it: &&FactDef| matches!(it.unit, Unit::Seconds | Unit::Megabytes);
    let stem = SUFFIXES.iter().find_map(|it| name.strip_suffix(it)).unwrap_or(name);
    keys::facts(scope).filter(measured).find(|it| {
        let own = it.name.strip_suffix("_s").or_else(|| it.name.strip_suffix("_mb"));
        own == Some(stem)
    })
}

/// The value of a fact, or what is wrong with it.
pub(super) fn value(def: &FactDef, node: &Node) -> Result<Value, Box<Diagnostic>> {
    let wrong_type = || {
        let expected = expected_of(def);
        Box::new(problems::wrong_type(node.span, def.name, expected, node.type_name()))
    };
    match (def.ty, &node.kind) {
        (Type::Bool, NodeKind::Bool(it)) => Ok(Value::Bool(*it)),
        (Type::Int | Type::Number, NodeKind::Integer(it)) => {
            in_range(def, *it as f64, node.span).map(|()| Value::Int(*it))
        }
        (Type::Number, NodeKind::Float(it)) => {
            in_range(def, *it, node.span).map(|()| Value::Number(*it))
        }
        (Type::Int | Type::Number, NodeKind::String(text)) if has_unit(def) => {
            let number = converted(def.unit, &text.value);
            let unit = unit_name(def.unit);
            Err(Box::new(problems::unit_in_text(node.span, def.name, unit, &text.value, number)))
        }
        // No path at all, which TOML has no other word for.
        (Type::Text, NodeKind::String(text))
            if text.value.is_empty() && FactId::from_name(def.name).is_some_and(may_be_none) =>
        {
            Ok(Value::Null)
        }
        (Type::Text, NodeKind::String(text)) => Ok(Value::Text(text.value.clone())),
        (Type::Enum(names), NodeKind::String(text)) => {
            if names.contains(&text.value.as_str()) {
                return Ok(Value::Text(text.value.clone()));
            }
            let what = format!("a value of `{}`", def.name);
            Err(Box::new(problems::wrong_name(node.span, &what, &text.value, names)))
        }
        (Type::List, NodeKind::List(elements)) => {
            let text = |it: &Node| it.as_str().map(|it| Value::Text(it.to_owned()));
            elements.iter().map(text).collect::<Option<_>>().map(Value::List).ok_or_else(wrong_type)
        }
        _ => Err(wrong_type()),
    }
}

fn has_unit(def: &FactDef) -> bool {
    matches!(def.unit, Unit::Seconds | Unit::Megabytes)
}

fn in_range(def: &FactDef, number: f64, span: Span) -> Result<(), Box<Diagnostic>> {
    let (valid, range) = match def.unit {
        Unit::Port => ((0.0..=65535.0).contains(&number), "a port, 0 to 65535"),
        _ => (number >= 0.0 && number.is_finite(), "0 or more"),
    };
    if valid { Ok(()) } else { Err(Box::new(problems::out_of_range(span, def.name, range))) }
}

/// A unit as a user would say it.
fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "seconds",
        Unit::Megabytes => "megabytes",
        Unit::UsdMonth => "US dollars per month",
        Unit::None | Unit::Count | Unit::Port => "numbers",
    }
}

/// The number that `512mb`, `1.5 GB` or `2m` is in a unit; `None` when it is none of these.
fn converted(unit: Unit, text: &str) -> Option<String> {
    let number = match unit {
        Unit::Seconds => own::seconds(text),
        Unit::Megabytes => own::megabytes(text),
        _ => None,
    };
    Some(Value::of_number(number?).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_a_unit_are_converted() {
        assert_eq!(converted(Unit::Megabytes, "1.5 GB").as_deref(), Some("1536"));
        assert_eq!(converted(Unit::Seconds, "2m").as_deref(), Some("120"));
        assert_eq!(converted(Unit::Seconds, "2gb"), None);
        assert_eq!(converted(Unit::Seconds, ""), None);
    }

    #[test]
    fn a_name_in_another_unit_is_recognised() {
        let name = |it| same_in_another_unit(it, Scope::Process).map(|it| it.name);
        assert_eq!(name("timeout_ms"), Some("timeout_s"));
        assert_eq!(name("machine.memory"), Some("machine.memory_mb"));
        assert_eq!(name("memory_per_worker_gb"), Some("memory_per_worker_mb"));
        assert_eq!(name("workers_s"), None);
    }
}

//! Reading single values of a document as facts.

use crate::document::{Node, NodeKind, Text};
use crate::draft::Command;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::project::Facts;
use crate::vocabulary;

/// A value as written, whatever its type. Expressions and tables are unknown.
pub(crate) fn written(node: &Node, source: &str) -> Fact {
    Fact::new(state(node), Origin::written(node.span, source))
}

fn state(node: &Node) -> State {
    let value = match &node.kind {
        NodeKind::Dynamic(text) => {
            return State::Unknown(Unknown::because(format!("`{text}` is only known at run time")));
        }
        NodeKind::Map(_) => return State::Unknown(Unknown::because("it is a table")),
        kind => plain(kind),
    };
    match value {
        Some(value) => State::Known(value),
        None => State::Unknown(Unknown::because("the list has elements that are not plain values")),
    }
}

fn plain(kind: &NodeKind) -> Option<Value> {
    Some(match kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Integer(value) => Value::Int(*value),
        NodeKind::Float(value) => Value::Number(*value),
        NodeKind::String(text) => Value::Text(text.value.clone()),
        NodeKind::List(nodes) => {
            Value::List(nodes.iter().map(|it| plain(&it.kind)).collect::<Option<_>>()?)
        }
        NodeKind::Map(_) | NodeKind::Dynamic(_) => return None,
    })
}

/// Bytes of a text of a file that a reason shows.
const SHOWN_MAX: usize = 200;

/// What a reason shows of a text, which may be as long as the file and stand in very many reasons.
pub(crate) fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_MAX)]
}

/// A whole number, also one written in quotes.
pub(crate) fn int(node: &Node) -> Option<i64> {
    node.as_int().or_else(|| node.as_str()?.trim().parse().ok())
}

/// Whether a step of a deployment fills something in before the platform reads the text: `${NAME}`,
/// `{{ name }}`, `<name>`, `__NAME__`, or `PROJECT_NAME`, which is replaced as it stands.
pub(crate) fn is_filled_in(text: &str) -> bool {
    let is_capital = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || "_-".contains(it);
    text.contains(['$', '{', '<'])
        || text.contains("__")
        || text.contains(['_', '-'])
            && text.starts_with(|it: char| it.is_ascii_uppercase())
            && text.chars().all(is_capital)
}

/// A scalar as text, unless something fills it in.
pub(crate) fn plain_text(node: &Node) -> Option<String> {
    scalar_text(node).filter(|it| !is_filled_in(it))
}

/// A scalar as the text that an environment variable gets.
pub(crate) fn scalar_text(node: &Node) -> Option<String> {
    Some(match &node.kind {
        NodeKind::String(text) => text.value.clone(),
        NodeKind::Integer(value) => value.to_string(),
        NodeKind::Float(value) => value.to_string(),
        NodeKind::Bool(value) => value.to_string(),
        _ => return None,
    })
}

/// Lays one table over another: tables are merged, all else is replaced.
pub(crate) fn lay_over(base: &mut Node, over: &Node) {
    let (NodeKind::Map(entries), NodeKind::Map(others)) = (&mut base.kind, &over.kind) else {
        *base = over.clone();
        return;
    };
    for other in others {
        match entries.iter_mut().find(|it| it.key.value == other.key.value) {
            Some(entry) => {
                entry.key.span = other.key.span;
                lay_over(&mut entry.value, &other.value);
            }
            None => entries.push(other.clone()),
        }
    }
}

/// The words of a command, where nothing stands in it that a shell would make something else of;
/// `why` says why it is not known whether one does.
pub(crate) fn words(text: &Text, why: &str) -> Command {
    match text.value.contains(['&', '|', ';', '<', '>', '`', '$']) {
        true => Command::Unknown(Unknown::because(why)),
        false => Command::Exec(text.clone()),
    }
}

/// The folders in which volumes are mounted, as one fact; `None` without a volume. A folder that is
/// no plain text makes all of them unknown.
pub(crate) fn mounted(facts: &mut Facts, paths: &[&Node], source: &str) {
    let Some(fact) = folders(paths, source) else { return };
    if let (Some(Value::List(all)), true) = (fact.value(), paths.len() == 1) {
        let path = Fact { state: State::Known(all[0].clone()), ..fact.clone() };
        facts.set(vocabulary::STORAGE_PATH, path);
    }
    facts.set(vocabulary::STORAGE_PATHS, fact);
}

/// Paths of a container as one fact; `None` without one. A path that is no plain text makes all of
/// them unknown.
pub(crate) fn folders(paths: &[&Node], source: &str) -> Option<Fact> {
    let first = paths.first()?;
    let texts: Option<Vec<Value>> =
        paths.iter().map(|it| it.as_str().map(|it| Value::Text(it.to_owned()))).collect();
    let origin = Origin::written(first.span, source);
    Some(match texts {
        Some(texts) => Fact::known(Value::List(texts), origin),
        None => Fact::unknown(Unknown::because("a folder of a volume is not a plain text"), origin),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_shows_whole_characters_and_few() {
        assert_eq!(shown("é"), "é");
        assert_eq!(shown(&"é".repeat(1_000)), "é".repeat(SHOWN_MAX / 2));
        assert_eq!(shown(&format!("a{}", "é".repeat(1_000))).len(), SHOWN_MAX - 1);
    }
}

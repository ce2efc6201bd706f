//! Values during evaluation: known, bounded, with gaps, or unknown.

use std::rc::Rc;

use crate::diagnostic::Missing;
use crate::document::{Entry, Node, NodeKind};
use crate::fact::{Fact, State, TextPart, Unknown, Value};

/// The most reasons that are kept of why a value is unknown: nobody reads as many.
const MISSING_MAX: usize = 32;

/// What an expression works out to.
#[derive(Clone, Debug)]
pub(crate) enum Val<'a> {
    /// Exactly this.
    Known(Value),
    /// A number between two bounds, both included.
    Range(f64, f64),
    /// Text with gaps.
    Pattern(Vec<TextPart>),
    /// A table or list of a file.
    Node(&'a Node),
    /// A list whose elements are not all plain.
    List(Vec<Val<'a>>),
    /// An element of `processes`, by its index.
    Process(usize),
    /// Not known, and what is missing.
    Unknown(Rc<[Missing]>),
}

impl<'a> Val<'a> {
    /// A fact under the name a rule gave it.
    pub(crate) fn of_fact(name: &str, fact: &Fact) -> Self {
        match &fact.state {
            State::Known(value) => Self::Known(value.clone()),
            State::Range { min, max } => Self::Range(*min, *max),
            State::Pattern(parts) => Self::Pattern(parts.clone()),
            State::Unknown(unknown) => Self::missing(name, unknown.clone()),
        }
    }

    /// A value of a file as written.
    pub(crate) fn of_node(node: &'a Node) -> Self {
        match &node.kind {
            NodeKind::Null => Self::Known(Value::Null),
            NodeKind::Bool(value) => Self::Known(Value::Bool(*value)),
            NodeKind::Integer(value) => Self::Known(Value::Int(*value)),
            NodeKind::Float(value) => Self::Known(Value::Number(*value)),
            NodeKind::String(text) => Self::Known(Value::Text(text.value.clone())),
            NodeKind::List(nodes) => Self::List(nodes.iter().map(Self::of_node).collect()),
            NodeKind::Map(_) => Self::Node(node),
            NodeKind::Dynamic(text) => {
                Self::missing(text, Unknown::because(format!("`{text}` is only known at run time")))
            }
        }
    }

    /// An unknown with its reason.
    pub(crate) fn missing(name: &str, unknown: Unknown) -> Self {
        Self::Unknown([Missing { name: name.to_owned(), unknown }].into())
    }

    /// An unknown because of all of these.
    pub(crate) fn unknown_of(parts: &[&Self]) -> Self {
        let mut missing: Vec<Missing> = Vec::new();
        for part in parts {
            for it in part.missing_parts() {
                if missing.len() < MISSING_MAX && !missing.contains(&it) {
                    missing.push(it);
                }
            }
        }
        Self::Unknown(missing.into())
    }

    /// What it costs to make this value, to copy it or to walk through it: one for each element,
    /// and for each 16 bytes of text. What is borrowed or shared costs nothing more.
    pub(crate) fn weight(&self) -> usize {
        fn of(value: &Value) -> usize {
            match value {
                Value::Text(text) => 1 + text.len() / 16,
                Value::List(values) => 1 + values.iter().map(of).sum::<usize>(),
                Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) => 1,
            }
        }
        match self {
            Self::Known(value) => of(value),
            Self::List(items) => 1 + items.iter().map(Self::weight).sum::<usize>(),
            Self::Pattern(parts) => {
                let part = |it: &TextPart| match it {
                    TextPart::Known(text) => 1 + text.len() / 16,
                    TextPart::Unknown(_) => 1,
                };
                parts.iter().map(part).sum()
            }
            Self::Range(..) | Self::Node(_) | Self::Process(_) | Self::Unknown(_) => 1,
        }
    }

    /// What is missing in this value.
    pub(crate) fn missing_parts(&self) -> Vec<Missing> {
        match self {
            Self::Unknown(missing) => missing.to_vec(),
            Self::Pattern(parts) => parts
                .iter()
                .filter_map(|it| match it {
                    TextPart::Known(_) => None,
                    TextPart::Unknown(unknown) => Some(Missing {
                        name: "a part of the text".to_owned(),
                        unknown: unknown.clone(),
                    }),
                })
                .collect(),
            Self::Range(min, max) => {
                let bounds =
                    format!("it is between {} and {}", Value::Number(*min), Value::Number(*max));
                let unknown = Unknown::because(bounds);
                vec![Missing { name: "an exact number".to_owned(), unknown }]
            }
            Self::List(items) => items.iter().flat_map(Self::missing_parts).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self::Known(Value::Bool(value))
    }

    /// `Some` for a decided condition.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self {
            Self::Known(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Known(Value::Null))
    }

    /// The smallest and largest possible number.
    pub(crate) fn bounds(&self) -> Option<(f64, f64)> {
        match self {
            Self::Known(value) => value.as_number().map(|it| (it, it)),
            Self::Range(min, max) => Some((*min, *max)),
            _ => None,
        }
    }

    /// A number, exact when its bounds meet.
    pub(crate) fn number(min: f64, max: f64) -> Self {
        match min == max {
            true => Self::Known(whole(min)),
            false => Self::Range(min, max),
        }
    }

    /// Elements of a list.
    pub(crate) fn items(&self) -> Option<Vec<Val<'a>>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Known(Value::List(values)) => {
                Some(values.iter().cloned().map(Self::Known).collect())
            }
            Self::Node(node) => match &node.kind {
                NodeKind::List(nodes) => Some(nodes.iter().map(Self::of_node).collect()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Keys of a table: what macros go over, as in CEL.
    pub(crate) fn keys(&self) -> Option<Vec<Val<'a>>> {
        let Self::Node(node) = self else { return None };
        let NodeKind::Map(entries) = &node.kind else { return None };
        let key = |it: &Entry| Self::Known(Value::Text(it.key.value.clone()));
        Some(entries.iter().map(key).collect())
    }
}

/// A number as a value: whole ones without a fraction.
pub(crate) fn whole(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Value::Int(value as i64),
        false => Value::Number(value),
    }
}

/// A value in a message: thousands apart, at most two digits of a fraction.
pub(crate) fn shown(value: &Val<'_>) -> String {
    match value {
        Val::Known(Value::Int(value)) => thousands(*value),
        Val::Known(Value::Number(value)) if value.fract() == 0.0 && value.abs() < 9e15 => {
            thousands(*value as i64)
        }
        Val::Known(value) => value.to_string(),
        Val::Range(min, max) => {
            format!("{} to {}", shown(&Val::Known(whole(*min))), shown(&Val::Known(whole(*max))))
        }
        Val::Pattern(parts) => State::Pattern(parts.clone()).to_string(),
        Val::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Val::Node(_) => "a table".to_owned(),
        Val::Process(_) => "a process".to_owned(),
        Val::Unknown(_) => "unknown".to_owned(),
    }
}

/// `1210` as `1,210`.
fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        let check = |value, expect| assert_eq!(shown(&Val::Known(value)), expect);
        check(Value::Int(1210), "1,210");
        check(Value::Int(-1234567), "-1,234,567");
        check(Value::Number(2.0), "2");
        check(Value::Number(0.5), "0.5");
        assert_eq!(shown(&Val::Range(2.0, 1000.0)), "2 to 1,000");
    }
}

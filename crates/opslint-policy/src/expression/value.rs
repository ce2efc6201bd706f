//! Values during evaluation: known, one of few, bounded, with gaps, unknown, or not applicable.

use std::rc::Rc;

use crate::document::{Entry, Node, NodeKind};
use crate::fact::{Fact, State, TextPart, Unknown, Value, one_of};
use crate::vocabulary::{FactId, Type};

/// The most reasons that are kept of why a value is not known: nobody reads as many.
const MISSING_MAX: usize = 32;

/// What an expression works out to.
#[derive(Clone, Debug)]
pub enum Val<'a> {
    /// Exactly this.
    Known(Value),
    /// One of two or more plain values, no two of them alike.
    OneOf(Vec<Value>, Gaps),
    /// A number between two bounds, both included; the second is larger.
    Range(f64, f64, Gaps),
    /// Text of which at least one part is not known.
    Pattern(Vec<TextPart>, Gaps),
    /// A table of a file.
    Node(&'a Node),
    /// A list whose elements are not all plain.
    List(Vec<Val<'a>>),
    /// An element of `processes`, by its index.
    Process(usize),
    /// There is no such thing here: a worker has no router. Nothing is missing.
    NotApplicable,
    /// Not known.
    Unknown(Gaps),
}

/// What is missing in a value that is not known exactly.
pub type Gaps = Rc<[Gap]>;

/// A part of a value that is not known, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What a rule asked for.
    pub wanted: Wanted,
    /// Why it is not known, and what would settle it.
    pub unknown: Unknown,
}

/// What a rule asks for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A fact of the vocabulary.
    Fact(FactId),
    /// An environment variable.
    Variable(String),
    /// A setting of the server or the application, under its own name.
    Setting(String),
    /// A value that stands in a file as an expression.
    Written(String),
}

impl Wanted {
    /// The name as a user knows it.
    pub fn name(&self) -> String {
        match self {
            Self::Fact(id) => id.name().to_owned(),
            Self::Variable(name) => format!("${name}"),
            Self::Setting(name) | Self::Written(name) => name.clone(),
        }
    }
}

impl<'a> Val<'a> {
    /// A fact that a rule asked for.
    pub fn of_fact(wanted: &Wanted, fact: &Fact) -> Self {
        let missing = |unknown: Unknown| Gap { wanted: wanted.clone(), unknown };
        let open = || fact.open().into_iter().map(missing).collect();
        match &fact.state {
            State::Known(value) => Self::Known(value.clone()),
            State::OneOf(cases) => {
                Self::OneOf(cases.iter().map(|it| it.value.clone()).collect(), open())
            }
            State::Range { min, max } => Self::between(*min, *max, open()),
            State::Pattern(parts) => {
                let unknown = |it: &TextPart| match it {
                    TextPart::Known(_) => None,
                    TextPart::Unknown(unknown) => Some(missing(unknown.clone())),
                };
                let pattern =
                    Self::Pattern(parts.clone(), parts.iter().filter_map(unknown).collect());
                // A list with one element that has gaps, such as the addresses of a server.
                match wanted {
                    Wanted::Fact(id) if id.def().ty == Type::List => Self::List(vec![pattern]),
                    _ => pattern,
                }
            }
            State::Unknown(unknown) => Self::missing(wanted.clone(), unknown.clone()),
        }
    }

    /// A value of a file as written.
    pub fn of_node(node: &'a Node) -> Self {
        match &node.kind {
            NodeKind::Null => Self::Known(Value::Null),
            NodeKind::Bool(value) => Self::Known(Value::Bool(*value)),
            NodeKind::Integer(value) => Self::Known(Value::Int(*value)),
            NodeKind::Float(value) => Self::Known(Value::Number(*value)),
            NodeKind::String(text) => Self::Known(Value::Text(text.value.clone())),
            NodeKind::List(nodes) => Self::List(nodes.iter().map(Self::of_node).collect()),
            NodeKind::Map(_) => Self::Node(node),
            NodeKind::Dynamic(text) => {
                let unknown = Unknown::because(format!("`{text}` is only known at run time"));
                Self::missing(Wanted::Written(text.clone()), unknown)
            }
        }
    }

    /// An unknown with its reason.
    pub fn missing(wanted: Wanted, unknown: Unknown) -> Self {
        Self::Unknown([Gap { wanted, unknown }].into())
    }

    /// An unknown because of all of these.
    pub fn unknown_of<'v>(parts: impl IntoIterator<Item = &'v Self>) -> Self
    where
        'a: 'v,
    {
        Self::Unknown(gaps_of(parts))
    }

    /// What it costs to make this value, to copy it or to walk through it: one for each element,
    /// and for each 16 bytes of text. What is borrowed or shared costs nothing more.
    pub fn weight(&self) -> usize {
        fn of(value: &Value) -> usize {
            match value {
                Value::Text(text) => text_weight(text),
                Value::List(values) => 1 + values.iter().map(of).sum::<usize>(),
                Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) => 1,
            }
        }
        match self {
            Self::Known(value) => of(value),
            Self::OneOf(values, _) => values.iter().map(of).sum(),
            Self::List(items) => 1 + items.iter().map(Self::weight).sum::<usize>(),
            Self::Pattern(parts, _) => {
                let part = |it: &TextPart| match it {
                    TextPart::Known(text) => 1 + text.len() / 16,
                    TextPart::Unknown(_) => 1,
                };
                parts.iter().map(part).sum()
            }
            Self::Range(..)
            | Self::Node(_)
            | Self::Process(_)
            | Self::NotApplicable
            | Self::Unknown(_) => 1,
        }
    }

    /// A number between two bounds: exact when they meet.
    pub fn between(min: f64, max: f64, gaps: Gaps) -> Self {
        match min == max {
            true => Self::Known(Value::of_number(min)),
            false => Self::Range(min, max, gaps),
        }
    }

    /// What is missing in this value, shared with it where that can be.
    pub fn shared_gaps(&self) -> Gaps {
        match self {
            Self::Unknown(gaps)
            | Self::OneOf(_, gaps)
            | Self::Range(_, _, gaps)
            | Self::Pattern(_, gaps) => Rc::clone(gaps),
            Self::List(items) if items.iter().any(Self::is_open) => self.gaps().into(),
            _ => no_gaps(),
        }
    }

    /// What is missing in this value: empty when it is known exactly or does not apply.
    pub fn gaps(&self) -> Vec<Gap> {
        match self {
            Self::Unknown(gaps)
            | Self::OneOf(_, gaps)
            | Self::Range(_, _, gaps)
            | Self::Pattern(_, gaps) => gaps.to_vec(),
            Self::List(items) => items.iter().flat_map(Self::gaps).collect(),
            Self::Known(_) | Self::Node(_) | Self::Process(_) | Self::NotApplicable => Vec::new(),
        }
    }

    /// Whether anything about it is not known.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Unknown(_) | Self::OneOf(..) | Self::Range(..) | Self::Pattern(..) => true,
            Self::List(items) => items.iter().any(Self::is_open),
            Self::Known(_) | Self::Node(_) | Self::Process(_) | Self::NotApplicable => false,
        }
    }

    /// True or false, as it is known.
    pub fn bool(value: bool) -> Self {
        Self::Known(Value::Bool(value))
    }

    /// A text, as it is known.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Known(Value::Text(text.into()))
    }

    /// `Some` for a decided condition.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Known(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is null, which is known to be unset.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Known(Value::Null))
    }

    /// Elements of a list.
    pub fn items(&self) -> Option<Vec<Val<'a>>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Known(Value::List(values)) => {
                Some(values.iter().cloned().map(Self::Known).collect())
            }
            _ => None,
        }
    }

    /// Keys of a table: what macros go over, as in CEL.
    pub fn keys(&self) -> Option<Vec<Val<'a>>> {
        let Self::Node(node) = self else { return None };
        let key = |it: &Entry| Self::text(it.key.value.clone());
        Some(node.entries().iter().map(key).collect())
    }
}

/// The weight of a text as a value.
pub(super) fn text_weight(text: &str) -> usize {
    1 + text.len() / 16
}

/// No gap, shared by all values that have none.
pub(super) fn no_gaps() -> Gaps {
    thread_local!(static NONE: Gaps = Gaps::default());
    NONE.with(Rc::clone)
}

/// What is missing in any of these, each once.
pub(super) fn gaps_of<'v, 'a: 'v>(parts: impl IntoIterator<Item = &'v Val<'a>>) -> Gaps {
    let mut parts = parts.into_iter().map(Val::shared_gaps).filter(|it| !it.is_empty());
    let Some(first) = parts.next() else { return no_gaps() };
    let Some(second) = parts.next() else { return each_once([first]) };
    each_once([first, second].into_iter().chain(parts))
}

/// These gaps, each once; the same where there is only one.
fn each_once(parts: impl IntoIterator<Item = Gaps>) -> Gaps {
    let mut parts = parts.into_iter().peekable();
    let mut all: Vec<Gap> = Vec::new();
    while let Some(part) = parts.next() {
        if all.is_empty() && part.len() == 1 && parts.peek().is_none() {
            return part;
        }
        for it in part.iter() {
            if all.len() == MISSING_MAX {
                return all.into();
            }
            if !all.contains(it) {
                all.push(it.clone());
            }
        }
    }
    all.into()
}

/// How a message writes numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Digits {
    /// Thousands apart: `1,024`.
    Grouped,
    /// As a name made of digits, such as a port: `8080`.
    Plain,
}

/// A value in a message: at most two digits of a fraction.
pub fn shown(value: &Val<'_>, digits: Digits) -> String {
    let plain = |value: &Value| shown_value(value, digits);
    match value {
        Val::Known(value) => plain(value),
        Val::OneOf(values, _) => one_of(values.iter().map(plain).collect()),
        Val::Range(min, max, _) => {
            format!("{} to {}", plain(&Value::of_number(*min)), plain(&Value::of_number(*max)))
        }
        Val::Pattern(parts, _) => State::Pattern(parts.clone()).to_string(),
        Val::List(items) => items.iter().map(|it| shown(it, digits)).collect::<Vec<_>>().join(", "),
        Val::Node(_) => "a table".to_owned(),
        Val::Process(_) => "a process".to_owned(),
        Val::NotApplicable => Value::Null.to_string(),
        Val::Unknown(_) => "unknown".to_owned(),
    }
}

fn shown_value(value: &Value, digits: Digits) -> String {
    let whole = value.as_int().map(Value::Int);
    match (whole.as_ref().unwrap_or(value), digits) {
        (Value::Int(value), Digits::Grouped) => thousands(*value),
        (value, _) => value.to_string(),
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
        let check = |value, expect| assert_eq!(shown(&Val::Known(value), Digits::Grouped), expect);
        check(Value::Int(1210), "1,210");
        check(Value::Int(-1234567), "-1,234,567");
        check(Value::Number(2.0), "2");
        check(Value::Number(0.5), "0.5");
        let range = Val::between(2.0, 1000.0, [].into());
        assert_eq!(shown(&range, Digits::Grouped), "2 to 1,000");
        assert_eq!(shown(&range, Digits::Plain), "2 to 1000");
    }

    #[test]
    fn candidates_are_shown_as_people_list_them() {
        let cases = [1, 2, 4000].map(Value::Int).to_vec();
        let value = Val::OneOf(cases, [].into());
        assert_eq!(shown(&value, Digits::Grouped), "1, 2 or 4,000");
    }
}

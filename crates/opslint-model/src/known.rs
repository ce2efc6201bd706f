//! How much is known of a value: all, one of few, bounds, parts, or nothing.
//!
//! Everything that computes with values that may not be known does so through the methods of
//! [`State`], so that nothing takes an unknown for a value.

use std::fmt;

use crate::source::Span;

/// A value that a fact can have.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Known to be unset: gunicorn's `worker_tmp_dir` without a setting, a service without a check.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, such as half a CPU.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
}

impl Value {
    /// A number, whole or not.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number. A fraction is not rounded: it gives `None`.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Some(*value as i64)
            }
            _ => None,
        }
    }

    /// Text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A number as the smallest value that prints well: whole numbers lose their fraction.
    pub fn of_number(value: f64) -> Self {
        match value.fract() == 0.0 && value.abs() < 9e15 {
            true => Self::Int(value as i64),
            false => Self::Number(value),
        }
    }

    /// Whether both are the same value. Numbers are compared as numbers, whole or not.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b))
            }
            // As fractions, two large ones may be alike that are not.
            (Self::Int(a), Self::Int(b)) => a == b,
            (a, b) => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => a == b,
                _ => a == b,
            },
        }
    }
}

/// Most candidates that are told apart; of more, only the range of numbers is kept.
pub const CANDIDATES_MAX: usize = 16;

/// What is known of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Exactly this.
    Known(Value),
    /// One of two or more values, no two of them alike: a condition goes one of two ways, a
    /// settings module is that of one place or of another. Made by [`State::one_of`].
    OneOf(Vec<Case>),
    /// A number between two bounds, both included: branches that a file does not decide.
    Range {
        /// The smallest possible value.
        min: f64,
        /// The largest possible value.
        max: f64,
    },
    /// Text of which parts are known: `0.0.0.0:$PORT`.
    Pattern(Vec<TextPart>),
    /// Not known before the program runs.
    Unknown(Unknown),
}

/// A value that a fact has in some cases: an element of [`State::OneOf`].
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The value.
    pub value: Value,
    /// Where it is written.
    pub span: Option<Span>,
}

impl Case {
    /// A candidate that is written at `span`.
    pub fn new(value: Value, span: Option<Span>) -> Self {
        Self { value, span }
    }
}

/// A part of a [`State::Pattern`].
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// This text.
    Known(String),
    /// Some text, not known.
    Unknown(Unknown),
}

impl State {
    /// What is known of a fact that has one of these values: the value itself where all agree; of
    /// more than [`CANDIDATES_MAX`] numbers, their range. `None` without a case, and when there are
    /// too many to tell apart.
    pub fn one_of(cases: Vec<Case>) -> Option<Self> {
        let mut distinct: Vec<Case> = Vec::new();
        for case in cases {
            if distinct.iter().all(|it| !it.value.is_same(&case.value)) {
                distinct.push(case);
            }
        }
        if distinct.len() <= 1 {
            return distinct.pop().map(|it| Self::Known(it.value));
        }
        if distinct.len() <= CANDIDATES_MAX {
            return Some(Self::OneOf(distinct));
        }
        let (min, max) = Self::OneOf(distinct).bounds()?;
        Some(Self::Range { min, max })
    }

    /// The smallest and the largest number that it can be. `None` when it may be no number.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        match self {
            Self::Known(value) => value.as_number().map(|it| (it, it)),
            Self::Range { min, max } => Some((*min, *max)),
            Self::OneOf(cases) => {
                let numbers = cases.iter().map(|it| it.value.as_number());
                let numbers = numbers.collect::<Option<Vec<f64>>>()?;
                let min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (min <= max).then_some((min, max))
            }
            Self::Pattern(_) | Self::Unknown(_) => None,
        }
    }

    /// A function of a number that only rises or only falls. Null stays null.
    #[must_use]
    pub fn map_number(&self, compute: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Known(Value::Null) => Self::Known(Value::Null),
            number => number.map2_number(&Self::Known(Value::Int(0)), |it, _| compute(it)),
        }
    }

    /// A function of two numbers that only rises or only falls with each: of the values, of each
    /// pair of candidates, of the bounds. The result is unknown where one of them is not a number.
    #[must_use]
    pub fn map2_number(&self, other: &Self, compute: impl Fn(f64, f64) -> f64) -> Self {
        if let (Some(left), Some(right)) = (self.numbers(), other.numbers()) {
            let pairs = left.iter().flat_map(|a| right.iter().map(|b| compute(*a, *b)));
            let cases = pairs.map(|it| Case::new(Value::of_number(it), None)).collect();
            if let Some(state) = Self::one_of(cases) {
                return state;
            }
        }
        let (Some(a), Some(b)) = (self.bounds(), other.bounds()) else {
            let gap = [self, other].into_iter().filter(|it| it.bounds().is_none());
            let gap = gap.map(Self::no_number).next();
            return Self::Unknown(gap.unwrap_or_else(|| Unknown::because("it is not a number")));
        };
        let corners = [(a.0, b.0), (a.0, b.1), (a.1, b.0), (a.1, b.1)];
        let corners = corners.map(|(a, b)| compute(a, b));
        Self::Range {
            min: corners.iter().copied().fold(f64::INFINITY, f64::min),
            max: corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// The numbers that it can be, where they are few. `None` when it may be another one.
    fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Self::Known(value) => value.as_number().map(|it| vec![it]),
            Self::OneOf(cases) => cases.iter().map(|it| it.value.as_number()).collect(),
            Self::Range { .. } | Self::Pattern(_) | Self::Unknown(_) => None,
        }
    }

    /// Why it cannot be computed with.
    fn no_number(&self) -> Unknown {
        match self.unknown() {
            Some(unknown) => unknown.clone(),
            None => Unknown::because(format!("`{self}` is not a number")),
        }
    }

    /// Why it is not known exactly, whatever is known of it; `None` when it is known.
    pub fn open(&self) -> Option<Unknown> {
        match self {
            Self::Known(_) => None,
            Self::OneOf(_) => Some(Unknown::because(format!("it is {self}"))),
            Self::Range { min, max } => {
                let [min, max] = [min, max].map(|it| Value::of_number(*it));
                Some(Unknown::because(format!("it is between {min} and {max}")))
            }
            Self::Pattern(_) | Self::Unknown(_) => self.unknown().cloned(),
        }
    }

    /// Why it is not known; of a text that is known in parts, the first reason.
    pub fn unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(it) => Some(it),
            Self::Pattern(parts) => parts.iter().find_map(|it| match it {
                TextPart::Unknown(it) => Some(it),
                TextPart::Known(_) => None,
            }),
            Self::Known(_) | Self::OneOf(_) | Self::Range { .. } => None,
        }
    }
}

/// The kinds of reason for which a value is not known. Code decides by the kind, never by the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GapKind {
    /// No file says it, but a person can.
    #[default]
    Unsaid,
    /// It is chosen anew at each start, such as the port of a dyno: nobody can say it.
    AtStart,
    /// Another resource of the same manifest has it, such as the address of a database.
    Resource,
    /// It is one of these, and the files allow each: ids of platforms that may run a Procfile.
    OneOf(Vec<String>),
    /// A package outside of the project computes it; the package's own name.
    Package(String),
    /// A variable decides that no file sets; its name.
    Variable(String),
    /// It may be any text but these, with which conditions compare it.
    NoneOf(Vec<String>),
}

/// Why a value is not known, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The kind of reason.
    pub kind: GapKind,
    /// Why, as a sentence without a full stop: "`$WORKERS` is set nowhere in this project".
    pub reason: String,
    /// What the user can write to settle it, such as "`[env] WORKERS` in opslint.toml"; empty when
    /// nothing is nearer than to state the fact itself.
    pub settle_with: String,
}

impl Unknown {
    /// An unknown with its reason and what settles it.
    pub fn new(reason: impl Into<String>, settle_with: impl Into<String>) -> Self {
        let kind = GapKind::default();
        Self { kind, reason: reason.into(), settle_with: settle_with.into() }
    }

    /// The same for a reason of this kind.
    #[must_use]
    pub fn of_kind(mut self, kind: GapKind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether it is known not to be this text.
    pub fn excludes(&self, text: &str) -> bool {
        matches!(&self.kind, GapKind::NoneOf(texts) if texts.iter().any(|it| it == text))
    }

    /// An unknown that is settled by stating the fact itself.
    pub fn because(reason: impl Into<String>) -> Self {
        Self::new(reason, "")
    }
}

impl fmt::Display for Value {
    /// As a user would write it: whole floats without a fraction, lists in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("none"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{}", (value * 100.0).round() / 100.0),
            Self::Text(value) => f.write_str(value),
            Self::List(values) => {
                f.write_str("[")?;
                for (idx, value) in values.iter().enumerate() {
                    let separator = if idx == 0 { "" } else { ", " };
                    write!(f, "{separator}{value}")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// Alternatives as people list them: `2 or 4`, `a, b or c`.
pub fn one_of(mut texts: Vec<String>) -> String {
    match texts.pop() {
        Some(last) if !texts.is_empty() => format!("{} or {last}", texts.join(", ")),
        last => last.unwrap_or_default(),
    }
}

impl fmt::Display for State {
    /// The value, `a or b` for candidates, `2..4` for a range, gaps as `…`, and `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => write!(f, "{value}"),
            Self::OneOf(cases) => {
                let texts = cases.iter().map(|it| it.value.to_string()).collect();
                f.write_str(&one_of(texts))
            }
            Self::Range { min, max } => {
                write!(f, "{}..{}", Value::Number(*min), Value::Number(*max))
            }
            Self::Pattern(parts) => parts.iter().try_for_each(|part| match part {
                TextPart::Known(text) => f.write_str(text),
                TextPart::Unknown(_) => f.write_str("…"),
            }),
            Self::Unknown(_) => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_that_agree_are_one_known_value() {
        let one_of = |values: Vec<Value>| {
            State::one_of(values.into_iter().map(|it| Case::new(it, None)).collect())
        };
        let state = one_of(vec![Value::Int(2), Value::Number(2.0)]);
        assert_eq!(state, Some(State::Known(Value::Int(2))));
        let state = one_of(vec![Value::Int(4), Value::Int(2), Value::Int(4)]).expect("two values");
        assert_eq!(state.to_string(), "4 or 2");
        assert_eq!(state.bounds(), Some((2.0, 4.0)));
        let many = (0..20).map(Value::Int).collect();
        assert_eq!(one_of(many), Some(State::Range { min: 0.0, max: 19.0 }));
        let many = (0..20).map(|it| Value::Text(it.to_string())).collect();
        assert_eq!(one_of(many), None);
        assert_eq!(one_of(Vec::new()), None);
    }
}

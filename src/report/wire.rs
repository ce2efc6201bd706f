//! Parts that the JSON of `check` and that of `resolve` share: places, values, facts, origins.
//!
//! Version 1: fields are added, never renamed or removed.

use serde::Serialize;
use serde_json::{Number, Value as Json};

use super::position::Positions;
use crate::diagnostic::Label;
use crate::fact::{Fact, Origin, State, TextPart, Unknown, Value};
use crate::source::Span;
use crate::vocabulary::{FactId, Unit};

/// A place in a file.
#[derive(Serialize)]
pub(super) struct LabelV1<'a> {
    path: &'a str,
    range: RangeV1,
    label: Option<&'a str>,
}

/// From the first character to the place after the last one.
#[derive(Serialize)]
pub(super) struct RangeV1 {
    start: PositionV1,
    end: PositionV1,
}

/// Line and column from 1, the column in code points; the offset in bytes from 0.
#[derive(Serialize)]
struct PositionV1 {
    line: usize,
    column: usize,
    offset: usize,
}

/// A fact with its name, where facts stand in a list.
#[derive(Serialize)]
pub(super) struct FactV1<'a> {
    name: &'a str,
    #[serde(flatten)]
    state: StateV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    origin: OriginV1<'a>,
}

/// A fact whose name is the key it stands under.
#[derive(Serialize)]
pub(super) struct NamedFactV1<'a> {
    #[serde(flatten)]
    state: StateV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    origin: OriginV1<'a>,
    overridden: Vec<OverriddenV1<'a>>,
}

#[derive(Serialize)]
struct OverriddenV1<'a> {
    #[serde(flatten)]
    state: StateV1<'a>,
    origin: OriginV1<'a>,
}

/// What is known: exactly one of the fields, except that a text with gaps has `pattern` and
/// `unknown`, and a range and candidates have no `value`.
#[derive(Default, Serialize)]
struct StateV1<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<Json>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<UnknownV1<'a>>,
}

#[derive(Serialize)]
struct UnknownV1<'a> {
    reason: &'a str,
    settle_with: Option<&'a str>,
}

#[derive(Serialize)]
struct OriginV1<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<RangeV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<FactV1<'a>>,
}

/// Makes the shapes of version 1.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    /// Positions in code points.
    pub(super) positions: &'a Positions<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn label(self, label: &'a Label) -> LabelV1<'a> {
        let text = Some(label.text.as_str()).filter(|it| !it.is_empty());
        LabelV1 { label: text, ..self.place(label.span) }
    }

    pub(super) fn place(self, span: Span) -> LabelV1<'a> {
        LabelV1 { path: self.positions.path(span), range: self.range(span), label: None }
    }

    /// A fact that a rule used, or that another one was computed from.
    pub(super) fn used_fact(self, name: &'a str, fact: &'a Fact) -> FactV1<'a> {
        FactV1 {
            name,
            state: state(&fact.state),
            unit: unit(name),
            origin: self.origin(&fact.origin),
        }
    }

    /// A setting of a server: its name is the server's own, so its unit is not ours.
    pub(super) fn setting(self, fact: &'a Fact) -> NamedFactV1<'a> {
        NamedFactV1 { unit: None, ..self.fact("", fact) }
    }

    /// A fact of a process, with everything that lost to it.
    pub(super) fn fact(self, name: &str, fact: &'a Fact) -> NamedFactV1<'a> {
        let overridden = fact
            .overridden
            .iter()
            .map(|it| OverriddenV1 { state: state(&it.state), origin: self.origin(&it.origin) });
        NamedFactV1 {
            state: state(&fact.state),
            unit: unit(name),
            origin: self.origin(&fact.origin),
            overridden: overridden.collect(),
        }
    }

    fn origin(self, origin: &'a Origin) -> OriginV1<'a> {
        OriginV1 {
            kind: origin.kind.name(),
            path: origin.span.map(|it| self.positions.path(it)),
            range: origin.span.map(|it| self.range(it)),
            source: Some(origin.source.as_str()).filter(|it| !it.is_empty()),
            inputs: origin.inputs.iter().map(|it| self.used_fact(&it.name, &it.fact)).collect(),
        }
    }

    pub(super) fn range(self, span: Span) -> RangeV1 {
        let position = |at: super::position::Position, offset| PositionV1 {
            line: at.line_number,
            column: at.column_number,
            offset,
        };
        RangeV1 {
            start: position(self.positions.start(span), span.range().start),
            end: position(self.positions.end(span), span.range().end),
        }
    }
}

fn state(state: &State) -> StateV1<'_> {
    match state {
        State::Known(value) => StateV1 { value: Some(json(value)), ..StateV1::default() },
        State::OneOf(cases) => StateV1 {
            candidates: Some(cases.iter().map(|it| json(&it.value)).collect()),
            ..StateV1::default()
        },
        State::Range { min, max } => {
            StateV1 { min: Some(number(*min)), max: Some(number(*max)), ..StateV1::default() }
        }
        State::Pattern(parts) => {
            let first = parts.iter().find_map(|it| match it {
                TextPart::Unknown(unknown) => Some(unknown),
                TextPart::Known(_) => None,
            });
            StateV1 {
                pattern: Some(state.to_string()),
                unknown: first.map(unknown),
                ..StateV1::default()
            }
        }
        State::Unknown(it) => StateV1 { unknown: Some(unknown(it)), ..StateV1::default() },
    }
}

fn unknown(it: &Unknown) -> UnknownV1<'_> {
    let settle_with = Some(it.settle_with.as_str()).filter(|it| !it.is_empty());
    UnknownV1 { reason: &it.reason, settle_with }
}

/// A value as JSON has it.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => Json::Bool(*it),
        Value::Int(it) => Json::from(*it),
        Value::Number(it) => number(*it),
        Value::Text(it) => Json::String(it.clone()),
        Value::List(values) => Json::Array(values.iter().map(json).collect()),
    }
}

/// A whole number without a fraction, as a reader would write it.
fn number(value: f64) -> Json {
    match Value::Number(value).as_int() {
        Some(it) => Json::from(it),
        None => Number::from_f64(value).map_or(Json::Null, Json::Number),
    }
}

/// The unit of a fact of the vocabulary.
pub(super) fn unit(name: &str) -> Option<&'static str> {
    match FactId::from_name(name)?.def().unit {
        Unit::Seconds => Some("s"),
        Unit::Megabytes => Some("MB"),
        Unit::UsdMonth => Some("USD/month"),
        Unit::None | Unit::Count | Unit::Port => None,
    }
}

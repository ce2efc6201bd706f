//! Shapes that both JSON documents share. Public: add fields, never rename or remove them.

use serde::Serialize;
use serde_json::Value as Json;

use super::position::{Columns, Positions};
use crate::fact::{Fact, Origin, Overridden, State, TextPart, Unknown, Value};
use crate::source::Span;
use crate::vocabulary::{FactId, Unit};

/// A place: one-based lines and columns; columns count Unicode code points, `offset` counts bytes.
#[derive(Serialize)]
pub(super) struct PositionV1 {
    line: usize,
    column: usize,
    offset: usize,
}

/// From `start` up to, and not with, `end`.
#[derive(Serialize)]
pub(super) struct RangeV1 {
    start: PositionV1,
    end: PositionV1,
}

/// Where a value comes from.
#[derive(Serialize)]
pub(super) struct OriginV1 {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<RangeV1>,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<InputV1>,
}

/// A value that another one was computed from.
#[derive(Serialize)]
pub(super) struct InputV1 {
    name: String,
    #[serde(flatten)]
    state: StateV1,
    origin: OriginV1,
}

/// What is known: a `value`, a `range`, a `pattern` with gaps as null, or `unknown`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateV1 {
    Value(Json),
    Range { min: f64, max: f64 },
    Pattern(Vec<Option<String>>),
    Unknown(UnknownV1),
}

/// Why a value is not known, and what would settle it.
#[derive(Serialize)]
pub(super) struct UnknownV1 {
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    settle_with: String,
}

/// A value with its origin.
#[derive(Serialize)]
pub(super) struct FactV1 {
    #[serde(flatten)]
    state: StateV1,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    origin: OriginV1,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    overridden: Vec<OverriddenV1>,
}

/// A source that lost.
#[derive(Serialize)]
pub(super) struct OverriddenV1 {
    #[serde(flatten)]
    state: StateV1,
    origin: OriginV1,
}

pub(super) fn range(positions: &Positions<'_>, span: Span) -> RangeV1 {
    let wire = |it: super::position::Position| PositionV1 {
        line: it.line_number,
        column: it.column_number,
        offset: it.offset,
    };
    RangeV1 {
        start: wire(positions.start(span, Columns::CodePoints)),
        end: wire(positions.end(span, Columns::CodePoints)),
    }
}

pub(super) fn origin(positions: &Positions<'_>, origin: &Origin) -> OriginV1 {
    OriginV1 {
        kind: origin.kind.name(),
        path: origin.span.map(|it| positions.path(it).to_owned()),
        range: origin.span.map(|it| range(positions, it)),
        source: origin.source.clone(),
        inputs: origin
            .inputs
            .iter()
            .map(|it| InputV1 {
                name: it.name.clone(),
                state: state(&it.fact.state),
                origin: self::origin(positions, &it.fact.origin),
            })
            .collect(),
    }
}

pub(super) fn fact(positions: &Positions<'_>, name: &str, fact: &Fact) -> FactV1 {
    FactV1 {
        state: state(&fact.state),
        unit: FactId::from_name(name).and_then(|it| unit(it.def().unit)),
        origin: origin(positions, &fact.origin),
        overridden: fact.overridden.iter().map(|it| overridden(positions, it)).collect(),
    }
}

fn overridden(positions: &Positions<'_>, overridden: &Overridden) -> OverriddenV1 {
    OverriddenV1 { state: state(&overridden.state), origin: origin(positions, &overridden.origin) }
}

fn state(state: &State) -> StateV1 {
    match state {
        State::Known(value) => StateV1::Value(json(value)),
        State::Range { min, max } => StateV1::Range { min: *min, max: *max },
        State::Pattern(parts) => StateV1::Pattern(
            parts
                .iter()
                .map(|it| match it {
                    TextPart::Known(text) => Some(text.clone()),
                    TextPart::Unknown(_) => None,
                })
                .collect(),
        ),
        State::Unknown(it) => StateV1::Unknown(unknown(it)),
    }
}

pub(super) fn unknown(unknown: &Unknown) -> UnknownV1 {
    UnknownV1 { reason: unknown.reason.clone(), settle_with: unknown.settle_with.clone() }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Number(value) => Json::from(*value),
        Value::Text(value) => Json::from(value.as_str()),
        Value::List(values) => values.iter().map(json).collect(),
    }
}

/// The unit of a number in output.
pub(super) fn unit(unit: Unit) -> Option<&'static str> {
    match unit {
        Unit::Seconds => Some("s"),
        Unit::Megabytes => Some("MB"),
        Unit::UsdMonth => Some("USD/month"),
        Unit::None | Unit::Count | Unit::Port => None,
    }
}

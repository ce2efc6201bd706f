//! Reading single values of a document as facts.

use crate::document::{Node, NodeKind};
use crate::fact::{Fact, Origin, State, Unknown, Value};

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

/// A whole number, also one written in quotes.
pub(crate) fn int(node: &Node) -> Option<i64> {
    node.as_int().or_else(|| node.as_str()?.trim().parse().ok())
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

/// Seconds of a Go duration such as `1m30s`. `None` for anything Go would refuse.
///
/// Units: ns, us, ms, s, m, h, each with a decimal number before it.
/// Source: <https://pkg.go.dev/time#ParseDuration>
pub(crate) fn go_duration_s(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut seconds = None;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let unit_s = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        seconds = Some(seconds.unwrap_or(0.0) + number.parse::<f64>().ok()? * unit_s);
        rest = tail;
    }
    seconds.map(|it| sign * it)
}

/// A number as the smallest value that prints well: whole numbers lose their fraction.
pub(crate) fn number(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Value::Int(value as i64),
        false => Value::Number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_read_as_go_reads_them() {
        for (text, expect) in [
            ("5s", Some(5.0)),
            ("1m30s", Some(90.0)),
            ("1.5h", Some(5400.0)),
            ("500ms", Some(0.5)),
            ("0", Some(0.0)),
            ("5", None),
            ("", None),
            ("5d", None),
            ("s", None),
            ("1m 30s", None),
        ] {
            assert_eq!(go_duration_s(text), expect, "{text}");
        }
    }
}

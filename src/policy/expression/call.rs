//! Functions of values: everything that needs no names.

use regex::Regex;

use super::eval::equal;
use super::functions::FunctionId;
use super::value::{Val, shown, whole};
use crate::fact::{TextPart, Unknown, Value};

/// The most parts that a text is split into.
const LEN_MAX: usize = 5_000;

/// Computes a function; an error is a mistake that only these values show.
pub(super) fn call<'a>(
    id: FunctionId,
    values: &[Val<'a>],
    pattern: Option<&Regex>,
) -> Result<Val<'a>, String> {
    use FunctionId as F;
    if let Some(unknown) = values.iter().find(|it| matches!(it, Val::Unknown(_)))
        && !matches!(id, F::Min | F::Max)
    {
        return Ok(unknown.clone());
    }
    Ok(match id {
        F::Min | F::Max => extreme(id == F::Max, values),
        F::Abs => numbers(values, |min, max| match min <= 0.0 && max >= 0.0 {
            true => (0.0, max.max(-min)),
            false => (min.abs().min(max.abs()), min.abs().max(max.abs())),
        }),
        F::Round => numbers(values, |min, max| (min.round(), max.round())),
        F::RoundUp => numbers(values, |min, max| (min.ceil(), max.ceil())),
        F::RoundDown => numbers(values, |min, max| (min.floor(), max.floor())),
        F::Percent => percent(values)?,
        F::Sum => sum(&values[0]),
        F::Mb => text(&values[0], |it| number(megabytes(it), it, "a size such as `512mb`")),
        F::Seconds => text(&values[0], |it| number(seconds(it), it, "a duration such as `1m30s`")),
        F::Int => text(&values[0], |it| number(it.trim().parse().ok(), it, "a number")),
        F::Text => Val::Known(Value::Text(shown(&values[0]).replace(',', ""))),
        F::Size => size(&values[0]),
        F::Contains if values[0].items().is_some() => {
            let items = values[0].items().unwrap_or_default();
            let found = items.iter().any(|it| equal(it, &values[1]).truth() == Some(true));
            Val::bool(found)
        }
        F::Contains => pair(values, |text, part| Some(text.contains(part)), has_part),
        F::StartsWith => pair(values, |text, part| Some(text.starts_with(part)), starts_with),
        F::EndsWith => pair(values, |text, part| Some(text.ends_with(part)), |_, _| None),
        F::Matches => match (&values[0], pattern) {
            (Val::Known(Value::Text(it)), Some(pattern)) => Val::bool(pattern.is_match(it)),
            (other, _) => not_text(other),
        },
        F::Lower => text(&values[0], |it| Val::Known(Value::Text(it.to_lowercase()))),
        F::Upper => text(&values[0], |it| Val::Known(Value::Text(it.to_uppercase()))),
        F::Split => match (&values[0], &values[1]) {
            (Val::Known(Value::Text(it)), Val::Known(Value::Text(by))) if !by.is_empty() => {
                split(it, by)
            }
            (other, _) => not_text(other),
        },
        F::Join => join(&values[0], &values[1]),
        // The evaluator answers these itself: they need names.
        F::Has | F::Known | F::Env | F::Setting | F::Exists | F::All | F::Filter | F::Map => {
            Val::Known(Value::Null)
        }
    })
}

/// The parts of a text, unless there are more than a rule could be about.
fn split<'a>(text: &str, by: &str) -> Val<'a> {
    let parts: Vec<_> = text.split(by).take(LEN_MAX + 1).map(known_text).collect();
    match parts.len() > LEN_MAX {
        true => Val::missing("a list", Unknown::because("the text has too many parts")),
        false => Val::List(parts),
    }
}

fn known_text<'a>(text: &str) -> Val<'a> {
    Val::Known(Value::Text(text.to_owned()))
}

/// The smallest or largest: an unknown operand leaves the other's bound on one side.
fn extreme<'a>(max: bool, values: &[Val<'a>]) -> Val<'a> {
    let bounds: Option<Vec<_>> = values.iter().map(Val::bounds).collect();
    let Some(bounds) = bounds else {
        return Val::unknown_of(&values.iter().collect::<Vec<_>>());
    };
    let pick = |a: f64, b: f64| if max { a.max(b) } else { a.min(b) };
    let (low, high) =
        bounds.into_iter().reduce(|a, b| (pick(a.0, b.0), pick(a.1, b.1))).unwrap_or_default();
    Val::number(low, high)
}

fn numbers<'a>(values: &[Val<'a>], compute: impl Fn(f64, f64) -> (f64, f64)) -> Val<'a> {
    match values[0].bounds() {
        Some((min, max)) => {
            let (min, max) = compute(min, max);
            Val::number(min, max)
        }
        None => not_number(&values[0]),
    }
}

fn percent<'a>(values: &[Val<'a>]) -> Result<Val<'a>, String> {
    let (Some((a, a_max)), Some((b, b_max))) = (values[0].bounds(), values[1].bounds()) else {
        return Ok(Val::unknown_of(&[&values[0], &values[1]]));
    };
    if b <= 0.0 {
        return Err("percent of nothing: the second number is 0".to_owned());
    }
    Ok(Val::number(100.0 * a / b_max, 100.0 * a_max / b))
}

fn sum<'a>(list: &Val<'a>) -> Val<'a> {
    let Some(items) = list.items() else { return Val::unknown_of(&[list]) };
    let (mut min, mut max) = (0.0, 0.0);
    for item in &items {
        let Some((low, high)) = item.bounds() else {
            return Val::unknown_of(&items.iter().collect::<Vec<_>>());
        };
        min += low;
        max += high;
    }
    Val::number(min, max)
}

fn text<'a>(value: &Val<'a>, compute: impl FnOnce(&str) -> Val<'a>) -> Val<'a> {
    match value {
        Val::Known(Value::Text(text)) => compute(text),
        // A size or duration that is a number already stays what it is.
        Val::Known(Value::Int(_) | Value::Number(_)) | Val::Range(..) => value.clone(),
        other => not_text(other),
    }
}

fn number<'a>(value: Option<f64>, text: &str, what: &str) -> Val<'a> {
    match value {
        Some(value) => Val::Known(whole(value)),
        None => Val::missing(text, Unknown::because(format!("`{text}` is not {what}"))),
    }
}

/// Megabytes of a text such as `512mb` or `1.5 GB`; a bare number is megabytes.
fn megabytes(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim() {
        "" | "m" | "mb" | "mi" | "mib" => 1.0,
        "k" | "kb" | "ki" | "kib" => 1.0 / 1024.0,
        "g" | "gb" | "gi" | "gib" => 1024.0,
        "t" | "tb" | "ti" | "tib" => 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number * factor)
}

/// Seconds of a text such as `1m30s`; a bare number is seconds.
fn seconds(text: &str) -> Option<f64> {
    text.trim().parse().ok().or_else(|| crate::manifests::read::go_duration_s(text.trim()))
}

fn size<'a>(value: &Val<'a>) -> Val<'a> {
    let len = match value {
        Val::Known(Value::Text(text)) => text.chars().count(),
        Val::Known(Value::Null) => 0,
        Val::Node(node) if value.items().is_none() => node.entries().len(),
        other => match other.items() {
            Some(items) => items.len(),
            None => return Val::unknown_of(&[other]),
        },
    };
    Val::Known(Value::Int(len as i64))
}

/// A question about two texts, the first of which may have gaps.
fn pair<'a>(
    values: &[Val<'a>],
    known: impl Fn(&str, &str) -> Option<bool>,
    gaps: impl Fn(&[TextPart], &str) -> Option<bool>,
) -> Val<'a> {
    let Val::Known(Value::Text(part)) = &values[1] else { return not_text(&values[1]) };
    let answer = match &values[0] {
        Val::Known(Value::Text(text)) => known(text, part),
        Val::Pattern(parts) => gaps(parts, part),
        other => return not_text(other),
    };
    answer.map_or_else(|| Val::unknown_of(&[&values[0]]), Val::bool)
}

fn has_part(parts: &[TextPart], part: &str) -> Option<bool> {
    let found = parts.iter().any(|it| matches!(it, TextPart::Known(text) if text.contains(part)));
    found.then_some(true)
}

fn starts_with(parts: &[TextPart], start: &str) -> Option<bool> {
    let Some(TextPart::Known(first)) = parts.first() else { return None };
    if first.starts_with(start) {
        return Some(true);
    }
    (!start.starts_with(first.as_str())).then_some(false)
}

fn join<'a>(list: &Val<'a>, separator: &Val<'a>) -> Val<'a> {
    let (Some(items), Val::Known(Value::Text(separator))) = (list.items(), separator) else {
        return Val::unknown_of(&[list, separator]);
    };
    Val::Known(Value::Text(items.iter().map(shown).collect::<Vec<_>>().join(separator)))
}

fn not_text<'a>(value: &Val<'a>) -> Val<'a> {
    match value {
        Val::Unknown(_) => value.clone(),
        Val::Pattern(_) => Val::unknown_of(&[value]),
        Val::Known(Value::Null) => Val::missing("a value", Unknown::because("it is not set")),
        _ => Val::missing("a value", Unknown::because("it is not text")),
    }
}

fn not_number<'a>(value: &Val<'a>) -> Val<'a> {
    match value {
        Val::Unknown(_) => value.clone(),
        Val::Known(Value::Null) => Val::missing("a value", Unknown::because("it is not set")),
        _ => Val::missing("a value", Unknown::because("it is not a number")),
    }
}

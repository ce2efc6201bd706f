//! Functions of values: everything that needs no names.
//!
//! None of them looks at what is unknown, one of few or not applicable: the combinators do.

use super::combine::{Answer, Computed, Operand, each, map, map2, try_map2};
use super::eval::contained;
use super::value::{Digits, Val, shown};
use crate::fact::{TextPart, Value};
use crate::quantity::own;
use crate::vocabulary::called;
use opslint_expression::{FunctionId, Pattern};

/// The most parts that a text is split into.
const LEN_MAX: usize = 5_000;

/// Computes a function; an error is a mistake that only these values show.
pub(super) fn call<'a>(
    id: FunctionId,
    values: &[Val<'a>],
    pattern: Option<&Pattern>,
) -> Result<Val<'a>, String> {
    use FunctionId as F;
    // Loading has counted the arguments.
    let Some((first, rest)) = values.split_first() else { return Ok(Val::NotApplicable) };
    let second = rest.first().unwrap_or(&Val::NotApplicable);
    Ok(match id {
        F::Min => rest.iter().fold(first.clone(), |a, b| extreme(&a, b, f64::min)),
        F::Max => rest.iter().fold(first.clone(), |a, b| extreme(&a, b, f64::max)),
        F::Abs => number(first, |min, max| match min <= 0.0 && max >= 0.0 {
            true => (0.0, max.max(-min)),
            false => (min.abs().min(max.abs()), min.abs().max(max.abs())),
        }),
        F::Round => number(first, |min, max| (min.round(), max.round())),
        F::RoundUp => number(first, |min, max| (min.ceil(), max.ceil())),
        F::RoundDown => number(first, |min, max| (min.floor(), max.floor())),
        F::Percent => try_map2(first, second, percent)?,
        F::Sum => sum(first),
        F::Mb => number_of(first, own::megabytes),
        F::Seconds => number_of(first, own::seconds),
        F::Int => number_of(first, |it| it.trim().parse().ok()),
        F::Text => string(first),
        F::Count => count(first, second, rest.get(1)),
        F::Size => size(first),
        F::Contains => contained(second, first),
        F::StartsWith => map2(first, second, starts_with),
        F::EndsWith => map2(first, second, ends_with),
        F::Matches => map(first, |it| match (it, pattern) {
            (Operand::Is(Value::Text(text)), Some(pattern)) => {
                pattern.is_match(text).map(Computed::bool)
            }
            _ => None,
        }),
        F::Lower => letters(first, str::to_lowercase),
        F::Upper => letters(first, str::to_uppercase),
        F::Called => map(first, |it| match it {
            Operand::Is(Value::Text(server)) => {
                Some(Computed::Is(Value::Text(called(server).into_owned())))
            }
            _ => None,
        }),
        F::Split => map2(first, second, |text, by| match (text, by) {
            (Operand::Is(Value::Text(text)), Operand::Is(Value::Text(by))) if !by.is_empty() => {
                let parts = text.split(by.as_str()).map(|it| Value::Text(it.to_owned()));
                let parts: Vec<_> = parts.take(LEN_MAX + 1).collect();
                // A text with more parts is nothing that a rule could be about.
                (parts.len() <= LEN_MAX).then_some(Computed::Is(Value::List(parts)))
            }
            _ => None,
        }),
        F::Join => join(first, second),
        F::Fill => fill(first, second),
        // The evaluator answers these itself: they need names.
        F::Has
        | F::Known
        | F::Certain
        | F::Written
        | F::Env
        | F::Setting
        | F::Option
        | F::Exists
        | F::All
        | F::Filter
        | F::Map => Val::NotApplicable,
    })
}

fn extreme<'a>(a: &Val<'a>, b: &Val<'a>, pick: fn(f64, f64) -> f64) -> Val<'a> {
    map2(a, b, |a, b| {
        let ((a_min, a_max), (b_min, b_max)) = (a.bounds()?, b.bounds()?);
        Computed::number((pick(a_min, b_min), pick(a_max, b_max)))
    })
}

fn number<'a>(value: &Val<'a>, compute: impl Fn(f64, f64) -> (f64, f64)) -> Val<'a> {
    map(value, |it| {
        let (min, max) = it.bounds()?;
        Computed::number(compute(min, max))
    })
}

fn percent(a: Operand<'_>, b: Operand<'_>) -> Answer {
    let (Some((a_min, a_max)), Some((b_min, b_max))) = (a.bounds(), b.bounds()) else {
        return Ok(None);
    };
    if b_max <= 0.0 {
        return Err("percent of nothing: the second number is not above 0".to_owned());
    }
    if b_min <= 0.0 {
        return Ok(None);
    }
    let percent = |a: f64, b: f64| 100.0 * a / b;
    Ok(Computed::number(spread((a_min, a_max), (b_min, b_max), percent)))
}

/// The range of a function of two bounded numbers that is monotonic in both.
pub(super) fn spread(
    (a_min, a_max): (f64, f64),
    (b_min, b_max): (f64, f64),
    compute: impl Fn(f64, f64) -> f64,
) -> (f64, f64) {
    let corners = [(a_min, b_min), (a_min, b_max), (a_max, b_min), (a_max, b_max)];
    let corners = corners.map(|(a, b)| compute(a, b));
    let min = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let max = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (min, max)
}

/// The sum of the elements. What does not apply adds nothing.
fn sum<'a>(list: &Val<'a>) -> Val<'a> {
    each(list, sum_of)
}

fn sum_of<'a>(list: &Val<'a>) -> Val<'a> {
    let Some(items) = list.items() else { return map(list, |_| None) };
    let items = items.into_iter().filter(|it| !matches!(it, Val::NotApplicable));
    items.fold(Val::Known(Value::Int(0)), |a, b| add(&a, &b))
}

/// A number that a text spells. A number already stays what it is.
fn number_of<'a>(value: &Val<'a>, read: impl Fn(&str) -> Option<f64>) -> Val<'a> {
    map(value, |it| match it {
        Operand::Is(Value::Text(text)) => Some(Computed::Is(Value::of_number(read(text)?))),
        other => Computed::number(other.bounds()?),
    })
}

/// The text of a plain value, as a file would have it: without signs that help people read.
fn string<'a>(value: &Val<'a>) -> Val<'a> {
    map(value, |it| match it {
        Operand::Is(value) => plain_text(value).map(|it| Computed::Is(Value::Text(it))),
        Operand::Text(parts) => Some(Computed::Text(parts.to_vec())),
        Operand::Between(..) | Operand::Other => None,
    })
}

/// A text with a plain value in its first gap, `{}`, as a file would have it. One gap alone, so that
/// the result is no larger than both together.
fn fill<'a>(text: &Val<'a>, value: &Val<'a>) -> Val<'a> {
    map2(text, value, |text, value| match (text, value) {
        (Operand::Is(Value::Text(text)), Operand::Is(value)) => {
            Some(Computed::Is(Value::Text(text.replacen("{}", &plain_text(value)?, 1))))
        }
        _ => None,
    })
}

/// A number with its noun, as people say it: `1 worker`, `9 workers`. The plural is the noun with an
/// `s`, unless it is given. A number that is only bounded is not a text that could be compared; in a
/// message it is shown as it is.
fn count<'a>(number: &Val<'a>, noun: &Val<'a>, plural: Option<&Val<'a>>) -> Val<'a> {
    let plain = |it: &Val<'_>| match it {
        Val::Known(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let one = plain(noun);
    let many = match plural {
        Some(plural) => plain(plural),
        None => one.as_ref().map(|it| format!("{it}s")),
    };
    map(number, |it| {
        let Operand::Is(value) = it else { return None };
        let noun = if value.as_number()? == 1.0 { one.as_deref()? } else { many.as_deref()? };
        let digits = shown(&Val::Known(value.clone()), Digits::Grouped);
        Some(Computed::Is(Value::Text(format!("{digits} {noun}"))))
    })
}

fn plain_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Null | Value::List(_) => return None,
    })
}

fn size<'a>(value: &Val<'a>) -> Val<'a> {
    let len = match value {
        Val::Node(node) => Some(node.entries().len()),
        other => other.items().map(|it| it.len()),
    };
    match len {
        Some(len) => Val::Known(Value::Int(len as i64)),
        None => map(value, |it| match it {
            Operand::Is(Value::Text(text)) => {
                Some(Computed::Is(Value::Int(text.chars().count() as i64)))
            }
            Operand::Is(Value::List(values)) => Some(Computed::Is(Value::Int(values.len() as i64))),
            Operand::Is(Value::Null) => Some(Computed::Is(Value::Int(0))),
            _ => None,
        }),
    }
}

/// Whether a text holds another one. `"part" in text` is the same question.
pub(super) fn has_part(text: Operand<'_>, part: Operand<'_>) -> Option<Computed> {
    match (text, part) {
        (Operand::Is(Value::Text(text)), Operand::Is(Value::Text(part))) => {
            Some(Computed::bool(text.contains(part.as_str())))
        }
        (Operand::Text(parts), Operand::Is(Value::Text(part))) => {
            let has = |it: &TextPart| matches!(it, TextPart::Known(text) if text.contains(part));
            parts.iter().any(has).then(|| Computed::bool(true))
        }
        (Operand::Is(Value::List(values)), Operand::Is(part)) => {
            Some(Computed::bool(values.iter().any(|it| it.is_same(part))))
        }
        _ => None,
    }
}

fn starts_with(text: Operand<'_>, start: Operand<'_>) -> Option<Computed> {
    let Operand::Is(Value::Text(start)) = start else { return None };
    match text {
        Operand::Is(Value::Text(text)) => Some(Computed::bool(text.starts_with(start.as_str()))),
        Operand::Text([TextPart::Known(first), ..]) => match first.starts_with(start.as_str()) {
            true => Some(Computed::bool(true)),
            false => (!start.starts_with(first.as_str())).then(|| Computed::bool(false)),
        },
        _ => None,
    }
}

fn ends_with(text: Operand<'_>, end: Operand<'_>) -> Option<Computed> {
    let Operand::Is(Value::Text(end)) = end else { return None };
    match text {
        Operand::Is(Value::Text(text)) => Some(Computed::bool(text.ends_with(end.as_str()))),
        Operand::Text([.., TextPart::Known(last)]) => match last.ends_with(end.as_str()) {
            true => Some(Computed::bool(true)),
            false => (!end.ends_with(last.as_str())).then(|| Computed::bool(false)),
        },
        _ => None,
    }
}

/// A text in other letters. What letters become may depend on their neighbours, except in ASCII.
fn letters<'a>(value: &Val<'a>, convert: impl Fn(&str) -> String) -> Val<'a> {
    map(value, |it| match it {
        Operand::Is(Value::Text(text)) => Some(Computed::Is(Value::Text(convert(text)))),
        Operand::Text(parts) => {
            let part = |it: &TextPart| match it {
                TextPart::Known(text) if text.is_ascii() => Some(TextPart::Known(convert(text))),
                TextPart::Known(_) => None,
                TextPart::Unknown(_) => Some(it.clone()),
            };
            parts.iter().map(part).collect::<Option<Vec<_>>>().map(Computed::Text)
        }
        _ => None,
    })
}

/// The elements with `between` between them.
fn join<'a>(list: &Val<'a>, between: &Val<'a>) -> Val<'a> {
    each(list, |list| join_of(list, between))
}

fn join_of<'a>(list: &Val<'a>, between: &Val<'a>) -> Val<'a> {
    let Some(items) = list.items() else { return map2(list, between, |_, _| None) };
    let mut joined = Val::text("");
    for (idx, item) in items.iter().enumerate() {
        if idx > 0 {
            joined = add(&joined, between);
        }
        joined = add(&joined, &string(item));
    }
    joined
}

/// `a + b` of two numbers or two texts.
pub(super) fn add<'a>(a: &Val<'a>, b: &Val<'a>) -> Val<'a> {
    map2(a, b, |a, b| match (a.bounds(), b.bounds()) {
        (Some(a), Some(b)) => Computed::number((a.0 + b.0, a.1 + b.1)),
        _ => concat(a, b),
    })
}

fn concat(a: Operand<'_>, b: Operand<'_>) -> Option<Computed> {
    let (mut parts, end) = (text_parts(a)?, text_parts(b)?);
    for part in end {
        match (parts.last_mut(), part) {
            (Some(TextPart::Known(text)), TextPart::Known(more)) => text.push_str(&more),
            (_, part) => parts.push(part),
        }
    }
    Some(Computed::Text(parts))
}

fn text_parts(operand: Operand<'_>) -> Option<Vec<TextPart>> {
    match operand {
        Operand::Is(Value::Text(text)) => Some(vec![TextPart::Known(text.clone())]),
        Operand::Text(parts) => Some(parts.to_vec()),
        _ => None,
    }
}

//! Equality and membership of values that may be known in parts.

use crate::fact::{TextPart, Value};
use crate::policy::expression::value::Val;

/// Whether two values are equal. Numbers compare as numbers, whole or not.
pub(in crate::policy::expression) fn equal<'a>(left: &Val<'a>, right: &Val<'a>) -> Val<'a> {
    if let (Some((a_min, a_max)), Some((b_min, b_max))) = (left.bounds(), right.bounds()) {
        return if a_min == a_max && b_min == b_max {
            Val::bool(a_min == b_min)
        } else if a_max < b_min || b_max < a_min {
            Val::bool(false)
        } else {
            Val::unknown_of(&[left, right])
        };
    }
    match (left, right) {
        (Val::Unknown(_), _) | (_, Val::Unknown(_)) => Val::unknown_of(&[left, right]),
        (Val::Pattern(parts), Val::Known(Value::Text(text)))
        | (Val::Known(Value::Text(text)), Val::Pattern(parts)) => match may_equal(parts, text) {
            true => Val::unknown_of(&[left, right]),
            false => Val::bool(false),
        },
        (Val::Pattern(_), Val::Pattern(_)) => Val::unknown_of(&[left, right]),
        (Val::Known(a), Val::Known(b)) => Val::bool(a == b),
        (Val::Process(a), Val::Process(b)) => Val::bool(a == b),
        (a, b) => match (a.items(), b.items()) {
            (Some(a), Some(b)) => equal_lists(&a, &b),
            _ => Val::bool(false),
        },
    }
}

fn equal_lists<'a>(a: &[Val<'a>], b: &[Val<'a>]) -> Val<'a> {
    if a.len() != b.len() {
        return Val::bool(false);
    }
    let results: Vec<_> = a.iter().zip(b).map(|(a, b)| equal(a, b)).collect();
    if results.iter().any(|it| it.truth() == Some(false)) {
        return Val::bool(false);
    }
    match results.iter().all(|it| it.truth() == Some(true)) {
        true => Val::bool(true),
        false => Val::unknown_of(&results.iter().collect::<Vec<_>>()),
    }
}

/// Whether a text fits a text with gaps: its known parts are there, in order.
fn may_equal(parts: &[TextPart], text: &str) -> bool {
    let mut rest = text;
    if let Some(TextPart::Known(first)) = parts.first() {
        let Some(tail) = rest.strip_prefix(first.as_str()) else { return false };
        rest = tail;
    }
    if let Some(TextPart::Known(last)) = parts.last()
        && parts.len() > 1
    {
        let Some(head) = rest.strip_suffix(last.as_str()) else { return false };
        rest = head;
    }
    let inner = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    for part in inner {
        if let TextPart::Known(known) = part {
            let Some(at) = rest.find(known.as_str()) else { return false };
            rest = &rest[at + known.len()..];
        }
    }
    true
}

/// `x in list`, and `"part" in "text"`.
pub(super) fn contained<'a>(left: &Val<'a>, right: &Val<'a>) -> Val<'a> {
    if let (Val::Known(Value::Text(part)), Val::Known(Value::Text(text))) = (left, right) {
        return Val::bool(text.contains(part.as_str()));
    }
    let Some(items) = right.items() else {
        return if right.is_null() { Val::bool(false) } else { Val::unknown_of(&[left, right]) };
    };
    let results: Vec<_> = items.iter().map(|it| equal(left, it)).collect();
    if results.iter().any(|it| it.truth() == Some(true)) {
        return Val::bool(true);
    }
    match results.iter().all(|it| it.truth() == Some(false)) {
        true => Val::bool(false),
        false => Val::unknown_of(&results.iter().collect::<Vec<_>>()),
    }
}

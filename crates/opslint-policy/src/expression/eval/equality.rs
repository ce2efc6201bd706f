//! Equality and membership of values that may be known in parts.

use crate::document::Node;
use crate::expression::call::has_part;
use crate::expression::combine::{Computed, Operand, all, any, each, map, map2};
use crate::expression::value::Val;
use crate::fact::{TextPart, Value};

/// Whether two values are equal. Numbers compare as numbers, whole or not.
pub(in crate::expression) fn equal<'a>(left: &Val<'a>, right: &Val<'a>) -> Val<'a> {
    if let (Val::OneOf(..), _) | (_, Val::OneOf(..)) = (left, right) {
        return each(left, |left| each(right, |right| equal(left, right)));
    }
    match (left, right) {
        (Val::Process(a), Val::Process(b)) => return Val::bool(a == b),
        (Val::Node(a), Val::Node(b)) => return equal_tables(a, b),
        _ => {}
    }
    if let (Some(a), Some(b)) = (left.items(), right.items()) {
        return match a.len() == b.len() {
            true => all(a.iter().zip(&b).map(|(a, b)| equal(a, b))),
            false => Val::bool(false),
        };
    }
    map2(left, right, |a, b| is_equal(a, b).map(Computed::bool))
}

fn is_equal(a: Operand<'_>, b: Operand<'_>) -> Option<bool> {
    if let (Some((a_min, a_max)), Some((b_min, b_max))) = (a.bounds(), b.bounds()) {
        return match a_max < b_min || b_max < a_min {
            true => Some(false),
            false => (a_min == a_max && b_min == b_max).then_some(true),
        };
    }
    match (a, b) {
        (Operand::Is(a), Operand::Is(b)) => Some(a.is_same(b)),
        (Operand::Text(parts), Operand::Is(Value::Text(text)))
        | (Operand::Is(Value::Text(text)), Operand::Text(parts)) => {
            (!may_equal(parts, text)).then_some(false)
        }
        (Operand::Text(_), Operand::Text(_)) => None,
        // Values of two kinds: a table is not a text, and a number is none either.
        _ => Some(false),
    }
}

fn equal_tables<'a>(a: &'a Node, b: &'a Node) -> Val<'a> {
    let has_keys_of =
        |a: &Node, b: &Node| a.entries().iter().all(|it| b.get(&it.key.value).is_some());
    if !has_keys_of(a, b) || !has_keys_of(b, a) {
        return Val::bool(false);
    }
    all(a.entries().iter().map(|entry| match b.get(&entry.key.value) {
        Some(other) => equal(&Val::of_node(&entry.value), &Val::of_node(other)),
        None => Val::bool(false),
    }))
}

/// Whether a text fits a text with gaps: its known parts are there, in order.
fn may_equal(parts: &[TextPart], text: &str) -> bool {
    let mut rest = text;
    let mut inner = parts;
    if let [TextPart::Known(first), others @ ..] = inner {
        let Some(tail) = rest.strip_prefix(first.as_str()) else { return false };
        (rest, inner) = (tail, others);
    }
    if let [others @ .., TextPart::Known(last)] = inner {
        let Some(head) = rest.strip_suffix(last.as_str()) else { return false };
        (rest, inner) = (head, others);
    }
    for part in inner {
        if let TextPart::Known(known) = part {
            let Some(at) = rest.find(known.as_str()) else { return false };
            rest = &rest[at + known.len()..];
        }
    }
    // Without a gap, nothing may be left over.
    !inner.is_empty() || rest.is_empty()
}

/// `x in list`, `"key" in table`, and `"part" in "text"`. Nothing is in null.
pub(in crate::expression) fn contained<'a>(left: &Val<'a>, right: &Val<'a>) -> Val<'a> {
    if let (Val::OneOf(..), _) | (_, Val::OneOf(..)) = (left, right) {
        return each(left, |left| each(right, |right| contained(left, right)));
    }
    if let Some(items) = right.items().or_else(|| right.keys()) {
        let items: Vec<_> =
            items.into_iter().filter(|it| !matches!(it, Val::NotApplicable)).collect();
        return match (left, items.as_slice()) {
            // What does not apply is in no list, and not out of one either.
            (Val::NotApplicable, _) => Val::NotApplicable,
            (_, []) => map(left, |_| Some(Computed::bool(false))),
            (_, items) => any(items.iter().map(|it| equal(left, it))),
        };
    }
    map2(left, right, |part, text| match text {
        Operand::Is(Value::Null) => Some(Computed::bool(false)),
        text => has_part(text, part),
    })
}

//! Sets, and the order of sorted elements.

use std::cmp::Ordering;

use super::compare::{equal, total_order};
use super::raise::Outcome;
use super::storage::Heap;
use super::value::PyValue;

/// Adds an element to a set. False when it is not decided whether it is there already.
pub(super) fn insert_unique(heap: &Heap, values: &mut Vec<PyValue>, value: &PyValue) -> bool {
    heap.spend(values.len() / 8);
    for it in values.iter() {
        match equal(heap, it, value) {
            Some(true) => return true,
            Some(false) => {}
            None => return false,
        }
    }
    values.push(value.clone());
    true
}

/// A method of a set that gives another one, or compares. `None` for one that is beyond us.
pub(super) fn set_method(
    heap: &Heap,
    items: &[PyValue],
    name: &str,
    args: &[PyValue],
) -> Option<PyValue> {
    let others = args.iter().map(|it| match it {
        PyValue::Set(items) => Some(items.to_vec()),
        PyValue::List(_) | PyValue::Tuple(_) => it.elements().map(<[_]>::to_vec),
        _ => None,
    });
    let others: Vec<Vec<PyValue>> = others.collect::<Option<_>>()?;
    let op = match name {
        "union" => SetOperator::Or,
        "intersection" => SetOperator::And,
        "difference" => SetOperator::Minus,
        "symmetric_difference" if others.len() == 1 => SetOperator::Either,
        _ => return None,
    };
    let mut values = items.to_vec();
    for other in others {
        values = set_operation(heap, op, &values, &other)?;
    }
    Some(heap.set(values))
}

/// An operation of two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetOperator {
    /// `|`
    Or,
    /// `&`
    And,
    /// `-`
    Minus,
    /// `^`
    Either,
}

/// The elements of `left op right`; `None` when it is not decided which are equal.
pub(super) fn set_operation(
    heap: &Heap,
    op: SetOperator,
    left: &[PyValue],
    right: &[PyValue],
) -> Option<Vec<PyValue>> {
    let among = |it: &PyValue, others: &[PyValue]| -> Option<bool> {
        heap.spend(others.len() / 8);
        let mut found = Some(false);
        for other in others {
            match equal(heap, it, other) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => found = None,
            }
        }
        found
    };
    let mut values = Vec::new();
    for it in left {
        let kept = match (op, among(it, right)?) {
            (SetOperator::Or, _) | (SetOperator::And, true) => true,
            (SetOperator::Minus | SetOperator::Either, shared) => !shared,
            (SetOperator::And, false) => false,
        };
        values.extend(kept.then(|| it.clone()));
    }
    if matches!(op, SetOperator::Or | SetOperator::Either) {
        for it in right {
            if !among(it, left)? && !among(it, &values)? {
                values.push(it.clone());
            }
        }
    }
    Some(values)
}

/// The elements in ascending order; `Ok(None)` when that is not decided.
pub(super) fn sorted(heap: &Heap, values: &[PyValue]) -> Outcome<Option<Vec<PyValue>>> {
    let order = sorted_by(heap, values, false)?;
    Ok(order.map(|it| it.into_iter().map(|idx| values[idx].clone()).collect()))
}

/// Which element comes at which place when sorted by these keys, equal ones in their order;
/// `Ok(None)` when that is not decided.
pub(super) fn sorted_by(
    heap: &Heap,
    keys: &[PyValue],
    reverse: bool,
) -> Outcome<Option<Vec<usize>>> {
    const SORTED_MAX: usize = 500;
    let nan = |it: &PyValue| matches!(it, PyValue::Float(it) if it.is_nan());
    if keys.len() > SORTED_MAX || keys.iter().any(|it| !it.is_known() || nan(it)) {
        return Ok(None);
    }
    // By insertion: the standard library panics when an order turns out not to be one, and whether
    // Python orders two values is only known after asking.
    let mut order: Vec<usize> = Vec::with_capacity(keys.len());
    for (idx, key) in keys.iter().enumerate() {
        let mut at = order.len();
        while at > 0 {
            if !heap.spend(1) {
                return Ok(None);
            }
            let before = &keys[order[at - 1]];
            let compared = match reverse {
                false => total_order(heap, key, before)?,
                true => total_order(heap, before, key)?,
            };
            match compared {
                Some(Ordering::Less) => at -= 1,
                Some(_) => break,
                None => return Ok(None),
            }
        }
        order.insert(at, idx);
    }
    Ok(Some(order))
}

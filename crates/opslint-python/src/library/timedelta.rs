//! `datetime.timedelta` of whole numbers.

use super::super::call::Arguments;
use super::super::storage::Heap;
use super::super::value::PyValue;

/// The name that the object has as the method of its microseconds.
const NAME: &str = "timedelta";

/// The names of the arguments, in their order, and how many microseconds each stands for.
const UNITS: [(&str, i64); 7] = [
    ("days", 86_400_000_000),
    ("seconds", 1_000_000),
    ("microseconds", 1),
    ("milliseconds", 1_000),
    ("minutes", 60_000_000),
    ("hours", 3_600_000_000),
    ("weeks", 604_800_000_000),
];

/// `timedelta(…)`; `None` when it is beyond us.
pub(in super::super) fn made(heap: &Heap, arguments: &Arguments) -> Option<PyValue> {
    let mut total: i64 = 0;
    let positional = UNITS.iter().zip(&arguments.positional).map(|((_, unit), it)| (*unit, it));
    if arguments.positional.len() > UNITS.len() {
        return None;
    }
    let named = arguments.keywords.iter().map(|(name, it)| {
        let unit = UNITS.iter().find(|(unit, _)| unit == name);
        unit.map_or((0, it), |(_, unit)| (*unit, it))
    });
    for (unit, value) in positional.chain(named) {
        let PyValue::Int(value) = value else { return None };
        if unit == 0 {
            return None;
        }
        total = total.checked_add(value.checked_mul(unit)?)?;
    }
    Some(heap.method(PyValue::Int(total), NAME))
}

/// The microseconds of an object.
fn microseconds(value: &PyValue) -> Option<i64> {
    match value {
        PyValue::Method(method) if method.name() == NAME => match method.object() {
            PyValue::Int(total) => Some(*total),
            _ => None,
        },
        _ => None,
    }
}

/// The seconds of a `timedelta`.
pub fn seconds(value: &PyValue) -> Option<f64> {
    microseconds(value).map(|it| it as f64 / 1e6)
}

/// `value.name`, when the value is a `timedelta` and the attribute is no method.
pub(in super::super) fn attribute(value: &PyValue, name: &str) -> Option<PyValue> {
    let total = microseconds(value)?;
    Some(PyValue::Int(match name {
        "days" => total.div_euclid(UNITS[0].1),
        "seconds" => total.rem_euclid(UNITS[0].1) / UNITS[1].1,
        "microseconds" => total.rem_euclid(UNITS[1].1),
        _ => return None,
    }))
}

/// `value.total_seconds()`, when the value is a `timedelta`.
pub(in super::super) fn method(value: &PyValue, name: &str, args: &[PyValue]) -> Option<PyValue> {
    let total = microseconds(value)?;
    match (name, args) {
        ("total_seconds", []) => Some(PyValue::Float(total as f64 / 1e6)),
        _ => None,
    }
}

//! Python's comparisons: `None` as a result means that it is not decided.

use std::cmp::Ordering;

use ruff_python_ast::CmpOp;

use super::containers::is_unhashable;
use super::numbers::{self, Number};
use super::raise::{Error, Outcome};
use super::storage::{Heap, Part};
use super::value::PyValue;

/// `left op right`.
pub(super) fn compare(
    heap: &Heap,
    op: CmpOp,
    left: &PyValue,
    right: &PyValue,
) -> Outcome<Option<bool>> {
    let negated = |it: Option<bool>| it.map(|it| !it);
    Ok(match op {
        CmpOp::Eq => equal(heap, left, right),
        CmpOp::NotEq => negated(equal(heap, left, right)),
        CmpOp::Is => identical(left, right),
        CmpOp::IsNot => negated(identical(left, right)),
        CmpOp::In => contains(heap, right, left)?,
        CmpOp::NotIn => negated(contains(heap, right, left)?),
        CmpOp::Lt => order(heap, left, right)?.decide(Ordering::is_lt),
        CmpOp::LtE => order(heap, left, right)?.decide(Ordering::is_le),
        CmpOp::Gt => order(heap, left, right)?.decide(Ordering::is_gt),
        CmpOp::GtE => order(heap, left, right)?.decide(Ordering::is_ge),
    })
}

/// `left == right`.
pub(super) fn equal(heap: &Heap, left: &PyValue, right: &PyValue) -> Option<bool> {
    // `__name__` of the file that the server loads: whatever it is, it is not run as a script.
    if let (PyValue::Native(name), PyValue::Str(text))
    | (PyValue::Str(text), PyValue::Native(name)) = (left, right)
    {
        return (name == "__name__" && text == "__main__").then_some(false);
    }
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Some(numbers::compare(left, right) == Some(Ordering::Equal));
    }
    // As in Python, an object is equal to itself without a look at what is inside.
    if left.shares(right) {
        return Some(true);
    }
    let work = left.breadth().min(right.breadth());
    if work > 0 && !heap.spend(work) {
        return None;
    }
    match (left, right) {
        (PyValue::Unknown(_), _) | (_, PyValue::Unknown(_)) => None,
        (PyValue::None, PyValue::None) => Some(true),
        (PyValue::Native(left), PyValue::Native(right)) if left == right => {
            (!super::library::is_made(left)).then_some(true)
        }
        (PyValue::Native(left), PyValue::Native(right)) => {
            (is_builtin_type(left) && is_builtin_type(right)).then_some(false)
        }
        (PyValue::Native(_) | PyValue::Method(_), _) | (_, PyValue::Native(_)) => None,
        (_, PyValue::Method(_)) => None,
        (PyValue::Str(left), PyValue::Str(right)) => Some(left == right),
        (PyValue::Pattern(parts), PyValue::Str(text))
        | (PyValue::Str(text), PyValue::Pattern(parts)) => {
            (!may_match(parts, text)).then_some(false)
        }
        (PyValue::Pattern(_), PyValue::Pattern(_)) => None,
        (PyValue::List(left), PyValue::List(right)) => sequences_equal(heap, left, right),
        (PyValue::Tuple(left), PyValue::Tuple(right)) => sequences_equal(heap, left, right),
        (PyValue::Dict(left), PyValue::Dict(right)) => dicts_equal(heap, left, right),
        (PyValue::Set(left), PyValue::Set(right)) => {
            if left.len() != right.len() && left.iter().chain(right.iter()).all(PyValue::is_known) {
                return Some(false);
            }
            heap.spend(left.len() * right.len() / 4);
            all(left.iter().map(|it| any(right.iter().map(|other| equal(heap, it, other)))))
        }
        (PyValue::Function(left), PyValue::Function(right)) => Some(left == right),
        (PyValue::Module(left), PyValue::Module(right)) => Some(left == right),
        (PyValue::Path(left), PyValue::Path(right)) => Some(left == right),
        (PyValue::Class(left), PyValue::Class(right)) => (left == right).then_some(true),
        (PyValue::Object(left), PyValue::Object(right)) if left == right => Some(true),
        (PyValue::Class(_) | PyValue::Object(_), _)
        | (_, PyValue::Class(_) | PyValue::Object(_)) => None,
        _ => match (left.bounds(), right.bounds()) {
            (Some((min, max, _)), Some((other_min, other_max, _))) => {
                (max < other_min || other_max < min).then_some(false)
            }
            // Two types that are never equal: text and number, None and anything.
            _ => Some(false),
        },
    }
}

/// `item in container`.
fn contains(heap: &Heap, container: &PyValue, item: &PyValue) -> Outcome<Option<bool>> {
    let among = |values: &[PyValue]| any(values.iter().map(|it| equal(heap, it, item)));
    if !heap.spend(container.breadth()) {
        return Ok(None);
    }
    let is_keyed = match container {
        PyValue::Dict(_) => true,
        // A set is looked up as if it were frozen.
        PyValue::Set(_) => !matches!(item, PyValue::Set(_)),
        _ => false,
    };
    if is_keyed && is_unhashable(item) {
        return Err(Error::type_error("a list, dict or set cannot be a key"));
    }
    Ok(match (container, item) {
        (PyValue::Str(text), PyValue::Str(part)) => Some(text.contains(&**part)),
        (PyValue::Pattern(parts), PyValue::Str(part)) => {
            let known =
                parts.iter().any(|it| matches!(it, Part::Known(text) if text.contains(&**part)));
            known.then_some(true)
        }
        (PyValue::Str(_), PyValue::Unknown(_) | PyValue::Pattern(_)) => None,
        (PyValue::Str(_), _) => {
            return Err(Error::type_error("only text can be `in` a text"));
        }
        (PyValue::List(items) | PyValue::Set(items), _) => among(items),
        (PyValue::Tuple(items), _) => among(items),
        (PyValue::Dict(entries), _) => any(entries.iter().map(|(key, _)| equal(heap, key, item))),
        // Names that gunicorn does not have, it has no use for.
        (PyValue::Native(name), PyValue::Str(_)) if *name == *super::packages::GUNICORN_NAMES => {
            Some(true)
        }
        (PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_), _) => {
            return Err(Error::type_error("the right side of `in` is not iterable"));
        }
        _ => None,
    })
}

/// `left is right`, decided for `None`, `True` and `False` alone.
fn identical(left: &PyValue, right: &PyValue) -> Option<bool> {
    let singleton = |it: &PyValue| matches!(it, PyValue::None | PyValue::Bool(_));
    let unknown = |it: &PyValue| matches!(it, PyValue::Unknown(_));
    match (left, right) {
        _ if unknown(left) || unknown(right) => None,
        _ if singleton(left) || singleton(right) => Some(left == right),
        (PyValue::Native(a), PyValue::Native(b)) if is_builtin_type(a) && is_builtin_type(b) => {
            Some(a == b)
        }
        (PyValue::List(a), PyValue::List(b)) if a.id() == b.id() => Some(true),
        (PyValue::Dict(a), PyValue::Dict(b)) if a.id() == b.id() => Some(true),
        _ => None,
    }
}

/// How two values stand to each other.
enum Order {
    Known(Ordering),
    /// NaN: every comparison is false.
    Never,
    /// Between these two.
    Between(Ordering, Ordering),
    Unknown,
}

impl Order {
    fn decide(self, holds: fn(Ordering) -> bool) -> Option<bool> {
        match self {
            Self::Known(order) => Some(holds(order)),
            Self::Never => Some(false),
            Self::Between(low, high) => (holds(low) == holds(high)).then(|| holds(low)),
            Self::Unknown => None,
        }
    }
}

fn order(heap: &Heap, left: &PyValue, right: &PyValue) -> Outcome<Order> {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(numbers::compare(left, right).map_or(Order::Never, Order::Known));
    }
    if !heap.spend(left.breadth().min(right.breadth())) {
        return Ok(Order::Unknown);
    }
    Ok(match (left, right) {
        (PyValue::Str(left), PyValue::Str(right)) => Order::Known(left.chars().cmp(right.chars())),
        (PyValue::List(left), PyValue::List(right)) => sequence_order(heap, left, right)?,
        (PyValue::Tuple(left), PyValue::Tuple(right)) => sequence_order(heap, left, right)?,
        (PyValue::Set(left), PyValue::Set(right)) => set_order(heap, left, right),
        _ => match (left.bounds(), right.bounds()) {
            (Some((min, max, _)), Some((other_min, other_max, _))) => {
                let low = min.partial_cmp(&other_max).unwrap_or(Ordering::Equal);
                let high = max.partial_cmp(&other_min).unwrap_or(Ordering::Equal);
                Order::Between(low, high)
            }
            _ => match (left.type_name(), right.type_name()) {
                (Some("str"), Some("str")) => Order::Unknown,
                // Numbers are always ordered, also those whose bounds are not known.
                (Some("bool" | "int" | "float"), Some("bool" | "int" | "float")) => Order::Unknown,
                (Some(left), Some(right)) if left != "type" && right != "type" => {
                    let message = format!("`<` is not defined between `{left}` and `{right}`");
                    return Err(Error::type_error(message));
                }
                _ => Order::Unknown,
            },
        },
    })
}

/// `<` of sets is "is a part of": two sets may stand to each other in no way.
fn set_order(heap: &Heap, left: &[PyValue], right: &[PyValue]) -> Order {
    heap.spend(left.len() * right.len() / 4);
    let within = |inner: &[PyValue], outer: &[PyValue]| {
        all(inner.iter().map(|it| any(outer.iter().map(|other| equal(heap, it, other)))))
    };
    match (within(left, right), within(right, left)) {
        (Some(true), Some(true)) => Order::Known(Ordering::Equal),
        (Some(true), Some(false)) => Order::Known(Ordering::Less),
        (Some(false), Some(true)) => Order::Known(Ordering::Greater),
        (Some(false), Some(false)) => Order::Never,
        _ => Order::Unknown,
    }
}

/// Whether a name is that of a built-in type, of which each is a thing of its own.
pub(super) fn is_builtin_type(name: &str) -> bool {
    const TYPES: [&str; 12] = [
        "bool",
        "bytes",
        "complex",
        "dict",
        "float",
        "frozenset",
        "int",
        "list",
        "object",
        "set",
        "str",
        "tuple",
    ];
    name.strip_prefix("builtins.").is_some_and(|it| TYPES.contains(&it))
}

/// The order of two values for `sorted`, `min` and `max`. `Ok(None)` when it is not decided.
pub(super) fn total_order(
    heap: &Heap,
    left: &PyValue,
    right: &PyValue,
) -> Outcome<Option<Ordering>> {
    if matches!((left, right), (PyValue::Set(_), PyValue::Set(_))) {
        return Ok(None);
    }
    Ok(match order(heap, left, right)? {
        Order::Known(order) => Some(order),
        _ => None,
    })
}

fn sequence_order(heap: &Heap, left: &[PyValue], right: &[PyValue]) -> Outcome<Order> {
    for (left, right) in left.iter().zip(right) {
        match equal(heap, left, right) {
            Some(true) => {}
            Some(false) => return order(heap, left, right),
            None => return Ok(Order::Unknown),
        }
    }
    Ok(Order::Known(left.len().cmp(&right.len())))
}

fn sequences_equal(heap: &Heap, left: &[PyValue], right: &[PyValue]) -> Option<bool> {
    if left.len() != right.len() {
        return Some(false);
    }
    all(left.iter().zip(right).map(|(left, right)| equal(heap, left, right)))
}

fn dicts_equal(
    heap: &Heap,
    left: &[(PyValue, PyValue)],
    right: &[(PyValue, PyValue)],
) -> Option<bool> {
    if left.len() != right.len() {
        return Some(false);
    }
    heap.spend(left.len() * right.len() / 4);
    all(left.iter().map(|(key, value)| {
        any(right.iter().map(|(other_key, other)| match equal(heap, key, other_key) {
            Some(true) => equal(heap, value, other),
            other => other,
        }))
    }))
}

fn all(mut decisions: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    decisions
        .find_map(|it| match it {
            Some(false) => Some(Some(false)),
            Some(true) => None,
            None => {
                result = None;
                None
            }
        })
        .unwrap_or(result)
}

fn any(decisions: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(decisions.map(|it| it.map(|it| !it))).map(|it| !it)
}

/// Whether a text may be what a pattern stands for, by its ends and its length.
fn may_match(parts: &[Part], text: &str) -> bool {
    if let [Part::Gap(unknown)] = parts
        && unknown.excludes(text)
    {
        return false;
    }
    let known_len: usize =
        parts.iter().map(|it| if let Part::Known(known) = it { known.len() } else { 0 }).sum();
    let starts = match parts.first() {
        Some(Part::Known(prefix)) => text.starts_with(prefix.as_str()),
        _ => true,
    };
    let ends = match parts.last() {
        Some(Part::Known(suffix)) => text.ends_with(suffix.as_str()),
        _ => true,
    };
    starts && ends && known_len <= text.len()
}

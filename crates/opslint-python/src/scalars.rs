//! Built-in functions that need nothing but their arguments.

use crate::budget::LEN_MAX;

use super::call::unknown_of;
use super::compare::total_order;
use super::convert;
use super::eval::not_seen;
use super::numbers::{Number, arithmetic, too_large};
use super::raise::{Error, Outcome};
use super::render::{format_value, repr};
use super::storage::Heap;
use super::value::PyValue;

/// Built-ins that need nothing but their arguments. `None` for one that is beyond us.
pub(super) fn plain_builtin(heap: &Heap, name: &str, args: &[PyValue]) -> Option<Outcome> {
    Some(match (name, args) {
        ("int", []) => Ok(PyValue::Int(0)),
        ("int", [value]) => convert::int(value, None),
        ("int", [value, base]) => convert::int(value, Some(base)),
        ("float", []) => Ok(PyValue::Float(0.0)),
        ("float", [value]) => convert::float(value),
        ("bool", []) => Ok(PyValue::Bool(false)),
        ("bool", [value]) => Ok(match value.truth() {
            Some(truth) => PyValue::Bool(truth),
            None => PyValue::Unknown(value.unknown().unwrap_or_else(not_seen)),
        }),
        ("str", []) => Ok(heap.text("")),
        ("str", [value @ PyValue::Pattern(_)]) => Ok(value.clone()),
        ("str" | "format", [value]) => match format_value(heap, value, "") {
            Ok(Some(text)) => Ok(heap.text(text)),
            _ => Ok(heap.some_text(value.unknown().unwrap_or_else(not_seen))),
        },
        ("format", [value, PyValue::Str(spec)]) => match format_value(heap, value, spec) {
            Ok(Some(text)) => Ok(heap.text(text)),
            Ok(None) => Ok(heap.some_text(value.unknown().unwrap_or_else(not_seen))),
            Err(error) => Err(error),
        },
        ("repr", [value]) => Ok(match repr(heap, value) {
            Some(text) => heap.text(text),
            None => heap.some_text(value.unknown().unwrap_or_else(not_seen)),
        }),
        ("round", [value]) => convert::round(value, None),
        ("round", [value, digits]) => convert::round(value, Some(digits)),
        ("abs", [value]) => absolute(value)?,
        ("len", [value]) => length(value)?,
        ("range", [_] | [_, _] | [_, _, _]) => range_of(heap, args)?,
        ("isinstance", [value, classes]) => Ok(match is_instance(value, classes) {
            Some(decided) => PyValue::Bool(decided),
            None => PyValue::Unknown(value.unknown().unwrap_or_else(not_seen)),
        }),
        ("callable", [PyValue::Function(_) | PyValue::Class(_)]) => Ok(PyValue::Bool(true)),
        ("callable", [PyValue::Native(it)]) if is_callable(it) => Ok(PyValue::Bool(true)),
        ("issubclass", [class, classes]) => Ok(PyValue::Bool(is_subclass(class, classes)?)),
        ("type", [value]) => Ok(heap.native(format!("builtins.{}", type_of(value)?))),
        ("ascii", [value]) => match repr(heap, value) {
            Some(text) => Ok(heap.text(escaped(&text))),
            None => Ok(heap.some_text(value.unknown().unwrap_or_else(not_seen))),
        },
        ("next", [iterator, default @ ..]) => match (iterator.iterated()?.first(), default) {
            _ if iterator.is_range() => return None,
            (Some(first), _) => Ok(first.clone()),
            (None, [default]) => Ok(default.clone()),
            (None, _) => Err(Error::raise("StopIteration", "there is no next element")),
        },
        ("pow", [left, right, modulus]) => power_within(left, right, modulus)?,
        ("str.maketrans", [PyValue::Str(from), PyValue::Str(to)]) => {
            if from.chars().count() != to.chars().count() {
                let message = "the first two maketrans arguments must have equal length";
                return Some(Err(Error::raise("ValueError", message)));
            }
            let code = |it: char| PyValue::Int(i64::from(u32::from(it)));
            let mut entries = Vec::new();
            for (from, to) in from.chars().zip(to.chars()) {
                super::containers::insert_entry(heap, &mut entries, &code(from), code(to));
            }
            Ok(heap.dict(entries))
        }
        ("callable", [value]) if value.type_name().is_some() => Ok(PyValue::Bool(false)),
        ("ord", [PyValue::Str(text)]) if text.chars().count() == 1 => {
            Ok(PyValue::Int(text.chars().next().map_or(0, |it| i64::from(u32::from(it)))))
        }
        ("chr", [PyValue::Int(code)]) => {
            let found = u32::try_from(*code).ok().and_then(char::from_u32)?;
            Ok(heap.text(found.to_string()))
        }
        ("divmod" | "pow", [left, right]) if is_no_number(left) || is_no_number(right) => {
            let of = |it: &PyValue| it.type_name().unwrap_or("object");
            let message = format!("`{name}()` of `{}` and `{}`", of(left), of(right));
            Err(Error::raise("TypeError", message))
        }
        ("divmod", [left, right]) => divmod(heap, left, right)?,
        ("pow", [left, right]) => {
            let (left, right) = (Number::of(left)?, Number::of(right)?);
            arithmetic(ruff_python_ast::Operator::Pow, left, right)
        }
        ("hex" | "oct" | "bin", [PyValue::Int(value)]) => {
            let spec = match name {
                "hex" => "#x",
                "oct" => "#o",
                _ => "#b",
            };
            match format_value(heap, &PyValue::Int(*value), spec) {
                Ok(Some(text)) => Ok(heap.text(text)),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The escapes that `ascii` writes for what is not ASCII in a `repr`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for it in text.chars() {
        match u32::from(it) {
            0..=0x7f => out.push(it),
            code @ ..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

/// The name of a value's type, of those whose type is a built-in that has a name.
fn type_of(value: &PyValue) -> Option<&'static str> {
    let name = value.type_name()?;
    super::compare::is_builtin_type(&format!("builtins.{name}")).then_some(name)
}

/// Whether an object of the library certainly can be called.
fn is_callable(name: &str) -> bool {
    let builtin = name.strip_prefix("builtins.");
    builtin.is_some_and(|it| !it.contains('.') && !it.starts_with("__"))
        && !matches!(builtin, Some("Ellipsis" | "NotImplemented"))
}

/// `issubclass` of built-in types.
fn is_subclass(class: &PyValue, classes: &PyValue) -> Option<bool> {
    if let PyValue::Tuple(classes) = classes {
        let decisions: Vec<_> = classes.iter().map(|it| is_subclass(class, it)).collect();
        if decisions.contains(&Some(true)) {
            return Some(true);
        }
        return if decisions.contains(&None) { None } else { Some(false) };
    }
    let (PyValue::Native(class), PyValue::Native(base)) = (class, classes) else { return None };
    if !super::compare::is_builtin_type(class) || !super::compare::is_builtin_type(base) {
        return None;
    }
    Some(
        class == base
            || base == "builtins.object"
            || (class == "builtins.bool" && base == "builtins.int"),
    )
}

/// The number that gives 1 when it is multiplied with `value`, modulo `modulus`.
fn inverse(value: i128, modulus: i128) -> Option<i128> {
    let (mut r, mut next_r) = (modulus, value.rem_euclid(modulus));
    let (mut t, mut next_t) = (0_i128, 1_i128);
    while next_r != 0 {
        let quotient = r / next_r;
        (t, next_t) = (next_t, t - quotient * next_t);
        (r, next_r) = (next_r, r - quotient * next_r);
    }
    (r == 1).then(|| t.rem_euclid(modulus))
}

/// `pow(left, right, modulus)` of whole numbers.
fn power_within(left: &PyValue, right: &PyValue, modulus: &PyValue) -> Option<Outcome> {
    let whole = |it| match Number::of(it) {
        Some(Number::Int(value)) => Some(i128::from(value)),
        _ => None,
    };
    let (left, right, modulus) = (whole(left)?, whole(right)?, whole(modulus)?);
    if modulus == 0 {
        return Some(Err(Error::raise("ValueError", "pow() 3rd argument cannot be 0")));
    }
    let (left, right) = match right < 0 {
        false => (left, right),
        true => match inverse(left, modulus.abs()) {
            Some(inverse) => (inverse, -right),
            None => {
                let message = "base is not invertible for the given modulus";
                return Some(Err(Error::raise("ValueError", message)));
            }
        },
    };
    let mut result = 1_i128.rem_euclid(modulus.abs());
    let mut base = left.rem_euclid(modulus.abs());
    let mut exponent = right;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus.abs();
        }
        base = base * base % modulus.abs();
        exponent >>= 1;
    }
    // The result has the sign of the modulus.
    let signed = if modulus < 0 && result != 0 { result + modulus } else { result };
    Some(Ok(i64::try_from(signed).map_or_else(|_| too_large(), PyValue::Int)))
}

pub(super) fn enumerated(heap: &Heap, values: Vec<PyValue>, start: &PyValue) -> PyValue {
    let PyValue::Int(start) = start else { return unknown_of(std::slice::from_ref(start)) };
    let row = |(idx, value): (usize, PyValue)| {
        heap.tuple(vec![PyValue::Int(start.saturating_add(idx as i64)), value])
    };
    heap.iterator(values.into_iter().enumerate().map(row).collect(), "enumerate")
}

/// The first least or greatest element; bounds when some elements are only known by theirs.
pub(super) fn extreme(
    heap: &Heap,
    name: &str,
    values: &[PyValue],
    default: Option<PyValue>,
) -> Outcome {
    let Some(first) = values.first() else {
        return match default {
            Some(default) => Ok(default),
            None => Err(Error::raise("ValueError", format!("{name}() of nothing"))),
        };
    };
    if values.iter().any(|it| matches!(it, PyValue::Range { .. })) {
        let Some(bounds) = values.iter().map(PyValue::bounds).collect::<Option<Vec<_>>>() else {
            return Ok(unknown_of(values));
        };
        // A bool among them may be the result.
        if values.iter().any(|it| matches!(it, PyValue::Bool(_))) {
            return Ok(unknown_of(values));
        }
        let is_int = bounds.iter().all(|(_, _, is_int)| *is_int);
        let pick = if name == "min" { f64::min } else { f64::max };
        let low = bounds.iter().map(|it| it.0).reduce(pick).unwrap_or_default();
        let high = bounds.iter().map(|it| it.1).reduce(pick).unwrap_or_default();
        return Ok(PyValue::range(low, high, is_int));
    }
    let mut best = first;
    for value in &values[1..] {
        let order = match name {
            "min" => total_order(heap, value, best)?,
            _ => total_order(heap, best, value)?,
        };
        match order {
            Some(std::cmp::Ordering::Less) => best = value,
            Some(_) => {}
            None => return Ok(unknown_of(values)),
        }
    }
    Ok(best.clone())
}

pub(super) fn any_all(name: &str, values: &[PyValue]) -> PyValue {
    let stops = name == "any";
    let mut unknown = None;
    for value in values {
        match value.truth() {
            Some(truth) if truth == stops => {
                return match unknown {
                    // An earlier element may stop it as well: to the same end.
                    Some(_) | None => PyValue::Bool(stops),
                };
            }
            Some(_) => {}
            None => unknown = Some(value.unknown().unwrap_or_else(not_seen)),
        }
    }
    unknown.map_or(PyValue::Bool(!stops), PyValue::Unknown)
}

fn absolute(value: &PyValue) -> Option<Outcome> {
    Some(match (value, Number::of(value)) {
        (_, Some(Number::Int(value))) => {
            Ok(value.checked_abs().map_or_else(too_large, PyValue::Int))
        }
        (_, Some(Number::Float(value))) => Ok(PyValue::Float(value.abs())),
        (PyValue::Range { min, max, is_int }, _) => {
            let low = if *min <= 0.0 && *max >= 0.0 { 0.0 } else { min.abs().min(max.abs()) };
            Ok(PyValue::range(low, min.abs().max(max.abs()), *is_int))
        }
        (PyValue::Str(_) | PyValue::None | PyValue::List(_), _) => {
            Err(Error::type_error("abs() takes a number"))
        }
        _ => return None,
    })
}

fn length(value: &PyValue) -> Option<Outcome> {
    let len = match value {
        PyValue::Str(text) => text.chars().count(),
        PyValue::List(items) | PyValue::Set(items) => items.len(),
        PyValue::Tuple(items) => items.len(),
        PyValue::Dict(entries) => entries.len(),
        PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) => {
            return Some(Err(Error::type_error("the value has no len()")));
        }
        PyValue::Method(method)
            if matches!(
                method.name(),
                "iter range" | "iter keys" | "iter values" | "iter items"
            ) =>
        {
            value.iterated()?.len()
        }
        _ => return None,
    };
    Some(i64::try_from(len).map(PyValue::Int).map_err(|_| Error::raise("OverflowError", "")))
}

fn range_of(heap: &Heap, args: &[PyValue]) -> Option<Outcome> {
    let mut bounds = Vec::new();
    for arg in args {
        match arg {
            PyValue::Int(value) => bounds.push(*value),
            PyValue::Bool(value) => bounds.push(i64::from(*value)),
            PyValue::Float(_) | PyValue::Str(_) | PyValue::None => {
                return Some(Err(Error::type_error("range() takes integers")));
            }
            _ => return None,
        }
    }
    let (start, stop, step) = match bounds.as_slice() {
        [stop] => (0, *stop, 1),
        [start, stop] => (*start, *stop, 1),
        [start, stop, step] => (*start, *stop, *step),
        _ => return None,
    };
    if step == 0 {
        return Some(Err(Error::raise("ValueError", "range() arg 3 must not be zero")));
    }
    let mut values = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        if values.len() > LEN_MAX {
            return None;
        }
        values.push(PyValue::Int(at));
        at = at.checked_add(step)?;
    }
    Some(Ok(heap.iterator(values, "range")))
}

fn is_instance(value: &PyValue, classes: &PyValue) -> Option<bool> {
    if let PyValue::Tuple(classes) = classes {
        let decisions: Vec<_> = classes.iter().map(|it| is_instance(value, it)).collect();
        if decisions.contains(&Some(true)) {
            return Some(true);
        }
        return if decisions.contains(&None) { None } else { Some(false) };
    }
    let PyValue::Native(class) = classes else { return None };
    let class = class.strip_prefix("builtins.")?;
    let name = value.type_name()?;
    const DECIDED: [&str; 9] =
        ["bool", "int", "float", "str", "list", "tuple", "dict", "set", "bytes"];
    match class {
        "object" => Some(true),
        _ if !DECIDED.contains(&class) => None,
        "int" => Some(name == "int" || name == "bool"),
        _ => Some(name == class),
    }
}

/// Whether a value is of a type that no arithmetic function takes.
fn is_no_number(value: &PyValue) -> bool {
    matches!(value.type_name(), Some("str" | "list" | "tuple" | "dict" | "set" | "NoneType"))
}

fn divmod(heap: &Heap, left: &PyValue, right: &PyValue) -> Option<Outcome> {
    use ruff_python_ast::Operator;
    let (left, right) = (Number::of(left)?, Number::of(right)?);
    let quotient = match arithmetic(Operator::FloorDiv, left, right) {
        Ok(value) => value,
        Err(error) => return Some(Err(error)),
    };
    let remainder = arithmetic(Operator::Mod, left, right);
    Some(remainder.map(|it| heap.tuple(vec![quotient, it])))
}

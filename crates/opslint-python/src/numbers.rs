//! Arithmetic with Python's semantics: `int` and `float` mix, `//` and `%` round down, and an `int`
//! that leaves 64 bits is unknown rather than wrong.

use std::cmp::Ordering;

use ruff_python_ast::Operator;

use super::raise::{Error, Outcome};
use super::value::PyValue;

/// A number that is known exactly; `bool` counts as `int`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub(super) fn of(value: &PyValue) -> Option<Self> {
        match value {
            PyValue::Bool(value) => Some(Self::Int(i64::from(*value))),
            PyValue::Int(value) => Some(Self::Int(*value)),
            PyValue::Float(value) => Some(Self::Float(*value)),
            _ => None,
        }
    }

    pub(super) fn as_float(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// `left op right` of two exact numbers.
pub(super) fn arithmetic(op: Operator, left: Number, right: Number) -> Outcome {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => int_arithmetic(op, left, right),
        _ => float_arithmetic(op, left.as_float(), right.as_float()),
    }
}

/// `left op right` where at least one side is only known by its bounds.
///
/// `None` when the bounds of the result do not follow.
pub(super) fn range_arithmetic(op: Operator, left: &PyValue, right: &PyValue) -> Option<PyValue> {
    let (left_min, left_max, left_int) = left.bounds()?;
    let (right_min, right_max, right_int) = right.bounds()?;
    let is_int = left_int && right_int;
    let over_corners = |f: fn(f64, f64) -> f64, is_int: bool| {
        let corners = [
            f(left_min, right_min),
            f(left_min, right_max),
            f(left_max, right_min),
            f(left_max, right_max),
        ];
        let min = corners.into_iter().fold(f64::INFINITY, f64::min);
        let max = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
        PyValue::range(min, max, is_int)
    };
    let divisor_is_safe = right_min > 0.0 || right_max < 0.0;
    Some(match op {
        Operator::Add => over_corners(|a, b| a + b, is_int),
        Operator::Sub => over_corners(|a, b| a - b, is_int),
        Operator::Mult => over_corners(|a, b| a * b, is_int),
        Operator::Div if divisor_is_safe => over_corners(|a, b| a / b, false),
        Operator::FloorDiv if divisor_is_safe => over_corners(|a, b| (a / b).floor(), is_int),
        Operator::Mod if is_int && right_min > 0.0 => PyValue::range(0.0, right_max - 1.0, true),
        _ => return None,
    })
}

/// Compares exactly, also an `int` beyond the precision of a `float`. `None` for NaN.
pub(super) fn compare(left: Number, right: Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Some(left.cmp(&right)),
        (Number::Float(left), Number::Float(right)) => left.partial_cmp(&right),
        (Number::Int(left), Number::Float(right)) => compare_int_float(left, right),
        (Number::Float(left), Number::Int(right)) => {
            compare_int_float(right, left).map(Ordering::reverse)
        }
    }
}

/// A `float` as an `int`, as `int()`, `math.floor()` and `round()` make it once it has no fraction.
pub(super) fn int_of_float(value: f64) -> Outcome {
    if value.is_nan() {
        return Err(Error::raise("ValueError", "cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(Error::raise("OverflowError", "cannot convert float infinity to integer"));
    }
    let whole = value.trunc();
    if whole.abs() >= 9.2e18 {
        return Ok(too_large());
    }
    Ok(PyValue::Int(whole as i64))
}

pub(super) fn too_large() -> PyValue {
    PyValue::because("the number does not fit in 64 bits")
}

/// A method of a number without arguments. `None` for one that is beyond us.
pub(super) fn method(value: &PyValue, name: &str) -> Option<PyValue> {
    Some(match (Number::of(value)?, name) {
        (Number::Int(value), "bit_length") => {
            PyValue::Int(i64::from(64 - value.unsigned_abs().leading_zeros()))
        }
        (Number::Int(value), "bit_count") => {
            PyValue::Int(i64::from(value.unsigned_abs().count_ones()))
        }
        (Number::Int(value), "conjugate") => PyValue::Int(value),
        (Number::Float(value), "is_integer") => {
            PyValue::Bool(value.is_finite() && value.fract() == 0.0)
        }
        (Number::Float(value), "conjugate") => PyValue::Float(value),
        _ => return None,
    })
}

fn int_arithmetic(op: Operator, left: i64, right: i64) -> Outcome {
    let exact = |it: Option<i64>| Ok(it.map_or_else(too_large, PyValue::Int));
    match op {
        Operator::Add => exact(left.checked_add(right)),
        Operator::Sub => exact(left.checked_sub(right)),
        Operator::Mult => exact(left.checked_mul(right)),
        Operator::Div | Operator::FloorDiv | Operator::Mod if right == 0 => Err(Error::raise(
            "ZeroDivisionError",
            if op == Operator::Div { "division by zero" } else { "integer division by zero" },
        )),
        Operator::Div => {
            const EXACT_MAX: u64 = 1 << 53;
            if left.unsigned_abs() > EXACT_MAX || right.unsigned_abs() > EXACT_MAX {
                return Ok(too_large());
            }
            Ok(PyValue::Float(left as f64 / right as f64))
        }
        Operator::FloorDiv => exact(left.checked_div_euclid(right).and_then(|quotient| {
            // Euclid's remainder is never negative; Python's has the sign of the divisor.
            let inexact = left.checked_rem_euclid(right)? != 0;
            if right < 0 && inexact { quotient.checked_sub(1) } else { Some(quotient) }
        })),
        Operator::Mod => exact(left.checked_rem_euclid(right).map(|remainder| {
            if right < 0 && remainder != 0 { remainder + right } else { remainder }
        })),
        Operator::Pow if right >= 0 => {
            // Beyond 64 bits for every base but these.
            match (left, u32::try_from(right)) {
                (0 | 1, _) if right > 0 => exact(Some(left)),
                (-1, _) => exact(Some(if right % 2 == 0 { 1 } else { -1 })),
                (_, Ok(exponent)) => exact(left.checked_pow(exponent)),
                (_, Err(_)) => Ok(too_large()),
            }
        }
        Operator::Pow => float_arithmetic(op, left as f64, right as f64),
        Operator::BitAnd => exact(Some(left & right)),
        Operator::BitOr => exact(Some(left | right)),
        Operator::BitXor => exact(Some(left ^ right)),
        Operator::LShift | Operator::RShift if right < 0 => {
            Err(Error::raise("ValueError", "negative shift count"))
        }
        Operator::LShift => {
            let shifted = i128::from(left).checked_shl(u32::try_from(right).unwrap_or(u32::MAX));
            let fits = right < 64 || left == 0;
            exact(
                if left == 0 { Some(0) } else { shifted.filter(|_| fits) }
                    .and_then(|it| i64::try_from(it).ok()),
            )
        }
        Operator::RShift => exact(Some(left >> right.min(63))),
        Operator::MatMult => Err(Error::raise("TypeError", "numbers have no `@`")),
    }
}

fn float_arithmetic(op: Operator, left: f64, right: f64) -> Outcome {
    let zero = |message| Err(Error::raise("ZeroDivisionError", message));
    let value = match op {
        Operator::Add => left + right,
        Operator::Sub => left - right,
        Operator::Mult => left * right,
        Operator::Div if right == 0.0 => return zero("float division by zero"),
        Operator::Div => left / right,
        Operator::FloorDiv | Operator::Mod if right == 0.0 => return zero("float modulo by zero"),
        Operator::FloorDiv => float_divmod(left, right).0,
        Operator::Mod => float_divmod(left, right).1,
        Operator::Pow => return float_power(left, right),
        _ => {
            return Err(Error::raise("TypeError", format!("a float has no `{}`", op.as_str())));
        }
    };
    Ok(PyValue::Float(value))
}

/// CPython's `float_divmod`, step by step: the naive `floor(left / right)` differs in the last bit.
fn float_divmod(left: f64, right: f64) -> (f64, f64) {
    let mut remainder = left % right;
    let mut quotient = (left - remainder) / right;
    if remainder == 0.0 {
        remainder = 0.0_f64.copysign(right);
    } else if (right < 0.0) != (remainder < 0.0) {
        remainder += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(left / right), remainder);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

fn float_power(left: f64, right: f64) -> Outcome {
    if left == 0.0 && right < 0.0 {
        let message = "0.0 cannot be raised to a negative power";
        return Err(Error::raise("ZeroDivisionError", message));
    }
    if left < 0.0 && left.is_finite() && right.is_finite() && right.fract() != 0.0 {
        return Ok(PyValue::because("the result is a complex number"));
    }
    let value = left.powf(right);
    if value.is_infinite() && left.is_finite() && right.is_finite() {
        return Err(Error::raise("OverflowError", "the result is too large for a float"));
    }
    Ok(PyValue::Float(value))
}

fn compare_int_float(left: i64, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    // Every i64 is below 1e19, and a float of this size converts exactly.
    if right.abs() >= 1e19 {
        return Some(if right > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = right.trunc();
    let order = i128::from(left).cmp(&(whole as i128));
    Some(order.then(0.0.partial_cmp(&(right - whole))?))
}

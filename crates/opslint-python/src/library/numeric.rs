//! `math`. Results that no rounding of the C library decides.

use super::super::call::unknown_of;
use super::super::numbers::{Number, int_of_float, too_large};
use super::super::raise::{Error, Outcome};
use super::super::value::PyValue;

/// A function of `math`. `None` for one that is beyond us.
pub(in super::super) fn function(name: &str, args: &[PyValue]) -> Option<Outcome> {
    match (name, args) {
        ("ceil" | "floor" | "trunc", [value]) => return Some(rounded(name, value)),
        ("gcd" | "lcm", _) => return divisors(name, args),
        ("isqrt", [value]) => return whole_root(value),
        _ => {}
    }
    let numbers: Option<Vec<f64>> =
        args.iter().map(|it| Number::of(it).map(Number::as_float)).collect();
    let Some(numbers) = numbers else {
        let known = args.iter().all(|it| it.is_known() && it.type_name().is_some());
        let error = || Err(Error::type_error(format!("math.{name}() takes a number")));
        return match (name, known) {
            ("sqrt" | "fabs" | "copysign" | "fmod" | "isnan" | "isinf" | "isfinite", true) => {
                Some(error())
            }
            ("sqrt", false) => Some(Ok(unknown_of(args))),
            _ => None,
        };
    };
    let domain = || Err(Error::raise("ValueError", "math domain error"));
    Some(match (name, numbers.as_slice()) {
        ("sqrt", [value]) if *value < 0.0 => domain(),
        ("sqrt", [value]) => Ok(PyValue::Float(value.sqrt())),
        ("fabs", [value]) => Ok(PyValue::Float(value.abs())),
        ("copysign", [value, sign]) => Ok(PyValue::Float(value.copysign(*sign))),
        ("fmod", [left, right]) if left.is_infinite() || *right == 0.0 => {
            match left.is_nan() || right.is_nan() {
                true => Ok(PyValue::Float(f64::NAN)),
                false => domain(),
            }
        }
        ("fmod", [left, right]) => Ok(PyValue::Float(left % right)),
        ("isnan", [value]) => Ok(PyValue::Bool(value.is_nan())),
        ("isinf", [value]) => Ok(PyValue::Bool(value.is_infinite())),
        ("isfinite", [value]) => Ok(PyValue::Bool(value.is_finite())),
        // A power of two has an exact logarithm; others depend on the C library.
        ("log2", [value])
            if *value > 0.0 && value.log2().exp2() == *value && value.log2().fract() == 0.0 =>
        {
            Ok(PyValue::Float(value.log2()))
        }
        _ => return None,
    })
}

/// `math.ceil`, `math.floor` and `math.trunc`.
fn rounded(name: &str, value: &PyValue) -> Outcome {
    let round: fn(f64) -> f64 = match name {
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        _ => f64::trunc,
    };
    match (value, Number::of(value)) {
        (_, Some(Number::Int(value))) => Ok(PyValue::Int(value)),
        (_, Some(Number::Float(value))) => int_of_float(round(value)),
        (PyValue::Range { min, max, .. }, _) => Ok(PyValue::range(round(*min), round(*max), true)),
        (value, _) => match value.type_name() {
            Some(_) if value.is_known() => {
                Err(Error::type_error(format!("math.{name}() takes a number")))
            }
            _ => Ok(unknown_of(std::slice::from_ref(value))),
        },
    }
}

fn integers(args: &[PyValue]) -> Option<Vec<i64>> {
    let integer = |it: &PyValue| match Number::of(it) {
        Some(Number::Int(value)) => Some(value),
        _ => None,
    };
    args.iter().map(integer).collect()
}

fn divisors(name: &str, args: &[PyValue]) -> Option<Outcome> {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let values = integers(args)?;
    let mut total: u64 = u64::from(name == "lcm");
    for value in values.into_iter().map(i64::unsigned_abs) {
        total = match name {
            "gcd" => gcd(total, value),
            _ if value == 0 => 0,
            _ if total == 0 => 0,
            _ => match (total / gcd(total, value)).checked_mul(value) {
                Some(product) => product,
                None => return Some(Ok(too_large())),
            },
        };
    }
    Some(Ok(i64::try_from(total).map_or_else(|_| too_large(), PyValue::Int)))
}

fn whole_root(value: &PyValue) -> Option<Outcome> {
    let [value] = integers(std::slice::from_ref(value))?[..] else { return None };
    if value < 0 {
        return Some(Err(Error::raise("ValueError", "isqrt() argument must be nonnegative")));
    }
    Some(Ok(PyValue::Int(value.isqrt())))
}

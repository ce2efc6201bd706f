//! `int()`, `float()` and `round()` as Python does them.

use super::digits::with_latin_digits;
use super::numbers::{Number, int_of_float, too_large};
use super::raise::{Error, Outcome};
use super::render::text_shown;
use super::value::PyValue;

/// Whether Python's `str.strip` and `int` take a character for white space.
pub(super) fn is_space(it: char) -> bool {
    it.is_whitespace() || ('\x1c'..='\x1f').contains(&it)
}

/// `int(value)` or `int(value, base)`.
pub(super) fn int(value: &PyValue, base: Option<&PyValue>) -> Outcome {
    let base = match base {
        None => None,
        Some(PyValue::Int(base)) => Some(*base),
        Some(_) => return Ok(PyValue::because("the base is not known")),
    };
    match value {
        PyValue::Str(text) => int_of_text(text, base.unwrap_or(10)),
        PyValue::Unknown(_) | PyValue::Pattern(_) => Ok(of_unknown(value)),
        PyValue::Native(_) | PyValue::Method(_) => wrong_type("int", value),
        _ if base.is_some() => {
            Err(Error::type_error("int() can't convert non-string with explicit base"))
        }
        PyValue::Range { min, max, .. } => Ok(PyValue::range(min.trunc(), max.trunc(), true)),
        _ => match Number::of(value) {
            Some(Number::Int(value)) => Ok(PyValue::Int(value)),
            Some(Number::Float(value)) => int_of_float(value),
            None => wrong_type("int", value),
        },
    }
}

/// `float(value)`.
pub(super) fn float(value: &PyValue) -> Outcome {
    match value {
        PyValue::Str(text) => float_of_text(text),
        PyValue::Unknown(_) | PyValue::Pattern(_) => Ok(of_unknown(value)),
        PyValue::Range { min, max, .. } => Ok(PyValue::range(*min, *max, false)),
        _ => match Number::of(value) {
            Some(number) => Ok(PyValue::Float(number.as_float())),
            None => wrong_type("float", value),
        },
    }
}

/// `round(value)` or `round(value, digits)`: to the nearest, and half to even.
pub(super) fn round(value: &PyValue, digits: Option<&PyValue>) -> Outcome {
    let digits = match digits {
        None | Some(PyValue::None) => None,
        Some(PyValue::Int(digits)) => Some(*digits),
        Some(_) => return Ok(PyValue::because("the number of digits is not known")),
    };
    match (value, Number::of(value), digits) {
        (PyValue::Range { min, max, .. }, _, None) => {
            Ok(PyValue::range(min.round_ties_even(), max.round_ties_even(), true))
        }
        (_, Some(Number::Int(value)), None | Some(0..)) => Ok(PyValue::Int(value)),
        (_, Some(Number::Float(value)), None) => int_of_float(value.round_ties_even()),
        (_, Some(Number::Float(value)), Some(digits @ 0..=300)) if value.is_finite() => {
            let digits = usize::try_from(digits).unwrap_or_default();
            let rounded = format!("{value:.digits$}").parse();
            Ok(rounded.map_or_else(|_| too_large(), PyValue::Float))
        }
        (_, None, _) if value.is_known() => wrong_type("round", value),
        _ => Ok(value.unknown().map_or_else(too_large, PyValue::Unknown)),
    }
}

fn of_unknown(value: &PyValue) -> PyValue {
    value.unknown().map_or(PyValue::None, PyValue::Unknown)
}

fn wrong_type(function: &str, value: &PyValue) -> Outcome {
    match value.type_name() {
        Some(name) => Err(Error::type_error(format!("{function}() cannot take a `{name}`"))),
        None => Ok(PyValue::because(format!("`{function}` of an object that is not known"))),
    }
}

fn invalid(what: &str, text: &str) -> Error {
    Error::raise("ValueError", format!("{what}: {}", text_shown(text)))
}

fn int_of_text(text: &str, base: i64) -> Outcome {
    let Some(base) = u32::try_from(base).ok().filter(|it| (2..=36).contains(it)) else {
        return Ok(PyValue::because("the base of the number is not usual"));
    };
    let error = || invalid(&format!("invalid literal for int() with base {base}"), text);
    let latin = with_latin_digits(text.trim_matches(is_space));
    let trimmed = &*latin;
    if trimmed.contains(|it: char| !it.is_ascii() && it.is_numeric()) {
        return Ok(PyValue::because("whether a character is a digit hangs on the Python"));
    }
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let prefix = match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    };
    let lower = digits.to_ascii_lowercase();
    let bare = lower.strip_prefix(prefix).unwrap_or(&lower);
    let bare = if bare.len() < lower.len() { bare.strip_prefix('_').unwrap_or(bare) } else { bare };
    let Some(bare) = without_underscores(bare) else { return Err(error()) };
    if bare.is_empty() || !bare.chars().all(|it| it.is_digit(base)) {
        return Err(error());
    }
    let signed = if negative { format!("-{bare}") } else { bare };
    Ok(i64::from_str_radix(&signed, base).map_or_else(|_| too_large(), PyValue::Int))
}

fn float_of_text(text: &str) -> Outcome {
    let error = || invalid("could not convert string to float", text);
    let trimmed = with_latin_digits(text.trim_matches(is_space));
    if trimmed.contains(|it: char| !it.is_ascii() && it.is_numeric()) {
        return Ok(PyValue::because("whether a character is a digit hangs on the Python"));
    }
    let Some(bare) = without_underscores(&trimmed) else { return Err(error()) };
    bare.parse().map(PyValue::Float).map_err(|_| error())
}

/// Underscores may stand between two digits, nowhere else.
fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let between = |idx: usize| {
        idx > 0
            && bytes[idx - 1].is_ascii_alphanumeric()
            && bytes.get(idx + 1).is_some_and(u8::is_ascii_alphanumeric)
    };
    let valid = (0..bytes.len()).all(|idx| bytes[idx] != b'_' || between(idx));
    valid.then(|| text.replace('_', ""))
}

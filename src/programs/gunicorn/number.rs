//! Integers as Python's `int()` reads them.

use crate::python;

/// What `int()` makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// An integer.
    Int(i64),
    /// An integer that does not fit 64 bits.
    Huge,
    /// Not an integer: Python raises ValueError.
    Not,
}

/// Which literals count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// `int(text)`: decimal, leading zeros allowed.
    Ten,
    /// `int(text, 0)`: as in Python source, `0x10` and `0o17` included.
    Any,
    /// gunicorn's `auto_int`: like [`Base::Any`], and `0644` is octal.
    OldOctal,
}

/// Reads `text` as Python does: blanks around, a sign, and `_` between digits are allowed.
pub(super) fn parse(text: &str, base: Base) -> Parsed {
    let zero_digit = text.starts_with('0') && text[1..].starts_with(|it: char| it.is_ascii_digit());
    if base == Base::OldOctal && zero_digit {
        return digits(text[1..].trim_end(), 8, 1);
    }
    let text = text.trim();
    let (sign, text) = match text.strip_prefix(['+', '-']) {
        Some(rest) if text.starts_with('-') => (-1, rest),
        Some(rest) => (1, rest),
        None => (1, text),
    };
    if base == Base::Ten {
        return digits(text, 10, sign);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        let head = text.get(..2).unwrap_or_default();
        if head.eq_ignore_ascii_case(prefix) {
            let rest = &text[2..];
            return digits(rest.strip_prefix('_').unwrap_or(rest), radix, sign);
        }
    }
    let parsed = digits(text, 10, sign);
    let leading_zero = text.starts_with('0') && !matches!(parsed, Parsed::Int(0));
    if leading_zero { Parsed::Not } else { parsed }
}

fn digits(text: &str, radix: u32, sign: i64) -> Parsed {
    let text = &*python::with_latin_digits(text);
    let bytes = text.as_bytes();
    let misplaced = bytes.first() == Some(&b'_') || bytes.last() == Some(&b'_');
    if bytes.is_empty() || misplaced || text.contains("__") {
        return Parsed::Not;
    }
    let mut value: Option<i64> = Some(0);
    for digit in text.chars().filter(|it| *it != '_') {
        let Some(digit) = digit.to_digit(radix) else { return Parsed::Not };
        value = value
            .and_then(|it| it.checked_mul(i64::from(radix)))
            .and_then(|it| it.checked_add(i64::from(digit)));
    }
    value.map_or(Parsed::Huge, |it| Parsed::Int(sign * it))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values are what Python 3.11 prints.
    #[test]
    fn integers_are_read_as_python_reads_them() {
        let cases = [
            ("4", Base::Ten, Parsed::Int(4)),
            (" +4\n", Base::Ten, Parsed::Int(4)),
            ("010", Base::Ten, Parsed::Int(10)),
            ("1_000", Base::Ten, Parsed::Int(1000)),
            ("0x10", Base::Ten, Parsed::Not),
            ("", Base::Ten, Parsed::Not),
            ("2.5", Base::Ten, Parsed::Not),
            ("0x10", Base::Any, Parsed::Int(16)),
            ("-0b11", Base::Any, Parsed::Int(-3)),
            ("010", Base::Any, Parsed::Not),
            ("00", Base::Any, Parsed::Int(0)),
            ("1__0", Base::Any, Parsed::Not),
            ("0644", Base::OldOctal, Parsed::Int(0o644)),
            ("0o600", Base::OldOctal, Parsed::Int(0o600)),
            ("٣", Base::Any, Parsed::Int(3)),
            ("1٣", Base::Ten, Parsed::Int(13)),
            ("²", Base::Ten, Parsed::Not),
            ("99999999999999999999", Base::Ten, Parsed::Huge),
        ];
        for (text, base, expected) in cases {
            assert_eq!(parse(text, base), expected, "{text:?}");
        }
    }
}

//! Numbers as logs and tables write them.

/// A whole number of only digits, 18 at most.
pub(crate) fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter()
        .try_fold(0, |acc: i64, it| it.is_ascii_digit().then(|| acc * 10 + i64::from(it - b'0')))
}

/// A decimal number that is not negative: `12`, `0.25`, `1.5e-3`.
pub(crate) fn decimal(text: &[u8]) -> Option<f64> {
    if let Some(whole) = digits(text) {
        return Some(whole as f64);
    }
    // What most logs have, without the general parser: `0.123`.
    if let Some(point) = text.iter().position(|it| *it == b'.')
        && let (Some(whole), fraction) = (digits(&text[..point]), &text[point + 1..])
        && let (Some(part), true) = (digits(fraction), fraction.len() <= 9)
    {
        return Some(whole as f64 + part as f64 / 10f64.powi(fraction.len() as i32));
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// Bytes of a size that a program prints: `33.5MiB` (docker), `120Mi` (kubectl), `12.3M` (smem).
///
/// `kB`, `MB` and `GB` are powers of 1000, as docker prints them for traffic; every other unit is a
/// power of 1024. Without a unit it is bytes.
pub(crate) fn bytes(text: &[u8]) -> Option<f64> {
    let end = text.iter().position(|it| !(it.is_ascii_digit() || *it == b'.'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let factor = match unit {
        b"" | b"B" => 1.0,
        b"k" | b"K" | b"Ki" | b"KiB" => 1024.0,
        b"M" | b"Mi" | b"MiB" => 1024.0 * 1024.0,
        b"G" | b"Gi" | b"GiB" => 1024.0 * 1024.0 * 1024.0,
        b"Ti" | b"TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        b"kB" => 1e3,
        b"MB" => 1e6,
        b"GB" => 1e9,
        _ => return None,
    };
    Some(decimal(number)? * factor)
}

/// The number in front of a unit, which must be there: `18ms`.
pub(crate) fn with_unit(text: &[u8], unit: &[u8]) -> Option<f64> {
    decimal(text.strip_suffix(unit)?)
}

/// The words of a line, which any number of spaces and tabs part.
pub(crate) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|it| matches!(it, b' ' | b'\t')).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_what_the_general_parser_makes_of_them() {
        for text in ["0", "12", "0.25", "123.456789", "1.5e-3", "007.5", "1e3"] {
            let expect: f64 = text.parse().expect("a number");
            let got = decimal(text.as_bytes()).expect("a number");
            assert!((got - expect).abs() <= expect * 1e-12, "{text}: {got}");
        }
        for text in ["", "-", "-1", "nan", "inf", "1.2.3", "a", "."] {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn sizes_have_the_units_of_the_programs_that_print_them() {
        let mib = 1024.0 * 1024.0;
        for (text, expect) in
            [("33.5MiB", 33.5 * mib), ("120Mi", 120.0 * mib), ("1.5kB", 1500.0), ("7", 7.0)]
        {
            assert_eq!(bytes(text.as_bytes()), Some(expect), "{text}");
        }
        assert_eq!(bytes(b"12 apples"), None);
    }
}

//! Durations and sizes as Go programs read them.

use super::schema::Bare;

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotDuration {
    /// Digits alone.
    Unitless,
    /// A unit that Go does not have, such as days.
    UnknownUnit,
    /// Anything else.
    Malformed,
}

/// Units of Go durations in seconds, longest names first.
/// Source: <https://pkg.go.dev/time#ParseDuration>
const UNITS_S: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// The seconds of a Go duration such as `1m30s`.
pub(super) fn duration_s(text: &str) -> Result<f64, NotDuration> {
    let (sign, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if rest == "0" {
        return Ok(0.0);
    }
    if rest.is_empty() {
        return Err(NotDuration::Malformed);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| NotDuration::Malformed)?;
        rest = &rest[digits..];
        let unit = rest.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(rest.len());
        let factor = match &rest[..unit] {
            "" => return Err(NotDuration::Unitless),
            unit => UNITS_S.iter().find(|(name, _)| *name == unit),
        };
        seconds += number * factor.ok_or(NotDuration::UnknownUnit)?.1;
        rest = &rest[unit..];
    }
    Ok(sign * seconds)
}

/// The size of a text such as `512mb` in the unit of `bare`; `None` when it is no size.
/// Source: <https://github.com/docker/go-units/blob/v0.5.0/size.go>, as flyctl calls it.
pub(super) fn size(text: &str, bare: Bare) -> Option<f64> {
    let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = text[digits..].strip_prefix(' ').unwrap_or(&text[digits..]).to_ascii_lowercase();
    let Some(letter) = unit.chars().next() else { return Some(number) };
    let (base, own) = match bare {
        Bare::Gb => (1000.0_f64, 3),
        _ => (1024.0_f64, 2),
    };
    let power = match letter {
        'b' => 0,
        'k' => 1,
        'm' => 2,
        'g' => 3,
        't' => 4,
        'p' => 5,
        _ => return None,
    };
    let known = matches!(&unit[1..], "" | "b" | "ib") && (letter != 'b' || unit == "b");
    known.then(|| number * base.powi(power - own))
}

/// A number of units as a user would say it: `300 ns`, `0.5`.
pub(super) fn plain(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => format!("{}", value as i64),
        false => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, seconds) in
            [("30s", 30.0), ("1m30s", 90.0), ("1.5h", 5400.0), ("250ms", 0.25), ("0", 0.0)]
        {
            assert_eq!(duration_s(text), Ok(seconds), "{text}");
        }
        assert_eq!(duration_s("30"), Err(NotDuration::Unitless));
        assert_eq!(duration_s("1m30"), Err(NotDuration::Unitless));
        assert_eq!(duration_s("1d"), Err(NotDuration::UnknownUnit));
        assert_eq!(duration_s("30 s"), Err(NotDuration::UnknownUnit));
        assert_eq!(duration_s("soon"), Err(NotDuration::Malformed));
        assert_eq!(duration_s(""), Err(NotDuration::Malformed));
        assert_eq!(duration_s("é"), Err(NotDuration::Malformed));
    }

    #[test]
    fn sizes_are_read_in_their_unit() {
        assert_eq!(size("512", Bare::Mb), Some(512.0));
        assert_eq!(size("1gb", Bare::Mb), Some(1024.0));
        assert_eq!(size("1 GiB", Bare::Mb), Some(1024.0));
        assert_eq!(size("1g", Bare::Mb), Some(1024.0));
        assert_eq!(size("10GB", Bare::Gb), Some(10.0));
        assert_eq!(size("500mb", Bare::Gb), Some(0.5));
        assert_eq!(size("lots", Bare::Mb), None);
        assert_eq!(size("1gbps", Bare::Mb), None);
        assert_eq!(size("", Bare::Mb), None);
    }
}

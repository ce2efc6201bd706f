//! Durations of Go programs: `time.ParseDuration`.

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDuration {
    /// Digits alone.
    Unitless,
    /// A unit that Go does not have, such as days.
    UnknownUnit,
    /// Anything else.
    Malformed,
}

/// Units in seconds.
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

/// The seconds of a duration such as `1m30s`: numbers, each with a unit right behind it.
///
/// Source: <https://pkg.go.dev/time#ParseDuration>
///
/// # Errors
/// Why Go would refuse the text.
pub fn duration_s(text: &str) -> Result<f64, NotDuration> {
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
        assert_eq!(duration_s("s"), Err(NotDuration::Malformed));
        assert_eq!(duration_s("soon"), Err(NotDuration::Malformed));
        assert_eq!(duration_s(""), Err(NotDuration::Malformed));
        assert_eq!(duration_s("é"), Err(NotDuration::Malformed));
    }
}

//! Durations and sizes of programs written in Go: Docker, docker compose, flyctl, Caddy.

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDuration {
    /// Digits alone.
    Unitless,
    /// A unit that the program does not have, such as days.
    UnknownUnit,
    /// Anything else.
    Malformed,
}

/// Units in nanoseconds.
const UNITS_NS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Further units of docker compose, in nanoseconds.
const LONG_UNITS_NS: [(&str, i64); 2] = [("d", 86_400_000_000_000), ("w", 604_800_000_000_000)];

/// Seconds of a duration such as `1m30s`: numbers, each with a unit right behind it.
///
/// Source: <https://pkg.go.dev/time#ParseDuration>
///
/// # Errors
/// Why Go would refuse the text.
pub fn duration_s(text: &str) -> Result<f64, NotDuration> {
    duration(text, &[])
}

/// Seconds of a duration of docker compose, which has days and weeks, too.
///
/// Source: `types.Duration` of compose-go, which calls github.com/xhit/go-str2duration v2
///
/// # Errors
/// Why compose would refuse the text.
pub fn compose_duration_s(text: &str) -> Result<f64, NotDuration> {
    duration(text, &LONG_UNITS_NS)
}

/// Seconds of a duration of Caddy, which has days, too.
///
/// Source: `caddy.ParseDuration` in <https://github.com/caddyserver/caddy/blob/master/modules.go>
///
/// # Errors
/// Why Caddy would refuse the text.
pub fn caddy_duration_s(text: &str) -> Result<f64, NotDuration> {
    duration(text, &LONG_UNITS_NS[..1])
}

fn duration(text: &str, further: &[(&str, i64)]) -> Result<f64, NotDuration> {
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
    let mut all_ns: i64 = 0;
    while !rest.is_empty() {
        let (number, tail) = one_number(rest);
        let unit = tail.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let Some((whole, fraction)) = number else { return Err(NotDuration::Malformed) };
        if unit.is_empty() {
            return Err(NotDuration::Unitless);
        }
        let mut units = UNITS_NS.iter().chain(further);
        let unit_ns = units.find(|(name, _)| *name == unit).ok_or(NotDuration::UnknownUnit)?.1;
        // A sum that Go cannot hold is an error there, too.
        let whole_ns = whole.checked_mul(unit_ns);
        let part_ns = whole_ns.and_then(|it| it.checked_add((fraction * unit_ns as f64) as i64));
        let sum = part_ns.and_then(|it| all_ns.checked_add(it));
        all_ns = sum.ok_or(NotDuration::Malformed)?;
        rest = tail;
    }
    Ok(sign * (all_ns as f64 / 1e9))
}

/// The number at the start of a text as its whole part and its fraction, and what stands behind it.
/// There must be a digit somewhere.
fn one_number(text: &str) -> (Option<(i64, f64)>, &str) {
    let digits = |it: &str| it.find(|it: char| !it.is_ascii_digit()).unwrap_or(it.len());
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(behind) => behind.split_at(digits(behind)),
        None => ("", rest),
    };
    let number = match (whole, fraction) {
        ("", "") => None,
        ("", fraction) => Some((0, fraction)),
        (whole, fraction) => whole.parse().ok().map(|it| (it, fraction)),
    };
    let part =
        |it: &str| if it.is_empty() { 0.0 } else { format!("0.{it}").parse().unwrap_or(0.0) };
    (number.map(|(whole, fraction)| (whole, part(fraction))), rest)
}

/// What the letters of a size count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// By 1024: `units.RAMInBytes`.
    Binary,
    /// By 1000: `units.FromHumanSize`.
    Decimal,
}

/// Bytes of a size such as `512mb`, `1.5 GiB` or `1024`. `None` for anything Docker would refuse.
///
/// Source: <https://github.com/docker/go-units/blob/v0.5.0/size.go>
pub fn bytes(text: &str, base: Base) -> Option<i64> {
    let separator = text.rfind(|it: char| it.is_ascii_digit() || matches!(it, '.' | ' '))?;
    let is_space = text[separator..].starts_with(' ');
    let number = &text[..if is_space { separator } else { separator + 1 }];
    let suffix = text[separator + 1..].to_ascii_lowercase();
    // Go reads no other number than Rust here but for hexadecimal ones, which nobody writes.
    let number: f64 = number.parse().ok().filter(|it: &f64| *it >= 0.0 && it.is_finite())?;
    let step: f64 = match base {
        Base::Binary => 1024.0,
        Base::Decimal => 1000.0,
    };
    let (power, tail) = match suffix.as_bytes().first() {
        None => (0, ""),
        Some(b'b') => (0, if suffix == "b" { "" } else { "?" }),
        Some(letter) => (b"kmgtp".iter().position(|it| it == letter)? as i32 + 1, &suffix[1..]),
    };
    let bytes = number * step.powi(power);
    (matches!(tail, "" | "b" | "ib") && bytes < i64::MAX as f64).then_some(bytes as i64)
}

/// Bytes of a size such as `10MB` or `1.5 GiB`, which Caddy and others take: by 1000 unless there
/// is an `i`. `None` for anything that is refused.
///
/// Source: `ParseBytes` in <https://github.com/dustin/go-humanize/blob/master/bytes.go>
pub fn humanized_bytes(text: &str) -> Option<i64> {
    let is_part = |it: char| it.is_ascii_digit() || matches!(it, '.' | ',');
    let end = text.find(|it| !is_part(it)).unwrap_or(text.len());
    let number: f64 = text[..end].replace(',', "").parse().ok()?;
    let unit = text[end..].trim().to_ascii_lowercase();
    let (letter, tail) = match unit.as_bytes().first() {
        None | Some(b'b') => (0, unit.strip_prefix('b').unwrap_or("")),
        Some(it) => (b"kmgtpe".iter().position(|letter| letter == it)? as i32 + 1, &unit[1..]),
    };
    let step: f64 = match (letter, tail) {
        (0, "") | (_, "" | "b") => 1000.0,
        (1.., "i" | "ib") => 1024.0,
        _ => return None,
    };
    let bytes = number * step.powi(letter);
    (bytes < i64::MAX as f64).then_some(bytes as i64)
}

/// Megabytes of a size in fly.toml: a whole number is megabytes already.
///
/// Source: `helpers.ParseSize` of flyctl with `units.RAMInBytes` and `units.MiB`
pub fn flyctl_mb(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| Some(bytes(text, Base::Binary)? / (1 << 20)))
}

/// Gigabytes of the size of a volume in fly.toml: a whole number is gigabytes already.
///
/// Source: `helpers.ParseSize` of flyctl with `units.FromHumanSize` and `units.GB`
pub fn flyctl_gb(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| Some(bytes(text, Base::Decimal)? / 1_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_duration_is_told_apart() {
        for (text, expect) in [
            ("30", NotDuration::Unitless),
            ("1m30", NotDuration::Unitless),
            ("1d", NotDuration::UnknownUnit),
            ("30 s", NotDuration::UnknownUnit),
            ("s", NotDuration::Malformed),
            ("soon", NotDuration::Malformed),
            ("", NotDuration::Malformed),
            ("é", NotDuration::Malformed),
            ("9999999999h", NotDuration::Malformed),
        ] {
            assert_eq!(duration_s(text), Err(expect), "{text}");
        }
        assert_eq!(compose_duration_s("1w1d"), Ok(691_200.0));
    }

    #[test]
    fn whole_numbers_of_fly_toml_have_their_unit_already() {
        assert_eq!(flyctl_mb("512"), Some(512));
        assert_eq!(flyctl_mb("1gb"), Some(1024));
        assert_eq!(flyctl_mb("536870912b"), Some(512));
        assert_eq!(flyctl_mb("1p"), Some(1 << 30));
        // Not a whole number: bytes.
        assert_eq!(flyctl_mb("512.0"), Some(0));
        assert_eq!(flyctl_mb(" 512mb"), None);
        assert_eq!(flyctl_mb("lots"), None);
        assert_eq!(flyctl_gb("10"), Some(10));
        assert_eq!(flyctl_gb("10GB"), Some(10));
        assert_eq!(flyctl_gb("500mb"), Some(0));
    }

    #[test]
    fn sizes_of_caddy_count_by_1000() {
        for (text, expected) in [
            ("10MB", Some(10_000_000)),
            ("10mb", Some(10_000_000)),
            ("10M", Some(10_000_000)),
            ("10MiB", Some(10 << 20)),
            ("10Mi", Some(10 << 20)),
            ("1.5 GB", Some(1_500_000_000)),
            ("1,000", Some(1000)),
            ("42b", Some(42)),
            ("10XB", None),
            ("MB", None),
            ("10Bi", None),
            ("", None),
        ] {
            assert_eq!(humanized_bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn caddy_has_days_and_no_weeks() {
        assert_eq!(caddy_duration_s("1d12h"), Ok(129_600.0));
        assert_eq!(caddy_duration_s("90s"), Ok(90.0));
        assert_eq!(caddy_duration_s("1w"), Err(NotDuration::UnknownUnit));
    }
}

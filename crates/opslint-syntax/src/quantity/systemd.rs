//! Sizes and time spans of systemd's units.

/// White space, as systemd knows it.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// A time span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeSpan {
    /// A number of seconds.
    Seconds(f64),
    /// `infinity`: without an end.
    Infinity,
}

/// Units in microseconds, in the order in which systemd compares their names. A month is 30.44
/// days, a year 365.25.
const UNITS_US: [(&str, u64); 28] = [
    ("seconds", 1_000_000),
    ("second", 1_000_000),
    ("sec", 1_000_000),
    ("s", 1_000_000),
    ("minutes", 60_000_000),
    ("minute", 60_000_000),
    ("min", 60_000_000),
    ("months", 2_629_800_000_000),
    ("month", 2_629_800_000_000),
    ("M", 2_629_800_000_000),
    ("msec", 1_000),
    ("ms", 1_000),
    ("m", 60_000_000),
    ("hours", 3_600_000_000),
    ("hour", 3_600_000_000),
    ("hr", 3_600_000_000),
    ("h", 3_600_000_000),
    ("days", 86_400_000_000),
    ("day", 86_400_000_000),
    ("d", 86_400_000_000),
    ("weeks", 604_800_000_000),
    ("week", 604_800_000_000),
    ("w", 604_800_000_000),
    ("years", 31_557_600_000_000),
    ("year", 31_557_600_000_000),
    ("y", 31_557_600_000_000),
    ("usec", 1),
    ("us", 1),
];

/// `μs` with the Greek letter and with the sign of its own.
const MICROSECONDS: [&str; 2] = ["μs", "µs"];

/// A time span: `90`, `1min 30s`, `500ms`, `infinity`. A number without a unit is seconds. `None`
/// for anything systemd would refuse.
///
/// Source: <https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html>, and
/// `parse_time` in src/basic/time-util.c
pub fn time_span(text: &str) -> Option<TimeSpan> {
    let mut rest = text.trim_start_matches(BLANKS);
    if let Some(behind) = rest.strip_prefix("infinity") {
        return behind.trim_start_matches(BLANKS).is_empty().then_some(TimeSpan::Infinity);
    }
    let mut all_us: u64 = 0;
    let mut is_first = true;
    loop {
        rest = rest.trim_start_matches(BLANKS);
        if rest.is_empty() {
            return (!is_first).then_some(TimeSpan::Seconds(all_us as f64 / 1e6));
        }
        is_first = false;
        let (whole, fraction, behind) = number(rest)?;
        let (unit_us, tail) = unit(behind.trim_start_matches(BLANKS));
        // `12.34.56` is none; `12.34s.56` and `12.34 .56` are.
        if tail.len() == behind.len() && !tail.is_empty() {
            return None;
        }
        all_us = all_us.checked_add(whole.checked_mul(unit_us)?)?;
        all_us = all_us.checked_add(fraction_us(fraction, unit_us))?;
        rest = tail;
    }
}

/// The whole part and the digits behind the point of the number at the start of a text.
fn number(text: &str) -> Option<(u64, &str, &str)> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = |it: &str| it.find(|it: char| !it.is_ascii_digit()).unwrap_or(it.len());
    let (whole, rest) = text.split_at(digits(text));
    let whole_value = if whole.is_empty() { Some(0) } else { whole.parse().ok() };
    match rest.strip_prefix('.') {
        Some(behind) => {
            let (fraction, behind) = behind.split_at(digits(behind));
            (!fraction.is_empty()).then_some((whole_value?, fraction, behind))
        }
        None if whole.is_empty() => None,
        None => Some((whole_value?, "", rest)),
    }
}

/// The unit at the start of a text, and what stands behind it.
fn unit(text: &str) -> (u64, &str) {
    let known = UNITS_US.iter().copied().chain(MICROSECONDS.map(|it| (it, 1)));
    let mut found = known.filter_map(|(name, us)| Some((us, text.strip_prefix(name)?)));
    found.next().unwrap_or((1_000_000, text))
}

/// Digits behind a point, each a tenth of the one before, without rounding.
fn fraction_us(digits: &str, unit_us: u64) -> u64 {
    let mut worth = unit_us;
    let mut sum = 0;
    for digit in digits.bytes() {
        worth /= 10;
        sum += u64::from(digit - b'0') * worth;
    }
    sum
}

/// Bytes of a size: `512M`, `1.5G`, `1G512M`; suffixes are capital and count by 1024, from large
/// to small. `None` for anything systemd would refuse; `infinity` and shares such as `50%` are no
/// sizes.
///
/// Source: <https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html>,
/// and `parse_size` in src/basic/parse-util.c
pub fn bytes(text: &str) -> Option<u64> {
    const SUFFIXES: [(&str, u64); 8] = [
        ("E", 1 << 60),
        ("P", 1 << 50),
        ("T", 1 << 40),
        ("G", 1 << 30),
        ("M", 1 << 20),
        ("K", 1 << 10),
        ("B", 1),
        ("", 1),
    ];
    let mut rest = text;
    let mut sum: u64 = 0;
    let mut next = 0;
    loop {
        rest = rest.trim_start_matches(BLANKS);
        let unsigned = rest.strip_prefix('+').unwrap_or(rest);
        let digits = |it: &str| it.find(|it: char| !it.is_ascii_digit()).unwrap_or(it.len());
        let (whole, behind) = unsigned.split_at(digits(unsigned));
        let whole: u64 = whole.parse().ok()?;
        let (fraction, behind) = match behind.strip_prefix('.') {
            Some(behind) => behind.split_at(digits(behind)),
            None => ("", behind),
        };
        let behind = behind.trim_start_matches(BLANKS);
        let mut known = SUFFIXES.iter().enumerate().skip(next);
        let (at, (suffix, factor)) = known.find(|(_, (name, _))| behind.starts_with(name))?;
        let part: f64 = format!("0.{fraction}0").parse().ok()?;
        let bytes = whole.checked_mul(*factor)?.checked_add((part * *factor as f64) as u64)?;
        sum = sum.checked_add(bytes)?;
        rest = &behind[suffix.len()..];
        next = at + 1;
        if rest.is_empty() {
            return Some(sum).filter(|it| i64::try_from(*it).is_ok());
        }
    }
}

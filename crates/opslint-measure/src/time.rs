//! Times as logs write them.

use crate::number::digits;

/// A moment: milliseconds since 1970-01-01 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// Milliseconds of a minute, an hour and a day.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The first and the last moment that is believed: 2000-01-01 and 2100-01-01.
const BELIEVED: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// A time in a text, and how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) time: Time,
    /// Whether a zone was written; without one it is taken for UTC.
    pub(crate) has_zone: bool,
    pub(crate) len: usize,
}

impl Time {
    /// From milliseconds since 1970. `None` when no log of a program can be from then.
    pub fn from_millis(millis: i64) -> Option<Self> {
        BELIEVED.contains(&millis).then_some(Self(millis))
    }

    /// From seconds since 1970, with a fraction.
    pub(crate) fn from_seconds(seconds: f64) -> Option<Self> {
        let is_sane = seconds.is_finite() && seconds.abs() < 1e11;
        is_sane.then(|| Self::from_millis((seconds * 1000.0).round() as i64))?
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Hours since 1970.
    pub(crate) fn hours(self) -> f64 {
        self.0 as f64 / HOUR as f64
    }

    /// Days since 1970, and the minute of the day.
    pub(crate) fn day_and_minute(self) -> (i64, usize) {
        (self.0.div_euclid(DAY), (self.0.rem_euclid(DAY) / MINUTE) as usize)
    }

    /// Days since 1970.
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// As TOML and JSON write it: `2026-11-28T15:00:00Z`.
    pub fn to_iso(self) -> String {
        let (year, month, day) = civil(self.day());
        let second = self.0.rem_euclid(DAY) / 1000;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// What ISO 8601 and RFC 3339 write, at the start of a text.
    pub fn from_iso(text: &str) -> Option<Self> {
        iso(text.as_bytes()).map(|it| it.time)
    }
}

/// The day of a date, counted from 1970-01-01, by the rules of the Gregorian calendar.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of such a day; `civil_from_days` of the same source.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A moment in UTC, when such a date and time exist.
fn moment(date: (i64, i64, i64), clock: (i64, i64, i64), zone_minutes: i64) -> Option<i64> {
    let ((year, month, day), (hour, minute, second)) = (date, clock);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    // 60 is a leap second.
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let minutes = hour * 60 + minute - zone_minutes;
    Some(days(year, month, day) * DAY + minutes * MINUTE + second * 1000)
}

/// `2026-11-28T15:00:00.123+01:00` at the start of a text: ISO 8601 as RFC 3339 narrows it, with a
/// space for the `T`, a comma for the dot and a zone without a colon, as programs write it.
pub(crate) fn iso(text: &[u8]) -> Option<Stamp> {
    if text.len() < 19 || text[4] != b'-' || text[7] != b'-' || !matches!(text[10], b'T' | b' ') {
        return None;
    }
    if text[13] != b':' || text[16] != b':' {
        return None;
    }
    let number = |from: usize, to: usize| digits(&text[from..to]);
    let date = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let clock = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let mut len = 19;
    let mut fraction = 0;
    if matches!(text.get(len), Some(b'.' | b',')) {
        let part = text[len + 1..].iter().take_while(|it| it.is_ascii_digit()).count();
        for place in 0..3 {
            let digit = text[len + 1..].get(place).filter(|_| place < part);
            fraction = fraction * 10 + digit.map_or(0, |it| i64::from(it - b'0'));
        }
        len += 1 + part;
    }
    let zone = zone(&text[len..]);
    let (minutes, zone_len) = zone.unwrap_or((0, 0));
    let time = Time::from_millis(moment(date, clock, minutes)? + fraction)?;
    Some(Stamp { time, has_zone: zone.is_some(), len: len + zone_len })
}

/// `28/Nov/2026:15:00:00 +0000` at the start of a text: the Common Log Format.
pub(crate) fn common(text: &[u8]) -> Option<Stamp> {
    if text.len() < 20 || text[2] != b'/' || text[6] != b'/' || text[11] != b':' {
        return None;
    }
    if text[14] != b':' || text[17] != b':' {
        return None;
    }
    let number = |from: usize, to: usize| digits(&text[from..to]);
    let month = match &text[3..6] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let date = (number(7, 11)?, month, number(0, 2)?);
    let clock = (number(12, 14)?, number(15, 17)?, number(18, 20)?);
    let zone = zone(&text[20..]);
    let (minutes, zone_len) = zone.unwrap_or((0, 0));
    let time = Time::from_millis(moment(date, clock, minutes)?)?;
    Some(Stamp { time, has_zone: zone.is_some(), len: 20 + zone_len })
}

/// A zone at the start of a text: minutes east of UTC, and the bytes that it takes.
fn zone(text: &[u8]) -> Option<(i64, usize)> {
    if text.first() == Some(&b'Z') {
        return Some((0, 1));
    }
    if text.starts_with(b" UTC") || text.starts_with(b" GMT") {
        return Some((0, 4));
    }
    let space = usize::from(text.first() == Some(&b' '));
    let sign = match text.get(space)? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = digits(text.get(space + 1..space + 3)?)?;
    let rest = &text[space + 3..];
    let colon = usize::from(rest.first() == Some(&b':'));
    let minutes = rest.get(colon..colon + 2).and_then(digits);
    let len = space + 3 + minutes.map_or(0, |_| colon + 2);
    Some((sign * (hours * 60 + minutes.unwrap_or(0)), len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stamp: Option<Stamp>, text: &str, rest: &str, expect: &str) {
        let stamp = stamp.expect("a time");
        assert_eq!(&text[stamp.len..], rest);
        assert_eq!(stamp.time.to_iso(), expect);
    }

    #[test]
    fn the_forms_of_iso_8601_that_programs_write() {
        for (text, rest, expect) in [
            ("2026-11-28T15:00:00Z x", " x", "2026-11-28T15:00:00Z"),
            ("2026-11-28T15:00:00.123456+00:00 x", " x", "2026-11-28T15:00:00Z"),
            ("2026-11-28 15:00:00,123: INFO", ": INFO", "2026-11-28T15:00:00Z"),
            ("2026-11-28 15:00:00 +0130] x", "] x", "2026-11-28T13:30:00Z"),
            ("2026-03-01T00:30:00-05:00", "", "2026-03-01T05:30:00Z"),
            ("2024-02-29T23:59:60Z", "", "2024-03-01T00:00:00Z"),
        ] {
            check(iso(text.as_bytes()), text, rest, expect);
        }
        for text in
            ["2026-11-28", "2026-13-28T15:00:00Z", "1969-11-28T15:00:00Z", "é026-11-28T15:00:00"]
        {
            assert_eq!(iso(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_common_log_format() {
        let text = "28/Nov/2026:15:00:00 +0200] x";
        check(common(text.as_bytes()), text, "] x", "2026-11-28T13:00:00Z");
        assert_eq!(common(b"28/Foo/2026:15:00:00 +0200"), None);
    }

    #[test]
    fn every_day_is_the_day_after_the_one_before() {
        let mut last = civil(10_956);
        for day in 10_957..47_482 {
            let (year, month, day_of_month) = civil(day);
            assert_eq!(days(year, month, day_of_month), day);
            assert!((year, month, day_of_month) > last);
            last = (year, month, day_of_month);
        }
    }
}

//! Values with a source and the date on which somebody compared the two.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::fact::{Fact, Origin, OriginKind, Value};

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day of an ISO date such as `2026-11-23`; `None` when the text is none.
    pub fn from_iso(text: &str) -> Option<Self> {
        let digits = |range: std::ops::Range<usize>| {
            let part = text.get(range)?;
            part.bytes().all(|it| it.is_ascii_digit()).then(|| part.parse::<u16>().ok())?
        };
        let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        let valid = dashes && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        valid.then_some(Self { year, month: month as u8, day: day as u8 })
    }

    /// Whether this day lies more than a year before `today`.
    pub fn is_older_than_a_year(self, today: Self) -> bool {
        Self { year: self.year + 1, ..self } < today
    }
}

/// The number of days of a month, 1 to 12.
fn days(year: u16, month: u16) -> u16 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_iso(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is not a date such as \"2026-11-23\""))
        })
    }
}

/// Where values were published, and when somebody last compared them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page or file.
    pub url: String,
    /// When values were last compared with it.
    pub checked: Date,
    /// What else to know about it.
    pub note: Option<String>,
}

impl Source {
    /// The host of the page, such as `docs.fly.io`.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }
}

impl fmt::Display for Source {
    /// Host and date: `docs.fly.io, 2026-08-07`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.host(), self.checked)
    }
}

/// A value of the catalog with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced<T> {
    /// The value; its unit is part of the field's name.
    pub value: T,
    /// Where it was published.
    pub source: Arc<Source>,
    /// Whether sources disagree or are too vague. Such a value never decides an error.
    pub doubtful: bool,
    /// Whether it is a limit that vendors only raise, and nobody has compared it for a year.
    pub outdated: bool,
    /// What else to know about the value.
    pub note: Option<String>,
}

impl<T> Sourced<T> {
    /// Where the value comes from. `what` names it, such as "Fly.io shared-cpu-1x".
    ///
    /// A doubtful value is an assumption, so a diagnostic that rests on it is not certain. A limit
    /// that may have been raised since names the day on which it was true.
    pub fn origin(&self, what: &str) -> Origin {
        let source = format!("{what} ({})", self.source);
        match (self.outdated, self.doubtful) {
            (true, _) => Origin::outdated(source, self.source.checked.to_string()),
            (false, true) => Origin::doubtful(source),
            (false, false) => Origin::new(OriginKind::Platform, source),
        }
    }

    /// Marks a limit that vendors only raise, once nobody has compared it for a year.
    pub(super) fn mark_outdated(&mut self, today: Date) {
        self.outdated = self.source.checked.is_older_than_a_year(today);
    }

    /// The same source for a value computed from this one.
    pub fn map<U>(&self, compute: impl FnOnce(&T) -> U) -> Sourced<U> {
        Sourced {
            value: compute(&self.value),
            source: Arc::clone(&self.source),
            doubtful: self.doubtful,
            outdated: self.outdated,
            note: self.note.clone(),
        }
    }
}

impl<T: ToValue> Sourced<T> {
    /// The value as a fact. `what` names it, such as "Fly.io shared-cpu-1x".
    pub fn fact(&self, what: &str) -> Fact {
        Fact::known(self.value.to_value(), self.origin(what))
    }
}

/// Types of the catalog that are values of the model.
pub trait ToValue {
    /// The value in the model.
    fn to_value(&self) -> Value;
}

impl ToValue for Date {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl ToValue for u32 {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl ToValue for f64 {
    fn to_value(&self) -> Value {
        Value::Number(*self)
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(ToValue::to_value).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::from_iso(text).unwrap()
    }

    #[test]
    fn dates_exist_in_the_calendar() {
        for text in ["2026-11-23", "2024-02-29", "2000-02-29"] {
            assert_eq!(date(text).to_string(), text);
        }
        for text in ["2026-02-29", "1900-02-29", "2026-13-01", "2026-04-31", "2026-00-10"] {
            assert_eq!(Date::from_iso(text), None, "{text}");
        }
        for text in ["", "2026-1-01", "2026/11/23", "2026-11-23T00:00", "+026-11-23", "é026-11-2"]
        {
            assert_eq!(Date::from_iso(text), None, "{text}");
        }
    }

    #[test]
    fn a_year_is_over_on_the_day_after() {
        assert!(!date("2025-11-23").is_older_than_a_year(date("2026-11-23")));
        assert!(date("2025-11-22").is_older_than_a_year(date("2026-11-23")));
        assert!(!date("2024-02-29").is_older_than_a_year(date("2025-02-28")));
        assert!(date("2024-02-29").is_older_than_a_year(date("2025-03-01")));
    }

    #[test]
    fn an_origin_names_host_and_date() {
        let source = Source {
            url: "https://docs.fly.io/reference/configuration".to_owned(),
            checked: date("2026-08-07"),
            note: None,
        };
        let mut grace = Sourced {
            value: 5u32,
            source: Arc::new(source),
            doubtful: false,
            outdated: false,
            note: None,
        };
        let origin = grace.origin("Fly.io default");
        assert_eq!(origin.source, "Fly.io default (docs.fly.io, 2026-08-07)");
        assert_eq!(origin.kind, OriginKind::Platform);
        grace.doubtful = true;
        assert!(grace.fact("Fly.io default").origin.is_assumed());
    }

    #[test]
    fn a_limit_that_may_have_been_raised_names_its_day() {
        let source = Source {
            url: "https://docs.fly.io/reference/configuration".to_owned(),
            checked: date("2025-08-07"),
            note: None,
        };
        let source = Arc::new(source);
        let mut most =
            Sourced { value: 300u32, source, doubtful: false, outdated: false, note: None };
        most.mark_outdated(date("2026-08-07"));
        assert_eq!(most.origin("Fly.io limit").as_of(), None);
        most.mark_outdated(date("2026-08-08"));
        let origin = most.origin("Fly.io limit");
        assert_eq!((origin.as_of(), origin.is_assumed()), (Some("2025-08-07"), true));
    }
}

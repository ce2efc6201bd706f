//! The day of a run: suppressions and catalog rows have dates.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use crate::platforms::Date;

/// A day as a flag has it.
pub(super) fn day(text: &str) -> Result<Date, String> {
    Date::from_iso(text).ok_or_else(|| "expected a day such as 2026-11-23".to_owned())
}

/// Today, in UTC.
pub(super) fn today() -> anyhow::Result<Date> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let Some(date) = Date::from_iso(&iso(now.as_secs() / 86_400)) else {
        bail!("the clock is beyond the year 9999");
    };
    Ok(date)
}

/// The ISO date of a day counted from 1970-01-01, by the rules of the Gregorian calendar.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn iso(days: u64) -> String {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        for (days, expect) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_780, "2026-11-23")]
        {
            assert_eq!(iso(days), expect);
        }
    }
}

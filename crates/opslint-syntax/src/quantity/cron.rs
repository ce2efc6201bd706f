//! Times at which a job runs, as cron writes them: `*/5 0-6 1,15 jan mon`.
//!
//! Sources: the parser of robfig/cron 3.0.1, which Kubernetes asks; `crontab(5)`; and
//! <https://vercel.com/docs/cron-jobs#cron-expressions> (2026-11-30).

/// Whose expression it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// What all readers of cron's five fields refuse.
    Common,
    /// What Kubernetes refuses: Sunday is 0 alone, and there is nothing but what its parser knows.
    Kubernetes,
}

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A field: its name, the smallest and the largest number, and names, of which the first is the
/// smallest number.
type Field = (&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
];

/// Short forms that Kubernetes knows, beside `@every`.
const SHORT: &[&str] =
    &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Why an expression is refused: what stands behind "it". `None` where some reader takes it.
pub fn refused(text: &str, dialect: Dialect) -> Option<String> {
    let text = text.trim();
    let is_strict = dialect == Dialect::Kubernetes;
    // Filled in later, or of another form.
    if text.is_empty() || text.contains(['{', '$', '<', '%', '(']) {
        return None;
    }
    if is_strict && text.contains("TZ=") {
        return Some("names a time zone, which belongs into `timeZone`".to_owned());
    }
    if text.starts_with('@') {
        let is_known = SHORT.contains(&text) || text.starts_with("@every ");
        return (is_strict && !is_known).then(|| "is no short form that is known".to_owned());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() != FIELDS.len() {
        let fields = if words.len() == 1 { "field" } else { "fields" };
        return Some(format!("has {} {fields}, and five are read", words.len()));
    }
    words.iter().zip(FIELDS).find_map(|(word, field)| {
        let field = match (is_strict, field) {
            (true, (name, 0, 7, names)) => (name, 0, 6, names),
            (_, field) => field,
        };
        word.split(',').find_map(|it| wrong(it, field, is_strict))
    })
}

/// Fields of `cron(…)` of AWS, where Sunday is 1.
const FIELDS_OF_AWS: [Field; 6] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, MONTHS),
    ("day of the week", 1, 7, DAYS),
    ("year", 1970, 2199, &[]),
];

/// Why AWS refuses a schedule, `rate(5 minutes)` or `cron(0 3 * * ? *)`: what stands behind "it".
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>
/// (2026-11-30)
pub fn refused_by_aws(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(['$', '{', '<', '%']) {
        return None;
    }
    let inner = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inner("rate") {
        return refused_rate(rate);
    }
    let words: Vec<&str> = inner("cron")?.split_whitespace().collect();
    let [_, _, day, _, weekday, _] = words.as_slice() else {
        let fields = if words.len() == 1 { "field" } else { "fields" };
        return Some(format!(
            "has {} {fields}, and AWS reads six: the last is the year",
            words.len()
        ));
    };
    if *day != "?" && *weekday != "?" {
        return Some(
            "says a day of the month and one of the week, of which one must be `?`".to_owned(),
        );
    }
    let all = words.iter().zip(FIELDS_OF_AWS);
    all.into_iter().find_map(|(word, field)| word.split(',').find_map(|it| wrong(it, field, false)))
}

fn refused_rate(rate: &str) -> Option<String> {
    let words: Vec<&str> = rate.split_whitespace().collect();
    let [number, unit] = words.as_slice() else {
        return Some("is no number with a unit".to_owned());
    };
    let single = unit.strip_suffix('s').unwrap_or(unit);
    if !["minute", "hour", "day"].contains(&single) {
        return Some(format!("has the unit `{unit}`, and AWS knows minutes, hours and days"));
    }
    match number.parse::<u32>() {
        Ok(1) if *unit != single => Some(format!("is written `rate(1 {single})`, without an `s`")),
        Ok(0) => Some("is never".to_owned()),
        Ok(it) if it > 1 && *unit == single => Some(format!("is written `rate({it} {single}s)`")),
        Ok(_) => None,
        Err(_) => Some(format!("has `{number}` for a whole number")),
    }
}

/// What is wrong with one element of a field.
fn wrong(element: &str, field: Field, is_strict: bool) -> Option<String> {
    let (name, min, max, _) = field;
    let (range, step) = match element.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (element, None),
    };
    // `L`, `W`, `#` and `H` mean something to some readers.
    let other = || is_strict.then(|| format!("has `{element}` for the {name}"));
    if let Some(step) = step {
        match step.parse::<u32>() {
            Ok(0) => return Some(format!("has steps of 0 for the {name}")),
            Ok(_) => {}
            Err(_) => return other(),
        }
    }
    if matches!(range, "*" | "?") {
        return None;
    }
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (first, Some(last)),
        None => (range, None),
    };
    let Some(low) = number(first, field) else { return other() };
    let high = match last.map(|it| number(it, field)) {
        Some(Some(high)) => high,
        Some(None) => return other(),
        None => low,
    };
    if let Some(it) = [low, high].into_iter().find(|it| !(min..=max).contains(it)) {
        return Some(format!("has {it} for the {name}, which is from {min} to {max}"));
    }
    (high < low && is_strict).then(|| format!("has `{range}` for the {name}, which runs backwards"))
}

fn number(text: &str, (_, min, _, names): Field) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let named = names.iter().position(|it| *it == lower).and_then(|it| u32::try_from(it).ok());
    named.map(|it| it + min).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{Dialect, refused, refused_by_aws};

    #[track_caller]
    fn check(text: &str, common: Option<&str>, kubernetes: Option<&str>) {
        assert_eq!(refused(text, Dialect::Common).as_deref(), common, "{text}");
        assert_eq!(refused(text, Dialect::Kubernetes).as_deref(), kubernetes, "{text}");
    }

    #[test]
    fn expressions_of_cron() {
        for it in
            ["*/5 * * * *", "0 9-17 1,15 jan-mar MON", "0 0 ? * 0", "59 23 31 12 6", "5/15 * * * *"]
        {
            check(it, None, None);
        }
        let hour = Some("has 24 for the hour, which is from 0 to 23");
        check("0 24 * * *", hour, hour);
        let day = Some("has 0 for the day of the month, which is from 1 to 31");
        check("0 0 0 * *", day, day);
        let six = Some("has 6 fields, and five are read");
        check("0 0 3 * * *", six, six);
        let zero = Some("has steps of 0 for the minute");
        check("*/0 * * * *", zero, zero);
        check("0 0 * * 7", None, Some("has 7 for the day of the week, which is from 0 to 6"));
        check("0 0 L * *", None, Some("has `L` for the day of the month"));
        check("0 22-6 * * *", None, Some("has `22-6` for the hour, which runs backwards"));
        check("@daily", None, None);
        check("@every 1h", None, None);
        check("@reboot", None, Some("is no short form that is known"));
        check(
            "CRON_TZ=Europe/Berlin 0 6 * * *",
            Some("has 6 fields, and five are read"),
            Some("names a time zone, which belongs into `timeZone`"),
        );
        check("{{ .Values.schedule }}", None, None);
    }

    #[test]
    fn schedules_of_aws() {
        for it in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "cron(0 3 * * ? *)",
            "cron(0/15 8-17 ? * MON-FRI *)",
            "cron(0 8 L * ? *)",
            "at(2026-01-01T00:00:00)",
            "${self:custom.rate}",
        ] {
            assert_eq!(refused_by_aws(it), None, "{it}");
        }
        for (text, why) in [
            ("rate(1 minutes)", "is written `rate(1 minute)`, without an `s`"),
            ("rate(5 minute)", "is written `rate(5 minutes)`"),
            ("rate(30 seconds)", "has the unit `seconds`, and AWS knows minutes, hours and days"),
            ("cron(0 3 * * *)", "has 5 fields, and AWS reads six: the last is the year"),
            (
                "cron(0 3 * * * *)",
                "says a day of the month and one of the week, of which one must be `?`",
            ),
            ("cron(0 24 * * ? *)", "has 24 for the hour, which is from 0 to 23"),
        ] {
            assert_eq!(refused_by_aws(text).as_deref(), Some(why), "{text}");
        }
    }
}

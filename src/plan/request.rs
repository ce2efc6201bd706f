//! What is asked of a plan: demand, response times, what-if.

use crate::quantity::own;

/// Response times that are shown where nobody says one, in seconds.
const RESPONSE_TIMES_S: &[f64] = &[0.1, 0.3, 1.0];

/// CPU that a request is taken to need where nobody says it, in seconds: a request of a web app
/// that reads a database and renders a page. A measurement replaces it.
pub const CPU_TIME_S: f64 = 0.010;

/// The longest response time that is planned for: an hour.
const RESPONSE_TIME_S_MAX: f64 = 3_600.0;

/// The most response times side by side.
const RESPONSE_TIMES_MAX: usize = 6;

/// The most requests a minute that are planned for.
const REQUESTS_MAX: f64 = 1e9;

/// Days of the month that prices are for.
const DAYS_OF_MONTH: f64 = 30.0;

/// Percent of memory at which verdicts change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryBounds {
    /// Below, a smaller machine would do.
    pub over_allocated: f64,
    /// Above, there is little room.
    pub tight: f64,
    /// Above, it does not suffice.
    pub does_not_fit: f64,
}

impl Default for MemoryBounds {
    fn default() -> Self {
        Self { over_allocated: 40.0, tight: 80.0, does_not_fit: 100.0 }
    }
}

impl MemoryBounds {
    /// Whether each bound is above the one before.
    pub fn is_ordered(self) -> bool {
        0.0 <= self.over_allocated
            && self.over_allocated < self.tight
            && self.tight <= self.does_not_fit
            && self.does_not_fit <= PERCENT_MAX
    }
}

/// The most percent of memory at which a verdict may change.
const PERCENT_MAX: f64 = 1_000.0;

/// Busy hours of a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Hours of a busy day.
    pub hours: f64,
    /// Busy days of a month of 30 days.
    pub days: f64,
}

impl Profile {
    /// Reads `8hx22d` or `8h×22d`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = "write busy hours of a day and busy days of a month, such as `8hx22d`";
        let (hours, days) = text.split_once(['x', '×']).ok_or(wrong)?;
        let number = |text: &str, unit: char, most: f64| {
            let number = text.trim().strip_suffix(unit)?.trim().parse::<f64>().ok()?;
            (0.0..=most).contains(&number).then_some(number)
        };
        let (hours, days) = (number(hours, 'h', 24.0), number(days, 'd', DAYS_OF_MONTH));
        match (hours, days) {
            (Some(hours), Some(days)) => Ok(Self { hours, days }),
            _ => Err(format!("{wrong}; at most 24 hours and 30 days")),
        }
    }

    /// The part of a month that is busy.
    pub fn share_of_month(self) -> f64 {
        self.hours * self.days / (24.0 * DAYS_OF_MONTH)
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Seconds from the start of the work on a request to its response; not empty, ascending.
    pub response_times_s: Vec<f64>,
    /// Whether somebody asked for these: else what was measured of a process takes their place.
    pub has_response_times: bool,
    /// Seconds of CPU in a request; `None` for the usual.
    pub cpu_time_s: Option<f64>,
    /// Requests a minute that have to be served.
    pub requests_per_minute: Option<f64>,
    /// Seconds in which 95 % of requests have to be answered, their wait included.
    pub p95_s: Option<f64>,
    /// Where memory verdicts change.
    pub memory: MemoryBounds,
    /// What is taken to be otherwise.
    pub with: Vec<WhatIf>,
    /// Only processes of this name.
    pub process: Option<String>,
    /// Ids of platforms that processes are put on, too.
    pub on: Vec<String>,
    /// Busy hours, for what is scaled by load.
    pub profile: Option<Profile>,
    /// Whether points of plots are worked out.
    pub with_curves: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            response_times_s: RESPONSE_TIMES_S.to_vec(),
            has_response_times: false,
            cpu_time_s: None,
            requests_per_minute: None,
            p95_s: None,
            memory: MemoryBounds::default(),
            with: Vec::new(),
            process: None,
            on: Vec::new(),
            profile: None,
            with_curves: false,
        }
    }
}

impl Request {
    /// The response time that choices are compared at: the middle one.
    pub fn compared_at_s(&self) -> f64 {
        let times = &self.response_times_s;
        times.get(times.len() / 2).or(times.first()).copied().unwrap_or(CPU_TIME_S)
    }
}

/// `[PROCESS.]NAME=VALUE`: a fact that is taken to be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// As typed.
    pub text: String,
    /// What stands before `=`: the name of a fact, or that of a process before it.
    pub key: String,
    /// What stands behind.
    pub value: String,
}

impl WhatIf {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When there is no `=`, or nothing on one of its sides.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .filter(|(key, value)| !key.is_empty() && !value.is_empty())
            .ok_or("write it as `PROCESS.NAME=VALUE`, such as `web.plan=standard-2x`")?;
        Ok(Self { text: text.to_owned(), key: key.to_owned(), value: value.to_owned() })
    }
}

/// A duration such as `300ms` or `1s`, in seconds; above zero, at most an hour.
///
/// # Errors
/// What is wrong with it.
pub fn duration_s(text: &str) -> Result<f64, String> {
    let seconds = match text.trim().parse::<f64>() {
        Ok(0.0) => 0.0,
        Ok(_) => return Err("it has no unit: write `300ms` or `1s`".to_owned()),
        Err(_) => own::seconds(text.trim()).ok_or("write a duration such as `300ms` or `1s`")?,
    };
    if seconds.is_nan() || seconds <= 0.0 {
        return Err("it must be more than zero".to_owned());
    }
    if seconds > RESPONSE_TIME_S_MAX {
        return Err("more than an hour is too long for a request".to_owned());
    }
    Ok(seconds)
}

/// Response times such as `100ms,300ms,1s`, ascending.
///
/// # Errors
/// What is wrong with one of them.
pub fn response_times_s(text: &str) -> Result<Vec<f64>, String> {
    let mut times = text.split(',').map(duration_s).collect::<Result<Vec<_>, _>>()?;
    times.sort_by(f64::total_cmp);
    times.dedup();
    if times.len() > RESPONSE_TIMES_MAX {
        return Err(format!("at most {RESPONSE_TIMES_MAX} are shown side by side"));
    }
    Ok(times)
}

/// Units of a rate, in minutes.
const RATE_UNITS: &[(&str, f64)] = &[
    ("s", 1.0 / 60.0),
    ("sec", 1.0 / 60.0),
    ("second", 1.0 / 60.0),
    ("m", 1.0),
    ("min", 1.0),
    ("minute", 1.0),
    ("h", 60.0),
    ("hour", 60.0),
    ("d", 1_440.0),
    ("day", 1_440.0),
];

/// Requests a minute of a rate such as `600/min`, `10/s` or `50000/day`; a number alone is a rate
/// a minute.
///
/// # Errors
/// What is wrong with it.
pub fn requests_per_minute(text: &str) -> Result<f64, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "min"));
    let minutes = RATE_UNITS.iter().find(|(name, _)| *name == unit.trim()).map(|(_, it)| it);
    let minutes = minutes.ok_or("the unit is one of `/s`, `/min`, `/h`, `/day`")?;
    let number: f64 =
        number.trim().parse().map_err(|_| "write a rate such as `600/min` or `10/s`")?;
    if number.is_nan() || number <= 0.0 {
        return Err("it must be more than zero".to_owned());
    }
    let rate = number / minutes;
    if rate > REQUESTS_MAX {
        return Err(
            "more than a billion requests a minute is beyond what can be planned".to_owned()
        );
    }
    Ok(rate)
}

/// Ids of platforms such as `render,fly`, each once. Whether they exist, the catalog knows.
///
/// # Errors
/// When one is empty.
pub fn platforms(text: &str) -> Result<Vec<String>, String> {
    let mut ids: Vec<String> = Vec::new();
    for id in text.split(',').map(str::trim) {
        if id.is_empty() {
            return Err("write ids of platforms, such as `render,fly`".to_owned());
        }
        if !ids.iter().any(|it| it == id) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

/// Dollars a month such as `+$50`, `$50` or `50`.
///
/// # Errors
/// What is wrong with it.
pub fn dollars(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_start_matches('+').trim_start_matches('$');
    match number.parse::<f64>() {
        Ok(usd) if (0.0..=REQUESTS_MAX).contains(&usd) => Ok(usd),
        _ => Err("write dollars a month, such as `+$50`".to_owned()),
    }
}

/// Percent of memory such as `40,80`, or `40,80,100`.
///
/// # Errors
/// What is wrong with it.
pub fn memory_bounds(text: &str) -> Result<MemoryBounds, String> {
    let wrong = "write percentages such as `40,80`: over-allocated below, tight above";
    let percent = |it: &str| it.trim().trim_end_matches('%').trim().parse::<f64>();
    let all = text.split(',').map(percent).collect::<Result<Vec<_>, _>>().map_err(|_| wrong)?;
    let usual = MemoryBounds::default().does_not_fit;
    let (over_allocated, tight, does_not_fit) = match all.as_slice() {
        [low, high] => (*low, *high, usual),
        [low, high, most] => (*low, *high, *most),
        _ => return Err(wrong.to_owned()),
    };
    let bounds = MemoryBounds { over_allocated, tight, does_not_fit };
    match bounds.is_ordered() {
        true => Ok(bounds),
        false => Err(format!(
            "each must be more than the one before, from 0 on; the last is {usual} where you do \
             not say it"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_are_sane() {
        assert_eq!(duration_s("300ms"), Ok(0.3));
        assert_eq!(response_times_s("1s, 100ms,100ms"), Ok(vec![0.1, 1.0]));
        for text in ["0", "0ms", "-1s", "300", "soon", "", "2h", "nan", "1s,"] {
            assert!(response_times_s(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_by_the_minute() {
        assert_eq!(requests_per_minute("600"), Ok(600.0));
        assert_eq!(requests_per_minute("10/s"), Ok(600.0));
        assert_eq!(requests_per_minute("1440/day"), Ok(1.0));
        for text in ["0", "-5", "x", "5/week", "inf", "nan", "1e30", ""] {
            assert!(requests_per_minute(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_of_memory_ascend() {
        let expect = MemoryBounds { over_allocated: 30.0, tight: 90.0, does_not_fit: 100.0 };
        assert_eq!(memory_bounds("30%, 90"), Ok(expect));
        let expect = MemoryBounds { does_not_fit: 120.0, ..expect };
        assert_eq!(memory_bounds("30,90,120"), Ok(expect));
        for text in ["80,40", "40", "-1,80", "40,101", "a,b", "nan,80", "1,2,3,4", ""] {
            assert!(memory_bounds(text).is_err(), "{text}");
        }
    }
}

//! Requests or jobs: how many, how long, when.

use std::collections::BTreeMap;

use crate::file::{Period, Quantiles, Requests};
use crate::sample::Source;
use crate::time::Time;

use super::{Span, spread::Spread};

/// Days whose minutes are counted; beyond, requests count, but in no minute.
const DAYS_MAX: usize = 1_000;

/// Minutes without a request that still are a time in which there were none. Longer gaps are taken
/// for gaps of the log.
const GAP_MAX: i64 = 360;

const MINUTES: usize = 24 * 60;

/// Requests of one process, as one source tells them.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) span: Span,
    /// By the first digit of the status; those without one come first.
    classes: [Class; 6],
    queue: Spread,
    minutes: Minutes,
}

#[derive(Debug, Default)]
struct Class {
    count: u64,
    durations: Option<Box<Spread>>,
}

impl Load {
    /// A request.
    pub(crate) fn take(
        &mut self,
        time: Option<Time>,
        status: Option<u16>,
        duration_s: Option<f64>,
        queue_s: Option<f64>,
    ) {
        self.span.take(time);
        let class = status.map_or(0, |it| usize::from(it / 100));
        let class = &mut self.classes[if class < 6 { class } else { 0 }];
        class.count += 1;
        if let Some(duration_s) = duration_s {
            class.durations.get_or_insert_with(Box::default).add(duration_s);
        }
        if let Some(queue_s) = queue_s {
            self.queue.add(queue_s);
        }
        if let Some(time) = time {
            self.minutes.take(time);
        }
    }

    /// Whether it is told how long requests take.
    pub(crate) fn has_durations(&self) -> bool {
        self.classes.iter().any(|it| it.durations.is_some())
    }

    /// Numbers of requests, their durations and the times they waited.
    pub(crate) fn finish(
        self,
        source: Source,
    ) -> (Option<Requests>, Option<Quantiles>, Option<Quantiles>) {
        let mut all = Spread::default();
        let mut by_status = BTreeMap::new();
        for (digit, class) in self.classes.iter().enumerate() {
            let Some(durations) = &class.durations else { continue };
            all.merge(durations);
            if digit > 0
                && let Some(quantiles) = quantiles(durations, self.span.period(source))
            {
                by_status.insert(format!("{digit}xx"), quantiles);
            }
        }
        let mut response_time = quantiles(&all, self.span.period(source));
        if let Some(response_time) = &mut response_time
            && by_status.len() > 1
        {
            response_time.by_status = by_status;
        }
        let queue = quantiles(&self.queue, self.span.period(source));
        let (mean, peak, by_hour) = self.minutes.finish();
        let requests = Requests {
            count: self.span.samples,
            errors: self.classes[5].count,
            mean_per_minute: mean,
            peak_per_minute: peak,
            per_minute_by_hour: by_hour,
            period: self.span.period(source),
        };
        (Some(requests), response_time, queue)
    }
}

/// Quantiles of durations. `None` without any.
fn quantiles(spread: &Spread, period: Period) -> Option<Quantiles> {
    Some(Quantiles {
        mean_s: spread.mean(),
        p50_s: spread.at(0.5)?,
        p95_s: spread.at(0.95)?,
        p99_s: spread.at(0.99)?,
        max_s: spread.max(),
        by_status: BTreeMap::new(),
        period: Period { samples: spread.count(), ..period },
    })
}

/// Requests of each minute, by day.
#[derive(Debug, Default)]
struct Minutes {
    days: BTreeMap<i64, usize>,
    counts: Vec<Box<[u32; MINUTES]>>,
    /// The day of the last request, and its place.
    last: Option<(i64, usize)>,
}

impl Minutes {
    fn take(&mut self, time: Time) {
        let (day, minute) = time.day_and_minute();
        let place = match self.last {
            Some((last, place)) if last == day => place,
            _ => match self.days.get(&day) {
                Some(place) => *place,
                None if self.counts.len() >= DAYS_MAX => return,
                None => {
                    self.counts.push(Box::new([0; MINUTES]));
                    self.days.insert(day, self.counts.len() - 1);
                    self.counts.len() - 1
                }
            },
        };
        self.last = Some((day, place));
        let count = &mut self.counts[place][minute];
        *count = count.saturating_add(1);
    }

    /// Requests a minute: the mean, those of the busiest minute, and the means of each hour of the
    /// day in UTC. Nothing when no request has a time.
    fn finish(&self) -> (Option<f64>, Option<u32>, Option<Vec<f64>>) {
        let days = self.days.iter();
        let minutes = days.flat_map(|(day, place)| {
            let counts = self.counts[*place].iter().enumerate();
            let first = day * MINUTES as i64;
            counts.filter(|(_, it)| **it > 0).map(move |(at, it)| (first + at as i64, *it))
        });
        let (mut sums, mut covered) = ([0.0f64; 24], [0u64; 24]);
        let (mut peak, mut before): (u32, Option<i64>) = (0, None);
        for (minute, count) in minutes {
            peak = peak.max(count);
            let from = before.map_or(minute, |it| it + 1);
            let from = if minute - from > GAP_MAX { minute } else { from };
            for minute in from..=minute {
                covered[hour(minute)] += 1;
            }
            sums[hour(minute)] += f64::from(count);
            before = Some(minute);
        }
        if before.is_none() {
            return (None, None, None);
        }
        let mean = |sum: f64, minutes: u64| if minutes == 0 { 0.0 } else { sum / minutes as f64 };
        let all = mean(sums.iter().sum(), covered.iter().sum());
        let by_hour = sums.iter().zip(covered).map(|(sum, it)| mean(*sum, it)).collect();
        // A profile of a day needs one.
        let hours = covered.iter().filter(|it| **it >= 30).count();
        (Some(all), Some(peak), (hours == 24).then_some(by_hour))
    }
}

fn hour(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(MINUTES as i64) / 60).expect("an hour of a day")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(minutes: i64) -> Option<Time> {
        Time::from_millis(1_795_824_000_000 + minutes * 60_000)
    }

    #[test]
    fn means_peaks_and_profiles_leave_gaps_of_the_log_out() {
        let mut load = Load::default();
        for day in [0, 1, 40] {
            for minute in 0..1_440 {
                let count = if minute / 60 == 9 { 12 } else { 2 };
                (0..count)
                    .for_each(|_| load.take(time(day * 1_440 + minute), Some(200), None, None));
            }
        }
        (0..50).for_each(|_| load.take(time(40 * 1_440 + 60), Some(503), Some(1.0), Some(0.5)));
        let (requests, response_time, queue) = load.finish(Source::Heroku);
        let requests = requests.expect("requests");
        let expect = (3.0 * (60.0 * 12.0 + 1_380.0 * 2.0) + 50.0) / (3.0 * 1_440.0);
        assert!((requests.mean_per_minute.expect("a mean") - expect).abs() < 1e-9);
        assert_eq!(requests.peak_per_minute, Some(52));
        assert_eq!(requests.errors, 50);
        let by_hour = requests.per_minute_by_hour.expect("a profile");
        assert!((by_hour[9] - 12.0).abs() < 1e-9 && (by_hour[3] - 2.0).abs() < 1e-9);
        assert_eq!(response_time.map(|it| it.period.samples), Some(50));
        assert!(queue.is_some());
    }

    #[test]
    fn days_are_bounded() {
        let mut minutes = Minutes::default();
        for day in 0..3_000 {
            minutes.take(time(-day * 1_440).expect("a time"));
        }
        assert_eq!(minutes.counts.len(), DAYS_MAX);
    }
}

//! Quantiles from the buckets of Prometheus, by linear interpolation as `histogram_quantile` does it.

use std::collections::{BTreeMap, HashMap};

use crate::file::Quantiles;
use crate::readers::HISTOGRAMS;
use crate::sample::{Bucket, Source};
use crate::time::Time;

use super::Span;

/// The most series that are told apart.
const SERIES_MAX: usize = 20_000;

/// Counters of buckets, by series.
#[derive(Debug, Default)]
pub(crate) struct Histograms {
    span: Span,
    series: HashMap<u64, Series>,
}

#[derive(Clone, Copy, Debug)]
struct Series {
    metric: usize,
    le_s: f64,
    /// Before there was any increase to be seen.
    first: f64,
    last: f64,
    values: u64,
    increase: f64,
}

impl Histograms {
    /// The value of a counter.
    pub(crate) fn take(&mut self, bucket: Bucket, time: Option<Time>) {
        let Bucket { metric, series, le_s, count } = bucket;
        self.span.take(time);
        if self.series.len() >= SERIES_MAX && !self.series.contains_key(&series) {
            return;
        }
        let new = Series { metric, le_s, first: count, last: count, values: 0, increase: 0.0 };
        let series = self.series.entry(series).or_insert(new);
        // A counter that falls has started at zero again.
        series.increase += if count < series.last { count } else { count - series.last };
        series.last = count;
        series.values += 1;
    }

    /// Quantiles of the histogram that is preferred of those that counted anything.
    pub(crate) fn finish(self) -> Option<Quantiles> {
        let all = (0..HISTOGRAMS.len()).map(|metric| self.buckets(metric));
        let buckets = all.into_iter().find(|it| it.last().is_some_and(|it| it.1 > 0.0))?;
        let total = buckets.last()?.1;
        let mut period = self.span.period(Source::Prometheus);
        period.samples = total as u64;
        Some(Quantiles {
            // Where in its bucket a request was is not told.
            mean_s: None,
            p50_s: quantile(&buckets, 0.5)?,
            p95_s: quantile(&buckets, 0.95)?,
            p99_s: quantile(&buckets, 0.99)?,
            max_s: None,
            by_status: BTreeMap::new(),
            period,
        })
    }

    /// Upper bounds and counts of all series of a metric together.
    fn buckets(&self, metric: usize) -> Vec<(f64, f64)> {
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for series in self.series.values().filter(|it| it.metric == metric) {
            // One scrape counts since the start; of several, what was added between them.
            let count = if series.values == 1 { series.first } else { series.increase };
            match buckets.iter_mut().find(|it| it.0.total_cmp(&series.le_s).is_eq()) {
                Some(bucket) => bucket.1 += count,
                None => buckets.push((series.le_s, count)),
            }
        }
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        buckets
    }
}

fn quantile(buckets: &[(f64, f64)], quantile: f64) -> Option<f64> {
    let rank = quantile * buckets.last()?.1;
    let place = buckets.iter().position(|it| it.1 >= rank)?;
    let (below, before) = match place.checked_sub(1) {
        Some(place) => buckets[place],
        None => (0.0, 0.0),
    };
    let (above, count) = buckets[place];
    if above.is_infinite() {
        // No more is known than that it is above the last bound.
        return (place > 0).then_some(below);
    }
    let part = if count > before { (rank - before) / (count - before) } else { 1.0 };
    Some(below + (above - below) * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(series: u64, le_s: f64, count: f64) -> Bucket {
        Bucket { metric: 4, series, le_s, count }
    }

    #[test]
    fn quantiles_are_those_of_prometheus() {
        let mut histograms = Histograms::default();
        for (series, (le, count)) in
            [(0.1, 50.0), (0.5, 90.0), (1.0, 98.0), (f64::INFINITY, 100.0)].into_iter().enumerate()
        {
            histograms.take(bucket(series as u64, le, count), None);
        }
        let got = histograms.finish().expect("quantiles");
        // histogram_quantile(0.95, …) of these buckets: 0.5 + 0.5 × (95 − 90) / 8.
        assert_eq!((got.p50_s, got.p95_s, got.p99_s), (0.1, 0.8125, 1.0));
        assert_eq!(got.period.samples, 100);
    }

    #[test]
    fn counters_that_start_again_go_on() {
        let mut histograms = Histograms::default();
        for count in [10.0, 14.0, 3.0, 5.0] {
            histograms.take(bucket(1, 0.1, count), None);
            histograms.take(bucket(2, f64::INFINITY, count), None);
        }
        assert_eq!(histograms.finish().expect("quantiles").period.samples, 9);
    }
}

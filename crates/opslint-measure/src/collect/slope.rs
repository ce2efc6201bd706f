//! How fast memory grows: a line through the values of each life of an instance.
//!
//! A life ends with a restart, and with a fall to less than half, which is one that nobody logged.
//! Of each life the first third is left out, in which caches fill. All lives together have one slope
//! and each its own start (the "within" estimator of panel data). Values that follow each other are
//! alike, so the interval is widened by their correlation (first order, from Durbin and Watson's
//! statistic).

use std::collections::HashMap;

use crate::file::Slope;
use crate::time::Time;

/// Points that are kept of a life; beyond, neighbours are joined.
const POINTS_MAX: usize = 256;

/// Lives at the same time; beyond, the one that was silent for longest ends.
const LIVES_MAX: usize = 512;

/// Fewest points of a life that a line is put through.
const POINTS_MIN: usize = 8;

/// The part of a life that is left out at its start.
const WARM_UP: f64 = 1.0 / 3.0;

/// Lives of instances.
#[derive(Debug, Default)]
pub(crate) struct Slopes {
    lives: HashMap<u64, Life>,
    fit: Fit,
}

/// What is known of one instance since its last start.
#[derive(Debug, Default)]
struct Life {
    points: Vec<(f64, f64)>,
    /// Values that one point is the mean of.
    per_point: u32,
    open: (f64, f64, u32),
    last: Option<(Time, f64)>,
}

/// Sums of the regression over all lives that ended.
#[derive(Clone, Copy, Debug, Default)]
struct Fit {
    lives: u32,
    points: f64,
    /// Σ(t−t̄)², Σ(t−t̄)(m−m̄), Σ(m−m̄)².
    tt: f64,
    tm: f64,
    mm: f64,
    /// The same of differences between neighbours, not centred.
    step_tt: f64,
    step_tm: f64,
    step_mm: f64,
}

impl Slopes {
    /// A value of an instance.
    pub(crate) fn take(&mut self, instance: u64, time: Time, mb: f64) {
        if !self.lives.contains_key(&instance) && self.lives.len() >= LIVES_MAX {
            self.end_oldest();
        }
        let life = self.lives.entry(instance).or_default();
        if let Some((before, was)) = life.last
            && (mb < was / 2.0 || time < before)
        {
            // Back in time is another life, too: an older file, or a clock that was set.
            self.fit.add(&std::mem::take(life));
        }
        life.take(time, mb);
    }

    /// An instance starts anew.
    pub(crate) fn restart(&mut self, instance: u64) {
        if let Some(life) = self.lives.remove(&instance) {
            self.fit.add(&life);
        }
    }

    fn end_oldest(&mut self) {
        let oldest = self.lives.iter().min_by_key(|(_, it)| it.last.map(|it| it.0));
        if let Some(instance) = oldest.map(|(instance, _)| *instance) {
            self.restart(instance);
        }
    }

    /// The slope of all lives, with the interval that it is in with a probability of 95 %.
    pub(crate) fn finish(mut self) -> Option<Slope> {
        let mut lives: Vec<_> = self.lives.drain().collect();
        // Sums of decimals depend on their order.
        lives.sort_by_key(|it| it.0);
        lives.iter().for_each(|(_, it)| self.fit.add(it));
        self.fit.slope()
    }
}

impl Life {
    fn take(&mut self, time: Time, mb: f64) {
        self.last = Some((time, mb));
        self.per_point = self.per_point.max(1);
        self.open = (self.open.0 + time.hours(), self.open.1 + mb, self.open.2 + 1);
        if self.open.2 < self.per_point {
            return;
        }
        let (hours, mb, count) = std::mem::take(&mut self.open);
        self.points.push((hours / f64::from(count), mb / f64::from(count)));
        if self.points.len() == POINTS_MAX {
            let mean = |it: &[(f64, f64)]| ((it[0].0 + it[1].0) / 2.0, (it[0].1 + it[1].1) / 2.0);
            self.points = self.points.chunks_exact(2).map(mean).collect();
            self.per_point *= 2;
        }
    }

    /// The points behind the first third of its time.
    fn settled(&self) -> &[(f64, f64)] {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return &[];
        };
        let from = first.0 + (last.0 - first.0) * WARM_UP;
        let start = self.points.iter().position(|it| it.0 >= from).unwrap_or(0);
        &self.points[start..]
    }
}

impl Fit {
    fn add(&mut self, life: &Life) {
        let points = life.settled();
        if points.len() < POINTS_MIN {
            return;
        }
        let count = points.len() as f64;
        let mean_t = points.iter().map(|it| it.0).sum::<f64>() / count;
        let mean_m = points.iter().map(|it| it.1).sum::<f64>() / count;
        for (t, m) in points {
            let (t, m) = (t - mean_t, m - mean_m);
            self.tt += t * t;
            self.tm += t * m;
            self.mm += m * m;
        }
        for pair in points.windows(2) {
            let (t, m) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            self.step_tt += t * t;
            self.step_tm += t * m;
            self.step_mm += m * m;
        }
        self.lives += 1;
        self.points += count;
    }

    fn slope(&self) -> Option<Slope> {
        let freedom = self.points - f64::from(self.lives) - 1.0;
        if self.tt <= 0.0 || freedom < 3.0 {
            return None;
        }
        let slope = self.tm / self.tt;
        let rest = (self.mm - slope * self.tm).max(0.0);
        // Σ(eᵢ₊₁−eᵢ)² of the residuals, from which their correlation follows.
        let steps = self.step_mm - 2.0 * slope * self.step_tm + slope * slope * self.step_tt;
        let correlation =
            if rest > 0.0 { (1.0 - steps / rest / 2.0).clamp(0.0, 0.99) } else { 0.0 };
        let widening = (1.0 + correlation) / (1.0 - correlation);
        let error = (rest / freedom / self.tt * widening).sqrt();
        // Student's t for 95 %, within one percent from 3 degrees of freedom on.
        let t = 1.96 + 2.37 / freedom + 2.82 / freedom.powi(2) + 2.56 / freedom.powi(3);
        Some(Slope {
            mb_per_hour: slope,
            low_mb_per_hour: slope - t * error,
            high_mb_per_hour: slope + t * error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(minutes: i64) -> Time {
        Time::from_millis(1_795_878_000_000 + minutes * 60_000).expect("a time")
    }

    /// Noise between −1 and 1 that has no correlation.
    fn noise(at: i64) -> f64 {
        let mixed = (at as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 32)) % 2_001) as f64 / 1_000.0 - 1.0
    }

    #[test]
    fn a_leak_is_found_through_noise_restarts_and_a_warm_up() {
        let mut slopes = Slopes::default();
        for life in 0..3 {
            for minute in 0..1_440 {
                let warm = 80.0 * (1.0 - (-f64::from(minute as u16) / 60.0).exp());
                let mb = 100.0 + warm + 0.05 * minute as f64 + 5.0 * noise(minute * 3 + life);
                slopes.take(1, time(life * 1_440 + minute), mb);
            }
            slopes.restart(1);
        }
        let slope = slopes.finish().expect("a slope");
        assert!((slope.mb_per_hour - 3.0).abs() < 0.15, "{slope:?}");
        assert!(slope.low_mb_per_hour > 2.5 && slope.high_mb_per_hour < 3.5, "{slope:?}");
    }

    #[test]
    fn what_is_steady_or_wanders_has_no_sure_slope() {
        let mut steady = Slopes::default();
        let mut wandering = Slopes::default();
        let mut at = 300.0;
        for minute in 0..2_880 {
            steady.take(1, time(minute), 300.0 + 5.0 * noise(minute));
            at += noise(minute);
            wandering.take(1, time(minute), at);
        }
        for slopes in [steady, wandering] {
            let slope = slopes.finish().expect("a slope");
            assert!(slope.low_mb_per_hour < 0.05 && slope.high_mb_per_hour > -0.05, "{slope:?}");
        }
    }

    #[test]
    fn workers_that_are_replaced_are_a_saw_and_no_leak() {
        let mut slopes = Slopes::default();
        for minute in 0..2_880 {
            slopes.take(1, time(minute), 300.0 + (minute % 90) as f64);
        }
        let slope = slopes.finish().expect("a slope");
        assert!(slope.low_mb_per_hour <= 0.0, "{slope:?}");
    }

    #[test]
    fn few_values_have_none_and_many_instances_take_little() {
        let mut slopes = Slopes::default();
        for instance in 0..10_000 {
            slopes.take(instance, time(instance as i64), 100.0);
        }
        assert!(slopes.lives.len() <= LIVES_MAX);
        assert_eq!(slopes.finish(), None);
    }
}

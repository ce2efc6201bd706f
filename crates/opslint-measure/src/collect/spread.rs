//! How values are spread: quantiles within half a percent, in at most 32 kB.

use std::fmt;

use sketches_ddsketch::{Config, DDSketch};

/// Bound of the relative error of a quantile.
const ERROR: f64 = 0.005;

/// Values below are taken for zero: a microsecond, a byte.
const LEAST: f64 = 1e-6;

/// Values above are taken for this: thirty years in seconds, a petabyte in megabytes.
const MOST: f64 = 1e9;

/// Bins between the least and the most: ln(1e15) / (2 × error) = 3,454.
const BINS: u32 = 3_456;

/// A sketch of values that are not negative.
#[derive(Clone)]
pub(crate) struct Spread(DDSketch);

impl fmt::Debug for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spread").field("count", &self.count()).finish()
    }
}

impl Default for Spread {
    fn default() -> Self {
        Self(DDSketch::new(Config::new(ERROR, BINS, LEAST)))
    }
}

impl Spread {
    /// Adds a value.
    pub(crate) fn add(&mut self, value: f64) {
        self.0.add(value.clamp(0.0, MOST));
    }

    /// Adds the values of another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0).expect("all sketches have the same bins");
    }

    /// How many values there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.count() as u64
    }

    /// The value that the part `quantile` of all are at most.
    pub(crate) fn at(&self, quantile: f64) -> Option<f64> {
        let value = self.0.quantile(quantile).expect("a quantile between 0 and 1")?;
        // A bin may reach beyond what is in it.
        Some(value.clamp(self.0.min()?, self.0.max()?))
    }

    /// The mean of all values, which is exact.
    pub(crate) fn mean(&self) -> Option<f64> {
        Some(self.0.sum()? / self.0.count() as f64)
    }

    /// The largest value.
    pub(crate) fn max(&self) -> Option<f64> {
        self.0.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator of numbers that look random: xorshift64*.
    struct Numbers(u64);

    impl Numbers {
        /// The next one, between 0 and 1.
        fn next(&mut self) -> f64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    #[test]
    fn quantiles_are_within_one_percent_of_the_exact_ones() {
        let shapes: [fn(f64) -> f64; 4] = [
            |it| it,
            |it| -(1.0 - it).ln() / 10.0,
            |it| 0.001 / (1.0 - it).powi(2),
            |it| if it < 0.5 { 1e-5 } else { 4_000.0 + it },
        ];
        for shape in shapes {
            let mut numbers = Numbers(88_172_645_463_325_252);
            let mut values: Vec<f64> = (0..100_000).map(|_| shape(numbers.next())).collect();
            let mut spread = Spread::default();
            values.iter().for_each(|it| spread.add(*it));
            values.sort_by(f64::total_cmp);
            for quantile in [0.25, 0.5, 0.9, 0.95, 0.99, 0.999] {
                let exact = values[(quantile * (values.len() - 1) as f64) as usize];
                let got = spread.at(quantile).expect("values");
                assert!((got - exact).abs() <= exact * 0.01, "{quantile}: {got} for {exact}");
            }
            assert_eq!(spread.max(), values.last().copied());
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((spread.mean().expect("values") - mean).abs() <= mean * 1e-9);
        }
    }

    #[test]
    fn merging_is_adding() {
        let (mut one, mut other, mut both) =
            (Spread::default(), Spread::default(), Spread::default());
        for value in 1..1_000 {
            let half = if value % 3 == 0 { &mut one } else { &mut other };
            half.add(f64::from(value));
            both.add(f64::from(value));
        }
        one.merge(&other);
        assert_eq!((one.at(0.95), one.count()), (both.at(0.95), both.count()));
    }
}

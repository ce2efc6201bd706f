//! The same requests as functions: what they would cost, and up to which demand that is less.

use super::capacity::{Capacity, Span, Work};
use super::figures::Figures;
use crate::platforms::{Catalog, UsageUnit};

/// The catalog's platform of functions that instances are compared with.
const PLATFORM: &str = "aws-lambda";

/// The processor that functions have where nobody chooses one.
const ARCHITECTURE: &str = "x86_64";

/// A function that serves a web application has at least so much: with less, it also has too little
/// CPU. Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const MEMORY_MB_MIN: f64 = 512.0;

/// Minutes of a month of 30 days.
const MINUTES_IN_MONTH: f64 = 30.0 * 24.0 * 60.0;

/// Where so many instances cost more than functions, more of them do too.
const INSTANCES_MAX: u32 = 1_000;

/// Steps in which the break-even is searched for.
const STEPS: usize = 60;

/// What requests cost as functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Functions {
    /// The name of the platform.
    pub platform: String,
    /// Memory of the function in MB.
    pub memory_mb: f64,
    /// Seconds of a request.
    pub response_s: f64,
    /// Mean requests a minute, all month, below which functions cost less than the instances that
    /// serve them; `None` where they always do.
    pub break_even_per_minute: Option<f64>,
    usd_per_gb_second: f64,
    free_gb_seconds: f64,
    usd_per_million: f64,
    free_millions: f64,
}

impl Functions {
    /// Beside a web process; `None` where a price or the capacity is not known.
    pub(super) fn beside(
        figures: &Figures,
        capacity: &Capacity,
        work: Work,
        catalog: &Catalog,
    ) -> Option<Self> {
        let platform = catalog.platform(PLATFORM)?;
        let price = |unit| {
            let row = platform.usage_price(unit, None, None, Some(ARCHITECTURE))?;
            Some((
                row.price_usd.as_ref()?.value,
                row.free_month.as_ref().map_or(0.0, |it| it.value),
            ))
        };
        let (usd_per_gb_second, free_gb_seconds) = price(UsageUnit::GbSecond)?;
        let (usd_per_million, free_millions) = price(UsageUnit::MillionRequests)?;
        let each = figures.price_each.as_ref().ok()?.min;
        let worker_mb = figures.memory.per_worker_mb?.max;
        let mut functions = Self {
            platform: platform.name().to_owned(),
            memory_mb: worker_mb.max(MEMORY_MB_MIN),
            response_s: work.response_s,
            break_even_per_minute: None,
            usd_per_gb_second,
            free_gb_seconds,
            usd_per_million,
            free_millions,
        };
        let comfortable = capacity.comfortable(work, 1.0, Span::Lasting)? * 60.0;
        if comfortable <= 0.0 || each <= 0.0 {
            return None;
        }
        functions.break_even_per_minute = functions.break_even(each, comfortable);
        Some(functions)
    }

    /// Dollars of a month with so many requests a minute on average.
    pub fn usd_month(&self, requests_per_minute: f64) -> f64 {
        let requests = requests_per_minute * MINUTES_IN_MONTH;
        let gb_seconds = requests * self.response_s * self.memory_mb / 1_024.0;
        let millions = requests / 1e6;
        (gb_seconds - self.free_gb_seconds).max(0.0) * self.usd_per_gb_second
            + (millions - self.free_millions).max(0.0) * self.usd_per_million
    }

    /// The least demand at which instances cost less: each takes so many requests a minute, and the
    /// last of them is paid for whole.
    fn break_even(&self, each_usd: f64, each_per_minute: f64) -> Option<f64> {
        let full = |count: u32| f64::from(count) * each_per_minute;
        let usd = |count: u32| f64::from(count) * each_usd;
        let count = (1..=INSTANCES_MAX).find(|it| self.usd_month(full(*it)) >= usd(*it))?;
        let (mut low, mut high) = (full(count - 1), full(count));
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            match self.usd_month(middle) < usd(count) {
                true => low = middle,
                false => high = middle,
            }
        }
        Some(high)
    }
}

//! The same requests where use is billed: what they would cost, and up to which demand that is less
//! than instances that run all month.

use super::capacity::{Capacity, Span, Work};
use super::figure::Bounds;
use super::figures::Figures;
use crate::platforms::{Catalog, Platform, Usage, UsageUnit};

/// The catalog's platform of functions that instances are compared with.
const PLATFORM: &str = "aws-lambda";

/// The processor that functions have where nobody chooses one.
const ARCHITECTURE: &str = "x86_64";

/// The way of billing in which only time with requests is paid for, where there are several.
const BY_REQUESTS: &str = "requests";

/// The way of billing of functions that are kept ready.
const KEPT_READY: &str = "provisioned";

/// The way of billing of the time in which those work.
const WORK_OF_READY: &str = "provisioned-duration";

/// A function that serves a web application has at least so much: with less, it also has too little
/// CPU. Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const MEMORY_MB_MIN: f64 = 512.0;

/// Minutes of a month of 30 days.
const MINUTES_IN_MONTH: f64 = 30.0 * 24.0 * 60.0;

/// Seconds of a month of 30 days.
const S_IN_MONTH: f64 = MINUTES_IN_MONTH * 60.0;

/// Where so many instances cost more than functions, more of them do too.
const INSTANCES_MAX: u32 = 1_000;

/// Seconds of an hour.
const S_IN_HOUR: f64 = 3_600.0;

/// Calls that a price is told for.
const MILLION: f64 = 1e6;

/// Steps in which the break-even is searched for.
const STEPS: usize = 60;

/// A price of use: dollars for a unit, and units of a month that cost nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Price {
    usd: f64,
    free: f64,
}

impl Price {
    /// The same of an hour's price for its seconds.
    fn of_seconds(self) -> Self {
        Self { usd: self.usd / S_IN_HOUR, free: self.free * S_IN_HOUR }
    }

    /// How many calls with so much use each cost nothing in a month.
    fn free_calls(self, each: f64) -> f64 {
        if each > 0.0 { self.free / each } else { f64::INFINITY }
    }
}

/// Where functions run, and on which processor: prices depend on both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    /// The region; `None` where no file tells it.
    pub(super) region: Option<&'a str>,
    /// The processor; `None` for the usual one.
    pub(super) architecture: Option<&'a str>,
}

/// What requests cost where use is billed: functions, or instances that are paid for while they
/// work on a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Functions {
    /// The name of the platform.
    pub platform: String,
    /// Memory of the function or instance in MB.
    pub memory_mb: f64,
    /// CPUs of it, where they are billed apart from its memory.
    pub cpus: Option<f64>,
    /// Requests that one works on at once.
    pub at_once: f64,
    /// Seconds of a request. A share of a CPU takes longer for the same work than a whole one.
    pub response_s: f64,
    /// Dollars of a month for a function that is kept ready, between the regions, without what its
    /// requests cost; `None` where the platform sells none.
    pub kept_ready_usd_month: Option<Bounds>,
    /// Mean requests a minute, all month, below which this costs less than the instances that
    /// serve them; `None` where it always does, or where there are no such instances.
    pub break_even_per_minute: Option<f64>,
    gb_second: Price,
    cpu_second: Option<Price>,
    million: Price,
    /// Seconds of CPU of a request, and their price, where only these are paid for.
    computing: Option<(f64, Price)>,
    /// Those that are kept ready, and the price of the time in which they work.
    ready: Option<(f64, Price)>,
    /// Dollars a month of keeping these ready, in the cheapest region that it may be in.
    ready_usd: f64,
    /// Requests a minute that one instance takes comfortably.
    each_per_minute: f64,
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
        let functions = Self::on(platform, figures.memory.per_worker_mb?.max, work)?;
        let beside = functions.compared_with(figures, capacity, work);
        beside.break_even_per_minute.is_some().then_some(beside)
    }

    /// A function for each request, in which a worker finds room. `None` where the platform has no
    /// price for that.
    pub(super) fn on(platform: &Platform, worker_mb: f64, work: Work) -> Option<Self> {
        let most_mb = platform.function.memory_mb_max.as_ref().map(|it| f64::from(it.value));
        let of_platform = &platform.function;
        // Where memory is not chosen freely, it is what a function usually has.
        let least_mb = match (&of_platform.memory_mb_min, &of_platform.memory_mb) {
            (None, Some(usual)) => f64::from(usual.value),
            _ => MEMORY_MB_MIN,
        };
        let memory_mb = worker_mb.max(least_mb).min(most_mb.unwrap_or(f64::INFINITY));
        Self::sized(platform, memory_mb, Place::default(), work)
    }

    /// A function with so much memory, where it runs. `None` where the platform has no price for
    /// that.
    pub(super) fn sized(
        platform: &Platform,
        memory_mb: f64,
        place: Place<'_>,
        work: Work,
    ) -> Option<Self> {
        let share = share_of_cpu(platform, memory_mb);
        let response_s = work.response_s + work.cpu_s * (1.0 / share - 1.0);
        let price = |unit| price(platform, unit, None, place);
        let of_hours = |unit| price(unit).map(Price::of_seconds);
        let gb_second = price(UsageUnit::GbSecond).or_else(|| of_hours(UsageUnit::GbHour))?;
        Some(Self {
            platform: platform.name().to_owned(),
            memory_mb,
            cpus: None,
            at_once: 1.0,
            response_s,
            kept_ready_usd_month: kept_ready(platform, memory_mb, place),
            break_even_per_minute: None,
            gb_second,
            cpu_second: None,
            million: price(UsageUnit::MillionRequests)?,
            computing: of_hours(UsageUnit::VcpuHour).map(|it| (work.cpu_s, it)),
            ready: None,
            ready_usd: 0.0,
            each_per_minute: 60.0 / response_s,
        })
    }

    /// The same with so many that are kept ready.
    pub(super) fn with_ready(mut self, count: f64, platform: &Platform, place: Place<'_>) -> Self {
        let price = price(platform, UsageUnit::GbSecond, Some(WORK_OF_READY), place);
        self.ready = price.filter(|_| count > 0.0).map(|it| (count, it));
        self.ready_usd = self.kept_ready_usd_month.map_or(0.0, |it| it.min * count);
        self
    }

    /// Instances with so much memory and so many CPUs that are paid for while they work on a
    /// request. `None` where the platform does not bill like that.
    pub(super) fn instances_on(
        platform: &Platform,
        (memory_mb, cpus): (f64, f64),
        (capacity, place): (&Capacity, Place<'_>),
        work: Work,
    ) -> Option<Self> {
        let price = |unit| price(platform, unit, Some(BY_REQUESTS), place);
        let at_once = capacity.slots.or(capacity.router)?;
        Some(Self {
            platform: platform.name().to_owned(),
            memory_mb,
            cpus: Some(cpus),
            at_once,
            response_s: work.response_s,
            kept_ready_usd_month: None,
            break_even_per_minute: None,
            gb_second: price(UsageUnit::GbSecond)?,
            cpu_second: Some(price(UsageUnit::VcpuSecond)?),
            million: price(UsageUnit::MillionRequests)?,
            computing: None,
            ready: None,
            ready_usd: 0.0,
            each_per_minute: capacity.comfortable(work, 1.0, Span::Lasting)? * 60.0,
        })
    }

    /// With the demand up to which it costs less than instances of a process.
    pub(super) fn compared_with(
        mut self,
        figures: &Figures,
        capacity: &Capacity,
        work: Work,
    ) -> Self {
        let each = figures.price_each.as_ref().map_or(0.0, |it| it.min);
        let comfortable = capacity.comfortable(work, 1.0, Span::Lasting).unwrap_or(0.0) * 60.0;
        if comfortable > 0.0 && each > 0.0 {
            self.break_even_per_minute = self.break_even(each, comfortable);
        }
        self
    }

    /// Dollars of a month with so many requests a minute on average, without what keeping some
    /// ready costs.
    pub fn usd_month(&self, requests_per_minute: f64) -> f64 {
        Self::usd_month_together(&[(self, requests_per_minute)])
    }

    /// Dollars of a month of several functions with so many requests a minute each. What is free is
    /// an account's, so it is taken off once.
    pub(super) fn usd_month_together(all: &[(&Self, f64)]) -> f64 {
        let mut bills: [Vec<(f64, Price)>; 4] = Default::default();
        for (it, per_minute) in all {
            let seconds = it.billed_s(*per_minute);
            let gb = it.memory_mb / 1_024.0;
            // A function that is ready works before another one starts.
            let of_ready = it.ready.map_or(0.0, |(count, _)| seconds.min(count * S_IN_MONTH));
            let requests = per_minute * MINUTES_IN_MONTH;
            bills[0].push(((seconds - of_ready) * gb, it.gb_second));
            bills[1].push((requests / MILLION, it.million));
            bills[2].extend(it.cpu_second.map(|price| (seconds * it.cpus.unwrap_or(0.0), price)));
            bills[2].extend(it.computing.map(|(cpu_s, price)| (requests * cpu_s, price)));
            bills[3].extend(it.ready.map(|(_, price)| (of_ready * gb, price)));
        }
        bills.iter().map(|it| usd_of(it)).sum()
    }

    /// Dollars of a million requests, where nothing of them is free.
    pub fn usd_million(&self) -> f64 {
        let gb_s = MILLION * self.response_s * self.memory_mb / 1_024.0;
        let computing = self.computing.map_or(0.0, |(cpu_s, price)| MILLION * cpu_s * price.usd);
        gb_s * self.gb_second.usd + self.million.usd + computing
    }

    /// Requests of a month that cost nothing, where an account has no others.
    pub fn free_requests(&self) -> f64 {
        let of_memory = self.gb_second.free_calls(self.response_s * self.memory_mb / 1_024.0);
        let of_calls = self.million.free_calls(1.0 / MILLION);
        let of_cpu = self.computing.map(|(cpu_s, price)| price.free_calls(cpu_s));
        of_memory.min(of_calls).min(of_cpu.unwrap_or(f64::INFINITY))
    }

    /// Seconds of a month that are paid for. A function is paid for each request; an instance that
    /// works on several at once for the time in which there is at least one.
    fn billed_s(&self, requests_per_minute: f64) -> f64 {
        if self.at_once <= 1.0 {
            return requests_per_minute * MINUTES_IN_MONTH * self.response_s;
        }
        let instances = (requests_per_minute / self.each_per_minute).ceil().max(1.0);
        let load = requests_per_minute / instances / 60.0 * self.response_s;
        instances * MINUTES_IN_MONTH * 60.0 * (1.0 - (-load).exp())
    }

    /// The least demand at which instances cost less: each takes so many requests a minute, and the
    /// last of them is paid for whole.
    pub(super) fn break_even(&self, each_usd: f64, each_per_minute: f64) -> Option<f64> {
        let full = |count: u32| f64::from(count) * each_per_minute;
        let usd = |count: u32| f64::from(count) * each_usd - self.ready_usd;
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

/// Dollars of units with their prices. Of all units, as many as one price has are free.
fn usd_of(bill: &[(f64, Price)]) -> f64 {
    let units: f64 = bill.iter().map(|(units, _)| units).sum();
    if units <= 0.0 {
        return 0.0;
    }
    let free = bill.iter().map(|(_, price)| price.free).fold(0.0, f64::max);
    let paid = 1.0 - (free / units).min(1.0);
    bill.iter().map(|(units, price)| units * price.usd * paid).sum()
}

/// The part of a CPU that comes with the memory of a function: at most one, as one request runs on
/// one.
pub(super) fn share_of_cpu(platform: &Platform, memory_mb: f64) -> f64 {
    let per_cpu = platform.function.memory_mb_per_cpu.as_ref().map(|it| f64::from(it.value));
    per_cpu.map_or(1.0, |it| (memory_mb / it).min(1.0))
}

/// A GB-second of provisioned concurrency for each second of a month: in its region, else in the
/// cheapest and in the dearest.
fn kept_ready(platform: &Platform, memory_mb: f64, place: Place<'_>) -> Option<Bounds> {
    let architecture = place.architecture.unwrap_or(ARCHITECTURE);
    let is_it = |it: &&Usage| {
        it.unit == UsageUnit::GbSecond
            && it.mode.as_deref() == Some(KEPT_READY)
            && it.architecture.as_deref().is_none_or(|it| it == architecture)
    };
    let is_here = |it: &&Usage| {
        let named = |region: &str| it.regions.iter().any(|it| it == region);
        place.region.is_none_or(named)
    };
    let usd = |it: &Usage| Some(it.price_usd.as_ref()?.value);
    let rows = || platform.usage().iter().filter(is_it);
    let here: Vec<f64> = rows().filter(is_here).filter_map(usd).collect();
    let prices = if here.is_empty() { rows().filter_map(usd).collect() } else { here };
    let min = prices.iter().copied().min_by(f64::total_cmp)?;
    let max = prices.iter().copied().max_by(f64::total_cmp)?;
    let gb_seconds = memory_mb / 1_024.0 * S_IN_MONTH;
    Some(Bounds { min: min * gb_seconds, max: max * gb_seconds })
}

/// A price where something runs. Where no file tells the region, that of all regions without a
/// price of their own, else that of the region that the catalog lists first.
fn price(
    platform: &Platform,
    unit: UsageUnit,
    mode: Option<&str>,
    place: Place<'_>,
) -> Option<Price> {
    let architecture = place.architecture.unwrap_or(ARCHITECTURE);
    let is_usual = |it: &&Usage| it.unit == unit && it.mode.as_deref() == mode;
    let usual = || platform.usage().iter().find(is_usual).filter(|_| place.region.is_none());
    let row = platform.usage_price(unit, mode, place.region, Some(architecture)).or_else(usual)?;
    let free = row.free_month.as_ref().map_or(0.0, |it| it.value);
    Some(Price { usd: row.price_usd.as_ref()?.value, free })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: Work = Work { response_s: 0.3, cpu_s: 0.0 };

    fn on(platform: &str) -> Platform {
        Catalog::builtin().platform(platform).expect("it is in the catalog").clone()
    }

    /// By hand: 100 a minute are 4.32 million a month; × 0.3 s × 0.5 GB are 648,000 GB-seconds, of
    /// which 400,000 are free; 248,000 × $0.0000166667 + 3.32 million × $0.20 = $4.80.
    #[test]
    fn a_function_is_paid_for_each_request() {
        let functions = Functions::on(&on("aws-lambda"), 128.0, WORK).expect("a price");
        assert_eq!(functions.usd_month(1.0), 0.0, "all of it is free");
        assert!((functions.usd_month(100.0) - 4.797).abs() < 0.01);
    }

    /// By hand, in the cheapest region: 0.5 GB × 2,592,000 s × $0.0000041667 = $5.40.
    #[test]
    fn a_function_that_is_kept_ready_is_paid_for_all_month() {
        let functions = Functions::on(&on("aws-lambda"), 128.0, WORK).expect("a price");
        let usd = functions.kept_ready_usd_month.expect("a price");
        assert!((usd.min - 5.40).abs() < 0.01 && usd.max > usd.min, "{usd:?}");
    }

    /// 512 of the 1,769 MB that bring a CPU make 10 ms of work last 34.6 ms.
    #[test]
    fn a_share_of_a_cpu_takes_longer() {
        let work = Work { response_s: 0.3, cpu_s: 0.01 };
        let functions = Functions::on(&on("aws-lambda"), 128.0, work).expect("a price");
        assert!((functions.response_s - (0.29 + 0.01 * 1_769.0 / 512.0)).abs() < 1e-9);
    }

    /// By hand: 200 a minute with 0.3 s are one request at a time on average, so the instance works
    /// 1 - 1/e = 63.2 % of a month: 1,638,507 s. Less 180,000 they cost $0.000024, the GB-seconds of
    /// 0.5 GB less 360,000 $0.0000025, and 8.64 million requests less 2 $0.40 each.
    #[test]
    fn an_instance_is_paid_for_while_it_has_a_request() {
        let capacity =
            Capacity { slots: Some(8.0), router: None, cpus: None, database: None, one_line: true };
        let by_use = Functions::instances_on(
            &on("cloud-run"),
            (512.0, 1.0),
            (&capacity, Place::default()),
            WORK,
        );
        let busy = 2_592_000.0 * (1.0 - (-1.0_f64).exp());
        let cpu = (busy - 180_000.0) * 0.000_024;
        let memory = (busy * 0.5 - 360_000.0) * 0.000_002_5;
        let usd = by_use.expect("a price").usd_month(200.0);
        assert!((usd - (cpu + memory + 6.64 * 0.4)).abs() < 0.01, "{usd}");
    }
}

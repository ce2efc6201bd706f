//! Machines that would serve the requests of a function, and the demand from which on they cost
//! less.

use super::{FunctionFigures, One};
use crate::plan::capacity::{Capacity, Span};
use crate::plan::choices::work;
use crate::plan::figure::Bounds;
use crate::plan::functions::Functions;
use crate::platforms::{Balancing, Plan, Platform};

/// Platforms that a function is compared with where nobody asks for others.
const USUAL: &[&str] = &["fly", "heroku", "render"];

/// Memory of a worker that would serve the requests, where nobody knows what the function needs.
const WORKER_MB: f64 = 128.0;

/// A machine beside a function.
#[derive(Clone, Debug, PartialEq)]
pub struct BesideInstances {
    /// The name of the platform.
    pub platform: String,
    /// The plan there.
    pub plan: String,
    /// Workers of each.
    pub workers: u32,
    /// Memory that a worker is taken to need, in MB.
    pub worker_mb: f64,
    /// Dollars a month of each.
    pub usd_each: f64,
    /// Mean requests a minute, all month, from which on such machines cost less than the function.
    pub from_per_minute: f64,
}

impl One<'_> {
    /// For each platform the machine that pays off first. What is kept ready counts for the
    /// function.
    pub(super) fn instances(
        &self,
        functions: &Functions,
        figures: &FunctionFigures,
    ) -> Vec<BesideInstances> {
        let catalog = self.planner.catalog;
        let asked = &self.planner.request.on;
        let ids: Vec<&str> = match asked.is_empty() {
            true => USUAL.to_vec(),
            false => asked.iter().map(String::as_str).collect(),
        };
        let platforms = ids.into_iter().filter_map(|it| catalog.platform(it));
        let others = platforms.filter(|it| it.id() != self.platform.id());
        others.filter_map(|it| self.on(it, functions, figures)).collect()
    }

    fn on(
        &self,
        platform: &Platform,
        functions: &Functions,
        figures: &FunctionFigures,
    ) -> Option<BesideInstances> {
        let of = |plan: &Plan| self.on_plan(platform, plan, functions, figures);
        let plans = platform.plans("web").filter(|it| it.sleeps_after_s.is_none());
        let least = |a: &BesideInstances, b: &BesideInstances| {
            let by_demand = a.from_per_minute.total_cmp(&b.from_per_minute);
            by_demand.then(a.usd_each.total_cmp(&b.usd_each))
        };
        plans.filter_map(of).min_by(least)
    }

    fn on_plan(
        &self,
        platform: &Platform,
        plan: &Plan,
        functions: &Functions,
        figures: &FunctionFigures,
    ) -> Option<BesideInstances> {
        let usd_each = plan.price_usd_month.as_ref()?.value;
        let memory_mb = f64::from(plan.memory_mb.as_ref()?.value);
        let worker_mb = figures.needed_mb.as_ref().map_or(WORKER_MB, |it| it.max);
        let room = (memory_mb * self.planner.request.memory.tight / 100.0 / worker_mb).floor();
        let cpus = plan.cpus.as_ref().map(|it| it.value);
        // Two workers for a CPU and one more: see `too-many-workers`.
        let workers = room.min(cpus.map_or(room, |it| it.ceil() * 2.0 + 1.0));
        if workers < 1.0 || usd_each <= 0.0 {
            return None;
        }
        let baseline = plan.cpus_baseline.as_ref().map(|it| it.value);
        let burst = cpus.map_or(workers, |it| it.min(workers));
        let balancing = platform.traits.router_balancing.as_ref().map(|it| it.value);
        let capacity = Capacity {
            slots: Some(workers),
            router: platform.router.hard_limit.as_ref().map(|it| f64::from(it.value)),
            cpus: Some(Bounds { min: baseline.map_or(burst, |it| it.min(burst)), max: burst }),
            database: None,
            one_line: balancing == Some(Balancing::LeastLoaded),
        };
        let work = work(self.planner.request);
        let each = capacity.comfortable(work, 1.0, Span::Lasting)? * 60.0;
        let from_per_minute = functions.break_even(usd_each, each)?;
        Some(BesideInstances {
            platform: platform.name().to_owned(),
            plan: plan.name.clone(),
            workers: workers as u32,
            worker_mb,
            usd_each,
            from_per_minute,
        })
    }
}

//! Points of plots: requests and memory against workers, waiting against load, cost against demand,
//! and the ladder of timeouts.

use super::capacity::{Capacity, Span, Work};
use super::figure;
use super::figures::Figures;
use super::functions::Functions;
use crate::project::Facts;
use crate::vocabulary::{self as v, FactId};

/// Points of a line.
const POINTS: usize = 40;

/// The demand is drawn up to this many times the one at which costs are the same.
const CROSSING_TIMES: f64 = 3.0;

/// The most workers that are drawn.
const WORKERS_MAX: u32 = 24;

/// Timeouts in the order in which a request meets them.
const TIMEOUTS: &[(FactId, &str)] = &[
    (v::ROUTER_IDLE_TIMEOUT_S, "router, without a byte"),
    (v::ROUTER_REQUEST_TIMEOUT_S, "router, first byte"),
    (v::PROXY_READ_TIMEOUT_S, "nginx, between two reads"),
    (v::TIMEOUT_S, "server, a worker that does not answer"),
    (v::KEEPALIVE_S, "server, an idle connection"),
    (v::DATABASE_CONN_MAX_AGE_S, "database, a connection is kept"),
    (v::GRACEFUL_TIMEOUT_S, "shutdown, requests in flight"),
    (v::SHUTDOWN_GRACE_S, "shutdown, until SIGKILL"),
];

/// A point: where, and how much.
pub type Point = (f64, f64);

/// What is drawn of a process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// Requests a minute of one instance by its workers.
    pub requests_by_workers: Vec<Point>,
    /// Percent of memory by workers.
    pub memory_by_workers: Vec<Point>,
    /// Mean wait in seconds by requests a minute.
    pub mean_wait: Vec<Point>,
    /// The wait that 95 % stay below.
    pub p95_wait: Vec<Point>,
    /// Dollars a month by requests a minute: instances.
    pub cost: Vec<Point>,
    /// The same as functions.
    pub cost_as_functions: Vec<Point>,
    /// Requests a minute at which both cost the same.
    pub break_even: Option<f64>,
    /// Seconds, in the order in which a request meets them.
    pub timeouts: Vec<(&'static str, f64)>,
    /// The response time of all.
    pub response_s: f64,
}

impl Curves {
    /// Of a process.
    pub(super) fn of(
        facts: &Facts,
        figures: &Figures,
        capacity: Option<&Capacity>,
        functions: Option<&Functions>,
        work: Work,
    ) -> Self {
        let mut curves = Self { response_s: work.response_s, ..Self::default() };
        let timeouts = TIMEOUTS.iter().filter_map(|(id, name)| {
            let seconds = figure::known(facts, *id)?.min;
            (seconds > 0.0).then_some((*name, seconds))
        });
        curves.timeouts = timeouts.collect();
        curves.memory(figures);
        if let Some(capacity) = capacity {
            curves.workers(figures, capacity, work);
            curves.waiting(figures, capacity, work);
            curves.cost(figures, capacity, functions, work);
        }
        curves
    }

    fn memory(&mut self, figures: &Figures) {
        let has = figures.machine.memory_mb.map(|it| it.min).filter(|it| *it > 0.0);
        let (Some(has), Some(each)) = (has, figures.memory.per_worker_mb) else { return };
        let point = |count: u32| (f64::from(count), f64::from(count) * each.max * 100.0 / has);
        let shown = (1..=drawn(figures)).map(point);
        self.memory_by_workers = shown.collect();
    }

    fn workers(&mut self, figures: &Figures, capacity: &Capacity, work: Work) {
        let Some(now) = figures.workers.map(|it| it.min).filter(|it| *it >= 1.0) else { return };
        let point = |count: u32| {
            let count = f64::from(count);
            let slots = capacity.slots.map(|it| it / now * count);
            let paid = figures.machine.cpus.map(|it| it.min);
            let cpus =
                capacity.cpus.map(|it| it.map(|_| paid.map_or(count, |paid| paid.min(count))));
            let then = Capacity { slots, cpus, database: None, ..capacity.clone() };
            Some((count, then.most(work, 1.0, Span::Burst)?.0 * 60.0))
        };
        self.requests_by_workers = (1..=drawn(figures)).filter_map(point).collect();
    }

    fn waiting(&mut self, figures: &Figures, capacity: &Capacity, work: Work) {
        let count = figures.instances.counted().min;
        let Some((most, _)) = capacity.most(work, count, Span::Lasting) else { return };
        for idx in 0..POINTS {
            let load = most * idx as f64 / POINTS as f64;
            let Some((mean, p95)) = capacity.waits(work, count, load) else { continue };
            self.mean_wait.push((load * 60.0, mean));
            self.p95_wait.push((load * 60.0, p95));
        }
    }

    fn cost(
        &mut self,
        figures: &Figures,
        capacity: &Capacity,
        functions: Option<&Functions>,
        work: Work,
    ) {
        let each = figures.price_each.as_ref().ok().map(|it| it.min).filter(|it| *it > 0.0);
        let takes = capacity.comfortable(work, 1.0, Span::Lasting).filter(|it| *it > 0.0);
        let (Some(each), Some(takes)) = (each, takes.map(|it| it * 60.0)) else { return };
        let instances = takes * (figures.instances.counted().max + 1.0).clamp(2.0, 8.0);
        // Where lines cross far below, the rest would hide it.
        let crossing = functions.and_then(|it| it.break_even_per_minute);
        let most = crossing.map_or(instances, |it| instances.min(CROSSING_TIMES * it));
        self.break_even = crossing;
        // An instance more is a step, not a slope.
        let mut count = 1.0;
        self.cost.push((0.0, each));
        while count * takes < most {
            self.cost.push((count * takes, count * each));
            count += 1.0;
            self.cost.push(((count - 1.0) * takes, count * each));
        }
        self.cost.push((most, count * each));
        for idx in 0..=POINTS {
            let demand = most * idx as f64 / POINTS as f64;
            self.cost_as_functions.extend(functions.map(|it| (demand, it.usd_month(demand))));
        }
    }
}

/// Workers up to which there is something to see.
fn drawn(figures: &Figures) -> u32 {
    let now = figures.workers.map_or(1.0, |it| it.max) as u32;
    let room = figures.memory.room_for.unwrap_or(0);
    (now.max(room) + 2).min(WORKERS_MAX)
}

//! How many requests a process takes: what each resource allows, and which of them binds.
//!
//! A request holds a slot (a worker, a thread) for its whole response time, and a CPU for a part of
//! it. Routers and databases bound how many are worked on at once. The least of these bounds
//! counts. See docs/plan.md for each formula.

use super::figure::{self, Bounds};
use super::queueing::Queue;
use crate::fact::{Fact, Unknown};
use crate::platforms::Platform;
use crate::project::Facts;
use crate::vocabulary;

/// Servers of a line that are told apart; of more, the wait is that of this many.
const SERVERS_MAX: f64 = 2_000.0;

/// Beyond this share of the response time, waiting is felt: the comfortable load ends there.
const WAIT_OF_RESPONSE: f64 = 0.5;

/// The share of requests that a percentile speaks of.
const P95: f64 = 0.95;

/// Programs that run Python, in which one process uses one CPU at a time.
/// Source: <https://docs.python.org/3/glossary.html#term-global-interpreter-lock>
const ONE_CPU_EACH: &[&str] = &[
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "daphne",
    "granian",
    "waitress",
    "uwsgi",
    "django-runserver",
    "flask-run",
    "fastapi-dev",
    "http.server",
];

/// Programs that run JavaScript: an event loop in each process, which uses one CPU at a time.
/// Source: <https://nodejs.org/en/learn/asynchronous-work/dont-block-the-event-loop>
const JAVASCRIPT: &[&str] = &[
    "node",
    "tsx",
    "bun",
    "deno",
    "pm2",
    "forever",
    "next",
    "nuxt",
    "react-router-serve",
    "serve",
    "http-server",
];

/// Whether a program is one process with an event loop, unless its code starts others.
pub(super) fn is_single(server: &str) -> bool {
    JAVASCRIPT.contains(&server)
}

/// What bounds the requests of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Workers and threads are all busy.
    Slots,
    /// The CPU is busy.
    Cpu,
    /// The router passes no more on at once.
    Router,
    /// The database accepts no more connections.
    Database,
}

impl Limit {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::Cpu => "cpu",
            Self::Router => "router",
            Self::Database => "database",
        }
    }
}

/// What one instance brings, and what all share.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Requests that workers and threads of one instance hold at once; `None` for event loops,
    /// which take any number.
    pub slots: Option<f64>,
    /// Requests that the router lets into one instance at once.
    pub router: Option<f64>,
    /// CPUs of one instance in a burst, and those that may be used without end.
    pub cpus: Option<Bounds>,
    /// Requests that can hold a database connection at once, in all instances together.
    pub database: Option<f64>,
    /// Whether the router gives each request to an instance that is free, so that all instances
    /// share one line. Otherwise each has a line of its own.
    pub one_line: bool,
}

/// How a request is served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Seconds from the start of the work to the response, without waiting.
    pub response_s: f64,
    /// Seconds of CPU in it.
    pub cpu_s: f64,
}

/// Whether CPU is counted as in a burst or as it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// For minutes, while credits last.
    Burst,
    /// Without end.
    Lasting,
}

/// One of the resources, as a line of its own.
#[derive(Clone, Copy, Debug)]
struct Resource {
    limit: Limit,
    queue: Queue,
    /// How many such lines share the load.
    lines: f64,
}

impl Capacity {
    /// Of a process with these facts.
    ///
    /// # Errors
    /// Why it is not known how many requests it works on at once.
    pub fn of(
        facts: &Facts,
        platform: Option<&Platform>,
        database: Option<f64>,
    ) -> Result<Self, Unknown> {
        let slots = slots(facts)?;
        let router = figure::known(facts, vocabulary::ROUTER_HARD_LIMIT).map(|it| it.min);
        let balancing = figure::text(facts, vocabulary::PLATFORM_ROUTER_BALANCING);
        Ok(Self {
            slots,
            router: router.filter(|it| *it >= 1.0),
            cpus: cpus(facts, platform),
            database,
            one_line: balancing == Some("least-loaded"),
        })
    }

    /// The most requests a second of so many instances, and what binds.
    pub fn most(&self, work: Work, instances: f64, span: Span) -> Option<(f64, Limit)> {
        let of = |it: &Resource| it.lines * it.queue.capacity_per_s();
        let all = self.resources(work, instances, span);
        let least = all.iter().min_by(|a, b| of(a).total_cmp(&of(b)))?;
        Some((of(least), least.limit))
    }

    /// The most requests a second with which the mean wait is at most half the response time.
    pub fn comfortable(&self, work: Work, instances: f64, span: Span) -> Option<f64> {
        self.load_for(work, instances, span, WAIT_OF_RESPONSE * work.response_s, Queue::mean_wait_s)
    }

    /// The most requests a second of which 95 % wait at most so long.
    pub fn within_p95(&self, work: Work, instances: f64, wait_s: f64) -> Option<f64> {
        let p95 = |it: Queue, load| it.wait_quantile_s(load, P95);
        self.load_for(work, instances, Span::Lasting, wait_s, p95)
    }

    /// Mean and 95th percentile of the wait in seconds at a load, at the resource where it is
    /// longest. Infinite where the load is too much.
    pub fn waits(&self, work: Work, instances: f64, arrivals_per_s: f64) -> Option<(f64, f64)> {
        let of = |it: &Resource| {
            let load = arrivals_per_s / it.lines;
            (it.queue.mean_wait_s(load), it.queue.wait_quantile_s(load, P95))
        };
        let all = self.resources(work, instances, Span::Lasting);
        all.iter().map(of).max_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn load_for(
        &self,
        work: Work,
        instances: f64,
        span: Span,
        limit_s: f64,
        wait_s: impl Fn(Queue, f64) -> f64,
    ) -> Option<f64> {
        let all = self.resources(work, instances, span);
        let loads = all.iter().map(|it| it.lines * it.queue.load_for(limit_s, &wait_s));
        loads.min_by(f64::total_cmp)
    }

    fn resources(&self, work: Work, instances: f64, span: Span) -> Vec<Resource> {
        let held = |limit, count: f64| {
            let (servers, lines) = match self.one_line {
                true => (count * instances, 1.0),
                false => (count, instances),
            };
            Resource { limit, queue: queue(servers, work.response_s), lines }
        };
        let cpu = |cpus: f64| {
            // Half a CPU is one that takes twice as long.
            let whole = cpus.floor().max(1.0);
            let service_s = work.cpu_s * whole / cpus;
            Resource { limit: Limit::Cpu, queue: queue(whole, service_s), lines: instances }
        };
        let cpus = self.cpus.map(|it| match span {
            Span::Burst => it.max,
            Span::Lasting => it.min,
        });
        let mut all = Vec::new();
        all.extend(self.slots.map(|it| held(Limit::Slots, it)));
        all.extend(self.router.map(|it| held(Limit::Router, it)));
        all.extend(cpus.filter(|it| *it > 0.0 && work.cpu_s > 0.0).map(cpu));
        all.extend(self.database.map(|it| Resource {
            limit: Limit::Database,
            queue: queue(it, work.response_s),
            lines: 1.0,
        }));
        all
    }
}

fn queue(servers: f64, service_s: f64) -> Queue {
    let told_apart = servers.clamp(1.0, SERVERS_MAX).floor();
    // Servers beyond that are as fast together, and only wait a little less.
    let service_s = service_s * told_apart / servers.max(1.0);
    Queue { servers: told_apart as u32, service_s }
}

/// Requests that workers and threads of one instance hold at once.
pub(super) fn slots(facts: &Facts) -> Result<Option<f64>, Unknown> {
    if let Some(count) = figure::known(facts, vocabulary::CONCURRENCY) {
        return Ok(Some(count.min.max(1.0)));
    }
    let server = facts.get(vocabulary::SERVER);
    let class = figure::text(facts, vocabulary::WORKER_CLASS).unwrap_or_default();
    let is_loop = figure::text(facts, vocabulary::INTERFACE) == Some("asgi")
        || ["asgi", "gevent", "eventlet"].contains(&class)
        || server.and_then(Fact::text).is_some_and(|it| EVENT_LOOPS.contains(&it) || is_single(it));
    let connections = figure::known(facts, vocabulary::WORKER_CONNECTIONS);
    let workers = figure::known(facts, vocabulary::WORKERS);
    match (is_loop, connections, workers) {
        (true, Some(each), Some(workers)) if each.min >= 1.0 => {
            return Ok(Some(each.min * workers.min.max(1.0)));
        }
        (true, _, _) => return Ok(None),
        (false, _, _) => {}
    }
    let because = facts.get(vocabulary::CONCURRENCY).and_then(|it| it.state.open());
    let because = because.or_else(|| facts.get(vocabulary::WORKERS)?.state.open());
    let because = because.or_else(|| server?.state.open());
    Err(because.unwrap_or_else(|| {
        Unknown::because("opslint does not know how many requests this program works on at once")
    }))
}

/// Servers with an event loop in each process.
const EVENT_LOOPS: &[&str] = &["uvicorn", "hypercorn", "daphne", "granian"];

/// CPUs that the program can use: in a burst, and without end.
fn cpus(facts: &Facts, platform: Option<&Platform>) -> Option<Bounds> {
    let paid = figure::known(facts, vocabulary::MACHINE_CPUS).map(|it| it.min);
    let is_bound = figure::text(facts, vocabulary::SERVER)
        .is_some_and(|it| ONE_CPU_EACH.contains(&it) || is_single(it));
    let workers = figure::known(facts, vocabulary::WORKERS).map(|it| it.min.max(1.0));
    let workers = workers.filter(|_| is_bound);
    let burst = match (paid, workers) {
        (Some(paid), Some(workers)) => paid.min(workers),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    let lasting = paid.and_then(|paid| {
        let plan = figure::text(facts, vocabulary::MACHINE_PLAN);
        let plan = plan.and_then(|it| platform?.plan_of_any_kind(it));
        let of_plan = plan.and_then(|it| it.cpus_baseline.as_ref()).map(|it| it.value);
        let kind = figure::text(facts, vocabulary::MACHINE_CPU_KIND);
        let kind = kind.and_then(|it| platform?.cpu_kind(it));
        let each = kind.and_then(|it| it.cpus_baseline_per_cpu.as_ref()).map(|it| it.value);
        of_plan.or(each.map(|it| it * paid))
    });
    Some(Bounds { min: lasting.map_or(burst, |it| it.min(burst)), max: burst })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: Work = Work { response_s: 0.3, cpu_s: 0.01 };

    fn capacity(slots: f64) -> Capacity {
        Capacity { slots: Some(slots), router: None, cpus: None, database: None, one_line: false }
    }

    #[test]
    fn slots_are_busy_for_the_response_time() {
        let (most, limit) = capacity(2.0).most(WORK, 2.0, Span::Burst).expect("a bound");
        assert_eq!((most * 60.0, limit), (800.0, Limit::Slots));
    }

    #[test]
    fn the_least_bound_binds() {
        let cpus = Some(Bounds { min: 1.0 / 16.0, max: 1.0 });
        let capacity = Capacity { slots: None, router: Some(25.0), cpus, ..capacity(1.0) };
        let per_minute = |response_s, span| {
            let work = Work { response_s, ..WORK };
            let (most, limit) = capacity.most(work, 1.0, span).expect("a bound");
            ((most * 60.0).round(), limit)
        };
        assert_eq!(per_minute(0.1, Span::Burst), (6_000.0, Limit::Cpu));
        assert_eq!(per_minute(0.1, Span::Lasting), (375.0, Limit::Cpu));
        assert_eq!(per_minute(1.0, Span::Burst), (1_500.0, Limit::Router));
    }

    #[test]
    fn one_line_for_all_instances_waits_less_than_one_for_each() {
        let apart = capacity(2.0);
        let together = Capacity { one_line: true, ..apart.clone() };
        let of = |it: &Capacity| it.comfortable(WORK, 2.0, Span::Burst).expect("a bound") * 60.0;
        assert!((of(&apart) - 461.88).abs() < 0.01, "{}", of(&apart));
        assert!(of(&together) > 560.0, "{}", of(&together));
    }
}

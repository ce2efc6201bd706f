//! Candidates: machines, workers, threads and instances that could be better than what there is.

mod database;
mod elsewhere;
mod label;

use self::database::Exceeded;
use super::capacity::{Capacity, Work};
use super::choices::{text, work};
use super::figure::{self, Bounds};
use super::figures::Figures;
use super::request::Request;
use crate::fact::Value;
use crate::platforms::{Plan, Platform};
use crate::programs::forking;
use crate::project::Process;
use crate::vocabulary;

/// The most candidates of a process that are evaluated.
const CANDIDATES_MAX: usize = 7;

/// Threads of the candidate that has some.
const THREADS: u32 = 4;

/// The most instances that are proposed where the platform has no limit.
const INSTANCES_MAX: u32 = 100;

/// A fleet this many times as large as what there is, and larger than this, is a different way to
/// run: nobody asked for it where no demand does.
const FLEET_TIMES_MAX: u32 = 4;

/// See [`FLEET_TIMES_MAX`].
const FLEET_MAX: u32 = 8;

/// Candidates that cost more than this many times what there is, or what a demand needs, help
/// nobody.
const TIMES_THE_PRICE_MAX: f64 = 4.0;

/// Statements that could be better.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// In a few words.
    pub(super) label: String,
    /// What would have to be stated.
    pub(super) with: Vec<(String, Value)>,
    /// What else to know.
    pub(super) note: Option<String>,
    /// Whether the application has to be made for it.
    pub(super) needs_care: bool,
    /// Whether it is no choice where the database does not accept its connections.
    pub(super) is_for_database: bool,
}

impl Candidate {
    /// Without statements.
    pub(super) fn named(label: &str) -> Self {
        let label = label.to_owned();
        Self { label, with: Vec::new(), note: None, needs_care: false, is_for_database: false }
    }
}

/// How a program uses workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A worker or thread for each request.
    Requests,
    /// An event loop in each worker.
    Loops,
    /// A worker for each job.
    Jobs,
}

/// What there is, in the numbers that candidates are computed from.
#[derive(Debug)]
pub(super) struct Sizing<'a> {
    platform: &'a Platform,
    request: &'a Request,
    shape: Shape,
    kind: &'a str,
    /// The plan, where it is one of the catalog.
    plan: Option<&'a Plan>,
    memory_mb: f64,
    cpus: Option<f64>,
    /// 0 where the number is not known: then nothing has to be kept.
    workers: u32,
    /// The fewest that there may be, where the number is one of several; else the same.
    workers_least: u32,
    threads: u32,
    worker_mb: f64,
    /// The fewest instances that serve, and the most.
    instances: Bounds,
    instances_are_known: bool,
    instances_max: u32,
    price: Option<f64>,
    /// What bounds an instance beside workers and CPUs.
    router: Option<f64>,
    one_line: bool,
    may_have_threads: bool,
    /// Whether no option says how many processes there are: the code does.
    is_single: bool,
    /// The database, where it accepts fewer connections than there are.
    exceeded: Option<Exceeded>,
}

/// A machine with what runs on it.
#[derive(Clone, Copy, Debug)]
struct Size<'a> {
    plan: Option<&'a Plan>,
    workers: u32,
    threads: u32,
    instances: u32,
    price: f64,
}

impl Size<'_> {
    /// Whether both are the same numbers on the machine there is.
    fn is_same(&self, other: &Self) -> bool {
        let numbers = |it: &Self| (it.workers, it.threads, it.instances);
        self.plan.is_none() && other.plan.is_none() && numbers(self) == numbers(other)
    }
}

impl<'a> Sizing<'a> {
    /// Of a process; `None` where too little is known to compare anything.
    pub(super) fn of(
        process: &'a Process,
        figures: &Figures,
        platform: &'a Platform,
        request: &'a Request,
    ) -> Option<Self> {
        let server = figures.server.as_deref()?;
        let class = text(process, vocabulary::WORKER_CLASS);
        let has_slots = matches!(class, Some("sync" | "gthread"));
        let is_single = super::capacity::is_single(server) && super::kind(process) == "web";
        let shape = match () {
            () if forking::works_on_jobs(server) => Shape::Jobs,
            () if !forking::can_have_more(server) && !is_single => return None,
            () => match super::capacity::slots(&process.facts) {
                Ok(Some(_)) => Shape::Requests,
                Ok(None) => Shape::Loops,
                // Only their number is not known.
                Err(_) if has_slots => Shape::Requests,
                Err(_) => return None,
            },
        };
        let kind = super::kind(process);
        let plan = figures.machine.plan.as_ref().and_then(|it| platform.plan(it, kind));
        let balancing = text(process, vocabulary::PLATFORM_ROUTER_BALANCING);
        let limit = figure::known(&process.facts, vocabulary::SCALE_LIMIT);
        Some(Self {
            platform,
            request,
            shape,
            kind,
            plan,
            memory_mb: figures.machine.memory_mb?.min,
            cpus: figures.machine.cpus.map(|it| it.min),
            // What a platform or a dashboard sets can be chosen all the same.
            workers: figures.workers.and_then(count).unwrap_or(0),
            workers_least: figures.workers.and_then(|it| count(Bounds::exact(it.min))).unwrap_or(0),
            threads: figures.threads.and_then(count).unwrap_or(1),
            worker_mb: figures.memory.per_worker_mb.map(|it| it.max).filter(|it| *it > 0.0)?,
            instances: figures.instances.counted(),
            instances_are_known: figures.instances.unknown.is_none(),
            instances_max: limit.map_or(INSTANCES_MAX, |it| it.max.min(1e6) as u32),
            price: price_of_one(figures),
            router: figure::known(&process.facts, vocabulary::ROUTER_HARD_LIMIT).map(|it| it.min),
            one_line: balancing == Some("least-loaded"),
            may_have_threads: server == "gunicorn" && has_slots,
            is_single,
            exceeded: Exceeded::of(process, &figures.connections, figures.instances.counted()),
        })
    }

    /// The number of workers that a machine is made for; `None` when not one fits.
    fn workers_for(&self, memory_mb: f64, cpus: Option<f64>) -> Option<u32> {
        let tight = self.request.memory.tight / 100.0;
        let room = (memory_mb * tight / self.worker_mb).floor();
        if self.is_single {
            let workers = self.workers.max(self.workers_least).max(1);
            return (f64::from(workers) <= room).then_some(workers);
        }
        let wanted = match (self.shape, cpus) {
            (Shape::Jobs, _) => f64::from(self.workers.max(self.workers_least)),
            // Threads wait for the database, and a worker for each CPU does the work.
            (Shape::Requests, Some(cpus)) if self.threads > 1 && !self.may_have_threads => {
                cpus.ceil()
            }
            // A worker is busy while others wait for a database: see `too-many-workers`.
            (Shape::Requests, Some(cpus)) => cpus.ceil() * 2.0 + 1.0,
            // Nobody can say how many a machine is made for; not as many as its memory holds.
            (Shape::Requests, None) => f64::from((FLEET_TIMES_MAX * self.workers).max(FLEET_MAX)),
            (Shape::Loops, Some(cpus)) => cpus.floor().max(1.0),
            (Shape::Loops, None) => f64::from(self.workers.max(self.workers_least)),
        };
        let workers = room.min(wanted);
        (workers >= 1.0).then_some(workers as u32)
    }

    /// Why there are not as many workers as memory has room for.
    fn more_would_fit(&self, workers: u32) -> Option<String> {
        let room = (self.memory_mb * self.request.memory.tight / 100.0 / self.worker_mb).floor();
        let cpus = self.cpus.filter(|_| f64::from(workers) < room)?;
        let (plural, verb) = if workers == 1 { ("", "keeps") } else { ("s", "keep") };
        let cpu = if cpus <= 1.0 { "the CPU" } else { "the CPUs" };
        Some(format!("{workers} worker{plural} {verb} {cpu} busy, though {room} fit"))
    }

    /// Instances that a demand needs, or that do as much as what there is; `None` when the platform
    /// does not have so many.
    fn instances_for(&self, size: &Size<'_>, cpus: Option<f64>, most: u32) -> Option<u32> {
        let Some(demand) = self.request.requests_per_minute else {
            let slots = f64::from(size.workers * size.threads);
            let now = f64::from(self.workers * self.threads) * self.instances.min;
            let for_slots = match self.shape {
                Shape::Loops => self.instances.min,
                Shape::Requests | Shape::Jobs => (now / slots).ceil(),
            };
            let for_cpus = match (self.cpus, cpus) {
                (Some(now), Some(then)) if self.shape != Shape::Jobs => {
                    (now * self.instances.min / then).ceil()
                }
                _ => 1.0,
            };
            let count = for_slots.max(for_cpus).max(1.0);
            let fleet = (FLEET_TIMES_MAX * self.instances.min as u32).max(FLEET_MAX);
            return (count <= f64::from(most.min(fleet))).then_some(count as u32);
        };
        let capacity = self.capacity(size, cpus);
        let work = work(self.request);
        // More instances take more; the fewest that suffice are found by halving.
        let is_enough = |count: u32| self.takes(&capacity, work, count) >= demand / 60.0;
        if !is_enough(most) {
            return None;
        }
        let (mut low, mut high) = (0, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match is_enough(middle) {
                true => high = middle,
                false => low = middle,
            }
        }
        Some(high)
    }

    fn capacity(&self, size: &Size<'_>, cpus: Option<f64>) -> Capacity {
        let workers = f64::from(size.workers);
        let baseline = size.plan.and_then(|it| it.cpus_baseline.as_ref()).map(|it| it.value);
        let burst = cpus.map_or(workers, |it| it.min(workers));
        let slots = match self.shape {
            Shape::Loops => None,
            Shape::Requests | Shape::Jobs => Some(f64::from(size.workers * size.threads)),
        };
        Capacity {
            slots,
            router: self.router,
            cpus: Some(Bounds { min: baseline.map_or(burst, |it| it.min(burst)), max: burst }),
            database: None,
            one_line: self.one_line,
        }
    }

    fn takes(&self, capacity: &Capacity, work: Work, instances: u32) -> f64 {
        let count = f64::from(instances);
        let takes = match self.request.p95_s {
            Some(p95_s) if p95_s <= work.response_s => None,
            Some(p95_s) => capacity.within_p95(work, count, p95_s - work.response_s),
            None => capacity.comfortable(work, count, super::capacity::Span::Lasting),
        };
        takes.unwrap_or(0.0)
    }

    /// The machine there is, and those of the platform that could stand in for it.
    fn machines(&self) -> Vec<(Option<&'a Plan>, f64, Option<f64>, f64)> {
        let sold = self.platform.plans(self.kind).filter_map(|it| {
            let same_generation = self.plan.is_none_or(|now| now.generation == it.generation);
            let price = it.price_usd_month.as_ref()?.value;
            let memory_mb = f64::from(it.memory_mb.as_ref()?.value);
            // Of a plan whose memory is chosen, what is usual is another machine.
            let is_other =
                self.plan.is_none_or(|now| now.name != it.name || memory_mb < self.memory_mb);
            let cpus = it.cpus.as_ref().map(|it| it.value);
            // One that sleeps, or that an account has one of, does not stand in for another.
            let stands_in = it.sleeps_after_s.is_none() && price > 0.0;
            (is_other && same_generation && stands_in).then_some((Some(it), memory_mb, cpus, price))
        });
        let now = self.price.map(|price| (None, self.memory_mb, self.cpus, price));
        now.into_iter().chain(sold).collect()
    }
}

/// Dollars a month of one instance: of its size, or of what it uses.
fn price_of_one(figures: &Figures) -> Option<f64> {
    let of_size = figures.price_each.as_ref().ok().map(|it| it.max);
    let of_use = || Some(figures.price.as_ref().ok()?.max / figures.instances.counted().max);
    of_size.or_else(of_use)
}

fn count(bounds: Bounds) -> Option<u32> {
    (bounds.is_exact() && (1.0..=1e4).contains(&bounds.min)).then_some(bounds.min as u32)
}

/// The candidates that could be better, cheapest first.
pub(super) fn candidates(now: &Sizing<'_>) -> Vec<Candidate> {
    let mut sizes = Vec::new();
    for (plan, memory_mb, cpus, price) in now.machines() {
        let Some(workers) = now.workers_for(memory_mb, cpus) else { continue };
        let of_plan = plan.or(now.plan).and_then(|it| it.instances_max.as_ref());
        let most = of_plan.map_or(now.instances_max.max(1), |it| it.value);
        let most = if plan.is_some() && of_plan.is_none() { INSTANCES_MAX } else { most };
        let mut threads = vec![now.threads];
        if now.may_have_threads && now.threads == 1 && now.workers > 0 && plan.is_none() {
            threads.push(THREADS);
        }
        for threads in threads {
            let workers = if threads > now.threads { workers.min(now.workers) } else { workers };
            let size = Size { plan, workers, threads, instances: 1, price };
            sizes.extend(counts(now, size, cpus, most));
        }
    }
    let sizes = worth_a_look(now, sizes);
    let within = now.exceeded.zip(now.price).map(|(it, price)| it.sizes(now, price));
    let is_new = |it: &Size<'_>| !sizes.iter().any(|size| size.is_same(it));
    let within: Vec<Size<'_>> = within.into_iter().flatten().filter(is_new).collect();
    let for_database = |it| Candidate { is_for_database: true, ..label::candidate(now, it) };
    let within = within.iter().map(for_database);
    within.chain(sizes.iter().map(|it| label::candidate(now, it))).collect()
}

/// The size with the numbers of instances that make sense.
fn counts<'a>(now: &Sizing<'_>, size: Size<'a>, cpus: Option<f64>, most: u32) -> Vec<Size<'a>> {
    let as_now = now.instances.min as u32;
    let mut counts = Vec::new();
    // The same machines, used better.
    if size.plan.is_none() && now.request.requests_per_minute.is_none() {
        counts.push(as_now);
    } else if !now.instances_are_known && now.request.requests_per_minute.is_none() {
        // Nobody can say that several would be more, or cost more, than what runs.
        counts.push(1);
    } else if let Some(count) = now.instances_for(&size, cpus, most) {
        // What runs twice now should not depend on one machine.
        counts.extend([count, count.max(as_now.min(2))].iter().filter(|it| **it <= most));
    }
    counts.dedup();
    counts.into_iter().map(|instances| Size { instances, ..size }).collect()
}

/// Sizes that are not what there is, and that no other is better than; the next larger and smaller
/// machine in any case.
fn worth_a_look<'a>(now: &Sizing<'_>, mut sizes: Vec<Size<'a>>) -> Vec<Size<'a>> {
    let total = |it: &Size<'_>| it.price * f64::from(it.instances);
    let slots = |it: &Size<'_>| it.workers * it.threads * it.instances;
    let price_now = now.price.unwrap_or(0.0) * now.instances.min;
    let is_now = |it: &Size<'_>| {
        it.plan.is_none()
            && (it.workers, it.threads) == (now.workers, now.threads)
            && f64::from(it.instances) == now.instances.min
    };
    sizes.retain(|it| !is_now(it));
    sizes.sort_by(|a, b| total(a).total_cmp(&total(b)).then(slots(b).cmp(&slots(a))));
    let cheapest = sizes.first().map_or(0.0, total);
    let compared = match now.request.requests_per_minute {
        Some(_) => cheapest,
        None => price_now,
    };
    sizes.retain(|it| total(it) <= (TIMES_THE_PRICE_MAX * compared).max(compared + 20.0));
    let neighbours: Vec<&str> = {
        let plans = sizes.iter().filter_map(|it| Some((it.plan?, it.price)));
        let mut plans: Vec<_> = plans.collect();
        plans.sort_by(|a, b| a.1.total_cmp(&b.1));
        let each = now.price.unwrap_or(0.0);
        // Nobody who has too much looks for more.
        let is_short = now.worker_mb * f64::from(now.workers)
            >= now.memory_mb * now.request.memory.over_allocated / 100.0;
        let larger = plans.iter().find(|it| it.1 > each).filter(|_| is_short);
        let smaller = plans.iter().rev().find(|it| it.1 < each);
        larger.into_iter().chain(smaller).map(|it| it.0.name.as_str()).collect()
    };
    let is_near = |it: &Size<'_>| it.plan.is_some_and(|it| neighbours.contains(&it.name.as_str()));
    let mut kept: Vec<Size<'a>> = Vec::new();
    for it in sizes {
        // Sorted by price, so what is kept is not dearer.
        let is_beaten = kept
            .iter()
            .any(|kept| slots(kept) >= slots(&it) && kept.instances >= it.instances.min(2));
        if !is_beaten || is_near(&it) || it.plan.is_none() {
            kept.push(it);
        }
    }
    // What the same machine could do says what is wanted, so it stays however many are cheaper.
    let others = kept.iter().filter(|it| it.plan.is_some()).count();
    let mut dropped = kept.len().saturating_sub(CANDIDATES_MAX).min(others);
    let mut from_the_dearest: Vec<Size<'a>> = Vec::new();
    for it in kept.into_iter().rev() {
        if it.plan.is_some() && dropped > 0 {
            dropped -= 1;
        } else {
            from_the_dearest.push(it);
        }
    }
    from_the_dearest.reverse();
    from_the_dearest
}

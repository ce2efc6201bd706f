//! What is known of one process, in numbers.

use super::capacity::{Capacity, Limit, Span, Work};
use super::figure::{self, Bounds, Figure};
use super::parts::{self, Part};
use super::request::{CPU_TIME_S, Request};
use super::{by_use, cost};
use crate::fact::{Fact, OriginKind, Unknown};
use crate::platforms::{Catalog, Platform};
use crate::programs::listed;
use crate::project::{Deployment, Facts, Process};
use crate::vocabulary;

/// One process in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The program that serves or works, where it is known.
    pub server: Option<String>,
    /// What it runs on.
    pub machine: Machine,
    /// How many of them.
    pub instances: Instances,
    /// Worker processes of an instance.
    pub workers: Option<Bounds>,
    /// Threads of a worker.
    pub threads: Option<Bounds>,
    /// Dollars a month of one instance.
    pub price_each: Figure,
    /// Dollars a month of all instances.
    pub price: Figure,
    /// Dollars a month of all instances with the busy hours that were asked for.
    pub price_by_profile: Option<f64>,
    /// Memory of one instance.
    pub memory: Memory,
    /// Requests or jobs that all instances work on at once.
    pub slots: Figure,
    /// For each response time of the request; empty where nobody sends requests.
    pub throughput: Vec<Throughput>,
    /// Why the throughput is not known, where it is not.
    pub no_throughput: Option<Unknown>,
    /// Database connections.
    pub connections: Connections,
}

/// What a process runs on.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Name of the plan.
    pub plan: Option<String>,
    /// CPUs that are paid for.
    pub cpus: Option<Bounds>,
    /// `shared`, `dedicated`, `quota`.
    pub cpu_kind: Option<String>,
    /// CPUs that may be used without end, where these are fewer.
    pub cpus_lasting: Option<f64>,
    /// Memory in MB.
    pub memory_mb: Option<Bounds>,
}

/// How many instances there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Instances {
    /// Fewest; 0 where the platform stops all without traffic.
    pub min: Option<f64>,
    /// Most.
    pub max: Option<f64>,
    /// Why one of them is not known.
    pub unknown: Option<Unknown>,
}

impl Instances {
    /// Instances that are counted on: the fewest that serve, and the most. One where nobody says how
    /// many there are, as prices are of one then, too.
    pub fn counted(&self) -> Bounds {
        if self.unknown.is_some() {
            return Bounds::exact(1.0);
        }
        let min = self.min.unwrap_or(1.0).max(1.0);
        Bounds { min, max: self.max.unwrap_or(min).max(min) }
    }
}

/// Whether the memory of an instance suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Fits,
    /// It does, with little room.
    Tight,
    /// It does not.
    DoesNotFit,
    /// A smaller machine would do.
    OverAllocated,
    /// Nobody can say.
    Unknown,
}

impl Verdict {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Tight => "tight",
            Self::DoesNotFit => "does-not-fit",
            Self::OverAllocated => "over-allocated",
            Self::Unknown => "unknown",
        }
    }
}

/// Memory of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// What the server and its workers need, in MB.
    pub needed_mb: Figure,
    /// What a worker needs, in MB.
    pub per_worker_mb: Option<Bounds>,
    /// Whether the last is an assumption.
    pub is_assumed: bool,
    /// Whether it is a measurement.
    pub is_measured: bool,
    /// The part of the machine that is needed.
    pub percent: Figure,
    /// The judgement.
    pub verdict: Verdict,
    /// Workers for which there is room below the bound where it gets tight.
    pub room_for: Option<u32>,
    /// What it goes into.
    pub parts: Vec<Part>,
}

/// Requests that a process takes at one response time.
#[derive(Clone, Debug, PartialEq)]
pub struct Throughput {
    /// Seconds from the start of the work to the response.
    pub response_s: f64,
    /// The most requests a minute: of the fewest instances without end, of the most in a burst.
    pub most: Bounds,
    /// Requests a minute with which the mean wait is at most half the response time.
    pub comfortable: Bounds,
    /// What bounds the least of `most`.
    pub limited_by: Limit,
    /// What bounds the most of it.
    pub limited_by_in_burst: Limit,
    /// What the demand makes of it.
    pub demand: Option<Demand>,
}

/// A demand beside the capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Part of the least capacity that is used: above 1, requests pile up.
    pub utilisation: f64,
    /// Mean seconds of waiting; infinite where requests pile up.
    pub mean_wait_s: f64,
    /// 95 % of requests wait at most this many seconds.
    pub p95_wait_s: f64,
}

/// Database connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Connections {
    /// Of one instance.
    pub each: Option<Bounds>,
    /// Of all processes that share the database, else of this process.
    pub needed: Figure,
    /// While old and new instances run at once.
    pub during_deploy: Figure,
    /// What the database accepts.
    pub available: Option<f64>,
}

impl Connections {
    /// Whether the database accepts all of them, as far as that is known.
    pub(super) fn fit(&self) -> bool {
        let needed = self.needed.as_ref().ok().zip(self.available);
        needed.is_none_or(|(needed, available)| needed.min <= available)
    }

    /// Whether the most instances need more than the database accepts, and more than they do now.
    pub(super) fn overruns(&self, now: &Self) -> bool {
        let most = |it: &Self| it.needed.as_ref().ok().map(|it| it.max);
        most(self).zip(self.available).is_some_and(|(most_then, available)| {
            most_then > available && most(now).is_none_or(|it| most_then > it)
        })
    }
}

/// Of a process of a deployment.
pub(super) fn of(
    deployment: &Deployment,
    process: &Process,
    catalog: &Catalog,
    request: &Request,
) -> Figures {
    let facts = &process.facts;
    let platform = platform_of(deployment, catalog);
    let machine = machine(process, platform);
    let instances = instances(process);
    let price_each = cost::of_instance(facts, platform);
    let price = price_each.clone().and_then(|each| Ok(each.times(all(&instances)?)));
    let connections = connections(deployment, process, &instances);
    let capacity = Capacity::of(facts, platform, database_bound(&connections));
    let slots = match &capacity {
        Ok(Capacity { slots: Some(each), .. }) => {
            // Of one instance, where nobody says how many there are.
            Ok(instances.counted().map(|count| count * each))
        }
        Ok(_) => Err(Unknown::because("an event loop takes any number of requests")),
        Err(unknown) => Err(unknown.clone()),
    };
    let is_web = super::kind(process) == "web";
    let (throughput, no_throughput) = match (&capacity, is_web) {
        (Ok(capacity), true) => {
            let all = request.response_times_s.iter();
            (all.filter_map(|it| at(capacity, &instances, request, *it)).collect(), None)
        }
        (Err(unknown), true) => (Vec::new(), Some(unknown.clone())),
        (_, false) => (Vec::new(), None),
    };
    let mut figures = Figures {
        server: figure::text(facts, vocabulary::SERVER).map(str::to_owned),
        memory: memory(process, platform, &machine, request),
        machine,
        instances,
        workers: figure::known(facts, vocabulary::WORKERS),
        threads: figure::known(facts, vocabulary::THREADS),
        price_by_profile: by_profile(&price, request),
        price_each,
        price,
        slots,
        throughput,
        no_throughput,
        connections,
    };
    if figures.price.is_err()
        && let Some(price) = by_use::price(deployment, process, &figures, platform, request)
    {
        figures.price = price;
    }
    figures
}

/// The most instances in busy hours, the fewest in all others.
fn by_profile(price: &Figure, request: &Request) -> Option<f64> {
    let price = price.as_ref().ok().filter(|it| !it.is_exact())?;
    let busy = request.profile?.share_of_month();
    Some(price.min + (price.max - price.min) * busy)
}

/// The platform of a deployment, where the catalog knows it.
pub(super) fn platform_of<'a>(
    deployment: &Deployment,
    catalog: &'a Catalog,
) -> Option<&'a Platform> {
    catalog.platform(figure::text(&deployment.facts, vocabulary::PLATFORM)?)
}

fn machine(process: &Process, platform: Option<&Platform>) -> Machine {
    let facts = &process.facts;
    let text = |id| figure::text(facts, id).map(str::to_owned);
    let plan = text(vocabulary::MACHINE_PLAN);
    let row = plan.as_ref().and_then(|it| platform?.plan_of_any_kind(it));
    let kind = text(vocabulary::MACHINE_CPU_KIND);
    let cpus = figure::known(facts, vocabulary::MACHINE_CPUS);
    let of_kind = kind.as_ref().and_then(|it| platform?.cpu_kind(it));
    let each = of_kind.and_then(|it| it.cpus_baseline_per_cpu.as_ref()).map(|it| it.value);
    let lasting = row.and_then(|it| it.cpus_baseline.as_ref()).map(|it| it.value);
    let lasting = lasting.or_else(|| Some(each? * cpus?.min));
    Machine {
        plan,
        cpus,
        cpu_kind: kind,
        cpus_lasting: lasting.filter(|it| cpus.is_none_or(|cpus| *it < cpus.min)),
        memory_mb: figure::known(facts, vocabulary::MACHINE_MEMORY_MB),
    }
}

pub(super) fn instances(process: &Process) -> Instances {
    let facts = &process.facts;
    let what = "how many instances there are";
    let min = figure::of(facts, vocabulary::SCALE_MIN, what);
    let max = figure::of(facts, vocabulary::SCALE_MAX, what);
    Instances {
        min: min.as_ref().ok().map(|it| it.min),
        max: max.as_ref().ok().map(|it| it.max),
        unknown: max.err().or(min.err()),
    }
}

fn all(instances: &Instances) -> Figure {
    match (instances.min, instances.max, &instances.unknown) {
        (Some(min), Some(max), _) => Ok(Bounds { min: min.min(max), max }),
        (_, _, Some(unknown)) => Err(unknown.clone()),
        (_, _, None) => Err(Unknown::because("no file tells how many instances there are")),
    }
}

fn memory(
    process: &Process,
    platform: Option<&Platform>,
    machine: &Machine,
    request: &Request,
) -> Memory {
    let facts = &process.facts;
    let needed = match facts.get(vocabulary::MEMORY_NEEDED_MB) {
        Some(_) => figure::of(facts, vocabulary::MEMORY_NEEDED_MB, "how much memory it needs"),
        None => Err(Unknown::new(
            no_usual_memory(facts),
            "`memory_needed_mb` for the process in opslint.toml",
        )),
    };
    let per_worker = facts.get(vocabulary::MEMORY_PER_WORKER_MB);
    let per_worker_mb = figure::known(facts, vocabulary::MEMORY_PER_WORKER_MB);
    let has = machine.memory_mb.filter(|it| it.min > 0.0);
    let percent = match (&needed, has) {
        (Ok(needed), Some(has)) => {
            Ok(Bounds { min: needed.min * 100.0 / has.max, max: needed.max * 100.0 / has.min })
        }
        (Err(unknown), _) => Err(unknown.clone()),
        (Ok(_), None) => {
            let memory = facts.get(vocabulary::MACHINE_MEMORY_MB);
            let open = memory.and_then(|it| it.state.open());
            Err(open.unwrap_or_else(|| Unknown::because("no file tells the memory of the machine")))
        }
    };
    let verdict = match &percent {
        Err(_) => Verdict::Unknown,
        Ok(it) if it.min > request.memory.does_not_fit => Verdict::DoesNotFit,
        Ok(it) if it.max > request.memory.tight => Verdict::Tight,
        Ok(it) if it.max < request.memory.over_allocated && has_smaller(process, platform, has) => {
            Verdict::OverAllocated
        }
        Ok(_) => Verdict::Fits,
    };
    let room = |has: Bounds| {
        let each = per_worker_mb.filter(|it| it.max > 0.0)?;
        Some((has.min * request.memory.tight / 100.0 / each.max).floor() as u32)
    };
    Memory {
        is_assumed: per_worker.is_some_and(|it| it.origin.is_assumed()),
        is_measured: per_worker.is_some_and(|it| it.origin.kind == OriginKind::Measured),
        per_worker_mb,
        needed_mb: needed,
        percent,
        verdict,
        room_for: has.and_then(room),
        parts: parts::of(facts),
    }
}

fn no_usual_memory(facts: &Facts) -> String {
    let server = figure::text(facts, vocabulary::SERVER);
    match server.and_then(listed::of_id) {
        Some(program) => {
            format!("how much memory it needs depends on the code that {} runs", program.title)
        }
        None => "no file tells how much memory it needs".to_owned(),
    }
}

/// Whether the platform has a cheaper machine with less memory for such a process. Where use is
/// billed and not a size, nothing is given that is not used.
fn has_smaller(process: &Process, platform: Option<&Platform>, has: Option<Bounds>) -> bool {
    let (Some(platform), Some(has)) = (platform, has) else { return false };
    let is_smaller = |mb: f64| mb < has.min;
    let least = figure::known(&process.facts, vocabulary::MACHINE_MIN_MEMORY_MB);
    let sold = platform.plans(super::kind(process)).filter(|it| it.price_usd_month.is_some());
    let mut plans = sold.filter_map(|it| it.memory_mb.as_ref());
    least.is_some_and(|it| is_smaller(it.min)) || plans.any(|it| is_smaller(f64::from(it.value)))
}

fn at(
    capacity: &Capacity,
    instances: &Instances,
    request: &Request,
    response_s: f64,
) -> Option<Throughput> {
    let cpu_s = request.cpu_time_s.unwrap_or(CPU_TIME_S).min(response_s);
    let work = Work { response_s, cpu_s };
    let count = instances.counted();
    let (least, limited_by) = capacity.most(work, count.min, Span::Lasting)?;
    let (most, limited_by_in_burst) = capacity.most(work, count.max, Span::Burst)?;
    let low = capacity.comfortable(work, count.min, Span::Lasting)?;
    let high = capacity.comfortable(work, count.max, Span::Burst)?;
    let demand = request.requests_per_minute.and_then(|demand| {
        let (mean_wait_s, p95_wait_s) = capacity.waits(work, count.min, demand / 60.0)?;
        Some(Demand { utilisation: demand / 60.0 / least, mean_wait_s, p95_wait_s })
    });
    Some(Throughput {
        response_s,
        most: Bounds { min: least * 60.0, max: most * 60.0 },
        comfortable: Bounds { min: low * 60.0, max: high * 60.0 },
        limited_by,
        limited_by_in_burst,
        demand,
    })
}

fn connections(deployment: &Deployment, process: &Process, instances: &Instances) -> Connections {
    let facts = &process.facts;
    let each = figure::known(facts, vocabulary::CONNECTIONS_PER_PROCESS)
        .zip(figure::known(facts, vocabulary::WORKERS))
        .map(|(each, workers)| each.times(workers));
    let own = match each {
        // Of one instance, where nobody says how many there are.
        Some(each) => Ok(instances.counted().times(each)),
        None => figure::of(
            facts,
            vocabulary::CONNECTIONS_PER_PROCESS,
            "how many database connections the application opens",
        ),
    };
    let total = figure::known(&deployment.facts, vocabulary::CONNECTIONS_NEEDED);
    let needed = match (total, &own) {
        // The fact is about the most instances.
        (Some(total), Ok(own)) if each.is_some() => {
            Ok(Bounds { min: (total.min - (own.max - own.min)).max(own.min), max: total.max })
        }
        (Some(total), _) => Ok(total),
        (None, _) => own,
    };
    let overlap = facts.get(vocabulary::PLATFORM_DEPLOYS_OVERLAP).and_then(Fact::bool);
    let during_deploy = needed.clone().map(|it| match overlap {
        Some(true) => it.map(|count| 2.0 * count),
        Some(false) => it,
        None => Bounds { min: it.min, max: 2.0 * it.max },
    });
    let available = figure::known(&deployment.facts, vocabulary::DATABASE_CONNECTIONS_MAX);
    Connections { each, needed, during_deploy, available: available.map(|it| it.min) }
}

/// Requests that can hold a connection at once, where that is fewer than there are slots.
pub(super) fn database_bound(connections: &Connections) -> Option<f64> {
    let needed = connections.needed.as_ref().ok()?;
    let each = connections.each?;
    let available = connections.available?;
    (needed.max > available && each.min > 0.0 && available >= 1.0).then_some(available)
}

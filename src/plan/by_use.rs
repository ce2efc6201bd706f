//! What a process costs where use is billed, not a size: the CPU and memory that it takes all month
//! (Railway), or the time in which it works on requests (Cloud Run).
//!
//! Without a demand the price is a range, from no request to as many as are comfortable.

use super::capacity::Capacity;
use super::choices::work;
use super::figure::{self, Bounds, Figure};
use super::figures::{self, Figures};
use super::functions::{Functions, Place};
use super::request::Request;
use crate::fact::{Fact, Unknown};
use crate::platforms::{Platform, UsageUnit};
use crate::project::{Deployment, Process};
use crate::vocabulary as v;

/// Megabytes in a GB.
const MB_IN_GB: f64 = 1_024.0;

/// Seconds in a minute.
const S_IN_MINUTE: f64 = 60.0;

/// Whether a platform bills the CPU and the memory that machines use.
pub(super) fn bills_machines(platform: &Platform) -> bool {
    used(platform, UsageUnit::GbMonth).is_some() && used(platform, UsageUnit::VcpuMonth).is_some()
}

/// Whether a plan costs something beside what is used.
pub(super) fn has_fee(platform: &Platform) -> bool {
    bills_machines(platform)
}

/// Dollars for a unit that a process uses all month.
fn used(platform: &Platform, unit: UsageUnit) -> Option<f64> {
    Some(platform.usage_price(unit, None, None, None)?.price_usd.as_ref()?.value)
}

/// Dollars of a month of all instances of a process; `None` where its use is not billed.
pub(super) fn price(
    deployment: &Deployment,
    process: &Process,
    figures: &Figures,
    platform: Option<&Platform>,
    request: &Request,
) -> Option<Figure> {
    let platform = platform?;
    if bills_machines(platform) {
        let comfortable = comfortable(figures, request).map(|it| it.max);
        return of_machine(platform, super::kind(process), figures, comfortable, request);
    }
    let only_with_requests = process.facts.get(v::CPU_ONLY_DURING_REQUESTS).and_then(Fact::bool);
    let bills_requests = platform.usage().iter().any(|it| it.unit == UsageUnit::VcpuSecond);
    match only_with_requests.filter(|_| bills_requests)? {
        true => Some(while_requests(deployment, process, figures, platform, request)),
        false => Some(all_month(deployment, process, figures, platform)),
    }
}

/// Whether instances are kept between requests, and only the time of requests is billed here: what
/// they cost while they wait is sold apart.
pub(super) fn waits_unpaid(process: &Process, platform: Option<&Platform>) -> bool {
    let is_true = |id| process.facts.get(id).and_then(Fact::bool) == Some(true);
    let keeps = figure::known(&process.facts, v::SCALE_MIN).is_some_and(|it| it.max >= 1.0);
    let sells =
        platform.is_some_and(|it| it.usage().iter().any(|it| it.unit == UsageUnit::VcpuSecond));
    keeps && sells && super::kind(process) == "web" && is_true(v::CPU_ONLY_DURING_REQUESTS)
}

/// Instances that keep their CPU between requests are paid for all month.
fn all_month(
    deployment: &Deployment,
    process: &Process,
    figures: &Figures,
    platform: &Platform,
) -> Figure {
    let missing = |what: &str| Unknown::because(format!("{what} is not known"));
    let memory_mb = figures.machine.memory_mb.ok_or_else(|| missing("the memory"))?.max;
    let cpus = figures.machine.cpus.ok_or_else(|| missing("how many CPUs there are"))?.max;
    let region = region(deployment, process);
    let each = platform.reserved_price_usd_month(cpus, memory_mb, region);
    let each = each.ok_or_else(|| missing("a price of use"))?.value;
    Ok(running(figures)?.map(|it| it * each))
}

fn region<'a>(deployment: &'a Deployment, process: &'a Process) -> Option<&'a str> {
    let own = figure::text(&process.facts, v::REGION);
    own.or_else(|| figure::text(&deployment.facts, v::REGION))
}

/// Requests a minute that are comfortable at the response time that choices are compared by.
fn comfortable(figures: &Figures, request: &Request) -> Option<Bounds> {
    let compared = request.compared_at_s();
    let now = figures.throughput.iter().find(|it| it.response_s == compared)?;
    Some(now.comfortable)
}

/// Memory all month, and the CPU of the demand; without one, from none to as many requests as
/// these a minute, or to workers that are always busy. `None` where it is not sold like that.
pub(super) fn of_machine(
    platform: &Platform,
    kind: &str,
    figures: &Figures,
    most_per_minute: Option<f64>,
    request: &Request,
) -> Option<Figure> {
    let gb = used(platform, UsageUnit::GbMonth)?;
    let cpu = used(platform, UsageUnit::VcpuMonth)?;
    let needed_mb = figures.memory.needed_mb.clone();
    let price = needed_mb.and_then(|needed_mb| {
        let instances = running(figures)?;
        let memory = needed_mb.times(instances).map(|it| it / MB_IN_GB * gb);
        let cpus = cpus_in_use(kind, figures, most_per_minute, request)?;
        Ok(memory.plus(cpus.map(|it| it * cpu)))
    });
    Some(price)
}

/// Instances that run: none of a process that stops without traffic, while there is none.
fn running(figures: &Figures) -> Figure {
    let instances = &figures.instances;
    match (instances.min, instances.max, &instances.unknown) {
        (Some(min), Some(max), _) => Ok(Bounds { min: min.min(max), max }),
        (_, _, Some(unknown)) => Err(unknown.clone()),
        (_, _, None) => Ok(instances.counted()),
    }
}

/// CPUs that are busy on average.
fn cpus_in_use(
    kind: &str,
    figures: &Figures,
    most_per_minute: Option<f64>,
    request: &Request,
) -> Figure {
    let of = |per_minute: f64| per_minute / S_IN_MINUTE * work(request).cpu_s;
    if kind != "web" {
        let unknown = || Unknown::because("how many workers there are is not known");
        let workers = figures.workers.ok_or_else(unknown)?.max;
        let each = figures.machine.cpus.map_or(workers, |it| it.max.min(workers));
        return Ok(Bounds { min: 0.0, max: each * figures.instances.counted().max });
    }
    if let Some(demand) = request.requests_per_minute {
        return Ok(Bounds::exact(of(demand)));
    }
    let most = most_per_minute
        .ok_or_else(|| Unknown::new("how many requests there are is not known", "`--requests`"))?;
    Ok(Bounds { min: 0.0, max: of(most) })
}

/// Instances that are paid for while there is a request.
fn while_requests(
    deployment: &Deployment,
    process: &Process,
    figures: &Figures,
    platform: &Platform,
    request: &Request,
) -> Figure {
    let facts = &process.facts;
    let missing = |what: &str| Unknown::because(format!("{what} is not known"));
    let memory_mb = figures.machine.memory_mb.ok_or_else(|| missing("the memory"))?.max;
    let cpus = figures.machine.cpus.ok_or_else(|| missing("how many CPUs there are"))?.max;
    let bound = figures::database_bound(&figures.connections);
    let capacity = Capacity::of(facts, Some(platform), bound)?;
    let place = Place { region: region(deployment, process), architecture: None };
    let by_use =
        Functions::instances_on(platform, (memory_mb, cpus), (&capacity, place), work(request));
    let by_use = by_use.ok_or_else(|| missing("a price of use"))?;
    if let Some(demand) = request.requests_per_minute {
        return Ok(Bounds::exact(by_use.usd_month(demand)));
    }
    let most = comfortable(figures, request)
        .ok_or_else(|| Unknown::new("how many requests there are is not known", "`--requests`"))?;
    Ok(Bounds { min: by_use.usd_month(0.0), max: by_use.usd_month(most.max) })
}

//! What a process has where no file says more: the usual machine and number of instances of its
//! platform, or the host that it shares with others.
//!
//! Numbers are in `platforms/*.toml`. What nobody wrote is assumed, and says so.

use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown};
use crate::manifests::catalog;
use crate::platforms::{Catalog, Platform, Sourced};
use crate::project::Facts;
use crate::vocabulary::{self, FactId};

/// Limits of every process.
const LIMITS: &[FactId] = &[vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];

/// Limits of processes that requests are routed to.
pub(crate) const LIMITS_OF_WEB: &[FactId] = &[
    vocabulary::ROUTER_REQUEST_TIMEOUT_S,
    vocabulary::ROUTER_IDLE_TIMEOUT_S,
    vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S,
    vocabulary::ROUTER_BODY_LIMIT_MB,
    vocabulary::BOOT_TIMEOUT_S,
];

/// What several platforms may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// The processes of a Procfile.
    Procfile,
    /// The image of a Dockerfile.
    Image,
}

impl Runs {
    /// The platforms that run it, in prose.
    fn platforms(self) -> &'static str {
        match self {
            Self::Procfile => "platforms that run a Procfile",
            Self::Image => "platforms that run images",
        }
    }
}

/// Adds what a platform brings to a process of a manifest that is not its own, such as a Procfile
/// or a Dockerfile. What is there already stays.
pub(crate) fn complete(platform: &Platform, process: &mut ProcessDraft) {
    let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker");
    let kind = kind.to_owned();
    complete_as(platform, &kind, None, process);
}

/// The same for a process that is taken for one of this kind. `runtime` is the language of the
/// platform's own environment, `docker` where an image brings one, and `None` where either may be.
pub(crate) fn complete_as(
    platform: &Platform,
    kind: &str,
    runtime: Option<&str>,
    process: &mut ProcessDraft,
) {
    let mut usual = Facts::new();
    catalog::set_limits(&mut usual, platform, LIMITS);
    if kind == "web" {
        catalog::set_limits(&mut usual, platform, LIMITS_OF_WEB);
    }
    machine(platform, kind, &mut usual);
    if let Some(instances) = catalog::usual_instances(platform, kind) {
        usual.set(vocabulary::SCALE_MIN, instances.clone());
        usual.set(vocabulary::SCALE_MAX, instances);
    }
    for (id, fact) in usual.iter() {
        if process.facts.get(id).is_none() {
            process.facts.set(id, fact.clone());
        }
    }
    for (name, fact) in catalog::injected(platform, kind, runtime, None) {
        if !process.environment.has(&name) {
            process.environment.set(name, fact);
        }
    }
}

/// The machine of a process for which no file names one: that of the usual plan, the one that the
/// platform gives where nothing is asked for, else the host's.
pub(crate) fn machine(platform: &Platform, kind: &str, facts: &mut Facts) {
    let usual = catalog::usual_plan(platform, kind);
    let row = usual.as_ref().and_then(Fact::text).and_then(|it| platform.plan(it, kind));
    if let (Some(usual), Some(row)) = (&usual, row) {
        for (id, fact) in catalog::machine(platform, row).iter() {
            let origin =
                fact.origin.clone().with_input(vocabulary::MACHINE_PLAN.name(), usual.clone());
            facts.set(id, Fact { origin, ..fact.clone() });
        }
        facts.set(vocabulary::MACHINE_PLAN, usual.clone());
        return;
    }
    let Some(row) = platform.default_machine(kind) else {
        return host(platform, facts, "no file limits it");
    };
    let what = format!("{} default", platform.name());
    if let Some(cpus) = &row.cpus {
        facts.set(vocabulary::MACHINE_CPUS, cpus.fact(&what));
    }
    if let Some(memory_mb) = &row.memory_mb {
        facts.set(vocabulary::MACHINE_MEMORY_MB, memory_mb.fact(&what));
    }
}

/// The memory and the CPUs of a host of which nothing is known, as bounds: what every such host
/// decides alike is decided. `why` says in a few words why it is the host's.
pub(crate) fn host(platform: &Platform, facts: &mut Facts, why: &str) {
    let host = &platform.host;
    let what = format!("{why}: hosts that are rented for {}", platform.name());
    let memory = between(&host.memory_mb_min, &host.memory_mb_max, &what);
    if let (None, Some(memory)) = (facts.get(vocabulary::MACHINE_MEMORY_MB), memory) {
        facts.set(vocabulary::MACHINE_MEMORY_MB, memory);
    }
    // A limit takes time away from a container, and shows it all CPUs of the host.
    let what = format!("CPUs of hosts that are rented for {}", platform.name());
    let cpus = between(&host.visible_cpus_min, &host.visible_cpus_max, &what);
    if let (None, Some(cpus)) = (facts.get(vocabulary::MACHINE_VISIBLE_CPUS), cpus) {
        facts.set(vocabulary::MACHINE_VISIBLE_CPUS, cpus);
    }
}

/// What a process has that one of several platforms runs: memory as bounds, since what is so on the
/// smallest machine and on the largest of all of them is so wherever it runs, and variables that
/// some of them set.
pub(crate) fn anywhere(
    catalog: &Catalog,
    (ids, unknown): (&[&str], Option<&Unknown>),
    runs: Runs,
    process: &mut ProcessDraft,
) {
    let what = runs.platforms();
    if let Some(unknown) = unknown {
        limits_of_one(unknown, runs, process);
    }
    let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker");
    let kind = kind.to_owned();
    let platforms = || ids.iter().filter_map(|it| catalog.platform(it));
    // What an image brings along has no language of a platform.
    let runtime = (runs == Runs::Image).then_some("docker");
    for name in platforms().flat_map(|it| catalog::set_at_start(it, &kind, runtime)) {
        if !process.environment.has(name) {
            let reason = format!("some {what} set `{name}`");
            let settle_with = format!("`{name}` under `[env]` in opslint.toml");
            let origin = Origin::new(OriginKind::Platform, format!("`{name}` of {what}"));
            let unknown = Unknown::new(reason, settle_with);
            process.environment.set(name.to_owned(), Fact::unknown(unknown, origin));
        }
    }
    let sizes = platforms().filter_map(|it| sizes(it, &kind));
    let bounds = sizes.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let (Some((min, max)), None) = (bounds, process.facts.get(vocabulary::MACHINE_MEMORY_MB))
    else {
        return;
    };
    let state = State::Range { min: f64::from(min), max: f64::from(max) };
    let origin = Origin::new(OriginKind::Assumed, format!("machines of {what}"));
    process.facts.set(vocabulary::MACHINE_MEMORY_MB, Fact::new(state, origin));
}

/// Whichever platform it is, its limits wait for the same statement as the platform itself.
fn limits_of_one(unknown: &Unknown, runs: Runs, process: &mut ProcessDraft) {
    // Of an image it is not known yet whether it answers requests.
    let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text);
    let is_web = kind == Some("web") || runs == Runs::Image;
    let of_web = LIMITS_OF_WEB.iter().filter(|_| is_web);
    let unknown = unknown.clone().of_kind(GapKind::default());
    for id in LIMITS.iter().chain(of_web) {
        if process.facts.get(*id).is_none() {
            let origin = Origin::new(OriginKind::Platform, "the platform that runs it");
            process.facts.set(*id, Fact::unknown(unknown.clone(), origin));
        }
    }
}

/// The same of a process of an image that a Dockerfile builds, of which no file says where it runs.
pub(crate) fn of_image(context: &Context<'_, '_>, platform: &Fact, process: &mut ProcessDraft) {
    let State::Unknown(unknown) = &platform.state else { return };
    let ids = match &unknown.kind {
        GapKind::OneOf(ids) => ids.iter().map(String::as_str).collect(),
        _ => context.catalog.readers("Dockerfile"),
    };
    anywhere(context.catalog, (&ids, Some(unknown)), Runs::Image, process);
}

/// The least and the most memory in MB that a process of this kind can have on a platform.
fn sizes(platform: &Platform, kind: &str) -> Option<(u32, u32)> {
    let plans = platform.plans(kind).flat_map(|it| [&it.memory_mb, &it.memory_mb_max]);
    let sizes = platform.machine_sizes().iter();
    let sizes = sizes.flat_map(|it| [&it.memory_mb_min, &it.memory_mb_max]);
    let usual = platform.default_machine(kind).map(|it| &it.memory_mb);
    let host = [&platform.host.memory_mb_min, &platform.host.memory_mb_max];
    let all = plans.chain(sizes).chain(usual).chain(host);
    let (mut least, mut most) = (None, None);
    for size in all.flatten().map(|it| it.value) {
        least = Some(least.map_or(size, |it: u32| it.min(size)));
        most = Some(most.map_or(size, |it: u32| it.max(size)));
    }
    least.zip(most)
}

fn between(min: &Option<Sourced<u32>>, max: &Option<Sourced<u32>>, what: &str) -> Option<Fact> {
    let (min, max) = (min.as_ref()?, max.as_ref()?);
    let state = State::Range { min: f64::from(min.value), max: f64::from(max.value) };
    let origin = Origin { kind: OriginKind::Assumed, ..max.origin(what) };
    Some(Fact::new(state, origin))
}

//! What a platform offers and allows, as facts of its processes, whichever format describes them.
//!
//! Formats say what is written and what is taken when nothing is. The bounds of what can be written
//! are the platform's, and so they are set here once for all formats.

use std::sync::Arc;

use super::{Catalog, Date, MachineSize, Platform, Sourced, ToValue};
use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::project::Facts;
use crate::vocabulary::{self, FactId};

/// Sets what holds for everything that is deployed on a platform: its traits.
pub(crate) fn of_deployment(platform: &Platform, facts: &mut Facts) {
    for (id, fact) in platform.trait_facts() {
        facts.set(*id, Arc::clone(fact));
    }
}

/// Sets the bounds of what can be asked for, and what its dates say of the languages. What is there
/// already wins: a format may know more.
pub(crate) fn of_process(catalog: &Catalog, platform: Option<&Platform>, facts: &mut Facts) {
    python_status(catalog, facts);
    runtime_status(catalog, facts);
    image_status(catalog, facts);
    let Some(platform) = platform else { return };
    let kind = facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or_default().to_owned();
    if kind == "function" {
        storage(platform, facts);
        return;
    }
    memory_bounds(platform, facts);
    cpus_offered(platform, facts);
    reserved_price(platform, facts);
    let name = platform.name();
    let plan = facts.get(vocabulary::MACHINE_PLAN).and_then(Fact::text);
    let plan = plan.and_then(|it| platform.plan(it, &kind));
    let of_plan = plan.and_then(|it| Some((it, it.instances_max.as_ref()?)));
    let limit = match of_plan {
        Some((plan, most)) => Some(most.fact(&format!("{name} {}", plan.name))),
        None => platform.scale.instances_max.as_ref().map(|it| it.fact(&format!("{name} limit"))),
    };
    set(facts, vocabulary::SCALE_LIMIT, limit);
    let redirect = platform.health_check.redirect_is_healthy.as_ref();
    let redirect = redirect.map(|it| it.fact(&format!("{name} health check")));
    set(facts, vocabulary::HEALTH_CHECK_REDIRECT_IS_HEALTHY, redirect);
    storage(platform, facts);
    let grace = platform.shutdown.grace_s_max.as_ref();
    set(facts, vocabulary::SHUTDOWN_GRACE_MAX_S, grace.map(|it| it.fact(&format!("{name} limit"))));
}

/// Where files name every volume, a process for which none is named has none.
fn storage(platform: &Platform, facts: &mut Facts) {
    let Some(in_files) = platform.disk.volumes_in_files.as_ref().filter(|it| it.value) else {
        return;
    };
    if facts.get(vocabulary::STORAGE_PATHS).is_none() {
        let what = format!("{}: no file mounts a volume", platform.name());
        let fact = Fact { state: State::Known(Value::List(Vec::new())), ..in_files.fact(&what) };
        facts.set(vocabulary::STORAGE_PATHS, fact);
    }
}

/// Sets a fact that is not there yet.
fn set(facts: &mut Facts, id: FactId, fact: Option<Fact>) {
    if let (None, Some(fact)) = (facts.get(id), fact) {
        facts.set(id, fact);
    }
}

/// Where CPUs or memory are stated, the price is that of a machine with these, and not that of the
/// one in the files. Only platforms that sell each by itself have one.
pub(crate) fn price_of_stated(
    platform: &Platform,
    facts: &mut Facts,
    is_stated: impl Fn(FactId) -> bool,
) {
    let is_other = is_stated(vocabulary::MACHINE_CPUS) || is_stated(vocabulary::MACHINE_MEMORY_MB);
    if !is_other || is_stated(vocabulary::MACHINE_PRICE_USD_MONTH) {
        return;
    }
    let kind = facts.get(vocabulary::MACHINE_CPU_KIND).and_then(Fact::text);
    let Some(kind) = kind.and_then(|it| platform.cpu_kind(it)) else { return };
    let number = |id| facts.get(id).and_then(Fact::number);
    let cpus = number(vocabulary::MACHINE_CPUS);
    let memory_mb = number(vocabulary::MACHINE_MEMORY_MB);
    let price = cpus.zip(memory_mb).and_then(|(cpus, mb)| kind.price_usd_month(cpus, mb as u32));
    match price {
        Some(price) => {
            let fact = price.fact(&format!("{} {} CPUs", platform.name(), kind.name));
            facts.set(vocabulary::MACHINE_PRICE_USD_MONTH, fact);
        }
        None => facts.remove(vocabulary::MACHINE_PRICE_USD_MONTH),
    }
}

/// The price of an instance that has no plan, where CPUs and memory are billed as long as it lives.
/// Where CPUs are there for requests only, requests are billed.
fn reserved_price(platform: &Platform, facts: &mut Facts) {
    let only_requests = &platform.traits.cpu_only_during_requests;
    if only_requests.as_ref().is_none_or(|it| it.value)
        || facts.get(vocabulary::MACHINE_PLAN).is_some()
    {
        return;
    }
    let cpus = facts.get(vocabulary::MACHINE_CPUS).cloned();
    let memory = facts.get(vocabulary::MACHINE_MEMORY_MB).cloned();
    let (Some(cpus), Some(memory)) = (cpus, memory) else { return };
    let (Some(count), Some(mb)) = (cpus.number(), memory.number()) else { return };
    let region = facts.get(vocabulary::REGION).and_then(Fact::text);
    let what = format!("{} price of these CPUs and this memory", platform.name());
    let between = || match region {
        Some(_) => None,
        None => platform.reserved_price_between_regions(count, mb),
    };
    let fact = match platform.reserved_price_usd_month(count, mb, region) {
        Some(price) => price.fact(&what),
        None => match between() {
            None => return,
            Some((min, max)) => {
                let state = State::Range { min: min.value, max: max.value };
                Fact { state, ..max.fact(&format!("{what}, by region")) }
            }
        },
    };
    let origin = fact
        .origin
        .with_input(vocabulary::MACHINE_CPUS.name(), cpus)
        .with_input(vocabulary::MACHINE_MEMORY_MB.name(), memory);
    set(facts, vocabulary::MACHINE_PRICE_USD_MONTH, Some(Fact { origin, ..fact }));
}

/// The memory that can be had with these CPUs, and the requests that such an instance may get.
fn memory_bounds(platform: &Platform, facts: &mut Facts) {
    let Some(cpus) = facts.get(vocabulary::MACHINE_CPUS).cloned() else { return };
    let Some(count) = cpus.number() else { return };
    let what = format!("{} memory for these CPUs", platform.name());
    let with_cpus = |fact: Fact| {
        let origin = fact.origin.with_input(vocabulary::MACHINE_CPUS.name(), cpus.clone());
        Fact { origin, ..fact }
    };
    let kind = facts.get(vocabulary::MACHINE_CPU_KIND).and_then(Fact::text);
    if let Some(kind) = kind.and_then(|it| platform.cpu_kind(it)) {
        let times_cpus = |mb: &Option<Sourced<u32>>| {
            let mb = mb.as_ref()?.map(|it| (f64::from(*it) * count).round() as u32);
            Some(with_cpus(mb.fact(&what)))
        };
        let (min, max) =
            (times_cpus(&kind.memory_mb_per_cpu_min), times_cpus(&kind.memory_mb_per_cpu_max));
        let step = kind.memory_mb_step.as_ref().map(|it| it.fact(&what));
        set(facts, vocabulary::MACHINE_MIN_MEMORY_MB, min);
        set(facts, vocabulary::MACHINE_MAX_MEMORY_MB, max);
        set(facts, vocabulary::MACHINE_STEP_MEMORY_MB, step);
    }
    let Some(size) = platform.machine_size(count) else { return };
    let MachineSize { memory_mb_min, memory_mb_max, requests_max, .. } = size;
    // What a file asks for may need more than its CPUs do.
    let needed = facts.get(vocabulary::MACHINE_MIN_MEMORY_MB).and_then(Fact::int);
    let is_more = |it: &&Sourced<u32>| needed.is_none_or(|needed| i64::from(it.value) > needed);
    for (id, value) in [
        (vocabulary::MACHINE_MIN_MEMORY_MB, memory_mb_min.as_ref().filter(is_more)),
        (vocabulary::MACHINE_MAX_MEMORY_MB, memory_mb_max.as_ref()),
    ] {
        set(facts, id, value.map(|it| with_cpus(it.fact(&what))));
    }
    if let Some(most) = requests_max {
        let fact = with_cpus(most.fact(&format!("{} with these CPUs", platform.name())));
        facts.set(vocabulary::ROUTER_HARD_LIMIT_MAX, fact);
    }
}

/// Whether machines with this number of CPUs exist, where any number can be written.
fn cpus_offered(platform: &Platform, facts: &mut Facts) {
    let machine = &platform.machine;
    let (Some(min), Some(max)) = (&machine.cpus_min, &machine.cpus_max) else { return };
    let Some(cpus) = facts.get(vocabulary::MACHINE_CPUS) else { return };
    let Some(count) = cpus.number() else { return };
    let step = machine.cpus_step_above_one.as_ref();
    let fits = |step: f64| count <= 1.0 || (count / step).fract().abs() < 1e-9;
    let offered = (min.value..=max.value).contains(&count) && step.is_none_or(|it| fits(it.value));
    // A count above the most is refused by the most alone, and that may have been raised.
    let decides = if count > max.value { max } else { step.unwrap_or(min) };
    let origin = decides
        .origin(&format!("CPUs of {}", platform.name()))
        .with_input(vocabulary::MACHINE_CPUS.name(), cpus.clone());
    set(facts, vocabulary::MACHINE_CPUS_OFFERED, Some(Fact::known(offered.to_value(), origin)));
}

/// The day on which a version ends, which is so wherever it runs: it rests on no platform.
fn end(ends: &Sourced<Date>) -> Fact {
    let origin = ends.origin("end of security fixes");
    let kind = match origin.kind {
        OriginKind::Platform => OriginKind::Derived,
        kind => kind,
    };
    Fact::known(ends.value.to_value(), Origin { kind, ..origin })
}

/// Whether the version of Python still gets security fixes.
fn python_status(catalog: &Catalog, facts: &mut Facts) {
    let Some(version) = facts.get(vocabulary::RUNTIME_PYTHON).cloned() else { return };
    let Some(row) = version.text().and_then(|it| catalog.language("python")?.version(it)) else {
        return;
    };
    let Some(ends) = &row.ends else { return };
    let status = if catalog.is_over(ends) { "ended" } else { "supported" };
    let origin = Origin::new(OriginKind::Derived, format!("versions of Python ({})", ends.source))
        .with_input(vocabulary::RUNTIME_PYTHON.name(), version);
    let status = Fact::known(Value::Text(status.to_owned()), origin);
    set(facts, vocabulary::RUNTIME_PYTHON_STATUS, Some(status));
    let end = end(ends);
    set(facts, vocabulary::RUNTIME_PYTHON_END, Some(end));
}

/// Whether the version of another language still gets security fixes. The version of an image
/// counts only for programs of its language.
fn runtime_status(catalog: &Catalog, facts: &mut Facts) {
    let Some(version) = facts.get(vocabulary::RUNTIME_VERSION).cloned() else { return };
    let language = facts.get(vocabulary::RUNTIME_LANGUAGE).and_then(Fact::text);
    let name = vocabulary::RUNTIME_LANGUAGE.name();
    let of_image = version.origin.inputs.iter().find(|it| it.name == name);
    if of_image.is_some_and(|it| it.fact.text() != language) {
        facts.remove(vocabulary::RUNTIME_VERSION);
        return;
    }
    let row = language.and_then(|it| catalog.language(it)?.version(version.text()?));
    let Some(ends) = row.and_then(|it| it.ends.as_ref()) else { return };
    let status = if catalog.is_over(ends) { "ended" } else { "supported" };
    let origin = Origin::new(OriginKind::Derived, format!("versions ({})", ends.source))
        .with_input(vocabulary::RUNTIME_VERSION.name(), version);
    let end = end(ends);
    let status = Fact::known(Value::Text(status.to_owned()), origin);
    set(facts, vocabulary::RUNTIME_VERSION_STATUS, Some(status));
    set(facts, vocabulary::RUNTIME_VERSION_END, Some(end));
}

/// Whether the version of a database's image still gets security fixes: `postgres:12-alpine`.
fn image_status(catalog: &Catalog, facts: &mut Facts) {
    let Some(version) = facts.get(vocabulary::IMAGE_VERSION).cloned() else { return };
    let program = facts.get(vocabulary::SERVER).and_then(Fact::text);
    let number = version.text().and_then(|it| it.split(['-', '_']).next());
    let row = program.and_then(|it| catalog.language(it)?.version(number?));
    let Some(ends) = row.and_then(|it| it.ends.as_ref()) else { return };
    let status = if catalog.is_over(ends) { "ended" } else { "supported" };
    let origin = Origin::new(OriginKind::Derived, format!("versions ({})", ends.source))
        .with_input(vocabulary::IMAGE_VERSION.name(), version);
    let end = end(ends);
    let status = Fact::known(Value::Text(status.to_owned()), origin);
    set(facts, vocabulary::IMAGE_VERSION_STATUS, Some(status));
    set(facts, vocabulary::IMAGE_VERSION_END, Some(end));
}

/// Sets the operating system that a process is built on, and whether it is still supported.
pub(crate) fn stack(catalog: &Catalog, platform: &Platform, stack: &Fact, facts: &mut Facts) {
    facts.set(vocabulary::RUNTIME_STACK, stack.clone());
    let Some(row) = stack.text().and_then(|it| platform.stack(it)) else { return };
    let has_ended = row.ends.as_ref().is_some_and(|it| catalog.is_over(it));
    let is_deprecated = row.deprecated.as_ref().is_some_and(|it| catalog.has_come(it));
    let status = match (has_ended, is_deprecated) {
        (true, _) => "ended",
        (false, true) => "deprecated",
        (false, false) => "supported",
    };
    let source = format!("{} stacks ({})", platform.name(), row.source);
    let origin = Origin::new(OriginKind::Derived, source)
        .with_input(vocabulary::RUNTIME_STACK.name(), stack.clone());
    let status = Fact::known(Value::Text(status.to_owned()), origin);
    facts.set(vocabulary::RUNTIME_STACK_STATUS, status);
    if let Some(ends) = &row.ends {
        facts.set(vocabulary::RUNTIME_STACK_END, ends.fact("end of security fixes"));
    }
}

//! From a function to its facts: what is written, else the default of the tool, else Lambda's.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::platforms::{Catalog, Date, Platform, Sourced, Tool};
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary::{self, FactId};

use super::{Function, PLATFORM, Shape};

/// Every fact of a function.
pub(super) fn facts(catalog: &Catalog, function: &Function) -> Facts {
    let place = function.name.span;
    let platform = catalog.platform(PLATFORM);
    let mut facts = function.triggers.facts(platform, place);
    let origin = Origin::written(place, "a function");
    facts.set(vocabulary::KIND, Fact::known(Value::Text("function".to_owned()), origin));
    let copied = [
        (vocabulary::FUNCTION_ARCHITECTURE, &function.architecture),
        (vocabulary::APP, &function.app),
        (vocabulary::FUNCTION_HANDLER, &function.handler),
        (vocabulary::QUEUE_VISIBILITY_S, &function.queue_visibility_s),
        (vocabulary::FRAMEWORK, &function.framework),
        (vocabulary::FUNCTION_WAY_OUT, &function.way_out),
    ];
    for (id, fact) in copied {
        if let Some(fact) = fact {
            facts.set(id, fact.clone());
        }
    }
    if function.shape != Shape::Image {
        // An image may start a server behind an adapter; a runtime calls the function itself.
        let origin = Origin::new(OriginKind::Platform, "AWS Lambda calls the function itself");
        facts.set(vocabulary::SERVER, Fact::known(Value::Null, origin.clone()));
        facts.set(vocabulary::START_KINDS, Fact::known(Value::List(Vec::new()), origin));
    }
    facts.extend(function.mounts.clone());
    runtime(catalog, function, &mut facts);
    scale(function, &mut facts);
    if let Some(platform) = platform {
        sizes(platform, function, &mut facts);
        limits(platform, function, &mut facts);
    }
    facts
}

/// Memory, the CPUs that come with it, the time limit and the disk.
fn sizes(platform: &Platform, function: &Function, facts: &mut Facts) {
    let limits = &platform.function;
    let tool = platform.tool(function.tool);
    // Instances that are kept have a default of their own, whichever tool deploys the function.
    let default_memory = match function.shape {
        Shape::Managed => default(platform, None, |_| None, &limits.managed_memory_mb),
        _ => default(platform, tool, |it| it.memory_mb.as_ref(), &limits.memory_mb),
    };
    let memory = or_default(&function.memory_mb, default_memory);
    let timeout = or_default(
        &function.timeout_s,
        default(platform, tool, |it| it.timeout_s.as_ref(), &limits.timeout_s),
    );
    let storage = or_default(
        &function.temporary_storage_mb,
        default(platform, None, |_| None, &limits.temporary_storage_mb),
    );
    let place = function.name.span;
    if let Some(memory) = memory {
        if function.shape != Shape::Managed
            && let Some(per_cpu) = &limits.memory_mb_per_cpu
        {
            set(facts, vocabulary::MACHINE_CPUS, cpus(platform, &memory, per_cpu), place);
        }
        set(facts, vocabulary::MACHINE_MEMORY_MB, memory.clone(), place);
        set(facts, vocabulary::FUNCTION_MEMORY_MB, memory, place);
    }
    if let Some(timeout) = timeout {
        set(facts, vocabulary::FUNCTION_TIMEOUT_S, timeout, place);
    }
    if let Some(storage) = storage {
        set(facts, vocabulary::FUNCTION_TEMPORARY_STORAGE_MB, storage, place);
    }
}

/// What is written, where what is not known says how to settle it; else the default.
fn or_default(written: &Option<Fact>, default: Option<Fact>) -> Option<Fact> {
    match (written, default) {
        (Some(written), Some(default)) => Some(written.clone().over(default)),
        (written, default) => written.clone().or(default),
    }
}

fn default(
    platform: &Platform,
    tool: Option<&Tool>,
    column: impl Fn(&Tool) -> Option<&Sourced<u32>>,
    of_lambda: &Option<Sourced<u32>>,
) -> Option<Fact> {
    match tool.and_then(|it| Some((it, column(it)?))) {
        Some((tool, value)) => Some(value.fact(&format!("{} default", tool.title))),
        None => of_lambda.as_ref().map(|it| it.fact(&format!("{} default", platform.name()))),
    }
}

/// Sets a fact. Where a default decides, or a file says something else of another function, the
/// label stands on the function's name.
fn set(facts: &mut Facts, id: FactId, mut fact: Fact, place: Span) {
    if let State::Unknown(unknown) = &mut fact.state
        && unknown.settle_with.is_empty()
    {
        unknown.settle_with = format!("`{}` for the process in opslint.toml", id.name());
    }
    facts.set(id, fact);
    facts.anchor(id, place);
}

fn cpus(platform: &Platform, memory: &Fact, per_cpu: &Sourced<u32>) -> Fact {
    let share = per_cpu.fact(&format!("{} memory of one CPU", platform.name()));
    let state = match memory.number() {
        Some(memory_mb) => {
            State::Known(Value::Number((memory_mb / f64::from(per_cpu.value) * 1e4).round() / 1e4))
        }
        None => memory.state.clone(),
    };
    let origin = Origin::new(OriginKind::Derived, "share of CPUs that comes with the memory")
        .with_input(vocabulary::FUNCTION_MEMORY_MB.name(), memory.clone())
        .with_input("memory of one CPU", share);
    Fact::new(state, origin)
}

/// What the platform allows: more for functions on instances that are kept, and for those with
/// accelerator devices.
fn limits(platform: &Platform, function: &Function, facts: &mut Facts) {
    let limits = &platform.function;
    let what = format!("{} limit", platform.name());
    let mut set = |id: FactId, value: &Option<Sourced<u32>>| {
        if let Some(value) = value {
            facts.set(id, value.fact(&what));
        }
    };
    set(vocabulary::FUNCTION_TIMEOUT_MIN_S, &limits.timeout_s_min);
    set(vocabulary::FUNCTION_TEMPORARY_STORAGE_MIN_MB, &limits.temporary_storage_mb_min);
    let storage = match function.accelerated {
        true => &limits.accelerated_temporary_storage_mb_max,
        false => &limits.temporary_storage_mb_max,
    };
    set(vocabulary::FUNCTION_TEMPORARY_STORAGE_MAX_MB, storage);
    if function.shape == Shape::Managed {
        set(vocabulary::FUNCTION_TIMEOUT_MAX_S, &limits.managed_timeout_s_max);
        set(vocabulary::FUNCTION_MEMORY_MIN_MB, &limits.managed_memory_mb_min);
        set(vocabulary::FUNCTION_MEMORY_MAX_MB, &limits.managed_memory_mb_max);
    } else {
        set(vocabulary::FUNCTION_TIMEOUT_MAX_S, &limits.timeout_s_max);
        set(vocabulary::FUNCTION_MEMORY_MIN_MB, &limits.memory_mb_min);
        set(vocabulary::FUNCTION_MEMORY_MAX_MB, &limits.memory_mb_max);
        set(vocabulary::CONCURRENCY, &limits.requests_per_instance);
    }
    let size = match function.shape {
        Shape::Image => &limits.image_limit_mb,
        Shape::Package | Shape::Managed => &limits.package_limit_mb,
    };
    set(vocabulary::FUNCTION_PACKAGE_LIMIT_MB, size);
}

/// The runtime, the Python in it, and whether Lambda still supports it.
fn runtime(catalog: &Catalog, function: &Function, facts: &mut Facts) {
    if function.shape == Shape::Image {
        return;
    }
    let runtime = function.runtime.clone().unwrap_or_else(|| {
        let unknown = Unknown::because("the file names no runtime");
        Fact::unknown(unknown, Origin::new(OriginKind::Default, "runtime"))
    });
    let platform = catalog.platform(PLATFORM);
    let row = runtime.text().and_then(|it| platform?.runtime(it)).cloned();
    let span = runtime.origin.span.unwrap_or(function.name.span);
    set(facts, vocabulary::FUNCTION_RUNTIME, runtime.clone(), function.name.span);
    let Some(row) = row else { return };
    let derived = |value: &str, source: &str| {
        let input = vocabulary::FUNCTION_RUNTIME.name();
        let origin = Origin::new(OriginKind::Derived, source).with_input(input, runtime.clone());
        Fact::known(Value::Text(value.to_owned()), origin)
    };
    if let Some(python) = &row.python {
        let fact = derived(&python.value, "the Python of the runtime");
        facts.set(vocabulary::RUNTIME_PYTHON, fact);
        facts.anchor(vocabulary::RUNTIME_PYTHON, span);
    }
    let has_come =
        |day: &Option<Sourced<Date>>| day.as_ref().is_some_and(|it| catalog.has_come(it));
    let status = match (has_come(&row.update_blocked), has_come(&row.deprecated)) {
        (true, _) => "blocked",
        (false, true) => "deprecated",
        (false, false) => "supported",
    };
    let source = format!("AWS Lambda runtimes ({})", row.source);
    facts.set(vocabulary::FUNCTION_RUNTIME_STATUS, derived(status, &source));
    facts.anchor(vocabulary::FUNCTION_RUNTIME_STATUS, span);
    if let Some(deprecated) = &row.deprecated {
        facts.set(vocabulary::FUNCTION_RUNTIME_END, deprecated.fact("end of AWS Lambda's support"));
        facts.anchor(vocabulary::FUNCTION_RUNTIME_END, span);
    }
}

/// How many instances there are. Lambda starts one for each request that no instance is free for,
/// as many as the account has left, unless the function has its own part of them.
fn scale(function: &Function, facts: &mut Facts) {
    let place = function.name.span;
    let autoscaling = Origin::new(OriginKind::Platform, "AWS Lambda starts instances by load");
    let scales = Fact::known(Value::Bool(true), autoscaling);
    set(facts, vocabulary::SCALE_AUTOSCALING, scales, place);
    let none =
        || Fact::known(Value::Int(0), Origin::new(OriginKind::Default, "none is kept ready"));
    let min = function.provisioned.clone().unwrap_or_else(none);
    set(facts, vocabulary::SCALE_MIN, min, place);
    let unreserved = || {
        let source = "no concurrency is reserved: the function shares that of the account";
        Fact::known(Value::Null, Origin::new(OriginKind::Default, source))
    };
    let max = function.reserved.clone().unwrap_or_else(unreserved);
    set(facts, vocabulary::FUNCTION_CONCURRENCY, max, place);
}

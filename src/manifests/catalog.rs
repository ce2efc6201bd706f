//! What the catalog says, as facts.

use crate::fact::{Fact, GapKind, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::heroku;
use crate::platforms::{DatabaseKind, InjectedValue, Plan, Platform, Sourced, ToValue};
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary::{self, FactId};

/// A published limit or default of a platform under its name in the vocabulary.
pub(crate) fn limit(platform: &Platform, id: FactId) -> Option<Fact> {
    let router = &platform.router;
    let check = &platform.health_check;
    match id {
        vocabulary::ROUTER_REQUEST_TIMEOUT_S => fact(platform, "router", &router.request_timeout_s),
        vocabulary::ROUTER_IDLE_TIMEOUT_S => fact(platform, "router", &router.idle_timeout_s),
        vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S => {
            fact(platform, "router", &router.keepalive_timeout_s)
        }
        vocabulary::ROUTER_BODY_LIMIT_MB => fact(platform, "router", &router.body_limit_mb),
        vocabulary::ROUTER_SOFT_LIMIT => fact(platform, "router", &router.soft_limit),
        vocabulary::ROUTER_HARD_LIMIT => fact(platform, "router", &router.hard_limit),
        vocabulary::ROUTER_HARD_LIMIT_MAX => fact(platform, "router", &router.hard_limit_max),
        vocabulary::ROUTER_REQUEST_TIMEOUT_MAX_S => {
            fact(platform, "router", &router.request_timeout_s_max)
        }
        vocabulary::SHUTDOWN_SIGNAL => fact(platform, "shutdown", &platform.shutdown.signal),
        vocabulary::SHUTDOWN_GRACE_S => fact(platform, "shutdown", &platform.shutdown.grace_s),
        vocabulary::BOOT_TIMEOUT_S => fact(platform, "boot", &platform.boot.timeout_s),
        vocabulary::HEALTH_CHECK_PATH => fact(platform, "health check", &check.path),
        vocabulary::HEALTH_CHECK_INTERVAL_S => fact(platform, "health check", &check.interval_s),
        vocabulary::HEALTH_CHECK_TIMEOUT_S => fact(platform, "health check", &check.timeout_s),
        vocabulary::HEALTH_CHECK_GRACE_S => fact(platform, "health check", &check.grace_s),
        _ => None,
    }
}

/// Sets those of the limits that the platform publishes.
pub(crate) fn set_limits(facts: &mut Facts, platform: &Platform, ids: &[FactId]) {
    for id in ids {
        if let Some(fact) = limit(platform, *id) {
            facts.set(*id, fact);
        }
    }
}

/// What a process has until somebody changes it where no file shows: `note` says who gives it, and
/// how it is changed.
pub(crate) fn assume<T: ToValue>(
    facts: &mut Facts,
    id: FactId,
    value: Option<&Sourced<T>>,
    note: &str,
) {
    if let Some(value) = value {
        let origin = Origin::new(OriginKind::Assumed, format!("{note} ({})", value.source));
        facts.set(id, Fact::known(value.value.to_value(), origin));
    }
}

fn fact<T: ToValue>(platform: &Platform, what: &str, value: &Option<Sourced<T>>) -> Option<Fact> {
    value.as_ref().map(|it| it.fact(&format!("{} {what}", platform.name())))
}

/// The machine of a plan.
pub(crate) fn machine(platform: &Platform, plan: &Plan) -> Facts {
    let what = format!("{} {}", platform.name(), plan.name);
    let mut facts = Facts::new();
    let name = Origin::new(OriginKind::Platform, format!("{what} ({})", plan.source));
    facts.set(vocabulary::MACHINE_PLAN, Fact::known(Value::Text(plan.name.clone()), name));
    let mut set = |id, fact: Option<Fact>| {
        if let Some(fact) = fact {
            facts.set(id, fact);
        }
    };
    set(vocabulary::MACHINE_CPUS, plan.cpus.as_ref().map(|it| it.fact(&what)));
    set(vocabulary::MACHINE_CPU_KIND, plan.cpu_kind.as_ref().map(|it| it.fact(&what)));
    set(vocabulary::MACHINE_MEMORY_MB, plan.memory_mb.as_ref().map(|it| it.fact(&what)));
    set(vocabulary::MACHINE_VISIBLE_CPUS, plan.visible_cpus.as_ref().map(|it| it.fact(&what)));
    let timeout_max = plan.function_timeout_s_max.as_ref();
    set(vocabulary::FUNCTION_TIMEOUT_MAX_S, timeout_max.map(|it| it.fact(&what)));
    set(vocabulary::MACHINE_PRICE_USD_MONTH, price(platform, plan, &what));
    facts
}

/// The price of one instance. Eco dynos have none: all of an account share one flat fee.
fn price(platform: &Platform, plan: &Plan, what: &str) -> Option<Fact> {
    let price = plan.price_usd_month.as_ref()?;
    if platform.id() != heroku::PLATFORM || plan.name != "eco" {
        return Some(price.fact(what));
    }
    let reason = format!("{} USD a month pay for all Eco dynos of an account", price.value);
    Some(Fact::unknown(Unknown::because(reason), price.origin(what)))
}

/// Variables that have another value at each start: whoever states one is wrong the next time.
const CHOSEN_AT_START: &[&str] = &["PORT"];

/// The variables that a platform sets for a process of this kind.
///
/// `runtime` is the language of the native environment, `docker` or another word when there is none.
pub(crate) fn injected(
    platform: &Platform,
    kind: &str,
    runtime: Option<&str>,
    plan: Option<&Plan>,
) -> Vec<(String, Fact)> {
    let variable = |it: crate::platforms::Injected<'_>| {
        let what = format!("{} sets `{}`", platform.name(), it.name);
        let settle_with = format!("`{}` under `[env]` in opslint.toml", it.name);
        let unknown = |reason: String| {
            let origin = Origin::new(OriginKind::Platform, format!("{what} ({})", it.source));
            Fact::unknown(Unknown::new(reason, settle_with.clone()), origin)
        };
        let fact = match &it.value {
            InjectedValue::Known { value, .. } if !value.doubtful => value.fact(&what),
            InjectedValue::Known { undisputed: Some(value), .. } => {
                let origin = Origin::new(OriginKind::Assumed, format!("{what} ({})", value.source));
                Fact::known(value.value.to_value(), origin)
            }
            // What holds for new services is taken for older ones, too.
            InjectedValue::Known { value, .. } => {
                let source = format!("{what} for new services ({})", value.source);
                let origin = Origin::new(OriginKind::Assumed, source);
                Fact::known(value.value.to_value(), origin)
            }
            InjectedValue::Runtime if CHOSEN_AT_START.contains(&it.name) => {
                let reason = format!("{what} when the process starts");
                let origin = Origin::new(OriginKind::Platform, format!("{what} ({})", it.source));
                Fact::unknown(Unknown::because(reason).of_kind(GapKind::AtStart), origin)
            }
            InjectedValue::Runtime => unknown(format!("{what} when the process starts")),
            // A program that reads it is of that language, so it is set where it counts.
            InjectedValue::Maybe { value: Some(value) } => {
                let source =
                    format!("{what} where the service is one of its language ({})", value.source);
                let origin = Origin::new(OriginKind::Assumed, source);
                Fact::known(value.value.to_value(), origin)
            }
            InjectedValue::Maybe { value: None } => {
                unknown(format!("{what} where the service is one of its language"))
            }
        };
        (it.name.to_owned(), fact)
    };
    platform.injected(kind, runtime, plan).into_iter().map(variable).collect()
}

/// Names of the variables that a platform sets to what only a run can tell.
pub(crate) fn set_at_start<'a>(
    platform: &'a Platform,
    kind: &str,
    runtime: Option<&str>,
) -> impl Iterator<Item = &'a str> {
    let is_open = |it: &crate::platforms::Injected<'_>| {
        matches!(it.value, InjectedValue::Runtime | InjectedValue::Maybe { value: None })
    };
    platform.injected(kind, runtime, None).into_iter().filter(is_open).map(|it| it.name)
}

/// Connections that a database of this plan accepts.
pub(crate) fn connections_max(platform: &Platform, kind: DatabaseKind, plan: &str) -> Option<Fact> {
    let database = platform.database(kind, plan)?;
    let what = format!("{} {plan}", platform.name());
    database.connections_max.as_ref().map(|it| it.fact(&what))
}

/// The plan of a process of this kind for which no file names one.
pub(crate) fn default_plan<'a>(platform: &'a Platform, kind: &str) -> Option<&'a Plan> {
    let name = platform.default_machine(kind)?.plan.as_ref()?;
    platform.plan_of_any_kind(&name.value)
}

/// What a program sees of the host's CPUs, where the plan does not decide it: a range.
pub(crate) fn host_cpus(platform: &Platform) -> Option<Fact> {
    let min = platform.host.visible_cpus_min.as_ref()?;
    let max = platform.host.visible_cpus_max.as_ref()?;
    let state = State::Range { min: f64::from(min.value), max: f64::from(max.value) };
    Some(Fact::new(state, min.origin(&format!("CPUs of {} hosts", platform.name()))))
}

/// The plan that a process has where nobody chose another, with the world that is judged then;
/// assumed. `None` where the platform has no usual one.
pub(crate) fn usual_plan(platform: &Platform, kind: &str) -> Option<Fact> {
    let usual = platform.default_world(kind)?;
    let plan = usual.plan.as_ref()?;
    let source = format!("plan `{}` of {}, as no file names another", plan.value, platform.name());
    let origin = Origin::new(OriginKind::Assumed, source);
    Some(Fact::known(Value::Text(plan.value.clone()), origin))
}

/// The number of instances that a process has where nobody said another; assumed.
pub(crate) fn usual_instances(platform: &Platform, kind: &str) -> Option<Fact> {
    let world = platform.default_world(kind)?;
    let (instances, name) = (world.instances.as_ref()?, platform.name());
    let waits = world.waits_for_scale.as_ref().is_some_and(|it| it.value);
    let source = match kind {
        _ if waits => format!("{name} starts none until somebody scales it; taken is this many"),
        "web" => format!("{name} starts this many until somebody scales it"),
        _ => "no file says how many run, so one is taken to run".to_owned(),
    };
    let origin = Origin::new(OriginKind::Assumed, source);
    Some(Fact::known(Value::Int(i64::from(instances.value)), origin))
}

/// Sets every fact of `machine`, labelled at `span` where it is written nowhere itself.
pub(crate) fn set_machine(facts: &mut Facts, machine: &Facts, span: Option<Span>) {
    for (id, fact) in machine.iter() {
        facts.set(id, fact.clone());
        if let Some(span) = span {
            facts.anchor(id, span);
        }
    }
}

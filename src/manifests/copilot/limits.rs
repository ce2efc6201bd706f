//! How large a task is, how many there are, when they are stopped, and what outlives them.

use super::{Type, Workload};
use crate::document::{Node, NodeKind};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::cloud::{default, int};
use crate::manifests::{app_runner, catalog, read};
use crate::platforms::Platform;
use crate::project::Facts;
use crate::quantity::go;
use crate::vocabulary::{self as v, FactId};

/// Sets what a workload has of a platform.
pub(super) fn set(workload: &Workload<'_>, platform: Option<&Platform>, facts: &mut Facts) {
    machine(workload, platform, facts);
    match (workload.what, platform) {
        (Type::RequestDriven, Some(platform)) => {
            app_runner::service(platform, "`count`", facts);
        }
        (Type::RequestDriven, None) => {}
        (_, platform) => {
            if let Some(platform) = platform {
                let ids = [v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S];
                catalog::set_limits(facts, platform, &ids);
            }
            if workload.what != Type::Job {
                scale(workload, facts);
            }
            volumes(workload, facts);
        }
    }
}

/// `cpu` in units of which one CPU has 1,024, and `memory` in megabytes. Sidecars take some of it,
/// and nobody says how much.
fn machine(workload: &Workload<'_>, platform: Option<&Platform>, facts: &mut Facts) {
    let row = platform.and_then(|it| it.default_machine("web"));
    let who = format!("{} default", platform.map_or("Copilot", Platform::name));
    let cpus = match workload.get("cpu") {
        Some(node) => {
            let units = int(node, "`cpu`");
            Some(match units.int() {
                Some(units) => Fact::known(Value::of_number(units as f64 / 1024.0), units_of(node)),
                None => units,
            })
        }
        None => row.and_then(|it| it.cpus.as_ref()).map(|it| it.fact(&who)),
    };
    let memory = match workload.get("memory") {
        Some(node) => Some(int(node, "`memory`")),
        None => row.and_then(|it| it.memory_mb.as_ref()).map(|it| it.fact(&who)),
    };
    for (id, fact) in [(v::MACHINE_CPUS, cpus), (v::MACHINE_MEMORY_MB, memory)] {
        set_at(facts, id, fact, workload);
    }
}

fn units_of(node: &Node) -> Origin {
    Origin::written(node.span, "`cpu`")
}

fn set_at(facts: &mut Facts, id: FactId, fact: Option<Fact>, workload: &Workload<'_>) {
    if let Some(fact) = fact {
        facts.set(id, fact);
        facts.anchor(id, workload.headline);
    }
}

/// `count`: a number, a number on capacity that may be taken away, or bounds.
fn scale(workload: &Workload<'_>, facts: &mut Facts) {
    let count = workload.get("count");
    let table = count.filter(|it| !it.entries().is_empty());
    let range = table.and_then(|it| it.get("range"));
    let (min, max) = match (count, table, range) {
        (_, Some(_), Some(range)) => bounds(range),
        (_, Some(table), None) => {
            let spot = table.get("spot").map(|it| int(it, "`spot`"));
            (spot.clone(), spot)
        }
        (Some(node), None, _) if node.kind != NodeKind::Null => {
            let count = int(node, "`count`");
            (Some(count.clone()), Some(count))
        }
        _ => {
            let one = default(Value::Int(1), "Copilot default");
            (Some(one.clone()), Some(one))
        }
    };
    let origin = match range {
        Some(range) => Origin::written(range.span, "`range`"),
        None => Origin::new(OriginKind::Default, "no `range` is written"),
    };
    let scales = Fact::known(Value::Bool(range.is_some()), origin);
    for (id, fact) in
        [(v::SCALE_MIN, min), (v::SCALE_MAX, max), (v::SCALE_AUTOSCALING, Some(scales))]
    {
        set_at(facts, id, fact, workload);
    }
    let origin = Origin::new(OriginKind::Platform, "ECS keeps as many tasks as the service says");
    let kept = Fact::known(Value::Bool(false), origin);
    facts.set(v::SCALE_STOPS_WHEN_IDLE, kept);
}

/// `1-10`, or a table of both.
fn bounds(range: &Node) -> (Option<Fact>, Option<Fact>) {
    if !range.entries().is_empty() {
        let key = |key: &str| range.get(key).map(|it| int(it, &format!("`{key}`")));
        return (key("min"), key("max"));
    }
    let origin = || Origin::written(range.span, "`range`");
    match numbers(range).filter(|(min, max)| min <= max) {
        Some((min, max)) => {
            let fact = |it| Some(Fact::known(Value::Int(it), origin()));
            (fact(min), fact(max))
        }
        None => {
            let unknown = Unknown::because("Copilot refuses the value of `range`");
            let fact = Fact::unknown(unknown, origin());
            (Some(fact.clone()), Some(fact))
        }
    }
}

/// The two numbers of `1-10`.
pub(super) fn numbers(range: &Node) -> Option<(i64, i64)> {
    let (min, max) = range.as_str()?.split_once('-')?;
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    (is_number(min) && is_number(max)).then_some((min.parse().ok()?, max.parse().ok()?))
}

/// Folders of a volume that outlives the task, which only one of EFS does.
fn volumes(workload: &Workload<'_>, facts: &mut Facts) {
    let volumes = workload.root.at(&["storage", "volumes"]).map(Node::entries).unwrap_or_default();
    let kept = volumes.iter().filter(|it| {
        let efs = it.value.get("efs");
        efs.is_some_and(|it| it.as_bool() == Some(true) || !it.entries().is_empty())
    });
    let paths: Vec<&Node> = kept.filter_map(|it| it.value.get("path")).collect();
    read::mounted(facts, &paths, "`storage.volumes`");
}

/// Seconds of a duration as Go writes it: `1m30s`.
pub(super) fn seconds(node: &Node, source: &str) -> Fact {
    let origin = Origin::written(node.span, source);
    match node.as_str().and_then(|it| go::duration_s(it.trim()).ok()) {
        Some(seconds) => Fact::known(Value::of_number(seconds), origin),
        None => {
            let reason = format!("{source} is not a duration as Copilot reads it");
            Fact::new(State::Unknown(Unknown::because(reason)), origin)
        }
    }
}

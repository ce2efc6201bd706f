//! What a plan takes for granted: everything assumed behind the facts that its numbers come from.

use std::collections::BTreeSet;

use super::request::{CPU_TIME_S, Request};
use super::{Assumption, ProcessPlan};
use crate::fact::{Fact, OriginKind};
use crate::project::Deployment;
use crate::settings::statement;
use crate::vocabulary::{self, FactId};

/// Facts that numbers of a plan come from.
const USED: &[FactId] = &[
    vocabulary::PLATFORM,
    vocabulary::WORKERS,
    vocabulary::THREADS,
    vocabulary::CONCURRENCY,
    vocabulary::MACHINE_PLAN,
    vocabulary::MACHINE_CPUS,
    vocabulary::MACHINE_MEMORY_MB,
    vocabulary::MACHINE_PRICE_USD_MONTH,
    vocabulary::MEMORY_PER_WORKER_MB,
    vocabulary::SCALE_MIN,
    vocabulary::SCALE_MAX,
    vocabulary::CONNECTIONS_PER_PROCESS,
];

/// Those that follow from the plan.
const OF_PLAN: &[FactId] =
    &[vocabulary::MACHINE_CPUS, vocabulary::MACHINE_MEMORY_MB, vocabulary::MACHINE_PRICE_USD_MONTH];

/// Adds what the plans of these processes take for granted.
pub(super) fn collect(
    acc: &mut BTreeSet<Assumption>,
    deployment: &Deployment,
    processes: &[ProcessPlan],
    request: &Request,
) {
    for plan in processes {
        let Some(process) = deployment.processes.iter().find(|it| it.name.value == plan.name)
        else {
            continue;
        };
        let machine = process.facts.get(vocabulary::MACHINE_PLAN);
        let plan_is_assumed = machine.is_some_and(|it| it.origin.kind == OriginKind::Assumed);
        // Who states the plan states what it brings.
        let used = USED.iter().filter(|it| !(plan_is_assumed && OF_PLAN.contains(it)));
        for (id, fact) in used.filter_map(|id| Some((*id, process.facts.get(*id)?))) {
            behind(acc, &deployment.manifest, &plan.name, id.name(), fact);
        }
    }
    let has_requests = processes.iter().any(|it| !it.figures.throughput.is_empty());
    if has_requests && request.cpu_time_s.is_none() {
        acc.insert(Assumption {
            text: format!("{} ms of CPU in a request", CPU_TIME_S * 1_000.0),
            settle_with: "`--cpu-time`".to_owned(),
        });
    }
}

fn behind(acc: &mut BTreeSet<Assumption>, manifest: &str, process: &str, name: &str, fact: &Fact) {
    if fact.origin.kind == OriginKind::Assumed {
        let settle_with = settle(manifest, process, name);
        // What nobody can state is said with the name of what it is about.
        let text = match settle_with.is_empty() && *name != fact.origin.source {
            true => format!("`{name}`: {}", fact.origin.source),
            false => fact.origin.source.clone(),
        };
        acc.insert(Assumption { text, settle_with });
    }
    for input in &fact.origin.inputs {
        behind(acc, manifest, process, &input.name, &input.fact);
    }
}

/// What the user can write to replace an assumption.
fn settle(manifest: &str, process: &str, name: &str) -> String {
    let Some(id) = FactId::from_name(name) else {
        return match name.strip_prefix('$') {
            Some(variable) => format!("`{variable}` under `[env]` in opslint.toml"),
            None => String::new(),
        };
    };
    match id {
        vocabulary::PLATFORM => statement("platform", manifest, None),
        vocabulary::MACHINE_PLAN => statement("plan", manifest, Some(process)),
        vocabulary::SCALE_MIN | vocabulary::SCALE_MAX => {
            statement("instances", manifest, Some(process))
        }
        id => statement(id.name(), manifest, Some(process)),
    }
}

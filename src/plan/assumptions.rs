//! What a plan takes for granted: everything assumed behind the facts that its numbers come from.

use std::collections::BTreeMap;

use super::request::{CPU_TIME_S, Request};
use super::{Assumption, FunctionPlan, ProcessPlan};
use crate::fact::{Fact, OriginKind};
use crate::project::Deployment;
use crate::vocabulary::{self, FactId, Scope};

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
    vocabulary::MEMORY_NEEDED_MB,
    vocabulary::SCALE_MIN,
    vocabulary::SCALE_MAX,
    vocabulary::CONNECTIONS_PER_PROCESS,
];

/// Those that follow from the plan.
const OF_PLAN: &[FactId] =
    &[vocabulary::MACHINE_CPUS, vocabulary::MACHINE_MEMORY_MB, vocabulary::MACHINE_PRICE_USD_MONTH];

/// The most processes that are named where one assumption is about several.
const NAMED_MAX: usize = 3;

/// Assumptions while they are collected: one about several processes is said once.
#[derive(Debug, Default)]
pub(super) struct Assumed(BTreeMap<(String, Place), Said>);

/// Where an assumption can be settled: the manifest, and the name of what is stated.
type Place = (String, String);

/// How to settle it for the first process, and which others it is about.
#[derive(Debug)]
struct Said {
    settle_with: String,
    processes: Vec<String>,
}

impl Assumed {
    /// About no process in particular.
    fn insert(&mut self, it: Assumption) {
        let place = (String::new(), it.settle_with.clone());
        let said = Said { settle_with: it.settle_with, processes: Vec::new() };
        self.0.entry((it.text, place)).or_insert(said);
    }

    fn about(&mut self, process: &str, place: Place, it: Assumption) {
        let said = Said { settle_with: it.settle_with, processes: Vec::new() };
        let said = self.0.entry((it.text, place)).or_insert(said);
        if !said.processes.iter().any(|it| it == process) {
            said.processes.push(process.to_owned());
        }
    }

    /// Each of them once, in the order of their texts.
    pub(super) fn into_all(self) -> Vec<Assumption> {
        let one = |((text, _), it): ((String, Place), Said)| Assumption {
            text,
            settle_with: it.settle_with + &and_others(it.processes.get(1..).unwrap_or_default()),
        };
        self.0.into_iter().map(one).collect()
    }
}

fn and_others(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let named: Vec<String> = names.iter().take(NAMED_MAX).map(|it| format!("`{it}`")).collect();
    match names.len().saturating_sub(NAMED_MAX) {
        0 => format!("; the same for {}", named.join(", ")),
        more => format!("; the same for {} and {more} more", named.join(", ")),
    }
}

/// Adds what the plans of these processes take for granted.
pub(super) fn collect(
    acc: &mut Assumed,
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
            behind(acc, deployment, &plan.name, id.name(), fact);
        }
    }
    let has_requests = processes.iter().any(|it| !it.figures.throughput.is_empty());
    if has_requests && request.cpu_time_s.is_none() {
        cpu_time(acc);
    }
    let by_use = |it: &ProcessPlan| it.figures.price.is_ok() && it.figures.price_each.is_err();
    if request.requests_per_minute.is_none() && processes.iter().any(by_use) {
        acc.insert(Assumption {
            text: "what is billed by use works from not at all to as much as is comfortable"
                .to_owned(),
            settle_with: "`--requests`".to_owned(),
        });
    }
}

/// Adds what the plans of these functions take for granted.
pub(super) fn of_functions(
    acc: &mut Assumed,
    deployment: &Deployment,
    functions: &[FunctionPlan],
    request: &Request,
) {
    for plan in functions {
        let process = deployment.processes.iter().find(|it| it.name.value == plan.name);
        let fact = process.and_then(|it| it.facts.get(vocabulary::FUNCTION_MEMORY_MB));
        if let Some(fact) = fact {
            let name = vocabulary::FUNCTION_MEMORY_MB.name();
            behind(acc, deployment, &plan.name, name, fact);
        }
    }
    if functions.iter().any(|it| !it.figures.calls.is_empty()) && request.cpu_time_s.is_none() {
        cpu_time(acc);
    }
    let worker = functions.iter().filter(|it| it.figures.needed_mb.is_err());
    if let Some(it) = worker.flat_map(|it| &it.instances).next() {
        acc.insert(Assumption {
            text: format!("{} MB per worker of machines beside functions", it.worker_mb),
            settle_with: "`opslint measure`".to_owned(),
        });
    }
}

fn cpu_time(acc: &mut Assumed) {
    acc.insert(Assumption {
        text: format!("{} ms of CPU in a request", CPU_TIME_S * 1_000.0),
        settle_with: "`--cpu-time`".to_owned(),
    });
}

fn behind(acc: &mut Assumed, deployment: &Deployment, process: &str, name: &str, fact: &Fact) {
    if fact.origin.kind == OriginKind::Assumed {
        let settle_with = settle(deployment, process, name);
        // What nobody can state is said with the name of what it is about.
        let text = match settle_with.is_empty() && *name != fact.origin.source {
            true => format!("`{name}`: {}", fact.origin.source),
            false => fact.origin.source.clone(),
        };
        let place = (deployment.manifest.clone(), stated_as(name).to_owned());
        let assumption = Assumption { text, settle_with };
        match is_of_process(name) {
            true => acc.about(process, place, assumption),
            false => acc.insert(assumption),
        }
    }
    for input in &fact.origin.inputs {
        behind(acc, deployment, process, &input.name, &input.fact);
    }
}

/// Whether it is stated of one process.
fn is_of_process(name: &str) -> bool {
    FactId::from_name(name).is_some_and(|it| it.def().scope == Scope::Process)
}

/// The name under which this is stated: facts that one statement settles are one assumption.
fn stated_as(name: &str) -> &str {
    match FactId::from_name(name) {
        Some(vocabulary::SCALE_MIN | vocabulary::SCALE_MAX) => "instances",
        Some(vocabulary::MACHINE_PLAN) => "plan",
        _ => name,
    }
}

/// What the user can write to replace an assumption.
fn settle(deployment: &Deployment, process: &str, name: &str) -> String {
    let Some(id) = FactId::from_name(name) else {
        return match name.strip_prefix('$') {
            Some(variable) => format!("`{variable}` under `[env]` in opslint.toml"),
            None => String::new(),
        };
    };
    let process = Some(process).filter(|_| id != vocabulary::PLATFORM);
    deployment.home.statement(stated_as(id.name()), &deployment.manifest, process)
}

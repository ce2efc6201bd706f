//! A machine that is taken for granted, and that the project's own numbers speak against: a heap
//! that is larger than its memory, workers that are let grow to more.

use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::project::{Lookup, Process};
use crate::vocabulary as v;

/// What is taken for granted of a machine.
const MACHINE: &[v::FactId] = &[v::MACHINE_PLAN, v::MACHINE_MEMORY_MB, v::MACHINE_CPUS];

/// Forgets the machine that is taken for granted where the files give a process more memory than it
/// has: whoever wrote them has another one. Where a plan is taken for all processes, the others have
/// none, either: one app has its dynos of one kind.
pub(super) fn machines(processes: &mut [Process]) {
    let contradicted: Vec<Option<String>> = processes.iter().map(contradiction).collect();
    let of_plan = |it: &Process| it.facts.get(v::MACHINE_PLAN).is_some_and(is_assumed);
    let shared = std::iter::zip(&contradicted, processes.iter())
        .find_map(|(reason, it)| reason.clone().filter(|_| of_plan(it)));
    for (own, it) in std::iter::zip(contradicted, processes) {
        let reason = own.or_else(|| shared.clone().filter(|_| of_plan(it)));
        if let Some(reason) = reason {
            forget(it, &reason);
        }
    }
}

/// Why a process does not run on the machine that is taken for granted.
fn contradiction(process: &Process) -> Option<String> {
    let memory = process.facts.get(v::MACHINE_MEMORY_MB)?;
    let memory = Some(memory).filter(|it| is_assumed(it) || rests_on_machine(it))?;
    let machine_mb = memory.value()?.as_number()?;
    let (needed_mb, what) = needed(process)?;
    (needed_mb > machine_mb).then(|| {
        format!("its files let {what} have {needed_mb} MB, and the usual machine has {machine_mb}")
    })
}

/// The memory that the files of a process give to it, and to what of it.
fn needed(process: &Process) -> Option<(f64, &'static str)> {
    let number = |it: Option<&Fact>| it.and_then(Fact::value)?.as_number();
    let heap = number(process.facts.get(v::RUNTIME_HEAP_MB)).or_else(|| node_heap(process));
    let heap = heap.map(|it| (it, "the heap"));
    let each = number(process.settings.get("reload-on-rss"));
    let workers = number(process.facts.get(v::WORKERS));
    let rss = each.zip(workers).map(|(each, workers)| (each * workers, "the workers together"));
    heap.or(rss)
}

/// The heap that `NODE_OPTIONS` gives to Node.js, whatever the image starts.
fn node_heap(process: &Process) -> Option<f64> {
    let Lookup::Set(options) = process.environment.get("NODE_OPTIONS") else { return None };
    let mut words = options.text()?.split_whitespace();
    words.find_map(|it| {
        let (name, value) = it.split_once('=')?;
        (name.replace('_', "-") == "--max-old-space-size").then(|| value.parse().ok())?
    })
}

fn is_assumed(fact: &Fact) -> bool {
    fact.origin.kind == OriginKind::Assumed
}

/// Whether a fact is such an assumption, or made of one.
fn rests_on_machine(fact: &Fact) -> bool {
    let is_one = |name: &str, it: &Fact| {
        is_assumed(it) && v::FactId::from_name(name).is_some_and(|id| MACHINE.contains(&id))
    };
    fact.origin.inputs.iter().any(|it| is_one(&it.name, &it.fact) || rests_on_machine(&it.fact))
}

fn forget(process: &mut Process, reason: &str) {
    let unknown = || Unknown::new(reason, "`plan` or `machine.memory_mb` in opslint.toml");
    for (id, fact) in process.facts.iter_mut() {
        if MACHINE.contains(&id) && is_assumed(fact) || rests_on_machine(fact) {
            *fact = Fact::unknown(unknown(), Origin::new(OriginKind::Default, "the usual machine"));
        }
    }
}

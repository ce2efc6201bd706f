//! What the rows of a plan for people say.

use super::words::{counted, duration, limit, money_range, number, number_range, percent, verdict};
use crate::fact::Unknown;
use crate::plan::{Bounds, Choice, DeploymentPlan, Figures, Throughput};
use crate::report::text::{cut, one_line};

/// Dollars a month with one instance of each process.
pub(super) fn price_of_one_each(it: &DeploymentPlan) -> Option<Bounds> {
    let mut each = it.processes.iter().map(|it| it.figures.price_each.as_ref().ok());
    each.try_fold(Bounds::exact(0.0), |total, it| Some(total.plus(*it?)))
}

pub(super) fn machine(name: &str, it: &Figures) -> String {
    let count = match (it.instances.min, it.instances.max) {
        (Some(min), Some(max)) if min == max => format!(" × {}", number(max)),
        (Some(min), Some(max)) => format!(" × {}..{}", number(min), number(max)),
        _ => " × ?".to_owned(),
    };
    let plan = it.machine.plan.as_deref().unwrap_or("machine");
    let memory = it.machine.memory_mb.map(|it| format!("{} MB", number_range(it)));
    let kind = it.machine.cpu_kind.as_deref().filter(|it| *it != "quota").unwrap_or_default();
    let noun = if it.machine.cpus.is_some_and(|it| it.max > 1.0) { "CPUs" } else { "CPU" };
    let cpu = match (it.machine.cpus.map(number_range), kind) {
        (None, "") => None,
        (None, kind) => Some(format!("{kind} CPU")),
        (Some(cpus), "") => Some(format!("{cpus} {noun}")),
        (Some(cpus), kind) => Some(format!("{cpus} {kind} {noun}")),
    };
    let has: Vec<String> = memory.into_iter().chain(cpu).collect();
    format!("{name}   {}{count}   {}", cut(plan, 30), has.join(", "))
}

pub(super) fn each(it: &Figures) -> String {
    match &it.price_each {
        Ok(usd) => format!("{} each", money_range(*usd)),
        Err(_) => String::new(),
    }
}

pub(super) fn memory(it: &Figures) -> String {
    let memory = &it.memory;
    let (Ok(needed), Some(has)) = (&memory.needed_mb, it.machine.memory_mb) else {
        let unknown = memory.percent.as_ref().err().or(memory.needed_mb.as_ref().err());
        return unknown.map(not_known).unwrap_or_default();
    };
    let share = memory.percent.as_ref().map(|it| {
        let (min, max) = (percent(it.min), percent(it.max));
        if min == max { format!(" ({min})") } else { format!(" ({min} to {max})") }
    });
    let mut text = format!(
        "{} of {} MB{}",
        number_range(*needed),
        number_range(has),
        share.unwrap_or_default()
    );
    if let Some(verdict) = verdict(memory) {
        text += &format!(": {verdict}");
    }
    if let (Some(workers), Some(each)) = (it.workers, memory.per_worker_mb) {
        let assumed = match (memory.is_assumed, memory.is_measured) {
            (true, _) => ", assumed",
            (_, true) => ", measured",
            _ => "",
        };
        let room = memory.room_for.map(|it| format!("; room for {it}")).unwrap_or_default();
        text += &format!(
            "; {} at {} MB{assumed}{room}",
            counted(workers, "worker"),
            number_range(each)
        );
    }
    text
}

/// The parent, where it holds the application beside the workers that are counted.
pub(super) fn parent(it: &Figures) -> Option<String> {
    let of_worker = it.memory.per_worker_mb?;
    let mut parts = it.memory.parts.iter().filter(|it| !it.is_counted);
    let parent = parts.find(|it| it.each_mb == of_worker)?;
    Some(format!(
        "the parent loads the application, too: up to {} MB more, less what its children share",
        number_range(parent.each_mb)
    ))
}

/// What limits the requests at each response time, said once where it is the same.
pub(super) fn limits(all: &[Throughput]) -> String {
    let mut groups: Vec<(&'static str, Vec<String>)> = Vec::new();
    for it in all {
        let name = limit(it.limited_by);
        match groups.iter_mut().find(|(other, _)| *other == name) {
            Some((_, times)) => times.push(duration(it.response_s)),
            None => groups.push((name, vec![duration(it.response_s)])),
        }
    }
    match groups.as_slice() {
        [(name, _)] => (*name).to_owned(),
        groups => groups
            .iter()
            .map(|(name, times)| format!("{name} at {}", times.join(" and ")))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

pub(super) fn notes(it: &Choice) -> String {
    let mut notes = Vec::new();
    if !it.breaks.is_empty() {
        notes.push(format!("breaks {}", it.breaks.join(", ")));
    }
    if it.is_enough == Some(false) {
        notes.push("not enough".to_owned());
    }
    notes.extend(it.note.clone());
    one_line(&notes.join("; "))
}

pub(super) fn not_known(unknown: &Unknown) -> String {
    match unknown.settle_with.as_str() {
        "" => format!("not known: {}", unknown.reason),
        settle => format!("not known: {}; settle it with {settle}", unknown.reason),
    }
}

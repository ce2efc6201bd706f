//! A process in a few named texts: the rows of tables, and what differences are told by.

use super::difference;
use super::words::{duration, money_range, number, number_range, percent, verdict};
use crate::plan::{DeploymentPlan, Figures, Verdict};

/// Something about a process, and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aspect {
    /// What it is.
    pub(super) name: &'static str,
    /// How it is.
    pub(super) text: String,
}

/// Of a deployment as a whole.
pub(super) fn of_deployment(it: &DeploymentPlan) -> Vec<Aspect> {
    vec![Aspect { name: "price a month", text: difference::price(it) }]
}

/// Of a process; what is not known is left out.
pub(super) fn of_process(it: &Figures) -> Vec<Aspect> {
    let mut all = Vec::new();
    let mut add = |name, text: Option<String>| {
        all.extend(text.map(|text| Aspect { name, text }));
    };
    add("machine", Some(machine(it)));
    add("price a month", it.price.as_ref().ok().map(|it| money_range(*it)));
    add("memory", memory(it));
    add("slots", it.slots.as_ref().ok().map(|it| number_range(*it)));
    add("requests a minute", requests(it));
    add("database connections", connections(it));
    all
}

fn machine(it: &Figures) -> String {
    let plan = it.machine.plan.as_deref().unwrap_or("machine");
    match (it.instances.min, it.instances.max) {
        (Some(min), Some(max)) if min == max => format!("{} × {plan}", number(max)),
        (Some(min), Some(max)) => format!("{} to {} × {plan}", number(min), number(max)),
        _ => plan.to_owned(),
    }
}

fn memory(it: &Figures) -> Option<String> {
    let needed = it.memory.needed_mb.as_ref().ok()?;
    let share = it.memory.percent.as_ref().ok()?;
    let has = it.machine.memory_mb?;
    let verdict = match it.memory.verdict {
        Verdict::DoesNotFit => ": **does not fit**".to_owned(),
        _ => verdict(&it.memory).map(|it| format!(": {it}")).unwrap_or_default(),
    };
    let (needed, has) = (number_range(*needed), number_range(has));
    Some(format!("{needed} of {has} MB ({}){verdict}", percent(share.max)))
}

fn requests(it: &Figures) -> Option<String> {
    let all = it.throughput.iter();
    let all = all.map(|it| format!("{} at {}", number_range(it.most), duration(it.response_s)));
    let text = all.collect::<Vec<_>>().join(" · ");
    (!text.is_empty()).then_some(text)
}

fn connections(it: &Figures) -> Option<String> {
    let needed = it.connections.needed.as_ref().ok()?;
    let of = it.connections.available.map(|it| format!(" of {}", number(it)));
    Some(number_range(*needed) + &of.unwrap_or_default())
}

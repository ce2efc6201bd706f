//! What would have to be stated for a size, and how it is called in a few words.

use super::{Candidate, Size, Sizing};
use crate::fact::Value;
use crate::platforms::Plan;

/// The statements that make a size of what there is.
pub(super) fn candidate(now: &Sizing<'_>, size: &Size<'_>) -> Candidate {
    let mut with = Vec::new();
    let mut state = |name: &str, value: Value| with.push((name.to_owned(), value));
    if let Some(plan) = size.plan {
        state("plan", Value::Text(plan.name.clone()));
    }
    let has_other_count = f64::from(size.instances) != now.instances.min;
    let has_count = now.instances_are_known || now.request.requests_per_minute.is_some();
    if has_count && (has_other_count || size.plan.is_some()) {
        match now.instances.is_exact() || now.request.requests_per_minute.is_some() {
            true => state("instances", Value::Int(i64::from(size.instances))),
            false => {
                state("scale.min", Value::Int(i64::from(size.instances)));
                state("scale.max", Value::Int(most_of(now, size)));
            }
        }
    }
    if size.workers != now.workers || size.plan.is_some() && !now.is_single {
        state("workers", Value::Int(i64::from(size.workers)));
    }
    let has_threads = size.threads > now.threads;
    if size.threads != now.threads {
        state("threads", Value::Int(i64::from(size.threads)));
    }
    if has_threads {
        state("worker_class", Value::Text("gthread".to_owned()));
    }
    let note = match () {
        () if has_threads => Some("only if the application is thread-safe".to_owned()),
        () if size.instances == 1 && now.instances.min >= 2.0 => Some("no redundancy".to_owned()),
        () if size.plan.is_none() && size.workers < now.workers => now.more_would_fit(size.workers),
        () => None,
    };
    let needs_care = has_threads || size.instances == 1 && now.instances.min >= 2.0;
    let label = label(now, size, has_other_count);
    Candidate { label, with, note, needs_care, is_for_database: false }
}

/// A plan by its name; with its memory, where that is what differs.
fn named(now: &Sizing<'_>, size: &Size<'_>, plan: &Plan) -> String {
    let is_same = size.plan.is_some() && now.plan.is_some_and(|it| it.name == plan.name);
    match plan.memory_mb.as_ref().filter(|_| is_same) {
        Some(memory) => format!("{} of {} MB", plan.name, memory.value),
        None => plan.name.clone(),
    }
}

/// `2`, or `2..6` where instances are added by load.
fn instances_of(now: &Sizing<'_>, size: &Size<'_>) -> String {
    match now.instances.is_exact() || now.request.requests_per_minute.is_some() {
        true => size.instances.to_string(),
        false => format!("{}..{}", size.instances, most_of(now, size)),
    }
}

/// The most instances, with as many more beside the fewest as there are now.
fn most_of(now: &Sizing<'_>, size: &Size<'_>) -> i64 {
    (f64::from(size.instances) * now.instances.max / now.instances.min).ceil() as i64
}

pub(super) fn label(now: &Sizing<'_>, size: &Size<'_>, has_other_count: bool) -> String {
    let plural = |count: u32, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let of_program = match size.threads {
        1 => plural(size.workers, "worker"),
        threads => format!("{} × {}", plural(size.workers, "worker"), plural(threads, "thread")),
    };
    match size.plan.or(now.plan) {
        _ if size.plan.is_none() && !has_other_count && size.threads == now.threads => {
            format!("workers = {}", size.workers)
        }
        _ if size.plan.is_none() && !has_other_count => of_program,
        Some(plan) if !now.instances_are_known && size.instances == 1 => {
            format!("{}, {of_program}", named(now, size, plan))
        }
        Some(plan) => {
            format!("{} × {}, {of_program}", instances_of(now, size), named(now, size, plan))
        }
        None => format!("{} instances, {of_program}", size.instances),
    }
}

//! What Amazon ECS refuses of a task definition, beside values of another type, which the table of keys
//! knows: sizes that Fargate does not have, and settings that its tasks cannot have.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>

use super::{Task, cpu_units, megabytes};
use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::draft::Context;
use crate::manifests::read;
use crate::manifests::sizes::{self, Asked, Offer, refused};
use crate::platforms::Platform;

/// The platform whose tasks are those of Fargate, and which lists their sizes.
pub(in crate::manifests) const SIZED: &str = "apppack";

/// Says what is refused of a task.
pub(super) fn check(context: &mut Context<'_, '_>, task: &Task<'_>) {
    if task.is_on_fargate() {
        let sizes = context.catalog.platform(SIZED);
        let found = sizes.and_then(|it| size(it, task));
        context.acc.extend(found.or_else(|| without_size(task)));
        context.acc.extend(network_mode(task));
    }
    for container in task.containers {
        context.acc.extend(memory(task, container));
        context.acc.extend(ports(task, container));
        if task.is_on_fargate() {
            context.acc.extend(privileged(container));
        }
    }
}

/// The sizes of Fargate, as a task definition writes them.
pub(in crate::manifests) fn fargate(sizes: &Platform, memory: fn(u32) -> String) -> Offer<'_> {
    Offer { sizes, host: "Fargate", machine: ["a task", "tasks"], memory }
}

/// Memory that does not go with the CPUs.
fn size(sizes: &Platform, task: &Task<'_>) -> Option<Diagnostic> {
    let (cpu, memory) = (task.root.get("cpu")?, task.root.get("memory")?);
    let cpus = cpu_units(cpu).number()? / 1024.0;
    let asked = Asked { cpu, cpus, memory, memory_mb: megabytes(memory).number()? };
    sizes::check(&fargate(sizes, |it| format!("\"memory\": \"{it}\"")), &asked)
}

fn without_size(task: &Task<'_>) -> Option<Diagnostic> {
    let lacking = ["cpu", "memory"].into_iter().find(|it| task.root.get(it).is_none())?;
    let at = task.root.get("requiresCompatibilities")?;
    let message = format!("a task on Fargate needs `{lacking}`");
    let help = format!("write `{lacking}` beside `requiresCompatibilities`");
    Some(refused("missing-key", at, message, help))
}

/// Fargate has one kind of network, and the one that is taken where none is named is another.
fn network_mode(task: &Task<'_>) -> Option<Diagnostic> {
    let mode = task.root.get("networkMode");
    let name = mode.and_then(Node::as_str);
    if name == Some("awsvpc") || mode.is_some() && name.is_none() {
        return None;
    }
    let at = mode.or_else(|| task.root.get("requiresCompatibilities"))?;
    let message = "a task on Fargate has `networkMode` `awsvpc` and no other".to_owned();
    let help = "write `\"networkMode\": \"awsvpc\"`".to_owned();
    Some(refused("value-not-allowed", at, message, help))
}

/// A container that may take more than its task has, or that is promised more than it may take.
fn memory(task: &Task<'_>, container: &Node) -> Option<Diagnostic> {
    let most = container.get("memory")?;
    let limit = read::int(most)?;
    let of_task = task.root.get("memory").and_then(|it| Some((it, megabytes(it).number()?)));
    if let Some((whole, all)) = of_task.filter(|it| limit as f64 > it.1) {
        let message = format!("a container may take {limit} MB of a task with {all} MB");
        let help = "give the container at most what the task has".to_owned();
        let found = refused("contradicting-keys", most, message, help);
        return Some(found.with_related(whole.span, "the task"));
    }
    let kept = container.get("memoryReservation")?;
    let reserved = read::int(kept).filter(|it| *it > limit)?;
    let message = format!("{reserved} MB are reserved for a container that may take {limit} MB");
    let help = "reserve less than `memory`".to_owned();
    let found = refused("contradicting-keys", kept, message, help);
    Some(found.with_related(most.span, "what it may take"))
}

/// A container with a network of its own has no other ports of the host, and no links.
fn ports(task: &Task<'_>, container: &Node) -> Option<Diagnostic> {
    if task.root.get("networkMode").and_then(Node::as_str) != Some("awsvpc") {
        return None;
    }
    let list = |key: &str| container.get(key).filter(|it| !it.elements().is_empty());
    if let Some(links) = list("links") {
        let message = "`links` are not for `networkMode` `awsvpc`".to_owned();
        let help = "remove them: containers of one task reach each other at `localhost`".to_owned();
        return Some(refused("contradicting-keys", links, message, help));
    }
    let mappings = list("portMappings").map(Node::elements).unwrap_or_default();
    mappings.iter().find_map(|mapping| {
        let host = mapping.get("hostPort")?;
        let (own, other) = (read::int(mapping.get("containerPort")?)?, read::int(host)?);
        // Zero leaves it to ECS.
        if own == other || other == 0 {
            return None;
        }
        let message = format!(
            "`hostPort` is {other} and `containerPort` {own}, and in `awsvpc` they are one"
        );
        Some(refused("contradicting-keys", host, message, "remove `hostPort`".to_owned()))
    })
}

fn privileged(container: &Node) -> Option<Diagnostic> {
    let node = container.get("privileged").filter(|it| it.as_bool() == Some(true))?;
    let message = "no container is privileged on Fargate".to_owned();
    Some(refused("value-not-allowed", node, message, "remove it".to_owned()))
}

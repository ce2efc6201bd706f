//! What Copilot refuses of a manifest, beside values of another type, which the table of keys knows, and
//! sizes that Fargate and App Runner do not have.
//!
//! An environment may bring what the rest lacks, so each is looked at with what stands over it.
//!
//! Source: internal/pkg/manifest/validate.go.

use super::limits::numbers;
use super::overrides::Overrides;
use super::{Type, Workload};
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::draft::Context;
use crate::manifests::ecs::refused::{SIZED, fargate};
use crate::manifests::read;
use crate::manifests::sizes::{self, Asked, Offer, refused};

/// What tasks are scaled by.
const BY_LOAD: &[&str] =
    &["cpu_percentage", "memory_percentage", "requests", "response_time", "queue_delay"];

/// Says what is refused of a workload.
pub(super) fn check(
    context: &mut Context<'_, '_>,
    workload: &Workload<'_>,
    overrides: &Overrides<'_>,
) {
    let found = [
        image(workload),
        port(workload),
        http(workload),
        schedule(workload),
        count(workload),
        size(context, workload).filter(|_| !overrides.replace_size()),
    ];
    context.acc.extend(found.into_iter().flatten());
    context.acc.extend(targets(workload));
}

/// Whether a key says something.
fn is_set(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null => false,
        NodeKind::String(text) => !text.value.is_empty(),
        NodeKind::Map(entries) => !entries.is_empty(),
        _ => true,
    }
}

/// The image is built, or it is in a registry.
fn image(workload: &Workload<'_>) -> Option<Diagnostic> {
    let key = |key: &str| workload.root.at(&["image", key]).filter(|it| is_set(it));
    let at = workload.get("image").or_else(|| workload.get("type"))?;
    match (key("build"), key("location")) {
        (Some(build), Some(location)) => {
            let message = "`image` has a Dockerfile to build and an image of a registry, and \
                           Copilot takes one of them"
                .to_owned();
            let help = "remove `build` or `location`".to_owned();
            let found = refused("contradicting-keys", location, message, help);
            Some(found.with_related(build.span, "what is built"))
        }
        (None, None) => {
            let message = "the manifest names no image, so Copilot refuses it".to_owned();
            let help = "write the path of a Dockerfile as `build` under `image`".to_owned();
            Some(refused("missing-key", at, message, help))
        }
        _ => None,
    }
}

/// A service that gets requests from outside needs a port.
fn port(workload: &Workload<'_>) -> Option<Diagnostic> {
    let is_needed = matches!(workload.what, Type::LoadBalanced | Type::RequestDriven);
    let image = workload.get("image").filter(|it| is_needed && is_set(it))?;
    if image.get("port").is_some_and(is_set) {
        return None;
    }
    let message = "`image` has no `port`, and Copilot refuses a web service without one".to_owned();
    let help = "write the port that the server listens on as `port` under `image`".to_owned();
    Some(refused("missing-key", image, message, help))
}

/// A load balancer forwards by a path.
fn http(workload: &Workload<'_>) -> Option<Diagnostic> {
    let Some(node) = workload.get("http").filter(|it| is_set(it)) else {
        let at = workload.get("type").filter(|_| workload.what == Type::LoadBalanced)?;
        let message = "Copilot refuses a load-balanced service without `http`".to_owned();
        let help = "write `http` with `path: '/'`, or `http: false` with `nlb`".to_owned();
        return Some(refused("missing-key", at, message, help));
    };
    if workload.what == Type::LoadBalanced
        && node.as_bool() == Some(false)
        && workload.get("nlb").is_none()
    {
        let message = "the service has neither `http` nor `nlb`, so nothing sends it requests";
        let help = "write `nlb` with a `port`, or make it a `Backend Service`".to_owned();
        return Some(refused("missing-key", node, message.to_owned(), help));
    }
    let is_balanced = matches!(workload.what, Type::LoadBalanced | Type::Backend);
    if !is_balanced || node.entries().is_empty() || node.get("path").is_some_and(is_set) {
        return None;
    }
    let message = "`http` has no `path`, so the load balancer knows no requests for it".to_owned();
    let help = "write `path: '/'` under `http`".to_owned();
    Some(refused("missing-key", node, message, help))
}

/// Requests go to the main container or to a sidecar: those of `http` and its rules, and those of
/// `nlb` and its listeners.
fn targets(workload: &Workload<'_>) -> Vec<Diagnostic> {
    if workload.what != Type::LoadBalanced {
        return Vec::new();
    }
    let parts = [("http", "additional_rules"), ("nlb", "additional_listeners")];
    let parts = parts.into_iter().filter_map(|(key, more)| Some((workload.get(key)?, more)));
    let all = parts.flat_map(|(part, more)| {
        let more = part.get(more).map(Node::elements).unwrap_or_default();
        std::iter::once(part).chain(more)
    });
    all.filter_map(|it| target(workload, it)).collect()
}

fn target(workload: &Workload<'_>, part: &Node) -> Option<Diagnostic> {
    let node = part.get("target_container").or_else(|| part.get("targetContainer"))?;
    let name = read::plain_text(node).filter(|it| it != workload.name())?;
    let sidecars = workload.get("sidecars").map(Node::entries).unwrap_or_default();
    if sidecars.iter().any(|it| it.key.value == name) {
        return None;
    }
    let message = format!("requests go to the container `{name}`, which is none of `sidecars`");
    let all: Vec<String> = sidecars.iter().map(|it| format!("`{}`", it.key.value)).collect();
    let help = match all.is_empty() {
        true => "remove `target_container`, or describe the sidecar".to_owned(),
        false => format!("write {}, or remove `target_container`", all.join(" or ")),
    };
    Some(refused("name-not-defined", node, message, help))
}

/// A job runs when its schedule says.
fn schedule(workload: &Workload<'_>) -> Option<Diagnostic> {
    if workload.what != Type::Job || workload.root.at(&["on", "schedule"]).is_some_and(is_set) {
        return None;
    }
    let at = workload.get("on").or_else(|| workload.get("type"))?;
    let message = "the job has no `schedule`, so Copilot refuses it".to_owned();
    let help = "write `schedule: '@daily'` under `on`".to_owned();
    Some(refused("missing-key", at, message, help))
}

/// Bounds for the number of tasks, and what they are scaled by.
fn count(workload: &Workload<'_>) -> Option<Diagnostic> {
    let count = workload.get("count").filter(|_| workload.what != Type::RequestDriven)?;
    if count.entries().is_empty() {
        return None;
    }
    let by_load = BY_LOAD.iter().find_map(|it| count.get(it).filter(|it| is_set(it)));
    let range = count.get("range").filter(|it| is_set(it));
    let spot = count.get("spot").filter(|it| is_set(it));
    if let (Some(spot), Some(other)) = (spot, range.or(by_load)) {
        let message = "`count` has a fixed number on spot capacity and is scaled by load, and \
                       Copilot takes one of them"
            .to_owned();
        let help = "remove `spot`, or write `spot_from` under `range`".to_owned();
        let found = refused("contradicting-keys", spot, message, help);
        return Some(found.with_related(other.span, "scaled by load"));
    }
    match (range, by_load) {
        (None, Some(node)) => {
            let message = "tasks are scaled by load without bounds, which Copilot refuses";
            let help = "write `range: 1-10` under `count`".to_owned();
            Some(refused("missing-key", node, message.to_owned(), help))
        }
        (Some(range), None) => {
            let message = "`range` has bounds, and nothing says what tasks are scaled by";
            let help = "write `cpu_percentage: 70` under `count`".to_owned();
            Some(refused("missing-key", range, message.to_owned(), help))
        }
        (Some(range), Some(_)) => self::range(range),
        (None, None) => None,
    }
}

/// `1-10`, the smaller number first.
fn range(range: &Node) -> Option<Diagnostic> {
    let (min, max) = match range.entries().is_empty() {
        false => (read::int(range.get("min")?)?, read::int(range.get("max")?)?),
        true => {
            let text = read::plain_text(range)?;
            let Some(numbers) = numbers(range) else {
                let message = format!("`{}` is no range of numbers", read::shown(&text));
                let help = "write the least and the most tasks: `range: 1-10`".to_owned();
                return Some(refused("value-not-allowed", range, message, help));
            };
            numbers
        }
    };
    (min > max).then(|| {
        let message = format!("at least {min} tasks are more than at most {max}");
        refused("value-not-allowed", range, message, format!("write `{max}-{min}`"))
    })
}

/// Memory that does not go with the CPUs. What is not written has the default.
fn size(context: &Context<'_, '_>, workload: &Workload<'_>) -> Option<Diagnostic> {
    let (cpu, memory) = (workload.get("cpu"), workload.get("memory"));
    let row = context.catalog.platform(workload.what.platform())?.default_machine("web")?;
    let number = |node: Option<&Node>| node.map(|it| it.as_int().map(|it| it as f64));
    let cpus = match number(cpu) {
        Some(units) => units? / 1024.0,
        None => row.cpus.as_ref()?.value,
    };
    let memory_mb = match number(memory) {
        Some(number) => number?,
        None => f64::from(row.memory_mb.as_ref()?.value),
    };
    let asked = Asked { cpu: cpu.or(memory)?, cpus, memory: memory.or(cpu)?, memory_mb };
    let written = |it: u32| format!("memory: {it}");
    match workload.what {
        Type::RequestDriven => {
            let sizes = context.catalog.platform(workload.what.platform())?;
            let machine = ["an instance", "instances"];
            sizes::check(&Offer { sizes, host: "App Runner", machine, memory: written }, &asked)
        }
        _ => sizes::check(&fargate(context.catalog.platform(SIZED)?, written), &asked),
    }
}

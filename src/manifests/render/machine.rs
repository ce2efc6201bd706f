//! The machine of a service: its plan, and how many instances run.

use crate::document::Node;
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::{catalog, read};
use crate::platforms::{Plan, Platform};
use crate::project::Facts;
use crate::vocabulary;

use super::{PLATFORM, headline};

/// The plan of a service: the one that is written, else the one that Render takes.
pub(super) fn plan<'p>(platform: &'p Platform, service: &Node, kind: &str) -> Option<&'p Plan> {
    match service.get("plan").and_then(Node::as_str) {
        Some(name) => platform.plan(name, kind),
        None => catalog::default_plan(platform, kind),
    }
}

/// Machine and scale of a service.
pub(super) fn facts(context: &Context<'_, '_>, service: &Node, kind: &str) -> Facts {
    let mut facts = Facts::new();
    let written = service.get("plan").filter(|it| it.as_str().is_some());
    let platform = context.catalog.platform(PLATFORM);
    let default = platform.and_then(|it| catalog::default_plan(it, kind));
    let default = default.map_or("", |it| it.name.as_str());
    let plan = written.and_then(Node::as_str).unwrap_or(default);
    if let Some((platform, plan)) = platform.and_then(|it| Some((it, it.plan(plan, kind)?))) {
        let span = written.map_or_else(|| headline(service), |it| it.span);
        catalog::set_machine(&mut facts, &catalog::machine(platform, plan), Some(span));
    }
    match written {
        Some(node) => facts.set(vocabulary::MACHINE_PLAN, read::written(node, "`plan`")),
        None => {
            let origin = Origin::new(OriginKind::Platform, "Render's plan when none is written");
            let plan = Fact::known(Value::Text(default.to_owned()), origin);
            facts.set(vocabulary::MACHINE_PLAN, plan);
        }
    }
    facts.anchor(vocabulary::MACHINE_PLAN, headline(service));
    if let Some(fact) = platform.and_then(catalog::host_cpus) {
        facts.set(vocabulary::MACHINE_VISIBLE_CPUS, fact);
    }
    if kind != "cron" {
        scale(service, plan, &mut facts);
    }
    facts
}

fn scale(service: &Node, plan: &str, facts: &mut Facts) {
    for id in [vocabulary::SCALE_MIN, vocabulary::SCALE_MAX, vocabulary::SCALE_AUTOSCALING] {
        facts.anchor(id, headline(service));
    }
    let scaling = service.entry("scaling");
    let autoscaling = Fact::known(
        Value::Bool(scaling.is_some()),
        match scaling {
            Some(entry) => Origin::written(entry.key.span, "`scaling`"),
            None => Origin::new(OriginKind::Default, "no `scaling` is written"),
        },
    );
    facts.set(vocabulary::SCALE_AUTOSCALING, autoscaling);
    for (id, key) in
        [(vocabulary::SCALE_MIN, "minInstances"), (vocabulary::SCALE_MAX, "maxInstances")]
    {
        let fact = match scaling {
            Some(entry) => match entry.value.get(key).filter(|it| it.as_int().is_some()) {
                Some(node) => read::written(node, key),
                None => Fact::unknown(
                    Unknown::new(format!("`scaling` has no `{key}`"), format!("`{key}`")),
                    Origin::written(entry.key.span, "`scaling`"),
                ),
            },
            None => instances(service),
        };
        facts.set(id, fact);
    }
    // Free web services sleep after 15 minutes without traffic. Source: render.com/docs/free.
    let sleeps = plan.eq_ignore_ascii_case("free");
    let origin = Origin::new(OriginKind::Platform, "Render stops only free services when idle");
    facts.set(vocabulary::SCALE_STOPS_WHEN_IDLE, Fact::known(Value::Bool(sleeps), origin));
}

fn instances(service: &Node) -> Fact {
    match service.get("numInstances").filter(|it| it.as_int().is_some()) {
        Some(node) => read::written(node, "`numInstances`"),
        None => Fact::known(Value::Int(1), Origin::new(OriginKind::Default, "Render default")),
    }
}

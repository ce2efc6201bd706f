//! `sidecars`: the other containers of a task, as far as something is known of them.

use super::{Type, Workload, image, variables};
use crate::document::{Entry, Node};
use crate::draft::{Command, Context, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::catalog;
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::vocabulary as v;

/// The sidecars of a workload that are kept running and of which something is known.
pub(super) fn processes(
    context: &mut Context<'_, '_>,
    workload: &Workload<'_>,
    platform: Option<&Platform>,
) -> Vec<ProcessDraft> {
    if workload.what == Type::RequestDriven {
        return Vec::new();
    }
    let all = workload.get("sidecars").map(Node::entries).unwrap_or_default();
    let essential = |it: &&Entry| it.value.get("essential").and_then(Node::as_bool) != Some(false);
    let kept = all.iter().filter(essential).take(PROCESSES_MAX);
    kept.filter_map(|it| process(context, workload, platform, it)).collect()
}

fn process(
    context: &mut Context<'_, '_>,
    workload: &Workload<'_>,
    platform: Option<&Platform>,
    Entry { key, value: sidecar }: &Entry,
) -> Option<ProcessDraft> {
    let mut facts = Facts::new();
    let (kind, why) = match sidecar.get("port") {
        Some(_) => ("web", "it has a port"),
        None => ("worker", "it has no port"),
    };
    let origin = Origin { span: Some(key.span), ..Origin::new(OriginKind::Assumed, why) };
    facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    let origin = Origin::written(key.span, "containers of one task");
    facts.set(v::SHARED_NETWORK, Fact::known(Value::Text("task".to_owned()), origin));
    if let Some(platform) = platform {
        catalog::set_limits(&mut facts, platform, &[v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S]);
    }
    let mut environment = Environment::new();
    variables::written(context, sidecar, &workload.folder, &mut environment);
    let mut process = ProcessDraft {
        name: key.clone(),
        span: key.span,
        command: Command::Unknown(Unknown::because("nothing is known of its image")),
        folder: workload.folder.clone(),
        environment,
        facts,
    };
    let words = |key: &str| sidecar.get(key).and_then(image::words);
    let words = (words("entrypoint"), words("command"));
    let named = sidecar.get("image")?;
    if let Some(build) = named.get("build") {
        let made = image::built(context, build, &workload.folder)?;
        process.command = image::of_built(context, workload.what, &made, words);
        made.bring(&mut process);
        return Some(process);
    }
    let location = named.get("location").unwrap_or(named);
    image::in_registry(context, (location, false), words, &mut process).then_some(process)
}

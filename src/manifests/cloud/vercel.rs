//! vercel.json: each pattern under `functions`, each Python build, or the one function of a Python
//! framework is a process.
//!
//! Fluid compute takes memory from the dashboard, so `memory` counts only where it is turned off.
//!
//! Sources: <https://openapi.vercel.sh/vercel.json>, github.com/vercel/vercel at 17d9ebaf.

use crate::document::{Document, Entry, Node};
use crate::draft::{Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::formats::recognise;
use crate::manifests::{catalog, read};
use crate::platforms::Platform;
use crate::source::{Span, Spanned};
use crate::vocabulary::{self, FactId};

use super::{function, variable};

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "vercel";

/// Lowers a vercel.json: a process for each function that it describes.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let functions = root.get("functions").map(Node::entries).unwrap_or_default();
    let functions = functions.iter().take(PROCESSES_MAX + 1);
    let mut processes: Vec<_> = functions.map(|it| of_pattern(context, it)).collect();
    processes.extend(recognise::vercel_python_builds(root).map(|node| {
        let name = Spanned::new(node.as_str().unwrap_or_default().to_owned(), node.span);
        function(context, name, node.span)
    }));
    if let (true, Some(node)) = (processes.is_empty(), recognise::vercel_framework(root)) {
        let name = Spanned::new(node.as_str().unwrap_or_default().to_owned(), node.span);
        processes.push(function(context, name, node.span));
    }
    if processes.is_empty() {
        return Vec::new();
    }
    let platform = context.catalog.platform(PLATFORM);
    for process in &mut processes {
        complete(platform, root, process);
    }
    let mut deployment = super::deployment(
        super::platform_of_format(PLATFORM, Span::start_of(document.file)),
        Span::start_of(document.file),
        processes,
    );
    if let Some([region]) = root.get("regions").map(Node::elements)
        && region.as_str().is_some()
    {
        deployment.facts.set(vocabulary::REGION, read::written(region, "`regions`"));
    }
    vec![deployment]
}

fn of_pattern(context: &Context<'_, '_>, entry: &Entry) -> ProcessDraft {
    let mut process = function(context, entry.key.clone(), entry.span());
    if let Some(node) = entry.value.get("maxDuration") {
        // `max` asks for as much as the plan gives.
        let fact = match node.as_str() {
            Some("max") => Fact::unknown(
                Unknown::because("`max` is what the plan allows"),
                Origin::written(node.span, "`maxDuration`"),
            ),
            _ => super::int(node, "`maxDuration`"),
        };
        process.facts.set(vocabulary::FUNCTION_TIMEOUT_S, fact);
    }
    if let Some(node) = entry.value.get("memory") {
        process.facts.set(vocabulary::FUNCTION_MEMORY_MB, super::int(node, "`memory`"));
    }
    if let Some(node) = entry.value.get("runtime").filter(|it| it.as_str().is_some()) {
        process.facts.set(vocabulary::FUNCTION_RUNTIME, read::written(node, "`runtime`"));
    }
    process
}

/// What Vercel decides about a function.
fn complete(platform: Option<&Platform>, root: &Node, process: &mut ProcessDraft) {
    let Some(platform) = platform else { return };
    let place = process.name.span;
    let limits = &platform.function;
    let fluid = root.get("fluid").and_then(Node::as_bool);
    let facts = &mut process.facts;
    if facts.get(vocabulary::FUNCTION_TIMEOUT_S).is_none() {
        let fact = match (fluid, &limits.timeout_s) {
            (Some(false), _) | (_, None) => {
                unknown(vocabulary::FUNCTION_TIMEOUT_S, "without Fluid compute, the plan decides")
            }
            (_, Some(value)) => value.fact("Vercel default"),
        };
        facts.set(vocabulary::FUNCTION_TIMEOUT_S, fact);
    }
    if fluid != Some(false) || facts.get(vocabulary::FUNCTION_MEMORY_MB).is_none() {
        let fact = unknown(vocabulary::FUNCTION_MEMORY_MB, "the dashboard decides about memory");
        facts.set(vocabulary::FUNCTION_MEMORY_MB, fact);
    }
    if let Some(memory) = facts.get(vocabulary::FUNCTION_MEMORY_MB).cloned() {
        facts.set(vocabulary::MACHINE_MEMORY_MB, memory);
    }
    for (id, value) in [
        (vocabulary::FUNCTION_TIMEOUT_MIN_S, &limits.timeout_s_min),
        (vocabulary::FUNCTION_TIMEOUT_MAX_S, &limits.timeout_s_max),
    ] {
        if let Some(value) = value {
            facts.set(id, value.fact("Vercel limit"));
        }
    }
    let is_python = process.name.value.ends_with(".py");
    // Vercel serves the name `app` of the module.
    if let (true, Some(module)) = (is_python, process.name.value.strip_suffix(".py")) {
        let origin = Origin::written(place, "the file of the function");
        let handler = Value::Text(format!("{module}:app"));
        facts.set(vocabulary::FUNCTION_HANDLER, Fact::known(handler, origin));
    }
    if let (true, Some(limit)) = (is_python, &limits.package_limit_mb) {
        facts.set(vocabulary::FUNCTION_PACKAGE_LIMIT_MB, limit.fact("Vercel limit"));
    }
    catalog::set_limits(facts, platform, &[vocabulary::ROUTER_BODY_LIMIT_MB]);
    for id in [
        vocabulary::FUNCTION_TIMEOUT_S,
        vocabulary::FUNCTION_MEMORY_MB,
        vocabulary::ROUTER_BODY_LIMIT_MB,
    ] {
        facts.anchor(id, place);
    }
    for entry in root.get("env").map(Node::entries).unwrap_or_default() {
        // A text that starts with `@` names a secret.
        let is_secret = entry.value.as_str().is_some_and(|it| it.starts_with('@'));
        let value = Some(&entry.value).filter(|_| !is_secret);
        let fact = variable(&entry.key.value, value, entry.key.span, "`env`");
        process.environment.set(&entry.key.value, fact);
    }
}

fn unknown(id: FactId, reason: &str) -> Fact {
    let settle_with = format!("`{}` for the process in opslint.toml", id.name());
    Fact::unknown(Unknown::new(reason, settle_with), Origin::new(OriginKind::Platform, "Vercel"))
}

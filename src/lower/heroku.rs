//! What a Procfile means on Heroku: dynos, router, shutdown, and what the buildpack sets.
//!
//! Sources: devcenter.heroku.com (dyno-types, http-routing, app-json-schema), the classic Python
//! buildpack. Numbers are in `platforms/heroku.toml`.

use std::rc::Rc;

use crate::document::{Document, Node, NodeKind};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::lower::draft::{Context, ProcessDraft};
use crate::lower::{catalog, read};
use crate::project::Environment;
use crate::source::Span;
use crate::vocabulary;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "heroku";

/// Keys that only a Heroku app.json has. Expo, Dokku and translations use the name too.
const APP_JSON_KEYS: &[&str] =
    &["formation", "addons", "buildpacks", "stack", "success_url", "environments"];

/// What says that a Procfile runs on Heroku, as a place and words for the origin.
pub(crate) fn evidence(context: &mut Context<'_, '_>) -> Option<(Span, &'static str)> {
    if let Some(document) = context.sibling("heroku.yml")
        && let Some(entry) = document.root.entries().first()
    {
        return Some((entry.key.span, "heroku.yml is beside the Procfile"));
    }
    let document = app_json(context)?;
    let key =
        document.root.entries().iter().find(|it| APP_JSON_KEYS.contains(&it.key.value.as_str()));
    Some((key?.key.span, "a Heroku app.json is beside the Procfile"))
}

/// The app.json beside the manifest when it is Heroku's.
fn app_json(context: &mut Context<'_, '_>) -> Option<Rc<Document>> {
    let document = context.sibling("app.json")?;
    let root = &document.root;
    // Dokku has its own keys, and Expo keeps everything under one.
    let other = ["expo", "healthchecks", "cron"].iter().any(|key| root.get(key).is_some());
    let ours = APP_JSON_KEYS.iter().any(|key| root.get(key).is_some());
    (ours && !other).then_some(document)
}

/// Adds what Heroku brings to the processes of a Procfile.
pub(crate) fn lower(context: &mut Context<'_, '_>, processes: &mut [ProcessDraft]) {
    let app_json = app_json(context);
    for process in processes {
        let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker");
        let kind = kind.to_owned();
        limits(context, &kind, process);
        machine(context, app_json.as_deref(), process);
        injected(context, &kind, process);
        if let Some(document) = &app_json {
            app_json_env(&document.root, &mut process.environment);
        }
    }
}

fn limits(context: &Context<'_, '_>, kind: &str, process: &mut ProcessDraft) {
    let Some(platform) = context.catalog.platform(PLATFORM) else { return };
    let everywhere = [vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];
    let routed = [
        vocabulary::ROUTER_REQUEST_TIMEOUT_S,
        vocabulary::ROUTER_IDLE_TIMEOUT_S,
        vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S,
        vocabulary::BOOT_TIMEOUT_S,
    ];
    let routed = routed.into_iter().filter(|_| kind == "web");
    for id in everywhere.into_iter().chain(routed) {
        if let Some(fact) = catalog::limit(platform, id) {
            process.facts.set(id, fact);
        }
    }
}

/// The dyno: `plan` in opslint.toml, else `formation` of app.json. The formation counts only when
/// an app is made; later changes are in the dashboard, so what it says is an assumption.
fn machine(context: &Context<'_, '_>, app_json: Option<&Document>, process: &mut ProcessDraft) {
    let name = process.name.value.clone();
    let formation = app_json.and_then(|it| it.root.at(&["formation", &name]));
    let size = formation.and_then(|it| it.get("size")).filter(|it| it.as_str().is_some());
    let plan = match (context.stated_of(&name, "plan"), size) {
        (Some(stated), _) => Some(stated.fact()),
        (None, Some(node)) => Some(formation_fact(node, "`size` in the formation of app.json")),
        (None, None) => None,
    };
    if let Some(quantity) = formation.and_then(|it| it.get("quantity")) {
        let fact = formation_fact(quantity, "`quantity` in the formation of app.json");
        process.facts.set(vocabulary::SCALE_MIN, fact.clone());
        process.facts.set(vocabulary::SCALE_MAX, fact);
    }
    let Some(plan) = plan else { return unknown_machine(process) };
    let platform = context.catalog.platform(PLATFORM);
    let row = platform.and_then(|it| Some((it, it.plan_of_any_kind(plan.text()?)?)));
    if let Some((platform, row)) = row {
        for (id, fact) in catalog::machine(platform, row).iter() {
            let origin = fact.origin.clone().with_input("plan", plan.clone());
            process.facts.set(id, Fact { origin, ..fact.clone() });
            if let Some(span) = plan.origin.span {
                process.facts.anchor(id, span);
            }
        }
    }
    process.facts.set(vocabulary::MACHINE_PLAN, plan);
}

fn formation_fact(node: &Node, source: &str) -> Fact {
    let fact = read::written(node, source);
    let note = "app.json's formation counts only when the app is made; taken to be still so";
    let assumed = Fact::known(Value::Bool(true), Origin::new(OriginKind::Assumed, note));
    Fact { origin: fact.origin.with_input("formation", assumed), ..fact }
}

fn unknown_machine(process: &mut ProcessDraft) {
    let settle_with = format!(
        "`plan` under `[deployments.\"Procfile\".processes.{}]` in opslint.toml",
        process.name.value
    );
    for id in [
        vocabulary::MACHINE_PLAN,
        vocabulary::MACHINE_CPUS,
        vocabulary::MACHINE_MEMORY_MB,
        vocabulary::MACHINE_VISIBLE_CPUS,
    ] {
        let unknown = Unknown::new("no file says which dyno this runs on", settle_with.clone());
        process.facts.set(id, Fact::unknown(unknown, Origin::new(OriginKind::Platform, "Heroku")));
    }
}

/// What the platform and the classic Python buildpack set.
fn injected(context: &Context<'_, '_>, kind: &str, process: &mut ProcessDraft) {
    let Some(platform) = context.catalog.platform(PLATFORM) else { return };
    let plan = process.facts.get(vocabulary::MACHINE_PLAN).and_then(Fact::text);
    let plan = plan.and_then(|it| platform.plan_of_any_kind(it));
    for (name, fact) in catalog::injected(platform, kind, Some("python"), plan) {
        process.environment.set(name, fact);
    }
}

/// `env` of app.json: a text, or a table with `value`.
fn app_json_env(root: &Node, environment: &mut Environment) {
    for entry in root.get("env").map(Node::entries).unwrap_or_default() {
        let node = match &entry.value.kind {
            NodeKind::Map(_) => entry.value.get("value"),
            _ => Some(&entry.value),
        };
        let Some(node) = node else { continue };
        let Some(text) = read::scalar_text(node) else { continue };
        let origin = Origin {
            kind: OriginKind::Env,
            span: Some(node.span),
            source: format!("`{}` in `env` of app.json", entry.key.value),
            inputs: Vec::new(),
        };
        environment.set(&entry.key.value, Fact::known(Value::Text(text), origin));
    }
}

//! What a Procfile or heroku.yml means on Heroku: dynos, router, shutdown, database, and what the
//! buildpack sets.
//!
//! Sources: devcenter.heroku.com (dyno-types, http-routing, app-json-schema,
//! build-docker-images-heroku-yml), the classic Python buildpack. Numbers are in
//! `platforms/heroku.toml`.

pub(crate) mod app_json;
mod image;
pub(crate) mod manifest;
mod runtime;

use crate::document::Node;
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Case, Fact, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::{catalog, read};
use crate::platforms::{DatabaseKind, Plan, Platform, offered};
use crate::project::Facts;
use crate::vocabulary::{self, FactId};

pub(crate) use app_json::AppJson;
pub(crate) use runtime::Runtime;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "heroku";

/// Limits of every process.
const LIMITS: &[FactId] = &[vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];

/// Limits of processes that requests are routed to.
const LIMITS_OF_WEB: &[FactId] = &[
    vocabulary::ROUTER_REQUEST_TIMEOUT_S,
    vocabulary::ROUTER_IDLE_TIMEOUT_S,
    vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S,
    vocabulary::BOOT_TIMEOUT_S,
];

/// Adds what Heroku brings to the processes of an app.
pub(crate) fn complete(
    context: &mut Context<'_, '_>,
    app_json: Option<&AppJson>,
    runtime: Runtime,
    processes: &mut [ProcessDraft],
) {
    let Some(platform) = context.catalog.platform(PLATFORM) else { return };
    if let Some(app_json) = app_json {
        app_json.check_sizes(context.acc, platform);
    }
    let sizes: Vec<Option<Fact>> =
        processes.iter().map(|it| size(context, app_json, &it.name.value)).collect();
    let (release, beside) = (release_size(platform, &sizes), size_beside(platform, &sizes));
    for (process, size) in processes.iter_mut().zip(sizes) {
        let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker");
        let kind = kind.to_owned();
        catalog::set_limits(&mut process.facts, platform, LIMITS);
        if kind == "web" {
            catalog::set_limits(&mut process.facts, platform, LIMITS_OF_WEB);
        }
        let of_kind = if kind == "release" { &release } else { &beside }.clone();
        match size.or(of_kind).or_else(|| catalog::usual_plan(platform, &kind)) {
            Some(size) => machine(platform, size, process),
            None => unknown_machine(context, process),
        }
        if kind != "release" {
            scale(context, platform, &kind, app_json, process);
        }
        injected(platform, &kind, runtime, process);
        if let Some(app_json) = app_json {
            app_json.set_environment(&mut process.environment);
            if let Some(node) = app_json.stack() {
                let stack = read::written(node, "`stack` in app.json");
                offered::stack(context.catalog, platform, &stack, &mut process.facts);
            }
        }
    }
}

/// The database that add-ons name. With several, which of them the app uses is not known.
pub(crate) fn database(context: &Context<'_, '_>, addons: &[Node], facts: &mut Facts) {
    let name =
        |node: &Node| node.as_str().or_else(|| node.get("plan")?.as_str()).map(str::to_owned);
    let databases: Vec<(&Node, String)> = addons
        .iter()
        .filter_map(|it| Some((it, name(it)?)))
        .filter(|(_, it)| it.split(':').next() == Some("heroku-postgresql"))
        .collect();
    let Some((node, addon)) = databases.first() else { return };
    let settle_with = "`database.connections_max` for the deployment in opslint.toml";
    let span = node.get("plan").map_or(node.span, |it| it.span);
    let source = "the add-on that is made with the app";
    let mut unknown = |reason: &str| {
        for id in [vocabulary::DATABASE_PLAN, vocabulary::DATABASE_CONNECTIONS_MAX] {
            let unknown = Unknown::new(reason, settle_with);
            facts.set(id, Fact::unknown(unknown, Origin::written(span, source)));
        }
    };
    if databases.len() > 1 {
        return unknown("the app has several databases");
    }
    let Some((_, plan)) = addon.split_once(':') else {
        return unknown("the add-on names no plan");
    };
    let written = app_json::at_creation(node, source);
    let plan_fact = Fact::known(Value::Text(plan.to_owned()), written.origin);
    let platform = context.catalog.platform(PLATFORM);
    let connections =
        platform.and_then(|it| catalog::connections_max(it, DatabaseKind::Postgres, plan));
    let connections = match connections {
        Some(fact) => {
            let origin = fact.origin.clone().with_input("database.plan", plan_fact.clone());
            Fact { origin, ..fact }
        }
        None => {
            let reason = format!("opslint does not know the connections of `{plan}`");
            Fact::unknown(Unknown::new(reason, settle_with), Origin::written(span, source))
        }
    };
    facts.set(vocabulary::DATABASE_PLAN, plan_fact);
    facts.set(vocabulary::DATABASE_CONNECTIONS_MAX, connections);
    facts.anchor(vocabulary::DATABASE_CONNECTIONS_MAX, span);
}

/// The Redis store that add-ons name, where they name one alone.
pub(crate) fn store(context: &Context<'_, '_>, addons: &[Node], facts: &mut Facts) {
    let plan = |node: &Node| {
        let text = node.as_str().or_else(|| node.get("plan")?.as_str())?;
        Some((node.clone(), text.strip_prefix("heroku-redis:")?.to_owned()))
    };
    let mut stores = addons.iter().filter_map(plan);
    let (Some((node, plan)), None) = (stores.next(), stores.next()) else { return };
    let span = node.get("plan").map_or(node.span, |it| it.span);
    let origin = app_json::at_creation(&node, "the add-on that is made with the app").origin;
    let name = Fact::known(Value::Text(plan.clone()), origin);
    let platform = context.catalog.platform(PLATFORM);
    let most = platform.and_then(|it| catalog::connections_max(it, DatabaseKind::Redis, &plan));
    if let Some(most) = most {
        let origin = most.origin.clone().with_input("broker.plan", name.clone());
        facts.set(vocabulary::BROKER_CONNECTIONS_MAX, Fact { origin, ..most });
        facts.anchor(vocabulary::BROKER_CONNECTIONS_MAX, span);
    }
    facts.set(vocabulary::BROKER_PLAN, name);
    facts.anchor(vocabulary::BROKER_PLAN, span);
}

/// The dyno size of a process: `plan` in opslint.toml, else the formation of app.json.
fn size(context: &Context<'_, '_>, app_json: Option<&AppJson>, process: &str) -> Option<Fact> {
    let of_file = app_json.and_then(|it| it.size(process));
    match context.stated_of(process, "plan") {
        Some(stated) => Some(of_file.into_iter().fold(stated.fact(), Fact::over)),
        None => of_file,
    }
}

/// The dyno of a release command that has no size of its own: that of an Eco or Basic app, else
/// Standard-1X. Unknown in a Private Space, and where no size is known at all.
/// Source: <https://devcenter.heroku.com/articles/release-phase>
fn release_size(platform: &Platform, sizes: &[Option<Fact>]) -> Option<Fact> {
    let rows = sizes.iter().flatten().filter_map(|it| platform.plan_of_any_kind(it.text()?));
    let names: Vec<&str> = rows.map(|it| it.name.as_str()).collect();
    let shared = ["eco", "basic"].into_iter().find(|it| names.contains(it));
    let name = match shared {
        Some(name) => name,
        None if !names.is_empty() && names.iter().all(|it| is_common(it)) => "standard-1x",
        None => return None,
    };
    let source = "Heroku runs releases on this size (devcenter.heroku.com)";
    let mut origin = Origin::new(OriginKind::Platform, source);
    if let Some(size) = sizes.iter().flatten().next() {
        origin = origin.with_input("formation", size.clone());
    }
    Some(Fact::known(Value::Text(name.to_owned()), origin))
}

/// The dyno of a process whose size nobody names beside those of others: Heroku does not mix Eco and
/// Basic dynos with the others in one app.
/// Source: <https://devcenter.heroku.com/articles/dyno-types#mixing-dyno-types>
fn size_beside(platform: &Platform, sizes: &[Option<Fact>]) -> Option<Fact> {
    let named = sizes.iter().flatten().find_map(|size| {
        let row = platform.plan_of_any_kind(size.text()?)?;
        is_common(&row.name).then_some(size)
    })?;
    let source = "new processes of an app on Standard or Performance dynos get `standard-1x`";
    let origin = Origin::new(OriginKind::Assumed, source).with_input("formation", named.clone());
    Some(Fact::known(Value::Text("standard-1x".to_owned()), origin))
}

/// Whether a dyno is none of the kinds for one app alone, and none of a Private Space.
fn is_common(name: &str) -> bool {
    name.starts_with("standard-") || name.starts_with("performance-")
}

fn machine(platform: &Platform, size: Fact, process: &mut ProcessDraft) {
    let Some(row) = size.text().and_then(|it| platform.plan_of_any_kind(it)) else {
        let reason = format!("opslint does not know the dyno size `{}`", size.state);
        let unknown = Unknown::new(reason, "a platform file that adds it to the catalog");
        set_machine_unknown(&mut process.facts, &unknown);
        process.facts.set(vocabulary::MACHINE_PLAN, size);
        return;
    };
    for (id, fact) in catalog::machine(platform, row).iter() {
        let origin = fact.origin.clone().with_input(vocabulary::MACHINE_PLAN.name(), size.clone());
        process.facts.set(id, Fact { origin, ..fact.clone() });
        if let Some(span) = size.origin.span {
            process.facts.anchor(id, span);
        }
    }
    // Sizes are known by any case; rules compare with the name of the catalog.
    let plan = Fact { state: State::Known(Value::Text(row.name.clone())), ..size.clone() };
    process.facts.set(vocabulary::MACHINE_PLAN, plan);
    let what = format!("Heroku {}", row.name);
    let sleeps = match &row.sleeps_after_s {
        Some(after) => after.origin(&what),
        None => Origin::new(OriginKind::Platform, format!("{what} ({})", row.source)),
    };
    let sleeps = Fact::known(
        Value::Bool(row.sleeps_after_s.is_some()),
        sleeps.with_input(vocabulary::MACHINE_PLAN.name(), size.clone()),
    );
    process.facts.set(vocabulary::SCALE_STOPS_WHEN_IDLE, sleeps);
}

fn unknown_machine(context: &Context<'_, '_>, process: &mut ProcessDraft) {
    let settle_with = context.statement("plan", Some(&process.name.value));
    let unknown = Unknown::new("no file says which dyno this runs on", settle_with);
    set_machine_unknown(&mut process.facts, &unknown);
}

fn set_machine_unknown(facts: &mut Facts, unknown: &Unknown) {
    for id in [
        vocabulary::MACHINE_PLAN,
        vocabulary::MACHINE_CPUS,
        vocabulary::MACHINE_MEMORY_MB,
        vocabulary::MACHINE_VISIBLE_CPUS,
    ] {
        let origin = Origin::new(OriginKind::Platform, "Heroku");
        facts.set(id, Fact::unknown(unknown.clone(), origin));
    }
}

fn scale(
    context: &Context<'_, '_>,
    platform: &Platform,
    kind: &str,
    app_json: Option<&AppJson>,
    process: &mut ProcessDraft,
) {
    let quantity = app_json.and_then(|it| it.quantity(&process.name.value));
    let usual = || catalog::usual_instances(platform, kind);
    let quantity = quantity.or_else(usual).unwrap_or_else(|| {
        let settle_with = context.statement("instances", Some(&process.name.value));
        let unknown = Unknown::new("no file says how many dynos run", settle_with);
        Fact::unknown(unknown, Origin::new(OriginKind::Platform, "Heroku"))
    });
    process.facts.set(vocabulary::SCALE_MIN, quantity.clone());
    process.facts.set(vocabulary::SCALE_MAX, quantity);
}

/// What the platform and the buildpack set.
fn injected(platform: &Platform, kind: &str, runtime: Runtime, process: &mut ProcessDraft) {
    let size = process.facts.get(vocabulary::MACHINE_PLAN).cloned();
    let plan = size.as_ref().and_then(Fact::text).and_then(|it| platform.plan_of_any_kind(it));
    let depends = |name: &str| {
        let mut rows = platform.injects().iter().filter(|it| it.name == name);
        rows.any(|it| it.value_from.is_some() || !it.except_generations.is_empty())
    };
    for (name, mut fact) in catalog::injected(platform, kind, runtime.name(), plan) {
        // What an assumed size brings is assumed, too.
        if depends(&name)
            && let Some(size) = size.as_ref().filter(|it| it.origin.is_assumed())
        {
            fact.origin = fact.origin.with_input(vocabulary::MACHINE_PLAN.name(), size.clone());
        }
        if runtime == Runtime::PythonByCommand {
            let source = "Heroku's buildpack of Python builds it, as the command is one of Python";
            let origin = Origin::new(OriginKind::Assumed, source);
            let taken = Fact::known(Value::Text("python".to_owned()), origin);
            fact.origin = fact.origin.with_input("buildpack", taken);
        }
        process.environment.set(name, fact);
    }
    if runtime == Runtime::PythonAndNode {
        let fact = either_concurrency(platform, kind, plan, process);
        process.environment.set(CONCURRENCY, fact);
    }
}

/// The variable that both the Python and the Node.js buildpack set.
const CONCURRENCY: &str = "WEB_CONCURRENCY";

/// The memory that Heroku's Node.js buildpack gives each process: `WEB_MEMORY`.
///
/// Source: <https://devcenter.heroku.com/articles/node-concurrency>
const NODE_MEMORY_MB: i64 = 512;

/// The value that one of two buildpacks sets: the script that runs first leaves the other one
/// nothing to set, and their order depends on the locale of the shell.
fn either_concurrency(
    platform: &Platform,
    kind: &str,
    plan: Option<&Plan>,
    process: &ProcessDraft,
) -> Fact {
    let origin = Origin::new(OriginKind::Platform, "buildpacks of Python and of Node.js");
    let size = process.facts.get(vocabulary::MACHINE_PLAN);
    let origin = match size.filter(|it| it.origin.is_assumed()) {
        Some(size) => origin.with_input(vocabulary::MACHINE_PLAN.name(), size.clone()),
        None => origin,
    };
    let python = catalog::injected(platform, kind, Some("python"), plan).into_iter();
    let python = python.filter(|(name, _)| name == CONCURRENCY).find_map(|(_, it)| whole(&it));
    let memory = process.facts.get(vocabulary::MACHINE_MEMORY_MB).and_then(Fact::int);
    let both = python.zip(memory.map(|it| (it / NODE_MEMORY_MB).max(1)));
    let case = |it: i64| Case::new(Value::Text(it.to_string()), None);
    match both.and_then(|(python, node)| State::one_of(vec![case(python), case(node)])) {
        Some(state) => Fact::new(state, origin),
        None => {
            let unknown = Unknown::new(
                "both the Python and the Node.js buildpack set `WEB_CONCURRENCY`",
                "`WEB_CONCURRENCY` under `[env]` in opslint.toml",
            );
            Fact::unknown(unknown, origin)
        }
    }
}

/// A whole number, also one that is a text.
fn whole(fact: &Fact) -> Option<i64> {
    fact.int().or_else(|| fact.text()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::Catalog;

    #[test]
    fn a_process_without_a_size_has_one_of_the_kind_of_the_others() {
        let catalog = Catalog::builtin();
        let platform = catalog.platform(PLATFORM).unwrap();
        for (sizes, expect) in [
            (&["Standard-2X"][..], Some("standard-1x")),
            (&["performance-m", "standard-1x"], Some("standard-1x")),
            (&["basic"], None),
            (&["eco"], None),
            (&["private-s"], None),
            (&["unheard-of"], None),
            (&[], None),
        ] {
            let fact = |it: &&str| {
                let origin = Origin::new(OriginKind::Platform, "test");
                Some(Fact::known(Value::Text((*it).to_owned()), origin))
            };
            let sizes: Vec<_> = sizes.iter().map(fact).chain([None]).collect();
            let found = size_beside(platform, &sizes);
            assert_eq!(found.as_ref().and_then(Fact::text), expect, "{sizes:?}");
            assert!(found.is_none_or(|it| it.origin.is_assumed()));
        }
    }
}

//! What a deployment costs a month, and what is not in that price.

use super::figure::{self, Bounds, Figure};
use super::functions::Functions;
use super::request::Request;
use super::serverless::{self, FunctionPlan};
use super::{by_use, figures, measured};
use crate::fact::{Fact, Unknown, Value};
use crate::manifests::stores::{self, Store};
use crate::platforms::UsageUnit;
use crate::platforms::{Catalog, DatabaseKind, Platform};
use crate::project::{Deployment, Facts, Process, ProjectFile};
use crate::vocabulary;

/// The most functions that are named where their calls are not in the price.
const NAMED_MAX: usize = 3;

/// Triggers that have a price of their own.
const GATEWAYS: &[&str] = &["rest-api", "http-api", "websocket", "alb"];

/// Megabytes in a GB of a disk.
const MB_IN_GB: f64 = 1_024.0;

/// What a deployment costs.
pub(super) struct Cost {
    /// Dollars a month of everything that is known.
    pub(super) price: Figure,
    /// Databases, caches and disks in it, each with its price.
    pub(super) includes: Vec<(String, Bounds)>,
    /// What is not in it.
    pub(super) excludes: Vec<String>,
}

/// Dollars a month of everything that runs all month and of databases and caches, and what is left
/// out.
pub(super) fn of_deployment(
    deployment: &Deployment,
    files: &[ProjectFile],
    catalog: &Catalog,
    request: &Request,
    functions: &[FunctionPlan],
) -> Cost {
    let platform = figures::platform_of(deployment, catalog);
    let (mut includes, mut excludes) = (Vec::new(), Vec::new());
    let mut total = Ok(Bounds::exact(0.0));
    for process in &deployment.processes {
        match super::kind(process) {
            kind if super::PLANNED.contains(&kind) => {
                let (request, _) = measured::request(process, request);
                total = plus(total, figures::of(deployment, process, catalog, &request).price);
                if by_use::waits_unpaid(process, platform) {
                    let name = &process.name.value;
                    excludes.push(format!("the least instances of `{name}` while they wait"));
                }
            }
            "release" | serverless::KIND => {}
            kind => excludes.push(format!("`{}`, a {kind}", process.name.value)),
        }
        includes.extend(disk(&mut excludes, process, platform));
    }
    total = plus(total, Ok(self::functions(&mut excludes, functions)));
    includes.extend(stores(&mut excludes, deployment, files, platform));
    includes.retain(|(_, usd)| usd.max > 0.0);
    total = includes.iter().fold(total, |total, (_, usd)| plus(total, Ok(*usd)));
    if platform.is_some_and(by_use::has_fee) {
        excludes.push("the fee of the plan, which pays for some of the use".to_owned());
    }
    if platform.is_some_and(|it| it.usage_price(UsageUnit::EgressGb, None, None, None).is_some()) {
        excludes.push("traffic to the internet".to_owned());
    }
    excludes.push("add-ons and services that no file names".to_owned());
    Cost { price: total, includes, excludes }
}

fn plus(total: Figure, more: Figure) -> Figure {
    Ok(total?.plus(more?))
}

/// Dollars a month of one instance.
pub(super) fn of_instance(facts: &Facts, platform: Option<&Platform>) -> Figure {
    let used = |it: &&Platform| it.usage_price(UsageUnit::GbMonth, None, None, None).is_some();
    match (facts.get(vocabulary::MACHINE_PRICE_USD_MONTH), platform.filter(used)) {
        (None, Some(platform)) => Err(Unknown::because(format!(
            "{} bills the CPU and the memory that are used, not a size",
            platform.name()
        ))),
        _ => figure::of(facts, vocabulary::MACHINE_PRICE_USD_MONTH, "the price"),
    }
}

/// The price of functions: what is kept ready, and calls where there is a demand.
fn functions(excludes: &mut Vec<String>, all: &[FunctionPlan]) -> Bounds {
    let ready = all.iter().filter_map(|it| it.figures.ready_usd_month);
    let ready = ready.fold(Bounds::exact(0.0), Bounds::plus);
    let billed: Vec<(&Functions, f64)> =
        all.iter().filter_map(|it| it.billed.as_ref()).map(|(it, demand)| (it, *demand)).collect();
    let named = |it: &FunctionPlan| format!("calls of `{}`", it.name);
    let not_billed: Vec<String> = all.iter().filter(|it| it.billed.is_none()).map(named).collect();
    match not_billed.len() {
        count if count > NAMED_MAX => excludes.push(format!("calls of {count} functions")),
        _ => excludes.extend(not_billed),
    }
    let has_gateway =
        |it: &FunctionPlan| it.trigger.as_deref().is_some_and(|it| GATEWAYS.contains(&it));
    if all.iter().any(has_gateway) {
        excludes.push("what stands before the functions".to_owned());
    }
    ready.plus(Bounds::exact(Functions::usd_month_together(&billed)))
}

/// The databases and caches with their prices, where these are known.
fn stores(
    excludes: &mut Vec<String>,
    deployment: &Deployment,
    files: &[ProjectFile],
    platform: Option<&Platform>,
) -> Vec<(String, Bounds)> {
    let stated = figure::text(&deployment.facts, vocabulary::DATABASE_PLAN);
    let asked = platform.and_then(|it| stores::of(it.id(), files)).unwrap_or_default();
    let databases = asked.iter().filter(|it| it.kind == DatabaseKind::Postgres).count();
    let mut all = Vec::new();
    if let (Some(plan), 0) = (stated, databases) {
        let plan = Some(plan.to_owned());
        let (name, kind) = ("the database".to_owned(), DatabaseKind::Postgres);
        let store = Store { name, kind, plan, has_more: false };
        all.extend(self::store(excludes, &store, platform));
    }
    for it in asked {
        let is_stated = databases == 1 && it.kind == DatabaseKind::Postgres;
        // What opslint.toml says of the only one wins over its file.
        let plan = stated.filter(|_| is_stated).map(str::to_owned).or(it.plan.clone());
        all.extend(store(excludes, &Store { plan, ..it }, platform));
    }
    all
}

fn store(
    excludes: &mut Vec<String>,
    store: &Store,
    platform: Option<&Platform>,
) -> Option<(String, Bounds)> {
    let named = match store.name.as_str() {
        "the database" => store.name.clone(),
        name => format!("`{name}`"),
    };
    let usual = platform.and_then(|it| it.default_database(store.kind)?.plan.as_ref());
    let plan = store.plan.as_deref().or(usual.map(|it| it.value.as_str()));
    let row = plan.and_then(|plan| platform?.database(store.kind, plan));
    let with_plan = plan.map(|it| format!(" ({it})")).unwrap_or_default();
    let with_plan = format!("{named}{with_plan}");
    let Some(price) = row.and_then(|it| it.price_usd_month.as_ref()) else {
        excludes.push(with_plan);
        return None;
    };
    if store.has_more {
        excludes.push(format!("replicas of {named}"));
    }
    // Where storage is not sold apart, it is in the price of the plan.
    let sells_storage = platform
        .is_some_and(|it| it.usage().iter().any(|it| it.unit == UsageUnit::DatabaseGbMonth));
    let is_database = store.kind == DatabaseKind::Postgres && price.value > 0.0;
    if is_database && sells_storage && row.is_some_and(|it| it.storage_gb.is_none()) {
        excludes.push(format!("storage of {named}"));
    }
    Some((with_plan, Bounds::exact(price.value)))
}

/// The disk of a process with its price, where both are known.
fn disk(
    excludes: &mut Vec<String>,
    process: &Process,
    platform: Option<&Platform>,
) -> Option<(String, Bounds)> {
    let paths = process.facts.get(vocabulary::STORAGE_PATHS).and_then(Fact::value);
    if !matches!(paths, Some(Value::List(paths)) if !paths.is_empty()) {
        return None;
    }
    let size_mb = figure::known(&process.facts, vocabulary::STORAGE_SIZE_MB);
    let price = platform.and_then(|it| it.usage_price(UsageUnit::DiskGbMonth, None, None, None));
    let per_gb = price.and_then(|it| it.price_usd.as_ref()).map(|it| it.value);
    let name = format!("the disk of `{}`", process.name.value);
    match (size_mb, per_gb) {
        (Some(mb), Some(per_gb)) => Some((name, mb.map(|it| it / MB_IN_GB * per_gb))),
        _ => {
            excludes.push(name);
            None
        }
    }
}

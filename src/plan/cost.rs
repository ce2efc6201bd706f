//! What a deployment costs a month, and what is not in that price.

use super::figure::{self, Bounds, Figure};
use super::figures::{self, Instances};
use crate::fact::{Fact, Unknown, Value};
use crate::manifests::stores::{self, Store};
use crate::platforms::UsageUnit;
use crate::platforms::{Catalog, DatabaseKind, Platform};
use crate::project::{Deployment, Facts, Process, ProjectFile};
use crate::vocabulary;

/// Megabytes in a GB of a disk.
const MB_IN_GB: f64 = 1_024.0;

/// Dollars a month of everything that runs all month and of databases and caches, and what is left
/// out.
pub(super) fn of_deployment(
    deployment: &Deployment,
    files: &[ProjectFile],
    catalog: &Catalog,
) -> (Figure, Vec<String>) {
    let platform = figures::platform_of(deployment, catalog);
    let mut excludes = Vec::new();
    let mut total = Ok(Bounds::exact(0.0));
    for process in &deployment.processes {
        match super::kind(process) {
            kind if super::PLANNED.contains(&kind) => {
                total = plus(total, of_process(process, platform))
            }
            "release" => {}
            kind => excludes.push(format!("`{}`, a {kind}", process.name.value)),
        }
        total = plus(total, Ok(disk(&mut excludes, process, platform)));
    }
    total = plus(total, Ok(stores(&mut excludes, deployment, files, platform)));
    if platform.is_some_and(|it| it.usage_price(UsageUnit::EgressGb, None, None, None).is_some()) {
        excludes.push("traffic to the internet".to_owned());
    }
    excludes.push("add-ons and services that no file names".to_owned());
    (total, excludes)
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

fn of_process(process: &Process, platform: Option<&Platform>) -> Figure {
    let Instances { min, max, unknown } = figures::instances(process);
    let each = of_instance(&process.facts, platform)?;
    match (min, max, unknown) {
        (Some(min), Some(max), _) => Ok(each.times(Bounds { min: min.min(max), max })),
        (_, _, Some(unknown)) => Err(unknown),
        _ => Err(Unknown::because("no file tells how many instances there are")),
    }
}

/// The price of the databases and caches, 0 where it is not known.
fn stores(
    excludes: &mut Vec<String>,
    deployment: &Deployment,
    files: &[ProjectFile],
    platform: Option<&Platform>,
) -> Bounds {
    let stated = figure::text(&deployment.facts, vocabulary::DATABASE_PLAN);
    let asked = platform.and_then(|it| stores::of(it.id(), files)).unwrap_or_default();
    let databases = asked.iter().filter(|it| it.kind == DatabaseKind::Postgres).count();
    let mut total = Bounds::exact(0.0);
    if let (Some(plan), 0) = (stated, databases) {
        let plan = Some(plan.to_owned());
        let (name, kind) = ("the database".to_owned(), DatabaseKind::Postgres);
        let store = Store { name, kind, plan, has_more: false };
        total = total.plus(self::store(excludes, &store, platform));
    }
    for it in asked {
        let is_stated = databases == 1 && it.kind == DatabaseKind::Postgres;
        // What opslint.toml says of the only one wins over its file.
        let plan = stated.filter(|_| is_stated).map(str::to_owned).or(it.plan.clone());
        total = total.plus(store(excludes, &Store { plan, ..it }, platform));
    }
    total
}

fn store(excludes: &mut Vec<String>, store: &Store, platform: Option<&Platform>) -> Bounds {
    let named = match store.name.as_str() {
        "the database" => store.name.clone(),
        name => format!("`{name}`"),
    };
    let usual = platform.and_then(|it| it.default_database(store.kind)?.plan.as_ref());
    let plan = store.plan.as_deref().or(usual.map(|it| it.value.as_str()));
    let row = plan.and_then(|plan| platform?.database(store.kind, plan));
    let Some(price) = row.and_then(|it| it.price_usd_month.as_ref()) else {
        let plan = plan.map(|it| format!(" ({it})")).unwrap_or_default();
        excludes.push(format!("{named}{plan}"));
        return Bounds::exact(0.0);
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
    Bounds::exact(price.value)
}

/// The price of the disk of a process, 0 where it is not known.
fn disk(excludes: &mut Vec<String>, process: &Process, platform: Option<&Platform>) -> Bounds {
    let paths = process.facts.get(vocabulary::STORAGE_PATHS).and_then(Fact::value);
    if !matches!(paths, Some(Value::List(paths)) if !paths.is_empty()) {
        return Bounds::exact(0.0);
    }
    let size_mb = figure::known(&process.facts, vocabulary::STORAGE_SIZE_MB);
    let price = platform.and_then(|it| it.usage_price(UsageUnit::DiskGbMonth, None, None, None));
    let per_gb = price.and_then(|it| it.price_usd.as_ref()).map(|it| it.value);
    match (size_mb, per_gb) {
        (Some(mb), Some(per_gb)) => mb.map(|it| it / MB_IN_GB * per_gb),
        _ => {
            excludes.push(format!("the disk of `{}`", process.name.value));
            Bounds::exact(0.0)
        }
    }
}

//! What a deployment costs a month, and what is not in that price.

use super::figure::{self, Bounds, Figure};
use super::figures::{self, Instances};
use crate::fact::{Fact, Unknown, Value};
use crate::platforms::UsageUnit;
use crate::platforms::{Catalog, DatabaseKind, Platform};
use crate::project::{Deployment, Process};
use crate::vocabulary;

/// Megabytes in a GB of a disk.
const MB_IN_GB: f64 = 1_024.0;

/// Dollars a month of everything that runs all month and of the database, and what is left out.
pub(super) fn of_deployment(deployment: &Deployment, catalog: &Catalog) -> (Figure, Vec<String>) {
    let platform = figures::platform_of(deployment, catalog);
    let mut excludes = Vec::new();
    let mut total = Ok(Bounds::exact(0.0));
    for process in &deployment.processes {
        match super::kind(process) {
            kind if super::PLANNED.contains(&kind) => total = plus(total, of_process(process)),
            "release" => {}
            kind => excludes.push(format!("`{}`, a {kind}", process.name.value)),
        }
        total = plus(total, Ok(disk(&mut excludes, process, platform)));
    }
    total = plus(total, Ok(database(&mut excludes, deployment, platform)));
    if platform.is_some_and(|it| it.usage_price(UsageUnit::EgressGb, None, None, None).is_some()) {
        excludes.push("traffic to the internet".to_owned());
    }
    excludes.push("add-ons and services that no file names".to_owned());
    (total, excludes)
}

fn plus(total: Figure, more: Figure) -> Figure {
    Ok(total?.plus(more?))
}

fn of_process(process: &Process) -> Figure {
    let Instances { min, max, unknown } = figures::instances(process);
    let each = figure::of(&process.facts, vocabulary::MACHINE_PRICE_USD_MONTH, "the price")?;
    match (min, max, unknown) {
        (Some(min), Some(max), _) => Ok(each.times(Bounds { min: min.min(max), max })),
        (_, _, Some(unknown)) => Err(unknown),
        _ => Err(Unknown::because("no file tells how many instances there are")),
    }
}

/// The price of the database, 0 where it is not known.
fn database(
    excludes: &mut Vec<String>,
    deployment: &Deployment,
    platform: Option<&Platform>,
) -> Bounds {
    let Some(plan) = figure::text(&deployment.facts, vocabulary::DATABASE_PLAN) else {
        return Bounds::exact(0.0);
    };
    let row = platform.and_then(|it| it.database(DatabaseKind::Postgres, plan));
    match row.and_then(|it| it.price_usd_month.as_ref()) {
        Some(price) => {
            if row.is_some_and(|it| it.storage_gb.is_none()) {
                excludes.push("storage of the database".to_owned());
            }
            Bounds::exact(price.value)
        }
        None => {
            excludes.push(format!("the database, `{plan}`"));
            Bounds::exact(0.0)
        }
    }
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

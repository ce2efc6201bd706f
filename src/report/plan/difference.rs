//! What changed between two plans: fit, capacity, cost and connections.
//!
//! Only what a reader would see counts as changed, so that no rounding makes a difference.

use std::io;

use serde::Serialize;

use super::aspects::{self, Aspect};
use super::words::{money, money_range};
use super::{function, json};
use crate::plan::{Bounds, DeploymentPlan, Plan, ProcessPlan};
use crate::report::options::ReportOptions;
use crate::report::text::{one_line, width};

/// A plan as it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'a> {
    /// The plans of the revision.
    pub(super) plans: &'a [Plan],
    /// The revision, as it was named.
    pub(super) revision: &'a str,
}

/// A number that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    manifest: String,
    /// The same for people, with the name of the deployment.
    #[serde(skip)]
    place: String,
    /// The name of the deployment, where the manifest has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<String>,
    /// None for the deployment as a whole.
    process: Option<String>,
    what: &'static str,
    /// None where it is new.
    before: Option<String>,
    /// None where it is gone.
    after: Option<String>,
}

/// What differs, in the order of the plans.
pub(super) fn changes(before: &[Plan], after: &[Plan]) -> Vec<Change> {
    let deployments = |plans: &[Plan]| -> Vec<DeploymentPlan> {
        plans.iter().flat_map(|it| it.deployments.clone()).collect()
    };
    let (before, after) = (deployments(before), deployments(after));
    let same = |of: &DeploymentPlan, among: &[DeploymentPlan]| {
        among.iter().find(|it| it.place() == of.place()).cloned()
    };
    let mut all = Vec::new();
    for now in &after {
        deployment(&mut all, same(now, &before).as_ref(), Some(now));
    }
    for then in before.iter().filter(|it| same(it, &after).is_none()) {
        deployment(&mut all, Some(then), None);
    }
    all
}

fn deployment(
    acc: &mut Vec<Change>,
    before: Option<&DeploymentPlan>,
    after: Option<&DeploymentPlan>,
) {
    let Some(some) = after.or(before) else { return };
    let of = |it: &DeploymentPlan| aspects::of_deployment(it);
    compare(acc, some, None, (before.map(of), after.map(of)));
    let mut names: Vec<&str> = Vec::new();
    let processes = |it: Option<&DeploymentPlan>| -> Vec<ProcessPlan> {
        it.map(|it| it.processes.clone()).unwrap_or_default()
    };
    let (then, now) = (processes(before), processes(after));
    for it in now.iter().chain(&then) {
        if !names.contains(&it.name.as_str()) {
            names.push(&it.name);
        }
    }
    for name in function_names(before, after) {
        let of = |it: Option<&DeploymentPlan>| {
            let all = it.map(|it| it.functions.as_slice()).unwrap_or_default();
            all.iter().find(|it| it.name == name).map(function::aspects)
        };
        compare(acc, some, Some(name), (of(before), of(after)));
    }
    for name in names {
        let of = |all: &[ProcessPlan]| {
            all.iter().find(|it| it.name == name).map(|it| aspects::of_process(&it.figures))
        };
        compare(acc, some, Some(name), (of(&then), of(&now)));
    }
}

fn function_names<'a>(
    before: Option<&'a DeploymentPlan>,
    after: Option<&'a DeploymentPlan>,
) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for it in [after, before].into_iter().flatten().flat_map(|it| &it.functions) {
        if !names.contains(&it.name.as_str()) {
            names.push(&it.name);
        }
    }
    names
}

fn compare(
    acc: &mut Vec<Change>,
    deployment: &DeploymentPlan,
    process: Option<&str>,
    (before, after): (Option<Vec<Aspect>>, Option<Vec<Aspect>>),
) {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let text = |all: &[Aspect], name: &str| {
        all.iter().find(|it| it.name == name).map(|it| one_line(&it.text))
    };
    let gone = before.iter().filter(|it| text(&after, it.name).is_none());
    for it in after.iter().chain(gone) {
        let (then, now) = (text(&before, it.name), text(&after, it.name));
        if then != now {
            acc.push(Change {
                manifest: deployment.manifest.clone(),
                place: deployment.place(),
                deployment: deployment.name.clone(),
                process: process.map(str::to_owned),
                what: it.name,
                before: then,
                after: now,
            });
        }
    }
}

/// Dollars a month by which the price of everything changes: the least and the most. `None` where
/// some price is not known.
pub(crate) fn price_change(before: &[Plan], after: &[Plan]) -> Option<Bounds> {
    let total = |plans: &[Plan]| {
        let mut all = plans.iter().flat_map(|it| &it.deployments);
        all.try_fold(Bounds::exact(0.0), |total, it| Some(total.plus(*it.price.as_ref().ok()?)))
    };
    let (before, after) = (total(before)?, total(after)?);
    Some(Bounds { min: after.min - before.min, max: after.max - before.max })
}

/// `+$25`, `-$10 to +$50`; nothing where it stays.
pub(super) fn signed(change: Bounds) -> Option<String> {
    let one = |usd: f64| match usd {
        it if it < 0.0 => format!("-{}", money(-it)),
        it => format!("+{}", money(it)),
    };
    let (min, max) = (one(change.min.min(change.max)), one(change.max.max(change.min)));
    let is_none = change.min.abs().max(change.max.abs()) < 0.005;
    (!is_none).then(|| if min == max { min } else { format!("{min} to {max}") })
}

/// For people: nothing at all when nothing changed.
pub(super) fn human(
    out: &mut dyn io::Write,
    before: Before<'_>,
    after: &[Plan],
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let all = changes(before.plans, after);
    let Some(_) = all.first() else { return Ok(()) };
    let price = price_change(before.plans, after).and_then(signed);
    let price = price.map(|it| format!(": {it} a month")).unwrap_or_default();
    let head = format!("changes since {}{price}", one_line(before.revision));
    writeln!(out, "{}", options.ink.bold(&head))?;
    let wide = all.iter().map(|it| width(it.what)).max().unwrap_or_default();
    let mut place = (String::new(), None);
    for it in &all {
        let here = (it.place.clone(), it.process.clone());
        if here != place {
            let name = it.process.as_ref().map(|it| format!(" · {}", one_line(it)));
            let name = name.unwrap_or_default();
            writeln!(out, "\n{}{name}", options.ink.bold(&one_line(&it.place)))?;
            place = here;
        }
        let pad = " ".repeat(wide.saturating_sub(width(it.what)));
        writeln!(out, "  {}{pad}  {}", it.what, words(it))?;
    }
    Ok(())
}

/// A comment on a pull request: nothing at all when nothing changed.
pub(super) fn markdown(
    out: &mut dyn io::Write,
    before: Before<'_>,
    after: &[Plan],
) -> io::Result<()> {
    let all = changes(before.plans, after);
    let Some(_) = all.first() else { return Ok(()) };
    let price = price_change(before.plans, after).and_then(signed);
    let price = price.map(|it| format!(": {it} a month")).unwrap_or_default();
    writeln!(out, "### opslint plan{price}\n")?;
    writeln!(out, "| where | what | before | after |\n| --- | --- | --- | --- |")?;
    for it in &all {
        let name = it.process.as_ref().map(|it| format!(" · {it}")).unwrap_or_default();
        let cell = |it: &Option<String>| super::markdown::escaped(it.as_deref().unwrap_or("–"));
        let place = super::markdown::escaped(&format!("{}{name}", it.place));
        writeln!(out, "| {place} | {} | {} | {} |", it.what, cell(&it.before), cell(&it.after))?;
    }
    writeln!(out, "\nCompared with {}.", super::markdown::escaped(before.revision))
}

fn words(it: &Change) -> String {
    match (&it.before, &it.after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("new: {after}"),
        (Some(before), None) => format!("gone: {before}"),
        (None, None) => String::new(),
    }
}

#[derive(Serialize)]
struct DifferenceV1<'a> {
    #[serde(flatten)]
    after: json::PlansV1<'a>,
    against: AgainstV1<'a>,
}

#[derive(Serialize)]
struct AgainstV1<'a> {
    revision: &'a str,
    price_usd_month_change: Option<json::BoundsV1>,
    changes: Vec<Change>,
    deployments: Vec<json::DeploymentV1<'a>>,
}

/// The document of a plan with what it is compared with.
pub(super) fn json(out: &mut dyn io::Write, before: Before<'_>, after: &[Plan]) -> io::Result<()> {
    let document = DifferenceV1 {
        after: json::document(after),
        against: AgainstV1 {
            revision: before.revision,
            price_usd_month_change: price_change(before.plans, after).map(json::bounds),
            changes: changes(before.plans, after),
            deployments: json::document(before.plans).deployments,
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// A price as it is compared.
pub(super) fn price(it: &DeploymentPlan) -> String {
    it.price.as_ref().map_or_else(|_| "not known".to_owned(), |it| money_range(*it))
}

//! `opslint plan`: fit, capacity, cost and choices.

mod agent;
mod aspects;
mod difference;
mod elsewhere;
mod function;
mod html;
mod human;
mod json;
mod markdown;
mod plot;
mod rows;
mod table;
mod words;

use std::io::{self, Write as _};

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::ink::Ink;
use super::options::ReportOptions;
use super::redact::Redactor;
use super::safe::{SafeWriter, Wire};
use super::shown::Shown;
use crate::fact::Unknown;
use crate::plan::{Bounds, Choice, DeploymentPlan, Figure, LeftOut, Plan, ProcessPlan};
use crate::secret::Secrets;
use crate::source::SourceMap;

use difference::Before;

pub(crate) use difference::price_change;

/// How plans are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFormat {
    /// For people.
    Human,
    /// One JSON document; version 1 is stable.
    Json,
    /// For a page, or a comment on a pull request.
    Markdown,
    /// One page with plots.
    Html,
    /// For coding assistants.
    Agent,
}

impl PlanFormat {
    /// Every format with its name on the command line and what it is.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Human, "human", "For people"),
        (Self::Json, "json", "One JSON document; version 1 is stable"),
        (Self::Markdown, "markdown", "For a page, or a comment on a pull request"),
        (Self::Html, "html", "One page with plots, which needs nothing else"),
        (Self::Agent, "agent", "For coding assistants: the figures, and the lines to write"),
    ];

    /// What its text is, to a program that reads it.
    fn wire(self, options: &ReportOptions<'_>) -> Wire {
        match self {
            Self::Human => Wire::Prose(options.ink),
            Self::Json => Wire::Json,
            Self::Html => Wire::Xml,
            Self::Markdown | Self::Agent => Wire::Prose(Ink::Plain),
        }
    }
}

impl ValueEnum for PlanFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Human, Self::Json, Self::Markdown, Self::Html, Self::Agent]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (_, name, doc) = Self::ALL[*self as usize];
        Some(PossibleValue::new(name).help(doc))
    }
}

impl Shown<Vec<Plan>> {
    /// Plans without the secrets of their files.
    pub fn plans(mut plans: Vec<Plan>, secrets: &Secrets) -> Self {
        plans.iter_mut().for_each(|it| redact(Redactor::new(secrets), it));
        Self { what: plans, sources: SourceMap::new() }
    }
}

/// Takes secrets out of every text that comes from files.
fn redact(redactor: Redactor<'_>, plan: &mut Plan) {
    for it in &mut plan.assumptions {
        redactor.prose(&mut it.text);
    }
    for deployment in &mut plan.deployments {
        figure(redactor, &mut deployment.price);
        deployment.includes.iter_mut().for_each(|(it, _)| redactor.prose(it));
        deployment.excludes.iter_mut().for_each(|it| redactor.prose(it));
        deployment.processes.iter_mut().for_each(|it| process(redactor, it));
        deployment.functions.iter_mut().for_each(|it| function::redact(redactor, it));
    }
}

fn process(redactor: Redactor<'_>, plan: &mut ProcessPlan) {
    let it = &mut plan.figures;
    let unknowns = [&mut it.instances.unknown, &mut it.no_throughput];
    unknowns.into_iter().flatten().for_each(|it| unknown(redactor, it));
    it.memory.parts.iter_mut().for_each(|it| redactor.prose(&mut it.origin));
    for it in [
        &mut it.price_each,
        &mut it.price,
        &mut it.memory.needed_mb,
        &mut it.memory.percent,
        &mut it.slots,
        &mut it.connections.needed,
        &mut it.connections.during_deploy,
    ] {
        figure(redactor, it);
    }
    plan.worlds.iter_mut().for_each(|it| choice(redactor, &mut it.figures));
    plan.choices.iter_mut().for_each(|it| choice(redactor, it));
    for it in &mut plan.elsewhere {
        figure(redactor, &mut it.price);
        it.changes.iter_mut().for_each(|it| redactor.prose(&mut it.text));
        if let Some(it) = &mut it.choice {
            choice(redactor, it);
        }
    }
}

fn choice(redactor: Redactor<'_>, it: &mut Choice) {
    for it in [
        &mut it.price,
        &mut it.slots,
        &mut it.requests_per_minute,
        &mut it.memory_percent,
        &mut it.connections.needed,
        &mut it.connections.during_deploy,
    ] {
        figure(redactor, it);
    }
}

fn figure(redactor: Redactor<'_>, figure: &mut Figure) {
    if let Err(it) = figure {
        unknown(redactor, it);
    }
}

fn unknown(redactor: Redactor<'_>, unknown: &mut Unknown) {
    redactor.prose(&mut unknown.reason);
    redactor.prose(&mut unknown.settle_with);
}

/// What is planned, and where it is deployed.
fn head(it: &DeploymentPlan) -> String {
    let platform = it.platform.as_ref().map(|it| {
        let assumed = if it.is_assumed { " (assumed)" } else { "" };
        format!(" on {}{assumed}", it.name)
    });
    format!("{}{}", it.place(), platform.unwrap_or_default())
}

/// What is in a price beside processes.
fn included(it: &DeploymentPlan) -> String {
    let one = |(name, usd): &(String, Bounds)| format!("{name} {}", words::money_range(*usd));
    it.includes.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Whether there is nothing to plan.
fn is_empty(plans: &[Plan]) -> bool {
    plans.iter().all(|it| it.deployments.is_empty())
}

/// What there is instead of something to plan: a line for each manifest.
fn left_out(plans: &[Plan]) -> Vec<String> {
    let all = plans.iter().flat_map(|it| &it.left_out);
    let mut of_manifests: Vec<(&str, Vec<&LeftOut>)> = Vec::new();
    for it in all {
        match of_manifests.iter_mut().find(|(manifest, _)| *manifest == it.manifest) {
            Some((_, same)) => same.push(it),
            None => of_manifests.push((&it.manifest, vec![it])),
        }
    }
    let line = |(manifest, all): (&str, Vec<&LeftOut>)| {
        let named = |it: &&LeftOut| match it.kind.as_deref() {
            Some(kind) => format!("{} ({kind})", it.process),
            None => format!("{} (what it is for is not known)", it.process),
        };
        let shown: Vec<String> = all.iter().take(LEFT_OUT_MAX).map(named).collect();
        let more = all.len().saturating_sub(LEFT_OUT_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{manifest} has {}{more}", shown.join(", "))
    };
    of_manifests.into_iter().map(line).collect()
}

/// The most processes of a manifest that are named where none is planned.
const LEFT_OUT_MAX: usize = 3;

/// Writes the plans of all projects, or what of them changed.
///
/// # Errors
/// When `out` refuses.
pub fn write_plans(
    out: &mut dyn io::Write,
    format: PlanFormat,
    shown: &Shown<Vec<Plan>>,
    before: Option<(&Shown<Vec<Plan>>, &str)>,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let mut out = SafeWriter::new(out, format.wire(options));
    let plans = &shown.what;
    let before = before.map(|(shown, revision)| Before { plans: &shown.what, revision });
    match (format, before) {
        (PlanFormat::Human, None) => human::write(&mut out, plans, options)?,
        (PlanFormat::Human, Some(before)) => {
            difference::human(&mut out, before, plans, options)?;
        }
        (PlanFormat::Json, None) => json::write(&mut out, plans)?,
        (PlanFormat::Json, Some(before)) => difference::json(&mut out, before, plans)?,
        (PlanFormat::Agent, None) if !is_empty(plans) => agent::write(&mut out, plans)?,
        (PlanFormat::Agent, None) => human::write(&mut out, plans, options)?,
        (PlanFormat::Agent, Some(before)) => {
            difference::human(&mut out, before, plans, options)?;
        }
        (PlanFormat::Html, _) => html::write(&mut out, plans)?,
        (PlanFormat::Markdown, None) => markdown::write(&mut out, plans)?,
        (PlanFormat::Markdown, Some(before)) => difference::markdown(&mut out, before, plans)?,
    }
    out.flush()
}

//! `opslint plan`: fit, capacity, cost and choices.

mod human;
mod json;
mod words;

use std::io::{self, Write as _};

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::options::ReportOptions;
use super::redact::Redactor;
use super::safe::{SafeWriter, Wire};
use super::shown::Shown;
use crate::fact::Unknown;
use crate::plan::{Figure, Plan, ProcessPlan};
use crate::secret::Secrets;
use crate::source::SourceMap;

/// How plans are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFormat {
    /// For people.
    Human,
    /// One JSON document; version 1 is stable.
    Json,
}

impl PlanFormat {
    /// Every format with its name on the command line and what it is.
    pub const ALL: [(Self, &'static str, &'static str); 2] = [
        (Self::Human, "human", "For people"),
        (Self::Json, "json", "One JSON document; version 1 is stable"),
    ];

    /// What its text is, to a program that reads it.
    fn wire(self, options: &ReportOptions<'_>) -> Wire {
        match self {
            Self::Human => Wire::Prose(options.ink),
            Self::Json => Wire::Json,
        }
    }
}

impl ValueEnum for PlanFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Human, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (_, name, doc) = Self::ALL[*self as usize];
        Some(PossibleValue::new(name).help(doc))
    }
}

impl Shown<Vec<Plan>> {
    /// Plans without the secrets of their files.
    pub fn plans(mut plans: Vec<Plan>, secrets: &Secrets) -> Self {
        plans.iter_mut().for_each(|it| redact(Redactor(secrets), it));
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
        deployment.excludes.iter_mut().for_each(|it| redactor.prose(it));
        deployment.processes.iter_mut().for_each(|it| process(redactor, it));
    }
}

fn process(redactor: Redactor<'_>, plan: &mut ProcessPlan) {
    let it = &mut plan.figures;
    let unknowns = [&mut it.instances.unknown, &mut it.no_throughput];
    unknowns.into_iter().flatten().for_each(|it| unknown(redactor, it));
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
    for it in &mut plan.choices {
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

/// Writes the plans of all projects.
///
/// # Errors
/// When `out` refuses.
pub fn write_plans(
    out: &mut dyn io::Write,
    format: PlanFormat,
    shown: &Shown<Vec<Plan>>,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let mut out = SafeWriter::new(out, format.wire(options));
    match format {
        PlanFormat::Human => human::write(&mut out, &shown.what, options)?,
        PlanFormat::Json => json::write(&mut out, &shown.what)?,
    }
    out.flush()
}

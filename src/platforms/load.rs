//! From the text of a platform file to a [`Platform`]: shapes, sources, and names that clash.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use toml::Spanned;

use super::advice::RawAdvice;
use super::platform::{PlanCase, Platform};
use super::rows::{
    ColumnSources, CpuKind, Database, DefaultDatabase, DefaultMachine, DefaultWorld, Evidence,
    Inject, MachineSize, Plan, RawCpuKind, RawDatabase, RawDefaultDatabase, RawDefaultMachine,
    RawDefaultWorld, RawEvidence, RawInject, RawMachineSize, RawPlan, RawRuntime, RawScaling,
    RawStack, RawTool, RawTrigger, RawUsage, Runtime, Scaling, Stack, Tool, Trigger, Usage,
};
use super::sections::{
    RawAutoscaling, RawBoot, RawBuild, RawCron, RawDisk, RawFunction, RawHealthCheck, RawHost,
    RawIdle, RawMachine, RawRouter, RawScale, RawShutdown,
};
use super::sourced::Source;
use super::traits::RawTraits;
use crate::packed::{self, PackedError};

/// Why a platform file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// What is wrong, in one line.
    pub message: String,
    /// Bytes of the file it is about.
    pub range: Range<usize>,
}

impl LoadError {
    pub(super) fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        Self { message: message.into(), range }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for LoadError {}

/// Finds sources by their keys.
pub(super) struct Resolver {
    sources: BTreeMap<String, Arc<Source>>,
}

impl Resolver {
    /// Finds sources among these.
    pub(super) fn new(sources: BTreeMap<String, Arc<Source>>) -> Self {
        Self { sources }
    }

    /// The source under a key of `[sources]`.
    pub(super) fn source(&self, key: &Spanned<String>) -> Result<Arc<Source>, LoadError> {
        let source = self.sources.get(key.get_ref()).map(Arc::clone);
        source.ok_or_else(|| {
            LoadError::new(format!("no `[sources.{}]` in this file", key.get_ref()), key.span())
        })
    }
}

/// A platform file as written. Unknown keys are errors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlatform {
    id: Spanned<String>,
    name: Option<String>,
    url: Option<String>,
    plan_case: Option<PlanCase>,
    #[serde(default)]
    sources: BTreeMap<String, Source>,
    #[serde(default)]
    column_sources: RawColumnSources,
    #[serde(default)]
    plans: Vec<RawPlan>,
    #[serde(default)]
    cpu_kinds: Vec<RawCpuKind>,
    #[serde(default)]
    machine_sizes: Vec<RawMachineSize>,
    #[serde(default)]
    default_machines: Vec<RawDefaultMachine>,
    #[serde(default)]
    databases: Vec<RawDatabase>,
    #[serde(default)]
    default_databases: Vec<RawDefaultDatabase>,
    #[serde(default)]
    default_world: Vec<RawDefaultWorld>,
    #[serde(default)]
    evidence: Vec<RawEvidence>,
    #[serde(default)]
    usage: Vec<RawUsage>,
    #[serde(default)]
    injects: Vec<RawInject>,
    #[serde(default)]
    runtimes: Vec<RawRuntime>,
    #[serde(default)]
    stacks: Vec<RawStack>,
    #[serde(default)]
    triggers: Vec<RawTrigger>,
    #[serde(default)]
    tools: Vec<RawTool>,
    #[serde(default)]
    scalings: Vec<RawScaling>,
    #[serde(default)]
    traits: RawTraits,
    #[serde(default)]
    advice: RawAdvice,
    #[serde(default)]
    function: RawFunction,
    #[serde(default)]
    router: RawRouter,
    #[serde(default)]
    shutdown: RawShutdown,
    #[serde(default)]
    boot: RawBoot,
    #[serde(default)]
    host: RawHost,
    #[serde(default)]
    machine: RawMachine,
    #[serde(default)]
    idle: RawIdle,
    #[serde(default)]
    scale: RawScale,
    #[serde(default)]
    autoscaling: RawAutoscaling,
    #[serde(default)]
    build: RawBuild,
    #[serde(default)]
    cron: RawCron,
    #[serde(default)]
    disk: RawDisk,
    #[serde(default)]
    health_check: RawHealthCheck,
}

/// Sources of columns, for each table of rows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawColumnSources {
    plans: ColumnSources,
    cpu_kinds: ColumnSources,
    machine_sizes: ColumnSources,
    default_machines: ColumnSources,
    databases: ColumnSources,
    default_databases: ColumnSources,
    default_world: ColumnSources,
    evidence: ColumnSources,
    usage: ColumnSources,
    injects: ColumnSources,
    runtimes: ColumnSources,
    stacks: ColumnSources,
    triggers: ColumnSources,
    tools: ColumnSources,
    scalings: ColumnSources,
}

/// The platform that a file describes, or the first thing that is wrong with the file.
pub(super) fn platform(text: &str) -> Result<Platform, LoadError> {
    checked(packed::read_toml(text).map_err(load_error)?)
}

/// The same, read by the library for TOML, which reads the text itself.
#[cfg(test)]
pub(super) fn by_toml(text: &str) -> Result<Platform, LoadError> {
    let raw = toml::from_str(text).map_err(|error| {
        LoadError::new(error.message().trim_end(), error.span().unwrap_or_default())
    })?;
    checked(raw)
}

/// The platform that a packed file describes.
pub(super) fn embedded(packed: &[u8]) -> Result<Platform, LoadError> {
    checked(packed::read(packed).map_err(load_error)?)
}

pub(super) fn load_error(error: PackedError) -> LoadError {
    LoadError::new(error.to_string(), error.range())
}

fn checked(mut raw: RawPlatform) -> Result<Platform, LoadError> {
    check_id(&raw.id)?;
    check_plan_names(&raw.plans)?;
    check_database_names(&raw.databases)?;
    check_default_machines(&raw.default_machines)?;
    check_prices(&raw.usage)?;
    check_evidence(&raw.evidence)?;
    let sources = std::mem::take(&mut raw.sources);
    let sources = sources.into_iter().map(|(key, source)| (key, Arc::new(source))).collect();
    raw.resolve(&Resolver::new(sources))
}

impl RawPlatform {
    fn resolve(self, resolver: &Resolver) -> Result<Platform, LoadError> {
        macro_rules! rows {
            ($table:ident: $row:ty) => {{
                let columns = &self.column_sources.$table;
                check_columns(columns, <$row>::COLUMNS)?;
                let rows = self.$table.into_iter().map(|it| it.resolve(resolver, columns));
                rows.collect::<Result<_, _>>()?
            }};
        }
        Ok(Platform {
            id: self.id.into_inner(),
            name: self.name,
            url: self.url,
            plan_case: self.plan_case,
            plans: rows!(plans: Plan),
            cpu_kinds: rows!(cpu_kinds: CpuKind),
            machine_sizes: rows!(machine_sizes: MachineSize),
            default_machines: rows!(default_machines: DefaultMachine),
            databases: rows!(databases: Database),
            default_databases: rows!(default_databases: DefaultDatabase),
            default_world: rows!(default_world: DefaultWorld),
            evidence: rows!(evidence: Evidence),
            usage: rows!(usage: Usage),
            injects: rows!(injects: Inject),
            runtimes: rows!(runtimes: Runtime),
            stacks: rows!(stacks: Stack),
            triggers: rows!(triggers: Trigger),
            tools: rows!(tools: Tool),
            scalings: rows!(scalings: Scaling),
            traits: self.traits.resolve(resolver)?,
            advice: self.advice.resolve(resolver)?,
            trait_facts: OnceLock::new(),
            function: self.function.resolve(resolver)?,
            router: self.router.resolve(resolver)?,
            shutdown: self.shutdown.resolve(resolver)?,
            boot: self.boot.resolve(resolver)?,
            host: self.host.resolve(resolver)?,
            machine: self.machine.resolve(resolver)?,
            idle: self.idle.resolve(resolver)?,
            scale: self.scale.resolve(resolver)?,
            autoscaling: self.autoscaling.resolve(resolver)?,
            build: self.build.resolve(resolver)?,
            cron: self.cron.resolve(resolver)?,
            disk: self.disk.resolve(resolver)?,
            health_check: self.health_check.resolve(resolver)?,
        })
    }
}

/// Weights of evidence: with a heavier one, no other would count.
const WEIGHTS: std::ops::RangeInclusive<u32> = 1..=3;

fn check_evidence(rows: &[RawEvidence]) -> Result<(), LoadError> {
    for row in rows {
        if !row.weight.is_some_and(|it| WEIGHTS.contains(&it)) {
            let message = "evidence needs a `weight` of 1, 2 or 3";
            return Err(LoadError::new(message, row.text.span()));
        }
        if row.text.get_ref().trim().is_empty() {
            return Err(LoadError::new("evidence needs a text", row.text.span()));
        }
    }
    Ok(())
}

/// Ids are written in rules and in opslint.toml.
fn check_id(id: &Spanned<String>) -> Result<(), LoadError> {
    let name = id.get_ref();
    let is_kebab = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if !name.is_empty() && name.bytes().all(is_kebab) {
        return Ok(());
    }
    let message = format!("`{name}` is not an id: use lower-case letters, digits and `-`");
    Err(LoadError::new(message, id.span()))
}

pub(super) fn check_columns(columns: &ColumnSources, known: &[&str]) -> Result<(), LoadError> {
    match columns.keys().find(|it| !known.contains(&it.get_ref().as_str())) {
        Some(name) => {
            let message = format!("`{}` is not a column of these rows", name.get_ref());
            Err(LoadError::new(message, name.span()))
        }
        None => Ok(()),
    }
}

/// A name means one plan for each kind of process.
fn check_plan_names(plans: &[RawPlan]) -> Result<(), LoadError> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for (idx, plan) in plans.iter().enumerate() {
        for name in std::iter::once(plan.name.get_ref()).chain(&plan.aliases) {
            let name = name.to_ascii_lowercase();
            let taken = |(other, at): &(String, usize)| {
                *other == name && (*at == idx || plans[*at].kinds.overlaps(&plan.kinds))
            };
            if seen.iter().any(taken) {
                return Err(LoadError::new(format!("two plans `{name}`"), plan.name.span()));
            }
            seen.push((name, idx));
        }
    }
    Ok(())
}

fn check_database_names(databases: &[RawDatabase]) -> Result<(), LoadError> {
    let mut seen = Vec::new();
    for database in databases {
        for name in database.plans.get_ref() {
            let key = (*database.kind.get_ref() as u8, name.to_ascii_lowercase());
            if seen.contains(&key) {
                let message = format!("two databases `{name}`");
                return Err(LoadError::new(message, database.plans.span()));
            }
            seen.push(key);
        }
    }
    Ok(())
}

/// A default is a plan, a size, or a reason.
fn check_default_machines(machines: &[RawDefaultMachine]) -> Result<(), LoadError> {
    for machine in machines {
        let size = (machine.cpus.is_some(), machine.memory_mb.is_some());
        let named = (machine.plan.is_some(), machine.unknown.is_some());
        let valid = matches!(
            (named, size),
            ((true, false), (false, false))
                | ((false, true), (false, false))
                | ((false, false), (true, true))
        );
        if !valid {
            let message = "a default needs one of: `plan`; `cpus` and `memory_mb`; `unknown`";
            return Err(LoadError::new(message, machine.source.span()));
        }
    }
    Ok(())
}

/// A price is a number that somebody can pay.
fn check_prices(usage: &[RawUsage]) -> Result<(), LoadError> {
    for row in usage {
        let numbers = [row.price_usd, row.free_month].into_iter().flatten();
        if row.price_usd.is_none() || numbers.clone().any(|it| !it.is_finite() || it < 0.0) {
            let message = "a price needs `price_usd`, and no number below 0";
            return Err(LoadError::new(message, row.unit.span()));
        }
    }
    Ok(())
}

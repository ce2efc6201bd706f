//! `opslint plan --format json`, version 1: fields are added, never renamed or removed.
//!
//! A number is `{"min", "max"}`, both included, or `{"unknown": {"reason", "settle_with"}}`. What
//! never ends, such as the wait under too much load, is null.

mod functions;

use std::io;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::fact::{Unknown, Value};
use crate::plan::{
    Bounds, Change, Choice, Demand, DeploymentPlan, Elsewhere, Figure, Functions, LeftOut,
    Measured, Part, Plan, ProcessPlan, Throughput, WorldPlan,
};

use functions::FunctionV1;

#[derive(Serialize)]
pub(super) struct PlansV1<'a> {
    version: u32,
    assumptions: Vec<AssumptionV1<'a>>,
    pub(super) deployments: Vec<DeploymentV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOutV1<'a>>,
}

#[derive(Serialize)]
struct LeftOutV1<'a> {
    manifest: &'a str,
    process: &'a str,
    kind: Option<&'a str>,
}

#[derive(Serialize)]
struct AssumptionV1<'a> {
    text: &'a str,
    settle_with: &'a str,
}

#[derive(Serialize)]
pub(super) struct DeploymentV1<'a> {
    manifest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    platform: Option<&'a str>,
    price_usd_month: PriceV1<'a>,
    processes: Vec<ProcessV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functions: Vec<FunctionV1<'a>>,
}

#[derive(Serialize)]
struct PriceV1<'a> {
    #[serde(flatten)]
    usd: FigureV1<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    includes: Vec<IncludedV1<'a>>,
    excludes: &'a [String],
}

/// A database, a cache or a disk in the price.
#[derive(Serialize)]
struct IncludedV1<'a> {
    name: &'a str,
    price_usd_month: BoundsV1,
}

#[derive(Serialize)]
struct ProcessV1<'a> {
    name: &'a str,
    kind: &'a str,
    machine: MachineV1<'a>,
    instances: InstancesV1<'a>,
    price_usd_month: FigureV1<'a>,
    price_usd_month_each: FigureV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_usd_month_by_profile: Option<Number>,
    memory: MemoryV1<'a>,
    slots: FigureV1<'a>,
    throughput: Vec<ThroughputV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<MeasuredV1<'a>>,
    connections: ConnectionsV1<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    worlds: Vec<WorldV1<'a>>,
    choices: Vec<ChoiceV1<'a>>,
    best: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    functions: Option<FunctionsV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<ElsewhereV1<'a>>,
}

/// What was measured and is planned with: seconds of a request on average, and requests in the
/// busiest minute.
#[derive(Serialize)]
struct MeasuredV1<'a> {
    response_time_s: Option<Number>,
    requests_per_minute: Option<Number>,
    source: &'a str,
}

#[derive(Serialize)]
struct FunctionsV1<'a> {
    platform: &'a str,
    memory_mb: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpus: Option<Number>,
    requests_at_once: Number,
    response_time_s: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_ready_usd_month: Option<BoundsV1>,
    break_even_per_minute: Option<Number>,
}

#[derive(Serialize)]
struct ElsewhereV1<'a> {
    platform: &'a str,
    label: &'a str,
    price_usd_month: FigureV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: Option<ChoiceV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_use: Option<FunctionsV1<'a>>,
    changes: Vec<ChangeV1<'a>>,
}

#[derive(Serialize)]
struct ChangeV1<'a> {
    subject: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct MachineV1<'a> {
    plan: Option<&'a str>,
    cpus: Option<Number>,
    cpus_lasting: Option<Number>,
    cpu_kind: Option<&'a str>,
    memory_mb: Option<Number>,
}

#[derive(Serialize)]
struct InstancesV1<'a> {
    min: Option<Number>,
    max: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<UnknownV1<'a>>,
}

#[derive(Serialize)]
struct MemoryV1<'a> {
    needed_mb: FigureV1<'a>,
    percent: FigureV1<'a>,
    verdict: &'static str,
    workers: Option<Number>,
    per_worker_mb: Option<Number>,
    room_for_workers: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartV1<'a>>,
}

#[derive(Serialize)]
struct PartV1<'a> {
    name: &'static str,
    count: BoundsV1,
    each_mb: BoundsV1,
    counted: bool,
    origin: &'a str,
}

#[derive(Serialize)]
struct ThroughputV1 {
    response_time_s: Number,
    requests_per_minute: BoundsV1,
    comfortable_per_minute: BoundsV1,
    limited_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    demand: Option<DemandV1>,
}

#[derive(Serialize)]
struct DemandV1 {
    utilisation: Number,
    mean_wait_s: Number,
    p95_wait_s: Number,
}

#[derive(Serialize)]
struct ConnectionsV1<'a> {
    needed: FigureV1<'a>,
    during_deploy: FigureV1<'a>,
    available: Option<Number>,
}

/// The process where the files leave open on what it runs.
#[derive(Serialize)]
struct WorldV1<'a> {
    platform: &'a str,
    plan: Option<&'a str>,
    /// Whether it is the one that is planned with.
    assumed: bool,
    #[serde(flatten)]
    figures: ChoiceV1<'a>,
}

#[derive(Serialize)]
struct ChoiceV1<'a> {
    label: &'a str,
    with: WithV1<'a>,
    price_usd_month: FigureV1<'a>,
    slots: FigureV1<'a>,
    requests_per_minute: FigureV1<'a>,
    memory_percent: FigureV1<'a>,
    breaks: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    is_enough: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// A number or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
enum FigureV1<'a> {
    Known(BoundsV1),
    Unknown { unknown: UnknownV1<'a> },
}

#[derive(Serialize)]
pub(super) struct BoundsV1 {
    min: Number,
    max: Number,
}

#[derive(Serialize)]
struct UnknownV1<'a> {
    reason: &'a str,
    settle_with: &'a str,
}

/// A number without a fraction where it has none, with as many digits as mean something.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded = (self.0 * 10_000.0).round() / 10_000.0;
        match rounded {
            it if !it.is_finite() => serializer.serialize_none(),
            it if it.fract() == 0.0 && it.abs() < 9e15 => serializer.serialize_i64(it as i64),
            it => serializer.serialize_f64(it),
        }
    }
}

/// Facts by name, in the order in which they are stated.
struct WithV1<'a>(&'a [(String, Value)]);

impl Serialize for WithV1<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            match value.as_number() {
                Some(number) => map.serialize_entry(name, &Number(number))?,
                None => map.serialize_entry(name, &value.to_string())?,
            }
        }
        map.end()
    }
}

/// Writes one indented document.
pub(super) fn write(out: &mut dyn io::Write, plans: &[Plan]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(plans))?;
    writeln!(out)
}

/// The document of all plans.
pub(super) fn document(plans: &[Plan]) -> PlansV1<'_> {
    let assumptions = plans.iter().flat_map(|it| &it.assumptions);
    PlansV1 {
        version: 1,
        assumptions: assumptions
            .map(|it| AssumptionV1 { text: &it.text, settle_with: &it.settle_with })
            .collect(),
        deployments: plans.iter().flat_map(|it| &it.deployments).map(deployment).collect(),
        left_out: plans.iter().flat_map(|it| &it.left_out).map(left_out).collect(),
    }
}

fn left_out(it: &LeftOut) -> LeftOutV1<'_> {
    LeftOutV1 { manifest: &it.manifest, process: &it.process, kind: it.kind.as_deref() }
}

fn deployment(it: &DeploymentPlan) -> DeploymentV1<'_> {
    DeploymentV1 {
        manifest: &it.manifest,
        name: it.name.as_deref(),
        platform: it.platform.as_ref().map(|it| it.id.as_str()),
        price_usd_month: PriceV1 {
            usd: figure(&it.price),
            includes: it.includes.iter().map(included).collect(),
            excludes: &it.excludes,
        },
        processes: it.processes.iter().map(process).collect(),
        functions: it.functions.iter().map(functions::function).collect(),
    }
}

fn included((name, usd): &(String, Bounds)) -> IncludedV1<'_> {
    IncludedV1 { name, price_usd_month: bounds(*usd) }
}

fn process(it: &ProcessPlan) -> ProcessV1<'_> {
    let figures = &it.figures;
    let machine = &figures.machine;
    let least = |it: Bounds| Number(it.min);
    ProcessV1 {
        name: &it.name,
        kind: &it.kind,
        machine: MachineV1 {
            plan: machine.plan.as_deref(),
            cpus: machine.cpus.map(least),
            cpus_lasting: machine.cpus_lasting.map(Number),
            cpu_kind: machine.cpu_kind.as_deref(),
            memory_mb: machine.memory_mb.map(least),
        },
        instances: InstancesV1 {
            min: figures.instances.min.map(Number),
            max: figures.instances.max.map(Number),
            unknown: figures.instances.unknown.as_ref().map(unknown),
        },
        price_usd_month: figure(&figures.price),
        price_usd_month_each: figure(&figures.price_each),
        price_usd_month_by_profile: figures.price_by_profile.map(Number),
        memory: MemoryV1 {
            needed_mb: figure(&figures.memory.needed_mb),
            percent: figure(&figures.memory.percent),
            verdict: figures.memory.verdict.name(),
            workers: figures.workers.map(least),
            per_worker_mb: figures.memory.per_worker_mb.map(least),
            room_for_workers: figures.memory.room_for,
            parts: figures.memory.parts.iter().map(part).collect(),
        },
        slots: figure(&figures.slots),
        throughput: figures.throughput.iter().map(throughput).collect(),
        measured: it.measured.as_ref().map(measured),
        connections: ConnectionsV1 {
            needed: figure(&figures.connections.needed),
            during_deploy: figure(&figures.connections.during_deploy),
            available: figures.connections.available.map(Number),
        },
        worlds: it.worlds.iter().map(world).collect(),
        choices: it.choices.iter().map(choice).collect(),
        best: it.best,
        functions: it.functions.as_ref().map(beside),
        elsewhere: it.elsewhere.iter().map(elsewhere).collect(),
    }
}

fn measured(it: &Measured) -> MeasuredV1<'_> {
    MeasuredV1 {
        response_time_s: it.response_s.map(Number),
        requests_per_minute: it.requests_per_minute.map(Number),
        source: &it.source,
    }
}

fn part(it: &Part) -> PartV1<'_> {
    PartV1 {
        name: it.name,
        count: bounds(it.count),
        each_mb: bounds(it.each_mb),
        counted: it.is_counted,
        origin: &it.origin,
    }
}

fn beside(it: &Functions) -> FunctionsV1<'_> {
    FunctionsV1 {
        platform: &it.platform,
        memory_mb: Number(it.memory_mb),
        cpus: it.cpus.map(Number),
        requests_at_once: Number(it.at_once),
        response_time_s: Number(it.response_s),
        kept_ready_usd_month: it.kept_ready_usd_month.map(bounds),
        break_even_per_minute: it.break_even_per_minute.map(Number),
    }
}

fn elsewhere(it: &Elsewhere) -> ElsewhereV1<'_> {
    let change = |it| {
        let Change { subject, text }: &Change = it;
        ChangeV1 { subject: subject.name(), text }
    };
    ElsewhereV1 {
        platform: &it.platform.id,
        label: &it.label,
        price_usd_month: figure(&it.price),
        choice: it.choice.as_ref().map(choice),
        by_use: it.by_use.as_ref().map(beside),
        changes: it.changes.iter().map(change).collect(),
    }
}

fn throughput(it: &Throughput) -> ThroughputV1 {
    let demand = |it: Demand| DemandV1 {
        utilisation: Number(it.utilisation),
        mean_wait_s: Number(it.mean_wait_s),
        p95_wait_s: Number(it.p95_wait_s),
    };
    ThroughputV1 {
        response_time_s: Number(it.response_s),
        requests_per_minute: bounds(it.most),
        comfortable_per_minute: bounds(it.comfortable),
        limited_by: it.limited_by.name(),
        demand: it.demand.map(demand),
    }
}

fn world(it: &WorldPlan) -> WorldV1<'_> {
    WorldV1 {
        platform: &it.platform.id,
        plan: it.plan.as_deref(),
        assumed: it.is_taken,
        figures: choice(&it.figures),
    }
}

fn choice(it: &Choice) -> ChoiceV1<'_> {
    ChoiceV1 {
        label: &it.label,
        with: WithV1(&it.with),
        price_usd_month: figure(&it.price),
        slots: figure(&it.slots),
        requests_per_minute: figure(&it.requests_per_minute),
        memory_percent: figure(&it.memory_percent),
        breaks: &it.breaks,
        is_enough: it.is_enough,
        note: it.note.as_deref(),
    }
}

fn figure(it: &Figure) -> FigureV1<'_> {
    match it {
        Ok(it) => FigureV1::Known(bounds(*it)),
        Err(it) => FigureV1::Unknown { unknown: unknown(it) },
    }
}

pub(super) fn bounds(it: Bounds) -> BoundsV1 {
    BoundsV1 { min: Number(it.min), max: Number(it.max) }
}

fn unknown(it: &Unknown) -> UnknownV1<'_> {
    UnknownV1 { reason: &it.reason, settle_with: &it.settle_with }
}

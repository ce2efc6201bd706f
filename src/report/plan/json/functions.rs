//! Functions of a deployment in the document of plans.

use serde::Serialize;

use super::{BoundsV1, FigureV1, MeasuredV1, Number, UnknownV1, WithV1, bounds, figure, unknown};
use crate::plan::{BesideInstances, Calls, FunctionChoice, FunctionFigures, FunctionPlan};

#[derive(Serialize)]
pub(super) struct FunctionV1<'a> {
    name: &'a str,
    trigger: Option<&'a str>,
    #[serde(flatten)]
    figures: FiguresV1<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<MeasuredV1<'a>>,
    choices: Vec<ChoiceV1<'a>>,
    best: Option<usize>,
    instances: Vec<InstancesV1<'a>>,
}

#[derive(Serialize)]
struct FiguresV1<'a> {
    memory: MemoryV1<'a>,
    cpus: Option<Number>,
    timeout_s: Option<Number>,
    at_once: Option<Number>,
    ready: Number,
    ready_usd_month: Option<BoundsV1>,
    price_usd_month: Option<BoundsV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_price: Option<UnknownV1<'a>>,
    calls: Vec<CallsV1>,
}

#[derive(Serialize)]
struct MemoryV1<'a> {
    has_mb: FigureV1<'a>,
    needed_mb: FigureV1<'a>,
    percent: FigureV1<'a>,
}

#[derive(Serialize)]
struct CallsV1 {
    response_time_s: Number,
    takes_s: Number,
    requests_per_minute_max: Option<Number>,
    usd_million: Number,
    free_calls_month: Number,
}

#[derive(Serialize)]
struct ChoiceV1<'a> {
    label: &'a str,
    with: WithV1<'a>,
    #[serde(flatten)]
    figures: FiguresV1<'a>,
    breaks: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    is_enough: Option<bool>,
}

#[derive(Serialize)]
struct InstancesV1<'a> {
    platform: &'a str,
    plan: &'a str,
    workers: u32,
    worker_mb: Number,
    price_usd_month_each: Number,
    cheaper_from_per_minute: Number,
}

pub(super) fn function(it: &FunctionPlan) -> FunctionV1<'_> {
    FunctionV1 {
        name: &it.name,
        trigger: it.trigger.as_deref(),
        figures: figures(&it.figures),
        measured: it.measured.as_ref().map(super::measured),
        choices: it.choices.iter().map(choice).collect(),
        best: it.best,
        instances: it.instances.iter().map(instances).collect(),
    }
}

fn figures(it: &FunctionFigures) -> FiguresV1<'_> {
    FiguresV1 {
        memory: MemoryV1 {
            has_mb: figure(&it.memory_mb),
            needed_mb: figure(&it.needed_mb),
            percent: figure(&it.percent),
        },
        cpus: it.cpus.map(Number),
        timeout_s: it.timeout_s.map(Number),
        at_once: it.at_once.map(Number),
        ready: Number(it.ready),
        ready_usd_month: it.ready_usd_month.map(bounds),
        price_usd_month: it.usd_month.map(bounds),
        no_price: it.no_price.as_ref().map(unknown),
        calls: it.calls.iter().map(calls).collect(),
    }
}

fn calls(it: &Calls) -> CallsV1 {
    CallsV1 {
        response_time_s: Number(it.response_s),
        takes_s: Number(it.here_s),
        requests_per_minute_max: it.most_per_minute.map(Number),
        usd_million: Number(it.usd_million),
        free_calls_month: Number(it.free_calls.floor()),
    }
}

fn choice(it: &FunctionChoice) -> ChoiceV1<'_> {
    ChoiceV1 {
        label: &it.label,
        with: WithV1(&it.with),
        figures: figures(&it.figures),
        breaks: &it.breaks,
        is_enough: it.is_enough,
    }
}

fn instances(it: &BesideInstances) -> InstancesV1<'_> {
    InstancesV1 {
        platform: &it.platform,
        plan: &it.plan,
        workers: it.workers,
        worker_mb: Number(it.worker_mb),
        price_usd_month_each: Number(it.usd_each),
        cheaper_from_per_minute: Number(it.from_per_minute),
    }
}

//! Functions that the files describe: what a call takes and costs with their memory, which memory
//! would be better, and from which demand on instances cost less.
//!
//! A function has no server whose workers are counted: each call has an environment of its own, and
//! a share of a CPU that comes with its memory. Another memory is evaluated like any other choice:
//! the project is resolved anew with it and judged by the rules.

mod choices;
mod instances;

pub use instances::BesideInstances;

use super::choices::{Planner, work};
use super::figure::{self, Bounds, Figure};
use super::functions::{self, Functions, Place};
use super::{figures, measured};
use crate::fact::{Unknown, Value};
use crate::platforms::Platform;
use crate::project::{Deployment, Process};
use crate::vocabulary as v;

/// The kind of process that is planned as a function.
pub(super) const KIND: &str = "function";

/// What calls a function and waits for its answer.
const ANSWERED: &[&str] = &["rest-api", "http-api", "alb", "function-url", "websocket"];

/// The plan of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionPlan {
    /// Name in the manifest.
    pub name: String,
    /// What calls it, where a file tells it.
    pub trigger: Option<String>,
    /// Whether somebody waits for the answer.
    pub is_answered: bool,
    /// What was measured of it, and is planned with.
    pub measured: Option<measured::Measured>,
    /// As it is.
    pub figures: FunctionFigures,
    /// With other memory; the first is as it is. Empty where nothing can be compared.
    pub choices: Vec<FunctionChoice>,
    /// Index of the best of them; `None` when none is without fault, or too little is known.
    pub best: Option<usize>,
    /// Machines that would serve the same requests, for each platform that was asked for.
    pub instances: Vec<BesideInstances>,
    /// The price of its calls, and how many there are a minute; `None` where either is not known.
    pub(super) billed: Option<(Functions, f64)>,
}

/// A function in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionFigures {
    /// Memory that it has, in MB.
    pub memory_mb: Figure,
    /// Memory that it needs, in MB.
    pub needed_mb: Figure,
    /// The part of its memory that it needs.
    pub percent: Figure,
    /// CPUs that come with the memory: at most one, as a call runs on one.
    pub cpus: Option<f64>,
    /// Seconds after which the platform ends a call.
    pub timeout_s: Option<f64>,
    /// Calls at once, at most: what is reserved for it, else what the account has for all.
    pub at_once: Option<f64>,
    /// Whether that is reserved for it alone.
    pub is_reserved: bool,
    /// Environments that are kept ready.
    pub ready: f64,
    /// Dollars a month of keeping these ready.
    pub ready_usd_month: Option<Bounds>,
    /// For each response time of the request.
    pub calls: Vec<Calls>,
    /// Why there is no price, where there is none.
    pub no_price: Option<Unknown>,
    /// Dollars a month of the demand, with what is kept ready; `None` without a demand.
    pub usd_month: Option<Bounds>,
}

/// Calls of a function that take so long with a whole CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    /// Seconds of a request with a whole CPU.
    pub response_s: f64,
    /// Seconds that it takes here.
    pub here_s: f64,
    /// The most calls a minute.
    pub most_per_minute: Option<f64>,
    /// Dollars of a million calls, where nothing of them is free.
    pub usd_million: f64,
    /// Calls of a month that cost nothing, where the account has no others.
    pub free_calls: f64,
}

/// A function with other memory.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionChoice {
    /// In a few words.
    pub label: String,
    /// What would have to be stated, by name; empty for what there is.
    pub with: Vec<(String, Value)>,
    /// What comes of it.
    pub figures: FunctionFigures,
    /// Rules that it breaks: errors, and warnings about the number of workers or threads.
    pub breaks: Vec<String>,
    /// Whether it answers as fast as was asked for; `None` where nobody asked.
    pub is_enough: Option<bool>,
}

impl FunctionFigures {
    /// At the response time that choices are compared by.
    pub fn compared(&self) -> Option<&Calls> {
        self.calls.get(self.calls.len() / 2)
    }
}

impl Planner<'_> {
    /// The plans of the functions of a deployment.
    pub(super) fn functions(&self, deployment: &Deployment) -> Vec<FunctionPlan> {
        let Some(platform) = figures::platform_of(deployment, self.catalog) else {
            return Vec::new();
        };
        let wanted = self.request.process.as_ref();
        let is_it = |it: &&Process| {
            super::kind(it) == KIND && wanted.is_none_or(|name| it.name.value == *name)
        };
        let plan = |process: &Process| {
            let (request, measured) = measured::request(process, self.request);
            let planner = Planner { request: &request, ..*self };
            let of = One { planner: &planner, deployment, process, platform };
            let plan = FunctionPlan { measured, ..of.plan() };
            self.evaluator.planned();
            plan
        };
        deployment.processes.iter().filter(is_it).map(plan).collect()
    }
}

/// One function.
struct One<'a> {
    planner: &'a Planner<'a>,
    deployment: &'a Deployment,
    process: &'a Process,
    platform: &'a Platform,
}

impl One<'_> {
    fn plan(&self) -> FunctionPlan {
        let planner = self.planner;
        let manifest = &self.deployment.manifest;
        let now = FunctionChoice {
            label: "now".to_owned(),
            with: Vec::new(),
            figures: self.figures(self.deployment, self.process),
            breaks: planner.breaks(planner.now, manifest, self.process, None),
            is_enough: None,
        };
        let now = FunctionChoice { is_enough: self.is_enough(&now.figures), ..now };
        let figures = now.figures.clone();
        let mut choices = vec![now];
        choices.extend(self.sizes(&figures).into_iter().filter_map(|it| self.with(it)));
        let best = self.best(&choices);
        // Sizes of which no price is known are nothing to choose from.
        if choices.len() < 2 || choices.iter().all(|it| it.figures.calls.is_empty()) {
            choices.clear();
        }
        let trigger = figure::text(&self.process.facts, v::FUNCTION_TRIGGER).map(str::to_owned);
        let is_answered = match trigger.as_deref() {
            Some(it) => ANSWERED.contains(&it),
            // Where functions have no triggers, requests call all of them.
            None => self.platform.trigger(ANSWERED[0]).is_none(),
        };
        let functions = self.priced(self.process, &figures.memory_mb);
        let instances = match &functions {
            Some(functions) if is_answered => self.instances(functions, &figures),
            _ => Vec::new(),
        };
        let demand = self.demand().filter(|_| is_answered);
        FunctionPlan {
            name: self.process.name.value.clone(),
            trigger,
            is_answered,
            measured: None,
            best: best.filter(|it| *it < choices.len()),
            choices,
            instances,
            billed: functions.zip(demand),
            figures,
        }
    }

    /// Calls a minute all month: as asked for, else as measured.
    fn demand(&self) -> Option<f64> {
        let measured = figure::known(&self.process.facts, v::MEASURED_REQUESTS_PER_MINUTE);
        let asked = self.planner.request.requests_per_minute;
        measured.map(|it| it.min).filter(|it| *it > 0.0).or(asked)
    }

    fn place<'p>(&'p self, process: &'p Process) -> Place<'p> {
        let region = figure::text(&process.facts, v::REGION);
        Place {
            region: region.or_else(|| figure::text(&self.deployment.facts, v::REGION)),
            architecture: figure::text(&process.facts, v::FUNCTION_ARCHITECTURE),
        }
    }

    /// The price of its calls at the response time that choices are compared by.
    fn priced(&self, process: &Process, memory_mb: &Figure) -> Option<Functions> {
        let memory_mb = memory_mb.as_ref().ok()?.max;
        let place = self.place(process);
        let functions =
            Functions::sized(self.platform, memory_mb, place, work(self.planner.request))?;
        Some(functions.with_ready(ready(process), self.platform, place))
    }

    fn figures(&self, deployment: &Deployment, process: &Process) -> FunctionFigures {
        let facts = &process.facts;
        let memory_mb = figure::of(facts, v::FUNCTION_MEMORY_MB, "the memory of the function");
        let needed_mb = needed(process);
        let percent = needed_mb.clone().and_then(|needed| {
            let has = memory_mb.clone()?;
            Ok(Bounds { min: needed.min * 100.0 / has.max, max: needed.max * 100.0 / has.min })
        });
        let reserved = figure::known(facts, v::FUNCTION_CONCURRENCY).map(|it| it.min);
        let of_account = figure::known(&deployment.facts, v::ACCOUNT_CONCURRENCY).map(|it| it.min);
        let usual = self.platform.function.account_concurrency.as_ref();
        let usual = usual.map(|it| f64::from(it.value));
        let at_once = reserved.or(of_account).or(usual);
        let functions = self.priced(process, &memory_mb);
        let ready = ready(process);
        let ready_usd_month = functions.as_ref().and_then(|it| it.kept_ready_usd_month);
        let ready_usd_month = ready_usd_month.filter(|_| ready > 0.0);
        let ready_usd_month = ready_usd_month.map(|it| it.map(|usd| usd * ready));
        let usd_month = functions.as_ref().zip(self.demand()).map(|(functions, per_minute)| {
            let calls = Bounds::exact(functions.usd_month(per_minute));
            ready_usd_month.map_or(calls, |it| it.plus(calls))
        });
        let no_price = functions.is_none().then(|| match &memory_mb {
            Err(unknown) => unknown.clone(),
            Ok(_) => Unknown::because(match self.place(process).region {
                Some(region) => format!("the catalog has no price of functions in {region}"),
                None => {
                    format!("the catalog has no price of functions of {}", self.platform.name())
                }
            }),
        });
        let request = self.planner.request;
        let times = request.response_times_s.iter();
        FunctionFigures {
            cpus: memory_mb.as_ref().ok().and_then(|it| {
                self.platform.function.memory_mb_per_cpu.as_ref()?;
                Some(functions::share_of_cpu(self.platform, it.min))
            }),
            timeout_s: figure::known(facts, v::FUNCTION_TIMEOUT_S).map(|it| it.min),
            at_once,
            is_reserved: reserved.is_some(),
            ready,
            ready_usd_month,
            calls: times.filter_map(|it| self.calls(process, &memory_mb, at_once, *it)).collect(),
            no_price,
            usd_month,
            memory_mb,
            needed_mb,
            percent,
        }
    }

    fn calls(
        &self,
        process: &Process,
        memory_mb: &Figure,
        at_once: Option<f64>,
        response_s: f64,
    ) -> Option<Calls> {
        let memory_mb = memory_mb.as_ref().ok()?.max;
        let work = super::capacity::Work {
            response_s,
            cpu_s: work(self.planner.request).cpu_s.min(response_s),
        };
        let functions = Functions::sized(self.platform, memory_mb, self.place(process), work)?;
        Some(Calls {
            response_s,
            here_s: functions.response_s,
            most_per_minute: at_once.map(|it| it * 60.0 / functions.response_s),
            usd_million: functions.usd_million(),
            free_calls: functions.free_requests(),
        })
    }
}

/// Environments that are kept ready.
fn ready(process: &Process) -> f64 {
    figure::known(&process.facts, v::SCALE_MIN).map_or(0.0, |it| it.min)
}

/// Memory that it needs: as stated, else as measured. Nobody else can say it.
fn needed(process: &Process) -> Figure {
    let ids = [v::MEMORY_NEEDED_MB, v::MEASURED_MEMORY_MB];
    let known = ids.into_iter().find_map(|id| figure::known(&process.facts, id));
    known.ok_or_else(|| {
        Unknown::new(
            "no file tells how much it needs",
            "`opslint measure` on its logs, or `memory_needed_mb` for the process in opslint.toml",
        )
    })
}

//! A process on other platforms, as far as its facts allow: what it would cost there, how much it
//! would take, and what would have to change.
//!
//! Machines are evaluated like any other choice: the project is resolved anew with every deployment
//! on the other platform, and judged by the same rules. Functions have no server whose facts could
//! be evaluated: their price and limits are those of the catalog.

mod used;

use super::by_use;
use super::capacity::Capacity;
use super::changes::{Change, Form, Move, Subject};
use super::choices::{Choice, Planner, work};
use super::figure::{Bounds, Figure};
use super::figures::{self, Figures};
use super::functions::{Functions, Place};
use super::sizes::{Candidate, Sizing};
use super::{Mistake, PlatformName, Statement};
use crate::fact::{Unknown, Value};
use crate::nearest;
use crate::platforms::{Catalog, Platform, UsageUnit};
use crate::project::{Deployment, Process};
use crate::vocabulary;

/// A process on another platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// Where it would run.
    pub platform: PlatformName,
    /// In a few words, what it would run on there; empty where nothing is known.
    pub label: String,
    /// Machines that do as much as what there is, or serve the demand.
    pub choice: Option<Choice>,
    /// The price where use is billed.
    pub by_use: Option<Functions>,
    /// Dollars a month; with use, from none to as much as the process takes comfortably now, or of
    /// the demand.
    pub price: Figure,
    /// What would have to change.
    pub changes: Vec<Change>,
}

/// Whether opslint.toml says something of the platform by this name, which does not hold elsewhere.
pub(crate) fn is_of_platform(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "platform",
        "plan",
        "region",
        "price_usd_month",
        "boot_timeout_s",
        "scale.limit",
        "scale.autoscaling",
        "scale.stops_when_idle",
    ];
    const GROUPS: &[&str] =
        &["platform", "machine", "router", "health_check", "shutdown", "database", "function"];
    let group = name.split_once('.').map(|(group, _)| group);
    NAMES.contains(&name) || group.is_some_and(|it| GROUPS.contains(&it))
}

/// Whether the catalog knows these platforms and can price them.
///
/// # Errors
/// The first that it does not know.
pub(super) fn checked(catalog: &Catalog, ids: &[String]) -> Result<(), Mistake> {
    for id in ids {
        if catalog.platform(id).is_none() {
            let known: Vec<&str> = catalog.ids().collect();
            let hint = nearest::did_you_mean(id, &known).map(|it| format!("; {it}"));
            let hint = hint.unwrap_or_default();
            return Err(Mistake(format!("`--on {id}`: there is no such platform{hint}")));
        }
    }
    Ok(())
}

impl Planner<'_> {
    /// The process on each platform that was asked for and that it does not run on.
    pub(super) fn elsewhere(
        &self,
        deployment: &Deployment,
        process: &Process,
        figures: &Figures,
        capacity: Option<&Capacity>,
    ) -> Vec<Elsewhere> {
        let here = figures::platform_of(deployment, self.catalog).map(Platform::id);
        let others = self.request.on.iter().filter(|it| here != Some(it.as_str()));
        let platforms = others.filter_map(|it| self.catalog.platform(it));
        let of = |to| Visit { planner: self, deployment, process, figures, capacity, to }.plan();
        platforms.map(of).collect()
    }
}

/// One process, one other platform.
struct Visit<'a> {
    planner: &'a Planner<'a>,
    deployment: &'a Deployment,
    process: &'a Process,
    figures: &'a Figures,
    capacity: Option<&'a Capacity>,
    to: &'a Platform,
}

impl Visit<'_> {
    fn plan(&self) -> Elsewhere {
        let kind = super::kind(self.process);
        let sells = |unit| self.to.usage().iter().any(|it| it.unit == unit);
        let has_machines = self.to.plans(kind).any(|it| it.price_usd_month.is_some());
        match (sells(UsageUnit::VcpuSecond), sells(UsageUnit::MillionRequests), kind) {
            _ if has_machines => self.on_machines(|it| it.cheapest()),
            _ if by_use::bills_machines(self.to) => self.by_use(),
            _ if sells(UsageUnit::VcpuHour) && !self.to.machine_sizes().is_empty() => {
                self.on_machines(|it| it.cheapest_sizes())
            }
            (_, true, kind) if kind != "web" => self.nowhere(Unknown::because(
                "what answers requests stops between them, and a worker has to stay",
            )),
            (true, true, _) => self.while_requests(),
            (false, true, _) => self.as_functions(),
            (_, false, _) => self.nowhere(Unknown::because(format!(
                "opslint knows no price of machines of {}",
                self.to.name()
            ))),
        }
    }

    fn name(&self) -> PlatformName {
        let id = self.to.id().to_owned();
        PlatformName { id, name: self.to.name().to_owned(), is_assumed: false }
    }

    fn nowhere(&self, why: Unknown) -> Elsewhere {
        Elsewhere {
            platform: self.name(),
            label: String::new(),
            choice: None,
            by_use: None,
            price: Err(why),
            changes: Vec::new(),
        }
    }

    /// Why the process cannot be sized: what starts, or how much of it, is not known.
    fn too_little(&self) -> Unknown {
        let facts = &self.process.facts;
        let open = |id| facts.get(id).and_then(|it| it.state.open());
        open(vocabulary::SERVER).or_else(|| open(vocabulary::MEMORY_PER_WORKER_MB)).unwrap_or_else(
            || Unknown::because("opslint does not know how much memory this program needs"),
        )
    }

    fn changes(&self, form: Form, there: Option<&Process>, instances: f64) -> Vec<Change> {
        let Self { deployment, process, to, .. } = *self;
        Move { deployment, process, to, form, there, instances }.changes()
    }

    fn on_machines(&self, candidates: impl Fn(&Sizing<'_>) -> Vec<Candidate>) -> Elsewhere {
        let planner = self.planner;
        let sizing = Sizing::elsewhere(self.process, self.figures, self.to, planner.request);
        let Some(sizing) = sizing else {
            return self.nowhere(self.too_little());
        };
        let mut best: Option<Elsewhere> = None;
        for candidate in candidates(&sizing) {
            let Some(it) = self.evaluated(&candidate) else { continue };
            let is_sound = it
                .choice
                .as_ref()
                .is_some_and(|it| planner.is_sound(it) && it.is_enough != Some(false));
            // Cheapest first: the first without fault is the best, else the first of all.
            if is_sound {
                return it;
            }
            best = best.or(Some(it));
        }
        let too_small = || {
            let name = self.to.name();
            Unknown::because(format!("no machine of {name} takes as much as what there is"))
        };
        let why = || planner.evaluator.spent().unwrap_or_else(too_small);
        best.unwrap_or_else(|| self.nowhere(why()))
    }

    /// A candidate as everything else is evaluated.
    fn evaluated(&self, candidate: &Candidate) -> Option<Elsewhere> {
        let planner = self.planner;
        let (figures, changes, breaks) = self.resolved(&candidate.with, Form::Machines)?;
        let choice = planner.choice(candidate, &figures, breaks);
        Some(Elsewhere {
            platform: self.name(),
            label: candidate.label.clone(),
            price: choice.price.clone(),
            choice: Some(choice),
            by_use: None,
            changes,
        })
    }

    /// The process there with these statements: its figures, what would change, and what breaks.
    fn resolved(
        &self,
        with: &[(String, Value)],
        form: Form,
    ) -> Option<(Figures, Vec<Change>, Vec<String>)> {
        let planner = self.planner;
        let manifest = &self.deployment.manifest;
        let state = |process: Option<&Process>, name: &str, value: Value| Statement {
            manifest: manifest.clone(),
            process: process.map(|it| it.name.value.clone()),
            name: name.to_owned(),
            value,
        };
        let own = planner.stated.iter().filter(|it| !is_of_platform(&it.name));
        let mut statements: Vec<Statement> = own.cloned().collect();
        statements.push(state(None, "platform", Value::Text(self.to.id().to_owned())));
        let of_process = with.iter().map(|(name, it)| state(Some(self.process), name, it.clone()));
        statements.extend(of_process);
        let there = planner.evaluator.elsewhere(self.to.id(), &statements)?;
        let is_it = |it: &&Deployment| it.manifest == *manifest && it.name == self.deployment.name;
        let deployment = there.project.deployments.iter().find(is_it)?;
        let is_same = |it: &&Process| it.name.value == self.process.name.value;
        let process = deployment.processes.iter().find(is_same)?;
        let figures = figures::of(deployment, process, planner.catalog, planner.request);
        let instances = figures.instances.counted().min;
        let changes = self.changes(form, Some(process), instances);
        let breaks = planner.breaks(&there, manifest, self.process, Some(planner.now));
        Some((figures, changes, breaks))
    }

    /// Dollars of a month: of the demand, else from no request to as many as are comfortable now.
    fn price_of(&self, by_use: &Functions) -> Figure {
        if let Some(demand) = self.planner.request.requests_per_minute {
            return Ok(Bounds::exact(by_use.usd_month(demand)));
        }
        let compared = self.planner.request.compared_at_s();
        let now = self.figures.throughput.iter().find(|it| it.response_s == compared);
        let now = now.ok_or_else(|| {
            Unknown::new("how many requests there are is not known", "`--requests`")
        })?;
        Ok(Bounds { min: by_use.usd_month(0.0), max: by_use.usd_month(now.comfortable.min) })
    }

    fn as_functions(&self) -> Elsewhere {
        let work = work(self.planner.request);
        let Some(worker) = self.figures.memory.per_worker_mb else {
            return self.nowhere(self.too_little());
        };
        let Some(by_use) = Functions::on(self.to, worker.max, work) else {
            return self.nowhere(Unknown::because("a price of functions is missing"));
        };
        let by_use = match self.capacity {
            Some(capacity) => by_use.compared_with(self.figures, capacity, work),
            None => by_use,
        };
        let mut changes = self.changes(Form::Functions, None, 0.0);
        let cold = changes.iter_mut().find(|it| it.subject == Subject::ColdStart);
        if let (Some(cold), Some(usd)) = (cold, by_use.kept_ready_usd_month) {
            cold.text += &format!(
                "; each that is kept ready costs ${:.2} to ${:.2} a month",
                usd.min, usd.max
            );
        }
        Elsewhere {
            platform: self.name(),
            label: format!("a function of {} MB for each request", by_use.memory_mb),
            choice: None,
            price: self.price_of(&by_use),
            by_use: Some(by_use),
            changes,
        }
    }

    /// Instances whose CPUs and memory are chosen apart, and paid for while there are requests.
    fn while_requests(&self) -> Elsewhere {
        let planner = self.planner;
        let sizing = Sizing::elsewhere(self.process, self.figures, self.to, planner.request);
        let Some((workers, _, worker_mb)) = sizing.as_ref().map(Sizing::program) else {
            return self.nowhere(self.too_little());
        };
        let needed_mb = f64::from(workers) * worker_mb * 100.0 / planner.request.memory.tight;
        let Some((cpus, memory_mb)) = self.size(needed_mb) else {
            return self.nowhere(Unknown::because("no instance there has so much memory"));
        };
        let with = [
            ("machine.cpus".to_owned(), Value::of_number(cpus)),
            ("machine.memory_mb".to_owned(), Value::of_number(memory_mb)),
            ("workers".to_owned(), Value::Int(i64::from(workers))),
        ];
        let nowhere = || self.nowhere(planner.unknown_there());
        let Some((figures, changes, breaks)) = self.resolved(&with, Form::WhileRequests) else {
            return nowhere();
        };
        let plural = if workers == 1 { "" } else { "s" };
        let label = format!("{memory_mb} MB, {cpus} CPU, {workers} worker{plural}");
        let candidate = Candidate { with: with.to_vec(), ..Candidate::named(&label) };
        let choice = planner.choice(&candidate, &figures, breaks);
        let capacity = Capacity {
            slots: choice.slots.as_ref().ok().map(|it| it.min),
            router: self.to.router.hard_limit.as_ref().map(|it| f64::from(it.value)),
            cpus: Some(Bounds::exact(cpus)),
            database: None,
            one_line: true,
        };
        let work = work(planner.request);
        let by_use = Functions::instances_on(
            self.to,
            (memory_mb, cpus),
            (&capacity, Place::default()),
            work,
        );
        let Some(by_use) = by_use else { return nowhere() };
        let by_use = match self.capacity {
            Some(capacity) => by_use.compared_with(self.figures, capacity, work),
            None => by_use,
        };
        Elsewhere {
            platform: self.name(),
            label,
            price: self.price_of(&by_use),
            choice: Some(choice),
            by_use: Some(by_use),
            changes,
        }
    }

    /// The fewest whole CPUs, at least one, with which there is so much memory, and the memory:
    /// doubled from the least until it is enough.
    fn size(&self, needed_mb: f64) -> Option<(f64, f64)> {
        let least = self.to.default_machine("web").and_then(|it| it.memory_mb.as_ref());
        let mut memory_mb = least.map_or(512.0, |it| f64::from(it.value));
        while memory_mb < needed_mb {
            memory_mb *= 2.0;
        }
        let sizes = self.to.machine_sizes().iter().filter(|it| it.cpus >= 1.0);
        let fits = sizes.filter(|it| {
            let most = it.memory_mb_max.as_ref().map_or(f64::INFINITY, |it| f64::from(it.value));
            memory_mb <= most
        });
        let size = fits.min_by(|a, b| a.cpus.total_cmp(&b.cpus))?;
        let least = size.memory_mb_min.as_ref().map_or(0.0, |it| f64::from(it.value));
        Some((size.cpus, memory_mb.max(least)))
    }
}

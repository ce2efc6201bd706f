//! One platform, and the questions that lowering asks about it.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::advice::Advice;
use super::rows::{
    CpuKind, Database, DatabaseKind, DefaultDatabase, DefaultMachine, DefaultWorld, Evidence,
    Inject, MachineSize, Plan, PlanColumn, Runtime, Scaling, Stack, Tool, Trigger, Usage,
    UsageUnit,
};
use super::sections::{
    Autoscaling, Boot, Build, Cron, Disk, Function, HealthCheck, Host, Idle, Machine, Router,
    Scale, Shutdown,
};
use super::sourced::{Source, Sourced};
use super::traits::Traits;
use crate::fact::Fact;
use crate::vocabulary::FactId;

/// The way of billing in which an instance costs what it reserves as long as it lives.
const RESERVED: &str = "instances";

/// The processor that instances have where no file can name one.
const RESERVED_ARCHITECTURE: &str = "x86_64";

/// How a platform compares the names of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PlanCase {
    /// `Starter` is `starter`.
    Insensitive,
    /// `Starter` is unknown.
    Sensitive,
}

/// A platform: what can be had there, its limits, and what it does when no file says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Platform {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) url: Option<String>,
    pub(super) plan_case: Option<PlanCase>,
    pub(super) plans: Vec<Plan>,
    pub(super) cpu_kinds: Vec<CpuKind>,
    pub(super) machine_sizes: Vec<MachineSize>,
    pub(super) default_machines: Vec<DefaultMachine>,
    pub(super) databases: Vec<Database>,
    pub(super) default_databases: Vec<DefaultDatabase>,
    pub(super) default_world: Vec<DefaultWorld>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) usage: Vec<Usage>,
    pub(super) injects: Vec<Inject>,
    pub(super) runtimes: Vec<Runtime>,
    pub(super) stacks: Vec<Stack>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) tools: Vec<Tool>,
    pub(super) scalings: Vec<Scaling>,
    /// What it does by itself.
    pub traits: Traits,
    /// How things are done there, for helps.
    pub advice: Advice,
    pub(super) trait_facts: OnceLock<Vec<(FactId, Arc<Fact>)>>,
    /// Limits and defaults of functions.
    pub function: Function,
    /// What stands between clients and a web process.
    pub router: Router,
    /// How a process is stopped.
    pub shutdown: Shutdown,
    /// How a process is started.
    pub boot: Boot,
    /// The machines that containers share.
    pub host: Host,
    /// CPUs that a file can ask for.
    pub machine: Machine,
    /// What happens to instances without traffic.
    pub idle: Idle,
    /// How many instances there are.
    pub scale: Scale,
    /// How it adds and removes instances by load.
    pub autoscaling: Autoscaling,
    /// Limits of builds and of what runs before a release.
    pub build: Build,
    /// Limits of scheduled jobs.
    pub cron: Cron,
    /// Where files go.
    pub disk: Disk,
    /// How the platform finds out whether a web process works.
    pub health_check: HealthCheck,
}

/// An environment variable that the platform sets for a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Injected<'a> {
    /// Name of the variable.
    pub name: &'a str,
    /// Its value.
    pub value: InjectedValue<'a>,
    /// Where that is published.
    pub source: &'a Arc<Source>,
    /// What else to know about it.
    pub note: Option<&'a str>,
}

/// The value of an [`Injected`] variable.
#[derive(Clone, Debug, PartialEq)]
pub enum InjectedValue<'a> {
    /// This value. When it is doubtful, `undisputed` is the part that every source agrees on.
    Known {
        /// The value and its source.
        value: Sourced<String>,
        /// A part of a doubtful value that is not in doubt.
        undisputed: Option<&'a Sourced<String>>,
    },
    /// It is set, and only a run can tell to what.
    Runtime,
    /// It may be set: the language of the process is not known.
    Maybe {
        /// What it is set to where it is; `None` when that depends on more.
        value: Option<&'a Sourced<String>>,
    },
}

impl Platform {
    /// The id, as rules write it: `heroku`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, as people write it: `Heroku`.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// The platform's home page.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The plan of a name for a kind of process. The platform's rules on case apply.
    pub fn plan(&self, name: &str, kind: &str) -> Option<&Plan> {
        self.plans.iter().find(|it| it.kinds.includes(kind) && self.is_plan(it, name))
    }

    /// A plan of this name for any kind of process: [`Self::plan`] may refuse it for one kind.
    pub fn plan_of_any_kind(&self, name: &str) -> Option<&Plan> {
        self.plans.iter().find(|it| self.is_plan(it, name))
    }

    /// The plans that a kind of process can have and that are still sold, in file order.
    pub fn plans(&self, kind: &str) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(move |it| it.kinds.includes(kind) && it.retired.is_none())
    }

    /// Every plan that is still sold, in file order.
    pub fn sold_plans(&self) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(|it| it.retired.is_none())
    }

    /// Every kind of database, in file order.
    pub fn databases(&self) -> &[Database] {
        &self.databases
    }

    /// Every variable that is set for some process, in file order.
    pub fn injects(&self) -> &[Inject] {
        &self.injects
    }

    /// Every runtime that functions can ask for, in file order.
    pub fn runtimes(&self) -> &[Runtime] {
        &self.runtimes
    }

    /// Everything that stands before functions or calls them, in file order.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Every tool that deploys functions, in file order.
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// Every operating system that the platform builds on, in file order.
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// The operating system of a name.
    pub fn stack(&self, name: &str) -> Option<&Stack> {
        self.stacks.iter().find(|it| it.name == name)
    }

    /// The runtime of a name.
    pub fn runtime(&self, name: &str) -> Option<&Runtime> {
        self.runtimes.iter().find(|it| it.name == name)
    }

    /// What stands before a function, or calls it, by the name that `function.trigger` has.
    pub fn trigger(&self, name: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|it| it.name == name)
    }

    /// The tool of a short name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|it| it.name == name)
    }

    /// What depends on a way of scaling, by the key that chooses it.
    pub fn scaling(&self, name: &str) -> Option<&Scaling> {
        self.scalings.iter().find(|it| it.name == name)
    }

    /// What speaks for the platform and against it, in file order.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// What is taken of processes where nothing says more, in file order.
    pub fn default_worlds(&self) -> &[DefaultWorld] {
        &self.default_world
    }

    /// What is taken of a process of this kind where nothing says more.
    pub fn default_world(&self, kind: &str) -> Option<&DefaultWorld> {
        self.default_world.iter().find(|it| it.kinds.includes(kind))
    }

    /// Takes away what speaks for the platform and what is usual there.
    pub(super) fn forget_what_is_usual(&mut self) {
        self.evidence.clear();
        self.default_world.clear();
    }

    /// Every price of what is used, in file order.
    pub fn usage(&self) -> &[Usage] {
        &self.usage
    }

    /// The price of a unit: that of the region and processor, else the one that names none.
    pub fn usage_price(
        &self,
        unit: UsageUnit,
        mode: Option<&str>,
        region: Option<&str>,
        architecture: Option<&str>,
    ) -> Option<&Usage> {
        let fits = |it: &&Usage| {
            let of_region = it.regions.is_empty()
                || region.is_some_and(|name| it.regions.iter().any(|it| it == name));
            let of_processor =
                it.architecture.is_none() || it.architecture.as_deref() == architecture;
            it.unit == unit && it.mode.as_deref() == mode && of_region && of_processor
        };
        let exact = |it: &&Usage| (it.regions.is_empty(), it.architecture.is_none());
        self.usage.iter().filter(fits).min_by_key(exact)
    }

    /// Dollars a month of an instance that is billed by the CPUs and the memory it reserves, in
    /// whole cents; `None` where the platform bills otherwise, or the region decides and is not
    /// known. Free units are an account's and not taken off.
    pub fn reserved_price_usd_month(
        &self,
        cpus: f64,
        memory_mb: f64,
        region: Option<&str>,
    ) -> Option<Sourced<f64>> {
        let month = |unit: UsageUnit, amount: f64| {
            let row =
                self.usage_price(unit, Some(RESERVED), region, Some(RESERVED_ARCHITECTURE))?;
            let price = row.price_usd.as_ref()?;
            Some(price.map(|usd| usd * unit.in_a_month().unwrap_or(1.0) * amount))
        };
        let gb = memory_mb / 1_024.0;
        let sum = |cpu: UsageUnit, memory: UsageUnit| Some((month(cpu, cpus)?, month(memory, gb)?));
        let (cpu, memory) = sum(UsageUnit::VcpuHour, UsageUnit::GbHour)
            .or_else(|| sum(UsageUnit::VcpuSecond, UsageUnit::GbSecond))?;
        let doubtful = cpu.doubtful || memory.doubtful;
        let total = cpu.map(|usd| ((usd + memory.value) * 100.0).round() / 100.0);
        Some(Sourced { doubtful, ..total })
    }

    /// The same in the cheapest region and in the dearest, for an instance whose region is not
    /// known; `None` where no price names a region.
    pub fn reserved_price_between_regions(
        &self,
        cpus: f64,
        memory_mb: f64,
    ) -> Option<(Sourced<f64>, Sourced<f64>)> {
        let regions: BTreeSet<&String> = self.usage.iter().flat_map(|it| &it.regions).collect();
        let of = |region: &String| self.reserved_price_usd_month(cpus, memory_mb, Some(region));
        let mut all: Vec<_> = regions.into_iter().filter_map(of).collect();
        all.sort_by(|a, b| a.value.total_cmp(&b.value));
        Some((all.first()?.clone(), all.last()?.clone()))
    }

    /// The machines of processes for which no file names one.
    pub fn default_machines(&self) -> &[DefaultMachine] {
        &self.default_machines
    }

    /// Its traits and advice as facts `platform.KEY`, in the order of the vocabulary.
    pub fn trait_facts(&self) -> &[(FactId, Arc<Fact>)] {
        self.trait_facts.get_or_init(|| {
            let mut facts = self.traits.facts(self.name());
            facts.extend(self.advice.facts(self.name()));
            facts.into_iter().map(|(id, fact)| (id, Arc::new(fact))).collect()
        })
    }

    /// The machine of a process of this kind for which no file names one.
    pub fn default_machine(&self, kind: &str) -> Option<&DefaultMachine> {
        self.default_machines.iter().find(|it| it.kinds.includes(kind))
    }

    /// What one CPU of a kind brings, where CPUs and memory are chosen apart.
    pub fn cpu_kind(&self, name: &str) -> Option<&CpuKind> {
        self.cpu_kinds.iter().find(|it| it.name == name)
    }

    /// Memory that can be combined with a number of CPUs.
    pub fn machine_size(&self, cpus: f64) -> Option<&MachineSize> {
        self.machine_sizes.iter().find(|it| match it.cpus_below {
            Some(below) => (it.cpus..below).contains(&cpus),
            None => (it.cpus - cpus).abs() < 1e-6,
        })
    }

    /// The sizes that a machine can have, where these are not plans.
    pub fn machine_sizes(&self) -> &[MachineSize] {
        &self.machine_sizes
    }

    /// The database of a plan name.
    pub fn database(&self, kind: DatabaseKind, plan: &str) -> Option<&Database> {
        let is_plan = |it: &&Database| it.plans.iter().any(|name| self.same_plan(name, plan));
        self.databases.iter().filter(|it| it.kind == kind).find(is_plan)
    }

    /// The database that is made when no file names a plan.
    pub fn default_database(&self, kind: DatabaseKind) -> Option<&DefaultDatabase> {
        self.default_databases.iter().find(|it| it.kind == kind)
    }

    /// The variables that a process of this kind is started with.
    ///
    /// `runtime` is the language whose native environment runs it (`python`), another word such as
    /// `docker` when none does, and `None` when that is not known.
    pub fn injected<'a>(
        &'a self,
        kind: &str,
        runtime: Option<&str>,
        plan: Option<&Plan>,
    ) -> Vec<Injected<'a>> {
        let applies = |it: &&Inject| {
            let generation = plan.and_then(|it| it.generation.as_ref());
            let language = runtime.is_none_or(|name| it.runtimes.iter().any(|it| it == name));
            it.kinds.includes(kind)
                && (it.runtimes.is_empty() || language)
                && generation.is_none_or(|name| !it.except_generations.contains(name))
        };
        let injected = |it: &'a Inject| Injected {
            name: &it.name,
            value: injected_value(it, runtime, plan),
            source: &it.source,
            note: it.note.as_deref(),
        };
        self.injects.iter().filter(applies).map(injected).collect()
    }

    fn is_plan(&self, plan: &Plan, name: &str) -> bool {
        self.same_plan(&plan.name, name) || plan.aliases.iter().any(|it| self.same_plan(it, name))
    }

    fn same_plan(&self, left: &str, right: &str) -> bool {
        same_name(self.plan_case, left, right)
    }
}

pub(super) fn same_name(case: Option<PlanCase>, left: &str, right: &str) -> bool {
    match case {
        Some(PlanCase::Insensitive) => left.eq_ignore_ascii_case(right),
        Some(PlanCase::Sensitive) | None => left == right,
    }
}

fn injected_value<'a>(
    inject: &'a Inject,
    runtime: Option<&str>,
    plan: Option<&Plan>,
) -> InjectedValue<'a> {
    if runtime.is_none() && !inject.runtimes.is_empty() {
        return InjectedValue::Maybe { value: inject.value.as_ref().filter(|it| !it.doubtful) };
    }
    let value = match (&inject.value_from, plan) {
        (Some(from), Some(plan)) => {
            let PlanColumn::WebConcurrency = from.value;
            let number = plan.web_concurrency.as_ref();
            number.map(|it| Sourced { doubtful: from.doubtful, ..it.map(u32::to_string) })
        }
        _ => inject.value.clone(),
    };
    match value {
        Some(value) => InjectedValue::Known { value, undisputed: inject.value_undisputed.as_ref() },
        None => InjectedValue::Runtime,
    }
}

impl CpuKind {
    /// Price in US dollars of a machine with these CPUs and this memory, in whole cents.
    pub fn price_usd_month(&self, cpus: f64, memory_mb: u32) -> Option<Sourced<f64>> {
        let per_cpu = self.price_usd_month_per_cpu.as_ref()?;
        let per_gb = self.price_usd_month_per_gb.as_ref()?.value;
        let included_mb = f64::from(self.memory_mb_per_cpu_min.as_ref()?.value) * cpus;
        let extra_gb = (f64::from(memory_mb) - included_mb).max(0.0) / 1024.0;
        Some(per_cpu.map(|it| ((it * cpus + per_gb * extra_gb) * 100.0).round() / 100.0))
    }
}

impl MachineSize {
    /// Whether this amount of memory can be had; `None` when that is not known.
    pub fn accepts(&self, memory_mb: u32) -> Option<bool> {
        self.memory_mb_choices.as_ref().map(|it| it.value.contains(&memory_mb))
    }
}

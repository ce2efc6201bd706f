//! One platform, and the questions that lowering asks about it.

use std::sync::Arc;

use serde::Deserialize;

use super::rows::{
    CpuKind, Database, DatabaseKind, DefaultDatabase, DefaultMachine, Inject, MachineSize, Plan,
    PlanColumn, Runtime, Scaling, Tool, Trigger,
};
use super::sections::{
    Boot, Build, Cron, Disk, Function, HealthCheck, Host, Idle, Router, Scale, Shutdown,
};
use super::sourced::{Date, Source, Sourced};
use crate::fact::Value;

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
    pub(super) injects: Vec<Inject>,
    pub(super) runtimes: Vec<Runtime>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) tools: Vec<Tool>,
    pub(super) scalings: Vec<Scaling>,
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
    /// What happens to instances without traffic.
    pub idle: Idle,
    /// How many instances there are.
    pub scale: Scale,
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
    /// It may be set: the language of the process or its plan is not known.
    Maybe,
}

/// A value of a platform, for reports on where values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The place in the platform's file: `plans.standard-1x.price_usd_month`.
    pub path: String,
    /// Where it was published.
    pub source: Arc<Source>,
}

/// Limits and defaults of one topic, for reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What they are about: `router`.
    pub title: &'static str,
    /// Keys of the platform's file that are present, with their values.
    pub values: Vec<(&'static str, Sourced<Value>)>,
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

    /// The machines of processes for which no file names one.
    pub fn default_machines(&self) -> &[DefaultMachine] {
        &self.default_machines
    }

    /// Limits and defaults that the platform has once, by section.
    pub fn sections(&self) -> Vec<Section> {
        let section = |title, values| Section { title, values };
        vec![
            section("router", self.router.values()),
            section("shutdown", self.shutdown.values()),
            section("boot", self.boot.values()),
            section("host", self.host.values()),
            section("idle", self.idle.values()),
            section("scale", self.scale.values()),
            section("build and release", self.build.values()),
            section("cron", self.cron.values()),
            section("disk", self.disk.values()),
            section("health check", self.health_check.values()),
            section("functions", self.function.values()),
        ]
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
        self.machine_sizes.iter().find(|it| (it.cpus - cpus).abs() < 1e-6)
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

    /// Every value with its source, in file order.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut add = |table: &str, name: &str, sources: Vec<(&'static str, &Arc<Source>)>| {
            for (column, source) in sources {
                let parts = [table, name, column].into_iter().filter(|it| !it.is_empty());
                let path = parts.collect::<Vec<_>>().join(".");
                rows.push(Row { path, source: Arc::clone(source) });
            }
        };
        self.plans.iter().for_each(|it| add("plans", &it.name, it.sources()));
        self.cpu_kinds.iter().for_each(|it| add("cpu_kinds", &it.name, it.sources()));
        for it in &self.machine_sizes {
            add("machine_sizes", &it.cpus.to_string(), it.sources());
        }
        self.default_machines.iter().for_each(|it| add("default_machines", "", it.sources()));
        for it in &self.databases {
            add("databases", it.plans.first().map_or("", String::as_str), it.sources());
        }
        self.default_databases.iter().for_each(|it| add("default_databases", "", it.sources()));
        self.injects.iter().for_each(|it| add("injects", &it.name, it.sources()));
        self.runtimes.iter().for_each(|it| add("runtimes", &it.name, it.sources()));
        self.triggers.iter().for_each(|it| add("triggers", &it.name, it.sources()));
        self.tools.iter().for_each(|it| add("tools", &it.name, it.sources()));
        self.scalings.iter().for_each(|it| add("scalings", &it.name, it.sources()));
        add("function", "", self.function.sources());
        add("router", "", self.router.sources());
        add("shutdown", "", self.shutdown.sources());
        add("boot", "", self.boot.sources());
        add("host", "", self.host.sources());
        add("idle", "", self.idle.sources());
        add("scale", "", self.scale.sources());
        add("build", "", self.build.sources());
        add("cron", "", self.cron.sources());
        add("disk", "", self.disk.sources());
        add("health_check", "", self.health_check.sources());
        rows
    }

    /// The values that nobody has compared with their source for more than a year.
    pub fn stale(&self, today: Date) -> Vec<Row> {
        let mut rows = self.rows();
        rows.retain(|it| it.source.checked.is_older_than_a_year(today));
        rows
    }

    /// This platform where it says something, and `base` elsewhere.
    pub(super) fn over(mut self, base: Self) -> Self {
        let case = self.plan_case.or(base.plan_case);
        for old in base.plans {
            match self.plans.iter().position(|new| same_name(case, &new.name, &old.name)) {
                // A user who corrects a price says nothing about the memory.
                Some(idx) => {
                    let new = self.plans.remove(idx);
                    self.plans.insert(idx, new.over(old));
                }
                None => self.plans.push(old),
            }
        }
        // Lookups take the first match, so what comes first wins.
        self.cpu_kinds.extend(base.cpu_kinds);
        self.machine_sizes.extend(base.machine_sizes);
        self.default_machines.extend(base.default_machines);
        self.databases.extend(base.databases);
        self.default_databases.extend(base.default_databases);
        self.runtimes.extend(base.runtimes);
        self.triggers.extend(base.triggers);
        self.tools.extend(base.tools);
        self.scalings.extend(base.scalings);
        let replaced = |old: &Inject| self.injects.iter().any(|new| new.name == old.name);
        let base_injects: Vec<_> = base.injects.into_iter().filter(|it| !replaced(it)).collect();
        self.injects.extend(base_injects);
        Self {
            name: self.name.or(base.name),
            url: self.url.or(base.url),
            plan_case: case,
            router: self.router.or(base.router),
            shutdown: self.shutdown.or(base.shutdown),
            boot: self.boot.or(base.boot),
            host: self.host.or(base.host),
            idle: self.idle.or(base.idle),
            scale: self.scale.or(base.scale),
            build: self.build.or(base.build),
            cron: self.cron.or(base.cron),
            disk: self.disk.or(base.disk),
            health_check: self.health_check.or(base.health_check),
            function: self.function.or(base.function),
            ..self
        }
    }

    /// Fills in what plans have by the kind of their CPUs.
    pub(super) fn derive(&mut self) {
        for plan in &mut self.plans {
            let kind = plan.cpu_kind.as_ref().map(|it| it.value.as_str());
            let kind = self.cpu_kinds.iter().find(|it| Some(it.name.as_str()) == kind);
            if let (Some(kind), Some(cpus)) = (kind, plan.cpus.as_ref().map(|it| it.value)) {
                plan.derive(kind, cpus);
            }
        }
    }

    fn is_plan(&self, plan: &Plan, name: &str) -> bool {
        self.same_plan(&plan.name, name) || plan.aliases.iter().any(|it| self.same_plan(it, name))
    }

    fn same_plan(&self, left: &str, right: &str) -> bool {
        same_name(self.plan_case, left, right)
    }
}

fn same_name(case: Option<PlanCase>, left: &str, right: &str) -> bool {
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
        return InjectedValue::Maybe;
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

impl Plan {
    fn derive(&mut self, kind: &CpuKind, cpus: f64) {
        let times_cpus = |it: &Option<Sourced<u32>>| {
            it.as_ref().map(|it| it.map(|mb| (f64::from(*mb) * cpus).round() as u32))
        };
        fill(&mut self.memory_mb_min, || times_cpus(&kind.memory_mb_per_cpu_min));
        fill(&mut self.memory_mb_max, || times_cpus(&kind.memory_mb_per_cpu_max));
        fill(&mut self.memory_mb_step, || kind.memory_mb_step.clone());
        let share = &kind.cpus_baseline_per_cpu;
        fill(&mut self.cpus_baseline, || share.as_ref().map(|it| it.map(|share| share * cpus)));
        let memory_mb = self.memory_mb.as_ref().map(|it| it.value);
        fill(&mut self.price_usd_month, || kind.price_usd_month(cpus, memory_mb?));
    }
}

fn fill<T>(place: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if place.is_none() {
        *place = value();
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

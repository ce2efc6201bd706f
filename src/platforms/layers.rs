//! Platforms over platforms: a user's file corrects ours, dates age, plans get what follows from
//! the kind of their CPUs.

use super::platform::{Platform, same_name};
use super::rows::{CpuKind, Inject, Plan};
use super::sourced::{Date, Sourced};

impl Platform {
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
        self.default_world.extend(base.default_world);
        self.evidence.extend(base.evidence);
        self.usage.extend(base.usage);
        self.runtimes.extend(base.runtimes);
        self.stacks.extend(base.stacks);
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
            machine: self.machine.or(base.machine),
            idle: self.idle.or(base.idle),
            scale: self.scale.or(base.scale),
            autoscaling: self.autoscaling.or(base.autoscaling),
            build: self.build.or(base.build),
            cron: self.cron.or(base.cron),
            disk: self.disk.or(base.disk),
            health_check: self.health_check.or(base.health_check),
            traits: self.traits.or(base.traits),
            advice: self.advice.or(base.advice),
            function: self.function.or(base.function),
            ..self
        }
    }

    /// Marks the limits that vendors only raise, where nobody has compared them for a year.
    pub(super) fn mark_outdated(&mut self, today: Date) {
        self.plans.iter_mut().for_each(|it| it.mark_outdated(today));
        self.cpu_kinds.iter_mut().for_each(|it| it.mark_outdated(today));
        self.machine_sizes.iter_mut().for_each(|it| it.mark_outdated(today));
        self.databases.iter_mut().for_each(|it| it.mark_outdated(today));
        self.triggers.iter_mut().for_each(|it| it.mark_outdated(today));
        self.function.mark_outdated(today);
        self.machine.mark_outdated(today);
        self.router.mark_outdated(today);
        self.shutdown.mark_outdated(today);
        self.idle.mark_outdated(today);
        self.scale.mark_outdated(today);
        self.build.mark_outdated(today);
        self.cron.mark_outdated(today);
        self.disk.mark_outdated(today);
        self.health_check.mark_outdated(today);
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

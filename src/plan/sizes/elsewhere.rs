//! Machines of another platform that stand in for those of a process.

use super::super::figure::Bounds;
use super::super::figures::{Figures, Machine};
use super::super::request::Request;
use super::label::label;
use super::{Candidate, INSTANCES_MAX, Size, Sizing, counts};
use crate::fact::Value;
use crate::platforms::{Balancing, Plan, Platform};
use crate::project::Process;

/// The most machines of another platform that are evaluated.
const MACHINES_MAX: usize = 4;

impl<'a> Sizing<'a> {
    /// Of a process as it would be on another platform: what is not known of the machine and the
    /// workers that it has is nothing to be kept.
    pub(in crate::plan) fn elsewhere(
        process: &'a Process,
        figures: &Figures,
        platform: &'a Platform,
        request: &'a Request,
    ) -> Option<Self> {
        let known = Figures {
            machine: Machine {
                memory_mb: figures.machine.memory_mb.or(Some(Bounds::exact(0.0))),
                ..figures.machine.clone()
            },
            ..figures.clone()
        };
        let balancing = platform.traits.router_balancing.as_ref().map(|it| it.value);
        Some(Self {
            plan: None,
            price: None,
            instances_max: INSTANCES_MAX,
            router: platform.router.hard_limit.as_ref().map(|it| f64::from(it.value)),
            one_line: balancing == Some(Balancing::LeastLoaded),
            ..Self::of(process, &known, platform, request)?
        })
    }

    /// Workers and threads of one instance, and what one of its workers needs, in MB.
    pub(in crate::plan) fn program(&self) -> (u32, u32, f64) {
        (self.workers.max(1), self.threads, self.worker_mb)
    }

    /// The cheapest machines of the platform that do as much as what there is, or serve the demand.
    pub(in crate::plan) fn cheapest(&self) -> Vec<Candidate> {
        let generation = self.machines().iter().find_map(|it| it.0).map(|it| &it.generation);
        let mut sizes = Vec::new();
        for (plan, memory_mb, cpus, price) in self.machines() {
            let is_of_first = plan.is_some_and(|it| Some(&it.generation) == generation);
            let Some(workers) = self.workers_for(memory_mb, cpus).filter(|_| is_of_first) else {
                continue;
            };
            let most = plan.and_then(|it| it.instances_max.as_ref());
            let most = most.map_or(INSTANCES_MAX, |it| it.value);
            let size = Size { plan, workers, threads: self.threads, instances: 1, price };
            sizes.extend(counts(self, size, cpus, most));
        }
        let total = |it: &Size<'_>| it.price * f64::from(it.instances);
        let slots = |it: &Size<'_>| it.workers * it.threads * it.instances;
        sizes.sort_by(|a, b| total(a).total_cmp(&total(b)).then(slots(b).cmp(&slots(a))));
        // What runs twice now should not depend on one machine.
        let redundancy = self.instances.min.min(2.0) as u32;
        sizes.retain(|it| it.instances >= redundancy);
        sizes.truncate(MACHINES_MAX);
        let to_candidate = |it: &Size<'_>| Candidate {
            with: vec![
                (
                    "plan".to_owned(),
                    Value::Text(it.plan.map(|it| it.name.clone()).unwrap_or_default()),
                ),
                ("instances".to_owned(), Value::Int(i64::from(it.instances))),
                ("workers".to_owned(), Value::Int(i64::from(it.workers))),
            ],
            ..Candidate::named(&label(self, it, true))
        };
        sizes.iter().map(to_candidate).collect()
    }

    /// The same where CPUs and memory are chosen apart, in sizes that the platform lists.
    pub(in crate::plan) fn cheapest_sizes(&self) -> Vec<Candidate> {
        let redundancy = self.instances.min.min(2.0) as u32;
        let mut sizes = Vec::new();
        for of in self.platform.machine_sizes() {
            let choices = of.memory_mb_choices.as_ref().map(|it| it.value.as_slice());
            for memory_mb in choices.unwrap_or_default() {
                let (cpus, mb) = (of.cpus, f64::from(*memory_mb));
                let Some((price, _)) = self.platform.reserved_price_between_regions(cpus, mb)
                else {
                    continue;
                };
                let Some(workers) = self.workers_for(mb, Some(cpus)) else { continue };
                let (threads, price) = (self.threads, price.value);
                let size = Size { plan: None, workers, threads, instances: 1, price };
                let Some(count) = self.instances_for(&size, Some(cpus), INSTANCES_MAX) else {
                    continue;
                };
                sizes.push((Size { instances: count.max(redundancy), ..size }, cpus, mb));
            }
        }
        let total = |it: &Size<'_>| it.price * f64::from(it.instances);
        let slots = |it: &Size<'_>| it.workers * it.threads * it.instances;
        sizes.sort_by(|(a, ..), (b, ..)| {
            total(a).total_cmp(&total(b)).then(slots(b).cmp(&slots(a)))
        });
        sizes.truncate(MACHINES_MAX);
        let to_candidate = |(it, cpus, memory_mb): &(Size<'_>, f64, f64)| {
            let plural = if it.workers == 1 { "" } else { "s" };
            let label = format!(
                "{} × {memory_mb} MB and {cpus} CPU, {} worker{plural} (by region)",
                it.instances, it.workers
            );
            let with = vec![
                ("machine.cpus".to_owned(), Value::of_number(*cpus)),
                ("machine.memory_mb".to_owned(), Value::of_number(*memory_mb)),
                ("instances".to_owned(), Value::Int(i64::from(it.instances))),
                ("workers".to_owned(), Value::Int(i64::from(it.workers))),
            ];
            Candidate { with, ..Candidate::named(&label) }
        };
        sizes.iter().map(to_candidate).collect()
    }

    /// Workers and instances of a plan that a demand needs, or that do as much as what there is:
    /// with the workers of now, else with those that the plan is made for. `None` where it does not
    /// have so many instances.
    pub(in crate::plan) fn fewest_of(&self, plan: &'a Plan) -> Option<(u32, u32)> {
        let most = plan.instances_max.as_ref().map_or(INSTANCES_MAX, |it| it.value);
        let cpus = plan.cpus.as_ref().map(|it| it.value);
        let memory_mb = plan.memory_mb.as_ref().map(|it| f64::from(it.value));
        let (now, threads, _) = self.program();
        let made_for = memory_mb.and_then(|it| self.workers_for(it, cpus));
        [Some(now), made_for].into_iter().flatten().find_map(|workers| {
            let size = Size { plan: Some(plan), workers, threads, instances: 1, price: 0.0 };
            let count = self.instances_for(&size, cpus, most)?;
            Some((workers, count.max(self.instances.min.min(2.0) as u32).min(most)))
        })
    }
}

//! Machines of another platform that stand in for those of a process.

use super::super::figure::Bounds;
use super::super::figures::{Figures, Machine};
use super::super::request::Request;
use super::{Candidate, INSTANCES_MAX, Size, Sizing, counts, label};
use crate::fact::Value;
use crate::platforms::{Balancing, Platform};
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
}

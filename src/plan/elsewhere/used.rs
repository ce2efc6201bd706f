//! Machines that are paid for by the CPU and the memory that a process uses, not by their size.

use super::{Elsewhere, Visit};
use crate::fact::{Unknown, Value};
use crate::plan::changes::Form;
use crate::plan::choices::work;
use crate::plan::figure::{Bounds, Figure};
use crate::plan::figures::Figures;
use crate::plan::sizes::{Candidate, Sizing};
use crate::platforms::UsageUnit;

/// Megabytes in a GB.
const MB_IN_GB: f64 = 1_024.0;

/// Seconds in a minute.
const S_IN_MINUTE: f64 = 60.0;

impl Visit<'_> {
    /// Dollars for a unit that a process uses all month.
    fn used(&self, unit: UsageUnit) -> Option<f64> {
        let row = self.to.usage_price(unit, None, None, None)?;
        Some(row.price_usd.as_ref()?.value)
    }

    /// Whether both prices of use are known.
    pub(super) fn sells_memory_by_use(&self) -> bool {
        self.used(UsageUnit::GbMonth).is_some() && self.used(UsageUnit::VcpuMonth).is_some()
    }

    /// The program as it is now, with more workers only where a demand asks for them, in a machine of the usual plan, which only bounds what it uses.
    pub(super) fn by_use(&self) -> Elsewhere {
        let planner = self.planner;
        let sizing = Sizing::elsewhere(self.process, self.figures, self.to, planner.request);
        let Some(sizing) = sizing else { return self.nowhere(self.too_little()) };
        let kind = crate::plan::kind(self.process);
        let usual = self.to.default_world(kind).and_then(|it| it.plan.as_ref());
        let plan = usual.and_then(|it| self.to.plan(&it.value, kind));
        let nowhere = |why: &str| self.nowhere(Unknown::because(why));
        let Some(plan) = plan else { return nowhere("no plan there is the usual one") };
        let Some((workers, instances)) = sizing.fewest_of(plan) else {
            return nowhere("no plan there has so many instances");
        };
        let with = vec![
            ("plan".to_owned(), Value::Text(plan.name.clone())),
            ("instances".to_owned(), Value::Int(i64::from(instances))),
            ("workers".to_owned(), Value::Int(i64::from(workers))),
        ];
        let Some((figures, changes, breaks)) = self.resolved(&with, Form::Machines) else {
            return nowhere("how it would run there is not known");
        };
        let program = match workers {
            1 => "1 worker".to_owned(),
            _ => format!("{workers} workers"),
        };
        let used = match (instances, workers) {
            (1, 1) => format!("what {program} uses"),
            (1, _) => format!("what {program} use"),
            _ => format!("what {instances} × {program} use"),
        };
        let label = format!("{used} (the fee of a plan comes on top)");
        let candidate = Candidate { with, ..Candidate::named(&label) };
        let price = self.price_of_use(&figures);
        let mut choice = planner.choice(&candidate, &figures, breaks);
        choice.price.clone_from(&price);
        Elsewhere {
            platform: self.name(),
            label,
            choice: Some(choice),
            by_use: None,
            price,
            changes,
        }
    }

    /// Dollars of a month: memory all month, and the CPU of the demand; without one, from none to as
    /// many requests as are comfortable now, or to workers that are always busy.
    fn price_of_use(&self, there: &Figures) -> Figure {
        let missing = || Unknown::because("a price of use is missing");
        let gb = self.used(UsageUnit::GbMonth).ok_or_else(missing)?;
        let cpu = self.used(UsageUnit::VcpuMonth).ok_or_else(missing)?;
        let instances = there.instances.counted();
        let memory = there.memory.needed_mb.clone()?.times(instances).map(|it| it / MB_IN_GB * gb);
        Ok(memory.plus(self.cpus_in_use(there)?.map(|it| it * cpu)))
    }

    fn cpus_in_use(&self, there: &Figures) -> Figure {
        let request = self.planner.request;
        let work = work(request);
        let of = |per_minute: f64| per_minute / S_IN_MINUTE * work.cpu_s;
        if crate::plan::kind(self.process) != "web" {
            let workers = there.workers.ok_or_else(|| self.too_little())?.max;
            let each = there.machine.cpus.map_or(workers, |it| it.max.min(workers));
            return Ok(Bounds { min: 0.0, max: each * there.instances.counted().max });
        }
        if let Some(demand) = request.requests_per_minute {
            return Ok(Bounds::exact(of(demand)));
        }
        let compared = request.compared_at_s();
        let now = self.figures.throughput.iter().find(|it| it.response_s == compared);
        let now = now.ok_or_else(|| {
            Unknown::new("how many requests there are is not known", "`--requests`")
        })?;
        Ok(Bounds { min: 0.0, max: of(now.comfortable.min) })
    }
}

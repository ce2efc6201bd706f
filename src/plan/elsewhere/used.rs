//! Machines that are paid for by the CPU and the memory that a process uses, not by their size.

use super::{Elsewhere, Visit};
use crate::fact::{Unknown, Value};
use crate::plan::by_use;
use crate::plan::changes::Form;
use crate::plan::figure::Figure;
use crate::plan::figures::Figures;
use crate::plan::sizes::{Candidate, Sizing};

impl Visit<'_> {
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
            return self.nowhere(planner.unknown_there());
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

    /// The most requests are those that are comfortable now.
    fn price_of_use(&self, there: &Figures) -> Figure {
        let request = self.planner.request;
        let compared = request.compared_at_s();
        let now = self.figures.throughput.iter().find(|it| it.response_s == compared);
        let kind = crate::plan::kind(self.process);
        let comfortable = now.map(|it| it.comfortable.min);
        by_use::of_machine(self.to, kind, there, comfortable, request)
            .unwrap_or_else(|| Err(Unknown::because("a price of use is missing")))
    }
}

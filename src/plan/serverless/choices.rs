//! Functions with other memory, and which of them is best.

use super::{Calls, FunctionChoice, FunctionFigures, One};
use crate::fact::Value;
use crate::plan::{Statement, figure};
use crate::project::Deployment;
use crate::vocabulary as v;

/// Memory that is worth a look where it is chosen freely, in MB: the steps that double it, and the
/// one that brings a whole CPU.
const SIZES_MB: &[u32] = &[128, 256, 512, 1_024, 1_769, 3_008, 4_096, 8_192];

/// The most sizes that are evaluated.
const SIZES_MAX: usize = 4;

impl One<'_> {
    /// Other sizes, ascending: those next to what there is, and one that brings a whole CPU. None
    /// in which what is needed does not find room.
    pub(super) fn sizes(&self, now: &FunctionFigures) -> Vec<u32> {
        let facts = &self.process.facts;
        let of_platform = &self.platform.function;
        let usual = || of_platform.memory_mb.as_ref().map(|it| it.value);
        let most = || of_platform.memory_mb_max.as_ref().map(|it| it.value);
        let known = |id| figure::known(facts, id).map(|it| it.min);
        let (least_mb, most_mb) =
            (known(v::FUNCTION_MEMORY_MIN_MB), known(v::FUNCTION_MEMORY_MAX_MB));
        let all: Vec<u32> = match (least_mb, most_mb) {
            (Some(least), Some(most)) => SIZES_MB
                .iter()
                .copied()
                .filter(|it| (least..=most).contains(&f64::from(*it)))
                .collect(),
            // A platform without a least memory has a few sizes.
            _ => [usual(), most()].into_iter().flatten().collect(),
        };
        let tight = self.planner.request.memory.tight / 100.0;
        let needed = now.needed_mb.as_ref().map_or(0.0, |it| it.max / tight);
        let has = now.memory_mb.as_ref().map_or(0.0, |it| it.min);
        let fits = |it: &u32| f64::from(*it) >= needed && f64::from(*it) != has;
        let whole_cpu = of_platform.memory_mb_per_cpu.as_ref().map(|it| it.value);
        let fitting: Vec<u32> = all.into_iter().filter(fits).collect();
        // More than a whole CPU makes no call faster, unless its memory is needed.
        let is_useful =
            |it: &u32| whole_cpu.is_none_or(|most| *it <= most) || fitting.first() == Some(it);
        let mut sizes: Vec<u32> = fitting.iter().copied().filter(is_useful).collect();
        while sizes.len() > SIZES_MAX {
            // The one that is farthest from what there is, but for the one with a whole CPU.
            let inner = &sizes[..sizes.len() - 1];
            let distance = |mb: u32| (f64::from(mb) / has.max(1.0)).ln().abs();
            let far = inner.iter().copied().max_by(|a, b| distance(*a).total_cmp(&distance(*b)));
            sizes.retain(|it| Some(*it) != far);
        }
        sizes
    }

    pub(super) fn with(&self, memory_mb: u32) -> Option<FunctionChoice> {
        let planner = self.planner;
        let with = vec![(v::FUNCTION_MEMORY_MB.name().to_owned(), Value::Int(memory_mb.into()))];
        let of = |(name, value): &(String, Value)| Statement {
            manifest: self.deployment.manifest.clone(),
            process: Some(self.process.name.value.clone()),
            name: name.clone(),
            value: value.clone(),
        };
        let statements: Vec<Statement> =
            planner.stated.iter().cloned().chain(with.iter().map(of)).collect();
        let changed = planner.evaluator.evaluate(&statements)?;
        let is_it = |it: &&Deployment| {
            it.manifest == self.deployment.manifest && it.name == self.deployment.name
        };
        let then = changed.project.deployments.iter().find(is_it)?;
        let same = then.processes.iter().find(|it| it.name.value == self.process.name.value)?;
        let figures = self.figures(then, same);
        let breaks = planner.breaks(&changed, &then.manifest, self.process, Some(planner.now));
        let label = format!("{memory_mb} MB");
        let is_enough = self.is_enough(&figures);
        Some(FunctionChoice { label, with, figures, breaks, is_enough })
    }

    /// Whether a call ends in time, and in the seconds that are asked for; with a demand, whether
    /// so many may run at once.
    pub(super) fn is_enough(&self, figures: &FunctionFigures) -> Option<bool> {
        let request = self.planner.request;
        if request.p95_s.is_none() && request.requests_per_minute.is_none() {
            return None;
        }
        let it = figures.compared()?;
        let is_fast = request.p95_s.is_none_or(|p95_s| it.here_s <= p95_s);
        let demand = request.requests_per_minute;
        let takes = demand.zip(it.most_per_minute).is_none_or(|(demand, most)| demand <= most);
        Some(is_fast && takes)
    }

    /// Without a wish for speed, what there is, where it is without fault: less memory is cheaper
    /// and slower, and only who runs it knows what is worth more. Else the cheapest without fault.
    pub(super) fn best(&self, choices: &[FunctionChoice]) -> Option<usize> {
        let is_sound = |it: &FunctionChoice| self.is_sound(it);
        let now = choices.first()?;
        if now.figures.percent.is_err() && now.is_enough.is_none() {
            return None;
        }
        if is_sound(now) && self.planner.request.p95_s.is_none() {
            return Some(0);
        }
        let price = |it: &FunctionChoice| {
            it.figures.compared().map_or(f64::INFINITY, |calls| calls.usd_million)
        };
        let all = choices.iter().enumerate().filter(|(_, it)| is_sound(it));
        all.min_by(|(_, a), (_, b)| price(a).total_cmp(&price(b))).map(|(idx, _)| idx)
    }

    /// Whether it has room, ends in time and breaks no rule.
    fn is_sound(&self, it: &FunctionChoice) -> bool {
        let tight = self.planner.request.memory.tight;
        let fits = it.figures.percent.as_ref().map_or(true, |it| it.max <= tight);
        let ends = |calls: &Calls| it.figures.timeout_s.is_none_or(|most| calls.here_s <= most);
        let is_priced = it.figures.compared().is_some_and(ends);
        it.breaks.is_empty() && fits && is_priced && it.is_enough != Some(false)
    }
}

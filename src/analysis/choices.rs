//! A second way out of a diagnostic about memory: a larger machine, with its price.
//!
//! The rule offers fewer workers. Which machine would do instead is worked out as `opslint plan`
//! does it: the project is resolved anew with that machine, and no error may be left of the process.

use super::plan::{Evaluator, SOURCE, counting};
use super::{Analysis, Checked};
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Value};
use crate::fix::{Change, Proposal, Safety};
use crate::fixes;
use crate::plan::{Evaluate as _, Evaluated, Statement};
use crate::policy::expression::{Digits, Val, shown};
use crate::project::Process;
use crate::vocabulary::{self as v, FactId};

/// Percent of its memory that a machine which is advised may need at most.
const MEMORY_PERCENT_MAX: f64 = 80.0;
/// Machines that are tried at most.
const TRIED_MAX: usize = 8;
/// Memory is asked for in steps of so many MB, where a file says it in numbers.
const STEP_MB: f64 = 256.0;

/// Processes that are worked out again for all diagnostics of a run: each choice of each of them
/// takes all of its project.
const WORKED_OUT_MAX: usize = 2_000;

impl Analysis {
    /// Adds to those of the diagnostics at these positions that are about memory the cheapest
    /// larger machine that would do, where a file says which one it is.
    pub fn offer_choices(&self, checked: &mut Checked, wanted: &[usize]) {
        let mut left = WORKED_OUT_MAX;
        for idx in wanted {
            if left == 0 {
                return;
            }
            let found = checked.outcome.diagnostics.get(*idx).and_then(about);
            let proposal = found
                .and_then(|(manifest, name)| self.larger(checked, (manifest, name), &mut left));
            if let (Some(it), Some(proposal)) =
                (checked.outcome.diagnostics.get_mut(*idx), proposal)
            {
                it.proposals.push(proposal);
                fixes::settle(std::slice::from_mut(it), &[], &checked.sources);
            }
        }
    }

    /// The cheapest larger machine of a process of a manifest. What is worked out for it is taken
    /// from `left`.
    fn larger(
        &self,
        checked: &Checked,
        (manifest, name): (&str, &str),
        left: &mut usize,
    ) -> Option<Proposal> {
        let mut all = self.manifests.iter();
        let (root, manifests) = all.find(|(_, it)| it.iter().any(|it| it == manifest))?;
        let counting = counting(&self.setup.policy);
        let mut sources = checked.sources.clone();
        let file = sources.add(SOURCE, SOURCE);
        let evaluator = Evaluator::new(self, (root, manifests), &counting, (&sources, file));
        let now = evaluator.begin(&[])?;
        let size = now.project.deployments.iter().map(|it| it.processes.len()).sum::<usize>();
        *left = left.saturating_sub(size);
        let process = process(&now, manifest, name)?;
        let (fact, values) = self.candidates(&now, process, manifest)?;
        let (at, was) = (fact.origin.span?, fact.value()?.clone());
        values.into_iter().take(TRIED_MAX).find_map(|to| {
            let name_of_fact = match &to {
                Value::Text(_) => "plan",
                _ => v::MACHINE_MEMORY_MB.name(),
            };
            let statement = Statement {
                manifest: manifest.to_owned(),
                process: Some(name.to_owned()),
                name: name_of_fact.to_owned(),
                value: to.clone(),
            };
            *left = left.saturating_sub(size);
            let then = evaluator.evaluate(&[statement])?;
            let title = title(&to, (&now, process), &then, manifest, name)?;
            let change = Change::Set { at, was: Some(was.clone()), to };
            Some(Proposal::new(title, Safety::Unsafe, change))
        })
    }

    /// What a file says of the machine, and what else it could say: the cheapest first.
    fn candidates<'f>(
        &self,
        now: &Evaluated,
        process: &'f Process,
        manifest: &str,
    ) -> Option<(&'f Fact, Vec<Value>)> {
        let memory = process.facts.get(v::MACHINE_MEMORY_MB)?;
        let has_mb = number(process, v::MACHINE_MEMORY_MB)?;
        // What follows from the plan stands where the plan does.
        let plan = process.facts.get(v::MACHINE_PLAN).filter(|it| it.origin.span.is_some());
        let plan_span = plan.and_then(|it| it.origin.span);
        if memory.origin.span.is_some() && memory.origin.span != plan_span {
            let least_mb = number(process, v::MEMORY_NEEDED_MB)? * 100.0 / MEMORY_PERCENT_MAX;
            let first = (least_mb / STEP_MB).ceil();
            // Not every amount can be had with every number of CPUs.
            let sizes = [first, first.max(4.0), first.max(8.0)].map(|it| it * STEP_MB);
            return Some((memory, sizes.map(Value::of_number).into()));
        }
        let plan = plan?;
        let deployment = now.project.deployments.iter().find(|it| it.manifest == manifest)?;
        let platform = deployment.facts.get(v::PLATFORM)?.text()?;
        let platform = self.setup.surroundings.catalog.platform(platform)?;
        let kind = process.facts.get(v::KIND)?.text()?;
        let mut plans: Vec<(f64, &str)> = platform
            .plans(kind)
            .filter(|it| it.memory_mb.as_ref().is_some_and(|it| f64::from(it.value) > has_mb))
            .filter_map(|it| Some((it.price_usd_month.as_ref()?.value, it.name.as_str())))
            .collect();
        plans.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some((plan, plans.into_iter().map(|(_, it)| Value::Text(it.to_owned())).collect()))
    }
}

/// The manifest and process of a diagnostic that says that memory does not suffice.
fn about(it: &Diagnostic) -> Option<(&str, &str)> {
    let uses = |name: &str| it.facts.iter().any(|it| it.name == name);
    let is_about_memory = uses(v::MACHINE_MEMORY_MB.name()) && uses(v::MEMORY_NEEDED_MB.name());
    // Where the rule itself has no way out, there is no choice.
    if !is_about_memory || it.fixes.is_empty() {
        return None;
    }
    Some((it.deployment()?, it.process.as_deref()?))
}

fn process<'e>(evaluated: &'e Evaluated, manifest: &str, name: &str) -> Option<&'e Process> {
    let mut deployments = evaluated.project.deployments.iter();
    let deployment = deployments.find(|it| it.manifest == manifest)?;
    deployment.processes.iter().find(|it| it.name.value == name)
}

fn number(process: &Process, id: FactId) -> Option<f64> {
    process.facts.get(id)?.number()
}

/// What the other machine is like; `None` when it does not do.
fn title(
    to: &Value,
    (before, now): (&Evaluated, &Process),
    then: &Evaluated,
    manifest: &str,
    name: &str,
) -> Option<String> {
    let is_of_process = |it: Option<&str>| it.is_none_or(|it| it == name);
    // What is wrong today is no reason against another machine: the memory is looked at below.
    let is_old = |rule: &str| before.broken.iter().any(|it| it.rule == rule);
    let is_wrong = then.broken.iter().filter(|it| !is_old(&it.rule)).any(|it| {
        it.manifests.iter().any(|it| it == manifest) && is_of_process(it.process.as_deref())
    });
    let new = process(then, manifest, name)?;
    let memory_mb = number(new, v::MACHINE_MEMORY_MB)?;
    let needed_mb = number(new, v::MEMORY_NEEDED_MB)?;
    if is_wrong || needed_mb * 100.0 / memory_mb > MEMORY_PERCENT_MAX {
        return None;
    }
    let machine = match to {
        Value::Text(plan) => plan.clone(),
        _ => "more memory".to_owned(),
    };
    let whole = |it: f64| shown(&Val::Known(Value::of_number(it.ceil())), Digits::Grouped);
    let price = |it: &Process| number(it, v::MACHINE_PRICE_USD_MONTH).map(dollars);
    let price = match (price(new), price(now)) {
        (Some(new), Some(now)) => format!(", ${new} a month each instead of ${now}"),
        (Some(new), None) => format!(", ${new} a month each"),
        (None, _) => String::new(),
    };
    let memory = format!("{} of {} MB", whole(needed_mb), whole(memory_mb));
    Some(format!("take {machine}: {memory}{price}"))
}

/// Dollars with cents only where there are some.
fn dollars(price: f64) -> String {
    Value::of_number((price * 100.0).round() / 100.0).to_string()
}

//! A second way out of a diagnostic about memory: a larger machine, as `opslint plan` knows it.
//!
//! The rule offers fewer workers. Which machine would do instead, and for how much, is a question
//! of plans and prices, and the answer must be the one that the plan gives.

use super::plan::Evaluator;
use super::{Analysis, Checked};
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Value};
use crate::fix::{Change, Proposal, Safety};
use crate::fixes;
use crate::plan::{self, Choice, Evaluate as _, Figure, Plan, Request};
use crate::project::{Process, Project};
use crate::vocabulary::{self, FactId};

/// Percent of its memory that a machine which is advised may need at most.
const MEMORY_PERCENT_MAX: f64 = 80.0;

impl Analysis {
    /// Adds to those of the diagnostics at these positions that are about memory the cheapest
    /// larger machine that would do, where the files say which one it is.
    pub fn offer_choices(&self, checked: &mut Checked, wanted: &[usize]) {
        let mut last: Option<(String, Plan, Project)> = None;
        for idx in wanted {
            let Some(it) = checked.outcome.diagnostics.get(*idx) else { continue };
            let Some((manifest, process)) = about(it) else { continue };
            let is_known = last.as_ref().is_some_and(|(root, ..)| {
                self.root_of(manifest).is_some_and(|(known, _)| known == root)
            });
            if !is_known {
                last = self.planned(manifest, checked);
            }
            let Some((_, plan, project)) = &last else { continue };
            let Some(proposal) = larger(plan, project, manifest, process) else { continue };
            let Some(it) = checked.outcome.diagnostics.get_mut(*idx) else { continue };
            it.proposals.push(proposal);
            fixes::settle(std::slice::from_mut(it), &[], &checked.sources);
        }
    }

    fn root_of(&self, manifest: &str) -> Option<(&str, &[String])> {
        let mut all = self.manifests.iter();
        let (root, manifests) = all.find(|(_, it)| it.iter().any(|it| it == manifest))?;
        Some((root, manifests))
    }

    fn planned(&self, manifest: &str, checked: &Checked) -> Option<(String, Plan, Project)> {
        let (root, manifests) = self.root_of(manifest)?;
        let errors = super::plan::errors_of(&self.setup.policy);
        let mut sources = checked.sources.clone();
        let file = sources.add(super::plan::SOURCE, super::plan::SOURCE);
        let evaluator =
            Evaluator { analysis: self, root, manifests, errors: &errors, sources: &sources, file };
        let request = Request::default();
        let plan = plan::project(&evaluator, &self.setup.surroundings.catalog, &request).ok()??;
        let now = evaluator.evaluate(&[])?;
        Some((root.to_owned(), plan, now.project))
    }
}

/// The manifest and process of a diagnostic that says that memory does not suffice.
fn about(it: &Diagnostic) -> Option<(&str, &str)> {
    let uses = |name: &str| it.facts.iter().any(|it| it.name == name);
    let is_about_memory = uses("machine.memory_mb") && uses("memory_needed_mb");
    let is_fixed_otherwise = !it.fixes.is_empty();
    if !is_about_memory || !is_fixed_otherwise {
        return None;
    }
    Some((it.deployment()?, it.process.as_deref()?))
}

/// The cheapest choice with another machine that is without fault, as changes of what is written.
fn larger(plan: &Plan, project: &Project, manifest: &str, name: &str) -> Option<Proposal> {
    let planned = plan.deployments.iter().find(|it| it.manifest == manifest)?;
    let planned = planned.processes.iter().find(|it| it.name == name)?;
    let deployment = project.deployments.iter().find(|it| it.manifest == manifest)?;
    let process = deployment.processes.iter().find(|it| it.name.value == name)?;
    let (now, others) = planned.choices.split_first()?;
    let fits = |it: &&Choice| {
        it.breaks.is_empty()
            && !it.needs_care
            && most(&it.memory_percent).is_some_and(|it| it <= MEMORY_PERCENT_MAX)
            && it.with.iter().any(|(name, _)| is_machine(name))
    };
    let price = |it: &Choice| most(&it.price);
    let mut others: Vec<&Choice> =
        others.iter().filter(fits).filter(|it| price(it).is_some()).collect();
    others.sort_by(|a, b| price(a).partial_cmp(&price(b)).unwrap_or(std::cmp::Ordering::Equal));
    others.into_iter().find_map(|it| proposal(it, now, process))
}

fn most(figure: &Figure) -> Option<f64> {
    figure.as_ref().ok().map(|it| it.max)
}

fn is_machine(name: &str) -> bool {
    name == "plan" || name.starts_with("machine.")
}

fn proposal(choice: &Choice, now: &Choice, process: &Process) -> Option<Proposal> {
    let mut changes = Vec::new();
    for (name, to) in &choice.with {
        let fact = process.facts.get(id(name)?);
        if fact.and_then(Fact::value).is_some_and(|it| it == to) {
            continue;
        }
        let fact = fact?;
        let was = fact.value()?.clone();
        changes.push(Change::Set { at: fact.origin.span?, was: Some(was), to: to.clone() });
    }
    if changes.is_empty() {
        return None;
    }
    let memory = most(&choice.memory_percent)?;
    let (price, before) = (most(&choice.price)?, most(&now.price));
    let before = before.map(|it| format!(" instead of ${}", dollars(it))).unwrap_or_default();
    let title = format!(
        "take {}: {memory:.0} % of its memory, ${} a month{before}",
        choice.label,
        dollars(price),
    );
    Some(Proposal { title, safety: Safety::Unsafe, changes })
}

/// The fact that a name of a choice states.
fn id(name: &str) -> Option<FactId> {
    match name {
        "plan" => Some(vocabulary::MACHINE_PLAN),
        "instances" => Some(vocabulary::SCALE_MIN),
        name => FactId::from_name(name),
    }
}

/// Dollars with cents only where there are some.
fn dollars(price: f64) -> String {
    let value = Value::of_number((price * 100.0).round() / 100.0);
    value.to_string()
}

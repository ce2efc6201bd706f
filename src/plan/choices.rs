//! What could be chosen instead, and which of it is best.
//!
//! Candidates are found by arithmetic over the plans of the platform, and only those that could be
//! better are kept. Each of these is then evaluated like the project itself.

use super::capacity::{Capacity, Work};
use super::curves::Curves;
use super::effort::Effort;
use super::figure::{self, Bounds, Figure};
use super::figures::{self, Connections, Figures, Verdict};
use super::functions::Functions;
use super::request::{CPU_TIME_S, Request};
use super::sizes::{self, Candidate, Sizing};
use super::worlds::Shared;
use super::{Broken, Evaluated, ProcessPlan, Statement};
use crate::fact::{Unknown, Value};
use crate::platforms::Catalog;
use crate::project::{Deployment, Process};

/// The label of what there is.
const NOW: &str = "now";

/// Facts that choices are about. A rule that uses none of them would be broken all the same.
const OF_CAPACITY: &[&str] = &[
    "workers",
    "threads",
    "worker_class",
    "concurrency",
    "connections",
    "machine",
    "scale",
    "memory",
    "database",
    "price",
];

/// A choice: statements, and what comes of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// In a few words.
    pub label: String,
    /// What would have to be stated, by name; empty for what there is.
    pub with: Vec<(String, Value)>,
    /// Dollars a month of the process; of one instance where nobody says how many there are.
    pub price: Figure,
    /// Requests or jobs at once.
    pub slots: Figure,
    /// The most requests a minute at the middle response time.
    pub requests_per_minute: Figure,
    /// The part of memory that is needed.
    pub memory_percent: Figure,
    /// Database connections.
    pub connections: Connections,
    /// Instances.
    pub instances: Bounds,
    /// Rules that it breaks: errors, and warnings about the number of workers or threads.
    pub breaks: Vec<String>,
    /// Whether it serves the demand; `None` without one.
    pub is_enough: Option<bool>,
    /// What else to know.
    pub note: Option<String>,
    /// Whether the application has to be made for it, so that nobody is told to take it.
    pub needs_care: bool,
    /// CPUs of all instances.
    pub cpus: Option<f64>,
}

/// Works out plans of processes.
pub(super) struct Planner<'a> {
    /// Evaluates what could be.
    pub(super) evaluator: &'a Effort<'a>,
    /// Plans and prices.
    pub(super) catalog: &'a Catalog,
    /// What is asked.
    pub(super) request: &'a Request,
    /// What was stated with the request.
    pub(super) stated: &'a [Statement],
    /// The project with that.
    pub(super) now: &'a Evaluated,
    /// Other worlds of it that were worked out.
    pub(super) worlds: &'a Shared,
}

impl Planner<'_> {
    /// The plan of one process.
    pub(super) fn process(&self, deployment: &Deployment, process: &Process) -> ProcessPlan {
        let mut figures = figures::of(deployment, process, self.catalog, self.request);
        let platform = figures::platform_of(deployment, self.catalog);
        let mut choices = Vec::new();
        let breaks = self.breaks(self.now, &deployment.manifest, process, None);
        let now = self.choice(&Candidate::named(NOW), &figures, breaks);
        let worlds = self.worlds(deployment, process, &now);
        if let Some(platform) = platform {
            let sizing = Sizing::of(process, &figures, platform, self.request);
            choices.push(now);
            for candidate in sizing.map(|it| sizes::candidates(&it)).unwrap_or_default() {
                let choice = self.evaluated(deployment, process, &candidate);
                let fits = |it: &Choice| !candidate.is_for_database || it.connections.fit();
                choices.extend(choice.filter(fits));
            }
        }
        let workers_are_known = figures.workers.is_some_and(Bounds::is_exact);
        let best = self.best(&choices, workers_are_known);
        if figures.memory.verdict == Verdict::OverAllocated && !self.has_smaller(&choices) {
            figures.memory.verdict = Verdict::Fits;
        }
        // One choice is none.
        if choices.len() < 2 {
            choices.clear();
        }
        let best = best.filter(|it| *it < choices.len());
        let name = process.name.value.clone();
        let kind = super::kind(process).to_owned();
        let bound = figures::database_bound(&figures.connections);
        let capacity = Capacity::of(&process.facts, platform, bound).ok();
        let capacity = capacity.filter(|_| kind == "web");
        let work = work(self.request);
        let functions =
            capacity.as_ref().and_then(|it| Functions::beside(&figures, it, work, self.catalog));
        let curves = self.request.with_curves.then(|| {
            Curves::of(&process.facts, &figures, capacity.as_ref(), functions.as_ref(), work)
        });
        let measured = None;
        let elsewhere = self.elsewhere(deployment, process, &figures, capacity.as_ref());
        ProcessPlan {
            name,
            kind,
            measured,
            figures,
            worlds,
            choices,
            best,
            functions,
            elsewhere,
            curves,
        }
    }

    fn evaluated(
        &self,
        deployment: &Deployment,
        process: &Process,
        candidate: &Candidate,
    ) -> Option<Choice> {
        let of = |(name, value): &(String, Value)| Statement {
            manifest: deployment.manifest.clone(),
            process: Some(process.name.value.clone()),
            name: name.clone(),
            value: value.clone(),
        };
        let more = candidate.with.iter().map(of);
        let (figures, breaks) = self.resolved_with(deployment, process, more)?;
        Some(self.choice(candidate, &figures, breaks))
    }

    pub(super) fn choice(
        &self,
        candidate: &Candidate,
        figures: &Figures,
        breaks: Vec<String>,
    ) -> Choice {
        let compared = self.request.compared_at_s();
        let at = figures.throughput.iter().find(|it| it.response_s == compared);
        let unknown = || Unknown::because("how many requests it takes is not known");
        let instances = figures.instances.counted();
        Choice {
            label: candidate.label.clone(),
            with: candidate.with.clone(),
            price: match figures.instances.unknown {
                // Where use is billed, it is the same of how many instances.
                Some(_) => figures.price_each.clone().or_else(|_| figures.price.clone()),
                None => figures.price.clone(),
            },
            slots: figures.slots.clone(),
            requests_per_minute: at.map(|it| it.most).ok_or_else(unknown),
            memory_percent: figures.memory.percent.clone(),
            connections: figures.connections.clone(),
            instances,
            breaks,
            is_enough: self.request.requests_per_minute.map(|it| self.is_enough(figures, it)),
            note: candidate.note.clone(),
            needs_care: candidate.needs_care,
            cpus: figures.machine.cpus.map(|it| it.min * instances.min),
        }
    }

    /// Whether a demand is served: with a wait that nobody feels, or within the 95th percentile
    /// that is asked for.
    fn is_enough(&self, figures: &Figures, demand: f64) -> bool {
        let compared = self.request.compared_at_s();
        let Some(at) = figures.throughput.iter().find(|it| it.response_s == compared) else {
            return false;
        };
        match (self.request.p95_s, at.demand) {
            (Some(p95_s), Some(under)) => compared + under.p95_wait_s <= p95_s,
            _ => at.comfortable.min >= demand,
        }
    }

    /// The rules that a process breaks because of what choices are about. Of a choice, those that
    /// are broken `before` without any such fact are left out.
    pub(super) fn breaks(
        &self,
        evaluated: &Evaluated,
        manifest: &str,
        process: &Process,
        before: Option<&Evaluated>,
    ) -> Vec<String> {
        let is_about = |it: &&Broken| {
            it.manifests.iter().any(|it| it == manifest)
                && it.process.as_ref().is_none_or(|it| *it == process.name.value)
        };
        let uses_capacity = |it: &Broken| {
            it.facts.iter().any(|name| {
                let first = name.split(['.', '_']).next().unwrap_or_default();
                OF_CAPACITY.iter().any(|it| it == name || *it == first)
            })
        };
        let is_new = |it: &Broken| before.is_some_and(|before| !before.broken.contains(it));
        let mut rules: Vec<String> = evaluated
            .broken
            .iter()
            .filter(is_about)
            .filter(|it| uses_capacity(it) || is_new(it))
            .map(|it| it.rule.clone())
            .collect();
        rules.sort();
        rules.dedup();
        rules
    }

    /// The best choice: for a demand the cheapest that serves it; else the cheapest that is not
    /// worse than what there is, or the same money used better. None has a fault.
    fn best(&self, choices: &[Choice], workers_are_known: bool) -> Option<usize> {
        let now = choices.first()?;
        let redundancy = now.instances.min.min(2.0);
        let is_sound = |it: &Choice| {
            self.is_sound(it) && !it.needs_care && !it.connections.overruns(&now.connections)
        };
        let is_not_worse = |it: &Choice, than: &Choice| {
            is_at_least(&it.slots, &than.slots)
                && is_at_least(&it.requests_per_minute, &than.requests_per_minute)
                && it.instances.min >= redundancy
                && match (than.cpus, it.cpus) {
                    (Some(now), Some(then)) => then >= now,
                    (Some(_), None) => false,
                    (None, _) => true,
                }
        };
        let is_same_machine = |it: &Choice| it.with.iter().all(|(name, _)| name != "plan");
        let slots = |it: &Choice| it.slots.as_ref().map_or(0.0, |it| it.min);
        let requests = |it: &Choice| it.requests_per_minute.as_ref().map_or(0.0, |it| it.min);
        // What does not fit is measured by the most that the same machine does.
        let fitting = choices.iter().filter(|it| is_sound(it) && is_same_machine(it));
        let fitting = fitting
            .max_by(|a, b| slots(a).total_cmp(&slots(b)).then(requests(a).total_cmp(&requests(b))));
        let is_wanted = |it: &Choice| match (it.is_enough, fitting) {
            (Some(is_enough), _) => is_enough,
            // Who does not know what there is cannot say that less is enough.
            (None, _) if !workers_are_known => is_same_machine(it),
            (None, _) if is_sound(now) => {
                is_not_worse(it, now) && is_at_least(&now.price, &it.price)
            }
            (None, Some(fitting)) => is_not_worse(it, fitting),
            (None, None) => true,
        };
        let price = |it: &Choice| it.price.as_ref().map_or(f64::INFINITY, |it| it.max);
        let all = choices.iter().enumerate();
        let sound = all.filter(|(_, it)| is_sound(it) && is_wanted(it));
        let bursts = |it: &Choice| it.requests_per_minute.as_ref().map_or(0.0, |it| it.max);
        // More workers that bring no more requests are no gain: then what stands first is best.
        let brings_more = |a: &Choice, b: &Choice| match a.requests_per_minute.is_ok() {
            true => requests(b).total_cmp(&requests(a)).then(bursts(b).total_cmp(&bursts(a))),
            false => slots(b).total_cmp(&slots(a)),
        };
        let better = |(_, a): &(usize, &Choice), (_, b): &(usize, &Choice)| {
            price(a).total_cmp(&price(b)).then_with(|| brings_more(a, b))
        };
        sound.min_by(better).map(|(idx, _)| idx)
    }
}

impl Planner<'_> {
    /// Whether some choice costs less and has no new fault: who has too much memory needs one.
    fn has_smaller(&self, choices: &[Choice]) -> bool {
        let Some((now, others)) = choices.split_first() else { return false };
        let price = |it: &Choice| it.price.as_ref().map_or(f64::INFINITY, |it| it.max);
        let tight = self.request.memory.tight;
        let fits = |it: &Choice| it.memory_percent.as_ref().is_ok_and(|it| it.max <= tight);
        let is_new = |rule: &String| !now.breaks.contains(rule);
        others.iter().any(|it| fits(it) && price(it) < price(now) && !it.breaks.iter().any(is_new))
    }

    /// Why nobody can say how a process would run on another platform.
    pub(super) fn unknown_there(&self) -> Unknown {
        let unknown = || Unknown::because("how it would run there is not known");
        self.evaluator.spent().unwrap_or_else(unknown)
    }

    /// Whether a choice has a price, fits its memory and its database, and breaks no rule.
    pub(super) fn is_sound(&self, it: &Choice) -> bool {
        let fits = it.memory_percent.as_ref().is_ok_and(|it| it.max <= self.request.memory.tight);
        let has_price = it.price.is_ok() || it.with.is_empty();
        it.breaks.is_empty() && fits && has_price && it.connections.fit()
    }
}

/// Whether a number is at least another. What is not known is so for both.
fn is_at_least(left: &Figure, right: &Figure) -> bool {
    match (left, right) {
        (Ok(left), Ok(right)) => left.min >= right.min && left.max >= right.max,
        (Err(_), Ok(_)) => false,
        (_, Err(_)) => true,
    }
}

/// How a request is served that choices are compared by.
pub(super) fn work(request: &Request) -> Work {
    let response_s = request.compared_at_s();
    Work { response_s, cpu_s: request.cpu_time_s.unwrap_or(CPU_TIME_S).min(response_s) }
}

/// A known text of a process.
pub(super) fn text(process: &Process, id: crate::vocabulary::FactId) -> Option<&str> {
    figure::text(&process.facts, id)
}

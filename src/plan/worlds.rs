//! The worlds that files allow: where they leave open on which platform something runs, or on which
//! plan, what comes of it in each.
//!
//! A world is a few statements, as opslint.toml could make them. Everything that depends on one
//! choice follows from it, because the project is resolved anew with the statement: the memory, the
//! CPUs, the variables and the price of a plan change together.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::choices::{Choice, Planner};
use super::figure::{self, Figure};
use super::figures;
use super::sizes::Candidate;
use super::{Evaluated, PlatformName, Statement};
use crate::fact::{Fact, GapKind, OriginKind, State, Value};
use crate::platforms::{Catalog, Plan, Platform};
use crate::project::{Deployment, Facts, Process, Project};
use crate::vocabulary;

/// The most plans of one platform that are looked into: who needs more machines states the plan.
const PLANS_MAX: usize = 6;

/// Plans that fit and are looked into: the cheapest, and the next one for comparison.
const FITTING_MAX: usize = 2;

/// A way to settle what the files leave open about a process.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// The world of the whole project that has this one in it.
    pub round: Round,
    /// Where it runs.
    pub platform: PlatformName,
    /// The plan, where this world differs in it; else the usual one of the platform.
    pub plan: Option<String>,
    /// What is so in it.
    pub statements: Vec<Statement>,
}

/// A world of a whole project: every process takes the next of what it may have, side by side, so
/// that there are as many worlds as the longest list has entries, whatever the number of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Round {
    /// So many plans further than the usual one.
    Plan(usize),
    /// So many platforms further than the usual one.
    Platform(usize),
}

/// What is so in each world of a whole project.
#[derive(Clone, Debug, Default)]
pub struct Rounds(BTreeMap<Round, Vec<Statement>>);

impl Rounds {
    /// The worlds of a project.
    pub fn of(project: &Project, catalog: &Catalog) -> Self {
        let mut all: BTreeMap<Round, Vec<Statement>> = BTreeMap::new();
        for deployment in &project.deployments {
            for (idx, process) in deployment.processes.iter().enumerate() {
                for world in allowed(deployment, process, catalog) {
                    // Where a deployment runs, all of its processes run.
                    if world.plan.is_some() || idx == 0 {
                        all.entry(world.round).or_default().extend(world.statements);
                    }
                }
            }
        }
        Self(all)
    }

    /// What is so in a world; nothing where no process has as many.
    pub fn statements(&self, round: Round) -> &[Statement] {
        self.0.get(&round).map_or(&[], Vec::as_slice)
    }
}

/// A process in one of its worlds.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldPlan {
    /// Where it runs.
    pub platform: PlatformName,
    /// The plan that it has there.
    pub plan: Option<String>,
    /// Whether this is the one that is planned with, because it is the likeliest.
    pub is_taken: bool,
    /// What comes of it.
    pub figures: Choice,
}

/// What a process runs with in another world than the one that it is resolved in.
#[derive(Clone, Debug)]
pub struct OtherWorld {
    /// Folder of the project.
    pub root: String,
    /// Path of the manifest.
    pub manifest: String,
    /// Name of the deployment.
    pub deployment: String,
    /// Name of the process.
    pub process: String,
    /// The world in a few words.
    pub label: String,
    /// What it runs with there.
    pub facts: Facts,
}

/// The worlds of a process beside the one that it is resolved in: first the other plans of its
/// platform from the cheapest, then the other platforms that may run it. None where files or
/// opslint.toml settle both.
pub fn allowed(deployment: &Deployment, process: &Process, catalog: &Catalog) -> Vec<World> {
    let platform = deployment.facts.get(vocabulary::PLATFORM);
    let here = platform.and_then(Fact::text);
    let mut worlds = Vec::new();
    if let Some(platform) = here.and_then(|it| catalog.platform(it)) {
        let world = |(idx, plan): (usize, &Plan)| World {
            round: Round::Plan(idx),
            platform: name_of(platform),
            plan: Some(plan.name.clone()),
            statements: vec![Statement {
                manifest: deployment.manifest.clone(),
                process: Some(process.name.value.clone()),
                name: "plan".to_owned(),
                value: Value::Text(plan.name.clone()),
            }],
        };
        worlds.extend(open_plans(platform, process).into_iter().enumerate().map(world));
    }
    let others = open_platforms(deployment, catalog).into_iter().enumerate();
    worlds.extend(others.map(|(idx, platform)| World {
        round: Round::Platform(idx),
        platform: name_of(platform),
        plan: None,
        statements: vec![Statement {
            manifest: deployment.manifest.clone(),
            process: None,
            name: vocabulary::PLATFORM.name().to_owned(),
            value: Value::Text(platform.id().to_owned()),
        }],
    }));
    worlds
}

fn name_of(platform: &Platform) -> PlatformName {
    let (id, name) = (platform.id().to_owned(), platform.name().to_owned());
    PlatformName { id, name, is_assumed: true }
}

/// The other platforms that may run a deployment, where none is known to.
fn open_platforms<'a>(deployment: &Deployment, catalog: &'a Catalog) -> Vec<&'a Platform> {
    let Some(platform) = deployment.facts.get(vocabulary::PLATFORM) else { return Vec::new() };
    let name = deployment.manifest.rsplit('/').next().unwrap_or_default();
    let ids: Vec<&str> = match &platform.state {
        State::Known(_) if platform.origin.is_assumed() => catalog.readers(name),
        State::Unknown(unknown) => match &unknown.kind {
            GapKind::OneOf(ids) => ids.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let others = ids.into_iter().filter(|it| platform.text() != Some(*it));
    others.filter_map(|it| catalog.platform(it)).collect()
}

/// The other plans that a process may have, from the cheapest, where no file names one.
fn open_plans<'a>(platform: &'a Platform, process: &Process) -> Vec<&'a Plan> {
    let Some(usual) = process.facts.get(vocabulary::MACHINE_PLAN) else { return Vec::new() };
    let is_open = match &usual.state {
        State::Known(_) => usual.origin.kind == OriginKind::Assumed,
        state => state.unknown().is_some(),
    };
    if !is_open {
        return Vec::new();
    }
    let kind = super::kind(process);
    let usual = usual.text();
    let generation = usual.and_then(|it| platform.plan(it, kind)).map(|it| &it.generation);
    let price = |it: &&Plan| it.price_usd_month.as_ref().map(|it| it.value);
    let mut plans: Vec<&Plan> = platform
        .plans(kind)
        .filter(|it| usual != Some(it.name.as_str()))
        .filter(|it| generation.is_none_or(|generation| it.generation == *generation))
        .filter(|it| price(it).is_some() && it.memory_mb.is_some())
        .collect();
    plans.sort_by(|a, b| price(a).unwrap_or(0.0).total_cmp(&price(b).unwrap_or(0.0)));
    let mut kept: Vec<&Plan> = Vec::new();
    for it in plans {
        if !kept.iter().any(|cheaper| has_as_much(cheaper, it)) {
            kept.push(it);
        }
    }
    kept
}

/// Whether a plan has all that another one has: who pays more for that does so for something that
/// is not planned here, such as a private network.
fn has_as_much(one: &Plan, other: &Plan) -> bool {
    let memory = |it: &Plan| it.memory_mb.as_ref().map(|it| it.value);
    let cpus = |it: &Plan| it.cpus.as_ref().map_or(0.0, |it| it.value);
    let most = |it: &Plan| it.instances_max.as_ref().map(|it| it.value);
    memory(one) >= memory(other)
        && cpus(one) >= cpus(other)
        && most(one).zip(most(other)).is_none_or(|(one, other)| one >= other)
        && one.sleeps_after_s.is_none()
}

/// Processes of a project that are planned each in worlds of its own, with all others as they are.
/// Of more, the work would grow with the square of their number, and all change side by side.
const ALONE_MAX: usize = 16;

/// The worlds that were worked out for all processes of a project.
#[derive(Default)]
pub(super) struct Shared {
    rounds: OnceCell<Rounds>,
    evaluated: RefCell<BTreeMap<Round, Option<Rc<Evaluated>>>>,
}

impl Planner<'_> {
    /// What comes of a process in each of its worlds; empty where there is one only, and where all
    /// come to the same.
    pub(super) fn worlds(
        &self,
        deployment: &Deployment,
        process: &Process,
        now: &Choice,
    ) -> Vec<WorldPlan> {
        let allowed = allowed(deployment, process, self.catalog);
        if allowed.is_empty() {
            return Vec::new();
        }
        let platform = super::platform(deployment, self.catalog);
        let plan = figure::text(&process.facts, vocabulary::MACHINE_PLAN).map(str::to_owned);
        let taken = platform.map(|platform| WorldPlan {
            platform,
            plan,
            is_taken: true,
            figures: now.clone(),
        });
        let mut all: Vec<WorldPlan> = taken.into_iter().collect();
        let mut plans = 0;
        // Where nobody knows the memory, no plan can be said to fit, and only prices differ.
        let may_fit = |it: &Choice| self.is_sound(it) || it.memory_percent.is_err();
        let mut fitting = usize::from(all.iter().any(|it| may_fit(&it.figures)));
        for world in &allowed {
            if world.plan.is_some() {
                if plans == PLANS_MAX || fitting >= FITTING_MAX {
                    continue;
                }
                plans += 1;
            }
            let Some(it) = self.in_world(deployment, process, world) else { continue };
            if world.plan.is_some() && may_fit(&it.figures) {
                fitting += 1;
            }
            if is_empty(&it.figures) {
                continue;
            }
            all.push(it);
        }
        let differs = all
            .first()
            .is_some_and(|first| all.iter().any(|it| !is_alike(&it.figures, &first.figures)));
        if !differs {
            return Vec::new();
        }
        let has_two = all.iter().any(|it| it.platform.id != all[0].platform.id);
        for it in &mut all {
            it.figures.label = label(it, has_two);
        }
        all
    }

    fn in_world(
        &self,
        deployment: &Deployment,
        process: &Process,
        world: &World,
    ) -> Option<WorldPlan> {
        let changed = match self.is_alone() {
            true => Rc::new(self.with(&world.statements)?),
            false => self.shared(world.round)?,
        };
        let (figures, breaks) = self.seen_in(&changed, deployment, process)?;
        let plan = figures.machine.plan.clone();
        let figures = self.choice(&Candidate::named(""), &figures, breaks);
        let platform = world.platform.clone();
        Some(WorldPlan { platform, plan, is_taken: false, figures })
    }

    fn is_alone(&self) -> bool {
        let deployments = self.now.project.deployments.iter();
        deployments.map(|it| it.processes.len()).sum::<usize>() <= ALONE_MAX
    }

    /// The project in a world of all processes, worked out once.
    fn shared(&self, round: Round) -> Option<Rc<Evaluated>> {
        let known = self.worlds.evaluated.borrow().get(&round).cloned();
        known.unwrap_or_else(|| {
            let rounds = || Rounds::of(&self.now.project, self.catalog);
            let rounds = self.worlds.rounds.get_or_init(rounds);
            let evaluated = self.with(rounds.statements(round)).map(Rc::new);
            self.worlds.evaluated.borrow_mut().insert(round, evaluated.clone());
            evaluated
        })
    }

    fn with(&self, more: &[Statement]) -> Option<Evaluated> {
        let statements: Vec<Statement> = self.stated.iter().chain(more).cloned().collect();
        self.evaluator.evaluate(&statements)
    }

    /// The figures of a process with statements more, and the rules that it breaks then.
    pub(super) fn resolved_with(
        &self,
        deployment: &Deployment,
        process: &Process,
        more: impl Iterator<Item = Statement>,
    ) -> Option<(figures::Figures, Vec<String>)> {
        let changed = self.with(&more.collect::<Vec<_>>())?;
        self.seen_in(&changed, deployment, process)
    }

    /// The figures of a process in a project, and the rules that it breaks there.
    fn seen_in(
        &self,
        changed: &Evaluated,
        deployment: &Deployment,
        process: &Process,
    ) -> Option<(figures::Figures, Vec<String>)> {
        let is_it =
            |it: &&Deployment| it.manifest == deployment.manifest && it.name == deployment.name;
        let then = changed.project.deployments.iter().find(is_it)?;
        let same = then.processes.iter().find(|it| it.name.value == process.name.value)?;
        let figures = figures::of(then, same, self.catalog, self.request);
        let breaks = self.breaks(changed, &deployment.manifest, process, Some(self.now));
        Some((figures, breaks))
    }
}

/// Whether nothing is known of a world.
fn is_empty(it: &Choice) -> bool {
    [&it.price, &it.slots, &it.requests_per_minute, &it.memory_percent]
        .iter()
        .all(|figure| figure.is_err())
        && it.breaks.is_empty()
}

/// Whether two worlds come to the same.
fn is_alike(a: &Choice, b: &Choice) -> bool {
    let is_same = |a: &Figure, b: &Figure| match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err(_), Err(_)) => true,
        _ => false,
    };
    a.breaks == b.breaks
        && is_same(&a.price, &b.price)
        && is_same(&a.slots, &b.slots)
        && is_same(&a.requests_per_minute, &b.requests_per_minute)
        && is_same(&a.memory_percent, &b.memory_percent)
}

/// `standard-2x`, or `Heroku standard-2x` where there are several platforms.
fn label(world: &WorldPlan, has_platforms: bool) -> String {
    let label = world_label(&world.platform.name, world.plan.as_deref(), has_platforms);
    if world.is_taken { label + " (assumed)" } else { label }
}

/// A world in a few words: the plan, with the platform in front where there are several.
pub fn world_label(platform: &str, plan: Option<&str>, has_platforms: bool) -> String {
    match plan {
        Some(plan) if has_platforms => format!("{platform} {plan}"),
        Some(plan) => plan.to_owned(),
        None => platform.to_owned(),
    }
}

//! What a project comes to in the other worlds that its files allow: other platforms, other plans.
//!
//! Files often leave open where something runs, and on what. What is wrong wherever it runs is
//! certain; what is wrong in the usual world alone names that world; and where no world is the usual
//! one, only what all of them have in common is said.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::plan::{self, SOURCE};
use super::project::Resolved;
use super::setup::Setup;
use crate::apps::SETTINGS_MODULE;
use crate::check::{self, Found, OpenRules};
use crate::diagnostic::{Diagnostic, Undecided};
use crate::fact::{Fact, GapKind, State, Value};
use crate::plan::{Statement, WORLD_PROCESSES_MAX};
use crate::platforms::{Plan, Platform};
use crate::policy::rule::Rule;
use crate::project::{Deployment, Process, Project};
use crate::source::{FileId, SourceMap};
use crate::vocabulary::{self, FactId};
use crate::workspace::{Files, Store};

/// Where a project can be looked at once more.
pub(super) struct Elsewhere<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) store: &'a Arc<Store>,
    pub(super) setup: &'a Setup,
    pub(super) root: &'a str,
    pub(super) manifests: &'a [String],
}

/// What files leave open, and a world decides.
const CHOICES: &[FactId] =
    &[vocabulary::PLATFORM, vocabulary::MACHINE_PLAN, vocabulary::SCALE_MIN, vocabulary::SCALE_MAX];

/// Facts that one number of instances decides.
const NUMBERS: &[FactId] = &[vocabulary::SCALE_MIN, vocabulary::SCALE_MAX];

/// So many instances more show whether a number matters.
const MANY: i64 = 20;

/// A world, and what rules say there.
struct Seen {
    found: Found,
    /// The text that the statements stand in, which no report has.
    stated_in: FileId,
}

impl Elsewhere<'_> {
    /// Settles what all worlds have in common: what fires in each of them is certain, and what could
    /// not be decided without the platform is where all platforms decide it alike.
    pub(super) fn weigh(&self, project: &Project, found: &mut Found) {
        let mut looked_at = 0;
        for deployment in &project.deployments {
            for process in deployment.processes.iter().take(WORLD_PROCESSES_MAX - looked_at) {
                looked_at += 1;
                self.instances(deployment, process, found);
                self.plans(deployment, process, found);
            }
            self.platforms(deployment, found);
            self.undecided(deployment, found);
            self.modules(deployment, found);
        }
    }

    /// Which of what fires on the number of instances that is taken for granted fires on all others,
    /// too: what one more does not change, and many more do not, depends on no number.
    fn instances(&self, deployment: &Deployment, process: &Process, found: &mut Found) {
        let usual = process.facts.get(vocabulary::SCALE_MAX);
        let Some(usual) = usual.filter(|it| it.origin.is_assumed()).and_then(Fact::int) else {
            return;
        };
        let rests = |it: &Diagnostic| {
            it.deployment() == Some(&deployment.manifest)
                && it.process.as_ref() == Some(&process.name.value)
                && NUMBERS.iter().any(|number| choices(it).contains(number))
        };
        let statement = |count: i64| Statement {
            manifest: deployment.manifest.clone(),
            process: Some(process.name.value.clone()),
            name: "instances".to_owned(),
            value: Value::Int(count),
        };
        let worlds = [usual + 1, usual + MANY].into_iter().map(statement);
        self.settle(NUMBERS, worlds, found, rests);
    }

    /// Which of what fires on the plan that is taken for granted fires on all others, too.
    fn plans(&self, deployment: &Deployment, process: &Process, found: &mut Found) {
        let id = deployment.facts.get(vocabulary::PLATFORM).and_then(Fact::text);
        let Some(platform) = id.and_then(|it| self.setup.surroundings.catalog.platform(it)) else {
            return;
        };
        let rests = |it: &Diagnostic| {
            it.deployment() == Some(&deployment.manifest)
                && it.process.as_ref() == Some(&process.name.value)
                && choices(it).contains(&vocabulary::MACHINE_PLAN)
        };
        let statement = |plan: &Plan| Statement {
            manifest: deployment.manifest.clone(),
            process: Some(process.name.value.clone()),
            name: "plan".to_owned(),
            value: Value::Text(plan.name.clone()),
        };
        let worlds = other_plans(platform, process).into_iter().map(statement);
        self.settle(&[vocabulary::MACHINE_PLAN], worlds, found, rests);
    }

    /// Which of what fires on the platform that is taken for granted fires on all others that may
    /// run this, whatever the plan.
    fn platforms(&self, deployment: &Deployment, found: &mut Found) {
        let platform = deployment.facts.get(vocabulary::PLATFORM);
        let Some(platform) = platform.filter(|it| it.origin.is_assumed()) else { return };
        let Some(usual) = platform.text() else { return };
        let name = deployment.manifest.rsplit('/').next().unwrap_or_default();
        let others = self.setup.surroundings.catalog.readers(name);
        let rests = |it: &Diagnostic| {
            it.deployment() == Some(&deployment.manifest)
                && choices(it) == [vocabulary::PLATFORM].into()
        };
        let worlds = others.into_iter().filter(|it| *it != usual);
        let worlds = worlds.map(|it| on_platform(deployment, it));
        self.settle(&[vocabulary::PLATFORM], worlds, found, rests);
    }

    /// Looks into one world after the other, until nothing is left that fires in each.
    fn settle(
        &self,
        choice: &[FactId],
        worlds: impl Iterator<Item = Statement>,
        found: &mut Found,
        rests: impl Fn(&Diagnostic) -> bool,
    ) {
        let mut left: Vec<usize> =
            (0..found.diagnostics.len()).filter(|it| rests(&found.diagnostics[*it])).collect();
        let mut is_compared = false;
        for statement in worlds {
            if left.is_empty() {
                return;
            }
            is_compared = true;
            let ids: BTreeSet<&str> =
                left.iter().map(|it| found.diagnostics[*it].rule.as_str()).collect();
            let rules = self.setup.policy.rules.iter().filter(|it| ids.contains(it.id.as_ref()));
            let Some(seen) = self.look(&statement, &rules.collect::<Vec<_>>()) else { return };
            left.retain(|it| {
                let diagnostic = &found.diagnostics[*it];
                let same = seen.find(diagnostic, choice);
                same.is_some_and(|it| it.help == diagnostic.help)
            });
        }
        for idx in left.into_iter().filter(|_| is_compared) {
            let diagnostic = &mut found.diagnostics[idx];
            diagnostic.whatever.extend(choice.iter().map(|it| it.name().to_owned()));
            check::assumptions::set_confidence(diagnostic);
        }
    }

    /// What is so on each of the few platforms that may run a deployment, and what all of them
    /// decide, though none of it is known to be the one.
    fn undecided(&self, deployment: &Deployment, found: &mut Found) {
        let platform = deployment.facts.get(vocabulary::PLATFORM).map(|it| &it.state);
        let Some(State::Unknown(unknown)) = platform else { return };
        let GapKind::OneOf(platforms) = &unknown.kind else { return };
        let worlds: Vec<_> = platforms.iter().map(|it| on_platform(deployment, it)).collect();
        self.agree(deployment, &worlds, Rests::OnNothing, found);
    }

    /// What is so with each of the few settings modules that a deployment may name. All settings of
    /// one module are so together, so a rule that looks at several of them never sees a mixture.
    fn modules(&self, deployment: &Deployment, found: &mut Found) {
        let named = deployment.processes.iter().find_map(|it| it.settings.get(SETTINGS_MODULE));
        let Some(State::OneOf(cases)) = named.map(|it| &it.state) else { return };
        let statement = |value: &Value| Statement {
            manifest: deployment.manifest.clone(),
            process: None,
            name: format!("${SETTINGS_MODULE}"),
            value: value.clone(),
        };
        let worlds: Vec<_> = cases.iter().map(|it| statement(&it.value)).collect();
        self.agree(deployment, &worlds, Rests::OnAnything, found);
    }

    /// Settles what could not be decided, and is in each of these worlds.
    fn agree(
        &self,
        deployment: &Deployment,
        statements: &[Statement],
        rests: Rests,
        found: &mut Found,
    ) {
        let mut left = Left::new(deployment, found, rests);
        // A rule that asks for what is known of the platform is silent without it, and not open.
        let mut rules = check::rules_of(&self.setup.policy);
        if rests == Rests::OnAnything {
            rules.retain(|it| left.has(&it.id));
        }
        let mut worlds: Vec<Seen> = Vec::new();
        for statement in statements {
            if rules.is_empty() {
                return;
            }
            let Some(seen) = self.look(statement, &rules) else { return };
            left.keep(&seen, worlds.is_empty());
            worlds.push(seen);
            rules.retain(|it| left.has(&it.id));
        }
        let Some(first) = worlds.first() else { return };
        found.undecided.retain(|it| !left.decided.iter().any(|decided| is_same_gap(it, decided)));
        for mut common in left.fires {
            common.help = most_common(&worlds, &common);
            common.facts.retain(|it| !stands_in(&it.fact, first.stated_in));
            check::assumptions::set_confidence(&mut common);
            found.diagnostics.push(common);
        }
    }

    /// What these rules say where this is so, too.
    fn look(&self, statement: &Statement, rules: &[&Rule]) -> Option<Seen> {
        let mut sources: SourceMap = self.setup.sources.clone();
        let stated_in = sources.add(SOURCE, SOURCE);
        let mut settings = self.setup.surroundings.settings.clone();
        settings.deployments.insert(0, plan::settings_of(statement, stated_in));
        let resolved = Resolved::with(
            self.files,
            self.store,
            self.setup,
            (&settings, &sources),
            self.root,
            self.manifests,
        );
        let (project, sources) = resolved.into_project()?;
        Some(Seen {
            found: check::of_rules(&sources, &project, rules, OpenRules::Counted),
            stated_in,
        })
    }
}

impl Seen {
    /// The same in the same words, resting on no choice that is open beside the one that makes this
    /// world. Advice may differ: each platform has a place of its own for a value.
    fn find(&self, diagnostic: &Diagnostic, choice: &[FactId]) -> Option<&Diagnostic> {
        let mut open = choices(diagnostic);
        open.retain(|it| !choice.contains(it));
        let mut said = self.found.diagnostics.iter();
        said.find(|it| is_same(it, diagnostic) && choices(it).is_subset(&open))
    }

    /// Whether a diagnostic names nothing that only this world has.
    fn is_whole(&self, diagnostic: &Diagnostic, rests: Rests) -> bool {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        labels.map(|it| it.span.file).all(|it| it != self.stated_in)
            && (rests == Rests::OnAnything || choices(diagnostic).is_empty())
    }
}

/// What a diagnostic that all worlds have in common may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rests {
    /// On no choice that is open beside the one that makes the worlds.
    OnNothing,
    /// On other choices, too: it names them.
    OnAnything,
}

/// What every world that was looked into has in common.
struct Left<'a> {
    deployment: &'a Deployment,
    rests: Rests,
    /// What is said without a platform.
    said: Vec<Diagnostic>,
    /// What could not be decided, and is decided in each of them.
    decided: Vec<Undecided>,
    /// What is said in each of them, and not without a platform.
    fires: Vec<Diagnostic>,
}

impl<'a> Left<'a> {
    fn new(deployment: &'a Deployment, found: &Found, rests: Rests) -> Self {
        let is_here = |it: &&Undecided| it.deployment.as_ref() == Some(&deployment.manifest);
        Self {
            deployment,
            rests,
            said: found.diagnostics.clone(),
            decided: found.undecided.iter().filter(is_here).cloned().collect(),
            fires: Vec::new(),
        }
    }

    /// Drops what is otherwise in this world.
    fn keep(&mut self, seen: &Seen, is_first: bool) {
        self.decided.retain(|it| !seen.found.undecided.iter().any(|open| is_same_gap(it, open)));
        if !is_first {
            self.fires.retain(|it| seen.find(it, &[]).is_some());
            return;
        }
        let is_here = |it: &&Diagnostic| it.deployment() == Some(&self.deployment.manifest);
        let is_new = |it: &&Diagnostic| !self.said.iter().any(|said| is_same(said, it));
        let here = seen.found.diagnostics.iter().filter(is_here).filter(is_new);
        self.fires = here.filter(|it| seen.is_whole(it, self.rests)).cloned().collect();
    }

    fn has(&self, rule: &str) -> bool {
        self.fires.iter().any(|it| it.rule == rule) || self.decided.iter().any(|it| it.rule == rule)
    }
}

/// Whether both are about the same rule and process.
fn is_same_gap(a: &Undecided, b: &Undecided) -> bool {
    (&a.rule, &a.process, &a.deployment) == (&b.rule, &b.process, &b.deployment)
}

/// Whether both say the same of the same process.
fn is_same(a: &Diagnostic, b: &Diagnostic) -> bool {
    check::is_same(a, b) && a.process == b.process
}

/// The advice that most worlds give.
fn most_common(worlds: &[Seen], diagnostic: &Diagnostic) -> Option<String> {
    let said: Vec<&String> =
        worlds.iter().filter_map(|it| it.find(diagnostic, &[])?.help.as_ref()).collect();
    let count = |help: &&&String| said.iter().filter(|it| **it == **help).count();
    said.iter().rev().max_by_key(count).map(|it| (*it).clone())
}

/// The choices that a diagnostic rests on, and that no file made.
fn choices(diagnostic: &Diagnostic) -> BTreeSet<FactId> {
    let names = check::assumptions::assumed(diagnostic);
    let ids = names.into_iter().filter_map(FactId::from_name);
    ids.filter(|it| CHOICES.contains(it)).collect()
}

fn on_platform(deployment: &Deployment, platform: &str) -> Statement {
    Statement {
        manifest: deployment.manifest.clone(),
        process: None,
        name: vocabulary::PLATFORM.name().to_owned(),
        value: Value::Text(platform.to_owned()),
    }
}

/// The other plans, the largest first: most of what fires on a small machine does not fire there.
fn other_plans<'a>(platform: &'a Platform, process: &Process) -> Vec<&'a Plan> {
    let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or_default();
    let usual = process.facts.get(vocabulary::MACHINE_PLAN).and_then(Fact::text);
    let mut plans: Vec<&Plan> =
        platform.plans(kind).filter(|it| usual != Some(it.name.as_str())).collect();
    plans.sort_by_key(|it| std::cmp::Reverse(it.memory_mb.as_ref().map(|it| it.value)));
    plans
}

/// Whether a fact is stated in this text, or something behind it is.
fn stands_in(fact: &Fact, file: FileId) -> bool {
    fact.origin.span.is_some_and(|it| it.file == file)
        || fact.origin.inputs.iter().any(|it| stands_in(&it.fact, file))
}

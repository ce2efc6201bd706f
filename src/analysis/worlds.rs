//! What a project comes to in the other worlds that its files allow: other platforms, other plans.
//!
//! Files often leave open where something runs, and on what. What is wrong wherever it runs is
//! certain; what is wrong in the usual world alone names that world; and where no world is the usual
//! one, only what all of them have in common is said.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::agree::{Rests, modules, undecided};
use super::plan::{self, SOURCE};
use super::project::Resolved;
use super::setup::Setup;
use super::ways;
use crate::check::{self, Found, OpenRules};
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Value};
use crate::plan::Statement;
use crate::platforms::{Plan, Platform};
use crate::policy::rule::Rule;
use crate::project::{Deployment, Process, Project};
use crate::settings::{Chosen, Settings};
use crate::source::{FileId, SourceMap};
use crate::vocabulary::{self, FactId};
use crate::workspace::{Compared, Files, Store};

/// Where a project can be looked at once more.
pub(super) struct Elsewhere<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) store: &'a Arc<Store>,
    pub(super) setup: &'a Setup,
    pub(super) root: &'a str,
    pub(super) manifests: &'a [String],
    /// Variables that no file sets, as they are in production.
    pub(super) usual: &'a [Chosen],
}

/// What files leave open, and a world decides.
const CHOICES: &[FactId] = &[
    vocabulary::PLATFORM,
    vocabulary::KIND,
    vocabulary::MACHINE_PLAN,
    vocabulary::SCALE_MIN,
    vocabulary::SCALE_MAX,
];

/// Facts that one number of instances decides.
const NUMBERS: &[FactId] = &[vocabulary::SCALE_MIN, vocabulary::SCALE_MAX];

/// What kind of process it is decides by itself.
const KIND: &[FactId] = &[vocabulary::KIND];

/// What the choice of a plan decides by itself.
const PLAN: &[FactId] = &[vocabulary::MACHINE_PLAN];

/// What the choice of a platform decides by itself.
const WHERE: &[FactId] = &[vocabulary::PLATFORM];

/// So many instances more show whether a number matters.
const MANY: i64 = 20;

/// A world, and what rules say there.
pub(super) struct Seen {
    pub(super) found: Found,
    /// The text that the statements stand in, which no report has.
    pub(super) stated_in: Option<FileId>,
}

/// Something that files leave open, of one process or of a whole deployment.
///
/// What is open in a project is settled side by side: one world takes the next of the others
/// everywhere, so that the number of worlds is that of the longest list, and not of all of them.
pub(super) struct Open<'a> {
    pub(super) manifest: &'a str,
    pub(super) process: Option<&'a str>,
    /// What else it may be, or, where nothing is the usual one, what it may be.
    pub(super) others: Vec<Statement>,
    /// How many worlds there are of it: of each statement one, where statements make them.
    pub(super) rounds: usize,
}

impl Elsewhere<'_> {
    /// Settles what all worlds have in common: what fires in each of them is certain, and what could
    /// not be decided without the platform is where all platforms decide it alike.
    pub(super) fn weigh(&self, project: &Project, compared: &Compared, found: &mut Found) {
        let deployments = || project.deployments.iter();
        // Of a large project, most rests on no choice.
        let resting: HashSet<(String, String)> =
            found.diagnostics.iter().filter_map(place).collect();
        let rests = |it: &Deployment, process: &Process| {
            !resting.is_empty()
                && resting.contains(&(it.manifest.clone(), process.name.value.clone()))
        };
        let all = || deployments().flat_map(|it| it.processes.iter().map(move |p| (it, p)));
        let processes = || all().filter(|(it, process)| rests(it, process));
        let has = |it: &BTreeSet<FactId>, ids: &[FactId]| ids.iter().any(|id| it.contains(id));
        let kinds = processes().filter_map(|(it, process)| kinds(it, process));
        self.settle(KIND, kinds.collect(), found, |it| has(it, KIND));
        let instances = processes().filter_map(|(it, process)| instances(it, process));
        self.settle(NUMBERS, instances.collect(), found, |it| has(it, NUMBERS));
        let plans = processes().filter_map(|(it, process)| self.plans(it, process));
        self.settle(PLAN, plans.collect(), found, |it| has(it, PLAN));
        let platforms = deployments().filter_map(|it| self.platforms(it));
        // Whatever the plan, and however many.
        let is_where =
            |it: &BTreeSet<FactId>| has(it, WHERE) && !has(it, PLAN) && !has(it, NUMBERS);
        self.settle(WHERE, platforms.collect(), found, is_where);
        let platforms = deployments().filter_map(undecided).collect();
        self.agree(platforms, Rests::OnNothing, found);
        let modules = deployments().filter_map(modules).collect();
        self.agree(modules, Rests::OnAnything, found);
        self.ways(project, compared, found);
        self.variables(compared, found);
    }

    /// The settings of this run, with the variables as they are in production.
    pub(super) fn settings(&self) -> Settings {
        Settings { usual: self.usual.to_vec(), ..self.setup.surroundings.settings.clone() }
    }

    /// Which of what rests on a variable being what it is in production is so whatever it is.
    fn variables(&self, compared: &Compared, found: &mut Found) {
        for usual in self.usual {
            let name = format!("${}", usual.name);
            let rests = |it: &Diagnostic| check::assumptions::assumed(it).contains(&name.as_str());
            let all = found.diagnostics.iter().enumerate().filter(|(_, it)| rests(it));
            let mut left: Vec<usize> = all.map(|(idx, _)| idx).collect();
            for other in ways::others(compared, usual) {
                let asked: BTreeSet<&str> =
                    left.iter().map(|idx| found.diagnostics[*idx].rule.as_str()).collect();
                if asked.is_empty() {
                    break;
                }
                let rules = self.setup.policy.rules.iter();
                let rules: Vec<&Rule> = rules.filter(|it| asked.contains(it.id.as_ref())).collect();
                let settings = Settings { chosen: vec![other], ..self.settings() };
                let sources = &self.setup.sources;
                // What is left of another world stands in no text of its own.
                let Some(seen) = self.look_with(&settings, sources, None, &rules) else { return };
                left.retain(|idx| seen.find(&found.diagnostics[*idx], &[]).is_some());
            }
            for idx in left {
                let diagnostic = &mut found.diagnostics[idx];
                diagnostic.whatever.insert(name.clone());
                check::assumptions::set_confidence(diagnostic);
            }
        }
    }

    /// The other plans, where one is taken for granted.
    fn plans<'a>(&self, deployment: &'a Deployment, process: &'a Process) -> Option<Open<'a>> {
        let id = deployment.facts.get(vocabulary::PLATFORM).and_then(Fact::text)?;
        let platform = self.setup.surroundings.catalog.platform(id)?;
        let plans = other_plans(platform, process).into_iter();
        let plans = plans.map(|it| Value::Text(it.name.clone()));
        Some(of_process(deployment, process, "plan", plans))
    }

    /// The other platforms that may run a deployment, where one is taken for granted.
    fn platforms<'a>(&self, deployment: &'a Deployment) -> Option<Open<'a>> {
        let platform = deployment.facts.get(vocabulary::PLATFORM);
        let usual = platform.filter(|it| it.origin.is_assumed())?.text()?;
        let name = deployment.manifest.rsplit('/').next().unwrap_or_default();
        let readers = self.setup.surroundings.catalog.readers(name).into_iter();
        Some(of_deployment(deployment, readers.filter(|it| *it != usual)))
    }

    /// Which of what fires on what is taken for granted fires on all the others, too: looks into
    /// one world after the other, until nothing is left that fires in each.
    fn settle(
        &self,
        choice: &[FactId],
        open: Vec<Open<'_>>,
        found: &mut Found,
        rests: impl Fn(&BTreeSet<FactId>) -> bool,
    ) {
        let open: Vec<Open<'_>> = open.into_iter().filter(|it| !it.others.is_empty()).collect();
        if open.is_empty() {
            return;
        }
        let of = |it: &Diagnostic| open.iter().position(|open| open.is_about(it));
        let resting = found.diagnostics.iter().enumerate().filter(|(_, it)| rests(&choices(it)));
        let mut left: Vec<(usize, &Open<'_>)> =
            resting.filter_map(|(idx, it)| Some((idx, &open[of(it)?]))).collect();
        for round in 0.. {
            let here = || left.iter().filter(|(_, it)| it.others.len() > round);
            let rules: BTreeSet<&str> =
                here().map(|(idx, _)| found.diagnostics[*idx].rule.as_str()).collect();
            if rules.is_empty() {
                break;
            }
            let is_asked = |it: &&Open<'_>| here().any(|(_, of)| std::ptr::eq(*of, *it));
            let statements: Vec<&Statement> =
                open.iter().filter(is_asked).map(|it| &it.others[round]).collect();
            let rules = self.setup.policy.rules.iter().filter(|it| rules.contains(it.id.as_ref()));
            let Some(seen) = self.look(&statements, &rules.collect::<Vec<_>>()) else { return };
            left.retain(|(idx, of)| {
                let diagnostic = &found.diagnostics[*idx];
                let same = seen.find(diagnostic, choice);
                of.others.len() <= round || same.is_some_and(|it| it.help == diagnostic.help)
            });
        }
        for (idx, _) in left {
            let diagnostic = &mut found.diagnostics[idx];
            diagnostic.whatever.extend(choice.iter().map(|it| it.name().to_owned()));
            check::assumptions::set_confidence(diagnostic);
        }
    }

    /// What these rules say where all of this is so, too.
    pub(super) fn look(&self, statements: &[&Statement], rules: &[&Rule]) -> Option<Seen> {
        let mut sources: SourceMap = self.setup.sources.clone();
        let stated_in = sources.add(SOURCE, SOURCE);
        let mut settings = self.settings();
        let stated = statements.iter().map(|it| plan::settings_of(it, stated_in));
        settings.deployments.splice(0..0, stated);
        self.look_with(&settings, &sources, Some(stated_in), rules)
    }

    /// What these rules say with these settings.
    pub(super) fn look_with(
        &self,
        settings: &Settings,
        sources: &SourceMap,
        stated_in: Option<FileId>,
        rules: &[&Rule],
    ) -> Option<Seen> {
        let resolved = Resolved::with(
            self.files,
            self.store,
            self.setup,
            (settings, sources),
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
    pub(super) fn find(&self, diagnostic: &Diagnostic, choice: &[FactId]) -> Option<&Diagnostic> {
        let mut open = choices(diagnostic);
        open.retain(|it| !choice.contains(it));
        let mut said = self.found.diagnostics.iter();
        said.find(|it| is_same(it, diagnostic) && choices(it).is_subset(&open))
    }
}

impl Open<'_> {
    pub(super) fn is_about(&self, it: &Diagnostic) -> bool {
        it.deployment() == Some(self.manifest)
            && self.process.is_none_or(|process| it.process.as_deref() == Some(process))
    }
}

/// The other kind of process, where nothing but its name or its ports says which one it is.
fn kinds<'a>(deployment: &'a Deployment, process: &'a Process) -> Option<Open<'a>> {
    let usual = process.facts.get(vocabulary::KIND).filter(|it| it.origin.is_assumed())?;
    let other = match usual.text()? {
        "web" => "worker",
        "worker" => "web",
        _ => return None,
    };
    let other = std::iter::once(Value::Text(other.to_owned()));
    Some(of_process(deployment, process, vocabulary::KIND.name(), other))
}

/// The number of instances, where it is taken for granted: what one more does not change, and many
/// more do not, depends on no number.
fn instances<'a>(deployment: &'a Deployment, process: &'a Process) -> Option<Open<'a>> {
    let usual = process.facts.get(vocabulary::SCALE_MAX);
    let usual = usual.filter(|it| it.origin.is_assumed())?.int()?;
    let counts = [usual + 1, usual + MANY].map(Value::Int);
    Some(of_process(deployment, process, "instances", counts.into_iter()))
}

fn of_process<'a>(
    deployment: &'a Deployment,
    process: &'a Process,
    name: &str,
    values: impl Iterator<Item = Value>,
) -> Open<'a> {
    let statement = |value| Statement {
        manifest: deployment.manifest.clone(),
        process: Some(process.name.value.clone()),
        name: name.to_owned(),
        value,
    };
    let others: Vec<Statement> = values.map(statement).collect();
    let (manifest, process) = (&deployment.manifest, Some(process.name.value.as_str()));
    Open { manifest, process, rounds: others.len(), others }
}

pub(super) fn of_deployment<'a, 'p>(
    deployment: &'a Deployment,
    platforms: impl Iterator<Item = &'p str>,
) -> Open<'a> {
    let statement = |platform: &str| Statement {
        manifest: deployment.manifest.clone(),
        process: None,
        name: vocabulary::PLATFORM.name().to_owned(),
        value: Value::Text(platform.to_owned()),
    };
    let others: Vec<Statement> = platforms.map(statement).collect();
    Open { manifest: &deployment.manifest, process: None, rounds: others.len(), others }
}

/// Whether both say the same of the same process.
pub(super) fn is_same(a: &Diagnostic, b: &Diagnostic) -> bool {
    check::is_same(a, b) && a.process == b.process
}

/// The manifest and process of a diagnostic that rests on a choice.
fn place(diagnostic: &Diagnostic) -> Option<(String, String)> {
    let rests = !choices(diagnostic).is_empty();
    let manifest = diagnostic.deployment().filter(|_| rests)?;
    Some((manifest.to_owned(), diagnostic.process.clone()?))
}

/// The choices that a diagnostic rests on, and that no file made.
pub(super) fn choices(diagnostic: &Diagnostic) -> BTreeSet<FactId> {
    let names = check::assumptions::assumed(diagnostic);
    let ids = names.into_iter().filter_map(FactId::from_name);
    ids.filter(|it| CHOICES.contains(it)).collect()
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

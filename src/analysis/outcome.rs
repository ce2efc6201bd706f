//! From the answers of projects to one report: suppressions, the baseline, order, and what of it
//! was asked for.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use anyhow::bail;

use super::Labels;
use super::judged::Judged;
use super::project::Answer;
use super::setup::Setup;
use crate::assumption;
use crate::check::baseline::{Baseline, Home};
use crate::check::suppress::{self, Input, RuleState, Suppression};
use crate::check::{self, is_same};
use crate::diagnostic::{Diagnostic, Severity, Undecided};
use crate::discover::{Found, Overlaid, Seat};
use crate::document::Document;
use crate::outcome::Outcome;
use crate::platforms::Date;
use crate::policy::Policy;
use crate::secret::Secrets;
use crate::source::{FileId, SourceMap};
use crate::workspace::{Opened, Store, Workspace};

/// Whether suppressions hold something back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suppressions {
    /// They do.
    #[default]
    Applied,
    /// What they would hold back is shown, and nothing is said about them.
    Ignored,
}

/// What is to be done with the baseline: the file that is named, else the one of opslint.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineUse {
    /// What it knows is held back.
    Apply(Option<String>),
    /// What is found becomes the new one.
    Write(Option<String>),
}

impl Default for BaselineUse {
    fn default() -> Self {
        Self::Apply(None)
    }
}

/// How answers become a report.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What suppressions do.
    pub suppressions: Suppressions,
    /// What is done with the baseline.
    pub baseline: BaselineUse,
    /// The day of the run: suppressions may end on one.
    pub today: Date,
}

impl Judgement {
    /// As users see it, on some day.
    pub fn on(today: Date) -> Self {
        Self { suppressions: Suppressions::default(), baseline: BaselineUse::default(), today }
    }
}

/// A report.
#[derive(Debug)]
pub struct Checked {
    /// What is to be said.
    pub outcome: Outcome,
    /// The texts of every file that it names a place of.
    pub sources: SourceMap,
    /// Every suppression with what came of it, in file order.
    pub suppressions: Vec<Suppression>,
    /// How many of the diagnostics, which are the first, are about configuration and rules.
    broken: usize,
    /// Paths of all files that were read, as shown to the user: nothing may be written over them.
    pub read: BTreeSet<Arc<str>>,
    /// By the manifests of a project, the files that it looked for in vain.
    absent: Vec<(Vec<String>, Vec<String>)>,
    /// Files that were named and that no project reads: nothing was checked in them.
    pub passed_over: Vec<String>,
    /// Path and text of the baseline that is to be written.
    pub new_baseline: Option<(String, String)>,
    /// The files that the answer is about, where that is not everything.
    pub paths: BTreeSet<Arc<str>>,
}

/// The parts that a report is made of.
pub(super) struct Report<'a> {
    pub(super) setup: &'a Setup,
    pub(super) judgement: &'a Judgement,
    pub(super) found: &'a Found,
    pub(super) files: &'a Overlaid,
    pub(super) store: &'a Arc<Store>,
    pub(super) sources: SourceMap,
    pub(super) outcome: Outcome,
    pub(super) broken: Vec<Diagnostic>,
    /// Paths of the files that projects read.
    pub(super) opened: HashSet<Arc<str>>,
    /// By the manifests of a project, the files that it looked for in vain.
    pub(super) absent: Vec<(Vec<String>, Vec<String>)>,
    /// Path of the baseline that takes part.
    pub(super) baseline_path: Option<String>,
}

impl Report<'_> {
    /// Makes the report of these answers, which are in the order of their projects' folders.
    pub(super) fn write(
        mut self,
        answers: Vec<Arc<Answer>>,
        labels: Labels,
        about: Option<HashSet<FileId>>,
    ) -> anyhow::Result<Checked> {
        let mut opened: HashSet<FileId> = HashSet::new();
        let mut unreadable: HashSet<FileId> = HashSet::new();
        let mut spoken = Spoken::default();
        let mut deployments = Vec::new();
        let mut assumptions = Vec::new();
        // Room for exactly what comes: of thousands of projects, the half that a growing list keeps
        // free is more than all the rest.
        let count = |of: fn(&Answer) -> usize| answers.iter().map(|it| of(it)).sum();
        self.outcome.diagnostics.reserve_exact(count(|it| it.diagnostics.len()));
        self.outcome.undecided.reserve_exact(count(|it| it.undecided.len()));
        for answer in answers {
            self.sources.extend(&answer.sources);
            opened.extend(&answer.files);
            self.opened.extend(answer.paths.iter().map(Arc::clone));
            unreadable.extend(&answer.unreadable);
            spoken.documents.extend(answer.documents.iter().map(Arc::clone));
            spoken.paths.extend(answer.parsed.iter().map(Arc::clone));
            deployments.extend(answer.deployments.iter().cloned());
            if !answer.absent.is_empty() {
                let manifests = answer.deployments.iter().map(|it| it.0.clone()).collect();
                self.absent.push((manifests, answer.absent.clone()));
            }
            self.outcome.processes +=
                answer.deployments.iter().map(|(_, names)| names.len()).sum::<usize>();
            if self.outcome.no_server.is_none() {
                self.outcome.no_server.clone_from(&answer.no_server);
            }
            match Arc::try_unwrap(answer) {
                Ok(it) => {
                    assumptions.extend(it.assumptions);
                    self.add(it.diagnostics, it.undecided, it.broken, it.secrets);
                }
                Err(it) => {
                    assumptions.extend(it.assumptions.iter().cloned());
                    self.add(
                        it.diagnostics.clone(),
                        it.undecided.clone(),
                        it.broken.clone(),
                        it.secrets.clone(),
                    );
                }
            }
        }
        self.outcome.assumptions = assumption::merged(assumptions);
        if !self.setup.config.includes_examples() {
            self.outcome.left_out = self.found.left_out.len();
        }
        let broken = &mut self.broken;
        self.setup.config.check_deployments(broken, self.files, &deployments);
        let rules = self.outcome.broken.iter().map(|it| it.primary.span.file);
        Policy::add_embedded(&mut self.sources, rules);
        spoken.documents.extend(self.setup.spoken.iter().map(Arc::clone));
        spoken.sort(&self.sources);
        self.setup.leave_out(self.found, &mut self.outcome, &self.sources);
        let locked = self.setup.locked.iter().cloned();
        let locked = locked.filter_map(|it| check::judged(&self.setup.policy, &self.sources, it));
        self.outcome.diagnostics.extend(locked);
        check::sort(&mut self.outcome.diagnostics, &self.sources);
        let suppressions = match self.judgement.suppressions {
            Suppressions::Applied => self.suppress(&spoken),
            Suppressions::Ignored => Vec::new(),
        };
        let new_baseline = self.baseline()?;
        check::tidy(&mut self.outcome, &self.sources);
        check::assumptions::join_machines(&mut self.outcome.assumptions);
        assumption::sort(&mut self.outcome.assumptions);
        self.only(labels, about.as_ref());
        let shown_paths = about.iter().flatten().filter_map(|it| self.sources.get(*it));
        let paths = shown_paths.map(|it| it.shared_path()).collect();
        let mut read: BTreeSet<Arc<str>> = self.opened.into_iter().collect();
        read.extend(self.setup.sources.iter().map(|(_, it)| it.shared_path()));
        let named = self.found.only.iter();
        let passed_over = named.filter(|it| !read.contains(it.as_str())).cloned().collect();
        read.extend(self.found.only.iter().map(|it| Arc::from(it.as_str())));
        read.extend(self.baseline_path.into_iter().map(Arc::from));
        self.broken.append(&mut self.outcome.broken);
        let broken = self.broken.len();
        self.outcome.diagnostics.splice(0..0, self.broken);
        // Configuration is no part of what was checked, unless something is said of it.
        let said = self.outcome.diagnostics.iter().map(|it| it.primary.span.file);
        let beside: HashSet<FileId> = said.filter(|it| !opened.contains(it)).collect();
        self.outcome.files = opened.len() - unreadable.len() + beside.len();
        let Self { outcome, sources, absent, .. } = self;
        Ok(Checked {
            outcome,
            sources,
            suppressions,
            broken,
            read,
            absent,
            passed_over,
            new_baseline,
            paths,
        })
    }

    fn add(
        &mut self,
        diagnostics: Vec<Diagnostic>,
        undecided: Vec<Undecided>,
        broken: Vec<Diagnostic>,
        secrets: Secrets,
    ) {
        self.outcome.diagnostics.extend(diagnostics);
        self.outcome.undecided.extend(undecided);
        self.outcome.broken.extend(broken);
        self.outcome.secrets.extend(secrets);
    }

    /// Takes out what suppressions hold back, and adds what is to be said about them.
    fn suppress(&mut self, spoken: &Spoken) -> Vec<Suppression> {
        let policy = &self.setup.policy;
        let rules = policy.rules.iter().map(|it| RuleState {
            id: &it.id,
            is_locked: it.locked,
            runs: !policy.levels.is_off_everywhere(&it.id, it.level),
        });
        let rules: Vec<RuleState<'_>> = rules.collect();
        let input = Input {
            sources: &self.sources,
            documents: &spoken.documents,
            paths: &spoken.paths,
            rules: &rules,
            undecided: &self.outcome.undecided,
            today: self.judgement.today,
        };
        let diagnostics = &mut self.outcome.diagnostics;
        let (all, before) = (diagnostics.len(), distinct(diagnostics));
        let suppressed = suppress::apply(diagnostics, &self.setup.config, &input);
        let left = all - suppressed.held_back;
        self.outcome.suppressed += before - distinct(&diagnostics[..left]);
        self.judge_from(left);
        suppressed.suppressions
    }

    /// Takes out what the baseline knows, or makes the text of a new one.
    fn baseline(&mut self) -> anyhow::Result<Option<(String, String)>> {
        let (named, writes) = match &self.judgement.baseline {
            BaselineUse::Apply(named) => (named, false),
            BaselineUse::Write(named) => (named, true),
        };
        let mut workspace = Workspace::sharing(self.files, Arc::clone(self.store));
        let mut place = None;
        let (path, opened) = match (named, self.setup.config.baseline()) {
            (Some(path), _) => (path.clone(), workspace.open_named(path)),
            (None, Some((layer, it))) => {
                place = Some(layer);
                workspace.set_reach(it.reach);
                let opened = workspace.try_open(&it.path);
                (it.path, opened)
            }
            (None, None) if writes => {
                bail!("--write-baseline needs --baseline FILE, or `baseline` in opslint.toml");
            }
            (None, None) => return Ok(None),
        };
        self.baseline_path = Some(path.clone());
        if let Opened::Unknown(it) = &opened {
            bail!("cannot use the baseline: {}", it.reason);
        }
        let file = opened.file();
        if file.is_none() && !writes {
            bail!("the baseline `{path}` does not exist; --write-baseline writes it");
        }
        let mut problems = Vec::new();
        let old = file.map(|file| {
            let text = workspace.sources.file(file).shared_text();
            Baseline::parse(&mut problems, file, &text)
        });
        if let (Some(problem), true) = (problems.first(), writes) {
            let it = problem.primary.span;
            let before = workspace.sources.file(it.file).text().get(..it.range().start);
            let line_number = before.unwrap_or_default().matches('\n').count() + 1;
            // What somebody wrote there is not lost.
            bail!(
                "cannot write the baseline: `--baseline {path}` names a file that is no baseline, \
                 and what it holds stays ({path}:{line_number}: {})",
                problem.message
            );
        }
        self.broken.append(&mut problems);
        self.sources.extend(&workspace.sources);
        let seat = Seat::of(self.files, &path);
        let is_locked =
            |rule: &str| self.setup.is_locked_against(rule, place, &|it| seat.is_below(it));
        let home =
            Home { seen: &|it| seat.seen(it), shown: &|it| seat.shown(it), is_locked: &is_locked };
        let read = self.opened.iter().map(AsRef::as_ref).chain(self.setup.sources.paths());
        let judged = Judged::new(&seat, self.files, self.found, read);
        let is_judged = |path: &str| judged.has(path);
        let diagnostics = &mut self.outcome.diagnostics;
        if writes {
            let secrets = &self.outcome.secrets;
            let mut new = Baseline::of(diagnostics, secrets, &self.sources, home);
            if let Some(old) = &old {
                new = new.with_unjudged(old, &is_judged);
            }
            let before = distinct(diagnostics);
            diagnostics.retain(|it| !home.takes(&it.rule));
            self.outcome.known += before - distinct(diagnostics);
            return Ok(Some((path, new.render()?)));
        }
        if let Some(old) = old {
            let (all, before) = (diagnostics.len(), distinct(diagnostics));
            let undecided = &self.outcome.undecided;
            let held_back = old.apply(diagnostics, undecided, &self.sources, home, &is_judged);
            let left = all - held_back;
            self.outcome.known += before - distinct(&diagnostics[..left]);
            self.judge_from(left);
        }
        Ok(None)
    }

    /// Gives the diagnostics behind the first `start`, which were added after the rules ran, their
    /// level and page.
    fn judge_from(&mut self, start: usize) {
        let new = self.outcome.diagnostics.split_off(start);
        let judged = new.into_iter();
        let judged = judged.filter_map(|it| check::judged(&self.setup.policy, &self.sources, it));
        self.outcome.diagnostics.extend(judged);
    }

    /// Keeps what was asked for.
    fn only(&mut self, labels: Labels, about: Option<&HashSet<FileId>>) {
        let Self { outcome, sources, found, .. } = self;
        let is_in = |files: &[String], file: FileId| {
            let path = sources.file(file).path();
            files.iter().any(|it| it == path)
        };
        if !found.only.is_empty() {
            let named = |file| is_in(&found.only, file);
            let before = outcome.diagnostics.len();
            outcome.diagnostics.retain(|it| {
                named(it.primary.span.file) || it.related.iter().any(|it| named(it.span.file))
            });
            outcome.unnamed = before - outcome.diagnostics.len();
            outcome.undecided.retain(|it| named(it.span.file));
            keep_assumptions(outcome, |manifest| found.only.iter().any(|it| it == manifest));
        }
        if let Some(about) = about {
            outcome.diagnostics.retain(|it| about.contains(&it.primary.span.file));
            outcome.undecided.retain(|it| about.contains(&it.span.file));
        }
        if labels == Labels::InNamedFiles {
            outcome.diagnostics.iter_mut().for_each(|it| turn(it, |file| is_in(&found.only, file)));
        }
    }
}

impl Checked {
    /// Paths of the files that may have changed: those with something to say, and those that were
    /// looked for in vain, where [`Options`](super::Options) ask to note them.
    pub fn may_have_changed(&self) -> BTreeSet<String> {
        let there = self.sources.iter().map(|(_, it)| it.path().to_owned());
        there.chain(self.absent.iter().flat_map(|it| it.1.iter().cloned())).collect()
    }

    /// Keeps what a changed file takes part in, by paths as shown to the user; of a file that is
    /// gone, what is said about the manifests that led to it. The rest is counted: it is there all
    /// the same. What is wrong with configuration stays, and all does where one of the files of
    /// configuration and rules has changed: each of them may have brought anything.
    pub fn keep_changed(&mut self, changed: &BTreeSet<String>, configuration: &BTreeSet<String>) {
        if !changed.is_disjoint(configuration) {
            return;
        }
        let Self { outcome, sources, absent, .. } = self;
        let lost = absent.iter().filter(|it| it.1.iter().any(|it| changed.contains(it)));
        let led_there: BTreeSet<&String> = lost.flat_map(|it| &it.0).collect();
        let has_changed = |file| {
            let path = sources.file(file).path();
            changed.contains(path) || led_there.iter().any(|it| *it == path)
        };
        let before = outcome.diagnostics.len();
        let broken = self.broken;
        let mut idx = 0;
        outcome.diagnostics.retain(|it| {
            idx += 1;
            idx <= broken || it.files().any(has_changed)
        });
        outcome.elsewhere = before - outcome.diagnostics.len();
        outcome.undecided.retain(|it| has_changed(it.span.file));
        keep_assumptions(outcome, |manifest| changed.contains(manifest));
    }

    /// Keeps what is at least this bad, and counts the rest.
    pub fn keep_severe(&mut self, least: Severity) {
        let before = self.outcome.diagnostics.len();
        self.outcome.diagnostics.retain(|it| it.severity >= least);
        self.outcome.milder = before - self.outcome.diagnostics.len();
    }

    /// What is wrong with configuration and rules: opslint could not do its job.
    pub fn broken(&self) -> &[Diagnostic] {
        &self.outcome.diagnostics[..self.broken]
    }
}

/// Keeps what is assumed of manifests that are looked at, and of those that something is said about.
fn keep_assumptions(outcome: &mut Outcome, is_looked_at: impl Fn(&str) -> bool) {
    let Outcome { assumptions, diagnostics, .. } = outcome;
    let is_said =
        |manifest: &String| diagnostics.iter().any(|it| it.deployments.contains(manifest));
    assumptions.retain(|it| is_looked_at(&it.manifest) || is_said(&it.manifest));
}

/// The trees that say something to opslint, and the paths of all that were read.
#[derive(Default)]
struct Spoken {
    documents: Vec<Arc<Document>>,
    paths: BTreeSet<Arc<str>>,
}

impl Spoken {
    /// Brings the trees into the order of their paths, each once.
    fn sort(&mut self, sources: &SourceMap) {
        let path = |it: &Document| sources.file(it.file).path();
        self.documents.sort_by(|a, b| path(a).cmp(path(b)));
        self.documents.dedup_by_key(|it| it.file);
    }
}

/// How many sorted diagnostics say something that the one before does not.
fn distinct(diagnostics: &[Diagnostic]) -> usize {
    let repeated = diagnostics.windows(2).filter(|it| is_same(&it[0], &it[1])).count();
    diagnostics.len() - repeated
}

/// Puts the label in a file of the user's first: an editor shows a diagnostic where its user is,
/// and most know no second place.
fn turn(diagnostic: &mut Diagnostic, is_here: impl Fn(FileId) -> bool) {
    if is_here(diagnostic.primary.span.file) {
        return;
    }
    if let Some(label) = diagnostic.related.iter_mut().find(|it| is_here(it.span.file)) {
        std::mem::swap(label, &mut diagnostic.primary);
    }
}

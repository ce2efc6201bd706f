//! One object that answers: files in, diagnostics and facts out.
//!
//! The command line, an editor's server, the examples of rules and tests all ask an [`Analysis`].
//! It finds the projects, works them out side by side, and makes one report of what came of them:
//! `discover → … → suppressions → baseline → sorting` stands here and nowhere else.
//!
//! A text may be replaced at any time, see [`Analysis::set_text`]. Only the projects that looked at
//! its path are then worked out again.

mod agree;
mod allow;
mod applied;
mod choices;
mod excluded;
mod fix;
mod held;
mod home;
mod judged;
mod measuring;
mod outcome;
mod plan;
mod project;
mod setup;
mod ways;
mod worlds;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

pub use allow::Allowed;
pub use applied::AppliedAnswer;
pub use fix::{Applied, Changed, Refused, Selection};
pub use outcome::{BaselineUse, Checked, Judgement, Suppressions};
pub use plan::PlanAnswer;
pub use project::Keep;
pub use setup::{Assumptions, ConfigFile, ConfigOptions, Setup, add_rules};

use crate::check::OpenRules;
use crate::diagnostic::Diagnostic;
use crate::discover::{Found, Overlaid, Tree};
use crate::formats;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::project::Project;
use crate::resolve;
use crate::secret::Secrets;
use crate::source::{FileId, SourceMap};
use crate::workspace::{Files as _, Reach, Store};

use excluded::Exclusion;
use outcome::Report;
use project::{Answer, Resolved};
use worlds::Elsewhere;

/// Where an analysis looks, and what it goes by.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folders to search, and files whose project is looked at, as the user named them.
    pub paths: Vec<PathBuf>,
    /// Configuration and rules.
    pub config: ConfigOptions,
    /// What is kept between two questions.
    pub keep: Keep,
    /// Whether reports tell which files were looked for in vain.
    pub absent: Absent,
    /// What is kept of rules that could not be decided.
    pub open: OpenRules,
    /// Which of the facts behind a diagnostic are kept.
    pub facts: KeptFacts,
}

/// Which of the facts behind a diagnostic are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptFacts {
    /// All of them.
    #[default]
    All,
    /// Those that were taken for granted: the report shows no others.
    Assumed,
}

/// Whether the files are noted that a project looked for and did not find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// They are not: of many projects, they are many.
    #[default]
    Forgotten,
    /// They are: one of them may have been deleted.
    Noted,
}

impl Options {
    /// For the facts of some files: no rules, and no configuration.
    pub fn plain() -> Self {
        Self::with_policy(Arc::default())
    }

    /// For the files of a test or an example: these rules, and no configuration.
    pub fn with_policy(policy: Arc<Policy>) -> Self {
        let file = ConfigFile::Ignored;
        let config = ConfigOptions { file, policy: Some(policy), ..ConfigOptions::default() };
        Self { paths: vec![PathBuf::from(".")], config, ..Self::default() }
    }
}

/// What of the answer is wanted.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// What it is about.
    pub about: About,
    /// Where labels stand.
    pub labels: Labels,
}

/// What an answer is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// Everything that was found.
    #[default]
    Everything,
    /// Every file of the projects that read the file at this path: what an editor has to show anew
    /// when it changes. What other projects that share one of these files say of it is among it.
    ProjectsOf(String),
}

/// Which of its places a diagnostic is shown at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// The one that a user would change first.
    #[default]
    First,
    /// One in the files that were named, if there is one: there the user is.
    InNamedFiles,
}

/// One project of an analysis that keeps them.
#[derive(Clone, Debug)]
pub struct OpenProject {
    /// What its processes run with, and its files.
    pub project: Arc<Project>,
    /// The texts of its files, and those of configuration.
    pub sources: SourceMap,
    /// The secrets in them, which nobody may be shown.
    pub secrets: Secrets,
}

/// What processes run with.
#[derive(Debug)]
pub struct FactsAnswer {
    /// The projects, by folder.
    pub projects: Vec<Project>,
    /// What is wrong with their files.
    pub problems: Vec<Diagnostic>,
    /// The texts of their files, and those of configuration.
    pub sources: SourceMap,
    /// The secrets in them, which no report may show.
    pub secrets: Secrets,
}

/// Answers questions about the projects in some files.
pub struct Analysis {
    files: Overlaid,
    options: Options,
    /// Files of projects.
    store: Arc<Store>,
    /// Files of configuration, rules and the baseline.
    policy_store: Arc<Store>,
    found: Found,
    /// By the folder of each project, the files that may be its manifests.
    manifests: BTreeMap<String, Vec<String>>,
    setup: Setup,
    /// Projects that are up to date, by folder.
    done: Mutex<HashMap<String, Arc<Answer>>>,
}

/// Projects before this many are worked out one after the other: threads cost more than they bring.
const PARALLEL_FROM: usize = 4;

/// A thread has as much stack as the first one of a program on Linux: evaluators recurse.
const STACK_BYTES: usize = 8 << 20;

impl Analysis {
    /// Finds the projects at the paths of `options`, and reads configuration and rules.
    ///
    /// # Errors
    /// When a file or folder that the user or configuration names is not there.
    pub fn open(files: impl Tree + 'static, options: Options) -> anyhow::Result<Self> {
        let files = Overlaid::new(Box::new(files));
        let policy_store = Arc::new(Store::of_policy());
        let mut found = files.find(&options.paths)?;
        found.leave_out_examples();
        let setup = read_setup(&files, &policy_store, &options, &found)?;
        add_hidden(&files, &setup, &mut found);
        Ok(Self {
            manifests: manifests(&found, &setup),
            files,
            options,
            store: Arc::default(),
            policy_store,
            found,
            setup,
            done: Mutex::default(),
        })
    }

    /// Configuration and policy.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The text that counts for the file at a path.
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.files.read(path, &Reach::Anywhere).ok()
    }

    /// Whether the policy or configuration was read from the file at a path, or looked for it.
    pub fn goes_by(&self, path: &str) -> bool {
        self.setup.looked_at.is_touched_by(path)
    }

    /// The paths of all files that may be manifests, in the order of their projects' folders.
    pub fn manifest_paths(&self) -> impl Iterator<Item = &str> {
        self.manifests.values().flatten().map(String::as_str)
    }

    /// What was found at the paths of the options.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// A path as all others are shown: relative to where opslint was started.
    pub fn shown_path(&self, path: &Path) -> String {
        self.files.shown_path(path)
    }

    /// Replaces the text of the file at `path`, as an editor does; without a text, the file itself
    /// counts again. Also tells that a file has changed, has come or is gone.
    ///
    /// # Errors
    /// When configuration has changed, and names what is not there.
    pub fn set_text(&mut self, path: &str, text: Option<String>) -> anyhow::Result<()> {
        let was_there = self.files.covers(path)
            || self.found.paths.iter().any(|it| it == path)
            || text.is_some() && self.files.has(path);
        self.files.set(path, text.map(Arc::from));
        self.store.forget(path);
        self.policy_store.forget(path);
        self.lock().retain(|_, it| !it.looked_at.is_touched_by(path));
        let comes_or_goes = was_there != self.files.has(path);
        if comes_or_goes && formats::is_candidate(path) || decides_what_is_found(path) {
            self.found = self.files.find(&self.options.paths)?;
            self.found.leave_out_examples();
            add_hidden(&self.files, &self.setup, &mut self.found);
            let manifests = manifests(&self.found, &self.setup);
            let before = std::mem::replace(&mut self.manifests, manifests);
            let now = &self.manifests;
            self.lock().retain(|root, _| before.get(root) == now.get(root));
        }
        if self.setup.looked_at.is_touched_by(path) {
            self.setup = read_setup(&self.files, &self.policy_store, &self.options, &self.found)?;
            add_hidden(&self.files, &self.setup, &mut self.found);
            self.manifests = manifests(&self.found, &self.setup);
            self.lock().clear();
        }
        Ok(())
    }

    /// Everything that is to be said.
    ///
    /// # Errors
    /// When the baseline that is named is not there.
    pub fn check(&self, scope: &Scope, judgement: &Judgement) -> anyhow::Result<Checked> {
        let mut answers = self.answers();
        let about = match &scope.about {
            About::Everything => None,
            About::ProjectsOf(path) => Some(self.files_around(&mut answers, path)),
        };
        let sources = self.setup.sources.clone();
        let report = Report {
            setup: &self.setup,
            judgement,
            found: &self.found,
            files: &self.files,
            store: &self.policy_store,
            sources,
            outcome: Outcome::default(),
            broken: self.setup.broken.clone(),
            opened: HashSet::new(),
            absent: Vec::new(),
            baseline_path: None,
        };
        report.write(answers, scope.labels, about)
    }

    /// Narrows answers to those that say something of a file of the projects that read the one at
    /// `path`, and gives these files.
    fn files_around(&self, answers: &mut Vec<Arc<Answer>>, path: &str) -> HashSet<FileId> {
        let Some(file) = self.store.ids().get(path) else {
            answers.clear();
            return HashSet::new();
        };
        let readers = answers.iter().filter(|it| it.files.contains(&file));
        let files: HashSet<FileId> = readers.flat_map(|it| it.files.iter().copied()).collect();
        answers.retain(|it| it.files.iter().any(|it| files.contains(it)));
        files
    }

    /// The projects that read the file at `path`, of an analysis that keeps projects.
    pub fn projects_of(&self, path: &str) -> Vec<OpenProject> {
        let answers = self.answers();
        let Some(file) = self.store.ids().get(path) else { return Vec::new() };
        let readers = answers.iter().filter(|it| it.files.contains(&file));
        let open = |it: &Arc<Answer>| {
            let project = it.project.as_ref().map(Arc::clone)?;
            let (sources, secrets) = (it.sources.clone(), it.secrets.clone());
            Some(OpenProject { project, sources, secrets })
        };
        readers.filter_map(open).collect()
    }

    /// What the processes of all projects run with.
    pub fn facts(&self) -> FactsAnswer {
        let all: Vec<Task<'_>> = self.manifests.iter().collect();
        let resolved = side_by_side(&all, |(root, manifests)| self.resolve(root, manifests));
        let mut answer = FactsAnswer {
            projects: Vec::new(),
            problems: Vec::new(),
            sources: self.setup.sources.clone(),
            secrets: Secrets::none_known(),
        };
        for mut it in resolved {
            answer.sources.extend(it.sources());
            answer.secrets.extend(it.secrets());
            answer.problems.append(&mut it.problems);
            answer.projects.extend(it.project);
        }
        answer
    }

    /// What is to be said of each project, in the order of their folders.
    fn answers(&self) -> Vec<Arc<Answer>> {
        let mut answers: Vec<Option<Arc<Answer>>> = {
            let done = self.lock();
            self.manifests.keys().map(|root| done.get(root).map(Arc::clone)).collect()
        };
        let open: Vec<(usize, Task<'_>)> = (0..)
            .zip(&self.manifests)
            .filter(|(idx, _)| answers.get(*idx).is_some_and(Option::is_none))
            .collect();
        let new = side_by_side(&open, |(idx, (root, manifests))| {
            let resolved = self.resolve(root, manifests);
            let elsewhere = self.elsewhere(root, manifests);
            let answer = resolved.answer(&elsewhere, &self.options);
            self.store.done_with(root);
            (*idx, Arc::new(answer))
        });
        for ((_, (root, _)), (idx, answer)) in open.iter().zip(new) {
            if self.options.keep == Keep::Projects {
                self.lock().insert((*root).clone(), Arc::clone(&answer));
            }
            answers[idx] = Some(answer);
        }
        answers.into_iter().flatten().collect()
    }

    fn resolve(&self, root: &str, manifests: &[String]) -> Resolved {
        Resolved::new(&self.files, &self.store, &self.setup, root, manifests)
    }

    fn elsewhere<'a>(&'a self, root: &'a str, manifests: &'a [String]) -> Elsewhere<'a> {
        Elsewhere {
            files: &self.files,
            store: &self.store,
            setup: &self.setup,
            root,
            manifests,
            usual: &[],
        }
    }

    /// Answers are put in and taken out whole, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Answer>>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds what locked rules look at though a file to ignore leaves it out.
fn add_hidden(files: &Overlaid, setup: &Setup, found: &mut Found) {
    let hidden = match setup.policy.locks.rules().next() {
        Some(_) => files.hidden(found),
        None => Vec::new(),
    };
    found.add_hidden(hidden);
}

/// The projects that the files which were found may make, by folder.
fn manifests(found: &Found, setup: &Setup) -> BTreeMap<String, Vec<String>> {
    let adds = setup.config.includes_examples() && !found.left_out.is_empty();
    if !adds && !setup.config.excludes() && found.hidden.is_empty() {
        return resolve::manifests(&found.paths);
    }
    let left_out: &[String] = if adds { &found.left_out } else { &[] };
    let all = found.paths.iter().chain(left_out).chain(&found.hidden);
    let mut paths: Vec<String> =
        all.filter(|it| setup.exclusion(found, it) != Exclusion::Whole).cloned().collect();
    paths.sort_unstable();
    resolve::manifests(&paths)
}

/// The folder of a project and the files that may be its manifests.
type Task<'a> = (&'a String, &'a Vec<String>);

/// Works on all items, several at a time; the results are in the order of the items.
fn side_by_side<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Send + Sync) -> Vec<T> {
    if items.len() < PARALLEL_FROM {
        return items.iter().map(work).collect();
    }
    match rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build() {
        Ok(pool) => pool.install(|| items.par_iter().map(work).collect()),
        // A system without threads to spare is slower, and not wrong.
        Err(_) => items.iter().map(work).collect(),
    }
}

fn read_setup(
    files: &Overlaid,
    store: &Arc<Store>,
    options: &Options,
    found: &Found,
) -> anyhow::Result<Setup> {
    let named: Vec<String> = options.paths.iter().map(|it| files.shown_path(it)).collect();
    Setup::read(files, store, &options.config, found, &named)
}

/// Whether a file says which others are found.
fn decides_what_is_found(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some(".gitignore" | ".ignore"))
}

//! One project, from its files to what is said about it: the unit of work.
//!
//! Nothing outside of the project takes part but configuration, so projects are worked on side by
//! side, and one is worked on again only when a file changes that it looked at.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::setup::{Assumptions, Setup};
use super::worlds::Elsewhere;
use super::{Absent, KeptFacts, Options, ways};
use crate::assumption::Assumption;
use crate::check::{self, Found};
use crate::diagnostic::{Diagnostic, Undecided};
use crate::document::Document;
use crate::fact::Fact;
use crate::fixes;
use crate::platforms::Catalog;
use crate::policy::config::INVALID_CONFIG;
use crate::project::Project;
use crate::resolve;
use crate::resolve::Others;
use crate::secret::Secrets;
use crate::settings::{Chosen, Settings};
use crate::source::{FileId, SourceMap};
use crate::workspace::{Files, LookedAt, Parts, Store, StoredFile, Workspace};

/// What an analysis keeps of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// What reports show: memory grows with what is wrong, not with what was read.
    #[default]
    Reports,
    /// Everything: files may change, and facts are asked for.
    Projects,
}

/// What came of one project.
#[derive(Debug)]
pub(super) struct Answer {
    /// Facts, deployments, files; only where projects are kept.
    pub(super) project: Option<Arc<Project>>,
    /// The texts of the files that are kept.
    pub(super) sources: SourceMap,
    /// Diagnostics at their levels, suppressed ones too.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Rules that could not be decided.
    pub(super) undecided: Vec<Undecided>,
    /// What was taken for granted, and the rules that were decided by it.
    pub(super) assumptions: Vec<Assumption>,
    /// Rules that cannot be evaluated on its files.
    pub(super) broken: Vec<Diagnostic>,
    /// Why a file that might be a deployment was taken for none, in words.
    pub(super) no_server: Option<String>,
    /// The secrets in what was read, where a report shows something of it.
    pub(super) secrets: Secrets,
    /// Path of each manifest, and the names of its processes.
    pub(super) deployments: Vec<(String, Vec<String>)>,
    /// Trees in whose comments something is said to opslint.
    pub(super) documents: Vec<Arc<Document>>,
    /// Paths of all trees.
    pub(super) parsed: Vec<Arc<str>>,
    /// The files that are there.
    pub(super) files: Vec<FileId>,
    /// Their paths.
    pub(super) paths: Vec<Arc<str>>,
    /// Those of them that cannot be read.
    pub(super) unreadable: Vec<FileId>,
    /// Paths of files that were looked for and are not there; only where they are noted.
    pub(super) absent: Vec<String>,
    /// What was looked at; only where projects are kept.
    pub(super) looked_at: LookedAt,
    /// Holds the files, so that the next look finds them in the store.
    #[expect(dead_code, reason = "what counts is that the files are not let go of")]
    held: Vec<Arc<StoredFile>>,
}

/// A project with what is wrong with its files, before rules.
pub(super) struct Resolved {
    /// `None` when no file turned out to be a manifest.
    pub(super) project: Option<Project>,
    /// What is wrong with its files.
    pub(super) problems: Vec<Diagnostic>,
    pub(super) parts: Parts,
    /// Variables that no file sets, as they are in production.
    pub(super) usual: Vec<Chosen>,
}

/// Where files come from, and what configuration says of all of them.
type Place<'a> = (&'a dyn Files, &'a Arc<Store>, &'a Setup);

impl Resolved {
    /// Works out the project in `root`.
    pub(super) fn new(
        files: &dyn Files,
        store: &Arc<Store>,
        setup: &Setup,
        root: &str,
        manifests: &[String],
    ) -> Self {
        Self::with(
            files,
            store,
            setup,
            (&setup.surroundings.settings, &setup.sources),
            root,
            manifests,
        )
    }

    /// The same with other statements than those of opslint.toml, and the texts they stand in.
    pub(super) fn with(
        files: &dyn Files,
        store: &Arc<Store>,
        setup: &Setup,
        (settings, sources): (&Settings, &SourceMap),
        root: &str,
        manifests: &[String],
    ) -> Self {
        Self::beside(files, store, setup, (settings, sources, None), root, manifests)
    }

    /// The same, where all processes but one are those that are known already.
    pub(super) fn beside(
        files: &dyn Files,
        store: &Arc<Store>,
        setup: &Setup,
        (settings, sources, others): (&Settings, &SourceMap, Option<Others<'_>>),
        root: &str,
        manifests: &[String],
    ) -> Self {
        let catalog = &setup.surroundings.catalog;
        Self::around((files, store, setup), (settings, catalog), (sources, others), root, manifests)
    }

    /// The same, with what locked rules go by.
    pub(super) fn held(
        (files, store, setup): Place<'_>,
        told: (&Settings, &Catalog),
        root: &str,
        manifests: &[String],
    ) -> Self {
        Self::around((files, store, setup), told, (&setup.sources, None), root, manifests)
    }

    fn around(
        (files, store, setup): Place<'_>,
        (settings, catalog): (&Settings, &Catalog),
        texts: (&SourceMap, Option<Others<'_>>),
        root: &str,
        manifests: &[String],
    ) -> Self {
        let ways = |settings: &Settings| {
            let place = (files, store, setup);
            Self::one_way(place, (settings, catalog), texts, root, manifests)
        };
        let mut resolved = ways(settings);
        let mut settings = Cow::Borrowed(settings);
        let is_open = settings.chosen.is_empty() && settings.usual.is_empty();
        if is_open && setup.assumptions != Assumptions::None {
            let usual = ways::usual(&resolved.parts.compared);
            if !usual.is_empty() {
                settings.to_mut().usual.clone_from(&usual);
                let in_production = ways(&settings);
                let without = std::mem::replace(&mut resolved, in_production);
                // Conditions in the branches of production are among those that count.
                let parts = &mut resolved.parts;
                parts.compared.extend(without.parts.compared.clone());
                parts.read_too(without.parts);
                resolved.usual = usual;
            }
        }
        ways::join(&mut resolved, &settings, ways);
        resolved
    }

    /// The same, where each condition on a variable that no file sets goes one way, or any.
    fn one_way(
        (files, store, setup): Place<'_>,
        (settings, catalog): (&Settings, &Catalog),
        (sources, others): (&SourceMap, Option<Others<'_>>),
        root: &str,
        manifests: &[String],
    ) -> Self {
        let mut workspace = Workspace::sharing(files, Arc::clone(store));
        workspace.set_reach(files.reach(root));
        workspace.set_root(root);
        // Facts may be stated in opslint.toml, and then that is where they are written.
        workspace.sources.extend(sources);
        let mut problems = Vec::new();
        let mut project = resolve::project_beside(
            &mut problems,
            &mut workspace,
            root,
            manifests,
            (settings, others),
            catalog,
        );
        if setup.assumptions == Assumptions::None {
            project.iter_mut().for_each(check::assumptions::forget);
        }
        problems.append(&mut workspace.problems);
        Self { project, problems, parts: workspace.into_parts(), usual: Vec::new() }
    }

    /// The texts of its files.
    pub(super) fn sources(&self) -> &SourceMap {
        &self.parts.sources
    }

    /// Takes out what is wrong with what opslint was told of the project.
    pub(super) fn take_broken(&mut self) -> Vec<Diagnostic> {
        self.problems.extract_if(.., |it| it.rule == INVALID_CONFIG).collect()
    }

    /// What came of it, and the texts of its files.
    pub(super) fn into_project(self) -> Option<(Project, SourceMap)> {
        Some((self.project?, self.parts.sources))
    }

    /// The secrets in its files and processes.
    pub(super) fn secrets(&self) -> Secrets {
        check::secrets(&self.parts.sources, &self.parts.documents, self.project.as_ref())
    }

    /// Evaluates the rules.
    pub(super) fn answer(mut self, elsewhere: &Elsewhere<'_>, options: &Options) -> Answer {
        let setup = elsewhere.setup;
        let wrong_config = self.take_broken();
        let problems = std::mem::take(&mut self.problems);
        let of_rules = |it| {
            let mut found = check::project(&self.parts.sources, it, &setup.policy, options.open);
            let elsewhere = Elsewhere { usual: &self.usual, ..*elsewhere };
            elsewhere.weigh(it, &self.parts.compared, &mut found);
            elsewhere.hold(it, &mut found);
            check::assumptions::name_worlds(&mut found.diagnostics);
            found
        };
        let Found { diagnostics, mut undecided, mut assumptions, mut broken } =
            self.project.as_ref().map(of_rules).unwrap_or_default();
        broken.extend(wrong_config);
        // A project of which nothing is said, or asked, shows no value of anybody.
        let is_silent = problems.is_empty()
            && diagnostics.is_empty()
            && undecided.is_empty()
            && options.keep != Keep::Projects;
        let secrets = if is_silent { Secrets::none_known() } else { self.secrets() };
        let Self { project, parts, .. } = self;
        let Parts { mut sources, looked_at, files, mut documents, no_server, .. } = parts;
        let judged = problems
            .into_iter()
            .chain(diagnostics)
            .filter_map(|it| check::judged(&setup.policy, &sources, it))
            .map(|it| check::tempered(&setup.policy, &sources, it));
        let mut diagnostics = check::without_consequences(judged.collect());
        if let Some(project) = &project {
            check::assumptions::add_behind(&mut assumptions, project, &diagnostics);
        }
        check::identify(&mut diagnostics, &documents, &sources, &secrets);
        fixes::settle(&mut diagnostics, &documents, &sources);
        if options.facts == KeptFacts::Assumed {
            check::assumptions::keep_assumed(&mut diagnostics);
        }
        let path = |it: &Arc<Document>| sources.get(it.file).map(|it| it.shared_path());
        let parsed = documents.iter().filter_map(path).collect();
        let deployments = project.iter().flat_map(|it| &it.deployments).map(|it| {
            let names = it.processes.iter().map(|it| it.name.value.clone());
            (it.manifest.clone(), names.collect())
        });
        let deployments = deployments.collect();
        documents.retain(|it| check::suppress::speaks_to_us(&sources, it));
        let unreadable = files.iter().filter(|it| it.unreadable.is_some());
        let absent = match options.absent {
            Absent::Forgotten => Vec::new(),
            Absent::Noted => {
                let is_there = |path: &str| files.iter().any(|it| it.source.path() == path);
                looked_at.paths.iter().filter(|it| !is_there(it)).cloned().collect()
            }
        };
        if options.keep == Keep::Reports {
            let shown = shown(diagnostics.iter().chain(&broken), &undecided, &documents);
            sources.retain(|it| shown.contains(&it));
        }
        let kept = options.keep == Keep::Projects;
        undecided.shrink_to_fit();
        diagnostics.shrink_to_fit();
        Answer {
            project: project.filter(|_| kept).map(Arc::new),
            sources,
            diagnostics,
            undecided,
            assumptions,
            broken,
            no_server,
            secrets,
            deployments,
            documents,
            parsed,
            unreadable: unreadable.map(|it| it.id).collect(),
            files: files.iter().map(|it| it.id).collect(),
            paths: files.iter().map(|it| it.source.shared_path()).collect(),
            absent,
            looked_at: if kept { looked_at } else { LookedAt::default() },
            held: if kept { files } else { Vec::new() },
        }
    }
}

/// The files of which a report shows a place.
fn shown<'a>(
    diagnostics: impl Iterator<Item = &'a Diagnostic>,
    undecided: &[Undecided],
    documents: &[Arc<Document>],
) -> HashSet<FileId> {
    let mut files = HashSet::new();
    for it in diagnostics {
        files.extend(std::iter::once(&it.primary).chain(&it.related).map(|it| it.span.file));
        files.extend(it.fixes.iter().flat_map(|it| &it.edits).map(|it| it.span.file));
        it.facts.iter().for_each(|it| files_of_fact(&mut files, &it.fact));
    }
    files.extend(undecided.iter().map(|it| it.span.file));
    files.extend(documents.iter().map(|it| it.file));
    files
}

fn files_of_fact(acc: &mut HashSet<FileId>, fact: &Fact) {
    acc.extend(fact.origin.span.map(|it| it.file));
    for it in &fact.origin.inputs {
        files_of_fact(acc, &it.fact);
    }
    for it in &fact.overridden {
        acc.extend(it.origin.span.map(|it| it.file));
        it.origin.inputs.iter().for_each(|it| files_of_fact(acc, &it.fact));
    }
}

//! What one rule makes of one process, in each of its worlds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::project::Resolved;
use super::{Analysis, plan};
use crate::check::trace::{self, Applied, InWorld};
use crate::fact::Fact;
use crate::plan::{OtherWorld, Round, Rounds, Statement, World, allowed_worlds, world_label};
use crate::platforms::Catalog;
use crate::policy::rule::Rule;
use crate::project::{Deployment, Process, Project};
use crate::secret::Secrets;
use crate::source::SourceMap;
use crate::vocabulary;

/// A rule beside the processes that it was asked for.
#[derive(Debug)]
pub struct AppliedAnswer {
    /// One for each process of the name, in the order of their projects.
    pub applied: Vec<Applied>,
    /// The names of all processes.
    pub names: Vec<String>,
    /// The texts of the files.
    pub sources: SourceMap,
    /// The secrets in them, which no report may show.
    pub secrets: Secrets,
}

/// The most plans of a platform that are looked into beside the one that is taken for granted.
const PLANS_MAX: usize = 4;

impl Analysis {
    /// What a rule makes of the processes of a name.
    pub fn applied(&self, rule: &Rule, process: &str) -> AppliedAnswer {
        let mut answer = AppliedAnswer {
            applied: Vec::new(),
            names: Vec::new(),
            sources: self.setup.sources.clone(),
            secrets: Secrets::none_known(),
        };
        for (root, manifests) in &self.manifests {
            let resolved = self.resolve(root, manifests);
            answer.sources.extend(resolved.sources());
            answer.secrets.extend(resolved.secrets());
            let Some((project, sources)) = resolved.into_project() else { continue };
            for (deployment, named) in processes(&project) {
                answer.names.push(named.name.value.clone());
                if named.name.value != process {
                    continue;
                }
                let traces = trace::of_process(&sources, &project, rule, deployment, process);
                let worlds = self.worlds_of(root, manifests, deployment, named);
                let judge = |(label, there, sources): &(String, Project, SourceMap)| {
                    let same = same_deployment(there, deployment)?;
                    let traces = trace::of_process(sources, there, rule, same, process);
                    Some(InWorld { label: label.clone(), traces })
                };
                answer.applied.push(Applied {
                    manifest: deployment.manifest.clone(),
                    process: process.to_owned(),
                    taken: taken(deployment, named, &self.setup.surroundings.catalog),
                    traces,
                    worlds: worlds.iter().filter_map(judge).collect(),
                });
            }
        }
        answer
    }

    /// What processes would run with in the other worlds that their files allow. `sources` are the
    /// texts of the files as they are read now: places elsewhere are left out.
    pub fn other_worlds(&self, projects: &[Project], sources: &SourceMap) -> Vec<OtherWorld> {
        let mut all = Vec::new();
        for project in projects {
            let Some((root, manifests)) = self.manifests.get_key_value(&project.root) else {
                continue;
            };
            let catalog = &self.setup.surroundings.catalog;
            let rounds = Rounds::of(project, catalog);
            // All processes change side by side: each world is the whole project once more.
            let mut seen: BTreeMap<Round, Option<Project>> = BTreeMap::new();
            for (deployment, process) in processes(project) {
                for (label, world) in looked_into(deployment, process, catalog) {
                    let there = seen.entry(world.round).or_insert_with(|| {
                        let statements = rounds.statements(world.round);
                        Some(self.in_world(root, manifests, statements)?.0)
                    });
                    let same = there.as_ref().and_then(|it| same_deployment(it, deployment));
                    let mut named = same.into_iter().flat_map(|it| &it.processes);
                    let Some(named) = named.find(|it| it.name.value == process.name.value) else {
                        continue;
                    };
                    let mut facts = named.facts.clone();
                    facts.iter_mut().for_each(|(_, it)| keep_places(it, sources));
                    all.push(OtherWorld {
                        root: root.clone(),
                        manifest: deployment.manifest.clone(),
                        deployment: deployment.name.clone(),
                        process: process.name.value.clone(),
                        label,
                        facts,
                    });
                }
            }
        }
        all
    }

    /// A process in each world that its files allow beside the one that it is resolved in.
    fn worlds_of(
        &self,
        root: &str,
        manifests: &[String],
        deployment: &Deployment,
        process: &Process,
    ) -> Vec<(String, Project, SourceMap)> {
        let worlds = looked_into(deployment, process, &self.setup.surroundings.catalog);
        let there = worlds.into_iter().filter_map(|(label, world)| {
            let (project, sources) = self.in_world(root, manifests, &world.statements)?;
            Some((label, project, sources))
        });
        there.collect()
    }

    fn in_world(
        &self,
        root: &str,
        manifests: &[String],
        statements: &[Statement],
    ) -> Option<(Project, SourceMap)> {
        let mut sources: SourceMap = self.setup.sources.clone();
        let stated_in = sources.add(plan::SOURCE, plan::SOURCE);
        let mut settings = self.setup.surroundings.settings.clone();
        let stated = statements.iter().map(|it| plan::settings_of(it, stated_in));
        settings.deployments = stated.chain(settings.deployments).collect();
        let stated = (&settings, &sources);
        Resolved::with(&self.files, &self.store, &self.setup, stated, root, manifests)
            .into_project()
    }
}

/// The worlds of a process that are looked into, each in a few words.
fn looked_into(
    deployment: &Deployment,
    process: &Process,
    catalog: &Catalog,
) -> Vec<(String, World)> {
    let allowed = allowed_worlds(deployment, process, catalog);
    let has_platforms = allowed.iter().any(|it| it.plan.is_none());
    let is_near = |it: &World| match it.round {
        Round::Plan(idx) => idx < PLANS_MAX,
        Round::Platform(_) => true,
    };
    let label = |it: &World| world_label(&it.platform.name, it.plan.as_deref(), has_platforms);
    allowed.into_iter().filter(is_near).map(|it| (label(&it), it)).collect()
}

fn processes(project: &Project) -> impl Iterator<Item = (&Deployment, &Process)> {
    let deployments = project.deployments.iter();
    deployments.flat_map(|it| it.processes.iter().map(move |process| (it, process)))
}

fn same_deployment<'a>(project: &'a Project, of: &Deployment) -> Option<&'a Deployment> {
    let is_it = |it: &&Deployment| it.manifest == of.manifest && it.name == of.name;
    project.deployments.iter().find(is_it)
}

/// Drops the places of a fact that are in none of these texts, such as a statement that only makes
/// a world.
fn keep_places(fact: &mut Fact, sources: &SourceMap) {
    let overridden = fact.overridden.iter_mut().map(|it| &mut it.origin);
    for origin in overridden.chain([&mut fact.origin]) {
        origin.span = origin.span.filter(|it| sources.get(it.file).is_some());
        origin.inputs.iter_mut().for_each(|it| keep_places(Arc::make_mut(&mut it.fact), sources));
    }
}

/// The world that is taken for granted, where one is.
fn taken(deployment: &Deployment, process: &Process, catalog: &Catalog) -> Option<String> {
    let id = deployment.facts.get(vocabulary::PLATFORM).and_then(Fact::text)?;
    let name = catalog.platform(id).map_or(id, |it| it.name());
    let plan = process.facts.get(vocabulary::MACHINE_PLAN).and_then(Fact::text);
    let has_platforms =
        allowed_worlds(deployment, process, catalog).iter().any(|it| it.plan.is_none());
    Some(world_label(name, plan, has_platforms))
}

//! The pipeline: paths in, an outcome out. The command line and tests are its callers.

use crate::check;
use crate::diagnostic::Diagnostic;
use crate::outcome::Outcome;
use crate::platforms::Catalog;
use crate::policy::Policy;
use crate::project::Project;
use crate::resolve;
use crate::settings::Settings;
use crate::workspace::Workspace;

/// What a project is resolved with, beside its own files.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// What opslint.toml states.
    pub settings: Settings,
    /// Plans, limits and defaults of platforms.
    pub catalog: Catalog,
}

/// Works out what the processes of all projects at `paths` run with.
pub fn resolve(
    workspace: &mut Workspace<'_>,
    paths: &[String],
    surroundings: &Surroundings,
) -> (Vec<Project>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let Surroundings { settings, catalog } = surroundings;
    let projects = resolve::projects(&mut problems, workspace, paths, settings, catalog);
    problems.append(&mut workspace.problems);
    (projects, problems)
}

/// Resolves the projects at `paths` and evaluates the policy against them.
pub fn check(
    workspace: &mut Workspace<'_>,
    paths: &[String],
    surroundings: &Surroundings,
    policy: &Policy,
) -> Outcome {
    let (projects, problems) = resolve(workspace, paths, surroundings);
    check::projects(workspace, &projects, problems, policy)
}

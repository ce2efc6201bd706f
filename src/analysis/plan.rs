//! Plans of all projects: each choice is the project resolved anew and judged by the rules.

use super::project::Resolved;
use super::setup::Setup;
use super::{Analysis, side_by_side};
use crate::check::{self, OpenRules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{self, Broken, Evaluate, Evaluated, Mistake, Plan, Request, Statement};
use crate::policy::Policy;
use crate::policy::rule::Rule;
use crate::secret::Secrets;
use crate::settings::{DeploymentSettings, ProcessSettings, SettingFact, Settings};
use crate::source::{FileId, SourceMap, Span, Spanned};
use crate::workspace::parent;

/// The source that statements of a plan stand in.
pub(super) const SOURCE: &str = "--with";

/// What was planned.
#[derive(Debug)]
pub struct PlanAnswer {
    /// One plan for each project with something to plan, by folder.
    pub plans: Vec<Plan>,
    /// The secrets in the files, which no report may show.
    pub secrets: Secrets,
}

impl Analysis {
    /// Plans all projects.
    ///
    /// # Errors
    /// When the request names something that does not exist.
    pub fn plan(&self, request: &Request) -> Result<PlanAnswer, Mistake> {
        let errors = errors_of(&self.setup.policy);
        let mut sources = self.setup.sources.clone();
        let file = sources.add(SOURCE, SOURCE);
        let all: Vec<_> = self.manifests.iter().collect();
        let done = side_by_side(&all, |(root, manifests)| {
            let evaluator = Evaluator {
                analysis: self,
                root,
                manifests,
                errors: &errors,
                sources: &sources,
                file,
            };
            let plan = plan::project(&evaluator, &self.setup.surroundings.catalog, request);
            (plan, self.resolve(root, manifests).secrets())
        });
        let mut answer = PlanAnswer { plans: Vec::new(), secrets: Secrets::none_known() };
        let mut mistake = None;
        for (plan, secrets) in done {
            answer.secrets.extend(secrets);
            match plan {
                Ok(plan) => answer.plans.extend(plan),
                Err(it) => mistake = mistake.or(Some(it)),
            }
        }
        // What one project does not have, another may have.
        match mistake {
            Some(mistake) if answer.plans.is_empty() => Err(mistake),
            _ => Ok(answer),
        }
    }
}

/// The rules that may be errors: no others count against a choice.
pub(super) fn errors_of(policy: &Policy) -> Policy {
    let is_error = |it: &&Rule| policy.levels.is_error_somewhere(&it.id, it.level);
    Policy {
        rules: policy.rules.iter().filter(is_error).cloned().collect(),
        levels: policy.levels.clone(),
        locks: policy.locks.clone(),
    }
}

/// Evaluates what could be of one project.
pub(super) struct Evaluator<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) root: &'a str,
    pub(super) manifests: &'a [String],
    pub(super) errors: &'a Policy,
    pub(super) sources: &'a SourceMap,
    pub(super) file: FileId,
}

impl Evaluate for Evaluator<'_> {
    fn evaluate(&self, statements: &[Statement]) -> Option<Evaluated> {
        self.with(statements, self.analysis.setup.surroundings.settings.clone())
    }

    fn elsewhere(&self, platform: &str, statements: &[Statement]) -> Option<Evaluated> {
        let mut settings = self.analysis.setup.surroundings.settings.clone();
        settings.elsewhere = Some(platform.to_owned());
        for table in &mut settings.deployments {
            table.facts.retain(|it| !plan::is_of_platform(&it.name.value));
            for process in &mut table.processes {
                process.facts.retain(|it| !plan::is_of_platform(&it.name.value));
            }
        }
        self.with(statements, settings)
    }
}

impl Evaluator<'_> {
    /// The project with statements above those of these settings.
    fn with(&self, statements: &[Statement], mut settings: Settings) -> Option<Evaluated> {
        let analysis = self.analysis;
        let setup: &Setup = &analysis.setup;
        let stated = statements.iter().map(|it| settings_of(it, self.file));
        // The strongest first; what is stated later wins.
        settings.deployments = stated.rev().chain(settings.deployments).collect();
        let resolved = Resolved::with(
            &analysis.files,
            &analysis.store,
            setup,
            (&settings, self.sources),
            self.root,
            self.manifests,
        );
        let (project, sources) = resolved.into_project()?;
        let found = check::project(&sources, &project, self.errors, OpenRules::Counted);
        let judged = found.diagnostics.into_iter();
        let judged = judged.filter_map(|it| check::judged(self.errors, &sources, it));
        let broken = judged.filter(|it| it.severity == Severity::Error).map(broken).collect();
        Some(Evaluated { project, broken })
    }
}

fn broken(diagnostic: Diagnostic) -> Broken {
    Broken {
        manifests: diagnostic.deployments,
        process: diagnostic.process,
        rule: diagnostic.rule,
        facts: diagnostic.facts.into_iter().map(|it| it.name).collect(),
    }
}

/// A statement as a table of opslint.toml; `$NAME` states a variable of the environment.
pub(super) fn settings_of(statement: &Statement, file: FileId) -> DeploymentSettings {
    let span = Span::new(file, 0, SOURCE.len());
    let fact = SettingFact {
        name: Spanned::new(statement.name.clone(), span),
        value: Spanned::new(statement.value.clone(), span),
    };
    let variable = statement.name.strip_prefix('$').map(|name| {
        let value = Spanned::new(statement.value.to_string(), span);
        (Spanned::new(name.to_owned(), span), value)
    });
    let (facts, processes) = match &statement.process {
        _ if variable.is_some() => (Vec::new(), Vec::new()),
        None => (vec![fact], Vec::new()),
        Some(name) => {
            let name = Spanned::new(name.clone(), span);
            (Vec::new(), vec![ProcessSettings { name, settings: Vec::new(), facts: vec![fact] }])
        }
    };
    DeploymentSettings {
        manifest: Spanned::new(literal(file_name(&statement.manifest)), span),
        folder: parent(&statement.manifest).to_owned(),
        env: variable.into_iter().collect(),
        facts,
        processes,
    }
}

/// The last part of a path. A pattern cannot lead out of its folder, so the folder stands apart.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A pattern that matches this path alone.
fn literal(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for it in path.chars() {
        if matches!(it, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!') {
            pattern.push('\\');
        }
        pattern.push(it);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glob::Pattern;

    #[test]
    fn a_path_stands_for_itself() {
        for path in ["Procfile", "a*b/fly.toml", "[x]/{y}?/render.yaml", "../up/fly.toml"] {
            let above = ["home".to_owned()];
            let pattern = Pattern::new(parent(path), &literal(file_name(path)), &above);
            assert!(pattern.is_ok_and(|it| it.matches(path)), "{path}");
        }
    }
}

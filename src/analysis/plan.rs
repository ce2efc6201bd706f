//! Plans of all projects: each choice is the project resolved anew and judged by the rules.

use std::cell::RefCell;

use super::project::Resolved;
use super::setup::Setup;
use super::{Analysis, side_by_side};
use crate::check::{self, Found, OpenRules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{self, Broken, Evaluate, Evaluated, Mistake, Plan, Request, Statement};
use crate::policy::Policy;
use crate::policy::rule::{Action, Rule};
use crate::project::Project;
use crate::resolve::Others;
use crate::secret::Secrets;
use crate::settings::{DeploymentSettings, ProcessSettings, SettingFact, Settings};
use crate::source::{FileId, SourceMap, Span, Spanned};
use crate::vocabulary;
use crate::workspace::parent;

/// The source that statements of a plan stand in.
pub(super) const SOURCE: &str = "--with";

/// What was planned.
#[derive(Debug)]
pub struct PlanAnswer {
    /// One plan for each project with something to plan, by folder.
    pub plans: Vec<Plan>,
    /// What is wrong with what opslint was told of a project: it plans something else, then.
    pub broken: Vec<Diagnostic>,
    /// The texts that `broken` speaks of.
    pub sources: SourceMap,
    /// The secrets in the files, which no report may show.
    pub secrets: Secrets,
}

impl Analysis {
    /// Plans all projects.
    ///
    /// # Errors
    /// When the request names something that does not exist.
    pub fn plan(&self, request: &Request) -> Result<PlanAnswer, Mistake> {
        let errors = counting(&self.setup.policy);
        let mut sources = self.setup.sources.clone();
        let file = sources.add(SOURCE, SOURCE);
        let all: Vec<_> = self.manifests.iter().collect();
        let done = side_by_side(&all, |(root, manifests)| {
            let evaluator = Evaluator::new(self, (root, manifests), &errors, (&sources, file));
            let plan = plan::project(&evaluator, &self.setup.surroundings.catalog, request);
            (plan, self.resolve(root, manifests))
        });
        let mut answer = PlanAnswer {
            plans: Vec::new(),
            broken: Vec::new(),
            sources: SourceMap::new(),
            secrets: Secrets::none_known(),
        };
        let mut mistake = None;
        for (plan, mut resolved) in done {
            answer.secrets.extend(resolved.secrets());
            let mut broken = resolved.take_broken();
            if !broken.is_empty() {
                answer.sources.extend(resolved.sources());
                answer.broken.append(&mut broken);
            }
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

/// The rules that count against a choice: those that may be errors, and those that would have
/// another number of workers or threads. What a plan advises, `check` must not warn about.
pub(super) fn counting(policy: &Policy) -> Policy {
    let counts = |it: &&Rule| {
        policy.levels.is_error_somewhere(&it.id, it.level) || asks_for_another_number(it)
    };
    Policy {
        rules: policy.rules.iter().filter(counts).cloned().collect(),
        levels: policy.levels.clone(),
        locks: policy.locks.clone(),
    }
}

/// Whether a rule has a fix that changes what choices are made of.
fn asks_for_another_number(rule: &Rule) -> bool {
    let numbers = [vocabulary::WORKERS.name(), vocabulary::THREADS.name()];
    let changes_one = |action: &Action| match action {
        Action::Set { at, .. } => numbers.contains(&at.value()),
        _ => false,
    };
    rule.check.iter().flat_map(|it| &it.fixes).any(|it| changes_one(&it.action))
}

/// Evaluates what could be of one project.
pub(super) struct Evaluator<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) root: &'a str,
    pub(super) manifests: &'a [String],
    pub(super) counting: &'a Policy,
    pub(super) sources: &'a SourceMap,
    pub(super) file: FileId,
    /// What single processes are worked out beside.
    pub(super) base: RefCell<Option<Base>>,
}

impl<'a> Evaluator<'a> {
    /// For the project in a folder, with the texts that statements stand in.
    pub(super) fn new(
        analysis: &'a Analysis,
        (root, manifests): (&'a str, &'a [String]),
        counting: &'a Policy,
        (sources, file): (&'a SourceMap, FileId),
    ) -> Self {
        Self { analysis, root, manifests, counting, sources, file, base: RefCell::new(None) }
    }
}

/// A project that was worked out whole.
pub(super) struct Base {
    statements: Vec<Statement>,
    project: Project,
    sources: SourceMap,
}

impl Base {
    /// The only process that these statements are about beside those of the base.
    fn process<'a>(&self, statements: &'a [Statement]) -> Option<(&'a str, &'a str)> {
        let (stated, more) = statements.split_at_checked(self.statements.len())?;
        let about = |it: &'a Statement| Some((it.manifest.as_str(), it.process.as_deref()?));
        let first = about(more.first()?)?;
        let is_same = more.iter().all(|it| about(it) == Some(first));
        (is_same && stated == self.statements).then_some(first)
    }
}

impl Evaluate for Evaluator<'_> {
    fn begin(&self, statements: &[Statement]) -> Option<Evaluated> {
        let settings = self.analysis.setup.surroundings.settings.clone();
        let (evaluated, sources) = self.with(statements, settings)?;
        let statements = statements.to_vec();
        let project = evaluated.project.clone();
        self.base.replace(Some(Base { statements, project, sources }));
        Some(evaluated)
    }

    fn evaluate(&self, statements: &[Statement]) -> Option<Evaluated> {
        let settings = self.analysis.setup.surroundings.settings.clone();
        if let Some(base) = self.base.borrow().as_ref()
            && let Some(process) = base.process(statements)
        {
            return self.beside(base, process, statements, settings);
        }
        Some(self.with(statements, settings)?.0)
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
        Some(self.with(statements, settings)?.0)
    }
}

impl Evaluator<'_> {
    /// The project with statements above those of these settings.
    fn with(&self, statements: &[Statement], settings: Settings) -> Option<(Evaluated, SourceMap)> {
        let analysis = self.analysis;
        let setup: &Setup = &analysis.setup;
        let settings = self.stated(statements, settings);
        let resolved = Resolved::with(
            &analysis.files,
            &analysis.store,
            setup,
            (&settings, self.sources),
            self.root,
            self.manifests,
        );
        let (project, sources) = resolved.into_project()?;
        let found = check::project(&sources, &project, self.counting, OpenRules::Counted);
        let broken = self.broken(found, &sources);
        Some((Evaluated { project, broken }, sources))
    }

    /// One process with statements about it, beside all others as they are: only it and its
    /// deployment are judged.
    fn beside(
        &self,
        base: &Base,
        (manifest, process): (&str, &str),
        statements: &[Statement],
        settings: Settings,
    ) -> Option<Evaluated> {
        let analysis = self.analysis;
        let settings = self.stated(statements, settings);
        let others = Others { project: &base.project, manifest, process };
        let resolved = Resolved::beside(
            &analysis.files,
            &analysis.store,
            &analysis.setup,
            (&settings, &base.sources, Some(others)),
            self.root,
            &[manifest.to_owned()],
        );
        let (project, sources) = resolved.into_project()?;
        let found = check::process(&sources, &project, self.counting, (manifest, process));
        let broken = self.broken(found, &sources);
        Some(Evaluated { project, broken })
    }

    /// Settings with statements above them.
    fn stated(&self, statements: &[Statement], mut settings: Settings) -> Settings {
        let stated = statements.iter().map(|it| settings_of(it, self.file));
        // The strongest first; what is stated later wins.
        settings.deployments = stated.rev().chain(settings.deployments).collect();
        settings
    }

    /// What of it counts against a choice: a warning does where its rule is about the numbers that
    /// choices are made of.
    fn broken(&self, found: Found, sources: &SourceMap) -> Vec<Broken> {
        let judged = found.diagnostics.into_iter();
        let judged = judged.filter_map(|it| check::judged(self.counting, sources, it));
        let asks = |id: &str| {
            let rule = self.counting.rules.iter().find(|it| it.id == id);
            rule.is_some_and(asks_for_another_number)
        };
        let counts = |it: &Diagnostic| match it.severity {
            Severity::Error => true,
            Severity::Warning => asks(&it.rule),
            Severity::Info => false,
        };
        judged.filter(counts).map(broken).collect()
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
        set: Vec::new(),
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
    use std::sync::Arc;

    use super::*;
    use crate::analysis::{ConfigOptions, Options};
    use crate::fact::Value;
    use crate::glob::Pattern;
    use crate::project::Facts;
    use crate::workspace::MemoryFiles;

    #[test]
    fn a_path_stands_for_itself() {
        for path in ["Procfile", "a*b/fly.toml", "[x]/{y}?/render.yaml", "../up/fly.toml"] {
            let above = ["home".to_owned()];
            let pattern = Pattern::new(parent(path), &literal(file_name(path)), &above);
            assert!(pattern.is_ok_and(|it| it.matches(path)), "{path}");
        }
    }

    const RENDER: &str = "\
services:
  - type: web
    name: shop
    runtime: python
    plan: starter
    startCommand: gunicorn shop.wsgi --workers 4
  - type: worker
    name: jobs
    runtime: python
    plan: starter
    startCommand: celery -A shop worker
databases:
  - name: db
    plan: basic-256mb
";

    const SERVERLESS: &str = "\
service: shop
provider:
  name: aws
  runtime: python3.13
functions:
  web:
    handler: app.handler
    reservedConcurrency: 20
    events: [{ httpApi: '*' }]
  later:
    handler: app.later
    reservedConcurrency: 950
";

    /// One process resolved anew beside the others comes to the same as the whole project.
    #[test]
    fn a_process_alone_is_what_it_is_in_the_whole() {
        let states = [
            ("render.yaml", RENDER, "jobs", "plan", Value::Text("standard".to_owned())),
            ("render.yaml", RENDER, "jobs", "workers", Value::Int(2)),
            ("render.yaml", RENDER, "shop", "instances", Value::Int(40)),
            ("render.yaml", RENDER, "shop", "connections_per_process", Value::Int(30)),
            ("serverless.yml", SERVERLESS, "web", "function.concurrency", Value::Int(200)),
            ("serverless.yml", SERVERLESS, "web", "function.memory_mb", Value::Int(64)),
            ("Procfile", "web: gunicorn a.wsgi\nw: rq worker\n", "web", "workers", Value::Int(90)),
        ];
        for (manifest, text, process, name, value) in states {
            let files = MemoryFiles::new().with(manifest, text);
            let policy = Some(Arc::new(Policy::builtin(&mut Vec::new())));
            let config = ConfigOptions { policy, ..ConfigOptions::default() };
            let options = Options { config, ..Options::with_policy(Arc::default()) };
            let analysis = Analysis::open(files, options).expect("it opens");
            let statement = Statement {
                manifest: manifest.to_owned(),
                process: Some(process.to_owned()),
                name: name.to_owned(),
                value,
            };
            let counting = counting(&analysis.setup.policy);
            let mut sources = analysis.setup.sources.clone();
            let file = sources.add(SOURCE, SOURCE);
            let (root, manifests) = analysis.manifests.iter().next().expect("a project");
            let evaluator =
                || Evaluator::new(&analysis, (root, manifests), &counting, (&sources, file));
            let (alone, whole) = (evaluator(), evaluator());
            let before = alone.begin(&[]).expect("a project");
            let alone = alone.evaluate(std::slice::from_ref(&statement)).expect("a project");
            let whole = whole.evaluate(std::slice::from_ref(&statement)).expect("a project");
            let seen = |it: &Evaluated| {
                let facts = |it: &Facts| {
                    it.iter().map(|(id, it)| (id.name(), it.state.clone())).collect::<Vec<_>>()
                };
                let deployment = &it.project.deployments[0];
                let processes = deployment.processes.iter().map(|it| facts(&it.facts));
                (facts(&deployment.facts), processes.collect::<Vec<_>>())
            };
            assert_eq!(seen(&alone), seen(&whole), "{manifest} {process} {name}");
            assert_ne!(seen(&alone), seen(&before), "{manifest} {process} {name}");
            let is_about = |it: &&Broken| it.process.as_deref().is_none_or(|it| it == process);
            let broken = |it: &Evaluated| -> Vec<Broken> {
                it.broken.iter().filter(is_about).cloned().collect()
            };
            assert_eq!(broken(&alone), broken(&whole), "{manifest} {process} {name}");
        }
    }
}

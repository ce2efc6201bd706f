//! Project × policy → diagnostics.

pub mod baseline;
mod evaluate;
pub mod fingerprint;
mod secrets;
pub mod suppress;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity, Undecided};
use crate::document::Document;
use crate::outcome::Outcome;
use crate::platforms::Date;
use crate::policy::Policy;
use crate::policy::config::Config;
use crate::policy::levels::Level;
use crate::policy::rule::{On, Rule};
use crate::project::{Project, ProjectFile};
use crate::source::SourceMap;
use crate::workspace::Workspace;

pub use secrets::secrets;

use evaluate::{Found, Subject};
use suppress::{Input, RuleState};

/// Evaluates the policy against projects. `problems` are what earlier stages said about files; they
/// get the level, reason and page of their rule.
pub fn projects(
    workspace: &Workspace<'_>,
    projects: &[Project],
    problems: Vec<Diagnostic>,
    policy: &Policy,
) -> Outcome {
    let mut outcome = Outcome { files: workspace.opened(), ..Outcome::default() };
    let sources = &workspace.sources;
    for problem in problems {
        outcome.diagnostics.extend(judged(policy, sources, problem));
    }
    let rules: Vec<&Rule> = policy
        .rules
        .iter()
        .filter(|it| it.check.is_some() && !policy.levels.is_off_everywhere(&it.id, it.level))
        .collect();
    for project in projects {
        let mut found = Found::default();
        project_rules(sources, project, &rules, &mut found);
        for diagnostic in found.diagnostics {
            outcome.diagnostics.extend(judged(policy, sources, diagnostic));
        }
        outcome.undecided.extend(found.undecided);
        outcome.broken.extend(found.broken);
        outcome.processes += project.deployments.iter().map(|it| it.processes.len()).sum::<usize>();
    }
    tidy(&mut outcome, sources);
    // A run that says nothing shows no value of anybody.
    if !outcome.diagnostics.is_empty() || !outcome.undecided.is_empty() {
        outcome.secrets = secrets(workspace, projects);
    }
    outcome
}

fn project_rules(sources: &SourceMap, project: &Project, rules: &[&Rule], found: &mut Found) {
    let of =
        |on: On| rules.iter().filter(move |it| it.check.as_ref().is_some_and(|it| it.on == on));
    for own in &project.files {
        let subject = Subject::file(documents(project, Some(own)), own.file);
        of(On::File).for_each(|it| subject.run(it, Some(own.format), found));
    }
    let all = documents(project, None);
    if let Some((_, first)) = all.first() {
        let subject = Subject::file(all.clone(), first.file);
        of(On::Project).for_each(|it| subject.run(it, None, found));
    }
    for deployment in &project.deployments {
        let is_manifest = |it: &&ProjectFile| sources.file(it.file).path() == deployment.manifest;
        let files = documents(project, project.files.iter().find(is_manifest));
        let subject = Subject::deployment(files.clone(), deployment);
        of(On::Deployment).for_each(|it| subject.run(it, None, found));
        for process in &deployment.processes {
            let subject = Subject::process(files.clone(), deployment, process);
            of(On::Process).for_each(|it| subject.run(it, None, found));
        }
    }
}

/// The trees of a project's files by format. Where a format has several files, rules see `own`.
fn documents(project: &Project, own: Option<&ProjectFile>) -> Vec<(&'static str, Arc<Document>)> {
    let mut documents: Vec<(&'static str, Arc<Document>)> = Vec::new();
    for it in own.into_iter().chain(&project.files) {
        if documents.iter().all(|(format, _)| *format != it.format) {
            documents.push((it.format, Arc::clone(&it.document)));
        }
    }
    documents
}

/// A diagnostic at the level that configuration or the rule's page gives it; `None` when it is off.
///
/// opslint's own code may raise a rule at a milder severity than its page: an unknown key that a
/// platform ignores is less than one it refuses.
pub(crate) fn judged(
    policy: &Policy,
    sources: &SourceMap,
    diagnostic: Diagnostic,
) -> Option<Diagnostic> {
    let path = sources.file(diagnostic.primary.span.file).path();
    let rule = policy.rule(&diagnostic.rule);
    let severity = match (policy.levels.level(&diagnostic.rule, path), rule) {
        (Some(level), _) => level.severity()?,
        (None, Some(rule)) if rule.check.is_none() => {
            rule.level.severity()?.min(diagnostic.severity)
        }
        // A limit that may have been raised since it was read is no proof that something fails.
        (None, Some(rule)) if rests_on_outdated(&diagnostic) => {
            rule.level.severity()?.min(Severity::Warning)
        }
        (None, Some(rule)) => rule.level.severity()?,
        (None, None) => diagnostic.severity,
    };
    let why = diagnostic.why.or_else(|| rule.map(|it| it.why.clone()));
    let url = rule.map(Rule::url);
    Some(Diagnostic { severity, why, url, ..diagnostic })
}

fn rests_on_outdated(diagnostic: &Diagnostic) -> bool {
    diagnostic.facts.iter().any(|it| it.fact.origin.as_of().is_some())
}

/// Sorts by place, and makes one of what is true of several deployments that share a file.
fn tidy(outcome: &mut Outcome, sources: &SourceMap) {
    sort(&mut outcome.diagnostics, sources);
    outcome.diagnostics.dedup_by(|it, first| {
        let is_same = is_same(it, first);
        if is_same {
            merge(first, it);
        }
        is_same
    });
    // A rule that fails on one process often fails on the next.
    sort(&mut outcome.broken, sources);
    outcome.broken.dedup_by(|it, first| is_same(it, first));
    let place = |it: &Undecided| (sources.file(it.span.file).path(), it.span.order());
    outcome.undecided.sort_by(|a, b| (place(a), &a.rule).cmp(&(place(b), &b.rule)));
}

/// Sorts by what a user sees; of the same said several times, what is certain comes first.
fn sort(diagnostics: &mut [Diagnostic], sources: &SourceMap) {
    let place = |it: &Diagnostic| {
        let span = it.primary.span;
        (sources.file(span.file).path(), span.order())
    };
    diagnostics.sort_by(|a, b| {
        place(a)
            .cmp(&place(b))
            .then_with(|| (&a.rule, &a.message).cmp(&(&b.rule, &b.message)))
            .then_with(|| a.confidence.cmp(&b.confidence))
            .then_with(|| (&a.deployments, &a.process).cmp(&(&b.deployments, &b.process)))
    });
}

/// Whether a reader sees no difference but in what else takes part.
fn is_same(a: &Diagnostic, b: &Diagnostic) -> bool {
    (&a.rule, a.primary.span, &a.message) == (&b.rule, b.primary.span, &b.message)
}

/// Makes one of two that say the same, with the deployments and the other places of both.
fn merge(first: &mut Diagnostic, other: &mut Diagnostic) {
    first.deployments.append(&mut other.deployments);
    first.deployments.sort();
    first.deployments.dedup();
    for label in other.related.drain(..) {
        if !first.related.contains(&label) {
            first.related.push(label);
        }
    }
}

/// Takes out what suppressions hold back, and adds what is to be said about them.
///
/// `today` is an ISO date.
pub fn apply_suppressions(
    workspace: &Workspace<'_>,
    outcome: &mut Outcome,
    policy: &Policy,
    config: &Config,
    today: &str,
) -> suppress::Suppressed {
    let Some(today) = Date::from_iso(today) else { return suppress::Suppressed::default() };
    let rules: Vec<RuleState<'_>> = policy
        .rules
        .iter()
        .map(|it| RuleState {
            id: &it.id,
            is_locked: it.locked,
            runs: !policy.levels.is_off_everywhere(&it.id, it.level),
        })
        .collect();
    let mut documents: Vec<Arc<Document>> = workspace.documents().cloned().collect();
    documents.sort_by(|a, b| {
        let path = |it: &Document| workspace.sources.file(it.file).path();
        path(a).cmp(path(b))
    });
    let input = Input {
        sources: &workspace.sources,
        documents: &documents,
        rules: &rules,
        undecided: &outcome.undecided,
        today,
    };
    suppress::apply(&mut outcome.diagnostics, config, &input)
}

/// Gives diagnostics that were added after the rules ran, such as those about suppressions, their
/// level and page.
pub fn judge_all(policy: &Policy, sources: &SourceMap, outcome: &mut Outcome) {
    let diagnostics = std::mem::take(&mut outcome.diagnostics);
    outcome.diagnostics =
        diagnostics.into_iter().filter_map(|it| judged(policy, sources, it)).collect();
    tidy(outcome, sources);
}

/// Whether anything in an outcome is at least this bad.
pub fn has(outcome: &Outcome, severity: Severity) -> bool {
    outcome.diagnostics.iter().any(|it| it.severity >= severity)
}

/// The level of a rule as its page has it.
pub fn level(policy: &Policy, rule: &str) -> Option<Level> {
    policy.rule(rule).map(|it| it.level)
}

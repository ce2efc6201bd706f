//! Project × policy → diagnostics.

pub mod baseline;
mod evaluate;
pub mod fingerprint;
pub mod suppress;

use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Outcome, Severity, Undecided};
use crate::document::Document;
use crate::platforms::Date;
use crate::policy::config::Config;
use crate::policy::levels::Level;
use crate::policy::{INVALID_RULE, Policy};
use crate::project::Project;
use crate::rule::{On, Rule};
use crate::source::{FileId, SourceMap, Span};
use crate::workspace::Workspace;

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
        project_rules(workspace, project, &rules, &mut found);
        for diagnostic in found.diagnostics {
            outcome.diagnostics.extend(judged(policy, sources, diagnostic));
        }
        outcome.undecided.extend(found.undecided);
        outcome.processes += project.deployments.iter().map(|it| it.processes.len()).sum::<usize>();
    }
    tidy(&mut outcome, sources);
    outcome
}

fn project_rules(workspace: &Workspace<'_>, project: &Project, rules: &[&Rule], found: &mut Found) {
    let of =
        |on: On| rules.iter().filter(move |it| it.check.as_ref().is_some_and(|it| it.on == on));
    let files: Vec<(&'static str, FileId)> =
        project.files.iter().map(|it| (it.format, it.file)).collect();
    for &(format, file) in &files {
        let subject = Subject::file(documents(workspace, &files, Some((format, file))), file);
        of(On::File).for_each(|it| subject.run(it, Some(format), found));
    }
    let all = documents(workspace, &files, None);
    if let Some((_, first)) = all.first() {
        let subject = Subject::file(all.clone(), first.file);
        of(On::Project).for_each(|it| subject.run(it, None, found));
    }
    for deployment in &project.deployments {
        let manifest = files
            .iter()
            .copied()
            .find(|(_, it)| workspace.sources.file(*it).path() == deployment.manifest);
        let files = documents(workspace, &files, manifest);
        let subject = Subject::deployment(files.clone(), deployment);
        of(On::Deployment).for_each(|it| subject.run(it, None, found));
        for process in &deployment.processes {
            let subject = Subject::process(files.clone(), deployment, process);
            of(On::Process).for_each(|it| subject.run(it, None, found));
        }
    }
}

/// The trees of a project's files by format. Where a format has several files, rules see `own`.
fn documents(
    workspace: &Workspace<'_>,
    files: &[(&'static str, FileId)],
    own: Option<(&'static str, FileId)>,
) -> Vec<(&'static str, Rc<Document>)> {
    let mut documents: Vec<(&'static str, Rc<Document>)> = Vec::new();
    for (format, file) in own.iter().chain(files) {
        if documents.iter().all(|(it, _)| it != format)
            && let Some(document) = workspace.parsed(*file)
        {
            documents.push((format, document));
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
        _ if diagnostic.rule == INVALID_RULE => diagnostic.severity,
        (Some(level), _) => level.severity()?,
        (None, Some(rule)) if rule.check.is_none() => {
            rule.level.severity()?.min(diagnostic.severity)
        }
        (None, Some(rule)) => rule.level.severity()?,
        (None, None) => diagnostic.severity,
    };
    let why = diagnostic.why.or_else(|| rule.map(|it| it.why.clone()));
    let url = rule.map(Rule::url);
    Some(Diagnostic { severity, why, url, ..diagnostic })
}

/// Sorts by place and takes out what two deployments that share a file say twice.
fn tidy(outcome: &mut Outcome, sources: &SourceMap) {
    let place = |span: Span| (sources.file(span.file).path().to_owned(), span.start, span.end);
    outcome.diagnostics.sort_by_cached_key(|it| (place(it.primary.span), it.rule.clone()));
    outcome.diagnostics.dedup_by(|a, b| {
        (&a.rule, a.primary.span, &a.message) == (&b.rule, b.primary.span, &b.message)
    });
    outcome.undecided.sort_by_cached_key(|it: &Undecided| (place(it.span), it.rule.clone()));
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
    let documents: Vec<Rc<Document>> =
        workspace.sources.iter().filter_map(|(file, _)| workspace.parsed(file)).collect();
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

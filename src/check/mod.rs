//! Project × policy → diagnostics.

pub mod assumptions;
pub mod baseline;
mod causes;
mod copies;
mod evaluate;
pub mod fingerprint;
mod generated;
mod key_path;
mod propose;
mod reasons;
mod secrets;
mod stated;
pub mod suppress;

use std::sync::Arc;

use crate::assumption;
use crate::diagnostic::{Confidence, Diagnostic, Severity, Undecided};
use crate::document::Document;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::policy::levels::Level;
use crate::policy::rule::{On, Rule};
use crate::project::{Project, ProjectFile};
use crate::source::{SourceFile, SourceMap};

pub(crate) use causes::without_consequences;
pub use evaluate::{Found, OpenRules, trace};
pub(crate) use fingerprint::identify;
pub use reasons::{Reasons, reasons};
pub(crate) use secrets::secrets;

use evaluate::Subject;

/// Evaluates the policy against a project.
pub fn project(sources: &SourceMap, project: &Project, policy: &Policy, open: OpenRules) -> Found {
    of_rules(sources, project, &rules_of(policy), open)
}

/// The rules that are not off everywhere.
pub(crate) fn rules_of(policy: &Policy) -> Vec<&Rule> {
    let is_on =
        |it: &&Rule| it.check.is_some() && !policy.levels.is_off_everywhere(&it.id, it.level);
    policy.rules.iter().filter(is_on).collect()
}

/// Evaluates some rules against a project.
pub fn of_rules(sources: &SourceMap, project: &Project, rules: &[&Rule], open: OpenRules) -> Found {
    let mut found_all = Found::default();
    let found = &mut found_all;
    let of =
        |on: On| rules.iter().filter(move |it| it.check.as_ref().is_some_and(|it| it.on == on));
    for own in &project.files {
        let files = documents(project, Some(own));
        let subject = Subject::file(open, &files, own.file);
        of(On::File).for_each(|it| subject.run(it, Some(own.format), found));
    }
    let all = documents(project, None);
    if let Some((_, first)) = all.first() {
        let subject = Subject::file(open, &all, first.file);
        of(On::Project).for_each(|it| subject.run(it, None, found));
    }
    for deployment in &project.deployments {
        let is_manifest = |it: &&ProjectFile| sources.file(it.file).path() == deployment.manifest;
        let files = deployed(project, project.files.iter().find(is_manifest));
        let subject = Subject::deployment(open, &files, deployment);
        of(On::Deployment).for_each(|it| subject.run(it, None, found));
        for process in &deployment.processes {
            // Each looks for what is assumed among its own only, however many there are.
            let before = std::mem::take(&mut found.assumptions);
            let subject = Subject::process(open, &files, deployment, process);
            let first = found.diagnostics.len();
            of(On::Process).for_each(|it| subject.run(it, None, found));
            stated::at_process(&mut found.diagnostics[first..], sources, deployment, process);
            let own = std::mem::replace(&mut found.assumptions, before);
            found.assumptions.extend(own);
        }
    }
    found_all.assumptions = assumption::merged(found_all.assumptions);
    found_all
}

/// Evaluates the policy against one process and its deployment.
pub(crate) fn process(
    sources: &SourceMap,
    project: &Project,
    policy: &Policy,
    (manifest, process): (&str, &str),
) -> Found {
    let mut found = Found::default();
    let rules = rules_of(policy);
    let of =
        |on: On| rules.iter().filter(move |it| it.check.as_ref().is_some_and(|it| it.on == on));
    let open = OpenRules::Counted;
    for deployment in project.deployments.iter().filter(|it| it.manifest == manifest) {
        let is_manifest = |it: &&ProjectFile| sources.file(it.file).path() == deployment.manifest;
        let files = deployed(project, project.files.iter().find(is_manifest));
        let subject = Subject::deployment(open, &files, deployment);
        of(On::Deployment).for_each(|it| subject.run(it, None, &mut found));
        for it in deployment.processes.iter().filter(|it| it.name.value == process) {
            let subject = Subject::process(open, &files, deployment, it);
            of(On::Process).for_each(|it| subject.run(it, None, &mut found));
        }
    }
    found
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

/// The trees that what is deployed from `own` is judged by: with what other files add to it.
fn deployed(project: &Project, own: Option<&ProjectFile>) -> Vec<(&'static str, Arc<Document>)> {
    let mut documents = documents(project, own);
    if let (Some(first), Some(whole)) =
        (documents.first_mut(), own.and_then(|it| it.whole.as_ref()))
    {
        first.1 = Arc::clone(whole);
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
    // What is said about a rule is in no file of the project, and no file has a level of its own.
    let path = sources.get(diagnostic.primary.span.file).map_or("", SourceFile::path);
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
    let severity = match policy.levels.assumed(&diagnostic.rule, path) {
        Some(most) if diagnostic.confidence == Confidence::Assumed => {
            severity.min(most.severity()?)
        }
        _ => severity,
    };
    let mut diagnostic = diagnostic;
    generated::say(&mut diagnostic, sources);
    let why = diagnostic.why.or_else(|| rule.map(|it| it.why.clone()));
    let url = rule.and_then(Rule::url);
    Some(Diagnostic { severity, why, url, ..diagnostic })
}

/// A diagnostic as the report has it: what fails only where nobody says that it runs is no error,
/// unless configuration gives its rule a level.
pub(crate) fn tempered(policy: &Policy, sources: &SourceMap, diagnostic: Diagnostic) -> Diagnostic {
    let path = sources.get(diagnostic.primary.span.file).map_or("", SourceFile::path);
    let is_own_level = policy.levels.level(&diagnostic.rule, path).is_some();
    if is_own_level || !assumptions::rests_on_world(&diagnostic) {
        return diagnostic;
    }
    Diagnostic { severity: diagnostic.severity.min(Severity::Warning), ..diagnostic }
}

fn rests_on_outdated(diagnostic: &Diagnostic) -> bool {
    diagnostic.facts.iter().any(|it| it.fact.origin.as_of().is_some())
}

/// Sorts by place, and makes one of what is true of several deployments that share a file.
pub(crate) fn tidy(outcome: &mut Outcome, sources: &SourceMap) {
    sort(&mut outcome.diagnostics, sources);
    outcome.diagnostics.dedup_by(|it, first| {
        let is_same = is_same(it, first);
        if is_same {
            merge(first, it);
        }
        is_same
    });
    causes::gather(&mut outcome.diagnostics, sources);
    let copies = copies::gather(&mut outcome.diagnostics, sources);
    outcome.assumptions.retain(|it| !copies.contains(&it.manifest));
    // A rule that fails on one process often fails on the next.
    sort(&mut outcome.broken, sources);
    outcome.broken.dedup_by(|it, first| is_same(it, first));
    let place = |it: &Undecided| (sources.file(it.span.file).path(), it.span.order());
    outcome.undecided.sort_by(|a, b| (place(a), &a.rule).cmp(&(place(b), &b.rule)));
}

/// Sorts by what a user sees, and takes out what two projects that share a file both say of it. Of
/// the same said of several deployments, what is certain comes first.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>, sources: &SourceMap) {
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
    diagnostics.dedup_by(|a, b| {
        is_same(a, b) && (&a.deployments, &a.process) == (&b.deployments, &b.process)
    });
}

/// Whether a reader sees no difference but in what else takes part.
pub(crate) fn is_same(a: &Diagnostic, b: &Diagnostic) -> bool {
    (&a.rule, a.primary.span, &a.message) == (&b.rule, b.primary.span, &b.message)
}

/// Makes one of two that say the same, with the deployments and the other places of both.
fn merge(first: &mut Diagnostic, other: &mut Diagnostic) {
    first.help = causes::help_of_both(first, other);
    first.deployments.append(&mut other.deployments);
    first.deployments.sort();
    first.deployments.dedup();
    for label in other.related.drain(..) {
        if !first.related.contains(&label) {
            first.related.push(label);
        }
    }
}

/// The level of a rule as its page has it.
pub fn level(policy: &Policy, rule: &str) -> Option<Level> {
    policy.rule(rule).map(|it| it.level)
}

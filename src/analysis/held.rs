//! What locked rules find in what files write, whatever an opslint.toml states that may not weaken
//! them.
//!
//! A statement counts for them where files leave something open: a default of a program, a plan that
//! nobody names, a variable that no file sets. It takes nothing away that files write.

use super::project::Resolved;
use super::worlds::Elsewhere;
use crate::check::{self, Found, OpenRules};
use crate::diagnostic::{Confidence, Diagnostic, Label, UsedFact};
use crate::fact::{Fact, OriginKind, State};
use crate::policy::rule::Rule;
use crate::project::{Lookup, Process, Project};
use crate::settings::Settings;
use crate::source::{FileId, Span};
use crate::vocabulary::FactId;

impl Elsewhere<'_> {
    /// Adds what locked rules find without what is stated against them.
    pub(super) fn hold(&self, project: &Project, found: &mut Found) {
        for (ids, surroundings) in &self.setup.held {
            let rules = check::rules_of(&self.setup.policy).into_iter();
            let rules: Vec<&Rule> = rules.filter(|it| ids.iter().any(|id| *id == *it.id)).collect();
            if rules.is_empty() {
                continue;
            }
            let settings = Settings { usual: self.usual.to_vec(), ..surroundings.settings.clone() };
            let (place, told) =
                ((self.files, self.store, self.setup), (&settings, &surroundings.catalog));
            let written = Resolved::held(place, told, self.root, self.manifests);
            let Some((written, sources)) = written.into_project() else { continue };
            let of_files = check::of_rules(&sources, &written, &rules, OpenRules::Counted);
            let stated = Stated { project, files: &self.setup.config.files };
            for mut it in of_files.diagnostics {
                let is_said = found.diagnostics.iter().any(|said| is_as_certain(said, &it));
                if !is_said && !stated.settles(&it) {
                    stated.name_in(&mut it);
                    found.diagnostics.push(it);
                }
            }
        }
    }
}

/// Whether the same rule says something of the same process, and is as certain of it.
fn is_as_certain(said: &Diagnostic, it: &Diagnostic) -> bool {
    (&said.rule, &said.process) == (&it.rule, &it.process)
        && said.deployment() == it.deployment()
        && (said.confidence == Confidence::Certain || said.confidence == it.confidence)
}

/// A project with all that is stated.
struct Stated<'a> {
    project: &'a Project,
    /// Each opslint.toml.
    files: &'a [FileId],
}

impl Stated<'_> {
    /// Whether a diagnostic rests on something that files leave open and opslint.toml states.
    fn settles(&self, diagnostic: &Diagnostic) -> bool {
        let mut settles = false;
        each(&diagnostic.facts, &mut |name, fact| {
            settles |= is_open(fact)
                && self.of(diagnostic, name).is_some_and(|it| {
                    it.state != fact.state
                        && (matches!(it.state, State::Unknown(_)) || self.place(&it).is_some())
                });
        });
        settles
    }

    /// Shows where something else is stated.
    fn name_in(&self, diagnostic: &mut Diagnostic) {
        let text = format!("does not count for `{}`, which is locked", diagnostic.rule);
        let mut labels = Vec::new();
        each(&diagnostic.facts, &mut |name, fact| {
            let stated = self.of(diagnostic, name).filter(|it| it.state != fact.state);
            let span = stated.and_then(|it| self.place(&it));
            labels.extend(span.map(|it| Label::new(it, text.clone())));
        });
        for label in labels {
            if !diagnostic.related.contains(&label) {
                diagnostic.related.push(label);
            }
        }
    }

    /// The fact of a name, with all that is stated, of the process that a diagnostic is about.
    fn of(&self, diagnostic: &Diagnostic, name: &str) -> Option<Fact> {
        let manifest = diagnostic.deployment()?;
        let mut deployments = self.project.deployments.iter().filter(|it| it.manifest == manifest);
        let is_named = |it: &&Process| Some(&it.name.value) == diagnostic.process.as_ref();
        deployments.find_map(|it| {
            let process = it.processes.iter().find(is_named);
            let facts = process.map_or(&it.facts, |it| &it.facts);
            if let Some(id) = FactId::from_name(name) {
                return facts.get(id).or_else(|| it.facts.get(id)).cloned();
            }
            match name.strip_prefix('$') {
                Some(variable) => match process?.environment.get(variable) {
                    Lookup::Set(fact) => Some(fact.clone()),
                    Lookup::Unset | Lookup::Unmentioned => None,
                },
                None => process?.settings.get(name).cloned(),
            }
        })
    }

    /// Where opslint.toml states a fact, or something behind it.
    fn place(&self, fact: &Fact) -> Option<Span> {
        let own = fact.origin.span.filter(|it| self.files.contains(&it.file));
        own.or_else(|| fact.origin.inputs.iter().find_map(|it| self.place(&it.fact)))
    }
}

/// Each fact, and each of those behind it.
fn each(facts: &[UsedFact], look: &mut dyn FnMut(&str, &Fact)) {
    for it in facts {
        look(&it.name, &it.fact);
        behind(&it.fact, look);
    }
}

fn behind(fact: &Fact, look: &mut dyn FnMut(&str, &Fact)) {
    for it in &fact.origin.inputs {
        look(&it.name, &it.fact);
        behind(&it.fact, look);
    }
}

/// Whether no file decides a value: it is a default, or what is usual.
fn is_open(fact: &Fact) -> bool {
    match fact.origin.kind {
        OriginKind::Default | OriginKind::Assumed => true,
        OriginKind::Platform | OriginKind::Outdated => !is_written(fact),
        OriginKind::Written | OriginKind::Env | OriginKind::Derived | OriginKind::Measured => false,
    }
}

fn is_written(fact: &Fact) -> bool {
    matches!(fact.origin.kind, OriginKind::Written | OriginKind::Env)
        || fact.origin.inputs.iter().any(|it| is_written(&it.fact))
}

//! What one rule makes of one process, whatever comes of it: also where it holds or does not apply.

use super::{OpenRules, Subject, Used, Verdict};
use crate::check::deployed;
use crate::diagnostic::{Diagnostic, Missing, UsedFact};
use crate::policy::rule::{On, Rule};
use crate::project::{Deployment, Project, ProjectFile};
use crate::source::SourceMap;

/// What came of a rule.
#[derive(Clone, Debug)]
pub enum Ruling {
    /// It is not about this, and why, where that can be said.
    NotApplicable(Option<String>),
    /// What it asks for is so.
    Holds,
    /// What it asks for is not so.
    Fires(Box<Diagnostic>),
    /// Too little is known.
    Undecided(Vec<Missing>),
}

impl Ruling {
    /// In a word or two.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotApplicable(_) => "does not apply",
            Self::Holds => "holds",
            Self::Fires(_) => "fires",
            Self::Undecided(_) => "cannot be decided",
        }
    }
}

/// A rule at one place, with the facts that it looked at.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What came of it.
    pub ruling: Ruling,
    /// What it looked at.
    pub facts: Vec<UsedFact>,
}

/// A rule beside a process.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Path of the manifest.
    pub manifest: String,
    /// Name of the process.
    pub process: String,
    /// The world that is taken for granted, in a few words.
    pub taken: Option<String>,
    /// What came of it, one for each place that the rule selects; none for a rule that opslint's
    /// own code raises.
    pub traces: Vec<Trace>,
    /// What comes of it in the other worlds that the files allow.
    pub worlds: Vec<InWorld>,
}

/// A rule beside a process in another world.
#[derive(Clone, Debug)]
pub struct InWorld {
    /// The world in a few words.
    pub label: String,
    /// What comes of it there.
    pub traces: Vec<Trace>,
}

/// What a rule makes of a process: one for each place that it selects. Of a rule about deployments,
/// what it makes of that of the process; of one about files or projects, what it says of them.
pub(crate) fn of_process(
    sources: &SourceMap,
    project: &Project,
    rule: &Rule,
    deployment: &Deployment,
    process: &str,
) -> Vec<Trace> {
    let Some(check) = &rule.check else { return Vec::new() };
    if matches!(check.on, On::File | On::Project) {
        let found = crate::check::of_rules(sources, project, &[rule], OpenRules::Explained);
        let facts = |it: &Diagnostic| it.facts.clone();
        let fires = found.diagnostics.into_iter();
        let fires =
            fires.map(|it| Trace { facts: facts(&it), ruling: Ruling::Fires(Box::new(it)) });
        let open = found.undecided.into_iter();
        let open = open
            .map(|it| Trace { ruling: Ruling::Undecided(it.missing.to_vec()), facts: Vec::new() });
        let all: Vec<Trace> = fires.chain(open).collect();
        return match all.is_empty() {
            true => vec![Trace { ruling: Ruling::Holds, facts: Vec::new() }],
            false => all,
        };
    }
    let is_manifest = |it: &&ProjectFile| sources.file(it.file).path() == deployment.manifest;
    let files = deployed(project, project.files.iter().find(is_manifest));
    let subject = match check.on {
        On::Process => {
            let named = deployment.processes.iter().find(|it| it.name.value == process);
            let Some(process) = named else { return Vec::new() };
            Subject::process(OpenRules::Explained, &files, deployment, process)
        }
        _ => Subject::deployment(OpenRules::Explained, &files, deployment),
    };
    subject.trace(rule)
}

impl Subject<'_> {
    fn trace(&self, rule: &Rule) -> Vec<Trace> {
        let Some(check) = &rule.check else { return Vec::new() };
        let names = check.names();
        let mut all = Vec::new();
        self.each_selected(check, &names, |selected| {
            let scope = self.scope(selected.it);
            // A rule that cannot be evaluated is told by `check`.
            let Ok(verdict) = self.judge(rule, check, &names, &scope, &selected) else {
                return;
            };
            let ruling = match verdict {
                Verdict::NotApplicable => {
                    Ruling::NotApplicable(self.inapplicable(check, &names, selected.it))
                }
                // What nobody can ask for holds for a run, and is nothing that somebody was told.
                Verdict::Holds => match self.inapplicable(check, &names, selected.it) {
                    Some(reason) => Ruling::NotApplicable(Some(reason)),
                    None => Ruling::Holds,
                },
                Verdict::Fires(diagnostic) => Ruling::Fires(diagnostic),
                Verdict::Undecided(gaps) => {
                    Ruling::Undecided(gaps.iter().map(|it| self.missing(it)).collect())
                }
            };
            let mut facts: Vec<UsedFact> = Vec::new();
            for it in self.used(&scope).iter().map(Used::kept) {
                if facts.iter().all(|other| other.name != it.name) {
                    facts.push(it);
                }
            }
            all.push(Trace { ruling, facts });
        });
        all
    }
}

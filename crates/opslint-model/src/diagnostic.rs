//! What opslint says, before it is printed.
//!
//! Every stage makes the same [`Diagnostic`]; only `report` turns it into bytes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;

use crate::fact::{Fact, Unknown};
use crate::fix::{Change, Fix, Proposal, Safety};
use crate::source::{FileId, Span};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It will hurt under load or cost money.
    Warning,
    /// It will fail or be killed.
    Error,
}

impl Severity {
    /// Every severity with its name, mildest first.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Info, "info"), (Self::Warning, "warning"), (Self::Error, "error")];

    /// The name in output and configuration.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The severity of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(severity, _)| *severity)
    }
}

/// Whether an assumption took part in a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Every fact used is written, a default, or a published limit.
    Certain,
    /// At least one fact used is an assumption.
    Assumed,
}

/// A place in a file and what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is here; may be empty.
    pub text: String,
}

impl Label {
    /// A place and what is to be seen there.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// A fact that a rule used, as shown beside the message.
#[derive(Clone, Debug)]
pub struct UsedFact {
    /// Name in the vocabulary, of a setting, or of a variable as `$NAME`.
    pub name: String,
    /// The fact. Shared: many rules ask for the same ones.
    pub fact: Arc<Fact>,
}

/// One thing that opslint says about a project.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Id of the rule: the stem of its file in `rules/`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether an assumption took part.
    pub confidence: Confidence,
    /// What is wrong, in one line that makes sense alone.
    pub message: String,
    /// Why it matters.
    pub why: Option<Cow<'static, str>>,
    /// What to do.
    pub help: Option<String>,
    /// The rule's page.
    pub url: Option<String>,
    /// The manifests of the deployments this is true for, as paths, sorted. None when it is about a
    /// file as it is written.
    pub deployments: Vec<String>,
    /// The process this is about, in the first of them.
    pub process: Option<String>,
    /// The place that a user would change first.
    pub primary: Label,
    /// Other places, in any file, that take part.
    pub related: Vec<Label>,
    /// The facts used, in the order of the rule's expressions.
    pub facts: Vec<UsedFact>,
    /// Names of facts that no file says, and that make no difference: it is so whatever they are.
    pub whatever: BTreeSet<String>,
    /// What it is about where the label does not show it: the key that is missing. May be empty.
    pub about: String,
    /// What its fingerprint depends on beside names and paths; empty until the files were looked at.
    /// Its parts have a zero between them: one text weighs a tenth of a list of them.
    pub identity: Box<str>,
    /// What would fix it, best first; none are left once the files were looked at.
    pub proposals: Vec<Proposal>,
    /// What fixes it, best first; empty until the files were looked at.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// The first manifest of those this is true for.
    pub fn deployment(&self) -> Option<&str> {
        self.deployments.first().map(String::as_str)
    }

    /// Every file that takes part: those of its labels, and those its facts come from.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let labels = iter::once(&self.primary).chain(&self.related).map(|it| it.span.file);
        let mut files = Vec::new();
        self.facts.iter().for_each(|it| files_of(&mut files, &it.fact));
        labels.chain(files)
    }

    /// A certain diagnostic with one label. `rule` is the stem of a file in `rules/`; the level in
    /// that file or in the user's configuration replaces `severity`, and `why` comes from there.
    pub fn new(
        rule: impl Into<String>,
        severity: Severity,
        message: impl Into<String>,
        primary: Label,
    ) -> Self {
        Self {
            rule: rule.into(),
            severity,
            confidence: Confidence::Certain,
            message: message.into(),
            why: None,
            help: None,
            url: None,
            deployments: Vec::new(),
            process: None,
            primary,
            related: Vec::new(),
            facts: Vec::new(),
            whatever: BTreeSet::new(),
            about: String::new(),
            identity: Box::default(),
            proposals: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Says what it is about where the label does not show it.
    #[must_use]
    pub fn about(mut self, what: impl Into<String>) -> Self {
        self.about = what.into();
        self
    }

    /// Adds what would fix it.
    #[must_use]
    pub fn with_fix(mut self, title: impl Into<String>, safety: Safety, change: Change) -> Self {
        self.proposals.push(Proposal::new(title, safety, change));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a place that takes part.
    #[must_use]
    pub fn with_related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label::new(span, text));
        self
    }
}

/// The files that a fact comes from, and those of what it was computed from.
fn files_of(acc: &mut Vec<FileId>, fact: &Fact) {
    acc.extend(fact.origin.span.map(|it| it.file));
    fact.origin.inputs.iter().for_each(|it| files_of(acc, &it.fact));
}

/// A rule that could not be decided, because a fact it needs is not known.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// Id of the rule. Of our own, it is no copy: a run has more of these than of anything else.
    pub rule: Cow<'static, str>,
    /// What it was asked of; `None` for a file. All rules that were asked of one thing share it.
    pub asked: Option<Arc<Asked>>,
    /// Where a label would go: the process or deployment in its manifest.
    pub span: Span,
    /// What is missing, in the order of the rule's expressions. Shared: most rules that are open on
    /// one thing wait for the same fact.
    pub missing: Arc<[Missing]>,
}

impl Undecided {
    /// The manifest of the deployment.
    pub fn deployment(&self) -> Option<&str> {
        self.asked.as_ref().map(|it| it.deployment.as_str())
    }

    /// The process.
    pub fn process(&self) -> Option<&str> {
        self.asked.as_ref()?.process.as_deref()
    }
}

/// A deployment, or a process of it, that a rule was asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The manifest.
    pub deployment: String,
    /// The process; `None` where the rule is about the deployment.
    pub process: Option<String>,
}

/// A fact that a rule needed and that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name as the rule wrote it.
    pub name: String,
    /// Why it is not known, and what would settle it.
    pub unknown: Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_names_round_trip() {
        for (severity, name) in Severity::ALL {
            assert_eq!(severity.name(), name);
            assert_eq!(Severity::from_name(name), Some(severity));
        }
    }
}

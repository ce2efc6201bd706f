//! What a run found out, as it may be shown. Reports take nothing else, so that none of them can
//! print a secret.

use super::edits::drop_secret;
use super::redact::Redactor;
use crate::diagnostic::Diagnostic;
use crate::outcome::Outcome;
use crate::plan::OtherWorld;
use crate::project::Project;
use crate::secret::Secrets;
use crate::source::SourceMap;

/// Whether values that look like secrets are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowSecrets {
    /// Stars stand for them.
    Never,
    /// As they are: the user asked for it.
    Always,
}

/// An outcome or projects, and the sources they point into, ready to be printed.
#[derive(Debug)]
pub struct Shown<T> {
    /// What was found out.
    pub(crate) what: T,
    /// The texts, in which every place is where it was.
    pub(crate) sources: SourceMap,
}

/// A diagnostic as it may be shown, of an outcome whose other parts are not.
pub(crate) fn without_secrets(it: &Diagnostic, secrets: &Secrets) -> Diagnostic {
    let mut it = it.clone();
    Redactor::new(secrets).diagnostic(&mut it);
    it
}

impl Shown<Outcome> {
    /// An outcome without its secrets.
    pub fn outcome(mut outcome: Outcome, sources: &SourceMap, show: ShowSecrets) -> Self {
        let secrets = std::mem::take(&mut outcome.secrets);
        let sources = match show {
            ShowSecrets::Always => sources.map_texts(|_, _| None),
            ShowSecrets::Never => {
                Redactor::outcome(&secrets, &mut outcome);
                for it in &mut outcome.diagnostics {
                    drop_secret(it, &secrets, sources);
                }
                secrets.mask_sources(sources)
            }
        };
        Self { what: outcome, sources }
    }

    /// The outcome, to judge it.
    pub fn get(&self) -> &Outcome {
        &self.what
    }
}

impl Shown<Vec<Project>> {
    /// The projects, without their secrets.
    pub fn get_projects(&self) -> &[Project] {
        &self.what
    }

    /// Projects without their secrets.
    pub fn projects(
        mut projects: Vec<Project>,
        sources: &SourceMap,
        secrets: &Secrets,
        show: ShowSecrets,
    ) -> Self {
        let sources = match show {
            ShowSecrets::Always => sources.map_texts(|_, _| None),
            ShowSecrets::Never => {
                projects.iter_mut().for_each(|it| Redactor::new(secrets).project(it));
                secrets.mask_sources(sources)
            }
        };
        Self { what: projects, sources }
    }
}

/// What processes run with in other worlds, ready to be printed.
#[derive(Debug, Default)]
pub struct ShownWorlds(pub(crate) Vec<OtherWorld>);

impl ShownWorlds {
    /// Worlds without the secrets of their files.
    pub fn new(mut worlds: Vec<OtherWorld>, secrets: &Secrets, show: ShowSecrets) -> Self {
        if show == ShowSecrets::Never {
            worlds.iter_mut().for_each(|it| Redactor::new(secrets).world(it));
        }
        Self(worlds)
    }
}

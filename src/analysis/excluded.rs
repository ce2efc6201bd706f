//! Files that `exclude` of opslint.toml or a file to ignore leaves out, and the locked rules that look
//! at them all the same: who may not lower a rule may not take its files away either.

use super::setup::Setup;
use crate::diagnostic::{Diagnostic, Undecided};
use crate::discover::Found;
use crate::outcome::Outcome;
use crate::source::{FileId, SourceMap};

/// Whether a file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exclusion {
    /// It is not.
    Nothing,
    /// For every rule but those that are locked against whoever leaves it out.
    ButLocked,
    /// For every rule.
    Whole,
}

impl Setup {
    /// Whether configuration leaves out the file at a path. What the user has named is checked.
    pub(super) fn exclusion(&self, found: &Found, path: &str) -> Exclusion {
        if found.only.iter().any(|it| it == path) {
            return Exclusion::Nothing;
        }
        let is_below = |folder: &&String| {
            path.strip_prefix(folder.as_str()).is_some_and(|it| it.starts_with('/'))
        };
        let named = found.folders.iter().filter(is_below);
        let is_hidden = found.hidden.binary_search_by(|it| it.as_str().cmp(path)).is_ok();
        let mut exclusion = if is_hidden { Exclusion::ButLocked } else { Exclusion::Nothing };
        for place in self.config.excluding(path) {
            // A folder that is named is looked into, though a search would have passed it over.
            let is_out = |it: &str| self.config.excluding(it).any(|it| it == place);
            if named.clone().any(|it| is_out(it) || is_out(&format!("{it}/any"))) {
                continue;
            }
            if self.locks_hold_against(place) {
                exclusion = Exclusion::ButLocked;
            } else {
                return Exclusion::Whole;
            }
        }
        exclusion
    }

    fn locks_hold_against(&self, place: usize) -> bool {
        let locks = &self.policy.locks;
        locks.rules().any(|it| !self.config.may_decide(place, it, locks))
    }

    /// Takes out what is said of files that are left out.
    pub(super) fn leave_out(&self, found: &Found, outcome: &mut Outcome, sources: &SourceMap) {
        if !self.config.excludes() && found.hidden.is_empty() {
            return;
        }
        let is_kept = |rule: &str, file: FileId| {
            let path = sources.get(file).map_or("", |it| it.path());
            match self.exclusion(found, path) {
                Exclusion::Nothing => true,
                Exclusion::ButLocked => self.policy.locks.owner(rule).is_some(),
                Exclusion::Whole => false,
            }
        };
        outcome.diagnostics.retain(|it: &Diagnostic| is_kept(&it.rule, it.primary.span.file));
        outcome.undecided.retain(|it: &Undecided| is_kept(&it.rule, it.span.file));
    }
}

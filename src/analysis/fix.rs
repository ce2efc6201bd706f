//! Fixes what can be fixed, in rounds: a fix may make room for the next, and what overlaps waits.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Analysis, Checked, Judgement, Scope};
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::fixes;

/// Rounds at most: real files need two or three, and two rules that undo each other need no end.
const ROUNDS_MAX: usize = 12;

/// Which fixes are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Whether those that change what runs are wanted too.
    pub with_unsafe: bool,
    /// Only those of these rules; of all, without one.
    pub only: Vec<String>,
    /// Only in the files at these paths; everywhere, without one.
    pub files: Option<HashSet<String>>,
}

/// What came of fixing.
#[derive(Debug)]
pub struct Applied {
    /// The files that are different, by path.
    pub changed: BTreeMap<String, Changed>,
    /// How often each rule was fixed.
    pub fixed: BTreeMap<String, usize>,
    /// What is left to be said, about the new texts.
    pub left: Checked,
    /// Fixes that were not made, because more than they say would have changed.
    pub refused: Vec<Refused>,
}

/// The texts of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Before.
    pub old: Arc<str>,
    /// Behind the last round.
    pub new: Arc<str>,
}

/// A fix that was not made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// The rule.
    pub rule: String,
    /// The file.
    pub path: String,
    /// What it would have done.
    pub title: String,
}

impl Selection {
    /// The first fix of a diagnostic that is wanted.
    fn choose<'d>(&self, diagnostic: &'d Diagnostic) -> Option<&'d Fix> {
        if !self.only.is_empty() && !self.only.contains(&diagnostic.rule) {
            return None;
        }
        // The first is the best one: another is not taken because it is safer.
        let fix = diagnostic.fixes.first()?;
        (self.with_unsafe || fix.safety == Safety::Safe).then_some(fix)
    }
}

impl Analysis {
    /// Applies the fixes that are wanted to the texts that this analysis works with, until there are
    /// none left. Nothing is written to any file.
    ///
    /// # Errors
    /// As [`Analysis::check`] and [`Analysis::set_text`].
    pub fn fix(
        &mut self,
        scope: &Scope,
        judgement: &Judgement,
        selection: &Selection,
    ) -> anyhow::Result<Applied> {
        let mut changed: BTreeMap<String, Changed> = BTreeMap::new();
        let mut fixed = BTreeMap::new();
        let mut refused: Vec<Refused> = Vec::new();
        // The same text twice means that two rules disagree.
        let mut seen: HashSet<(Arc<str>, String)> = HashSet::new();
        // What was tried and did not help.
        let mut useless: HashSet<Try> = HashSet::new();
        let mut left = self.check(scope, judgement)?;
        for _ in 0..ROUNDS_MAX {
            let (rewritten, tries) = {
                let wanted: Vec<(&Diagnostic, &Fix)> = left
                    .outcome
                    .diagnostics
                    .iter()
                    .filter_map(|it| Some((it, selection.choose(it)?)))
                    .filter(|(_, it)| self.may_change(it, &left, selection))
                    .filter(|(it, fix)| !useless.contains(&Try::new(it, fix)))
                    .collect();
                let fixes: Vec<&Fix> = wanted.iter().map(|(_, fix)| *fix).collect();
                let rewritten = fixes::apply(&fixes, &left.sources);
                refused.extend(rewritten.refused.iter().map(|it| said(wanted[*it], &left)));
                let is_new = |(path, text): (&Arc<str>, &String)| {
                    seen.insert((Arc::clone(path), text.clone()))
                };
                if rewritten.texts.is_empty() || !rewritten.texts.iter().all(is_new) {
                    break;
                }
                let made = rewritten.applied.iter().map(|idx| wanted[*idx]);
                let tries: Vec<Try> = made.map(|(it, fix)| Try::new(it, fix)).collect();
                (rewritten, tries)
            };
            let before: Vec<(Arc<str>, Arc<str>)> = rewritten
                .texts
                .keys()
                .map(|path| (Arc::clone(path), self.text(path).unwrap_or_default()))
                .collect();
            let count = |checked: &Checked, it: &Try| {
                let all = checked.outcome.diagnostics.iter();
                all.filter(|other| it.is_about(other)).count()
            };
            let counts: Vec<usize> = tries.iter().map(|it| count(&left, it)).collect();
            for (path, text) in rewritten.texts {
                let old = self.text(&path).unwrap_or_default();
                let new: Arc<str> = Arc::from(text.as_str());
                changed
                    .entry(path.to_string())
                    .and_modify(|it| it.new = Arc::clone(&new))
                    .or_insert(Changed { old, new });
                self.set_text(&path, Some(text))?;
            }
            let then = self.check(scope, judgement)?;
            let failed: Vec<&Try> = std::iter::zip(&tries, &counts)
                .filter(|(it, before)| count(&then, it) >= **before)
                .map(|(it, _)| it)
                .collect();
            if failed.is_empty() {
                for it in tries {
                    *fixed.entry(it.rule).or_default() += 1;
                }
                left = then;
                continue;
            }
            // The round is made again without what does not help.
            useless.extend(failed.into_iter().cloned());
            for (path, old) in before {
                if let Some(it) = changed.get_mut(path.as_ref()) {
                    it.new = Arc::clone(&old);
                }
                self.set_text(&path, Some(old.to_string()))?;
            }
        }
        changed.retain(|_, it| it.old != it.new);
        refused.sort();
        refused.dedup();
        Ok(Applied { changed, fixed, left, refused })
    }

    /// Whether every file of a fix is one of those that may be changed.
    fn may_change(&self, fix: &Fix, checked: &Checked, selection: &Selection) -> bool {
        fix.edits.iter().all(|it| {
            let Some(file) = checked.sources.get(it.span.file) else { return false };
            let is_wanted = selection.files.as_ref().is_none_or(|it| it.contains(file.path()));
            // What opslint.toml has above the project, and what is outside, is not ours to change.
            is_wanted && !file.is_own() && !file.path().starts_with("..")
        })
    }
}

/// A fix as it is known from one round to the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Try {
    rule: String,
    deployments: Vec<String>,
    process: Option<String>,
    /// With the values in it: a fix that changes one is a step.
    message: String,
    about: String,
    title: String,
}

impl Try {
    fn new(it: &Diagnostic, fix: &Fix) -> Self {
        Self {
            rule: it.rule.clone(),
            deployments: it.deployments.clone(),
            process: it.process.clone(),
            message: it.message.clone(),
            about: it.about.clone(),
            title: fix.title.clone(),
        }
    }

    fn is_about(&self, it: &Diagnostic) -> bool {
        (&self.rule, &self.message, &self.about) == (&it.rule, &it.message, &it.about)
            && (&self.deployments, &self.process) == (&it.deployments, &it.process)
    }
}

fn said((diagnostic, fix): (&Diagnostic, &Fix), checked: &Checked) -> Refused {
    let file = fix.edits.first().map_or(diagnostic.primary.span.file, |it| it.span.file);
    Refused {
        rule: diagnostic.rule.clone(),
        path: checked.sources.file(file).path().to_owned(),
        title: fix.title.clone(),
    }
}

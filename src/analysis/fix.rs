//! Fixes what can be fixed, in rounds: a fix may make room for the next, and what overlaps waits.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Analysis, Checked, Judgement, Scope};
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::fixes;
use crate::keys::UNKNOWN_KEY;

/// Rounds at most: real files need two or three, and what does not help or is undone by another
/// fix costs one more.
const ROUNDS_MAX: usize = 24;

/// What it costs to check a project again, as a multiple of what it costs to read the files that
/// are different.
const LOOK_COST: usize = 8;

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
        let mut state = State::default();
        let mut refused: Vec<Refused> = Vec::new();
        // The rounds that count, each with what was before it.
        let mut rounds: Vec<Round> = Vec::new();
        // What was tried and did not help.
        let mut useless: HashSet<Try> = HashSet::new();
        let mut left = self.check(scope, judgement)?;
        let mut effort = fixes::Effort::new();
        for _ in 0..ROUNDS_MAX {
            let (texts, tries) = {
                let mut wanted: Vec<(&Diagnostic, &Fix)> = left
                    .outcome
                    .diagnostics
                    .iter()
                    .filter_map(|it| Some((it, selection.choose(it)?)))
                    .filter(|(_, it)| self.may_change(it, &left, selection))
                    .filter(|(it, fix)| !useless.contains(&Try::new(it, fix)))
                    .collect();
                // What is misspelt is there, and others miss it: with its right name they may not.
                wanted.sort_by_key(|(it, _)| it.rule != UNKNOWN_KEY);
                let fixes: Vec<&Fix> = wanted.iter().map(|(_, fix)| *fix).collect();
                let rewritten = fixes::apply(&fixes, &left.sources, &mut effort);
                refused.extend(rewritten.refused.iter().map(|it| said(wanted[*it], &left)));
                let made = rewritten.applied.iter().map(|idx| wanted[*idx]);
                let tries: Vec<(Try, HashSet<String>)> =
                    made.map(|(it, fix)| (Try::new(it, fix), paths(fix, &left))).collect();
                (rewritten.texts, tries)
            };
            // Whoever fixes looks at the new texts again, which costs more than to read them.
            let len: usize = texts.values().map(String::len).sum();
            if texts.is_empty() || !effort.spend(len * LOOK_COST) {
                break;
            }
            rounds.push(Round { before: state.clone(), tries });
            // Fixes that disagree about a file are not made; those of other files are.
            if let Some((first, undone)) = repeated(&rounds, &texts) {
                useless.extend(undone);
                let before = rounds.swap_remove(first).before;
                rounds.truncate(first);
                if self.go_back(&mut state, before)? {
                    left = self.check(scope, judgement)?;
                }
                continue;
            }
            self.rewrite(&mut state, texts, &left)?;
            let then = self.check(scope, judgement)?;
            let Some(round) = rounds.last() else { break };
            let made = || round.tries.iter().map(|(it, _)| it);
            let failed: Vec<Try> =
                made().filter(|it| it.count(&then) >= it.count(&left)).cloned().collect();
            if failed.is_empty() {
                for it in made() {
                    *state.fixed.entry(it.rule.clone()).or_default() += 1;
                }
                left = then;
                continue;
            }
            // The round is made again without what does not help.
            useless.extend(failed);
            if let Some(round) = rounds.pop() {
                self.go_back(&mut state, round.before)?;
            }
        }
        let State { mut changed, fixed } = state;
        changed.retain(|_, it| it.old != it.new);
        refused.sort();
        refused.dedup();
        Ok(Applied { changed, fixed, left, refused })
    }

    /// Takes new texts of files. The old ones are those that the edits were made in: a file that is
    /// read once more may be another one by now, which must not be written over.
    fn rewrite(
        &mut self,
        state: &mut State,
        texts: BTreeMap<Arc<str>, String>,
        checked: &Checked,
    ) -> anyhow::Result<()> {
        for (path, text) in texts {
            let edited = checked.sources.iter().find(|(_, it)| it.path() == path.as_ref());
            let old = edited.map_or_else(Arc::default, |(_, it)| Arc::from(it.text()));
            let new: Arc<str> = Arc::from(text.as_str());
            state
                .changed
                .entry(path.to_string())
                .and_modify(|it| it.new = Arc::clone(&new))
                .or_insert(Changed { old, new });
            self.set_text(&path, Some(text))?;
        }
        Ok(())
    }

    /// Takes the texts of files that were before. Says whether any is another.
    fn go_back(&mut self, state: &mut State, before: State) -> anyhow::Result<bool> {
        let mut is_other = false;
        for (path, it) in &state.changed {
            let then = before.changed.get(path).map_or(&it.old, |it| &it.new);
            if *then != it.new {
                self.set_text(path, Some(then.to_string()))?;
                is_other = true;
            }
        }
        *state = before;
        Ok(is_other)
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

/// How far the fixes are.
#[derive(Clone, Debug, Default)]
struct State {
    changed: BTreeMap<String, Changed>,
    /// How often each rule was fixed.
    fixed: BTreeMap<String, usize>,
}

/// Fixes that were made at once.
#[derive(Debug)]
struct Round {
    before: State,
    /// Each with the paths of the files that it changed.
    tries: Vec<(Try, HashSet<String>)>,
}

/// Where new texts, which the last round would give, would make a file as it was before another
/// one: the first such round, and what both and those between them did to that file, which comes
/// to nothing.
fn repeated(rounds: &[Round], texts: &BTreeMap<Arc<str>, String>) -> Option<(usize, Vec<Try>)> {
    let now = &rounds.last()?.before.changed;
    let mut first: Option<(usize, &str)> = None;
    for (path, text) in texts {
        // A file that was never changed cannot become what it was.
        let Some(Changed { old, .. }) = now.get(path.as_ref()) else { continue };
        let is_same = |it: &Round| {
            let known = it.before.changed.get(path.as_ref()).map_or(old, |it| &it.new);
            known.as_ref() == text
        };
        let found = rounds.iter().position(is_same).map(|idx| (idx, path.as_ref()));
        first = [first, found].into_iter().flatten().min();
    }
    let (first, path) = first?;
    let tries = rounds.get(first..)?.iter().flat_map(|it| &it.tries);
    let undone = tries.filter(|(_, paths)| paths.contains(path));
    Some((first, undone.map(|(it, _)| it.clone()).collect()))
}

/// The paths of the files that a fix changes.
fn paths(fix: &Fix, checked: &Checked) -> HashSet<String> {
    fix.edits.iter().map(|it| checked.sources.file(it.span.file).path().to_owned()).collect()
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

    /// How often what it is about is said.
    fn count(&self, checked: &Checked) -> usize {
        checked.outcome.diagnostics.iter().filter(|it| self.is_about(it)).count()
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

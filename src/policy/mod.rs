//! Rule files and opslint.toml → a policy that is ready to run.

mod builtin;
pub mod config;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::formats;
use crate::source::{FileId, SourceFile, SourceMap};

pub use opslint_policy::rule_file::INVALID_RULE;
pub(crate) use opslint_policy::{expression, rule_file, strict};
pub use opslint_policy::{levels, needs, offer, rule, rule_keys};

use config::Locks;
use levels::Levels;
use rule::Rule;

/// The rules of a run and how bad each of them is.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Rules, sorted by id. A user's rule replaces ours of the same id.
    pub rules: Vec<Rule>,
    /// What configuration says about levels.
    pub levels: Levels,
    /// Who brought the locked rules.
    pub locks: Locks,
}

impl Policy {
    /// The rules that come with opslint, without their examples. Tests check their expressions, so
    /// loading does not.
    pub fn builtin(acc: &mut Vec<Diagnostic>) -> Self {
        let mut policy = Self::default();
        policy.rules.reserve_exact(builtin::RULES.len());
        for (idx, it) in builtin::RULES.iter().enumerate() {
            let file = FileId::embedded(idx);
            let rule = it.rule(file).or_else(|| rule_file::rule(acc, it.id, file, it.text));
            policy.rules.extend(rule);
        }
        policy
    }

    /// The rules that come with opslint, examples included.
    pub fn builtin_with_examples(acc: &mut Vec<Diagnostic>) -> Self {
        let mut policy = Self::default();
        for (idx, it) in builtin::RULES.iter().enumerate() {
            policy.rules.extend(rule_file::rule(acc, it.id, FileId::embedded(idx), it.text));
        }
        policy
    }

    /// The file of a rule that comes with opslint. No path of a user's is like its path.
    pub fn embedded(file: FileId) -> Option<SourceFile> {
        let it = builtin::RULES.get(file.embedded_idx()?)?;
        Some(SourceFile::new(it.path(), it.text))
    }

    /// Adds the texts of those files among `files` that are of rules which come with opslint.
    pub fn add_embedded(sources: &mut SourceMap, files: impl Iterator<Item = FileId>) {
        for file in files {
            if let Some(source) = Self::embedded(file) {
                sources.insert(file, Arc::new(source));
            }
        }
    }

    /// Adds a user's rule file, its expressions checked. Mistakes are added to `acc`.
    pub fn add(&mut self, acc: &mut Vec<Diagnostic>, file: FileId, path: &str, text: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let id = name.strip_suffix(".toml").unwrap_or(name);
        let Some(rule) = rule_file::rule(acc, id, file, text) else { return };
        let before = acc.len();
        rule_file::check_expressions(acc, &rule, &formats::NAMES);
        if acc.len() > before {
            return;
        }
        self.replace(rule);
    }

    /// Adds a rule, in the place of one with the same id if there is one.
    pub(crate) fn replace(&mut self, rule: Rule) {
        match self.rules.binary_search_by(|it| it.id.cmp(&rule.id)) {
            Ok(idx) => self.rules[idx] = rule,
            Err(idx) => self.rules.insert(idx, rule),
        }
    }

    /// The rule of an id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        let idx = self.rules.binary_search_by(|it| it.id.as_ref().cmp(id)).ok()?;
        self.rules.get(idx)
    }

    /// Adds comparisons of users' rules that can never be true, for these are the platforms that
    /// there are. Rules of ours were checked by a test.
    pub fn check_platforms(&self, acc: &mut Vec<Diagnostic>, platforms: &[&str]) {
        let own = self.rules.iter().filter(|it| it.file.embedded_idx().is_none());
        own.for_each(|it| strict::check(acc, it, platforms));
    }

    /// Checks the expressions of every rule.
    pub fn check_expressions(&self, acc: &mut Vec<Diagnostic>) {
        self.rules.iter().for_each(|it| rule_file::check_expressions(acc, it, &formats::NAMES));
    }
}

//! What is found → suppressions with one reason, as comments, and in opslint.toml where a file has
//! no place for one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::bail;

use super::fix::Changed;
use super::{Analysis, Checked, Judgement, Scope};
use crate::diagnostic::Diagnostic;
use crate::fixes;
use crate::policy::config::{FILE_NAME, toml_text};

/// What came of a wish to allow what is found.
#[derive(Debug)]
pub struct Allowed {
    /// The files that are different, by path; one without an old text is new.
    pub changed: BTreeMap<String, Changed>,
    /// How many diagnostics a comment allows.
    pub by_comment: usize,
    /// How many diagnostics opslint.toml allows.
    pub by_config: usize,
    /// What is left to be said, about the new texts.
    pub left: Checked,
}

/// What tells diagnostics apart before and behind a change: lines move.
type Key = (String, String, String);

/// What was tried to be allowed by comments.
type Tried = BTreeSet<Key>;

impl Analysis {
    /// Allows everything that is found, in the texts that this analysis works with. Nothing is
    /// written to any file. What cannot be allowed, such as a locked rule, is left.
    ///
    /// # Errors
    /// As [`Analysis::check`] and [`Analysis::set_text`]; when the reason says nothing; when
    /// opslint.toml, which would have to change, is outside of the folder.
    pub fn allow(
        &mut self,
        scope: &Scope,
        judgement: &Judgement,
        reason: &str,
    ) -> anyhow::Result<Allowed> {
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        if !reason.contains(char::is_alphanumeric) {
            bail!("a reason says why this is meant, such as \"accepted until the move in May\"");
        }
        let before = self.check(scope, judgement)?;
        let known: BTreeSet<Key> =
            before.outcome.diagnostics.iter().map(|it| key(&before, it)).collect();
        let mut changed: BTreeMap<String, Changed> = BTreeMap::new();
        let mut refused = Tried::new();
        let (tried, mut left) = loop {
            let tried = self.comment(&before, &reason, &refused, &mut changed)?;
            let left = self.check(scope, judgement)?;
            let wrong = misfired(&left, &known, &tried, &changed);
            if wrong.is_empty() {
                break (tried, left);
            }
            refused.extend(wrong);
            // Each round tries less than the one before.
            for (path, it) in std::mem::take(&mut changed) {
                self.set_text(&path, Some(it.old.to_string()))?;
            }
        };
        let by_comment = before.found().filter(|it| tried.contains(&key(&before, it))).count();
        let by_config = self.entries(scope, judgement, &reason, &mut left, &mut changed)?;
        changed.retain(|_, it| it.old != it.new);
        Ok(Allowed { changed, by_comment, by_config, left })
    }

    /// Writes comments for all that was found and not refused, and says for what.
    fn comment(
        &mut self,
        before: &Checked,
        reason: &str,
        refused: &Tried,
        changed: &mut BTreeMap<String, Changed>,
    ) -> anyhow::Result<Tried> {
        let mut by_line: BTreeMap<(String, usize), Vec<&Diagnostic>> = BTreeMap::new();
        for it in before.found().filter(|it| !refused.contains(&key(before, it))) {
            let Some(edit) = fixes::allow(it, &[&it.rule], reason, &before.sources) else {
                continue;
            };
            let path = before.sources.file(edit.span.file).path().to_owned();
            if !path.starts_with("..") && !before.sources.file(edit.span.file).is_own() {
                by_line.entry((path, edit.span.range().start)).or_default().push(it);
            }
        }
        let mut tried = Tried::new();
        let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
        // The last lines first, so that the places of the others stay.
        for ((path, _), them) in by_line.iter().rev() {
            let mut rules: Vec<&str> = them.iter().map(|it| it.rule.as_str()).collect();
            rules.sort_unstable();
            rules.dedup();
            let first =
                them.first().and_then(|it| fixes::allow(it, &rules, reason, &before.sources));
            let Some(edit) = first else { continue };
            let old = before.sources.file(edit.span.file).text();
            let (_, new) =
                texts.entry(path.clone()).or_insert_with(|| (old.to_owned(), old.to_owned()));
            new.replace_range(edit.span.range(), &edit.text);
            tried.extend(them.iter().map(|it| key(before, it)));
        }
        for (path, (old, new)) in texts {
            let texts = Changed { old: Arc::from(old), new: Arc::from(new.as_str()) };
            changed.insert(path.clone(), texts);
            self.set_text(&path, Some(new))?;
        }
        Ok(tried)
    }

    /// Adds an entry to opslint.toml for what is left; how many diagnostics that allows.
    fn entries(
        &mut self,
        scope: &Scope,
        judgement: &Judgement,
        reason: &str,
        left: &mut Checked,
        changed: &mut BTreeMap<String, Changed>,
    ) -> anyhow::Result<usize> {
        let found = left.found().count();
        let locks = |rule: &str| self.setup.policy.rule(rule).is_some_and(|it| it.locked);
        let mut wanted: BTreeSet<(String, String, Option<String>)> = left
            .found()
            .filter(|it| !locks(&it.rule))
            .map(|it| (it.rule.clone(), path(left, it), it.process.clone()))
            .collect();
        if wanted.is_empty() {
            return Ok(0);
        }
        let config = self.config_path()?;
        let folder = config.strip_suffix(FILE_NAME).unwrap_or_default().to_owned();
        let old = self.text(&config).unwrap_or_default();
        // What an entry does not hold back is not suppressed by any; it is left out again.
        for _ in 0..2 {
            let entries: String = wanted.iter().map(|it| entry(it, &folder, reason)).collect();
            let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
            let new = format!("{old}{gap}{entries}");
            self.set_text(&config, Some(new.clone()))?;
            let texts = Changed { old: Arc::clone(&old), new: Arc::from(new) };
            changed.insert(config.clone(), texts);
            *left = self.check(scope, judgement)?;
            let still: BTreeSet<_> = left
                .found()
                .map(|it| (it.rule.clone(), path(left, it), it.process.clone()))
                .collect();
            let count = wanted.len();
            wanted.retain(|it| !still.contains(it));
            if wanted.len() == count {
                break;
            }
        }
        Ok(found.saturating_sub(left.found().count()))
    }

    /// The opslint.toml that counts here; a new one in the folder where there is none.
    fn config_path(&self) -> anyhow::Result<String> {
        let is_config = |it: &str| it == FILE_NAME || it.ends_with(&format!("/{FILE_NAME}"));
        let known = self.setup.sources.iter().map(|(_, it)| it.path().to_owned());
        let known: Vec<String> = known.filter(|it| is_config(it)).collect();
        match known.iter().min_by_key(|it| it.len()) {
            Some(path) if path.starts_with("..") => {
                bail!("`{path}` is outside of this folder, so no suppression is written to it")
            }
            Some(path) => Ok(path.clone()),
            None => Ok(FILE_NAME.to_owned()),
        }
    }
}

impl Checked {
    /// What was found in projects, without what is wrong with configuration and rules.
    fn found(&self) -> impl Iterator<Item = &Diagnostic> {
        self.outcome.diagnostics.iter().skip(self.broken().len())
    }
}

fn path(checked: &Checked, it: &Diagnostic) -> String {
    checked.sources.get(it.primary.span.file).map_or("", |it| it.path()).to_owned()
}

fn key(checked: &Checked, it: &Diagnostic) -> Key {
    (it.rule.clone(), path(checked, it), it.message.clone())
}

/// Of what was tried, what is said still; and all of a file in which something new is said.
fn misfired(
    left: &Checked,
    known: &BTreeSet<Key>,
    tried: &Tried,
    changed: &BTreeMap<String, Changed>,
) -> Tried {
    let mut wrong = Tried::new();
    for it in &left.outcome.diagnostics {
        let key = key(left, it);
        if tried.contains(&key) {
            wrong.insert(key);
        } else if !known.contains(&key) && changed.contains_key(&key.1) {
            wrong.extend(tried.iter().filter(|it| it.1 == key.1).cloned());
        }
    }
    wrong
}

fn entry(
    (rule, path, process): &(String, String, Option<String>),
    folder: &str,
    reason: &str,
) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let quoted = |text: &str| toml_text::value_text(&toml::Value::String(text.to_owned()));
    let process = process.as_ref().map(|it| format!("process = {}\n", quoted(it)));
    format!(
        "\n[[suppressions]]\nrule = {}\npath = {}\n{}reason = {}\n",
        quoted(rule),
        quoted(path),
        process.unwrap_or_default(),
        quoted(reason)
    )
}

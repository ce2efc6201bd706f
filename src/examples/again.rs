//! Fixes of rules in the company of all other rules: none brings up another one where it changed
//! something, and a second run changes nothing.

use std::collections::HashSet;
use std::sync::Arc;

use crate::analysis::{Analysis, Applied, Changed, Checked, Judgement, Options, Scope, Selection};
use crate::diagnostic::Diagnostic;
use crate::platforms::Date;
use crate::policy::Policy;
use crate::source::SourceMap;
use crate::workspace::MemoryFiles;

use super::{EXAMPLE_DAY, without_marks};

/// Rules that are said once the fix of another one has made room, each with the reason.
const LATER: &[(&str, &str, &str)] = &[
    ("memory-overcommit", "celery-never-replaced", "it is about children that fit"),
    ("memory-headroom-small", "no-worker-recycling", "the first says that one too"),
    ("single-request-server", "no-worker-recycling", "one worker cannot be replaced in turn"),
];

fn place<'s>(sources: &'s SourceMap, it: &Diagnostic) -> (&'s str, usize) {
    let file = sources.file(it.primary.span.file);
    let before = file.text().get(..it.primary.span.start as usize).unwrap_or_default();
    (file.path(), before.matches('\n').count())
}

/// What is said of a line that was not there before, and was said nowhere in that file.
fn brought_up(rule: &str, before: &Checked, applied: &Applied) -> Vec<String> {
    let said: HashSet<(&str, &str)> = before
        .outcome
        .diagnostics
        .iter()
        .map(|it| (place(&before.sources, it).0, it.rule.as_str()))
        .collect();
    let is_new_line = |changed: &Changed, number: usize| {
        let line = changed.new.lines().nth(number).unwrap_or_default();
        changed.old.lines().all(|it| it != line)
    };
    let left = applied.left.outcome.diagnostics.iter().filter(|it| {
        let (path, number) = place(&applied.left.sources, it);
        let changed = applied.changed.get(path);
        changed.is_some_and(|changed| is_new_line(changed, number))
            && !said.contains(&(path, it.rule.as_str()))
            && !LATER.iter().any(|(first, later, _)| rule == *first && it.rule == *later)
    });
    left.map(|it| format!("{} ({})", it.rule, it.message)).collect()
}

#[test]
fn a_fix_brings_up_nothing_else_and_a_second_run_changes_nothing() {
    let policy = Arc::new(Policy::builtin_with_examples(&mut Vec::new()));
    let judgement = Judgement::on(Date::from_iso(EXAMPLE_DAY).expect("a day"));
    let (mut fixed, mut wrong) = (HashSet::new(), Vec::new());
    for rule in &policy.rules {
        let has_fix = rule.check.as_ref().is_some_and(|it| !it.fixes.is_empty());
        for (idx, example) in rule.examples.iter().filter(|it| it.fails && has_fix).enumerate() {
            let files = example.files.iter().fold(MemoryFiles::new(), |files, (path, text)| {
                files.with(path.clone(), without_marks(path, &text.value).0)
            });
            let options = Options::with_policy(Arc::clone(&policy));
            let mut analysis = Analysis::open(files, options).expect("files in memory are there");
            let scope = Scope::default();
            let before = analysis.check(&scope, &judgement).expect("it runs");
            let only = vec![rule.id.clone().into_owned()];
            let selection = Selection { with_unsafe: true, only, ..Selection::default() };
            let applied = analysis.fix(&scope, &judgement, &selection).expect("it runs");
            if applied.changed.is_empty() {
                continue;
            }
            fixed.insert(rule.id.as_ref());
            let new = brought_up(&rule.id, &before, &applied);
            if !new.is_empty() {
                wrong.push(format!("{} {idx}: its fix brings up {new:?}", rule.id));
            }
            let again = analysis.fix(&scope, &judgement, &selection).expect("it runs");
            if !again.changed.is_empty() {
                wrong.push(format!("{} {idx}: a second run changes {again:?}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fixed.len() >= 90, "only {} rules have a fix that is made", fixed.len());
}

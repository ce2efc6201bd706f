//! Fixes of small trees of files: what was whole stays whole.

use opslint::analysis::{Analysis, Checked, Options, Scope, Selection};

use super::projects::{judgement, memory, policy, tree};

/// Makes every fix, those that change what runs too.
pub(super) fn edits(text: &str) {
    let files = tree(text);
    let open = || {
        let analysis = Analysis::open(memory(files.iter()), Options::with_policy(policy()));
        analysis.expect("files in memory are there")
    };
    let Ok(before) = open().check(&Scope::default(), &judgement()) else { return };
    for with_unsafe in [false, true] {
        let selection = Selection { with_unsafe, ..Selection::default() };
        let mut analysis = open();
        let Ok(applied) = analysis.fix(&Scope::default(), &judgement(), &selection) else {
            continue;
        };
        for (path, changed) in &applied.changed {
            let is_whole = broken(&applied.left, path) <= broken(&before, path);
            assert!(is_whole, "a fix broke {path}: {changed:?}");
            assert_ne!(changed.old, changed.new, "{path}");
            let was = files.iter().rev().find(|(it, _)| it == path).map(|(_, text)| *text);
            assert_eq!(was, Some(&*changed.old), "{path} is no file of the project");
        }
    }
}

/// In how many places a file cannot be read. Others do not count: a fix may be what leads to them.
fn broken(checked: &Checked, path: &str) -> usize {
    let is_here = |file| checked.sources.get(file).is_some_and(|it| it.path() == path);
    let errors = checked.outcome.diagnostics.iter().filter(|it| it.rule == "syntax-error");
    errors.filter(|it| is_here(it.primary.span.file)).count()
}

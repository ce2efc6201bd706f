//! Fixes of small trees of files: what was whole stays whole.

use opslint::analysis::{Analysis, Options, Scope, Selection};
use opslint::outcome::Outcome;

use super::projects::{judgement, memory, policy, tree};

/// Makes every fix, those that change what runs too.
pub(super) fn edits(text: &str) {
    let files = tree(text);
    let open = || {
        let analysis = Analysis::open(memory(files.iter()), Options::with_policy(policy()));
        analysis.expect("files in memory are there")
    };
    let before = match open().check(&Scope::default(), &judgement()) {
        Ok(checked) => broken(&checked.outcome),
        Err(_) => return,
    };
    for with_unsafe in [false, true] {
        let selection = Selection { with_unsafe, ..Selection::default() };
        let mut analysis = open();
        let Ok(applied) = analysis.fix(&Scope::default(), &judgement(), &selection) else {
            continue;
        };
        let left = broken(&applied.left.outcome);
        assert!(left <= before, "a fix broke a file: {:?}", applied.changed);
        for (path, changed) in &applied.changed {
            assert_ne!(changed.old, changed.new, "{path}");
            let was = files.iter().rev().find(|(it, _)| it == path).map(|(_, text)| *text);
            assert_eq!(was, Some(&*changed.old), "{path} is no file of the project");
        }
    }
}

/// How many files cannot be read to their end.
fn broken(outcome: &Outcome) -> usize {
    outcome.diagnostics.iter().filter(|it| it.rule == "syntax-error").count()
}

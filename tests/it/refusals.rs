//! What is said of a manifest that its platform refuses.

use opslint::analysis::{Analysis, Judgement, Options, Scope};
use opslint::diagnostic::Severity;
use opslint::platforms::Date;
use opslint::workspace::MemoryFiles;

/// Rules about what stands in a file, whoever reads it.
const RULES: &[&str] = &[
    "contradicting-keys",
    "missing-key",
    "name-not-defined",
    "value-not-allowed",
    "value-out-of-range",
    "wrong-type",
];

/// The errors about what stands in a file that is alone.
pub(crate) fn refusals(path: &str, text: &str) -> Vec<String> {
    let files = MemoryFiles::new().with(path, text);
    let analysis = Analysis::open(files, Options::plain()).expect("the file is there");
    let judgement = Judgement::on(Date::from_iso("2026-11-23").expect("a day"));
    let checked = analysis.check(&Scope::default(), &judgement).expect("a report");
    let all = checked.outcome.diagnostics.iter();
    all.filter(|it| it.severity == Severity::Error && RULES.contains(&&*it.rule))
        .map(|it| it.message.clone())
        .collect()
}

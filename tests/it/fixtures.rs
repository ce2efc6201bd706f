//! The fixtures: what opslint says about each, and that no half-written file is too much for it.
#![expect(clippy::disallowed_methods, reason = "fixtures are files")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::expect_file;
use opslint::analysis::{Analysis, Checked, Judgement, Options, Scope};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::workspace::MemoryFiles;

/// Places at which each fixture is cut: a debug build goes through the pipeline for each.
const CUTS: usize = 8;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every file below a folder, as path from `fixtures/` and text.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            texts.extend(self::texts(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            let shown = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            texts.push((shown, text));
        }
    }
    texts
}

/// Runs the whole pipeline over files in memory; returns one line for each diagnostic.
fn check(policy: &Arc<Policy>, files: MemoryFiles) -> Vec<String> {
    let analysis = Analysis::open(files, Options::with_policy(Arc::clone(policy))).unwrap();
    let judgement = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let Checked { outcome, sources, .. } = analysis.check(&Scope::default(), &judgement).unwrap();
    let line = |it: &opslint::diagnostic::Diagnostic| {
        let place = opslint::report::line(&sources, it.primary.span);
        format!("{place}: {}[{}] {}", it.severity.name(), it.rule, it.message)
    };
    outcome.diagnostics.iter().map(line).collect()
}

fn policy() -> Arc<Policy> {
    Arc::new(Policy::builtin(&mut Vec::new()))
}

fn memory(texts: &[(String, String)]) -> MemoryFiles {
    texts
        .iter()
        .fold(MemoryFiles::new(), |files, (path, text)| files.with(path.clone(), text.as_str()))
}

#[test]
fn every_fixture_gets_what_is_listed() {
    let lines = check(&policy(), memory(&texts(&root())));
    expect_file!["../fixtures.txt"].assert_eq(&(lines.join("\n") + "\n"));
}

/// A file is a prefix of itself while somebody types it.
#[test]
fn every_prefix_of_every_fixture_goes_through_the_pipeline() {
    let all = texts(&root());
    let policy = policy();
    for (path, text) in &all {
        let folder = path.split('/').next().unwrap_or_default();
        let beside: Vec<_> = all.iter().filter(|(it, _)| it.starts_with(folder)).cloned().collect();
        // The parsers have tests of every place, and the fuzz runner cuts anywhere; here, enough
        // of them in each file that the stages behind the parsers see half of everything.
        let step = (text.len() / CUTS).max(1);
        for end in (0..text.len()).step_by(step).filter(|it| text.is_char_boundary(*it)) {
            check(&policy, memory(&beside).with(path.clone(), &text[..end]));
        }
    }
}

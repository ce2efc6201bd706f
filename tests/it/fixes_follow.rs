//! Each rule's fix alone, on every fixture: where it writes, it brings up nothing else.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test reads the fixtures")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use opslint::analysis::{Analysis, Checked, Judgement, Options, Scope, Selection};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::workspace::MemoryFiles;

fn files(folder: &Path, below: &Path, into: MemoryFiles) -> MemoryFiles {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().fold(into, |into, path| {
        if path.is_dir() {
            return files(&path, below, into);
        }
        let name = path.strip_prefix(below).unwrap().to_string_lossy().into_owned();
        match fs::read_to_string(&path) {
            Ok(text) => into.with(&name, text),
            Err(_) => into,
        }
    })
}

/// A diagnostic as it is known before and after a fix: its rule and process.
type Known = (String, Option<String>);

/// How often something is said, and the last line that it was said of.
fn said(checked: &Checked) -> BTreeMap<Known, (usize, String, String)> {
    let mut all = BTreeMap::new();
    for it in &checked.outcome.diagnostics {
        let source = checked.sources.file(it.primary.span.file);
        let start = it.primary.span.range().start;
        let line = source.text()[..start].lines().count().saturating_sub(1);
        let is_start = source.text()[..start].ends_with('\n');
        let line = source.text().lines().nth(line + usize::from(is_start)).unwrap_or_default();
        let known = (it.rule.clone(), it.process.clone());
        let entry = all.entry(known).or_insert_with(|| (0, String::new(), String::new()));
        *entry = (entry.0 + 1, source.path().to_owned(), line.to_owned());
    }
    all
}

#[test]
fn a_fix_alone_brings_up_nothing_where_it_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let judgement = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let mut folders: Vec<PathBuf> =
        fs::read_dir(&root).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    let (mut made, mut wrong) = (0, Vec::new());
    for folder in folders.iter().filter(|it| it.is_dir()) {
        let files = files(folder, folder, MemoryFiles::new());
        let open =
            || Analysis::open(files.clone(), Options::with_policy(Arc::clone(&policy))).unwrap();
        let before = open().check(&Scope::default(), &judgement).unwrap();
        let fixable = before.outcome.diagnostics.iter().filter(|it| !it.fixes.is_empty());
        let rules: BTreeSet<String> = fixable.map(|it| it.rule.clone()).collect();
        let before = said(&before);
        for rule in rules {
            let selection =
                Selection { with_unsafe: true, only: vec![rule.clone()], ..Selection::default() };
            let applied = open().fix(&Scope::default(), &judgement, &selection).unwrap();
            made += applied.fixed.values().sum::<usize>();
            for (known, (count, path, line)) in said(&applied.left) {
                let Some(changed) = applied.changed.get(&path) else { continue };
                let is_new = before.get(&known).is_none_or(|it| it.0 < count);
                if is_new && !changed.old.lines().any(|it| it == line) {
                    wrong.push(format!("{}: {rule} brings up {known:?}: {line}", folder.display()));
                }
            }
        }
    }
    assert!(made > 100, "{made}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

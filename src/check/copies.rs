//! Copies of one file: what is wrong with each of them is said once.
//!
//! Only of files that may deploy nothing. Two services may well have the same manifest, and each of
//! them is deployed then; of two compose files with the same bytes one is there for the record.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Diagnostic, Label};
use crate::source::{FileId, SourceMap};
use crate::vocabulary;

/// Makes the same of a copy a further place of what is said of the file that lies higher up. Gives
/// the paths of the copies of which nothing else is said: nobody has to be asked about them.
pub(super) fn gather(diagnostics: &mut Vec<Diagnostic>, sources: &SourceMap) -> HashSet<String> {
    let path = |it: FileId| sources.file(it).path();
    let mut settled = HashSet::new();
    if !diagnostics.iter().any(is_guess) {
        return settled;
    }
    let mut files: Vec<(bool, FileId)> =
        diagnostics.iter().map(|it| (is_guess(it), it.primary.span.file)).collect();
    // One that is said to be deployed, else the highest.
    files.sort_by_key(|(is_guess, it)| (*is_guess, path(*it).matches('/').count(), path(*it)));
    let mut originals: HashMap<&str, FileId> = HashMap::new();
    for (_, file) in files {
        originals.entry(sources.file(file).text()).or_insert(file);
    }
    let original = |it: &Diagnostic| {
        let file = it.primary.span.file;
        let original = originals.get(sources.file(file).text()).copied();
        original.filter(|it| *it != file)
    };
    let is_copy = |it: &Diagnostic| is_guess(it) && original(it).is_some();
    if !diagnostics.iter().any(is_copy) {
        return settled;
    }
    let (copies, mut kept): (Vec<_>, Vec<_>) = diagnostics.drain(..).partition(is_copy);
    let mut by_place: HashMap<(FileId, u32), Vec<usize>> = HashMap::new();
    for (idx, it) in kept.iter().enumerate() {
        let span = it.primary.span;
        by_place.entry((span.file, span.start)).or_default().push(idx);
    }
    settled.extend(copies.iter().map(|it| path(it.primary.span.file).to_owned()));
    for it in copies {
        let at = original(&it).and_then(|file| by_place.get(&(file, it.primary.span.start)));
        let is_same =
            |idx: &&usize| (&kept[**idx].rule, &kept[**idx].message) == (&it.rule, &it.message);
        match at.and_then(|it| it.iter().find(is_same)).copied() {
            Some(idx) => add(&mut kept[idx], it),
            // What the files beside it decide is not the same of each copy.
            None => kept.push(it),
        }
    }
    super::sort(&mut kept, sources);
    for it in &kept {
        settled.remove(path(it.primary.span.file));
    }
    *diagnostics = kept;
    settled
}

fn add(first: &mut Diagnostic, copy: Diagnostic) {
    first.related.push(Label::new(copy.primary.span, "the same in a copy of the file"));
    first.deployments.extend(copy.deployments);
    first.deployments.sort_unstable();
    first.deployments.dedup();
}

/// Whether nobody says that the file deploys anything.
fn is_guess(it: &Diagnostic) -> bool {
    let purpose = vocabulary::PURPOSE.name();
    it.facts.iter().any(|it| it.name == purpose && it.fact.origin.is_assumed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Severity, UsedFact};
    use crate::fact::{Fact, Origin, OriginKind, Value};
    use crate::source::Span;

    fn check(files: &[(&str, &str, OriginKind)], expect: &[(&str, usize)]) {
        let mut sources = SourceMap::new();
        let mut said = |(path, text, kind): &(&str, &str, OriginKind)| {
            let span = Span::start_of(sources.add(*path, *text));
            let mut it = Diagnostic::new("a", Severity::Info, "open", Label::new(span, ""));
            let value = Value::Text("production".to_owned());
            let fact = Fact::known(value, Origin::new(*kind, "name of the file"));
            it.facts
                .push(UsedFact { name: vocabulary::PURPOSE.name().to_owned(), fact: fact.into() });
            it
        };
        let mut all: Vec<Diagnostic> = files.iter().map(&mut said).collect();
        gather(&mut all, &sources);
        let found: Vec<(&str, usize)> = all
            .iter()
            .map(|it| (sources.file(it.primary.span.file).path(), it.related.len()))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn what_is_wrong_with_a_copy_is_said_of_the_file_that_lies_highest() {
        let guess = OriginKind::Assumed;
        check(
            &[("_old/a/compose.yml", "x", guess), ("compose.yml", "x", guess)],
            &[("compose.yml", 1)],
        );
        check(&[("a/c.yml", "x", guess), ("b/c.yml", "x", guess)], &[("a/c.yml", 1)]);
        check(
            &[("a/c.yml", "x", guess), ("b/c.yml", "y", guess)],
            &[("a/c.yml", 0), ("b/c.yml", 0)],
        );
    }

    #[test]
    fn each_of_two_files_that_deploy_is_deployed() {
        let said = OriginKind::Written;
        check(&[("a/c.yml", "x", said), ("b/c.yml", "x", said)], &[("a/c.yml", 0), ("b/c.yml", 0)]);
        let guess = OriginKind::Assumed;
        check(&[("c.yml", "x", guess), ("b/c.yml", "x", said)], &[("b/c.yml", 1)]);
    }
}

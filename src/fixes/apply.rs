//! Fixes → new texts. What overlaps waits for the next round, and a file that would say something
//! else than before is left alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keeps::{keeps, repeats};
use super::syntax;
use crate::fix::{Edit, Fix};
use crate::source::{FileId, SourceMap};

/// What came of some fixes.
#[derive(Debug, Default)]
pub struct Rewritten {
    /// The new texts, by the paths of their files as shown to the user.
    pub texts: BTreeMap<Arc<str>, String>,
    /// Which of the fixes are in them, by their positions.
    pub applied: Vec<usize>,
    /// Fixes after which a file would say something else as well, by their positions.
    pub refused: Vec<usize>,
}

/// Applies fixes, each whole or not at all, and of two that touch the same bytes the first.
pub fn apply(fixes: &[&Fix], sources: &SourceMap) -> Rewritten {
    let mut rewritten = Rewritten::default();
    let mut taken: BTreeMap<Arc<str>, Vec<&Edit>> = BTreeMap::new();
    for (idx, fix) in fixes.iter().enumerate() {
        let path = |file: FileId| sources.file(file).shared_path();
        let overlaps = |edit: &Edit| {
            taken.get(&path(edit.span.file)).is_some_and(|it| it.iter().any(|it| touch(it, edit)))
        };
        if fix.edits.is_empty() || fix.edits.iter().any(overlaps) {
            continue;
        }
        let mut with = taken.clone();
        for edit in &fix.edits {
            with.entry(path(edit.span.file)).or_default().push(edit);
        }
        let is_kept = fix.edits.iter().all(|edit| {
            let source = sources.file(edit.span.file);
            // Each fix alone is judged against the file as it is.
            let own: Vec<&Edit> =
                fix.edits.iter().filter(|it| it.span.file == edit.span.file).collect();
            let new = replaced(source.text(), &own);
            keeps(syntax(source), source.text(), &new, &own)
        });
        // Two that are right each may both write one key: the second waits for the next round.
        let fits = fix.edits.iter().all(|edit| {
            let source = sources.file(edit.span.file);
            let all = with.get(source.path()).map_or(&[][..], Vec::as_slice);
            let new = replaced(source.text(), all);
            let before = taken.get(source.path()).map_or(&[][..], Vec::as_slice);
            let own: Vec<&Edit> =
                fix.edits.iter().filter(|it| it.span.file == edit.span.file).collect();
            let apart = [before, &own].map(|it| replaced(source.text(), it));
            keeps(syntax(source), source.text(), &new, all)
                && (before.is_empty() || !repeats(syntax(source), &new, &apart))
        });
        if !is_kept {
            rewritten.refused.push(idx);
        } else if fits {
            taken = with;
            rewritten.applied.push(idx);
        }
    }
    for (path, edits) in taken {
        let Some(id) = edits.first().map(|it| it.span.file) else { continue };
        let new = replaced(sources.file(id).text(), &edits);
        rewritten.texts.insert(path, new);
    }
    rewritten
}

/// Whether two edits cannot both be made: their bytes overlap, or both put something in one place.
fn touch(a: &Edit, b: &Edit) -> bool {
    let ((start, end), (other_start, other_end)) = (a.span.order(), b.span.order());
    start <= other_end && other_start <= end
}

/// A text with edits made.
fn replaced(text: &str, edits: &[&Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|it| it.span.order());
    let mut new = String::with_capacity(text.len());
    let mut from = 0;
    for it in edits {
        let range = it.span.range();
        new += text.get(from..range.start).unwrap_or_default();
        new += &it.text;
        from = range.end;
    }
    new + text.get(from..).unwrap_or_default()
}

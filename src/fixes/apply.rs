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

/// Bytes that may still be read again to see what fixes do to files: each fix alone and with those
/// before it costs the whole file, which in a file of megabytes with thousands of fixes is too much.
#[derive(Debug)]
pub struct Effort {
    left: usize,
}

impl Effort {
    /// Enough for all that people write.
    pub fn new() -> Self {
        Self { left: 96 << 20 }
    }

    /// Spends these bytes; `false` where they are not there.
    pub fn spend(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or_default();
        left.is_some()
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self::new()
    }
}

/// Edits by the paths of their files.
type Taken<'a> = BTreeMap<Arc<str>, Vec<&'a Edit>>;

/// Applies fixes, each whole or not at all, and of two that touch the same bytes the first. Those
/// for which no effort is left are not made.
pub fn apply(fixes: &[&Fix], sources: &SourceMap, effort: &mut Effort) -> Rewritten {
    let mut rewritten = Rewritten::default();
    let mut taken = Taken::new();
    let apart: Vec<usize> =
        (0..fixes.len()).filter(|it| take(&mut taken, fixes[*it], sources)).collect();
    // Nearly always all of them go together.
    if all_fit(&taken, sources, effort) {
        rewritten.applied = apart;
    } else {
        taken = Taken::new();
        for (idx, fix) in fixes.iter().enumerate() {
            let mut with = taken.clone();
            if !take(&mut with, fix, sources) {
                continue;
            }
            match judge(fix, &taken, &with, sources, effort) {
                Some(Judged::Refused) => rewritten.refused.push(idx),
                Some(Judged::Fits) => {
                    taken = with;
                    rewritten.applied.push(idx);
                }
                Some(Judged::Waits) => {}
                None => break,
            }
        }
    }
    for (path, edits) in taken {
        let Some(id) = edits.first().map(|it| it.span.file) else { continue };
        let new = replaced(sources.file(id).text(), &edits);
        rewritten.texts.insert(path, new);
    }
    rewritten
}

/// Adds the edits of a fix to those that are made, unless one of them touches another.
fn take<'a>(taken: &mut Taken<'a>, fix: &'a Fix, sources: &SourceMap) -> bool {
    let path = |file: FileId| sources.file(file).shared_path();
    let overlaps = |edit: &Edit| {
        taken.get(&path(edit.span.file)).is_some_and(|it| it.iter().any(|it| touch(it, edit)))
    };
    if fix.edits.is_empty() || fix.edits.iter().any(overlaps) {
        return false;
    }
    for edit in &fix.edits {
        taken.entry(path(edit.span.file)).or_default().push(edit);
    }
    true
}

/// Whether all edits together change nothing else, and no key comes to stand in a file twice.
fn all_fit(taken: &Taken<'_>, sources: &SourceMap, effort: &mut Effort) -> bool {
    taken.values().all(|edits| {
        let Some(id) = edits.first().map(|it| it.span.file) else { return true };
        let source = sources.file(id);
        let new = replaced(source.text(), edits);
        effort.spend(source.text().len() + new.len())
            && keeps(syntax(source), source.text(), &new, edits)
            && (edits.len() == 1 || !repeats(syntax(source), &new, &[source.text()]))
    })
}

/// What is to be done with a fix.
enum Judged {
    /// It changes what it does not say.
    Refused,
    /// It is made with those before it.
    Fits,
    /// It is right alone, and not with those before it: the next round may make it.
    Waits,
}

/// Judges a fix alone against the file as it is, and `with` those that are `taken`: two that are
/// right each may both write one key. `None` where no effort is left.
fn judge(
    fix: &Fix,
    taken: &Taken<'_>,
    with: &Taken<'_>,
    sources: &SourceMap,
    effort: &mut Effort,
) -> Option<Judged> {
    let mut fits = true;
    for edit in &fix.edits {
        let source = sources.file(edit.span.file);
        let (syntax, text) = (syntax(source), source.text());
        effort.spend(text.len() * 4).then_some(())?;
        let own: Vec<&Edit> =
            fix.edits.iter().filter(|it| it.span.file == edit.span.file).collect();
        let alone = replaced(text, &own);
        if !keeps(syntax, text, &alone, &own) {
            return Some(Judged::Refused);
        }
        let Some(before) = taken.get(source.path()).filter(|_| fits) else { continue };
        let all = with.get(source.path()).map_or(&[][..], Vec::as_slice);
        let (before, together) = (replaced(text, before), replaced(text, all));
        fits =
            keeps(syntax, text, &together, all) && !repeats(syntax, &together, &[&before, &alone]);
    }
    Some(if fits { Judged::Fits } else { Judged::Waits })
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

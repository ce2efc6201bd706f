//! Whether a changed file still says all that it said, but for what was changed.
//!
//! Every value that no edit touches must be there again: the same value, at its place moved by the
//! edits in front of it, under the same keys. And the new text has no mistake that the old one had
//! not.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::{Node, NodeKind, Syntax};
use crate::fix::Edit;
use crate::parse;
use crate::source::FileId;

/// A value and the keys above it; `None` for a key that an edit touches.
type Leaf = (Vec<Option<String>>, String);

/// Whether `new` is `old` with nothing but these edits. A file that is no tree is not judged: only
/// words are replaced in it.
pub(super) fn keeps(syntax: Option<Syntax>, old: &str, new: &str, edits: &[&Edit]) -> bool {
    let Some(syntax) = syntax else { return true };
    let file = FileId::embedded(0);
    let (before, after) = (parse::document(syntax, file, old), parse::document(syntax, file, new));
    if after.problems.len() > before.problems.len() {
        return false;
    }
    let edits = Moves::new(edits);
    let mut expected = BTreeMap::new();
    leaves(&before.root, &mut Vec::new(), &mut |keys, node| {
        let Some(at) = edits.moved(node.span.range()) else { return };
        let keys = keys.iter().map(|(name, span)| edits.moved(span.clone()).map(|_| name.clone()));
        expected.insert((at.start, at.end), (keys.collect(), shown(node)));
    });
    let mut found: BTreeMap<(usize, usize), Leaf> = BTreeMap::new();
    leaves(&after.root, &mut Vec::new(), &mut |keys, node| {
        let keys = keys.iter().map(|(name, _)| Some(name.clone()));
        found.insert(
            (node.span.start as usize, node.span.end as usize),
            (keys.collect(), shown(node)),
        );
    });
    expected.iter().all(|(at, (keys, value)): (_, &Leaf)| {
        found.get(at).is_some_and(|(new_keys, new_value)| {
            let fits = |(old, new): (&Option<String>, &Option<String>)| old.is_none() || old == new;
            value == new_value
                && keys.len() == new_keys.len()
                && keys.iter().zip(new_keys).all(fits)
        })
    })
}

/// Whether a key stands in a text more often than in any of some others. Where a format takes a key
/// twice, the last counts, and of two fixes that write the same one only the second would.
pub(super) fn repeats(syntax: Option<Syntax>, text: &str, others: &[&str]) -> bool {
    let Some(syntax) = syntax else { return false };
    let counted = |text: &str| {
        let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let root = parse::document(syntax, FileId::embedded(0), text).root;
        leaves(&root, &mut Vec::new(), &mut |keys, _| {
            *counts.entry(keys.iter().map(|(name, _)| name.clone()).collect()).or_default() += 1;
        });
        counts
    };
    let others: Vec<_> = others.iter().map(|it| counted(it)).collect();
    let known = |keys: &Vec<String>| others.iter().filter_map(|it| it.get(keys)).max().copied();
    counted(text).iter().any(|(keys, count)| *count > 1 && known(keys).is_none_or(|it| *count > it))
}

/// What a single value says.
fn shown(node: &Node) -> String {
    match &node.kind {
        NodeKind::String(text) => format!("{:?}", text.value),
        kind => format!("{kind:?}"),
    }
}

/// A key above a value, and its bytes.
type Key = (String, Range<usize>);

/// Visits every single value with the keys above it and their bytes. Elements of lists have none,
/// because removing one moves the others.
fn leaves(node: &Node, keys: &mut Vec<Key>, visit: &mut dyn FnMut(&[Key], &Node)) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for it in entries {
                keys.push((it.key.value.clone(), it.key.span.range()));
                leaves(&it.value, keys, visit);
                keys.pop();
            }
        }
        NodeKind::List(elements) => elements.iter().for_each(|it| leaves(it, keys, visit)),
        _ => visit(keys, node),
    }
}

/// Where bytes are after some edits.
struct Moves<'a> {
    edits: Vec<&'a Edit>,
}

impl<'a> Moves<'a> {
    fn new(edits: &[&'a Edit]) -> Self {
        let mut edits = edits.to_vec();
        edits.sort_by_key(|it| it.span.order());
        Self { edits }
    }

    /// The new place of some bytes; `None` when an edit touches them.
    fn moved(&self, range: Range<usize>) -> Option<Range<usize>> {
        let mut shift = 0isize;
        for it in &self.edits {
            let edit = it.span.range();
            // A word behind the last one of a command is part of it.
            let goes_on = edit.start == range.end && it.text.starts_with(' ');
            if edit.start >= range.end && !goes_on {
                break;
            }
            if goes_on {
                return None;
            }
            if edit.end > range.start {
                return None;
            }
            shift += it.text.len() as isize - edit.len() as isize;
        }
        Some(range.start.checked_add_signed(shift)?..range.end.checked_add_signed(shift)?)
    }
}

//! The edits of fixes, as programs read them: JSON, SARIF, suggestions of reviewdog, unified diffs.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Value, json};

use super::position::Positions;
use super::text::visible;
use super::wire::{RangeV1, Writer};
use crate::diagnostic::Diagnostic;
use crate::fix::{Edit, Fix};
use crate::fixes::{CONTEXT, unified_at};
use crate::secret::Secrets;
use crate::source::{SourceMap, Span};

/// Lines of a difference that a report shows at most: beyond that nobody reads it there.
const DIFF_LINES_MAX: usize = 40;

/// Bytes of a line in a difference at most.
const DIFF_BYTES_MAX: usize = 2_048;

/// A change that would remove a diagnostic.
#[derive(Serialize)]
pub(super) struct FixV1<'a> {
    title: &'a str,
    safety: &'static str,
    edits: Vec<EditV1<'a>>,
}

/// Bytes of a file that are replaced; an empty range is a place where the text goes.
#[derive(Serialize)]
struct EditV1<'a> {
    path: &'a str,
    range: RangeV1,
    text: &'a str,
}

/// The fixes of a diagnostic, best first.
pub(super) fn fixes_v1<'a>(writer: Writer<'a>, it: &'a Diagnostic) -> Vec<FixV1<'a>> {
    let edit = |it: &'a Edit| EditV1 {
        path: writer.positions.path(it.span),
        range: writer.range(it.span),
        text: &it.text,
    };
    let fix = |it: &'a Fix| FixV1 {
        title: &it.title,
        safety: it.safety.name(),
        edits: it.edits.iter().map(edit).collect(),
    };
    it.fixes.iter().map(fix).collect()
}

/// Leaves out the fixes whose texts hold a secret: with stars instead of it, they would break a
/// file.
pub(super) fn drop_secret(it: &mut Diagnostic, secrets: &Secrets, sources: &SourceMap) {
    it.fixes.retain(|fix| {
        fix.edits.iter().all(|edit| {
            let path = sources.get(edit.span.file).map_or("", |it| it.path());
            secrets.starred(path, &edit.text) == edit.text
        })
    });
}

/// A fix as one replacement in the file of the diagnostic; `None` when it has edits in other files,
/// or when what stands between its edits is hidden.
///
/// A suggestion on a pull request is one replacement of some lines.
pub(super) fn one_replacement(
    fix: &Fix,
    it: &Diagnostic,
    sources: &SourceMap,
) -> Option<(Span, String)> {
    let file = it.primary.span.file;
    let (first, last) = (fix.edits.first()?, fix.edits.last()?);
    if fix.edits.iter().any(|it| it.span.file != file) {
        return None;
    }
    let source = sources.file(file).text();
    let mut text = first.text.clone();
    for pair in fix.edits.windows(2) {
        let between = source.get(pair[0].span.range().end..pair[1].span.range().start)?;
        if between.contains('*') {
            return None;
        }
        text += between;
        text += &pair[1].text;
    }
    let span = Span::new(file, first.span.range().start, last.span.range().end);
    Some((span, text))
}

/// What a fix changes, as a unified diff with visible characters; nothing when that is long.
pub(super) fn diff(fix: &Fix, positions: &Positions<'_>) -> Option<String> {
    let mut text = String::new();
    for edits in fix.edits.chunk_by(|a, b| a.span.file == b.span.file) {
        let (first, last) = (edits.first()?.span, edits.last()?.span);
        let source = positions.text(first.file);
        let around = around(source, first.range().start..last.range().end)?;
        let mut new = String::new();
        let mut from = around.start;
        for it in edits {
            new += source.get(from..it.span.range().start)?;
            new += &it.text;
            from = it.span.range().end;
        }
        new += source.get(from..around.end)?;
        let start = Span::new(first.file, around.start, around.start);
        let lines_before = positions.start(start).line_number - 1;
        let old = source.get(around)?;
        text += &unified_at(positions.path(first), lines_before, old, &new);
    }
    let keep = |it| if matches!(it, '\n' | '\t') { it } else { visible(it) };
    let is_short = text.lines().count() <= DIFF_LINES_MAX;
    is_short.then(|| text.replace("\r\n", "\n").chars().map(keep).collect())
}

/// The whole lines of an edit and some around it; nothing when they are long: each diagnostic of a
/// file has its own.
fn around(text: &str, edit: Range<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let is_break = |it: &u8| *it == b'\n';
    let (mut start, mut end) = (edit.start, edit.end);
    for _ in 0..=CONTEXT {
        let from = start.saturating_sub(DIFF_BYTES_MAX);
        // The line break before the line that was reached is not the one before the next.
        let before = bytes.get(from..start.saturating_sub(1))?;
        start = match before.iter().rposition(is_break) {
            Some(at) => from + at + 1,
            None if from == 0 => 0,
            None => return None,
        };
    }
    for _ in 0..=CONTEXT {
        let behind = bytes.get(end..(end + DIFF_BYTES_MAX).min(bytes.len()))?;
        end = match behind.iter().position(is_break) {
            Some(at) => end + at + 1,
            None if end + behind.len() == bytes.len() => bytes.len(),
            None => return None,
        };
    }
    (end - start <= 4 * DIFF_BYTES_MAX).then_some(start..end)
}

/// A `fix` of SARIF: one change for each file. Source: section 3.55 of the standard.
pub(super) fn sarif(fix: &Fix, positions: &Positions<'_>) -> Value {
    let changes = fix.edits.chunk_by(|a, b| a.span.file == b.span.file).map(|edits| {
        let replacements: Vec<Value> = edits
            .iter()
            .map(|it| {
                json!({
                    "deletedRegion": super::sarif::region(it.span, positions),
                    "insertedContent": { "text": it.text },
                })
            })
            .collect();
        let path = edits.first().map_or("", |it| positions.path(it.span));
        json!({
            "artifactLocation": { "uri": super::sarif::uri(path) },
            "replacements": replacements,
        })
    });
    json!({
        "description": { "text": fix.title },
        "artifactChanges": changes.collect::<Vec<_>>(),
        "properties": { "safety": fix.safety.name() },
    })
}

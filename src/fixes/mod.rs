//! What would fix a diagnostic → edits of files, checked before they count.
//!
//! [`settle`] turns proposals into edits where trees and texts are at hand; [`apply`] makes new
//! texts of some fixes and compares the trees before and after, so that nothing else changes.

mod allow;
mod apply;
mod diff;
mod keeps;

pub use allow::allow;
pub use apply::{Effort, Rewritten, apply};
pub(crate) use diff::{CONTEXT, unified_at};
pub use diff::{unified, unified_without};

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Syntax};
use crate::edit;
use crate::fact::Value;
use crate::fix::{Change, Edit, Fix, Proposal, Safety};
use crate::formats;
use crate::parse::{self, SYNTAX_ERROR};
use crate::source::{SourceFile, SourceMap};

/// Turns what would fix diagnostics into edits. What cannot be written is left out.
pub(crate) fn settle(
    diagnostics: &mut [Diagnostic],
    documents: &[Arc<Document>],
    sources: &SourceMap,
) {
    for diagnostic in diagnostics {
        for proposal in std::mem::take(&mut diagnostic.proposals) {
            let fix = settled(proposal, documents, sources);
            diagnostic.fixes.extend(fix.filter(|it| !diagnostic.fixes.contains(it)));
        }
        // A list begins with room for four.
        diagnostic.fixes.shrink_to_fit();
    }
}

/// The fix of a proposal: all of its changes, or none.
fn settled(proposal: Proposal, documents: &[Arc<Document>], sources: &SourceMap) -> Option<Fix> {
    let mut edits: Vec<Edit> = Vec::new();
    for change in &proposal.changes {
        let file = change.span().file;
        let source = sources.get(file).filter(|it| !it.is_own() && !it.path().starts_with(".."))?;
        if sources.is_inner(change.span()) && !is_of_any_language(change) {
            return None;
        }
        let known = documents.iter().find(|it| it.file == file).map(Arc::clone);
        // Programs read some files by themselves, such as gunicorn's.
        let parsed = || Some(parse::document(syntax(source)?, file, source.text()));
        let document = known.or_else(|| parsed().map(Arc::new));
        let document = document.as_deref();
        // A tree with a hole in it does not say where the hole ends.
        if document.is_some_and(|it| it.problems.iter().any(|it| it.rule == SYNTAX_ERROR)) {
            return None;
        }
        edits.extend(edit::edits(document, source.text(), change)?);
    }
    edits.sort_by_key(|it| (sources.file(it.span.file).path().to_owned(), it.span.order()));
    // Two insertions at one place are one.
    edits.dedup_by(|next, it| {
        let is_same = it.span == next.span && it.span.range().is_empty();
        if is_same {
            // Keys above the first table have one blank line behind them together.
            let is_parted = |text: &str| text.ends_with("\n\n") || text.ends_with("\r\n\r\n");
            if is_parted(&it.text) && is_parted(&next.text) {
                it.text.truncate(it.text.trim_end_matches('\n').trim_end_matches('\r').len());
                it.text.push_str(if next.text.ends_with("\r\n") { "\r\n" } else { "\n" });
            }
            it.text.push_str(&next.text);
        }
        is_same
    });
    let is_change = edits.iter().any(|it| sources.text(it.span) != it.text);
    // What somebody wrote down beside a key is not thrown away without a look at it.
    let drops_words = |it: &Edit| it.text.is_empty() && has_comment(sources.text(it.span));
    let safety = match edits.iter().any(drops_words) {
        true => Safety::Unsafe,
        false => proposal.safety,
    };
    edits.shrink_to_fit();
    is_change.then_some(Fix { title: proposal.title, safety, edits })
}

/// Whether a change is written alike in every language: a number, and a word that has its quotes.
fn is_of_any_language(change: &Change) -> bool {
    match change {
        Change::Set { was, to, .. } => {
            let is_one =
                |it: &Value| matches!(it, Value::Int(_) | Value::Number(_) | Value::Text(_));
            is_one(to) && was.as_ref().is_some_and(is_one)
        }
        Change::Rename { .. } => true,
        _ => false,
    }
}

/// Whether a text that is taken out may have a comment in it.
fn has_comment(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with('#') || line.contains(" #"))
}

/// How a file is read, where it is read as a tree.
fn syntax(file: &SourceFile) -> Option<Syntax> {
    syntax_of(file.path(), file.text())
}

/// How a file is read by its name; of nginx, which has files of any name, by what it says.
pub fn syntax_of(path: &str, text: &str) -> Option<Syntax> {
    let named = formats::of_path(path).find_map(|it| it.syntax);
    let known = named.or_else(|| Syntax::of_path(path));
    known.or_else(|| {
        if path.ends_with(".ini") {
            return Some(Syntax::Ini);
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with(".env") || name.ends_with(".env") {
            return Some(Syntax::Env);
        }
        let is_block = |line: &str| {
            let mut words = line.split_whitespace();
            let is_named = words.next().is_some_and(|it| NGINX_BLOCKS.contains(&it));
            is_named && words.any(|it| it.ends_with('{'))
        };
        text.lines().any(is_block).then_some(Syntax::Nginx)
    })
}

/// Blocks that configurations of nginx have, and hardly anything else at the start of a line.
const NGINX_BLOCKS: &[&str] = &["http", "server", "location", "upstream"];

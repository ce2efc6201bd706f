//! What would fix a diagnostic → edits of files, checked before they count.
//!
//! [`settle`] turns proposals into edits where trees and texts are at hand; [`apply`] makes new
//! texts of some fixes and compares the trees before and after, so that nothing else changes.

mod allow;
mod apply;
mod diff;
mod keeps;

pub use allow::allow;
pub use apply::{Rewritten, apply};
pub use diff::unified;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Syntax};
use crate::edit;
use crate::fix::{Edit, Fix, Proposal};
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
    }
}

/// The fix of a proposal: all of its changes, or none.
fn settled(proposal: Proposal, documents: &[Arc<Document>], sources: &SourceMap) -> Option<Fix> {
    let mut edits: Vec<Edit> = Vec::new();
    for change in &proposal.changes {
        let file = change.span().file;
        let source = sources.get(file).filter(|it| !it.is_own() && !it.path().starts_with(".."))?;
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
    let is_change = edits.iter().any(|it| sources.text(it.span) != it.text);
    is_change.then_some(Fix { title: proposal.title, safety: proposal.safety, edits })
}

/// How a file is read, where it is read as a tree.
fn syntax(file: &SourceFile) -> Option<Syntax> {
    let named = formats::of_path(file.path()).find_map(|it| it.syntax);
    named.or_else(|| Syntax::of_path(file.path()))
}

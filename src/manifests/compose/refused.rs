//! What compose refuses of a file that is well-formed: names that nothing defines, files that are not
//! there, services that wait for each other, and values that are none. Compose ends before it starts
//! anything.
//!
//! A file may be given beside others, of which nobody knows here: a name that any of them defines is
//! left alone, and so is a file that has only parts of services.
//!
//! Source: `checkConsistency` and `ApplyExtends` of compose-go 2.9, and what Docker Compose 2.40.3 says.

mod circles;
mod defined;
mod files;
mod references;
mod values;

use super::merge;
use crate::document::{Document, Entry, Node};
use crate::draft::Context;

/// The problem of a parser after which the tree is still whole.
const DUPLICATE_KEY: &str = "duplicate-key";

/// Says what compose refuses of a file, as far as it is certain.
pub(super) fn check(context: &mut Context<'_, '_>, document: &Document) {
    if document.problems.iter().any(|it| it.rule != DUPLICATE_KEY) {
        return;
    }
    let root = &document.root;
    files::check(context, root);
    circles::check(context, root);
    references::check(context, root);
    values::check(context, root);
}

/// The services that a file has itself.
fn services(root: &Node) -> &[Entry] {
    merge::services(root)
}

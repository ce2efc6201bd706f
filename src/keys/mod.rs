//! Whether the keys of a file are what its platform reads.
//!
//! The tables of keys are data in `keys/*.toml`: which keys a table has, the forms of their values,
//! and what holds between keys. This stage walks a [`Document`] along them. It knows nothing of
//! projects: one document in, diagnostics out. A value that only a run can tell, and one that still
//! waits to be filled in, is never wrong.

mod conditions;
mod load;
mod offer;
mod raw;
mod schema;
mod twice;
mod units;
mod value;
mod walk;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::packed::Embedded;
use crate::platforms::Date;

pub use offer::{OfferedKey, OfferedValue, is_key, keys_at, values_at};

use schema::Schema;

/// The rule about a key that nothing reads.
pub const UNKNOWN_KEY: &str = "unknown-key";

/// `keys/*.toml` as they were at build time, sorted by stem.
const BUILTIN: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/keys.rs"));

/// Tables that were asked for, in the order of [`BUILTIN`].
static LOADED: [OnceLock<Schema>; BUILTIN.len()] = [const { OnceLock::new() }; BUILTIN.len()];

/// Checks the keys of a document against the tables of a format: the stem of a file in `keys/`.
///
/// A format without tables has nothing to check. What the parser said is not repeated.
///
/// Without a day, every bound counts as it stands.
pub fn check(acc: &mut Vec<Diagnostic>, format: &str, document: &Document, today: Option<Date>) {
    let Some(schema) = schema(format) else { return };
    let mut found = walk::document(schema, document, today);
    twice::variables(&mut found, document);
    // An alias in YAML stands for the same text in several places, which is wrong only once.
    let mut seen = HashSet::new();
    found.retain(|it| seen.insert((it.rule.clone(), it.primary.span, it.message.clone())));
    found.sort_by_key(|it| it.primary.span.order());
    acc.append(&mut found);
}

/// Whether a format has tables of keys.
pub fn is_format(format: &str) -> bool {
    formats().any(|it| it == format)
}

/// The formats that have tables of keys.
pub fn formats() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(stem, ..)| *stem)
}

/// The tables of a format, read when they are first asked for.
fn schema(format: &str) -> Option<&'static Schema> {
    let idx = BUILTIN.iter().position(|(stem, ..)| *stem == format)?;
    Some(LOADED[idx].get_or_init(|| {
        load::embedded(BUILTIN[idx].2).expect("a test loads every file of the folder `keys`")
    }))
}

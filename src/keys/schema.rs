//! Tables of keys that are ready to check with. Invariant: every name in them is resolved.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;

use crate::diagnostic::Severity;
use crate::platforms::Date;

use super::conditions::Condition;

/// Every table of one format.
#[derive(Debug)]
pub(super) struct Schema {
    /// Who reads the file: `Fly.io`.
    pub(super) reader: String,
    /// The file, as its users call it: `fly.toml`.
    pub(super) file: String,
    /// Whether the reader takes `Kill_Signal` for `kill_signal`.
    pub(super) folds_case: bool,
    /// Keys that begin so are fine everywhere: `x-` of compose files.
    pub(super) open_prefixes: Vec<String>,
    /// The tables that [`Type::Table`] points at.
    pub(super) tables: Vec<Table>,
    /// The names of the tables.
    #[cfg(test)]
    pub(super) names: BTreeMap<String, TableId>,
    /// The table of the whole file.
    pub(super) root: TableId,
}

/// Index in [`Schema::tables`].
pub(super) type TableId = usize;

/// What a reader does with a key it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unknown {
    /// Goes on as if it were not there.
    Ignored,
    /// Refuses the whole file.
    Refused,
    /// Nobody has published what happens.
    Undocumented,
    /// Others may have keys of their own here, such as plugins: only what is nearly a known key is
    /// said to be wrong.
    Misspelt,
}

/// The keys of one table.
#[derive(Debug)]
pub(super) struct Table {
    /// What it is, for messages: "a cron job". Without one, the path of keys names it.
    pub(super) title: Option<String>,
    /// What happens to other keys.
    pub(super) unknown: Unknown,
    /// Whether any further key is fine.
    pub(super) open: bool,
    /// The forms of the values of further keys, whose names are the user's: stages, functions.
    pub(super) rest: Vec<Type>,
    /// The keys by name.
    pub(super) keys: BTreeMap<String, Key>,
    /// What to do about keys that people write here and that are none.
    pub(super) hints: BTreeMap<String, String>,
    /// Tables that stand in for this one, by the values of some keys. The first that fits counts.
    pub(super) variants: Vec<Variant>,
    /// What must hold between keys.
    pub(super) conditions: Vec<Condition>,
}

/// A table that stands in for another one.
#[derive(Debug)]
pub(super) struct Variant {
    /// The names of a key, and the texts that it must have one of.
    pub(super) is: Vec<(Vec<String>, Vec<String>)>,
    /// The table.
    pub(super) table: TableId,
}

/// One key of a table.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The forms its value may have. The first that fits counts.
    pub(super) types: Vec<Type>,
    /// How bad it is when the key is absent.
    pub(super) required: Option<Severity>,
    /// Whether it is in use.
    pub(super) state: State,
    /// The key that means the same, with its own name in messages.
    pub(super) same_as: Option<String>,
    /// What to write instead of a table, which another key takes.
    pub(super) for_table: Option<String>,
    /// Most elements of a list.
    pub(super) elements_max: Option<usize>,
}

/// Whether a key is in use.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It is.
    Current,
    /// It works, and something else is to be used: what.
    Deprecated(String),
    /// It is read by nobody: why.
    Ignored(String),
}

/// A form of a value.
#[derive(Clone, Debug)]
pub(super) enum Type {
    /// Whatever it is.
    Any,
    /// A table with known keys.
    Table(TableId),
    /// A list whose elements have one of the forms.
    List(Vec<Type>),
    /// A table of any names, whose values have one of the forms.
    Map(Vec<Type>),
    /// A single value.
    Scalar(Box<Scalar>),
}

/// What a single value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    String,
    /// Text that is a whole number.
    Digits,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// Text as Go reads durations, or a bare number in the unit of [`Scalar::bare`].
    Duration,
    /// Text as cron writes times.
    Cron,
    /// Text such as `512mb`, or a bare number in the unit of [`Scalar::bare`].
    Size,
    /// Any single value.
    Scalar,
}

/// What a number without a unit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Bare {
    /// Nanoseconds.
    Ns,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Mebibytes; units in text are powers of 1024.
    Mb,
    /// Gigabytes; units in text are powers of 1000.
    Gb,
}

/// A single value and its bounds.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    /// What it is.
    pub(super) kind: Kind,
    /// The texts it may be; empty for any.
    pub(super) values: Vec<String>,
    /// Whether case matters in `values`.
    pub(super) folds_case: bool,
    /// Texts that still work, and what to write instead.
    pub(super) legacy: BTreeMap<String, String>,
    /// Texts that no longer work, and why.
    pub(super) refused: BTreeMap<String, String>,
    /// What to do about those, where no other text takes their place.
    pub(super) instead: Option<String>,
    /// Smallest number, in seconds for durations and in the unit of `bare`, else GB, for sizes.
    pub(super) min: Option<f64>,
    /// Largest number, likewise.
    pub(super) max: Option<f64>,
    /// Whether vendors raise `max` now and then, and never lower it.
    pub(super) grows: bool,
    /// The day on which somebody last compared `max`, where it grows.
    pub(super) checked: Option<Date>,
    /// Numbers that are fine though out of bounds.
    pub(super) except: Vec<f64>,
    /// What the number must be a multiple of.
    pub(super) multiple_of: Option<f64>,
    /// What the text must start with.
    pub(super) starts_with: Option<String>,
    /// What the text must contain.
    pub(super) contains: Option<String>,
    /// What the whole text must match, and how that is said behind "must be".
    pub(super) pattern: Option<(Regex, String)>,
    /// Whether an empty text is refused; else it is as good as an absent one.
    pub(super) filled: bool,
    /// What a number without a unit counts; none may be written when absent.
    pub(super) bare: Option<Bare>,
    /// How bad a value is that is not allowed.
    pub(super) severity: Severity,
    /// How bad a value of another form is.
    pub(super) mistyped: Severity,
    /// What happens to a value out of bounds, for its label.
    pub(super) effect: Option<String>,
    /// Why this form is old.
    pub(super) deprecated: Option<String>,
    /// The table whose keys the text must name one of, from the root, and the name when there is
    /// no such table.
    pub(super) names: Option<(String, String)>,
}

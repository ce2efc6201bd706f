//! A file of keys exactly as written. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::schema::{Bare, Unknown};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSchema {
    pub(super) reader: String,
    pub(super) file: String,
    pub(super) unknown: Unknown,
    #[serde(default)]
    pub(super) folds_case: bool,
    #[serde(default)]
    pub(super) open_prefixes: Vec<String>,
    pub(super) sources: BTreeMap<String, RawSource>,
    #[serde(default)]
    pub(super) types: BTreeMap<String, RawSpec>,
    pub(super) tables: BTreeMap<String, RawTable>,
}

/// Where keys were published, and when somebody last compared them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    #[expect(dead_code, reason = "for readers of the file; its presence is checked")]
    pub(super) url: String,
    pub(super) checked: crate::platforms::Date,
    #[expect(dead_code, reason = "for readers of the file; its form is checked")]
    pub(super) note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTable {
    pub(super) source: String,
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) includes: Vec<String>,
    #[serde(default)]
    pub(super) open: bool,
    pub(super) rest: Option<String>,
    pub(super) unknown: Option<Unknown>,
    #[serde(default)]
    pub(super) keys: BTreeMap<String, RawKey>,
    #[serde(default)]
    pub(super) hints: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) variants: Vec<RawVariant>,
    #[serde(default)]
    pub(super) conditions: Vec<RawCondition>,
}

/// A key is its type, or a table that has more to say.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawKey {
    Type(String),
    Spec(Box<RawSpec>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct RawSpec {
    #[serde(rename = "type")]
    pub(super) ty: Option<String>,
    pub(super) required: Option<String>,
    pub(super) deprecated: Option<String>,
    pub(super) ignored: Option<String>,
    pub(super) same_as: Option<String>,
    pub(super) for_table: Option<String>,
    pub(super) elements_max: Option<usize>,
    pub(super) values: Vec<String>,
    pub(super) folds_case: bool,
    pub(super) legacy: BTreeMap<String, String>,
    pub(super) refused: BTreeMap<String, String>,
    pub(super) instead: Option<String>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) grows: bool,
    pub(super) except: Vec<f64>,
    pub(super) multiple_of: Option<f64>,
    pub(super) starts_with: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) pattern: Option<String>,
    pub(super) form: Option<String>,
    pub(super) filled: bool,
    pub(super) bare: Option<Bare>,
    pub(super) severity: Option<String>,
    pub(super) mistyped: Option<String>,
    pub(super) effect: Option<String>,
    pub(super) names: Option<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariant {
    pub(super) is: BTreeMap<String, Vec<String>>,
    pub(super) table: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct RawCondition {
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) at: String,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
    pub(super) related: BTreeMap<String, String>,
    pub(super) each: Vec<String>,
    pub(super) present: Vec<String>,
    pub(super) absent: Vec<String>,
    pub(super) is: BTreeMap<String, Vec<RawValue>>,
    pub(super) is_or_absent: BTreeMap<String, Vec<RawValue>>,
    pub(super) above: BTreeMap<String, f64>,
    pub(super) differ: Vec<String>,
}

/// A single value that a condition compares with.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub(super) enum RawValue {
    Bool(bool),
    Int(i64),
    Text(String),
}

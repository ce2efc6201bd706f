//! Languages, and the days on which security fixes of their versions end: `languages/*.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::listing::Row;
use super::load::{LoadError, Resolver, check_columns, load_error};
use super::rows::{ColumnSources, LanguageVersion, RawLanguageVersion};
use super::sourced::{Date, Source};
use crate::packed::{self, Embedded};

/// `languages/*.toml` as they were at build time, sorted by stem.
pub(super) const BUILTIN: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// A language and its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Language {
    /// The id: `python`.
    pub id: String,
    /// Its versions, newest first.
    pub versions: Vec<LanguageVersion>,
}

/// A language file as written. Unknown keys are errors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLanguage {
    id: String,
    sources: BTreeMap<String, Source>,
    #[serde(default)]
    column_sources: RawColumnSources,
    versions: Vec<RawLanguageVersion>,
}

/// Sources of columns.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumnSources {
    versions: ColumnSources,
}

impl Language {
    /// The row of a version as files have it: `3.12` and `3.12.4` are both of 3.12.
    pub fn version(&self, text: &str) -> Option<&LanguageVersion> {
        let is_it = |it: &&LanguageVersion| {
            let rest = text.strip_prefix(it.name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.versions.iter().find(is_it)
    }

    /// Every value with its source, in file order.
    pub fn rows(&self) -> Vec<Row> {
        let sources = self.versions.iter().flat_map(|it| {
            it.sources().into_iter().map(move |(column, source)| (&it.name, column, source))
        });
        let row = |(name, column, source): (&String, &str, &Arc<Source>)| Row {
            path: format!("versions.{name}.{column}").trim_end_matches('.').to_owned(),
            source: Arc::clone(source),
        };
        sources.map(row).collect()
    }

    /// The values that nobody has compared with their source for more than a year.
    pub fn stale(&self, today: Date) -> Vec<Row> {
        let mut rows = self.rows();
        rows.retain(|it| it.source.checked.is_older_than_a_year(today));
        rows
    }
}

/// The language that a file describes, or the first thing that is wrong with the file.
#[cfg(test)]
pub(super) fn language(text: &str) -> Result<Language, LoadError> {
    let raw: RawLanguage = toml::from_str(text).map_err(|error| {
        LoadError::new(error.message().trim_end(), error.span().unwrap_or_default())
    })?;
    resolved(raw)
}

/// The language that a packed file describes.
pub(super) fn embedded(packed: &[u8]) -> Result<Language, LoadError> {
    resolved(packed::read(packed).map_err(load_error)?)
}

fn resolved(raw: RawLanguage) -> Result<Language, LoadError> {
    let sources = raw.sources.into_iter().map(|(key, source)| (key, Arc::new(source)));
    let resolver = Resolver::new(sources.collect());
    let columns = raw.column_sources.versions;
    check_columns(&columns, LanguageVersion::COLUMNS)?;
    let versions = raw.versions.into_iter().map(|it| it.resolve(&resolver, &columns));
    Ok(Language { id: raw.id, versions: versions.collect::<Result<_, _>>()? })
}

//! What packages take of the memory of a process that imports them: `memory/python.toml`.
//!
//! `tools/import-memory` measures it: pages that belong to the process alone, which no other one
//! shares, and without what the package loads in turn where that has a row of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::packed::{self, Embedded};

/// `memory/*.toml` as they were at build time, sorted by stem.
const BUILTIN: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/memory.rs"));

/// A package and its memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weight {
    /// Its normalized name.
    pub(crate) name: String,
    /// The version that was measured.
    pub(crate) version: String,
    /// The modules by which code imports it.
    modules: Vec<String>,
    /// What it takes itself, in megabytes.
    pub(crate) memory_mb: u32,
    /// Packages with rows of their own that it loads.
    #[serde(default)]
    loads: Vec<String>,
}

/// A file of `memory/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "the name of the file says it again, for people")]
    id: String,
    #[expect(dead_code, reason = "sources are for people")]
    source: Source,
    interpreter_mb: u32,
    packages: Vec<Weight>,
}

/// Where the numbers come from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "sources are for people")]
struct Source {
    url: String,
    checked: String,
    note: String,
}

fn file() -> Option<&'static File> {
    static FILE: OnceLock<Option<File>> = OnceLock::new();
    let read = || {
        let (.., bytes) = BUILTIN.iter().find(|(stem, ..)| *stem == "python")?;
        packed::read::<File>(bytes).ok()
    };
    FILE.get_or_init(read).as_ref()
}

/// Every package that was measured.
pub(crate) fn all() -> &'static [Weight] {
    file().map(|it| it.packages.as_slice()).unwrap_or_default()
}

/// What the interpreter takes with one package and all that it loads, in megabytes.
pub(crate) fn with_interpreter(name: Option<&str>) -> u32 {
    let modules = name.and_then(row).map(|it| it.modules.as_slice()).unwrap_or_default();
    let loaded = loaded(modules.iter().map(String::as_str), None);
    let interpreter_mb = file().map_or(0, |it| it.interpreter_mb);
    loaded.values().fold(interpreter_mb, |total, it| total + it.0.memory_mb)
}

/// The row of a package.
fn row(name: &str) -> Option<&'static Weight> {
    all().iter().find(|it| it.name == name)
}

/// The name of a package that takes this much with what it loads.
pub(crate) fn heavier(name: &str, memory_mb: u32) -> Option<&'static str> {
    let row = row(name)?;
    let loaded = loaded(row.modules.iter().map(String::as_str), None);
    let total: u32 = loaded.values().map(|it| it.0.memory_mb).sum();
    (total >= memory_mb).then_some(row.name.as_str())
}

/// Whether a module is one of these packages.
pub(crate) fn is_of(module: &str, names: &BTreeSet<&'static str>) -> bool {
    let rows = all().iter().filter(|it| it.modules.iter().any(|it| it == module));
    rows.into_iter().any(|it| names.contains(it.name.as_str()))
}

/// The module of a row that a dotted name belongs to: `google.cloud.storage` of
/// `google.cloud.storage.blob`.
pub(crate) fn module_of(dotted: &str) -> Option<&'static str> {
    let modules = all().iter().flat_map(|it| &it.modules);
    let belongs = |it: &&String| {
        let rest = dotted.strip_prefix(it.as_str());
        rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
    };
    modules.filter(belongs).max_by_key(|it| it.len()).map(String::as_str)
}

/// The rows of what is imported and what that loads in turn, each with the module that code names.
/// What `base` loads counts as loaded already.
pub(crate) fn loaded<'a>(
    modules: impl Iterator<Item = &'a str>,
    base: Option<&str>,
) -> BTreeMap<&'static str, (&'static Weight, &'a str)> {
    let mut done = BTreeSet::new();
    let mut queue: Vec<&str> = base.into_iter().collect();
    while let Some(name) = queue.pop() {
        if let Some(row) = row(name).filter(|it| done.insert(it.name.as_str())) {
            queue.extend(row.loads.iter().map(String::as_str));
        }
    }
    let mut found = BTreeMap::new();
    for module in modules {
        let named = |it: &&Weight| it.modules.iter().any(|it| it == module);
        let mut queue: Vec<&'static Weight> = all().iter().filter(named).collect();
        while let Some(weight) = queue.pop() {
            if !done.insert(weight.name.as_str()) {
                continue;
            }
            found.insert(weight.name.as_str(), (weight, module));
            queue.extend(weight.loads.iter().filter_map(|it| row(it)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_closed() {
        assert!(all().len() >= 60, "{}", all().len());
        for weight in all() {
            assert!(!weight.modules.is_empty(), "{weight:?}");
            for name in &weight.loads {
                assert!(row(name).is_some(), "{} loads {name}, which has no row", weight.name);
            }
        }
    }

    #[test]
    fn a_package_counts_once_however_often_it_is_loaded() {
        let loaded = loaded(["pandas", "sklearn"].into_iter(), None);
        assert!(loaded.contains_key("numpy") && loaded.contains_key("scipy"), "{loaded:?}");
        assert_eq!(module_of("google.cloud.storage.blob"), Some("google.cloud.storage"));
        assert_eq!(module_of("pandasx"), None);
    }

    #[test]
    fn what_a_framework_loads_is_part_of_it() {
        let loaded = loaded(["pydantic"].into_iter(), Some("fastapi"));
        assert!(!loaded.contains_key("pydantic"), "{loaded:?}");
    }
}

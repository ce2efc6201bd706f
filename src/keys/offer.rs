//! What may be written at a place of a file: keys of its table, values of a key.

use std::collections::BTreeMap;

use super::schema::{Kind, Schema, State, Table, TableId, Type};
use super::wording;

/// A key that a table takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedKey {
    /// The name.
    pub name: String,
    /// What it takes: "a string or a list of strings".
    pub takes: String,
    /// Whether it takes nothing but a table or a list of tables.
    pub is_table: bool,
    /// Whether the table makes no sense without it.
    pub is_required: bool,
    /// What to use instead, where it is in use no more.
    pub deprecated: Option<String>,
}

/// A value that a key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedValue {
    /// The text.
    pub text: String,
    /// Whether it is a text, which some syntaxes quote; else `true` or `false`.
    pub is_text: bool,
}

/// The keys of the table at a path of keys; lists leave no trace in it. Empty where the format has
/// no tables of keys, or none there.
pub fn keys_at(format: &str, path: &[String]) -> Vec<OfferedKey> {
    let Some(schema) = super::schema(format) else { return Vec::new() };
    let mut keys: BTreeMap<&str, OfferedKey> = BTreeMap::new();
    for table in tables_at(schema, path) {
        for (name, key) in &table.keys {
            let target = key.same_as.as_deref().and_then(|it| table.keys.get(it)).unwrap_or(key);
            let deprecated = match &key.state {
                State::Current => None,
                State::Deprecated(it) => Some(it.clone()),
                // Nobody reads it.
                State::Ignored(_) => continue,
            };
            let is_table = |it: &Type| match it {
                Type::Table(_) | Type::Map(_) => true,
                Type::List(of) => of.iter().all(|it| matches!(it, Type::Table(_))),
                Type::Any | Type::Scalar(_) => false,
            };
            keys.entry(name).or_insert_with(|| OfferedKey {
                name: name.clone(),
                takes: wording::expected(&target.types),
                is_table: !target.types.is_empty() && target.types.iter().all(is_table),
                is_required: key.required.is_some(),
                deprecated,
            });
        }
    }
    keys.into_values().collect()
}

/// The values that the key at the end of a path takes, where these are few. The names that
/// `named` knows below a table of the file are among them.
pub fn values_at(
    format: &str,
    path: &[String],
    named: impl Fn(&str) -> Vec<String>,
) -> Vec<OfferedValue> {
    let Some(schema) = super::schema(format) else { return Vec::new() };
    let mut values: Vec<OfferedValue> = Vec::new();
    let mut add = |text: &str, is_text| {
        let value = OfferedValue { text: text.to_owned(), is_text };
        if !values.contains(&value) {
            values.push(value);
        }
    };
    for ty in flat(types_at(schema, path)) {
        let Type::Scalar(scalar) = ty else { continue };
        scalar.values.iter().for_each(|it| add(it, true));
        if scalar.kind == Kind::Bool {
            add("true", false);
            add("false", false);
        }
        if let Some((table, other)) = &scalar.names {
            let known = named(table.trim_start_matches('/'));
            let other = known.is_empty().then(|| other.clone());
            known.into_iter().chain(other).for_each(|it| add(&it, true));
        }
    }
    values
}

/// Whether the key at the end of a path is one of the format.
pub fn is_key(format: &str, path: &[String]) -> bool {
    super::schema(format).is_some_and(|it| !types_at(it, path).is_empty())
}

/// The forms of the value of the key at the end of a path.
fn types_at<'s>(schema: &'s Schema, path: &[String]) -> Vec<&'s Type> {
    let Some((key, above)) = path.split_last() else { return Vec::new() };
    let mut found = Vec::new();
    for ty in flat(types_at(schema, above)) {
        if let Type::Map(values) = ty {
            found.extend(values);
        }
    }
    for table in tables_at(schema, above) {
        match table.keys.get(key) {
            Some(it) => {
                let same = it.same_as.as_deref().and_then(|it| table.keys.get(it));
                found.extend(&same.unwrap_or(it).types);
            }
            None => found.extend(&table.rest),
        }
    }
    found
}

/// The tables that may be at a path: the ones of its types and all that stand in for them. Which one
/// it is may depend on what is still to be written.
fn tables_at<'s>(schema: &'s Schema, path: &[String]) -> Vec<&'s Table> {
    let ids: Vec<TableId> = match path {
        [] => vec![schema.root],
        path => flat(types_at(schema, path)).into_iter().filter_map(table_id).collect(),
    };
    let mut tables = Vec::new();
    for id in ids {
        let table = &schema.tables[id];
        tables.push(table);
        tables.extend(table.variants.iter().map(|it| &schema.tables[it.table]));
    }
    tables
}

fn table_id(ty: &Type) -> Option<TableId> {
    match ty {
        Type::Table(id) => Some(*id),
        _ => None,
    }
}

/// Types, with what lists of them have as elements.
fn flat(types: Vec<&Type>) -> Vec<&Type> {
    let mut flat = Vec::new();
    for ty in types {
        match ty {
            Type::List(of) => flat.extend(self::flat(of.iter().collect())),
            ty => flat.push(ty),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn every_format_offers_keys_that_it_takes() {
        for format in crate::keys::formats() {
            let keys = keys_at(format, &[]);
            for key in &keys {
                assert!(is_key(format, std::slice::from_ref(&key.name)), "{format}");
            }
            // Where a file begins with names of the user, such as stages, keys are below those.
            let below = keys_at(format, &path("production"));
            assert!(!keys.is_empty() || !below.is_empty(), "{format}");
        }
    }

    #[test]
    fn keys_are_found_below_lists_and_names_of_the_user() {
        let has = |format, at: &str, name: &str| {
            keys_at(format, &path(at)).iter().any(|it| it.name == name)
        };
        assert!(has("fly", "http_service.checks", "grace_period"));
        assert!(has("fly", "vm", "memory"));
        assert!(has("compose", "services.web", "healthcheck"));
        assert!(has("render", "services", "healthCheckPath"));
        assert!(!has("fly", "vm", "kill_timeout"));
        assert!(keys_at("procfile", &[]).is_empty());
    }

    #[test]
    fn few_values_are_offered_and_names_come_from_the_file() {
        let values = |at: &str| {
            let values = values_at("fly", &path(at), |_| vec!["web".to_owned()]);
            values.into_iter().map(|it| it.text).collect::<Vec<_>>()
        };
        assert!(values("http_service.auto_stop_machines").contains(&"suspend".to_owned()));
        assert!(values("http_service.force_https").contains(&"true".to_owned()));
        assert_eq!(values("vm.processes"), ["web"]);
        assert!(values("app").is_empty());
    }
}

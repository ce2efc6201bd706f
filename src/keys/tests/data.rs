//! Every file of `keys/` loads, and names only what exists.

use std::collections::BTreeSet;

use crate::diagnostic::Severity;
use crate::keys::schema::{Schema, State, Table, Type};
use crate::keys::{BUILTIN, conditions, load};
use crate::platforms::{Catalog, DatabaseKind};
use crate::policy::Policy;
use crate::policy::rule::Rule;

fn schemas() -> impl Iterator<Item = (&'static str, Schema)> {
    BUILTIN.iter().map(|(stem, text, _)| match load::schema(text) {
        Ok(schema) => (*stem, schema),
        Err(error) => panic!("keys/{stem}.toml: {error}"),
    })
}

#[test]
fn what_is_packed_is_what_is_written() {
    for (stem, text, packed) in BUILTIN {
        let (packed, written) = (load::embedded(packed).unwrap(), load::schema(text).unwrap());
        assert_eq!(format!("{packed:?}"), format!("{written:?}"), "{stem}");
    }
}

#[test]
fn every_file_loads_and_has_keys() {
    for (stem, schema) in schemas() {
        let root = &schema.tables[schema.root];
        assert!(!root.keys.is_empty() || !root.rest.is_empty(), "{stem}");
    }
}

#[test]
fn other_names_of_keys_stand_for_keys() {
    for (stem, schema) in schemas() {
        for table in &schema.tables {
            for (name, key) in &table.keys {
                if let Some(target) = &key.same_as {
                    assert!(table.keys.contains_key(target), "{stem}: `{name}` is `{target}`");
                }
            }
        }
    }
}

#[test]
fn hints_are_about_keys_that_do_not_exist() {
    for (stem, schema) in schemas() {
        for table in &schema.tables {
            for name in table.hints.keys() {
                assert!(!table.keys.contains_key(name), "{stem}: `{name}` is a key");
            }
        }
    }
}

#[test]
fn conditions_name_keys_and_rules_that_exist() {
    let policy = Policy::builtin(&mut Vec::new());
    // One that is off is an opinion, and speaks as an info where it is switched on.
    let severity = |it: &Rule| it.level.severity().unwrap_or(Severity::Info);
    let level = |id: &str| policy.rules.iter().find(|it| it.id == id).map(severity);
    for (stem, schema) in schemas() {
        for table in &schema.tables {
            for condition in &table.conditions {
                let raw = condition.raw();
                let level = level(&raw.rule);
                let level = level.unwrap_or_else(|| panic!("{stem}: no rule `{}`", raw.rule));
                assert!(condition.severity() <= level, "{stem}: {} is worse", raw.message);
                let mut paths: Vec<&str> = vec![&raw.at];
                paths.extend(raw.present.iter().chain(&raw.absent).map(String::as_str));
                paths.extend(raw.is.keys().chain(raw.is_or_absent.keys()).map(String::as_str));
                paths.extend(raw.above.keys().chain(raw.related.keys()).map(String::as_str));
                paths.extend(raw.differ.iter().map(String::as_str));
                for template in raw.related.values().chain(&raw.help).chain([&raw.label]) {
                    paths.extend(conditions::paths(template));
                }
                for path in paths {
                    assert!(exists(&schema, table, path), "{stem}: no `{path}`: {}", raw.message);
                }
            }
        }
    }
}

/// Whether a path of a condition leads along known keys.
fn exists(schema: &Schema, table: &Table, path: &str) -> bool {
    let (table, path) = match path.strip_prefix('/') {
        Some(path) => (&schema.tables[schema.root], path),
        None => (table, path),
    };
    let (name, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let Some(key) = table.keys.get(name) else { return false };
    let Some(rest) = rest else { return true };
    key.types.iter().any(|it| match it {
        Type::Table(id) => exists(schema, &schema.tables[*id], rest),
        Type::Map(_) => true,
        _ => false,
    })
}

#[test]
fn plans_are_those_of_the_catalog() {
    check_plans("fly", "vm", "size", "fly", "web");
    check_plans("render", "web", "plan", "render", "web");
    check_plans("render", "cron", "plan", "render", "cron");
}

#[test]
fn database_plans_are_those_of_the_catalog() {
    let catalog = Catalog::builtin();
    let render = catalog.platform("render").unwrap();
    for (table, kind) in [("key_value", DatabaseKind::Redis), ("database", DatabaseKind::Postgres)]
    {
        for value in values("render", table, "plan") {
            assert!(render.database(kind, &value).is_some(), "`{value}` is no plan of {table}");
        }
    }
}

/// A value of the key is a plan of the catalog, and a plan that is sold is a value.
#[track_caller]
fn check_plans(stem: &str, table: &str, key: &str, platform: &str, kind: &str) {
    let catalog = Catalog::builtin();
    let platform = catalog.platform(platform).unwrap();
    let values = values(stem, table, key);
    for value in &values {
        assert!(platform.plan(value, kind).is_some(), "`{value}` is no plan for {kind}");
    }
    for plan in platform.plans(kind) {
        for name in std::iter::once(&plan.name).chain(&plan.aliases) {
            let is_value = values.iter().any(|it| it.eq_ignore_ascii_case(name));
            assert!(is_value, "the plan `{name}` is no value of `{key}` in {table}");
        }
    }
}

/// The keys of a format that are in use, sorted.
pub(super) fn keys(stem: &str) -> BTreeSet<String> {
    let (_, text, _) = BUILTIN.iter().find(|(it, ..)| *it == stem).unwrap();
    let tables = load::schema(text).unwrap().tables;
    let keys = tables.into_iter().flat_map(|it| it.keys);
    keys.filter(|(_, key)| matches!(key.state, State::Current)).map(|(name, _)| name).collect()
}

/// The texts that a key can be.
#[track_caller]
fn values(stem: &str, table: &str, key: &str) -> Vec<String> {
    let (_, text, _) = BUILTIN.iter().find(|(it, ..)| *it == stem).unwrap();
    let schema = load::schema(text).unwrap();
    let Some(id) = schema.names.get(table) else { panic!("no table `{table}`") };
    let [Type::Scalar(scalar)] = &schema.tables[*id].keys[key].types[..] else {
        panic!("`{key}` is one of a few texts");
    };
    scalar.values.clone()
}

/// Whether the tables of a format are written from a schema.
pub(super) fn is_from_schema(stem: &str) -> bool {
    BUILTIN.iter().any(|(it, text, _)| *it == stem && text.contains("tools/keys/from_schema.py"))
}

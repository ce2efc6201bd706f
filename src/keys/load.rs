//! From the text of a file of keys to a [`Schema`]: names are resolved, and what cannot be is an
//! error that says where.

use std::collections::BTreeMap;

use regex_lite::Regex;

use crate::diagnostic::Severity;
use crate::packed;
use crate::platforms::Date;

use super::conditions::Condition;
use super::raw::{RawCondition, RawKey, RawSchema, RawSpec, RawTable, RawVariant};
use super::schema::{Bare, Key, Kind, Scalar, Schema, State, Table, TableId, Type, Variant};

/// The tables of a packed file, or the first thing that is wrong with it.
pub(super) fn embedded(packed: &[u8]) -> Result<Schema, String> {
    schema_of(packed::read(packed).map_err(|it| it.to_string())?)
}

/// The tables of a file, or the first thing that is wrong with it and where.
#[cfg(test)]
pub(super) fn schema(text: &str) -> Result<Schema, String> {
    schema_of(toml::from_str(text).map_err(|it| it.to_string())?)
}

fn schema_of(mut raw: RawSchema) -> Result<Schema, String> {
    let raw_tables = std::mem::take(&mut raw.tables);
    let ids = raw_tables.keys().cloned().zip(0..).collect();
    let mut names = Names { tables: ids, types: BTreeMap::new() };
    for (name, spec) in &raw.types {
        if names.tables.contains_key(name) || kind(name).is_some() {
            return Err(format!("`{name}` is two things"));
        }
        let ty = spec.ty.as_deref().ok_or_else(|| format!("type `{name}` has no `type`"))?;
        let types = names.types(ty, spec).map_err(|it| format!("type `{name}`: {it}"))?;
        names.types.insert(name.clone(), types);
    }
    let mut tables = Vec::new();
    for (name, table) in &raw_tables {
        let table = names.table(&raw, &raw_tables, table);
        tables.push(table.map_err(|it| format!("table `{name}`: {it}"))?);
    }
    let root = names.table_id("root")?;
    let RawSchema { reader, file, folds_case, open_prefixes, .. } = raw;
    Ok(Schema {
        reader,
        file,
        folds_case,
        open_prefixes,
        tables,
        #[cfg(test)]
        names: names.tables,
        root,
    })
}

/// What a type expression can name.
struct Names {
    tables: BTreeMap<String, TableId>,
    types: BTreeMap<String, Vec<Type>>,
}

impl Names {
    fn table_id(&self, name: &str) -> Result<TableId, String> {
        self.tables.get(name).copied().ok_or_else(|| format!("no table `{name}`"))
    }

    fn table(
        &self,
        schema: &RawSchema,
        tables: &BTreeMap<String, RawTable>,
        raw: &RawTable,
    ) -> Result<Table, String> {
        let Some(source) = schema.sources.get(&raw.source) else {
            return Err(format!("no source `{}`", raw.source));
        };
        let mut table = Table {
            title: raw.title.clone(),
            unknown: raw.unknown.unwrap_or(schema.unknown),
            open: raw.open,
            rest: match &raw.rest {
                Some(types) => self.types(types, &RawSpec::default())?,
                None => Vec::new(),
            },
            keys: BTreeMap::new(),
            hints: BTreeMap::new(),
            variants: Vec::new(),
            conditions: Vec::new(),
        };
        self.add(&mut table, tables, raw, 0)?;
        for variant in &raw.variants {
            table.variants.push(self.variant(variant)?);
        }
        date(&mut table.rest, source.checked);
        table.keys.values_mut().for_each(|it| date(&mut it.types, source.checked));
        Ok(table)
    }

    /// Adds what tables share: keys, hints and conditions, of what they include first.
    fn add(
        &self,
        table: &mut Table,
        tables: &BTreeMap<String, RawTable>,
        raw: &RawTable,
        depth: usize,
    ) -> Result<(), String> {
        if depth > tables.len() {
            return Err("includes itself".to_owned());
        }
        for name in &raw.includes {
            let shared = tables.get(name).ok_or_else(|| format!("no table `{name}`"))?;
            self.add(table, tables, shared, depth + 1)?;
        }
        for (name, key) in &raw.keys {
            let key = self.key(key).map_err(|it| format!("key `{name}`: {it}"))?;
            table.keys.insert(name.clone(), key);
        }
        table.hints.extend(raw.hints.clone());
        for condition in raw.conditions.iter().flat_map(each) {
            table.conditions.push(Condition::from_raw(condition)?);
        }
        Ok(())
    }

    fn variant(&self, raw: &RawVariant) -> Result<Variant, String> {
        let split = |it: &String| it.split('|').map(|it| it.trim().to_owned()).collect();
        let is = raw.is.iter().map(|(keys, values)| (split(keys), values.clone())).collect();
        Ok(Variant { is, table: self.table_id(&raw.table)? })
    }

    fn key(&self, raw: &RawKey) -> Result<Key, String> {
        let spec = match raw {
            RawKey::Type(ty) => RawSpec { ty: Some(ty.clone()), ..RawSpec::default() },
            RawKey::Spec(spec) => (**spec).clone(),
        };
        let types = match &spec.ty {
            Some(ty) => self.types(ty, &RawSpec { deprecated: None, ..spec.clone() })?,
            None if spec.same_as.is_some() || spec.ignored.is_some() => vec![Type::Any],
            None => return Err("no `type`".to_owned()),
        };
        let state = match (&spec.deprecated, &spec.ignored) {
            (Some(_), Some(_)) => return Err("both deprecated and ignored".to_owned()),
            (Some(help), None) => State::Deprecated(help.clone()),
            (None, Some(why)) => State::Ignored(why.clone()),
            (None, None) => State::Current,
        };
        Ok(Key {
            types,
            required: spec.required.as_deref().map(severity).transpose()?,
            state,
            same_as: spec.same_as,
            for_table: spec.for_table,
            elements_max: spec.elements_max,
        })
    }

    /// Reads `a | list of b | map of c`. The bounds of `spec` go to single values and elements.
    fn types(&self, expression: &str, spec: &RawSpec) -> Result<Vec<Type>, String> {
        let mut types = Vec::new();
        for part in expression.split('|').map(str::trim) {
            if let Some(element) = part.strip_prefix("list of ") {
                types.push(Type::List(self.types(element, spec)?));
            } else if let Some(value) = part.strip_prefix("map of ") {
                types.push(Type::Map(self.types(value, spec)?));
            } else if part == "any" {
                types.push(Type::Any);
            } else if let Some(kind) = kind(part) {
                types.push(Type::Scalar(Box::new(scalar(kind, spec)?)));
            } else if let Some(named) = self.types.get(part) {
                types.extend(named.iter().cloned());
            } else {
                types.push(Type::Table(self.table_id(part)?));
            }
        }
        Ok(types)
    }
}

/// Says of every bound that grows when somebody last compared it.
fn date(types: &mut [Type], checked: Date) {
    for it in types {
        match it {
            Type::Scalar(scalar) if scalar.grows => scalar.checked = Some(checked),
            Type::List(inner) | Type::Map(inner) => date(inner, checked),
            Type::Any | Type::Table(_) | Type::Scalar(_) => {}
        }
    }
}

/// The conditions that one with `each` stands for: `{each}` is the name of a key.
fn each(raw: &RawCondition) -> Vec<RawCondition> {
    if raw.each.is_empty() {
        return vec![raw.clone()];
    }
    let one = |name: &String| {
        let mut one = raw.clone();
        one.present.push(name.clone());
        one.at.clone_from(name);
        one.message = one.message.replace("{each}", name);
        one.help = one.help.map(|it| it.replace("{each}", name));
        one
    };
    raw.each.iter().map(one).collect()
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "string" => Kind::String,
        "digits" => Kind::Digits,
        "int" => Kind::Int,
        "number" => Kind::Number,
        "bool" => Kind::Bool,
        "duration" => Kind::Duration,
        "cron" => Kind::Cron,
        "size" => Kind::Size,
        "scalar" => Kind::Scalar,
        _ => return None,
    })
}

fn severity(name: &str) -> Result<Severity, String> {
    Severity::from_name(name).ok_or_else(|| format!("`{name}` is not a severity"))
}

/// What a whole text must match, and how that is said.
fn pattern(spec: &RawSpec) -> Result<Option<(Regex, String)>, String> {
    match (&spec.pattern, &spec.form) {
        (None, None) => Ok(None),
        (Some(pattern), Some(form)) => {
            let regex = Regex::new(&format!("^(?:{pattern})$"));
            Ok(Some((regex.map_err(|it| it.to_string())?, form.clone())))
        }
        _ => Err("`pattern` and `form` go together".to_owned()),
    }
}

fn scalar(kind: Kind, spec: &RawSpec) -> Result<Scalar, String> {
    let is_text = matches!(kind, Kind::String);
    let bare_fits = match (kind, spec.bare) {
        (_, None) => true,
        (Kind::Duration, Some(bare)) => matches!(bare, Bare::Ns | Bare::Ms | Bare::S),
        (Kind::Size, Some(bare)) => matches!(bare, Bare::Mb | Bare::Gb),
        (_, Some(_)) => false,
    };
    if !bare_fits {
        return Err("`bare` does not fit the type".to_owned());
    }
    let texts = |it: &Vec<String>| if is_text { it.clone() } else { Vec::new() };
    let named = |it: &BTreeMap<String, String>| match is_text {
        true => it.clone(),
        false => BTreeMap::new(),
    };
    Ok(Scalar {
        kind,
        values: texts(&spec.values),
        folds_case: spec.folds_case,
        legacy: named(&spec.legacy),
        refused: named(&spec.refused),
        instead: spec.instead.clone(),
        min: spec.min,
        max: spec.max,
        grows: spec.grows,
        checked: None,
        except: spec.except.clone(),
        multiple_of: spec.multiple_of,
        starts_with: spec.starts_with.clone(),
        contains: spec.contains.clone(),
        pattern: pattern(spec)?,
        filled: spec.filled,
        bare: spec.bare,
        severity: spec.severity.as_deref().map_or(Ok(Severity::Error), severity)?,
        mistyped: spec.mistyped.as_deref().map_or(Ok(Severity::Error), severity)?,
        effect: spec.effect.clone(),
        deprecated: spec.deprecated.clone(),
        names: spec.names.clone(),
    })
}

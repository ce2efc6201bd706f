//! JSON Schemas (draft 2020-12) of what users write and what they read.
//!
//! The schemas of opslint.toml and of rule files come from the tables of keys that the parsers use,
//! so they cannot say something else. Those of the output are written by hand in `schemas/`: they
//! are a promise, and a promise must not change because a type did.

use serde_json::{Map, Value, json};

use crate::measure;
use crate::policy::config::FailOn;
use crate::policy::config::keys::{self, CONFIG, Key, Names, Need, Shape};
use crate::policy::config::samples::{SAMPLES, Sample};
use crate::policy::levels::Level;
use crate::policy::rule_keys::RULE;
use crate::vocabulary::{FactDef, Scope, Type, Unit};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const OUTPUT: &str = include_str!("../../schemas/output.json");
const PLAN: &str = include_str!("../../schemas/plan.json");
const RESOLVE: &str = include_str!("../../schemas/resolve.json");

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// A rule file.
    Rule,
    /// opslint.toml.
    Config,
    /// `opslint check --format json`.
    Output,
    /// `opslint resolve --format json`.
    Resolve,
    /// `opslint plan --format json`.
    Plan,
    /// opslint.measured.toml.
    Measured,
}

impl Schema {
    /// Every schema with its name on the command line.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Rule, "rule"),
        (Self::Config, "config"),
        (Self::Output, "output"),
        (Self::Resolve, "resolve"),
        (Self::Plan, "plan"),
        (Self::Measured, "measured"),
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The schema of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(schema, _)| *schema)
    }

    /// The text of the schema, indented, with a line break at its end.
    pub fn text(self) -> String {
        match self {
            Self::Rule => document("a rule file of opslint", table(RULE)),
            Self::Config => document("opslint.toml", with_samples(table(CONFIG))),
            Self::Output => OUTPUT.to_owned(),
            Self::Resolve => RESOLVE.to_owned(),
            Self::Plan => PLAN.to_owned(),
            Self::Measured => indented(&measure::schema()),
        }
    }
}

fn document(title: &str, schema: Map<String, Value>) -> String {
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!(DIALECT));
    root.insert("title".to_owned(), json!(title));
    root.extend(schema);
    indented(&Value::Object(root))
}

/// Adds what holds without a key, and an example.
fn with_samples(config: Map<String, Value>) -> Map<String, Value> {
    let mut root = Value::Object(config);
    for it in SAMPLES {
        if let Some(Value::Object(key)) = key_of(&mut root, it) {
            if let Some(default) = it.default.and_then(toml_value) {
                key.insert("default".to_owned(), default);
            }
            key.insert(
                "examples".to_owned(),
                Value::Array(toml_value(it.example).into_iter().collect()),
            );
        }
    }
    fields(root)
}

/// The schema of a key in that of the whole file.
fn key_of<'a>(root: &'a mut Value, sample: &Sample) -> Option<&'a mut Value> {
    sample.path.split('.').try_fold(root, |at, name| match name {
        "*" => at.get_mut("additionalProperties"),
        "[]" => at.get_mut("items"),
        name => at.get_mut("properties")?.get_mut(name),
    })
}

/// A value that is written as TOML; a date is its text.
fn toml_value(text: &str) -> Option<Value> {
    let table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
    match table.get("value")? {
        toml::Value::Datetime(it) => Some(json!(it.to_string())),
        it => serde_json::to_value(it).ok(),
    }
}

fn indented(schema: &Value) -> String {
    let text = serde_json::to_string_pretty(schema).expect("a map of texts has a JSON form");
    text + "\n"
}

/// A table with these keys and no others.
fn table(keys: &[Key]) -> Map<String, Value> {
    object(properties(keys), keys)
}

fn properties(keys: &[Key]) -> Map<String, Value> {
    let property = |it: &Key| {
        let mut schema = shape(&it.shape);
        schema.insert("description".to_owned(), json!(it.doc));
        (it.name.to_owned(), Value::Object(schema))
    };
    keys.iter().map(property).collect()
}

fn object(properties: Map<String, Value>, keys: &[Key]) -> Map<String, Value> {
    let required = keys.iter().filter(|it| it.need == Need::Required);
    let required: Vec<_> = required.map(|it| it.name).collect();
    let mut schema = fields(json!({ "type": "object", "additionalProperties": false }));
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn shape(shape: &Shape) -> Map<String, Value> {
    let levels = Level::ALL.map(|(_, name)| name);
    fields(match shape {
        Shape::Text | Shape::Expression => json!({ "type": "string" }),
        Shape::Reason => json!({ "type": "string", "pattern": "\\S" }),
        Shape::Path | Shape::Pattern => json!({ "type": "string", "pattern": "^[^/]" }),
        Shape::Rule => json!({ "type": "string", "pattern": RULE_ID }),
        Shape::OneOf(names) => json!({ "enum": names }),
        Shape::Level => json!({ "enum": levels }),
        Shape::FailOn => json!({ "enum": FailOn::NAMES }),
        Shape::Date => json!({ "type": "string", "format": "date" }),
        Shape::Variable => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Value => {
            let plain = json!({ "type": ["string", "number", "boolean"] });
            json!({ "anyOf": [plain, { "type": "array", "items": plain }] })
        }
        Shape::Count => json!({ "type": "integer", "minimum": 0 }),
        Shape::List(it) => json!({ "type": "array", "items": self::shape(it) }),
        Shape::OneOrMore(it) => {
            let list = json!({ "type": "array", "items": self::shape(it) });
            json!({ "anyOf": [self::shape(it), list] })
        }
        Shape::Table(keys) => return table(keys),
        Shape::Facts(keys, scope) => return facts(keys, *scope),
        Shape::Map(names, it) => return map(*names, it),
    })
}

const RULE_ID: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
const RULE_ID_OR_ALL: &str = "^([a-z0-9]+(-[a-z0-9]+)*|\\*)$";

fn map(names: Names, value: &Shape) -> Map<String, Value> {
    let mut schema = fields(json!({ "type": "object" }));
    schema.insert("additionalProperties".to_owned(), Value::Object(shape(value)));
    let pattern = match names {
        Names::Levels => Some(RULE_ID_OR_ALL),
        Names::Manifests | Names::Files | Names::FilesAndFixed => Some("^[^/]"),
        Names::Variables | Names::Processes | Names::Settings => None,
    };
    if let Some(pattern) = pattern {
        schema.insert("propertyNames".to_owned(), json!({ "pattern": pattern }));
    }
    if names == Names::FilesAndFixed {
        let files = Value::Object(map(Names::Files, value));
        let fixed = json!({ "anyOf": [shape(value), files] });
        schema.insert("properties".to_owned(), json!({ "fixed": fixed }));
    }
    schema
}

/// Fixed keys and facts: `machine.memory_mb` as a key of its own, and inside of `machine`.
fn facts(keys: &[Key], scope: Scope) -> Map<String, Value> {
    let mut all = properties(keys);
    for def in keys::facts(scope) {
        all.insert(def.name.to_owned(), Value::Object(fact(def)));
        let Some((group, name)) = def.name.split_once('.') else { continue };
        let group = all.entry(group).or_insert_with(|| Value::Object(object(Map::new(), &[])));
        if let Some(Value::Object(properties)) = group.get_mut("properties") {
            properties.insert(name.to_owned(), Value::Object(fact(def)));
        }
    }
    object(all, keys)
}

fn fact(def: &FactDef) -> Map<String, Value> {
    let mut schema = fields(match def.ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::Int => json!({ "type": "integer", "minimum": 0 }),
        Type::Number => json!({ "type": "number", "minimum": 0 }),
        Type::Text => json!({ "type": "string" }),
        Type::Enum(names) => json!({ "enum": names }),
        Type::List => json!({ "type": "array", "items": { "type": "string" } }),
    });
    if def.unit == Unit::Port {
        schema.insert("maximum".to_owned(), json!(65535));
    }
    schema.insert("description".to_owned(), json!(def.doc));
    schema
}

/// The fields of a schema.
fn fields(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_configuration_have_an_example_and_a_default() {
        let schema = read(Schema::Config);
        let mut with_samples = schema.clone();
        for it in SAMPLES {
            let key = key_of(&mut with_samples, it).unwrap_or_else(|| panic!("{}", it.path));
            assert_eq!(key["examples"].as_array().map(Vec::len), Some(1), "{}", it.path);
            assert_eq!(key.get("default").is_some(), it.default.is_some(), "{}", it.path);
        }
        assert_eq!(schema["properties"]["fail-on"]["default"], "warning");
    }

    fn read(schema: Schema) -> Value {
        serde_json::from_str(&schema.text()).unwrap()
    }

    #[test]
    fn every_schema_is_of_the_same_draft() {
        for (schema, name) in Schema::ALL {
            assert_eq!(schema.name(), name);
            assert_eq!(Schema::from_name(name), Some(schema));
            assert_eq!(read(schema)["$schema"], DIALECT);
        }
    }

    #[test]
    fn a_nested_fact_has_both_of_its_forms() {
        let config = read(Schema::Config);
        let deployment = &config["properties"]["deployments"]["additionalProperties"];
        let process = &deployment["properties"]["processes"]["additionalProperties"];
        let nested = &process["properties"]["machine"]["properties"]["memory_mb"];
        assert_eq!(nested["type"], "integer");
        assert_eq!(nested, &process["properties"]["machine.memory_mb"]);
        assert_eq!(process["properties"]["plan"]["type"], "string");
        assert!(process["properties"]["database"]["properties"].get("plan").is_none());
        assert!(deployment["properties"]["database"]["properties"].get("plan").is_some());
    }

    #[test]
    fn an_entry_needs_its_reason() {
        let required = &read(Schema::Config)["properties"]["suppressions"]["items"]["required"];
        assert_eq!(required, &json!(["rule", "path", "reason"]));
    }
}

//! What may be written at a place of opslint.toml or of a rule file: the same tables of keys that
//! the readers of these files use.

use super::expression::FUNCTIONS;
use super::fail_on::FailOn;
use super::keys::{CONFIG, Key, Names, Shape, facts};
use super::levels::Level;
use super::rule_keys::RULE;
use crate::vocabulary::{FactDef, Type, Unit, VOCABULARY};

/// Which of our own files it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnFile {
    /// opslint.toml.
    Config,
    /// A rule file.
    Rule,
}

/// What may be written somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A key with what it is for, and whether it holds further keys.
    Key {
        /// The name.
        name: &'static str,
        /// One sentence.
        doc: &'static str,
        /// Whether it takes a table or a list of tables.
        is_table: bool,
    },
    /// A fact as a key.
    Fact(&'static FactDef),
    /// A text as a value.
    Text(&'static str),
    /// `true` or `false`.
    Bool(bool),
    /// The id of any rule.
    Rules,
    /// The path of any manifest.
    Manifests,
    /// The name of any process of the manifest in the path.
    Processes,
    /// A plan of the platform of the manifest in the path.
    Plans,
    /// A name in an expression: facts, functions, and what a rule is about.
    Expression,
}

/// Where a path of keys leads.
enum Place {
    Shape(&'static Shape),
    Fact(&'static FactDef),
    /// The part in front of the dot of facts: `machine`.
    Group(String, &'static Shape),
}

/// What may be written as a key of the table at a path.
pub fn own_keys(file: OwnFile, path: &[String]) -> Vec<Offer> {
    let root = match file {
        OwnFile::Config => CONFIG,
        OwnFile::Rule => RULE,
    };
    if path.is_empty() {
        return of_keys(root);
    }
    match place(root, path) {
        Some(Place::Shape(shape)) => keys_of(shape),
        Some(Place::Group(group, Shape::Facts(_, scope))) => {
            let inside = facts(*scope)
                .filter(|it| it.name.split_once('.').is_some_and(|(first, _)| first == group));
            inside.map(Offer::Fact).collect()
        }
        Some(Place::Group(..) | Place::Fact(_)) | None => Vec::new(),
    }
}

/// What may be written as the value of the key at the end of a path.
pub fn own_values(file: OwnFile, path: &[String]) -> Vec<Offer> {
    let root = match file {
        OwnFile::Config => CONFIG,
        OwnFile::Rule => RULE,
    };
    let last = path.last().map_or("", String::as_str);
    match place(root, path) {
        Some(Place::Fact(def)) => match def.ty {
            Type::Enum(names) => names.iter().copied().map(Offer::Text).collect(),
            Type::Bool => vec![Offer::Bool(true), Offer::Bool(false)],
            _ if def.name.ends_with(".plan") => vec![Offer::Plans],
            _ => Vec::new(),
        },
        Some(Place::Shape(shape)) if file == OwnFile::Config && last == "plan" => {
            let mut values = values_of(shape);
            values.push(Offer::Plans);
            values
        }
        Some(Place::Shape(shape)) => values_of(shape),
        Some(Place::Group(..)) | None => Vec::new(),
    }
}

/// The names that expressions may use: facts and functions, each with its signature or type.
pub fn expression_names() -> impl Iterator<Item = (String, String, &'static str)> {
    let facts = VOCABULARY.iter().map(|it| (it.name.to_owned(), type_of(it), it.doc));
    let functions = FUNCTIONS.iter().map(|it| {
        let arguments = match it.arity {
            (least, most) if least == most && least == 1 => "1 argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        (it.name.to_owned(), arguments, "a function, see the manual of rules")
    });
    facts.chain(functions)
}

/// The type of a fact with its unit: `number in seconds`.
pub fn type_of(def: &FactDef) -> String {
    let ty = match def.ty {
        Type::Bool => "true or false",
        Type::Int => "whole number",
        Type::Number => "number",
        Type::Text => "text",
        Type::Enum(names) => return format!("one of {}", names.join(", ")),
        Type::List => "list of texts",
    };
    let unit = match def.unit {
        Unit::None | Unit::Count => return ty.to_owned(),
        Unit::Seconds => "seconds",
        Unit::Megabytes => "MB",
        Unit::UsdMonth => "US dollars a month",
        Unit::Port => return "TCP port".to_owned(),
    };
    format!("{ty} in {unit}")
}

fn of_keys(keys: &'static [Key]) -> Vec<Offer> {
    let key =
        |it: &'static Key| Offer::Key { name: it.name, doc: it.doc, is_table: is_table(&it.shape) };
    keys.iter().map(key).collect()
}

fn is_table(shape: &Shape) -> bool {
    match shape {
        Shape::Table(_) | Shape::Facts(..) | Shape::Map(..) => true,
        Shape::List(of) | Shape::OneOrMore(of) => is_table(of),
        _ => false,
    }
}

fn place(root: &'static [Key], path: &[String]) -> Option<Place> {
    let (first, rest) = path.split_first()?;
    let mut place = Place::Shape(&root.iter().find(|it| it.name == first)?.shape);
    for key in rest {
        place = match place {
            Place::Shape(shape) => below(shape, key)?,
            Place::Group(group, Shape::Facts(_, scope)) => {
                let name = format!("{group}.{key}");
                Place::Fact(facts(*scope).find(|it| it.name == name)?)
            }
            Place::Fact(_) | Place::Group(..) => return None,
        };
    }
    Some(place)
}

fn below(shape: &'static Shape, key: &str) -> Option<Place> {
    match shape {
        Shape::List(of) | Shape::OneOrMore(of) => below(of, key),
        Shape::Map(_, of) => Some(Place::Shape(of)),
        Shape::Table(keys) => Some(Place::Shape(&keys.iter().find(|it| it.name == key)?.shape)),
        Shape::Facts(keys, scope) => {
            if let Some(it) = keys.iter().find(|it| it.name == key) {
                return Some(Place::Shape(&it.shape));
            }
            if let Some(def) = facts(*scope).find(|it| it.name == key) {
                return Some(Place::Fact(def));
            }
            let is_group = |it: &FactDef| it.name.split('.').next() == Some(key);
            facts(*scope).any(is_group).then(|| Place::Group(key.to_owned(), shape))
        }
        _ => None,
    }
}

fn keys_of(shape: &'static Shape) -> Vec<Offer> {
    match shape {
        Shape::List(of) | Shape::OneOrMore(of) => keys_of(of),
        Shape::Table(keys) => of_keys(keys),
        Shape::Facts(keys, scope) => {
            let mut offers = of_keys(keys);
            offers.extend(facts(*scope).map(Offer::Fact));
            offers
        }
        Shape::Map(Names::Levels, _) => vec![Offer::Rules],
        Shape::Map(Names::Manifests, _) => vec![Offer::Manifests],
        Shape::Map(Names::Processes, _) => vec![Offer::Processes],
        _ => Vec::new(),
    }
}

fn values_of(shape: &'static Shape) -> Vec<Offer> {
    match shape {
        Shape::List(of) | Shape::OneOrMore(of) => values_of(of),
        Shape::OneOf(names) => names.iter().copied().map(Offer::Text).collect(),
        Shape::Level => Level::ALL.iter().map(|(_, name)| Offer::Text(name)).collect(),
        Shape::FailOn => FailOn::NAMES.iter().copied().map(Offer::Text).collect(),
        Shape::Bool => vec![Offer::Bool(true), Offer::Bool(false)],
        Shape::Rule => vec![Offer::Rules],
        // Texts may hold expressions in braces.
        Shape::Expression | Shape::Text | Shape::Reason => vec![Offer::Expression],
        _ => Vec::new(),
    }
}

/// Whether the value of the key at the end of a path is an expression as a whole.
pub fn is_expression(path: &[String]) -> bool {
    matches!(place(RULE, path), Some(Place::Shape(Shape::Expression)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn configuration_offers_keys_facts_and_values() {
        let keys = own_keys(OwnFile::Config, &[]);
        assert!(keys.iter().any(|it| matches!(it, Offer::Key { name: "levels", .. })));
        let process = path(&["deployments", "Procfile", "processes", "web"]);
        let keys = own_keys(OwnFile::Config, &process);
        assert!(keys.iter().any(|it| matches!(it, Offer::Fact(it) if it.name == "workers")));
        let machine = [process.clone(), path(&["machine"])].concat();
        let keys = own_keys(OwnFile::Config, &machine);
        assert!(
            keys.iter().all(|it| matches!(it, Offer::Fact(it) if it.name.starts_with("machine.")))
        );
        assert!(!keys.is_empty());
        let plan = [process, path(&["plan"])].concat();
        assert!(own_values(OwnFile::Config, &plan).contains(&Offer::Plans));
        let level = own_values(OwnFile::Config, &path(&["levels", "x"]));
        assert!(level.contains(&Offer::Text("error")));
        assert_eq!(own_keys(OwnFile::Config, &path(&["levels"])), [Offer::Rules]);
    }

    #[test]
    fn rule_files_offer_keys_and_expressions() {
        let on = own_values(OwnFile::Rule, &path(&["check", "on"]));
        assert!(on.contains(&Offer::Text("process")));
        let fix = own_keys(OwnFile::Rule, &path(&["check", "fix"]));
        assert!(fix.iter().any(|it| matches!(it, Offer::Key { name: "safety", .. })));
        assert!(is_expression(&path(&["check", "require"])));
        assert!(!is_expression(&path(&["why"])));
        assert!(own_keys(OwnFile::Rule, &path(&["check", "on"])).is_empty());
    }
}

//! Every key of opslint.toml: one table.
//!
//! Validation, error messages and the JSON Schema are derived from it. Adding a key is adding a row
//! here and reading it in [`layer`](super::layer).

use crate::vocabulary::{FactDef, Scope, Type, VOCABULARY};

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// Whether the table makes sense without it.
    pub need: Need,
    /// One sentence for the schema.
    pub doc: &'static str,
}

/// Whether a table makes sense without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is an error to leave it out.
    Required,
    /// It may be left out.
    Optional,
}

/// What a key takes.
#[derive(Debug)]
pub enum Shape {
    /// Any text.
    Text,
    /// Text that must not be empty, because it is all that a reader has to go by.
    Reason,
    /// A path relative to the file it stands in.
    Path,
    /// A path or a pattern of paths, relative to the file it stands in.
    Pattern,
    /// The id of a rule.
    Rule,
    /// An expression over facts.
    Expression,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// `off`, `info`, `warning` or `error`.
    Level,
    /// What makes opslint exit with status 1.
    FailOn,
    /// A day such as `2027-01-01`.
    Date,
    /// The value of an environment variable: text, or a number or boolean taken as written.
    Variable,
    /// A whole number from 0 on.
    Count,
    /// A plain value, or a list of them.
    Value,
    /// A list of one shape.
    List(&'static Shape),
    /// A list of one shape, or one alone.
    OneOrMore(&'static Shape),
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table with these keys and every fact of a scope.
    Facts(&'static [Key], Scope),
    /// A table from names to one shape.
    Map(Names, &'static Shape),
}

/// What the keys of a [`Shape::Map`] name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Rules, groups of them, and `*` for all.
    Levels,
    /// Environment variables.
    Variables,
    /// Manifests, as paths or patterns.
    Manifests,
    /// Processes.
    Processes,
    /// Settings of a server or an application, under their own names.
    Settings,
    /// Files of an example.
    Files,
    /// Files of an example that fails, and `fixed`.
    FilesAndFixed,
}

/// A key that may be left out.
pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, need: Need::Optional, doc }
}

/// A key that may not be left out.
pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, need: Need::Required, doc }
}

/// What stands in `[levels]` for all rules.
pub const ALL_RULES: &str = "*";

const LEVELS: Shape = Shape::Map(Names::Levels, &Shape::Level);
const ENV: Shape = Shape::Map(Names::Variables, &Shape::Variable);

/// The keys of opslint.toml.
pub const CONFIG: &[Key] = &[
    optional(
        "extends",
        Shape::List(&Shape::Path),
        "What this file builds on: other opslint.toml files, folders with one (policy packs), and \
         packs that are installed in this repository, `npm:NAME` or `python:NAME`. Later ones win, \
         and this file last.",
    ),
    optional("pack", Shape::Table(PACK), "What this policy pack is, for those who use it."),
    optional("rules", Shape::List(&Shape::Path), "Folders with rule files of your own."),
    optional(
        "platforms",
        Shape::List(&Shape::Path),
        "Files that add a platform to the catalog, or correct one.",
    ),
    optional(
        "fail-on",
        Shape::OneOrMore(&Shape::FailOn),
        "What makes opslint exit with status 1: the mildest severity that does, and `undecided`.",
    ),
    optional(
        "include-examples",
        Shape::Bool,
        "Whether files in folders of tests, examples and fixtures are checked, too.",
    ),
    optional(
        "exclude",
        Shape::List(&Shape::Pattern),
        "Files and folders that are not checked, as paths or patterns.",
    ),
    optional("baseline", Shape::Path, "The file of known diagnostics that are held back."),
    optional("levels", LEVELS, "The level of each rule, of each group, or of all: `*`."),
    optional("env", ENV, "Environment variables that are set outside the repository."),
    optional(
        "deployments",
        Shape::Map(Names::Manifests, &Shape::Facts(DEPLOYMENT, Scope::Deployment)),
        "What no file says about a deployment, by the path of its manifest.",
    ),
    optional(
        "overrides",
        Shape::List(&Shape::Table(OVERRIDE)),
        "Levels for the files of some paths. The last match wins.",
    ),
    optional(
        "suppressions",
        Shape::List(&Shape::Table(SUPPRESSION)),
        "Diagnostics to hold back in files that have no comments.",
    ),
    optional("plan", Shape::Table(PLAN), "Where the verdicts of `opslint plan` change."),
];

/// The keys of `[pack]`.
pub const PACK: &[Key] = &[
    required("name", Shape::Reason, "Its name, such as `acme-policy`."),
    required("version", Shape::Reason, "Its version, such as `1.2.0`."),
    optional("opslint", Shape::Reason, "The oldest version of opslint that reads it."),
];

/// The keys of `[plan]`: percent of the memory of a machine.
pub const PLAN: &[Key] = &[
    optional(
        "over-allocated-below",
        Shape::Count,
        "Percent of memory below which a machine is too large.",
    ),
    optional("tight-above", Shape::Count, "Percent of memory above which there is little room."),
    optional(
        "does-not-fit-above",
        Shape::Count,
        "Percent of memory above which it does not suffice.",
    ),
];

/// The keys of `[deployments."MANIFEST"]`, besides facts.
pub const DEPLOYMENT: &[Key] = &[
    optional("env", ENV, "Environment variables of this deployment alone."),
    optional(
        "set",
        Shape::Map(Names::Variables, &Shape::Bool),
        "Whether a variable is set outside the repository, to something that is not said here.",
    ),
    optional(
        "processes",
        Shape::Map(Names::Processes, &Shape::Facts(PROCESS, Scope::Process)),
        "What no file says about a process, by its name.",
    ),
];

/// The keys of `processes.NAME`, besides facts.
pub const PROCESS: &[Key] = &[
    optional("plan", Shape::Text, "The plan it runs on: `machine.plan`, and all that follows."),
    optional("instances", Shape::Count, "How many run: `scale.min` and `scale.max` in one."),
    optional(
        "settings",
        Shape::Map(Names::Settings, &Shape::Value),
        "Settings of its server or application under their own names, which no file says.",
    ),
];

/// The keys of `[[overrides]]`.
pub const OVERRIDE: &[Key] = &[
    required("paths", Shape::List(&Shape::Pattern), "The files, as paths or patterns."),
    required("levels", LEVELS, "The level of each rule there."),
];

/// The keys of `[[suppressions]]`.
pub const SUPPRESSION: &[Key] = &[
    required("rule", Shape::Rule, "The rule."),
    required("path", Shape::Pattern, "The file, as a path or pattern."),
    optional("process", Shape::Text, "The process; all of them when left out."),
    required("reason", Shape::Reason, "Why this is right here."),
    optional("until", Shape::Date, "The last day on which it counts."),
];

/// The facts that a table of a scope can state. A process sees those of its deployment, and a
/// deployment can state a fact of a process for all of its processes. Traits are the platform's.
pub fn facts(scope: Scope) -> impl Iterator<Item = &'static FactDef> {
    let of_scope = move |it: &&FactDef| scope == Scope::Deployment || it.scope == Scope::Process;
    VOCABULARY.iter().filter(of_scope).filter(|it| !it.is_trait())
}

/// The names of keys.
pub fn names(keys: &'static [Key]) -> Vec<&'static str> {
    keys.iter().map(|it| it.name).collect()
}

impl Shape {
    /// What it takes, as a user would say it.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Text | Self::Reason | Self::Path | Self::Pattern | Self::Rule => "a string",
            Self::Expression | Self::OneOf(_) => "a string",
            Self::Bool => "`true` or `false`",
            Self::Level => "a level",
            Self::FailOn => "a severity or `undecided`",
            Self::Date => "a date",
            Self::Variable => "a string",
            Self::Count => "a whole number",
            Self::Value => "a plain value or a list of them",
            Self::List(Self::Table(_)) => "a list of tables",
            Self::List(_) => "a list of strings",
            Self::OneOrMore(it) => it.expected(),
            Self::Table(_) | Self::Facts(..) | Self::Map(..) => "a table",
        }
    }
}

/// What a fact takes, as a user would say it.
pub fn expected_of(def: &FactDef) -> &'static str {
    match def.ty {
        Type::Bool => "`true` or `false`",
        Type::Int => "a whole number",
        Type::Number => "a number",
        Type::Text | Type::Enum(_) => "a string",
        Type::List => "a list of strings",
    }
}

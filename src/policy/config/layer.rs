//! One opslint.toml, or one `--set`, ready to use: what is wrong in it is left out.

use super::FailOn;
use super::facts;
use super::keys::{CONFIG, DEPLOYMENT, PROCESS};
use super::validate::{self, PATTERNS_MAX};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::fact::Value;
use crate::glob::Pattern;
use crate::platforms::Date;
use crate::policy::levels::Level;
use crate::settings::{DeploymentSettings, ProcessSettings, SettingFact};
use crate::source::{SourceMap, Span, Spanned};
use crate::vocabulary::Scope;
use crate::workspace::Reach;

/// A level of a rule: the key and the value.
pub type RuleLevel = (Spanned<String>, Spanned<Level>);

/// What one file or flag says. Paths in it are relative to `folder`.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The folder of the file, as shown to the user; empty for a flag.
    pub folder: String,
    /// Whether the command line brings it: a flag, or what a flag extends.
    pub is_given: bool,
    /// How far its paths may lead.
    pub reach: Reach,
    /// What it is, where it is a policy pack.
    pub pack: Option<Pack>,
    /// Files it builds on.
    pub extends: Vec<Spanned<String>>,
    /// Folders with rule files.
    pub rules: Vec<Spanned<String>>,
    /// Files that add to the catalog.
    pub platforms: Vec<Spanned<String>>,
    /// What makes opslint exit with status 1.
    pub fail_on: Option<Spanned<FailOn>>,
    /// Whether files of tests and examples are looked at, too.
    pub include_examples: Option<bool>,
    /// Files that are not checked.
    pub exclude: Vec<Spanned<Pattern>>,
    /// The baseline file.
    pub baseline: Option<Spanned<String>>,
    /// Levels for every file.
    pub levels: Vec<RuleLevel>,
    /// Levels for some files.
    pub overrides: Vec<Override>,
    /// Environment variables for every deployment.
    pub env: Vec<(Spanned<String>, Spanned<String>)>,
    /// Deployments.
    pub deployments: Vec<DeploymentSettings>,
    /// Diagnostics to hold back.
    pub suppressions: Vec<ConfigSuppression>,
    /// `[plan]`: percent of memory at which verdicts change, by key.
    pub plan: Vec<(Spanned<String>, Spanned<i64>)>,
}

/// `[pack]`: what a policy pack is.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its name.
    pub name: Spanned<String>,
    /// Its version.
    pub version: Spanned<String>,
    /// The oldest version of opslint that reads it.
    pub opslint: Option<Spanned<String>>,
}

/// One `[[overrides]]` table.
#[derive(Clone, Debug)]
pub struct Override {
    /// The files it is about.
    pub paths: Vec<Spanned<Pattern>>,
    /// Levels there.
    pub levels: Vec<RuleLevel>,
}

/// One `[[suppressions]]` table.
#[derive(Clone, Debug)]
pub struct ConfigSuppression {
    /// The rule.
    pub rule: Spanned<String>,
    /// The files.
    pub path: Spanned<Pattern>,
    /// The process, when it is about one.
    pub process: Option<Spanned<String>>,
    /// Why. Never empty.
    pub reason: Spanned<String>,
    /// The last day on which it counts.
    pub until: Option<Spanned<Date>>,
    /// The table's header.
    pub span: Span,
}

impl Layer {
    /// What a tree says, and in `acc` what is wrong with it.
    pub(super) fn read(
        acc: &mut Vec<Diagnostic>,
        sources: &SourceMap,
        root: &Node,
        (folder, reach): (&str, &Reach),
        above: &[String],
    ) -> Self {
        validate::table(acc, "", root, CONFIG);
        let reader = Reader { sources, folder, above };
        let list = |key| root.get(key).map_or(&[][..], Node::elements);
        let paths = |key| list(key).iter().filter_map(relative_path).collect();
        Self {
            folder: folder.to_owned(),
            is_given: false,
            reach: reach.clone(),
            pack: root.get("pack").and_then(pack),
            extends: paths("extends"),
            rules: paths("rules"),
            platforms: paths("platforms"),
            fail_on: root.get("fail-on").and_then(fail_on),
            include_examples: root.get("include-examples").and_then(Node::as_bool),
            exclude: list("exclude").iter().filter_map(|it| reader.pattern(it)).collect(),
            baseline: root.get("baseline").and_then(relative_path),
            levels: root.get("levels").map_or_else(Vec::new, levels),
            overrides: list("overrides")
                .iter()
                .take(PATTERNS_MAX)
                .filter_map(|it| reader.override_(it))
                .collect(),
            env: reader.env(root),
            deployments: entries(root, "deployments").map(|it| reader.deployment(it)).collect(),
            suppressions: list("suppressions")
                .iter()
                .filter_map(|it| reader.suppression(it))
                .collect(),
            plan: entries(root, "plan").filter_map(percent).collect(),
        }
    }
}

/// What the values of a layer are relative to.
struct Reader<'a> {
    sources: &'a SourceMap,
    folder: &'a str,
    above: &'a [String],
}

impl Reader<'_> {
    fn pattern(&self, node: &Node) -> Option<Spanned<Pattern>> {
        let pattern = Pattern::new(self.folder, node.as_str()?, self.above).ok()?;
        Some(Spanned::new(pattern, node.span))
    }

    fn override_(&self, node: &Node) -> Option<Override> {
        let paths = node.get("paths")?.elements().iter().filter_map(|it| self.pattern(it));
        Some(Override { paths: paths.collect(), levels: levels(node.get("levels")?) })
    }

    fn suppression(&self, node: &Node) -> Option<ConfigSuppression> {
        let until = match node.get("until") {
            // A date that cannot be read must not turn into "for ever".
            Some(it) => Some(Spanned::new(Date::from_iso(it.as_str()?)?, it.span)),
            None => None,
        };
        Some(ConfigSuppression {
            rule: node.get("rule").and_then(text)?,
            path: self.pattern(node.get("path")?)?,
            process: node.get("process").and_then(text),
            reason: node.get("reason").and_then(text).filter(|it| !it.value.trim().is_empty())?,
            until,
            span: node.span,
        })
    }

    fn env(&self, node: &Node) -> Vec<(Spanned<String>, Spanned<String>)> {
        let variable = |it: &Entry| {
            let value = match it.value.as_str() {
                Some(text) => text.to_owned(),
                None if it.value.as_number().is_some() || it.value.as_bool().is_some() => {
                    self.sources.text(it.value.span).to_owned()
                }
                None => return None,
            };
            Some((it.key.clone(), Spanned::new(value, it.value.span)))
        };
        entries(node, "env").filter_map(variable).collect()
    }

    fn deployment(&self, entry: &Entry) -> DeploymentSettings {
        DeploymentSettings {
            manifest: entry.key.clone(),
            folder: self.folder.to_owned(),
            env: self.env(&entry.value),
            set: entries(&entry.value, "set").filter_map(flag).collect(),
            facts: stated_facts(&entry.value, Scope::Deployment),
            processes: entries(&entry.value, "processes").map(process).collect(),
        }
    }
}

fn process(entry: &Entry) -> ProcessSettings {
    let mut facts = Vec::new();
    for it in entry.value.entries() {
        let value = match it.key.value.as_str() {
            "plan" => it.value.as_str().map(|it| Value::Text(it.to_owned())),
            "instances" => it.value.as_int().filter(|it| *it >= 0).map(Value::Int),
            _ => None,
        };
        let value = value.map(|value| Spanned::new(value, it.value.span));
        facts.extend(value.map(|value| SettingFact { name: it.key.clone(), value }));
    }
    facts.extend(stated_facts(&entry.value, Scope::Process));
    let setting = |it: &Entry| {
        let value = Spanned::new(plain(&it.value)?, it.value.span);
        Some(SettingFact { name: it.key.clone(), value })
    };
    let settings = entries(&entry.value, "settings").filter_map(setting).collect();
    ProcessSettings { name: entry.key.clone(), facts, settings }
}

fn plain(node: &Node) -> Option<Value> {
    Some(match &node.kind {
        NodeKind::Bool(it) => Value::Bool(*it),
        NodeKind::Integer(it) => Value::Int(*it),
        NodeKind::Float(it) => Value::Number(*it),
        NodeKind::String(it) => Value::Text(it.value.clone()),
        NodeKind::List(nodes) => Value::List(nodes.iter().map(plain).collect::<Option<_>>()?),
        NodeKind::Null | NodeKind::Map(_) | NodeKind::Dynamic(_) => return None,
    })
}

fn stated_facts(node: &Node, scope: Scope) -> Vec<SettingFact> {
    let fixed = if scope == Scope::Deployment { DEPLOYMENT } else { PROCESS };
    let fact = |it: facts::Stated<'_>| {
        let value = facts::value(facts::def(&it.name, scope)?, it.node).ok()?;
        let name = Spanned::new(it.name, it.span);
        Some(SettingFact { name, value: Spanned::new(value, it.node.span) })
    };
    facts::stated(node, fixed).into_iter().filter_map(fact).collect()
}

fn entries<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a Entry> {
    node.get(key).map_or(&[][..], Node::entries).iter()
}

fn flag(entry: &Entry) -> Option<(Spanned<String>, Spanned<bool>)> {
    Some((entry.key.clone(), Spanned::new(entry.value.as_bool()?, entry.value.span)))
}

fn percent(entry: &Entry) -> Option<(Spanned<String>, Spanned<i64>)> {
    let percent = entry.value.as_int().filter(|it| *it >= 0)?;
    Some((entry.key.clone(), Spanned::new(percent, entry.value.span)))
}

fn text(node: &Node) -> Option<Spanned<String>> {
    Some(Spanned::new(node.as_str()?.to_owned(), node.span))
}

fn pack(node: &Node) -> Option<Pack> {
    Some(Pack {
        name: node.get("name").and_then(text)?,
        version: node.get("version").and_then(text)?,
        opslint: node.get("opslint").and_then(text),
    })
}

fn relative_path(node: &Node) -> Option<Spanned<String>> {
    text(node).filter(|it| !it.value.starts_with('/'))
}

fn levels(node: &Node) -> Vec<RuleLevel> {
    let level = |it: &Entry| {
        let level = Level::from_name(it.value.as_str()?)?;
        Some((it.key.clone(), Spanned::new(level, it.value.span)))
    };
    node.entries().iter().filter_map(level).collect()
}

fn fail_on(node: &Node) -> Option<Spanned<FailOn>> {
    let names: Vec<_> = match node.as_str() {
        Some(name) => vec![name],
        None => node.elements().iter().map(Node::as_str).collect::<Option<_>>()?,
    };
    Some(Spanned::new(FailOn::from_names(names)?, node.span))
}

//! The apps that an ecosystem file of pm2 declares.
//!
//! Source: <https://pm2.keymetrics.io/docs/usage/application-declaration/>

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{Document, Entry, Node, Text};
use crate::fact::{Case, Fact, Origin, OriginKind, State, Unknown, Value};
use crate::parse::{BYTES_MAX, Syntax, js_object};
use crate::project::{Environment, Lookup};
use crate::source::FileId;
use crate::workspace::Workspace;

/// Settings of an app that are kept under their own names.
pub(super) const SETTINGS: &[&str] =
    &["exec_mode", "increment_var", "max_memory_restart", "wait_ready", "listen_timeout"];

/// Endings of scripts that node runs when no interpreter is named.
const OF_NODE: &[&str] = &[".js", ".cjs", ".mjs"];

/// Keys that name another interpreter.
const INTERPRETERS: &[&str] = &["interpreter", "exec_interpreter"];

/// The variables of an app, and those that count when it is started with `--env production`.
const ENV: &str = "env";
const PRODUCTION: &str = "env_production";

/// What a file declares, where that is written out.
pub(crate) fn root(workspace: &mut Workspace<'_>, file: FileId, path: &str) -> Option<Root> {
    match Syntax::of_path(path) {
        Some(syntax) => Some(Root::Document(workspace.look_into(file, syntax))),
        None => {
            let exported = workspace.of_text(file, |text| Exported::read(file, text));
            exported.0.is_some().then_some(Root::Exported(exported))
        }
    }
}

/// What a file declares, as all who ask share it.
pub(crate) enum Root {
    Document(Arc<Document>),
    Exported(Arc<Exported>),
}

/// What a file of JavaScript exports, where that is written out.
pub(crate) struct Exported(Option<Node>);

impl Exported {
    /// As of every other file, no tree is made of a longer text.
    fn read(file: FileId, text: &str) -> Self {
        Self(if text.len() > BYTES_MAX { None } else { js_object::exported(file, text) })
    }
}

impl Root {
    /// The tree.
    pub(crate) fn node(&self) -> Option<&Node> {
        match self {
            Self::Document(document) => Some(&document.root),
            Self::Exported(exported) => exported.0.as_ref(),
        }
    }
}

/// The apps of a file, or the one that it is; `--only` picks some of them.
pub(crate) fn of<'n>(root: &'n Node, only: Option<&str>) -> Vec<&'n Node> {
    let list = root.get("apps").or_else(|| root.get("pm2")).unwrap_or(root);
    let apps = match list.elements() {
        [] => vec![list],
        several => several.iter().collect(),
    };
    let is_wanted = |it: &&Node| {
        let name = it.get("name").and_then(Node::as_str);
        only.is_none_or(|only| only.split(',').any(|only| name == Some(only.trim())))
    };
    let is_app = |it: &&Node| it.get("script").is_some() || it.get("cmd").is_some();
    match apps.iter().all(is_app) {
        true => apps.into_iter().filter(is_wanted).collect(),
        false => Vec::new(),
    }
}

/// The command of an app that is no script of node: of a package manager, of Python, of a package. `None`
/// where that is not plain, or where there are several of it.
pub(crate) fn command(app: &Node) -> Option<String> {
    let instances = app.get("instances");
    if script(app).is_some() || instances.is_some_and(|it| it.as_int() != Some(1)) {
        return None;
    }
    let program = app.get("script")?.as_str().filter(|it| is_plain(it))?;
    let interpreter = INTERPRETERS.iter().find_map(|it| app.get(it));
    let by_ending = BY_ENDING.iter().find(|(ending, _)| program.ends_with(ending));
    let start = match (interpreter, by_ending) {
        (Some(node), _) => match node.as_str().filter(|it| is_plain(it))? {
            "none" => program.to_owned(),
            name => format!("{name} {program}"),
        },
        (None, Some((_, name))) => format!("{name} {program}"),
        (None, None) if program.starts_with("node_modules/") => format!("node {program}"),
        (None, None) => MANAGERS.contains(&program).then(|| program.to_owned())?,
    };
    let arguments = match app.get("args") {
        None => String::new(),
        Some(node) => match node.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let words = node.elements().iter().map(Node::as_str);
                let words = words.collect::<Option<Vec<&str>>>()?;
                words.iter().all(|it| is_plain(it)).then(|| words.join(" "))?
            }
        },
    };
    Some(format!("{start} {arguments}").trim_end().to_owned())
}

/// Programs of packages that an app may be started with.
const MANAGERS: &[&str] = &["npm", "npx", "yarn", "pnpm", "bun"];

/// What runs a script by its ending.
const BY_ENDING: &[(&str, &str)] = &[(".py", "python3"), (".sh", "bash")];

/// Whether a word needs no quotes.
pub(crate) fn is_plain(word: &str) -> bool {
    let is_part = |it: char| {
        it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | ':' | '/' | '=' | '@')
    };
    !word.is_empty() && word.chars().all(is_part)
}

/// The folder that an app starts in, where that is one of the project.
pub(crate) fn folder(app: &Node) -> Option<&str> {
    match app.get("cwd") {
        None => Some(""),
        Some(node) => node.as_str().filter(|it| !it.starts_with(['/', '~'])),
    }
}

/// The script that node runs, and the folder that it starts in.
pub(crate) fn script(app: &Node) -> Option<(&Text, &str)> {
    let script = app.get("script")?.as_text()?;
    let is_of_node = OF_NODE.iter().any(|it| script.value.ends_with(it));
    let is_other = |it: &&str| app.get(it).and_then(Node::as_str).is_some_and(|it| it != "node");
    let folder = folder(app)?;
    (is_of_node && !INTERPRETERS.iter().any(is_other)).then_some((script, folder))
}

/// Sets the variables of an app. Those of production are one possibility where others stand beside.
pub(crate) fn environment(app: &Node, path: &str, environment: &mut Environment) {
    let fact = |entry: &Entry, key: &str| {
        let (node, name) = (&entry.value, &entry.key.value);
        let origin = Origin::written(node.span, format!("`{name}` in `{key}` of {path}"));
        let origin = Origin { kind: OriginKind::Env, ..origin };
        match text(node) {
            Some(text) => Fact::known(Value::Text(text), origin),
            None => Fact::unknown(Unknown::because("the variable is an expression"), origin),
        }
    };
    let entries = |key: &str| app.get(key).map(Node::entries).unwrap_or_default();
    let mut all: BTreeMap<&str, Fact> = BTreeMap::new();
    for it in entries(ENV) {
        all.insert(&it.key.value, fact(it, ENV));
    }
    for it in entries(PRODUCTION) {
        let own = fact(it, PRODUCTION);
        let other = all.get(it.key.value.as_str());
        if other.is_some_and(|it| it.state == own.state) {
            continue;
        }
        let case = |it: &Fact| Some(Case::new(it.value()?.clone(), it.origin.span));
        let both = other.and_then(|other| State::one_of(vec![case(other)?, case(&own)?]));
        let unknown = || Unknown::because("`--env production` decides about the variable");
        let state = both.unwrap_or_else(|| State::Unknown(unknown()));
        all.insert(&it.key.value, Fact { state, ..own });
    }
    for (name, fact) in all {
        let is_there = match environment.get(name) {
            Lookup::Set(known) => known.origin.span == fact.origin.span,
            Lookup::Unset | Lookup::Unmentioned => false,
        };
        if !is_there {
            environment.set(name, fact);
        }
    }
}

/// The text that a variable gets.
fn text(node: &Node) -> Option<String> {
    let number = || node.as_int().map(|it| it.to_string());
    let flag = || node.as_bool().map(|it| it.to_string());
    node.as_str().map(str::to_owned).or_else(number).or_else(flag)
}

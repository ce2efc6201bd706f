//! pm2: one process of a script, as many as `-i` says, or those of an ecosystem file.
//!
//! Source: <https://pm2.keymetrics.io/docs/usage/application-declaration/>, lib/API/schema.json and
//! lib/API.js of pm2 7.0.4

use super::node;
use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::parse::{Syntax, js_object};
use crate::programs::{Server, default_fact};
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace};

/// Endings of ecosystem files.
const ENDINGS: &[&str] = &[".json", ".config.js", ".config.cjs", ".config.mjs", ".yml", ".yaml"];

/// Names of the number of processes in a file: of several, the first counts.
const INSTANCES: &[&str] = &["instances", "i", "instance"];

/// Sets the number of processes, and what the one script of a file says.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    operands: &[Word],
    launch: &Launch,
    cpus: &Fact,
) {
    daemon(server, launch, "pm2");
    let Some(given) = server.settings.get("instances").cloned() else { return };
    // `pm2 start npm -- start` is no script, nor is an ecosystem file.
    let file = file_of(operands);
    let is_start = |it: &Word| it.text().as_deref() == Some("start");
    let skipped = usize::from(operands.first().is_some_and(is_start));
    if let (None, script @ [_]) = (&file, &operands[skipped..]) {
        node::facts(server, workspace, script, launch, cpus);
    }
    let is_open = operands.is_empty() || operands.iter().any(|it| it.text().is_none());
    let workers = match file {
        Some(file) => of_file(server, workspace, launch, cpus, &file),
        None if is_open => {
            hidden(Unknown::because("the ecosystem file of pm2 says how many processes there are"))
        }
        None => of_option(given, cpus),
    };
    server.facts.set(v::WORKERS, workers);
}

/// The ecosystem file that a command names.
fn file_of(operands: &[Word]) -> Option<String> {
    let mut names = operands.iter().filter_map(Word::text);
    names.find(|it| ENDINGS.iter().any(|ending| it.ends_with(ending)))
}

/// Notes that the program is left in the background: `pm2 start` and `forever start` do, unless they
/// are told to stay. `pm2-runtime` stays.
pub(super) fn daemon(server: &mut Server, launch: &Launch, title: &str) {
    let is_runtime = |it: &str| it.ends_with("pm2-runtime") || it.ends_with("pm2-docker");
    let stays = launch.argv.iter().any(|word| {
        let text = word.text();
        text.is_none_or(|it| is_runtime(&it) || it == "--no-daemon" || it == "--attach")
    });
    let start = launch.argv.iter().find(|it| it.text().as_deref() == Some("start"));
    if let Some(start) = start.filter(|_| !stays) {
        let origin = Origin::written(start.span, format!("`start` of {title}"));
        server.settings.insert("daemon".to_owned(), Fact::known(Value::Bool(true), origin));
    }
}

fn hidden(unknown: Unknown) -> Fact {
    Fact::unknown(unknown, Origin::new(OriginKind::Default, "pm2"))
}

/// The processes of `-i`.
fn of_option(given: Fact, cpus: &Fact) -> Fact {
    match (given.text(), given.value()) {
        (Some(text), _) => {
            let value = text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Int);
            let state = count(&value, cpus);
            let origin = match matches!(text, "max" | "0") {
                true => given.origin.with_input("cpu_count()", cpus.clone()),
                false => given.origin,
            };
            Fact::new(state, origin)
        }
        (None, Some(Value::Null)) => default_fact(Value::Int(1), "pm2"),
        _ => {
            let unknown = Unknown::because("this number of instances depends on the machine");
            Fact { state: State::Unknown(unknown), ..given }
        }
    }
}

/// The processes that a number of instances means: `max` and 0 are one for each CPU, a negative
/// number leaves that many of them free.
fn count(value: &Value, cpus: &Fact) -> State {
    match value {
        Value::Int(number) if *number > 0 => State::Known(Value::Int(*number)),
        Value::Int(0) => cpus.state.clone(),
        Value::Int(number) => cpus.state.map_number(|it| (it + *number as f64).max(1.0)),
        Value::Text(text) if text == "max" => cpus.state.clone(),
        Value::Text(text) => match text.parse::<i64>() {
            Ok(number) => count(&Value::Int(number), cpus),
            Err(_) => State::Unknown(Unknown::because("it is not a number of instances")),
        },
        _ => State::Unknown(Unknown::because("it is not a number of instances")),
    }
}

/// The processes of a file: those of all its apps.
fn of_file(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    name: &str,
) -> Fact {
    let path = workspace.join(&launch.folder, name);
    let Some(path) = path else {
        return hidden(Unknown::because(format!("`{name}` is outside this project")));
    };
    let file = match workspace.try_open(&path) {
        Opened::File(file) => file,
        Opened::Missing => {
            return hidden(Unknown::because(format!("`{path}` is not in this project")));
        }
        Opened::Unknown(unknown) => return hidden(unknown),
    };
    let root = match Syntax::of_path(&path) {
        Some(syntax) => Some(workspace.look_into(file, syntax).root.clone()),
        None => js_object::exported(file, workspace.sources.file(file).text()),
    };
    let only = launch.values_of(&["--only"]).into_iter().next().flatten();
    let apps = root.as_ref().map(|it| apps(it, only.as_deref())).unwrap_or_default();
    let Some((first, others)) = apps.split_first() else {
        return hidden(Unknown::because(format!("the apps of `{path}` are not written out")));
    };
    let mut total = of_app(first, cpus, &path);
    for app in others {
        let other = of_app(app, cpus, &path);
        total.state = total.state.map2_number(&other.state, |a, b| a + b);
        total.origin = total.origin.with_input("instances", other);
    }
    if let (Some(watch), []) = (first.get("watch").and_then(Node::as_bool), others)
        && let Some(node) = first.get("watch")
    {
        let origin = Origin::written(node.span, format!("`watch` in {path}"));
        server.facts.set(v::RELOAD, Fact::known(Value::Bool(watch), origin));
    }
    total
}

/// The apps of a file, or the one that it is; `--only` picks some of them.
fn apps<'n>(root: &'n Node, only: Option<&str>) -> Vec<&'n Node> {
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

/// The processes of one app of a file.
fn of_app(app: &Node, cpus: &Fact, path: &str) -> Fact {
    let Some(node) = INSTANCES.iter().find_map(|it| app.get(it)) else {
        return default_fact(Value::Int(1), "pm2");
    };
    let origin = Origin::written(node.span, format!("`instances` in {path}"));
    let value = match (node.as_int(), node.as_str()) {
        (Some(number), _) => Value::Int(number),
        (None, Some(text)) => Value::Text(text.to_owned()),
        (None, None) => {
            return Fact::unknown(Unknown::because("`instances` is an expression"), origin);
        }
    };
    let origin = match value.as_int().is_some_and(|it| it > 0) {
        true => origin,
        false => origin.with_input("cpu_count()", cpus.clone()),
    };
    Fact::new(count(&value, cpus), origin)
}

//! pm2: one process of a script, as many as `-i` says, or those of an ecosystem file.
//!
//! Source: <https://pm2.keymetrics.io/docs/usage/application-declaration/>, lib/API/schema.json and
//! lib/API.js and constants.js of pm2 7.0.4

pub(crate) mod apps;

use super::node;
use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::{Server, default_fact};
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace, join};

/// Endings of ecosystem files.
const ENDINGS: &[&str] = &[".json", ".config.js", ".config.cjs", ".config.mjs", ".yml", ".yaml"];

/// Names of the number of processes in a file: of several, the first counts.
const INSTANCES: &[&str] = &["instances", "i", "instance"];

/// Steps that an app is worth, of which the numbers of all are added.
const APP_COST: usize = 16;

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
    let root = apps::root(workspace, file, &path);
    let only = launch.values_of(&["--only"]).into_iter().next().flatten();
    let all = root.as_ref().and_then(apps::Root::node);
    let all = all.map(|it| apps::of(it, only.as_deref())).unwrap_or_default();
    let Some((first, others)) = all.split_first() else {
        return hidden(Unknown::because(format!("the apps of `{path}` are not written out")));
    };
    if let Err(spent) = workspace.budget().steps(all.len() * APP_COST) {
        return hidden(spent.unknown());
    }
    let mut total = of_app(first, cpus, &path);
    for app in others {
        let other = of_app(app, cpus, &path);
        total.state = total.state.map2_number(&other.state, |a, b| a + b);
        total.origin = total.origin.with_input("instances", other);
    }
    if others.is_empty() {
        alone(server, workspace, launch, cpus, (first, &path));
    }
    total
}

/// What the file says of its one app, and what the script of that does.
fn alone(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    (app, path): (&Node, &str),
) {
    let written = |node: &Node, key: &str| Origin::written(node.span, format!("`{key}` in {path}"));
    let mut shares_port = false;
    if let Some((script, folder)) = apps::script(app)
        && let Some(folder) = join(&launch.folder, folder)
    {
        let mut environment = launch.environment.clone();
        apps::environment(app, path, &mut environment);
        let launch = Launch { folder, environment, ..launch.clone() };
        let word = Word::literal(&script.value, script.span());
        node::facts(server, workspace, &[word], &launch, cpus);
        let file = join(&launch.folder, &script.value).and_then(|it| workspace.open(&it));
        shares_port = file.is_some_and(|it| {
            let text = workspace.sources.file(it).text();
            SHARING.iter().any(|it| text.contains(it))
        });
    }
    if let Some(node) = app.get("watch")
        && let Some(watch) = node.as_bool()
    {
        let origin = written(node, "watch");
        server.facts.set(v::RELOAD, Fact::known(Value::Bool(watch), origin));
    }
    for key in apps::SETTINGS {
        // How processes are started says nothing where they share the port by themselves.
        let Some(node) = app.get(key).filter(|_| *key != EXEC_MODE || !shares_port) else {
            continue;
        };
        let value = match (node.as_bool(), node.as_int(), node.as_str()) {
            (Some(flag), ..) => Value::Bool(flag),
            (_, Some(number), _) => Value::Int(number),
            (.., Some(text)) => Value::Text(text.to_owned()),
            _ => continue,
        };
        server.settings.insert((*key).to_owned(), Fact::known(value, written(node, key)));
    }
    let timeout = app.get(KILL_TIMEOUT).map(|node| {
        let origin = written(node, KILL_TIMEOUT);
        match node.as_int() {
            Some(it) => Fact::known(Value::of_number(it as f64 / MILLISECONDS), origin),
            None => Fact::unknown(Unknown::because("`kill_timeout` is an expression"), origin),
        }
    });
    let usual = || default_fact(Value::of_number(USUAL_KILL_TIMEOUT_S), "pm2");
    server.facts.set(v::GRACEFUL_TIMEOUT_S, timeout.unwrap_or_else(usual));
}

/// Whether the processes are forks, or those of a cluster, which listen together.
const EXEC_MODE: &str = "exec_mode";

/// Words of code by which several processes listen on one port.
const SHARING: &[&str] = &["reusePort", "node:cluster", "'cluster'", "\"cluster\""];

/// How long pm2 waits for a process that it has told to stop, in milliseconds.
const KILL_TIMEOUT: &str = "kill_timeout";
const MILLISECONDS: f64 = 1000.0;
const USUAL_KILL_TIMEOUT_S: f64 = 1.6;

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

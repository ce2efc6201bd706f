//! Puma: workers and threads of its flags and variables. What its configuration file says wins over
//! defaults and is not read, so that it leaves unknown what no flag says.
//!
//! Source: <https://github.com/puma/puma/blob/master/lib/puma/configuration.rb>

use crate::fact::{Fact, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::programs::{Server, default_fact};
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace};

/// The file that is read when none is named. One for an environment counts before it.
const FILE: &str = "config/puma.rb";

/// Sets workers, threads and address.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let hidden = configuration(workspace, launch);
    let or_hidden = |fact: Fact| match &hidden {
        Some(unknown) => Fact { state: State::Unknown(unknown.clone()), ..fact },
        None => fact,
    };
    let get = |server: &Server, name: &str| server.settings.get(name).cloned();
    let is_flag = |it: &Fact| it.origin.kind == OriginKind::Written;
    if let Some(workers) = get(server, "workers") {
        let workers = if is_flag(&workers) { workers } else { or_hidden(workers) };
        // Without workers, Puma is one process.
        let state = match workers.int() {
            Some(count) => State::Known(Value::Int(count.max(1))),
            None => workers.state.clone(),
        };
        server.facts.set(v::WORKERS, Fact { state, ..workers });
    }
    let threads = match get(server, "threads").filter(is_flag) {
        Some(given) => {
            let most = given.text().and_then(|it| it.rsplit(':').next()?.parse::<i64>().ok());
            let unknown = || State::Unknown(Unknown::because("the threads are no number"));
            let state = most.map_or_else(unknown, |it| State::Known(Value::Int(it)));
            Fact { state, ..given }
        }
        None => or_hidden(default_fact(Value::Int(5), "Puma")),
    };
    server.facts.set(v::THREADS, threads);
    let port = get(server, "port").filter(is_flag);
    let bind = get(server, "bind").filter(is_flag);
    let text = |value: &str| Value::Text(value.to_owned());
    let (host, port) = match (bind, port) {
        (Some(bind), _) => match bind.text().and_then(|it| it.strip_prefix("tcp://")) {
            Some(address) => {
                let fact = Fact { state: State::Known(text(address)), ..bind.clone() };
                crate::programs::settle::address(&fact, None)
            }
            None => (bind.clone(), Fact { state: State::Known(Value::Null), ..bind }),
        },
        (None, Some(port)) => (default_fact(text("0.0.0.0"), "Puma"), port),
        (None, None) => (
            or_hidden(default_fact(text("0.0.0.0"), "Puma")),
            or_hidden(default_fact(Value::Int(9292), "Puma")),
        ),
    };
    server.facts.set(v::BIND_HOST, host);
    server.facts.set(v::PORT, port);
}

/// Why there may be settings that are not seen.
fn configuration(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Unknown> {
    let words: Vec<String> = launch.argv.iter().map(|it| it.known_prefix()).collect();
    if words.iter().any(|it| it.starts_with("-C") || it.starts_with("--config")) {
        return Some(Unknown::because("Puma's configuration file is not read"));
    }
    let path = workspace.join(&launch.folder, FILE)?;
    match workspace.try_open(&path) {
        Opened::Missing => None,
        Opened::File(_) => Some(Unknown::because(format!("`{path}` is not read"))),
        Opened::Unknown(unknown) => Some(unknown),
    }
}

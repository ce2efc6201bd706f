//! What no table can say of single programs.

use super::{Program, node, puma, ruby, sidekiq};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::arguments::Given;
use crate::programs::{Server, default_fact};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Adds what follows from several options of a program, or from its own files.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    program: &Program,
    given: &Given,
    launch: &Launch,
    cpus: &Fact,
) {
    if program.language == Some("ruby") {
        ruby::framework(server, workspace, launch);
    }
    match program.id {
        "node" | "tsx" | "bun" => node::facts(server, workspace, &given.operands, launch),
        "pm2" => pm2(server, given, cpus),
        "puma" => puma::facts(server, workspace, launch, cpus),
        "rails-server" => puma::of_rails(server, workspace, launch, cpus),
        "sidekiq" => sidekiq::facts(server, workspace, launch),
        _ => {}
    }
}

/// pm2 starts one process of a script, as many as `-i` says, or what an ecosystem file says.
fn pm2(server: &mut Server, given: &Given, cpus: &Fact) {
    let Some(instances) = server.settings.get("instances").cloned() else { return };
    let is_file = |it: &Word| {
        let text = it.known_prefix();
        let ends = |end: &&str| text.ends_with(end);
        [".json", ".config.js", ".config.cjs", ".config.mjs", ".yml", ".yaml"].iter().any(ends)
    };
    let workers = match (instances.text(), instances.value()) {
        _ if given.operands.iter().any(is_file) || given.operands.is_empty() => {
            let reason = "the ecosystem file of pm2 says how many processes there are";
            Fact::unknown(Unknown::because(reason), Origin::new(OriginKind::Default, "pm2"))
        }
        (Some("max" | "0"), _) => {
            let origin = instances.origin.clone().with_input("cpu_count()", cpus.clone());
            Fact::new(cpus.state.clone(), origin)
        }
        (Some(text), _) if text.parse::<i64>().is_ok_and(|it| it > 0) => {
            let state = State::Known(Value::Int(text.parse().unwrap_or(1)));
            Fact { state, ..instances }
        }
        (None, Some(Value::Null)) => default_fact(Value::Int(1), "pm2"),
        _ => {
            let unknown = Unknown::because("this number of instances depends on the machine");
            Fact { state: State::Unknown(unknown), ..instances }
        }
    };
    server.facts.set(v::WORKERS, workers);
}

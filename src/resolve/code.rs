//! What the files beside a manifest say of a process apart from its server: the application of a
//! function, the packages that are installed, and what the command starts beside the main program.

use crate::apps::{self, Application};
use crate::commands::Launches;
use crate::draft::Command;
use crate::fact::{Fact, Origin, Value};
use crate::launch::Word;
use crate::project::{Environment, Facts, Lookup};
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// What the application of a function and the requirements say.
pub(super) fn of_process(
    workspace: &mut Workspace<'_>,
    folder: &str,
    environment: &Environment,
    span: Span,
    command: &Command,
    facts: &Facts,
) -> Application {
    let is_function = facts.get(v::KIND).and_then(Fact::text) == Some("function");
    let mut application = match (is_function, command) {
        (true, Command::None) => {
            apps::of_function(workspace, facts, environment, folder, span)
        }
        _ => Application::default(),
    };
    application.facts.extend(apps::requirements(workspace, folder));
    application
}

/// What runs beside the main program, and the port that the command itself tells it.
pub(super) fn beside(launches: &Launches, environment: &Environment) -> Facts {
    let mut facts = Facts::new();
    let programs = launches.background.iter().filter_map(|it| it.argv.first());
    let names: Option<Vec<Value>> = programs.clone().map(name).collect();
    if let (Some(names), Some(first)) = (names, programs.clone().next()) {
        let origin = Origin::written(first.span, "the command");
        facts.set(v::BACKGROUND, Fact::known(Value::List(names), origin));
    }
    let Some(main) = &launches.main else { return facts };
    let given = match main.environment.get("PORT") {
        Lookup::Set(fact) => fact,
        Lookup::Unset | Lookup::Unmentioned => return facts,
    };
    let outer = match environment.get("PORT") {
        Lookup::Set(fact) => Some(fact),
        Lookup::Unset | Lookup::Unmentioned => None,
    };
    if outer.is_none_or(|it| it.state != given.state || it.origin.span != given.origin.span) {
        facts.set(v::COMMAND_PORT, given.clone());
    }
    facts
}

/// The last word of a program's path.
fn name(program: &Word) -> Option<Value> {
    let text = program.text()?;
    Some(Value::Text(text.rsplit('/').next().unwrap_or(&text).to_owned()))
}

/// Where no file says it, it is as the platform does it.
pub(super) fn cpu_only_during_requests(facts: &mut Facts) {
    if facts.get(v::CPU_ONLY_DURING_REQUESTS).is_some() {
        return;
    }
    let Some(fact) = facts.get(v::PLATFORM_CPU_ONLY_DURING_REQUESTS) else { return };
    let origin = Origin { inputs: Vec::new(), ..fact.origin.clone() };
    let fact = Fact { state: fact.state.clone(), ..Fact::known(Value::Null, origin) };
    facts.set(v::CPU_ONLY_DURING_REQUESTS, fact);
}

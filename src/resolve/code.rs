//! What the files beside a manifest say of a process apart from its server: the application of a
//! function, the packages that are installed, and what the command starts beside the main program.

use crate::apps::{self, Application};
use crate::commands::{Launches, Runner};
use crate::draft::Command;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::packages::{self, Packages};
use crate::platforms::{Catalog, InjectedValue, Platform};
use crate::programs::listed::node;
use crate::project::{Environment, Facts, Lookup};
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// What the application of a function and the packages that are asked for say.
pub(super) fn of_process(
    workspace: &mut Workspace<'_>,
    folder: &str,
    environment: &Environment,
    span: Span,
    command: &Command,
    facts: &Facts,
    packages: &Packages,
) -> Application {
    let is_function = facts.get(v::KIND).and_then(Fact::text) == Some("function");
    let mut application = match (is_function, command) {
        (true, Command::None) => of_function(workspace, facts, environment, folder, span),
        _ => Application::default(),
    };
    application.facts.extend(packages::requires(packages));
    application
}

/// The code of a function, in the language of its runtime.
fn of_function(
    workspace: &mut Workspace<'_>,
    facts: &Facts,
    environment: &Environment,
    folder: &str,
    span: Span,
) -> Application {
    let text = |id| facts.get(id).and_then(Fact::text);
    let (runtime, handler) = (text(v::FUNCTION_RUNTIME), text(v::FUNCTION_HANDLER));
    let (Some(handler), true) = (handler, runtime.is_some_and(|it| it.starts_with("nodejs")))
    else {
        return apps::of_function(workspace, facts, environment, folder, span);
    };
    let launch = Launch::of_function(environment, folder, span);
    let mut application = Application::default();
    application.facts = node::handler::facts(workspace, handler, &launch);
    application
}

/// Sets what the platform sets and no manifest does.
pub(super) fn injected(
    (catalog, platform): (&Catalog, Option<&str>),
    (deployment, facts): (&Facts, &Facts),
    environment: &mut Environment,
) {
    injected_port(deployment, facts, environment);
    if let Some(platform) = platform.and_then(|it| catalog.platform(it)) {
        marks(platform, facts, environment);
    }
}

/// Sets `PORT` where the platform does and no file says it: to the port that requests come to, where
/// that is known.
fn injected_port(deployment: &Facts, facts: &Facts, environment: &mut Environment) {
    let injects = deployment.get(v::PLATFORM_INJECTS_PORT).filter(|it| it.bool() == Some(true));
    let is_web = facts.get(v::KIND).and_then(Fact::text) == Some("web");
    let is_said = !matches!(environment.get("PORT"), Lookup::Unmentioned);
    let (Some(injects), true, false) = (injects, is_web, is_said) else { return };
    let port = facts.get(v::ROUTER_PORT).and_then(Fact::int);
    let origin = Origin { source: "the platform sets `PORT`".to_owned(), ..injects.origin.clone() };
    let fact = match port {
        Some(port) => Fact::known(Value::Text(port.to_string()), origin),
        None => {
            let reason = "the platform sets `PORT` when the process starts";
            Fact::unknown(Unknown::because(reason), origin)
        }
    };
    environment.set("PORT", fact);
}

/// Sets the variables by which code can tell where it runs, where no manifest does.
fn marks(platform: &Platform, facts: &Facts, environment: &mut Environment) {
    let kind = facts.get(v::KIND).and_then(Fact::text).unwrap_or("web");
    for it in platform.injected(kind, None, None) {
        let is_said = !matches!(environment.get(it.name), Lookup::Unmentioned);
        if is_said || it.name == "PORT" || !matches!(it.value, InjectedValue::Runtime) {
            continue;
        }
        let source = format!("{} sets `{}` ({})", platform.name(), it.name, it.source);
        let unknown = Unknown::because(format!("{} sets it", platform.name()));
        let fact = Fact::unknown(unknown, Origin::new(OriginKind::Platform, source));
        environment.set(it.name, fact);
    }
}

/// The signal that the runner of a Procfile stops its programs with: that of the platform ends at the
/// runner.
pub(super) fn stopped_by(runner: Runner, program: Span) -> Fact {
    let origin = Origin::written(program, format!("`{}` starts and stops it", runner.name));
    match runner.stop_signal {
        Some(signal) => Fact::known(Value::Text(signal.to_owned()), origin),
        None => {
            let reason = format!("`{}` decides which signal its programs get", runner.name);
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
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
    before(launches, &mut facts);
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

/// What a program does before the main one starts: the words of its command, in their order.
#[rustfmt::skip]
const STEPS: &[(v::FactId, &[&str])] = &[
    (v::START_MIGRATION, &["manage.py", "migrate"]),
    (v::START_MIGRATION, &["manage", "migrate"]),
    (v::START_MIGRATION, &["django-admin", "migrate"]),
    (v::START_MIGRATION, &["alembic", "upgrade"]),
    (v::START_MIGRATION, &["flask", "db", "upgrade"]),
    (v::START_MIGRATION, &["prisma", "migrate", "deploy"]),
    (v::START_MIGRATION, &["rails", "db:migrate"]),
    (v::START_MIGRATION, &["rake", "db:migrate"]),
    (v::START_MIGRATION, &["rails", "db:prepare"]),
    (v::START_MIGRATION, &["artisan", "migrate"]),
    (v::START_MIGRATION, &["knex", "migrate:latest"]),
    (v::START_MIGRATION, &["sequelize", "db:migrate"]),
    (v::START_MIGRATION, &["sequelize-cli", "db:migrate"]),
    (v::START_MIGRATION, &["typeorm", "migration:run"]),
    (v::START_MIGRATION, &["drizzle-kit", "migrate"]),
    (v::START_COLLECTSTATIC, &["manage.py", "collectstatic"]),
    (v::START_COLLECTSTATIC, &["django-admin", "collectstatic"]),
    (v::START_INSTALL, &["pip", "install"]),
    (v::START_INSTALL, &["pip3", "install"]),
    (v::START_INSTALL, &["poetry", "install"]),
    (v::START_INSTALL, &["pipenv", "install"]),
    (v::START_INSTALL, &["uv", "sync"]),
    (v::START_INSTALL, &["npm", "install"]),
    (v::START_INSTALL, &["npm", "ci"]),
    (v::START_INSTALL, &["npm", "i"]),
    (v::START_INSTALL, &["yarn", "install"]),
    (v::START_INSTALL, &["pnpm", "install"]),
    (v::START_INSTALL, &["pnpm", "i"]),
    (v::START_INSTALL, &["bun", "install"]),
    (v::START_INSTALL, &["bun", "i"]),
    (v::START_INSTALL, &["bundle", "install"]),
    (v::START_INSTALL, &["composer", "install"]),
    (v::START_INSTALL, &["apt-get", "install"]),
    (v::START_INSTALL, &["apk", "add"]),
    (v::START_BUILD, &["npm", "run", "build"]),
    (v::START_BUILD, &["yarn", "build"]),
    (v::START_BUILD, &["yarn", "run", "build"]),
    (v::START_BUILD, &["pnpm", "build"]),
    (v::START_BUILD, &["pnpm", "run", "build"]),
    (v::START_BUILD, &["next", "build"]),
    (v::START_BUILD, &["vite", "build"]),
    (v::START_BUILD, &["webpack"]),
    (v::START_BUILD, &["assets:precompile"]),
    (v::START_BUILD, &["go", "build"]),
    (v::START_BUILD, &["cargo", "build"]),
];

/// With these a step says what it would do, and does nothing.
const LOOKS: &[&str] = &["--check", "--plan", "--dry-run", "--sql", "--help", "--version"];

/// The programs that end before the main one starts, as far as rules ask for them.
fn before(launches: &Launches, facts: &mut Facts) {
    for launch in &launches.before {
        let words: Option<Vec<String>> = launch.argv.iter().map(Word::text).collect();
        let Some(words) = words else { continue };
        let names: Vec<&str> = words.iter().map(|it| it.rsplit('/').next().unwrap_or(it)).collect();
        if names.iter().any(|it| LOOKS.contains(it)) {
            continue;
        }
        let step = STEPS.iter().find(|(_, step)| {
            let mut rest = names.iter();
            step.iter().all(|word| rest.any(|it| it == word))
        });
        if let (Some((id, _)), Some(first), Some(last)) =
            (step, launch.argv.first(), launch.argv.last())
            && facts.get(*id).is_none()
        {
            let origin = Origin::written(first.span.cover(last.span), "the command");
            facts.set(*id, Fact::known(Value::Text(words.join(" ")), origin));
        }
    }
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

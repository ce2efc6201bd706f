//! The program that a command comes to, through scripts of the project that start another one.

use super::finish::Finish;
use super::{assumed, code, command, kind, runtime};
use crate::apps::{Code, Commands};
use crate::commands::{self, CommandSource, Surroundings};
use crate::draft::Command;
use crate::fact::{Fact, Input, Origin, OriginKind, Value};
use crate::launch::{Launch, StartFiles, Word};
use crate::programs::gunicorn::Runtime;
use crate::programs::{self, Server, ServerKind};
use crate::project::Facts;
use crate::resolve::installed::Heavy;
use crate::resolve::served::{self, Scripted};
use crate::vocabulary;

/// Most scripts that start one another.
const SCRIPTS_MAX: usize = 4;

/// The program that a process comes to.
pub(super) struct Main<'a> {
    launch: &'a mut Launch,
    /// What decides that it is the one.
    assumed: &'a mut Vec<Input>,
    /// What is known of the packages.
    heavy: &'a Heavy,
    /// Scripts that were followed to it.
    depth: usize,
}

/// The one server in the background of a program that is known to be none, and to stay: requests
/// come to what listens. What the shell passes on to the program in front says nothing of it.
pub(super) fn server_behind(facts: &mut Facts, background: &[Launch]) -> Option<Launch> {
    let is_none = facts.get(vocabulary::SERVER)?.value() == Some(&Value::Null);
    let ends = facts.get(vocabulary::SERVES).and_then(Fact::text) == Some("once");
    let serves = |it: &&Launch| programs::identify(it).is_some_and(ServerKind::serves_http);
    let mut servers = background.iter().filter(serves);
    let server = servers.next().filter(|_| is_none && !ends && servers.next().is_none())?;
    facts.remove(vocabulary::SHELL_IS_PID1);
    Some(server.clone())
}

impl<'a> Main<'a> {
    pub(super) fn new(
        launch: &'a mut Launch,
        assumed: &'a mut Vec<Input>,
        heavy: &'a Heavy,
    ) -> Self {
        Self { launch, assumed, heavy, depth: 0 }
    }
}

impl Finish<'_, '_> {
    /// The settings of the program that stays, with facts that it says of the process.
    pub(super) fn program(
        &mut self,
        command: &Command,
        main: &mut Main<'_>,
        cpus: &Fact,
        facts: &mut Facts,
    ) -> Option<Server> {
        let launch = &*main.launch;
        let program = launch.argv.first()?;
        if let Some(unknown) = command::taken_by_base(command, launch) {
            let origin = Origin::written(program.span, "the command");
            facts.set(vocabulary::SERVER, Fact::unknown(unknown, origin));
            return None;
        }
        let Some(kind) = programs::identify(launch) else {
            let (around, green) = ((launch, cpus), main.heavy.green());
            return match served::script(self.acc, self.workspace, around, green, facts) {
                Scripted::Server(server) => Some(server),
                Scripted::Said => None,
                Scripted::Commands(commands, unknown) => {
                    let origin = Origin::written(program.span, "the command");
                    if self.follow(command, main, cpus, (facts, &commands)) {
                        return self.program(command, main, cpus, facts);
                    }
                    facts.set(vocabulary::SERVER, Fact::unknown(unknown, origin));
                    None
                }
                Scripted::NoScript => {
                    let other = command::other_program(facts, self.workspace, program, launch);
                    if other.value().is_none() {
                        kind::by_arguments(facts, launch);
                    }
                    facts.set(vocabulary::SERVER, other);
                    None
                }
            };
        };
        let origin = Origin::written(program.span, "the command");
        if kind.serves_http() {
            kind::web_by_server(facts, &origin);
        } else if kind.stays() {
            kind::worker_by_server(facts, &origin);
        }
        facts.set(vocabulary::SERVER, Fact::known(Value::Text(kind.name().to_owned()), origin));
        let runtime = Runtime { cpu_count: cpus, python: runtime::python_version(facts) };
        let code = match facts.get(vocabulary::IMAGE_NAME) {
            Some(_) => Code::InImage,
            None => Code::Here,
        };
        let mut server = served::server(self.acc, self.workspace, (kind, code), launch, runtime);
        programs::on_machine(&mut server, facts, launch);
        if let Some(language) = kind.language() {
            let origin = Origin::new(OriginKind::Derived, format!("what {} runs", kind.name()));
            let fact = Fact::known(Value::Text(language.to_owned()), origin);
            server.facts.set(vocabulary::RUNTIME_LANGUAGE, fact);
        }
        Some(server)
    }

    /// Goes on to what a script starts. `false` where none of it is known to stay.
    fn follow(
        &mut self,
        command: &Command,
        main: &mut Main<'_>,
        cpus: &Fact,
        (facts, commands): (&mut Facts, &Commands),
    ) -> bool {
        let environment = commands.environment(&main.launch.environment);
        let sh = command::sh_of(command);
        let surroundings = Surroundings {
            environment: &environment,
            folder: &main.launch.folder,
            in_image: main.launch.files == StartFiles::Image,
            cpus,
            shell: sh,
            sh,
            entry_of_base: &[],
        };
        let source = CommandSource::Steps { steps: &commands.steps, span: commands.span };
        let launches = commands::launches(self.acc, self.workspace, &source, &surroundings);
        let Some(mut launch) = launches.main.clone() else { return false };
        let is_script = |it: &Launch| {
            let words = it.argv.iter().filter_map(Word::text);
            words.take(3).any(|it| it == "-m" || it.ends_with(".py"))
        };
        let is_known = programs::identify(&launch).is_some_and(ServerKind::stays);
        if main.depth >= SCRIPTS_MAX || !is_known && !is_script(&launch) {
            return false;
        }
        for (id, fact) in code::beside(&launches, &environment).iter() {
            if facts.get(id).is_none() {
                facts.set(id, fact.clone());
            }
        }
        launch.span = main.launch.span;
        launch.written.clone_from(&main.launch.written);
        *main.launch = launch;
        let all = commands.assumed.iter().chain(&launches.assumed);
        main.assumed.extend(all.map(assumed::by_reason));
        main.depth += 1;
        true
    }
}

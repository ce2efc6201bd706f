//! Every program that starting a process leads through, for rules that ask what runs beside the main
//! one: nginx in front of it, a database or a tunnel on the same machine.

use crate::commands::Launches;
use crate::fact::{Fact, Origin, State, Value};
use crate::launch::{Launch, Word};
use crate::programs::{self, ServerKind};
use crate::project::Facts;
use crate::vocabulary as v;

/// Programs that start what they are told by a name: `service nginx start`.
const STARTERS: &[&str] = &["service", "systemctl", "rc-service", "invoke-rc.d"];

/// What programs are that no file of `programs/` names: they go to the background by themselves, or
/// end when another program of theirs has what it needs, so that none of them is what a process is
/// there for.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "proxy",
        &[
            "apache2",
            "apache2ctl",
            "apachectl",
            "autossh",
            "httpd",
            "openresty",
            "pgbouncer",
            "socat",
            "ssh",
            "stunnel",
            "stunnel4",
            "tailscale",
            "thrust",
            "varnishd",
        ],
    ),
    ("database", &["mysqld_safe", "pg_ctl", "pg_ctlcluster"]),
    ("backup", &["litefs", "litestream"]),
];

/// Arguments with which a program only looks at something and ends.
const LOOKS: &[&str] = &["-t", "-T", "-v", "-V", "validate", "version", "--version", "configtest"];

/// Programs that start what files of their own say.
const SUPERVISORS: &[&str] = &["supervisord", "s6-svscan", "runsvdir", "runit", "circusd", "init"];

/// As long as the command is all that is known of it.
pub(super) fn of_command(command: &Fact) -> Facts {
    let mut facts = Facts::new();
    if let State::Known(Value::Null) = command.state {
        let none = Fact::known(Value::List(Vec::new()), command.origin.clone());
        facts.set(v::START_KINDS, none);
    }
    facts.set(v::START_COMMANDS, command.clone());
    facts
}

/// What its scripts start. `origin` is that of the command.
pub(super) fn facts(origin: Origin, launches: &Launches) -> Facts {
    let mut facts = Facts::new();
    if let Some(unknown) = &launches.uncertain {
        for id in [v::START_COMMANDS, v::START_KINDS, v::START_VARIABLES] {
            facts.set(id, Fact::unknown(unknown.clone(), origin.clone()));
        }
        return facts;
    }
    let text = Value::Text(launches.started.join("\n"));
    facts.set(v::START_COMMANDS, Fact::known(text, origin.clone()));
    let mut kinds = kinds(launches);
    let serves = |it: &Launch| programs::identify(it).is_some_and(ServerKind::serves_http);
    if launches.background.iter().any(serves) {
        kinds.push(Value::Text("server".to_owned()));
    }
    facts.set(v::START_KINDS, Fact::known(Value::List(kinds), origin.clone()));
    let reads = launches.reads.iter().map(|it| Value::Text(it.clone())).collect();
    facts.set(v::START_VARIABLES, Fact::known(Value::List(reads), origin));
    facts
}

/// Whether a shell stays the first process in front of the main program, or of the one that the
/// command keeps in the foreground.
pub(super) fn of_shell(launches: &Launches, main: &Launch) -> Facts {
    let mut facts = Facts::new();
    let program = launches.front.as_ref().unwrap_or(main).argv.first();
    let (Some(stays), Some(program)) = (launches.shell_stays, program) else { return facts };
    // Words that a script is given stand elsewhere than the command in which it runs them.
    let elsewhere = launches.word_at.filter(|it| it.file != program.span.file);
    let span = elsewhere.filter(|_| launches.front.is_none()).unwrap_or(program.span);
    let origin = Origin::written(span, if stays { "no `exec`" } else { "`exec`" });
    facts.set(v::SHELL_IS_PID1, Fact::known(Value::Bool(stays), origin));
    if let (Some(_), Some(name)) = (&launches.front, program.text()) {
        let name = Value::Text(last(&name).to_owned());
        facts.set(v::START_FRONT, Fact::known(name, Origin::written(span, "the command")));
    }
    facts
}

/// The kinds of what is started beside the main program, each once. What a supervisor starts may be
/// anything.
fn kinds(launches: &Launches) -> Vec<Value> {
    let main = launches.main.as_ref().and_then(|it| it.argv.first().and_then(Word::text));
    let main = main.as_deref().map(last);
    let mut kinds: Vec<&'static str> = Vec::new();
    for line in &launches.started {
        let mut words = line.split_whitespace();
        let Some(program) = words.next() else { continue };
        let first = last(program);
        let behind = words.clone().next().unwrap_or_default();
        if Some(first) == main || LOOKS.contains(&behind) {
            continue;
        }
        let is_starter = STARTERS.contains(&first);
        let name = match is_starter {
            true => words.find(|it| !matches!(*it, "start" | "restart") && !it.starts_with('-')),
            false => Some(first),
        };
        let Some(name) = name.map(|it| it.trim_end_matches(".service")) else { continue };
        // Buildpacks bring `start-nginx` and `start-pgbouncer`.
        let service = match name.strip_prefix("start-") {
            Some(name) => Some(name),
            None => Some(name).filter(|_| is_starter || program.starts_with("/etc/init.d/")),
        };
        if SUPERVISORS.contains(&name) {
            kinds.extend(["proxy", "database", "broker", "cache"]);
        }
        // `redis-cli` and `mysql` are clients: only a service may have another name than its program.
        kinds.extend(other(service.unwrap_or(name)).or_else(|| match service {
            Some(it) => programs::kind_of(it),
            None => programs::kind_beside(name),
        }));
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|it| Value::Text(it.to_owned())).collect()
}

fn other(name: &str) -> Option<&'static str> {
    OTHERS.iter().find(|(_, names)| names.contains(&name)).map(|it| it.0)
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

//! What a command says by itself: its text, its shell, and whether its program is a server.

use super::{kind, one_off};
use crate::commands::is_shell;
use crate::document::Text;
use crate::draft::Command;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::{Dialect, Launch, StartFiles, Word};
use crate::programs;
use crate::project::Facts;
use crate::vocabulary;
use crate::workspace::{Workspace, join};

/// Which shell `sh` is, as far as the image tells.
pub(super) fn sh_of(command: &Command) -> Dialect {
    match command {
        Command::Image(image) => image.sh,
        _ => Dialect::Unknown,
    }
}

/// Programs that run what another file says: behind them, any server may start.
const RUNNERS: &[&str] = &[
    "python",
    "python3",
    "make",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "bun",
    "just",
    "task",
    "sh",
    "bash",
    "supervisord",
    "docker",
    "circusd",
    "pm2",
    "foreman",
    "overmind",
    "hivemind",
    "s6-svscan",
    "accelerate",
    "ant",
    "circus",
    "composer",
    "concurrently",
    "coverage",
    "fab",
    "gradle",
    "gradlew",
    "hatch",
    "inv",
    "invoke",
    "lerna",
    "mvn",
    "mvnw",
    "my_init",
    "npm-run-all",
    "nx",
    "parallel",
    "pdm",
    "pipenv",
    "pixi",
    "poe",
    "poetry",
    "rake",
    "run-p",
    "run-s",
    "runsvdir",
    "rye",
    "sbt",
    "su",
    "symfony",
    "torchrun",
    "turbo",
    "uv",
    "watchmedo",
    "workspaces",
    "xargs",
    "xvfb-run",
];

/// Whether something in front of the shell sends signals to all of its programs: dumb-init does,
/// and tini where `-g` says so.
/// Sources: <https://github.com/Yelp/dumb-init#session-behavior>,
/// <https://github.com/krallin/tini#process-group-killing>
pub(super) fn passes_signals_on(command: &Command) -> bool {
    let words = words(command);
    let starts = |name: &'static str| words.iter().any(|it| it.rsplit('/').next() == Some(name));
    let has_group_flag = words.iter().any(|it| {
        it.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('g'))
    });
    starts("dumb-init") || starts("tini") && has_group_flag
}

fn words(command: &Command) -> Vec<&str> {
    match command {
        Command::Shell(text) | Command::Exec(text) => text.value.split_whitespace().collect(),
        Command::Words { words, .. } => words.iter().map(|it| it.value.as_str()).collect(),
        Command::Image(image) => {
            let entrypoint = image.entrypoint.iter().map(|it| it.value.as_str());
            entrypoint.chain(words(&image.command)).collect()
        }
        Command::None | Command::Unknown(_) => Vec::new(),
    }
}

/// Folders whose programs are what their names say; empty is the search path.
const SYSTEM_FOLDERS: &[&str] =
    &["", "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];

/// Programs whose names are words that an entry point may have for a command of its own.
const WORDS: &[&str] = &["serve"];

/// Why the first word of a command may be no program: it stands behind the entry point of a base
/// image of which nothing is known, and no program is known by this name.
pub(super) fn taken_by_base(command: &Command, launch: &Launch) -> Option<Unknown> {
    let Command::Image(image) = command else { return None };
    let base = image.may_take_words.as_ref()?;
    if matches!(image.command, Command::Shell(_)) {
        return None;
    }
    let name = launch.argv.first()?.text()?;
    let is_first = words(&image.command).first() == Some(&name.as_str());
    let is_known = programs::identify(launch).is_some() && !WORDS.contains(&name.as_str())
        || RUNNERS.contains(&name.as_str())
        || is_shell(&name)
        || one_off::works_once(&launch.argv)
        || one_off::is_one_off(launch);
    // What is a path, a script or an option is no word of an entry point that is taken for a server.
    if !is_first || is_known || name.contains(['/', '.']) || name.starts_with('-') {
        return None;
    }
    Some(Unknown::new(
        format!("`{name}` may be a word for the entry point of `{base}`"),
        "`ENTRYPOINT` in the Dockerfile",
    ))
}

/// A program that is no server opslint knows. Its name is known, and so is that it is none of them,
/// unless it runs other programs. Of one that works once and ends, `facts` get that.
pub(super) fn other_program(
    facts: &mut Facts,
    workspace: &Workspace<'_>,
    program: &Word,
    launch: &Launch,
) -> Fact {
    let origin = Origin::written(program.span, "the command");
    if one_off::works_once(&launch.argv) {
        facts.set(vocabulary::SERVES, Fact::known(Value::Text("once".to_owned()), origin.clone()));
    }
    if one_off::is_one_off(launch) {
        return Fact::known(Value::Null, origin);
    }
    let Some(text) = program.text() else { return Fact::new(program.state(), origin) };
    if text.starts_with('-') {
        let unknown = Unknown::because("the command is options for the program of the image");
        return Fact::unknown(unknown, origin);
    }
    let name = text.rsplit('/').next().unwrap_or(&text).to_owned();
    // A program of the project or the image may be a script that starts another one.
    let folder = text.strip_suffix(&name).unwrap_or_default();
    let is_script =
        name.contains('.') || name.contains("entrypoint") || !SYSTEM_FOLDERS.contains(&folder);
    if is_script || RUNNERS.contains(&name.as_str()) {
        let reason = match is_missing(workspace, &text, launch) {
            true => format!("`{text}` is not in this project"),
            false => format!("`{text}` may start any program"),
        };
        return Fact::unknown(Unknown::because(reason), origin);
    }
    // `celery flower` is no worker: the name alone would say that it is.
    if vocabulary::SERVERS.contains(&name.as_str()) {
        let reason = format!("this command of `{name}` starts something else");
        return Fact::unknown(Unknown::because(reason), origin);
    }
    if let Some(other) = kind::started_by(launch) {
        let unknown = Unknown::because(format!("`{name}` may start `{other}`"));
        return Fact::unknown(unknown, origin);
    }
    Fact::known(Value::Text(name), origin)
}

/// Whether a program is named by its path in the project, and is no file of it.
fn is_missing(workspace: &Workspace<'_>, text: &str, launch: &Launch) -> bool {
    let is_of_project = launch.files == StartFiles::Project && text.contains('/');
    is_of_project && join(&launch.folder, text).is_some_and(|it| !workspace.is_file(&it))
}

/// The command as written.
pub(super) fn as_fact(command: &Command) -> Fact {
    let (text, span) = match command {
        Command::Shell(text) | Command::Exec(text) => (text.clone(), text.span()),
        Command::Words { words, span } => {
            let blank = || Text::new(" ", *span, Vec::new());
            let behind = |idx: usize| (idx > 0).then(blank);
            let parts = words.iter().enumerate();
            let parts = parts.flat_map(|(idx, it)| behind(idx).into_iter().chain([it.clone()]));
            (Text::joined(parts, *span), *span)
        }
        Command::None => return Fact::known(Value::Null, Origin::new(OriginKind::Default, "none")),
        Command::Image(image) => return as_fact(&image.command),
        Command::Unknown(unknown) => {
            let origin = Origin::new(OriginKind::Default, "command");
            return Fact::unknown(unknown.clone(), origin);
        }
    };
    Fact::known(Value::Text(text.as_written()), Origin::written(span, "the command"))
}

//! A command as written → the programs it starts, behind shells and wrappers.
//!
//! A command is run the way its platform runs it, as far as files tell: a shell expands variables
//! and splits words, `cd` and `export` have their effect, wrappers such as `poetry run` step aside,
//! and scripts of the project are read. Programs are taken to succeed. What only a run can tell is
//! unknown: a condition that cannot be decided makes what depends on it uncertain, never wrong.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::document::Text;
use crate::fact::{Fact, Unknown};
pub use crate::launch::Dialect;
use crate::launch::{Launch, Word};
use crate::project::Environment;
use crate::source::Span;
use crate::workspace::Workspace;
pub use exec_form::{check_split, split_text};
pub(crate) use flow::is_shell;
pub(crate) use paths::PROJECT_FOLDERS;
pub use procfile::Runner;

mod arithmetic;
mod assign;
mod braces;
mod branches;
mod builtins;
mod change;
mod code;
mod condition;
mod dash;
mod decide;
mod exec_form;
mod expand;
mod fields;
mod flow;
mod frames;
mod in_path;
mod just;
mod justfile;
mod lists;
mod make;
mod makefile;
mod named;
mod numbers;
mod options;
mod output;
mod packages;
mod parallel;
mod parameter;
mod paths;
mod pattern;
mod procfile;
mod program;
mod recipe;
mod run;
mod shell;
pub(crate) mod signal;
mod start;
pub(crate) mod supervised;
mod tasks;
mod watchers;
mod wrappers;

#[cfg(test)]
mod tests;

/// A command as a manifest has it.
#[derive(Clone, Copy, Debug)]
pub enum CommandSource<'a> {
    /// Text that a shell runs: a Procfile line, `startCommand`.
    Shell(&'a Text),
    /// Text that is split into words as a shell would, but run without one, so that nothing is
    /// expanded: fly `[processes]`.
    Exec(&'a Text),
    /// Text that is split in the same way and given to an entry point.
    Arguments {
        /// The words of the entry point.
        entrypoint: &'a [Text],
        /// What it gets.
        text: &'a Text,
    },
    /// What a script starts, one after the other.
    Steps {
        /// The programs.
        steps: &'a [Step],
        /// Where the script starts them.
        span: Span,
    },
    /// Words, run without a shell: `CMD ["gunicorn", "app:app"]`.
    Array {
        /// The words.
        words: &'a [Text],
        /// The whole list.
        span: Span,
    },
}

/// A step of a script that starts programs without a shell.
#[derive(Clone, Debug)]
pub enum Step {
    /// It starts a program.
    Start {
        /// The words, program first. Never empty.
        words: Vec<Word>,
        /// Whether it waits for it.
        place: StepPlace,
    },
    /// It waits for what runs beside it.
    Wait,
}

/// How a script goes on when it starts a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepPlace {
    /// When the program has ended.
    Before,
    /// While the program runs.
    Beside,
    /// It does not: the script becomes the program.
    Instead,
}

/// What a command finds when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The environment of the process.
    pub environment: &'a Environment,
    /// The folder it starts in, as a path shown to the user.
    pub folder: &'a str,
    /// Whether it runs in an image, which has its own files.
    pub in_image: bool,
    /// The CPUs that the machine shows to programs: what `nproc` prints.
    pub cpus: &'a Fact,
    /// Which shell reads text that is given to a shell.
    pub shell: Dialect,
    /// Which shell `sh` is there.
    pub sh: Dialect,
    /// The words of the base image's entry point, which gets those of the command; may be empty. It
    /// passes on what it gets as it is.
    pub entry_of_base: &'a [Text],
}

/// The name of the input of what counts the CPUs that a program sees.
pub(crate) const VISIBLE_CPUS: &str = "visible CPUs";

/// The programs that a command starts.
#[derive(Clone, Debug, Default)]
pub struct Launches {
    /// The program that stays in the foreground; the process is as good as this program. `None`
    /// when the command starts none, or `uncertain` says why it is not known.
    pub main: Option<Launch>,
    /// Whether a shell waits for the program in the foreground, and does not pass signals on to it.
    /// `None` where that depends on the shell, and where there is none.
    pub shell_stays: Option<bool>,
    /// The program in the foreground where that is not the main one, which is a daemon: nginx behind
    /// `php-fpm -D`.
    pub front: Option<Launch>,
    /// The first word of the command in a script that starts the main program: `"$@"`. `None` where
    /// no script does.
    pub word_at: Option<Span>,
    /// What starts the main program with the other processes of a Procfile, and stops it.
    pub runner: Option<Runner>,
    /// Programs that end before the main program starts, in order.
    pub before: Vec<Launch>,
    /// Programs that run beside it, in order.
    pub background: Vec<Launch>,
    /// Every program that was started, with its words as far as they are known, wrappers and what a
    /// condition asks included.
    pub started: Vec<String>,
    /// Environment variables that the command and its scripts read and do not set themselves.
    pub reads: BTreeSet<String>,
    /// Why the main program is not known.
    pub uncertain: Option<Unknown>,
    /// Variables that are taken to be unset, because no file sets them, and that decide which
    /// program is the main one.
    pub assumed: Vec<Fact>,
}

/// Works out which programs a command starts.
///
/// Syntax errors, and shell syntax in a command that no shell runs, are added to `acc`.
pub fn launches(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    command: &CommandSource<'_>,
    surroundings: &Surroundings<'_>,
) -> Launches {
    let span = match command {
        CommandSource::Shell(text) | CommandSource::Exec(text) => text.span(),
        CommandSource::Arguments { text, .. } => text.span(),
        CommandSource::Array { span, .. } | CommandSource::Steps { span, .. } => *span,
    };
    let mut run = run::Run::new(acc, workspace, surroundings, span);
    let mut shell = shell::Shell::new(surroundings);
    let behind_base =
        |words: Vec<Word>| [exec_form::unchecked(surroundings.entry_of_base), words].concat();
    match command {
        CommandSource::Shell(text) => run.text(&mut shell, (*text).clone()),
        CommandSource::Exec(text) => {
            let words = exec_form::split(run.acc, &[], text);
            run.words(&shell, behind_base(words));
        }
        CommandSource::Arguments { entrypoint, text } => {
            let words = exec_form::split(run.acc, entrypoint, text);
            run.words(&shell, words);
        }
        CommandSource::Array { words, span } => {
            let words = exec_form::words(run.acc, words, *span);
            run.words(&shell, behind_base(words));
        }
        CommandSource::Steps { steps, .. } => run.steps(&shell, steps),
    }
    run.decide()
}

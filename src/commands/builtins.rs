//! Commands that the shell runs itself.

use std::rc::Rc;
use std::sync::Arc;

use super::Dialect;
use super::assign::{self, Assigned, is_declaration};
use super::code::Code;
use super::dash;
use super::expand::Unmentioned;
use super::frames::FrameKind;
use super::options;
use super::run::{Flow, Place, Run, Script, Status};
use super::shell::Shell;
use crate::document::Text;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{PartKind, Simple};
use crate::programs;
use crate::project::Environment;
use crate::source::Span;
use crate::workspace::Opened;

/// Builtins that change no variable, with the status they end with. Every builtin that is neither
/// here nor in [`EFFECTIVE`] may change what it mentions.
const PLAIN: &[(&str, Status)] = &[
    (":", Status::Success),
    ("true", Status::Success),
    ("false", Status::Failure),
    ("echo", Status::Success),
    ("umask", Status::Success),
    ("ulimit", Status::Success),
    ("wait", Status::Success),
    ("jobs", Status::Success),
    ("fg", Status::Unknown),
    ("bg", Status::Unknown),
    ("disown", Status::Success),
    ("suspend", Status::Unknown),
    ("times", Status::Success),
    ("caller", Status::Unknown),
    ("hash", Status::Unknown),
    ("type", Status::Unknown),
    ("kill", Status::Success),
    ("dirs", Status::Success),
    ("help", Status::Success),
    ("history", Status::Success),
    ("complete", Status::Success),
    ("compgen", Status::Unknown),
    ("bind", Status::Success),
    // Programs that only answer a question: they start nothing, and the answer is not known.
    ("which", Status::Unknown),
    ("grep", Status::Unknown),
    ("pgrep", Status::Unknown),
    ("pg_isready", Status::Unknown),
    ("nc", Status::Unknown),
];

/// Builtins with an effect.
const EFFECTIVE: &[&str] = &[
    "alias",
    "cd",
    "pushd",
    "popd",
    "unset",
    "set",
    "shift",
    "read",
    "mapfile",
    "readarray",
    "getopts",
    "let",
    "printf",
    "break",
    "continue",
    "exit",
    "return",
    "trap",
    "shopt",
    "exec",
    "command",
    "builtin",
    "eval",
    ".",
    "source",
    "test",
    "[",
];

/// Other builtins of bash, dash and zsh, which may change the variables that they mention.
const OTHERS: &[&str] =
    &["unalias", "enable", "fc", "compopt", "logout", "setopt", "vared", "integer", "float"];

/// Builtins in front of which an assignment stays, says POSIX; in bash it does not.
const SPECIAL: &[&str] = &[
    ":", "break", "continue", "export", "readonly", "return", "set", "shift", "times", "trap",
    "unset",
];

/// Scripts of other projects that set variables of their own and no others.
const OWN_VARIABLES: &[&str] = &["activate", "nvm.sh", "conda.sh", "asdf.sh", "cargo/env"];

/// The number that a word is.
pub(super) fn number(word: &Word) -> Option<usize> {
    word.text()?.parse().ok()
}

/// Whether the shell runs this itself.
pub(super) fn is_builtin(name: &str) -> bool {
    EFFECTIVE.contains(&name)
        || OTHERS.contains(&name)
        || is_declaration(name)
        || PLAIN.iter().any(|(it, _)| *it == name)
}

/// A builtin that is called.
pub(super) struct Call<'a> {
    /// The text of the first word.
    pub(super) name: &'a str,
    /// All words.
    pub(super) words: &'a [Word],
    /// The command as it is written, unless another builtin passed the words on.
    pub(super) written: Option<&'a Simple>,
    /// The text it is written in.
    pub(super) code: &'a Rc<Code>,
}

impl Run<'_, '_> {
    /// Runs a builtin.
    pub(super) fn builtin(
        &mut self,
        shell: &mut Shell,
        call: &Call<'_>,
        assignments: Vec<Assigned>,
        place: Place,
    ) -> Flow {
        let rest = &call.words[1..];
        if shell.dialect == Dialect::Dash && dash::fails(call.name, rest) {
            return Flow::Next(Status::Failure);
        }
        if SPECIAL.contains(&call.name) {
            keep_assignments(shell, &assignments, call.words[0].span);
        }
        match call.name {
            "cd" | "pushd" | "popd" => change_folder(self, shell, call.name, rest),
            "local" if shell.scope_count() == 0 && shell.dialect != Dialect::Unknown => {
                return self.refused(shell);
            }
            name if is_declaration(name) => {
                self.declare(shell, name, rest);
                if let Some(written) = call.written {
                    self.declared_arrays(shell, call.code, written);
                }
            }
            "unset" => assign::unset(shell, rest),
            "set" => options::set(shell, rest),
            "shift" => match assign::shift(shell, rest) {
                Status::Failure => return self.refused(shell),
                status => return Flow::Next(status),
            },
            "read" | "mapfile" | "readarray" | "getopts" => {
                assign::read_into(shell, call.name, call.words);
                return Flow::Next(Status::Unknown);
            }
            "alias" => aliases(shell, rest),
            "let" => return Flow::Next(self.let_builtin(shell, call.code, rest)),
            "printf" => self.printf(shell, rest),
            "exit" => return self.exit(shell, status_of(rest)),
            "return" => return self.leave_function(shell, status_of(rest)),
            "break" | "continue" => return self.leave_loop(shell, rest),
            "trap" => self.trap(shell, rest),
            "shopt" => return Flow::Next(options::shopt(shell, rest)),
            "exec" => return self.exec(shell, rest, assignments, place),
            "command" | "builtin" => return self.passed_on(shell, call, assignments, place),
            "eval" => {
                return self.with_assignments(shell, assignments, |run, shell| {
                    run.eval(shell, rest, place)
                });
            }
            "." | "source" => {
                return self.with_assignments(shell, assignments, |run, shell| {
                    run.source(shell, call, place)
                });
            }
            "test" => return Flow::Next(self.condition(shell, rest)),
            "[" => {
                let operands = rest.split_last().map_or(rest, |(_, operands)| operands);
                return Flow::Next(self.condition(shell, operands));
            }
            other => {
                // `fg` waits in front of a program as `wait` does.
                if matches!(other, "wait" | "fg") && !place.is_background() {
                    self.waits.get_or_insert(self.found.len());
                }
                let plain = PLAIN.iter().find(|(it, _)| *it == other).map(|(_, status)| *status);
                if plain.is_none() {
                    assign::forget_mentioned(shell, other, rest);
                }
                return Flow::Next(plain.unwrap_or(Status::Unknown));
            }
        }
        Flow::Next(Status::Success)
    }

    /// The outcome of `test`; what it rests on goes to [`Run::assumed`].
    fn condition(&mut self, shell: &Shell, operands: &[Word]) -> Status {
        let outcome = self.compared(shell, operands);
        let is_decided = outcome.status != Status::Unknown;
        self.assumed = outcome.assumed.or(self.vanished.take()).filter(|_| is_decided);
        outcome.status
    }

    /// `NAME=value` in front of a function, `eval` or `.`: shells differ in whether it stays.
    pub(super) fn with_assignments(
        &mut self,
        shell: &mut Shell,
        assignments: Vec<Assigned>,
        inner: impl FnOnce(&mut Self, &mut Shell) -> Flow,
    ) -> Flow {
        let names: Vec<String> = assignments.iter().map(|it| it.name.clone()).collect();
        shell.enter_function();
        for it in assignments {
            shell.localize(&it.name);
            shell.assign(&it.name, it.fact);
            shell.export(&it.name);
        }
        let flow = inner(self, shell);
        let inside = shell.clone();
        shell.leave_function();
        if names.is_empty() {
            return flow;
        }
        let differing = shell.differing(&inside);
        for name in names.iter().filter(|it| differing.contains(*it)) {
            let reason = format!("shells differ in how long `{name}` is set");
            let span = self.span;
            shell.forget(name, Unknown::because(reason), span);
        }
        flow
    }

    fn exec(
        &mut self,
        shell: &mut Shell,
        rest: &[Word],
        assignments: Vec<Assigned>,
        place: Place,
    ) -> Flow {
        let mut words = rest;
        while let [first, tail @ ..] = words
            && let Some(option) = first.text().filter(|it| it.starts_with('-'))
        {
            // `-a NAME` takes a value, `-c`, `-l` and `--` do not.
            words = if option == "-a" { tail.get(1..).unwrap_or_default() } else { tail };
        }
        if words.is_empty() {
            return Flow::Next(Status::Success);
        }
        let mut environment = shell.environment.clone();
        for it in assignments {
            environment.set(it.name, it.fact);
        }
        self.starts_again = false;
        match self.program(shell, words.to_vec(), environment, place, true) {
            // What a script does when it starts again, it does behind this, too.
            Flow::Next(_) if std::mem::take(&mut self.starts_again) => Flow::Exit,
            Flow::Next(status) => self.exit(shell, status),
            flow => flow,
        }
    }

    /// `command words` and `builtin words`.
    fn passed_on(
        &mut self,
        shell: &mut Shell,
        call: &Call<'_>,
        assignments: Vec<Assigned>,
        place: Place,
    ) -> Flow {
        let rest = &call.words[1..];
        let words = match rest.first().and_then(Word::text) {
            None => return Flow::Next(Status::Success),
            Some(option) if option == "-v" || option == "-V" => {
                return Flow::Next(Status::Unknown);
            }
            Some(option) if option == "-p" && rest.len() > 1 => &rest[1..],
            Some(_) => rest,
        };
        self.invoke(shell, call.code, None, words.to_vec(), assignments, place)
    }

    fn eval(&mut self, shell: &mut Shell, rest: &[Word], place: Place) -> Flow {
        let mut pieces: Vec<Piece> = Vec::new();
        for word in rest {
            if !pieces.is_empty() {
                pieces.push(Piece { text: Ok(" ".to_owned()), span: word.span, expanded: None });
            }
            pieces.extend(word.pieces.iter().cloned());
        }
        let Some(span) = rest.iter().map(|it| it.span).reduce(Span::cover) else {
            return Flow::Next(Status::Success);
        };
        let gap = open_command(&pieces);
        let code = Rc::new(Code::from_word(&Word { pieces, span }));
        let flow = self.deeper(|it| it.code(shell, &code, place));
        if let Some(gap) = gap {
            shell.forget_all(gap, span);
        }
        flow
    }

    /// Runs a file of the project, or the output of a command, in this shell. What any other file
    /// does to variables is not known.
    fn source(&mut self, shell: &mut Shell, call: &Call<'_>, place: Place) -> Flow {
        let Some(word) = call.words.get(1) else { return Flow::Next(Status::Failure) };
        let process = call.written.and_then(|it| it.words.get(1)).and_then(|it| match &*it.parts {
            [part] => match &part.kind {
                PartKind::Process(text) => Some((text.clone(), part.clone())),
                _ => None,
            },
            _ => None,
        });
        if let Some((text, part)) = process {
            let mut expander = self.expander(shell, call.code, Unmentioned::Unknown);
            let piece = expander.output(&text, &part);
            return self.eval(shell, &[Word { pieces: vec![piece], span: word.span }], place);
        }
        let path = word.text();
        let shown = path.clone().filter(|it| !super::paths::has_project(it));
        let file = path.as_deref().and_then(|it| shell.project_path(self.workspace, it));
        let opened = file.map_or(Opened::Missing, |it| self.workspace.try_open(&it));
        if let Opened::Unknown(unknown) = opened {
            shell.forget_all(unknown.clone(), word.span);
            self.uncertain(unknown);
            return Flow::Next(Status::Unknown);
        }
        let Some(file) = opened.file().filter(|it| !self.scripts.contains(&Script::File(*it)))
        else {
            let is_own = |it: &str| path.as_deref().is_some_and(|path| path.ends_with(it));
            if !OWN_VARIABLES.iter().any(|it| is_own(it)) {
                let shown = shown.map_or_else(|| "a file".to_owned(), |it| format!("`{it}`"));
                let reason = format!("{shown} is not in the project, and may set any variable");
                let before = shell.environment.clone();
                shell.forget_all(Unknown::because(reason), word.span);
                leaves_servers_alone(shell, &before, &shown, word.span);
            }
            return Flow::Next(Status::Success);
        };
        let text = self.workspace.sources.file(file).text().to_owned();
        let span = Span::new(file, 0, text.len());
        let text = Text::verbatim(text, span, 0);
        let code = Rc::new(Code::verbatim(text, path.map(Into::into)));
        // Arguments behind the file are its own.
        let outer = shell.arguments.clone();
        if call.words.len() > 2 {
            shell.arguments = Some(call.words[2..].into());
        }
        self.scripts.push(Script::File(file));
        let flow = self.returning(FrameKind::Sourced, shell, |run, shell| {
            run.deeper(|it| it.code(shell, &code, place))
        });
        self.scripts.pop();
        if call.words.len() > 2 {
            shell.arguments = outer;
        }
        flow
    }

    /// A builtin refuses what it is told: bash goes on, and dash ends.
    fn refused(&mut self, shell: &Shell) -> Flow {
        match shell.dialect {
            Dialect::Bash => Flow::Next(Status::Failure),
            Dialect::Dash => self.exit(shell, Status::Failure),
            Dialect::Unknown => Flow::Next(Status::Unknown),
        }
    }

    /// `trap commands signals`: what bash runs behind each command, or each that fails, may set its
    /// variables at any time from here on.
    fn trap(&mut self, shell: &mut Shell, rest: &[Word]) {
        let is_often = |it: &Word| {
            let text = it.text();
            let name = text.as_deref().unwrap_or("ERR");
            ["ERR", "DEBUG", "RETURN"].iter().any(|it| it.eq_ignore_ascii_case(name))
        };
        let Some((commands, signals)) = rest.split_first() else { return };
        if shell.dialect == Dialect::Dash || !signals.iter().any(is_often) {
            return;
        }
        let code = Rc::new(Code::from_word(commands));
        let mut fork = shell.clone();
        self.leave_no_trace(|run| {
            run.subshell(&mut fork, |run, fork| {
                run.deeper(|it| it.code(fork, &code, Place::Condition))
            });
        });
        for name in shell.differing(&fork) {
            shell.transforms(&name);
            let reason = format!("a `trap` sets `{name}` while the command runs");
            shell.forget(&name, Unknown::because(reason), commands.span);
        }
    }
}

/// Files that nobody keeps in a repository hold passwords and addresses, and hardly ever the settings
/// of servers: these stay what they were in `before`.
fn leaves_servers_alone(shell: &mut Shell, before: &Environment, file: &str, span: Span) {
    for name in programs::own_variables() {
        let source = format!("{file} is not in the project; taken not to set `{name}`");
        let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, source) };
        let fact = match before.shared(&name) {
            None => Fact::known(Value::Null, origin),
            // One assumption more of the same kind says no more.
            Some(fact) if fact.origin.kind == OriginKind::Assumed => Arc::unwrap_or_clone(fact),
            Some(fact) => {
                let origin = Origin { span: fact.origin.span, ..origin };
                let state = fact.state.clone();
                Fact::new(state, origin.with_input(name.clone(), fact))
            }
        };
        shell.environment.put_back(&name, Some(Arc::new(fact)));
    }
}

/// `NAME=value` in front of a special builtin.
fn keep_assignments(shell: &mut Shell, assignments: &[Assigned], span: Span) {
    for it in assignments {
        match shell.dialect {
            Dialect::Bash => {}
            Dialect::Dash => shell.assign(&it.name, it.fact.clone()),
            Dialect::Unknown => {
                let reason = format!("shells differ in how long `{}` is set", it.name);
                shell.forget(&it.name, Unknown::because(reason), span);
            }
        }
    }
}

/// `alias NAME=text`: bash heeds it only where a person types, and others in scripts, too.
fn aliases(shell: &mut Shell, rest: &[Word]) {
    if shell.dialect == Dialect::Bash && !shell.may_have("expand_aliases") {
        return;
    }
    for word in rest {
        if let Some((name, _)) = word.known_prefix().split_once('=') {
            Arc::make_mut(&mut shell.functions).insert(name.to_owned(), None);
        }
    }
}

/// What is not known where a text that is run has a command, or the name that it assigns to: that
/// may do anything.
fn open_command(pieces: &[Piece]) -> Option<Unknown> {
    let mut before = String::new();
    for (idx, piece) in pieces.iter().enumerate() {
        match &piece.text {
            Ok(text) => before += text,
            Err(unknown) => {
                let line = before.trim_end_matches([' ', '\t']);
                let starts = line.is_empty() || line.ends_with([';', '&', '|', '(', '{', '\n']);
                let starts = starts || ["then", "do", "else"].iter().any(|it| line.ends_with(it));
                let next = pieces.get(idx + 1).and_then(|it| it.text.as_deref().ok());
                let is_name = next.is_some_and(|it| it.starts_with(['=', '+', '[']));
                if starts || is_name {
                    return Some(unknown.clone());
                }
                // What comes next does not stand where a command starts.
                before += "…";
            }
        }
    }
    None
}

fn status_of(rest: &[Word]) -> Status {
    match rest.first().map(Word::text) {
        None => Status::Unknown,
        Some(text) => text.map_or(Status::Unknown, |it| Status::of(it == "0")),
    }
}

fn change_folder(run: &Run<'_, '_>, shell: &mut Shell, name: &str, rest: &[Word]) {
    if name == "popd" {
        let unknown = || Err(Unknown::because("`popd` goes to a folder that is not known"));
        shell.folder = shell.folders.pop().unwrap_or_else(unknown);
        return;
    }
    if name == "pushd" {
        shell.folders.push(shell.folder.clone());
    }
    let is_option =
        |it: &&Word| it.text().is_some_and(|it| matches!(it.as_str(), "--" | "-P" | "-L" | "-e"));
    let path = rest.iter().find(|it| !is_option(it)).map(Word::text);
    match path {
        // `cd ""` stays where it is in bash, and dash does the same.
        Some(Some(path)) if path.is_empty() => {}
        // `cd` alone goes to the home folder, and `cd -` back.
        Some(Some(path)) if path != "-" => shell.change_folder(run.workspace, Some(&path)),
        Some(None) | None | Some(Some(_)) => shell.change_folder(run.workspace, None),
    }
}

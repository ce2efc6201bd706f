//! Commands that the shell runs itself.

use std::rc::Rc;

use super::condition;
use super::run::{Flow, Place, Run, Status, assigned, basename};
use super::shell::{Code, Shell};
use crate::document::Text;
use crate::fact::{Fact, Origin, Unknown};
use crate::launch::{Piece, Word};
use crate::source::Span;
use crate::workspace::{Opened, Workspace};

/// Builtins without an effect that matters here, with the status they end with.
const PLAIN: &[(&str, Status)] = &[
    (":", Status::Success),
    ("true", Status::Success),
    ("false", Status::Failure),
    ("echo", Status::Success),
    ("printf", Status::Success),
    ("trap", Status::Success),
    ("umask", Status::Success),
    ("ulimit", Status::Success),
    ("shopt", Status::Success),
    ("wait", Status::Success),
    ("jobs", Status::Success),
    ("hash", Status::Unknown),
    ("type", Status::Unknown),
    ("kill", Status::Success),
    ("break", Status::Success),
    ("continue", Status::Success),
    ("let", Status::Unknown),
    ("getopts", Status::Unknown),
    // Programs that only answer a question: they start nothing, and the answer is not known.
    ("which", Status::Unknown),
    ("grep", Status::Unknown),
    ("pgrep", Status::Unknown),
    ("pg_isready", Status::Unknown),
    ("nc", Status::Unknown),
];

/// Builtins with an effect.
const EFFECTIVE: &[&str] = &[
    "cd", "pushd", "popd", "export", "declare", "typeset", "local", "readonly", "unset", "set",
    "shift", "read", "exit", "return", "exec", "command", "builtin", "eval", ".", "source", "test",
    "[",
];

/// Builtins that assign variables.
const DECLARATIONS: &[&str] = &["export", "declare", "typeset", "local", "readonly"];

/// Whether the shell runs this itself.
pub(super) fn is_builtin(name: &str) -> bool {
    EFFECTIVE.contains(&name) || is_declaration(name) || PLAIN.iter().any(|(it, _)| *it == name)
}

/// Whether the arguments of a builtin are assignments.
pub(super) fn is_declaration(name: &str) -> bool {
    DECLARATIONS.contains(&name)
}

impl Run<'_, '_> {
    /// Runs a builtin; `name` is the text of the first word.
    pub(super) fn builtin(
        &mut self,
        shell: &mut Shell,
        name: &str,
        words: &[Word],
        assignments: Vec<(String, Fact)>,
        place: Place,
    ) -> Flow {
        let rest = &words[1..];
        match name {
            "cd" | "pushd" => change_folder(self.workspace, shell, rest),
            "popd" => shell.change_folder(self.workspace, None),
            name if is_declaration(name) => declare(shell, name, rest),
            "unset" => {
                for word in rest {
                    if let Some(name) = word.text().filter(|it| !it.starts_with('-')) {
                        shell.unset(&name, word.span);
                    }
                }
            }
            "set" => set(shell, rest),
            "shift" => shift(shell, rest),
            "read" => {
                for word in rest {
                    let Some(name) = word.text().filter(|it| !it.starts_with('-')) else {
                        continue;
                    };
                    let unknown = Unknown::because(format!("`${name}` is read from input"));
                    shell.assign(
                        &name,
                        assigned(unknown_fact(unknown, word.span), &name, word.span),
                    );
                }
                return Flow::Next(Status::Unknown);
            }
            "exit" => return Flow::Exit,
            "return" => return Flow::Return(status_of(rest)),
            "exec" => return self.exec(shell, rest, assignments, place),
            "command" | "builtin" => return self.command_builtin(shell, rest, assignments, place),
            "eval" => return self.eval(shell, rest, place),
            "." | "source" => return self.source(shell, rest, place),
            "test" => return Flow::Next(condition::test(rest)),
            "[" => {
                let operands = rest.split_last().map_or(rest, |(_, operands)| operands);
                return Flow::Next(condition::test(operands));
            }
            plain => {
                let status = PLAIN.iter().find(|(it, _)| *it == plain).map(|(_, status)| *status);
                return Flow::Next(status.unwrap_or(Status::Success));
            }
        }
        Flow::Next(Status::Success)
    }

    fn exec(
        &mut self,
        shell: &mut Shell,
        rest: &[Word],
        assignments: Vec<(String, Fact)>,
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
        for (name, fact) in assignments {
            environment.set(name, fact);
        }
        self.program(shell, words.to_vec(), environment, place, true);
        Flow::Exit
    }

    fn command_builtin(
        &mut self,
        shell: &mut Shell,
        rest: &[Word],
        assignments: Vec<(String, Fact)>,
        place: Place,
    ) -> Flow {
        match rest.first().and_then(Word::text) {
            Some(option) if option == "-v" || option == "-V" => Flow::Next(Status::Unknown),
            Some(option) if option == "-p" && rest.len() > 1 => {
                self.invoke(shell, rest[1..].to_vec(), assignments, place)
            }
            Some(_) => self.invoke(shell, rest.to_vec(), assignments, place),
            None => Flow::Next(Status::Success),
        }
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
        let code = Rc::new(Code::from_word(&Word { pieces, span }));
        self.deeper(|it| it.code(shell, &code, place))
    }

    /// Runs a file of the project in this shell. What other files do to variables is not known; no
    /// value of the project is taken back for that.
    fn source(&mut self, shell: &mut Shell, rest: &[Word], place: Place) -> Flow {
        let path = rest.first().and_then(Word::text);
        let is_activate = path.as_deref().is_some_and(|it| basename(it) == "activate");
        let file =
            path.filter(|_| !is_activate).and_then(|it| shell.project_path(self.workspace, &it));
        let opened = file.map_or(Opened::Missing, |it| self.workspace.try_open(&it));
        if let Opened::Unknown(unknown) = opened {
            self.uncertain(unknown);
            return Flow::Next(Status::Unknown);
        }
        let Some(file) = opened.file().filter(|it| !self.scripts.contains(it)) else {
            return Flow::Next(Status::Success);
        };
        let text = self.workspace.sources.file(file).text().to_owned();
        let span = Span::new(file, 0, text.len());
        let code = Rc::new(Code { text: Text::verbatim(text, span, 0), holes: Vec::new() });
        self.scripts.push(file);
        let flow = self.deeper(|it| it.code(shell, &code, place));
        self.scripts.pop();
        match flow {
            Flow::Return(status) => Flow::Next(status),
            flow => flow,
        }
    }
}

fn status_of(rest: &[Word]) -> Status {
    match rest.first().map(Word::text) {
        None => Status::Unknown,
        Some(text) => text.map_or(Status::Unknown, |it| Status::of(it == "0")),
    }
}

fn change_folder(workspace: &Workspace<'_>, shell: &mut Shell, rest: &[Word]) {
    let mut paths = rest.iter().map(Word::text);
    let path = match paths.next() {
        Some(Some(text)) if text == "--" || text == "-P" || text == "-L" => paths.next().flatten(),
        Some(text) => text,
        // `cd` alone goes to the home folder.
        None => None,
    };
    shell.change_folder(workspace, path.as_deref());
}

/// `export NAME`, `export NAME=value`, and the same with `local` and its relatives.
fn declare(shell: &mut Shell, builtin: &str, rest: &[Word]) {
    let option = |letter: char| {
        rest.iter().filter_map(Word::text).any(|it| it.starts_with('-') && it.contains(letter))
    };
    let exports = builtin == "export" && !option('n') || option('x');
    for word in rest {
        let prefix = word.known_prefix();
        if prefix.starts_with('-') {
            continue;
        }
        let Some((name, _)) = prefix.split_once('=') else {
            if exports {
                shell.export(&prefix);
            }
            continue;
        };
        let fact = assigned(word.tail(name.len() + 1).fact(""), name, word.span);
        shell.assign(name, fact);
        if exports {
            shell.export(name);
        }
    }
}

/// `set -a`, and `set -- words`.
fn set(shell: &mut Shell, rest: &[Word]) {
    for (idx, word) in rest.iter().enumerate() {
        let Some(text) = word.text() else {
            shell.arguments = None;
            return;
        };
        match text.as_str() {
            "--" => {
                shell.arguments = Some(rest[idx + 1..].to_vec());
                return;
            }
            "allexport" => shell.exports_all = true,
            option if option.starts_with('-') && !option.starts_with("--") => {
                shell.exports_all |= option.contains('a');
            }
            option if option.starts_with('+') => shell.exports_all &= !option.contains('a'),
            // The name after `-o`, or the first of new arguments.
            "pipefail" | "errexit" | "nounset" | "xtrace" | "posix" | "vi" | "emacs" => {}
            _ => {
                shell.arguments = Some(rest[idx..].to_vec());
                return;
            }
        }
    }
}

fn shift(shell: &mut Shell, rest: &[Word]) {
    let count = match rest.first() {
        None => Some(1),
        Some(word) => word.text().and_then(|it| it.parse::<usize>().ok()),
    };
    let arguments = shell.arguments.take();
    shell.arguments = match (arguments, count) {
        (Some(all), Some(count)) if !all.iter().any(Word::may_be_several) => {
            Some(all.get(count..).unwrap_or_default().to_vec())
        }
        _ => None,
    };
}

fn unknown_fact(unknown: Unknown, span: Span) -> Fact {
    Fact::unknown(unknown, Origin::written(span, ""))
}

//! Starts a program: wrappers step aside, shells read their scripts, everything else is a launch.

use std::rc::Rc;

use super::run::{Flow, Found, Place, Run, Status, assigned, basename};
use super::shell::{Code, Shell};
use super::wrappers::{self, Inner};
use crate::document::Text;
use crate::fact::{Origin, OriginKind, Unknown};
use crate::launch::{Launch, StartFiles, Word};
use crate::programs;
use crate::project::Environment;
use crate::source::{FileId, Span};
use crate::workspace::{Opened, Workspace};

/// Programs that read shell commands.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "zsh", "ksh"];

/// Most wrappers around one program.
const WRAPPERS_MAX: usize = 32;

/// A program on its way to be started.
struct Start {
    words: Vec<Word>,
    environment: Environment,
    /// The shell it is started from: folder and the way paths are resolved.
    shell: Shell,
    place: Place,
    replaces_shell: bool,
}

impl Run<'_, '_> {
    /// Starts the program that `words` name. `words` is not empty.
    pub(super) fn program(
        &mut self,
        shell: &Shell,
        words: Vec<Word>,
        environment: Environment,
        place: Place,
        replaces_shell: bool,
    ) -> Flow {
        let shell = shell.child(environment.clone(), Vec::new());
        let mut start = Start { words, environment, shell, place, replaces_shell };
        for _ in 0..WRAPPERS_MAX {
            let Some(name) = start.words[0].text() else { break };
            match basename(&name) {
                "env" => {
                    if !start.env(self.workspace) {
                        break;
                    }
                }
                "sudo" | "runuser" | "doas" => {
                    if !start.sudo() {
                        break;
                    }
                }
                it if SHELLS.contains(&it) => return self.shell_program(start),
                it if is_python(it) => {
                    if !start.python() {
                        break;
                    }
                }
                it if self.is_procfile_runner(&start.words, it) => {
                    let shell = start.shell_with_environment();
                    return self.procfile(&shell, &start.words, start.place);
                }
                _ => {
                    let count = start.words.len();
                    if let Some(flow) = self.step(&mut start, &name) {
                        return flow;
                    }
                    let is_same = start.words[0].text().as_deref() == Some(&name);
                    if is_same && start.words.len() == count {
                        break;
                    }
                }
            }
        }
        self.record(start)
    }

    /// Takes off one wrapper, or runs the script that the program is. `None` when the program is
    /// to be looked at again, or is none of these.
    fn step(&mut self, start: &mut Start, name: &str) -> Option<Flow> {
        match wrappers::inner(&start.words) {
            Some(Inner::Words(idx)) => {
                start.words.drain(..idx);
                start.strip_environment_name(basename(name));
                return None;
            }
            Some(Inner::Module(idx)) => {
                start.module(idx);
                return None;
            }
            Some(Inner::Script(idx, offset)) => {
                let script = start.words[idx].tail(offset);
                return Some(self.script_text(start, &script, Vec::new()));
            }
            None => {}
        }
        if let Some(file) = self.script_file(&start.shell, name, Interpreter::FromFile) {
            let arguments = start.words.split_off(1);
            return Some(self.script(start, file, arguments));
        }
        if let Some(idx) = wrappers::behind_unknown(&start.words, programs::is_program) {
            start.words.drain(..idx);
        }
        None
    }

    /// `sh -c text`, or `sh file`.
    fn shell_program(&mut self, mut start: Start) -> Flow {
        let mut idx = 1;
        let mut is_command = false;
        while let Some(option) = start.words.get(idx).and_then(Word::text) {
            if !option.starts_with(['-', '+']) || option.len() == 1 {
                break;
            }
            idx += 1;
            if option == "--" {
                break;
            }
            if matches!(option.as_str(), "--rcfile" | "--init-file") {
                idx += 1;
            } else if !option.starts_with("--") {
                is_command |= option.starts_with('-') && option.contains('c');
                idx += usize::from(option.contains('o'));
            }
        }
        let Some(operand) = start.words.get(idx).cloned() else { return self.record(start) };
        let mut arguments = start.words.split_off((idx + 1).min(start.words.len()));
        if is_command {
            // The first argument is `$0`.
            arguments.drain(..arguments.len().min(1));
            return self.script_text(&start, &operand, arguments);
        }
        let path = operand.text();
        let file = path.and_then(|it| self.script_file(&start.shell, &it, Interpreter::Shell));
        match file {
            Some(file) => self.script(&start, file, arguments),
            None => {
                start.words.extend(arguments);
                self.record(start)
            }
        }
    }

    fn script_text(&mut self, start: &Start, script: &Word, arguments: Vec<Word>) -> Flow {
        let mut shell = start.shell.child(start.environment.clone(), arguments);
        let code = Rc::new(Code::from_word(script));
        let place = start.place;
        ended(self.deeper(|it| it.code(&mut shell, &code, place)), place)
    }

    fn script(&mut self, start: &Start, file: FileId, arguments: Vec<Word>) -> Flow {
        if self.scripts.contains(&file) {
            self.uncertain(Unknown::because("a script of the command starts itself"));
            return Flow::Next(Status::Unknown);
        }
        let mut shell = start.shell.child(start.environment.clone(), arguments);
        let text = self.workspace.sources.file(file).text().to_owned();
        let span = Span::new(file, 0, text.len());
        let code = Rc::new(Code { text: Text::verbatim(text, span, 0), holes: Vec::new() });
        let place = start.place;
        self.scripts.push(file);
        let flow = self.deeper(|it| it.code(&mut shell, &code, place));
        self.scripts.pop();
        ended(flow, place)
    }

    /// The file of the project that a path names, when it is a shell script.
    fn script_file(
        &mut self,
        shell: &Shell,
        path: &str,
        interpreter: Interpreter,
    ) -> Option<FileId> {
        // A name without a folder is looked up in `$PATH`, unless a shell is told to read it.
        if interpreter == Interpreter::FromFile && !path.contains('/') {
            return None;
        }
        let path_shown = shell.project_path(self.workspace, path)?;
        let file = match interpreter {
            // Most programs are no text: that is no fault of the file.
            Interpreter::FromFile => self.workspace.open_if_text(&path_shown)?,
            Interpreter::Shell => match self.workspace.try_open(&path_shown) {
                Opened::File(file) => file,
                Opened::Missing => return None,
                Opened::Unknown(unknown) => {
                    self.uncertain(unknown);
                    return None;
                }
            },
        };
        let text = self.workspace.sources.file(file).text();
        let first = text.lines().next().unwrap_or_default();
        let is_shell = match first.strip_prefix("#!") {
            Some(line) => line.split_whitespace().any(|it| SHELLS.contains(&basename(it))),
            None => interpreter == Interpreter::Shell || path.ends_with(".sh"),
        };
        (is_shell || interpreter == Interpreter::Shell).then_some(file)
    }

    fn record(&mut self, start: Start) -> Flow {
        if start.place == Place::Condition {
            return Flow::Next(Status::Unknown);
        }
        let (folder, doubt) = match start.shell.folder {
            Ok(folder) => (folder, None),
            Err(unknown) => (String::new(), Some(unknown)),
        };
        let files = match self.found.is_empty() {
            _ if self.in_image => StartFiles::Image,
            true => StartFiles::Project,
            false => StartFiles::Prepared,
        };
        let Start { words: argv, environment, .. } = start;
        let launch = Launch { argv, environment, folder, files, span: self.span };
        let (place, replaces_shell) = (start.place, start.replaces_shell);
        let in_script = !self.scripts.is_empty();
        self.found.push(Found { launch, place, replaces_shell, in_script, doubt });
        Flow::Next(Status::Success)
    }
}

/// What decides that a file is a shell script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Interpreter {
    /// It is given to a shell.
    Shell,
    /// Its first line says so, or its name ends in `.sh`.
    FromFile,
}

/// How a shell that another one started ends.
fn ended(flow: Flow, place: Place) -> Flow {
    match flow {
        _ if place == Place::Condition => Flow::Next(Status::Unknown),
        Flow::Next(status) | Flow::Return(status) => Flow::Next(status),
        Flow::Exit => Flow::Next(Status::Success),
    }
}

impl Start {
    fn shell_with_environment(&self) -> Shell {
        self.shell.child(self.environment.clone(), Vec::new())
    }

    /// Takes off `env` with its options and assignments; `false` when no program follows.
    fn env(&mut self, workspace: &Workspace<'_>) -> bool {
        let mut idx = 1;
        while let Some(option) = self.words.get(idx).and_then(Word::text) {
            if !option.starts_with('-') {
                break;
            }
            idx += 1;
            match option.as_str() {
                "-" | "-i" | "--ignore-environment" => self.environment = Environment::complete(),
                "-u" | "--unset" => {
                    if let Some((name, span)) =
                        self.words.get(idx).and_then(|it| Some((it.text()?, it.span)))
                    {
                        let origin =
                            Origin { kind: OriginKind::Env, ..Origin::written(span, "`env -u`") };
                        self.environment.unset(name, origin);
                    }
                    idx += 1;
                }
                "-C" | "--chdir" => {
                    let path = self.words.get(idx).and_then(Word::text);
                    self.shell.change_folder(workspace, path.as_deref());
                    idx += 1;
                }
                // The text behind it is split into words in a way of its own.
                it if it.starts_with("-S") || it.starts_with("--split-string") => return false,
                "--" => break,
                _ => {}
            }
        }
        idx = self.assignments(idx);
        self.drop_words(idx)
    }

    /// Takes off `sudo` and its relatives.
    fn sudo(&mut self) -> bool {
        const VALUED: [&str; 8] = ["-u", "--user", "-g", "--group", "-h", "-p", "-C", "-D"];
        let mut idx = 1;
        while let Some(option) = self.words.get(idx).and_then(Word::text) {
            if !option.starts_with('-') {
                break;
            }
            idx += if VALUED.contains(&option.as_str()) { 2 } else { 1 };
            if option == "--" {
                break;
            }
            // `runuser -c text user` runs a login shell.
            if option == "-c" {
                return false;
            }
        }
        idx = self.assignments(idx);
        self.drop_words(idx)
    }

    /// Sets the `NAME=value` words from `idx` on; gives the index behind them.
    fn assignments(&mut self, mut idx: usize) -> usize {
        while let Some(word) = self.words.get(idx) {
            let prefix = word.known_prefix();
            let Some((name, _)) = prefix.split_once('=') else { break };
            let fact = assigned(word.tail(name.len() + 1).fact(""), name, word.span);
            self.environment.set(name, fact);
            idx += 1;
        }
        idx
    }

    fn drop_words(&mut self, count: usize) -> bool {
        if count >= self.words.len() {
            return false;
        }
        self.words.drain(..count);
        true
    }

    /// `python -m module` and `python bin/program` as the program itself; `false` for any other
    /// use of Python.
    fn python(&mut self) -> bool {
        let mut idx = 1;
        while let Some(text) = self.words.get(idx).and_then(Word::text) {
            let Some(option) = text.strip_prefix('-').filter(|it| !it.is_empty()) else {
                let is_program = programs::is_program(basename(&text)) && text.contains('/');
                if is_program {
                    self.words.drain(..idx);
                }
                return is_program;
            };
            match option.as_bytes() {
                b"m" => return idx + 1 < self.words.len() && self.module(idx + 1),
                b"W" | b"X" | b"-check-hash-based-pycs" => idx += 2,
                [b'W' | b'X' | b'-', ..] => idx += 1,
                // `-um module`, `-c text`.
                [.., b'm'] => return idx + 1 < self.words.len() && self.module(idx + 1),
                other if other.contains(&b'c') => return false,
                _ => idx += 1,
            }
        }
        false
    }

    /// Makes the module at `idx` the program, when it is the same as a program.
    fn module(&mut self, idx: usize) -> bool {
        let Some(module) = self.words[idx].text() else { return false };
        let program = MODULES.iter().find(|(it, _)| *it == module).map(|(_, program)| *program);
        match program {
            Some(program) => {
                self.words.drain(..idx);
                let span = self.words[0].span;
                if module != program {
                    self.words[0] = Word::literal(program, span);
                }
                true
            }
            // What `uv run -m` starts is Python with that module.
            None if self.words[0].text().as_deref().is_some_and(|it| is_python(basename(it))) => {
                false
            }
            None => {
                self.words.drain(..idx - 1);
                let span = self.words[0].span;
                self.words[0] = Word::literal("-m", span);
                self.words.insert(0, Word::literal("python", span));
                true
            }
        }
    }

    /// `hatch run test:serve`: the name in front of the colon is an environment.
    fn strip_environment_name(&mut self, wrapper: &str) {
        if wrapper != "hatch" {
            return;
        }
        if let Some((name, _)) = self.words[0].known_prefix().split_once(':') {
            self.words[0] = self.words[0].tail(name.len() + 1);
        }
    }
}

/// Modules that do the same as a program when Python runs them.
const MODULES: &[(&str, &str)] = &[
    ("gunicorn", "gunicorn"),
    ("gunicorn.app.wsgiapp", "gunicorn"),
    ("uvicorn", "uvicorn"),
    ("uvicorn.main", "uvicorn"),
    ("hypercorn", "hypercorn"),
    ("hypercorn.__main__", "hypercorn"),
    ("daphne", "daphne"),
    ("daphne.cli", "daphne"),
    ("granian", "granian"),
    ("waitress", "waitress-serve"),
    ("celery", "celery"),
    ("dramatiq", "dramatiq"),
    ("rq.cli", "rq"),
    ("flask", "flask"),
    ("fastapi", "fastapi"),
    ("django", "django-admin"),
    ("huey.bin.huey_consumer", "huey_consumer"),
    ("newrelic.admin", "newrelic-admin"),
    ("ddtrace.commands.ddtrace_run", "ddtrace-run"),
    ("honcho", "honcho"),
    ("poetry", "poetry"),
    ("pipenv", "pipenv"),
    ("uv", "uv"),
    ("dotenv", "dotenv"),
];

/// Whether a program name is a Python interpreter: `python`, `python3.12`, `pypy3`.
pub(super) fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

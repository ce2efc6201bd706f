//! A program on its way to be started, and what is taken off in front of it.

use super::exec_form;
use super::run::{Place, Run, assigned, basename};
use super::shell::Shell;
use super::watchers;
use crate::document::Text;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::programs;
use crate::project::{Environment, Lookup};

/// A program on its way to be started.
pub(super) struct Start {
    pub(super) words: Vec<Word>,
    pub(super) environment: Environment,
    /// The shell it is started from: folder and the way paths are resolved.
    pub(super) shell: Shell,
    pub(super) place: Place,
    pub(super) replaces_shell: bool,
}

/// The words of a text that a program splits by itself. `None` where it is not known, or has signs
/// that are not worked out.
fn split(text: &Word) -> Option<Vec<Word>> {
    let known = text.text().filter(|it| !it.contains(['\\', '$', '#']))?;
    let known = Text::new(known, text.span, Vec::new());
    // What is wrong with it is not said here.
    Some(exec_form::split(&mut Vec::new(), &[], &known))
}

impl Start {
    pub(super) fn shell_with_environment(&self) -> Shell {
        self.shell.child(self.environment.clone(), Vec::new())
    }

    /// Takes off `env` with its options and assignments; `false` when no program follows.
    pub(super) fn env(&mut self, run: &Run<'_, '_>) -> bool {
        let mut idx = 1;
        while let Some(word) = self.words.get(idx) {
            let Some(option) = word.text() else {
                // `env $(cat .env) program`: assignments that nobody knows.
                if !word.may_be_several() || idx + 1 == self.words.len() {
                    break;
                }
                self.unknown_assignments(idx);
                idx += 1;
                continue;
            };
            if !option.starts_with('-') {
                break;
            }
            idx += 1;
            if let Some(text) = split_string(&option) {
                return self.split_words(idx, text);
            }
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
                    self.shell.change_folder(run.workspace, path.as_deref());
                    idx += 1;
                }
                "--" => break,
                _ => {}
            }
        }
        idx = self.assignments(idx);
        self.drop_words(idx)
    }

    /// Thruster listens where requests come, and tells what it starts to listen at another port.
    ///
    /// Source: <https://github.com/basecamp/thruster> (README of 2026-11-29)
    pub(super) fn behind_thruster(&mut self) {
        const NAMES: [&str; 2] = ["THRUSTER_TARGET_PORT", "TARGET_PORT"];
        let said = NAMES.iter().find_map(|name| match self.environment.get(name) {
            Lookup::Set(fact) => Some(fact.clone()),
            Lookup::Unset | Lookup::Unmentioned => None,
        });
        let port = said.unwrap_or_else(|| {
            let origin = Origin {
                span: Some(self.words[0].span),
                ..Origin::new(OriginKind::Env, "Thruster sets `PORT`")
            };
            Fact::known(Value::Text("3000".to_owned()), origin)
        });
        self.environment.set("PORT", port);
    }

    /// Calls the program by another name.
    pub(super) fn rename(&mut self, name: &str) {
        let span = self.words[0].span;
        let piece = Piece { text: Ok(name.to_owned()), span, expanded: None };
        self.words[0] = Word { pieces: vec![piece], span };
    }

    /// A word that may be any number of assignments.
    fn unknown_assignments(&mut self, idx: usize) {
        let word = &self.words[idx];
        let gap = word.pieces.iter().find_map(|it| it.text.as_ref().err());
        let reason = "the command sets variables that are only known when it runs";
        let unknown = gap.cloned().unwrap_or_else(|| Unknown::because(reason));
        let origin = Origin { kind: OriginKind::Env, ..Origin::written(word.span, "`env`") };
        self.environment.open(Fact::unknown(unknown, origin));
    }

    /// Starts the words of a text instead, which no shell reads. Without a change, `false`, where it
    /// is not known, or is none that is split as a program's own words are.
    pub(super) fn take_words(&mut self, script: &Word) -> bool {
        let words = split(script).unwrap_or_default();
        let is_any = !words.is_empty();
        if is_any {
            self.words = words;
        }
        is_any
    }

    /// `env -S text`: the text is split into words, and takes the place of its own word. Escapes
    /// and variables in it are not worked out.
    fn split_words(&mut self, idx: usize, text: Option<usize>) -> bool {
        let (at, word) = match text {
            Some(start) => (idx, self.words[idx - 1].tail(start)),
            None => match self.words.get(idx) {
                Some(word) => (idx + 1, word.clone()),
                None => return false,
            },
        };
        let Some(own) = split(&word) else { return false };
        let mut words = vec![Word::literal("env", self.words[0].span)];
        words.extend(own);
        words.extend(self.words.drain(..).skip(at));
        self.words = words;
        self.words.len() > 1
    }

    /// Takes off `sudo` and its relatives.
    pub(super) fn sudo(&mut self) -> bool {
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

    /// The text that `su` and `runuser` give to the shell of a user: `su -c text www-data`.
    pub(super) fn user_script(&self) -> Option<Word> {
        let mut idx = 1;
        // `runuser -u www program -c file`: behind the user stands a program.
        let mut has_user = false;
        while let Some(text) = self.words.get(idx).and_then(Word::text) {
            has_user |= matches!(text.as_str(), "-u" | "--user");
            match text.as_str() {
                "--" => return None,
                "-u" | "--user" => idx += 2,
                it if has_user && !it.starts_with('-') => return None,
                "-c" | "--command" | "--session-command" => {
                    return self.words.get(idx + 1).cloned();
                }
                it if it.starts_with("--command=") => {
                    return Some(self.words[idx].tail("--command=".len()));
                }
                it if SU_VALUED.contains(&it) => idx += 2,
                _ => idx += 1,
            }
        }
        None
    }

    /// Takes off `su` with the user: the words behind it are a script and its arguments, which the
    /// shell of the user reads.
    pub(super) fn su(&mut self) -> bool {
        let mut idx = 1;
        while let Some(text) = self.words.get(idx).and_then(Word::text) {
            if !text.starts_with('-') || text == "--" {
                break;
            }
            idx += if SU_VALUED.contains(&text.as_str()) { 2 } else { 1 };
        }
        // `su -- user`, `su user -- script` and `su user script`.
        let is_dashes = |it: Option<&Word>| it.and_then(Word::text).as_deref() == Some("--");
        idx += usize::from(is_dashes(self.words.get(idx)));
        idx += 1;
        idx += usize::from(is_dashes(self.words.get(idx)));
        if idx >= self.words.len() {
            return false;
        }
        let shell = Word::literal("sh", self.words[0].span);
        self.words.splice(..idx, [shell]);
        true
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
    pub(super) fn python(&mut self) -> bool {
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
                // `-mmodule`
                [b'm', ..] => return self.attached_module(idx, "-m".len()),
                // `-um module`, `-c text`.
                [.., b'm'] => return idx + 1 < self.words.len() && self.module(idx + 1),
                other if other.contains(&b'c') => return false,
                _ => idx += 1,
            }
        }
        false
    }

    /// `python -mgunicorn`: the module stands behind the letter.
    fn attached_module(&mut self, idx: usize, len: usize) -> bool {
        let module = self.words[idx].tail(len);
        self.words.insert(idx + 1, module);
        self.words[idx] = Word::literal("-m", self.words[idx].span);
        let is_program = self.module(idx + 1);
        if !is_program {
            // What it was: a program that looks for `-m` finds it either way.
            return false;
        }
        true
    }

    /// Makes the module at `idx` the program, when it is the same as a program.
    pub(super) fn module(&mut self, idx: usize) -> bool {
        let Some(module) = self.words[idx].text() else { return false };
        if let Some(inner) = watchers::inner(&module, &self.words[idx + 1..]) {
            // `python -m debugpy --listen 5678 -m uvicorn app:app`: Python runs the rest.
            let python = match self.words[0].text() {
                Some(it) if is_python(basename(&it)) => self.words[0].clone(),
                _ => Word::literal("python", self.words[idx].span),
            };
            self.words.drain(..=idx + inner);
            self.words.insert(0, python);
            return true;
        }
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

    /// `hatch run test:serve`: the name in front of the colon is an environment, which is taken off.
    pub(super) fn take_environment_name(&mut self, wrapper: &str) -> Option<String> {
        let prefix = self.words[0].known_prefix();
        let (name, _) = prefix.split_once(':').filter(|_| wrapper == "hatch")?;
        let name = name.to_owned();
        self.words[0] = self.words[0].tail(name.len() + 1);
        Some(name)
    }
}

/// Options of `su` that take the next word (util-linux 2.41, `su --help`).
const SU_VALUED: [&str; 8] =
    ["-g", "--group", "-G", "--supp-group", "-s", "--shell", "-w", "--whitelist-environment"];

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
    // <https://docs.streamlit.io/develop/concepts/architecture/run-your-app>, 2026-11-29
    ("streamlit", "streamlit"),
    // <https://sanic.dev/en/guide/running/running.html>, 2026-11-29
    ("sanic", "sanic"),
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

/// Whether an option of `env` is `-S` or `--split-string`; where its text starts when it stands in
/// the same word.
#[expect(clippy::option_option, reason = "whether it is the option, and where its text is")]
fn split_string(option: &str) -> Option<Option<usize>> {
    let at = |start: usize| (option.len() > start).then_some(start);
    if option == "--split-string" {
        return Some(None);
    }
    if option.starts_with("--split-string=") {
        return Some(Some("--split-string=".len()));
    }
    // `-vS text` and `-iS text` are of the same kind.
    let letters = option.strip_prefix('-').filter(|it| !it.starts_with('-'))?;
    let start = letters.find('S').filter(|it| letters[..*it].bytes().all(|it| it == b'v'))?;
    Some(at(start + "-S".len()))
}

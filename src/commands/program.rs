//! Starts a program: wrappers step aside, shells read their scripts, everything else is a launch.

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::Dialect;
use super::code::Code;
use super::exec_form;
use super::flow::is_shell;
use super::options;
use super::paths;
use super::run::{Flow, Found, Place, Run, Script, Status, basename};
use super::shell::Shell;
use super::start::{Start, is_python};
use super::watchers;
use super::wrappers::{self, Inner};
use crate::budget::LEN_MAX;
use crate::document::Text;
use crate::fact::{Fact, State, TextPart, Unknown};
use crate::launch::{Launch, Piece, StartFiles, Word};
use crate::programs;
use crate::project::Environment;
use crate::source::{FileId, Span};
use crate::workspace::Opened;

/// Most programs of one command that are kept.
const FOUND_MAX: usize = 500;

/// Most programs whose words are kept.
const STARTED_MAX: usize = 100;

/// Most wrappers around one program.
const WRAPPERS_MAX: usize = 32;

/// A script and its text.
struct Readable {
    script: Script,
    text: Text,
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
        // What a base image's own script starts is there for the reader; the script is not.
        if self.started.len() < STARTED_MAX && !self.is_of_base(shell, &words[0]) {
            let words: Vec<String> = words.iter().map(|it| self.shown(it)).collect();
            self.started.push(words.join(" "));
        }
        let shell = shell.child(environment.clone(), Vec::new()).without_options();
        let mut start = Start { words, environment, shell, place, replaces_shell };
        for _ in 0..WRAPPERS_MAX {
            let Some(name) = start.words[0].text() else { break };
            match basename(&name) {
                "env" | "cross-env" => {
                    if !start.env(self) {
                        break;
                    }
                }
                "su" | "runuser" if let Some(script) = start.user_script() => {
                    return self.script_text(&start, &script, Vec::new());
                }
                "su" => {
                    if !start.su() {
                        break;
                    }
                }
                "sudo" | "runuser" | "doas" => {
                    if !start.sudo() {
                        break;
                    }
                }
                it if is_shell(it) => {
                    let dialect = dialect(it, &start.shell);
                    return self.shell_program(start, dialect);
                }
                it if is_python(it) => {
                    if !start.python() {
                        break;
                    }
                }
                it if let Some(inner) = watchers::inner(it, &start.words[1..]) => {
                    start.words.drain(1..=inner);
                    start.rename("python");
                }
                it if let Some(runner) = Self::procfile_runner(&start.words, it) => {
                    let shell = start.shell_with_environment();
                    return self.procfile(&shell, (&start.words, runner), start.place);
                }
                "supervisord" => return self.supervisord(&start),
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
        if let Some(flow) = self.package_manager(start, basename(name)) {
            return Some(flow);
        }
        if let Some(flow) = self.parallel(start, basename(name)) {
            return Some(flow);
        }
        if let ControlFlow::Break(flow) = self.task_of_project(start, basename(name)) {
            return flow;
        }
        if wrappers::sets_variables(&start.words) {
            start.environment.may_be_more();
        }
        match wrappers::inner(&start.words) {
            Some(Inner::Words(idx)) => {
                if basename(name) == "thrust" {
                    start.behind_thruster();
                }
                start.words.drain(..idx);
                let environment = start.take_environment_name(basename(name));
                return self.task(start, basename(name), environment.as_deref());
            }
            Some(Inner::Module(idx)) => {
                start.module(idx);
                return None;
            }
            Some(Inner::Script(idx, offset)) => {
                let script = start.words[idx].tail(offset);
                // Litestream starts the words itself and passes signals on: there is no shell.
                if basename(name) == "litestream" && start.take_words(&script) {
                    return None;
                }
                return Some(self.script_text(start, &script, Vec::new()));
            }
            None => {}
        }
        let found = self.found_in_path(&start.shell, name);
        let path = found.as_deref().unwrap_or(name);
        if let Some((file, dialect)) = self.script_file(&start.shell, path, None) {
            let arguments = start.words.split_off(1);
            start.shell.dialect = dialect;
            return Some(self.script(start, file, path, arguments));
        }
        if self.starts_solid_queue(&start.shell, path) {
            start.rename("solid_queue");
            return None;
        }
        if found.is_some() {
            let reason = format!("`{name}` is a file of the project that is no shell script");
            self.uncertain(Unknown::because(reason));
            return Some(Flow::Next(Status::Unknown));
        }
        if !name.contains('/') {
            let count = start.words.len();
            let flow = self.entry_point(start, name);
            if flow.is_some() || start.words.len() != count {
                return flow;
            }
        }
        if let Some(idx) = wrappers::behind_unknown(&start.words, programs::is_program) {
            start.words.drain(..idx);
            start.environment.may_be_more();
        }
        None
    }

    /// `sh -c text`, or `sh file`.
    fn shell_program(&mut self, mut start: Start, dialect: Dialect) -> Flow {
        start.shell.dialect = dialect;
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
                options::letters(&mut start.shell, &option);
                if option.contains(['o', 'O']) {
                    let name = start.words.get(idx).and_then(Word::text);
                    let is_on = option.starts_with('-');
                    name.iter().for_each(|it| start.shell.set_option(it, is_on));
                    idx += 1;
                }
            }
        }
        let Some(operand) = start.words.get(idx).cloned() else { return self.record(start) };
        let mut arguments = start.words.split_off((idx + 1).min(start.words.len()));
        if is_command {
            // The first argument is `$0`.
            let name = match arguments.is_empty() {
                true => start.words[0].text(),
                false => arguments.remove(0).text(),
            };
            start.shell.name = name.map(Arc::from);
            return self.script_text(&start, &operand, arguments);
        }
        let path = operand.text();
        let file = path.as_deref().and_then(|it| self.script_file(&start.shell, it, Some(dialect)));
        match (file, path) {
            (Some((file, _)), Some(path)) => self.script(&start, file, &path, arguments),
            _ => {
                start.words.extend(arguments);
                self.record(start)
            }
        }
    }

    pub(super) fn script_text(
        &mut self,
        start: &Start,
        script: &Word,
        arguments: Vec<Word>,
    ) -> Flow {
        let mut shell = start.shell.child(start.environment.clone(), arguments);
        let code = Rc::new(Code::from_word(script));
        self.process(&mut shell, &code, start.place)
    }

    fn script(&mut self, start: &Start, found: Readable, path: &str, arguments: Vec<Word>) -> Flow {
        let Readable { script, text } = found;
        if self.scripts.contains(&script) {
            // `[ "$(id -u)" = 0 ] && exec gosu app "$0" "$@"`: what it comes to is what the script
            // does where the condition does not hold.
            let same = self.arguments.last().is_some_and(|it| same_words(it, &arguments));
            if start.place != Place::Maybe || self.scripts.last() != Some(&script) || !same {
                self.uncertain(Unknown::because("a script of the command starts itself"));
            }
            self.starts_again = true;
            return Flow::Next(Status::Unknown);
        }
        let mut shell = start.shell.child(start.environment.clone(), arguments);
        let path: Arc<str> = path.into();
        shell.name = Some(Arc::clone(&path));
        let code = Rc::new(Code::verbatim(text, Some(path)));
        self.scripts.push(script);
        self.arguments.push(shell.arguments.clone().unwrap_or_default());
        let flow = self.process(&mut shell, &code, start.place);
        self.arguments.pop();
        self.scripts.pop();
        flow
    }

    /// The file of the project that a path names, when it is a shell script, and the shell that
    /// runs it. `told` is the shell that is told to read it; without one, its first line decides.
    fn script_file(
        &mut self,
        shell: &Shell,
        path: &str,
        told: Option<Dialect>,
    ) -> Option<(Readable, Dialect)> {
        // A name without a folder is looked up in `$PATH`, unless a shell is told to read it.
        if told.is_none() && !path.contains('/') {
            return None;
        }
        let shown = shell.project_path(self.workspace, path)?;
        if let Some(written) = self.workspace.written_in_image(&shown) {
            let dialect = told.or_else(|| dialect_of(&written.text.value, path, shell))?;
            let (path, is_of_base) = (Arc::from(written.path.as_str()), written.is_of_base);
            let script = Script::Written { path, is_of_base };
            return Some((Readable { script, text: written.text.clone() }, dialect));
        }
        if let Some(told) = told {
            return match self.workspace.try_open(&shown) {
                Opened::File(file) => Some((self.readable(file), told)),
                Opened::Missing => None,
                Opened::Unknown(unknown) => {
                    self.uncertain(unknown);
                    None
                }
            };
        }
        // Most programs are no text: that is no fault of the file.
        let Some(file) = self.workspace.open_if_text(&shown) else {
            let encoded = self.workspace.text_of_encoded(&shown);
            if encoded.is_some_and(|it| dialect_of(&it, path, shell).is_some())
                && let Opened::Unknown(unknown) = self.workspace.try_open(&shown)
            {
                self.uncertain(unknown);
            }
            return None;
        };
        let text = self.workspace.sources.file(file).text();
        let dialect = dialect_of(text, path, shell)?;
        Some((self.readable(file), dialect))
    }

    /// Whether a file of the project is the `bin/jobs` that new applications of Rails have.
    ///
    /// Source: <https://github.com/rails/solid_queue/blob/main/lib/generators/solid_queue/install/templates/jobs>
    fn starts_solid_queue(&mut self, shell: &Shell, path: &str) -> bool {
        let is_named = basename(path) == "jobs" && path.contains('/');
        let shown = if is_named { shell.project_path(self.workspace, path) } else { None };
        let Some(file) = shown.and_then(|it| self.workspace.open_if_text(&it)) else {
            return false;
        };
        self.workspace.sources.file(file).text().contains("SolidQueue::Cli.start")
    }

    fn readable(&self, file: FileId) -> Readable {
        let text = self.workspace.sources.file(file).text().to_owned();
        let span = Span::new(file, 0, text.len());
        Readable { script: Script::File(file), text: Text::verbatim(text, span, 0) }
    }

    /// A word for a reader: what is not known stands there as it is written.
    fn shown(&self, word: &Word) -> String {
        let piece = |it: &Piece| match &it.text {
            Ok(text) => text.clone(),
            Err(_) => match self.workspace.sources.text(it.span).trim_matches('"') {
                text if text.contains('\n') || text.is_empty() => "…".to_owned(),
                text => text.to_owned(),
            },
        };
        word.pieces.iter().map(piece).collect()
    }

    fn record(&mut self, start: Start) -> Flow {
        if start.place == Place::Condition {
            return Flow::Next(Status::Unknown);
        }
        if let Some(name) = exec_form::whole_command(&start.words[0]) {
            let place = start.words[0].span;
            if start.place == Place::Foreground {
                self.acc.push(exec_form::in_one_word(place, &name));
            }
            let reason = format!("there is no program `{name} …`: the command is one word");
            self.uncertain(Unknown::because(reason));
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
        let (place, replaces_shell, dialect) =
            (start.place, start.replaces_shell, start.shell.dialect);
        let Start { words: mut argv, mut environment, .. } = start;
        if self.names_project {
            let root = start.shell.root.as_ref();
            argv.iter_mut().for_each(|it| without_project(it, root, &folder));
            hide_project(&mut environment);
        }
        // What a launch holds is kept until the process is worked out.
        let size = (argv.len() + environment.count()).min(LEN_MAX);
        if self.found.len() == FOUND_MAX || self.workspace.budget().container(size, 1).is_err() {
            self.uncertain(Unknown::because("the command starts more programs than are followed"));
            return Flow::Exit;
        }
        let launch = Launch {
            argv,
            environment,
            folder,
            files,
            written: self.written.clone(),
            span: self.span,
        };
        let in_script = !self.scripts.is_empty();
        let runner = self.runner;
        let is_managed = !self.package_scripts.is_empty() || runner.is_some() || self.managed > 0;
        let assumed = Vec::new();
        let word_at = self.word_at.filter(|_| in_script);
        let found = Found {
            launch,
            word_at,
            place,
            replaces_shell,
            in_script,
            is_managed,
            runner,
            dialect,
            doubt,
            assumed,
        };
        self.found.push(found);
        Flow::Next(Status::Success)
    }
}

/// Which shell runs a text that is started under this path; `None` when it is no script of one.
fn dialect_of(text: &str, path: &str, shell: &Shell) -> Option<Dialect> {
    match text.lines().next().unwrap_or_default().strip_prefix("#!") {
        Some(line) => {
            let name = line.split_whitespace().map(basename).find(|it| is_shell(it))?;
            Some(dialect(name, shell))
        }
        // The shell that starts it reads it itself.
        None => path.ends_with(".sh").then_some(shell.dialect),
    }
}

/// Whether two commands have the same arguments.
fn same_words(a: &[Word], b: &[Word]) -> bool {
    let same = |(a, b): (&Word, &Word)| {
        let (a, b) = (a.pieces.iter(), b.pieces.iter());
        a.map(|it| &it.text).eq(b.map(|it| &it.text))
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// Which shell a program of this name is, where this shell starts it.
fn dialect(name: &str, shell: &Shell) -> Dialect {
    match name {
        "bash" => Dialect::Bash,
        "dash" => Dialect::Dash,
        "sh" => shell.sh,
        _ => Dialect::Unknown,
    }
}

/// A word with a path of the project as a program could write it, or with a gap in its place.
fn without_project(word: &mut Word, root: &str, folder: &str) {
    let is_marked = |it: &Piece| it.text.as_ref().is_ok_and(|it| paths::has_project(it));
    if !word.pieces.iter().any(is_marked) {
        return;
    }
    let text = word.text().unwrap_or_default();
    let start = text.find(paths::PROJECT).unwrap_or_default();
    let (before, path) = text.split_at(start);
    let relative = paths::relative(path, root, folder);
    match relative.filter(|_| before.is_empty() || before.ends_with('=')) {
        Some(path) => {
            let expanded = word.pieces.iter().find_map(|it| it.expanded.clone());
            let text = Ok(format!("{before}{path}"));
            word.pieces = vec![Piece { text, span: word.span, expanded }];
        }
        None => {
            for piece in word.pieces.iter_mut().filter(|it| is_marked(it)) {
                piece.text = Err(paths::unknown_folder());
            }
        }
    }
}

/// Programs see paths of the machine in variables, which nobody knows here.
fn hide_project(environment: &mut Environment) {
    let marked: Vec<(String, Fact)> = environment
        .iter()
        .filter_map(|(name, fact)| {
            let text = fact.text().filter(|it| paths::has_project(it))?;
            let mut parts = Vec::new();
            for (idx, part) in text.split(paths::PROJECT).enumerate() {
                if idx > 0 {
                    parts.push(TextPart::Unknown(paths::unknown_folder()));
                }
                if !part.is_empty() {
                    parts.push(TextPart::Known(part.to_owned()));
                }
            }
            let state = State::Pattern(parts);
            Some((name.to_owned(), Fact { state, ..fact.clone() }))
        })
        .collect();
    for (name, fact) in marked {
        environment.put_back(&name, Some(Arc::new(fact)));
    }
}

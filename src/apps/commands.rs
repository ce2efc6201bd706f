//! The commands that a script starts: `os.execvp("gunicorn", [...])`, `subprocess.run([...])`,
//! `app.worker_main([...])`.
//!
//! Each is a program with its words, as a command of a manifest is. Which of them the process comes
//! to is decided where those are followed.
//!
//! Sources: <https://docs.python.org/3/library/os.html#os.execl>,
//! <https://docs.python.org/3/library/subprocess.html>, <https://docs.python.org/3/library/runpy.html>,
//! `Celery.start` and `Celery.worker_main` of celery 5.5 (2026-11-29)

use std::sync::Arc;

use crate::commands::{Step, StepPlace};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::project::Environment;
use crate::python::{Binding, Module, Part, PyValue};
use crate::source::Span;

/// The record of the calls.
const RECORD: &str = "commands *";

/// Before the name of a variable that the script sets, in a record.
const SET: &str = "env ";
/// The same, where it was not set before.
const SET_DEFAULT: &str = "env default ";

/// What a script starts, in its order.
#[derive(Clone, Debug)]
pub(crate) struct Commands {
    /// The programs, and where the script waits for those in the background.
    pub(crate) steps: Vec<Step>,
    /// Variables that the script sets for them.
    variables: Vec<(String, Fact, Kept)>,
    /// Variables that are taken to be unset, and that decide about the words.
    pub(crate) assumed: Vec<Fact>,
    /// Where the last of the calls stands.
    pub(crate) span: Span,
    /// Whether no condition that is left open decides about them.
    is_certain: bool,
}

/// Whether a variable keeps the value that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

/// Whether a script becomes one of the commands that it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Becomes {
    Yes,
    Maybe,
    No,
}

impl Commands {
    pub(super) fn becomes(&self) -> Becomes {
        let is_it = |it: &Step| matches!(it, Step::Start { place: StepPlace::Instead, .. });
        match (self.steps.iter().any(is_it), self.is_certain) {
            (true, true) => Becomes::Yes,
            (true, false) => Becomes::Maybe,
            (false, _) => Becomes::No,
        }
    }

    /// The environment that the programs see, where the script sees this one.
    pub(crate) fn environment(&self, outer: &Environment) -> Environment {
        let mut environment = outer.clone();
        for (name, fact, kept) in &self.variables {
            if *kept == Kept::No || !environment.sets(name) {
                environment.set(name, fact.clone());
            }
        }
        environment
    }
}

/// How a function starts a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The program and a list of words, the name it sees first.
    List,
    /// The program and its words one by one, the name it sees first.
    Words,
    /// A list of words, or a text that a shell reads.
    Process,
    /// The same, beside the script.
    Beside,
    /// It waits for one that was started beside.
    Wait,
    /// A text that a shell reads.
    Shell,
    /// A module that Python runs.
    Module,
    /// A file that Python runs.
    File,
    /// The words behind `celery`.
    Celery,
}

#[rustfmt::skip]
const FUNCTIONS: &[(&str, Way)] = &[
    ("os.execv", Way::List),
    ("os.execve", Way::List),
    ("os.execvp", Way::List),
    ("os.execvpe", Way::List),
    ("os.execl", Way::Words),
    ("os.execlp", Way::Words),
    ("subprocess.run", Way::Process),
    ("subprocess.call", Way::Process),
    ("subprocess.check_call", Way::Process),
    ("subprocess.Popen", Way::Beside),
    ("subprocess.Popen().wait", Way::Wait),
    ("subprocess.Popen().communicate", Way::Wait),
    ("os.system", Way::Shell),
    ("runpy.run_module", Way::Module),
    ("runpy.run_path", Way::File),
    ("celery.app.start", Way::Celery),
    ("celery.app.worker_main", Way::Celery),
];

/// Whether a call of a function starts a command.
pub(super) fn is_start(dotted: &str) -> bool {
    way(dotted).is_some()
}

fn way(dotted: &str) -> Option<Way> {
    FUNCTIONS.iter().find(|it| it.0 == dotted).map(|it| it.1)
}

/// The commands that a module started. `None` where it started none.
///
/// `module_name` is the name that the script can be imported under.
///
/// # Errors
///
/// Why they are not known.
pub(super) fn of_module(
    module: &Module,
    module_name: Option<&str>,
) -> Option<Result<Commands, Unknown>> {
    let record = module.record(RECORD)?;
    let PyValue::Tuple(calls) = &record.value else {
        let unknown = record.fact.state.open();
        return Some(Err(unknown.unwrap_or_else(|| Unknown::because("it is not followed"))));
    };
    let read = Read { record, module_name };
    let steps = calls.iter().map(|it| read.step(it)).collect::<Result<Vec<_>, _>>();
    Some(steps.map(|steps| Commands {
        steps,
        variables: variables(module),
        assumed: assumed(record),
        span: read.span(),
        is_certain: !record.maybe_unset,
    }))
}

/// Assumptions that the calls rest on.
fn assumed(record: &Binding) -> Vec<Fact> {
    let inputs = record.fact.origin.inputs.iter().map(|it| &*it.fact);
    let mut assumed: Vec<Fact> = inputs.filter(|it| it.origin.is_assumed()).cloned().collect();
    if record.maybe_unset {
        let origin = Origin::new(OriginKind::Assumed, "the script comes to the command");
        assumed.push(Fact::known(Value::Bool(true), origin));
    }
    assumed
}

/// Variables that the code set before.
fn variables(module: &Module) -> Vec<(String, Fact, Kept)> {
    let of = |it: &Binding| {
        let name = &it.name.value;
        let (name, kept) = match name.strip_prefix(SET_DEFAULT) {
            Some(name) => (name, Kept::Yes),
            None => (name.strip_prefix(SET)?, Kept::No),
        };
        let mut fact = super::fact(it);
        fact.origin.kind = OriginKind::Env;
        fact.origin.source = format!("the script sets `{name}`");
        Some((name.to_owned(), fact, kept))
    };
    module.records.iter().filter_map(of).collect()
}

/// Reads what a call was told.
struct Read<'a> {
    record: &'a Binding,
    module_name: Option<&'a str>,
}

impl Read<'_> {
    fn span(&self) -> Span {
        self.record.fact.origin.span.unwrap_or(self.record.name.span)
    }

    fn step(&self, call: &PyValue) -> Result<Step, Unknown> {
        let unclear = || Unknown::because("the commands that the script starts are not followed");
        let PyValue::Tuple(parts) = call else { return Err(open(call).unwrap_or_else(unclear)) };
        let [PyValue::Str(dotted), PyValue::Tuple(given), PyValue::Dict(named)] = &parts[..] else {
            return Err(unclear());
        };
        let named = |name: &str| {
            let is_it = |key: &PyValue| matches!(key, PyValue::Str(key) if **key == *name);
            named.iter().find(|(key, _)| is_it(key)).map(|(_, it)| it)
        };
        let first = |names: &[&str]| {
            given.first().or_else(|| names.iter().find_map(|it| named(it))).ok_or_else(unclear)
        };
        let is_given = |name: &str| named(name).is_some_and(|it| !matches!(it, PyValue::None));
        if is_given("cwd") || is_given("executable") {
            return Err(Unknown::because(format!("`{dotted}` is told another folder or program")));
        }
        let is_same =
            |it: &PyValue| matches!(it, PyValue::Native(name) if name.starts_with("os.environ"));
        if named("env").is_some_and(|it| !matches!(it, PyValue::None) && !is_same(it)) {
            return Err(Unknown::because(format!("`{dotted}` is told another environment")));
        }
        let start = |words, place| Ok(Step::Start { words, place });
        match way(dotted).ok_or_else(unclear)? {
            // It ends the program then, or goes on without it.
            Way::Process | Way::Wait if is_given("timeout") => {
                Err(Unknown::because(format!("`{dotted}` waits for a time only")))
            }
            Way::Wait => Ok(Step::Wait),
            Way::List => {
                // An environment stands behind the words.
                if given.get(2).is_some_and(|it| !is_same(it)) {
                    return Err(Unknown::because(format!(
                        "`{dotted}` is told another environment"
                    )));
                }
                let program = self.word(first(&["path", "file"])?);
                let list = given.get(1).or_else(|| named("args")).or_else(|| named("argv"));
                let rest = list.and_then(PyValue::elements).ok_or_else(unclear)?;
                start(self.words([program], rest.iter().skip(1)), StepPlace::Instead)
            }
            Way::Words => {
                let program = self.word(given.first().ok_or_else(unclear)?);
                start(self.words([program], given.iter().skip(2)), StepPlace::Instead)
            }
            Way::Shell => start(self.shell(first(&["command"])?), StepPlace::Before),
            way @ (Way::Process | Way::Beside) => {
                let place = match way {
                    Way::Process => StepPlace::Before,
                    _ => StepPlace::Beside,
                };
                let args = first(&["args"])?;
                let words = match (args, named("shell")) {
                    (args, None | Some(PyValue::Bool(false) | PyValue::None)) => match args {
                        PyValue::Str(_) => vec![self.word(args)],
                        list => self.words(
                            [],
                            list.elements().ok_or_else(|| open(list).unwrap_or_else(unclear))?,
                        ),
                    },
                    (PyValue::Str(_) | PyValue::Pattern(_), Some(PyValue::Bool(true))) => {
                        self.shell(args)
                    }
                    _ => return Err(open(args).unwrap_or_else(unclear)),
                };
                match words.is_empty() {
                    true => Err(unclear()),
                    false => start(words, place),
                }
            }
            Way::Module => {
                let name = self.word(first(&["mod_name"])?);
                start(vec![self.literal("python"), self.literal("-m"), name], StepPlace::Before)
            }
            Way::File => {
                let path = self.word(first(&["path_name"])?);
                start(vec![self.literal("python"), path], StepPlace::Before)
            }
            Way::Celery => {
                let list = first(&["argv"])?;
                let rest = list.elements().ok_or_else(|| open(list).unwrap_or_else(unclear))?;
                let name = self.module_name.ok_or_else(unclear)?;
                let before = ["celery", "-A", name].map(|it| self.literal(it));
                start(self.words(before, rest), StepPlace::Before)
            }
        }
    }

    fn literal(&self, text: &str) -> Word {
        Word::literal(text, self.span())
    }

    fn words<'v, const N: usize>(
        &self,
        before: [Word; N],
        rest: impl IntoIterator<Item = &'v PyValue>,
    ) -> Vec<Word> {
        before.into_iter().chain(rest.into_iter().map(|it| self.word(it))).collect()
    }

    /// A text that `/bin/sh` reads.
    fn shell(&self, text: &PyValue) -> Vec<Word> {
        vec![self.literal("sh"), self.literal("-c"), self.word(text)]
    }

    /// One word, of which parts may not be known.
    fn word(&self, value: &PyValue) -> Word {
        let span = self.span();
        let gap = |unknown: Unknown| {
            let state = State::Unknown(unknown.clone());
            let fact = Fact { state, ..self.record.fact.clone() };
            Piece { text: Err(unknown), span, expanded: Some(Arc::new(fact)) }
        };
        let plain = |text: &str| Piece { text: Ok(text.to_owned()), span, expanded: None };
        let pieces = match value {
            PyValue::Str(text) | PyValue::Path(text) => vec![plain(text)],
            // The Python that runs the script.
            PyValue::Native(name) if **name == *"sys.executable" => vec![plain("python")],
            PyValue::Pattern(parts) => parts
                .iter()
                .map(|it| match it {
                    Part::Known(text) => plain(text),
                    Part::Gap(unknown) => gap(unknown.to_model()),
                })
                .collect(),
            other => {
                let reason = || Unknown::because("a word of the command is not followed");
                // One word of a list is one, whatever it is.
                vec![plain(""), gap(open(other).unwrap_or_else(reason))]
            }
        };
        Word { pieces, span }
    }
}

fn open(value: &PyValue) -> Option<Unknown> {
    value.unknown().map(|it| it.to_model())
}

//! Runs a command on paper: which programs it would start, in which order.

use std::rc::Rc;
use std::sync::Arc;

use super::assign::{Assigned, is_declaration};
use super::builtins::{self, Call};
use super::code::Code;
use super::dash;
use super::expand::{Expander, Unmentioned, literal};
pub(super) use super::flow::{Flow, Found, Place, Status, assigned, basename, maybe};
use super::frames::{Frame, FrameKind};
use super::lists::only_changes_folder;
use super::named::Named;
use super::shell::Shell;
use super::{Dialect, Runner, Step, StepPlace, Surroundings};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Text;
use crate::fact::{Fact, Unknown};
use crate::launch::Word;
use crate::parse::shell::{self, Command, CommandKind, Problem, Simple};
use crate::source::{FileId, Span};
use crate::workspace::Workspace;

/// Most commands that are looked at. Scripts that loop through functions end here.
const STEPS_MAX: usize = 5_000;

/// Deepest nesting of scripts, functions and `sh -c`.
const DEPTH_MAX: usize = 12;

/// Most files that are noted as written.
const WRITTEN_MAX: usize = 50;

/// A script that is read: a file of the project, or one that only the image has, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Script {
    File(FileId),
    Written { path: Arc<str>, is_of_base: bool },
}

/// One walk through a command.
pub(super) struct Run<'r, 'w> {
    pub(super) acc: &'r mut Vec<Diagnostic>,
    pub(super) workspace: &'r mut Workspace<'w>,
    pub(super) cpus: Fact,
    pub(super) found: Vec<Found>,
    pub(super) uncertain: Option<Unknown>,
    /// Programs that would be started if variables were set that are taken to be unset.
    pub(super) otherwise: Vec<Found>,
    /// What the last condition rests on.
    pub(super) assumed: Option<Arc<Fact>>,
    /// A variable that is taken to be unset, so that the word it is in is none.
    pub(super) vanished: Option<Arc<Fact>>,
    /// The first word of the command that is run, as it is written.
    pub(super) word_at: Option<Span>,
    /// Where variables stand that no file sets, with their names.
    pub(super) unset: Vec<(Span, String)>,
    /// Whether the shell works with the path of the project on the machine.
    pub(super) names_project: bool,
    /// The whole command in its manifest.
    pub(super) span: Span,
    pub(super) in_image: bool,
    /// Scripts that are being read, outermost first.
    pub(super) scripts: Vec<Script>,
    /// The arguments that each script file among them was started with.
    pub(super) arguments: Vec<Arc<[Word]>>,
    /// Scripts of package.json that are being run, by file and name.
    pub(super) package_scripts: Vec<(FileId, String)>,
    /// Every program that was started, with its words, wrappers included.
    pub(super) started: Vec<String>,
    /// How many programs around this one watch what they start.
    pub(super) managed: usize,
    /// The ends of paths that were written to.
    pub(super) written: Vec<String>,
    /// What the texts that are run read of their environment.
    pub(super) named: Named,
    /// What starts the processes of the Procfile that is being read.
    pub(super) runner: Option<Runner>,
    /// How many programs were found when the shell first waited for those in the background.
    pub(super) waits: Option<usize>,
    /// How many were found when it first came to a loop that nothing ends but what is in it.
    pub(super) rounds: Option<usize>,
    /// What is being run that a command may leave, outermost first.
    pub(super) frames: Vec<Frame>,
    /// Whether the last command is the script that runs already.
    pub(super) starts_again: bool,
    /// How the last command ended whose output was put into a text.
    pub(super) substituted: Option<Status>,
    depth: usize,
    steps: usize,
}

impl<'r, 'w> Run<'r, 'w> {
    pub(super) fn new(
        acc: &'r mut Vec<Diagnostic>,
        workspace: &'r mut Workspace<'w>,
        surroundings: &Surroundings<'_>,
        span: Span,
    ) -> Self {
        Self {
            acc,
            workspace,
            cpus: surroundings.cpus.clone(),
            found: Vec::new(),
            uncertain: None,
            otherwise: Vec::new(),
            assumed: None,
            vanished: None,
            word_at: None,
            unset: Vec::new(),
            names_project: false,
            span,
            in_image: surroundings.in_image,
            scripts: Vec::new(),
            arguments: Vec::new(),
            package_scripts: Vec::new(),
            started: Vec::new(),
            managed: 0,
            written: Vec::new(),
            named: Named::default(),
            runner: None,
            waits: None,
            rounds: None,
            frames: Vec::new(),
            starts_again: false,
            substituted: None,
            depth: 0,
            steps: 0,
        }
    }

    /// Runs a text in a shell of its own.
    pub(super) fn text(&mut self, shell: &mut Shell, text: Text) {
        let code = match text.gaps() {
            [] => Code::verbatim(text, None),
            _ => Code::from_word(&Word {
                pieces: literal(&text, 0..text.value.len()),
                span: text.span(),
            }),
        };
        self.code(shell, &Rc::new(code), Place::Foreground);
    }

    /// Runs words without a shell.
    pub(super) fn words(&mut self, shell: &Shell, words: Vec<Word>) {
        if !words.is_empty() {
            self.program(shell, words, shell.environment.clone(), Place::Foreground, true);
        }
    }

    /// Runs programs one after the other, as a script that waits for each or for none does.
    pub(super) fn steps(&mut self, shell: &Shell, steps: &[Step]) {
        for step in steps {
            let Step::Start { words, place } = step else {
                self.waits.get_or_insert(self.found.len());
                continue;
            };
            let place = match place {
                StepPlace::Beside => Place::Background,
                StepPlace::Before | StepPlace::Instead => Place::Foreground,
            };
            let flow = self.program(shell, words.clone(), shell.environment.clone(), place, false);
            if flow == Flow::Exit {
                break;
            }
        }
    }

    /// Runs a script in `shell`.
    pub(super) fn code(&mut self, shell: &mut Shell, code: &Rc<Code>, place: Place) -> Flow {
        // Scripts that read one another many times cost as much each time.
        if self.workspace.budget().steps(code.text.value.len() / 4).is_err() {
            self.uncertain(Unknown::because("the command is too long to be worked out"));
            return Flow::Exit;
        }
        self.named.add(&code.text.value);
        let script = shell::parse(&code.text.value);
        let flow = self.items(shell, code, &script.items, place);
        if let Some(problem) = script.problem {
            self.uncertain(Unknown::because(format!("{} in the command", problem.message)));
            // A template becomes a command only when it is filled in.
            let is_template = ["{{", "{%", "<%"].iter().any(|it| code.text.value.contains(it));
            if !is_template {
                self.acc.push(syntax_error(code, &problem));
            }
        }
        flow
    }

    /// One command more, or the end of what is followed.
    pub(super) fn count(&mut self) -> Result<(), ()> {
        self.steps += 1;
        if self.steps > STEPS_MAX || self.workspace.budget().steps(1).is_err() {
            self.uncertain(Unknown::because("the command is too long to be worked out"));
            return Err(());
        }
        Ok(())
    }

    /// Whether no further command is followed, which is said already.
    pub(super) fn is_spent(&self) -> bool {
        self.steps > STEPS_MAX
            || self.uncertain.is_some() && self.workspace.budget().steps_left() == 0
    }

    pub(super) fn expander<'e>(
        &'e mut self,
        shell: &'e mut Shell,
        code: &'e Code,
        unset: Unmentioned,
    ) -> Expander<'e, 'r, 'w> {
        Expander { run: self, shell, code, unset }
    }

    /// Says why the main program is not known; the first reason stays.
    pub(super) fn uncertain(&mut self, unknown: Unknown) {
        self.uncertain.get_or_insert(unknown);
    }

    /// Runs `inner` one level deeper, unless that is too deep.
    pub(super) fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Flow) -> Flow {
        if self.enter().is_none() {
            self.uncertain(Unknown::because("the command is nested too deeply to be worked out"));
            return Flow::Exit;
        }
        let flow = inner(self);
        self.leave();
        flow
    }

    /// One level deeper, with a [`Run::leave`] behind it; `None` when that is too deep.
    pub(super) fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX || self.count().is_err() {
            self.depth -= 1;
            return None;
        }
        Some(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn command(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        command: &Command,
        place: Place,
    ) -> Flow {
        if self.count().is_err() {
            return Flow::Exit;
        }
        let is_dash = shell.dialect == Dialect::Dash;
        if is_dash && let Some(what) = dash::unreadable(command) {
            let reason = format!("`sh` is dash here, which does not read {what}, and ends there");
            self.uncertain(Unknown::because(reason));
            return self.exit(shell, Status::Failure);
        }
        match &command.kind {
            // These are names of programs to dash, which are not there.
            CommandKind::Test(_) | CommandKind::Arithmetic(_) if is_dash => {
                Flow::Next(Status::Failure)
            }
            CommandKind::Simple(simple) if is_dash && dash::has_strange_assignment(simple) => {
                Flow::Next(Status::Failure)
            }
            CommandKind::Simple(simple) => self.simple(shell, code, simple, place),
            CommandKind::Group(items) => self.items(shell, code, items, place),
            CommandKind::Subshell(items) => {
                let mut fork = shell.clone();
                let inner = |run: &mut Self, fork: &mut Shell| run.items(fork, code, items, place);
                let status = self.subshell(&mut fork, inner);
                // `(cd app) && …` asks whether there is such a folder.
                let asks = items
                    .last()
                    .is_some_and(|it| it.rest.is_empty() && only_changes_folder(&it.first));
                Flow::Next(match status {
                    Status::Success if asks => self.folder_status(&fork),
                    status => status,
                })
            }
            CommandKind::If { branches, otherwise } => {
                self.branches(shell, code, branches, otherwise, place)
            }
            CommandKind::Loop { head, body } => self.repeated(shell, code, head, body, place),
            CommandKind::Case { subject, arms } => self.case(shell, code, subject, arms, place),
            CommandKind::Function { name, body } => {
                let function = Some((Rc::clone(code), Rc::clone(body)));
                Arc::make_mut(&mut shell.functions).insert(name.clone(), function);
                Flow::Next(Status::Success)
            }
            CommandKind::Test(words) => {
                Flow::Next(self.double_brackets(shell, code, words.as_deref()))
            }
            CommandKind::Arithmetic(parts) => {
                let span = code.text.span_of(command.range.clone());
                let mut expander = self.expander(shell, code, Unmentioned::Unknown);
                let value = expander.arithmetic_command(parts, span);
                Flow::Next(value.map_or(Status::Unknown, |it| Status::of(it != 0)))
            }
        }
    }

    fn simple(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        simple: &Simple,
        place: Place,
    ) -> Flow {
        let first = simple.words.first().and_then(shell::Word::literal);
        let second = simple.words.get(1).and_then(shell::Word::literal);
        let declares = first.is_some_and(is_declaration)
            // In dash, also behind `command`.
            || first == Some("command")
                && shell.dialect == Dialect::Dash
                && second.is_some_and(is_declaration);
        let is_test = matches!(first, Some("[" | "test"));
        let unset = if is_test { Unmentioned::Nothing } else { Unmentioned::Unknown };
        self.vanished = None;
        self.substituted = None;
        let mut words = Vec::new();
        let mut expander = self.expander(shell, code, unset);
        for word in &simple.words {
            // `export X=$Y` is an assignment: the value is not split.
            if declares && word.literal_prefix().contains('=') {
                words.push(expander.value(word));
            } else {
                words.extend(expander.words(word));
            }
        }
        for output in &simple.outputs {
            let path = self.expander(shell, code, unset).value(output);
            self.writes(output, &path);
        }
        if self.workspace.budget().container(words.len(), 1).is_err() {
            self.uncertain(Unknown::because("the command has too many words to be worked out"));
            return Flow::Exit;
        }
        let assignments = self.assignments(shell, code, &simple.assignments);
        if words.is_empty() {
            for it in assignments {
                shell.assign(&it.name, it.fact);
            }
            // `X=$(command)` ends as the command does.
            return Flow::Next(match self.substituted.take() {
                Some(_) if place == Place::Condition => Status::Unknown,
                status => status.unwrap_or(Status::Success),
            });
        }
        self.word_at = simple.words.first().map(|it| code.text.slice(it.range.clone()).span());
        self.invoke(shell, code, Some(simple), words, assignments, place)
    }

    /// Notes that the command writes a file: what is known of the end of its path.
    fn writes(&mut self, written: &shell::Word, path: &Word) {
        let home = written.literal().and_then(|it| it.strip_prefix('~')).and_then(|it| {
            let start = it.find('/')?;
            Some(it[start..].to_owned())
        });
        let end = home.unwrap_or_else(|| path.known_end());
        if self.written.len() < WRITTEN_MAX && !end.is_empty() && !end.starts_with("/dev/") {
            self.written.push(end);
        }
    }

    /// Runs a function, builtin or program. `words` is not empty; `written` is the command as it
    /// stands in the text, unless a builtin passed the words on.
    pub(super) fn invoke(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        written: Option<&Simple>,
        words: Vec<Word>,
        assignments: Vec<Assigned>,
        place: Place,
    ) -> Flow {
        let name = words[0].text().unwrap_or_default();
        match shell.functions.get(&name).cloned() {
            Some(Some((code, body))) => {
                return self.function(shell, &code, &body, &words[1..], assignments, place);
            }
            Some(None) => {
                let reason = format!("it depends on a condition what `{name}` does");
                self.uncertain(Unknown::because(reason.clone()));
                shell.forget_all(Unknown::because(reason), words[0].span);
                return Flow::Next(Status::Unknown);
            }
            None => {}
        }
        if builtins::is_builtin(&name) {
            let call = Call { name: &name, words: &words, written, code };
            return self.builtin(shell, &call, assignments, place);
        }
        let mut environment = shell.environment.clone();
        for it in assignments {
            environment.set(it.name, it.fact);
        }
        self.program(shell, words, environment, place, false)
    }

    fn function(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        body: &Command,
        arguments: &[Word],
        assignments: Vec<Assigned>,
        place: Place,
    ) -> Flow {
        let outer = shell.arguments.replace(arguments.into());
        let flow = self.with_assignments(shell, assignments, |run, shell| {
            shell.enter_function();
            let flow = run.returning(FrameKind::Function, shell, |run, shell| {
                run.deeper(|it| it.command(shell, code, body, place))
            });
            shell.leave_function();
            flow
        });
        shell.arguments = outer;
        flow
    }
}

fn syntax_error(code: &Code, problem: &Problem) -> Diagnostic {
    let span = code.text.span_of(problem.range.clone());
    let message = format!("the shell cannot read this command: {}", problem.message);
    let label = Label::new(span, "");
    Diagnostic::new("shell-syntax", Severity::Error, message, label)
        .with_help("quote what is not meant for the shell")
}

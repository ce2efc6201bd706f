//! Runs a command on paper: which programs it would start, in which order.

use std::rc::Rc;

use super::condition;
use super::expand::Expander;
use super::shell::{Code, Shell};
use super::{Surroundings, builtins};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Text;
use crate::fact::{Fact, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::parse::shell::{self, Command, CommandKind, Connector, Item, Pipeline, Problem, Simple};
use crate::source::{FileId, Span};
use crate::workspace::Workspace;

/// Most commands that are looked at. Scripts that loop through functions end here.
const STEPS_MAX: usize = 5_000;

/// Deepest nesting of scripts, functions and `sh -c`.
const DEPTH_MAX: usize = 12;

/// Programs that pass on what others print.
const FILTERS: [&str; 9] =
    ["tee", "cat", "grep", "sed", "awk", "logger", "ts", "rotatelogs", "yes"];

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Success,
    Failure,
    Unknown,
}

impl Status {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Success } else { Self::Failure }
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Success => Self::Failure,
            Self::Failure => Self::Success,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// What comes after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next command.
    Next(Status),
    /// Nothing more of this function or sourced file.
    Return(Status),
    /// Nothing: the shell ended, or became another program.
    Exit,
}

/// How certain and how visible a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Foreground,
    Background,
    /// In the foreground, if a condition holds that is not known.
    Maybe,
    /// As a condition: only its exit status counts.
    Condition,
}

/// A program that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) launch: Launch,
    pub(super) place: Place,
    /// Whether the shell becomes this program.
    pub(super) replaces_shell: bool,
    /// Whether a script starts it. A shell that runs a script never becomes its last program by
    /// itself, as it may with `-c`.
    pub(super) in_script: bool,
    /// Why it cannot be relied on, such as a folder that is not known.
    pub(super) doubt: Option<Unknown>,
}

/// One walk through a command.
pub(super) struct Run<'r, 'w> {
    pub(super) acc: &'r mut Vec<Diagnostic>,
    pub(super) workspace: &'r mut Workspace<'w>,
    pub(super) cpus: Fact,
    pub(super) found: Vec<Found>,
    pub(super) uncertain: Option<Unknown>,
    /// The whole command in its manifest.
    pub(super) span: Span,
    pub(super) in_image: bool,
    /// Scripts that are being read, outermost first.
    pub(super) scripts: Vec<FileId>,
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
            span,
            in_image: surroundings.in_image,
            scripts: Vec::new(),
            depth: 0,
            steps: 0,
        }
    }

    /// Runs a text in a shell of its own.
    pub(super) fn text(&mut self, shell: &mut Shell, text: Text) {
        let code = Rc::new(Code { text, holes: Vec::new() });
        self.code(shell, &code, Place::Foreground);
    }

    /// Runs words without a shell.
    pub(super) fn words(&mut self, shell: &Shell, words: Vec<Word>) {
        if !words.is_empty() {
            self.program(shell, words, shell.environment.clone(), Place::Foreground, true);
        }
    }

    /// Runs a script in `shell`.
    pub(super) fn code(&mut self, shell: &mut Shell, code: &Rc<Code>, place: Place) -> Flow {
        // Scripts that read one another many times cost as much each time.
        if self.workspace.budget().steps(code.text.value.len() / 4).is_err() {
            self.uncertain(Unknown::because("the command is too long to be worked out"));
            return Flow::Exit;
        }
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

    pub(super) fn expander<'a>(&'a self, shell: &'a mut Shell, code: &'a Code) -> Expander<'a> {
        Expander { shell, code, cpus: &self.cpus, budget: self.workspace.budget() }
    }

    /// Says why the main program is not known; the first reason stays.
    pub(super) fn uncertain(&mut self, unknown: Unknown) {
        self.uncertain.get_or_insert(unknown);
    }

    /// Runs `inner` one level deeper, unless that is too deep.
    pub(super) fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Flow) -> Flow {
        if self.depth == DEPTH_MAX {
            self.uncertain(Unknown::because("the command is nested too deeply to be worked out"));
            return Flow::Exit;
        }
        self.depth += 1;
        let flow = inner(self);
        self.depth -= 1;
        flow
    }

    pub(super) fn items(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        items: &[Item],
        place: Place,
    ) -> Flow {
        let mut flow = Flow::Next(Status::Success);
        for item in items {
            if item.background {
                let mut fork = shell.clone();
                self.item(&mut fork, code, item, Place::Background);
                continue;
            }
            flow = self.item(shell, code, item, place);
            if !matches!(flow, Flow::Next(_)) {
                break;
            }
        }
        flow
    }

    fn item(&mut self, shell: &mut Shell, code: &Rc<Code>, item: &Item, place: Place) -> Flow {
        let mut flow = self.pipeline(shell, code, &item.first, place);
        for (connector, pipeline) in &item.rest {
            let Flow::Next(status) = flow else { return flow };
            match (connector, status) {
                (Connector::And, Status::Success) | (Connector::Or, Status::Failure) => {
                    flow = self.pipeline(shell, code, pipeline, place);
                }
                (_, Status::Unknown) => {
                    let mut fork = shell.clone();
                    let place = maybe(place);
                    if let Flow::Next(_) = self.pipeline(&mut fork, code, pipeline, place) {
                        *shell = shell.clone().join(&fork);
                    }
                }
                _ => {}
            }
        }
        flow
    }

    fn pipeline(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        pipeline: &Pipeline,
        place: Place,
    ) -> Flow {
        let flow = match pipeline.commands.as_slice() {
            [only] => self.command(shell, code, only, place),
            commands => {
                let start = self.found.len();
                for command in commands {
                    self.command(&mut shell.clone(), code, command, place);
                }
                self.drop_filters(start);
                Flow::Next(if place == Place::Condition {
                    Status::Unknown
                } else {
                    Status::Success
                })
            }
        };
        match flow {
            Flow::Next(status) if pipeline.negated => Flow::Next(status.negated()),
            flow => flow,
        }
    }

    /// Of the programs of a pipeline, leaves out those that only pass text on.
    fn drop_filters(&mut self, start: usize) {
        let is_filter = |it: &Found| {
            it.launch.argv[0].text().is_some_and(|text| FILTERS.contains(&basename(&text)))
        };
        if self.found[start..].iter().all(is_filter) {
            return;
        }
        let tail = self.found.split_off(start);
        self.found.extend(tail.into_iter().filter(|it| !is_filter(it)));
    }

    fn command(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        command: &Command,
        place: Place,
    ) -> Flow {
        if self.count().is_err() {
            return Flow::Exit;
        }
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(shell, code, simple, place),
            CommandKind::Group(items) => self.items(shell, code, items, place),
            CommandKind::Subshell(items) => {
                match self.items(&mut shell.clone(), code, items, place) {
                    Flow::Next(status) | Flow::Return(status) => Flow::Next(status),
                    Flow::Exit => Flow::Next(Status::Success),
                }
            }
            CommandKind::If { branches, otherwise } => {
                self.branches(shell, code, branches, otherwise, place)
            }
            CommandKind::Loop { variable, body } => {
                self.repeated(shell, code, variable.as_deref(), body, place)
            }
            CommandKind::Case { subject, arms } => self.case(shell, code, subject, arms, place),
            CommandKind::Function { name, body } => {
                shell.functions.insert(name.clone(), (Rc::clone(code), Rc::clone(body)));
                Flow::Next(Status::Success)
            }
            CommandKind::Test(words) => Flow::Next(self.test(shell, code, words.as_deref())),
            CommandKind::Arithmetic => Flow::Next(Status::Unknown),
        }
    }

    /// `[[ … ]]`: its words are not split, and the right side of `==` is a pattern.
    fn test(&mut self, shell: &mut Shell, code: &Code, words: Option<&[shell::Word]>) -> Status {
        let Some(words) = words else { return Status::Unknown };
        let mut expander = self.expander(shell, code);
        let words: Vec<Word> = words.iter().map(|it| expander.value(it)).collect();
        let pattern = |it: &Word| it.text().is_none_or(|text| text.contains(['*', '?', '[']));
        match words.as_slice() {
            [.., operator, right] if operator.text().as_deref() == Some("=~") || pattern(right) => {
                Status::Unknown
            }
            words => condition::test(words),
        }
    }

    fn simple(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        simple: &Simple,
        place: Place,
    ) -> Flow {
        let mut words = Vec::new();
        let mut expander = self.expander(shell, code);
        let declares = simple.words.first().and_then(shell::Word::literal);
        let declares = declares.is_some_and(builtins::is_declaration);
        for word in &simple.words {
            // `export X=$Y` is an assignment: the value is not split.
            if declares && word.literal_prefix().contains('=') {
                words.push(expander.value(word));
            } else {
                words.extend(expander.words(word));
            }
        }
        let mut assignments = Vec::new();
        for it in &simple.assignments {
            let value = expander.value(&it.value);
            let span = code.text.span_of(it.range.clone());
            let fact = if it.append { appended(&it.name, span) } else { expander.fact(&value) };
            assignments.push((it.name.clone(), assigned(fact, &it.name, span)));
        }
        if self.workspace.budget().container(words.len(), 1).is_err() {
            self.uncertain(Unknown::because("the command has too many words to be worked out"));
            return Flow::Exit;
        }
        if words.is_empty() {
            for (name, fact) in assignments {
                shell.assign(&name, fact);
            }
            return Flow::Next(Status::Success);
        }
        self.invoke(shell, words, assignments, place)
    }

    /// Runs a function, builtin or program. `words` is not empty.
    pub(super) fn invoke(
        &mut self,
        shell: &mut Shell,
        words: Vec<Word>,
        assignments: Vec<(String, Fact)>,
        place: Place,
    ) -> Flow {
        let name = words[0].text().unwrap_or_default();
        if let Some((code, body)) = shell.functions.get(&name).cloned() {
            let arguments = Some(words[1..].to_vec());
            let outer = std::mem::replace(&mut shell.arguments, arguments);
            let flow = self.deeper(|it| it.command(shell, &code, &body, place));
            shell.arguments = outer;
            return match flow {
                Flow::Return(status) => Flow::Next(status),
                flow => flow,
            };
        }
        if builtins::is_builtin(&name) {
            return self.builtin(shell, &name, &words, assignments, place);
        }
        let mut environment = shell.environment.clone();
        for (name, fact) in assignments {
            environment.set(name, fact);
        }
        self.program(shell, words, environment, place, false)
    }
}

pub(super) fn maybe(place: Place) -> Place {
    if place == Place::Foreground { Place::Maybe } else { place }
}

/// The part of a path after the last `/`.
pub(super) fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The fact of a variable that the command sets.
pub(super) fn assigned(mut fact: Fact, name: &str, span: Span) -> Fact {
    fact.origin.kind = OriginKind::Env;
    fact.origin.span = Some(span);
    fact.origin.source = format!("`{name}` in the command");
    // A value that is a gap as a whole is simply unknown.
    if let State::Pattern(parts) = &fact.state
        && let [TextPart::Unknown(unknown)] = parts.as_slice()
    {
        fact.state = State::Unknown(unknown.clone());
    }
    if let State::Known(Value::Null) = fact.state {
        fact.state = State::Known(Value::Text(String::new()));
    }
    fact
}

fn appended(name: &str, span: Span) -> Fact {
    let reason = format!("opslint does not work out `{name}+=…`");
    let origin = Origin::written(span, "");
    Fact::unknown(Unknown::because(reason), origin)
}

fn syntax_error(code: &Code, problem: &Problem) -> Diagnostic {
    let span = code.text.span_of(problem.range.clone());
    let message = format!("the shell cannot read this command: {}", problem.message);
    let label = Label::new(span, "");
    Diagnostic::new("shell-syntax", Severity::Error, message, label)
        .with_help("quote what is not meant for the shell")
}

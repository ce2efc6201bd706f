//! click and typer: functions that get the words of the command as their arguments.
//!
//! A decorated function is a program with parameters. Calling it reads `sys.argv` and calls the
//! function, then ends the script. What decides about the words in another way (classes of one's
//! own, callbacks, prefixes of variables) leaves the program unknown, and a parameter that is not
//! followed has a value that is not known. Where no words are known, neither is what a program does.
//!
//! Sources: click 8.5.1 (`core.py`, `parser.py`, `types.py`) and typer 0.29.2 (`main.py`), and
//! `starts_oracle` compares with both.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::call::Arguments;
use super::calls::dotted;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::Evaluated;
use super::storage::Held;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

use self::parameter::Parameter;

mod parameter;
mod signature;
mod words;

/// In front of the number of a program: the object.
const PROGRAM: &str = "command line ";

/// Most programs of one evaluation.
const PROGRAMS_MAX: usize = 200;

/// Groups inside of groups that are followed.
const DEPTH_MAX: usize = 6;

/// A program: a command, or a group of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    function: Option<Held>,
    /// The name that it is given, other than that of its function.
    name: Option<String>,
    parameters: Vec<Parameter>,
    /// Whether the function gets the context in front of its parameters.
    takes_context: bool,
    /// Names and numbers of its commands.
    commands: Vec<(String, usize)>,
    kind: Kind,
    /// Whether nothing is known of what it does.
    is_open: bool,
}

/// What a program is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Command,
    /// Its words are a command, and those of the command.
    Group,
    /// An object that commands are added to: a single one needs no name.
    Typer,
}

/// What a decorator makes of a function.
enum Decorator {
    Parameter(Box<Parameter>),
    /// A program of its own, with its name.
    Program(Kind, Option<String>),
    /// A command of a program, with its name.
    Command(usize, Kind, Option<String>),
    /// What a typer does before each of its commands.
    Callback(usize),
    Context,
    Nothing,
    /// One that nothing is known of.
    Open,
}

/// Keys of `context_settings` that decide nothing about values.
const PLAIN_SETTINGS: [&str; 5] =
    ["help_option_names", "show_default", "max_content_width", "terminal_width", "color"];

impl Evaluator<'_, '_, '_> {
    /// A function with decorators of click or typer: what its name comes to be. `None` for any other.
    pub(super) fn decorated_program(
        &mut self,
        stmt: &ast::StmtFunctionDef,
    ) -> Evaluated<Option<PyValue>> {
        if self.plan.argv.is_none() || self.programs.len() >= PROGRAMS_MAX {
            return Ok(None);
        }
        let mut decorators = Vec::new();
        for it in &stmt.decorator_list {
            match self.decorator(&it.expression)? {
                Some(decorator) => decorators.push(decorator),
                None => return Ok(None),
            }
        }
        let is_program = |it: &Decorator| {
            matches!(it, Decorator::Program(..) | Decorator::Command(..) | Decorator::Callback(_))
        };
        if decorators.iter().filter(|it| is_program(it)).count() != 1 {
            return Ok(None);
        }
        let offset = stmt.name.range.start().to_u32();
        let made = self.function(&stmt.name, Some(&stmt.parameters), offset, false)?;
        let PyValue::Function(function) = made.value else { return Ok(None) };
        let mut program = Program { function: Some(function.clone()), ..Program::default() };
        let mut found = None;
        for decorator in decorators {
            match decorator {
                Decorator::Parameter(it) => program.parameters.push(*it),
                Decorator::Context => program.takes_context = true,
                Decorator::Nothing => {}
                Decorator::Open => program.is_open = true,
                other => found = Some(other),
            }
        }
        let own = &stmt.name;
        Ok(Some(match found {
            Some(Decorator::Program(kind, name)) => self.add(Program { kind, name, ..program }),
            Some(Decorator::Command(of, kind, name)) if self.programs[of].kind == Kind::Group => {
                let name = name.unwrap_or_else(|| name_of(own, &CLICK_ENDINGS));
                let command = self.add(Program { kind, ..program });
                let id = self.programs.len() - 1;
                self.programs[of].commands.push((name, id));
                command
            }
            Some(Decorator::Command(of, kind, name)) => {
                self.of_signature(&mut program, stmt)?;
                self.add(Program { kind, ..program });
                let name = name.unwrap_or_else(|| name_of(own, &[]));
                let id = self.programs.len() - 1;
                self.programs[of].commands.push((name, id));
                PyValue::Function(function)
            }
            Some(Decorator::Callback(of)) => {
                self.of_signature(&mut program, stmt)?;
                let before = &mut self.programs[of];
                before.is_open |= before.function.is_some() || program.is_open;
                before.function = program.function;
                before.parameters = program.parameters;
                before.takes_context = program.takes_context;
                PyValue::Function(function)
            }
            _ => return Ok(None),
        }))
    }

    /// A program, as an object.
    fn add(&mut self, program: Program) -> PyValue {
        self.programs.push(program);
        self.heap.native(format!("{PROGRAM}{}", self.programs.len() - 1))
    }

    /// What a decorator is. `None` where it is none of click or typer.
    fn decorator(&mut self, expression: &Expr) -> Evaluated<Option<Decorator>> {
        let (written, call) = match expression {
            Expr::Call(call) => (&*call.func, Some(call)),
            other => (other, None),
        };
        let callee = self.eval(written)?;
        let Some(name) = dotted(&callee.value, written) else { return Ok(None) };
        let method = name.strip_prefix(PROGRAM).and_then(|it| it.split_once('.'));
        let of = method.and_then(|(id, _)| id.parse::<usize>().ok());
        let method = method.map(|(_, method)| method);
        let own = name.strip_prefix("click.").or_else(|| name.strip_prefix("rich_click."));
        let own = own.map(|it| it.trim_start_matches("decorators."));
        if own.is_none() && of.is_none_or(|it| it >= self.programs.len()) {
            return Ok(None);
        }
        let (arguments, inputs) = match call {
            Some(call) => self.eval_arguments(&call.arguments)?,
            None => (Arguments::default(), Inputs::default()),
        };
        let name = || match arguments.positional.first() {
            Some(PyValue::Str(name)) => Some(name.to_string()),
            _ => arguments.keyword("name").and_then(|it| match it {
                PyValue::Str(name) => Some(name.to_string()),
                _ => None,
            }),
        };
        if arguments.hidden.is_some() || decides(&arguments) {
            return Ok(Some(Decorator::Open));
        }
        Ok(Some(match (own, method, of) {
            (Some("option"), ..) => {
                let it = Parameter::option(&arguments, &inputs);
                it.map_or(Decorator::Open, |it| Decorator::Parameter(Box::new(it)))
            }
            (Some("argument"), ..) => {
                let it = Parameter::argument(&arguments, &inputs);
                it.map_or(Decorator::Open, |it| Decorator::Parameter(Box::new(it)))
            }
            (Some("command"), ..) => Decorator::Program(Kind::Command, name()),
            (Some("group"), ..) => Decorator::Program(Kind::Group, name()),
            (Some("pass_context" | "pass_obj"), ..) => Decorator::Context,
            (Some("version_option" | "help_option"), ..) => Decorator::Nothing,
            (None, Some("command"), Some(of)) => Decorator::Command(of, Kind::Command, name()),
            (None, Some("group"), Some(of)) => Decorator::Command(of, Kind::Group, name()),
            (None, Some("callback"), Some(of)) if self.programs[of].kind == Kind::Typer => {
                Decorator::Callback(of)
            }
            _ => Decorator::Open,
        }))
    }

    /// A call of typer, of a program, or of a method of one. `None` for any other.
    pub(super) fn call_program(
        &mut self,
        call: &ast::ExprCall,
        callee: &PyValue,
        arguments: &Arguments,
        inputs: &Inputs,
    ) -> Option<Evaluated> {
        self.plan.argv?;
        let name = dotted(callee, &call.func)?;
        match name.as_str() {
            "typer.Typer" | "typer.main.Typer" if self.programs.len() < PROGRAMS_MAX => {
                let is_open = arguments.hidden.is_some() || decides(arguments);
                let made = self.add(Program { kind: Kind::Typer, is_open, ..Program::default() });
                return Some(Ok(Traced::new(made, inputs.clone())));
            }
            "typer.run" | "typer.main.run" => {
                let [PyValue::Function(function)] = arguments.positional.as_slice() else {
                    return None;
                };
                return Some(self.run_typer(&function.clone(), inputs, call.range()));
            }
            _ => {}
        }
        self.call_of_program(&name, arguments, inputs, call.range())
    }

    /// A call of a program, or of a method of one.
    pub(super) fn call_of_program(
        &mut self,
        name: &str,
        arguments: &Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Option<Evaluated> {
        let rest = name.strip_prefix(PROGRAM)?;
        let (id, method) = rest.split_once('.').unwrap_or((rest, "main"));
        let id = id.parse::<usize>().ok().filter(|it| *it < self.programs.len())?;
        let of = |it: Option<&PyValue>| match it {
            Some(PyValue::Native(name)) => name.strip_prefix(PROGRAM)?.parse::<usize>().ok(),
            _ => None,
        };
        match method {
            "main" => Some(self.start_program(id, arguments, inputs, range)),
            "add_command" | "add_typer" => {
                let named = arguments
                    .keyword("name")
                    .or_else(|| arguments.positional.get(1).filter(|_| method == "add_command"));
                let added = of(arguments.positional.first());
                let name = match (named, added) {
                    (Some(PyValue::Str(name)), _) => Some(name.to_string()),
                    (None, Some(it)) => self.own_name(it),
                    _ => None,
                };
                match (added, name) {
                    (Some(added), Some(name)) if added != id && !decides(arguments) => {
                        self.programs[id].commands.push((name, added));
                    }
                    _ => self.programs[id].is_open = true,
                }
                Some(Ok(PyValue::None.into()))
            }
            _ => {
                self.programs[id].is_open = true;
                Some(Ok(PyValue::Unknown(not_seen()).into()))
            }
        }
    }

    /// The name of a command by its function.
    fn own_name(&self, id: usize) -> Option<String> {
        let program = &self.programs[id];
        let function = program.function.as_ref().filter(|_| program.kind != Kind::Typer)?;
        Some(program.name.clone().unwrap_or_else(|| name_of(&function.name, &CLICK_ENDINGS)))
    }

    /// `typer.run(function)`.
    fn run_typer(&mut self, function: &Held, inputs: &Inputs, range: TextRange) -> Evaluated {
        let mut program = Program { function: Some(function.clone()), ..Program::default() };
        self.of_function(&mut program, function)?;
        self.programs.push(program);
        let id = self.programs.len() - 1;
        self.start_program(id, &Arguments::default(), inputs, range)
    }

    /// Reads the words of the command, and ends the script.
    fn start_program(
        &mut self,
        id: usize,
        arguments: &Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated {
        let open = || Ok(PyValue::because("the command line is not followed").into());
        let is_plain = |key: &str| matches!(key, "prog_name" | "standalone_mode" | "args");
        let is_known = arguments.keywords.iter().all(|(key, _)| is_plain(key));
        let given = arguments.positional.first().or_else(|| arguments.keyword("args"));
        if !is_known || arguments.hidden.is_some() {
            return open();
        }
        let Ok(words) = self.words(given) else { return open() };
        let inputs = inputs.clone().with(&words.inputs);
        let words = words.value;
        if !self.run_program(id, &words, (&inputs, range), 0)? {
            return open();
        }
        match arguments.keyword("standalone_mode") {
            Some(PyValue::Bool(false)) => open(),
            _ => self.exit(&inputs, range),
        }
    }

    /// Calls the function of a program, and that of the command that the words name. `false` where
    /// that is not known.
    fn run_program(
        &mut self,
        id: usize,
        words: &[PyValue],
        (inputs, range): (&Inputs, TextRange),
        depth: usize,
    ) -> Evaluated<bool> {
        let program = self.programs[id].clone();
        if program.is_open || depth > DEPTH_MAX {
            return Ok(false);
        }
        // One that is added to another is a group, whatever it has.
        let is_single = depth == 0
            && program.kind == Kind::Typer
            && program.function.is_none()
            && program.commands.len() == 1
            && self.programs[program.commands[0].1].kind == Kind::Command;
        if is_single {
            return self.run_program(program.commands[0].1, words, (inputs, range), depth + 1);
        }
        let is_group = program.kind != Kind::Command;
        let Some(given) = self.given(&program.parameters, words, is_group) else {
            return Ok(false);
        };
        let Some(given) = given.ok() else { return self.exit(inputs, range).map(|_| false) };
        let (mut arguments, rest) = (Arguments::default(), given.rest);
        if program.takes_context {
            arguments.positional.push(PyValue::because("the context of a command"));
        }
        for (parameter, word) in program.parameters.iter().zip(given.words) {
            let Some(value) = self.value_of(parameter, word, inputs, range)? else {
                return self.exit(inputs, range).map(|_| false);
            };
            arguments.of_names.push((parameter.name.clone(), value.inputs));
            arguments.keywords.push((parameter.name.clone(), value.value));
        }
        if let Some(function) = &program.function {
            self.call_function(function, arguments, inputs, range)?;
        }
        if !is_group {
            return Ok(true);
        }
        let Some((PyValue::Str(name), rest)) = rest.split_first() else { return Ok(false) };
        let command = program.commands.iter().rev().find(|it| it.0 == **name).map(|it| it.1);
        match command {
            Some(command) => self.run_program(command, rest, (inputs, range), depth + 1),
            None => self.exit(inputs, range).map(|_| false),
        }
    }
}

/// Endings that click takes off the name of a function, from version 8.2 on.
const CLICK_ENDINGS: [&str; 4] = ["-command", "-cmd", "-group", "-grp"];

/// The name of a command by that of its function.
fn name_of(function: &str, endings: &[&str]) -> String {
    let name = function.to_lowercase().replace('_', "-");
    let short = endings.iter().find_map(|it| name.strip_suffix(it)).map(str::to_owned);
    short.filter(|it| !it.is_empty()).unwrap_or(name)
}

/// Whether arguments of a program decide about words in a way that is not followed.
fn decides(arguments: &Arguments) -> bool {
    let is_off = |it: &PyValue| matches!(it, PyValue::None | PyValue::Bool(false));
    arguments.keywords.iter().any(|(key, value)| match key.as_str() {
        "cls" | "chain" | "params" | "callback" | "result_callback" | "invoke_without_command" => {
            !is_off(value)
        }
        "context_settings" => match value {
            PyValue::Dict(entries) => !entries.iter().all(
                |(key, _)| matches!(key, PyValue::Str(key) if PLAIN_SETTINGS.contains(&&**key)),
            ),
            other => !is_off(other),
        },
        _ => false,
    })
}

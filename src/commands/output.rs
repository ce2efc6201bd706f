//! What a command prints, for `$(…)`: of the few commands that start scripts ask.
//!
//! Where the script is (`dirname "$0"`, `pwd`, `readlink -f`), what a file of the project has in
//! it (`cat .env | xargs`), and how many CPUs there are. The output of everything else is unknown.

use std::sync::Arc;

use super::Dialect;
use super::builtins::is_builtin;
use super::code::Code;
use super::expand::{Expander, Unmentioned, unknown};
use super::paths;
use super::run::{Run, Status};
use super::shell::Shell;
use crate::document::Text;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Piece, Word};
use crate::parse::shell::{
    self, Command, CommandKind, Connector, Item, Part, Pipeline, Prints, Script, Simple,
};

/// What is known of an output.
type Output = Result<String, Unknown>;

/// A command whose output is worked out, and what it rests on.
struct Printer<'p, 'r, 'w> {
    run: &'p mut Run<'r, 'w>,
    shell: Shell,
    code: Code,
    /// The values that took part.
    inputs: Vec<Arc<Fact>>,
    /// The command as a person would write it on one line.
    shown: String,
    /// How the last program ended.
    status: Status,
}

impl Expander<'_, '_, '_> {
    /// The output of `$(text)`, without the line ends behind it.
    pub(super) fn output(&mut self, text: &str, part: &Part) -> Piece {
        let span = self.span(part.range.clone());
        let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(piece) = self.cpus(&shown, part) {
            self.run.substituted = Some(Status::Success);
            return piece;
        }
        let code = Code { text: self.inner_text(text, part), ..self.code.clone() };
        let shell = self.shell.clone();
        let (inputs, status) = (Vec::new(), Status::Success);
        let mut printer = Printer { run: self.run, shell, code, inputs, shown, status };
        let script = shell::parse(text);
        let output = printer.script(&script);
        let Printer { inputs, shown, status, .. } = printer;
        self.run.substituted = Some(match output {
            Ok(_) => status,
            Err(_) => status_of_program(&script, self.shell),
        });
        match output {
            Err(it) => unknown(it, span),
            Ok(output) => {
                let output = output.trim_end_matches('\n').to_owned();
                self.run.names_project |= paths::has_project(&output);
                let mut origin = Origin::new(OriginKind::Derived, format!("output of `{shown}`"));
                origin.span = Some(span);
                let origin = inputs
                    .into_iter()
                    .fold(origin, |origin, it| origin.with_input(it.origin.source.clone(), it));
                let fact = Fact::known(Value::Text(output.clone()), origin);
                Piece { text: Ok(output), span, expanded: Some(Arc::new(fact)) }
            }
        }
    }

    /// `nproc` and its relatives.
    fn cpus(&self, command: &str, part: &Part) -> Option<Piece> {
        if !matches!(command, "nproc" | "nproc --all" | "getconf _NPROCESSORS_ONLN") {
            return None;
        }
        let span = self.span(part.range.clone());
        let cpus = &self.run.cpus;
        let origin = Origin::new(OriginKind::Derived, format!("output of `{command}`"));
        let origin =
            Origin { span: Some(span), ..origin }.with_input(super::VISIBLE_CPUS, cpus.clone());
        let text = match &cpus.state {
            State::Known(value) => Ok(value.to_string()),
            State::Unknown(unknown) => Err(unknown.clone()),
            _ => Err(Unknown::because("the number of CPUs is not known exactly")),
        };
        let fact = Fact::new(cpus.state.clone(), origin);
        Some(Piece { text, span, expanded: Some(Arc::new(fact)) })
    }

    /// The text of a substitution with the place where it is written.
    fn inner_text(&self, text: &str, part: &Part) -> Text {
        let range = &part.range;
        for (open, close) in [(2, 1), (1, 1)] {
            let inner = range.start + open..range.end.saturating_sub(close);
            if self.code.text.value.get(inner.clone()) == Some(text) {
                return self.code.text.slice(inner);
            }
        }
        Text::new(text, self.span(range.clone()), Vec::new())
    }
}

impl Printer<'_, '_, '_> {
    fn unknown(&self) -> Unknown {
        Unknown::because(format!("the output of `{}` is only known when it runs", self.shown))
    }

    fn script(&mut self, script: &Script) -> Output {
        if self.run.enter().is_none() {
            return Err(self.unknown());
        }
        let output = match script.problem {
            None => self.items(&script.items),
            Some(_) => Err(self.unknown()),
        };
        self.run.leave();
        output
    }

    fn items(&mut self, items: &[Item]) -> Output {
        let mut output = String::new();
        for item in items {
            if item.background {
                return Err(self.unknown());
            }
            output.push_str(&self.pipeline(&item.first)?);
            for (connector, pipeline) in &item.rest {
                // What succeeds here always does: there is nothing behind `||`.
                if *connector == Connector::And {
                    output.push_str(&self.pipeline(pipeline)?);
                }
            }
        }
        Ok(output)
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Output {
        if pipeline.negated {
            return Err(self.unknown());
        }
        let mut input = None;
        for command in &pipeline.commands {
            input = Some(self.command(command, input)?);
        }
        input.ok_or_else(|| self.unknown())
    }

    fn command(&mut self, command: &Command, input: Option<String>) -> Output {
        let output = self.printed(command, input)?;
        match command.prints {
            Prints::Here => Ok(output),
            Prints::Nowhere => Ok(String::new()),
            Prints::Elsewhere => Err(self.unknown()),
        }
    }

    fn printed(&mut self, command: &Command, input: Option<String>) -> Output {
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple, input),
            CommandKind::Group(items) if input.is_none() => self.items(items),
            CommandKind::Subshell(items) if input.is_none() => {
                let outer = self.shell.clone();
                let output = self.items(items);
                self.shell = outer;
                output
            }
            _ => Err(self.unknown()),
        }
    }

    fn simple(&mut self, simple: &Simple, input: Option<String>) -> Output {
        if !simple.assignments.is_empty() || !simple.arrays.is_empty() {
            return Err(self.unknown());
        }
        let input = match &simple.input {
            Some(file) => {
                let path = self.texts(std::slice::from_ref(file))?;
                Some(self.files(&path)?)
            }
            None => input,
        };
        let words = self.texts(&simple.words)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((name, arguments)) = words.split_first() else {
            // `$(< file)` is the file in bash, and nothing elsewhere.
            let input = input.filter(|_| self.shell.dialect == Dialect::Bash);
            return input.ok_or_else(|| self.unknown());
        };
        if self.shell.functions.contains_key(*name) {
            return Err(self.unknown());
        }
        self.program(name.rsplit('/').next().unwrap_or(name), arguments, input)
    }

    fn program(&mut self, name: &str, arguments: &[&str], input: Option<String>) -> Output {
        let line = |it: String| Ok(format!("{it}\n"));
        self.status = Status::Success;
        let path = |it: Option<String>| it.ok_or_else(|| self.unknown());
        match (name, arguments) {
            ("cd", [.., path]) if !path.starts_with('-') => {
                self.shell.change_folder(self.run.workspace, Some(path));
                self.shell.folder.as_ref().map_err(Unknown::clone)?;
                Ok(String::new())
            }
            ("true" | ":" | "set", _) => Ok(String::new()),
            ("pwd", [] | ["-P" | "-L"]) => {
                line(path(self.shell.absolute_folder(self.run.workspace))?)
            }
            ("dirname", [it] | ["--", it]) => line(path(paths::dirname(it))?),
            ("basename", [it] | ["--", it]) => line(path(paths::basename(it, None))?),
            ("basename", [it, suffix]) if !it.starts_with('-') => {
                line(path(paths::basename(it, Some(suffix)))?)
            }
            ("readlink", ["-f" | "-e" | "-m", it])
            | ("realpath", [it] | ["-s" | "-e" | "-m", it]) => line(self.real_path(it)?),
            ("git", ["rev-parse", "--show-toplevel"]) => line(self.top_level()?),
            ("cat", []) => input.ok_or_else(|| self.unknown()),
            ("cat", files) if files.iter().all(|it| !it.starts_with('-')) => {
                let files: Vec<String> = files.iter().map(|it| (*it).to_owned()).collect();
                self.files(&files)
            }
            ("echo", ["-n", words @ ..]) if is_plain(words) => Ok(words.join(" ")),
            ("echo", words) if is_plain(words) => line(words.join(" ")),
            ("printf", ["%s", it]) => Ok((*it).to_owned()),
            ("printf", ["%s\\n", it]) => line((*it).to_owned()),
            ("printf", [it]) if !it.contains(['%', '\\']) => Ok((*it).to_owned()),
            ("grep" | "egrep", arguments) => self.grep(arguments, input),
            ("xargs", [] | ["echo"]) => {
                let input = input.ok_or_else(|| self.unknown())?;
                line(xargs(&input).ok_or_else(|| self.unknown())?.join(" "))
            }
            _ => Err(self.unknown()),
        }
    }

    /// `readlink -f`: a link of the project is not followed, since few of them lead elsewhere and
    /// those stay inside.
    fn real_path(&self, path: &str) -> Output {
        if path.starts_with(paths::PROJECT) {
            return Ok(path.trim_end_matches('/').to_owned());
        }
        let shown = self.shell.project_path(self.run.workspace, path);
        let absolute = shown.and_then(|it| self.shell.absolute(self.run.workspace, &it));
        absolute.ok_or_else(|| self.unknown())
    }

    /// The root of the repository is the folder that opslint was started in, as far as it can tell:
    /// only a project there is sure to be at its root. An image has no repository.
    fn top_level(&self) -> Output {
        let is_root = self.shell.root.is_empty() && !self.run.in_image;
        match is_root {
            true => Ok(paths::PROJECT.to_string()),
            false => Err(self.unknown()),
        }
    }

    /// The lines of files of the project, one file behind the other.
    fn files(&mut self, names: &[String]) -> Output {
        let mut output = String::new();
        for name in names {
            let path = self.shell.project_path(self.run.workspace, name);
            let file = path.and_then(|it| self.run.workspace.open(&it));
            let Some(file) = file else {
                let shown = if paths::has_project(name) { "a file" } else { name.as_str() };
                return Err(Unknown::because(format!("`{shown}` is not in the project")));
            };
            let text = self.run.workspace.sources.file(file).text();
            let spent = self.run.workspace.budget().text(output.len() + text.len());
            spent.map_err(|it| it.unknown())?;
            output.push_str(text.trim_start_matches('\u{feff}'));
        }
        Ok(output)
    }

    /// `grep -v '^#' file`, which leaves out comments, and the same the other way round.
    fn grep(&mut self, arguments: &[&str], input: Option<String>) -> Output {
        let mut inverts = false;
        let mut rest = arguments;
        while let [option, tail @ ..] = rest
            && let Some(letters) = option.strip_prefix('-').filter(|it| !it.is_empty())
        {
            if !letters.chars().all(|it| matches!(it, 'v' | 'E' | 'e' | 'h' | 's')) {
                return Err(self.unknown());
            }
            inverts |= letters.contains('v');
            rest = tail;
        }
        let Some((pattern, files)) = rest.split_first() else { return Err(self.unknown()) };
        let text = match (files.is_empty(), input) {
            (true, Some(input)) => input,
            (true, None) => return Err(self.unknown()),
            (false, _) => {
                let files: Vec<String> = files.iter().map(|it| (*it).to_owned()).collect();
                self.files(&files)?
            }
        };
        let Some(matches) = line_pattern(pattern) else { return Err(self.unknown()) };
        let kept = text.lines().filter(|it| matches(it) != inverts);
        let output: String = kept.map(|it| format!("{it}\n")).collect();
        self.status = Status::of(!output.is_empty());
        Ok(output)
    }

    /// Words as texts; what they rest on is noted.
    fn texts(&mut self, words: &[shell::Word]) -> Result<Vec<String>, Unknown> {
        let mut texts = Vec::new();
        for word in words {
            let mut expander = Expander {
                run: self.run,
                shell: &mut self.shell,
                code: &self.code,
                unset: Unmentioned::Unknown,
            };
            let expanded: Vec<Word> = expander.words(word);
            for word in expanded {
                self.inputs.extend(word.pieces.iter().filter_map(|it| it.expanded.clone()));
                match word.pieces.iter().find_map(|it| it.text.as_ref().err()) {
                    Some(unknown) => return Err(unknown.clone()),
                    None => texts.extend(word.text()),
                }
            }
        }
        Ok(texts)
    }
}

/// How a substitution ends whose output is not known: a program at its end is taken to succeed, as
/// it is elsewhere.
fn status_of_program(script: &Script, shell: &Shell) -> Status {
    let last = script.items.last().filter(|it| it.rest.is_empty() && !it.first.negated);
    let name = match last.and_then(|it| it.first.commands.last()).map(|it| &it.kind) {
        Some(CommandKind::Simple(simple)) => simple.words.first().and_then(shell::Word::literal),
        _ => None,
    };
    let is_program = |it: &str| !is_builtin(it) && !shell.functions.contains_key(it);
    match name.is_some_and(is_program) && !shell.may_have("pipefail") {
        true => Status::Success,
        false => Status::Unknown,
    }
}

/// Whether every `echo` prints these words as they are.
fn is_plain(words: &[&str]) -> bool {
    let first = words.first().is_none_or(|it| !it.starts_with('-'));
    first && words.iter().all(|it| !it.contains('\\'))
}

/// The few patterns of `grep` that such lines have; they are about the start of a line.
fn line_pattern(pattern: &str) -> Option<fn(&str) -> bool> {
    Some(match pattern {
        "^#" | "^\\#" => |it| it.starts_with('#'),
        "^[[:space:]]*#" | "^\\s*#" | "^ *#" => |it| it.trim_start().starts_with('#'),
        "#" => |it| it.contains('#'),
        "^$" => str::is_empty,
        "^#|^$" | "^(#|$)" | "^$|^#" => |it| it.is_empty() || it.starts_with('#'),
        "=" => |it| it.contains('='),
        _ => return None,
    })
}

/// The words of an input as `xargs` reads them: quotes group, and are taken off. `None` when one is
/// never closed, at which xargs stops.
fn xargs(input: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut current: Option<String> = None;
    let mut quote = None;
    let mut chars = input.chars();
    while let Some(it) = chars.next() {
        match (quote, it) {
            (None, ' ' | '\t' | '\n') => words.extend(current.take()),
            (None, '\'' | '"') => {
                quote = Some(it);
                current.get_or_insert_default();
            }
            (Some(open), it) if it == open => quote = None,
            (Some(_), '\n') => return None,
            (None, '\\') => current.get_or_insert_default().push(chars.next()?),
            (_, it) => current.get_or_insert_default().push(it),
        }
    }
    words.extend(current);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xargs_groups_by_quotes() {
        let words = xargs("A=1 B=\"x y\"\n'C=2'  D=\\\"z\n").unwrap();
        assert_eq!(words, ["A=1", "B=x y", "C=2", "D=\"z"]);
        assert_eq!(xargs("A='1\n"), None);
    }
}

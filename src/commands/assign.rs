//! Commands that change variables and arguments: assignments, `export`, `set`, `read`, ….

use super::Dialect;
use super::builtins::number;
use super::code::Code;
use super::expand::{Unmentioned, fact, unknown};
use super::run::{Run, Status, assigned};
use super::shell::{Shell, Variable};
use crate::fact::{Fact, Origin, Unknown};
use crate::launch::Word;
use crate::parse::shell::{self, Simple};
use crate::project::unmentioned;
use crate::source::Span;

/// Builtins that assign variables.
const DECLARATIONS: &[&str] = &["export", "declare", "typeset", "local", "readonly"];

/// Whether the arguments of a builtin are assignments.
pub(super) fn is_declaration(name: &str) -> bool {
    DECLARATIONS.contains(&name)
}

/// `NAME=value` in front of a command, or alone.
pub(super) struct Assigned {
    pub(super) name: String,
    pub(super) fact: Fact,
}

impl Run<'_, '_> {
    /// What the assignments of a command give. Arrays are assigned at once: a program never sees
    /// one.
    pub(super) fn assignments(
        &mut self,
        shell: &mut Shell,
        code: &Code,
        assignments: &[shell::Assignment],
    ) -> Vec<Assigned> {
        let mut acc = Vec::new();
        for it in assignments {
            let span = code.text.span_of(it.range.clone());
            if let Some(elements) = &it.elements {
                self.assign_array(shell, code, it, elements);
                continue;
            }
            let mut expander = self.expander(shell, code, Unmentioned::Unknown);
            let value = expander.value(&it.value);
            if let Some(index) = &it.index {
                assign_element(shell, &it.name, index, value);
                continue;
            }
            let value = if it.append { appended(shell, &it.name, value, span) } else { value };
            let fact = assigned(fact(self, &value), &it.name, span);
            acc.push(Assigned { name: it.name.clone(), fact });
        }
        acc
    }

    pub(super) fn assign_array(
        &mut self,
        shell: &mut Shell,
        code: &Code,
        assignment: &shell::Assignment,
        elements: &[shell::Word],
    ) {
        let name = assignment.name.as_str();
        let mut words = match (assignment.append, shell.array(name)) {
            (false, _) => Some(Vec::new()),
            (true, Some(before)) => before.map(|it| it.to_vec()),
            (true, None) => {
                matches!(shell.get(name), Variable::Unset | Variable::Unmentioned).then(Vec::new)
            }
        };
        for element in elements {
            // `[2]=x` goes to a place of its own.
            let is_placed = element.literal_prefix().starts_with('[');
            let mut expander = self.expander(shell, code, Unmentioned::Unknown);
            let more = expander.words(element);
            match &mut words {
                Some(words) if !is_placed => words.extend(more),
                _ => words = None,
            }
        }
        let count = words.as_ref().map_or(0, Vec::len);
        let words = words.filter(|_| self.workspace.budget().container(count, 1).is_ok());
        shell.assign_array(name, words);
    }

    /// `export NAME`, `export NAME=value`, and the same with `local` and its relatives.
    pub(super) fn declare(&mut self, shell: &mut Shell, builtin: &str, rest: &[Word]) {
        let option = |letter: char| {
            let texts = rest.iter().filter_map(Word::text);
            texts.take_while(|it| it.starts_with('-')).any(|it| it.contains(letter))
        };
        let exports = builtin == "export" && !option('n') || builtin != "export" && option('x');
        let unexports = builtin == "export" && option('n');
        // In a function, `declare` and `typeset` are local too.
        let is_local = matches!(builtin, "local" | "declare" | "typeset") && !option('g');
        for word in rest {
            let prefix = word.known_prefix();
            if prefix.starts_with(['-', '+']) {
                continue;
            }
            if builtin != "export" && ['i', 'l', 'u', 'n'].into_iter().any(option) {
                shell.transforms(prefix.split(['=', '+']).next().unwrap_or_default());
            }
            if builtin != "export" && option('n') {
                refers_to(shell, word);
            }
            let Some((name, _)) = prefix.split_once('=') else {
                let is_known = word.text().is_some();
                if !is_known {
                    // Whatever the word turns out to be, it may set any variable.
                    let reason = "the command sets variables that are only known when it runs";
                    let gap = word.pieces.iter().find_map(|it| it.text.as_ref().err());
                    let unknown = gap.cloned().unwrap_or_else(|| Unknown::because(reason));
                    shell.forget_all(unknown, word.span);
                    continue;
                }
                if is_local && shell.localize(&prefix) {
                    self.declared(shell, &prefix, word.span);
                }
                if exports {
                    shell.export(&prefix);
                } else if unexports {
                    shell.unexport(&prefix, word.span);
                }
                continue;
            };
            let (name, append) = match name.strip_suffix('+') {
                Some(name) => (name, true),
                None => (name, false),
            };
            if is_local {
                shell.localize(name);
            }
            let value = word.tail(prefix.find('=').map_or(0, |it| it + 1));
            let value = if append { appended(shell, name, value, word.span) } else { value };
            let fact = fact(self, &value);
            shell.assign(name, assigned(fact, name, word.span));
            if exports {
                shell.export(name);
            }
        }
    }

    /// `local NAME` without a value: empty in bash, and as before in dash.
    fn declared(&mut self, shell: &mut Shell, name: &str, span: Span) {
        match (shell.dialect, shell.get(name)) {
            (Dialect::Dash, _) | (_, Variable::Unset) => {}
            (Dialect::Bash, _) => {
                let exported = shell.environment.has(name);
                shell.unset(name, span);
                if exported {
                    shell.export(name);
                }
            }
            (Dialect::Unknown, Variable::Unmentioned) => {}
            (Dialect::Unknown, Variable::Set(_)) => {
                let reason = format!("shells differ in what `local {name}` leaves");
                shell.forget(name, Unknown::because(reason), span);
            }
        }
    }

    /// `NAME=(…)` behind `declare`.
    pub(super) fn declared_arrays(&mut self, shell: &mut Shell, code: &Code, simple: &Simple) {
        for it in &simple.arrays {
            let builtin = simple.words.first().and_then(shell::Word::literal);
            if builtin.is_some_and(|it| it != "export" && it != "readonly") {
                shell.localize(&it.name);
            }
            if let Some(elements) = &it.elements {
                self.assign_array(shell, code, it, elements);
            }
        }
    }

    /// `printf -v NAME format words`.
    pub(super) fn printf(&mut self, shell: &mut Shell, rest: &[Word]) {
        let [option, name, rest @ ..] = rest else { return };
        if option.text().as_deref() != Some("-v") {
            return;
        }
        let span = name.span;
        let Some(name) = name.text() else {
            let reason = "`printf -v` sets a variable whose name is only known when it runs";
            return shell.forget_all(Unknown::because(reason), span);
        };
        let fact = match rest {
            [format, value] if matches!(format.text().as_deref(), Some("%s" | "%d" | "%i")) => {
                fact(self, value)
            }
            [text] if text.text().is_some_and(|it| !it.contains(['%', '\\'])) => fact(self, text),
            _ => {
                let reason = format!("opslint does not work out what `printf -v {name}` prints");
                Fact::unknown(Unknown::because(reason), Origin::written(span, ""))
            }
        };
        shell.assign(&name, assigned(fact, &name, span));
    }

    /// `let expression …`
    pub(super) fn let_builtin(&mut self, shell: &mut Shell, code: &Code, rest: &[Word]) -> Status {
        let mut status = Status::Unknown;
        for word in rest {
            let mut expander = self.expander(shell, code, Unmentioned::Unknown);
            status = match word.text() {
                Some(text) => match expander.evaluate(&text, word.span) {
                    Some(value) => Status::of(value != 0),
                    None => Status::Unknown,
                },
                None => {
                    let reason = "`let` works out a text that is only known when it runs";
                    shell.forget_all(Unknown::because(reason), word.span);
                    Status::Unknown
                }
            };
        }
        status
    }
}

/// `declare -n NAME=other`: from here on, what is assigned to the one goes to the other.
fn refers_to(shell: &mut Shell, word: &Word) {
    let Some(text) = word.text() else {
        let reason = "a name stands for a variable that is only known when the command runs";
        return shell.forget_all(Unknown::because(reason), word.span);
    };
    let Some((name, target)) = text.split_once('=') else { return };
    let target = target.split('[').next().unwrap_or_default();
    shell.transforms(target);
    let reason = format!("`{name}` is another name of `{target}`");
    shell.forget(target, Unknown::because(reason), word.span);
}

/// Names that `read`, `mapfile`, `getopts` and `unset` are about get values that are not known.
pub(super) fn read_into(shell: &mut Shell, builtin: &str, call: &[Word]) {
    let Some((first, rest)) = call.split_first() else { return };
    // Options that take the next word.
    let valued: &[&str] = match builtin {
        "read" => &["-p", "-t", "-n", "-N", "-d", "-u", "-i"],
        _ => &["-d", "-n", "-O", "-s", "-u", "-C", "-c"],
    };
    let unknown = |name: &str| Unknown::because(format!("`${name}` is read from input"));
    let mut names = Vec::new();
    let mut words = rest.iter();
    let mut is_array = builtin != "read";
    while let Some(word) = words.next() {
        match word.text() {
            None => {
                let reason = format!("`{builtin}` sets a variable whose name is not known");
                return shell.forget_all(Unknown::because(reason), word.span);
            }
            Some(option) if valued.contains(&option.as_str()) => {
                words.next();
            }
            Some(option) if option.starts_with('-') => is_array |= option.contains('a'),
            Some(name) => names.push((name, word.span)),
        }
    }
    if builtin == "getopts" {
        let Some((_, span)) = names.first().cloned() else { return };
        names.drain(..1);
        names.truncate(1);
        names.extend(["OPTARG", "OPTIND"].map(|it| (it.to_owned(), span)));
        is_array = false;
    }
    if names.is_empty() {
        let name = if builtin == "read" { "REPLY" } else { "MAPFILE" };
        names.push((name.to_owned(), first.span));
    }
    for (name, span) in names {
        match is_array {
            true => shell.assign_array(&name, None),
            false => shell.forget(&name, unknown(&name), span),
        }
    }
}

/// `NAME[index]=value`
fn assign_element(shell: &mut Shell, name: &str, index: &str, value: Word) {
    let elements = match (shell.array(name), index.parse::<usize>()) {
        (Some(Some(elements)), Ok(at)) if at <= elements.len() => {
            let mut elements = elements.to_vec();
            match elements.get_mut(at) {
                Some(element) => *element = value,
                None => elements.push(value),
            }
            Some(elements)
        }
        _ => None,
    };
    shell.assign_array(name, elements);
}

/// The value of `NAME+=value`.
fn appended(shell: &Shell, name: &str, value: Word, span: Span) -> Word {
    let mut pieces = match shell.get(name) {
        _ if shell.array(name).is_some() => {
            let reason = format!("`{name}` is an array");
            vec![unknown(Unknown::because(reason), span)]
        }
        Variable::Set(fact) => super::expand::pieces(fact, span),
        Variable::Unset => Vec::new(),
        Variable::Unmentioned => vec![unknown(unmentioned(name), span)],
    };
    pieces.extend(value.pieces);
    Word { pieces, span }
}

/// `shift count`. Where there are fewer arguments it fails: bash goes on, and dash ends.
pub(super) fn shift(shell: &mut Shell, rest: &[Word]) -> Status {
    let count = rest.first().map_or(Some(1), number);
    let arguments = shell.arguments.take();
    let (Some(all), Some(count)) = (arguments, count) else { return Status::Unknown };
    if all.iter().any(Word::may_be_several) {
        return Status::Unknown;
    }
    match all.get(count..) {
        Some(rest) => {
            shell.arguments = Some(rest.into());
            Status::Success
        }
        None => {
            shell.arguments = Some(all);
            Status::Failure
        }
    }
}

/// `unset NAME`, `unset -f NAME` and `unset NAME[1]`.
pub(super) fn unset(shell: &mut Shell, rest: &[Word]) {
    let is_function = rest.first().and_then(Word::text).as_deref() == Some("-f");
    for word in rest {
        match word.text() {
            None => {
                let reason = "`unset` takes away a variable whose name is not known";
                shell.forget_all(Unknown::because(reason), word.span);
            }
            Some(name) if name.starts_with('-') => {}
            Some(name) if is_function => {
                std::sync::Arc::make_mut(&mut shell.functions).remove(&name);
            }
            Some(name) => match name.split_once('[') {
                Some((name, _)) => shell.assign_array(name, None),
                None => shell.unset(&name, word.span),
            },
        }
    }
}

/// Names that a command mentions which is not known to leave variables alone.
pub(super) fn forget_mentioned(shell: &mut Shell, command: &str, rest: &[Word]) {
    for word in rest {
        let prefix = word.known_prefix();
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let name = prefix.split(|it| !is_name(it)).next().unwrap_or_default();
        if !name.is_empty() && !name.starts_with(|it: char| it.is_ascii_digit()) {
            let reason = format!("opslint does not know what `{command}` does to `{name}`");
            shell.forget(name, Unknown::because(reason), word.span);
        }
    }
}

//! The command of a container: `command` takes the place of ENTRYPOINT, `args` of CMD.
//!
//! Source: <https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/>

use crate::budget::Budget;
use crate::document::{Node, Text};
use crate::draft::Command;
use crate::fact::Unknown;
use crate::project::{Environment, Lookup};

/// A word longer than this, once its variables are filled in, is no word of a command.
const WORD_MAX: usize = 1 << 16;

/// The words of some lists, run without a shell, with `$(NAME)` filled in by the cluster.
pub(super) fn words(
    lists: &[Option<&Node>],
    environment: &Environment,
    budget: &Budget,
) -> Command {
    let nodes = lists.iter().flatten().flat_map(|it| it.elements());
    let mut words = Vec::new();
    for node in nodes {
        let Some(text) = node.as_text() else {
            return Command::Unknown(Unknown::because("a word of the command is not text"));
        };
        match filled(text, environment) {
            Ok(word) => {
                if let Err(spent) = budget.text(word.value.len()) {
                    return Command::Unknown(spent.unknown());
                }
                words.push(word);
            }
            Err(name) => {
                let reason = format!("`$({name})` in the command is filled in by the cluster");
                let settle_with = format!("`{name}` under `[env]` in opslint.toml");
                return Command::Unknown(Unknown::new(reason, settle_with));
            }
        }
    }
    match lists.iter().flatten().next() {
        Some(list) => Command::Words { words, span: list.span },
        None => Command::Unknown(Unknown::because("the command has no words")),
    }
}

/// The text with its variables filled in. A variable that nobody sets stays as it is written, but
/// what no file sets may be set elsewhere: `Err` has its name.
fn filled(text: &Text, environment: &Environment) -> Result<Text, String> {
    if !text.value.contains("$(") {
        return Ok(text.clone());
    }
    let mut value = String::new();
    let mut rest = text.value.as_str();
    let last = rest.rfind(')').unwrap_or(0);
    while let Some(at) = rest.find('$') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            value.push('$');
            rest = behind;
            continue;
        }
        // Behind the last one, none is looked for again and again.
        let is_closed = text.value.len() - rest.len() <= last;
        let name = rest.strip_prefix('(').filter(|_| is_closed).and_then(|it| it.split_once(')'));
        let Some((name, behind)) = name else {
            value.push('$');
            continue;
        };
        match environment.get(name) {
            Lookup::Set(fact) if let Some(known) = fact.text() => value.push_str(known),
            _ => return Err(name.to_owned()),
        }
        if value.len() > WORD_MAX {
            return Err(name.to_owned());
        }
        rest = behind;
    }
    value.push_str(rest);
    Ok(Text::new(value, text.span(), Vec::new()))
}

//! Text of a shell → the words of each command in it.

use crate::budget::TEXT_MAX;
use crate::document::Text;
use crate::parse::shell::{self, CommandKind, Item, PartKind, Simple, Word};
use crate::workspace::join;

use super::read::Variables;
use super::{HOLE, Run};

/// In front of and behind an expression of GitHub's.
const EXPRESSION: (&str, &str) = ("${{", "}}");

/// What an expression has in front of the name of a variable of the workflow.
const ENV: &str = "env.";

/// A text with plain values in place of the expressions in it, and holes in place of others and of
/// what would make it longer than is followed.
pub(super) fn filled(text: &Text, variables: &Variables<'_>) -> Text {
    let mut text = text.clone();
    let mut from = 0;
    while let Some(start) = text.value[from..].find(EXPRESSION.0).map(|it| from + it) {
        let Some(len) = text.value[start..].find(EXPRESSION.1) else { break };
        let expression = text.value[start..start + len + EXPRESSION.1.len()].to_owned();
        let inner = &expression[EXPRESSION.0.len()..expression.len() - EXPRESSION.1.len()];
        let value = inner.trim().strip_prefix(ENV).and_then(|it| variables.get(it));
        // One that is there often is filled in at each place at once.
        let fits = |it: &String| {
            let count = text.value.matches(expression.as_str()).count();
            text.value.len() + it.len().saturating_mul(count) <= TEXT_MAX
        };
        let value = value.filter(fits).unwrap_or_else(|| HOLE.to_string());
        from = start + value.len();
        text = text.unescaped(&expression, &value);
    }
    text
}

/// A word with plain values in place of Cloud Build's substitutions, and holes in place of others.
pub(super) fn substituted(text: &Text, variables: &Variables<'_>) -> Text {
    let is_sign = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let mut parts = text.value.split('$');
    let mut value = parts.next().unwrap_or_default().to_owned();
    if value.len() == text.value.len() {
        return text.clone();
    }
    let mut is_full = false;
    for part in parts {
        let inner = part.strip_prefix('{').and_then(|it| it.split_once('}'));
        let end = part.find(|it| !is_sign(it)).unwrap_or(part.len());
        let (name, rest) = inner.unwrap_or_else(|| part.split_at(end));
        add(&mut value, &mut is_full, || variables.get(name));
        value.push_str(rest);
    }
    Text::new(value, text.span(), Vec::new())
}

/// Adds the value of a variable, or a hole where it is not known or makes the text longer than is
/// followed. Then no further one is asked for.
fn add(value: &mut String, is_full: &mut bool, known: impl FnOnce() -> Option<String>) {
    let known = if *is_full { None } else { known() };
    *is_full |= known.as_ref().is_some_and(|it| value.len() + it.len() > TEXT_MAX);
    match known.filter(|_| !*is_full) {
        Some(known) => value.push_str(&known),
        None => value.push(HOLE),
    }
}

/// The words of a list of arguments.
pub(super) fn split(text: &Text, variables: &Variables<'_>) -> Vec<Text> {
    let text = filled(text, variables);
    let lines = text.value.replace('\n', " ");
    // A line end is as long as a space, so that places stay.
    let line = match lines.len() == text.value.len() {
        true => text.unescaped("\n", " "),
        false => text,
    };
    let script = shell::parse(&line.value);
    let mut words = Vec::new();
    visit(&script.items, &mut |simple| {
        words.extend(simple.words.iter().map(|it| word(&line, it, variables)));
    });
    words
}

/// Adds the commands of a text that starts in `folder`, and gives the folder that it ends in.
pub(super) fn commands(
    runs: &mut Vec<Run>,
    text: &Text,
    folder: Option<&str>,
    variables: &Variables<'_>,
) -> Option<String> {
    let text = filled(text, variables);
    let script = shell::parse(&text.value);
    let mut folder = folder.map(str::to_owned);
    visit(&script.items, &mut |simple| {
        let words: Vec<Text> = simple.words.iter().map(|it| word(&text, it, variables)).collect();
        match words.as_slice() {
            [cd, to, ..] if cd.value == "cd" => {
                let is_plain = !to.value.contains(HOLE) && !to.value.starts_with('-');
                folder = folder.as_deref().filter(|_| is_plain).and_then(|it| join(it, &to.value));
            }
            [first, .., last] => {
                let span = first.span().cover(last.span());
                runs.push(Run { words, folder: folder.clone(), span });
            }
            _ => {}
        }
    });
    folder
}

/// Every simple command of a list, in the order of the file.
fn visit(items: &[Item], each: &mut dyn FnMut(&Simple)) {
    let lists = items
        .iter()
        .flat_map(|it| std::iter::once(&it.first).chain(it.rest.iter().map(|(_, it)| it)));
    for command in lists.flat_map(|it| &it.commands) {
        match &command.kind {
            CommandKind::Simple(simple) => each(simple),
            CommandKind::Group(items) | CommandKind::Subshell(items) => visit(items, each),
            CommandKind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    visit(condition, each);
                    visit(body, each);
                }
                visit(otherwise, each);
            }
            CommandKind::Loop { body, .. } => visit(body, each),
            CommandKind::Case { arms, .. } => arms.iter().for_each(|it| visit(&it.body, each)),
            CommandKind::Function { .. } | CommandKind::Test(_) | CommandKind::Arithmetic(_) => {}
        }
    }
}

/// A word with the values of plain variables in it, and holes for all else.
fn word(text: &Text, word: &Word, variables: &Variables<'_>) -> Text {
    if let [part] = word.parts.as_slice()
        && let PartKind::Literal(_) = part.kind
    {
        return text.slice(part.range.clone());
    }
    let (mut value, mut is_full) = (String::new(), false);
    for part in &word.parts {
        match &part.kind {
            PartKind::Literal(it) | PartKind::AnsiC(it) => value.push_str(it),
            PartKind::Parameter(it) => {
                let known = || it.plain_name().and_then(|it| variables.get(it));
                add(&mut value, &mut is_full, known);
            }
            _ => value.push(HOLE),
        }
    }
    Text::new(value, text.span_of(word.range.clone()), Vec::new())
}

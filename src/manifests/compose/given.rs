//! `command` and `entrypoint` of a service, with what compose fills in before anything runs.
//!
//! Where a variable is not known, neither is the word that it stands in; the others are.

use super::interpolate::{self, Variables};
use crate::document::{Node, NodeKind, Text};
use crate::draft::Command;
use crate::fact::{Input, Unknown};

/// A command as a text, which compose splits into words, or as a list of them. `None` where there is
/// none.
pub(super) fn command(
    node: &Node,
    variables: &Variables,
    assumed: &mut Vec<Input>,
) -> Option<Command> {
    let mut word = |text: &Text| {
        // Where nothing is filled in, each sign of the command keeps its place in the file.
        if super::is_plain(&text.value.replace("$$", "")) {
            return text.unescaped("$$", "$");
        }
        let filled = interpolate::fill(&text.value, variables);
        assumed.extend(filled.assumed());
        filled.of(text)
    };
    match &node.kind {
        NodeKind::String(text) if text.value.trim().is_empty() => None,
        NodeKind::String(text) => Some(Command::Exec(word(text))),
        NodeKind::List(nodes) if !nodes.is_empty() => {
            let words: Option<Vec<Text>> =
                nodes.iter().map(|it| Some(word(it.as_text()?))).collect();
            let open = || Command::Unknown(Unknown::because("a word of the command is no text"));
            Some(words.map_or_else(open, |words| Command::Words { words, span: node.span }))
        }
        _ => None,
    }
}

//! The commands that workflows run where a change is pushed: GitHub's, GitLab's, and the steps of
//! Cloud Build.
//!
//! They are read as text and never run: every command of every step counts, also one behind a
//! condition. A variable counts where the file itself gives it a plain value; what else is filled
//! in is a [`HOLE`].

mod built;
mod files;
mod read;
mod words;

#[cfg(test)]
mod tests;

use crate::document::{Node, NodeKind, Text};
use crate::source::Span;

pub(crate) use built::Built;
pub(crate) use files::around;
pub(crate) use read::runs;

/// Stands in a word for text that is filled in when the workflow runs.
pub(crate) const HOLE: char = crate::parse::shell::HOLE_FIRST;

/// A command of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// Its words, the program first.
    pub(crate) words: Vec<Text>,
    /// The folder that it runs in, as a path shown to the user. `None` where that is filled in.
    pub(crate) folder: Option<String>,
    /// The whole command.
    pub(crate) span: Span,
}

/// An option of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flag {
    /// Its name, without dashes.
    pub(crate) name: String,
    /// Its value; `None` for a switch.
    pub(crate) value: Option<Text>,
    /// Where it is written.
    pub(crate) span: Span,
}

impl Run {
    /// The options of the command, and its other words. `is_switch` says which options have no
    /// value of their own.
    pub(crate) fn parts(&self, is_switch: &dyn Fn(&str) -> bool) -> (Vec<Flag>, Vec<&Text>) {
        let mut flags = Vec::new();
        let mut others = Vec::new();
        let mut words = self.words.iter().peekable();
        while let Some(word) = words.next() {
            let dashed = word.value.strip_prefix("--").or_else(|| word.value.strip_prefix('-'));
            let Some(dashed) = dashed.filter(|it| !it.is_empty()) else {
                others.push(word);
                continue;
            };
            let start = word.value.len() - dashed.len();
            let (name, value) = match dashed.split_once('=') {
                Some((name, _)) => {
                    let at = start + name.len() + 1;
                    (name, Some(word.slice(at..word.value.len())))
                }
                None if is_switch(dashed) => (dashed, None),
                None => (dashed, words.next_if(|it| !it.value.starts_with("--")).cloned()),
            };
            flags.push(Flag { name: name.to_owned(), value, span: word.span() });
        }
        (flags, others)
    }
}

/// The last option of one of these names: the one that counts.
pub(crate) fn flag<'f>(flags: &'f [Flag], names: &[&str]) -> Option<&'f Flag> {
    flags.iter().rev().find(|it| names.contains(&it.name.as_str()))
}

/// The value of an option as a node of a file: with a hole it is only known when it is run.
pub(crate) fn node(value: &Text) -> Node {
    let kind = match value.value.contains(HOLE) {
        true => NodeKind::Dynamic("a variable of the workflow".to_owned()),
        false => NodeKind::String(value.clone()),
    };
    Node::new(kind, value.span())
}

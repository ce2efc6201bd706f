//! How much of a file is looked at: what is done for one entry may look at all others.

use crate::budget::LEN_MAX;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node, NodeKind};
use crate::source::{FileId, Span};

use super::{MISTAKES_MAX, SYNTAX_ERROR, Syntax, UNREADABLE_FILE, out_of_reach};

/// Problems of one file that are said one by one. Who has more has a file of another kind.
const PROBLEMS_MAX: usize = 100;

/// The tree of a manifest or of another file that is written by hand.
///
/// Of a table or list with more than [`LEN_MAX`] entries the first ones are kept, and that is a
/// problem of the file: what it says is not known in full.
pub fn document(syntax: Syntax, file: FileId, text: &str) -> Document {
    let mut document = super::document(syntax, file, text);
    let cut = cut(&mut document.root);
    let mistakes = document.problems.len();
    if let Some(last) = document.problems.get(PROBLEMS_MAX).map(|it| it.primary.span) {
        document.problems.truncate(PROBLEMS_MAX);
        document.problems.push(more_mistakes(last, mistakes));
    }
    document.problems.extend(cut);
    document
}

/// Whether a part of the text is not in the tree because opslint reads no more: what the file is for
/// may stand there.
pub fn is_cut(document: &Document) -> bool {
    document.problems.iter().any(|it| it.rule == UNREADABLE_FILE)
}

/// Cuts the tables and lists of a tree that are too long, and says so for the first one.
pub fn cut(root: &mut Node) -> Option<Diagnostic> {
    let mut cut = None;
    cut_lists(root, &mut cut);
    cut.map(|(span, len)| too_long(span, len))
}

fn cut_lists(node: &mut Node, cut: &mut Option<(Span, usize)>) {
    let span = node.span;
    let len = match &node.kind {
        NodeKind::List(nodes) => nodes.len(),
        NodeKind::Map(entries) => entries.len(),
        _ => return,
    };
    if len > LEN_MAX {
        cut.get_or_insert((span, len));
    }
    match &mut node.kind {
        NodeKind::List(nodes) => {
            nodes.truncate(LEN_MAX);
            nodes.iter_mut().for_each(|it| cut_lists(it, cut));
        }
        NodeKind::Map(entries) => {
            entries.truncate(LEN_MAX);
            entries.iter_mut().for_each(|it| cut_lists(&mut it.value, cut));
        }
        _ => {}
    }
}

fn too_long(span: Span, len: usize) -> Diagnostic {
    let message = format!("there are {len} entries, and opslint reads the first {LEN_MAX}");
    out_of_reach(Span { end: span.start, ..span }, message)
}

fn more_mistakes(span: Span, mistakes: usize) -> Diagnostic {
    // A parser stops to count there.
    let count = match mistakes < MISTAKES_MAX {
        true => (mistakes - PROBLEMS_MAX).to_string(),
        false => "many".to_owned(),
    };
    let message = format!("and {count} more mistakes in this file, from here on");
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, message, Label::new(span, ""))
        .with_help("is this a file of another kind?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[track_caller]
    fn check(syntax: Syntax, text: &str, kept: usize, problems: &[&str]) {
        let file = SourceMap::new().add("file", text);
        let document = document(syntax, file, text);
        assert_eq!(document.root.entries().len(), kept);
        let messages: Vec<_> = document.problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages.last_chunk(), Some(&[problems[0]]).filter(|_| !problems.is_empty()));
    }

    #[test]
    fn a_long_table_is_cut_and_that_is_said() {
        let entries =
            |count: usize| (0..count).map(|it| format!("a{it} = 1\n")).collect::<String>();
        let message = "there are 5001 entries, and opslint reads the first 5000";
        check(Syntax::Toml, &entries(LEN_MAX + 1), LEN_MAX, &[message]);
        let file = SourceMap::new().add("file", "");
        assert!(document(Syntax::Toml, file, &entries(LEN_MAX)).problems.is_empty());
        let nested = format!("a: [{}]", "1, ".repeat(LEN_MAX + 1));
        check(Syntax::Yaml, &nested, 1, &[message]);
    }

    #[test]
    fn mistakes_without_end_are_counted() {
        let text = "no process\n".repeat(PROBLEMS_MAX + 7);
        check(Syntax::Procfile, &text, 0, &["and 7 more mistakes in this file, from here on"]);
        let text = "x\n".repeat(MISTAKES_MAX + 1);
        let many = "and many more mistakes in this file, from here on";
        check(Syntax::Procfile, &text, 0, &[many]);
        check(Syntax::Unit, &text, 0, &[many]);
        check(Syntax::Dockerfile, &format!("FROM a\n{text}"), MISTAKES_MAX + 2, &[many]);
    }
}

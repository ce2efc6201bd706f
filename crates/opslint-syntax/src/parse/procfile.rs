//! Procfile: `name: command` lines.
//!
//! Platforms differ in what they forgive. What all of them refuse or drop is an error; what only
//! some of them do is worth knowing. Sources: foreman and honcho (`^([A-Za-z0-9_-]+):\s*(.+)$`),
//! heroku/buildpacks-procfile, dokku/procfile-util.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::source::{FileId, Span, Spanned};

use super::{MISTAKES_MAX, SYNTAX_ERROR, duplicate_key, note};

/// Parses a Procfile.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let mut entries: Vec<Entry> = Vec::new();
    let mut problems = Vec::new();
    let mut comments = Vec::new();
    let mut seen = HashMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let indent = line.len() - line.trim_start().len();
        let content = line.trim();
        let span = Span::new(file, at + indent, at + indent + content.len());
        if content.is_empty() {
            continue;
        }
        if content.starts_with('#') {
            comments.push(span);
            continue;
        }
        let Some(entry) = entry(span, content) else {
            note(&mut problems, || not_an_entry(span, content));
            continue;
        };
        if indent > 0 {
            note(&mut problems, || indented(Span::new(file, at, at + indent)));
        }
        if problems.len() < MISTAKES_MAX {
            problems.extend(name_problem(&entry.key));
        }
        let first = *seen.entry(entry.key.value.clone()).or_insert(entry.key.span);
        if first != entry.key.span {
            let key = &entry.key;
            note(&mut problems, || duplicate_key(key.span, first, &key.value));
        }
        entries.push(entry);
    }
    let root = Node::new(NodeKind::Map(entries), Span::new(file, 0, text.len()));
    Document { file, syntax: super::Syntax::Procfile, root, problems, comments }
}

/// The entry of a trimmed line at `span`; `None` when there is no name or no command.
fn entry(span: Span, line: &str) -> Option<Entry> {
    let (name, rest) = line.split_once(':')?;
    let name = name.trim_end();
    let command = rest.trim_start();
    let valid = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    if name.is_empty() || command.is_empty() || !name.chars().all(valid) {
        return None;
    }
    let start = span.start as usize;
    let key = Span::new(span.file, start, start + name.len());
    let value = Span::new(span.file, span.end as usize - command.len(), span.end as usize);
    let text = Text::verbatim(command, value, value.start as usize);
    let value = Node::new(NodeKind::String(text), value);
    Some(Entry { key: Spanned::new(name.to_owned(), key), value })
}

fn not_an_entry(span: Span, line: &str) -> Diagnostic {
    let label = Label::new(span, "expected a name, a colon and a command");
    let help = match line.split_once(char::is_whitespace) {
        // The name of a process, where the colon was forgotten.
        Some((name, command)) if is_portable(name) => {
            format!("write `{name}: {}`", command.trim_start())
        }
        _ => "write a name, a colon and a command, such as `web: gunicorn shop.wsgi`".to_owned(),
    };
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, "not a `name: command` line", label)
        .with_help(help)
}

fn indented(span: Span) -> Diagnostic {
    let label = Label::new(span, "blanks in front of the name");
    let message = "an indented line is no process to foreman and honcho";
    Diagnostic::new("procfile-portability", Severity::Info, message, label)
        .with_help("start the line with the name")
}

/// Names that some builders refuse. That they turn `_` into `-` is no news: classic buildpacks, which
/// most apps are built by, do not.
fn name_problem(name: &Spanned<String>) -> Option<Diagnostic> {
    let text = &name.value;
    if is_portable(text) {
        return None;
    }
    // heroku/buildpacks-procfile corrects these two before it looks at the name.
    let corrected = text.replace('_', "-").to_ascii_lowercase();
    if is_portable(&corrected) {
        return None;
    }
    let message = format!("Cloud Native Buildpacks refuse the name `{text}`");
    let label = Label::new(name.span, "refused");
    Some(
        Diagnostic::new("procfile-portability", Severity::Info, message, label)
            .with_help("use lower-case letters, digits and dashes inside, at most 63 of them"),
    )
}

/// Whether Cloud Native Buildpacks take a text as the name of a process as it is.
fn is_portable(name: &str) -> bool {
    let inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    name.len() <= 63 && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

//! What is to be different in a file → bytes: edits that touch nothing else.
//!
//! Comments, quotes, indentation, line ends and the end of the file stay as they are. Where a file
//! says something in a way that cannot be changed so, there are no edits: half a fix is none.

mod find;
mod insert;
mod literal;
mod nginx;
mod remove;
mod text;
mod words;

use crate::document::{Document, NodeKind, Syntax};
use crate::fact::Value;
use crate::fix::{Change, Edit};
use crate::source::Span;

use find::Found;

/// The edits of a change. `document` is the tree of the file, where it has one, and `text` its text.
pub fn edits(document: Option<&Document>, text: &str, change: &Change) -> Option<Vec<Edit>> {
    text.get(change.span().range())?;
    let edit = match change {
        Change::Set { at, was, to } => set(document, text, *at, was.as_ref(), to),
        Change::Rewrite { at, to } => find::value(document?, *at)
            .and_then(|_| literal::bare(document?.syntax, to))
            .map(|text| Edit { span: *at, text }),
        Change::Rename { at, was, to } => return rename(document, text, *at, was, to),
        Change::Remove { at } => remove::remove(document, text, *at),
        Change::Insert { table, keys, to } => insert::insert(document?, text, *table, keys, to),
        Change::Option { beside, neighbour, was, flag, setting, to } => {
            let beside = words::Beside { at: *beside, neighbour: *neighbour, was };
            words::option(document, text, &beside, (flag, setting.as_deref()), to)
        }
        Change::Directives { beside, text: new } => return nginx::add(text, *beside, new),
    };
    edit.map(|it| vec![it])
}

/// Another value where one is written.
fn set(
    document: Option<&Document>,
    text: &str,
    at: Span,
    was: Option<&Value>,
    to: &Value,
) -> Option<Edit> {
    // A key without a value has no place for one: what stands around it decides where it goes.
    let raw = text.get(at.range()).filter(|it| !it.is_empty())?;
    let Some(document) = document else { return word(raw, at, was?, to) };
    let Some(found) = find::value(document, at) else {
        // Inside of a text: a word of a command. Only there is a place within a value.
        find::leaf(document, at)?;
        return word(raw, at, was?, to);
    };
    // `[[mounts]]` is a header, and a list of lines has no place for another value.
    if let NodeKind::List(elements) = &found.node.kind {
        let has_tables = elements.iter().any(|it| matches!(it.kind, NodeKind::Map(_)));
        if !raw.starts_with(['[', '(']) || raw.starts_with("[[") && has_tables {
            return None;
        }
    }
    let to = match was {
        // A list is replaced as a whole, whatever its elements are written as.
        Some(Value::List(_)) if matches!(found.node.kind, NodeKind::List(_)) => to.clone(),
        Some(was) => literal::in_the_unit_of(literal::unquoted(raw), was, to)?,
        None => to.clone(),
    };
    let new = literal::replacing(document.syntax, raw, &found.node.kind, &to)?;
    Some(Edit { span: at, text: new })
}

/// A word of a command, which may stand in quotes of any language: plain signs only.
fn word(raw: &str, at: Span, was: &Value, to: &Value) -> Option<Edit> {
    let inner = literal::unquoted(raw);
    let text = literal::plain(&literal::in_the_unit_of(inner, was, to)?)?;
    if !words::is_plain(&text) {
        return None;
    }
    Some(Edit { span: literal::inside_quotes(at, raw), text })
}

/// Another name for a key, or for a word in a command.
fn rename(
    document: Option<&Document>,
    text: &str,
    at: Span,
    was: &str,
    to: &str,
) -> Option<Vec<Edit>> {
    let raw = text.get(at.range())?;
    if literal::unquoted(raw) != was {
        return None;
    }
    let key = document.and_then(|it| Some((it, find::key(it, at)?)));
    let Some((document, found)) = key else {
        if let Some(document) = document {
            find::leaf(document, at)?;
        }
        // Quotes stay: in a text of another language, there may be no word without them.
        let span = literal::inside_quotes(at, raw);
        return words::is_plain(to).then(|| vec![Edit { span, text: to.to_owned() }]);
    };
    let Found { holders, .. } = &found;
    let siblings = holders.last()?.parent.entries();
    if siblings.iter().any(|it| it.key.value == to) || is_used_again(document.syntax, text, was, at)
    {
        return None;
    }
    if document.syntax == Syntax::Toml
        && matches!(found.node.kind, NodeKind::Map(_) | NodeKind::List(_))
    {
        let headers = text.lines().filter(|it| it.trim_start().starts_with('['));
        if headers.filter(|it| it.contains(was)).count() > 1 {
            return None;
        }
    }
    let name = literal::key(document.syntax, raw, to)?;
    Some(vec![Edit { span: at, text: name }])
}

/// Whether a name of a Python file stands in it a second time: renaming one would part them.
fn is_used_again(syntax: Syntax, text: &str, name: &str, at: Span) -> bool {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let is_word = |start: usize| {
        !text[..start].ends_with(is_part) && !text[start + name.len()..].starts_with(is_part)
    };
    syntax == Syntax::Python
        && text.match_indices(name).any(|(start, _)| start != at.start as usize && is_word(start))
}

#[cfg(test)]
mod tests;

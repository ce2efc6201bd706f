//! A file with a value that was not there.

use crate::document::{Document, Entry, Node, NodeKind, Syntax};
use crate::fact::Value;
use crate::fix::Edit;
use crate::source::Span;

use super::find::{self, Found};
use super::{literal, text};

/// Puts a value below a table, with the tables between.
pub(super) fn insert(
    document: &Document,
    source: &str,
    table: Span,
    keys: &[String],
    to: &Value,
) -> Option<Edit> {
    let found = find::table(document, table)?;
    let (first, _) = keys.split_first()?;
    if found.node.get(first).is_some() {
        return None;
    }
    let syntax = document.syntax;
    let (at, new) = match syntax {
        Syntax::Toml => toml(source, &found, keys, to)?,
        Syntax::Yaml | Syntax::YamlStream => yaml(source, found.node, keys, to)?,
        Syntax::Json => json(source, found.node, keys, to)?,
        Syntax::Unit | Syntax::ConfigParser => unit(source, &found, keys, to)?,
        Syntax::Ini => ini(source, found.node, keys, to)?,
        Syntax::Nginx => nginx(source, &found, keys, to)?,
        Syntax::Env => env(source, found.node, keys, to)?,
        Syntax::Python if !found.holders.is_empty() => python(source, found.node, keys, to)?,
        Syntax::Procfile | Syntax::Dockerfile | Syntax::Python => return None,
    };
    Some(Edit { span: Span::new(table.file, at, at), text: new })
}

fn toml(source: &str, found: &Found<'_>, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let value = literal::bare(Syntax::Toml, to)?;
    let names: Option<Vec<_>> = keys.iter().map(|it| literal::key(Syntax::Toml, "", it)).collect();
    let names = names?;
    let (last, tables) = names.split_last()?;
    let node = found.node;
    let opening = source.get(node.span.start as usize..)?.chars().next();
    if !found.holders.is_empty() && opening == Some('{') {
        return inline(node, &format!("{} = {value}", names.join(".")));
    }
    if !tables.is_empty() {
        // Headers are absolute, and may stand at the end of a file.
        let above: Option<Vec<String>> = found
            .holders
            .iter()
            .map(|it| it.key().and_then(|it| literal::key(Syntax::Toml, "", it)))
            .collect();
        let path = [above?.as_slice(), tables].concat().join(".");
        return Some(at_end(source, &format!("[{path}]"), &format!("{last} = {value}")));
    }
    let line = format!("{last} = {value}");
    if found.holders.is_empty() {
        return toml_root(source, node, &line);
    }
    // Dotted keys have no header of their own.
    if opening != Some('[') {
        return None;
    }
    let header_end = text::line_end(source, node.span.end as usize);
    let end = own_lines(source, node).map(|it| it.value.span.end as usize).max();
    let indent = own_lines(source, node)
        .next()
        .map_or("", |it| text::before(source, it.key.span.start as usize));
    let at = end.unwrap_or(header_end).max(header_end);
    Some(text::line_behind(source, at, &format!("{indent}{line}")))
}

/// Entries of a table that are `key = value` lines, and no tables with headers.
fn own_lines<'a>(source: &'a str, node: &'a Node) -> impl Iterator<Item = &'a Entry> {
    node.entries().iter().filter(|it| {
        let is_behind = it.key.span.end <= it.value.span.start;
        let before = text::before(source, it.key.span.start as usize);
        is_behind && before.trim().is_empty()
    })
}

fn toml_root(source: &str, root: &Node, line: &str) -> Option<(usize, String)> {
    if let Some(last) = own_lines(source, root).last() {
        return Some(text::line_behind(source, last.value.span.end as usize, line));
    }
    // In front of the first table, behind the comment that a file begins with.
    let first = root.entries().first()?.key.span.start as usize;
    let mut at = text::line_start(source, first);
    while let Some(before) = source[..at].strip_suffix('\n') {
        let start = text::line_start(source, before.len());
        if !source[start..at].trim_start().starts_with('#') {
            break;
        }
        at = start;
    }
    let brk = text::line_break(source);
    if at > 0 || !source.starts_with('#') {
        return Some((at, format!("{line}{brk}{brk}")));
    }
    let at = text::line_start(source, first);
    Some((at, format!("{line}{brk}{brk}")))
}

/// A header and a line behind all others.
fn at_end(source: &str, header: &str, line: &str) -> (usize, String) {
    let brk = text::line_break(source);
    let trimmed = source.trim_end_matches(['\n', '\r', ' ', '\t']).len();
    let at = text::line_end(source, trimmed);
    (at, format!("{brk}{brk}{header}{brk}{line}"))
}

/// `{ a = 1 }` with one more entry.
fn inline(node: &Node, entry: &str) -> Option<(usize, String)> {
    match node.entries().last() {
        Some(last) => Some((last.value.span.end as usize, format!(", {entry}"))),
        None => Some((node.span.start as usize + 1, format!(" {entry} "))),
    }
}

fn yaml(source: &str, node: &Node, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let value = literal::bare(Syntax::Yaml, to)?;
    let names: Option<Vec<_>> = keys.iter().map(|it| literal::key(Syntax::Yaml, "", it)).collect();
    let names = names?;
    let own = |it: &&Entry| node.span.contains(it.key.span);
    let first = node.entries().iter().find(own)?;
    let last = node.entries().iter().filter(own).max_by_key(|it| it.span().end)?;
    if source.get(node.span.start as usize..)?.starts_with('{') {
        let [name] = names.as_slice() else { return None };
        return Some((last.value.span.end as usize, format!(", {name}: {value}")));
    }
    let end = last.span().end as usize;
    // A block of lines ends behind its last line break, where the next line begins.
    let is_block = source.get(last.span().range())?.ends_with('\n');
    if !is_block && !text::ends_line(source, end) {
        return None;
    }
    let column = text::before(source, first.key.span.start as usize).chars().count();
    let mut lines = Vec::new();
    for (depth, name) in names.iter().enumerate() {
        let indent = " ".repeat(column + 2 * depth);
        let rest = if depth + 1 == names.len() { format!(" {value}") } else { String::new() };
        lines.push(format!("{indent}{name}:{rest}"));
    }
    let (brk, lines) = (text::line_break(source), lines.join(text::line_break(source)));
    Some(match is_block {
        true => (end, lines + brk),
        false => text::line_behind(source, end, &lines),
    })
}

fn json(source: &str, node: &Node, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let value = literal::bare(Syntax::Json, to)?;
    let names: Option<Vec<_>> = keys.iter().map(|it| literal::key(Syntax::Json, "", it)).collect();
    let names = names?;
    let (first, inner) = names.split_first()?;
    let nested = inner.iter().rev().fold(value, |value, name| format!("{{ {name}: {value} }}"));
    let entry = format!("{first}: {nested}");
    let Some(last) = node.entries().last() else {
        return Some((node.span.start as usize + 1, format!(" {entry} ")));
    };
    let at = last.value.span.end as usize;
    Some((at, format!(",{}{entry}", gap_before(source, last.key.span.start as usize))))
}

/// What parts the entries of a bracketed table: a line break with the indentation, or a blank.
fn gap_before(source: &str, key: usize) -> String {
    let before = text::before(source, key);
    match before.trim().is_empty() && text::line_start(source, key) > 0 {
        true => format!("{}{before}", text::line_break(source)),
        false => " ".to_owned(),
    }
}

fn python(source: &str, node: &Node, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let [key] = keys else { return None };
    let last = node.entries().last()?;
    let raw = source.get(last.key.span.range())?;
    let (name, value) =
        (literal::key(Syntax::Python, raw, key)?, literal::bare(Syntax::Python, to)?);
    let gap = gap_before(source, last.key.span.start as usize);
    let end = last.value.span.end as usize;
    let entry = format!("{name}: {value}");
    match source.get(end..)?.starts_with(',') {
        true => Some((end + 1, format!("{gap}{entry},"))),
        false => Some((end, format!(",{gap}{entry}"))),
    }
}

/// `key = value` behind the last line of a section, with the blanks that this one has.
fn ini(source: &str, section: &Node, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let [key] = keys else { return None };
    let last = section.entries().last()?;
    if matches!(last.value.kind, NodeKind::Map(_)) {
        return None;
    }
    let line = ini_line(source, last, key, to)?;
    Some(text::line_behind(source, last.span().end as usize, &line))
}

/// A line of an ini file that looks like the one of another entry.
pub(super) fn ini_line(source: &str, like: &Entry, key: &str, to: &Value) -> Option<String> {
    let (start, key_end) = (like.key.span.start as usize, like.key.span.end as usize);
    let between = source.get(key_end..like.value.span.start as usize)?;
    let between = if between.contains('=') { between } else { " = " };
    let indent = text::before(source, start);
    let value = literal::bare(Syntax::Ini, to)?;
    Some(format!("{indent}{}{between}{value}", literal::key(Syntax::Ini, "", key)?))
}

/// `key value;` behind the last directive of a block, which stands on lines of its own.
fn nginx(source: &str, found: &Found<'_>, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let [key] = keys else { return None };
    let last = found.node.entries().last().filter(|_| !found.holders.is_empty())?;
    let indent = text::before(source, last.key.span.start as usize);
    let end = last.span().end as usize;
    let end = end + source.get(end..)?.find(';').filter(|_| last.value.entries().is_empty())? + 1;
    if !indent.trim().is_empty() || !text::ends_line(source, end) {
        return None;
    }
    let key = literal::key(Syntax::Nginx, "", key)?;
    let line = format!("{indent}{key} {};", literal::bare(Syntax::Nginx, to)?);
    Some(text::line_behind(source, end, &line))
}

/// `NAME=value` behind the last line.
fn env(source: &str, root: &Node, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let [key] = keys else { return None };
    let last = root.entries().last()?;
    let line = format!(
        "{}={}",
        literal::key(Syntax::Env, "", key)?,
        literal::replacing(Syntax::Env, "", &last.value.kind, to)?
    );
    Some(text::line_behind(source, last.span().end as usize, &line))
}

fn unit(source: &str, found: &Found<'_>, keys: &[String], to: &Value) -> Option<(usize, String)> {
    let [key] = keys else { return None };
    if found.holders.is_empty() || !matches!(found.node.kind, NodeKind::Map(_)) {
        return None;
    }
    let value = literal::plain(to)?;
    let last = found.node.entries().last();
    let at = last.map_or(found.node.span.end, |it| it.span().end) as usize;
    let between =
        last.and_then(|it| source.get(it.key.span.end as usize..it.value.span.start as usize));
    let between = between.filter(|it| it.trim() == "=" && !it.contains('\n')).unwrap_or("=");
    Some(text::line_behind(source, at, &format!("{key}{between}{value}")))
}

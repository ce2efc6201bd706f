//! A file without an entry, an element, or a flag of a command.

use std::ops::Range;

use crate::document::{Document, Entry, Node, NodeKind, Syntax};
use crate::fix::Edit;
use crate::source::Span;

use super::find::{self, Found};
use super::{text, words};

/// Takes out what has its key or its value at these bytes.
pub(super) fn remove(document: Option<&Document>, source: &str, at: Span) -> Option<Edit> {
    let found =
        document.and_then(|it| Some((it, find::key(it, at).or_else(|| find::value(it, at))?)));
    let range = match (found, document) {
        (Some((document, found)), _) => entry(document.syntax, source, &found)?,
        (None, Some(document)) => {
            let leaf = find::leaf(document, at)?;
            words::without(source, at.range(), leaf.node.span.range())?
        }
        (None, None) => words::without(source, at.range(), 0..source.len())?,
    };
    Some(Edit { span: Span::new(at.file, range.start, range.end), text: String::new() })
}

/// The bytes of an entry or element with what parts it from the next.
fn entry(syntax: Syntax, source: &str, found: &Found<'_>) -> Option<Range<usize>> {
    let holder = found.holders.last()?;
    let parent = holder.parent;
    let opening = source.get(parent.span.start as usize..)?.chars().next();
    let items: Vec<Range<usize>> = match &parent.kind {
        NodeKind::Map(entries) => entries.iter().map(|it| it.span().range()).collect(),
        _ => parent.elements().iter().map(|it| it.span.range()).collect(),
    };
    let is_list = matches!(parent.kind, NodeKind::List(_));
    let brackets = if is_list { opening == Some('[') } else { opening == Some('{') };
    let is_root = found.holders.len() == 1;
    match syntax {
        Syntax::Json => bracketed(source, parent, &items, holder.idx),
        Syntax::Toml | Syntax::Yaml | Syntax::YamlStream | Syntax::Python
            if brackets && !is_root =>
        {
            bracketed(source, parent, &items, holder.idx)
        }
        Syntax::Toml => toml_line(source, parent.entries().get(holder.idx)?),
        Syntax::Yaml | Syntax::YamlStream if is_list => yaml_element(source, &items, holder.idx),
        Syntax::Yaml | Syntax::YamlStream => yaml_entry(source, &items, holder.idx),
        Syntax::Python if is_root => python_line(source, parent.entries().get(holder.idx)?),
        // What is left of a pair in parentheses is no tuple.
        Syntax::Python if opening != Some('[') && opening != Some('{') && items.len() < 3 => None,
        Syntax::Python => bracketed(source, parent, &items, holder.idx),
        Syntax::Nginx => nginx_line(source, found),
        Syntax::Procfile
        | Syntax::Unit
        | Syntax::Ini
        | Syntax::ConfigParser
        | Syntax::Env
        | Syntax::Dockerfile => {
            let is_section = matches!(found.node.kind, NodeKind::Map(_));
            (!is_section).then(|| text::lines(source, items[holder.idx].clone()))
        }
    }
}

/// An item between brackets, with one of the commas beside it.
fn bracketed(
    source: &str,
    parent: &Node,
    items: &[Range<usize>],
    idx: usize,
) -> Option<Range<usize>> {
    let item = items[idx].clone();
    // A comment in between may be about either of the two.
    let is_gap = |it: &str| it.chars().all(|it| it.is_whitespace() || it == ',');
    if let Some(next) = items.get(idx + 1) {
        return is_gap(source.get(item.end..next.start)?).then_some(item.start..next.start);
    }
    if let Some(before) = idx.checked_sub(1).map(|it| items[it].clone()) {
        return is_gap(source.get(before.end..item.start)?).then_some(before.end..item.end);
    }
    let inner = parent.span.start as usize + 1..(parent.span.end as usize).checked_sub(1)?;
    let around = [inner.start..item.start, item.end..inner.end];
    let is_alone = around.into_iter().all(|it| source.get(it).is_some_and(is_gap));
    is_alone.then_some(inner)
}

/// `key = value` on lines of its own.
fn toml_line(source: &str, entry: &Entry) -> Option<Range<usize>> {
    let range = entry.span().range();
    // A table with a header is more than a line.
    if !range.contains(&(entry.value.span.start as usize))
        || entry.value.span.order() < entry.key.span.order()
    {
        return None;
    }
    let before = text::before(source, range.start).trim_start();
    let is_dotted = before.ends_with('.') && !before.contains(['[', '{', '=']);
    let is_own = before.is_empty() || is_dotted;
    (is_own && text::ends_line(source, range.end)).then(|| text::lines(source, range))
}

fn yaml_entry(source: &str, items: &[Range<usize>], idx: usize) -> Option<Range<usize>> {
    let item = items[idx].clone();
    // Without its last entry a table would be nothing at all.
    if items.len() < 2 || !text::ends_line(source, item.end) {
        return None;
    }
    if text::before(source, item.start).trim().is_empty() {
        return Some(text::lines(source, item));
    }
    // `- first: 1`: the next entry takes the place behind the dash. `? first` has no such place.
    if text::before(source, item.start).trim_end().ends_with('?') {
        return None;
    }
    let next = items.get(idx + 1)?;
    let gap = source.get(item.end..next.start)?;
    gap.trim().is_empty().then_some(item.start..next.start)
}

fn yaml_element(source: &str, items: &[Range<usize>], idx: usize) -> Option<Range<usize>> {
    let item = items[idx].clone();
    let is_own = text::before(source, item.start).trim() == "-";
    (items.len() > 1 && is_own && text::ends_line(source, item.end))
        .then(|| text::lines(source, item))
}

/// A directive that ends with `;`, on lines of its own.
fn nginx_line(source: &str, found: &Found<'_>) -> Option<Range<usize>> {
    let holder = found.holders.last()?;
    let entry = holder.parent.entries().get(holder.idx)?.span().range();
    let rest = source.get(entry.end..)?;
    let end = entry.end + (rest.len() - rest.trim_start().len());
    let is_simple = !matches!(found.node.kind, NodeKind::Map(_)) && source[end..].starts_with(';');
    let is_own = text::before(source, entry.start).trim().is_empty();
    (is_simple && is_own && text::ends_line(source, end + 1))
        .then(|| text::lines(source, entry.start..end + 1))
}

/// `name = value` on lines of its own, with no second name.
fn python_line(source: &str, entry: &Entry) -> Option<Range<usize>> {
    let range = entry.span().range();
    let (key_end, value_start) = (entry.key.span.end as usize, entry.value.span.start as usize);
    let between = source.get(key_end..value_start)?;
    let is_plain = between.matches('=').count() == 1 && between.trim_end().ends_with('=');
    let is_own = text::before(source, range.start).is_empty() && text::ends_line(source, range.end);
    (is_plain && is_own).then(|| text::lines(source, range))
}

//! The files of uwsgi → settings, each in the way that uwsgi reads it.
//!
//! Sources: core/ini.c, core/xmlconf.c, core/yaml.c and core/json.c of
//! <https://github.com/unbit/uwsgi>; `tests/it/uwsgi_oracle.rs` asks the real one.

use std::ops::Range;

use super::words::Block;
use super::{Collector, Setting, matters, option_idx};
use crate::document::{Entry, Node, NodeKind, Text};
use crate::launch::Word;
use crate::parse::xml::{self, Content, Element};
use crate::parse::{SYNTAX_ERROR, Syntax, syntax_error};
use crate::programs::options::Ty;
use crate::programs::uwsgi::UWSGI;
use crate::source::{FileId, Span};

/// The part of a file that counts where none is named.
const PART: &str = "uwsgi";

impl Collector<'_, '_> {
    /// YAML or JSON: a file with a table for each part.
    pub(super) fn tree(&mut self, path: &Word, syntax: Syntax, depth: usize) {
        let Some((file, part)) = self.open(path, depth) else { return self.hide(path) };
        let document = self.workspace.document(file, syntax);
        let text = self.workspace.sources.file(file).shared_text();
        let Some(table) = document.root.get(part.as_deref().unwrap_or(PART)) else {
            return self.hide(path);
        };
        // Which readers of YAML see something between braces, or in a list, depends on what uwsgi was
        // built with.
        if !matches!(table.kind, NodeKind::Map(_))
            || text[table.span.range()].starts_with('{') && syntax == Syntax::Yaml
        {
            return self.hide(path);
        }
        if self.workspace.budget().steps(table.entries().len() * SETTING_COST).is_err() {
            return self.hide(path);
        }
        let mut block = Block::default();
        let mut is_open = false;
        for entry in table.entries() {
            let key = entry.key.value.as_str();
            let nodes = match &entry.value.kind {
                NodeKind::List(elements) => elements.iter().collect(),
                _ => vec![&entry.value],
            };
            // The reader of YAML that uwsgi brings itself ends at a list and at a key alone.
            is_open |= syntax == Syntax::Yaml
                && matches!(entry.value.kind, NodeKind::List(_) | NodeKind::Null);
            if is_open {
                self.hide(path);
            }
            for node in nodes {
                if matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_)) {
                    return self.hide(path);
                }
                let value = match syntax {
                    _ if is_open => Err("which reader of YAML uwsgi has is not known"),
                    Syntax::Yaml => plain(&text, entry, node)
                        .ok_or("readers of YAML that uwsgi may have differ in this value"),
                    _ => in_json(&text, node).ok_or("uwsgi takes no such value of JSON"),
                };
                let value = value.map_err(|it| (it.to_owned(), node.span));
                let setting = Setting { key, key_span: entry.key.span, value };
                self.setting((path, depth), &mut block, setting);
            }
        }
    }

    /// XML: an element `uwsgi`, with an element for each option.
    pub(super) fn xml(&mut self, path: &Word, depth: usize) {
        let Some((file, id)) = self.open(path, depth) else { return self.hide(path) };
        let text = self.workspace.sources.file(file).shared_text();
        let spend = self.workspace.budget().steps(text.len());
        let root = xml::parse(file, &text).filter(|_| spend.is_ok());
        if root.is_none() && spend.is_ok() {
            self.malformed(file, &text);
        }
        let is_meant = |it: &Element| match (&id, it.attribute("id")) {
            (Some(id), Some(own)) => id == own,
            _ => true,
        };
        let part = root.as_ref().and_then(|root| {
            let is_part = |it: &&Element| it.name.value == PART && is_meant(it);
            if root.name.value == PART { Some(root) } else { root.elements().find(is_part) }
        });
        let Some(part) = part else { return self.hide(path) };
        let mut block = Block::default();
        for element in part.elements().filter(|it| is_meant(it)) {
            let key = element.name.value.as_str();
            let value = match element.attribute("mode") {
                None => of_element(key, element),
                Some(_) => Err("it counts in one `mode` of uwsgi"),
            };
            let value = value.map_err(|it| (it.to_owned(), element.span));
            let setting = Setting { key, key_span: element.name.span, value };
            self.setting((path, depth), &mut block, setting);
        }
    }

    /// Says once of a file that uwsgi ends at it.
    fn malformed(&mut self, file: FileId, text: &str) {
        let Some(span) = xml::mistake(file, text) else { return };
        let problems = &mut self.workspace.problems;
        if !problems.iter().any(|it| it.rule == SYNTAX_ERROR && it.primary.span == span) {
            let message = "uWSGI refuses the file: from here on it is not well-formed XML";
            let found = syntax_error(span, message);
            let help =
                "close each element by a tag of its name, the last one that was opened first";
            problems.push(found.with_help(help));
        }
    }

    /// ini: lines below the name of a section.
    pub(super) fn ini(&mut self, path: &Word, depth: usize) {
        let Some((file, section)) = self.open(path, depth) else { return self.hide(path) };
        let section = section.as_deref().unwrap_or(PART);
        let text = self.workspace.sources.file(file).shared_text();
        let lines = self.workspace.of_text(file, lines);
        if self.workspace.budget().steps(lines.len() * SETTING_COST).is_err() {
            return self.hide(path);
        }
        let mut block = Block::default();
        for line in lines.iter().filter(|it| text[it.section.clone()] == *section) {
            let key = &text[line.key.clone()];
            let value = verbatim(file, line.value.start, &text[line.value.clone()]);
            let key_span = Span::new(file, line.key.start, line.key.end);
            let setting = Setting { key, key_span, value: Ok(value) };
            self.setting((path, depth), &mut block, setting);
        }
    }
}

/// Steps that a setting of a file is worth, for each process that it is of.
const SETTING_COST: usize = 8;

/// A line of an ini file that matters: the name of its section, its key and its value.
struct Line {
    section: Range<usize>,
    key: Range<usize>,
    value: Range<usize>,
}

/// The lines of an ini file that matter.
fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut section = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim();
        let trimmed_start = start + (line.len() - line.trim_start().len());
        if let Some(name) = trimmed.strip_prefix('[') {
            let len = name.find(']').unwrap_or(name.len());
            section = Some(trimmed_start + 1..trimmed_start + 1 + len);
            continue;
        }
        let Some(section) = section.clone() else { continue };
        if trimmed.is_empty() || trimmed.starts_with([';', '#']) {
            continue;
        }
        let (key, value) = trimmed.split_once('=').unwrap_or((trimmed, ""));
        let (key, value) = (key.trim(), value.trim());
        if !matters(key) {
            continue;
        }
        let at = start + line.find('=').map_or(line.len(), |it| it + 1);
        let blank = text[at.min(offset)..].find(value).unwrap_or(0);
        let value_start = (at + blank).min(offset);
        found.push(Line {
            section,
            key: trimmed_start..trimmed_start + key.len(),
            value: value_start..value_start + value.len(),
        });
    }
    found
}

/// A text that stands in a file as it is.
fn verbatim(file: FileId, start: usize, text: &str) -> Text {
    Text::verbatim(text, Span::new(file, start, start + text.len()), start)
}

/// A value of YAML that stands on the line of its key, without quotes or in double ones: libyaml and
/// the reader of lines that uwsgi brings itself see the same.
fn plain(text: &str, entry: &Entry, node: &Node) -> Option<Text> {
    let range = node.span.range();
    let between = match text.get(entry.key.span.range().end..range.start) {
        Some(between) => between.trim_start_matches('"'),
        None => return None,
    };
    let raw = text.get(range.clone())?;
    let (start, raw) = match raw.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(inner) => (range.start + 1, inner),
        None => (range.start, raw),
    };
    let is_blank = |it: &str| it.chars().all(|it| it == ' ');
    let is_beside = between.strip_prefix(':').is_some_and(is_blank);
    let is_plain = !raw.starts_with(['\'', '|', '>', '!', '&', '*', ' '])
        && !raw.ends_with(' ')
        && !raw.contains(['"', '\\', '#', '\n', '\t']);
    (is_beside && is_plain).then(|| verbatim(node.span.file, start, raw))
}

/// What uwsgi makes of a value of JSON.
fn in_json(text: &str, node: &Node) -> Option<Text> {
    let word = |it: &str| Some(Text::new(it, node.span, Vec::new()));
    match &node.kind {
        NodeKind::String(text) => Some(text.clone()),
        NodeKind::Bool(true) => word("1"),
        NodeKind::Bool(false) | NodeKind::Null => word("0"),
        NodeKind::Integer(_) => {
            Some(verbatim(node.span.file, node.span.range().start, &text[node.span.range()]))
        }
        _ => None,
    }
}

/// The value of an element: what stands in it, and 1 where nothing does.
fn of_element(key: &str, element: &Element) -> Result<Text, &'static str> {
    let text = match element.content.as_slice() {
        [] => return Ok(Text::new("1", element.span, Vec::new())),
        [Content::Text(text) | Content::Data(text)] => text,
        _ => return Err("the element has more than a text"),
    };
    let is_number = option_idx(key).is_some_and(|it| UWSGI.options[it].ty == Ty::Int);
    let trimmed = text.value.trim();
    if trimmed.len() == text.value.len() {
        return Ok(text.clone());
    }
    let start = text.value.len() - text.value.trim_start().len();
    match is_number && !trimmed.is_empty() {
        true => Ok(text.slice(start..start + trimmed.len())),
        false => Err("uwsgi takes the blanks around the text for a part of it"),
    }
}

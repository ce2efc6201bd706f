//! Facts side by side in the worlds that files allow, where they differ.

use super::human::{is_elsewhere, shown};
use crate::fact::{Fact, State, Value};
use crate::plan::OtherWorld;
use crate::project::{Deployment, Facts, Process};
use crate::report::text::{cut, one_line, width};
use crate::vocabulary::{FactId, VOCABULARY};

/// Values wider than this are cut: what matters of a world is short.
const VALUE_COLUMNS_MAX: usize = 20;

/// Those of these worlds that are about a process.
pub(super) fn of<'a>(
    all: &'a [OtherWorld],
    root: &str,
    deployment: &Deployment,
    process: &Process,
) -> Vec<&'a OtherWorld> {
    let is_about = |it: &&OtherWorld| {
        it.root == root
            && it.manifest == deployment.manifest
            && it.deployment == deployment.name
            && it.process == process.name.value
    };
    all.iter().filter(is_about).collect()
}

/// Ids of the facts that are not the same in all worlds, in the order of the vocabulary.
pub(super) fn differing(process: &Process, worlds: &[&OtherWorld]) -> Vec<FactId> {
    let ids = VOCABULARY.iter().filter_map(|it| FactId::from_name(it.name));
    let state = |facts: &Facts, id| facts.get(id).map(|it| it.state.clone());
    ids.filter(|id| !is_elsewhere(*id))
        .filter(|id| {
            let here = state(&process.facts, *id);
            worlds.iter().any(|it| is_other(here.as_ref(), state(&it.facts, *id).as_ref()))
        })
        .collect()
}

/// Whether two worlds say something else. What neither of them knows, or has, is the same.
fn is_other(a: Option<&State>, b: Option<&State>) -> bool {
    let known = |it: Option<&State>| {
        let known = it.filter(|it| it.unknown().is_none());
        known.filter(|it| **it != State::Known(Value::Null)).cloned()
    };
    known(a) != known(b)
}

/// The lines of a table with a column for each world; several tables below each other where there
/// is no room for all.
pub(super) fn lines(process: &Process, worlds: &[&OtherWorld], columns: usize) -> Vec<String> {
    let ids = differing(process, worlds);
    if ids.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = ids.iter().map(|it| it.name()).collect();
    let first = names.iter().map(|it| width(it)).max().unwrap_or_default();
    let column = |label: &str, facts: &Facts| {
        let cell = |id: &FactId| facts.get(*id).map_or("–".to_owned(), |it| value(*id, it));
        let head = cut(&one_line(label), VALUE_COLUMNS_MAX).to_string();
        std::iter::once(head).chain(ids.iter().map(cell)).collect::<Vec<String>>()
    };
    let is_assumed =
        |it: &&FactId| process.facts.get(**it).is_some_and(|it| it.origin.is_assumed());
    let here = match ids.iter().find(is_assumed) {
        Some(_) => "assumed",
        None => "as read",
    };
    let mut all = vec![column(here, &process.facts)];
    all.extend(worlds.iter().map(|it| column(&it.label, &it.facts)));
    let mut lines = Vec::new();
    let mut rest = all.as_slice();
    while !rest.is_empty() {
        let (block, after) = rest.split_at(fitting(rest, columns.saturating_sub(first + 2)));
        if !lines.is_empty() {
            lines.push(String::new());
        }
        for row in 0..=names.len() {
            let name = row.checked_sub(1).map_or("", |idx| names[idx]);
            let mut line = format!("  {name}{}", " ".repeat(first.saturating_sub(width(name))));
            for column in block {
                let pad = wide(column).saturating_sub(width(&column[row]));
                line += &format!("  {}{}", " ".repeat(pad), column[row]);
            }
            lines.push(line.trim_end().to_owned());
        }
        rest = after;
    }
    lines
}

fn value(id: FactId, fact: &Fact) -> String {
    match &fact.state {
        State::Unknown(_) => "?".to_owned(),
        State::Known(Value::Null) => "–".to_owned(),
        _ => cut(&one_line(&shown(&fact.state, id.def().unit)), VALUE_COLUMNS_MAX).to_string(),
    }
}

fn wide(column: &[String]) -> usize {
    column.iter().map(|it| width(it)).max().unwrap_or_default()
}

/// How many of the columns fit beside each other; at least one.
fn fitting(all: &[Vec<String>], columns: usize) -> usize {
    let mut used = 0;
    let fits = all.iter().take_while(|it| {
        used += wide(it) + 2;
        used <= columns
    });
    fits.count().max(1)
}

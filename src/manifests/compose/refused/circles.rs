//! Services that wait for each other, and services that are made of each other.

use std::collections::{HashMap, HashSet};

use super::references::names_of_services;
use super::services;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Node;
use crate::draft::Context;
use crate::source::Span;

/// The rule.
const RULE: &str = "services-in-circle";

/// Says where services wait for each other, once for a file, and which extend themselves.
pub(super) fn check(context: &mut Context<'_, '_>, root: &Node) {
    let names: HashMap<&str, usize> =
        services(root).iter().enumerate().map(|(at, it)| (it.key.value.as_str(), at)).collect();
    let waits: Vec<Vec<(usize, Span)>> = services(root)
        .iter()
        .map(|it| {
            let known = names_of_services(&it.value);
            known.filter_map(|(name, span)| Some((*names.get(name.as_str())?, span))).collect()
        })
        .collect();
    let extends: Vec<Vec<(usize, Span)>> =
        services(root).iter().map(|it| extended(&it.value, &names).into_iter().collect()).collect();
    for (edges, verb) in [(waits, "waits for"), (extends, "extends")] {
        let Some(circle) = circle(&edges) else { continue };
        let name = |at: usize| services(root)[at].key.value.as_str();
        context.acc.push(in_circle(&circle, verb, name));
    }
}

/// The service of the same file that a service extends.
fn extended(service: &Node, names: &HashMap<&str, usize>) -> Option<(usize, Span)> {
    let extends = service.get("extends")?;
    if extends.get("file").is_some() {
        return None;
    }
    let name = extends.get("service").unwrap_or(extends);
    Some((*names.get(name.as_str()?)?, name.span))
}

fn in_circle<'a>(
    circle: &[(usize, Span)],
    verb: &str,
    name: impl Fn(usize) -> &'a str,
) -> Diagnostic {
    let names: Vec<&str> = circle.iter().map(|(at, _)| name(*at)).collect();
    let first = names.first().copied().unwrap_or_default();
    let message = match names.as_slice() {
        [one] => format!("`{one}` {verb} itself, so compose refuses the file"),
        [one, .., last] => format!(
            "`{one}` {verb} `{}`, which leads back to it, so compose refuses the file",
            names.get(1).unwrap_or(last)
        ),
        [] => String::new(),
    };
    let (_, at) = circle[circle.len() - 1];
    let label = Label::new(at, format!("leads back to `{first}`"));
    let mut found = Diagnostic::new(RULE, Severity::Error, message, label)
        .with_help("remove one of these names");
    for ((_, span), next) in circle.iter().zip(names.iter().skip(1)) {
        found = found.with_related(*span, format!("leads to `{next}`"));
    }
    found
}

/// Those of a graph that lead to each other, the first in the file first; each with the place that
/// leads to the next. Every node has the nodes that it leads to.
fn circle(edges: &[Vec<(usize, Span)>]) -> Option<Vec<(usize, Span)>> {
    // What leads nowhere is taken away until nothing does: what is left leads to a circle.
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    let mut open: Vec<usize> = edges.iter().map(Vec::len).collect();
    for (from, to) in edges.iter().enumerate() {
        to.iter().for_each(|(to, _)| before[*to].push(from));
    }
    let mut ends: Vec<usize> = (0..edges.len()).filter(|it| open[*it] == 0).collect();
    while let Some(end) = ends.pop() {
        for from in &before[end] {
            open[*from] -= 1;
            if open[*from] == 0 {
                ends.push(*from);
            }
        }
    }
    let mut at = (0..edges.len()).find(|it| open[*it] > 0)?;
    let mut way: Vec<(usize, Span)> = Vec::new();
    let mut seen = HashSet::new();
    while seen.insert(at) {
        let (next, span) = edges[at].iter().find(|(it, _)| open[*it] > 0)?;
        way.push((at, *span));
        at = *next;
    }
    let start = way.iter().position(|(it, _)| *it == at)?;
    let mut circle = way.split_off(start);
    let first = circle.iter().enumerate().min_by_key(|(_, it)| it.0).map_or(0, |(idx, _)| idx);
    circle.rotate_left(first);
    Some(circle)
}

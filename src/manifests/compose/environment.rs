//! Variables of a service, and arguments of its build.
//!
//! Source: compose-spec, `05-services.md`, `env_file` and `environment`.

use std::sync::Arc;

use super::interpolate::{self, Filled, Variables};
use crate::document::{Node, Text};
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::manifests::env_file::{self, EnvFile};
use crate::manifests::read;
use crate::parse::env_file::Flavour;
use crate::project::Environment;
use crate::source::Span;
use crate::workspace::{join, parent};

/// An argument of the build: `args` as a table, or as a list of `NAME=value`.
pub(super) fn argument(build: &Node, name: &str) -> Option<Fact> {
    let (_, value, span) = pairs(build.get("args")?).into_iter().find(|it| it.0 == name)?;
    let origin = Origin::written(span, format!("`{name}` in `args`"));
    Some(Fact::new(interpolated(value, name), origin))
}

/// The variables of a service: those of its files, and what it says itself, which wins.
pub(super) fn of(context: &mut Context<'_, '_>, service: &Node) -> Environment {
    let mut environment = Environment::listed();
    files(context, service, &mut environment);
    let variables = around(context, service.span);
    written(service, &variables, &mut environment);
    environment
}

/// What compose fills in of variables: those of `.env` beside the file.
pub(super) fn around(context: &mut Context<'_, '_>, span: Span) -> Variables {
    let path = join(parent(context.manifest), ".env");
    let file = EnvFile { path, name: ".env", span, flavour: Flavour::Compose };
    let mut around = env_file::beside(context.workspace, &file);
    // What compose is started with wins over the file.
    context.state_variables(&mut around);
    Variables { known: around, budget: Arc::clone(context.workspace.budget()) }
}

fn written(service: &Node, variables: &Variables, into: &mut Environment) {
    let Some(node) = service.get("environment") else { return };
    for ((name, value, span), text) in std::iter::zip(pairs(node), texts(node)) {
        let filled = match &value {
            Some(value) => interpolate::fill(value, variables),
            None => interpolate::fill(&format!("${{{name}}}"), variables),
        };
        let origin = Origin {
            kind: OriginKind::Env,
            span: said_at(value.as_deref(), &filled)
                .or_else(|| default_at(text.as_ref()?, &filled))
                .or(Some(span)),
            source: format!("`{name}` in `environment`"),
            inputs: filled.inputs,
        };
        into.set(&name, Fact::new(filled.state, origin));
    }
}

/// Where `.env` says what a value is, of which nothing else is written than that one variable.
fn said_at(value: Option<&str>, filled: &Filled) -> Option<Span> {
    let text = value.unwrap_or("$");
    let is_variable = text.starts_with('$') && text.matches('$').count() == 1;
    let is_whole = !text.starts_with("${") || text.find('}') == Some(text.len() - 1);
    let [input] = filled.inputs.as_slice() else { return None };
    let is_all = matches!(filled.state, State::Known(_)) && filled.state == input.fact.state;
    (is_variable && is_whole && is_all).then_some(input.fact.origin.span)?
}

/// The default of a variable that is the whole value and is set nowhere: `9` in `${WORKERS:-9}`.
fn default_at(text: &Text, filled: &Filled) -> Option<Span> {
    let pieces: Vec<_> = filled.pieces.iter().filter(|(_, it)| !it.is_empty()).collect();
    let [(_, range)] = pieces.as_slice() else { return None };
    let is_default =
        text.value.starts_with("${") && filled.text()? == text.value.get(range.clone())?;
    is_default.then(|| text.span_of(range.clone()))
}

/// `env_file`: a path, or a list of paths and of tables with `path` and `format`. A later file wins.
fn files(context: &mut Context<'_, '_>, service: &Node, into: &mut Environment) {
    let Some(named) = service.get("env_file") else { return };
    let folder = parent(context.manifest).to_owned();
    for it in std::iter::once(named).chain(named.elements()) {
        let Some(node) = it.get("path").or(Some(it)).filter(|it| it.as_str().is_some()) else {
            continue;
        };
        let name = node.as_str().unwrap_or_default();
        let is_raw = it.get("format").and_then(Node::as_str) == Some("raw");
        let path = join(&folder, name).filter(|_| !name.contains('$') && !name.starts_with('/'));
        let flavour = if is_raw { Flavour::Raw } else { Flavour::Compose };
        let file = EnvFile { path, name, span: node.span, flavour };
        env_file::add(context.workspace, &file, into);
    }
}

/// Entries of a table, or elements `NAME=value` of a list. A name without a value takes it from
/// whoever starts compose.
pub(super) fn pairs(node: &Node) -> Vec<(String, Option<String>, Span)> {
    let table = node
        .entries()
        .iter()
        .map(|it| (it.key.value.clone(), read::scalar_text(&it.value), it.value.span));
    let list = node.elements().iter().filter_map(|it| {
        let text = it.as_str()?;
        Some(match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned()), it.span),
            None => (text.to_owned(), None, it.span),
        })
    });
    table.chain(list).collect()
}

/// The texts of the values of [`pairs`], in the same order.
fn texts(node: &Node) -> Vec<Option<Text>> {
    let table = node.entries().iter().map(|it| it.value.as_text().cloned());
    let list = node.elements().iter().filter_map(Node::as_text).map(|it| {
        let (name, _) = it.value.split_once('=')?;
        Some(it.slice(name.len() + 1..it.value.len()))
    });
    table.chain(list).collect()
}

fn interpolated(value: Option<String>, name: &str) -> State {
    match value {
        Some(value) if !value.replace("$$", "").contains('$') => {
            State::Known(Value::Text(value.replace("$$", "$")))
        }
        _ => State::Unknown(interpolate::missing(name)),
    }
}

//! `include`: other files with folders of their own, whose services are some of this one.
//!
//! Source: compose-spec, `14-include.md`

use std::collections::HashSet;
use std::sync::Arc;

use super::{DEPTH_MAX, Merge, rebased, seen_from, services, too_much, whole};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node, NodeKind, Text};
use crate::draft::Context;
use crate::fact::OriginKind;
use crate::manifests::compose::environment;
use crate::manifests::compose::interpolate::{self, Variables};
use crate::manifests::env_file::{self, EnvFile};
use crate::parse::Syntax;
use crate::parse::env_file::Flavour;
use crate::project::{Environment, Lookup};
use crate::source::Span;
use crate::workspace::{join, parent};

/// The services of the files that a file in a folder includes, with paths as that folder writes
/// them. What nobody can tell is left out, such as addresses. `chain` are the files that led here.
///
/// A file that includes one of the files that led to it is one that compose refuses.
pub(super) fn included(
    context: &mut Context<'_, '_>,
    root: &Node,
    folder: &str,
    chain: &[String],
) -> Vec<Entry> {
    let entries = root.get("include").map(Node::elements).unwrap_or_default();
    let mut all: Vec<Entry> = Vec::new();
    let mut known = HashSet::new();
    if let Some(first) = entries.first().filter(|_| chain.len() > DEPTH_MAX) {
        let message = format!(
            "files include one another in a chain of more than {DEPTH_MAX}, and opslint follows no \
             longer one"
        );
        let label = Label::new(first.span, "the services of this file are not checked");
        context.acc.push(Diagnostic::new("unreadable-file", Severity::Error, message, label));
        return all;
    }
    for entry in entries {
        let Some(paths) = paths(entry, folder) else { continue };
        if let Some(path) = paths.iter().find(|it| chain.contains(it)) {
            let cycle = cycle(chain, path, entry.span);
            context.acc.push(cycle);
            continue;
        }
        let Some((root, own)) = file(context, entry, folder, &paths) else { continue };
        let chain: Vec<String> = chain.iter().chain(&paths).cloned().collect();
        let mut found = included(context, &root, &own, &chain);
        for service in services(&root) {
            let value = whole(context, &root, &service.value, &own);
            found.push(Entry { key: service.key.clone(), value });
        }
        let Some(prefix) = seen_from(folder, &own) else { continue };
        if !prefix.is_empty() {
            found.iter_mut().for_each(|it| rebased(&mut it.value, &prefix));
        }
        // Compose refuses two of one name.
        found.retain(|it| known.insert(it.key.value.clone()));
        all.extend(found);
    }
    all
}

fn cycle(chain: &[String], path: &str, span: Span) -> Diagnostic {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let message = match chain.last() {
        Some(last) if last != path => {
            format!(
                "`{}` and `{}` include each other, and compose refuses both",
                name(path),
                name(last)
            )
        }
        _ => format!("`{}` includes itself, and compose refuses it", name(path)),
    };
    let label = Label::new(span, "leads back to the file that includes it");
    Diagnostic::new("include-cycle", Severity::Error, message, label)
        .with_help("remove this line: what both files need goes into a third one")
}

/// The files of an entry; `None` where one of them is an address or filled in.
pub(in crate::manifests::compose) fn paths(entry: &Node, folder: &str) -> Option<Vec<String>> {
    let path = entry.get("path").unwrap_or(entry);
    let names: Vec<&str> = match path.as_str() {
        Some(name) => vec![name],
        None => path.elements().iter().map(Node::as_str).collect::<Option<_>>()?,
    };
    if names.is_empty() || names.iter().any(|it| is_elsewhere(it)) {
        return None;
    }
    names.iter().map(|it| join(folder, it)).collect()
}

/// Whether a name is an address, or filled in.
pub(in crate::manifests::compose) fn is_elsewhere(name: &str) -> bool {
    name.contains(['$', ':'])
}

/// The tree of an entry, and the folder that its paths begin in.
fn file(
    context: &mut Context<'_, '_>,
    entry: &Node,
    folder: &str,
    paths: &[String],
) -> Option<(Node, String)> {
    let mut whole: Option<Node> = None;
    for path in paths {
        let file = context.workspace.open(path)?;
        let document = context.workspace.document(file, Syntax::Yaml);
        let left = context.workspace.budget().steps_left();
        if context.workspace.budget().steps(document.root.weight()).is_err() {
            if left > 0 {
                too_much(context, entry.span);
            }
            return None;
        }
        let root = document.root.clone();
        whole = Some(match whole {
            Some(below) => Merge { context }.merged("", &below, &root),
            None => root,
        });
    }
    let own = match entry.get("project_directory") {
        Some(node) => join(folder, node.as_str().filter(|it| !is_elsewhere(it))?)?,
        None => parent(paths.first()?).to_owned(),
    };
    let mut whole = whole?;
    let variables = variables(context, entry, (folder, &own))?;
    fill(&mut whole, &variables);
    Some((whole, own))
}

/// The variables that are filled into the files of an entry, and into no others: those of its
/// `env_file`, else of the `.env` in its own folder. What the environment of compose and the `.env` of
/// the including file say counts for them, too, and wins. `None` where a file is not here.
fn variables(
    context: &mut Context<'_, '_>,
    entry: &Node,
    (folder, own): (&str, &str),
) -> Option<Variables> {
    let mut variables = Environment::new();
    let named = entry.get("env_file");
    let beside = Node::new(NodeKind::String(Text::new(".env", entry.span, Vec::new())), entry.span);
    let (files, folder): (Vec<&Node>, &str) = match named {
        Some(it) if it.as_str().is_some() => (vec![it], folder),
        Some(it) => (it.elements().iter().collect(), folder),
        None if own == folder => (Vec::new(), folder),
        None => (vec![&beside], own),
    };
    for node in files {
        let name = node.as_str()?;
        let path = join(folder, name).filter(|_| !is_elsewhere(name))?;
        if !context.workspace.is_file(&path) {
            if named.is_some() {
                return None;
            }
            continue;
        }
        let file = EnvFile { path: Some(path), name, span: node.span, flavour: Flavour::Compose };
        env_file::add(context.workspace, &file, &mut variables);
    }
    let around = environment::around(context, entry.span);
    let mut own = Environment::new();
    for (name, fact) in variables.iter() {
        if matches!(around.known.get(name), Lookup::Unmentioned) {
            own.set(name, fact.clone());
        }
    }
    Some(Variables { known: own, budget: Arc::clone(context.workspace.budget()) })
}

/// Fills variables into the texts that use one of them. What is not known as a whole is left open.
fn fill(node: &mut Node, variables: &Variables) {
    match &mut node.kind {
        NodeKind::String(text) if text.value.contains('$') => {
            let filled = interpolate::fill(&text.value, variables);
            let is_own = |kind| kind != OriginKind::Assumed;
            if !filled.inputs.iter().any(|it| is_own(it.fact.origin.kind)) {
                return;
            }
            let known = filled.text().filter(|_| filled.assumed().next().is_none());
            node.kind = match known {
                // It is filled in once more, with the variables of the including file.
                Some(known) => {
                    NodeKind::String(Text::new(known.replace('$', "$$"), node.span, Vec::new()))
                }
                None => NodeKind::Dynamic(std::mem::take(&mut text.value)),
            };
        }
        NodeKind::List(nodes) => nodes.iter_mut().for_each(|it| fill(it, variables)),
        NodeKind::Map(entries) => entries.iter_mut().for_each(|it| fill(&mut it.value, variables)),
        _ => {}
    }
}

//! `include`: other files with folders of their own, whose services are some of this one.
//!
//! Source: compose-spec, `14-include.md`

use super::{DEPTH_MAX, Merge, extended, rebased, seen_from, services};
use crate::document::{Entry, Node};
use crate::draft::Context;
use crate::parse::Syntax;
use crate::workspace::{join, parent};

/// The services of the files that a file in a folder includes, with paths as that folder writes
/// them. What nobody can tell is left out: addresses, and variables of files of their own.
pub(super) fn included(
    context: &mut Context<'_, '_>,
    root: &Node,
    folder: &str,
    depth: usize,
) -> Vec<Entry> {
    let entries = root.get("include").map(Node::elements).unwrap_or_default();
    let mut all: Vec<Entry> = Vec::new();
    for entry in entries.iter().filter(|_| depth < DEPTH_MAX) {
        let Some((root, own)) = file(context, entry, folder) else { continue };
        let mut found = included(context, &root, &own, depth + 1);
        for service in services(&root) {
            let value = extended(context, &root, &service.value, &own, 0);
            found.push(Entry { key: service.key.clone(), value });
        }
        let Some(prefix) = seen_from(folder, &own) else { continue };
        if !prefix.is_empty() {
            found.iter_mut().for_each(|it| rebased(&mut it.value, &prefix));
        }
        // Compose refuses two of one name.
        found.retain(|it| all.iter().all(|known| known.key.value != it.key.value));
        all.extend(found);
    }
    all
}

/// The tree of an entry, and the folder that its paths begin in.
fn file(context: &mut Context<'_, '_>, entry: &Node, folder: &str) -> Option<(Node, String)> {
    let path = entry.get("path").unwrap_or(entry);
    let names: Vec<&str> = match path.as_str() {
        Some(name) => vec![name],
        None => path.elements().iter().map(Node::as_str).collect::<Option<_>>()?,
    };
    let is_elsewhere = |it: &&str| it.contains(['$', ':']);
    if names.is_empty() || names.iter().any(is_elsewhere) {
        return None;
    }
    let mut whole: Option<Node> = None;
    let mut has_variables = false;
    for name in &names {
        let file = context.workspace.open(&join(folder, name)?)?;
        has_variables |= context.workspace.sources.file(file).text().contains('$');
        let root = context.workspace.document(file, Syntax::Yaml).root.clone();
        whole = Some(match whole {
            Some(below) => Merge { context }.merged("", &below, &root),
            None => root,
        });
    }
    let own = match entry.get("project_directory") {
        Some(node) => join(folder, node.as_str().filter(|it| !is_elsewhere(it))?)?,
        None => parent(&join(folder, names[0])?).to_owned(),
    };
    let has_env = own != folder && context.workspace.is_file(&join(&own, ".env")?)
        || entry.get("env_file").is_some();
    (!has_variables || !has_env).then_some((whole?, own))
}

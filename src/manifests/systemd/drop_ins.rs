//! What drop-ins add to the section `[Service]` of a unit: `UNIT.d/*.conf` beside it, and those of the
//! folders for several units, `shop-.service.d` and `service.d`.
//!
//! Source: systemd.unit(5), "Description"

use std::collections::BTreeMap;

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::Context;
use crate::parse::Syntax;
use crate::workspace::{join, parent};

/// The line by which a unit shares the network and the /tmp of another one.
const JOINS: &str = "JoinsNamespaceOf";

/// Programs that stand in front of a server, whose units come with the system.
const IN_FRONT: &[&str] = &["nginx", "caddy", "apache2", "httpd", "haproxy"];

/// The unit with the lines of its drop-ins behind its own, so that they count. `None` where there are
/// none, and the section stands once.
pub(super) fn added(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    let whole = with_lines(context, document);
    let Some(joined) = joined(context, document) else { return whole };
    let mut whole = whole.unwrap_or_else(|| document.clone());
    let NodeKind::Map(sections) = &mut whole.root.kind else { return Some(whole) };
    match sections.iter_mut().find(|it| it.key.value == joined.key.value) {
        Some(own) => {
            if let NodeKind::Map(lines) = &mut own.value.kind {
                lines.extend(joined.value.entries().iter().cloned());
            }
        }
        None => sections.push(joined),
    }
    Some(whole)
}

/// The section `[Unit]` of another unit that joins the namespaces of this one: both share them then, as
/// if this one had joined it. Looked for where a path of /tmp is in a unit that has one of its own.
fn joined(context: &mut Context<'_, '_>, document: &Document) -> Option<Entry> {
    let text = context.workspace.sources.file(document.file).shared_text();
    if !text.contains("/tmp/") || !["PrivateTmp", "DynamicUser"].iter().any(|it| text.contains(it))
    {
        return None;
    }
    let own = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    let folder = parent(context.manifest).to_owned();
    let mut folders = vec![folder.clone()];
    folders.extend(IN_FRONT.iter().filter_map(|it| join(&folder, &format!("{it}.service.d"))));
    for folder in folders {
        let names = context.workspace.names(&folder);
        let is_unit = |it: &&String| it.ends_with(".service") || it.ends_with(".conf");
        for name in names.iter().filter(|it| is_unit(it) && **it != own) {
            let Some(path) = join(&folder, name) else { continue };
            let Some(file) = context.workspace.open_if_text(&path) else { continue };
            if !context.workspace.sources.file(file).text().contains(JOINS) {
                continue;
            }
            let other = context.workspace.look_into(file, Syntax::Unit);
            let names_it = |it: &Entry| {
                let units = it.value.as_str().filter(|_| it.key.value == JOINS);
                units.is_some_and(|it| it.split_whitespace().any(|it| it == own))
            };
            let unit = other.root.entries().iter().find(|it| it.key.value == "Unit");
            if let Some(unit) = unit
                && let Some(line) = unit.value.entries().iter().find(|it| names_it(it))
            {
                let kind = NodeKind::Map(vec![line.clone()]);
                let value = Node::new(kind, unit.value.span);
                return Some(Entry { key: unit.key.clone(), value });
            }
        }
    }
    None
}

fn with_lines(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    let mut others = Vec::new();
    for path in drop_ins(context).values() {
        let Some(file) = context.workspace.open(path) else { continue };
        others.extend(lines(&context.workspace.document(file, Syntax::Unit).root));
    }
    let mut sections = document.root.entries().to_vec();
    let first = sections.iter().position(|it| it.key.value == "Service")?;
    let mut all = lines(&document.root);
    all.extend(others);
    if all.len() == sections[first].value.entries().len() {
        return None;
    }
    sections[first].value.kind = NodeKind::Map(all);
    let root = Node::new(NodeKind::Map(sections), document.root.span);
    Some(Document { root, ..document.clone() })
}

/// The lines of all sections of this name: one may stand several times.
fn lines(root: &Node) -> Vec<Entry> {
    let sections = root.entries().iter().filter(|it| it.key.value == "Service");
    sections.flat_map(|it| it.value.entries()).cloned().collect()
}

/// The drop-ins by their names, which are their order. Of one name, that of the folder that is about
/// fewer units counts.
fn drop_ins(context: &Context<'_, '_>) -> BTreeMap<String, String> {
    let own = context.manifest.rsplit('/').next().unwrap_or_default();
    let mut found = BTreeMap::new();
    for folder in folders(own) {
        let Some(folder) = join(parent(context.manifest), &folder) else { continue };
        let names = context.workspace.names(&folder);
        for name in names.iter().filter(|it| it.ends_with(".conf")) {
            if let Some(path) = join(&folder, name) {
                found.entry(name.clone()).or_insert(path);
            }
        }
    }
    found
}

/// The folders of a unit's drop-ins, that of the unit alone first: `a-b.service.d`, `a-.service.d`,
/// `service.d`.
fn folders(unit: &str) -> Vec<String> {
    let name = unit.strip_suffix(".service").unwrap_or(unit);
    let dashes = name.char_indices().rev().filter(|(_, it)| *it == '-');
    let prefixes = dashes.map(|(at, _)| format!("{}-.service.d", &name[..at]));
    let own = format!("{name}.service.d");
    std::iter::once(own).chain(prefixes).chain(["service.d".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_has_drop_ins_in_the_folders_of_its_prefixes() {
        assert_eq!(folders("shop.service"), ["shop.service.d", "service.d"]);
        let all = ["a-b@.service.d", "a-.service.d", "service.d"];
        assert_eq!(folders("a-b@.service"), all);
    }
}

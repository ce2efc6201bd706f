//! What drop-ins add to the section `[Service]` of a unit: `UNIT.d/*.conf` beside it, and those of the
//! folders for several units, `shop-.service.d` and `service.d`.
//!
//! Source: systemd.unit(5), "Description"

use std::collections::BTreeMap;

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::Context;
use crate::parse::Syntax;
use crate::workspace::{join, parent};

/// The unit with the lines of its drop-ins behind its own, so that they count. `None` where there are
/// none, and the section stands once.
pub(super) fn added(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
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

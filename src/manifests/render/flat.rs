//! A Blueprint with projects as rules see it: what environments hold stands at the root.

use std::sync::Arc;

use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::Spanned;

use super::everywhere;

/// Lists that may stand in an environment of a project, or under `ungrouped`.
const LISTS: &[&str] = &["services", "databases", "envVarGroups"];

/// The file as rules see it. One without projects is shared and not copied.
pub(crate) fn seen_by_rules(document: &Arc<Document>) -> Arc<Document> {
    let root = &document.root;
    let grouped = ["projects", "ungrouped"].iter().find_map(|it| root.get(it));
    let (Some(grouped), NodeKind::Map(_)) = (grouped, &root.kind) else {
        return Arc::clone(document);
    };
    let span = grouped.span;
    let mut flat = Document::clone(document);
    for name in LISTS {
        let all: Vec<Node> = everywhere(root, name).into_iter().cloned().collect();
        let NodeKind::Map(entries) = &mut flat.root.kind else { continue };
        let value = Node { kind: NodeKind::List(all), span };
        match entries.iter_mut().find(|it| it.key.value == *name) {
            Some(entry) => entry.value.kind = value.kind,
            None if value.elements().is_empty() => {}
            None => {
                let key = Spanned { value: (*name).to_owned(), span };
                entries.push(Entry { key, value });
            }
        }
    }
    Arc::new(flat)
}

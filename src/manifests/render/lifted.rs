//! A Blueprint as rules see it: one list of services and one of databases, wherever they stand.
//!
//! The lists stand at the root, under `ungrouped` and in `environments` of `projects`
//! (render.com/docs/blueprint-spec#projects-and-environments). A rule that asks for
//! `file.render.services` means all of them.

use std::sync::Arc;

use crate::document::{Document, Entry, Node, NodeKind};

/// The lists that may stand in a project.
const LISTS: &[&str] = &["services", "databases", "envVarGroups"];

/// The file with every list at its root. One without projects is shared and not copied.
pub(crate) fn lifted(document: &Arc<Document>) -> Arc<Document> {
    let root = &document.root;
    if root.get("projects").is_none() && root.get("ungrouped").is_none() {
        return Arc::clone(document);
    }
    let lists: Vec<Entry> = LISTS.iter().filter_map(|it| list(root, it)).collect();
    let mut document = Document::clone(document);
    if let NodeKind::Map(entries) = &mut document.root.kind {
        entries.retain(|it| !LISTS.contains(&it.key.value.as_str()));
        entries.extend(lists);
    }
    Arc::new(document)
}

/// Every element of a list as one list, which stands where its first part does.
fn list(root: &Node, key: &str) -> Option<Entry> {
    let parts: Vec<&Entry> =
        super::places(root).into_iter().filter_map(|it| it.entry(key)).collect();
    let mut first = (*parts.first()?).clone();
    let elements = parts.iter().flat_map(|it| it.value.elements()).cloned().collect();
    first.value.kind = NodeKind::List(elements);
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{self, Syntax};
    use crate::source::SourceMap;

    fn names(text: &str, key: &str) -> Vec<String> {
        let file = SourceMap::new().add("render.yaml", text);
        let document = lifted(&Arc::new(parse::document(Syntax::Yaml, file, text)));
        let elements = document.root.get(key).map(Node::elements).unwrap_or_default();
        elements.iter().filter_map(|it| it.get("name")?.as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn services_of_every_place_are_one_list() {
        let text = "services:\n- name: a\nungrouped:\n  services:\n  - name: b\nprojects:\n\
                    - environments:\n  - name: production\n    services:\n    - name: c\n    \
                    databases:\n    - name: d\n  - services:\n    - name: e\n";
        assert_eq!(names(text, "services"), ["a", "b", "c", "e"]);
        assert_eq!(names(text, "databases"), ["d"]);
        assert_eq!(names("services:\n- name: a\n", "services"), ["a"]);
        assert!(names("projects: x\n", "services").is_empty());
    }
}

//! The secrets in the files of a project and in the environments of its processes.
//!
//! Where a file was parsed, they are exact: with escapes decoded, and to the end of the value.

use std::sync::Arc;

use crate::document::{Document, Node, NodeKind, Text};
use crate::project::Project;
use crate::secret::{Secrets, secret_part};
use crate::source::{FileId, SourceMap};

/// Everything in these files and processes that no report may show.
pub(crate) fn secrets(
    sources: &SourceMap,
    documents: &[Arc<Document>],
    project: Option<&Project>,
) -> Secrets {
    let mut secrets = Secrets::none_known();
    for (file, it) in sources.iter().filter(|(_, it)| !it.is_own()) {
        secrets.read(file, it);
    }
    for it in documents {
        Tree { file: it.file, secrets: &mut secrets }.node(&it.root);
    }
    let deployments = project.into_iter().flat_map(|it| &it.deployments);
    for process in deployments.flat_map(|it| &it.processes) {
        for (name, fact) in process.environment.iter() {
            if let Some(value) = fact.text() {
                secrets.read_named(name, value);
            }
        }
    }
    secrets
}

/// Looks for secrets in the tree of a file.
struct Tree<'a> {
    file: FileId,
    secrets: &'a mut Secrets,
}

impl Tree<'_> {
    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Map(entries) => {
                for it in entries {
                    self.named(&it.key.value, &it.value);
                    self.node(&it.value);
                }
                self.pair(node);
            }
            NodeKind::List(elements) => elements.iter().for_each(|it| self.node(it)),
            NodeKind::String(text) => self.variable(text),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Dynamic(_) => {}
        }
    }

    /// `NAME: value`, and `NAME: [value, value]`.
    fn named(&mut self, name: &str, value: &Node) {
        for it in std::iter::once(value).chain(value.elements()) {
            if let NodeKind::String(text) = &it.kind {
                self.text(name, text, 0);
            }
        }
        // A variable that was given a table by mistake: `SECRET_KEY = {a = "…"}`.
        let is_variable = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
        if name.bytes().all(is_variable) {
            value.entries().iter().for_each(|it| self.named(name, &it.value));
        }
    }

    /// `key: NAME` and `value: …` in one mapping.
    fn pair(&mut self, node: &Node) {
        let keys = ["key", "name", "variable", "env", "envvar", "id", "Key", "Name"];
        let values = ["value", "default", "defaultValue", "content", "Value", "Default"];
        let name = keys.iter().find_map(|it| node.get(it).and_then(Node::as_str));
        let value = values.iter().find_map(|it| node.get(it));
        if let Some((name, value)) = name.zip(value) {
            self.named(name, value);
        }
    }

    /// `NAME=value` as one text.
    fn variable(&mut self, text: &Text) {
        let Some((name, _)) = text.value.split_once('=') else { return };
        let is_name = |it: char| it.is_alphanumeric() || it == '_';
        if !name.is_empty() && name.chars().all(is_name) {
            self.text(name, text, name.len() + 1);
        }
    }

    /// What is secret of a text from a byte on, which is the value of a name.
    fn text(&mut self, name: &str, text: &Text, from: usize) {
        let value = &text.value[from..];
        if let Some(part) = secret_part(name, value) {
            let bytes = text.span_of(from + part.start..from + part.end).range();
            self.secrets.add(self.file, bytes, &value[part]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Syntax;
    use crate::secret::Grammar;
    use crate::workspace::{MemoryFiles, Workspace};

    #[test]
    fn a_value_found_under_its_name_is_hidden_everywhere() {
        let text =
            "services:\n- env:\n  - {key: API_SECRET, value: 'it''s, 5ecret'}\n  - HOST=web\n";
        let files = MemoryFiles::new().with("render.yaml", text);
        let mut workspace = Workspace::new(&files);
        let file = workspace.open("render.yaml").unwrap();
        workspace.document(file, Syntax::Yaml);
        let parts = workspace.into_parts();
        let secrets = secrets(&parts.sources, &parts.documents, None);
        let shown = secrets.mask_sources(&parts.sources);
        assert_eq!(shown.file(file).text(), text.replace("it''s, 5ecret", "*************"));
        assert_eq!(secrets.mask("it is `it's, 5ecret` here", Grammar::Prose), "it is `***` here");
    }

    #[test]
    fn a_table_under_the_name_of_a_secret_is_hidden() {
        let text = "[env]\nSECRET_KEY = {a = 'x 5ecret'}\n[secrets]\npath = './file-of-mine'\n";
        let files = MemoryFiles::new().with("fly.toml", text);
        let mut workspace = Workspace::new(&files);
        let file = workspace.open("fly.toml").unwrap();
        workspace.document(file, Syntax::Toml);
        let parts = workspace.into_parts();
        let secrets = secrets(&parts.sources, &parts.documents, None);
        let shown = secrets.mask_sources(&parts.sources);
        let shown = shown.file(file).text();
        assert!(!shown.contains("5ecret"), "{shown}");
        assert!(shown.contains("./file-of-mine"), "{shown}");
    }
}

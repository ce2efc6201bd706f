//! Process groups: which exist, what each runs, and which sections are about which group.
//!
//! Source: flyctl `internal/appconfig/processgroups.go`.

use crate::document::{Entry, Node, NodeKind, Text};
use crate::draft::Command;
use crate::fact::Unknown;
use crate::source::Spanned;

/// The process groups of a fly.toml.
pub(crate) struct Groups {
    names: Vec<Spanned<String>>,
    default: String,
}

impl Groups {
    /// The groups of a file. Without `[processes]` there is one, named `app`.
    pub(crate) fn of(root: &Node) -> Self {
        let mut names: Vec<_> = commands(root).into_iter().map(|(name, _)| name).collect();
        if names.is_empty() {
            names.push(Spanned::new("app".to_owned(), root.span));
        }
        let default = match names.iter().any(|it| it.value == "app") {
            true => "app".to_owned(),
            false => names.iter().map(|it| &it.value).min().cloned().unwrap_or_default(),
        };
        Self { names, default }
    }

    /// Every group, in file order.
    pub(crate) fn names(&self) -> &[Spanned<String>] {
        &self.names
    }

    /// The group that sections without `processes` are about, where they are not about all.
    pub(crate) fn default_name(&self) -> &str {
        &self.default
    }

    /// What the file says that a group runs in place of the image's CMD.
    pub(crate) fn command(&self, root: &Node, group: &str) -> Option<Command> {
        let written = commands(root).into_iter().find(|(name, _)| name.value == group);
        if let Some(text) = written.and_then(|(_, text)| text)
            && !text.value.trim().is_empty()
        {
            return Some(exec(root, text));
        }
        let node = root.get("experimental")?.get("cmd")?;
        match &node.kind {
            NodeKind::String(text) => Some(exec(root, text.clone())),
            NodeKind::List(nodes) if !nodes.is_empty() => {
                let words: Option<Vec<Text>> =
                    nodes.iter().map(|it| it.as_text().cloned()).collect();
                let span = node.span;
                words.map(|words| Command::Words { words, span })
            }
            _ => None,
        }
    }
}

/// A command that replaces the image's. An entry point that is not known may run it in a shell, as
/// the launcher of buildpacks does: what a shell would understand is not certain there.
pub(crate) fn exec(root: &Node, text: Text) -> Command {
    let build = root.get("build");
    let keys = ["builder", "buildpacks", "image"];
    let unknown_image = keys.iter().any(|key| build.is_some_and(|it| it.get(key).is_some()));
    let assigns = text.value.split_whitespace().next().is_some_and(|it| it.contains('='));
    if unknown_image && (assigns || text.value.contains(['$', '&', '|', ';', '<', '>', '`'])) {
        return Command::Unknown(Unknown::because("the image's entry point may use a shell"));
    }
    Command::Exec(text)
}

/// `[processes]`: a command for each group.
fn commands(root: &Node) -> Vec<(Spanned<String>, Option<Text>)> {
    let Some(processes) = root.get("processes") else { return Vec::new() };
    let command = |it: &Entry| (it.key.clone(), it.value.as_text().cloned());
    processes.entries().iter().map(command).collect()
}

/// The tables of a section that may be one table or a list of them.
pub(crate) fn tables<'a>(root: &'a Node, key: &str) -> Vec<&'a Node> {
    let Some(node) = root.get(key) else { return Vec::new() };
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().collect(),
        NodeKind::Map(_) => vec![node],
        _ => Vec::new(),
    }
}

/// The groups that a table names under `processes`; `None` when it names none.
pub(crate) fn named_groups(table: &Node) -> Option<Vec<&str>> {
    let names: Vec<_> = match &table.get("processes")?.kind {
        NodeKind::List(nodes) => nodes.iter().filter_map(Node::as_str).collect(),
        NodeKind::String(text) => vec![text.value.as_str()],
        _ => Vec::new(),
    };
    (!names.is_empty()).then_some(names)
}

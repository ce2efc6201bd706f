//! Old names of keys and old forms of sections, brought to today's before anything is read, so that
//! no reader knows an old name. Values keep the places where the user wrote them.
//!
//! Source: flyctl `internal/appconfig/patches.go`, one function here for each there that moves a
//! key; those that only change the type of a value are left to the readers.

use crate::document::{Entry, Node, NodeKind};
use crate::source::Spanned;

/// The file as flyctl decodes it.
pub(super) fn patched(root: &Node) -> Node {
    let mut root = root.clone();
    let NodeKind::Map(entries) = &mut root.kind else { return root };
    env(entries);
    processes(entries);
    experimental(entries);
    // In this order: what stands first decides where several say something.
    merged(entries, &["compute", "computes", "vm"], "vm");
    merged(entries, &["mount", "mounts"], "mounts");
    merged(entries, &["metric", "metrics"], "metrics");
    build(entries);
    root
}

fn find_mut<'a>(entries: &'a mut [Entry], key: &str) -> Option<&'a mut Entry> {
    entries.iter_mut().rev().find(|it| it.key.value == key)
}

fn has(entries: &[Entry], key: &str) -> bool {
    entries.iter().any(|it| it.key.value == key)
}

/// `[[env]]`: a list of tables is one table, in which the last value counts.
fn env(entries: &mut [Entry]) {
    let Some(entry) = find_mut(entries, "env") else { return };
    let NodeKind::List(tables) = &entry.value.kind else { return };
    let all = tables.iter().flat_map(Node::entries).cloned().collect();
    entry.value.kind = NodeKind::Map(all);
}

/// `[[processes]]`: a list of `name` and `command`. Entries without a name are dropped, and the
/// section with the last of them.
fn processes(entries: &mut Vec<Entry>) {
    let Some(entry) = find_mut(entries, "processes") else { return };
    let NodeKind::List(tables) = &entry.value.kind else { return };
    let group = |it: &Node| {
        let name = it.get("name")?.as_text()?;
        let key = Spanned::new(name.value.clone(), name.span());
        let command = it.get("command").cloned();
        let value = command.unwrap_or_else(|| Node::new(NodeKind::Null, name.span()));
        Some(Entry { key, value })
    };
    let groups: Vec<Entry> = tables.iter().filter_map(group).collect();
    if groups.is_empty() {
        entries.retain(|it| it.key.value != "processes");
    } else {
        entry.value.kind = NodeKind::Map(groups);
    }
}

/// What moved out of `[experimental]` counts where nothing stands in its new place.
fn experimental(entries: &mut Vec<Entry>) {
    let Some(section) = find_mut(entries, "experimental").map(|it| it.value.clone()) else {
        return;
    };
    if let Some(timeout) = section.entry("kill_timeout").filter(|_| !has(entries, "kill_timeout")) {
        entries.push(timeout.clone());
    }
    let moved = |old: &str, new: &str| {
        let entry = section.entry(old)?;
        let key = Spanned::new(new.to_owned(), entry.key.span);
        Some(Entry { key, value: entry.value.clone() })
    };
    let metrics = [moved("metrics_port", "port"), moved("metrics_path", "path")];
    let metrics: Vec<Entry> = metrics.into_iter().flatten().collect();
    if let (Some(first), false) = (metrics.first(), has(entries, "metrics")) {
        let key = Spanned::new("metrics".to_owned(), first.key.span);
        let span = first.span();
        entries.push(Entry { key, value: Node::new(NodeKind::Map(metrics), span) });
    }
}

/// Tables under several names of one section are one list.
fn merged(entries: &mut Vec<Entry>, names: &[&str], name: &str) {
    if !names.iter().any(|it| *it != name && has(entries, it)) {
        return;
    }
    let mut tables = Vec::new();
    let mut first: Option<Entry> = None;
    for old in names {
        let Some(entry) = find_mut(entries, old).map(|it| it.clone()) else { continue };
        match &entry.value.kind {
            NodeKind::List(nodes) => tables.extend(nodes.iter().cloned()),
            NodeKind::Map(_) => tables.push(entry.value.clone()),
            // flyctl refuses anything else; the check of keys says so.
            _ => {}
        }
        first = first.or(Some(entry));
    }
    entries.retain(|it| !names.contains(&it.key.value.as_str()));
    if let Some(first) = first {
        let key = Spanned::new(name.to_owned(), first.key.span);
        entries.push(Entry { key, value: Node::new(NodeKind::List(tables), first.value.span) });
    }
}

/// `build_target` replaces `build-target`.
fn build(entries: &mut [Entry]) {
    let Some(section) = find_mut(entries, "build") else { return };
    let NodeKind::Map(keys) = &mut section.value.kind else { return };
    let Some(mut target) = find_mut(keys, "build_target").map(|it| it.clone()) else { return };
    keys.retain(|it| it.key.value != "build-target");
    target.key.value = "build-target".to_owned();
    keys.push(target);
}

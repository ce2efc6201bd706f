//! Units that name the same folder below `/run`: systemd removes it when one of them stops.
//!
//! Sources: systemd.exec(5), <https://github.com/systemd/systemd/issues/5394>.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node, Text};
use crate::draft::Context;
use crate::parse::Syntax;
use crate::workspace::{Opened, join, parent};

/// Names of units that stand for another one, on another host, rather than beside it.
const OTHER_HOSTS: &[&str] = &["dev", "staging", "stage", "test", "example", "local", "old"];

/// What is to be said of a unit that removes the folder of a later one, in the same folder of the
/// project.
pub(super) fn check(context: &mut Context<'_, '_>, document: &Document) -> Option<Diagnostic> {
    let own = document.root.get("Service")?;
    let folders = only(own, "RuntimeDirectory")?;
    let own_name = context.manifest.rsplit('/').next()?.to_owned();
    if is_elsewhere(&own_name) {
        return None;
    }
    let folder = parent(context.manifest).to_owned();
    for name in context.workspace.list(&folder) {
        if name == own_name || !name.ends_with(".service") || is_elsewhere(&name) {
            continue;
        }
        let path = join(&folder, &name)?;
        let Opened::File(file) = context.workspace.open_unjudged(&path) else { continue };
        let other: Arc<Document> = context.workspace.look_into(file, Syntax::Unit);
        let Some(service) = other.root.get("Service") else { continue };
        let Some(theirs) = only(service, "RuntimeDirectory") else { continue };
        let Some(shared) = shared(&folders.value, &theirs.value) else { continue };
        let (mine, others) = (&document.root, &other.root);
        let is_harmed = |root: &Node, by: &Node, name: &str| removes(by) && !stops(root, name);
        let is_said_there = own_name > name && is_harmed(mine, others, &name);
        let is_instead =
            names(mine, &["Conflicts"], &name) || names(others, &["Conflicts"], &own_name);
        if is_instead || is_said_there || !is_harmed(others, mine, &own_name) {
            continue;
        }
        let message = format!(
            "systemd removes /run/{shared} when this unit stops, although `{name}` still has its \
             files there"
        );
        let label = Label::new(folders.span(), "removed when this unit stops");
        return Some(
            Diagnostic::new("runtime-directory-shared", Severity::Warning, message, label)
                .with_related(theirs.span(), "the same folder")
                .with_help("give each unit a folder of its own"),
        );
    }
    None
}

/// The value of a key that is written once: a second line would add to it, or take it back.
fn only<'a>(service: &'a Node, key: &str) -> Option<&'a Text> {
    let mut all = service.entries().iter().filter(|it| it.key.value == key);
    let first = all.next()?;
    if all.next().is_some() {
        return None;
    }
    first.value.as_text()
}

/// A name that both lists have. A specifier is another text in each unit.
fn shared<'a>(own: &'a str, theirs: &str) -> Option<&'a str> {
    let is_plain = |it: &&str| !it.contains(['%', ':']);
    own.split_whitespace().filter(is_plain).find(|it| theirs.split_whitespace().any(|t| t == *it))
}

/// Whether systemd removes the folder of a unit when it stops. `restart` keeps it then only.
fn removes(root: &Node) -> bool {
    let service = root.get("Service").map(Node::entries).unwrap_or_default();
    !service.iter().any(|it| it.key.value == "RuntimeDirectoryPreserve")
}

/// Whether a unit stops together with another one.
fn stops(root: &Node, with: &str) -> bool {
    names(root, &["PartOf", "BindsTo", "Requires"], with)
}

/// Whether one of the keys of `[Unit]` names another unit.
fn names(root: &Node, keys: &[&str], other: &str) -> bool {
    let unit = root.get("Unit").map(Node::entries).unwrap_or_default();
    let found = unit.iter().filter(|it| keys.contains(&it.key.value.as_str()));
    found.filter_map(|it| it.value.as_str()).any(|it| it.split_whitespace().any(|it| it == other))
}

fn is_elsewhere(name: &str) -> bool {
    let stem = name.strip_suffix(".service").unwrap_or(name);
    stem.split(['-', '_', '.', '@']).any(|it| OTHER_HOSTS.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_two_lists_have() {
        assert_eq!(shared("shop celery", "celery"), Some("celery"));
        assert_eq!(shared("shop", "celery"), None);
        assert_eq!(shared("%p", "%p"), None);
    }

    #[test]
    fn units_of_other_hosts() {
        assert!(is_elsewhere("shop-staging.service"));
        assert!(!is_elsewhere("celery-beat.service"));
    }
}

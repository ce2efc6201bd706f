//! What compose files define: of which a name may be, in this file or in one that is given beside it.

use std::collections::HashSet;

use super::services;
use crate::document::{Node, NodeKind};
use crate::draft::Context;
use crate::manifests::compose::merge;
use crate::parse::Syntax;
use crate::workspace::{folders_up, join, parent};

/// What a name may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Service,
    Volume,
    Network,
    Secret,
    Config,
}

const KINDS: [Kind; 5] = [Kind::Service, Kind::Volume, Kind::Network, Kind::Secret, Kind::Config];

impl Kind {
    /// The key of the root that defines them.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Service => "services",
            Self::Volume => "volumes",
            Self::Network => "networks",
            Self::Secret => "secrets",
            Self::Config => "configs",
        }
    }

    /// As messages call one.
    pub(super) fn name(self) -> &'static str {
        let key = self.key();
        key.strip_suffix('s').unwrap_or(key)
    }
}

/// How many files are looked into for a name.
const FILES_MAX: usize = 64;

/// The network that every project has.
const DEFAULT_NETWORK: &str = "default";

/// Names that are defined.
#[derive(Debug, Default)]
pub(super) struct Defined {
    names: HashSet<(Kind, String)>,
    /// Kinds of which not all names are known here.
    open: HashSet<Kind>,
}

impl Defined {
    /// Adds what a file defines.
    pub(super) fn add(&mut self, root: &Node) {
        for kind in KINDS {
            match root.get(kind.key()) {
                None => {}
                Some(node) if !matches!(node.kind, NodeKind::Map(_) | NodeKind::Null) => {
                    self.open.insert(kind);
                }
                Some(node) => {
                    let names = node.entries().iter().map(|it| (kind, it.key.value.clone()));
                    self.names.extend(names);
                }
            }
        }
    }

    /// Whether a name may be defined.
    pub(super) fn has(&self, kind: Kind, name: &str) -> bool {
        self.open.contains(&kind)
            || kind == Kind::Network && name == DEFAULT_NETWORK
            || self.names.contains(&(kind, name.to_owned()))
    }

    /// The names of a kind.
    pub(super) fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> =
            self.names.iter().filter(|it| it.0 == kind).map(|it| it.1.as_str()).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// What the files define that a file includes, or that may be given beside it: those of its folder
    /// and of the folders above. `None` where one of them cannot be read.
    pub(super) fn of_others(context: &mut Context<'_, '_>, root: &Node) -> Option<Self> {
        let mut all = Self::default();
        let mut looked_at = 0;
        all.add_included(context, root, parent(context.manifest), &mut looked_at)?;
        let folder = parent(context.manifest).to_owned();
        for folder in folders_up(&folder) {
            let is_yaml = |it: &&String| it.ends_with(".yml") || it.ends_with(".yaml");
            for name in context.workspace.names(folder).iter().filter(is_yaml) {
                let Some(path) = join(folder, name).filter(|it| it != context.manifest) else {
                    continue;
                };
                let is_compose = |text: &str| {
                    text.contains("include:")
                        || KINDS.iter().any(|it| text.contains(&format!("{}:", it.key())))
                };
                let Some(file) = context.workspace.open_if(&path, &is_compose) else { continue };
                looked_at += 1;
                if looked_at > FILES_MAX {
                    return None;
                }
                let document = context.workspace.look_into(file, Syntax::Yaml);
                all.add(&document.root);
                all.add_included(context, &document.root, folder, &mut looked_at)?;
            }
        }
        Some(all)
    }

    /// Adds what the files define that a file in a folder includes.
    fn add_included(
        &mut self,
        context: &mut Context<'_, '_>,
        root: &Node,
        folder: &str,
        looked_at: &mut usize,
    ) -> Option<()> {
        for entry in root.get("include").map(Node::elements).unwrap_or_default() {
            for path in merge::included_paths(entry, folder)? {
                *looked_at += 1;
                if *looked_at > FILES_MAX {
                    return None;
                }
                let file = context.workspace.open_unjudged(&path).file()?;
                let document = context.workspace.look_into(file, Syntax::Yaml);
                self.add(&document.root);
                self.add_included(context, &document.root, parent(&path), looked_at)?;
            }
        }
        Some(())
    }
}

/// Whether a file has a service.
pub(super) fn has_service(root: &Node, name: &str) -> bool {
    services(root).iter().any(|it| it.key.value == name)
}

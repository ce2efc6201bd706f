//! Files beside a manifest: their objects, and whether kustomize puts an overlay over it.

use std::sync::Arc;

use crate::document::{Document, Node};
use crate::draft::Context;
use crate::formats::recognise;
use crate::parse::Syntax;
use crate::parse::bounds::is_cut;
use crate::workspace::{join, parent};

/// Files of one folder that are looked into: an app has a few.
const FILES_MAX: usize = 40;

/// Keys of a kustomization that change the objects of files.
const CHANGES: &[&str] =
    &["patches", "patchesStrategicMerge", "patchesJson6902", "replicas", "configMapGenerator"];

/// What stands in the folder of a manifest.
pub(super) struct Beside {
    documents: Vec<Arc<Document>>,
    /// Whether an overlay of kustomize may change what the manifest says.
    pub(super) is_patched: bool,
}

impl Beside {
    /// Of a manifest that is whole, with all that it is applied with.
    pub(super) fn none() -> Self {
        Self { documents: Vec::new(), is_patched: false }
    }

    pub(super) fn of(context: &mut Context<'_, '_>) -> Self {
        let folder = parent(context.manifest).to_owned();
        let own = context.manifest.rsplit('/').next().unwrap_or_default();
        let is_yaml = |it: &String| it.ends_with(".yaml") || it.ends_with(".yml");
        let names = context.workspace.list(&folder);
        let names = names.into_iter().filter(|it| is_yaml(it) && it != own).take(FILES_MAX);
        let mut documents = Vec::new();
        let mut is_patched = folder == "base" || folder.ends_with("/base");
        for name in names {
            let Some(path) = join(&folder, &name) else { continue };
            let Some(file) = context.workspace.open_if_text(&path) else {
                let encoded = context.workspace.tree_of_encoded(&path, Syntax::YamlStream);
                let is_object = |it: &Node| it.get("apiVersion").is_some();
                let is_ours = |it: Document| recognise::kubernetes_objects(&it.root).any(is_object);
                if encoded.is_some_and(is_ours) || context.workspace.is_large_manifest(&path) {
                    // Says that what it changes is not known.
                    context.workspace.open(&path);
                }
                continue;
            };
            let document = context.workspace.look_into(file, Syntax::YamlStream);
            let text = context.workspace.sources.file(file).text();
            if is_cut(&document) && text.contains("apiVersion") {
                // The same: an object may stand where opslint does not read.
                context.workspace.document(file, Syntax::YamlStream);
            }
            if name.starts_with("kustomization.") {
                let has = |it: &Node| CHANGES.iter().any(|key| it.get(key).is_some());
                is_patched |= document.root.elements().iter().any(has);
            }
            documents.push(document);
        }
        Self { documents, is_patched }
    }

    /// The objects of these files.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Node> {
        self.documents.iter().flat_map(|it| recognise::kubernetes_objects(&it.root))
    }
}

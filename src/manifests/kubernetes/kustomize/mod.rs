//! Overlays of kustomize: each is a deployment of its own, of the objects that it names with its
//! patches laid over them.
//!
//! The order of the changes is kustomize's: patches, then labels, replicas and images. Names keep what the
//! files say: a prefix changes what objects are called, and every reference with them. An overlay with
//! a key that is not read, and one that names what is not here, is left alone.
//!
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/> (2026-11-30), and
//! `configureBuiltinTransformers` in api/internal/target/kusttarget_configplugin.go

mod labels;
mod merge;
mod patch;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::draft::{Context, DeploymentDraft};
use crate::formats::recognise;
use crate::parse::Syntax;
use crate::source::{Span, Spanned};
use crate::workspace::{Workspace, join, parent};

/// Names of the file that says what is built of a folder.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Keys that change objects in a way that is not read here.
const UNREAD: &[&str] =
    &["components", "crds", "generators", "helmCharts", "replacements", "transformers", "vars"];

/// Overlays on overlays are not deeper.
const DEPTH_MAX: usize = 8;

/// Most files of one overlay, with those of what it is laid over.
const FILES_MAX: usize = 100;

/// Most objects of one overlay.
const OBJECTS_MAX: usize = 500;

/// Steps that each node of an overlay counts for: as long as the project is looked at, it takes memory.
const KEPT_STEPS: usize = 20;

/// Words in the folders of overlays that nothing is deployed from.
const DEVELOPMENT: &[&str] = &["dev", "development", "local", "test", "tests", "ci", "e2e", "kind"];

/// The objects of an overlay, as a stream of documents. `None` where they are not known in full.
pub(crate) fn whole(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    let folder = parent(context.manifest).to_owned();
    let is_for_developers = |it: &str| {
        let mut words = it.split(|it: char| !it.is_ascii_alphanumeric());
        words.any(|it| DEVELOPMENT.contains(&it.to_ascii_lowercase().as_str()))
    };
    if folder.split('/').any(is_for_developers) {
        return None;
    }
    let is_changed = recognise::kustomize_changes(&document.root);
    // What an overlay is laid over is no deployment of its own.
    if !is_changed && (folder == "base" || folder.ends_with("/base")) {
        return None;
    }
    let mut build = Build { workspace: context.workspace, files: 0, limit: None };
    let named = build.named(&folder, &document.root, 0);
    let is_whole = |it: &Node| recognise::kubernetes_pod(it).is_some();
    let was_whole: Vec<bool> = named.iter().flatten().map(is_whole).collect();
    let objects = named.and_then(|it| build.changed(&folder, &document.root, it));
    if let Some(limit) = build.limit.take().filter(|_| objects.is_none()) {
        let message = format!("opslint {limit}");
        let label = Label::new(document.root.span, "what this builds is not checked");
        context.acc.push(Diagnostic::new("unreadable-file", Severity::Error, message, label));
    }
    let mut objects = objects?;
    if !is_changed {
        // Workloads that find their pods by themselves are judged in their own files.
        let mut was_whole = was_whole.into_iter();
        objects.retain(|it| !was_whole.next().unwrap_or(false) || !is_whole(it));
    }
    build.spend()(KEPT_STEPS * objects.iter().map(merge::size).sum::<usize>())?;
    let mut whole = document.clone();
    whole.root = Node::new(NodeKind::List(objects), document.root.span);
    Some(whole)
}

/// Lowers an overlay, which is whole: its objects are those of any other file.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    if document.root.elements().is_empty() {
        return Vec::new();
    }
    super::lowered(context, document, &super::Beside::none())
}

/// What is built, and how much was looked at for it.
struct Build<'w, 'a> {
    workspace: &'w mut Workspace<'a>,
    files: usize,
    /// What ended it, where that was too much of something.
    limit: Option<String>,
}

impl Build<'_, '_> {
    /// The objects that a folder with a kustomization comes to.
    fn objects(&mut self, folder: &str, root: &Node, depth: usize) -> Option<Vec<Node>> {
        let named = self.named(folder, root, depth)?;
        self.changed(folder, root, named)
    }

    /// What a kustomization makes of the objects that it names.
    fn changed(&mut self, folder: &str, root: &Node, mut objects: Vec<Node>) -> Option<Vec<Node>> {
        for it in root.get("configMapGenerator").map(Node::elements).unwrap_or_default() {
            self.spend()(objects.len() + merge::size(it))?;
            let data = self.generated(folder, it)?;
            generate(it, data, &mut objects)?;
        }
        for it in root.get("patchesStrategicMerge").map(Node::elements).unwrap_or_default() {
            let patches = self.text_or_file(folder, it)?;
            patch::strategic(&mut objects, &patches, None, &self.spend())?;
        }
        for it in root.get("patches").map(Node::elements).unwrap_or_default() {
            self.patch(folder, it, &mut objects)?;
        }
        for it in root.get("patchesJson6902").map(Node::elements).unwrap_or_default() {
            self.patch(folder, it, &mut objects)?;
        }
        labels::add(root, &mut objects);
        for it in root.get("replicas").map(Node::elements).unwrap_or_default() {
            self.spend()(objects.len())?;
            replicas(it, &mut objects)?;
        }
        for it in root.get("images").map(Node::elements).unwrap_or_default() {
            let name = it.get("name")?.as_str()?;
            self.spend()(objects.iter().map(merge::size).sum())?;
            objects.iter_mut().for_each(|object| image(it, name, object));
        }
        Some(objects)
    }

    /// The objects that a kustomization names, as they are without it.
    fn named(&mut self, folder: &str, root: &Node, depth: usize) -> Option<Vec<Node>> {
        if depth > DEPTH_MAX {
            let chain = format!("follows kustomizations in a chain of {DEPTH_MAX} and no further");
            self.limit = Some(chain);
            return None;
        }
        if UNREAD.iter().any(|it| root.get(it).is_some()) {
            return None;
        }
        let mut objects = Vec::new();
        for it in ["resources", "bases"].iter().filter_map(|it| root.get(it)) {
            for resource in it.elements() {
                objects.extend(self.resource(folder, resource.as_str()?, depth)?);
                if objects.len() > OBJECTS_MAX {
                    self.limit = Some(format!("builds overlays of up to {OBJECTS_MAX} objects"));
                    return None;
                }
            }
        }
        Some(objects)
    }

    /// The objects of a file, or of a folder with a kustomization of its own. None of a resource that
    /// is elsewhere: its objects are somebody else's.
    fn resource(&mut self, folder: &str, named: &str, depth: usize) -> Option<Vec<Node>> {
        if named.contains("://") || named.contains("?ref=") || named.starts_with("github.com/") {
            return Some(Vec::new());
        }
        let path = join(folder, named).filter(|it| !it.starts_with(".."))?;
        if self.workspace.is_file(&path) {
            return self.stream(&path);
        }
        let file = NAMES.iter().filter_map(|it| join(&path, it));
        let file = file.into_iter().find(|it| self.workspace.is_file(it))?;
        let root = self.stream(&file)?.into_iter().next()?;
        self.objects(&path, &root, depth + 1)
    }

    /// The data of a ConfigMap that is made of literals and of files. `None` where files of variables
    /// are among these.
    fn generated(&mut self, folder: &str, generator: &Node) -> Option<Vec<Entry>> {
        if ["envs", "env"].iter().any(|it| generator.get(it).is_some()) {
            return None;
        }
        let listed = |key: &str| generator.get(key).map(Node::elements).unwrap_or_default();
        let mut data = Vec::new();
        for literal in listed("literals") {
            let text = literal.as_text()?;
            let (key, value) = text.value.split_once('=')?;
            let value = text.slice(text.value.len() - value.len()..text.value.len());
            let value = match ['"', '\''].iter().find(|it| value.value.starts_with(**it)) {
                Some(_) => value.slice(1..value.value.len().saturating_sub(1).max(1)),
                None => value,
            };
            data.push(Entry::of(key, Node::new(NodeKind::String(value), literal.span)));
        }
        for named in listed("files") {
            // `[KEY=]PATH`
            let named = named.as_str()?;
            let (key, path) = match named.split_once('=') {
                Some((key, path)) => (key, path),
                None => (named.rsplit('/').next().unwrap_or(named), named),
            };
            data.push(Entry::of(key, self.text_of(folder, path)?));
        }
        Some(data)
    }

    /// The text of a file.
    fn text_of(&mut self, folder: &str, path: &str) -> Option<Node> {
        self.count()?;
        let path = join(folder, path).filter(|it| !it.starts_with(".."))?;
        let file = self.workspace.open_if_text(&path)?;
        let text = self.workspace.sources.file(file).shared_text();
        self.spend()(text.len())?;
        let span = Span::new(file, 0, text.len());
        Some(Node::new(NodeKind::String(Text::verbatim(text.as_ref(), span, 0)), span))
    }

    /// Takes steps from the budget of the run; `None` where there are none left.
    fn spend(&self) -> impl Fn(usize) -> Option<()> + use<> {
        let budget = Arc::clone(self.workspace.budget());
        move |steps| budget.steps(steps).ok()
    }

    /// Counts one file more.
    fn count(&mut self) -> Option<()> {
        self.files += 1;
        if self.files > FILES_MAX {
            self.limit = Some(format!("builds overlays of up to {FILES_MAX} files"));
            return None;
        }
        Some(())
    }

    /// The documents of a file that is understood in full.
    fn stream(&mut self, path: &str) -> Option<Vec<Node>> {
        self.count()?;
        let file = self.workspace.open_if_text(path)?;
        let document = self.workspace.look_into(file, Syntax::YamlStream);
        if !document.problems.is_empty() {
            return None;
        }
        let nodes = recognise::kubernetes_objects(&document.root).cloned().collect::<Vec<_>>();
        self.spend()(nodes.iter().map(merge::size).sum())?;
        Some(nodes)
    }

    /// Patches that stand in the file, or in one that it names.
    fn text_or_file(&mut self, folder: &str, node: &Node) -> Option<Vec<Node>> {
        let text = node.as_text()?;
        if text.value.contains('\n') || text.value.trim_start().starts_with('{') {
            return patch::inline(text);
        }
        let path = join(folder, &text.value).filter(|it| !it.starts_with(".."))?;
        self.stream(&path)
    }

    /// `{path: …}` or `{patch: …}`, with the `target` that it is for: operations, or what is laid over.
    fn patch(&mut self, folder: &str, node: &Node, objects: &mut Vec<Node>) -> Option<()> {
        let target = node.get("target");
        if target.is_some_and(|it| {
            ["labelSelector", "annotationSelector"].iter().any(|key| it.get(key).is_some())
        }) {
            return None;
        }
        let patches = match (node.get("path"), node.get("patch")) {
            (Some(path), None) => self.text_or_file(folder, path)?,
            (None, Some(text)) => patch::inline(text.as_text()?)?,
            _ => return None,
        };
        // A file of operations is one list, and a stream of one document that is a list.
        let operations = match patches.as_slice() {
            [only] if !only.elements().is_empty() => Some(only.elements()),
            all if all.iter().all(|it| it.get("op").is_some()) => Some(all),
            _ => None,
        };
        match operations {
            Some(operations) => patch::operations(objects, operations, target?, &self.spend()),
            None => patch::strategic(objects, &patches, target, &self.spend()),
        }
    }
}

/// Adds the ConfigMap of this data, or adds it to one that is there.
fn generate(generator: &Node, data: Vec<Entry>, objects: &mut Vec<Node>) -> Option<()> {
    let name = generator.get("name")?;
    let data = Entry::of("data", Node::new(NodeKind::Map(data), generator.span));
    let own = Node::new(NodeKind::Map(vec![data.clone()]), generator.span);
    let is_it = |it: &&mut Node| {
        it.get("kind").and_then(Node::as_str) == Some("ConfigMap")
            && it.at(&["metadata", "name"]).and_then(Node::as_str) == name.as_str()
    };
    match generator.get("behavior").and_then(Node::as_str) {
        Some("merge") => merge::over(objects.iter_mut().find(is_it)?, &own),
        Some("replace") => {
            let map = objects.iter_mut().find(is_it)?;
            merge::set(map, "data", data.value);
        }
        _ => {
            let text = |it: &str, span: Span| {
                Node::new(NodeKind::String(Text::new(it, span, Vec::new())), span)
            };
            let metadata = NodeKind::Map(vec![Entry::of("name", name.clone())]);
            let entries = vec![
                Entry::of("apiVersion", text("v1", generator.span)),
                Entry::of("kind", text("ConfigMap", generator.span)),
                Entry::of("metadata", Node::new(metadata, generator.span)),
                data,
            ];
            objects.push(Node::new(NodeKind::Map(entries), generator.span));
        }
    }
    Some(())
}

/// `{name: web, count: 3}`: for workloads that have a number of pods.
fn replicas(node: &Node, objects: &mut [Node]) -> Option<()> {
    const SCALED: &[&str] = &["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];
    let (name, count) = (node.get("name")?.as_str()?, node.get("count")?);
    for object in objects.iter_mut() {
        let kind = object.get("kind").and_then(Node::as_str).unwrap_or_default();
        let is_it = SCALED.contains(&kind)
            && object.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name);
        if is_it && let Some(spec) = merge::get_mut(object, "spec") {
            merge::set(spec, "replicas", count.clone());
        }
    }
    Some(())
}

/// `{name: shop, newName: …, newTag: …}`: in every container of an object.
fn image(change: &Node, name: &str, object: &mut Node) {
    match &mut object.kind {
        NodeKind::List(nodes) => nodes.iter_mut().for_each(|it| image(change, name, it)),
        NodeKind::Map(entries) => {
            for Entry { key, value } in entries {
                let is_list = key.value == "containers" || key.value == "initContainers";
                if let (true, NodeKind::List(containers)) = (is_list, &mut value.kind) {
                    containers.iter_mut().for_each(|it| of_container(change, name, it));
                } else {
                    image(change, name, value);
                }
            }
        }
        _ => {}
    }
}

fn of_container(change: &Node, name: &str, container: &mut Node) {
    let Some(old) = container.get("image").and_then(Node::as_str) else { return };
    let rest = old.strip_prefix(name).filter(|it| it.is_empty() || it.starts_with([':', '@']));
    let Some(rest) = rest.map(str::to_owned) else { return };
    let text = |key: &str| {
        let node = change.get(key)?;
        crate::manifests::read::scalar_text(node).map(|it| (it, node.span))
    };
    let (new, tag, digest) = (text("newName"), text("newTag"), text("digest"));
    let span = [&digest, &tag, &new].into_iter().flatten().next().map_or(change.span, |it| it.1);
    let version = match (digest, tag) {
        (Some((digest, _)), _) => format!("@{digest}"),
        (None, Some((tag, _))) => format!(":{tag}"),
        (None, None) => rest,
    };
    let image = format!("{}{version}", new.map_or(name.to_owned(), |it| it.0));
    let node = Node::new(NodeKind::String(Text::new(image, span, Vec::new())), span);
    if let NodeKind::Map(entries) = &mut container.kind
        && let Some(entry) = entries.iter_mut().find(|it| it.key.value == "image")
    {
        *entry = Entry { key: Spanned::new("image".to_owned(), span), value: node };
    }
}

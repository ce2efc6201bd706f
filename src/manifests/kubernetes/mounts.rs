//! What a container finds beside its image: the texts of ConfigMaps, and what nobody can look into.
//!
//! Source: <https://kubernetes.io/docs/concepts/storage/configmaps/#using-configmaps-as-files-from-a-pod>,
//! <https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath>

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::budget::Budget;
use crate::document::{Entry, Node, Text};
use crate::draft::{Command, Context, ImageCommand};
use crate::images::container::Container;
use crate::images::dockerfile::Image;
use crate::project::Environment;
use crate::workspace::{Copied, ImageFiles, Workspace, is_within, join, parent};

use super::{Cluster, Workload};

/// Most files of one container that are looked for, in as many mounts and volumes.
const FILES_MAX: usize = 100;

/// What is mounted into a container.
pub(super) struct Mounts {
    /// Texts of ConfigMaps.
    texts: Vec<Copied>,
    /// All places that something is mounted at: what else is there, nobody knows.
    hidden: Vec<String>,
    /// Those of them with files that are not among the texts.
    unread: Vec<String>,
}

/// A file of a volume: its path there, and the text of a ConfigMap that it is.
struct InVolume<'n> {
    path: &'n str,
    map: &'n str,
    key: &'n str,
    text: &'n Text,
}

impl Mounts {
    /// Mounts it all into an image that is made here.
    pub(super) fn into_own(self, made: &mut Image) {
        if !self.hidden.is_empty() {
            made.mount(self.texts, &self.hidden, None);
        }
    }

    /// A container of a program of others, with its files at these places.
    pub(super) fn container(self, environment: Environment) -> Container {
        let Self { texts: mounts, unread: hidden, .. } = self;
        Container { mounts, hidden, environment, ..Container::default() }
    }

    /// Lets a command of an image that is made elsewhere see it.
    pub(super) fn seen_by(self, context: &Context<'_, '_>, command: Command) -> Command {
        match command {
            Command::Image(mut image) if !self.hidden.is_empty() => {
                Arc::make_mut(&mut image.files).mount(self.texts, &self.hidden);
                Command::Image(image)
            }
            Command::Words { .. } if !self.hidden.is_empty() => {
                let mut files = ImageFiles::with_all(parent(context.manifest));
                files.mount(self.texts, &self.hidden);
                Command::Image(Box::new(ImageCommand::seeing(command, Arc::new(files))))
            }
            command => command,
        }
    }
}

impl<'n> Workload<'n> {
    pub(super) fn mounts(
        &self,
        workspace: &mut Workspace<'_>,
        cluster: &Cluster<'n, '_>,
        container: &'n Node,
    ) -> Mounts {
        let mut mounts = Mounts { texts: Vec::new(), hidden: Vec::new(), unread: Vec::new() };
        let budget = Arc::clone(workspace.budget());
        for (idx, mount) in elements(container.get("volumeMounts")).enumerate() {
            let text = |key: &str| mount.get(key).and_then(Node::as_str);
            let Some(to) = text("mountPath") else { continue };
            let to = to.trim_end_matches('/');
            mounts.hidden.push(to.to_owned());
            let below = text("subPath").unwrap_or_default().trim_end_matches('/');
            if idx >= FILES_MAX || mount.get("subPathExpr").is_some() || !to.starts_with('/') {
                mounts.unread.push(to.to_owned());
                continue;
            }
            let mut is_read = text("name").is_some_and(|it| self.is_of_texts(cluster, it));
            for it in
                text("name").map(|it| self.in_volume(&budget, cluster, it)).unwrap_or_default()
            {
                // `subPath` is a file of the volume, or a folder of it.
                let Some(rest) = it.path.strip_prefix(below) else { continue };
                let Some(path) = join(to, rest.trim_start_matches('/')) else { continue };
                if !is_within(to, &path) || !is_within(below, it.path) {
                    continue;
                }
                let name = format!("{}/{}", it.map, it.key);
                match workspace.hold(&name, it.text) {
                    Some(from) if mounts.texts.len() < FILES_MAX => {
                        mounts.texts.push(Copied { to: path, from });
                    }
                    _ => is_read = false,
                }
            }
            if !is_read {
                mounts.unread.push(to.to_owned());
            }
        }
        mounts
    }

    /// Whether a volume has nothing but texts of ConfigMaps that are here.
    fn is_of_texts(&self, cluster: &Cluster<'n, '_>, name: &str) -> bool {
        let mut volumes = elements(self.pod.at(&["spec", "volumes"])).take(FILES_MAX);
        let volume = volumes.find(|it| it.get("name").and_then(Node::as_str) == Some(name));
        let is_here = |it: &Node| {
            let map = it.at(&["configMap", "name"]).and_then(Node::as_str);
            let map = map.and_then(|it| self.config_map(cluster, it));
            map.is_some_and(|it| it.get("binaryData").is_none())
        };
        volume.is_some_and(|it| match it.at(&["projected", "sources"]) {
            Some(sources) => sources.elements().iter().all(is_here),
            None => is_here(it),
        })
    }

    /// The files of a volume, as far as texts of ConfigMaps say.
    fn in_volume(
        &self,
        budget: &Budget,
        cluster: &Cluster<'n, '_>,
        name: &str,
    ) -> Vec<InVolume<'n>> {
        let mut volumes = elements(self.pod.at(&["spec", "volumes"])).take(FILES_MAX);
        let volume = volumes.find(|it| it.get("name").and_then(Node::as_str) == Some(name));
        let Some(volume) = volume else { return Vec::new() };
        let projected = elements(volume.at(&["projected", "sources"])).take(FILES_MAX);
        let sources = projected.chain([volume]).filter_map(|it| it.get("configMap"));
        let mut files: Vec<InVolume<'n>> = Vec::new();
        for it in sources.flat_map(|it| self.of_map(budget, cluster, it)) {
            // Of two sources that say the same path, the last one wins.
            files.retain(|other| other.path != it.path);
            files.push(it);
        }
        files
    }

    /// The files that a ConfigMap makes: one for each key, or those of `items`.
    fn of_map(
        &self,
        budget: &Budget,
        cluster: &Cluster<'n, '_>,
        source: &'n Node,
    ) -> Vec<InVolume<'n>> {
        if budget.steps(cluster.objects.len()).is_err() {
            return Vec::new();
        }
        let map = source.get("name").and_then(Node::as_str);
        let Some((map, node)) = map.and_then(|it| Some((it, self.config_map(cluster, it)?))) else {
            return Vec::new();
        };
        let entries = node.get("data").map(Node::entries).unwrap_or_default();
        if budget.steps(entries.len()).is_err() {
            return Vec::new();
        }
        let file = |path: Option<&'n str>, entry: &'n Entry| {
            let key = entry.key.value.as_str();
            Some(InVolume { path: path.unwrap_or(key), map, key, text: entry.value.as_text()? })
        };
        match source.get("items") {
            Some(items) => {
                let text = |it: &'n Node, key: &str| it.get(key).and_then(Node::as_str);
                let items = items.elements().iter().take(FILES_MAX);
                let by_key: BTreeMap<&str, &Entry> =
                    entries.iter().map(|it| (it.key.value.as_str(), it)).collect();
                items
                    .filter_map(|it| file(Some(text(it, "path")?), by_key.get(text(it, "key")?)?))
                    .collect()
            }
            None => {
                let all = entries.iter().take(FILES_MAX);
                all.filter_map(|it| file(None, it)).collect()
            }
        }
    }
}

fn elements(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.map(Node::elements).unwrap_or_default().iter()
}

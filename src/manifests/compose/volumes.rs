//! What a service mounts, and where.

use super::interpolate::{self, Variables};
use super::{is_plain, ports};
use crate::document::{Document, Entry, Node};
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::project::Facts;
use crate::vocabulary;
use crate::workspace::{Copied, is_within, join, parent};

/// Whether the source tree is mounted over the image.
pub(super) fn mounts_source(service: &Node) -> bool {
    let volumes = service.get("volumes").map(Node::elements).unwrap_or_default();
    let build = service.get("build");
    let context = build.and_then(|it| it.get("context").or(Some(it))).and_then(Node::as_str);
    let context = context.map(|it| it.trim_end_matches('/'));
    volumes.iter().any(|it| {
        let source = it.as_str().map(|it| it.split(':').next().unwrap_or_default());
        let source = source.or_else(|| it.get("source").and_then(Node::as_str));
        let is_context = |it: &str| Some(it.trim_end_matches('/')) == context;
        source.is_some_and(is_context)
            || matches!(source, Some("." | "./" | ".." | "$PWD" | "${PWD}"))
            || source.is_some_and(|it| {
                ["./app", "./src", "./backend"].contains(&it.trim_end_matches('/'))
            })
    })
}

/// Endings of files that are code.
const CODE: &[&str] = &[".js", ".jsx", ".php", ".py", ".rb", ".ts", ".tsx"];

/// Whether a package of the project is mounted where the image has it: `./shop:/code/shop`. Folders of
/// uploads and configuration hold no code.
pub(super) fn mounts_code(context: &Context<'_, '_>, service: &Node) -> bool {
    let volumes = service.get("volumes").map(Node::elements).unwrap_or_default();
    let folder = parent(context.manifest);
    service.get("build").is_some()
        && volumes.iter().filter_map(Node::as_str).any(|it| {
            let parts = ports::mount_parts(it);
            let [source, target, ..] = parts.as_slice() else { return false };
            let name =
                |path: &str| path.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
            let path =
                join(folder, source).filter(|_| source.starts_with("./") && is_plain(source));
            let is_code = |it: &String| CODE.iter().any(|end| it.ends_with(end));
            name(source) == name(target)
                && path.is_some_and(|it| context.workspace.names(&it).iter().any(is_code))
        })
}
/// The folder of the project that a folder of the container is on the host: `./web/py` for
/// `/app/py` where `./web:/app` is mounted. `start` is the one that relative paths start in.
pub(super) fn mounted_folder(service: &Node, folder: &str, start: &str) -> Option<String> {
    let (mounts, hidden) = mounted(service, start);
    // The nearest mount hides those above it.
    let around = mounts.iter().filter(|it| is_within(&it.to, folder));
    let nearest = around.max_by_key(|it| it.to.len())?;
    let is_nearer = |it: &&String| it.len() > nearest.to.len() && is_within(it, folder);
    if hidden.iter().any(|it| is_nearer(&it)) {
        return None;
    }
    join(&nearest.from, folder.strip_prefix(&*nearest.to)?.trim_start_matches('/'))
}

/// What of the project a service mounts, and where it mounts something that nobody can look into: a
/// volume, or a path of the host. `folder` is the one that its relative paths start in.
pub(super) fn mounted(service: &Node, folder: &str) -> (Vec<Copied>, Vec<String>) {
    let (mut mounts, mut hidden) = (Vec::new(), Vec::new());
    for volume in service.get("volumes").map(Node::elements).unwrap_or_default() {
        let text = |key: &str| volume.get(key).and_then(Node::as_str).map(str::to_owned);
        let (source, target) = match volume.as_str() {
            Some(text) => match ports::mount_parts(text).as_slice() {
                [source, target, ..] => (Some((*source).to_owned()), (*target).to_owned()),
                [target] => (None, (*target).to_owned()),
                [] => continue,
            },
            None => {
                let Some(target) = text("target") else { continue };
                (text("source").filter(|_| text("type").as_deref() == Some("bind")), target)
            }
        };
        let to = target.trim_end_matches('/').to_owned();
        let source = source.filter(|it| it.starts_with(['.', '/', '$']) || it.contains('/'));
        match source.and_then(|it| project_path(folder, &it)) {
            Some(from) => mounts.push(Copied { to, from }),
            None => hidden.push(to),
        }
    }
    (mounts, hidden)
}

/// The configurations of compose that a service gets: the name of each, and where it is put.
pub(super) fn configs(service: &Node) -> impl Iterator<Item = (&str, String)> {
    let all = service.get("configs").map(Node::elements).unwrap_or_default().iter();
    all.filter_map(|it| {
        let name = it.as_str().or_else(|| it.get("source")?.as_str())?;
        let target = it.get("target").and_then(Node::as_str);
        Some((name, target.map_or_else(|| format!("/{name}"), str::to_owned)))
    })
}

/// A path of the host as one of the project. Compose may fill in the folder that it is started in.
pub(super) fn project_path(folder: &str, source: &str) -> Option<String> {
    let here = ["$PWD", "${PWD}"].iter().find_map(|it| source.strip_prefix(it));
    let here = here.filter(|it| it.is_empty() || it.starts_with('/'));
    let source = here.map_or(source, |it| it.trim_start_matches('/'));
    if source.contains(['$', '~']) || source.starts_with('/') {
        return None;
    }
    join(folder, source)
}

/// Folders of the container that are on a volume or on the host: `SOURCE:TARGET[:MODE]`, a bare
/// `TARGET`, or a table with `target`. Without `volumes` nothing outlives the container.
pub(super) fn volumes(service: &Node, variables: &Variables, facts: &mut Facts) {
    let mut assumed = Vec::new();
    let mut target = |it: &Node| -> Option<String> {
        let target = it.get("target");
        let filled = interpolate::fill(target.unwrap_or(it).as_str()?, variables);
        assumed.extend(filled.assumed());
        let text = filled.text()?;
        // A variable may hold the whole of it, colons included.
        let parts = if target.is_some() { vec![text] } else { ports::mount_parts(text) };
        Some((*parts.get(1).or(parts.first())?).to_owned())
    };
    let node = service.get("volumes");
    let elements = node.map_or(&[][..], Node::elements);
    let all: Option<Vec<Value>> = elements.iter().map(|it| target(it).map(Value::Text)).collect();
    let origin = match node {
        Some(node) => Origin::written(node.span, "`volumes` of the service"),
        None => Origin::new(OriginKind::Default, "the service has no `volumes`"),
    };
    let origin =
        assumed.into_iter().fold(origin, |it, input| it.with_input(input.name, input.fact));
    let fact = match all {
        Some(paths) => Fact::known(Value::List(paths), origin),
        None => Fact::unknown(Unknown::because("a volume is not written as plain text"), origin),
    };
    facts.set(vocabulary::STORAGE_PATHS, fact);
}

/// Says of each process in which folders there may be data before it first starts: in those that are
/// on the host, and on volumes that something else makes or that a driver finds.
pub(super) fn may_have_data(
    document: &Document,
    services: &[Entry],
    processes: &mut [ProcessDraft],
) {
    let all = document.root.get("volumes").map(Node::entries).unwrap_or_default();
    let is_of_others = |name: &str| {
        let volume = all.iter().find(|it| it.key.value == name).map(|it| &it.value);
        volume.is_some_and(|it| {
            ["external", "driver", "driver_opts"].iter().any(|key| it.get(key).is_some())
        })
    };
    // A folder of the project is taken to be made by the first start, unless a variable names it.
    let may_have = |source: &str| match source.contains(['/', '$', '~']) {
        true => !source.starts_with("./") || source.contains('$'),
        false => is_of_others(source),
    };
    for process in processes {
        let Some(service) = services.iter().find(|it| it.key.value == process.name.value) else {
            continue;
        };
        let Some(node) = service.value.get("volumes") else { continue };
        let folders = node.elements().iter().filter_map(|it| {
            let (source, target) = match it.as_str() {
                Some(text) => match *ports::mount_parts(text).as_slice() {
                    [source, target, ..] => (source.to_owned(), target.to_owned()),
                    _ => return None,
                },
                None => {
                    let text = |key: &str| it.get(key).and_then(Node::as_str).map(str::to_owned);
                    (text("source")?, text("target")?)
                }
            };
            may_have(&source).then_some(Value::Text(target))
        });
        let folders: Vec<Value> = folders.collect();
        if !folders.is_empty() {
            let origin = Origin::written(node.span, "`volumes` of the service");
            let fact = Fact::known(Value::List(folders), origin);
            process.facts.set(vocabulary::STORAGE_MAY_HAVE_DATA, fact);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Entry, NodeKind, Text};
    use crate::source::{SourceMap, Span};

    /// A service with these volumes.
    fn service(volumes: &[&str]) -> Node {
        let span = Span::start_of(SourceMap::new().add("x", ""));
        let text = |it: &&str| Node::new(NodeKind::String(Text::new(*it, span, Vec::new())), span);
        let list = Node::new(NodeKind::List(volumes.iter().map(text).collect()), span);
        Node::new(NodeKind::Map(vec![Entry::of("volumes", list)]), span)
    }

    #[track_caller]
    fn check(volumes: &[&str], expect: Option<&str>) {
        let found = mounted_folder(&service(volumes), "/app/web", "deploy");
        assert_eq!(found.as_deref(), expect, "{volumes:?}");
    }

    #[test]
    fn a_folder_of_the_container_is_the_one_that_is_mounted_nearest() {
        for here in [".:/app", "./:/app/", "$PWD:/app", "${PWD}/:/app"] {
            check(&[here], Some("deploy/web"));
        }
        check(&["..:/app"], Some("web"));
        check(&["./src:/app", "./site:/app/web"], Some("deploy/site"));
        check(&["./src:/other", "~/src:/app", "/srv:/app"], None);
        // A volume in its place is nothing of the project.
        check(&["./src:/app", "data:/app/web"], None);
        check(&["./src:/app", "data:/app/web/data"], Some("deploy/src/web"));
    }
}

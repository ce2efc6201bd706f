//! Several files and services that are one: `extends`, `include`, and a file that is laid over another.
//!
//! A file such as docker-compose.prod.yml is given behind docker-compose.yml; that it is meant so
//! shows in a service that has neither an image nor a build of its own, or that only says how to
//! build the image which the other file names.
//!
//! Source: compose-spec, `13-merge.md` and `extends` in `05-services.md`.

mod include;

pub(super) use include::{is_elsewhere, paths as included_paths};

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{PRODUCTION, environment, ports};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::draft::Context;
use crate::parse::Syntax;
use crate::parse::yaml::OVERRIDE;
use crate::source::{FileId, Span, Spanned};
use crate::workspace::{join, parent};

/// Chains of `extends` are not longer.
const DEPTH_MAX: usize = 8;

/// Lists of which the later one counts alone.
const REPLACED: &[&str] = &["command", "entrypoint", "test"];

/// Tables that may be written as a list of `NAME=value`.
const PAIRS: &[&str] = &["environment", "labels", "args", "annotations", "extra_hosts", "sysctls"];

/// What the name of a file may have in which others find what they lack: `compose.base.yml`.
const BASES: [&str; 2] = ["base", "common"];

/// Endings of the names of compose files.
const ENDINGS: [&str; 2] = ["yml", "yaml"];

/// The file with what it is laid over and what its services extend. `None` where it is all by itself.
pub(super) fn document(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    let mut document = Cow::Borrowed(document);
    if let Some(base) = base(context, &document) {
        let root = Merge { context }.merged("", &base, &document.root);
        document.to_mut().root = root;
    }
    if services(&document.root).iter().any(|it| it.value.get("extends").is_some()) {
        let folder = parent(context.manifest).to_owned();
        let left = context.workspace.budget().steps_left();
        let all: Vec<Entry> = services(&document.root)
            .iter()
            .map(|it| Entry {
                key: it.key.clone(),
                value: whole(context, &document.root, &it.value, &folder),
            })
            .collect();
        if left > 0 && context.workspace.budget().steps_left() == 0 {
            let services = document.root.entry("services");
            too_much(context, services.map_or(document.root.span, |it| it.key.span));
        }
        if let NodeKind::Map(entries) = &mut document.to_mut().root.kind
            && let Some(it) = entries.iter_mut().find(|it| it.key.value == "services")
        {
            it.value.kind = NodeKind::Map(all);
        }
    }
    let chain = [context.manifest.to_owned()];
    let included = include::included(context, &document.root, parent(context.manifest), &chain);
    let file = document.file;
    if let Some(root) = add(&document.root, file, included) {
        document.to_mut().root = root;
    }
    match document {
        Cow::Owned(whole) => Some(whole),
        Cow::Borrowed(_) => None,
    }
}

/// A file with services that it does not have itself; `None` where there are no such.
fn add(root: &Node, file: FileId, mut added: Vec<Entry>) -> Option<Node> {
    added.retain(|it| services(root).iter().all(|own| own.key.value != it.key.value));
    if added.is_empty() {
        return None;
    }
    let mut root = root.clone();
    let NodeKind::Map(entries) = &mut root.kind else { return None };
    match entries.iter_mut().find(|it| it.key.value == "services") {
        Some(Entry { value: Node { kind: NodeKind::Map(own), .. }, .. }) => own.extend(added),
        Some(_) => {}
        None => {
            let span = Span::start_of(file);
            let key = Spanned::new("services".to_owned(), span);
            entries.push(Entry { key, value: Node::new(NodeKind::Map(added), span) });
        }
    }
    Some(root)
}

/// The services that a file has itself.
pub(super) fn services(root: &Node) -> &[Entry] {
    root.get("services").map(Node::entries).unwrap_or_default()
}

/// The file that this one is laid over.
fn base(context: &mut Context<'_, '_>, document: &Document) -> Option<Node> {
    let name = context.manifest.rsplit('/').next()?;
    let (stem, _) = name.rsplit_once('.')?;
    let (base, last) = stem.rsplit_once(['.', '-', '_'])?;
    if !PRODUCTION.contains(&last.to_ascii_lowercase().as_str()) {
        return None;
    }
    let is_built = |it: &Entry| it.value.get("build").is_some() && it.value.get("image").is_none();
    if partial(&document.root).is_empty() && !services(&document.root).iter().any(is_built) {
        return None;
    }
    let folder = parent(context.manifest).to_owned();
    let names = std::iter::once(base.to_owned())
        .chain(BASES.iter().flat_map(|it| ['.', '-', '_'].map(|sign| format!("{base}{sign}{it}"))));
    let mut names = names.flat_map(|name| ENDINGS.map(|it| format!("{name}.{it}")));
    let path = names.find_map(|it| {
        let path = join(&folder, &it)?;
        context.workspace.is_file(&path).then_some(path)
    })?;
    let file = context.workspace.open(&path)?;
    let mut root = context.workspace.document(file, Syntax::Yaml).root.clone();
    if root.get("include").is_some() {
        // What the base includes is there to be laid over, too. A cycle is said of the base itself.
        let said = context.acc.len();
        let chain = [path.clone()];
        let included = include::included(context, &root, parent(&path), &chain);
        context.acc.truncate(said);
        root = add(&root, file, included).unwrap_or(root);
        if let NodeKind::Map(entries) = &mut root.kind {
            entries.retain(|it| it.key.value != "include");
        }
    }
    is_laid_over(&document.root, &root).then_some(root)
}

/// Services that have neither an image nor a build of their own.
pub(super) fn partial(root: &Node) -> Vec<&Entry> {
    let is_partial =
        |it: &&Entry| ["image", "build", "extends"].iter().all(|key| it.value.get(key).is_none());
    services(root).iter().filter(is_partial).collect()
}

/// Whether a file is made to be laid over another, which has all that it lacks.
fn is_laid_over(over: &Node, base: &Node) -> bool {
    let partial = partial(over);
    let below = |it: &Entry| services(base).iter().find(|base| base.key.value == it.key.value);
    if !partial.is_empty() {
        return partial.iter().all(|it| below(it).is_some());
    }
    // The image that the base names is one that this file alone says how to build.
    let builds = |it: &Entry| {
        let has = |service: &Node, key: &str| service.get(key).is_some();
        has(&it.value, "build")
            && !has(&it.value, "image")
            && below(it).is_some_and(|it| has(&it.value, "image") && !has(&it.value, "build"))
    };
    let all = services(over);
    all.iter().any(builds) && all.iter().all(|it| below(it).is_some())
}

/// Whether a file is laid over this one for a server: both together are a deployment of their
/// own, which is that of the other file, so this one alone is what a developer's machine gets.
pub(super) fn is_overlaid(context: &mut Context<'_, '_>, document: &Document) -> bool {
    overlay(context, document).is_some()
}

fn overlay(context: &mut Context<'_, '_>, document: &Document) -> Option<()> {
    let name = context.manifest.rsplit('/').next()?;
    let (stem, _) = name.rsplit_once('.')?;
    let last = stem.rsplit(['.', '-', '_']).next()?.to_ascii_lowercase();
    if PRODUCTION.contains(&last.as_str()) {
        return None;
    }
    let stem = match BASES.contains(&last.as_str()) {
        true => stem.get(..stem.len() - last.len() - 1)?,
        false => stem,
    };
    let folder = parent(context.manifest).to_owned();
    for word in PRODUCTION {
        for (between, ending) in
            ['.', '-', '_'].iter().flat_map(|between| ENDINGS.map(|it| (between, it)))
        {
            let over = format!("{stem}{between}{word}.{ending}");
            let Some(path) = join(&folder, &over) else { continue };
            if !context.workspace.is_file(&path) {
                continue;
            }
            let file = context.workspace.open(&path)?;
            let root = context.workspace.document(file, Syntax::Yaml).root.clone();
            return is_laid_over(&root, &document.root).then_some(());
        }
    }
    None
}

/// A service with what it extends, as far as that can be read: where it cannot, that is said.
fn whole(context: &mut Context<'_, '_>, root: &Node, service: &Node, folder: &str) -> Node {
    extended(context, root, service, folder, &mut Vec::new()).unwrap_or_else(|broken| {
        if let Some(why) = broken.0 {
            let span = service.entry("extends").map_or(service.span, |it| it.value.span);
            let label = Label::new(span, "this service is not checked");
            context.acc.push(Diagnostic::new("unreadable-file", Severity::Error, why, label));
        }
        service.clone()
    })
}

/// Why nobody knows what a service extends; `None` where compose refuses it, which is said of the file.
struct Broken(Option<String>);

/// A service with what it extends; `folder` is that of the file which says so.
fn extended(
    context: &mut Context<'_, '_>,
    root: &Node,
    service: &Node,
    folder: &str,
    chain: &mut Vec<(usize, String)>,
) -> Result<Node, Broken> {
    let Some(extends) = service.get("extends") else { return Ok(service.clone()) };
    if chain.len() == DEPTH_MAX {
        return Err(Broken(Some(format!(
            "services extend one another in a chain of more than {DEPTH_MAX}, and opslint follows no \
             longer one"
        ))));
    }
    let get = |key: &str| extends.get(key).and_then(Node::as_str);
    let Some(name) = extends.as_str().or_else(|| get("service")) else {
        return Ok(service.clone());
    };
    let other;
    let (root, other_folder) = match get("file") {
        None => (root, folder.to_owned()),
        // Which file that is depends on where compose runs.
        Some(path) if is_elsewhere(path) => return Ok(service.clone()),
        Some(written) => {
            let path = join(folder, written).ok_or_else(|| {
                let problem = "is outside of the project";
                Broken(Some(format!("`{written}`, which a service extends, {problem}")))
            })?;
            let file = context.workspace.open(&path).ok_or_else(|| {
                let here = context.workspace.is_file(&path);
                let problem = if here { "cannot be read" } else { "is not in this project" };
                Broken(Some(format!("`{written}`, which a service extends, {problem}")))
            })?;
            other = context.workspace.document(file, Syntax::Yaml);
            (&other.root, parent(&path).to_owned())
        }
    };
    let Some(base) = services(root).iter().find(|it| it.key.value == name) else {
        return Err(Broken(None));
    };
    let step = (std::ptr::from_ref(root).addr(), name.to_owned());
    if get("file").is_none() && chain.contains(&step) {
        return Err(Broken(None));
    }
    chain.push(step);
    // Each service that extends it gets a copy.
    let copied = base.value.weight() + service.weight();
    if let Err(spent) = context.workspace.budget().steps(copied) {
        return Ok(Node::new(NodeKind::Dynamic(spent.unknown().reason), service.span));
    }
    let mut base = extended(context, root, &base.value, &other_folder, chain)?;
    if other_folder != folder {
        match seen_from(folder, &other_folder) {
            Some(prefix) => rebased(&mut base, &prefix),
            None => return Ok(service.clone()),
        }
    }
    let mut own = service.clone();
    if let NodeKind::Map(entries) = &mut own.kind {
        entries.retain(|it| it.key.value != "extends");
    }
    Ok(Merge { context }.merged("", &base, &own))
}

/// Says that services are left out.
fn too_much(context: &mut Context<'_, '_>, span: Span) {
    let message = "the services take more from one another than opslint follows";
    let label = Label::new(span, "some of these are not checked");
    context.acc.push(Diagnostic::new("unreadable-file", Severity::Error, message, label));
}

/// The path from one folder to another.
fn seen_from(folder: &str, other: &str) -> Option<String> {
    let parts = |it: &str| -> Vec<String> {
        it.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect()
    };
    let (from, to) = (parts(folder), parts(other));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    // What lies above the folder that opslint was started in has no name.
    let up = from.get(common..).unwrap_or_default();
    if up.iter().any(|it| it == "..") {
        return None;
    }
    let mut path = vec!["..".to_owned(); up.len()];
    path.extend(to.into_iter().skip(common));
    Some(path.join("/"))
}

/// Makes the paths of a service of another folder those that this one would write.
///
/// Source: <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#relative-path-resolution>
fn rebased(service: &mut Node, prefix: &str) {
    let NodeKind::Map(entries) = &mut service.kind else { return };
    for entry in entries {
        let value = &mut entry.value;
        match entry.key.value.as_str() {
            "build" => match &mut value.kind {
                NodeKind::Map(_) => {
                    if let Some(context) = child(value, "context") {
                        moved(context, prefix, |_| true);
                    }
                }
                _ => moved(value, prefix, |_| true),
            },
            "env_file" => match &mut value.kind {
                NodeKind::List(all) => {
                    for it in all {
                        match child(it, "path") {
                            Some(path) => moved(path, prefix, |_| true),
                            None => moved(it, prefix, |_| true),
                        }
                    }
                }
                _ => moved(value, prefix, |_| true),
            },
            "volumes" => {
                let NodeKind::List(all) = &mut value.kind else { continue };
                for it in all {
                    let is_path = |it: &str| it.starts_with('.');
                    match child(it, "source") {
                        Some(source) => moved(source, prefix, is_path),
                        None => moved(it, prefix, is_path),
                    }
                }
            }
            _ => {}
        }
    }
}

fn child<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let NodeKind::Map(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|it| it.key.value == key).map(|it| &mut it.value)
}

/// Puts a folder in front of a relative path that `is_path` takes for one.
fn moved(node: &mut Node, prefix: &str, is_path: impl Fn(&str) -> bool) {
    let NodeKind::String(text) = &mut node.kind else { return };
    let is_elsewhere = |it: &str| it.starts_with(['/', '~', '$']) || it.contains("://");
    if is_elsewhere(&text.value) || !is_path(&text.value) {
        return;
    }
    let path = format!("{prefix}/{}", text.value.trim_start_matches("./"));
    // A name alone would be that of a volume.
    let path = if path.starts_with('.') { path } else { format!("./{path}") };
    *text = Text::new(path, node.span, Vec::new());
}

/// Lays values over others. The texts of the files say which replace what is below.
struct Merge<'c, 'a, 'b> {
    context: &'c Context<'a, 'b>,
}

impl Merge<'_, '_, '_> {
    /// One value over another.
    fn merged(&self, key: &str, base: &Node, over: &Node) -> Node {
        if self.is_override(over) {
            return over.clone();
        }
        let was_list = PAIRS.contains(&key) && matches!(base.kind, NodeKind::List(_));
        let (base, over) = match key {
            "build" => (Cow::Owned(as_build(base)), Cow::Owned(as_build(over))),
            "env_file" => (Cow::Owned(as_list(base)), Cow::Owned(as_list(over))),
            key if PAIRS.contains(&key) => (Cow::Owned(as_table(base)), Cow::Owned(as_table(over))),
            _ => (Cow::Borrowed(base), Cow::Borrowed(over)),
        };
        let kind = match (&base.kind, &over.kind) {
            (NodeKind::Map(below), NodeKind::Map(above)) => {
                let mut all: Vec<Option<Entry>> = below.iter().cloned().map(Some).collect();
                // A table may be long: it is not searched for each key.
                let mut places: HashMap<&str, usize> = HashMap::new();
                for (at, entry) in below.iter().enumerate() {
                    places.entry(&entry.key.value).or_insert(at);
                }
                for entry in above {
                    let name = entry.key.value.as_str();
                    let known = places.get(name).copied();
                    if is_reset(&entry.value) {
                        // What compose takes away is an entry of a table, and a list has none.
                        if let Some(at) = known.filter(|_| !was_list) {
                            all[at] = None;
                            places.remove(name);
                        }
                        continue;
                    }
                    let found = known.and_then(|at| Some((at, all.get(at)?.as_ref()?)));
                    let merged =
                        found.map(|(at, it)| (at, self.merged(name, &it.value, &entry.value)));
                    match merged {
                        Some((at, value)) => {
                            all[at] = Some(Entry { key: entry.key.clone(), value });
                        }
                        None => {
                            places.insert(name, all.len());
                            all.push(Some(entry.clone()));
                        }
                    }
                }
                NodeKind::Map(all.into_iter().flatten().collect())
            }
            (NodeKind::List(below), NodeKind::List(above)) if !REPLACED.contains(&key) => {
                let (targets, published): (HashSet<_>, HashSet<_>) = match key {
                    "volumes" => (above.iter().filter_map(target).collect(), HashSet::new()),
                    "ports" => (HashSet::new(), above.iter().filter_map(ports::identity).collect()),
                    _ => Default::default(),
                };
                let is_kept = |it: &&Node| match key {
                    "volumes" => target(it).is_none_or(|path| !targets.contains(path)),
                    "ports" => ports::identity(it).is_none_or(|it| !published.contains(&it)),
                    _ => true,
                };
                // A file that is named again keeps its place.
                let path = |it: &Node| it.get("path").unwrap_or(it).as_str().map(str::to_owned);
                let known: HashSet<String> = match key {
                    "env_file" => below.iter().filter_map(path).collect(),
                    _ => HashSet::new(),
                };
                let is_new = |it: &&Node| path(it).is_none_or(|it| !known.contains(&it));
                let above = above.iter().filter(is_new);
                NodeKind::List(below.iter().filter(is_kept).chain(above).cloned().collect())
            }
            (_, NodeKind::Null) => base.kind.clone(),
            _ => over.kind.clone(),
        };
        Node { kind, span: over.span }
    }

    /// Whether a value replaces that of the file below: `ports: !override ["80:80"]`. The tag
    /// stands in front of the value.
    fn is_override(&self, value: &Node) -> bool {
        let text = self.context.workspace.sources.file(value.span.file).text();
        let range = value.span.range();
        let before = text.get(..range.start).unwrap_or_default().trim_end();
        before.ends_with(OVERRIDE) || text.get(range).is_some_and(|it| it.starts_with(OVERRIDE))
    }
}

/// Whether a value takes that of the file below away: `ports: !reset []`.
fn is_reset(value: &Node) -> bool {
    let NodeKind::Dynamic(text) = &value.kind else { return false };
    text.split_whitespace().next() == Some("!reset")
}

/// The path in the container that a volume is mounted at.
fn target(volume: &Node) -> Option<&str> {
    let text = match volume.get("target") {
        Some(target) => return target.as_str(),
        None => volume.as_str()?,
    };
    let mut parts = text.split(':');
    let first = parts.next()?;
    parts.next().or(Some(first))
}

/// `build: folder` as a table.
fn as_build(node: &Node) -> Node {
    let NodeKind::String(text) = &node.kind else { return node.clone() };
    let value = Node { kind: NodeKind::String(text.clone()), span: node.span };
    let key = Spanned::new("context".to_owned(), node.span);
    Node { kind: NodeKind::Map(vec![Entry { key, value }]), span: node.span }
}

/// One file as a list of them.
fn as_list(node: &Node) -> Node {
    match &node.kind {
        NodeKind::String(_) => Node { kind: NodeKind::List(vec![node.clone()]), span: node.span },
        _ => node.clone(),
    }
}

/// A list of `NAME=value` as a table.
fn as_table(node: &Node) -> Node {
    if !matches!(node.kind, NodeKind::List(_)) {
        return node.clone();
    }
    let entry = |(name, value, span): (String, Option<String>, _)| {
        let text = |it| NodeKind::String(Text::new(it, span, Vec::new()));
        let kind = value.map_or(NodeKind::Null, text);
        Entry { key: Spanned::new(name, span), value: Node { kind, span } }
    };
    let all = environment::pairs(node).into_iter().map(entry).collect();
    Node { kind: NodeKind::Map(all), span: node.span }
}

//! Databases and caches that the files of a project ask for, whatever process uses them: what plans
//! price beside the machines.

use crate::document::Node;
use crate::manifests::{heroku, render};
use crate::platforms::DatabaseKind;
use crate::project::ProjectFile;

/// Add-ons of Heroku that are a store, by the name in front of the plan.
const ADDONS: &[(&str, DatabaseKind)] =
    &[("heroku-postgresql", DatabaseKind::Postgres), ("heroku-redis", DatabaseKind::Redis)];

/// A database or cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    /// What the file calls it.
    pub(crate) name: String,
    /// What it speaks.
    pub(crate) kind: DatabaseKind,
    /// Its plan; `None` where the platform picks it.
    pub(crate) plan: Option<String>,
    /// Whether more of it is paid for than the plan: replicas, a second one that stands by.
    pub(crate) has_more: bool,
}

/// The stores that files of a platform ask for. `None` where several files ask, as nobody can say
/// which of them counts.
pub(crate) fn of(platform: &str, files: &[ProjectFile]) -> Option<Vec<Store>> {
    let formats: &[&str] = match platform {
        render::PLATFORM => &["render"],
        heroku::PLATFORM => &["heroku-yml", "app-json"],
        _ => return Some(Vec::new()),
    };
    let read = if platform == render::PLATFORM { of_render } else { of_heroku };
    // Of two formats, the first that asks for something counts.
    for format in formats {
        let mut of_format = files.iter().filter(|it| it.format == *format);
        let Some(only) = of_format.next() else { continue };
        if of_format.next().is_some() {
            return None;
        }
        let stores = read(&only.document.root);
        if !stores.is_empty() {
            return Some(stores);
        }
    }
    Some(Vec::new())
}

fn of_render(root: &Node) -> Vec<Store> {
    let store = |kind, node: &Node| Store {
        name: node.get("name").and_then(Node::as_str).unwrap_or("the database").to_owned(),
        kind,
        plan: node.get("plan").and_then(Node::as_str).map(str::to_owned),
        has_more: node.get("readReplicas").is_some_and(|it| !it.elements().is_empty())
            || node.at(&["highAvailability", "enabled"]).and_then(Node::as_bool) == Some(true),
    };
    let databases = render::everywhere(root, "databases").into_iter();
    let databases = databases.map(|it| store(DatabaseKind::Postgres, it));
    let services = render::everywhere(root, "services").into_iter();
    let caches = services
        .filter(|it| matches!(it.get("type").and_then(Node::as_str), Some("keyvalue" | "redis")));
    databases.chain(caches.map(|it| store(DatabaseKind::Redis, it))).collect()
}

fn of_heroku(root: &Node) -> Vec<Store> {
    let addons = root.get("addons").or_else(|| root.at(&["setup", "addons"]));
    let store = |node: &Node| {
        let text = node.as_str().or_else(|| node.get("plan")?.as_str())?;
        let (name, plan) = match text.split_once(':') {
            Some((name, plan)) => (name, Some(plan.to_owned())),
            None => (text, None),
        };
        let kind = ADDONS.iter().find(|(addon, _)| *addon == name).map(|(_, kind)| *kind)?;
        Some(Store { name: name.to_owned(), kind, plan, has_more: false })
    };
    addons.map(Node::elements).unwrap_or_default().iter().filter_map(store).collect()
}

//! Variables of a container: those of ConfigMaps and Secrets as a whole, and its own, which win.

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::cloud::{default, variable};
use crate::manifests::{env_file, read};
use crate::project::Environment;
use crate::source::Span;

use super::{Cluster, Workload};

/// Most sources of variables of a container that are read.
const SOURCES_MAX: usize = 50;

impl Workload<'_> {
    pub(super) fn environment(&self, cluster: &Cluster<'_, '_>, container: &Node) -> Environment {
        // What kustomize lays over it may add some.
        let mut environment = match cluster.is_patched {
            true => Environment::new(),
            false => Environment::listed(),
        };
        let sources = container.get("envFrom").map(Node::elements).unwrap_or_default();
        for entry in sources.iter().take(SOURCES_MAX) {
            self.whole(cluster, entry, &mut environment);
        }
        if let Some(entry) = sources.get(SOURCES_MAX) {
            let origin =
                Origin { span: Some(entry.span), ..Origin::new(OriginKind::Env, "`envFrom`") };
            let reason = format!("`envFrom` has more than {SOURCES_MAX} sources");
            environment.open(Fact::unknown(Unknown::because(reason), origin));
        }
        for entry in container.get("env").map(Node::elements).unwrap_or_default() {
            let Some(name) = entry.get("name").and_then(Node::as_str) else { continue };
            let (value, from) = (entry.get("value"), entry.get("valueFrom"));
            let key = from.and_then(|it| it.get("configMapKeyRef"));
            let fact = match (value, key) {
                // A name without a value is set to nothing.
                _ if value.is_none() && from.is_none() => {
                    default(Value::Text(String::new()), "a variable without a value")
                }
                (None, Some(key)) => {
                    let map = key.get("name").and_then(Node::as_str);
                    let map = map.and_then(|it| self.config_map(cluster, it));
                    let node = map.zip(key.get("key").and_then(Node::as_str));
                    let node = node.and_then(|(map, key)| map.at(&["data", key]));
                    variable(name, node, entry.span, "a ConfigMap")
                }
                _ => variable(name, value.filter(|it| !refers(it)), entry.span, "`env`"),
            };
            environment.set(name, fact);
        }
        environment
    }

    /// All variables of a ConfigMap or a Secret.
    fn whole(&self, cluster: &Cluster<'_, '_>, entry: &Node, into: &mut Environment) {
        let prefix = entry.get("prefix").and_then(Node::as_str).unwrap_or_default();
        let named = |kind: &str| entry.at(&[kind, "name"]).and_then(Node::as_str);
        if let Some(map) = named("configMapRef").and_then(|it| self.config_map(cluster, it)) {
            for it in map.get("data").map(Node::entries).unwrap_or_default() {
                let name = format!("{prefix}{}", it.key.value);
                let fact = variable(&name, Some(&it.value), entry.span, "a ConfigMap");
                into.set(name, fact);
            }
            return;
        }
        let name = named("configMapRef").or(named("secretRef")).unwrap_or_default();
        let any = outside(name, entry.span);
        if named("configMapRef").is_some() && cluster.is_patched {
            // Kustomize may make it of files of the project, a server's settings among them.
            return into.open(any);
        }
        env_file::unread(&format!("`{name}` is in the cluster"), &any, into);
    }

    /// A ConfigMap of the project. What kustomize may change is not known, and neither is which one
    /// counts of several of one name.
    pub(super) fn config_map<'n>(&self, cluster: &Cluster<'n, '_>, name: &str) -> Option<&'n Node> {
        let is_it = |it: &&&Node| {
            it.get("kind").and_then(Node::as_str) == Some("ConfigMap")
                && it.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
                && self.is_near(it)
        };
        let mut all = cluster.objects.iter().filter(is_it).copied();
        let only = all.next().filter(|_| !cluster.is_patched)?;
        all.next().is_none().then_some(only)
    }
}

/// Whether a value has another variable in it.
fn refers(value: &Node) -> bool {
    read::scalar_text(value).is_some_and(|it| it.contains("$("))
}

fn outside(name: &str, span: Span) -> Fact {
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Env, format!("`{name}`")) };
    let reason = format!("`{name}` is in the cluster, and may set any variable");
    Fact::unknown(Unknown::because(reason), origin)
}

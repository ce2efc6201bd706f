//! The way of a request to a pod: an Ingress names a port of a Service, and the Service a port of the
//! containers that it selects.
//!
//! Other folders and charts may have objects of the same kinds, so that only those are looked at which
//! lead to a workload of the file itself.
//!
//! Sources: <https://kubernetes.io/docs/concepts/services-networking/ingress/>,
//! <https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services>,
//! <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/>

use super::{Cluster, Workload};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::proxy;
use crate::manifests::read;
use crate::project::Facts;
use crate::quantity::{MEGABYTE, nginx};
use crate::source::Span;
use crate::vocabulary::{self as v, FactId};

/// Annotations of ingress-nginx with numbers of seconds.
const TIMES: &[(&str, FactId)] = &[
    ("nginx.ingress.kubernetes.io/proxy-connect-timeout", v::PROXY_CONNECT_TIMEOUT_S),
    ("nginx.ingress.kubernetes.io/proxy-read-timeout", v::PROXY_READ_TIMEOUT_S),
    ("nginx.ingress.kubernetes.io/proxy-send-timeout", v::PROXY_SEND_TIMEOUT_S),
];

/// What ingress-nginx does where neither an annotation nor the controller's own ConfigMap says more.
///
/// Source: `internal/ingress/controller/config/config.go` of ingress-nginx 1.12 (2026-11-30)
const USUAL: &[(FactId, i64)] = &[
    (v::PROXY_BODY_LIMIT_MB, 1),
    (v::PROXY_CONNECT_TIMEOUT_S, 5),
    (v::PROXY_READ_TIMEOUT_S, 60),
    (v::PROXY_SEND_TIMEOUT_S, 60),
];

/// Directives for nginx itself, which may say anything.
const SNIPPETS: &[&str] = &[
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/server-snippet",
];

/// The annotation with the largest body.
const BODY: &str = "nginx.ingress.kubernetes.io/proxy-body-size";

/// Ports on the way to workloads of a file that do not exist.
pub(super) fn missing_ports(own: &[&Node], cluster: &Cluster<'_, '_>) -> Vec<Diagnostic> {
    if cluster.is_patched {
        return Vec::new();
    }
    let mut found = Vec::new();
    for workload in own.iter().copied().filter_map(Workload::of) {
        let Some(service) = workload.service(cluster) else { continue };
        found.extend(of_service(&workload, service));
        found.extend(ingresses(&workload, cluster, service).flat_map(|it| of_ingress(it, service)));
    }
    found
}

fn missing(node: &Node, message: String, help: String) -> Diagnostic {
    let label = Label::new(node.span, "");
    Diagnostic::new("route-to-missing-port", Severity::Error, message, label).with_help(help)
}

/// Ports of a Service that go to a name which no container has.
fn of_service(workload: &Workload<'_>, service: &Node) -> Vec<Diagnostic> {
    let ports = service.at(&["spec", "ports"]).map(Node::elements).unwrap_or_default();
    let containers = ["initContainers", "containers"].into_iter().filter_map(|key| {
        let list = workload.pod.at(&["spec", key])?;
        Some(list.elements())
    });
    let declared: Vec<&Node> =
        containers.flatten().filter_map(|it| it.get("ports")).flat_map(Node::elements).collect();
    let names: Vec<String> =
        declared.iter().filter_map(|it| read::plain_text(it.get("name")?)).collect();
    let has = |name: &str| names.iter().any(|it| it == name);
    let wrong = ports.iter().filter_map(|it| {
        let target = it.get("targetPort")?;
        let name = read::plain_text(target).filter(|it| it.parse::<u16>().is_err())?;
        (!has(&name)).then_some((target, name))
    });
    let number = declared.iter().find_map(|it| read::int(it.get("containerPort")?));
    let wrong = wrong.map(|(target, name)| {
        let message = format!(
            "no container of `{}` has a port `{name}`, so the Service sends requests nowhere",
            workload.name
        );
        let help = match (names.first(), number) {
            (Some(other), _) => {
                format!("write `{other}`, or give the port of the container this name")
            }
            (None, Some(number)) => {
                format!("give the container's port {number} this name, or write `{number}` here")
            }
            (None, None) => {
                format!("add `ports: [{{name: {name}, containerPort: …}}]` to the container")
            }
        };
        missing(target, message, help)
    });
    wrong.collect()
}

/// Places where an Ingress names a port that its Service does not have.
fn of_ingress(ingress: &Node, service: &Node) -> Vec<Diagnostic> {
    let ports = service.at(&["spec", "ports"]).map(Node::elements).unwrap_or_default();
    let all = |key: &str| -> Option<Vec<String>> {
        ports.iter().map(|it| it.get(key).map_or(Some(String::new()), read::plain_text)).collect()
    };
    // Where an engine for templates fills in a port, any may be there.
    let (Some(numbers), Some(names)) = (all("port"), all("name")) else { return Vec::new() };
    let Some(name) = name_of(service).filter(|_| !ports.is_empty()) else { return Vec::new() };
    let wrong =
        backends(ingress).into_iter().filter(|(it, _)| *it == name).filter_map(|(_, port)| {
            let text = read::plain_text(port)?;
            let is_there = numbers.contains(&text) || names.contains(&text);
            (!is_there && !text.contains(['{', '$'])).then(|| {
                let message = format!(
                    "the Service `{name}` has no port `{text}`, so requests are answered with 503"
                );
                let has: Vec<String> = numbers.iter().map(|it| format!("`{it}`")).collect();
                missing(port, message, format!("write a port of the Service: {}", has.join(", ")))
            })
        });
    wrong.collect()
}

/// A proxy in a container that names a port which the Service does not have, at the place where it does.
/// A name without an address of the cluster leads to the pods themselves, or out of the cluster.
pub(super) fn of_proxy(service: &Node, port: u16, span: Span) -> Option<Diagnostic> {
    let spec = service.get("spec")?;
    let is_plain = ["clusterIP", "type", "externalIPs", "externalName"].iter().all(|key| {
        let text = spec.get(key).map(|it| it.as_str().unwrap_or_default());
        text.is_none_or(|it| matches!(it, "ClusterIP" | "NodePort" | "LoadBalancer"))
    });
    let ports = spec.get("ports")?.elements();
    let numbers: Option<Vec<i64>> =
        ports.iter().map(|it| it.get("port").and_then(read::int)).collect();
    let numbers = numbers.filter(|it| is_plain && !it.is_empty())?;
    let name = name_of(service)?;
    if numbers.contains(&i64::from(port)) || spec.get("selector")?.entries().is_empty() {
        return None;
    }
    let message = format!(
        "the Service `{name}` has no port {port}, so the proxy gets no answer and says 502 or 504"
    );
    let has: Vec<String> = numbers.iter().map(|it| format!("`{name}:{it}`")).collect();
    let help = format!("write {}", has.join(" or "));
    let found =
        Diagnostic::new("route-to-missing-port", Severity::Error, message, Label::new(span, ""));
    Some(found.with_related(ports.first()?.span, "what the Service has").with_help(help))
}

fn name_of(object: &Node) -> Option<&str> {
    object.at(&["metadata", "name"])?.as_str()
}

/// Services that an Ingress sends requests to, with the node of the port.
fn backends(ingress: &Node) -> Vec<(&str, &Node)> {
    let paths = ingress.at(&["spec", "rules"]).map(Node::elements).unwrap_or_default();
    let paths = paths.iter().filter_map(|it| it.at(&["http", "paths"])).flat_map(Node::elements);
    let paths = paths.filter_map(|it| it.get("backend"));
    let all = paths.chain(ingress.at(&["spec", "defaultBackend"]));
    let backend = all.filter_map(|it| {
        let service = it.get("service")?;
        let port = service.at(&["port", "number"]).or_else(|| service.at(&["port", "name"]))?;
        Some((service.get("name")?.as_str()?, port))
    });
    backend.collect()
}

/// Ingresses that send requests to the Service of a workload.
fn ingresses<'n, 'o>(
    workload: &'o Workload<'n>,
    cluster: &'o Cluster<'n, '_>,
    service: &'n Node,
) -> impl Iterator<Item = &'n Node> + 'o {
    let leads = move |it: &&'n Node| {
        name_of(service).is_some_and(|name| backends(it).iter().any(|it| it.0 == name))
    };
    workload.near(cluster, "Ingress").filter(leads)
}

/// Objects that may send a client to the same pod each time, in their own ways.
const OTHER_ROUTES: &[&str] =
    &["BackendTrafficPolicy", "DestinationRule", "HTTPRoute", "IngressRoute", "VirtualService"];

impl<'n> Workload<'n> {
    /// Whether requests of a client go to the same pod: a Service takes any, unless it or an Ingress
    /// in front is told something else.
    ///
    /// Source: <https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity>
    pub(super) fn sessions(&self, cluster: &Cluster<'n, '_>, service: &'n Node, facts: &mut Facts) {
        let place = service.at(&["metadata", "name"]).map_or(service.span, |it| it.span);
        if let Some(node) = service.at(&["spec", "sessionAffinity"]) {
            let origin = Origin::written(node.span, "`sessionAffinity`");
            let keeps = Value::Bool(node.as_str() != Some("None"));
            facts.set(v::ROUTER_KEEPS_SESSIONS, Fact::known(keeps, origin));
            return;
        }
        let objects = ingresses(self, cluster, service).chain([service]);
        let annotations = objects.filter_map(|it| it.at(&["metadata", "annotations"]));
        let mut keys = annotations.flat_map(Node::entries).map(|it| it.key.value.to_lowercase());
        let may_keep = keys.any(|it| {
            ["affinity", "sticky", "hash", "session"].iter().any(|part| it.contains(part))
        }) || OTHER_ROUTES.iter().any(|it| self.near(cluster, it).next().is_some());
        if !may_keep {
            let origin = Origin::new(OriginKind::Derived, "nothing says `sessionAffinity`");
            let origin = Origin { span: Some(place), ..origin };
            facts.set(v::ROUTER_KEEPS_SESSIONS, Fact::known(Value::Bool(false), origin));
        }
    }

    /// What an Ingress says of the nginx that passes requests on. What it leaves out may be said for
    /// the whole cluster, in another place; few do.
    pub(super) fn nginx(&self, cluster: &Cluster<'n, '_>, service: &'n Node, facts: &mut Facts) {
        let mut said: Vec<(FactId, Fact)> = Vec::new();
        let (mut is_nginx, mut is_plain) = (false, true);
        let mut place = self.headline;
        for ingress in ingresses(self, cluster, service) {
            place = ingress.at(&["metadata", "name"]).map_or(ingress.span, |it| it.span);
            let class = ingress.at(&["spec", "ingressClassName"]).and_then(Node::as_str);
            is_nginx |= class == Some("nginx");
            let Some(annotations) = ingress.at(&["metadata", "annotations"]) else { continue };
            let class = annotations.get("kubernetes.io/ingress.class").and_then(Node::as_str);
            let texts = annotations.entries().iter();
            is_nginx |= texts.clone().any(|it| it.key.value.starts_with("nginx.ingress."))
                || class == Some("nginx");
            is_plain &= SNIPPETS.iter().all(|it| annotations.get(it).is_none());
            let times = TIMES.iter().filter_map(|(name, id)| {
                let node = annotations.get(name)?;
                let seconds = read::scalar_text(node)?.trim().parse::<u32>().ok()?;
                let origin = Origin::written(node.span, format!("`{name}`"));
                Some((*id, Fact::known(Value::Int(i64::from(seconds)), origin)))
            });
            said.extend(times);
            if let Some(node) = annotations.get(BODY)
                && let Some(bytes) = read::scalar_text(node).and_then(|it| nginx::bytes(it.trim()))
            {
                let value = match bytes {
                    0 => Value::Null,
                    bytes => Value::of_number(bytes as f64 / MEGABYTE as f64),
                };
                let origin = Origin::written(node.span, format!("`{BODY}`"));
                said.push((v::PROXY_BODY_LIMIT_MB, Fact::known(value, origin)));
            }
        }
        if !is_nginx {
            return;
        }
        let reason = "the configuration of the ingress controller is not in this project";
        facts.extend(proxy::unknown(&Unknown::because(reason)));
        let origin = Origin::written(self.headline, "annotations of the Ingress");
        facts.set(v::PROXY_PROGRAM, Fact::known(Value::Text("nginx".to_owned()), origin));
        if is_plain && !sets_for_all(cluster) {
            for (id, number) in USUAL {
                let origin = Origin::new(
                    OriginKind::Assumed,
                    "the ConfigMap of the ingress controller keeps the defaults of ingress-nginx",
                );
                let origin = Origin { span: Some(place), ..origin };
                facts.set(*id, Fact::known(Value::Int(*number), origin));
            }
        }
        for (id, fact) in &said {
            // Two Ingresses for one Service may say two things.
            if said.iter().all(|(other, it)| other != id || it.value() == fact.value()) {
                facts.set(*id, fact.clone());
            }
        }
    }
}

/// Whether a ConfigMap of the project says for all Ingresses what annotations say for one.
fn sets_for_all(cluster: &Cluster<'_, '_>) -> bool {
    let keys =
        ["proxy-body-size", "proxy-connect-timeout", "proxy-read-timeout", "proxy-send-timeout"];
    let is_map = |it: &&&Node| it.get("kind").and_then(Node::as_str) == Some("ConfigMap");
    let maps = cluster.objects.iter().filter(is_map).filter_map(|it| it.get("data"));
    let mut maps = maps.filter(|it| keys.iter().any(|key| it.get(key).is_some()));
    maps.next().is_some()
}

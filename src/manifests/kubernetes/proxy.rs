//! A proxy in a container of its own, joined to the containers that it passes requests to: those of its
//! own pod, by its loopback address, and those behind a Service, by the name of that.
//!
//! Sources: <https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking>,
//! <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>,
//! <https://kubernetes.io/docs/concepts/services-networking/service/#headless-services>

use std::collections::BTreeMap;

use super::{Cluster, Workload, routes};
use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::in_front::Program;
use crate::images::proxy::{self, Address, Configuration, Pass, Target};
use crate::manifests::read;
use crate::programs::listed::{Serves, images};
use crate::vocabulary as v;

/// Proxies of one folder that are read.
const PROXIES_MAX: usize = 20;

/// Endings of the full name of a Service, behind its namespace.
const DOMAINS: &[&str] = &[".svc.cluster.local", ".svc"];

/// A container of the file, and the place of its process among all of it.
pub(super) struct Placed<'n> {
    pub(super) object: &'n Node,
    pub(super) pod: &'n Node,
    pub(super) container: &'n Node,
    pub(super) process: usize,
}

/// Steps that comparing an address with a container takes.
const COMPARED_STEPS: usize = 8;

/// A container that runs a proxy.
struct Proxy<'n> {
    workload: Workload<'n>,
    container: &'n Node,
    program: Program,
}

/// The Services that a proxy names, by the name that it has for each.
type Services<'n> = BTreeMap<String, &'n Node>;

/// Where an address leads, as seen by one container.
enum Leads {
    /// To it, at this port where the address says it.
    Here(Option<u16>),
    Elsewhere,
    /// To one of several, and nothing says which.
    Perhaps,
}

/// Says of each process what a proxy in another container does with its requests. The proxy may stand
/// in a file beside this one.
pub(super) fn join_all<'n>(
    context: &mut Context<'_, '_>,
    cluster: &Cluster<'n, '_>,
    placed: &[Placed<'n>],
    processes: &mut [ProcessDraft],
) {
    let workloads = cluster.objects.iter().copied().filter_map(Workload::of);
    let proxies = workloads.flat_map(|workload| {
        let of_container = |container: &'n Node| {
            let program = Program::of_image(container.get("image")?.as_str()?)?;
            let workload = Workload::of(workload.object)?;
            Some(Proxy { workload, container, program })
        };
        staying(workload.pod).into_iter().filter_map(of_container).collect::<Vec<_>>()
    });
    for proxy in proxies.take(PROXIES_MAX).collect::<Vec<_>>() {
        let own = placed.iter().find(|it| std::ptr::eq(it.container, proxy.container));
        match proxy.configuration(context, cluster) {
            None => {}
            Some(Ok(mut configuration)) => {
                let addresses = || configuration.passes.iter().flat_map(|it| &it.addresses);
                // Each address looks through the objects, and is compared with each container.
                let count = addresses().count();
                let budget = context.workspace.budget();
                let compared =
                    count.saturating_mul(cluster.objects.len() + COMPARED_STEPS * placed.len());
                if budget.steps(compared).is_err() {
                    return;
                }
                let services = proxy.services(cluster, addresses());
                for it in placed {
                    let process = &mut processes[it.process];
                    proxy.join_one((cluster, &services), &configuration, it, process);
                }
                if let Some(own) = own.map(|it| &mut processes[it.process]) {
                    proxy.of_proxy(own, &configuration);
                    context.acc.append(&mut configuration.refused);
                    let addresses = configuration.passes.iter().flat_map(|it| &it.addresses);
                    let missing = addresses.filter_map(|it| proxy.missing_port(cluster, it));
                    context.acc.extend(missing);
                }
            }
            Some(Err(unknown)) => {
                let others = placed.iter().filter(|it| proxy.may_lead_to(it));
                for it in others {
                    is_unknown(&mut processes[it.process], &unknown);
                }
            }
        }
    }
}

/// The containers of a pod that stay.
fn staying(pod: &Node) -> Vec<&Node> {
    let list = |key: &str| pod.at(&["spec", key]).map(Node::elements).unwrap_or_default();
    let sidecars = list("initContainers").iter().filter(|it| it.get("restartPolicy").is_some());
    list("containers").iter().chain(sidecars).collect()
}

impl<'n> Proxy<'n> {
    /// What its files say; `None` where none of them is here.
    fn configuration(
        &self,
        context: &mut Context<'_, '_>,
        cluster: &Cluster<'n, '_>,
    ) -> Option<Result<Configuration, Unknown>> {
        let words: Vec<&str> = ["command", "args"]
            .iter()
            .filter_map(|it| self.container.get(it))
            .flat_map(|it| it.elements())
            .map(|it| it.as_str().unwrap_or("$"))
            .collect();
        let mounts = self.workload.mounts(context.workspace, cluster, self.container);
        let environment = self.workload.environment(cluster, self.container);
        let words = Some(words.as_slice()).filter(|it| !it.is_empty());
        self.program.configuration(context.workspace, &mounts.container(environment), words)
    }

    /// What a configuration says of a process, if it passes requests to it.
    fn join_one(
        &self,
        (cluster, services): (&Cluster<'n, '_>, &Services<'n>),
        configuration: &Configuration,
        placed: &Placed<'n>,
        process: &mut ProcessDraft,
    ) {
        if !self.may_lead_to(placed) || !is_of_project(process) {
            return;
        }
        let (mut passes, mut port): (Vec<&Pass>, Option<Fact>) = (Vec::new(), None);
        let mut unknown = configuration.hidden.clone();
        for pass in &configuration.passes {
            let mut is_here = false;
            for it in &pass.addresses {
                match self.leads((cluster, services), configuration, placed, it) {
                    Leads::Here(at) => {
                        is_here = true;
                        let at = at.map(|port| {
                            let origin = Origin::written(it.span, "the proxy");
                            Fact::known(Value::Int(i64::from(port)), origin)
                        });
                        port = proxy::either(port.into_iter().chain(at).collect());
                    }
                    Leads::Elsewhere => {}
                    Leads::Perhaps => {
                        let reason = "it is not known which container the proxy passes requests to";
                        unknown.get_or_insert(Unknown::because(reason));
                    }
                }
                if let Target::Unknown(reason) = &it.target {
                    unknown.get_or_insert(reason.clone());
                }
            }
            passes.extend(is_here.then_some(pass));
        }
        let Some(first) = passes.first() else {
            if let Some(unknown) = unknown {
                is_unknown(process, &unknown);
            }
            return;
        };
        process.facts.extend(proxy::of_passes(&passes));
        let by_service = || {
            let origin = Origin::new(OriginKind::Derived, "a Service stands between");
            Fact::known(Value::Null, origin)
        };
        process.facts.set(v::PROXY_PORT, port.unwrap_or_else(by_service));
        let name = self.container.get("name").and_then(Node::as_str).unwrap_or(self.workload.name);
        let source = format!("`{name}` passes requests to it");
        let origin = Origin { span: Some(first.span), ..Origin::new(OriginKind::Derived, source) };
        process.facts.set(v::KIND, Fact::known(Value::Text("web".to_owned()), origin));
        // A Service of the pod sends requests to the proxy, or past it.
        if std::ptr::eq(placed.object, self.workload.object) {
            process.facts.remove(v::ROUTER_PORT);
        }
    }

    /// Whether requests may go to a container at all.
    fn may_lead_to(&self, placed: &Placed<'n>) -> bool {
        !std::ptr::eq(placed.container, self.container) && self.workload.is_near(placed.object)
    }

    fn leads(
        &self,
        (cluster, services): (&Cluster<'n, '_>, &Services<'n>),
        configuration: &Configuration,
        placed: &Placed<'n>,
        address: &Address,
    ) -> Leads {
        let is_beside = std::ptr::eq(placed.object, self.workload.object);
        match &address.target {
            Target::Host { host, port } if is_loopback(host) => {
                if !is_beside || port.is_some_and(|it| configuration.listens.contains(&it)) {
                    return Leads::Elsewhere;
                }
                self.beside(placed, *port)
            }
            Target::Host { host, port } => match services.get(host) {
                Some(service) => behind(cluster, service, placed, *port),
                None => Leads::Elsewhere,
            },
            Target::Socket(_) if is_beside => self.beside(placed, None),
            Target::Socket(_) | Target::Unknown(_) => Leads::Elsewhere,
        }
    }

    /// Whether a container of the same pod is the one at a port: the only other one, or the one that
    /// names the port.
    fn beside(&self, placed: &Placed<'n>, port: Option<u16>) -> Leads {
        let has = |it: &Node| port.is_some_and(|port| has_port(it, i64::from(port)));
        let mut others = staying(self.workload.pod);
        others.retain(|it| !std::ptr::eq(*it, self.container) && (has(it) || !is_of_others(it)));
        match others.as_slice() {
            [only] if std::ptr::eq(*only, placed.container) => Leads::Here(port),
            [_] => Leads::Elsewhere,
            all => match all.iter().filter(|it| has(it)).count() {
                1 if has(placed.container) => Leads::Here(port),
                1 => Leads::Elsewhere,
                _ => Leads::Perhaps,
            },
        }
    }

    /// The Services that addresses name.
    fn services<'a>(
        &self,
        cluster: &Cluster<'n, '_>,
        addresses: impl Iterator<Item = &'a Address>,
    ) -> Services<'n> {
        let hosts = addresses.filter_map(|it| match &it.target {
            Target::Host { host, .. } => Some(host),
            Target::Socket(_) | Target::Unknown(_) => None,
        });
        let mut services = Services::new();
        for host in hosts {
            if !services.contains_key(host)
                && let Some(service) = self.service(cluster, host)
            {
                services.insert(host.clone(), service);
            }
        }
        services
    }

    /// The Service that a name means; `None` where it is none of these files, or one of several.
    fn service(&self, cluster: &Cluster<'n, '_>, host: &str) -> Option<&'n Node> {
        let host = host.to_ascii_lowercase();
        let is_full = DOMAINS.iter().find_map(|it| host.strip_suffix(it));
        let (name, namespace) = match is_full.unwrap_or(&host).split_once('.') {
            Some((_, namespace)) if namespace.contains('.') => return None,
            Some((name, namespace)) => (name, Some(namespace)),
            None => (is_full.unwrap_or(&host), None),
        };
        let is_it = |it: &&Node| {
            let own = it.at(&["metadata", "namespace"]).and_then(Node::as_str);
            it.get("kind").and_then(Node::as_str) == Some("Service")
                && it.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
                && match (namespace, own) {
                    (Some(wanted), Some(own)) => wanted == own,
                    // `web.dev` may be a name of the internet.
                    (Some(_), None) => is_full.is_some(),
                    (None, _) => self.workload.is_near(it),
                }
        };
        let mut all = cluster.objects.iter().copied().filter(is_it);
        all.next().filter(|_| all.next().is_none())
    }

    /// An address of the proxy that names a port which its Service does not have.
    fn missing_port(&self, cluster: &Cluster<'n, '_>, address: &Address) -> Option<Diagnostic> {
        let Target::Host { host, port: Some(port) } = &address.target else { return None };
        let service = self.service(cluster, host).filter(|_| !cluster.is_patched)?;
        routes::of_proxy(service, *port, address.span)
    }

    /// Where it passes requests to itself, as far as nothing else is in its pod.
    fn of_proxy(&self, process: &mut ProcessDraft, configuration: &Configuration) {
        let is_alone = process.facts.get(v::KIND).and_then(Fact::text) == Some("proxy")
            && staying(self.workload.pod).len() == 1
            && self.workload.pod.at(&["spec", "hostNetwork"]).is_none();
        let injects = |it: &Node| it.entries().iter().any(|it| it.key.value.contains("inject"));
        let meta = ["annotations", "labels"].map(|it| self.workload.pod.at(&["metadata", it]));
        if !is_alone || configuration.hidden.is_some() || meta.into_iter().flatten().any(injects) {
            return;
        }
        let mut addresses = configuration.passes.iter().flat_map(|it| &it.addresses);
        let found = addresses.find_map(|it| match &it.target {
            Target::Host { host, port }
                if is_loopback(host)
                    && !port.is_some_and(|it| configuration.listens.contains(&it)) =>
            {
                let port = port.map_or(String::new(), |it| format!(":{it}"));
                Some((format!("{host}{port}"), it.span))
            }
            _ => None,
        });
        let fact = match found {
            Some((text, span)) => {
                Fact::known(Value::Text(text), Origin::written(span, "the proxy"))
            }
            None => Fact::known(Value::Null, Origin::new(OriginKind::Derived, "the proxy")),
        };
        process.facts.set(v::PROXY_OWN_LOOPBACK, fact);
    }
}

/// Whether a Service sends requests to a container, which come to it at a port.
fn behind<'n>(
    cluster: &Cluster<'n, '_>,
    service: &'n Node,
    placed: &Placed<'n>,
    port: Option<u16>,
) -> Leads {
    let Placed { object, pod, .. } = *placed;
    let workload = Workload { object, pod, name: "", headline: object.span };
    if cluster.is_patched || !workload.is_selected(service) {
        return Leads::Elsewhere;
    }
    // Its name stands for the addresses of the pods themselves, at any port of theirs.
    let is_headless = service.at(&["spec", "clusterIP"]).and_then(Node::as_str) == Some("None");
    let containers = staying(workload.pod);
    if containers.len() == 1 {
        return Leads::Here(port.filter(|_| is_headless));
    }
    let ports = service.at(&["spec", "ports"]).map(Node::elements).unwrap_or_default();
    let named = ports.iter().find(|it| it.get("port").and_then(read::int) == port.map(i64::from));
    let target = named.and_then(|it| it.get("targetPort").or_else(|| it.get("port")));
    let has = |it: &Node| match target {
        _ if is_headless => port.is_some_and(|port| has_port(it, i64::from(port))),
        Some(target) => match (read::int(target), target.as_str()) {
            (Some(number), _) => has_port(it, number),
            (None, Some(name)) => has_name(it, name),
            (None, None) => false,
        },
        None => false,
    };
    match containers.iter().filter(|it| has(it)).count() {
        1 if has(placed.container) => Leads::Here(None),
        1 => Leads::Elsewhere,
        _ => Leads::Perhaps,
    }
}

/// Whether it runs a database, a broker or the like, which no proxy passes requests to.
fn is_of_others(container: &Node) -> bool {
    let image = container.get("image").and_then(Node::as_str);
    image.and_then(images::of).is_some_and(|(it, _)| it.serves == Serves::Others)
}

fn ports(container: &Node) -> &[Node] {
    container.get("ports").map(Node::elements).unwrap_or_default()
}

fn has_port(container: &Node, port: i64) -> bool {
    ports(container).iter().any(|it| it.get("containerPort").and_then(read::int) == Some(port))
}

fn has_name(container: &Node, name: &str) -> bool {
    ports(container).iter().any(|it| it.get("name").and_then(Node::as_str) == Some(name))
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "::1") || host.starts_with("127.")
}

/// Whether it is a program of the project, and none that runs beside it.
fn is_of_project(process: &ProcessDraft) -> bool {
    let kind = process.facts.get(v::KIND).and_then(Fact::text);
    kind.is_none_or(|it| matches!(it, "web" | "worker"))
}

fn is_unknown(process: &mut ProcessDraft, unknown: &Unknown) {
    if !is_of_project(process) {
        return;
    }
    let mut facts = proxy::unknown(unknown);
    // What another proxy says of it stays.
    facts.extend(std::mem::take(&mut process.facts));
    process.facts = facts;
}

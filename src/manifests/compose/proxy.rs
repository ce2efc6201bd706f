//! nginx, Caddy, HAProxy or Apache in a service of its own, joined to the services that it passes requests to.
//!
//! What a mount or `COPY` puts below the folder of the configuration is its file, whatever it is
//! called here. The names by which services find each other say which service is meant.

use std::sync::Arc;

use super::{environment, labels, served, volumes};
use crate::document::{Document, Entry, Node};
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::container::Container;
use crate::images::dockerfile::{self, Build};
use crate::images::in_front::Program;
use crate::images::proxy::{self as proxy_facts, Configuration, Pass, Target};
use crate::parse::Syntax;
use crate::vocabulary as v;
use crate::workspace::{Copied, join, parent};

/// Says of each process what a proxy in another service of the file does with its requests.
pub(super) fn join_all(
    context: &mut Context<'_, '_>,
    document: &Document,
    processes: &mut [ProcessDraft],
) {
    let services = document.root.get("services").map(Node::entries).unwrap_or_default();
    for process in processes.iter_mut() {
        let service = services.iter().find(|it| it.key.value == process.name.value);
        if let Some(port) = service.and_then(|it| labels::port(&it.value)) {
            is_told(process, port);
        }
    }
    for proxy in services {
        let Some((program, container)) = container(context, document, &proxy.value) else {
            continue;
        };
        let words = words(&proxy.value);
        let found = program.configuration(context.workspace, &container, words.as_deref());
        match found {
            None => {}
            Some(Ok(mut configuration)) => {
                context.acc.append(&mut configuration.refused);
                let served = served::not_there(&proxy.value, &container, &configuration);
                join_one(proxy, services, &configuration, processes);
                let others = others(context);
                let is_whole = others
                    .as_ref()
                    .is_some_and(|it| !it.iter().any(|it| served::adds(it, document, proxy)));
                context.acc.extend(served.filter(|_| is_whole && program == Program::Nginx));
                let own = processes.iter_mut().find(|it| it.name.value == proxy.key.value);
                if let Some(own) = own {
                    let services = Beside { services, proxy, document, others };
                    services.of_proxy(own, &configuration);
                }
            }
            Some(Err(unknown)) => all_unknown(proxy, processes, &unknown),
        }
    }
}

/// The files of compose in the folder, which may be used together. `None` where one cannot be read.
fn others(context: &mut Context<'_, '_>) -> Option<Vec<Arc<Document>>> {
    let folder = parent(context.manifest).to_owned();
    let is_compose = |it: &&String| {
        let it = it.trim_start_matches("docker-");
        it.starts_with("compose") && (it.ends_with(".yml") || it.ends_with(".yaml"))
    };
    let names = context.workspace.list(&folder);
    let document = |name: &String| {
        let file = context.workspace.open(&join(&folder, name)?)?;
        let document = context.workspace.look_into(file, Syntax::Yaml);
        document.problems.is_empty().then_some(document)
    };
    names.iter().filter(is_compose).map(document).collect()
}

/// What a configuration says of the services that it names.
fn join_one(
    proxy: &Entry,
    services: &[Entry],
    configuration: &Configuration,
    processes: &mut [ProcessDraft],
) {
    let addresses = || configuration.passes.iter().flat_map(|it| &it.addresses);
    let unknown = addresses().find_map(|it| match &it.target {
        Target::Unknown(unknown) => Some(unknown),
        _ => None,
    });
    for process in processes.iter_mut() {
        if process.name.value == proxy.key.value || !is_of_project(process) {
            continue;
        }
        let service = services.iter().find(|it| it.key.value == process.name.value);
        let Some(service) = service else { continue };
        let names = names(service, &proxy.value);
        let is_it = |host: &str| names.iter().any(|it| it.eq_ignore_ascii_case(host));
        let goes_there = |it: &&Pass| {
            it.addresses.iter().any(|it| match &it.target {
                Target::Host { host, .. } => is_it(host),
                Target::Socket(_) | Target::Unknown(_) => false,
            })
        };
        let passes: Vec<&Pass> = configuration.passes.iter().filter(goes_there).collect();
        if let Some(pass) = passes.first() {
            process.facts.extend(proxy_facts::of_passes(&passes));
            if let Some(port) = proxy_facts::port(&passes, &is_it) {
                process.facts.set(v::PROXY_PORT, port);
            }
            is_web(process, proxy, pass);
        } else if let Some(unknown) = unknown.or(configuration.hidden.as_ref()) {
            is_unknown(process, unknown);
        }
    }
}

/// Whether it is a program of the project, and none that runs beside them.
fn is_of_project(process: &ProcessDraft) -> bool {
    let kind = process.facts.get(v::KIND).and_then(Fact::text);
    kind.is_none_or(|it| matches!(it, "web" | "worker"))
}

/// What else is in the file of a proxy.
struct Beside<'a> {
    services: &'a [Entry],
    proxy: &'a Entry,
    document: &'a Document,
    /// Every file of compose in the folder; `None` where one cannot be read.
    others: Option<Vec<Arc<Document>>>,
}

impl Beside<'_> {
    /// Where the proxy passes requests to, as far as nothing is there.
    fn of_proxy(&self, process: &mut ProcessDraft, configuration: &Configuration) {
        let is_alone = process.facts.get(v::KIND).and_then(Fact::text) == Some("proxy");
        if !is_alone {
            return;
        }
        let first = |is_it: &dyn Fn(&str, Option<u16>) -> bool| {
            let mut addresses = configuration.passes.iter().flat_map(|it| &it.addresses);
            let found = addresses.find_map(|it| match &it.target {
                Target::Host { host, port } if is_it(host, *port) => {
                    let port = port.map_or(String::new(), |it| format!(":{it}"));
                    Some((format!("{host}{port}"), it.span))
                }
                _ => None,
            });
            match found {
                Some((text, span)) => {
                    Fact::known(Value::Text(text), Origin::written(span, "the proxy"))
                }
                None => Fact::known(Value::Null, Origin::new(OriginKind::Derived, "the proxy")),
            }
        };
        if self.shares_network() {
            return;
        }
        // A proxy may well pass requests to another server of its own.
        let is_loopback = |host: &str, port: Option<u16>| {
            (matches!(host, "localhost" | "::1") || host.starts_with("127."))
                && !port.is_some_and(|it| configuration.listens.contains(&it))
        };
        if configuration.hidden.is_none() {
            process.facts.set(v::PROXY_OWN_LOOPBACK, first(&is_loopback));
        }
        let documents = self.others.as_ref().filter(|_| !self.may_be_elsewhere());
        if let Some(others) = documents.filter(|it| !it.iter().any(|it| is_open(it))) {
            let proxy = &self.proxy.value;
            let services = |it: &'_ Arc<Document>| -> Vec<Entry> {
                it.root.get("services").map(Node::entries).unwrap_or_default().to_vec()
            };
            let others: Vec<Entry> = others.iter().flat_map(services).collect();
            let services = self.services.iter().chain(&others);
            let names: Vec<String> = services.flat_map(|it| names(it, proxy)).collect();
            // A name with a dot is one of the internet, and an address needs no name.
            let is_unknown = |host: &str, _: Option<u16>| {
                !host.contains(['.', ':', '$'])
                    && host != "localhost"
                    && !names.iter().any(|it| it.eq_ignore_ascii_case(host) || is_made_of(host, it))
            };
            process.facts.set(v::PROXY_UNKNOWN_HOST, first(&is_unknown));
        }
    }

    /// Whether other programs have the same loopback address.
    fn shares_network(&self) -> bool {
        let mode = |it: &Node| it.get("network_mode").and_then(Node::as_str).map(str::to_owned);
        let own = format!("service:{}", self.proxy.key.value);
        self.proxy.value.get("network_mode").is_some()
            || self.services.iter().any(|it| mode(&it.value).is_some_and(|it| it == own))
    }

    /// Whether containers of other files, or hosts that are named by hand, can be reached.
    fn may_be_elsewhere(&self) -> bool {
        let keys = ["extra_hosts", "external_links", "extends"];
        is_open(self.document) || keys.iter().any(|it| self.proxy.value.get(it).is_some())
    }
}

/// Whether services of other projects can be reached by their names.
fn is_open(document: &Document) -> bool {
    let networks = document.root.get("networks").map(Node::entries).unwrap_or_default();
    let is_external = |it: &Entry| it.value.get("external").is_some();
    networks.iter().any(is_external) || document.root.get("include").is_some()
}

/// Requests come from the proxy, so that this is a web process, whatever ports it publishes.
fn is_web(process: &mut ProcessDraft, proxy: &Entry, pass: &Pass) {
    let source = format!("`{}` passes requests to it", proxy.key.value);
    let origin = Origin { span: Some(pass.span), ..Origin::new(OriginKind::Derived, source) };
    process.facts.set(v::KIND, Fact::known(Value::Text("web".to_owned()), origin));
}

/// A proxy finds the port in what the service itself says, and everything else elsewhere.
fn is_told(process: &mut ProcessDraft, port: Fact) {
    let reason = "the configuration of the proxy that reads labels is not looked at";
    is_unknown(process, &Unknown::because(reason));
    let origin = Origin { span: port.origin.span, ..Origin::new(OriginKind::Derived, "a proxy") };
    process.facts.set(v::KIND, Fact::known(Value::Text("web".to_owned()), origin));
    process.facts.set(v::PROXY_PORT, port);
}

/// Any of the services may be behind a proxy whose file is not known.
fn all_unknown(proxy: &Entry, processes: &mut [ProcessDraft], unknown: &Unknown) {
    let others = processes.iter_mut().filter(|it| it.name.value != proxy.key.value);
    for process in others.filter(|it| is_of_project(it)) {
        is_unknown(process, unknown);
    }
}

fn is_unknown(process: &mut ProcessDraft, unknown: &Unknown) {
    let mut facts = proxy_facts::unknown(unknown);
    // What another proxy says of it stays.
    facts.extend(std::mem::take(&mut process.facts));
    process.facts = facts;
}

/// Whether a name is made of the name of a service: that of a container (`shop-web-1`,
/// `shop_web_1`) or, in a stack of Swarm, that of the service (`shop_web`). What stands in front is
/// the project, which a folder or an option may name.
fn is_made_of(host: &str, service: &str) -> bool {
    let number = |it: char| it.is_ascii_digit();
    let container = host.trim_end_matches(number);
    let container = Some(container).filter(|it| it.len() < host.len());
    let container = container.and_then(|it| it.strip_suffix(['-', '_']));
    let ends = |it: &str| {
        let project = it.strip_suffix(service).unwrap_or_default();
        project.len() > 1 && project.ends_with(['-', '_'])
    };
    container.is_some_and(ends) || host.strip_suffix(service).is_some_and(|it| it.ends_with('_'))
}

/// The names by which a proxy finds a service. Docker Engine resolves `hostname` since version 25.
/// Source: <https://github.com/compose-spec/compose-spec/blob/main/05-services.md> (`networks`,
/// `aliases`, `container_name`, `links`),
/// <https://docs.docker.com/reference/api/engine/version-history/#v144-api-changes> (`DNSNames`)
fn names(service: &Entry, proxy: &Node) -> Vec<String> {
    let name = service.key.value.clone();
    let mut names = vec![name.clone()];
    let own = |key: &str| service.value.get(key).and_then(Node::as_str).map(str::to_owned);
    names.extend(own("container_name"));
    names.extend(own("hostname"));
    let networks = service.value.get("networks").map(Node::entries).unwrap_or_default();
    for network in networks {
        let aliases = network.value.get("aliases").map(Node::elements).unwrap_or_default();
        names.extend(aliases.iter().filter_map(|it| it.as_str().map(str::to_owned)));
    }
    for link in proxy.get("links").map(Node::elements).unwrap_or_default() {
        let alias = link.as_str().and_then(|it| it.split_once(':')).filter(|it| it.0 == name);
        names.extend(alias.map(|(_, alias)| alias.to_owned()));
    }
    names
}

/// The words of the command of a service; none where it has none of its own.
fn words(service: &Node) -> Option<Vec<&str>> {
    let node = ["command", "entrypoint"].iter().find_map(|it| service.get(it))?;
    Some(match node.as_str() {
        Some(text) => text.split_whitespace().collect(),
        None => node.elements().iter().filter_map(Node::as_str).collect(),
    })
}

/// The files of a service that runs a proxy; `None` for any other.
fn container(
    context: &mut Context<'_, '_>,
    document: &Document,
    service: &Node,
) -> Option<(Program, Container)> {
    let folder = parent(context.manifest).to_owned();
    let environment = environment::of(context, service);
    let mut container = Container { environment, ..Container::default() };
    mounts(document, service, &folder, &mut container);
    let image = service.get("image").and_then(Node::as_str).filter(|_| !is_built(service));
    let program = match image {
        Some(image) => Program::of_image(image),
        None => built(context, service, &folder, &mut container),
    };
    let program = program.or_else(|| Program::of_files(&container))?;
    Some((program, container))
}

fn is_built(service: &Node) -> bool {
    service.get("build").is_some()
}

/// Notes what the build of a service copies. The proxy that its image is built on.
fn built(
    context: &mut Context<'_, '_>,
    service: &Node,
    folder: &str,
    container: &mut Container,
) -> Option<Program> {
    let build = service.get("build")?;
    let get = |key: &str| build.get(key).and_then(Node::as_str);
    let context_folder = build.as_str().or_else(|| get("context")).unwrap_or(".");
    let folder = join(folder, context_folder)?;
    let path = join(&folder, get("dockerfile").unwrap_or("Dockerfile"));
    let path = path?;
    let arguments = |name: &str| environment::argument(build, name);
    let build =
        Build { path: &path, context: &folder, target: get("target"), arguments: &arguments };
    let image = dockerfile::image(context, &build)?;
    let files = image.files();
    container.copied.clone_from(&files.copied);
    container.is_open = files.is_open;
    container.environment = image.environment(&container.environment);
    Program::of_image(image.base()?)
}

/// `volumes` in both forms, and `configs` with their files.
fn mounts(document: &Document, service: &Node, folder: &str, container: &mut Container) {
    let (mounts, hidden) = volumes::mounted(service, folder);
    container.mounts.extend(mounts);
    container.hidden.extend(hidden);
    let files = document.root.get("configs");
    for (source, to) in volumes::configs(service) {
        let file = files.and_then(|it| it.get(source)).and_then(|it| it.get("file"));
        match file.and_then(Node::as_str).and_then(|it| volumes::project_path(folder, it)) {
            Some(from) => container.mounts.push(Copied { to, from }),
            None => container.hidden.push(to),
        }
    }
}

//! nginx in a service of its own, joined to the services that it passes requests to.
//!
//! What a mount or `COPY` puts below the folder of the configuration is its file, whatever it is
//! called here. The names by which services find each other say which service is meant.

use super::{environment, labels};
use crate::document::{Document, Entry, Node};
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile::{self, Build};
use crate::images::nginx::{self, Configuration, Container, Pass, Target};
use crate::vocabulary as v;
use crate::workspace::{Copied, join, parent};

/// Images that are nginx with its files at the usual places, by the last part of their names.
const NGINX_IMAGES: &[&str] = &["nginx", "nginx-unprivileged"];

/// Says of each process what nginx in another service of the file does with its requests.
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
        let Some(container) = container(context, document, &proxy.value) else { continue };
        match Configuration::in_container(context.workspace, &container) {
            None => {}
            Some(Ok(configuration)) => {
                join_one(proxy, services, &configuration, processes);
            }
            Some(Err(unknown)) => all_unknown(proxy, processes, &unknown),
        }
    }
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
        if process.name.value == proxy.key.value {
            continue;
        }
        let service = services.iter().find(|it| it.key.value == process.name.value);
        let Some(service) = service else { continue };
        let names = names(service, &proxy.value);
        let is_it = |host: &str| names.iter().any(|it| it.eq_ignore_ascii_case(host));
        let goes_there = |it: &&Pass| {
            it.addresses.iter().any(|it| match &it.target {
                Target::Host { host, .. } => is_it(host),
                Target::Socket | Target::Unknown(_) => false,
            })
        };
        let passes: Vec<&Pass> = configuration.passes.iter().filter(goes_there).collect();
        if let Some(pass) = passes.first() {
            process.facts.extend(nginx::of_passes(&passes));
            if let Some(port) = nginx::port(&passes, &is_it) {
                process.facts.set(v::PROXY_PORT, port);
            }
            is_web(process, proxy, pass);
        } else if let Some(unknown) = unknown.or(configuration.hidden.as_ref()) {
            is_unknown(process, unknown);
        }
    }
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
    for process in processes.iter_mut().filter(|it| it.name.value != proxy.key.value) {
        is_unknown(process, unknown);
    }
}

fn is_unknown(process: &mut ProcessDraft, unknown: &Unknown) {
    let mut facts = nginx::unknown(unknown);
    // What another proxy says of it stays.
    facts.extend(std::mem::take(&mut process.facts));
    process.facts = facts;
}

/// The names by which a proxy finds a service.
/// Source: <https://github.com/compose-spec/compose-spec/blob/main/05-services.md> (`networks`,
/// `aliases`, `container_name`, `links`)
fn names(service: &Entry, proxy: &Node) -> Vec<String> {
    let name = service.key.value.clone();
    let mut names = vec![name.clone()];
    let own = |key: &str| service.value.get(key).and_then(Node::as_str).map(str::to_owned);
    names.extend(own("container_name"));
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

/// The files of a service that runs nginx; `None` for any other.
fn container(
    context: &mut Context<'_, '_>,
    document: &Document,
    service: &Node,
) -> Option<Container> {
    let folder = parent(context.manifest).to_owned();
    let mut container = Container { environment: environment(service), ..Container::default() };
    mounts(document, service, &folder, &mut container);
    let image = service.get("image").and_then(Node::as_str).filter(|_| !is_built(service));
    let is_nginx = match image {
        Some(image) => is_nginx_image(image),
        None => built(context, service, &folder, &mut container),
    };
    (is_nginx || container.has_main()).then_some(container)
}

fn is_built(service: &Node) -> bool {
    service.get("build").is_some()
}

/// Whether an image is nginx with its files where those of the official image are.
fn is_nginx_image(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let (owner, last) = name.rsplit_once('/').unwrap_or(("", name));
    // Bitnami's has its files below /opt.
    NGINX_IMAGES.contains(&last) && !owner.ends_with("bitnami")
}

/// Notes what the build of a service copies. Whether its image is built on nginx.
fn built(
    context: &mut Context<'_, '_>,
    service: &Node,
    folder: &str,
    container: &mut Container,
) -> bool {
    let Some(build) = service.get("build") else { return false };
    let get = |key: &str| build.get(key).and_then(Node::as_str);
    let context_folder = build.as_str().or_else(|| get("context")).unwrap_or(".");
    let Some(folder) = join(folder, context_folder) else { return false };
    let path = join(&folder, get("dockerfile").unwrap_or("Dockerfile"));
    let Some(path) = path else { return false };
    let arguments = |name: &str| super::argument(build, name);
    let build =
        Build { path: &path, context: &folder, target: get("target"), arguments: &arguments };
    let Some(image) = dockerfile::image(context, &build) else { return false };
    let files = image.files();
    container.copied.clone_from(&files.copied);
    container.is_open = files.is_open;
    container.environment = image.environment(&container.environment);
    image.base().is_some_and(is_nginx_image)
}

/// `volumes` in both forms, and `configs` with their files.
fn mounts(document: &Document, service: &Node, folder: &str, container: &mut Container) {
    for volume in service.get("volumes").map(Node::elements).unwrap_or_default() {
        let text = |key: &str| volume.get(key).and_then(Node::as_str).map(str::to_owned);
        let (source, target) = match volume.as_str() {
            Some(text) => {
                let mut parts = text.split(':');
                match (parts.next(), parts.next()) {
                    (Some(source), Some(target)) => (Some(source.to_owned()), target.to_owned()),
                    (Some(target), None) => (None, target.to_owned()),
                    (None, _) => continue,
                }
            }
            None => {
                let Some(target) = text("target") else { continue };
                (text("source").filter(|_| text("type").as_deref() == Some("bind")), target)
            }
        };
        let to = target.trim_end_matches('/').to_owned();
        let source = source.filter(|it| it.starts_with(['.', '/']) || it.contains('/'));
        match source.and_then(|it| project_path(folder, &it)) {
            Some(from) => container.mounts.push(Copied { to, from }),
            None => container.hidden.push(to),
        }
    }
    let files = document.root.get("configs");
    for config in service.get("configs").map(Node::elements).unwrap_or_default() {
        let source = config.as_str().or_else(|| config.get("source").and_then(Node::as_str));
        let Some(source) = source else { continue };
        let target = config.get("target").and_then(Node::as_str);
        let to = target.map_or_else(|| format!("/{source}"), str::to_owned);
        let file = files.and_then(|it| it.get(source)).and_then(|it| it.get("file"));
        match file.and_then(Node::as_str).and_then(|it| project_path(folder, it)) {
            Some(from) => container.mounts.push(Copied { to, from }),
            None => container.hidden.push(to),
        }
    }
}

/// A path of the host as one of the project. Compose may fill in the folder that it is started in.
fn project_path(folder: &str, source: &str) -> Option<String> {
    let here = ["$PWD/", "${PWD}/"].iter().find_map(|it| source.strip_prefix(it));
    let source = here.unwrap_or(source);
    if source.contains(['$', '~']) || source.starts_with('/') {
        return None;
    }
    join(folder, source)
}

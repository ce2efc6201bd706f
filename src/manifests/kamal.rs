//! Kamal: containers of the project's image on hosts of one's own, with kamal-proxy in front.
//!
//! The roles under `servers` are processes. A file of a destination, `config/deploy.staging.yml`,
//! is laid over `config/deploy.yml` and is a deployment of its own.
//!
//! Source: <https://kamal-deploy.org/docs/configuration/overview/>, compared with the code of Kamal
//! at 09da5341. Numbers are in `platforms/kamal.toml`.

use crate::document::{Document, Entry, Node, NodeKind};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::dockerfile::{self, Build};
use crate::manifests::cloud::variable;
use crate::manifests::{catalog, read, usual};
use crate::platforms::Platform;
use crate::project::{Environment, Facts};
use crate::quantity::MEGABYTE;
use crate::quantity::go::{self, Base};
use crate::source::{Span, Spanned};
use crate::vocabulary::{self as v, FactId};
use crate::workspace::{join, parent};

/// The platform's id in the catalog.
const PLATFORM: &str = "kamal";

/// The role that the proxy is in front of.
const PRIMARY: &str = "web";

/// A role, and the configuration around it.
struct Role<'n> {
    root: &'n Node,
    name: Spanned<String>,
    /// The table of the role; `None` for a list of hosts.
    table: Option<&'n Node>,
    hosts: &'n [Node],
}

/// Lowers a configuration, which is whole: a process for each role.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let destination = destination(context).unwrap_or_default().to_owned();
    let is_base = destination.is_empty();
    let root = &document.root;
    let has_base = is_base || context.sibling(BASE).is_some();
    if !has_base || root.get("service").is_none() && !is_base {
        return Vec::new();
    }
    if is_base && root.get("require_destination").and_then(Node::as_bool) == Some(true) {
        return Vec::new();
    }
    let platform = context.catalog.platform(PLATFORM);
    let roles = roles(root);
    let processes: Vec<_> =
        roles.iter().take(PROCESSES_MAX + 1).map(|it| it.process(context, platform)).collect();
    if processes.is_empty() {
        return Vec::new();
    }
    let span = root.get("service").map_or(Span::start_of(document.file), |it| it.span);
    let mut facts = Facts::new();
    let origin = Origin::written(Span::start_of(document.file), "the file's format");
    facts.set(v::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft { name: destination, span, facts, processes }]
}

/// The file that those of destinations are laid over.
const BASE: &str = "deploy.yml";

/// The destination that a file is for: `staging` of `deploy.staging.yml`.
fn destination<'c>(context: &Context<'c, '_>) -> Option<&'c str> {
    let file_name = context.manifest.rsplit('/').next().unwrap_or_default();
    file_name.strip_prefix("deploy.").and_then(|it| it.strip_suffix(".yml"))
}

/// The configuration with that of its destination over it.
pub(crate) fn whole(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    destination(context)?;
    let mut root = context.sibling(BASE)?.root.clone();
    // Rails' `deep_merge` does so, too.
    read::lay_over(&mut root, &document.root);
    Some(Document { root, ..document.clone() })
}

fn roles(root: &Node) -> Vec<Role<'_>> {
    let Some(servers) = root.entry("servers") else { return Vec::new() };
    if !servers.value.elements().is_empty() {
        let name = Spanned::new(PRIMARY.to_owned(), servers.key.span);
        return vec![Role { root, name, table: None, hosts: servers.value.elements() }];
    }
    let role = |it: &'_ Entry| -> Option<(Spanned<String>, bool)> {
        let is_table = !it.value.entries().is_empty();
        (is_table || !it.value.elements().is_empty()).then(|| (it.key.clone(), is_table))
    };
    let mut roles = Vec::new();
    for it in servers.value.entries() {
        let Some((name, is_table)) = role(it) else { continue };
        let table = is_table.then_some(&it.value);
        let list = table.map_or(Some(&it.value), |it| it.get("hosts"));
        roles.push(Role { root, name, table, hosts: list.map(Node::elements).unwrap_or_default() });
    }
    roles
}

impl Role<'_> {
    fn get(&self, key: &str) -> Option<&Node> {
        self.table.and_then(|it| it.get(key))
    }

    fn is_primary(&self) -> bool {
        let primary = self.root.get("primary_role").and_then(Node::as_str).unwrap_or(PRIMARY);
        self.name.value == primary
    }

    /// Whether the proxy sends it requests: the primary role unless it says no, others that say so.
    fn has_proxy(&self) -> bool {
        match self.get("proxy").map(|it| &it.kind) {
            Some(NodeKind::Bool(value)) => *value,
            Some(NodeKind::Null) | None => {
                let shared = self.root.get("proxy").and_then(Node::as_bool);
                self.is_primary() && shared != Some(false)
            }
            Some(_) => true,
        }
    }

    /// A key of the proxy: that of the role, else the shared one.
    fn proxy(&self, path: &[&str]) -> Option<&Node> {
        let own = self.get("proxy").and_then(|it| it.at(path));
        own.or_else(|| self.root.get("proxy").and_then(|it| it.at(path)))
    }

    fn process(&self, context: &mut Context<'_, '_>, platform: Option<&Platform>) -> ProcessDraft {
        let mut facts = Facts::new();
        let (kind, why) = match self.has_proxy() {
            true => ("web", "the proxy sends it requests"),
            false => ("worker", "no proxy sends it requests"),
        };
        let origin = Origin::written(self.name.span, why);
        facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
        self.machine(platform, &mut facts);
        self.hosts(&mut facts);
        self.volumes(&mut facts);
        self.shutdown(platform, &mut facts);
        if kind == "web" {
            self.router(platform, &mut facts);
        }
        let mut process = ProcessDraft {
            name: self.name.clone(),
            span: self.name.span,
            command: Command::Unknown(Unknown::new(
                "the file names no command, so the image's own runs",
                "`cmd` of the role",
            )),
            folder: parent(parent(context.manifest)).to_owned(),
            environment: self.environment(),
            facts,
        };
        self.command(context, &mut process);
        process
    }

    /// `cmd` takes the place of CMD. The shell of the host splits it into words.
    fn command(&self, context: &mut Context<'_, '_>, process: &mut ProcessDraft) {
        let written = self
            .get("cmd")
            .and_then(Node::as_text)
            .map(|it| read::words(it, "the shell of the host reads the command, too"));
        let builder = |key: &str| self.root.at(&["builder", key]).and_then(Node::as_str);
        let folder = join(&process.folder, builder("context").unwrap_or("."));
        let found = folder.and_then(|folder| {
            let path = join(&folder, builder("dockerfile").unwrap_or("Dockerfile"))?;
            let arguments = |name: &str| {
                let node = self.root.at(&["builder", "args", name])?;
                let origin = Origin::written(node.span, format!("`{name}` in `args`"));
                Some(Fact::known(Value::Text(read::scalar_text(node)?), origin))
            };
            let target = builder("target");
            let build = Build { path: &path, context: &folder, target, arguments: &arguments };
            dockerfile::image(context, &build)
        });
        let Some(image) = found else {
            if written.is_some() {
                let reason =
                    "what the image does with the command is not known without `Dockerfile`";
                process.command = Command::Unknown(Unknown::because(reason));
            }
            return;
        };
        process.command = match written {
            None => image.command(context.acc),
            Some(written) => image.command_behind_entrypoint(context.acc, written),
        };
        image.bring(process);
    }

    /// Variables of all roles, then those of this one: `clear` with values, `secret` with names.
    fn environment(&self) -> Environment {
        let mut environment = Environment::new();
        for table in [self.root.get("env"), self.get("env")].into_iter().flatten() {
            let is_plain = table.get("clear").is_none() && table.get("secret").is_none();
            let clear = if is_plain { Some(table) } else { table.get("clear") };
            for it in clear.map(Node::entries).unwrap_or_default() {
                if is_plain && it.key.value == "tags" {
                    continue;
                }
                let value = Some(&it.value).filter(|it| !is_ruby(it));
                let fact = variable(&it.key.value, value, it.key.span, "`env`");
                environment.set(&it.key.value, fact);
            }
            for it in table.get("secret").map(Node::elements).unwrap_or_default() {
                let Some(name) = it.as_str().and_then(|it| it.split(':').next()) else { continue };
                environment.set(name, variable(name, None, it.span, "`secret`"));
            }
        }
        environment
    }

    /// Folders of the host and volumes of Docker: those of all roles, and what `options` hand to
    /// `docker run`. Without any, nothing outlives a container.
    fn volumes(&self, facts: &mut Facts) {
        let option = |key: &str| self.get("options").and_then(|it| it.get(key));
        let shared = self.root.get("volumes").map(Node::elements).unwrap_or_default();
        let own = option("volume").or_else(|| option("v"));
        let own = own.into_iter().flat_map(|it| match it.elements() {
            [] => std::slice::from_ref(it),
            several => several,
        });
        let all: Vec<&Node> = shared.iter().chain(own).collect();
        let other = ["mount", "tmpfs", "volumes-from"].iter().find_map(|it| option(it));
        let Some(first) = all.first().copied().or(other) else { return };
        let target = |it: &&Node| {
            let text = it.as_str().filter(|it| !it.contains(['<', '$']))?;
            Some(Value::Text(text.split(':').nth(1)?.to_owned()))
        };
        let paths: Option<Vec<Value>> = all.iter().map(target).collect();
        let origin = Origin::written(first.span, "`volumes`");
        let fact = match paths.filter(|_| other.is_none()) {
            Some(paths) => Fact::known(Value::List(paths), origin),
            None => Fact::unknown(Unknown::because("a volume is not plain text"), origin),
        };
        facts.set(v::STORAGE_PATHS, fact);
    }

    /// `options` go to `docker run`.
    fn machine(&self, platform: Option<&Platform>, facts: &mut Facts) {
        let option = |key: &str| self.get("options").and_then(|it| it.get(key));
        let number = |node: &Node, value: Option<Value>, source: &str| {
            let origin = Origin::written(node.span, source);
            let unknown = || Unknown::because("the limit is not a plain number");
            value.map_or_else(
                || Fact::unknown(unknown(), origin.clone()),
                |it| Fact::known(it, origin.clone()),
            )
        };
        if let Some(node) = option("memory") {
            let bytes = read::scalar_text(node).and_then(|it| go::bytes(&it, Base::Binary));
            let value = bytes.map(|it| Value::Int(it / MEGABYTE));
            facts.set(v::MACHINE_MEMORY_MB, number(node, value, "`memory` of `options`"));
        }
        if let Some(node) = option("cpus") {
            let value = read::scalar_text(node).and_then(|it| it.trim().parse().ok());
            facts.set(
                v::MACHINE_CPUS,
                number(node, value.map(Value::of_number), "`cpus` of `options`"),
            );
        }
        facts.anchor(v::MACHINE_MEMORY_MB, self.name.span);
        if let Some(platform) = platform {
            usual::host(platform, facts, "the role has no limit");
        }
    }

    /// One container on each host.
    fn hosts(&self, facts: &mut Facts) {
        let is_known = !self.hosts.is_empty() && !self.hosts.iter().any(is_ruby);
        let origin = Origin {
            span: Some(self.name.span),
            ..Origin::new(OriginKind::Derived, "hosts of the role")
        };
        let fact = match is_known {
            true => Fact::known(Value::Int(self.hosts.len() as i64), origin),
            false => Fact::unknown(Unknown::because("the hosts are not in the file"), origin),
        };
        facts.set(v::SCALE_MIN, fact.clone());
        facts.set(v::SCALE_MAX, fact);
    }

    /// Behind the proxy, requests are drained before the stop: its time takes nothing from one, and no
    /// fact is made of it.
    fn shutdown(&self, platform: Option<&Platform>, facts: &mut Facts) {
        let Some(platform) = platform else { return };
        catalog::set_limits(facts, platform, &[v::SHUTDOWN_SIGNAL]);
        if self.has_proxy() {
            return;
        }
        let root = |key: &str| self.root.get(key);
        let written = self.get("stop_timeout").or_else(|| root("stop_timeout"));
        let fact = match (written, root("drain_timeout")) {
            (Some(node), _) => read::written(node, "`stop_timeout`"),
            (None, Some(node)) => read::written(node, "`drain_timeout`"),
            (None, None) => match catalog::limit(platform, v::SHUTDOWN_GRACE_S) {
                Some(fact) => fact,
                None => return,
            },
        };
        facts.set(v::SHUTDOWN_GRACE_S, fact);
        facts.anchor(v::SHUTDOWN_GRACE_S, self.name.span);
    }

    fn router(&self, platform: Option<&Platform>, facts: &mut Facts) {
        let ids: &[FactId] = &[
            v::ROUTER_REQUEST_TIMEOUT_S,
            v::ROUTER_BODY_LIMIT_MB,
            v::HEALTH_CHECK_PATH,
            v::HEALTH_CHECK_INTERVAL_S,
            v::HEALTH_CHECK_TIMEOUT_S,
            v::BOOT_TIMEOUT_S,
        ];
        if let Some(platform) = platform {
            catalog::set_limits(facts, platform, ids);
            if let Some(port) = &platform.router.port {
                facts.set(v::ROUTER_PORT, port.fact("Kamal default"));
            }
        }
        for (id, path, source) in [
            (v::ROUTER_REQUEST_TIMEOUT_S, ["response_timeout"].as_slice(), "`response_timeout`"),
            (v::ROUTER_PORT, &["app_port"], "`app_port`"),
            (v::HEALTH_CHECK_PATH, &["healthcheck", "path"], "`path` of `healthcheck`"),
            (
                v::HEALTH_CHECK_INTERVAL_S,
                &["healthcheck", "interval"],
                "`interval` of `healthcheck`",
            ),
            (v::HEALTH_CHECK_TIMEOUT_S, &["healthcheck", "timeout"], "`timeout` of `healthcheck`"),
        ] {
            if let Some(node) = self.proxy(path).filter(|it| !is_ruby(it)) {
                facts.set(id, read::written(node, source));
            }
            facts.anchor(id, self.name.span);
        }
        if let Some(node) = self.root.get("deploy_timeout") {
            facts.set(v::BOOT_TIMEOUT_S, read::written(node, "`deploy_timeout`"));
        }
        self.body_limit(facts);
    }

    /// Bytes of the largest body; without buffering, no body is held back.
    fn body_limit(&self, facts: &mut Facts) {
        let buffers = self.proxy(&["buffering", "requests"]).and_then(Node::as_bool);
        if buffers == Some(false) {
            facts.remove(v::ROUTER_BODY_LIMIT_MB);
            return;
        }
        let Some(node) = self.proxy(&["buffering", "max_request_body"]) else { return };
        let text = read::scalar_text(node).map(|it| it.replace('_', ""));
        let origin = Origin::written(node.span, "`max_request_body`");
        let fact = match text.and_then(|it| it.parse::<f64>().ok()) {
            Some(bytes) => Fact::known(Value::of_number(bytes / MEGABYTE as f64), origin),
            None => Fact::unknown(Unknown::because("it is not a number of bytes"), origin),
        };
        facts.set(v::ROUTER_BODY_LIMIT_MB, fact);
    }
}

/// Whether Ruby fills in a part of a value: the file is a template of ERB.
fn is_ruby(node: &Node) -> bool {
    node.as_str().is_some_and(|it| it.contains("<%"))
}

//! A configuration with all that it includes: the locations that pass requests on, each with what
//! is in force there.

use std::sync::Arc;

use super::container::{FOLDER, Found, MAIN, SERVERS};
use super::scope::Scope;
use super::target::{self, Upstreams};
use super::{ROOTS, facts, refused};
use crate::budget::Budget;
use crate::diagnostic::Diagnostic;
use crate::fact::Unknown;
use crate::glob;
use crate::images::container::Container;
use crate::images::proxy::{Address, Configuration, REFUSED_MAX, Target};
use crate::parse::nginx::{self, Directive};
use crate::source::{FileId, Span};
use crate::workspace::{Opened, Workspace, join, parent};

/// How deep files may include each other, and how deep blocks are followed.
const DEPTH_MAX: usize = 16;

/// Directives that pass a request on, and how the others of their protocol begin.
const PROTOCOLS: &[(&str, &str)] = &[
    ("proxy_pass", "proxy"),
    ("uwsgi_pass", "uwsgi"),
    ("fastcgi_pass", "fastcgi"),
    ("scgi_pass", "scgi"),
    ("grpc_pass", "grpc"),
];

/// Where the files of a configuration are.
#[derive(Clone, Copy)]
pub(super) enum Layout<'a> {
    /// Beside each other in the project.
    Project,
    /// At their places in a container.
    Container(&'a Container),
}

/// A place where requests go on to a server, with the directives in force.
pub(super) struct Passing {
    /// What is in force there.
    pub(super) scope: Scope,
    /// How directives of its protocol begin: `proxy`, `uwsgi`.
    pub(super) protocol: &'static str,
    /// Name of the location, when it is one that others fall back on: `@app`.
    named: Option<String>,
    /// The servers that requests go to.
    pub(super) addresses: Vec<Address>,
    /// The name of the server or the group of servers behind the directive.
    pub(super) asked: Option<String>,
    /// The name of the directive.
    pub(super) span: Span,
    /// Whether requests arrive with a body whose limit is not known.
    pub(super) body: Option<Unknown>,
}

/// The configuration of an nginx in a container, whose command is told to read `named`. `None` when
/// no file of it is of the project.
pub(crate) fn in_container(
    workspace: &mut Workspace<'_>,
    container: &Container,
    named: Option<&str>,
) -> Option<Result<Configuration, Unknown>> {
    let path = named.map_or(Some(MAIN.to_owned()), |it| Container::absolute(FOLDER, it))?;
    if container.is_hidden(&path) || container.is_hidden(SERVERS) {
        return Some(Err(Unknown::because("a volume holds the configuration of nginx")));
    }
    let layout = Layout::Container(container);
    if let Some(main) = container.file(&path) {
        return Some(match workspace.try_open(&main.path) {
            Opened::File(id) => file(workspace, layout, id),
            Opened::Unknown(unknown) => Err(unknown),
            Opened::Missing => {
                Err(Unknown::because(format!("`{}` is not in this project", main.path)))
            }
        });
    }
    if named.is_some_and(|_| path != MAIN) {
        return Some(Err(Unknown::because(format!("`{path}` is not in this project"))));
    }
    // The main file of the image sets none of the limits, and includes these.
    let files = container.list(workspace, SERVERS);
    let files: Vec<Found> =
        files.into_iter().filter(|(name, _)| name.ends_with(".conf")).map(|(_, it)| it).collect();
    if files.is_empty() && !container.has_configuration() && !container.is_open {
        return None;
    }
    let mut reader = Reader::new(workspace, layout);
    let mut directives = Vec::new();
    for it in files {
        match reader.directives(&it) {
            Some((mut more, file)) => directives.append(&mut reader.expanded(&mut more, file, 0)),
            None => {
                let reason = format!("`{}` is not in this project", it.path);
                return Some(Err(Unknown::because(reason)));
            }
        }
    }
    let outer = Scope { file_is_whole: true, ..Scope::default() };
    reader.block("", false, &directives, &outer, 0);
    Some(reader.finish())
}

/// Reads a configuration file with all that it includes.
pub(super) fn file(
    workspace: &mut Workspace<'_>,
    layout: Layout<'_>,
    file: FileId,
) -> Result<Configuration, Unknown> {
    let text = workspace.sources.file(file).shared_text();
    let mut reader = Reader::new(workspace, layout);
    if is_template(&text) {
        return Err(Unknown::because("the configuration of nginx is a template"));
    }
    let mut directives = nginx::parse(file, &text);
    let is_whole = directives.iter().any(|it| it.name.value == "http");
    let outer = Scope { file_is_whole: is_whole, ..Scope::default() };
    let directives = reader.expanded(&mut directives, file, 0);
    reader.block("", false, &directives, &outer, 0);
    reader.finish()
}

/// The folder of a location that serves files, whether it says so itself or the server around it does.
/// What falls back on another server, or turns requests away, may need none.
fn served(location: &[Directive], server: &[Directive]) -> Option<(String, Span)> {
    let find = |list: &[Directive], name: &str| {
        let mut found = list.iter().filter(|it| it.name.value == name);
        found.next().filter(|_| found.next().is_none()).cloned()
    };
    let passes = |it: &Directive| {
        let name = it.name.value.as_str();
        it.block.is_some()
            || matches!(name, "return" | "deny" | "rewrite" | "error_page" | "auth_request")
            || PROTOCOLS.iter().any(|(pass, _)| *pass == name)
            || it
                .arguments
                .last()
                .is_some_and(|it| it.text.as_deref().is_none_or(|it| it.starts_with('@')))
    };
    if location.iter().any(passes) {
        return None;
    }
    let own = find(location, "alias").or_else(|| find(location, "root"));
    // A program behind the proxy may have what is not found.
    let is_page = |it: &Directive| {
        let last = it.arguments.last().and_then(|it| it.text.as_deref());
        last.is_some_and(|it| it.starts_with('=') || it.ends_with(".html"))
    };
    let tries = || location.iter().any(|it| it.name.value == "try_files" && is_page(it));
    let folder = own.or_else(|| find(server, "root").filter(|_| tries()))?;
    let path = folder.argument(0).filter(|it| it.starts_with('/') && !it.contains('$'))?;
    Some((path.trim_end_matches('/').to_owned(), folder.arguments.first()?.span))
}

/// Another template language may write anything anywhere.
fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Places of one configuration that pass requests on, or fall back on such a one.
const PASSES_MAX: usize = 1_000;

struct Reader<'a, 'f, 'l> {
    workspace: &'a mut Workspace<'f>,
    layout: Layout<'l>,
    passes: Vec<Passing>,
    upstreams: Upstreams,
    /// Locations that fall back on a named one, with what is in force in them.
    fallbacks: Vec<(String, Scope)>,
    /// Why there may be servers that are not seen.
    hidden: Option<Unknown>,
    listens: Vec<u16>,
    refused: Vec<Diagnostic>,
    folders: Vec<(String, Span)>,
    is_template: bool,
}

impl<'a, 'f, 'l> Reader<'a, 'f, 'l> {
    fn new(workspace: &'a mut Workspace<'f>, layout: Layout<'l>) -> Self {
        Self {
            workspace,
            layout,
            passes: Vec::new(),
            upstreams: Upstreams::new(),
            fallbacks: Vec::new(),
            hidden: None,
            listens: Vec::new(),
            refused: Vec::new(),
            folders: Vec::new(),
            is_template: false,
        }
    }

    fn finish(mut self) -> Result<Configuration, Unknown> {
        if self.is_template {
            return Err(Unknown::because("the configuration of nginx is a template"));
        }
        settle_named(&mut self.passes, self.fallbacks);
        for pass in &mut self.passes {
            let named = match pass.addresses.first().map(|it| &it.target) {
                Some(Target::Host { host, .. }) => self.upstreams.get(host),
                _ => None,
            };
            if let Some(servers) = named {
                pass.addresses.clone_from(servers);
            }
        }
        let Self { passes, hidden, listens, refused, folders, .. } = self;
        let passes = passes.into_iter().map(facts::of_pass).collect();
        Ok(Configuration { passes, hidden, listens, refused, folders })
    }

    /// A block with its directives, included files in their place.
    fn block(
        &mut self,
        name: &str,
        is_optional: bool,
        directives: &[Directive],
        outer: &Scope,
        depth: usize,
    ) {
        let scope = outer.inner(name, is_optional, directives);
        // A block may be read again and again, in each place that includes it.
        if self.refused.len() < REFUSED_MAX {
            self.refused.extend(refused::told(&self.workspace.sources, name, directives));
        }
        if let (Some(unknown), None) = (&scope.hidden, &self.hidden) {
            self.hidden = Some(unknown.clone());
        }
        let listen = directives.iter().filter(|it| name == "server" && it.name.value == "listen");
        self.listens.extend(listen.filter_map(|it| port_of(it.argument(0)?)));
        for it in directives {
            let Some(block) = it.block.as_ref().filter(|_| depth < DEPTH_MAX) else { continue };
            if it.name.value == "upstream" {
                self.upstream(it, block);
                continue;
            }
            let mut block = block.clone();
            let block = self.expanded(&mut block, it.span.file, depth);
            self.block(&it.name.value, it.conditional, &block, &scope, depth + 1);
            let inner = scope.inner(&it.name.value, it.conditional, &block);
            self.pass(&block, &inner, it);
            if it.name.value == "location" && !it.conditional {
                self.folders.extend(served(&block, directives));
            }
        }
    }

    fn upstream(&mut self, upstream: &Directive, block: &[Directive]) {
        let Some(name) = upstream.argument(0) else { return };
        let servers = block.iter().filter(|it| it.name.value == "server");
        // A server that is down gets nothing.
        let servers = servers
            .filter(|it| !it.arguments.iter().skip(1).any(|it| it.text.as_deref() == Some("down")));
        let servers = servers.map(|it| Address {
            target: target::of_server(it.argument(0)),
            span: it.arguments.first().map_or(it.name.span, |it| it.span),
        });
        self.upstreams.insert(name.to_owned(), servers.collect());
    }

    /// The directives with those of included files in their place.
    fn expanded(
        &mut self,
        directives: &mut Vec<Directive>,
        file: FileId,
        depth: usize,
    ) -> Vec<Directive> {
        let mut all = Vec::new();
        for it in directives.drain(..) {
            if it.name.value != "include" {
                all.push(it);
                continue;
            }
            match self.included(&it, file).filter(|_| depth < DEPTH_MAX) {
                Some(files) => {
                    for (mut inner, file) in files {
                        all.extend(self.expanded(&mut inner, file, depth + 1));
                    }
                }
                None => all.push(it),
            }
        }
        all
    }

    /// What an `include` takes in; `None` when that is not known.
    fn included(
        &mut self,
        include: &Directive,
        file: FileId,
    ) -> Option<Vec<(Vec<Directive>, FileId)>> {
        let path = include.argument(0).filter(|_| !include.conditional)?;
        let found = match self.layout {
            Layout::Project => self.beside(path, file)?,
            Layout::Container(container) => self.in_container(container, path)?,
        };
        found.iter().map(|it| self.directives(it)).collect()
    }

    /// The files that an `include` of a file of the project names.
    fn beside(&self, path: &str, file: FileId) -> Option<Vec<Found>> {
        let folder = parent(self.workspace.sources.file(file).path()).to_owned();
        let path = ROOTS.iter().find_map(|it| path.strip_prefix(it)).unwrap_or(path);
        let path = join(&folder, path)?;
        let found = |path| Found { path, is_template: false };
        if !path.contains('*') {
            return Some(vec![found(path)]);
        }
        let (folder, pattern) = (parent(&path), path.rsplit('/').next().unwrap_or_default());
        let names = self.workspace.list(folder);
        let names = names.iter().filter(|it| glob::matches(pattern, it));
        let files: Vec<Found> = names.filter_map(|it| join(folder, it)).map(found).collect();
        (!files.is_empty()).then_some(files)
    }

    /// The files that an `include` in a container names. There, a pattern may match nothing.
    fn in_container(&self, container: &Container, path: &str) -> Option<Vec<Found>> {
        let path = Container::absolute(FOLDER, path)?;
        if container.is_hidden(&path) {
            return None;
        }
        if !path.contains('*') {
            return Some(vec![container.file(&path)?]);
        }
        let (folder, pattern) = (parent(&path), path.rsplit('/').next().unwrap_or_default());
        if folder.contains('*') || container.is_open {
            return None;
        }
        let files = container.list(self.workspace, folder).into_iter();
        Some(files.filter(|(name, _)| glob::matches(pattern, name)).map(|(_, it)| it).collect())
    }

    /// The directives of a file; `None` when it cannot be read.
    fn directives(&mut self, found: &Found) -> Option<(Vec<Directive>, FileId)> {
        let Opened::File(file) = self.workspace.try_open(&found.path) else { return None };
        let text = self.workspace.sources.file(file).shared_text();
        // A file may be included very often; its directives weigh more than its text.
        self.workspace.budget().steps(4 * text.len()).ok()?;
        self.is_template |= is_template(&text);
        let mut directives = nginx::parse(file, &text);
        if let (Layout::Container(container), true) = (self.layout, found.is_template) {
            directives.iter_mut().for_each(|it| fill_in(it, container, self.workspace.budget()));
        }
        Some((directives, file))
    }

    /// Notes a location that passes requests on, or falls back on one that does.
    fn pass(&mut self, block: &[Directive], scope: &Scope, location: &Directive) {
        let mut arguments = location.arguments.iter().filter_map(|it| it.text.as_deref());
        let named = arguments.next().filter(|it| it.starts_with('@')).map(str::to_owned);
        for it in block {
            if self.passes.len() + self.fallbacks.len() > PASSES_MAX {
                let reason = format!("opslint reads {PASSES_MAX} places that pass requests on");
                self.hidden.get_or_insert(Unknown::because(reason));
                return;
            }
            let name = it.name.value.as_str();
            if let Some((_, protocol)) = PROTOCOLS.iter().find(|(pass, _)| *pass == name) {
                let target = target::of_pass(name, it.argument(0), &scope.variables);
                let span = it.arguments.first().map_or(it.name.span, |it| it.span);
                let asked = match &target {
                    Target::Host { host, .. } => Some(host.clone()),
                    Target::Socket(_) | Target::Unknown(_) => None,
                };
                self.passes.push(Passing {
                    asked,
                    scope: scope.clone(),
                    protocol,
                    named: named.clone(),
                    addresses: vec![Address { target, span }],
                    span: it.name.span,
                    body: None,
                });
            }
            let fallback = it.arguments.last().and_then(|it| it.text.clone());
            if let ("try_files", Some(name)) = (name, fallback)
                && name.starts_with('@')
            {
                self.fallbacks.push((name, scope.clone()));
            }
        }
    }
}

/// The port of `listen 80`, `listen 127.0.0.1:80`, `listen [::]:80`.
fn port_of(text: &str) -> Option<u16> {
    let port = text.rsplit(':').next().unwrap_or(text);
    port.parse().ok()
}

/// Fills in the words of a template.
fn fill_in(directive: &mut Directive, container: &Container, budget: &Budget) {
    for it in &mut directive.arguments {
        it.text = it.text.as_deref().and_then(|it| container.expand(it, budget));
    }
    for it in directive.block.iter_mut().flatten() {
        fill_in(it, container, budget);
    }
}

/// The size of a request is checked in the location that it arrives at, before it falls back on a
/// named one.
fn settle_named(passes: &mut Vec<Passing>, fallbacks: Vec<(String, Scope)>) {
    const BODY: &str = "client_max_body_size";
    let mut more = Vec::new();
    for pass in passes.iter_mut() {
        let Some(name) = &pass.named else { continue };
        let mut arriving = fallbacks.iter().filter(|(it, _)| it == name).map(|(_, it)| it);
        let with_body = |of: &Scope, pass: &Passing| {
            let mut scope = pass.scope.clone();
            match of.settings.get(BODY) {
                Some(it) => Arc::make_mut(&mut scope.settings).insert(BODY.to_owned(), it.clone()),
                None => Arc::make_mut(&mut scope.settings).remove(BODY),
            };
            scope
        };
        match arriving.next() {
            None => {
                let reason = format!("it is not known which requests arrive at `{name}`");
                pass.body = Some(Unknown::because(reason));
            }
            Some(first) => {
                for other in arriving {
                    if more.len() > PASSES_MAX {
                        break;
                    }
                    let scope = with_body(other, pass);
                    let (named, addresses) = (None, pass.addresses.clone());
                    let Passing { protocol, span, .. } = *pass;
                    let asked = pass.asked.clone();
                    more.push(Passing {
                        scope,
                        protocol,
                        named,
                        addresses,
                        asked,
                        span,
                        body: None,
                    });
                }
                pass.scope = with_body(first, pass);
            }
        }
    }
    passes.append(&mut more);
}

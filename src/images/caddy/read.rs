//! A Caddyfile with all that it imports: the places that pass requests on, each with the limits
//! around it.

use std::collections::BTreeMap;

use super::pass::{self, Around, Body};
use super::site::{Options, Site};
use super::{LENGTH_MAX, expand, refused};
use crate::diagnostic::Diagnostic;
use crate::fact::Unknown;
use crate::glob;
use crate::images::container::Container;
use crate::images::proxy::{Configuration, Pass, REFUSED_MAX};
use crate::parse::caddy;
use crate::parse::nginx::{Argument, Directive};
use crate::quantity::go;
use crate::source::FileId;
use crate::workspace::{Opened, Workspace, parent};

/// How deep imports and blocks are followed.
const DEPTH_MAX: usize = 16;

/// Directives that are looked at, imported ones each time.
const STEPS_MAX: usize = 20_000;

/// Blocks whose directives are those of the site, for some requests.
const BLOCKS: &[&str] = &["handle", "handle_path", "handle_errors", "route", "handle_response"];

/// Reads a Caddyfile that is at a path of the container.
pub(super) fn file(
    workspace: &mut Workspace<'_>,
    container: &Container,
    file: FileId,
    path: &str,
) -> Result<Configuration, Unknown> {
    let text = workspace.sources.file(file).shared_text();
    if text.len() > LENGTH_MAX {
        return Err(Unknown::because("the Caddyfile is too long to be worked out"));
    }
    if text.contains("{{") || text.contains("{%") {
        return Err(Unknown::because("the Caddyfile is a template"));
    }
    let mut reader = Reader {
        workspace,
        container,
        folders: vec![(file, parent(path).to_owned())],
        options: Options::default(),
        snippets: BTreeMap::new(),
        passes: Vec::new(),
        listens: Vec::new(),
        hidden: None,
        refused: Vec::new(),
        steps: 0,
    };
    reader.sites(caddy::parse(file, &text), 0);
    if reader.steps > STEPS_MAX {
        return Err(Unknown::because("the Caddyfile is too long to be worked out"));
    }
    let Reader { passes, listens, hidden, refused, .. } = reader;
    Ok(Configuration { passes, hidden, listens, refused, folders: Vec::new() })
}

struct Reader<'a, 'f> {
    workspace: &'a mut Workspace<'f>,
    container: &'a Container,
    /// The folder of each file in the container: what a file imports is beside it.
    folders: Vec<(FileId, String)>,
    options: Options,
    /// Snippets `(name)` and named routes `&(name)`.
    snippets: BTreeMap<String, Vec<Directive>>,
    passes: Vec<Pass>,
    listens: Vec<u16>,
    /// Why there may be places that are not seen.
    hidden: Option<Unknown>,
    refused: Vec<Diagnostic>,
    steps: usize,
}

impl Reader<'_, '_> {
    fn sites(&mut self, mut sites: Vec<Directive>, depth: usize) {
        expand::environment(&mut sites, self.container);
        for site in sites {
            let name = site.name.value.as_str();
            if self.count().is_err() {
                return;
            }
            if name == "import" {
                self.import_sites(&site, depth);
                continue;
            }
            let block = site.block.unwrap_or_default();
            if name.is_empty() && site.arguments.is_empty() && site.name.span.range().len() == 1 {
                let block = self.expanded(block, depth);
                self.options.read(&block);
            } else if name.starts_with('(') || name.starts_with("&(") {
                self.snippets.insert(name.to_owned(), block);
            } else {
                let first = Some(name).filter(|it| !it.is_empty());
                let more = site.arguments.iter().map(|it| it.text.as_deref());
                let addresses: Vec<Option<&str>> = std::iter::once(first)
                    .chain(more)
                    .map(|it| Some(it?.trim_end_matches(',')))
                    .collect();
                // A site of a developer's own machine.
                if self.container.is_host && addresses.iter().all(|it| it.is_some_and(is_own)) {
                    continue;
                }
                let block = self.expanded(block, depth);
                let Site { listens, takes_tls } = Site::of(&addresses, &block, &self.options);
                self.listens.extend(listens);
                let around = Around { takes_tls, body: Body::default() };
                self.block(&block, &around, depth, false);
            }
        }
    }

    fn import_sites(&mut self, import: &Directive, depth: usize) {
        let Some(pattern) = import.argument(0).filter(|_| depth < DEPTH_MAX) else {
            return self.hide("an import");
        };
        let snippet = self.snippets.get(&format!("({pattern})")).cloned();
        if let Some(sites) = snippet {
            return self.sites(sites, depth + 1);
        }
        let pattern = pattern.to_owned();
        let Some(files) = self.files(&pattern, import.name.span.file) else {
            return self.hide(&pattern);
        };
        for file in files {
            let text = self.workspace.sources.file(file).shared_text();
            self.sites(caddy::parse(file, &text), depth + 1);
        }
    }

    /// One directive more, or the end of what is followed.
    fn count(&mut self) -> Result<(), ()> {
        self.steps += 1;
        if self.steps > STEPS_MAX { Err(()) } else { Ok(()) }
    }

    fn hide(&mut self, what: &str) {
        let reason = format!("`{what}`, which the Caddyfile imports, is not in this project");
        self.hidden.get_or_insert(Unknown::because(reason));
    }

    /// The directives with those of imports in their place.
    fn expanded(&mut self, directives: Vec<Directive>, depth: usize) -> Vec<Directive> {
        let mut all = Vec::new();
        for it in directives {
            if self.count().is_err() {
                return all;
            }
            if it.name.value != "import" {
                all.push(it);
                continue;
            }
            let Some(mut inner) = self.imported(&it).filter(|_| depth < DEPTH_MAX) else {
                self.hide(it.argument(0).unwrap_or("an import"));
                continue;
            };
            expand::environment(&mut inner, self.container);
            expand::arguments(&mut inner, it.arguments.get(1..).unwrap_or_default());
            // Snippets that import each other twice double what they hold each time.
            if self.workspace.budget().text(expand::len(&inner)).is_err() {
                self.hide(it.argument(0).unwrap_or("an import"));
                continue;
            }
            all.append(&mut self.expanded(inner, depth + 1));
        }
        all
    }

    fn imported(&mut self, import: &Directive) -> Option<Vec<Directive>> {
        let name = import.argument(0)?.to_owned();
        if let Some(snippet) = self.snippets.get(&format!("({name})")) {
            return Some(snippet.clone());
        }
        let mut all = Vec::new();
        for file in self.files(&name, import.name.span.file)? {
            let text = self.workspace.sources.file(file).shared_text();
            all.append(&mut caddy::parse_directives(file, &text));
        }
        Some(all)
    }

    /// The files of an import; none where a pattern matches nothing. `None` where that is not
    /// known.
    fn files(&mut self, pattern: &str, from: FileId) -> Option<Vec<FileId>> {
        let folder = &self.folders.iter().find(|(it, _)| *it == from)?.1;
        let path = Container::absolute(folder, pattern)?;
        if self.container.is_hidden(&path) || pattern.contains('{') {
            return None;
        }
        let folder = parent(&path).to_owned();
        let paths: Vec<String> = if path.contains('*') {
            let pattern = path.rsplit('/').next().unwrap_or_default();
            if folder.contains('*') || self.container.is_open || self.container.is_hidden(&folder) {
                return None;
            }
            let names = self.container.names(self.workspace, &folder);
            let names = names.into_iter().filter(|(name, _)| glob::matches(pattern, name));
            names.map(|(_, path)| path).collect()
        } else {
            vec![self.container.project_path(&path)?]
        };
        let mut files = Vec::new();
        for path in paths {
            let Opened::File(file) = self.workspace.try_open(&path) else { return None };
            if self.workspace.sources.file(file).text().len() > LENGTH_MAX {
                return None;
            }
            self.folders.push((file, folder.clone()));
            files.push(file);
        }
        Some(files)
    }

    /// The directives of a site, or of a block in it. In a `route` they run in the order in which
    /// they stand; elsewhere a limit comes before what passes requests on.
    fn block(&mut self, directives: &[Directive], around: &Around, depth: usize, in_order: bool) {
        if self.refused.len() < REFUSED_MAX {
            self.refused.extend(refused::of_site(directives));
        }
        let mut around = around.clone();
        if !in_order {
            directives.iter().for_each(|it| note(it, &mut around.body));
        }
        for it in directives {
            if in_order {
                note(it, &mut around.body);
            }
            let name = it.name.value.as_str();
            match name {
                "reverse_proxy" | "php_fastcgi" => {
                    let inner = it.block.clone().unwrap_or_default();
                    let inner = self.expanded(inner, depth);
                    if name == "reverse_proxy" && self.refused.len() < REFUSED_MAX {
                        self.refused.extend(refused::of_proxy(it, &inner));
                    }
                    self.passes.push(pass::of(it, &inner, &around));
                    for response in inner.iter().filter(|it| it.name.value == "handle_response") {
                        self.inner(response, &around, depth);
                    }
                }
                "invoke" => {
                    let route = it.argument(0).map(|it| format!("&({it})"));
                    match route.and_then(|it| self.snippets.get(&it).cloned()) {
                        Some(route) if depth < DEPTH_MAX => {
                            let route = self.expanded(route, depth + 1);
                            self.block(&route, &around, depth + 1, false);
                        }
                        _ => self.hide("a named route"),
                    }
                }
                _ if BLOCKS.contains(&name) => self.inner(it, &around, depth),
                _ => {}
            }
        }
    }

    fn inner(&mut self, directive: &Directive, around: &Around, depth: usize) {
        if depth >= DEPTH_MAX || self.count().is_err() {
            self.steps = STEPS_MAX + 1;
            return;
        }
        let block = directive.block.clone().unwrap_or_default();
        let block = self.expanded(block, depth + 1);
        // What runs in order keeps its order within.
        self.block(&block, around, depth + 1, directive.name.value == "route");
    }
}

/// Whether a site is reached from its own machine alone, by its address.
fn is_own(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |it| it.1);
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |it| it.0);
    host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.")
}

/// Takes the limit of a `request_body` into what is in force.
fn note(directive: &Directive, body: &mut Body) {
    if directive.name.value != "request_body" {
        return;
    }
    let matcher = directive.arguments.first().map(|it: &Argument| it.text.clone());
    let sizes = directive.block.iter().flatten().filter(|it| it.name.value == "max_size");
    for size in sizes {
        let span = size.arguments.first().map_or(size.name.span, |it| it.span);
        // Variables may fill it in, and several words are one size.
        let words: Option<Vec<&str>> = size.arguments.iter().map(|it| it.text.as_deref()).collect();
        let bytes = words.and_then(|it| go::humanized_bytes(&it.join(" ")));
        let matcher = match &matcher {
            None => None,
            Some(Some(text)) if text == "*" => None,
            Some(text) => Some(text.clone().unwrap_or_default()),
        };
        body.add(bytes, span, matcher);
    }
}

//! nginx in front of a server: the largest body that it passes on, and how long it waits.
//!
//! It is read where the command starts it: behind `bin/start-nginx` of Heroku's buildpack, or by
//! `nginx -c FILE`. A limit counts where requests go on to a server, so each location that passes
//! them on is looked at with what it inherits. What ERB writes, and what an included file that is
//! not in the project may say, is unknown.
//!
//! Sources: <https://nginx.org/en/docs/http/ngx_http_core_module.html>,
//! <https://nginx.org/en/docs/http/ngx_http_proxy_module.html>,
//! <https://github.com/heroku/heroku-buildpack-nginx>

use crate::commands::Launches;
use crate::draft::Command;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::glob;
use crate::launch::{Launch, Word};
use crate::parse::nginx::{self, Directive};
use crate::project::Facts;
use crate::quantity::{self, MEGABYTE};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace, join, parent};

/// The file that Heroku's buildpack expands and starts nginx with.
const BUILDPACK_FILE: &str = "config/nginx.conf.erb";

/// Programs of that buildpack that start nginx beside the server.
const BUILDPACK_PROGRAMS: &[&str] = &["start-nginx", "start-nginx-debug"];

/// Where builds put a project. An absolute path below one of them is a file of it.
const ROOTS: &[&str] = &["/app/", "/workspace/", "/opt/render/project/src/", "/code/"];

/// Included files that set neither of the two: lists of types and of parameters.
const HARMLESS: &[&str] = &["mime.types", "*.types", "*_params", "*modules-enabled*", "*modules/*"];

/// How deep files may include each other, and how deep blocks are followed.
const DEPTH_MAX: usize = 16;

/// Facts of nginx where the command starts it; none otherwise.
pub(crate) fn in_front(
    workspace: &mut Workspace<'_>,
    command: &Command,
    folder: &str,
    launches: &Launches,
) -> Facts {
    let launch = launches.before.iter().chain(&launches.background).rfind(|it| is_nginx(it));
    let (file, elsewhere) = match (by_buildpack(command), launch) {
        (true, _) => {
            let file = join(folder, BUILDPACK_FILE).and_then(|it| workspace.open(&it));
            (file, "nginx runs with the configuration of its buildpack")
        }
        (false, Some(launch)) => {
            (named(workspace, launch), "the configuration of nginx is not in this project")
        }
        (false, None) => return Facts::new(),
    };
    match file {
        Some(file) => facts(workspace, file),
        None => unknown(&Unknown::because(elsewhere)),
    }
}

fn unknown(reason: &Unknown) -> Facts {
    let mut facts = Facts::new();
    for id in [v::PROXY_BODY_LIMIT_MB, v::PROXY_READ_TIMEOUT_S] {
        let origin = Origin::new(OriginKind::Derived, "the command starts nginx");
        facts.set(id, Fact::unknown(reason.clone(), origin));
    }
    facts
}

/// Says of a web process whose command starts no nginx that none is in front, as far as files tell.
/// What a manifest says of one beside it stays.
pub(crate) fn absent(facts: &mut Facts) {
    if facts.get(v::KIND).and_then(Fact::text) != Some("web") {
        return;
    }
    for id in [v::PROXY_BODY_LIMIT_MB, v::PROXY_READ_TIMEOUT_S] {
        if facts.get(id).is_none() {
            let origin = Origin::new(OriginKind::Default, "the command starts no nginx");
            facts.set(id, Fact::known(Value::Null, origin));
        }
    }
}

fn by_buildpack(command: &Command) -> bool {
    let is_program = |word: &str| {
        let name = word.rsplit('/').next().unwrap_or(word);
        BUILDPACK_PROGRAMS.contains(&name)
    };
    match command {
        Command::Shell(text) | Command::Exec(text) => text.value.split_whitespace().any(is_program),
        Command::Words { words, .. } => words.iter().any(|it| is_program(&it.value)),
        // The buildpack makes no images from Dockerfiles.
        Command::Image(_) | Command::Unknown(_) | Command::None => false,
    }
}

fn is_nginx(launch: &Launch) -> bool {
    let program = launch.argv.first().and_then(Word::text);
    program.is_some_and(|it| it.rsplit('/').next() == Some("nginx"))
}

/// The file that `nginx -c FILE` names.
fn named(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<FileId> {
    let mut words = launch.argv.iter().skip_while(|it| it.text().as_deref() != Some("-c"));
    let path = words.nth(1)?.text()?;
    let path = ROOTS.iter().find_map(|it| path.strip_prefix(it)).unwrap_or(&path);
    workspace.open(&join(&launch.folder, path)?)
}

/// What a configuration file says of the requests that it passes on.
pub(crate) fn facts(workspace: &mut Workspace<'_>, file: FileId) -> Facts {
    let text = workspace.sources.file(file).shared_text();
    let mut facts = Facts::new();
    // Another template language may write anything anywhere.
    if text.contains("{{") || text.contains("{%") {
        return unknown(&Unknown::because("the configuration of nginx is a template"));
    }
    let directives = nginx::parse(file, &text);
    let mut reader = Reader { workspace, passes: Vec::new(), fallbacks: Vec::new() };
    let outer = Limits { file_is_whole: has(&directives, "http"), ..Limits::default() };
    reader.block(&directives, &outer, file, 0);
    let Reader { mut passes, fallbacks, .. } = reader;
    settle_named(&mut passes, fallbacks);
    let bodies = passes.iter().map(|it| (body(&it.limits), it.limits.is_optional)).collect();
    let reads: Vec<Fact> = passes.iter().map(|it| read_timeout(&it.limits, it.protocol)).collect();
    for (id, fact) in
        [(v::PROXY_BODY_LIMIT_MB, largest(bodies)), (v::PROXY_READ_TIMEOUT_S, alike(reads))]
    {
        if let Some(fact) = fact {
            facts.set(id, fact);
        }
    }
    if passes.is_empty() {
        let reason = "no location of the nginx configuration passes requests on";
        return unknown(&Unknown::because(reason));
    }
    // What is not written is labelled where requests are passed on.
    if let Some(pass) = passes.first() {
        for id in [v::PROXY_BODY_LIMIT_MB, v::PROXY_READ_TIMEOUT_S] {
            facts.anchor(id, pass.span);
        }
    }
    facts
}

/// Directives that pass a request on, with the one that says how long to wait.
const PROTOCOLS: &[(&str, &str)] = &[
    ("proxy_pass", "proxy_read_timeout"),
    ("uwsgi_pass", "uwsgi_read_timeout"),
    ("fastcgi_pass", "fastcgi_read_timeout"),
    ("scgi_pass", "scgi_read_timeout"),
    ("grpc_pass", "grpc_read_timeout"),
];

/// A directive in force: what it says and where, or why that is not known.
type Setting = (Result<String, Unknown>, Span);

/// What is in force in a block.
#[derive(Clone, Default)]
struct Limits {
    body: Option<Setting>,
    /// By the name of the directive.
    reads: Vec<(String, Setting)>,
    /// Why a directive may be in force that we do not see.
    hidden: Option<Unknown>,
    /// Whether the file has the `http` block, where everything is inherited from.
    file_is_whole: bool,
    /// Whether the template decides if the block is there.
    is_optional: bool,
}

/// A place where requests go on to a server.
struct Pass {
    limits: Limits,
    /// The directive that says how long to wait.
    protocol: &'static str,
    /// Name of the location, when it is one that others fall back on: `@app`.
    named: Option<String>,
    span: Span,
}

struct Reader<'a, 'f> {
    workspace: &'a mut Workspace<'f>,
    passes: Vec<Pass>,
    /// Locations that fall back on a named one, with what is in force in them.
    fallbacks: Vec<(String, Limits)>,
}

impl Reader<'_, '_> {
    fn block(&mut self, directives: &[Directive], outer: &Limits, file: FileId, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        let directives = self.expanded(directives, file, depth);
        let mut limits = outer.clone();
        for it in &directives {
            note(&mut limits, it);
        }
        for it in &directives {
            if let Some(block) = &it.block {
                let inner = location(&limits, it);
                self.block(block, &inner, it.span.file, depth + 1);
                self.pass(block, &inner, it);
            }
        }
    }

    /// The directives with those of included files in their place.
    fn expanded(&mut self, directives: &[Directive], file: FileId, depth: usize) -> Vec<Directive> {
        let mut all = Vec::new();
        for it in directives {
            if it.name.value != "include" {
                all.push(it.clone());
                continue;
            }
            match self.included(it, file).filter(|_| depth < DEPTH_MAX) {
                Some(files) => {
                    for file in files {
                        let text = self.workspace.sources.file(file).shared_text();
                        let inner = nginx::parse(file, &text);
                        all.extend(self.expanded(&inner, file, depth + 1));
                    }
                }
                None => all.push(it.clone()),
            }
        }
        all
    }

    /// The files that an `include` takes in; `None` when it is not known which.
    fn included(&mut self, include: &Directive, file: FileId) -> Option<Vec<FileId>> {
        let path = include.argument(0)?;
        if include.conditional {
            return None;
        }
        let folder = parent(self.workspace.sources.file(file).path()).to_owned();
        let path = ROOTS.iter().find_map(|it| path.strip_prefix(it)).unwrap_or(path);
        let path = join(&folder, path)?;
        if !path.contains('*') {
            return Some(vec![self.workspace.open(&path)?]);
        }
        let (folder, pattern) = (parent(&path), path.rsplit('/').next().unwrap_or_default());
        let names = self.workspace.list(folder);
        let names: Vec<_> = names.iter().filter(|it| glob::matches(pattern, it)).collect();
        if names.is_empty() {
            return None;
        }
        let paths = names.into_iter().filter_map(|it| join(folder, it));
        let mut files = Vec::new();
        for path in paths {
            match self.workspace.try_open(&path) {
                Opened::File(file) => files.push(file),
                Opened::Missing => {}
                Opened::Unknown(_) => return None,
            }
        }
        Some(files)
    }

    /// Notes a location that passes requests on, or falls back on one that does.
    fn pass(&mut self, block: &[Directive], limits: &Limits, location: &Directive) {
        let mut limits = limits.clone();
        block.iter().for_each(|it| note(&mut limits, it));
        let arguments: Vec<_> =
            location.arguments.iter().filter_map(|it| it.text.as_deref()).collect();
        let named = arguments.first().filter(|it| it.starts_with('@')).map(|it| (*it).to_owned());
        for it in block {
            let protocol = PROTOCOLS.iter().find(|(name, _)| *name == it.name.value);
            if let Some((_, protocol)) = protocol {
                let (limits, named) = (limits.clone(), named.clone());
                self.passes.push(Pass { limits, protocol, named, span: it.name.span });
            }
            let fallback = it.arguments.last().and_then(|it| it.text.clone());
            if let ("try_files", Some(name)) = (it.name.value.as_str(), fallback)
                && name.starts_with('@')
            {
                self.fallbacks.push((name, limits.clone()));
            }
        }
    }
}

/// Takes what a directive says into what is in force.
fn note(limits: &mut Limits, directive: &Directive) {
    let name = directive.name.value.as_str();
    let value = match directive.argument(0) {
        _ if directive.conditional => {
            Err(Unknown::because(format!("the template decides whether `{name}` is there")))
        }
        Some(text) if !text.contains('$') => Ok(text.to_owned()),
        _ => Err(Unknown::because(format!("the template writes `{name}`"))),
    };
    let span = directive.arguments.first().map_or(directive.name.span, |it| it.span);
    if name == "client_max_body_size" {
        limits.body = Some((value, span));
    } else if PROTOCOLS.iter().any(|(_, it)| *it == name) {
        limits.reads.retain(|(it, _)| it != name);
        limits.reads.push((name.to_owned(), (value, span)));
    } else if name == "include" {
        let path = directive.argument(0).unwrap_or("…");
        let file = path.rsplit('/').next().unwrap_or(path);
        if !HARMLESS.iter().any(|it| glob::matches(it, file) || glob::matches(it, path)) {
            limits.hidden = Some(Unknown::because(format!("`{path}` is not in this project")));
        }
    }
}

/// What is in force at the start of a block.
fn location(limits: &Limits, block: &Directive) -> Limits {
    let mut inner = limits.clone();
    inner.is_optional |= block.conditional;
    inner.file_is_whole |= block.name.value == "http";
    inner
}

/// The size of a request is checked in the location that it arrives at, before it falls back on a
/// named one.
fn settle_named(passes: &mut Vec<Pass>, fallbacks: Vec<(String, Limits)>) {
    let mut more = Vec::new();
    for pass in passes.iter_mut() {
        let Some(name) = &pass.named else { continue };
        let mut arriving = fallbacks.iter().filter(|(it, _)| it == name).map(|(_, it)| it);
        match arriving.next() {
            None => {
                let reason = format!("it is not known which requests arrive at `{name}`");
                pass.limits.body = Some((Err(Unknown::because(reason)), pass.span));
            }
            Some(first) => {
                pass.limits.body.clone_from(&first.body);
                for other in arriving {
                    let limits = Limits { body: other.body.clone(), ..pass.limits.clone() };
                    let named = None;
                    more.push(Pass { limits, named, protocol: pass.protocol, span: pass.span });
                }
            }
        }
    }
    passes.append(&mut more);
}

fn has(directives: &[Directive], name: &str) -> bool {
    directives.iter().any(|it| it.name.value == name)
}

/// The largest body; null without a limit. `client_max_body_size` is 1 MB when nothing says it.
fn body(limits: &Limits) -> Fact {
    setting(limits, limits.body.as_ref(), "client_max_body_size", Value::Int(1), |text| {
        let bytes = quantity::nginx::bytes(text)?;
        Some(match bytes {
            0 => Value::Null,
            bytes => Value::of_number(bytes as f64 / MEGABYTE as f64),
        })
    })
}

/// How long nginx waits between two reads: 60 seconds when nothing says it.
fn read_timeout(limits: &Limits, name: &str) -> Fact {
    let written = limits.reads.iter().find(|(it, _)| it == name).map(|(_, it)| it);
    setting(limits, written, name, Value::Int(60), |text| {
        quantity::nginx::timeout_s(text).map(Value::of_number)
    })
}

fn setting(
    limits: &Limits,
    written: Option<&Setting>,
    name: &str,
    default: Value,
    read: impl FnOnce(&str) -> Option<Value>,
) -> Fact {
    let origin = |span| Origin::written(span, format!("`{name}`"));
    match (written, &limits.hidden) {
        (Some((Ok(text), span)), None) => match read(text) {
            Some(value) => Fact::known(value, origin(*span)),
            None => {
                let reason = format!("nginx does not take `{text}` for `{name}`");
                Fact::unknown(Unknown::because(reason), origin(*span))
            }
        },
        (Some((Err(unknown), span)), _) => Fact::unknown(unknown.clone(), origin(*span)),
        (Some((_, span)), Some(unknown)) => Fact::unknown(unknown.clone(), origin(*span)),
        (None, hidden) => {
            let origin = Origin::new(OriginKind::Default, "nginx default");
            match hidden {
                None if limits.file_is_whole => Fact::known(default, origin),
                Some(unknown) => Fact::unknown(unknown.clone(), origin),
                None => {
                    let reason = "the file that includes this one is not in this project";
                    Fact::unknown(Unknown::because(reason), origin)
                }
            }
        }
    }
}

/// The largest of several limits: a body of that size reaches the server somewhere. Of a location
/// that may not be there (`true`) only one that is larger than the others matters.
fn largest(facts: Vec<(Fact, bool)>) -> Option<Fact> {
    let rank = |it: &Fact| match it.value() {
        Some(Value::Null) => f64::INFINITY,
        value => value.and_then(Value::as_number).unwrap_or(0.0),
    };
    if let Some((unknown, _)) = facts.iter().find(|(it, _)| it.value().is_none()) {
        return Some(unknown.clone());
    }
    let (optional, certain): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(_, it)| *it);
    // The first of equal ones is the one that a reader meets first.
    let largest = |facts: Vec<(Fact, bool)>| {
        let facts = facts.into_iter().map(|(it, _)| it);
        facts.reduce(|best, it| if rank(&it) > rank(&best) { it } else { best })
    };
    match (largest(certain), largest(optional)) {
        (Some(certain), Some(optional)) if rank(&certain) >= rank(&optional) => Some(certain),
        (certain, None) => certain,
        (_, Some(optional)) => {
            let reason = "the template decides whether the block is there";
            Some(Fact::unknown(Unknown::because(reason), optional.origin))
        }
    }
}

/// One value when all agree, and the bounds when they do not.
fn alike(facts: Vec<Fact>) -> Option<Fact> {
    if let Some(unknown) = facts.iter().find(|it| it.number().is_none()) {
        return Some(unknown.clone());
    }
    let numbers: Vec<f64> = facts.iter().filter_map(Fact::number).collect();
    let min = numbers.iter().copied().reduce(f64::min)?;
    let max = numbers.iter().copied().reduce(f64::max)?;
    let first = facts.into_iter().next()?;
    Some(match min == max {
        true => first,
        false => Fact::new(State::Range { min, max }, first.origin),
    })
}

#[cfg(test)]
mod tests;

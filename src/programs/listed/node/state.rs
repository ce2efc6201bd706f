//! What a program of Node.js keeps for itself alone: in the memory of its process, in files beside
//! it, and in its code.
//!
//! The script and the files of the project that it loads are looked through; of each kind, what is
//! found first counts. An expression that is not one of the few known forms says nothing.
//!
//! Sources: <https://github.com/express-rate-limit/express-rate-limit#examples> (a store in memory
//! unless one is given), <https://socket.io/docs/v4/using-multiple-nodes/>,
//! <https://github.com/expressjs/session#secret>, <https://github.com/expressjs/multer#diskstorage>

use std::ops::Range;

use super::files;
use super::text::{EXPRESSION_MAX, bound, entry, quoted};
use super::{FILES_MAX, Script, handler, imports};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::programs::listed::sources;
use crate::project::Lookup;
use crate::source::Span;
use crate::vocabulary::{self as v, FactId};
use crate::workspace::Workspace;

/// Limiters of requests that count in the memory of the process unless they are given a `store`.
const LIMITERS: &[&str] = &["express-rate-limit", "express-slow-down"];

/// Packages that sign sessions or tokens, and the keys of their options with what they sign with.
const SIGNERS: &[(&str, &[&str])] = &[
    ("express-session", &["secret"]),
    ("cookie-session", &["secret", "keys"]),
    ("express-jwt", &["secret"]),
    ("koa-jwt", &["secret"]),
    ("passport-jwt", &["secretOrKey"]),
    ("@nestjs/jwt", &["secret"]),
    ("@fastify/jwt", &["secret"]),
    ("@fastify/session", &["secret"]),
];

/// What ends the name of a variable with a key that signs sessions or tokens. Others, such as
/// `CLIENT_SECRET`, have the secret that another service gave.
const SECRETS: &[&str] = &[
    "JWT_SECRET",
    "JWT_KEY",
    "JWT_SECRET_KEY",
    "SESSION_SECRET",
    "SESSION_KEY",
    "COOKIE_SECRET",
    "TOKEN_SECRET",
    "AUTH_SECRET",
];

/// Names that are such variables only as a whole.
const WHOLE_SECRETS: &[&str] = &["SECRET", "SECRET_KEY", "APP_SECRET", "APP_KEY"];

/// What a variable of the environment begins with.
const ENVIRONMENT: &str = "process.env.";

/// Names that lead to names, at most.
const DEPTH_MAX: usize = 4;

/// Adds what the scripts keep. `scripts` begins with the one that is started.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    launch: &Launch,
) {
    let shares_sockets = scripts.iter().any(|it| it.shares_sockets());
    for (idx, script) in scripts.iter().enumerate() {
        let mut own = Server::default();
        if idx > 0 && handler::reads_bodies(script) {
            script.uploads(&mut own);
        }
        add(&mut own, v::CODE_LOCAL_SESSIONS, script.local_sessions());
        add(&mut own, v::CODE_SESSION_FILES, script.session_files());
        add(&mut own, v::CODE_LOCAL_LIMITER, script.local_limiter());
        if let Some(socketio) = script.socketio() {
            add(&mut own, v::CODE_WEBSOCKET, Some(socketio.clone()));
            add(&mut own, v::CODE_SOCKETIO, Some(socketio).filter(|_| !shares_sockets));
        }
        script.secrets(&mut own, workspace, launch);
        own.facts.extend(std::mem::take(&mut server.facts));
        server.facts = own.facts;
    }
    files::facts(server, workspace, scripts, launch);
    development(server, workspace, scripts, launch);
    notify(server, workspace, scripts);
}

/// Express is in its development mode unless a variable says otherwise.
fn development(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    launch: &Launch,
) {
    let (package, variable) = ("express", "NODE_ENV");
    let assigns = |it: &Script| {
        let starts = [format!("{ENVIRONMENT}{variable}"), format!("env.{variable}")];
        starts.iter().any(|start| {
            it.code.match_indices(start).any(|(at, _)| {
                let rest = it.code[at + start.len()..].trim_start();
                (rest.starts_with('=') && !rest.starts_with("==")) || rest.starts_with("||=")
            })
        })
    };
    let sets_mode =
        |it: &Script| it.code.contains(".set('env'") || it.code.contains(".set(\"env\"");
    if scripts.iter().any(|it| assigns(it) || sets_mode(it)) {
        return;
    }
    let Some(script) = scripts.iter().find(|it| it.code.loads(package)) else { return };
    let quoted = [format!("'{package}'"), format!("\"{package}\"")];
    let Some(at) = quoted.iter().find_map(|it| script.code.find(it.as_str())) else { return };
    let span = Span::new(script.file, at, at + package.len() + 2);
    let mut own = String::new();
    for script in scripts {
        own.push_str(&script.dotenv(workspace));
        own.push('\n');
    }
    add(server, v::CODE_DEVELOPMENT_UNLESS, unless(variable, span, launch, &own));
}

/// Whether the scripts tell systemd that they have started: they do not, where all of them are seen
/// and none names what is needed for it.
fn notify(server: &mut Server, workspace: &Workspace<'_>, scripts: &[Script]) {
    let is_seen = scripts.len() < FILES_MAX
        && scripts.iter().all(|script| {
            let path = workspace.sources.file(script.file).path();
            script.code.local().iter().all(|it| imports::resolved(workspace, path, it).is_some())
        });
    let says = |it: &Script| {
        let code = it.code.lower();
        code.contains("notify") || code.contains("systemd")
    };
    if is_seen && !scripts.iter().any(says) {
        let origin = Origin::new(OriginKind::Derived, "nothing in the scripts");
        server.facts.set(v::REQUIRES_SD_NOTIFY, Fact::known(Value::Bool(false), origin));
    }
}

fn add(server: &mut Server, id: FactId, fact: Option<Fact>) {
    if let Some(fact) = fact {
        server.facts.set(id, fact);
    }
}

impl Script {
    /// The call that makes sessions without a store.
    fn local_sessions(&self) -> Option<Fact> {
        let (at, options) = self.call("express-session", "session(")?;
        let has_store = options.first().and_then(|it| self.object(it)).is_none_or(is_open);
        let name = Value::Text("express-session".to_owned());
        (!has_store && !self.code.contains(".store"))
            .then(|| self.fact(at, name, "a call without `store`"))
    }

    /// The store that keeps each session as a file.
    fn session_files(&self) -> Option<Fact> {
        let package = "session-file-store";
        let at = self.code.find(package).filter(|_| self.code.loads(package))?;
        let has_folder =
            self.keyed("path").into_iter().any(|(_, it)| self.text(&it).contains("tmp"));
        let name = Value::Text(package.to_owned());
        (self.code.contains("store:") && !has_folder)
            .then(|| self.fact(at..at + package.len(), name, "a store of files"))
    }

    /// A limiter that is given no store.
    fn local_limiter(&self) -> Option<Fact> {
        LIMITERS.iter().find_map(|package| {
            let names = self.names_from(package);
            let mut calls = names.iter().flat_map(|(name, _)| self.calls(name));
            let (at, _) = calls.find(|(_, given)| match given.as_slice() {
                [] => true,
                [options] => self.object(options).is_some_and(|it| !is_open(it)),
                _ => false,
            })?;
            let name = Value::Text((*package).to_owned());
            Some(self.fact(at, name, "a call without `store`"))
        })
    }

    /// What makes a server of Socket.IO.
    fn socketio(&self) -> Option<Fact> {
        let package = "socket.io";
        let at = ["require('socket.io')(", "require(\"socket.io\")("]
            .iter()
            .find_map(|it| self.code.find(it).map(|at| at..at + it.len() - 1))
            .or_else(|| {
                let names = self.names_from(package);
                names.iter().find_map(|(name, own)| {
                    let call = match own {
                        None => self.calls(name).into_iter().next(),
                        Some(own) if own == "Server" => self.calls(name).into_iter().next(),
                        Some(_) => None,
                    };
                    let of_module = || self.calls(&format!("{name}.Server")).into_iter().next();
                    call.or_else(of_module).map(|it| it.0)
                })
            })?;
        let name = Value::Text("Socket.IO".to_owned());
        Some(self.fact(at, name, "a server of Socket.IO"))
    }

    /// Whether something makes processes share the sessions of Socket.IO, or may: an adapter, a
    /// router that keeps a client with its process, transports without a session.
    fn shares_sockets(&self) -> bool {
        ["adapter", "Adapter", "sticky", "transports"].iter().any(|it| self.code.contains(it))
    }

    /// Keys that sign sessions and are written in the code, or stand behind a variable that nothing
    /// sets.
    fn secrets(&self, server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
        let mut given: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for (_, keys) in SIGNERS.iter().filter(|(it, _)| self.code.loads(it)) {
            given.extend(keys.iter().flat_map(|key| self.keyed(key)));
        }
        for (name, _) in self.names_from("jsonwebtoken") {
            let calls = self.calls(&format!("{name}.sign"));
            given.extend(calls.into_iter().filter_map(|(at, it)| Some((at, it.get(1)?.clone()))));
        }
        for (place, value) in given {
            match self.key_of(workspace, &value, 0) {
                // The value is nobody's business: what is labelled is what it is called.
                Some(Key::Written(owner)) => {
                    let own = Span::new(self.file, place.start, place.end);
                    let span = owner.unwrap_or(own);
                    let name = Value::Text(workspace.sources.text(span).to_owned());
                    let fact = Fact::known(name, Origin::written(span, "written in the code"));
                    add(server, v::CODE_WRITTEN_SECRET, Some(fact));
                }
                Some(Key::Unless(name, place)) => {
                    let own = self.dotenv(workspace);
                    add(server, v::CODE_SECRET_UNLESS, unless(&name, place, launch, &own));
                }
                None => {}
            }
        }
        if server.facts.get(v::CODE_SECRET_UNLESS).is_none() {
            let fact = self.secret_behind_variable(workspace, launch);
            add(server, v::CODE_SECRET_UNLESS, fact);
        }
    }

    /// `process.env.JWT_SECRET || "secret"` anywhere, unless the code refuses to start without it.
    fn secret_behind_variable(
        &self,
        workspace: &mut Workspace<'_>,
        launch: &Launch,
    ) -> Option<Fact> {
        self.code.match_indices(ENVIRONMENT).find_map(|(at, _)| {
            let rest = self.code.get(at..)?;
            let mut near = rest.bytes().take(EXPRESSION_MAX);
            let is_end = |it| matches!(it, b'\n' | b';' | b',' | b')' | b'}');
            let end = near.position(is_end).unwrap_or(rest.len());
            let Key::Unless(name, place) =
                self.key_of(workspace, &(at..at + rest.get(..end)?.trim_end().len()), 0)?
            else {
                return None;
            };
            let is_secret = SECRETS.iter().any(|it| name.ends_with(it))
                || WHOLE_SECRETS.contains(&name.as_str());
            let is_guarded = self.code.contains(&format!("!{ENVIRONMENT}{name}"));
            if !is_secret || is_guarded {
                return None;
            }
            unless(&name, place, launch, &self.dotenv(workspace))
        })
    }

    /// Where a value that signs comes from.
    fn key_of(
        &self,
        workspace: &mut Workspace<'_>,
        value: &Range<usize>,
        depth: usize,
    ) -> Option<Key> {
        let text = self.text(value);
        if text.len() > EXPRESSION_MAX {
            return None;
        }
        let text =
            text.strip_prefix('[').map_or(text, |it| it.split([',', ']']).next().unwrap_or(it));
        if quoted(text).is_some_and(|it| !it.trim().is_empty()) {
            return Some(Key::Written(self.owner(value)));
        }
        if let Some(rest) = text.strip_prefix(ENVIRONMENT) {
            let len = rest.find(|it: char| !it.is_alphanumeric() && it != '_')?;
            let (name, behind) = rest.split_at(len);
            let behind = behind.trim_start();
            let default = behind.strip_prefix("||").or_else(|| behind.strip_prefix("??"))?;
            let is_written = quoted(default.trim()).is_some_and(|it| !it.trim().is_empty());
            let place = value.start..value.start + ENVIRONMENT.len() + len;
            let span = Span::new(self.file, place.start, place.end);
            return is_written.then(|| Key::Unless(name.to_owned(), span));
        }
        let is_name = text.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '$' | '.'));
        if depth >= DEPTH_MAX || text.is_empty() || !is_name {
            return None;
        }
        if let Some(value) = bound(&self.code, text, value.start) {
            return self.key_of(workspace, &value, depth + 1);
        }
        let (script, value) = self.value_of(workspace, text, value.start)?;
        script.as_ref().unwrap_or(self).key_of(workspace, &value, depth + 1)
    }

    /// The name or the key that a value is written behind.
    fn owner(&self, value: &Range<usize>) -> Option<Span> {
        let before = self.code.get(..value.start)?.trim_end();
        let before = before.strip_suffix(['=', ':'])?.trim_end();
        let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$');
        let start = before.rfind(|it| !is_part(it)).map_or(0, |it| it + 1);
        (start < before.len()).then(|| Span::new(self.file, start, before.len()))
    }

    /// The places of a key in objects that are written out, each with its value.
    pub(super) fn keyed(&self, key: &str) -> Vec<(Range<usize>, Range<usize>)> {
        let start = format!("{key}:");
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices(&start) {
            let before = self.code[..at].chars().next_back();
            if before.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '$' | '.')) {
                continue;
            }
            let from = at + start.len();
            let rest = &self.code[from..];
            let end = value_len(rest);
            let value = rest[..end].trim();
            let from = from + (rest.len() - rest.trim_start().len());
            found.push((at..at + key.len(), from..from + value.len()));
        }
        found
    }

    /// The key of an option in a call, where it is written out.
    pub(super) fn option(
        &self,
        given: &[Range<usize>],
        idx: usize,
        key: &str,
    ) -> Option<Range<usize>> {
        let object = given.get(idx).filter(|it| self.text(it).starts_with('{'))?;
        entry(&self.code, object, key)
    }
}

/// How long a value behind a key is: up to the comma, the end of the object or of the line.
fn value_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, it) in text.char_indices() {
        match (quote, it) {
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(it),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') if depth > 0 => depth -= 1,
            (None, ',' | '}' | '\n' | ')' | ']') if depth == 0 => return at,
            (None, _) => {}
        }
    }
    text.len()
}

/// Whether the options may bring a store that is not seen: a spread may.
fn is_open(options: &str) -> bool {
    options.contains("store") || options.contains("...")
}

/// Where a key that signs comes from.
enum Key {
    /// It is written in the code, as the value of this name or key.
    Written(Option<Span>),
    /// It is written behind this variable.
    Unless(String, Span),
}

/// That something hangs on a variable, where no file sets it. `own` is what the code reads by itself.
pub(super) fn unless(name: &str, place: Span, launch: &Launch, own: &str) -> Option<Fact> {
    if matches!(launch.environment.get(name), Lookup::Set(_))
        || own.lines().any(|it| it.trim_start().starts_with(&format!("{name}=")))
    {
        return None;
    }
    Some(sources::hanging_on(name, place))
}

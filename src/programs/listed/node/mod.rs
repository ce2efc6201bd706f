//! What the script says that Node.js runs: where it listens, and what it keeps in its process.
//!
//! Sources: <https://nodejs.org/docs/latest-v20.x/api/net.html#serverlisten>,
//! <https://fastify.dev/docs/latest/Reference/Server/#listen>,
//! <https://nodejs.org/docs/latest-v22.x/api/http.html#serverkeepalivetimeout>,
//! <https://github.com/expressjs/session#sessionoptions>

mod built;
mod clients;
mod cluster;
mod code;
mod files;
pub(crate) mod handler;
mod imports;
mod jobs;
mod port;
mod prisma;
mod runtimes;
mod state;
mod text;
mod uploads;

use std::ops::Range;
use std::sync::Arc;

use self::code::Code;
use self::text::{arguments, entry, is_outer, number};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::project::Lookup;
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace};

/// Packages whose server is the one of Node itself, with its defaults. Fastify has its own.
const PLAIN: &[&str] = &["express", "http", "node:http", "koa", "polka"];

/// Packages and the calls of them that start jobs at times of the clock.
const SCHEDULERS: &[(&str, &str)] =
    &[("node-cron", ".schedule("), ("cron", "new CronJob("), ("node-schedule", ".scheduleJob(")];

/// Packages and the calls of them that answer WebSocket requests.
const WEBSOCKETS: &[(&str, &str)] = &[
    ("socket.io", "new Server("),
    ("ws", "new WebSocketServer("),
    ("ws", "new WebSocket.Server("),
];

/// Packages that are clients of chat services, which they poll or hold a connection to.
const CLIENTS: &[&str] = &["discord.js", "eris", "grammy", "node-telegram-bot-api", "telegraf"];

/// Words of code that answers requests, or may.
const SERVING: &[&str] = &[
    "listen",
    "http",
    "express",
    "fastify",
    "koa",
    "hono",
    "serve",
    "Server",
    "webhook",
    "webHook",
    "polka",
    "restify",
    "hapi",
    "keepAlive",
    "keep_alive",
    "keep-alive",
    "child_process",
    "fork(",
];

/// Bytes of a script that cost as much as a step: dozens of questions are asked of it for each process
/// that it is of.
const BYTES_OF_STEP: usize = 8;

/// Files of a script that are read at most.
const FILES_MAX: usize = 50;

/// Adds what the script says. What is not one of the forms that are known is left open.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    operands: &[Word],
    launch: &Launch,
    cpus: &Fact,
) {
    let Some(name) = operands.first().and_then(Word::text) else { return };
    match Script::open(workspace, &name, launch) {
        Some(script) => of_script(server, workspace, &script, launch, cpus),
        None => built::facts(server, workspace, &name, launch),
    }
}

/// The same for `tsx watch`, which starts the script again after each change of it.
pub(super) fn of_watch(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    let mut words = launch.argv.iter().skip_while(|it| it.text().as_deref() != Some("watch"));
    let Some(watch) = words.next() else { return };
    let origin = Origin::written(watch.span, "`watch`");
    server.facts.set(v::RELOAD, Fact::known(Value::Bool(true), origin));
    let script = words.find(|it| !it.known_prefix().starts_with('-')).cloned();
    facts(server, workspace, &Vec::from_iter(script), launch, cpus);
}

/// The same for `nest start`, which compiles the script that it starts.
pub(super) fn of_nest(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    if let Some(script) = Script::open(workspace, "src/main.ts", launch) {
        of_script(server, workspace, &script, launch, cpus);
    }
}

fn of_script(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    script: &Script,
    launch: &Launch,
    cpus: &Fact,
) {
    let imported = match script.is_listening() {
        true => None,
        false => script.imported_listener(workspace),
    };
    imported.as_ref().unwrap_or(script).listen(server, workspace, launch);
    cluster::facts(server, workspace, script, (launch, cpus));
    script.keep_alive(server);
    let code = &*script.code;
    for (id, list) in [(v::CODE_SCHEDULER, SCHEDULERS), (v::CODE_WEBSOCKET, WEBSOCKETS)] {
        let found = list.iter().find_map(|(package, call)| {
            let at = code.find(call).filter(|_| code.loads(package))?;
            (id == v::CODE_WEBSOCKET || is_outer(code, at)).then_some((
                *package,
                at,
                call.len() - 1,
            ))
        });
        if let Some((package, at, len)) = found {
            let name = Value::Text(package.to_owned());
            server.facts.set(id, script.fact(at..at + len, name, "a call of the script"));
        }
    }
    if let Some(at) = script.secure_sessions(launch) {
        let name = Value::Text("express-session".to_owned());
        let fact = script.fact(at, name, "a cookie with `secure`, without `trust proxy`");
        server.facts.set(v::CODE_SECURE_SESSIONS, fact);
    }
    script.uploads(server);
    if let Some(client) = script.client(workspace) {
        server.facts.set(v::CODE_CLIENT, client);
    }
    let scripts = script.with_loaded(workspace);
    state::facts(server, workspace, &scripts, launch);
    clients::facts(server, workspace, &scripts, (launch, cpus));
    jobs::facts(server, workspace, &scripts, launch);
}

/// The place of a call, and its arguments.
type Called = (Range<usize>, Vec<Range<usize>>);

/// A script, without its comments.
#[derive(Clone)]
struct Script {
    file: FileId,
    code: Arc<Code>,
}

impl Script {
    fn open(workspace: &mut Workspace<'_>, name: &str, launch: &Launch) -> Option<Self> {
        let ends = [".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx"];
        let names = match ends.iter().any(|it| name.ends_with(it)) {
            true => vec![name.to_owned()],
            false => vec![format!("{name}.js"), format!("{name}/index.js"), name.to_owned()],
        };
        let open = |workspace: &mut Workspace<'_>, name: &str| {
            let path = workspace.join(&launch.folder, name)?;
            match workspace.try_open(&path) {
                Opened::File(file) => Some(file),
                Opened::Missing | Opened::Unknown(_) => None,
            }
        };
        let file = names.iter().find_map(|it| open(workspace, it)).or_else(|| {
            let source = built::source(workspace, &launch.folder, &names[0])?;
            open(workspace, &source)
        })?;
        Self::read(workspace, file)
    }

    /// The script in a file. `None` where the processes of the project have asked too much already.
    fn read(workspace: &mut Workspace<'_>, file: FileId) -> Option<Self> {
        let code = workspace.of_text(file, Code::read);
        workspace.budget().steps(code.len() / BYTES_OF_STEP).ok()?;
        Some(Self { file, code })
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.code.get(range.clone()).unwrap_or_default()
    }

    fn fact(&self, range: Range<usize>, value: Value, source: &str) -> Fact {
        let span = Span::new(self.file, range.start, range.end);
        Fact::known(value, Origin::written(span, source))
    }

    /// The one call of a package, with its arguments.
    fn call(&self, package: &str, name: &str) -> Option<(Range<usize>, Vec<Range<usize>>)> {
        let mut found = self.code.match_indices(name);
        let (at, _) = found.next().filter(|_| self.code.loads(package))?;
        let open = at + name.len() - 1;
        found.next().is_none().then_some((at..open, arguments(&self.code, open)?))
    }

    /// The text of an object that is written as an argument, or as what the name of the argument is
    /// declared to be. `None` where it comes from elsewhere.
    fn object(&self, argument: &Range<usize>) -> Option<&str> {
        let text = self.text(argument).trim();
        let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '$');
        if text.starts_with('{') || !text.chars().all(is_name) {
            return text.starts_with('{').then_some(text);
        }
        let declared = ["const ", "let ", "var "].iter().find_map(|it| {
            let (_, value) = self.code.split_once(&format!("{it}{text} = {{"))?;
            Some(self.code.len() - value.len() - 1)
        })?;
        let end = arguments(&self.code, declared)?.last()?.end;
        self.code.get(declared..end)
    }

    /// The call that makes sessions whose cookie is for HTTPS only, where nothing makes Express
    /// trust the proxy in front. What is given the application may do that elsewhere.
    fn secure_sessions(&self, launch: &Launch) -> Option<Range<usize>> {
        let (at, given) = self.call("express-session", "session(")?;
        let options = given.first().filter(|it| self.text(it).starts_with('{'))?;
        let cookie = entry(&self.code, options, "cookie")?;
        if !self.text(&cookie).starts_with('{') || !self.code.loads("express") {
            return None;
        }
        let (before, _) = self.code.split_once("express()")?;
        let declared = before.trim_end().strip_suffix('=')?.lines().next_back()?;
        // In TypeScript, a type may stand behind the name.
        let app = declared.split(':').next()?.split_whitespace().next_back()?;
        let secure = entry(&self.code, &cookie, "secure")?;
        let is_production = || match launch.environment.get("NODE_ENV") {
            Lookup::Set(fact) => fact.text() == Some("production"),
            Lookup::Unset | Lookup::Unmentioned => false,
        };
        let secure: String =
            self.text(&secure).chars().filter(|it| !it.is_whitespace() && *it != '=').collect();
        let is_secure = match secure.replace('\'', "\"").as_str() {
            "true" => true,
            "process.env.NODE_ENV\"production\"" => is_production(),
            _ => return None,
        };
        let code = self.code.replace(&format!("createServer({app})"), "");
        let given = [format!("({app})"), format!("({app},"), format!(", {app})")];
        let may_trust = given.iter().any(|it| code.contains(it.as_str()))
            || ["trust proxy", "trustProxy", "https.create"].iter().any(|it| code.contains(it))
            || ["proxy", "..."].iter().any(|it| self.text(options).contains(it));
        (is_secure && !may_trust).then_some(at)
    }

    /// What a property is assigned, where one statement does.
    fn assigned(&self, property: &str) -> Option<Range<usize>> {
        let mut found = self.code.match_indices(property);
        let (at, _) = found.next()?;
        let value = self.code.get(at + property.len()..)?.trim_start().strip_prefix('=')?;
        let start = self.code.len() - value.trim_start().len();
        let len = value.trim_start().find(['\n', ';', ')'])?;
        found.next().is_none().then_some(start..start + len)
    }

    /// How long idle connections are kept: what the script says, else the time of Node's own server,
    /// where it is this script that starts it.
    fn keep_alive(&self, server: &mut Server) {
        if let Some(value) = self.assigned(".keepAliveTimeout") {
            if let Some(milliseconds) = number(self.text(&value)) {
                let seconds = f64::from(i32::try_from(milliseconds).unwrap_or(i32::MAX)) / 1000.0;
                let fact = self.fact(value, Value::of_number(seconds), "`keepAliveTimeout`");
                server.facts.set(v::KEEPALIVE_S, fact);
            }
            return;
        }
        let is_said = ["keepAlive", "KeepAlive"].iter().any(|it| self.code.contains(it));
        let is_own = PLAIN.iter().any(|it| self.code.loads(it));
        let Some(at) = self.code.find(".listen(").filter(|_| is_own && !is_said) else { return };
        let span = Span::new(self.file, at, at + ".listen".len());
        let origin = Origin::new(OriginKind::Default, "Node.js default");
        let origin = Origin { span: Some(span), ..origin };
        server.facts.set(v::KEEPALIVE_S, Fact::known(Value::Int(5), origin));
    }

    /// The package that makes the script a client of a chat service, when neither it nor the code
    /// of the project that it loads has anything to do with requests.
    fn client(&self, workspace: &mut Workspace<'_>) -> Option<Fact> {
        let package = CLIENTS.iter().find(|it| self.code.loads(it))?;
        let at = self.code.find(package)?;
        let mut codes =
            vec![(workspace.sources.file(self.file).path().to_owned(), Arc::clone(&self.code))];
        let mut seen = vec![codes[0].0.clone()];
        while let Some((path, code)) = codes.pop() {
            if SERVING.iter().any(|it| code.contains(it)) || code.contains("readdir") {
                return None;
            }
            for local in code.local() {
                let name = imports::resolved(workspace, &path, local)?;
                if seen.len() > FILES_MAX || seen.contains(&name) || name.ends_with(".json") {
                    continue;
                }
                let file = workspace.try_open(&name).file()?;
                seen.push(name.clone());
                codes.push((name, Self::read(workspace, file)?.code));
            }
        }
        let name = Value::Text((*package).to_owned());
        let fact = self.fact(at..at + package.len(), name, "an import of the script");
        (seen.len() <= FILES_MAX).then_some(fact)
    }

    /// What stands behind a key that is there once.
    fn value(&self, key: &str) -> Option<Range<usize>> {
        let mut found = self.code.match_indices(key);
        let (at, _) = found.next()?;
        let rest = self.code.get(at + key.len()..)?;
        let start = self.code.len() - rest.trim_start().len();
        let len = rest.trim_start().find([',', '}', '\n', ')'])?;
        let value = self.code.get(start..start + len)?.trim_end();
        found.next().is_none().then_some(start..start + value.len())
    }
}

//! systemd services: what a host of one's own runs.
//!
//! A unit names paths of the host, of which only the command is looked at: the project is taken to
//! be the folder with the unit, or the nearest one above that looks like a project.
//!
//! Sources: systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5).

mod drop_ins;
mod expand;
mod refused;
mod values;
mod words;

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node, Text};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::manifests::env_file::{self, EnvFile};
use crate::manifests::{catalog, on_host, shared_folder, usual};
use crate::parse::env_file::Flavour;
use crate::project::{Environment, Facts};
use crate::quantity::systemd::{self, TimeSpan};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{ImageFiles, join, parent};

use words::{Strange, readable, words};

/// The platform's id in the catalog.
const PLATFORM: &str = "systemd";

/// A unit with its drop-ins.
pub(crate) fn whole(context: &mut Context<'_, '_>, document: &Document) -> Option<Document> {
    drop_ins::added(context, document)
}

/// Lowers a unit: one process.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let Some(service) = document.root.get("Service") else { return Vec::new() };
    let Some(command) = last(service, "ExecStart") else { return Vec::new() };
    context.acc.extend(refused::told(service));
    context.acc.extend(values::told(service));
    let file_name = context.manifest.rsplit('/').next().unwrap_or_default();
    let name = file_name.strip_suffix(".service").unwrap_or(file_name).to_owned();
    let span = service.span;
    let mut facts = Facts::new();
    kind(context, &name, service, &mut facts);
    machine(context, service, &mut facts);
    shutdown(context, service, &mut facts);
    let folder = on_host::project_folder(context);
    let shared = shared_folder::check(context, document);
    context.acc.extend(shared);
    let mut environment = environment(context, service, &folder);
    if let Some(unit) = socket_unit(context, &name) {
        let source = format!("systemd passes the sockets of {unit} on");
        let origin = Origin::new(OriginKind::Env, source);
        environment.set("LISTEN_FDS", Fact::known(Value::Text("1".to_owned()), origin));
    }
    let process = ProcessDraft {
        name: Spanned::new(name.clone(), span),
        span,
        command: exec(command, &name, on_host::files(start(service), &folder)),
        folder,
        environment,
        facts,
    };
    let mut facts = Facts::new();
    let origin = Origin::written(span, "the file's format");
    facts.set(vocabulary::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft {
        name,
        span: Span::start_of(document.file),
        facts,
        processes: vec![process],
    }]
}

/// The value that counts: a later line replaces an earlier one, unless systemd ignores it.
fn last<'a>(service: &'a Node, key: &str) -> Option<&'a Text> {
    last_of(service, &[key]).map(|it| it.1)
}

/// The same of keys that set one thing, with the key.
fn last_of<'a>(service: &'a Node, keys: &[&str]) -> Option<(&'a str, &'a Text)> {
    let all = service.entries().iter().rev();
    let mut of = all.filter(|it| keys.contains(&it.key.value.as_str()));
    of.find_map(|it| {
        let (key, text) = (it.key.value.as_str(), it.value.as_text()?);
        (!values::is_ignored(key, text)).then_some((key, text))
    })
}

/// A unit says nothing about requests; names of units do. What systemd waits for the end of, it
/// does not keep running: that works once, or as often as the timer of the same name says.
fn kind(context: &Context<'_, '_>, name: &str, service: &Node, facts: &mut Facts) {
    let span = service.span;
    let stays = last(service, "RemainAfterExit").is_some();
    let once = last(service, "Type").filter(|it| it.value.trim() == "oneshot" && !stays);
    if let Some(once) = once {
        let timer = join(parent(context.manifest), &format!("{name}.timer"));
        let has_timer = timer.is_some_and(|it| context.workspace.is_file(&it));
        let kind = if has_timer { "cron" } else { "worker" };
        let origin = Origin::written(once.span(), "`Type=oneshot` ends with its command");
        facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
        return;
    }
    let worker = ["worker", "celery", "beat", "queue", "scheduler", "job"];
    let kind = if worker.iter().any(|it| name.contains(it)) { "worker" } else { "web" };
    let origin =
        Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, "name of the unit") };
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    if let Some(command) = last(service, "ExecStart") {
        let program = command.value.split_whitespace().next().unwrap_or_default();
        on_host::kind_of_program(program, command.span(), facts);
    }
}

/// Whether a `.socket` unit beside it gives the service its sockets: the one of the same name does
/// so without a word. One in the folder that may name the service counts, too.
///
/// Source: systemd.socket(5)
fn socket_unit(context: &mut Context<'_, '_>, name: &str) -> Option<String> {
    let folder = parent(context.manifest).to_owned();
    let own = format!("{name}.socket");
    let names = context.workspace.names(&folder);
    let mut units = names.iter().filter(|it| it.ends_with(".socket")).cloned();
    units.find(|it| {
        *it == own || {
            let file = join(&folder, it).and_then(|path| context.workspace.open_if_text(&path));
            let text = file.map(|it| context.workspace.sources.file(it).text().to_owned());
            text.is_some_and(|it| it.contains(&format!("{name}.service")))
        }
    })
}

/// systemd runs the words itself. What it expands, a shell would expand in the same way; what only
/// a shell understands is not known to be meant.
fn exec(text: &Text, unit: &str, files: ImageFiles) -> Command {
    let is_prefix = ['-', '@', ':', '+', '!', '|'];
    let prefix = text.value.len() - text.value.trim_start_matches(is_prefix).len();
    let is_literal = text.value[..prefix].contains(':');
    let text = text.slice(prefix..text.value.len());
    if words(&text.value, Strange::Kept).is_none() {
        let reason = "a quote is never closed, so systemd refuses the command";
        return Command::Unknown(Unknown::because(reason));
    }
    if is_for_shell(&text.value) {
        let reason = "the command is written for a shell, and systemd runs none";
        return Command::Unknown(Unknown::because(reason));
    }
    let expanded = match text.value.contains(['%', '$', '\\']) {
        true => expand::for_shell(&text, unit).filter(|_| !is_literal),
        false => Some(text),
    };
    let Some(text) = expanded else {
        let reason = "the command has specifiers or variables that systemd fills in";
        return Command::Unknown(Unknown::because(reason));
    };
    on_host::command(Command::Shell(text), files)
}

/// Whether a command has what only a shell understands, outside of quotes: in them it may be the text
/// for one.
fn is_for_shell(command: &str) -> bool {
    let mut quote = None;
    command.chars().any(|it| {
        match quote {
            Some(open) if it == open => quote = None,
            None if matches!(it, '"' | '\'') => quote = Some(it),
            _ => {}
        }
        quote.is_none() && matches!(it, '&' | '|' | ';' | '<' | '>' | '`')
    })
}

/// The folder that the program starts in.
fn start(service: &Node) -> Option<&str> {
    last(service, "WorkingDirectory").map(|it| it.value.trim_start_matches('-'))
}

/// `Environment="A=1" "B=2"`, several times, and `EnvironmentFile`; a later value wins, and what a
/// file says wins over `Environment`.
fn environment(context: &mut Context<'_, '_>, service: &Node, folder: &str) -> Environment {
    let mut environment = Environment::new();
    for text in counting(service, "Environment") {
        for (name, value, span) in assignments(text) {
            let origin = Origin {
                kind: OriginKind::Env,
                span: Some(span),
                source: format!("`{name}` in `Environment`"),
                inputs: Vec::new(),
            };
            let state = match value.contains('%') {
                true => State::Unknown(Unknown::because("it has specifiers that systemd fills in")),
                false => State::Known(Value::Text(value)),
            };
            environment.set(&name, Fact::new(state, origin));
        }
    }
    for text in counting(service, "EnvironmentFile") {
        let name = text.value.trim().trim_start_matches('-');
        let path = on_host(service, folder, name);
        exported(context, path.as_deref(), text.span());
        let file = EnvFile { path, name, span: text.span(), flavour: Flavour::Systemd };
        env_file::add(context.workspace, &file, &mut environment);
    }
    environment
}

/// Says that a file is one for a shell: systemd takes `export` for a part of the name, and leaves the
/// line out.
fn exported(context: &mut Context<'_, '_>, path: Option<&str>, named: Span) {
    let Some(id) = path.and_then(|it| context.workspace.try_open(it).file()) else { return };
    let text = context.workspace.sources.file(id).shared_text();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let name = line.strip_prefix("export ").and_then(|it| it.split_once('='));
        if let Some((name, _)) = name {
            let end = at + "export ".len() + name.len();
            let message =
                format!("systemd ignores `{name}`, as it takes `export` for a part of its name");
            let label = Label::new(Span::new(id, at, end), "");
            let found = Diagnostic::new("unit-value-ignored", Severity::Warning, message, label);
            let found = found.with_related(named, "read by systemd, and by no shell");
            context.acc.push(found.with_help("remove `export` in front of each name"));
            return;
        }
        at += line.len();
    }
}

/// The lines of a key that adds up: an empty one takes those before it away.
fn counting<'a>(service: &'a Node, key: &str) -> Vec<&'a Text> {
    let lines = service.entries().iter().filter(|it| it.key.value == key);
    let texts: Vec<&Text> = lines.filter_map(|it| it.value.as_text()).collect();
    let is_empty = |it: &&Text| it.value.trim().is_empty();
    let first = texts.iter().rposition(is_empty).map_or(0, |it| it + 1);
    texts.into_iter().skip(first).collect()
}

/// The file of the project that an absolute path is on the host: the folder that the program starts
/// in holds the project.
fn on_host(service: &Node, folder: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(start(service)?.trim_end_matches('/'))?.strip_prefix('/')?;
    if rest.contains(['*', '?', '%']) {
        return None;
    }
    join(folder, rest)
}

/// The assignments of a line with their places: words between blanks, perhaps in quotes.
fn assignments(text: &Text) -> Vec<(String, String, Span)> {
    let raw = text.value.as_str();
    let mut found = Vec::new();
    for (word, Range { start, end }) in readable(raw, Strange::Refused).0 {
        let Some((name, value)) = word.split_once('=') else { continue };
        let from = raw[start..end].find('=').map_or(start, |it| start + it + 1);
        let written = &raw[from..end];
        let inner = written.strip_prefix(['"', '\'']).unwrap_or(written);
        let from = end - inner.len();
        let len = inner.strip_suffix(['"', '\'']).unwrap_or(inner).len();
        found.push((name.to_owned(), value.to_owned(), text.span_of(from..from + len)));
    }
    found
}

/// `MemoryMax`, or its old name, and `CPUQuota`, as far as the file says.
fn machine(context: &Context<'_, '_>, service: &Node, facts: &mut Facts) {
    let is_limit = |it: &&Text| !matches!(it.value.trim(), "" | "infinity");
    for key in ["MemoryLimit", "MemoryMax"] {
        if let Some(text) = last(service, key).filter(is_limit) {
            let origin = Origin::written(text.span(), format!("`{key}`"));
            facts.set(vocabulary::MACHINE_MEMORY_MB, number(memory_mb(key, &text.value), origin));
        }
    }
    if let Some(text) = last(service, "CPUQuota")
        && let Some(percent) =
            text.value.trim().strip_suffix('%').and_then(|it| it.parse::<f64>().ok())
    {
        let origin = Origin::written(text.span(), "`CPUQuota`");
        facts.set(vocabulary::MACHINE_CPUS, Fact::known(Value::of_number(percent / 100.0), origin));
    }
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        usual::host(platform, facts, "the unit has no limit");
    }
}

fn number(value: Result<f64, Unknown>, origin: Origin) -> Fact {
    match value {
        Ok(value) => Fact::known(Value::of_number(value), origin),
        Err(unknown) => Fact::unknown(unknown, origin),
    }
}

fn memory_mb(key: &str, text: &str) -> Result<f64, Unknown> {
    let text = text.trim();
    match systemd::bytes(text) {
        Some(bytes) => Ok((bytes >> 20) as f64),
        None if text.ends_with('%') => {
            Err(Unknown::because(format!("`{key}` is a share of the host's memory")))
        }
        None => Err(Unknown::because(format!("`{key}` is not a size, and systemd ignores it"))),
    }
}

/// How long systemd waits before it kills. 0 is no limit, either.
fn grace_s(key: &str, text: &str) -> Result<f64, Unknown> {
    match systemd::time_span(text) {
        Some(TimeSpan::Seconds(seconds)) if seconds > 0.0 => Ok(seconds),
        Some(_) => Err(no_limit(key)),
        None => {
            Err(Unknown::because(format!("`{key}` is not a time span, and systemd ignores it")))
        }
    }
}

fn no_limit(key: &str) -> Unknown {
    Unknown::because(format!("`{key}` sets no limit"))
}

fn shutdown(context: &Context<'_, '_>, service: &Node, facts: &mut Facts) {
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        let ids = [vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];
        catalog::set_limits(facts, platform, &ids);
    }
    if let Some(text) = last(service, "KillSignal") {
        let origin = Origin::written(text.span(), "`KillSignal`");
        let signal = Value::Text(text.value.trim().to_owned());
        facts.set(vocabulary::SHUTDOWN_SIGNAL, Fact::known(signal, origin));
    }
    // The first sets two limits, this one among them; of both, the later line counts.
    if let Some((key, text)) = last_of(service, &["TimeoutSec", "TimeoutStopSec"]) {
        let origin = Origin::written(text.span(), format!("`{key}`"));
        facts.set(vocabulary::SHUTDOWN_GRACE_S, number(grace_s(key, &text.value), origin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn limits_that_are_none_are_unknown_with_their_reason() {
        let reason = |it: Result<f64, Unknown>| it.err().map(|it| it.reason);
        assert_eq!(memory_mb("MemoryMax", "1.5G"), Ok(1536.0));
        assert_eq!(memory_mb("MemoryMax", "1048576"), Ok(1.0));
        for (text, expect) in [
            ("50%", "`MemoryMax` is a share of the host's memory"),
            ("512m", "`MemoryMax` is not a size, and systemd ignores it"),
        ] {
            assert_eq!(reason(memory_mb("MemoryMax", text)).as_deref(), Some(expect), "{text}");
        }
        assert_eq!(grace_s("TimeoutStopSec", "1min 30s"), Ok(90.0));
        for (text, expect) in [
            ("infinity", "`TimeoutStopSec` sets no limit"),
            ("0", "`TimeoutStopSec` sets no limit"),
            ("soon", "`TimeoutStopSec` is not a time span, and systemd ignores it"),
        ] {
            assert_eq!(reason(grace_s("TimeoutStopSec", text)).as_deref(), Some(expect), "{text}");
        }
    }

    /// What systemd 252 says of each, as `systemd --test` prints the parsed unit.
    #[test]
    fn quotes_stand_anywhere_in_an_assignment() {
        for (text, expect) in [
            ("A=1 B=2", &["A=1", "B=2"][..]),
            ("\"A=1 2\" B=3", &["A=1 2", "B=3"]),
            ("A=\"--timeout 7 --workers 4\" B=1", &["A=--timeout 7 --workers 4", "B=1"]),
            ("A='b c'd", &["A=b cd"]),
            ("A=\"it's\"", &["A=it's"]),
            ("A=1\\x32\\s3\\0634", &["A=12 334"]),
            ("A=1 \"B=2", &["A=1"]),
            ("A=1 B=\\q C=3", &["A=1"]),
            ("A= B", &["A="]),
        ] {
            let file = SourceMap::new().add("shop.service", text);
            let span = Span::new(file, 0, text.len());
            let found = assignments(&Text::verbatim(text, span, 0));
            let found: Vec<_> = found.iter().map(|it| format!("{}={}", it.0, it.1)).collect();
            assert_eq!(found, expect, "{text}");
        }
    }
}

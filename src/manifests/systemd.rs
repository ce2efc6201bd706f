//! systemd services: what a host of one's own runs.
//!
//! A unit names paths of the host, of which only the command is looked at: the project is taken to
//! be the folder with the unit, or the nearest one above that looks like a project.
//!
//! Sources: systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5).

use std::sync::Arc;

use crate::document::{Document, Node, Text};
use crate::draft::{Command, Context, DeploymentDraft, ImageCommand, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Dialect;
use crate::manifests::catalog;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::{join, parent};

/// The platform's id in the catalog.
const PLATFORM: &str = "systemd";

/// Files that make a folder a project.
const MARKS: &[&str] = &["requirements.txt", "pyproject.toml", "manage.py", "setup.py", "Pipfile"];

/// Lowers a unit: one process.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let root = &document.root;
    let Some(service) = root.get("Service") else { return Vec::new() };
    let Some(command) = last(service, "ExecStart") else { return Vec::new() };
    let file_name = context.manifest.rsplit('/').next().unwrap_or_default();
    let name = file_name.strip_suffix(".service").unwrap_or(file_name).to_owned();
    let span = service.span;
    let mut facts = Facts::new();
    kind(&name, span, &mut facts);
    machine(service, &mut facts);
    shutdown(context, service, &mut facts);
    let process = ProcessDraft {
        name: Spanned::new(name.clone(), span),
        span,
        command: exec(command),
        folder: project_folder(context),
        environment: environment(service),
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

/// The value that counts: a later line replaces an earlier one.
fn last<'a>(service: &'a Node, key: &str) -> Option<&'a Text> {
    service.entries().iter().rfind(|it| it.key.value == key)?.value.as_text()
}

/// A unit says nothing about requests; names of units do.
fn kind(name: &str, span: Span, facts: &mut Facts) {
    let worker = ["worker", "celery", "beat", "queue", "scheduler", "job"];
    let kind = if worker.iter().any(|it| name.contains(it)) { "worker" } else { "web" };
    let origin =
        Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, "name of the unit") };
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
}

/// systemd runs the words itself. What it expands, a shell would expand in the same way; what only
/// a shell understands is not known to be meant.
fn exec(text: &Text) -> Command {
    let prefix =
        text.value.len() - text.value.trim_start_matches(['-', '@', ':', '+', '!', '|']).len();
    let text = text.slice(prefix..text.value.len());
    if text.value.contains(['&', '|', ';', '<', '>', '`', '%', '$']) {
        let reason = "the command has specifiers or variables that systemd fills in";
        return Command::Unknown(Unknown::because(reason));
    }
    // The program is found where the host has it, and so are the files that it reads.
    let command = Command::Shell(text);
    Command::Image(Box::new(ImageCommand {
        entrypoint: Vec::new(),
        command,
        files: Arc::default(),
        sh: Dialect::Unknown,
    }))
}

/// The folder of the unit, or the nearest one above that looks like a project.
fn project_folder(context: &Context<'_, '_>) -> String {
    let own = parent(context.manifest).to_owned();
    let mut folder = own.as_str();
    loop {
        let has = |it: &&&str| join(folder, it).is_some_and(|it| context.workspace.is_file(&it));
        if MARKS.iter().find(has).is_some() {
            return folder.to_owned();
        }
        if folder.is_empty() {
            return own;
        }
        folder = parent(folder);
    }
}

/// `Environment="A=1" "B=2"`, several times; a later value wins.
fn environment(service: &Node) -> Environment {
    let mut environment = Environment::new();
    for entry in service.entries().iter().filter(|it| it.key.value == "Environment") {
        let Some(text) = entry.value.as_text() else { continue };
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
    environment
}

/// The assignments of a line with their places: words between blanks, perhaps in quotes.
fn assignments(text: &Text) -> Vec<(String, String, Span)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.value[at..].find(|it: char| !it.is_whitespace()) {
        let start = at + start;
        let rest = &text.value[start..];
        let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''));
        let inner = start + quote.map_or(0, char::len_utf8);
        let end = match quote {
            Some(quote) => text.value[inner..].find(quote),
            None => text.value[inner..].find(char::is_whitespace),
        };
        let end = end.map_or(text.value.len(), |it| inner + it);
        if let Some((name, value)) = text.value[inner..end].split_once('=') {
            let value_start = inner + name.len() + 1;
            found.push((name.to_owned(), value.to_owned(), text.span_of(value_start..end)));
        }
        at = (end + quote.map_or(0, char::len_utf8)).min(text.value.len());
    }
    found
}

/// `MemoryMax`, or its old name, and `CPUQuota`, as far as the file says.
fn machine(service: &Node, facts: &mut Facts) {
    for key in ["MemoryLimit", "MemoryMax"] {
        if let Some(text) = last(service, key) {
            let origin = Origin::written(text.span(), format!("`{key}`"));
            let fact = match memory_mb(&text.value) {
                Some(memory_mb) => Fact::known(Value::Int(memory_mb), origin),
                None => Fact::unknown(Unknown::because(format!("`{key}` is no size")), origin),
            };
            facts.set(vocabulary::MACHINE_MEMORY_MB, fact);
        }
    }
    if let Some(text) = last(service, "CPUQuota")
        && let Some(percent) =
            text.value.trim().strip_suffix('%').and_then(|it| it.parse::<f64>().ok())
    {
        let origin = Origin::written(text.span(), "`CPUQuota`");
        facts.set(vocabulary::MACHINE_CPUS, Fact::known(Value::of_number(percent / 100.0), origin));
    }
}

/// Bytes with a binary suffix, as MB. A percentage depends on the host, `infinity` is no limit.
fn memory_mb(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let bytes: i64 = match unit {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    Some(number.parse::<i64>().ok()?.checked_mul(bytes)? >> 20)
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
    for key in ["TimeoutSec", "TimeoutStopSec"] {
        if let Some(text) = last(service, key) {
            let origin = Origin::written(text.span(), format!("`{key}`"));
            let fact = match seconds(&text.value) {
                Some(seconds) => Fact::known(Value::of_number(seconds), origin),
                None => Fact::unknown(Unknown::because(format!("`{key}` is no time")), origin),
            };
            facts.set(vocabulary::SHUTDOWN_GRACE_S, fact);
        }
    }
}

/// A time span: `90`, `1min 30s`, `500ms`. `infinity` has no number.
/// Source: <https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html>
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut all = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let tail = tail.trim_start();
        let end = tail.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let unit_s = match unit {
            "" | "s" | "sec" | "second" | "seconds" => 1.0,
            "ms" | "msec" => 1e-3,
            "us" | "usec" => 1e-6,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return None,
        };
        all += number.parse::<f64>().ok()? * unit_s;
        rest = tail.trim_start();
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_systemd_reads_them() {
        for (text, expect) in [
            ("90", Some(90.0)),
            ("1min 30s", Some(90.0)),
            ("2m", Some(120.0)),
            ("500ms", Some(0.5)),
            ("infinity", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expect, "{text}");
        }
    }

    #[test]
    fn sizes_are_binary() {
        for (text, expect) in [
            ("512M", Some(512)),
            ("2G", Some(2048)),
            ("1048576", Some(1)),
            ("50%", None),
            ("infinity", None),
        ] {
            assert_eq!(memory_mb(text), expect, "{text}");
        }
    }
}

//! Supervisor: the programs that it keeps running on a host, or in an image that starts it.
//!
//! Source: <https://supervisord.org/configuration.html>. Numbers are in
//! `platforms/supervisord.toml`.

use crate::commands::signal;
use crate::commands::supervised::{expand, variables};
use crate::document::{Document, Entry, Node, Text};
use crate::draft::{Command, Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::manifests::cloud::int;
use crate::manifests::{catalog, on_host, usual};
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::join;

/// The platform's id in the catalog.
const PLATFORM: &str = "supervisord";

/// Lowers a file: a process for each program that is started.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let folder = on_host::project_folder(context);
    let shared = document.root.at(&["supervisord", "environment"]);
    let entries = document.root.entries().iter();
    let processes: Vec<_> = entries
        .filter_map(|it| process(context, it, shared, &folder))
        .take(PROCESSES_MAX + 1)
        .collect();
    if processes.is_empty() {
        return Vec::new();
    }
    let mut facts = Facts::new();
    let span = Span::start_of(document.file);
    let origin = Origin::written(span, "the file's format");
    facts.set(v::PLATFORM, Fact::known(Value::Text(PLATFORM.to_owned()), origin));
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

fn process(
    context: &Context<'_, '_>,
    entry: &Entry,
    shared: Option<&Node>,
    folder: &str,
) -> Option<ProcessDraft> {
    let name = entry.key.value.strip_prefix("program:")?.trim();
    let section = &entry.value;
    let command = section.get("command")?.as_text()?;
    let get = |key: &str| section.get(key).and_then(Node::as_str);
    let mut facts = Facts::new();
    instances(section, &mut facts);
    shutdown(context, section, &mut facts);
    // In an image, the memory is that of whatever runs it.
    let is_in_image = join(folder, "Dockerfile").is_some_and(|it| context.workspace.is_file(&it));
    if let Some(platform) = context.catalog.platform(PLATFORM).filter(|_| !is_in_image) {
        usual::host(platform, &mut facts, "Supervisor limits nothing");
    }
    let start = get("directory");
    let inside = start.filter(|it| !it.starts_with('/') && !it.contains('%'));
    let start_folder = inside.and_then(|it| join(folder, it)).unwrap_or_else(|| folder.to_owned());
    let mut environment = Environment::new();
    for node in [shared, section.get("environment")].into_iter().flatten() {
        variables(node, &mut environment);
    }
    let program = command.value.split_whitespace().next().unwrap_or_default();
    kind(name, entry.key.span, &environment, &mut facts);
    on_host::kind_of_program(program, command.span(), &mut facts);
    let mut process = ProcessDraft {
        name: Spanned::new(name.to_owned(), entry.key.span),
        span: entry.key.span,
        command: self::command(command, name, on_host::files(start, folder)),
        folder: start_folder,
        environment,
        facts,
    };
    if is_in_image {
        usual::anywhere(
            context.catalog,
            (&context.catalog.readers("Dockerfile"), None),
            usual::Runs::Image,
            &mut process,
        );
    }
    Some(process)
}

/// A program says nothing about requests; its server does, and the port that it is given.
fn kind(name: &str, span: Span, environment: &Environment, facts: &mut Facts) {
    let words = ["web", "http", "api", "wsgi", "asgi"];
    let is_web = words.iter().any(|it| name.contains(it));
    let (kind, why) = match (environment.sets("PORT"), is_web) {
        (true, _) => ("web", "`PORT` is set"),
        (false, true) => ("web", "name of the program"),
        (false, false) => ("worker", "the name of the program says nothing of requests"),
    };
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, why) };
    facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
}

/// Supervisor splits the words itself; no shell reads them.
fn command(text: &Text, name: &str, files: crate::workspace::ImageFiles) -> Command {
    let filled = match expand(text, name) {
        Ok(filled) => filled,
        Err(unknown) => return Command::Unknown(unknown),
    };
    on_host::command(Command::Exec(filled), files)
}

/// `numprocs` of them run side by side.
fn instances(section: &Node, facts: &mut Facts) {
    let number = match section.get("numprocs") {
        Some(node) => int(node, "`numprocs`"),
        None => Fact::known(Value::Int(1), Origin::new(OriginKind::Default, "Supervisor default")),
    };
    facts.set(v::SCALE_MIN, number.clone());
    facts.set(v::SCALE_MAX, number);
}

fn shutdown(context: &Context<'_, '_>, section: &Node, facts: &mut Facts) {
    if let Some(platform) = context.catalog.platform(PLATFORM) {
        catalog::set_limits(facts, platform, &[v::SHUTDOWN_SIGNAL, v::SHUTDOWN_GRACE_S]);
    }
    let signal = section.get("stopsignal");
    if let Some((node, name)) = signal.and_then(|it| Some((it, signal::named(it.as_str()?)?))) {
        let origin = Origin::written(node.span, "`stopsignal`");
        facts.set(v::SHUTDOWN_SIGNAL, Fact::known(Value::Text(name), origin));
    }
    if let Some(node) = section.get("stopwaitsecs") {
        facts.set(v::SHUTDOWN_GRACE_S, int(node, "`stopwaitsecs`"));
    }
}

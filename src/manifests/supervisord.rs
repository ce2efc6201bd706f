//! Supervisor: the programs that it keeps running on a host, or in an image that starts it.
//!
//! Source: <https://supervisord.org/configuration.html>. Numbers are in
//! `platforms/supervisord.toml`.

use crate::document::{Document, Entry, Node, Text};
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
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
    let processes: Vec<_> =
        entries.filter_map(|it| process(context, it, shared, &folder)).collect();
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

/// The text with the name of the program in it. Other expressions are only known on the host.
fn expand(text: &Text, name: &str) -> Result<Text, Unknown> {
    let own = "%(program_name)s";
    let text = match text.value.contains(own) {
        true => text.unescaped(own, name),
        false => text.clone(),
    };
    if !text.value.contains('%') {
        return Ok(text);
    }
    let text = text.unescaped("%%", "\u{0}");
    if text.value.contains('%') {
        return Err(Unknown::because("Supervisor fills in expressions of the command"));
    }
    Ok(text.unescaped("\u{0}", "%"))
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
    if let Some(node) = section.get("stopsignal") {
        let name = node.as_str().unwrap_or_default().trim().to_ascii_uppercase();
        let name = format!("SIG{}", name.trim_start_matches("SIG"));
        let origin = Origin::written(node.span, "`stopsignal`");
        facts.set(v::SHUTDOWN_SIGNAL, Fact::known(Value::Text(name), origin));
    }
    if let Some(node) = section.get("stopwaitsecs") {
        facts.set(v::SHUTDOWN_GRACE_S, int(node, "`stopwaitsecs`"));
    }
}

/// `KEY="value",KEY2=value`, perhaps in several lines.
fn variables(node: &Node, into: &mut Environment) {
    let Some(text) = node.as_text() else { return };
    for (name, value, range) in assignments(&text.value) {
        let origin = Origin {
            kind: OriginKind::Env,
            span: Some(text.span_of(range)),
            source: format!("`{name}` in `environment`"),
            inputs: Vec::new(),
        };
        let plain = value.replace("%%", "");
        let state = match plain.contains('%') {
            true => State::Unknown(Unknown::because("Supervisor fills in an expression of it")),
            false => State::Known(Value::Text(value.replace("%%", "%"))),
        };
        into.set(name, Fact::new(state, origin));
    }
}

/// Names and values, with the bytes of each value.
fn assignments(text: &str) -> Vec<(String, String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(equals) = text.get(at..).and_then(|it| it.find('=')) {
        let name = text[at..at + equals].trim_matches(|it: char| it.is_whitespace() || it == ',');
        let after = at + equals + 1;
        let start = after + (text[after..].len() - text[after..].trim_start().len());
        let quote = text[start..].chars().next().filter(|it| matches!(it, '"' | '\''));
        let inner = start + quote.map_or(0, char::len_utf8);
        let len = match quote {
            Some(quote) => text[inner..].find(quote),
            None => text[inner..].find([',', '\n']),
        };
        let end = len.map_or(text.len(), |it| inner + it);
        found.push((name.to_owned(), text[inner..end].trim_end().to_owned(), inner..end));
        at = text.len().min(end + quote.map_or(0, char::len_utf8));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_between_commas_and_may_be_quoted() {
        let pairs = |text| {
            let found = assignments(text);
            found.into_iter().map(|(name, value, _)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs("A=\"1,2\",B=3"), ["A=1,2", "B=3"]);
        assert_eq!(pairs("A='x y' , B = z\nC=\"\""), ["A=x y", "B=z", "C="]);
        assert_eq!(pairs(""), Vec::<String>::new());
        assert_eq!(pairs("A=\"open"), ["A=open"]);
    }
}

//! Whether a compose file is for a server or for a developer's machine.

use super::{DEVELOPMENT, deploys, environment, kind, stage_of, words};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node};
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::parse::Syntax;
use crate::source::Span;
use crate::workspace::Workspace;

/// What a file says of where it is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its name says that it is for a server.
    Production,
    /// A variable says that it is for a developer's machine.
    Development,
    /// Its name says that the file that is deployed is made of it.
    Template,
    /// The name of a file that it includes says that it is for a developer's machine.
    Included,
    /// Another file is laid over it on a server: that one is deployed.
    Base,
    /// Nothing of either.
    Unsaid,
}

/// Whether a variable of the service says that it runs on a developer's machine.
pub(super) fn says_development(service: &Node) -> bool {
    const NAMES: &[&str] = &[
        "APP_ENV",
        "DJANGO_ENV",
        "ENVIRONMENT",
        "FLASK_ENV",
        "NODE_ENV",
        "RACK_ENV",
        "RAILS_ENV",
        "SPRING_PROFILES_ACTIVE",
    ];
    let all = service.get("environment").map(environment::pairs).unwrap_or_default();
    all.iter().any(|(name, value, _)| {
        let value = value.as_deref().unwrap_or_default().to_ascii_lowercase();
        NAMES.contains(&name.as_str()) && ["dev", "development", "local"].contains(&&*value)
            || names_browsers_addresses(name) && is_all_on_this_host(&value)
    })
}

/// Whether a variable has addresses that a browser has in its bar, or asks.
fn names_browsers_addresses(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["CORS", "ALLOWED_ORIGIN", "TRUSTED_ORIGIN"].iter().any(|it| name.contains(it))
        || ["NEXT_PUBLIC_", "REACT_APP_", "VITE_"].iter().any(|it| name.starts_with(it))
}

/// Whether a value is a list of addresses that only a browser on this very machine reaches.
fn is_all_on_this_host(value: &str) -> bool {
    let is_separator = |it: char| it == ',' || it == '[' || it == ']' || it.is_whitespace();
    let quotes = |it: char| it == '"' || it == '\'';
    let mut all = value.split(is_separator).map(|it| it.trim_matches(quotes));
    let mut all = all.by_ref().filter(|it| !it.is_empty()).peekable();
    let is_here = |it: &str| {
        let host = it.strip_prefix("http://").or_else(|| it.strip_prefix("https://"));
        let host = host.map(|it| it.split(['/', ':']).next().unwrap_or_default());
        host.is_some_and(|it| it == "localhost" || it == "127.0.0.1")
    };
    all.peek().is_some() && all.all(is_here)
}

/// Whether the file or the service says that it runs on a server: defaults count only there.
pub(super) fn is_deployed_here(service: &Node, stage: Stage) -> bool {
    let restarts = service.get("restart").and_then(Node::as_str).is_some_and(|it| it != "no");
    match stage {
        Stage::Production => true,
        Stage::Development | Stage::Template | Stage::Included | Stage::Base => false,
        Stage::Unsaid => restarts || service.get("deploy").is_some(),
    }
}

/// Whether a compose file builds something of its own folder, and says of nothing that it builds that
/// it runs on a server. A developer's database may start again by itself.
pub(crate) fn is_workbench(workspace: &mut Workspace<'_>, path: &str) -> bool {
    let Some(file) = workspace.open(path) else { return false };
    let document = workspace.document(file, Syntax::Yaml);
    let services = document.root.get("services").map(Node::entries).unwrap_or_default();
    let mut built = services.iter().filter(|it| it.value.get("build").is_some()).peekable();
    built.peek().is_some()
        && (!deploys(workspace, path)
            || stage_of(&words(path), services) == Stage::Unsaid
                && built.all(|it| !is_deployed_here(&it.value, Stage::Unsaid)))
}

/// Servers for production: nobody who works on the source starts one without `--reload`, behind a
/// proxy, and again after each crash.
const SERVERS: &[&str] =
    &["gunicorn", "uwsgi", "uvicorn", "daphne", "hypercorn", "granian", "puma"];

/// Whether a service whose source is mounted is a deployment all the same: a clone on the server.
pub(super) fn serves_from_source(service: &Node, services: &[Entry]) -> bool {
    let restarts = service.get("restart").and_then(Node::as_str);
    let is_kept = matches!(restarts, Some("always" | "unless-stopped"));
    let command = service.get("command").map(kind::plain).unwrap_or_default().join(" ");
    let words = || command.split(|it: char| it.is_whitespace() || "'\"".contains(it));
    is_kept
        && words().any(|it| it.rsplit('/').next().is_some_and(|it| SERVERS.contains(&it)))
        && !words().any(|it| it.starts_with("--reload"))
        && services.iter().any(kind::passes_on)
}

/// What the service is for, and why that is taken for granted.
pub(super) fn purpose(service: &Node, span: Span, stage: Stage) -> Fact {
    let (purpose, source) = match is_deployed_here(service, stage) {
        true if stage == Stage::Production => ("production", "name of the file"),
        true => ("production", "the service has a restart policy or `deploy`"),
        false if stage == Stage::Template => ("development", "name of the file: it is a template"),
        false if stage == Stage::Base => {
            ("development", "name of another file, which is laid over this one for a server")
        }
        false if stage == Stage::Included => ("development", "name of a file that it includes"),
        false if stage == Stage::Development => ("development", "a variable of the file says so"),
        false => ("development", "no restart policy, no `deploy`, no name that says otherwise"),
    };
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, source) };
    Fact::known(Value::Text(purpose.to_owned()), origin)
}

/// Services of one file that are looked at: what is done for one may look at all others.
const SERVICES_MAX: usize = 1_000;

/// The services of a file, as many as are looked at. That there are more is a problem.
pub(super) fn first_services<'n>(context: &mut Context<'_, '_>, root: &'n Node) -> &'n [Entry] {
    let all = root.get("services").map(Node::entries).unwrap_or_default();
    let (first, others) = all.split_at(all.len().min(SERVICES_MAX));
    if let Some(it) = others.first() {
        let message = format!("opslint reads the first {SERVICES_MAX} services of a file");
        let label = Label::new(it.key.span, "this one and those behind it are not checked");
        context.acc.push(Diagnostic::new("unreadable-file", Severity::Error, message, label));
    }
    first
}

/// Whether a service is started on a developer's machine only, by its profiles.
pub(super) fn is_for_developers(service: &Node) -> bool {
    let profiles = service.get("profiles").map(Node::elements).unwrap_or_default();
    let is_one = |it: &Node| it.as_str().is_some_and(|it| DEVELOPMENT.contains(&it));
    !profiles.is_empty() && profiles.iter().all(is_one)
}

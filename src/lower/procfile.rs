//! Procfile: one line, one process.
//!
//! Many platforms read it, so a Procfile alone does not say where it runs. A Heroku app.json or
//! heroku.yml beside it does; otherwise opslint.toml must.

use crate::document::{Document, Entry};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::lower::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::lower::heroku;
use crate::project::{Environment, Facts};
use crate::source::Span;
use crate::vocabulary;
use crate::workspace::parent;

/// Lowers a Procfile.
pub fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let folder = parent(context.manifest).to_owned();
    let mut processes =
        document.root.entries().iter().filter_map(|it| process(it, &folder)).collect::<Vec<_>>();
    if processes.is_empty() {
        return Vec::new();
    }
    let platform = platform(context);
    if platform.text() == Some(heroku::PLATFORM) {
        heroku::lower(context, &mut processes);
    }
    let mut facts = Facts::new();
    facts.set(vocabulary::PLATFORM, platform);
    let span = Span::start_of(document.file);
    vec![DeploymentDraft { name: String::new(), span, facts, processes }]
}

/// Where a Procfile runs: what opslint.toml says, else what other files show.
fn platform(context: &mut Context<'_, '_>) -> Fact {
    if let Some(stated) = context.stated("platform") {
        return stated.fact();
    }
    match heroku::evidence(context) {
        Some((span, source)) => {
            Fact::known(Value::Text(heroku::PLATFORM.to_owned()), Origin::written(span, source))
        }
        None => unknown_platform(),
    }
}

fn process(entry: &Entry, folder: &str) -> Option<ProcessDraft> {
    let command = entry.value.as_text()?.clone();
    let mut facts = Facts::new();
    let origin = Origin::written(entry.key.span, "name of the process");
    facts
        .set(vocabulary::KIND, Fact::known(Value::Text(kind(&entry.key.value).to_owned()), origin));
    Some(ProcessDraft {
        name: entry.key.clone(),
        span: entry.span(),
        command: Command::Shell(command),
        folder: folder.to_owned(),
        environment: Environment::new(),
        facts,
    })
}

/// What a process of this name is for: `web` and `release` mean the same on every platform that
/// reads Procfiles, and only `web` is routed to.
pub(crate) fn kind(name: &str) -> &'static str {
    match name {
        "web" => "web",
        "release" => "release",
        _ => "worker",
    }
}

fn unknown_platform() -> Fact {
    let unknown = Unknown::new(
        "a Procfile does not say which platform runs it",
        "`platform` under `[deployments.\"Procfile\"]` in opslint.toml",
    );
    Fact::unknown(unknown, Origin::new(OriginKind::Default, "Procfile"))
}

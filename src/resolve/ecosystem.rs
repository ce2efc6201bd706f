//! An ecosystem file of pm2 that nothing in the project starts: a deployment of its own, wherever that
//! may run, with a process for each of its apps.

use std::sync::Arc;

use crate::document::{Document, Node, Text};
use crate::draft::{Command, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::formats;
use crate::manifests::usual;
use crate::parse::Syntax;
use crate::programs::listed::pm2::apps;
use crate::project::{Deployment, Environment, Facts, Process, ProjectFile};
use crate::resolve::configured;
use crate::resolve::finish::Finish;
use crate::source::{Span, Spanned};
use crate::vocabulary::{self as v, FactId};
use crate::workspace::{join, parent};

/// Name of the format, and of a process that the file does not name.
const FORMAT: &str = "pm2";

/// Why what the file does not say is not known.
const NO_COMMAND: &str = "no file has the command that starts pm2";

/// What the command may say, too.
const OF_COMMAND: &[FactId] = &[v::WORKERS, v::CONCURRENCY, v::MEMORY_NEEDED_MB];

/// What is taken of a program that pm2 runs, because most are scripts of node.
const OF_NODE: &[FactId] =
    &[v::RUNTIME_LANGUAGE, v::MEMORY_PER_WORKER_MB, v::MEMORY_NEEDED_MB, v::DEV_SERVER];

/// Whether a file may be a deployment of its own.
pub(super) fn is_candidate(path: &str) -> bool {
    formats::of_path(path).any(|it| it.name == FORMAT)
}

/// The deployment of a file. `None` where its apps are not written out.
pub(super) fn deployment(
    finish: &mut Finish<'_, '_>,
    path: &str,
) -> Option<(Deployment, ProjectFile)> {
    let (draft, file) = draft(finish, path)?;
    let mut deployment = finish.deployment(path, draft);
    let all = apps::of(&file.document.root, None);
    for (process, app) in deployment.processes.iter_mut().zip(all) {
        kind(process);
        // What is known of pm2 is that of scripts of node.
        let server = process.facts.get(v::SERVER).and_then(Fact::text);
        if server == Some(FORMAT) && apps::script(app).is_none() {
            OF_NODE.iter().for_each(|it| process.facts.remove(*it));
        }
        for id in OF_COMMAND {
            if process.facts.get(*id).is_some_and(configured::rests_on_default) {
                let origin = Origin::new(OriginKind::Default, NO_COMMAND);
                process.facts.set(*id, Fact::unknown(Unknown::because(NO_COMMAND), origin));
            }
        }
    }
    Some((deployment, file))
}

/// A script that listens answers requests, and one that works on jobs is a worker.
fn kind(process: &mut Process) {
    let facts = &process.facts;
    let is_open = facts.get(v::KIND).is_some_and(|it| it.value().is_none());
    let works = facts.get(v::SERVES).filter(|it| it.text() == Some("jobs"));
    let found = match (facts.get(v::PORT), works) {
        _ if !is_open => None,
        (Some(port), _) => Some(("web", "its script listens", port)),
        (None, Some(jobs)) => Some(("worker", "its script works on jobs", jobs)),
        (None, None) => None,
    };
    if let Some((kind, why, of)) = found {
        let origin = Origin { span: of.origin.span, ..Origin::new(OriginKind::Derived, why) };
        process.facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
    }
}

fn draft(finish: &mut Finish<'_, '_>, path: &str) -> Option<(DeploymentDraft, ProjectFile)> {
    let context = finish.context(path);
    let file = context.workspace.open(path)?;
    let root = apps::root(context.workspace, file, path)?;
    let all = apps::of(root.node()?, None);
    let platform = configured::platform(&context, "file of pm2");
    let known = platform.text().and_then(|it| context.catalog.platform(it));
    let mut processes = Vec::new();
    for app in &all {
        let mut process = process(app, path, all.len() > 1)?;
        let settle_with = context.statement("kind", Some(&process.name.value));
        let unknown = Unknown::new("no file says whether it answers requests", settle_with);
        let open = Fact::unknown(unknown, Origin::new(OriginKind::Default, FORMAT));
        process.facts.set(v::KIND, open);
        if let Some(known) = known {
            usual::complete(known, &mut process);
        }
        processes.push(process);
    }
    if processes.is_empty() {
        return None;
    }
    let mut facts = Facts::new();
    facts.set(v::PLATFORM, platform);
    let span = Span::start_of(file);
    let draft = DeploymentDraft { name: String::new(), span, facts, processes };
    let (syntax, problems, comments) = (Syntax::Json, Vec::new(), Vec::new());
    let document = Document { file, syntax, root: root.node()?.clone(), problems, comments };
    Some((draft, ProjectFile::alone(FORMAT, file, Arc::new(document))))
}

/// The process of one app. `None` where its name is none that a command can have.
fn process(app: &Node, path: &str, is_one_of_several: bool) -> Option<ProcessDraft> {
    let script = app.get("script").and_then(Node::as_text);
    let (named, span) = match (app.get("name").and_then(Node::as_text), script) {
        (Some(name), _) => (Some(name.value.clone()), name.span()),
        (None, Some(script)) => (None, script.span()),
        (None, None) => return None,
    };
    let own = parent(path);
    let file = path.rsplit('/').next().unwrap_or(path);
    let is_word = |it: &&str| apps::is_plain(it) && !it.starts_with('-');
    let (command, folder) = match (apps::command(app), named.as_deref().filter(is_word)) {
        (Some(command), _) => (command, join(own, apps::folder(app)?)?),
        (None, Some(name)) if is_one_of_several => {
            (format!("pm2-runtime {file} --only {name}"), own.to_owned())
        }
        (None, None) if is_one_of_several => return None,
        _ => (format!("pm2-runtime {file}"), own.to_owned()),
    };
    let mut environment = Environment::new();
    apps::environment(app, path, &mut environment);
    Some(ProcessDraft {
        name: Spanned::new(named.unwrap_or_else(|| FORMAT.to_owned()), span),
        span,
        command: Command::Shell(Text::new(command, span, Vec::new())),
        folder,
        environment,
        facts: Facts::new(),
    })
}

//! Jobs that the code of a Rails application sends: to which program, and to which queues.
//!
//! Sources: <https://guides.rubyonrails.org/active_job_basics.html>,
//! <https://github.com/sidekiq/sidekiq/wiki/Advanced-Options> (queues),
//! <https://github.com/rails/solid_queue#puma-plugin>,
//! <https://github.com/bensheldon/good_job#execute-jobs-async--in-process>

use std::collections::HashMap;

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::Lookup;
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

use super::ruby;
use super::ruby_jobs::{Class, Sent, classes, sent};

/// Folders of code, those with jobs first, and most files that are looked into.
const FOLDERS: &[&str] = &[
    "app/jobs",
    "app/workers",
    "app/sidekiq",
    "app/sidekiq/jobs",
    "app/controllers",
    "app/controllers/concerns",
    "app/controllers/api",
    "app/controllers/api/v1",
    "app/controllers/admin",
    "app/models",
    "app/models/concerns",
    "app/services",
    "app/interactors",
    "app/commands",
    "app/operations",
    "app/listeners",
    "app/lib",
    "app/mailers",
    "app/graphql/mutations",
];
const FILES_MAX: usize = 500;

/// Where the application is configured; what comes later counts.
const CONFIGURATION: &[&str] = &["config/application.rb", "config/environments/production.rb"];
const INITIALIZERS: &str = "config/initializers";
const PUMA: &str = "config/puma.rb";

/// What says which program works on the jobs of Active Job.
const ADAPTER: &str = "queue_adapter";

/// Its adapters that have a program of their own, with their gems and their programs.
const ADAPTERS: &[(&str, &str, &str)] = &[
    ("sidekiq", "sidekiq", "sidekiq"),
    ("solid_queue", "solid_queue", "solid-queue"),
    ("good_job", "good_job", "good-job"),
    ("delayed_job", "delayed_job_active_record", "delayed-job"),
    ("resque", "resque", "resque"),
];

/// The queue of a job for which nothing says another, in Sidekiq and in Active Job.
const USUAL: &str = "default";

/// Words of a configuration that has jobs done in the process that sends them, or changes their
/// queues in a way of its own.
const IN_PLACE: &[&str] = &["inline", "configure_embed", "Testing", ":async", "execution_mode"];
const STEERS: &[&str] =
    &["queue_name_prefix", "queue_name_delimiter", "default_job_options", "default_worker_options"];
const STEERS_ACTIVE: &[&str] = &["default_queue_name", "default_queue_as"];

/// What the configuration says of jobs.
struct Told {
    /// The adapter of Active Job; none where jobs of it are not sent to a program that is known.
    adapter: Option<&'static str>,
    /// All of its text, without comments.
    text: String,
}

/// Adds what is sent.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let has =
        |workspace: &mut Workspace<'_>, gem: &str| ruby::is_in_gemfile(workspace, launch, gem);
    if !ADAPTERS.iter().any(|it| has(workspace, it.1)) {
        return;
    }
    let told = told(workspace, launch);
    let files = files(workspace, launch);
    let mut known: HashMap<String, Option<Class>> = HashMap::new();
    let texts: Vec<(FileId, std::sync::Arc<str>)> = files
        .iter()
        .filter_map(|path| {
            let file = workspace.open(path)?;
            Some((file, workspace.sources.file(file).shared_text()))
        })
        .collect();
    for (_, text) in &texts {
        for class in classes(text) {
            // Two of a name are told apart by their modules, which are not looked at.
            let entry = known.entry(class.name.clone());
            entry.and_modify(|it| *it = None).or_insert(Some(class));
        }
    }
    let base = known.get("ApplicationJob").and_then(Option::as_ref);
    let is_plain = base.is_none_or(|it| it.queue == Ok(None) && !it.has_adapter);
    let mut all = Vec::new();
    for (file, text) in &texts {
        for one in sent(text) {
            let Some(Some(class)) = known.get(&one.class) else { continue };
            if let Some((program, queue)) = to(&told, class, &one, is_plain) {
                all.push((program, queue, Span::new(*file, one.start, one.end)));
            }
        }
    }
    all.retain(|(program, ..)| !is_in_place(&told, workspace, launch, program));
    set(server, &all);
}

fn set(server: &mut Server, all: &[(&'static str, Option<String>, Span)]) {
    let Some((program, _, span)) = all.first() else { return };
    let origin = Origin::written(*span, "a call that sends a job");
    server.facts.set(v::CODE_SENDS_JOBS, Fact::known(Value::Text((*program).to_owned()), origin));
    let mut origin =
        Origin { span: Some(*span), ..Origin::new(OriginKind::Derived, "calls that send jobs") };
    for (program, queue, span) in all {
        let Some(queue) = queue.as_deref() else { continue };
        if origin.inputs.iter().any(|it| it.name == queue) {
            continue;
        }
        let written = Origin::written(*span, "a call that sends a job");
        origin = origin.with_input(queue, Fact::known(Value::Text((*program).to_owned()), written));
    }
    if !origin.inputs.is_empty() {
        let names = origin.inputs.iter().map(|it| Value::Text(it.name.clone())).collect();
        server.facts.set(v::CODE_QUEUES, Fact::known(Value::List(names), origin));
    }
}

/// The program that works on a job, and the queue where it is known.
fn to(
    told: &Told,
    class: &Class,
    sent: &Sent,
    is_plain: bool,
) -> Option<(&'static str, Option<String>)> {
    let is_steered = STEERS.iter().any(|it| told.text.contains(it));
    let named = || match (&sent.queue, &class.queue) {
        (Ok(Some(queue)), _) | (Ok(None), Ok(Some(queue))) => Some(queue.clone()),
        (Ok(None), Ok(None)) => Some(USUAL.to_owned()),
        (Err(()), _) | (_, Err(())) => None,
    };
    match (class.is_native, sent.is_native) {
        (true, true) => Some(("sidekiq", named().filter(|_| !is_steered))),
        (false, false) if !class.has_adapter => {
            let is_steered = is_steered || STEERS_ACTIVE.iter().any(|it| told.text.contains(it));
            Some((told.adapter?, named().filter(|_| !is_steered && is_plain)))
        }
        _ => None,
    }
}

/// Whether the jobs of a program may be done by the process that sends them.
fn is_in_place(told: &Told, workspace: &mut Workspace<'_>, launch: &Launch, program: &str) -> bool {
    let puma = code(workspace, launch, PUMA);
    let is_in_puma = |word: &str| puma.contains(word);
    let is_set = |name: &str| !matches!(launch.environment.get(name), Lookup::Unset);
    match program {
        "solid-queue" => {
            let own: Vec<&str> = puma.lines().filter(|it| it.contains("solid_queue")).collect();
            let is_decided = |it: &&str| it.contains("SOLID_QUEUE_IN_PUMA");
            own.iter().any(|it| !is_decided(it)) || !own.is_empty() && is_set("SOLID_QUEUE_IN_PUMA")
        }
        // Of the places that say it, the configuration is the first.
        "good-job" => {
            let external = |it: &str| it.contains("execution_mode") && it.contains(":external");
            let mut own = told.text.lines().filter(|it| it.contains("execution_mode")).peekable();
            match own.peek() {
                Some(_) => !own.all(external),
                None => is_set("GOOD_JOB_EXECUTION_MODE"),
            }
        }
        "sidekiq" => IN_PLACE.iter().any(|it| told.text.contains(it)) || is_in_puma("Sidekiq"),
        _ => told.text.contains("inline") || told.text.contains("delay_jobs"),
    }
}

/// What the files of the configuration say.
fn told(workspace: &mut Workspace<'_>, launch: &Launch) -> Told {
    let mut adapter = None;
    let mut text = String::new();
    let mut is_known = true;
    for path in CONFIGURATION {
        let own = code(workspace, launch, path);
        for line in own.lines().filter(|it| it.contains(ADAPTER)) {
            adapter = assigned(line);
            is_known &= adapter.is_some();
        }
        text.push_str(&own);
    }
    let folder = join(&launch.folder, INITIALIZERS);
    let names = folder.as_deref().map(|it| workspace.list(it)).unwrap_or_default();
    for name in names.iter().filter(|it| it.ends_with(".rb")) {
        let own = code(workspace, launch, &format!("{INITIALIZERS}/{name}"));
        // Which of two counts, the order of loading decides.
        is_known &= own.lines().filter(|it| it.contains(ADAPTER)).all(|it| assigned(it) == adapter);
        text.push_str(&own);
    }
    let program = adapter.and_then(|it| ADAPTERS.iter().find(|row| row.0 == it));
    let installed = program.filter(|it| is_known && ruby::is_in_gemfile(workspace, launch, it.1));
    Told { adapter: installed.map(|it| it.2), text }
}

/// The adapter that a line assigns: `config.active_job.queue_adapter = :sidekiq`.
fn assigned(line: &str) -> Option<&'static str> {
    let (key, value) = line.split_once('=')?;
    if !key.trim_end().ends_with(ADAPTER) {
        return None;
    }
    let name = value.trim().trim_start_matches(':').trim_matches(['"', '\'']);
    ADAPTERS.iter().map(|it| it.0).find(|it| *it == name)
}

/// The lines of a file of Ruby that are code.
fn code(workspace: &mut Workspace<'_>, launch: &Launch, path: &str) -> String {
    let file = workspace.join(&launch.folder, path).and_then(|it| workspace.open(&it));
    let Some(file) = file else { return String::new() };
    let text = workspace.sources.file(file).text();
    let lines = text.lines().map(|it| it.split(" #").next().unwrap_or(it));
    let code = lines.filter(|it| !it.trim_start().starts_with('#'));
    code.flat_map(|it| [it, "\n"]).collect()
}

/// The files of the application.
fn files(workspace: &Workspace<'_>, launch: &Launch) -> Vec<String> {
    let folders = FOLDERS.iter().filter_map(|it| workspace.join(&launch.folder, it));
    let mut found = Vec::new();
    for folder in folders {
        let names = workspace.names(&folder);
        let own = names.iter().filter(|it| it.ends_with(".rb")).filter_map(|it| join(&folder, it));
        found.extend(own);
    }
    found.truncate(FILES_MAX);
    found
}

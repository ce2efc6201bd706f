//! Jobs that the code of a Rails application sends: to which program, and to which queues.
//!
//! Sources: <https://guides.rubyonrails.org/active_job_basics.html>,
//! <https://github.com/sidekiq/sidekiq/wiki/Advanced-Options> (queues),
//! <https://github.com/rails/solid_queue#puma-plugin>,
//! <https://github.com/bensheldon/good_job#execute-jobs-async--in-process>

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::Lookup;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

use super::ruby;
use super::ruby_jobs::{Class, Jobs, Sent};

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

/// Most calls that are looked at.
const SENT_MAX: usize = 500;

/// What has Puma run Solid Queue.
const IN_PUMA: &str = "SOLID_QUEUE_IN_PUMA";

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
const OTHERS: &[&str] = &["delay_jobs", "Sidekiq"];
const STEERS: &[&str] =
    &["queue_name_prefix", "queue_name_delimiter", "default_job_options", "default_worker_options"];
const STEERS_ACTIVE: &[&str] = &["default_queue_name", "default_queue_as"];

/// What the configuration says of jobs.
#[derive(Default)]
struct Told {
    /// The adapter of Active Job; none where jobs of it are not sent to a program that is known.
    adapter: Option<&'static str>,
    /// Those words that its files have.
    words: BTreeSet<&'static str>,
    /// Whether each place that says how GoodJob runs says that it does so in a process of its own.
    modes: Vec<bool>,
}

impl Told {
    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|it| self.words.contains(it))
    }
}

/// What a file of the configuration says: all that is asked for, so that it is read once.
#[derive(Default)]
struct Configuration {
    adapters: Vec<Option<&'static str>>,
    words: Vec<&'static str>,
    modes: Vec<bool>,
    /// Whether each line of Solid Queue hangs on its variable.
    solid: Vec<bool>,
}

impl Configuration {
    fn read(text: &str) -> Self {
        let mut read = Self::default();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or(line);
            if line.trim_start().starts_with('#') {
                continue;
            }
            if line.contains(ADAPTER) {
                read.adapters.push(assigned(line));
            }
            if line.contains("execution_mode") {
                read.modes.push(line.contains(":external"));
            }
            if line.contains("solid_queue") {
                read.solid.push(line.contains(IN_PUMA));
            }
            for list in [IN_PLACE, STEERS, STEERS_ACTIVE, OTHERS] {
                let new = list.iter().filter(|it| !read.words.contains(it) && line.contains(**it));
                let new: Vec<&str> = new.copied().collect();
                read.words.extend(new);
            }
        }
        read
    }
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
    let mut all_read = Vec::new();
    for path in &files {
        if let Some(file) = workspace.open(path) {
            all_read.push((file, workspace.of_text(file, Jobs::read)));
        }
    }
    for class in all_read.iter().flat_map(|it| &it.1.classes) {
        // Two of a name are told apart by their modules, which are not looked at.
        let entry = known.entry(class.name.clone());
        entry.and_modify(|it| *it = None).or_insert(Some(class.clone()));
    }
    let base = known.get("ApplicationJob").and_then(Option::as_ref);
    let is_plain = base.is_none_or(|it| it.queue == Ok(None) && !it.has_adapter);
    let mut all = Vec::new();
    for (file, read) in &all_read {
        for one in &read.sent {
            if all.len() >= SENT_MAX {
                break;
            }
            let Some(Some(class)) = known.get(&one.class) else { continue };
            if let Some((program, queue)) = to(&told, class, one, is_plain) {
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
    let is_steered = told.says(STEERS);
    let named = || match (&sent.queue, &class.queue) {
        (Ok(Some(queue)), _) | (Ok(None), Ok(Some(queue))) => Some(queue.clone()),
        (Ok(None), Ok(None)) => Some(USUAL.to_owned()),
        (Err(()), _) | (_, Err(())) => None,
    };
    match (class.is_native, sent.is_native) {
        (true, true) => Some(("sidekiq", named().filter(|_| !is_steered))),
        (false, false) if !class.has_adapter => {
            let is_steered = is_steered || told.says(STEERS_ACTIVE);
            Some((told.adapter?, named().filter(|_| !is_steered && is_plain)))
        }
        _ => None,
    }
}

/// Whether the jobs of a program may be done by the process that sends them.
fn is_in_place(told: &Told, workspace: &mut Workspace<'_>, launch: &Launch, program: &str) -> bool {
    let puma = configuration(workspace, launch, PUMA);
    let puma = puma.as_deref();
    let is_set = |name: &str| !matches!(launch.environment.get(name), Lookup::Unset);
    match program {
        "solid-queue" => {
            let own = puma.map(|it| it.solid.as_slice()).unwrap_or_default();
            own.contains(&false) || !own.is_empty() && is_set(IN_PUMA)
        }
        // Of the places that say it, the configuration is the first.
        "good-job" => match told.modes.is_empty() {
            true => is_set("GOOD_JOB_EXECUTION_MODE"),
            false => told.modes.contains(&false),
        },
        "sidekiq" => told.says(IN_PLACE) || puma.is_some_and(|it| it.words.contains(&"Sidekiq")),
        _ => told.says(&["inline", "delay_jobs"]),
    }
}

/// What the files of the configuration say.
fn told(workspace: &mut Workspace<'_>, launch: &Launch) -> Told {
    let mut told = Told::default();
    let mut adapter = None;
    let mut is_known = true;
    for path in CONFIGURATION {
        let Some(own) = configuration(workspace, launch, path) else { continue };
        for it in &own.adapters {
            adapter = *it;
            is_known &= adapter.is_some();
        }
        told.words.extend(&own.words);
        told.modes.extend(&own.modes);
    }
    let folder = join(&launch.folder, INITIALIZERS);
    let names = folder.as_deref().map(|it| workspace.list(it)).unwrap_or_default();
    for name in names.iter().filter(|it| it.ends_with(".rb")) {
        let path = format!("{INITIALIZERS}/{name}");
        let Some(own) = configuration(workspace, launch, &path) else { continue };
        // Which of two counts, the order of loading decides.
        is_known &= own.adapters.iter().all(|it| *it == adapter);
        told.words.extend(&own.words);
        told.modes.extend(&own.modes);
    }
    let program = adapter.and_then(|it| ADAPTERS.iter().find(|row| row.0 == it));
    let installed = program.filter(|it| is_known && ruby::is_in_gemfile(workspace, launch, it.1));
    told.adapter = installed.map(|it| it.2);
    told
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

fn configuration(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    path: &str,
) -> Option<Arc<Configuration>> {
    let file = workspace.join(&launch.folder, path).and_then(|it| workspace.open(&it))?;
    Some(workspace.of_text(file, Configuration::read))
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

//! Workers for jobs that code sends, where another file may start them.
//!
//! A manifest lists the processes of one deployment. A second one may take the jobs from the same
//! broker, and nothing in the first says so: what its file would have to name is looked for.

use std::collections::HashMap;

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::formats::is_compose;
use crate::project::Process;
use crate::source::FileId;
use crate::vocabulary as v;
use crate::workspace::{Workspace, folders_up, join, parent};

/// Folders in which projects keep what deploys them.
const FOLDERS: &[&str] = &[
    "",
    ".circleci",
    ".github/workflows",
    ".platform",
    ".platform/hooks",
    "apps/celery",
    "apps/jobs",
    "apps/worker",
    "apps/workers",
    "background",
    "bin",
    "celery",
    "celery-worker",
    "celery_worker",
    "ci",
    "compose",
    "conf",
    "config",
    "consumer",
    "deploy",
    "deployment",
    "deployments",
    "devops",
    "docker",
    "docker/celery",
    "docker/worker",
    "etc",
    "helm",
    "helm/templates",
    "infra",
    "infrastructure",
    "jobs",
    "k8s",
    "kubernetes",
    "manifests",
    "ops",
    "production",
    "queue",
    "render",
    "scripts",
    "services/celery",
    "services/jobs",
    "services/worker",
    "services/workers",
    "supervisor",
    "systemd",
    "tasks",
    "terraform",
    "worker",
    "workers",
];

/// Most files that are looked into.
const FILES_MAX: usize = 300;

/// Endings of files that start nothing.
const OTHERS: &[&str] =
    &[".md", ".rst", ".txt", ".lock", ".css", ".html", ".js", ".png", ".svg", ".ipynb", ".csv"];

/// Celery, whose beat sends jobs as well.
const CELERY: Starts = ("celery", &[&["celery", "worker"]]);

/// A program, and words: a file that starts it has all of one row.
type Starts = (&'static str, &'static [&'static [&'static str]]);

/// Laravel's worker.
const LARAVEL: Starts =
    ("laravel-queue", &[&["queue:work"], &["queue:listen"], &["artisan", "horizon"]]);

/// The programs.
const STARTS: &[Starts] = &[
    CELERY,
    ("dramatiq", &[&["dramatiq"]]),
    ("rq", &[&["rq", "worker"]]),
    ("django-q", &[&["qcluster"]]),
    ("sidekiq", &[&["sidekiq"]]),
    ("solid-queue", &[&["solid_queue"], &["bin/jobs"]]),
    ("good-job", &[&["good_job"]]),
    ("delayed-job", &[&["delayed_job"], &["jobs:work"]]),
    ("resque", &[&["resque"]]),
    LARAVEL,
];

/// Files of applications that name the programs and start none where they are deployed.
const OF_APPLICATIONS: &[&str] = &[
    "Gemfile",
    "Rakefile",
    "bin/jobs",
    "composer.json",
    "config/database.yml",
    "config/sidekiq.yml",
];

/// What starts processes on other machines, in Ruby.
const DEPLOYS: &str = "config/deploy.rb";

/// Files with which a developer starts the processes on a machine of their own.
const OF_DEVELOPERS: &[&str] = &["Procfile.dev", "Procfile.development", "Procfile.local"];

/// Parts of code that starts a worker, of whatever program.
const IN_CODE: &[&str] = &[
    "\"worker\"",
    "'worker'",
    " worker ",
    "worker_main(",
    "WorkController(",
    "Worker([",
    "rqworker",
    "qcluster",
    "rundramatiq",
];

/// Takes `code.sends_jobs` out where another file of the project may start a worker, and says so of
/// what sends jobs by the clock. `folders` are those of the processes.
pub(super) fn unless_elsewhere(
    workspace: &mut Workspace<'_>,
    manifest: &str,
    folders: &[String],
    processes: &mut [Process],
) {
    // The files are the same for all processes of a folder.
    let mut known: HashMap<(&str, &str), bool> = HashMap::new();
    for (process, folder) in processes.iter_mut().zip(folders) {
        let facts = &mut process.facts;
        let mut is_started = |starts: &Starts| {
            *known
                .entry((folder, starts.0))
                .or_insert_with(|| starts_elsewhere(workspace, (manifest, folder), starts, &[]))
        };
        if facts.get(v::SERVER).and_then(Fact::text) == Some("celery-beat") && is_started(&CELERY) {
            let origin = Origin::new(OriginKind::Derived, "files of the project");
            facts.set(v::JOBS_TAKEN_ELSEWHERE, Fact::known(Value::Bool(true), origin));
        }
        let program = facts.get(v::CODE_SENDS_JOBS).and_then(Fact::text);
        let starts = program.and_then(|program| STARTS.iter().find(|it| it.0 == program));
        if starts.is_some_and(&mut is_started) {
            facts.remove(v::CODE_SENDS_JOBS);
        }
        if facts.get(v::CODE_SENDS_JOBS_UNLESS).is_some() && is_started(&LARAVEL) {
            facts.remove(v::CODE_SENDS_JOBS_UNLESS);
        }
    }
}

/// Whether another file of the project may start a worker of a program. `own` are those that start
/// the workers that are known.
pub(super) fn is_elsewhere(
    workspace: &mut Workspace<'_>,
    (manifest, folder): (&str, &str),
    server: &str,
    own: &[FileId],
) -> bool {
    let starts = STARTS.iter().find(|it| it.0 == server);
    starts.is_none_or(|it| starts_elsewhere(workspace, (manifest, folder), it, own))
}

fn starts_elsewhere(
    workspace: &mut Workspace<'_>,
    (manifest, folder): (&str, &str),
    (program, rows): &Starts,
    own: &[FileId],
) -> bool {
    let is_other = |it: Option<FileId>| it.is_some_and(|it| !own.contains(&it));
    let of_compose = is_compose(manifest);
    let mut looked = 0;
    let mut bases: Vec<String> = folders_up(folder).map(str::to_owned).collect();
    // Beside the manifest, another one may stand wherever that is.
    let beside = parent(manifest).to_owned();
    if !bases.contains(&beside) {
        bases.push(beside);
    }
    for base in bases {
        for inner in FOLDERS {
            let Some(at) = join(&base, inner) else { continue };
            for name in workspace.list(&at) {
                let Some(path) = join(&at, &name) else { continue };
                // For a developer's machine, compose starts what the deployment lacks.
                let is_known = path == manifest
                    || is_compose(&path) && !of_compose
                    || OF_DEVELOPERS.contains(&name.as_str())
                    || is_of_application(&path);
                if is_known || OTHERS.iter().any(|it| name.ends_with(it)) {
                    continue;
                }
                looked += 1;
                if name.ends_with(".py") {
                    // A program of its own, which another manifest may name; or a worker that code
                    // starts, such as a hook of gunicorn's.
                    let starts = |text: &str| IN_CODE.iter().any(|it| text.contains(it));
                    if looked > FILES_MAX
                        || name.contains("worker")
                        || is_other(workspace.open_if(&path, &starts))
                    {
                        return true;
                    }
                    continue;
                }
                let has_all =
                    |text: &str| rows.iter().any(|row| row.iter().all(|it| text.contains(it)));
                // `sidekiq_mails.yml` is for a second one.
                let is_own = name.starts_with(program) && name.ends_with(".yml");
                if looked > FILES_MAX || is_own || is_other(workspace.open_if(&path, &has_all)) {
                    return true;
                }
            }
        }
    }
    false
}

/// Whether a file only names programs.
fn is_of_application(path: &str) -> bool {
    let is_it =
        |name: &str| path.strip_suffix(name).is_some_and(|it| it.is_empty() || it.ends_with('/'));
    OF_APPLICATIONS.iter().any(|it| is_it(it)) || path.ends_with(".rb") && !is_it(DEPLOYS)
}

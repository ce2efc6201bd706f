//! What the files of a Laravel application say of its scheduler, of its queues, and of where it keeps
//! what is to last.
//!
//! Source: <https://laravel.com/docs/12.x/scheduling#running-tasks-on-one-server>,
//! <https://laravel.com/docs/12.x/queues#job-expiration>

mod config;
mod jobs;
pub(super) mod octane;
mod storage;

use self::config::{Read, block, place, quoted, read, value, variable};
use super::sources;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Files in which tasks are scheduled.
const FILES: &[&str] = &["routes/console.php", "app/Console/Kernel.php", "bootstrap/app.php"];

/// Where the connections of queues are, as Laravel's own files have it.
const QUEUES: &str = "config/queue.php";

/// Kinds of queue that give a job to another worker after `retry_after`. The time of SQS is its own.
const RETRYING: &[&str] = &["database", "redis", "beanstalkd"];

/// Adds what the application does.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    storage::facts(server, workspace, launch);
    jobs::facts(server, workspace, launch);
}

/// Notes whether tasks take a lock, so that one of several schedulers starts each.
pub(super) fn of_schedule(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let texts: Vec<String> =
        FILES.iter().filter_map(|it| sources::text(workspace, launch, it)).collect();
    // A lock in a file of its own keeps no other instance out.
    let is_locked =
        texts.iter().any(|it| it.contains("onOneServer")) && !is_alone(workspace, launch);
    let origin = Origin::new(OriginKind::Derived, "the files in which tasks are scheduled");
    let fact = Fact::known(Value::Bool(is_locked), origin);
    server.settings.insert("on_one_server".to_owned(), fact);
}

/// Notes after how many seconds the queue gives a job that is not done to another worker.
pub(super) fn of_queue(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    operands: &[Word],
    launch: &Launch,
) {
    let Some((_, file)) = sources::open(workspace, launch, QUEUES) else { return };
    if let Some(queues) = jobs::taken(launch) {
        server.facts.set(v::JOBS_QUEUES, queues);
    }
    let text = workspace.sources.file(file).text();
    let is_own = |it: &Word| it.text().is_some_and(|it| is_work(&it));
    let behind = operands.iter().position(is_own).map_or(0, |it| it + 1);
    let named = operands[behind..].iter().find(|it| !it.text().is_some_and(|it| is_script(&it)));
    let connection = match named {
        Some(word) => word.text().map(|it| (it, None)),
        None => connection(text, launch),
    };
    let Some((connection, assumed)) = connection else { return };
    let Some(mut fact) = retry_after(text, file, &connection, launch) else { return };
    if let Some((name, unset)) = assumed {
        fact.origin = fact.origin.with_input(name, unset);
    }
    server.settings.insert("retry_after".to_owned(), fact);
}

/// Where the stores of the cache are, and those that each instance has one of its own of.
const CACHE: &str = "config/cache.php";
const ALONE: &[&str] = &["array", "file", "null"];

/// Whether the cache, which locks are kept in, is certainly one of each instance alone.
fn is_alone(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let Some(text) = sources::text(workspace, launch, CACHE) else { return false };
    let name = match value(&text, "default").and_then(|it| read(it, launch, config::text)) {
        Some(Read::Written(name)) => name,
        Some(Read::Set(fact)) => fact.text().unwrap_or_default().to_owned(),
        Some(Read::Unless(..)) | None => return false,
    };
    let driver = block(&text, &name).and_then(|(_, it)| quoted(value(it, "driver")?));
    driver.is_some_and(|it| ALONE.contains(&it))
}

fn is_work(text: &str) -> bool {
    matches!(text, "queue:work" | "queue:listen")
}

fn is_script(text: &str) -> bool {
    text.rsplit('/').next() == Some("artisan")
}

/// The connection of a worker that is told none: `'default' => env('QUEUE_CONNECTION', 'database')`.
/// Where that rests on a variable that nothing sets, it is said.
fn connection(text: &str, launch: &Launch) -> Option<(String, Option<(String, Fact)>)> {
    read(value(text, "default")?, launch, config::text)?.text()
}

/// `retry_after` of a connection, where its driver has one.
fn retry_after(text: &str, file: FileId, connection: &str, launch: &Launch) -> Option<Fact> {
    let (start, block) = block(text, connection)?;
    let driver = quoted(value(block, "driver")?)?;
    if !RETRYING.contains(&driver) {
        return None;
    }
    let place = place(block, "retry_after")?;
    let written = &block[place.clone()];
    let span = Span::new(file, start + place.start, start + place.end);
    let origin = Origin::written(span, format!("`retry_after` in {QUEUES}"));
    let number = |it: &str| it.trim().trim_matches(['\'', '"']).parse::<i64>().ok();
    let plain = written.strip_prefix("(int)").unwrap_or(written).trim();
    if let Some(seconds) = number(plain) {
        return Some(Fact::known(Value::Int(seconds), origin));
    }
    let (name, default) = variable(plain)?;
    match launch.environment.get(name) {
        Lookup::Set(given) => {
            let seconds = given.text().and_then(number)?;
            Some(Fact { state: Fact::known(Value::Int(seconds), origin).state, ..given.clone() })
        }
        Lookup::Unset | Lookup::Unmentioned => {
            let origin = origin.with_input(format!("${name}"), assumed_unset(name));
            Some(Fact::known(Value::Int(number(default)?), origin))
        }
    }
}

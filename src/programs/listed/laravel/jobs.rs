//! Jobs that a Laravel application dispatches, where they wait for a worker, and their queues.
//!
//! Sources: <https://laravel.com/docs/12.x/queues#dispatching-jobs>,
//! <https://github.com/laravel/laravel/blob/12.x/config/queue.php>,
//! <https://github.com/laravel/framework/blob/12.x/src/Illuminate/Queue/Console/WorkCommand.php> (the
//! queue of the connection, where `--queue` names none)

use super::QUEUES;
use super::config::{Read, block, place, quoted, read, text, value};
use super::storage::{CONSOLE, is_said_beside};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::programs::listed::{sources, switches::decides};
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// The worker, by its name in `server`.
const WORKER: &str = "laravel-queue";

/// Kinds of queue in which a job waits for a worker.
const WAITING: &[&str] = &["database", "redis", "beanstalkd", "sqs"];

/// Where the classes of jobs are, and their names behind `use`.
const JOBS: &str = "app/Jobs";
const NAMESPACE: &str = "App\\Jobs\\";

/// What makes a class one whose jobs wait.
const QUEUED: &str = "implements ShouldQueue";

/// Folders of code that dispatches some, and most files that are looked into.
const FOLDERS: &[&str] = &[
    "app/Http/Controllers",
    "app/Http/Controllers/Admin",
    "app/Http/Controllers/Api",
    "app/Http/Controllers/Api/V1",
    "app/Http/Controllers/API",
    "app/Http/Controllers/Auth",
    "app/Actions",
    "app/Services",
    "app/Listeners",
    "app/Observers",
    "app/Livewire",
    "app/Models",
    "routes",
];
const FILES_MAX: usize = 400;

/// Most classes and calls of a file.
const CLASSES_MAX: usize = 100;
const CALLS_MAX: usize = 200;

/// Most lines of a statement.
const LINES_MAX: usize = 20;

/// Files in which tasks are scheduled: one of them may be a worker.
const SCHEDULES: &[&str] = &["routes/console.php", "app/Console/Kernel.php", "bootstrap/app.php"];
const PROVIDER: &str = "app/Providers/AppServiceProvider.php";

/// Words of a statement whose job does not wait, or of a class that decides it itself.
const NOT_WAITING: &[&str] =
    &["afterResponse", "onConnection", "Sync", "dispatchNow", "dispatchIf", "dispatchUnless"];
const OWN_CONNECTION: &[&str] = &["$connection", "onConnection", "viaConnection"];
const OWN_QUEUE: &[&str] = &["$queue", "onQueue", "viaQueue", "#[Queue"];

/// A job that waits.
struct Sent {
    /// Its queue, where that is known.
    queue: Option<String>,
    span: Span,
}

/// Adds what is dispatched.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    if sources::open(workspace, launch, CONSOLE).is_none() {
        return;
    }
    let Some((folder, file)) = sources::open(workspace, launch, QUEUES) else { return };
    let code = workspace.sources.file(file).shared_text();
    let Some((read, usual)) = waits(&code, launch) else { return };
    let names = join(&folder, JOBS).map(|it| workspace.names(&it));
    if names.is_none_or(|it| it.is_empty()) || starts_itself(workspace, launch) {
        return;
    }
    let unless = match &read {
        Read::Unless(name, variable) => {
            if is_said_beside(workspace, launch, variable, name) {
                return;
            }
            Some(variable.clone())
        }
        Read::Written(_) | Read::Set(_) => None,
    };
    let all = all(workspace, &folder, usual.as_deref());
    let Some(first) = all.first() else { return };
    if let Some(variable) = unless {
        let place = place(&code, "default").unwrap_or_default();
        let fact = sources::hanging_on(&variable, Span::new(file, place.start, place.end));
        server.facts.set(v::CODE_SENDS_JOBS_UNLESS, fact);
        return;
    }
    let origin = Origin::written(first.span, "a call that sends a job");
    server.facts.set(v::CODE_SENDS_JOBS, Fact::known(Value::Text(WORKER.to_owned()), origin));
    let mut origin = Origin {
        span: Some(first.span),
        ..Origin::new(OriginKind::Derived, "calls that send jobs")
    };
    for it in &all {
        let Some(queue) = it.queue.as_deref() else { continue };
        if origin.inputs.iter().all(|it| it.name != queue) {
            let written = Origin::written(it.span, "a call that sends a job");
            origin = origin.with_input(queue, Fact::known(Value::Text(WORKER.to_owned()), written));
        }
    }
    if !origin.inputs.is_empty() {
        let names = origin.inputs.iter().map(|it| Value::Text(it.name.clone())).collect();
        server.facts.set(v::CODE_QUEUES, Fact::known(Value::List(names), origin));
    }
}

/// The queues that `--queue` names for a worker of the usual connection.
pub(super) fn taken(launch: &Launch) -> Option<Fact> {
    let is_work = |it: &str| matches!(it, "queue:work" | "queue:listen");
    let words: Option<Vec<String>> = launch.argv.iter().map(|it| it.text()).collect();
    let words = words?;
    let behind = words.iter().position(|it| is_work(it))? + 1;
    // Behind it stands the connection, where that is another one.
    if words.get(behind).is_some_and(|it| !it.starts_with('-')) {
        return None;
    }
    let given = launch.values_of(&["--queue"]).pop()??;
    let names: Vec<&str> = given.split(',').collect();
    if names.iter().any(|it| it.is_empty() || it.contains(char::is_whitespace)) {
        return None;
    }
    let word = launch.argv.iter().find(|it| it.known_prefix().starts_with("--queue"))?;
    let names = names.iter().map(|it| Value::Text((*it).to_owned())).collect();
    Some(Fact::known(Value::List(names), Origin::written(word.span, "`--queue`")))
}

/// The connection that jobs wait in, as the file of queues or a variable says it, and its queue. None
/// where jobs are done at once, or where that is not known.
fn waits(code: &str, launch: &Launch) -> Option<(Read, Option<String>)> {
    let read = read(value(code, "default")?, launch, text)?;
    let name = match &read {
        Read::Written(name) | Read::Unless(name, _) => name.clone(),
        Read::Set(fact) => fact.text()?.to_owned(),
    };
    let (_, block) = block(code, &name)?;
    let driver = quoted(value(block, "driver")?)?;
    let queue = match super::config::read(value(block, "queue")?, launch, text) {
        Some(Read::Written(queue)) => Some(queue),
        Some(Read::Unless(..) | Read::Set(_)) | None => None,
    };
    WAITING.contains(&driver).then_some((read, queue))
}

/// Whether the application starts a worker by its own clock, or changes how it queues.
fn starts_itself(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let has = |workspace: &mut Workspace<'_>, path: &str, words: &[&str]| {
        let text = sources::text(workspace, launch, path).unwrap_or_default();
        words.iter().any(|it| text.contains(it))
    };
    SCHEDULES.iter().any(|it| has(workspace, it, &["queue:work", "queue:listen", "horizon"]))
        || has(workspace, PROVIDER, &["queue.", "Bus::", "Queue::"])
}

/// The jobs that functions certainly send.
fn all(workspace: &mut Workspace<'_>, folder: &str, usual: Option<&str>) -> Vec<Sent> {
    let mut found = Vec::new();
    let mut looked = 0;
    for inner in FOLDERS {
        let Some(at) = join(folder, inner) else { continue };
        let names = workspace.names(&at);
        for name in names.iter().filter(|it| it.ends_with(".php")) {
            looked += 1;
            let path = join(&at, name).filter(|_| looked <= FILES_MAX);
            let Some(file) = path.and_then(|it| workspace.open(&it)) else { continue };
            for it in &workspace.of_text(file, Dispatched::read).0 {
                let Some(own) = queue_of(workspace, folder, &it.class) else { continue };
                let queue = match (&it.queue, own) {
                    (Ok(Some(name)), _) => Some(name.clone()),
                    (Ok(None), Queue::Usual) => usual.map(str::to_owned),
                    (Ok(None), Queue::Named(name)) => Some(name),
                    (Ok(None), Queue::Unknown | Queue::Elsewhere) | (Err(()), _) => None,
                };
                found.push(Sent { queue, span: Span::new(file, it.start, it.end) });
            }
        }
    }
    found
}

/// The jobs that a file dispatches, of classes that it imports.
struct Dispatched(Vec<Call>);

/// A call that dispatches a job.
struct Call {
    class: String,
    /// The queue, where the call names one, and whether that can be known.
    queue: Result<Option<String>, ()>,
    start: usize,
    end: usize,
}

impl Dispatched {
    fn read(text: &str) -> Self {
        let mut calls = Vec::new();
        let lines = text.lines().map(str::trim);
        let imported = lines.filter_map(|it| it.strip_prefix("use ")?.strip_suffix(';'));
        let classes: Vec<&str> = imported
            .filter_map(|it| it.strip_prefix(NAMESPACE))
            .filter(|it| it.chars().all(|it| it.is_ascii_alphanumeric()))
            .take(CLASSES_MAX)
            .collect();
        if classes.is_empty() || !text.contains("dispatch") {
            return Self(calls);
        }
        let mut start = 0;
        let mut is_decided = false;
        for line in text.split_inclusive('\n') {
            let (at, code) = (start, line.trim());
            start += line.len();
            if ["//", "*", "#", "/*"].iter().any(|it| code.starts_with(it)) {
                continue;
            }
            if code.contains("function ") || code.starts_with("Route::") {
                is_decided = false;
            }
            is_decided |= decides(code);
            if is_decided || !line.contains("dispatch") {
                continue;
            }
            let found = classes.iter().find_map(|class| Some((class, call(line, class)?)));
            let Some((class, (from, end))) = found else { continue };
            // A statement may go on over lines.
            let lines = text[at + from..].split_inclusive('\n').take(LINES_MAX);
            let end_of = lines.map(str::len).sum::<usize>();
            let statement = &text[at + from..at + from + end_of];
            let statement = &statement[..statement.find(';').unwrap_or(statement.len())];
            if NOT_WAITING.iter().any(|it| statement.contains(it)) {
                continue;
            }
            let queue = match statement.split_once("onQueue(") {
                None => Ok(None),
                Some((_, given)) => {
                    let given = given.split(')').next().unwrap_or_default();
                    quoted(given.trim()).map(|it| Some(it.to_owned())).ok_or(())
                }
            };
            calls.push(Call { class: (*class).to_owned(), queue, start: at + from, end: at + end });
            if calls.len() >= CALLS_MAX {
                break;
            }
        }
        Self(calls)
    }
}

/// `SendMail::dispatch` or `dispatch(new SendMail`, without another word before it.
fn call(line: &str, class: &str) -> Option<(usize, usize)> {
    let is_name =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '\\' | '$' | '\'' | '"');
    [format!("{class}::dispatch("), format!("dispatch(new {class}(")].iter().find_map(|it| {
        let at = line.find(it.as_str())?;
        (!line[..at].ends_with(is_name)).then_some((at, at + it.len() - 1))
    })
}

/// What a class of jobs says of its queue.
#[derive(Clone)]
enum Queue {
    Usual,
    Named(String),
    Unknown,
    /// Its jobs do not wait, or do so in another connection.
    Elsewhere,
}

/// The queue of a class of jobs; none where its jobs do not wait in the usual connection.
fn queue_of(workspace: &mut Workspace<'_>, folder: &str, class: &str) -> Option<Queue> {
    let path = join(folder, &format!("{JOBS}/{class}.php"))?;
    let file = workspace.open(&path)?;
    match &*workspace.of_text(file, Queue::of_class) {
        Queue::Elsewhere => None,
        queue => Some(queue.clone()),
    }
}

impl Queue {
    fn of_class(text: &str) -> Self {
        if !text.contains(QUEUED) || OWN_CONNECTION.iter().any(|it| text.contains(it)) {
            return Self::Elsewhere;
        }
        let is_of_queue = |it: &&str| OWN_QUEUE.iter().any(|word| it.contains(word));
        let mut lines = text.lines().map(str::trim).filter(is_of_queue);
        let (Some(one), None) = (lines.next(), lines.next()) else {
            let is_said = OWN_QUEUE.iter().any(|it| text.contains(it));
            return if is_said { Self::Unknown } else { Self::Usual };
        };
        let given = ["public $queue =", "public string $queue ="];
        let given = given.iter().find_map(|it| one.strip_prefix(it)?.strip_suffix(';'));
        let set = one.strip_prefix("$this->onQueue(").and_then(|it| it.strip_suffix(");"));
        match given.or(set).and_then(|it| quoted(it.trim())) {
            Some(name) => Self::Named(name.to_owned()),
            None => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::call;

    #[test]
    fn a_class_is_dispatched_by_its_own_name() {
        for (line, expect) in [
            ("        SendMail::dispatch($user);", Some("SendMail::dispatch")),
            ("        dispatch(new SendMail($user));", Some("dispatch(new SendMail")),
            ("        \\Other\\SendMail::dispatch($user);", None),
            ("        ResendMail::dispatch($user);", None),
            ("        SendMail::dispatchSync($user);", None),
        ] {
            let found = call(line, "SendMail").map(|(from, end)| &line[from..end]);
            assert_eq!(found, expect, "{line}");
        }
    }
}

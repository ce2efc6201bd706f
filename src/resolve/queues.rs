//! Queues that code sends jobs to, and that no worker of the deployment takes any from.
//!
//! A worker that is told its queues takes from no other one. A job for another waits for ever, and
//! nothing fails where it was sent.

use std::collections::{BTreeSet, HashMap};

use crate::apps::Sent;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::{Facts, Process};
use crate::source::{FileId, Span};
use crate::vocabulary::{self as v, FactId};
use crate::workspace::{Workspace, join};

use super::sent;

/// Settings that have to be left alone, for what follows from the routes to be certain.
const LEFT_ALONE: &[&str] = &["task_annotations", "task_create_missing_queues"];

/// Most names that are listed.
const NAMES_MAX: usize = 50;

/// The queue of a task for which nothing says another.
///
/// Source: `celery.app.defaults` (5.7.0)
const USUAL: &str = "celery";

/// Sets what an application sends: the queues, and the tasks whose queues settings say.
pub(super) fn sent(facts: &mut Facts, all: &[Sent]) {
    for id in [v::CODE_QUEUES, v::CODE_SENT_TASKS] {
        let name = |it: &'_ Sent| match id == v::CODE_QUEUES {
            true => it.to.as_ref().ok().cloned(),
            false => it.to.as_ref().err().cloned(),
        };
        let mut seen = BTreeSet::new();
        let mut origin = Origin::new(OriginKind::Derived, "calls that send jobs");
        for it in all {
            let Some(name) = name(it) else { continue };
            if seen.len() >= NAMES_MAX || !seen.insert((it.server, name.clone())) {
                continue;
            }
            let written = match &it.app {
                Some(app) => Origin::written(it.span, app),
                None => Origin::written(it.span, "a call that sends a job"),
            };
            let server = Fact::known(Value::Text(it.server.to_owned()), written);
            origin = origin.with_input(name, server);
        }
        let names = origin.inputs.iter().map(|it| Value::Text(it.name.clone())).collect();
        if let Some(first) = origin.inputs.first() {
            origin.span = first.fact.origin.span;
            facts.set(id, Fact::known(Value::List(names), origin));
        }
    }
}

/// A queue that somebody sends to.
struct Target {
    server: String,
    queue: String,
    /// Where that is said.
    span: Span,
    /// What it rests on beside.
    of: Option<(&'static str, Fact)>,
}

/// Sets `code.unread_queue`. `folders` are those of the processes.
pub(super) fn unread(
    workspace: &mut Workspace<'_>,
    manifest: &str,
    folders: &[String],
    processes: &mut [Process],
) {
    let sends = |it: &Process| {
        [v::CODE_QUEUES, v::CODE_SENT_TASKS].iter().any(|id| it.facts.get(*id).is_some())
    };
    if !processes.iter().any(sends) {
        return;
    }
    let mut known = Known::default();
    let mut said = BTreeSet::new();
    for idx in 0..processes.len() {
        let found = targets(workspace, processes, idx, &mut known).into_iter().find(|it| {
            let Taken { queues, files } = match known.taken(processes, &it.server) {
                Some(taken) => taken,
                None => return false,
            };
            let is_read = queues.contains(&it.queue);
            let key = (it.server.clone(), it.queue.clone());
            if is_read || said.contains(&key) {
                return false;
            }
            let files = files.clone();
            let at = (folders[idx].clone(), it.server.clone());
            let is_elsewhere = *known.elsewhere.entry(at).or_insert_with(|| {
                sent::is_elsewhere(workspace, (manifest, &folders[idx]), &it.server, &files)
            });
            let at = (folders[idx].clone(), it.queue.clone());
            !is_elsewhere
                && !*known
                    .described
                    .entry(at)
                    .or_insert_with(|| is_described(workspace, &folders[idx], &it.queue))
        });
        let Some(found) = found else { continue };
        let mut origin = Origin::written(found.span, "the code");
        if let Some((name, fact)) = found.of {
            origin = origin.with_input(name, fact);
        }
        said.insert((found.server, found.queue.clone()));
        let fact = Fact::known(Value::Text(found.queue), origin);
        processes[idx].facts.set(v::CODE_UNREAD_QUEUE, fact);
    }
}

/// What is the same for all processes.
#[derive(Default)]
struct Known {
    /// By program.
    taken: HashMap<String, Option<Taken>>,
    /// What the settings of all workers say, by program and application.
    settings: HashMap<(String, String), Option<(Fact, Fact)>>,
    /// Whether another file may start a worker, by folder and program.
    elsewhere: HashMap<(String, String), bool>,
    /// Whether a text says how one is started, by folder and queue.
    described: HashMap<(String, String), bool>,
}

/// The queues that the workers of a program take jobs from, and the files that say so.
struct Taken {
    queues: BTreeSet<String>,
    files: Vec<FileId>,
}

impl Known {
    fn taken(&mut self, processes: &[Process], server: &str) -> Option<&Taken> {
        if !self.taken.contains_key(server) {
            self.taken.insert(server.to_owned(), taken(processes, server));
        }
        self.taken.get(server)?.as_ref()
    }

    fn settings(
        &mut self,
        processes: &[Process],
        server: &str,
        app: &str,
    ) -> Option<&(Fact, Fact)> {
        let key = (server.to_owned(), app.to_owned());
        let worked_out = || settings(processes, (server, app));
        self.settings.entry(key).or_insert_with(worked_out).as_ref()
    }
}

/// Words of a line that says how a worker is started.
const WORKERS: &[&str] = &["worker", "-Q", "-q ", "--queue", "queue:work"];

/// Whether a text for people says how a worker of the queue is started: somebody does it by hand.
fn is_described(workspace: &mut Workspace<'_>, folder: &str, queue: &str) -> bool {
    let says = |text: &str| {
        text.lines().any(|line| line.contains(queue) && WORKERS.iter().any(|it| line.contains(it)))
    };
    let names = workspace.names(folder);
    let is_text = |it: &&String| [".md", ".rst", ".txt"].iter().any(|end| it.ends_with(end));
    let texts: Vec<String> =
        names.iter().filter(is_text).filter_map(|it| join(folder, it)).collect();
    texts.iter().any(|it| workspace.open_if(it, &says).is_some())
}

fn is_of(process: &Process, server: &str) -> bool {
    process.facts.get(v::SERVER).and_then(Fact::text) == Some(server)
}

/// What the workers of a program take. None where there is no worker, or where it is not certain of
/// one.
fn taken(processes: &[Process], server: &str) -> Option<Taken> {
    let (mut queues, mut files) = (BTreeSet::new(), Vec::new());
    for worker in processes.iter().filter(|it| is_of(it, server)) {
        let fact = worker.facts.get(v::JOBS_QUEUES)?;
        let Some(Value::List(names)) = fact.value() else { return None };
        if fact.origin.is_assumed_in_code() {
            return None;
        }
        queues.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
        files.extend(fact.origin.span.map(|it| it.file));
        let server = worker.facts.get(v::SERVER)?;
        files.extend(server.origin.span.map(|it| it.file));
    }
    (!queues.is_empty()).then_some(Taken { queues, files })
}

/// Where the jobs of a process go.
fn targets(
    workspace: &Workspace<'_>,
    processes: &[Process],
    idx: usize,
    known: &mut Known,
) -> Vec<Target> {
    let mut targets = Vec::new();
    let sender = &processes[idx];
    let of = |id: FactId| sender.facts.get(id).into_iter().flat_map(|it| &it.origin.inputs);
    for input in of(v::CODE_QUEUES) {
        if let (Some(server), Some(span)) = (input.fact.text(), input.fact.origin.span) {
            let (server, queue) = (server.to_owned(), input.name.clone());
            targets.push(Target { server, queue, span, of: None });
        }
    }
    for input in of(v::CODE_SENT_TASKS) {
        if let (Some(server), Some(span)) = (input.fact.text(), input.fact.origin.span)
            && let app = input.fact.origin.source.as_str()
            && let Some((routes, usual)) = known.settings(processes, server, app)
            && let Some(target) = routed(workspace, server, (routes, usual), (&input.name, span))
        {
            targets.push(target);
        }
    }
    targets
}

/// The routes and the default queue, as all workers have them. None where they are not certain.
fn settings(processes: &[Process], (server, app): (&str, &str)) -> Option<(Fact, Fact)> {
    let mut workers = processes.iter().filter(|it| is_of(it, server));
    let first = workers.next()?;
    let setting = |of: &'_ Process, name: &str| of.settings.get(name).cloned();
    let (routes, usual) = (setting(first, "task_routes")?, setting(first, "task_default_queue")?);
    let is_left =
        |name: &&str| setting(first, name).is_some_and(|it| it.value() == Some(&Value::Null));
    // Another application has other settings.
    let is_of_app = |it: &Process| {
        let named = it.facts.get(v::APP).and_then(Fact::text).unwrap_or_default();
        let named = named.split(':').next().unwrap_or(named);
        let is_within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|it| it.is_empty() || it.starts_with('.'))
        };
        is_within(app, named) || is_within(named, app)
    };
    let is_same = |it: &Process| {
        is_of_app(it)
            && setting(it, "task_routes").is_some_and(|it| it.state == routes.state)
            && setting(it, "task_default_queue").is_some_and(|it| it.state == usual.state)
    };
    let is_certain = is_of_app(first)
        && LEFT_ALONE.iter().all(is_left)
        && workers.all(is_same)
        && certain(&routes);
    is_certain.then_some((routes, usual))
}

fn certain(fact: &Fact) -> bool {
    fact.value().is_some() && !fact.origin.is_assumed_in_code()
}

/// Where the settings send a task.
fn routed(
    workspace: &Workspace<'_>,
    server: &str,
    (routes, usual): (&Fact, &Fact),
    (task, call): (&str, Span),
) -> Option<Target> {
    let server = server.to_owned();
    if let Some(Value::List(all)) = routes.value() {
        // Which task it is, the name alone does not say.
        if !task.contains('.') {
            return None;
        }
        if let Some(queue) = route(all, task)? {
            let span =
                routes.origin.span.map_or(call, |it| quoted(workspace, it, &queue).unwrap_or(it));
            return Some(Target { server, queue, span, of: Some(("task_routes", routes.clone())) });
        }
    }
    let queue = match usual.value()? {
        Value::Null => USUAL.to_owned(),
        Value::Text(name) => name.clone(),
        _ => return None,
    };
    let of = Some(("task_default_queue", usual.clone()));
    certain(usual).then_some(Target { server, queue, span: call, of })
}

/// The route of a task: one of exactly this name, or else the first whose pattern fits. None where a
/// pattern has more than stars.
fn route(all: &[Value], task: &str) -> Option<Option<String>> {
    let each = || all.iter().filter_map(|it| it.as_str()?.rsplit_once(": "));
    if each().any(|it| it.0.contains('*') && it.0.contains(['?', '['])) {
        return None;
    }
    let exact = each().rfind(|it| it.0 == task);
    let found = exact.or_else(|| each().find(|it| it.0.contains('*') && fits(it.0, task)));
    Some(found.map(|it| it.1.to_owned()))
}

/// Whether a pattern with stars fits a whole text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|it| text.strip_prefix(it)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The place of a text in quotes within another place.
fn quoted(workspace: &Workspace<'_>, within: Span, name: &str) -> Option<Span> {
    let text = workspace.sources.file(within.file).text();
    let start = within.start as usize;
    let code = text.get(start..within.end as usize)?;
    let at = ['"', '\''].iter().find_map(|it| code.find(&format!("{it}{name}{it}")))?;
    Some(Span::new(within.file, start + at, start + at + name.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::{fits, route};
    use crate::fact::Value;

    #[test]
    fn stars_fit_any_text() {
        for (pattern, text, expect) in [
            ("a.*", "a.b", true),
            ("a.*", "b.a", false),
            ("*.mail", "a.mail", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("*", "x", true),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(fits(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn a_name_wins_over_patterns_and_the_first_of_these_counts() {
        let all = ["a.*: one", "a.b: two", "*: three"].map(|it| Value::Text(it.to_owned()));
        assert_eq!(route(&all, "a.b"), Some(Some("two".to_owned())));
        assert_eq!(route(&all, "a.c"), Some(Some("one".to_owned())));
        assert_eq!(route(&all, "b.c"), Some(Some("three".to_owned())));
        assert_eq!(route(&all[..2], "b.c"), Some(None));
        let odd = ["a.[bc]*: one"].map(|it| Value::Text(it.to_owned()));
        assert_eq!(route(&odd, "a.b"), None);
    }
}

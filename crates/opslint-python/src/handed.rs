//! To which queues the functions of several modules hand jobs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::jobs::{Jobs, Named, Sent, Task};

/// A job that a function hands to a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The module with the call or with the name of the queue.
    pub module: usize,
    /// The program that works on it, by its name in `server`.
    pub server: &'static str,
    /// Where it goes.
    pub to: To,
    /// The name of the queue, or else the call.
    pub start: usize,
    /// Its end.
    pub end: usize,
}

/// The module that makes the application, where one of them does.
pub fn application(modules: &[Arc<Jobs>]) -> Option<usize> {
    let mut makes = modules.iter().enumerate().filter(|it| it.1.apps > 0);
    match (makes.next(), makes.next()) {
        (Some((at, module)), None) if module.apps == 1 => Some(at),
        _ => None,
    }
}

/// Where a job goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// To the queue of this name.
    Queue(String),
    /// To the one that the settings say for a task, by the module that it stands in, or by its whole
    /// name.
    OfTask(Result<String, (usize, String)>),
}

/// Most calls that are looked at.
const SENT_MAX: usize = 1000;

/// Tasks by program and name, with their modules.
type Tasks<'j> = HashMap<(&'j str, &'j str), Option<(usize, &'j Task)>>;

/// The queue of jobs for which code names none; none where settings decide.
///
/// Sources: `rq.queue.Queue.DEFAULT_QUEUE_NAME` (3.0.0), `dramatiq.actor` (2.2.1)
fn usual(server: &str) -> Option<&'static str> {
    matches!(server, "rq" | "dramatiq").then_some("default")
}

/// The jobs whose queues are known. None at all of a program whose jobs may run in place, or whose
/// workers may be told their queues while they run.
pub fn handed(modules: &[Arc<Jobs>]) -> Vec<Handed> {
    if modules.iter().any(|it| it.steers) {
        return Vec::new();
    }
    let in_place: HashSet<&str> = modules.iter().flat_map(|it| &it.in_place).copied().collect();
    // Of two tasks of a name, it is not known which is sent.
    let mut tasks: Tasks<'_> = HashMap::new();
    for (idx, task) in
        modules.iter().enumerate().flat_map(|(idx, it)| it.tasks.iter().map(move |it| (idx, it)))
    {
        let only = (!task.is_stub).then_some((idx, task));
        tasks
            .entry((task.server, task.function.as_str()))
            .and_modify(|it| *it = None)
            .or_insert(only);
    }
    let all =
        modules.iter().enumerate().flat_map(|(idx, it)| it.sent.iter().map(move |it| (idx, it)));
    all.take(SENT_MAX)
        .filter(|(_, it)| !in_place.contains(it.server))
        .filter_map(|(idx, it)| one(modules, &tasks, (idx, it)))
        .collect()
}

fn one(modules: &[Arc<Jobs>], tasks: &Tasks<'_>, (module, sent): (usize, &Sent)) -> Option<Handed> {
    let server = sent.server;
    let (named, at) = match (&sent.queue, &sent.task) {
        (Named::Nothing, Some(function)) => {
            let (at, task) = tasks.get(&(server, function.as_str())).copied().flatten()?;
            match followed(modules, at, &task.queue)? {
                (Named::Nothing, _) if usual(server).is_none() => {
                    let name = match task.name.as_deref() {
                        Some("") => return None,
                        Some(name) => Ok(name.to_owned()),
                        None => Err((at, task.function.clone())),
                    };
                    let (start, end, to) = (sent.start, sent.end, To::OfTask(name));
                    return Some(Handed { module, server, to, start, end });
                }
                (Named::Nothing, _) => (Named::Nothing, module),
                found => found,
            }
        }
        (queue, task_name) => {
            if let Some(function) = task_name {
                tasks.get(&(server, function.as_str())).copied().flatten()?;
            }
            followed(modules, module, queue)?
        }
    };
    let (name, start, end) = match named {
        Named::Nothing => (usual(server)?.to_owned(), sent.start, sent.end),
        Named::Text(name, start, end) => (name, start, end),
        Named::Variable(_) | Named::Unknown => return None,
    };
    let module = if matches!(sent.queue, Named::Unknown) { return None } else { at };
    Some(Handed { module, server, to: To::Queue(name), start, end })
}

/// The queue that a variable of a module is, and the module that makes it: the one that binds the
/// name, and binds it once.
fn followed(modules: &[Arc<Jobs>], module: usize, named: &Named) -> Option<(Named, usize)> {
    let Named::Variable(name) = named else { return Some((named.clone(), module)) };
    let at = match modules[module].bound.contains_key(name) {
        true => module,
        false => {
            let mut makes = modules.iter().enumerate().filter(|it| it.1.bound.contains_key(name));
            match (makes.next(), makes.next()) {
                (Some((at, _)), None) => at,
                _ => return None,
            }
        }
    };
    let (_, queue) = modules[at].queues.iter().find(|it| it.0 == *name)?;
    (modules[at].bound.get(name) == Some(&1)).then(|| (queue.clone(), at))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Jobs, To, handed};

    #[track_caller]
    fn check(modules: &[&str], expect: &[(&str, &str)]) {
        let read: Vec<Arc<Jobs>> = modules.iter().map(|it| Arc::new(Jobs::read(it))).collect();
        let found = handed(&read);
        let found: Vec<(String, &str)> = found
            .iter()
            .map(|it| {
                let to = match &it.to {
                    To::Queue(name) => name.clone(),
                    To::OfTask(Ok(name)) => format!("of {name}"),
                    To::OfTask(Err((_, name))) => format!("of {name}"),
                };
                (to, &modules[it.module][it.start..it.end])
            })
            .collect();
        let found: Vec<(&str, &str)> = found.iter().map(|it| (it.0.as_str(), it.1)).collect();
        assert_eq!(found, expect, "{modules:?}");
    }

    const VIEW: &str = "def view(r):\n    mail.delay(1)\n";

    #[test]
    fn the_call_wins_over_the_task_and_the_task_over_the_settings() {
        let task =
            "from celery import shared_task\n@shared_task(queue='low')\ndef mail(to):\n    pass\n";
        check(&[VIEW, task], &[("low", "'low'")]);
        let call = "def view(r):\n    mail.apply_async((1,), queue='high')\n";
        check(&[call, task], &[("high", "'high'")]);
        let plain = "from celery import shared_task\n@shared_task\ndef mail(to):\n    pass\n";
        check(&[VIEW, plain], &[("of mail", "mail.delay")]);
        let named =
            "from celery import shared_task\n@shared_task(name='m')\ndef mail(to):\n    go(to)\n";
        check(&[VIEW, named], &[("of m", "mail.delay")]);
    }

    #[test]
    fn what_is_not_written_out_is_not_known() {
        for options in ["queue=QUEUE", "base=Own", "**OPTIONS", "queue=f'{x}'", "name=N"] {
            let task = format!(
                "from celery import shared_task\n@shared_task({options})\ndef mail():\n    pass\n"
            );
            check(&[VIEW, &task], &[]);
        }
        let task = "from celery import shared_task\n@shared_task\ndef mail(to):\n    pass\n";
        for options in ["queue=q", "routing_key='a'", "**options", "queue=a if b else c"] {
            check(&[&format!("def view(r, q):\n    mail.apply_async({options})\n"), task], &[]);
        }
        check(&[VIEW, task, task], &[]);
        check(&[VIEW, task, "app.control.add_consumer('low')\n"], &[]);
    }

    #[test]
    fn a_task_of_another_project_is_none_of_this_one() {
        let stub = "from celery import shared_task\n@shared_task(name='other.mail', queue='other')\ndef mail(to):\n    \"\"\"There.\"\"\"\n";
        check(&[VIEW, stub], &[]);
    }

    #[test]
    fn tasks_send_tasks() {
        let task = "from celery import shared_task\n@shared_task(queue='low')\ndef mail(to):\n    mail.delay(2)\n";
        check(&[task], &[("low", "'low'")]);
    }

    #[test]
    fn a_queue_of_rq_is_followed_by_its_name() {
        let own = "from rq import Queue\nlow = Queue('low', connection=r)\ndef view():\n    low.enqueue(f)\n";
        check(&[own], &[("low", "'low'")]);
        let imported =
            "from rq import Queue\nfrom queues import low\ndef view():\n    low.enqueue(f)\n";
        let makes = "from rq import Queue\nlow = Queue('low', connection=r)\n";
        check(&[imported, makes], &[("low", "'low'")]);
        check(&[imported, makes, makes], &[]);
        let usual = "import rq\nq = rq.Queue(connection=r)\ndef view():\n    q.enqueue(f)\n";
        check(&[usual], &[("default", "q.enqueue")]);
        let given =
            "from rq import Queue\nlow = Queue('low')\ndef view(low):\n    low.enqueue(f)\n";
        check(&[given], &[]);
        let django = "import django_rq\ndef view():\n    django_rq.enqueue(f)\n    django_rq.get_queue('low').enqueue(f)\n";
        check(&[django], &[("default", "django_rq.enqueue"), ("low", "'low'")]);
        let job =
            "from rq.decorators import job\n@job('low', connection=r)\ndef mail(to):\n    pass\n";
        check(&[VIEW, job], &[("low", "'low'")]);
    }

    #[test]
    fn an_actor_has_a_queue() {
        let send = "def view(r):\n    mail.send(1)\n";
        let actor = "import dramatiq\n@dramatiq.actor(queue_name='low')\ndef mail(to):\n    pass\n";
        check(&[send, actor], &[("low", "'low'")]);
        let plain = "import dramatiq\n@dramatiq.actor\ndef mail(to):\n    pass\n";
        check(&[send, plain], &[("default", "mail.send")]);
    }
}

//! Jobs that the functions of a module hand to a queue, by the names of the tasks.
//!
//! This is read from the tree alone: a view runs when a request comes, and no request is known. What
//! a setting may turn off, and what is tried first and run in place when that fails, is no sending.

mod named;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_parameter, walk_stmt};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

pub(super) use named::{Named, Task};

use super::syntax::too_deep;

/// A program that works on jobs, and how code sends them to it.
struct Queue {
    /// The program, by its name in `server`.
    server: &'static str,
    /// The packages that a module with its calls names.
    packages: &'static [&'static str],
    /// Decorators that make a task of a function.
    decorators: &'static [&'static str],
    /// Methods of a task that send it.
    methods: &'static [&'static str],
    /// Functions and methods of others that send what they are given.
    calls: &'static [&'static str],
    /// Words of a module that runs jobs in place, or starts a worker itself.
    in_place: &'static [&'static str],
}

/// The programs.
///
/// Sources: <https://docs.celeryq.dev/en/stable/userguide/calling.html>,
/// <https://dramatiq.io/guide.html>, <https://python-rq.org/docs/>,
/// <https://django-q2.readthedocs.io/en/master/tasks.html>
const QUEUES: &[Queue] = &[
    Queue {
        server: "celery",
        packages: &["celery"],
        decorators: &["shared_task", "task"],
        methods: &["delay", "apply_async"],
        calls: &[],
        in_place: &["always_eager", "ALWAYS_EAGER", "worker_main", "celery.bin", "celery.apps"],
    },
    Queue {
        server: "dramatiq",
        packages: &["dramatiq"],
        decorators: &["actor"],
        methods: &["send", "send_with_options"],
        calls: &[],
        in_place: &["StubBroker", "dramatiq.Worker", "import Worker", "dramatiq.cli"],
    },
    Queue {
        server: "rq",
        packages: &["rq", "django_rq"],
        decorators: &["job"],
        methods: &["delay"],
        calls: &["enqueue", "enqueue_call"],
        in_place: &["is_async", "ASYNC", "Worker"],
    },
    Queue {
        server: "django-q",
        packages: &["django_q"],
        decorators: &[],
        methods: &[],
        calls: &["async_task"],
        in_place: &["'sync'", "\"sync\"", "sync="],
    },
];

/// Packages of Python whose jobs are looked for.
pub const JOB_PACKAGES: &[&str] =
    &["celery", "django-q2", "django-q", "django-rq", "dramatiq", "rq"];

/// What a module says of jobs.
#[derive(Debug, Default)]
pub struct Jobs {
    /// Functions that are tasks, and the programs that work on them.
    pub(super) tasks: Vec<Task>,
    /// What is sent, in the order of the text.
    pub(super) sent: Vec<Sent>,
    /// Programs whose jobs may run in place.
    pub(super) in_place: Vec<&'static str>,
    /// Names that are queues: `low` of `low = Queue("low")`.
    pub(super) queues: Vec<(String, Named)>,
    /// How often each name is bound.
    pub(super) bound: HashMap<String, usize>,
    /// Whether something tells workers while they run which queues to take jobs from, or changes
    /// where tasks go.
    pub(super) steers: bool,
    /// How many applications the module makes.
    pub(super) apps: usize,
}

/// A call that sends a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The program that works on it, by its name in `server`.
    pub server: &'static str,
    /// The call as it is written, without its arguments.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// The task, where it has to be one of the project's.
    pub(super) task: Option<String>,
    /// The queue, as far as the call says it.
    pub(super) queue: Named,
    /// Whether a task sends it, which a worker runs.
    in_task: bool,
}

impl Jobs {
    /// Reads the text of a module.
    pub fn read(text: &str) -> Self {
        let mut jobs = Self::default();
        let is_named = |it: &&Queue| it.packages.iter().any(|it| text.contains(it));
        let says = |words: &[&str]| words.iter().any(|it| text.contains(it));
        jobs.in_place.extend(QUEUES.iter().filter(|it| says(it.in_place)).map(|it| it.server));
        let is_set_by_name = text.contains("setattr(") && text.contains(".conf,");
        jobs.steers = says(named::STEERS) || is_set_by_name;
        jobs.apps = text.matches(named::APP).count();
        // Whoever sends a task of another module need not name the package.
        let may_send = |it: &&Queue| says(it.methods);
        let queues: Vec<&Queue> = QUEUES.iter().filter(|it| is_named(it) || may_send(it)).collect();
        if queues.is_empty() || too_deep(text).is_some() {
            return jobs;
        }
        let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module)).try_into_module();
        let Some(parsed) = parsed.filter(|it| it.errors().is_empty()) else { return jobs };
        let named = queues.iter().copied().filter(is_named).collect();
        let (hidden, in_task, tried) = (false, false, Vec::new());
        let mut walk = Walk { queues, named, jobs, hidden, in_task, tried };
        walk.visit_body(&parsed.syntax().body);
        walk.jobs
    }
}

/// The first of the modules with a call that certainly hands a job to a program, and that call.
pub fn first_sent(modules: &[Arc<Jobs>]) -> Option<(usize, &Sent)> {
    let tasks: HashSet<(&str, &str)> = modules
        .iter()
        .flat_map(|it| &it.tasks)
        .map(|it| (it.function.as_str(), it.server))
        .collect();
    let in_place: HashSet<&str> = modules.iter().flat_map(|it| &it.in_place).copied().collect();
    let is_sent = |it: &Sent| {
        !it.in_task
            && !in_place.contains(it.server)
            && it.task.as_deref().is_none_or(|name| tasks.contains(&(name, it.server)))
    };
    modules
        .iter()
        .enumerate()
        .find_map(|(idx, module)| Some((idx, module.sent.iter().find(|it| is_sent(it))?)))
}

struct Walk<'q> {
    queues: Vec<&'q Queue>,
    /// Those whose packages the module names.
    named: Vec<&'q Queue>,
    jobs: Jobs,
    /// Whether what stands here is something that a setting decides.
    hidden: bool,
    /// Whether it is a part of a task.
    in_task: bool,
    /// Names that handlers of the `try` around this use.
    tried: Vec<HashSet<String>>,
}

impl<'a> Visitor<'a> for Walk<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                let decorators =
                    || function.decorator_list.iter().filter_map(|it| last(&it.expression));
                let queue = self
                    .named
                    .iter()
                    .find(|queue| decorators().any(|it| queue.decorators.contains(&it)));
                let was = (self.hidden, self.in_task);
                if let Some(queue) = queue {
                    self.jobs.tasks.push(Task::of(function, queue.server, queue.decorators));
                    self.in_task = true;
                }
                self.hidden |= Decided::by_setting(&function.body);
                walk_stmt(self, stmt);
                (self.hidden, self.in_task) = was;
            }
            Stmt::If(it) => {
                let was = self.hidden;
                self.hidden |= is_switch(&it.test)
                    || it.elif_else_clauses.iter().filter_map(|it| it.test.as_ref()).any(is_switch);
                walk_stmt(self, stmt);
                self.hidden = was;
            }
            Stmt::Try(it) => {
                let mut names = Words(Vec::new());
                it.handlers.iter().for_each(|it| names.visit_except_handler(it));
                self.tried.push(names.0.into_iter().collect());
                walk_stmt(self, stmt);
                self.tried.pop();
            }
            Stmt::Assign(it) => {
                if let ([Expr::Name(name)], Some(queue)) = (&*it.targets, Named::made(&it.value)) {
                    self.jobs.queues.push((name.id.to_string(), queue));
                }
                walk_stmt(self, stmt);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) if !self.hidden => self.call(call),
            Expr::Name(it) if it.ctx.is_store() => self.bind(it.id.as_str()),
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_parameter(&mut self, parameter: &'a ast::Parameter) {
        self.bind(parameter.name.as_str());
        walk_parameter(self, parameter);
    }
}

impl Walk<'_> {
    fn bind(&mut self, name: &str) {
        *self.jobs.bound.entry(name.to_owned()).or_default() += 1;
    }

    fn call(&mut self, call: &ast::ExprCall) {
        let Some(method) = last(&call.func) else { return };
        let range = call.func.range();
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        let in_task = self.in_task;
        if let Some(it) = self.named.iter().find(|it| it.calls.contains(&method)) {
            let (server, queue) = (it.server, Named::of_receiver(&call.func));
            self.jobs.sent.push(Sent { server, start, end, task: None, queue, in_task });
            return;
        }
        let Expr::Attribute(attribute) = &*call.func else { return };
        let Some(task) = task(&attribute.value) else { return };
        if self.tried.iter().any(|it| it.contains(task)) {
            return;
        }
        for it in self.queues.iter().filter(|it| it.methods.contains(&method)) {
            let (server, task) = (it.server, Some(task.to_owned()));
            let queue = Named::of_options(&call.arguments);
            self.jobs.sent.push(Sent { server, start, end, task, queue, in_task });
        }
    }
}

/// The task that a method is called of: `send_mail`, `tasks.send_mail`, `send_mail.s(1)`.
fn task(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(it) if matches!(it.attr.as_str(), "s" | "si" | "signature") => {
                last(&it.value)
            }
            _ => None,
        },
        other => last(other),
    }
}

/// The last name of what is called or decorates: `task` of `app.task(bind=True)`.
fn last(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => match &*call.func {
            Expr::Name(name) => Some(name.id.as_str()),
            Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether something in a function is decided by a setting: it may end before a job is sent.
struct Decided(bool);

impl Decided {
    fn by_setting(body: &[Stmt]) -> bool {
        let mut decided = Self(false);
        decided.visit_body(body);
        decided.0
    }
}

impl<'a> Visitor<'a> for Decided {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            Stmt::If(it) => {
                self.0 |= is_switch(&it.test)
                    || it.elif_else_clauses.iter().filter_map(|it| it.test.as_ref()).any(is_switch);
                walk_stmt(self, stmt);
            }
            Stmt::Match(it) => {
                self.0 |= is_switch(&it.subject);
                walk_stmt(self, stmt);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::If(it) => self.0 |= is_switch(&it.test),
            Expr::BoolOp(it) => self.0 |= it.values.iter().any(is_switch),
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// Words of the names of what decides whether jobs are sent at all.
const SWITCHES: &[&str] = &[
    "async",
    "background",
    "broker",
    "celery",
    "conf",
    "debug",
    "eager",
    "enable",
    "env",
    "feature",
    "flag",
    "inspect",
    "queue",
    "redis",
    "rq",
    "setting",
    "sync",
    "test",
    "use_",
    "worker",
];

/// Whether a condition is one of settings rather than of data.
fn is_switch(test: &Expr) -> bool {
    let mut words = Words(Vec::new());
    words.visit_expr(test);
    words.0.iter().any(|it| {
        let is_constant = it.len() > 2 && !it.contains(|it: char| it.is_ascii_lowercase());
        let lower = it.to_lowercase();
        is_constant || SWITCHES.iter().any(|it| lower.contains(it))
    })
}

/// Names and texts of an expression.
struct Words(Vec<String>);

impl<'a> Visitor<'a> for Words {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(it) => self.0.push(it.id.to_string()),
            Expr::Attribute(it) => self.0.push(it.attr.to_string()),
            Expr::StringLiteral(it) => self.0.push(it.value.to_str().to_owned()),
            _ => {}
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Jobs, first_sent};

    #[track_caller]
    fn check(modules: &[&str], expect: Option<(&str, &str)>) {
        let read: Vec<Arc<Jobs>> = modules.iter().map(|it| Arc::new(Jobs::read(it))).collect();
        let found = first_sent(&read);
        let found = found.map(|(idx, it)| (it.server, &modules[idx][it.start..it.end]));
        assert_eq!(found, expect, "{modules:?}");
    }

    const TASKS: &str = "from celery import shared_task\n@shared_task\ndef mail(to):\n    pass\n";

    #[test]
    fn a_task_of_the_project_is_sent_by_its_methods() {
        for (call, written) in [
            ("mail.delay(1)", "mail.delay"),
            ("mail.apply_async(args=[1], countdown=5)", "mail.apply_async"),
            ("tasks.mail.delay(1)", "tasks.mail.delay"),
            ("mail.s(1).apply_async()", "mail.s(1).apply_async"),
            ("return ok(mail.delay(1).id)", "mail.delay"),
        ] {
            let view = format!("def view(request):\n    {call}\n");
            check(&[&view, TASKS], Some(("celery", written)));
        }
        let own = "@celery.task(bind=True)\ndef mail(self):\n    pass\n\
                   @app.post('/')\nasync def view():\n    if user:\n        mail.delay()\n";
        check(&[own], Some(("celery", "mail.delay")));
    }

    #[test]
    fn what_is_no_task_of_the_project_is_not_sent() {
        check(&["def view(r):\n    other.delay(1)\n", TASKS], None);
        check(&["def view(r):\n    mail.delay(1)\n"], None);
        check(&["# mail.delay(1)\nx = 'mail.delay(1)'\n", TASKS], None);
        check(&["def view(r):\n    mail(1)\n", TASKS], None);
        check(&["def view(:\n    mail.delay(1)\n", TASKS], None);
        // `mail` is an actor of another program.
        check(&["def view(r):\n    mail.send(1)\n", TASKS], None);
    }

    #[test]
    fn tasks_that_send_tasks_are_run_by_a_worker() {
        let chain = "@shared_task\ndef second():\n    mail.delay(1)\n";
        check(&[&format!("{TASKS}{chain}")], None);
    }

    #[test]
    fn what_a_setting_decides_may_never_be_sent() {
        for body in [
            "if settings.USE_CELERY:\n        mail.delay(1)\n",
            "if not CELERY:\n        return mail(1)\n    mail.delay(1)\n",
            "mail.delay(1) if settings.QUEUE else mail(1)\n",
            "if os.environ.get('REDIS_URL'):\n        mail.delay(1)\n    else:\n        mail(1)\n",
            "try:\n        mail.delay(1)\n    except Exception:\n        mail(1)\n",
            "settings.QUEUE and mail.delay(1)\n",
        ] {
            check(&[&format!("def view(r):\n    {body}"), TASKS], None);
        }
        let view =
            "def view(r):\n    try:\n        mail.delay(1)\n    except ValueError:\n        pass\n";
        check(&[view, TASKS], Some(("celery", "mail.delay")));
    }

    #[test]
    fn a_project_that_runs_tasks_in_place_sends_none() {
        let view = "def view(r):\n    mail.delay(1)\n";
        check(&[view, TASKS, "CELERY_TASK_ALWAYS_EAGER = env('EAGER')\n"], None);
        check(&[view, TASKS, "app.worker_main(['worker'])\n"], None);
    }

    #[test]
    fn each_program_has_calls_of_its_own() {
        let actor = "import dramatiq\n@dramatiq.actor\ndef mail(to):\n    pass\n";
        check(&["def view(r):\n    mail.send(1)\n", actor], Some(("dramatiq", "mail.send")));
        let rq = "from rq import Queue\nqueue = Queue(connection=r)\n\
                  def view():\n    queue.enqueue(mail, 1)\n";
        check(&[rq], Some(("rq", "queue.enqueue")));
        let q = "from django_q.tasks import async_task\ndef view(r):\n    async_task(mail, 1)\n";
        check(&[q, "Q_CLUSTER = {'sync': True}\n"], None);
    }
}

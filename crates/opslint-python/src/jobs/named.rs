//! What code says of the queue that a job goes to: where a task is made, where it is sent, and where
//! a queue is made.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

/// Words of a module that tells workers while they run which queues to take jobs from, or that
/// changes where tasks go in a way of its own.
pub(in super::super) const STEERS: &[&str] = &[
    "add_consumer",
    "cancel_consumer",
    "add_task_queue",
    "route_for_task",
    "before_task_publish",
    "def apply_async",
    "def _get_exec_options",
    "amqp.router",
    "amqp.queues",
    "task_cls",
    "dequeue_strategy",
];

/// The start of what makes an application.
pub(in super::super) const APP: &str = "Celery(";

/// Options that name the queue.
const QUEUE: &[&str] = &["queue", "queue_name"];

/// Options that decide about it in another way: a base class may name one, and an exchange or a
/// router of the broker may hand the job to any.
const DECIDES: &[&str] = &["base", "exchange", "routing_key", "router", "queue_class"];

/// Classes and functions that make a queue, whose name is the first argument.
const MAKES: &[&str] = &["Queue", "get_queue"];

/// What code says of the queue of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Named {
    /// Nothing: another place decides, or the program's default applies.
    Nothing,
    /// A name that is written out, and its place.
    Text(String, usize, usize),
    /// A variable, which may be a queue.
    Variable(String),
    /// Something that is not followed.
    Unknown,
}

/// A function that is a task.
#[derive(Debug)]
pub(in super::super) struct Task {
    /// Its name.
    pub(in super::super) function: String,
    /// The program that works on it.
    pub(in super::super) server: &'static str,
    /// The name that it is told to have; none where it is told none, and an empty one where it is
    /// not known.
    pub(in super::super) name: Option<String>,
    /// Its queue.
    pub(in super::super) queue: Named,
    /// Whether it does nothing and has a name of its own: another project's code runs under it.
    pub(in super::super) is_stub: bool,
}

impl Task {
    /// The task that one of the decorators makes of a function.
    pub(super) fn of(
        function: &ast::StmtFunctionDef,
        server: &'static str,
        decorators: &[&str],
    ) -> Self {
        let mut all = function.decorator_list.iter().map(|it| &it.expression);
        let made = all.find(|it| last(it).is_some_and(|it| decorators.contains(&it)));
        let (mut name, mut queue) = (None, Named::Nothing);
        if let Some(Expr::Call(call)) = made {
            queue = Named::of_options(&call.arguments);
            // `@job("low")` of RQ is told the queue without its name.
            if let (Some(first), Named::Nothing, "rq") =
                (call.arguments.args.first(), &queue, server)
            {
                queue = Named::of_value(first);
            }
            let given = call.arguments.find_keyword("name");
            name = given.map(|it| text(&it.value).unwrap_or_default());
        }
        let is_stub = name.is_some() && function.body.iter().all(is_nothing);
        Self { function: function.name.to_string(), server, name, queue, is_stub }
    }
}

impl Named {
    /// What the options of a call or of a decorator say.
    pub(super) fn of_options(arguments: &ast::Arguments) -> Self {
        let name = |it: &ast::Keyword| it.arg.as_ref().map(|it| it.as_str().to_owned());
        let names: Vec<Option<String>> = arguments.keywords.iter().map(name).collect();
        let is_decided = |it: &Option<String>| it.as_deref().is_none_or(|it| DECIDES.contains(&it));
        if names.iter().any(is_decided) || arguments.args.iter().any(Expr::is_starred_expr) {
            return Self::Unknown;
        }
        match QUEUE.iter().find_map(|it| arguments.find_keyword(it)) {
            None => Self::Nothing,
            Some(keyword) => Self::of_value(&keyword.value),
        }
    }

    fn of_value(value: &Expr) -> Self {
        match value {
            Expr::NoneLiteral(_) => Self::Nothing,
            Expr::Name(name) => Self::Variable(name.id.to_string()),
            other => match text(other) {
                Some(text) => {
                    let range = other.range();
                    Self::Text(text, range.start().to_usize(), range.end().to_usize())
                }
                None => Self::made(other).unwrap_or(Self::Unknown),
            },
        }
    }

    /// The queue that an expression makes: `Queue("low", connection=redis)`, `get_queue()`. Not of
    /// another expression.
    pub(super) fn made(value: &Expr) -> Option<Self> {
        let Expr::Call(call) = value else { return None };
        if !last(&call.func).is_some_and(|it| MAKES.contains(&it)) {
            return None;
        }
        let named = call.arguments.find_keyword("name").map(|it| &it.value);
        let is_hidden = call.arguments.keywords.iter().any(|it| it.arg.is_none());
        Some(match call.arguments.args.first().or(named) {
            _ if is_hidden => Self::Unknown,
            None => Self::Nothing,
            Some(name) => match Self::of_value(name) {
                // A variable here is a name, and no queue.
                Self::Variable(_) => Self::Unknown,
                other => other,
            },
        })
    }

    /// The queue whose method is called: `low` of `low.enqueue`.
    pub(super) fn of_receiver(function: &Expr) -> Self {
        let Expr::Attribute(method) = function else { return Self::Unknown };
        match &*method.value {
            // The functions of the package take the default one.
            Expr::Name(it) if it.id.as_str() == "django_rq" => Self::Nothing,
            Expr::Name(it) => Self::Variable(it.id.to_string()),
            Expr::Attribute(it) if matches!(&*it.value, Expr::Name(of) if of.id.as_str() != "self") => {
                Self::Variable(it.attr.to_string())
            }
            other => Self::made(other).unwrap_or(Self::Unknown),
        }
    }
}

/// The last name of what is called or decorates.
fn last(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => last(&call.func),
        _ => None,
    }
}

/// Whether a statement does nothing: `pass`, `...`, a text, or `raise NotImplementedError`.
fn is_nothing(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::Pass(_) | ast::Stmt::Raise(_) => true,
        ast::Stmt::Expr(it) => it.value.is_literal_expr(),
        _ => false,
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(it) => Some(it.value.to_str().to_owned()),
        _ => None,
    }
}

//! Which queues a Celery application has, and which tasks its settings send to which.
//!
//! Source: `celery.app.routes.MapRoute` and `celery.app.amqp.Queues` (5.7.0)

use crate::fact::Value;
use crate::python::PyValue;

/// The most routes that are read.
const ROUTES_MAX: usize = 200;

/// The routes of `task_routes`, each as `task: queue`, in their order. None where one of them is more
/// than that, such as a function or an exchange.
pub(super) fn routes(value: &PyValue) -> Option<Value> {
    let entries = match value {
        PyValue::Dict(entries) => entries,
        // A list of one table.
        PyValue::List(items) => match &items[..] {
            [PyValue::Dict(entries)] => entries,
            _ => return None,
        },
        PyValue::Tuple(items) => match &items[..] {
            [PyValue::Dict(entries)] => entries,
            _ => return None,
        },
        _ => return None,
    };
    let mut routes = Vec::new();
    for (task, route) in entries.iter() {
        let PyValue::Str(task) = task else { return None };
        let queue = match route {
            PyValue::Str(queue) => queue,
            PyValue::Dict(route) => match &route[..] {
                [(PyValue::Str(key), PyValue::Str(queue))] if **key == *"queue" => queue,
                _ => return None,
            },
            _ => return None,
        };
        routes.push(Value::Text(format!("{task}: {queue}")));
    }
    (routes.len() <= ROUTES_MAX).then_some(Value::List(routes))
}

/// The names of the queues of `task_queues`, where each gets what is sent to it by name and nothing
/// else: `[Queue("mails"), Queue("reports")]`.
pub(super) fn plain(text: &str) -> Option<Value> {
    let mut rest =
        text.trim().strip_prefix(['(', '[', '{'])?.trim_end_matches([')', ']', '}']).trim();
    let mut names = Vec::new();
    while !rest.is_empty() {
        let behind = ["kombu.Queue(", "Queue("].iter().find_map(|it| rest.strip_prefix(it))?;
        // The last parenthesis may be gone with those around the whole.
        let (given, after) = behind.split_once(')').unwrap_or((behind, ""));
        let given = given.trim().trim_end_matches(',').trim();
        let quote = given.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        let name = given.strip_prefix(quote)?.strip_suffix(quote)?;
        if name.contains([quote, '\\', ',']) {
            return None;
        }
        names.push(Value::Text(name.to_owned()));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    (!names.is_empty()).then_some(Value::List(names))
}

#[cfg(test)]
mod tests {
    use super::plain;
    use crate::fact::Value;

    #[track_caller]
    fn check(text: &str, expect: Option<&[&str]>) {
        let names = |it: &[&str]| it.iter().map(|it| Value::Text((*it).to_owned())).collect();
        assert_eq!(plain(text), expect.map(|it| Value::List(names(it))), "{text}");
    }

    #[test]
    fn queues_are_plain_where_nothing_but_a_name_is_given() {
        check("(Queue('a'), Queue(\"b\"),)", Some(&["a", "b"]));
        check("[\n    kombu.Queue('a'),\n    Queue('b')\n]", Some(&["a", "b"]));
        check("[Queue('a', routing_key='b')]", None);
        check("[Queue('a', Exchange('b'))]", None);
        check("[Queue(A)]", None);
        check("queues()", None);
        check("[Queue('a')] + OTHERS", None);
        check("()", None);
    }
}

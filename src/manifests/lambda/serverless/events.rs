//! `events` of a function, and its `url`.

use crate::document::{Entry, Node};
use crate::manifests::lambda::trigger::{Triggers, Wait};
use crate::manifests::lambda::{number, seconds_of_millis};

use super::Variables;

/// Integrations of a REST API that do not call the function.
const WITHOUT_FUNCTION: &[&str] = &["mock", "http", "http-proxy", "http_proxy"];

/// Everything that calls a function.
pub(super) fn triggers(variables: &Variables<'_>, root: &Node, function: &Node) -> Triggers {
    let mut triggers = Triggers::default();
    if let Some(entry) = function.entry("url")
        && entry.value.as_bool() != Some(false)
    {
        triggers.add("function-url", entry.key.span);
    }
    let Some(events) = function.get("events") else { return triggers };
    let events = match variables.node(events) {
        Ok(events) => events,
        Err(reason) => {
            triggers.add_unknown(reason);
            return triggers;
        }
    };
    for event in events.elements() {
        match variables.node(event) {
            Ok(event) => match (event.as_str(), event.entries().first()) {
                (Some(name), _) => add(variables, root, &mut triggers, name, &event),
                (None, Some(Entry { key, value })) => match variables.node(value) {
                    Ok(value) => add_at(variables, root, &mut triggers, key, &value),
                    // The kind of event is known even where what it is about is not.
                    Err(_) => add_at(variables, root, &mut triggers, key, value),
                },
                (None, None) => {}
            },
            Err(reason) => triggers.add_unknown(reason),
        }
    }
    triggers
}

/// The ARNs of the queues that call a function.
pub(super) fn queues(variables: &Variables<'_>, function: &Node) -> Vec<Node> {
    let events = function.get("events").and_then(|it| variables.node(it).ok());
    let events = events.as_ref().map_or(&[][..], Node::elements);
    let arn = |event: &Node| {
        let queue = event.get("sqs")?;
        Some(queue.get("arn").unwrap_or(queue).clone())
    };
    events.iter().filter_map(arn).collect()
}

fn add_at(
    variables: &Variables<'_>,
    root: &Node,
    triggers: &mut Triggers,
    key: &crate::source::Spanned<String>,
    value: &Node,
) {
    match key.value.as_str() {
        "http" => rest(variables, root, triggers, key.span, value),
        name => match kind(name) {
            Some(kind) => triggers.add(kind, key.span),
            None => {
                triggers.add_unknown(format!("`{name}` is an event that opslint does not know"))
            }
        },
    }
}

fn add(variables: &Variables<'_>, root: &Node, triggers: &mut Triggers, name: &str, event: &Node) {
    let key = crate::source::Spanned::new(name.to_owned(), event.span);
    add_at(variables, root, triggers, &key, event);
}

/// An endpoint of a REST API.
fn rest(
    variables: &Variables<'_>,
    root: &Node,
    triggers: &mut Triggers,
    span: crate::source::Span,
    event: &Node,
) {
    let integration = event.get("integration").and_then(Node::as_str).unwrap_or_default();
    if WITHOUT_FUNCTION.contains(&integration.to_ascii_lowercase().as_str()) {
        return;
    }
    // API Gateway answers at once and calls the function on its own time.
    if event.get("async").and_then(Node::as_bool) == Some(true) {
        return triggers.add("event", span);
    }
    let provider = root.at(&["provider", "apiGateway", "timeoutInMillis"]);
    let mode = event.at(&["response", "transferMode"]);
    let wait = match event.get("timeoutInMillis").or(provider) {
        _ if mode.is_some_and(|it| it.as_str() != Some("BUFFERED")) => {
            Wait::Unknown("a response that is streamed may take longer".to_owned())
        }
        Some(node) => {
            Wait::Written(seconds_of_millis(variables.fact(node, "`timeoutInMillis`", number)))
        }
        None => Wait::Published,
    };
    triggers.add_waiting("rest-api", span, wait);
}

fn kind(event: &str) -> Option<&'static str> {
    Some(match event {
        "httpApi" => "http-api",
        "websocket" => "websocket",
        "alb" => "alb",
        "sqs" | "activemq" | "rabbitmq" => "queue",
        "stream" | "kafka" | "msk" => "stream",
        "schedule" => "schedule",
        "s3"
        | "sns"
        | "eventBridge"
        | "cloudwatchEvent"
        | "cloudwatchLog"
        | "iot"
        | "iotFleetProvisioning"
        | "cognitoUserPool"
        | "alexaSkill"
        | "alexaSmartHome"
        | "cloudFront" => "event",
        _ => return None,
    })
}

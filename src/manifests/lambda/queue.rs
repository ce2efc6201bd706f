//! The queue that calls a function, when the same file describes it.

use crate::document::{Node, NodeKind};
use crate::fact::Fact;
use crate::platforms::Platform;

/// How long the queue behind `arn` hides a message that a function works on, with the place to
/// change. `None` when the queue is described somewhere else.
///
/// `resources` is the table of CloudFormation resources.
pub(super) fn visibility(
    platform: Option<&Platform>,
    resources: Option<&Node>,
    arn: &Node,
) -> Option<Fact> {
    let queue = resources?.get(described(arn)?)?;
    if queue.get("Type").and_then(Node::as_str) != Some("AWS::SQS::Queue") {
        return None;
    }
    match queue.at(&["Properties", "VisibilityTimeout"]) {
        Some(node) => Some(super::number(node, "`VisibilityTimeout` of the queue")),
        None => {
            let mut fact =
                platform?.function.queue_visibility_s.as_ref()?.fact("Amazon SQS default");
            fact.origin.span = queue.entry("Type").map(|it| it.value.span);
            Some(fact)
        }
    }
}

/// The resource whose ARN is asked for: `!GetAtt Jobs.Arn`, `Fn::GetAtt: [Jobs, Arn]`.
pub(super) fn described(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Dynamic(text) => text.strip_prefix("!GetAtt ")?.trim().strip_suffix(".Arn"),
        NodeKind::Map(_) => match node.entries() {
            [entry] if entry.key.value == "Fn::GetAtt" => match entry.value.elements() {
                [resource, attribute] if attribute.as_str() == Some("Arn") => resource.as_str(),
                _ => entry.value.as_str()?.strip_suffix(".Arn"),
            },
            _ => None,
        },
        _ => None,
    }
}

//! Times at which AWS calls a function, as far as it refuses them: the deployment fails then.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Node, NodeKind};
use crate::quantity::cron;

/// Keys whose value is a time, in SAM and in Serverless.
const KEYS: &[&str] = &["rate", "schedule", "Schedule", "ScheduleExpression"];

/// How deep events are in a file.
const DEPTH_MAX: usize = 12;

/// What AWS refuses of the times below a node.
pub(super) fn told(node: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    below(node, 0, &mut found);
    found
}

fn below(node: &Node, depth: usize, found: &mut Vec<Diagnostic>) {
    if depth > DEPTH_MAX {
        return;
    }
    match &node.kind {
        NodeKind::List(nodes) => nodes.iter().for_each(|it| below(it, depth + 1, found)),
        NodeKind::Map(entries) => {
            for entry in entries {
                let key = entry.key.value.as_str();
                match entry.value.as_str().filter(|_| KEYS.contains(&key)) {
                    Some(text) => found.extend(refused(key, text, &entry.value)),
                    None => below(&entry.value, depth + 1, found),
                }
            }
        }
        _ => {}
    }
}

fn refused(key: &str, text: &str, node: &Node) -> Option<Diagnostic> {
    let why = cron::refused_by_aws(text)?;
    // Whether the scheduler that this key is of as well minds `1 minutes` is written nowhere.
    if key == "ScheduleExpression" && why.starts_with("is written") {
        return None;
    }
    let message = format!("`{key}` cannot be `{text}`: it {why}");
    let label = Label::new(node.span, "AWS refuses it");
    let help = "write `rate(5 minutes)`, or minute, hour, day, month, day of the week and year: \
                `cron(0 3 * * ? *)`";
    Some(Diagnostic::new("value-not-allowed", Severity::Error, message, label).with_help(help))
}

//! What Kubernetes refuses of work that ends: the time at which a CronJob runs, and pods that would
//! start again for ever.
//!
//! Source: `validateCronJobSpec` and `validateJobTemplateSpec` of `pkg/apis/batch/validation` of
//! Kubernetes 1.32.

use super::Workload;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Node;
use crate::manifests::read;
use crate::quantity::cron::{self, Dialect};

pub(super) fn told(own: &[&Node]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for workload in own.iter().copied().filter_map(Workload::of) {
        if !matches!(workload.kind(), "Job" | "CronJob") {
            continue;
        }
        found.extend(workload.object.at(&["spec", "schedule"]).and_then(never_runs));
        found.extend(starts_again(&workload));
    }
    found
}

fn refused(node: &Node, message: String, label: &str, help: &str) -> Diagnostic {
    let label = Label::new(node.span, label);
    Diagnostic::new("value-not-allowed", Severity::Error, message, label).with_help(help)
}

fn never_runs(node: &Node) -> Option<Diagnostic> {
    let text = read::plain_text(node)?;
    let why = cron::refused(&text, Dialect::Kubernetes)?;
    let message = format!("`schedule` cannot be `{text}`: it {why}");
    let help = match text.contains("TZ=") {
        true => "write the zone as `timeZone: Europe/Berlin`, beside the five fields",
        false => {
            "write minute, hour, day of the month, month and day of the week, such as `0 5 * * *`"
        }
    };
    Some(refused(node, message, "Kubernetes refuses it", help))
}

/// `Always` is what nothing written means.
fn starts_again(workload: &Workload<'_>) -> Option<Diagnostic> {
    let policy = workload.pod.at(&["spec", "restartPolicy"]);
    let is_always = match policy {
        Some(node) => read::plain_text(node)? == "Always",
        None => true,
    };
    let message = format!("a {} cannot have `restartPolicy: Always`", workload.kind());
    let (place, label) = match policy {
        Some(node) => (node, "Kubernetes refuses it"),
        None => (workload.pod.get("spec")?.get("containers")?, "`Always` where none is written"),
    };
    let help = "write `restartPolicy: Never` or `OnFailure` beside `containers`";
    is_always.then(|| refused(place, message, label, help))
}

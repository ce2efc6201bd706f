//! What a diagnostic takes for granted, and how the user can replace it by what is true.

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Origin, OriginKind};
use crate::vocabulary::{FactId, MACHINE_PLAN, MEMORY_PER_WORKER_MB, SCALE_MAX, SCALE_MIN};

/// One line for each assumption among the facts used, in their order.
pub(crate) fn assumptions(diagnostic: &Diagnostic) -> Vec<String> {
    let mut lines = Vec::new();
    for used in &diagnostic.facts {
        collect(&mut lines, used.name.as_ref(), &used.fact);
    }
    lines
}

fn collect(lines: &mut Vec<String>, name: &str, fact: &Fact) {
    let line = match fact.origin.kind {
        OriginKind::Assumed => Some(assumption(name, &fact.origin)),
        OriginKind::Outdated => Some(format!(
            "{}: the vendor may have raised it since; compare the page",
            fact.origin.source
        )),
        _ => None,
    };
    if let Some(line) = line.filter(|it| !lines.contains(it)) {
        lines.push(line);
    }
    for input in &fact.origin.inputs {
        collect(lines, &input.name, &input.fact);
    }
}

/// How opslint.toml calls a fact that has a shorter name there.
fn stated_as(id: FactId) -> &'static str {
    match id {
        MACHINE_PLAN => "plan",
        SCALE_MIN | SCALE_MAX => "instances",
        _ => id.name(),
    }
}

fn assumption(name: &str, origin: &Origin) -> String {
    let source = &origin.source;
    match FactId::from_name(name) {
        Some(MEMORY_PER_WORKER_MB) => {
            format!("{source}; measured it? set `{name}` in opslint.toml")
        }
        Some(id) => format!("{source}; if not, set `{}` in opslint.toml", stated_as(id)),
        None => match name.strip_prefix('$') {
            Some(variable) => {
                format!("{source}; if not, set `{variable}` under `[env]` in opslint.toml")
            }
            None => source.clone(),
        },
    }
}

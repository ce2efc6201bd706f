//! netlify.toml: each function that `[functions."name"]` configures is a process.
//!
//! A name that ends in `-background` runs without a client that waits; one with `schedule` is called
//! by a clock. The other functions of the folder are not in the file.
//!
//! Sources: <https://docs.netlify.com/build/functions/configuration>,
//! <https://docs.netlify.com/build/functions/background-functions>.

use crate::document::{Document, Entry};
use crate::draft::{Context, DeploymentDraft, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, Value};
use crate::formats::recognise;
use crate::source::Span;
use crate::vocabulary;

use super::function;

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "netlify";

/// Lowers a netlify.toml: a process for each function with a table.
pub(crate) fn lower(context: &mut Context<'_, '_>, document: &Document) -> Vec<DeploymentDraft> {
    let processes: Vec<_> = recognise::netlify_functions(&document.root)
        .take(PROCESSES_MAX + 1)
        .map(|it| process(context, it))
        .collect();
    if processes.is_empty() {
        return Vec::new();
    }
    let span = Span::start_of(document.file);
    vec![super::deployment(super::platform_of_format(PLATFORM, span), span, processes)]
}

fn process(context: &Context<'_, '_>, entry: &Entry) -> ProcessDraft {
    let mut process = function(context, entry.key.clone(), entry.span());
    let schedule = entry.value.entry("schedule");
    let (trigger, span) = match schedule {
        Some(schedule) => ("schedule", schedule.key.span),
        None if entry.key.value.ends_with("-background") => ("direct", entry.key.span),
        None => ("function-url", entry.key.span),
    };
    let facts = &mut process.facts;
    let text = Value::Text(trigger.to_owned());
    let origin = Origin::written(span, "what calls the function");
    facts.set(
        vocabulary::FUNCTION_TRIGGERS,
        Fact::known(Value::List(vec![text.clone()]), origin.clone()),
    );
    facts.set(vocabulary::FUNCTION_TRIGGER, Fact::known(text, origin));
    let Some(platform) = context.catalog.platform(PLATFORM) else { return process };
    if let Some(memory) = &platform.function.memory_mb {
        let memory = memory.fact("Netlify default");
        facts.set(vocabulary::FUNCTION_MEMORY_MB, memory.clone());
        facts.set(vocabulary::MACHINE_MEMORY_MB, memory);
    }
    let Some(row) = platform.trigger(trigger) else { return process };
    if let Some(timeout) = &row.request_timeout_s {
        facts.set(vocabulary::FUNCTION_TIMEOUT_S, timeout.fact("Netlify limit"));
    }
    if let Some(body) = &row.body_limit_mb {
        facts.set(vocabulary::ROUTER_BODY_LIMIT_MB, body.fact("Netlify limit"));
    }
    if let Some(payload) = &row.payload_limit_mb {
        facts.set(vocabulary::FUNCTION_PAYLOAD_LIMIT_MB, payload.fact("Netlify limit"));
    }
    process
}

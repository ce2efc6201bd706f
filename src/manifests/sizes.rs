//! Sizes that a platform has no machines of: CPUs and memory that do not go together.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Node;
use crate::platforms::Platform;

/// What a manifest asks for, where it says both.
pub(super) struct Asked<'n> {
    pub(super) cpu: &'n Node,
    pub(super) cpus: f64,
    pub(super) memory: &'n Node,
    pub(super) memory_mb: f64,
}

/// Whose sizes they are, in the words of messages.
pub(super) struct Offer<'p> {
    /// The platform that lists them.
    pub(super) sizes: &'p Platform,
    /// Who refuses another one.
    pub(super) host: &'static str,
    /// What has the size: one of it, and several.
    pub(super) machine: [&'static str; 2],
    /// How an amount of memory is written in the manifest.
    pub(super) memory: fn(u32) -> String,
}

/// Says a refusal at a place.
pub(super) fn refused(
    rule: &'static str,
    node: &Node,
    message: String,
    help: String,
) -> Diagnostic {
    Diagnostic::new(rule, Severity::Error, message, Label::new(node.span, "")).with_help(help)
}

/// Megabytes as people write them: `512 MB`, `2 GB`.
fn shown(megabytes: u32) -> String {
    match megabytes % 1024 {
        0 => format!("{} GB", megabytes / 1024),
        _ => format!("{megabytes} MB"),
    }
}

/// A number of CPUs in a sentence.
fn cpus(number: f64) -> String {
    match number.total_cmp(&1.0).is_eq() {
        true => "1 CPU".to_owned(),
        false => format!("{number} CPUs"),
    }
}

/// Memory that does not go with the CPUs, or CPUs that nothing goes with. CPUs are written in units
/// of which one CPU has 1,024.
pub(super) fn check(offer: &Offer<'_>, asked: &Asked<'_>) -> Option<Diagnostic> {
    let Offer { host, machine: [one, several], .. } = offer;
    let sizes = offer.sizes.machine_sizes();
    let Some(size) = sizes.iter().find(|it| it.cpus.total_cmp(&asked.cpus).is_eq()) else {
        let all: Vec<String> = sizes.iter().map(|it| format!("`{}`", it.cpus * 1024.0)).collect();
        let message = format!("{host} has no {several} with {}", cpus(asked.cpus));
        let help = format!("write one of {}", all.join(", "));
        return Some(refused("value-not-allowed", asked.cpu, message, help));
    };
    let choices = size.memory_mb_choices.as_ref().map(|it| it.value.as_slice())?;
    let is_it = |it: &u32| f64::from(*it).total_cmp(&asked.memory_mb).is_eq();
    if choices.is_empty() || choices.iter().any(is_it) {
        return None;
    }
    let (first, last) = (*choices.first()?, *choices.last()?);
    let near = choices.iter().find(|it| f64::from(**it) >= asked.memory_mb).unwrap_or(&last);
    let message = format!(
        "{host} has no {several} with {} and {} MB of memory",
        cpus(size.cpus),
        asked.memory_mb
    );
    let range = match first == last {
        true => shown(first),
        false => format!("from {} to {}", shown(first), shown(last)),
    };
    let help = format!("write `{}`: with these CPUs {one} has {range}", (offer.memory)(*near));
    let found = refused("value-not-allowed", asked.memory, message, help);
    // Where one of the two is a default, there is one place.
    match asked.cpu.span == asked.memory.span {
        true => Some(found),
        false => Some(found.with_related(asked.cpu.span, "the CPUs")),
    }
}

//! What the memory of an instance goes into: workers, and the parent that starts them.
//!
//! Rules and verdicts count the workers alone: what one of them needs is an assumption on the low
//! side until it is measured, and that is worth more than a parent. The parent is said beside it.

use super::figure::{self, Bounds};
use crate::fact::Fact;
use crate::project::Facts;
use crate::vocabulary;

/// Megabytes of gunicorn's arbiter that are its own, without an application. Measured with gunicorn
/// 23.0.0 on Python 3.11 under Linux, as the proportional set size of the parent of two workers:
/// 11 MB of 24 MB resident.
const ARBITER_MB: f64 = 11.0;

/// A part of the memory of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is: `workers`, `parent`.
    pub name: &'static str,
    /// How many of them.
    pub count: Bounds,
    /// What each needs, in MB.
    pub each_mb: Bounds,
    /// Where that number comes from.
    pub origin: String,
    /// Whether verdicts count it.
    pub is_counted: bool,
}

/// The parts of a process that forks; empty where their sizes are not known.
pub(super) fn of(facts: &Facts) -> Vec<Part> {
    let each = figure::known(facts, vocabulary::MEMORY_PER_WORKER_MB);
    let workers = figure::known(facts, vocabulary::WORKERS);
    let (Some(each), Some(workers)) = (each, workers) else { return Vec::new() };
    let origin = facts.get(vocabulary::MEMORY_PER_WORKER_MB).map(|it| it.origin.source.clone());
    let origin = origin.unwrap_or_default();
    let mut parts = vec![Part {
        name: "workers",
        count: workers,
        each_mb: each,
        origin: origin.clone(),
        is_counted: true,
    }];
    let server = figure::text(facts, vocabulary::SERVER);
    let preloads = facts.get(vocabulary::PRELOAD).and_then(Fact::bool) == Some(true);
    let (each_mb, origin) = match server {
        // Celery loads the application before it forks its children.
        Some("celery") => {
            (each, format!("{origin}; the parent loads the application, and children share pages"))
        }
        Some("gunicorn") if preloads => {
            (each, format!("{origin}; `preload`: workers share its pages until they write to them"))
        }
        Some("gunicorn") => {
            (Bounds::exact(ARBITER_MB), "gunicorn's arbiter without an application".to_owned())
        }
        _ => return parts,
    };
    let count = Bounds::exact(1.0);
    parts.push(Part { name: "parent", count, each_mb, origin, is_counted: false });
    parts
}

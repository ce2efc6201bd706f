//! A deployment on another platform than that of its manifest: for plans, which compare them.
//!
//! What is about the program stays: its command, its files, its disk, its variables, how many
//! instances there are. What the platform brings is taken away, and what the other one publishes
//! takes its place, as for a manifest that says nothing of it.

use crate::draft::{DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, OriginKind};
use crate::manifests::catalog as published;
use crate::platforms::{Catalog, Platform};
use crate::project::{Environment, Facts};
use crate::settings::Settings;
use crate::vocabulary::{self, FactId};

/// Facts of a process that are its own, wherever it runs.
const OWN: &[FactId] = &[
    vocabulary::KIND,
    vocabulary::PURPOSE,
    vocabulary::RUNTIME_PYTHON,
    vocabulary::STORAGE_PATH,
    vocabulary::STORAGE_PATHS,
    vocabulary::STORAGE_SIZE_MB,
    vocabulary::IMAGE_NAME,
    vocabulary::IMAGE_VERSION,
    vocabulary::IMAGE_USER,
    vocabulary::EXPOSED_PORT,
];

/// Facts of a process that are its own where they are known.
const OWN_NUMBERS: &[FactId] = &[vocabulary::SCALE_MIN, vocabulary::SCALE_MAX];

/// Limits of every process.
const LIMITS: &[FactId] = &[vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];

/// Limits of processes that requests are routed to.
const LIMITS_OF_WEB: &[FactId] = &[
    vocabulary::ROUTER_REQUEST_TIMEOUT_S,
    vocabulary::ROUTER_REQUEST_TIMEOUT_MAX_S,
    vocabulary::ROUTER_IDLE_TIMEOUT_S,
    vocabulary::ROUTER_KEEPALIVE_TIMEOUT_S,
    vocabulary::ROUTER_BODY_LIMIT_MB,
    vocabulary::ROUTER_HARD_LIMIT,
    vocabulary::ROUTER_HARD_LIMIT_MAX,
    vocabulary::BOOT_TIMEOUT_S,
];

/// The draft as it is, or on the platform that the settings put everything on. What the settings
/// state of it is added later, the plan included.
pub(super) fn put(
    draft: DeploymentDraft,
    settings: &Settings,
    catalog: &Catalog,
) -> DeploymentDraft {
    let platform = settings.elsewhere.as_deref().and_then(|it| catalog.platform(it));
    let Some(platform) = platform else { return draft };
    let DeploymentDraft { name, span, processes, .. } = draft;
    let processes = processes.into_iter().map(|it| process(it, platform)).collect();
    DeploymentDraft { name, span, facts: Facts::new(), processes }
}

fn process(draft: ProcessDraft, platform: &Platform) -> ProcessDraft {
    let mut facts = Facts::new();
    let own = OWN.iter().filter_map(|id| Some((*id, draft.facts.get(*id)?)));
    let numbers = OWN_NUMBERS.iter().filter_map(|id| Some((*id, draft.facts.get(*id)?)));
    let numbers = numbers.filter(|(_, it)| it.value().is_some());
    for (id, fact) in own.chain(numbers) {
        facts.set(id, fact.clone());
    }
    let kind = facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker").to_owned();
    published::set_limits(&mut facts, platform, LIMITS);
    if kind == "web" {
        published::set_limits(&mut facts, platform, LIMITS_OF_WEB);
    }
    let runtime = if draft.command.is_in_image() { "docker" } else { "python" };
    let mut environment = Environment::new();
    for (name, fact) in published::injected(platform, &kind, Some(runtime), None) {
        environment.set(name, fact);
    }
    for (name, fact) in draft.environment.iter() {
        if !is_of_platform(fact) {
            environment.set(name, fact.clone());
        }
    }
    environment.open_like(&draft.environment);
    if let Some(cpus) = published::host_cpus(platform) {
        facts.set(vocabulary::MACHINE_VISIBLE_CPUS, cpus);
    }
    ProcessDraft { environment, facts, ..draft }
}

/// Whether the platform that a process leaves sets the variable.
fn is_of_platform(fact: &Fact) -> bool {
    matches!(fact.origin.kind, OriginKind::Platform | OriginKind::Outdated | OriginKind::Assumed)
}

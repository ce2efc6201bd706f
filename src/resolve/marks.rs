//! What shows that more than the usual is loaded beside an application, where its code does not.
//!
//! The figure of a small application would be wrong by hundreds of megabytes, and no other one is
//! known: which models and pages are worked on decides it.

use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::packages::Packages;
use crate::programs::forking;
use crate::project::{Environment, Facts, Lookup};
use crate::vocabulary as v;

/// Variables of programs that load models, and what each shows.
///
/// Sources: <https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables>,
/// <https://pytorch.org/docs/stable/hub.html>, <https://playwright.dev/python/docs/browsers>.
const VARIABLES: &[(&str, &str)] = &[
    ("TRANSFORMERS_CACHE", MODELS),
    ("SENTENCE_TRANSFORMERS_HOME", MODELS),
    ("HF_HOME", MODELS),
    ("HF_HUB_CACHE", MODELS),
    ("TORCH_HOME", MODELS),
    ("TFHUB_CACHE_DIR", MODELS),
    ("PLAYWRIGHT_BROWSERS_PATH", BROWSERS),
];

const MODELS: &str = "models in memory";
const BROWSERS: &str = "a browser beside it";

/// Packages that take several hundred megabytes where they are loaded, or start what does.
const PACKAGES: &[(&str, &str)] = &[
    ("torch", MODELS),
    ("tensorflow", MODELS),
    ("transformers", MODELS),
    ("sentence-transformers", MODELS),
    ("diffusers", MODELS),
    ("ultralytics", MODELS),
    ("playwright", BROWSERS),
];

/// Leaves the memory of a worker unknown where something shows that it is not the usual one.
pub(super) fn memory(facts: &mut Facts, environment: &Environment, packages: Option<&Packages>) {
    let has_workers = facts.get(v::SERVER).and_then(Fact::text).is_some_and(forking::has_workers);
    let known = [v::MEMORY_PER_WORKER_MB, v::CODE_LARGE_LIBRARY];
    if !has_workers || known.into_iter().any(|it| facts.get(it).is_some()) {
        return;
    }
    // What is seen of the imports has its figure, and the rest of the code may import more.
    let imported = facts.get(v::PACKAGES_IMPORTED_MB);
    let is_counted =
        |name: &str| imported.is_some_and(|it| it.origin.inputs.iter().any(|it| it.name == name));
    let variable = VARIABLES.iter().find_map(|(name, what)| match environment.get(name) {
        Lookup::Set(fact) if imported.is_none() && environment.sets(name) => {
            let origin = Origin { inputs: Vec::new(), ..fact.origin.clone() };
            Some((format!("`{name}` shows {what}"), origin))
        }
        _ => None,
    });
    // Of code that is read, what it imports is known.
    let framework = facts.get(v::FRAMEWORK);
    let is_seen = framework.is_some_and(|it| it.value().is_some() && !it.origin.is_assumed());
    let package = || {
        let packages = packages.filter(|_| !is_seen)?;
        PACKAGES.iter().find_map(|(name, what)| {
            let span = Some(packages.get(name).filter(|_| !is_counted(name))?.span);
            let origin = Origin { span, ..Origin::new(OriginKind::Written, "what is installed") };
            Some((format!("`{name}` is installed, which shows {what}"), origin))
        })
    };
    if let Some((shows, origin)) = variable.or_else(package) {
        let unknown = Unknown::because(format!("{shows}, and how much that takes no file says"));
        facts.set(v::MEMORY_PER_WORKER_MB, Fact::unknown(unknown, origin));
    }
}

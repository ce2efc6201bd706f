//! Dokku: a Procfile beside an app.json with keys that only Dokku reads.
//!
//! Memory and CPUs have no limit until `dokku resource:limit` sets one: they are the host's.
//! Numbers are in `platforms/dokku.toml`.

use crate::document::Node;
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::{catalog, read, usual};
use crate::source::Span;
use crate::vocabulary::{self, FactId};

/// The platform's id in the catalog.
pub(crate) const PLATFORM: &str = "dokku";

/// Keys at the root of an app.json that only Dokku has; Expo has none of them.
const KEYS: &[&str] = &["healthchecks", "cron"];

/// Limits of processes that requests are routed to.
const LIMITS_OF_WEB: &[FactId] =
    &[vocabulary::ROUTER_REQUEST_TIMEOUT_S, vocabulary::ROUTER_BODY_LIMIT_MB];

/// What shows that Dokku runs the Procfile: a key of its own in the app.json beside it.
pub(crate) fn evidence(context: &mut Context<'_, '_>) -> Option<Span> {
    let document = context.sibling("app.json")?;
    let root = &document.root;
    if root.get("expo").is_some() {
        return None;
    }
    let key = KEYS.iter().find_map(|it| root.entry(it)).map(|it| it.key.span);
    key.or_else(|| root.at(&["scripts", "dokku"]).map(|it| it.span))
}

/// Adds what Dokku brings to processes.
pub(crate) fn complete(context: &mut Context<'_, '_>, processes: &mut [ProcessDraft]) {
    let document = context.sibling("app.json");
    let formation = document.as_ref().and_then(|it| it.root.get("formation"));
    let Some(platform) = context.catalog.platform(PLATFORM) else { return };
    for process in processes {
        let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text).unwrap_or("worker");
        let kind = kind.to_owned();
        let ids = [vocabulary::SHUTDOWN_SIGNAL, vocabulary::SHUTDOWN_GRACE_S];
        catalog::set_limits(&mut process.facts, platform, &ids);
        if kind == "web" {
            catalog::set_limits(&mut process.facts, platform, LIMITS_OF_WEB);
        }
        usual::host(platform, &mut process.facts, "`dokku resource:limit` may have set a limit");
        let own = formation.and_then(|it| it.get(&process.name.value));
        scale(own, &kind, process);
        for (name, fact) in catalog::injected(platform, &kind, None, None) {
            process.environment.set(name, fact);
        }
    }
}

/// `quantity`, or the range of `autoscaling`. Without either, `web` has one instance and the others
/// as many as `dokku ps:scale` was told.
fn scale(formation: Option<&Node>, kind: &str, process: &mut ProcessDraft) {
    let autoscaling = formation.and_then(|it| it.get("autoscaling"));
    for (id, key) in
        [(vocabulary::SCALE_MIN, "min_quantity"), (vocabulary::SCALE_MAX, "max_quantity")]
    {
        let written = match autoscaling {
            Some(table) => table.get(key),
            None => formation.and_then(|it| it.get("quantity")),
        };
        let fact = match written.filter(|it| it.as_int().is_some()) {
            Some(node) => read::written(node, "the formation in app.json"),
            None if kind == "web" => {
                let origin = Origin::new(OriginKind::Default, "Dokku default");
                Fact::known(Value::Int(1), origin)
            }
            None => {
                let unknown = Unknown::new(
                    "app.json has no `quantity` for it",
                    format!("`quantity` under `formation.{}` in app.json", process.name.value),
                );
                Fact::unknown(unknown, Origin::new(OriginKind::Platform, "Dokku"))
            }
        };
        process.facts.set(id, fact);
    }
}

//! Services of a process group: port, concurrency, autostop, checks.

use crate::document::{Node, NodeKind};
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::fly::{PLATFORM, groups};
use crate::manifests::{catalog, read};
use crate::project::Facts;
use crate::quantity::go;
use crate::source::Spanned;
use crate::vocabulary::{self, FactId};

use super::Groups;

/// What a bare number means in the durations of a section: the JSON that flyctl decodes has
/// different types behind the same key.
#[derive(Clone, Copy)]
enum BareNumber {
    /// `[[http_service.checks]]`: Go's own duration, nanoseconds.
    Nanoseconds,
    /// `[[services.http_checks]]`, `[checks]`: a type of fly's own, milliseconds.
    Milliseconds,
}

/// The facts that services give a group, and its kind: a group with a service is routed to.
pub(super) fn facts(
    context: &Context<'_, '_>,
    root: &Node,
    groups: &Groups,
    group: &Spanned<String>,
) -> Facts {
    let mut facts = Facts::new();
    let http = root.get("http_service").filter(|it| serves(it, groups, &group.value));
    let services = groups::tables(root, "services");
    let service = http.or_else(|| {
        services
            .into_iter()
            .find(|it| it.get("internal_port").is_some() && serves(it, groups, &group.value))
    });
    let kind = if service.is_some() { "web" } else { "worker" };
    let span = service.map_or(group.span, |it| it.span);
    let source =
        if service.is_some() { "a service routes to it" } else { "no service routes to it" };
    facts.set(
        vocabulary::KIND,
        Fact::known(Value::Text(kind.to_owned()), Origin::written(span, source)),
    );
    scale_unknown(&mut facts);
    let Some(service) = service else {
        stops_when_idle(
            &mut facts,
            Fact::known(
                Value::Bool(false),
                Origin::new(OriginKind::Platform, "only services are stopped when idle"),
            ),
        );
        return facts;
    };
    anchor(&mut facts, service);
    router(context, service, &mut facts);
    autostop(service, &mut facts);
    checks(context, root, service, groups, &group.value, &mut facts);
    facts
}

/// Whether a service is about a group: it names it, or there is only one group.
fn serves(service: &Node, groups: &Groups, group: &str) -> bool {
    match groups::named_groups(service) {
        Some(names) => names.contains(&group),
        None => groups.names().len() == 1,
    }
}

fn anchor(facts: &mut Facts, service: &Node) {
    for id in [
        vocabulary::ROUTER_PORT,
        vocabulary::ROUTER_SOFT_LIMIT,
        vocabulary::ROUTER_HARD_LIMIT,
        vocabulary::SCALE_MIN,
        vocabulary::SCALE_STOPS_WHEN_IDLE,
        vocabulary::HEALTH_CHECK_PATH,
        vocabulary::HEALTH_CHECK_INTERVAL_S,
        vocabulary::HEALTH_CHECK_TIMEOUT_S,
        vocabulary::HEALTH_CHECK_GRACE_S,
    ] {
        facts.anchor(id, service.span);
    }
}

fn router(context: &Context<'_, '_>, service: &Node, facts: &mut Facts) {
    if let Some(node) = service.get("internal_port")
        && let Some(port) = read::int(node)
    {
        let origin = Origin::written(node.span, "`internal_port`");
        facts.set(vocabulary::ROUTER_PORT, Fact::known(Value::Int(port), origin));
    }
    let concurrency = service.get("concurrency");
    let limits = [
        ("soft_limit", vocabulary::ROUTER_SOFT_LIMIT),
        ("hard_limit", vocabulary::ROUTER_HARD_LIMIT),
    ];
    for (key, id) in limits {
        let written = concurrency.and_then(|it| it.get(key)).filter(|it| it.as_int().is_some());
        let default = context.catalog.platform(PLATFORM).and_then(|it| catalog::limit(it, id));
        if let Some(fact) = written.map(|it| read::written(it, key)).or(default) {
            facts.set(id, fact);
        }
    }
    if let Some(node) = service.get("http_options").and_then(|it| it.get("idle_timeout")) {
        facts.set(vocabulary::ROUTER_IDLE_TIMEOUT_S, read::written(node, "`idle_timeout`"));
    }
}

/// The number of machines is not in fly.toml: `fly scale count` sets it.
fn scale_unknown(facts: &mut Facts) {
    for id in [vocabulary::SCALE_MIN, vocabulary::SCALE_MAX] {
        let unknown = Unknown::new(
            "fly.toml does not say how many machines there are",
            "`instances` for the process in opslint.toml",
        );
        facts.set(
            id,
            Fact::unknown(unknown, Origin::new(OriginKind::Platform, "`fly scale count`")),
        );
    }
}

fn stops_when_idle(facts: &mut Facts, fact: Fact) {
    facts.set(vocabulary::SCALE_STOPS_WHEN_IDLE, fact);
}

fn autostop(service: &Node, facts: &mut Facts) {
    let node = service.get("auto_stop_machines");
    let stops = match node.map(|it| &it.kind) {
        None => Some(false),
        Some(NodeKind::Bool(value)) => Some(*value),
        Some(NodeKind::String(text)) => match text.value.as_str() {
            "off" => Some(false),
            "stop" | "suspend" => Some(true),
            _ => None,
        },
        Some(_) => None,
    };
    let origin = match node {
        Some(node) => Origin::written(node.span, "`auto_stop_machines`"),
        None => Origin::new(OriginKind::Default, "Fly.io leaves machines running by default"),
    };
    let Some(stops) = stops else {
        let unknown = Unknown::because("`auto_stop_machines` has a value that flyctl refuses");
        return stops_when_idle(facts, Fact::unknown(unknown, origin));
    };
    stops_when_idle(facts, Fact::known(Value::Bool(stops), origin));
    if !stops {
        return;
    }
    let fact = match service.get("min_machines_running").filter(|it| it.as_int().is_some()) {
        Some(node) => read::written(node, "`min_machines_running`"),
        None => Fact::known(Value::Int(0), Origin::new(OriginKind::Default, "Fly.io default")),
    };
    facts.set(vocabulary::SCALE_MIN, fact);
}

/// Checks that steer the router: those of the service. A top-level `[checks]` only informs.
fn checks(
    context: &Context<'_, '_>,
    root: &Node,
    service: &Node,
    groups: &Groups,
    group: &str,
    facts: &mut Facts,
) {
    let _ = (root, groups, group);
    let own = groups::tables(service, "checks");
    let http = groups::tables(service, "http_checks");
    let tcp = groups::tables(service, "tcp_checks");
    let http_check = own.first().map(|it| (*it, BareNumber::Nanoseconds));
    let http_check = http_check.or(http.first().map(|it| (*it, BareNumber::Milliseconds)));
    let check = http_check.or(tcp.first().map(|it| (*it, BareNumber::Milliseconds)));
    let path = match http_check {
        Some((table, _)) => match table.get("path").filter(|it| it.as_str().is_some()) {
            Some(node) => read::written(node, "`path`"),
            None => Fact::known(
                Value::Text("/".to_owned()),
                Origin {
                    span: Some(table.span),
                    ..Origin::new(OriginKind::Default, "Fly.io default")
                },
            ),
        },
        None => {
            Fact::known(Value::Null, Origin::new(OriginKind::Default, "no HTTP check is written"))
        }
    };
    facts.set(vocabulary::HEALTH_CHECK_PATH, path);
    for (key, id) in [
        ("interval", vocabulary::HEALTH_CHECK_INTERVAL_S),
        ("timeout", vocabulary::HEALTH_CHECK_TIMEOUT_S),
        ("grace_period", vocabulary::HEALTH_CHECK_GRACE_S),
    ] {
        let written = check.and_then(|(table, bare)| Some(duration(table.get(key)?, bare, key)));
        let default = context.catalog.platform(PLATFORM).and_then(|it| catalog::limit(it, id));
        set_some(facts, id, written.or(default));
    }
}

fn set_some(facts: &mut Facts, id: FactId, fact: Option<Fact>) {
    if let Some(fact) = fact {
        facts.set(id, fact);
    }
}

fn duration(node: &Node, bare: BareNumber, key: &str) -> Fact {
    let origin = Origin::written(node.span, format!("`{key}`"));
    let seconds = match (&node.kind, bare) {
        (NodeKind::String(text), _) => go::duration_s(&text.value).ok(),
        (NodeKind::Integer(value), BareNumber::Nanoseconds) => Some(*value as f64 / 1e9),
        (NodeKind::Integer(value), BareNumber::Milliseconds) => Some(*value as f64 / 1e3),
        _ => None,
    };
    match seconds {
        Some(seconds) => Fact::known(Value::of_number(seconds), origin),
        None => Fact::unknown(Unknown::because(format!("`{key}` is not a duration")), origin),
    }
}

//! What sends a workload requests, and what asks whether it is well: `http`, `nlb`, and the check of
//! its container.

use super::limits::seconds;
use super::{Type, Workload, image};
use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::catalog;
use crate::manifests::cloud::int;
use crate::manifests::read;
use crate::platforms::Platform;
use crate::project::Facts;
use crate::vocabulary as v;

/// Sets what is known of requests and checks.
pub(super) fn set(workload: &Workload<'_>, platform: Option<&Platform>, facts: &mut Facts) {
    let check = workload.get("image").and_then(|it| it.get("healthcheck"));
    if workload.what == Type::RequestDriven {
        port(workload, facts);
        return request_driven(workload, platform, facts);
    }
    if let Some(check) = check {
        image::check(check, facts);
    }
    shared_network(workload, facts);
    match workload.http() {
        Some(http) => behind(workload, http, platform, facts),
        None => {
            port(workload, facts);
            if let Some(check) = check.filter(|it| !it.entries().is_empty()) {
                of_container(check, facts);
            }
        }
    }
}

/// Whoever reaches the container reaches it at the port that it names.
fn port(workload: &Workload<'_>, facts: &mut Facts) {
    if let Some(port) = workload.get("image").and_then(|it| it.get("port")) {
        facts.set(v::ROUTER_PORT, int(port, "`port`"));
    }
}

/// The containers of a task share a network, and a proxy of Service Connect is one of them.
fn shared_network(workload: &Workload<'_>, facts: &mut Facts) {
    let sidecars = workload.get("sidecars").filter(|it| !it.entries().is_empty());
    let connect = workload.root.at(&["network", "connect"]);
    let connect = connect.filter(|it| it.as_bool() == Some(true) || !it.entries().is_empty());
    // Behind a load balancer, requests come from outside of the task as well.
    let connect = connect.filter(|_| workload.http().is_none() && workload.get("nlb").is_none());
    if let Some(node) = sidecars.or(connect) {
        let origin = Origin::written(node.span, "containers of one task");
        facts.set(v::SHARED_NETWORK, Fact::known(Value::Text("task".to_owned()), origin));
    }
}

/// The limits of the load balancer, where it sends requests, and what it asks.
fn behind(workload: &Workload<'_>, http: &Node, platform: Option<&Platform>, facts: &mut Facts) {
    let idle = [v::ROUTER_IDLE_TIMEOUT_S, v::ROUTER_KEEPALIVE_TIMEOUT_S];
    if let Some(platform) = platform {
        catalog::set_limits(facts, platform, &idle);
        catalog::set_limits(
            facts,
            platform,
            &[
                v::HEALTH_CHECK_PATH,
                v::HEALTH_CHECK_INTERVAL_S,
                v::HEALTH_CHECK_TIMEOUT_S,
                v::HEALTH_CHECK_GRACE_S,
            ],
        );
    }
    if let Some(alb) = http.get("alb") {
        let unknown = Unknown::because("the load balancer is one that Copilot has not made");
        for id in idle {
            let origin = Origin::written(alb.span, "`alb`");
            facts.set(id, Fact::unknown(unknown.clone(), origin));
        }
    }
    let target = http.get("target_container").or_else(|| http.get("targetContainer"));
    let other = target.filter(|it| it.as_str().is_some_and(|it| it != workload.name()));
    match (other, http.get("target_port")) {
        // The load balancer holds its connections to the sidecar, which makes others of its own.
        (Some(node), _) => {
            let unknown = Unknown::because("requests come through the sidecar");
            for id in idle {
                let origin = Origin::written(node.span, "`target_container`");
                facts.set(id, Fact::unknown(unknown.clone(), origin));
            }
        }
        (None, Some(node)) => facts.set(v::ROUTER_PORT, int(node, "`target_port`")),
        (None, None) => port(workload, facts),
    }
    // Without a name of one's own, the environment may have a domain or not.
    if http.get("alias").is_some() {
        let redirect = match http.get("redirect_to_https").filter(|it| it.as_bool().is_some()) {
            Some(node) => read::written(node, "`redirect_to_https`"),
            None => Fact::known(
                Value::Bool(true),
                Origin::new(OriginKind::Default, "`redirect_to_https` is not written"),
            ),
        };
        facts.set(v::ROUTER_HTTPS_ONLY, redirect);
    }
    check(http.get("healthcheck"), facts);
}

/// `healthcheck` of `http`: a path, or a table.
fn check(check: Option<&Node>, facts: &mut Facts) {
    let Some(check) = check else { return };
    let path = if check.as_str().is_some() { Some(check) } else { check.get("path") };
    if let Some(path) = path {
        facts.set(v::HEALTH_CHECK_PATH, read::written(path, "`healthcheck`"));
    }
    for (id, key) in [
        (v::HEALTH_CHECK_INTERVAL_S, "interval"),
        (v::HEALTH_CHECK_TIMEOUT_S, "timeout"),
        (v::HEALTH_CHECK_GRACE_S, "grace_period"),
    ] {
        if let Some(node) = check.get(key) {
            facts.set(id, seconds(node, &format!("`{key}`")));
        }
    }
    if let Some(port) = check.get("port") {
        let own = facts.get(v::ROUTER_PORT).and_then(Fact::int);
        if read::int(port).is_none() || read::int(port) != own {
            let unknown = Unknown::because("the check asks another port than that of the requests");
            let origin = Origin::written(port.span, "`port` of the check");
            facts.set(v::HEALTH_CHECK_PATH, Fact::unknown(unknown, origin));
        }
    }
    if let Some(codes) = check.get("success_codes") {
        success(codes, facts);
    }
}

/// Which answers count as healthy: `200,301` or `200-399`.
fn success(codes: &Node, facts: &mut Facts) {
    let Some(text) = read::plain_text(codes) else { return };
    let ranges: Vec<(u16, u16)> = text
        .split(',')
        .filter_map(|it| {
            let (first, last) = it.trim().split_once('-').unwrap_or((it.trim(), it.trim()));
            Some((first.parse().ok()?, last.parse().ok()?))
        })
        .collect();
    let has = |code: u16| ranges.iter().any(|(first, last)| (*first..=*last).contains(&code));
    let origin = || Origin::written(codes.span, "`success_codes`");
    let redirect = Fact::known(Value::Bool(has(301) || has(302)), origin());
    facts.set(v::HEALTH_CHECK_REDIRECT_IS_HEALTHY, redirect);
    if has(400) || has(404) {
        let unknown = Unknown::because("an answer that is an error counts as healthy, too");
        facts.set(v::HEALTH_CHECK_PATH, Fact::unknown(unknown, origin()));
    }
}

/// The check of a container without a load balancer.
/// Source: `NewDefaultContainerHealthCheck`.
fn of_container(check: &Node, facts: &mut Facts) {
    for (id, key, usual) in [
        (v::HEALTH_CHECK_INTERVAL_S, "interval", 10),
        (v::HEALTH_CHECK_TIMEOUT_S, "timeout", 5),
        (v::HEALTH_CHECK_GRACE_S, "start_period", 0),
    ] {
        let fact = match check.get(key) {
            Some(node) => seconds(node, &format!("`{key}` of `healthcheck`")),
            None => {
                let origin = Origin::new(OriginKind::Default, "Copilot default");
                Fact::known(Value::Int(usual), origin)
            }
        };
        facts.set(id, fact);
        facts.anchor(id, check.span);
    }
}

/// App Runner opens a connection, unless `healthcheck` is there.
fn request_driven(workload: &Workload<'_>, platform: Option<&Platform>, facts: &mut Facts) {
    let node = workload.http().and_then(|it| it.get("healthcheck"));
    let Some(node) = node else {
        let source = "App Runner only opens a connection without `healthcheck`";
        let none = Fact::known(Value::Null, Origin::new(OriginKind::Default, source));
        facts.set(v::HEALTH_CHECK_PATH, none);
        return;
    };
    if let Some(platform) = platform {
        let ids = [v::HEALTH_CHECK_INTERVAL_S, v::HEALTH_CHECK_TIMEOUT_S];
        catalog::set_limits(facts, platform, &ids);
    }
    check(Some(node), facts);
}

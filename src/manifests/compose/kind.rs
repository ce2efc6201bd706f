//! What a service without ports is for: others of the file may pass requests on to it.

use super::{environment, images};
use crate::document::{Entry, Node};
use crate::draft::ProcessDraft;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::vocabulary as v;

/// Why a service counts as a worker where nothing else is known of it.
pub(super) const NO_PORTS: &str = "it has no ports";

/// Words in the names of services that work on jobs, whatever their image could serve.
const JOBS: &[&str] = &[
    "worker", "celery", "beat", "cron", "sched", "queue", "consumer", "migrat", "sidekiq", "rq",
    "task", "job", "init", "seed", "setup",
];

/// Words in the names of services and images that pass requests on.
const PROXIES: &[&str] =
    &["proxy", "nginx", "caddy", "traefik", "envoy", "gateway", "ingress", "httpd"];

/// Makes those web processes that something else in the file shows to answer requests.
pub(super) fn by_others(services: &[Entry], processes: &mut [ProcessDraft]) {
    for process in processes {
        by_base(process);
        let own = services.iter().find(|it| it.key.value == process.name.value);
        if let Some((name, span)) = own.and_then(|it| waits_for_its_end(it, services)) {
            let why = format!("`{name}` waits until it has ended");
            let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Derived, why) };
            process.facts.set(v::KIND, Fact::known(Value::Text("release".to_owned()), origin));
            continue;
        }
        let is_guess = process.facts.get(v::KIND).is_some_and(|it| {
            it.origin.kind == OriginKind::Assumed && it.origin.source == NO_PORTS
        });
        let (Some(own), true) = (own, is_guess && !is_for_jobs(&process.name.value)) else {
            continue;
        };
        let Some((why, span)) = behind(own, services).or_else(|| by_itself(own, services, process))
        else {
            continue;
        };
        let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Assumed, why) };
        process.facts.set(v::KIND, Fact::known(Value::Text("web".to_owned()), origin));
        by_base(process);
    }
}

/// An image that is built on that of a database is the database with something more in it: its ports
/// and checks say nothing of requests. What is built on a proxy may well be a site.
fn by_base(process: &mut ProcessDraft) {
    let is_guess = process
        .facts
        .get(v::KIND)
        .is_some_and(|it| it.origin.kind == OriginKind::Assumed && it.text() == Some("web"));
    let Some(base) = process.facts.get(v::IMAGE_BASE).filter(|_| is_guess) else { return };
    let program = base.text().and_then(images::program);
    let kind = program.and_then(|it| it.kind);
    let Some(kind) = kind.filter(|it| matches!(*it, "database" | "broker" | "cache")) else {
        return;
    };
    let origin =
        Origin { span: base.origin.span, ..Origin::new(OriginKind::Derived, "base image") };
    process.facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
}

type Reason = (String, crate::source::Span);

/// Which service starts only when this one has ended well, and where it says so.
///
/// Source: <https://docs.docker.com/reference/compose-file/services/#depends_on>
fn waits_for_its_end(own: &Entry, services: &[Entry]) -> Option<Reason> {
    services.iter().find_map(|it| {
        let condition = it.value.get("depends_on")?.get(&own.key.value)?.get("condition")?;
        let is_end = condition.as_str() == Some("service_completed_successfully");
        is_end.then(|| (it.key.value.clone(), condition.span))
    })
}

/// What another service shows: one with ports that passes requests on and waits for it, or one that
/// is told its address.
fn behind(own: &Entry, services: &[Entry]) -> Option<Reason> {
    let name = own.key.value.as_str();
    for other in services.iter().filter(|it| it.key.value != name) {
        let waits = other.value.get("depends_on").is_some_and(|it| {
            it.elements().iter().any(|it| it.as_str() == Some(name)) || it.get(name).is_some()
        });
        if waits && other.value.get("ports").is_some() && passes_on(other) {
            let why = format!("`{}`, which has ports, passes requests on", other.key.value);
            return Some((why, own.key.span));
        }
        if other.value.get("ports").is_some()
            && passes_on(other)
            && is_only_choice(own, other, services)
        {
            let why = format!("`{}`, which has ports, has nothing else to ask", other.key.value);
            return Some((why, own.key.span));
        }
        let variables = other.value.get("environment").map(environment::pairs);
        for (variable, value, span) in variables.into_iter().flatten() {
            if value.is_some_and(|it| asks(&it, name)) {
                return Some((format!("`{variable}` of `{}` asks it", other.key.value), span));
            }
        }
    }
    None
}

/// Whether a proxy can pass requests on to this service alone: no other is built here but for jobs,
/// and none is waited for.
fn is_only_choice(own: &Entry, proxy: &Entry, services: &[Entry]) -> bool {
    let is_built = |it: &Entry| it.value.get("build").is_some();
    let may_answer = |it: &&Entry| {
        let has = |name: &str| it.key.value == name;
        let is_own = own.key.value == it.key.value || has(&proxy.key.value);
        let has_image = it.value.get("image").and_then(Node::as_str);
        let is_beside = !is_built(it)
            && has_image.and_then(images::program).is_some_and(|it| it.kind_of_image().is_some());
        !is_own && !is_beside && !is_for_jobs(&it.key.value)
    };
    is_built(own)
        && !is_built(proxy)
        && proxy.value.get("depends_on").is_none()
        && !services.iter().any(|it| may_answer(&it))
}

/// What the service says itself. A second command of an image that another service runs, too, may
/// have all of that from the first.
fn by_itself(own: &Entry, services: &[Entry], process: &ProcessDraft) -> Option<Reason> {
    let has_command = own.value.get("command").or_else(|| own.value.get("entrypoint")).is_some();
    let is_shared = services.iter().any(|it| {
        let same = |key: &str| {
            let text = |it: &Entry| it.value.get(key).map(plain);
            own.value.get(key).is_some() && text(it) == text(own)
        };
        it.key.value != own.key.value && (same("build") || same("image"))
    });
    if has_command && is_shared {
        return None;
    }
    let written = own.value.get("environment").map(environment::pairs);
    if let Some((.., span)) = written.into_iter().flatten().find(|it| it.0 == "PORT") {
        return Some(("`PORT` is set".to_owned(), span));
    }
    let of_image = |id, what: &str| {
        let span = process.facts.get(id)?.origin.span?;
        Some((what.to_owned(), span))
    };
    // The check of a program of others may ask a console of it.
    let is_built = own.value.get("build").is_some();
    let check = || of_image(v::HEALTH_CHECK_PORT, "its health check asks a port");
    let check = || check().filter(|_| is_built);
    let exposes = || of_image(v::EXPOSED_PORT, "its image exposes a port");
    check().or_else(|| exposes().filter(|_| !has_command))
}

/// The texts in a node, to compare two of them.
pub(super) fn plain(node: &Node) -> Vec<String> {
    let mut texts: Vec<String> = node.as_str().map(str::to_owned).into_iter().collect();
    texts.extend(node.elements().iter().flat_map(plain));
    let entries = node.entries().iter();
    texts.extend(entries.flat_map(|it| [vec![it.key.value.clone()], plain(&it.value)].concat()));
    texts
}

fn is_for_jobs(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    JOBS.iter().any(|it| name.contains(it))
}

/// Whether a service is a proxy, by its name or its image.
pub(super) fn passes_on(service: &Entry) -> bool {
    let image = service.value.get("image").and_then(Node::as_str).unwrap_or_default();
    let names = [service.key.value.to_ascii_lowercase(), image.to_ascii_lowercase()];
    PROXIES.iter().any(|it| names.iter().any(|name| name.contains(it)))
}

/// Whether a value has the address of a host in it: `http://api:8000/v1`.
fn asks(value: &str, host: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        value.match_indices(scheme).any(|(at, _)| {
            let rest = &value[at + scheme.len()..];
            rest.split([':', '/', '?', ',', ' ', '"', '\'']).next() == Some(host)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_host_alone() {
        assert!(asks("http://api:8000/v1", "api"));
        assert!(asks("redis://r,https://api", "api"));
        assert!(!asks("http://api.example.com", "api"));
        assert!(!asks("postgres://api:5432", "api"));
    }

    #[test]
    fn names_tell_who_works_on_jobs() {
        assert!(is_for_jobs("celery_beat") && is_for_jobs("api-worker"));
        assert!(!is_for_jobs("space"));
    }
}

//! Facts of the requests that a proxy passes on, from the places where it does.

use super::read::Pass;
use super::scope::{Header, Scope};
use super::target::Target;
use crate::fact::{Case, Fact, Origin, OriginKind, State, Unknown, Value};
use crate::project::Facts;
use crate::quantity::{self, MEGABYTE};
use crate::vocabulary::{self as v, FactId};

/// What these places say together; at least one of them.
pub(crate) fn of_passes(passes: &[&Pass]) -> Facts {
    let mut facts = Facts::new();
    let bodies = passes.iter().map(|it| (body(it), it.scope.is_optional)).collect();
    let time = |name: &'static str| passes.iter().map(|it| time_s(it, name)).collect();
    let yes = |of: fn(&Pass) -> Fact| passes.iter().map(|it| of(it)).collect::<Vec<_>>();
    let on = |name: &'static str| passes.iter().map(|it| switch(it, name)).collect();
    let all: [(FactId, Option<Fact>); 11] = [
        (v::PROXY_BODY_LIMIT_MB, largest(bodies)),
        (v::PROXY_READ_TIMEOUT_S, alike(time("_read_timeout"))),
        (v::PROXY_CONNECT_TIMEOUT_S, alike(time("_connect_timeout"))),
        (v::PROXY_SEND_TIMEOUT_S, alike(time("_send_timeout"))),
        (v::PROXY_BUFFERS_RESPONSES, either(on("_buffering"))),
        (v::PROXY_BUFFERS_REQUESTS, either(on("_request_buffering"))),
        (v::PROXY_PROTOCOL, either(yes(protocol))),
        (v::PROXY_TERMINATES_TLS, either(yes(terminates_tls))),
        (v::PROXY_SETS_FORWARDED_PROTO, either(yes(sets_forwarded_proto))),
        (v::PROXY_PASSES_HOST, either(yes(passes_host))),
        (v::PROXY_PASSES_UPGRADE, any(yes(passes_upgrade))),
    ];
    // What is not written is labelled where requests are passed on.
    for (id, fact) in all {
        if let Some(fact) = fact {
            facts.set(id, fact);
        }
        if let Some(pass) = passes.first() {
            facts.anchor(id, pass.span);
        }
    }
    facts
}

/// The port that requests go to at a host that `is_it` knows, where it is written.
pub(crate) fn port(passes: &[&Pass], is_it: &dyn Fn(&str) -> bool) -> Option<Fact> {
    let addresses = passes.iter().flat_map(|it| &it.addresses);
    let ports = addresses.filter_map(|it| match &it.target {
        Target::Host { host, port: Some(port) } if is_it(host) => {
            let origin = Origin::written(it.span, "nginx");
            Some(Fact::known(Value::Int(i64::from(*port)), origin))
        }
        _ => None,
    });
    either(ports.collect())
}

/// The largest body; null without a limit. `client_max_body_size` is 1 MB when nothing says it.
fn body(pass: &Pass) -> Fact {
    if let Some(unknown) = &pass.body {
        return Fact::unknown(unknown.clone(), Origin::written(pass.span, "nginx"));
    }
    setting(&pass.scope, "client_max_body_size", Value::Int(1), |text| {
        let bytes = quantity::nginx::bytes(text)?;
        Some(match bytes {
            0 => Value::Null,
            bytes => Value::of_number(bytes as f64 / MEGABYTE as f64),
        })
    })
}

/// How long nginx waits: 60 seconds when nothing says it.
fn time_s(pass: &Pass, name: &str) -> Fact {
    let name = format!("{}{name}", pass.protocol);
    setting(&pass.scope, &name, Value::Int(60), |text| {
        quantity::nginx::timeout_s(text).map(Value::of_number)
    })
}

/// What is on when nothing says it.
fn switch(pass: &Pass, name: &str) -> Fact {
    let name = format!("{}{name}", pass.protocol);
    setting(&pass.scope, &name, Value::Bool(true), |text| match text {
        "on" => Some(Value::Bool(true)),
        "off" => Some(Value::Bool(false)),
        _ => None,
    })
}

fn setting(
    scope: &Scope,
    name: &str,
    default: Value,
    read: impl FnOnce(&str) -> Option<Value>,
) -> Fact {
    let origin = |span| Origin::written(span, format!("`{name}`"));
    match (scope.settings.get(name), &scope.hidden) {
        (Some((Ok(text), span)), None) => match read(text) {
            Some(value) => Fact::known(value, origin(*span)),
            None => {
                let reason = format!("nginx does not take `{text}` for `{name}`");
                Fact::unknown(Unknown::because(reason), origin(*span))
            }
        },
        (Some((Err(unknown), span)), _) => Fact::unknown(unknown.clone(), origin(*span)),
        (Some((_, span)), Some(unknown)) => Fact::unknown(unknown.clone(), origin(*span)),
        (None, hidden) => {
            let origin = Origin::new(OriginKind::Default, "nginx default");
            match hidden {
                None if scope.file_is_whole => Fact::known(default, origin),
                Some(unknown) => Fact::unknown(unknown.clone(), origin),
                None => {
                    let reason = "the file that includes this one is not in this project";
                    Fact::unknown(Unknown::because(reason), origin)
                }
            }
        }
    }
}

fn protocol(pass: &Pass) -> Fact {
    let name = if pass.protocol == "proxy" { "http" } else { pass.protocol };
    Fact::known(Value::Text(name.to_owned()), Origin::written(pass.span, "nginx"))
}

fn terminates_tls(pass: &Pass) -> Fact {
    let origin = Origin::new(OriginKind::Derived, "`listen` of the nginx server");
    match pass.scope.takes_tls {
        Some(takes) => Fact::known(Value::Bool(takes), origin),
        None => {
            let reason = "it is not known what the nginx server listens on";
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
}

fn sets_forwarded_proto(pass: &Pass) -> Fact {
    header(pass, "X-Forwarded-Proto", |text| !text.is_empty())
}

/// Without a header of its own, nginx sends the name of the upstream.
fn passes_host(pass: &Pass) -> Fact {
    header(pass, "Host", |text| text.contains("$host") || text.contains("$http_host"))
}

/// `Upgrade` and `Connection` are about one connection: nginx sends them on only when it is told.
fn passes_upgrade(pass: &Pass) -> Fact {
    let upgrade = header(pass, "Upgrade", |text| !text.is_empty());
    if upgrade.value() != Some(&Value::Bool(true)) {
        return upgrade;
    }
    header(pass, "Connection", |text| !text.is_empty() && !text.eq_ignore_ascii_case("close"))
}

/// Whether a header that is set is such a one; other protocols than HTTP pass their own parameters.
fn header(pass: &Pass, name: &str, is_it: impl FnOnce(&str) -> bool) -> Fact {
    let origin = |span| Origin::written(span, format!("`{name}` set by nginx"));
    if pass.protocol != "proxy" {
        let reason = "requests are not passed on as HTTP";
        return Fact::unknown(Unknown::because(reason), origin(pass.span));
    }
    match pass.scope.header(name) {
        Header::Set((Ok(text), span)) => Fact::known(Value::Bool(is_it(text)), origin(*span)),
        Header::Set((Err(unknown), span)) => Fact::unknown(unknown.clone(), origin(*span)),
        Header::Absent => Fact::known(
            Value::Bool(false),
            Origin::new(OriginKind::Default, format!("nginx sets no `{name}`")),
        ),
        Header::Unknown(unknown) => {
            Fact::unknown(unknown, Origin::new(OriginKind::Default, "nginx"))
        }
    }
}

/// The largest of several limits: a body of that size reaches the server somewhere. Of a location
/// that may not be there (`true`) only one that is larger than the others matters.
fn largest(facts: Vec<(Fact, bool)>) -> Option<Fact> {
    let rank = |it: &Fact| match it.value() {
        Some(Value::Null) => f64::INFINITY,
        value => value.and_then(Value::as_number).unwrap_or(0.0),
    };
    if let Some((unknown, _)) = facts.iter().find(|(it, _)| it.value().is_none()) {
        return Some(unknown.clone());
    }
    let (optional, certain): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(_, it)| *it);
    // The first of equal ones is the one that a reader meets first.
    let largest = |facts: Vec<(Fact, bool)>| {
        let facts = facts.into_iter().map(|(it, _)| it);
        facts.reduce(|best, it| if rank(&it) > rank(&best) { it } else { best })
    };
    match (largest(certain), largest(optional)) {
        (Some(certain), Some(optional)) if rank(&certain) >= rank(&optional) => Some(certain),
        (certain, None) => certain,
        (_, Some(optional)) => {
            let reason = "the template decides whether the block is there";
            Some(Fact::unknown(Unknown::because(reason), optional.origin))
        }
    }
}

/// One value when all agree, and the bounds when they do not.
fn alike(facts: Vec<Fact>) -> Option<Fact> {
    if let Some(unknown) = facts.iter().find(|it| it.number().is_none()) {
        return Some(unknown.clone());
    }
    let numbers: Vec<f64> = facts.iter().filter_map(Fact::number).collect();
    let min = numbers.iter().copied().reduce(f64::min)?;
    let max = numbers.iter().copied().reduce(f64::max)?;
    let first = facts.into_iter().next()?;
    Some(match min == max {
        true => first,
        false => Fact::new(State::Range { min, max }, first.origin),
    })
}

/// One value when all agree, and the candidates when they do not.
fn either(facts: Vec<Fact>) -> Option<Fact> {
    if let Some(unknown) = facts.iter().find(|it| it.value().is_none()) {
        return Some(unknown.clone());
    }
    let case = |it: &Fact| it.value().map(|value| Case::new(value.clone(), it.origin.span));
    let state = State::one_of(facts.iter().filter_map(case).collect())?;
    let first = facts.into_iter().next()?;
    Some(Fact::new(state, first.origin))
}

/// Whether it holds anywhere.
fn any(facts: Vec<Fact>) -> Option<Fact> {
    let holds = |it: &&Fact| it.value() == Some(&Value::Bool(true));
    let holding = facts.iter().find(holds).cloned();
    holding.or_else(|| either(facts))
}

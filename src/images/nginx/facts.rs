//! Facts of the requests that nginx passes on, from the directives in force where it does.

use super::PROGRAM;
use super::read::Passing;
use super::scope::{Header, Scope};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::images::proxy::{OTHER_SCHEME_HEADERS, Pass, tells_in};
use crate::project::Facts;
use crate::quantity::{self, MEGABYTE};
use crate::vocabulary::{self as v, FactId};

/// What nginx does with the requests that it passes on at a place.
pub(super) fn of_pass(pass: Passing) -> Pass {
    let (on, time) = (|name| switch(&pass, name), |name| time_s(&pass, name));
    let program = Fact::known(Value::Text(PROGRAM.to_owned()), Origin::written(pass.span, PROGRAM));
    let all: [(FactId, Fact); 13] = [
        (v::PROXY_PROGRAM, program),
        (v::PROXY_BODY_LIMIT_MB, body(&pass)),
        (v::PROXY_READ_TIMEOUT_S, time("_read_timeout")),
        (v::PROXY_CONNECT_TIMEOUT_S, time("_connect_timeout")),
        (v::PROXY_SEND_TIMEOUT_S, time("_send_timeout")),
        (v::PROXY_BUFFERS_RESPONSES, on("_buffering")),
        (v::PROXY_BUFFERS_REQUESTS, on("_request_buffering")),
        (v::PROXY_PROTOCOL, protocol(&pass)),
        (v::PROXY_TERMINATES_TLS, terminates_tls(&pass)),
        (v::PROXY_SETS_FORWARDED_PROTO, sets_forwarded_proto(&pass)),
        (v::PROXY_PASSES_HOST, passes_host(&pass)),
        (v::PROXY_OWN_HOST, own_host(&pass)),
        (v::PROXY_PASSES_UPGRADE, passes_upgrade(&pass)),
    ];
    let mut facts = Facts::new();
    for (id, fact) in all {
        facts.set(id, fact);
    }
    let Passing { addresses, span, scope, .. } = pass;
    Pass { addresses, span, is_optional: scope.is_optional, facts }
}

/// The largest body; null without a limit. `client_max_body_size` is 1 MB when nothing says it.
fn body(pass: &Passing) -> Fact {
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
fn time_s(pass: &Passing, name: &str) -> Fact {
    let name = format!("{}{name}", pass.protocol);
    setting(&pass.scope, &name, Value::Int(60), |text| {
        quantity::nginx::timeout_s(text).map(Value::of_number)
    })
}

/// What is on when nothing says it.
fn switch(pass: &Passing, name: &str) -> Fact {
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

fn protocol(pass: &Passing) -> Fact {
    let name = if pass.protocol == "proxy" { "http" } else { pass.protocol };
    Fact::known(Value::Text(name.to_owned()), Origin::written(pass.span, "nginx"))
}

fn terminates_tls(pass: &Passing) -> Fact {
    let origin = Origin::new(OriginKind::Derived, "`listen` of the nginx server");
    match pass.scope.takes_tls {
        Some(takes) => Fact::known(Value::Bool(takes), origin),
        None => {
            let reason = "it is not known what the nginx server listens on";
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
}

fn sets_forwarded_proto(pass: &Passing) -> Fact {
    let other = OTHER_SCHEME_HEADERS.iter().find_map(|it| match pass.scope.header(it) {
        Header::Set((_, span)) => Some((*it, *span)),
        Header::Absent | Header::Unknown(_) => None,
    });
    let proto = header(pass, "X-Forwarded-Proto", |text| !text.is_empty());
    match other {
        Some((name, span)) if proto.value() == Some(&Value::Bool(false)) => {
            Fact::unknown(tells_in(name), Origin::written(span, format!("`{name}` set by nginx")))
        }
        _ => proto,
    }
}

/// Without a header of its own, nginx sends the name of the upstream.
fn passes_host(pass: &Passing) -> Fact {
    header(pass, "Host", |text| text.contains("$host") || text.contains("$http_host"))
}

/// The name behind `proxy_pass`, where no header says another.
fn own_host(pass: &Passing) -> Fact {
    let passes = passes_host(pass);
    let is_set = matches!(pass.scope.header("Host"), Header::Set(_));
    let value = match (&passes.state, &pass.asked) {
        (State::Known(Value::Bool(true)), _) => Value::Null,
        (State::Known(_), Some(host)) if !is_set => Value::Text(host.clone()),
        (State::Known(_), _) => {
            let unknown = Unknown::because("which host nginx names is not read");
            return Fact::unknown(unknown, passes.origin);
        }
        _ => return passes,
    };
    Fact::known(value, passes.origin)
}

/// `Upgrade` and `Connection` are about one connection: nginx sends them on only when it is told.
fn passes_upgrade(pass: &Passing) -> Fact {
    let upgrade = header(pass, "Upgrade", |text| !text.is_empty());
    if upgrade.value() != Some(&Value::Bool(true)) {
        return upgrade;
    }
    header(pass, "Connection", |text| !text.is_empty() && !text.eq_ignore_ascii_case("close"))
}

/// Whether a header that is set is such a one; other protocols than HTTP pass their own parameters.
fn header(pass: &Passing, name: &str, is_it: impl FnOnce(&str) -> bool) -> Fact {
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

//! A proxy in front of a server, whatever program it is: where it passes requests to, and what it
//! does with them on the way.
//!
//! A reader of the program's configuration gives the places where requests are passed on, each with
//! its facts; here they become those of the server behind.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::{Case, Fact, Origin, OriginKind, State, Unknown, Value};
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary::{self as v, FactId};

/// What is said of a proxy in front of a server: none of it, where there is no proxy.
const FACTS: &[FactId] = &[
    v::PROXY_PROGRAM,
    v::PROXY_BODY_LIMIT_MB,
    v::PROXY_READ_TIMEOUT_S,
    v::PROXY_CONNECT_TIMEOUT_S,
    v::PROXY_SEND_TIMEOUT_S,
    v::PROXY_BUFFERS_REQUESTS,
    v::PROXY_BUFFERS_RESPONSES,
    v::PROXY_PROTOCOL,
    v::PROXY_PORT,
    v::PROXY_TERMINATES_TLS,
    v::PROXY_SETS_FORWARDED_PROTO,
    v::PROXY_PASSES_HOST,
    v::PROXY_OWN_HOST,
    v::PROXY_PASSES_UPGRADE,
];

/// Headers in which servers look for HTTPS beside `X-Forwarded-Proto`: gunicorn's
/// `secure_scheme_headers` has both by default, others read neither.
pub(super) const OTHER_SCHEME_HEADERS: [&str; 2] = ["X-Forwarded-Ssl", "X-Forwarded-Protocol"];

/// Why it is not known whether a server learns of HTTPS that a proxy tells in one of these.
pub(super) fn tells_in(header: &str) -> Unknown {
    Unknown::because(format!("the proxy sends `{header}`, which only some servers read"))
}

/// What a configuration says of the requests that it passes on.
pub(crate) struct Configuration {
    /// Each place where requests go on to a server.
    pub(crate) passes: Vec<Pass>,
    /// Why there may be more of them.
    pub(crate) hidden: Option<Unknown>,
    /// The ports that it listens on.
    pub(crate) listens: Vec<u16>,
    /// What its program refuses of it.
    pub(crate) refused: Vec<Diagnostic>,
    /// Folders that it serves files from by itself.
    pub(crate) folders: Vec<(String, Span)>,
}

/// A place where requests go on to a server.
pub(crate) struct Pass {
    /// The servers that requests go to.
    pub(crate) addresses: Vec<Address>,
    /// The name of the directive.
    pub(crate) span: Span,
    /// Whether a template decides if the place is there.
    pub(crate) is_optional: bool,
    /// What is done with the requests.
    pub(crate) facts: Facts,
}

/// An address that requests go to, and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    /// The address.
    pub(crate) target: Target,
    /// Where it is written: in the `upstream`, or behind the directive that passes requests on.
    pub(crate) span: Span,
}

/// Where requests go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// To a host, by name or address.
    Host {
        /// The name or address as written, without brackets.
        host: String,
        /// The port, or that of the protocol. `None` where the protocol has none.
        port: Option<u16>,
    },
    /// To a socket of the same machine, by its path; what stands there of another kind of socket.
    Socket(String),
    /// Nobody knows.
    Unknown(Unknown),
}

/// Mistakes of one configuration that are said.
pub(super) const REFUSED_MAX: usize = 100;

/// A mistake for which a program refuses its configuration, under the rule for that program.
pub(super) fn refused(
    (program, rule): (&str, &'static str),
    span: Span,
    why: &str,
    help: impl Into<String>,
) -> Diagnostic {
    let message = format!("{program} refuses its configuration: {why}");
    Diagnostic::new(rule, Severity::Error, message, Label::new(span, "")).with_help(help)
}

/// What is known of a proxy that is there and cannot be read.
pub(crate) fn unknown(reason: &Unknown) -> Facts {
    let mut facts = Facts::new();
    for id in FACTS {
        let origin = Origin::new(OriginKind::Derived, "a proxy is in front");
        facts.set(*id, Fact::unknown(reason.clone(), origin));
    }
    facts
}

/// Says of a web process whose command starts no proxy that none is in front, as far as files tell.
/// What a manifest says of one beside it stays.
pub(crate) fn absent(facts: &mut Facts) {
    if facts.get(v::KIND).and_then(Fact::text) != Some("web") {
        return;
    }
    for id in FACTS {
        if facts.get(*id).is_none() {
            let origin = Origin::new(OriginKind::Default, "the command starts no proxy");
            facts.set(*id, Fact::known(Value::Null, origin));
        }
    }
}

/// What these places say together; at least one of them.
pub(crate) fn of_passes(passes: &[&Pass]) -> Facts {
    let mut facts = Facts::new();
    // Where requests go at each server is a question of its own.
    for id in FACTS.iter().filter(|it| **it != v::PROXY_PORT) {
        let all = passes.iter().filter_map(|it| Some((it.facts.get(*id)?.clone(), it.is_optional)));
        let all: Vec<(Fact, bool)> = all.collect();
        let alone = || all.iter().map(|it| it.0.clone()).collect();
        let fact = match *id {
            v::PROXY_BODY_LIMIT_MB => largest(all),
            v::PROXY_READ_TIMEOUT_S | v::PROXY_CONNECT_TIMEOUT_S | v::PROXY_SEND_TIMEOUT_S => {
                alike(alone())
            }
            v::PROXY_PASSES_UPGRADE => any(alone()),
            _ => either(alone()),
        };
        if let Some(fact) = fact {
            facts.set(*id, fact);
        }
        // What is not written is labelled where requests are passed on.
        if let Some(pass) = passes.first() {
            facts.anchor(*id, pass.span);
        }
    }
    facts
}

/// The port that requests go to at a host that `is_it` knows, where it is written.
pub(crate) fn port(passes: &[&Pass], is_it: &dyn Fn(&str) -> bool) -> Option<Fact> {
    let addresses = passes.iter().flat_map(|it| &it.addresses);
    let ports = addresses.filter_map(|it| match &it.target {
        Target::Host { host, port: Some(port) } if is_it(host) => {
            let origin = Origin::written(it.span, "the proxy");
            Some(Fact::known(Value::Int(i64::from(*port)), origin))
        }
        _ => None,
    });
    either(ports.collect())
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

/// One value when all agree, and the bounds when they do not. No limit anywhere is null.
fn alike(facts: Vec<Fact>) -> Option<Fact> {
    let is_null = |it: &Fact| it.value() == Some(&Value::Null);
    if let Some(unknown) = facts.iter().find(|it| it.number().is_none() && !is_null(it)) {
        return Some(unknown.clone());
    }
    let without = facts.iter().filter(|it| is_null(it)).count();
    if without > 0 && without < facts.len() {
        let limited = facts.into_iter().find(|it| !is_null(it))?;
        let reason = "the places that pass requests on differ in whether there is a limit";
        return Some(Fact::unknown(Unknown::because(reason), limited.origin));
    }
    let numbers: Vec<f64> = facts.iter().filter_map(Fact::number).collect();
    let bounds =
        (numbers.iter().copied().reduce(f64::min), numbers.iter().copied().reduce(f64::max));
    let first = facts.into_iter().next()?;
    Some(match bounds {
        (Some(min), Some(max)) if min < max => Fact::new(State::Range { min, max }, first.origin),
        _ => first,
    })
}

/// One value when all agree, and the candidates when they do not.
pub(crate) fn either(facts: Vec<Fact>) -> Option<Fact> {
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

/// Where requests are passed on to, as tests write it: `web:8000`, and `?` for a port of its own.
#[cfg(test)]
pub(super) fn shown(passes: &[&Pass]) -> String {
    let target = |it: &Address| match &it.target {
        Target::Host { host, port } => {
            format!("{host}:{}", port.map_or("?".to_owned(), |it| it.to_string()))
        }
        Target::Socket(_) => "socket".to_owned(),
        Target::Unknown(_) => "unknown".to_owned(),
    };
    let all: Vec<String> = passes.iter().flat_map(|it| &it.addresses).map(target).collect();
    all.join(" ")
}

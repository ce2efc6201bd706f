//! Facts of the requests that a line passes on.

use super::PROGRAM;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::container::Container;
use crate::images::proxy::{Address, OTHER_SCHEME_HEADERS, Pass, Target, tells_in};
use crate::parse::nginx::{Argument, Directive};
use crate::project::{Facts, Lookup};
use crate::source::Span;
use crate::vocabulary as v;

/// Seconds that httpd waits for the next bytes where nothing is written.
/// Source: <https://httpd.apache.org/docs/2.4/mod/core.html#timeout> (2026-11-30)
const TIMEOUT_S: i64 = 60;

/// The largest body, in MB, where nothing is written: since 2.4.54; it was not limited before.
/// Source: <https://httpd.apache.org/docs/2.4/mod/core.html#limitrequestbody> (2026-11-30)
const BODY_MB: i64 = 1024;

/// The servers of a group (`<Proxy "balancer://NAME">`).
#[derive(Clone)]
pub(super) struct Balancer<'a> {
    name: &'a str,
    members: Vec<&'a Argument>,
}

/// The groups that stand among some lines.
pub(super) fn balancers(lines: &[Directive]) -> Vec<Balancer<'_>> {
    let groups = lines.iter().filter(|it| it.name.value == "proxy").filter_map(|it| {
        let name = it.argument(0)?.strip_prefix("balancer://")?.trim_end_matches('/');
        let members = it.block.iter().flatten().filter(|it| it.name.value == "balancermember");
        Some(Balancer { name, members: members.filter_map(|it| it.arguments.first()).collect() })
    });
    groups.collect()
}

/// What holds at some place of a configuration.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    timeout: Option<&'a Directive>,
    proxy_timeout: Option<&'a Directive>,
    body: Option<&'a Directive>,
    keeps_host: Option<&'a Directive>,
    tls: Option<&'a Directive>,
    headers: Vec<&'a Directive>,
}

impl<'a> Scope<'a> {
    /// What holds in a section with these lines.
    pub(super) fn inside(&self, lines: &'a [Directive]) -> Self {
        let mut scope = self.clone();
        for line in lines {
            match line.name.value.as_str() {
                "timeout" => scope.timeout = Some(line),
                "proxytimeout" => scope.proxy_timeout = Some(line),
                "limitrequestbody" => scope.body = Some(line),
                "proxypreservehost" => scope.keeps_host = Some(line),
                "sslengine" => scope.tls = Some(line),
                "requestheader" => scope.headers.push(line),
                _ => {}
            }
        }
        scope
    }
}

/// Where the requests of a virtual host go.
pub(super) fn of_host(
    lines: &[Directive],
    scope: &Scope<'_>,
    balancers: &[Balancer<'_>],
    container: &Container,
) -> Vec<Pass> {
    lines.iter().flat_map(|it| of_line(it, scope, balancers, container)).collect()
}

/// Where the requests of a line go, or those of the lines in its section.
pub(super) fn of_line(
    line: &Directive,
    scope: &Scope<'_>,
    balancers: &[Balancer<'_>],
    container: &Container,
) -> Vec<Pass> {
    let name = line.name.value.as_str();
    if let Some(block) = line.block.as_deref() {
        // What a section says of other requests, such as those to a proxy for everybody, is not ours.
        if !["location", "locationmatch"].contains(&name) {
            return Vec::new();
        }
        let scope = scope.inside(block);
        let inside = block.iter().flat_map(|it| of_line(it, &scope, balancers, container));
        return inside.collect();
    }
    let url = match name {
        // Inside of a section the path is left out.
        "proxypass" | "proxypassmatch" => {
            line.arguments.iter().take(2).find(|it| address_of(it).is_some())
        }
        "rewriterule" => {
            let flags = line.argument(2).unwrap_or_default().trim_matches(['[', ']']);
            let mut flags = flags.split(',').map(str::trim);
            let is_proxy = flags.any(|it| it.eq_ignore_ascii_case("p") || it == "proxy");
            line.arguments.get(1).filter(|it| is_proxy && address_of(it).is_some())
        }
        _ => None,
    };
    url.map(|url| pass(line, url, scope, balancers, container)).into_iter().collect()
}

/// The protocol of an address, and what stands behind `://`.
fn address_of(word: &Argument) -> Option<(&str, &str)> {
    let text = word.text.as_deref()?;
    let (protocol, rest) = text.split_once("://")?;
    let is_word = !protocol.is_empty() && protocol.bytes().all(|it| it.is_ascii_alphanumeric());
    (is_word || protocol.starts_with("unix:")).then_some((protocol, rest))
}

fn pass(
    line: &Directive,
    url: &Argument,
    scope: &Scope<'_>,
    balancers: &[Balancer<'_>],
    container: &Container,
) -> Pass {
    let (protocol, rest) = address_of(url).unwrap_or_default();
    let group = (protocol == "balancer").then(|| {
        let name = rest.split('/').next().unwrap_or_default();
        balancers.iter().find(|it| it.name == name).map(|it| it.members.as_slice())
    });
    let unknown = || {
        let reason = format!("the group of servers is not in the file of {PROGRAM}");
        vec![Address { target: Target::Unknown(Unknown::because(reason)), span: url.span }]
    };
    let addresses = match group {
        Some(Some(members)) if !members.is_empty() => {
            members.iter().map(|it| address(it, container)).collect()
        }
        Some(_) => unknown(),
        None => vec![address(url, container)],
    };
    let first = group.flatten().and_then(|it| it.first()).and_then(|it| address_of(it));
    let (protocol, _) = first.unwrap_or((protocol, rest));
    let span = line.name.span;
    let read = timeout(line, scope);
    let connect = option(line, "connectiontimeout").map(|(span, text)| {
        let text = text.trim_end_matches("ms").to_owned();
        seconds(&text, span, "`connectiontimeout`")
    });
    let mut facts = Facts::new();
    for (id, fact) in [
        (v::PROXY_PROGRAM, written(span, Value::Text(PROGRAM.to_owned()))),
        (v::PROXY_BODY_LIMIT_MB, body_limit(scope)),
        (v::PROXY_CONNECT_TIMEOUT_S, connect.unwrap_or_else(|| read.clone())),
        (v::PROXY_SEND_TIMEOUT_S, read.clone()),
        (v::PROXY_READ_TIMEOUT_S, read),
        (v::PROXY_TERMINATES_TLS, is_on(scope.tls, span, "`SSLEngine`")),
        (v::PROXY_BUFFERS_REQUESTS, by_default(Value::Bool(false))),
        (v::PROXY_BUFFERS_RESPONSES, by_default(Value::Bool(false))),
        (v::PROXY_PROTOCOL, speaks(protocol, span)),
        (v::PROXY_SETS_FORWARDED_PROTO, forwarded_proto(scope)),
        (v::PROXY_PASSES_HOST, is_on(scope.keeps_host, span, "`ProxyPreserveHost`")),
        (v::PROXY_PASSES_UPGRADE, upgrade(line, protocol, span)),
    ] {
        facts.set(id, fact);
    }
    Pass { addresses, span, is_optional: false, facts }
}

fn written(span: Span, value: Value) -> Fact {
    Fact::known(value, Origin::written(span, PROGRAM))
}

fn by_default(value: Value) -> Fact {
    Fact::known(value, Origin::new(OriginKind::Default, "Apache default"))
}

/// `http://web:8000/`, `unix:/run/app.sock|http://localhost/`, with variables of the environment.
fn address(word: &Argument, container: &Container) -> Address {
    let reason = "a variable that no file sets is in the address of the server";
    let unknown = || Target::Unknown(Unknown::because(reason));
    let text = word.text.as_deref().and_then(|it| filled_in(it, container));
    let target = text.map_or_else(unknown, |text| {
        if let Some(path) = text.strip_prefix("unix:") {
            return Target::Socket(path.split('|').next().unwrap_or_default().to_owned());
        }
        let (protocol, rest) = text.split_once("://").unwrap_or(("", &text));
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        let port = match protocol {
            "http" | "ws" | "h2c" => Some(80),
            "https" | "wss" | "h2" => Some(443),
            "ajp" => Some(8009),
            "fcgi" => Some(8000),
            _ => None,
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, own)) if !own.contains(']') => (host, own.parse().ok()),
            _ => (host, port),
        };
        // `$1` of an expression, and `%{…}` of a rewrite.
        match host.trim_matches(['[', ']']) {
            host if host.is_empty() || host.contains(['$', '%']) => {
                Target::Unknown(Unknown::because("the address is worked out for each request"))
            }
            host => Target::Host { host: host.to_owned(), port },
        }
    });
    Address { target, span: word.span }
}

/// The text with the variables of the environment. `None` where one is not known.
fn filled_in(text: &str, container: &Container) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let (name, behind) = rest[at + 2..].split_once('}')?;
        match container.environment.get(name) {
            Lookup::Set(fact) => out.push_str(fact.text()?),
            Lookup::Unset | Lookup::Unmentioned => return None,
        }
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

/// The value of `KEY=value` behind an address.
fn option<'a>(line: &'a Directive, key: &str) -> Option<(Span, &'a str)> {
    line.arguments.iter().find_map(|it| {
        let (name, value) = it.text.as_deref()?.split_once('=')?;
        (name.eq_ignore_ascii_case(key)).then_some((it.span, value))
    })
}

/// How long httpd waits for the server: `timeout=` of the address, `ProxyTimeout`, `Timeout`.
fn timeout(line: &Directive, scope: &Scope<'_>) -> Fact {
    if let Some((span, text)) = option(line, "timeout") {
        return seconds(text, span, "`timeout=`");
    }
    for (line, name) in [(scope.proxy_timeout, "`ProxyTimeout`"), (scope.timeout, "`Timeout`")] {
        if let Some(argument) = line.and_then(|it| it.arguments.first()) {
            return seconds(argument.text.as_deref().unwrap_or_default(), argument.span, name);
        }
    }
    by_default(Value::Int(TIMEOUT_S))
}

fn seconds(text: &str, span: Span, name: &str) -> Fact {
    let origin = Origin::written(span, name);
    match text.parse::<i64>() {
        Ok(seconds) if seconds > 0 => Fact::known(Value::Int(seconds), origin),
        _ => {
            let reason = format!("{name} is not written as a number of seconds");
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
}

/// `LimitRequestBody` in bytes; 0 is no limit.
fn body_limit(scope: &Scope<'_>) -> Fact {
    let Some(argument) = scope.body.and_then(|it| it.arguments.first()) else {
        return by_default(Value::Int(BODY_MB));
    };
    let origin = Origin::written(argument.span, "`LimitRequestBody`");
    match argument.text.as_deref().and_then(|it| it.parse::<u64>().ok()) {
        Some(0) => Fact::known(Value::Null, origin),
        Some(bytes) => Fact::known(Value::of_number(bytes as f64 / 1_048_576.0), origin),
        None => Fact::unknown(Unknown::because("it is not a number of bytes"), origin),
    }
}

fn is_on(line: Option<&Directive>, span: Span, name: &str) -> Fact {
    let Some(line) = line else { return by_default(Value::Bool(false)) };
    let is_on = match line.argument(0).map(str::to_ascii_lowercase).as_deref() {
        Some("on" | "optional") => Value::Bool(true),
        Some("off") => Value::Bool(false),
        _ => {
            let unknown = Unknown::because(format!("{name} is neither on nor off"));
            return Fact::unknown(unknown, Origin::written(span, PROGRAM));
        }
    };
    Fact::known(is_on, Origin::written(line.arguments[0].span, name))
}

fn speaks(protocol: &str, span: Span) -> Fact {
    let protocol = match protocol {
        "http" | "https" | "ws" | "wss" | "h2" | "h2c" => "http",
        "uwsgi" => "uwsgi",
        "fcgi" => "fastcgi",
        // Over a socket, the address behind it says which one.
        _ => {
            let reason = "the protocol is one of which nothing is known here";
            return Fact::unknown(Unknown::because(reason), Origin::written(span, PROGRAM));
        }
    };
    written(span, Value::Text(protocol.to_owned()))
}

/// Whether the server learns that the client came over HTTPS: httpd itself sends `X-Forwarded-For`,
/// `-Host` and `-Server` alone.
fn forwarded_proto(scope: &Scope<'_>) -> Fact {
    let about = |name: &str| {
        let is_it =
            |it: &&&Directive| it.argument(1).is_some_and(|it| it.eq_ignore_ascii_case(name));
        scope.headers.iter().rev().find(is_it).copied()
    };
    let Some(line) = about("X-Forwarded-Proto") else {
        let other = OTHER_SCHEME_HEADERS.iter().find_map(|it| Some((*it, about(it)?)));
        return match other {
            Some((name, line)) => {
                Fact::unknown(tells_in(name), Origin::written(line.name.span, PROGRAM))
            }
            None => by_default(Value::Bool(false)),
        };
    };
    let span = line.name.span;
    let has_condition = line.argument(3).is_some();
    match line.argument(0).map(str::to_ascii_lowercase).as_deref() {
        Some("set" | "setifempty") if !has_condition => written(span, Value::Bool(true)),
        Some("unset") if !has_condition => written(span, Value::Bool(false)),
        _ => {
            let reason = "a condition or an edit decides about the header";
            Fact::unknown(Unknown::because(reason), Origin::written(span, PROGRAM))
        }
    }
}

/// Whether WebSockets pass: by their own protocol, or by `upgrade=websocket` (since 2.4.47).
fn upgrade(line: &Directive, protocol: &str, span: Span) -> Fact {
    match option(line, "upgrade") {
        Some((span, _)) => written(span, Value::Bool(true)),
        None if matches!(protocol, "ws" | "wss") => written(span, Value::Bool(true)),
        None => by_default(Value::Bool(false)),
    }
}

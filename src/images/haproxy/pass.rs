//! Facts of the requests that one backend passes on.

use super::PROGRAM;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::container::Container;
use crate::images::proxy::{Address, OTHER_SCHEME_HEADERS, Pass, Target, tells_in};
use crate::parse::nginx::{Argument, Directive};
use crate::project::{Facts, Lookup};
use crate::source::Span;
use crate::vocabulary::{self as v, FactId};

/// A frontend, a backend, or what is both (`listen`).
pub(super) struct Proxy<'a> {
    section: &'a Directive,
    /// What holds where the section itself says nothing.
    defaults: Option<&'a Directive>,
    /// The backends that it names.
    targets: Vec<&'a str>,
}

impl<'a> Proxy<'a> {
    pub(super) fn new(section: &'a Directive, defaults: Option<&'a Directive>) -> Self {
        let mut proxy = Self { section, defaults, targets: Vec::new() };
        let chosen = proxy.own().iter().filter(|it| it.name.value == "use_backend");
        let other = proxy.last(&["default_backend"]);
        proxy.targets = chosen.chain(other).filter_map(|it| it.argument(0)).collect();
        proxy
    }

    pub(super) fn is_front(&self) -> bool {
        self.section.name.value != "backend"
    }

    pub(super) fn is_back(&self) -> bool {
        self.section.name.value != "frontend"
    }

    fn own(&self) -> &'a [Directive] {
        self.section.block.as_deref().unwrap_or_default()
    }

    /// Its lines, behind those of its defaults.
    fn lines(&self) -> impl Iterator<Item = &'a Directive> {
        let defaults = self.defaults.and_then(|it| it.block.as_deref()).unwrap_or_default();
        defaults.iter().chain(self.own())
    }

    /// The last line that begins with these words: it wins over those before.
    fn last(&self, words: &[&str]) -> Option<&'a Directive> {
        self.lines().filter(|it| begins(it, words)).last()
    }

    fn is_http(&self) -> bool {
        // Without `mode` it is TCP.
        self.last(&["mode"]).and_then(|it| it.argument(0)) == Some("http")
    }

    /// Whether requests may go from here to a backend. What is worked out for each request may be
    /// any of them.
    pub(super) fn leads_to(&self, backend: &Proxy<'_>) -> bool {
        let name = backend.section.argument(0);
        let is_it = |it: &str| Some(it) == name || it.contains(['%', '$']);
        std::ptr::eq(self.section, backend.section) || self.targets.iter().any(|it| is_it(it))
    }

    /// How many lines it has, with those of its defaults.
    pub(super) fn len(&self) -> usize {
        self.lines().count()
    }

    /// The ports that it listens on.
    pub(super) fn ports(&self) -> Vec<u16> {
        let binds = self.own().iter().filter(|it| it.name.value == "bind");
        let addresses = binds.filter_map(|it| it.argument(0)).flat_map(|it| it.split(','));
        addresses.filter_map(|it| it.rsplit_once(':')?.1.parse().ok()).collect()
    }

    fn takes_tls(&self) -> bool {
        let mut binds = self.own().iter().filter(|it| it.name.value == "bind");
        binds.any(|it| it.arguments.iter().any(|it| it.text.as_deref() == Some("ssl")))
    }
}

fn begins(line: &Directive, words: &[&str]) -> bool {
    let Some((name, rest)) = words.split_first() else { return true };
    line.name.value == *name
        && rest.iter().enumerate().all(|(idx, it)| line.argument(idx) == Some(*it))
}

fn by_default() -> Origin {
    Origin::new(OriginKind::Default, "HAProxy default")
}

/// What a backend does with the requests of the frontends that lead to it; `None` without a server.
/// `variables` has those of the environment, as far as the file itself sets none.
pub(super) fn of(
    backend: &Proxy<'_>,
    fronts: &[&Proxy<'_>],
    variables: Option<&Container>,
) -> Option<Pass> {
    let servers: Vec<(&Directive, usize)> = backend
        .own()
        .iter()
        .filter_map(|it| match it.name.value.as_str() {
            "server" => Some((it, 1)),
            // A name and how many servers of it there are stand in front of the address.
            "server-template" => Some((it, 2)),
            _ => None,
        })
        .filter(|(it, _)| it.arguments.iter().all(|it| it.text.as_deref() != Some("disabled")))
        .collect();
    let span = servers.first()?.0.name.span;
    let addresses = servers.iter().filter_map(|(it, idx)| it.arguments.get(*idx));
    let addresses: Vec<Address> = addresses.map(|it| address(it, variables)).collect();
    let read = read_timeout(backend);
    let mut all = vec![
        (v::PROXY_PROGRAM, written(span, Value::Text(PROGRAM.to_owned()))),
        (v::PROXY_BODY_LIMIT_MB, body_limit(backend, fronts)),
        (v::PROXY_CONNECT_TIMEOUT_S, timeout(backend, "connect")),
        (v::PROXY_SEND_TIMEOUT_S, read.clone()),
        (v::PROXY_READ_TIMEOUT_S, read),
        (v::PROXY_TERMINATES_TLS, terminates_tls(fronts, span)),
        (v::PROXY_BUFFERS_RESPONSES, Fact::known(Value::Bool(false), by_default())),
    ];
    all.extend(of_http(backend, fronts, &servers, span));
    let mut facts = Facts::new();
    for (id, fact) in all {
        facts.set(id, fact);
    }
    Some(Pass { addresses, span, is_optional: false, facts })
}

fn written(span: Span, value: Value) -> Fact {
    Fact::known(value, Origin::written(span, PROGRAM))
}

fn unknown(span: Span, reason: &str) -> Fact {
    Fact::unknown(Unknown::because(reason), Origin::written(span, PROGRAM))
}

/// `web:8000`, `ipv4@10.0.0.1:80`, `/run/app.sock`, `"${APP}:80"`. Without a port it is the one that
/// the client came to.
/// Source: <https://docs.haproxy.org/3.0/configuration.html#4.2-server>
fn address(word: &Argument, variables: Option<&Container>) -> Address {
    let reason = "a variable that no file sets is in the address of the server";
    let unknown = || Target::Unknown(Unknown::because(reason));
    let text = word.text.as_deref().and_then(|it| filled_in(it, variables));
    let target = text.map_or_else(unknown, |text| {
        let (family, rest) = text.split_once('@').unwrap_or(("", &text));
        if rest.starts_with('/') || matches!(family, "unix" | "abns" | "abnsz" | "fd" | "sockpair")
        {
            return Target::Socket(rest.to_owned());
        }
        let (host, port) = match rest.rsplit_once(':') {
            // `+1` counts from the port of the client.
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().ok().filter(|_| !port.starts_with('+')))
            }
            _ => (rest, None),
        };
        match host.trim_matches(['[', ']']) {
            // Where the client wanted to go.
            "" | "*" => Target::Unknown(Unknown::because("the server has no address")),
            host => Target::Host { host: host.to_owned(), port },
        }
    });
    Address { target, span: word.span }
}

/// The text with the variables of the environment. `None` where one is not known.
fn filled_in(text: &str, variables: Option<&Container>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let (name, len) = match behind.strip_prefix('{') {
            Some(inner) => {
                let end = inner.find('}')?;
                (&inner[..end], end + 2)
            }
            None => {
                let end = behind.find(|it| !is_part(it)).unwrap_or(behind.len());
                (&behind[..end], end)
            }
        };
        let (name, default) = match name.split_once('-') {
            Some((name, default)) => (name, Some(default)),
            None => (name, None),
        };
        match variables?.environment.get(name) {
            Lookup::Set(fact) => out.push_str(fact.text()?),
            Lookup::Unset | Lookup::Unmentioned => out.push_str(default?),
        }
        rest = &behind[len..];
    }
    out.push_str(rest);
    Some(out)
}

/// `timeout NAME TIME`; null without one.
fn timeout(backend: &Proxy<'_>, name: &str) -> Fact {
    let Some(line) = backend.last(&["timeout", name]) else {
        return Fact::known(Value::Null, by_default());
    };
    let span = line.arguments.get(1).map_or(line.name.span, |it| it.span);
    match line.argument(1).and_then(seconds) {
        Some(0.0) => written(span, Value::Null),
        Some(seconds) => Fact::known(
            Value::of_number(seconds),
            Origin::written(span, format!("`timeout {name}`")),
        ),
        None => unknown(span, &format!("`timeout {name}` is not written as a duration")),
    }
}

/// How long HAProxy waits for the server. Rules may change it for some requests.
fn read_timeout(backend: &Proxy<'_>) -> Fact {
    match backend.lines().find(|it| begins(it, &["http-request", "set-timeout", "server"])) {
        Some(line) => unknown(line.name.span, "`set-timeout` changes it for some requests"),
        None => timeout(backend, "server"),
    }
}

/// A time: milliseconds, unless a unit stands behind it.
/// Source: <https://docs.haproxy.org/3.0/configuration.html#2.5>
fn seconds(text: &str) -> Option<f64> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let number: u32 = text[..end].parse().ok()?;
    let per_second = match &text[end..] {
        "us" => 1_000_000.0,
        "" | "ms" => 1_000.0,
        "s" => 1.0,
        "m" => 1.0 / 60.0,
        "h" => 1.0 / 3_600.0,
        "d" => 1.0 / 86_400.0,
        _ => return None,
    };
    let seconds = f64::from(number) / per_second;
    Some((seconds * 1e6).round() / 1e6)
}

/// There is no limit, unless a rule asks for the size of the body.
fn body_limit(backend: &Proxy<'_>, fronts: &[&Proxy<'_>]) -> Fact {
    let asks = |it: &&Directive| {
        let mut words = it.arguments.iter().filter_map(|it| it.text.as_deref());
        words.any(|it| {
            it.contains("body_size") || it.to_ascii_lowercase().contains("content-length")
        })
    };
    match all_lines(backend, fronts).find(asks) {
        Some(line) => unknown(line.name.span, "a rule asks for the size of the body"),
        None => Fact::known(Value::Null, by_default()),
    }
}

fn all_lines<'a>(
    backend: &Proxy<'a>,
    fronts: &[&Proxy<'a>],
) -> impl Iterator<Item = &'a Directive> {
    let fronts: Vec<&Directive> = fronts.iter().flat_map(|it| it.lines()).collect();
    fronts.into_iter().chain(backend.lines())
}

fn terminates_tls(fronts: &[&Proxy<'_>], span: Span) -> Fact {
    let takes = fronts.iter().any(|it| it.takes_tls());
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Derived, "`bind`") };
    Fact::known(Value::Bool(takes), origin)
}

/// What only HAProxy knows that reads the requests: in mode `tcp` it passes on bytes.
fn of_http(
    backend: &Proxy<'_>,
    fronts: &[&Proxy<'_>],
    servers: &[(&Directive, usize)],
    span: Span,
) -> Vec<(FactId, Fact)> {
    let ids = [
        v::PROXY_PROTOCOL,
        v::PROXY_BUFFERS_REQUESTS,
        v::PROXY_SETS_FORWARDED_PROTO,
        v::PROXY_PASSES_HOST,
        v::PROXY_PASSES_UPGRADE,
    ];
    if !backend.is_http() || !fronts.iter().all(|it| it.is_http()) {
        let reason = "HAProxy passes on bytes, whatever they are (`mode tcp`)";
        return ids.into_iter().map(|id| (id, unknown(span, reason))).collect();
    }
    let speaks_fcgi = |it: &(&Directive, usize)| {
        let mut words = it.0.arguments.iter().filter_map(|it| it.text.as_deref());
        words.any(|it| it == "fcgi")
    };
    let protocol = if servers.iter().any(speaks_fcgi) { "fastcgi" } else { "http" };
    let buffers = backend.last(&["option", "http-buffer-request"]);
    let buffers = buffers
        .or_else(|| fronts.iter().find_map(|it| it.last(&["option", "http-buffer-request"])));
    let buffers = match buffers {
        Some(line) => unknown(line.name.span, "a part of a body is buffered"),
        None => Fact::known(Value::Bool(false), by_default()),
    };
    let proto = match changes(backend, fronts, "x-forwarded-proto") {
        Some(change) => change,
        None => {
            let about = |name: &'static str| {
                Some((name, changed(backend, fronts, &name.to_ascii_lowercase())?))
            };
            match OTHER_SCHEME_HEADERS.iter().find_map(|it| about(it)) {
                Some((name, line)) => {
                    let origin = Origin::written(line.name.span, PROGRAM);
                    Fact::unknown(tells_in(name), origin)
                }
                None => Fact::known(Value::Bool(false), by_default()),
            }
        }
    };
    // Whatever becomes of these, it is not what a client sent.
    let kept = |names: &[&str]| {
        let changed = names.iter().find_map(|it| changed(backend, fronts, it));
        match changed {
            Some(line) => unknown(line.name.span, "a rule changes the header"),
            None => Fact::known(Value::Bool(true), by_default()),
        }
    };
    let values = [
        written(span, Value::Text(protocol.to_owned())),
        buffers,
        proto,
        kept(&["host"]),
        kept(&["upgrade", "connection"]),
    ];
    ids.into_iter().zip(values).collect()
}

/// A line that says something of a header of requests.
fn changed<'a>(backend: &Proxy<'a>, fronts: &[&Proxy<'a>], header: &str) -> Option<&'a Directive> {
    all_lines(backend, fronts).find(|it| {
        let name = it.name.value.as_str();
        let is_named = |it: &Argument| {
            let text = it.text.as_deref().unwrap_or_default().to_ascii_lowercase();
            text == header || text.strip_prefix(header).is_some_and(|it| it.starts_with(':'))
        };
        // The words behind the condition ask for a header, and change none.
        let words = it.arguments.iter();
        let mut words = words.take_while(|it| !matches!(it.text.as_deref(), Some("if" | "unless")));
        (name == "http-request" || name.starts_with("req")) && words.any(is_named)
    })
}

/// Whether a header is set for all requests.
fn changes(backend: &Proxy<'_>, fronts: &[&Proxy<'_>], header: &str) -> Option<Fact> {
    let line = changed(backend, fronts, header)?;
    let span = line.name.span;
    let sets = matches!(line.argument(0), Some("set-header" | "add-header"));
    let words: Vec<&str> = line.arguments.iter().filter_map(|it| it.text.as_deref()).collect();
    let condition = words.iter().position(|it| matches!(*it, "if" | "unless"));
    let condition = condition.map(|at| words[at..].join(" "));
    // Who takes HTTPS and says so of every such request says what is to be known.
    let is_for_all = match condition.as_deref() {
        None => true,
        Some(text) => matches!(text, "if { ssl_fc }" | "if {ssl_fc}"),
    };
    // Some frontends may set it where others do not.
    let is_everywhere = fronts.len() == 1 || backend.lines().any(|it| it == line);
    Some(match sets && is_for_all && is_everywhere {
        true => written(span, Value::Bool(true)),
        false => unknown(span, "a rule changes the header for some requests"),
    })
}

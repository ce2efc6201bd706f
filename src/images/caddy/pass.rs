//! Facts of the requests that one `reverse_proxy` passes on.

use super::PROGRAM;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::images::proxy::{Address, Pass, Target};
use crate::parse::nginx::Directive;
use crate::project::Facts;
use crate::quantity::{MEGABYTE, go};
use crate::source::Span;
use crate::vocabulary as v;

/// Seconds that Caddy waits for a connection when nothing says it.
/// Source: <https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#the-http-transport>
const DIAL_TIMEOUT_S: i64 = 3;

/// What is in force around a place.
#[derive(Clone)]
pub(super) struct Around {
    /// Whether the site takes HTTPS; `None` when that is not known.
    pub(super) takes_tls: Option<bool>,
    pub(super) body: Body,
}

/// The limits of a body: the smallest counts.
#[derive(Clone, Default)]
pub(super) struct Body {
    limits: Vec<Limit>,
}

#[derive(Clone)]
struct Limit {
    /// `None` when it is not known.
    bytes: Option<i64>,
    span: Span,
    /// The matcher of the requests that it is for; `None` for all.
    matcher: Option<String>,
}

impl Body {
    pub(super) fn add(&mut self, bytes: Option<i64>, span: Span, matcher: Option<String>) {
        self.limits.push(Limit { bytes, span, matcher });
    }

    /// The largest body that reaches a place with this matcher; null without a limit.
    fn fact(&self, matcher: Option<&str>) -> Fact {
        let origin = |span| Origin::written(span, "`max_size`");
        for it in &self.limits {
            let reason = match (it.bytes, it.matcher.as_deref()) {
                (None, _) => "`max_size` is not written as a size",
                // The same matcher is for the same requests.
                (Some(_), Some(own)) if Some(own) != matcher => {
                    "`max_size` is for some requests only"
                }
                _ => continue,
            };
            return Fact::unknown(Unknown::because(reason), origin(it.span));
        }
        let smallest = self.limits.iter().min_by_key(|it| it.bytes);
        match smallest.and_then(|it| Some((it.bytes?, it.span))) {
            Some((bytes, span)) => {
                Fact::known(Value::of_number(bytes as f64 / MEGABYTE as f64), origin(span))
            }
            None => Fact::known(Value::Null, by_default()),
        }
    }
}

fn by_default() -> Origin {
    Origin::new(OriginKind::Default, "Caddy default")
}

/// What a `reverse_proxy` or `php_fastcgi` does; `inner` is its block, imports in their place.
pub(super) fn of(directive: &Directive, inner: &[Directive], around: &Around) -> Pass {
    let span = directive.name.span;
    let is_matcher = |it: &str| it == "*" || it.starts_with(['/', '@']);
    let mut arguments = directive.arguments.iter().peekable();
    let matcher = arguments.next_if(|it| it.text.as_deref().is_some_and(is_matcher));
    let matcher = matcher.and_then(|it| it.text.as_deref()).filter(|it| *it != "*");
    let named = |name: &'static str| inner.iter().filter(move |it| it.name.value == name);
    let more = named("to").flat_map(|it| &it.arguments);
    let mut addresses: Vec<Address> = arguments
        .chain(more)
        .map(|it| Address { target: target(it.text.as_deref()), span: it.span })
        .collect();
    addresses.extend(named("dynamic").map(dynamic));
    let transport = named("transport").next();
    let is_fastcgi = directive.name.value == "php_fastcgi"
        || transport.is_some_and(|it| it.argument(0) == Some("fastcgi"));
    let options = match transport {
        Some(transport) => transport.block.as_deref().unwrap_or_default(),
        None if is_fastcgi => inner,
        None => &[],
    };
    let times = Times { options, span };
    let known = |value: Value| Fact::known(value, Origin::written(span, PROGRAM));
    let protocol = if is_fastcgi { "fastcgi" } else { "http" };
    let all = [
        (v::PROXY_PROGRAM, known(Value::Text(PROGRAM.to_owned()))),
        (v::PROXY_BODY_LIMIT_MB, around.body.fact(matcher)),
        (v::PROXY_READ_TIMEOUT_S, times.read()),
        (v::PROXY_CONNECT_TIMEOUT_S, times.of("dial_timeout", Value::Int(DIAL_TIMEOUT_S))),
        (v::PROXY_SEND_TIMEOUT_S, times.of("write_timeout", Value::Null)),
        (v::PROXY_BUFFERS_RESPONSES, buffers(inner, &["response_buffers", "buffer_responses"])),
        (v::PROXY_BUFFERS_REQUESTS, buffers(inner, &["request_buffers", "buffer_requests"])),
        (v::PROXY_PROTOCOL, known(Value::Text(protocol.to_owned()))),
        (v::PROXY_TERMINATES_TLS, terminates_tls(around, span)),
    ];
    let mut facts = Facts::new();
    for (id, fact) in all.into_iter().chain(headers(directive, inner, is_fastcgi)) {
        facts.set(id, fact);
    }
    Pass { addresses, span, is_optional: false, facts }
}

/// `web:8000`, `http://web`, `:3000`, `unix//run/app.sock`.
fn target(text: Option<&str>) -> Target {
    let unknown =
        || Target::Unknown(Unknown::because("`reverse_proxy` names no address as a text"));
    let Some(text) = text.filter(|it| !it.contains(['{', '$'])) else { return unknown() };
    let socket = text.strip_prefix("unix/").or_else(|| Some(text.split_once("unix://")?.1));
    if let Some(path) = socket {
        return Target::Socket(path.to_owned());
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let default = match scheme {
        "" | "http" | "h2c" => Some(80),
        "https" => Some(443),
        _ => return unknown(),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        // A range of ports is as many servers.
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (authority, default),
    };
    // A port alone is one of the same machine.
    let host = if host.is_empty() { "localhost" } else { host };
    Target::Host { host: host.trim_matches(['[', ']']).to_owned(), port }
}

/// `dynamic a NAME PORT`: the addresses of a name.
fn dynamic(directive: &Directive) -> Address {
    let block = directive.block.as_deref().unwrap_or_default();
    let own = |key: &str| block.iter().find(|it| it.name.value == key)?.argument(0);
    let name = directive.argument(1).or_else(|| own("name"));
    let port = directive.argument(2).or_else(|| own("port"));
    let span = directive.arguments.get(1).map_or(directive.name.span, |it| it.span);
    let target = match (directive.argument(0), name, port) {
        (Some("a"), Some(name), port) => target(Some(&format!("{name}:{}", port.unwrap_or("80")))),
        _ => target(None),
    };
    Address { target, span }
}

struct Times<'a> {
    options: &'a [Directive],
    span: Span,
}

impl Times<'_> {
    fn of(&self, name: &str, default: Value) -> Fact {
        let Some(option) = self.options.iter().rfind(|it| it.name.value == name) else {
            return Fact::known(default, by_default());
        };
        let span = option.arguments.first().map_or(self.span, |it| it.span);
        let origin = Origin::written(span, format!("`{name}`"));
        match option.argument(0).and_then(|it| go::caddy_duration_s(it).ok()) {
            Some(0.0) => Fact::known(Value::Null, origin),
            Some(seconds) => Fact::known(Value::of_number(seconds), origin),
            None => {
                let reason = format!("`{name}` is not written as a duration");
                Fact::unknown(Unknown::because(reason), origin)
            }
        }
    }

    /// How long Caddy waits for the server: each read has its time, and so has the beginning of the
    /// response. Without either it waits.
    fn read(&self) -> Fact {
        let first = self.of("response_header_timeout", Value::Null);
        let each = self.of("read_timeout", Value::Null);
        if first.value().is_none() || each.number().is_none() && each.value() == Some(&Value::Null)
        {
            return first;
        }
        match (first.number(), each.number()) {
            (Some(one), Some(other)) if one < other => first,
            _ => each,
        }
    }
}

/// Bodies go on as they come, unless a buffer of some size is named.
fn buffers(inner: &[Directive], names: &[&str]) -> Fact {
    match inner.iter().find(|it| names.contains(&it.name.value.as_str())) {
        None => Fact::known(Value::Bool(false), by_default()),
        Some(it) => {
            let origin = Origin::written(it.name.span, format!("`{}`", it.name.value));
            Fact::unknown(Unknown::because("a part of a body is buffered"), origin)
        }
    }
}

fn terminates_tls(around: &Around, span: Span) -> Fact {
    let origin =
        Origin { span: Some(span), ..Origin::new(OriginKind::Derived, "the site's address") };
    match around.takes_tls {
        Some(takes) => Fact::known(Value::Bool(takes), origin),
        None => {
            let reason = "it is not known what the site listens on";
            Fact::unknown(Unknown::because(reason), origin)
        }
    }
}

/// Caddy says how the client came, passes the host on and upgrades connections by itself;
/// `header_up` changes that.
/// Source: <https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#defaults>
fn headers(
    directive: &Directive,
    inner: &[Directive],
    is_fastcgi: bool,
) -> [(crate::vocabulary::FactId, Fact); 3] {
    let changes = |name: &str| {
        inner.iter().rfind(|it| {
            let field = it.argument(0).unwrap_or_default().trim_start_matches(['+', '-', '>', '?']);
            let is_it = match field.strip_suffix('*') {
                Some(prefix) => name.to_ascii_lowercase().starts_with(&prefix.to_ascii_lowercase()),
                None => field.eq_ignore_ascii_case(name),
            };
            it.name.value == "header_up" && is_it
        })
    };
    let fact = |name: &str, is_kept: &dyn Fn(&str) -> bool| {
        if is_fastcgi {
            let reason = "requests are not passed on as HTTP";
            return Fact::unknown(
                Unknown::because(reason),
                Origin::written(directive.name.span, PROGRAM),
            );
        }
        let Some(change) = changes(name) else {
            return Fact::known(Value::Bool(true), by_default());
        };
        let origin = Origin::written(change.name.span, format!("`header_up` of `{name}`"));
        let removes = change.argument(0).is_some_and(|it| it.starts_with('-'));
        match (removes, change.arguments.len(), change.argument(1)) {
            (true, ..) => Fact::known(Value::Bool(false), origin),
            (false, 2, Some(text)) => Fact::known(Value::Bool(is_kept(text)), origin),
            _ => Fact::unknown(Unknown::because(format!("`header_up` changes `{name}`")), origin),
        }
    };
    let is_host = |it: &str| {
        ["{host}", "{hostport}", "{http.request.host}", "{http.request.hostport}"].contains(&it)
    };
    let upgrade = match changes("Connection") {
        Some(_) => fact("Connection", &|it| it.eq_ignore_ascii_case("upgrade")),
        None => fact("Upgrade", &|it| !it.is_empty()),
    };
    let is_https = |it: &Directive| {
        it.arguments
            .iter()
            .any(|it| it.text.as_deref().is_some_and(|it| it.starts_with("https://")))
    };
    let host = match changes("Host") {
        // Newer versions name the server itself where they speak HTTPS to it.
        None if is_https(directive)
            || inner.iter().any(|it| it.name.value == "to" && is_https(it)) =>
        {
            let reason = "versions of Caddy differ in the host that they send by HTTPS";
            Fact::unknown(Unknown::because(reason), by_default())
        }
        _ => fact("Host", &is_host),
    };
    [
        (v::PROXY_SETS_FORWARDED_PROTO, fact("X-Forwarded-Proto", &|it| !it.is_empty())),
        (v::PROXY_PASSES_HOST, host),
        (v::PROXY_PASSES_UPGRADE, upgrade),
    ]
}

//! What Caddy refuses of a Caddyfile: it does not start then, and a container of it ends.
//!
//! A Caddy with further modules has further directives, so that only what is nearly the name of one of
//! Caddy's own is taken for a mistake. What a placeholder fills in is left alone.
//!
//! Sources: <https://caddyserver.com/docs/caddyfile/directives>,
//! <https://caddyserver.com/docs/caddyfile/directives/reverse_proxy>; compared with `caddy adapt`.

use crate::diagnostic::Diagnostic;
use crate::images::proxy;
use crate::nearest::nearest;
use crate::parse::nginx::{Argument, Directive};
use crate::quantity::go;
use crate::source::Span;

/// Directives of a site.
const DIRECTIVES: &[&str] = &[
    "abort",
    "acme_server",
    "basic_auth",
    "basicauth",
    "bind",
    "copy_response",
    "copy_response_headers",
    "encode",
    "error",
    "file_server",
    "forward_auth",
    "fs",
    "handle",
    "handle_errors",
    "handle_path",
    "handle_response",
    "header",
    "import",
    "intercept",
    "invoke",
    "log",
    "log_append",
    "log_name",
    "log_skip",
    "map",
    "method",
    "metrics",
    "php_fastcgi",
    "push",
    "redir",
    "request_body",
    "request_header",
    "respond",
    "reverse_proxy",
    "rewrite",
    "root",
    "route",
    "skip_log",
    "templates",
    "tls",
    "tracing",
    "try_files",
    "uri",
    "vars",
];

/// Lines of a `reverse_proxy`.
const OF_PROXY: &[&str] = &[
    "buffer_requests",
    "buffer_responses",
    "dynamic",
    "fail_duration",
    "flush_interval",
    "handle_response",
    "header_down",
    "header_up",
    "health_body",
    "health_fails",
    "health_follow_redirects",
    "health_headers",
    "health_interval",
    "health_method",
    "health_passes",
    "health_port",
    "health_request_body",
    "health_status",
    "health_timeout",
    "health_upstream",
    "health_uri",
    "lb_policy",
    "lb_retries",
    "lb_retry_match",
    "lb_try_duration",
    "lb_try_interval",
    "max_buffer_size",
    "max_fails",
    "method",
    "replace_status",
    "request_buffers",
    "response_buffers",
    "rewrite",
    "stream_close_delay",
    "stream_timeout",
    "to",
    "transport",
    "trusted_proxies",
    "unhealthy_latency",
    "unhealthy_request_count",
    "unhealthy_status",
    "verbose_logs",
];

/// Lines that take a time.
const TIMES: &[&str] = &[
    "dial_timeout",
    "expect_continue_timeout",
    "fail_duration",
    "health_interval",
    "health_timeout",
    "lb_try_duration",
    "lb_try_interval",
    "read_timeout",
    "response_header_timeout",
    "stream_close_delay",
    "stream_timeout",
    "unhealthy_latency",
    "write_timeout",
];

/// What is refused of the directives of a site, imported ones in their place.
pub(super) fn of_site(directives: &[Directive]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for directive in directives {
        found.extend(misspelt(directive, DIRECTIVES, "a directive"));
        if directive.name.value == "request_body" {
            let sizes = directive.block.iter().flatten().filter(|it| it.name.value == "max_size");
            found.extend(sizes.filter_map(size));
        }
    }
    found
}

/// What is refused of a `reverse_proxy`; `inner` is its block.
pub(super) fn of_proxy(directive: &Directive, inner: &[Directive]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> =
        inner.iter().filter_map(|it| misspelt(it, OF_PROXY, "a line of `reverse_proxy`")).collect();
    let transports = inner.iter().filter(|it| it.name.value == "transport");
    let lines = inner.iter().chain(transports.flat_map(|it| it.block.iter().flatten()));
    found.extend(lines.filter(|it| TIMES.contains(&it.name.value.as_str())).filter_map(time));
    let more = inner.iter().filter(|it| it.name.value == "to").flat_map(|it| &it.arguments);
    found.extend(directive.arguments.iter().chain(more).filter_map(upstream));
    found
}

fn refused(span: Span, why: &str, help: impl Into<String>) -> Diagnostic {
    proxy::refused(("Caddy", "caddyfile-refused"), span, why, help)
}

/// The text of a word that nothing fills in.
fn plain(argument: &Argument) -> Option<&str> {
    argument.text.as_deref().filter(|it| !it.contains('{'))
}

fn misspelt(directive: &Directive, known: &[&str], what: &str) -> Option<Diagnostic> {
    let name = directive.name.value.as_str();
    // Names of matchers, and what a placeholder fills in.
    if name.is_empty() || name.starts_with('@') || name.contains('{') || known.contains(&name) {
        return None;
    }
    let near = nearest(name, known.iter().copied())?;
    let why = format!("`{name}` is not {what}");
    Some(refused(directive.name.span, &why, format!("write `{near}`")))
}

/// What is wrong with the one word of a line; `wrong` says why, and what to write. Several words are
/// refused.
fn of_one(
    directive: &Directive,
    wrong: impl Fn(&str) -> Option<(String, String)>,
) -> Option<Diagnostic> {
    let name = &directive.name.value;
    let words: Option<Vec<&str>> = directive.arguments.iter().map(plain).collect();
    let span = directive.arguments.iter().map(|it| it.span).reduce(Span::cover)?;
    let (why, help) = match *words?.as_slice() {
        [one] => wrong(one)?,
        ref words => {
            (format!("`{name}` takes one word"), format!("write `{name} {}`", words.concat()))
        }
    };
    Some(refused(span, &why, help))
}

fn size(directive: &Directive) -> Option<Diagnostic> {
    of_one(directive, |text| {
        let is_size = go::humanized_bytes(text).is_some();
        let why = || format!("`{text}` of `max_size` is no size");
        (!is_size).then(|| (why(), "write a number and a unit, such as `10MB`".to_owned()))
    })
}

fn time(directive: &Directive) -> Option<Diagnostic> {
    of_one(directive, |text| {
        let help = match go::caddy_duration_s(text) {
            Ok(_) => return None,
            Err(go::NotDuration::Unitless) => format!("write `{text}s`"),
            Err(_) => "write numbers with units, such as `30s` or `1m30s`".to_owned(),
        };
        Some((format!("`{text}` of `{}` is no time", directive.name.value), help))
    })
}

/// An upstream that has more than a host and a port.
fn upstream(argument: &Argument) -> Option<Diagnostic> {
    let text = plain(argument)?;
    let address = ["http://", "https://", "h2c://"].iter().find_map(|it| text.strip_prefix(it))?;
    let (host, _) = address.split_once('/')?;
    let why = format!("the upstream `{text}` has a path");
    let scheme = &text[..text.len() - address.len()];
    let help = format!("write `{scheme}{host}`, and `rewrite` for a path");
    Some(refused(argument.span, &why, help))
}

//! What nginx refuses of its configuration: it does not start then, and a container of it ends.
//!
//! Only directives of nginx itself are looked at, and only in ways that no version reads otherwise.
//! Values with variables, and what a template may leave out, are left alone.
//!
//! Source: `ngx_conf_handler` and the slots of <https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c>;
//! each kind is compared with `nginx -t`.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::images::proxy;
use crate::parse::nginx::{Argument, Directive};
use crate::quantity::nginx;
use crate::source::{SourceMap, Span};

/// What the one value of a directive is.
#[derive(Clone, Copy)]
enum Kind {
    Size,
    Time,
    Flag,
}

const VALUES: &[(Kind, &[&str])] = &[
    (
        Kind::Size,
        &[
            "client_body_buffer_size",
            "client_header_buffer_size",
            "client_max_body_size",
            "fastcgi_buffer_size",
            "proxy_buffer_size",
            "proxy_busy_buffers_size",
            "proxy_max_temp_file_size",
            "uwsgi_buffer_size",
        ],
    ),
    (
        Kind::Time,
        &[
            "client_body_timeout",
            "client_header_timeout",
            "fastcgi_connect_timeout",
            "fastcgi_read_timeout",
            "fastcgi_send_timeout",
            "grpc_connect_timeout",
            "grpc_read_timeout",
            "grpc_send_timeout",
            "lingering_time",
            "lingering_timeout",
            "proxy_connect_timeout",
            "proxy_next_upstream_timeout",
            "proxy_read_timeout",
            "proxy_send_timeout",
            "resolver_timeout",
            "send_timeout",
            "uwsgi_connect_timeout",
            "uwsgi_read_timeout",
            "uwsgi_send_timeout",
        ],
    ),
    (
        Kind::Flag,
        &[
            "absolute_redirect",
            "autoindex",
            "chunked_transfer_encoding",
            "etag",
            "gzip",
            "gzip_vary",
            "ignore_invalid_headers",
            "log_not_found",
            "merge_slashes",
            "port_in_redirect",
            "proxy_buffering",
            "proxy_ignore_client_abort",
            "proxy_intercept_errors",
            "proxy_request_buffering",
            "proxy_ssl_server_name",
            "proxy_ssl_verify",
            "sendfile",
            "server_name_in_redirect",
            "ssl_prefer_server_ciphers",
            "ssl_session_tickets",
            "tcp_nodelay",
            "tcp_nopush",
            "underscores_in_headers",
            "uwsgi_buffering",
        ],
    ),
];

/// How many words other directives take, at least and at most.
const COUNTS: &[(&str, usize, usize)] = &[
    ("add_header", 2, 3),
    ("alias", 1, 1),
    ("error_page", 2, usize::MAX),
    ("include", 1, 1),
    ("index", 1, usize::MAX),
    ("keepalive_timeout", 1, 2),
    ("large_client_header_buffers", 2, 2),
    ("proxy_buffers", 2, 2),
    ("proxy_http_version", 1, 1),
    ("proxy_pass", 1, 1),
    ("proxy_set_header", 2, 2),
    ("return", 1, 2),
    ("rewrite", 2, 3),
    ("root", 1, 1),
    ("server_name", 1, usize::MAX),
    ("ssl_certificate", 1, 1),
    ("ssl_certificate_key", 1, 1),
    ("try_files", 2, usize::MAX),
];

/// Others of them that stand once in a block.
const SINGLE: &[&str] = &[
    "alias",
    "keepalive_timeout",
    "large_client_header_buffers",
    "proxy_buffers",
    "proxy_http_version",
    "proxy_pass",
    "root",
    "try_files",
];

/// Blocks that have entries of a table instead of directives.
const TABLES: &[&str] = &["charset_map", "geo", "map", "match", "split_clients", "types"];

/// What is refused of the directives of a block, those of included files among them.
pub(super) fn told(sources: &SourceMap, block: &str, directives: &[Directive]) -> Vec<Diagnostic> {
    if TABLES.contains(&block) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut first: HashMap<&str, Span> = HashMap::new();
    let mut locations: HashMap<Vec<&str>, Span> = HashMap::new();
    for directive in directives.iter().filter(|it| !it.conditional) {
        let name = directive.name.value.as_str();
        let kind = kind(name);
        let told = unended(sources, directive).or_else(|| counted(sources, directive, kind));
        if let Some(told) = told {
            found.push(told);
            continue;
        }
        if let Some(kind) = kind {
            found.extend(value(directive, kind));
        }
        if (kind.is_some() || SINGLE.contains(&name))
            && let Some(before) = first.insert(name, directive.name.span)
        {
            let why = format!("`{name}` stands twice in one block");
            let told = refused(directive.name.span, &why, "keep one of them");
            found.push(told.with_related(before, "the first"));
        }
        if name == "location"
            && let Some(key) = location(directive)
            && let Some(before) = locations.insert(key, directive.name.span)
        {
            let why = "two locations have the same path";
            let told = refused(directive.name.span, why, "put them into one");
            found.push(told.with_related(before, "the first"));
        }
        found.extend(match name {
            "listen" if block == "server" => listen(directive),
            "proxy_pass" => pass(directive),
            "return" => code(directive),
            "keepalive_timeout" => value(directive, Kind::Time),
            _ => None,
        });
    }
    found
}

fn refused(span: Span, why: &str, help: impl Into<String>) -> Diagnostic {
    proxy::refused(("nginx", "nginx-configuration-refused"), span, why, help)
}

fn kind(name: &str) -> Option<Kind> {
    VALUES.iter().find(|(_, names)| names.contains(&name)).map(|(kind, _)| *kind)
}

/// The text of a word that is the same in every request.
fn plain(argument: &Argument) -> Option<&str> {
    argument.text.as_deref().filter(|it| !it.contains('$'))
}

/// A directive at whose end the file ends.
fn unended(sources: &SourceMap, directive: &Directive) -> Option<Diagnostic> {
    let text = sources.text(directive.span);
    let end = if directive.block.is_some() { '}' } else { ';' };
    // What a template writes may end it.
    if text.ends_with(end) || text.contains("<%") {
        return None;
    }
    let why = format!("`{}` has no `{end}` at its end", directive.name.value);
    Some(refused(directive.name.span, &why, format!("write `{end}`")))
}

/// A directive with too few or too many words, or with a block that it does not have.
fn counted(sources: &SourceMap, directive: &Directive, kind: Option<Kind>) -> Option<Diagnostic> {
    let name = directive.name.value.as_str();
    let (least, most) = match kind {
        Some(_) => (1, 1),
        None => COUNTS.iter().find(|it| it.0 == name).map(|it| (it.1, it.2))?,
    };
    let count = directive.arguments.len();
    // Of a word that is not known, nobody knows how many it is.
    let are_known = directive.arguments.iter().all(|it| it.text.is_some());
    if !are_known || directive.block.is_none() && (least..=most).contains(&count) {
        return None;
    }
    let written = directive.arguments.iter().map(|it| it.span).reduce(Span::cover);
    let is_on_lines = written.is_some_and(|it| sources.text(it).contains('\n'));
    if directive.block.is_some() || is_on_lines {
        let why = format!("the line of `{name}` has no `;` at its end");
        return Some(refused(directive.name.span, &why, "write `;` at its end"));
    }
    let wanted = match (least, most) {
        (1, 1) => "one word".to_owned(),
        (least, most) if least == most => format!("{least} words"),
        (least, usize::MAX) => format!("at least {least} words"),
        (least, most) => format!("{least} to {most} words"),
    };
    let why = format!("`{name}` takes {wanted}, and has {count}");
    Some(refused(
        directive.name.span,
        &why,
        "write what is missing, or put what belongs together into quotes",
    ))
}

fn value(directive: &Directive, kind: Kind) -> Option<Diagnostic> {
    let argument = directive.arguments.first()?;
    let text = plain(argument)?;
    let name = &directive.name.value;
    let (what, help) = match kind {
        Kind::Size if nginx::bytes(text).is_none() => {
            let letters = |it: char| it.is_ascii_alphabetic();
            let short = text.trim_end_matches(letters);
            let unit = text[short.len()..].chars().next();
            let near =
                unit.map(|it| format!("{short}{it}")).filter(|it| nginx::bytes(it).is_some());
            let help =
                near.map_or("write a size such as `10m`".to_owned(), |it| format!("write `{it}`"));
            ("no size", help)
        }
        Kind::Time if nginx::timeout_s(text).is_none() => {
            ("no time", "write a time such as `60s` or `1m`".to_owned())
        }
        Kind::Flag if !["on", "off"].iter().any(|it| it.eq_ignore_ascii_case(text)) => {
            ("neither on nor off", "write `on` or `off`".to_owned())
        }
        _ => return None,
    };
    Some(refused(argument.span, &format!("`{text}` of `{name}` is {what}"), help))
}

/// The path of a location, with the sign in front of it. Patterns may be the same.
fn location(directive: &Directive) -> Option<Vec<&str>> {
    let words: Option<Vec<&str>> = directive.arguments.iter().map(plain).collect();
    words.filter(|it| !it.first().is_some_and(|it| it.starts_with('~')))
}

fn listen(directive: &Directive) -> Option<Diagnostic> {
    let argument = directive.arguments.first()?;
    let text = plain(argument)?;
    let port = text.rsplit(':').next()?;
    let is_number = !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    if text.starts_with("unix:") || !is_number || port.parse::<u16>().is_ok_and(|it| it > 0) {
        return None;
    }
    let why = format!("`{port}` of `listen` is no port");
    Some(refused(argument.span, &why, "write a port from 1 to 65535"))
}

fn pass(directive: &Directive) -> Option<Diagnostic> {
    let argument = directive.arguments.first()?;
    let text = plain(argument)?;
    let has_scheme =
        |it: &&str| text.get(..it.len()).is_some_and(|start| start.eq_ignore_ascii_case(it));
    if ["http://", "https://"].iter().any(has_scheme) {
        return None;
    }
    let why = format!("the address `{text}` of `proxy_pass` does not begin with `http://`");
    Some(refused(argument.span, &why, format!("write `http://{text}`")))
}

fn code(directive: &Directive) -> Option<Diagnostic> {
    let argument = directive.arguments.first()?;
    let text = plain(argument)?;
    let is_code = text.len() <= 3 && text.parse::<u16>().is_ok();
    let is_address = directive.arguments.len() == 1
        && ["http://", "https://"].iter().any(|it| text.starts_with(it));
    if is_code || is_address {
        return None;
    }
    let why = format!("`{text}` of `return` is no status");
    Some(refused(argument.span, &why, "write a status such as `301` in front of it"))
}

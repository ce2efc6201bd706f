//! Values that compose refuses: sizes, durations, numbers, ports, and keys that say two things.
//!
//! What a variable decides is left alone, and so is what an engine for templates fills in.
//!
//! Sources: compose-go 2.9 `interpolation`, `transform`, `validation` and `schema/compose-spec.json`,
//! go-connections `nat.ParsePortSpec`, and what Docker Compose 2.40.3 says of each.

use std::net::IpAddr;

use super::services;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node, NodeKind};
use crate::draft::Context;
use crate::manifests::read::{self, is_filled_in};
use crate::quantity::go::{self, Base, NotDuration};
use crate::source::Span;

/// What a value is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Size,
    /// A number of CPUs.
    Cpus,
    Duration,
    Int,
    Bool,
}

/// Keys of a service whose values are looked at.
const KEYS: &[(&[&str], Kind)] = &[
    (&["attach"], Kind::Bool),
    (&["cpu_shares"], Kind::Int),
    (&["cpus"], Kind::Cpus),
    (&["deploy", "replicas"], Kind::Int),
    (&["deploy", "resources", "limits", "cpus"], Kind::Cpus),
    (&["deploy", "resources", "limits", "memory"], Kind::Size),
    (&["deploy", "resources", "limits", "pids"], Kind::Int),
    (&["deploy", "resources", "reservations", "cpus"], Kind::Cpus),
    (&["deploy", "resources", "reservations", "memory"], Kind::Size),
    (&["deploy", "restart_policy", "delay"], Kind::Duration),
    (&["deploy", "restart_policy", "max_attempts"], Kind::Int),
    (&["deploy", "restart_policy", "window"], Kind::Duration),
    (&["deploy", "rollback_config", "delay"], Kind::Duration),
    (&["deploy", "rollback_config", "parallelism"], Kind::Int),
    (&["deploy", "update_config", "delay"], Kind::Duration),
    (&["deploy", "update_config", "monitor"], Kind::Duration),
    (&["deploy", "update_config", "parallelism"], Kind::Int),
    (&["healthcheck", "interval"], Kind::Duration),
    (&["healthcheck", "retries"], Kind::Int),
    (&["healthcheck", "start_interval"], Kind::Duration),
    (&["healthcheck", "start_period"], Kind::Duration),
    (&["healthcheck", "timeout"], Kind::Duration),
    (&["init"], Kind::Bool),
    (&["mem_limit"], Kind::Size),
    (&["mem_reservation"], Kind::Size),
    (&["memswap_limit"], Kind::Size),
    (&["pids_limit"], Kind::Int),
    (&["privileged"], Kind::Bool),
    (&["read_only"], Kind::Bool),
    (&["scale"], Kind::Int),
    (&["shm_size"], Kind::Size),
    (&["stdin_open"], Kind::Bool),
    (&["stop_grace_period"], Kind::Duration),
    (&["tty"], Kind::Bool),
];

/// Two keys of a service that may not differ.
const TWICE: &[(&str, &[&str], Kind)] = &[
    ("cpus", &["deploy", "resources", "limits", "cpus"], Kind::Cpus),
    ("mem_limit", &["deploy", "resources", "limits", "memory"], Kind::Size),
    ("mem_reservation", &["deploy", "resources", "reservations", "memory"], Kind::Size),
    ("pids_limit", &["deploy", "resources", "limits", "pids"], Kind::Int),
    ("scale", &["deploy", "replicas"], Kind::Int),
];

/// When an image is pulled: a value has one of these in it.
const PULLED: &[&str] = &[
    "always",
    "never",
    "build",
    "if_not_present",
    "missing",
    "refresh",
    "daily",
    "weekly",
    "every_",
];

/// Says which values compose refuses.
pub(super) fn check(context: &mut Context<'_, '_>, root: &Node) {
    for service in services(root) {
        context.acc.extend(name(service).or_else(|| without_keys(service)));
        of_service(&service.value, context.acc);
    }
    for key in ["configs", "networks", "secrets", "volumes"] {
        let all = root.get(key).map(Node::entries).unwrap_or_default();
        let external = all.iter().filter_map(|it| it.value.get("external"));
        context.acc.extend(external.filter_map(|it| value(&["external"], Kind::Bool, it)));
    }
    for (key, sources) in [
        ("secrets", &["file", "environment"][..]),
        ("configs", &["file", "environment", "content"][..]),
    ] {
        let all = root.get(key).map(Node::entries).unwrap_or_default();
        context.acc.extend(all.iter().filter_map(|it| source(it, sources)));
    }
}

fn refused(span: Span, message: String, label: &str, help: impl Into<String>) -> Diagnostic {
    let label = Label::new(span, label);
    Diagnostic::new("value-not-allowed", Severity::Error, message, label).with_help(help)
}

fn name(service: &Entry) -> Option<Diagnostic> {
    let name = service.key.value.as_str();
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    if is_filled_in(name) || name.chars().all(is_part) {
        return None;
    }
    let message = format!("compose refuses the name of the service `{name}`");
    let help = "write a name of letters, digits, `.`, `_` and `-`";
    Some(refused(service.key.span, message, "not a name", help))
}

fn without_keys(service: &Entry) -> Option<Diagnostic> {
    if service.value.kind != NodeKind::Null {
        return None;
    }
    let message = format!("compose refuses the service `{}`, which has no keys", service.key.value);
    let help = "indent the lines of the service, or remove its name";
    Some(refused(service.key.span, message, "nothing below it", help))
}

fn of_service(service: &Node, acc: &mut Vec<Diagnostic>) {
    for (path, kind) in KEYS {
        acc.extend(service.at(path).and_then(|it| value(path, *kind, it)));
    }
    acc.extend(TWICE.iter().filter_map(|it| twice(service, it)));
    acc.extend(networks(service));
    let elements = |key: &str| service.get(key).map(Node::elements).unwrap_or_default();
    acc.extend(elements("ports").iter().filter_map(port));
    acc.extend(elements("volumes").iter().filter_map(mount));
    acc.extend(elements("extra_hosts").iter().filter_map(host));
    acc.extend(service.at(&["healthcheck", "test"]).and_then(test));
    acc.extend(service.get("pull_policy").and_then(pulled));
    let limits = service.get("ulimits").map(Node::entries).unwrap_or_default();
    acc.extend(limits.iter().filter_map(limit));
}

fn value(path: &[&str], kind: Kind, node: &Node) -> Option<Diagnostic> {
    // Numbers and switches that YAML knows are judged with the types of keys.
    let text = node.as_str().filter(|it| !is_filled_in(it) && !it.is_empty())?;
    let key = path.join(".");
    let message = || format!("compose refuses `{key}: {text}`");
    let (label, help) = match kind {
        Kind::Size if go::bytes(text, Base::Binary).is_none() => {
            let help = match text.strip_suffix('i') {
                Some(short) if go::bytes(short, Base::Binary).is_some() => {
                    format!("write `{short}`")
                }
                _ => "write a number and a unit, such as `512m` or `1g`".to_owned(),
            };
            ("not a size", help)
        }
        Kind::Cpus if text.parse::<f64>().is_err() => {
            let thousandths = text.strip_suffix('m').and_then(|it| it.parse::<f64>().ok());
            let help = match thousandths {
                Some(it) => format!("write a number of CPUs: `\"{}\"`", it / 1000.0),
                None => "write a number of CPUs, such as `\"0.5\"`".to_owned(),
            };
            ("not a number", help)
        }
        Kind::Duration => match go::compose_duration_s(text) {
            Ok(_) => return None,
            Err(NotDuration::Unitless) => ("has no unit", format!("write `{text}s`")),
            Err(_) => {
                ("not a duration", "write numbers with units, such as `30s` or `1m30s`".to_owned())
            }
        },
        Kind::Int if text.parse::<i64>().is_err() => {
            ("not a whole number", "write a whole number".to_owned())
        }
        Kind::Bool if !is_bool(text) => {
            ("neither true nor false", "write `true` or `false`".to_owned())
        }
        _ => return None,
    };
    Some(refused(node.span, message(), label, help))
}

/// Source: compose-go 2.9 `interpolation.toBoolean`.
fn is_bool(text: &str) -> bool {
    let all = ["true", "t", "1", "y", "yes", "on", "false", "f", "0", "n", "no", "off"];
    all.iter().any(|it| it.eq_ignore_ascii_case(text))
}

/// A key and the one of `deploy` that means the same, with another value.
fn twice(service: &Node, (key, path, kind): &(&str, &[&str], Kind)) -> Option<Diagnostic> {
    let (first, second) = (service.get(key)?, service.at(path)?);
    let (a, b) = (read::plain_text(first)?, read::plain_text(second)?);
    let is_same = match kind {
        Kind::Size => go::bytes(&a, Base::Binary)? == go::bytes(&b, Base::Binary)?,
        _ => a.trim().parse::<f64>().ok()?.total_cmp(&b.trim().parse().ok()?).is_eq(),
    };
    if is_same {
        return None;
    }
    let other = path.join(".");
    let message = format!("`{key}` says {a} and `{other}` says {b}, so compose refuses the file");
    let label = Label::new(first.span, "");
    let found = Diagnostic::new("contradicting-keys", Severity::Error, message, label);
    Some(found.with_related(second.span, "another value").with_help("remove one of them"))
}

fn networks(service: &Node) -> Option<Diagnostic> {
    let (mode, networks) = (service.get("network_mode")?, service.get("networks")?);
    let has_networks = !networks.entries().is_empty() || !networks.elements().is_empty();
    if read::plain_text(mode)?.is_empty() || !has_networks {
        return None;
    }
    let message = "a service has `network_mode` or `networks`, and compose refuses both";
    let label = Label::new(mode.span, "");
    let found = Diagnostic::new("contradicting-keys", Severity::Error, message, label);
    Some(found.with_related(networks.span, "its networks").with_help("remove one of them"))
}

fn port(node: &Node) -> Option<Diagnostic> {
    if let NodeKind::Map(_) = node.kind {
        let target = node.get("target")?;
        return value(&["target"], Kind::Int, target);
    }
    let text = read::plain_text(node)?;
    let why = wrong_port(&text)?;
    let message = format!("compose refuses the port `{text}`");
    let help = "write `PORT`, `HOST_PORT:PORT` or `ADDRESS:HOST_PORT:PORT`, with `/udp` behind it \
                where it is not TCP";
    Some(refused(node.span, message, why, help))
}

/// What is wrong with a port in its short form.
fn wrong_port(text: &str) -> Option<&'static str> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if ports.is_empty() {
        return Some("no port");
    }
    if !["", "tcp", "udp", "sctp"].contains(&protocol.to_ascii_lowercase().as_str()) {
        return Some("no such protocol");
    }
    let (before, target) = ports.rsplit_once(':').unwrap_or(("", ports));
    let (address, host) = before.rsplit_once(':').unwrap_or(("", before));
    let address = address.trim_start_matches('[').trim_end_matches(']');
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return Some("not an address");
    }
    let Some(target) = range(target) else { return Some("not a port of the container") };
    if host.is_empty() {
        return None;
    }
    let Some(host) = range(host) else { return Some("not a port of the host") };
    // Of several ports of the host, one is picked for a single port of the container.
    let is_even = target.0 == target.1 || target.1 - target.0 == host.1 - host.0;
    (!is_even).then_some("ranges of different lengths")
}

/// The first and the last port of a range.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

/// A folder or file of the host that is not named.
fn mount(node: &Node) -> Option<Diagnostic> {
    let kind = node.get("type").filter(|it| it.as_str() == Some("bind"))?;
    if node.get("source").is_some() {
        return None;
    }
    let message = "compose refuses a mount of `type: bind` without a `source`".to_owned();
    Some(refused(kind.span, message, "of which path?", "write `source:` and the path on the host"))
}

fn host(node: &Node) -> Option<Diagnostic> {
    let text = read::plain_text(node)?;
    if text.contains([':', '=']) {
        return None;
    }
    let message = format!("compose refuses the host `{text}`");
    Some(refused(node.span, message, "has no address", format!("write `{text}:ADDRESS`")))
}

fn test(node: &Node) -> Option<Diagnostic> {
    let first = node.elements().first()?;
    let word = read::plain_text(first)?;
    if ["CMD", "CMD-SHELL", "NONE"].contains(&word.as_str()) {
        return None;
    }
    let message = "compose refuses a list for `healthcheck.test` that does not begin with `CMD` or \
                   `CMD-SHELL`";
    let help = "write `CMD` in front of the words, or one text for a shell";
    Some(refused(first.span, message.to_owned(), "not one of them", help))
}

fn pulled(node: &Node) -> Option<Diagnostic> {
    let text = read::plain_text(node)?;
    if text.is_empty() || PULLED.iter().any(|it| text.contains(it)) {
        return None;
    }
    let message = format!("compose refuses `pull_policy: {text}`");
    let help = "write `always`, `missing`, `build` or `never`";
    Some(refused(node.span, message, "no time to pull", help))
}

/// A limit of the kernel: one number, or a soft and a hard one.
fn limit(entry: &Entry) -> Option<Diagnostic> {
    let name = entry.key.value.as_str();
    if let NodeKind::Map(_) = entry.value.kind {
        let lacking = ["soft", "hard"].into_iter().find(|it| entry.value.get(it).is_none())?;
        let message = format!("compose refuses the limit `{name}`, which has no `{lacking}`");
        let help = "write both `soft` and `hard`, or one number for both";
        return Some(refused(entry.key.span, message, "half a limit", help));
    }
    value(&["ulimits", name], Kind::Int, &entry.value)
}

/// A secret or a configuration that comes from nowhere, or from two places.
fn source(entry: &Entry, sources: &[&str]) -> Option<Diagnostic> {
    let name = entry.key.value.as_str();
    let is_made_elsewhere = ["external", "driver", "template_driver", "name"];
    if !matches!(entry.value.kind, NodeKind::Map(_))
        || is_made_elsewhere.iter().any(|it| entry.value.get(it).is_some())
    {
        return None;
    }
    let all: Vec<String> = sources.iter().map(|it| format!("`{it}`")).collect();
    let given = sources.iter().filter(|it| entry.value.get(it).is_some()).count();
    let (label, help) = match given {
        0 => ("comes from nowhere", format!("write one of {}", all.join(", "))),
        1 => return None,
        _ => ("comes from two places", format!("keep one of {}", all.join(", "))),
    };
    let message = format!("compose refuses `{name}`: it needs exactly one source");
    Some(refused(entry.key.span, message, label, help))
}

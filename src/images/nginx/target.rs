//! Where nginx passes requests to: the address behind `proxy_pass` and its relatives.

use std::collections::BTreeMap;

use crate::fact::Unknown;
use crate::images::proxy::{Address, Target};

/// Servers of each `upstream`, by its name.
pub(super) type Upstreams = BTreeMap<String, Vec<Address>>;

/// The address of a directive that passes requests on, such as `http://web:8000/api`, with the
/// variables that are set.
pub(super) fn of_pass(
    directive: &str,
    text: Option<&str>,
    variables: &BTreeMap<String, String>,
) -> Target {
    let unknown =
        || Target::Unknown(Unknown::because(format!("`{directive}` names no address as a text")));
    let Some(text) = text.and_then(|it| filled_in(it, variables)) else { return unknown() };
    let (scheme, rest) = text.split_once("://").unwrap_or(("", &text));
    let port = match (directive, scheme) {
        (_, "http") => Some(80),
        (_, "https" | "grpcs") => Some(443),
        _ => None,
    };
    let path = if scheme == "unix" { Some(rest) } else { rest.strip_prefix("unix:") };
    if let Some(path) = path {
        return socket(path);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    // A variable behind the port is a part of the path.
    let authority = &rest[..end];
    let authority = match authority.split_once('$') {
        Some((before, _)) if before.contains(':') && !before.ends_with(':') => before,
        Some(_) => return unknown(),
        None => authority,
    };
    host(authority, port).unwrap_or_else(unknown)
}

/// The address of a `server` in an `upstream`, which has port 80 when it names none.
pub(super) fn of_server(text: Option<&str>) -> Target {
    let unknown = || Target::Unknown(Unknown::because("the template writes the upstream's server"));
    match text {
        Some(text) if text.starts_with("unix:") => socket(&text["unix:".len()..]),
        Some(text) if !text.contains('$') => host(text, Some(80)).unwrap_or_else(unknown),
        _ => unknown(),
    }
}

/// A path, behind which the URI may stand that the server gets; uWSGI's form has more slashes.
fn socket(path: &str) -> Target {
    let path = path.split(':').next().unwrap_or_default();
    Target::Socket(format!("/{}", path.trim_start_matches('/')))
}

/// `HOST`, `HOST:PORT`, `[::1]:PORT`.
fn host(text: &str, default: Option<u16>) -> Option<Target> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => Some(port.parse().ok()?),
        None => default,
    };
    (!host.is_empty()).then(|| Target::Host { host: host.to_owned(), port })
}

/// An address is shorter than this, in bytes.
const ADDRESS_MAX: usize = 1_000;

/// A text in which variables stand that the configuration sets: `http://$app`.
fn filled_in(text: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    let mut text = text.to_owned();
    // The longest first: `$app_port` is not `$app` and more.
    let mut names: Vec<&String> = variables.keys().collect();
    names.sort_by_key(|it| std::cmp::Reverse(it.len()));
    for name in names {
        let (count, value) = (text.matches(name.as_str()).count(), &variables[name]);
        // Values that name two others each would double again and again.
        if count.saturating_mul(value.len()) >= ADDRESS_MAX {
            return None;
        }
        if count > 0 {
            text = text.replace(name.as_str(), value);
        }
    }
    (text.len() < ADDRESS_MAX).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let variables = BTreeMap::from([("$app".to_owned(), "http://web:8000".to_owned())]);
        let shown = match of_pass("proxy_pass", Some(text), &variables) {
            Target::Host { host, port } => {
                format!("{host} {}", port.map_or("-".to_owned(), |it| it.to_string()))
            }
            Target::Socket(path) => format!("socket {path}"),
            Target::Unknown(_) => "unknown".to_owned(),
        };
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn an_address_is_read_as_nginx_reads_it() {
        check("http://web:8000", "web 8000");
        check("http://web:8000/api/", "web 8000");
        check("https://web", "web 443");
        check("http://web/a?b=c", "web 80");
        check("http://[::1]:8000/", "::1 8000");
        check("http://unix:/run/app.sock", "socket /run/app.sock");
        check("http://unix:/run/app.sock:/v1/", "socket /run/app.sock");
        check("unix:///run/app.sock", "socket /run/app.sock");
        check("http://web:8000$request_uri", "web 8000");
        check("$app", "web 8000");
        check("$app/x", "web 8000");
        check("http://$host", "unknown");
        check("http://web:$port", "unknown");
        check("http://web:port", "unknown");
        check("web", "web -");
    }

    #[test]
    fn values_that_double_are_given_up() {
        let name = |it: usize| format!("${}", "a".repeat(it));
        let double = |it: usize| (name(it), format!("{0}{0}", name(it - 1)));
        let mut variables: BTreeMap<String, String> = (2..200).map(double).collect();
        variables.insert(name(1), "host".to_owned());
        assert_eq!(filled_in(&name(3), &variables).as_deref(), Some("hosthosthosthost"));
        assert_eq!(filled_in(&name(199), &variables), None);
    }
}

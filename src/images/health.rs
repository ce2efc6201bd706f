//! The command of a container's health check: which port of the container itself it asks.

use crate::fact::{Fact, Origin, Value};
use crate::source::Span;

/// Names of the container itself.
const ITSELF: &[&str] = &["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];

/// The port that a command asks, when it asks exactly one of the container itself by HTTP.
pub(crate) fn port(command: &str, span: Span) -> Option<Fact> {
    let mut ports: Vec<u16> = urls(command).filter_map(port_of).collect();
    ports.dedup();
    match ports.as_slice() {
        [port] => Some(Fact::known(
            Value::Int(i64::from(*port)),
            Origin::written(span, "command of the health check"),
        )),
        _ => None,
    }
}

/// What stands behind `http://` and `https://`, with the default port of each.
fn urls(command: &str) -> impl Iterator<Item = (&str, u16)> {
    let of = |scheme: &'static str, port: u16| {
        command.match_indices(scheme).map(move |(at, _)| (&command[at + scheme.len()..], port))
    };
    of("http://", 80).chain(of("https://", 443))
}

fn port_of((url, default): (&str, u16)) -> Option<u16> {
    let rest = ITSELF.iter().find_map(|it| url.strip_prefix(it))?;
    let Some(rest) = rest.strip_prefix(':') else {
        let ends = rest.chars().next().is_none_or(|it| !it.is_ascii_alphanumeric() && it != '.');
        return ends.then_some(default);
    };
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn the_port_is_that_of_the_container_itself() {
        let span = Span::start_of(SourceMap::new().add("x", ""));
        let check = |command: &str, expect: Option<f64>| {
            assert_eq!(port(command, span).and_then(|it| it.number()), expect, "{command}");
        };
        check("curl -f http://localhost:8081/health || exit 1", Some(8081.0));
        check("wget -qO- http://127.0.0.1/", Some(80.0));
        check("curl http://db:5432/", None);
        check("curl http://localhost:$PORT/", None);
        check("curl http://localhost:1/ http://localhost:2/", None);
        check("pg_isready", None);
    }
}

//! The command of a container's health check: which port of the container itself it asks, and
//! whether it heeds the answer.

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

/// The path that a command asks, when it asks exactly one of the container itself by HTTP.
pub(crate) fn path(command: &str, span: Span) -> Option<Fact> {
    let mut paths: Vec<&str> = urls(command).filter_map(path_of).collect();
    paths.dedup();
    match paths.as_slice() {
        [path] if !path.contains(['$', '{', '%']) => Some(Fact::known(
            Value::Text((*path).to_owned()),
            Origin::written(span, "command of the health check"),
        )),
        _ => None,
    }
}

/// The program of a command that ends with success whatever status the answer has. `None` where the
/// output may be looked at, too.
///
/// curl ends with 0 for every answer without `--fail` (curl.se/docs/manpage.html#-f), and so do
/// calls of HTTP libraries of Python whose answer nobody asks for its status.
pub(crate) fn accepts_errors(command: &str, span: Span) -> Option<Fact> {
    let program = match command {
        it if calls(it, "curl") && !heeds_status(it) => "curl",
        it if is_unread_request(it) => "python",
        _ => return None,
    };
    Some(Fact::known(
        Value::Text(program.to_owned()),
        Origin::written(span, "command of the health check"),
    ))
}

fn calls(command: &str, program: &str) -> bool {
    words(command).any(|it| it.rsplit('/').next() == Some(program))
}

fn words(command: &str) -> impl Iterator<Item = &str> {
    let is_between = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | '[' | ']');
    command.split(is_between).filter(|it| !it.is_empty())
}

/// Whether curl is told to fail, or something reads what it prints.
fn heeds_status(command: &str) -> bool {
    let is_flag = |it: &str| {
        let short = it.strip_prefix('-').filter(|it| !it.starts_with('-'));
        it.starts_with("--fail")
            || it.starts_with("--write-out")
            || short.is_some_and(|it| it.contains(['f', 'w']))
    };
    let pipes = command.replace("||", "").contains('|');
    let is_read = ["$(", "`", "grep", "test ", "<(", "--config", "-K"];
    pipes
        || is_read.iter().any(|it| command.contains(it))
        || words(command).any(is_flag)
        || !command.contains("://") && !command.contains("localhost") && !command.contains("127.")
}

/// `requests.get('http://…')` and nothing that asks for the status of the answer.
fn is_unread_request(command: &str) -> bool {
    const CALLS: [&str; 3] = ["requests.get(", "requests.head(", "httpx.get("];
    const READS: [&str; 6] = ["raise_for_status", "status_code", ".ok", "assert", "exit", "json"];
    calls(command, "-c")
        && CALLS.iter().any(|it| command.contains(it))
        && !READS.iter().any(|it| command.contains(it))
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

/// What stands behind the address of the container itself, up to the end of the word.
fn path_of((url, _): (&str, u16)) -> Option<&str> {
    let rest = ITSELF.iter().find_map(|it| url.strip_prefix(it))?;
    let start = rest.find('/')?;
    let is_port = |it: &str| {
        let port = it.strip_prefix(':').unwrap_or(it);
        port.bytes().all(|it| it.is_ascii_alphanumeric() || b"${}_:-".contains(&it))
    };
    let path = &rest[start..];
    let end = path.find(|it: char| it.is_whitespace() || "'\"`,;|&)]<>".contains(it));
    is_port(&rest[..start]).then(|| &path[..end.unwrap_or(path.len())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn a_check_that_nobody_told_to_fail_accepts_every_answer() {
        let span = Span::start_of(SourceMap::new().add("x", ""));
        let check = |command: &str, expect: Option<&str>| {
            let found = accepts_errors(command, span);
            assert_eq!(found.as_ref().and_then(Fact::text), expect, "{command}");
        };
        check("curl localhost:8000/up", Some("curl"));
        check(r#"["CMD", "/usr/bin/curl", "-s", "http://localhost/"]"#, Some("curl"));
        check("curl -s http://localhost/ >/dev/null || exit 1", Some("curl"));
        check("curl -sf http://localhost/", None);
        check("curl --fail http://localhost/ || exit 1", None);
        check("curl -s http://localhost/ | grep ok", None);
        check(r#"test "$(curl -s -o /dev/null -w '%{http_code}' http://localhost/)" = 200"#, None);
        check("curl $URL", None);
        check("wget -q --spider http://localhost/", None);
        check("python -c \"import requests; requests.get('http://localhost/')\"", Some("python"));
        check("python -c \"import requests; requests.get('http://localhost/').json()\"", None);
        check("pg_isready", None);
    }

    #[test]
    fn the_path_is_what_is_asked_of_the_container_itself() {
        let span = Span::start_of(SourceMap::new().add("x", ""));
        let check = |command: &str, expect: Option<&str>| {
            let found = path(command, span);
            assert_eq!(found.as_ref().and_then(Fact::text), expect, "{command}");
        };
        check("curl -f http://localhost:8081/health || exit 1", Some("/health"));
        check("curl -f http://localhost:${PORT:-80}/up", Some("/up"));
        check(r#"["CMD", "wget", "-q", "http://127.0.0.1/api/ping"]"#, Some("/api/ping"));
        check("python -c \"urlopen('http://localhost:8000/up?full=1')\"", Some("/up?full=1"));
        check("curl -f http://localhost:8081", None);
        check("curl -f http://localhost/$UP", None);
        check("curl http://db/up", None);
        check("curl http://localhost/a http://localhost/b", None);
    }

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

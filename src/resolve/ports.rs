//! Ports that a program opens beside the one that its server listens on: metrics, a debugger,
//! WebSockets, gRPC.
//!
//! They are looked for where something asks for a port that the server does not have, and only for
//! that number: it stands in a call that opens one. Nothing is evaluated.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// Folders of a project that have its code, beside its own.
const FOLDERS: &[&str] = &["", "src", "app", "lib", "server", "config"];

/// The most files that are looked into.
const FILES_MAX: usize = 48;

/// The most bytes of a file that are looked into.
const BYTES_MAX: usize = 128 * 1_024;

/// Lines of a call in front of the one with the number.
const LINES_BEFORE: usize = 3;

/// Calls that open a port, by the ends of the names of files that they stand in.
const OPENING: &[(&[&str], &[&str])] = &[
    (
        &[".py"],
        &[
            "start_http_server(",
            "add_insecure_port(",
            "add_secure_port(",
            "TCPServer(",
            "HTTPServer(",
            "WSGIServer(",
            "start_server(",
            "websockets.serve(",
            "debugpy.listen(",
            "make_server(",
        ],
    ),
    (
        &[".js", ".mjs", ".cjs", ".ts"],
        &[
            "WebSocketServer(",
            "WebSocket.Server(",
            "ws.Server(",
            "new Server(",
            "socket.io\")(",
            "socket.io')(",
            "bindAsync(",
            ".listen(",
        ],
    ),
];

/// Notes which of the ports that something asks for the code opens by itself.
pub(super) fn opened_beside(workspace: &mut Workspace<'_>, folder: &str, facts: &mut Facts) {
    let Some(port) = facts.get(v::PORT).and_then(Fact::int) else { return };
    let asked = [v::ROUTER_PORT, v::HEALTH_CHECK_PORT].into_iter();
    let mut asked: Vec<i64> = asked.filter_map(|it| facts.get(it)?.int()).collect();
    if let Some(Value::List(targets)) = facts.get(v::PUBLISHED_TARGETS).and_then(Fact::value) {
        asked.extend(
            targets.iter().filter_map(|it| if let Value::Int(it) = it { Some(*it) } else { None }),
        );
    }
    asked.retain(|it| *it != port);
    if asked.is_empty() {
        return;
    }
    let mut found: Vec<(i64, Span)> = Vec::new();
    for path in code(workspace, folder) {
        let Some(file) = workspace.open_if_text(&path) else { continue };
        let text = workspace.sources.file(file).shared_text();
        let endings = OPENING.iter().find(|(ends, _)| ends.iter().any(|it| path.ends_with(it)));
        let Some((_, calls)) = endings.filter(|_| text.len() <= BYTES_MAX) else { continue };
        for number in &asked {
            if let Some(at) = opens(&text, *number, calls) {
                let span = Span::new(file, at, at + number.to_string().len());
                found.push((*number, span));
            }
        }
    }
    let Some((_, span)) = found.first() else { return };
    let origin = Origin {
        span: Some(*span),
        ..Origin::new(OriginKind::Written, "a call that opens a port")
    };
    found.sort_unstable_by_key(|it| it.0);
    found.dedup_by_key(|it| it.0);
    let ports = found.into_iter().map(|it| Value::Int(it.0)).collect();
    facts.set(v::CODE_OTHER_PORTS, Fact::known(Value::List(ports), origin));
}

/// The files with code in a project.
fn code(workspace: &Workspace<'_>, folder: &str) -> Vec<String> {
    let is_code =
        |name: &str| OPENING.iter().any(|(ends, _)| ends.iter().any(|it| name.ends_with(it)));
    let mut paths = Vec::new();
    for inner in FOLDERS {
        let Some(folder) = join(folder, inner) else { continue };
        let names = workspace.list(&folder).into_iter().filter(|it| is_code(it));
        paths.extend(names.filter_map(|it| join(&folder, &it)));
    }
    paths.truncate(FILES_MAX);
    paths
}

/// Where a number stands in one of these calls.
fn opens(text: &str, number: i64, calls: &[&str]) -> Option<usize> {
    let number = number.to_string();
    let is_part = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
    text.match_indices(number.as_str()).map(|(at, _)| at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + number.len()..]);
        let is_alone = !is_part(before.chars().next_back()) && !is_part(after.chars().next());
        let line = before.rfind('\n').map_or(0, |it| it + 1);
        let is_code = !before[line..].trim_start().starts_with(['#', '/', '*']);
        let call = before.rsplit('\n').take(LINES_BEFORE + 1).map(str::len).sum::<usize>();
        let start = before.len().saturating_sub(call + LINES_BEFORE);
        let start = before.ceil_char_boundary(start);
        is_alone && is_code && calls.iter().any(|it| before[start..].contains(it))
    })
}

#[cfg(test)]
mod tests {
    use super::opens;

    #[test]
    fn a_number_counts_in_a_call_that_opens_a_port() {
        let python = ["start_http_server(", "TCPServer("];
        for (text, expect) in [
            ("start_http_server(9102)", true),
            ("start_http_server(\n    port=9102,\n)", true),
            ("TCPServer((\"0.0.0.0\", 9102), None)", true),
            ("start_http_server(91020)", false),
            ("app.run(port=9102)", false),
            ("# start_http_server(9102)", false),
            ("start_http_server(1)\n\n\n\n\nx = 9102", false),
        ] {
            assert_eq!(opens(text, 9102, &python).is_some(), expect, "{text}");
        }
    }
}

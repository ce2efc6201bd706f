//! Caddyfiles: the limits in front of the server, by site and block.

use super::*;
use crate::images::proxy::{of_passes, shown};
use crate::vocabulary as v;
use crate::workspace::{Copied, MemoryFiles};

/// Checks where requests go, the body limit and the read timeout; `-` where nothing is passed on.
#[track_caller]
fn check_files(files: &[(&str, &str)], to: &str, body: &str, read: &str) {
    let memory =
        files.iter().fold(MemoryFiles::new(), |memory, (path, text)| memory.with(*path, *text));
    let mut workspace = Workspace::new(&memory);
    let mounts = vec![Copied { to: "/etc/caddy".to_owned(), from: "caddy".to_owned() }];
    let container = Container { mounts, ..Container::default() };
    let configuration = in_container(&mut workspace, &container, None);
    let Some(Ok(configuration)) = configuration else { panic!("nothing is read: {files:?}") };
    let passes: Vec<_> = configuration.passes.iter().collect();
    let facts = of_passes(&passes);
    let fact = |id| facts.get(id).map_or("-".to_owned(), |it| it.state.to_string());
    assert_eq!(shown(&passes), to, "{files:?}");
    assert_eq!(fact(v::PROXY_BODY_LIMIT_MB), body, "body limit: {files:?}");
    assert_eq!(fact(v::PROXY_READ_TIMEOUT_S), read, "read timeout: {files:?}");
}

#[track_caller]
fn check(text: &str, to: &str, body: &str, read: &str) {
    check_files(&[("caddy/Caddyfile", text)], to, body, read);
}

#[test]
fn addresses_are_read_as_caddy_reads_them() {
    check(":80\nreverse_proxy web:8000", "web:8000", "none", "none");
    check("a.com {\n reverse_proxy web\n}", "web:80", "none", "none");
    check(":80\nreverse_proxy /api/* http://web :3000", "web:80 localhost:3000", "none", "none");
    check(":80\nreverse_proxy {\n to a:1 b:2-4\n}", "a:1 b:?", "none", "none");
    check(":80\nreverse_proxy unix//run/a.sock {host}:80", "socket unknown", "none", "none");
    check(":80\nreverse_proxy {\n dynamic a web 8000\n}", "web:8000", "none", "none");
    check(":80\nfile_server", "", "-", "-");
}

#[test]
fn the_smallest_body_and_the_shortest_time_count() {
    check(
        "a.com {\n request_body {\n  max_size 10MiB\n }\n reverse_proxy web:1 {\n  transport http {\n   \
         read_timeout 30s\n   response_header_timeout 1m\n  }\n }\n}",
        "web:1",
        "10",
        "30",
    );
    check(
        "a.com {\n request_body {\n  max_size 10MiB\n }\n handle /x {\n  request_body {\n   max_size \
         2MiB\n  }\n  reverse_proxy web:1\n }\n}",
        "web:1",
        "2",
        "none",
    );
    check(
        ":80\nreverse_proxy web:1 {\n transport http {\n  response_header_timeout 20s\n }\n}",
        "web:1",
        "none",
        "20",
    );
}

#[test]
fn in_a_route_a_limit_counts_for_what_stands_behind_it() {
    let limit = "request_body {\n max_size 1MiB\n}";
    check(&format!(":80\nroute {{\n{limit}\nreverse_proxy web:1\n}}"), "web:1", "1", "none");
    check(&format!(":80\nroute {{\nreverse_proxy web:1\n{limit}\n}}"), "web:1", "none", "none");
    check(&format!(":80\nreverse_proxy web:1\n{limit}"), "web:1", "1", "none");
}

#[test]
fn a_limit_for_some_requests_is_not_known_for_others() {
    let limit = |of: &str| format!("request_body {of} {{\n max_size 1MiB\n}}");
    check(&format!(":80\n{}\nreverse_proxy web:1", limit("/up")), "web:1", "unknown", "none");
    check(&format!(":80\n{}\nreverse_proxy /up web:1", limit("/up")), "web:1", "1", "none");
    check(&format!(":80\n{}\nreverse_proxy web:1", limit("*")), "web:1", "1", "none");
}

#[test]
fn snippets_files_and_variables_are_followed() {
    check(
        "(p) {\n reverse_proxy {args[0]}:{args[1]}\n}\na.com {\n import p web 8000\n}",
        "web:8000",
        "none",
        "none",
    );
    check(":80\nreverse_proxy {$UP:web:8000}", "web:8000", "none", "none");
    check(":80\nreverse_proxy {$UP}", "unknown", "none", "none");
    check_files(
        &[
            ("caddy/Caddyfile", "import sites/*.caddy"),
            ("caddy/sites/a.caddy", "a.com {\n import ../limit\n reverse_proxy web:1\n}"),
            ("caddy/limit", "request_body {\n max_size 3MiB\n}"),
        ],
        "web:1",
        "3",
        "none",
    );
}

#[test]
fn a_snippet_that_imports_itself_ends() {
    let text = "(a) {\n import a\n import a\n}\n:80 {\n import a\n reverse_proxy web:1\n}";
    let memory = MemoryFiles::new().with("Caddyfile", text);
    let mut workspace = Workspace::new(&memory);
    let mounts = vec![Copied { to: FILE.to_owned(), from: "Caddyfile".to_owned() }];
    let container = Container { mounts, ..Container::default() };
    let found = in_container(&mut workspace, &container, None);
    assert!(matches!(found, Some(Err(_))), "it is too long");
}

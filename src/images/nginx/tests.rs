//! Configurations of nginx: the limits in front of the server, by inheritance and location.

use super::*;
use crate::vocabulary as v;
use crate::workspace::MemoryFiles;

/// Checks the body limit and the read timeout, as a user would read them; `-` for none.
#[track_caller]
fn check_files(files: &[(&str, &str)], body: &str, read: &str) {
    let memory =
        files.iter().fold(MemoryFiles::new(), |memory, (path, text)| memory.with(*path, *text));
    let mut workspace = Workspace::new(&memory);
    let file = workspace.open(files[0].0).unwrap();
    let facts = of_file(&mut workspace, file);
    let shown = |id| facts.get(id).map_or("-".to_owned(), |it| it.state.to_string());
    assert_eq!(shown(v::PROXY_BODY_LIMIT_MB), body, "body limit: {}", files[0].1);
    assert_eq!(shown(v::PROXY_READ_TIMEOUT_S), read, "read timeout: {}", files[0].1);
}

#[track_caller]
fn check(text: &str, body: &str, read: &str) {
    check_files(&[("config/nginx.conf", text)], body, read);
}

#[test]
fn a_location_inherits_what_its_blocks_say() {
    let location = "location / { proxy_pass http://app; }";
    check(&format!("http {{ server {{ {location} }} }}"), "1", "60");
    check(
        &format!(
            "http {{ client_max_body_size 20m; server {{ proxy_read_timeout 2m; {location} }} }}"
        ),
        "20",
        "120",
    );
    check(
        "http { client_max_body_size 5m; server { location / { client_max_body_size 512k; \
         proxy_pass http://app; } } }",
        "0.5",
        "60",
    );
}

#[test]
fn a_directive_counts_wherever_it_stands_in_its_block() {
    check(
        "http { server { location / { proxy_pass http://app; } client_max_body_size 3m; } }",
        "3",
        "60",
    );
}

#[test]
fn zero_is_no_limit() {
    check("http { client_max_body_size 0; server { location / { uwsgi_pass a; } } }", "none", "60");
}

#[test]
fn the_largest_body_counts_and_timeouts_have_bounds() {
    let text = "http { server {
        location / { proxy_pass http://app; }
        location /upload { client_max_body_size 50m; proxy_read_timeout 300s; proxy_pass http://app; }
    } }";
    check(text, "50", "60..300");
}

#[test]
fn each_protocol_has_its_own_timeout() {
    check("http { server { location / { proxy_read_timeout 5; uwsgi_pass a; } } }", "1", "60");
    check("http { server { location / { uwsgi_read_timeout 5; uwsgi_pass a; } } }", "1", "5");
}

#[test]
fn a_named_location_gets_requests_of_the_size_that_arrived() {
    let named = "location @app { client_max_body_size 50m; proxy_pass http://app; }";
    check(
        &format!("http {{ server {{ location / {{ try_files $uri @app; }} {named} }} }}"),
        "1",
        "60",
    );
    check(&format!("http {{ server {{ {named} }} }}"), "unknown", "60");
}

#[test]
fn what_the_template_writes_is_unknown() {
    check(
        "http { client_max_body_size <%= ENV['X'] || 1 %>M; server { location / { proxy_pass a; } } }",
        "unknown",
        "60",
    );
    check(
        "http { <% if x %> client_max_body_size 9m; <% end %> server { location / { proxy_pass a; } } }",
        "unknown",
        "60",
    );
    check("http { server { location / { proxy_pass {{ app }}; } } }", "unknown", "unknown");
}

#[test]
fn a_location_that_may_not_be_there_counts_if_it_takes_more() {
    let text = |inside: &str| {
        format!(
            "http {{ server {{ client_max_body_size 5m; location / {{ proxy_pass a; }} \
             <% if x %> location /b {{ {inside} proxy_pass a; }} <% end %> }} }}"
        )
    };
    check(&text(""), "5", "60");
    check(&text("client_max_body_size 2m; proxy_read_timeout 90;"), "5", "60..90");
    check(&text("client_max_body_size 6m;"), "unknown", "60");
}

#[test]
fn included_files_are_read_and_missing_ones_may_say_anything() {
    let main = "http { include mime.types; include conf.d/*.conf; }";
    let server = "server { client_max_body_size 7m; location / { proxy_pass http://app; } }";
    let conf = ("config/nginx.conf", main);
    check_files(&[conf, ("config/conf.d/app.conf", server)], "7", "60");
    check_files(&[conf], "unknown", "unknown");
    check(
        "http { include /etc/nginx/more.conf; server { location / { proxy_pass a; } } }",
        "unknown",
        "unknown",
    );
    check("server { location / { proxy_pass a; } }", "unknown", "unknown");
}

#[test]
fn a_file_that_passes_nothing_on_says_nothing() {
    check(
        "http { client_max_body_size 5m; server { location / { root /srv; } } }",
        "unknown",
        "unknown",
    );
    check("", "unknown", "unknown");
}

//! haproxy.cfg: where requests go, how long HAProxy waits, and what it says of them.

use super::*;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::images::proxy::{of_passes, shown};
use crate::vocabulary as v;
use crate::workspace::{Copied, MemoryFiles};

fn configuration(text: &str) -> Result<Configuration, Unknown> {
    let memory = MemoryFiles::new().with("haproxy.cfg", text);
    let mut workspace = Workspace::new(&memory);
    let mounts = vec![Copied { to: FILE.to_owned(), from: "haproxy.cfg".to_owned() }];
    let mut container = Container { mounts, ..Container::default() };
    let origin = Origin::new(OriginKind::Env, "a test");
    container.environment.set("APP", Fact::known(Value::Text("web".to_owned()), origin));
    in_container(&mut workspace, &container, None).unwrap_or_else(|| panic!("not read: {text}"))
}

/// Checks where requests go, then the timeouts for reading and connecting.
#[track_caller]
fn check(text: &str, to: &str, times: &str) {
    let Ok(configuration) = configuration(text) else { panic!("not known: {text}") };
    let passes: Vec<_> = configuration.passes.iter().collect();
    let facts = of_passes(&passes);
    let fact = |id| facts.get(id).map_or("-".to_owned(), |it| it.state.to_string());
    assert_eq!(shown(&passes), to, "{text}");
    let found = [v::PROXY_READ_TIMEOUT_S, v::PROXY_CONNECT_TIMEOUT_S].map(fact).join(" ");
    assert_eq!(found, times, "{text}");
}

/// Checks HTTPS, `X-Forwarded-Proto`, the host and the upgrade.
#[track_caller]
fn check_http(text: &str, expect: &str) {
    let Ok(configuration) = configuration(text) else { panic!("not known: {text}") };
    let facts = of_passes(&configuration.passes.iter().collect::<Vec<_>>());
    let found = [
        v::PROXY_TERMINATES_TLS,
        v::PROXY_SETS_FORWARDED_PROTO,
        v::PROXY_PASSES_HOST,
        v::PROXY_PASSES_UPGRADE,
    ];
    let found = found.map(|id| facts.get(id).map_or("-".to_owned(), |it| it.state.to_string()));
    assert_eq!(found.join(" "), expect, "{text}");
}

#[test]
fn addresses_are_read_as_haproxy_reads_them() {
    let listen = |servers: &str| format!("listen l\n bind :80\n{servers}");
    check(
        &listen(" server a web:8000 check\n server b 10.0.0.1:81"),
        "web:8000 10.0.0.1:81",
        "none none",
    );
    check(&listen(" server a web"), "web:?", "none none");
    check(&listen(" server a [::1]:80\n server b ipv4@x:1"), "::1:80 x:1", "none none");
    check(&listen(" server a /run/a.sock\n server b unix@a"), "socket socket", "none none");
    check(&listen(" server a \"${APP}:80\"\n server b $APP:1"), "web:80 web:1", "none none");
    check(&listen(" server a \"${NO}:80\"\n server b \"${NO-x}:80\""), "unknown x:80", "none none");
    check(&listen(" server-template a 3 web:8000 resolvers docker"), "web:8000", "none none");
    check(&listen(" server a web:+1\n server b *:80"), "web:? unknown", "none none");
    check(&listen(" server a web:80 disabled"), "", "- -");
    check(
        &format!("global\n setenv APP x\n{}", listen(" server a $APP:80")),
        "unknown",
        "none none",
    );
}

#[test]
fn a_backend_counts_where_a_frontend_leads_to_it() {
    let backends = "backend a\n server s a:1\nbackend b\n server s b:1\nbackend c\n server s c:1\n";
    let front = |lines: &str| format!("frontend f\n bind :80\n{lines}\n{backends}");
    check(&front(" default_backend a"), "a:1", "none none");
    check(&front(" use_backend b if { path /x }\n default_backend a"), "a:1 b:1", "none none");
    check(&front(" use_backend %[req.hdr(host),lower]"), "a:1 b:1 c:1", "none none");
    check(&front(""), "", "- -");
    check("peers p\n server s a:1\nbackend a\n server s a:1", "", "- -");
}

#[test]
fn times_are_those_of_the_backend_and_its_defaults() {
    let text = |times: &str, own: &str| {
        format!(
            "defaults\n{times}\nfrontend f\n timeout server 1s\n default_backend b\nbackend b\n{own}\n server s a:1"
        )
    };
    check(&text(" timeout server 10s\n timeout connect 5000", ""), "a:1", "10 5");
    check(&text(" timeout server 10s", " timeout server 2m"), "a:1", "120 none");
    check(&text(" timeout server 1h", " timeout connect 250ms"), "a:1", "3600 0.25");
    check(&text(" timeout server 0", ""), "a:1", "none none");
    check(&text(" timeout server soon", ""), "a:1", "unknown none");
    check(
        &text(" timeout server 10s", " http-request set-timeout server 60s if { path /x }"),
        "a:1",
        "unknown none",
    );
    let named = "defaults slow\n timeout server 90s\ndefaults\n timeout server 3s\n";
    check(&format!("{named}listen l\n server s a:1"), "a:1", "3 none");
    check(&format!("{named}listen l from slow\n server s a:1"), "a:1", "90 none");
}

#[test]
fn requests_are_changed_by_rules_alone() {
    let text = |front: &str, back: &str| {
        format!(
            "defaults\n mode http\nfrontend f\n bind :443 ssl crt /x.pem\n{front}\n default_backend b\n\
             backend b\n{back}\n server s a:1"
        )
    };
    check_http(&text("", ""), "true false true true");
    let sets = " http-request set-header X-Forwarded-Proto https";
    check_http(&text(sets, ""), "true true true true");
    check_http(&text("", &format!("{sets} if {{ ssl_fc }}")), "true true true true");
    check_http(&text("", &format!("{sets} if {{ path /x }}")), "true unknown true true");
    check_http(&text(" http-request set-header Host x", ""), "true false unknown true");
    check_http(&text(" http-request deny if { hdr(host) -i x }", ""), "true false true true");
    check_http(&text(" http-request del-header Upgrade", ""), "true false true unknown");
    check_http("listen l\n bind :80\n server s a:1", "false unknown unknown unknown");
}

#[test]
fn what_a_template_or_a_condition_decides_is_not_known() {
    assert!(configuration("backend b\n server s {{ host }}:80").is_err(), "a template");
    assert!(
        configuration(".if defined(X)\nlisten l\n server s a:1\n.endif").is_err(),
        "a condition"
    );
}

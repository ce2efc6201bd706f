//! httpd.conf: where requests go, how long Apache waits, and what it says of them.

use super::*;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::images::proxy::{of_passes, shown};
use crate::vocabulary as v;
use crate::workspace::{Copied, MemoryFiles};

fn configuration(text: &str) -> Result<Configuration, Unknown> {
    let memory = MemoryFiles::new()
        .with("httpd.conf", text)
        .with("sites/a.conf", "<VirtualHost *:80>\nProxyPass / http://site:1/\n</VirtualHost>\n");
    let mut workspace = Workspace::new(&memory);
    let mount = |to: &str, from: &str| Copied { to: to.to_owned(), from: from.to_owned() };
    let mounts = vec![mount(FILE, "httpd.conf"), mount("/usr/local/apache2/conf/sites", "sites")];
    let mut container = Container { mounts, ..Container::default() };
    let origin = Origin::new(OriginKind::Env, "a test");
    container.environment.set("APP", Fact::known(Value::Text("web".to_owned()), origin));
    in_container(&mut workspace, &container).unwrap_or_else(|| panic!("not read: {text}"))
}

/// Checks where requests go, then facts of it.
#[track_caller]
fn check(text: &str, to: &str, ids: &[v::FactId], expect: &str) {
    let Ok(configuration) = configuration(text) else { panic!("not known: {text}") };
    let passes: Vec<_> = configuration.passes.iter().collect();
    let facts = of_passes(&passes);
    let fact = |id: &v::FactId| facts.get(*id).map_or("-".to_owned(), |it| it.state.to_string());
    assert_eq!(shown(&passes), to, "{text}");
    let found: Vec<String> = ids.iter().map(fact).collect();
    assert_eq!(found.join(" "), expect, "{text}");
}

const TIMES: &[v::FactId] = &[v::PROXY_READ_TIMEOUT_S, v::PROXY_CONNECT_TIMEOUT_S];

#[test]
fn addresses_are_read_as_apache_reads_them() {
    check("ProxyPass \"/\" \"http://web:8000/\"", "web:8000", TIMES, "60 60");
    check("ProxyPass /x !\nProxyPass / http://web/", "web:80", TIMES, "60 60");
    check("<Location /a>\nProxyPass https://web\n</Location>", "web:443", TIMES, "60 60");
    check("ProxyPass / http://${APP}:1/", "web:1", TIMES, "60 60");
    check("ProxyPass / http://${NO}:1/", "unknown", TIMES, "60 60");
    check("ProxyPass / unix:/run/a.sock|http://localhost/", "socket", TIMES, "60 60");
    check("ProxyPassMatch ^/(.*)$ http://web:81/$1", "web:81", TIMES, "60 60");
    check("RewriteRule ^/(.*) http://web:82/$1 [P,L]", "web:82", TIMES, "60 60");
    check("RewriteRule ^/(.*) https://shop.example.com/$1 [R=301]", "", TIMES, "- -");
    check("ProxyPassReverse / http://web:8000/", "", TIMES, "- -");
    check(
        "<Proxy balancer://app>\nBalancerMember http://a:1\nBalancerMember http://b:2\n</Proxy>\nProxyPass / balancer://app/",
        "a:1 b:2",
        TIMES,
        "60 60",
    );
    check("ProxyPass / balancer://none/", "unknown", TIMES, "60 60");
    check("Include conf/sites/*.conf\nIncludeOptional conf/none/*.conf", "site:1", TIMES, "60 60");
}

#[test]
fn the_nearest_time_counts() {
    check("Timeout 90\nProxyPass / http://web:1/", "web:1", TIMES, "90 90");
    check("Timeout 90\nProxyTimeout 30\nProxyPass / http://web:1/", "web:1", TIMES, "30 30");
    check(
        "ProxyTimeout 30\n<VirtualHost *:80>\nProxyTimeout 40\nProxyPass / http://web:1/ timeout=300 connectiontimeout=5\n</VirtualHost>",
        "web:1",
        TIMES,
        "300 5",
    );
    check("ProxyTimeout soon\nProxyPass / http://web:1/", "web:1", TIMES, "unknown unknown");
}

#[test]
fn limits_and_headers_are_those_of_the_place() {
    let ids = &[
        v::PROXY_BODY_LIMIT_MB,
        v::PROXY_TERMINATES_TLS,
        v::PROXY_SETS_FORWARDED_PROTO,
        v::PROXY_PASSES_HOST,
        v::PROXY_PASSES_UPGRADE,
    ];
    check("ProxyPass / http://web:1/", "web:1", ids, "1024 false false false false");
    check(
        "<VirtualHost *:443>\nSSLEngine on\nLimitRequestBody 1048576\nProxyPreserveHost On\n\
         RequestHeader set X-Forwarded-Proto \"https\"\nProxyPass / http://web:1/ upgrade=websocket\n</VirtualHost>",
        "web:1",
        ids,
        "1 true true true true",
    );
    check(
        "LimitRequestBody 0\nProxyPass / ws://web:1/",
        "web:1",
        ids,
        "none false false false true",
    );
}

#[test]
fn what_depends_is_not_known() {
    assert!(configuration("<IfDefine X>\nProxyPass / http://web:1/\n</IfDefine>").is_err());
    assert!(configuration("<IfDefine X>\nKeepAlive On\n</IfDefine>").is_ok());
    assert!(configuration("ProxyPass / http://{{ web }}/").is_err());
    assert!(configuration("Include ${DIR}/x.conf").is_err());
    check("<IfModule mod_proxy.c>\nProxyPass / http://w:1/\n</IfModule>", "w:1", TIMES, "60 60");
}

//! What a command starts beside the main program: proxies, databases, tunnels, and programs that
//! bring a database file back. A start script is read as far as the shell is.

use crate::commands::Launches;
use crate::fact::{Fact, Origin, Value};
use crate::launch::{Launch, Word};
use crate::project::Facts;
use crate::vocabulary::{self as v, FactId};

/// Names of programs that stay behind when they are started, and what they are there for.
#[rustfmt::skip]
const STAY: &[(FactId, &[&str])] = &[
    (v::START_PROXY, &[
        "nginx", "openresty", "caddy", "haproxy", "traefik", "envoy", "apache2", "apache2ctl",
        "apachectl", "httpd", "cloudflared", "oauth2-proxy", "varnishd",
    ]),
    (v::START_SERVICE, &[
        "postgresql", "postgres", "pg_ctl", "pg_ctlcluster", "mysql", "mysqld", "mysqld_safe",
        "mariadb", "mariadbd", "redis", "redis-server", "valkey-server", "rabbitmq-server",
        "memcached", "mongod", "pgbouncer", "cloud-sql-proxy", "cloud_sql_proxy", "stunnel",
        "stunnel4", "ssh", "autossh", "tailscaled", "socat",
    ]),
    (v::START_RESTORE, &["litestream", "litefs"]),
];

/// Arguments with which such a program only looks at something and ends.
const LOOKS: &[&str] = &["-t", "-T", "-v", "-V", "validate", "version", "--version", "configtest"];

/// Programs that start what their arguments name: `service nginx start`.
const STARTERS: &[&str] = &["service", "rc-service", "systemctl", "invoke-rc.d"];

/// Sets what is started beside the main program.
pub(super) fn beside(launches: &Launches, facts: &mut Facts) {
    let main = launches.main.iter().filter(|it| id(it) == Some(v::START_RESTORE));
    for launch in launches.before.iter().chain(&launches.background).chain(main) {
        let (Some(id), Some(first)) = (id(launch), launch.argv.first()) else { continue };
        if facts.get(id).is_none() {
            let name = launch.argv.iter().filter_map(Word::text).collect::<Vec<_>>().join(" ");
            let span = launch.argv.last().map_or(first.span, |it| first.span.cover(it.span));
            let origin = Origin::written(span, "the command");
            facts.set(id, Fact::known(Value::Text(name), origin));
        }
    }
}

/// What a launch is there for, when it stays behind.
fn id(launch: &Launch) -> Option<FactId> {
    let text = |at: usize| launch.argv.get(at).and_then(Word::text);
    let path = text(0)?;
    let name = path.rsplit('/').next().unwrap_or(&path);
    let behind = text(1).unwrap_or_default();
    // `/etc/init.d/nginx start` names it itself.
    let started = match STARTERS.contains(&name) {
        true if name == "systemctl" => text(2)?,
        true => behind.clone(),
        false => name.to_owned(),
    };
    if LOOKS.contains(&behind.as_str()) && started == name {
        return None;
    }
    let is_it = |of: &str| started == of || started.strip_suffix(".service") == Some(of);
    STAY.iter().find(|(_, names)| names.iter().any(|it| is_it(it))).map(|(id, _)| *id)
}

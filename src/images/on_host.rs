//! A proxy on a host of one's own: a file of the project that passes requests on to the very address
//! that a server of the project listens at is the one in front of it.

use std::collections::BTreeSet;

use super::in_front::Program;
use super::proxy::{Pass, Target, of_passes};
use super::{apache, caddy, nginx};
use crate::fact::{Fact, Value};
use crate::project::Facts;
use crate::workspace::{Opened, Workspace, join};

/// Folders of a project in which people keep such a file.
const FOLDERS: &[&str] = &[
    "",
    "apache",
    "apache2",
    "caddy",
    "nginx",
    "nginx/conf.d",
    "nginx/sites-available",
    "nginx/sites-enabled",
    "conf",
    "conf/apache",
    "conf/caddy",
    "conf/nginx",
    "config",
    "config/apache",
    "config/caddy",
    "config/nginx",
    "deploy",
    "deploy/apache",
    "deploy/apache2",
    "deploy/caddy",
    "deploy/nginx",
    "deployment",
    "deployment/apache",
    "deployment/caddy",
    "deployment/nginx",
    "etc",
    "etc/apache2",
    "etc/apache2/sites-available",
    "etc/caddy",
    "etc/httpd/conf.d",
    "etc/nginx",
    "etc/nginx/conf.d",
    "etc/nginx/sites-available",
    "infra/apache",
    "infra/caddy",
    "infra/nginx",
    "ops",
    "ops/apache",
    "ops/caddy",
    "ops/nginx",
    "server",
    "sites-available",
];

/// The most files that are read for it.
const FILES_MAX: usize = 20;

/// Places in them that pass requests on.
const PASSES_MAX: usize = 1_000;

/// The section by which a file of Apache is told from one of nginx at the same place.
const HOST_OF_APACHE: &str = "<virtualhost";

/// Words in the names of files for something else than a server in production.
const ELSEWHERE: &[&str] =
    &["dev", "local", "test", "docker", "example", "sample", "staging", "template"];

/// The places where files of proxies in a project pass requests on. These folders are looked through,
/// and those below them where people keep such a file.
pub(crate) fn on_host(workspace: &mut Workspace<'_>, folders: &BTreeSet<&str>) -> Vec<Pass> {
    let mut passes = Vec::new();
    for (path, program) in candidates(workspace, folders) {
        let Opened::File(file) = workspace.try_open(&path) else { continue };
        let text = workspace.sources.file(file).shared_text();
        let is_apache =
            || text.lines().any(|it| it.trim().to_ascii_lowercase().starts_with(HOST_OF_APACHE));
        let found = match program {
            Program::Caddy => caddy::on_host(workspace, file, &path),
            Program::Nginx if !is_apache() => nginx::on_host(workspace, file),
            _ => apache::on_host(workspace, file),
        };
        passes.extend(found.into_iter().flatten());
    }
    passes.truncate(PASSES_MAX);
    passes
}

/// Facts of the proxy that passes requests on to one of the addresses that a server listens at:
/// `unix:/run/shop.sock`, `127.0.0.1:8000`. `None` where there is none, as far as files tell.
pub(crate) fn before(passes: &[Pass], bind: &Fact) -> Option<Facts> {
    let Some(Value::List(bind)) = bind.value() else { return None };
    let bind: Vec<Listened> = bind.iter().filter_map(|it| Listened::of(it.as_str()?)).collect();
    let passes: Vec<&Pass> = passes.iter().filter(|it| leads_to(it, &bind)).collect();
    (!passes.is_empty()).then(|| of_passes(&passes))
}

/// Files of the project that look like one of a proxy, which is nginx where it may be Apache, too.
fn candidates(workspace: &Workspace<'_>, folders: &BTreeSet<&str>) -> Vec<(String, Program)> {
    let mut found: Vec<(String, Program)> = Vec::new();
    let below = folders.iter().flat_map(|own| FOLDERS.iter().filter_map(|it| join(own, it)));
    for folder in below {
        for name in workspace.names(&folder).iter() {
            let Some(path) = join(&folder, name) else { continue };
            if let Some(program) = program(&path.to_ascii_lowercase())
                && found.len() < FILES_MAX
                && !found.iter().any(|it| it.0 == path)
            {
                found.push((path, program));
            }
        }
    }
    found
}

/// The proxy whose file stands at a path, by its names; `None` for any other file.
fn program(path: &str) -> Option<Program> {
    if path.split(['/', '.', '-', '_']).any(|it| ELSEWHERE.contains(&it)) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("conf", |it| it.1);
    let names = |words: &[&str]| words.iter().any(|it| path.contains(it));
    match ending {
        _ if name.starts_with("caddyfile") => Some(Program::Caddy),
        "caddy" | "caddyfile" => Some(Program::Caddy),
        "conf" | "vhost" | "site" | "nginx" if names(&["nginx", "sites-"]) => Some(Program::Nginx),
        "conf" | "vhost" | "site" if names(&["apache", "httpd"]) => Some(Program::Apache),
        _ => None,
    }
}

/// An address that a server listens at.
#[derive(PartialEq)]
enum Listened {
    /// A socket, by its path.
    Socket(String),
    /// A port that programs of the same host reach on its loopback.
    Port(u16),
}

impl Listened {
    fn of(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Some(Self::Socket(path.to_owned()));
        }
        let (host, port) = text.rsplit_once(':')?;
        let is_reached = is_loopback(host) || matches!(host, "" | "0.0.0.0" | "[::]" | "::");
        is_reached.then(|| port.parse().ok()).flatten().map(Self::Port)
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1")
}

fn leads_to(pass: &Pass, bind: &[Listened]) -> bool {
    let target = |it: &Target| match it {
        Target::Socket(path) => Some(Listened::Socket(path.clone())),
        Target::Host { host, port: Some(port) } if is_loopback(host) => Some(Listened::Port(*port)),
        Target::Host { .. } | Target::Unknown(_) => None,
    };
    pass.addresses.iter().any(|it| target(&it.target).is_some_and(|it| bind.contains(&it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Origin, OriginKind};
    use crate::vocabulary as v;
    use crate::workspace::MemoryFiles;

    /// The read timeout of the proxy in front of a server that a file is; `None` where it is in front
    /// of none.
    fn waits(path: &str, text: &str, bind: &str) -> Option<String> {
        let memory = MemoryFiles::new().with(path, text);
        let mut workspace = Workspace::new(&memory);
        let bind = Value::List(vec![Value::Text(bind.to_owned())]);
        let bind = Fact::known(bind, Origin::new(OriginKind::Default, "test"));
        let passes = on_host(&mut workspace, &BTreeSet::from(["", "deploy/systemd"]));
        let facts = before(&passes, &bind)?;
        Some(facts.get(v::PROXY_READ_TIMEOUT_S)?.state.to_string())
    }

    fn read_timeout(path: &str, pass: &str, bind: &str) -> Option<String> {
        let text = format!("server {{ location / {{ {pass}; proxy_read_timeout 75s; }} }}");
        waits(path, &text, bind)
    }

    #[test]
    fn caddy_and_apache_are_in_front_as_nginx_is() {
        let check = |path: &str, text: &str, expect: Option<&str>| {
            for bind in ["127.0.0.1:8000", "unix:/run/shop.sock"] {
                assert_eq!(waits(path, text, bind).as_deref(), expect, "{text} at {bind}");
            }
        };
        let time = "{\ntransport http {\nread_timeout 20s\n}\n}\n}";
        let caddy = |site: &str| {
            format!("{site} {{\nreverse_proxy localhost:8000 unix//run/shop.sock {time}")
        };
        check("Caddyfile", &caddy("shop.example.com"), Some("20"));
        check("deploy/caddy/shop.caddy", &caddy(":80"), Some("20"));
        check("Caddyfile", &caddy("{$DOMAIN}"), Some("20"));
        check("Caddyfile", &caddy("other.example.com, localhost"), Some("20"));
        // A developer's own machine.
        check("Caddyfile", &caddy("localhost"), None);
        check("Caddyfile", &caddy("http://shop.localhost:8080, 127.0.0.1"), None);
        check("Caddyfile.dev", &caddy("shop.example.com"), None);
        let apache = |more: &str| {
            format!(
                "<VirtualHost *:443>\n{more}\nProxyPass /a http://127.0.0.1:8000/ timeout=30\n\
                 ProxyPass / unix:/run/shop.sock|http://localhost/ timeout=30\n</VirtualHost>\n"
            )
        };
        check("deploy/apache/shop.conf", &apache(""), Some("30"));
        check("etc/apache2/sites-available/shop.conf", &apache(""), Some("30"));
        check(
            "apache/shop.conf",
            &apache("Include /etc/letsencrypt/options-ssl-apache.conf"),
            Some("30"),
        );
        // The other file may pass the same requests on.
        check("apache/shop.conf", &apache("Include /etc/apache2/shop-common.conf"), None);
        // What the main file says of times, nobody knows.
        let plain = apache("").replace(" timeout=30", "");
        let found = waits("deploy/apache/shop.conf", &plain, "127.0.0.1:8000");
        assert_eq!(found.as_deref(), Some("unknown"));
    }

    #[test]
    fn the_address_of_a_server_tells_which_file_is_in_front_of_it() {
        let check = |pass: &str, bind: &str, is_in_front: bool| {
            let found = read_timeout("deploy/nginx/shop.conf", pass, bind);
            assert_eq!(found.as_deref(), is_in_front.then_some("75"), "{pass} and {bind}");
        };
        let socket = "unix:/run/shop/shop.sock";
        check("proxy_pass http://unix:/run/shop/shop.sock", socket, true);
        check("proxy_pass http://unix:/run/shop/shop.sock:/", socket, true);
        check("proxy_pass http://unix:/run/other.sock", socket, false);
        check("proxy_pass http://127.0.0.1:8000", socket, false);
        check("proxy_pass http://127.0.0.1:8000", "127.0.0.1:8000", true);
        check("proxy_pass http://localhost:8000/", "0.0.0.0:8000", true);
        check("proxy_pass http://127.0.0.1:8000", "[::]:8000", true);
        check("proxy_pass http://127.0.0.1:8001", "127.0.0.1:8000", false);
        check("proxy_pass http://web:8000", "0.0.0.0:8000", false);
        check("proxy_pass http://127.0.0.1:8000", "10.0.0.7:8000", false);
        check("proxy_pass http://$backend", "127.0.0.1:8000", false);
    }

    #[test]
    fn a_file_for_something_else_is_not_in_front() {
        let check = |path: &str, is_in_front: bool| {
            let found = read_timeout(path, "proxy_pass http://127.0.0.1:8000", "127.0.0.1:8000");
            assert_eq!(found.is_some(), is_in_front, "{path}");
        };
        check("nginx.conf", true);
        check("deploy/nginx/sites-available/shop", false);
        check("etc/nginx/sites-available/shop", true);
        check("deploy/shop.nginx", true);
        check("deploy/systemd/nginx-shop.conf", true);
        check("deploy/nginx/shop.dev.conf", false);
        check("nginx/local.conf", false);
        check("deploy/shop.conf", false);
        check("nginx/README.md", false);
    }
}

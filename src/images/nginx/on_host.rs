//! nginx on a host of one's own: a file of the project that passes requests on to the very address
//! that a server of the project listens at is the one in front of it.

use std::collections::BTreeSet;

use super::read::{self, Layout, PASSES_MAX};
use crate::fact::{Fact, Value};
use crate::images::proxy::{Pass, Target, of_passes};
use crate::project::Facts;
use crate::workspace::{Opened, Workspace, join};

/// Folders of a project in which people keep such a file.
const FOLDERS: &[&str] = &[
    "",
    "nginx",
    "nginx/conf.d",
    "nginx/sites-available",
    "nginx/sites-enabled",
    "conf",
    "conf/nginx",
    "config",
    "config/nginx",
    "deploy",
    "deploy/nginx",
    "deployment",
    "deployment/nginx",
    "etc",
    "etc/nginx",
    "etc/nginx/conf.d",
    "etc/nginx/sites-available",
    "infra/nginx",
    "ops",
    "ops/nginx",
    "server",
    "sites-available",
];

/// The most files that are read for it.
const FILES_MAX: usize = 20;

/// Words in the names of files for something else than a server in production.
const ELSEWHERE: &[&str] =
    &["dev", "local", "test", "docker", "example", "sample", "staging", "template"];

/// The places where files of nginx in a project pass requests on. These folders are looked through,
/// and those below them where people keep such a file.
pub(crate) fn on_host(workspace: &mut Workspace<'_>, folders: &BTreeSet<&str>) -> Vec<Pass> {
    let mut passes = Vec::new();
    for path in candidates(workspace, folders) {
        let Opened::File(file) = workspace.try_open(&path) else { continue };
        if let Ok(configuration) = read::file(workspace, Layout::Project, file) {
            passes.extend(configuration.passes);
        }
    }
    passes.truncate(PASSES_MAX);
    passes
}

/// Facts of the nginx that passes requests on to one of the addresses that a server listens at:
/// `unix:/run/shop.sock`, `127.0.0.1:8000`. `None` where there is none, as far as files tell.
pub(crate) fn before(passes: &[Pass], bind: &Fact) -> Option<Facts> {
    let Some(Value::List(bind)) = bind.value() else { return None };
    let bind: Vec<Listened> = bind.iter().filter_map(|it| Listened::of(it.as_str()?)).collect();
    let passes: Vec<&Pass> = passes.iter().filter(|it| leads_to(it, &bind)).collect();
    (!passes.is_empty()).then(|| of_passes(&passes))
}

/// Files of the project that look like one of nginx.
fn candidates(workspace: &Workspace<'_>, folders: &BTreeSet<&str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let below = folders.iter().flat_map(|own| FOLDERS.iter().filter_map(|it| join(own, it)));
    for folder in below {
        let is_of_nginx = |name: &str| {
            let path = format!("{folder}/{name}").to_ascii_lowercase();
            let is_named = path.contains("nginx") || path.contains("sites-");
            let ending = name.rsplit_once('.').map_or("conf", |it| it.1);
            let is_other = path.split(['/', '.', '-', '_']).any(|it| ELSEWHERE.contains(&it));
            is_named && matches!(ending, "conf" | "nginx" | "vhost" | "site") && !is_other
        };
        let names = workspace.names(&folder);
        let paths = names.iter().filter(|it| is_of_nginx(it)).filter_map(|it| join(&folder, it));
        for path in paths {
            if found.len() < FILES_MAX && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
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

    /// The read timeout of a proxy in front of a server; `None` where there is no proxy.
    fn read_timeout(path: &str, pass: &str, bind: &str) -> Option<String> {
        let text = format!("server {{ location / {{ {pass}; proxy_read_timeout 75s; }} }}");
        let memory = MemoryFiles::new().with(path, text);
        let mut workspace = Workspace::new(&memory);
        let bind = Value::List(vec![Value::Text(bind.to_owned())]);
        let bind = Fact::known(bind, Origin::new(OriginKind::Default, "test"));
        let passes = on_host(&mut workspace, &BTreeSet::from(["", "deploy/systemd"]));
        let facts = before(&passes, &bind)?;
        Some(facts.get(v::PROXY_READ_TIMEOUT_S)?.state.to_string())
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

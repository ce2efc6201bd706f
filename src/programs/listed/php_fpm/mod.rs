//! PHP-FPM's pools: what the build copied to where they are read from.
//!
//! The files of a folder are read in the order of their names, and what a later one says of a pool
//! counts. What only the image has is not known.
//!
//! Sources: <https://www.php.net/manual/en/install.fpm.configuration.php>; the folders are those of
//! the official image and of the packages of Debian, Alpine and Red Hat.

mod heroku;

use std::collections::BTreeMap;

use crate::document::Node;
use crate::fact::{Fact, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact, one_for_each_worker};
use crate::project::{Facts, Lookup};
use crate::quantity::fpm;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Where packages put pools, beside `/etc/php/VERSION/fpm/pool.d`.
const FOLDERS: &[&str] = &["/usr/local/etc/php-fpm.d", "/etc/php-fpm.d"];

/// The pool that the official image has: the file, the name and the children.
///
/// Source: <https://github.com/php/php-src/blob/master/sapi/fpm/www.conf.in>
const BASE_FILE: &str = "www.conf";
const BASE_POOL: &str = "www";
const BASE_CHILDREN: i64 = 5;

/// Whether the pool of the official image is there as it was made, and the file that takes it in.
fn is_of_base(workspace: &Workspace<'_>, launch: &Launch) -> bool {
    const MAIN: &str = "/usr/local/etc/php-fpm.conf";
    let path = format!("{}/{BASE_FILE}", FOLDERS[0]);
    let has_own = !launch.values_of(&["-y", "--fpm-config"]).is_empty()
        || workspace.is_there(MAIN)
        || workspace.written_in_image(MAIN).is_some();
    !has_own && workspace.written_in_image(&path).is_some_and(|it| it.is_of_base)
}

/// The section that is about all pools.
const GLOBAL: &str = "global";

/// The keys of a pool that are read.
type Pool = BTreeMap<&'static str, Fact>;

/// Keys of a pool.
const KEYS: [&str; 3] = ["pm.max_children", "pm.max_requests", "request_terminate_timeout"];

/// Whether files of pools are read from a folder of an image.
fn has_pools(folder: &str) -> bool {
    let is_versioned = |it: &str| it.starts_with("php") && it.len() > "php".len();
    let parts: Vec<&str> = folder.trim_matches('/').split('/').collect();
    FOLDERS.contains(&folder)
        || matches!(parts.as_slice(), ["etc", "php", _, "fpm", "pool.d"])
        || matches!(parts.as_slice(), ["etc", php, "php-fpm.d"] if is_versioned(php))
}

/// Sets the workers of all pools, and what holds for each of them.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    if heroku::is_started(launch) {
        return heroku::facts(server, workspace, launch);
    }
    let pools = pools(workspace, launch);
    if pools.is_empty() {
        return;
    }
    let of_all = |key: &str| pools.values().map(|it| it.get(key)).collect::<Vec<_>>();
    if let Some(workers) = sum(&of_all("pm.max_children")) {
        server.settings.insert("pm.max_children".to_owned(), workers.clone());
        server.facts.set(v::WORKERS, workers);
        server.facts.set(v::THREADS, default_fact(Value::Int(1), "PHP-FPM"));
        one_for_each_worker(server);
    }
    for (key, id) in
        [("pm.max_requests", v::MAX_REQUESTS), ("request_terminate_timeout", v::TIMEOUT_S)]
    {
        let default = default_fact(Value::Int(0), "PHP-FPM");
        let values: Vec<Fact> = of_all(key)
            .into_iter()
            .map(|it| it.cloned().unwrap_or_else(|| default.clone()))
            .collect();
        let Some(first) = values.first() else { continue };
        // Pools that differ have no value in common.
        if values.iter().all(|it| it.state == first.state) {
            server.settings.insert(key.to_owned(), first.clone());
            server.facts.set(id, first.clone());
        }
    }
}

/// Sets what hangs on the machine, once that is known.
pub(in crate::programs) fn on_machine(server: &mut Server, facts: &Facts, launch: &Launch) {
    heroku::on_machine(server, facts, launch);
}

/// The workers of all pools together; `None` where one does not say how many it has.
fn sum(pools: &[Option<&Fact>]) -> Option<Fact> {
    let mut all = pools.iter();
    let mut total = (*all.next()?)?.clone();
    for it in all {
        let other = (*it)?;
        total.state = total.state.map2_number(&other.state, |a, b| a + b);
        total.origin = total.origin.with_input("pm.max_children", other.clone());
    }
    Some(total)
}

/// The pools that files of the project make, by name.
fn pools(workspace: &mut Workspace<'_>, launch: &Launch) -> BTreeMap<String, Pool> {
    let mut files: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (name, path) in workspace.copied_where(&has_pools) {
        if name.ends_with(".conf") {
            files.entry(name).or_insert(Some(path));
        }
    }
    if is_of_base(workspace, launch) {
        files.entry(BASE_FILE.to_owned()).or_insert(None);
    }
    let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
    for path in files.into_values() {
        let Some(path) = path else {
            let children = default_fact(Value::Int(BASE_CHILDREN), "PHP-FPM");
            pools.entry(BASE_POOL.to_owned()).or_default().insert(KEYS[0], children);
            continue;
        };
        let Some(file) = workspace.open_in_project(&path) else { continue };
        let document = workspace.look_into(file, Syntax::Ini);
        for section in document.root.entries() {
            let name = section.key.value.clone();
            if name == GLOBAL {
                continue;
            }
            let pool = pools.entry(name).or_default();
            for key in KEYS {
                if let Some(node) = section.value.get(key) {
                    pool.insert(key, value(node, key, launch));
                }
            }
        }
    }
    // A file may only say where a pool listens: how many workers it has, another one does.
    pools.retain(|_, it| !it.is_empty());
    pools
}

/// The value of a key: a number, or a time with a unit, after variables are filled in.
fn value(node: &Node, key: &str, launch: &Launch) -> Fact {
    let origin = Origin::written(node.span, format!("`{key}` of the pool"));
    let text = node.as_str().unwrap_or_default();
    let text = text.split(';').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    let name = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    let Some(name) = name else { return Fact::new(number(text), origin) };
    match launch.environment.get(name) {
        Lookup::Set(fact) => {
            let state = match (fact.text(), fact.state.open()) {
                (Some(text), _) => number(text),
                (None, Some(unknown)) => State::Unknown(unknown),
                (None, None) => number(""),
            };
            Fact::new(state, origin.with_input(format!("${name}"), fact.clone()))
        }
        Lookup::Unset | Lookup::Unmentioned => {
            let reason = format!("`${name}` is set nowhere in this project");
            let settle_with = format!("`{name}` under `[env]` in opslint.toml");
            Fact::unknown(Unknown::new(reason, settle_with), origin)
        }
    }
}

fn number(text: &str) -> State {
    let unknown = || State::Unknown(Unknown::because("it is not a number"));
    fpm::seconds(text).map_or_else(unknown, |it| State::Known(Value::Int(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_read_from_the_folders_of_packages() {
        for folder in [
            "/usr/local/etc/php-fpm.d",
            "/etc/php/8.2/fpm/pool.d",
            "/etc/php83/php-fpm.d",
            "/etc/php-fpm.d",
        ] {
            assert!(has_pools(folder), "{folder}");
        }
        for folder in ["/etc", "/etc/php/8.2/cli/conf.d", "/etc/php/php-fpm.d", "", "pool.d"] {
            assert!(!has_pools(folder), "{folder}");
        }
    }
}

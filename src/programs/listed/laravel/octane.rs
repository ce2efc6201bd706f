//! How many workers Octane starts when nothing says how many: that is up to the server that it runs.
//!
//! Sources: <https://github.com/laravel/octane/tree/2.x/src/Commands>,
//! <https://github.com/laravel/octane/blob/2.x/src/Swoole/SwooleExtension.php> (Swoole: the CPUs),
//! <https://docs.roadrunner.dev/docs/php-worker/pool> (RoadRunner: the CPUs),
//! <https://frankenphp.dev/docs/performance/#number-of-threads-and-workers> (FrankenPHP: two for each)
//!
//! Swoole counts the CPUs that it sees. The other two are written in Go, whose newer versions count no
//! more than a container may use, so that the CPUs are the most that it is.

use super::config::{self, read, value};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::listed::sources;
use crate::programs::{Server, default_fact, one_for_each_worker};
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Where the server is named that `octane:start` runs when it is told none.
const CONFIGURATION: &str = "config/octane.php";

/// Workers for each CPU, by server, and whether it counts all that it sees.
const EACH: &[(&str, f64, bool)] =
    &[("swoole", 1.0, true), ("roadrunner", 1.0, false), ("frankenphp", 2.0, false)];

/// Options with a configuration of FrankenPHP's own, which may say how many.
const CADDYFILES: &[&str] = &["--caddyfile", "--frankenphp-config"];

/// Sets the workers, each of which answers one request at a time.
pub(in crate::programs::listed) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    let said = launch.values_of(&["--workers"]).pop().flatten();
    let is_auto = |it: &&Fact| it.value() == Some(&Value::Null) || said.as_deref() == Some("auto");
    let workers = server.facts.get(v::WORKERS).filter(is_auto);
    if let Some(workers) = workers.cloned() {
        let each = runs(workspace, launch).and_then(|(name, of)| {
            let has_own = name == "frankenphp" && !launch.values_of(CADDYFILES).is_empty();
            EACH.iter().find(|it| it.0 == name && !has_own).map(|it| (it.1, it.2, of))
        });
        let fact = match each {
            Some((each, sees_all, of)) => {
                let most = cpus.state.map_number(|it| it * each);
                let state = match most.bounds().filter(|it| !sees_all && it.1 > each) {
                    Some((_, max)) => State::Range { min: each, max },
                    None => most,
                };
                let origin = Origin::new(OriginKind::Default, "Octane without `--workers`");
                let origin = origin.with_input("cpu_count()", cpus.clone());
                let origin = of.into_iter().fold(origin, |it, (name, of)| it.with_input(name, of));
                Fact::new(state, origin)
            }
            None => {
                let unknown = Unknown::new(
                    "without `--workers`, the server that Octane starts decides about their number",
                    "`--workers` in the command",
                );
                Fact::unknown(unknown, workers.origin)
            }
        };
        server.facts.set(v::WORKERS, fact);
    }
    server.facts.set(v::THREADS, default_fact(Value::Int(1), "Laravel Octane"));
    one_for_each_worker(server);
}

/// The server, and what that rests on.
fn runs(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
) -> Option<(String, Option<(String, Fact)>)> {
    if let Some(said) = launch.values_of(&["--server"]).pop() {
        return Some((said?, None));
    }
    let of_word = launch.argv.iter().filter_map(Word::text);
    let mut own = of_word.filter_map(|it| it.strip_prefix("octane:").map(str::to_owned));
    if let Some(name) = own.next_back().filter(|it| it != "start") {
        return Some((name, None));
    }
    let text = sources::text(workspace, launch, CONFIGURATION)?;
    read(value(&text, "server")?, launch, config::text)?.text()
}

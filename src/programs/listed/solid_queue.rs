//! config/queue.yml, and what Solid Queue does without it.
//!
//! Source: <https://github.com/rails/solid_queue/blob/main/lib/solid_queue/configuration.rb>

use crate::document::Node;
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace};

use super::{puma, ruby};

/// The file that is read when none is named.
const FILE: &str = "config/queue.yml";

/// Variables that name the environment, the first that is set counts.
const STAGES: &[&str] = &["RAILS_ENV", "RACK_ENV"];

/// Sets the processes that work, and the threads of each.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    let (workers, threads) = match read(workspace, launch, cpus) {
        Ok(Some(both)) => both,
        Ok(None) => (default(1), default(3)),
        Err(unknown) => {
            let origin = Origin::new(OriginKind::Default, "Solid Queue");
            let fact = Fact::unknown(unknown, origin);
            (fact.clone(), fact)
        }
    };
    let state = workers.state.map2_number(&threads.state, |a, b| a * b);
    let origin = Origin {
        span: workers.origin.span.or(threads.origin.span),
        ..Origin::new(OriginKind::Derived, "workers × threads")
    };
    let origin =
        origin.with_input("workers", workers.clone()).with_input("threads", threads.clone());
    for (name, id, fact) in [("processes", v::WORKERS, workers), ("threads", v::THREADS, threads)] {
        server.settings.insert(name.to_owned(), fact.clone());
        server.facts.set(id, fact);
    }
    server.facts.set(v::CONCURRENCY, Fact::new(state, origin));
}

fn default(number: i64) -> Fact {
    default_fact(Value::Int(number), "Solid Queue")
}

/// Processes and threads of the one worker that the file has. `None` without a file, or where it
/// has none.
fn read(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) -> Result<Option<(Fact, Fact)>, Unknown> {
    let named = launch.values_of(&["-c", "--config_file"]);
    let variable = launch.environment.get("SOLID_QUEUE_CONFIG");
    if !named.is_empty() || matches!(variable, Lookup::Set(_)) {
        return Err(Unknown::because("which configuration Solid Queue reads is not followed"));
    }
    let path = workspace.join(&launch.folder, FILE);
    let file = match path.map(|it| workspace.try_open(&it)) {
        None | Some(Opened::Missing) => return Ok(None),
        Some(Opened::Unknown(unknown)) => return Err(unknown),
        Some(Opened::File(file)) => file,
    };
    let text = workspace.sources.file(file).text();
    if text.matches("<%").count() != text.matches(": <%=").count() {
        return Err(Unknown::because(format!("`{FILE}` is a template")));
    }
    let document = workspace.look_into(file, Syntax::Yaml);
    let is_section = |it: &&Node| it.get("workers").is_some() || it.get("dispatchers").is_some();
    let root = Some(&document.root).filter(is_section);
    let section = match (root, stage(launch)) {
        (Some(root), _) => root,
        (None, Some(stage)) => match document.root.get(&stage) {
            Some(section) => section,
            None => return Ok(None),
        },
        (None, None) => {
            let reason = format!("which section of `{FILE}` applies depends on the environment");
            return Err(Unknown::because(reason));
        }
    };
    let workers = section.get("workers").map(Node::elements).unwrap_or_default();
    let [worker] = workers else {
        return match workers {
            [] => Ok(None),
            _ => Err(Unknown::because(format!("`{FILE}` has several workers of different kinds"))),
        };
    };
    let value = |key: &str, usual: i64| {
        let Some(node) = worker.get(key) else { return default(usual) };
        let origin = Origin::written(node.span, format!("`{key}` in {FILE}"));
        match (node.as_int(), node.as_str().and_then(ruby::embedded)) {
            (Some(number), _) => Fact::new(State::Known(Value::Int(number)), origin),
            (None, Some(code)) => puma::expression(launch, cpus, (file, FILE), code, origin),
            (None, None) => {
                Fact::unknown(Unknown::because(format!("`{key}` is not a number")), origin)
            }
        }
    };
    Ok(Some((value("processes", 1), value("threads", 3))))
}

/// The environment that runs.
fn stage(launch: &Launch) -> Option<String> {
    STAGES.iter().find_map(|name| match launch.environment.get(name) {
        Lookup::Set(fact) => fact.text().map(str::to_owned),
        Lookup::Unset | Lookup::Unmentioned => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::analysis::{Analysis, Options};
    use crate::fact::Fact;
    use crate::vocabulary::FactId;
    use crate::workspace::MemoryFiles;

    const KAMAL: &str = "service: shop\nimage: me/shop\nservers:\n  web: [192.0.2.1]\n  job:\n    \
                         hosts: [192.0.2.2]\n    cmd: bin/jobs\nproxy:\n  host: shop.example.com\n\
                         env:\n  clear:\n    JOB_CONCURRENCY: 3\n";
    const DOCKERFILE: &str = "FROM ruby:3.4-slim\nWORKDIR /rails\nENV RAILS_ENV=production\nCOPY . .\n\
                              CMD [\"./bin/thrust\", \"./bin/rails\", \"server\"]\n";
    const JOBS: &str =
        "#!/usr/bin/env ruby\nrequire \"solid_queue/cli\"\nSolidQueue::Cli.start(ARGV)\n";
    const QUEUE: &str = "default: &default\n  workers:\n    - queues: \"*\"\n      threads: 4\n      \
                         processes: <%= ENV.fetch(\"JOB_CONCURRENCY\", 1) %>\nproduction:\n  <<: *default\n";

    /// The facts of the process of a name in a new application of Rails 8.
    fn facts(process: &str, more: &[(&str, &str)]) -> Vec<String> {
        let mut files = MemoryFiles::new()
            .with("config/deploy.yml", KAMAL)
            .with("Dockerfile", DOCKERFILE)
            .with("bin/jobs", JOBS)
            .with(
                "bin/thrust",
                "#!/usr/bin/env ruby\nload Gem.bin_path(\"thruster\", \"thrust\")\n",
            )
            .with("bin/rails", "#!/usr/bin/env ruby\nrequire \"rails/commands\"\n")
            .with("config/puma.rb", "threads 3, 3\nport ENV.fetch(\"PORT\", 3000)\n")
            .with("Gemfile.lock", "GEM\n  specs:\n    puma (6.5.0)\n    railties (8.0.1)\n");
        for (path, text) in more {
            files = files.with(*path, *text);
        }
        let answer = Analysis::open(files, Options::plain()).unwrap().facts();
        let all = answer.projects.iter().flat_map(|it| &it.deployments);
        let found = all.flat_map(|it| &it.processes).find(|it| it.name.value == process).unwrap();
        let shown = |(id, it): (FactId, &Fact)| format!("{} = {}", id.name(), it.state);
        found.facts.iter().map(shown).collect()
    }

    #[track_caller]
    fn check(process: &str, more: &[(&str, &str)], expect: &[&str]) {
        let facts = facts(process, more);
        for it in expect {
            assert!(facts.iter().any(|fact| fact == it), "{it} is not in {facts:#?}");
        }
    }

    #[test]
    fn new_applications_of_rails_serve_behind_thruster() {
        check(
            "web",
            &[],
            &[
                "server = rails-server",
                "threads = 3",
                "port = 3000",
                "bind_host = 0.0.0.0",
                "router.port = 80",
                "start.kinds = [proxy]",
            ],
        );
    }

    #[test]
    fn jobs_run_in_the_processes_of_queue_yml() {
        let file = ("config/queue.yml", QUEUE);
        check(
            "job",
            &[file],
            &["server = solid-queue", "workers = 3", "threads = 4", "concurrency = 12"],
        );
        check("job", &[], &["server = solid-queue", "workers = 1", "threads = 3", "serves = jobs"]);
    }

    #[test]
    fn several_kinds_of_workers_are_not_added_up() {
        let two = "workers:\n  - threads: 1\n  - threads: 9\n";
        check("job", &[("config/queue.yml", two)], &["server = solid-queue", "threads = unknown"]);
    }
}

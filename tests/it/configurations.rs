//! Configuration files of programs beside Python's, as they count in a process.

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::project::Facts;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

/// A service of compose that is built here.
const COMPOSE: &str =
    "services:\n  web:\n    build: .\n    restart: always\n    ports: [\"80:80\"]\n";

fn facts(files: &[(&str, &str)]) -> Facts {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].facts.clone()
}

#[track_caller]
fn check(facts: &Facts, id: FactId, expect: Option<i64>) {
    assert_eq!(facts.get(id).and_then(Fact::int), expect, "{}: {:?}", id.name(), facts.get(id));
}

#[test]
fn pools_of_php_fpm_are_what_the_build_copies() {
    let pool = "[www]\nlisten = 9000\npm = dynamic\npm.max_children = 40 ; many\n\
                pm.max_requests = ${REQUESTS}\nrequest_terminate_timeout = 2m\n";
    let dockerfile = "FROM php:8.3-fpm\nENV REQUESTS=500\nCOPY docker/ /usr/local/etc/php-fpm.d/\n";
    let own = [("compose.yaml", COMPOSE), ("Dockerfile", dockerfile), ("docker/www.conf", pool)];
    let found = facts(&own);
    check(&found, v::WORKERS, Some(40));
    check(&found, v::MAX_REQUESTS, Some(500));
    check(&found, v::TIMEOUT_S, Some(120));
    // A later file says more of the same pool, and another pool has workers of its own.
    let more = "[www]\npm.max_children = 8\n[api]\npm.max_children = 3\n";
    let found = facts(&[&own[..], &[("docker/zz.conf", more)]].concat());
    check(&found, v::WORKERS, Some(11));
    check(&found, v::TIMEOUT_S, None);
    // The pool that the image brings has five.
    let found = facts(&[("compose.yaml", COMPOSE), ("Dockerfile", "FROM php:8.3-fpm\n")]);
    check(&found, v::WORKERS, Some(5));
}

#[test]
fn processes_of_pm2_are_those_of_its_ecosystem_file() {
    let dockerfile =
        |command: &str| format!("FROM node:22\nWORKDIR /app\nCOPY . .\nCMD {command}\n");
    let file = "module.exports = {\n  apps: [\n    { name: 'web', script: 'a.js', instances: 4 },\n    \
                { name: 'jobs', script: 'b.js' },\n  ],\n};\n";
    let workers = |command: &str, file: &str| {
        let dockerfile = dockerfile(command);
        let files = [
            ("compose.yaml", COMPOSE),
            ("Dockerfile", dockerfile.as_str()),
            ("ecosystem.config.js", file),
        ];
        facts(&files).get(v::WORKERS).and_then(Fact::int)
    };
    assert_eq!(workers("pm2-runtime ecosystem.config.js", file), Some(5));
    assert_eq!(workers("pm2-runtime start ecosystem.config.js --only jobs", file), Some(1));
    let computed = file.replace("instances: 4", "instances: process.env.N || 4");
    assert_eq!(workers("pm2-runtime ecosystem.config.js", &computed), None);
    assert_eq!(workers("pm2-runtime ecosystem.config.js", "module.exports = load()"), None);
}

#[test]
fn a_pool_of_rails_bounds_the_connections_of_its_threads() {
    let puma = "threads 8, 8\nworkers 2\n";
    let connections = |database: &str| {
        let found = facts(&[
            ("Procfile", "web: bundle exec puma -C config/puma.rb\n"),
            ("Gemfile.lock", "GEM\n  specs:\n    puma (6.4.0)\n    railties (7.1.0)\n"),
            ("config/puma.rb", puma),
            ("config/database.yml", database),
        ]);
        found.get(v::CONNECTIONS_PER_PROCESS).and_then(Fact::value).cloned()
    };
    let file = |pool: &str| {
        format!(
            "default: &default\n  adapter: postgresql\n{pool}production:\n  <<: *default\n  \
             url: x\n"
        )
    };
    assert_eq!(connections(&file("  pool: 3\n")), Some(Value::Int(3)));
    assert_eq!(connections(&file("  pool: 20\n")), Some(Value::Int(8)));
    assert_eq!(connections(&file("")), Some(Value::Int(5)));
    let erb = "  pool: <%= ENV.fetch(\"RAILS_MAX_THREADS\") { 4 } %>\n";
    assert_eq!(connections(&file(erb)), Some(Value::Int(4)));
    assert_eq!(connections(&file("  pool: <%= Pool.size %>\n")), None);
}

#[test]
fn limits_of_compose_are_filled_in() {
    let limits =
        "    deploy: {resources: {limits: {memory: \"${SIZE:-512M}\", cpus: \"${N:-0}\"}}}\n";
    let compose = format!("{COMPOSE}{limits}");
    let dockerfile = "FROM python\nCMD gunicorn a:b\n";
    let found = facts(&[("compose.yaml", compose.as_str()), ("Dockerfile", dockerfile)]);
    check(&found, v::MACHINE_MEMORY_MB, Some(512));
    // No limit.
    check(&found, v::MACHINE_CPUS, None);
}

#[test]
fn pages_of_python_are_one_process_with_their_port() {
    let of = |command: &str, files: &[(&str, &str)]| {
        let procfile = format!("web: {command}\n");
        let own = [("Procfile", procfile.as_str())];
        let found = facts(&[&own[..], files].concat());
        let text = |id: FactId| found.get(id).map(|it| it.state.to_string());
        (text(v::SERVER), text(v::WORKERS), text(v::BIND_HOST), text(v::PORT))
    };
    let row = |server: &str, host: &str, port: &str| {
        let text = |it: &str| Some(it.to_owned());
        (text(server), text("1"), text(host), text(port))
    };
    assert_eq!(of("streamlit run app.py", &[]), row("streamlit", "0.0.0.0", "8501"));
    let module = "python -m streamlit run app.py --server.port=80";
    assert_eq!(of(module, &[]), row("streamlit", "0.0.0.0", "80"));
    let config = [(".streamlit/config.toml", "[server]\nport = 9000\naddress = \"127.0.0.1\"\n")];
    assert_eq!(of("streamlit run app.py", &config), row("streamlit", "127.0.0.1", "9000"));
    let flag = "streamlit run app.py --server.port 80 --server.headless true";
    assert_eq!(of(flag, &config), row("streamlit", "127.0.0.1", "80"));
    assert_eq!(of("chainlit run app.py --port 5000", &[]), row("chainlit", "127.0.0.1", "5000"));
}

/// Classes of a large framework take several times what a small program does.
#[test]
fn what_a_large_framework_in_java_takes_is_not_guessed() {
    let start = ("Procfile", "web: java -jar target/shop.jar\n");
    let memory =
        |files: &[(&str, &str)]| facts(files).get(v::MEMORY_PER_WORKER_MB).and_then(Fact::int);
    assert!(memory(&[start]).is_some());
    let spring = ("pom.xml", "<artifactId>spring-boot-starter-parent</artifactId>");
    assert_eq!(memory(&[start, spring]), None);
}

//! Configurations of Unicorn against Unicorn itself: where we say a value, it must have it.
#![expect(clippy::disallowed_methods, reason = "where the oracles are set up, none may be missing")]

use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::project::Facts;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;
use serde_json::{Value as Json, json};

use crate::ask::ask;

/// Statements of a configuration, in the order in which they stand when they stand together.
const STATEMENTS: &[&str] = &[
    "",
    "app_dir = File.expand_path('..', __dir__)\nworking_directory '/'",
    "worker_processes 3",
    "worker_processes Integer(ENV['WEB_CONCURRENCY'] || 4)",
    "worker_processes ENV.fetch('UNSET', 2).to_i",
    "worker_processes(ENV['RACK_ENV'] == 'production' ? 5 : 1)",
    "if ENV['RACK_ENV'] == 'production'\n  worker_processes 6\n  timeout 45\nend",
    "timeout 15",
    "timeout ENV.fetch('WEB_TIMEOUT') { 30 }.to_i",
    "preload_app true",
    "preload_app false",
    "listen 8080",
    "listen '0.0.0.0:3000', backlog: 64",
    "listen ENV['PORT'] || 3000, :tcp_nopush => true",
    "listen '127.0.0.1:4000'",
    "before_fork do |server, worker|\n  Signal.trap('TERM') { Process.kill 'QUIT', Process.pid }\n  sleep 0\nend",
    "after_fork do |server, worker|\n  defined?(ActiveRecord::Base) and ActiveRecord::Base.establish_connection\nend",
    "check_client_connection false\nrewindable_input true",
    "stderr_path '/dev/stderr' if ENV['UNSET']\npid '/tmp/unicorn.pid'",
    "[1, 2].each { |n| worker_processes n }",
    "workers 2",
];

/// What is set beside `RACK_ENV`.
const VARIABLES: &[&[(&str, &str)]] = &[
    &[],
    &[("WEB_CONCURRENCY", "7"), ("PORT", "5000")],
    &[("WEB_TIMEOUT", "90"), ("PORT", "5001")],
];

fn variables(idx: usize) -> Vec<(&'static str, &'static str)> {
    let own = VARIABLES[idx % VARIABLES.len()].iter().copied();
    own.chain([("RACK_ENV", "production")]).collect()
}

#[test]
fn known_settings_are_those_of_unicorn() {
    let has_unicorn = Command::new("ruby").args(["-e", "require 'unicorn'"]).output();
    if !has_unicorn.is_ok_and(|it| it.status.success()) {
        let is_needed = std::env::var_os("OPSLINT_ORACLE_PYTHON").is_some();
        assert!(!is_needed, "no unicorn: run `tests/oracle/setup`");
        println!("no oracle: run tests/oracle/setup to compare with the real Unicorn");
        return;
    }
    let pairs = STATEMENTS.iter().flat_map(|a| STATEMENTS.iter().map(move |b| (a, b)));
    let cases: Vec<_> =
        pairs.enumerate().map(|(idx, (a, b))| (format!("{a}\n{b}\n"), variables(idx))).collect();
    let line = |(file, env): &(String, Vec<(&str, &str)>)| {
        let env: serde_json::Map<String, Json> =
            env.iter().map(|(name, it)| ((*name).to_owned(), json!(it))).collect();
        json!({"file": file, "env": env}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/unicorn_oracle.rb");
    let answers = ask(Command::new("ruby").args(["-W0", script]), &lines);
    let (mut known, mut unknown, mut wrong) = (0, 0, Vec::new());
    for ((file, env), answer) in cases.iter().zip(&answers) {
        if answer.get("error").is_some() {
            continue;
        }
        let facts = resolve(file, env);
        for (name, ours, theirs) in compared(&facts, answer) {
            match ours {
                Some(ours) if ours == theirs => known += 1,
                Some(ours) => wrong.push(format!("{name} is {theirs}, {ours} for us: {file}")),
                None => unknown += 1,
            }
        }
    }
    println!("{} cases: {known} known, {unknown} unknown", cases.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(known > 500 && unknown * 3 < known, "{known} known, {unknown} unknown");
}

/// What we know and what Unicorn says, by setting.
fn compared(facts: &Facts, answer: &Json) -> Vec<(&'static str, Option<Json>, Json)> {
    let known = |id| match facts.get(id).and_then(Fact::value) {
        Some(Value::Int(it)) => Some(json!(it)),
        Some(Value::Bool(it)) => Some(json!(it)),
        _ => None,
    };
    let mut all = vec![
        ("workers", known(v::WORKERS), answer["workers"].clone()),
        ("timeout", known(v::TIMEOUT_S), answer["timeout"].clone()),
        ("preload", known(v::PRELOAD), answer["preload"].clone()),
    ];
    let first = answer["listeners"].as_array().and_then(|it| it.first()).and_then(Json::as_str);
    let port = first.and_then(|it| it.rsplit_once(':')).and_then(|it| it.1.parse::<i64>().ok());
    if let Some(port) = port {
        all.push(("port", known(v::PORT), json!(port)));
    }
    all
}

fn resolve(file: &str, env: &[(&str, &str)]) -> Facts {
    let env: String = env.iter().map(|(name, it)| format!("{name} = '{it}'\n")).collect();
    let command = "unicorn -c config/unicorn.rb";
    let manifest = format!("app = \"it\"\n[env]\n{env}[processes]\nweb = '{command}'\n");
    let files = MemoryFiles::new()
        .with("fly.toml", manifest)
        .with("Gemfile.lock", "GEM\n  specs:\n    unicorn (6.0.0)\n")
        .with("config/unicorn.rb", file);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].facts.clone()
}

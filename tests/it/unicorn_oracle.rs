//! Configurations of Unicorn against Unicorn itself: where we say a value, it must have it.

use opslint::project::Facts;
use opslint::vocabulary as v;
use serde_json::{Value as Json, json};

use crate::ruby::{self, Tally};

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
    let pairs = STATEMENTS.iter().flat_map(|a| STATEMENTS.iter().map(move |b| (a, b)));
    let cases: Vec<_> =
        pairs.enumerate().map(|(idx, (a, b))| (format!("{a}\n{b}\n"), variables(idx))).collect();
    let line = |(file, env): &(String, Vec<(&str, &str)>)| {
        let env: serde_json::Map<String, Json> =
            env.iter().map(|(name, it)| ((*name).to_owned(), json!(it))).collect();
        json!({"file": file, "env": env}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    let Some(answers) = ruby::answers("unicorn", &lines) else {
        println!("no oracle: run tests/oracle/setup to compare with the real Unicorn");
        return;
    };
    let mut tally = Tally::default();
    for ((file, env), answer) in cases.iter().zip(&answers) {
        if answer.get("error").is_none() {
            tally.add(file, compared(&resolve(file, env), answer));
        }
    }
    println!("{} cases: {tally:?}", cases.len());
    tally.check();
    assert!(tally.known > 500, "{} known", tally.known);
}

/// What we know and what Unicorn says, by setting.
fn compared(facts: &Facts, answer: &Json) -> Vec<(&'static str, Option<Json>, Json)> {
    let known = |id| ruby::known(facts, id);
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
    let command = "unicorn -c config/unicorn.rb";
    ruby::facts(("unicorn", "6.0.0"), (command, "config/unicorn.rb", file), env.iter().copied())
}

//! Configurations of Puma against Puma itself.
//!
//! Each way to say workers, threads, the address and the rest, alone and together with each other
//! way. Where we say a value, Puma must have it.

use std::collections::BTreeMap;

use opslint::project::Facts;
use opslint::vocabulary as v;
use serde_json::{Value as Json, json};

use crate::ruby::{self, Tally};

/// Statements of a configuration, in the order in which they stand when they stand together.
const STATEMENTS: &[&str] = &[
    "",
    "# frozen_string_literal: true\nrequire 'etc'",
    "max = ENV.fetch(\"RAILS_MAX_THREADS\") { 5 }\nmin = ENV.fetch(\"RAILS_MIN_THREADS\") { max }\nthreads min, max",
    "threads_count = Integer(ENV['MAX_THREADS'] || 6)\nthreads threads_count, threads_count",
    "threads 2, 16",
    "threads(*[1, 4])",
    "workers 3",
    "workers ENV.fetch('WEB_CONCURRENCY') { 2 }",
    "workers Integer(ENV['MANY'] || 2)",
    "workers(ENV['MANY'].to_i * 2)",
    "workers \"#{ENV['MANY']}2\".to_i",
    "count = ENV.key?('MANY') ? 7 : 8\nworkers count",
    "workers 2 if ENV['RACK_ENV'] == 'production'",
    "workers 2 unless %w[test production].include?(ENV['RACK_ENV'])",
    "if ENV.fetch('RACK_ENV', 'development') == 'production' && !ENV['UNSET']\n  workers 4\n  preload_app!\nelse\n  workers 0\nend",
    "case ENV['RACK_ENV']\nwhen 'production' then workers 5\nelse workers 1\nend",
    "def many(n)\n  n * 2\nend\nworkers many(2)",
    "begin\n  workers Integer('x')\nrescue ArgumentError\n  workers 2\nend",
    "[1, 2].each do |n|\n  workers n\nend",
    "ENV['MANY'] = '9'",
    "port ENV.fetch('PORT') { 3000 }",
    "port ENV['PORT'] || 3000, '127.0.0.1'",
    "set_default_host '127.0.0.1'\nport 4000",
    "bind \"tcp://0.0.0.0:#{ENV.fetch('PORT', 9292)}\"",
    "bind 'unix:///tmp/x.sock?umask=0111'",
    "bind 'tcp://[::1]:5000'",
    "preload_app!",
    "preload_app! false",
    "preload_app! if ENV['MANY'].to_i > 1",
    "persistent_timeout 75",
    "persistent_timeout(ENV.fetch(\"PUMA_PERSISTENT_TIMEOUT\") { 95 }.to_i)",
    "environment ENV['RACK_ENV'] || 'development'\npidfile 'tmp/puma.pid'\nrackup DefaultRackup if defined?(DefaultRackup)",
    "on_worker_boot do |index|\n  x = { a: 1 }\n  workers 9 if x[:b]\nend",
    "plugin :tmp_restart",
    "app_dir = File.expand_path('..', __dir__)\nstdout_redirect \"#{app_dir}/a\", 'b', true if false",
    "worker_timeout 3600 if ENV.fetch('RACK_ENV', 'development') == 'development'",
    "silence_single_worker_warning\nquiet\nwait_for_less_busy_worker 0.002",
    "x ||= 3\nx += 1\nworkers x",
    "workers (ENV['MANY'] || 4).to_i",
    "workers [1, 2].max",
    "workers 2 and threads 1, 3",
    "# workers 9\n=begin\nworkers 8\n=end",
    "worker_count = ENV['MANY']\n  .to_i\nworkers worker_count if worker_count > 1",
];

/// Flags, and variables.
type Around = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// Flags, and variables beside `RACK_ENV`.
const AROUND: &[Around] = &[
    (&[], &[]),
    (&["-w", "2", "-t", "1:9"], &[("MANY", "3")]),
    (&["-p", "8080"], &[("WEB_CONCURRENCY", "4")]),
    (&["-b", "tcp://127.0.0.1:81", "--preload"], &[("PORT", "5000"), ("MAX_THREADS", "3")]),
    (&["-e", "staging"], &[("MANY", "5"), ("PUMA_MAX_THREADS", "7")]),
];

#[derive(Debug)]
struct Case {
    file: String,
    argv: &'static [&'static str],
    env: BTreeMap<&'static str, &'static str>,
}

fn cases() -> Vec<Case> {
    let pairs = STATEMENTS.iter().flat_map(|a| STATEMENTS.iter().map(move |b| (a, b)));
    let around = AROUND.iter().cycle();
    let case = |((a, b), (argv, env)): ((&&str, &&str), &Around)| {
        let mut env: BTreeMap<_, _> = env.iter().copied().collect();
        env.insert("RACK_ENV", "production");
        Case { file: format!("{a}\n{b}\n"), argv, env }
    };
    pairs.zip(around).map(case).collect()
}

#[test]
fn known_settings_are_those_of_puma() {
    let cases = cases();
    let lines: Vec<String> = cases
        .iter()
        .map(|it| {
            json!({"files": {"config/puma.rb": it.file}, "env": it.env, "argv": it.argv})
                .to_string()
        })
        .collect();
    let Some(answers) = ruby::answers("puma", &lines) else {
        println!("no oracle: run tests/oracle/setup to compare with the real Puma");
        return;
    };
    let (mut tally, mut raised) = (Tally::default(), 0);
    for (case, answer) in cases.iter().zip(&answers) {
        if answer.get("error").is_some() {
            raised += 1;
            continue;
        }
        tally.add(&format!("{case:?}"), compared(&resolve(case), answer));
    }
    println!("{} cases: {tally:?}; {raised} raise", cases.len());
    tally.check();
    assert!(raised * 10 < cases.len(), "{raised} of {} cases raise", cases.len());
}

/// What we know and what Puma says, by setting.
fn compared(facts: &Facts, answer: &Json) -> Vec<(&'static str, Option<Json>, Json)> {
    let known = |id| ruby::known(facts, id);
    let number = |name: &str| {
        let text = answer[name].as_str().and_then(|it| it.parse::<i64>().ok());
        json!(answer[name].as_i64().or(text))
    };
    let workers = number("workers").as_i64().map(|it| it.max(1));
    let mut all = vec![
        ("workers", known(v::WORKERS), json!(workers)),
        ("threads", known(v::THREADS), number("threads")),
        ("keepalive", known(v::KEEPALIVE_S), number("keepalive")),
    ];
    if facts.get(v::PRELOAD).is_some() {
        all.push(("preload", known(v::PRELOAD), answer["preload"].clone()));
    }
    let binds: Vec<&str> =
        answer["binds"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let tcp = binds.iter().find_map(|it| it.strip_prefix("tcp://")).map(|it| it.split('?').next());
    if let Some((host, port)) = tcp.flatten().and_then(|it| it.rsplit_once(':')) {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        all.push(("host", known(v::BIND_HOST), json!(host)));
        all.push(("port", known(v::PORT), json!(port.parse::<i64>().ok())));
    } else {
        all.push(("port", known(v::PORT), Json::Null));
    }
    all
}

fn resolve(case: &Case) -> Facts {
    let command = format!("puma {}", case.argv.join(" "));
    let env = case.env.iter().map(|(name, it)| (*name, *it));
    ruby::facts(("puma", "5.6.5"), (&command, "config/puma.rb", &case.file), env)
}

//! Commands and configurations of Sidekiq against Sidekiq itself: where we say a value, it must
//! have it.

use opslint::project::Facts;
use opslint::vocabulary as v;
use serde_json::{Value as Json, json};

use crate::ruby::{self, Tally};

/// What config/sidekiq.yml says.
const FILES: &[&str] = &[
    ":queues:\n  - default\n",
    ":concurrency: 12\n",
    "concurrency: 3\ntimeout: 40\n",
    ":concurrency: <%= ENV.fetch(\"RAILS_MAX_THREADS\", 5) %>\n:timeout: 8\n",
    ":concurrency: <%= ENV.fetch('JOBS') { 9 }.to_i %>\n",
    ":concurrency: <%= (ENV['JOBS'] || 6).to_i %>\n:queues: [mailers, default]\n",
    ":concurrency: 12\nproduction:\n  :concurrency: 20\nstaging:\n  :concurrency: 2\n",
    ":timeout: 30\n:production:\n  :concurrency: 4\n",
    "<% if ENV['JOBS'] %>\n:concurrency: 15\n<% end %>\n:timeout: 11\n",
];

/// The words behind `sidekiq`.
const WORDS: &[&str] = &["", "-c 2", "--concurrency 8 -t 9", "-q critical -t 60", "-e production"];

/// What is set.
const VARIABLES: &[&[(&str, &str)]] = &[
    &[],
    &[("RAILS_MAX_THREADS", "7")],
    &[("RAILS_ENV", "production")],
    &[("RAILS_ENV", "production"), ("RAILS_MAX_THREADS", "16"), ("JOBS", "14")],
    &[("APP_ENV", "staging"), ("RAILS_ENV", "production")],
];

#[test]
fn known_settings_are_those_of_sidekiq() {
    let mut cases = Vec::new();
    for file in FILES {
        for words in WORDS {
            cases.extend(VARIABLES.iter().map(|env| (*file, *words, *env)));
        }
    }
    let line = |(file, words, env): &(&str, &str, &[(&str, &str)])| {
        let env: serde_json::Map<String, Json> =
            env.iter().map(|(name, it)| ((*name).to_owned(), json!(it))).collect();
        let words: Vec<&str> = words.split_whitespace().collect();
        json!({"file": file, "words": words, "env": env}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    let Some(answers) = ruby::answers("sidekiq", &lines) else {
        println!("no oracle: run tests/oracle/setup to compare with the real Sidekiq");
        return;
    };
    let mut tally = Tally::default();
    for ((file, words, env), answer) in cases.iter().zip(&answers) {
        assert!(answer.get("error").is_none(), "{file}{words}: {answer}");
        let command = format!("sidekiq {words}");
        let facts = ruby::facts(
            ("sidekiq", "6.4.1"),
            (command.trim(), "config/sidekiq.yml", file),
            env.iter().copied(),
        );
        tally.add(&format!("{command} {env:?}\n{file}"), compared(&facts, answer));
    }
    println!("{} cases: {tally:?}", cases.len());
    tally.check();
    assert!(tally.known > 300, "{} known", tally.known);
}

/// What we know and what Sidekiq says, by setting.
fn compared(facts: &Facts, answer: &Json) -> Vec<(&'static str, Option<Json>, Json)> {
    let known = |id| ruby::known(facts, id);
    vec![
        ("threads", known(v::THREADS), answer["threads"].clone()),
        ("timeout", known(v::GRACEFUL_TIMEOUT_S), answer["timeout"].clone()),
    ]
}

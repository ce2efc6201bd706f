//! Settings of applications against Django, Flask and SQLAlchemy themselves.
//!
//! Where we say a value, the real program must have it. Where loading the application fails, we may
//! not say that all is well. What we leave unknown is counted and printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::project::{NamedFacts, Process};
use opslint::vocabulary;
use opslint::workspace::MemoryFiles;
use serde_json::{Value as Json, json};

use crate::ask::ask;
use crate::oracle_gunicorn::oracle::python;

/// An application: its files, its environment, and what the server is told to load.
#[derive(Debug, Default)]
struct Case {
    name: String,
    app: String,
    env: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut path = String::new();
    for line in include_str!("../oracle/applications.txt").lines() {
        if let Some(name) = line.strip_prefix("== ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
            path.clear();
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(it) = line.strip_prefix("-- ") {
            it.clone_into(&mut path);
            case.files.insert(path.clone(), String::new());
        } else if let Some(text) = case.files.get_mut(&path) {
            writeln!(text, "{line}").expect("a text takes every line");
        } else if let Some(app) = line.strip_prefix("app: ") {
            app.clone_into(&mut case.app);
        } else if let Some(env) = line.strip_prefix("env:") {
            let pairs = env.split_whitespace().filter_map(|it| it.split_once('='));
            case.env = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        }
    }
    cases
}

#[test]
fn known_settings_are_those_of_the_running_application() {
    let Some(python) = python() else { return };
    let cases = cases();
    assert!(cases.len() >= 80, "only {} cases", cases.len());
    let answers = answers(&python, &cases);
    let (mut known, mut unknown, mut unsaid, mut raised) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let found = resolve(case);
        let Some(settings) = answer.get("settings").and_then(Json::as_object) else {
            raised += 1;
            // Django has several settings to be wrong about: one that raises may leave no other.
            if found.values().any(|it| it.value().is_some()) {
                wrong.push(format!("{}: {answer}, ours are known", case.name));
            }
            continue;
        };
        for (name, theirs) in settings {
            match found.get(name).map(Fact::value) {
                Some(Some(ours)) if plain(ours) == *theirs => known += 1,
                Some(Some(ours)) => {
                    wrong.push(format!("{}: `{name}` is {ours} for us, {theirs} there", case.name));
                }
                Some(None) => unknown += 1,
                None => unsaid += 1,
            }
        }
    }
    println!(
        "{} cases: {known} known, {unknown} unknown, {unsaid} unsaid; {raised} raise",
        cases.len()
    );
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(known > unknown * 4, "{unknown} of {} values are unknown", known + unknown);
}

/// What opslint knows of the settings of a case.
fn resolve(case: &Case) -> NamedFacts {
    let env: String = case.env.iter().fold(String::new(), |mut text, (name, value)| {
        writeln!(text, "{name} = '{value}'").expect("a text takes every line");
        text
    });
    // More threads than any pool here, so that the pool is what bounds the connections.
    let command = format!("gunicorn \"{}\" --worker-class gthread --threads 100", case.app);
    let manifest = format!("app = \"it\"\n[env]\n{env}[processes]\nweb = '{command}'\n");
    let files = case
        .files
        .iter()
        .fold(MemoryFiles::new(), |files, (path, text)| files.with(path.as_str(), text.as_str()));
    let files = files.with("fly.toml", manifest);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let (projects, problems) = (answer.projects, answer.problems);
    assert!(problems.is_empty(), "{}: {problems:?}", case.name);
    let process: &Process = &projects[0].deployments[0].processes[0];
    let mut found = process.settings.clone();
    let pool = process.facts.get(vocabulary::CONNECTIONS_PER_PROCESS);
    found.extend(pool.map(|it| ("pool".to_owned(), it.clone())));
    // Settings of the server are compared elsewhere.
    found.retain(|name, _| name == "pool" || name.starts_with(|it: char| it.is_uppercase()));
    found
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => json!(it),
        Value::Int(it) => json!(it),
        Value::Number(it) => json!(it),
        Value::Text(it) => json!(it),
        Value::List(items) => items.iter().map(plain).collect(),
    }
}

fn answers(python: &Path, cases: &[Case]) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/application_oracle.py");
    let line = |it: &Case| json!({"files": it.files, "env": it.env, "app": it.app}).to_string();
    let lines: Vec<String> = cases.iter().map(line).collect();
    ask(Command::new(python).arg("-I").arg(script), &lines)
}

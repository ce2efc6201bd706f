//! What files leave open is judged as it usually is, said once, and settled by one line.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check};

const PROCFILE: &str = "web: gunicorn shop.wsgi --workers 8 --timeout 120\n";

fn bare(name: &str) -> Folder {
    Folder::new(&format!("worlds-{name}"))
        .with("Procfile", PROCFILE)
        .with("requirements.txt", "django\ngunicorn\n")
}

/// The report as JSON.
#[track_caller]
fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let arguments = [&["--format", "json", "--fail-on", "never"], arguments].concat();
    serde_json::from_str(&check(folder, &arguments, 0)).unwrap()
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().filter_map(|it| it[key].as_str()).collect()
}

#[test]
fn what_was_assumed_is_said_with_the_line_that_settles_it() {
    let folder = bare("said");
    let report = json(&folder, &[]);
    let lines = texts(&report["assumptions"], "settle_with");
    assert_eq!(lines[0], "deployments.Procfile.platform = \"heroku\"");
    assert!(lines.contains(&"deployments.Procfile.processes.web.plan = \"basic\""), "{lines:?}");
    let counts = report["assumptions"].as_array().unwrap().iter();
    let counts: Vec<usize> = counts.map(|it| it["rules"].as_array().unwrap().len()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b) && *counts.last().unwrap() > 0, "{counts:?}");
    let message = &report["diagnostics"][0]["message"];
    assert!(message.as_str().unwrap().contains("assuming platform heroku"), "{message}");
}

#[test]
fn the_lines_settle_what_they_say() {
    let folder = bare("settled");
    let report = json(&folder, &[]);
    let lines = texts(&report["assumptions"], "settle_with").join("\n");
    let folder = folder.with("opslint.toml", lines);
    let settled = json(&folder, &[]);
    assert_eq!(settled["assumptions"], Value::Array(Vec::new()));
    let rules = |it: &Value| texts(&it["diagnostics"], "rule").join(" ");
    assert_eq!(rules(&settled), rules(&report));
    assert!(!settled["diagnostics"][1]["message"].to_string().contains("assuming"));
}

#[test]
fn without_assumptions_nothing_is_taken_for_granted() {
    let folder = bare("strict");
    let report = json(&folder, &["--no-assumptions"]);
    assert!(texts(&report["diagnostics"], "confidence").iter().all(|it| *it == "certain"));
    assert_eq!(report["assumptions"], Value::Array(Vec::new()));
    let open = report["undecided"].to_string();
    assert!(open.contains("`platform` under `[deployments.Procfile]` in opslint.toml"), "{open}");
}

#[test]
fn assumed_diagnostics_have_a_level_of_their_own() {
    let folder = bare("level");
    let severities = |level: &str| {
        let set = format!("levels.assumed={level}");
        let report = json(&folder, &["--set", &set]);
        texts(&report["diagnostics"], "severity").join(" ")
    };
    assert_eq!(severities("error"), "info error warning");
    assert_eq!(severities("warning"), "info warning warning");
    assert_eq!(severities("info"), "info info info");
    assert_eq!(severities("off"), "");
}

#[test]
fn a_plan_that_is_not_sold_is_a_wrong_configuration() {
    let folder = bare("plan");
    let set = |key: &str, value: &str| format!("--set=deployments.Procfile.{key}={value}");
    let plan = set("processes.web.plan", "standrd-1x");
    let out = check(&folder, &["--format", "agent", &plan], 2);
    assert!(out.contains("invalid-config") && out.contains("did you mean `standard-1x`?"), "{out}");
    let plan = set("processes.web.plan", "Standard-2X");
    check(&folder, &["--fail-on", "never", &plan], 0);
    let database = set("\"database.plan\"", "essential-9");
    let out = check(&folder, &["--format", "agent", &database], 2);
    assert!(out.contains("`essential-9` is not a plan of databases of Heroku"), "{out}");
}

#[test]
fn an_assistant_is_asked_nothing_where_nothing_is_open() {
    for arguments in [&["--format", "agent"][..], &["--format", "agent", "--no-assumptions"][..]] {
        let out = check(&bare("agent"), &[arguments, &["--fail-on", "never"]].concat(), 0);
        let lines: Vec<&str> = out.lines().collect();
        for (idx, line) in lines.iter().enumerate().filter(|(_, it)| it.ends_with(':')) {
            assert!(lines.get(idx + 1).is_some_and(|it| it.starts_with("- ")), "{line}: {out}");
        }
    }
}

#[test]
fn resolve_lists_assumptions_too() {
    let out = check(&bare("resolve"), &["resolve", "--format", "json"], 0);
    let facts: Value = serde_json::from_str(&out).unwrap();
    let lines = texts(&facts["assumptions"], "settle_with");
    assert!(lines.contains(&"deployments.Procfile.platform = \"heroku\""), "{lines:?}");
}

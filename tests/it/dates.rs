//! What depends on the day: ends of life, and limits that nobody compared for a year.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use crate::cli::Folder;

/// What `opslint check` says in the folder on a day, one diagnostic a line.
fn on(folder: &Folder, day: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
        .args(["check", "--format", "concise", "--fail-on", "never", "--today", day])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn says(said: &str, rule: &str, text: &str) {
    let line = said.lines().find(|it| it.contains(rule));
    let line = line.unwrap_or_else(|| panic!("nothing about {rule} in\n{said}"));
    assert!(line.contains(text), "{line}");
}

fn function(runtime: &str, timeout_s: u32) -> Folder {
    let text = format!(
        "service: shop\nprovider: {{ name: aws, runtime: {runtime} }}\nfunctions:\n  nightly:\n    \
         handler: shop.run\n    timeout: {timeout_s}\n    events: [{{ schedule: rate(1 day) }}]\n"
    );
    Folder::new(&format!("day-{runtime}-{timeout_s}")).with("serverless.yml", text)
}

#[test]
fn a_runtime_ends_by_the_clock() {
    let folder = function("python3.10", 60);
    assert!(!on(&folder, "2026-10-30").contains("deprecated-runtime"));
    let said = on(&folder, "2026-10-31");
    says(&said, "deprecated-runtime", "support for `python3.10` ended on 2026-10-31");
    says(&on(&folder, "2027-03-03"), "blocked-runtime", "python3.10");
}

#[test]
fn a_version_of_python_ends_by_the_clock() {
    let folder = Folder::new("day-python")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with(".python-version", "3.11\n");
    assert!(!on(&folder, "2027-10-31").contains("python-end-of-life"));
    says(&on(&folder, "2027-11-01"), "python-end-of-life", "they ended on 2027-10-31");
}

#[test]
fn a_stack_of_heroku_is_deprecated_before_it_ends() {
    let folder = Folder::new("day-stack")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("app.json", "{ \"stack\": \"heroku-22\" }\n");
    says(&on(&folder, "2027-04-30"), "heroku-stack-deprecated", "ends on 2027-04-30");
    says(&on(&folder, "2027-05-01"), "heroku-stack-end-of-life", "no longer builds on `heroku-22`");
}

#[test]
fn a_limit_that_may_have_been_raised_is_no_error_on_the_number_alone() {
    let folder = function("python3.14", 1801);
    let said = on(&folder, "2026-11-28");
    says(&said, "function-timeout-out-of-range", "error");
    assert!(!said.contains("as of"), "{said}");
    let said = on(&folder, "2028-11-28");
    says(&said, "function-timeout-out-of-range", "warning");
    says(&said, "function-timeout-out-of-range", "(as of 20");
}

#[test]
fn a_bound_of_a_key_ages_as_a_limit_does() {
    let folder = Folder::new("day-bound").with(
        ".do/app.yaml",
        "name: shop\nservices:\n- name: web\n  run_command: gunicorn shop.wsgi\n  \
         termination: { drain_seconds: 120 }\n",
    );
    let said = on(&folder, "2027-11-28");
    says(&said, "value-out-of-range", "error");
    let said = on(&folder, "2027-11-29");
    says(&said, "value-out-of-range", "warning");
    says(&said, "value-out-of-range", "must be from 1 to 110 (as of 2026-11-28)");
}

/// No vendor opens more ports than there are.
#[test]
fn a_bound_that_nobody_raises_does_not_age() {
    let text = "app = \"shop\"\n[http_service]\ninternal_port = 70000\n";
    let folder = Folder::new("day-port").with("fly.toml", text);
    says(&on(&folder, "2030-01-01"), "value-out-of-range", "error");
}

#[test]
fn a_day_that_is_none_is_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
        .args(["check", "--today", "2026-02-30"])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("expected a day such as 2026-11-23"), "{said}");
}

//! `--add-allow`, `--watch`, and ways out that are a choice: what follows a check.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use crate::cli::Folder;

const FLY: &str = "app = \"shop\"\r\n[processes]\r\nweb = \"gunicorn shop.wsgi --bind 0.0.0.0:8080 --workers 9\"\r\n\
                   [http_service]\r\n  processes = [\"web\"]\r\n  internal_port = 8080\r\n  \
                   autostop_machines = \"stop\"\r\n[[vm]]\r\nmemory = \"512mb\"";

fn check(folder: &Folder, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    command.arg("check").args(arguments).current_dir(folder.path()).env_clear().output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_is_left_is_allowed_with_one_reason() {
    let folder = Folder::new("allow-comments").with("fly.toml", FLY);
    let before = check(&folder, &["--format", "concise"]);
    let found = text(&before.stdout).lines().count();
    assert!(found >= 4, "{before:?}");
    let output = check(&folder, &["--add-allow", "accepted until the move"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = format!("allowed {found} problems: by comments\n");
    assert_eq!(text(&output.stderr), said);
    let now = folder.read("fly.toml");
    // Nothing but comments has come, with the line ends of the file.
    let lines = now.split("\r\n").filter(|it| !it.trim_start().starts_with('#'));
    assert_eq!(lines.collect::<Vec<_>>(), FLY.split("\r\n").collect::<Vec<_>>());
    assert!(
        now.contains("\r\n  # opslint: allow[unknown-key] accepted until the move\r\n  autostop"),
        "{now}"
    );
    assert!(!folder.path().join("opslint.toml").exists());
    // Clean, and a second run changes nothing.
    let again = check(&folder, &["--add-allow", "another reason", "--format", "concise"]);
    assert_eq!((again.status.code(), text(&again.stdout).as_str()), (Some(0), ""), "{again:?}");
    assert_eq!(folder.read("fly.toml"), now);
}

#[test]
fn a_file_without_comments_is_allowed_in_the_configuration() {
    let json = "{\n  \"formation\": { \"web\": { \"quantity\": 1, \"size\": \"standard-1x\" } },\n  \
                \"env\": { \"WEB_CONCURRENCY\": { \"value\": \"9\" } }\n}\n";
    let folder = Folder::new("allow-config")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("app.json", json)
        .with("opslint.toml", "# ours\nfail-on = \"info\"");
    let before = text(&check(&folder, &["--format", "concise"]).stdout);
    assert!(before.contains("app.json"), "{before}");
    let output = check(&folder, &["--add-allow", "Bob's \"choice\""]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(folder.read("app.json"), json);
    let config = folder.read("opslint.toml");
    assert!(
        config.starts_with("# ours\nfail-on = \"info\"\n\n[[suppressions]]\nrule = "),
        "{config}"
    );
    assert!(config.contains("path = \"app.json\""), "{config}");
    let left = check(&folder, &["--format", "concise"]);
    assert_eq!((left.status.code(), text(&left.stdout).as_str()), (Some(0), ""), "{left:?}");
}

#[test]
fn a_project_without_configuration_gets_one() {
    let json = "{ \"formation\": { \"web\": { \"quantity\": 1, \"size\": \"standard-1x\" } },\n  \
                \"env\": { \"WEB_CONCURRENCY\": { \"value\": \"9\" } } }\n";
    let folder = Folder::new("allow-new-config")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("app.json", json);
    let output = check(&folder, &["--add-allow", "measured: they share pages"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let config = folder.read("opslint.toml");
    assert!(config.starts_with("[[suppressions]]\nrule = "), "{config}");
    let left = check(&folder, &["--format", "concise"]);
    assert_eq!((left.status.code(), text(&left.stdout).as_str()), (Some(0), ""), "{left:?}");
}

#[test]
fn a_reason_says_something_and_fixes_come_first() {
    let folder = Folder::new("allow-reason").with("fly.toml", FLY);
    let output = check(&folder, &["--add-allow", " - "]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(folder.read("fly.toml"), FLY);
    let output = check(&folder, &["--fix", "--add-allow", "known"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let now = folder.read("fly.toml");
    assert!(now.contains("\r\n  auto_stop_machines = ") && !now.contains("unknown-key"), "{now}");
}

#[test]
fn a_watched_project_is_reported_again_when_a_file_changes_or_comes() {
    let folder = Folder::new("watch").with("fly.toml", FLY);
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    command.args(["check", "--watch", "--format", "jsonl"]).current_dir(folder.path());
    let mut child = command.env_clear().stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut round = || {
        let mut all = String::new();
        for line in lines.by_ref() {
            let line = line.unwrap();
            all.push_str(&line);
            if line.contains("\"type\":\"summary\"") {
                break;
            }
        }
        all
    };
    assert!(round().contains("unknown-key"));
    fs::write(folder.path().join("fly.toml"), FLY.replace("autostop", "auto_stop")).unwrap();
    let now = round();
    assert!(now.contains("memory-overcommit") && !now.contains("unknown-key"), "{now}");
    fs::write(folder.path().join("opslint.toml"), "[levels]\nmemory-overcommit = \"off\"\n")
        .unwrap();
    let now = round();
    assert!(!now.contains("memory-overcommit"), "{now}");
    // A project in a folder that was not there.
    fs::create_dir_all(folder.path().join("deep/er")).unwrap();
    fs::write(folder.path().join("deep/er/Procfile"), "web: gunicorn a --workers x\n").unwrap();
    assert!(round().contains("deep/er/Procfile"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn too_little_memory_has_two_ways_out_with_numbers() {
    let blueprint = "services:\n  - type: web\n    name: shop\n    runtime: python\n    \
                     plan: starter\n    startCommand: gunicorn shop.wsgi --workers 8\n";
    let folder = Folder::new("choices").with("render.yaml", blueprint);
    let output = text(&check(&folder, &["--format", "json"]).stdout);
    let document: serde_json::Value = serde_json::from_str(&output).unwrap();
    let all = document["diagnostics"].as_array().unwrap();
    let it = all.iter().find(|it| it["rule"] == "memory-overcommit").unwrap();
    let fixes = it["fixes"].as_array().unwrap();
    let titles: Vec<&str> = fixes.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].starts_with("run "), "{titles:?}");
    assert_eq!(titles[1], "take standard: 1,024 of 2,048 MB, $25 a month each instead of $7");
    // The figures are those of the plan.
    let mut plan = Command::new(env!("CARGO_BIN_EXE_opslint"));
    plan.args(["plan", "--with", "shop.plan=standard", "--format", "json"]);
    let plan = plan.current_dir(folder.path()).env_clear().output().unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let process = &plan["deployments"][0]["processes"][0];
    assert_eq!(process["memory"]["percent"]["max"], 50, "{process}");
    assert_eq!(process["price_usd_month"]["max"], 25, "{process}");
    // Made, it fits.
    let mut new = blueprint.to_owned();
    for edit in fixes[1]["edits"].as_array().unwrap().iter().rev() {
        let at = |side: &str| edit["range"][side]["offset"].as_u64().unwrap() as usize;
        new.replace_range(at("start")..at("end"), edit["text"].as_str().unwrap());
    }
    fs::write(folder.path().join("render.yaml"), &new).unwrap();
    let left = text(&check(&folder, &["--format", "concise"]).stdout);
    assert!(!left.contains("memory-overcommit"), "{new}\n{left}");
}

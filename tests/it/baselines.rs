//! A baseline holds back what was known, and no more; and it only shrinks.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test changes files")]

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::cli::Folder;

/// Status and the rules that fired with the paths they fired in, sorted, each once.
fn run(folder: &Folder, within: &str, arguments: &[&str]) -> (i32, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let command = command.args(["check", "--format", "json"]).args(arguments);
    let output = command.current_dir(folder.path().join(within)).env_clear().output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let diagnostics = json["diagnostics"].as_array().cloned().unwrap_or_default();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let shown = |it: &Value| format!("{} {}", text(&it["rule"]), text(&it["primary"]["path"]));
    let mut shown: Vec<String> = diagnostics.iter().map(shown).collect();
    shown.sort();
    shown.dedup();
    (output.status.code().unwrap(), shown)
}

#[track_caller]
fn check(folder: &Folder, within: &str, arguments: &[&str], expect: &[&str]) {
    let (_, shown) = run(folder, within, arguments);
    assert_eq!(shown, expect, "{arguments:?} in `{within}`");
}

const KNOWN: &[&str] = &["--baseline", "known.toml"];
const WRITE: &[&str] = &["--baseline", "known.toml", "--write-baseline"];
const BAD: &str = "app = \"shop\"\nbogus = 1\n[http_service]\ninternal_port = 8080\n";

fn shop(name: &str) -> Folder {
    let folder = Folder::new(name).with("a/fly.toml", BAD).with("b/fly.toml", BAD);
    run(&folder, "", WRITE);
    check(&folder, "", KNOWN, &[]);
    folder
}

#[test]
fn edits_elsewhere_keep_what_is_known() {
    let folder = shop("baseline-edits");
    for text in [
        format!("# a note\n\n{BAD}"),
        BAD.replace('\n', "\r\n"),
        "bogus   =  1 # why\napp = \"shop\"\n[http_service]\ninternal_port = 8080\n".to_owned(),
        format!("{BAD}[env]\nA = \"b\"\n"),
    ] {
        fs::write(folder.path().join("a/fly.toml"), text).unwrap();
        check(&folder, "", KNOWN, &[]);
    }
}

#[test]
fn what_can_no_longer_be_decided_is_not_resolved_in_any_format() {
    let many = "web: gunicorn app:app --workers 40\n";
    let folder = Folder::new("baseline-undecided").with("Procfile", many).with("app.json", "{}");
    run(&folder, "", WRITE);
    check(&folder, "", KNOWN, &[]);
    fs::write(folder.path().join("Procfile"), many.replace("40", "$MANY")).unwrap();
    for format in ["concise", "json", "pretty", "github", "sarif"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
        let command = command.args(["check", "--format", format]).args(KNOWN);
        let output = command.current_dir(folder.path()).env_clear().output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("is resolved"), "{format}: {text}");
    }
}

#[test]
fn the_same_rule_elsewhere_is_new_and_what_is_gone_is_resolved() {
    let folder = shop("baseline-moves");
    let moved = "app = \"shop\"\n[http_service]\ninternal_port = 8080\nbogus = 1\n";
    fs::write(folder.path().join("a/fly.toml"), moved).unwrap();
    check(&folder, "", KNOWN, &["resolved-baseline known.toml", "unknown-key a/fly.toml"]);
}

#[test]
fn a_file_that_is_gone_or_renamed_is_resolved() {
    let folder = shop("baseline-gone");
    fs::create_dir(folder.path().join("c")).unwrap();
    fs::rename(folder.path().join("a/fly.toml"), folder.path().join("c/fly.toml")).unwrap();
    fs::remove_file(folder.path().join("b/fly.toml")).unwrap();
    let (_, shown) = run(&folder, "", KNOWN);
    assert!(shown.iter().any(|it| it == "resolved-baseline known.toml"), "{shown:?}");
    assert!(shown.iter().any(|it| it == "unknown-key c/fly.toml"), "{shown:?}");
    run(&folder, "", WRITE);
    let text = folder.read("known.toml");
    assert!(!text.contains("a/fly.toml") && !text.contains("b/fly.toml"), "{text}");
}

#[test]
fn a_process_that_is_gone_is_resolved() {
    let folder = Folder::new("baseline-process").with(
        "Procfile",
        "web: gunicorn shop.wsgi -b :$PORT\nadmin: gunicorn shop.wsgi -b :$PORT --bogus\n",
    );
    run(&folder, "", WRITE);
    assert!(folder.read("known.toml").contains("--bogus"));
    fs::write(folder.path().join("Procfile"), "web: gunicorn shop.wsgi -b :$PORT\n").unwrap();
    let (_, shown) = run(&folder, "", KNOWN);
    assert!(!shown.is_empty() && shown.iter().all(|it| it.starts_with("resolved-")), "{shown:?}");
    run(&folder, "", WRITE);
    assert!(!folder.read("known.toml").contains("--bogus"));
}

#[test]
fn a_run_of_one_folder_leaves_the_entries_of_others() {
    let folder = shop("baseline-parts");
    fs::remove_file(folder.path().join("b/fly.toml")).unwrap();
    check(&folder, "", &["--baseline", "known.toml", "a"], &[]);
    run(&folder, "", &["--baseline", "known.toml", "--write-baseline", "a"]);
    assert!(folder.read("known.toml").contains("b/fly.toml"));
    check(&folder, "", KNOWN, &["resolved-baseline known.toml"]);
}

#[test]
fn every_name_of_a_baseline_gives_the_same_paths() {
    let folder = shop("baseline-names");
    let text = folder.read("known.toml");
    let absolute = folder.path().join("known.toml").to_string_lossy().into_owned();
    std::os::unix::fs::symlink(".", folder.path().join("link")).unwrap();
    for (within, path) in [
        ("", absolute.as_str()),
        ("", "./a/../known.toml"),
        ("", "link/known.toml"),
        ("a", "../known.toml"),
        ("a", absolute.as_str()),
        ("link/a", "../known.toml"),
    ] {
        check(&folder, within, &["--no-config", "--baseline", path], &[]);
        run(&folder, within, &["--no-config", "--baseline", path, "--write-baseline"]);
        assert_eq!(folder.read("known.toml"), text, "{path} in `{within}`");
    }
}

#[test]
fn only_a_baseline_is_written_over() {
    for (name, text) in [
        ("config", "[levels]\nbind-loopback = \"off\"\n"),
        ("conflict", "<<<<<<< ours\nversion = 2\nentries = []\n=======\n>>>>>>> theirs\n"),
        ("broken", "version = 2\nentries = [{ path = \"a\" }]\n"),
        ("empty", ""),
        ("older", "version = 1\nentries = []\n"),
        ("newer", "version = 3\nentries = []\n"),
        ("text", "web: run\n"),
    ] {
        let folder = Folder::new(&format!("baseline-over-{name}"))
            .with("fly.toml", BAD)
            .with("known.toml", text);
        assert_eq!(run(&folder, "", WRITE).0, 2, "{name}");
        assert_eq!(folder.read("known.toml"), text, "{name}");
        assert_eq!(run(&folder, "", KNOWN).0, 2, "{name}");
    }
    for bytes in [&b"\xff\xfev\0e\0r\0"[..], b"# caf\xe9\n"] {
        let folder =
            Folder::new("baseline-over-bytes").with("fly.toml", BAD).with("known.toml", bytes);
        assert_eq!(run(&folder, "", WRITE).0, 2);
        assert_eq!(fs::read(folder.path().join("known.toml")).unwrap(), bytes);
    }
}

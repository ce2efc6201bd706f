//! A locked rule holds against the configuration, the rules and the baselines of folders below.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::process::Command;

use serde_json::Value;

use crate::cli::Folder;

const RULE: &str = r#"
since = "0.1.0"
level = "error"
group = "own"
summary = "s"
why = "w."
help = "h"
sources = ["https://example.invalid"]
locked = LOCKED
[check]
on = "process"
require = "workers <= 8"
message = "too many"
[[fail]]
Procfile = "web: gunicorn shop.wsgi --workers 9"
[[pass]]
Procfile = "web: gunicorn shop.wsgi --workers 8"
"#;

/// A repository with a locked rule `few` and an open one `open` of its root, and this opslint.toml
/// in the folder `svc`.
fn repository(name: &str, own: &str) -> Folder {
    Folder::new(name)
        .with(".git/HEAD", "ref: refs/heads/main\n")
        .with("opslint.toml", "rules = [\"policy\"]\nbaseline = \"root.toml\"\n")
        .with("root.toml", "version = 2\nentries = []\n")
        .with("policy/few.toml", RULE.replace("LOCKED", "true"))
        .with("policy/open.toml", RULE.replace("LOCKED", "false"))
        .with("svc/opslint.toml", own)
        .with("svc/Procfile", "web: gunicorn shop.wsgi --workers 9\n")
}

/// Status and the rules of interest that are reported, with their severities.
fn run(folder: &Folder, within: &str, arguments: &[&str]) -> (i32, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let command = command.args(["check", "--format", "json"]).args(arguments);
    let output = command.current_dir(folder.path().join(within)).env_clear().output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let diagnostics = json["diagnostics"].as_array().cloned().unwrap_or_default();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let shown = diagnostics.iter().map(|it| (text(&it["rule"]), text(&it["severity"])));
    let ours = ["few", "open", "locked-suppression", "invalid-config"];
    let shown = shown.filter(|(rule, _)| ours.contains(&rule.as_str()));
    let mut shown: Vec<_> = shown.map(|(rule, severity)| format!("{rule} {severity}")).collect();
    shown.sort();
    (output.status.code().unwrap(), shown)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|it| (*it).to_owned()).collect()
}

/// What a run in the folder and one from the root of that folder say of an opslint.toml below.
#[track_caller]
fn check(name: &str, own: &str, expect: &[&str]) {
    let folder = repository(name, own);
    for (within, arguments) in [("", &["svc"][..]), ("svc", &[])] {
        let (status, shown) = run(&folder, within, arguments);
        assert_eq!((status, shown), (1, owned(expect)), "in `{within}`: {own}");
    }
}

#[test]
fn levels_of_a_folder_below_cannot_lower_it() {
    for (idx, own) in [
        "[levels]\nfew = \"off\"\nopen = \"off\"\n",
        "[levels]\nfew = \"info\"\nopen = \"off\"\n",
        "[[overrides]]\npaths = [\"**\"]\nlevels = { few = \"off\", open = \"off\" }\n",
    ]
    .iter()
    .enumerate()
    {
        let extending = format!("extends = [\"../opslint.toml\"]\n{own}");
        check(
            &format!("locked-levels-{idx}"),
            &extending,
            &["few error", "locked-suppression error"],
        );
    }
}

#[test]
fn the_list_of_suppressions_says_that_a_refused_level_has_no_effect() {
    let own = "extends = [\"../opslint.toml\"]\n[levels]\nfew = \"off\"\nopen = \"off\"\n";
    let folder = repository("locked-listed", own);
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let command = command.arg("suppressions").current_dir(folder.path().join("svc")).env_clear();
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let expect = "few is off; it has no effect, because the rule is locked\n";
    assert!(output.contains(expect), "{output}");
    assert!(output.contains("open is off\n"), "{output}");
}

#[test]
fn a_file_that_extends_nothing_does_not_get_rid_of_it() {
    check("locked-shadow", "[env]\nA = \"b\"\n", &["few error"]);
    check(
        "locked-shadow-2",
        "[levels]\nfew = \"off\"\n",
        &["few error", "locked-suppression error"],
    );
}

#[test]
fn a_rule_of_the_same_name_does_not_replace_it() {
    let folder = repository("locked-replaced", "rules = [\"own\"]\n")
        .with("svc/own/few.toml", RULE.replace("LOCKED", "false").replace("\"error\"", "\"off\""));
    let (status, shown) = run(&folder, "svc", &[]);
    assert_eq!((status, shown), (1, owned(&["few error", "locked-suppression error"])));
}

#[test]
fn a_baseline_below_does_not_hold_it_back() {
    let folder = repository(
        "locked-baseline",
        "extends = [\"../opslint.toml\"]\nbaseline = \"known.toml\"\n",
    );
    let (status, shown) = run(&folder, "svc", &["--write-baseline"]);
    assert_eq!((status, shown), (1, owned(&["few error"])));
    let text = folder.read("svc/known.toml");
    assert!(text.contains("\"open\"") && !text.contains("\"few\""), "{text}");
    let by_hand = text.replace("rule = \"open\"", "rule = \"few\"");
    let folder = folder.with("svc/known.toml", by_hand);
    let (status, shown) = run(&folder, "svc", &[]);
    assert_eq!(status, 1);
    assert!(shown.contains(&"few error".to_owned()), "{shown:?}");
    let (_, shown) = run(&folder, "", &["svc", "--baseline", "svc/known.toml"]);
    assert!(shown.contains(&"few error".to_owned()), "{shown:?}");
}

#[test]
fn whoever_brings_it_and_the_command_line_decide() {
    let folder = repository("locked-owner", "extends = [\"../opslint.toml\"]\n");
    assert_eq!(run(&folder, "svc", &["--write-baseline"]).1, [] as [&str; 0]);
    assert!(folder.read("root.toml").contains("\"few\""));
    let folder = repository("locked-owner", "[levels]\nfew = \"off\"\n");
    let off = ["--set", "levels.few=off", "--set", "levels.locked-suppression=off"];
    assert_eq!(run(&folder, "svc", &off).1, [] as [&str; 0]);
    let own = "rules = [\"policy\"]\n[levels]\nfew = \"off\"\nopen = \"off\"\n";
    let folder = folder.with("opslint.toml", own).with("svc/opslint.toml", "");
    assert_eq!(run(&folder, "svc", &[]).1, [] as [&str; 0]);
}

#[test]
fn what_the_command_line_brings_is_not_the_repository_s_to_lower() {
    let folder = Folder::new("locked-given")
        .with("policies/opslint.toml", "rules = [\"policy\"]\n")
        .with("policies/policy/few.toml", RULE.replace("LOCKED", "true"))
        .with("repo/.git/HEAD", "ref: refs/heads/main\n")
        .with("repo/opslint.toml", "[levels]\nfew = \"off\"\n")
        .with("repo/Procfile", "web: gunicorn shop.wsgi --workers 9\n");
    let extends = ["--set", "extends=[\"../policies/opslint.toml\"]"];
    assert_eq!(run(&folder, "repo", &extends).1, ["few error", "locked-suppression error"]);
    let rules = ["--set", "rules=[\"../policies/policy\"]"];
    assert_eq!(run(&folder, "repo", &rules).1, ["few error", "locked-suppression error"]);
    let off = [&extends[..], &["--set", "levels.few=off"]].concat();
    assert!(!run(&folder, "repo", &off).1.contains(&"few error".to_owned()));
}

#[test]
fn a_folder_below_cannot_make_the_gate_milder_for_it() {
    for own in ["fail-on = \"never\"\n", "extends = [\"../opslint.toml\"]\nfail-on = \"never\"\n"] {
        let folder = repository("locked-gate", own);
        assert_eq!(run(&folder, "svc", &[]).0, 1, "{own}");
        assert_eq!(run(&folder, "svc", &["--fail-on", "never"]).0, 0, "the command line: {own}");
        let open = folder.with("policy/few.toml", RULE.replace("LOCKED", "false"));
        assert_eq!(run(&open, "svc", &[]).0, 0, "a rule that is not locked: {own}");
    }
    let tried = format!("{}[levels]\nfew = \"off\"\n", "fail-on = \"never\"\n");
    assert_eq!(run(&repository("locked-gate-tried", &tried), "svc", &[]).0, 1);
    let folder = repository("locked-gate-owner", "fail-on = \"info\"\n");
    let root = "rules = [\"policy\"]\nfail-on = \"never\"\n";
    assert_eq!(run(&folder.with("opslint.toml", root), "svc", &[]).0, 1, "made stricter");
    let extending = "extends = [\"../opslint.toml\"]\n";
    let folder = repository("locked-gate-owner-2", extending).with("opslint.toml", root);
    assert_eq!(run(&folder, "svc", &[]).0, 0, "its owner says never");
}

#[test]
fn a_policy_that_is_given_keeps_its_gate() {
    let folder = Folder::new("locked-gate-given")
        .with("policies/opslint.toml", "rules = [\"policy\"]\n")
        .with("policies/policy/few.toml", RULE.replace("LOCKED", "true"))
        .with("repo/.git/HEAD", "ref: refs/heads/main\n")
        .with("repo/opslint.toml", "fail-on = \"never\"\n")
        .with("repo/Procfile", "web: gunicorn shop.wsgi --workers 9\n");
    assert_eq!(run(&folder, "repo", &["--policy", "../policies"]).0, 1);
    assert_eq!(run(&folder, "repo", &[]).0, 0);
}

/// A file that cannot be read is judged by no rule.
#[test]
fn a_folder_below_cannot_silence_what_is_unreadable() {
    for own in ["[levels]\nunreadable-file = 'off'\n", "[levels]\n'*' = 'off'\n"] {
        let folder = repository("locked-unreadable", own)
            .with("svc/Procfile", b"# caf\xe9\nweb: gunicorn shop.wsgi --workers 9\n");
        let (status, _) = run(&folder, "", &[]);
        assert_ne!(status, 0, "{own}");
        assert_ne!(run(&folder, "svc", &[]).0, 0, "{own}");
    }
}

#[test]
fn a_level_may_be_raised() {
    let folder = repository("locked-raised", "[levels]\nfew = \"error\"\n");
    let warning = RULE.replace("LOCKED", "true").replace("\"error\"", "\"warning\"");
    let folder = folder.with("policy/few.toml", warning);
    assert_eq!(run(&folder, "svc", &[]).1, ["few error"]);
}

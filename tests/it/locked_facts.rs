//! A locked rule goes by what files write, whatever an opslint.toml below it states, and looks at
//! files that a repository hides.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::process::Command;

use serde_json::Value;

use crate::cli::Folder;
use crate::outputs::git;

/// A rule that is locked, and what it requires of a process.
fn rule(when: &str, require: &str) -> String {
    format!(
        "since = \"0.1.0\"\nlevel = \"error\"\ngroup = \"own\"\nsummary = \"s\"\nwhy = \"w.\"\n\
         help = \"h\"\nsources = [\"https://example.invalid\"]\nlocked = true\n[check]\n\
         on = \"process\"\n{when}require = '{require}'\nmessage = \"wrong\"\n\
         [[fail]]\nProcfile = \"a\"\n[[pass]]\nProcfile = \"b\"\n"
    )
}

/// A repository with the locked rule `held` of its root, and files in the folder `svc`.
fn repository(name: &str, rule: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name)
        .with(".git/HEAD", "ref: refs/heads/main\n")
        .with("opslint.toml", "rules = [\"policy\"]\n")
        .with("policy/held.toml", rule);
    files.iter().fold(folder, |it, (path, text)| it.with(&format!("svc/{path}"), text))
}

/// The diagnostics of the locked rule in a folder that are more than information, and the status.
fn held(folder: &Folder, within: &str, arguments: &[&str]) -> (i32, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let command = command.args(["check", "--format", "json"]).args(arguments);
    let output = command.current_dir(folder.path().join(within)).env_clear().output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let mut all = json["diagnostics"].as_array().cloned().unwrap_or_default();
    all.retain(|it| it["rule"] == "held" && it["severity"] != "info");
    (output.status.code().unwrap(), all)
}

/// How often the locked rule speaks, seen from the root and from the folder.
#[track_caller]
fn check(name: &str, rule: &str, files: &[(&str, &str)], expect: usize) {
    let folder = repository(name, rule, files);
    for (within, arguments) in [("", &["svc"][..]), ("svc", &[])] {
        let (status, found) = held(&folder, within, arguments);
        assert_eq!(found.len(), expect, "{name} in `{within}`: {found:#?}");
        // Other rules may have something to say.
        assert!(status == 1 || expect == 0 && status == 0, "{name} in `{within}`: {status}");
    }
}

const NINE: (&str, &str) = ("Procfile", "web: gunicorn shop.wsgi --workers 9\n");

fn few() -> String {
    rule("", "workers <= 8")
}

#[test]
fn what_files_write_is_not_stated_away() {
    for (idx, own) in [
        "[deployments.Procfile.processes.web]\nworkers = 2\n",
        "extends = [\"../opslint.toml\"]\n[deployments.Procfile.processes.web]\nworkers = 2\n",
        "[deployments.Procfile]\nworkers = 2\n",
        "[deployments.\"*\"]\nworkers = 2\n",
    ]
    .into_iter()
    .enumerate()
    {
        check(&format!("held-stated-{idx}"), &few(), &[NINE, ("opslint.toml", own)], 1);
    }
}

#[test]
fn the_place_of_a_statement_that_does_not_count_is_shown() {
    let own = "[deployments.Procfile.processes.web]\nworkers = 2\n";
    let folder = repository("held-shown", &few(), &[NINE, ("opslint.toml", own)]);
    let (_, found) = held(&folder, "svc", &[]);
    let text = found[0].to_string();
    assert!(text.contains("does not count for `held`, which is locked"), "{text}");
    assert!(text.contains("opslint.toml"), "{text}");
}

#[test]
fn a_variable_that_a_file_sets_is_not_stated_away() {
    let files = [
        ("Procfile", "web: gunicorn shop.wsgi\n"),
        ("app.json", "{\"env\": {\"WEB_CONCURRENCY\": {\"value\": \"9\"}}}"),
        ("opslint.toml", "[env]\nWEB_CONCURRENCY = \"2\"\n"),
    ];
    check("held-env", &few(), &files, 1);
}

#[test]
fn what_files_leave_open_is_settled_by_a_statement() {
    let shorter = rule("", "timeout_s <= 25");
    let plain = ("Procfile", "web: gunicorn shop.wsgi\n");
    check("held-open-0", &shorter, &[plain], 1);
    for (idx, own) in [
        "[deployments.Procfile.processes.web]\ntimeout_s = 20\n",
        "[env]\nGUNICORN_CMD_ARGS = \"--timeout 20\"\n",
    ]
    .into_iter()
    .enumerate()
    {
        check(&format!("held-open-{}", idx + 1), &shorter, &[plain, ("opslint.toml", own)], 0);
    }
    let memory = rule("", "machine.memory_mb >= 1024");
    let own = "[deployments.Procfile.processes.web]\nplan = \"performance-m\"\n";
    check("held-open-plan", &memory, &[plain, ("opslint.toml", own)], 0);
    let known = rule("unknown = \"fails\"\n", "scale.min >= 2");
    let own = "[deployments.Procfile.processes.web]\ninstances = 3\n";
    check("held-open-unknown", &known, &[plain, ("opslint.toml", own)], 0);
}

#[test]
fn whoever_brings_the_rule_and_the_command_line_may_state_anything() {
    let own = "[deployments.Procfile.processes.web]\nworkers = 2\n";
    let folder = repository("held-owner", &few(), &[NINE, ("opslint.toml", own)]);
    assert_eq!(held(&folder, "svc", &["--set", "deployments.Procfile.workers=2"]).1.len(), 0);
    let root = "rules = [\"policy\"]\n[deployments.\"svc/Procfile\".processes.web]\nworkers = 2\n";
    let folder = folder.with("opslint.toml", root).with("svc/opslint.toml", "extends = [\"..\"]\n");
    let folder = folder.with("svc/opslint.toml", "extends = [\"../opslint.toml\"]\n");
    assert_eq!(held(&folder, "svc", &[]).1.len(), 0);
}

#[test]
fn a_corrected_platform_does_not_count() {
    let memory = rule("", "machine.memory_mb <= 600");
    let own = "id = \"fly\"\n[sources.own]\nurl = \"https://example.invalid\"\n\
               checked = \"2026-11-01\"\n[[plans]]\nname = \"shared-cpu-4x\"\n\
               memory_mb = 512\nsource = \"own\"\n";
    let files = [
        (
            "fly.toml",
            "app = \"a\"\n[processes]\nweb = \"gunicorn a\"\n[[vm]]\nsize = \"shared-cpu-4x\"\n",
        ),
        ("opslint.toml", "platforms = [\"own.toml\"]\n"),
        ("own.toml", own),
    ];
    check("held-platform", &memory, &files, 1);
}

#[test]
fn assumptions_of_a_locked_rule_are_not_turned_off_below() {
    let memory = rule("", "machine.memory_mb >= 1024");
    let plain = ("Procfile", "web: gunicorn shop.wsgi\n");
    for (idx, own) in [
        "[levels]\nassumed = \"off\"\n",
        "[levels]\nassumed = \"info\"\n",
        "[[overrides]]\npaths = [\"**\"]\nlevels = { assumed = \"off\" }\n",
    ]
    .into_iter()
    .enumerate()
    {
        check(&format!("held-assumed-{idx}"), &memory, &[plain, ("opslint.toml", own)], 1);
    }
    let folder = repository("held-assumed-owner", &memory, &[plain]);
    let own = "rules = [\"policy\"]\n[levels]\nassumed = \"info\"\n";
    assert_eq!(held(&folder.with("opslint.toml", own), "svc", &[]).1.len(), 0);
}

#[test]
fn a_hidden_file_is_looked_at_where_git_tracks_it_or_nothing_says_so() {
    for (idx, hiding) in [
        ("svc/.gitignore", "*\n"),
        (".gitignore", "svc/\n"),
        ("svc/.ignore", "Procfile\n"),
        (".git/info/exclude", "svc\n"),
    ]
    .into_iter()
    .enumerate()
    {
        // Without an index, anything may be tracked.
        let folder = repository(&format!("held-hidden-{idx}"), &few(), &[NINE]);
        let folder = folder.with(hiding.0, hiding.1);
        assert_eq!(held(&folder, "", &[]).1.len(), 1, "{hiding:?}");
    }
}

#[test]
fn the_index_tells_what_is_tracked() {
    for version in ["2", "4"] {
        let folder = repository(&format!("held-index-{version}"), &few(), &[NINE])
            .with("own/Procfile", NINE.1)
            .with("build/deep/Procfile", NINE.1)
            .with(".gitignore", "svc\nown\nbuild\n");
        std::fs::remove_dir_all(folder.path().join(".git")).unwrap();
        git(folder.path(), &["init", "--quiet"]);
        git(folder.path(), &["config", "index.version", version]);
        git(folder.path(), &["add", "--force", "svc", "opslint.toml", "policy", ".gitignore"]);
        git(folder.path(), &["update-index", "--index-version", version]);
        let (_, found) = held(&folder, "", &[]);
        let paths: Vec<_> = found.iter().map(|it| it["primary"]["path"].to_string()).collect();
        assert_eq!(paths, ["\"svc/Procfile\""], "version {version}");
        git(folder.path(), &["add", "--force", "build"]);
        assert_eq!(held(&folder, "", &[]).1.len(), 2, "version {version}");
        let open =
            folder.with("policy/held.toml", few().replace("locked = true", "locked = false"));
        assert_eq!(held(&open, "", &[]).1.len(), 2, "what git tracks counts for every rule");
    }
}

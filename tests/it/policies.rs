//! Policies that many repositories share: packs, levels, what is left out, and what their authors
//! are told.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use crate::cli::Folder;
use crate::program::opslint;

/// Status, standard output and standard error of a run.
struct Run {
    status: i32,
    out: String,
    err: String,
}

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    let output = opslint(folder.path()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        status: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// The rules that a check reports, with their severities and files, in order.
fn said(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let all: Vec<&str> = ["check", "--format", "json"].iter().chain(arguments).copied().collect();
    let json: Value = serde_json::from_str(&run(folder, &all).out).unwrap();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let shown = |it: &Value| {
        let path = text(&it["primary"]["path"]);
        format!("{path} {} {}", text(&it["rule"]), text(&it["severity"]))
    };
    json["diagnostics"].as_array().unwrap().iter().map(shown).collect()
}

const POLICY: &str = r#"
since = "0.1.0"
level = "error"
group = "own"
summary = "s"
why = "w."
help = "h"
sources = ["https://policy.example/few"]
locked = true
[check]
on = "process"
select = "workers"
require = "workers <= 8"
message = "too many"
[[fail]]
Procfile = '''
web: gunicorn shop.wsgi --workers 9
                                  ^ too many
'''
[[pass]]
Procfile = "web: gunicorn shop.wsgi --workers 8"
"#;

const PACK: &str = "rules = [\"rules\"]\n[pack]\nname = \"acme-policy\"\nversion = \"1.0.0\"\n";

const PROCFILE: &str = "web: gunicorn shop.wsgi --workers 9\n";

/// A repository whose only rule of its own is that of the policy.
fn repository(name: &str, config: &str) -> Folder {
    Folder::new(name)
        .with(".git/HEAD", "ref: refs/heads/main\n")
        .with("opslint.toml", config)
        .with("Procfile", PROCFILE)
}

const QUIET: &str = "[levels]\n\"*\" = \"off\"\nfew = \"error\"\n";

#[test]
fn a_pack_is_a_folder_or_a_package_that_is_installed_in_the_repository() {
    for (place, extends) in [
        ("policy", "policy"),
        ("node_modules/@acme/policy", "npm:@acme/policy"),
        (".venv/lib/python3.13/site-packages/acme_policy", "python:acme-policy"),
    ] {
        let folder = repository("pack", &format!("extends = [\"{extends}\"]\n{QUIET}"))
            .with(&format!("{place}/opslint.toml"), PACK)
            .with(&format!("{place}/rules/few.toml"), POLICY);
        assert_eq!(said(&folder, &[]), ["Procfile few error"], "{extends}");
    }
    let folder = repository("pack-missing", "extends = [\"npm:@acme/policy\"]\n");
    let run = run(&folder, &["check", "--format", "concise"]);
    assert_eq!(run.status, 2);
    assert!(
        run.out.contains("`npm:@acme/policy` is not installed in this repository"),
        "{}",
        run.out
    );
}

#[test]
fn a_pack_outside_of_the_repository_is_read_because_the_command_line_says_so() {
    let policy =
        Folder::new("policy-outside").with("opslint.toml", PACK).with("rules/few.toml", POLICY);
    let path = policy.path().to_str().unwrap();
    let off = "[levels]\n\"*\" = \"off\"\n";
    let folder = repository("policy-inside", off);
    let found = said(&folder, &["--policy", path]);
    // It is locked: the repository cannot switch it off.
    assert!(found.contains(&"Procfile few error".to_owned()), "{found:?}");
    assert!(found.iter().any(|it| it.contains("locked-suppression error")), "{found:?}");
    // The same path in a file of the repository leads nowhere.
    let up =
        format!("extends = [\"../{}\"]\n", policy.path().file_name().unwrap().to_str().unwrap());
    let folder = repository("policy-named-inside", &up);
    assert_eq!(run(&folder, &["check"]).status, 2);
    let missing = run(&folder, &["check", "--policy", "nowhere"]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("there is no such file"), "{}", missing.err);
}

#[test]
fn a_pack_for_a_newer_opslint_says_so() {
    let folder =
        repository("pack-new", "[pack]\nname = \"a\"\nversion = \"1\"\nopslint = \"99.0\"\n");
    let run = run(&folder, &["check", "--format", "concise"]);
    assert_eq!(run.status, 2);
    assert!(run.out.contains("`a` needs opslint 99.0 or later"), "{}", run.out);
}

#[test]
fn a_folder_of_rules_becomes_a_package() {
    let folder = Folder::new("pack-made").with("opslint.toml", PACK).with("rules/few.toml", POLICY);
    let made = run(&folder, &["pack", "--npm-name", "@acme/policy"]);
    assert_eq!(made.status, 0, "{}{}", made.out, made.err);
    let read = |name: &str| folder.read(name);
    let python: toml::Table = toml::from_str(&read("pyproject.toml")).unwrap();
    assert_eq!(python["project"]["name"].as_str(), Some("acme-policy"));
    let data = &python["tool"]["setuptools"]["package-data"]["acme_policy"];
    assert_eq!(data.as_array().unwrap().len(), 2);
    let npm: Value = serde_json::from_str(&read("package.json")).unwrap();
    assert_eq!(npm["files"], serde_json::json!(["opslint.toml", "rules/*.toml"]));
    // What somebody wrote stays.
    let folder = folder.with("package.json", "{\"name\": \"mine\"}");
    let refused = run(&folder, &["pack"]);
    assert_eq!(refused.status, 2);
    assert!(refused.err.contains("stays as it is"), "{}", refused.err);
}

#[test]
fn levels_are_of_rules_groups_and_all() {
    let levels = |text: &str| {
        let folder = Folder::new("levels-of").with("Procfile", PROCFILE);
        let folder = folder.with("rules/few.toml", POLICY.replace("locked = true\n", ""));
        said(&folder.with("opslint.toml", format!("rules = [\"rules\"]\n[levels]\n{text}")), &[])
    };
    assert_eq!(levels("\"*\" = \"off\"\nown = \"info\"\n"), ["Procfile few info"]);
    assert_eq!(
        levels("few = \"warning\"\nown = \"info\"\n\"*\" = \"off\"\n"),
        ["Procfile few warning"]
    );
    let by_path =
        "\"*\" = \"off\"\n[[overrides]]\npaths = [\"Procfile\"]\nlevels = { own = \"info\" }\n";
    assert_eq!(levels(by_path), ["Procfile few info"]);
}

#[test]
fn what_is_excluded_is_not_checked_unless_it_is_named_or_a_rule_is_locked() {
    let quiet = format!("rules = [\"rules\"]\nexclude = [\"old/**\"]\n{QUIET}");
    let open = POLICY.replace("locked = true\n", "");
    let folder = Folder::new("exclude")
        .with("opslint.toml", &quiet)
        .with("rules/few.toml", open)
        .with("old/Procfile", PROCFILE)
        .with("new/Procfile", PROCFILE);
    assert_eq!(said(&folder, &[]), ["new/Procfile few error"]);
    assert_eq!(said(&folder, &["old"]), ["old/Procfile few error"]);
    assert_eq!(said(&folder, &["old/Procfile"]), ["old/Procfile few error"]);
    // A policy that the command line brings and that is locked holds there, too.
    let policy =
        Folder::new("exclude-policy").with("opslint.toml", PACK).with("rules/few.toml", POLICY);
    let folder = Folder::new("exclude-locked")
        .with("opslint.toml", "exclude = [\"old\"]\n[levels]\n\"*\" = \"off\"\n")
        .with("old/Procfile", PROCFILE);
    let found = said(&folder, &["--policy", policy.path().to_str().unwrap()]);
    assert!(found.contains(&"old/Procfile few error".to_owned()), "{found:?}");
    assert!(found.iter().all(|it| !it.starts_with("old/") || it.contains("few")), "{found:?}");
}

#[test]
fn a_rule_that_wants_to_know_fires_where_nothing_is_known() {
    let rule = POLICY
        .replace("require = \"workers <= 8\"", "require = \"scale.min >= 2\"\nunknown = \"fails\"");
    let folder = Folder::new("unknown")
        .with("opslint.toml", format!("rules = [\"rules\"]\n{QUIET}"))
        .with("rules/few.toml", rule)
        .with("fly.toml", "[processes]\nweb = \"gunicorn shop.wsgi\"\n");
    let run = run(&folder, &["check", "--color", "never"]);
    let message = "error[few]: `scale.min` is not known, but this policy asks for it";
    assert!(run.out.contains(message), "{}", run.out);
    assert!(run.out.contains("help     settle it with `"), "{}", run.out);
    assert_eq!(run.status, 1);
}

#[test]
fn a_milder_diagnostic_is_hidden_and_counts_all_the_same() {
    let config =
        "rules = [\"rules\"]\nfail-on = \"info\"\n[levels]\n\"*\" = \"off\"\nfew = \"info\"\n";
    let folder = Folder::new("severity")
        .with("opslint.toml", config)
        .with("rules/few.toml", POLICY)
        .with("Procfile", PROCFILE);
    let run = run(&folder, &["check", "--min-severity", "warning"]);
    assert!(!run.out.contains("few"), "{}", run.out);
    assert!(run.out.contains("1 milder diagnostic hidden"), "{}", run.out);
    assert_eq!(run.status, 1);
}

#[test]
fn a_rule_of_a_user_leads_to_its_own_source() {
    let folder =
        repository("url", &format!("rules = [\"rules\"]\n{QUIET}")).with("rules/few.toml", POLICY);
    let json: Value =
        serde_json::from_str(&run(&folder, &["check", "--format", "json"]).out).unwrap();
    assert_eq!(json["diagnostics"][0]["url"], "https://policy.example/few");
}

#[test]
fn a_name_that_is_none_is_answered_with_the_one_that_may_be_meant() {
    let folder = repository("names", "");
    for (arguments, expect) in [
        (&["resolve", ".", "wbe"][..], "no process is named `wbe`; did you mean `web`?"),
        (&["platforms", "herok"], "did you mean `heroku`?"),
        (&["explain", "memory_per_worker"], "did you mean `memory_per_worker_mb`?"),
    ] {
        let run = run(&folder, arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(run.err.contains(expect), "{arguments:?}: {}", run.err);
    }
    assert!(run(&folder, &["explain", "region"]).out.contains("Region the deployment runs in"));
    assert!(run(&folder, &["explain", "heroku"]).out.contains("standard-1x"));
}

#[test]
fn the_cookbook_passes_its_own_examples() {
    let root = Folder::new("cookbook");
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cookbook/rules");
    let run = run(&root, &["test", rules]);
    assert_eq!(run.status, 0, "{}{}", run.out, run.err);
    let rules = run.out.split(" of ").nth(1).and_then(|it| it.split(' ').next());
    assert!(rules.unwrap().parse::<usize>().unwrap() >= 20, "{}", run.out);
}

#[test]
fn two_deployments_are_compared_and_only_what_differs_is_shown() {
    let fly = |memory: &str, web: &str| {
        let head = "app = \"shop\"\n[processes]\n";
        format!("{head}web = \"gunicorn shop.wsgi{web}\"\n[[vm]]\nsize = \"{memory}\"\n")
    };
    let folder = Folder::new("resolve-diff")
        .with("fly.toml", fly("shared-cpu-2x", " --workers 4"))
        .with("fly.staging.toml", fly("shared-cpu-1x", " --workers 2") + "[http_service]\n");
    let shown = run(&folder, &["resolve", "--diff", "fly.toml", "fly.staging.toml"]);
    assert_eq!(shown.status, 0, "{}", shown.err);
    let row = |name: &str| shown.out.lines().find(|it| it.trim_start().starts_with(name));
    let cells = |name: &str| row(name).unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    assert_eq!(cells("workers "), ["workers", "4", "2"], "{}", shown.out);
    assert_eq!(cells("machine.plan"), ["machine.plan", "shared-cpu-2x", "shared-cpu-1x"]);
    assert_eq!(cells("environment"), ["environment", "production", "staging"]);
    assert!(row("timeout_s").is_none(), "{}", shown.out);
    let json =
        run(&folder, &["resolve", "--format", "json", "--diff", "fly.toml", "fly.staging.toml"]);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&json["left"], &json["version"]), (&"fly.toml".into(), &1.into()));
    let wrong = run(&folder, &["resolve", "--diff", "fly.toml", "fly.stagin.toml"]);
    assert_eq!(wrong.status, 2);
}

#[test]
fn variables_and_settings_that_differ_are_shown_and_secrets_are_not_called_the_same() {
    let fly = |level: &str, preload: &str| {
        format!(
            "app = \"shop\"\n[env]\nLOG_LEVEL = \"{level}\"\nREGION = \"x\"\nAPI_TOKEN = \
             \"{level}-s3cr3t\"\n[processes]\nweb = \"gunicorn shop.wsgi{preload}\"\n"
        )
    };
    let folder = Folder::new("resolve-diff-variables")
        .with("fly.toml", fly("warning", " --backlog 64"))
        .with("fly.staging.toml", fly("debug", "") + "[build]\n");
    let diff = ["resolve", "--diff", "fly.toml", "fly.staging.toml"];
    let shown = run(&folder, &diff);
    let cells = |out: &str, name: &str| {
        let row = out.lines().find(|it| it.trim_start().starts_with(name)).unwrap_or_default();
        row.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let level = ["variable", "LOG_LEVEL", "warning", "debug"];
    assert_eq!(cells(&shown.out, "variable LOG"), level, "{}", shown.out);
    let backlog = ["setting", "backlog", "64", "2048"];
    assert_eq!(cells(&shown.out, "setting backlog"), backlog, "{}", shown.out);
    assert!(!shown.out.contains("REGION") && !shown.out.contains("s3cr3t"), "{}", shown.out);
    assert!(shown.out.contains("not compared: 1 secret;"), "{}", shown.out);
    let all = run(&folder, &[&diff[..], &["--show-secrets"]].concat());
    let token = ["variable", "API_TOKEN", "warning-s3cr3t", "debug-s3cr3t"];
    assert_eq!(cells(&all.out, "variable API"), token, "{}", all.out);
}

#[test]
fn what_makes_less_be_said_is_listed() {
    let config = "exclude = [\"old\"]\nbaseline = \"known.toml\"\n[levels]\nmemory = \"off\"\n\
                  timeout-above-router = \"error\"\n[[overrides]]\npaths = [\"svc/**\"]\n\
                  levels = { bind-loopback = \"info\" }\n";
    let folder = repository("decisions", config).with("known.toml", "version = 2\nentries = []\n");
    let listed = run(&folder, &["suppressions"]);
    assert_eq!(
        listed.out,
        "opslint.toml:4: memory is off\nopslint.toml:8: bind-loopback is info for svc/**\n\
         opslint.toml:1: old is not checked\nopslint.toml:2: what known.toml knows is held back\n"
    );
}

#[test]
fn a_comment_in_opslint_toml_allows_what_is_said_there_and_is_missed_elsewhere() {
    let plan = "[deployments.Procfile]\nplatform = \"heroku\"\n\
                [deployments.Procfile.processes.web]\n\
                # opslint: allow[few] the owner is checkout\nplan = \"standard-1x\"\n";
    let rule = POLICY
        .replace("locked = true\n", "")
        .replace("select = \"workers\"", "select = \"machine.plan\"");
    let quiet = format!("rules = [\"rules\"]\n{QUIET}");
    let folder = repository("allow", &format!("{quiet}{plan}")).with("rules/few.toml", &rule);
    assert_eq!(said(&folder, &[]), [""; 0]);
    let shown = said(&folder, &["--no-suppressions"]);
    assert_eq!(shown, ["Procfile few error"], "the plan is that of the process");
    let idle = plan.replace("allow[few] the owner", "allow[bind-loopback] nobody");
    let folder = repository("allow-idle", &idle).with("rules/few.toml", &rule);
    let shown = said(&folder, &[]);
    assert!(shown.iter().any(|it| it.contains("unused-suppression")), "{shown:?}");
}

#[test]
fn a_named_file_that_nothing_reads_is_said() {
    let folder = repository("passed-over", "").with("notes.txt", "x\n");
    let run_of = |path: &str| run(&folder, &["check", "--fail-on", "never", path]);
    let notes = run_of("notes.txt");
    assert_eq!(notes.status, 0);
    assert!(notes.err.contains("no project here reads `notes.txt`"), "{}", notes.err);
    assert_eq!(run_of("Procfile").err, "");
    assert_eq!(run_of("opslint.toml").err, "");
}

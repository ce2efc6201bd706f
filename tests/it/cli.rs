//! The command line from outside: exit status, both streams, files on disk and on standard input.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::program;

/// A folder that is gone when the test ends.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A new one; tests run side by side, and two may give theirs the same name.
    pub(super) fn new(name: &str) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("opslint-{}-{number}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    #[expect(clippy::disallowed_methods, reason = "a test looks at what was written")]
    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn opslint(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = program::opslint(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child.wait_with_output().unwrap()
}

/// Status and standard output of a run in a folder.
#[track_caller]
pub(super) fn check(folder: &Folder, arguments: &[&str], status: i32) -> String {
    let output = opslint(folder.path(), arguments, b"");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(status), "{stdout}\n{stderr}");
    stdout
}

/// What a run that fails says on standard error.
#[track_caller]
pub(super) fn failure(folder: &Folder, arguments: &[&str]) -> String {
    let output = opslint(folder.path(), arguments, b"");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

const LOOPBACK: &str = r#"
kill_signal = "SIGTERM"
kill_timeout = "40s"
[processes]
web = "gunicorn app:app --bind 127.0.0.1:8080 --threads 4"
[http_service]
internal_port = 8080
force_https = true
processes = ["web"]
[[http_service.checks]]
path = "/health"
[env]
FORWARDED_ALLOW_IPS = "*"
"#;

#[test]
fn the_status_is_0_when_nothing_is_found_and_1_when_something_is() {
    let folder = Folder::new("status").with("fly.toml", LOOPBACK);
    let out = check(&folder, &["--format", "concise"], 1);
    assert!(out.starts_with("fly.toml:5:32: error[bind-loopback] "), "{out}");
    check(&folder, &["--fail-on", "never"], 0);
    check(&folder, &["--set", "levels.bind-loopback=off"], 0);
    check(&Folder::new("empty"), &[], 0);
}

#[test]
fn the_status_is_2_when_opslint_cannot_do_its_job() {
    let folder = Folder::new("failure").with("fly.toml", LOOPBACK);
    check(&folder, &["no/such/folder"], 2);
    check(&folder, &["--no-such-flag"], 2);
    check(&folder, &["--fail-on", "nonsense"], 2);
    let folder = folder.with("opslint.toml", "levles = {}\n");
    let out = check(&folder, &["--format", "concise"], 2);
    assert!(out.contains("opslint.toml:1:1: error[invalid-config]"), "{out}");
    let broken = Folder::new("rule")
        .with("opslint.toml", "rules = [\"ops\"]\n")
        .with("ops/my-rule.toml", "level = \"loud\"\n")
        .with("fly.toml", LOOPBACK);
    let out = check(&broken, &["--format", "concise"], 2);
    assert!(out.contains("ops/my-rule.toml:1:9: error[invalid-rule]"), "{out}");
    assert!(out.contains("error[bind-loopback]"), "the other rules still run: {out}");
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_no_diagnostic_of_the_project() {
    let rule = |require: &str| {
        format!(
            r#"
since = "1"
level = "warning"
group = "Ours"
summary = "Threads are shared out wrongly"
why = "They are few."
help = "Use more threads."
sources = ["https://example.com/threads"]

[check]
on = "process"
when = 'server == "gunicorn"'
select = "threads"
require = '{require}'
message = "wrong"

[[fail]]
Procfile = """
web: gunicorn shop.wsgi --threads 2
                                  ^ wrong
"""

[[pass]]
Procfile = "web: gunicorn shop.wsgi --threads 1"
"#
        )
    };
    let with = |name: &str, require: &str| {
        Folder::new(name)
            .with("opslint.toml", "rules = [\"ops\"]\n")
            .with("ops/threads-shared.toml", rule(require))
            .with("Procfile", "web: gunicorn shop.wsgi --threads 1\nother: gunicorn shop.wsgi\n")
    };
    let broken = with("unevaluable", "1 / (threads - 1) > 0");
    for fail_on in ["never", "error", "undecided"] {
        let out = check(&broken, &["--format", "concise", "--fail-on", fail_on], 2);
        assert_eq!(out.matches("invalid-rule").count(), 1, "once for both processes: {out}");
        assert!(out.contains("the rule cannot be evaluated: division by zero"), "{out}");
    }
    // Nothing suppresses it, and no baseline takes it in.
    let allowed = with("unevaluable-allowed", "percent(1, threads - 1) > 0").with(
        "ops/threads-shared.toml",
        format!("# opslint: allow[invalid-rule] no\n{}", rule("1 / (threads - 1) > 0")),
    );
    check(&allowed, &["--fail-on", "never"], 2);
    check(&broken, &["--baseline", "known.toml", "--write-baseline"], 2);
    check(&broken, &["--baseline", "known.toml"], 2);
    let output = opslint(broken.path(), &["suppressions"], b"");
    assert_eq!(output.status.code(), Some(2), "its suppressions were not all judged");
    // An example that cannot be evaluated does not pass.
    let output = opslint(broken.path(), &["test", "ops"], b"");
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("the rule cannot be evaluated: division by zero"), "{out}");
    check(&with("evaluable", "1 / threads > 0"), &["--fail-on", "error"], 0);
}

#[test]
fn a_buffer_on_standard_input_stands_for_its_file() {
    let folder = Folder::new("stdin")
        .with("fly.toml", "app = \"old\"\n")
        .with("gunicorn.conf.py", "bind = \"127.0.0.1:8080\"\n");
    let buffer = LOOPBACK.replace(" --bind 127.0.0.1:8080", "");
    let arguments = ["--stdin-filename", "fly.toml", "--format", "json"];
    let output = opslint(folder.path(), &arguments, buffer.as_bytes());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["version"], 1);
    // What is wrong stands in the file beside the buffer, and that is another buffer's matter.
    assert_eq!(output.status.code(), Some(0), "{json}");
    assert_eq!(json["diagnostics"].as_array().map(Vec::len), Some(0), "{json}");
    let output = opslint(folder.path(), &arguments, LOOPBACK.as_bytes());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["diagnostics"][0]["rule"], "bind-loopback");
    assert_eq!(json["diagnostics"][0]["primary"]["range"]["start"]["line"], 5);
}

#[test]
fn ignored_files_and_dependencies_are_left_alone() {
    let folder = Folder::new("ignored")
        .with(".gitignore", "build/\n")
        .with("build/fly.toml", LOOPBACK)
        .with("node_modules/x/fly.toml", LOOPBACK)
        .with(".venv/lib/fly.toml", LOOPBACK);
    check(&folder, &[], 0);
    check(&folder, &["build/fly.toml"], 1);
}

#[test]
fn a_tree_of_many_projects_is_one_run() {
    let folder = Folder::new("many")
        .with("a/fly.toml", LOOPBACK)
        .with("b/c/fly.toml", LOOPBACK)
        .with("b/Procfile", "web: gunicorn app:app\n");
    let out = check(&folder, &["--format", "concise"], 1);
    let paths: Vec<_> = out.lines().map(|it| it.split(':').next().unwrap()).collect();
    assert_eq!(paths, ["a/fly.toml", "b/c/fly.toml"]);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let folder = Folder::new("links").with("a/fly.toml", LOOPBACK);
    std::os::unix::fs::symlink("..", folder.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("Procfile")).unwrap();
    check(&folder, &[], 1);
}

#[test]
fn strange_encodings_are_said_or_read() {
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("a = 1".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let out = check(&Folder::new("utf16").with("fly.toml", utf16), &["--format", "concise"], 1);
    assert!(out.contains("fly.toml:1:1: error[unreadable-file]"), "{out}");
    assert!(out.contains("UTF-16"), "{out}");
    let marked = format!("\u{FEFF}{}", LOOPBACK.replace('\n', "\r\n"));
    let out = check(&Folder::new("crlf").with("fly.toml", marked), &["--format", "concise"], 1);
    assert!(out.contains("fly.toml:5:32: error[bind-loopback]"), "{out}");
    check(&Folder::new("blank").with("fly.toml", "").with("Procfile", ""), &[], 0);
    let large = "a = 1\n".repeat(2_000_000);
    check(&Folder::new("large").with("fly.toml", large), &[], 1);
    let deep = format!("a = {}", "[".repeat(200_000));
    check(&Folder::new("deep").with("fly.toml", deep), &[], 1);
}

#[test]
fn a_baseline_holds_back_what_it_knows() {
    let folder = Folder::new("baseline").with("fly.toml", LOOPBACK);
    check(&folder, &["--baseline", "base.toml"], 2);
    check(&folder, &["--baseline", "base.toml", "--write-baseline"], 0);
    check(&folder, &["--baseline", "base.toml"], 0);
    let moved = format!("# a line above\n{LOOPBACK}");
    check(&folder.with("fly.toml", moved), &["--baseline", "base.toml"], 0);
}

#[test]
fn a_new_rule_is_written_once_and_passes() {
    let folder = Folder::new("new-rule");
    check(&folder, &["new-rule", "my-rule"], 0);
    check(&folder, &["new-rule", "my-rule"], 2);
    let out = check(&folder, &["test", "."], 0);
    assert!(out.contains("2 passed, 0 failed"), "{out}");
}

#[test]
fn a_new_rule_marks_what_it_says_or_says_that_its_examples_do_not_show_it() {
    let folder = Folder::new("new-rule-given");
    let message = ["--message", "`{name}` has {workers} workers"];
    let out = check(&folder, &[&["new-rule", "said-otherwise"], &message[..]].concat(), 0);
    assert!(out.contains("try it: opslint test ./said-otherwise.toml"), "{out}");
    check(&folder, &["test", "said-otherwise.toml"], 0);
    let out = check(&folder, &["new-rule", "about-another", "--require", "threads >= 2"], 0);
    assert!(out.contains("its examples do not show this rule yet: edit them until"), "{out}");
    check(&folder, &["test", "about-another.toml"], 1);
    check(&folder, &["new-rule", "of-no-platform", "--require", "platform != 'herok'"], 2);
}

#[test]
fn every_command_answers() {
    let folder = Folder::new("commands").with("fly.toml", LOOPBACK);
    for arguments in [
        vec!["rules"],
        vec!["facts"],
        vec!["formats"],
        vec!["platforms"],
        vec!["platforms", "heroku"],
        vec!["platforms", "--stale", "2027-12-31"],
        vec!["explain", "bind-loopback"],
        vec!["explain", "bind-loopback", "--format", "markdown"],
        vec!["schema", "rule"],
        vec!["schema", "output"],
        vec!["resolve"],
        vec!["resolve", ".", "web", "--format", "json"],
        vec!["suppressions"],
        vec!["check", "--show-config"],
        vec!["--help"],
        vec!["--version"],
    ] {
        let out = check(&folder, &arguments, 0);
        let may_be_empty = ["suppressions", "check"].contains(&arguments[0]);
        assert!(may_be_empty || !out.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_same_input_gives_the_same_output_in_every_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in [["check", "fixtures"], ["resolve", "fixtures"]] {
        let run = || opslint(root, &[arguments[0], "--format", "json", arguments[1]], b"").stdout;
        let first = run();
        assert!(first.len() > 10_000);
        // Each process seeds its hash tables anew.
        for _ in 0..3 {
            assert!(run() == first, "{arguments:?} prints in another order");
        }
    }
}

#[test]
fn an_editor_gets_the_place_in_its_buffer_first() {
    let fly = "app = \"a\"\n[processes]\nweb = \"gunicorn a.wsgi\"\n[[vm]]\nmemory = \"512mb\"\n";
    let folder =
        Folder::new("turned").with("fly.toml", fly).with("gunicorn.conf.py", "workers = 9");
    let arguments = ["--stdin-filename", "fly.toml", "--format", "concise"];
    let output = opslint(folder.path(), &arguments, fly.as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("fly.toml:5:10: error[memory-overcommit]"), "{text}");
    assert!(check(&folder, &["--format", "concise"], 1).contains("gunicorn.conf.py:1:11: error"));
}

/// A command with a slip is no path: the name that was meant is said.
#[test]
fn a_mistyped_command_is_named() {
    let folder = Folder::new("mistyped").with("Procfile", "web: gunicorn shop.wsgi\n");
    let said = failure(&folder, &["chek"]);
    assert!(
        said.contains("there is no command, folder or file `chek`; did you mean `opslint check`?"),
        "{said}"
    );
    let said = failure(&folder, &["no/such"]);
    assert!(said.contains("`no/such` does not exist"), "{said}");
    // What is there is a path.
    check(&folder.with("plann/Procfile", "web: sleep 1\n"), &["plann", "--fail-on", "never"], 0);
}

/// What a newcomer writes at the top of opslint.toml is said where it belongs.
#[test]
fn what_belongs_below_a_deployment_is_said_where_it_belongs() {
    let deployment = "under `[deployments.\"MANIFEST\"]`";
    let process = "under `[deployments.\"MANIFEST\".processes.NAME]`";
    for (text, help) in [
        ("platform = \"herok\"", format!("write `platform = \"heroku\"` {deployment}")),
        ("environment = \"staging\"", format!("write `environment = …` {deployment}")),
        ("workers = 3", format!("write `workers` {process}")),
        ("plan = \"eco\"", format!("write `plan` {process}")),
        ("[machine]\nmemory_mb = 512", format!("write `machine` {process}")),
        ("assumed = \"off\"", "write it under `[levels]`".to_owned()),
    ] {
        let folder = Folder::new("at-the-top").with("Procfile", "web: gunicorn shop.wsgi\n");
        let folder = folder.with("opslint.toml", text);
        let report: serde_json::Value =
            serde_json::from_str(&check(&folder, &["--format", "json"], 2)).unwrap();
        let said = report["diagnostics"][0]["help"].as_str().unwrap_or_default();
        assert!(said.starts_with(&help), "{text}: {said}");
    }
}

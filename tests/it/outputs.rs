//! Where reports go, and which part of them: files, job summaries, what changed since a commit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a test reads what was written")]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::cli::Folder;

const FLY: &str = "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n\
                   [[vm]]\nmemory = \"512mb\"\n";
const GUNICORN: &str = "workers = 9\n";
const OTHER: &str = "app = \"blog\"\n[processes]\nweb = \"gunicorn blog.wsgi --workers 9\"\n\
                     [[vm]]\nmemory = \"512mb\"\n";

fn shop(name: &str) -> Folder {
    Folder::new(name).with("fly.toml", FLY).with("gunicorn.conf.py", GUNICORN)
}

pub(super) struct Run {
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

pub(super) fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(super) fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"];
    let output =
        Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(super) fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "x"]);
}

#[test]
fn reports_in_several_formats_come_from_one_run() {
    let folder = shop("formats");
    let files = ["-o", "sarif=opslint.sarif", "-o", "json=out.json", "--format", "concise"];
    let found = run(folder.path(), &files, &[]);
    assert_eq!(found.status, 1, "{}", found.stderr);
    assert!(found.stdout.starts_with("gunicorn.conf.py:1:11: error[memory-overcommit]"));
    let read = |it: &str| fs::read_to_string(folder.path().join(it)).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&read("opslint.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "memory-overcommit");
    let json: serde_json::Value = serde_json::from_str(&read("out.json")).unwrap();
    assert_eq!(json["diagnostics"][0]["rule"], "memory-overcommit");
}

#[test]
fn a_file_without_a_format_takes_the_place_of_standard_output() {
    let folder = shop("to-file");
    let found = run(folder.path(), &["--output-file", "report.txt"], &[]);
    assert_eq!((found.status, found.stdout.as_str()), (1, ""));
    let report = fs::read_to_string(folder.path().join("report.txt")).unwrap();
    assert!(report.starts_with("error[memory-overcommit]"), "{report}");
}

#[test]
fn a_file_that_cannot_be_written_is_a_failure() {
    let folder = shop("no-folder");
    let found = run(folder.path(), &["-o", "json=missing/out.json"], &[]);
    assert_eq!(found.status, 2);
    assert!(found.stderr.contains("cannot write `missing/out.json`"), "{}", found.stderr);
}

#[test]
fn a_job_on_github_gets_a_summary_beside_its_annotations() {
    let folder = shop("github").with("summary.md", "before\n");
    let path = folder.path().join("summary.md");
    let environment = [("GITHUB_STEP_SUMMARY", path.to_str().unwrap())];
    let found = run(folder.path(), &["--format", "github"], &environment);
    assert!(found.stdout.starts_with("::error file=gunicorn.conf.py,line=1"), "{}", found.stdout);
    let summary = fs::read_to_string(&path).unwrap();
    assert!(summary.starts_with("before\n"), "{summary}");
    assert!(summary.contains("memory-overcommit"), "{summary}");
    fs::write(&path, "").unwrap();
    run(folder.path(), &["--format", "concise"], &environment);
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn only_what_touches_a_change_is_shown_and_the_rest_is_counted() {
    let folder = shop("changed").with("blog/fly.toml", OTHER);
    git(folder.path(), &["init", "--quiet"]);
    commit(folder.path());
    let since = |revision| run(folder.path(), &["--changed-since", revision], &[]);
    let clean = since("HEAD");
    assert_eq!(clean.status, 0, "{}", clean.stdout);
    assert!(clean.stdout.contains("2 diagnostics in unchanged files"), "{}", clean.stdout);

    // A change of one file shows what it takes part in, wherever the primary label is.
    fs::write(folder.path().join("fly.toml"), format!("# edited\n{FLY}")).unwrap();
    let edited = since("HEAD");
    assert_eq!(edited.status, 1);
    assert!(edited.stdout.contains("memory-overcommit"), "{}", edited.stdout);
    assert!(!edited.stdout.contains("blog/"), "{}", edited.stdout);
    assert!(edited.stdout.contains("1 diagnostic in unchanged files"), "{}", edited.stdout);

    commit(folder.path());
    assert_eq!(since("HEAD").status, 0);
    assert_eq!(since("HEAD~1").status, 1, "what was committed since then counts");

    fs::write(folder.path().join("fly.staging.toml"), FLY).unwrap();
    assert_eq!(since("HEAD").status, 1, "a file that git does not know yet is new");
}

#[test]
fn changes_are_those_of_the_branch_and_not_of_the_one_it_left() {
    let folder = shop("branch");
    git(folder.path(), &["init", "--quiet"]);
    commit(folder.path());
    git(folder.path(), &["checkout", "--quiet", "-b", "feature"]);
    git(folder.path(), &["checkout", "--quiet", "main"]);
    fs::write(folder.path().join("fly.toml"), format!("# on main\n{FLY}")).unwrap();
    commit(folder.path());
    git(folder.path(), &["checkout", "--quiet", "feature"]);
    assert_eq!(run(folder.path(), &["--changed-since", "main"], &[]).status, 0);
}

#[test]
fn a_revision_that_git_does_not_know_is_a_failure() {
    let folder = shop("revision");
    let without = run(folder.path(), &["--changed-since", "HEAD"], &[]);
    assert_eq!(without.status, 2, "there is no repository");
    git(folder.path(), &["init", "--quiet"]);
    commit(folder.path());
    for revision in ["nope", "--output=x", "HEAD:fly.toml"] {
        let found = run(folder.path(), &[&format!("--changed-since={revision}")], &[]);
        assert_eq!(found.status, 2, "{revision}: {}", found.stdout);
        assert!(
            found.stderr.contains(&format!("`{revision}` is not a commit")),
            "{}",
            found.stderr
        );
    }
}

#[test]
fn statistics_count_rules() {
    let folder = shop("statistics").with("blog/fly.toml", OTHER);
    let found = run(folder.path(), &["--statistics"], &[]);
    let rows: Vec<&str> = found.stdout.lines().take(2).collect();
    assert!(rows[0].starts_with("2  error    memory-overcommit"), "{rows:?}");
    assert_eq!(found.status, 1, "the output never changes the status");
}

#[test]
fn verbose_says_the_time_of_each_stage_beside_the_report() {
    let folder = shop("verbose");
    let found = run(folder.path(), &["--verbose"], &[]);
    let names: Vec<&str> = found.stderr.lines().filter_map(|it| it.split(' ').next()).collect();
    assert_eq!(names, ["discover", "check", "report", "together"]);
    assert!(found.stdout.contains("memory-overcommit"));
}

#[test]
fn init_writes_a_configuration_that_loads_and_keeps_every_line_of_one() {
    let folder = Folder::new("init").with("Procfile", "web: gunicorn shop.wsgi\n");
    let first = run(folder.path(), &["init"], &[]);
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert!(first.stdout.contains("- id: opslint"), "{}", first.stdout);
    let path = folder.path().join("opslint.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\n# platform = "), "{text}");
    assert_eq!(run(folder.path(), &["check"], &[]).status, 0);
    // Each comment is a line that works when its mark is taken away.
    let stated = text.replace("# platform", "platform").replace("# fail-on", "fail-on");
    fs::write(&path, &stated).unwrap();
    let found = run(folder.path(), &["resolve"], &[]);
    assert!(found.stdout.contains("heroku"), "{}{}", found.stdout, found.stderr);
    assert_eq!(run(folder.path(), &["init"], &[]).status, 0);
    let kept = fs::read_to_string(&path).unwrap();
    let mut kept = kept.lines();
    assert!(stated.lines().all(|line| kept.any(|it| it == line)), "{stated}");
}

#[test]
fn completions_and_the_man_page_know_every_flag() {
    let folder = Folder::new("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let found = run(folder.path(), &["completions", shell], &[]);
        assert!(found.stdout.contains("changed-since"), "{shell}");
    }
    let page = run(folder.path(), &["man"], &[]).stdout;
    assert!(page.starts_with(".ie"), "{page}");
    assert!(page.contains(r"\-\-changed\-since"));
}

#[test]
fn a_label_says_nothing_of_how_sure_a_source_is() {
    let routed = format!("{FLY}[http_service]\ninternal_port = 8000\nprocesses = [\"web\"]\n");
    let folder = Folder::new("doubt").with("fly.toml", &routed);
    let found = run(folder.path(), &["--format", "json"], &[]);
    let json: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let all = json["diagnostics"].as_array().unwrap();
    let it = all.iter().find(|it| it["rule"] == "stop-signal-unset").unwrap();
    // The vendor's pages disagree about the signal: that is an assumption, and stands there.
    assert_eq!(it["confidence"], "assumed");
    assert!(it["primary"]["label"].is_null(), "{it}");
}

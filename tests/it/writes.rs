//! What opslint writes: whole or not at all, through links, into pipes, and over nothing of others.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test looks at what was written")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::cli::Folder;

/// No colon: a syntax error, so that a run ends with status 1.
const WEB: &str = "web gunicorn shop.wsgi\n";

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    command.args(arguments).current_dir(folder.path()).env_clear().output().unwrap()
}

#[track_caller]
fn status(folder: &Folder, arguments: &[&str], expect: i32) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(expect), "{arguments:?}: {text}");
    text
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        names.map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

#[test]
fn links_stay_links_and_lead_to_the_report() {
    let folder = Folder::new("write-links").with("Procfile", WEB).with("reports/old.json", "old");
    let path = |it: &str| folder.path().join(it);
    symlink("reports/old.json", path("one.json")).unwrap();
    symlink("one.json", path("two.json")).unwrap();
    symlink("reports/new.json", path("dangling.json")).unwrap();
    fs::create_dir(path("through")).unwrap();
    symlink("../reports", path("through/reports")).unwrap();
    for (name, target) in [
        ("two.json", "reports/old.json"),
        ("dangling.json", "reports/new.json"),
        ("through/reports/third.json", "reports/third.json"),
    ] {
        status(&folder, &["check", "-o", &format!("json={name}")], 1);
        assert!(is_json(&folder.read(target)), "{name}");
    }
    assert!(fs::symlink_metadata(path("one.json")).unwrap().is_symlink());
    assert!(fs::symlink_metadata(path("two.json")).unwrap().is_symlink());
    assert_eq!(names(&path("reports")), ["new.json", "old.json", "third.json"]);
}

/// Nobody named the file that `measure` writes: who put a link there chose it.
#[test]
fn what_nobody_named_is_not_written_through_a_link_that_leads_outside() {
    let log = "2026-11-28T15:00:00Z heroku[web.1]: source=web.1 sample#memory_total=103.50MB\n";
    let folder = Folder::new("write-measured")
        .with("victim", "kept")
        .with("shop/Procfile", "web: gunicorn shop.wsgi\n")
        .with("shop/app.log", log)
        .with("shop/inside.toml", "");
    let path = |it: &str| folder.path().join(it);
    for (target, expect) in [("../victim", 2), ("../new", 2), ("inside.toml", 0)] {
        let link = path("shop/opslint.measured.toml");
        let _ = fs::remove_file(&link);
        symlink(target, &link).unwrap();
        status(&folder, &["measure", "--project", "shop", "shop/app.log"], expect);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{target}");
    }
    assert_eq!(folder.read("victim"), "kept");
    assert_eq!(names(folder.path()), ["shop", "victim"]);
    assert!(folder.read("shop/inside.toml").contains("103"), "{}", folder.read("shop/inside.toml"));
}

/// A report that a workflow names is written where the repository says, but never out of it.
#[test]
fn a_link_of_the_repository_leads_no_report_out_of_it() {
    let folder = Folder::new("write-out")
        .with("victim", "kept")
        .with("elsewhere/kept", "")
        .with("shop/.git/HEAD", "ref: refs/heads/main\n")
        .with("shop/Procfile", WEB)
        .with("shop/opslint.toml.old", "");
    let path = |it: &str| folder.path().join(it);
    for (target, link) in [
        ("../victim", "one.json"),
        ("../new", "new.json"),
        ("../elsewhere", "reports"),
        ("../victim", "known.toml"),
        ("one.json", "two.json"),
    ] {
        symlink(target, path("shop").join(link)).unwrap();
    }
    let within = |arguments: &[&str]| {
        let program = Command::new(env!("CARGO_BIN_EXE_opslint"))
            .args(arguments)
            .current_dir(path("shop"))
            .env_clear()
            .output()
            .unwrap();
        (program.status.code(), String::from_utf8(program.stderr).unwrap())
    };
    for arguments in [
        &["check", "-o", "json=one.json"][..],
        &["check", "-o", "json=two.json"],
        &["check", "-o", "json=new.json"],
        &["check", "-o", "json=reports/new.json"],
        &["check", "--baseline", "new.json", "--write-baseline"],
        &["new-rule", "--folder", "reports", "few-workers", "--require", "workers > 1"],
    ] {
        let (status, text) = within(arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {text}");
        assert!(text.contains("leads out of the project"), "{arguments:?}: {text}");
    }
    assert_eq!(folder.read("victim"), "kept");
    assert_eq!(names(&path("elsewhere")), ["kept"]);
    assert!(!path("new").exists());
    // What the user names elsewhere is the user's.
    assert_eq!(within(&["check", "-o", "json=../elsewhere/report.json"]).0, Some(1));
    assert!(is_json(&folder.read("elsewhere/report.json")));
}

#[test]
fn permissions_and_other_names_of_a_file_stay() {
    let folder = Folder::new("write-kept").with("Procfile", WEB).with("a.json", "old");
    let path = |it: &str| folder.path().join(it);
    fs::set_permissions(path("a.json"), fs::Permissions::from_mode(0o640)).unwrap();
    status(&folder, &["check", "-o", "json=a.json"], 1);
    assert!(is_json(&folder.read("a.json")));
    assert_eq!(fs::metadata(path("a.json")).unwrap().mode() & 0o7777, 0o640);
    fs::write(path("b.json"), "x".repeat(1 << 20)).unwrap();
    fs::hard_link(path("b.json"), path("c.json")).unwrap();
    status(&folder, &["check", "-o", "json=b.json"], 1);
    assert!(is_json(&folder.read("b.json")) && folder.read("b.json") == folder.read("c.json"));
    assert_eq!(names(folder.path()), ["Procfile", "a.json", "b.json", "c.json"]);
}

#[test]
fn what_is_read_or_written_by_somebody_else_is_refused() {
    let folder = Folder::new("write-inputs")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("gunicorn.conf.py", "timeout = 30\n")
        .with("opslint.toml", "rules = [\"own\"]\n")
        .with("own/readme.txt", "x")
        .with("unread/fly.toml", "app = \"x\"\n");
    let path = |it: &str| folder.path().join(it);
    symlink("Procfile", path("link.json")).unwrap();
    fs::hard_link(path("gunicorn.conf.py"), path("hard.json")).unwrap();
    let before = folder.read("Procfile") + &folder.read("gunicorn.conf.py");
    for target in [
        "Procfile",
        "./unread/../Procfile",
        "link.json",
        "hard.json",
        "gunicorn.conf.py",
        "opslint.toml",
        "unread/fly.toml",
    ] {
        let said = status(&folder, &["check", "-o", &format!("json={target}")], 2);
        assert!(said.contains("cannot write the report"), "{said}");
    }
    for arguments in [
        &["check", "--no-config", "-o", "json=opslint.toml"][..],
        &["check", "-o", "json=new.json", "-o", "sarif=./new.json"],
        &["check", "--baseline", "known.toml", "--write-baseline", "-o", "json=known.toml"],
    ] {
        status(&folder, arguments, 2);
    }
    assert_eq!(before, folder.read("Procfile") + &folder.read("gunicorn.conf.py"));
    assert_eq!(folder.read("opslint.toml"), "rules = [\"own\"]\n");
    assert!(!path("new.json").exists() && !path("known.toml").exists());
}

#[test]
fn standard_output_has_names_and_pipes_are_written_to() {
    let folder = Folder::new("write-stdout").with("Procfile", WEB);
    for name in ["-", "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"] {
        let output = run(&folder, &["check", "-o", &format!("json={name}")]);
        assert!(is_json(&String::from_utf8(output.stdout).unwrap()), "{name}");
    }
    assert_eq!(names(folder.path()), ["Procfile"]);
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    status(&folder, &["check", "-o", "json=pipe"], 1);
    assert!(is_json(&String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap()));
    assert_eq!(names(folder.path()), ["Procfile", "pipe"]);
}

/// Runs with files of at most this many kilobytes, which is like a disk that is full.
fn on_full_disk(folder: &Folder, kilobytes: usize, arguments: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_opslint");
    // bash counts in kilobytes, other shells in half ones; a limit of less is a limit, too.
    let line = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec {program} {arguments} 2>&1");
    Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap()
}

#[test]
fn a_full_disk_loses_nothing_and_leaves_nothing() {
    let known = "x".repeat(100);
    let folder = Folder::new("write-full")
        .with("Procfile", WEB)
        .with("old.json", &known)
        .with("hard.json", &known);
    let path = |it: &str| folder.path().join(it);
    fs::hard_link(path("hard.json"), path("other.json")).unwrap();
    for (kilobytes, arguments) in [
        (1, "check -o json=old.json"),
        (1, "check -o json=hard.json"),
        (1, "check -o json=new.json"),
        (0, "check --baseline known.toml --write-baseline"),
        (0, "init"),
        (0, "new-rule too-many"),
    ] {
        let output = on_full_disk(&folder, kilobytes, arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert_eq!(names(folder.path()), ["Procfile", "hard.json", "old.json", "other.json"]);
    }
    for name in ["old.json", "hard.json", "other.json"] {
        assert_eq!(folder.read(name), known, "{name}");
    }
}

#[test]
fn a_file_that_may_not_be_written_to_is_not_replaced() {
    let folder = Folder::new("write-folder").with("Procfile", WEB);
    fs::create_dir(folder.path().join("report.json")).unwrap();
    status(&folder, &["check", "-o", "json=report.json"], 2);
    status(&folder, &["check", "-o", "json=none/report.json"], 2);
    status(&folder, &["check", "-o", "json=Procfile/report.json"], 2);
    assert_eq!(names(folder.path()), ["Procfile", "report.json"]);
}

#[test]
fn what_exists_is_never_taken_for_a_new_file() {
    let folder = Folder::new("write-new").with("Procfile", WEB).with("opslint.toml", "# mine\n");
    symlink("elsewhere.toml", folder.path().join("too-many.toml")).unwrap();
    status(&folder, &["init"], 0);
    status(&folder, &["new-rule", "too-many"], 2);
    let config = folder.read("opslint.toml");
    assert!(config.starts_with("# mine\n"), "{config}");
    assert_eq!(names(folder.path()), ["Procfile", "opslint.toml", "too-many.toml"]);
}

#[test]
fn what_standard_output_does_not_take_is_a_failure() {
    let folder = Folder::new("full-stdout").with("Procfile", WEB);
    for line in [
        "check",
        "check --statistics",
        "check --statistics --format json",
        "check --format agent",
        "check --format junit",
        "check --show-config",
        "resolve",
        "plan --format json",
        "rules",
        "facts",
        "platforms",
        "formats",
        "explain bind-loopback",
        "init --stdout",
        "completions bash",
        "man",
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
        command.args(line.split(' ')).current_dir(folder.path()).env_clear();
        let output = command.stdout(full).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {text}");
        assert!(text.starts_with("error: "), "{line}: {text}");
    }
}

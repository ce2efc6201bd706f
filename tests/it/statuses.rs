//! Exit statuses of `check`, `--fix` and `--diff` beside those of the real ruff, on files in the same
//! state: without a mistake, with one that has a safe fix, with one that has none, and so on.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "tests start ruff")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::Folder;
use crate::program::opslint;

/// A state, and a file of each program that is in it.
const STATES: &[(&str, &str, &str)] = &[
    ("clean", "x = 1\n", "app = \"shop\"\n"),
    ("empty", "", ""),
    (
        "fixable",
        "import os\n",
        "[http_service]\ninternal_port = 8080\nautostop_machines = \"stop\"\n",
    ),
    (
        "partly fixable",
        "import os\nprint(undefined)\n",
        "[http_service]\ninternal_port = 80\nautostop_machines = \"stop\"\n[[vm]]\ncpus = \"many\"\n",
    ),
    ("not fixable", "print(undefined)\n", "[[vm]]\ncpus = \"many\"\n"),
    ("broken", "def f(:\n", "app = \n"),
];

/// The same wish to each program.
const WISHES: &[(&[&str], &[&str])] = &[
    (&[], &[]),
    (&["--fix"], &["--fix"]),
    (&["--fix", "--unsafe-fixes"], &["--fix", "--unsafe-fixes"]),
    (&["--diff"], &["--diff"]),
    (&["--diff", "--unsafe-fixes"], &["--diff", "--unsafe-fixes"]),
    (&["--exit-zero"], &["--fail-on", "never"]),
    (&["--fix", "--exit-zero"], &["--fix", "--fail-on", "never"]),
    (&["--no-such-flag"], &["--no-such-flag"]),
    (&["--select", "NOPE"], &["--fix", "--fix-only", "no-such-rule"]),
    (&["--config", "no-such.toml"], &["--config", "no-such.toml"]),
];

fn ruff(folder: &Path, arguments: &[&str]) -> Option<i32> {
    let chosen = std::env::var_os("OPSLINT_ORACLE_PYTHON").map(PathBuf::from);
    let python =
        chosen.unwrap_or_else(|| std::env::current_dir().unwrap().join(".venv/bin/python"));
    let mut command = Command::new(python);
    command.args(["-m", "ruff", "check", "--no-cache", "--quiet"]).args(arguments);
    command.arg("main.py").current_dir(folder).output().unwrap().status.code()
}

#[test]
fn statuses_are_those_of_ruff() {
    let mut different = Vec::new();
    for (state, python, fly) in STATES {
        for (ruffs, ours) in WISHES {
            let folder = Folder::new("statuses").with("main.py", python).with("fly.toml", fly);
            let expected = ruff(folder.path(), ruffs);
            assert!(expected.is_some_and(|it| it < 3), "ruff: `tests/oracle/setup` installs it");
            let mut command = opslint(folder.path());
            let status = command.arg("check").args(*ours).output().unwrap().status.code();
            if status != expected {
                different.push(format!("{state} {ours:?}: {status:?}, ruff {expected:?}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Every command that prints, on a standard output that takes nothing: `>&-`, a file that is open
/// for reading, a full disk, a pipe whose reader has gone.
#[test]
fn what_cannot_be_printed_is_a_failure() {
    let folder = Folder::new("statuses-output")
        .with("fly.toml", "app = \"shop\"\nbogus = 1\n[http_service]\ninternal_port = 80\n")
        .with("Procfile", "web: gunicorn shop.wsgi -w 2000\n")
        .with("rules/many.toml", include_str!("../../rules/too-many-workers.toml"));
    let commands = [
        "check",
        "check --format json",
        "check -o -",
        "check -o sarif=-",
        "check --show-config",
        "check --statistics",
        "check --fail-on never",
        "check --diff --unsafe-fixes",
        "resolve",
        "resolve --format json",
        "resolve --diff Procfile fly.toml",
        "plan",
        "plan --format html",
        "explain unknown-key",
        "rules",
        "facts",
        "formats",
        "platforms",
        "platforms fly",
        "init --stdout",
        "test rules/many.toml",
        "schema config",
        "completions bash",
        "man",
        "help check",
        "--help",
        "--version",
    ];
    for command in commands {
        let mut statuses = Vec::new();
        for output in [">&-", "1</dev/null", ">/dev/full"] {
            let line = format!("exec {} {command} {output}", env!("CARGO_BIN_EXE_opslint"));
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(folder.path()).stderr(Stdio::null());
            statuses.push(shell.status().unwrap().code());
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut piped = opslint(folder.path());
        piped.args(command.split(' ')).stdout(writer).stderr(Stdio::null());
        statuses.push(piped.status().unwrap().code());
        assert_eq!(statuses, [Some(2); 4], "{command}");
    }
    // Who wants to read nothing is no failure, however it is opened.
    for output in [">/dev/null", "1<>/dev/null"] {
        let line = format!("{} rules {output}", env!("CARGO_BIN_EXE_opslint"));
        let status = Command::new("sh").args(["-c", &line]).status().unwrap();
        assert_eq!(status.code(), Some(0), "{output}");
    }
}

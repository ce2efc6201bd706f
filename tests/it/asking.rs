//! `opslint new-rule` asks where a person sits: here a test does, at a terminal of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "the test runs other programs, and reads what is made"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};
use std::{fs, path};

use super::cli::{Folder, check};
use super::schema_oracle::python;

/// Runs a program at a terminal and types the answers, each once it is asked.
const PERSON: &str = r#"
import os, pty, sys
program, *answers = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program, [program, "new-rule", "too-few-instances"])
shown = b""
asked = 0
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    while asked < min(shown.count(b"]: "), len(answers)):
        os.write(terminal, (answers[asked] + "\n").encode())
        asked += 1
    if asked == len(answers) and shown.count(b"]: ") > asked:
        os.write(terminal, b"\x04")
        asked += 1
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

fn person(folder: &Folder, answers: &[&str]) -> (String, Option<i32>) {
    // The folder of the run is another one.
    let mut command = Command::new(path::absolute(python()).unwrap());
    command.args(["-c", PERSON, env!("CARGO_BIN_EXE_opslint")]).args(answers);
    let Output { status, stdout, .. } = command.current_dir(folder.path()).output().unwrap();
    (String::from_utf8(stdout).unwrap(), status.code())
}

#[test]
fn a_person_is_asked_for_a_rule_and_a_program_is_not() {
    let folder = Folder::new("asking");
    let answers = [
        "one instance serves everything",
        "error",
        "",
        "",
        "kind == \"web\"",
        "scale.min",
        "scale.min >= 2",
        "fails",
        "{count(scale.min, \"instance\")}",
        "run two",
    ];
    let (shown, status) = person(&folder, &answers);
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains("What must hold [workers <= 8]: "), "{shown}");
    assert!(shown.contains("wrote ./too-few-instances.toml"), "{shown}");
    let rule = fs::read_to_string(folder.path().join("too-few-instances.toml")).unwrap();
    for line in ["level = \"error\"", "require = \"scale.min >= 2\"", "unknown = \"fails\""] {
        assert!(rule.contains(line), "{line}: {rule}");
    }
    // Without a terminal nobody is asked: the template is written.
    check(&folder, &["new-rule", "from-a-script"], 0);
}

#[test]
fn a_person_who_stops_has_written_nothing() {
    let folder = Folder::new("asking-stopped");
    let (shown, status) = person(&folder, &["a line", "error"]);
    assert_eq!(status, Some(2), "{shown}");
    assert!(shown.contains("nothing was written"), "{shown}");
    assert!(!folder.path().join("too-few-instances.toml").exists());
}

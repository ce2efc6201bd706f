//! What follows from the lines of a systemd unit.

use opslint::analysis::{Analysis, Options};
use opslint::fact::Fact;
use opslint::project::Facts;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

fn facts(lines: &str) -> Facts {
    let unit = format!("[Service]\n{lines}\n");
    let files = MemoryFiles::new().with("shop.service", unit).with("shop.py", "");
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].facts.clone()
}

#[track_caller]
fn check(lines: &str, id: FactId, expect: Option<&str>) {
    let found = facts(lines);
    let shown =
        found.get(id).filter(|it| it.value().is_some()).map(|it: &Fact| it.state.to_string());
    assert_eq!(shown.as_deref(), expect, "{lines}");
}

#[test]
fn of_lines_that_set_one_thing_the_last_that_counts_is_it() {
    const START: &str = "ExecStart=/bin/gunicorn shop:app\n";
    for (lines, expect) in [
        ("TimeoutStopSec=20\nTimeoutSec=40", Some("40")),
        ("TimeoutSec=40\nTimeoutStopSec=20", Some("20")),
        ("TimeoutSec=40\nTimeoutStopSec=soon", Some("40")),
        ("TimeoutStopSec=20\nTimeoutStopSec=1min", Some("60")),
        ("TimeoutStopSec=infinity", None),
    ] {
        check(&format!("{START}{lines}"), v::SHUTDOWN_GRACE_S, expect);
    }
    for (lines, expect) in [
        ("MemoryMax=512M\nMemoryMax=1GB", Some("512")),
        ("MemoryMax=512M", Some("512")),
        ("MemoryMax=512M\nMemoryMax=infinity", None),
    ] {
        check(&format!("{START}{lines}"), v::MACHINE_MEMORY_MB, expect);
    }
}

/// `systemd-analyze` of version 252 says the same of the words: `systemd --test`.
#[test]
fn escapes_of_a_command_stand_for_their_characters() {
    for (command, expect) in [
        ("/bin/gunicorn shop:app --name a\\x2db", Some("shop:app")),
        ("/bin/gunicorn shop\\x3aapp", Some("shop:app")),
        ("/bin/gunicorn \"shop\\072app\"", Some("shop:app")),
        ("/bin/gunicorn 'sh\\157p:app'", Some("shop:app")),
        ("/bin/gunicorn sh\\op", Some("sh\\op")),
        ("/bin/gunicorn shop:app --name \"a", None),
    ] {
        check(&format!("ExecStart={command}"), v::APP, expect);
    }
}

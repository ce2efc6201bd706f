//! Runs of `opslint measure` that are cut short, and inputs that are not what they should be: a clear
//! word, and nothing half-written.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "this test runs other programs")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::cli::{Folder, check};
use super::oracle_gunicorn::oracle::python;

const REQUEST: &str = "::1 - - [28/Nov/2026:15:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n";

fn project(name: &str) -> Folder {
    Folder::new(name).with("Procfile", "web: gunicorn shop.wsgi\n")
}

fn opslint(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    command
}

/// Both streams of a run that ends with this status.
#[track_caller]
fn run(folder: &Folder, arguments: &[&str], status: i32) -> (String, String) {
    let Output { status: got, stdout, stderr } = opslint(folder, arguments).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(got.code(), Some(status), "{arguments:?}: {stdout}\n{stderr}");
    (stdout, stderr)
}

/// Names in the folder, sorted.
fn names(folder: &Folder) -> Vec<String> {
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn count(printed: &str) -> u64 {
    let file: toml::Value = toml::from_str(printed).unwrap();
    let count = file["process"]["web"]["requests"]["count"].as_integer().unwrap();
    u64::try_from(count).unwrap()
}

#[test]
fn an_interrupted_run_leaves_everything_as_it_was() {
    let folder = project("measure-interrupted").with("opslint.measured.toml", "# as it was\n");
    let mut command = opslint(&folder, &["measure", "-"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than fits into a pipe: most of it has been read when this returns.
    input.write_all(REQUEST.repeat(20_000).as_bytes()).unwrap();
    let pid = child.id().to_string();
    // What a shell starts in the background ignores SIGINT, and so does what tests start there.
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(!child.wait().unwrap().success());
    drop(input);
    assert_eq!(folder.read("opslint.measured.toml"), "# as it was\n");
    assert_eq!(names(&folder), ["Procfile", "opslint.measured.toml"]);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_read_in_whole_lines() {
    let folder = project("measure-grows").with("app.log", REQUEST.repeat(50_000));
    let has_ended = AtomicBool::new(false);
    let (printed, written) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let path = folder.path().join("app.log");
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            let (half, other) = REQUEST.split_at(30);
            let mut written = 50_000;
            while !has_ended.load(Ordering::Relaxed) && written < 2_000_000 {
                // Its reader may come in the middle of a line.
                file.write_all(half.as_bytes()).unwrap();
                file.write_all(other.as_bytes()).unwrap();
                written += 1;
            }
            written
        });
        let output = run(&folder, &["measure", "--print", "app.log"], 0);
        has_ended.store(true, Ordering::Relaxed);
        (output.0, writer.join().unwrap())
    });
    assert!((50_000..=written).contains(&count(&printed)), "{printed}");
    assert!(printed.contains("errors = 0"), "{printed}");
}

#[test]
fn what_is_odd_about_an_input_is_said_and_the_rest_counts() {
    let back = REQUEST.replace("15:00", "09:00");
    let east = REQUEST.replace("15:00:00 +0000", "17:00:00 +0200");
    let noise: Vec<u8> = (0..4_000u32).map(|it| (it * 197 % 251) as u8).collect();
    let long = "x".repeat(300_000);
    let local = "2026-11-28 15:00:00 [web] started\n";
    for (name, text, requests, words) in [
        (
            "cut",
            format!("{REQUEST}{}", &REQUEST[..40]).into_bytes(),
            1,
            "has no end and was left out",
        ),
        ("back", format!("{REQUEST}{back}").into_bytes(), 2, "the clock goes back by more than an"),
        ("zones", format!("{REQUEST}{east}").into_bytes(), 2, ""),
        ("local", format!("{REQUEST}{local}").into_bytes(), 1, "1 line without a time zone taken"),
        ("binary", [REQUEST.as_bytes(), &noise, b"\n", REQUEST.as_bytes()].concat(), 2, "tell"),
        ("long", format!("{long}\n{REQUEST}").into_bytes(), 1, "too long"),
        ("crlf", REQUEST.replace('\n', "\r\n").into_bytes(), 1, ""),
        ("json", format!("{{\"a\": [\n{REQUEST}").into_bytes(), 0, "break off"),
    ] {
        let folder = project(&format!("measure-odd-{name}")).with("app.log", text);
        let status = if requests == 0 { 2 } else { 0 };
        let (printed, said) = run(&folder, &["measure", "--print", "app.log"], status);
        assert!(said.contains(words) && said.is_empty() == words.is_empty(), "{name}: {said}");
        let printable = said.chars().all(|it| it == '\n' || !it.is_control());
        assert!(printable, "{name}: {said:?}");
        match requests {
            0 => assert_eq!(printed, "", "{name}"),
            _ => assert_eq!(count(&printed), requests, "{name}: {printed}"),
        }
    }
    let zones = project("measure-zones").with("app.log", format!("{REQUEST}{east}"));
    assert!(check(&zones, &["measure", "--print", "app.log"], 0).contains("peak_per_minute = 2"));
}

#[test]
fn an_empty_input_is_said_and_takes_nothing_from_the_others() {
    let folder = project("measure-empty").with("empty.log", "").with("app.log", REQUEST);
    let (printed, said) = run(&folder, &["measure", "--print", "empty.log", "app.log"], 0);
    assert!(said.contains("empty.log is empty"), "{said}");
    assert_eq!(count(&printed), 1);
}

/// Feeds a run whose standard error is a terminal, until it shows how far it is.
const TERMINAL: &str = r#"
import os, pty, subprocess, sys, threading
master, slave = pty.openpty()
child = subprocess.Popen([sys.argv[1], "measure", "--print", "-"], stderr=slave,
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
os.close(slave)
seen = threading.Event()
def feed():
    while not seen.is_set():
        child.stdin.write(sys.argv[2].encode() * 1000)
    child.stdin.close()
writer = threading.Thread(target=feed)
writer.start()
shown = b""
while True:
    try:
        part = os.read(master, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if b"MB read" in shown:
        seen.set()
writer.join()
assert child.wait() == 0
sys.stdout.buffer.write(shown)
"#;

#[test]
fn a_terminal_shows_how_much_was_read_and_is_clean_in_the_end() {
    let Some(python) = python() else { return };
    let folder = project("measure-terminal");
    let mut command = Command::new(python);
    let command = command.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_opslint"), REQUEST]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with('\r') && shown.contains(" MB read"), "{shown:?}");
    assert!(shown.trim_end_matches(['\r', '\n']).ends_with("\r\u{1b}[K"), "{shown:?}");
}

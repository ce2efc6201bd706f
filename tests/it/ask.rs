//! Programs that answer cases: one JSON object a line goes in, one comes out.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

/// What the program answers to each request, in their order.
pub(crate) fn ask(program: &mut Command, requests: &[String]) -> Vec<Value> {
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program is on the path");
    let mut input = child.stdin.take().expect("stdin is piped");
    let lines: String = requests.iter().map(|it| format!("{it}\n")).collect();
    // Written from another thread, so that neither side waits for the other's full pipe.
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("no panic").expect("the program reads every case");
    let text = String::from_utf8(output.stdout).expect("the program prints UTF-8");
    let answers: Vec<Value> =
        text.lines().map(|it| serde_json::from_str(it).expect("the program prints JSON")).collect();
    assert_eq!(answers.len(), requests.len(), "the program answers every case");
    answers
}

//! Talks to `tests/oracle/gunicorn_oracle.py`.
#![expect(clippy::disallowed_methods, reason = "this test runs another program")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, thread};

use serde_json::{Value, json};

use crate::ask::ask;

use super::cases::Case;

/// Processes that answer at the same time.
const PARALLEL: usize = 2;

/// The interpreter that has gunicorn.
pub(crate) fn python() -> Option<PathBuf> {
    if let Some(path) = env::var_os("OPSLINT_ORACLE_PYTHON") {
        return Some(PathBuf::from(path));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    if path.exists() {
        return Some(path);
    }
    println!("no oracle: run tests/oracle/setup to compare with the real gunicorn");
    None
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/gunicorn_oracle.py")
}

/// The settings as gunicorn defines them.
pub(crate) fn table(python: &Path) -> Value {
    let output = Command::new(python).arg(script()).arg("--table").output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the oracle writes JSON")
}

/// What gunicorn makes of each case, in their order.
pub(crate) fn answers(python: &Path, cases: &[Case]) -> Vec<Value> {
    let size = cases.len().div_ceil(PARALLEL).max(1);
    thread::scope(|scope| {
        let chunks: Vec<_> =
            cases.chunks(size).map(|chunk| scope.spawn(|| answers_to(python, chunk))).collect();
        chunks.into_iter().flat_map(|it| it.join().expect("no panic")).collect()
    })
}

fn answers_to(python: &Path, cases: &[Case]) -> Vec<Value> {
    let lines: Vec<String> = cases.iter().map(|it| request(it).to_string()).collect();
    ask(Command::new(python).arg(script()), &lines)
}

fn request(case: &Case) -> Value {
    json!({
        "args": case.args,
        "env": case.env,
        "files": case.files,
        "folder": case.folder,
        "cpu_count": case.cpu_count,
    })
}

//! How long it takes to evaluate a typical gunicorn.conf.py: `cargo bench --bench python`.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]

use std::hint::black_box;
use std::time::Instant;

use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::project::Environment;
use opslint::python::{Host, evaluate};
use opslint::workspace::{MemoryFiles, Workspace};

const ROUNDS: u32 = 5_000;

/// Sixty lines with what such files have: defaults from the environment, arithmetic, a helper
/// function, conditions, a logging dict and hooks.
const TEXT: &str = include_str!("gunicorn.conf.py");

fn main() {
    let files = MemoryFiles::new().with("gunicorn.conf.py", TEXT);
    let mut workspace = Workspace::new(&files);
    let file = workspace.open("gunicorn.conf.py").expect("the file was just added");
    let environment = Environment::new();
    let cpus = Fact::known(Value::Int(4), Origin::new(OriginKind::Platform, "machine"));
    let mut samples_us = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut host = Host {
            workspace: &mut workspace,
            environment: &environment,
            cpu_count: cpus.clone(),
            folder: String::new(),
            python_path: Vec::new(),
            python: None,
        };
        black_box(evaluate(&mut host, black_box(file)));
        samples_us.push(start.elapsed().as_secs_f64() * 1e6);
    }
    samples_us.sort_by(f64::total_cmp);
    let median = samples_us[samples_us.len() / 2];
    println!("gunicorn.conf.py, {} lines: {median:.1} µs (median)", TEXT.lines().count());
}

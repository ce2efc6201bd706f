//! How long it takes to resolve one gunicorn command, with and without a configuration file.
//!
//! Prints the median of many rounds. The aim for a command with one file is under 100 µs.
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::launch::{Launch, StartFiles, Word};
use opslint::programs::gunicorn;
use opslint::project::Environment;
use opslint::source::Span;
use opslint::workspace::{MemoryFiles, Workspace};

const COMMAND: &[&str] =
    &["gunicorn", "shop.wsgi:application", "--bind", "0.0.0.0:8000", "--threads=4", "-t", "60"];

const CONFIG: &str = r#"
import multiprocessing
import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", multiprocessing.cpu_count() * 2 + 1))
worker_class = "gthread"
threads = int(os.getenv("PYTHON_MAX_THREADS", 1))
timeout = 120
graceful_timeout = 30
keepalive = 5
max_requests = 1000
max_requests_jitter = max_requests // 20
accesslog = "-"
errorlog = "-"
loglevel = os.getenv("LOG_LEVEL", "INFO").lower()
preload_app = True
worker_tmp_dir = "/dev/shm"


def post_fork(server, worker):
    server.log.info("worker %s", worker.pid)
"#;

fn main() {
    let empty = MemoryFiles::new();
    let with_file = MemoryFiles::new().with("gunicorn.conf.py", CONFIG);
    println!("gunicorn command           {:>9.1?}", median(|| resolve(&empty)));
    println!("gunicorn command and file  {:>9.1?}", median(|| resolve(&with_file)));
}

fn resolve(files: &MemoryFiles) {
    let mut workspace = Workspace::new(files);
    let file = workspace.sources.add("Procfile", COMMAND.join(" "));
    let mut start = 0;
    let word = |it: &&str| {
        let span = Span::new(file, start, start + it.len());
        start += it.len() + 1;
        Word::literal(*it, span)
    };
    let argv: Vec<_> = COMMAND.iter().map(word).collect();
    let span = argv[0].span.cover(argv[argv.len() - 1].span);
    let (environment, folder) = (Environment::new(), String::new());
    let files = StartFiles::Project;
    let launch = Launch { argv, environment, folder, files, span, written: Vec::new() };
    let cpus = Fact::known(Value::Int(4), Origin::new(OriginKind::Platform, "the machine"));
    let mut acc = Vec::new();
    let runtime = gunicorn::Runtime { cpu_count: &cpus, python: None };
    black_box(gunicorn::resolve(&mut acc, &mut workspace, &launch, runtime));
}

fn median(run: impl Fn()) -> Duration {
    let mut times: Vec<_> = (0..2000)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

//! Worker classes of a project against gunicorn and uvicorn-worker: what they are made from, and what
//! they tell uvicorn.

use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{Fact, Value};
use opslint::project::Process;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;
use serde_json::json;

use crate::ask::ask;
use crate::oracle_gunicorn::oracle::python;

/// A file with a class, and the words behind `gunicorn`.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "shop/workers.py",
        "from uvicorn_worker import UvicornWorker\n\
         class Worker(UvicornWorker):\n    CONFIG_KWARGS = {'loop': 'asyncio', 'http': 'h11'}\n",
        &["-k", "shop.workers.Worker", "--keep-alive", "70", "--max-requests", "500"],
    ),
    (
        "shop/workers.py",
        "from uvicorn_worker import UvicornWorker\n\
         class Worker(UvicornWorker):\n    CONFIG_KWARGS = {'timeout_keep_alive': 30, \
         'limit_max_requests': 9}\n",
        &["-k", "shop.workers.Worker", "--keep-alive", "70"],
    ),
    // The class behind it says it, and is changed afterwards.
    (
        "shop/workers.py",
        "from uvicorn_worker import UvicornWorker\nSECONDS = 5\n\
         class Base(UvicornWorker):\n    CONFIG_KWARGS = dict(timeout_keep_alive=SECONDS)\n\
         class Worker(Base):\n    def handle_quit(self, sig, frame):\n        pass\n",
        &["-k", "shop.workers.Worker", "--max-requests", "7"],
    ),
    (
        "shop/workers.py",
        "from gunicorn.workers.gthread import ThreadWorker\nclass Worker(ThreadWorker):\n    pass\n",
        &["-k", "shop.workers.Worker", "--threads", "4", "--keep-alive", "9"],
    ),
    (
        "shop/workers.py",
        "from gunicorn.workers.sync import SyncWorker\nclass Worker(SyncWorker):\n    pass\n",
        &["-k", "shop.workers.Worker", "--max-requests", "11"],
    ),
    (
        "gunicorn.conf.py",
        "from uvicorn_worker import UvicornWorker\nclass Own(UvicornWorker):\n    \
         CONFIG_KWARGS = {'timeout_keep_alive': 20}\nworker_class = Own\nkeepalive = 3\n",
        &[],
    ),
    (
        "gunicorn.conf.py",
        "from uvicorn_worker import UvicornWorker as Worker\nworker_class = Worker\nkeepalive = 3\n",
        &[],
    ),
    // Classes by the modules that they are in.
    (
        "shop/workers.py",
        "import gunicorn.workers.gthread\n\
         class Worker(gunicorn.workers.gthread.ThreadWorker):\n    pass\n",
        &["-k", "shop.workers.Worker", "--threads", "4", "--keep-alive", "9"],
    ),
    (
        "shop/workers.py",
        "from gunicorn.workers import gthread as own\nclass Worker(own.ThreadWorker):\n    pass\n",
        &["-k", "shop.workers.Worker", "--threads", "4", "--keep-alive", "9"],
    ),
    (
        "gunicorn.conf.py",
        "import uvicorn_worker\nclass Own(uvicorn_worker.UvicornWorker):\n    \
         CONFIG_KWARGS = {'timeout_keep_alive': 20}\nworker_class = Own\nkeepalive = 3\n",
        &[],
    ),
    // The command wins over the class of the file.
    (
        "gunicorn.conf.py",
        "from uvicorn_worker import UvicornWorker\nworker_class = UvicornWorker\nkeepalive = 3\n",
        &["-k", "gthread"],
    ),
];

#[test]
fn worker_classes_of_projects_are_what_they_are_made_from() {
    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/worker_classes.py");
    let line = |(path, text, argv): &(&str, &str, &[&str])| {
        let argv = [argv.to_vec(), vec!["a:b"]].concat();
        json!({"files": {(*path): text}, "argv": argv}).to_string()
    };
    let lines: Vec<String> = CASES.iter().map(line).collect();
    let answers = ask(Command::new(python).arg("-I").arg(script), &lines);
    for ((path, text, argv), answer) in CASES.iter().zip(&answers) {
        let process = resolve(path, text, argv);
        let shown = format!("{text}{argv:?}: {answer}");
        let number = |id| process.facts.get(id).and_then(Fact::int);
        let is_asgi = process.facts.get(v::INTERFACE).and_then(Fact::text) == Some("asgi");
        assert_eq!(is_asgi, answer["kind"] == json!("asgi"), "{shown}");
        // A worker of the kind `sync` keeps no connections.
        if answer["kind"] == json!("sync") {
            assert!(process.facts.get(v::KEEPALIVE_S).is_none(), "{shown}");
        } else {
            assert_eq!(json!(number(v::KEEPALIVE_S)), answer["keepalive"], "{shown}");
        }
        assert_eq!(json!(number(v::MAX_REQUESTS)), answer["max_requests"], "{shown}");
        let threads = process.facts.get(v::CONCURRENCY).and_then(Fact::value);
        let expected = match answer["kind"].as_str() {
            Some("sync") => Some(Value::Int(1)),
            Some("gthread") => Some(Value::Int(if argv.contains(&"4") { 4 } else { 1 })),
            _ => None,
        };
        assert_eq!(threads.cloned(), expected, "{shown}");
    }
}

/// What opslint knows of the process of a case.
fn resolve(path: &str, text: &str, argv: &[&str]) -> Process {
    // A Heroku dyno would say how many.
    let procfile = format!("web: WEB_CONCURRENCY=1 gunicorn {} a:b\n", argv.join(" "));
    let files = MemoryFiles::new().with("Procfile", procfile).with(path, text);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].clone()
}

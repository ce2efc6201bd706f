//! Servers and workers other than gunicorn: the options that matter.

use crate::lower::launch::{Launch, Word};

/// Programs whose command line names one of the servers, by the name they are started with.
const PROGRAMS: &[&str] = &[
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "daphne",
    "granian",
    "waitress-serve",
    "uwsgi",
    "celery",
    "rq",
    "dramatiq",
    "dramatiq-gevent",
    "huey_consumer",
    "huey_consumer.py",
    "flask",
    "fastapi",
];

/// Whether a program of this name is a server, or starts one.
pub fn is_program(name: &str) -> bool {
    PROGRAMS.contains(&name)
}
/// x
pub fn identify(launch: &Launch) -> Option<String> {
    launch.argv[0].text().filter(|it| {
        is_program(it.rsplit('/').next().unwrap_or_default())
            || launch.argv.iter().filter_map(Word::text).any(|it| it == "runserver")
    })
}

//! Programs whose workers are processes with a copy of the application each.

use super::listed::{self, Serves};

/// Those of them that have no file in `programs/` and answer requests.
const SERVERS: &[&str] = &["gunicorn", "uvicorn", "hypercorn", "granian", "uwsgi"];

/// Those of them that have no file in `programs/` and work on jobs.
const JOBS: &[&str] = &["celery", "dramatiq", "django-q"];

/// Whether `workers` of a program without a file are such processes.
pub fn has_workers(server: &str) -> bool {
    SERVERS.contains(&server) || JOBS.contains(&server)
}

/// Whether a program answers requests in as many processes as it is told to start.
pub fn can_have_more(server: &str) -> bool {
    let is_told = |it: &listed::Program| it.serves == Serves::Http && it.workers.is_none();
    SERVERS.contains(&server)
        || listed::of_id(server).is_some_and(|it| it.memory.is_some() && is_told(it))
}

/// Whether a program works on jobs in processes whose memory is known.
pub fn works_on_jobs(server: &str) -> bool {
    JOBS.contains(&server)
        || listed::of_id(server).is_some_and(|it| it.memory.is_some() && it.serves == Serves::Jobs)
}

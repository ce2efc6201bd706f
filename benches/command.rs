//! How long it takes to work out one command: the target is less than 50 µs.
//!
//! `cargo bench --bench command` prints the median of many rounds for each command.
#![expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use opslint::commands::{CommandSource, Dialect, Surroundings, launches};
use opslint::document::Text;
use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::programs;
use opslint::project::Environment;
use opslint::source::Span;
use opslint::workspace::{MemoryFiles, Workspace};

const COMMANDS: [(&str, &str); 4] = [
    ("plain", "gunicorn shop.wsgi --log-file -"),
    (
        "wrapped",
        "bin/start-nginx bin/start-pgbouncer newrelic-admin run-program gunicorn \
         shop.wsgi:application --bind 0.0.0.0:${PORT:-8000} --workers \"${WEB_CONCURRENCY:-4}\" \
         --timeout 30 --log-file -",
    ),
    (
        "nested",
        "cd api && python manage.py migrate --noinput && exec sh -c 'exec uvicorn app.main:app \
         --host 0.0.0.0 --port \"$PORT\" --workers $((2 * $(nproc) + 1))'",
    ),
    ("script", "tini -- ./start.sh worker --concurrency 4"),
];

const SCRIPT: &str = "#!/bin/sh\nset -eu\n\nif [ \"$1\" = worker ]; then\n  shift\n  \
                      exec celery -A shop worker \"$@\"\nfi\n\npython manage.py migrate\n\
                      exec gunicorn shop.wsgi -b \"0.0.0.0:${PORT:-8000}\"\n";

const ROUNDS: usize = 2_000;

fn main() {
    let files = MemoryFiles::new().with("start.sh", SCRIPT);
    let mut environment = Environment::new();
    for (name, value) in
        [("PORT", "8000"), ("WEB_CONCURRENCY", "3"), ("DJANGO_SETTINGS_MODULE", "x")]
    {
        let fact = Fact::known(Value::Text(value.to_owned()), Origin::new(OriginKind::Env, name));
        environment.set(name, fact);
    }
    let cpus = Fact::known(Value::Int(4), Origin::new(OriginKind::Platform, "a machine"));
    for (name, command) in COMMANDS {
        let mut rounds: Vec<Duration> =
            (0..ROUNDS).map(|_| round(&files, &environment, &cpus, command)).collect();
        rounds.sort_unstable();
        let median = rounds[rounds.len() / 2];
        println!("{name:8} {:6.1} µs", median.as_secs_f64() * 1e6);
    }
}

fn round(files: &MemoryFiles, environment: &Environment, cpus: &Fact, command: &str) -> Duration {
    let mut workspace = Workspace::new(files);
    let file = workspace.sources.add("Procfile", command);
    let text = Text::verbatim(command, Span::new(file, 0, command.len()), 0);
    let mut acc = Vec::new();
    let start = Instant::now();
    let (shell, sh) = (Dialect::Unknown, Dialect::Unknown);
    let (folder, in_image, entry_of_base): (_, _, &[Text]) = ("", false, &[]);
    let surroundings =
        Surroundings { environment, folder, in_image, entry_of_base, cpus, shell, sh };
    let found = launches(&mut acc, &mut workspace, &CommandSource::Shell(&text), &surroundings);
    if let Some(launch) = &found.main
        && let Some(kind) = programs::identify(launch)
    {
        black_box(programs::resolve(&mut acc, &mut workspace, kind, launch, cpus, None));
    }
    let elapsed = start.elapsed();
    assert!(found.main.is_some() && acc.is_empty(), "{command}");
    elapsed
}

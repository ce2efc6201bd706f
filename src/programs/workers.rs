//! Option tables of background workers.
//!
//! Each was compared with the `--help` of the version it names.

use super::options::Abbreviations::{Allowed, Rejected};
use super::options::{Default, Opt, Table, Ty, opt};
use crate::vocabulary as v;

/// Options in front of `worker` and `beat`, which celery also takes behind them before 5.0.
const CELERY_GLOBAL: Opt = opt("app", &["-A", "--app"], Ty::Text).fact(v::APP);

/// Wins over the settings of the application: celery makes `$CELERY_BROKER_URL` of it.
const CELERY_BROKER: Opt = opt("broker", &["-b", "--broker"], Ty::Text).env(&["BROKER_URL"]);

/// celery 5.7.0, `celery worker`. Each option reads `CELERY_WORKER_<OPTION>`.
#[rustfmt::skip]
pub(super) const CELERY: Table = Table {
    program: "celery",
    abbreviations: Rejected,
    env_prefix: Some("CELERY_WORKER_"),
    options: &[
        CELERY_GLOBAL,
        CELERY_BROKER,
        opt("concurrency", &["-c", "--concurrency"], Ty::IntOrAuto).default(Default::Cpus),
        opt("pool", &["-P", "--pool"], Ty::Text).default(Default::Text("prefork")),
        opt("autoscale", &["--autoscale"], Ty::LargestInt),
        opt("max_tasks_per_child", &["--max-tasks-per-child"], Ty::Int)
            .fact(v::MAX_REQUESTS),
        opt("max_memory_per_child", &["--max-memory-per-child"], Ty::Int),
        opt("time_limit", &["--time-limit"], Ty::Seconds).fact(v::TIMEOUT_S),
        opt("soft_time_limit", &["--soft-time-limit"], Ty::Seconds),
        opt("prefetch_multiplier", &["--prefetch-multiplier"], Ty::Int).default(Default::Int(4)),
        opt("beat", &["-B", "--beat"], Ty::Flag),
        opt("detach", &["-D", "--detach"], Ty::Flag),
        opt("loglevel", &["-l", "--loglevel"], Ty::Text).default(Default::Text("WARNING")),
        opt("queues", &["-Q", "--queues"], Ty::Text),
        opt("exclude_queues", &["-X", "--exclude-queues"], Ty::Text),
    ],
    valued: &[
        "--result-backend", "--loader", "--config", "--workdir", "-n", "--hostname",
        "-S", "--statedb", "-O", "--optimization", "--pool-start-method",
        "-I", "--include", "--heartbeat-interval", "-s", "--schedule-filename", "--schedule",
        "--scheduler", "-f", "--logfile", "--pidfile", "--uid", "--gid", "--umask", "--executable",
    ],
    flags: &[
        "-C", "--no-color", "-q", "--quiet", "--version", "--skip-checks", "--help", "-E",
        "--task-events", "--events", "--disable-prefetch", "--purge", "--discard",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ],
    config_files: &[],
    app_settings: Some("the configuration of the celery app"),
};

/// celery 5.7.0, `celery beat`: one process.
#[rustfmt::skip]
pub(super) const CELERY_BEAT: Table = Table {
    program: "celery beat",
    abbreviations: Rejected,
    env_prefix: None,
    options: &[CELERY_GLOBAL, opt("detach", &["--detach"], Ty::Flag)],
    valued: &[
        "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir", "-s",
            "--schedule",
        "-S", "--scheduler", "--max-interval", "-n", "--hostname", "-l", "--loglevel", "-f",
        "--logfile", "--pidfile", "--uid", "--gid", "--umask", "--executable",
    ],
    flags: &["-C", "--no-color", "-q", "--quiet", "--skip-checks", "--help", "--version",
        "--enable-remote-control", "--no-enable-remote-control"],
    config_files: &[],
    app_settings: None,
};

const RQ_VALUED: &[&str] = &[
    "--logging_level",
    "--logging-level",
    "-l",
    "--log-format",
    "--date-format",
    "-n",
    "--name",
    "--results-ttl",
    "--worker-ttl",
    "--maintenance-interval",
    "--job-monitoring-interval",
    "--exception-handler",
    "--pid",
    "-ds",
    "--dequeue-strategy",
    "-S",
    "--serializer",
    "-P",
    "--path",
    "--connection-class",
    "--queue-class",
    "-j",
    "--job-class",
    "-w",
    "--worker-class",
    "-c",
    "--config",
];

/// The address of Redis, which a settings module of `-c` may have as `REDIS_URL`. Nothing else in
/// that module decides about options.
const RQ_URL: Opt = opt("broker_url", &["-u", "--url"], Ty::Text).env(&["RQ_REDIS_URL"]);

const RQ_FLAGS: &[&str] = &[
    "-b",
    "--burst",
    "--disable-job-desc-logging",
    "-v",
    "--verbose",
    "-q",
    "--quiet",
    "-d",
    "--disable-default-exception-handler",
    "-s",
    "--with-scheduler",
    "--help",
];

/// rq 3.0.0, `rq worker`: one process, which forks for each job.
#[rustfmt::skip]
pub(super) const RQ: Table = Table {
    program: "rq",
    abbreviations: Rejected,
    env_prefix: None,
    options: &[RQ_URL, opt("max_jobs", &["--max-jobs"], Ty::Int), opt("max_idle_time",
        &["--max-idle-time"], Ty::Int)],
    valued: RQ_VALUED,
    flags: RQ_FLAGS,
    config_files: &[],
    app_settings: None,
};

/// rq 3.0.0, `rq worker-pool`.
#[rustfmt::skip]
pub(super) const RQ_POOL: Table = Table {
    program: "rq",
    abbreviations: Rejected,
    env_prefix: None,
    options: &[RQ_URL, opt("num_workers", &["-n", "--num-workers"], Ty::Int).default(Default::Int(1))
        .fact(v::WORKERS)],
    valued: RQ_VALUED,
    flags: RQ_FLAGS,
    config_files: &[],
    app_settings: None,
};

/// dramatiq 2.2.1.
#[rustfmt::skip]
pub(super) const DRAMATIQ: Table = Table {
    program: "dramatiq",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("processes", &["-p", "--processes"], Ty::Int).default(Default::Cpus).fact(v::WORKERS),
        opt("threads", &["-t", "--threads"], Ty::Int).default(Default::Int(8)).fact(v::THREADS),
        opt("worker_shutdown_timeout", &["--worker-shutdown-timeout"], Ty::Milliseconds)
            .default(Default::Int(600_000)).fact(v::GRACEFUL_TIMEOUT_S),
        opt("watch", &["--watch"], Ty::Text),
        opt("time_limit", &[], Ty::Milliseconds).default(Default::Int(600_000)),
    ],
    valued: &[
        "-P", "--path", "-Q", "--queues", "--pid-file", "--log-file", "-f", "--fork-function",
        "--worker-fork-timeout", "-i", "--watch-include", "-x", "--watch-exclude",
    ],
    flags: &["-h", "--help", "--skip-logging", "--use-spawn", "--watch-use-polling", "--version",
        "-v", "--verbose"],
    config_files: &[],
    app_settings: None,
};

/// arq 0.28.0: one process, which works on as many jobs as its settings class says.
#[rustfmt::skip]
pub(super) const ARQ: Table = Table {
    program: "arq",
    abbreviations: Rejected,
    env_prefix: None,
    options: &[
        opt("max_jobs", &[], Ty::Int).default(Default::Int(10)).fact(v::CONCURRENCY),
        opt("job_timeout", &[], Ty::Seconds).default(Default::Int(300)),
        opt("job_completion_wait", &[], Ty::Seconds).default(Default::Int(0))
            .fact(v::GRACEFUL_TIMEOUT_S),
        opt("keep_result", &[], Ty::Seconds).default(Default::Int(3600)),
        opt("max_tries", &[], Ty::Int).default(Default::Int(5)),
        opt("burst", &["--burst"], Ty::Flag),
        opt("watch", &["--watch"], Ty::Text),
    ],
    valued: &["--custom-log-dict"],
    flags: &["--check", "-v", "--verbose", "-V", "--version", "--help"],
    config_files: &[],
    app_settings: Some("the settings class of arq"),
};

#[rustfmt::skip]
const HUEY_OPTIONS: &[Opt] = &[
    opt("workers", &["-w", "--workers"], Ty::Int).default(Default::Int(1)),
    opt("worker_type", &["-k", "--worker-type"], Ty::Text).default(Default::Text("thread"))
        .fact(v::WORKER_CLASS),
    opt("max_tasks", &["-M", "--max-tasks"], Ty::Int).fact(v::MAX_REQUESTS),
    opt("shutdown_timeout", &["-t", "--shutdown-timeout"], Ty::Seconds).fact(v::GRACEFUL_TIMEOUT_S),
    opt("graceful_signal", &["-g", "--graceful-signal"], Ty::Text).default(Default::Text("INT")),
];

const HUEY_VALUED: &[&str] = &[
    "-l",
    "--logfile",
    "-d",
    "--delay",
    "-m",
    "--max-delay",
    "-b",
    "--backoff",
    "-c",
    "--health-check-interval",
    "-L",
    "--extra-locks",
    "-s",
    "--scheduler-interval",
    "--settings",
    "--pythonpath",
    "--queue",
    "-A",
    "--disable-autoload",
];

const HUEY_FLAGS: &[&str] = &[
    "-h",
    "--help",
    "-v",
    "--verbose",
    "-q",
    "--quiet",
    "-S",
    "--simple",
    "-C",
    "--disable-health-check",
    "-f",
    "--flush-locks",
    "-n",
    "--no-periodic",
];

/// huey 3.5.4, `huey_consumer`.
pub(super) const HUEY: Table = Table {
    program: "huey",
    abbreviations: Allowed,
    env_prefix: None,
    options: HUEY_OPTIONS,
    valued: HUEY_VALUED,
    flags: HUEY_FLAGS,
    config_files: &[],
    app_settings: None,
};

/// huey 3.5.4, `manage.py run_huey`: `HUEY` in the Django settings gives defaults.
pub(super) const RUN_HUEY: Table = Table {
    program: "huey",
    abbreviations: Allowed,
    env_prefix: None,
    options: HUEY_OPTIONS,
    valued: HUEY_VALUED,
    flags: HUEY_FLAGS,
    config_files: &[],
    app_settings: Some("`HUEY` in the Django settings"),
};

/// django-q2 1.11.1, `manage.py qcluster`: all of it is in `Q_CLUSTER`, the memory limit in KB.
pub(super) const DJANGO_Q: Table = Table {
    program: "django-q",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("workers", &[], Ty::Int).default(Default::Cpus).fact(v::WORKERS),
        opt("timeout", &[], Ty::Seconds).fact(v::TIMEOUT_S),
        opt("recycle", &[], Ty::Int).default(Default::Int(500)).fact(v::MAX_REQUESTS),
        opt("retry", &[], Ty::Seconds).default(Default::Int(60)),
        opt("max_rss", &[], Ty::Int),
    ],
    valued: &["-n", "--name", "--settings", "--pythonpath", "-v", "--verbosity"],
    flags: &[
        "--run-once",
        "-h",
        "--help",
        "--version",
        "--traceback",
        "--no-color",
        "--force-color",
        "--skip-checks",
    ],
    config_files: &[],
    app_settings: Some("`Q_CLUSTER` in the Django settings"),
};

//! Option tables of web servers.
//!
//! Each was compared with the `--help` of the version it names; what a `--help` does not tell was
//! read in the program's source.

use super::options::Abbreviations::{Allowed, Rejected};
use super::options::{Default, Table, Ty, opt};
use crate::vocabulary as v;

/// uvicorn 0.54.0. click reads `UVICORN_<OPTION>` for each option; `WEB_CONCURRENCY` is read by
/// `uvicorn.Config` when no workers are given.
#[rustfmt::skip]
pub(super) const UVICORN: Table = Table {
    program: "uvicorn",
    abbreviations: Rejected,
    env_prefix: Some("UVICORN_"),
    options: &[
        opt("host", &["--host"], Ty::Text).default(Default::Text("127.0.0.1")).fact(v::BIND_HOST),
        opt("port", &["--port"], Ty::Int).default(Default::Int(8000)).fact(v::PORT),
        opt("uds", &["--uds"], Ty::Text),
        opt("fd", &["--fd"], Ty::Int),
        opt("reload", &["--reload"], Ty::Flag).fact(v::RELOAD),
        opt("workers", &["--workers"], Ty::Int).default(Default::Int(1)).env(&["WEB_CONCURRENCY"])
            .fact(v::WORKERS),
        opt("limit_concurrency", &["--limit-concurrency"], Ty::Int),
        opt("backlog", &["--backlog"], Ty::Int).default(Default::Int(2048)),
        opt("limit_max_requests", &["--limit-max-requests"], Ty::Int).fact(v::MAX_REQUESTS),
        opt("limit_max_requests_jitter", &["--limit-max-requests-jitter"], Ty::Int)
            .default(Default::Int(0)).fact(v::MAX_REQUESTS_JITTER),
        opt("timeout_keep_alive", &["--timeout-keep-alive"], Ty::Int).default(Default::Int(5))
            .fact(v::KEEPALIVE_S),
        opt("timeout_graceful_shutdown", &["--timeout-graceful-shutdown"], Ty::Int)
            .fact(v::GRACEFUL_TIMEOUT_S),
        opt("timeout_worker_healthcheck", &["--timeout-worker-healthcheck"], Ty::Int)
            .default(Default::Int(5)),
        opt("proxy_headers", &["--proxy-headers"], Ty::Flag).default(Default::On),
        opt("forwarded_allow_ips", &["--forwarded-allow-ips"], Ty::Text)
            .default(Default::Text("127.0.0.1,::1")).env(&["FORWARDED_ALLOW_IPS"]),
        opt("interface", &["--interface"], Ty::Text).default(Default::Text("auto")),
        opt("loop", &["--loop"], Ty::Text).default(Default::Text("auto")),
        opt("http", &["--http"], Ty::Text).default(Default::Text("auto")),
        opt("ws", &["--ws"], Ty::Text).default(Default::Text("auto")),
        opt("factory", &["--factory"], Ty::Flag),
    ],
    valued: &[
        "--reload-dir", "--reload-include", "--reload-exclude", "--reload-delay",
        "--ws-max-size", "--ws-max-queue", "--ws-ping-interval", "--ws-ping-timeout",
        "--ws-per-message-deflate", "--lifespan", "--env-file", "--log-config", "--log-level",
        "--root-path", "--ssl-keyfile", "--ssl-certfile", "--ssl-keyfile-password", "--ssl-version",
        "--ssl-cert-reqs", "--ssl-ca-certs", "--ssl-ciphers", "--header", "--app-dir",
        "--h11-max-incomplete-event-size",
    ],
    flags: &[
        "--http2", "--access-log", "--no-access-log", "--use-colors", "--no-use-colors",
        "--server-header", "--no-server-header", "--date-header", "--no-date-header",
        "--reset-contextvars", "--version", "--help",
    ],
    config_files: &[],
    app_settings: None,
};

/// fastapi-cli 0.0.34, `fastapi run`: uvicorn with these options and uvicorn's other defaults.
#[rustfmt::skip]
pub(super) const FASTAPI_RUN: Table = Table {
    program: "fastapi run",
    abbreviations: Rejected,
    env_prefix: None,
    options: &[
        opt("host", &["--host"], Ty::Text).default(Default::Text("0.0.0.0")).fact(v::BIND_HOST),
        opt("port", &["--port"], Ty::Int).default(Default::Int(8000)).env(&["PORT"]).fact(v::PORT),
        opt("reload", &["--reload"], Ty::Flag).fact(v::RELOAD),
        opt("workers", &["--workers"], Ty::Int).default(Default::Int(1)).env(&["WEB_CONCURRENCY"])
            .fact(v::WORKERS),
        opt("proxy_headers", &["--proxy-headers"], Ty::Flag).default(Default::On),
        opt("app", &["--app"], Ty::Text),
        opt("entrypoint", &["-e", "--entrypoint"], Ty::Text),
    ],
    valued: &["--root-path", "--forwarded-allow-ips"],
    flags: &["--verbose", "-v", "--help", "-h"],
    config_files: &[],
    app_settings: None,
};

/// fastapi-cli 0.0.34, `fastapi dev`.
#[rustfmt::skip]
pub(super) const FASTAPI_DEV: Table = Table {
    program: "fastapi dev",
    abbreviations: Rejected,
    env_prefix: None,
    options: &[
        opt("host", &["--host"], Ty::Text).default(Default::Text("127.0.0.1")).fact(v::BIND_HOST),
        opt("port", &["--port"], Ty::Int).default(Default::Int(8000)).env(&["PORT"]).fact(v::PORT),
        opt("reload", &["--reload"], Ty::Flag).default(Default::On).fact(v::RELOAD),
        opt("app", &["--app"], Ty::Text),
        opt("entrypoint", &["-e", "--entrypoint"], Ty::Text),
    ],
    valued: &["--root-path", "--forwarded-allow-ips", "--reload-dir"],
    flags: &["--verbose", "-v", "--help", "-h", "--proxy-headers", "--no-proxy-headers"],
    config_files: &[],
    app_settings: None,
};

/// Hypercorn 0.18.0; defaults from `hypercorn.config.Config`.
#[rustfmt::skip]
pub(super) const HYPERCORN: Table = Table {
    program: "hypercorn",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("bind", &["-b", "--bind"], Ty::Addresses)
            .default(Default::Text("127.0.0.1:8000")),
        opt("workers", &["-w", "--workers"], Ty::Int).default(Default::Int(1)).fact(v::WORKERS),
        opt("worker_class", &["-k", "--worker-class"], Ty::Text).default(Default::Text("asyncio"))
            .fact(v::WORKER_CLASS),
        opt("keep_alive_timeout", &["--keep-alive"], Ty::Int).default(Default::Int(5))
            .fact(v::KEEPALIVE_S),
        opt("graceful_timeout", &["--graceful-timeout"], Ty::Int).default(Default::Int(3))
            .fact(v::GRACEFUL_TIMEOUT_S),
        opt("read_timeout", &["--read-timeout"], Ty::Int),
        opt("max_requests", &["--max-requests"], Ty::Int).fact(v::MAX_REQUESTS),
        opt("max_requests_jitter", &["--max-requests-jitter"], Ty::Int).default(Default::Int(0))
            .fact(v::MAX_REQUESTS_JITTER),
        opt("backlog", &["--backlog"], Ty::Int).default(Default::Int(100)),
        opt("use_reloader", &["--reload"], Ty::Flag).fact(v::RELOAD),
    ],
    valued: &[
        "--access-log", "--access-logfile", "--access-logformat", "--ca-certs", "--certfile",
        "--cert-reqs", "--ciphers", "--error-log", "--error-logfile", "--log-file", "-g", "--group",
        "--keyfile", "--keyfile-password", "--insecure-bind", "--log-config", "--log-level", "-p",
        "--pid", "--quic-bind", "--root-path", "--server-name", "--statsd-host", "--statsd-prefix",
        "-m", "--umask", "-u", "--user", "--verify-mode", "--websocket-ping-interval",
    ],
    flags: &["-h", "--help", "-D", "--daemon", "--debug"],
    config_files: &["-c", "--config"],
    app_settings: None,
};

/// daphne 4.2.3; defaults from `daphne.cli`. It is one process, always.
#[rustfmt::skip]
pub(super) const DAPHNE: Table = Table {
    program: "daphne",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("host", &["-b", "--bind"], Ty::Text).default(Default::Text("127.0.0.1"))
            .fact(v::BIND_HOST),
        opt("port", &["-p", "--port"], Ty::Int).default(Default::Int(8000)).fact(v::PORT),
        opt("http_timeout", &["-t", "--http-timeout"], Ty::Int).fact(v::TIMEOUT_S),
        opt("websocket_timeout", &["--websocket_timeout"], Ty::Int).default(Default::Int(86400)),
        opt("websocket_connect_timeout", &["--websocket_connect_timeout"], Ty::Int)
            .default(Default::Int(5)),
        opt("ping_interval", &["--ping-interval"], Ty::Int).default(Default::Int(20)),
        opt("ping_timeout", &["--ping-timeout"], Ty::Int).default(Default::Int(30)),
        opt("application_close_timeout", &["--application-close-timeout"], Ty::Int)
            .default(Default::Int(10)),
        opt("unix_socket", &["-u", "--unix-socket"], Ty::Text),
        opt("file_descriptor", &["--fd"], Ty::Int),
        opt("socket_strings", &["-e", "--endpoint"], Ty::Text),
        opt("proxy_headers", &["--proxy-headers"], Ty::Flag),
    ],
    valued: &[
        "-v", "--verbosity", "--access-log", "--log-fmt", "--websocket-max-message-size",
        "--websocket-max-frame-size", "--root-path", "--proxy-headers-host", "--proxy-headers-port",
        "-s", "--server-name",
    ],
    flags: &["-h", "--help", "--no-server-name"],
    config_files: &[],
    app_settings: None,
};

/// granian 2.8.9. Each option reads `GRANIAN_<OPTION>`; neither `PORT` nor `WEB_CONCURRENCY`.
#[rustfmt::skip]
pub(super) const GRANIAN: Table = Table {
    program: "granian",
    abbreviations: Rejected,
    env_prefix: Some("GRANIAN_"),
    options: &[
        opt("host", &["--host"], Ty::Text).default(Default::Text("127.0.0.1")).fact(v::BIND_HOST),
        opt("port", &["--port"], Ty::Int).default(Default::Int(8000)).fact(v::PORT),
        opt("uds", &["--uds"], Ty::Text),
        opt("interface", &["--interface"], Ty::Text).default(Default::Text("rsgi")),
        opt("workers", &["--workers"], Ty::Int).default(Default::Int(1)).fact(v::WORKERS),
        opt("blocking_threads", &["--blocking-threads"], Ty::Int),
        opt("runtime_threads", &["--runtime-threads"], Ty::Int).default(Default::Int(1)),
        opt("backlog", &["--backlog"], Ty::Int).default(Default::Int(1024)),
        opt("backpressure", &["--backpressure"], Ty::Int),
        opt("workers_lifetime", &["--workers-lifetime"], Ty::Duration),
        opt("workers_max_rss", &["--workers-max-rss"], Ty::Int),
        opt("workers_kill_timeout", &["--workers-kill-timeout"], Ty::Duration)
            .fact(v::GRACEFUL_TIMEOUT_S),
        opt("respawn_failed_workers", &["--respawn-failed-workers"], Ty::Flag),
        opt("reload", &["--reload"], Ty::Flag).fact(v::RELOAD),
        opt("factory", &["--factory"], Ty::Flag),
    ],
    valued: &[
        "--uds-permissions", "--http", "--blocking-threads-idle-timeout",
            "--runtime-blocking-threads",
        "--runtime-mode", "--loop", "--task-impl", "--http1-buffer-size",
            "--http1-header-read-timeout",
        "--http2-initial-connection-window-size", "--http2-initial-stream-window-size",
        "--http2-keep-alive-interval", "--http2-keep-alive-timeout",
            "--http2-max-concurrent-streams",
        "--http2-max-frame-size", "--http2-max-headers-size", "--http2-max-send-buffer-size",
        "--log-level", "--log-config", "--access-log-fmt", "--ssl-certificate", "--ssl-keyfile",
        "--ssl-keyfile-password", "--ssl-protocol-min", "--ssl-ca", "--ssl-crl",
            "--url-path-prefix",
        "--respawn-interval", "--rss-sample-interval", "--rss-samples", "--working-dir",
            "--env-files",
        "--static-path-route", "--static-path-mount", "--static-path-dir-to-file",
        "--static-path-expires", "--metrics-scrape-interval", "--metrics-address", "--metrics-port",
        "--reload-paths", "--reload-ignore-dirs", "--reload-ignore-patterns",
            "--reload-ignore-paths",
        "--reload-tick", "--process-name", "--pid-file",
    ],
    flags: &[
        "--ws", "--no-ws", "--http1-keep-alive", "--no-http1-keep-alive", "--http1-pipeline-flush",
        "--no-http1-pipeline-flush", "--http2-adaptive-window", "--no-http2-adaptive-window",
            "--log",
        "--no-log", "--access-log", "--no-access-log", "--ssl-client-verify",
        "--no-ssl-client-verify", "--metrics", "--no-metrics", "--reload-ignore-worker-failure",
        "--no-reload-ignore-worker-failure", "--version", "--help",
    ],
    config_files: &[],
    app_settings: None,
};

/// waitress 3.0.2; defaults from `waitress.adjustments`. It is one process, always.
#[rustfmt::skip]
pub(super) const WAITRESS: Table = Table {
    program: "waitress",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("host", &["--host"], Ty::Text).default(Default::Text("0.0.0.0")).fact(v::BIND_HOST),
        opt("port", &["--port"], Ty::Int).default(Default::Int(8080)).fact(v::PORT),
        opt("listen", &["--listen"], Ty::Addresses),
        opt("threads", &["--threads"], Ty::Int).default(Default::Int(4)).fact(v::THREADS),
        opt("backlog", &["--backlog"], Ty::Int).default(Default::Int(1024)),
        opt("connection_limit", &["--connection-limit"], Ty::Int).default(Default::Int(100)),
        opt("cleanup_interval", &["--cleanup-interval"], Ty::Int).default(Default::Int(30)),
        opt("channel_timeout", &["--channel-timeout"], Ty::Int).default(Default::Int(120))
            .fact(v::KEEPALIVE_S),
        opt("max_request_body_size", &["--max-request-body-size"], Ty::Int)
            .default(Default::Int(1_073_741_824)),
        opt("unix_socket", &["--unix-socket"], Ty::Text),
    ],
    valued: &[
        "--unix-socket-perms", "--url-scheme", "--url-prefix", "--ident", "--recv-bytes",
        "--send-bytes", "--outbuf-overflow", "--outbuf-high-watermark", "--inbuf-overflow",
        "--max-request-header-size", "--asyncore-loop-timeout", "--channel-request-lookahead",
        "--trusted-proxy", "--trusted-proxy-count", "--trusted-proxy-headers", "--app",
    ],
    flags: &[
        "--help", "--call", "--ipv4", "--no-ipv4", "--ipv6", "--no-ipv6", "--log-socket-errors",
        "--no-log-socket-errors", "--expose-tracebacks", "--no-expose-tracebacks",
        "--asyncore-use-poll", "--no-asyncore-use-poll", "--log-untrusted-proxy-headers",
        "--no-log-untrusted-proxy-headers", "--clear-untrusted-proxy-headers",
        "--no-clear-untrusted-proxy-headers",
    ],
    config_files: &[],
    app_settings: None,
};

/// Django 5's `runserver`; its address is an operand.
#[rustfmt::skip]
pub(super) const DJANGO_RUNSERVER: Table = Table {
    program: "runserver",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("noreload", &["--noreload"], Ty::Flag),
        opt("nothreading", &["--nothreading"], Ty::Flag),
    ],
    valued: &["--settings", "--pythonpath", "-v", "--verbosity"],
    flags: &["--nostatic", "--insecure", "--ipv6", "-6", "--traceback", "--no-color",
        "--force-color", "--skip-checks"],
    config_files: &[],
    app_settings: None,
};

/// Flask 3.1.3, `flask run`; click reads `FLASK_RUN_<OPTION>`.
#[rustfmt::skip]
pub(super) const FLASK_RUN: Table = Table {
    program: "flask run",
    abbreviations: Rejected,
    env_prefix: Some("FLASK_RUN_"),
    options: &[
        opt("host", &["-h", "--host"], Ty::Text).default(Default::Text("127.0.0.1"))
            .fact(v::BIND_HOST),
        opt("port", &["-p", "--port"], Ty::Int).default(Default::Int(5000)).fact(v::PORT),
    ],
    valued: &["-A", "--app", "-e", "--env-file", "--cert", "--key", "--extra-files",
        "--exclude-patterns"],
    flags: &["--debug", "--no-debug", "--reload", "--no-reload", "--debugger", "--no-debugger",
        "--with-threads", "--without-threads", "--version"],
    config_files: &[],
    app_settings: None,
};

/// Python's `http.server`; its port is an operand.
#[rustfmt::skip]
pub(super) const HTTP_SERVER: Table = Table {
    program: "http.server",
    abbreviations: Allowed,
    env_prefix: None,
    options: &[
        opt("bind", &["-b", "--bind"], Ty::Text).default(Default::Text("0.0.0.0"))
            .fact(v::BIND_HOST),
        opt("directory", &["-d", "--directory"], Ty::Text),
    ],
    valued: &["-p", "--protocol"],
    flags: &["--cgi", "-h", "--help"],
    config_files: &[],
    app_settings: None,
};

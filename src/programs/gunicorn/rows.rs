//! The rows of [`SETTINGS`], one for each setting of gunicorn, in the order of its documentation.
//!
//! `name since takes[flags] check => default, env variables, only worker classes;`

use super::table::{Check, Choice, Default, Setting, Takes};
use super::worker::WorkerKind;

macro_rules! settings {
    ($($section:literal { $(
        $name:ident $since:literal $takes:ident [$($flag:literal)*] $check:expr => $default:expr
        $(, env $($variable:literal)+)? $(, only $workers:expr)?;
    )* })*) => {
        /// Every setting, by section.
        pub const SETTINGS: &[Setting] = &[$($(
            Setting {
                name: stringify!($name),
                section: $section,
                since: $since,
                takes: Takes::$takes,
                flags: &[$($flag),*],
                check: { use Check::*; $check },
                default: { use Default::*; $default },
                variables: &[$($($variable),+)?],
                workers: settings!(@workers $($workers)?),
            },
        )*)*];
    };
    (@workers) => { None };
    (@workers $workers:expr) => { Some($workers) };
}

settings! {
    "Config File" {
        config "17.5" Text["-c" "--config"] Text => Text("./gunicorn.conf.py");
        wsgi_app "20.1.0" FileOnly[] Text => Null;
    }
    "Server Socket" {
        bind "17.5" Append["-b" "--bind"] TextList => Texts(&["127.0.0.1:8000"]), env "PORT";
        backlog "17.5" Int["--backlog"] Count => Int(2048);
    }
    "Worker Processes" {
        workers "17.5" Int["-w" "--workers"] Count => Int(1), env "WEB_CONCURRENCY";
        worker_class "17.5" Text["-k" "--worker-class"] Class => Text("sync");
        threads "19.0" Int["--threads"] Count => Int(1), only GTHREAD;
        worker_connections "17.5" Int["--worker-connections"] Count => Int(1000), only POOLED;
        max_requests "17.5" Int["--max-requests"] Count => Int(0);
        max_requests_jitter "19.2" Int["--max-requests-jitter"] Count => Int(0);
        timeout "17.5" Int["-t" "--timeout"] Count => Int(30);
        graceful_timeout "17.5" Int["--graceful-timeout"] Count => Int(30);
        keepalive "17.5" Int["--keep-alive"] Count => Int(2), only KEEPING;
        asgi_loop "24.0.0" Text["--asgi-loop"] Choice(&ASGI_LOOP) => Text("auto"), only ASGI;
        asgi_lifespan "24.0.0" Text["--asgi-lifespan"] Choice(&ASGI_LIFESPAN)
            => Text("auto"), only ASGI;
        asgi_disconnect_grace_period "25.0.2" Int["--asgi-disconnect-grace-period"] Count
            => Int(3), only ASGI;
        websocket_max_message_size "27.0.0" Int["--websocket-max-message-size"] Count
            => Int(16_777_216), only ASGI;
        http_parser "25.2.0" Text["--http-parser"] Choice(&HTTP_PARSER) => Text("auto");
    }
    "Security" {
        limit_request_line "17.5" Int["--limit-request-line"] Count => Int(4094);
        limit_request_fields "17.5" Int["--limit-request-fields"] Count => Int(100);
        limit_request_field_size "17.5" Int["--limit-request-field_size"] Count => Int(8190);
    }
    "Debugging" {
        reload "19.0" True["--reload"] Bool => Bool(false);
        reload_engine "19.7.0" Text["--reload-engine"] ReloadEngine => Text("auto");
        reload_extra_files "19.8.0" Append["--reload-extra-file"] FileList => Texts(&[]);
        spew "17.5" True["--spew"] Bool => Bool(false);
        check_config "17.5" True["--check-config"] Bool => Bool(false);
        print_config "20.1.0" True["--print-config"] Bool => Bool(false);
    }
    "Server Mechanics" {
        preload_app "17.5" True["--preload"] Bool => Bool(false);
        sendfile "19.2" False["--no-sendfile"] Bool => Null, env "SENDFILE";
        reuse_port "19.8.0" True["--reuse-port"] Bool => Bool(false);
        chdir "18.0" Text["--chdir"] Folder => Runtime;
        daemon "17.5" True["-D" "--daemon"] Bool => Bool(false);
        raw_env "18.0" Append["-e" "--env"] TextList => Texts(&[]);
        pidfile "17.5" Text["-p" "--pid"] Text => Null;
        worker_tmp_dir "19.0" Text["--worker-tmp-dir"] Text => Null;
        user "17.5" Text["-u" "--user"] User => Runtime;
        group "17.5" Text["-g" "--group"] Group => Runtime;
        umask "17.5" OctalInt["-m" "--umask"] Count => Int(0);
        initgroups "19.7.0" True["--initgroups"] Bool => Bool(false);
        tmp_upload_dir "17.5" FileOnly[] Text => Null;
        secure_scheme_headers "17.5" FileOnly[] Dict => Pairs(&[
            ("X-FORWARDED-PROTOCOL", "ssl"),
            ("X-FORWARDED-PROTO", "https"),
            ("X-FORWARDED-SSL", "on"),
        ]);
        forwarded_allow_ips "17.5" Text["--forwarded-allow-ips"] AddressList
            => Texts(&["127.0.0.1", "::1"]), env "FORWARDED_ALLOW_IPS";
        pythonpath "17.5" Text["--pythonpath"] Text => Null;
        paste "18.0" Text["--paste" "--paster"] Text => Null;
        proxy_protocol "17.5" OptionalText["--proxy-protocol"] Choice(&PROXY_PROTOCOL)
            => Text("off");
        proxy_allow_ips "17.5" Text["--proxy-allow-from"] AddressList
            => Texts(&["127.0.0.1", "::1"]);
        protocol "24.0.0" Text["--protocol"] Text => Text("http");
        uwsgi_allow_ips "24.0.0" Text["--uwsgi-allow-from"] AddressList
            => Texts(&["127.0.0.1", "::1"]);
        raw_paste_global_conf "19.7.0" Append["--paste-global"] TextList => Texts(&[]);
        permit_obsolete_folding "23.0.0" True["--permit-obsolete-folding"] Bool => Bool(false);
        strip_header_spaces "19.10.0" True["--strip-header-spaces"] Bool => Bool(false);
        permit_unconventional_http_method "22.0.0" True["--permit-unconventional-http-method"] Bool
            => Bool(false);
        permit_unconventional_http_version "22.0.0" True["--permit-unconventional-http-version"]
            Bool => Bool(false);
        casefold_http_method "22.0.0" True["--casefold-http-method"] Bool => Bool(false);
        forwarder_headers "23.0.0" Text["--forwarder-headers"] NameList
            => Texts(&["SCRIPT_NAME", "PATH_INFO"]);
        header_map "22.0.0" Text["--header-map"] Choice(&HEADER_MAP) => Text("drop");
        root_path "24.0.0" Text["--root-path"] Text => Text(""), only ASGI;
    }
    "Logging" {
        accesslog "17.5" Text["--access-logfile"] Text => Null;
        disable_redirect_access_to_syslog "19.8.0" True["--disable-redirect-access-to-syslog"] Bool
            => Bool(false);
        access_log_format "17.5" Text["--access-logformat"] Text
            => Text(r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#);
        errorlog "17.5" Text["--error-logfile" "--log-file"] Text => Text("-");
        loglevel "17.5" Text["--log-level"] Text => Text("info");
        capture_output "19.6.0" True["--capture-output"] Bool => Bool(false);
        logger_class "17.5" Text["--logger-class"] Class => Text("gunicorn.glogging.Logger");
        logconfig "17.5" Text["--log-config"] Text => Null;
        logconfig_dict "19.8.0" FileOnly[] Dict => Pairs(&[]);
        logconfig_json "21.0.0" Text["--log-config-json"] Text => Null;
        syslog_addr "17.5" Text["--log-syslog-to"] Text => Text("udp://localhost:514");
        syslog "17.5" True["--log-syslog"] Bool => Bool(false);
        syslog_prefix "17.5" Text["--log-syslog-prefix"] Text => Null;
        syslog_facility "17.5" Text["--log-syslog-facility"] Text => Text("user");
        enable_stdio_inheritance "17.5" True["-R" "--enable-stdio-inheritance"] Bool => Bool(false);
        statsd_host "19.1" Text["--statsd-host"] StatsdAddress => Null;
        dogstatsd_tags "20.0.0" Text["--dogstatsd-tags"] Text => Text("");
        statsd_prefix "19.2" Text["--statsd-prefix"] Text => Text("");
        enable_backlog_metric "24.1.0" True["--enable-backlog-metric"] Bool => Bool(false);
    }
    "Process Naming" {
        proc_name "17.5" Text["-n" "--name"] Text => Null;
        default_proc_name "17.5" FileOnly[] Text => Text("gunicorn");
    }
    "Server Hooks" {
        on_starting "17.5" FileOnly[] Hook(1) => Hook("<OnStarting.on_starting()>");
        on_reload "17.5" FileOnly[] Hook(1) => Hook("<OnReload.on_reload()>");
        when_ready "17.5" FileOnly[] Hook(1) => Hook("<WhenReady.when_ready()>");
        pre_fork "17.5" FileOnly[] Hook(2) => Hook("<Prefork.pre_fork()>");
        post_fork "17.5" FileOnly[] Hook(2) => Hook("<Postfork.post_fork()>");
        post_worker_init "17.5" FileOnly[] Hook(1) => Hook("<PostWorkerInit.post_worker_init()>");
        worker_int "19.0" FileOnly[] Hook(1) => Hook("<WorkerInt.worker_int()>");
        worker_abort "19.0" FileOnly[] Hook(1) => Hook("<WorkerAbort.worker_abort()>");
        pre_exec "17.5" FileOnly[] Hook(1) => Hook("<PreExec.pre_exec()>");
        pre_request "17.5" FileOnly[] Hook(2) => Hook("<PreRequest.pre_request()>");
        post_request "17.5" FileOnly[] PostRequest => Hook("<PostRequest.post_request()>");
        child_exit "19.7.0" FileOnly[] Hook(2) => Hook("<ChildExit.child_exit()>");
        worker_exit "17.5" FileOnly[] Hook(2) => Hook("<WorkerExit.worker_exit()>");
        nworkers_changed "17.5" FileOnly[] Hook(3)
            => Hook("<NumWorkersChanged.nworkers_changed()>");
        on_exit "19.0" FileOnly[] Hook(1) => Hook("<OnExit.on_exit()>");
        ssl_context "21.0.0" FileOnly[] Hook(2) => Hook("<NewSSLContext.ssl_context()>");
    }
    "SSL" {
        keyfile "17.5" Text["--keyfile"] Text => Null;
        certfile "17.5" Text["--certfile"] Text => Null;
        ssl_version "19.0" Text["--ssl-version"] Ignored => Int(2);
        cert_reqs "19.0" Text["--cert-reqs"] Count => Int(0);
        ca_certs "19.0" Text["--ca-certs"] Text => Null;
        suppress_ragged_eofs "19.0" True["--suppress-ragged-eofs"] Bool => Bool(true);
        do_handshake_on_connect "19.0" True["--do-handshake-on-connect"] Bool => Bool(false);
        ciphers "20.0.0" Text["--ciphers"] Text => Null;
    }
    "HTTP/2" {
        http_protocols "25.0.0" Text["--http-protocols"] Protocols => Texts(&["h1"]), only HTTP2;
        http2_cleartext "26.2.0" Text["--http2-cleartext"] Choice(&HTTP2_CLEARTEXT)
            => Text("off"), only HTTP2;
        http2_max_concurrent_streams "25.0.0" Int["--http2-max-concurrent-streams"]
            CountIn(1, i64::MAX) => Int(100), only HTTP2;
        http2_initial_window_size "25.0.0" Int["--http2-initial-window-size"]
            CountIn(0, 2_147_483_647) => Int(65_535), only HTTP2;
        http2_max_frame_size "25.0.0" Int["--http2-max-frame-size"] CountIn(16_384, 16_777_215)
            => Int(16_384), only HTTP2;
        http2_max_header_list_size "25.0.0" Int["--http2-max-header-list-size"] Count
            => Int(65_536), only HTTP2;
    }
    "Dirty Arbiters" {
        dirty_apps "25.0.0" Append["--dirty-app"] TextList => Texts(&[]);
        dirty_workers "25.0.0" Int["--dirty-workers"] Count => Int(0);
        dirty_timeout "25.0.0" Int["--dirty-timeout"] Count => Int(300);
        dirty_threads "25.0.0" Int["--dirty-threads"] Count => Int(1);
        dirty_graceful_timeout "25.0.0" Int["--dirty-graceful-timeout"] Count => Int(30);
    }
    "Dirty Arbiter Hooks" {
        on_dirty_starting "25.0.0" FileOnly[] Hook(1)
            => Hook("<OnDirtyStarting.on_dirty_starting()>");
        dirty_post_fork "25.0.0" FileOnly[] Hook(2) => Hook("<DirtyPostFork.dirty_post_fork()>");
        dirty_worker_init "25.0.0" FileOnly[] Hook(1)
            => Hook("<DirtyWorkerInit.dirty_worker_init()>");
        dirty_worker_exit "25.0.0" FileOnly[] Hook(2)
            => Hook("<DirtyWorkerExit.dirty_worker_exit()>");
    }
    "Control" {
        control_socket "25.1.0" Text["--control-socket"] Text
            => Runtime, env "XDG_RUNTIME_DIR" "HOME";
        control_socket_mode "25.1.0" OctalInt["--control-socket-mode"] Count => Int(0o600);
        control_socket_disable "25.1.0" True["--no-control-socket"] Bool => Bool(false);
    }
}

const HTTP2_CLEARTEXT: Choice = Choice {
    validator: "http2_cleartext",
    words: &[
        ("off", "off"),
        ("prior-knowledge", "prior-knowledge"),
        ("upgrade", "upgrade"),
        ("both", "both"),
    ],
    none: Some("off"),
    booleans: Some(("off", "prior-knowledge")),
};

const PROXY_PROTOCOL: Choice = Choice {
    validator: "proxy_protocol",
    words: &[
        ("off", "off"),
        ("v1", "v1"),
        ("v2", "v2"),
        ("auto", "auto"),
        ("false", "off"),
        ("0", "off"),
        ("none", "off"),
        ("true", "auto"),
        ("1", "auto"),
    ],
    none: Some("off"),
    booleans: Some(("off", "auto")),
};

const HEADER_MAP: Choice = Choice {
    validator: "header_map_behaviour",
    words: &[("drop", "drop"), ("refuse", "refuse"), ("dangerous", "dangerous")],
    none: None,
    booleans: None,
};

const ASGI_LOOP: Choice = Choice {
    validator: "asgi_loop",
    words: &[("auto", "auto"), ("asyncio", "asyncio"), ("uvloop", "uvloop")],
    none: Some("auto"),
    booleans: None,
};

const ASGI_LIFESPAN: Choice = Choice {
    validator: "asgi_lifespan",
    words: &[("auto", "auto"), ("on", "on"), ("off", "off")],
    none: Some("auto"),
    booleans: None,
};

const HTTP_PARSER: Choice = Choice {
    validator: "http_parser",
    words: &[("auto", "auto"), ("fast", "fast"), ("python", "python")],
    none: Some("auto"),
    booleans: None,
};

/// Words that gunicorn takes for `reload_engine`.
pub(super) const RELOAD_ENGINES: &[&str] = &["auto", "poll", "inotify"];

const GTHREAD: &[WorkerKind] = &[WorkerKind::Gthread];
const POOLED: &[WorkerKind] = &[WorkerKind::Gthread, WorkerKind::Gevent];
const HTTP2: &[WorkerKind] = &[WorkerKind::Gthread, WorkerKind::Gevent, WorkerKind::Asgi];
const ASGI: &[WorkerKind] = &[WorkerKind::Asgi];
const KEEPING: &[WorkerKind] = &[
    WorkerKind::Gthread,
    WorkerKind::Gevent,
    WorkerKind::Tornado,
    WorkerKind::Asgi,
    WorkerKind::Uvicorn,
];

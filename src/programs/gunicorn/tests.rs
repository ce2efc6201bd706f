//! What gunicorn resolves to, and what opslint says about it.

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::{Launch, Piece, StartFiles, Word};
use crate::project::Environment;
use crate::source::Span;
use crate::vocabulary;
use crate::workspace::{MemoryFiles, Workspace};

use super::table::SETTINGS;
use super::{Outcome, Resolved};

/// A command with variables in front and files beside it.
struct Start {
    resolved: Resolved,
    diagnostics: Vec<Diagnostic>,
    labels: Vec<String>,
}

/// A word in which `?` stands for text that is not known.
fn word(text: &str, span: Span) -> Word {
    let Some((known, _)) = text.split_once('?') else { return Word::literal(text, span) };
    let unknown = Piece {
        text: Err(Unknown::because("it is set at run time")),
        span: Span { start: span.start + known.len() as u32, ..span },
        expanded: None,
    };
    let mut pieces = Vec::new();
    if !known.is_empty() {
        let span = Span { end: span.start + known.len() as u32, ..span };
        pieces.push(Piece { text: Ok(known.to_owned()), span, expanded: None });
    }
    pieces.push(unknown);
    Word { pieces, span }
}

/// Resolves `A=1 gunicorn …`; words are separated by one blank.
fn start(line: &str, files: &[(&str, &str)]) -> Start {
    let mut memory = MemoryFiles::new();
    for (path, text) in files {
        memory = memory.with(*path, *text);
    }
    let mut workspace = Workspace::new(&memory);
    let file = workspace.sources.add("Procfile", line);
    let mut environment = Environment::new();
    let mut argv = Vec::new();
    let mut at = 0;
    for text in line.split(' ') {
        let span = Span::new(file, at, at + text.len());
        at += text.len() + 1;
        match text.split_once('=') {
            Some((name, value)) if argv.is_empty() => {
                let mut origin = Origin::new(OriginKind::Env, name);
                origin.span = Some(Span { start: span.end - value.len() as u32, ..span });
                let value = value.replace('_', " ");
                environment.set(name, Fact::known(Value::Text(value), origin));
            }
            _ => argv.push(word(text, span)),
        }
    }
    let span = Span::new(file, 0, line.len());
    let launch = Launch {
        argv,
        environment,
        folder: String::new(),
        files: StartFiles::Project,
        written: Vec::new(),
        span,
    };
    let cpus = Fact::known(Value::Int(4), Origin::new(OriginKind::Platform, "the machine"));
    let mut diagnostics = Vec::new();
    let resolved = super::resolve(
        &mut diagnostics,
        &mut workspace,
        &launch,
        super::Runtime { cpu_count: &cpus, python: None },
    );
    let label = |it: &Diagnostic| workspace.sources.text(it.primary.span).to_owned();
    let labels = diagnostics.iter().map(label).collect();
    Start { resolved, diagnostics, labels }
}

/// The diagnostics are exactly these: rule and labelled text.
#[track_caller]
fn check(line: &str, files: &[(&str, &str)], expected: &[(&str, &str)]) {
    let start = start(line, files);
    let found: Vec<_> = start.diagnostics.iter().map(|it| it.rule.as_str()).collect();
    let found: Vec<_> = found.into_iter().zip(start.labels.iter().map(String::as_str)).collect();
    assert_eq!(found, expected, "{line}");
}

#[track_caller]
fn check_setting(line: &str, files: &[(&str, &str)], name: &str, expected: &str) {
    let start = start(line, files);
    assert_eq!(start.resolved.settings[name].state.to_string(), expected, "{line}");
}

#[test]
fn the_command_line_beats_the_variable_which_beats_the_default() {
    let start = start("WEB_CONCURRENCY=4 GUNICORN_CMD_ARGS=-w_5 gunicorn a:b -w 6 -w 7", &[]);
    let workers = &start.resolved.settings["workers"];
    assert_eq!(workers.int(), Some(7));
    let losers: Vec<_> = workers.overridden.iter().map(|it| it.state.to_string()).collect();
    assert_eq!(losers, ["6", "5", "4", "1"]);
}

#[test]
fn defaults_note_the_variables_they_read() {
    let start = start("gunicorn a:b", &[]);
    let workers = &start.resolved.settings["workers"];
    assert_eq!(workers.origin.inputs[0].name, "$WEB_CONCURRENCY");
    assert!(workers.origin.is_assumed());
    assert_eq!(start.resolved.outcome, Outcome::Serves);
}

#[test]
fn wrong_flags_are_reported_where_they_stand() {
    let cases: [(&str, &str, &str); 9] = [
        ("--preload-app", "gunicorn-unknown-flag", "--preload-app"),
        ("--keepalive=5", "gunicorn-unknown-flag", "--keepalive=5"),
        ("--worker 4", "gunicorn-ambiguous-flag", "--worker"),
        ("--debug", "gunicorn-removed-setting", "--debug"),
        ("--workers", "gunicorn-flag-without-value", "--workers"),
        ("--reload=1", "gunicorn-unexpected-value", "--reload=1"),
        ("--workers=auto", "gunicorn-rejected-value", "auto"),
        ("-w -2", "gunicorn-rejected-value", "-2"),
        ("--forwarded-allow-ips 10.0.0.1/8", "gunicorn-rejected-value", "10.0.0.1/8"),
    ];
    for (flags, rule, label) in cases {
        let line = format!("gunicorn a:b {flags}");
        check(&line, &[], &[(rule, label)][..1]);
        assert_eq!(start(&line, &[]).resolved.outcome, Outcome::Refuses, "{line}");
    }
}

#[test]
fn a_word_behind_the_application_is_ignored_by_gunicorn() {
    check("gunicorn a:b worker", &[], &[("gunicorn-ignored-argument", "worker")]);
}

#[test]
fn gunicorn_needs_an_application() {
    check("gunicorn", &[], &[("gunicorn-app-missing", "gunicorn")]);
}

#[test]
fn settings_that_the_worker_class_does_not_read_are_reported() {
    let rule = "gunicorn-setting-without-effect";
    check("gunicorn a:b -k gevent --threads 4", &[], &[(rule, "4")]);
    check("gunicorn a:b --worker-connections 50", &[], &[(rule, "50")]);
    check("gunicorn a:b --keep-alive 75", &[], &[(rule, "75")]);
    check("gunicorn a:b --dirty-workers 5", &[], &[(rule, "5")]);
}

#[test]
fn settings_that_are_read_are_not_reported() {
    check("gunicorn a:b --threads 4 --keep-alive 75", &[], &[]);
    check("gunicorn a:b --keep-alive 2", &[], &[]);
    check("gunicorn a:b -k my.Worker --threads 4", &[], &[]);
    check("gunicorn a:b -k uvicorn.workers.UvicornWorker --keep-alive 75", &[], &[]);
}

#[test]
fn worker_classes_that_do_not_exist_are_reported() {
    check("gunicorn a:b -k eventlet", &[], &[("gunicorn-removed-worker-class", "eventlet")]);
    check("gunicorn a:b -k gthreads", &[], &[("gunicorn-unknown-worker-class", "gthreads")]);
    check("gunicorn a:b -k eventlet", &[("requirements.txt", "gunicorn==21.2.0\n")], &[]);
}

#[test]
fn starts_that_serve_nothing_are_reported() {
    check("gunicorn a:b -k gthread --threads 0", &[], &[("gunicorn-without-threads", "0")]);
    check("gunicorn a:b -b 0.0.0.0:99999", &[], &[("gunicorn-invalid-bind", "0.0.0.0:99999")]);
    check("gunicorn a:b -b 0.0.0.0:$PORT", &[], &[("gunicorn-invalid-bind", "0.0.0.0:$PORT")]);
    check("PORT= gunicorn a:b", &[], &[("gunicorn-invalid-bind", "")]);
}

#[test]
fn web_concurrency_must_be_an_integer() {
    for value in ["", "auto", "2.5"] {
        let line = format!("WEB_CONCURRENCY={value} gunicorn a:b -w 2");
        let start = start(&line, &[]);
        assert_eq!(start.diagnostics[0].rule, "invalid-web-concurrency", "{line}");
        assert_eq!(start.resolved.outcome, Outcome::Refuses);
    }
    check_setting("WEB_CONCURRENCY=3 gunicorn a:b", &[], "workers", "3");
}

#[test]
fn a_flag_that_replaces_web_concurrency_is_reported() {
    let expected = [("web-concurrency-overridden", "3")];
    check("WEB_CONCURRENCY=3 gunicorn a:b -w 2", &[], &expected);
}

#[test]
fn a_missing_config_file_is_reported() {
    check("gunicorn a:b -c conf.py", &[], &[("gunicorn-config-missing", "conf.py")]);
    let files = [("src/conf.py", "")];
    let start = start("gunicorn a:b --chdir src -c conf.py", &files);
    assert_eq!(start.diagnostics[0].rule, "gunicorn-config-missing");
    assert!(start.diagnostics[0].help.as_deref().unwrap_or_default().contains("-c src/conf.py"));
}

#[test]
fn a_config_file_behind_chdir_is_never_loaded() {
    let files = [("src/gunicorn.conf.py", "workers = 4")];
    check("gunicorn a:b --chdir src", &files, &[("gunicorn-config-not-loaded", "src")]);
    check("gunicorn a:b --chdir src -c src/gunicorn.conf.py", &files, &[]);
}

#[test]
fn a_config_file_outside_the_project_leaves_everything_unknown() {
    let start = start("gunicorn a:b -c /etc/gunicorn.py -w 3", &[]);
    assert_eq!(start.resolved.settings["workers"].int(), Some(3));
    assert_eq!(start.resolved.settings["timeout"].state.to_string(), "unknown");
    assert!(start.diagnostics.is_empty());
}

#[test]
fn an_absolute_path_below_the_place_of_the_build_is_in_the_project() {
    let files = [("ops/conf.py", "workers = 7")];
    check_setting("gunicorn a:b -c /app/ops/conf.py", &files, "workers", "7");
}

#[test]
fn sync_with_threads_is_gthread() {
    let start = start("gunicorn a:b -w 2 --threads 4", &[]);
    let fact = |id| start.resolved.facts.get(id).map(|it| it.state.to_string());
    assert_eq!(fact(vocabulary::WORKER_CLASS).as_deref(), Some("gthread"));
    assert_eq!(fact(vocabulary::CONCURRENCY).as_deref(), Some("8"));
    assert_eq!(fact(vocabulary::INTERFACE).as_deref(), Some("wsgi"));
    assert_eq!(fact(vocabulary::PORT).as_deref(), Some("8000"));
}

#[test]
fn an_unknown_value_is_unknown_and_nothing_else_is() {
    let start = start("gunicorn a:b -w ? --bind 0.0.0.0:? --timeout=? -t4", &[]);
    let setting = |name: &str| start.resolved.settings[name].state.to_string();
    assert_eq!(setting("workers"), "unknown");
    assert_eq!(setting("bind"), "0.0.0.0:…");
    assert_eq!(setting("timeout"), "4");
    assert_eq!(setting("threads"), "1");
    let fact = |id| start.resolved.facts.get(id).map(|it| it.state.to_string());
    assert_eq!(fact(vocabulary::BIND_HOST).as_deref(), Some("0.0.0.0"));
    assert_eq!(fact(vocabulary::PORT).as_deref(), Some("unknown"));
    assert!(start.diagnostics.is_empty());
}

#[test]
fn an_unknown_word_may_hold_any_flag_but_later_flags_win() {
    let start = start("gunicorn --threads 2 ? -w 3", &[]);
    let setting = |name: &str| start.resolved.settings[name].state.to_string();
    assert_eq!(setting("workers"), "3");
    assert_eq!(setting("threads"), "unknown");
    assert_eq!(setting("timeout"), "unknown");
    assert_eq!(start.resolved.outcome, Outcome::Serves);
    assert!(start.diagnostics.is_empty(), "{:?}", start.diagnostics);
}

const CONFIG: &str = "gunicorn.conf.py";

#[track_caller]
fn check_config(text: &str, expected: &[(&str, &str)]) {
    check("gunicorn a:b", &[(CONFIG, text)], expected);
}

#[test]
fn names_that_gunicorn_ignores_are_reported() {
    let unknown = "gunicorn-unknown-setting";
    check_config("preload = True", &[(unknown, "preload")]);
    check_config("Workers = 4", &[(unknown, "Workers")]);
    check_config("worker = 4", &[(unknown, "worker")]);
    check_config("num_workers = 4", &[(unknown, "num_workers")]);
    check_config(
        "access_logfile = '-'\nerror_log = '-'",
        &[(unknown, "access_logfile"), (unknown, "error_log")],
    );
    check_config("def post_forks(server, worker):\n    pass", &[(unknown, "post_forks")]);
    check_config("debug = True", &[("gunicorn-removed-setting", "debug")]);
    check_config("workers: 4", &[("gunicorn-setting-without-value", "workers")]);
}

#[test]
fn a_name_is_put_right_only_where_its_value_is_taken() {
    for (line, config, is_fixed) in [
        ("a:b --keepalive=5", "", true),
        ("a:b --keepalive 5", "", true),
        ("a:b --keepalive five", "", false),
        ("a:b --keepalive=", "", false),
        ("a:b --keepalive", "", false),
        ("a:b --preload-app", "", true),
        ("--preload-app a:b", "", true),
        ("a:b --preload-app=yes", "", false),
        ("a:b", "Workers = 4", true),
        ("a:b", "Workers = 0", false),
        ("a:b", "Workers = 'many'", false),
        ("a:b", "Bind = '0.0.0.0:http'", false),
        ("a:b", "Worker_Class = 'gthreads'", false),
        ("a:b", "preload = True", true),
        ("a:b", "preload = 'x'", false),
    ] {
        let Start { diagnostics, .. } = start(&format!("gunicorn {line}"), &[(CONFIG, config)]);
        let unknown = diagnostics.iter().filter(|it| it.rule.starts_with("gunicorn-unknown-"));
        let fixes: Vec<_> = unknown.map(|it| (it.proposals.len(), it.help.is_some())).collect();
        assert_eq!(fixes, [(usize::from(is_fixed), true)], "{line} {config}");
    }
}

#[test]
fn helper_names_are_not_reported() {
    check_config("from os import environ as env\nname = env.get('N', 'x')\nproc_name = name", &[]);
    check_config("TIMEOUT = 30\ntimeout = TIMEOUT", &[]);
    check_config("_worker = 1\ncores = 2\ndef helper():\n    pass", &[]);
    check_config("workers: int = 4", &[]);
    check_config("max_workers = 9\nworkers = 4", &[]);
    check_config("from x import pid, preload", &[]);
}

#[test]
fn values_that_gunicorn_refuses_are_reported_where_they_stand() {
    let rejected = "gunicorn-rejected-value";
    check_config("workers = 1.5 * 2", &[(rejected, "1.5 * 2")]);
    check_config("bind = 8000", &[(rejected, "8000")]);
    check_config("timeout = None", &[(rejected, "None")]);
    check_config("forwarded_allow_ips = ['*']", &[(rejected, "['*']")]);
    check_config("preload_app = 'yes'", &[(rejected, "'yes'")]);
    check_config("def pre_fork(server):\n    pass", &[(rejected, "pre_fork")]);
}

#[test]
fn a_config_file_that_fails_is_reported() {
    check_config(
        "import os\nraise SystemExit(1)",
        &[("gunicorn-config-fails", "raise SystemExit(1)")],
    );
}

#[test]
fn a_config_file_that_replaces_web_concurrency_is_reported() {
    let line = "WEB_CONCURRENCY=3 gunicorn a:b";
    let expected = [("web-concurrency-overridden", "3")];
    check(line, &[(CONFIG, "workers = 2")], &expected);
    let reads = "import os\nworkers = int(os.environ.get('WEB_CONCURRENCY', 2)) * 2";
    check(line, &[(CONFIG, reads)], &[]);
    check_setting(line, &[(CONFIG, reads)], "workers", "6");
}

#[test]
fn workers_computed_from_the_cpus_are_marked() {
    let text = "import multiprocessing as m\nworkers = m.cpu_count() * 2 + 1\n";
    let start = start("gunicorn a:b", &[(CONFIG, text)]);
    let fact = |id| start.resolved.facts.get(id).map(|it| it.state.to_string());
    assert_eq!(fact(vocabulary::WORKERS).as_deref(), Some("9"));
    assert_eq!(fact(vocabulary::WORKERS_FROM_CPU_COUNT).as_deref(), Some("true"));
}

#[test]
fn earlier_assignments_of_a_file_are_kept() {
    let start = start("gunicorn a:b -w 5", &[(CONFIG, "workers = 2\nworkers = 3\n")]);
    let workers = &start.resolved.settings["workers"];
    let losers: Vec<_> = workers.overridden.iter().map(|it| it.state.to_string()).collect();
    assert_eq!(losers, ["3", "2", "1"]);
}

#[test]
fn a_branch_that_nothing_decides_gives_a_range() {
    let text = "import random\nworkers = 2\nif random.random() > 0.5:\n    workers = 4\n";
    check_setting("gunicorn a:b", &[(CONFIG, text)], "workers", "2..4");
    let text = "import random\nif random.random() > 0.5:\n    workers = 4\n";
    check_setting("gunicorn a:b", &[(CONFIG, text)], "workers", "1..4");
}

proptest::proptest! {
    #[test]
    fn any_words_give_every_setting(
        words in proptest::collection::vec("(-{0,2}[a-z_]{0,9}=?)?\\PC{0,9}", 0..6),
        variable in "(-{0,2}[a-z]{0,5})?\\PC{0,20}",
    ) {
        let blanks = |it: &String| it.replace([' ', '='], "\u{a0}");
        let line: Vec<_> = words.iter().map(blanks).collect();
        let line = format!("GUNICORN_CMD_ARGS={} gunicorn {}", blanks(&variable), line.join(" "));
        let start = start(&line, &[("gunicorn.conf.py", &variable)]);
        assert_eq!(start.resolved.settings.len(), SETTINGS.len());
    }
}

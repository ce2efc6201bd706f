//! One answer for several deployments and several projects.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use opslint::analysis::{Analysis, Checked, Judgement, Options, Scope};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::workspace::MemoryFiles;

fn check(files: MemoryFiles) -> Checked {
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let analysis = Analysis::open(files, Options::with_policy(policy)).unwrap();
    analysis.check(&Scope::default(), &today()).unwrap()
}

fn today() -> Judgement {
    Judgement::on(Date::from_iso("2026-11-23").unwrap())
}

fn fly(memory_mb: u32) -> String {
    format!(
        "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n[http_service]\n\
         internal_port = 8000\n[[vm]]\nmemory = \"{memory_mb}mb\"\ncpus = 1\n"
    )
}

/// Three manifests share one file, and two of them have the same memory.
#[test]
fn what_is_true_for_several_deployments_is_said_once_and_names_them_all() {
    let files = MemoryFiles::new()
        .with("fly.b.toml", fly(512))
        .with("fly.c.toml", fly(256))
        .with("fly.toml", fly(512))
        .with("gunicorn.conf.py", "workers = 9\n");
    let Checked { outcome, sources, .. } = check(files);
    let found: Vec<_> =
        outcome.diagnostics.iter().filter(|it| it.rule == "memory-overcommit").collect();
    let deployments: Vec<_> = found.iter().map(|it| it.deployments.join(" ")).collect();
    assert_eq!(deployments, ["fly.c.toml", "fly.b.toml fly.toml"]);
    let places = |it: &opslint::diagnostic::Diagnostic| {
        let mut paths: Vec<_> =
            it.related.iter().map(|it| sources.file(it.span.file).path().to_owned()).collect();
        paths.dedup();
        paths.join(" ")
    };
    assert_eq!(places(found[1]), "fly.b.toml fly.toml");
    let said: Vec<_> =
        outcome.diagnostics.iter().map(|it| (&it.rule, it.primary.span, &it.message)).collect();
    for (idx, it) in said.iter().enumerate() {
        assert!(!said[..idx].contains(it), "{it:?} is said twice");
    }
}

/// Whoever asks second, and in whichever syntax, learns what is wrong with a file.
#[test]
fn a_file_that_two_projects_read_has_its_problems_in_both() {
    let dockerfile = "FROM python:3.13\nCMD [\"gunicorn\", \"shop.wsgi\"]\nNOSUCH thing\n";
    let fly = "app = \"a\"\n[build]\ndockerfile = \"../Dockerfile\"\n";
    let files = MemoryFiles::new()
        .with("Dockerfile", dockerfile)
        .with("a/fly.toml", fly)
        .with("b/fly.toml", fly);
    let outcome = check(files).outcome;
    let about = outcome.diagnostics.iter().filter(|it| it.rule == "syntax-error").count();
    assert_eq!(about, 1);
    let only_b = MemoryFiles::new().with("Dockerfile", dockerfile).with("b/fly.toml", fly);
    let alone = check(only_b).outcome;
    assert_eq!(alone.diagnostics.iter().filter(|it| it.rule == "syntax-error").count(), 1);
}

/// How many threads there are is nobody's business but the clock's.
#[test]
fn the_bytes_of_a_report_do_not_depend_on_the_number_of_threads() {
    let said = |threads: &str, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
            .args(arguments)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"))
            .env_clear()
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        (output.status.code(), output.stdout, output.stderr)
    };
    for arguments in [
        &["check", "--format", "json"][..],
        &["check", "--show-undecided"],
        &["check", "--format", "sarif", "--no-suppressions"],
        &["resolve", "--format", "json"],
    ] {
        let alone = said("1", arguments);
        assert!(alone.1.len() > 100);
        for threads in ["2", "8"] {
            assert!(alone == said(threads, arguments), "{arguments:?} with {threads} threads");
        }
    }
}

//! The whole pipeline on small trees of files, one of which is the input.

use std::sync::{Arc, OnceLock};

use opslint::analysis::{
    Analysis, BaselineUse, ConfigFile, ConfigOptions, Judgement, Options, Scope,
};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::report::{
    Format, ListedSettings, ReportOptions, ResolvedFormat, ResolvedOptions, ShowSecrets, Shown,
    show_config, starting_config, write, write_resolved,
};
use opslint::visible::is_hidden;
use opslint::workspace::MemoryFiles;

/// What stands before each file of an input that is a tree of files.
pub(crate) const FILE_MARK: &str = "=== ";

/// Formats whose text is one JSON document.
const JSON: [Format; 4] = [Format::Json, Format::Sarif, Format::Gitlab, Format::Rdjson];

pub(super) fn policy() -> Arc<Policy> {
    static POLICY: OnceLock<Arc<Policy>> = OnceLock::new();
    let load = || Arc::new(Policy::builtin(&mut Vec::new()));
    Arc::clone(POLICY.get_or_init(load))
}

/// gunicorn.conf.py of a process.
pub(super) fn gunicorn_config(text: &str) {
    check(&[("Procfile", "web: gunicorn shop.wsgi\n"), ("gunicorn.conf.py", text)]);
}

/// Settings of Django.
pub(super) fn settings(text: &str) {
    let wsgi = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n";
    let procfile = ("Procfile", "web: gunicorn shop.wsgi\n");
    check(&[procfile, ("shop/wsgi.py", wsgi), ("shop/settings.py", text)]);
}

/// A script that a command starts.
pub(super) fn start_script(text: &str) {
    check(&[("Procfile", "web: sh start.sh a b\n"), ("start.sh", text)]);
}

/// The Dockerfile of an image, with something to copy.
pub(super) fn image(text: &str) {
    let fly = "app = \"shop\"\n[http_service]\ninternal_port = 8080\n";
    check(&[
        ("fly.toml", fly),
        ("Dockerfile", text),
        ("start.sh", "exec gunicorn shop.wsgi -b :$PORT\n"),
        ("gunicorn.conf.py", "workers = 2\n"),
        (".dockerignore", "*.md\n"),
    ]);
}

/// nginx in front of a server.
pub(super) fn proxy(text: &str) {
    let procfile = "web: bin/start-nginx gunicorn shop.wsgi\n";
    check(&[("Procfile", procfile), ("config/nginx.conf.erb", text)]);
}

/// Caddy in front of a server.
pub(super) fn caddy(text: &str) {
    let compose = "services:\n  web:\n    build: .\n    restart: always\n  front:\n    image: caddy\n    \
                   volumes: [\"./Caddyfile:/etc/caddy/Caddyfile\", \"./more:/etc/caddy/more\"]\n";
    check(&[
        ("compose.prod.yaml", compose),
        ("Dockerfile", "FROM python:3.13\nCMD gunicorn shop.wsgi -b :8000\n"),
        ("Caddyfile", text),
        ("more/a.caddy", text),
    ]);
}

/// HAProxy in front of a server.
pub(super) fn haproxy(text: &str) {
    let compose = "services:\n  web:\n    build: .\n    restart: always\n  front:\n    image: haproxy\n    \
                   volumes: [\"./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg\"]\n";
    check(&[
        ("compose.prod.yaml", compose),
        ("Dockerfile", "FROM python:3.13\nCMD gunicorn shop.wsgi -b :8000\n"),
        ("haproxy.cfg", text),
    ]);
}

/// A tree of files: each stands behind a line with its path.
pub(super) fn files(text: &str) {
    check(&tree(text));
}

/// The files of an input; none before the first mark.
pub(super) fn tree(text: &str) -> Vec<(&str, &str)> {
    let mut files = Vec::new();
    let mut rest = text;
    while let Some(start) = next_mark(rest) {
        rest = &rest[start + FILE_MARK.len()..];
        let (path, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        let end = next_mark(behind).unwrap_or(behind.len());
        // No file system has files of other names.
        let is_name = path.split('/').all(|it| !matches!(it, "" | "." | ".."));
        if is_name && !path.contains('\0') {
            files.push((path, &behind[..end]));
        }
        rest = &behind[end..];
    }
    files
}

/// Where the next mark begins a line.
fn next_mark(text: &str) -> Option<usize> {
    let starts = |at: &usize| *at == 0 || text.as_bytes()[at - 1] == b'\n';
    text.match_indices(FILE_MARK).map(|it| it.0).find(starts)
}

/// opslint.toml of a project, which may name rules and a baseline.
pub(super) fn config(text: &str) {
    let rule = include_str!("../../../rules/bind-loopback.toml");
    let known = ("known.toml", "version = 1\n");
    configured(&[("opslint.toml", text), ("policy/own.toml", rule), known]);
}

/// A baseline, which counts, and which is written anew.
pub(super) fn baseline(text: &str) {
    configured(&[("opslint.toml", "baseline = \"known.toml\"\n"), ("known.toml", text)]);
}

/// Checks with the configuration that is found.
fn configured(files: &[(&str, &str)]) {
    let manifest = [("Procfile", "web: gunicorn shop.wsgi --bind 127.0.0.1:80\n")];
    let files = memory(manifest.iter().chain(files));
    let config = ConfigOptions { file: ConfigFile::Nearest, ..ConfigOptions::default() };
    let options = Options { paths: vec![".".into()], config, ..Options::default() };
    // A folder that configuration names and that is not there is an error, and no panic.
    let Ok(analysis) = Analysis::open(files, options) else { return };
    let setup = analysis.setup();
    let page = show_config::show_config(&setup.config, &setup.sources, ShowSecrets::Never);
    assert!(page.is_ok(), "{page:?}");
    report(&analysis);
    let write = Judgement { baseline: BaselineUse::Write(None), ..judgement() };
    if let Ok(checked) = analysis.check(&Scope::default(), &write)
        && let Some((_, text)) = checked.new_baseline
    {
        assert!(text.contains("version = "), "{text}");
    }
}

/// Checks with the rules that come with opslint, and prints all there is to print.
fn check(files: &[(&str, &str)]) {
    let analysis = Analysis::open(memory(files.iter()), Options::with_policy(policy()));
    let analysis = analysis.expect("files in memory are there");
    report(&analysis);
    facts(&analysis);
}

pub(super) fn memory<'a>(files: impl Iterator<Item = &'a (&'a str, &'a str)>) -> MemoryFiles {
    files.fold(MemoryFiles::new(), |memory, (path, text)| memory.with(*path, *text))
}

pub(super) fn judgement() -> Judgement {
    Judgement::on(Date::from_iso("2026-11-23").expect("a day"))
}

/// Every report, each what its format says.
pub(super) fn report(analysis: &Analysis) {
    let Ok(checked) = analysis.check(&Scope::default(), &judgement()) else { return };
    for it in &checked.outcome.diagnostics {
        for label in std::iter::once(&it.primary).chain(&it.related) {
            let text = checked.sources.file(label.span.file).text();
            assert!(text.get(label.span.range()).is_some(), "{it:?} is not in its file");
        }
    }
    let shown = Shown::outcome(checked.outcome, &checked.sources, ShowSecrets::Never);
    for format in Format::ALL {
        let mut out = Vec::new();
        write(&mut out, *format, &shown, &ReportOptions::default()).expect("memory takes all");
        let text = String::from_utf8(out).expect("reports are UTF-8");
        match format {
            it if JSON.contains(it) => is_json(&text),
            Format::Jsonl => text.lines().for_each(is_json),
            Format::Github => {}
            _ => is_for_people(&text),
        }
    }
}

/// What processes run with, as people and programs read it, and the configuration to start from.
fn facts(analysis: &Analysis) {
    let facts = analysis.facts();
    let secrets = &facts.secrets;
    let shown = Shown::projects(facts.projects, &facts.sources, secrets, ShowSecrets::Never);
    for (format, _, _) in ResolvedFormat::ALL {
        let options = ResolvedOptions {
            report: ReportOptions::default(),
            process: None,
            settings: ListedSettings::All,
            // Each other world would spend the budget of a project again.
            worlds: None,
        };
        let mut out = Vec::new();
        write_resolved(&mut out, format, &shown, &options).expect("memory takes all");
        let text = String::from_utf8(out).expect("reports are UTF-8");
        match format {
            ResolvedFormat::Json => is_json(&text),
            ResolvedFormat::Human => is_for_people(&text),
        }
    }
    let start = starting_config(&shown);
    assert!(start.is_ok(), "{start:?}");
}

pub(super) fn is_json(text: &str) {
    let read: Result<serde_json::Value, _> = serde_json::from_str(text);
    assert!(read.is_ok(), "{read:?}: {text}");
}

/// No character acts on a terminal, and no line on a CI server. A diff keeps the tabs of a file.
pub(super) fn is_for_people(text: &str) {
    let hidden = text.chars().find(|it| !matches!(it, '\n' | '\t') && is_hidden(*it));
    assert!(hidden.is_none(), "{hidden:?} in {text:?}");
    let command = text.lines().find(|it| it.trim_start().starts_with("::") || it.contains("##["));
    assert!(command.is_none(), "{command:?}");
}

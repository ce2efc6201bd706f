//! One answer for several deployments and several projects.

use opslint::outcome::Outcome;
use opslint::policy::Policy;
use opslint::run::{self, Surroundings};
use opslint::source::SourceMap;
use opslint::workspace::{MemoryFiles, Workspace};

fn check(files: &MemoryFiles) -> (Outcome, SourceMap) {
    let policy = Policy::builtin(&mut Vec::new(), &mut SourceMap::new());
    let mut workspace = Workspace::new(files);
    let paths: Vec<String> = files.paths().into_iter().map(str::to_owned).collect();
    let outcome = run::check(&mut workspace, &paths, &Surroundings::default(), &policy);
    (outcome, workspace.sources)
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
    let (outcome, sources) = check(&files);
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
    let (outcome, _) = check(&files);
    let about = outcome.diagnostics.iter().filter(|it| it.rule == "syntax-error").count();
    assert_eq!(about, 1);
    let only_b = MemoryFiles::new().with("Dockerfile", dockerfile).with("b/fly.toml", fly);
    let alone = check(&only_b).0;
    assert_eq!(alone.diagnostics.iter().filter(|it| it.rule == "syntax-error").count(), 1);
}

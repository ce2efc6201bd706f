//! Outcomes that tests of several formats print.

use std::sync::Arc;

use crate::diagnostic::{
    Asked, Confidence, Diagnostic, Label, Missing, Severity, Undecided, UsedFact,
};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::outcome::Outcome;
use crate::report::options::RuleInfo;
use crate::source::{SourceMap, Span};

/// The span of the first `part` in a file.
pub(super) fn span(sources: &SourceMap, path: &str, part: &str) -> Span {
    let file = sources.id(path).unwrap();
    let start = sources.file(file).text().find(part).unwrap();
    Span::new(file, start, start + part.len())
}

/// One diagnostic with a label on `part` of a text.
pub(super) fn one(path: &str, text: &str, part: &str) -> (SourceMap, Outcome) {
    let mut sources = SourceMap::new();
    sources.add(path, text);
    let label = Label::new(span(&sources, path, part), "here");
    let it = Diagnostic::new("some-rule", Severity::Warning, "something is off", label);
    (sources, of(vec![it]))
}

/// An outcome of three files and five processes.
pub(super) fn of(diagnostics: Vec<Diagnostic>) -> Outcome {
    Outcome { diagnostics, files: 3, processes: 5, ..Outcome::default() }
}

/// A shop on Fly.io whose nine workers do not fit, and a rule that could not be decided.
pub(super) fn shop() -> (SourceMap, Outcome) {
    let mut sources = SourceMap::new();
    let conf = "import multiprocessing\n\nworkers = multiprocessing.cpu_count() * 2 + 1\n";
    sources.add("gunicorn.conf.py", conf);
    let fly = "app = \"shop\"\n\n[processes]\n  web = \"gunicorn shop.wsgi\"\n\n[http_service]\n  \
               internal_port = 8080\n\n[[vm]]\n  cpus = 4\n  memory = \"512mb\"\n";
    sources.add("fly.toml", fly);
    let unknown = Unknown::new(
        "`$WEB_CONCURRENCY` is set nowhere in this project",
        "`WEB_CONCURRENCY` under `[env]` in opslint.toml",
    );
    let undecided = Undecided {
        rule: "too-many-workers".into(),
        asked: Some(Arc::new(Asked {
            deployment: "Procfile".to_owned(),
            process: Some("web".to_owned()),
        })),
        span: Span::start_of(sources.add("Procfile", "web: gunicorn app\n")),
        missing: [Missing { name: "workers".into(), unknown }].into(),
    };
    let outcome = Outcome { undecided: vec![undecided], ..of(vec![overcommit(&sources)]) };
    (sources, outcome)
}

/// The diagnostic of [`shop`].
pub(super) fn overcommit(sources: &SourceMap) -> Diagnostic {
    let computed = span(sources, "gunicorn.conf.py", "multiprocessing.cpu_count() * 2 + 1");
    let message = "9 workers need about 1,152 MB, the machine has 512 MB";
    let label = Label::new(computed, "9: this machine shows 4 CPUs");
    let mut it = Diagnostic::new("memory-overcommit", Severity::Error, message, label)
        .with_help("set `workers = 3`, or `memory = \"2gb\"`")
        .with_related(span(sources, "fly.toml", "\"512mb\""), "all of process `web` runs in this");
    it.why =
        Some("The kernel kills workers when memory runs out; requests in flight are lost.".into());
    it.url = Some("https://opslint.example/rules#memory-overcommit".into());
    it.deployments = vec!["fly.toml".into()];
    it.process = Some("web".into());
    it.confidence = Confidence::Assumed;
    let cpus = Origin::new(OriginKind::Platform, "Fly.io shared-cpu-4x");
    let workers = Origin::written(computed, "`workers` in gunicorn.conf.py")
        .with_input("cpu_count()", Fact::known(Value::Int(4), cpus));
    let assumed = Origin::new(OriginKind::Assumed, "128 MB per worker (Django)");
    it.facts = vec![
        UsedFact { name: "workers".into(), fact: Fact::known(Value::Int(9), workers).into() },
        UsedFact {
            name: "memory_per_worker_mb".into(),
            fact: Fact::known(Value::Int(128), assumed).into(),
        },
    ];
    it
}

/// What the rules of [`shop`] say of themselves, one of them off.
pub(super) fn rules() -> Vec<RuleInfo> {
    let rule = |id: &str, severity| RuleInfo {
        id: id.to_owned(),
        summary: "the workers need more memory than the machine has".to_owned(),
        why: "The kernel kills workers when memory runs out.\n\nRequests in flight are lost."
            .into(),
        help: "set at most {machine.memory_mb / memory_per_worker_mb} workers".to_owned(),
        url: Some(format!("https://opslint.example/rules#{id}")),
        severity,
    };
    vec![rule("memory-overcommit", Some(Severity::Error)), rule("too-many-workers", None)]
}

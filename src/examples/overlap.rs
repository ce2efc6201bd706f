//! Two rules that say one thing: both fire at the same place, as badly, on the example of one.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::analysis::{Analysis, Options, Scope};
use crate::policy::Policy;
use crate::workspace::MemoryFiles;

use super::{EXAMPLE_DAY, without_marks};
use crate::analysis::Judgement;
use crate::platforms::Date;

/// Pairs that say different things of one place, each with the reason.
const DIFFERENT: &[(&str, &str, &str)] = &[
    (
        "beat-stops-when-idle",
        "jobs-beside-server",
        "a schedule that stops with the machine, and jobs that nothing starts again",
    ),
    ("check-asks-port-variable", "proxy-headers-not-trusted", "a port and a header of one server"),
    ("check-asks-port-variable", "keepalive-below-router", "a port and a time of one server"),
    ("default-grace-above-kill", "heartbeat-on-disk", "two settings that one server lacks"),
    ("default-grace-above-kill", "proxy-headers-not-trusted", "as above"),
    ("deploy-without-check", "single-request-server", "a check and workers that one service lacks"),
    ("gunicorn-invalid-bind", "fixed-port", "a port that is none, and one that ignores `$PORT`"),
    ("health-check-missing", "https-not-forced", "two keys that one service lacks"),
    (
        "health-check-redirected-by-django",
        "https-redirect-loop",
        "the check follows no redirect, and a header alone does not end that",
    ),
    ("no-worker-recycling", "stop-signal-unset", "two settings that one process lacks"),
    ("recycling-slower-than-growth", "max-requests-without-jitter", "how often, and all at once"),
    (
        "server-not-installed",
        "memory-overcommit",
        "a program that is absent, and what it would take",
    ),
    (
        "scheduler-in-each-worker",
        "scheduler-stops-when-idle",
        "too many of one scheduler while it runs, and times when none does",
    ),
    (
        "responses-above-router-timeout",
        "concurrency-above-server",
        "how long requests took, and how many come at once",
    ),
    ("uwsgi-protocol-behind-router", "fixed-port", "a protocol and a port"),
];

#[test]
fn no_two_rules_say_one_thing() {
    let mut broken = Vec::new();
    let policy = Arc::new(Policy::builtin_with_examples(&mut broken));
    let day = Date::from_iso(EXAMPLE_DAY).expect("a day");
    let mut pairs = BTreeSet::new();
    for rule in &policy.rules {
        for example in rule.examples.iter().filter(|it| it.fails) {
            let files = example.files.iter().fold(MemoryFiles::new(), |files, (path, text)| {
                files.with(path.clone(), without_marks(path, &text.value).0)
            });
            let analysis = Analysis::open(files, Options::with_policy(Arc::clone(&policy)));
            let analysis = analysis.expect("files in memory are there");
            let checked = analysis.check(&Scope::default(), &Judgement::on(day)).expect("it runs");
            let found = &checked.outcome.diagnostics;
            let own = found.iter().filter(|it| it.rule == rule.id);
            for it in own {
                let same = found.iter().filter(|other| {
                    other.rule != it.rule
                        && other.primary.span == it.primary.span
                        && other.severity == it.severity
                        && (other.process == it.process
                            || other.process.is_none()
                            || it.process.is_none())
                });
                for other in same {
                    pairs.insert((
                        rule.id.clone(),
                        other.rule.clone(),
                        it.message.clone(),
                        other.message.clone(),
                    ));
                }
            }
        }
    }
    let is_listed = |a: &str, b: &str| {
        DIFFERENT.iter().any(|(x, y, _)| (a, b) == (*x, *y) || (b, a) == (*x, *y))
    };
    pairs.retain(|(a, b, ..)| !is_listed(a, b));
    assert!(pairs.is_empty(), "{} pairs:\n{pairs:#?}", pairs.len());
}

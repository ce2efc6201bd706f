//! A machine is not taken for granted where the project's own numbers speak against it.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check};

/// The lines that settle what is assumed, and the reasons of what is open.
fn said(folder: &Folder) -> (String, String) {
    let report = check(folder, &["--format", "json", "--fail-on", "never"], 0);
    let report: Value = serde_json::from_str(&report).unwrap();
    let lines = report["assumptions"].as_array().unwrap().iter();
    let lines: Vec<&str> = lines.map(|it| it["settle_with"].as_str().unwrap()).collect();
    (lines.join("\n"), report["undecided"].to_string())
}

#[test]
fn a_heap_above_the_memory_is_on_another_machine() {
    let fly = |megabytes: u32| {
        Folder::new(&format!("contradicted-heap-{megabytes}")).with(
            "fly.toml",
            format!(
                "app = \"shop\"\n[env]\nNODE_OPTIONS = \"--max-old-space-size={megabytes}\"\n\
                 [http_service]\ninternal_port = 8080\n"
            ),
        )
    };
    assert!(said(&fly(128)).0.contains("machine.memory_mb = 256"));
    let (lines, open) = said(&fly(1848));
    assert!(!lines.contains("memory_mb"), "{lines}");
    assert!(open.contains("let the heap have 1848 MB, and the usual machine has 256"), "{open}");
}

/// Dynos of one app are of one kind.
#[test]
fn workers_that_may_grow_above_the_memory_are_on_another_plan() {
    let heroku = |megabytes: u32| {
        Folder::new(&format!("contradicted-rss-{megabytes}"))
            .with("Procfile", "web: uwsgi uwsgi.ini\nworker: celery -A shop worker\n")
            .with("requirements.txt", "celery\nuwsgi\n")
            .with(
                "uwsgi.ini",
                format!(
                    "[uwsgi]\nhttp-socket = :$(PORT)\nmodule = shop\nprocesses = 4\n\
                     reload-on-rss = {megabytes}\n"
                ),
            )
    };
    let lines = said(&heroku(100)).0;
    assert!(lines.contains("processes.worker.plan = \"basic\""), "{lines}");
    let (lines, open) = said(&heroku(135));
    assert!(!lines.contains("plan"), "{lines}");
    assert!(open.contains("the workers together have 540 MB"), "{open}");
}

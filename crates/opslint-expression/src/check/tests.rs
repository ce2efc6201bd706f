//! Mistakes in expressions: each is said once, where it is.

use super::*;

fn names() -> Names {
    Names {
        facts: true,
        processes: true,
        it: Some(Ty::Any),
        formats: Some(&["procfile", "fly", "render", "app-json"]),
    }
}

#[track_caller]
fn check(text: &str, message: &str, at: &str, help: Option<&str>) {
    let mistakes = compile(text, &names()).expect_err(text);
    let first = &mistakes[0];
    assert_eq!(first.message, message);
    assert_eq!(&text[first.range.clone()], at);
    assert_eq!(first.help.as_deref(), help);
}

#[track_caller]
fn check_good(text: &str) {
    if let Err(mistakes) = compile(text, &names()) {
        panic!("{text}: {mistakes:?}");
    }
}

#[test]
fn an_unknown_name_gets_the_nearest_one() {
    check(
        "worker <= machine.cpus",
        "there is no fact `worker`",
        "worker",
        Some("did you mean `workers`?"),
    );
    check(
        "machine.memory > 1",
        "there is no fact `machine.memory`",
        "machine.memory",
        Some("did you mean `machine.memory_mb`?"),
    );
}

#[test]
fn units_must_agree() {
    check(
        "workers > 1 && timeout_s > machine.memory_mb",
        "a comparison of seconds and megabytes means nothing",
        "timeout_s > machine.memory_mb",
        None,
    );
    check(
        "timeout_s + workers > 1",
        "`+` of seconds and a count means nothing",
        "timeout_s + workers",
        None,
    );
    check_good("workers * memory_per_worker_mb <= machine.memory_mb");
    check_good("machine.memory_mb / memory_per_worker_mb >= workers");
    check_good("timeout_s * 2 > 60.5 && max(timeout_s, graceful_timeout_s) < 30");
}

#[test]
fn types_must_agree() {
    check("server == 3", "text cannot be compared with a number", "server == 3", None);
    check("workers && preload", "`&&` needs true or false, this is a count", "workers", None);
    check("server + 1", "`+` needs numbers, this is text", "server", None);
    check(
        "workers.x",
        "there is no fact `workers.x`",
        "workers.x",
        Some("`opslint facts` lists the names"),
    );
}

#[test]
fn a_comparison_that_is_never_true_is_a_mistake() {
    check(
        r#"server == "gunicron""#,
        "the fact is never `\"gunicron\"`",
        "\"gunicron\"",
        Some("did you mean `\"gunicorn\"`?"),
    );
    check(
        r#"kind in ["web", "job"]"#,
        "the fact is never `\"job\"`",
        "\"job\"",
        Some(
            "it is one of: web, worker, release, cron, function, proxy, database, broker, cache, console, service",
        ),
    );
}

#[test]
fn functions_are_checked() {
    check(
        "mn(workers, 2)",
        "there is no function `mn`",
        "mn(workers, 2)",
        Some("did you mean `min`?"),
    );
    check(
        "percent(workers)",
        "`percent` takes 2 arguments, but 1 is given",
        "percent(workers)",
        None,
    );
    check(
        "matches(command, \"(\")",
        "the pattern is wrong: found open group without closing ')'",
        "\"(\"",
        None,
    );
    check_good("command.matches('gunicorn .*') && size(bind) > 0");
}

#[test]
fn processes_have_the_facts_of_a_process() {
    check_good(
        "sum(processes.filter(p, p.kind == 'web').map(p, p.workers)) <= database.connections_max",
    );
    check(
        "processes.exists(p, p.wrkers > 1)",
        "there is no fact `wrkers`",
        "p.wrkers",
        Some("did you mean `workers`?"),
    );
}

#[test]
fn values_of_files_may_be_anything() {
    check_good("file.fly.http_service.internal_port == 8080 && it.memory != null");
    check_good("mb(it.memory) == it.memory_mb");
}

//! What apprunner.yaml says of the service that App Runner starts.

use opslint::analysis::{Analysis, Options};
use opslint::vocabulary::FactId;
use opslint::workspace::MemoryFiles;

use crate::hosting::check as check_home;
use crate::refusals::refusals;

/// A file with a runtime and what stands under `run`.
fn file(runtime: &str, run: &str) -> String {
    format!(
        "version: 1.0\nruntime: {runtime}\nbuild: {{commands: {{build: [make]}}}}\nrun:\n{run}\n"
    )
}

/// A fact of the service.
fn of(text: &str, id: &str) -> String {
    let files = MemoryFiles::new().with("apprunner.yaml", text);
    let answer = Analysis::open(files, Options::plain()).expect("the file is there").facts();
    let id = FactId::from_name(id).expect("a fact");
    let fact = answer.projects[0].deployments[0].processes[0].facts.get(id);
    fact.map_or("absent".to_owned(), |it| match it.value() {
        Some(value) => value.to_string(),
        None => "unknown".to_owned(),
    })
}

#[test]
fn a_command_is_known_where_no_shell_would_change_it() {
    let server = |command: &str| of(&file("python311", &format!("  command: {command}")), "server");
    assert_eq!(server("gunicorn shop.wsgi"), "gunicorn");
    assert_eq!(server("'gunicorn \"shop.wsgi\"'"), "gunicorn");
    assert_eq!(server("sh -c 'exec gunicorn shop.wsgi --bind :$PORT'"), "gunicorn");
    for command in [
        "gunicorn shop.wsgi && true",
        "gunicorn shop.wsgi --bind :$PORT",
        "gunicorn shop.wsgi | tee log",
        "WORKERS=2 gunicorn shop.wsgi",
        "''",
        "[gunicorn, shop.wsgi]",
    ] {
        assert_eq!(server(command), "unknown", "{command}");
    }
}

#[test]
fn the_port_is_a_variable_under_one_name_or_two() {
    let port = |command: &str, network: &str| {
        let run = format!("  command: sh -c 'exec gunicorn shop.wsgi {command}'\n{network}");
        of(&file("python311", &run), "port")
    };
    assert_eq!(port("--bind 0.0.0.0:$PORT", ""), "8080");
    assert_eq!(port("--bind 0.0.0.0:$PORT", "  network: {port: 8000}"), "8000");
    let named = "  network: {port: '8000', env: APP_PORT}";
    assert_eq!(port("--bind 0.0.0.0:$APP_PORT", named), "8000");
    assert_eq!(port("--bind 0.0.0.0:$PORT", named), "8000");
    // gunicorn reads the variable by itself.
    assert_eq!(port("", ""), "8080");
    // The file says another value, and App Runner does not say which of the two counts.
    assert_eq!(port("", "  env: [{name: PORT, value: '8080'}]"), "8080");
    assert_eq!(port("", "  env: [{name: PORT, value: '9000'}]"), "unknown");
}

#[test]
fn variables_and_secrets_reach_the_server() {
    let workers = |run: &str| {
        of(&file("python311", &format!("  command: gunicorn shop.wsgi\n{run}")), "workers")
    };
    assert_eq!(workers(""), "1");
    assert_eq!(workers("  env: [{name: WEB_CONCURRENCY, value: '4'}]"), "4");
    assert_eq!(workers("  secrets: [{name: WEB_CONCURRENCY, value-from: arn}]"), "unknown");
    assert_eq!(workers("  env: [{name: WEB_CONCURRENCY}, {value: 4}, 5]"), "unknown");
}

#[test]
fn runtimes_have_versions() {
    let python = |runtime: &str, version: &str| {
        let run = format!("  command: gunicorn shop.wsgi\n{version}");
        of(&file(runtime, &run), "runtime.python")
    };
    assert_eq!(python("python3", ""), "3.8");
    assert_eq!(python("python3", "  runtime-version: 3.7.16"), "3.7.16");
    assert_eq!(python("python3", "  runtime-version: 3"), "3.8");
    assert_eq!(python("python311", ""), "3.11");
    assert_eq!(python("python311", "  runtime-version: '3.11.9'"), "3.11.9");
    // The number 3.1 is no version that anybody means.
    assert_eq!(python("python3", "  runtime-version: 3.10"), "absent");
    assert_eq!(python("go1", ""), "absent");
    let other = |runtime: &str, id: &str| of(&file(runtime, "  command: ./serve"), id);
    assert_eq!(other("nodejs18", "runtime.language"), "node");
    assert_eq!(other("nodejs18", "runtime.version"), "18");
    assert_eq!(other("nodejs18", "runtime.version_status"), "ended");
    assert_eq!(other("ruby31", "runtime.version"), "3.1");
    assert_eq!(other("corretto11", "runtime.version"), "absent");
}

#[test]
fn what_the_file_does_not_say_is_assumed_or_not_known() {
    let text = file("python311", "  command: gunicorn shop.wsgi");
    for (id, value) in [
        ("kind", "web"),
        ("router.request_timeout_s", "120"),
        ("router.soft_limit", "100"),
        ("machine.cpus", "1"),
        ("machine.memory_mb", "2048"),
        ("scale.min", "1"),
        ("scale.max", "unknown"),
        ("shutdown.grace_s", "absent"),
        ("health_check.path", "none"),
    ] {
        assert_eq!(of(&text, id), value, "{id}");
    }
}

#[test]
fn values_of_another_type_and_missing_keys_are_refused() {
    let check = |text: &str, count: usize| {
        let found = refusals("apprunner.yaml", text);
        assert_eq!(found.len(), count, "{text}: {found:?}");
    };
    check(&file("python311", "  command: gunicorn shop.wsgi"), 0);
    check(&file("python311", "  network: {port: 8000}"), 1);
    check(&file("python311", "  command: [gunicorn]"), 1);
    check(&file("python311", "  command: x\n  env: {A: b}"), 1);
    check(&file("python311", "  command: x\n  network: {port: [8000]}"), 1);
    check("version: 1.0\nruntime: python311\n", 2);
    check("", 4);
}

#[test]
fn a_service_of_app_runner_has_its_limits_and_the_defaults() {
    let file = "apprunner.yaml";
    check_home(
        "app-runner-forms",
        &[
            &format!("{file} - platform app-runner"),
            &format!("{file} service kind web"),
            &format!("{file} service server gunicorn"),
            &format!("{file} service workers 3"),
            &format!("{file} service timeout_s 180"),
            &format!("{file} service router.request_timeout_s 120"),
            &format!("{file} service router.port 8000"),
            &format!("{file} service runtime.python 3.11.9"),
            &format!("{file} service machine.memory_mb 2048"),
            &format!("{file} service scale.max unknown"),
        ],
    );
}

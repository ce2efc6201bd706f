//! `opslint measure` from outside: what it writes, what it says, and what it never lets out.

use std::process::Command;

use opslint::report::schema::Schema;

use super::cli::{Folder, check};
use super::schema_oracle::{toml_case, validate};

/// Things that no output may have in it.
const CANARIES: &[&str] =
    &["canary-path", "203.0.113.77", "canary-agent", "canary.example", "4711"];

/// Logs of every kind that have all of them.
const LOG: &str = r#"2026-11-28T15:00:00Z heroku[router]: at=info method=GET path="/canary-path?id=4711" host=canary.example request_id=4711 fwd="203.0.113.77" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https
203.0.113.77 - - [28/Nov/2026:15:00:01 +0000] "GET /canary-path?4711 HTTP/1.1" 200 12 "https://canary.example" "canary-agent"
INFO:     203.0.113.77:51234 - "GET /canary-path HTTP/1.1" 200 OK
{"logger":"http.log.access","ts":1795878000.5,"request":{"remote_ip":"203.0.113.77","host":"canary.example","uri":"/canary-path","headers":{"User-Agent":["canary-agent"]}},"duration":0.25,"status":200}
{"ClientHost":"203.0.113.77","DownstreamStatus":200,"Duration":250000000,"RequestPath":"/canary-path","ServiceName":"canary.example","StartUTC":"2026-11-28T15:00:00.1Z"}
http_request_duration_seconds_bucket{handler="/canary-path",instance="203.0.113.77:80",job="canary.example",le="+Inf"} 8
process_resident_memory_bytes{instance="203.0.113.77:80",job="canary.example"} 1e8
2026-11-28T15:00:02Z app[web.1]: somebody at 203.0.113.77 asks for canary-path with canary-agent
2026-11-28T15:00:02Z app[web.1]: FATAL: sorry, too many clients already, canary.example 4711
{"message":"canary-path 203.0.113.77","who":"canary-agent"}
203.0.113.77 | 203.0.113.77 canary-path
canary.example | {"MemUsage":"1MiB / 2MiB","Name":"203.0.113.77"}
"#;

fn folder(name: &str) -> Folder {
    Folder::new(name).with("Procfile", "web: gunicorn shop.wsgi\n").with("app.log", LOG)
}

#[test]
fn nothing_of_a_log_but_names_and_numbers_comes_out() {
    let folder = folder("measure-canaries");
    let printed = check(&folder, &["measure", "--print", "app.log"], 0);
    let said = check(&folder, &["measure", "app.log"], 0);
    let written = folder.read("opslint.measured.toml");
    assert!(written.contains("[process.\"web\".response-time]"), "{written}");
    for text in [printed, said, written] {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in\n{text}");
        }
    }
}

#[test]
fn what_is_written_fits_its_schema() {
    let folder = folder("measure-schema");
    check(&folder, &["measure", "app.log"], 0);
    let good = folder.read("opslint.measured.toml");
    let bad = good.replace("samples", "sample");
    let cases = [toml_case(Schema::Measured, &good), toml_case(Schema::Measured, &bad)];
    let errors = validate(&cases);
    assert_eq!(errors[0], Vec::<String>::new());
    assert!(!errors[1].is_empty());
}

#[test]
fn a_run_that_fails_writes_nothing() {
    let folder = folder("measure-fails").with("cut.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    let folder = folder.with("other.log", "a\nb\n").with("empty.log", "");
    for arguments in [
        &["measure", "cut.gz", "app.log"][..],
        &["measure", "app.log", "missing.log"],
        &["measure", "no-such-*.log"],
        &["measure", "other.log"],
        &["measure", "empty.log"],
        &["measure", "--process", "nobody", "app.log"],
        &["measure", "--access-format", "$status$bytes", "app.log"],
        &["measure", "."],
        &["measure"],
    ] {
        check(&folder, arguments, 2);
        assert!(!folder.path().join("opslint.measured.toml").exists(), "{arguments:?}");
    }
}

#[test]
fn the_format_of_access_logs_is_that_of_the_project() {
    let line = "200 in 1500 at [28/Nov/2026:15:00:00 +0000]\n";
    let log = line.repeat(20);
    let format = "%(s)s in %(D)s at %(t)s";
    let folder = Folder::new("measure-format")
        .with("Procfile", "web: gunicorn shop.wsgi\n")
        .with("gunicorn.conf.py", format!("access_log_format = '{format}'\n"))
        .with("app.log", &log);
    let printed = check(&folder, &["measure", "--print", "app.log"], 0);
    assert!(printed.contains("p50_s = 0.0015"), "{printed}");
    let folder =
        Folder::new("measure-flag").with("Procfile", "web: gunicorn a:b\n").with("app.log", &log);
    let flag = ["measure", "--print", "--access-format", format, "app.log"];
    assert!(check(&folder, &flag, 0).contains("p50_s = 0.0015"));
    let nginx = "http { log_format timed escape=default '$remote_addr [$time_local] '\n'$status $request_time'; }";
    let folder = Folder::new("measure-nginx")
        .with("Procfile", "web: gunicorn a:b\n")
        .with("config/nginx.conf", nginx)
        .with("app.log", "::1 [28/Nov/2026:15:00:00 +0000] 200 0.250\n");
    let printed = check(&folder, &["measure", "--print", "app.log"], 0);
    assert!(printed.contains("p50_s = 0.25"), "{printed}");
}

/// A file of measurements of a `web` whose instances take so much memory, that ends on a day.
fn measured(p95_mb: u32, until: &str) -> String {
    format!(
        "version = 1\nwritten = \"{until}\"\n[process.web.memory]\nmedian_mb = {p95_mb}.0\n\
         p95_mb = {p95_mb}.0\nmax_mb = {p95_mb}.0\nsource = \"heroku\"\nsamples = 500\n\
         from = \"2026-01-01T00:00:00Z\"\nto = \"{until}T12:00:00Z\"\n"
    )
}

const FLY: &str = "[processes]\nweb = \"gunicorn shop.wsgi --bind 0.0.0.0:8080 --workers 4\"\n\
                   [[vm]]\ncpus = 2\nmemory = \"512mb\"\n";

/// What is shown of the facts, whatever the width of the lines.
fn resolved(folder: &Folder) -> String {
    let text = check(folder, &["resolve", "--today", "2026-11-28"], 0);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_measurement_takes_the_place_of_an_assumption_until_it_is_old() {
    let folder = Folder::new("measure-used").with("fly.toml", FLY);
    assert!(resolved(&folder).contains("assumed: 128 MB per worker"));
    let folder = folder.with("opslint.measured.toml", measured(802, "2026-11-01"));
    let text = resolved(&folder);
    assert!(
        text.contains("201 MB") && text.contains("measured 2026-01-01 to 2026-11-01"),
        "{text}"
    );
    assert!(!text.contains("days ago") && !text.contains("assumed: 128 MB"), "{text}");
    let text = check(&folder, &["check", "--today", "2026-11-28", "--format", "concise"], 1);
    assert!(text.contains("4 workers need about 804 MB"), "{text}");
    let folder = folder.with("opslint.measured.toml", measured(802, "2026-08-01"));
    let text = resolved(&folder);
    assert!(text.contains("119 days ago: measure again"), "{text}");
    let folder = folder.with("opslint.measured.toml", measured(802, "2025-10-01"));
    assert!(resolved(&folder).contains("assumed: 128 MB per worker"));
}

#[test]
fn a_broken_file_of_measurements_is_said() {
    let folder = Folder::new("measure-broken").with("fly.toml", FLY);
    let folder = folder.with("opslint.measured.toml", "version = 7\nwritten = \"2026-11-28\"\n");
    let text = check(&folder, &["check", "--format", "concise"], 2);
    assert!(text.contains("opslint.measured.toml") && text.contains("its version is 7"), "{text}");
}

/// What was measured is a part of what opslint is told: without it, nothing that it says counts.
#[test]
#[cfg(unix)]
fn measurements_that_cannot_be_read_are_a_failure() {
    let special = |name: &str, path: &std::path::Path| match name {
        "a folder" => std::fs::create_dir(path).is_ok(),
        "a FIFO" => Command::new("mkfifo").arg(path).status().is_ok_and(|it| it.success()),
        "a link that leads nowhere" => std::os::unix::fs::symlink("nowhere", path).is_ok(),
        "UTF-16" => std::fs::write(path, b"\xFF\xFEa\0=\0").is_ok(),
        _ => std::os::unix::fs::symlink("/etc/passwd", path).is_ok(),
    };
    // Nobody looks above the folder that is checked.
    let above = Folder::new("measure-above").with("shop/fly.toml", FLY);
    let above = above.with("opslint.measured.toml", "version = 7\n");
    check(&above, &["check", "shop", "--fail-on", "never"], 0);
    for name in
        ["a folder", "a FIFO", "a link that leads nowhere", "UTF-16", "a link that leads out"]
    {
        let folder = Folder::new("measure-unreadable").with("fly.toml", FLY);
        assert!(special(name, &folder.path().join("opslint.measured.toml")), "{name}");
        for arguments in [
            ["check", "--format", "concise", "--fail-on", "never"].as_slice(),
            &["resolve"],
            &["plan"],
        ] {
            let output = Command::new(env!("CARGO_BIN_EXE_opslint"))
                .args(arguments)
                .current_dir(folder.path())
                .output()
                .expect("it runs");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
            assert!(said.contains("opslint.measured.toml") && said.contains(name), "{said}");
        }
    }
}

/// Two dynos whose workers were measured: 2 × 2 × 60 / 0.3 s are 800 requests a minute.
const USED: &str = "version = 1\nwritten = \"2026-11-28\"\n\
[process.web.memory]\nmedian_mb = 380.0\np95_mb = 400.0\nmax_mb = 420.0\nworkers = 2\n\
source = \"heroku\"\nsamples = 500\n\
[process.web.response-time]\nmean_s = 0.3\np50_s = 0.2\np95_s = 0.9\np99_s = 2.0\n\
source = \"heroku\"\nsamples = 500\n\
[process.web.requests]\ncount = 9000\nerrors = 0\nmean_per_minute = 100.0\npeak_per_minute = 600\n\
source = \"heroku\"\nsamples = 9000\n";

#[test]
fn a_plan_takes_what_was_measured_unless_others_are_asked_for() {
    let folder = Folder::new("measure-plan")
        .with("Procfile", "web: gunicorn shop.wsgi --workers 2\n")
        .with(
            "opslint.toml",
            "[deployments.Procfile]\nplatform = \"heroku\"\n\
             [deployments.Procfile.processes.web]\nplan = \"standard-1x\"\ninstances = 2\n",
        )
        .with("opslint.measured.toml", USED);
    let on = |today: &str, more: &[&str]| {
        let arguments = [&["plan", ".", "--format", "json", "--today", today], more].concat();
        let plan: serde_json::Value =
            serde_json::from_str(&check(&folder, &arguments, 0)).expect("JSON");
        plan["deployments"][0]["processes"][0].clone()
    };
    let web = |more: &[&str]| on("2026-11-28", more);
    let percent = |it: &serde_json::Value| it["memory"]["percent"]["min"].as_f64().expect("known");
    let now = web(&[]);
    assert_eq!(now["measured"]["response_time_s"], 0.3);
    assert_eq!(now["measured"]["requests_per_minute"], 600);
    assert_eq!(now["throughput"].as_array().map(Vec::len), Some(1));
    assert_eq!(now["throughput"][0]["requests_per_minute"]["min"], 800);
    assert_eq!(now["throughput"][0]["demand"]["utilisation"], 0.75);
    assert!((percent(&now) - 400.0 / 5.12).abs() < 0.1, "{now}");
    // A third worker takes as much as each of the two that were measured.
    let three = web(&["--with", "web.workers=3"]);
    assert!((percent(&three) - 600.0 / 5.12).abs() < 0.1, "{three}");
    let asked = web(&["--response-time", "100ms", "--requests", "60/min"]);
    assert_eq!(asked["throughput"][0]["response_time_s"], 0.1);
    assert_eq!(asked["throughput"][0]["demand"]["utilisation"], 0.025);
    assert_eq!(asked.get("measured"), None);
    let shown = check(&folder, &["plan", ".", "--today", "2026-11-28"], 0);
    assert!(shown.contains("300 ms a request on average · 600 requests in the busiest minute"));
    assert!(shown.contains("2 workers at 200 MB, measured"), "{shown}");
    let old = on("2028-02-01", &[]);
    assert_eq!(old.get("measured"), None, "more than 400 days are too old");
}

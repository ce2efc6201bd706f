//! `opslint measure` on what real programs log: gunicorn, uvicorn, nginx and Celery under load, and a
//! worker whose memory the kernel tells. tests/oracle/producers.py runs them, and says what an
//! independent reader finds in their logs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "this test runs other programs")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::cli::{Folder, check};
use super::oracle_gunicorn::oracle::python;

/// Things of requests that no output may have in it.
const CANARIES: &[&str] = &["canary", "4711", "127.0.0.1"];

/// How far a quantile may be from the exact one, and a slope from the true one.
const QUANTILE: f64 = 0.01;
const SLOPE: f64 = 0.1;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where a program of Debian's is.
pub(crate) fn debian(package: &str, path: &str) -> Option<PathBuf> {
    let output = Command::new(root().join("tests/oracle/debian")).args([package, path]).output();
    let output = output.unwrap();
    // Where the real gunicorn must be there, these must be, too.
    let is_needed = std::env::var_os("OPSLINT_ORACLE_PYTHON").is_some();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || !is_needed, "no {package}: {error}");
    let path = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| PathBuf::from(path.trim()))
}

/// What was measured of a process in a log.
fn measured(folder: &Folder, process: &str, log: &str) -> Value {
    let text = check(folder, &["measure", "--print", "--process", process, log], 0);
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} in what {log} gives:\n{text}");
    }
    let file: Value = toml::from_str(&text).unwrap();
    file["process"][process].clone()
}

/// Whether a number is near one of two, which are the ranks that a quantile lies between.
#[track_caller]
fn near(got: &Value, exact: &Value, what: &str) {
    let got = got.as_f64().unwrap();
    let exact: Vec<f64> = exact.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect();
    let (low, high) = (exact[0] * (1.0 - QUANTILE), exact[1] * (1.0 + QUANTILE));
    assert!((low..=high).contains(&got), "{what}: {got}, but it is {exact:?}");
}

#[track_caller]
fn quantiles(got: &Value, exact: &Value, what: &str) {
    for (name, exact) in exact.as_object().unwrap() {
        let key = match name.as_str() {
            "0.5" => "p50_s",
            "0.95" => "p95_s",
            _ => "p99_s",
        };
        near(&got[key], exact, &format!("{what} {key}"));
    }
}

fn access_logs(folder: &Folder, truth: &Value) {
    for (log, truth) in truth["logs"].as_object().unwrap() {
        let web = measured(folder, "web", log);
        let requests = &web["requests"];
        assert_eq!(requests["count"], truth["count"], "{log}");
        assert_eq!(requests["errors"], truth["errors"], "{log}");
        assert_eq!(truth["count"], 240, "each request is logged: {log}");
        if let Some(peak) = truth.get("peak") {
            assert_eq!(&requests["peak_per_minute"], peak, "{log}");
        }
        if let Some(exact) = truth.get("quantiles") {
            quantiles(&web["response-time"], exact, log);
            let mean = truth["mean"].as_f64().unwrap();
            let got = web["response-time"]["mean_s"].as_f64().unwrap();
            assert!((got / mean - 1.0).abs() < 0.001, "{log}: {got}, but it is {mean}");
            let by_status = web["response-time"]["by-status"].as_object().unwrap();
            assert_eq!(by_status.keys().collect::<Vec<_>>(), ["2xx", "4xx", "5xx"], "{log}");
        }
    }
    // nginx and gunicorn logged the same requests; the one counts that tells more.
    let both = check(folder, &["measure", "--print", "custom.log", "nginx.log"], 0);
    assert!(both.contains("count = 480"), "both are access logs of one process: {both}");
}

fn memory(folder: &Folder, truth: &Value) {
    for (name, truth) in truth["memory"].as_object().unwrap() {
        let leak = truth["leak"].as_f64().unwrap();
        for (source, key, exact) in [
            ("ps", "worker-memory", "resident"),
            ("pss", "worker-memory", "worker"),
            ("pss", "memory", "all"),
            ("smem", "worker-memory", "smem"),
            ("docker", "memory", "resident"),
            ("heroku", "memory", "resident"),
        ] {
            let log = format!("{name}-{source}.log");
            let memory = &measured(folder, "web", &log)[key];
            let what = format!("{key} of {log}");
            let slope = memory["slope"]["mb_per_hour"].as_f64().unwrap();
            let exact = &truth[exact];
            let true_slope = exact["mb_per_hour"].as_f64().unwrap();
            // What a process does beside takes kilobytes, also where it keeps nothing.
            let allowed = (true_slope.abs() * SLOPE).max(1.0);
            assert!(
                (slope - true_slope).abs() <= allowed,
                "{what}: {slope} MB an hour, but it is {true_slope}"
            );
            let is_sure = memory["slope"]["low_mb_per_hour"].as_f64().unwrap() > 0.0;
            assert!(is_sure || leak == 0.0, "{what}: the leak is not sure");
            // The worker alone is in a table of `ps`.
            if source != "ps" {
                near(&memory["median_mb"], &exact["0.5"], &what);
                near(&memory["p95_mb"], &exact["0.95"], &what);
            }
        }
    }
}

#[test]
fn what_real_programs_log_is_measured_as_it_is() {
    let Some(python) = python() else { return };
    let nginx = debian("nginx", "usr/sbin/nginx");
    let (Some(nginx), Some(smem)) = (nginx, debian("smem", "usr/bin/smem")) else {
        println!("no nginx or smem: Debian's packages are needed to compare with");
        return;
    };
    let folder = Folder::new("producers");
    let output = Command::new(python)
        .arg(root().join("tests/oracle/producers.py"))
        .arg(folder.path())
        .args([nginx, smem])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let truth: Value = serde_json::from_str(&folder.read("truth.json")).unwrap();
    access_logs(&folder, &truth);
    memory(&folder, &truth);
    let jobs = measured(&folder, "worker", "celery.log");
    assert_eq!(jobs["jobs"]["count"], truth["jobs"]["count"]);
    assert_eq!(jobs["jobs"]["errors"], truth["jobs"]["errors"]);
    assert_eq!(jobs["jobs"]["count"], 20);
    quantiles(&jobs["job-time"], &truth["jobs"]["quantiles"], "celery");
}

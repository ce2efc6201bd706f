//! Mistakes in Caddyfiles against Caddy itself: `caddy adapt` says which it refuses.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::Folder;
use crate::measure_producers::debian;
use crate::outputs::run;

const RULE: &str = "caddyfile-refused";

/// Lines of a site, before it passes requests on.
const LINES: &[&str] = &[
    "encode gzip",
    "encod gzip",
    "request_body {\n\t\tmax_size 10MB\n\t}",
    "request_body {\n\t\tmax_size 10 MB\n\t}",
    "request_body {\n\t\tmax_size lots\n\t}",
    "request_body {\n\t\tmax_size 1.5GiB\n\t}",
    "reverse_proxi /x api:80",
    "revers_proxy /x api:80",
    "reverse_proxy /x http://api:80",
    "reverse_proxy /x http://api:80/",
    "reverse_proxy /x http://api:80/v1",
    "reverse_proxy /x {\n\t\tto http://api/v1\n\t}",
    "reverse_proxy /x api:80 {\n\t\theader_up Host {host}\n\t}",
    "reverse_proxy /x api:80 {\n\t\theader_upp Host {host}\n\t}",
    "reverse_proxy /x api:80 {\n\t\tlb_try_duration 5\n\t}",
    "reverse_proxy /x api:80 {\n\t\tlb_try_duration 5s\n\t}",
    "reverse_proxy /x api:80 {\n\t\thealth_interval 30 s\n\t}",
    "reverse_proxy /x api:80 {\n\t\tfail_duration 1d\n\t}",
    "reverse_proxy /x api:80 {\n\t\tflush_interval -1\n\t}",
    "reverse_proxy /x api:80 {\n\t\ttransport http {\n\t\t\tread_timeout 5min\n\t\t}\n\t}",
    "reverse_proxy /x api:80 {\n\t\ttransport http {\n\t\t\tread_timeout 5m\n\t\t}\n\t}",
    "reverse_proxy /x api:80 {\n\t\ttransport http {\n\t\t\tdial_timeout 3\n\t\t}\n\t}",
    "handle_pth /a/* {\n\t\trespond 404\n\t}",
    "handle_path /a/* {\n\t\trespond 404\n\t}",
    "handle /a/* {\n\t\trespnd 404\n\t}",
    "@a path /a\n\trespond @a 404",
    "file_serve",
    "redir /a /b",
];

#[test]
fn mistakes_are_refused_as_caddy_refuses_them() {
    let Some(program) = debian("caddy", "usr/bin/caddy") else { return };
    let compose = "services:\n  web:\n    build: .\n    restart: always\n    \
                   command: gunicorn a:b -b 0.0.0.0:8000\n  front:\n    image: caddy:2\n    \
                   restart: always\n    ports: ['80:80']\n    \
                   volumes: ['./Caddyfile:/etc/caddy/Caddyfile:ro']\n";
    let folder = LINES.iter().enumerate().fold(Folder::new("caddy-values"), |it, (idx, line)| {
        let site = format!(":80 {{\n\t{line}\n\treverse_proxy web:8000\n}}\n");
        it.with(&format!("p{idx}/compose.yaml"), compose).with(&format!("p{idx}/Caddyfile"), site)
    });
    let found = run(folder.path(), &["check", "--format", "json", "."], &[]);
    let report: Value = serde_json::from_str(&found.stdout).expect("a report");
    let told: BTreeSet<&str> = report["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|it| it["rule"] == RULE)
        .filter_map(|it| it["primary"]["path"].as_str()?.split('/').next())
        .collect();
    let mut wrong = Vec::new();
    for (idx, line) in LINES.iter().enumerate() {
        let name = format!("p{idx}");
        let mut caddy = Command::new(&program);
        let caddy = caddy.args(["adapt", "--config", "Caddyfile"]).stdin(Stdio::null());
        let output = caddy.current_dir(folder.path().join(&name)).output().expect("Caddy runs");
        if output.status.success() == told.contains(name.as_str()) {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!(
                "{line:?}: told {}, and Caddy: {said}",
                told.contains(name.as_str())
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), LINES.len(), wrong.join("\n"));
}

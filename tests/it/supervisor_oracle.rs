//! Values in configurations of Supervisor against Supervisor itself: what it refuses is told, and
//! what it takes is not.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use super::ask::ask;
use super::cli::Folder;
use super::oracle_gunicorn::oracle::python;
use super::outputs::run;

/// Values of one kind, taken or not.
const VALUES: &[(&[&str], &[&str])] = &[
    (&["autostart", "redirect_stderr", "stopasgroup", "killasgroup"], BOOLEANS),
    (&["autorestart"], BOOLEANS),
    (&["autorestart"], &["unexpected", "Unexpected", "always", "on-failure", "no "]),
    (&["stopwaitsecs", "startretries", "priority", "numprocs"], WHOLE),
    (&["stdout_logfile_maxbytes", "stderr_logfile_maxbytes"], BYTES),
    (&["stopsignal"], SIGNALS),
    (&["command"], COMMANDS),
    (&["environment"], ENVIRONMENTS),
];

const BOOLEANS: &[&str] =
    &["true", "False", "YES", "no", "on", "off", "1", "0", "maybe", "2", "enabled", "t"];

const WHOLE: &[&str] = &["1", " 1 ", "+1", "01", "1.0", "1s", "one", "0x1", "1e0", "1_0"];

const BYTES: &[&str] = &["0", "50MB", "10kb", "1 MB", "1GB", "1TB", "50M", "1.5MB", "MB", "none"];

const SIGNALS: &[&str] =
    &["TERM", "SIGTERM", "term", "sigint", "HUP", "15", "9", "NOPE", "SIG", "USR3", "TERM15"];

const COMMANDS: &[&str] = &[
    "gunicorn a:b -n %(program_name)s",
    "gunicorn a:b -n %(process_num)02d",
    "gunicorn a:b --access-logformat \"%%(h)s\"",
    "gunicorn a:b --access-logformat \"%(h)s\"",
    "gunicorn a:b -n %(here)s%(group_name)s%(host_node_name)s",
    "gunicorn a:b -n 100%",
    "date +%Y",
    "gunicorn a:b -n %(ENV_PATH)s",
];

const ENVIRONMENTS: &[&str] =
    &["A=1", "A=\"1\",B='2'", "A=%(program_name)s", "A=100%%", "A=%(nothing)s", "A=100%"];

/// Every key with each of its values, as texts of whole files.
fn cases() -> Vec<String> {
    let mut found = Vec::new();
    for (keys, values) in VALUES {
        for key in *keys {
            found.extend(values.iter().map(|value| {
                let command = if *key == "command" { "" } else { "command=gunicorn a:b\n" };
                // The name that several processes need is another matter.
                let name = "process_name=%(program_name)s_%(process_num)s\n";
                format!("[supervisord]\n[program:web]\n{command}{name}{key}={value}\n")
            }));
        }
    }
    found.push("[supervisord]\n[program:web]\ncommand=gunicorn a:b\nnumprocs=2\n".to_owned());
    found.push("[supervisord]\n[program:web]\ncommand=gunicorn a:b\nnumprocs=1\n".to_owned());
    found
}

#[test]
fn what_supervisor_refuses_is_told() {
    let Some(python) = python() else { return };
    let cases = cases();
    let requests: Vec<String> = cases.iter().map(|it| json!({ "text": it }).to_string()).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/supervisor_oracle.py");
    let answers = ask(Command::new(python).arg("-I").arg(script), &requests);
    let folder = cases.iter().enumerate().fold(Folder::new("supervisor"), |it, (idx, text)| {
        it.with(&format!("p{idx}/supervisord.conf"), text)
    });
    let found = run(folder.path(), &["--format", "json", "."], &[]);
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    let told: BTreeSet<&str> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["rule"] == "value-not-allowed" && it["severity"] == "error")
        .map(|it| it["primary"]["path"].as_str().unwrap())
        .collect();
    let mut differ = Vec::new();
    for (idx, (text, answer)) in cases.iter().zip(&answers).enumerate() {
        let is_told = told.contains(format!("p{idx}/supervisord.conf").as_str());
        if is_told != answer["refused"].is_string() {
            differ.push(format!("told: {is_told}, Supervisor: {answer}\n{text}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

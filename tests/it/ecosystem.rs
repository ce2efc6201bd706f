//! Ecosystem files of pm2: what their apps say, and when such a file is a deployment of its own.

use opslint::analysis::{Analysis, Options};
use opslint::project::{Lookup, Process};
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

const SERVER: &str = "require('express')().listen(process.env.PORT || 3000);\n";

/// The processes of a project with these files.
fn processes(files: &[(&str, &str)]) -> Vec<Process> {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    deployments.flat_map(|it| it.processes.clone()).collect()
}

fn said(process: &Process, id: FactId) -> String {
    process.facts.get(id).map_or_else(|| "-".to_owned(), |it| it.state.to_string())
}

/// The one process of a file with this app.
#[track_caller]
fn one(app: &str) -> Process {
    let file = format!("module.exports = {{ apps: [{{ {app} }}] }};\n");
    let mut all = processes(&[("ecosystem.config.js", &file), ("server.js", SERVER)]);
    assert_eq!(all.len(), 1, "{app}");
    all.remove(0)
}

#[test]
fn a_file_that_nothing_starts_is_a_deployment_of_its_own() {
    let file = "module.exports = {\n  apps: [\n    { name: 'web', script: './server.js', instances: 2 },\n    { name: 'jobs', script: 'jobs/worker.js' },\n  ],\n};\n";
    let worker = "const { Worker } = require('bullmq');\nnew Worker('mail', send);\n";
    let files = [("ecosystem.config.js", file), ("server.js", SERVER), ("jobs/worker.js", worker)];
    let all = processes(&files);
    let found: Vec<[String; 4]> = all
        .iter()
        .map(|it| {
            let [kind, server, workers] = [v::KIND, v::SERVER, v::WORKERS].map(|id| said(it, id));
            [it.name.value.clone(), kind, server, workers]
        })
        .collect();
    let expect = [["web", "web", "pm2", "2"], ["jobs", "worker", "pm2", "unknown"]];
    assert_eq!(found, expect.map(|it| it.map(str::to_owned)));
    // Where a manifest or a Dockerfile starts something, it does not stand for itself.
    for other in [
        ("Procfile", "web: node server.js\n"),
        (
            "Dockerfile",
            "FROM node:22\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nCMD [\"node\", \"server.js\"]\n",
        ),
    ] {
        let all = processes(&[&files[..], &[other]].concat());
        let servers: Vec<String> = all.iter().map(|it| said(it, v::SERVER)).collect();
        assert_eq!(servers, ["node"], "{other:?}");
    }
}

#[test]
fn an_app_says_how_many_there_are_and_how_they_end() {
    for (app, workers, grace) in [
        ("script: 'server.js', instances: 3, kill_timeout: 5000", "3", "5"),
        ("name: 'web', script: 'server.js', instances: '2'", "2", "1.6"),
        ("script: 'server.js', instances: 'max'", "unknown", "1.6"),
        ("script: 'server.js', instances: count, kill_timeout: wait", "unknown", "unknown"),
        ("script: 'server.js'", "unknown", "1.6"),
    ] {
        let process = one(app);
        assert_eq!(said(&process, v::WORKERS), workers, "{app}");
        assert_eq!(said(&process, v::GRACEFUL_TIMEOUT_S), grace, "{app}");
        assert_eq!(said(&process, v::KIND), "web", "{app}");
    }
    let process = one(
        "script: 'server.js', exec_mode: 'cluster', wait_ready: true, max_memory_restart: '300M', watch: true",
    );
    for (name, value) in
        [("exec_mode", "cluster"), ("wait_ready", "true"), ("max_memory_restart", "300M")]
    {
        let found = process.settings.get(name).map(|it| it.state.to_string());
        assert_eq!(found.as_deref(), Some(value), "{name}");
    }
    assert_eq!(said(&process, v::RELOAD), "true");
}

#[test]
fn the_variables_of_production_are_one_possibility() {
    for (app, expect) in [
        ("env: { PORT: 8080 }", "8080"),
        ("env: { PORT: 8080 }, env_production: { PORT: 80 }", "8080 or 80"),
        ("env: { PORT: 8080 }, env_production: { PORT: '8080' }", "8080"),
        ("env: { PORT: 8080 }, env_production: { PORT: port }", "unknown"),
        ("env_production: { PORT: 80 }", "unknown"),
        ("env: { NODE_ENV: 'x' }", "3000"),
    ] {
        let process = one(&format!("script: 'server.js', {app}"));
        assert_eq!(said(&process, v::PORT), expect, "{app}");
    }
    let process = one("script: 'server.js', env_production: { NODE_ENV: 'production' }");
    assert!(matches!(process.environment.get("NODE_ENV"), Lookup::Set(it) if it.value().is_none()));
}

#[test]
fn scripts_of_other_programs_and_folders_are_not_taken_for_node() {
    for (app, expect) in [
        ("script: 'server.js', interpreter: 'deno'", "-"),
        ("script: 'server.js', exec_interpreter: 'node'", "3000"),
        ("script: 'npm', args: 'start'", "-"),
        ("script: 'server.js', cwd: '/srv/app'", "-"),
        ("script: 'server.js', cwd: './'", "3000"),
        ("script: 'missing.js'", "-"),
    ] {
        assert_eq!(said(&one(app), v::PORT), expect, "{app}");
    }
}

#[test]
fn an_app_that_is_no_script_of_node_is_its_command() {
    let package = "{ \"scripts\": { \"start\": \"next start -p 4000\" } }";
    let check = |app: &str, server: &str, port: &str, language: &str| {
        let file = format!("module.exports = {{ apps: [{{ name: 'web app', {app} }}] }};\n");
        let all = processes(&[
            ("ecosystem.config.js", &file),
            ("front/package.json", package),
            ("bot.py", "import time\ntime.sleep(1)\n"),
        ]);
        let found = [v::SERVER, v::PORT, v::RUNTIME_LANGUAGE].map(|id| said(&all[0], id));
        assert_eq!(found, [server, port, language], "{app}");
    };
    check("script: 'npm', args: 'run start', cwd: './front'", "next", "4000", "node");
    check("script: 'npm', args: ['start'], cwd: 'front'", "next", "4000", "node");
    check("script: 'node_modules/next/dist/bin/next', args: 'start -p 81'", "next", "81", "node");
    // Of several processes, only their number is known.
    check("script: 'npm', args: 'start', cwd: 'front', instances: 2", "pm2", "-", "-");
    check("script: 'bot.py', interpreter: 'python3', instances: 2", "pm2", "-", "-");
    check("script: 'run me.sh'", "pm2", "-", "-");
}

#[test]
fn what_is_not_written_out_is_no_deployment() {
    for file in [
        "module.exports = { apps };\n",
        "module.exports = { apps: apps.map((it) => ({ script: it })) };\n",
        "module.exports = { apps: [{ name: 'web' }] };\n",
        "module.exports = { apps: [] };\n",
        "module.exports = { apps: [{ script: 'a.js' }, { script: 'b.js' }] };\n",
        "module.exports = {",
        "",
        "\u{feff}module.exports = { apps: [{ script: '",
    ] {
        assert_eq!(processes(&[("ecosystem.config.js", file)]).len(), 0, "{file}");
    }
    let json = "{ \"apps\": [{ \"name\": \"web\", \"script\": \"server.js\", \"instances\": 2 }] }";
    let all = processes(&[("ecosystem.json", json), ("server.js", SERVER)]);
    assert_eq!(all.iter().map(|it| said(it, v::WORKERS)).collect::<Vec<_>>(), ["2"]);
}

//! What files leave open is judged as it usually is, said once, and settled by one line.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check, failure};

const PROCFILE: &str = "web: gunicorn shop.wsgi --workers 8 --timeout 120\n";

fn bare(name: &str) -> Folder {
    Folder::new(&format!("worlds-{name}"))
        .with("Procfile", PROCFILE)
        .with("requirements.txt", "django\ngunicorn\n")
}

/// The report as JSON.
#[track_caller]
fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let arguments = [&["--format", "json", "--fail-on", "never"], arguments].concat();
    serde_json::from_str(&check(folder, &arguments, 0)).unwrap()
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().filter_map(|it| it[key].as_str()).collect()
}

#[test]
fn what_was_assumed_is_said_with_the_line_that_settles_it() {
    let folder = bare("said");
    let report = json(&folder, &[]);
    let lines = texts(&report["assumptions"], "settle_with");
    assert_eq!(lines[0], "deployments.Procfile.platform = \"heroku\"");
    assert!(lines.contains(&"deployments.Procfile.processes.web.plan = \"basic\""), "{lines:?}");
    let counts = report["assumptions"].as_array().unwrap().iter();
    let counts: Vec<usize> = counts.map(|it| it["rules"].as_array().unwrap().len()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b) && *counts.last().unwrap() > 0, "{counts:?}");
    let message = &report["diagnostics"][0]["message"];
    assert!(message.as_str().unwrap().contains("assuming platform heroku"), "{message}");
}

#[test]
fn lines_are_for_the_file_of_the_project_that_is_looked_at() {
    let folder = Folder::new("worlds-pasted")
        .with("shop/api/Procfile", PROCFILE)
        .with("shop/api/requirements.txt", "django\ngunicorn\n");
    let report = json(&folder, &["shop"]);
    let (file, lines) = (&texts(&report["assumptions"], "file"), &report["assumptions"]);
    assert!(file.iter().all(|it| *it == "shop/opslint.toml"), "{file:?}");
    let lines = texts(lines, "settle_with").join("\n");
    let folder = folder.with("shop/opslint.toml", lines);
    let settled = json(&folder, &["shop"]);
    assert_eq!(settled["assumptions"], Value::Array(Vec::new()));
    let text = texts(&settled["diagnostics"], "message").join(" ");
    assert!(!text.contains("there is no file"), "{text}");
}

#[test]
fn a_file_of_variables_that_is_missing_changes_no_framework() {
    let folder = |name: &str| {
        Folder::new(&format!("worlds-{name}"))
            .with("main.py", "from fastapi import FastAPI\napp = FastAPI()\n")
            .with("requirements.txt", "fastapi\nuvicorn\n")
            .with("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . .\n")
            .with(
                "docker-compose.yml",
                "services:\n  web:\n    build: .\n    ports: ['80:80']\n    mem_limit: 300m\n    \
                 env_file: .env\n    restart: always\n    \
                 command: uvicorn main:app --host 0.0.0.0 --workers 3\n",
            )
    };
    let without = json(&folder("no-env"), &[]);
    let with = json(&folder("env").with(".env", "A=1\n"), &[]);
    let said = |it: &Value| texts(&it["diagnostics"], "message").join("\n");
    assert_eq!(said(&without), said(&with));
    let lines = |it: &Value| texts(&it["assumptions"], "settle_with").join("\n");
    assert_eq!(lines(&without), lines(&with));
    assert!(lines(&with).contains("memory_per_worker_mb = 96"), "{}", lines(&with));
}

#[test]
fn signs_of_models_leave_memory_open() {
    let folder = |name: &str, variable: &str| {
        Folder::new(&format!("worlds-marks-{name}"))
            .with("requirements.txt", "flask\ngunicorn\n")
            .with(
                "render.yaml",
                format!(
                    "services:\n  - type: web\n    name: a\n    runtime: python\n    plan: free\n    \
                     startCommand: gunicorn a:app -w 2\n    envVars:\n      - key: {variable}\n        \
                     value: /tmp/x\n"
                ),
            )
    };
    let lines = |it: &Value| texts(&it["assumptions"], "name").join(" ");
    let marked = json(&folder("models", "TRANSFORMERS_CACHE"), &["--show-undecided"]);
    assert!(!lines(&marked).contains("memory_per_worker_mb"), "{marked}");
    let undecided = marked["undecided"].to_string();
    assert!(undecided.contains("`TRANSFORMERS_CACHE` shows models in memory"), "{undecided}");
    let plain = json(&folder("plain", "OTHER"), &[]);
    assert!(lines(&plain).contains("memory_per_worker_mb"), "{plain}");
}

#[test]
fn the_lines_settle_what_they_say() {
    let folder = bare("settled");
    let report = json(&folder, &[]);
    let lines = texts(&report["assumptions"], "settle_with").join("\n");
    let folder = folder.with("opslint.toml", lines);
    let settled = json(&folder, &[]);
    assert_eq!(settled["assumptions"], Value::Array(Vec::new()));
    let rules = |it: &Value| texts(&it["diagnostics"], "rule").join(" ");
    assert_eq!(rules(&settled), rules(&report));
    assert!(!settled["diagnostics"][1]["message"].to_string().contains("assuming"));
}

#[test]
fn without_assumptions_nothing_is_taken_for_granted() {
    let folder = bare("strict");
    let report = json(&folder, &["--no-assumptions"]);
    assert!(texts(&report["diagnostics"], "confidence").iter().all(|it| *it == "certain"));
    assert_eq!(report["assumptions"], Value::Array(Vec::new()));
    let open = report["undecided"].to_string();
    assert!(open.contains("`platform` under `[deployments.Procfile]` in opslint.toml"), "{open}");
}

#[test]
fn assumed_diagnostics_have_a_level_of_their_own() {
    let folder = bare("level");
    let severities = |level: &str| {
        let set = format!("levels.assumed={level}");
        let report = json(&folder, &["--set", &set]);
        texts(&report["diagnostics"], "severity").join(" ")
    };
    // What fails on an assumed plan is a warning, whatever may be an error.
    assert_eq!(severities("error"), "warning warning");
    assert_eq!(severities("warning"), "warning warning");
    assert_eq!(severities("info"), "info info");
    assert_eq!(severities("off"), "");
}

#[test]
fn a_plan_that_is_not_sold_is_a_wrong_configuration() {
    let folder = bare("plan");
    let set = |key: &str, value: &str| format!("--set=deployments.Procfile.{key}={value}");
    let plan = set("processes.web.plan", "standrd-1x");
    let out = check(&folder, &["--format", "agent", &plan], 2);
    assert!(out.contains("invalid-config") && out.contains("did you mean `standard-1x`?"), "{out}");
    let plan = set("processes.web.plan", "Standard-2X");
    check(&folder, &["--fail-on", "never", &plan], 0);
    let database = set("\"database.plan\"", "essential-9");
    let out = check(&folder, &["--format", "agent", &database], 2);
    assert!(out.contains("`essential-9` is not a plan of databases of Heroku"), "{out}");
}

#[test]
fn an_assistant_is_asked_nothing_where_nothing_is_open() {
    for arguments in [&["--format", "agent"][..], &["--format", "agent", "--no-assumptions"][..]] {
        let out = check(&bare("agent"), &[arguments, &["--fail-on", "never"]].concat(), 0);
        let lines: Vec<&str> = out.lines().collect();
        for (idx, line) in lines.iter().enumerate().filter(|(_, it)| it.ends_with(':')) {
            assert!(lines.get(idx + 1).is_some_and(|it| it.starts_with("- ")), "{line}: {out}");
        }
    }
}

#[test]
fn resolve_lists_assumptions_too() {
    let out = check(&bare("resolve"), &["resolve", "--format", "json"], 0);
    let facts: Value = serde_json::from_str(&out).unwrap();
    let lines = texts(&facts["assumptions"], "settle_with");
    assert!(lines.contains(&"deployments.Procfile.platform = \"heroku\""), "{lines:?}");
}

#[test]
fn init_states_what_it_is_told_and_keeps_what_is_there() {
    let folder = bare("init");
    let told = ["init", "--platform", "heroku", "--plan", "web=standard-2x"];
    check(&folder, &["init", "--plan", "wbe=standard-2x"], 2);
    let said = failure(&folder, &["init", "--plan", "web=standrd-2x"]);
    assert!(said.contains("not a plan of Heroku: did you mean `standard-2x`?"), "{said}");
    let said = failure(&folder, &["init", "--platform", "heruko"]);
    assert!(said.contains("did you mean `heroku`?"), "{said}");
    check(&folder, &told, 0);
    let first = folder.read("opslint.toml");
    assert!(first.contains("\nplatform = \"heroku\"\n"), "{first}");
    assert!(first.contains("\nplan = \"standard-2x\"\n"), "{first}");
    let report = json(&folder, &[]);
    let mut open = texts(&report["assumptions"], "name");
    open.sort_unstable();
    assert_eq!(open, ["instances", "memory_per_worker_mb"]);
    let mine = first.replace("plan = \"standard-2x\"", "plan = \"standard-1x\"  # mine");
    let folder = folder.with("opslint.toml", &mine);
    let out = check(&folder, &["init", "--plan", "web=standard-2x"], 0);
    let kept =
        "`plan = \"standard-1x\"` stands under `[deployments.Procfile.processes.web]` already";
    assert!(out.contains(kept), "{out}");
    let second = folder.read("opslint.toml");
    assert!(mine.lines().all(|line| second.lines().any(|it| it == line)), "{second}");
    assert!(!second.contains("standard-2x"), "what is there wins: {second}");
    let out = check(&folder, &["init"], 0);
    assert!(out.contains("nothing to add"), "{out}");
    assert_eq!(folder.read("opslint.toml"), second);
}

/// What is said, each as `confidence rule`, and the messages.
fn said(report: &Value) -> (Vec<String>, String) {
    let all = report["diagnostics"].as_array().unwrap();
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let lines = all.iter().map(|it| format!("{} {}", text(it, "confidence"), text(it, "rule")));
    (lines.collect(), texts(&report["diagnostics"], "message").join("\n"))
}

#[test]
fn what_is_wrong_wherever_it_runs_is_certain() {
    let folder = bare("everywhere").with(".python-version", "3.7\n");
    let (lines, messages) = said(&json(&folder, &[]));
    assert!(lines.contains(&"certain python-end-of-life".to_owned()), "{lines:?}");
    assert!(lines.contains(&"assumed timeout-above-router".to_owned()), "{lines:?}");
    let versions = messages.lines().find(|it| it.contains("Python 3.7 no longer")).unwrap();
    assert!(!versions.contains("assuming"), "{versions}");
}

#[test]
fn an_image_that_may_run_anywhere_is_judged_by_what_is_so_everywhere() {
    let image = |bind: &str| {
        let command = format!("CMD [\"gunicorn\", \"shop.wsgi\", \"-b\", \"{bind}\"]\n");
        let folder = Folder::new(&format!("worlds-image-{}", bind.len()));
        folder.with("Dockerfile", format!("FROM python:3.13-slim\nCOPY . .\n{command}"))
    };
    let report = json(&image("127.0.0.1:8000"), &[]);
    let (lines, _) = said(&report);
    assert!(lines.contains(&"certain bind-loopback".to_owned()), "{lines:?}");
    assert!(!report.to_string().contains("--with"), "{report}");
    let (lines, _) = said(&json(&image("0.0.0.0:8000"), &[]));
    assert!(!lines.iter().any(|it| it.contains("bind-loopback")), "{lines:?}");
}

#[test]
fn two_platforms_of_equal_evidence_are_both_kept() {
    let procfile = "web: gunicorn shop.wsgi -b 127.0.0.1:8000 --timeout 45\n";
    let folder = Folder::new("worlds-equal")
        .with("Procfile", procfile)
        .with("CHECKS", "/ ok\n")
        .with(".python-version", "3.13\n");
    let report = json(&folder, &[]);
    let (lines, messages) = said(&report);
    assert!(lines.contains(&"certain bind-loopback".to_owned()), "{lines:?}");
    // Too long for Heroku's router, and not for Dokku's.
    assert!(!messages.contains("router 30"), "{messages}");
    assert!(report["undecided"].to_string().contains("`platform` under"), "{report}");
}

#[test]
fn a_procfile_for_a_developer_is_in_no_world() {
    let procfile = "web: gunicorn shop.wsgi -b 127.0.0.1:8000 --timeout 700\n";
    let folder = Folder::new("worlds-developer").with("Procfile", procfile);
    let folder = folder.with("Makefile", "dev:\n\thoncho start\n");
    let (lines, _) = said(&json(&folder, &[]));
    assert_eq!(lines, [""; 0]);
}

#[test]
fn a_host_of_which_nothing_is_known_decides_what_all_hosts_decide() {
    let compose = |command: &str| {
        let service = format!(
            "services:\n  web:\n    build: .\n    restart: always\n    ports: [\"80:8000\"]\n    \
             command: {command}\n"
        );
        let folder = Folder::new(&format!("worlds-host-{}", command.len()));
        folder.with("compose.yaml", service).with("Dockerfile", "FROM python:3.13-slim\n")
    };
    let (lines, messages) = said(&json(&compose("gunicorn -b 0.0.0.0:8000 shop.wsgi"), &[]));
    assert!(lines.contains(&"assumed single-request-server".to_owned()), "{lines:?}");
    assert!(messages.contains("one request at a time on its host"), "{messages}");
    // 2 GB: many hosts have them, and many do not.
    let (lines, _) = said(&json(&compose("gunicorn -w 16 -b 0.0.0.0:8000 shop.wsgi"), &[]));
    assert!(!lines.iter().any(|it| it.contains("memory")), "{lines:?}");
}

/// Node.js 18 is over for a worker, too; a server on a loopback address is wrong only where requests
/// come from outside.
#[test]
fn what_is_so_of_any_kind_of_process_is_certain() {
    let compose = "services:\n  app:\n    build: .\n    ports: ['8000:8000']\n";
    let confidence = |name: &str, command: &str, rule: &str| {
        let folder = Folder::new(&format!("worlds-kind-{name}"))
            .with("docker-compose.yml", compose)
            .with("Dockerfile", format!("FROM node:18\nCMD {command}\n"));
        let report = json(&folder, &[]);
        let mut said = report["diagnostics"].as_array().unwrap().iter();
        said.find(|it| it["rule"] == rule).unwrap()["confidence"].clone()
    };
    assert_eq!(confidence("open", "./start", "runtime-end-of-life"), "certain");
    let server = "[\"gunicorn\", \"-b\", \"127.0.0.1:8000\", \"a:b\"]";
    // A server that is known decides what it is for.
    assert_eq!(confidence("known", server, "bind-loopback"), "certain");
}

/// The worlds of the only process, as `plan` lists them.
fn planned(folder: &Folder, more: &[&str]) -> Vec<Value> {
    let arguments = [&["plan", ".", "--format", "json"], more].concat();
    let plan: Value = serde_json::from_str(&check(folder, &arguments, 0)).unwrap();
    let process = &plan["deployments"][0]["processes"][0];
    process["worlds"].as_array().cloned().unwrap_or_default()
}

/// By hand: 8 workers of 128 MB are all of the 1,024 MB of a Standard-2X, and twice a Basic dyno.
#[test]
fn a_plan_shows_the_worlds_side_by_side() {
    let worlds = planned(&bare("planned"), &[]);
    let taken: Vec<&Value> = worlds.iter().filter(|it| it["assumed"] == true).collect();
    assert_eq!(taken.len(), 1);
    assert_eq!((&taken[0]["platform"], &taken[0]["plan"]), (&"heroku".into(), &"basic".into()));
    assert_eq!(taken[0]["memory_percent"]["max"], 200);
    assert_eq!(taken[0]["breaks"], serde_json::json!(["memory-overcommit"]));
    let larger = worlds.iter().find(|it| it["plan"] == "standard-2x").unwrap();
    assert_eq!(larger["memory_percent"]["max"], 100);
    assert_eq!(larger["price_usd_month"]["max"], 50);
    assert!(worlds.iter().any(|it| it["platform"] == "dokku"), "{worlds:?}");
    for format in ["human", "markdown", "html", "agent"] {
        let out = check(&bare(&format!("planned-{format}")), &["plan", ".", "--format", format], 0);
        assert!(out.contains("if it runs on") && out.contains("standard-2x"), "{out}");
    }
}

#[test]
fn what_is_settled_has_one_world() {
    let stated = "deployments.Procfile.platform=\"heroku\"";
    let plan = "deployments.Procfile.processes.web.plan=\"standard-1x\"";
    let worlds = planned(&bare("one"), &["--set", stated, "--set", plan]);
    assert!(worlds.is_empty(), "{worlds:?}");
    let worlds = planned(&bare("plans"), &["--set", stated]);
    assert!(worlds.len() > 2 && worlds.iter().all(|it| it["platform"] == "heroku"), "{worlds:?}");
}

#[test]
fn facts_are_shown_in_each_world() {
    let out = check(&bare("facts"), &["resolve", "--format", "json"], 0);
    let facts: Value = serde_json::from_str(&out).unwrap();
    let process = &facts["projects"][0]["deployments"][0]["processes"][0];
    let worlds = process["worlds"].as_array().unwrap();
    let larger = worlds.iter().find(|it| it["label"] == "Heroku standard-2x").unwrap();
    // All that the plan decides changes together, and nothing else.
    assert_eq!(larger["facts"]["machine.memory_mb"]["value"], 1_024);
    assert_eq!(larger["facts"]["machine.price_usd_month"]["value"], 50);
    assert_eq!(larger["facts"]["timeout_s"], Value::Null);
    let out = check(&bare("facts-human"), &["resolve"], 0);
    let mut memory = out.lines().filter(|it| it.trim().starts_with("machine.memory_mb"));
    assert!(memory.next_back().is_some_and(|it| it.contains("8,192 MB")), "{out}");
    assert!(out.contains("Heroku standard-2x"), "{out}");
}

#[test]
fn a_rule_is_explained_with_the_numbers_of_a_process() {
    let folder = bare("explained");
    let out = check(&folder, &["explain", "memory-overcommit", "--for", "web"], 0);
    assert!(out.contains("It fires: 8 workers need about 1,024 MB"), "{out}");
    let ruling = |world: &str| {
        let line = out.lines().find(|it| it.trim().starts_with(world)).unwrap();
        line.trim().strip_prefix(world).unwrap().trim().to_owned()
    };
    assert_eq!(ruling("Heroku basic (assumed)"), "fires");
    assert_eq!(ruling("Heroku standard-2x"), "holds");
    assert!(out.contains("memory_needed_mb") && out.contains("1,024 MB"), "{out}");
    let out = check(&folder, &["explain", "memory-overcommit", "--for", "wbe"], 2);
    assert_eq!(out, "");
    let held = check(&folder, &["explain", "python-end-of-life", "--for", "web"], 0);
    assert!(!held.contains("It fires"), "{held}");
    let page = ["explain", "memory-overcommit", "--for", "web", "--format", "markdown"];
    assert!(check(&folder, &page, 0).contains("**For web of Procfile**"));
}

/// A Procfile with settings and what is beside it.
fn beside(name: &str, hosts: &str, more: &[(&str, &str)]) -> Value {
    let folder = bare(&format!("beside-{name}"))
        .with("shop/wsgi.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n")
        .with("s.py", format!("ALLOWED_HOSTS = [{hosts}]\n"));
    let folder = more.iter().fold(folder, |folder, (path, text)| folder.with(path, *text));
    json(&folder, &[])
}

#[test]
fn hosts_in_settings_speak_for_their_platform() {
    let assumed = |it: &Value| texts(&it["assumptions"], "settle_with").join("\n");
    assert!(assumed(&beside("heroku", "'.herokuapp.com'", &[])).contains("heroku"));
    // A Procfile that is left over: Render has its own plans, and reads none.
    let (lines, _) = said(&beside("render", "'shop.onrender.com'", &[]));
    assert!(!lines.iter().any(|it| it.contains("memory-overcommit")), "{lines:?}");
}

#[test]
fn what_others_build_is_not_taken_for_heroku() {
    for (name, path) in
        [("beanstalk", ".ebextensions/a.config"), ("caprover", "captain-definition")]
    {
        let (lines, _) = said(&beside(name, "'example.org'", &[(path, "{}\n")]));
        assert!(!lines.iter().any(|it| it.contains("assumed")), "{name}: {lines:?}");
    }
    let on = |socket: &str| {
        let procfile = format!("web: gunicorn shop.wsgi --workers 8 -b unix:{socket}\n");
        let name = socket.replace('/', "-");
        said(&beside(&name, "'example.org'", &[("Procfile", &procfile)])).0
    };
    // The buildpack of nginx is in front of this one.
    assert!(on("/tmp/nginx.socket").contains(&"assumed memory-overcommit".to_owned()));
    assert!(!on("/run/shop.sock").contains(&"assumed memory-overcommit".to_owned()));
}

/// In each module the first is less than the second; of two modules together, it need not be.
#[test]
fn settings_of_one_module_are_so_together() {
    let rule = "since = \"0.1.0\"\nlevel = \"error\"\ngroup = \"own\"\nsummary = \"s\"\n\
                why = \"w.\"\nhelp = \"h\"\nsources = [\"https://example.invalid\"]\n\
                [check]\non = \"process\"\nrequire = 'setting(\"FILE_UPLOAD_MAX_MEMORY_SIZE\") >= \
                setting(\"DATA_UPLOAD_MAX_MEMORY_SIZE\")'\n\
                message = \"less\"\n[[fail]]\nProcfile = \"web: gunicorn shop.wsgi\"\n\
                [[pass]]\nProcfile = \"web: gunicorn shop.wsgi\"\n";
    let entry =
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.base')\n";
    let module = |file: u32, data: u32| {
        format!(
            "INSTALLED_APPS = ['shop']\nFILE_UPLOAD_MAX_MEMORY_SIZE = {file}\n\
             DATA_UPLOAD_MAX_MEMORY_SIZE = {data}\n"
        )
    };
    let lines = |name: &str, production: String| {
        let folder = bare(&format!("modules-{name}"))
            .with("opslint.toml", "rules = [\"own\"]\n")
            .with("own/least-below-most.toml", rule)
            .with("shop/__init__.py", "")
            .with("shop/wsgi.py", entry)
            .with("shop/settings/__init__.py", "")
            .with("shop/settings/base.py", module(1, 2))
            .with("shop/settings/production.py", production);
        said(&json(&folder, &[])).0
    };
    let said = |it: &str| it.contains("least-below-most");
    assert!(lines("together", module(3, 4)).iter().any(|it| said(it)));
    assert!(!lines("one", module(4, 3)).iter().any(|it| said(it)));
}

#[test]
fn what_a_host_starts_is_known_by_its_program() {
    let folder = Folder::new("worlds-proxy")
        .with("front.service", "[Service]\nExecStart=/usr/sbin/haproxy -f /etc/haproxy.cfg\n")
        .with("supervisord.conf", "[program:front]\ncommand=/usr/bin/caddy run\n");
    let report = json(&folder, &[]);
    assert_eq!(report["assumptions"], Value::Array(Vec::new()));
    let other = Folder::new("worlds-no-proxy")
        .with("supervisord.conf", "[program:front]\ncommand=/usr/bin/caddy-exporter run\n");
    let lines = json(&other, &[]);
    let lines = texts(&lines["assumptions"], "settle_with").join("\n");
    assert!(lines.contains("front.kind = \"worker\""), "{lines}");
}

#[test]
fn a_procfile_that_watches_files_is_for_a_developer() {
    let platform = |name: &str, second: &str| {
        let folder = bare(name).with("Procfile", format!("{PROCFILE}{second}"));
        let report = json(&folder, &[]);
        texts(&report["assumptions"], "settle_with").join("\n").contains("platform")
    };
    assert!(!platform("watcher", "css: make watch-scss\n"));
    assert!(!platform("flag", "css: npx tailwindcss --watch\n"));
    assert!(platform("named", "worker: celery -A watch worker\n"));
}

#[test]
fn the_plan_of_a_machine_settles_its_memory() {
    let folder = Folder::new("worlds-machine").with(
        "fly.toml",
        "app = \"shop\"\n[http_service]\ninternal_port = 80\n\
             auto_stop_machines = \"suspend\"\nauto_start_machines = true\n",
    );
    let report = json(&folder, &[]);
    let lines = texts(&report["assumptions"], "settle_with");
    let is_about = |what: &str| lines.iter().filter(|it| it.contains(what)).count();
    assert_eq!((is_about(".plan ="), is_about(".memory_mb =")), (1, 0), "{lines:?}");
    let folder = folder.with("opslint.toml", lines.join("\n"));
    assert_eq!(json(&folder, &[])["assumptions"], Value::Array(Vec::new()));
}

#[test]
fn of_what_waits_to_be_scaled_one_is_taken() {
    let folder = Folder::new("worlds-waits")
        .with("Procfile", "worker: celery -A shop worker\n")
        .with("requirements.txt", "celery\n");
    let report = json(&folder, &[]);
    let why = texts(&report["assumptions"], "text").join("\n");
    assert!(why.contains("Heroku starts none until somebody scales it"), "{why}");
}

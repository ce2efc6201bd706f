//! Tables and documents of facts, line by line.

use super::*;
use crate::fact::{Fact, Input, Origin, OriginKind, Unknown, Value};
use crate::project::{Deployment, Environment, Facts, NamedFacts, Process, Project, unmentioned};
use crate::report::ShowSecrets;
use crate::report::samples::span;
use crate::secret::Secrets;
use crate::source::{SourceMap, Span, Spanned};
use crate::vocabulary::{self, FactId};
use expect_test::{Expect, expect};
use serde_json::Value as Json;

fn written(at: Span, value: Value, source: &str) -> Fact {
    Fact::known(value, Origin::written(at, source))
}

fn given(kind: OriginKind, value: Value, source: &str) -> Fact {
    Fact::known(value, Origin::new(kind, source))
}

/// The facts of one gunicorn on Fly.io: computed, written, default, assumed, unknown.
fn facts(sources: &SourceMap) -> Facts {
    let mut facts = Facts::new();
    let computed = span(sources, "gunicorn.conf.py", "cpu_count() * 2 + 1");
    let cpus = given(OriginKind::Platform, Value::Int(4), "Fly.io shared-cpu-4x");
    let mut workers = written(computed, Value::Int(9), "`workers` in gunicorn.conf.py");
    workers.origin.inputs.push(Input::new("cpu_count()", cpus));
    let mut env = written(
        span(sources, "fly.toml", "\"4\""),
        Value::Text("4".into()),
        "`WEB_CONCURRENCY` in fly.toml",
    );
    env.origin.kind = OriginKind::Env;
    let default = given(OriginKind::Default, Value::Int(1), "gunicorn default");
    facts.set(vocabulary::WORKERS, workers.over(env.over(default)));
    let timeout = given(OriginKind::Default, Value::Int(30), "gunicorn default");
    facts.set(vocabulary::TIMEOUT_S, timeout);
    let command = span(sources, "fly.toml", "gunicorn shop.wsgi");
    let text = Value::Text("gunicorn shop.wsgi".into());
    facts.set(vocabulary::COMMAND, written(command, text, "`processes.web` in fly.toml"));
    facts.set(vocabulary::SERVER, written(command, Value::Text("gunicorn".into()), "the command"));
    let memory = span(sources, "fly.toml", "\"512mb\"");
    facts.set(
        vocabulary::MACHINE_MEMORY_MB,
        written(memory, Value::Int(512), "`memory` in fly.toml"),
    );
    let port = Origin::new(OriginKind::Derived, "bind");
    facts.set(vocabulary::PORT, Fact::unknown(unmentioned("PORT"), port));
    let assumed = given(OriginKind::Assumed, Value::Int(128), "128 MB per worker (Django)");
    let mut needed = given(OriginKind::Derived, Value::Int(1152), "workers × memory per worker");
    for (id, fact) in [
        (vocabulary::WORKERS, facts.get(vocabulary::WORKERS).unwrap().clone()),
        (vocabulary::MEMORY_PER_WORKER_MB, assumed.clone()),
    ] {
        needed.origin.inputs.push(Input::new(id.name(), fact));
    }
    facts.set(vocabulary::MEMORY_PER_WORKER_MB, assumed);
    facts.set(vocabulary::MEMORY_NEEDED_MB, needed);
    facts
}

fn shop() -> (SourceMap, Vec<Project>) {
    let mut sources = SourceMap::new();
    sources
        .add("gunicorn.conf.py", "workers = cpu_count() * 2 + 1\nworker_tmp_dir = \"/dev/shm\"\n");
    let fly = "app = \"shop\"\n[env]\n  WEB_CONCURRENCY = \"4\"\n[processes]\n  web = \"gunicorn \
               shop.wsgi\"\n[[vm]]\n  size = \"shared-cpu-4x\"\n  memory = \"512mb\"\n";
    let file = sources.add("fly.toml", fly);
    let facts = facts(&sources);
    let tmp = span(&sources, "gunicorn.conf.py", "\"/dev/shm\"");
    let setting = |id: FactId| facts.get(id).unwrap().clone();
    let settings = NamedFacts::from_iter([
        ("workers".to_owned(), setting(vocabulary::WORKERS)),
        ("timeout".to_owned(), setting(vocabulary::TIMEOUT_S)),
        (
            "worker_tmp_dir".to_owned(),
            written(tmp, Value::Text("/dev/shm".into()), "`worker_tmp_dir`"),
        ),
    ]);
    let web = span(&sources, "fly.toml", "web");
    let process = Process {
        name: Spanned::new("web".to_owned(), web),
        span: web,
        facts,
        settings,
        environment: Environment::new(),
    };
    let mut own = Facts::new();
    let platform = given(OriginKind::Platform, Value::Text("fly".into()), "fly.toml");
    own.set(vocabulary::PLATFORM, platform);
    let price = given(OriginKind::Derived, Value::Number(11.4), "the price of every machine");
    own.set(vocabulary::PRICE_USD_MONTH, price);
    let deployment = Deployment {
        manifest: "fly.toml".to_owned(),
        home: crate::settings::Home::default(),
        name: "shop".to_owned(),
        span: Span::start_of(file),
        facts: own,
        processes: vec![process],
    };
    let project = Project { root: String::new(), deployments: vec![deployment], files: Vec::new() };
    (sources, vec![project])
}

fn options(width: usize) -> ResolvedOptions<'static> {
    let report = ReportOptions { width, ..ReportOptions::default() };
    ResolvedOptions { report, process: None, settings: ListedSettings::Changed, worlds: None }
}

fn shown(projects: Vec<Project>, sources: &SourceMap) -> Shown<Vec<Project>> {
    Shown::projects(projects, sources, &Secrets::none_known(), ShowSecrets::Never)
}

fn print(format: ResolvedFormat, options: &ResolvedOptions<'_>) -> String {
    let (sources, projects) = shop();
    let mut out = Vec::new();
    write_resolved(&mut out, format, &shown(projects, &sources), options).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn check(options: &ResolvedOptions<'_>, expect: &Expect) {
    expect.assert_eq(&print(ResolvedFormat::Human, options));
}

#[test]
fn a_table_says_why_a_value_is_what_it_is() {
    check(
        &options(100),
        &expect![[r#"
            fly.toml · web · gunicorn shop.wsgi
              server                gunicorn  fly.toml:5  the command
              workers               9         gunicorn.conf.py:1  cpu_count() * 2 + 1
                                              ← cpu_count() = 4: Fly.io shared-cpu-4x
                                              overrides 4 from fly.toml:3  `WEB_CONCURRENCY`
              timeout_s             30 s      gunicorn default
              port                  unknown   `$PORT` is set nowhere in this project
                                              settle it with `PORT` under `[env]` in opslint.toml

              machine.memory_mb     512 MB    fly.toml:8  `memory`
              memory_per_worker_mb  128 MB    assumed: 128 MB per worker (Django)
              memory_needed_mb      1,152 MB  workers × memory per worker
                                              ← workers = 9
                                              ← memory_per_worker_mb = 128 MB

              settings of gunicorn
              worker_tmp_dir        /dev/shm  gunicorn.conf.py:2  `worker_tmp_dir`

            fly.toml · shop · 1 process
              platform         fly           fly.toml

              price_usd_month  $11.40/month  the price of every machine
        "#]],
    );
}

#[test]
fn a_narrow_table_breaks_its_last_column() {
    check(
        &options(60),
        &expect![[r#"
            fly.toml · web · gunicorn shop.wsgi
              server                gunicorn  fly.toml:5  the command
              workers               9         gunicorn.conf.py:1
                                              cpu_count() * 2 + 1
                                              ← cpu_count() = 4: Fly.io
                                                shared-cpu-4x
                                              overrides 4 from
                                                fly.toml:3
                                                `WEB_CONCURRENCY`
              timeout_s             30 s      gunicorn default
              port                  unknown   `$PORT` is set nowhere in
                                              this project
                                              settle it with `PORT`
                                              under `[env]` in
                                              opslint.toml

              machine.memory_mb     512 MB    fly.toml:8  `memory`
              memory_per_worker_mb  128 MB    assumed: 128 MB per worker
                                              (Django)
              memory_needed_mb      1,152 MB  workers × memory per
                                              worker
                                              ← workers = 9
                                              ← memory_per_worker_mb =
                                                128 MB

              settings of gunicorn
              worker_tmp_dir        /dev/shm  gunicorn.conf.py:2
                                              `worker_tmp_dir`

            fly.toml · shop · 1 process
              platform         fly           fly.toml

              price_usd_month  $11.40/month  the price of every machine
        "#]],
    );
}

#[test]
fn all_settings_are_listed_when_asked_for() {
    let all = ResolvedOptions { settings: ListedSettings::All, ..options(100) };
    let text = print(ResolvedFormat::Human, &all);
    let mut lines = text.split("\n\n").nth(2).unwrap().lines();
    assert_eq!(lines.next(), Some("  settings of gunicorn"));
    let names = lines.filter(|it| !it.starts_with("   ")).map(|it| it.split_whitespace().next());
    let names: Vec<_> = names.flatten().collect();
    assert_eq!(names, ["timeout", "worker_tmp_dir", "workers"]);
}

#[test]
fn the_document_has_the_fields_of_version_1() {
    let text = print(ResolvedFormat::Json, &options(80));
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(json["version"], 1);
    let deployment = &json["projects"][0]["deployments"][0];
    assert_eq!(deployment["platform"], "fly");
    let process = &deployment["processes"][0];
    assert_eq!(process["command"], "gunicorn shop.wsgi");
    assert_eq!(process["settings"]["worker_tmp_dir"]["value"], "/dev/shm");
    assert_eq!(process["facts"]["timeout_s"]["unit"], "s");
    assert_eq!(process["facts"]["port"].get("value"), None);
    assert_eq!(
        process["facts"]["port"]["unknown"]["reason"],
        "`$PORT` is set nowhere in this project"
    );
}

#[test]
fn a_fact_in_json_keeps_what_it_won_over() {
    let text = print(ResolvedFormat::Json, &options(80));
    let json: Json = serde_json::from_str(&text).unwrap();
    let process = &json["projects"][0]["deployments"][0]["processes"][0];
    let workers = &process["facts"]["workers"];
    let kinds: Vec<_> =
        workers["overridden"].as_array().unwrap().iter().map(|it| &it["origin"]["kind"]).collect();
    assert_eq!(kinds, ["env", "default"]);
    assert_eq!(workers["overridden"][0]["value"], "4");
    expect![[r#"
        {
          "inputs": [
            {
              "name": "cpu_count()",
              "origin": {
                "kind": "platform",
                "source": "Fly.io shared-cpu-4x"
              },
              "value": 4
            }
          ],
          "kind": "written",
          "path": "gunicorn.conf.py",
          "range": {
            "end": {
              "column": 30,
              "line": 1,
              "offset": 29
            },
            "start": {
              "column": 11,
              "line": 1,
              "offset": 10
            }
          },
          "source": "`workers` in gunicorn.conf.py"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&workers["origin"]).unwrap());
}

#[test]
fn an_unknown_that_nothing_settles_says_so_by_null() {
    let (sources, mut projects) = shop();
    let unknown = Unknown::because("only a run can tell");
    let fact = Fact::unknown(unknown, Origin::new(OriginKind::Derived, "x"));
    projects[0].deployments[0].processes[0].facts.set(vocabulary::PORT, fact);
    let mut out = Vec::new();
    let shown = shown(projects, &sources);
    write_resolved(&mut out, ResolvedFormat::Json, &shown, &options(80)).unwrap();
    let json: Json = serde_json::from_slice(&out).unwrap();
    let port = &json["projects"][0]["deployments"][0]["processes"][0]["facts"]["port"];
    assert_eq!(port["unknown"]["settle_with"], Json::Null);
    assert_eq!(port["unknown"]["reason"], "only a run can tell");
}

//! `opslint plan` from outside: numbers worked out by hand, what-if, bad input, and that no advice
//! contradicts a rule.
#![expect(clippy::disallowed_methods, reason = "fixtures are files")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opslint::analysis::{Analysis, ConfigOptions, Judgement, Options, Scope};
use opslint::diagnostic::Severity;
use opslint::plan::{Bounds, Plan, Request};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::settings::toml_key;
use opslint::workspace::MemoryFiles;
use serde_json::Value;

use super::cli::{Folder, check};

/// Two Standard-1X dynos with Django and a small database.
pub(crate) fn heroku() -> Folder {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    Folder::new(&format!("plan-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
        .with("Procfile", "web: gunicorn shop.wsgi --log-file -\n")
        .with("requirements.txt", "Django==5.2\ngunicorn==23.0.0\n")
        .with("shop/wsgi.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n")
        .with(
            "opslint.toml",
            "[deployments.Procfile]\nplatform = \"heroku\"\n\
             [deployments.Procfile.processes.web]\nplan = \"standard-1x\"\ninstances = 2\n",
        )
}

pub(crate) fn json(folder: &Folder, more: &[&str]) -> Value {
    let arguments = [&["plan", ".", "--format", "json"], more].concat();
    serde_json::from_str(&check(folder, &arguments, 0)).unwrap()
}

/// Status and standard error of a run.
pub(crate) fn refused(folder: &Folder, more: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let output = command.arg("plan").args(more).current_dir(folder.path()).env_clear().output();
    let output = output.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Nothing in fly.toml says how many machines there are.
const ONE: &[&str] = &["--with", "web.instances=1"];

/// A machine of Fly.io with other memory costs what it costs in the file, not what the first one did.
#[test]
fn memory_that_is_stated_has_its_price() {
    let fly = |memory: &str| {
        let text = format!(
            "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n[http_service]\n\
             internal_port = 8000\nprocesses = [\"web\"]\n[[vm]]\nsize = \"shared-cpu-1x\"\n\
             memory = \"{memory}\"\n"
        );
        Folder::new(&format!("plan-fly-{memory}")).with("fly.toml", &text)
    };
    let price = |plan: &Value| plan["deployments"][0]["processes"][0]["price_usd_month"].clone();
    let stated = json(&fly("512mb"), &[ONE, &["--with", "web.machine.memory_mb=2048"]].concat());
    let written = json(&fly("2048mb"), ONE);
    assert_eq!(price(&stated), price(&written));
    assert_ne!(price(&stated), price(&json(&fly("512mb"), ONE)));
}

/// By hand: 2 dynos × 2 workers are 4 slots; 4 × 60 / 0.3 is 800; the mean wait of two servers is
/// ρ²/(1-ρ²) of the response time, half of it at ρ = √⅓ = 0.577.
#[test]
fn two_dynos_are_planned_as_by_hand() {
    let plan = json(&heroku(), &[]);
    assert_eq!(plan["version"], 1);
    let deployment = &plan["deployments"][0];
    assert_eq!(deployment["platform"], "heroku");
    assert_eq!(deployment["price_usd_month"]["min"], 50);
    let web = &deployment["processes"][0];
    assert_eq!(web["memory"]["needed_mb"]["max"], 256);
    assert_eq!(web["memory"]["percent"]["max"], 50);
    assert_eq!(web["memory"]["verdict"], "fits");
    assert_eq!(web["slots"]["min"], 4);
    for (idx, seconds, most) in [(0, 0.1, 2_400.0), (1, 0.3, 800.0), (2, 1.0, 240.0)] {
        let at = &web["throughput"][idx];
        assert_eq!(at["response_time_s"].as_f64(), Some(seconds));
        assert_eq!(at["requests_per_minute"]["min"].as_f64(), Some(most));
        assert_eq!(at["limited_by"], "slots");
        let comfortable = at["comfortable_per_minute"]["min"].as_f64().unwrap();
        assert!((comfortable - most * (1.0_f64 / 3.0).sqrt()).abs() < 0.1, "{comfortable}");
    }
    let best = usize::try_from(web["best"].as_u64().unwrap()).unwrap();
    assert_eq!(web["choices"][0]["label"], "now");
    assert_eq!(web["choices"][best]["with"], serde_json::json!({"workers": 3}));
    assert_eq!(web["choices"][best]["price_usd_month"]["max"], 50);
}

#[test]
fn a_demand_buys_the_cheapest_that_serves_it() {
    let folder = heroku();
    let web = &json(&folder, &["--requests", "1500/min"])["deployments"][0]["processes"][0];
    let at = &web["throughput"][1];
    assert_eq!(at["demand"]["utilisation"].as_f64(), Some(1.875));
    // Requests pile up: nobody can say how long they wait.
    assert_eq!(at["demand"]["mean_wait_s"], Value::Null);
    let choices = web["choices"].as_array().unwrap();
    let best = &choices[usize::try_from(web["best"].as_u64().unwrap()).unwrap()];
    assert_eq!(best["is_enough"], true, "{best}");
    let price = |it: &Value| it["price_usd_month"]["max"].as_f64().unwrap();
    let sound = |it: &&Value| {
        it["is_enough"] == true
            && it["breaks"].as_array().unwrap().is_empty()
            && it["memory_percent"]["max"].as_f64().unwrap() <= 80.0
            && it["note"].is_null()
    };
    assert!(choices.iter().filter(sound).all(|it| price(it) >= price(best)), "{web}");
    // It is still enough when it is what there is.
    let with: Vec<String> = best["with"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("--with=web.{name}={}", value.to_string().trim_matches('"')))
        .collect();
    let mut again = vec!["--requests", "1500/min"];
    again.extend(with.iter().map(String::as_str));
    let web = &json(&folder, &again)["deployments"][0]["processes"][0];
    let comfortable = &web["throughput"][1]["comfortable_per_minute"]["min"];
    assert!(comfortable.as_f64().unwrap() >= 1_500.0, "{web}");
}

#[test]
fn a_percentile_is_kept_or_nothing_is_best() {
    let folder = heroku();
    let at = |p95: &str| {
        let plan = json(&folder, &["--requests", "600/min", "--p95", p95]);
        plan["deployments"][0]["processes"][0].clone()
    };
    let strict = at("310ms");
    let loose = at("2s");
    let price = |it: &Value| {
        let best = usize::try_from(it["best"].as_u64().unwrap()).unwrap();
        it["choices"][best]["price_usd_month"]["max"].as_f64().unwrap()
    };
    assert!(price(&strict) > price(&loose), "{strict} {loose}");
    // Faster than the response itself: no machine helps.
    assert_eq!(at("200ms")["best"], Value::Null);
}

/// What is planned otherwise is evaluated otherwise: the plan brings its memory, its workers and
/// its price.
#[test]
fn another_plan_brings_everything_that_follows_from_it() {
    let plan = json(&heroku(), &["--with", "plan=standard-2x", "--with", "web.instances=3"]);
    let web = &plan["deployments"][0]["processes"][0];
    assert_eq!(web["machine"]["plan"], "standard-2x");
    assert_eq!(web["machine"]["memory_mb"], 1_024);
    assert_eq!(web["memory"]["workers"], 4);
    assert_eq!(web["slots"]["min"], 12);
    assert_eq!(web["price_usd_month"]["max"], 150);
    let threads = json(&heroku(), &["--with", "threads=4"]);
    let web = &threads["deployments"][0]["processes"][0];
    assert_eq!(web["slots"]["min"], 16, "threads are slots too");
}

#[test]
fn what_cannot_be_planned_with_is_refused_by_the_name_of_its_flag() {
    let folder = heroku();
    for (arguments, said) in [
        (&["--response-time", "0"][..], "--response-time"),
        (&["--response-time", "-1s"], "--response-time"),
        (&["--response-time", "300"], "--response-time"),
        (&["--cpu-time", "0ms"], "--cpu-time"),
        (&["--cpu-time", "2s", "--response-time", "3s,1s"], "--cpu-time"),
        (&["--requests", "-5"], "--requests"),
        (&["--requests", "1e99"], "--requests"),
        (&["--requests", "6/fortnight"], "--requests"),
        (&["--p95", "0s", "--requests", "1"], "--p95"),
        (&["--p95", "1s"], "--requests"),
        (&["--memory-bounds", "90,10"], "--memory-bounds"),
        (&["--with", "web.plan"], "--with"),
        (&["--with", "web.plan=standrd-2x"], "did you mean `standard-2x`?"),
        (&["--with", "wbe.plan=standard-2x"], "did you mean `web`?"),
        (&["--with", "web.workrs=3"], "did you mean `workers`?"),
        (&["--with", "web.workers=-1"], "`--with web.workers=-1`: it must not be negative"),
        (&["--with", "web.workers=1e12"], "too large"),
        (&["--with", "web.workers=2.5"], "whole number"),
        (&["--with", "web.preload=maybe"], "`true` or `false`"),
        (&["--with", "platform=herok"], "did you mean `heroku`?"),
        (&[".", "wbe"], "did you mean `web`?"),
    ] {
        let (status, error) = refused(&folder, arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn where_nothing_stays_there_is_nothing_to_plan() {
    let folder = Folder::new("plan-nothing").with("README.md", "nothing\n");
    assert!(check(&folder, &["plan"], 0).starts_with("nothing to plan"));
    assert_eq!(json(&folder, &[])["deployments"], Value::Array(Vec::new()));
}

/// On a screen of 80 columns nothing is wider, and nothing depends on colour.
#[test]
fn a_plan_is_readable_on_paper() {
    let text = check(&heroku(), &["plan"], 0);
    assert!(!text.contains('\u{1b}'), "{text}");
    for said in [
        "Procfile on Heroku",
        "$50 a month",
        "256 of 512 MB (50 %)",
        "at most 2,400 a minute at 100 ms · 800 at 300 ms · 240 at 1 s",
        "1,386 · 462 · 139",
        "→ workers = 3",
        "`--cpu-time`",
    ] {
        assert!(text.contains(said), "{said} is missing:\n{text}");
    }
}

/// Busy 4 hours of every day: 4/24 of a month with 5 instances, the rest with 1. By hand:
/// $25 + 4 × $25 / 6 = $41.67.
#[test]
fn busy_hours_cost_what_they_take() {
    let render = "services:\n  - type: web\n    name: shop\n    runtime: python\n    plan: standard\n    \
                  startCommand: gunicorn shop:app --workers 2\n    scaling:\n      minInstances: 1\n      \
                  maxInstances: 5\n      targetCPUPercent: 70\n";
    let folder = Folder::new("plan-profile").with("render.yaml", render);
    let web = &json(&folder, &["--profile", "4hx30d"])["deployments"][0]["processes"][0];
    let usd = web["price_usd_month_by_profile"].as_f64().unwrap();
    assert!((usd - 41.67).abs() < 0.01, "{web}");
    for profile in ["25hx3d", "4hx31d", "4h", "-1hx3d"] {
        let (status, error) = refused(&folder, &["--profile", profile]);
        assert_eq!(status, Some(2), "{profile}");
        assert!(error.contains("--profile"), "{error}");
    }
}

/// By hand: 512 MB are 0.289 CPUs, so 290 ms and 10 ms of CPU become 324.6 ms, with 512 MB 0.1623
/// GB-seconds a request. A dyno for $25 takes 231 requests a minute in comfort (two workers:
/// 400 × √⅓). One that is full costs more than functions, and of the second a part is enough.
#[test]
fn functions_cost_as_much_at_the_break_even() {
    const GB_SECONDS: f64 = (0.29 + 0.01 * 1_769.0 / 512.0) * 0.5;
    let web = &json(&heroku(), &[])["deployments"][0]["processes"][0];
    let functions = &web["functions"];
    let requests = functions["break_even_per_minute"].as_f64().unwrap() * 60.0 * 24.0 * 30.0;
    let usd = (requests * GB_SECONDS - 400_000.0) * 0.000_016_666_7 + (requests / 1e6 - 1.0) * 0.2;
    assert!((usd - 50.0).abs() < 0.01, "{usd}: {functions}");
    let full = |count: f64| {
        let requests = count * 400.0 * (1.0_f64 / 3.0).sqrt() * 60.0 * 24.0 * 30.0;
        (requests * GB_SECONDS - 400_000.0) * 0.000_016_666_7 + (requests / 1e6 - 1.0) * 0.2
    };
    assert!(full(1.0) < 25.0 && full(2.0) > 50.0, "{} {}", full(1.0), full(2.0));
}

/// One page, which loads nothing and has a plot of each kind.
#[test]
fn the_page_stands_alone() {
    let page = check(&heroku(), &["plan", "--format", "html"], 0);
    assert!(page.starts_with("<!doctype html>"), "{page}");
    let lines = page.matches("stroke-width=\"2\"").count();
    assert_eq!(lines, 7, "four plots, three of them with two lines");
    for loads in ["<script", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(loads), "{loads}");
    }
    let strange =
        Folder::new("plan-strange").with("Procfile", "web: gunicorn '<script>alert(1)</script>'\n");
    assert!(!check(&strange, &["plan", "--format", "html"], 0).contains("<script"));
}

/// The examples of the page are what opslint prints.
#[test]
fn the_page_about_plans_shows_real_output() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/plan.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut parts = page.split("```text shown\n");
    let mut written = parts.next().unwrap().to_owned();
    let mut examples = 0;
    for part in parts {
        examples += 1;
        let (_, after) = part.split_once("```").unwrap();
        let arguments = written.rsplit_once("$ opslint ").unwrap().1.split_once('\n').unwrap().0;
        let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
        command.args(arguments.split(' ')).current_dir(root).env_clear().env("LANG", "C.UTF-8");
        let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
        written += &format!("```text shown\n{printed}```{after}");
    }
    assert!(examples >= 2, "{examples} examples");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, written).unwrap();
        return;
    }
    assert_eq!(page, written, "UPDATE_EXPECT=1 writes it anew");
}

/// The texts of each fixture, by its name.
pub(crate) fn fixtures() -> Vec<(String, MemoryFiles)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    let read = |folder: PathBuf| {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        (name, texts(&folder, &folder, MemoryFiles::new()))
    };
    folders.into_iter().filter(|it| it.is_dir()).map(read).collect()
}

fn texts(root: &Path, folder: &Path, mut files: MemoryFiles) -> MemoryFiles {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files = texts(root, &path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let shown = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files = files.with(shown, text);
        }
    }
    files
}

fn analysis(files: &MemoryFiles, policy: &Arc<Policy>, set: Vec<String>) -> Analysis {
    let config = ConfigOptions { policy: Some(Arc::clone(policy)), set, ..Default::default() };
    Analysis::open(files.clone(), Options { config, ..Options::with_policy(Arc::default()) })
        .unwrap()
}

/// What a check finds that no advice may lead to, by rule, manifest and process: errors, and
/// warnings about the number of workers.
fn errors(analysis: &Analysis) -> BTreeSet<(String, Vec<String>, Option<String>)> {
    let today = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let checked = analysis.check(&Scope::default(), &today).unwrap();
    let all = checked.outcome.diagnostics.into_iter();
    let of_workers = ["too-many-workers", "idle-cpus", "single-request-server", "too-many-threads"];
    let errors = all.filter(|it| {
        it.severity == Severity::Error
            || it.severity == Severity::Warning && of_workers.contains(&it.rule.as_str())
    });
    errors.map(|it| (it.rule, it.deployments, it.process)).collect()
}

/// A recommendation, written as a user would into opslint.toml, makes no error of a check.
#[test]
fn what_is_recommended_breaks_no_rule() {
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let mut recommended = 0;
    for (name, files) in fixtures() {
        let today = analysis(&files, &policy, Vec::new());
        let before = errors(&today);
        for request in
            [Request::default(), Request { requests_per_minute: Some(900.0), ..Request::default() }]
        {
            let plans = today.plan(&request).unwrap().plans;
            for set in plans.iter().flat_map(recommendations) {
                recommended += 1;
                let after = errors(&analysis(&files, &policy, set.clone()));
                let new: Vec<_> = after.difference(&before).collect();
                assert!(new.is_empty(), "{name} with {set:?}: {new:?}");
            }
        }
    }
    assert!(recommended > 20, "only {recommended} recommendations in all fixtures");
}

/// The best choice of each process as flags.
fn recommendations(plan: &Plan) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for deployment in &plan.deployments {
        for process in &deployment.processes {
            let Some(best) = process.best.map(|it| &process.choices[it]) else { continue };
            let table = format!(
                "deployments.{}.processes.{}",
                toml_key(&deployment.manifest),
                toml_key(&process.name)
            );
            let flag = |(name, value): &(String, opslint::fact::Value)| {
                let value = match value.as_str() {
                    Some(text) => format!("\"{text}\""),
                    None => value.to_string(),
                };
                format!(
                    "{table}.{}={value}",
                    if name.contains('.') { toml_key(name) } else { name.clone() }
                )
            };
            all.push(best.with.iter().map(flag).collect());
            assert!(best.breaks.is_empty(), "{best:?}");
            let memory = best.memory_percent.clone().unwrap();
            assert!(memory.max <= 80.0, "{best:?}");
        }
        for function in &deployment.functions {
            let Some(best) = function.best.map(|it| &function.choices[it]) else { continue };
            let of = (toml_key(&deployment.manifest), toml_key(&function.name));
            let flag = |(name, value): &(String, opslint::fact::Value)| {
                format!("deployments.{}.processes.{}.{}={value}", of.0, of.1, toml_key(name))
            };
            all.push(best.with.iter().map(flag).collect());
            assert!(best.breaks.is_empty(), "{best:?}");
        }
    }
    all
}

/// What there is, is not advised where `check` warns of it, and what else the machine could do is
/// offered however many machines are cheaper.
#[test]
fn too_many_workers_are_not_advised() {
    let render = "services:\n  - type: web\n    name: shop\n    runtime: python\n    \
                  plan: standard\n    startCommand: gunicorn shop:app --workers 20\n";
    let folder = Folder::new("plan-too-many").with("render.yaml", render);
    let folder = folder.with("requirements.txt", "Flask==3.1\ngunicorn==23.0.0\n");
    let folder = folder.with("shop.py", "from flask import Flask\napp = Flask(__name__)\n");
    check_best(&folder, "workers = 3", &["too-many-workers"]);

    let fly = "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi --bind 0.0.0.0:8000 \
               --workers 60\"\n[http_service]\ninternal_port = 8000\nprocesses = [\"web\"]\n\
               [[vm]]\nsize = \"performance-2x\"\n";
    let folder = Folder::new("plan-too-many-for-memory").with("fly.toml", fly);
    let folder = folder.with("requirements.txt", "Django==5.2\ngunicorn==23.0.0\n");
    let settings = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n";
    let folder = folder.with("shop/wsgi.py", settings);
    let choices =
        check_best(&folder, "shared-cpu-4x, 6 workers", &["memory-overcommit", "too-many-workers"]);
    assert!(choices.iter().any(|it| it["label"] == "workers = 5"), "{choices:#?}");
}

#[track_caller]
fn check_best(folder: &Folder, label: &str, breaks: &[&str]) -> Vec<Value> {
    let plan = json(folder, &[]);
    let process = &plan["deployments"][0]["processes"][0];
    let best = process["best"].as_u64().expect("something is best");
    let choices = process["choices"].as_array().unwrap().clone();
    assert_eq!(choices[usize::try_from(best).unwrap()]["label"], label, "{choices:#?}");
    assert_eq!(choices[0]["breaks"], serde_json::json!(breaks), "{choices:#?}");
    choices
}

/// Whatever is not known stays so, and ranges stay ranges.
#[test]
fn bounds_never_cross() {
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let ordered = |it: &Bounds| it.min <= it.max && it.min >= 0.0;
    for (name, files) in fixtures() {
        for plan in analysis(&files, &policy, Vec::new()).plan(&Request::default()).unwrap().plans {
            for process in plan.deployments.iter().flat_map(|it| &it.processes) {
                let it = &process.figures;
                for figure in [&it.price, &it.slots, &it.memory.percent, &it.connections.needed] {
                    assert!(figure.iter().all(ordered), "{name}: {figure:?}");
                }
                for at in &it.throughput {
                    assert!(ordered(&at.most) && ordered(&at.comfortable), "{name}: {at:?}");
                    assert!(at.comfortable.min <= at.most.min + 1e-6, "{name}: {at:?}");
                }
            }
        }
    }
}

/// 8 workers of 80 MB need 640 of 512 MB; of 80 %, there is room for 5.
#[test]
fn servers_of_other_languages_are_sized() {
    let folder = Folder::new("plan-puma")
        .with("Procfile", "web: bundle exec puma -w 8 -t 5:5\n")
        .with("Gemfile", "gem \"puma\"\n")
        .with("app.json", "{\"formation\": {\"web\": {\"quantity\": 1, \"size\": \"basic\"}}}\n");
    let plan: Value =
        serde_json::from_str(&check(&folder, &["plan", "--format", "json"], 0)).unwrap();
    let process = &plan["deployments"][0]["processes"][0];
    let best = process["best"].as_u64().unwrap() as usize;
    assert_eq!(process["choices"][best]["with"], serde_json::json!({"workers": 5}), "{process}");
}

/// What a program of any code needs, nobody knows; what settles it is said.
#[test]
fn memory_that_depends_on_the_code_is_asked_for() {
    let folder = Folder::new("plan-node")
        .with("Procfile", "web: deno run main.ts\n")
        .with("app.json", "{\"formation\": {\"web\": {\"quantity\": 1, \"size\": \"basic\"}}}\n");
    let said = check(&folder, &["plan"], 0);
    assert!(said.contains("the code that Deno runs"), "{said}");
    assert!(said.contains("`memory_needed_mb`"), "{said}");
}

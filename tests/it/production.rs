//! Conditions that ask for production are judged as in production, and say so.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check};

fn configured(name: &str, python: &str) -> Folder {
    Folder::new(&format!("production-{name}"))
        .with("Procfile", "web: gunicorn shop.wsgi -c gunicorn.conf.py\n")
        .with("requirements.txt", "django\ngunicorn\n")
        .with("gunicorn.conf.py", format!("import os\n{python}"))
}

fn resolved(folder: &Folder) -> Value {
    let out = check(folder, &["resolve", "--format", "json"], 0);
    let all: Value = serde_json::from_str(&out).unwrap();
    all["projects"][0]["deployments"][0]["processes"][0]["facts"].clone()
}

fn report(folder: &Folder, more: &[&str]) -> Value {
    let arguments = [&["--format", "json", "--fail-on", "never"], more].concat();
    serde_json::from_str(&check(folder, &arguments, 0)).unwrap()
}

/// The ways that people write it: each has 8 workers and 120 seconds in production, by reading it.
const WAYS: &[(&str, &str)] = &[
    (
        "conditional",
        "workers = 8 if os.environ.get('APP_ENV') == 'production' else 2\ntimeout = 120\n",
    ),
    (
        "or",
        "env = os.environ.get('APP_ENV') or 'development'\n\
         if env == 'production':\n    workers, timeout = 8, 120\n\
         else:\n    workers, timeout = 1, 30\n",
    ),
    (
        "required",
        "env = os.environ['DEPLOY_STAGE'].lower()\n\
         if env != 'prod':\n    workers, timeout = 1, 30\n\
         else:\n    workers, timeout = 8, 120\n",
    ),
    (
        "dict",
        "all = {'production': {'workers': 8, 'timeout': 120}, 'staging': {'workers': 4}, \
         'development': {'workers': 1}}\n\
         own = all[os.getenv('APP_ENV', 'development')]\n\
         workers, timeout = own['workers'], own.get('timeout', 30)\n",
    ),
    (
        "get",
        "workers = {'prod': 8, 'dev': 1}.get(os.getenv('ENVIRONMENT', 'dev'), 1)\ntimeout = 120\n",
    ),
    (
        "among",
        "is_live = os.getenv('APP_ENV') in ('production', 'staging')\n\
         workers = 8 if is_live else 1\ntimeout = 120\n",
    ),
    (
        "match",
        "timeout = 120\nmatch os.getenv('APP_ENV', 'local'):\n    case 'production':\n        \
         workers = 8\n    case _:\n        workers = 1\n",
    ),
];

#[test]
fn settings_are_those_of_production() {
    for (name, python) in WAYS {
        let folder = configured(name, python);
        let facts = resolved(&folder);
        assert_eq!(facts["workers"]["value"], 8, "{name}: {}", facts["workers"]);
        assert_eq!(facts["timeout_s"]["value"], 120, "{name}: {}", facts["timeout_s"]);
        let report = report(&folder, &[]);
        let said = report["diagnostics"].as_array().unwrap().iter();
        let memory = said.clone().find(|it| it["rule"] == "memory-overcommit").unwrap();
        assert_eq!(memory["confidence"], "assumed", "{name}: {memory}");
        let lines = report["assumptions"].to_string();
        let (variable, text) = match *name {
            "required" => ("DEPLOY_STAGE", "prod"),
            "get" => ("ENVIRONMENT", "prod"),
            _ => ("APP_ENV", "production"),
        };
        let line = format!("deployments.Procfile.env.{variable} = \\\"{text}\\\"");
        assert!(lines.contains(&line), "{name}: {lines}");
    }
}

/// Nothing is taken from one branch and beside it from another, in the script and in the settings.
#[test]
fn all_that_depends_on_the_variable_is_in_production() {
    let script = "
if [ \"$APP_ENV\" = production ]; then export WEB_CONCURRENCY=6; else export WEB_CONCURRENCY=2; fi
exec gunicorn shop.wsgi -c gunicorn.conf.py
";
    let python = "workers = int(os.environ['WEB_CONCURRENCY'])\n\
                  threads = 1 if os.environ.get('APP_ENV') == 'production' else 3\n";
    let folder =
        configured("both", python).with("Procfile", "web: sh start.sh\n").with("start.sh", script);
    let facts = resolved(&folder);
    assert_eq!((&facts["workers"]["value"], &facts["threads"]["value"]), (&6.into(), &1.into()));
}

/// It is 120 seconds either way, so the variable is no part of what is said of them.
#[test]
fn what_is_so_in_each_branch_does_not_rest_on_the_variable() {
    let python = "is_live = os.environ.get('APP_ENV') == 'production'\n\
                  timeout = max(120, 90 if is_live else 60)\n";
    let folder = configured("alike", python);
    let folder = folder.with("opslint.toml", "deployments.Procfile.platform = \"heroku\"\n");
    let report = report(&folder, &[]);
    let said = report["diagnostics"].as_array().unwrap().iter();
    let above = said.clone().find(|it| it["rule"] == "timeout-above-router").unwrap();
    assert_eq!(above["confidence"], "certain", "{above}");
}

/// `$DYNO` is set on Heroku and nowhere else; `$DEBUG` is set by developers.
#[test]
fn a_variable_about_something_else_is_not_set() {
    for (name, condition) in [
        ("dyno", "env = 'production' if os.getenv('DYNO') else 'local'\nif env == 'production'"),
        ("debug", "if os.getenv('DEBUG_MODE') == 'production'"),
        ("other", "if os.getenv('APP_ENV') == 'other'"),
    ] {
        let python = format!("workers = 2\n{condition}:\n    workers = 8\n");
        let report = report(&configured(name, &python), &[]);
        let said = report["diagnostics"].to_string();
        assert!(!said.contains("memory-overcommit"), "{name}: {said}");
    }
}

#[test]
fn what_is_stated_counts_instead_and_strictly_nothing_is_assumed() {
    let folder = configured("stated", WAYS[0].1);
    let strict = report(&folder, &["--no-assumptions"]);
    assert!(!strict["diagnostics"].to_string().contains("memory-overcommit"), "{strict}");
    let folder = folder.with("opslint.toml", "[env]\nAPP_ENV = \"staging\"\n");
    let facts = resolved(&folder);
    assert_eq!(facts["workers"]["value"], 2, "{}", facts["workers"]);
}

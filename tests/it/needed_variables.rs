//! A variable that a process needs and that only another one has: what may set it all the same.

use std::sync::Arc;

use opslint::analysis::{Analysis, Judgement, Options, Scope};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::workspace::MemoryFiles;

const RULE: &str = "variable-set-for-other-process";

const DOCKERFILE: &str = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n";

const NEEDS: &str = "SECRET_KEY = os.environ['SECRET_KEY']";

/// A project of Django whose web process has `SECRET_KEY`, and its worker not.
fn project(settings: &str) -> Vec<(&'static str, String)> {
    let compose = "services:\n  web:\n    build: .\n    command: gunicorn shop.wsgi -b 0.0.0.0:80\n    \
                   environment: {SECRET_KEY: x}\n  worker:\n    build: .\n    \
                   command: celery -A shop worker\n";
    let named = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n";
    let celery = format!(
        "{named}from celery import Celery\napp = Celery('shop')\n\
         app.config_from_object('django.conf:settings', namespace='CELERY')\n"
    );
    vec![
        ("compose.yaml", compose.to_owned()),
        ("Dockerfile", DOCKERFILE.to_owned()),
        ("shop/__init__.py", String::new()),
        ("shop/wsgi.py", named.to_owned()),
        ("shop/celery.py", celery),
        ("shop/settings.py", format!("import os\nROOT_URLCONF = 'shop.urls'\n{settings}\n")),
    ]
}

fn fires(files: &[(&str, String)]) -> bool {
    let files =
        files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, text.as_str()));
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let analysis = Analysis::open(files, Options::with_policy(policy)).expect("files are there");
    let today = Judgement::on(Date::from_iso("2026-11-28").expect("a day"));
    let checked = analysis.check(&Scope::default(), &today).expect("they are checked");
    checked.outcome.diagnostics.iter().any(|it| it.rule == RULE)
}

#[track_caller]
fn check_settings(settings: &str, expect: bool) {
    assert_eq!(fires(&project(settings)), expect, "{settings}");
}

/// The same with these files in place of those of their names.
#[track_caller]
fn check(given: &[(&'static str, &str)], expect: bool) {
    let mut files = project(NEEDS);
    for (path, text) in given {
        files.retain(|it| it.0 != *path);
        files.push((path, (*text).to_owned()));
    }
    assert_eq!(fires(&files), expect, "{given:?}");
}

#[test]
fn settings_that_cannot_be_loaded_without_it() {
    for settings in [
        NEEDS,
        "def need(name):\n    return os.environ[name]\nSECRET_KEY = need('SECRET_KEY')",
        "if os.environ.get('DEBUG') != '1':\n    SECRET_KEY = os.environ['SECRET_KEY']",
        "import environ\nenv = environ.Env()\nSECRET_KEY = env('SECRET_KEY')",
        "from environs import Env\nenv = Env()\nSECRET_KEY = env.str('SECRET_KEY')",
        "SECRET_KEY = os.environ.pop('SECRET_KEY')",
        "try:\n    SECRET_KEY = os.environ['SECRET_KEY']\nexcept ValueError:\n    pass",
    ] {
        check_settings(settings, true);
    }
}

#[test]
fn settings_that_may_do_without_it() {
    for settings in [
        "SECRET_KEY = os.environ.get('SECRET_KEY')",
        "SECRET_KEY = os.environ.get('SECRET_KEY') or 'x'",
        "try:\n    SECRET_KEY = os.environ['SECRET_KEY']\nexcept KeyError:\n    SECRET_KEY = 'x'",
        "if os.environ.get('DEBUG') == '1':\n    SECRET_KEY = os.environ['SECRET_KEY']",
        "import random\nif random.random() > 0.5:\n    SECRET_KEY = os.environ['SECRET_KEY']",
        "def later():\n    return os.environ['SECRET_KEY']",
        "SECRET_KEY = 'x' if 'SECRET_KEY' not in os.environ else os.environ['SECRET_KEY']",
        // A `.env` that no repository has may be in the image.
        "from dotenv import load_dotenv\nload_dotenv()\nSECRET_KEY = os.environ['SECRET_KEY']",
        "import environ\nenv = environ.Env()\nenviron.Env.read_env()\nKEY = env('SECRET_KEY')",
        "from decouple import config\nSECRET_KEY = config('SECRET_KEY')",
        "from shop.local import *\nSECRET_KEY = os.environ['OTHER']",
        "SECRET_KEY = os.environ[",
    ] {
        check_settings(settings, false);
    }
}

#[test]
fn what_else_may_set_it() {
    check(&[], true);
    check(&[("Dockerfile", &format!("{DOCKERFILE}ENV SECRET_KEY=x\n"))], false);
    let entry = format!("{DOCKERFILE}ENTRYPOINT [\"/app/entry.sh\"]\n");
    for (script, expect) in [
        ("#!/bin/sh\nexec \"$@\"\n", true),
        ("#!/bin/sh\nexport SECRET_KEY=$(cat /run/secrets/key)\nexec \"$@\"\n", false),
        ("#!/bin/sh\n. /run/secrets/env\nexec \"$@\"\n", false),
        ("#!/bin/bash\nset -a\nsource /run/env\nset +a\nexec \"$@\"\n", false),
    ] {
        check(&[("Dockerfile", &entry), ("entry.sh", script)], expect);
    }
    // What is laid over the file may say more of the service.
    let over = "services:\n  worker:\n    environment: {SECRET_KEY: y}\n";
    check(&[("compose.override.yaml", over)], false);
    check(&[("compose.prod.yaml", over)], false);
    check(&[("compose.prod.yaml", "services:\n  web:\n    ports: ['80:80']\n")], true);
}

#[test]
fn files_of_variables_may_set_it() {
    let compose = |file: &str| {
        project(NEEDS)[0]
            .1
            .replace("-A shop worker", &format!("-A shop worker\n    env_file: {file}"))
    };
    check(&[("compose.yaml", &compose(".env.worker"))], false);
    check(&[("compose.yaml", &compose(".env.worker")), (".env.worker.example", "A=1\n")], false);
    check(&[("compose.yaml", &compose("worker.env")), ("worker.env", "A=1\n")], true);
    check(&[("compose.yaml", &compose("worker.env")), ("worker.env", "SECRET_KEY=1\n")], false);
}

#[test]
fn a_variable_that_no_process_has_is_not_told() {
    let compose = project(NEEDS)[0].1.replace("SECRET_KEY: x", "OTHER: x");
    check(&[("compose.yaml", &compose)], false);
}

#[test]
fn a_pod_has_what_its_manifest_lists() {
    let pod = |name: &str, command: &str, more: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  \
             selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
             metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      \
             - name: {name}\n        image: registry.example.com/shop:1\n        \
             command: {command}\n{more}---\n"
        )
    };
    let key = "        env: [{name: SECRET_KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n";
    let web = pod("web", "[gunicorn, shop.wsgi, -b, '0.0.0.0:80']", key);
    for (more, expect) in [
        ("", true),
        ("        env: [{name: OTHER, value: x}]\n", true),
        ("        envFrom: [{secretRef: {name: s}}]\n", false),
        (key, false),
    ] {
        let worker = pod("worker", "[celery, -A, shop, worker]", more);
        let mut files = project(NEEDS);
        files[0] = ("k8s.yaml", format!("{web}{worker}"));
        assert_eq!(fires(&files), expect, "{more}");
    }
}

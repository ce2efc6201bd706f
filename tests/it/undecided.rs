//! What is left undecided: only what a person can settle, each with how. A project whose files say
//! everything leaves nothing open, whatever it runs on.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::Value;

use super::cli::{Folder, check};

const DJANGO: &[(&str, &str)] = &[
    (
        "manage.py",
        "import os, sys\n\ndef main():\n    \
         os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n    \
         from django.core.management import execute_from_command_line\n    \
         execute_from_command_line(sys.argv)\n",
    ),
    ("shop/__init__.py", ""),
    (
        "shop/wsgi.py",
        "import os\nfrom django.core.wsgi import get_wsgi_application\n\
         os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n\
         application = get_wsgi_application()\n",
    ),
    (
        "shop/celery.py",
        "import os\nfrom celery import Celery\n\
         os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n\
         app = Celery(\"shop\")\n",
    ),
    (
        "shop/settings.py",
        "import os\nSECRET_KEY = os.environ[\"SECRET_KEY\"]\nROOT_URLCONF = \"shop.urls\"\n\
         INSTALLED_APPS = [\"django.contrib.auth\"]\nDEBUG = False\nALLOWED_HOSTS = [\"shop.example.com\"]\n\
         MIDDLEWARE = [\"django.middleware.security.SecurityMiddleware\"]\n\
         SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\")\n\
         SECURE_SSL_REDIRECT = True\n\
         DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\"}}\n",
    ),
];

const FLASK: &[(&str, &str)] = &[("app.py", "from flask import Flask\n\napp = Flask(__name__)\n")];

const GUNICORN: &str = "--workers 2 --max-requests 1000 --max-requests-jitter 100";

fn folder(name: &str, files: &[&[(&str, &str)]]) -> Folder {
    let name = format!("undecided-{name}");
    files.concat().into_iter().fold(Folder::new(&name), |it, (path, text)| it.with(path, text))
}

/// What is open, as `rule of process: fact, settled by …`.
fn open(folder: &Folder) -> Vec<String> {
    let out = check(folder, &["--format", "json", "--fail-on", "never"], 0);
    let json: Value = serde_json::from_str(&out).unwrap();
    let mut open = Vec::new();
    for it in json["undecided"].as_array().unwrap() {
        for missing in it["missing"].as_array().unwrap() {
            open.push(format!(
                "{} of {}: {}, settled by {}",
                it["rule"].as_str().unwrap(),
                it["process"].as_str().unwrap_or("-"),
                missing["name"].as_str().unwrap(),
                missing["settle_with"].as_str().unwrap_or("nothing"),
            ));
        }
    }
    open
}

#[track_caller]
fn check_decided(name: &str, files: &[&[(&str, &str)]]) {
    let folder = folder(name, files);
    assert_eq!(open(&folder), Vec::<String>::new(), "{name}");
    check(&folder, &["--fail-on", "undecided"], 0);
}

#[test]
fn a_project_that_says_everything_leaves_nothing_undecided() {
    let command = format!("gunicorn shop.wsgi --bind 0.0.0.0:8080 {GUNICORN}");
    let fly = format!(
        r#"
app = "shop"
primary_region = "fra"
kill_signal = "SIGTERM"
kill_timeout = "60s"

[deploy]
release_command = "python manage.py migrate --noinput"

[processes]
web = "{command}"

[http_service]
internal_port = 8080
force_https = true
auto_stop_machines = "off"
processes = ["web"]

[[http_service.checks]]
interval = "15s"
timeout = "5s"
grace_period = "10s"
path = "/health"

[http_service.checks.headers]
X-Forwarded-Proto = "https"

[[vm]]
size = "shared-cpu-2x"
memory = "1gb"
"#
    );
    check_decided("fly", &[DJANGO, &[("fly.toml", &fly)]]);

    let render = format!(
        r#"
services:
  - type: web
    name: shop
    runtime: python
    region: frankfurt
    plan: standard
    numInstances: 2
    preDeployCommand: python manage.py migrate
    startCommand: gunicorn shop.wsgi {GUNICORN}
    healthCheckPath: /health
  - type: worker
    name: jobs
    runtime: python
    region: frankfurt
    plan: standard
    startCommand: celery -A shop worker --concurrency 2 --max-tasks-per-child 100
"#
    );
    check_decided("render", &[DJANGO, &[("render.yaml", &render)]]);

    let procfile = format!(
        "web: gunicorn shop.wsgi {GUNICORN} --forwarded-allow-ips '*'\n\
         worker: celery -A shop worker --concurrency 2 --max-tasks-per-child 100\n\
         beat: celery -A shop beat\n\
         release: python manage.py migrate\n"
    );
    let app_json = r#"{
        "stack": "heroku-24",
        "buildpacks": [{ "url": "heroku/python" }],
        "formation": {
            "web": { "quantity": 2, "size": "standard-1x" },
            "worker": { "quantity": 1, "size": "standard-1x" },
            "beat": { "quantity": 1, "size": "standard-1x" }
        }
    }"#;
    let config = "[deployments.Procfile]\nplatform = \"heroku\"\n";
    let files = [("Procfile", procfile.as_str()), ("app.json", app_json), ("opslint.toml", config)];
    check_decided("heroku", &[DJANGO, &files]);
}

#[test]
fn other_homes_and_servers_leave_nothing_undecided_either() {
    let fly = r#"
app = "api"
primary_region = "fra"
[http_service]
internal_port = 8080
force_https = true
auto_stop_machines = "stop"
auto_start_machines = true
processes = ["app"]
[[http_service.checks]]
interval = "15s"
timeout = "5s"
path = "/health"
[processes]
app = "uvicorn main:app --host 0.0.0.0 --port 8080 --timeout-graceful-shutdown 4"
[[vm]]
size = "shared-cpu-1x"
memory = "512mb"
"#;
    let main = "from fastapi import FastAPI\n\napp = FastAPI()\n";
    check_decided("fastapi", &[&[("fly.toml", fly), ("main.py", main)]]);
    let main = "from starlette.applications import Starlette\n\napp = Starlette()\n";
    check_decided("starlette", &[&[("fly.toml", fly), ("main.py", main)]]);

    let compose = format!(
        r#"
services:
  web:
    build: .
    command: gunicorn app:app --bind 0.0.0.0:8000 {GUNICORN}
    stop_grace_period: 40s
    deploy:
      resources:
        limits:
          cpus: "2"
          memory: 1g
"#
    );
    let dockerfile = "FROM python:3.12.4-slim\nWORKDIR /app\nCOPY . .\nUSER nobody\n\
                      CMD [\"gunicorn\", \"app:app\"]\n";
    let files = [("compose.yaml", compose.as_str()), ("Dockerfile", dockerfile)];
    check_decided("compose", &[FLASK, &files]);

    let spec = format!(
        r#"
name: shop
region: fra
services:
  - name: web
    run_command: gunicorn app:app --bind 0.0.0.0:8080 {GUNICORN}
    http_port: 8080
    instance_count: 2
    instance_size_slug: apps-s-1vcpu-1gb
    health_check:
      http_path: /health
"#
    );
    check_decided("digitalocean", &[FLASK, &[(".do/app.yaml", &spec)]]);

    let cloud_run = r#"
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: shop
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/maxScale: "4"
    spec:
      containerConcurrency: 8
      timeoutSeconds: 60
      containers:
        - image: europe-docker.pkg.dev/shop/shop/shop:1
          command: ["gunicorn"]
          args: ["app:app", "--bind", "0.0.0.0:8080", "--threads", "8", "--timeout", "60"]
          ports:
            - containerPort: 8080
          resources:
            limits:
              cpu: "1"
              memory: 512Mi
"#;
    check_decided("cloud-run", &[FLASK, &[("service.yaml", cloud_run)]]);

    let serverless = r#"
service: shop
provider:
  name: aws
  runtime: python3.12
  region: eu-central-1
  memorySize: 512
  timeout: 20
functions:
  list:
    handler: app.list
    events:
      - httpApi: 'GET /items'
"#;
    check_decided("serverless", &[&[("serverless.yml", serverless)]]);
}

#[test]
fn what_is_open_can_be_settled_as_it_says() {
    let procfile = "web: gunicorn app:app --workers $WORKERS --bind 0.0.0.0:$PORT\n";
    // A Procfile for a developer's machine: no platform is taken for granted.
    let files = [("Procfile", procfile), ("Makefile", "run:\n\thoncho start\n")];
    let without = folder("open", &[&files]);
    let open = open(&without);
    assert!(
        !open.is_empty() && open.iter().all(|it| !it.ends_with("settled by nothing")),
        "{open:#?}"
    );
    let names = |what: &str| open.iter().any(|it| it.contains(what));
    assert!(names("settled by `platform` under `[deployments.Procfile]` in opslint.toml"));
    assert!(names("settled by `WORKERS` under `[env]` in opslint.toml"));
    assert!(names("`framework` under `[deployments.Procfile.processes.web]` in opslint.toml"));
    let config = r#"
[env]
WORKERS = "2"

[deployments.Procfile]
platform = "heroku"

[deployments.Procfile.processes.web]
plan = "standard-1x"
instances = 2
framework = "django"
app_limits.debug = false
database.conn_max_age_s = 0

[deployments.Procfile.processes.web.settings]
"DATABASES.default.ENGINE" = "django.db.backends.mysql"
MIDDLEWARE = []
SECURE_PROXY_SSL_HEADER = []
"REST_FRAMEWORK.DEFAULT_THROTTLE_CLASSES" = []
ALLOWED_HOSTS = ["shop.example.com"]
CSRF_TRUSTED_ORIGINS = []
INSTALLED_APPS = []
SESSION_ENGINE = "django.contrib.sessions.backends.db"
"CHANNEL_LAYERS.default.BACKEND" = "channels_redis.core.RedisChannelLayer"
"DATABASES.default.HOST" = "db.internal"
"#;
    let runtime = ("requirements.txt", "gunicorn\n");
    check_decided("settled", &[&files, &[("opslint.toml", config), runtime]]);
}

#[test]
fn a_server_that_somebody_names_has_settings_that_are_open() {
    let procfile = "web: ./start\n";
    let config = "[deployments.Procfile]\nplatform = \"heroku\"\n\
                  [deployments.Procfile.processes.web]\nserver = \"gunicorn\"\n";
    let folder = folder("named", &[&[("Procfile", procfile), ("opslint.toml", config)]]);
    let open = open(&folder);
    let workers = "`workers` under `[deployments.Procfile.processes.web]` in opslint.toml";
    assert!(open.iter().any(|it| it.contains(workers)), "{open:#?}");
}

/// A rule on keys as they are written, with one key that is filled in when the file is used.
#[test]
fn a_text_with_a_gap_is_equal_to_nothing_yet() {
    let rule = |path: &str| {
        format!(
            "since = \"0.1.0\"\nlevel = \"error\"\ngroup = \"own\"\nsummary = \"s\"\nwhy = \"w\"\n\
             help = \"h\"\nsources = [\"https://example.org\"]\n[check]\non = \"deployment\"\n\
             select = \"file.{path}\"\nrequire = 'file.{path} == \"a\"'\nmessage = \"wrong\"\n\
             [[fail]]\nProcfile = \"web: a\"\n[[pass]]\nProcfile = \"web: b\"\n"
        )
    };
    let serverless = "service: shop\nprovider: {name: aws, runtime: python3.13, region: R}\n\
                      functions: {web: {handler: app.main}}\n";
    let compose = "services:\n  web:\n    build: .\n    container_name: R\n";
    for (path, file, text) in [
        ("serverless.provider.region", "serverless.yml", serverless),
        ("compose.services.web.container_name", "compose.yaml", compose),
    ] {
        for (name, value, fires) in [("gap", "\"${x}\"", false), ("text", "b", true)] {
            let folder = folder(&format!("{name}-{file}"), &[])
                .with("opslint.toml", "rules = [\"policy\"]\n")
                .with("policy/own-rule.toml", rule(path))
                .with("Dockerfile", "FROM python:3.13\nCMD [\"gunicorn\", \"shop:app\"]\n")
                .with(file, text.replace('R', value));
            let out = check(&folder, &["--format", "concise", "--fail-on", "never"], 0);
            assert_eq!(out.contains("own-rule"), fires, "{file} {value}: {out}");
        }
    }
}

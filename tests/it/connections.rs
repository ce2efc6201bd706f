//! The database connections of a deployment beside what its database accepts, on every platform, and
//! where those of one process are not known.

use crate::cli::{Folder, check};

const POOL: &str = "import os\n\nfrom fastapi import FastAPI\n\
    from sqlalchemy.ext.asyncio import create_async_engine\n\n\
    engine = create_async_engine(os.environ[\"DATABASE_URL\"], pool_size=10, max_overflow=20)\n\
    app = FastAPI()\n";

fn on_fly(accepted: u32) -> Folder {
    let stated = format!(
        "[deployments.\"fly.toml\"]\ndatabase.connections_max = {accepted}\n\
         [deployments.\"fly.toml\".processes.app]\ninstances = 2\n"
    );
    Folder::new(&format!("connections-fly-{accepted}"))
        .with(
            "fly.toml",
            "app = \"x\"\n[http_service]\ninternal_port = 80\n[[vm]]\nmemory = \"1gb\"\n",
        )
        .with(
            "Dockerfile",
            "FROM python:3.13\nCMD uvicorn app:app --host 0.0.0.0 --port 80 --workers 4\n",
        )
        .with("app.py", POOL)
        .with("opslint.toml", &stated)
}

#[test]
fn a_stated_limit_is_enough_on_any_platform() {
    let said = "the processes can open 240 connections, but the database accepts 200";
    let out = check(&on_fly(200), &["check"], 1);
    assert!(out.replace("\n  ", " ").contains(said), "{out}");
    let out = check(&on_fly(240), &["check", "--fail-on", "error"], 0);
    assert!(!out.contains("database-connections-exceeded"), "{out}");
}

fn on_render(instances: u32) -> Folder {
    let manifest = format!(
        "services:\n\
         \x20 - {{type: web, name: shop, runtime: python, plan: standard, numInstances: {instances},\n\
         \x20    startCommand: gunicorn shop.wsgi --worker-class gthread --workers 2 --threads 7,\n\
         \x20    envVars: [{{key: DATABASE_URL, fromDatabase: {{name: db, property: connectionString}}}}]}}\n\
         \x20 - {{type: worker, name: mails, runtime: python, plan: starter, startCommand: ./mails}}\n\
         databases:\n  - {{name: db, plan: basic-256mb}}\n"
    );
    Folder::new(&format!("connections-render-{instances}"))
        .with("render.yaml", &manifest)
        .with(
            "shop/settings.py",
            "DATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\"}}\n",
        )
        .with(
            "shop/wsgi.py",
            "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n",
        )
}

#[test]
fn what_is_known_is_the_least_and_is_enough_above_the_limit() {
    let of_shop = ["explain", "database-connections-exceeded", "--for", "shop"];
    let out = check(&on_render(8), &of_shop, 0);
    assert!(out.contains("It fires: the processes can open 112 connections"), "{out}");
    // What the other process opens may be anything: 98 of 100 is not known to be enough.
    let out = check(&on_render(7), &of_shop, 0);
    assert!(out.contains("It cannot be decided."), "{out}");
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("no file says whether the database is used by process `mails`"), "{out}");
}

#[test]
fn a_rule_that_does_not_apply_says_why() {
    let folder = on_fly(240);
    let out = check(&folder, &["explain", "celery-children-get-the-signal", "--for", "app"], 0);
    assert!(out.contains("It does not apply: `server == \"celery\"` is false here."), "{out}");
    let out = check(&folder, &["explain", "broker-connections-exceeded", "--for", "app"], 0);
    assert!(out.contains("It does not apply: nothing says `broker."), "{out}");
}

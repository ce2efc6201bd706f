//! The application that `fastapi run` looks for, against fastapi-cli itself.

use std::collections::BTreeMap;
use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;
use serde_json::json;

use crate::ask::ask;
use crate::oracle_gunicorn::oracle::python;

const APP: &str = "from fastapi import FastAPI\napp = FastAPI()\n";
const API: &str = "from fastapi import FastAPI\napi = FastAPI()\n";
const SHOP: &str = "from fastapi import FastAPI\nother = FastAPI()\nadmin = FastAPI()\n";
const IMPORTED: &str = "from shop.main import app\n";
const ENTRY: &str = "[tool.fastapi]\nentrypoint = \"shop.main:app\"\n";

/// Arguments, and files.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    ("run", &[("main.py", APP)]),
    ("run", &[("app.py", APP), ("api.py", APP)]),
    ("run", &[("api.py", API), ("app/main.py", APP)]),
    ("run", &[("app/main.py", APP)]),
    ("run", &[("app/main.py", APP), ("app/__init__.py", "")]),
    ("run", &[("app/api.py", API), ("app/__init__.py", ""), ("other.py", APP)]),
    ("run", &[("server.py", APP)]),
    ("run --port 80 --host 0.0.0.0", &[("main.py", APP)]),
    ("run main.py", &[("main.py", API), ("app.py", APP)]),
    ("run src/shop/main.py", &[("src/shop/main.py", APP), ("src/shop/__init__.py", "")]),
    ("run src/shop/main.py", &[("src/shop/main.py", APP)]),
    ("run shop", &[("shop/__init__.py", APP)]),
    ("run shop", &[("shop/main.py", APP)]),
    ("run ./shop/", &[("shop/__init__.py", IMPORTED), ("shop/main.py", APP)]),
    (
        "run deep/a/b.py",
        &[
            ("deep/a/b.py", "from a.c import app\n"),
            ("deep/a/c.py", APP),
            ("deep/a/__init__.py", ""),
        ],
    ),
    ("run main.py", &[("main.py", SHOP)]),
    ("run --app admin", &[("main.py", SHOP)]),
    ("run --app=other main.py", &[("main.py", SHOP)]),
    ("run main.py --app nothing", &[("main.py", SHOP)]),
    ("run", &[("main.py", "app = 1\n")]),
    ("run", &[("main.py", "app = 1\nfrom fastapi import FastAPI\nserver = FastAPI()\n")]),
    ("run", &[("main.py", "from fastapi import FastAPI\napi = FastAPI()\napp = FastAPI()\n")]),
    (
        "run",
        &[(
            "main.py",
            "from fastapi import FastAPI\ndef make():\n    return FastAPI()\napp = make()\n",
        )],
    ),
    ("run", &[("main.py", "from fastapi import FastAPI\nzoo = FastAPI()\n_first = FastAPI()\n")]),
    ("run", &[("shop/main.py", APP), ("main.py", "app = 1\n"), ("pyproject.toml", ENTRY)]),
    ("run main.py", &[("shop/main.py", APP), ("main.py", APP), ("pyproject.toml", ENTRY)]),
    ("run --app app", &[("shop/main.py", APP), ("main.py", APP), ("pyproject.toml", ENTRY)]),
    ("run -e shop.main:app", &[("shop/main.py", APP)]),
    ("run --entrypoint=shop.main:api", &[("shop/main.py", API), ("pyproject.toml", ENTRY)]),
    ("run -e shop.main", &[("shop/main.py", APP)]),
    ("run -e shop.main:app main.py", &[("shop/main.py", APP), ("main.py", APP)]),
    ("run", &[("main.py", APP), ("pyproject.toml", "[tool.ruff]\nline-length = 100\n")]),
    ("run", &[("main.py", APP), ("pyproject.toml", "[tool.fastapi]\nentrypoint = 1\n")]),
    ("run", &[("main.py", APP), ("pyproject.toml", "[tool.fastapi\n")]),
    ("dev", &[("main.py", APP)]),
    ("dev --reload-dir src main.py", &[("main.py", APP), ("src/a.py", "")]),
    ("run --workers 4 --root-path /api main.py", &[("main.py", APP)]),
    ("run --forwarded-allow-ips main.py", &[("main.py", APP)]),
    ("run --forwarded-allow-ips '*' main.py", &[("main.py", API)]),
    ("run --no-reload main.py", &[("main.py", APP)]),
    ("run nowhere.py", &[("main.py", APP)]),
];

#[test]
fn fastapi_run_loads_the_application_that_we_name() {
    let Some(python) = python() else { return };
    let requests: Vec<String> = CASES
        .iter()
        .map(|(argv, files)| {
            let words: Vec<_> = argv.split(' ').map(|it| it.trim_matches('\'')).collect();
            let files: BTreeMap<_, _> = files.iter().copied().collect();
            json!({ "argv": words, "files": files, "env": {} }).to_string()
        })
        .collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/fastapi_oracle.py");
    let answers = ask(Command::new(python).arg("-I").arg(script), &requests);
    let (mut known, mut wrong) = (0, Vec::new());
    for ((argv, files), answer) in CASES.iter().zip(&answers) {
        let ours = found(argv, files);
        match (&ours, answer["app"].as_str()) {
            (Some(ours), Some(theirs)) if ours == theirs => known += 1,
            (None, None) => {}
            _ => wrong.push(format!("fastapi {argv}, {files:?}: {ours:?} for us, {answer} there")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(known >= 28, "only {known} are known");
}

/// The application that we know of.
fn found(argv: &str, files: &[(&str, &str)]) -> Option<String> {
    let procfile = format!("web: fastapi {argv}\n");
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let files = files.with("Procfile", procfile);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let app = answer.projects[0].deployments[0].processes[0].facts.get(v::APP)?;
    Some(app.text()?.to_owned())
}

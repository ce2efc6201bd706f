//! Scripts of Python projects.

use super::*;

const PYPROJECT: &str = r#"
[project.scripts]
courier = "courier.cli:main"
[tool.poetry.scripts]
serve = "shop.main:start"
wrong = "shop main"
[tool.poe.tasks]
serve = "uvicorn shop:app --port 80"
many = ["serve", "courier"]
shell = { shell = "cd api && uvicorn shop:app" }
expr = { expr = "1 + 1" }
[tool.pdm.scripts]
start = "uvicorn shop:app --workers 3"
listed = ["uvicorn", "shop:app"]
call = { call = "shop.main:start" }
cmd = { cmd = "uvicorn shop:app", env = { A = "1" } }
loop = "loop x"
[tool.hatch.envs.default.scripts]
web = "gunicorn shop"
[tool.hatch.envs.prod.scripts]
serve = "gunicorn shop -w 8"
[tool.taskipy.tasks]
serve = "gunicorn shop -w 6"
jobs = { cmd = "cd api && celery -A shop worker", help = "runs the jobs" }
hooked = "gunicorn shop"
pre_hooked = "true"
"#;

#[test]
fn scripts_run_with_the_words_behind_them() {
    let scene = Scene::with(&[])
        .file("pyproject.toml", PYPROJECT)
        .file("Pipfile", "[scripts]\nweb = \"gunicorn shop -w 3\"\nserver = \"web\"\n");
    scene.check("pdm run start --reload", "uvicorn shop:app --workers 3 --reload");
    scene.check("pdm run listed", "uvicorn shop:app");
    scene.check("pdm run cmd", "uvicorn shop:app");
    scene.check("poe serve", "uvicorn shop:app --port 80");
    scene.check("poe shell", "[api] uvicorn shop:app");
    scene.check("pipenv run web -b :80", "gunicorn shop -w 3 -b :80");
    scene.check("hatch run web", "gunicorn shop");
    scene.check("hatch run prod:serve", "gunicorn shop -w 8");
    scene.check("hatch run prod:web", "gunicorn shop");
    scene.check("hatch run prod:gunicorn shop", "gunicorn shop");
    scene.check("uv run task serve", "gunicorn shop -w 6");
    scene.check("poetry run task serve -b :80", "gunicorn shop -w 6 -b :80");
    scene.check("task jobs", "[api] celery -A shop worker");
    scene.check("task other", "task other");
    // The nearest file above the folder counts, and a program of another name is itself.
    scene.check("cd shop && pdm run start", "[shop] uvicorn shop:app --workers 3");
    scene.check("pdm run gunicorn shop", "gunicorn shop");
    scene.check("uv run start", "start");
    for (command, name) in [
        ("poe many", "many"),
        ("poe expr", "expr"),
        ("task hooked", "hooked"),
        ("pdm run loop", "loop"),
        ("poetry run wrong", "wrong"),
    ] {
        let open = format!("? `{name}` is a script of the project that opslint does not follow");
        scene.check(command, &open);
    }
}

#[test]
fn a_program_of_the_project_is_python_that_calls_its_function() {
    let scene = Scene::with(&[]).file("pyproject.toml", PYPROJECT);
    let serve = "python -c 'from shop.main import start; start()'";
    scene.check("poetry run serve", serve);
    scene.check("uv run serve", serve);
    scene.check("pdm run call", serve);
    scene.check("serve", serve);
    scene.check("courier", "python -c 'from courier.cli import main; main()'");
    scene.check("./serve", "./serve");
    scene.check("gunicorn serve", "gunicorn serve");
}

#[test]
fn make_runs_the_recipes_of_what_a_target_needs() {
    let makefile = "PORT ?= 8000\n.PHONY: serve\nserve: migrate\n\tgunicorn shop -b \
                    127.0.0.1:$(PORT)\nmigrate:\n\tpython manage.py migrate\nback:\n\tcd api && \
                    uvicorn shop:app\n";
    let scene = Scene::with(&[]).file("Makefile", makefile);
    scene.check(
        "make serve PORT=80",
        "before python manage.py migrate\ngunicorn shop -b 127.0.0.1:80",
    );
    scene.check("make -s", "before python manage.py migrate\ngunicorn shop -b 127.0.0.1:8000");
    scene.check("make back", "[api] uvicorn shop:app");
    // What is not plain, or not there, may be anything.
    scene.check("make -f other.mk serve", "make -f other.mk serve");
    scene.check("make other", "make other");
    let scene = Scene::with(&[("PORT", "9000")]).file("Makefile", makefile);
    scene.check("make serve", "before python manage.py migrate\ngunicorn shop -b 127.0.0.1:9000");
}

const JUSTFILE: &str = r#"
set quiet
# How many there are.
workers := "3"
host := env("HOST", "x")
alias s := serve

[private]
default: serve

serve port="8000": migrate
    @gunicorn shop -w {{workers}} \
        -b 127.0.0.1:{{ port }}

migrate:
    -python manage.py migrate

api *args:
    cd api && uvicorn shop:app {{args}}
worked-out:
    gunicorn shop -b {{host}}
script:
    #!/usr/bin/env python3
    print(1)
"#;

#[test]
fn just_runs_the_lines_of_a_recipe_and_of_what_it_needs() {
    let scene = Scene::with(&[]).file("justfile", JUSTFILE);
    let served = "before python manage.py migrate\ngunicorn shop -w 3 -b 127.0.0.1:8000";
    scene.check("just serve", served);
    scene.check("just", served);
    scene.check("just s 80", "before python manage.py migrate\ngunicorn shop -w 3 -b 127.0.0.1:80");
    let four = "before python manage.py migrate\ngunicorn shop -w 4 -b 127.0.0.1:8000";
    scene.check("just workers=4 serve", four);
    scene.check("just api --port 80", "[api] uvicorn shop:app --port 80");
    for command in
        ["just worked-out", "just script", "just other", "just -f other serve", "just s 1 2"]
    {
        scene.check(command, command);
    }
    for text in ["import 'x.just'\na:\n  b\n", "set shell := ['x']\na:\n  b\n", "a: (b 'x')\n  c\n"]
    {
        Scene::with(&[]).file("justfile", text).check("just a", "just a");
    }
}

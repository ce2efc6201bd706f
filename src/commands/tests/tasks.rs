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
    // The nearest file above the folder counts, and a program of another name is itself.
    scene.check("cd shop && pdm run start", "[shop] uvicorn shop:app --workers 3");
    scene.check("pdm run gunicorn shop", "gunicorn shop");
    scene.check("uv run start", "start");
    for (command, name) in [
        ("poe many", "many"),
        ("poe expr", "expr"),
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

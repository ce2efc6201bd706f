//! What is read of files and commands.

use std::sync::Arc;

use super::*;
use crate::launch::Dialect;
use crate::source::Span;
use crate::workspace::MemoryFiles;

type Files<'a> = [(&'a str, &'a str)];

fn project(files: &Files<'_>) -> MemoryFiles {
    files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text))
}

/// The packages that a file asks for, `name` or `name==version`, and whether these are all.
#[track_caller]
fn check_file(files: &Files<'_>, path: &str, expect: &[&str], is_whole: bool) {
    let files = project(files);
    let mut workspace = Workspace::new(&files);
    let mut packages = Packages::default();
    files::read(&mut workspace, &mut packages, path);
    check(&workspace, &packages, expect, is_whole);
}

#[track_caller]
fn check(workspace: &Workspace<'_>, packages: &Packages, expect: &[&str], is_whole: bool) {
    let shown = packages.iter().map(|it| match &it.version {
        Some(version) => format!("{}=={version}", it.name),
        None => it.name.clone(),
    });
    assert_eq!(shown.collect::<Vec<_>>(), expect);
    assert_eq!(packages.is_whole, is_whole, "{packages:?}");
    for it in packages.iter() {
        let written = workspace.sources.text(it.span).to_lowercase().replace(['_', '.'], "-");
        assert!(written.contains(&it.name), "{written:?} names {}", it.name);
    }
}

/// What a command installs in the folder of the files.
#[track_caller]
fn check_command(files: &Files<'_>, command: &str, expect: &[&str], is_whole: bool) {
    let all = project(files).with("build", command);
    let mut workspace = Workspace::new(&all);
    let file = workspace.open("build").unwrap();
    let text = Text::verbatim(command, Span::new(file, 0, command.len()), 0);
    let packages = commands::of_build(&mut workspace, &text, "", &Environment::new()).unwrap();
    check(&workspace, &packages, expect, is_whole);
}

const REQUIREMENTS: &str = "requirements.txt";

#[test]
fn requirements_name_packages_in_many_ways() {
    let text = "\
# comment\n\
Django==5.2.1  # web\n\
celery[redis]~=5.4 ; python_version >= \"3.9\"\n\
google.cloud_storage >= 2, < 3\n\
uvloop==0.21.0; sys_platform != 'win32'\n\
pywin32==306; sys_platform == \"win32\" and python_version > '3.8'\n\
--extra-index-url https://example.org/simple\n\
-c constraints.txt\n\
requests==2.*\n";
    let expect = ["celery", "django==5.2.1", "google-cloud-storage", "requests", "uvloop==0.21.0"];
    check_file(&[(REQUIREMENTS, text)], REQUIREMENTS, &expect, false);
}

#[test]
fn requirements_take_in_others() {
    let files = [
        ("requirements/prod.txt", "-r base.txt\n--requirement=web.txt\ngunicorn\n"),
        ("requirements/base.txt", "-r prod.txt\nflask\n"),
        ("requirements/web.txt", "whitenoise @ https://example.org/w.whl\n"),
    ];
    check_file(&files, "requirements/prod.txt", &["flask", "gunicorn", "whitenoise"], false);
}

#[test]
fn requirements_with_hashes_are_whole() {
    let text = "flask==3.1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nclick==8.1.8 --hash=sha256:cc\n";
    check_file(&[(REQUIREMENTS, text)], REQUIREMENTS, &["click==8.1.8", "flask==3.1.0"], true);
    // What stands elsewhere is nowhere whole.
    let text = format!("{text}-e git+https://example.org/shop.git#egg=shop\n");
    let expect = ["click==8.1.8", "flask==3.1.0", "shop"];
    check_file(&[(REQUIREMENTS, &text)], REQUIREMENTS, &expect, false);
}

#[test]
fn lock_files_are_whole() {
    let uv = "version = 1\n\n[[package]]\nname = \"Flask\"\nversion = \"3.1.0\"\ndependencies = [\n    { name = \"click\" },\n]\n\n[[package]]\nname = \"click\"\nversion = \"8.1.8\"\n\n[package.metadata]\nname = \"no\"\nversion = \"1\"\n";
    check_file(&[("uv.lock", uv)], "uv.lock", &["click==8.1.8", "flask==3.1.0"], true);
    let pipfile = "{\"_meta\": {}, \"default\": {\"flask\": {\"version\": \"==3.1.0\"}}, \"develop\": {\"pytest\": {}}}";
    let expect = ["flask==3.1.0", "pytest"];
    check_file(&[("Pipfile.lock", pipfile)], "Pipfile.lock", &expect, true);
}

#[test]
fn projects_ask_for_packages() {
    let pep621 = "[project]\nname = \"x\"\ndependencies = [\"fastapi[standard]>=0.115\", \"uvicorn==0.35.0\"]\n[project.optional-dependencies]\ndev = [\"ruff\"]\n";
    let path = "pyproject.toml";
    check_file(&[(path, pep621)], path, &["fastapi", "uvicorn==0.35.0"], false);
    let poetry = "[tool.poetry.dependencies]\npython = \"^3.12\"\ndjango = \"5.2\"\nredis = {version = \"^5\", optional = true}\ncelery = {version = \"==5.4.0\", extras = [\"redis\"]}\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\n";
    check_file(&[(path, poetry)], path, &["celery==5.4.0", "django==5.2"], false);
    let pipfile =
        "[packages]\nflask = \"==3.1.0\"\ngunicorn = \"*\"\n[dev-packages]\npytest = \"*\"\n";
    check_file(&[("Pipfile", pipfile)], "Pipfile", &["flask==3.1.0", "gunicorn"], false);
}

/// What commands install of a project with extras and groups.
#[track_caller]
fn check_parts(pyproject: &str, cases: &[(&str, &[&str])]) {
    for (command, expect) in cases {
        let files = [("pyproject.toml", pyproject)];
        check_command(&files, command, expect, false);
    }
}

#[test]
fn commands_name_extras_and_groups_of_a_project() {
    let standard = "\
[project]\nname = \"my.shop\"\ndependencies = [\"django\"]\n\
[project.optional-dependencies]\nprod = [\"gunicorn\"]\npg = [\"psycopg\"]\n\
all = [\"my-shop[prod,PG]\"]\n\
[dependency-groups]\ndev = [\"ruff\", { include-group = \"tests\" }]\ntests = [\"pytest\"]\n\
serve = [\"uvicorn\"]\n";
    check_parts(
        standard,
        &[
            ("pip install .", &["django"]),
            ("pip install -e '.[prod]'", &["django", "gunicorn"]),
            ("pip install '.[all]'", &["django", "gunicorn", "psycopg"]),
            ("pip install . --group serve", &["django", "uvicorn"]),
            ("pip install --group=pyproject.toml:serve .", &["django", "uvicorn"]),
            ("uv pip install -r pyproject.toml --extra pg", &["django", "psycopg"]),
            ("uv sync", &["django", "pytest", "ruff"]),
            ("uv sync --no-dev --extra prod", &["django", "gunicorn"]),
            ("uv sync --all-extras --no-default-groups", &["django", "gunicorn", "psycopg"]),
            ("uv sync --only-group=serve", &["uvicorn"]),
            ("uv sync --all-groups --no-group dev", &["django", "pytest", "uvicorn"]),
            ("poetry install --only main -E prod", &["django", "gunicorn"]),
            ("poetry install --without dev,tests", &["django", "uvicorn"]),
            ("pdm install --prod -G prod -G serve", &["django", "gunicorn", "uvicorn"]),
            (
                "pdm sync --prod -G:all",
                &["django", "gunicorn", "psycopg", "pytest", "ruff", "uvicorn"],
            ),
        ],
    );
    let defaults = format!("{standard}[tool.uv]\ndefault-groups = [\"serve\"]\n");
    check_parts(&defaults, &[("uv sync", &["django", "uvicorn"])]);
    let poetry = "\
[tool.poetry.dependencies]\npython = \"^3.12\"\ndjango = \"*\"\n\
gunicorn = { version = \"*\", optional = true }\npsycopg = { version = \"*\", optional = true }\n\
[tool.poetry.extras]\nprod = [\"gunicorn\"]\n\
[tool.poetry.group.dev.dependencies]\npytest = \"*\"\n\
[tool.poetry.group.serve]\noptional = true\n\
[tool.poetry.group.serve.dependencies]\nuvicorn = \"*\"\n";
    check_parts(
        poetry,
        &[
            ("poetry install", &["django", "pytest"]),
            ("poetry install --no-root --without=dev -Eprod", &["django", "gunicorn"]),
            ("poetry sync --all-extras", &["django", "gunicorn", "pytest"]),
            (
                "poetry install --with serve --extras 'prod'",
                &["django", "gunicorn", "pytest", "uvicorn"],
            ),
            ("poetry install --only main,serve", &["django", "uvicorn"]),
        ],
    );
    let pipfile = "[packages]\ndjango = \"*\"\n[dev-packages]\npytest = \"*\"\n\
                   [serve]\ngunicorn = \"*\"\n";
    for (command, expect) in [
        ("pipenv install --deploy", ["django"].as_slice()),
        ("pipenv sync --dev", &["django", "pytest"]),
        ("pipenv install --categories=packages,serve", &["django", "gunicorn"]),
    ] {
        check_command(&[("Pipfile", pipfile)], command, expect, false);
    }
}

#[test]
fn parts_that_are_not_known_may_bring_anything() {
    let pyproject = "[project]\nname = \"x\"\ndependencies = [\"django\"]\n";
    for command in [
        "uv sync --extra $EXTRAS",
        "poetry install -C api",
        "uv sync --project=api",
        "pip install . && xargs pip install < extra.txt",
    ] {
        let all = project(&[("pyproject.toml", pyproject)]).with("build", command);
        let mut workspace = Workspace::new(&all);
        let file = workspace.open("build").unwrap();
        let text = Text::verbatim(command, Span::new(file, 0, command.len()), 0);
        let found = commands::of_build(&mut workspace, &text, "", &Environment::new()).unwrap();
        assert!(found.may_have("gunicorn"), "{command}");
    }
}

#[test]
fn what_is_not_there_may_ask_for_anything() {
    let files = project(&[(REQUIREMENTS, "flask\n-r other.txt\n")]);
    let mut workspace = Workspace::new(&files);
    let mut packages = Packages::default();
    files::read(&mut workspace, &mut packages, REQUIREMENTS);
    let mut facts = Facts::new();
    packages.facts(&mut facts);
    let names = facts.get(v::PACKAGES_INSTALLED).unwrap();
    let State::Unknown(unknown) = &names.state else { panic!("{names:?}") };
    assert_eq!(unknown.reason, "`other.txt` is not in this project");
}

#[test]
fn commands_of_a_build_install() {
    let files = [
        (REQUIREMENTS, "flask\n"),
        ("dev.txt", "pytest\n"),
        ("poetry.lock", "[[package]]\nname = \"django\"\nversion = \"5.2\"\n"),
    ];
    let flask = ["flask", "gunicorn==23.0.0"];
    check_command(&files, "pip install -r requirements.txt gunicorn==23.0.0", &flask, false);
    let upgrade = "pip install --upgrade pip && python -m pip install -rrequirements.txt";
    check_command(&files, upgrade, &["flask"], false);
    check_command(&files, "pip install poetry && poetry install --no-root", &["django==5.2"], true);
    check_command(&files, "uv pip install --system -r requirements.txt", &["flask"], false);
    check_command(&files, "pip install -i https://a.b/c --no-deps 'flask>2'", &["flask"], false);
    let path = "cd sub; pip3 install --requirement=../requirements.txt";
    check_command(&[files.as_slice(), &[("sub/x", "")]].concat(), path, &["flask"], false);
}

#[test]
fn what_a_build_may_install_beside_is_not_known() {
    let files = [("uv.lock", "[[package]]\nname = \"flask\"\nversion = \"3.1.0\"\n")];
    check_command(&files, "uv sync --frozen --no-dev", &["flask==3.1.0"], true);
    check_command(&files, "uv sync && make more", &["flask==3.1.0"], false);
    check_command(&files, "uv sync && pip install $MORE", &["flask==3.1.0"], false);
    check_command(&files, "uv sync && ./more.sh", &["flask==3.1.0"], false);
}

#[test]
fn instructions_of_an_image_install() {
    let dockerfile = "FROM python:3.12-slim AS build\nWORKDIR /src\nCOPY requirements.txt ./\nRUN --mount=type=cache,target=/root/.cache pip install --prefix=/install -r requirements.txt\nFROM python:3.12-slim\nCOPY --from=build /install /usr/local\nCMD [\"gunicorn\", \"app:app\"]\n";
    let files = project(&[("Dockerfile", dockerfile), (REQUIREMENTS, "flask==3.1.0\n")]);
    let mut workspace = Workspace::new(&files);
    let build = crate::images::dockerfile::Build {
        path: "Dockerfile",
        context: "",
        target: None,
        arguments: &|_| None,
    };
    let catalog = crate::platforms::Catalog::builtin();
    let mut acc = Vec::new();
    let mut context = crate::draft::Context {
        acc: &mut acc,
        workspace: &mut workspace,
        catalog: &catalog,
        manifest: "Dockerfile",
        stated: Vec::new(),
        env: &[],
        home: &crate::settings::Home::default(),
    };
    let image = crate::images::dockerfile::image(&mut context, &build).unwrap();
    let command = image.command(&mut Vec::new());
    let mut facts = Facts::new();
    let environment = Environment::new();
    let found = installed(&mut workspace, "Dockerfile", &command, "", &environment, &mut facts);
    check(&workspace, &found.unwrap(), &["flask==3.1.0"], false);
    let Command::Image(image) = &command else { panic!("{command:?}") };
    assert_eq!((image.hidden_packages.as_deref(), image.sh), (None, Dialect::Dash));
    drop(Arc::clone(&image.build));
}

#[test]
fn bounds_say_which_major_versions_are_let_in() {
    for (bounds, expect) in [
        ("==3.2.25", Some(3)),
        ("===3.2", Some(3)),
        ("==3.1.*", Some(3)),
        ("~=2.2.0", Some(2)),
        (">=3.2,<4", Some(3)),
        (">=3.2, <4.0", Some(3)),
        ("<4.1", Some(4)),
        ("<=3.2", Some(3)),
        ("^3.2", Some(3)),
        (">=3.2", None),
        ("!=4.0", None),
        ("*", None),
        ("", None),
        ("<3 || >4", None),
        ("@ https://example.com/x.zip", None),
    ] {
        assert_eq!(requirement::major_max(bounds), expect, "{bounds}");
    }
}

/// What is certainly not installed, of what is asked about, where `requirements` are installed.
#[track_caller]
fn check_lacking(requirements: &str, lacking: &[&str], not_lacking: &[&str]) {
    let files = project(&[(REQUIREMENTS, requirements)]);
    let mut workspace = Workspace::new(&files);
    let mut packages = Packages::default();
    files::read(&mut workspace, &mut packages, REQUIREMENTS);
    let found: Vec<&str> = super::lacking(&packages).iter().map(|it| it.package).collect();
    for it in lacking {
        assert!(found.contains(it), "{requirements:?} lacks {it}, but only {found:?} are found");
    }
    for it in not_lacking {
        assert!(!found.contains(it), "{requirements:?} may bring {it}");
    }
}

#[test]
fn a_list_lacks_what_none_of_its_packages_brings() {
    check_lacking("flask\ngunicorn\n", &["gevent", "redis", "uvicorn"], &[]);
    check_lacking("flask\ngunicorn[gevent]\n", &["eventlet"], &["gevent"]);
    check_lacking("celery[redis]\n", &["gevent"], &["redis"]);
    check_lacking("celery[tblib]\n", &[], &["redis", "gevent"]);
    check_lacking("django-redis\n", &["eventlet"], &["redis"]);
    check_lacking("psycopg[binary]\n", &["mysqlclient"], &["psycopg2-binary"]);
}

#[test]
fn what_a_package_brings_depends_on_its_version() {
    check_lacking("fastapi==0.115.2\n", &["uvicorn"], &[]);
    check_lacking("fastapi>=0.100\n", &["uvicorn"], &[]);
    check_lacking("fastapi==0.111.1\n", &[], &["uvicorn", "uvloop"]);
    check_lacking("fastapi<0.112\n", &["gevent"], &["uvicorn"]);
    check_lacking("uvicorn==0.11.8\n", &["gevent"], &["uvloop"]);
    check_lacking("channels==3.0.5\n", &["uvicorn"], &["daphne"]);
    check_lacking("channels==4.2.0\n", &["daphne"], &[]);
}

#[test]
fn what_is_not_known_may_bring_anything() {
    let all = ["gevent", "redis", "uvicorn"];
    check_lacking("flask\nsome-package-of-mine\n", &[], &all);
    check_lacking("flask\n-e .\n", &[], &all);
    check_lacking("flask @ git+https://git.example.org/flask\n", &[], &all);
    check_lacking("flask\n-r base.txt\n", &[], &all);
    check_lacking("git+https://git.example.org/shop#egg=flask\n", &[], &all);
    check_lacking("", &[], &all);
}

#[test]
fn files_that_take_each_other_in_are_read_once_and_names_are_bounded() {
    let chain = [
        ("requirements.txt", "-r a.txt\n-r b.txt\ndjango==5.2\n"),
        ("a.txt", "-r b.txt\n-r requirements.txt\ncelery\n"),
        ("b.txt", "-r a.txt\n-r b.txt\nredis\n"),
    ];
    check_file(&chain, REQUIREMENTS, &["celery", "django==5.2", "redis"], false);
    let many: String = (0..PACKAGES_MAX + 10).map(|it| format!("a{it}==1\n")).collect();
    let files = project(&[(REQUIREMENTS, &many)]);
    let mut workspace = Workspace::new(&files);
    let mut packages = Packages::default();
    files::read(&mut workspace, &mut packages, REQUIREMENTS);
    assert_eq!(packages.found.len(), PACKAGES_MAX);
    assert!(packages.may_have("gunicorn"));
}

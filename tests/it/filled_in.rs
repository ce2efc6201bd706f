//! Commands of which a part is filled in when they are started: what the rest of them says is known.

use opslint::analysis::{Analysis, ConfigOptions, Options};
use opslint::fact::State;
use opslint::project::Process;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

const IMAGE: (&str, &str) = ("Dockerfile", "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n");

fn processes(files: &[(&str, &str)], manifest: &str) -> Vec<Process> {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    // An opslint.toml among the files counts.
    let options = Options { config: ConfigOptions::default(), ..Options::plain() };
    let answer = Analysis::open(files, options).expect("the files are there").facts();
    let deployments = answer.projects.into_iter().flat_map(|it| it.deployments);
    deployments.filter(|it| it.manifest == manifest).flat_map(|it| it.processes).collect()
}

fn shown(process: &Process, id: FactId) -> String {
    match process.facts.get(id).map(|it| &it.state) {
        Some(State::Known(value)) => value.to_string(),
        Some(State::Pattern(_)) => {
            process.facts.get(id).map(|it| it.state.to_string()).unwrap_or_default()
        }
        _ => "-".to_owned(),
    }
}

/// Server, workers, timeout and port of the only process of a manifest.
fn said(files: &[(&str, &str)], manifest: &str) -> String {
    let all = processes(files, manifest);
    let [process] = all.as_slice() else { panic!("one process: {all:?}") };
    [v::SERVER, v::WORKERS, v::TIMEOUT_S, v::PORT].map(|it| shown(process, it)).join(" ")
}

#[track_caller]
fn check_compose(command: &str, more: &[(&str, &str)], expect: &str) {
    let text = format!(
        "services:\n  web:\n    build: .\n    restart: always\n    ports: [\"80:80\"]\n    {command}\n"
    );
    let mut files = vec![("compose.yaml", text.as_str()), IMAGE];
    files.extend(more);
    assert_eq!(said(&files, "compose.yaml"), expect, "{command} {more:?}");
}

#[test]
fn only_the_word_hangs_on_a_variable_of_compose_that_nothing_sets() {
    let check = |command: &str, expect: &str| check_compose(command, &[], expect);
    let port = "-b 0.0.0.0:${PORT} -w 9 -t 40 a:b";
    check(&format!("command: gunicorn {port}"), "gunicorn 9 40 -");
    check(&format!("command: /app/bin/gunicorn {port}"), "gunicorn 9 40 -");
    check(&format!("command: sh -c \"exec gunicorn {port}\""), "gunicorn 9 40 -");
    check(&format!("entrypoint: [sh, -c]\n    command: [\"gunicorn {port}\"]"), "gunicorn 9 40 -");
    check("command: gunicorn a:b -w ${W} -b :8000", "gunicorn - 30 8000");
    check("command: gunicorn a:b -w \"${W}\" -t 40 -b :8000", "gunicorn - 40 8000");
    // An element of a list is one word; a word of a text may be several, options among them.
    check(
        "command: [gunicorn, \"a:b\", -b, \":8000\", -n, \"${NAME}\", -w, \"4\"]",
        "gunicorn 4 30 8000",
    );
    // One that is no value may be an option.
    check("command: [gunicorn, \"a:b\", -b, \":8000\", \"${MORE}\"]", "gunicorn - - -");
    check("command: gunicorn a:b -b :8000 ${MORE}", "gunicorn - - -");
    check("command: ${SERVER} a:b -w 9", "- - - -");
    check("command: [celery, -A, a, worker, -l, \"${LEVEL}\", -c, \"9\"]", "celery 9 none -");
}

#[test]
fn what_opslint_toml_says_of_a_variable_settles_what_compose_fills_in() {
    let command = "command: gunicorn a:b -w ${W} -b :80${P}";
    check_compose(command, &[], "gunicorn - 30 -");
    let env = [("opslint.toml", "[env]\nW = \"9\"\nP = \"00\"\n")];
    check_compose(command, &env, "gunicorn 9 30 8000");
    let own = [("opslint.toml", "[deployments.\"compose.yaml\".env]\nW = \"7\"\n")];
    check_compose(command, &own, "gunicorn 7 30 -");
    // What nothing sets is the empty text.
    let unset = [("opslint.toml", "[deployments.\"compose.yaml\"]\nset.P = false\n")];
    check_compose(command, &unset, "gunicorn - 30 80");
    let default = "command: gunicorn a:b -w ${W:-3} -b :8000";
    check_compose(default, &[], "gunicorn 3 30 8000");
    check_compose(default, &env, "gunicorn 9 30 8000");
    let file = [(".env", "W=5\nP=01\n")];
    check_compose(command, &file, "gunicorn 5 30 8001");
    // The environment of compose wins over the file.
    check_compose(command, &[file[0], env[0]], "gunicorn 9 30 8000");
}

#[test]
fn only_the_word_hangs_on_a_specifier_of_systemd() {
    let check = |command: &str, expect: &str| {
        let unit = format!("[Service]\nWorkingDirectory=/srv/shop\nExecStart={command}\n");
        assert_eq!(said(&[("shop@.service", &unit)], "shop@.service"), expect, "{command}");
    };
    check("/srv/shop/bin/gunicorn -w 9 -t 40 -b 127.0.0.1:800%i a:b", "gunicorn 9 40 -");
    check(
        "/srv/shop/bin/gunicorn -w 9 --error-logfile /var/log/%n.log -b :8000 a:b",
        "gunicorn 9 30 8000",
    );
    check("%h/bin/gunicorn -w 9 -b :8000 a:b", "gunicorn 9 30 8000");
    check("/srv/shop/bin/gunicorn -n %i -w 9 -b :8000 a:b", "gunicorn 9 30 8000");
    check("/srv/shop/bin/gunicorn -w %i -b :8000 a:b", "gunicorn - 30 8000");
    check("/bin/sh -c 'exec /srv/shop/bin/gunicorn -w 9 -b :800%i a:b'", "gunicorn 9 30 -");
    // systemd refuses what it does not know.
    check("/srv/shop/bin/gunicorn -w 9 -b :800%1 a:b", "- - - -");
}

#[test]
fn files_of_an_include_are_filled_in_with_variables_of_their_own() {
    let check = |include: &str, more: &[(&str, &str)], expect: &str| {
        let text = format!("include:\n{include}\nservices: {{}}\n");
        let part = "services:\n  web:\n    build: .\n    restart: always\n    \
                    command: gunicorn a:b -b :8000 -w ${W:-2}\n";
        let over = "services:\n  web:\n    ports: [\"80:8000\"]\n    command: gunicorn a:b -b :8000 -w ${W:-2} -t 40\n";
        let mut files = vec![
            ("compose.yaml", text.as_str()),
            ("part/compose.yaml", part),
            ("over.yaml", over),
            ("part/Dockerfile", IMAGE.1),
        ];
        files.extend(more);
        assert_eq!(said(&files, "compose.yaml"), expect, "{include} {more:?}");
    };
    let several = "  - path: [part/compose.yaml, over.yaml]\n    project_directory: part";
    check(several, &[], "gunicorn 2 40 8000");
    let own = ("part/.env", "W=4\n");
    check("  - part/compose.yaml", &[own], "gunicorn 4 30 8000");
    check(several, &[own], "gunicorn 4 40 8000");
    let named = format!("{several}\n    env_file: part.env");
    check(&named, &[own, ("part.env", "W=5\n")], "gunicorn 5 40 8000");
    // What is set around the including file wins.
    check(&named, &[own, ("part.env", "W=5\n"), (".env", "W=6\n")], "gunicorn 6 40 8000");
}

#[test]
fn a_file_for_a_server_is_laid_over_what_its_base_includes() {
    let base =
        "include: [infra.yaml]\nservices:\n  api:\n    build: .\n    command: gunicorn a:b\n";
    let infra = "services:\n  db:\n    image: postgres:17\n";
    let over = "services:\n  api: {restart: always}\n  db: {restart: always}\n";
    let all = [("compose.yaml", base), ("infra.yaml", infra), ("compose.prod.yaml", over), IMAGE];
    let names = |manifest: &str, all: &[(&str, &str)]| -> Vec<String> {
        let all = processes(all, manifest);
        all.iter().map(|it| format!("{} {}", it.name.value, shown(it, v::RESTART_POLICY))).collect()
    };
    assert_eq!(names("compose.prod.yaml", &all), ["api always", "db always"]);
    // Its base may be called so.
    let plain = "services:\n  api:\n    build: .\n    command: gunicorn a:b\n";
    let over = "services:\n  api: {restart: always}\n";
    for name in ["compose.base.yaml", "compose-common.yml"] {
        let all = [(name, plain), ("compose.prod.yaml", over), IMAGE];
        assert_eq!(names("compose.prod.yaml", &all), ["api always"], "{name}");
    }
}

#[test]
fn a_database_of_a_developers_file_deploys_nothing() {
    let purpose = |database: &str, api: &str| {
        let text = format!(
            "include: [{database}]\nservices:\n  api: {{build: ., {api}ports: [\"80:80\"]}}\n"
        );
        let part = "services:\n  db: {image: \"postgres:17\", restart: always}\n";
        let command = "FROM python:3.13-slim\nCMD [\"gunicorn\", \"a:b\"]\n";
        let files = [("compose.yaml", text.as_str()), (database, part), ("Dockerfile", command)];
        let all = processes(&files, "compose.yaml");
        let found = all.iter().find(|it| it.name.value == "db").expect("db");
        shown(found, v::PURPOSE)
    };
    assert_eq!(purpose("compose.dev-db.yaml", ""), "development");
    assert_eq!(purpose("compose.db.yaml", ""), "production");
    assert_eq!(purpose("compose.dev-db.yaml", "restart: always, "), "production");
}

#[test]
fn a_workflow_says_of_which_dockerfile_an_image_is_made() {
    let check = |steps: &str, expect: &str| {
        let service = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec:\n  template:\n    spec:\n      containers:\n        - image: gcr.io/p/x\n          ports: [{containerPort: 8080}]\n";
        let workflow =
            format!("on: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    steps:\n{steps}");
        let files = [
            ("service.yaml", service),
            (
                "Dockerfile",
                "FROM python:3.13\nCMD [\"gunicorn\", \"a:b\", \"-w\", \"2\", \"-b\", \":8080\"]\n",
            ),
            (
                "Dockerfile.prod",
                "FROM python:3.13\nCMD [\"gunicorn\", \"a:b\", \"-w\", \"5\", \"-b\", \":8080\"]\n",
            ),
            (".github/workflows/d.yml", workflow.as_str()),
        ];
        assert_eq!(said(&files, "service.yaml"), expect, "{steps}");
    };
    check("      - run: make\n", "gunicorn 2 30 8080");
    check(
        "      - run: docker build -f Dockerfile.prod -t gcr.io/p/x . && docker push gcr.io/p/x\n",
        "gunicorn 5 30 8080",
    );
    check(
        "      - run: docker buildx build --push --tag gcr.io/p/x:$GITHUB_SHA --file Dockerfile.prod .\n",
        "gunicorn 5 30 8080",
    );
    check(
        "      - run: docker build -f Dockerfile.prod -t gcr.io/p/other .\n",
        "gunicorn 2 30 8080",
    );
    let action = "      - uses: docker/build-push-action@v6\n        with:\n          file: Dockerfile.prod\n          tags: |\n            gcr.io/p/x:latest\n            gcr.io/p/x:1\n";
    check(action, "gunicorn 5 30 8080");
}

#[test]
fn the_server_in_the_background_of_a_bot_has_the_port() {
    let said = |command: &str, bot: &str| {
        let procfile = format!("web: {command}\n");
        said(&[("Procfile", procfile.as_str()), ("bot.py", bot)], "Procfile")
    };
    let bot = "import discord\nclient = discord.Client()\nclient.run('x')\n";
    assert_eq!(said("gunicorn app:app -w 3 -b :8000 & python3 bot.py", bot), "gunicorn 3 30 8000");
    // A bot that ends ends the process.
    let once = "print('done')\n";
    assert_ne!(said("gunicorn app:app -w 3 -b :8000 & python3 bot.py", once), "gunicorn 3 30 8000");
    // Two servers: which of them requests reach is not known.
    let two = "gunicorn a:b -b :8000 & gunicorn c:d -b :9000 & python3 bot.py";
    assert_ne!(said(two, bot), "gunicorn 1 30 8000");
}

#[test]
fn an_application_of_others_with_its_database_is_deployed() {
    let count = |path: &str, app: &str, more: &[(&str, &str)]| {
        let text = format!(
            "services:\n  app:\n    image: {app}\n    restart: always\n    ports: [\"80:80\"]\n    \
             environment: {{DATABASE_HOST: db}}\n  db: {{image: \"postgres:17\", restart: always}}\n"
        );
        let mut files = vec![(path, text.as_str())];
        files.extend(more);
        processes(&files, path).len()
    };
    assert_eq!(count("compose.yaml", "wordpress:6", &[]), 2);
    assert_eq!(count("compose.yaml", "acme/shop:1", &[]), 2);
    // A page to look into the database, a part of something, and what helps the source beside it.
    assert_eq!(count("compose.yaml", "dpage/pgadmin4:9", &[]), 0);
    assert_eq!(count("compose.middleware.yaml", "acme/shop:1", &[]), 0);
    assert_eq!(count("compose.yaml", "acme/shop:1", &[("package.json", "{}")]), 0);
    // Databases alone are a developer's.
    assert_eq!(count("compose.yaml", "redis:8", &[]), 0);
}

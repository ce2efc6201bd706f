//! Wrappers, scripts, Procfile runners, and commands without a shell.

use super::*;
use crate::document::Segment;

#[test]
fn wrappers_step_aside() {
    let scene = Scene::with(&[]);
    for wrapper in [
        "poetry run",
        "poetry -C api run",
        "pipenv run",
        "uv run",
        "uv run --frozen --with x --no-dev",
        "uv run -m",
        "pdm run",
        "hatch run",
        "hatch run prod:gunicorn\0",
        "rye run",
        "python -m",
        "python3.12 -u -X dev -Wignore -m",
        "python -um",
        "newrelic-admin run-program",
        "NEW_RELIC_CONFIG_FILE=x newrelic-admin run-program",
        "ddtrace-run",
        "opentelemetry-instrument --traces_exporter console --service_name=x",
        "bin/start-nginx bin/start-pgbouncer newrelic-admin run-program",
        "doppler run -p x --",
        "chamber exec a b --",
        "aws-vault exec prod --no-session --",
        "infisical run --env=prod --",
        "op run --env-file=x --",
        "dumb-init",
        "dumb-init --",
        "tini -g --",
        "/usr/bin/tini -s -g --",
        "nice -n 10",
        "nice -10",
        "nice nice",
        "time -p",
        "timeout -k 5 30",
        "nohup",
        "stdbuf -oL",
        "gosu app",
        "su-exec app",
        "setpriv --reuid=1 --clear-groups",
        "sudo -u app -E A=1",
        "env -i A=1",
        "/usr/bin/env",
        "command",
        "exec -a x",
        "wait-for-it.sh db:1 -t 5 --",
        "dockerize -wait tcp://db:1 -timeout 60s",
        "sentry-cli monitors run slug --",
        "statsd-tg",
        "some-wrapper --flag=x --",
        "honcho run",
    ] {
        let (wrapper, program) = match wrapper.strip_suffix("gunicorn\0") {
            Some(wrapper) => (wrapper.to_owned(), "gunicorn"),
            None => (format!("{wrapper} "), "gunicorn"),
        };
        scene.check(&format!("{wrapper}{program} -w 2 a:b"), "gunicorn -w 2 a:b");
    }
    scene.check("python /venv/bin/gunicorn a", "/venv/bin/gunicorn a");
    scene.check("doppler run --command 'migrate; gunicorn a'", "before migrate\ngunicorn a");
    scene.check("uv run -m bin.worker", "python -m bin.worker");
    scene.check("python -m waitress --port=1 a", "waitress-serve --port=1 a");
}

#[test]
fn other_programs_are_left_as_they_are() {
    let scene = Scene::with(&[]);
    for command in [
        "pip install gunicorn uvicorn",
        "supervisorctl restart gunicorn x",
        "python app.py gunicorn x",
        "thing gunicorn",
        "thing --server gunicorn a:b",
        "thing gunicorn celery a",
        "xargs gunicorn a",
        "poetry install",
        "python -m bedevere",
        "python -c x",
        "poetry run",
    ] {
        scene.check(command, command);
    }
}

#[test]
fn scripts_of_the_project_are_read() {
    let script =
        "#!/bin/sh\nset -e\npython manage.py migrate\nexec gunicorn -w \"${N:-3}\" \"$@\"\n";
    let scene = Scene::with(&[("N", "2")])
        .file("bin/start.sh", script)
        .file("plain", "gunicorn a\n")
        .file("tool.py", "#!/usr/bin/env python\nprint(1)\n")
        .file("loop.sh", "./loop.sh\n")
        .file("env.sh", "export N=7\nrun() { gunicorn -w \"$1\"; }\n");
    let expected = "before python manage.py migrate\ngunicorn -w 2 a:b";
    for command in [
        "bin/start.sh a:b",
        "./bin/start.sh a:b",
        "bash bin/start.sh a:b",
        "/app/bin/start.sh a:b",
        "cd bin && sh -x start.sh a:b",
        "exec tini -- bin/start.sh a:b",
    ] {
        let prefix = if command.starts_with("cd") { "[bin] " } else { "" };
        let expected = expected.replace("gunicorn", &format!("{prefix}gunicorn"));
        let expected = expected.replace("python", &format!("{prefix}python"));
        scene.check(command, &expected);
    }
    scene.check("sh plain", "gunicorn a");
    scene.check("./tool.py", "./tool.py");
    scene.check("sh missing.sh", "sh missing.sh");
    scene.check("./loop.sh", "? a script of the command starts itself");
    scene.check(". ./env.sh && run $N", "gunicorn -w 7");
}

#[test]
fn entrypoints_choose_by_their_arguments() {
    let script = "#!/bin/bash\n\
                  if [ \"$1\" = 'worker' ]; then shift; exec celery -A x worker \"$@\"; fi\n\
                  if [ \"${1#-}\" != \"$1\" ]; then set -- gunicorn \"$@\"; fi\n\
                  case \"$1\" in web) set -- gunicorn a;; esac\n\
                  exec \"$@\"\n";
    let scene = Scene::with(&[]).file("entry.sh", script);
    scene.check("./entry.sh worker -c 2", "celery -A x worker -c 2");
}

#[test]
fn procfile_runners_start_its_processes() {
    let procfile = "web: gunicorn a\nworker: celery -A x worker\n";
    let scene = Scene::with(&[]).file("Procfile", procfile).file("Procfile.b", "one: run\n");
    scene.check("honcho start", "gunicorn a\nbeside celery -A x worker");
    scene.check("foreman start worker", "celery -A x worker");
    scene.check("honcho -f Procfile.b start", "run");
    scene.check("overmind start --procfile=Procfile.b", "run");
    scene.check("hivemind Procfile.b", "run");
    scene.check("honcho start -f missing", "? `missing` is not in the project");
}

#[test]
fn a_command_without_a_shell_expands_nothing() {
    let scene = Scene::with(&[("PORT", "80")]);
    scene.check_exec("gunicorn -w 2 'a b' \"c d\" e\\ f", "gunicorn -w 2 'a b' 'c d' 'e f'", &[]);
    scene.check_exec("sh -c 'gunicorn -b :$PORT && x'", "gunicorn -b :80", &[]);
    scene.check_exec(
        "gunicorn -b 0.0.0.0:$PORT a",
        "gunicorn -b 0.0.0.0:$PORT a",
        &["unexpanded-variable at `$PORT`"],
    );
    scene.check_exec(
        "gunicorn -b \"[::]:${PORT:-1}\" a",
        "gunicorn -b [::]:${PORT:-1} a",
        &["unexpanded-variable at `${PORT:-1}`"],
    );
    scene.check_exec(
        "migrate && gunicorn a",
        "migrate && gunicorn a",
        &["shell-syntax-without-shell at `&&`"],
    );
    scene.check_exec("A=1 run", "A=1 run", &["shell-syntax-without-shell at `A=1`"]);
    scene.check_exec("run '$x' a$ '&&' \"cost: $5\"", "run $x a$ && 'cost: $5'", &[]);
    scene.check_exec("./docker-entrypoint.sh run $X", "./docker-entrypoint.sh run $X", &[]);
    scene.check_exec("run 'abc", "run abc", &["shell-syntax at `'abc`"]);
    scene.check_exec("env A=1 poetry run gunicorn a", "gunicorn a", &[]);
}

#[test]
fn a_list_of_words_is_taken_as_it_is() {
    let scene = Scene::with(&[("PORT", "80")]);
    let mut workspace = Workspace::new(&scene.files);
    let source = r#"["sh", "-c", "gunicorn \"-b\" :$PORT"]"#;
    let file = workspace.sources.add("Dockerfile", source);
    let literal = |text: &str, written: &str| {
        let start = source.find(written).unwrap();
        let mut segments = Vec::new();
        let mut at = start + 1;
        let mut decoded = 0;
        for part in text.split_inclusive(' ') {
            at = start + source[start..].find(part.trim().trim_matches('"')).unwrap_or(at - start);
            let len = part.trim().trim_matches('"').len();
            decoded += usize::from(part.starts_with('"'));
            segments.push(Segment { decoded, source: at, len });
            decoded += part.len() - usize::from(part.starts_with('"'));
        }
        Text::new(text, Span::new(file, start, start + written.len()), segments)
    };
    let words = [
        literal("sh", r#""sh""#),
        literal("-c", r#""-c""#),
        literal("gunicorn \"-b\" :$PORT", r#""gunicorn \"-b\" :$PORT""#),
    ];
    let command = CommandSource::Array { words: &words, span: Span::new(file, 0, source.len()) };
    let surroundings = Surroundings {
        environment: &scene.environment,
        folder: "",
        in_image: false,
        cpus: &scene.cpus,
        shell: Dialect::Unknown,
        sh: Dialect::Unknown,
        entry_of_base: &[],
    };
    let mut acc = Vec::new();
    let launches = launches(&mut acc, &mut workspace, &command, &surroundings);
    assert_eq!(show(&launches), "gunicorn -b :80");
    let argv = launches.main.unwrap().argv;
    assert_eq!(workspace.sources.text(argv[0].span), "gunicorn");
    assert_eq!(workspace.sources.text(argv[2].span), ":$PORT");
    assert!(acc.is_empty());
}

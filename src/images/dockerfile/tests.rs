//! Whole manifests with a Dockerfile: what runs, with which settings.

use crate::analysis::{Analysis, FactsAnswer, Options};
use crate::fact::Fact;
use crate::project::Project;
use crate::vocabulary::FactId;
use crate::workspace::MemoryFiles;

mod bases;

const FLY: &str = "app = 'a'\n[env]\nPORT = '8080'\n";

fn projects(files: &[(&str, &str)]) -> (Vec<Project>, Vec<String>, Vec<String>) {
    let mut memory = MemoryFiles::new();
    for (path, text) in files {
        memory = memory.with(*path, *text);
    }
    let answer = Analysis::open(memory, Options::plain()).unwrap().facts();
    let FactsAnswer { projects, problems, sources, .. } = answer;
    let problems = problems.into_iter().map(|it| it.message).collect();
    let facts = projects.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes);
    let shown = |(id, fact): (FactId, &Fact)| {
        let place = fact.origin.span.map(|it| {
            let file = sources.file(it.file).path().to_owned();
            format!(" @ {file} `{}`", sources.text(it))
        });
        format!("{} = {}{}", id.name(), fact.state, place.unwrap_or_default())
    };
    let facts = facts.flat_map(|it| it.facts.iter().map(shown)).collect();
    (projects, problems, facts)
}

/// Checks facts of all processes, each as `name = value @ file text`.
#[track_caller]
fn check(files: &[(&str, &str)], expect: &[&str]) {
    let (_, problems, facts) = projects(files);
    assert!(problems.is_empty(), "{problems:?}");
    for expect in expect {
        assert!(facts.iter().any(|it| it.starts_with(expect)), "{expect} is not in {facts:#?}");
    }
}

#[test]
fn a_manifest_without_a_command_runs_cmd() {
    let dockerfile = "FROM python:3.13\nCMD [\"gunicorn\", \"-w\", \"3\", \"app:app\"]\n";
    check(
        &[("fly.toml", FLY), ("Dockerfile", dockerfile)],
        &["server = gunicorn @ Dockerfile `gunicorn`", "workers = 3 @ Dockerfile `3`"],
    );
}

#[test]
fn the_shell_form_expands_variables_of_env_and_the_manifest() {
    let dockerfile = "FROM python\nENV WORKERS=5 PORT=1\nCMD gunicorn -w $WORKERS \\\n  \
                      -b :$PORT app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = 5", "port = 8080"]);
}

#[test]
fn a_stage_begins_with_what_its_base_leaves_for_it() {
    let dockerfile = "FROM python:3.13 AS base\nONBUILD ENV WORKERS=5\nONBUILD WORKDIR /srv\n\
                      onbuild CMD gunicorn -w $WORKERS app:app\nFROM base AS app\n";
    let expect = "workers = 5";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &[expect]);
    // What the stage says itself comes later, and one on top of it begins with nothing.
    let last = format!("{dockerfile}ENV WORKERS=6\nFROM app\n");
    check(&[("fly.toml", FLY), ("Dockerfile", &last)], &["workers = 6"]);
    // It is nothing of the stage itself.
    let own = dockerfile.replace("FROM base AS app\n", "CMD gunicorn -w 2 app:app\n");
    check(&[("fly.toml", FLY), ("Dockerfile", &own)], &["workers = 2"]);
}

#[test]
fn only_the_final_stage_counts_and_its_bases() {
    let dockerfile = "FROM python AS base\nENV W=4\nCMD [\"sleep\", \"1\"]\n\
                      FROM node AS assets\nCMD [\"node\"]\n\
                      FROM base\nENV OTHER=$W\nCMD gunicorn -w $OTHER app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = 4"]);
}

#[test]
fn the_target_of_a_build_is_the_final_stage() {
    let dockerfile = "FROM python AS prod\nCMD gunicorn -w 2 app:app\n\
                      FROM prod AS dev\nCMD flask run\n";
    let fly = format!("{FLY}[build]\nbuild-target = 'prod'\n");
    check(&[("fly.toml", &fly), ("Dockerfile", dockerfile)], &["workers = 2"]);
}

#[test]
fn cmd_is_given_to_the_entry_point() {
    let dockerfile = "FROM python\nENTRYPOINT [\"gunicorn\", \"app:app\"]\nCMD [\"-w\", \"6\"]\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = 6 @ Dockerfile `6`"]);
    let fly = format!("{FLY}[processes]\nweb = '-w 7'\n");
    check(&[("fly.toml", &fly), ("Dockerfile", dockerfile)], &["workers = 7 @ fly.toml `7`"]);
}

#[test]
fn an_entry_point_behind_cmd_of_its_base_drops_it() {
    let dockerfile = "FROM python AS base\nCMD [\"-w\", \"9\"]\n\
                      FROM base\nENTRYPOINT [\"gunicorn\", \"app:app\"]\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = 1"]);
}

#[test]
fn a_script_of_the_image_is_read_where_it_was_copied_from() {
    let dockerfile = "FROM python\nWORKDIR /code\nCOPY ops/gunicorn.conf.py ./\nCOPY src .\n\
                      CMD gunicorn -c gunicorn.conf.py app:app\n";
    check(
        &[
            ("fly.toml", FLY),
            ("Dockerfile", dockerfile),
            ("ops/gunicorn.conf.py", "workers = 8\n"),
            ("src/app.py", ""),
        ],
        &["workers = 8 @ ops/gunicorn.conf.py `8`"],
    );
}

#[test]
fn the_start_folder_is_the_copy_of_the_project() {
    let dockerfile = "FROM python AS build\nWORKDIR /src\nCOPY . .\nFROM python\n\
                      COPY --from=build /src/api /app\nWORKDIR /app\nCMD gunicorn app:app\n";
    check(
        &[("fly.toml", FLY), ("Dockerfile", dockerfile), ("api/gunicorn.conf.py", "workers = 5")],
        &["workers = 5 @ api/gunicorn.conf.py `5`"],
    );
}

#[test]
fn files_of_another_stage_are_copied_by_pattern() {
    let dockerfile = "FROM python AS build\nWORKDIR /src\nCOPY . .\nFROM python\nWORKDIR /app\n\
                      COPY --from=build /src/*.py ./\nCMD gunicorn -c gunicorn_conf.py app:app\n";
    let conf = ("gunicorn_conf.py", "workers = 5");
    check(
        &[("fly.toml", FLY), ("Dockerfile", dockerfile), conf, ("README.md", "")],
        &["workers = 5 @ gunicorn_conf.py `5`"],
    );
}

#[test]
fn a_build_argument_is_what_the_manifest_passes() {
    let dockerfile = "ARG W=2\nFROM python\nARG W\nENV W=$W\nCMD gunicorn -w $W app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = 2"]);
    let fly = format!("{FLY}[build.args]\nW = '3'\n");
    check(&[("fly.toml", &fly), ("Dockerfile", dockerfile)], &["workers = 3"]);
}

#[test]
fn a_default_of_a_build_argument_is_an_assumption() {
    let dockerfile = "FROM python\nARG W=2\nENV W=$W\nCMD gunicorn -w $W app:app\n";
    let (projects, ..) = projects(&[("fly.toml", FLY), ("Dockerfile", dockerfile)]);
    let facts = &projects[0].deployments[0].processes[0].facts;
    assert!(facts.get(crate::vocabulary::WORKERS).unwrap().origin.is_assumed());
}

#[test]
fn a_build_argument_without_a_value_is_unknown() {
    let dockerfile = "FROM python\nARG W\nENV W=$W\nCMD gunicorn -w $W app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = unknown"]);
}

#[test]
fn another_way_to_an_image_leaves_the_dockerfile_alone() {
    let dockerfile = "FROM python\nCMD gunicorn app:app\n";
    let fly = format!("{FLY}[build]\nimage = 'example/x'\n");
    check(&[("fly.toml", &fly), ("Dockerfile", dockerfile)], &["server = unknown"]);
}

#[test]
fn an_image_without_cmd_runs_what_its_base_says() {
    let of = |dockerfile: &str, expected: &[&str]| {
        check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], expected);
    };
    of("FROM example/base\n", &["server = unknown"]);
    // Python alone waits for a person.
    of("FROM python\n", &["server = none"]);
    of("FROM nginx:1.27\nCOPY . /usr/share/nginx/html\n", &["server = nginx"]);
}

#[test]
fn the_nearest_dockerfile_above_is_assumed_to_be_the_one_that_is_built() {
    let dockerfile = "FROM python\nCMD gunicorn -w 9 app:app\n";
    check(&[("ops/fly.toml", FLY), ("Dockerfile", dockerfile)], &["workers = 9"]);
    let (projects, ..) = projects(&[("ops/fly.toml", FLY), ("Dockerfile", dockerfile)]);
    let facts = &projects[0].deployments[0].processes[0].facts;
    assert!(facts.get(crate::vocabulary::WORKERS).unwrap().origin.is_assumed());
}

#[test]
fn single_quotes_make_no_list() {
    let dockerfile = "FROM python\nCMD ['gunicorn', 'app:app']\n";
    let (_, problems, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", dockerfile)]);
    assert_eq!(problems, ["this is not valid JSON, so Docker runs it as a shell command"]);
    assert!(facts.iter().any(|it| it.starts_with("server = unknown")), "{facts:#?}");
}

#[test]
fn render_runs_the_dockerfile_of_a_docker_service() {
    let render = "services:\n- type: web\n  name: a\n  runtime: docker\n  \
                  dockerfilePath: ./ops/Dockerfile\n";
    let dockerfile = "FROM python\nENTRYPOINT [\"tini\", \"--\"]\nCMD gunicorn -w 4 app:app\n";
    check(&[("render.yaml", render), ("ops/Dockerfile", dockerfile)], &["workers = 4"]);
    let command = format!("{render}  dockerCommand: gunicorn -w 2 app:app\n");
    check(&[("render.yaml", &command), ("ops/Dockerfile", dockerfile)], &["workers = 2"]);
}

#[test]
fn a_broken_dockerfile_is_reported_once() {
    let dockerfile = "FROM python\nCDM gunicorn app:app\n";
    let staging = ("fly.staging.toml", FLY);
    let (_, problems, _) = projects(&[("fly.toml", FLY), staging, ("Dockerfile", dockerfile)]);
    assert_eq!(problems, ["`CDM` is not an instruction"]);
}

#[test]
fn the_image_says_its_port_user_and_python() {
    let dockerfile = "FROM python:3.12-slim AS base\nFROM base\nUSER app:app\nEXPOSE 8000/tcp\n\
                      CMD gunicorn app:app\n";
    check(
        &[("fly.toml", FLY), ("Dockerfile", dockerfile)],
        &[
            "runtime.python = 3.12 @ Dockerfile `python:3.12-slim`",
            "image.user = app @ Dockerfile `app:app`",
            "exposed_port = 8000 @ Dockerfile `8000/tcp`",
        ],
    );
}

#[test]
fn other_tags_ports_and_users_say_nothing_certain() {
    for (dockerfile, absent) in [
        ("FROM python:latest\n", "runtime.python"),
        ("FROM python:3-slim\n", "runtime.python"),
        ("FROM acme/python-tools:1.2\n", "runtime.python"),
        ("FROM python\nEXPOSE 80 81\n", "exposed_port"),
        ("FROM python\nEXPOSE 53/udp\n", "exposed_port"),
        ("FROM python\n", "image.user"),
    ] {
        let text = format!("{dockerfile}CMD gunicorn app:app\n");
        let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", &text)]);
        let found = facts.iter().find(|it| it.starts_with(absent));
        assert_eq!(found, None, "{dockerfile}");
    }
    let uv = "FROM ghcr.io/astral-sh/uv:python3.13-bookworm-slim\nCMD gunicorn app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", uv)], &["runtime.python = 3.13"]);
    let open = "FROM python\nARG PORT\nEXPOSE $PORT\nCMD gunicorn app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", open)], &["exposed_port = unknown"]);
}

#[test]
fn a_script_without_exec_keeps_the_signals_from_the_server() {
    let dockerfile = "FROM python\nWORKDIR /app\nCOPY . .\nENTRYPOINT [\"./start.sh\"]\n";
    let with = |script: &'static str| {
        [("fly.toml", FLY), ("Dockerfile", dockerfile), ("start.sh", script)]
    };
    let stays = "#!/bin/sh\npython manage.py migrate\ngunicorn app:app\n";
    check(&with(stays), &["server = gunicorn", "shell_is_pid1 = true @ start.sh `gunicorn`"]);
    let becomes = "#!/bin/sh\npython manage.py migrate\nexec gunicorn app:app\n";
    check(&with(becomes), &["shell_is_pid1 = false @ start.sh `gunicorn`"]);
    // Whether `/bin/sh -c` becomes its last program depends on the shell of the image: that of
    // Debian never does.
    let debian = "FROM python\nCMD cd /app && gunicorn app:app\n";
    check(
        &[("fly.toml", FLY), ("Dockerfile", debian)],
        &["shell_is_pid1 = true @ Dockerfile `gunicorn`"],
    );
    for other in ["python:3.13-alpine", "acme/base"] {
        let shell = debian.replace("FROM python", &format!("FROM {other}"));
        let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", &shell)]);
        assert!(!facts.iter().any(|it| it.starts_with("shell_is_pid1")), "{facts:#?}");
    }
    let init = dockerfile.replace("[\"./start.sh\"]", "[\"dumb-init\", \"./start.sh\"]");
    let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", &init), ("start.sh", stays)]);
    assert!(!facts.iter().any(|it| it.starts_with("shell_is_pid1")), "{facts:#?}");
}

#[test]
fn heroku_yml_runs_the_image_it_builds() {
    let heroku = "build:\n  docker:\n    web: ops/Dockerfile\n    worker: ops/Dockerfile\n\
                  run:\n  worker: celery -A shop worker -c 3\n";
    let dockerfile = "FROM python:3.12\nENV WEB_CONCURRENCY=2\nCMD gunicorn app:app\n";
    let files = [("heroku.yml", heroku), ("ops/Dockerfile", dockerfile)];
    check(&files, &["workers = 2 @ ops/Dockerfile `2`", "workers = 3 @ heroku.yml `3`"]);
}

#[test]
fn a_file_that_was_not_copied_says_nothing() {
    let dockerfile = "FROM python\nWORKDIR /app\nCOPY requirements*.txt ./\nCOPY src ./src\n\
                      CMD gunicorn src.app:app\n";
    let files = [
        ("fly.toml", FLY),
        ("Dockerfile", dockerfile),
        ("gunicorn.conf.py", "workers = 7\n"),
        ("requirements.txt", "gunicorn\n"),
    ];
    check(&files, &["workers = 1"]);
    let whole = dockerfile.replace("COPY src ./src", "COPY . .");
    let files = [files[0], ("Dockerfile", &whole), files[2]];
    check(&files, &["workers = 7 @ gunicorn.conf.py `7`"]);
    check(&[files[0], files[1], files[2], (".dockerignore", "*.conf.py\n")], &["workers = 1"]);
    let own = [(".dockerignore", "*\n"), ("Dockerfile.dockerignore", "*.md\n")];
    check(&[files[0], files[1], files[2], own[0], own[1]], &["workers = 7"]);
}

#[test]
fn scripts_outside_of_the_start_folder_are_followed() {
    let dockerfile = "FROM python\nWORKDIR /srv/app\nCOPY . /srv/app\n\
                      COPY ops/entry.sh /usr/local/bin/entry\nCOPY ops/run.sh /\n\
                      ENTRYPOINT [\"/usr/local/bin/entry\"]\nCMD [\"/run.sh\"]\n";
    check(
        &[
            ("fly.toml", FLY),
            ("Dockerfile", dockerfile),
            ("ops/entry.sh", "#!/bin/sh\nset -e\nexec \"$@\"\n"),
            ("ops/run.sh", "#!/bin/bash\ncd /srv/app/web\nexec gunicorn -w 6 app:app\n"),
            ("web/gunicorn.conf.py", "threads = 3\n"),
        ],
        &["workers = 6 @ ops/run.sh `6`", "threads = 3 @ web/gunicorn.conf.py `3`"],
    );
}

#[test]
fn a_start_folder_that_nothing_was_copied_to_has_no_files() {
    let dockerfile = "FROM python\nCOPY . /srv\nWORKDIR /app\nCMD gunicorn app:app\n";
    let config = ("gunicorn.conf.py", "workers = 7\n");
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile), config], &["workers = 1"]);
    let there = dockerfile.replace("CMD ", "CMD cd /srv && ");
    check(&[("fly.toml", FLY), ("Dockerfile", &there), config], &["workers = 7"]);
}

#[test]
fn where_a_copy_is_not_known_any_file_may_be_there() {
    let dockerfile = "FROM python\nARG FILES\nWORKDIR /app\nCOPY pyproject.toml $FILES ./\n\
                      COPY pyproject.toml ./\nCMD gunicorn app:app\n";
    let config = ("gunicorn.conf.py", "workers = 7\n");
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile), config], &["workers = 7"]);
}

#[test]
fn a_port_that_the_manifest_sets_differently_is_not_the_exposed_one() {
    let dockerfile = "FROM python\nARG WEB_PORT=8000\nENV WEB_PORT=${WEB_PORT}\n\
                      EXPOSE ${WEB_PORT}\nCMD gunicorn app:app\n";
    check(&[("fly.toml", FLY), ("Dockerfile", dockerfile)], &["exposed_port = 8000"]);
    let fly = FLY.replace("PORT", "WEB_PORT");
    check(&[("fly.toml", &fly), ("Dockerfile", dockerfile)], &["exposed_port = unknown"]);
}

#[test]
fn flyctl_finds_the_dockerfile_in_lower_case_and_by_a_path_from_the_root() {
    let dockerfile = "FROM python\nCMD gunicorn -w 2 app:app\n";
    check(&[("fly.toml", FLY), ("dockerfile", dockerfile)], &["workers = 2"]);
    let fly = format!("{FLY}[build]\ndockerfile = '/ops/web.Dockerfile'\n");
    check(&[("fly.toml", &fly), ("ops/web.Dockerfile", dockerfile)], &["workers = 2"]);
}

#[test]
fn a_blueprint_may_lie_below_the_root_of_its_repository() {
    let render = "services:\n- type: web\n  name: a\n  runtime: docker\n  \
                  dockerfilePath: ./deploy/Dockerfile\n";
    let dockerfile = "FROM python\nCMD gunicorn -w 4 app:app\n";
    let files = [("deploy/render.yaml", render), ("deploy/Dockerfile", dockerfile)];
    check(&files, &["workers = 4"]);
}

#[test]
fn an_init_that_signals_a_group_reaches_the_server() {
    let dockerfile = "FROM python\nWORKDIR /app\nCOPY . .\n\
                      ENTRYPOINT [\"tini\", \"-g\", \"--\", \"./start.sh\"]\n";
    let script = ("start.sh", "#!/bin/sh\ngunicorn app:app\n");
    let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", dockerfile), script]);
    assert!(!facts.iter().any(|it| it.starts_with("shell_is_pid1")), "{facts:#?}");
    let alone = dockerfile.replace("\"-g\", ", "");
    check(&[("fly.toml", FLY), ("Dockerfile", &alone), script], &["shell_is_pid1 = true"]);
}

#[test]
fn a_broken_list_matters_only_where_it_runs() {
    let dockerfile = "FROM python\nCMD [“gunicorn”, “app:app”]\n";
    let (_, problems, _) = projects(&[("fly.toml", FLY), ("Dockerfile", dockerfile)]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let fly = format!("{FLY}[processes]\nweb = 'gunicorn -w 2 app:app'\n");
    check(&[("fly.toml", &fly), ("Dockerfile", dockerfile)], &["workers = 2"]);
}

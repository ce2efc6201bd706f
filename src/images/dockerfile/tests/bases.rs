//! Base images with an entry point or a command of their own, and scripts that a Dockerfile writes.

use super::{FLY, check, projects};

/// Facts of the one process of fly.toml, in an image with this Dockerfile and these files.
#[track_caller]
fn check_image(dockerfile: &str, files: &[(&str, &str)], expect: &[&str]) {
    let mut all = vec![("fly.toml", FLY), ("Dockerfile", dockerfile)];
    all.extend(files);
    check(&all, expect);
}

#[test]
fn a_base_image_puts_its_program_in_front_of_its_own_words() {
    let deno = "FROM denoland/deno:2.1.4\nCOPY . .\nCMD [\"run\", \"--allow-net\", \"main.ts\"]\n";
    check_image(deno, &[], &["server = deno", "command = run --allow-net main.ts @ Dockerfile"]);
    let node = "FROM gcr.io/distroless/nodejs22-debian12\nCOPY . /app\nCMD [\"/app/server.js\"]\n";
    check_image(node, &[("server.js", "")], &["server = node"]);
    let python = "FROM gcr.io/distroless/python3-debian12\nCOPY . /app\nWORKDIR /app\n\
                  CMD [\"-m\", \"uvicorn\", \"app:app\", \"--port\", \"8080\"]\n";
    check_image(python, &[], &["server = uvicorn", "port = 8080"]);
    let php = "FROM php:8.3-cli\nCMD [\"-S\", \"0.0.0.0:8080\"]\n";
    check_image(php, &[], &["server = php-server"]);
    let own = "FROM node:22\nENTRYPOINT [\"docker-entrypoint.sh\"]\nCMD [\"node\", \"a.js\"]\n";
    check_image(own, &[("a.js", "")], &["server = node"]);
}

#[test]
fn a_base_image_that_passes_words_on_changes_nothing() {
    for base in ["node:22", "php:8.3-fpm", "python:3.13", "denoland/deno", "oven/bun:1"] {
        let dockerfile =
            format!("FROM {base}\nCOPY . .\nCMD [\"gunicorn\", \"-w\", \"3\", \"app:app\"]\n");
        check_image(
            &dockerfile,
            &[],
            &[
                "server = gunicorn",
                "workers = 3 @ Dockerfile `3`",
                "shell_is_pid1 = false",
                "start.commands = gunicorn -w 3 app:app",
            ],
        );
    }
}

#[test]
fn the_first_word_for_an_entry_point_that_nobody_knows_is_no_server() {
    for word in ["run", "serve", "server", "webserver"] {
        let dockerfile = format!("FROM acme/base\nCMD [\"{word}\", \"--x\"]\n");
        let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", &dockerfile)]);
        assert!(facts.iter().any(|it| it.starts_with("server = unknown")), "{word}: {facts:#?}");
    }
    let known = "FROM acme/base\nCMD [\"gunicorn\", \"-w\", \"3\", \"app:app\"]\n";
    check_image(known, &[], &["server = gunicorn", "workers = 3"]);
    let script = "FROM acme/base\nCOPY . .\nCMD [\"./start.sh\"]\n";
    check_image(script, &[("start.sh", "#!/bin/sh\nexec gunicorn -w 2 a:b\n")], &["workers = 2"]);
}

#[test]
fn an_image_for_fastapi_starts_gunicorn_by_its_variables() {
    let dockerfile = "FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11\nCOPY ./app /app\n\
                      ENV WORKERS_PER_CORE=2 MAX_WORKERS=3\n";
    let files = [("app/main.py", "from fastapi import FastAPI\napp = FastAPI()\n")];
    let fly = "app = 'a'\n[[vm]]\nsize = 'shared-cpu-4x'\n";
    let mut all = vec![("fly.toml", fly), ("Dockerfile", dockerfile)];
    all.extend(files);
    check(
        &all,
        &[
            "server = gunicorn",
            "workers = 3",
            "app = main:app",
            "worker_class = ",
            "bind_host = 0.0.0.0",
            "port = 80",
            "timeout_s = 120",
            "framework = fastapi",
            "command = /start.sh @ Dockerfile `tiangolo/uvicorn-gunicorn-fastapi:python3.11`",
        ],
    );
    let given = format!("{dockerfile}ENV WEB_CONCURRENCY=5\n");
    check(&[("fly.toml", fly), ("Dockerfile", &given), files[0]], &["workers = 5"]);
    let two = "FROM tiangolo/uvicorn-gunicorn\nCOPY . /app\nENV MODULE_NAME=web PORT=8000\n";
    let small = "app = 'a'\n[[vm]]\nsize = 'shared-cpu-1x'\n";
    check(
        &[("fly.toml", small), ("Dockerfile", two)],
        &["workers = 2", "app = web:app", "port = 8000"],
    );
    let own = ("app/gunicorn_conf.py", "workers = 7\nbind = '0.0.0.0:8080'\n");
    check(
        &[("fly.toml", fly), ("Dockerfile", dockerfile), files[0], own],
        &["workers = 7", "port = 8080"],
    );
}

#[test]
fn an_image_for_flask_starts_uwsgi_behind_nginx() {
    let dockerfile =
        "FROM tiangolo/uwsgi-nginx-flask:python3.11\nCOPY ./app /app\nENV UWSGI_PROCESSES=4\n";
    let ini = ("app/uwsgi.ini", "[uwsgi]\nmodule = main\ncallable = app\n");
    check_image(dockerfile, &[ini], &["server = uwsgi", "workers = 4", "start.kinds = [proxy]"]);
}

#[test]
fn a_script_that_the_dockerfile_writes_is_read() {
    let here = "FROM python:3.13\nCOPY <<'EOF' /start.sh\n#!/bin/sh\nexec gunicorn -w $W app:app\nEOF\n\
                ENV W=4\nCMD [\"/start.sh\"]\n";
    check_image(here, &[], &["workers = 4"]);
    let printed = "FROM python:3.13\nWORKDIR /app\nCOPY . .\nARG NAME=shop\n\
                   RUN printf '#!/bin/bash\\n' > run.sh && \\\n  \
                   printf \"gunicorn -w 6 ${NAME}.wsgi --bind :\\$PORT\\n\" >> run.sh\n\
                   RUN chmod +x run.sh\nCMD ./run.sh\n";
    check_image(
        printed,
        &[("shop/wsgi.py", "")],
        &["workers = 6", "app = shop.wsgi", "port = 8080"],
    );
    let cat = "FROM python:3.13\nRUN cat <<'EOF' > /start.sh\n#!/bin/sh\nexec gunicorn -w 5 a:b\nEOF\n\
               ENTRYPOINT [\"/start.sh\"]\n";
    check_image(cat, &[], &["workers = 5"]);
}

#[test]
fn a_script_whose_text_is_not_known_is_not_guessed() {
    for dockerfile in [
        "FROM python:3.13\nCOPY <<EOF /start.sh\n#!/bin/sh\nexec gunicorn -w $W a:b\nEOF\nCMD [\"/start.sh\"]\n",
        "FROM python:3.13\nRUN printf '#!/bin/sh\\ngunicorn a:b' > /start.sh\nRUN curl x > /start.sh\n\
         CMD [\"/start.sh\"]\n",
    ] {
        let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", dockerfile)]);
        assert!(facts.iter().any(|it| it.starts_with("server = unknown")), "{facts:#?}");
    }
}

#[test]
fn the_pool_of_the_official_image_has_five_children() {
    let plain = "FROM php:8.3-fpm-alpine\nCOPY . /var/www/html\n";
    check_image(
        plain,
        &[("index.php", "")],
        &["server = php-fpm", "workers = 5", "concurrency = 5"],
    );
    let own = "FROM php:8.3-fpm\nCOPY zz.conf /usr/local/etc/php-fpm.d/zz-pool.conf\n";
    check_image(own, &[("zz.conf", "[www]\npm.max_children = 20\n")], &["workers = 20"]);
    let two = "FROM php:8.3-fpm\nCOPY api.conf /usr/local/etc/php-fpm.d/api.conf\n";
    check_image(two, &[("api.conf", "[api]\npm.max_children = 4\n")], &["workers = 9"]);
}

#[test]
fn a_pool_that_a_step_changes_is_not_known() {
    for step in [
        "RUN sed -i 's/pm.max_children = 5/pm.max_children = 50/' /usr/local/etc/php-fpm.d/www.conf",
        "RUN rm -rf /usr/local/etc/php-fpm.d/*",
        "RUN cd /usr/local/etc && sed -i s/5/9/ php-fpm.d/www.conf",
    ] {
        let dockerfile = format!("FROM php:8.3-fpm\n{step}\n");
        let (_, _, facts) = projects(&[("fly.toml", FLY), ("Dockerfile", &dockerfile)]);
        assert!(!facts.iter().any(|it| it.starts_with("workers = ")), "{step}: {facts:#?}");
    }
}

#[test]
fn a_file_that_is_copied_to_a_folder_of_the_image_goes_into_it() {
    for folder in ["/usr/local/bin", "/usr/local/bin/", "/usr/local/bin/run.sh"] {
        let dockerfile = format!("FROM python:3.13\nCOPY run.sh {folder}\nCMD [\"run.sh\"]\n");
        let run = ("run.sh", "#!/bin/sh\nexec gunicorn -w 3 app:app\n");
        check_image(&dockerfile, &[run], &["server = gunicorn", "workers = 3"]);
    }
}

//! What a process is whose programs run in the background, in loops, or side by side.

use super::*;

#[test]
fn a_shell_that_waits_is_its_programs_in_the_background() {
    let scene = Scene::with(&[]);
    let celery = "celery -A x worker";
    let both = format!("before migrate\ngunicorn a\nbeside {celery}");
    for wait in ["wait", "wait -n; exit $?", "wait $A $B; cleanup", "sleep infinity", "tail -F log"]
    {
        scene.check(&format!("migrate; {celery} & gunicorn a & {wait}"), &both);
    }
    let one = "before python manage.py migrate\ngunicorn a";
    scene.check("python manage.py migrate && { gunicorn a & } && wait", one);
    scene.check("set -m; gunicorn a & migrate; fg %1", "before migrate\ngunicorn a");
    scene.check("gunicorn a & P=$!; while kill -0 $P; do sleep 5; done", "gunicorn a");
    // The shell waits for what ends, and goes on.
    scene.check("migrate & wait; exec gunicorn a", "gunicorn a\nbeside migrate");
    scene.check("celery -A x worker & wait; exec gunicorn a", celery);
    // One that tries again is no wait.
    let tried = "gunicorn a\nbeside celery -A x worker";
    scene.check(&format!("{celery} & while true; do migrate && break; done; gunicorn a"), tried);
}

#[test]
fn of_programs_side_by_side_the_one_that_answers_requests_is_the_process() {
    let scene = Scene::with(&[]);
    let open = "? 2 programs run side by side, and none of them in front";
    let beside = format!("beside gunicorn a\nbeside uvicorn b\n{open}");
    scene.check("gunicorn a & uvicorn b & wait", &beside);
    let beside = format!("beside celery -A x worker\nbeside rq worker\n{open}");
    scene.check("celery -A x worker & rq worker & wait", &beside);
    let (launches, _) = scene.run(|it| Source::shell(it, "gunicorn a & python bot.py & wait"));
    let sources: Vec<&str> = launches.assumed.iter().map(|it| &*it.origin.source).collect();
    assert_eq!(sources, ["`python bot.py` beside the server is taken to answer no requests"]);
    assert_eq!(show(&launches), "gunicorn a\nbeside python bot.py");
    // Databases and brokers answer no requests, and workers neither.
    for other in ["redis-server", "celery -A x worker"] {
        let script = format!("{other} & gunicorn a & wait");
        let (launches, _) = scene.run(|it| Source::shell(it, &script));
        assert!(launches.assumed.is_empty(), "{other}");
        assert_eq!(show(&launches), format!("gunicorn a\nbeside {other}"));
    }
    // Without a wait the shell is gone, and perhaps all that it started.
    let beside = format!("beside gunicorn a\nbeside worker\n{open}");
    scene.check("gunicorn a & worker &", &beside);
    let alone = "? nothing waits for the programs that run in the background";
    scene.check("migrate; gunicorn a &", &format!("beside gunicorn a\n{alone}"));
    let depends = "? which program stays depends on a condition in the command";
    scene.check("[ -f x ] && gunicorn a & wait", &format!("beside gunicorn a\n{depends}"));
}

#[test]
fn a_loop_without_end_stays_in_its_server() {
    let scene = Scene::with(&[]);
    scene.check("while true; do gunicorn a; sleep 1; done", "gunicorn a");
    scene.check("until false; do celery -A x worker; done", "celery -A x worker");
    let depends = "? which program stays depends on a condition in the command";
    scene.check("while true; do python job.py; sleep 9; done", depends);
    scene.check("until true; do gunicorn a; done; uvicorn b", "uvicorn b");
    // What one round does to the arguments decides about the next.
    let script = "P=1; W=1; while [[ $# -gt 0 ]]; do case $1 in --workers) W=$2; shift 2;; \
                  --port) P=$2; shift 2;; *) shift;; esac; done; run -b :$P -w $W";
    let scene = scene.file("s.sh", script);
    scene.check("bash s.sh --workers 2 --port 9", "run -b :… -w ‹…›");
    scene.check("until nc -z db 1; do sleep 1; done; gunicorn a", "gunicorn a");
}

#[test]
fn a_script_that_starts_itself_as_another_user_goes_on_with_the_rest() {
    let script = "#!/bin/bash\nif [ \"$(id -u)\" = 0 ]; then exec gosu app \"$0\" \"$@\"; fi\n";
    let scene = Scene::with(&[])
        .file("entry.sh", &format!("{script}exec \"$@\"\n"))
        .file("other.sh", &script.replace("\"$@\"", "again"))
        .file("su.sh", &script.replace("gosu app", "su app").replace("; fi", "; fi; exec \"$@\""));
    scene.check("./entry.sh gunicorn a", "gunicorn a");
    scene.check("./su.sh gunicorn a", "gunicorn a");
    scene.check("./other.sh gunicorn a", "? a script of the command starts itself");
}

#[test]
fn a_name_that_nobody_deploys_is_taken_to_be_another() {
    let scene = Scene::with(&[]);
    let two = |test: &str| format!("if {test}; then exec python -m app; else exec gunicorn a; fi");
    for test in ["[ \"$E\" = development ]", "[[ $E == local ]]", "! [ \"$E\" != dev ]"] {
        scene.check(&two(test), "gunicorn a");
    }
    let depends = "? which program stays depends on a condition in the command";
    scene.check(&two("[ \"$E\" = production ]"), depends);
}

#[test]
fn users_displays_and_watchers_step_aside() {
    let scene = Scene::with(&[]);
    scene.check("su -s /bin/sh -c 'exec gunicorn a' www-data", "gunicorn a");
    scene.check("su www-data -c 'gunicorn a -w 2'", "gunicorn a -w 2");
    scene.check("runuser -u www -- gunicorn a", "gunicorn a");
    scene.check("xvfb-run -a -s '-screen 0' python bot.py", "python bot.py");
    scene.check(
        "watchmedo auto-restart -d . --pattern='*.py' -R -- celery -A x worker",
        "celery -A x worker",
    );
    scene.check("su www-data", "su www-data");
}

#[test]
fn a_program_that_the_image_copies_into_its_path_is_read() {
    let scene = Scene::with(&[])
        .file("docker/run.sh", "#!/bin/sh\nexec gunicorn a\n")
        .file("docker/tool.pl", "#!/usr/bin/perl\n")
        .copied(&[("/usr/local/bin/run-app", "docker/run.sh"), ("/opt/x/y", "docker/run.sh")]);
    scene.check("run-app", "gunicorn a");
    scene.check("y", "y");
    let scene = Scene::with(&[("PATH", "/opt/x:/bin")])
        .file("docker/run.sh", "#!/bin/sh\nexec gunicorn a\n")
        .file("docker/tool.pl", "#!/usr/bin/perl\n")
        .copied(&[("/opt/x/y", "docker/run.sh"), ("/bin/tool", "docker/tool.pl")]);
    scene.check("y", "gunicorn a");
    scene.check("tool", "? `tool` is a file of the project that is no shell script");
}

#[test]
fn what_is_started_is_shown_with_what_is_not_known_as_it_is_written() {
    let scene = Scene::with(&[]);
    let command = "x -p $PORT -h \"${H}:${P}\" -w $(nproc) || y; for i in a b; do m; done; \
                   if [ -z \"$Z\" ]; then exec z; fi; never";
    let (launches, _) = scene.run(|it| Source::shell(it, command));
    assert_eq!(launches.started, ["x -p $PORT -h ${H}:${P} -w 4", "m", "z"]);
    let read: Vec<&str> = launches.reads.iter().map(String::as_str).collect();
    assert_eq!(read, ["H", "P", "PORT", "Z"]);
}

#[test]
fn files_that_a_command_writes_are_known_by_the_end_of_their_paths() {
    let scene = Scene::with(&[]);
    let command = "echo x > ~/.streamlit/config.toml; cat >>a.py <<EOF\nx\nEOF\nrun 2>/dev/null";
    let (launches, _) = scene.run(|it| Source::shell(it, command));
    assert_eq!(launches.main.unwrap().written, ["/.streamlit/config.toml", "a.py"]);
}

#[test]
fn a_file_that_is_elsewhere_is_taken_to_leave_the_settings_of_servers_alone() {
    let scene = Scene::with(&[]);
    let (launches, _) = scene.run(|it| Source::shell(it, ". ./.env; gunicorn a -w $N"));
    let main = launches.main.unwrap();
    assert!(matches!(main.environment.get("GUNICORN_CMD_ARGS"), Lookup::Unset));
    assert!(matches!(main.environment.get("DATABASE_URL"), Lookup::Set(_)));
    assert!(main.argv[3].text().is_none());
    // What the platform says of them stays, and so it does where a condition decides.
    let scene = Scene::with(&[("WEB_CONCURRENCY", "2")]);
    for command in [". ./.env; gunicorn a", "[ -f .env ] && . ./.env; gunicorn a"] {
        let (launches, _) = scene.run(|it| Source::shell(it, command));
        let environment = launches.main.unwrap().environment;
        assert!(matches!(environment.get("GUNICORN_CMD_ARGS"), Lookup::Unset), "{command}");
        let Lookup::Set(workers) = environment.get("WEB_CONCURRENCY") else { panic!("{command}") };
        assert_eq!(workers.text(), Some("2"), "{command}");
    }
}

#[test]
fn what_may_set_any_variable_leaves_the_splitting_alone() {
    let scene = Scene::with(&[("ARGS", "-w 2")]).file("s.sh", "ARGS='-w 3'\n");
    scene.check(". ./gone; . ./s.sh; gunicorn $ARGS", "gunicorn -w 3");
    scene.check(". ./gone; IFS=,; . ./s.sh; gunicorn $ARGS", "gunicorn ‹…›");
}

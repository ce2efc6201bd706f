//! Supervisor inside a command.

use super::*;

const FILE: &str = "\
[supervisord]
nodaemon=true
environment=A=1

[program:web]
command=gunicorn a -b :80
directory=/srv/api

[program:jobs]
command=celery -A x worker -n %(program_name)s
environment=B=\"2\"

[program:never]
command=uvicorn b
autostart=false
";

#[test]
fn its_programs_run_side_by_side_and_the_server_is_the_process() {
    let scene = Scene::with(&[])
        .file("supervisord.conf", FILE)
        .file("api/x.py", "")
        .copied(&[("/srv", ""), ("/etc/supervisor/conf.d/shop.conf", "supervisord.conf")]);
    let both = "[api] gunicorn a -b :80\nbeside celery -A x worker -n jobs";
    for command in [
        "supervisord -n -c supervisord.conf",
        "/usr/bin/supervisord",
        "exec supervisord --nodaemon --configuration=/srv/supervisord.conf",
        "sh -c 'migrate; supervisord -n -c /etc/supervisor/conf.d/shop.conf'",
    ] {
        let before = if command.contains("migrate") { "before migrate\n" } else { "" };
        scene.check(command, &format!("{before}{both}"));
    }
    let (launches, _) = scene.run(|it| Source::shell(it, "supervisord -c supervisord.conf"));
    let main = launches.main.unwrap();
    assert!(main.environment.has("A") && !main.environment.has("B"));
    assert_eq!(launches.shell_stays, None);
    let gone = "? the configuration of `supervisord` is not in the project";
    scene.check("supervisord -c /etc/other.conf", gone);
}

#[test]
fn the_file_of_a_distribution_takes_in_those_that_are_copied_beside_it() {
    let scene = Scene::with(&[])
        .file("ops/web.conf", "[program:web]\ncommand=gunicorn a\n")
        .file("ops/more.conf", "[include]\nfiles = more/*.ini\n")
        .file("ops/more/job.ini", "[program:job]\ncommand=rq worker\nnumprocs=2\n")
        .copied(&[("/etc/supervisor/conf.d/web.conf", "ops/web.conf"), ("/srv", "ops")]);
    scene.check("supervisord -n -c /etc/supervisor/supervisord.conf", "gunicorn a");
    let open = "? 2 programs run side by side, and none of them in front";
    let two = format!("beside rq worker\nbeside rq worker\n{open}");
    scene.check("supervisord -n -c more.conf", &two);
}

#[test]
fn a_folder_of_programs_may_be_copied_as_a_part_of_another() {
    let scene = Scene::with(&[])
        .file("ops/supervisord.conf", "[include]\nfiles = /etc/supervisor/conf.d/*.conf\n")
        .file("ops/conf.d/web.conf", "[program:web]\ncommand=gunicorn a\n")
        .copied(&[("/etc/supervisor", "ops"), ("/srv", "")]);
    scene.check("chown -R a /srv; exec supervisord", "before chown -R a /srv\ngunicorn a");
}

#[test]
fn programs_that_are_not_in_the_project_are_not_known() {
    let scene = Scene::with(&[])
        .file("supervisord.conf", "[include]\nfiles = /etc/shop/*.conf\n")
        .copied(&[("/srv", "")]);
    let open = "? no program of Supervisor's configuration is in the project";
    scene.check("chown -R a /srv; exec supervisord", open);
}

#[test]
fn a_program_gets_the_signal_that_its_section_names_in_any_way() {
    for (line, expect) in [
        ("", Some("SIGTERM")),
        ("stopsignal=QUIT", Some("SIGQUIT")),
        ("stopsignal=sigint", Some("SIGINT")),
        ("stopsignal=9", Some("SIGKILL")),
        ("stopsignal=%(ENV_STOP)s", None),
    ] {
        let text = format!("[program:web]\ncommand=gunicorn a\n{line}\n");
        let scene = Scene::with(&[]).file("supervisord.conf", &text);
        let (launches, _) = scene.run(|it| Source::shell(it, "supervisord -n"));
        assert_eq!(launches.runner.map(|it| it.stop_signal), Some(expect), "{line}");
    }
}

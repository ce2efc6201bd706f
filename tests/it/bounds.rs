//! What is known as bounds, or not to be a web process, where no file says where something runs.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use opslint::analysis::{Analysis, Options};
use opslint::fact::State;
use opslint::vocabulary::FactId;
use opslint::workspace::MemoryFiles;

/// Facts of the one process of the manifest: `fact value`, `absent` where there is none.
#[track_caller]
fn check(files: &[(&str, &str)], manifest: &str, expect: &[&str]) {
    let all = files.iter().copied();
    let files = all.fold(MemoryFiles::new(), |it, (path, text)| it.with(path, text));
    let projects = Analysis::open(files, Options::plain()).unwrap().facts().projects;
    let mut deployments = projects.iter().flat_map(|it| &it.deployments);
    let deployment = deployments.find(|it| it.manifest == manifest).unwrap();
    let facts = &deployment.processes[0].facts;
    for line in expect {
        let (name, value) = line.split_once(' ').unwrap();
        let fact = facts.get(FactId::from_name(name).unwrap());
        let found = match fact.map(|it| &it.state) {
            Some(State::Unknown(unknown)) => format!("unknown ({})", unknown.reason),
            Some(state) => state.to_string(),
            None => "absent".to_owned(),
        };
        assert_eq!(found, value, "{name} of {manifest}");
    }
}

#[test]
fn an_image_runs_on_one_of_the_machines_that_images_run_on() {
    let dockerfile = "FROM python:3.13\nCMD [\"gunicorn\", \"-w\", \"3\", \"a:app\"]\n";
    let expect = ["workers 3", "machine.memory_mb 128..131072"];
    check(&[("Dockerfile", dockerfile)], "Dockerfile", &expect);
    let programs = "[program:web]\ncommand=gunicorn -w 3 a:app\n";
    let files = [("Dockerfile", "FROM python:3.13\n"), ("supervisord.conf", programs)];
    check(&files, "supervisord.conf", &expect);
    let host = ["workers 3", "machine.memory_mb 512..65536"];
    check(&files[1..], "supervisord.conf", &host);
}

#[test]
fn a_procfile_of_no_likely_platform_runs_on_one_of_those_that_read_it() {
    let own = ("render.yaml", "services:\n  - type: web\n    name: a\n    runtime: python\n");
    let with = |command: &str| format!("web: {command}\n");
    let said = with("gunicorn -w 2 a:app");
    let expect = ["workers 2", "machine.memory_mb 128..131072"];
    check(&[("Procfile", &said), own], "Procfile", &expect);
    // Heroku sets `WEB_CONCURRENCY` for programs of Python.
    let open = with("gunicorn a:app");
    let reason = "unknown (some platforms that run a Procfile set `WEB_CONCURRENCY`)";
    check(&[("Procfile", &open), own], "Procfile", &[&format!("workers {reason}")]);
}

#[test]
fn a_host_shows_at_least_one_cpu_and_at_most_those_of_the_largest() {
    let compose = "services:\n  web:\n    build: .\n    restart: always\n    ports: ['80:80']\n";
    let nginx = "FROM nginx\nCOPY . /srv\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n";
    let files = [("compose.yaml", compose), ("Dockerfile", nginx)];
    check(&files, "compose.yaml", &["server nginx", "workers 1..16"]);
    let dockerfile = "FROM python:3.13\nCOPY . .\nCMD gunicorn a:app\n";
    let conf = "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n";
    let files = [("compose.yaml", compose), ("Dockerfile", dockerfile), ("gunicorn.conf.py", conf)];
    check(&files, "compose.yaml", &["workers 3..33", "workers_from_cpu_count true"]);
}

#[test]
fn a_unit_whose_command_ends_is_no_web_process() {
    let unit = |more: &str| format!("[Service]\n{more}ExecStart=/usr/bin/python3 scrape.py\n");
    let (once, stays) = (unit("Type=oneshot\n"), unit(""));
    check(&[("scrape.service", &stays)], "scrape.service", &["kind web"]);
    check(&[("scrape.service", &once)], "scrape.service", &["kind worker"]);
    let timer = ("scrape.timer", "[Timer]\nOnCalendar=daily\n");
    check(&[("scrape.service", &once), timer], "scrape.service", &["kind cron"]);
    let remains = unit("Type=oneshot\nRemainAfterExit=yes\n");
    check(&[("scrape.service", &remains)], "scrape.service", &["kind web"]);
}

#[test]
fn servers_of_a_build_of_react_router_are_one_process() {
    let dockerfile = "FROM node:22\nENV PORT=3002\nCMD npx react-router-serve build/index.js\n";
    let expect = ["server react-router-serve", "workers 1", "port 3002", "bind_host 0.0.0.0"];
    check(&[("Dockerfile", dockerfile)], "Dockerfile", &expect);
}

#[test]
fn options_alone_are_for_the_program_of_the_image() {
    let dockerfile = "FROM acme/base\nEXPOSE 80\nCMD [\"-jar\", \"a.jar\"]\n";
    let compose = "services:\n  db:\n    build: .\n    ports: ['8000:8000']\n";
    let files = [("compose.yaml", compose), ("Dockerfile", dockerfile)];
    let reason = "unknown (the command is options for the program of the image)";
    check(&files, "compose.yaml", &[&format!("server {reason}")]);
}

#[test]
fn servers_for_development_are_one_process() {
    for command in ["flask run", "python manage.py runserver", "fastapi dev a.py"] {
        let procfile = format!("web: {command}\n");
        check(&[("Procfile", &procfile)], "Procfile", &["dev_server true", "workers 1"]);
    }
}

#[test]
fn a_template_of_a_generator_is_an_app_of_others() {
    let procfile = "web: gunicorn -w 2 a:app\n";
    let path = "scanner/templates/python/Procfile";
    let files = MemoryFiles::new().with(path, procfile).with("Procfile", procfile);
    let projects = Analysis::open(files, Options::plain()).unwrap().facts().projects;
    let of = |manifest: &str| {
        let mut all = projects.iter().flat_map(|it| &it.deployments);
        let found = all.find(|it| it.manifest == manifest).unwrap();
        found.facts.get(FactId::from_name("platform").unwrap()).unwrap().text().map(str::to_owned)
    };
    assert_eq!(of("Procfile").as_deref(), Some("heroku"));
    assert_eq!(of(path), None);
}

#[test]
fn a_proxy_that_names_nothing_asks_the_only_service_that_is_built() {
    let dockerfile = ("Dockerfile", "FROM acme/base\nCMD [\"./start.sh\"]\n");
    let compose = |more: &str| {
        format!(
            "services:\n  app:\n    build: .\n    restart: always\n  front:\n    image: nginx\n    \
             ports: ['80:80']\n  db:\n    image: postgres\n{more}"
        )
    };
    let (alone, with_job) = (compose(""), compose("  mail-worker:\n    build: .\n"));
    check(&[dockerfile, ("compose.yaml", &alone)], "compose.yaml", &["kind web"]);
    check(&[dockerfile, ("compose.yaml", &with_job)], "compose.yaml", &["kind web"]);
    let two = compose("  api:\n    build: .\n");
    check(&[dockerfile, ("compose.yaml", &two)], "compose.yaml", &["kind worker"]);
}

#[test]
fn an_image_that_starts_no_server_is_said_to_be_passed_over() {
    let folder = crate::cli::Folder::new("summary-no-server")
        .with("Dockerfile", "FROM alpine\nCOPY . .\nCMD [\"./start.sh\"]\n");
    let report = crate::cli::check(&folder, &[], 0);
    let line = "Dockerfile is not known to start a server: `./start.sh` may start any program";
    assert!(report.lines().any(|it| it == line), "{report}");
}

/// What a compose file of so many bytes says is found in the report, and what one service runs.
#[track_caller]
fn reports(files: &[(&str, &str)], expect: &str) {
    let folder = files.iter().fold(
        crate::cli::Folder::new(&format!("bounds-compose-{}", files.len())),
        |it, (path, text)| it.with(path, text),
    );
    let found = crate::outputs::run(folder.path(), &["check", "--format", "concise"], &[]);
    assert_eq!(found.status, 1, "{}{}", found.stdout, found.stderr);
    assert!(found.stdout.contains(expect), "{}", found.stdout);
}

#[test]
fn variables_beyond_those_that_are_read_are_unknown_and_not_absent() {
    let services = |count: usize| {
        let line = |it| {
            format!("  s{it}: {{build: ., restart: always, command: gunicorn a:b, env_file: e}}\n")
        };
        format!("services:\n{}", (0..count).map(line).collect::<String>())
    };
    let image = ("Dockerfile", "FROM python:3.13\n");
    let mut variables: String = (0..6_000).map(|it| format!("A{it}=1\n")).collect();
    variables += "WEB_CONCURRENCY=9\n";
    let compose = services(1);
    let files = [image, ("compose.yaml", compose.as_str()), ("e", &variables)];
    check(&files, "compose.yaml", &["workers unknown (opslint does not read all of e)"]);
    reports(&files, "e:1:1: error[unreadable-file] there are 6001 entries");
    // As many as are read, and more than are followed.
    variables.clear();
    variables.extend((0..4_000).map(|it| format!("A{it}=1\n")));
    let reason = "there are more variables than opslint follows, 1,000";
    let files = [image, ("compose.yaml", compose.as_str()), ("e", &variables)];
    check(&files, "compose.yaml", &[&format!("workers unknown ({reason})")]);
    // Many processes that share them take no more than that.
    let compose = services(251);
    let files = [image, ("compose.yaml", compose.as_str()), ("e", &variables)];
    reports(&files, "opslint reads the first 250 processes of a project");
    let others: String = (0..1_001).map(|it| format!("  s{it}: {{image: redis}}\n")).collect();
    let compose = format!("services:\n{others}");
    reports(&[("compose.yaml", &compose)], "opslint reads the first 1000 services of a file");
}

#[test]
fn services_that_extend_a_long_one_are_said_to_be_left_out() {
    let long = "x".repeat(1_000_000);
    let base = format!("  base: {{build: ., restart: always, environment: {{A: \"{long}\"}}}}\n");
    let others: String = (0..100).map(|it| format!("  s{it}: {{extends: base}}\n")).collect();
    let compose = format!("services:\n{base}{others}");
    reports(&[("compose.yaml", &compose)], "error[unreadable-file] the services take more from");
}

//! Command lines of servers and the facts they give.

use super::*;
use crate::launch::{Piece, StartFiles};
use crate::project::Environment;
use crate::source::Span;
use crate::vocabulary::FactId;
use crate::workspace::MemoryFiles;

mod listed;
mod node;

/// A launch of words that stand in a file one after the other; `?X` is an unknown expansion.
fn launch(workspace: &mut Workspace<'_>, command: &str, environment: Environment) -> Launch {
    let file = workspace.sources.add("Procfile", command);
    let mut argv = Vec::new();
    let mut at = 0;
    for text in command.split(' ') {
        let span = Span::new(file, at, at + text.len());
        let unknown = crate::fact::Unknown::because("not known");
        argv.push(match text.strip_prefix('?') {
            Some(_) => {
                Word { pieces: vec![Piece { text: Err(unknown), span, expanded: None }], span }
            }
            None => Word::literal(text, span),
        });
        at += text.len() + 1;
    }
    let span = Span::new(file, 0, command.len());
    Launch {
        argv,
        environment,
        folder: String::new(),
        files: StartFiles::Project,
        written: Vec::new(),
        span,
    }
}

struct Scene {
    files: MemoryFiles,
    environment: Environment,
}

impl Scene {
    fn new(variables: &[(&str, &str)]) -> Self {
        let mut environment = Environment::new();
        for (name, value) in variables {
            let origin = Origin::new(OriginKind::Env, *name);
            environment.set(*name, Fact::known(Value::Text((*value).to_owned()), origin));
        }
        Self { files: MemoryFiles::new(), environment }
    }

    fn resolve(&self, command: &str) -> (Option<ServerKind>, Server, Vec<String>) {
        let mut workspace = Workspace::new(&self.files);
        let launch = launch(&mut workspace, command, self.environment.clone());
        let kind = identify(&launch);
        let mut acc = Vec::new();
        let cpus = Fact::known(Value::Int(8), Origin::new(OriginKind::Platform, "test"));
        let server = kind
            .map(|kind| resolve(&mut acc, &mut workspace, kind, &launch, &cpus, None))
            .unwrap_or_default();
        (kind, server, acc.into_iter().map(|it| it.message).collect())
    }

    /// Each fact with its value as shown; a fact that is not there is `-`.
    #[track_caller]
    fn check(&self, command: &str, expected: &[(FactId, &str)]) {
        let (_, server, problems) = self.resolve(command);
        assert_eq!(problems, [""; 0], "{command}");
        for (id, value) in expected {
            let shown = server.facts.get(*id).map_or("-".to_owned(), |it| it.state.to_string());
            assert_eq!(shown, *value, "{} of `{command}`", id.name());
        }
    }
}

#[test]
fn servers_are_told_from_other_programs() {
    use ServerKind as K;
    let scene = Scene::new(&[]);
    let of_file = |id| crate::programs::listed::of_id(id).map(K::Listed);
    for (command, kind) in [
        ("gunicorn a:b", Some(K::Gunicorn)),
        ("/app/.venv/bin/uvicorn a:b", Some(K::Uvicorn)),
        ("celery -A x worker", Some(K::Celery)),
        ("celery --app=x --workdir y worker -c 2", Some(K::Celery)),
        ("celery -A x beat", Some(K::CeleryBeat)),
        ("celery worker -A x", Some(K::Celery)),
        ("celery -A x inspect ping", None),
        ("celery -A x flower", of_file("flower")),
        ("celery flower --app tasks worker", of_file("flower")),
        ("python manage.py runserver 0.0.0.0:8000", Some(K::DjangoRunserver)),
        ("python -u ./app/manage.py runserver", Some(K::DjangoRunserver)),
        ("python -m manage runserver", Some(K::DjangoRunserver)),
        ("./manage.py runserver", Some(K::DjangoRunserver)),
        ("manage.py --settings x runserver", None),
        ("django-admin runserver", Some(K::DjangoRunserver)),
        ("python manage.py migrate", None),
        ("python manage.py run_huey", Some(K::RunHuey)),
        ("python app.py", None),
        ("python -c runserver", None),
        ("python -m http.server 80", Some(K::HttpServer)),
        ("flask run", Some(K::FlaskRun)),
        ("flask --app x --debug run", Some(K::FlaskRun)),
        ("flask db upgrade", None),
        ("fastapi run", Some(K::FastapiRun)),
        ("fastapi dev main.py", Some(K::FastapiDev)),
        ("rq worker high", Some(K::Rq)),
        ("rq worker-pool -n 3", Some(K::RqPool)),
        ("rq info", None),
        ("nodes server.js", None),
    ] {
        assert_eq!(scene.resolve(command).0, kind, "{command}");
    }
}

#[test]
fn every_kind_has_a_name_of_the_vocabulary() {
    for (_, kinds) in PROGRAMS {
        for (_, kind) in *kinds {
            assert!(vocabulary::SERVERS.contains(&kind.name()), "{kind:?}");
        }
    }
}

#[test]
fn uvicorn_reads_flags_then_its_variables() {
    let scene = Scene::new(&[("UVICORN_PORT", "9000"), ("WEB_CONCURRENCY", "3"), ("PORT", "1")]);
    scene.check(
        "uvicorn --host=0.0.0.0 --timeout-keep-alive 65 --no-proxy-headers app.main:app",
        &[
            (vocabulary::SERVER, "uvicorn"),
            (vocabulary::APP, "app.main:app"),
            (vocabulary::BIND_HOST, "0.0.0.0"),
            (vocabulary::PORT, "9000"),
            (vocabulary::BIND, "[0.0.0.0:9000]"),
            (vocabulary::WORKERS, "3"),
            (vocabulary::KEEPALIVE_S, "65"),
            (vocabulary::GRACEFUL_TIMEOUT_S, "none"),
            (vocabulary::RELOAD, "false"),
            (vocabulary::DEV_SERVER, "false"),
            (vocabulary::INTERFACE, "asgi"),
        ],
    );
    scene.check("uvicorn a:b --workers 2 --workers 5", &[(vocabulary::WORKERS, "5")]);
    let reload = [(vocabulary::WORKERS, "1"), (vocabulary::DEV_SERVER, "true")];
    scene.check("uvicorn a:b --workers 4 --reload", &reload);
    let unix = [(vocabulary::BIND_HOST, "unix:/x"), (vocabulary::PORT, "none")];
    let relative = [(vocabulary::BIND_HOST, "unix:shop.sock"), (vocabulary::PORT, "none")];
    scene.check("uwsgi --socket shop.sock --module a", &relative);
    scene.check("uvicorn a:b --uds /x", &unix);
    let (_, server, _) = Scene::new(&[]).resolve("uvicorn a:b");
    let workers = server.facts.get(vocabulary::WORKERS).unwrap();
    assert_eq!(workers.int(), Some(1));
    assert!(workers.origin.is_assumed(), "it rests on `WEB_CONCURRENCY` being unset");
}

#[test]
fn an_option_that_is_not_known_hides_the_operands() {
    let scene = Scene::new(&[]);
    scene.check("uvicorn --brand-new x a:b", &[(vocabulary::APP, "-")]);
    let expected = [(vocabulary::WORKERS, "unknown"), (vocabulary::PORT, "80")];
    scene.check("uvicorn ?ARGS --port 80 a:b", &expected);
    scene.check("uvicorn --port ?PORT a:b", &[(vocabulary::PORT, "unknown")]);
    let config = [(vocabulary::WORKERS, "unknown"), (vocabulary::BIND_HOST, "unknown")];
    scene.check("hypercorn -c x.toml a:b", &config);
}

#[test]
fn a_value_the_server_refuses_is_a_diagnostic() {
    let blank = Scene::new(&[("UVICORN_PORT", "")]);
    blank.check("uvicorn a:b", &[(vocabulary::PORT, "8000")]);
    let (_, server, problems) = Scene::new(&[]).resolve("uvicorn a:b --workers auto");
    assert_eq!(problems, ["`--workers auto`: uvicorn does not accept this value"]);
    assert_eq!(server.facts.get(vocabulary::WORKERS).unwrap().int(), None);
}

#[test]
fn addresses_are_taken_apart() {
    let scene = Scene::new(&[]);
    for (bind, host, port) in [
        ("0.0.0.0:80", "0.0.0.0", "80"),
        (":8000", "0.0.0.0", "8000"),
        ("[::]:80", "::", "80"),
        ("example", "example", "8000"),
        ("unix:/x", "unix:/x", "none"),
    ] {
        let expected = [(vocabulary::BIND_HOST, host), (vocabulary::PORT, port)];
        scene.check(&format!("hypercorn -b {bind} a:b"), &expected);
        scene.check(&format!("hypercorn --bin={bind} a:b"), &expected);
    }
    let expected = [(vocabulary::BIND_HOST, "127.0.0.1"), (vocabulary::PORT, "8000")];
    scene.check("hypercorn a:b", &expected);
    let expected = [(vocabulary::BIND_HOST, "0.0.0.0"), (vocabulary::PORT, "8080")];
    scene.check("waitress-serve --call a:b", &expected);
    let expected = [(vocabulary::BIND_HOST, "0.0.0.0"), (vocabulary::PORT, "5000")];
    scene.check("waitress-serve --listen=*:5000 a:b", &expected);
}

#[test]
fn granian_threads_follow_from_interface_and_backlog() {
    let scene = Scene::new(&[("GRANIAN_WORKERS", "2")]);
    let facts = [(vocabulary::WORKERS, "2"), (vocabulary::THREADS, "256")];
    scene.check("granian --interface wsgi a:b", &facts);
    let none = [(vocabulary::THREADS, "-"), (vocabulary::CONCURRENCY, "-")];
    scene.check("granian --interface asgi a:b", &none);
    scene.check("granian --interface wsgi --blocking-threads 4 a:b", &[(vocabulary::THREADS, "4")]);
    scene.check("granian --interface wsgi --backpressure 10 a:b", &[(vocabulary::THREADS, "5")]);
}

#[test]
fn the_pool_of_celery_decides_what_concurrency_is() {
    let scene = Scene::new(&[]);
    scene.check(
        "celery -A proj worker -EB -l INFO --concurrency=4 --time-limit=300 \
         --max-tasks-per-child 50",
        &[
            (vocabulary::APP, "proj"),
            (vocabulary::WORKERS, "4"),
            (vocabulary::THREADS, "1"),
            (vocabulary::WORKER_CLASS, "prefork"),
            (vocabulary::TIMEOUT_S, "300"),
            (vocabulary::MAX_REQUESTS, "50"),
            (vocabulary::WORKERS_FROM_CPU_COUNT, "false"),
        ],
    );
    let default = [(vocabulary::WORKERS, "8"), (vocabulary::WORKERS_FROM_CPU_COUNT, "true")];
    scene.check("celery -A proj worker", &default);
    scene.check("celery -A proj worker -c 0", &default);
    let threads = [(vocabulary::WORKERS, "1"), (vocabulary::THREADS, "20")];
    scene.check("celery -A proj worker -P threads -c20", &threads);
    let gevent = [(vocabulary::WORKERS, "1"), (vocabulary::WORKER_CONNECTIONS, "500")];
    scene.check("celery -A proj worker -P gevent -c 500", &gevent);
    scene.check("celery -A proj worker --autoscale=10,3", &[(vocabulary::WORKERS, "10")]);
    scene.check("celery -A proj worker --autoscale=3,10", &[(vocabulary::WORKERS, "10")]);
    scene.check("celery -A proj worker -P solo", &[(vocabulary::CONCURRENCY, "1")]);
    scene.check("celery -A proj worker -c auto", &[(vocabulary::WORKERS, "unknown")]);
    let env = Scene::new(&[("CELERY_WORKER_CONCURRENCY", "3")]);
    env.check("celery -A proj worker", &[(vocabulary::WORKERS, "3")]);
    let (_, server, _) = scene.resolve("celery -A proj worker");
    let workers = server.facts.get(vocabulary::WORKERS).unwrap();
    assert!(workers.origin.is_assumed(), "the app may set `worker_concurrency`");
}

#[test]
fn other_workers_have_their_own_names() {
    let scene = Scene::new(&[]);
    scene.check(
        "dramatiq app -t 4",
        &[
            (vocabulary::APP, "app"),
            (vocabulary::WORKERS, "8"),
            (vocabulary::THREADS, "4"),
            (vocabulary::CONCURRENCY, "32"),
            (vocabulary::GRACEFUL_TIMEOUT_S, "600"),
            (vocabulary::RELOAD, "false"),
        ],
    );
    scene.check("dramatiq --watch . app", &[(vocabulary::DEV_SERVER, "true")]);
    let huey = [(vocabulary::WORKERS, "1"), (vocabulary::THREADS, "4")];
    scene.check("huey_consumer app.huey -w 4", &huey);
    scene.check("python manage.py run_huey -k process -w 4", &[(vocabulary::WORKERS, "4")]);
    scene.check("rq worker-pool high -n 3", &[(vocabulary::WORKERS, "3")]);
    scene.check("rq worker high", &[(vocabulary::WORKERS, "1"), (vocabulary::APP, "-")]);
}

#[test]
fn development_servers_say_where_they_listen() {
    let scene = Scene::new(&[("PORT", "7000")]);
    for (command, host, port) in [
        ("python manage.py runserver", "127.0.0.1", "8000"),
        ("python manage.py runserver 9000", "127.0.0.1", "9000"),
        ("python manage.py runserver 0:9000 --noreload", "0.0.0.0", "9000"),
        ("python manage.py runserver --noreload 0.0.0.0:80", "0.0.0.0", "80"),
        ("flask run", "127.0.0.1", "5000"),
        ("flask --app x run -h 0.0.0.0 -p 80", "0.0.0.0", "80"),
        ("fastapi dev main.py", "127.0.0.1", "7000"),
        ("python -m http.server 80", "0.0.0.0", "80"),
    ] {
        let expected = [
            (vocabulary::BIND_HOST, host),
            (vocabulary::PORT, port),
            (vocabulary::DEV_SERVER, "true"),
        ];
        scene.check(command, &expected);
    }
    let run = [
        (vocabulary::SERVER, "uvicorn"),
        (vocabulary::BIND_HOST, "0.0.0.0"),
        (vocabulary::PORT, "7000"),
        (vocabulary::DEV_SERVER, "false"),
    ];
    scene.check("fastapi run main.py", &run);
}

#[test]
fn hypercorn_reads_its_toml_below_the_command() {
    let mut scene = Scene::new(&[]);
    // As the real program made its `Config` of it.
    let toml = "bind = [\"0.0.0.0:9000\", \"unix:/tmp/h.sock\"]\nworkers = 3\n\
                worker_class = \"uvloop\"\nkeep_alive_timeout = 75\nuse_reloader = true\n";
    scene.files = scene.files.with("hypercorn.toml", toml);
    let facts = [
        (vocabulary::BIND, "[0.0.0.0:9000, unix:/tmp/h.sock]"),
        (vocabulary::PORT, "9000"),
        (vocabulary::WORKERS, "3"),
        (vocabulary::WORKER_CLASS, "uvloop"),
        (vocabulary::KEEPALIVE_S, "75"),
        (vocabulary::RELOAD, "true"),
        (vocabulary::APP, "a:b"),
    ];
    scene.check("hypercorn -c hypercorn.toml a:b", &facts);
    scene.check("hypercorn --config=hypercorn.toml a:b", &facts);
    let facts = [(vocabulary::BIND, "[1.2.3.4:80]"), (vocabulary::WORKERS, "5")];
    scene.check("hypercorn -b 1.2.3.4:80 -chypercorn.toml a:b -w 5", &facts);
    let unknown = [(vocabulary::WORKERS, "unknown")];
    scene.check("hypercorn --conf hypercorn.toml a:b", &unknown);
    scene.check("hypercorn -c python:conf a:b", &unknown);
}

#[test]
fn uwsgi_takes_options_in_order_and_reads_its_ini() {
    let mut scene = Scene::new(&[("PORT", "5000")]);
    let ini = "; a comment\n[uwsgi]\nhttp-socket = :$(PORT)\nmodule=shop.wsgi\nworkers = 5\n\
               processes = 4\nthreads= 2\nharakiri = %(x)\nmaster = true\n\
               if-exists = X\nmax-requests = 5\nendif =\n[other]\nworkers = 9\n";
    scene.files = scene.files.with("uwsgi.ini", ini);
    scene.check(
        "uwsgi uwsgi.ini",
        &[
            (vocabulary::APP, "shop.wsgi"),
            (vocabulary::BIND_HOST, "0.0.0.0"),
            (vocabulary::PORT, "5000"),
            (vocabulary::WORKERS, "4"),
            (vocabulary::THREADS, "2"),
            (vocabulary::CONCURRENCY, "8"),
            (vocabulary::TIMEOUT_S, "unknown"),
            (vocabulary::MAX_REQUESTS, "unknown"),
            (vocabulary::PRELOAD, "true"),
        ],
    );
    let conditional = "[uwsgi]\nif-env = DEV\nsocket = :1\nendif =\nif-not-env = DEV\n\
                       socket = /tmp/x\nendif =\nif-not-env = N\nprocesses = 4\nendif =\n\
                       if-not-env = PORT\nthreads = 9\nendif =\n";
    scene.files = scene.files.with("if.ini", conditional);
    let facts = [
        (vocabulary::BIND_HOST, "unix:/tmp/x"),
        (vocabulary::WORKERS, "4"),
        (vocabulary::THREADS, "1"),
    ];
    scene.check("uwsgi if.ini", &facts);
    let (_, server, _) = scene.resolve("uwsgi if.ini");
    assert!(server.facts.get(vocabulary::WORKERS).unwrap().origin.is_assumed());
    // As the real program did: in order, and a bare file comes last.
    scene.check("uwsgi --ini uwsgi.ini --workers 3", &[(vocabulary::WORKERS, "3")]);
    scene.check("uwsgi --workers 3 --ini uwsgi.ini", &[(vocabulary::WORKERS, "4")]);
    scene.check("uwsgi uwsgi.ini --workers 3", &[(vocabulary::WORKERS, "4")]);
    scene.check("uwsgi --ini uwsgi.ini:other", &[(vocabulary::WORKERS, "9")]);
    scene.check("uwsgi --ini missing.ini", &[(vocabulary::WORKERS, "unknown")]);
    scene.check("uwsgi app.yaml", &[(vocabulary::WORKERS, "unknown")]);
    let yaml =
        "uwsgi:\n  http-socket: :$(PORT)\n  module: shop.wsgi\n  processes: 4\n  master: true\n";
    let json = r#"{"uwsgi": {"http-socket": ":8000", "processes": 6, "ini": "uwsgi.ini"}}"#;
    let including = "[uwsgi]\nworkers = 7\ninclude = app.yml\n[more]\nxml = app.xml\n";
    scene.files = scene.files.with("app.yml", yaml).with("app.json", json);
    scene.files = scene.files.with("including.ini", including);
    let facts =
        [(vocabulary::PORT, "5000"), (vocabulary::WORKERS, "4"), (vocabulary::APP, "shop.wsgi")];
    scene.check("uwsgi --yaml app.yml", &facts);
    scene.check("uwsgi app.yml", &facts);
    scene.check("uwsgi --workers 3 --json app.json", &[(vocabulary::WORKERS, "4")]);
    let facts = [(vocabulary::PORT, "unknown"), (vocabulary::WORKERS, "4")];
    scene.check("uwsgi including.ini", &facts);
    scene.check("uwsgi including.ini:more", &[(vocabulary::WORKERS, "unknown")]);
    let flags = [(vocabulary::WORKERS, "2"), (vocabulary::APP, "w.py"), (vocabulary::PORT, "80")];
    scene.check("uwsgi --http :80 -p 2 --wsgi-file w.py --lazy-apps", &flags);
    let mut workspace = Workspace::new(&scene.files);
    let launch = launch(&mut workspace, "uwsgi uwsgi.ini", scene.environment.clone());
    let cpus = Fact::known(Value::Int(8), Origin::new(OriginKind::Platform, "test"));
    let server = resolve(&mut vec![], &mut workspace, ServerKind::Uwsgi, &launch, &cpus, None);
    let workers = server.facts.get(vocabulary::WORKERS).unwrap();
    assert_eq!(workspace.sources.text(workers.origin.span.unwrap()), "4");
    assert_eq!(workers.overridden.len(), 2);
}

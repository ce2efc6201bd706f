//! Programs whose image or place another file of the project says, and those that others make.

use opslint::analysis::{Analysis, Options};
use opslint::fact::State;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

const GUNICORN: &str = "FROM python:3.13-slim\nCMD [\"gunicorn\", \"-w\", \"3\", \"shop:app\"]\n";

/// The facts of a process: `kind`, `server` and `workers` as `web gunicorn 3`; what is not there
/// or not known is `-`. `None` where the manifest has no such process.
fn process(files: &[(&str, &str)], manifest: &str, name: &str) -> Option<String> {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let found = facts(files, manifest, name, &[v::KIND, v::SERVER, v::WORKERS]);
    found.map(|it| it.join(" "))
}

/// What is known of some facts of a process, `-` for what is not. `None` where the manifest has no
/// such process.
fn facts(files: MemoryFiles, manifest: &str, name: &str, ids: &[FactId]) -> Option<Vec<String>> {
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    let mut processes =
        deployments.filter(|it| it.manifest == manifest).flat_map(|it| &it.processes);
    let found = processes.find(|it| it.name.value == name)?;
    let text = |id: &FactId| match found.facts.get(*id).map(|it| &it.state) {
        Some(State::Known(value)) => value.to_string(),
        _ => "-".to_owned(),
    };
    Some(ids.iter().map(text).collect())
}

#[track_caller]
fn check(files: &[(&str, &str)], manifest: &str, name: &str, expect: Option<&str>) {
    assert_eq!(process(files, manifest, name).as_deref(), expect, "{manifest} {name}: {files:?}");
}

#[test]
fn a_compose_file_that_builds_nothing_from_its_own_folder_is_started_above_it() {
    let compose = "services:\n  web:\n    build: {context: ., dockerfile: docker/api.Dockerfile}\n    ports: [\"80:80\"]\n";
    let path = "docker/compose.prod.yaml";
    let above = [(path, compose), ("docker/api.Dockerfile", GUNICORN)];
    check(&above, path, "web", Some("web gunicorn 3"));
    // Its own folder comes first.
    let own = GUNICORN.replace("\"3\"", "\"5\"");
    let both = [
        (path, compose),
        ("docker/api.Dockerfile", GUNICORN),
        ("docker/docker/api.Dockerfile", own.as_str()),
    ];
    check(&both, path, "web", Some("web gunicorn 5"));
    // One service that is built from the own folder says that all are.
    let two = format!("{compose}  other:\n    build: ./other\n");
    let one_here = [
        (path, two.as_str()),
        ("docker/api.Dockerfile", GUNICORN),
        ("docker/other/Dockerfile", GUNICORN),
    ];
    check(&one_here, path, "web", Some("web - -"));
    // A path that leads out of the folder begins at the file.
    let outside = compose.replace("context: .", "context: ..");
    let files = [(path, outside.as_str()), ("docker/api.Dockerfile", GUNICORN)];
    check(&files, path, "web", Some("web gunicorn 3"));
}

#[test]
fn an_image_of_a_file_for_servers_is_what_the_usual_file_builds_for_the_service() {
    let usual = "services:\n  web:\n    build: .\n    volumes: [\".:/app\"]\n";
    let server = "services:\n  web:\n    image: ghcr.io/acme/shop:1\n    ports: [\"80:80\"]\n";
    let files = |usual: &'static str, server: &'static str| {
        [("compose.yaml", usual), ("compose.prod.yaml", server), ("Dockerfile", GUNICORN)]
    };
    check(&files(usual, server), "compose.prod.yaml", "web", Some("web gunicorn 3"));
    // Another name, another program; and what others publish is not built.
    let other = "services:\n  api:\n    build: .\n";
    check(&files(other, server), "compose.prod.yaml", "web", Some("service - -"));
    let published = "services:\n  web:\n    image: nginx:1.29\n    ports: [\"80:80\"]\n";
    check(&files(usual, published), "compose.prod.yaml", "web", Some("proxy nginx -"));
}

#[test]
fn a_label_names_the_image_that_a_dockerfile_makes() {
    let fly = "app = \"x\"\n[build]\nimage = \"ghcr.io/Acme/Shop:latest\"\n[http_service]\ninternal_port = 8000\n";
    let label = "LABEL org.opencontainers.image.source=\"https://github.com/acme/shop\"\n";
    let with = |label: &str| format!("{GUNICORN}{label}");
    let run = |dockerfile: &str| {
        process(&[("fly.toml", fly), ("Dockerfile", dockerfile)], "fly.toml", "app")
    };
    assert_eq!(run(&with(label)).as_deref(), Some("web gunicorn 3"));
    for label in ["", &label.replace("shop", "shop-worker"), &label.replace("source", "url")] {
        assert_eq!(run(&with(label)).as_deref(), Some("web - -"), "{label}");
    }
}

#[test]
fn what_systemd_fills_in_leaves_the_program_known() {
    let unit = |start: &str| {
        format!(
            "[Service]\nEnvironment=WORKERS=3\nExecStart={start}\n[Install]\nWantedBy=multi-user.target\n"
        )
    };
    for (start, expect) in [
        ("/srv/bin/gunicorn -w ${WORKERS} shop:app", "web gunicorn 3"),
        ("/srv/bin/gunicorn -w $WORKERS -b unix:/run/%N.sock shop:app", "web gunicorn 3"),
        ("/srv/bin/gunicorn -w %i shop:app", "web gunicorn -"),
        ("/srv/bin/gunicorn -w '${WORKERS}' shop:app", "web - -"),
        (":/srv/bin/gunicorn -w ${WORKERS} shop:app", "web - -"),
        ("/opt/keycloak/bin/kc.sh start --db-username ${USERNAME}", "service keycloak -"),
    ] {
        let text = unit(start);
        check(&[("shop.service", text.as_str())], "shop.service", "shop", Some(expect));
    }
}

#[test]
fn applications_of_others_are_services() {
    let compose = "services:\n  flows:\n    image: n8nio/n8n:1.120.0\n    restart: always\n  \
                   shop:\n    image: acme/shop:1\n    restart: always\n    ports: [\"80:80\"]\n  \
                   job:\n    image: acme/job:1\n    restart: always\n";
    let files = [("compose.prod.yaml", compose)];
    check(&files, "compose.prod.yaml", "flows", Some("service n8n -"));
    // Of an image that nobody knows, ports say that it serves; without them it may be a job.
    check(&files, "compose.prod.yaml", "shop", Some("service - -"));
    check(&files, "compose.prod.yaml", "job", None);
}

#[test]
fn a_service_with_a_folder_to_publish_is_a_static_site() {
    let render = "services:\n  - type: web\n    name: site\n    env: static\n    \
                  staticPublishPath: dist\n    env: {A: b}\n  - type: web\n    name: shop\n    \
                  runtime: python\n    startCommand: gunicorn -w 3 shop:app\n";
    check(&[("render.yaml", render)], "render.yaml", "site", None);
    check(&[("render.yaml", render)], "render.yaml", "shop", Some("web gunicorn 3"));
}

#[test]
fn a_program_in_go_is_one_small_process() {
    let dockerfile = "FROM golang:1.25 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /shop .\n\
                      FROM debian:13-slim\nCOPY --from=build /shop /shop\nCMD [\"/shop\"]\n";
    let fly = "app = \"x\"\n[http_service]\ninternal_port = 8000\n";
    let files = MemoryFiles::new().with("fly.toml", fly).with("Dockerfile", dockerfile);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let mut deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    let process = deployments.find(|it| it.manifest == "fly.toml").map(|it| &it.processes[0]);
    let needed = process.and_then(|it| it.facts.get(v::MEMORY_NEEDED_MB)).expect("it is assumed");
    assert_eq!(needed.int(), Some(20));
}

#[test]
fn limits_of_a_file_that_is_laid_over_another_are_those_of_both_together() {
    let base = "services:\n  web:\n    build: .\n    restart: always\n    ports: [\"80:80\"]\n";
    let over = "services:\n  web:\n    mem_limit: 1g\n";
    let files = || {
        let files = MemoryFiles::new().with("compose.yaml", base).with("compose.prod.yaml", over);
        files.with("Dockerfile", GUNICORN)
    };
    let ids = [v::PURPOSE, v::MACHINE_MEMORY_MB, v::WORKERS];
    let known = |manifest| facts(files(), manifest, "web", &ids);
    let words = |of: [&str; 3]| Some(of.map(str::to_owned).to_vec());
    assert_eq!(known("compose.prod.yaml"), words(["production", "1024", "3"]));
    assert_eq!(known("compose.yaml"), words(["development", "-", "3"]));
}

#[test]
fn drop_ins_of_a_unit_count_after_it_in_the_order_of_their_names() {
    let unit = "[Service]\nExecStart=/srv/bin/gunicorn -w ${WORKERS} shop:app\nMemoryMax=400M\n\
                Environment=WORKERS=3\n[Install]\nWantedBy=multi-user.target\n";
    let files = |all: &[(&str, &str)]| {
        let files = MemoryFiles::new().with("systemd/shop-web.service", unit);
        all.iter().fold(files, |files, (path, text)| {
            files.with(format!("systemd/{path}"), format!("[Service]\n{text}"))
        })
    };
    let known = |all: &[(&str, &str)]| {
        let ids = [v::WORKERS, v::MACHINE_MEMORY_MB];
        facts(files(all), "systemd/shop-web.service", "shop-web", &ids).map(|it| it.join(" "))
    };
    let own = "shop-web.service.d";
    let path = |name: &str| format!("{own}/{name}");
    assert_eq!(known(&[]).as_deref(), Some("3 400"));
    let (first, second) = (path("10-memory.conf"), path("20-memory.conf"));
    let memory = [(second.as_str(), "MemoryMax=2G\n"), (first.as_str(), "MemoryMax=1G\n")];
    assert_eq!(known(&memory).as_deref(), Some("3 2048"));
    // Of one name, that of the unit alone counts; the name decides before the folder does.
    let prefix = [
        (first.as_str(), "Environment=WORKERS=5\n"),
        ("shop-.service.d/10-memory.conf", "Environment=WORKERS=6\n"),
        ("service.d/20-all.conf", "MemoryMax=1G\n"),
    ];
    assert_eq!(known(&prefix).as_deref(), Some("5 1024"));
    // An empty value takes all before it away, and other files are none.
    let empty = [(first.as_str(), "ExecStart=\nExecStart=/srv/bin/gunicorn -w 7 shop:app\n")];
    assert_eq!(known(&empty).as_deref(), Some("7 400"));
    let none = [(path("memory.txt"), "MemoryMax=1G\n")];
    let none: Vec<(&str, &str)> = none.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert_eq!(known(&none).as_deref(), Some("3 400"));
    let reset = [(first.as_str(), "Environment=\nMemoryMax=\n")];
    assert_eq!(known(&reset).as_deref(), Some("- -"));
}

#[test]
fn the_one_image_of_a_file_in_which_a_server_starts_is_that_of_the_dockerfile() {
    let service = |name: &str, image: &str, command: &str| {
        format!("  {name}:\n    image: {image}\n    restart: always\n    command: {command}\n")
    };
    let web = service("web", "acme/shop:1", "gunicorn -w 6 shop:app");
    let worker = service("worker", "acme/shop:2", "celery -A shop worker -c 4");
    let path = "compose.prod.yaml";
    let of = |services: &[&str], dockerfile: &str, name: &str| {
        let text = format!("services:\n{}", services.concat());
        let files = MemoryFiles::new().with(path, text).with(dockerfile, GUNICORN);
        let ids = [v::KIND, v::SERVER, v::WORKERS, v::RUNTIME_PYTHON];
        facts(files, path, name, &ids).map(|it| it.join(" "))
    };
    let both = [web.as_str(), &worker];
    assert_eq!(of(&both, "Dockerfile", "web").as_deref(), Some("web gunicorn 6 3.13"));
    assert_eq!(of(&both, "Dockerfile", "worker").as_deref(), Some("worker celery 4 3.13"));
    // Without a Dockerfile, or beside another image of nobody's, only the command is known.
    assert_eq!(of(&both, "web/Dockerfile", "web").as_deref(), Some("web gunicorn 6 -"));
    let other = service("relay", "acme/relay", "run");
    let known = of(&[&web, &other], "Dockerfile", "web");
    assert_eq!(known.as_deref(), Some("web gunicorn 6 -"));
    // No server starts.
    let run = service("web", "acme/shop", "run");
    assert_eq!(of(&[&run], "Dockerfile", "web"), None);
    let database = "  db:\n    image: postgres:17\n    restart: always\n";
    let known = of(&[&web, database], "Dockerfile", "web");
    assert_eq!(known.as_deref(), Some("web gunicorn 6 3.13"));
}

#[test]
fn services_of_an_included_file_are_those_of_the_file() {
    let service = |name: &str, build: &str| {
        format!("  {name}:\n    build: {build}\n    restart: always\n    ports: [\"80:80\"]\n")
    };
    let path = "compose.yaml";
    let include = |include: &str, more: &[(&str, String)], name: &str| {
        let text = format!("include: {include}\nservices:\n{}", service("web", "."));
        let mut files = vec![(path, text.as_str()), ("Dockerfile", GUNICORN)];
        files.extend(more.iter().map(|(path, text)| (*path, text.as_str())));
        files.push((
            "parts/Dockerfile",
            "FROM python:3.13\nCMD [\"gunicorn\", \"-w\", \"5\", \"a:b\"]\n",
        ));
        process(&files, path, name)
    };
    let part = |build: &str| [("parts/jobs.yml", format!("services:\n{}", service("jobs", build)))];
    let jobs = |given: &str, build: &str| include(given, &part(build), "jobs");
    assert_eq!(jobs("[parts/jobs.yml]", ".").as_deref(), Some("web gunicorn 5"));
    assert_eq!(jobs("[parts/jobs.yml]", "..").as_deref(), Some("web gunicorn 3"));
    let table = "[{path: parts/jobs.yml, project_directory: .}]";
    assert_eq!(jobs(table, ".").as_deref(), Some("web gunicorn 3"));
    assert_eq!(jobs("[{path: [parts/jobs.yml]}]", ".").as_deref(), Some("web gunicorn 5"));
    assert_eq!(include("[parts/jobs.yml]", &part("."), "web").as_deref(), Some("web gunicorn 3"));
    // What is not here is left out; what a file of its own fills in is known.
    assert_eq!(jobs("[oci://acme/jobs]", "."), None);
    let filled = [
        ("parts/jobs.yml", format!("services:\n{}", service("jobs", "${DIR}"))),
        ("parts/.env", "DIR=.\n".to_owned()),
    ];
    assert_eq!(include("[parts/jobs.yml]", &filled, "jobs").as_deref(), Some("web gunicorn 5"));
    let two = [
        ("parts/jobs.yml", "include: [more.yml]\n".to_owned()),
        ("parts/more.yml", format!("services:\n{}", service("jobs", "."))),
    ];
    assert_eq!(include("[parts/jobs.yml]", &two, "jobs").as_deref(), Some("web gunicorn 5"));
}

#[test]
fn an_image_of_an_own_registry_is_that_of_the_dockerfile_beside_the_file() {
    let path = "compose.prod.yaml";
    let of = |image: &str| {
        let compose = format!("services:\n  web:\n    image: {image}\n    ports: [\"80:80\"]\n");
        process(&[(path, &compose), ("Dockerfile", GUNICORN)], path, "web")
    };
    for image in [
        "registry.example.org/shop:latest",
        "1234.dkr.ecr.eu-central-1.amazonaws.com/shop",
        "${REGISTRY}/shop:${TAG}",
    ] {
        assert_eq!(of(image).as_deref(), Some("web gunicorn 3"), "{image}");
    }
    for image in ["ghcr.io/acme/shop:1", "registry.gitlab.com/acme/shop", "acme/shop"] {
        assert_eq!(of(image).as_deref(), Some("service - -"), "{image}");
    }
}

#[test]
fn a_dockerfile_that_a_workflow_deploys_with_another_manifest_is_judged_there_alone() {
    let workflow = "on: push\njobs:\n  d:\n    steps:\n      - run: flyctl deploy --config \
                    infra/fly.toml --remote-only\n";
    let fly = "app = \"shop\"\n[http_service]\ninternal_port = 8080\n";
    let of = |workflow: &str| {
        let files = [
            (".github/workflows/fly.yml", workflow),
            ("infra/fly.toml", fly),
            ("Dockerfile", GUNICORN),
        ];
        let own = process(&files, "Dockerfile", "image");
        (own.is_some(), process(&files, "infra/fly.toml", "app"))
    };
    assert_eq!(of(workflow), (false, Some("web gunicorn 3".to_owned())));
    // A workflow that deploys a manifest which is not there leaves the Dockerfile alone.
    assert!(of(&workflow.replace("infra/", "other/")).0);
}

/// A pod of one container.
fn deployment(image: &str, command: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  \
         selector: {{matchLabels: {{a: w}}}}\n  template:\n    spec:\n      containers:\n        \
         - {{name: web, image: \"{image}\", {command}, ports: [{{containerPort: 8000}}]}}\n"
    )
}

const DJANGO: &str = "import os\nfrom django.core.wsgi import get_wsgi_application\n\
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\
    application = get_wsgi_application()\n";

const COPIED: &str = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n";

/// The framework of a process, which is only known of code that is opened.
fn framework(files: &[(&str, &str)], manifest: &str, name: &str) -> Option<String> {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    facts(files, manifest, name, &[v::FRAMEWORK]).map(|it| it[0].clone())
}

#[test]
fn an_image_is_made_here_where_its_command_names_code_that_is_here() {
    let path = "k8s/web.yaml";
    let code = ("shop/wsgi.py", DJANGO);
    let image = ("Dockerfile", COPIED);
    let of = |all: &[(&str, &str)]| framework(all, path, "web").unwrap();
    for command in [
        r#"command: ["gunicorn", "shop.wsgi"]"#,
        r#"command: ["sh", "-c", "exec gunicorn shop.wsgi:application"]"#,
        // Without an entry point, `args` is the whole command.
        r#"args: ["gunicorn", "shop.wsgi"]"#,
    ] {
        let manifest = deployment("acme/shop:1", command);
        let manifest = (path, manifest.as_str());
        assert_eq!(of(&[manifest, code, image]), "django", "{command}");
    }
    let manifest = deployment("acme/shop:1", r#"command: ["gunicorn", "other.wsgi"]"#);
    let other = [(path, manifest.as_str()), code, image, ("other.txt", "")];
    assert_eq!(process(&other, path, "web").unwrap(), "web gunicorn 1");
    let tasks = r#"{"family": "x", "containerDefinitions": [{"name": "web", "image": "acme/shop:1",
        "command": ["gunicorn", "shop.wsgi"], "portMappings": [{"containerPort": 8000}]}]}"#;
    let all = [("deploy/task-definition.json", tasks), code, image];
    assert_eq!(framework(&all, all[0].0, "web").unwrap(), "django");
    let compose = "services:\n  web:\n    image: acme/shop:1\n    command: gunicorn shop.wsgi\n  \
        api:\n    image: acme/api:1\n    command: gunicorn api.main:app\n";
    let all = [("deploy/compose.prod.yaml", compose), code, image];
    assert_eq!(framework(&all, all[0].0, "web").unwrap(), "django");
    assert_eq!(framework(&all, all[0].0, "api").unwrap(), "-");
}

#[test]
fn two_images_that_start_a_file_of_one_common_name_are_not_told_apart() {
    let flask = ("app.py", "from flask import Flask\napp = Flask(__name__)\n");
    let compose = |image: &str, other: &str| {
        format!(
            "services:\n  web:\n    image: {image}\n    command: gunicorn app:app\n  \
             api:\n    image: {other}\n    command: uvicorn app:app\n"
        )
    };
    let path = "deploy/compose.prod.yaml";
    let same = compose("acme/shop:1", "acme/shop:2");
    let all = [(path, same.as_str()), flask, ("Dockerfile", COPIED)];
    assert_eq!(framework(&all, path, "web").unwrap(), "flask");
    let two = compose("acme/shop:1", "acme/api:1");
    let all = [(path, two.as_str()), flask, ("Dockerfile", COPIED)];
    assert_eq!(framework(&all, path, "web").unwrap(), "-");
}

#[test]
fn what_a_service_of_an_image_from_elsewhere_writes_is_read() {
    let compose = |image: &str, more: &str| {
        format!("services:\n  web:\n    image: {image}\n    restart: always\n{more}")
    };
    let path = "docker-compose.yml";
    let of = |image: &str, more: &str, expect: Option<&str>| {
        check(&[(path, compose(image, more).as_str())], path, "web", expect);
    };
    let command = "    command: gunicorn -w 4 -b 0.0.0.0:80 app:app\n    ports: ['80:80']\n";
    of("registry.example.org/shop:1", command, Some("web gunicorn 4"));
    of("${REGISTRY}/shop", command, Some("web gunicorn 4"));
    let shell = "    command: ['sh', '-c', 'python manage.py migrate && exec puma -w 3']\n";
    of("acme/shop", shell, Some("web puma 3"));
    let whole = "    entrypoint: [celery]\n    command: [-A, shop, worker, -c, '5']\n";
    of("acme/shop", whole, Some("worker celery 5"));
    // A developer's command, and his source in the place of the image's.
    of("acme/shop", "    command: uvicorn app:app --reload\n", None);
    of("acme/shop", &format!("{command}    volumes: ['.:/app']\n"), None);
    // A word that is no program, and an image of a program.
    of("acme/shop", "    command: server\n", None);
    of("redis:8", "    command: gunicorn -w 4 app:app\n", None);
    // Nothing says that a server runs it.
    let plain = format!("services:\n  web:\n    image: acme/shop\n{command}");
    check(&[(path, plain.as_str())], path, "web", None);
}

#[test]
fn an_image_from_elsewhere_may_have_a_configuration() {
    let known = |command: &str| {
        let manifest = deployment("acme/shop:1", &format!("command: {command}"));
        let files = MemoryFiles::new().with("k8s/web.yaml", manifest);
        facts(files, "k8s/web.yaml", "web", &[v::WORKERS, v::BIND_HOST]).unwrap().join(" ")
    };
    assert_eq!(known(r#"["gunicorn", "shop:app"]"#), "1 -");
    assert_eq!(known(r#"["gunicorn", "-b", "127.0.0.1:80", "shop:app"]"#), "1 127.0.0.1");
    assert_eq!(known(r#"["celery", "-A", "shop", "worker"]"#), "- -");
    assert_eq!(known(r#"["celery", "-A", "shop", "worker", "-c", "2"]"#), "2 -");
}

#[test]
fn each_container_of_a_cloud_run_service_is_a_process() {
    let service = "apiVersion: serving.knative.dev/v1\nkind: Service\n\
        metadata: {name: shop, annotations: {run.googleapis.com/ingress: all}}\nspec:\n  \
        template:\n    spec:\n      containers:\n        \
        - name: nginx\n          image: nginx:1.29\n          ports: [{containerPort: 8080}]\n          \
          resources: {limits: {memory: 256Mi}}\n        \
        - name: app\n          image: acme/shop:1\n          \
          command: [gunicorn, -w, '3', -b, '127.0.0.1:8888', 'shop:app']\n          \
          resources: {limits: {memory: 1Gi}}\n        \
        - name: metrics\n          image: acme/collector:1\n";
    let ids = [v::KIND, v::SERVER, v::WORKERS, v::MACHINE_MEMORY_MB, v::ROUTER_PORT];
    let of = |name: &str| {
        let files = MemoryFiles::new().with("service.yaml", service);
        facts(files, "service.yaml", name, &ids).map(|it| it.join(" "))
    };
    assert_eq!(of("shop").as_deref(), Some("proxy nginx - 256 8080"));
    assert_eq!(of("shop/app").as_deref(), Some("web gunicorn 3 1024 -"));
    assert_eq!(of("shop/metrics"), None);
}

#[test]
fn labels_of_a_kustomization_are_the_selector_that_a_workload_lacks() {
    let own = deployment("acme/shop:1", r#"command: ["gunicorn", "-w", "2", "shop:app"]"#);
    let bare = own.replace("  selector: {matchLabels: {a: w}}\n", "");
    let kustomization = "resources: [web.yaml]\ncommonLabels: {app: shop}\n";
    let path = "k8s/kustomization.yaml";
    let of = |web: &str, manifest| {
        process(&[("k8s/web.yaml", web), (path, kustomization)], manifest, "web")
    };
    assert_eq!(of(&bare, path).as_deref(), Some("web gunicorn 2"));
    assert_eq!(of(&bare, "k8s/web.yaml"), None);
    // One that has a selector is judged in its own file, and only there.
    assert_eq!(of(&own, "k8s/web.yaml").as_deref(), Some("web gunicorn 2"));
    assert_eq!(of(&own, path), None);
    let plain = "resources: [web.yaml]\nlabels: [{pairs: {app: shop}}]\n";
    assert_eq!(process(&[("k8s/web.yaml", bare.as_str()), (path, plain)], path, "web"), None);
    // Each file counts once towards those that one overlay may be built of.
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";
    let others: Vec<_> = (0..70).map(|it| format!("k8s/{it}.yaml")).collect();
    let names: String = (0..70).map(|it| format!(", {it}.yaml")).collect();
    let large = kustomization.replace("web.yaml", &format!("web.yaml{names}"));
    let mut files = vec![("k8s/web.yaml", bare.as_str()), (path, large.as_str())];
    files.extend(others.iter().map(|it| (it.as_str(), map)));
    assert_eq!(process(&files, path, "web").as_deref(), Some("web gunicorn 2"));
}

#[test]
fn what_a_platform_compiles_is_looked_at_in_its_sources() {
    let listens = |address: &str| {
        format!(
            "package main\nimport \"net/http\"\nfunc main() {{ http.ListenAndServe({address}, nil) }}\n"
        )
    };
    let check = |files: &[(&str, &str)], manifest: &str, name: &str, expect: &[&str]| {
        let files =
            files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
        let found = facts(files, manifest, name, &[v::SERVER, v::BIND_HOST, v::PORT]);
        assert_eq!(found.unwrap_or_default(), expect, "{manifest} {name}");
    };
    let own = listens("\"localhost:8080\"");
    let module = "module github.com/acme/shop/v2\n\ngo 1.25\n";
    let procfile = [("Procfile", "web: bin/shop\n"), ("go.mod", module), ("main.go", own.as_str())];
    check(&procfile, "Procfile", "web", &["shop", "127.0.0.1", "8080"]);
    // A Dockerfile makes something else, and a name that no module has is a script.
    let image = [&procfile[..], &[("Dockerfile", "FROM golang:1.25\n")]].concat();
    check(&image, "Procfile", "web", &["-", "-", "-"]);
    let other = [("Procfile", "web: bin/run\n"), procfile[1], procfile[2]];
    check(&other, "Procfile", "web", &["-", "-", "-"]);
    let below = [("Procfile", "web: bin/api\n"), procfile[1], ("cmd/api/main.go", own.as_str())];
    check(&below, "Procfile", "web", &["api", "127.0.0.1", "8080"]);
    let render = |build: &str, start: &str| {
        format!(
            "services:\n  - {{type: web, name: shop, runtime: go, buildCommand: {build}, startCommand: {start}}}\n"
        )
    };
    let built = render("go build -tags netgo -o app", "./app");
    let files = [("render.yaml", built.as_str()), procfile[1], procfile[2]];
    check(&files, "render.yaml", "shop", &["app", "127.0.0.1", "8080"]);
    let unnamed = render("go build", "./shop");
    let files = [("render.yaml", unnamed.as_str()), procfile[1], procfile[2]];
    check(&files, "render.yaml", "shop", &["shop", "127.0.0.1", "8080"]);
}

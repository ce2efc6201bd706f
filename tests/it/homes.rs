//! Other homes of the same apps: docker compose, DigitalOcean, Railway, systemd, Kubernetes, Kamal,
//! Supervisor, Amazon ECS, Cloud Foundry.

use opslint::analysis::{Analysis, Options};
use opslint::vocabulary::FactId;
use opslint::workspace::MemoryFiles;

use super::hosting::check;

#[test]
fn services_of_compose_have_their_limits_and_their_image() {
    let file = "docker-compose.prod.yml";
    check(
        "compose-prod",
        &[
            &format!("{file} - platform compose"),
            &format!("{file} web kind web"),
            &format!("{file} web workers 6"),
            &format!("{file} web machine.memory_mb 512"),
            &format!("{file} web machine.cpus 1.5"),
            &format!("{file} web scale.max 2"),
            &format!("{file} web exposed_port 8000"),
            &format!("{file} web shutdown.grace_s 10"),
            &format!("{file} web health_check.interval_s 30"),
            &format!("{file} worker kind worker"),
            &format!("{file} worker server celery"),
            &format!("{file} worker machine.memory_mb 1024"),
            &format!("{file} worker machine.cpus 2"),
            &format!("{file} worker shutdown.grace_s 90"),
            &format!("{file} worker shutdown.signal SIGQUIT"),
            &format!("{file} plain workers 2"),
            &format!("{file} plain health_check.interval_s 20"),
            &format!("{file} plain health_check.timeout_s 4"),
            &format!("{file} plain health_check.grace_s 60"),
            &format!("{file} plain runtime.python 3.13"),
        ],
    );
    check("compose-prod", &[&format!("{file} plain machine.memory_mb 512..65536")]);
}

/// How many processes the files of a project come to.
fn processes(path: &str, text: &str) -> usize {
    let dockerfile = "FROM python\nCMD gunicorn app:app\n";
    let files = MemoryFiles::new().with(path, text).with("Dockerfile", dockerfile);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    assert!(answer.problems.is_empty(), "{:?}", answer.problems);
    // The Dockerfile is a deployment of its own where the file is none.
    let deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    deployments.filter(|it| it.manifest == path).map(|it| it.processes.len()).sum()
}

#[test]
fn a_file_with_names_of_several_formats_is_what_its_content_says() {
    let sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Shop:\n    \
               Type: AWS::Serverless::Function\n";
    let knative = "apiVersion: serving.knative.dev/v1\nkind: Service\nspec:\n  template:\n    \
                   spec:\n      containers: [{image: shop}]\n";
    let compose = "services:\n  web:\n    build: .\n";
    // The first name of each is that of one format, the second that of another, too.
    for (path, text) in [
        ("shop-template.yaml", sam),
        ("serverless-template.yaml", sam),
        ("web-service.yaml", knative),
        ("render-service.yaml", knative),
        ("app-service.yaml", knative),
        ("compose.yaml", compose),
    ] {
        assert_eq!(processes(path, text), 1, "{path}");
    }
    assert_eq!(processes("serverless-template.yaml", knative), 0);
    assert_eq!(processes("render-service.yaml", "kind: Service\n"), 0);
}

#[test]
fn compose_files_of_developers_are_left_alone() {
    let built = "services:\n  web:\n    build: .\n";
    assert_eq!(processes("docker-compose.yml", built), 1);
    assert_eq!(processes("compose.production.yaml", built), 1);
    for path in [
        "docker-compose.dev.yml",
        "docker-compose.override.yml",
        "compose.test.yaml",
        ".devcontainer/docker-compose.yml",
        ".circleci/docker-compose.circle.yml",
    ] {
        assert_eq!(processes(path, built), 0, "{path}");
    }
    let mounted = format!("{built}    volumes: [\".:/app\"]\n");
    assert_eq!(processes("docker-compose.yml", &mounted), 0);
    let stores = "services:\n  db:\n    image: postgres\n";
    assert_eq!(processes("docker-compose.yml", stores), 0);
    let workflow = "on: push\njobs:\n  x:\n    services:\n      db:\n        image: postgres\n";
    assert_eq!(processes("docker-compose.yml", workflow), 0);
}

#[test]
fn only_a_service_for_production_gets_the_defaults_of_compose() {
    let compose = |rest: &str| {
        let text = format!("services:\n  web:\n    build: .\n{rest}");
        let files = MemoryFiles::new()
            .with("docker-compose.yml", text)
            .with("Dockerfile", "FROM python\nCMD [\"gunicorn\", \"app:app\"]\n");
        let projects =
            Analysis::open(files, Options::plain()).expect("the files are there").facts().projects;
        let facts = &projects[0].deployments[0].processes[0].facts;
        facts.get(opslint::vocabulary::SHUTDOWN_GRACE_S).map(|it| it.state.to_string())
    };
    assert_eq!(compose(""), None);
    assert_eq!(compose("    restart: \"no\"\n"), None);
    assert_eq!(compose("    restart: always\n").as_deref(), Some("10"));
    assert_eq!(compose("    stop_grace_period: 45s\n").as_deref(), Some("45"));
}

#[test]
fn components_of_an_app_spec_have_their_sizes() {
    let file = ".do/app.yaml";
    check(
        "do-app",
        &[
            &format!("{file} - platform digitalocean"),
            &format!("{file} - region ams"),
            &format!("{file} web workers 8"),
            &format!("{file} web machine.memory_mb 1024"),
            &format!("{file} web machine.price_usd_month 12"),
            &format!("{file} web scale.max 2"),
            &format!("{file} web router.port 8080"),
            &format!("{file} web health_check.path /up"),
            &format!("{file} jobs server celery"),
            &format!("{file} jobs machine.cpus 2"),
            &format!("{file} jobs machine.cpu_kind dedicated"),
            &format!("{file} jobs scale.autoscaling true"),
            &format!("{file} jobs scale.max 3"),
            &format!("{file} jobs shutdown.grace_s 300"),
            &format!("{file} migrate kind release"),
            &format!("{file} migrate machine.plan apps-s-1vcpu-0.5gb"),
            &format!("{file} migrate machine.memory_mb 512"),
        ],
    );
}

#[test]
fn railway_runs_its_command_or_that_of_nixpacks() {
    check(
        "railway-app",
        &[
            "railway.json - platform railway",
            "railway.json service server uvicorn",
            "railway.json service keepalive_s 75",
            "railway.json service scale.max 2",
            "railway.json service scale.stops_when_idle true",
            "railway.json service shutdown.grace_s 30",
            "railway.json service health_check.path /up",
            "railway.json service runtime.python 3.13",
            "railway.json pre-deploy kind release",
        ],
    );
    check("railway-app", &["railway.json service machine.memory_mb 8192"]);
    check("railway-nixpacks", &["railway.toml service workers 3"]);
}

#[test]
fn units_have_their_limits_and_the_files_of_their_project() {
    let file = "deploy/shop.service";
    check(
        "systemd-units",
        &[
            &format!("{file} - platform systemd"),
            &format!("{file} shop server gunicorn"),
            &format!("{file} shop workers 9"),
            &format!("{file} shop timeout_s 60"),
            &format!("{file} shop max_requests 800"),
            &format!("{file} shop machine.memory_mb 1024"),
            &format!("{file} shop machine.cpus 2"),
            &format!("{file} shop shutdown.grace_s 30"),
            &format!("{file} shop shutdown.signal SIGTERM"),
            "deploy/shop-worker.service shop-worker kind worker",
            "deploy/shop-worker.service shop-worker shutdown.signal SIGQUIT",
        ],
    );
    check("systemd-units", &["deploy/shop@.service shop@ server gunicorn"]);
    check(
        "systemd-units",
        &["deploy/shop-worker.service shop-worker machine.memory_mb 512..65536"],
    );
}

#[test]
fn containers_of_kubernetes_have_their_limits_and_what_stands_beside_them() {
    let file = "k8s/web.yaml";
    check(
        "kubernetes-forms",
        &[
            &format!("{file} - platform kubernetes"),
            &format!("{file} shop/migrate kind release"),
            &format!("{file} shop/migrate server none"),
            &format!("{file} shop/web kind web"),
            &format!("{file} shop/web server gunicorn"),
            &format!("{file} shop/web workers 3"),
            &format!("{file} shop/web machine.memory_mb 512"),
            &format!("{file} shop/web machine.cpus 1"),
            &format!("{file} shop/web scale.min 2"),
            &format!("{file} shop/web scale.max 6"),
            &format!("{file} shop/web scale.autoscaling true"),
            &format!("{file} shop/web router.port 8000"),
            &format!("{file} shop/web health_check.path /healthz"),
            &format!("{file} shop/web health_check.interval_s 20"),
            &format!("{file} shop/web health_check.timeout_s 1"),
            &format!("{file} shop/web shutdown.grace_s 40"),
            &format!("{file} shop/web storage.paths [/app/media]"),
            &format!("{file} shop/redis kind broker"),
            &format!("{file} shop/redis server redis"),
            "k8s/worker.yaml shop-worker server celery",
            "k8s/worker.yaml shop-worker workers 4",
            "k8s/worker.yaml shop-worker scale.max 1",
            "k8s/worker.yaml shop-worker machine.memory_mb 1024",
            "k8s/worker.yaml shop-worker shutdown.grace_s 30",
            "k8s/worker.yaml shop-nightly kind cron",
            "k8s/worker.yaml shop-nightly machine.memory_mb 512..65536",
        ],
    );
}

/// A workload of the image, in a file of this name.
fn workload(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n  selector: {{}}\n  \
         template:\n    spec:\n      containers:\n        - {{name: app, image: {image}}}\n"
    )
}

#[test]
fn what_only_looks_like_a_workload_makes_no_process() {
    let whole = workload("shop");
    for (path, text, count) in [
        ("k8s/web.yaml", whole.clone(), 1),
        ("deployment.yml", whole.clone(), 1),
        ("k8s/web.yaml", format!("kind: Namespace\napiVersion: v1\n---\n{whole}"), 1),
        // A patch of kustomize, a template of Helm, a chart, another file.
        ("k8s/web.yaml", whole.replace("  selector: {}\n", ""), 0),
        ("k8s/web.yaml", workload("'{{ .Values.image }}'"), 0),
        ("chart/templates/deployment.yaml", whole.clone(), 0),
        ("notes.yaml", whole, 0),
    ] {
        assert_eq!(processes(path, &text), count, "{path}:\n{text}");
    }
}

#[test]
fn an_image_is_ones_own_where_it_alone_is_called_like_its_workload() {
    let server = |text: String| {
        let files = MemoryFiles::new()
            .with("k8s/web.yaml", text.as_str())
            .with("Dockerfile", "FROM python\nCMD gunicorn app:app\n");
        let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
        let deployments = answer.projects.iter().flat_map(|it| &it.deployments);
        let of_file = deployments.filter(|it| it.manifest == "k8s/web.yaml");
        of_file
            .flat_map(|it| &it.processes)
            .find_map(|it| it.facts.get(opslint::vocabulary::SERVER)?.text().map(str::to_owned))
    };
    let gunicorn = Some("gunicorn".to_owned());
    assert_eq!(server(workload("acme/shop:1")), gunicorn);
    assert_eq!(server(workload("${IMAGE}")), gunicorn);
    assert_eq!(server(workload("acme/other:2")), None);
    // Which of two images is built here is not known.
    let other = workload("acme/other:2").replace("name: shop", "name: other");
    assert_eq!(server(format!("{}---\n{other}", workload("acme/shop:1"))), None);
}

#[test]
fn roles_of_kamal_have_their_hosts_and_the_proxy() {
    let file = "config/deploy.yml";
    check(
        "kamal-forms",
        &[
            &format!("{file} - platform kamal"),
            &format!("{file} web kind web"),
            &format!("{file} web server gunicorn"),
            &format!("{file} web workers 3"),
            &format!("{file} web scale.max 2"),
            &format!("{file} web machine.memory_mb 1024"),
            &format!("{file} web machine.cpus 2"),
            &format!("{file} web router.port 8000"),
            &format!("{file} web router.request_timeout_s 60"),
            &format!("{file} web router.body_limit_mb 50"),
            &format!("{file} web health_check.path /healthz"),
            &format!("{file} web health_check.interval_s 1"),
            &format!("{file} web shutdown.grace_s absent"),
            &format!("{file} jobs kind worker"),
            &format!("{file} jobs server celery"),
            &format!("{file} jobs shutdown.grace_s 25"),
            &format!("{file} jobs machine.memory_mb 512..65536"),
            "config/deploy.staging.yml web workers 1",
            "config/deploy.staging.yml web scale.max 1",
            "config/deploy.staging.yml web router.request_timeout_s 60",
        ],
    );
}

#[test]
fn programs_of_supervisor_have_their_command_and_stop() {
    let file = "supervisord.conf";
    check(
        "supervisord-forms",
        &[
            &format!("{file} - platform supervisord"),
            &format!("{file} web server gunicorn"),
            &format!("{file} web workers 3"),
            &format!("{file} web timeout_s 45"),
            &format!("{file} web shutdown.grace_s 40"),
            &format!("{file} web shutdown.signal SIGTERM"),
            &format!("{file} worker kind worker"),
            &format!("{file} worker server celery"),
            &format!("{file} worker workers 2"),
            &format!("{file} worker shutdown.signal SIGQUIT"),
            &format!("{file} worker shutdown.grace_s 10"),
            &format!("{file} consumers scale.max 4"),
            &format!("{file} consumers server unknown"),
        ],
    );
}

#[test]
fn containers_of_ecs_have_their_limits_and_the_image_of_the_project() {
    let file = "task-definition.json";
    check(
        "ecs-forms",
        &[
            &format!("{file} - platform ecs"),
            &format!("{file} web kind web"),
            &format!("{file} web server gunicorn"),
            &format!("{file} web workers 4"),
            &format!("{file} web machine.memory_mb 2048"),
            &format!("{file} web machine.cpus 1"),
            &format!("{file} web shutdown.grace_s 60"),
            &format!("{file} web health_check.interval_s 15"),
            &format!("{file} web health_check.timeout_s 5"),
            &format!("{file} web health_check.grace_s 20"),
            &format!("{file} web health_check.port 8000"),
            &format!("{file} web storage.paths [/app/media]"),
            "worker.task-definition.json worker kind worker",
            "worker.task-definition.json worker server celery",
            "worker.task-definition.json worker machine.memory_mb 512",
            "worker.task-definition.json worker machine.cpus absent",
            "worker.task-definition.json worker shutdown.grace_s 30",
        ],
    );
}

#[test]
fn apps_of_cloud_foundry_have_their_processes_and_the_procfile() {
    let file = "manifest.yml";
    check(
        "cloud-foundry-forms",
        &[
            &format!("{file} - platform cloud-foundry"),
            &format!("{file} shop/web kind web"),
            &format!("{file} shop/web server gunicorn"),
            &format!("{file} shop/web workers 2"),
            &format!("{file} shop/web timeout_s 25"),
            &format!("{file} shop/web machine.memory_mb 512"),
            &format!("{file} shop/web scale.min 2"),
            &format!("{file} shop/web boot_timeout_s 90"),
            &format!("{file} shop/web health_check.path /healthz"),
            &format!("{file} shop/web shutdown.grace_s 10"),
            &format!("{file} shop/worker kind worker"),
            &format!("{file} shop/worker server celery"),
            &format!("{file} shop/worker machine.memory_mb 256"),
            &format!("{file} shop/worker scale.max 1"),
            &format!("{file} reports/web kind worker"),
            &format!("{file} reports/web server celery-beat"),
            &format!("{file} reports/web machine.memory_mb unknown"),
        ],
    );
}

#[test]
fn what_a_file_resets_is_not_there() {
    let base = "services:\n  web:\n    build: .\n    mem_limit: 256m\n    ports: ['80:80']\n";
    let over = "services:\n  web:\n    restart: always\n    mem_limit: !reset null\n    \
                ports: !reset []\n";
    let files = MemoryFiles::new()
        .with("docker-compose.yml", base)
        .with("docker-compose.prod.yml", over)
        .with("Dockerfile", "FROM python\nCMD celery -A shop worker\n");
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    let prod = deployments.filter(|it| it.manifest == "docker-compose.prod.yml");
    let facts = prod.flat_map(|it| &it.processes).map(|it| &it.facts).next().expect("a process");
    let text = |id| facts.get(id).map(|it| it.state.to_string());
    assert_eq!(text(opslint::vocabulary::MACHINE_MEMORY_MB).as_deref(), Some("512..65536"));
    assert_eq!(text(opslint::vocabulary::KIND).as_deref(), Some("worker"));
}

/// The workers of the first process of a manifest, or why they are not known.
fn workers(files: &[(&str, &str)]) -> String {
    let all = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let answer = Analysis::open(all, Options::plain()).expect("the files are there").facts();
    let mut deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    let manifest = deployments.find(|it| it.manifest == files[0].0).expect("a deployment");
    let name = FactId::from_name("workers").expect("the name of a fact");
    let fact = manifest.processes[0].facts.get(name).expect("a server");
    fact.state.to_string()
}

#[test]
fn a_service_starts_in_its_own_folder_with_its_own_entry_point() {
    let check = |service: &str, expect: &str| {
        let compose = format!(
            "services:\n  web:\n    build: .\n    restart: always\n    ports: ['80:80']\n{service}"
        );
        let found = workers(&[
            ("compose.yaml", &compose),
            ("Dockerfile", "FROM python:3.13\nWORKDIR /app\nCOPY . .\n"),
            ("conf.py", "workers = 2\n"),
            ("api/conf.py", "workers = 6\n"),
        ]);
        assert_eq!(found, expect, "{service}");
    };
    let start = "    command: gunicorn -c conf.py a:app\n";
    check(start, "2");
    check(&format!("    working_dir: /app/api\n{start}"), "6");
    check(&format!("    working_dir: api\n{start}"), "6");
    check(&format!("    working_dir: '${{DIR:-/app/api}}'\n{start}"), "6");
    check(&format!("    working_dir: /srv\n    volumes: ['./api:/srv']\n{start}"), "6");
    let mount = "    volumes: [{type: bind, source: ./api, target: /srv/api}]\n";
    check(&format!("    working_dir: /srv/api\n{mount}{start}"), "6");
    // A clone on the server, which nobody works in.
    check(&format!("    volumes: ['.:/app']\n{start}  nginx:\n    image: nginx\n"), "2");
    check("    entrypoint: ['tini', '--']\n    command: gunicorn -w 3 a:app\n", "3");
    check("    entrypoint: \"sh -c\"\n    command: ['gunicorn -w 4 a:app']\n", "4");
    check("    entrypoint: gunicorn --name \"a b\"\n    command: ['-w', '5', 'a:app']\n", "5");
}

#[test]
fn a_folder_that_is_not_of_this_project_hides_what_is_read_there() {
    let service = "services:\n  web:\n    build: .\n    restart: always\n    ports: ['80:80']\n    \
                   working_dir: /srv/other\n    command: gunicorn -c conf.py a:app\n";
    let files = MemoryFiles::new()
        .with("compose.yaml", service)
        .with("Dockerfile", "FROM python:3.13\nWORKDIR /app\nCOPY . .\n")
        .with("conf.py", "workers = 2\n");
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let process = &answer.projects[0].deployments[0].processes[0];
    let server = process.facts.get(FactId::from_name("server").expect("a name")).expect("a fact");
    assert_eq!(server.state.to_string(), "unknown");
}

#[test]
fn several_words_of_heroku_yml_are_not_taken_for_the_command_of_the_image() {
    let file = "build:\n  docker:\n    web: Dockerfile\nrun:\n  web:\n    command: [gunicorn, -w, 7]\n    \
                image: web\n";
    let dockerfile = "FROM python:3.13\nCMD [\"gunicorn\", \"-w\", \"2\", \"a:app\"]\n";
    let files = MemoryFiles::new().with("heroku.yml", file).with("Dockerfile", dockerfile);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let process = &answer.projects[0].deployments[0].processes[0];
    let workers = FactId::from_name("workers").expect("the name of a fact");
    let found = process.facts.get(workers).map(|it| it.state.to_string());
    assert_ne!(found.as_deref(), Some("2"));
}

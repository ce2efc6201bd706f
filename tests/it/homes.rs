//! Other homes of the same apps: docker compose, DigitalOcean, Railway, systemd.

use opslint::analysis::{Analysis, Options};
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
    check("systemd-units", &["deploy/shop@.service shop@ server unknown"]);
    check(
        "systemd-units",
        &["deploy/shop-worker.service shop-worker machine.memory_mb 512..65536"],
    );
}

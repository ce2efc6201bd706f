//! What Copilot refuses of a manifest, and what an environment gets.
//!
//! Source: internal/pkg/manifest/validate.go of <https://github.com/aws/copilot-cli>.

use opslint::analysis::{Analysis, Options};
use opslint::vocabulary::FactId;
use opslint::workspace::MemoryFiles;

use crate::hosting::check as check_home;
use crate::refusals::refusals;

/// The type of a workload, what it has beside its name, and whether that is refused.
const MANIFESTS: &[(bool, &str, &str)] = &[
    (false, "Backend Service", "image: {build: Dockerfile}"),
    (false, "Backend Service", "image: {location: 'x:1'}"),
    (true, "Backend Service", "image: {build: Dockerfile, location: 'x:1'}"),
    (true, "Backend Service", "image: {}"),
    (true, "Backend Service", "variables: {A: b}"),
    (true, "Backend Service", "image: {build: }"),
    (false, "Backend Service", "image: {build: {}, location: 'x:1'}"),
    (true, "Backend Service", "image: {build: Dockerfile}\nhttp: {healthcheck: /}"),
    (false, "Backend Service", "image: {build: Dockerfile}\nhttp: {path: /}"),
    (false, "Worker Service", "image: {build: Dockerfile}"),
    (true, "Worker Service", "image: {build: Dockerfile}\ncommand: {a: b}"),
    (true, "Scheduled Job", "image: {build: Dockerfile}"),
    (true, "Scheduled Job", "image: {build: Dockerfile}\non: {schedule: }"),
    (false, "Scheduled Job", "image: {build: Dockerfile}\non: {schedule: '@daily'}\ntimeout: 1h"),
    (true, "Scheduled Job", "image: {build: Dockerfile}\non: {schedule: '@daily'}\ntimeout: soon"),
    (false, "Static Site", "files: [{source: public}]"),
    (true, "Static Sites", "files: [{source: public}]"),
    (true, "Request-Driven Web Service", "image: {build: Dockerfile}"),
    (false, "Request-Driven Web Service", "image: {build: Dockerfile, port: 80}"),
    (false, "Request-Driven Web Service", "image: {build: Dockerfile, port: 80}\ncount: high"),
    (true, "Load Balanced Web Service", "image: {build: Dockerfile, port: 80}"),
    (true, "Load Balanced Web Service", "image: {build: Dockerfile, port: 80}\nhttp: false"),
    (true, "Load Balanced Web Service", "image: {build: Dockerfile}\nhttp: {path: /}"),
    (true, "Load Balanced Web Service", "image: {build: Dockerfile, port: a}\nhttp: {path: /}"),
    (false, "Load Balanced Web Service", "image: {build: Dockerfile, port: 80}\nhttp: {path: /}"),
    (
        false,
        "Load Balanced Web Service",
        "image: {build: Dockerfile, port: 80}\nhttp: false\nnlb: {port: 443/tls}",
    ),
];

/// Keys of a web service that is otherwise right, and whether they are refused.
const KEYS: &[(bool, &str)] = &[
    (false, "count: 3"),
    (true, "count: many"),
    (false, "count: ${COUNT}"),
    (false, "count: {spot: 2}"),
    (false, "count: {range: 1-10, cpu_percentage: 70}"),
    (false, "count: {range: {min: 1, max: 10, spot_from: 3}, requests: 30}"),
    (true, "count: {range: {min: 1}, requests: 30}"),
    (true, "count: {range: {min: 10, max: 1}, requests: 30}"),
    (true, "count: {range: 10-1, requests: 30}"),
    (true, "count: {range: 10, requests: 30}"),
    (false, "count: {range: '${MIN}-${MAX}', requests: 30}"),
    (true, "count: {range: 1-10}"),
    (true, "count: {memory_percentage: 70}"),
    (true, "count: {spot: 2, range: 1-10, cpu_percentage: 70}"),
    (true, "count: {spot: 2, cpu_percentage: 70}"),
    (false, "count:"),
    (true, "cpu: '256'"),
    (false, "variables:"),
    (true, "variables: [A=b]"),
    (false, "env_file: web.env"),
    (true, "env_file: .envrc"),
    (true, "storage: {ephemeral: 10}"),
    (false, "storage: {ephemeral: 21}"),
    (true, "storage: {volumes: {media: {efs: true}}}"),
    (true, "deployment: {rolling: fast}"),
    (false, "deployment: {rolling: Recreate}"),
    (false, "environments: {test: {count: 1}, prod: }"),
    (true, "environments: {test: {count: {range: 3-1, requests: 3}}}"),
    (false, "sidecars: {nginx: {image: 'nginx:1.29', port: 80}}"),
    (false, "entrypoint: [python]\ncommand: -m gunicorn shop.wsgi"),
];

/// CPUs and memory of a task on Fargate, and whether there are such.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>
const SIZES: &[(bool, &str, &str)] = &[
    (false, "256", "512"),
    (false, "256", "2048"),
    (true, "256", "4096"),
    (true, "300", "512"),
    (false, "1024", "8192"),
    (true, "1024", "9216"),
    (false, "16384", "122880"),
    (false, "${CPU}", "4096"),
];

/// The same of an instance of App Runner.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/api/API_InstanceConfiguration.html>
const INSTANCES: &[(bool, &str, &str)] = &[
    (false, "256", "512"),
    (false, "256", "1024"),
    (true, "256", "2048"),
    (true, "512", "512"),
    (true, "1024", "1024"),
    (false, "1024", "2048"),
    (false, "4096", "12288"),
    (true, "4096", "16384"),
    (true, "8192", "16384"),
];

const WEB: &str = "name: web\ntype: Load Balanced Web Service\nimage: {build: Dockerfile, port: 80}\n\
                   http: {path: /}\n";

const PATH: &str = "copilot/web/manifest.yml";

#[track_caller]
fn check(text: &str, is_refused: bool) {
    let found = refusals(PATH, text);
    // Only one thing is wrong with each.
    assert_eq!(found.len(), usize::from(is_refused), "{text}: {found:?}");
}

#[test]
fn manifests_are_refused_as_copilot_refuses_them() {
    for (is_refused, what, keys) in MANIFESTS {
        check(&format!("name: web\ntype: {what}\n{keys}\n"), *is_refused);
    }
    for (is_refused, keys) in KEYS {
        check(&format!("{WEB}{keys}\n"), *is_refused);
    }
}

#[test]
fn a_task_and_an_instance_have_sizes_that_there_are() {
    for (is_refused, cpu, memory) in SIZES {
        check(&format!("{WEB}cpu: {cpu}\nmemory: {memory}\n"), *is_refused);
    }
    let service =
        "name: web\ntype: Request-Driven Web Service\nimage: {build: Dockerfile, port: 80}\n";
    for (is_refused, cpu, memory) in INSTANCES {
        check(&format!("{service}cpu: {cpu}\nmemory: {memory}\n"), *is_refused);
    }
    // What is not written has the default: 256 units and 512 MB, or 1,024 and 2,048.
    check(&format!("{WEB}memory: 4096\n"), true);
    check(&format!("{WEB}cpu: 1024\n"), true);
    check(&format!("{service}memory: 3072\n"), false);
    check(&format!("{service}cpu: 256\n"), true);
    // A rule that is laid over the template may change it, and one environment does.
    check(
        &format!("{WEB}memory: 4096\ntaskdef_overrides: [{{path: Cpu, value: '1024'}}]\n"),
        false,
    );
    check(&format!("{WEB}environments: {{prod: {{cpu: 1024, memory: 2048}}}}\n"), false);
    check(&format!("{WEB}environments: {{prod: {{cpu: 1024}}}}\n"), true);
}

#[test]
fn requests_go_to_a_container_that_there_is() {
    let web = WEB.replace("path: /", "path: /, target_container: nginx");
    check(&web, true);
    check(&format!("{web}sidecars: {{nginx: {{image: 'nginx:1.29', port: 80}}}}\n"), false);
    check(&format!("{web}sidecars: {{proxy: {{image: 'nginx:1.29', port: 80}}}}\n"), true);
    check(&web.replace("nginx", "web"), false);
    check(&web.replace("nginx", "${TARGET}"), false);
}

/// A fact of the first process of each deployment, with the deployment's name.
fn facts(files: &[(&str, &str)], id: &str) -> Vec<(String, String)> {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| {
        all.with((*path).to_owned(), (*text).to_owned())
    });
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let id = FactId::from_name(id).expect("a fact");
    let all = answer.projects.iter().flat_map(|it| &it.deployments);
    let all = all.filter(|it| it.manifest == PATH);
    all.map(|it| {
        let fact = it.processes[0].facts.get(id);
        let value = fact.map_or("absent".to_owned(), |it| match it.value() {
            Some(value) => value.to_string(),
            None => "unknown".to_owned(),
        });
        (it.name.clone(), value)
    })
    .collect()
}

#[track_caller]
fn expect(files: &[(&str, &str)], id: &str, expect: &[(&str, &str)]) {
    let found = facts(files, id);
    let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(found, expect, "{id}");
}

#[test]
fn each_environment_gets_what_stands_over_the_rest() {
    let text = format!(
        "{WEB}memory: 1024\ncount: {{range: 1-10, cpu_percentage: 70}}\nenvironments:\n  \
         test: {{memory: 512, count: 2}}\n  prod: {{cpu: 512, count: {{spot: 4}}}}\n"
    );
    let files: &[(&str, &str)] = &[(PATH, &text)];
    expect(files, "machine.memory_mb", &[("test", "512"), ("prod", "1024")]);
    expect(files, "machine.cpus", &[("test", "0.25"), ("prod", "0.5")]);
    expect(files, "scale.min", &[("test", "2"), ("prod", "4")]);
    expect(files, "scale.max", &[("test", "2"), ("prod", "4")]);
    // Without an environment for users, what is said for all is for them.
    let text = format!("{WEB}environments: {{test: {{memory: 1024}}, qa: }}\n");
    expect(&[(PATH, &text)], "machine.memory_mb", &[("web", "512"), ("test", "1024")]);
    // An environment that the manifest does not name gets what is said for all.
    let prod = ("copilot/environments/prod/manifest.yml", "name: prod\ntype: Environment\n");
    let files: &[(&str, &str)] = &[(PATH, &text), prod];
    expect(files, "machine.memory_mb", &[("test", "1024"), ("prod", "512")]);
    expect(&[(PATH, WEB), prod], "machine.memory_mb", &[("web", "512")]);
}

#[test]
fn the_image_of_an_environment_counts_instead_of_the_other() {
    let dockerfile = ("Dockerfile", "FROM python:3.13-slim\nCMD [\"gunicorn\", \"shop.wsgi\"]\n");
    let text =
        format!("{WEB}environments: {{prod: {{image: {{location: 'other/nginx:1.29'}}}}}}\n");
    expect(&[(PATH, &text), dockerfile], "server", &[("prod", "unknown")]);
    expect(&[(PATH, WEB), dockerfile], "server", &[("web", "gunicorn")]);
    check(&text, false);
}

#[test]
fn words_of_a_command_stand_behind_the_entry_point() {
    let image = "FROM python:3.13-slim\nENTRYPOINT [\"gunicorn\", \"shop.wsgi\"]\n";
    let of = |keys: &str| {
        let text = format!("{WEB}{keys}\n");
        facts(&[(PATH, &text), ("Dockerfile", image)], "workers")[0].1.clone()
    };
    assert_eq!(of(""), "1");
    assert_eq!(of("command: --workers 3"), "3");
    assert_eq!(of("command: [--workers, '4']"), "4");
    assert_eq!(of("entrypoint: gunicorn shop.wsgi\ncommand: [-w, '5']"), "5");
    assert_eq!(of("command: --workers ${WORKERS}"), "absent");
    assert_eq!(of("variables: {WEB_CONCURRENCY: 6}"), "6");
    assert_eq!(of("secrets: {WEB_CONCURRENCY: /shop/workers}"), "unknown");
    assert_eq!(of("variables: {WEB_CONCURRENCY: '${WORKERS}'}"), "unknown");
}

#[test]
fn rules_over_the_template_win_over_the_manifest() {
    let of = |keys: &str, id: &str| facts(&[(PATH, &format!("{WEB}{keys}\n"))], id)[0].1.clone();
    let rule = |path: &str, value: &str| {
        format!("taskdef_overrides: [{{path: '{path}', value: {value}}}]")
    };
    let stop = "ContainerDefinitions[0].StopTimeout";
    assert_eq!(of("", "shutdown.grace_s"), "30");
    assert_eq!(of(&rule(stop, "90"), "shutdown.grace_s"), "90");
    assert_eq!(of(&rule("ContainerDefinitions[1].StopTimeout", "90"), "shutdown.grace_s"), "30");
    assert_eq!(of(&rule("Memory", "'2048'"), "machine.memory_mb"), "2048");
    assert_eq!(of(&rule("Cpu", "'1024'"), "machine.cpus"), "1");
    assert_eq!(of(&rule("ContainerDefinitions[0].Command", "[x]"), "server"), "unknown");
}

#[test]
fn checks_and_limits_are_those_of_what_stands_in_front() {
    let of = |text: &str, id: &str| facts(&[(PATH, text)], id)[0].1.clone();
    let with = |keys: &str| WEB.replace("path: /", &format!("path: /, {keys}"));
    assert_eq!(of(WEB, "health_check.path"), "/");
    assert_eq!(of(&with("healthcheck: /up"), "health_check.path"), "/up");
    let check = with("healthcheck: {path: /up, interval: 1m30s, grace_period: 2m}");
    assert_eq!(of(&check, "health_check.interval_s"), "90");
    assert_eq!(of(&check, "health_check.timeout_s"), "5");
    assert_eq!(of(&check, "health_check.grace_s"), "120");
    assert_eq!(of(&with("healthcheck: {port: 9000}"), "health_check.path"), "unknown");
    let is_healthy = "health_check.redirect_is_healthy";
    assert_eq!(of(&with("healthcheck: {success_codes: 200-399}"), is_healthy), "true");
    assert_eq!(of(&with("healthcheck: {success_codes: '200'}"), is_healthy), "false");
    assert_eq!(of(WEB, "router.idle_timeout_s"), "60");
    assert_eq!(of(&with("alb: our-balancer"), "router.idle_timeout_s"), "unknown");
    assert_eq!(of(WEB, "router.https_only"), "absent");
    assert_eq!(of(&with("alias: shop.example.com"), "router.https_only"), "true");
    let plain = with("alias: shop.example.com, redirect_to_https: false");
    assert_eq!(of(&plain, "router.https_only"), "false");
    let backend = "name: web\ntype: Backend Service\nimage: {build: Dockerfile, port: 80, \
                   healthcheck: {command: [CMD-SHELL, 'curl -f http://localhost:8000/up']}}\n";
    assert_eq!(of(backend, "health_check.port"), "8000");
    assert_eq!(of(backend, "health_check.interval_s"), "10");
    assert_eq!(of(backend, "router.idle_timeout_s"), "absent");
    assert_eq!(of(backend, "kind"), "web");
    assert_eq!(of(&backend.replace("port: 80, ", ""), "kind"), "worker");
}

#[test]
fn services_and_jobs_of_copilot_have_what_their_environment_gets() {
    let (worker, api) = ("copilot/worker/manifest.yml", "copilot/api/manifest.yml");
    check_home(
        "copilot-forms",
        &[
            &format!("{worker} - platform copilot"),
            &format!("{worker} worker kind worker"),
            &format!("{worker} worker server celery"),
            &format!("{worker} worker concurrency 2"),
            &format!("{worker} worker machine.cpus 0.25"),
            &format!("{worker} worker scale.max 2"),
            &format!("{worker} worker shutdown.grace_s 120"),
            &format!("{worker} cache server redis"),
            "copilot/report/manifest.yml report kind cron",
            &format!("{api} - platform app-runner"),
            &format!("{api} api kind web"),
            &format!("{api} api server gunicorn"),
            &format!("{api} api workers 2"),
            &format!("{api} api machine.cpus 1"),
            &format!("{api} api health_check.path /healthz"),
        ],
    );
}

#[test]
fn a_procfile_beside_copilot_is_not_that_of_heroku() {
    let platforms = |more: &[&str]| {
        let files = more
            .iter()
            .fold(MemoryFiles::new().with("Procfile", "web: gunicorn shop.wsgi\n"), |all, path| {
                all.with((*path).to_owned(), "application: shop\n")
            });
        let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
        let fact = answer.projects[0].deployments[0].facts.get(FactId::from_name("platform")?)?;
        fact.text().map(str::to_owned)
    };
    assert_eq!(platforms(&[]).as_deref(), Some("heroku"));
    assert_eq!(platforms(&["copilot/.workspace"]), None);
}

//! Services and functions as their platforms run them: which facts a file gives.

use crate::analysis::{Analysis, Options};
use crate::workspace::MemoryFiles;

/// Checks facts of the one process that the files give, as text; `-` for one that is absent.
#[track_caller]
fn check(files: &[(&str, &str)], expect: &[(&str, &str)]) {
    let memory = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let projects = Analysis::open(memory, Options::plain()).unwrap().facts().projects;
    let processes = projects.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes);
    let processes: Vec<_> = processes.collect();
    let [process] = processes.as_slice() else { panic!("{} processes", processes.len()) };
    for (name, value) in expect {
        let id = crate::vocabulary::FactId::from_name(name).unwrap();
        let fact = process.facts.get(id);
        let found = fact.map_or_else(|| "-".to_owned(), |it| it.state.to_string());
        assert_eq!(&found, value, "{name}");
    }
}

/// A Cloud Run service with these lines under `spec.template.spec`, and these in its container.
fn service(spec: &str, container: &str) -> String {
    format!(
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: shop\n  \
         annotations:\n    run.googleapis.com/ingress: all\nspec:\n  template:\n    spec:\n      \
         {spec}\n      containers:\n        - image: shop\n          {container}\n"
    )
}

#[test]
fn the_label_of_its_location_is_the_region_of_a_service() {
    let label = "labels:\n    cloud.googleapis.com/location: europe-west1\n  annotations:";
    let text = service("", "name: shop").replace("annotations:", label);
    check(&[("service.yaml", &text)], &[("platform", "cloud-run"), ("region", "europe-west1")]);
    check(&[("service.yaml", &service("", "name: shop"))], &[("region", "-")]);
}

#[test]
fn a_service_that_says_nothing_gets_the_defaults_of_cloud_run() {
    check(
        &[("service.yaml", &service("", "name: shop"))],
        &[
            ("platform", "cloud-run"),
            ("machine.cpus", "1"),
            ("machine.memory_mb", "512"),
            ("machine.max_memory_mb", "4096"),
            ("router.request_timeout_s", "300"),
            ("router.hard_limit", "80"),
            ("router.port", "8080"),
            ("scale.min", "0"),
            ("scale.stops_when_idle", "true"),
            ("scale.max", "unknown"),
            ("server", "unknown"),
        ],
    );
}

#[test]
fn less_than_a_cpu_takes_one_request_at_once() {
    for (cpu, requests) in [("500m", "1"), ("0.99", "1"), ("1", "80"), ("2000m", "80")] {
        let container = format!("resources: {{ limits: {{ cpu: {cpu} }} }}");
        check(&[("service.yaml", &service("", &container))], &[("router.hard_limit", requests)]);
    }
}

#[test]
fn zero_is_the_default_concurrency() {
    for (written, requests) in [("0", "80"), ("1", "1"), ("250", "250"), ("some", "unknown")] {
        let spec = format!("containerConcurrency: {written}");
        check(&[("service.yaml", &service(&spec, "name: it"))], &[("router.hard_limit", requests)]);
    }
}

#[test]
fn command_replaces_the_entry_point_and_args_what_follows() {
    let image = "FROM python:3.13\nENTRYPOINT [\"gunicorn\"]\nCMD [\"-w\", \"5\", \"shop:app\"]\n";
    for (container, workers) in [
        ("image: gcr.io/example/shop", "5"),
        ("image: gcr.io/example/shop\n          args: [-w, \"3\", \"shop:app\"]", "3"),
        ("image: gcr.io/example/shop\n          command: [gunicorn, -w, \"2\", \"shop:app\"]", "2"),
        // Not an image of the project, so its entry point is not known.
        ("image: postgres\n          args: [-w, \"3\", \"shop:app\"]", "-"),
    ] {
        let text = service("", "name: it").replace("image: shop", container);
        check(&[("service.yaml", &text), ("Dockerfile", image)], &[("workers", workers)]);
    }
}

#[test]
fn knative_on_another_cluster_has_no_limits_that_we_know() {
    let text = service("timeoutSeconds: 7200", "name: it").replace("run.googleapis.com/", "");
    let expect = [
        ("platform", "unknown"),
        ("router.request_timeout_s", "7200"),
        ("router.request_timeout_max_s", "-"),
        ("router.hard_limit", "-"),
        ("machine.memory_mb", "-"),
    ];
    check(&[("service.yaml", &text)], &expect);
}

#[test]
fn the_way_of_scaling_decides_class_and_timeout() {
    for (scaling, class, memory_mb, timeout_s, stops) in [
        ("", "F1", "384", "600", "true"),
        ("automatic_scaling: { min_instances: 1 }", "F1", "384", "600", "false"),
        ("basic_scaling: { max_instances: 2 }", "B2", "768", "86400", "true"),
        ("manual_scaling: { instances: 2 }", "B2", "768", "86400", "false"),
        ("instance_class: F4_1G", "F4_1G", "3072", "600", "true"),
    ] {
        check(
            &[("app.yaml", &format!("runtime: python313\n{scaling}\n"))],
            &[
                ("machine.plan", class),
                ("machine.memory_mb", memory_mb),
                ("router.request_timeout_s", timeout_s),
                ("scale.stops_when_idle", stops),
                ("runtime.python", "3.13"),
            ],
        );
    }
}

#[test]
fn app_engine_chooses_the_server_when_no_entrypoint_is_written() {
    check(&[("app.yaml", "runtime: python313\n")], &[("server", "unknown"), ("workers", "-")]);
    let written = "runtime: python313\nentrypoint: gunicorn -b :$PORT -w 3 main:app\n";
    check(&[("app.yaml", written)], &[("server", "gunicorn"), ("workers", "3")]);
}

#[test]
fn the_flexible_environment_has_the_machine_that_is_written() {
    let text = "runtime: custom\nenv: flex\nresources: { cpu: 2, memory_gb: 2.5 }\n";
    let image = "FROM python:3.12\nCMD gunicorn -w 4 main:app\n";
    check(
        &[("app.yaml", text), ("Dockerfile", image)],
        &[
            ("machine.plan", "-"),
            ("machine.cpus", "2"),
            ("machine.memory_mb", "2560"),
            ("router.request_timeout_s", "-"),
            ("workers", "4"),
            ("runtime.python", "3.12"),
        ],
    );
}

#[test]
fn memory_of_vercel_counts_without_fluid_compute() {
    for (fluid, memory_mb, timeout_s) in
        [("true", "unknown", "300"), ("false", "512", "unknown"), ("\"?\"", "unknown", "300")]
    {
        let function = "{ \"memory\": 512 }";
        let text =
            format!("{{ \"fluid\": {fluid}, \"functions\": {{ \"api/a.py\": {function} }} }}");
        check(
            &[("vercel.json", &text)],
            &[
                ("kind", "function"),
                ("function.memory_mb", memory_mb),
                ("function.timeout_s", timeout_s),
                ("function.package_limit_mb", "5120"),
                ("router.body_limit_mb", "4.5"),
            ],
        );
    }
}

#[test]
fn a_python_framework_is_one_function() {
    for text in [
        "{ \"framework\": \"fastapi\" }",
        "{ \"builds\": [{ \"src\": \"app.py\", \"use\": \"@vercel/python\" }] }",
    ] {
        check(&[("vercel.json", text)], &[("function.timeout_s", "300")]);
    }
}

#[test]
fn what_calls_a_function_of_netlify_decides_how_long_it_may_run() {
    for (table, trigger, timeout_s) in [
        ("[functions.hello]", "function-url", "60"),
        ("[functions.mail-background]", "direct", "900"),
        ("[functions.nightly]\nschedule = \"@daily\"", "schedule", "30"),
    ] {
        let expect = [("function.trigger", trigger), ("function.timeout_s", timeout_s)];
        check(&[("netlify.toml", &format!("{table}\n"))], &expect);
    }
}

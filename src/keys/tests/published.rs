//! Formats whose tables come from what vendors publish: what is right, and what is advised about a
//! key that is not. `tools/keys/check.py` goes through every key; here is one file of each.

use super::diagnostics;
use crate::parse::Syntax;

/// The advice about each unknown key of a text, in the order of the file.
#[track_caller]
fn check(format: &str, syntax: Syntax, text: &str, expect: &[&str]) {
    let (_, found) = diagnostics(format, syntax, text);
    let rules: Vec<_> = found.iter().map(|it| it.rule.as_str()).collect();
    assert!(rules.iter().all(|it| *it == "unknown-key"), "{found:?}");
    let helps: Vec<_> = found.iter().map(|it| it.help.as_deref().unwrap_or_default()).collect();
    assert_eq!(helps, expect, "{found:?}");
}

#[test]
fn chalice() {
    let text = r#"{"version": "2.0", "app_name": "shop", "lambda_timeout": 30, "our_own": 1,
        "stages": {"dev": {"lambda_memory_size": 256, "tags": {"lambda_timeot": "1"},
        "lambda_functions": {"resize": {"reserved_concurrency": 5}}}}}"#;
    check("chalice", Syntax::Json, text, &[]);
    let text = text.replace("reserved_concurrency", "reserved_concurency");
    let text = text.replace("lambda_memory_size", "lamda_memory_size");
    let helps = ["write `lambda_memory_size`", "write `reserved_concurrency`"];
    check("chalice", Syntax::Json, &text, &helps);
}

#[test]
fn zappa() {
    let text = r#"{"dev": {"app_function": "shop.app", "timeout_seconds": 60},
        "production": {"extends": "dev", "memory_size": 1024, "s3_bucket": "b"}}"#;
    check("zappa", Syntax::Json, text, &[]);
    let text =
        text.replace("timeout_seconds", "timeout_second").replace("memory_size", "memorysize");
    check("zappa", Syntax::Json, &text, &["write `timeout_seconds`", "write `memory_size`"]);
}

#[test]
fn digitalocean() {
    let text = "name: shop\nregion: fra\nenvs: [{key: A, value: b, scope: RUN_TIME}]\nservices:\n- \
                name: web\n  http_port: 8080\n  instance_count: 2\n  termination: {drain_seconds: 20}\n  \
                health_check: {http_path: /up}\n  alerts: [{rule: CPU_UTILIZATION}]\n";
    check("digitalocean", Syntax::Yaml, text, &[]);
    let template = format!("spec:\n  {}\n", text.trim_end().replace('\n', "\n  "));
    check("digitalocean", Syntax::Yaml, &template, &[]);
    let wrong = text.replace("instance_count", "instances_count").replace("http_path", "htp_path");
    check("digitalocean", Syntax::Yaml, &wrong, &["write `instance_count`", "write `http_path`"]);
}

#[test]
fn app_engine() {
    let text = "runtime: python313\ninstance_class: F2\nautomatic_scaling:\n  max_instances: 3\n\
                env_variables: {A: b}\nhandlers:\n- {url: /static, static_dir: static}\n\
                vpc_access_connector: {name: a}\n";
    check("app-engine", Syntax::Yaml, text, &[]);
    let wrong = text.replace("instance_class", "instance_clas").replace("max_inst", "max_isnt");
    let helps = ["write `instance_class`", "write `max_instances`"];
    check("app-engine", Syntax::Yaml, &wrong, &helps);
}

#[test]
fn cloud_run() {
    let text = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: shop, annotations: \
                {run.googleapis.com/ingress: all}}\nspec:\n  template:\n    spec:\n      \
                containerConcurrency: 80\n      tolerations: []\n      containers:\n      - image: a\n        \
                resources: {limits: {cpu: 1, memory: 1Gi}}\n        startupProbe: {httpGet: {path: /}}\n";
    check("cloud-run", Syntax::Yaml, text, &[]);
    let wrong = text.replace("containerConcurrency", "containerConcurency");
    let wrong = wrong.replace("startupProbe", "startUpProbe");
    let helps = ["write `containerConcurrency`", "write `startupProbe`"];
    check("cloud-run", Syntax::Yaml, &wrong, &helps);
}

/// systemd itself calls the same keys unknown: see `tools/keys/check.py`.
#[test]
fn systemd() {
    let text = "[Unit]\nDescription=Shop\nX-Owner=us\n[Service]\nExecStart=/bin/true\nExecStartPre=a\n\
                ExecStartPre=b\nRestart=always\nPrivateBPF=yes\n[Install]\nWantedBy=multi-user.target\n";
    check("systemd", Syntax::Unit, text, &[]);
    let wrong = text.replace("Description=Shop", "Restart=always\nEnvironment=A=b");
    let wrong =
        wrong.replace("WantedBy", "WantBy").replace("Restart=always\nPri", "Restrt=always\nPri");
    let helps =
        ["move it to `[Service]`", "move it to `[Service]`", "write `Restart`", "write `WantedBy`"];
    check("systemd", Syntax::Unit, &wrong, &helps);
}

#[test]
fn netlify() {
    let text = "[build]\ncommand = 'make'\npublish = 'dist'\n[build.environment]\nA = 'b'\n\
                [context.production]\ncomand = 'make'\n[functions]\ndirectory = 'f'\n\
                node_bundler = 'esbuild'\n[functions.resize]\nschedule = '@daily'\n\
                [[redirects]]\nfrom = '/a'\nto = '/b'\n[our-own]\na = 1\n";
    check("netlify", Syntax::Toml, text, &[]);
    let wrong = text.replace("publish =", "publsh =").replace("node_bundler", "node_bundlr");
    let wrong = wrong.replace("schedule =", "schedul =");
    let helps = ["write `publish`", "write `node_bundler`", "write `schedule`"];
    check("netlify", Syntax::Toml, &wrong, &helps);
}

#[test]
fn railway() {
    let text = "[build]\nbuilder = 'RAILPACK'\n[deploy]\nstartCommand = 'make run'\n\
                [deploy.multiRegionConfig.eu]\nnumReplicas = 2\n";
    check("railway", Syntax::Toml, text, &[]);
    let wrong = text.replace("startCommand", "startComand").replace("builder", "startCommand");
    let helps = ["write it under `deploy`", "write `startCommand`"];
    check("railway", Syntax::Toml, &wrong, &helps);
}

#[test]
fn vercel() {
    let text = r#"{"$schema": "x", "rewrites": [{"source": "/a", "destination": "/b"}], "public": true,
        "crons": [{"path": "/x", "schedule": "0 0 * * *"}], "routes": [{"src": "/a", "dest": "/b"}],
        "functions": {"api/*.py": {"maxDuration": 60, "regions": ["fra1"]}}}"#;
    check("vercel", Syntax::Json, text, &[]);
    let wrong = text.replace("rewrites", "rewrits").replace("maxDuration", "maxduration");
    let wrong = wrong.replace("schedule", "shedule");
    let helps = ["write `rewrites`", "write `schedule`", "write `maxDuration`"];
    check("vercel", Syntax::Json, &wrong, &helps);
}

/// Each document is judged by its kind; objects of other kinds are not looked into.
#[test]
fn kubernetes() {
    let text = "kind: Service\nspec: {ports: [{port: 80}], selectr: {a: b}}\n---\nkind: Deployment\n\
                apiVersion: apps/v1\nspec:\n  replicas: 2\n  template:\n    spec:\n      \
                terminationGracePeriodSeconds: 60\n      containers:\n        - name: web\n          \
                image: shop\n          livenessProbe: {httpGet: {path: /, port: 80}}\n          \
                resources: {limits: {memory: 1Gi, example.com/gpu: 1}}\n";
    check("kubernetes", Syntax::YamlStream, text, &[]);
    let wrong = text.replace("terminationGrace", "terminationGrac").replace("limits", "limit");
    let helps = ["write `terminationGracePeriodSeconds`", "write `limits`"];
    check("kubernetes", Syntax::YamlStream, &wrong, &helps);
}

#[test]
fn ecs() {
    let text = r#"{"family": "shop", "cpu": "256", "containerDefinitions": [{"name": "web",
        "image": "shop", "stopTimeout": 60, "environment": [{"name": "A", "value": "b"}]}]}"#;
    check("ecs", Syntax::Json, text, &[]);
    let wrong = text.replace("stopTimeout", "stopTimout").replace("\"value\"", "\"valeu\"");
    check("ecs", Syntax::Json, &wrong, &["write `stopTimeout`", "write `value`"]);
}

#[test]
fn kamal() {
    let text = "service: shop\nservers:\n  web: [192.0.2.1]\n  jobs:\n    hosts: [192.0.2.2]\n    \
                cmd: bin/jobs\nproxy:\n  response_timeout: 60\n  healthcheck: {path: /up}\n\
                x-ours: 1\n";
    check("kamal", Syntax::Yaml, text, &[]);
    let wrong = text.replace("response_timeout", "response_timout").replace("cmd", "cmds");
    check("kamal", Syntax::Yaml, &wrong, &["write `cmd`", "write `response_timeout`"]);
}

#[test]
fn app_runner() {
    let text = "version: 1.0\nruntime: python311\nbuild:\n  commands:\n    pre-build: [a]\n    \
                build: [b]\n  env: [{name: A, value: b}]\nrun:\n  runtime-version: 3.11.9\n  \
                command: x\n  network: {port: 8000, env: APP_PORT}\n  \
                secrets: [{name: S, value-from: arn}]\n";
    check("app-runner", Syntax::Yaml, text, &[]);
    let wrong = text.replace("pre-build", "prebuild").replace("value-from", "valueFrom");
    check("app-runner", Syntax::Yaml, &wrong, &["write `pre-build`", "write `value-from`"]);
}

#[test]
fn copilot() {
    let text = "name: web\ntype: Load Balanced Web Service\nimage: {build: {dockerfile: Dockerfile}, \
                port: 80}\nhttp: {path: /, healthcheck: {grace_period: 2m}}\nvariables: {A: b}\n\
                count: {range: 1-3, cpu_percentage: 70}\nx-ours: 1\n\
                environments: {prod: {count: 3, deployment: {rolling: recreate}}}\n";
    check("copilot", Syntax::Yaml, text, &[]);
    let wrong = text.replace("grace_period", "grace_perod").replace("variables", "varables");
    check("copilot", Syntax::Yaml, &wrong, &["write `grace_period`", "write `variables`"]);
    let nested = text.replace("rolling", "roling").replace("dockerfile", "docker_file");
    check("copilot", Syntax::Yaml, &nested, &["write `dockerfile`", "write `rolling`"]);
    // A key that stands in another place.
    let wrong = format!("{text}stop_timeout: 60\nenv: {{A: b}}\n");
    let helps = ["write it as a rule of `taskdef_overrides`", "write `variables`"];
    check("copilot", Syntax::Yaml, &wrong, &helps);
    let service = "name: web\ntype: Request-Driven Web Service\nimage: {location: x, port: 80}\n";
    check("copilot", Syntax::Yaml, service, &[]);
    check("copilot", Syntax::Yaml, &format!("{service}comand: x\n"), &["write `command`"]);
    let site = "name: web\ntype: Static Site\nfiles: [{source: a, recursive: true}]\n";
    check("copilot", Syntax::Yaml, &site.replace("recursive", "recursiv"), &["write `recursive`"]);
}

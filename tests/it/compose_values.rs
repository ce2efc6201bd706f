//! Values that Docker Compose refuses, one by one, against Docker Compose itself.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::cli::Folder;
use crate::compose_oracle::program;
use crate::outputs::run;

/// Lines of a service `a` beside a service `b`.
const SERVICES: &[&str] = &[
    "ports: [\"80:abc\"]",
    "ports: [\"80-90:8000\"]",
    "ports: [\"80-82:8000-8001\"]",
    "ports: [\"80-81:8000-8001\"]",
    "ports: [\"8001-8000\"]",
    "ports: [\"99999:80\"]",
    "ports: [\"80:80/http\"]",
    "ports: [\"80:80/udp\", \"53:53/UDP\", \"1:1/sctp\"]",
    "ports: [\"300.1.1.1:80:80\"]",
    "ports: [\"127.0.0.1::80\", \"[::1]:80:80\", \":80:81\"]",
    "ports: [\"localhost:80:80\"]",
    "ports: [\"a:b:c:d\"]",
    "ports: [{target: 80, published: \"8080\", mode: host}]",
    "ports: [{target: abc}]",
    "ports: [80.5]",
    "ports: [8000, \"8001\"]",
    "ports: [\"\"]",
    "ports: [\"http://x:80\"]",
    "ports: [\"80:\"]",
    "mem_limit: 512 megabytes",
    "mem_limit: 512MB",
    "mem_limit: 512Mi",
    "mem_limit: 512MiB",
    "mem_limit: 1.5g",
    "mem_limit: 1 g",
    "mem_limit: lots",
    "mem_limit: 1073741824",
    "mem_limit: \"-1\"",
    "memswap_limit: -1",
    "memswap_limit: 1Z",
    "mem_reservation: 1q",
    "shm_size: 1XB",
    "shm_size: 64m",
    "deploy: {resources: {limits: {memory: 512X}}}",
    "deploy: {resources: {limits: {memory: 512M}}}",
    "deploy: {resources: {reservations: {memory: half}}}",
    "cpus: two",
    "cpus: \"0.5\"",
    "cpus: 1.5",
    "deploy: {resources: {limits: {cpus: \"0,5\"}}}",
    "deploy: {resources: {limits: {cpus: two}}}",
    "deploy: {resources: {limits: {cpus: \"500m\"}}}",
    "deploy: {resources: {limits: {cpus: \"0.50\"}}}",
    "cpus: 1\n    deploy: {resources: {limits: {cpus: \"2\"}}}",
    "cpus: 2.0\n    deploy: {resources: {limits: {cpus: \"2\"}}}",
    "mem_limit: 512m\n    deploy: {resources: {limits: {memory: 1g}}}",
    "mem_limit: 1024m\n    deploy: {resources: {limits: {memory: 1g}}}",
    "mem_reservation: 512m\n    deploy: {resources: {reservations: {memory: 1g}}}",
    "pids_limit: 10\n    deploy: {resources: {limits: {pids: 20}}}",
    "scale: 2\n    deploy: {replicas: 3}",
    "scale: 3\n    deploy: {replicas: 3}",
    "network_mode: host\n    networks: [default]",
    "network_mode: host\n    networks: []",
    "stop_grace_period: \"10\"",
    "stop_grace_period: 10 seconds",
    "stop_grace_period: 1m30s",
    "stop_grace_period: 1d",
    "stop_grace_period: \"0\"",
    "healthcheck: {test: [\"CMD\", \"x\"], interval: ten}",
    "healthcheck: {test: [\"CMD\", \"x\"], interval: \"30\"}",
    "healthcheck: {test: [\"CMD\", \"x\"], interval: 30s, timeout: 1.5s, start_period: 1h}",
    "healthcheck: {test: [\"CMD\", \"x\"], start_interval: 5 s}",
    "healthcheck: {test: [\"curl\", \"x\"]}",
    "healthcheck: {test: [\"cmd\", \"x\"]}",
    "healthcheck: {test: [\"CMD-SHELL\", \"x\"]}",
    "healthcheck: {test: [\"NONE\"]}",
    "healthcheck: {test: curl x}",
    "healthcheck: {test: [\"CMD\", \"x\"], retries: many}",
    "healthcheck: {test: [\"CMD\", \"x\"], retries: \"3\"}",
    "volumes: [{type: bind, target: /b}]",
    "volumes: [{type: bind, source: ./a, target: /b}]",
    "volumes: [{type: tmpfs, target: /b}]",
    "ulimits: {nofile: many}",
    "ulimits: {nofile: {soft: 10}}",
    "ulimits: {nofile: {soft: 10, hard: 20}, nproc: 5}",
    "extra_hosts: [\"a\"]",
    "extra_hosts: [\"a:1.2.3.4\", \"b=1.2.3.4\", \"c:host-gateway\"]",
    "pull_policy: sometimes",
    "pull_policy: daily",
    "pull_policy: every_12h",
    "deploy: {replicas: two}",
    "deploy: {replicas: \"2\"}",
    "deploy: {update_config: {parallelism: x}}",
    "deploy: {update_config: {delay: 10s, monitor: 5}}",
    "deploy: {restart_policy: {delay: 5 s}}",
    "deploy: {restart_policy: {max_attempts: few}}",
    "pids_limit: many",
    "attach: \"x\"",
    "read_only: \"yes\"",
    "read_only: enabled",
    "init: \"true\"",
    "tty: \"2\"",
    "privileged: \"on\"",
    "cpu_shares: x",
    "cpu_shares: \"512\"",
];

/// Whole files.
const FILES: &[&str] = &[
    "services: {\"a b\": {image: x}}",
    "services: {a.b_c-D9: {image: x}}",
    "services:\n  a:\n  b: {image: x}",
    "services: {a: {image: x, networks: [n]}}\nnetworks: {n: {external: maybe}}",
    "services: {a: {image: x, networks: [n]}}\nnetworks: {n: {external: \"true\"}}",
    "services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {}}",
    "services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {file: ./a, environment: B}}",
    "services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {environment: B}}",
    "services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {external: true}}",
    "services: {a: {image: x, configs: [s]}}\nconfigs: {s: {content: a}}",
    "services: {a: {image: x, configs: [s]}}\nconfigs: {s: {content: a, file: ./b}}",
    "services:\n\ta: {image: x}",
    "services:\n  a:\n    \timage: x",
    "services: {\n\ta: {\n\timage: x}}",
    "services:\n  a:\n    image: x\n\tports: [\"80\"]",
];

#[test]
fn values_are_refused_as_docker_compose_refuses_them() {
    let Some(program) = program() else { return };
    let services = SERVICES
        .iter()
        .map(|it| format!("services:\n  a:\n    image: x\n    {it}\n  b:\n    image: y\n"));
    let cases: Vec<String> = services.chain(FILES.iter().map(|it| format!("{it}\n"))).collect();
    let folder = cases.iter().enumerate().fold(Folder::new("compose-values"), |it, (idx, text)| {
        it.with(&format!("p{idx}/compose.yaml"), text)
    });
    let found = run(folder.path(), &["check", "--format", "json", "."], &[]);
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    let errors = report["diagnostics"].as_array().unwrap().iter();
    let errors = errors.filter(|it| it["severity"] == "error");
    let told: BTreeSet<&str> =
        errors.filter_map(|it| it["primary"]["path"].as_str()?.split('/').next()).collect();
    let mut wrong = Vec::new();
    for (idx, text) in cases.iter().enumerate() {
        let name = format!("p{idx}");
        let mut compose = Command::new(&program);
        let compose = compose.args(["config", "--quiet"]).current_dir(folder.path().join(&name));
        let output = compose.output().unwrap();
        let is_refused = !output.status.success();
        if is_refused != told.contains(name.as_str()) {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!("refused there: {is_refused}\n{text}{said}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

//! Values of a Knative service that gcloud refuses, as its own reader said of each:
//! `DictToMessageWithErrorCheck` of Google Cloud SDK, with the messages of `run` v1.

use crate::refusals::refusals;

/// Lines of a container.
const CONTAINER: &[(bool, &str)] = &[
    (true, "env: [{name: A, value: 1}]"),
    (false, "env: [{name: A, value: \"1\"}]"),
    (true, "env: [{name: A, value: true}]"),
    (true, "env: [{name: A, value: 1.5}]"),
    (false, "ports: [{containerPort: \"8080\"}]"),
    (false, "ports: [{containerPort: 8080}]"),
    (true, "args: [--port, 8080]"),
    (false, "args: [--port, \"8080\"]"),
    (false, "args: x"),
    (false, "command: [a]"),
    (false, "resources: {limits: {cpu: \"1\", memory: 512Mi}}"),
];

/// Keys beside the name of the service.
const METADATA: &[(bool, &str)] = &[
    (true, "annotations: {autoscaling.knative.dev/maxScale: 10}"),
    (false, "annotations: {autoscaling.knative.dev/maxScale: \"10\"}"),
    (true, "annotations: {run.googleapis.com/cpu-throttling: false}"),
    (true, "labels: {a: 1}"),
    (false, "labels: {a: b}"),
];

#[test]
fn values_are_refused_as_gcloud_refuses_them() {
    let containers =
        CONTAINER.iter().map(|(is_refused, line)| (is_refused, "labels: {a: b}", *line));
    let metadata = METADATA.iter().map(|(is_refused, keys)| (is_refused, *keys, "name: web"));
    let mut wrong = Vec::new();
    for (is_refused, keys, line) in containers.chain(metadata) {
        let text = format!(
            "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: web, {keys}}}\n\
             spec:\n  template:\n    spec:\n      containers:\n        - image: shop:1\n          {line}\n"
        );
        let said = refusals("service.yaml", &text);
        if *is_refused == said.is_empty() {
            wrong.push(format!("refused there: {is_refused}, {keys}, {line}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

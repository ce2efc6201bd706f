//! Values that Kubernetes refuses: those that kubectl cannot read, as it said of each, and those that the
//! API finds wrong, by its source.

use crate::refusals::refusals;

/// What `validation.go` of `pkg/apis/core` and `pkg/apis/apps` of Kubernetes 1.32 refuses, and its
/// neighbours that it takes. Lines of a container; `\n` and less indentation lead out of it.
const VALIDATED: &[(bool, &str)] = &[
    (true, "resources: {limits: {memory: -1Gi}}"),
    (true, "resources: {limits: {memory: 256Mi}, requests: {memory: 512Mi}}"),
    (false, "resources: {limits: {memory: 1Gi}, requests: {memory: 1024Mi}}"),
    (true, "resources: {limits: {cpu: 100m}, requests: {cpu: 1}}"),
    (false, "resources: {requests: {cpu: 1}}"),
    (true, "ports: [{containerPort: 80000}]"),
    (true, "ports: [{containerPort: 0}]"),
    (true, "ports: [{containerPort: 80, name: a-very-long-port-name}]"),
    (true, "ports: [{containerPort: 80, name: HTTP}]"),
    (true, "ports: [{containerPort: 80, name: \"80\"}]"),
    (true, "ports: [{containerPort: 80, name: a--b}]"),
    (true, "ports: [{containerPort: 80, name: http}, {containerPort: 81, name: http}]"),
    (false, "ports: [{containerPort: 80, name: http-8}, {containerPort: 81, name: metrics}]"),
    (true, "ports: [{containerPort: 80, protocol: http}]"),
    (true, "ports: [{containerPort: 80, protocol: tcp}]"),
    (false, "ports: [{containerPort: 80, protocol: UDP}]"),
    (true, "livenessProbe: {periodSeconds: 5}"),
    (true, "livenessProbe: {httpGet: {path: /, port: 80}, tcpSocket: {port: 80}}"),
    (true, "livenessProbe: {httpGet: {path: /, port: 80}, successThreshold: 2}"),
    (false, "readinessProbe: {httpGet: {path: /, port: 80}, successThreshold: 2}"),
    (true, "readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: -1}"),
    (true, "startupProbe: {tcpSocket: {port: 70000}}"),
    (false, "startupProbe: {exec: {command: [ls]}, failureThreshold: 30}"),
    (true, "env: [{name: A, value: a, valueFrom: {secretKeyRef: {name: a, key: b}}}]"),
    (false, "env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]"),
    (true, "imagePullPolicy: always"),
    (false, "imagePullPolicy: IfNotPresent"),
    (true, "volumeMounts: [{name: data, mountPath: /data}]"),
    (
        false,
        "volumeMounts: [{name: data, mountPath: /data}]\n      volumes: [{name: data, emptyDir: {}}]",
    ),
    (
        true,
        "volumeMounts: [{name: a, mountPath: /d}, {name: b, mountPath: /d}]\n      \
         volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]",
    ),
    (true, "tty: true\n      restartPolicy: OnFailure"),
    (false, "tty: true\n      restartPolicy: Always"),
    (true, "tty: true\n        - {name: web, image: other}"),
    (true, "tty: true\n        - {name: My_App, image: other}"),
    (false, "tty: true\n        - {name: my-app, image: other}"),
];

#[test]
fn values_are_refused_as_kubectl_and_the_api_refuse_them() {
    let recorded = include_str!("../oracle/kubernetes.txt");
    let recorded = recorded.lines().filter(|it| !it.starts_with('#')).map(|line| {
        let (verdict, rest) = line.split_once(' ').expect("a verdict and a line");
        (verdict == "refused", rest.trim())
    });
    let mut wrong = Vec::new();
    let mut count = 0;
    for (is_refused, line) in recorded.chain(VALIDATED.iter().copied()) {
        count += 1;
        let said = errors(line);
        if is_refused == said.is_empty() {
            wrong.push(format!("refused there: {is_refused}, {line}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 110, "{count}");
}

/// What is wrong with a Deployment, by the keys of its manifest.
fn errors(line: &str) -> Vec<String> {
    let (metadata, line) = match line.strip_prefix("metadata ") {
        Some(line) => (line, "tty: false"),
        None => ("labels: {app: web}", line),
    };
    let metadata = match metadata.starts_with("labels") {
        true => metadata.to_owned(),
        false => format!("labels: {{app: web}}, {metadata}"),
    };
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{{metadata}}}\n    \
         spec:\n      containers:\n        - name: web\n          image: shop:1\n          {line}\n"
    );
    refusals("deployment.yaml", &text)
}

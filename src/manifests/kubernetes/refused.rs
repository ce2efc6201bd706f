//! What Kubernetes refuses of a workload: values of another type than its own, and values that its
//! API finds wrong. Nothing of the object is changed then.
//!
//! What an overlay may still replace is left alone, and so is what an engine for templates fills in.
//!
//! Sources: types of `k8s.io/api` 1.32, whose reading of each form kubectl 1.32.4 was asked for
//! (`kubectl set serviceaccount --local`); `pkg/apis/core/validation/validation.go` and
//! `pkg/apis/apps/validation/validation.go` of Kubernetes 1.32.

use std::collections::HashSet;

use super::Workload;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node, NodeKind};
use crate::fact::Value;
use crate::fix::{Change, Safety};
use crate::manifests::read;
use crate::quantity::{MEGABYTE, kubernetes};
use crate::source::{SourceMap, Span};

/// Words that YAML 1.1 takes for true and false: the API server reads that version.
const SWITCHES: &[&str] = &[
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
    "OFF",
];

/// Probes, and whether one success must be enough for them.
const PROBES: &[(&str, bool)] =
    &[("livenessProbe", true), ("readinessProbe", false), ("startupProbe", true)];

/// Ways in which a probe asks.
const HANDLERS: &[&str] = &["exec", "grpc", "httpGet", "tcpSocket"];

/// Numbers of a probe, which may not be below zero.
const NUMBERS: &[&str] = &[
    "failureThreshold",
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "timeoutSeconds",
];

/// Bytes of a gigabyte.
const GIGABYTE: f64 = 1024.0 * MEGABYTE as f64;

/// Longest name of a port.
const PORT_NAME_MAX: usize = 15;

/// What is refused of the objects of a file.
pub(super) fn told(sources: &SourceMap, objects: &[&Node]) -> Vec<Diagnostic> {
    let mut refused = Refused { sources, found: Vec::new() };
    for object in objects {
        match object.get("kind").and_then(Node::as_str) {
            Some("ConfigMap") => refused.data(object.get("data"), "data"),
            Some("Secret") => refused.data(object.get("stringData"), "stringData"),
            Some("HorizontalPodAutoscaler") => refused.scaler(object),
            _ => {}
        }
        if let Some(workload) = Workload::of(object) {
            refused.workload(&workload);
        }
    }
    refused.found
}

struct Refused<'a> {
    sources: &'a SourceMap,
    found: Vec<Diagnostic>,
}

impl Refused<'_> {
    fn add(&mut self, span: Span, message: String, label: &str, help: impl Into<String>) {
        let label = Label::new(span, label);
        let found = Diagnostic::new("value-not-allowed", Severity::Error, message, label);
        self.found.push(found.with_help(help));
    }

    /// Source: `ValidateHorizontalPodAutoscaler` of `pkg/apis/autoscaling/validation`.
    fn scaler(&mut self, object: &Node) {
        let number = |key: &str| {
            let node = object.at(&["spec", key])?;
            Some((node, read::int(node)?))
        };
        let Some((most, max)) = number("maxReplicas") else { return };
        if max < 1 {
            let message = format!("`maxReplicas` cannot be {max}");
            self.add(most.span, message, "no pod", "write the most pods that may run, at least 1");
            return;
        }
        if let Some((least, min)) = number("minReplicas").filter(|it| it.1 > max) {
            let message = format!("`minReplicas` is {min}, but `maxReplicas` is {max}");
            let found = Diagnostic::new(
                "contradicting-keys",
                Severity::Error,
                message,
                Label::new(least.span, ""),
            );
            let help = format!("write at most {max}, or raise `maxReplicas`");
            self.found.push(found.with_related(most.span, "the most").with_help(help));
        }
    }

    fn workload(&mut self, workload: &Workload<'_>) {
        if let Some(name) = workload.object.at(&["metadata", "name"]) {
            self.name(name, "metadata.name", 253, true);
        }
        for of in [workload.object, workload.pod] {
            for key in ["labels", "annotations"] {
                self.texts(of.at(&["metadata", key]), key);
            }
        }
        if let Some(replicas) = workload.object.at(&["spec", "replicas"]) {
            self.count(replicas, "replicas");
        }
        let spec = workload.pod.get("spec");
        if let Some(policy) = spec.and_then(|it| it.get("restartPolicy"))
            && matches!(workload.kind(), "Deployment" | "StatefulSet" | "DaemonSet")
            && read::plain_text(policy).is_some_and(|it| it != "Always")
        {
            let message = format!("a {} can only have `restartPolicy: Always`", workload.kind());
            self.add(policy.span, message, "not for this kind", "remove it, or write `Always`");
        }
        let mut names = HashSet::new();
        for key in ["initContainers", "containers"] {
            let all = spec.and_then(|it| it.get(key)).map(Node::elements).unwrap_or_default();
            for container in all {
                if let Some(name) = container.get("name") {
                    self.name(name, "the name of the container", 63, false);
                    if read::plain_text(name).is_some_and(|it| !names.insert(it)) {
                        let message = "two containers of the pod have the same name".to_owned();
                        self.add(name.span, message, "again", "give each a name of its own");
                    }
                }
                self.container(container);
                self.mounts(container, workload);
            }
        }
    }

    fn container(&mut self, container: &Node) {
        for key in ["command", "args"] {
            let words = container.get(key).map(Node::elements).unwrap_or_default();
            words.iter().for_each(|it| self.text(it, &format!("an element of `{key}`")));
        }
        for variable in container.get("env").map(Node::elements).unwrap_or_default() {
            self.variable(variable);
        }
        self.ports(container.get("ports").map(Node::elements).unwrap_or_default());
        self.resources(container);
        for (key, is_once) in PROBES {
            if let Some(probe) = container.get(key) {
                self.probe(probe, key, *is_once);
            }
        }
        if let Some(policy) = container.get("imagePullPolicy")
            && let Some(text) = read::plain_text(policy)
            && !["", "Always", "IfNotPresent", "Never"].contains(&text.as_str())
        {
            let message = format!("`imagePullPolicy` cannot be `{text}`");
            let help = "write `Always`, `IfNotPresent` or `Never`";
            self.add(policy.span, message, "no such policy", help);
        }
    }

    /// Values of a table that must be text.
    fn texts(&mut self, table: Option<&Node>, what: &str) {
        for entry in table.map(Node::entries).unwrap_or_default() {
            self.text(&entry.value, &format!("`{}` of `{what}`", entry.key.value));
        }
    }

    /// A value that must be text, and that the older YAML takes for something else without quotes. What
    /// every YAML takes for a number or a switch is told with the types of keys.
    fn text(&mut self, node: &Node, what: &str) {
        let shape = match &node.kind {
            NodeKind::String(it) if SWITCHES.contains(&it.value.as_str()) => "true or false",
            NodeKind::String(it) if is_old_number(&it.value) => "a number",
            _ => return,
        };
        self.quoted(node, what, shape);
    }

    /// Values of objects that have no table of keys.
    fn data(&mut self, table: Option<&Node>, key: &str) {
        for entry in table.map(Node::entries).unwrap_or_default() {
            let what = format!("`{}` of `{key}`", entry.key.value);
            match entry.value.kind {
                NodeKind::Bool(_) => self.quoted(&entry.value, &what, "true or false"),
                NodeKind::Integer(_) | NodeKind::Float(_) => {
                    self.quoted(&entry.value, &what, "a number");
                }
                _ => self.text(&entry.value, &what),
            }
        }
    }

    /// Says that a value needs quotes, unless it has some, or a tag that says what it is.
    fn quoted(&mut self, node: &Node, what: &str, shape: &str) {
        let written = self.sources.text(node.span);
        let before = &self.sources.file(node.span.file).text()[..node.span.start as usize];
        if written.starts_with(['"', '\'', '|', '>']) || before.trim_end().ends_with("!!str") {
            return;
        }
        let message = format!("{what} must be a string, not {shape}");
        let label = Label::new(node.span, shape);
        let change = Change::Rewrite { at: node.span, to: Value::Text(written.to_owned()) };
        self.found.push(
            Diagnostic::new("wrong-type", Severity::Error, message, label)
                .with_fix("put it in quotes", Safety::Safe, change)
                .with_help("put it in quotes"),
        );
    }

    fn variable(&mut self, variable: &Node) {
        let Some(value) = variable.get("value") else { return };
        let name = variable.get("name").and_then(Node::as_str).unwrap_or("env");
        self.text(value, &format!("the value of `{name}`"));
        let is_given = value.as_str().is_some_and(|it| !it.is_empty());
        if let Some(from) = variable.get("valueFrom").filter(|_| is_given) {
            let message = format!("`{name}` has `value` and `valueFrom`, and may have only one");
            let label = Label::new(from.span, "");
            self.found.push(
                Diagnostic::new("contradicting-keys", Severity::Error, message, label)
                    .with_related(value.span, "the other")
                    .with_help("remove one of them"),
            );
        }
    }

    fn ports(&mut self, ports: &[Node]) {
        let mut names = HashSet::new();
        for port in ports {
            if let Some(number) = port.get("containerPort") {
                self.port(number, "containerPort");
            }
            if let Some(protocol) = port.get("protocol")
                && let Some(text) = read::plain_text(protocol)
                && !["", "TCP", "UDP", "SCTP"].contains(&text.as_str())
            {
                let message = format!("`protocol` of a port cannot be `{text}`");
                self.add(protocol.span, message, "no such protocol", "write `TCP` or `UDP`");
            }
            let Some((node, name)) =
                port.get("name").and_then(|it| Some((it, read::plain_text(it)?)))
            else {
                continue;
            };
            if !is_port_name(&name) {
                let message = format!("`{name}` cannot be the name of a port");
                let help = "write at most 15 letters in lower case, digits and `-`";
                self.add(node.span, message, "not a name", help);
            } else if !names.insert(name) {
                let message = "two ports of the container have the same name".to_owned();
                self.add(node.span, message, "again", "give each a name of its own");
            }
        }
    }

    fn port(&mut self, node: &Node, key: &str) {
        if let NodeKind::Integer(it) = node.kind
            && !(1..=65535).contains(&it)
        {
            let message = format!("`{key}` is {it}, but must be from 1 to 65535");
            let label = Label::new(node.span, "no port");
            let found = Diagnostic::new("value-out-of-range", Severity::Error, message, label);
            self.found.push(found);
        }
    }

    fn count(&mut self, node: &Node, key: &str) {
        if let NodeKind::Integer(it) = node.kind
            && it < 0
        {
            let message = format!("`{key}` is {it}, but must be at least 0");
            let label = Label::new(node.span, "below zero");
            let found = Diagnostic::new("value-out-of-range", Severity::Error, message, label);
            self.found.push(found);
        }
    }

    fn resources(&mut self, container: &Node) {
        for key in ["limits", "requests"] {
            let table = container.at(&["resources", key]).map(Node::entries).unwrap_or_default();
            for entry in table {
                self.amount(entry);
                self.unit(entry, container);
            }
        }
        for name in ["cpu", "memory", "ephemeral-storage"] {
            let at = |key: &str| container.at(&["resources", key, name]);
            let (Some(request), Some(limit)) = (at("requests"), at("limits")) else { continue };
            let amount = |it: &Node| kubernetes::amount(&read::plain_text(it)?);
            if let (Some(wanted), Some(most)) = (amount(request), amount(limit))
                && wanted > most
            {
                let text = |it: &Node| read::scalar_text(it).unwrap_or_default();
                let message = format!(
                    "the container requests {} of {name} and is limited to {}, and Kubernetes \
                     refuses that",
                    text(request),
                    text(limit)
                );
                let found = Diagnostic::new(
                    "contradicting-keys",
                    Severity::Error,
                    message,
                    Label::new(request.span, ""),
                );
                let found = found.with_related(limit.span, "the limit");
                self.found.push(found.with_help("request at most as much as the limit"));
            }
        }
    }

    fn amount(&mut self, entry: &Entry) {
        let Some(text) = read::plain_text(&entry.value) else { return };
        if kubernetes::amount(&text).is_some_and(|it| it >= 0.0) {
            return;
        }
        let name = entry.key.value.as_str();
        let help = match name {
            "cpu" => "write a number of CPUs or thousandths of one: `0.5`, `500m`".to_owned(),
            _ => match text.trim_end_matches(['B', 'b']) {
                short if kubernetes::amount(short).is_some() => format!("write `{short}`"),
                _ => "write a number with a suffix: `512Mi`, `1Gi`".to_owned(),
            },
        };
        self.add(entry.value.span, format!("`{name}` cannot be `{text}`"), "not an amount", help);
    }

    /// Amounts that Kubernetes takes, and that are plainly of another unit: `512m` of memory is half a byte, and
    /// 500 CPUs are on no machine that has little memory.
    fn unit(&mut self, entry: &Entry, container: &Node) {
        let amount = |it: &Node| kubernetes::amount(&read::plain_text(it)?);
        let Some(it) = amount(&entry.value).filter(|it| *it > 0.0) else { return };
        let text = read::plain_text(&entry.value).unwrap_or_default();
        let number = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
        let memory = ["requests", "limits"]
            .into_iter()
            .find_map(|key| amount(container.at(&["resources", key, "memory"])?));
        let (what, help) = match entry.key.value.as_str() {
            "memory" if it < MEGABYTE as f64 => {
                let whole = it >= 1.0;
                let bytes =
                    if whole { format!("{it} bytes") } else { "less than a byte".to_owned() };
                (bytes, format!("write `{number}Mi`"))
            }
            "cpu" if it >= 100.0 && memory.is_some_and(|memory| memory / it < GIGABYTE / 10.0) => {
                (format!("{it} whole CPUs"), format!("write `{number}m` for thousandths of a CPU"))
            }
            _ => return,
        };
        let message = format!("`{}: {text}` is {what}", entry.key.value);
        let label = Label::new(entry.value.span, "another unit is meant");
        let found = Diagnostic::new("value-out-of-range", Severity::Warning, message, label);
        self.found.push(found.with_help(help));
    }

    fn probe(&mut self, probe: &Node, key: &str, is_once: bool) {
        let given: Vec<&Node> = HANDLERS.iter().filter_map(|it| probe.get(it)).collect();
        match given.as_slice() {
            [] if !probe.entries().is_empty() => {
                let message = format!("`{key}` does not say what it asks");
                let help = "write `httpGet`, `tcpSocket`, `exec` or `grpc` in it";
                self.add(probe.span, message, "asks nothing", help);
            }
            [first, second, ..] => {
                let message = format!("`{key}` asks in two ways, and may in one");
                let label = Label::new(second.span, "");
                self.found.push(
                    Diagnostic::new("contradicting-keys", Severity::Error, message, label)
                        .with_related(first.span, "the other")
                        .with_help("remove one of them"),
                );
            }
            _ => {}
        }
        for number in NUMBERS {
            if let Some(node) = probe.get(number) {
                self.count(node, number);
            }
        }
        if let Some(node) = probe.get("successThreshold").filter(|_| is_once)
            && read::int(node).is_some_and(|it| it > 1)
        {
            let message = format!("`successThreshold` of a `{key}` must be 1");
            self.add(node.span, message, "more than one", "remove it");
        }
        for handler in ["httpGet", "tcpSocket"] {
            if let Some(port) = probe.at(&[handler, "port"])
                && matches!(port.kind, NodeKind::Integer(_))
            {
                self.port(port, "port");
            }
        }
    }

    /// Volumes that are mounted must be there, each at a place of its own.
    fn mounts(&mut self, container: &Node, workload: &Workload<'_>) {
        let volumes = workload.pod.at(&["spec", "volumes"]);
        if volumes.is_some_and(|it| !matches!(it.kind, NodeKind::List(_) | NodeKind::Null)) {
            return;
        }
        let volumes = volumes.map(Node::elements).unwrap_or_default();
        let claims = workload.object.at(&["spec", "volumeClaimTemplates"]).map(Node::elements);
        let claims =
            claims.unwrap_or_default().iter().filter_map(|it| it.at(&["metadata", "name"]));
        let all: Vec<Option<String>> = volumes
            .iter()
            .filter_map(|it| it.get("name"))
            .chain(claims)
            .map(read::plain_text)
            .collect();
        let mut places = HashSet::new();
        for mount in container.get("volumeMounts").map(Node::elements).unwrap_or_default() {
            let name = mount.get("name").and_then(|it| Some((it, read::plain_text(it)?)));
            if let Some((node, name)) = name
                && all.iter().all(|it| it.as_ref().is_some_and(|it| *it != name))
            {
                let message = format!("the pod has no volume `{name}`, so Kubernetes refuses it");
                let label = Label::new(node.span, "");
                let found = Diagnostic::new("name-not-defined", Severity::Error, message, label);
                self.found
                    .push(found.with_help(format!("add `{name}` below `volumes:` of the pod")));
            }
            if let Some(node) = mount.get("mountPath")
                && read::plain_text(node).is_some_and(|it| !it.is_empty() && !places.insert(it))
            {
                let message = "two volumes are mounted at the same path".to_owned();
                self.add(node.span, message, "again", "mount each at a path of its own");
            }
        }
    }

    /// A name of lower-case letters, digits and `-`, and where it may have them, dots.
    fn name(&mut self, node: &Node, what: &str, most: usize, may_have_dots: bool) {
        let Some(text) = read::plain_text(node).filter(|it| !it.is_empty()) else { return };
        let is_end = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
        let parts: Vec<&str> = if may_have_dots { text.split('.').collect() } else { vec![&text] };
        let is_part = |it: &&str| {
            it.starts_with(is_end)
                && it.ends_with(is_end)
                && it.chars().all(|it| is_end(it) || it == '-')
        };
        if text.len() <= most && parts.iter().all(is_part) {
            return;
        }
        let message = format!("{what} cannot be `{text}`");
        let help = format!("write at most {most} letters in lower case, digits and `-`");
        self.add(node.span, message, "not a name", help);
    }
}

/// Whether YAML 1.1 alone takes a text for a number: `1_000`, `0b11`.
fn is_old_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(bits) = unsigned.strip_prefix("0b") {
        return !bits.is_empty() && bits.chars().all(|it| matches!(it, '0' | '1' | '_'));
    }
    unsigned.contains('_')
        && unsigned.starts_with(|it: char| it.is_ascii_digit())
        && unsigned.replace('_', "").parse::<f64>().is_ok()
}

/// Source: `IsValidPortName` of `k8s.io/apimachinery`
fn is_port_name(text: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    text.len() <= PORT_NAME_MAX
        && text.chars().all(|it| is_letter(it) || it == '-')
        && text.contains(|it: char| it.is_ascii_lowercase())
        && text.starts_with(is_letter)
        && text.ends_with(is_letter)
        && !text.contains("--")
}

//! Events and pods of Kubernetes as `kubectl get … -o json` has them.
//!
//! Source: kubernetes.io/docs/reference/kubernetes-api/, Event v1 and ContainerStatus.

use serde_json::Value;

use crate::sample::{Event, Incident, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::{at, number, text};

/// An element of `items`: a Pod or an Event.
pub(super) fn read(value: &Value, sink: &mut dyn Sink) -> Option<Source> {
    match text(value, &["kind"])? {
        "Pod" => read_pod(value, sink),
        "Event" => read_event(value, sink),
        "PodMetrics" => read_metrics(value, sink),
        _ => None,
    }
}

/// Restarts of the containers of a pod, and why the last one was.
fn read_pod(value: &Value, sink: &mut dyn Sink) -> Option<Source> {
    let subject = Subject::Container(text(value, &["metadata", "name"])?);
    for container in at(value, &["status", "containerStatuses"])?.as_array()? {
        let last = at(container, &["lastState", "terminated"]);
        let ended = last.and_then(|it| text(it, &["finishedAt"])).and_then(Time::from_iso);
        let mut take = |incident, count| {
            let event = Event::Incident(incident, count);
            sink.take(Sample { source: Source::Kubernetes, subject, time: ended, event });
        };
        let restarts = number(container, &["restartCount"]).unwrap_or(0.0);
        if restarts > 0.0 {
            take(Incident::Restarted, restarts as u64);
        }
        let Some(last) = last else { continue };
        if text(last, &["reason"]) == Some("OOMKilled") {
            take(Incident::MemoryKilled, 1);
        } else if number(last, &["exitCode"]) == Some(137.0) {
            take(Incident::Killed, 1);
        }
    }
    Some(Source::Kubernetes)
}

/// An event about a pod. Reasons are a vocabulary of the kubelet's.
fn read_event(value: &Value, sink: &mut dyn Sink) -> Option<Source> {
    let object = at(value, &["involvedObject"]).or_else(|| at(value, &["regarding"]))?;
    if text(object, &["kind"]) != Some("Pod") {
        return Some(Source::Kubernetes);
    }
    let subject = Subject::Container(text(object, &["name"])?);
    let incident = match text(value, &["reason"])? {
        "OOMKilling" => Incident::MemoryKilled,
        "BackOff" => Incident::Restarted,
        _ => return Some(Source::Kubernetes),
    };
    let time = text(value, &["lastTimestamp"]).and_then(Time::from_iso);
    let count = number(value, &["count"]).unwrap_or(1.0).max(1.0);
    let event = Event::Incident(incident, count as u64);
    sink.take(Sample { source: Source::Kubernetes, subject, time, event });
    Some(Source::Kubernetes)
}

/// What `kubectl top` asks for: `kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods`.
fn read_metrics(value: &Value, sink: &mut dyn Sink) -> Option<Source> {
    let subject = Subject::Container(text(value, &["metadata", "name"])?);
    let time = text(value, &["timestamp"]).and_then(Time::from_iso);
    let containers = at(value, &["containers"])?.as_array()?;
    let sizes = containers
        .iter()
        .map(|it| crate::number::bytes(text(it, &["usage", "memory"])?.as_bytes()));
    let used: f64 = sizes.sum::<Option<f64>>()?;
    let event = Event::Memory(crate::sample::Of::Instance, used);
    sink.take(Sample { source: Source::KubectlTop, subject, time, event });
    Some(Source::KubectlTop)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_json;
    use super::*;

    #[test]
    fn pods_tell_why_they_were_restarted() {
        check_json(
            r#"{"kind":"Pod","metadata":{"name":"web-6d8f7c9b4-x2x9z"},"status":{"containerStatuses":[{"name":"web","restartCount":3,"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-11-28T15:00:00Z"}}}]}}"#,
            Source::Kubernetes,
            &[
                r#"kubernetes Container("web-6d8f7c9b4-x2x9z") 2026-11-28T15:00:00Z Incident(Restarted, 3)"#,
                r#"kubernetes Container("web-6d8f7c9b4-x2x9z") 2026-11-28T15:00:00Z Incident(MemoryKilled, 1)"#,
            ],
        );
    }

    #[test]
    fn metrics_tell_the_memory_of_a_pod() {
        check_json(
            r#"{"kind":"PodMetrics","metadata":{"name":"web-0"},"timestamp":"2026-11-28T15:00:00Z","containers":[{"usage":{"memory":"1024Ki"}},{"usage":{"memory":"1Mi"}}]}"#,
            Source::KubectlTop,
            &[r#"kubectl-top Container("web-0") 2026-11-28T15:00:00Z Memory(Instance, 2097152.0)"#],
        );
    }
}

//! Metrics by their names, as Prometheus, Fly.io and Render have them, and series of the HTTP APIs of
//! Prometheus and Render.
//!
//! Sources: prometheus.io/docs/prometheus/latest/querying/api/ (series), prometheus/client_python
//! (`process_resident_memory_bytes`), google/cadvisor docs/storage/prometheus.md (containers),
//! fly.io/docs/monitoring/metrics/ (instances), render.com/docs/metrics-streams-reference.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::sample::{Bucket, Event, Incident, Of, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::{State, at, number, text};

/// Histograms of response times, in the order in which one is preferred, with the seconds of a unit.
pub(crate) const HISTOGRAMS: &[(&str, f64)] = &[
    ("fly_edge_http_response_time_seconds", 1.0),
    ("fly_app_http_response_time_seconds", 1.0),
    ("http_server_request_duration_seconds", 1.0),
    ("http_server_duration_milliseconds", 1e-3),
    ("http_request_duration_seconds", 1.0),
    ("http_requests_duration_seconds", 1.0),
    ("django_http_requests_latency_including_middlewares_seconds", 1.0),
    ("django_http_requests_latency_seconds_by_view_method", 1.0),
    ("flask_http_request_duration_seconds", 1.0),
    ("starlette_request_duration_seconds", 1.0),
    ("traefik_service_request_duration_seconds", 1.0),
    ("caddy_http_request_duration_seconds", 1.0),
    ("nginx_ingress_controller_request_duration_seconds", 1.0),
];

/// Labels that name a process, the surest first.
const PROCESS_LABELS: &[&str] =
    &["container", "pod", "process_group", "service_name", "service", "app", "job", "resource"];

/// Labels that tell instances apart.
const INSTANCE_LABELS: &[&str] = &["pod", "instance", "service_instance_id", "id", "pid"];

/// The most instances of Fly.io whose size is remembered.
const INSTANCES_MAX: usize = 1_024;

/// What an instance of Fly.io has, which its free memory is taken from.
#[derive(Debug, Default)]
pub(crate) struct Fly {
    total: HashMap<String, f64>,
}

/// The labels of a series.
pub(super) struct Labels<'a>(pub(super) Vec<(&'a str, &'a str)>);

impl Labels<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(it, _)| *it == name)?.1;
        (!found.is_empty()).then_some(found)
    }

    fn subject(&self) -> Subject<'_> {
        let first = |names: &[&str]| names.iter().find_map(|it| self.get(it));
        let instance = first(INSTANCE_LABELS).unwrap_or_default();
        match first(PROCESS_LABELS) {
            Some(process) => Subject::Perhaps(process, instance),
            None => Subject::Instance(instance),
        }
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }
}

/// Takes one value of a series. `false` when the metric is none that is measured by.
pub(super) fn take(
    state: &mut State,
    (name, labels): (&str, &Labels<'_>),
    (time, value): (Option<Time>, f64),
    sink: &mut dyn Sink,
) -> bool {
    let subject = labels.subject();
    let mut event = |event| {
        sink.take(Sample { source: Source::Prometheus, subject, time, event });
        true
    };
    if let Some(name) = name.strip_suffix("_bucket") {
        let Some(metric) = HISTOGRAMS.iter().position(|it| it.0 == name) else { return false };
        let le = labels.get("le").and_then(|it| it.parse::<f64>().ok());
        let Some(le) = le.filter(|it| *it >= 0.0) else { return false };
        let (series, le_s) = (labels.hash(), le * HISTOGRAMS[metric].1);
        sink.bucket(subject, Bucket { metric, series, le_s, count: value }, time);
        return true;
    }
    match name {
        "process_resident_memory_bytes" => event(Event::Memory(Of::Worker, value)),
        "container_memory_working_set_bytes" | "render_service_memory_usage_bytes" => {
            // The row of a pod as a whole, which has no container, would count twice.
            let is_part = name.starts_with("render") || labels.get("container").is_some();
            !is_part
                || labels.get("container") == Some("POD")
                || event(Event::Memory(Of::Instance, value))
        }
        "fly_instance_memory_mem_total" => {
            let instance = labels.get("instance").unwrap_or_default();
            let total = &mut state.fly.total;
            if total.len() < INSTANCES_MAX || total.contains_key(instance) {
                total.insert(instance.to_owned(), value);
            }
            true
        }
        "fly_instance_memory_mem_available" => {
            let instance = labels.get("instance").unwrap_or_default();
            let total = state.fly.total.get(instance).copied();
            total.is_none_or(|it| event(Event::Memory(Of::Instance, (it - value).max(0.0))))
        }
        "fly_instance_exit_oom" | "container_oom_events_total" => {
            value < 1.0 || event(Event::Incident(Incident::MemoryKilled, value as u64))
        }
        _ => false,
    }
}

/// An element of `result`: `{"metric":{"__name__":…},"values":[[1764342000,"1.2"],…]}`.
pub(super) fn read_series(state: &mut State, value: &Value, sink: &mut dyn Sink) -> Option<Source> {
    let metric = at(value, &["metric"])?.as_object()?;
    let labels = metric.iter().map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let labels = Labels(labels.collect::<Option<Vec<_>>>()?);
    let one = at(value, &["value"]).map(std::slice::from_ref);
    let points = one.or_else(|| at(value, &["values"])?.as_array().map(Vec::as_slice))?;
    let name = labels.get("__name__").unwrap_or_default();
    for point in points {
        let (Some(time), Some(value)) = (point.get(0), point.get(1).and_then(Value::as_str)) else {
            return None;
        };
        let Some(value) = value.parse::<f64>().ok().filter(|it| it.is_finite()) else { continue };
        let time = time.as_f64().and_then(Time::from_seconds);
        take(state, (name, &labels), (time, value), sink);
    }
    Some(Source::Prometheus)
}

/// An element of what Render's API answers for `/v1/metrics/memory`:
/// `{"labels":[{"field":"instance","value":…}],"values":[{"timestamp":…,"value":…}],"unit":"bytes"}`.
pub(super) fn read_render(value: &Value, sink: &mut dyn Sink) -> Option<Source> {
    let labels = at(value, &["labels"])?.as_array()?.iter();
    let labels = labels.map(|it| Some((text(it, &["field"])?, text(it, &["value"])?)));
    let labels = Labels(labels.collect::<Option<Vec<_>>>()?);
    let points = at(value, &["values"])?.as_array()?;
    let factor = match text(value, &["unit"])? {
        "bytes" | "B" => 1.0,
        "KB" | "KiB" => 1024.0,
        "MB" | "MiB" => 1024.0 * 1024.0,
        "GB" | "GiB" => 1024.0 * 1024.0 * 1024.0,
        // Of CPU, bandwidth, requests nothing is taken: they are averages over minutes.
        _ => return Some(Source::Render),
    };
    for point in points {
        let time = text(point, &["timestamp"]).and_then(Time::from_iso);
        let Some(value) = number(point, &["value"]) else { continue };
        let event = Event::Memory(Of::Instance, value * factor);
        sink.take(Sample { source: Source::Render, subject: labels.subject(), time, event });
    }
    Some(Source::Render)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_json;
    use super::*;

    #[test]
    fn a_series_of_prometheus_has_a_time_for_each_value() {
        check_json(
            r#"{"metric":{"__name__":"container_memory_working_set_bytes","container":"web","pod":"web-0"},"values":[[1795878000,"1000"],[1795878060,"NaN"],[1795878060.5,"2000"]]}"#,
            Source::Prometheus,
            &[
                r#"prometheus Perhaps("web", "web-0") 2026-11-28T15:00:00Z Memory(Instance, 1000.0)"#,
                r#"prometheus Perhaps("web", "web-0") 2026-11-28T15:01:00Z Memory(Instance, 2000.0)"#,
            ],
        );
    }

    #[test]
    fn render_says_the_unit() {
        check_json(
            r#"{"labels":[{"field":"resource","value":"srv-1"},{"field":"instance","value":"srv-1-a"}],"values":[{"timestamp":"2026-11-28T15:00:00Z","value":1000}],"unit":"bytes"}"#,
            Source::Render,
            &[
                r#"render Perhaps("srv-1", "srv-1-a") 2026-11-28T15:00:00Z Memory(Instance, 1000.0)"#,
            ],
        );
    }
}

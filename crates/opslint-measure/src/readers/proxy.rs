//! Access logs of Caddy and Traefik, which are JSON.
//!
//! Sources: caddyserver.com/docs/caddyfile/directives/log (`duration` in seconds, unless the
//! encoder is told otherwise), doc.traefik.io/traefik/observability/access-logs/ (`Duration` in
//! nanoseconds).

use serde_json::Value;

use crate::sample::{Event, Request, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::{Around, at, number, text};

/// `{"logger":"http.log.access","msg":"handled request","ts":1764342000.1,"duration":0.01,…}`.
pub(super) fn read_caddy(value: &Value, around: Around<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let source = Source::Caddy;
    let logger = text(value, &["logger"])?;
    at(value, &["ts"])?;
    if !logger.starts_with("http.log.access") {
        return Some(source);
    }
    let time = match at(value, &["ts"])? {
        Value::String(text) => Time::from_iso(text),
        ts => ts.as_f64().and_then(Time::from_seconds),
    };
    let status = number(value, &["status"])?;
    // As a text it has a unit: `duration_format string`.
    let duration_s = at(value, &["duration"]).and_then(Value::as_f64);
    let request = Request { status: Some(status as u16), duration_s, queue_s: None };
    let (subject, time, event) = (around.subject, time.or(around.time), Event::Request(request));
    sink.take(Sample { source, subject, time, event });
    Some(source)
}

/// `{"DownstreamStatus":200,"Duration":1000000,"ServiceName":"web-shop@docker","StartUTC":…}`.
pub(super) fn read_traefik(
    value: &Value,
    around: Around<'_>,
    sink: &mut dyn Sink,
) -> Option<Source> {
    let source = Source::Traefik;
    let status = number(value, &["DownstreamStatus"])?;
    let nanoseconds = number(value, &["Duration"])?;
    let time = text(value, &["StartUTC"]).or_else(|| text(value, &["time"]));
    let service = text(value, &["ServiceName"]).map(|it| it.split('@').next().unwrap_or(it));
    let subject = service.map_or(around.subject, |it| Subject::Perhaps(it, ""));
    let request =
        Request { status: Some(status as u16), duration_s: Some(nanoseconds / 1e9), queue_s: None };
    let time = time.and_then(Time::from_iso).or(around.time);
    sink.take(Sample { source, subject, time, event: Event::Request(request) });
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_json;
    use super::*;

    #[test]
    fn caddy_and_traefik_tell_status_and_duration() {
        check_json(
            r#"{"level":"info","ts":1795878000.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"1.1.1.1","uri":"/"},"duration":0.25,"size":1,"status":200}"#,
            Source::Caddy,
            &["caddy Untold 2026-11-28T15:00:00Z request Some(200) Some(0.25) None"],
        );
        check_json(
            r#"{"ClientAddr":"1.1.1.1:5","DownstreamStatus":502,"Duration":250000000,"ServiceName":"web-shop@docker","StartUTC":"2026-11-28T15:00:00.1Z"}"#,
            Source::Traefik,
            &[
                r#"traefik Perhaps("web-shop", "") 2026-11-28T15:00:00Z request Some(502) Some(0.25) None"#,
            ],
        );
    }
}

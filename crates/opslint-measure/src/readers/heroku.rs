//! Lines of Heroku's logplex: the router, runtime metrics, states of dynos and errors.
//!
//! Sources, opened as documents of Heroku: devcenter.heroku.com/articles/http-routing#heroku-router-log-format,
//! /log-runtime-metrics, /error-codes, /dynos#dyno-lifecycle.

use memchr::{memchr, memmem, memrchr};

use crate::envelope::{HerokuSource, Line};
use crate::number;
use crate::sample::{Event, Incident, Of, Request, Sample, Sink, Source, Subject};

use super::State;

/// Bytes of what Heroku prints as MB.
const MB: f64 = 1024.0 * 1024.0;

/// Reads what the router and the platform write. Lines of the app are for the other readers.
pub(super) fn read(_: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    match line.heroku? {
        HerokuSource::Router => read_router(line, sink),
        HerokuSource::Platform => {
            read_platform(line, sink);
            Some(Source::Heroku)
        }
        HerokuSource::App => None,
    }
}

/// `at=info method=GET path="/" … dyno=web.1 connect=1ms service=18ms status=200 bytes=13`.
fn read_router(line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let at = value(line.text, b"at=")?;
    // Paths and hosts are quoted and may have anything in them. Behind the last quote stands what
    // is measured.
    let rest = memrchr(b'"', line.text).map_or(line.text, |it| &line.text[it + 1..]);
    let [mut dyno, mut connect, mut service, mut status] = [None; 4];
    for word in rest.split(|it| *it == b' ') {
        let Some(equals) = memchr(b'=', word) else { continue };
        let place = match &word[..equals] {
            b"dyno" => &mut dyno,
            b"connect" => &mut connect,
            b"service" => &mut service,
            b"status" => &mut status,
            _ => continue,
        };
        *place = Some(&word[equals + 1..]);
    }
    let dyno = dyno.and_then(|it| std::str::from_utf8(it).ok());
    // The router only routes to web processes; who nobody was found for is not said.
    let subject = Subject::Dyno(dyno.filter(|it| !it.is_empty()).unwrap_or("web"));
    let mut take = |event| {
        sink.take(Sample { source: Source::Heroku, subject, time: line.time, event });
    };
    let seconds = |it: Option<&[u8]>| Some(number::with_unit(it?, b"ms")? / 1000.0);
    let status = status.and_then(number::digits);
    if at == b"error" {
        match value(line.text, b" code=") {
            Some(b"H12") => take(Event::Incident(Incident::RouterTimedOut, 1)),
            Some(b"H10" | b"H11" | b"H19" | b"H20" | b"H21") => {
                take(Event::Incident(Incident::RouterRefused, 1));
            }
            _ => {}
        }
    }
    take(Event::Request(Request {
        status: status.and_then(|it| u16::try_from(it).ok()),
        duration_s: seconds(service),
        queue_s: seconds(connect),
    }));
    Some(Source::Heroku)
}

/// The value of a key.
fn value<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let from = match text.starts_with(key) {
        true => key.len(),
        false => memmem::find(text, key)? + key.len(),
    };
    let rest = &text[from..];
    let end = rest.iter().position(|it| *it == b' ').unwrap_or(rest.len());
    Some(&rest[..end])
}

fn read_platform(line: &Line<'_>, sink: &mut dyn Sink) {
    let mut take = |event| {
        let (source, subject, time) = (Source::Heroku, line.subject, line.time);
        sink.take(Sample { source, subject, time, event });
    };
    if let Some(total) = value(line.text, b"sample#memory_total=") {
        if let Some(total) = number::with_unit(total, b"MB") {
            take(Event::Memory(Of::Instance, total * MB));
        }
        return;
    }
    if let Some(states) = line.text.strip_prefix(b"State changed from ") {
        match states {
            b"starting to up" => take(Event::Started),
            b"up to crashed" | b"up to starting" | b"crashed to starting" => {
                take(Event::Incident(Incident::Restarted, 1));
            }
            _ => {}
        }
    } else if line.text.starts_with(b"Starting process with command") {
        take(Event::Starting);
    } else if let Some(status) = line.text.strip_prefix(b"Process exited with status ") {
        if status == b"137" {
            take(Event::Incident(Incident::Killed, 1));
        }
    } else if let Some(error) = line.text.strip_prefix(b"Error ") {
        match error.get(..3) {
            Some(b"R14") => take(Event::Incident(Incident::MemoryExceeded, 1)),
            Some(b"R15") => take(Event::Incident(Incident::MemoryKilled, 1)),
            Some(b"R10") => take(Event::Incident(Incident::BootTimedOut, 1)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_lines;
    use super::*;

    const AT: &str = "2026-11-28T15:00:00.123456+00:00";

    #[track_caller]
    fn check(line: &str, expect: &[&str]) {
        check_lines(&format!("{AT} {line}"), Source::Heroku, expect);
    }

    #[test]
    fn the_router_tells_status_service_and_connect() {
        check(
            r#"heroku[router]: at=info method=GET path="/?q= status=500 dyno=x.1" host=a.example request_id=8601b555 fwd="204.204.204.204" dyno=web.2 connect=1ms service=18ms status=200 bytes=13 protocol=https"#,
            &[
                r#"heroku Dyno("web.2") 2026-11-28T15:00:00Z request Some(200) Some(0.018) Some(0.001)"#,
            ],
        );
        check(
            r#"heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/" host=a.example fwd="1.1.1.1" dyno=web.1 connect=6ms service=30001ms status=503 bytes=0"#,
            &[
                r#"heroku Dyno("web.1") 2026-11-28T15:00:00Z Incident(RouterTimedOut, 1)"#,
                r#"heroku Dyno("web.1") 2026-11-28T15:00:00Z request Some(503) Some(30.001) Some(0.006)"#,
            ],
        );
        check(
            r#"heroku[router]: at=error code=H10 desc="App crashed" method=GET path="/" host=a.example fwd="1.1.1.1" dyno= connect= service= status=503 bytes="#,
            &[
                r#"heroku Dyno("web") 2026-11-28T15:00:00Z Incident(RouterRefused, 1)"#,
                r#"heroku Dyno("web") 2026-11-28T15:00:00Z request Some(503) None None"#,
            ],
        );
    }

    #[test]
    fn the_platform_tells_memory_states_and_errors() {
        let dyno = r#"heroku Dyno("web.1") 2026-11-28T15:00:00Z "#;
        for (line, expect) in [
            (
                "source=web.1 dyno=heroku.2808254.d97d0ea7 sample#memory_total=21.00MB sample#memory_rss=21.22MB sample#memory_quota=512.00MB",
                "Memory(Instance, 22020096.0)",
            ),
            ("Starting process with command `gunicorn shop.wsgi`", "Starting"),
            ("State changed from starting to up", "Started"),
            ("State changed from up to crashed", "Incident(Restarted, 1)"),
            ("Error R14 (Memory quota exceeded)", "Incident(MemoryExceeded, 1)"),
            ("Error R15 (Memory quota vastly exceeded)", "Incident(MemoryKilled, 1)"),
            ("Error R10 (Boot timeout) -> Web process failed to bind", "Incident(BootTimedOut, 1)"),
            ("Process exited with status 137", "Incident(Killed, 1)"),
        ] {
            check(&format!("heroku[web.1]: {line}"), &[&format!("{dyno}{expect}")]);
        }
        check("heroku[web.1]: Process exited with status 0", &[]);
    }
}

//! uvicorn's access log, and the error log of gunicorn.
//!
//! Sources: uvicorn/logging.py (`AccessFormatter`) and gunicorn/arbiter.py, as installed.

use memchr::{memchr, memmem, memrchr};

use crate::envelope::Line;
use crate::number::digits;
use crate::sample::{Event, Incident, Request, Sample, Sink, Source};
use crate::time;

use super::State;

/// `INFO:     127.0.0.1:51234 - "GET / HTTP/1.1" 200 OK`, with or without its level.
pub(super) fn read_access(_: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let text = line.text;
    let text = text.strip_prefix(b"INFO:").map_or(text, <[u8]>::trim_ascii_start);
    let open = memchr(b'"', text)?.checked_sub(3)?;
    let client = text[..open + 3].strip_suffix(b" - ")?;
    let port = client.iter().rposition(|it| *it == b':')?;
    digits(&client[port + 1..])?;
    let close = memrchr(b'"', text).filter(|it| text.get(it + 1) == Some(&b' '))?;
    // ` HTTP/1.1`, ` HTTP/2`.
    let space = memrchr(b' ', &text[..close])?;
    let has_version = space > open + 3 && text[space + 1..close].starts_with(b"HTTP/");
    let status = digits(text.get(close + 2..close + 5)?)?;
    let status = u16::try_from(status).ok().filter(|it| (100..600).contains(it) && has_version)?;
    let request = Request { status: Some(status), ..Request::default() };
    let (source, subject, time) = (Source::Uvicorn, line.subject, line.time);
    sink.take(Sample { source, subject, time, event: Event::Request(request) });
    Some(source)
}

/// `[2026-11-28 15:00:00 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)`.
pub(super) fn read_errors(_: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let rest = line.text.strip_prefix(b"[")?;
    let stamp = time::iso(rest)?;
    let rest = rest[stamp.len..].strip_prefix(b"] [")?;
    let close = rest.iter().position(|it| *it == b']')?;
    digits(&rest[..close])?;
    let rest = rest[close..].strip_prefix(b"] [")?;
    let close = rest.iter().position(|it| *it == b']')?;
    if !rest[..close].iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let text = rest[close + 1..].trim_ascii_start();
    let event = if text.starts_with(b"WORKER TIMEOUT (pid:") {
        Some(Event::Incident(Incident::WorkerTimedOut, 1))
    } else if text.starts_with(b"Starting gunicorn ") {
        Some(Event::Starting)
    } else if text.starts_with(b"Listening at: ") {
        Some(Event::Started)
    } else {
        let was_killed =
            text.starts_with(b"Worker (pid:") && memmem::find(text, b" was sent SIGKILL").is_some();
        was_killed.then_some(Event::Incident(Incident::Killed, 1))
    };
    let (source, subject, time) = (Source::Gunicorn, line.subject, Some(stamp.time));
    if let Some(event) = event {
        sink.take(Sample { source, subject, time, event });
    }
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_lines;
    use super::*;

    #[test]
    fn uvicorn_tells_a_status() {
        check_lines(
            r#"INFO:     127.0.0.1:51234 - "GET /a?b HTTP/1.1" 404 Not Found
web-1  | INFO:     ::1:5 - "GET /" 999 HTTP/1.1" 200 OK"#,
            Source::Uvicorn,
            &[
                "uvicorn Untold  request Some(404) None None",
                r#"uvicorn Container("web-1")  request Some(200) None None"#,
            ],
        );
    }

    #[test]
    fn gunicorn_tells_whom_it_killed() {
        check_lines(
            "[2026-11-28 15:00:00 +0000] [7] [INFO] Starting gunicorn 23.0.0
[2026-11-28 15:00:00 +0000] [7] [INFO] Booting worker with pid: 8
[2026-11-28 15:00:01 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:8)
[2026-11-28 15:00:02 +0000] [7] [ERROR] Worker (pid:8) was sent SIGKILL! Perhaps out of memory?",
            Source::Gunicorn,
            &[
                "gunicorn Untold 2026-11-28T15:00:00Z Starting",
                "gunicorn Untold 2026-11-28T15:00:01Z Incident(WorkerTimedOut, 1)",
                "gunicorn Untold 2026-11-28T15:00:02Z Incident(Killed, 1)",
            ],
        );
    }
}

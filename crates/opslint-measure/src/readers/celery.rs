//! Celery: `celery events --dump`, and the log of a worker.
//!
//! Sources: celery/events/dumper.py, celery/app/trace.py (`LOG_SUCCESS`), celery/app/defaults.py
//! (`worker_log_format`) of celery 5.5.3.

use memchr::{memchr, memmem};

use crate::envelope::Line;
use crate::number::decimal;
use crate::sample::{Event, Sample, Sink, Source};
use crate::time;

use super::State;

/// Reads a line of either.
pub(super) fn read(_: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    read_event(line, sink).or_else(|| read_log(line, sink))
}

/// `celery@host [2026-11-28 15:00:00.1] task succeeded: tasks.add(8f…) args=… runtime=0.01, …`.
fn read_event(line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let space = memchr(b' ', line.text)?;
    let rest = line.text[space..].strip_prefix(b" [")?;
    let stamp = time::iso(rest)?;
    let text = rest[stamp.len..].strip_prefix(b"] ")?;
    let event = if text.starts_with(b"task succeeded: ") {
        // Arguments stand in front of it, and may have anything in them.
        let value = &text[memmem::rfind(text, b"runtime=")? + 8..];
        let end = memchr(b',', value).unwrap_or(value.len());
        Event::Job { duration_s: Some(decimal(&value[..end])?), failed: false }
    } else if text.starts_with(b"task failed: ") {
        Event::Job { duration_s: None, failed: true }
    } else {
        let is_other = text.starts_with(b"task ") || text.starts_with(b"heartbeat");
        return is_other.then_some(Source::Celery);
    };
    let (subject, time) = (line.subject, Some(stamp.time));
    sink.take(Sample { source: Source::Celery, subject, time, event });
    Some(Source::Celery)
}

/// `[2026-11-28 15:00:00,123: INFO/ForkPoolWorker-1] Task tasks.add[8f…] succeeded in 0.012s: 4`.
fn read_log(line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let rest = line.text.strip_prefix(b"[")?;
    let stamp = time::iso(rest)?;
    let rest = rest[stamp.len..].strip_prefix(b": ")?;
    let close = memmem::find(rest, b"] ")?;
    memchr(b'/', &rest[..close])?;
    let text = &rest[close + 2..];
    if let Some(task) = text.strip_prefix(b"Task ") {
        let ended = memchr(b']', task).map_or(task, |it| &task[it + 1..]);
        let event = if let Some(duration) = ended.strip_prefix(b" succeeded in ") {
            let end = memmem::find(duration, b"s: ")?;
            Event::Job { duration_s: Some(decimal(&duration[..end])?), failed: false }
        } else if ended.starts_with(b" raised unexpected: ") {
            Event::Job { duration_s: None, failed: true }
        } else {
            return Some(Source::Celery);
        };
        let (subject, time) = (line.subject, Some(stamp.time));
        sink.take(Sample { source: Source::Celery, subject, time, event });
    }
    Some(Source::Celery)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_lines;
    use super::*;

    #[test]
    fn events_and_logs_tell_how_long_jobs_take() {
        check_lines(
            "celery@a [2026-11-28 15:00:00.1] task received: t.add(8f) args=(1,) kwargs={} clock=1
celery@a [2026-11-28 15:00:01] task succeeded: t.add(8f) args=('runtime=9',) kwargs={} clock=3, pid=1, result=4, runtime=0.25
celery@a [2026-11-28 15:00:02] heartbeat: active=0, clock=4
[2026-11-28 15:00:03,123: INFO/ForkPoolWorker-1] Task t.add[8f-1] succeeded in 0.5s: 'x'
[2026-11-28 15:00:04,123: ERROR/ForkPoolWorker-1] Task t.add[8f-1] raised unexpected: KeyError()",
            Source::Celery,
            &[
                "celery Untold 2026-11-28T15:00:01Z Job { duration_s: Some(0.25), failed: false }",
                "celery Untold 2026-11-28T15:00:03Z Job { duration_s: Some(0.5), failed: false }",
                "celery Untold 2026-11-28T15:00:04Z Job { duration_s: None, failed: true }",
            ],
        );
    }
}

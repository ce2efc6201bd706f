//! Any log: errors of database servers that ran out of connections, and lines of programs that a
//! platform wraps in JSON.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};
use serde_json::Value;

use crate::envelope::Line;
use crate::sample::{Event, Incident, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::{Around, State, at, lambda, number, text};

/// What database servers answer when they have no connection left. The texts are parts of their
/// protocols as far as logs go: PostgreSQL's errcode 53300 (src/backend/utils/init/postinit.c and
/// storage/lmgr/proc.c), PgBouncer, MySQL's error 1040.
const REFUSALS: &[&[u8]] = &[
    b"sorry, too many clients already",
    b"remaining connection slots are reserved",
    b"too many connections for role",
    b"too many connections for database",
    b"no more connections allowed",
    b"(1040, 'Too many connections')",
];

/// Each of them has one of these parts: looking for two takes less time than looking for all.
static PARTS: LazyLock<[Finder<'_>; 2]> =
    LazyLock::new(|| [Finder::new(b"onnection"), Finder::new(b"too many clients")]);

/// Looks for such an answer.
pub(super) fn read(_: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let may_be = PARTS.iter().any(|it| it.find(line.text).is_some());
    let is_refusal = may_be && REFUSALS.iter().any(|it| memmem::find(line.text, it).is_some());
    is_refusal.then(|| {
        let event = Event::Incident(Incident::ConnectionRefused, 1);
        let (source, subject, time) = (Source::Database, line.subject, line.time);
        sink.take(Sample { source, subject, time, event });
        source
    })
}

/// The line of a program in a value: an event of CloudWatch, a line of `fly logs --json`, of Docker's
/// `json-file`.
pub(super) fn inner<'a>(value: &'a Value, around: Around<'a>) -> Option<Line<'a>> {
    if let Some(message) = text(value, &["message"]) {
        let time = at(value, &["timestamp"]);
        let time = match time {
            Some(Value::String(text)) => Time::from_iso(text),
            _ => number(value, &["timestamp"]).and_then(|it| Time::from_millis(it as i64)),
        };
        let function = lambda::function_of(around.head).map(Subject::Function);
        let machine = text(value, &["fly", "app", "instance"]).map(Subject::Instance);
        let stream = text(value, &["logStreamName"]).map(Subject::Instance);
        let subject = function.or(machine).or(stream).unwrap_or(around.subject);
        let time = time.or(around.time);
        return Some(Line::within(message.trim_end().as_bytes(), time, subject));
    }
    let log = text(value, &["log"])?;
    text(value, &["stream"])?;
    let time = text(value, &["time"]).and_then(Time::from_iso).or(around.time);
    Some(Line::within(log.trim_end().as_bytes(), time, around.subject))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_lines;
    use super::*;

    #[test]
    fn refused_connections_are_seen_in_any_log() {
        check_lines(
            "2026-11-28T15:00:00Z app[web.1]: psycopg2.OperationalError: FATAL:  sorry, too many clients already",
            Source::Database,
            &[r#"database Dyno("web.1") 2026-11-28T15:00:00Z Incident(ConnectionRefused, 1)"#],
        );
    }

    #[test]
    fn every_refusal_has_one_of_the_parts() {
        for refusal in REFUSALS {
            assert!(PARTS.iter().any(|it| it.find(refusal).is_some()), "{refusal:?}");
        }
    }

    #[test]
    fn lines_in_json_keep_the_time_of_their_envelope() {
        let value = serde_json::json!({"timestamp": 1_795_878_000_000_i64, "message": "a b\n"});
        let head = br#"{"logGroup":"/aws/lambda/shop","logEvents":["#;
        let around = Around { time: None, subject: Subject::Untold, head };
        let line = inner(&value, around).expect("a line");
        assert_eq!((line.text, line.subject), (b"a b".as_slice(), Subject::Function("shop")));
        assert_eq!(line.time.map(Time::to_iso).as_deref(), Some("2026-11-28T15:00:00Z"));
    }
}

//! REPORT and INIT_REPORT lines of Lambda, as text and as JSON, in the forms that CloudWatch exports.
//!
//! Sources: docs.aws.amazon.com/lambda/latest/dg/python-logging.html (the line), and
//! …/dg/telemetry-schema-reference.html (`platform.report`, `platform.initReport`).

use memchr::memmem;
use serde_json::Value;

use crate::envelope::Line;
use crate::number as numbers;
use crate::sample::{Event, Incident, Invocation, Of, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::{Around, State, at, number, text};

/// Bytes of what Lambda prints as MB.
const MB: f64 = 1024.0 * 1024.0;

/// `REPORT RequestId: 8f50…  Duration: 79.67 ms  Billed Duration: 80 ms  …`, with tabs between.
pub(super) fn read(_: &mut State, line: &Line<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let text = line.text.trim_ascii_start();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let is_report = text.starts_with(b"REPORT RequestId: ");
    if !is_report {
        let others: [&[u8]; 5] = [
            b"START RequestId: ",
            b"END RequestId: ",
            b"INIT_START ",
            b"INIT_REPORT ",
            b"XRAY TraceId: ",
        ];
        return others.iter().any(|it| text.starts_with(it)).then_some(Source::Lambda);
    }
    let milliseconds = |key: &[u8]| field(text, key, b" ms").map(|it| it / 1000.0);
    let status = memmem::find(text, b"Status: ").map(|it| &text[it + 8..]);
    let invocation = Invocation {
        duration_s: milliseconds(b"\tDuration: ")?,
        billed_s: milliseconds(b"\tBilled Duration: ")?,
        init_s: milliseconds(b"\tInit Duration: "),
        failed: status.is_some_and(|it| it.starts_with(b"error")),
        timed_out: status.is_some_and(|it| it.starts_with(b"timeout")),
        memory: field(text, b"\tMax Memory Used: ", b" MB")? * MB,
    };
    take(invocation, line.subject, line.time, sink);
    Some(Source::Lambda)
}

/// The number between a key and a unit.
fn field(text: &[u8], key: &[u8], unit: &[u8]) -> Option<f64> {
    let rest = &text[memmem::find(text, key)? + key.len()..];
    numbers::decimal(&rest[..memmem::find(rest, unit)?])
}

fn take(invocation: Invocation, subject: Subject<'_>, time: Option<Time>, sink: &mut dyn Sink) {
    let mut take = |event| sink.take(Sample { source: Source::Lambda, subject, time, event });
    take(Event::Invocation(invocation));
    take(Event::Memory(Of::Instance, invocation.memory));
    if invocation.timed_out {
        take(Event::Incident(Incident::WorkerTimedOut, 1));
    }
}

/// `{"time":…,"type":"platform.report","record":{"metrics":{"durationMs":…},…}}`.
pub(super) fn read_json(value: &Value, around: Around<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let kind = text(value, &["type"])?.strip_prefix("platform.")?;
    let time = text(value, &["time"]).and_then(Time::from_iso).or(around.time);
    if kind == "report" {
        let metrics = at(value, &["record", "metrics"])?;
        let seconds = |key: &str| number(metrics, &[key]).map(|it| it / 1000.0);
        let status = text(value, &["record", "status"]);
        let invocation = Invocation {
            duration_s: seconds("durationMs")?,
            billed_s: seconds("billedDurationMs")?,
            init_s: seconds("initDurationMs"),
            failed: matches!(status, Some("error" | "failure")),
            timed_out: status == Some("timeout"),
            memory: number(metrics, &["maxMemoryUsedMB"])? * MB,
        };
        take(invocation, around.subject, time, sink);
    }
    Some(Source::Lambda)
}

/// The function whose log group is named in front of a list of events.
pub(crate) fn function_of(head: &[u8]) -> Option<&str> {
    let marks: [&[u8]; 2] = [b"/aws/lambda/", b"\\/aws\\/lambda\\/"];
    let rest = marks.iter().find_map(|it| Some(&head[memmem::find(head, it)? + it.len()..]))?;
    let end = rest.iter().position(|it| matches!(it, b'"' | b'/' | b'\\'))?;
    std::str::from_utf8(&rest[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_json, check_lines};
    use super::*;

    const REPORT: &str = "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 79.67 ms\tBilled Duration: 80 ms\tMemory Size: 128 MB\tMax Memory Used: 73 MB\tInit Duration: 250.00 ms\t";

    #[test]
    fn a_report_is_read_in_every_form_that_it_is_exported_in() {
        for (start, time, subject) in [
            ("", "", "Untold"),
            ("2026-11-28T15:00:00.000Z ", "2026-11-28T15:00:00Z", "Untold"),
            ("2026-11-28 15:00:00.000,\"", "2026-11-28T15:00:00Z", "Untold"),
            (
                "2026-11-28T15:00:00+00:00 2026/11/28/[$LATEST]6d8f ",
                "2026-11-28T15:00:00Z",
                r#"Instance("2026/11/28/[$LATEST]6d8f")"#,
            ),
        ] {
            let about = format!("lambda {subject} {time} ");
            check_lines(
                &format!("{start}{REPORT}"),
                Source::Lambda,
                &[
                    &format!(
                        "{about}Invocation(Invocation {{ duration_s: 0.07967, billed_s: 0.08, init_s: Some(0.25), failed: false, timed_out: false, memory: 76546048.0 }})"
                    ),
                    &format!("{about}Memory(Instance, 76546048.0)"),
                ],
            );
        }
    }

    #[test]
    fn the_json_form_says_the_same() {
        check_json(
            r#"{"time":"2026-11-28T15:00:00Z","type":"platform.report","record":{"requestId":"8f","metrics":{"durationMs":3000.0,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":73},"status":"timeout"}}"#,
            Source::Lambda,
            &[
                "lambda Untold 2026-11-28T15:00:00Z Invocation(Invocation { duration_s: 3.0, billed_s: 3.0, init_s: None, failed: false, timed_out: true, memory: 76546048.0 })",
                "lambda Untold 2026-11-28T15:00:00Z Memory(Instance, 76546048.0)",
                "lambda Untold 2026-11-28T15:00:00Z Incident(WorkerTimedOut, 1)",
            ],
        );
    }

    #[test]
    fn the_log_group_names_the_function() {
        let head = br#"{"logGroup":"/aws/lambda/shop","logEvents":["#;
        assert_eq!(function_of(head), Some("shop"));
        assert_eq!(function_of(b"{"), None);
    }
}

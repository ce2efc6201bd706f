//! Readers of lines and of values of JSON: one for each producer.
//!
//! A reader says whether a line is one of its producer's, and hands on what the line tells, which may
//! be nothing.

mod celery;
mod docker;
mod gunicorn;
mod heroku;
mod kubernetes;
mod lambda;
mod log;
mod metrics;
mod processes;
mod prometheus;
mod proxy;
mod table;

use serde_json::Value;

use crate::access::AccessFormat;
use crate::envelope::Line;
use crate::sample::{Sample, Sink, Source, Subject};
use crate::time::Time;

pub(crate) use metrics::HISTOGRAMS;

/// What readers remember of an input between its lines.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) table: Option<table::Table>,
    /// The time that stands in front of a table.
    pub(crate) table_time: Option<Time>,
    pub(crate) prometheus: prometheus::Scrape,
    pub(crate) fly: metrics::Fly,
    /// Programs of the project that tables of processes are searched for; without any, everything
    /// in them counts.
    programs: Vec<String>,
    /// The time in a line of an access log, until it is asked for.
    pub(crate) access_time: Option<AccessTime>,
    rows: processes::Rows,
    /// The reader of the last line that was recognised.
    last: usize,
    /// The format of the access log that fitted last.
    last_format: usize,
}

/// The time of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccessTime {
    pub(crate) time: Time,
    pub(crate) lacks_zone: bool,
}

impl State {
    pub(crate) fn new(programs: Vec<String>) -> Self {
        Self { programs, ..Self::default() }
    }
}

/// Ends an input.
pub(crate) fn finish(state: &mut State, sink: &mut dyn Sink) {
    table::finish(state, sink);
}

/// What every reader of lines is.
type Reader = fn(&mut State, &Line<'_>, &mut dyn Sink) -> Option<Source>;

/// Readers in the order in which a line is tried, after the one that fitted last.
const READERS: &[Reader] = &[
    heroku::read,
    lambda::read,
    gunicorn::read_access,
    gunicorn::read_errors,
    celery::read,
    table::read,
    prometheus::read,
    log::read,
];

/// The places of those whose lines are like no line of another: Heroku, Lambda, uvicorn.
const SURE: std::ops::Range<usize> = 0..3;

/// Reads a line that is no JSON. `None` when nobody knows it.
pub(crate) fn read_line(
    state: &mut State,
    formats: &[AccessFormat],
    line: &Line<'_>,
    sink: &mut dyn Sink,
) -> Option<Source> {
    let last = state.last;
    // A log is mostly of one producer. These readers know their lines for sure, so that no format
    // of access logs has to be tried before.
    if SURE.contains(&last)
        && let Some(source) = READERS[last](state, line, sink)
    {
        return Some(source);
    }
    if let Some(source) = read_access(state, formats, line, sink) {
        return Some(source);
    }
    if let Some(source) = READERS.get(last).and_then(|it| it(state, line, sink)) {
        return Some(source);
    }
    let others = READERS.iter().enumerate().filter(|(place, _)| *place != last);
    for (place, reader) in others {
        if let Some(source) = reader(state, line, sink) {
            state.last = place;
            return Some(source);
        }
    }
    None
}

/// Reads a line of one of the formats of access logs, the one that fitted last first.
fn read_access(
    state: &mut State,
    formats: &[AccessFormat],
    line: &Line<'_>,
    sink: &mut dyn Sink,
) -> Option<Source> {
    let count = formats.len();
    for place in 0..count {
        let place = (state.last_format + place) % count;
        let Some(access) = formats[place].read(line.text) else { continue };
        state.last_format = place;
        let lacks_zone = access.lacks_zone;
        state.access_time = access.time.map(|time| AccessTime { time, lacks_zone });
        sink.take(Sample {
            source: Source::AccessLog,
            subject: line.subject,
            // The time of the request is nearer than that of the envelope.
            time: access.time.or(line.time),
            event: crate::sample::Event::Request(access.request),
        });
        return Some(Source::AccessLog);
    }
    None
}

/// What stands around a value of JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) time: Option<Time>,
    pub(crate) subject: Subject<'a>,
    /// What stands in front of the list that the value is in.
    pub(crate) head: &'a [u8],
}

/// What a value of JSON is.
pub(crate) enum Read<'a> {
    /// One of a producer's.
    Known(Source),
    /// A line of a program in an envelope, to be read like any other.
    Inner(Line<'a>),
    /// Nobody knows it.
    Unknown,
}

/// Reads a value of JSON.
pub(crate) fn read_json<'a>(
    state: &mut State,
    value: &'a Value,
    around: Around<'a>,
    sink: &mut dyn Sink,
) -> Read<'a> {
    let known = docker::read_stats(value, around, sink)
        .or_else(|| docker::read_event(value, around, sink))
        .or_else(|| lambda::read_json(value, around, sink))
        .or_else(|| proxy::read_caddy(value, around, sink))
        .or_else(|| proxy::read_traefik(value, around, sink))
        .or_else(|| kubernetes::read(value, sink))
        .or_else(|| metrics::read_series(state, value, sink))
        .or_else(|| metrics::read_render(value, sink));
    match known {
        Some(source) => Read::Known(source),
        None => log::inner(value, around).map_or(Read::Unknown, Read::Inner),
    }
}

/// A text at a path of keys.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str()
}

/// A number at a path of keys, also when it is written as a text.
pub(crate) fn number(value: &Value, path: &[&str]) -> Option<f64> {
    let value = at(value, path)?;
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        value => value.as_f64()?,
    };
    number.is_finite().then_some(number)
}

/// The value at a path of keys.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sample::{Bucket, Event};

    /// Keeps what it takes, in words.
    #[derive(Default)]
    pub(crate) struct Kept(pub(crate) Vec<String>);

    impl Sink for Kept {
        fn take(&mut self, sample: Sample<'_>) {
            let time = sample.time.map(|it| it.to_iso()).unwrap_or_default();
            let event = match sample.event {
                Event::Request(it) => {
                    format!("request {:?} {:?} {:?}", it.status, it.duration_s, it.queue_s)
                }
                other => format!("{other:?}"),
            };
            self.0.push(format!("{} {:?} {time} {event}", sample.source.id(), sample.subject));
        }

        fn bucket(&mut self, subject: Subject<'_>, bucket: Bucket, time: Option<Time>) {
            let time = time.map(|it| it.to_iso()).unwrap_or_default();
            self.0.push(format!("bucket {subject:?} {time} {} {}", bucket.le_s, bucket.count));
        }
    }

    /// What lines tell, with the readers of lines alone.
    #[track_caller]
    pub(crate) fn check_lines(text: &str, source: Source, expect: &[&str]) {
        let mut kept = Kept::default();
        let mut state = State::default();
        let formats = [AccessFormat::common().expect("a format")];
        for line in text.lines() {
            let line_read = Line::new(line.as_bytes());
            let got = read_line(&mut state, &formats, &line_read, &mut kept);
            assert_eq!(got, Some(source), "{line}");
        }
        assert_eq!(kept.0, expect);
    }

    /// What a value of JSON tells.
    #[track_caller]
    pub(crate) fn check_json(text: &str, source: Source, expect: &[&str]) {
        let mut kept = Kept::default();
        let value = serde_json::from_str(text).expect("JSON");
        let around = Around { time: None, subject: Subject::Untold, head: b"" };
        let read = read_json(&mut State::default(), &value, around, &mut kept);
        assert!(matches!(read, Read::Known(it) if it == source));
        assert_eq!(kept.0, expect);
    }
}

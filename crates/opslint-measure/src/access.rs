//! Access logs in a format that is known: gunicorn's `access_log_format`, nginx's `log_format`.

use memchr::memchr;
use memchr::memmem::Finder;

use crate::number;
use crate::sample::Request;
use crate::time::{self, Time};

/// How a format is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessSyntax {
    /// gunicorn's `access_log_format`: `%(h)s`, `%({x-request-id}i)s`.
    /// Source: <https://docs.gunicorn.org/en/stable/settings.html#access-log-format>
    Gunicorn,
    /// nginx's `log_format`: `$remote_addr`, `${status}`.
    /// Source: <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>
    Nginx,
}

/// A format of lines: fields with literal text between them.
#[derive(Clone, Debug)]
pub struct AccessFormat {
    start: Vec<u8>,
    fields: Vec<(Field, Vec<u8>)>,
    /// Whether anything may follow the last literal.
    is_open: bool,
    /// The longest literal, without which no line is one.
    needle: Finder<'static>,
}

impl PartialEq for AccessFormat {
    fn eq(&self, other: &Self) -> bool {
        (&self.start, &self.fields, self.is_open) == (&other.start, &other.fields, other.is_open)
    }
}

/// What a field is; of the others nothing is read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Field {
    Other,
    /// `[28/Nov/2026:15:00:00 +0000]` with or without brackets.
    CommonTime,
    IsoTime,
    /// Seconds since 1970.
    UnixTime,
    Status,
    /// A duration, in units of so many seconds.
    Duration(f64),
    /// How long a request waited for a connection to the server, in seconds.
    Connect,
}

/// How often a line is tried again with a field that ends later.
const STEPS_MAX: u32 = 64;

/// gunicorn's default, the Common and the Combined Log Format, which Apache and nginx have too:
/// what follows the status differs and is not read.
const COMMON: &str = "%(h)s %(l)s %(u)s %(t)s \"%(r)s\" %(s)s ";

impl AccessFormat {
    /// The format that a configuration asks for. `None` when fields have nothing between them that
    /// could tell where one ends, or when nothing that is measured is in it.
    pub fn new(syntax: AccessSyntax, text: &str) -> Option<Self> {
        let format = match syntax {
            AccessSyntax::Gunicorn => Self::parse(text, "%(", gunicorn_field)?,
            AccessSyntax::Nginx => Self::parse(text, "$", nginx_field)?,
        };
        let is_told = format.fields.iter().all(|(_, until)| !until.is_empty());
        let last_may_be_empty = format
            .fields
            .split_last()
            .is_some_and(|(_, fields)| fields.iter().all(|(_, until)| !until.is_empty()));
        let has_status = format.fields.iter().any(|(field, _)| *field == Field::Status);
        ((is_told || last_may_be_empty) && has_status).then_some(format)
    }

    /// The Common Log Format and everything that begins like it.
    pub(crate) fn common() -> Option<Self> {
        let format = Self::new(AccessSyntax::Gunicorn, COMMON)?;
        Some(Self { is_open: true, ..format })
    }

    /// Whether lines of it tell how long a request took.
    pub fn has_duration(&self) -> bool {
        self.fields.iter().any(|(field, _)| matches!(field, Field::Duration(_)))
    }

    fn parse(text: &str, mark: &str, field: fn(&str) -> Option<(Field, usize)>) -> Option<Self> {
        let needle = Finder::new(b"").into_owned();
        let mut format = Self { start: Vec::new(), fields: Vec::new(), is_open: false, needle };
        let mut rest = text;
        while !rest.is_empty() {
            let found = rest.starts_with(mark).then(|| field(rest)).flatten();
            let Some((field, len)) = found else {
                // At least one sign, of however many bytes.
                let one = rest.chars().next().map_or(0, char::len_utf8);
                let end = rest[one..].find(mark).map_or(rest.len(), |it| it + one);
                let literal = rest.get(..end)?.replace("%%", "%").into_bytes();
                match format.fields.last_mut() {
                    Some((_, until)) => until.extend(literal),
                    None => format.start.extend(literal),
                }
                rest = &rest[end..];
                continue;
            };
            format.fields.push((field, Vec::new()));
            rest = &rest[len..];
        }
        let longest = format.fields.iter().map(|it| it.1.as_slice()).max_by_key(|it| it.len());
        format.needle = Finder::new(longest.unwrap_or_default()).into_owned();
        Some(format)
    }

    /// What a line tells. `None` when it is not of this format.
    pub(crate) fn read(&self, line: &[u8]) -> Option<Access> {
        let line = line.strip_prefix(self.start.as_slice())?;
        self.needle.find(line)?;
        let mut access = Access::default();
        let mut steps = STEPS_MAX;
        self.read_fields(&self.fields, line, &mut access, &mut steps).then_some(access)
    }

    fn read_fields(
        &self,
        fields: &[(Field, Vec<u8>)],
        text: &[u8],
        access: &mut Access,
        steps: &mut u32,
    ) -> bool {
        let Some(((field, until), others)) = fields.split_first() else {
            return self.is_open || text.is_empty();
        };
        if until.is_empty() {
            return access.set(*field, text);
        }
        let mut from = 0;
        while let Some(end) = find_literal(text, until, from) {
            let Some(left) = steps.checked_sub(1) else { return false };
            *steps = left;
            if access.set(*field, &text[..end])
                && self.read_fields(others, &text[end + until.len()..], access, steps)
            {
                return true;
            }
            if *field != Field::Other {
                return false;
            }
            from = end + 1;
        }
        false
    }
}

/// What a line of an access log tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Access {
    pub(crate) time: Option<Time>,
    pub(crate) lacks_zone: bool,
    pub(crate) request: Request,
}

impl Access {
    /// Takes the text of a field. `false` when it cannot be one.
    fn set(&mut self, field: Field, text: &[u8]) -> bool {
        match field {
            Field::Other => true,
            Field::CommonTime => {
                let text = text.strip_prefix(b"[").unwrap_or(text);
                self.set_time(time::common(text))
            }
            Field::IsoTime => self.set_time(time::iso(text)),
            Field::UnixTime => {
                self.time = number::decimal(text).and_then(Time::from_seconds);
                self.time.is_some()
            }
            Field::Status => {
                let status = (text.len() == 3).then(|| number::digits(text)).flatten();
                self.request.status = status.and_then(|it| u16::try_from(it).ok());
                self.request.status.is_some_and(|it| (100..600).contains(&it))
            }
            // `-` where there was none.
            Field::Duration(_) | Field::Connect if text == b"-" => true,
            Field::Duration(unit_s) => {
                self.request.duration_s = number::decimal(text).map(|it| it * unit_s);
                self.request.duration_s.is_some()
            }
            Field::Connect => {
                // One for each server that was tried: `0.001, 0.002`, `0.001 : 0.002`.
                let parts = text.split(|it| matches!(it, b',' | b' ' | b':'));
                let times = parts.filter_map(number::decimal);
                self.request.queue_s = times.reduce(|a, b| a + b);
                true
            }
        }
    }

    fn set_time(&mut self, stamp: Option<time::Stamp>) -> bool {
        self.time = stamp.map(|it| it.time);
        self.lacks_zone = stamp.is_some_and(|it| !it.has_zone);
        stamp.is_some()
    }
}

/// Where a literal begins. One that begins with a quote is not found in `\"`.
fn find_literal(text: &[u8], literal: &[u8], from: usize) -> Option<usize> {
    let (first, mut at) = (literal[0], from);
    loop {
        let found = at + memchr(first, text.get(at..)?)?;
        let is_escaped = first == b'"' && found > 0 && text[found - 1] == b'\\';
        if !is_escaped && text[found..].starts_with(literal) {
            return Some(found);
        }
        at = found + 1;
    }
}

/// A field of gunicorn's formats at the start of a text, and its length.
fn gunicorn_field(text: &str) -> Option<(Field, usize)> {
    let rest = text.strip_prefix("%(")?;
    let close = rest.find(')')?;
    let conversion = rest[close + 1..].chars().next()?;
    if !conversion.is_ascii_alphabetic() {
        return None;
    }
    let field = match &rest[..close] {
        "t" => Field::CommonTime,
        "s" => Field::Status,
        "T" => Field::Duration(1.0),
        "M" => Field::Duration(1e-3),
        "D" => Field::Duration(1e-6),
        "L" => Field::Duration(1.0),
        _ => Field::Other,
    };
    Some((field, 2 + close + 2))
}

/// A variable of nginx at the start of a text, and its length.
fn nginx_field(text: &str) -> Option<(Field, usize)> {
    let rest = text.strip_prefix('$')?;
    let (name, len) = match rest.strip_prefix('{') {
        Some(rest) => {
            let close = rest.find('}')?;
            (&rest[..close], close + 3)
        }
        None => {
            let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
            let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            (&rest[..end], end + 1)
        }
    };
    if name.is_empty() {
        return None;
    }
    let field = match name {
        "time_local" => Field::CommonTime,
        "time_iso8601" => Field::IsoTime,
        "msec" => Field::UnixTime,
        "status" => Field::Status,
        "request_time" => Field::Duration(1.0),
        "upstream_connect_time" => Field::Connect,
        _ => Field::Other,
    };
    Some((field, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &AccessFormat, line: &str, expect: Option<(&str, u16, Option<f64>)>) {
        let got = format.read(line.as_bytes());
        let got = got.map(|it| {
            let time = it.time.map(Time::to_iso).unwrap_or_default();
            (time, it.request.status.expect("a status"), it.request.duration_s)
        });
        let expect = expect.map(|(time, status, duration)| (time.to_owned(), status, duration));
        assert_eq!(got, expect, "{line}");
    }

    const TIME: &str = "2026-11-28T15:00:00Z";

    #[test]
    fn the_common_format_and_what_begins_like_it() {
        let format = AccessFormat::common().expect("a format");
        for line in [
            r#"127.0.0.1 - - [28/Nov/2026:15:00:00 +0000] "GET /a b HTTP/1.1" 200 12 "-" "curl""#,
            r#"::1 - Ann Lee [28/Nov/2026:16:00:00 +0100] "GET / HTTP/1.1" 200 12"#,
            r#"::1 - - [28/Nov/2026:15:00:00 +0000] "GET /\" 999 x HTTP/1.1" 200 12"#,
            r#"::1 - - [28/Nov/2026:15:00:00 +0000] "" 200 0 "#,
        ] {
            check(&format, line, Some((TIME, 200, None)));
        }
        for line in ["", "x", r#"::1 - - [28/Nov/2026:15:00:00 +0000] "GET / HTTP/1.1" 2"#] {
            check(&format, line, None);
        }
    }

    #[test]
    fn formats_of_gunicorn_have_durations_in_their_units() {
        for (field, value, expect) in
            [("T", "2", 2.0), ("M", "250", 0.25), ("D", "1500", 0.0015), ("L", "0.125", 0.125)]
        {
            let text = format!("%(t)s %(m)s %({{x-id}}i)s %(s)s took=%({field})s");
            let format = AccessFormat::new(AccessSyntax::Gunicorn, &text).expect("a format");
            let line = format!("[28/Nov/2026:15:00:00 +0000] GET a b c 404 took={value}");
            let got = format.read(line.as_bytes()).and_then(|it| it.request.duration_s);
            assert!((got.expect("a duration") - expect).abs() < 1e-12, "{field}");
        }
    }

    #[test]
    fn signs_of_several_bytes_stand_between_fields() {
        let format = AccessFormat::new(AccessSyntax::Nginx, "$time_localé[ü] $status");
        let format = format.expect("a format");
        check(&format, "28/Nov/2026:15:00:00 +0000é[ü] 200", Some((TIME, 200, None)));
    }

    #[test]
    fn formats_of_nginx() {
        let text = r#"$remote_addr [$time_local] "$request" ${status} $body_bytes_sent "$http_referer" $request_time $upstream_connect_time"#;
        let format = AccessFormat::new(AccessSyntax::Nginx, text).expect("a format");
        let line =
            r#"::1 [28/Nov/2026:15:00:00 +0000] "GET / HTTP/1.1" 502 0 "-" 0.250 0.001, 0.002"#;
        check(&format, line, Some((TIME, 502, Some(0.25))));
        let queue = format.read(line.as_bytes()).and_then(|it| it.request.queue_s);
        assert!((queue.expect("a time") - 0.003).abs() < 1e-12);
        check(&format, &line[..line.len() - 20], None);
        let json = r#"{"t":"$time_iso8601","s":$status,"d":$request_time}"#;
        let format = AccessFormat::new(AccessSyntax::Nginx, json).expect("a format");
        let line = r#"{"t":"2026-11-28T15:00:00+00:00","s":200,"d":0.5}"#;
        check(&format, line, Some((TIME, 200, Some(0.5))));
    }

    #[test]
    fn formats_that_cannot_be_told_apart_are_none() {
        for text in ["", "$status$request_time", "$request", "$", "%(s)s"] {
            assert_eq!(AccessFormat::new(AccessSyntax::Nginx, text), None, "{text}");
        }
        assert!(AccessFormat::new(AccessSyntax::Gunicorn, "%(s)s %(é)s%").is_some());
    }

    #[test]
    fn no_line_costs_more_than_its_steps() {
        let format = AccessFormat::new(AccessSyntax::Nginx, "$a $b $c $d $e $status $request_time");
        let line = "a ".repeat(50_000);
        assert_eq!(format.expect("a format").read(line.as_bytes()), None);
    }
}

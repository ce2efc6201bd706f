//! What stands in front of a program's own line: the time and the name that a platform or a tool
//! adds.

use std::borrow::Cow;

use memchr::memchr;

use crate::sample::Subject;
use crate::time::{self, Time};

/// A line of a program, and what its envelope says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line<'a> {
    /// What the program wrote.
    pub(crate) text: &'a [u8],
    /// When the envelope says it was.
    pub(crate) time: Option<Time>,
    /// Whether a time was written without its zone.
    pub(crate) lacks_zone: bool,
    /// Whom the envelope names.
    pub(crate) subject: Subject<'a>,
    /// What of Heroku wrote it.
    pub(crate) heroku: Option<HerokuSource>,
}

/// What of Heroku wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HerokuSource {
    /// The router.
    Router,
    /// The platform, of a dyno.
    Platform,
    /// The app.
    App,
}

/// Envelopes in each other: a log of Compose in syslog in a cloud.
const DEPTH_MAX: usize = 4;

/// The longest name of Compose or Kubernetes in front of a line, with its padding.
const NAME_MAX: usize = 96;

impl<'a> Line<'a> {
    /// Takes the envelopes off a line.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let subject = Subject::Untold;
        let mut line = Self { text, time: None, lacks_zone: false, subject, heroku: None };
        for _ in 0..DEPTH_MAX {
            let taken = match line.text.first() {
                Some(b'0'..=b'9') => line.take_frame() || line.take_time() || line.take_name(),
                Some(b'<') => line.take_syslog(),
                Some(b'[') => line.take_pod(),
                _ => line.take_name(),
            };
            if !taken {
                break;
            }
        }
        line
    }

    /// The line with what a further envelope in it says, when this one did not say it.
    pub(crate) fn within(text: &'a [u8], time: Option<Time>, subject: Subject<'a>) -> Self {
        let line = Self::new(text);
        let subject = if line.subject == Subject::Untold { subject } else { line.subject };
        Self { time: time.or(line.time), subject, ..line }
    }

    /// `2026-11-28T15:00:00Z …`, and what Heroku, Fly.io and AWS add to it.
    fn take_time(&mut self) -> bool {
        let Some(stamp) = time::iso(self.text) else { return false };
        let rest = &self.text[stamp.len..];
        let Some((b' ' | b'\t' | b',', rest)) = rest.split_first() else { return false };
        self.time = Some(stamp.time);
        self.lacks_zone |= !stamp.has_zone;
        self.text = rest.trim_ascii_start();
        self.take_process();
        self.take_stream();
        true
    }

    /// `heroku[web.1]: …`, `app[web.1]: …` of Heroku, `app[3d8dd9] ams [info]…` of Fly.io.
    fn take_process(&mut self) {
        let Some(open) = memchr(b'[', &self.text[..self.text.len().min(NAME_MAX)]) else { return };
        let (who, rest) = (&self.text[..open], &self.text[open + 1..]);
        let Some(close) = memchr(b']', &rest[..rest.len().min(NAME_MAX)]) else { return };
        let is_word = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
        if who.is_empty() || !who.iter().all(is_word) {
            return;
        }
        let Ok(name) = std::str::from_utf8(&rest[..close]) else { return };
        let after = &rest[close + 1..];
        if let Some(text) = after.strip_prefix(b": ") {
            let is_platform = who == b"heroku";
            let is_dyno = name.contains('.') || name == "router";
            if is_dyno && (is_platform || who == b"app") {
                self.set_heroku(is_platform, name, text);
            }
        } else if let Some(text) = after.strip_prefix(b" ")
            && who == b"app"
            && let Some(level) = memchr(b'[', &text[..text.len().min(16)])
            && let Some(end) = memchr(b']', &text[level..])
        {
            self.subject = Subject::Instance(name);
            self.text = text[level + end + 1..].trim_ascii_start();
        }
    }

    fn set_heroku(&mut self, is_platform: bool, name: &'a str, text: &'a [u8]) {
        self.heroku = Some(match (is_platform, name) {
            (true, "router") => HerokuSource::Router,
            (true, _) => HerokuSource::Platform,
            (false, _) => HerokuSource::App,
        });
        if name != "router" {
            self.subject = Subject::Dyno(name);
        }
        self.text = text;
    }

    /// `2026/11/28/[$LATEST]6d8f…` of CloudWatch: which environment of a function it was.
    fn take_stream(&mut self) {
        let Some(end) = memchr(b' ', self.text) else { return };
        let (name, rest) = self.text.split_at(end);
        let is_stream = name.len() > 12 && name[4] == b'/' && name[7] == b'/' && name[10] == b'/';
        if is_stream && let Ok(name) = std::str::from_utf8(name) {
            self.subject = Subject::Instance(name);
            self.text = rest.trim_ascii_start();
        }
    }

    /// `83 <40>1 …`: the length in front of a message of syslog over TCP.
    fn take_frame(&mut self) -> bool {
        let Some(space) = memchr(b' ', &self.text[..self.text.len().min(8)]) else { return false };
        let is_frame = self.text[..space].iter().all(u8::is_ascii_digit)
            && self.text.get(space + 1) == Some(&b'<');
        if is_frame {
            self.text = &self.text[space + 1..];
        }
        is_frame
    }

    /// `<40>1 2012-11-30T06:45:29+00:00 host app web.3 - …`: RFC 5424, as Heroku drains it.
    fn take_syslog(&mut self) -> bool {
        let Some(close) = memchr(b'>', &self.text[..self.text.len().min(6)]) else { return false };
        let Some(rest) = self.text[close + 1..].strip_prefix(b"1 ") else { return false };
        let Some(stamp) = time::iso(rest) else { return false };
        let mut parts = rest[stamp.len..].trim_ascii_start().splitn(5, |it| *it == b' ');
        let (Some(_host), Some(app), Some(process), Some(_id), Some(text)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        self.time = Some(stamp.time);
        self.lacks_zone |= !stamp.has_zone;
        self.text = text.strip_prefix(b"- ").unwrap_or(text);
        if let Ok(name) = std::str::from_utf8(process)
            && (name == "router" || name.contains('.'))
            && (app == b"heroku" || app == b"app")
        {
            let text = self.text;
            self.set_heroku(app == b"heroku", name, text);
        }
        true
    }

    /// `[pod/web-6d8f7c9b4-x2x9z/web] …` of `kubectl logs --prefix`.
    fn take_pod(&mut self) -> bool {
        let Some(rest) = self.text.strip_prefix(b"[pod/") else { return false };
        let Some(close) = memchr(b']', &rest[..rest.len().min(2 * NAME_MAX)]) else { return false };
        let name = rest[..close].split(|it| *it == b'/').next().unwrap_or_default();
        let Ok(name) = std::str::from_utf8(name) else { return false };
        self.subject = Subject::Container(name);
        self.text = rest[close + 1..].trim_ascii_start();
        true
    }

    /// `web-1  | …` of `docker compose logs`.
    fn take_name(&mut self) -> bool {
        let start = &self.text[..self.text.len().min(NAME_MAX)];
        let is_word = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
        let len = start.iter().take_while(|it| is_word(it)).count();
        let spaces = start[len..].iter().take_while(|it| **it == b' ').count();
        let is_name = len > 0 && spaces > 0 && start.get(len + spaces) == Some(&b'|');
        if !is_name || self.subject != Subject::Untold {
            return false;
        }
        let Ok(name) = std::str::from_utf8(&start[..len]) else { return false };
        self.subject = Subject::Container(name);
        let rest = &self.text[len + spaces + 1..];
        self.text = rest.strip_prefix(b" ").unwrap_or(rest);
        true
    }
}

/// A line without escape sequences of terminals: uvicorn writes in colours, `docker stats` clears
/// the screen.
pub(crate) fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(0x1b, text).is_none() {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(at) = memchr(0x1b, rest) {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix(b"[") {
            let end = sequence.iter().position(|it| (b'@'..=b'~').contains(it));
            rest = &sequence[end.map_or(sequence.len(), |it| it + 1)..];
        }
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, subject: Subject<'_>, time: Option<&str>, text: &str) {
        let got = Line::new(line.as_bytes());
        assert_eq!(std::str::from_utf8(got.text), Ok(text));
        assert_eq!(got.subject, subject);
        assert_eq!(got.time.map(Time::to_iso).as_deref(), time);
    }

    #[test]
    fn sequences_of_terminals_are_taken_out() {
        for (text, expect) in [
            ("\u{1b}[2J\u{1b}[H{}", "{}"),
            ("\u{1b}[32mINFO\u{1b}[0m:     \u{1b}[1ma\u{1b}[0m", "INFO:     a"),
            ("a\u{1b}[31", "a"),
            ("a\u{1b}", "a"),
            ("a", "a"),
        ] {
            assert_eq!(String::from_utf8_lossy(&plain(text.as_bytes())), expect);
        }
    }

    #[test]
    fn envelopes_are_taken_off() {
        let time = Some("2026-11-28T15:00:00Z");
        for (line, subject, time, text) in [
            ("2026-11-28T15:00:00.1+00:00 heroku[web.1]: a b", Subject::Dyno("web.1"), time, "a b"),
            ("2026-11-28T15:00:00.1+00:00 app[worker.2]: a", Subject::Dyno("worker.2"), time, "a"),
            ("2026-11-28T15:00:00Z heroku[router]: at=info", Subject::Untold, time, "at=info"),
            (
                "83 <40>1 2026-11-28T15:00:00+00:00 host app web.3 - a",
                Subject::Dyno("web.3"),
                time,
                "a",
            ),
            (
                "2026-11-28T15:00:00Z app[3d8dd9] ams [info]a",
                Subject::Instance("3d8dd9"),
                time,
                "a",
            ),
            ("web-1  | 127.0.0.1 - -", Subject::Container("web-1"), None, "127.0.0.1 - -"),
            ("[pod/web-0/app] a", Subject::Container("web-0"), None, "a"),
            ("127.0.0.1 - - [28/", Subject::Untold, None, "127.0.0.1 - - [28/"),
            ("web-1 | 2026-11-28 15:00:00 a", Subject::Container("web-1"), time, "a"),
        ] {
            check(line, subject, time, text);
        }
    }
}

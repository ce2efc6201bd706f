//! Inputs → samples → what was measured.

use std::io::{self, Read};

use serde_json::Value;

use crate::access::AccessFormat;
use crate::account::{FileReport, Report};
use crate::collect::Collector;
use crate::envelope::{Line, plain};
use crate::file::Measured;
use crate::input::{Piece, Pieces};
use crate::json::{Cut, Splitter};
use crate::names::KnownProcess;
use crate::readers::{self, AccessTime, Around, Read as JsonRead};
use crate::sample::{Source, Subject};
use crate::time::Time;

/// The longest line that is read, in bytes. The longest of a web server has a header of 8 kB in it.
const LINE_MAX: usize = 64 * 1024;

/// Values of JSON in lines in values of JSON.
const NESTING_MAX: usize = 4;

/// A clock that goes back by more than this was set, in milliseconds. Less is how requests that
/// take long are logged.
const JUMP_MIN: i64 = 3_600_000;

/// What is known before anything is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The processes of the project.
    pub processes: Vec<KnownProcess>,
    /// The process that is meant where a line does not tell.
    pub process: Option<String>,
    /// Formats of access logs, those of the project.
    pub access_formats: Vec<AccessFormat>,
}

/// Reads inputs, one after the other.
#[derive(Debug)]
pub struct Measure {
    formats: Vec<AccessFormat>,
    collector: Collector,
    report: Report,
}

/// What is remembered of one input while it is read.
struct File<'a> {
    measure: &'a mut Measure,
    state: readers::State,
    report: FileReport,
    place: usize,
    /// The last time, to see that a clock goes back.
    last: Option<Time>,
}

impl Measure {
    /// Begins a run.
    pub fn new(options: Options) -> Self {
        let Options { processes, process, mut access_formats } = options;
        // Longer formats first: the common one is the start of many others.
        access_formats.extend(AccessFormat::common());
        let collector = Collector::new(processes, process.as_deref());
        Self { formats: access_formats, collector, report: Report::default() }
    }

    /// Reads an input to its end. What is wrong with it is in the report, and what was read until
    /// then counts.
    pub fn read(&mut self, name: &str, input: impl Read) {
        let report = FileReport { name: name.to_owned(), ..FileReport::default() };
        let place = self.report.files.len();
        let state = readers::State::new(self.collector.programs());
        let mut file = File { measure: self, state, report, place, last: None };
        if let Err(error) = file.read(input) {
            file.report.error = Some(error.to_string());
        }
        readers::finish(&mut file.state, &mut file.measure.collector);
        let report = file.report;
        self.report.files.push(report);
    }

    /// What was measured, and what was read.
    pub fn finish(mut self) -> (Measured, Report) {
        self.report.untold = std::mem::take(&mut self.collector.untold).into_iter().collect();
        (self.collector.finish(), self.report)
    }
}

impl File<'_> {
    fn read(&mut self, input: impl Read) -> io::Result<()> {
        let mut pieces = Pieces::new(input)?;
        let mut splitter = Splitter::default();
        let mut first = true;
        let mut is_skipping = false;
        while let Some(piece) = pieces.next()? {
            let Piece { mut bytes, continues, ends } = piece;
            if std::mem::take(&mut first) {
                bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            }
            self.report.lines += u64::from(!continues);
            if splitter.is_inside() {
                self.split(&mut splitter, bytes, ends);
                continue;
            }
            if continues && is_skipping {
                is_skipping = !ends;
                continue;
            }
            if begins_json(bytes) && !self.fits_format(bytes) {
                self.split(&mut splitter, bytes, ends);
            } else if bytes.len() > LINE_MAX {
                self.report.unread += 1;
                is_skipping = !ends;
            } else if ends {
                self.line(bytes);
            } else {
                // Its end may be missing, and with it a part of its last number.
                self.report.cut_off = !bytes.trim_ascii().is_empty();
            }
        }
        let report = &mut self.report;
        splitter.give_up(|_| report.unread += 1);
        Ok(())
    }

    /// Whether a line of JSON is one of an access log whose format the project says.
    fn fits_format(&self, bytes: &[u8]) -> bool {
        bytes.len() <= LINE_MAX && self.measure.formats.iter().any(|it| it.read(bytes).is_some())
    }

    /// Gives bytes of JSON to the splitter, and reads what it cuts off.
    fn split(&mut self, splitter: &mut Splitter, bytes: &[u8], ends: bool) {
        let restarts = splitter.is_inside() && bytes.starts_with(b"{\"");
        if restarts && serde_json::from_slice::<Value>(bytes).is_ok_and(|it| it.is_object()) {
            // A whole value of its own: the one before broke off, unless it is a list of them.
            if !splitter.is_in_list() {
                splitter.give_up(|_| self.report.unread += 1);
            }
        }
        splitter.feed(bytes, ends, |cut| match cut {
            Cut::Unread => self.report.unread += 1,
            Cut::Element { head, element } => {
                let around = Around { time: None, subject: Subject::Untold, head };
                self.element(element, around, NESTING_MAX);
            }
        });
    }

    /// Reads a line of text.
    fn line(&mut self, bytes: &[u8]) {
        if bytes.trim_ascii().is_empty() {
            return;
        }
        self.text(&Line::new(&plain(bytes)), NESTING_MAX);
    }

    fn text(&mut self, line: &Line<'_>, nesting: usize) {
        self.measure.report.without_zone += u64::from(line.lacks_zone);
        self.watch_clock(line.time);
        if line.text.starts_with(b"{") && line.text.trim_ascii_end().ends_with(b"}") && nesting > 0
        {
            let around = Around { time: line.time, subject: line.subject, head: b"" };
            return self.element(line.text, around, nesting - 1);
        }
        let Measure { formats, collector, .. } = &mut *self.measure;
        match readers::read_line(&mut self.state, formats, line, collector) {
            Some(source) => self.count(source),
            None => self.unknown(line.text),
        }
        if let Some(AccessTime { time, lacks_zone }) = self.state.access_time.take()
            && line.time.is_none()
        {
            self.measure.report.without_zone += u64::from(lacks_zone);
            self.watch_clock(Some(time));
        }
    }

    fn element(&mut self, element: &[u8], around: Around<'_>, nesting: usize) {
        let Ok(value) = serde_json::from_slice::<Value>(element) else {
            return self.unknown(element);
        };
        let read = readers::read_json(&mut self.state, &value, around, &mut self.measure.collector);
        match read {
            JsonRead::Known(source) => self.count(source),
            JsonRead::Inner(line) if nesting > 0 => {
                let text = plain(line.text);
                self.text(&Line { text: &text, ..line }, nesting - 1);
            }
            JsonRead::Inner(_) | JsonRead::Unknown => self.unknown(element),
        }
    }

    fn count(&mut self, source: Source) {
        *self.report.sources.entry(source).or_default() += 1;
    }

    fn unknown(&mut self, text: &[u8]) {
        self.report.unknown += 1;
        let (place, number) = (self.place, self.report.lines);
        self.measure.report.show(place, number, text);
    }

    fn watch_clock(&mut self, time: Option<Time>) {
        let Some(time) = time else { return };
        if self.last.is_some_and(|it| it.millis() - time.millis() > JUMP_MIN) {
            self.report.clock_jumps += 1;
        }
        self.last = Some(time);
    }
}

/// Whether a line is, or begins, a value of JSON. A time in brackets does not.
fn begins_json(bytes: &[u8]) -> bool {
    match bytes.trim_ascii_start() {
        [b'{', ..] => true,
        [b'[', rest @ ..] => matches!(rest.trim_ascii_start(), [] | [b'{' | b']', ..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KnownProcess;

    fn options() -> Options {
        let web = KnownProcess { name: "web".to_owned(), is_web: true, ..KnownProcess::default() };
        Options { processes: vec![web], ..Options::default() }
    }

    fn run(inputs: &[&[u8]]) -> (Measured, Report) {
        let mut measure = Measure::new(options());
        inputs.iter().for_each(|it| measure.read("log", *it));
        measure.finish()
    }

    fn requests(measured: &Measured) -> u64 {
        let requests = measured.processes.get("web").and_then(|it| it.requests.as_ref());
        requests.map_or(0, |it| it.count)
    }

    const REQUEST: &str = "::1 - - [28/Nov/2026:15:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n";
    const CADDY: &str =
        r#"{"logger":"http.log.access","ts":1795878000.5,"duration":0.25,"status":200}"#;

    #[test]
    fn lines_of_several_producers_may_be_mixed() {
        let text = format!("{REQUEST}{CADDY}\n{REQUEST}web-1 | {CADDY}\n");
        let (measured, report) = run(&[text.as_bytes()]);
        assert_eq!(report.files[0].sources[&Source::AccessLog], 2);
        assert_eq!(report.files[0].sources[&Source::Caddy], 2);
        // Each request is told by the proxy and the server: it counts once.
        assert_eq!(requests(&measured), 2);
    }

    #[test]
    fn a_line_without_an_end_is_left_out_and_said() {
        let text = format!("{REQUEST}{}", REQUEST.trim_end());
        let (measured, report) = run(&[text.as_bytes()]);
        assert_eq!((requests(&measured), report.files[0].cut_off), (1, true));
        // A value of JSON tells by itself that it is whole.
        let (measured, report) = run(&[CADDY.as_bytes()]);
        assert_eq!((requests(&measured), report.files[0].cut_off), (1, false));
    }

    #[test]
    fn a_value_that_breaks_off_takes_no_other_with_it() {
        for broken in [r#"{"logger":"http.log.acc"#, r#"{"logger":"x","ts":1"#] {
            let text = format!("{CADDY}\n{broken}\n{CADDY}\n{REQUEST}");
            let (measured, report) = run(&[text.as_bytes()]);
            assert_eq!(requests(&measured), 2, "{broken}");
            assert_eq!(report.files[0].unread, 1, "{broken}");
        }
    }

    #[test]
    fn half_a_file_and_any_bytes_are_read_without_a_panic() {
        let prometheus = r#"{"data":{"result":[{"metric":{"__name__":"x"},"values":[[1,"2"]]}]}}"#;
        let text = format!("{REQUEST}{CADDY}\n# TYPE a b\na{{b=\"c\"}} 1\n{prometheus}\n");
        for end in 0..text.len() {
            run(&[&text.as_bytes()[..end]]);
            run(&[&text.as_bytes()[end..]]);
        }
        let mut state = 7u64;
        let noise: Vec<u8> = (0..200_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as u8
            })
            .collect();
        let (measured, _) = run(&[&noise, &[0x1f, 0x8b, 8], b"", b"\n\n", b"\xef\xbb\xbf"]);
        assert_eq!(measured.processes.len(), 0);
    }

    #[test]
    fn zones_are_minded_and_clocks_that_go_back_are_said() {
        let at = |time: &str| REQUEST.replace("28/Nov/2026:15:00:00 +0000", time);
        let text = at("28/Nov/2026:15:00:00 +0000") + &at("28/Nov/2026:17:00:30 +0200");
        let (measured, report) = run(&[text.as_bytes()]);
        assert_eq!(report.files[0].clock_jumps, 0);
        let peak = measured.processes["web"].requests.as_ref().and_then(|it| it.peak_per_minute);
        assert_eq!(peak, Some(2));
        let back = "2026-11-28T15:00:00Z a\n2026-11-28T11:00:00Z a\n";
        assert_eq!(run(&[back.as_bytes()]).1.files[0].clock_jumps, 1);
    }
}

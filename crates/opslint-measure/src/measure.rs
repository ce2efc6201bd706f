//! Inputs → samples → what was measured.

use std::io::{self, Read};

use serde_json::Value;

use crate::access::AccessFormat;
use crate::collect::Collector;
use crate::envelope::Line;
use crate::file::Measured;
use crate::input::{Piece, Pieces};
use crate::json::{Cut, Splitter};
use crate::names::KnownProcess;
use crate::readers::{self, Around, Read as JsonRead};
use crate::report::{FileReport, Report};
use crate::sample::{Source, Subject};
use crate::time::Time;

/// The longest line that is read, in bytes. The longest of a web server has a header of 8 kB in it.
const LINE_MAX: usize = 64 * 1024;

/// Values of JSON in lines in values of JSON.
const NESTING_MAX: usize = 4;

/// A clock that goes back by more than this was set, in milliseconds. Less is how requests that take
/// long are logged.
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
        let state = readers::State::default();
        let mut file = File { measure: self, state, report, place, last: None };
        if let Err(error) = file.read(input) {
            file.report.error = Some(error.to_string());
        }
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
        loop {
            let Some(piece) = pieces.next()? else { break };
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
        self.text(&Line::new(bytes), NESTING_MAX);
    }

    fn text(&mut self, line: &Line<'_>, nesting: usize) {
        self.measure.report.without_zone += u64::from(line.lacks_zone);
        self.watch_clock(line.time);
        if line.text.starts_with(b"{") && line.text.trim_ascii_end().ends_with(b"}") && nesting > 0 {
            let around = Around { time: line.time, subject: line.subject, head: b"" };
            return self.element(line.text, around, nesting - 1);
        }
        let Measure { formats, collector, .. } = &mut *self.measure;
        match readers::read_line(&mut self.state, formats, line, collector) {
            Some(source) => self.count(source),
            None => self.unknown(line.text),
        }
    }

    fn element(&mut self, element: &[u8], around: Around<'_>, nesting: usize) {
        let Ok(value) = serde_json::from_slice::<Value>(element) else {
            return self.unknown(element);
        };
        let read =
            readers::read_json(&mut self.state, &value, around, &mut self.measure.collector);
        match read {
            JsonRead::Known(source) => self.count(source),
            JsonRead::Inner(line) if nesting > 0 => self.text(&line, nesting - 1),
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

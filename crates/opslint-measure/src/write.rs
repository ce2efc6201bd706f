//! The text of opslint.measured.toml: the same for the same values, in a fixed order.

use std::fmt::Write as _;

use crate::file::{
    Boot, Events, Function, Measured, Memory, Period, Process, Quantiles, Requests, VERSION,
};

/// What stands above everything.
const HEAD: &str = "\
# Written by `opslint measure` from logs and metrics. The next run writes it anew, so do not edit it.
# Keep it beside opslint.toml and commit it: `opslint check` then takes these values for measured.
";

impl Measured {
    /// The file.
    pub fn to_toml(&self) -> String {
        let written = &self.written;
        let mut text = format!("{HEAD}\nversion = {VERSION}\nwritten = \"{written}\"\n");
        for (name, process) in &self.processes {
            // A name has no sign that a key in quotes would need another form for.
            write_process(
                &mut Table { text: &mut text, path: format!("process.\"{name}\"") },
                process,
            );
        }
        text
    }
}

/// Writes keys below a header.
struct Table<'a> {
    text: &'a mut String,
    path: String,
}

impl Table<'_> {
    fn header(&mut self, name: &str) {
        self.line(&format!("\n[{}.{name}]", self.path));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn number(&mut self, key: &str, value: f64) {
        self.line(&format!("{key} = {}", rounded(value)));
    }

    fn maybe(&mut self, key: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.number(key, value);
        }
    }

    fn count(&mut self, key: &str, value: u64) {
        // TOML's integers end where those of i64 do.
        self.line(&format!("{key} = {}", value.min(i64::MAX as u64)));
    }

    fn period(&mut self, period: &Period) {
        self.line(&format!("source = \"{}\"", period.source));
        self.count("samples", period.samples);
        for (key, time) in [("from", period.from), ("to", period.to)] {
            if let Some(time) = time {
                self.line(&format!("{key} = \"{}\"", time.to_iso()));
            }
        }
    }
}

/// A number with four significant digits at least, and always a point, so that it stays a decimal.
fn rounded(value: f64) -> String {
    let digits = match value.abs() {
        it if it >= 100.0 => 1,
        it if it >= 1.0 => 3,
        _ => 6,
    };
    let mut text = format!("{value:.digits$}");
    let end = text.trim_end_matches('0').len();
    text.truncate(end);
    if text.ends_with('.') {
        text.push('0');
    }
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

fn write_process(table: &mut Table<'_>, process: &Process) {
    let Process { memory, worker_memory, requests, response_time, queue, .. } = process;
    let Process { jobs, job_time, boot, function, events, .. } = process;
    for (name, memory) in [("memory", memory), ("worker-memory", worker_memory)] {
        if let Some(memory) = memory {
            write_memory(table, name, memory);
        }
    }
    for (name, it) in [("requests", requests), ("jobs", jobs)] {
        if let Some(it) = it {
            write_requests(table, name, it);
        }
    }
    for (name, it) in [("response-time", response_time), ("queue", queue), ("job-time", job_time)] {
        if let Some(it) = it {
            write_quantiles(table, name, it);
            for (class, it) in &it.by_status {
                write_quantiles(table, &format!("{name}.by-status.{class}"), it);
            }
        }
    }
    if let Some(boot) = boot {
        write_boot(table, boot);
    }
    if let Some(function) = function {
        write_function(table, function);
    }
    if let Some(events) = events {
        write_events(table, events);
    }
}

fn write_memory(table: &mut Table<'_>, name: &str, memory: &Memory) {
    table.header(name);
    table.number("median_mb", memory.median_mb);
    table.number("p95_mb", memory.p95_mb);
    table.number("max_mb", memory.max_mb);
    if let Some(slope) = memory.slope {
        let mut text = String::from("slope = { ");
        let parts = [
            ("mb_per_hour", slope.mb_per_hour),
            ("low_mb_per_hour", slope.low_mb_per_hour),
            ("high_mb_per_hour", slope.high_mb_per_hour),
        ];
        for (place, (key, value)) in parts.into_iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            let _ = write!(text, "{comma}{key} = {}", rounded(value));
        }
        table.line(&format!("{text} }}"));
    }
    if let Some(workers) = memory.workers {
        table.count("workers", u64::from(workers));
    }
    table.period(&memory.period);
}

fn write_requests(table: &mut Table<'_>, name: &str, requests: &Requests) {
    table.header(name);
    table.count("count", requests.count);
    table.count("errors", requests.errors);
    table.maybe("mean_per_minute", requests.mean_per_minute);
    if let Some(peak) = requests.peak_per_minute {
        table.count("peak_per_minute", u64::from(peak));
    }
    if let Some(hours) = &requests.per_minute_by_hour {
        let hours: Vec<String> = hours.iter().map(|it| rounded(*it)).collect();
        table.line(&format!("per_minute_by_hour = [{}]", hours.join(", ")));
    }
    table.period(&requests.period);
}

fn write_quantiles(table: &mut Table<'_>, name: &str, quantiles: &Quantiles) {
    table.header(name);
    table.maybe("mean_s", quantiles.mean_s);
    table.number("p50_s", quantiles.p50_s);
    table.number("p95_s", quantiles.p95_s);
    table.number("p99_s", quantiles.p99_s);
    table.maybe("max_s", quantiles.max_s);
    table.period(&quantiles.period);
}

fn write_boot(table: &mut Table<'_>, boot: &Boot) {
    table.header("boot");
    table.number("median_s", boot.median_s);
    table.number("p95_s", boot.p95_s);
    table.number("max_s", boot.max_s);
    table.period(&boot.period);
}

fn write_function(table: &mut Table<'_>, function: &Function) {
    table.header("function");
    table.count("invocations", function.invocations);
    table.count("cold_starts", function.cold_starts);
    table.count("failed", function.failed);
    table.count("timed_out", function.timed_out);
    table.number("billed_s", function.billed_s);
    table.maybe("init_median_s", function.init_median_s);
    table.maybe("init_p95_s", function.init_p95_s);
    table.period(&function.period);
}

fn write_events(table: &mut Table<'_>, events: &Events) {
    table.header("events");
    for (name, count) in events.counts.named() {
        if count > 0 {
            table.count(name, count);
        }
    }
    table.period(&events.period);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Measure, Options};

    /// Logs that have everything in them.
    const EVERYTHING: &str = r#"2026-11-28T15:00:00Z heroku[web.1]: Starting process with command `x`
2026-11-28T15:00:09Z heroku[web.1]: State changed from starting to up
2026-11-28T15:00:10Z heroku[web.1]: source=web.1 dyno=x sample#memory_total=21.00MB
2026-11-28T15:00:10Z heroku[web.1]: Error R14 (Memory quota exceeded)
2026-11-28T15:00:11Z heroku[router]: at=info method=GET path="/" dyno=web.1 connect=1ms service=18ms status=200 bytes=1
2026-11-28T15:00:12Z heroku[router]: at=info method=GET path="/" dyno=web.1 connect=1ms service=99ms status=500 bytes=1
2026-11-28T15:00:13Z app[worker.1]: [2026-11-28 15:00:03,123: INFO/ForkPoolWorker-1] Task t.add[8f] succeeded in 0.5s: 1
"#;

    #[test]
    fn what_is_written_is_read_back() {
        let mut measure = Measure::new(Options::default());
        measure.read("log", EVERYTHING.as_bytes());
        let (mut measured, _) = measure.finish();
        measured.written = "2026-11-28".to_owned();
        let text = measured.to_toml();
        let read = Measured::from_toml(&text).expect("our own file");
        assert_eq!(read.to_toml(), text);
        let web = &read.processes["web"];
        assert_eq!(web.boot.as_ref().map(|it| it.max_s), Some(9.0));
        assert_eq!(web.events.as_ref().map(|it| it.counts.memory_exceeded), Some(1));
        let by_status = web.response_time.as_ref().map(|it| it.by_status.len());
        assert_eq!(by_status, Some(2));
        assert!(read.processes["worker"].job_time.is_some());
    }

    #[test]
    fn numbers_are_short_and_stay_decimals() {
        for (value, expect) in [
            (0.0, "0.0"),
            (1234.56, "1234.6"),
            (12.3456, "12.346"),
            (0.001, "0.001"),
            (-1e-9, "0.0"),
        ] {
            assert_eq!(rounded(value), expect);
        }
    }
}

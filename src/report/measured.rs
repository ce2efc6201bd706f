//! What `opslint measure` says: what was measured, and what could not be read.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::measure::{FileReport, Measured, Memory, Period, Process, Quantiles, Report, Requests};

/// Prints a few lines for each process.
///
/// # Errors
/// When the output cannot be written.
pub fn write_measured(out: &mut dyn Write, measured: &Measured) -> io::Result<()> {
    for (name, process) in &measured.processes {
        writeln!(out, "{name}{}", when(process))?;
        for (title, text) in rows(process) {
            writeln!(out, "  {title:<14} {text}")?;
        }
    }
    Ok(())
}

/// From when and what the values of a process are.
fn when(process: &Process) -> String {
    let Process { memory, worker_memory, requests, response_time, queue, .. } = process;
    let Process { jobs, job_time, boot, function, events, .. } = process;
    let periods = [
        memory.as_ref().map(|it| &it.period),
        worker_memory.as_ref().map(|it| &it.period),
        requests.as_ref().map(|it| &it.period),
        response_time.as_ref().map(|it| &it.period),
        queue.as_ref().map(|it| &it.period),
        jobs.as_ref().map(|it| &it.period),
        job_time.as_ref().map(|it| &it.period),
        boot.as_ref().map(|it| &it.period),
        function.as_ref().map(|it| &it.period),
        events.as_ref().map(|it| &it.period),
    ];
    let periods: Vec<&Period> = periods.into_iter().flatten().collect();
    let sources: BTreeSet<&str> = periods.iter().map(|it| it.source.as_str()).collect();
    let sources = sources.into_iter().collect::<Vec<_>>().join(", ");
    let from = periods.iter().filter_map(|it| it.from).min();
    let to = periods.iter().filter_map(|it| it.to).max();
    match (from, to) {
        (Some(from), Some(to)) => {
            format!("   {sources}, {} to {}", from.to_iso(), to.to_iso())
        }
        _ => format!("   {sources}, no times"),
    }
}

fn rows(process: &Process) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(it) = &process.memory {
        rows.push(("memory", memory(it)));
    }
    if let Some(it) = &process.worker_memory {
        rows.push(("worker memory", memory(it)));
    }
    for (title, it) in [("requests", &process.requests), ("jobs", &process.jobs)] {
        if let Some(it) = it {
            rows.push((title, requests(it)));
        }
    }
    let times = [
        ("response time", &process.response_time),
        ("waiting time", &process.queue),
        ("job time", &process.job_time),
    ];
    for (title, it) in times {
        if let Some(it) = it {
            rows.push((title, quantiles(it)));
        }
    }
    if let Some(it) = &process.boot {
        let (median, p95) = (seconds(it.median_s), seconds(it.p95_s));
        rows.push((
            "boot",
            format!("median {median}, p95 {p95}, {}", counted(it.period.samples, "start")),
        ));
    }
    if let Some(it) = &process.function {
        let (invocations, cold) =
            (counted(it.invocations, "invocation"), counted(it.cold_starts, "cold start"));
        rows.push(("function", format!("{invocations}, {cold}, {:.0} s billed", it.billed_s)));
    }
    if let Some(it) = &process.events {
        let counts = it.counts.named();
        let counts = counts.iter().filter(|it| it.1 > 0);
        let counts: Vec<String> =
            counts.map(|(name, count)| format!("{} {count}", name.replace('_', " "))).collect();
        rows.push(("events", counts.join(", ")));
    }
    rows
}

fn memory(memory: &Memory) -> String {
    let Memory { median_mb, p95_mb, max_mb, slope, period, .. } = memory;
    let slope = match slope {
        Some(it) if it.low_mb_per_hour > 0.0 => {
            let (low, high) = (it.low_mb_per_hour, it.high_mb_per_hour);
            format!(", grows by {:.2} MB an hour ({low:.2} to {high:.2})", it.mb_per_hour)
        }
        _ => String::new(),
    };
    let samples = samples(period);
    format!("median {median_mb:.0} MB, p95 {p95_mb:.0} MB, max {max_mb:.0} MB{slope}, {samples}")
}

/// How many values there were, and whether anything goes by them.
fn samples(period: &Period) -> String {
    let samples = counted(period.samples, "sample");
    if period.is_enough() { samples } else { format!("{samples}: too few to go by") }
}

fn requests(requests: &Requests) -> String {
    let mut text = format!("{}, {}", requests.count, counted(requests.errors, "error"));
    if let (Some(mean), Some(peak)) = (requests.mean_per_minute, requests.peak_per_minute) {
        text.push_str(&format!(", {mean:.1} a minute, at most {peak}"));
    }
    text
}

fn quantiles(it: &Quantiles) -> String {
    let (p50, p95, p99) = (seconds(it.p50_s), seconds(it.p95_s), seconds(it.p99_s));
    let mean = it.mean_s.map(|it| format!("mean {}, ", seconds(it))).unwrap_or_default();
    let few = if it.period.is_enough() { "" } else { ": too few to go by" };
    format!("{mean}p50 {p50}, p95 {p95}, p99 {p99}{few}")
}

/// A duration, in milliseconds below a second.
fn seconds(seconds: f64) -> String {
    match seconds {
        it if it >= 1.0 => format!("{it:.1} s"),
        it if it >= 0.01 => format!("{:.0} ms", it * 1000.0),
        it => format!("{:.1} ms", it * 1000.0),
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Says what of the inputs was not understood, and what to do about it.
///
/// # Errors
/// When the output cannot be written.
pub fn write_unread(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for file in &report.files {
        write_file(out, file)?;
    }
    let (unknown, lines) = (report.unknown(), report.lines());
    if unknown > 0 {
        let verb = if unknown == 1 { "tells" } else { "tell" };
        writeln!(
            out,
            "note: {unknown} of {} {verb} nothing that is measured",
            counted(lines, "line")
        )?;
        for it in &report.unrecognised {
            let name = report.files.get(it.file).map_or("", |it| it.name.as_str());
            writeln!(out, "  {name}:{}: {}", it.line_number, it.shape)?;
        }
    }
    for (source, count) in &report.untold {
        let (samples, source) = (counted(*count, "sample"), source.id());
        writeln!(
            out,
            "warning: {samples} of `{source}` left out: nothing tells whose; name the process with `--process`"
        )?;
    }
    if report.without_zone > 0 {
        let lines = counted(report.without_zone, "line");
        writeln!(out, "note: {lines} without a time zone taken for UTC")?;
    }
    Ok(())
}

fn write_file(out: &mut dyn Write, file: &FileReport) -> io::Result<()> {
    let FileReport { name, lines, unread, cut_off, clock_jumps, .. } = file;
    if *lines == 0 {
        writeln!(out, "warning: {name} is empty")?;
    }
    if *unread > 0 {
        let parts = counted(*unread, "part");
        writeln!(out, "warning: {name}: {parts} left out that break off or are too long")?;
    }
    if *cut_off {
        writeln!(out, "note: {name}: the last line has no end and was left out")?;
    }
    if *clock_jumps > 0 {
        let times = counted(*clock_jumps, "time");
        writeln!(out, "note: {name}: the clock goes back by more than an hour {times}")?;
    }
    Ok(())
}

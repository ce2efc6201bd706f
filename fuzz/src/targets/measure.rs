//! Readers of logs: what they write is read back, and has nothing of the log but names and numbers.

use opslint::measure::{
    AccessFormat, AccessSyntax, KnownProcess, Measure, Measured, Options, Process, Quantiles,
};

/// A log. Its first line is tried as the format of the others, too.
pub(super) fn log(text: &str) {
    let first = text.lines().next().unwrap_or_default();
    let formats = [AccessSyntax::Gunicorn, AccessSyntax::Nginx];
    let formats = formats.into_iter().filter_map(|it| AccessFormat::new(it, first));
    let known = |name: &str, program: &str| KnownProcess {
        name: name.to_owned(),
        is_web: name == "web",
        program: Some(program.to_owned()),
        workers: Some(2),
        ..KnownProcess::default()
    };
    let mut measure = Measure::new(Options {
        processes: vec![known("web", "gunicorn"), known("worker", "celery")],
        access_formats: formats.collect(),
        ..Options::default()
    });
    measure.read("log", text.as_bytes());
    let (mut measured, report) = measure.finish();
    assert_eq!(report.files.len(), 1);
    for line in &report.unrecognised {
        let is_shape = |it: char| matches!(it, 'a' | '0' | ' ') || it.is_ascii_punctuation();
        assert!(line.shape.chars().all(is_shape), "{:?}", line.shape);
    }
    measured.processes.values().for_each(process);
    measured.written = "2026-11-28".to_owned();
    let written = measured.to_toml();
    let read = Measured::from_toml(&written).expect("our own file is one");
    assert_eq!(read.to_toml(), written);
}

fn process(it: &Process) {
    for memory in [&it.memory, &it.worker_memory].into_iter().flatten() {
        assert!(memory.median_mb <= memory.p95_mb && memory.p95_mb <= memory.max_mb, "{memory:?}");
        let slope = memory.slope.unwrap_or_default();
        assert!(slope.low_mb_per_hour <= slope.high_mb_per_hour, "{slope:?}");
    }
    let times = [&it.response_time, &it.queue, &it.job_time];
    for times in times.into_iter().flatten() {
        quantiles(times);
        times.by_status.values().for_each(quantiles);
    }
    for requests in [&it.requests, &it.jobs].into_iter().flatten() {
        assert!(requests.errors <= requests.count, "{requests:?}");
    }
}

fn quantiles(it: &Quantiles) {
    assert!(0.0 <= it.p50_s && it.p50_s <= it.p95_s && it.p95_s <= it.p99_s, "{it:?}");
    assert!(it.max_s.is_none_or(|most| it.p99_s <= most), "{it:?}");
}

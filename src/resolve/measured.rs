//! What `opslint measure` wrote: opslint.measured.toml, in the folder of the project or above.
//!
//! A measurement replaces what was assumed and wins over what files say, for it is what was seen.
//! What is older than three months is said, and what is older than 400 days is not used.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::measure::{FILE_NAME, Measured, Memory, Period, Process, SAMPLES_MIN, Slope, Time};
use crate::platforms::Date;
use crate::policy::config::INVALID_CONFIG;
use crate::project::Facts;
use crate::source::{FileId, Span};
use crate::vocabulary::{self as v, FactId};
use crate::workspace::{Opened, Workspace, join, parent};

use super::stated::state;

/// Days after which the age of a measurement is said.
const OLD_DAYS: i64 = 90;

/// Days after which it is not used.
const USED_DAYS: i64 = 400;

/// The file of a project.
#[derive(Debug)]
pub(super) struct File {
    measured: Measured,
    path: String,
    /// The day of the run, counted from 1970.
    today: Option<i64>,
}

impl File {
    /// Reads the nearest one of the folder of a project and those above it.
    pub(super) fn of(
        acc: &mut Vec<Diagnostic>,
        workspace: &mut Workspace<'_>,
        root: &str,
        today: Option<Date>,
    ) -> Option<Self> {
        let mut folder = root;
        let (path, file) = loop {
            let path = join(folder, FILE_NAME)?;
            match workspace.open_unjudged(&path) {
                Opened::File(file) => break (path, file),
                Opened::Missing if folder.is_empty() => return None,
                Opened::Missing => folder = parent(folder),
                // Above all that is read.
                Opened::Unknown(_) if workspace.is_outside(&path) => return None,
                Opened::Unknown(why) => {
                    acc.extend(workspace.sources.id(&path).map(|it| broken(it, why.reason)));
                    return None;
                }
            }
        };
        let text = workspace.sources.file(file).shared_text();
        match Measured::from_toml(&text) {
            Ok(measured) => {
                let today = today.and_then(|it| day(&it.to_string()));
                Some(Self { measured, path, today })
            }
            Err(reason) => {
                acc.push(broken(
                    file,
                    format!("this is not a file of `opslint measure`: {reason}"),
                ));
                None
            }
        }
    }

    /// Adds what was measured of a process to its facts.
    pub(super) fn add(&self, facts: &mut Facts, name: &str) {
        let Some(process) = self.measured.processes.get(name) else { return };
        self.add_memory(facts, process);
        self.add_times(facts, process);
        if let Some(function) = &process.function
            && function.invocations >= SAMPLES_MIN
        {
            let percent = 100.0 * function.cold_starts as f64 / function.invocations as f64;
            let value = Value::Number(percent);
            self.set(facts, v::MEASURED_COLD_START_PERCENT, value, &function.period);
        }
        if let Some(events) = &process.events {
            let counts = events.counts;
            for (id, count) in [
                (v::MEASURED_MEMORY_KILLS, counts.memory_killed),
                (v::MEASURED_CONNECTIONS_REFUSED, counts.connections_refused),
            ] {
                self.set(facts, id, whole(count as f64), &events.period);
            }
        }
    }

    fn add_memory(&self, facts: &mut Facts, process: &Process) {
        if let Some(memory) = usable(process.memory.as_ref()) {
            let period = &memory.period;
            self.set(facts, v::MEASURED_MEMORY_MB, whole(memory.p95_mb.ceil()), period);
            if let Some(slope) = memory.slope {
                self.add_growth(facts, slope, memory.median_mb, period);
            }
        }
        let worker = usable(process.worker_memory.as_ref());
        // Those that there were: what is planned with others takes more or less.
        let then = [&process.memory, &process.worker_memory];
        let then = then.iter().find_map(|it| it.as_ref()?.workers).map(i64::from);
        let workers = then.or_else(|| facts.get(v::WORKERS).and_then(Fact::int));
        let workers = workers.filter(|it| *it > 0);
        if let (Some(memory), None) = (worker, &process.memory)
            && let (Some(slope), Some(workers)) = (memory.slope, workers)
        {
            // Each of them grows as fast as the others.
            let times = workers as f64;
            let all = Slope {
                mb_per_hour: slope.mb_per_hour * times,
                low_mb_per_hour: slope.low_mb_per_hour * times,
                high_mb_per_hour: slope.high_mb_per_hour * times,
            };
            self.add_growth(facts, all, memory.median_mb * times, &memory.period);
        }
        match (worker, usable(process.memory.as_ref()), workers) {
            (Some(worker), ..) => {
                let value = whole(worker.p95_mb.ceil());
                self.set(facts, v::MEMORY_PER_WORKER_MB, value, &worker.period);
            }
            // What the whole instance takes, its parent process included, in equal parts.
            (None, Some(memory), Some(workers)) => {
                let value = whole((memory.p95_mb / workers as f64).ceil());
                self.set(facts, v::MEMORY_PER_WORKER_MB, value, &memory.period);
            }
            (None, Some(memory), None) => {
                let value = whole(memory.p95_mb.ceil());
                self.set(facts, v::MEMORY_NEEDED_MB, value, &memory.period);
            }
            (None, None, _) => {}
        }
    }

    /// How fast the memory of an instance grows, and when that of its machine is full.
    fn add_growth(&self, facts: &mut Facts, slope: Slope, median_mb: f64, period: &Period) {
        // Only what is sure to grow grows: the lower end of the interval says so.
        let growth = if slope.low_mb_per_hour > 0.0 { slope.mb_per_hour } else { 0.0 };
        self.set(facts, v::MEASURED_GROWTH_MB_PER_HOUR, Value::Number(growth), period);
        let limit = facts.get(v::MACHINE_MEMORY_MB).and_then(Fact::number);
        if let Some(limit) = limit.filter(|_| growth > 0.0) {
            let left = (limit - median_mb).max(0.0);
            let seconds = Value::Number((left / growth * 3_600.0).round());
            self.set(facts, v::MEASURED_MEMORY_FULL_AFTER_S, seconds, period);
        }
    }

    fn add_times(&self, facts: &mut Facts, process: &Process) {
        if let Some(times) = &process.response_time
            && times.period.is_enough()
        {
            for (id, seconds) in [
                (v::MEASURED_RESPONSE_P50_S, times.p50_s),
                (v::MEASURED_RESPONSE_MEAN_S, times.mean_s.unwrap_or(times.p50_s)),
                (v::MEASURED_RESPONSE_P99_S, times.p99_s),
            ] {
                self.set(facts, id, Value::Number(seconds), &times.period);
            }
        }
        if let Some(queue) = &process.queue
            && queue.period.is_enough()
        {
            let value = Value::Number(queue.p95_s);
            self.set(facts, v::MEASURED_QUEUE_P95_S, value, &queue.period);
        }
        if let Some(boot) = &process.boot {
            let value = Value::Number(boot.max_s);
            self.set(facts, v::MEASURED_BOOT_S, value, &boot.period);
        }
        if let Some(requests) = &process.requests
            && let (Some(mean), Some(peak)) = (requests.mean_per_minute, requests.peak_per_minute)
        {
            for (id, value) in [
                (v::MEASURED_REQUESTS_PER_MINUTE, Value::Number(mean)),
                (v::MEASURED_PEAK_PER_MINUTE, Value::Int(i64::from(peak))),
            ] {
                self.set(facts, id, value, &requests.period);
            }
        }
    }

    /// Sets a fact, unless the measurement is too old.
    fn set(&self, facts: &mut Facts, id: FactId, value: Value, period: &Period) {
        let until = period.to.map(Time::day).or_else(|| day(&self.measured.written));
        let age = self.today.zip(until).map(|(today, until)| today - until);
        if age.is_some_and(|it| it > USED_DAYS) {
            return;
        }
        let samples = match period.samples {
            1 => "1 sample".to_owned(),
            samples => format!("{samples} samples"),
        };
        let when = match (period.from, period.to) {
            (Some(from), Some(to)) if date(from) == date(to) => format!("on {}", date(from)),
            (Some(from), Some(to)) => format!("{} to {}", date(from), date(to)),
            _ => format!("before {}", self.measured.written),
        };
        let old = match age.filter(|it| *it > OLD_DAYS) {
            Some(days) => format!(", {days} days ago: measure again"),
            None => String::new(),
        };
        let (path, source) = (&self.path, &period.source);
        let source = format!("measured {when}{old} ({samples} of {source}, {path})");
        state(facts, id, Fact::known(value, Origin::new(OriginKind::Measured, source)));
    }
}

/// The file is there and says nothing: without what was measured, opslint judges something else.
fn broken(file: FileId, message: String) -> Diagnostic {
    let label = Label::new(Span::start_of(file), "");
    Diagnostic::new(INVALID_CONFIG, Severity::Error, message, label)
        .with_help("run `opslint measure` again, which writes it anew")
}

/// Memory of which there are values enough.
fn usable(memory: Option<&Memory>) -> Option<&Memory> {
    memory.filter(|it| it.period.is_enough())
}

/// A whole number that is not negative.
fn whole(number: f64) -> Value {
    Value::Int(number.clamp(0.0, 1e15) as i64)
}

/// The day of a time, as `2026-11-28`.
fn date(time: Time) -> String {
    time.to_iso().chars().take(10).collect()
}

/// A date as days since 1970.
fn day(date: &str) -> Option<i64> {
    Time::from_iso(&format!("{date}T00:00:00Z")).map(Time::day)
}

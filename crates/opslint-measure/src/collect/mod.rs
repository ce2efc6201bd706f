//! Samples → what is kept of each process, in memory that does not grow with the input.

mod histogram;
mod load;
mod slope;
mod spread;

use std::collections::HashMap;

use crate::file::{Boot, Counts, Events, Function, Measured, Memory, Process};
use crate::names::{KnownProcess, Named, Names, instance};
use crate::sample::{Bucket, Event, Incident, Invocation, Of, Sample, Sink, Source, Subject};
use crate::time::Time;

use histogram::Histograms;
use load::Load;
use slope::Slopes;
use spread::Spread;

/// Bytes of a megabyte.
const MB: f64 = 1024.0 * 1024.0;

/// The most instances that are starting at once.
const STARTING_MAX: usize = 1_024;

/// The longest time that a start is believed to take, in seconds.
const START_MAX_S: f64 = 3_600.0;

/// The first and the last time of samples, and how many there were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(crate) from: Option<Time>,
    pub(crate) to: Option<Time>,
    pub(crate) samples: u64,
}

impl Span {
    fn take(&mut self, time: Option<Time>) {
        self.samples += 1;
        let Some(time) = time else { return };
        self.from = Some(self.from.map_or(time, |it| it.min(time)));
        self.to = Some(self.to.map_or(time, |it| it.max(time)));
    }
}

/// Everything that was told, by process.
#[derive(Debug)]
pub(crate) struct Collector {
    names: Names,
    processes: Vec<Kept>,
    /// Samples that no process was found for, by their source.
    pub(crate) untold: HashMap<Source, u64>,
}

/// What is kept of one process. Sources are kept apart: a router and a server log the same request.
#[derive(Debug, Default)]
struct Kept {
    memory: HashMap<Source, MemoryKept>,
    worker_memory: HashMap<Source, MemoryKept>,
    load: HashMap<Source, Load>,
    jobs: HashMap<Source, Load>,
    histograms: Histograms,
    events: HashMap<Source, (Span, Counts)>,
    starting: HashMap<u64, Time>,
    boot: HashMap<Source, (Span, Spread)>,
    function: FunctionKept,
}

#[derive(Debug, Default)]
struct MemoryKept {
    span: Span,
    spread: Spread,
    slopes: Slopes,
}

#[derive(Debug, Default)]
struct FunctionKept {
    span: Span,
    cold_starts: u64,
    failed: u64,
    timed_out: u64,
    billed_s: f64,
    init: Spread,
}

impl Collector {
    pub(crate) fn new(known: Vec<KnownProcess>, forced: Option<&str>) -> Self {
        let names = Names::new(known, forced);
        Self { names, processes: Vec::new(), untold: HashMap::new() }
    }

    /// Programs that the processes of the project run.
    pub(crate) fn programs(&self) -> Vec<String> {
        self.names.programs()
    }

    fn kept(&mut self, subject: Subject<'_>, source: Source) -> Option<&mut Kept> {
        let Named::Process(place) = self.names.find(subject, source) else {
            *self.untold.entry(source).or_default() += 1;
            return None;
        };
        if self.processes.len() <= place {
            self.processes.resize_with(place + 1, Kept::default);
        }
        self.processes.get_mut(place)
    }

    /// What was measured of each process.
    pub(crate) fn finish(self) -> Measured {
        let Self { names, processes, .. } = self;
        let processes = processes
            .into_iter()
            .enumerate()
            .map(|(place, kept)| (names.name(place).to_owned(), kept.finish(names.workers(place))));
        Measured {
            processes: processes.filter(|(_, it)| *it != Process::default()).collect(),
            ..Measured::default()
        }
    }
}

impl Sink for Collector {
    fn take(&mut self, sample: Sample<'_>) {
        let Some(kept) = self.kept(sample.subject, sample.source) else { return };
        kept.take(&sample);
    }

    fn bucket(&mut self, subject: Subject<'_>, bucket: Bucket, time: Option<Time>) {
        let Some(kept) = self.kept(subject, Source::Prometheus) else { return };
        kept.histograms.take(bucket, time);
    }
}

impl Kept {
    fn take(&mut self, sample: &Sample<'_>) {
        let &Sample { source, subject, time, event } = sample;
        match event {
            Event::Memory(of, bytes) => {
                let memory = match of {
                    Of::Instance => &mut self.memory,
                    Of::Worker => &mut self.worker_memory,
                };
                let memory = memory.entry(source).or_default();
                memory.span.take(time);
                memory.spread.add(bytes / MB);
                if let Some(time) = time {
                    memory.slopes.take(instance(subject), time, bytes / MB);
                }
            }
            Event::Request(request) => {
                let load = self.load.entry(source).or_default();
                load.take(time, request.status, request.duration_s, request.queue_s);
            }
            Event::Job { duration_s, failed } => {
                let status = if failed { 500 } else { 200 };
                let load = self.jobs.entry(source).or_default();
                load.take(time, Some(status), duration_s, None);
            }
            Event::Invocation(invocation) => self.invoke(source, time, &invocation),
            Event::Starting => {
                let instance = instance(subject);
                self.memory.values_mut().for_each(|it| it.slopes.restart(instance));
                if let Some(time) = time.filter(|_| self.starting.len() < STARTING_MAX) {
                    self.starting.insert(instance, time);
                }
            }
            Event::Started => {
                let began = self.starting.remove(&instance(subject));
                let (Some(began), Some(time)) = (began, time) else { return };
                let took_s = (time.millis() - began.millis()) as f64 / 1000.0;
                if (0.0..START_MAX_S).contains(&took_s) {
                    let (span, spread) = self.boot.entry(source).or_default();
                    span.take(Some(time));
                    spread.add(took_s);
                }
            }
            Event::Incident(incident, count) => self.incident(sample, incident, count),
        }
    }

    fn invoke(&mut self, source: Source, time: Option<Time>, invocation: &Invocation) {
        let load = self.load.entry(source).or_default();
        let status = if invocation.failed || invocation.timed_out { 500 } else { 200 };
        load.take(time, Some(status), Some(invocation.duration_s), None);
        let function = &mut self.function;
        function.span.take(time);
        function.billed_s += invocation.billed_s;
        function.failed += u64::from(invocation.failed);
        function.timed_out += u64::from(invocation.timed_out);
        if let Some(init_s) = invocation.init_s {
            function.cold_starts += 1;
            function.init.add(init_s);
        }
    }

    fn incident(&mut self, sample: &Sample<'_>, incident: Incident, count: u64) {
        let (span, counts) = self.events.entry(sample.source).or_default();
        span.take(sample.time);
        let counted = match incident {
            Incident::MemoryExceeded => &mut counts.memory_exceeded,
            Incident::MemoryKilled => &mut counts.memory_killed,
            Incident::Killed => &mut counts.killed,
            Incident::WorkerTimedOut => &mut counts.worker_timeouts,
            Incident::RouterTimedOut => &mut counts.router_timeouts,
            Incident::RouterRefused => &mut counts.router_refused,
            Incident::Restarted => &mut counts.restarts,
            Incident::BootTimedOut => &mut counts.boot_timeouts,
            Incident::ConnectionRefused => &mut counts.connections_refused,
        };
        *counted = counted.saturating_add(count);
        if matches!(incident, Incident::MemoryKilled | Incident::Killed | Incident::Restarted) {
            let instance = instance(sample.subject);
            self.memory.values_mut().for_each(|it| it.slopes.restart(instance));
        }
    }

    fn finish(self, workers: Option<u32>) -> Process {
        let load = most(self.load, |it| (it.has_durations(), it.span.samples));
        let jobs = most(self.jobs, |it| (it.has_durations(), it.span.samples));
        let (requests, mut response_time, queue) = match load {
            Some((source, load)) => load.finish(source),
            None => (None, None, None),
        };
        if response_time.is_none() {
            response_time = self.histograms.finish();
        }
        let (jobs, job_time, _) = match jobs {
            Some((source, load)) => load.finish(source),
            None => (None, None, None),
        };
        let boot = most(self.boot, |it| it.0.samples).and_then(|(source, (span, spread))| {
            let (median_s, p95_s, max_s) = (spread.at(0.5)?, spread.at(0.95)?, spread.max()?);
            Some(Boot { median_s, p95_s, max_s, period: span.period(source) })
        });
        Process {
            memory: memory(self.memory, workers),
            worker_memory: memory(self.worker_memory, workers),
            requests,
            response_time,
            queue,
            jobs,
            job_time,
            boot,
            function: self.function.finish(),
            events: events(self.events),
        }
    }
}

impl FunctionKept {
    fn finish(self) -> Option<Function> {
        let invocations = self.span.samples;
        (invocations > 0).then(|| Function {
            invocations,
            cold_starts: self.cold_starts,
            failed: self.failed,
            timed_out: self.timed_out,
            billed_s: self.billed_s,
            init_median_s: self.init.at(0.5),
            init_p95_s: self.init.at(0.95),
            period: self.span.period(Source::Lambda),
        })
    }
}

/// Of what sources say about the same thing, what the one says that says most.
fn most<T, K: Ord>(all: HashMap<Source, T>, key: impl Fn(&T) -> K) -> Option<(Source, T)> {
    all.into_iter().max_by(|(a_source, a), (b_source, b)| {
        // Sources that say as much are in the order of their list.
        key(a).cmp(&key(b)).then_with(|| b_source.cmp(a_source))
    })
}

fn memory(all: HashMap<Source, MemoryKept>, workers: Option<u32>) -> Option<Memory> {
    let (source, kept) = most(all, |it| it.span.samples)?;
    Some(Memory {
        median_mb: kept.spread.at(0.5)?,
        p95_mb: kept.spread.at(0.95)?,
        max_mb: kept.spread.max()?,
        slope: kept.slopes.finish(),
        workers,
        period: kept.span.period(source),
    })
}

/// Incidents of all sources together. What two of them can both have seen is counted once: the
/// most that one of them has.
fn events(all: HashMap<Source, (Span, Counts)>) -> Option<Events> {
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|it| it.0);
    let (source, (first, _)) = all.first()?;
    let (mut span, mut counts) = (*first, Counts::default());
    for (_, (other, theirs)) in &all {
        counts = counts.most(theirs);
        span.from = [span.from, other.from].into_iter().flatten().min();
        span.to = [span.to, other.to].into_iter().flatten().max();
    }
    span.samples = counts.all();
    Some(Events { counts, period: span.period(*source) })
}

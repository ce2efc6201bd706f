//! opslint.measured.toml: what was measured, as it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::collect::Span;
use crate::sample::Source;
use crate::time::Time;

/// Version of the file's shape. Keys are added, never renamed.
pub const VERSION: u32 = 1;

/// What was measured of each process.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Measured {
    /// Version of the shape.
    pub version: u32,
    /// The day of the run that wrote it, as `2026-11-28`.
    pub written: String,
    /// Processes by name.
    #[serde(default, rename = "process")]
    pub processes: BTreeMap<String, Process>,
}

/// What was measured of one process.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Process {
    /// Memory of one instance: a dyno, a container, a pod.
    pub memory: Option<Memory>,
    /// Memory of one process of the operating system in it.
    pub worker_memory: Option<Memory>,
    /// How many requests there were.
    pub requests: Option<Requests>,
    /// How long they took.
    pub response_time: Option<Quantiles>,
    /// How long they waited until an instance took them.
    pub queue: Option<Quantiles>,
    /// How many jobs there were.
    pub jobs: Option<Requests>,
    /// How long they took.
    pub job_time: Option<Quantiles>,
    /// How long an instance took to start.
    pub boot: Option<Boot>,
    /// Runs of a function.
    pub function: Option<Function>,
    /// What went wrong.
    pub events: Option<Events>,
}

/// Fewest values that a quantile near the end is taken from.
pub const SAMPLES_MIN: u64 = 20;

/// Where values come from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Period {
    /// The id of a [`Source`].
    pub source: String,
    /// How many values there were.
    pub samples: u64,
    /// The time of the first one, when it is told.
    #[serde(deserialize_with = "time")]
    pub from: Option<Time>,
    /// The time of the last one.
    #[serde(deserialize_with = "time")]
    pub to: Option<Time>,
}

impl Period {
    /// Whether there are values enough that checks and plans go by them.
    pub fn is_enough(&self) -> bool {
        self.samples >= SAMPLES_MIN
    }
}

/// Memory, in megabytes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Memory {
    /// Half of the time it was at most this.
    pub median_mb: f64,
    /// 95 % of the time it was at most this.
    pub p95_mb: f64,
    /// The most.
    pub max_mb: f64,
    /// How fast it grew between restarts, when there were enough values with a time.
    pub slope: Option<Slope>,
    /// How many processes served in an instance then, as files of the project said. Another number
    /// of them takes more or less.
    #[serde(default)]
    pub workers: Option<u32>,
    /// Where that comes from.
    #[serde(flatten)]
    pub period: Period,
}

/// How fast memory grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct Slope {
    /// The most likely.
    pub mb_per_hour: f64,
    /// With a probability of 95 % it is between this …
    pub low_mb_per_hour: f64,
    /// … and this.
    pub high_mb_per_hour: f64,
}

/// Requests or jobs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// All of them.
    pub count: u64,
    /// Those that failed: status 5xx, a job that raised.
    pub errors: u64,
    /// The mean of all minutes, gaps of the log left out. `None` when no time is told.
    pub mean_per_minute: Option<f64>,
    /// Those of the busiest minute.
    pub peak_per_minute: Option<u32>,
    /// The mean of the minutes of each hour of the day, in UTC: 24 values.
    pub per_minute_by_hour: Option<Vec<f64>>,
    /// Where that comes from.
    #[serde(flatten)]
    pub period: Period,
}

/// Durations, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Quantiles {
    /// The mean, which decides how many requests a worker can take; not told by histograms.
    #[serde(rename = "mean_s")]
    pub mean_s: Option<f64>,
    /// Half of them took at most this.
    #[serde(rename = "p50_s")]
    pub p50_s: f64,
    /// 95 % of them.
    #[serde(rename = "p95_s")]
    pub p95_s: f64,
    /// 99 % of them.
    #[serde(rename = "p99_s")]
    pub p99_s: f64,
    /// The longest.
    #[serde(rename = "max_s")]
    pub max_s: Option<f64>,
    /// The same of each class of status: `2xx`.
    #[serde(default)]
    pub by_status: BTreeMap<String, Quantiles>,
    /// Where that comes from.
    #[serde(flatten)]
    pub period: Period,
}

/// Starts of instances, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Boot {
    /// Half of them took at most this.
    pub median_s: f64,
    /// 95 % of them.
    pub p95_s: f64,
    /// The longest.
    pub max_s: f64,
    /// Where that comes from.
    #[serde(flatten)]
    pub period: Period,
}

/// Runs of a function.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Function {
    /// All of them.
    pub invocations: u64,
    /// Those that had to start an environment first.
    pub cold_starts: u64,
    /// Those that ended with an error.
    pub failed: u64,
    /// Those that took too long.
    pub timed_out: u64,
    /// Seconds that are paid for, all together.
    pub billed_s: f64,
    /// Time that starting an environment took, in seconds.
    pub init_median_s: Option<f64>,
    /// 95 % of starts took at most this.
    pub init_p95_s: Option<f64>,
    /// Where that comes from.
    #[serde(flatten)]
    pub period: Period,
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What went wrong, how often.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(default)]
        pub struct Counts { $($(#[$doc])* pub $name: u64,)* }

        impl Counts {
            /// Every count with its name.
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }

            /// Of each count the larger one.
            pub(crate) fn most(&self, other: &Self) -> Self {
                Self { $($name: self.$name.max(other.$name),)* }
            }
        }
    };
}

counts! {
    /// More memory than there is, into swap: Heroku's R14, which is logged again and again.
    memory_exceeded,
    /// Killed for its memory: R15, OOMKilled.
    memory_killed,
    /// Ended by SIGKILL: exit status 137.
    killed,
    /// Workers and functions that took too long.
    worker_timeouts,
    /// Responses that the router did not wait for: H12.
    router_timeouts,
    /// Requests that the router found nobody for: H10, H21.
    router_refused,
    /// Restarts, for whatever reason.
    restarts,
    /// Instances that did not listen in time: R10.
    boot_timeouts,
    /// Connections that a database had no room for.
    connections_refused,
}

impl Counts {
    /// All together.
    pub(crate) fn all(&self) -> u64 {
        self.named().iter().fold(0, |acc, it| acc.saturating_add(it.1))
    }
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Events {
    /// How often.
    #[serde(flatten)]
    pub counts: Counts,
    /// Where that comes from.
    #[serde(flatten)]
    pub period: Period,
}

impl Measured {
    /// Reads the file. What is no such file says why.
    ///
    /// # Errors
    /// When it is no TOML, lacks what every such file has, or has a newer shape.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let measured: Self = toml::from_str(text).map_err(|it| it.message().to_owned())?;
        if measured.version != VERSION {
            let version = measured.version;
            return Err(format!("its version is {version}, and this opslint reads version 1"));
        }
        Ok(measured)
    }
}

impl Span {
    pub(crate) fn period(self, source: Source) -> Period {
        let Self { from, to, samples } = self;
        Period { source: source.id().to_owned(), samples, from, to }
    }
}

/// Reads a time.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = Time::from_iso(&text);
    time.map(Some)
        .ok_or_else(|| serde::de::Error::custom("expected a time such as 2026-11-28T15:00:00Z"))
}

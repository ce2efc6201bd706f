//! What a line tells: one thing about one process at one time.

use crate::time::Time;

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// Where a sample comes from: what kind of line it was read from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Source { $($(#[$doc])* $name,)* }

        impl Source {
            /// Every source.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in files and reports.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

sources! {
    /// Lines of Heroku's logplex: router, runtime metrics, states of dynos.
    Heroku = "heroku",
    /// `docker stats`, and the API beneath it.
    DockerStats = "docker-stats",
    /// `docker events`.
    DockerEvents = "docker-events",
    /// `kubectl top pods`.
    KubectlTop = "kubectl-top",
    /// `kubectl get events`, `kubectl get pods`.
    Kubernetes = "kubernetes",
    /// REPORT and INIT lines of Lambda.
    Lambda = "lambda",
    /// Access logs in the Common and Combined Log Format, and in formats of the project.
    AccessLog = "access-log",
    /// uvicorn's access log.
    Uvicorn = "uvicorn",
    /// Caddy's JSON.
    Caddy = "caddy",
    /// Traefik's JSON.
    Traefik = "traefik",
    /// Prometheus: scrapes, and answers of its HTTP API.
    Prometheus = "prometheus",
    /// Metrics of Render's API.
    Render = "render",
    /// Tables of `ps`.
    Ps = "ps",
    /// Tables of `smem`.
    Smem = "smem",
    /// Events and the log of Celery.
    Celery = "celery",
    /// gunicorn's error log.
    Gunicorn = "gunicorn",
    /// Errors of database servers in any log.
    Database = "database",
}

/// Whom a line is about, as the line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject<'a> {
    /// The line does not say it.
    Untold,
    /// Only which instance: a machine id, a process id.
    Instance(&'a str),
    /// A dyno: `web.1`.
    Dyno(&'a str),
    /// A container, a pod or a service, whose name may have more in it than that of the process.
    Container(&'a str),
    /// A name that is that of a process only when there is such a process, and an instance.
    Perhaps(&'a str, &'a str),
    /// A function.
    Function(&'a str),
    /// A program that a process of the project runs, and an instance.
    Program(&'a str, &'a str),
}

/// What a size of memory is the size of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// A whole instance: a dyno, a container, a pod.
    Instance,
    /// One process of the operating system.
    Worker,
}

/// Something that went wrong with an instance or was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incident {
    /// Heroku's R14: more memory than the plan has, into swap.
    MemoryExceeded,
    /// Killed for its memory: R15, OOMKilled, an `oom` event.
    MemoryKilled,
    /// It ended by SIGKILL: exit status 137.
    Killed,
    /// The server killed a worker that did not answer in time.
    WorkerTimedOut,
    /// The router gave up on a response: H12.
    RouterTimedOut,
    /// The router found nobody to take a request: H10, H11, H21 and the like.
    RouterRefused,
    /// Restarted, for whatever reason.
    Restarted,
    /// It did not listen in time: R10.
    BootTimedOut,
    /// A database had no connection left.
    ConnectionRefused,
}

/// What a sample is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    /// Memory in use, in bytes.
    Memory(Of, f64),
    /// A request that was answered.
    Request(Request),
    /// A job that was done.
    Job {
        duration_s: Option<f64>,
        failed: bool,
    },
    /// A run of a function.
    Invocation(Invocation),
    /// An instance began to start, or has started.
    Starting,
    Started,
    Incident(Incident, u64),
}

/// A request that was answered, as far as the line tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Request {
    pub(crate) status: Option<u16>,
    pub(crate) duration_s: Option<f64>,
    /// Time until an instance took it.
    pub(crate) queue_s: Option<f64>,
}

/// A run of a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Invocation {
    pub(crate) duration_s: f64,
    pub(crate) billed_s: f64,
    /// Time to start an environment, when it was a cold start.
    pub(crate) init_s: Option<f64>,
    pub(crate) failed: bool,
    pub(crate) timed_out: bool,
    /// Most memory that was in use, in bytes.
    pub(crate) memory: f64,
}

/// One thing about one process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample<'a> {
    pub(crate) source: Source,
    pub(crate) subject: Subject<'a>,
    pub(crate) time: Option<Time>,
    pub(crate) event: Event,
}

/// Takes samples, and points of histograms.
pub(crate) trait Sink {
    /// A sample.
    fn take(&mut self, sample: Sample<'_>);

    /// The value of a counter of requests that took at most `le_s` seconds.
    fn bucket(&mut self, subject: Subject<'_>, bucket: Bucket, time: Option<Time>);
}

/// A point of a cumulative histogram of response times, as Prometheus has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// Which metric, by its place in the list of those that are known.
    pub(crate) metric: usize,
    /// A hash of the name with all labels: the series.
    pub(crate) series: u64,
    /// Upper bound in seconds; infinite for the last one.
    pub(crate) le_s: f64,
    /// Requests so far.
    pub(crate) count: f64,
}

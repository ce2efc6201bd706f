//! What would have to change for a process on another platform.

use super::figure;
use crate::fact::{Fact, Value};
use crate::platforms::{Platform, Trigger};
use crate::project::{Deployment, Lookup, Process};
use crate::vocabulary::{self as v, FactId};

/// What stands before a function that serves a web application, where nobody chooses.
const TRIGGER: &str = "http-api";

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// How long a request may take.
    Timeout,
    /// How large a request may be.
    Upload,
    /// Files that outlive the process.
    Disk,
    /// Work that no request waits for.
    BackgroundWork,
    /// Starts that a request waits for.
    ColdStart,
    /// How long a process may take to stop.
    Shutdown,
    /// The address that it listens on.
    Port,
    /// A command that runs before each release.
    Release,
    /// Connections to the database.
    Database,
    /// The program that serves.
    Program,
}

impl Subject {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Upload => "upload",
            Self::Disk => "disk",
            Self::BackgroundWork => "background-work",
            Self::ColdStart => "cold-start",
            Self::Shutdown => "shutdown",
            Self::Port => "port",
            Self::Release => "release",
            Self::Database => "database",
            Self::Program => "program",
        }
    }
}

/// Something that would have to change, or that would be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub subject: Subject,
    /// What is so there, and what to do.
    pub text: String,
}

/// How a platform runs the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Machines that run all month.
    Machines,
    /// Instances that are there while there are requests.
    WhileRequests,
    /// A function for each request.
    Functions,
}

/// A process that would be moved.
pub(super) struct Move<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) process: &'a Process,
    pub(super) to: &'a Platform,
    pub(super) form: Form,
    /// What it would be there, where that is known.
    pub(super) there: Option<&'a Process>,
    /// Instances that there would be.
    pub(super) instances: f64,
}

impl Move<'_> {
    /// Everything that would have to change, in the order of [`Subject`].
    pub(super) fn changes(&self) -> Vec<Change> {
        let is_web = super::kind(self.process) == "web";
        let mut changes = Vec::new();
        let mut add = |subject, text: Option<String>| {
            changes.extend(text.map(|text| Change { subject, text }));
        };
        if is_web {
            add(Subject::Timeout, self.timeout());
            add(Subject::Upload, self.upload());
        }
        add(Subject::Disk, self.disk());
        add(Subject::BackgroundWork, self.background());
        if is_web {
            add(Subject::ColdStart, self.cold_start());
        }
        add(Subject::Shutdown, self.shutdown());
        if is_web {
            add(Subject::Port, self.port());
        }
        add(Subject::Release, self.release());
        if self.form == Form::Functions {
            let text = "each function opens its own connections: put a pool between them and the \
                        database";
            let has_database =
                self.process.facts.get(v::CONNECTIONS_PER_PROCESS).is_some_and(is_more_than_none);
            add(Subject::Database, has_database.then(|| text.to_owned()));
            let text = "an adapter calls the application, and the server is left out";
            add(Subject::Program, is_web.then(|| text.to_owned()));
        }
        changes
    }

    fn number(&self, id: FactId) -> Option<f64> {
        figure::known(&self.process.facts, id).map(|it| it.max)
    }

    fn trigger(&self) -> Option<&Trigger> {
        self.to.trigger(TRIGGER).filter(|_| self.form == Form::Functions)
    }

    /// Seconds that a request may take: now, and there.
    fn timeout(&self) -> Option<String> {
        let router = &self.to.router;
        let of_trigger = self.trigger().and_then(|it| it.request_timeout_s.as_ref());
        let then = match of_trigger {
            Some(it) => f64::from(it.value),
            None => router.request_timeout_s.as_ref().map(|it| f64::from(it.value))?,
        };
        let now = self.number(v::ROUTER_REQUEST_TIMEOUT_S);
        let server = self.number(v::TIMEOUT_S).filter(|it| *it > 0.0);
        let allowed = match (now, server) {
            (Some(now), Some(server)) => now.min(server),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return Some(format!("a request ends after {}", seconds(then))),
        };
        if allowed <= then {
            return None;
        }
        let most = router.request_timeout_s_max.as_ref().map(|it| f64::from(it.value));
        let most = most.filter(|it| *it > then && self.form != Form::Functions);
        let what_to_do = match most {
            Some(most) => format!("a file there can ask for {}", seconds(most)),
            None => "move longer work behind the response".to_owned(),
        };
        let (then, now) = (seconds(then), seconds(allowed));
        Some(format!("a request ends after {then}, not {now}: {what_to_do}"))
    }

    fn upload(&self) -> Option<String> {
        let of_trigger = self.trigger().and_then(|it| it.payload_limit_mb.as_ref());
        let then = match of_trigger {
            Some(it) => it.value,
            None => self.to.router.body_limit_mb.as_ref().map(|it| it.value)?,
        };
        let app = self.number(v::APP_LIMITS_UPLOAD_MB).filter(|it| *it > 0.0);
        let router = self.number(v::ROUTER_BODY_LIMIT_MB);
        let now = [app, router, self.number(v::PROXY_BODY_LIMIT_MB)];
        let now = now.into_iter().flatten().min_by(f64::total_cmp);
        match now {
            Some(now) if now <= then => None,
            Some(now) => Some(format!(
                "a request has at most {} MB, not {}: send larger files to an object store",
                megabytes(then),
                megabytes(now)
            )),
            None => Some(format!(
                "a request has at most {} MB: send larger files to an object store",
                megabytes(then)
            )),
        }
    }

    fn disk(&self) -> Option<String> {
        let Some(Value::List(paths)) = self.process.facts.get(v::STORAGE_PATHS)?.value() else {
            return None;
        };
        let first = paths.first()?;
        let disk = &self.to.disk;
        let has_volumes = disk.volume_gb_default.is_some() || disk.volume_gb_max.is_some();
        if !has_volumes || self.form != Form::Machines {
            return Some(format!(
                "there is no disk that outlives the process: move the files of `{first}` to an \
                 object store or a database"
            ));
        }
        let most = disk.volume_instances_max.as_ref().map(|it| f64::from(it.value));
        let most = most.filter(|it| self.instances > *it);
        Some(match most {
            Some(most) => format!(
                "{} instances cannot share a disk, which is for {most}: `{first}` needs a store \
                 that all of them reach",
                self.instances
            ),
            None => format!("the files of `{first}` have to be copied to a disk there"),
        })
    }

    /// What stays cannot be a function, and nothing goes on between requests.
    fn background(&self) -> Option<String> {
        if self.form == Form::Machines {
            return None;
        }
        let is_other = |it: &&Process| it.name.value != self.process.name.value;
        let workers = self.deployment.processes.iter().filter(is_other);
        let workers: Vec<String> = workers
            .filter(|it| super::kind(it) == "worker")
            .map(|it| format!("`{}`", it.name.value))
            .collect();
        Some(match workers.as_slice() {
            [] => "nothing runs between requests: threads and timers of the application stop"
                .to_owned(),
            names => format!(
                "nothing runs between requests: {} need{} machines that stay, or a queue that \
                 calls functions",
                names.join(" and "),
                if names.len() == 1 { "s" } else { "" }
            ),
        })
    }

    fn cold_start(&self) -> Option<String> {
        if self.form == Form::Machines {
            return None;
        }
        let boot = self.number(v::MEASURED_BOOT_S);
        let how_long = match boot {
            Some(boot) => format!(": {} as measured", seconds(boot)),
            None => String::new(),
        };
        Some(format!(
            "the first request after a pause, and each that finds no instance free, waits for a \
             start{how_long}"
        ))
    }

    fn shutdown(&self) -> Option<String> {
        if self.form == Form::Functions {
            return None;
        }
        let then = self.to.shutdown.grace_s.as_ref().map(|it| it.value)?;
        let wanted = self.number(v::GRACEFUL_TIMEOUT_S)?;
        // What is too long where it is now is nothing that the move changes.
        let now = self.number(v::SHUTDOWN_GRACE_S).unwrap_or(f64::INFINITY);
        if wanted <= then || now <= then {
            return None;
        }
        let most = self.to.shutdown.grace_s_max.as_ref().map(|it| f64::from(it.value));
        Some(match most {
            Some(most) if most >= wanted => format!(
                "a process is killed after {}, and the server takes up to {}: ask for more, at \
                 most {}",
                seconds(then),
                seconds(wanted),
                seconds(most)
            ),
            _ if then <= 0.0 => format!(
                "a process is killed at once unless it is given time there: the server takes up to \
                 {}",
                seconds(wanted)
            ),
            _ => format!(
                "a process is killed after {}: let the server stop in less than its {}",
                seconds(then),
                seconds(wanted)
            ),
        })
    }

    /// A port that does not follow the one that the platform chooses.
    fn port(&self) -> Option<String> {
        let there = self.there?;
        let listens = figure::known(&there.facts, v::PORT).filter(|it| it.is_exact())?.min;
        let Lookup::Set(chosen) = there.environment.get("PORT") else { return None };
        let chooses = self.to.traits.injects_port.as_ref().is_some_and(|it| it.value);
        let follows = chosen.text().and_then(|it| it.parse::<f64>().ok()) == Some(listens);
        (chooses && !follows)
            .then(|| format!("the server listens on {listens}: let it listen on `$PORT`"))
    }

    fn release(&self) -> Option<String> {
        let mut all = self.deployment.processes.iter();
        let release = all.find(|it| super::kind(it) == "release")?;
        let has_phase = self.to.traits.release_phase.as_ref()?.value;
        let name = &release.name.value;
        (!has_phase).then(|| format!("run the command of `{name}` in the pipeline before a deploy"))
    }
}

fn is_more_than_none(fact: &Fact) -> bool {
    fact.state.bounds().is_none_or(|(_, max)| max > 0.0)
}

fn seconds(value: f64) -> String {
    match value {
        it if it >= 120.0 && it % 60.0 == 0.0 => format!("{} minutes", it / 60.0),
        it => format!("{it} s"),
    }
}

fn megabytes(value: f64) -> String {
    format!("{}", (value * 10.0).round() / 10.0)
}

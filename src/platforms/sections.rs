//! Limits and defaults that a platform has once: each key is a table with a value and its source.
//!
//! One list of keys gives the shape of the file, the ready type, and the walk over its sources.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::load::{LoadError, Resolver};
use super::sourced::{Date, Source, Sourced, ToValue};
use crate::fact::Value;

/// One value as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValue<T> {
    value: T,
    source: Spanned<String>,
    #[serde(default)]
    doubtful: bool,
    note: Option<String>,
}

impl<T> RawValue<T> {
    pub(super) fn resolve(self, resolver: &Resolver) -> Result<Sourced<T>, LoadError> {
        let source = resolver.source(&self.source)?;
        let Self { value, doubtful, note, .. } = self;
        Ok(Sourced { value, source, doubtful, outdated: false, note })
    }
}

macro_rules! section {
    ($(#[$meta:meta])* $name:ident, $raw:ident {
        $($(#[$key_meta:meta])* $key:ident: $ty:ty,)*
    } $(grows { $($grows:ident),* })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($(#[$key_meta])* pub $key: Option<Sourced<$ty>>,)*
        }

        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $raw {
            $($key: Option<RawValue<$ty>>,)*
        }

        impl $raw {
            pub(super) fn resolve(self, resolver: &Resolver) -> Result<$name, LoadError> {
                Ok($name { $($key: self.$key.map(|it| it.resolve(resolver)).transpose()?,)* })
            }
        }

        impl $name {
            /// Takes from `other` what is absent here.
            pub(super) fn or(self, other: Self) -> Self {
                Self { $($key: self.$key.or(other.$key),)* }
            }

            $(/// Marks the limits that vendors only raise, where nobody has compared them for a year.
            pub(super) fn mark_outdated(&mut self, today: Date) {
                $(if let Some(it) = &mut self.$grows {
                    it.mark_outdated(today);
                })*
            })?

            /// The keys that are present, with their values.
            pub(super) fn values(&self) -> Vec<(&'static str, Sourced<Value>)> {
                let mut values = Vec::new();
                $(if let Some(it) = &self.$key {
                    values.push((stringify!($key), it.map(ToValue::to_value)));
                })*
                values
            }

            /// The keys that are present, with their sources.
            pub(super) fn sources(&self) -> Vec<(&'static str, &Arc<Source>)> {
                let mut sources = Vec::new();
                $(if let Some(it) = &self.$key {
                    sources.push((stringify!($key), &it.source));
                })*
                sources
            }
        }
    };
}

pub(super) use section;

section! {
    /// What stands between clients and a web process.
    Router, RawRouter {
        /// Seconds until the first byte of a response must be sent.
        request_timeout_s: u32,
        /// Most seconds that a file can ask for instead.
        request_timeout_s_max: u32,
        /// Seconds without a byte after which a connection is closed.
        idle_timeout_s: u32,
        /// Seconds that the router keeps an idle connection to the process for reuse. A server
        /// that closes earlier makes requests fail.
        keepalive_timeout_s: u32,
        /// Seconds that the router tries to connect to the process.
        connect_timeout_s: u32,
        /// Largest request body, in MB.
        body_limit_mb: f64,
        /// Seconds in which the whole request must have arrived.
        upload_timeout_s: u32,
        /// Connections that the router holds for one app at once.
        connections_max: u32,
        /// Longest header line, in bytes.
        header_limit_bytes: u32,
        /// Requests that wait for one instance.
        queue_max: u32,
        /// Port that requests go to when no file says another.
        port: u32,
        /// Ports that a process cannot use.
        ports_reserved: Vec<u32>,
        /// Address that a process has to listen on.
        bind_host: String,
        /// Load at which the router prefers other instances.
        soft_limit: u32,
        /// Load at which the router sends nothing more.
        hard_limit: u32,
        /// Highest such load that a file can ask for.
        hard_limit_max: u32,
    } grows {
        request_timeout_s_max, body_limit_mb, connections_max, header_limit_bytes, hard_limit_max
    }
}

section! {
    /// How a process is stopped.
    Shutdown, RawShutdown {
        /// The signal that asks the process to stop.
        signal: String,
        /// Signals that a file may ask for instead.
        signals: Vec<String>,
        /// Seconds between that signal and SIGKILL.
        grace_s: f64,
        /// Most seconds that a file may ask for.
        grace_s_max: u32,
        /// Seconds in which the router takes an instance out before it is stopped.
        drain_s: u32,
        /// Most seconds of that a file may ask for.
        drain_s_max: u32,
        /// Seconds after which the platform restarts every instance.
        restart_every_s: u32,
    } grows { grace_s_max, drain_s_max }
}

section! {
    /// The machines that containers share, where their CPUs are not the plan's.
    Host, RawHost {
        /// Fewest CPUs that a program has been seen to see: `os.cpu_count()`, `nproc`.
        visible_cpus_min: u32,
        /// Most CPUs that a program has been seen to see.
        visible_cpus_max: u32,
        /// Memory of the smallest host that is usual.
        memory_mb_min: u32,
        /// Memory of the largest host that is usual.
        memory_mb_max: u32,
    }
}

section! {
    /// The CPUs that a file can ask for, where it asks for any number of them.
    Machine, RawMachine {
        /// Fewest CPUs.
        cpus_min: f64,
        /// Most CPUs.
        cpus_max: f64,
        /// Above one CPU, the number is a multiple of this.
        cpus_step_above_one: f64,
        /// Least memory in MB in the second generation of the execution environment, however many
        /// CPUs there are.
        memory_mb_min_second_generation: u32,
    } grows { cpus_max }
}

section! {
    /// How a process is started.
    Boot, RawBoot {
        /// Seconds in which the process must listen on its port.
        timeout_s: u32,
    }
}

section! {
    /// What happens to instances without traffic. Plans that sleep say so themselves.
    Idle, RawIdle {
        /// Seconds until a sleeping instance answers.
        wake_s: u32,
        /// Most memory, in MB, of an instance that can be suspended instead of stopped.
        suspend_memory_mb_max: u32,
    } grows { suspend_memory_mb_max }
}

section! {
    /// How many instances there are.
    Scale, RawScale {
        /// Instances when no file says how many.
        instances_default: u32,
        /// Most instances.
        instances_max: u32,
        /// Average CPU use, in percent, that autoscaling aims at.
        cpu_target_percent: u32,
    } grows { instances_max }
}

section! {
    /// How the platform itself adds and removes instances by load.
    Autoscaling, RawAutoscaling {
        /// What it looks at: `cpu`, `memory`, `concurrency`, `response-time`, `requests`.
        metrics: Vec<String>,
        /// Percent of CPU or memory that it aims at when no file says another.
        target_percent: u32,
        /// Least such percent that a file can ask for.
        target_percent_min: u32,
        /// Most such percent that a file can ask for.
        target_percent_max: u32,
        /// Seconds between two looks.
        interval_s: u32,
        /// Seconds of less load before an instance is taken away.
        scale_down_after_s: u32,
    }
}

section! {
    /// Limits of builds and of what runs before a release.
    Build, RawBuild {
        /// Seconds that a build may take.
        timeout_s: u32,
        /// Seconds that the release or pre-deploy command may take.
        release_timeout_s: u32,
        /// Largest result of a build, in MB.
        artifact_mb_max: u32,
    } grows { timeout_s, release_timeout_s, artifact_mb_max }
}

section! {
    /// Limits of scheduled jobs.
    Cron, RawCron {
        /// Seconds that one run may take.
        run_timeout_s: u32,
    } grows { run_timeout_s }
}

section! {
    /// Limits and defaults of functions. Tools that deploy them may have defaults of their own.
    Function, RawFunction {
        /// Memory when no file says how much, in MB.
        memory_mb: u32,
        /// Least memory, in MB.
        memory_mb_min: u32,
        /// Most memory, in MB.
        memory_mb_max: u32,
        /// Memory that comes with one CPU, in MB: CPUs are a share of it.
        memory_mb_per_cpu: u32,
        /// Seconds after which a function is ended when no file says how many.
        timeout_s: u32,
        /// Fewest seconds that a file can ask for.
        timeout_s_min: u32,
        /// Most seconds that a file can ask for.
        timeout_s_max: u32,
        /// Disk that a function can write to when no file says how much, in MB.
        temporary_storage_mb: u32,
        /// Least such disk, in MB.
        temporary_storage_mb_min: u32,
        /// Most such disk, in MB.
        temporary_storage_mb_max: u32,
        /// Most such disk, in MB, of functions with accelerator devices.
        accelerated_temporary_storage_mb_max: u32,
        /// Memory, in MB, of functions on instances that are kept for them when no file says more.
        managed_memory_mb: u32,
        /// Least memory, in MB, of functions on instances that are kept for them.
        managed_memory_mb_min: u32,
        /// Most memory, in MB, of functions on instances that are kept for them.
        managed_memory_mb_max: u32,
        /// Most seconds that a file can ask for where instances are kept for the function.
        managed_timeout_s_max: u32,
        /// Largest response, in MB, that is not streamed.
        response_limit_mb: u32,
        /// Largest code with its dependencies, unpacked, in MB.
        package_limit_mb: u32,
        /// Largest image, in MB.
        image_limit_mb: u32,
        /// Requests that one instance works on at once.
        requests_per_instance: u32,
        /// Instances of all functions of an account together, when nobody raised it.
        account_concurrency: u32,
        /// Of these, how many must stay free for functions that reserve none.
        unreserved_concurrency_min: u32,
        /// Seconds for which a queue hides a message in work when no file says how many.
        queue_visibility_s: u32,
        /// Variables that a function cannot set, because the platform does.
        reserved_variables: Vec<String>,
    } grows {
        memory_mb_max, timeout_s_max, temporary_storage_mb_max, package_limit_mb,
        image_limit_mb, account_concurrency
    }
}

section! {
    /// Where files go.
    Disk, RawDisk {
        /// Size of the root file system, in GB.
        root_gb: u32,
        /// What files outside of a volume may take together, in MB.
        ephemeral_mb_max: u32,
        /// Size of a volume when no file says another, in GB.
        volume_gb_default: u32,
        /// Largest volume, in GB.
        volume_gb_max: u32,
        /// Most instances that can use one volume.
        volume_instances_max: u32,
        /// Whether the release or pre-deploy command sees the volume.
        release_has_volume: bool,
        /// Whether files of the project name every volume: what no file names is not there.
        volumes_in_files: bool,
        /// Folders that a volume cannot be mounted on.
        mount_paths_refused: Vec<String>,
    } grows { volume_gb_max }
}

section! {
    /// How the platform finds out whether a web process works.
    HealthCheck, RawHealthCheck {
        /// `tcp` (a connection) or `http` (a request), when no file says which.
        kind: String,
        /// Path of the request when no file names one.
        path: String,
        /// Seconds between two checks.
        interval_s: u32,
        /// Seconds that a check waits for an answer.
        timeout_s: u32,
        /// Seconds after the start in which checks do not count.
        grace_s: u32,
        /// Most seconds between two checks.
        interval_s_max: u32,
        /// Most seconds that a check can wait.
        timeout_s_max: u32,
        /// Most seconds of grace.
        grace_s_max: u32,
        /// Whether an answer with status 3xx counts as healthy.
        redirect_is_healthy: bool,
        /// Seconds of failing checks after which an instance gets no traffic.
        unrouted_after_s: u32,
        /// Seconds of failing checks after which an instance is restarted.
        restarted_after_s: u32,
        /// Seconds of failing checks after which a deploy is given up.
        deploy_timeout_s: u32,
    } grows { interval_s_max, timeout_s_max, grace_s_max }
}

//! What a platform does by itself, whatever files say: rules ask for a trait and not for a name.
//!
//! A trait is `true`, `false` or absent. Absent means that nobody found out, so that a rule which
//! asks stays silent.

use std::sync::Arc;

use serde::Deserialize;

use super::load::{LoadError, Resolver};
use super::sections::{RawValue, section};
use super::sourced::{Source, Sourced, ToValue};
use crate::fact::{Fact, Value};
use crate::vocabulary::FactId;

/// How a router picks the instance for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balancing {
    /// Any, by chance: each instance has a queue of its own.
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the least to do.
    LeastLoaded,
}

impl ToValue for Balancing {
    fn to_value(&self) -> Value {
        let name = match self {
            Self::Random => "random",
            Self::RoundRobin => "round-robin",
            Self::LeastLoaded => "least-loaded",
        };
        Value::Text(name.to_owned())
    }
}

section! {
    /// What a platform does by itself. Each key is a fact `platform.KEY`.
    Traits, RawTraits {
        /// A router outside of the instance passes the requests of clients to a web process, so a
        /// server that listens on a loopback address gets none.
        routes_from_outside: bool,
        /// Each instance has a network of its own, so that a loopback address reaches nothing but
        /// programs in the same instance.
        own_network: bool,
        /// The router ends TLS and speaks plain HTTP to the process.
        terminates_tls: bool,
        /// The router tells the process in `X-Forwarded-Proto` how the client came.
        sets_forwarded_proto: bool,
        /// `FORWARDED_ALLOW_IPS` is set for the process, so that a server believes the router.
        sets_forwarded_allow_ips: bool,
        /// The whole request body is there before the process gets the request.
        router_buffers_requests: bool,
        /// The process is free before a slow client has read its response.
        router_buffers_responses: bool,
        /// How the router picks the instance for a request.
        router_balancing: Balancing,
        /// A health check is a request over HTTP where no file says what it is.
        checks_http: bool,
        /// The host that such a request names: `address` is that of the instance, `domain` the
        /// public name of the service, anything else is the name itself.
        check_host_header: String,
        /// Health checks go on after the deploy is over.
        checks_after_deploy: bool,
        /// An instance whose checks fail is restarted.
        restarts_failing: bool,
        /// Files that are not on a volume are lost when the instance is replaced.
        ephemeral_disk: bool,
        /// The command of a process is given to a shell.
        command_runs_in_shell: bool,
        /// The signal to stop goes to every process of the instance, not only to the first one.
        sigterm_to_all_processes: bool,
        /// `PORT` is set for web processes.
        injects_port: bool,
        /// Scheme of the address of its PostgreSQL in `DATABASE_URL`, which is set where such a
        /// database is attached.
        database_scheme: String,
        /// All instances are stopped without traffic where no file says otherwise.
        scales_to_zero: bool,
        /// The CPU is there only while a request is worked on, where no file says otherwise.
        cpu_only_during_requests: bool,
        /// All processes run on one host, and can share its disk and its addresses.
        single_host: bool,
        /// A command can be run once for each release, before its instances start.
        release_phase: bool,
        /// The Dockerfile of the repository is built where there is one.
        builds_image: bool,
        /// Instances of the old and the new release run at the same time during a deploy, where
        /// no file says otherwise.
        deploys_overlap: bool,
        /// Somebody can open a shell in a running instance.
        remote_shell: bool,
    }
}

impl Traits {
    /// The traits as facts `platform.KEY`, in the order of the vocabulary.
    pub(super) fn facts(&self, platform: &str) -> Vec<(FactId, Fact)> {
        let fact = |(key, value): (&str, Sourced<Value>)| {
            let id = FactId::from_name(&format!("platform.{key}"))?;
            let origin = value.origin(platform);
            Some((id, Fact::known(value.value, origin)))
        };
        self.values().into_iter().filter_map(fact).collect()
    }
}

//! How somebody does a thing on a platform: the key, the place or the command that a help names.
//!
//! Absent means that there is no such key, or that nobody found out: a help then says what is to be
//! done and not where.

use super::load::{LoadError, Resolver};
use super::sections::{RawValue, section};
use super::sourced::{Source, Sourced, ToValue};
use crate::fact::{Fact, Value};
use crate::vocabulary::FactId;

use std::sync::Arc;

use serde::Deserialize;

section! {
    /// Orders and places for helps, in Markdown. Each key is a fact `platform.advice_KEY`; `{}` is
    /// the gap that `fill` fills.
    Advice, RawAdvice {
        /// The order that sets the seconds between the signal to stop and the kill, with one gap.
        grace: String,
        /// What is to be set for a health check to count later, as a noun.
        check_grace: String,
        /// The order that makes the platform ask a path.
        check_path: String,
        /// Where an environment variable is set.
        variable: String,
        /// Where a variable is set that nobody may read in the repository.
        secret: String,
        /// Where a command stands that runs once for each release.
        release: String,
        /// Where a command stands that runs in the build.
        build: String,
        /// The order that keeps an instance running without requests.
        stays: String,
        /// The order that sets the number of instances, with one gap.
        instances: String,
        /// What says how much memory a process has, as a noun.
        memory: String,
    }
}

impl Advice {
    /// The advice as facts `platform.advice_KEY`, in the order of the vocabulary.
    pub(super) fn facts(&self, platform: &str) -> Vec<(FactId, Fact)> {
        let fact = |(key, value): (&str, Sourced<Value>)| {
            let id = FactId::from_name(&format!("platform.advice_{key}"))?;
            let origin = value.origin(platform);
            Some((id, Fact::known(value.value, origin)))
        };
        self.values().into_iter().filter_map(fact).collect()
    }
}
